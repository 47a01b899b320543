/* rate.h - rate expressions of rules: rate(VALUE UNIT), pure. */
#ifndef LII_SCHEDULE_RATE_H
#define LII_SCHEDULE_RATE_H

#include <lambdainvoke/schedule.h>

/* The period of a rate in seconds. Errors as li_schedule_new; LI_E_NOTSUP a form that is no rate. */
li_status lii_rate_parse(const char *expression, size_t expression_len, int64_t *period_s, li_error *err);

#endif
