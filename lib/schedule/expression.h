/* expression.h - what the readers of the three forms share: a text, and how they say where it goes wrong. */
#ifndef LII_SCHEDULE_EXPRESSION_H
#define LII_SCHEDULE_EXPRESSION_H

#include <lambdainvoke/status.h>

/* LI_E_INVALID, LI_DETAIL_SCHEDULE, the offset, and a text that says what would be right. */
li_status lii_expression_wrong(li_slice expression, size_t offset, const char *right, li_error *err);

/* The digits at *at as a number, at most max_digits of them (there is one); *at moves behind them. -1: more digits. */
int32_t lii_expression_digits(li_slice expression, size_t *at, size_t end, int32_t max_digits);

/* rate(VALUE UNIT): at is behind the bracket, end at the closing one. is_free: either number of the unit will do. */
li_status lii_rate_read(li_slice expression, size_t at, size_t end, int is_free, int64_t *period_s, li_error *err);

/* at(YYYY-MM-DDTHH:MM:SS), as local seconds since 1970-01-01T00:00:00. */
li_status lii_at_read(li_slice expression, size_t at, size_t end, int64_t *local_s, li_error *err);

#endif
