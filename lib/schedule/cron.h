/* cron.h - a cron expression as sets of minutes, hours and days. Local time throughout: zones are the caller's. */
#ifndef LII_SCHEDULE_CRON_H
#define LII_SCHEDULE_CRON_H

#include <lambdainvoke/status.h>

enum { LII_YEAR_FIRST = 1970, LII_YEAR_LAST = 2199, LII_CALENDARS = 14, LII_MONTHS = 12 };

/* A year is one of 14 calendars: it has 365 or 366 days and begins on one of seven weekdays. So the days that fire are
 * worked out once for each of them, and a year without any is seen in one bit. */
typedef struct lii_cron {
    uint64_t minutes;                               /* bit m */
    uint64_t hours;                                 /* bit h */
    uint64_t years[4];                              /* bit y - LII_YEAR_FIRST: the year has a day that fires */
    uint32_t days[LII_CALENDARS][LII_MONTHS];       /* bit d: day d of the month fires; [weekday of 1 January + 7 * leap] */
} lii_cron;

/* The day fields as they are written, before the calendars are worked out. */
enum { LII_DAYS_OF_MONTH, LII_DAY_BEFORE_LAST, LII_LAST_WEEKDAY, LII_NEAREST_WEEKDAY, LII_DAYS_OF_WEEK,
       LII_LAST_DAY_OF_WEEK, LII_NTH_DAY_OF_WEEK };
typedef struct lii_cron_days {
    int32_t rule;      /* LII_DAYS_OF_MONTH … */
    int32_t day;       /* n of nW, L-n, nL and n#k; days of the week from 1, Sunday */
    int32_t nth;       /* k */
    uint32_t months;   /* bit m, from 1 */
    uint64_t set;      /* bit d, of the month or of the week, from 1 */
} lii_cron_days;

/* Parse the six fields that stand in bytes at to end of the expression. Errors as li_schedule_new. */
li_status lii_cron_read(li_slice expression, size_t at, size_t end, int is_strict, lii_cron *cron, li_error *err);

/* Fill days from the rule, and take the years away that have no such day. */
void lii_cron_fill(lii_cron *cron, const lii_cron_days *days);

int lii_cron_is_never(const lii_cron *cron);
/* The first time at or after local_s (1970 or later) that fires; 0: none. */
int lii_cron_next(const lii_cron *cron, int64_t local_s, int64_t *next_s);

#endif
