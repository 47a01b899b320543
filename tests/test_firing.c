/* test_firing.c - schedules on the engine's clock: cron, at and zones, windows, ends, updates, long times (TRG-152..163). */
#include "firing_help.h"

#include <time.h>

START_TEST(test_trg_160_a_cron_of_workdays_fires_on_them_in_order)
{
    world w;
    notes *s = noted_world(&w); /* 2026-01-01 is a Thursday */

    add_trigger(&w, "schedule", "t", "{\"expression\":\"cron(0 9 ? * MON-FRI *)\"}");
    advance_s(&w, 5 * 86400);
    ck_assert_int_eq(s->n, 3);
    ck_assert_uint_eq(s->at_ms[0], 9 * HOUR_MS);
    ck_assert_uint_eq(s->at_ms[1], DAY_MS + 9 * HOUR_MS);
    ck_assert_uint_eq(s->at_ms[2], 4 * DAY_MS + 9 * HOUR_MS);
    check_contains(s->payload[2], "\"time\":\"2026-01-05T09:00:00Z\"");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_155_a_trigger_in_a_zone_skips_the_hour_that_is_not_there)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "schedule", "t",
                "{\"expression\":\"cron(30 2 7-9 3 ? 2026)\",\"timezone\":\"America/New_York\"}");
    advance_s(&w, 90 * 86400);
    ck_assert_int_eq(s->n, 2);
    check_contains(s->payload[0], "\"time\":\"2026-03-07T07:30:00Z\"");
    check_contains(s->payload[1], "\"time\":\"2026-03-09T06:30:00Z\"");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_156_the_hour_that_comes_twice_by_option)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "schedule", "once", "{\"expression\":\"cron(30 1 1 11 ? 2026)\",\"timezone\":\"America/New_York\"}");
    advance_s(&w, 365 * 86400);
    ck_assert_int_eq(s->n, 1);
    noted_free(&w, s);
    s = noted_world(&w);
    add_trigger(&w, "schedule", "both",
                "{\"expression\":\"cron(30 1 1 11 ? 2026)\",\"timezone\":\"America/New_York\",\"overlap\":\"both\"}");
    advance_s(&w, 365 * 86400);
    ck_assert_int_eq(s->n, 2);
    ck_assert_uint_eq(s->at_ms[1] - s->at_ms[0], HOUR_MS);
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_153_at_fires_once_and_one_in_the_past_never)
{
    li_trigger_info info;
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "schedule", "future", "{\"expression\":\"at(2026-01-02T03:04:05)\"}");
    add_trigger(&w, "schedule", "past", "{\"expression\":\"at(2025-12-31T23:59:59)\"}");
    advance_s(&w, 30 * 86400);
    ck_assert_int_eq(s->n, 1);
    ck_assert_uint_eq(s->at_ms[0], DAY_MS + 3 * HOUR_MS + 4 * MINUTE_MS + 5000);
    ck_assert(has_trigger(&w, "future", &info) && info.deliveries == 1);
    ck_assert(has_trigger(&w, "past", &info) && info.deliveries == 0);
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_158_start_and_end_bound_a_schedule)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "schedule", "t",
                "{\"expression\":\"rate(1 hour)\",\"start\":\"2026-01-01T01:00:00Z\",\"end\":\"2026-01-01T03:00:00Z\"}");
    advance_s(&w, 86400);
    ck_assert_int_eq(s->n, 3);
    ck_assert_uint_eq(s->at_ms[0], HOUR_MS);
    ck_assert_uint_eq(s->at_ms[2], 3 * HOUR_MS);
    refuse_trigger(&w, "schedule", "{\"expression\":\"rate(1 hour)\",\"start\":\"yesterday\"}", "start");
    refuse_trigger(&w, "schedule",
                   "{\"expression\":\"rate(1 hour)\",\"start\":\"2026-01-02T00:00:00Z\",\"end\":\"2026-01-01T00:00:00Z\"}", "end");
    refuse_trigger(&w, "schedule", "{\"expression\":\"rate(1 hour)\",\"timezone\":\"Mars Olympus\"}", "Mars Olympus");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_152_missed_firings_are_not_made_up_and_the_grid_is_kept)
{
    world w;
    notes *s = noted_world(&w);

    advance_s(&w, 7);
    add_trigger(&w, "scheduler", "t",
                "{\"name\":\"n\",\"expression\":\"rate(10 minutes)\",\"start\":\"2026-01-01T00:10:00Z\"}");
    advance_s(&w, 603);
    ck_assert_int_eq(s->n, 1);
    set_enabled(&w, "t", 0);
    advance_s(&w, 3600 + 5 * 60);
    set_enabled(&w, "t", 1);
    advance_s(&w, 10 * 60);
    ck_assert_int_eq(s->n, 2);
    ck_assert_uint_eq(s->at_ms[1], 80 * MINUTE_MS);
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_163_an_update_restarts_the_grid_only_when_the_schedule_changes)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "schedule", "t", "{\"expression\":\"rate(10 minutes)\"}");
    advance_s(&w, 4 * 60);
    update_trigger(&w, "t", "{\"expression\":\"rate(10 minutes)\",\"input\":{\"a\":1}}");
    advance_s(&w, 6 * 60);
    ck_assert_int_eq(s->n, 1);
    ck_assert_str_eq(s->payload[0], "{\"a\":1}");
    advance_s(&w, 5 * 60);
    update_trigger(&w, "t", "{\"expression\":\"rate(7 minutes)\"}");
    advance_s(&w, 7 * 60);
    ck_assert_int_eq(s->n, 2);
    ck_assert_uint_eq(s->at_ms[1], 22 * MINUTE_MS);
    update_trigger(&w, "t", "{\"expression\":\"cron(0 * * * ? *)\"}");
    advance_s(&w, 3600);
    ck_assert_int_eq(s->n, 3);
    ck_assert_uint_eq(s->at_ms[2], HOUR_MS);
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_65_159_a_window_puts_firings_off_by_itself_and_never_the_grid)
{
    uint64_t first[48];
    world w;
    notes *s;
    int round, i, n_moved = 0;

    for (round = 0; round < 2; round++) {
        s = noted_world(&w);
        add_trigger(&w, "schedule", "t", "{\"expression\":\"cron(0/30 * * * ? *)\",\"window\":60}");
        advance_s(&w, 86400 + 2 * 3600);
        ck_assert_int_ge(s->n, 48);
        for (i = 0; i < 48; i++) {
            uint64_t late;
            const char *p = strstr(s->payload[i], "\"time\":\"2026-01-0");
            int day, hour, minute;

            /* The event shows the grid's time. One firing may overtake another: each has a window of its own. */
            ck_assert_ptr_nonnull(p);
            ck_assert_int_eq(sscanf(p, "\"time\":\"2026-01-%dT%d:%d:00Z", &day, &hour, &minute), 3);
            ck_assert_int_eq(minute % 30, 0);
            late = s->at_ms[i] - ((uint64_t)(day - 1) * DAY_MS + (uint64_t)hour * HOUR_MS + (uint64_t)minute * MINUTE_MS);
            ck_assert_uint_lt(late, HOUR_MS);
            n_moved += late > 0;
            if (round == 0)
                first[i] = s->at_ms[i];
            else
                ck_assert_uint_eq(first[i], s->at_ms[i]); /* the same seed, the same times */
        }
        noted_free(&w, s);
    }
    ck_assert_int_ge(n_moved, 90);
}
END_TEST

START_TEST(test_trg_9_a_firing_in_its_window_is_not_delivered_when_the_trigger_goes)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "schedule", "removed", "{\"expression\":\"at(2026-01-01T01:00:00)\",\"window\":1440}");
    add_trigger(&w, "schedule", "disabled", "{\"expression\":\"at(2026-01-01T01:00:00)\",\"window\":1440}");
    add_trigger(&w, "schedule", "updated", "{\"expression\":\"at(2026-01-01T01:00:00)\",\"window\":1440}");
    add_trigger(&w, "schedule", "kept", "{\"expression\":\"at(2026-01-01T01:00:00)\",\"window\":1440,\"input\":1}");
    advance_s(&w, 3601);
    ck_assert_int_eq(s->n, 0);
    ck_assert_int_eq(li_trigger_remove(w.engine, "removed", LI_Z, NULL), LI_OK);
    set_enabled(&w, "disabled", 0);
    update_trigger(&w, "updated", "{\"expression\":\"at(2025-01-01T01:00:00)\"}");
    advance_s(&w, 86400);
    ck_assert_int_eq(s->n, 1);
    ck_assert_str_eq(s->payload[0], "1");
    /* One that is still put off when the engine ends is freed with it. */
    add_trigger(&w, "schedule", "late", "{\"expression\":\"cron(* * * * ? *)\",\"window\":1440}");
    advance_s(&w, 600);
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_66_delete_after_completion_removes_a_trigger_after_its_last_firing)
{
    li_trigger_info info;
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "schedule", "once", "{\"expression\":\"at(2026-01-01T01:00:00)\",\"afterCompletion\":\"DELETE\"}");
    add_trigger(&w, "schedule", "often",
                "{\"expression\":\"rate(1 hour)\",\"start\":\"2026-01-01T01:00:00Z\",\"end\":\"2026-01-01T03:30:00Z\","
                "\"afterCompletion\":\"DELETE\"}");
    add_trigger(&w, "schedule", "late",
                "{\"expression\":\"at(2026-01-01T01:00:00)\",\"window\":60,\"afterCompletion\":\"DELETE\"}");
    add_trigger(&w, "schedule", "stays", "{\"expression\":\"at(2026-01-01T01:00:00)\"}");
    advance_s(&w, 3599);
    ck_assert(has_trigger(&w, "once", &info) && has_trigger(&w, "often", &info) && has_trigger(&w, "late", &info));
    advance_s(&w, 1);
    ck_assert(!has_trigger(&w, "once", &info) && has_trigger(&w, "often", &info) && has_trigger(&w, "late", &info));
    advance_s(&w, 2 * 3600 - 1);
    ck_assert(has_trigger(&w, "often", &info) && !has_trigger(&w, "late", &info));
    advance_s(&w, 1);
    ck_assert(!has_trigger(&w, "often", &info));
    advance_s(&w, 86400);
    ck_assert(has_trigger(&w, "stays", &info));
    ck_assert_int_eq(s->n, 6);
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_161_a_year_of_every_five_minutes_is_105120_runs_in_order)
{
    struct timespec begin, end;
    uint64_t last = 0;
    world w;
    notes *s = noted_world(&w);
    int month;

    add_trigger(&w, "schedule", "t", "{\"expression\":\"cron(0/5 * * * ? *)\"}");
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (month = 0; month < 73; month++) {
        int before = s->n;

        advance_s(&w, 5 * 86400);
        ck_assert_int_eq(s->n - before, 1440);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("a year of a five-minute schedule: %d runs in %.3f s\n", s->n,
           (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
    ck_assert_int_eq(s->n, 105120);
    ck_assert_int_eq(s->n_back, 0);
    for (month = 0; month < NOTES; month++) {
        ck_assert_uint_eq(s->at_ms[month] - last, 5 * MINUTE_MS);
        last = s->at_ms[month];
    }
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_160_a_month_advanced_at_once_is_30_days_of_runs_in_order)
{
    world w;
    notes *s = noted_world(&w);
    int i;

    add_trigger(&w, "schedule", "noon", "{\"expression\":\"cron(0 12 * * ? *)\",\"input\":\"1\"}");
    add_trigger(&w, "schedule", "daily", "{\"expression\":\"rate(1 day)\",\"input\":\"2\"}");
    add_trigger(&w, "schedule", "also-noon", "{\"expression\":\"cron(0 12 * * ? *)\",\"input\":\"3\"}");
    advance_s(&w, 30 * 86400);
    ck_assert_int_eq(s->n, 90);
    for (i = 0; i < 30; i++) {
        ck_assert_str_eq(s->payload[3 * i], "1");
        ck_assert_str_eq(s->payload[3 * i + 1], "3");
        ck_assert_str_eq(s->payload[3 * i + 2], "2");
        ck_assert_uint_eq(s->at_ms[3 * i + 1], (uint64_t)i * DAY_MS + 12 * HOUR_MS);
        ck_assert_uint_eq(s->at_ms[3 * i + 2], (uint64_t)(i + 1) * DAY_MS);
    }
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_161_an_advance_of_ten_years_is_bounded_by_the_clocks_steps)
{
    li_clock_virtual_options clock = LI_CLOCK_VIRTUAL_OPTIONS_INIT;
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    script s;
    world w;

    memset(&w, 0, sizeof w);
    memset(&s, 0, sizeof s);
    clock.max_steps = 1000;
    ck_assert_int_eq(li_clock_virtual_new(NULL, &clock, &w.clock), LI_OK);
    options.clock = w.clock;
    ck_assert_int_eq(li_engine_new(&w.engine, &options, NULL), LI_OK);
    add_function(w.engine, "noter", scripted, &s);
    add_trigger(&w, "schedule", "t", "{\"expression\":\"rate(1 minute)\"}");
    ck_assert_int_eq(li_clock_advance(w.clock, UINT64_C(3652) * 86400 * LI_SECOND_NS, NULL), LI_E_FULL);
    ck_assert_int_gt(s.runs, 100);
    ck_assert_int_le(s.runs, 1000);
    ck_assert_uint_lt(li_clock_now_ns(w.clock), UINT64_C(1001) * LI_MINUTE_NS);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_162_a_clock_never_goes_back)
{
    world w;
    notes *s = noted_world(&w);

    /* A virtual clock is only ever advanced; a wall that jumps back moves no firing. */
    add_trigger(&w, "schedule", "t", "{\"expression\":\"rate(1 minute)\"}");
    ck_assert_int_eq(li_clock_set_wall(w.clock, 0), LI_OK);
    advance_s(&w, 180);
    ck_assert_int_eq(s->n, 3);
    ck_assert_uint_eq(s->at_ms[2], 3 * MINUTE_MS);
    noted_free(&w, s);
}
END_TEST

/* A zone of the test's own: always two hours east. */
static li_status two_hours_east(void *self, const char *zone, void (*give)(void *user, const void *data, size_t len), void *user)
{
    static const unsigned char file[] = { 'T', 'Z', 'i', 'f', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                          0,   0,   0,   0,   0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0x1C, 0x20, 0, 0, 'E', 'A', 'S', 0 };

    ck_assert_str_eq(zone, "Moon/Base");
    ++*(int *)self;
    give(user, file, sizeof file);
    return LI_OK;
}

START_TEST(test_trg_154_an_engine_takes_zones_of_the_embedders)
{
    static const li_zone_source_ops ops = { sizeof(li_zone_source_ops), 1, 0, "moon", two_hours_east, NULL };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    int n_reads = 0;
    li_zone_source source = { &ops, &n_reads };
    script s;
    world w;

    memset(&w, 0, sizeof w);
    memset(&s, 0, sizeof s);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &w.clock), LI_OK);
    ck_assert_int_eq(li_zones_new(NULL, &source, &options.zones, NULL), LI_OK);
    options.clock = w.clock;
    ck_assert_int_eq(li_engine_new(&w.engine, &options, NULL), LI_OK);
    s.base_ms = li_engine_now_ms(w.engine);
    add_function(w.engine, "noter", scripted, &s);
    add_trigger(&w, "schedule", "a", "{\"expression\":\"cron(0 3 * * ? *)\",\"timezone\":\"Moon/Base\"}");
    add_trigger(&w, "schedule", "b", "{\"expression\":\"cron(0 4 * * ? *)\",\"timezone\":\"Moon/Base\"}");
    ck_assert_int_eq(n_reads, 1);
    advance_s(&w, 86400);
    ck_assert_int_eq(s.runs, 2);
    ck_assert_uint_eq(s.starts_ms[0], HOUR_MS);
    ck_assert_uint_eq(s.starts_ms[1], 2 * HOUR_MS);
    world_free(&w);
    li_zones_free(options.zones);
}
END_TEST

/* Two engines, one after the other, over one store: it is not the first one's to free. */
static void engine_over(world *w, script *s, const li_store *store, uint64_t wall_ms)
{
    static li_store_ops kept;
    li_clock_virtual_options clock = LI_CLOCK_VIRTUAL_OPTIONS_INIT;
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_error err = LI_ERROR_INIT;

    memset(w, 0, sizeof *w);
    clock.wall_ms = wall_ms;
    ck_assert_int_eq(li_clock_virtual_new(NULL, &clock, &w->clock), LI_OK);
    kept = *store->ops;
    kept.free = NULL;
    options.clock = w->clock;
    options.store.ops = &kept;
    options.store.self = store->self;
    ck_assert_msg(li_engine_new(&w->engine, &options, &err) == LI_OK, "%s", err.text);
    ck_assert_int_eq(li_trigger_kinds_add(w->engine, li_services_kinds(), NULL), LI_OK);
    memset(s, 0, sizeof *s);
    s->base_ms = 1767225600000u;
    add_function(w->engine, "noter", scripted, s);
}

START_TEST(test_trg_152_the_grid_is_kept_over_a_restart_and_nothing_made_up)
{
    li_store store = { NULL, NULL };
    li_trigger_info info;
    script s;
    world w;

    ck_assert_int_eq(li_store_memory_new(NULL, &store), LI_OK);
    engine_over(&w, &s, &store, 1767225600000u);
    add_trigger(&w, "schedule", "a", "{\"expression\":\"rate(10 minutes)\"}");
    add_trigger(&w, "scheduler", "b", "{\"name\":\"n\",\"expression\":\"rate(10 minutes)\"}");
    advance_s(&w, 25 * 60);
    ck_assert_int_eq(s.runs, 5); /* 10, 20; 0, 10, 20 */
    world_free(&w);
    engine_over(&w, &s, &store, 1767225600000u + 67 * MINUTE_MS);
    ck_assert(has_trigger(&w, "a", &info) && has_trigger(&w, "b", &info));
    advance_s(&w, 179);
    ck_assert_int_eq(s.runs, 0);
    advance_s(&w, 1);
    ck_assert_int_eq(s.runs, 2);
    ck_assert_uint_eq(s.starts_ms[0], 70 * MINUTE_MS);
    ck_assert_uint_eq(s.starts_ms[1], 70 * MINUTE_MS);
    world_free(&w);
    store.ops->free(store.self);
}
END_TEST

/* ---- a machine that slept */

typedef struct hand {
    uint64_t ns;
} hand;

static uint64_t hand_ns(void *self)
{
    return ((hand *)self)->ns;
}

static uint64_t hand_ms(void *self)
{
    return 1767225600000u + ((hand *)self)->ns / LI_MS_NS;
}

/* Runs after a gap of an hour in a schedule of every ten minutes. */
static void sleep_through(const char *options, int wanted)
{
    static const li_clock_ops ops = { sizeof ops, 1, 0, "hand", hand_ns, hand_ms, NULL, NULL };
    li_engine_options engine = LI_ENGINE_OPTIONS_INIT;
    hand h = { 0 };
    script s;
    world w;

    memset(&w, 0, sizeof w);
    memset(&s, 0, sizeof s);
    engine.seed = 1;
    ck_assert_int_eq(li_clock_new(NULL, &ops, &h, &w.clock), LI_OK);
    engine.clock = w.clock;
    ck_assert_int_eq(li_engine_new(&w.engine, &engine, NULL), LI_OK);
    add_function(w.engine, "noter", scripted, &s);
    add_trigger(&w, "schedule", "t", options);
    h.ns = 75 * LI_MINUTE_NS;
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(s.runs, wanted);
    h.ns = 80 * LI_MINUTE_NS;
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(s.runs, wanted + 1);
    world_free(&w);
}

START_TEST(test_rel_57_after_a_gap_at_most_one_firing_a_schedule)
{
    sleep_through("{\"expression\":\"rate(10 minutes)\"}", 0);
    sleep_through("{\"expression\":\"cron(0/10 * * * ? *)\"}", 0);
    sleep_through("{\"expression\":\"rate(10 minutes)\",\"missed\":\"one\"}", 1);
    sleep_through("{\"expression\":\"cron(0/10 * * * ? *)\",\"missed\":\"one\"}", 1);
}
END_TEST

Suite *suite_firing(void);
Suite *suite_firing(void)
{
    Suite *suite = suite_create("firing");
    TCase *clock = tcase_create("clock"), *options = tcase_create("options");

    tcase_set_timeout(clock, 60);
    tcase_add_test(clock, test_trg_160_a_cron_of_workdays_fires_on_them_in_order);
    tcase_add_test(clock, test_trg_155_a_trigger_in_a_zone_skips_the_hour_that_is_not_there);
    tcase_add_test(clock, test_trg_154_an_engine_takes_zones_of_the_embedders);
    tcase_add_test(clock, test_trg_156_the_hour_that_comes_twice_by_option);
    tcase_add_test(clock, test_trg_153_at_fires_once_and_one_in_the_past_never);
    tcase_add_test(clock, test_trg_161_a_year_of_every_five_minutes_is_105120_runs_in_order);
    tcase_add_test(clock, test_trg_160_a_month_advanced_at_once_is_30_days_of_runs_in_order);
    tcase_add_test(clock, test_trg_161_an_advance_of_ten_years_is_bounded_by_the_clocks_steps);
    tcase_add_test(clock, test_trg_162_a_clock_never_goes_back);
    tcase_add_test(clock, test_rel_57_after_a_gap_at_most_one_firing_a_schedule);
    suite_add_tcase(suite, clock);
    tcase_add_test(options, test_trg_158_start_and_end_bound_a_schedule);
    tcase_add_test(options, test_trg_152_missed_firings_are_not_made_up_and_the_grid_is_kept);
    tcase_add_test(options, test_trg_152_the_grid_is_kept_over_a_restart_and_nothing_made_up);
    tcase_add_test(options, test_trg_163_an_update_restarts_the_grid_only_when_the_schedule_changes);
    tcase_add_test(options, test_trg_65_159_a_window_puts_firings_off_by_itself_and_never_the_grid);
    tcase_add_test(options, test_trg_9_a_firing_in_its_window_is_not_delivered_when_the_trigger_goes);
    tcase_add_test(options, test_trg_66_delete_after_completion_removes_a_trigger_after_its_last_firing);
    suite_add_tcase(suite, options);
    return suite;
}
