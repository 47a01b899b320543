/* test_promises.c - what accepted means: one end for each event, order of the last steps, no event in another's way, memory
 * that runs out, times that are too large. */
#include "fixture.h"

static world w;

static void set_up(void)
{
    world_new(&w);
}

static void tear_down(void)
{
    world_free(&w);
}

static void set_dead_letter(const char *name, const char *target)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z(name);
    spec.dead_letter_target = li_z(target);
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_DEAD_LETTER, NULL), LI_OK);
}

/* ---- one end each */

enum { MANY = 200 };
static li_id ids[MANY];
static int ends[MANY];

static void count_ends(void *user, const li_journal_line *line)
{
    int i;

    (void)user;
    if (line->step == LI_STEP_SUCCEEDED || line->step == LI_STEP_DELIVERED || line->step == LI_STEP_DROPPED)
        for (i = 0; i < MANY; i++)
            if (memcmp(&ids[i], &line->id, sizeof line->id) == 0)
                ends[i]++;
}

START_TEST(test_rel_3_no_event_has_two_terminal_states)
{
    int i;

    add_queue(w.engine, "bad");
    add_queue(w.engine, "dlq");
    configure(&w, "scripted", 1, -1, QUEUE "bad", QUEUE "bad");
    set_dead_letter("scripted", QUEUE "dlq");
    w.script.fail_times = MANY / 2;
    li_journal_listen(w.engine, count_ends, NULL);
    for (i = 0; i < MANY; i++)
        ids[i] = send_event(&w, "scripted", "{}");
    advance_s(&w, 21600);
    for (i = 0; i < MANY; i++)
        ck_assert_int_eq(ends[i], 1);
    li_journal_listen(w.engine, NULL, NULL);
}
END_TEST

START_TEST(test_rel_6_the_count_of_starts_holds_every_start)
{
    li_outcome o = LI_OUTCOME_INIT;
    li_id id;

    w.script.fail_times = 2;
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 180);
    ck_assert_int_eq(li_event_outcome(w.engine, &id, &o), LI_OK);
    ck_assert_uint_eq(o.starts, 3);
}
END_TEST

static li_event_counts during_put;
static int outcome_known;

static li_status look_at_counts(void *user, const li_record *record)
{
    li_outcome o = LI_OUTCOME_INIT;

    (void)user;
    during_put.size = sizeof during_put;
    li_event_count(w.engine, &during_put);
    outcome_known = li_event_outcome(w.engine, &record->id, &o) == LI_OK && o.n_attempts == 1 && o.ended_ms == 0;
    return LI_OK;
}

START_TEST(test_rel_7_outcome_then_destination_then_ack)
{
    li_destination destination;

    ck_assert_int_eq(li_destination_callback_new(look_at_counts, NULL, &destination), LI_OK);
    ck_assert_int_eq(li_destination_add(w.engine, "test://look", LI_Z, &destination, NULL), LI_OK);
    configure(&w, "scripted", -1, -1, "test://look", NULL);
    send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_uint_eq(during_put.leased, 1);         /* not acked before the destination took it */
    ck_assert_uint_eq(during_put.succeeded, 0);
    ck_assert_int_eq(outcome_known, 1);
}
END_TEST

START_TEST(test_rel_9_throttles_spend_no_retry_but_count_against_the_age)
{
    li_outcome o = LI_OUTCOME_INIT;
    li_id id;

    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 1, NULL), LI_OK);
    w.script.takes_ms = 10000;
    send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    w.script.takes_ms = 0;
    w.script.fail_times = -1;
    configure(&w, "scripted", 1, 60, NULL, NULL);
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 20);
    ck_assert_int_eq(li_event_outcome(w.engine, &id, &o), LI_OK);
    ck_assert_uint_eq(o.throttles, 4);
    ck_assert_uint_eq(o.starts, 1);
    /* failed at 15 s with one retry left, but 75 s would be too old */
    ck_assert_int_eq(o.condition, LI_CONDITION_EVENT_AGE_EXCEEDED);
}
END_TEST

START_TEST(test_rel_12_a_slow_or_throttled_function_delays_no_other)
{
    script fast;
    int i;

    memset(&fast, 0, sizeof fast);
    fast.base_ms = li_engine_now_ms(w.engine);
    add_function(w.engine, "fast", scripted, &fast);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 1, NULL), LI_OK);
    w.script.takes_ms = 600000;
    for (i = 0; i < 20; i++)
        send_event(&w, "scripted", "{}");
    send_event(&w, "fast", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(fast.runs, 1);
    ck_assert_uint_eq(fast.starts_ms[0], 0);
    advance_s(&w, 30000);
}
END_TEST

START_TEST(test_rel_12_a_failing_event_delays_no_other_of_its_function)
{
    w.script.fail_times = 1;
    send_event(&w, "scripted", "{}");
    send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 2);
    ck_assert_uint_eq(w.script.starts_ms[1], 0);
}
END_TEST

static int seen_order[8], n_seen;

static int32_t note_digit(li_invocation *invocation, void *environment, void *user)
{
    size_t len;

    (void)environment;
    (void)user;
    seen_order[n_seen++ & 7] = li_invocation_get_payload(invocation, &len)[0] - '0';
    return LI_DONE;
}

START_TEST(test_rel_13_equal_due_times_run_in_order_of_acceptance)
{
    li_invoke_options at = LI_INVOKE_OPTIONS_INIT;
    int i;

    add_function(w.engine, "note", note_digit, NULL);
    at.not_before_ms = li_engine_now_ms(w.engine) + 1000;
    ck_assert_int_eq(li_invoke_event(w.engine, "note", LI_Z, "1", 1, &at, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_invoke_event(w.engine, "note", LI_Z, "2", 1, &at, NULL, NULL), LI_OK);
    at.not_before_ms -= 500;
    ck_assert_int_eq(li_invoke_event(w.engine, "note", LI_Z, "0", 1, &at, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_clock_advance(w.clock, LI_SECOND_NS - 1, NULL), LI_OK);
    ck_assert_int_eq(li_clock_advance(w.clock, 1, NULL), LI_OK);
    ck_assert_int_eq(li_invoke_event(w.engine, "note", LI_Z, "3", 1, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(n_seen, 4);
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(seen_order[i], i);
}
END_TEST

START_TEST(test_rel_16_a_lease_outlives_the_longest_handler)
{
    li_outcome o = LI_OUTCOME_INIT;
    li_id id;

    w.script.takes_ms = 900000;
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 900);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_int_eq(li_event_outcome(w.engine, &id, &o), LI_OK);
    ck_assert_int_eq(o.state, LI_EVENT_SUCCEEDED);
}
END_TEST

START_TEST(test_inv_217_a_retry_is_allowed_up_to_the_age_limit_and_not_a_millisecond_later)
{
    w.script.fail_times = -1;
    configure(&w, "scripted", -1, 60, NULL, NULL);
    send_event(&w, "scripted", "{}");
    advance_s(&w, 60);
    ck_assert_int_eq(w.script.runs, 2);
    w.script.takes_ms = 1;
    send_event(&w, "scripted", "{}");
    advance_s(&w, 120);
    ck_assert_int_eq(w.script.runs, 3);
}
END_TEST

START_TEST(test_inv_205_the_age_counts_from_acceptance_and_inv_206_a_too_old_event_is_not_run)
{
    li_invoke_options at = LI_INVOKE_OPTIONS_INIT;
    li_local_queue *bad = add_queue(w.engine, "bad");
    li_id id;

    configure(&w, "scripted", -1, 60, NULL, QUEUE "bad");
    at.not_before_ms = li_engine_now_ms(w.engine) + 60001;
    ck_assert_int_eq(li_invoke_event(w.engine, "scripted", LI_Z, "1", 1, &at, &id, NULL), LI_OK);
    advance_s(&w, 100);
    ck_assert_int_eq(w.script.runs, 0);
    check_contains(message(bad, 0), "\"condition\":\"EventAgeExceeded\",\"approximateInvokeCount\":0}");
    check_lacks(message(bad, 0), "responseContext");
}
END_TEST

START_TEST(test_inv_207_exhausted_wins_over_age_and_a_running_handler_is_never_cut_off_by_it)
{
    li_local_queue *bad = add_queue(w.engine, "bad");

    configure(&w, "scripted", 0, 60, NULL, QUEUE "bad");
    w.script.fail_times = 1;
    w.script.takes_ms = 110000;
    send_event(&w, "scripted", "{}");
    advance_s(&w, 110);
    check_contains(message(bad, 0), "\"condition\":\"RetriesExhausted\"");
    send_event(&w, "scripted", "{}");
    advance_s(&w, 110);
    ck_assert_uint_eq(li_local_queue_count(bad), 1);
    ck_assert_int_eq(w.script.runs, 2);
}
END_TEST

START_TEST(test_inv_238_an_empty_target_clears_the_dead_letter_queue_and_an_update_without_it_keeps_it)
{
    li_local_queue *dlq = add_queue(w.engine, "dlq");
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    w.script.fail_times = -1;
    configure(&w, "scripted", 0, -1, NULL, NULL);
    set_dead_letter("scripted", QUEUE "dlq");
    spec.name = li_z("scripted");
    spec.timeout_ms = 7000;
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_TIMEOUT, NULL), LI_OK);
    send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_uint_eq(li_local_queue_count(dlq), 1);
    set_dead_letter("scripted", "");
    send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_uint_eq(li_local_queue_count(dlq), 1);
}
END_TEST

START_TEST(test_inv_239_the_dead_letter_queue_is_used_also_without_any_response)
{
    li_local_queue *dlq = add_queue(w.engine, "dlq");

    set_dead_letter("scripted", QUEUE "dlq");
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 0, NULL), LI_OK);
    send_event(&w, "scripted", "[7]");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_str_eq(message(dlq, 0), "[7]");
}
END_TEST

START_TEST(test_inv_720_received_is_succeeded_and_dropped_and_queued_and_in_flight)
{
    li_metrics m = LI_METRICS_INIT;
    int i;

    w.script.fail_times = 5;
    for (i = 0; i < 10; i++)
        send_event(&w, "scripted", "{}");
    for (i = 0; i < 200; i += 20) {
        advance_s(&w, 20);
        ck_assert_int_eq(li_metrics_get(w.engine, NULL, 0, &m), LI_OK);
        ck_assert_uint_eq(m.async_events_received, m.succeeded + m.async_events_dropped + m.pending + m.leased);
    }
    ck_assert_uint_eq(m.pending + m.leased, 0);
}
END_TEST

START_TEST(test_inv_306_the_reservation_of_one_is_not_used_by_another)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_config_set(w.engine, "limits.account_concurrency", 3, NULL), LI_OK);
    ck_assert_int_eq(li_config_set(w.engine, "limits.min_unreserved", 1, NULL), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, 2, NULL), LI_OK);
    w.script.takes_ms = 1000;
    send_event(&w, "scripted", "1");
    send_event(&w, "scripted", "2");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 1);              /* one unreserved, two kept for echo */
    ck_assert_int_eq(li_invoke(w.engine, "scripted", LI_Z, "1", 1, NULL, NULL, &err), LI_E_THROTTLED);
    ck_assert_int_eq(err.detail, LI_DETAIL_ACCOUNT_CONCURRENCY);
    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "1", 1, NULL, NULL, &err), LI_OK);
    advance_s(&w, 10);
}
END_TEST

START_TEST(test_inv_307_the_reason_tells_the_functions_reservation_from_the_accounts_pool)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 1, NULL), LI_OK);
    w.script.takes_ms = 1000;
    send_event(&w, "scripted", "1");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(li_invoke(w.engine, "scripted", LI_Z, "1", 1, NULL, NULL, &err), LI_E_THROTTLED);
    ck_assert_int_eq(err.detail, LI_DETAIL_RESERVED_CONCURRENCY);
    advance_s(&w, 10);
}
END_TEST

START_TEST(test_inv_312_an_environment_serves_one_invocation_at_a_time)
{
    li_metrics m = LI_METRICS_INIT;

    w.script.takes_ms = 1000;
    send_event(&w, "scripted", "1");
    send_event(&w, "scripted", "2");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(li_metrics_get(w.engine, "scripted", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.concurrent_executions, 2);
    ck_assert_uint_eq(m.environments, 2);
    advance_s(&w, 1);
    ck_assert_int_eq(li_metrics_get(w.engine, "scripted", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.concurrent_executions, 0);
}
END_TEST

START_TEST(test_inv_336_an_overrun_keeps_its_concurrency_until_the_handler_ends)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_metrics m = LI_METRICS_INIT;

    spec.name = li_z("scripted");
    spec.handler = scripted;
    spec.user = &w.script;
    spec.timeout_ms = 2000;
    spec.reserved_concurrency = 1;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
    configure(&w, "scripted", 0, -1, NULL, NULL);
    w.script.takes_ms = 5000;
    send_event(&w, "scripted", "1");
    advance_s(&w, 3);
    ck_assert_int_eq(li_metrics_get(w.engine, "scripted", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.errors, 1);
    ck_assert_int_eq(li_invoke(w.engine, "scripted", LI_Z, "1", 1, NULL, NULL, NULL), LI_E_THROTTLED);
    w.script.takes_ms = 0;
    advance_s(&w, 2);
    ck_assert_int_eq(li_invoke(w.engine, "scripted", LI_Z, "1", 1, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_metrics_get(w.engine, "scripted", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.late_results, 1);
}
END_TEST

/* ---- a queue that cannot tell */

static li_queue inner;
static li_queue_ops decorated;

typedef struct told {
    li_queue_done done;
    void *user;
} told;

static void forget_answer(void *user, li_status status)
{
    told *t = user;

    t->done(t->user, status == LI_OK ? LI_E_UNKNOWN : status);
}

static li_status unsure_put(void *self, const li_queue_event *events, size_t n, li_queue_done done, void *user,
                            li_error *err)
{
    told t = { done, user };

    return inner.ops->put(self, events, n, forget_answer, &t, err);  /* the queue in memory answers before it returns */
}

START_TEST(test_rel_19_an_accept_that_cannot_be_told_is_unknown)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_error err = LI_ERROR_INIT;
    li_engine *engine;
    li_id id;

    ck_assert_int_eq(li_queue_memory_new(NULL, &inner), LI_OK);
    decorated = *inner.ops;
    decorated.put = unsure_put;
    options.clock = w.clock;
    options.queue.ops = &decorated;
    options.queue.self = inner.self;
    ck_assert_int_eq(li_engine_new(&engine, &options, NULL), LI_OK);
    add_function(engine, "echo", echo, NULL);
    ck_assert_int_eq(li_invoke_event(engine, "echo", LI_Z, "1", 1, NULL, &id, &err), LI_E_UNKNOWN);
    ck_assert_int_eq(err.status, LI_E_UNKNOWN);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

START_TEST(test_a_queue_without_a_required_method_is_refused_and_named)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_error err = LI_ERROR_INIT;
    li_engine *engine;

    ck_assert_int_eq(li_queue_memory_new(NULL, &inner), LI_OK);
    decorated = *inner.ops;
    decorated.take = NULL;
    options.queue.ops = &decorated;
    options.queue.self = inner.self;
    ck_assert_int_eq(li_engine_new(&engine, &options, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_BACKEND_METHOD);
    ck_assert_str_eq(err.subject, "queue");
}
END_TEST

/* ---- memory and time at their ends */

typedef struct meter {
    long live;
    long left;                   /* so many succeed; negative: all */
} meter;

static void *meter_alloc(void *self, size_t size)
{
    meter *m = self;

    if (m->left == 0)
        return NULL;
    if (m->left > 0)
        m->left--;
    m->live++;
    return malloc(size);
}

static void *meter_realloc(void *self, void *block, size_t size)
{
    meter *m = self;
    void *grown;

    if (m->left == 0)
        return NULL;
    if (m->left > 0)
        m->left--;
    grown = realloc(block, size);
    if (grown && !block)
        m->live++;
    return grown;
}

static void meter_free(void *self, void *block)
{
    if (block)
        ((meter *)self)->live--;
    free(block);
}

static const li_allocator_ops meter_ops = { sizeof meter_ops, 1, 0, "meter", meter_alloc, meter_realloc, meter_free };

static meter *greedy_meter;

static int32_t greedy(li_invocation *invocation, void *environment, void *user)
{
    static char big[100000];

    (void)environment;
    (void)user;
    memset(big, '1', sizeof big);
    greedy_meter->left = 0;
    return li_invocation_respond(invocation, big, sizeof big) == LI_E_NOMEM ? LI_DONE : LI_FAILED;
}

START_TEST(test_inv_145_out_of_memory_in_an_answer_is_a_function_error_of_its_own)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    meter m = { 0, -1 };
    li_allocator allocator = { &meter_ops, &m };
    li_engine *engine;

    greedy_meter = &m;
    options.clock = w.clock;
    options.allocator = &allocator;
    ck_assert_int_eq(li_engine_new(&engine, &options, NULL), LI_OK);
    add_function(engine, "greedy", greedy, NULL);
    ck_assert_int_eq(li_invoke(engine, "greedy", LI_Z, "1", 1, NULL, &result, NULL), LI_OK);
    m.left = -1;
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_UNHANDLED);
    check_contains(result.payload, "\"errorType\":\"Runtime.OutOfMemory\"");
    li_invoke_result_fini(&result);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
    ck_assert_int_eq(m.live, 0);
}
END_TEST

START_TEST(test_rel_40_making_an_engine_and_using_it_survives_every_failed_allocation)
{
    int done = 0;
    long n;

    for (n = 0; !done && n < 2000; n++) {
        li_engine_options options = LI_ENGINE_OPTIONS_INIT;
        li_function_spec spec = LI_FUNCTION_SPEC_INIT;
        meter m = { 0, n };
        li_allocator allocator = { &meter_ops, &m };
        li_engine *engine = NULL;
        li_status status;

        options.clock = w.clock;
        options.allocator = &allocator;
        status = li_engine_new(&engine, &options, NULL);
        if (status == LI_OK) {
            spec.name = li_z("echo");
            spec.handler = echo;
            status = li_function_register(engine, &spec, NULL, NULL);
            if (status == LI_OK)
                status = li_invoke(engine, "echo", LI_Z, "{\"a\":1}", LI_Z, NULL, NULL, NULL);
            if (status == LI_OK)
                status = li_invoke_event(engine, "echo", LI_Z, "{\"a\":1}", LI_Z, NULL, NULL, NULL);
            m.left = -1;
            ck_assert_int_eq(li_clock_advance(w.clock, LI_SECOND_NS, NULL), LI_OK);
            check_conservation(engine);
            ck_assert_int_eq(li_engine_free(engine), LI_OK);
            done = status == LI_OK;
        }
        ck_assert_msg(status == LI_OK || status == LI_E_NOMEM, "allocation %ld: %s", n, li_status_name(status));
        ck_assert_msg(m.live == 0, "allocation %ld: %ld blocks are left", n, m.live);
    }
    ck_assert_int_eq(done, 1);
}
END_TEST

static int32_t very_long(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    (void)user;
    li_invocation_simulate(invocation, UINT64_MAX);
    li_invocation_simulate(invocation, UINT64_MAX);
    return LI_DONE;
}

START_TEST(test_rel_59_times_that_are_too_large_saturate)
{
    li_invoke_options far = LI_INVOKE_OPTIONS_INIT;
    li_outcome o = LI_OUTCOME_INIT;
    li_id id, late;

    add_function(w.engine, "long", very_long, NULL);
    configure(&w, "long", 0, -1, NULL, NULL);
    far.not_before_ms = UINT64_MAX - 5;
    ck_assert_int_eq(li_invoke_event(w.engine, "echo", LI_Z, "1", 1, &far, &late, NULL), LI_OK);
    id = send_event(&w, "long", "{}");
    advance_s(&w, 900);
    ck_assert_int_eq(li_event_outcome(w.engine, &id, &o), LI_OK);
    ck_assert_int_eq(o.condition, LI_CONDITION_RETRIES_EXHAUSTED);
    ck_assert_int_eq(li_clock_advance(w.clock, 100 * 366 * 24 * LI_HOUR_NS, NULL), LI_OK);
    ck_assert_int_eq(li_event_outcome(w.engine, &late, &o), LI_OK);
    ck_assert_int_eq(o.state, LI_EVENT_WAITING);
}
END_TEST

Suite *suite_promises(void);
Suite *suite_promises(void)
{
    Suite *suite = suite_create("promises");
    TCase *t = tcase_create("ends");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_rel_3_no_event_has_two_terminal_states);
    tcase_add_test(t, test_rel_6_the_count_of_starts_holds_every_start);
    tcase_add_test(t, test_rel_7_outcome_then_destination_then_ack);
    tcase_add_test(t, test_rel_9_throttles_spend_no_retry_but_count_against_the_age);
    tcase_add_test(t, test_rel_12_a_slow_or_throttled_function_delays_no_other);
    tcase_add_test(t, test_rel_12_a_failing_event_delays_no_other_of_its_function);
    tcase_add_test(t, test_rel_13_equal_due_times_run_in_order_of_acceptance);
    tcase_add_test(t, test_rel_16_a_lease_outlives_the_longest_handler);
    tcase_add_test(t, test_inv_217_a_retry_is_allowed_up_to_the_age_limit_and_not_a_millisecond_later);
    tcase_add_test(t, test_inv_205_the_age_counts_from_acceptance_and_inv_206_a_too_old_event_is_not_run);
    tcase_add_test(t, test_inv_207_exhausted_wins_over_age_and_a_running_handler_is_never_cut_off_by_it);
    tcase_add_test(t, test_inv_238_an_empty_target_clears_the_dead_letter_queue_and_an_update_without_it_keeps_it);
    tcase_add_test(t, test_inv_239_the_dead_letter_queue_is_used_also_without_any_response);
    tcase_add_test(t, test_inv_720_received_is_succeeded_and_dropped_and_queued_and_in_flight);
    suite_add_tcase(suite, t);
    t = tcase_create("concurrency");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_inv_306_the_reservation_of_one_is_not_used_by_another);
    tcase_add_test(t, test_inv_307_the_reason_tells_the_functions_reservation_from_the_accounts_pool);
    tcase_add_test(t, test_inv_312_an_environment_serves_one_invocation_at_a_time);
    tcase_add_test(t, test_inv_336_an_overrun_keeps_its_concurrency_until_the_handler_ends);
    suite_add_tcase(suite, t);
    t = tcase_create("edges");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_rel_19_an_accept_that_cannot_be_told_is_unknown);
    tcase_add_test(t, test_a_queue_without_a_required_method_is_refused_and_named);
    tcase_add_test(t, test_inv_145_out_of_memory_in_an_answer_is_a_function_error_of_its_own);
    tcase_add_test(t, test_rel_40_making_an_engine_and_using_it_survives_every_failed_allocation);
    tcase_add_test(t, test_rel_59_times_that_are_too_large_saturate);
    suite_add_tcase(suite, t);
    return suite;
}
