/* schedule_help.h - times as text and schedules in one line, for the suites about schedules and zones. */
#ifndef TESTS_SCHEDULE_HELP_H
#define TESTS_SCHEDULE_HELP_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>

/* Days since 1970-01-01, counted year by year and month by month: slow, and not how the library does it. */
static inline int64_t slow_days(int year, int month, int day)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int64_t days = 0;
    int y, m;

    for (y = 1970; y < year; y++)
        days += y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 366 : 365;
    for (y = 1969; y >= year; y--)
        days -= y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 366 : 365;
    for (m = 1; m < month; m++)
        days += lengths[m - 1] + (m == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    return days + day - 1;
}

/* "2026-01-01T12:00:00Z" or the same without Z. */
static inline int64_t at_time(const char *text)
{
    int year, month, day, hour, minute, second;

    ck_assert_msg(sscanf(text, "%d-%d-%dT%d:%d:%d", &year, &month, &day, &hour, &minute, &second) == 6, "%s", text);
    return slow_days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
}

static inline const char *time_text(int64_t at_s)
{
    static char texts[4][40];
    static int which;
    int64_t days = at_s / 86400 - (at_s % 86400 < 0), in_day = at_s - days * 86400;
    int year = 1970 + (int)(days / 366) - (days < 0 ? 2 : 0), month = 1;
    char *text = texts[which++ & 3];

    while (slow_days(year + 1, 1, 1) <= days)
        year++;
    while (month < 12 && slow_days(year, month + 1, 1) <= days)
        month++;
    snprintf(text, sizeof texts[0], "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, (int)(days - slow_days(year, month, 1)) + 1,
             (int)(in_day / 3600), (int)(in_day / 60 % 60), (int)(in_day % 60));
    return text;
}

static inline li_schedule *schedule_of(const char *expression, const li_schedule_options *options)
{
    li_schedule *schedule = NULL;
    li_error err = LI_ERROR_INIT;

    ck_assert_msg(li_schedule_new(NULL, expression, LI_Z, options, &schedule, &err) == LI_OK, "%s: %s", expression, err.text);
    return schedule;
}

static inline li_schedule_options in_zone(const char *zone)
{
    li_schedule_options options = LI_SCHEDULE_OPTIONS_INIT;

    options.kind = LI_SCHEDULE_SCHEDULER;
    options.zone = li_z(zone);
    return options;
}

/* The next times after `from` are those of the list, which is separated by spaces; a last "." means: and no more. */
static inline void expect_times(const char *expression, const li_schedule_options *options, const char *from, const char *list)
{
    li_schedule *schedule = schedule_of(expression, options);
    int64_t times[16];
    size_t n = 0, i = 0, max = 0;
    const char *p;
    int is_all = list[0] == '.';

    for (p = list; *p && !is_all; p = strchr(p, ' ') ? strchr(p, ' ') + 1 : p + strlen(p))
        if (*p == '.')
            is_all = 1;
        else
            max++;
    ck_assert_uint_lt(max, 16);
    ck_assert_int_eq(li_schedule_next(schedule, at_time(from), times, max + (size_t)is_all, &n), LI_OK);
    ck_assert_msg(n == max, "%s after %s: %zu times, not %zu", expression, from, n, max);
    for (p = list; i < max; p = strchr(p, ' ') + 1, i++) {
        ck_assert_msg(times[i] == at_time(p), "%s after %s: number %zu is %s, not %.20s", expression, from, i,
                      time_text(times[i]), p);
        if (!strchr(p, ' '))
            break;
    }
    li_schedule_free(schedule);
}

/* The expression is refused at that byte. */
static inline void expect_wrong(const char *expression, const li_schedule_options *options, uint64_t offset)
{
    li_error err = LI_ERROR_INIT;
    li_schedule *schedule = NULL;

    ck_assert_msg(li_schedule_new(NULL, expression, LI_Z, options, &schedule, &err) == LI_E_INVALID, "%s is accepted", expression);
    ck_assert_ptr_null(schedule);
    ck_assert_int_eq(err.detail, LI_DETAIL_SCHEDULE);
    ck_assert_msg(err.offset == offset, "%s: byte %llu, not %llu: %s", expression, (unsigned long long)err.offset,
                  (unsigned long long)offset, err.text);
}

#endif
