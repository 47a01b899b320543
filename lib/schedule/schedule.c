/* schedule.c - a parsed schedule, and its next times. */
#include <string.h>

#include "base/error.h"
#include "base/options.h"
#include "base/slice.h"
#include "schedule/civil.h"
#include "schedule/cron.h"
#include "schedule/expression.h"
#include "schedule/next.h"
#include "schedule/zone.h"

enum { EXPRESSION_MAX = 256 };

/* Cron times lie in these local years; a day more on each side holds any zone's. */
#define FIRST_S INT64_C(-86400 * 2)
#define LAST_S INT64_C(7258204800) /* 2200-01-02 */

struct li_schedule {
    li_allocator allocator;
    lii_zone *zone;     /* NULL: UTC */
    int32_t form;       /* LI_SCHEDULE_RATE … */
    int32_t kind;
    int32_t overlap;
    int32_t reserved;
    int64_t start_s;
    int64_t end_s;
    int64_t created_s;
    int64_t period_s;   /* rate */
    int64_t at_s;       /* at; INT64_MIN: a time that the zone leaves out */
    lii_cron cron;
};

/* ---- cron in a zone */

/* Up to where local times of span i have been before, in the span before it; INT64_MIN: none. */
static int64_t repeated_until(const lii_zone *zone, uint32_t i)
{
    lii_span before, span;

    if (i == 0)
        return INT64_MIN;
    lii_zone_span(zone, i, &span);
    lii_zone_span(zone, i - 1, &before);
    if (before.start != INT64_MIN && before.start + before.offset > span.start + span.offset)
        return INT64_MIN;
    return span.start + before.offset;
}

/* The first time after after_s. A span is searched from its first local time on, so what a clock change leaves out is in
 * none; what was found beyond a span's end is kept, so that later spans are mostly passed over. */
static int cron_next(const li_schedule *s, int64_t after_s, int64_t *next_s)
{
    int64_t at = after_s < FIRST_S ? FIRST_S : after_s, from, searched = INT64_MAX, local = INT64_MIN;
    uint32_t i, n = lii_zone_count(s->zone);
    lii_span span;

    if (at > LAST_S || lii_cron_is_never(&s->cron))
        return 0;
    at++;
    for (i = lii_zone_find(s->zone, at); i < n; i++) {
        lii_zone_span(s->zone, i, &span);
        if (span.start > LAST_S)
            return 0;
        from = (at > span.start ? at : span.start) + span.offset;
        if (s->overlap == LI_OVERLAP_ONCE && repeated_until(s->zone, i) > from)
            from = repeated_until(s->zone, i);
        if (from < searched || from > local) {
            searched = from;
            if (!lii_cron_next(&s->cron, from, &local))
                local = INT64_MAX;
        }
        if (local < INT64_MAX && local - span.offset < span.end) {
            *next_s = local - span.offset;
            return 1;
        }
    }
    return 0;
}

/* ---- at in a zone */

/* A year after 2199 has the clock changes of one before it that is as long and begins on the same weekday. */
static int64_t like_before_2200(int64_t local_s, int64_t *moved_s)
{
    int64_t days = lii_floor_div(local_s, LII_DAY_S), first, like;
    int32_t year;
    lii_civil date;

    *moved_s = 0;
    lii_days_civil(days, &date);
    if (date.year <= LII_YEAR_LAST)
        return local_s;
    first = lii_civil_days(date.year, 1, 1);
    for (year = LII_YEAR_LAST; ; year--) {
        like = lii_civil_days(year, 1, 1);
        if (lii_is_leap(year) == lii_is_leap(date.year) && lii_days_weekday(like) == lii_days_weekday(first))
            break;
    }
    *moved_s = (first - like) * LII_DAY_S;
    return local_s - *moved_s;
}

/* The first time at which a zone's clocks show local_s; INT64_MIN: they never do. */
static int64_t first_shown(const lii_zone *zone, int64_t local_s)
{
    int64_t moved, local = like_before_2200(local_s, &moved);
    uint32_t i, n = lii_zone_count(zone);
    lii_span span;

    for (i = lii_zone_find(zone, local - LII_OFFSET_MAX - 1); i < n; i++) {
        lii_zone_span(zone, i, &span);
        if (span.start > local + LII_OFFSET_MAX)
            break;
        if (local - span.offset >= span.start && local - span.offset < span.end)
            return local - span.offset + moved;
    }
    return INT64_MIN;
}

static int at_next(const li_schedule *s, int64_t after_s, int64_t *next_s)
{
    if (s->at_s == INT64_MIN || s->at_s <= after_s)
        return 0;
    *next_s = s->at_s;
    return 1;
}

/* ---- rate */

/* Where the grid begins, and the first of its times that counts: a rule's is one period on. */
static int rate_next(const li_schedule *s, int64_t base_s, int64_t after_s, int64_t *next_s)
{
    uint64_t period = (uint64_t)s->period_s, steps;

    if (after_s < base_s)
        steps = s->kind == LI_SCHEDULE_RULE;
    else
        steps = ((uint64_t)after_s - (uint64_t)base_s) / period + 1;
    if (steps > ((uint64_t)INT64_MAX - (uint64_t)base_s) / period)
        return 0;
    *next_s = (int64_t)((uint64_t)base_s + steps * period);
    return 1;
}

int lii_schedule_after(const li_schedule *s, int64_t base_s, int64_t after_s, int64_t *next_s)
{
    int64_t after = after_s, base = s->start_s != INT64_MIN ? s->start_s : base_s, next = 0;
    int is_there;

    if (s->start_s != INT64_MIN && after < s->start_s)
        after = s->start_s - 1;
    is_there = s->form == LI_SCHEDULE_RATE   ? rate_next(s, base, after, &next)
               : s->form == LI_SCHEDULE_CRON ? cron_next(s, after, &next)
                                             : at_next(s, after, &next);
    if (!is_there || next > s->end_s)
        return 0;
    *next_s = next;
    return 1;
}

/* ---- the public functions */

li_status li_schedule_next(const li_schedule *s, int64_t after_s, int64_t *times, size_t max, size_t *n)
{
    int64_t base = s ? s->created_s : 0, after = after_s, next = 0;
    size_t i;

    if (!s || !n || (max > 0 && !times))
        return LI_E_INVALID;
    if (base == INT64_MIN) {
        base = after_s;
        if (s->kind == LI_SCHEDULE_SCHEDULER && s->form == LI_SCHEDULE_RATE && s->start_s == INT64_MIN && after > INT64_MIN)
            after--; /* it begins at once */
    }
    for (i = 0; i < max && lii_schedule_after(s, base, after, &next); i++)
        times[i] = after = next;
    *n = i;
    return LI_OK;
}

int32_t li_schedule_get_form(const li_schedule *schedule)
{
    return schedule ? schedule->form : 0;
}

int32_t li_schedule_get_offset(const li_schedule *schedule, int64_t at_s)
{
    lii_span span;

    if (!schedule)
        return 0;
    lii_zone_span(schedule->zone, lii_zone_find(schedule->zone, at_s), &span);
    return span.offset;
}

/* The bytes between the brackets of the form that the expression begins with. */
static li_status find_form(li_slice e, int32_t kind, int32_t *form, size_t *at, size_t *end, li_error *err)
{
    static const char *const words[] = { "rate(", "cron(", "at(" };
    const char *close;
    size_t i, len;

    if (e.len == 0 || e.len > EXPRESSION_MAX)
        return lii_expression_wrong(e, e.len == 0 ? 0 : EXPRESSION_MAX, "an expression has 1 to 256 characters", err);
    for (i = 0; i < sizeof words / sizeof *words; i++) {
        len = strlen(words[i]);
        if (e.len < len || memcmp(e.ptr, words[i], len) != 0)
            continue;
        *form = (int32_t)i + LI_SCHEDULE_RATE;
        if (*form == LI_SCHEDULE_AT && kind == LI_SCHEDULE_RULE)
            return lii_expression_wrong(e, 0, "a rule has rate( or cron(; at( is EventBridge Scheduler's", err);
        close = memchr(e.ptr + len, ')', e.len - len);
        *at = len;
        *end = close ? (size_t)(close - e.ptr) : e.len;
        return LI_OK;
    }
    return lii_expression_wrong(e, 0,
                                kind == LI_SCHEDULE_RULE
                                    ? "it begins with rate( or cron( in lower case, without a space before the bracket"
                                    : "it begins with rate(, cron( or at( in lower case, without a space before the bracket",
                                err);
}

static li_status parse(li_schedule *s, li_slice e, const li_schedule_options *o, li_error *err)
{
    size_t at = 0, end = 0;
    int64_t local_s = 0;
    li_status status = find_form(e, o->kind, &s->form, &at, &end, err);

    if (status != LI_OK)
        return status;
    if (s->form == LI_SCHEDULE_RATE)
        status = lii_rate_read(e, at, end, o->kind == LI_SCHEDULE_SCHEDULER, &s->period_s, err);
    else if (s->form == LI_SCHEDULE_CRON)
        status = lii_cron_read(e, at, end, o->is_strict, &s->cron, err);
    else
        status = lii_at_read(e, at, end, &local_s, err);
    if (status != LI_OK)
        return status;
    if (end == e.len)
        return lii_expression_wrong(e, end, "the closing bracket is missing", err);
    if (end + 1 != e.len)
        return lii_expression_wrong(e, end + 1, "nothing stands behind the closing bracket", err);
    if (s->form == LI_SCHEDULE_AT) {
        s->at_s = first_shown(s->zone, local_s);
        s->start_s = INT64_MIN;
        s->end_s = INT64_MAX;
    }
    return LI_OK;
}

static li_status check_options(const li_schedule_options *o, li_error *err)
{
    if (o->kind != LI_SCHEDULE_RULE && o->kind != LI_SCHEDULE_SCHEDULER)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, "kind", LI_Z, "kind is LI_SCHEDULE_RULE or LI_SCHEDULE_SCHEDULER");
    if (o->overlap != LI_OVERLAP_ONCE && o->overlap != LI_OVERLAP_BOTH)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, "overlap", LI_Z, "overlap is LI_OVERLAP_ONCE or LI_OVERLAP_BOTH");
    if (o->kind == LI_SCHEDULE_RULE && o->zone.len > 0 && !lii_slice_is(o->zone, "UTC"))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_ZONE, o->zone.ptr, o->zone.len,
                        "rules always run in UTC; zones are EventBridge Scheduler's");
    if (o->kind == LI_SCHEDULE_RULE && (o->start_s != INT64_MIN || o->end_s != INT64_MAX))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, "start_s", LI_Z,
                        "a rule has no start and no end; they are EventBridge Scheduler's");
    return LI_OK;
}

li_status li_schedule_new(const li_allocator *allocator, const char *expression, size_t expression_len,
                          const li_schedule_options *options, li_schedule **schedule, li_error *err)
{
    static const li_schedule_options defaults = LI_SCHEDULE_OPTIONS_INIT;
    li_schedule_options o = defaults;
    li_allocator memory;
    li_schedule *s;
    li_status status = lii_options_read(&o, sizeof o, options, "li_schedule_options", err);

    o.zone = lii_measured(o.zone);
    if (status == LI_OK && !schedule)
        status = lii_is_null(err, "schedule");
    if (status == LI_OK)
        status = check_options(&o, err);
    if (status == LI_OK)
        status = lii_allocator_read(allocator, &memory, err);
    if (status != LI_OK)
        return status;
    s = lii_calloc(&memory, 1, sizeof *s);
    if (!s)
        return lii_no_memory(err, "a schedule");
    s->allocator = memory;
    s->kind = o.kind;
    s->overlap = o.overlap;
    s->start_s = o.start_s;
    s->end_s = o.end_s;
    s->created_s = o.created_s;
    status = lii_zones_get(o.zones, &s->allocator, o.zone, &s->zone, err);
    if (status == LI_OK)
        status = parse(s, lii_slice(expression, expression_len), &o, err);
    if (status == LI_OK)
        *schedule = s;
    else
        li_schedule_free(s);
    return status;
}

void li_schedule_free(li_schedule *schedule)
{
    li_allocator memory;

    if (!schedule)
        return;
    memory = schedule->allocator;
    lii_zone_release(schedule->zone);
    lii_free(&memory, schedule);
}

li_status li_schedule_options_init(li_schedule_options *options, size_t size)
{
    static const li_schedule_options defaults = LI_SCHEDULE_OPTIONS_INIT;

    return lii_options_init(options, size, &defaults, sizeof defaults);
}
