/* test_invoke.c - synchronous invocation: names, payloads, answers, errors, logs, concurrency. */
#include "fixture.h"

static world w;
static li_invoke_result result;
static li_error err;

static void set_up(void)
{
    world_new(&w);
    li_invoke_result_init(&result, sizeof result);
    li_error_init(&err, sizeof err);
}

static void tear_down(void)
{
    li_invoke_result_fini(&result);
    world_free(&w);
}

static li_status call(const char *name, const char *payload)
{
    return li_invoke(w.engine, name, LI_Z, payload, payload ? LI_Z : 0, NULL, &result, &err);
}

static li_status call_with(const char *name, const char *payload, const li_invoke_options *options)
{
    return li_invoke(w.engine, name, LI_Z, payload, LI_Z, options, &result, &err);
}

/* ---- payloads */

START_TEST(test_inv_102_an_absent_payload_reaches_the_handler_as_an_empty_object)
{
    ck_assert_int_eq(call("echo", NULL), LI_OK);
    check_text(result.payload, result.payload_len, "{}");
    ck_assert_int_eq(call("echo", ""), LI_OK);
    check_text(result.payload, result.payload_len, "{}");
}
END_TEST

static const char *const valid[] = { "{}", "[]", "\"s\"", "3", "-0.5e+3", "true", "false", "null", " { \"a\" : 1 } ",
                                     "1E400", "\"\\ud800\"", "{\"a\":1,\"a\":2}", "12345678901234567890" };

START_TEST(test_inv_103_json_of_any_kind_is_accepted_and_inv_104_not_a_byte_is_changed)
{
    ck_assert_int_eq(call("echo", valid[_i]), LI_OK);
    check_text(result.payload, result.payload_len, valid[_i]);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_NONE);
}
END_TEST

static const struct {
    const char *text;
    uint64_t offset;
    uint32_t line, column;
} broken[] = { { "{", 1, 1, 2 },        { "{\"a\":01}", 6, 1, 7 }, { "nul", 3, 1, 4 },     { "[1,]", 3, 1, 4 },
               { "{\n\"a\"\n}", 6, 3, 1 }, { "\"\x01\"", 1, 1, 2 },   { "\"\xff\"", 1, 1, 2 }, { "1 2", 2, 1, 3 } };

START_TEST(test_inv_103_broken_json_is_refused_with_the_place_of_the_first_error)
{
    ck_assert_int_eq(call("echo", broken[_i].text), LI_E_JSON);
    ck_assert_int_eq(err.detail, LI_DETAIL_PAYLOAD_JSON);
    ck_assert_uint_eq(err.offset, broken[_i].offset);
    ck_assert_uint_eq(err.line, broken[_i].line);
    ck_assert_uint_eq(err.column, broken[_i].column);
    ck_assert_int_eq(li_invoke_event(w.engine, "echo", LI_Z, broken[_i].text, LI_Z, NULL, NULL, &err), LI_E_JSON);
}
END_TEST

START_TEST(test_inv_105_a_request_of_exactly_the_limit_passes_and_one_byte_more_does_not)
{
    ck_assert_int_eq(li_config_set(w.engine, "limits.sync_request_bytes", 8, NULL), LI_OK);
    ck_assert_int_eq(call("echo", "\"123456\""), LI_OK);
    ck_assert_int_eq(call("echo", "\"1234567\""), LI_E_TOO_LARGE);
    ck_assert_int_eq(err.detail, LI_DETAIL_REQUEST_SIZE);
}
END_TEST

START_TEST(test_inv_105_the_limit_is_6_mib_by_default)
{
    int64_t value;

    ck_assert_int_eq(li_config_get(w.engine, "limits.sync_request_bytes", &value), LI_OK);
    ck_assert_int_eq(value, 6291456);
    ck_assert_int_eq(li_config_get(w.engine, "limits.async_request_bytes", &value), LI_OK);
    ck_assert_int_eq(value, 1048576);
    ck_assert_int_eq(li_config_get(w.engine, "limits.sync_response_bytes", &value), LI_OK);
    ck_assert_int_eq(value, 6291556);
}
END_TEST

START_TEST(test_raw_functions_take_any_bytes)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("raw");
    spec.handler = echo;
    spec.flags = LI_FUNCTION_RAW;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_invoke(w.engine, "raw", LI_Z, "\0\xff", 2, NULL, &result, &err), LI_OK);
    ck_assert_uint_eq(result.payload_len, 2);
    ck_assert_int_eq(memcmp(result.payload, "\0\xff", 2), 0);
}
END_TEST

/* ---- answers */

START_TEST(test_inv_140_a_handler_that_returns_nothing_yields_null)
{
    ck_assert_int_eq(call("scripted", "{}"), LI_OK);
    check_text(result.payload, result.payload_len, "null");
    ck_assert_int_eq(result.status_code, 200);
    ck_assert_str_eq(result.executed_version, "$LATEST");
}
END_TEST

START_TEST(test_inv_141_a_function_error_is_an_answer_with_its_document)
{
    w.script.fail_times = 1;
    ck_assert_int_eq(call("scripted", "{}"), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_UNHANDLED);
    ck_assert_int_eq(result.status_code, 200);
    check_contains(result.payload, "\"errorType\":\"Boom\",\"errorMessage\":\"as scripted\"");
}
END_TEST

static int32_t handled(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    (void)user;
    li_invocation_fail_document(invocation, "{\"errorMessage\": \"mine\"}", LI_Z, 1);
    return LI_FAILED;
}

START_TEST(test_inv_142_a_document_of_the_handlers_own_passes_unchanged_and_inv_141_can_be_handled)
{
    add_function(w.engine, "handled", handled, NULL);
    ck_assert_int_eq(call("handled", "{}"), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_HANDLED);
    check_text(result.payload, result.payload_len, "{\"errorMessage\": \"mine\"}");
}
END_TEST

static void register_with_timeout(const char *name, uint32_t timeout_ms)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z(name);
    spec.handler = scripted;
    spec.user = &w.script;
    spec.timeout_ms = timeout_ms;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
}

START_TEST(test_inv_143_an_overrun_is_a_time_out_with_this_text)
{
    char expected[200], id[LI_ID_TEXT_SIZE];

    register_with_timeout("slow", 3000);
    w.script.takes_ms = 3000;
    ck_assert_int_eq(call("slow", "{}"), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_NONE);
    w.script.takes_ms = 3001;
    ck_assert_int_eq(call("slow", "{}"), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_UNHANDLED);
    li_id_format(&result.request_id, id);
    snprintf(expected, sizeof expected,
             "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: %s Error: Task timed out after 3.00 seconds\"}",
             id);
    check_text(result.payload, result.payload_len, expected);
    ck_assert_uint_eq(result.duration_ns, 3000 * LI_MS_NS);
    advance_s(&w, 10);
}
END_TEST

START_TEST(test_inv_143_the_older_text_is_a_setting)
{
    register_with_timeout("slow", 1500);
    ck_assert_int_eq(li_config_set(w.engine, "compat.timeout_text", 1, NULL), LI_OK);
    w.script.takes_ms = 2000;
    ck_assert_int_eq(call("slow", "{}"), LI_OK);
    check_contains(result.payload, "{\"errorMessage\":\"2026-01-01T00:00:01.500Z ");
    check_contains(result.payload, " Task timed out after 1.50 seconds\"}");
    advance_s(&w, 10);
}
END_TEST

static int32_t exits(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    li_invocation_exit(invocation, *(int *)user);
    return LI_FAILED;
}

START_TEST(test_inv_144_the_end_of_the_runtime_is_an_exit_error)
{
    static const struct {
        int status;
        const char *text;
    } cases[] = { { 1, "Error: Runtime exited with error: exit status 1\"}" },
                  { 0, "Error: Runtime exited without providing a reason\"}" },
                  { -11, "Error: Runtime exited with error: signal: segmentation fault\"}" } };
    int status = cases[_i].status;

    add_function(w.engine, "exits", exits, &status);
    ck_assert_int_eq(call("exits", "{}"), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_UNHANDLED);
    check_contains(result.payload, "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: ");
    check_contains(result.payload, cases[_i].text);
}
END_TEST

static int32_t big(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    return li_invocation_respond(invocation, "0123456789", *(size_t *)user) == LI_OK ? LI_DONE : LI_FAILED;
}

START_TEST(test_inv_146_a_response_of_the_limit_passes_and_one_byte_more_is_a_function_error)
{
    size_t len = 8;

    ck_assert_int_eq(li_config_set(w.engine, "limits.sync_response_bytes", 8, NULL), LI_OK);
    add_function(w.engine, "big", big, &len);
    ck_assert_int_eq(call("big", "{}"), LI_OK);
    check_text(result.payload, result.payload_len, "01234567");
    len = 9;
    ck_assert_int_eq(call("big", "{}"), LI_OK);
    check_text(result.payload, result.payload_len,
               "{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response payload size exceeded maximum "
               "allowed payload size (8 bytes).\"}");
    len = 8;
    ck_assert_int_eq(call("big", "{}"), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_NONE);
}
END_TEST

START_TEST(test_inv_149_a_dry_run_checks_and_calls_nobody)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    li_metrics m = LI_METRICS_INIT;

    options.type = LI_DRY_RUN;
    ck_assert_int_eq(call_with("scripted", "{}", &options), LI_OK);
    ck_assert_int_eq(result.status_code, 204);
    ck_assert_str_eq(result.executed_version, "");
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_int_eq(call_with("nope", "{}", &options), LI_E_NOT_FOUND);
    ck_assert_int_eq(call_with("scripted", "{", &options), LI_E_JSON);
    ck_assert_int_eq(li_metrics_get(w.engine, NULL, 0, &m), LI_OK);
    ck_assert_uint_eq(m.invocations, 0);
}
END_TEST

START_TEST(test_inv_150_an_event_is_accepted_with_202_and_no_version)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;

    options.type = LI_EVENT;
    options.log_type = LI_LOG_TYPE_TAIL;
    ck_assert_int_eq(call_with("scripted", "{}", &options), LI_OK);
    ck_assert_int_eq(result.status_code, 202);
    ck_assert_str_eq(result.executed_version, "");
    ck_assert_uint_eq(result.log_tail_len, 0);
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 1);
}
END_TEST

START_TEST(test_inv_101_an_unknown_invocation_type_is_refused)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;

    options.type = 3;
    ck_assert_int_eq(call_with("echo", "{}", &options), LI_E_VALIDATION);
    ck_assert_int_eq(err.detail, LI_DETAIL_INVOCATION_TYPE);
}
END_TEST

/* ---- context */

typedef struct seen {
    char id[LI_ID_TEXT_SIZE], arn[320], version[16], name[72], context[64], trace[128];
    uint64_t remaining_ms, deadline_ms;
} seen;

static int32_t look(li_invocation *invocation, void *environment, void *user)
{
    seen *s = user;
    size_t len = 0;
    const char *context = li_invocation_get_client_context(invocation, &len);

    (void)environment;
    snprintf(s->id, sizeof s->id, "%s", li_invocation_get_request_id(invocation));
    snprintf(s->arn, sizeof s->arn, "%s", li_invocation_get_invoked_arn(invocation));
    snprintf(s->version, sizeof s->version, "%s", li_invocation_get_version(invocation));
    snprintf(s->name, sizeof s->name, "%s", li_invocation_get_function_name(invocation));
    snprintf(s->context, sizeof s->context, "%.*s", (int)len, context ? context : "");
    snprintf(s->trace, sizeof s->trace, "%s", li_invocation_get_trace(invocation));
    s->remaining_ms = li_invocation_remaining_ms(invocation);
    s->deadline_ms = li_invocation_get_deadline_ms(invocation);
    return LI_DONE;
}

START_TEST(test_inv_129_the_handler_sees_the_arn_as_the_caller_gave_it)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    char id[LI_ID_TEXT_SIZE];
    seen s;

    add_function(w.engine, "look", look, &s);
    ck_assert_int_eq(call("look", "{}"), LI_OK);
    ck_assert_str_eq(s.arn, ARN "look");
    ck_assert_str_eq(s.version, "$LATEST");
    ck_assert_str_eq(s.name, "look");
    li_id_format(&result.request_id, id);
    ck_assert_str_eq(s.id, id);
    ck_assert_uint_eq(s.remaining_ms, 900000);
    ck_assert_uint_eq(s.deadline_ms, li_engine_now_ms(w.engine) + 900000);
    options.qualifier = li_z("$LATEST");
    ck_assert_int_eq(call_with("look", "{}", &options), LI_OK);
    ck_assert_str_eq(s.arn, ARN "look:$LATEST");
}
END_TEST

START_TEST(test_inv_108_the_client_context_reaches_the_handler_and_is_dropped_for_events)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    seen s;

    add_function(w.engine, "look", look, &s);
    options.client_context = li_z("{\"custom\":{}}");
    ck_assert_int_eq(call_with("look", "{}", &options), LI_OK);
    ck_assert_str_eq(s.context, "{\"custom\":{}}");
    options.type = LI_EVENT;
    ck_assert_int_eq(call_with("look", "{}", &options), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_str_eq(s.context, "");
}
END_TEST

START_TEST(test_inv_107_a_client_context_over_3583_bytes_of_base64_is_refused)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    char context[2700];

    memset(context, ' ', sizeof context);
    options.client_context.ptr = context;
    options.client_context.len = 2685;      /* 3580 as base64 */
    ck_assert_int_eq(call_with("echo", "{}", &options), LI_OK);
    options.client_context.len = 2688;      /* 3584 */
    ck_assert_int_eq(call_with("echo", "{}", &options), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_CLIENT_CONTEXT);
}
END_TEST

START_TEST(test_inv_153_root_and_sampled_are_kept_and_parent_is_new)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    seen s;

    add_function(w.engine, "look", look, &s);
    options.trace = li_z("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1;Mine=x");
    ck_assert_int_eq(call_with("look", "{}", &options), LI_OK);
    check_contains(s.trace, "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=");
    check_contains(s.trace, ";Sampled=1");
    check_contains(s.trace, ";Mine=x");
    check_lacks(s.trace, "9a9197af755a6419");
    ck_assert_int_eq(call("look", "{}"), LI_OK);
    ck_assert_int_eq(strncmp(s.trace, "Root=1-", 7), 0);
    check_contains(s.trace, ";Sampled=0");
    ck_assert_uint_eq(strlen(s.trace), strlen("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0;Lineage=1:01234567:0"));
}
END_TEST

/* ---- log */

static int32_t talk(li_invocation *invocation, void *environment, void *user)
{
    int i;

    (void)environment;
    for (i = 0; i < *(int *)user; i++)
        li_invocation_log(invocation, "0123456789abcde\n", LI_Z);
    return LI_DONE;
}

START_TEST(test_inv_701_the_tail_has_start_output_end_and_report_in_this_order)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    char expected[512], id[LI_ID_TEXT_SIZE];
    int lines = 1;

    add_function(w.engine, "talk", talk, &lines);
    options.log_type = LI_LOG_TYPE_TAIL;
    ck_assert_int_eq(call_with("talk", "{}", &options), LI_OK);
    li_id_format(&result.request_id, id);
    snprintf(expected, sizeof expected,
             "START RequestId: %s Version: $LATEST\n0123456789abcde\nEND RequestId: %s\n"
             "REPORT RequestId: %s\tDuration: 0.00 ms\tBilled Duration: 0 ms\tMemory Size: 128 MB\tMax Memory Used: 0 MB\t\n",
             id, id, id);
    check_text(result.log_tail, result.log_tail_len, expected);
}
END_TEST

START_TEST(test_inv_152_the_tail_is_the_last_4096_bytes)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    int lines = 100000;

    add_function(w.engine, "talk", talk, &lines);
    options.log_type = LI_LOG_TYPE_TAIL;
    ck_assert_int_eq(call_with("talk", "{}", &options), LI_OK);
    ck_assert_uint_eq(result.log_tail_len, 4096);
    ck_assert_int_eq(memcmp(result.log_tail + 4094, "\t\n", 2), 0);
}
END_TEST

START_TEST(test_inv_703_a_time_out_reports_exactly_the_time_out_and_its_status)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    char text[4097];

    register_with_timeout("slow", 3000);
    w.script.takes_ms = 5000;
    options.log_type = LI_LOG_TYPE_TAIL;
    ck_assert_int_eq(call_with("slow", "{}", &options), LI_OK);
    memcpy(text, result.log_tail, result.log_tail_len);
    text[result.log_tail_len] = '\0';
    check_contains(text, "\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\t");
    check_contains(text, "\tStatus: timeout\n");
    check_lacks(text, "Task timed out");
    advance_s(&w, 10);
}
END_TEST

/* The tail of a call, as text. */
static const char *tail_of(const char *name)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    static char text[4097];

    options.log_type = LI_LOG_TYPE_TAIL;
    ck_assert_int_eq(call_with(name, "{}", &options), LI_OK);
    memcpy(text, result.log_tail, result.log_tail_len);
    text[result.log_tail_len] = '\0';
    return text;
}

static int32_t slow_init(li_init *init, void *user, void **environment)
{
    (void)user, (void)environment;
    li_init_simulate(init, 101220 * LI_US_NS);
    return LI_DONE;
}

START_TEST(test_inv_702_a_report_has_its_fields_in_order_and_the_initialisation_once)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("cold");
    spec.handler = scripted;
    spec.init = slow_init;
    spec.user = &w.script;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_OK);
    w.script.takes_ms = 3;
    check_contains(tail_of("cold"), "\tDuration: 3.00 ms\tBilled Duration: 105 ms\tMemory Size: 128 MB\tMax Memory Used: 0 MB\t"
                                    "Init Duration: 101.22 ms\t\n");
    check_contains(tail_of("cold"), "\tDuration: 3.00 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 0 MB\t\n");
    ck_assert_int_eq(li_faults_apply(w.engine, "{\"faults\":[{\"do\":\"crash\"}]}", LI_Z, &err), LI_OK);
    check_contains(tail_of("cold"), "\tStatus: error\tError Type: Runtime.ExitError\n");
    w.script.fail_times = -1;                    /* an error of the handler is none of the runtime */
    check_lacks(tail_of("cold"), "Status:");
}
END_TEST

START_TEST(test_inv_703_initialisation_is_billed_unless_billing_init_is_off)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("cold");
    spec.handler = scripted;
    spec.init = slow_init;
    spec.user = &w.script;
    w.script.takes_ms = 3;
    ck_assert_int_eq(li_config_set(w.engine, "billing.init", 0, &err), LI_OK);
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_OK);
    check_contains(tail_of("cold"), "\tDuration: 3.00 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 0 MB\t"
                                    "Init Duration: 101.22 ms\t\n");
    ck_assert_uint_eq(result.billed_ms, 3);
    ck_assert_int_eq(li_config_set(w.engine, "billing.init", 1, &err), LI_OK);
    spec.name = li_z("colder");
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_OK);
    check_contains(tail_of("colder"), "\tDuration: 3.00 ms\tBilled Duration: 105 ms\t");
    ck_assert_uint_eq(result.billed_ms, 105);
}
END_TEST

/* START, output, END and REPORT stand in this order. */
static void check_order(const char *text, const char *output)
{
    const char *start = strstr(text, "START RequestId: "), *said = strstr(text, output), *end = strstr(text, "\nEND RequestId: "),
               *report = strstr(text, "\nREPORT RequestId: ");

    ck_assert_msg(start == text && said && end && report && start < said && said <= end && end < report, "%s", text);
    ck_assert_ptr_null(strstr(end + 1, "\nEND RequestId: "));
}

static int32_t talk_and_stay(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_log(invocation, "before it\n", LI_Z);
    li_invocation_simulate(invocation, 5 * LI_SECOND_NS);
    return LI_DONE;
}

START_TEST(test_inv_704_the_order_of_the_log_is_the_same_after_a_time_out_and_a_crash)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    char line[200], id[LI_ID_TEXT_SIZE];
    const char *text;

    spec.name = li_z("stays");
    spec.handler = talk_and_stay;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_OK);
    check_order(tail_of("stays"), "before it\n");
    ck_assert_int_eq(li_faults_apply(w.engine, "{\"faults\":[{\"do\":\"crash\"}]}", LI_Z, &err), LI_OK);
    text = tail_of("stays");
    check_order(text, "\nRuntime.ExitError\n");
    li_id_format(&result.request_id, id);
    snprintf(line, sizeof line, "Version: $LATEST\nRequestId: %s Error: Runtime exited with error: exit status 1\nRuntime.ExitError\nEND", id);
    check_contains(text, line);
    ck_assert_int_eq(li_config_set(w.engine, "compat.timeout_text", 1, &err), LI_OK);
    check_order(tail_of("stays"), "before it\n");
    text = tail_of("stays");
    li_id_format(&result.request_id, id);
    snprintf(line, sizeof line, "Z %s Task timed out after 3.00 seconds\n\nEND", id);
    check_contains(text, line);
    advance_s(&w, 60);
}
END_TEST

START_TEST(test_inv_705_a_tail_has_nothing_of_other_invocations)
{
    char first[LI_ID_TEXT_SIZE];
    int lines = 2;

    add_function(w.engine, "talk", talk, &lines);
    tail_of("talk");
    li_id_format(&result.request_id, first);
    check_lacks(tail_of("talk"), first);
    ck_assert_ptr_eq(strstr(tail_of("talk"), "START"), tail_of("talk"));
}
END_TEST

static struct {
    int n;
    li_id ids[8];
    uint32_t attempts[8];
} ends;

static void keep_end(void *user, const li_journal_line *line)
{
    (void)user;
    if (line->step != LI_STEP_END || ends.n == 8)
        return;
    ends.ids[ends.n] = line->id;
    ends.attempts[ends.n++] = line->attempt;
}

START_TEST(test_inv_707_each_attempt_ends_once_under_the_id_of_its_event)
{
    li_id id;
    int i;

    ends.n = 0;
    ck_assert_int_eq(li_journal_listen(w.engine, keep_end, NULL), LI_OK);
    w.script.fail_times = -1;
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 3600);
    ck_assert_int_eq(ends.n, 3);
    for (i = 0; i < 3; i++) {
        ck_assert_int_eq(memcmp(&ends.ids[i], &id, sizeof id), 0);
        ck_assert_uint_eq(ends.attempts[i], (unsigned)i + 1);
    }
    ck_assert_int_eq(li_journal_listen(w.engine, NULL, NULL), LI_OK);
}
END_TEST

/* ---- order of checks, concurrency */

START_TEST(test_inv_175_checks_come_in_this_order)
{
    ck_assert_int_eq(li_config_set(w.engine, "limits.sync_request_bytes", 4, NULL), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, 0, NULL), LI_OK);
    ck_assert_int_eq(call("bad name", "{{{{{{"), LI_E_VALIDATION);
    ck_assert_int_eq(call("arn:aws:lambda:eu-west-1:000000000000:function:echo", "{{{{{{"), LI_E_NOT_FOUND);
    ck_assert_int_eq(err.detail, LI_DETAIL_OTHER_REGION);
    ck_assert_int_eq(call("arn:aws:lambda:us-east-1:111111111111:function:echo", "{{{{{{"), LI_E_DENIED);
    ck_assert_int_eq(call("nope", "{{{{{{"), LI_E_NOT_FOUND);
    ck_assert_int_eq(err.detail, LI_DETAIL_FUNCTION_NOT_FOUND);
    ck_assert_int_eq(call("echo", "{{{{{{"), LI_E_TOO_LARGE);
    ck_assert_int_eq(call("echo", "{{"), LI_E_JSON);
    ck_assert_int_eq(call("echo", "{}"), LI_E_THROTTLED);
}
END_TEST

START_TEST(test_inv_174_a_pending_function_refuses_calls_and_events_until_it_is_active)
{
    li_function_info info;

    ck_assert_int_eq(li_config_set(w.engine, "state.pending_ms", 500, NULL), LI_OK);
    add_function(w.engine, "young", echo, NULL);
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    ck_assert_int_eq(li_function_describe(w.engine, "young", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_int_eq(info.state, LI_FUNCTION_PENDING);
    ck_assert_int_eq(call("young", "{}"), LI_E_STATE);
    ck_assert_int_eq(err.detail, LI_DETAIL_FUNCTION_STATE);
    ck_assert_int_eq(call("young", "{"), LI_E_JSON);
    ck_assert_int_eq(li_invoke_event(w.engine, "young", LI_Z, "{}", LI_Z, NULL, NULL, &err), LI_E_STATE);
    ck_assert_int_eq(call("echo", "{}"), LI_OK);    /* those that were there before are active */
    ck_assert_int_eq(li_clock_advance(w.clock, 499 * LI_MS_NS, NULL), LI_OK);
    add_function(w.engine, "young", echo, NULL);    /* an update does not make it active sooner, nor pending again */
    ck_assert_int_eq(call("young", "{}"), LI_E_STATE);
    ck_assert_int_eq(li_clock_advance(w.clock, LI_MS_NS, NULL), LI_OK);
    ck_assert_int_eq(call("young", "{}"), LI_OK);
    ck_assert_int_eq(li_function_describe(w.engine, "young", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_int_eq(info.state, LI_FUNCTION_ACTIVE);
}
END_TEST

START_TEST(test_inv_308_reserved_0_throttles_every_synchronous_call_and_inv_313_counts_it)
{
    li_metrics m = LI_METRICS_INIT;

    ck_assert_int_eq(call("echo", "{}"), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, 0, NULL), LI_OK);
    ck_assert_int_eq(call("echo", "{}"), LI_E_THROTTLED);
    ck_assert_int_eq(err.detail, LI_DETAIL_RESERVED_CONCURRENCY);
    ck_assert_int_eq(li_metrics_get(w.engine, "echo", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.throttles, 1);
    ck_assert_uint_eq(m.invocations, 1);
    ck_assert_uint_eq(m.errors, 0);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, LI_UNRESERVED, NULL), LI_OK);
    ck_assert_int_eq(call("echo", "{}"), LI_OK);
}
END_TEST

START_TEST(test_inv_302_a_reservation_must_leave_100_unreserved)
{
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, 900, &err), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, 901, &err), LI_E_VALIDATION);
    ck_assert_int_eq(err.detail, LI_DETAIL_RESERVED_MINIMUM);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 1, &err), LI_E_VALIDATION);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, 899, &err), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 1, &err), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 0, &err), LI_OK);
}
END_TEST

START_TEST(test_inv_304_a_qualified_name_is_refused_for_concurrency)
{
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo:$LATEST", LI_Z, 1, &err), LI_E_VALIDATION);
    ck_assert_int_eq(err.detail, LI_DETAIL_QUALIFIED_NAME);
}
END_TEST

static void ignore_done(void *user, li_status status, const li_invoke_result *r, const li_error *e)
{
    (void)r;
    (void)e;
    *(int *)user += status == LI_OK ? 1 : 100;
}

START_TEST(test_inv_305_a_reservation_is_a_cap_and_inv_311_is_given_back_at_the_end)
{
    int done = 0;

    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 2, NULL), LI_OK);
    w.script.takes_ms = 1000;
    ck_assert_int_eq(li_invoke_begin(w.engine, "scripted", LI_Z, "{}", 2, NULL, ignore_done, &done), LI_OK);
    ck_assert_int_eq(li_invoke_begin(w.engine, "scripted", LI_Z, "{}", 2, NULL, ignore_done, &done), LI_OK);
    ck_assert_int_eq(li_invoke_begin(w.engine, "scripted", LI_Z, "{}", 2, NULL, ignore_done, &done), LI_OK);
    ck_assert_int_eq(done, 100);            /* the third is throttled at once */
    ck_assert_int_eq(li_clock_advance(w.clock, 999 * LI_MS_NS, NULL), LI_OK);
    ck_assert_int_eq(done, 100);
    ck_assert_int_eq(li_clock_advance(w.clock, 1 * LI_MS_NS, NULL), LI_OK);
    ck_assert_int_eq(done, 102);
    ck_assert_int_eq(li_invoke_begin(w.engine, "scripted", LI_Z, "{}", 2, NULL, ignore_done, &done), LI_OK);
    advance_s(&w, 1);
    ck_assert_int_eq(done, 103);
}
END_TEST

START_TEST(test_inv_301_the_account_is_a_pool_and_idle_environments_give_way)
{
    int done = 0;

    ck_assert_int_eq(li_config_set(w.engine, "limits.account_concurrency", 2, NULL), LI_OK);
    ck_assert_int_eq(call("echo", "{}"), LI_OK);
    w.script.takes_ms = 1000;
    ck_assert_int_eq(li_invoke_begin(w.engine, "scripted", LI_Z, "{}", 2, NULL, ignore_done, &done), LI_OK);
    ck_assert_int_eq(li_invoke_begin(w.engine, "scripted", LI_Z, "{}", 2, NULL, ignore_done, &done), LI_OK);
    ck_assert_int_eq(done, 0);              /* the second took the credit of echo's idle environment */
    ck_assert_int_eq(call("echo", "{}"), LI_E_THROTTLED);
    ck_assert_int_eq(err.detail, LI_DETAIL_ACCOUNT_CONCURRENCY);
    advance_s(&w, 1);
    ck_assert_int_eq(done, 2);
    ck_assert_int_eq(call("echo", "{}"), LI_OK);
}
END_TEST

/* ---- environments */

typedef struct life {
    int inits, finis, fail_inits;
    uint64_t init_ns;
    int32_t reason;
} life;

static int32_t life_init(li_init *init, void *user, void **environment)
{
    life *l = user;

    l->inits++;
    li_init_simulate(init, l->init_ns);
    if (l->fail_inits > 0) {
        l->fail_inits--;
        li_init_fail(init, "Config.Missing", "no file");
        return LI_FAILED;
    }
    *environment = l;
    return LI_DONE;
}

static void life_fini(void *environment, void *user, int32_t reason)
{
    ck_assert_ptr_eq(environment, user);
    ((life *)user)->finis++;
    ((life *)user)->reason = reason;
}

static int32_t life_run(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    ck_assert_ptr_eq(environment, user);
    if (payload[0] == '1') {
        li_invocation_fail(invocation, "Boom", "");
        return LI_FAILED;
    }
    if (payload[0] == '2')
        li_invocation_simulate(invocation, 10 * LI_SECOND_NS);
    return LI_DONE;
}

static life l;

static void add_life(void)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    memset(&l, 0, sizeof l);
    spec.name = li_z("life");
    spec.handler = life_run;
    spec.init = life_init;
    spec.fini = life_fini;
    spec.user = &l;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
}

START_TEST(test_inv_332_an_environment_is_kept_after_an_error_and_reset_after_a_time_out)
{
    add_life();
    ck_assert_int_eq(call("life", "0"), LI_OK);
    ck_assert_int_eq(call("life", "1"), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_UNHANDLED);
    ck_assert_int_eq(call("life", "0"), LI_OK);
    ck_assert_int_eq(l.inits, 1);
    ck_assert_int_eq(call("life", "2"), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_UNHANDLED);
    advance_s(&w, 10);
    ck_assert_int_eq(l.finis, 1);
    ck_assert_int_eq(l.reason, LI_RETIRE_TIMEOUT);
    ck_assert_int_eq(call("life", "0"), LI_OK);
    ck_assert_int_eq(l.inits, 2);
}
END_TEST

START_TEST(test_inv_333_an_idle_environment_is_retired_after_600_s)
{
    add_life();
    ck_assert_int_eq(call("life", "0"), LI_OK);
    advance_s(&w, 500);
    ck_assert_int_eq(call("life", "0"), LI_OK);
    advance_s(&w, 599);
    ck_assert_int_eq(l.finis, 0);
    advance_s(&w, 1);
    ck_assert_int_eq(l.finis, 1);
    ck_assert_int_eq(l.reason, LI_RETIRE_SPINDOWN);
}
END_TEST

/* Without extensions the budget of SHUTDOWN is 0 ms: fini is told at the instant itself, gets no time of its own, and what is
 * due at that instant is not later for it. Signals to a process are its executor's. */
START_TEST(test_inv_334_shutdown_has_no_time_of_its_own)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    li_outcome o = LI_OUTCOME_INIT;
    uint64_t begin = li_engine_now_ms(w.engine);
    li_id id;

    add_life();
    ck_assert_int_eq(call("life", "0"), LI_OK);
    options.not_before_ms = begin + 600000;
    ck_assert_int_eq(li_invoke_event(w.engine, "echo", LI_Z, "{}", LI_Z, &options, &id, NULL), LI_OK);
    advance_s(&w, 600);
    ck_assert_int_eq(l.finis, 1);
    ck_assert_uint_eq(li_engine_now_ms(w.engine), begin + 600000);
    ck_assert_int_eq(li_event_outcome(w.engine, &id, &o), LI_OK);
    ck_assert_int_eq(o.state, LI_EVENT_SUCCEEDED);
    ck_assert_uint_eq(o.attempts[0].start_ms, begin + 600000);
    li_outcome_fini(&o);
}
END_TEST

START_TEST(test_inv_331_a_failed_initialisation_is_tried_again_and_inv_147_the_caller_sees_the_second)
{
    add_life();
    l.fail_inits = 1;
    ck_assert_int_eq(call("life", "0"), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_NONE);
    ck_assert_int_eq(l.inits, 2);
    add_life();
    l.fail_inits = 2;
    ck_assert_int_eq(call("life", "0"), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_UNHANDLED);
    check_contains(result.payload, "\"errorType\":\"Config.Missing\",\"errorMessage\":\"no file\"");
    ck_assert_int_eq(l.inits, 2);
    ck_assert_int_eq(call("life", "0"), LI_OK);
    ck_assert_int_eq(l.inits, 3);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_NONE);
}
END_TEST

START_TEST(test_inv_330_initialisation_time_is_reported_once_and_inv_703_billed)
{
    add_life();
    l.init_ns = 250 * LI_MS_NS;
    ck_assert_int_eq(call("life", "0"), LI_OK);
    ck_assert_uint_eq(result.init_ns, 250 * LI_MS_NS);
    ck_assert_uint_eq(result.billed_ms, 250);
    ck_assert_int_eq(call("life", "0"), LI_OK);
    ck_assert_uint_eq(result.init_ns, 0);
}
END_TEST

START_TEST(test_inv_338_an_update_retires_idle_environments_of_the_old_code)
{
    add_life();
    ck_assert_int_eq(call("life", "0"), LI_OK);
    add_function(w.engine, "life", echo, NULL);
    ck_assert_int_eq(l.finis, 1);
    ck_assert_int_eq(l.reason, LI_RETIRE_UPDATED);
    ck_assert_int_eq(call("life", "7"), LI_OK);
    check_text(result.payload, result.payload_len, "7");
}
END_TEST

START_TEST(test_inv_335_a_time_out_is_1_ms_to_900_s)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("t");
    spec.handler = echo;
    spec.timeout_ms = 900000;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_OK);
    spec.timeout_ms = 900001;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_E_VALIDATION);
    ck_assert_int_eq(err.detail, LI_DETAIL_TIMEOUT);
    spec.timeout_ms = 0;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_E_VALIDATION);
}
END_TEST

START_TEST(test_inv_337_memory_is_128_to_10240_mb)
{
    static const struct {
        uint32_t mb;
        li_status status;
    } cases[] = { { 127, LI_E_VALIDATION }, { 128, LI_OK }, { 10240, LI_OK }, { 10241, LI_E_VALIDATION } };
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("m");
    spec.handler = echo;
    spec.memory_mb = cases[_i].mb;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), cases[_i].status);
}
END_TEST

/* ---- what handlers do wrong, and nested calls */

static int32_t garbage(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    (void)user;
    ck_assert_int_eq(li_invocation_respond(invocation, NULL, 5), LI_E_INVALID);
    return 77;
}

START_TEST(test_rel_44_an_unknown_verdict_is_a_function_error)
{
    add_function(w.engine, "garbage", garbage, NULL);
    ck_assert_int_eq(call("garbage", "{}"), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_UNHANDLED);
}
END_TEST

static int32_t nest(li_invocation *invocation, void *environment, void *user)
{
    li_invoke_result inner = LI_INVOKE_RESULT_INIT;
    li_status status;
    int *depth = user;

    (void)environment;
    ++*depth;
    status = li_invoke(li_invocation_get_engine(invocation), "nest", LI_Z, "{}", 2, NULL, &inner, NULL);
    li_invoke_result_fini(&inner);
    return status == LI_OK || status == LI_E_DEPTH ? LI_DONE : LI_FAILED;
}

START_TEST(test_rel_42_a_handler_may_invoke_itself_up_to_the_depth_limit)
{
    int depth = 0;

    add_function(w.engine, "nest", nest, &depth);
    ck_assert_int_eq(call("nest", "{}"), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_NONE);
    ck_assert_int_eq(depth, 16);
}
END_TEST

static int32_t outer(li_invocation *invocation, void *environment, void *user)
{
    li_invoke_result inner = LI_INVOKE_RESULT_INIT;

    (void)environment;
    (void)user;
    li_invocation_simulate(invocation, LI_SECOND_NS);
    ck_assert_int_eq(li_invoke(li_invocation_get_engine(invocation), "scripted", LI_Z, "{}", 2, NULL, &inner, NULL), LI_OK);
    ck_assert_uint_eq(inner.duration_ns, 5 * LI_SECOND_NS);
    li_invoke_result_fini(&inner);
    return LI_DONE;
}

START_TEST(test_a_callees_declared_duration_adds_to_the_callers)
{
    uint64_t before = li_engine_now_ms(w.engine);

    add_function(w.engine, "outer", outer, NULL);
    w.script.takes_ms = 5000;
    ck_assert_int_eq(call("outer", "{}"), LI_OK);
    ck_assert_uint_eq(result.duration_ns, 6 * LI_SECOND_NS);
    ck_assert_uint_eq(li_engine_now_ms(w.engine) - before, 6000);
}
END_TEST

static int32_t advances(li_invocation *invocation, void *environment, void *user)
{
    world *world_ = user;

    (void)environment;
    (void)invocation;
    ck_assert_int_eq(li_clock_advance(world_->clock, 1, NULL), LI_E_MISUSE);
    ck_assert_int_eq(li_engine_step(world_->engine, NULL), LI_E_MISUSE);
    ck_assert_int_eq(li_engine_free(world_->engine), LI_E_BUSY);
    ck_assert_int_eq(li_engine_stop(world_->engine, 0, NULL, NULL), LI_OK);
    return LI_DONE;
}

START_TEST(test_rel_43_free_inside_a_handler_is_busy_and_driving_it_is_misuse)
{
    add_function(w.engine, "advances", advances, &w);
    ck_assert_int_eq(call("advances", "{}"), LI_OK);
}
END_TEST

static int32_t changes(li_invocation *invocation, void *environment, void *user)
{
    li_engine *engine = li_invocation_get_engine(invocation);

    (void)environment;
    (void)user;
    add_function(engine, "fresh", echo, NULL);
    ck_assert_int_eq(li_function_remove(engine, "changes", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_function_remove(engine, "echo", LI_Z, NULL), LI_OK);
    li_invocation_respond(invocation, "\"still here\"", LI_Z);
    return LI_DONE;
}

START_TEST(test_rel_42_a_handler_may_remove_functions_and_its_own)
{
    add_function(w.engine, "changes", changes, NULL);
    ck_assert_int_eq(call("changes", "{}"), LI_OK);
    check_text(result.payload, result.payload_len, "\"still here\"");
    ck_assert_int_eq(call("changes", "{}"), LI_E_NOT_FOUND);
    ck_assert_int_eq(call("fresh", "5"), LI_OK);
}
END_TEST

/* ---- bad options */

START_TEST(test_an_options_struct_of_impossible_size_or_with_unknown_members_is_refused)
{
    struct {
        li_invoke_options options;
        uint64_t newer;
    } future = { LI_INVOKE_OPTIONS_INIT, 0 };

    future.options.size = sizeof future;
    ck_assert_int_eq(call_with("echo", "{}", &future.options), LI_OK);
    future.newer = 1;
    ck_assert_int_eq(call_with("echo", "{}", &future.options), LI_E_NOTSUP);
    ck_assert_int_eq(err.detail, LI_DETAIL_OPTIONS_UNKNOWN);
    future.options.size = 3;
    ck_assert_int_eq(call_with("echo", "{}", &future.options), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_OPTIONS_SIZE);
    future.options.size = sizeof future.options;
    future.options.flags = 0x80;
    ck_assert_int_eq(call_with("echo", "{}", &future.options), LI_E_NOTSUP);
}
END_TEST

START_TEST(test_a_handle_answers_not_found_after_removal)
{
    li_function *function;

    ck_assert_int_eq(li_function_get(w.engine, "echo", LI_Z, &function), LI_OK);
    ck_assert_int_eq(li_function_invoke(function, "1", 1, NULL, &result, &err), LI_OK);
    check_text(result.payload, result.payload_len, "1");
    ck_assert_int_eq(li_function_remove(w.engine, "echo", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_function_invoke(function, "1", 1, NULL, &result, &err), LI_E_NOT_FOUND);
    add_function(w.engine, "echo", echo, NULL);
    ck_assert_int_eq(li_function_invoke(function, "2", 1, NULL, &result, &err), LI_OK);
}
END_TEST

START_TEST(test_inv_148_a_function_with_nothing_bound_fails_with_invalid_entrypoint_until_it_is_registered)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("later");
    spec.binding = li_z("c:later");
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_HANDLER_MISSING);
    ck_assert_int_eq(li_function_create(w.engine, &spec, NULL, &err), LI_OK);
    ck_assert_int_eq(li_function_create(w.engine, &spec, NULL, &err), LI_E_CONFLICT);
    ck_assert_int_eq(call("later", "1"), LI_OK);
    check_contains(result.payload, "\"errorType\":\"Runtime.InvalidEntrypoint\"");
    ck_assert_int_eq(li_handler_register(w.engine, "later", LI_Z, echo, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(call("later", "1"), LI_OK);
    check_text(result.payload, result.payload_len, "1");
}
END_TEST

Suite *suite_invoke(void);
Suite *suite_invoke(void)
{
    Suite *suite = suite_create("invoke");
    TCase *t = tcase_create("payload");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_inv_102_an_absent_payload_reaches_the_handler_as_an_empty_object);
    tcase_add_loop_test(t, test_inv_103_json_of_any_kind_is_accepted_and_inv_104_not_a_byte_is_changed, 0,
                        (int)(sizeof valid / sizeof valid[0]));
    tcase_add_loop_test(t, test_inv_103_broken_json_is_refused_with_the_place_of_the_first_error, 0,
                        (int)(sizeof broken / sizeof broken[0]));
    tcase_add_test(t, test_inv_105_a_request_of_exactly_the_limit_passes_and_one_byte_more_does_not);
    tcase_add_test(t, test_inv_105_the_limit_is_6_mib_by_default);
    tcase_add_test(t, test_raw_functions_take_any_bytes);
    suite_add_tcase(suite, t);

    t = tcase_create("answer");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_inv_140_a_handler_that_returns_nothing_yields_null);
    tcase_add_test(t, test_inv_141_a_function_error_is_an_answer_with_its_document);
    tcase_add_test(t, test_inv_142_a_document_of_the_handlers_own_passes_unchanged_and_inv_141_can_be_handled);
    tcase_add_test(t, test_inv_143_an_overrun_is_a_time_out_with_this_text);
    tcase_add_test(t, test_inv_143_the_older_text_is_a_setting);
    tcase_add_loop_test(t, test_inv_144_the_end_of_the_runtime_is_an_exit_error, 0, 3);
    tcase_add_test(t, test_inv_146_a_response_of_the_limit_passes_and_one_byte_more_is_a_function_error);
    tcase_add_test(t, test_inv_149_a_dry_run_checks_and_calls_nobody);
    tcase_add_test(t, test_inv_150_an_event_is_accepted_with_202_and_no_version);
    tcase_add_test(t, test_inv_101_an_unknown_invocation_type_is_refused);
    suite_add_tcase(suite, t);

    t = tcase_create("context");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_inv_129_the_handler_sees_the_arn_as_the_caller_gave_it);
    tcase_add_test(t, test_inv_108_the_client_context_reaches_the_handler_and_is_dropped_for_events);
    tcase_add_test(t, test_inv_107_a_client_context_over_3583_bytes_of_base64_is_refused);
    tcase_add_test(t, test_inv_153_root_and_sampled_are_kept_and_parent_is_new);
    tcase_add_test(t, test_inv_701_the_tail_has_start_output_end_and_report_in_this_order);
    tcase_add_test(t, test_inv_152_the_tail_is_the_last_4096_bytes);
    tcase_add_test(t, test_inv_703_a_time_out_reports_exactly_the_time_out_and_its_status);
    tcase_add_test(t, test_inv_702_a_report_has_its_fields_in_order_and_the_initialisation_once);
    tcase_add_test(t, test_inv_703_initialisation_is_billed_unless_billing_init_is_off);
    tcase_add_test(t, test_inv_704_the_order_of_the_log_is_the_same_after_a_time_out_and_a_crash);
    tcase_add_test(t, test_inv_705_a_tail_has_nothing_of_other_invocations);
    tcase_add_test(t, test_inv_707_each_attempt_ends_once_under_the_id_of_its_event);
    suite_add_tcase(suite, t);

    t = tcase_create("concurrency");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_inv_175_checks_come_in_this_order);
    tcase_add_test(t, test_inv_174_a_pending_function_refuses_calls_and_events_until_it_is_active);
    tcase_add_test(t, test_inv_308_reserved_0_throttles_every_synchronous_call_and_inv_313_counts_it);
    tcase_add_test(t, test_inv_302_a_reservation_must_leave_100_unreserved);
    tcase_add_test(t, test_inv_304_a_qualified_name_is_refused_for_concurrency);
    tcase_add_test(t, test_inv_305_a_reservation_is_a_cap_and_inv_311_is_given_back_at_the_end);
    tcase_add_test(t, test_inv_301_the_account_is_a_pool_and_idle_environments_give_way);
    suite_add_tcase(suite, t);

    t = tcase_create("environment");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_inv_332_an_environment_is_kept_after_an_error_and_reset_after_a_time_out);
    tcase_add_test(t, test_inv_333_an_idle_environment_is_retired_after_600_s);
    tcase_add_test(t, test_inv_334_shutdown_has_no_time_of_its_own);
    tcase_add_test(t, test_inv_331_a_failed_initialisation_is_tried_again_and_inv_147_the_caller_sees_the_second);
    tcase_add_test(t, test_inv_330_initialisation_time_is_reported_once_and_inv_703_billed);
    tcase_add_test(t, test_inv_338_an_update_retires_idle_environments_of_the_old_code);
    tcase_add_test(t, test_inv_335_a_time_out_is_1_ms_to_900_s);
    tcase_add_loop_test(t, test_inv_337_memory_is_128_to_10240_mb, 0, 4);
    suite_add_tcase(suite, t);

    t = tcase_create("misuse");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_rel_44_an_unknown_verdict_is_a_function_error);
    tcase_add_test(t, test_rel_42_a_handler_may_invoke_itself_up_to_the_depth_limit);
    tcase_add_test(t, test_a_callees_declared_duration_adds_to_the_callers);
    tcase_add_test(t, test_rel_43_free_inside_a_handler_is_busy_and_driving_it_is_misuse);
    tcase_add_test(t, test_rel_42_a_handler_may_remove_functions_and_its_own);
    tcase_add_test(t, test_an_options_struct_of_impossible_size_or_with_unknown_members_is_refused);
    tcase_add_test(t, test_a_handle_answers_not_found_after_removal);
    tcase_add_test(t, test_inv_148_a_function_with_nothing_bound_fails_with_invalid_entrypoint_until_it_is_registered);
    suite_add_tcase(suite, t);
    return suite;
}
