/* test_zone.c - time zones: their files, the rule behind the last change, gaps and overlaps of local time. */
#include "schedule_help.h"

#include <pthread.h>
#include <time.h>

#include "base/random.h"
#include "base/slice.h"
#include "schedule/civil.h"
#include "schedule/zone.h"

/* ---- names and sources */

static void expect_no_zone(const char *name, li_zones *zones, li_status wanted)
{
    li_schedule_options options = in_zone(name);
    li_schedule *schedule = NULL;
    li_error err = LI_ERROR_INIT;

    options.zones = zones;
    ck_assert_msg(li_schedule_new(NULL, "cron(0 0 * * ? *)", LI_Z, &options, &schedule, &err) == wanted, "%s: %s", name, err.text);
    ck_assert_ptr_null(schedule);
    if (wanted == LI_E_INVALID || wanted == LI_E_NOT_FOUND)
        ck_assert_int_eq(err.detail, LI_DETAIL_ZONE);
}

START_TEST(test_trg_154_unknown_zones_are_refused)
{
    expect_no_zone("Mars/Olympus", NULL, LI_E_NOT_FOUND);
    expect_no_zone("Europe", NULL, LI_E_NOT_FOUND);
    expect_no_zone("europe/berlin", NULL, LI_E_NOT_FOUND);
    expect_no_zone("Europe/Berlin/Mitte", NULL, LI_E_NOT_FOUND);
}
END_TEST

START_TEST(test_trg_154_a_name_reaches_nothing_but_a_zone)
{
    static const char *const names[] = { "/etc/passwd", "../../../etc/passwd", "Europe/../Europe/Berlin", "Europe//Berlin", "Europe/",
                                         "/", ".", "..", "zone.tab", "Europe/Berlin ", "Europe Berlin", "Europe\\Berlin", "localtime",
                                         "posixrules", "Z\xc3\xbcrich", "%s",
                                         "A23456789/123456789/123456789/123456789/1234567890X" };
    char with_nul[] = "Europe\0Berlin";
    li_schedule_options options = LI_SCHEDULE_OPTIONS_INIT;
    li_schedule *schedule = NULL;
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        expect_no_zone(names[i], NULL, LI_E_INVALID);
    options.kind = LI_SCHEDULE_SCHEDULER;
    options.zone.ptr = with_nul;
    options.zone.len = sizeof with_nul - 1;
    ck_assert_int_eq(li_schedule_new(NULL, "rate(1 day)", LI_Z, &options, &schedule, NULL), LI_E_INVALID);
}
END_TEST

/* A source that counts, and gives what it was told to. */
typedef struct fake {
    const void *data;
    size_t len;
    li_status status;
    int32_t n_gives;
    int32_t n_reads;
    int32_t n_frees;
} fake;

static li_status fake_read(void *self, const char *zone, void (*give)(void *user, const void *data, size_t len), void *user)
{
    fake *f = self;
    int32_t i;

    (void)zone;
    f->n_reads++;
    for (i = 0; i < f->n_gives; i++)
        give(user, f->data, f->len);
    return f->status;
}

static void fake_free(void *self)
{
    fake *f = self;

    f->n_frees++;
}

static const li_zone_source_ops fake_ops = { sizeof(li_zone_source_ops), 1, 0, "fake", fake_read, fake_free };

/* A file of version 1: two offsets, changes at 1000 and 2000. */
static const unsigned char tiny[] = {
    'T', 'Z', 'i', 'f', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* header */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 4,
    0, 0, 3, 0xE8, 0, 0, 7, 0xD0, 1, 0,                                /* changes and their types */
    0, 0, 0, 0, 0, 0, 0, 0, 0x0E, 0x10, 1, 0, 'A', 'B', 'C', 0         /* UTC, an hour east; the name */
};

START_TEST(test_trg_154_zones_come_from_the_callers_source_and_are_read_once)
{
    fake f = { tiny, sizeof tiny, LI_OK, 1, 0, 0 };
    li_zone_source source = { &fake_ops, &f };
    li_schedule_options options = in_zone("Moon/Base");
    li_zones *zones = NULL;
    li_schedule *a, *b;

    ck_assert_int_eq(li_zones_new(NULL, &source, &zones, NULL), LI_OK);
    options.zones = zones;
    a = schedule_of("at(1970-01-01T01:20:00)", &options); /* 4800 local is 1200 in UTC */
    b = schedule_of("at(1970-01-01T00:50:00)", &options); /* 3000 is 3000: after the second change */
    ck_assert_int_eq(f.n_reads, 1);
    options.zone = li_z("Moon/Other");
    li_schedule_free(schedule_of("rate(1 day)", &options));
    ck_assert_int_eq(f.n_reads, 2);
    options.zone = li_z("UTC");
    li_schedule_free(schedule_of("rate(1 day)", &options));
    options.zone = li_z("Etc/UTC");
    li_schedule_free(schedule_of("rate(1 day)", &options));
    ck_assert_int_eq(f.n_reads, 2);
    li_zones_free(zones);
    ck_assert_int_eq(f.n_frees, 1);
    {
        int64_t time = 0;
        size_t n;

        ck_assert_int_eq(li_schedule_next(a, 0, &time, 1, &n), LI_OK);
        ck_assert_int_eq(time, 1200);
        ck_assert_int_eq(li_schedule_next(b, 0, &time, 1, &n), LI_OK);
        ck_assert_int_eq(time, 3000);
    }
    li_schedule_free(a);
    li_schedule_free(b);
    li_zones_free(NULL);
}
END_TEST

START_TEST(test_trg_154_a_source_that_fails_or_lies_is_told)
{
    static const unsigned char rubbish[] = "TZif2 is how it begins and then it is not";
    fake f = { tiny, sizeof tiny, LI_OK, 1, 0, 0 };
    li_zone_source source = { &fake_ops, &f };
    li_zone_source_ops incomplete = fake_ops;
    li_zones *zones = NULL, *none = NULL;
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_zones_new(NULL, &source, &zones, NULL), LI_OK);
    f.status = LI_E_IO;
    expect_no_zone("Moon/Base", zones, LI_E_IO);
    f.status = LI_E_NOT_FOUND;
    expect_no_zone("Moon/Base", zones, LI_E_NOT_FOUND);
    f.status = LI_OK;
    f.n_gives = 0;
    expect_no_zone("Moon/Base", zones, LI_E_NOT_FOUND);
    f.n_gives = 2; /* the second time is nothing to us */
    li_schedule_free(schedule_of("rate(1 day)", NULL));
    f.data = rubbish;
    f.len = sizeof rubbish;
    expect_no_zone("Moon/Base", zones, LI_E_CORRUPT);
    f.data = "";
    f.len = 0;
    expect_no_zone("Moon/Base", zones, LI_E_CORRUPT);
    li_zones_free(zones);
    ck_assert_int_eq(f.n_frees, 1);
    incomplete.read = NULL;
    source.ops = &incomplete;
    ck_assert_int_eq(li_zones_new(NULL, &source, &none, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "read");
    ck_assert_int_eq(f.n_frees, 2);
    ck_assert_ptr_null(none);
}
END_TEST

static void *make_schedules(void *zones)
{
    static const char *const names[] = { "Europe/Berlin", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe" };
    li_schedule_options options = in_zone(names[0]);
    int64_t time;
    size_t i, n;

    for (i = 0; i < 400; i++) {
        li_schedule *schedule;

        options.zones = zones;
        options.zone = li_z(names[i % 4]);
        schedule = schedule_of("cron(0 3 * * ? *)", &options);
        ck_assert_int_eq(li_schedule_next(schedule, (int64_t)i * 86400, &time, 1, &n), LI_OK);
        ck_assert_uint_eq(n, 1);
        li_schedule_free(schedule);
    }
    return NULL;
}

START_TEST(test_trg_154_many_threads_share_zones)
{
    pthread_t threads[4];
    li_zones *zones = NULL;
    size_t i;

    ck_assert_int_eq(li_zones_new(NULL, NULL, &zones, NULL), LI_OK);
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, make_schedules, zones), 0);
    for (i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    li_zones_free(zones);
}
END_TEST

/* ---- files */

static lii_zone *parsed(const void *data, size_t len, const char **reason)
{
    lii_zone *zone = NULL;
    li_status status = lii_zone_parse(&lii_malloc_allocator, "Test/Zone", data, len, &zone, reason);

    ck_assert((status == LI_OK) == (*reason == NULL));
    return zone;
}

START_TEST(test_trg_154_a_file_cut_anywhere_or_with_a_flipped_bit_is_refused_or_still_a_table)
{
    unsigned char data[8192], *exact;
    FILE *file = fopen("/usr/share/zoneinfo/America/New_York", "rb");
    size_t len, cut, at;
    const char *reason;
    lii_zone *zone;
    lii_span span;
    uint32_t i;

    ck_assert_msg(file != NULL, "tzdata is needed");
    len = fread(data, 1, sizeof data, file);
    fclose(file);
    for (cut = 0; cut < len; cut++) {
        exact = malloc(cut ? cut : 1); /* so that a sanitizer sees a read past the end */
        memcpy(exact, data, cut);
        ck_assert_ptr_null(parsed(exact, cut, &reason));
        free(exact);
    }
    for (at = 0; at < len; at++) {
        data[at] ^= (unsigned char)(1 << (at % 8));
        zone = parsed(data, len, &reason);
        for (i = 0; zone && i < lii_zone_count(zone); i++) {
            lii_zone_span(zone, i, &span);
            ck_assert(span.start < span.end && span.offset <= LII_OFFSET_MAX && span.offset >= -LII_OFFSET_MAX);
        }
        lii_zone_release(zone);
        data[at] ^= (unsigned char)(1 << (at % 8));
    }
}
END_TEST

static void expect_refused(size_t at, unsigned char byte, const char *part)
{
    unsigned char data[sizeof tiny];
    const char *reason = NULL;

    memcpy(data, tiny, sizeof data);
    data[at] = byte;
    ck_assert_ptr_null(parsed(data, sizeof data, &reason));
    ck_assert_msg(strstr(reason, part) != NULL, "%s", reason);
}

START_TEST(test_trg_154_what_is_wrong_with_a_file_is_said)
{
    const char *reason = NULL;
    lii_zone *zone = parsed(tiny, sizeof tiny, &reason);

    ck_assert_uint_eq(lii_zone_count(zone), 3);
    lii_zone_release(zone);
    expect_refused(0, 'X', "begin as");
    expect_refused(35, 3, "cut short");
    expect_refused(33, 0xFF, "impossible");
    expect_refused(39, 0, "no type");
}
END_TEST

START_TEST(test_trg_154_changes_must_be_in_order_types_there_and_offsets_possible)
{
    expect_refused(46, 0x08, "in order");  /* the first change after the second */
    expect_refused(52, 2, "not there");    /* a third type */
    expect_refused(60, 0x7F, "26 hours");  /* an offset of years */
}
END_TEST

static const char *const bad_rules[] = {
    "",         "X",           "EST",              "EST5EDT",           "EST5EDT,M3.2.0",         "EST5EDT,M3.2.0,",   "EST5EDT,M13.2.0,M11.1.0",
    "EST25",    "E5",          "<E>5",             "<EST5",             "EST5EDT,M3.0.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0",
    "EST5x",    "EST5EDT,J0,J365", "EST5EDT,J1,J366", "EST5EDT,366,1",  "EST5EDT,1/168,2",        "EST5EDT,M3.2.0,M11.1.0x", "EST5:60",
    "EST99999999999999999999",
};

START_TEST(test_trg_154_rules_that_are_no_posix_tz_are_refused)
{
    lii_rule rule;

    ck_assert_msg(lii_rule_parse(bad_rules[_i], strlen(bad_rules[_i]), &rule) != 0, "%s", bad_rules[_i]);
}
END_TEST

static void expect_rule(const char *text, int year, const char *begin, const char *end)
{
    lii_rule rule;

    ck_assert_msg(lii_rule_parse(text, strlen(text), &rule) == 0, "%s", text);
    if (!begin) {
        ck_assert_int_eq(rule.has_daylight, 0);
        return;
    }
    ck_assert_msg(lii_rule_time(&rule.begin, year, rule.standard) == at_time(begin), "%s: %s", text,
                  time_text(lii_rule_time(&rule.begin, year, rule.standard)));
    ck_assert_msg(lii_rule_time(&rule.end, year, rule.daylight) == at_time(end), "%s: %s", text,
                  time_text(lii_rule_time(&rule.end, year, rule.daylight)));
}

START_TEST(test_trg_154_rules_of_all_forms)
{
    expect_rule("EST5EDT,M3.2.0,M11.1.0", 2026, "2026-03-08T07:00:00", "2026-11-01T06:00:00");
    expect_rule("CET-1CEST,M3.5.0,M10.5.0/3", 2026, "2026-03-29T01:00:00", "2026-10-25T01:00:00");
    expect_rule("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 2026, "2026-10-03T15:30:00", "2026-04-04T15:00:00");
    expect_rule("<-03>3", 2026, NULL, NULL);
    expect_rule("IST-2IDT,M3.4.4/26,M10.5.0", 2026, "2026-03-27T00:00:00", "2026-10-24T23:00:00");
    expect_rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026, "2026-03-29T01:00:00", "2026-10-25T01:00:00");
    expect_rule("AAA0BBB,J60,59", 2028, "2028-03-01T02:00:00", "2028-02-29T01:00:00");
    expect_rule("AAA0BBB,J59,60", 2028, "2028-02-28T02:00:00", "2028-03-01T01:00:00");
    expect_rule("AAA0BBB,J60,59", 2027, "2027-03-01T02:00:00", "2027-03-01T01:00:00");
    expect_rule("AAA+0:30:15BBB,0/0,J365/23", 2026, "2026-01-01T00:30:15", "2026-12-31T22:30:15");
}
END_TEST

/* ---- local time */

START_TEST(test_trg_155_a_time_in_a_spring_gap_is_skipped_that_day)
{
    li_schedule_options options = in_zone("America/New_York");

    expect_times("cron(30 2 * * ? *)", &options, "2026-03-07T00:00:00", "2026-03-07T07:30:00 2026-03-09T06:30:00");
    expect_times("cron(59 1 * * ? *)", &options, "2026-03-08T00:00:00", "2026-03-08T06:59:00");
    expect_times("cron(0 2 * * ? *)", &options, "2026-03-08T00:00:00", "2026-03-09T06:00:00");
    expect_times("cron(0 3 * * ? *)", &options, "2026-03-08T00:00:00", "2026-03-08T07:00:00");
    expect_times("cron(* * * * ? *)", &options, "2026-03-08T06:58:00", "2026-03-08T06:59:00 2026-03-08T07:00:00 2026-03-08T07:01:00");
    /* Always in the gap, to the last year. */
    expect_times("cron(* 2 ? 3 1#2 *)", &options, "2026-01-01T00:00:00", ".");
    expect_times("at(2026-03-08T02:30:00)", &options, "2026-01-01T00:00:00", ".");
}
END_TEST

START_TEST(test_trg_156_a_time_in_an_autumn_overlap_runs_once_or_by_option_twice)
{
    li_schedule_options options = in_zone("America/New_York");

    expect_times("cron(30 1 * * ? *)", &options, "2026-11-01T00:00:00", "2026-11-01T05:30:00 2026-11-02T06:30:00");
    expect_times("cron(30 1 * * ? *)", &options, "2026-11-01T05:30:00", "2026-11-02T06:30:00");
    expect_times("cron(30 1 * * ? *)", &options, "2026-11-01T06:15:00", "2026-11-02T06:30:00");
    expect_times("cron(0/30 * * * ? *)", &options, "2026-11-01T05:00:00", "2026-11-01T05:30:00 2026-11-01T07:00:00 2026-11-01T07:30:00");
    expect_times("cron(0/30 * * * ? *)", &options, "2026-11-01T06:00:00", "2026-11-01T07:00:00");
    expect_times("at(2026-11-01T01:30:00)", &options, "2026-01-01T00:00:00", "2026-11-01T05:30:00 .");
    options.overlap = LI_OVERLAP_BOTH;
    expect_times("cron(30 1 * * ? *)", &options, "2026-11-01T00:00:00", "2026-11-01T05:30:00 2026-11-01T06:30:00 2026-11-02T06:30:00");
    expect_times("cron(30 1 * * ? *)", &options, "2026-11-01T06:15:00", "2026-11-01T06:30:00");
    expect_times("cron(0/30 * * * ? *)", &options, "2026-11-01T05:00:00", "2026-11-01T05:30:00 2026-11-01T06:00:00 2026-11-01T06:30:00 2026-11-01T07:00:00");
}
END_TEST

START_TEST(test_trg_157_half_hours_quarter_hours_and_a_day_that_was_not)
{
    li_schedule_options options = in_zone("Australia/Lord_Howe");

    expect_times("cron(15 2 * * ? *)", &options, "2026-10-02T00:00:00", "2026-10-02T15:45:00 2026-10-04T15:15:00");
    expect_times("cron(45 1 * * ? *)", &options, "2026-04-03T00:00:00", "2026-04-03T14:45:00 2026-04-04T14:45:00 2026-04-05T15:15:00");
    options = in_zone("Asia/Kathmandu");
    expect_times("cron(0 0 * * ? *)", &options, "2026-01-01T00:00:00", "2026-01-01T18:15:00 2026-01-02T18:15:00");
    options = in_zone("Pacific/Apia");
    expect_times("cron(0 12 * 12 ? 2011)", &options, "2011-12-28T23:00:00", "2011-12-29T22:00:00 2011-12-30T22:00:00 .");
    expect_times("at(2011-12-30T12:00:00)", &options, "2011-01-01T00:00:00", ".");
}
END_TEST

START_TEST(test_trg_158_start_and_end_are_instants_and_inclusive)
{
    li_schedule_options options = in_zone("UTC");

    options.start_s = at_time("2026-01-01T12:00:00");
    options.end_s = at_time("2026-01-03T12:00:00");
    expect_times("cron(0 12 * * ? *)", &options, "2026-01-01T00:00:00", "2026-01-01T12:00:00 2026-01-02T12:00:00 2026-01-03T12:00:00 .");
    options.start_s++;
    options.end_s--;
    expect_times("cron(0 12 * * ? *)", &options, "2026-01-01T00:00:00", "2026-01-02T12:00:00 .");
    options.start_s = at_time("2026-01-04T00:00:00");
    expect_times("cron(0 12 * * ? *)", &options, "2026-01-01T00:00:00", ".");
    expect_times("rate(1 hour)", &options, "2026-01-01T00:00:00", ".");
    options = in_zone("Asia/Tokyo");
    options.start_s = at_time("2026-01-01T00:00:00");
    options.end_s = at_time("2026-01-01T02:00:00");
    expect_times("cron(0 * * * ? *)", &options, "2025-01-01T00:00:00", "2026-01-01T00:00:00 2026-01-01T01:00:00 2026-01-01T02:00:00 .");
    expect_times("rate(1 hour)", &options, "2025-01-01T00:00:00", "2026-01-01T00:00:00 2026-01-01T01:00:00 2026-01-01T02:00:00 .");
}
END_TEST

/* Every minute of the table says the same as the C library, whose TZ is ours to set in this process of the test. */
static const char *const compared[] = { "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia",
                                        "Africa/Casablanca", "America/Sao_Paulo", "Asia/Gaza", "Europe/Dublin", "Antarctica/Troll",
                                        "America/Nuuk", "Asia/Tokyo", "Pacific/Kiritimati", "America/St_Johns", "Africa/Monrovia" };

START_TEST(test_trg_154_offsets_are_those_of_the_c_library)
{
    lii_zone *zone = NULL;
    lii_random random;
    lii_span span;
    struct tm tm;
    uint32_t i;
    int k;

    setenv("TZ", compared[_i], 1);
    tzset();
    ck_assert_int_eq(lii_zones_get(NULL, &lii_malloc_allocator, lii_slice(compared[_i], LI_Z), &zone, NULL), LI_OK);
    lii_random_seed(&random, 7);
    for (k = 0; k < 20000; k++) {
        int64_t at = (int64_t)(lii_random_u64(&random) % 9467020800u) - 2208902400; /* 1900 to 2199 */

        i = lii_zone_find(zone, at);
        lii_zone_span(zone, i, &span);
        ck_assert(span.start <= at && at < span.end);
        localtime_r(&(time_t){ at }, &tm);
        ck_assert_msg(tm.tm_gmtoff == span.offset, "%s at %s: %d, not %ld", compared[_i], time_text(at), span.offset, tm.tm_gmtoff);
    }
    for (i = 1; i < lii_zone_count(zone); i++) {
        lii_zone_span(zone, i, &span);
        if (span.start < -2208902400 || span.start >= 7258118400)
            continue;
        localtime_r(&(time_t){ span.start }, &tm);
        ck_assert_int_eq(tm.tm_gmtoff, span.offset);
        localtime_r(&(time_t){ span.start - 1 }, &tm);
        lii_zone_span(zone, i - 1, &span);
        ck_assert_int_eq(tm.tm_gmtoff, span.offset);
    }
    lii_zone_release(zone);
}
END_TEST

/* All zones that have an area of their own, by the system's own list. */
START_TEST(test_trg_154_all_zones_are_read_and_agree_with_the_c_library)
{
    FILE *list = fopen("/usr/share/zoneinfo/zone1970.tab", "r");
    char line[512], name[64];
    lii_random random;
    lii_zone *zone;
    lii_span span;
    struct tm tm;
    int n = 0, k;

    ck_assert_msg(list != NULL, "tzdata is needed");
    lii_random_seed(&random, 11);
    while (fgets(line, sizeof line, list)) {
        if (line[0] == '#' || sscanf(line, "%*s %*s %63s", name) != 1)
            continue;
        setenv("TZ", name, 1);
        tzset();
        ck_assert_msg(lii_zones_get(NULL, &lii_malloc_allocator, lii_slice(name, LI_Z), &zone, NULL) == LI_OK, "%s", name);
        for (k = 0; k < 100; k++) {
            int64_t at = (int64_t)(lii_random_u64(&random) % 9467020800u) - 2208902400;

            lii_zone_span(zone, lii_zone_find(zone, at), &span);
            localtime_r(&(time_t){ at }, &tm);
            ck_assert_msg(tm.tm_gmtoff == span.offset, "%s at %s: %d, not %ld", name, time_text(at), span.offset, tm.tm_gmtoff);
        }
        lii_zone_release(zone);
        n++;
    }
    fclose(list);
    ck_assert_int_gt(n, 250);
}
END_TEST

START_TEST(test_trg_157_the_calendar_is_right_over_centuries)
{
    int64_t days;
    lii_civil date;

    for (days = -800000; days < 3000000; days += 37) {
        lii_days_civil(days, &date);
        ck_assert_int_eq(lii_civil_days(date.year, date.month, date.day), days);
        ck_assert(date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= lii_month_days(date.year, date.month));
        if (days % 50 == 0)
            ck_assert_int_eq(slow_days(date.year, date.month, date.day), days);
    }
    ck_assert_int_eq(lii_days_weekday(0), 4);
    ck_assert_int_eq(lii_days_weekday(-1), 3);
    ck_assert_int_eq(lii_days_weekday(-5), 6);
}
END_TEST

Suite *suite_zone(void);
Suite *suite_zone(void)
{
    Suite *suite = suite_create("zone");
    TCase *names = tcase_create("names"), *files = tcase_create("files"), *local = tcase_create("local time");

    tcase_add_test(names, test_trg_154_unknown_zones_are_refused);
    tcase_add_test(names, test_trg_154_a_name_reaches_nothing_but_a_zone);
    tcase_add_test(names, test_trg_154_zones_come_from_the_callers_source_and_are_read_once);
    tcase_add_test(names, test_trg_154_a_source_that_fails_or_lies_is_told);
    tcase_add_test(names, test_trg_154_many_threads_share_zones);
    suite_add_tcase(suite, names);
    tcase_add_test(files, test_trg_154_a_file_cut_anywhere_or_with_a_flipped_bit_is_refused_or_still_a_table);
    tcase_add_test(files, test_trg_154_what_is_wrong_with_a_file_is_said);
    tcase_add_test(files, test_trg_154_changes_must_be_in_order_types_there_and_offsets_possible);
    tcase_add_loop_test(files, test_trg_154_rules_that_are_no_posix_tz_are_refused, 0, sizeof bad_rules / sizeof *bad_rules);
    tcase_add_test(files, test_trg_154_rules_of_all_forms);
    tcase_add_loop_test(files, test_trg_154_offsets_are_those_of_the_c_library, 0, sizeof compared / sizeof *compared);
    tcase_add_test(files, test_trg_154_all_zones_are_read_and_agree_with_the_c_library);
    suite_add_tcase(suite, files);
    tcase_add_test(local, test_trg_155_a_time_in_a_spring_gap_is_skipped_that_day);
    tcase_add_test(local, test_trg_156_a_time_in_an_autumn_overlap_runs_once_or_by_option_twice);
    tcase_add_test(local, test_trg_157_half_hours_quarter_hours_and_a_day_that_was_not);
    tcase_add_test(local, test_trg_158_start_and_end_are_instants_and_inclusive);
    tcase_add_test(local, test_trg_157_the_calendar_is_right_over_centuries);
    suite_add_tcase(suite, local);
    return suite;
}
