/* rate.h - rate expressions: rate(VALUE UNIT), pure. */
#ifndef LII_SCHEDULE_RATE_H
#define LII_SCHEDULE_RATE_H

#include <lambdainvoke/trigger.h>

/* The period of a rate in seconds. Errors as li_schedule_next; err->offset is the byte that is wrong. */
li_status lii_rate_parse(const char *expression, size_t expression_len, int64_t *period_s, li_error *err);

#endif
