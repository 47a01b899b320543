/* civil.h - days of the Gregorian calendar, before 1970 too. */
#ifndef LII_SCHEDULE_CIVIL_H
#define LII_SCHEDULE_CIVIL_H

#include <stdint.h>

enum { LII_DAY_S = 86400 };

typedef struct lii_civil {
    int32_t year;
    int32_t month; /* from 1 */
    int32_t day;   /* from 1 */
} lii_civil;

static inline int lii_is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int32_t lii_month_days(int32_t year, int32_t month);
int64_t lii_civil_days(int32_t year, int32_t month, int32_t day); /* days since 1970-01-01; any year of five digits */
void lii_days_civil(int64_t days, lii_civil *date);
int32_t lii_days_weekday(int64_t days);                           /* 0 Sunday */

/* The quotient rounded down, for a divisor > 0. */
static inline int64_t lii_floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

#endif
