/* fuzz_zone.c - any bytes as a zone's file: refused, or a zone in which times are in order and answered in bounded time. */
#include <stdlib.h>

#include <lambdainvoke/schedule.h>

#include "schedule/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct file {
    const uint8_t *data;
    size_t size;
} file;

static void check(int is_right)
{
    if (!is_right)
        abort();
}

static li_status read_file(void *self, const char *zone, void (*give)(void *user, const void *data, size_t len), void *user)
{
    file *f = self;

    (void)zone;
    give(user, f->data, f->size);
    return LI_OK;
}

static void walk(const file *f)
{
    const char *reason;
    lii_zone *zone = NULL;
    lii_span span;
    int64_t end = INT64_MIN;
    uint32_t i;

    if (lii_zone_parse(&lii_malloc_allocator, "Fuzzed", f->data, f->size, &zone, &reason) != LI_OK) {
        check(reason != NULL);
        return;
    }
    for (i = 0; i < lii_zone_count(zone); i++) {
        lii_zone_span(zone, i, &span);
        check(span.start == end && span.start < span.end && abs(span.offset) <= LII_OFFSET_MAX);
        check(lii_zone_find(zone, span.start) == i && lii_zone_find(zone, span.end - 1) == i);
        end = span.end;
    }
    check(end == INT64_MAX);
    lii_zone_release(zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const li_zone_source_ops ops = { sizeof(li_zone_source_ops), 1, 0, "fuzz", read_file, NULL };
    static const char *const expressions[] = { "cron(0/7 1-3 * * ? *)", "cron(30 2 ? 3 1#2 *)", "at(2026-03-08T02:30:00)",
                                               "at(2400-03-12T02:30:00)" };
    file f = { data, size };
    li_zone_source source = { &ops, &f };
    li_schedule_options options = LI_SCHEDULE_OPTIONS_INIT;
    li_schedule *schedule = NULL;
    int64_t times[16];
    size_t i, k, n;

    walk(&f);
    options.kind = LI_SCHEDULE_SCHEDULER;
    options.zone = li_z("Fuzzed");
    check(li_zones_new(NULL, &source, &options.zones, NULL) == LI_OK);
    for (i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        options.overlap = (int32_t)(size & 1);
        if (li_schedule_new(NULL, expressions[i], LI_Z, &options, &schedule, NULL) != LI_OK)
            continue;
        check(li_schedule_next(schedule, INT64_C(1767225600), times, 16, &n) == LI_OK);
        for (k = 0; k < n; k++)
            check(times[k] > (k ? times[k - 1] : INT64_C(1767225600)));
        li_schedule_free(schedule);
    }
    li_zones_free(options.zones);
    return 0;
}
