/* test_event.c - asynchronous invocation: attempts in time, ends, records, dead letters. */
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

static li_outcome outcome_of(const li_id *id)
{
    li_outcome outcome = LI_OUTCOME_INIT;

    ck_assert_int_eq(li_event_outcome(w.engine, id, &outcome), LI_OK);
    li_outcome_fini(&outcome);      /* the record is looked at in its own test */
    return outcome;
}

/* ---- the time lines of INV-219 */

static const struct line {
    const char *name;
    int fail_times;
    uint64_t takes_s;
    int64_t retries, age_s;
    int n_starts;
    uint64_t starts_s[4];
    uint64_t end_s;
    int32_t condition;
    uint32_t count;
} lines[] = {
    { "default, always fails, d=0", -1, 0, -1, -1, 3, { 0, 60, 180 }, 180, LI_CONDITION_RETRIES_EXHAUSTED, 3 },
    { "default, always fails, d=5", -1, 5, -1, -1, 3, { 0, 65, 190 }, 195, LI_CONDITION_RETRIES_EXHAUSTED, 3 },
    { "retries 1", -1, 0, 1, -1, 2, { 0, 60 }, 60, LI_CONDITION_RETRIES_EXHAUSTED, 2 },
    { "retries 0", -1, 0, 0, -1, 1, { 0 }, 0, LI_CONDITION_RETRIES_EXHAUSTED, 1 },
    { "age 60, d=1", -1, 1, -1, 60, 1, { 0 }, 1, LI_CONDITION_EVENT_AGE_EXCEEDED, 1 },
    { "age 60, d=0", -1, 0, -1, 60, 2, { 0, 60 }, 60, LI_CONDITION_EVENT_AGE_EXCEEDED, 2 },
    { "age 90, d=1", -1, 1, -1, 90, 2, { 0, 61 }, 62, LI_CONDITION_EVENT_AGE_EXCEEDED, 2 },
    { "fails once, then succeeds", 1, 0, -1, -1, 2, { 0, 60 }, 60, LI_CONDITION_SUCCESS, 2 },
};

START_TEST(test_inv_215_as_many_run_at_once_as_may_and_none_is_leased_while_it_waits_to_be_tried_again)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    int i;

    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 3, NULL), LI_OK);
    w.script.takes_ms = 10000;
    w.script.fail_times = 3;
    for (i = 0; i < 3; i++)
        send_event(&w, "scripted", "{}");
    advance_s(&w, 9);
    ck_assert_int_eq(w.script.runs, 3);              /* side by side */
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.leased, 3);
    advance_s(&w, 2);
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.leased, 0);
    ck_assert_uint_eq(c.pending, 3);
    advance_s(&w, 100);
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.succeeded, 3);
}
END_TEST

START_TEST(test_inv_219_attempts_start_when_the_table_says)
{
    const struct line *line = &lines[_i];
    li_outcome o;
    li_id id;
    int i;

    w.script.fail_times = line->fail_times;
    w.script.takes_ms = line->takes_s * 1000;
    if (line->retries >= 0 || line->age_s >= 0)
        configure(&w, "scripted", line->retries, line->age_s, NULL, NULL);
    id = send_event(&w, "scripted", "{}");
    if (line->end_s > 0) {
        ck_assert_int_eq(li_clock_advance(w.clock, line->end_s * LI_SECOND_NS - 1, NULL), LI_OK);
        o = outcome_of(&id);
        ck_assert_msg(o.ended_ms == 0, "%s: ended too early", line->name);
        ck_assert_int_eq(li_clock_advance(w.clock, 1, NULL), LI_OK);
    } else {
        ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    }
    o = outcome_of(&id);
    ck_assert_msg(w.script.runs == line->n_starts, "%s: %d runs", line->name, w.script.runs);
    for (i = 0; i < line->n_starts; i++) {
        ck_assert_msg(w.script.starts_ms[i] == line->starts_s[i] * 1000, "%s: start %d at %llu", line->name, i,
                      (unsigned long long)w.script.starts_ms[i]);
        ck_assert_uint_eq(o.attempts[i].start_ms - o.accepted_ms, line->starts_s[i] * 1000);
        ck_assert_uint_eq(o.attempts[i].end_ms - o.accepted_ms, (line->starts_s[i] + line->takes_s) * 1000);
    }
    ck_assert_msg(o.condition == line->condition, "%s: condition %d", line->name, o.condition);
    ck_assert_uint_eq(o.ended_ms - o.accepted_ms, line->end_s * 1000);
    ck_assert_uint_eq(o.starts, line->count);
    ck_assert_int_eq(o.state, line->condition == LI_CONDITION_SUCCESS ? LI_EVENT_SUCCEEDED : LI_EVENT_DROPPED);
}
END_TEST

/* Takes the only slot of "scripted" until told otherwise. */
static void occupy(uint64_t seconds)
{
    li_engine *engine = w.engine;

    ck_assert_int_eq(li_function_set_concurrency(engine, "scripted", LI_Z, 1, NULL), LI_OK);
    w.script.takes_ms = seconds * 1000;
    send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(engine, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 1);
    w.script.takes_ms = 0;
}

static uint64_t throttle_times[200];
static size_t n_throttles;

static void note_throttle(void *user, const li_journal_line *line)
{
    (void)user;
    if (line->step == LI_STEP_THROTTLED && n_throttles < 200)
        throttle_times[n_throttles++] = line->time_ns / LI_SECOND_NS;
}

static void occupy_for_good(void)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    li_config_set(w.engine, "limits.timeout_max_ms", 86400000, NULL);
    spec.name = li_z("scripted");
    spec.handler = scripted;
    spec.user = &w.script;
    spec.timeout_ms = 86400000;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
    occupy(40000);
}

START_TEST(test_inv_219_always_throttled_tries_80_times_until_21511_s)
{
    static const uint64_t first[] = { 0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811 };
    li_local_queue *dlq = add_queue(w.engine, "dlq");
    li_outcome o;
    li_id id;
    size_t i;

    n_throttles = 0;
    occupy_for_good();
    configure(&w, "scripted", -1, -1, NULL, QUEUE "dlq");
    li_journal_listen(w.engine, note_throttle, NULL);
    id = send_event(&w, "scripted", "{\"late\":1}");
    advance_s(&w, 21510);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_WAITING);
    advance_s(&w, 1);
    o = outcome_of(&id);
    ck_assert_int_eq(o.condition, LI_CONDITION_EVENT_AGE_EXCEEDED);
    ck_assert_uint_eq(o.ended_ms - o.accepted_ms, 21511000);
    ck_assert_uint_eq(o.starts, 0);
    ck_assert_uint_eq(n_throttles, 80);
    for (i = 0; i < sizeof first / sizeof first[0]; i++)
        ck_assert_uint_eq(throttle_times[i], first[i]);
    ck_assert_uint_eq(throttle_times[79], 21511);
    check_contains(message(dlq, 0), "\"approximateInvokeCount\":0");
    li_journal_listen(w.engine, NULL, NULL);
    advance_s(&w, 40000);
}
END_TEST

START_TEST(test_inv_219_always_throttled_with_age_60_ends_at_31_s)
{
    li_outcome o;
    li_id id;

    occupy_for_good();
    configure(&w, "scripted", -1, 60, NULL, NULL);
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 30);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_WAITING);
    advance_s(&w, 1);
    o = outcome_of(&id);
    ck_assert_uint_eq(o.ended_ms - o.accepted_ms, 31000);
    ck_assert_uint_eq(o.throttles, 6);
    ck_assert_int_eq(o.condition, LI_CONDITION_EVENT_AGE_EXCEEDED);
    ck_assert_int_eq(o.drop_reason, LI_DROP_EVENT_AGE);
    advance_s(&w, 40000);
}
END_TEST

START_TEST(test_inv_219_throttled_until_10_s_then_fails_at_15_75_195)
{
    li_outcome o;
    li_id id;

    occupy(10);
    w.script.fail_times = -1;
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 195);
    o = outcome_of(&id);
    ck_assert_int_eq(w.script.runs, 4);
    ck_assert_uint_eq(w.script.starts_ms[1], 15000);
    ck_assert_uint_eq(w.script.starts_ms[2], 75000);
    ck_assert_uint_eq(w.script.starts_ms[3], 195000);
    ck_assert_uint_eq(o.throttles, 4);
    ck_assert_int_eq(o.condition, LI_CONDITION_RETRIES_EXHAUSTED);
    ck_assert_uint_eq(o.starts, 3);
}
END_TEST

START_TEST(test_inv_219_reserved_concurrency_0_at_30_s_ends_the_retry_at_60_s)
{
    li_outcome o;
    li_id id;

    w.script.fail_times = -1;
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 30);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 0, NULL), LI_OK);
    advance_s(&w, 29);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_WAITING);
    advance_s(&w, 1);
    o = outcome_of(&id);
    ck_assert_int_eq(o.condition, LI_CONDITION_ZERO_CONCURRENCY);
    ck_assert_uint_eq(o.starts, 1);
    ck_assert_uint_eq(o.ended_ms - o.accepted_ms, 60000);
    ck_assert_int_eq(w.script.runs, 1);
}
END_TEST

/* ---- ends */

START_TEST(test_inv_201_a_throttled_function_accepts_events)
{
    occupy(10);
    send_event(&w, "scripted", "{}");
    check_conservation(w.engine);
    advance_s(&w, 20);
    ck_assert_int_eq(w.script.runs, 2);
}
END_TEST

START_TEST(test_inv_202_an_event_keeps_its_request_id_over_all_attempts)
{
    li_outcome o;
    li_id id;

    w.script.fail_times = 2;
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 180);
    o = outcome_of(&id);
    ck_assert_uint_eq(o.n_attempts, 3);
    ck_assert_uint_eq(w.script.attempts[0], 1);
    ck_assert_uint_eq(w.script.attempts[1], 2);
    ck_assert_uint_eq(w.script.attempts[2], 3);
    ck_assert_int_eq(o.state, LI_EVENT_SUCCEEDED);
}
END_TEST

START_TEST(test_inv_208_zero_concurrency_makes_no_attempt_and_a_record_without_response)
{
    li_local_queue *bad = add_queue(w.engine, "bad");
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_local_message m;
    li_id id;

    add_queue(w.engine, "dlq");
    configure(&w, "scripted", -1, -1, NULL, QUEUE "bad");
    spec.name = li_z("scripted");
    spec.dead_letter_target = li_z(QUEUE "dlq");
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_DEAD_LETTER, NULL), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 0, NULL), LI_OK);
    id = send_event(&w, "scripted", "{\"a\":1}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_int_eq(outcome_of(&id).condition, LI_CONDITION_ZERO_CONCURRENCY);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_DELIVERED);
    check_contains(message(bad, 0), "\"condition\":\"ZeroReservedConcurrency\",\"approximateInvokeCount\":0}");
    check_lacks(message(bad, 0), "responseContext");
    check_lacks(message(bad, 0), "responsePayload");
    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    li_local_queue *dlq;
    ck_assert_int_eq(li_local_queue_get(w.engine, "dlq", LI_Z, &dlq), LI_OK);
    ck_assert_int_eq(li_local_queue_peek(dlq, 0, &m), LI_OK);
    check_text(m.body, m.body_len, "{\"a\":1}");
    ck_assert_uint_eq(m.n_attributes, 1);
    check_text(m.attributes[0].name.ptr, m.attributes[0].name.len, "RequestID");
}
END_TEST

START_TEST(test_inv_209_destination_and_dead_letter_queue_both_receive)
{
    li_local_queue *bad = add_queue(w.engine, "bad"), *dlq = add_queue(w.engine, "dlq");
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_metrics m = LI_METRICS_INIT;

    w.script.fail_times = -1;
    configure(&w, "scripted", 0, -1, NULL, QUEUE "bad");
    spec.name = li_z("scripted");
    spec.dead_letter_target = li_z(QUEUE "dlq");
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_DEAD_LETTER, NULL), LI_OK);
    send_event(&w, "scripted", "{\"a\": 1.0}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_uint_eq(li_local_queue_count(bad), 1);
    ck_assert_uint_eq(li_local_queue_count(dlq), 1);
    ck_assert_str_eq(message(dlq, 0), "{\"a\": 1.0}");
    ck_assert_int_eq(li_metrics_get(w.engine, NULL, 0, &m), LI_OK);
    ck_assert_uint_eq(m.delivered, 1);
    ck_assert_uint_eq(m.async_events_dropped, 1);
    ck_assert_uint_eq(m.dropped, 0);
}
END_TEST

START_TEST(test_inv_211_events_of_equal_due_time_run_in_order_of_acceptance)
{
    li_outcome o;
    li_id ids[5];
    int i;

    for (i = 0; i < 5; i++)
        ids[i] = send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 5);
    for (i = 0; i < 5; i++) {
        o = outcome_of(&ids[i]);
        ck_assert_int_eq(o.state, LI_EVENT_SUCCEEDED);
    }
}
END_TEST

static int32_t other(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    ++*(int *)user;
    li_invocation_respond(invocation, "\"new\"", LI_Z);
    return LI_DONE;
}

START_TEST(test_inv_212_a_waiting_event_runs_the_code_of_its_attempt)
{
    int runs = 0;
    li_id id;

    w.script.fail_times = -1;
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    add_function(w.engine, "scripted", other, &runs);
    advance_s(&w, 60);
    ck_assert_int_eq(runs, 1);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_SUCCEEDED);
}
END_TEST

START_TEST(test_inv_212_a_function_removed_and_made_again_serves_what_waits)
{
    int runs = 0;
    li_id id;

    w.script.fail_times = -1;
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    ck_assert_int_eq(li_function_remove(w.engine, "scripted", LI_Z, NULL), LI_OK);
    add_function(w.engine, "scripted", other, &runs);
    advance_s(&w, 60);
    ck_assert_int_eq(runs, 1);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_SUCCEEDED);
}
END_TEST

START_TEST(test_inv_213_the_config_is_read_at_each_attempt)
{
    li_id id;

    w.script.fail_times = -1;
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    configure(&w, "scripted", 0, -1, NULL, NULL);
    advance_s(&w, 60);
    ck_assert_int_eq(w.script.runs, 2);
    ck_assert_int_eq(outcome_of(&id).condition, LI_CONDITION_RETRIES_EXHAUSTED);
}
END_TEST

START_TEST(test_inv_214_the_config_of_latest_serves_both_forms_of_the_name)
{
    li_local_queue *good = add_queue(w.engine, "good");
    li_event_config config = LI_EVENT_CONFIG_INIT;

    config.on_success = li_z(QUEUE "good");
    ck_assert_int_eq(li_event_config_put(w.engine, "scripted:$LATEST", LI_Z, NULL, 0, &config, NULL, NULL), LI_OK);
    send_event(&w, "scripted", "{}");
    send_event(&w, "scripted:$LATEST", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_uint_eq(li_local_queue_count(good), 2);
}
END_TEST

START_TEST(test_inv_226_a_removed_function_ends_as_exhausted_with_404)
{
    static const struct {
        int64_t retries;
        uint64_t end_s;
        uint32_t count;
    } cases[] = { { 0, 0, 1 }, { 1, 60, 2 } };
    li_local_queue *bad = add_queue(w.engine, "bad"), *dlq = add_queue(w.engine, "dlq");
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_local_message m;
    char count[40];
    li_id id;

    configure(&w, "scripted", cases[_i].retries, -1, NULL, QUEUE "bad");
    spec.name = li_z("scripted");
    spec.dead_letter_target = li_z(QUEUE "dlq");
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_DEAD_LETTER, NULL), LI_OK);
    id = send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_function_remove(w.engine, "scripted", LI_Z, NULL), LI_OK);
    advance_s(&w, cases[_i].end_s);
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_int_eq(outcome_of(&id).condition, LI_CONDITION_RETRIES_EXHAUSTED);
    snprintf(count, sizeof count, "\"approximateInvokeCount\":%u}", cases[_i].count);
    check_contains(message(bad, 0), count);
    check_contains(message(bad, 0), "\"responseContext\":{\"statusCode\":404}");
    check_lacks(message(bad, 0), "responsePayload");
    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    ck_assert_int_eq(li_local_queue_peek(dlq, 0, &m), LI_OK);
    ck_assert_uint_eq(m.n_attributes, 3);
    check_text(m.attributes[1].value.ptr, m.attributes[1].value.len, "404");
    check_text(m.attributes[2].value.ptr, m.attributes[2].value.len, "Function not found: " ARN "scripted:$LATEST");
}
END_TEST

START_TEST(test_rel_10_events_of_a_removed_alias_end_by_the_rules_that_it_had)
{
    li_local_queue *bad = add_queue(w.engine, "bad"), *dlq = add_queue(w.engine, "dlq");
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_alias_spec alias = LI_ALIAS_SPEC_INIT;
    li_event_config config = LI_EVENT_CONFIG_INIT;
    int made_again = _i & 1, is_version = _i & 2;
    const char *qualifier = is_version ? "1" : "live";
    li_id id;

    spec.name = li_z("scripted");
    spec.dead_letter_target = li_z(QUEUE "dlq");
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_DEAD_LETTER, NULL), LI_OK);
    ck_assert_int_eq(li_version_publish(w.engine, "scripted", LI_Z, NULL, NULL, NULL), LI_OK);
    alias.name = li_z("live");
    alias.function_version = li_z("$LATEST");
    ck_assert_int_eq(li_alias_create(w.engine, "scripted", LI_Z, &alias, NULL, NULL), LI_OK);
    config.max_retries = 1;
    config.on_failure = li_z(QUEUE "bad");
    ck_assert_int_eq(li_event_config_put(w.engine, "scripted", LI_Z, qualifier, LI_Z, &config, NULL, NULL), LI_OK);
    id = send_event(&w, is_version ? "scripted:1" : "scripted:live", "{}");
    if (is_version)
        ck_assert_int_eq(li_version_remove(w.engine, "scripted", LI_Z, "1", LI_Z, NULL), LI_OK);
    else
        ck_assert_int_eq(li_alias_remove(w.engine, "scripted", LI_Z, "live", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);       /* the first attempt: 404 */
    if (made_again && is_version)                                            /* its number is not used again */
        ck_assert_int_eq(li_version_publish(w.engine, "scripted", LI_Z, NULL, NULL, NULL), LI_OK);
    else if (made_again)
        ck_assert_int_eq(li_alias_create(w.engine, "scripted", LI_Z, &alias, NULL, NULL), LI_OK);
    advance_s(&w, 59);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_WAITING);
    advance_s(&w, 1);
    if (made_again && !is_version) {         /* it serves what waits */
        ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_SUCCEEDED);
        return;
    }
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_DELIVERED);
    check_contains(message(bad, 0), "\"approximateInvokeCount\":2}");
    ck_assert_uint_eq(li_local_queue_count(dlq), 1);
}
END_TEST

START_TEST(test_rel_10_events_of_a_removed_function_without_destination_are_dropped_with_a_reason)
{
    li_id id = send_event(&w, "scripted", "{}");

    ck_assert_int_eq(li_function_remove(w.engine, "scripted", LI_Z, NULL), LI_OK);
    advance_s(&w, 180);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_DROPPED);
    ck_assert_int_eq(outcome_of(&id).drop_reason, LI_DROP_FUNCTION_DELETED);
}
END_TEST

/* ---- records */

START_TEST(test_inv_220_the_record_has_this_shape_in_this_order)
{
    li_local_queue *good = add_queue(w.engine, "good");
    char expected[1024], id[LI_ID_TEXT_SIZE];
    li_id event;

    w.script.response = "{\"n\":9007199254740993}";
    configure(&w, "scripted", -1, -1, QUEUE "good", NULL);
    advance_s(&w, 5);
    event = send_event(&w, "scripted", "{ \"id\" : 12345678901234567890 }");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    li_id_format(&event, id);
    snprintf(expected, sizeof expected,
             "{\"version\":\"1.0\",\"timestamp\":\"2026-01-01T00:00:05.000Z\",\"requestContext\":{\"requestId\":\"%s\","
             "\"functionArn\":\"" ARN "scripted:$LATEST\",\"condition\":\"Success\",\"approximateInvokeCount\":1},"
             "\"requestPayload\":{ \"id\" : 12345678901234567890 },"
             "\"responseContext\":{\"statusCode\":200,\"executedVersion\":\"$LATEST\"},"
             "\"responsePayload\":{\"n\":9007199254740993}}",
             id);
    ck_assert_str_eq(message(good, 0), expected);
}
END_TEST

START_TEST(test_inv_222_a_failed_record_names_condition_and_function_error)
{
    li_local_queue *bad = add_queue(w.engine, "bad");

    w.script.fail_times = -1;
    configure(&w, "scripted", -1, -1, NULL, QUEUE "bad");
    send_event(&w, "scripted", "[1]");
    advance_s(&w, 180);
    check_contains(message(bad, 0), "\"condition\":\"RetriesExhausted\",\"approximateInvokeCount\":3}");
    check_contains(message(bad, 0), "\"requestPayload\":[1],\"responseContext\":{\"statusCode\":200,"
                                    "\"executedVersion\":\"$LATEST\",\"functionError\":\"Unhandled\"},\"responsePayload\":{");
    check_contains(message(bad, 0), "\"errorType\":\"Boom\"");
}
END_TEST

START_TEST(test_inv_218_a_success_record_says_1_also_after_a_retry)
{
    li_local_queue *good = add_queue(w.engine, "good");

    w.script.fail_times = 1;
    configure(&w, "scripted", -1, -1, QUEUE "good", NULL);
    send_event(&w, "scripted", "{}");
    advance_s(&w, 60);
    check_contains(message(good, 0), "\"condition\":\"Success\",\"approximateInvokeCount\":1}");
}
END_TEST

START_TEST(test_inv_221_the_record_carries_the_requested_qualifier)
{
    li_local_queue *good = add_queue(w.engine, "good");

    configure(&w, "scripted", -1, -1, QUEUE "good", NULL);
    send_event(&w, ARN "scripted:$LATEST", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    check_contains(message(good, 0), "\"functionArn\":\"" ARN "scripted:$LATEST\"");
}
END_TEST

START_TEST(test_inv_223_a_handler_that_returns_nothing_gives_null)
{
    li_local_queue *good = add_queue(w.engine, "good");

    configure(&w, "scripted", -1, -1, QUEUE "good", NULL);
    send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    check_contains(message(good, 0), "\"responsePayload\":null}");
}
END_TEST

START_TEST(test_inv_223_output_that_is_no_json_is_left_out_with_a_delivery_error)
{
    static const char *const outputs[] = { "plain text", "" };
    li_local_queue *good = add_queue(w.engine, "good");

    w.script.response = outputs[_i];
    configure(&w, "scripted", -1, -1, QUEUE "good", NULL);
    send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    check_lacks(message(good, 0), "responsePayload");
    if (_i == 0)
        check_contains(message(good, 0),
                       "\"deliveryError\":{\"statusCode\":400,\"errorCode\":\"InvalidRequestContentException\"}}");
    else
        check_lacks(message(good, 0), "deliveryError");
}
END_TEST

START_TEST(test_inv_224_throttled_until_too_old_is_429_without_payload)
{
    li_local_queue *bad = add_queue(w.engine, "bad"), *dlq = add_queue(w.engine, "dlq");
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_local_message m;

    occupy_for_good();
    configure(&w, "scripted", -1, 60, NULL, QUEUE "bad");
    spec.name = li_z("scripted");
    spec.dead_letter_target = li_z(QUEUE "dlq");
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_DEAD_LETTER, NULL), LI_OK);
    send_event(&w, "scripted", "{}");
    advance_s(&w, 31);
    check_contains(message(bad, 0), "\"condition\":\"EventAgeExceeded\",\"approximateInvokeCount\":0}");
    check_contains(message(bad, 0), "\"responseContext\":{\"statusCode\":429}}");
    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    ck_assert_int_eq(li_local_queue_peek(dlq, 0, &m), LI_OK);
    check_text(m.attributes[1].value.ptr, m.attributes[1].value.len, "429");
    check_text(m.attributes[2].value.ptr, m.attributes[2].value.len, "Rate Exceeded.");
    advance_s(&w, 40000);
}
END_TEST

START_TEST(test_inv_225_a_record_over_the_limit_leaves_its_payloads_out)
{
    li_local_queue *good = add_queue(w.engine, "good");
    char payload[4096];

    memset(payload, ' ', sizeof payload);
    payload[0] = '1';
    ck_assert_int_eq(li_config_set(w.engine, "limits.destination_bytes", 1024, NULL), LI_OK);
    configure(&w, "scripted", -1, -1, QUEUE "good", NULL);
    ck_assert_int_eq(li_invoke_event(w.engine, "scripted", LI_Z, payload, sizeof payload, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    check_lacks(message(good, 0), "requestPayload");
    check_contains(message(good, 0), "\"condition\":\"Success\"");
}
END_TEST

/* ---- destinations */

START_TEST(test_inv_230_success_and_failure_destinations_are_never_both_called)
{
    li_local_queue *good = add_queue(w.engine, "good"), *bad = add_queue(w.engine, "bad");

    configure(&w, "scripted", 0, -1, QUEUE "good", QUEUE "bad");
    w.script.fail_times = 1;
    send_event(&w, "scripted", "{}");
    send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_uint_eq(li_local_queue_count(good), 1);
    ck_assert_uint_eq(li_local_queue_count(bad), 1);
}
END_TEST

START_TEST(test_inv_231_a_function_as_destination_gets_the_record_as_its_event)
{
    script second = { 0, 0, NULL, 0, { 0 }, 0, { 0 }, NULL };
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    add_function(w.engine, "second", scripted, &second);
    configure(&w, "scripted", -1, -1, ARN "second", NULL);
    send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(second.runs, 1);
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.succeeded, 2);
}
END_TEST

typedef struct refuser {
    int calls;
    int refuse_times;
    li_status with;
} refuser;

static li_status refuse(void *user, const li_record *record)
{
    refuser *r = user;

    ck_assert_int_eq(record->kind, LI_RECORD_DESTINATION);
    return r->calls++ < r->refuse_times ? r->with : LI_OK;
}

static void add_refuser(refuser *r)
{
    li_destination destination;

    ck_assert_int_eq(li_destination_callback_new(refuse, r, &destination), LI_OK);
    ck_assert_int_eq(li_destination_add(w.engine, "test://refuser", LI_Z, &destination, NULL), LI_OK);
}

START_TEST(test_inv_236_a_destination_that_refuses_for_good_is_counted_and_the_event_not_run_again)
{
    refuser r = { 0, 100, LI_E_DENIED };
    li_metrics m = LI_METRICS_INIT;
    li_id id;

    add_refuser(&r);
    w.script.fail_times = -1;
    configure(&w, "scripted", 0, -1, NULL, "test://refuser");
    id = send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(r.calls, 1);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_int_eq(li_metrics_get(w.engine, "scripted", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.destination_delivery_failures, 1);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_DROPPED);
    ck_assert_int_eq(outcome_of(&id).drop_reason, LI_DROP_DESTINATION_FAILED);
}
END_TEST

START_TEST(test_rel_8_a_destination_that_is_full_is_tried_again_with_backoff)
{
    refuser r = { 0, 2, LI_E_FULL };
    li_id id;

    add_refuser(&r);
    configure(&w, "scripted", -1, -1, "test://refuser", NULL);
    id = send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(r.calls, 1);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_RUNNING);
    check_conservation(w.engine);
    advance_s(&w, 1);
    ck_assert_int_eq(r.calls, 2);
    advance_s(&w, 1);
    ck_assert_int_eq(r.calls, 2);
    advance_s(&w, 1);
    ck_assert_int_eq(r.calls, 3);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_SUCCEEDED);
}
END_TEST

START_TEST(test_rel_8_a_refused_on_success_destination_leaves_the_event_succeeded)
{
    refuser r = { 0, 100, LI_E_FULL };
    li_metrics m = LI_METRICS_INIT;
    li_id id;

    add_refuser(&r);
    configure(&w, "scripted", -1, -1, "test://refuser", NULL);
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 10);
    ck_assert_int_eq(r.calls, 3);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_SUCCEEDED);
    ck_assert_int_eq(li_metrics_get(w.engine, NULL, 0, &m), LI_OK);
    ck_assert_uint_eq(m.destination_delivery_failures, 1);
}
END_TEST

START_TEST(test_inv_237_a_dead_letter_carries_the_event_and_its_error)
{
    li_local_queue *dlq = add_queue(w.engine, "dlq");
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    char id_text[LI_ID_TEXT_SIZE];
    li_local_message m;
    li_id id;

    w.script.fail_times = -1;
    configure(&w, "scripted", 0, -1, NULL, NULL);
    spec.name = li_z("scripted");
    spec.dead_letter_target = li_z(QUEUE "dlq");
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_DEAD_LETTER, NULL), LI_OK);
    id = send_event(&w, "scripted", "{\"order\": 1e400}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    ck_assert_int_eq(li_local_queue_peek(dlq, 0, &m), LI_OK);
    check_text(m.body, m.body_len, "{\"order\": 1e400}");
    ck_assert_uint_eq(m.n_attributes, 3);
    li_id_format(&id, id_text);
    check_text(m.attributes[0].value.ptr, m.attributes[0].value.len, id_text);
    check_text(m.attributes[1].name.ptr, m.attributes[1].name.len, "ErrorCode");
    check_text(m.attributes[1].type.ptr, m.attributes[1].type.len, "Number");
    check_text(m.attributes[1].value.ptr, m.attributes[1].value.len, "200");
    check_text(m.attributes[2].value.ptr, m.attributes[2].value.len, "as scripted");
}
END_TEST

static int32_t long_words(li_invocation *invocation, void *environment, void *user)
{
    char text[1100];

    (void)environment;
    (void)user;
    memset(text, 'x', sizeof text);
    memcpy(text + 1022, "\xE2\x82\xAC", 3);      /* a euro sign over the cut */
    text[sizeof text - 1] = '\0';
    li_invocation_fail(invocation, "Long", text);
    return LI_FAILED;
}

START_TEST(test_inv_237_a_long_error_message_is_cut_at_1024_bytes_in_whole_characters)
{
    li_local_queue *dlq = add_queue(w.engine, "dlq");
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_local_message m;

    spec.name = li_z("long");
    spec.handler = long_words;
    spec.dead_letter_target = li_z(QUEUE "dlq");
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
    configure(&w, "long", 0, -1, NULL, NULL);
    send_event(&w, "long", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    ck_assert_int_eq(li_local_queue_peek(dlq, 0, &m), LI_OK);
    ck_assert_uint_eq(m.attributes[2].value.len, 1025);
    ck_assert_int_eq(memcmp(m.attributes[2].value.ptr + 1022, "\xEF\xBF\xBD", 3), 0);
}
END_TEST

START_TEST(test_rel_2_a_dropped_event_raises_metric_and_journal_line)
{
    li_metrics m = LI_METRICS_INIT;

    w.script.fail_times = -1;
    configure(&w, "scripted", 0, -1, NULL, NULL);
    send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(li_metrics_get(w.engine, "scripted", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.async_events_dropped, 1);
    ck_assert_uint_eq(m.dropped, 1);
    ck_assert_uint_eq(m.async_events_received, 1);
}
END_TEST

/* ---- limits */

START_TEST(test_inv_106_an_event_over_the_limit_is_refused)
{
    char payload[64] = "\"0123456789\"";
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_config_set(w.engine, "limits.async_request_bytes", 12, NULL), LI_OK);
    ck_assert_int_eq(li_invoke_event(w.engine, "echo", LI_Z, payload, 12, NULL, NULL, &err), LI_OK);
    ck_assert_int_eq(li_invoke_event(w.engine, "echo", LI_Z, "\"01234567890\"", 13, NULL, NULL, &err), LI_E_TOO_LARGE);
    ck_assert_int_eq(err.detail, LI_DETAIL_EVENT_SIZE);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
}
END_TEST

START_TEST(test_rel_61_a_full_queue_refuses_with_an_error_and_a_metric)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_metrics m = LI_METRICS_INIT;
    li_error err = LI_ERROR_INIT;
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    li_engine *engine;
    li_status status = LI_OK;
    int i;

    options.clock = w.clock;
    ck_assert_int_eq(li_engine_new(&engine, &options, NULL), LI_OK);
    add_function(engine, "echo", echo, NULL);
    ck_assert_int_eq(li_config_set(engine, "limits.queued_events", 3, NULL), LI_OK);
    for (i = 0; i < 3; i++)
        ck_assert_int_eq(li_invoke_event(engine, "echo", LI_Z, "1", 1, NULL, NULL, NULL), LI_OK);
    status = li_invoke_event(engine, "echo", LI_Z, "1", 1, NULL, NULL, &err);
    ck_assert_int_eq(status, LI_E_FULL);
    ck_assert_int_eq(err.detail, LI_DETAIL_QUEUE_FULL);
    ck_assert_int_eq(li_metrics_get(engine, "echo", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.queue_full, 1);
    ck_assert_int_eq(li_event_count(engine, &c), LI_OK);
    ck_assert_uint_eq(c.accepted, 3);
    ck_assert_int_eq(li_engine_run_until_idle(engine, NULL), LI_OK);
    ck_assert_int_eq(li_invoke_event(engine, "echo", LI_Z, "1", 1, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(engine, NULL), LI_OK);
    check_conservation(engine);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

START_TEST(test_event_batch_is_accepted_whole_or_not_at_all)
{
    li_event_request requests[3] = { LI_EVENT_REQUEST_INIT, LI_EVENT_REQUEST_INIT, LI_EVENT_REQUEST_INIT };
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    li_error err = LI_ERROR_INIT;
    li_id ids[3];
    int i;

    for (i = 0; i < 3; i++) {
        requests[i].name = li_z("echo");
        requests[i].payload = li_z("{}");
    }
    requests[2].payload = li_z("{");
    ck_assert_int_eq(li_event_submit_batch(w.engine, requests, 3, ids, NULL, NULL, &err), LI_E_JSON);
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.accepted, 0);
    requests[2].payload = li_z("{}");
    ck_assert_int_eq(li_event_submit_batch(w.engine, requests, 3, ids, NULL, NULL, &err), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    for (i = 0; i < 3; i++)
        ck_assert_int_eq(outcome_of(&ids[i]).state, LI_EVENT_SUCCEEDED);
}
END_TEST

START_TEST(test_event_not_before_waits_for_its_time)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;

    options.not_before_ms = li_engine_now_ms(w.engine) + 7000;
    ck_assert_int_eq(li_invoke_event(w.engine, "scripted", LI_Z, NULL, 0, &options, NULL, NULL), LI_OK);
    advance_s(&w, 6);
    ck_assert_int_eq(w.script.runs, 0);
    advance_s(&w, 1);
    ck_assert_int_eq(w.script.runs, 1);
}
END_TEST

/* ---- event invoke config */

START_TEST(test_inv_251_a_config_with_no_setting_is_refused)
{
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_event_config_put(w.engine, "echo", LI_Z, NULL, 0, &config, NULL, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_EVENT_CONFIG_EMPTY);
}
END_TEST

START_TEST(test_inv_254_ranges_are_checked_at_both_edges)
{
    static const struct {
        int64_t retries, age_s;
        li_status status;
        int32_t detail;
    } cases[] = { { 0, -1, LI_OK, 0 },       { 2, -1, LI_OK, 0 },
                  { 3, -1, LI_E_VALIDATION, LI_DETAIL_RETRIES },
                  { -1, 60, LI_OK, 0 },      { -1, 21600, LI_OK, 0 },
                  { -1, 59, LI_E_VALIDATION, LI_DETAIL_EVENT_AGE },
                  { -1, 21601, LI_E_VALIDATION, LI_DETAIL_EVENT_AGE } };
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_error err = LI_ERROR_INIT;

    config.max_retries = cases[_i].retries;
    config.max_age_s = cases[_i].age_s;
    ck_assert_int_eq(li_event_config_put(w.engine, "echo", LI_Z, NULL, 0, &config, NULL, &err), cases[_i].status);
    if (cases[_i].status != LI_OK)
        ck_assert_int_eq(err.detail, cases[_i].detail);
}
END_TEST

START_TEST(test_inv_250_put_replaces_and_update_merges)
{
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_event_config_info info;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    add_queue(w.engine, "good");
    config.max_retries = 1;
    config.on_success = li_z(QUEUE "good");
    ck_assert_int_eq(li_event_config_put(w.engine, "echo", LI_Z, NULL, 0, &config, &info, NULL), LI_OK);
    ck_assert_str_eq(info.function_arn, ARN "echo:$LATEST");
    config = (li_event_config)LI_EVENT_CONFIG_INIT;
    config.max_age_s = 60;
    ck_assert_int_eq(li_event_config_update(w.engine, "echo", LI_Z, NULL, 0, &config, &info, NULL), LI_OK);
    ck_assert_int_eq(info.max_retries, 1);
    ck_assert_int_eq(info.max_age_s, 60);
    ck_assert_str_eq(info.on_success, QUEUE "good");
    config = (li_event_config)LI_EVENT_CONFIG_INIT;
    config.on_success = li_z("");
    ck_assert_int_eq(li_event_config_update(w.engine, "echo", LI_Z, NULL, 0, &config, &info, NULL), LI_OK);
    ck_assert_str_eq(info.on_success, "");
    config = (li_event_config)LI_EVENT_CONFIG_INIT;
    config.max_age_s = 61;
    ck_assert_int_eq(li_event_config_put(w.engine, "echo", LI_Z, NULL, 0, &config, &info, NULL), LI_OK);
    ck_assert_int_eq(info.max_retries, -1);
    ck_assert_int_eq(li_event_config_remove(w.engine, "echo", LI_Z, NULL, 0, NULL), LI_OK);
    ck_assert_int_eq(li_event_config_get(w.engine, "echo", LI_Z, NULL, 0, &info, NULL), LI_E_NOT_FOUND);
}
END_TEST

START_TEST(test_inv_253_unknown_function_and_missing_config_are_told_apart)
{
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_error err = LI_ERROR_INIT;
    li_event_config_info info;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    config.max_retries = 1;
    ck_assert_int_eq(li_event_config_put(w.engine, "nope", LI_Z, NULL, 0, &config, NULL, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(err.detail, LI_DETAIL_FUNCTION_NOT_FOUND);
    ck_assert_int_eq(li_event_config_get(w.engine, "echo", LI_Z, NULL, 0, &info, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(err.detail, LI_DETAIL_EVENT_CONFIG_MISSING);
    ck_assert_str_eq(err.subject, ARN "echo:$LATEST");
    ck_assert_int_eq(li_event_config_update(w.engine, "echo", LI_Z, NULL, 0, &config, NULL, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(err.detail, LI_DETAIL_EVENT_CONFIG_MISSING);
}
END_TEST

START_TEST(test_inv_233_destinations_that_cannot_be_are_refused_when_configured)
{
    static const struct {
        const char *target;
        li_status status;
        int32_t detail;
    } cases[] = { { ARN "echo", LI_E_INVALID, LI_DETAIL_DESTINATION_SELF },
                  { ARN "nope", LI_E_INVALID, LI_DETAIL_DESTINATION_UNKNOWN },
                  { QUEUE "nope", LI_E_INVALID, LI_DETAIL_DESTINATION_UNKNOWN },
                  { "arn:aws:ec2:us-east-1:000000000000:instance/i-1", LI_E_INVALID, LI_DETAIL_DESTINATION_SERVICE },
                  { "not an arn", LI_E_VALIDATION, LI_DETAIL_DESTINATION_ARN },
                  { "arn:aws:s3:::bucket", LI_E_INVALID, LI_DETAIL_DESTINATION_SERVICE },
                  { "arn:aws:events:us-east-1:000000000000:event-bus/b", LI_OK, 0 } };
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_error err = LI_ERROR_INIT;

    config.on_success = li_z(cases[_i].target);
    ck_assert_int_eq(li_event_config_put(w.engine, "echo", LI_Z, NULL, 0, &config, NULL, &err), cases[_i].status);
    if (cases[_i].status != LI_OK)
        ck_assert_int_eq(err.detail, cases[_i].detail);
}
END_TEST

START_TEST(test_inv_234_fifo_is_refused_as_destination_and_dead_letter_queue)
{
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_error err = LI_ERROR_INIT;

    config.on_failure = li_z(QUEUE "orders.fifo");
    ck_assert_int_eq(li_event_config_put(w.engine, "echo", LI_Z, NULL, 0, &config, NULL, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_DESTINATION_FIFO);
    spec.name = li_z("echo");
    spec.dead_letter_target = li_z(QUEUE "orders.fifo");
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_DEAD_LETTER, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_DESTINATION_FIFO);
}
END_TEST

Suite *suite_event(void);
Suite *suite_event(void)
{
    Suite *suite = suite_create("event");
    TCase *time = tcase_create("time"), *ends = tcase_create("ends"), *records = tcase_create("records");
    TCase *destinations = tcase_create("destinations"), *limits = tcase_create("limits"), *config = tcase_create("config");

    tcase_add_checked_fixture(time, set_up, tear_down);
    tcase_add_loop_test(time, test_inv_219_attempts_start_when_the_table_says, 0, (int)(sizeof lines / sizeof lines[0]));
    tcase_add_test(time, test_inv_215_as_many_run_at_once_as_may_and_none_is_leased_while_it_waits_to_be_tried_again);
    tcase_add_test(time, test_inv_219_always_throttled_tries_80_times_until_21511_s);
    tcase_add_test(time, test_inv_219_always_throttled_with_age_60_ends_at_31_s);
    tcase_add_test(time, test_inv_219_throttled_until_10_s_then_fails_at_15_75_195);
    tcase_add_test(time, test_inv_219_reserved_concurrency_0_at_30_s_ends_the_retry_at_60_s);
    suite_add_tcase(suite, time);
    tcase_add_checked_fixture(ends, set_up, tear_down);
    tcase_add_test(ends, test_inv_201_a_throttled_function_accepts_events);
    tcase_add_test(ends, test_inv_202_an_event_keeps_its_request_id_over_all_attempts);
    tcase_add_test(ends, test_inv_208_zero_concurrency_makes_no_attempt_and_a_record_without_response);
    tcase_add_test(ends, test_inv_209_destination_and_dead_letter_queue_both_receive);
    tcase_add_test(ends, test_inv_211_events_of_equal_due_time_run_in_order_of_acceptance);
    tcase_add_test(ends, test_inv_212_a_waiting_event_runs_the_code_of_its_attempt);
    tcase_add_test(ends, test_inv_212_a_function_removed_and_made_again_serves_what_waits);
    tcase_add_test(ends, test_inv_213_the_config_is_read_at_each_attempt);
    tcase_add_test(ends, test_inv_214_the_config_of_latest_serves_both_forms_of_the_name);
    tcase_add_loop_test(ends, test_inv_226_a_removed_function_ends_as_exhausted_with_404, 0, 2);
    tcase_add_loop_test(ends, test_rel_10_events_of_a_removed_alias_end_by_the_rules_that_it_had, 0, 4);
    tcase_add_test(ends, test_rel_10_events_of_a_removed_function_without_destination_are_dropped_with_a_reason);
    suite_add_tcase(suite, ends);
    tcase_add_checked_fixture(records, set_up, tear_down);
    tcase_add_test(records, test_inv_220_the_record_has_this_shape_in_this_order);
    tcase_add_test(records, test_inv_222_a_failed_record_names_condition_and_function_error);
    tcase_add_test(records, test_inv_218_a_success_record_says_1_also_after_a_retry);
    tcase_add_test(records, test_inv_221_the_record_carries_the_requested_qualifier);
    tcase_add_test(records, test_inv_223_a_handler_that_returns_nothing_gives_null);
    tcase_add_loop_test(records, test_inv_223_output_that_is_no_json_is_left_out_with_a_delivery_error, 0, 2);
    tcase_add_test(records, test_inv_224_throttled_until_too_old_is_429_without_payload);
    tcase_add_test(records, test_inv_225_a_record_over_the_limit_leaves_its_payloads_out);
    suite_add_tcase(suite, records);
    tcase_add_checked_fixture(destinations, set_up, tear_down);
    tcase_add_test(destinations, test_inv_230_success_and_failure_destinations_are_never_both_called);
    tcase_add_test(destinations, test_inv_231_a_function_as_destination_gets_the_record_as_its_event);
    tcase_add_test(destinations, test_inv_236_a_destination_that_refuses_for_good_is_counted_and_the_event_not_run_again);
    tcase_add_test(destinations, test_rel_8_a_destination_that_is_full_is_tried_again_with_backoff);
    tcase_add_test(destinations, test_rel_8_a_refused_on_success_destination_leaves_the_event_succeeded);
    tcase_add_test(destinations, test_inv_237_a_dead_letter_carries_the_event_and_its_error);
    tcase_add_test(destinations, test_inv_237_a_long_error_message_is_cut_at_1024_bytes_in_whole_characters);
    tcase_add_test(destinations, test_rel_2_a_dropped_event_raises_metric_and_journal_line);
    suite_add_tcase(suite, destinations);
    tcase_add_checked_fixture(limits, set_up, tear_down);
    tcase_add_test(limits, test_inv_106_an_event_over_the_limit_is_refused);
    tcase_add_test(limits, test_rel_61_a_full_queue_refuses_with_an_error_and_a_metric);
    tcase_add_test(limits, test_event_batch_is_accepted_whole_or_not_at_all);
    tcase_add_test(limits, test_event_not_before_waits_for_its_time);
    suite_add_tcase(suite, limits);
    tcase_add_checked_fixture(config, set_up, tear_down);
    tcase_add_test(config, test_inv_251_a_config_with_no_setting_is_refused);
    tcase_add_loop_test(config, test_inv_254_ranges_are_checked_at_both_edges, 0, 7);
    tcase_add_test(config, test_inv_250_put_replaces_and_update_merges);
    tcase_add_test(config, test_inv_253_unknown_function_and_missing_config_are_told_apart);
    tcase_add_loop_test(config, test_inv_233_destinations_that_cannot_be_are_refused_when_configured, 0, 7);
    tcase_add_test(config, test_inv_234_fifo_is_refused_as_destination_and_dead_letter_queue);
    suite_add_tcase(suite, config);
    return suite;
}
