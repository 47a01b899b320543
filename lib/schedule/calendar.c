/* calendar.c - the days on which a cron expression fires, and the first time at or after another (TRG-136, 143). */
#include <string.h>

#include "base/cold.h"
#include "schedule/civil.h"
#include "schedule/cron.h"

static uint32_t bit(int32_t day)
{
    return UINT32_C(1) << day;
}

/* Days of a month: its first is weekday `first` (0 Sunday), and there are n_days of them. */
static int32_t weekday_of(int32_t day, int32_t first)
{
    return (first + day - 1) % 7;
}

/* The weekday nearest to a day without leaving the month. */
static int32_t nearest_weekday(int32_t day, int32_t first, int32_t n_days)
{
    switch (weekday_of(day, first)) {
    case 6:
        return day > 1 ? day - 1 : day + 2;
    case 0:
        return day < n_days ? day + 1 : day - 2;
    default:
        return day;
    }
}

static uint32_t days_of_week(uint64_t set, int32_t first, int32_t n_days)
{
    uint32_t days = 0;
    int32_t day;

    for (day = 1; day <= n_days; day++)
        if (set >> (weekday_of(day, first) + 1) & 1)
            days |= bit(day);
    return days;
}

static uint32_t month_days(const lii_cron_days *d, int32_t first, int32_t n_days)
{
    int32_t day;

    switch (d->rule) {
    case LII_DAYS_OF_MONTH:
        return (uint32_t)(d->set & ((UINT64_C(2) << n_days) - 1));
    case LII_DAY_BEFORE_LAST:
        return n_days - d->day >= 1 ? bit(n_days - d->day) : 0;
    case LII_LAST_WEEKDAY:
        return bit(nearest_weekday(n_days, first, n_days));
    case LII_NEAREST_WEEKDAY:
        return d->day <= n_days ? bit(nearest_weekday(d->day, first, n_days)) : 0;
    case LII_DAYS_OF_WEEK:
        return days_of_week(d->set, first, n_days);
    default:
        day = (d->day - 1 - first + 7) % 7 + 1; /* the first such weekday of the month */
        if (d->rule == LII_LAST_DAY_OF_WEEK)
            return bit(day + (n_days - day) / 7 * 7);
        day += (d->nth - 1) * 7;
        return day <= n_days ? bit(day) : 0;
    }
}

static int32_t calendar_of(int32_t year)
{
    return lii_days_weekday(lii_civil_days(year, 1, 1)) + 7 * lii_is_leap(year);
}

static int has_year(const lii_cron *cron, int32_t year)
{
    return (int)(cron->years[(year - LII_YEAR_FIRST) / 64] >> ((year - LII_YEAR_FIRST) % 64) & 1);
}

LII_COLD void lii_cron_fill(lii_cron *cron, const lii_cron_days *d)
{
    static const int32_t years[] = { 2001, 2000 }; /* a common and a leap one */
    uint32_t some[LII_CALENDARS] = { 0 };
    int32_t c, month, first, year;

    memset(cron->days, 0, sizeof cron->days);
    for (c = 0; c < LII_CALENDARS; c++)
        for (month = 1, first = c % 7; month <= LII_MONTHS; month++) {
            int32_t n_days = lii_month_days(years[c / 7], month);

            if (d->months >> month & 1)
                cron->days[c][month - 1] = month_days(d, first, n_days);
            some[c] |= cron->days[c][month - 1];
            first = (first + n_days) % 7;
        }
    for (year = LII_YEAR_FIRST; year <= LII_YEAR_LAST; year++)
        if (some[calendar_of(year)] == 0)
            cron->years[(year - LII_YEAR_FIRST) / 64] &= ~(UINT64_C(1) << ((year - LII_YEAR_FIRST) % 64));
}

int lii_cron_is_never(const lii_cron *cron)
{
    return (cron->years[0] | cron->years[1] | cron->years[2] | cron->years[3]) == 0;
}

/* The first year with a day that fires, at or after `year`; 0: none. */
static int32_t next_year(const lii_cron *cron, int32_t year)
{
    for (; year <= LII_YEAR_LAST; year++)
        if (has_year(cron, year))
            return year;
    return 0;
}

/* The first day that fires, at or after *date, whose day may be one past the month's end. 0: none. */
static int next_day(const lii_cron *cron, lii_civil *date)
{
    int32_t year, month = date->month - 1, day = date->day;

    for (year = next_year(cron, date->year); year != 0; year = next_year(cron, year + 1)) {
        const uint32_t *days = cron->days[calendar_of(year)];

        if (year != date->year)
            month = 0, day = 1;
        for (; month < LII_MONTHS; month++, day = 1) {
            uint64_t left = (uint64_t)days[month] >> day << day;

            if (left == 0)
                continue;
            date->year = year;
            date->month = month + 1;
            date->day = __builtin_ctzll(left);
            return 1;
        }
    }
    return 0;
}

/* The first minute of a day that fires, at or after one; -1: none. */
static int32_t next_minute(const lii_cron *cron, int32_t minute)
{
    uint64_t left = cron->minutes >> (minute % 60) << (minute % 60);
    int32_t hour = minute / 60;

    if (left != 0 && (cron->hours >> hour & 1))
        return hour * 60 + __builtin_ctzll(left);
    left = cron->hours >> (hour + 1) << (hour + 1);
    return left ? __builtin_ctzll(left) * 60 + __builtin_ctzll(cron->minutes) : -1;
}

int lii_cron_next(const lii_cron *cron, int64_t local_s, int64_t *next_s)
{
    int64_t minutes = lii_floor_div(local_s + 59, 60), days = lii_floor_div(minutes, 1440);
    int32_t minute = -1, today;
    lii_civil date;

    if (days < 0)
        days = minutes = 0;
    lii_days_civil(days, &date);
    today = date.day;
    if (!next_day(cron, &date))
        return 0;
    if (lii_civil_days(date.year, date.month, date.day) == days)
        minute = next_minute(cron, (int32_t)(minutes - days * 1440));
    else
        minute = next_minute(cron, 0);
    if (minute < 0) {
        date.day = today + 1;
        if (!next_day(cron, &date))
            return 0;
        minute = next_minute(cron, 0);
    }
    *next_s = lii_civil_days(date.year, date.month, date.day) * LII_DAY_S + minute * 60;
    return 1;
}
