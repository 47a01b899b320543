/* test_schedule_oracle.c - next times of random expressions against a slow oracle that looks at every day, or every minute
 * as the C library's local time shows it. The oracle shares nothing with the library but the grammar. */
#include "schedule_help.h"

#include <time.h>

#include "base/random.h"

enum { ANY, ONE, RANGE, FROM, EVERY, LIST, SHAPES };

/* One field: what it means, beside its text. */
typedef struct part {
    int shape;
    int a, b, step;
    int lowest, highest;
} part;

enum { DAY_PART, DAY_LAST, DAY_BACK, DAY_WORKING, DAY_NEAR, WEEK_PART, WEEK_LAST, WEEK_NTH, DAY_KINDS };

typedef struct pattern {
    part minute, hour, month, day; /* day: of the month or of the week */
    int day_kind, n, k;
    char text[200];
} pattern;

static int pick(lii_random *random, int lowest, int highest)
{
    return lowest + (int)(lii_random_u64(random) % (uint64_t)(highest - lowest + 1));
}

static void add_part(lii_random *random, part *p, int lowest, int highest, int n_shapes, char *text)
{
    char *end = text + strlen(text);

    memset(p, 0, sizeof *p);
    p->shape = pick(random, 0, n_shapes - 1);
    p->lowest = lowest;
    p->highest = highest;
    p->a = pick(random, lowest, highest);
    p->b = pick(random, lowest, highest);
    p->step = pick(random, 1, p->shape == RANGE ? 4 : highest);
    switch (p->shape) {
    case ANY:
        sprintf(end, "* ");
        break;
    case ONE:
        sprintf(end, "%d ", p->a);
        break;
    case RANGE:
        if (n_shapes == SHAPES)
            sprintf(end, "%d-%d/%d ", p->a, p->b, p->step);
        else {
            p->step = 1;
            sprintf(end, "%d-%d ", p->a, p->b);
        }
        break;
    case FROM:
        sprintf(end, "%d/%d ", p->a, p->step);
        break;
    case EVERY:
        sprintf(end, "*/%d ", p->step);
        break;
    default:
        sprintf(end, "%d,%d ", p->a, p->b);
    }
}

static int part_has(const part *p, int value)
{
    int n = p->highest - p->lowest + 1, from;

    switch (p->shape) {
    case ANY:
        return 1;
    case ONE:
        return value == p->a;
    case RANGE:
        from = (value - p->a + n) % n;
        return from <= (p->b - p->a + n) % n && from % p->step == 0;
    case FROM:
        return value >= p->a && (value - p->a) % p->step == 0;
    case EVERY:
        return (value - p->lowest) % p->step == 0;
    default:
        return value == p->a || value == p->b;
    }
}

static void make_pattern(lii_random *random, pattern *p)
{
    memset(p, 0, sizeof *p);
    strcpy(p->text, "cron(");
    add_part(random, &p->minute, 0, 59, SHAPES, p->text);
    add_part(random, &p->hour, 0, 23, SHAPES, p->text);
    p->day_kind = pick(random, 0, DAY_KINDS - 1);
    p->n = pick(random, 1, p->day_kind == DAY_NEAR ? 31 : 7);
    if (p->day_kind == DAY_NEAR && pick(random, 0, 1))
        p->n = pick(random, 0, 2) ? pick(random, 28, 31) : 1; /* the ends of a month */
    p->k = pick(random, 1, 5);
    if (p->day_kind == DAY_PART)
        add_part(random, &p->day, 1, 31, SHAPES, p->text);
    else
        sprintf(p->text + strlen(p->text), p->day_kind == DAY_LAST      ? "L "
                                           : p->day_kind == DAY_BACK    ? "L-%d "
                                           : p->day_kind == DAY_WORKING ? "LW "
                                           : p->day_kind == DAY_NEAR    ? "%dW "
                                                                        : "? ",
                p->n);
    add_part(random, &p->month, 1, 12, SHAPES, p->text);
    if (p->day_kind == WEEK_PART)
        add_part(random, &p->day, 1, 7, FROM, p->text); /* no steps, so no lists of our shapes either */
    else
        sprintf(p->text + strlen(p->text), p->day_kind == WEEK_LAST ? "%dL " : p->day_kind == WEEK_NTH ? "%d#%d " : "? ", p->n,
                p->k);
    strcat(p->text, "*)");
}

static int days_in(int year, int month)
{
    return (int)(slow_days(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1) - slow_days(year, month, 1));
}

/* 1 Sunday … 7 */
static int weekday_of(int64_t days)
{
    return (int)(((days + 4) % 7 + 7) % 7) + 1;
}

static int is_working(int64_t days)
{
    return weekday_of(days) >= 2 && weekday_of(days) <= 6;
}

/* The working day of the month that is nearest to a day. */
static int nearest(int64_t first, int n_days, int day)
{
    int distance;

    for (distance = 0;; distance++) {
        if (day - distance >= 1 && is_working(first + day - distance - 1))
            return day - distance;
        if (day + distance <= n_days && is_working(first + day + distance - 1))
            return day + distance;
    }
}

static int day_fires(const pattern *p, int year, int month, int day, int64_t days)
{
    int n_days = days_in(year, month);
    int64_t first = days - (day - 1);

    if (!part_has(&p->month, month))
        return 0;
    switch (p->day_kind) {
    case DAY_PART:
        return part_has(&p->day, day);
    case DAY_LAST:
        return day == n_days;
    case DAY_BACK:
        return day == n_days - p->n;
    case DAY_WORKING:
        return day == nearest(first, n_days, n_days);
    case DAY_NEAR:
        return p->n <= n_days && day == nearest(first, n_days, p->n);
    case WEEK_PART:
        return part_has(&p->day, weekday_of(days));
    case WEEK_LAST:
        return weekday_of(days) == p->n && day + 7 > n_days;
    default:
        return weekday_of(days) == p->n && (day - 1) / 7 + 1 == p->k;
    }
}

/* All days of two years: those that fire have a first time, and it is the library's next. */
START_TEST(test_trg_137_days_of_random_expressions_are_those_of_the_oracle)
{
    lii_random random;
    pattern p;
    int64_t days, wanted, times[1];
    li_schedule *schedule;
    int year, month, day, round, minute;
    size_t n;

    lii_random_seed(&random, 1000 + (uint64_t)_i);
    for (round = 0; round < 8; round++) {
        make_pattern(&random, &p);
        schedule = schedule_of(p.text, NULL);
        for (minute = 0; !(part_has(&p.minute, minute % 60) && part_has(&p.hour, minute / 60)); minute++)
            ck_assert_int_lt(minute, 1440);
        year = pick(&random, 1970, 2197);
        days = slow_days(year, 1, 1);
        times[0] = days * 86400 - 1;
        for (month = 1; month <= 12; month++)
            for (day = 1; day <= days_in(year, month); day++, days++) {
                if (!day_fires(&p, year, month, day, days))
                    continue;
                wanted = days * 86400 + minute * 60;
                ck_assert_int_eq(li_schedule_next(schedule, times[0], times, 1, &n), LI_OK);
                ck_assert_msg(n == 1 && times[0] == wanted, "%s: %s, not %s", p.text, n ? time_text(times[0]) : "none", time_text(wanted));
                times[0] = days * 86400 + 86399; /* the rest of the day is the other test's */
            }
        ck_assert_int_eq(li_schedule_next(schedule, times[0], times, 1, &n), LI_OK);
        ck_assert_msg(n == 0 || times[0] >= days * 86400, "%s: %s is one too many", p.text, time_text(times[0]));
        li_schedule_free(schedule);
    }
}
END_TEST

/* ---- every minute around a change of the clocks */

static const struct change {
    const char *zone;
    const char *at;
} changes[] = {
    { "America/New_York", "2026-03-08T07:00:00" },    { "America/New_York", "2026-11-01T06:00:00" },
    { "Europe/Berlin", "2027-03-28T01:00:00" },       { "Europe/London", "2150-10-28T01:00:00" },
    { "Australia/Lord_Howe", "2026-04-04T15:00:00" }, { "Australia/Lord_Howe", "2026-10-03T15:30:00" },
    { "Pacific/Apia", "2011-12-30T10:00:00" },        { "Asia/Pyongyang", "2018-05-04T15:00:00" },
    { "America/Nuuk", "2026-03-29T01:00:00" },        { "Africa/Casablanca", "2026-02-15T02:00:00" },
    { "America/Caracas", "2016-05-01T07:00:00" },     { "Pacific/Kwajalein", "1993-08-21T12:00:00" },
    { "Antarctica/Troll", "2026-10-25T01:00:00" },    { "America/Goose_Bay", "2010-11-07T03:01:00" },
};

enum { BEFORE = 1440 * 3, SPAN = 1440 * 6, BACK = 180 };

static int64_t local_minute(int64_t at, struct tm *tm)
{
    localtime_r(&(time_t){ (time_t)at }, tm);
    return (at + tm->tm_gmtoff) / 60;
}

static int minute_fires(const pattern *p, const struct tm *tm)
{
    return tm->tm_sec == 0 && part_has(&p->minute, tm->tm_min) && part_has(&p->hour, tm->tm_hour) &&
           day_fires(p, tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday,
                     slow_days(tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday));
}

/* One expression over the whole span: what the oracle lists and what the library gives. */
static void compare_span(const pattern *p, const struct change *c, int overlap)
{
    li_schedule_options options = in_zone(c->zone);
    int64_t from = at_time(c->at) - BEFORE * 60, at, next = from - 1, seen[BACK] = { 0 };
    li_schedule *schedule;
    struct tm tm;
    size_t n, i, k;

    options.overlap = overlap;
    schedule = schedule_of(p->text, &options);
    for (i = 0; i < BACK; i++)
        seen[i] = local_minute(from - (int64_t)(BACK - i) * 60, &tm);
    for (i = 0, at = from; i < SPAN; i++, at += 60) {
        int64_t local = local_minute(at, &tm);
        int is_again = 0;

        for (k = 0; overlap == LI_OVERLAP_ONCE && k < BACK; k++)
            is_again |= seen[k] == local;
        seen[i % BACK] = local;
        if (is_again || !minute_fires(p, &tm))
            continue;
        ck_assert_int_eq(li_schedule_next(schedule, next, &next, 1, &n), LI_OK);
        ck_assert_msg(n == 1 && next == at, "%s in %s: %s, not %s", p->text, c->zone, n ? time_text(next) : "none", time_text(at));
    }
    ck_assert_int_eq(li_schedule_next(schedule, next, &next, 1, &n), LI_OK);
    ck_assert_msg(n == 0 || next >= at, "%s in %s: %s is one too many", p->text, c->zone, time_text(next));
    li_schedule_free(schedule);
}

static void compare_changes(int i, int overlap)
{
    const struct change *c = &changes[i];
    pattern p;
    lii_random random;
    int round;

    setenv("TZ", c->zone, 1);
    tzset();
    lii_random_seed(&random, 77 + (uint64_t)i);
    for (round = 0; round < 4; round++) {
        make_pattern(&random, &p);
        if (round == 0)
            strcpy(p.text, "cron(* * * * ? *)"), p.minute.shape = p.hour.shape = p.month.shape = p.day.shape = ANY, p.day_kind = DAY_PART;
        compare_span(&p, c, overlap);
    }
}

START_TEST(test_trg_156_minutes_around_a_change_are_those_of_the_oracle_once)
{
    compare_changes(_i, LI_OVERLAP_ONCE);
}
END_TEST

START_TEST(test_trg_156_minutes_around_a_change_are_those_of_the_oracle_both_times)
{
    compare_changes(_i, LI_OVERLAP_BOTH);
}
END_TEST

Suite *suite_schedule_oracle(void);
Suite *suite_schedule_oracle(void)
{
    Suite *suite = suite_create("schedule_oracle");
    TCase *days = tcase_create("days"), *minutes = tcase_create("minutes");
    const int n_changes = sizeof changes / sizeof *changes;

    tcase_add_loop_test(days, test_trg_137_days_of_random_expressions_are_those_of_the_oracle, 0, 50);
    suite_add_tcase(suite, days);
    tcase_add_loop_test(minutes, test_trg_156_minutes_around_a_change_are_those_of_the_oracle_once, 0, n_changes);
    tcase_add_loop_test(minutes, test_trg_156_minutes_around_a_change_are_those_of_the_oracle_both_times, 0, n_changes);
    suite_add_tcase(suite, minutes);
    return suite;
}
