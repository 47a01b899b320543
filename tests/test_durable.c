/* test_durable.c - an engine over several lives of its process: what was accepted ends, once, by its rules. */
#include "fixture.h"

#include <signal.h>
#include <sys/wait.h>

#include "place.h"

/* The next life begins when and where the last one ended. */
typedef struct lives {
    li_clock *clock;
    li_engine *engine;
    script script;
    uint64_t wall_ms;
    int n_records;
    int record_answer;           /* LI_OK, or what the destination says */
    int with_handler;
    char ends[4000];             /* "ID8 state;" of each terminal line */
} lives;

static lives w;

static void note_end(void *user, const li_journal_line *line)
{
    char id[LI_ID_TEXT_SIZE];
    size_t len = strlen(w.ends);

    (void)user;
    if (line->step != LI_STEP_SUCCEEDED && line->step != LI_STEP_DELIVERED && line->step != LI_STEP_DROPPED)
        return;
    li_id_format(&line->id, id);
    snprintf(w.ends + len, sizeof w.ends - len, "%.8s %s %s %u;", id, li_step_name(line->step), line->why, line->attempt);
}

static li_status on_record(void *user, const li_record *record)
{
    (void)user;
    (void)record;
    w.n_records++;
    return w.record_answer;
}

static void begin_life(int n)
{
    li_clock_virtual_options co = LI_CLOCK_VIRTUAL_OPTIONS_INIT;
    li_engine_options o = LI_ENGINE_OPTIONS_INIT;
    li_destination d;
    li_error err = LI_ERROR_INIT;

    if (w.wall_ms)
        co.wall_ms = w.wall_ms;
    ck_assert_int_eq(li_clock_virtual_new(NULL, &co, &w.clock), LI_OK);
    o.clock = w.clock;
    ck_assert_int_eq(open_file(n, &o.queue, &o.store, &err), LI_OK);
    ck_assert_msg(li_engine_new(&w.engine, &o, &err) == LI_OK, "%s", err.text);
    li_journal_listen(w.engine, note_end, NULL);
    ck_assert_int_eq(li_destination_callback_new(on_record, NULL, &d), LI_OK);
    ck_assert_int_eq(li_destination_add(w.engine, "test://d", LI_Z, &d, NULL), LI_OK);
    if (w.with_handler)
        add_function(w.engine, "f", scripted, &w.script);
}

static void set_up(void)
{
    set_up_place();
    memset(&w, 0, sizeof w);
    w.with_handler = 1;
}

/* The process ends in order; or it is killed: what it had on disk goes on under the next number. */
static void end_life(void)
{
    w.wall_ms = li_clock_wall_ms(w.clock);
    ck_assert_int_eq(li_engine_free(w.engine), LI_OK);
    li_clock_free(w.clock);
}

static void die_and_live(void)
{
    freeze(here.n, here.n + 1);
    end_life();
    here.n++;
    begin_life(here.n);
}

static void submit(li_id *id)
{
    ck_assert_int_eq(li_invoke_event(w.engine, "f", LI_Z, "{\"a\":1}", LI_Z, NULL, id, NULL), LI_OK);
}

static void advance(uint64_t ms)
{
    ck_assert_int_eq(li_clock_advance(w.clock, ms * LI_MS_NS, NULL), LI_OK);
}

static void expect_conserved(void)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.accepted, c.pending + c.leased + c.succeeded + c.delivered + c.dropped);
}

START_TEST(test_inv_216_an_event_runs_after_a_restart_with_its_attempts_and_its_age)
{
    begin_life(here.n);
    w.script.fail_times = 2;
    submit(NULL);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 1);
    advance(30000);
    die_and_live();              /* half way to the first retry */
    expect_conserved();
    advance(29999);
    ck_assert_int_eq(w.script.runs, 1);
    advance(1);
    ck_assert_int_eq(w.script.runs, 2);
    ck_assert_uint_eq(w.script.attempts[1], 2);
    die_and_live();
    advance(119999);
    ck_assert_int_eq(w.script.runs, 2);
    advance(1);
    ck_assert_int_eq(w.script.runs, 3);
    ck_assert_uint_eq(w.script.attempts[2], 3);
    ck_assert(strstr(w.ends, "succeeded Success 3;") != NULL);
    expect_conserved();
    die_and_live();
    advance(3600000);
    ck_assert_int_eq(w.script.runs, 3);
    end_life();
}
END_TEST

START_TEST(test_inv_212_events_of_a_function_without_its_handler_are_parked_until_it_is_registered)
{
    li_metrics m = LI_METRICS_INIT;

    begin_life(here.n);
    submit(NULL);
    submit(NULL);
    w.with_handler = 0;
    die_and_live();
    advance(1000);
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_int_eq(li_metrics_get(w.engine, NULL, 0, &m), LI_OK);
    ck_assert_uint_eq(m.parked, 2);
    submit(NULL);                /* accepted, and parked too */
    advance(1000);
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_int_eq(li_handler_register(w.engine, "f", LI_Z, scripted, NULL, NULL, &w.script), LI_OK);
    advance(0);
    ck_assert_int_eq(w.script.runs, 3);
    ck_assert_int_eq(li_metrics_get(w.engine, NULL, 0, &m), LI_OK);
    ck_assert_uint_eq(m.parked, 0);
    ck_assert_uint_eq(m.pending, 0);
    expect_conserved();
    end_life();
}
END_TEST

START_TEST(test_rel_10_events_of_a_removed_function_end_by_its_last_rules_after_a_restart)
{
    li_event_config c = LI_EVENT_CONFIG_INIT;

    begin_life(here.n);
    c.max_retries = 0;
    c.on_failure = li_z("test://d");
    ck_assert_int_eq(li_event_config_put(w.engine, "f", LI_Z, NULL, 0, &c, NULL, NULL), LI_OK);
    submit(NULL);
    ck_assert_int_eq(li_function_remove(w.engine, "f", LI_Z, NULL), LI_OK);
    w.with_handler = 0;
    die_and_live();
    advance(1000);
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_int_eq(w.n_records, 1);
    ck_assert(strstr(w.ends, "delivered RetriesExhausted 1;") != NULL);
    expect_conserved();
    end_life();
}
END_TEST

START_TEST(test_rel_10_events_of_a_removed_alias_end_by_its_last_rules_after_a_restart)
{
    li_event_config_info info = { .size = sizeof info };
    li_event_config c = LI_EVENT_CONFIG_INIT;
    li_alias_spec a = LI_ALIAS_SPEC_INIT;

    begin_life(here.n);
    a.name = li_z("live");
    a.function_version = li_z("$LATEST");
    ck_assert_int_eq(li_alias_create(w.engine, "f", LI_Z, &a, NULL, NULL), LI_OK);
    c.max_retries = 1;
    c.on_failure = li_z("test://d");
    ck_assert_int_eq(li_event_config_put(w.engine, "f", LI_Z, "live", LI_Z, &c, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_invoke_event(w.engine, "f:live", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_alias_remove(w.engine, "f", LI_Z, "live", LI_Z, NULL), LI_OK);
    die_and_live();
    ck_assert_int_eq(li_event_config_get(w.engine, "f", LI_Z, "live", LI_Z, &info, NULL), LI_E_NOT_FOUND);
    advance(1000);               /* one attempt that finds nobody */
    die_and_live();              /* and its rules are there still */
    advance(58999);
    ck_assert_int_eq(w.n_records, 0);
    advance(1001);
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_int_eq(w.n_records, 1);
    ck_assert(strstr(w.ends, "delivered RetriesExhausted 2;") != NULL);
    expect_conserved();
    die_and_live();              /* nothing waits for them: an alias of that name begins anew */
    ck_assert_int_eq(li_alias_create(w.engine, "f", LI_Z, &a, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_event_config_get(w.engine, "f", LI_Z, "live", LI_Z, &info, NULL), LI_E_NOT_FOUND);
    end_life();
}
END_TEST

/* REL-7: the outcome is on disk before the destination hears of it; a crash in between repeats the delivery alone. */
START_TEST(test_rel_7_a_crash_between_outcome_and_delivery_repeats_the_delivery)
{
    li_event_config c = LI_EVENT_CONFIG_INIT;

    begin_life(here.n);
    c.on_success = li_z("test://d");
    ck_assert_int_eq(li_event_config_put(w.engine, "f", LI_Z, NULL, 0, &c, NULL, NULL), LI_OK);
    w.record_answer = LI_E_BUSY;   /* it will be tried again later */
    submit(NULL);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_int_eq(w.n_records, 1);
    freeze(here.n, here.n + 1);  /* killed here */
    w.record_answer = LI_OK;
    advance(60000);
    ck_assert_int_eq(w.n_records, 2);
    end_life();
    here.n++;
    w.ends[0] = '\0';
    begin_life(here.n);
    advance(60000);
    ck_assert_int_eq(w.script.runs, 1);      /* the handler is not asked again */
    ck_assert_int_eq(w.n_records, 3);
    ck_assert(strstr(w.ends, "succeeded Success") != NULL);
    expect_conserved();
    end_life();
}
END_TEST

/* REL-11 in one process: a child runs each life until its handler kills it. */
static int32_t deadly(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment;
    (void)user;
    if (payload[0] == '1')
        raise(SIGKILL);
    return LI_DONE;
}

static void deadly_life(int accepts)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        w.with_handler = 0;
        begin_life(here.n);
        add_function(w.engine, "f", deadly, NULL);
        if (accepts) {
            li_invoke_event(w.engine, "f", LI_Z, "1", LI_Z, NULL, NULL, NULL);
            li_invoke_event(w.engine, "f", LI_Z, "2", LI_Z, NULL, NULL, NULL);
        }
        li_engine_run_until_idle(w.engine, NULL);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

START_TEST(test_rel_11_an_event_that_kills_its_process_three_times_is_taken_out)
{
    int i;

    for (i = 0; i < 3; i++)
        deadly_life(i == 0);
    begin_life(here.n);          /* with a handler that does no harm: it is not even tried */
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_msg(strstr(w.ends, "dropped poison-without-destination 3;") != NULL, "%s", w.ends);
    ck_assert_msg(strstr(w.ends, "succeeded Success 1;") != NULL, "%s", w.ends);
    ck_assert_int_eq(w.script.runs, 1);
    expect_conserved();
    end_life();
}
END_TEST

/* ---- six hours with and without restarts */

enum { MANY = 60 };

typedef struct six_hours {
    int runs[MANY];
    uint32_t last_attempt[MANY];
} six_hours;

static six_hours six;

/* Event k fails k % 4 times; every seventh takes so long that its retry is near the age limit. */
static int32_t planned(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);
    char text[8];
    int k;

    snprintf(text, sizeof text, "%.*s", (int)len, payload);
    k = atoi(text);
    (void)environment;
    (void)user;
    six.runs[k]++;
    ck_assert_uint_eq(li_invocation_get_attempt(invocation), six.last_attempt[k] + 1);
    six.last_attempt[k]++;
    if (six.runs[k] <= k % 4) {
        li_invocation_fail(invocation, "Planned", "");
        return LI_FAILED;
    }
    return LI_DONE;
}

static char *run_six_hours(int restarts)
{
    static char result[2][MANY * 80];
    char *out = result[restarts];
    int k, step;

    memset(&six, 0, sizeof six);
    memset(&w, 0, sizeof w);
    here.n += 10;
    w.with_handler = 0;
    begin_life(here.n);
    for (step = 0; step < 72; step++) {  /* of five minutes */
        li_event_config c = LI_EVENT_CONFIG_INIT;

        add_function(w.engine, "f", planned, NULL);
        c.max_retries = 2;
        c.max_age_s = 400;
        if (step == 0)
            ck_assert_int_eq(li_event_config_put(w.engine, "f", LI_Z, NULL, 0, &c, NULL, NULL), LI_OK);
        for (k = step; k < MANY; k += 72) {
            char payload[8];

            snprintf(payload, sizeof payload, "%d", k);
            ck_assert_int_eq(li_invoke_event(w.engine, "f", LI_Z, payload, LI_Z, NULL, NULL, NULL), LI_OK);
        }
        advance(61000 + (uint64_t)(step * 977 % 5000));      /* in the middle of a ladder */
        if (restarts)
            die_and_live();
        else
            w.wall_ms = 0;
        add_function(w.engine, "f", planned, NULL);
        advance(239000 - (uint64_t)(step * 977 % 5000));
        expect_conserved();
    }
    end_life();
    out[0] = '\0';
    for (k = 0; k < MANY; k++)
        snprintf(out + strlen(out), 80, "%d ran %d;", k, six.runs[k]);
    return out;
}

/* The ids differ by life, the fates do not. */
static void count_ends(int counts[4])
{
    const char *p;

    memset(counts, 0, 4 * sizeof counts[0]);
    for (p = w.ends; (p = strchr(p, ' ')) != NULL; p++) {
        counts[0] += strncmp(p, " succeeded ", 11) == 0;
        counts[1] += strncmp(p, " dropped retries", 16) == 0;
        counts[2] += strncmp(p, " dropped event-age", 18) == 0;
        counts[3] += strncmp(p, " delivered ", 11) == 0;
    }
}

static li_id submit_key(const char *key)
{
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;
    li_id id;

    o.idempotency_key = li_z(key);
    ck_assert_int_eq(li_invoke_event(w.engine, "f", LI_Z, "{}", LI_Z, &o, &id, NULL), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    return id;
}

/* REL-18: within its window, also when the first event has ended, and the process with it. */
START_TEST(test_rel_18_an_idempotency_key_is_known_after_a_crash)
{
    li_id first, second;

    begin_life(here.n);
    first = submit_key("k");
    ck_assert_int_eq(w.script.runs, 1);
    die_and_live();
    second = submit_key("k");
    ck_assert_mem_eq(&first, &second, sizeof first);
    ck_assert_int_eq(w.script.runs, 1);
    submit_key("another");
    ck_assert_int_eq(w.script.runs, 2);
    advance(299999);
    die_and_live();
    second = submit_key("k");
    ck_assert_mem_eq(&first, &second, sizeof first);
    advance(1);
    second = submit_key("k");
    ck_assert_mem_ne(&first, &second, sizeof first);
    ck_assert_int_eq(w.script.runs, 3);
    expect_conserved();
    end_life();
}
END_TEST

START_TEST(test_inv_219_six_hours_over_72_restarts_end_as_without)
{
    int without[4], with[4];
    char *a, *b;

    a = run_six_hours(0);
    count_ends(without);
    b = run_six_hours(1);
    count_ends(with);
    ck_assert_str_eq(a, b);
    ck_assert_int_eq(without[0], 45);
    ck_assert_int_eq(without[1], 15);
    ck_assert_mem_eq(without, with, sizeof with);
}
END_TEST

Suite *suite_durable(void)
{
    Suite *suite = suite_create("durable");
    TCase *tcase = tcase_create("lives");

    tcase_add_checked_fixture(tcase, set_up, tear_down_place);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_inv_216_an_event_runs_after_a_restart_with_its_attempts_and_its_age);
    tcase_add_test(tcase, test_inv_212_events_of_a_function_without_its_handler_are_parked_until_it_is_registered);
    tcase_add_test(tcase, test_rel_10_events_of_a_removed_function_end_by_its_last_rules_after_a_restart);
    tcase_add_test(tcase, test_rel_10_events_of_a_removed_alias_end_by_its_last_rules_after_a_restart);
    tcase_add_test(tcase, test_rel_7_a_crash_between_outcome_and_delivery_repeats_the_delivery);
    tcase_add_test(tcase, test_rel_18_an_idempotency_key_is_known_after_a_crash);
    tcase_add_test(tcase, test_rel_11_an_event_that_kills_its_process_three_times_is_taken_out);
    tcase_add_test(tcase, test_inv_219_six_hours_over_72_restarts_end_as_without);
    suite_add_tcase(suite, tcase);
    return suite;
}
