/* test_pending.c - handlers that complete later, from this thread, another one, or by poll mode; and those that never do,
 * or twice. */
#include <pthread.h>

#include "fixture.h"

static world w;
static li_invocation *held;
static int done_calls;
static li_status done_status;
static char done_text[256];

static int32_t later(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    (void)user;
    held = invocation;
    return LI_PENDING;
}

static void add_later(uint32_t timeout_ms)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("later");
    spec.handler = later;
    spec.timeout_ms = timeout_ms;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
}

static void set_up(void)
{
    world_new(&w);
    held = NULL;
    done_calls = 0;
    done_text[0] = '\0';
    add_later(3000);
}

static void tear_down(void)
{
    world_free(&w);
}

static void done(void *user, li_status status, const li_invoke_result *result, const li_error *error)
{
    (void)user;
    (void)error;
    done_calls++;
    done_status = status;
    if (result)
        snprintf(done_text, sizeof done_text, "%.*s", (int)result->payload_len, result->payload);
}

static void begin(const char *name)
{
    ck_assert_int_eq(li_invoke_begin(w.engine, name, LI_Z, "{\"a\":1}", LI_Z, NULL, done, NULL), LI_OK);
}

static void idle(void)
{
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
}

static uint64_t late_results(void)
{
    li_metrics m = LI_METRICS_INIT;

    ck_assert_int_eq(li_metrics_get(w.engine, NULL, 0, &m), LI_OK);
    return m.late_results;
}

START_TEST(test_a_pending_handler_completes_on_the_thread_that_steps)
{
    begin("later");
    ck_assert_int_eq(done_calls, 0);
    ck_assert_int_eq(li_invocation_respond(held, "\"now\"", LI_Z), LI_OK);
    ck_assert_int_eq(done_calls, 0);
    idle();
    ck_assert_int_eq(done_calls, 1);
    ck_assert_int_eq(done_status, LI_OK);
    ck_assert_str_eq(done_text, "\"now\"");
}
END_TEST

/* It holds the journal, to which an answer would write. */
static void answer_from_a_listener(void *user, const li_journal_line *line)
{
    (void)line;
    ck_assert_int_eq(li_invocation_respond(user, "1", 1), LI_E_MISUSE);
    ck_assert_int_eq(li_invocation_fail(user, "Bad", "no"), LI_E_MISUSE);
    ck_assert_int_eq(li_invocation_stream(user, "1", 1), LI_E_MISUSE);
    done_calls += 100;
}

START_TEST(test_a_listener_does_not_answer_for_a_handler)
{
    begin("later");
    ck_assert_int_eq(li_journal_listen(w.engine, answer_from_a_listener, held), LI_OK);
    ck_assert_int_eq(li_function_pause(w.engine, "later", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_journal_listen(w.engine, NULL, NULL), LI_OK);
    ck_assert_int_eq(done_calls, 100);
    ck_assert_int_eq(li_function_resume(w.engine, "later", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_invocation_respond(held, "2", 1), LI_OK);
    idle();
    ck_assert_int_eq(done_calls, 101);
    ck_assert_str_eq(done_text, "2");
}
END_TEST

START_TEST(test_rel_44_a_second_completion_is_refused_and_counted)
{
    begin("later");
    ck_assert_int_eq(li_invocation_respond(held, "1", 1), LI_OK);
    ck_assert_int_eq(li_invocation_respond(held, "2", 1), LI_E_STATE);
    idle();
    ck_assert_str_eq(done_text, "1");
    ck_assert_int_eq(li_invocation_fail(held, "Again", ""), LI_E_STATE);
    ck_assert_uint_eq(late_results(), 2);
    begin("later");
    ck_assert_int_eq(li_invocation_fail(held, "Bad", "no"), LI_OK);
    idle();
    check_contains(done_text, "\"errorType\":\"Bad\"");
}
END_TEST

START_TEST(test_inv_143_a_handler_that_never_completes_times_out_and_rel_17_its_late_result_is_discarded)
{
    li_invocation *first;

    begin("later");
    first = held;
    ck_assert_int_eq(li_clock_advance(w.clock, 2999 * LI_MS_NS, NULL), LI_OK);
    ck_assert_int_eq(done_calls, 0);
    ck_assert_int_eq(li_clock_advance(w.clock, LI_MS_NS, NULL), LI_OK);
    ck_assert_int_eq(done_calls, 1);
    check_contains(done_text, "Sandbox.Timedout");
    ck_assert_int_eq(li_invocation_is_cancelled(first), 1);
    begin("later");                         /* a new environment; the old one waits for its handler */
    ck_assert_ptr_ne(held, first);
    ck_assert_int_eq(li_invocation_respond(first, "9", 1), LI_E_STATE);
    ck_assert_int_eq(li_invocation_respond(held, "2", 1), LI_OK);
    idle();
    ck_assert_int_eq(done_calls, 2);
    ck_assert_str_eq(done_text, "2");
    ck_assert_uint_eq(late_results(), 1);
}
END_TEST

START_TEST(test_an_engine_can_be_freed_while_a_timed_out_handler_is_still_out)
{
    begin("later");
    advance_s(&w, 3);
    ck_assert_int_eq(done_calls, 1);
}
END_TEST

START_TEST(test_rel_43_free_with_a_pending_invocation_is_busy_and_leaves_the_engine_whole)
{
    begin("later");
    ck_assert_int_eq(li_engine_free(w.engine), LI_E_BUSY);
    ck_assert_int_eq(li_invocation_respond(held, "1", 1), LI_OK);
    idle();
    ck_assert_int_eq(done_calls, 1);
}
END_TEST

START_TEST(test_an_event_whose_handler_is_pending_is_retried_after_its_time_out)
{
    li_id id = send_event(&w, "later", "{}");
    li_outcome o = LI_OUTCOME_INIT;

    idle();
    ck_assert_ptr_nonnull(held);
    ck_assert_int_eq(li_engine_free(w.engine), LI_E_BUSY);
    advance_s(&w, 62);
    ck_assert_int_eq(li_event_outcome(w.engine, &id, &o), LI_OK);
    ck_assert_uint_eq(o.n_attempts, 1);
    ck_assert_uint_eq(o.attempts[0].end_ms - o.accepted_ms, 3000);
    advance_s(&w, 1);
    ck_assert_int_eq(li_invocation_respond(held, "1", 1), LI_OK);
    idle();
    ck_assert_int_eq(li_event_outcome(w.engine, &id, &o), LI_OK);
    ck_assert_int_eq(o.state, LI_EVENT_SUCCEEDED);
    ck_assert_uint_eq(o.attempts[1].start_ms - o.accepted_ms, 63000);
}
END_TEST

static void *complete_from_thread(void *argument)
{
    ck_assert_int_eq(li_invocation_respond(argument, "\"thread\"", LI_Z), LI_OK);
    return NULL;
}

static pthread_t thread;

static int32_t in_thread(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    (void)user;
    li_invocation_hold_clock(invocation, 1);
    ck_assert_int_eq(pthread_create(&thread, NULL, complete_from_thread, invocation), 0);
    return LI_PENDING;
}

START_TEST(test_a_held_invocation_keeps_virtual_time_from_passing_it)
{
    uint64_t before = li_clock_now_ns(w.clock);
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("threaded");
    spec.handler = in_thread;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_invoke(w.engine, "threaded", LI_Z, "{}", 2, NULL, &result, NULL), LI_OK);
    check_text(result.payload, result.payload_len, "\"thread\"");
    ck_assert_uint_eq(li_clock_now_ns(w.clock), before);
    ck_assert_uint_eq(li_engine_external(w.engine), 0);
    pthread_join(thread, NULL);
    li_invoke_result_fini(&result);
}
END_TEST

static int32_t calls_later(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    *(li_status *)user = li_invoke(li_invocation_get_engine(invocation), "later", LI_Z, "{}", 2, NULL, NULL, NULL);
    return LI_DONE;
}

START_TEST(test_a_callee_that_goes_pending_inside_a_driven_handler_would_block)
{
    li_status status = LI_OK;

    add_function(w.engine, "calls", calls_later, &status);
    begin("calls");
    ck_assert_int_eq(status, LI_E_WOULD_BLOCK);
    ck_assert_int_eq(li_invocation_respond(held, "1", 1), LI_OK);
    idle();
}
END_TEST

START_TEST(test_a_retained_invocation_may_be_touched_after_its_completion)
{
    begin("later");
    li_invocation_retain(held);
    ck_assert_int_eq(li_invocation_respond(held, "1", 1), LI_OK);
    idle();
    ck_assert_int_eq(li_invocation_respond(held, "2", 1), LI_E_STATE);
    li_invocation_release(held);
    begin("later");
    ck_assert_int_eq(li_invocation_respond(held, "3", 1), LI_OK);
    idle();
    ck_assert_str_eq(done_text, "3");
}
END_TEST

/* ---- poll mode */

static void add_poll(void)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("poll");
    spec.binding = li_z("poll:");
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
}

START_TEST(test_inv_401_poll_mode_hands_out_an_invocation_and_takes_its_answer)
{
    li_invocation *invocation = NULL;
    li_outcome o = LI_OUTCOME_INIT;
    const char *payload;
    size_t len;
    li_id id;

    add_poll();
    ck_assert_int_eq(li_next(w.engine, "poll", LI_Z, 0, &invocation), LI_OK);
    ck_assert_ptr_null(invocation);
    id = send_event(&w, "poll", "{\"n\": 1}");
    ck_assert_int_eq(li_next(w.engine, "poll", LI_Z, 0, &invocation), LI_OK);
    ck_assert_ptr_nonnull(invocation);
    payload = li_invocation_get_payload(invocation, &len);
    check_text(payload, len, "{\"n\": 1}");
    ck_assert_uint_eq(li_engine_external(w.engine), 1);
    ck_assert_int_eq(li_respond_error(invocation, "Nope", "first try"), LI_OK);
    ck_assert_uint_eq(li_engine_external(w.engine), 0);
    advance_s(&w, 60);
    ck_assert_int_eq(li_next(w.engine, "poll", LI_Z, 0, &invocation), LI_OK);
    ck_assert_ptr_nonnull(invocation);
    ck_assert_uint_eq(li_invocation_get_attempt(invocation), 2);
    ck_assert_int_eq(li_respond(invocation, "2", 1), LI_OK);
    idle();
    ck_assert_int_eq(li_event_outcome(w.engine, &id, &o), LI_OK);
    ck_assert_int_eq(o.state, LI_EVENT_SUCCEEDED);
}
END_TEST

START_TEST(test_an_advance_stops_where_an_external_handler_holds_the_clock)
{
    li_invocation *invocation = NULL;
    uint64_t left = 0;

    add_poll();
    send_event(&w, "poll", "{}");
    ck_assert_int_eq(li_clock_advance(w.clock, LI_HOUR_NS, &left), LI_OK);
    ck_assert_uint_eq(left, LI_HOUR_NS);
    ck_assert_int_eq(li_next(w.engine, "poll", LI_Z, 0, &invocation), LI_OK);
    ck_assert_int_eq(li_respond_error(invocation, "E", "e"), LI_OK);
    ck_assert_int_eq(li_clock_advance(w.clock, left, &left), LI_OK);
    ck_assert_uint_eq(left, LI_HOUR_NS - LI_MINUTE_NS);
    ck_assert_int_eq(li_next(w.engine, "poll", LI_Z, 0, &invocation), LI_OK);
    ck_assert_int_eq(li_respond(invocation, NULL, 0), LI_OK);
    ck_assert_int_eq(li_clock_advance(w.clock, left, &left), LI_OK);
    ck_assert_uint_eq(left, 0);
}
END_TEST

START_TEST(test_inv_412_an_answer_after_the_deadline_is_too_late)
{
    li_clock_virtual_options options = LI_CLOCK_VIRTUAL_OPTIONS_INIT;
    li_engine_options engine_options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_invocation *invocation = NULL;
    li_engine *engine;
    li_clock *clock;

    options.watchdog_ms = 1;
    ck_assert_int_eq(li_clock_virtual_new(NULL, &options, &clock), LI_OK);
    engine_options.clock = clock;
    ck_assert_int_eq(li_engine_new(&engine, &engine_options, NULL), LI_OK);
    spec.name = li_z("poll");
    spec.binding = li_z("poll:");
    ck_assert_int_eq(li_function_register(engine, &spec, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_invoke_begin(engine, "poll", LI_Z, "{}", 2, NULL, done, NULL), LI_OK);
    ck_assert_int_eq(li_next(engine, "poll", LI_Z, 0, &invocation), LI_OK);
    ck_assert_ptr_nonnull(invocation);
    ck_assert_int_eq(li_clock_advance(clock, 4 * LI_SECOND_NS, NULL), LI_OK);
    ck_assert_int_eq(done_calls, 1);
    check_contains(done_text, "Sandbox.Timedout");
    ck_assert_int_eq(li_respond(invocation, "1", 1), LI_E_STATE);
    ck_assert_int_eq(li_engine_run_until_idle(engine, NULL), LI_OK);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
    ck_assert_int_eq(li_clock_free(clock), LI_OK);
}
END_TEST

START_TEST(test_li_next_tells_unknown_from_unpollable_functions)
{
    li_invocation *invocation = NULL;

    ck_assert_int_eq(li_next(w.engine, "nope", LI_Z, 0, &invocation), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_next(w.engine, "echo", LI_Z, 0, &invocation), LI_E_INVALID);
}
END_TEST

Suite *suite_pending(void);
Suite *suite_pending(void)
{
    Suite *suite = suite_create("pending");
    TCase *t = tcase_create("pending");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_a_pending_handler_completes_on_the_thread_that_steps);
    tcase_add_test(t, test_a_listener_does_not_answer_for_a_handler);
    tcase_add_test(t, test_rel_44_a_second_completion_is_refused_and_counted);
    tcase_add_test(t, test_inv_143_a_handler_that_never_completes_times_out_and_rel_17_its_late_result_is_discarded);
    tcase_add_test(t, test_an_engine_can_be_freed_while_a_timed_out_handler_is_still_out);
    tcase_add_test(t, test_rel_43_free_with_a_pending_invocation_is_busy_and_leaves_the_engine_whole);
    tcase_add_test(t, test_an_event_whose_handler_is_pending_is_retried_after_its_time_out);
    tcase_add_test(t, test_a_held_invocation_keeps_virtual_time_from_passing_it);
    tcase_add_test(t, test_a_callee_that_goes_pending_inside_a_driven_handler_would_block);
    tcase_add_test(t, test_a_retained_invocation_may_be_touched_after_its_completion);
    suite_add_tcase(suite, t);
    t = tcase_create("poll");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_inv_401_poll_mode_hands_out_an_invocation_and_takes_its_answer);
    tcase_add_test(t, test_an_advance_stops_where_an_external_handler_holds_the_clock);
    tcase_add_test(t, test_inv_412_an_answer_after_the_deadline_is_too_late);
    tcase_add_test(t, test_li_next_tells_unknown_from_unpollable_functions);
    suite_add_tcase(suite, t);
    return suite;
}
