/* test_faults.c - faults on demand: plans that an engine follows, and decorators that make backends fail. */
#include "fixture.h"

#include <lambdainvoke/api.h>

static world w;

static void set_up(void)
{
    world_new(&w);
}

static void tear_down(void)
{
    world_free(&w);
}

static void plan(const char *json)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_msg(li_faults_apply(w.engine, json, LI_Z, &err) == LI_OK, "%s", err.text);
}

static void add_report(void *user, const li_fault_report *report)
{
    char *text = user;

    ck_assert_uint_eq(report->size, sizeof *report);
    snprintf(text + strlen(text), 1024 - strlen(text), "%s(%s) %llu/%llu%s;", report->what, report->subject,
             (unsigned long long)report->fired, (unsigned long long)report->seen,
             report->left == UINT64_MAX ? " endless" : report->left ? " left" : "");
}

static const char *report(void)
{
    static char text[1024];

    text[0] = '\0';
    li_faults_report(w.engine, add_report, text);
    return text;
}

static li_outcome outcome_of(li_id id)
{
    li_outcome o = LI_OUTCOME_INIT;

    ck_assert_int_eq(li_event_outcome(w.engine, &id, &o), LI_OK);
    li_outcome_fini(&o);
    return o;
}

/* A synchronous call; the status of the call, and into text the payload of a function error. */
static li_status call(const char *name, char text[512])
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    li_status status = li_invoke(w.engine, name, LI_Z, "{}", LI_Z, NULL, &result, NULL);

    text[0] = '\0';
    if (status == LI_OK && result.function_error)
        snprintf(text, 512, "%.*s", (int)result.payload_len, result.payload);
    li_invoke_result_fini(&result);
    return status;
}

/* ---- plans: calls */

START_TEST(test_rel_105_next_calls_are_throttled_after_those_let_through)
{
    char text[512];

    plan("{\"faults\":[{\"do\":\"throttle\",\"function\":\"echo\",\"after\":1,\"times\":2}]}");
    ck_assert_int_eq(call("echo", text), LI_OK);
    ck_assert_int_eq(call("scripted", text), LI_OK);
    ck_assert_int_eq(call("echo", text), LI_E_THROTTLED);
    ck_assert_int_eq(call("echo", text), LI_E_THROTTLED);
    ck_assert_int_eq(call("echo", text), LI_OK);
    ck_assert_str_eq(report(), "throttle(echo) 2/3;");
}
END_TEST

START_TEST(test_rel_105_a_call_through_a_handle_is_throttled_too)
{
    li_function *function;

    ck_assert_int_eq(li_function_get(w.engine, "echo", LI_Z, &function), LI_OK);
    ck_assert_int_eq(li_function_invoke(function, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
    plan("{\"faults\":[{\"do\":\"throttle\"}]}");
    ck_assert_int_eq(li_function_invoke(function, "{}", LI_Z, NULL, NULL, NULL), LI_E_THROTTLED);
    ck_assert_int_eq(li_function_invoke(function, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
}
END_TEST

START_TEST(test_rel_105_fail_does_not_enter_the_handler)
{
    char text[512];

    plan("{\"faults\":[{\"do\":\"fail\",\"function\":\"scripted\",\"error_type\":\"Bang\",\"error_message\":\"as \\\"asked\\\"\"}]}");
    ck_assert_int_eq(call("scripted", text), LI_OK);
    check_contains(text, "\"errorType\":\"Bang\"");
    check_contains(text, "\"errorMessage\":\"as \\\"asked\\\"\"");
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_int_eq(call("scripted", text), LI_OK);
    ck_assert_str_eq(text, "");
    ck_assert_int_eq(w.script.runs, 1);
}
END_TEST

START_TEST(test_rel_105_timeout_takes_the_functions_time)
{
    uint64_t before = li_clock_now_ns(w.clock);
    char text[512];

    plan("{\"faults\":[{\"do\":\"timeout\",\"function\":\"scripted\"}]}");
    ck_assert_int_eq(call("scripted", text), LI_OK);
    check_contains(text, "Sandbox.Timedout");
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_uint_eq(li_clock_now_ns(w.clock) - before, 900 * LI_SECOND_NS);   /* the fixture gives it 900 s */
}
END_TEST

START_TEST(test_rel_105_crash_ends_the_environment)
{
    li_metrics m = LI_METRICS_INIT;
    char text[512];

    plan("{\"faults\":[{\"do\":\"crash\",\"function\":\"echo\",\"exit_status\":-9,\"after\":1}]}");
    ck_assert_int_eq(call("echo", text), LI_OK);
    ck_assert_int_eq(call("echo", text), LI_OK);
    check_contains(text, "Runtime.ExitError");
    check_contains(text, "killed");
    ck_assert_int_eq(call("echo", text), LI_OK);
    ck_assert_int_eq(li_metrics_get(w.engine, "echo", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.inits, 2);
}
END_TEST

START_TEST(test_rel_105_slow_adds_to_the_handlers_time)
{
    uint64_t before = li_clock_now_ns(w.clock);
    char text[512];

    plan("{\"faults\":[{\"do\":\"slow\",\"duration_ms\":700,\"times\":2}]}");
    ck_assert_int_eq(call("scripted", text), LI_OK);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_uint_eq(li_clock_now_ns(w.clock) - before, 700 * LI_MS_NS);
    w.script.takes_ms = 899400;         /* 899.4 + 0.7 s are over its 900 s */
    ck_assert_int_eq(call("scripted", text), LI_OK);
    check_contains(text, "Sandbox.Timedout");
}
END_TEST


START_TEST(test_rel_105_poll_functions_fail_without_a_poller)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    char text[512];

    spec.name = li_z("polled");
    spec.binding = li_z("poll:");
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
    plan("{\"faults\":[{\"do\":\"fail\",\"function\":\"polled\"}]}");
    ck_assert_int_eq(call("polled", text), LI_OK);
    check_contains(text, "Injected");
}
END_TEST

/* ---- plans: events */

START_TEST(test_inv_210_a_duplicate_runs_once_more_and_the_event_ends_once)
{
    li_outcome o;
    li_id id;

    plan("{\"faults\":[{\"do\":\"duplicate\",\"function\":\"scripted\",\"times\":0}]}");
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    o = outcome_of(id);
    ck_assert_int_eq(o.state, LI_EVENT_SUCCEEDED);
    ck_assert_uint_eq(o.starts, 2);
    ck_assert_int_eq(w.script.runs, 2);
    ck_assert_uint_eq(w.script.attempts[0], 1);
    ck_assert_uint_eq(w.script.attempts[1], 2);
    ck_assert_str_eq(report(), "duplicate(scripted) 1/1 endless;");
}
END_TEST

START_TEST(test_inv_210_duplicates_come_at_the_rate_asked_for)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    int i;

    plan("{\"seed\":5,\"faults\":[{\"do\":\"duplicate\",\"rate\":0.25,\"times\":0}]}");
    for (i = 0; i < 2000; i++)
        send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.succeeded, 2000);
    ck_assert_int_gt(w.script.runs, 2000 + 500 - 78);       /* four standard deviations of 2000 draws: 77.5 */
    ck_assert_int_lt(w.script.runs, 2000 + 500 + 78);
}
END_TEST

START_TEST(test_inv_204_a_throttled_event_waits_and_spends_no_retry)
{
    li_outcome o;
    li_id id;

    plan("{\"faults\":[{\"do\":\"throttle\",\"function\":\"scripted\",\"times\":3}]}");
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 6);                   /* 1 + 2 + 4 s of the ladder */
    ck_assert_int_eq(w.script.runs, 0);
    advance_s(&w, 1);
    o = outcome_of(id);
    ck_assert_int_eq(o.state, LI_EVENT_SUCCEEDED);
    ck_assert_uint_eq(o.starts, 1);
    ck_assert_uint_eq(o.throttles, 3);
}
END_TEST

START_TEST(test_rel_11_an_event_whose_runtime_always_ends_reaches_the_failure_path)
{
    li_local_queue *failed = add_queue(w.engine, "failed");
    li_outcome o;
    li_id id;

    configure(&w, "scripted", 2, -1, NULL, QUEUE "failed");
    plan("{\"faults\":[{\"do\":\"crash\",\"function\":\"scripted\",\"times\":3}]}");
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 180);
    o = outcome_of(id);
    ck_assert_int_eq(o.state, LI_EVENT_DELIVERED);
    ck_assert_uint_eq(o.starts, 3);
    ck_assert_int_eq(w.script.runs, 0);
    check_contains(message(failed, 0), "\"RetriesExhausted\"");
    check_contains(message(failed, 0), "Runtime.ExitError");
}
END_TEST

START_TEST(test_rel_61_an_event_refused_by_a_full_queue_is_counted_and_not_accepted)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    li_metrics m = LI_METRICS_INIT;
    li_error err = LI_ERROR_INIT;

    plan("{\"faults\":[{\"do\":\"queue_full\",\"function\":\"echo\"},{\"do\":\"queue_error\",\"status\":\"LI_E_NOSPC\"}]}");
    ck_assert_int_eq(li_invoke_event(w.engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, &err), LI_E_FULL);
    ck_assert_int_eq(err.detail, LI_DETAIL_QUEUE_FULL);
    ck_assert_int_eq(li_invoke_event(w.engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, &err), LI_E_NOSPC);
    ck_assert_int_eq(li_invoke_event(w.engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, &err), LI_OK);
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.accepted, 1);
    ck_assert_int_eq(li_metrics_get(w.engine, "echo", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.queue_full, 1);
}
END_TEST

/* ---- plans: destinations */

START_TEST(test_rel_8_a_destination_that_is_down_is_tried_again_and_then_counted)
{
    li_local_queue *failed = add_queue(w.engine, "failed");
    li_metrics m = LI_METRICS_INIT;
    li_outcome o;
    li_id id;

    configure(&w, "scripted", 0, -1, NULL, QUEUE "failed");
    w.script.fail_times = -1;
    plan("{\"faults\":[{\"do\":\"destination_down\",\"target\":\"" QUEUE "failed\",\"times\":2}]}");
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 2);                   /* tries at 0, 1 and 3 s */
    ck_assert_uint_eq(li_local_queue_count(failed), 0);
    advance_s(&w, 1);
    ck_assert_uint_eq(li_local_queue_count(failed), 1);
    o = outcome_of(id);
    ck_assert_int_eq(o.state, LI_EVENT_DELIVERED);
    plan("{\"faults\":[{\"do\":\"destination_down\",\"times\":3}]}");
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 10);
    o = outcome_of(id);
    ck_assert_int_eq(o.state, LI_EVENT_DROPPED);
    ck_assert_int_eq(o.drop_reason, LI_DROP_DESTINATION_FAILED);
    ck_assert_int_eq(li_metrics_get(w.engine, NULL, 0, &m), LI_OK);
    ck_assert_uint_eq(m.destination_delivery_failures, 1);
    plan("{\"faults\":[{\"do\":\"destination_down\",\"status\":\"LI_E_DENIED\"}]}");
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 0);                   /* an error that a repeat cannot mend ends it at once */
    o = outcome_of(id);
    ck_assert_int_eq(o.state, LI_EVENT_DROPPED);
}
END_TEST

START_TEST(test_rel_64_a_slow_destination_holds_its_own_event_alone)
{
    li_local_queue *slow = add_queue(w.engine, "slow"), *quick = add_queue(w.engine, "quick");
    li_id id;

    configure(&w, "scripted", 0, -1, QUEUE "slow", NULL);
    configure(&w, "echo", 0, -1, QUEUE "quick", NULL);
    plan("{\"faults\":[{\"do\":\"destination_slow\",\"target\":\"" QUEUE "slow\",\"duration_ms\":5000}]}");
    id = send_event(&w, "scripted", "{}");
    send_event(&w, "scripted", "{}");
    send_event(&w, "echo", "{}");
    advance_s(&w, 4);
    ck_assert_uint_eq(li_local_queue_count(slow), 1);
    ck_assert_uint_eq(li_local_queue_count(quick), 1);
    ck_assert_int_eq(outcome_of(id).state, LI_EVENT_RUNNING);
    advance_s(&w, 1);
    ck_assert_uint_eq(li_local_queue_count(slow), 2);
    ck_assert_int_eq(outcome_of(id).state, LI_EVENT_SUCCEEDED);
}
END_TEST

/* ---- plans: memory and time */

START_TEST(test_rel_40_the_allocation_named_fails_and_the_next_call_is_whole)
{
    li_error err = LI_ERROR_INIT;

    send_event(&w, "echo", "{}");       /* the lane and the rings are there */
    plan("{\"faults\":[{\"do\":\"no_memory\"}]}");
    ck_assert_int_eq(li_invoke_event(w.engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, &err), LI_E_NOMEM);
    ck_assert_int_eq(li_invoke_event(w.engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, &err), LI_OK);
    ck_assert_str_eq(report(), "no_memory() 1/1;");
}
END_TEST

/* Ends that are to be told while no memory is to be had at all, and are told when there is some again. */
static const struct memory_row {
    const char *condition, *count;   /* of the record */
    int fails;                       /* the handler */
    int reserved;                    /* 0: no concurrency; -1: as much as there is */
    int is_gone;                     /* the function, before the attempt */
    uint64_t takes_s;                /* over its time-out of 5 s: its answer is the engine's */
    int runs;
} memory_rows[] = {
    { "Success", ":1", 0, -1, 0, 0, 1 },
    { "RetriesExhausted", ":1", 1, -1, 0, 0, 1 },
    { "ZeroReservedConcurrency", ":0", 0, 0, 0, 0, 0 },
    { "RetriesExhausted", ":1", 0, -1, 1, 0, 0 },
    { "RetriesExhausted", "", 0, -1, 0, 9, 0 },   /* it may still write: an attempt more is made */
};

START_TEST(test_rel_40_an_end_that_finds_no_memory_is_told_when_there_is_some)
{
    const struct memory_row *row = &memory_rows[_i];
    li_local_queue *told = add_queue(w.engine, "told");
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_id id;

    spec.name = li_z("f");
    spec.handler = scripted;
    spec.user = &w.script;
    spec.timeout_ms = 5000;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_OK);
    configure(&w, "f", 0, -1, QUEUE "told", QUEUE "told");
    send_event(&w, "f", "{}");                        /* all that is made once is made */
    advance_s(&w, 1);
    li_local_queue_purge(told);
    w.script.runs = 0;
    w.script.fail_times = row->fails || row->takes_s ? -1 : 0;
    w.script.takes_ms = row->takes_s * 1000;
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "f", LI_Z, row->reserved, &err), LI_OK);
    id = send_event(&w, "f", "{\"n\":1}");
    if (row->is_gone)
        ck_assert_int_eq(li_function_remove(w.engine, "f", LI_Z, &err), LI_OK);
    plan("{\"faults\":[{\"do\":\"no_memory\",\"times\":0}]}");
    advance_s(&w, 9);
    ck_assert_uint_eq(li_local_queue_count(told), 0);
    ck_assert_uint_eq(outcome_of(id).ended_ms, 0);    /* neither lost nor told */
    check_conservation(w.engine);
    li_faults_clear(w.engine);
    w.script.takes_ms = 0;
    advance_s(&w, 20);
    ck_assert_uint_eq(li_local_queue_count(told), 1);
    check_contains(message(told, 0), row->condition);
    check_contains(message(told, 0), "\"requestPayload\":{\"n\":1}");
    if (row->count[0]) {
        char part[64];

        snprintf(part, sizeof part, "\"approximateInvokeCount\"%s}", row->count);
        check_contains(message(told, 0), part);
        ck_assert_int_eq(w.script.runs, row->runs);
    }
    ck_assert_int_eq(outcome_of(id).state, row->condition[0] == 'S' ? LI_EVENT_SUCCEEDED : LI_EVENT_DELIVERED);
}
END_TEST

START_TEST(test_rel_55_a_jump_of_the_wall_clock_moves_no_retry_and_no_age)
{
    uint64_t wall = li_clock_wall_ms(w.clock), now_ms = li_engine_now_ms(w.engine);

    w.script.fail_times = 1;
    send_event(&w, "scripted", "{}");
    advance_s(&w, 0);
    plan("{\"faults\":[{\"do\":\"wall_jump\",\"by_ms\":-3600000}]}");
    ck_assert_uint_eq(li_clock_wall_ms(w.clock), wall - 3600000);
    ck_assert_uint_eq(li_engine_now_ms(w.engine), now_ms);
    advance_s(&w, 59);
    ck_assert_int_eq(w.script.runs, 1);
    plan("{\"faults\":[{\"do\":\"wall_jump\",\"by_ms\":21600000}]}");
    advance_s(&w, 1);
    ck_assert_int_eq(w.script.runs, 2);
    ck_assert_uint_eq(w.script.starts_ms[1], 60000);
    ck_assert_uint_eq(li_engine_now_ms(w.engine), now_ms + 60000);
}
END_TEST

/* ---- plans: as data */

typedef struct wrong_plan {
    const char *json, *subject;
    int offset;
} wrong_plan;

static const wrong_plan wrong_plans[] = {
    { "", "plan", 0 },
    { "[]", "plan", 0 },
    { "{\"faults\":[}", "plan", 11 },
    { "{}", "faults", 0 },
    { "{\"faults\":{}}", "faults", 10 },
    { "{\"faults\":[],\"sead\":1}", "plan", 13 },
    { "{\"faults\":[],\"seed\":-1}", "seed", 20 },
    { "{\"faults\":[1]}", "do", 11 },
    { "{\"faults\":[{}]}", "do", 11 },
    { "{\"faults\":[{\"do\":\"explode\"}]}", "do", 17 },
    { "{\"faults\":[{\"do\":\"fail\",\"times\":-1}]}", "times", 32 },
    { "{\"faults\":[{\"do\":\"fail\",\"times\":1.5}]}", "times", 32 },
    { "{\"faults\":[{\"do\":\"fail\",\"rate\":1.1}]}", "rate", 31 },
    { "{\"faults\":[{\"do\":\"fail\",\"rate\":0.0000001}]}", "rate", 31 },
    { "{\"faults\":[{\"do\":\"fail\",\"rate\":\"0.5\"}]}", "rate", 31 },
    { "{\"faults\":[{\"do\":\"fail\",\"function\":\"\"}]}", "function", 35 },
    { "{\"faults\":[{\"do\":\"fail\",\"duration_ms\":1}]}", "duration_ms", 24 },
    { "{\"faults\":[{\"do\":\"slow\"}]}", "duration_ms", 11 },
    { "{\"faults\":[{\"do\":\"wall_jump\"}]}", "by_ms", 11 },
    { "{\"faults\":[{\"do\":\"wall_jump\",\"by_ms\":1,\"times\":2}]}", "times", 39 },
    { "{\"faults\":[{\"do\":\"queue_error\",\"status\":\"LI_OK\"}]}", "status", 40 },
    { "{\"faults\":[{\"do\":\"queue_full\",\"status\":\"LI_E_IO\"}]}", "status", 30 },
    { "{\"faults\":[{\"do\":\"crash\",\"exit_status\":256}]}", "exit_status", 39 },
    { "{\"faults\":[{\"do\":\"throttle\",\"tiems\":1}]}", "tiems", 28 },
};

START_TEST(test_rel_105_a_plan_that_is_wrong_says_where_and_changes_nothing)
{
    const wrong_plan *p = &wrong_plans[_i];
    li_error err = LI_ERROR_INIT;

    plan("{\"faults\":[{\"do\":\"throttle\",\"function\":\"echo\",\"times\":4}]}");
    ck_assert_int_eq(li_faults_apply(w.engine, p->json, LI_Z, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_FAULT_PLAN);
    ck_assert_str_eq(err.subject, p->subject);
    ck_assert_msg(err.offset == (uint64_t)p->offset, "byte %llu: %s", (unsigned long long)err.offset, err.text);
    ck_assert_str_eq(report(), "throttle(echo) 0/0 left;");
}
END_TEST

static void replace_plan(void *user, const li_fault_report *report)
{
    int *n = user;

    (*n)++;
    ck_assert_str_eq(report->what, *n == 1 ? "throttle" : "crash");
    ck_assert_str_eq(report->subject, *n == 1 ? "a" : "d");
    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_faults_apply(w.engine, "{\"faults\":[{\"do\":\"fail\",\"function\":\"c\"},{\"do\":\"crash\",\"function\":\"d\"}]}",
                                     LI_Z, NULL), LI_OK);
    ck_assert_str_eq(report->subject, *n == 1 ? "a" : "d");
}

START_TEST(test_rel_105_who_is_told_of_a_plan_may_call_the_engine_and_replace_it)
{
    int n = 0;

    plan("{\"faults\":[{\"do\":\"throttle\",\"function\":\"a\"},{\"do\":\"timeout\",\"function\":\"b\"}]}");
    ck_assert_uint_eq(li_faults_report(w.engine, replace_plan, &n), 2);
    ck_assert_int_eq(n, 2);
}
END_TEST

START_TEST(test_rel_105_a_new_plan_replaces_the_old_and_clear_ends_it)
{
    char text[512];

    plan("{\"faults\":[{\"do\":\"throttle\",\"times\":0}]}");
    ck_assert_int_eq(call("echo", text), LI_E_THROTTLED);
    plan("{\"faults\":[{\"do\":\"fail\",\"times\":0}]}");
    ck_assert_int_eq(call("echo", text), LI_OK);
    check_contains(text, "Injected");
    li_faults_clear(w.engine);
    ck_assert_int_eq(call("echo", text), LI_OK);
    ck_assert_str_eq(text, "");
    ck_assert_uint_eq(li_faults_report(w.engine, add_report, text), 0);
}
END_TEST

START_TEST(test_rel_105_wall_jump_is_refused_on_a_real_clock)
{
    li_engine *engine;
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_engine_new(&engine, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_faults_apply(engine, "{\"faults\":[{\"do\":\"wall_jump\",\"by_ms\":1}]}", LI_Z, &err), LI_E_NOTSUP);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

static void hash_line(void *user, const li_journal_line *line)
{
    char text[1024];
    uint64_t *hash = user;
    size_t i, n = li_journal_format(line, text, sizeof text);

    for (i = 0; i < n; i++)
        *hash = (*hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
}

static uint64_t run_of(int seed)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    char json[512];
    world v;
    int i;

    world_new(&v);
    snprintf(json, sizeof json,
             "{\"seed\":%d,\"faults\":[{\"do\":\"throttle\",\"rate\":0.2,\"times\":0},{\"do\":\"fail\",\"rate\":0.3,\"times\":0},"
             "{\"do\":\"timeout\",\"rate\":0.1,\"times\":5},{\"do\":\"duplicate\",\"rate\":0.5,\"times\":0},"
             "{\"do\":\"queue_full\",\"rate\":0.1,\"times\":0}]}", seed);
    li_journal_listen(v.engine, hash_line, &hash);
    ck_assert_int_eq(li_faults_apply(v.engine, json, LI_Z, NULL), LI_OK);
    for (i = 0; i < 100; i++)
        li_invoke_event(v.engine, i % 2 ? "echo" : "scripted", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    advance_s(&v, 3600);
    world_free(&v);
    return hash;
}

START_TEST(test_rel_58_the_same_plan_and_seed_give_the_same_run)
{
    uint64_t first = run_of(1);

    ck_assert_uint_eq(run_of(1), first);
    ck_assert_uint_ne(run_of(2), first);
}
END_TEST

/* ---- the route */

static char answered[4096];
static int answered_status;

static void keep_answer(void *user, const li_api_response *response)
{
    (void)user;
    answered_status = response->status;
    snprintf(answered, sizeof answered, "%.*s", (int)response->body.len, response->body.ptr);
}

static void ask(li_api *api, const char *method, const char *body)
{
    li_api_request request;

    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.method = li_z(method);
    request.target = li_z("/_lambdainvoke/faults");
    request.body = li_z(body);
    ck_assert_int_eq(li_api_handle(api, &request, keep_answer, NULL), LI_OK);
}

START_TEST(test_rel_105_the_admin_route_puts_shows_and_ends_a_plan)
{
    li_api_options options = LI_API_OPTIONS_INIT;
    char text[512];
    li_api *api;

    options.flags = LI_API_ADMIN;
    ck_assert_int_eq(li_api_new(w.engine, &options, &api), LI_OK);
    ask(api, "POST", "{\"faults\":[{\"do\":\"throttle\",\"function\":\"echo\",\"times\":2}]}");
    ck_assert_int_eq(answered_status, 200);
    ck_assert_int_eq(call("echo", text), LI_E_THROTTLED);
    ask(api, "GET", NULL);
    ck_assert_str_eq(answered, "{\"Faults\":[{\"Do\":\"throttle\",\"Subject\":\"echo\",\"Seen\":1,\"Fired\":1,\"Left\":1}]}");
    ask(api, "POST", "{\"faults\":[{\"do\":\"throttle\",\"never\":2}]}");
    ck_assert_int_eq(answered_status, 400);
    check_contains(answered, "faults[0].never: no such member of this fault; it has do, after, times, rate, function");
    ask(api, "DELETE", NULL);
    ck_assert_int_eq(answered_status, 204);
    ck_assert_int_eq(call("echo", text), LI_OK);
    ask(api, "GET", NULL);
    ck_assert_str_eq(answered, "{\"Faults\":[]}");
    ck_assert_int_eq(li_api_free(api), LI_OK);
}
END_TEST

START_TEST(test_rel_87_the_route_is_there_for_admins_only)
{
    li_api *api;

    ck_assert_int_eq(li_api_new(w.engine, NULL, &api), LI_OK);
    ask(api, "POST", "{\"faults\":[{\"do\":\"throttle\"}]}");
    ck_assert_int_eq(answered_status, 404);
    ck_assert_str_eq(report(), "");
    ck_assert_int_eq(li_api_free(api), LI_OK);
}
END_TEST

/* ---- decorators */

static li_faulty *rules;
static li_clock *clock_of;
static li_engine *engine_of;
static script doings;

static void rule(const char *method, int32_t action, li_status status, uint64_t after, uint64_t times)
{
    li_fault_rule r = LI_FAULT_RULE_INIT;

    r.method = li_z(method);
    r.action = action;
    r.status = status;
    r.after = after;
    r.times = times;
    ck_assert_int_eq(li_faulty_add(rules, &r), LI_OK);
}

static void decorated_set_up(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_queue inner = { NULL, NULL };

    memset(&doings, 0, sizeof doings);
    ck_assert_int_eq(li_faulty_new(1, &rules), LI_OK);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &clock_of), LI_OK);
    ck_assert_int_eq(li_queue_memory_new(NULL, &inner), LI_OK);
    ck_assert_int_eq(li_faulty_queue(rules, &inner, &options.queue), LI_OK);
    options.clock = clock_of;
    ck_assert_int_eq(li_engine_new(&engine_of, &options, NULL), LI_OK);
    add_function(engine_of, "scripted", scripted, &doings);
    w.engine = engine_of;
    w.clock = clock_of;
}

static void decorated_tear_down(void)
{
    check_conservation(engine_of);
    ck_assert_int_eq(li_engine_free(engine_of), LI_OK);
    ck_assert_int_eq(li_clock_free(clock_of), LI_OK);
    li_faulty_free(rules);
}

START_TEST(test_rel_104_a_put_that_fails_is_not_accepted)
{
    rule("put", LI_FAULTY_FAIL, LI_E_IO, 1, 1);
    send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_invoke_event(engine_of, "scripted", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_E_IO);
    send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    ck_assert_int_eq(doings.runs, 2);
    ck_assert_uint_eq(li_faulty_calls(rules, "put"), 3);
    ck_assert_uint_eq(li_faulty_fired(rules, "put"), 1);
}
END_TEST

START_TEST(test_rel_19_an_unknown_accept_may_run_and_is_accounted_for)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    rule("put", LI_FAULTY_UNKNOWN, LI_E_UNKNOWN, 0, 1);
    ck_assert_int_eq(li_invoke_event(engine_of, "scripted", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_E_UNKNOWN);
    check_conservation(engine_of);
    advance_s(&w, 1);
    ck_assert_int_eq(doings.runs, 1);
    ck_assert_int_eq(li_event_count(engine_of, &c), LI_OK);
    ck_assert_uint_eq(c.accepted, 1);
    ck_assert_uint_eq(c.succeeded, 1);
}
END_TEST

static int told;

static void accepted(void *user, li_status status, const li_id *id)
{
    (void)user;
    (void)id;
    ck_assert_int_eq(status, LI_OK);
    told++;
}

START_TEST(test_inv_201_an_accept_that_completes_later_is_told_later)
{
    told = 0;
    rule("put", LI_FAULTY_HOLD, LI_OK, 0, 1);
    ck_assert_int_eq(li_event_submit(engine_of, "scripted", LI_Z, "{}", LI_Z, NULL, accepted, NULL, NULL), LI_OK);
    ck_assert_int_eq(told, 0);
    ck_assert_uint_eq(li_faulty_let_go(rules), 1);
    ck_assert_int_eq(told, 1);
    advance_s(&w, 1);
    ck_assert_int_eq(doings.runs, 1);
}
END_TEST

START_TEST(test_rel_3_a_lost_lease_runs_again_and_ends_once)
{
    li_metrics m = LI_METRICS_INIT;
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    rule("ack", LI_FAULTY_LOSE, LI_OK, 0, 1);
    send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    ck_assert_int_eq(doings.runs, 2);
    ck_assert_uint_eq(doings.attempts[1], 2);
    ck_assert_int_eq(li_event_count(engine_of, &c), LI_OK);
    ck_assert_uint_eq(c.succeeded, 1);
    ck_assert_int_eq(li_metrics_get(engine_of, "scripted", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.late_results, 1);
    ck_assert_uint_eq(m.succeeded, 1);
}
END_TEST

START_TEST(test_rel_6_a_lease_lost_before_a_retry_runs_at_once)
{
    doings.fail_times = 1;
    rule("delay", LI_FAULTY_LOSE, LI_OK, 0, 1);
    send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    ck_assert_int_eq(doings.runs, 2);
    ck_assert_uint_eq(doings.attempts[1], 2);
}
END_TEST

START_TEST(test_rel_104_a_take_that_fails_delays_nothing_but_itself)
{
    rule("take", LI_FAULTY_FAIL, LI_E_IO, 0, 2);
    send_event(&w, "scripted", "{}");
    advance_s(&w, 60);
    ck_assert_int_eq(doings.runs, 1);
}
END_TEST

static int arrived;

static li_status arrive(void *user, const li_record *record)
{
    (void)user;
    ck_assert_int_eq(record->kind, LI_RECORD_DESTINATION);
    arrived++;
    return LI_OK;
}

static void add_destination(const char *target)
{
    li_destination inner, outer;

    ck_assert_int_eq(li_destination_callback_new(arrive, NULL, &inner), LI_OK);
    ck_assert_int_eq(li_faulty_destination(rules, &inner, &outer), LI_OK);
    ck_assert_int_eq(li_destination_add(engine_of, target, LI_Z, &outer, NULL), LI_OK);
    configure(&w, "scripted", 0, -1, target, NULL);
}

/* Every queue method is let through: rules name the destination's put by coming after the queue's. */
START_TEST(test_rel_7_a_destination_whose_answer_is_lost_gets_the_record_again)
{
    arrived = 0;
    add_destination("arn:aws:sns:us-east-1:000000000000:done");
    rule("put", LI_FAULTY_UNKNOWN, LI_E_BUSY, 1, 1);
    send_event(&w, "scripted", "{}");
    advance_s(&w, 2);
    ck_assert_int_eq(arrived, 2);
}
END_TEST

START_TEST(test_rel_64_a_destination_that_hangs_holds_one_event_until_it_answers)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    arrived = 0;
    add_destination("arn:aws:sns:us-east-1:000000000000:done");
    rule("put", LI_FAULTY_HOLD, LI_OK, 1, 1);
    send_event(&w, "scripted", "{}");
    advance_s(&w, 60);
    ck_assert_int_eq(li_event_count(engine_of, &c), LI_OK);
    ck_assert_uint_eq(c.leased, 1);
    ck_assert_int_eq(li_engine_free(engine_of), LI_E_BUSY);
    send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    ck_assert_int_eq(arrived, 2);
    ck_assert_uint_eq(li_faulty_let_go(rules), 1);
    advance_s(&w, 1);
    ck_assert_int_eq(li_event_count(engine_of, &c), LI_OK);
    ck_assert_uint_eq(c.succeeded, 2);
}
END_TEST

START_TEST(test_rel_104_a_record_can_arrive_twice)
{
    arrived = 0;
    add_destination("arn:aws:sns:us-east-1:000000000000:done");
    rule("put", LI_FAULTY_TWICE, LI_OK, 1, 1);
    send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    ck_assert_int_eq(arrived, 2);
}
END_TEST

START_TEST(test_rel_100_the_faulty_allocator_fails_the_kth_and_counts_what_is_out)
{
    li_allocator allocator;
    li_faulty *f;
    li_fault_rule r = LI_FAULT_RULE_INIT;
    void *a, *b;

    ck_assert_int_eq(li_faulty_new(1, &f), LI_OK);
    ck_assert_int_eq(li_faulty_allocator(f, NULL, &allocator), LI_OK);
    r.after = 1;
    ck_assert_int_eq(li_faulty_add(f, &r), LI_OK);
    a = allocator.ops->alloc(allocator.self, 100);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_null(allocator.ops->alloc(allocator.self, 100));
    ck_assert_uint_eq(li_faulty_bytes(f), 100);
    b = allocator.ops->realloc(allocator.self, a, 200);
    ck_assert_ptr_nonnull(b);
    ck_assert_uint_eq(li_faulty_blocks(f), 1);
    ck_assert_uint_eq(li_faulty_bytes(f), 200);
    allocator.ops->free(allocator.self, b);
    ck_assert_uint_eq(li_faulty_blocks(f), 0);
    ck_assert_uint_eq(li_faulty_bytes(f), 0);
    ck_assert_uint_eq(li_faulty_fired(f, NULL), 1);
    li_faulty_free(f);
}
END_TEST

START_TEST(test_rel_101_a_faulty_clock_jumps_its_wall_and_wakes_early)
{
    li_fault_rule r = LI_FAULT_RULE_INIT;
    li_clock *real, *clock;
    li_faulty *f;
    uint64_t wall;

    ck_assert_int_eq(li_faulty_new(1, &f), LI_OK);
    ck_assert_int_eq(li_clock_real_new(NULL, &real), LI_OK);
    ck_assert_int_eq(li_faulty_clock(f, real, &clock), LI_OK);
    r.method = li_z("wall_ms");
    r.action = LI_FAULTY_JUMP;
    r.jump_ms = -86400000;
    r.after = 1;
    ck_assert_int_eq(li_faulty_add(f, &r), LI_OK);
    wall = li_clock_wall_ms(clock);
    ck_assert_uint_lt(li_clock_wall_ms(clock), wall - 80000000);
    ck_assert_uint_lt(li_clock_wall_ms(clock), wall - 80000000);
    ck_assert_int_eq(li_clock_is_virtual(clock), 0);
    ck_assert_int_eq(li_clock_free(clock), LI_OK);
    ck_assert_int_eq(li_clock_free(real), LI_OK);
    li_faulty_free(f);
    ck_assert_int_eq(li_faulty_clock(rules, clock_of, &clock), LI_E_NOTSUP);
}
END_TEST

START_TEST(test_rel_50_a_threaded_engine_lives_with_waits_that_end_early)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_fault_rule r = LI_FAULT_RULE_INIT;
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    li_clock *real, *clock;
    li_engine *engine;
    li_faulty *f;
    int i;

    ck_assert_int_eq(li_faulty_new(9, &f), LI_OK);
    ck_assert_int_eq(li_clock_real_new(NULL, &real), LI_OK);
    ck_assert_int_eq(li_faulty_clock(f, real, &clock), LI_OK);
    r.method = li_z("wait");
    r.times = 200;
    ck_assert_int_eq(li_faulty_add(f, &r), LI_OK);
    options.clock = clock;
    ck_assert_int_eq(li_engine_new(&engine, &options, NULL), LI_OK);
    add_function(engine, "echo", echo, NULL);
    ck_assert_int_eq(li_engine_start(engine, 2, NULL), LI_OK);
    for (i = 0; i < 50; i++)
        ck_assert_int_eq(li_invoke_event(engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
    for (;;) {
        ck_assert_int_eq(li_event_count(engine, &c), LI_OK);
        if (c.succeeded == 50)
            break;
        sched_yield();
    }
    ck_assert_int_eq(li_engine_stop(engine, 5000, NULL, NULL), LI_OK);
    check_conservation(engine);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
    ck_assert_int_eq(li_clock_free(clock), LI_OK);
    ck_assert_int_eq(li_clock_free(real), LI_OK);
    li_faulty_free(f);
}
END_TEST

static int samples;

static void sample(void *self, const char *metric, const char *function, uint64_t value, uint64_t time_ms)
{
    (void)self;
    (void)metric;
    (void)function;
    (void)value;
    (void)time_ms;
    samples++;
}

static const li_metrics_sink_ops sample_ops = { sizeof sample_ops, 1, 0, "count", sample, NULL, NULL };

static int32_t make_environment(void *self, li_init *init, void **environment)
{
    (void)self;
    (void)init;
    *environment = NULL;
    return LI_DONE;
}

static int32_t run_it(void *self, li_invocation *invocation, void *environment)
{
    (void)self;
    (void)environment;
    li_invocation_respond(invocation, "1", 1);
    return LI_DONE;
}

static void retire_it(void *self, void *environment, int32_t reason)
{
    (void)self;
    (void)environment;
    (void)reason;
}

static const li_executor_ops run_ops = { sizeof run_ops, 1, 0, "plain", make_environment, run_it, NULL, retire_it };

START_TEST(test_rel_104_retry_policies_sinks_and_executors_fail_on_request)
{
    li_retry_aws_options aws = LI_RETRY_AWS_OPTIONS_INIT;
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_metrics_sink sink = { &sample_ops, NULL };
    li_executor plain = { &run_ops, NULL }, faulty;
    li_retry_policy policy;
    li_clock *clock;
    world v;
    li_id id;

    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &clock), LI_OK);
    ck_assert_int_eq(li_retry_aws_new(&aws, &policy), LI_OK);
    ck_assert_int_eq(li_faulty_retry(rules, &policy, &options.retry), LI_OK);
    ck_assert_int_eq(li_faulty_metrics(rules, &sink, &options.metrics), LI_OK);
    ck_assert_int_eq(li_faulty_executor(rules, &plain, &faulty), LI_OK);
    rule("run", LI_FAULTY_FAIL, LI_E_IO, 0, 2);
    rule("next", LI_FAULTY_FAIL, LI_E_IO, 1, 1);    /* a policy that cannot decide: no further attempt */
    rule("sample", LI_FAULTY_LOSE, LI_OK, 0, 0);
    options.clock = clock;
    ck_assert_int_eq(li_engine_new(&v.engine, &options, NULL), LI_OK);
    v.clock = clock;
    spec.name = li_z("made");
    spec.executor = &faulty;
    ck_assert_int_eq(li_function_register(v.engine, &spec, NULL, NULL), LI_OK);
    samples = 0;
    id = send_event(&v, "made", "{}");
    advance_s(&v, 3600);
    {
        li_outcome o = LI_OUTCOME_INIT;

        ck_assert_int_eq(li_event_outcome(v.engine, &id, &o), LI_OK);
        ck_assert_int_eq(o.state, LI_EVENT_DROPPED);
        ck_assert_uint_eq(o.starts, 2);
    }
    ck_assert_int_eq(samples, 0);
    ck_assert_uint_gt(li_faulty_fired(rules, "sample"), 3);
    world_free(&v);
}
END_TEST

START_TEST(test_rel_104_rules_that_make_no_sense_are_refused)
{
    li_fault_rule r = LI_FAULT_RULE_INIT;
    int i;

    r.action = LI_FAULTY_SHORT + 1;
    ck_assert_int_eq(li_faulty_add(rules, &r), LI_E_INVALID);
    r.action = 0;
    ck_assert_int_eq(li_faulty_add(rules, &r), LI_E_INVALID);
    r.action = LI_FAULTY_FAIL;
    r.status = LI_OK;
    ck_assert_int_eq(li_faulty_add(rules, &r), LI_E_INVALID);
    r.status = LI_E_IO;
    r.rate_ppm = 1000001;
    ck_assert_int_eq(li_faulty_add(rules, &r), LI_E_INVALID);
    r.rate_ppm = 1000000;
    r.method = li_z("a_method_with_24_letters");
    ck_assert_int_eq(li_faulty_add(rules, &r), LI_E_INVALID);
    r.method = li_z("a_method_of_23_letters_");
    for (i = 0; i < 32; i++)
        ck_assert_int_eq(li_faulty_add(rules, &r), LI_OK);
    ck_assert_int_eq(li_faulty_add(rules, &r), LI_E_FULL);
    li_faulty_clear(rules);
    ck_assert_int_eq(li_faulty_add(rules, &r), LI_OK);
    ck_assert_int_eq(li_faulty_add(rules, NULL), LI_E_INVALID);
}
END_TEST

Suite *suite_faults(void)
{
    Suite *suite = suite_create("faults");
    TCase *plans = tcase_create("plans"), *decorators = tcase_create("decorators");

    tcase_add_checked_fixture(plans, set_up, tear_down);
    tcase_add_test(plans, test_rel_105_next_calls_are_throttled_after_those_let_through);
    tcase_add_test(plans, test_rel_105_a_call_through_a_handle_is_throttled_too);
    tcase_add_test(plans, test_rel_105_fail_does_not_enter_the_handler);
    tcase_add_test(plans, test_rel_105_timeout_takes_the_functions_time);
    tcase_add_test(plans, test_rel_105_crash_ends_the_environment);
    tcase_add_test(plans, test_rel_105_slow_adds_to_the_handlers_time);
    tcase_add_test(plans, test_rel_105_poll_functions_fail_without_a_poller);
    tcase_add_test(plans, test_inv_210_a_duplicate_runs_once_more_and_the_event_ends_once);
    tcase_add_test(plans, test_inv_210_duplicates_come_at_the_rate_asked_for);
    tcase_add_test(plans, test_inv_204_a_throttled_event_waits_and_spends_no_retry);
    tcase_add_test(plans, test_rel_11_an_event_whose_runtime_always_ends_reaches_the_failure_path);
    tcase_add_test(plans, test_rel_61_an_event_refused_by_a_full_queue_is_counted_and_not_accepted);
    tcase_add_test(plans, test_rel_8_a_destination_that_is_down_is_tried_again_and_then_counted);
    tcase_add_test(plans, test_rel_64_a_slow_destination_holds_its_own_event_alone);
    tcase_add_test(plans, test_rel_40_the_allocation_named_fails_and_the_next_call_is_whole);
    tcase_add_loop_test(plans, test_rel_40_an_end_that_finds_no_memory_is_told_when_there_is_some, 0,
                        sizeof memory_rows / sizeof memory_rows[0]);
    tcase_add_test(plans, test_rel_55_a_jump_of_the_wall_clock_moves_no_retry_and_no_age);
    tcase_add_loop_test(plans, test_rel_105_a_plan_that_is_wrong_says_where_and_changes_nothing, 0,
                        (int)(sizeof wrong_plans / sizeof *wrong_plans));
    tcase_add_test(plans, test_rel_105_a_new_plan_replaces_the_old_and_clear_ends_it);
    tcase_add_test(plans, test_rel_105_who_is_told_of_a_plan_may_call_the_engine_and_replace_it);
    tcase_add_test(plans, test_rel_105_wall_jump_is_refused_on_a_real_clock);
    tcase_add_test(plans, test_rel_58_the_same_plan_and_seed_give_the_same_run);
    tcase_add_test(plans, test_rel_105_the_admin_route_puts_shows_and_ends_a_plan);
    tcase_add_test(plans, test_rel_87_the_route_is_there_for_admins_only);
    suite_add_tcase(suite, plans);
    tcase_add_checked_fixture(decorators, decorated_set_up, decorated_tear_down);
    tcase_add_test(decorators, test_rel_104_a_put_that_fails_is_not_accepted);
    tcase_add_test(decorators, test_rel_19_an_unknown_accept_may_run_and_is_accounted_for);
    tcase_add_test(decorators, test_inv_201_an_accept_that_completes_later_is_told_later);
    tcase_add_test(decorators, test_rel_3_a_lost_lease_runs_again_and_ends_once);
    tcase_add_test(decorators, test_rel_6_a_lease_lost_before_a_retry_runs_at_once);
    tcase_add_test(decorators, test_rel_104_a_take_that_fails_delays_nothing_but_itself);
    tcase_add_test(decorators, test_rel_7_a_destination_whose_answer_is_lost_gets_the_record_again);
    tcase_add_test(decorators, test_rel_64_a_destination_that_hangs_holds_one_event_until_it_answers);
    tcase_add_test(decorators, test_rel_104_a_record_can_arrive_twice);
    tcase_add_test(decorators, test_rel_100_the_faulty_allocator_fails_the_kth_and_counts_what_is_out);
    tcase_add_test(decorators, test_rel_101_a_faulty_clock_jumps_its_wall_and_wakes_early);
    tcase_add_test(decorators, test_rel_50_a_threaded_engine_lives_with_waits_that_end_early);
    tcase_add_test(decorators, test_rel_104_retry_policies_sinks_and_executors_fail_on_request);
    tcase_add_test(decorators, test_rel_104_rules_that_make_no_sense_are_refused);
    suite_add_tcase(suite, decorators);
    return suite;
}
