/* civil.c - days of the Gregorian calendar. Years that begin in March have their leap day at the end, and eras of 400 of
 * them have the same number of days. */
#include "schedule/civil.h"

enum { DAYS_4_YEARS = 1461, DAYS_100_YEARS = 36524, DAYS_400_YEARS = 146097, DAYS_TO_1970 = 719468 };

int32_t lii_month_days(int32_t year, int32_t month)
{
    static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return days[month - 1] + (month == 2 && lii_is_leap(year));
}

int64_t lii_civil_days(int32_t year, int32_t month, int32_t day)
{
    int64_t y = (int64_t)year - (month <= 2), era = lii_floor_div(y, 400), in_era = y - era * 400;
    int64_t in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * DAYS_400_YEARS + in_era * 365 + in_era / 4 - in_era / 100 + in_year - DAYS_TO_1970;
}

void lii_days_civil(int64_t days, lii_civil *date)
{
    int64_t era = lii_floor_div(days + DAYS_TO_1970, DAYS_400_YEARS);
    uint32_t day = (uint32_t)(days + DAYS_TO_1970 - era * DAYS_400_YEARS), year, month;

    year = (day - day / (DAYS_4_YEARS - 1) + day / DAYS_100_YEARS - day / (DAYS_400_YEARS - 1)) / 365;
    day -= 365 * year + year / 4 - year / 100;
    month = (5 * day + 2) / 153;
    date->day = (int32_t)(day - (153 * month + 2) / 5 + 1);
    date->month = (int32_t)(month < 10 ? month + 3 : month - 9);
    date->year = (int32_t)(era * 400 + year + (month >= 10));
}

int32_t lii_days_weekday(int64_t days)
{
    return (int32_t)(days + 4 - lii_floor_div(days + 4, 7) * 7); /* 1970-01-01 was a Thursday */
}
