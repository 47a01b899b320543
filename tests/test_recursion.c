/* test_recursion.c - loops found by the lineage in trace headers: through calls, events, destinations and queues. */
#include "base/crc.h"
#include "fixture.h"

#include <lambdainvoke/services.h>
#include <lambdainvoke/testing.h>

static world w;
static li_error err;
static int runs, stops_at;
static char traces[32][700];

static void note(li_invocation *invocation)
{
    if (runs < 32)
        snprintf(traces[runs], sizeof traces[runs], "%s", li_invocation_get_trace(invocation));
    runs++;
}

static void set_up(void)
{
    world_new(&w);
    li_error_init(&err, sizeof err);
    runs = stops_at = 0;
}

static void tear_down(void)
{
    world_free(&w);
}

static uint64_t stopped(const char *name)
{
    li_metrics m = LI_METRICS_INIT;

    ck_assert_int_eq(li_metrics_get(w.engine, name, LI_Z, &m), LI_OK);
    return m.recursive_invocations_dropped;
}

static unsigned hash_of(const char *name)
{
    char arn[200];

    snprintf(arn, sizeof arn, ARN "%s", name);
    return lii_crc32(arn, strlen(arn));
}

/* "HASH:n" of a function. */
static const char *entry(const char *name, int n)
{
    static char text[32];

    snprintf(text, sizeof text, "%08x:%d", hash_of(name), n);
    return text;
}

/* ---- the header */

START_TEST(test_inv_260_crc_is_zlibs)
{
    ck_assert_uint_eq(lii_crc32("123456789", 9), 0xCBF43926);
    ck_assert_uint_eq(lii_crc32("", 0), 0);
}
END_TEST

static const char *trace_after(const char *given, const char *name)
{
    static li_invoke_result result;
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;

    o.trace = li_z(given);
    o.log_type = LI_LOG_TYPE_TAIL;
    li_invoke_result_fini(&result);
    li_invoke_result_init(&result, sizeof result);
    ck_assert_msg(li_invoke(w.engine, name, LI_Z, "{}", LI_Z, &o, &result, &err) == LI_OK, "%s", err.text);
    return result.trace;
}

static void check_ends(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    ck_assert_msg(n >= m && strcmp(text + n - m, end) == 0, "%s does not end in %s", text, end);
}

START_TEST(test_inv_264_without_a_lineage_one_is_started)
{
    char end[64];

    snprintf(end, sizeof end, ";Lineage=1:%s", entry("echo", 0));
    check_ends(trace_after(NULL, "echo"), end);
    check_ends(trace_after("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700", "echo"), end);
    check_ends(trace_after("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700", "echo:$LATEST"), end);
}
END_TEST

START_TEST(test_inv_260_both_forms_are_read_and_the_newer_is_written)
{
    char given[128], end[128];

    snprintf(given, sizeof given, "Lineage=%s", entry("echo", 3));
    snprintf(end, sizeof end, ";Lineage=1:%s", entry("echo", 4));
    check_ends(trace_after(given, "echo"), end);
    snprintf(given, sizeof given, "Lineage=1:%s", entry("echo", 3));
    check_ends(trace_after(given, "echo"), end);
    snprintf(given, sizeof given, "Root=x;Lineage=a87bd80c:1|%s|c512fbe3:2;Sampled=1", entry("echo", 5));
    snprintf(end, sizeof end, ";Sampled=1;Lineage=1:%s|a87bd80c:1|c512fbe3:2", entry("echo", 6));
    check_ends(trace_after(given, "echo"), end);
    snprintf(given, sizeof given, "Lineage=25:%s|", entry("echo", 7));
    snprintf(end, sizeof end, ";Lineage=1:%s", entry("echo", 8));
    check_ends(trace_after(given, "echo"), end);
}
END_TEST

START_TEST(test_rel_95_what_cannot_be_read_of_a_lineage_is_left_out)
{
    static const char *const bad[] = { "Lineage=", "Lineage=|||", "Lineage=1:", "Lineage=1:1:1:1", "Lineage=zzzzzzzz:1",
                                       "Lineage=a87bd80:1", "Lineage=a87bd80c1:1", "Lineage=A87BD80C:1", "Lineage=a87bd80c:",
                                       "Lineage=a87bd80c:x", "Lineage=a87bd80c", ":", ";;;=;" };
    char end[64];
    size_t i;

    snprintf(end, sizeof end, ";Lineage=1:%s", entry("echo", 0));
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(strstr(trace_after(bad[i], "echo"), end) != NULL, "%s", bad[i]);
    ck_assert_ptr_nonnull(strstr(trace_after("Lineage=1:a87bd80c:99999999999999999999", "echo"), "|a87bd80c:999999"));
}
END_TEST

static char seen_trace[700];

static int32_t look(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    snprintf(seen_trace, sizeof seen_trace, "%s", li_invocation_get_trace(invocation));
    return LI_DONE;
}

START_TEST(test_inv_260_a_long_lineage_is_cut_at_a_whole_part)
{
    char given[4096] = "Lineage=1:00000000:1";
    size_t i, n;

    add_function(w.engine, "look", look, NULL);
    for (i = 1; i < 200; i++) {
        n = strlen(given);
        snprintf(given + n, sizeof given - n, "|%08zx:1", i);
    }
    ck_assert_uint_lt(strlen(trace_after(given, "look")), 128);
    ck_assert_uint_lt(strlen(seen_trace), 640);
    check_ends(seen_trace, ":1");
    check_contains(seen_trace, entry("look", 0));
}
END_TEST

/* ---- calls */

/* Calls itself until it is refused. */
static li_status last_status;

static int32_t again(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    note(invocation);
    last_status = li_invoke(w.engine, "again", LI_Z, "{}", LI_Z, NULL, NULL, &err);
    if (last_status != LI_OK && !stops_at)
        stops_at = runs;
    return LI_DONE;
}

START_TEST(test_inv_262_the_17th_call_of_a_chain_is_refused)
{
    add_function(w.engine, "again", again, NULL);
    ck_assert_int_eq(li_config_set(w.engine, "limits.depth", 100, NULL), LI_OK);
    ck_assert_int_eq(li_invoke(w.engine, "again", LI_Z, "{}", LI_Z, NULL, NULL, &err), LI_OK);
    ck_assert_int_eq(runs, 16);
    ck_assert_int_eq(err.status, LI_E_RECURSION);
    ck_assert_int_eq(err.detail, LI_DETAIL_RECURSION);
    check_contains(traces[0], entry("again", 0));
    check_contains(traces[15], entry("again", 15));
    ck_assert_int_eq(strncmp(traces[0], traces[15], 40), 0);      /* one root */
    ck_assert_uint_eq(stopped("again"), 1);
}
END_TEST

START_TEST(test_inv_263_a_function_that_allows_loops_goes_on_to_the_depth_limit)
{
    li_function_info info;

    add_function(w.engine, "again", again, NULL);
    ck_assert_int_eq(li_config_set(w.engine, "limits.depth", 20, NULL), LI_OK);
    ck_assert_int_eq(li_function_set_recursion(w.engine, "again", LI_Z, LI_RECURSION_ALLOW, &err), LI_OK);
    info.size = sizeof info;
    ck_assert_int_eq(li_function_describe(w.engine, "again", LI_Z, NULL, 0, &info, &err), LI_OK);
    ck_assert_int_eq(info.recursive_loop, LI_RECURSION_ALLOW);
    ck_assert_int_eq(li_invoke(w.engine, "again", LI_Z, "{}", LI_Z, NULL, NULL, &err), LI_OK);
    ck_assert_int_eq(runs, 20);
    ck_assert_int_eq(err.status, LI_E_DEPTH);
    check_contains(traces[19], entry("again", 19));
    ck_assert_uint_eq(stopped("again"), 0);
    ck_assert_int_eq(li_function_set_recursion(w.engine, "again", LI_Z, LI_RECURSION_TERMINATE, &err), LI_OK);
    runs = 0;
    ck_assert_int_eq(li_invoke(w.engine, "again", LI_Z, "{}", LI_Z, NULL, NULL, &err), LI_OK);
    ck_assert_int_eq(runs, 16);
    ck_assert_int_eq(li_function_set_recursion(w.engine, "again", LI_Z, 7, &err), LI_E_VALIDATION);
    ck_assert_int_eq(li_function_set_recursion(w.engine, "again:1", LI_Z, 0, &err), LI_E_VALIDATION);
    ck_assert_int_eq(li_function_set_recursion(w.engine, "again:$LATEST", LI_Z, 0, &err), LI_E_VALIDATION);
}
END_TEST

START_TEST(test_inv_262_the_limit_is_a_setting_and_a_trace_of_ones_own_begins_a_chain)
{
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;
    char given[64];

    ck_assert_int_eq(li_config_set(w.engine, "recursion.limit", 3, NULL), LI_OK);
    snprintf(given, sizeof given, "Lineage=1:%s", entry("echo", 1));
    o.trace = li_z(given);
    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "{}", LI_Z, &o, NULL, &err), LI_OK);
    snprintf(given, sizeof given, "Lineage=1:%s", entry("echo", 2));
    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "{}", LI_Z, &o, NULL, &err), LI_E_RECURSION);
    ck_assert_int_eq(li_invoke(w.engine, "scripted", LI_Z, "{}", LI_Z, &o, NULL, &err), LI_OK);
    ck_assert_uint_eq(stopped("echo"), 1);
}
END_TEST

START_TEST(test_inv_175_recursion_is_looked_at_before_concurrency_and_after_the_payload)
{
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;
    char given[64];

    snprintf(given, sizeof given, "Lineage=1:%s", entry("echo", 15));
    o.trace = li_z(given);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, 0, &err), LI_OK);
    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "{", LI_Z, &o, NULL, &err), LI_E_JSON);
    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "{}", LI_Z, &o, NULL, &err), LI_E_RECURSION);
    o.trace = li_z(NULL);
    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "{}", LI_Z, &o, NULL, &err), LI_E_THROTTLED);
}
END_TEST

/* ---- events */

static int32_t send_on(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    note(invocation);
    ck_assert_int_eq(li_invoke_event(w.engine, user, LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
    return LI_DONE;
}

START_TEST(test_inv_262_the_17th_event_of_a_chain_goes_to_its_failure_path_without_an_attempt)
{
    li_local_queue *failed = add_queue(w.engine, "failed"), *dead = add_queue(w.engine, "dead");
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_local_message m;

    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    spec.name = li_z("loop");
    spec.handler = send_on;
    spec.user = (void *)(uintptr_t)"loop";
    spec.dead_letter_target = li_z(QUEUE "dead");
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_OK);
    configure(&w, "loop", 2, -1, NULL, QUEUE "failed");
    send_event(&w, "loop", "{}");
    advance_s(&w, 600);
    ck_assert_int_eq(runs, 16);
    check_contains(traces[15], entry("loop", 15));
    ck_assert_uint_eq(stopped("loop"), 1);
    ck_assert_uint_eq(li_local_queue_count(failed), 1);
    check_contains(message(failed, 0), "\"approximateInvokeCount\":0");
    check_contains(message(failed, 0), "\"statusCode\":400");
    check_lacks(message(failed, 0), "responsePayload");
    ck_assert_int_eq(li_local_queue_peek(dead, 0, &m), LI_OK);
    ck_assert_uint_eq(m.n_attributes, 3);
    check_text(m.attributes[1].value.ptr, m.attributes[1].value.len, "400");
    check_contains(m.attributes[2].value.ptr, "recursive loop");
}
END_TEST

START_TEST(test_rel_91_a_stopped_event_without_a_destination_is_dropped_with_its_reason)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    add_function(w.engine, "ping", send_on, (void *)(uintptr_t)"pong");
    add_function(w.engine, "pong", send_on, (void *)(uintptr_t)"ping");
    send_event(&w, "ping", "{}");
    advance_s(&w, 600);
    ck_assert_int_eq(runs, 32);
    check_contains(traces[31], entry("ping", 15));
    check_contains(traces[31], entry("pong", 15));
    ck_assert_uint_eq(stopped("ping"), 1);
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.accepted, 33);
    ck_assert_uint_eq(c.succeeded, 32);
    ck_assert_uint_eq(c.dropped, 1);
}
END_TEST

START_TEST(test_inv_263_an_event_of_a_function_that_allows_loops_runs)
{
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;
    char given[64];

    snprintf(given, sizeof given, "Lineage=1:%s", entry("scripted", 99));
    o.trace = li_z(given);
    ck_assert_int_eq(li_function_set_recursion(w.engine, "scripted", LI_Z, LI_RECURSION_ALLOW, &err), LI_OK);
    ck_assert_int_eq(li_invoke_event(w.engine, "scripted", LI_Z, "{}", LI_Z, &o, NULL, &err), LI_OK);
    advance_s(&w, 1);
    ck_assert_int_eq(w.script.runs, 1);
}
END_TEST

START_TEST(test_inv_153_attempts_of_one_event_are_one_appearance)
{
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;
    char given[64];

    snprintf(given, sizeof given, "Lineage=1:%s", entry("scripted", 14));
    o.trace = li_z(given);
    w.script.fail_times = 2;
    ck_assert_int_eq(li_invoke_event(w.engine, "scripted", LI_Z, "{}", LI_Z, &o, NULL, &err), LI_OK);
    advance_s(&w, 1000);
    ck_assert_int_eq(w.script.runs, 3);
    ck_assert_uint_eq(stopped("scripted"), 0);
}
END_TEST

/* ---- destinations and queues */

static int32_t count_runs(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    note(invocation);
    return LI_DONE;
}

START_TEST(test_inv_261_a_loop_through_function_destinations_is_stopped)
{
    add_function(w.engine, "a", count_runs, NULL);
    add_function(w.engine, "b", count_runs, NULL);
    configure(&w, "a", 0, -1, ARN "b", NULL);
    configure(&w, "b", 0, -1, ARN "a", NULL);
    send_event(&w, "a", "{}");
    advance_s(&w, 600);
    ck_assert_int_eq(runs, 32);
    ck_assert_uint_eq(stopped("a"), 1);
}
END_TEST

START_TEST(test_inv_261_a_loop_through_a_queue_is_stopped)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_local_queue *queue = add_queue(w.engine, "q");


    add_function(w.engine, "consumer", send_on, (void *)(uintptr_t)"producer");
    add_function(w.engine, "producer", count_runs, NULL);
    configure(&w, "producer", 0, -1, QUEUE "q", NULL);
    spec.source_arn = li_z(QUEUE "q");
    spec.function = li_z("consumer");
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_OK);
    send_event(&w, "producer", "{}");
    advance_s(&w, 3600);
    ck_assert_uint_eq(stopped("producer"), 1);
    ck_assert_int_eq(runs, 32);
    check_contains(traces[31], entry("consumer", 15));
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
}
END_TEST

/* A handler that makes its own source have the next occurrence. */
static const struct way_round {
    const char *kind, *options, *occurrence;
    int retries;                 /* the service itself tries again what was refused */
} ways_round[] = {
    { "s3", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"]}", "{\"bucket\":\"b\",\"key\":\"k\"}", 0 },
    { "sns", "{\"topic\":\"arn:aws:sns:us-east-1:000000000000:t\"}",
      "{\"topic\":\"arn:aws:sns:us-east-1:000000000000:t\",\"message\":\"m\"}", 1 },
    { "custom", "{\"source\":\"s\"}", "{\"source\":\"s\",\"detail\":{}}", 0 },
};

static int32_t occurs(li_invocation *invocation, void *environment, void *user)
{
    const struct way_round *way = user;

    (void)environment;
    note(invocation);
    ck_assert_int_eq(li_trigger_occur(w.engine, way->kind, LI_Z, way->occurrence, LI_Z, NULL, NULL), LI_OK);
    return LI_DONE;
}

START_TEST(test_inv_261_a_loop_through_a_source_is_stopped_also_when_a_delivery_was_tried_again)
{
    const struct way_round *way = &ways_round[_i];
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;

    ck_assert_int_eq(li_trigger_kinds_add(w.engine, li_services_kinds(), NULL), LI_OK);
    add_function(w.engine, "looped", occurs, (void *)(uintptr_t)way);
    spec.kind = li_z(way->kind);
    spec.function = li_z("looped");
    spec.options = li_z(way->options);
    ck_assert_int_eq(li_trigger_add(w.engine, &spec, NULL, &err), LI_OK);
    if (way->retries)
        ck_assert_int_eq(li_faults_apply(w.engine, "{\"faults\":[{\"do\":\"queue_full\",\"after\":5,\"times\":2}]}", LI_Z, &err),
                         LI_OK);
    ck_assert_int_eq(li_trigger_occur(w.engine, way->kind, LI_Z, way->occurrence, LI_Z, NULL, NULL), LI_OK);
    advance_s(&w, 3600);
    ck_assert_int_eq(runs, 16);
    ck_assert_uint_eq(stopped("looped"), 1);
    check_contains(traces[15], entry("looped", 15));
}
END_TEST

START_TEST(test_inv_261_a_message_shows_the_trace_as_an_attribute_of_its_queue)
{
    li_local_queue *queue = add_queue(w.engine, "q");
    li_local_message m;

    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    configure(&w, "scripted", 0, -1, QUEUE "q", NULL);
    send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    ck_assert_int_eq(li_local_queue_peek(queue, 0, &m), LI_OK);
    ck_assert_uint_eq(m.n_attributes, 0);
    ck_assert_uint_eq(m.n_system, 1);
    check_text(m.attributes[0].name.ptr, m.attributes[0].name.len, "AWSTraceHeader");
    check_contains(m.attributes[0].value.ptr, entry("scripted", 0));
}
END_TEST

Suite *suite_recursion(void);
Suite *suite_recursion(void)
{
    const TTest *const tests[] = {
        test_inv_260_crc_is_zlibs,
        test_inv_264_without_a_lineage_one_is_started,
        test_inv_260_both_forms_are_read_and_the_newer_is_written,
        test_rel_95_what_cannot_be_read_of_a_lineage_is_left_out,
        test_inv_260_a_long_lineage_is_cut_at_a_whole_part,
        test_inv_262_the_17th_call_of_a_chain_is_refused,
        test_inv_263_a_function_that_allows_loops_goes_on_to_the_depth_limit,
        test_inv_262_the_limit_is_a_setting_and_a_trace_of_ones_own_begins_a_chain,
        test_inv_175_recursion_is_looked_at_before_concurrency_and_after_the_payload,
        test_inv_262_the_17th_event_of_a_chain_goes_to_its_failure_path_without_an_attempt,
        test_rel_91_a_stopped_event_without_a_destination_is_dropped_with_its_reason,
        test_inv_263_an_event_of_a_function_that_allows_loops_runs,
        test_inv_153_attempts_of_one_event_are_one_appearance,
        test_inv_261_a_loop_through_function_destinations_is_stopped,
        test_inv_261_a_loop_through_a_queue_is_stopped,
        test_inv_261_a_message_shows_the_trace_as_an_attribute_of_its_queue,
    };
    Suite *suite = suite_create("recursion");
    TCase *c = tcase_create("recursion");
    size_t i;

    tcase_add_checked_fixture(c, set_up, tear_down);
    for (i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(c, tests[i]);
    tcase_add_loop_test(c, test_inv_261_a_loop_through_a_source_is_stopped_also_when_a_delivery_was_tried_again, 0,
                        sizeof ways_round / sizeof ways_round[0]);
    suite_add_tcase(suite, c);
    return suite;
}
