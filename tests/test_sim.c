/* test_sim.c - determinism: the same seed and calls give the same journal, byte for byte; time, two engines, conservation. */
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

/* ---- one scripted life of an engine, its journal as text */

typedef struct text {
    char *data;
    size_t len, cap;
} text;

static void add_line(void *user, const li_journal_line *line)
{
    text *t = user;
    size_t n;

    if (t->cap - t->len < 1024) {
        t->cap = t->cap * 2 + 65536;
        t->data = realloc(t->data, t->cap);
        ck_assert_ptr_nonnull(t->data);
    }
    n = li_journal_format(line, t->data + t->len, t->cap - t->len);
    t->len += n;
    t->data[t->len++] = '\n';
}

static uint64_t mix(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

static int32_t moody(li_invocation *invocation, void *environment, void *user)
{
    uint64_t *state = user, r = mix(state);

    (void)environment;
    li_invocation_simulate(invocation, r % 5000 * LI_MS_NS);
    if (r >> 20 & 3) {
        li_invocation_respond(invocation, "{\"ok\":true}", LI_Z);
        return LI_DONE;
    }
    if (r >> 22 & 1)
        li_invocation_exit(invocation, 1);
    else
        li_invocation_fail(invocation, "Moody", "not today");
    return LI_FAILED;
}

static void live(uint64_t seed, int n_events, text *journal, li_event_counts *counts)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_event_config config = LI_EVENT_CONFIG_INIT;
    uint64_t moods = 88172645463325252u, plan = 1234567;
    li_engine *engine;
    li_clock *clock;
    char name[16];
    int i;

    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &clock), LI_OK);
    options.clock = clock;
    options.seed = seed;
    ck_assert_int_eq(li_engine_new(&engine, &options, NULL), LI_OK);
    if (journal)
        li_journal_listen(engine, add_line, journal);
    add_queue(engine, "good");
    add_queue(engine, "bad");
    for (i = 0; i < 4; i++) {
        li_function_spec spec = LI_FUNCTION_SPEC_INIT;

        snprintf(name, sizeof name, "f%d", i);
        spec.name = li_z(name);
        spec.handler = moody;
        spec.user = &moods;
        spec.timeout_ms = 4000;
        spec.reserved_concurrency = i == 3 ? 2 : LI_UNRESERVED;
        ck_assert_int_eq(li_function_register(engine, &spec, NULL, NULL), LI_OK);
    }
    config.on_success = li_z(QUEUE "good");
    config.on_failure = li_z(QUEUE "bad");
    ck_assert_int_eq(li_event_config_put(engine, "f1", LI_Z, NULL, 0, &config, NULL, NULL), LI_OK);
    for (i = 0; i < n_events; i++) {
        uint64_t r = mix(&plan);

        snprintf(name, sizeof name, "f%d", (int)(r & 3));
        ck_assert_int_eq(li_invoke_event(engine, name, LI_Z, "{\"i\":1}", LI_Z, NULL, NULL, NULL), LI_OK);
        if (r >> 8 & 1)
            ck_assert_int_eq(li_clock_advance(clock, r >> 10 & 0xfffffff, NULL), LI_OK);
        if ((r >> 40 & 63) == 0)
            check_conservation(engine);
    }
    ck_assert_int_eq(li_clock_advance(clock, 8 * LI_HOUR_NS, NULL), LI_OK);
    check_conservation(engine);
    if (counts)
        ck_assert_int_eq(li_event_count(engine, counts), LI_OK);
    li_journal_listen(engine, NULL, NULL);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
    ck_assert_int_eq(li_clock_free(clock), LI_OK);
}

START_TEST(test_rel_58_the_same_seed_gives_the_same_journal_100_times)
{
    text first = { NULL, 0, 0 }, again;
    int i;

    live(7, 60, &first, NULL);
    ck_assert_uint_gt(first.len, 10000);
    for (i = 0; i < 100; i++) {
        memset(&again, 0, sizeof again);
        live(7, 60, &again, NULL);
        ck_assert_uint_eq(again.len, first.len);
        ck_assert_int_eq(memcmp(again.data, first.data, first.len), 0);
        free(again.data);
    }
    memset(&again, 0, sizeof again);
    live(8, 60, &again, NULL);
    ck_assert(again.len != first.len || memcmp(again.data, first.data, first.len) != 0);
    free(again.data);
    free(first.data);
}
END_TEST

START_TEST(test_rel_58_two_processes_write_the_same_journal)
{
    text mine = { NULL, 0, 0 };
    char *theirs;
    size_t got = 0;
    ssize_t n;
    int fds[2], status;
    pid_t child;

    ck_assert_int_eq(pipe(fds), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    live(11, 120, &mine, NULL);
    if (child == 0) {
        size_t sent = 0;

        while (sent < mine.len && (n = write(fds[1], mine.data + sent, mine.len - sent)) > 0)
            sent += (size_t)n;
        _exit(sent == mine.len ? 0 : 1);
    }
    close(fds[1]);
    theirs = malloc(mine.len + 1);
    ck_assert_ptr_nonnull(theirs);
    while (got <= mine.len && (n = read(fds[0], theirs + got, mine.len + 1 - got)) > 0)
        got += (size_t)n;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(got, mine.len);
    ck_assert_int_eq(memcmp(theirs, mine.data, got), 0);
    free(theirs);
    free(mine.data);
}
END_TEST

START_TEST(test_rel_1_every_event_of_a_long_random_life_ends_once)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    live(3, 20000, NULL, &c);
    ck_assert_uint_eq(c.accepted, 20000);
    ck_assert_uint_eq(c.succeeded + c.delivered + c.dropped, 20000);
    ck_assert_uint_gt(c.delivered, 0);
    ck_assert_uint_gt(c.dropped, 0);
}
END_TEST

/* ---- time */

static world w;

static void set_up(void)
{
    world_new(&w);
}

static void tear_down(void)
{
    world_free(&w);
}

START_TEST(test_rel_55_a_jump_of_the_wall_clock_moves_no_retry_and_expires_nothing)
{
    li_outcome o = LI_OUTCOME_INIT;
    li_id id;

    w.script.fail_times = 1;
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    ck_assert_int_eq(li_clock_set_wall(w.clock, 1000), LI_OK);
    advance_s(&w, 58);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_int_eq(li_clock_set_wall(w.clock, 4000000000000u), LI_OK);
    advance_s(&w, 1);
    ck_assert_int_eq(w.script.runs, 2);
    ck_assert_int_eq(li_event_outcome(w.engine, &id, &o), LI_OK);
    ck_assert_int_eq(o.state, LI_EVENT_SUCCEEDED);
}
END_TEST

START_TEST(test_a_virtual_engine_cannot_be_started)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_engine_start(w.engine, 1, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "clock");
}
END_TEST

START_TEST(test_a_clock_with_an_engine_is_not_freed)
{
    ck_assert_int_eq(li_clock_free(w.clock), LI_E_BUSY);
}
END_TEST

START_TEST(test_six_hours_of_throttling_pass_without_waiting_and_in_due_order)
{
    uint64_t before = li_clock_now_ns(w.clock);

    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 1, NULL), LI_OK);
    w.script.takes_ms = 899000;
    send_event(&w, "scripted", "1");
    send_event(&w, "scripted", "2");
    advance_s(&w, 21600);
    ck_assert_int_eq(w.script.runs, 2);
    /* the ladder: 0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111 */
    ck_assert_uint_eq(w.script.starts_ms[1], 1111000);
    ck_assert_uint_eq(li_clock_now_ns(w.clock) - before, 6 * LI_HOUR_NS);
}
END_TEST

START_TEST(test_rel_51_two_engines_of_one_clock_share_nothing_else)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    script other;
    li_engine *second;

    memset(&other, 0, sizeof other);
    options.clock = w.clock;
    ck_assert_int_eq(li_engine_new(&second, &options, NULL), LI_OK);
    add_function(second, "scripted", scripted, &other);
    ck_assert_int_eq(li_config_set(second, "async.retries", 0, NULL), LI_OK);
    other.fail_times = -1;
    w.script.fail_times = -1;
    send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_invoke_event(second, "scripted", LI_Z, "{}", 2, NULL, NULL, NULL), LI_OK);
    advance_s(&w, 180);
    ck_assert_int_eq(w.script.runs, 3);
    ck_assert_int_eq(other.runs, 1);
    ck_assert_int_eq(li_event_count(second, &c), LI_OK);
    ck_assert_uint_eq(c.accepted, 1);
    check_conservation(second);
    ck_assert_int_eq(li_engine_free(second), LI_OK);
}
END_TEST

static li_engine *order_engines[2];
static char order[64];

static int32_t note_order(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    (void)invocation;
    strcat(order, user);
    return LI_DONE;
}

START_TEST(test_equal_due_times_run_in_order_of_engine_and_sequence)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_invoke_options at = LI_INVOKE_OPTIONS_INIT;
    int i;

    order[0] = '\0';
    options.clock = w.clock;
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(li_engine_new(&order_engines[i], &options, NULL), LI_OK);
        add_function(order_engines[i], "x", note_order, i ? "1x " : "0x ");
        add_function(order_engines[i], "y", note_order, i ? "1y " : "0y ");
    }
    at.not_before_ms = li_engine_now_ms(w.engine) + 5000;
    ck_assert_int_eq(li_invoke_event(order_engines[1], "y", LI_Z, "1", 1, &at, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_invoke_event(order_engines[1], "x", LI_Z, "1", 1, &at, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_invoke_event(order_engines[0], "x", LI_Z, "1", 1, &at, NULL, NULL), LI_OK);
    at.not_before_ms -= 1000;
    ck_assert_int_eq(li_invoke_event(order_engines[1], "x", LI_Z, "1", 1, &at, NULL, NULL), LI_OK);
    advance_s(&w, 5);
    ck_assert_str_eq(order, "1x 0x 1y 1x ");
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(li_engine_free(order_engines[i]), LI_OK);
}
END_TEST

/* ---- journal */

START_TEST(test_the_ring_keeps_the_newest_accounting_lines_and_steps_only_when_asked)
{
    text t = { NULL, 0, 0 };

    send_event(&w, "echo", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_uint_eq(li_journal_each(w.engine, 0, add_line, &t), 2);
    t.data[t.len] = '\0';
    check_contains(t.data, "\"step\":\"accepted\"");
    check_contains(t.data, "\"step\":\"succeeded\",\"why\":\"Success\"}");
    ck_assert_int_eq(li_config_set(w.engine, "journal.steps", 1, NULL), LI_OK);
    ck_assert_int_eq(li_config_set(w.engine, "journal.lines", 3, NULL), LI_OK);
    send_event(&w, "echo", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    t.len = 0;
    ck_assert_uint_eq(li_journal_each(w.engine, 0, add_line, &t), 3);
    t.data[t.len] = '\0';
    check_contains(t.data, "\"step\":\"start\"");
    check_contains(t.data, "\"step\":\"end\",\"why\":\"ok\"}");
    check_lacks(t.data, "\"seq\":1,");
    free(t.data);
}
END_TEST

/* What a listener that calls back got: it holds the journal, so that whatever would write to it has to be turned away. */
static struct {
    li_function *handle;
    li_id waiting;
    int which, n_lines, n_answers;
    li_status status;
    li_error err;
} talkative;

static void answered(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    (void)user, (void)status, (void)result, (void)err;
    talkative.n_answers++;
}

static li_status act(li_engine *engine, int which, li_error *err)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_alias_spec alias = LI_ALIAS_SPEC_INIT;

    spec.name = li_z("echo");
    spec.handler = echo;
    alias.name = li_z("live");
    alias.function_version = li_z("$LATEST");
    switch (which) {
    case 0: return li_invoke(engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, err);
    case 1: return li_function_invoke(talkative.handle, "{}", 2, NULL, NULL, err);
    case 2: return li_invoke_event(engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, err);
    case 3: return li_function_register(engine, &spec, NULL, err);
    case 4: return li_function_update(engine, &spec, LI_FUNCTION_SET_TIMEOUT, err);
    case 5: return li_function_remove(engine, "echo", LI_Z, err);
    case 6: return li_version_publish(engine, "echo", LI_Z, NULL, NULL, err);
    case 7: return li_alias_create(engine, "echo", LI_Z, &alias, NULL, err);
    case 8: return li_function_pause(engine, "echo", LI_Z, err);
    case 9: return li_function_purge(engine, "scripted", LI_Z, NULL, 0, NULL, err);
    case 10: return li_event_cancel(engine, &talkative.waiting, err);
    case 11: return li_event_redrive(engine, &talkative.waiting, NULL, err);
    case 12: return li_config_set(engine, "limits.depth", 5, err);
    case 13: return li_function_set_concurrency(engine, "echo", LI_Z, 1, err);
    case 14: return li_invoke_begin(engine, "echo", LI_Z, "{}", 2, NULL, answered, NULL);
    case 15: return li_journal_listen(engine, NULL, NULL);
    case 16: return li_handler_register(engine, "echo", LI_Z, echo, NULL, NULL, NULL);
    case 17: return li_engine_step(engine, NULL);
    case 18: return li_engine_start(engine, 1, err);
    default: return li_clock_advance(li_engine_get_clock(engine), 1, NULL);
    }
}

static void never_told(void *user, const li_journal_line *line)
{
    (void)user, (void)line;
    ck_abort_msg("there are no lines inside a listener");
}

static void talk_back(void *user, const li_journal_line *line)
{
    li_event_counts counts = LI_EVENT_COUNTS_INIT;

    (void)line;
    if (talkative.n_lines++ > 0)
        return;
    talkative.status = act(user, talkative.which, &talkative.err);
    ck_assert_int_eq(li_event_count(user, &counts), LI_OK);
    ck_assert_uint_eq(li_journal_each(user, 0, never_told, NULL), 0);
}

START_TEST(test_a_listener_that_acts_is_refused_and_nothing_has_changed)
{
    li_invoke_options later = LI_INVOKE_OPTIONS_INIT;
    li_error empty = LI_ERROR_INIT;
    li_event_info info = LI_EVENT_INFO_INIT;
    int64_t depth = 0;

    later.not_before_ms = li_engine_now_ms(w.engine) + 1000;
    ck_assert_int_eq(li_invoke_event(w.engine, "scripted", LI_Z, "{}", LI_Z, &later, &talkative.waiting, NULL), LI_OK);
    ck_assert_int_eq(li_function_get(w.engine, "echo", LI_Z, &talkative.handle), LI_OK);
    talkative.which = _i;
    talkative.err = empty;
    ck_assert_int_eq(li_journal_listen(w.engine, talk_back, w.engine), LI_OK);
    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_journal_listen(w.engine, NULL, NULL), LI_OK);
    ck_assert_int_eq(talkative.n_lines, 2);             /* start and end, and none of what was refused */
    ck_assert_int_eq(talkative.n_answers, 0);
    ck_assert_int_eq(talkative.status, LI_E_MISUSE);
    if (_i < 14)
        ck_assert_int_eq(talkative.err.detail, LI_DETAIL_LISTENER);
    ck_assert_int_eq(li_event_get(w.engine, &talkative.waiting, &info, NULL), LI_OK);
    ck_assert_int_eq(info.state, LI_EVENT_WAITING);
    ck_assert_int_eq(li_config_get(w.engine, "limits.depth", &depth), LI_OK);
    ck_assert_int_eq(depth, 16);
    ck_assert_int_ne(act(w.engine, _i, NULL), LI_E_MISUSE);
}
END_TEST

START_TEST(test_lines_after_one_that_is_not_there_yet_are_none)
{
    text t = { NULL, 0, 0 };

    send_event(&w, "echo", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_uint_eq(li_journal_each(w.engine, 1, add_line, &t), 1);
    ck_assert_uint_eq(li_journal_each(w.engine, 2, add_line, &t), 0);
    ck_assert_uint_eq(li_journal_each(w.engine, UINT64_MAX - 1, add_line, &t), 0);
    ck_assert_uint_eq(li_journal_each(w.engine, UINT64_MAX, add_line, &t), 0);
    free(t.data);
}
END_TEST

START_TEST(test_inv_721_errors_never_exceed_invocations_and_metrics_have_a_text_form)
{
    li_metrics m = LI_METRICS_INIT;

    w.script.fail_times = 2;
    send_event(&w, "scripted", "{}");
    advance_s(&w, 180);
    ck_assert_int_eq(li_metrics_get(w.engine, "scripted", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.invocations, 3);
    ck_assert_uint_eq(m.errors, 2);
    ck_assert_uint_eq(m.async_events_received, 1);
    ck_assert_uint_eq(m.async_events_dropped, 0);
    ck_assert_uint_eq(m.async_event_age_ms, 0 + 60000 + 180000);
    ck_assert_int_eq(li_metrics_get(w.engine, "nope", LI_Z, &m), LI_E_NOT_FOUND);
}
END_TEST

static void keep_text(void *user, const char *data, size_t len)
{
    text *t = user;

    t->data = malloc(len + 1);
    ck_assert_ptr_nonnull(t->data);
    memcpy(t->data, data, len);
    t->data[len] = '\0';
    t->len = len;
}

START_TEST(test_metrics_as_text_name_engine_and_functions)
{
    text t = { NULL, 0, 0 };

    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "1", 1, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_metrics_text(w.engine, keep_text, &t), LI_OK);
    check_contains(t.data, "# TYPE lambdainvoke_invocations_total counter\nlambdainvoke_invocations_total 1\n");
    check_contains(t.data, "\nlambdainvoke_function_invocations_total{function=\"echo\"} 1\n");
    free(t.data);
}
END_TEST

typedef struct samples {
    int invocations, errors_1, dropped_0;
    uint64_t at_ms;
} samples;

static void sample(void *self, const char *metric, const char *function, uint64_t value, uint64_t time_ms)
{
    samples *s = self;

    if (strcmp(metric, "Invocations") == 0 && strcmp(function, "slow") == 0) {
        s->invocations++;
        s->at_ms = time_ms;
    }
    if (strcmp(metric, "Errors") == 0 && value == 1)
        s->errors_1++;
    if (strcmp(metric, "AsyncEventsDropped") == 0 && value == 0)
        s->dropped_0++;
}

START_TEST(test_inv_722_a_sample_is_stamped_with_the_start_of_its_invocation)
{
    static const li_metrics_sink_ops ops = { sizeof ops, 1, 0, "samples", sample, NULL, NULL };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    script slow;
    samples s = { 0, 0, 0, 0 };
    li_engine *engine;

    memset(&slow, 0, sizeof slow);
    slow.takes_ms = 5000;
    options.clock = w.clock;
    options.metrics.ops = &ops;
    options.metrics.self = &s;
    ck_assert_int_eq(li_engine_new(&engine, &options, NULL), LI_OK);
    add_function(engine, "slow", scripted, &slow);
    ck_assert_int_eq(li_invoke_event(engine, "slow", LI_Z, "1", 1, NULL, NULL, NULL), LI_OK);
    advance_s(&w, 10);
    ck_assert_int_eq(s.invocations, 1);
    ck_assert_int_eq(s.dropped_0, 1);
    ck_assert_int_eq(s.errors_1, 0);
    ck_assert_uint_eq(s.at_ms, li_engine_now_ms(engine) - 10000);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

/* ---- engines made wrongly */

START_TEST(test_engine_options_are_checked_and_named)
{
    static const struct {
        const char *region, *account, *subject;
    } cases[] = { { "us east", NULL, "region" }, { NULL, "12345", "account" }, { NULL, "12345678901x", "account" },
                  { "", NULL, "region" } };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_error err = LI_ERROR_INIT;
    li_engine *engine = NULL;

    if (cases[_i].region)
        options.region = li_z(cases[_i].region);
    if (cases[_i].account)
        options.account = li_z(cases[_i].account);
    ck_assert_int_eq(li_engine_new(&engine, &options, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, cases[_i].subject);
    ck_assert_ptr_null(engine);
}
END_TEST

START_TEST(test_settings_have_ranges_and_names)
{
    li_error err = LI_ERROR_INIT;
    int64_t value = 0;

    ck_assert_int_eq(li_config_set(w.engine, "limits.depth", 0, &err), LI_E_VALIDATION);
    ck_assert_int_eq(err.detail, LI_DETAIL_LIMIT_RANGE);
    ck_assert_int_eq(li_config_set(w.engine, "limits.nothing", 1, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_config_get(w.engine, "limits.nothing", &value), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_config_set(w.engine, "limits.depth", 3, &err), LI_OK);
    ck_assert_int_eq(li_config_get(w.engine, "limits.depth", &value), LI_OK);
    ck_assert_int_eq(value, 3);
}
END_TEST

Suite *suite_sim(void);
Suite *suite_sim(void)
{
    Suite *suite = suite_create("sim");
    TCase *t = tcase_create("determinism");

    tcase_set_timeout(t, 240);
    tcase_add_test(t, test_rel_58_the_same_seed_gives_the_same_journal_100_times);
    tcase_add_test(t, test_rel_58_two_processes_write_the_same_journal);
    tcase_add_test(t, test_rel_1_every_event_of_a_long_random_life_ends_once);
    suite_add_tcase(suite, t);
    t = tcase_create("time");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_rel_55_a_jump_of_the_wall_clock_moves_no_retry_and_expires_nothing);
    tcase_add_test(t, test_a_virtual_engine_cannot_be_started);
    tcase_add_test(t, test_a_clock_with_an_engine_is_not_freed);
    tcase_add_test(t, test_six_hours_of_throttling_pass_without_waiting_and_in_due_order);
    tcase_add_test(t, test_rel_51_two_engines_of_one_clock_share_nothing_else);
    tcase_add_test(t, test_equal_due_times_run_in_order_of_engine_and_sequence);
    suite_add_tcase(suite, t);
    t = tcase_create("journal");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_the_ring_keeps_the_newest_accounting_lines_and_steps_only_when_asked);
    tcase_add_test(t, test_lines_after_one_that_is_not_there_yet_are_none);
    tcase_add_loop_test(t, test_a_listener_that_acts_is_refused_and_nothing_has_changed, 0, 20);
    tcase_add_test(t, test_inv_721_errors_never_exceed_invocations_and_metrics_have_a_text_form);
    tcase_add_test(t, test_metrics_as_text_name_engine_and_functions);
    tcase_add_test(t, test_inv_722_a_sample_is_stamped_with_the_start_of_its_invocation);
    tcase_add_loop_test(t, test_engine_options_are_checked_and_named, 0, 4);
    tcase_add_test(t, test_settings_have_ranges_and_names);
    suite_add_tcase(suite, t);
    return suite;
}
