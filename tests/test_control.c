/* test_control.c - not_before, idempotency keys; single events looked at, listed, cancelled, sent again; pause, resume, purge. */
#include "fixture.h"

static world w;
static li_error err;

static void set_up(void)
{
    world_new(&w);
    li_error_init(&err, sizeof err);
}

static void tear_down(void)
{
    world_free(&w);
}

static li_status send_with(const char *name, const char *key, uint64_t after_ms, li_id *id)
{
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;

    if (key)
        o.idempotency_key = li_z(key);
    if (after_ms)
        o.not_before_ms = li_engine_now_ms(w.engine) + after_ms;
    return li_invoke_event(w.engine, name, LI_Z, "{\"n\":1}", LI_Z, &o, id, &err);
}

static int same(const li_id *a, const li_id *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void run(void)
{
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
}

static void check_counts(uint64_t accepted, uint64_t pending, uint64_t succeeded, uint64_t dropped)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    check_conservation(w.engine);
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.accepted, accepted);
    ck_assert_uint_eq(c.pending, pending);
    ck_assert_uint_eq(c.succeeded, succeeded);
    ck_assert_uint_eq(c.dropped, dropped);
}

static li_outcome outcome_of(const li_id *id)
{
    li_outcome o = LI_OUTCOME_INIT;

    ck_assert_int_eq(li_event_outcome(w.engine, id, &o), LI_OK);
    li_outcome_fini(&o);         /* its record is not looked at */
    return o;
}

/* ---- not before */

START_TEST(test_inv_219_not_before_starts_an_event_at_its_time_and_not_a_millisecond_before)
{
    li_id id;

    ck_assert_int_eq(send_with("scripted", NULL, 5000, &id), LI_OK);
    ck_assert_int_eq(li_clock_advance(w.clock, 4999 * LI_MS_NS, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_int_eq(li_clock_advance(w.clock, LI_MS_NS, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_uint_eq(w.script.starts_ms[0], 5000);
}
END_TEST

START_TEST(test_inv_205_age_counts_from_acceptance_also_before_not_before)
{
    li_id early, late;

    configure(&w, "scripted", 0, 60, NULL, NULL);
    ck_assert_int_eq(send_with("scripted", NULL, 60000, &early), LI_OK);
    ck_assert_int_eq(send_with("scripted", NULL, 60001, &late), LI_OK);
    advance_s(&w, 100);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_int_eq(outcome_of(&early).state, LI_EVENT_SUCCEEDED);
    ck_assert_int_eq(outcome_of(&late).condition, LI_CONDITION_EVENT_AGE_EXCEEDED);
    ck_assert_uint_eq(outcome_of(&late).starts, 0);
}
END_TEST

START_TEST(test_rel_13_an_event_without_not_before_overtakes_one_that_waits_for_it)
{
    li_id late, past;
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;

    ck_assert_int_eq(send_with("scripted", NULL, 1000, &late), LI_OK);
    o.not_before_ms = 1;         /* long ago: now */
    ck_assert_int_eq(li_invoke_event(w.engine, "scripted", LI_Z, "{}", LI_Z, &o, &past, &err), LI_OK);
    run();
    ck_assert_int_eq(outcome_of(&past).state, LI_EVENT_SUCCEEDED);
    ck_assert_int_eq(outcome_of(&late).state, LI_EVENT_WAITING);
    advance_s(&w, 1);
    ck_assert_int_eq(outcome_of(&late).state, LI_EVENT_SUCCEEDED);
}
END_TEST

/* ---- idempotency keys */

START_TEST(test_rel_18_a_second_accept_of_a_key_is_the_first_one)
{
    li_id first, second, other, free_of;

    ck_assert_int_eq(send_with("scripted", "k1", 0, &first), LI_OK);
    ck_assert_int_eq(send_with("scripted", "k1", 0, &second), LI_OK);
    ck_assert_int_eq(send_with("scripted", "k2", 0, &other), LI_OK);
    ck_assert_int_eq(send_with("scripted", NULL, 0, &free_of), LI_OK);
    ck_assert(same(&first, &second));
    ck_assert(!same(&first, &other));
    check_counts(3, 3, 0, 0);
    run();
    ck_assert_int_eq(w.script.runs, 3);
    ck_assert_int_eq(send_with("scripted", "k1", 0, &second), LI_OK);   /* also when it has ended */
    ck_assert(same(&first, &second));
    check_counts(3, 0, 3, 0);
}
END_TEST

START_TEST(test_rel_18_a_key_is_of_one_function_and_qualifier)
{
    li_id a, b, c;

    ck_assert_int_eq(send_with("scripted", "k", 0, &a), LI_OK);
    ck_assert_int_eq(send_with("echo", "k", 0, &b), LI_OK);
    ck_assert_int_eq(send_with("scripted:$LATEST", "k", 0, &c), LI_OK);
    ck_assert(!same(&a, &b));
    ck_assert(!same(&a, &c));
    run();
    check_counts(3, 0, 3, 0);
}
END_TEST

START_TEST(test_rel_18_the_window_ends_to_the_millisecond)
{
    li_id first, inside, after;

    ck_assert_int_eq(li_config_set(w.engine, "async.idempotency_ms", 1000, NULL), LI_OK);
    ck_assert_int_eq(send_with("scripted", "k", 0, &first), LI_OK);
    ck_assert_int_eq(li_clock_advance(w.clock, 999 * LI_MS_NS, NULL), LI_OK);
    ck_assert_int_eq(send_with("scripted", "k", 0, &inside), LI_OK);
    ck_assert(same(&first, &inside));
    ck_assert_int_eq(li_clock_advance(w.clock, LI_MS_NS, NULL), LI_OK);
    ck_assert_int_eq(send_with("scripted", "k", 0, &after), LI_OK);
    ck_assert(!same(&first, &after));
    run();
    check_counts(2, 0, 2, 0);
}
END_TEST

START_TEST(test_rel_18_a_window_ends_also_behind_one_that_is_longer)
{
    li_id older, first, inside, after;

    ck_assert_int_eq(li_config_set(w.engine, "async.idempotency_ms", 60000, NULL), LI_OK);
    ck_assert_int_eq(send_with("scripted", "older", 0, &older), LI_OK);
    ck_assert_int_eq(li_config_set(w.engine, "async.idempotency_ms", 1000, NULL), LI_OK);
    ck_assert_int_eq(send_with("scripted", "k", 0, &first), LI_OK);
    ck_assert_int_eq(li_clock_advance(w.clock, 1000 * LI_MS_NS, NULL), LI_OK);
    ck_assert_int_eq(send_with("scripted", "k", 0, &after), LI_OK);
    ck_assert(!same(&first, &after));
    ck_assert_int_eq(send_with("scripted", "k", 0, &inside), LI_OK);
    ck_assert(same(&after, &inside));
    ck_assert_int_eq(send_with("scripted", "older", 0, &inside), LI_OK);
    ck_assert(same(&older, &inside));
    run();
    check_counts(3, 0, 3, 0);
}
END_TEST

static void count_accept(void *user, li_status status, const li_id *id)
{
    li_id *first = user;

    ck_assert_int_eq(status, LI_OK);
    *first = *id;
}

START_TEST(test_rel_18_keys_known_and_new_in_one_batch)
{
    static const char *const keys[] = { "a", "b", "a", NULL, "c", "b" };
    li_event_request requests[6];
    li_invoke_options options[6];
    li_id ids[6], known, first = { { 0 } };
    int i;

    ck_assert_int_eq(send_with("scripted", "a", 0, &known), LI_OK);
    for (i = 0; i < 6; i++) {
        li_event_request r = LI_EVENT_REQUEST_INIT;

        li_invoke_options_init(&options[i], sizeof options[i]);
        if (keys[i])
            options[i].idempotency_key = li_z(keys[i]);
        r.name = li_z("scripted");
        r.payload = li_z("{}");
        r.options = &options[i];
        requests[i] = r;
    }
    ck_assert_int_eq(li_event_submit_batch(w.engine, requests, 6, ids, count_accept, &first, &err), LI_OK);
    ck_assert(same(&first, &known));
    ck_assert(same(&ids[0], &known));
    ck_assert(same(&ids[2], &known));
    ck_assert(same(&ids[1], &ids[5]));
    ck_assert(!same(&ids[3], &ids[4]));
    check_counts(4, 4, 0, 0);
    ck_assert_int_eq(li_event_submit_batch(w.engine, requests, 3, ids, count_accept, &first, &err), LI_OK);
    check_counts(4, 4, 0, 0);
    run();
    ck_assert_int_eq(w.script.runs, 4);
}
END_TEST

START_TEST(test_rel_18_a_refused_event_leaves_no_key_behind)
{
    li_id id;

    ck_assert_int_eq(li_config_set(w.engine, "limits.queued_events", 1, NULL), LI_OK);
    ck_assert_int_eq(send_with("echo", NULL, 0, &id), LI_OK);
    ck_assert_int_eq(send_with("scripted", "k", 0, &id), LI_E_FULL);
    check_counts(1, 1, 0, 0);
    run();
    ck_assert_int_eq(send_with("scripted", "k", 0, &id), LI_OK);
    check_counts(2, 1, 1, 0);
    run();
    ck_assert_int_eq(w.script.runs, 1);
}
END_TEST

START_TEST(test_rel_61_keys_are_limited_and_the_newest_is_refused)
{
    char key[300];
    li_id id;

    ck_assert_int_eq(li_config_set(w.engine, "limits.idempotency_keys", 1, NULL), LI_OK);
    ck_assert_int_eq(send_with("scripted", "k1", 0, &id), LI_OK);
    ck_assert_int_eq(send_with("scripted", "k2", 0, &id), LI_E_FULL);
    ck_assert_int_eq(err.detail, LI_DETAIL_IDEMPOTENCY_FULL);
    ck_assert_int_eq(send_with("scripted", "k1", 0, &id), LI_OK);
    advance_s(&w, 300);
    ck_assert_int_eq(send_with("scripted", "k2", 0, &id), LI_OK);
    memset(key, 'k', sizeof key);
    key[LI_IDEMPOTENCY_KEY_MAX + 1] = '\0';
    ck_assert_int_eq(send_with("scripted", key, 0, &id), LI_E_VALIDATION);
    ck_assert_int_eq(err.detail, LI_DETAIL_IDEMPOTENCY_KEY);
    ck_assert_int_eq(send_with("scripted", "", 0, &id), LI_E_VALIDATION);
    run();
    check_counts(2, 0, 2, 0);
}
END_TEST

START_TEST(test_an_idempotency_key_is_for_events)
{
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;

    o.idempotency_key = li_z("k");
    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "{}", LI_Z, &o, NULL, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_IDEMPOTENCY_KEY);
    o.type = LI_EVENT;
    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "{}", LI_Z, &o, NULL, &err), LI_OK);
    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "{}", LI_Z, &o, NULL, &err), LI_OK);
    run();
    check_counts(1, 0, 1, 0);
}
END_TEST

/* ---- looking */

static li_event_info seen[64];
static int n_seen;

static void see(void *user, const li_event_info *info)
{
    (void)user;
    ck_assert_int_lt(n_seen, 64);
    seen[n_seen++] = *info;
}

static int list(const char *name, uint64_t skip, size_t max)
{
    n_seen = 0;
    ck_assert_msg(li_event_each(w.engine, name, LI_Z, NULL, 0, skip, max, see, NULL, &err) == LI_OK, "%s", err.text);
    return n_seen;
}

START_TEST(test_an_event_is_seen_waiting_with_its_counters_and_gone_after_its_end)
{
    li_event_info info = LI_EVENT_INFO_INIT;
    li_id id = send_event(&w, "scripted", "{\"a\":1}");

    w.script.fail_times = 1;
    ck_assert_int_eq(li_event_get(w.engine, &id, &info, &err), LI_OK);
    ck_assert_int_eq(info.state, LI_EVENT_WAITING);
    ck_assert_str_eq(info.function, "scripted");
    ck_assert_str_eq(info.qualifier, "");
    ck_assert_uint_eq(info.payload_len, 7);
    ck_assert_uint_eq(info.starts, 0);
    run();
    ck_assert_int_eq(li_event_get(w.engine, &id, &info, &err), LI_OK);
    ck_assert_uint_eq(info.starts, 1);
    ck_assert_uint_eq(info.function_failures, 1);
    ck_assert_uint_eq(info.due_ms, info.accepted_ms + 60000);
    advance_s(&w, 60);
    ck_assert_int_eq(li_event_get(w.engine, &id, &info, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(err.detail, LI_DETAIL_EVENT_NOT_FOUND);
    check_contains(err.text, "has ended");
}
END_TEST

/* What is refused says of which event. */
static void check_is_about(const li_id *id)
{
    char text[LI_ID_TEXT_SIZE];

    li_id_format(id, text);
    ck_assert_str_eq(err.subject, text);
}

START_TEST(test_a_running_event_is_seen_running_and_one_that_is_forgotten_is_found_too)
{
    li_event_info info = LI_EVENT_INFO_INIT;
    li_id id;

    ck_assert_int_eq(li_config_set(w.engine, "outcomes.events", 0, NULL), LI_OK);
    w.script.takes_ms = 1000;
    id = send_event(&w, "scripted", "{}");
    run();
    ck_assert_int_eq(li_event_get(w.engine, &id, &info, &err), LI_OK);
    ck_assert_int_eq(info.state, LI_EVENT_RUNNING);
    advance_s(&w, 1);
    ck_assert_int_eq(li_event_get(w.engine, &id, &info, &err), LI_E_NOT_FOUND);
}
END_TEST

START_TEST(test_events_are_listed_by_qualifier_and_due_time_in_pages)
{
    li_id ids[6];
    int i;

    ck_assert_int_eq(send_with("scripted:$LATEST", NULL, 0, &ids[4]), LI_OK);
    ck_assert_int_eq(send_with("scripted:$LATEST", NULL, 1, &ids[5]), LI_OK);
    ck_assert_int_eq(send_with("scripted", NULL, 3000, &ids[3]), LI_OK);
    ck_assert_int_eq(send_with("scripted", NULL, 0, &ids[0]), LI_OK);
    ck_assert_int_eq(send_with("scripted", NULL, 0, &ids[1]), LI_OK);
    ck_assert_int_eq(send_with("scripted", NULL, 2000, &ids[2]), LI_OK);
    send_event(&w, "echo", "{}");
    ck_assert_int_eq(list("scripted", 0, 100), 6);
    for (i = 0; i < 6; i++)
        ck_assert(same(&seen[i].id, &ids[i]));
    ck_assert_str_eq(seen[4].qualifier, "$LATEST");
    ck_assert_int_eq(list("scripted", 1, 4), 4);
    ck_assert(same(&seen[0].id, &ids[1]) && same(&seen[3].id, &ids[4]));
    ck_assert_int_eq(list("scripted", 5, 4), 1);
    ck_assert_int_eq(list("scripted", 6, 4), 0);
    ck_assert_int_eq(list("scripted", 0, 0), 0);
    ck_assert_int_eq(list("scripted:$LATEST", 0, 100), 2);
    ck_assert_int_eq(li_event_each(w.engine, "nope", LI_Z, NULL, 0, 0, 1, see, NULL, &err), LI_E_NOT_FOUND);
    advance_s(&w, 4);
    check_counts(7, 0, 7, 0);
}
END_TEST

/* ---- cancelling */

START_TEST(test_rel_2_a_cancelled_event_is_dropped_with_its_reason_and_no_destination_is_told)
{
    li_local_queue *failed = add_queue(w.engine, "failed");
    li_metrics m = LI_METRICS_INIT;
    li_id id;

    configure(&w, "scripted", 0, -1, NULL, QUEUE "failed");
    id = send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_event_cancel(w.engine, &id, &err), LI_OK);
    check_counts(1, 0, 0, 1);
    run();
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_uint_eq(li_local_queue_count(failed), 0);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_DROPPED);
    ck_assert_int_eq(outcome_of(&id).drop_reason, LI_DROP_CANCELLED);
    ck_assert_str_eq(li_drop_name(LI_DROP_CANCELLED), "cancelled");
    ck_assert_int_eq(li_metrics_get(w.engine, "scripted", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.async_events_dropped, 1);
    ck_assert_uint_eq(m.dropped, 1);
    ck_assert_int_eq(li_event_cancel(w.engine, &id, &err), LI_E_STATE);
    ck_assert_int_eq(err.detail, LI_DETAIL_EVENT_ENDED);
}
END_TEST

START_TEST(test_rel_3_an_event_that_runs_or_has_ended_cannot_be_cancelled)
{
    li_id id, unknown = { { 1, 2, 3 } };

    w.script.takes_ms = 1000;
    id = send_event(&w, "scripted", "{}");
    run();
    ck_assert_int_eq(li_event_cancel(w.engine, &id, &err), LI_E_STATE);
    ck_assert_int_eq(err.detail, LI_DETAIL_EVENT_RUNS);
    check_is_about(&id);
    advance_s(&w, 1);
    ck_assert_int_eq(li_event_cancel(w.engine, &id, &err), LI_E_STATE);
    ck_assert_int_eq(err.detail, LI_DETAIL_EVENT_ENDED);
    check_is_about(&id);
    ck_assert_int_eq(li_event_redrive(w.engine, &id, NULL, &err), LI_E_STATE);
    check_is_about(&id);
    ck_assert_int_eq(li_event_redrive(w.engine, &unknown, NULL, &err), LI_E_NOT_FOUND);
    check_is_about(&unknown);
    ck_assert_int_eq(li_event_cancel(w.engine, &unknown, &err), LI_E_NOT_FOUND);
    check_counts(1, 0, 1, 0);
}
END_TEST

START_TEST(test_an_event_that_waits_for_its_retry_can_be_cancelled_also_when_forgotten)
{
    li_id id;

    ck_assert_int_eq(li_config_set(w.engine, "outcomes.events", 0, NULL), LI_OK);
    w.script.fail_times = -1;
    id = send_event(&w, "scripted", "{}");
    run();
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_int_eq(li_event_cancel(w.engine, &id, &err), LI_OK);
    advance_s(&w, 1000);
    ck_assert_int_eq(w.script.runs, 1);
    check_counts(1, 0, 0, 1);
    ck_assert_int_eq(li_event_cancel(w.engine, &id, &err), LI_E_NOT_FOUND);
}
END_TEST

/* ---- sending again */

START_TEST(test_rel_3_a_failed_event_is_redriven_once_as_a_new_one)
{
    li_id id, again = { { 0 } }, third;

    configure(&w, "scripted", 0, -1, NULL, NULL);
    w.script.fail_times = 1;
    id = send_event(&w, "scripted", "{\"big\":12345678901234567890}");
    ck_assert_int_eq(li_event_redrive(w.engine, &id, &again, &err), LI_E_STATE);
    ck_assert_int_eq(err.detail, LI_DETAIL_EVENT_RUNS);
    run();
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_DROPPED);
    ck_assert_int_eq(li_event_redrive(w.engine, &id, &again, &err), LI_OK);
    ck_assert(!same(&id, &again));
    check_counts(2, 1, 0, 1);
    run();
    check_counts(2, 0, 1, 1);
    ck_assert_int_eq(w.script.runs, 2);
    ck_assert_uint_eq(w.script.attempts[1], 1);
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_DROPPED);
    ck_assert_int_eq(li_event_redrive(w.engine, &id, &third, &err), LI_E_STATE);
    ck_assert_int_eq(err.detail, LI_DETAIL_PAYLOAD_NOT_KEPT);
    ck_assert_int_eq(li_event_redrive(w.engine, &again, &third, &err), LI_E_STATE);
    ck_assert_int_eq(err.detail, LI_DETAIL_EVENT_SUCCEEDED);
    ck_assert_int_eq(li_event_redrive(w.engine, &(li_id){ { 9 } }, &third, &err), LI_E_NOT_FOUND);
}
END_TEST

START_TEST(test_a_redrive_keeps_payload_and_qualifier)
{
    li_local_queue *failed = add_queue(w.engine, "failed");
    li_event_info info = LI_EVENT_INFO_INIT;
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_id id, again;

    config.max_retries = 0;
    config.on_failure = li_z(QUEUE "failed");
    ck_assert_int_eq(li_event_config_put(w.engine, "scripted", LI_Z, "$LATEST", LI_Z, &config, NULL, &err), LI_OK);
    w.script.fail_times = -1;
    ck_assert_int_eq(send_with("scripted:$LATEST", NULL, 0, &id), LI_OK);
    run();
    ck_assert_int_eq(outcome_of(&id).state, LI_EVENT_DELIVERED);
    ck_assert_int_eq(li_event_redrive(w.engine, &id, &again, &err), LI_OK);
    ck_assert_int_eq(li_event_get(w.engine, &again, &info, &err), LI_OK);
    ck_assert_str_eq(info.qualifier, "$LATEST");
    run();
    ck_assert_uint_eq(li_local_queue_count(failed), 2);
    check_contains(message(failed, 1), "\"requestPayload\":{\"n\":1}");
}
END_TEST

START_TEST(test_kept_payloads_are_bounded_and_the_oldest_go_first)
{
    li_id ids[4], again;
    int i;

    configure(&w, "scripted", 0, -1, NULL, NULL);
    ck_assert_int_eq(li_config_set(w.engine, "outcomes.payload_bytes", 14, NULL), LI_OK);
    w.script.fail_times = -1;
    for (i = 0; i < 3; i++) {
        ids[i] = send_event(&w, "scripted", "{\"n\":1}");
        run();
    }
    ids[3] = send_event(&w, "scripted", "\"longer than all the room\"");
    run();
    ck_assert_int_eq(li_event_redrive(w.engine, &ids[0], &again, &err), LI_E_STATE);
    ck_assert_int_eq(err.detail, LI_DETAIL_PAYLOAD_NOT_KEPT);
    ck_assert_int_eq(li_event_redrive(w.engine, &ids[3], &again, &err), LI_E_STATE);
    ck_assert_int_eq(li_event_redrive(w.engine, &ids[1], &again, &err), LI_OK);
    ck_assert_int_eq(li_event_redrive(w.engine, &ids[2], &again, &err), LI_OK);
    run();
    check_counts(6, 0, 0, 6);
}
END_TEST

START_TEST(test_a_redrive_that_is_refused_can_be_tried_again)
{
    li_id id, again;

    configure(&w, "scripted", 0, -1, NULL, NULL);
    w.script.fail_times = 1;
    id = send_event(&w, "scripted", "{}");
    run();
    ck_assert_int_eq(li_function_remove(w.engine, "scripted", LI_Z, &err), LI_OK);
    ck_assert_int_eq(li_event_redrive(w.engine, &id, &again, &err), LI_E_NOT_FOUND);
    add_function(w.engine, "scripted", scripted, &w.script);
    ck_assert_int_eq(li_event_redrive(w.engine, &id, &again, &err), LI_OK);
    run();
    check_counts(2, 0, 1, 1);
}
END_TEST

/* ---- pause, resume, purge */

static int32_t is_paused(const char *name)
{
    li_function_info info;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    ck_assert_int_eq(li_function_describe(w.engine, name, LI_Z, NULL, 0, &info, &err), LI_OK);
    return info.is_paused;
}

START_TEST(test_a_paused_function_accepts_events_starts_none_and_answers_calls)
{
    ck_assert_int_eq(li_function_pause(w.engine, "scripted", LI_Z, &err), LI_OK);
    ck_assert_int_eq(li_function_pause(w.engine, "scripted", LI_Z, &err), LI_OK);
    ck_assert_int_eq(is_paused("scripted"), 1);
    ck_assert_int_eq(is_paused("echo"), 0);
    send_event(&w, "scripted", "{}");
    send_event(&w, "echo", "{}");
    advance_s(&w, 100);
    ck_assert_int_eq(w.script.runs, 0);
    check_counts(2, 1, 1, 0);
    ck_assert_int_eq(li_invoke(w.engine, "scripted", LI_Z, "{}", LI_Z, NULL, NULL, &err), LI_OK);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_int_eq(li_function_resume(w.engine, "scripted", LI_Z, &err), LI_OK);
    ck_assert_int_eq(is_paused("scripted"), 0);
    run();
    ck_assert_int_eq(w.script.runs, 2);
    check_counts(2, 0, 2, 0);
}
END_TEST

START_TEST(test_inv_205_events_grow_old_while_paused_and_end_on_resume)
{
    li_id old, young;

    configure(&w, "scripted", 0, 60, NULL, NULL);
    ck_assert_int_eq(li_function_pause(w.engine, "scripted", LI_Z, &err), LI_OK);
    old = send_event(&w, "scripted", "{}");
    ck_assert_int_eq(li_clock_advance(w.clock, LI_MS_NS, NULL), LI_OK);
    young = send_event(&w, "scripted", "{}");
    advance_s(&w, 60);
    check_counts(2, 2, 0, 0);
    ck_assert_int_eq(li_function_resume(w.engine, "scripted", LI_Z, &err), LI_OK);
    run();
    ck_assert_int_eq(outcome_of(&old).condition, LI_CONDITION_EVENT_AGE_EXCEEDED);
    ck_assert_int_eq(outcome_of(&young).state, LI_EVENT_SUCCEEDED);
}
END_TEST

START_TEST(test_rel_10_events_of_a_paused_function_end_when_it_is_removed)
{
    li_id id;

    configure(&w, "scripted", 0, -1, NULL, NULL);
    ck_assert_int_eq(li_function_pause(w.engine, "scripted", LI_Z, &err), LI_OK);
    id = send_event(&w, "scripted", "{}");
    run();
    ck_assert_int_eq(li_function_remove(w.engine, "scripted", LI_Z, &err), LI_OK);
    run();
    ck_assert_int_eq(outcome_of(&id).drop_reason, LI_DROP_FUNCTION_DELETED);
    add_function(w.engine, "scripted", scripted, &w.script);
    ck_assert_int_eq(is_paused("scripted"), 0);
}
END_TEST

START_TEST(test_pause_takes_an_unqualified_name_of_a_function_that_is_there)
{
    ck_assert_int_eq(li_function_pause(w.engine, "nope", LI_Z, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_function_pause(w.engine, "scripted:$LATEST", LI_Z, &err), LI_E_VALIDATION);
    ck_assert_int_eq(li_function_resume(w.engine, "nope", LI_Z, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_function_resume(w.engine, "scripted", LI_Z, &err), LI_OK);
}
END_TEST

START_TEST(test_rel_2_a_purge_drops_all_that_wait_and_nothing_that_runs)
{
    uint64_t n = 0;
    li_id id, running;
    int i;

    w.script.takes_ms = 5000;
    running = send_event(&w, "scripted", "{}");
    run();
    for (i = 0; i < 100; i++)
        ck_assert_int_eq(send_with("scripted", NULL, (uint64_t)i * 100, &id), LI_OK);
    for (i = 0; i < 3; i++)
        ck_assert_int_eq(send_with("scripted:$LATEST", NULL, 0, &id), LI_OK);
    send_event(&w, "echo", "{}");
    ck_assert_int_eq(li_function_purge(w.engine, "scripted", LI_Z, "$LATEST", LI_Z, &n, &err), LI_OK);
    ck_assert_uint_eq(n, 3);
    ck_assert_int_eq(li_function_purge(w.engine, "scripted", LI_Z, NULL, 0, &n, &err), LI_OK);
    ck_assert_uint_eq(n, 100);
    ck_assert_int_eq(outcome_of(&id).drop_reason, LI_DROP_PURGED);
    advance_s(&w, 20);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_int_eq(outcome_of(&running).state, LI_EVENT_SUCCEEDED);
    check_counts(105, 0, 2, 103);
    ck_assert_int_eq(li_function_purge(w.engine, "scripted", LI_Z, NULL, 0, &n, &err), LI_OK);
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(li_function_purge(w.engine, "nope", LI_Z, NULL, 0, &n, &err), LI_E_NOT_FOUND);
}
END_TEST

/* ---- a queue that cannot */

START_TEST(test_what_a_queue_cannot_do_is_said)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_event_info info = LI_EVENT_INFO_INIT;
    static li_queue_ops old;
    li_id id = { { 0 } };
    li_engine *engine;

    ck_assert_int_eq(li_queue_memory_new(NULL, &options.queue), LI_OK);
    old = *options.queue.ops;
    old.size = offsetof(li_queue_ops, take_id);
    options.queue.ops = &old;
    options.clock = w.clock;
    ck_assert_int_eq(li_engine_new(&engine, &options, &err), LI_OK);
    add_function(engine, "echo", echo, NULL);
    ck_assert_int_eq(li_event_get(engine, &id, &info, &err), LI_E_NOTSUP);
    ck_assert_int_eq(li_event_each(engine, "echo", LI_Z, NULL, 0, 0, 1, see, NULL, &err), LI_E_NOTSUP);
    ck_assert_int_eq(li_event_cancel(engine, &id, &err), LI_E_NOTSUP);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

Suite *suite_control(void);
Suite *suite_control(void)
{
    const TTest *const tests[] = {
        test_inv_219_not_before_starts_an_event_at_its_time_and_not_a_millisecond_before,
        test_inv_205_age_counts_from_acceptance_also_before_not_before,
        test_rel_13_an_event_without_not_before_overtakes_one_that_waits_for_it,
        test_rel_18_a_second_accept_of_a_key_is_the_first_one,
        test_rel_18_a_key_is_of_one_function_and_qualifier,
        test_rel_18_the_window_ends_to_the_millisecond,
        test_rel_18_keys_known_and_new_in_one_batch,
        test_rel_18_a_refused_event_leaves_no_key_behind,
        test_rel_61_keys_are_limited_and_the_newest_is_refused,
        test_rel_18_a_window_ends_also_behind_one_that_is_longer,
        test_an_idempotency_key_is_for_events,
        test_an_event_is_seen_waiting_with_its_counters_and_gone_after_its_end,
        test_a_running_event_is_seen_running_and_one_that_is_forgotten_is_found_too,
        test_events_are_listed_by_qualifier_and_due_time_in_pages,
        test_rel_2_a_cancelled_event_is_dropped_with_its_reason_and_no_destination_is_told,
        test_rel_3_an_event_that_runs_or_has_ended_cannot_be_cancelled,
        test_an_event_that_waits_for_its_retry_can_be_cancelled_also_when_forgotten,
        test_rel_3_a_failed_event_is_redriven_once_as_a_new_one,
        test_a_redrive_keeps_payload_and_qualifier,
        test_kept_payloads_are_bounded_and_the_oldest_go_first,
        test_a_redrive_that_is_refused_can_be_tried_again,
        test_a_paused_function_accepts_events_starts_none_and_answers_calls,
        test_inv_205_events_grow_old_while_paused_and_end_on_resume,
        test_rel_10_events_of_a_paused_function_end_when_it_is_removed,
        test_pause_takes_an_unqualified_name_of_a_function_that_is_there,
        test_rel_2_a_purge_drops_all_that_wait_and_nothing_that_runs,
        test_what_a_queue_cannot_do_is_said,
    };
    Suite *suite = suite_create("control");
    TCase *t = tcase_create("control");
    size_t i;

    tcase_add_checked_fixture(t, set_up, tear_down);
    for (i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(t, tests[i]);
    suite_add_tcase(suite, t);
    return suite;
}
