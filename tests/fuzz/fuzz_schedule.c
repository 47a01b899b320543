/* fuzz_schedule.c - any bytes as an expression, of a rule and of Scheduler, in a zone: an error with a place inside the
 * text, or times that are in order. The first eight bytes are the time to begin with and the ninth chooses options. */
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/schedule.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int is_right)
{
    if (!is_right)
        abort();
}

static void ask(const li_schedule *schedule, int64_t after)
{
    int64_t times[8], more[8];
    size_t n, m, i;

    check(li_schedule_next(schedule, after, times, 8, &n) == LI_OK && n <= 8);
    for (i = 1; i < n; i++)
        check(times[i] > times[i - 1]);
    if (n == 0)
        return;
    check(times[0] >= after);
    /* What comes after the third is the fourth, however it is asked for. */
    i = n > 3 ? 2 : 0;
    check(li_schedule_next(schedule, times[i], more, 8, &m) == LI_OK);
    if (li_schedule_get_form(schedule) != LI_SCHEDULE_RATE && n > i + 1)
        check(m > 0 && more[0] == times[i + 1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const zones[] = { "UTC", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia" };
    static li_zones *kept;
    li_schedule_options options = LI_SCHEDULE_OPTIONS_INIT;
    li_error err = LI_ERROR_INIT;
    li_schedule *schedule = NULL;
    int64_t after;

    if (size < 9)
        return 0;
    if (!kept)
        check(li_zones_new(NULL, NULL, &kept, NULL) == LI_OK);
    memcpy(&after, data, 8);
    if (data[8] & 1)
        after %= INT64_C(8000000000);
    if (data[8] & 2) {
        options.kind = LI_SCHEDULE_SCHEDULER;
        options.zone = li_z(zones[data[8] >> 6]);
        options.zones = kept;
    }
    options.overlap = data[8] >> 2 & 1;
    options.is_strict = data[8] >> 3 & 1;
    if (data[8] & 16)
        options.created_s = after / 2;
    if (li_schedule_new(NULL, (const char *)data + 9, size - 9, &options, &schedule, &err) != LI_OK) {
        check(schedule == NULL && err.offset <= size - 9);
        return 0;
    }
    ask(schedule, after);
    li_schedule_free(schedule);
    return 0;
}
