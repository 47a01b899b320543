/* test_api.c - the Lambda API without a socket: requests in, responses out, errors as the service words them. */
#include "fixture.h"

#include <cjson/cJSON.h>
#include <lambdainvoke/api.h>

static world w;
static li_api *api;

typedef struct answer {
    int count, status;
    char headers[4096];
    char body[65536];
    size_t body_len;
} answer;

static answer got;

static void keep_answer(void *user, const li_api_response *response)
{
    answer *a = user;
    size_t n = 0;
    uint32_t i;

    a->count++;
    a->status = response->status;
    for (i = 0; i < response->n_headers; i++)
        n += (size_t)snprintf(a->headers + n, sizeof a->headers - n, "%.*s: %.*s\n", (int)response->headers[i].name.len,
                              response->headers[i].name.ptr, (int)response->headers[i].value.len,
                              response->headers[i].value.ptr);
    a->body_len = response->body.len;
    ck_assert(response->body.len < sizeof a->body);
    memcpy(a->body, response->body.ptr, response->body.len);
    a->body[response->body.len] = '\0';
}

/* headers: "Name: value" lines */
static void ask_with(const char *method, const char *target, const char *headers, const char *body)
{
    li_api_header list[8];
    li_api_request request;
    size_t n = 0;

    memset(&request, 0, sizeof request);
    memset(&got, 0, sizeof got);
    request.size = sizeof request;
    request.method.ptr = method;
    request.method.len = strlen(method);
    request.target.ptr = target;
    request.target.len = strlen(target);
    while (headers && *headers) {
        const char *colon = strchr(headers, ':'), *end = strchr(headers, '\n');

        list[n].name.ptr = headers;
        list[n].name.len = (size_t)(colon - headers);
        list[n].value.ptr = colon + 2;
        list[n].value.len = (size_t)((end ? end : headers + strlen(headers)) - colon - 2);
        headers = end ? end + 1 : NULL;
        n++;
    }
    request.headers = list;
    request.n_headers = n;
    request.body.ptr = body;
    request.body.len = body ? strlen(body) : 0;
    ck_assert_int_eq(li_api_handle(api, &request, keep_answer, &got), LI_OK);
}

static void ask(const char *method, const char *target, const char *body)
{
    ask_with(method, target, NULL, body);
}

static void advance_is_ours(void *user, uint64_t delta_ns, void (*done)(void *done_user, li_status status), void *done_user)
{
    (void)user;
    done(done_user, li_clock_advance(w.clock, delta_ns, NULL));
}

static void set_up(void)
{
    li_api_options options = LI_API_OPTIONS_INIT;

    world_new(&w);
    ck_assert_int_eq(li_config_set(w.engine, "local_queues.auto", 1, NULL), LI_OK);
    options.flags = LI_API_ADMIN;
    options.advance = advance_is_ours;
    ck_assert_int_eq(li_api_new(w.engine, &options, &api), LI_OK);
}

static void tear_down(void)
{
    ck_assert_int_eq(li_api_free(api), LI_OK);
    world_free(&w);
}

#define INVOKE(name) "/2015-03-31/functions/" name "/invocations"
#define CONFIG(name) "/2019-09-25/functions/" name "/event-invoke-config"

/* ---- Invoke */

START_TEST(test_inv_140_an_answer_is_the_handlers_bytes_with_version_and_id)
{
    ask("POST", INVOKE("echo"), "{\"a\": 1.0}");
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(got.body, "{\"a\": 1.0}");
    check_contains(got.headers, "X-Amz-Executed-Version: $LATEST\n");
    check_contains(got.headers, "x-amzn-RequestId: ");
    check_contains(got.headers, "Content-Type: application/json\n");
    check_contains(got.headers, "X-Amzn-Trace-Id: Root=1-");
    check_lacks(got.headers, "X-Amz-Function-Error");
    check_lacks(got.headers, "X-Amz-Log-Result");
}
END_TEST

START_TEST(test_inv_141_a_function_error_is_200_with_its_header)
{
    w.script.fail_times = 1;
    ask("POST", INVOKE("scripted"), "{}");
    ck_assert_int_eq(got.status, 200);
    check_contains(got.headers, "X-Amz-Function-Error: Unhandled\n");
    check_contains(got.body, "\"errorType\":\"Boom\"");
}
END_TEST

START_TEST(test_inv_149_dry_run_is_204_and_inv_150_event_is_202)
{
    ask_with("POST", INVOKE("scripted"), "X-Amz-Invocation-Type: DryRun", "{}");
    ck_assert_int_eq(got.status, 204);
    ck_assert_uint_eq(got.body_len, 0);
    check_lacks(got.headers, "X-Amz-Executed-Version");
    ask_with("POST", INVOKE("scripted"), "X-Amz-Invocation-Type: Event\nX-Amz-Log-Type: Tail", "{}");
    ck_assert_int_eq(got.status, 202);
    ck_assert_uint_eq(got.body_len, 0);
    check_lacks(got.headers, "X-Amz-Log-Result");
    ck_assert_int_eq(w.script.runs, 0);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 1);
}
END_TEST

START_TEST(test_inv_101_an_unknown_type_names_the_member)
{
    ask_with("POST", INVOKE("echo"), "X-Amz-Invocation-Type: Later", "{}");
    ck_assert_int_eq(got.status, 400);
    check_contains(got.headers, "x-amzn-ErrorType: ValidationException\n");
    check_contains(got.body, "{\"message\":\"1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy "
                             "constraint: Member must satisfy enum value set: [");
}
END_TEST

START_TEST(test_inv_103_broken_json_is_refused_with_this_beginning)
{
    ask("POST", INVOKE("echo"), "{");
    ck_assert_int_eq(got.status, 400);
    check_contains(got.headers, "x-amzn-ErrorType: InvalidRequestContentException\n");
    check_contains(got.body, "\"message\":\"Could not parse request body into json: Could not parse payload into json: ");
    check_contains(got.body, "line: 1, column: 2]");
}
END_TEST

START_TEST(test_inv_109_a_content_type_is_looked_at_only_when_told_to)
{
    static const struct { const char *type; int status; } rows[] = {
        { "Content-Type: application/json", 200 }, { "Content-Type: application/json; charset=utf-8", 200 },
        { "Content-Type: APPLICATION/JSON", 200 }, { "Content-Type: application/cloudevents+json", 200 },
        { NULL, 200 }, { "Content-Type: text/plain", 415 }, { "Content-Type: application/x-www-form-urlencoded", 415 },
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_int_eq(li_config_set(w.engine, "invoke.strict_content_type", 0, NULL), LI_OK);
        ask_with("POST", "/2015-03-31/functions/echo/invocations", rows[i].type, "1");
        ck_assert_int_eq(got.status, 200);
        ck_assert_int_eq(li_config_set(w.engine, "invoke.strict_content_type", 1, NULL), LI_OK);
        ask_with("POST", "/2015-03-31/functions/echo/invocations", rows[i].type, "1");
        ck_assert_int_eq(got.status, rows[i].status);
    }
    check_contains(got.headers, "x-amzn-ErrorType: UnsupportedMediaTypeException");
    check_contains(got.body, "\"message\":");
}
END_TEST

START_TEST(test_inv_107_a_client_context_that_is_no_base64_or_no_json_is_refused)
{
    static const char *const contexts[] = { "X-Amz-Client-Context: !!!", "X-Amz-Client-Context: e3s=" };

    ask_with("POST", INVOKE("echo"), contexts[_i], "{}");
    ck_assert_int_eq(got.status, 400);
    check_contains(got.headers, "x-amzn-ErrorType: InvalidRequestContentException\n");
    ask_with("POST", INVOKE("echo"), "X-Amz-Client-Context: eyJhIjoxfQ==", "{}");
    ck_assert_int_eq(got.status, 200);
}
END_TEST

START_TEST(test_inv_105_and_inv_106_sizes_are_413_with_their_texts)
{
    ck_assert_int_eq(li_config_set(w.engine, "limits.sync_request_bytes", 8, NULL), LI_OK);
    ck_assert_int_eq(li_config_set(w.engine, "limits.async_request_bytes", 8, NULL), LI_OK);
    ask("POST", INVOKE("echo"), "\"1234567\"");
    ck_assert_int_eq(got.status, 413);
    check_contains(got.headers, "x-amzn-ErrorType: RequestEntityTooLargeException\n");
    check_contains(got.body, "Request must be smaller than 8 bytes for the InvokeFunction operation");
    ck_assert_int_eq(li_config_set(w.engine, "limits.sync_request_bytes", 100, NULL), LI_OK);
    ask_with("POST", INVOKE("echo"), "X-Amz-Invocation-Type: Event", "\"1234567\"");
    ck_assert_int_eq(got.status, 413);
    check_contains(got.body, "9 byte payload is too large for the Event invocation type (limit 8 bytes)");
}
END_TEST

START_TEST(test_inv_152_the_tail_is_base64_of_the_log)
{
    ask_with("POST", INVOKE("echo"), "X-Amz-Log-Type: Tail", "{}");
    check_contains(got.headers, "X-Amz-Log-Result: U1RBUlQgUmVxdWVzdElkOi");   /* START RequestId: */
}
END_TEST

START_TEST(test_inv_153_a_given_trace_keeps_its_root)
{
    ask_with("POST", INVOKE("echo"), "X-Amzn-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1", "{}");
    check_contains(got.headers, "X-Amzn-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=");
}
END_TEST

#define V "x-amzn-ErrorType: ValidationException\n"
#define A65 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A129 A65 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NF "x-amzn-ErrorType: ResourceNotFoundException\n"

static const struct {
    const char *target;
    int status;
    const char *header, *text;
} vectors[] = {
    { INVOKE("my-function!"), 400, V, "1 validation error detected: Value 'my-function!' at 'functionName' failed to satisfy "
                                      "constraint: Member must satisfy regular expression pattern: (arn:" },
    { INVOKE("*"), 400, V, "at 'functionName'" },
    { INVOKE("my-function") "?Qualifier=invalid!", 400, V, "1 validation error detected: Value 'invalid!' at 'qualifier'" },
    { INVOKE("my-function") "?Qualifier=" A129, 400, V, "Member must have length less than or equal to 128" },
    { INVOKE("my-function") "?Qualifier=" A65, 404, NF, ":my-function:" A65 "\"" },
    { INVOKE("invalid-account:function:my-function"), 400, V, "" },
    { INVOKE("arn%3Aaws%3Alambda%3Ainvalid-region%3A000000000000%3Afunction%3Amy-function"), 400, V, "" },
    { INVOKE("arn:aws:ec2:us-east-1:000000000000:instance:i-1"), 400, V, "" },
    { INVOKE(A65), 404, NF, "Function not found: " ARN A65 ":$LATEST" },
    { INVOKE("arn:aws:lambda:invalid-region:000000000000:function:my-function") "?Qualifier=" A129, 400, V,
      "2 validation errors detected: Value 'aaaa" },
    { INVOKE("my-function:1:2"), 400, V, "" },
    { INVOKE("arn:aws:lambda:us-east-1:000000000000:function"), 404, NF, "Function not found: " ARN "function:$LATEST" },
    { INVOKE("function:my-function:$LATEST:extra"), 400, V, "" },
    { INVOKE("arn:aws:lambda:us-east-1:000000000000:function:my-function:$LATEST") "?Qualifier=1", 400,
      "x-amzn-ErrorType: InvalidParameterValueException\n",
      "The derived qualifier from the function name does not match the specified qualifier." },
    { INVOKE("my-function") "?Qualifier=%24latest", 404, NF, ":my-function:$latest\"" },
    { INVOKE("arn:aws:lambda::000000000000:function:my-function"), 400, V, "" },
    { INVOKE("my-function:$LATES"), 400, V, "" },
    { INVOKE("arn:aws:lambda:eu-west-1:000000000000:function:echo"), 404, NF,
      "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')" },
    { INVOKE("arn:aws:lambda:us-east-1:111111111111:function:echo"), 403, "x-amzn-ErrorType: AccessDeniedException\n", "" },
    { INVOKE("nope"), 404, NF, "{\"Type\":\"User\",\"Message\":\"Function not found: " ARN "nope:$LATEST\"}" },
    { INVOKE("echo:live"), 404, NF, "Function not found: " ARN "echo:live\"" },
};

START_TEST(test_inv_131_inv_121_inv_122_inv_127_names_are_answered_as_recorded)
{
    ask("POST", vectors[_i].target, "{}");
    ck_assert_msg(got.status == vectors[_i].status, "%s: %d %s", vectors[_i].target, got.status, got.body);
    check_contains(got.headers, vectors[_i].header);
    check_contains(got.body, vectors[_i].text);
}
END_TEST

START_TEST(test_inv_172_a_throttle_is_429_with_its_reason)
{
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, 0, NULL), LI_OK);
    ask("POST", INVOKE("echo"), "{}");
    ck_assert_int_eq(got.status, 429);
    ck_assert_str_eq(got.body, "{\"Reason\":\"ReservedFunctionConcurrentInvocationLimitExceeded\",\"Type\":\"User\","
                               "\"message\":\"Rate Exceeded.\"}");
}
END_TEST

START_TEST(test_inv_170_the_case_of_the_message_and_inv_171_the_type_follow_the_model)
{
    ask("POST", INVOKE("nope"), "{}");
    check_contains(got.body, "{\"Type\":\"User\",\"Message\":");
    ask("POST", INVOKE("echo"), "{");
    check_contains(got.body, "{\"Type\":\"User\",\"message\":");
    ask("POST", INVOKE("*"), "{}");
    check_contains(got.body, "{\"message\":");
}
END_TEST

/* INV-173: each detail has a code and a status of its own kind. */
static const struct {
    const char *method, *target, *body;
    int status;
    const char *code;
} statuses[] = { { "POST", INVOKE("nope"), "{}", 404, "ResourceNotFoundException" },
                 { "POST", INVOKE("echo"), "nul", 400, "InvalidRequestContentException" },
                 { "PUT", CONFIG("echo"), "{}", 400, "InvalidParameterValueException" },
                 { "PUT", CONFIG("echo"), "[]", 400, "SerializationException" },
                 { "GET", "/nowhere", NULL, 404, "UnknownOperationException" },
                 { "PATCH", "/2015-03-31/functions", NULL, 405, "MethodNotAllowedException" },
                 { "POST", INVOKE("arn:aws:lambda:us-east-1:111111111111:function:echo"), "{}", 403, "AccessDeniedException" } };

START_TEST(test_inv_173_statuses_and_codes_belong_together)
{
    char header[80];

    ask(statuses[_i].method, statuses[_i].target, statuses[_i].body);
    ck_assert_int_eq(got.status, statuses[_i].status);
    snprintf(header, sizeof header, "x-amzn-ErrorType: %s\n", statuses[_i].code);
    check_contains(got.headers, header);
    check_contains(got.headers, "Content-Type: application/json\n");
    check_contains(got.headers, "x-amzn-RequestId: ");
}
END_TEST

START_TEST(test_inv_601_every_path_works_with_a_trailing_slash)
{
    ask("POST", INVOKE("echo") "/", "1");
    ck_assert_int_eq(got.status, 200);
    ask("GET", "/2015-03-31/functions/", NULL);
    ck_assert_int_eq(got.status, 200);
    ask("POST", "/2014-11-13/functions/echo/invoke-async/", "1");
    ck_assert_int_eq(got.status, 202);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
}
END_TEST

START_TEST(test_inv_160_invoke_async_is_202_with_its_own_limit)
{
    static char body[262147];

    memset(body, '1', sizeof body - 1);
    ask("POST", "/2014-11-13/functions/echo/invoke-async", "{}");
    ck_assert_int_eq(got.status, 202);
    ck_assert_uint_eq(got.body_len, 0);
    ask("POST", "/2014-11-13/functions/echo/invoke-async", body);
    ck_assert_int_eq(got.status, 413);
    body[262144] = '\0';
    ask("POST", "/2014-11-13/functions/echo/invoke-async", body);
    ck_assert_int_eq(got.status, 202);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
}
END_TEST

START_TEST(test_a_declared_duration_keeps_the_answer_until_the_clock_has_moved)
{
    w.script.takes_ms = 2000;
    ask("POST", INVOKE("scripted"), "{}");
    ck_assert_int_eq(got.count, 0);
    ck_assert_int_eq(li_api_free(api), LI_E_BUSY);
    advance_s(&w, 1);
    ck_assert_int_eq(got.count, 0);
    advance_s(&w, 1);
    ck_assert_int_eq(got.count, 1);
    ck_assert_int_eq(got.status, 200);
}
END_TEST

/* ---- functions */

START_TEST(test_inv_619_list_functions_pages_in_order_of_name)
{
    ask("GET", "/2015-03-31/functions?MaxItems=1", NULL);
    ck_assert_int_eq(got.status, 200);
    check_contains(got.body, "\"FunctionName\":\"echo\"");
    check_contains(got.body, "\"NextMarker\":\"functions/echo\"");
    check_lacks(got.body, "\"State\"");
    ask("GET", "/2015-03-31/functions?MaxItems=1&Marker=functions%2Fecho", NULL);
    check_contains(got.body, "\"FunctionName\":\"scripted\"");
    check_lacks(got.body, "NextMarker");
    ask("GET", "/2015-03-31/functions?MaxItems=0", NULL);
    ck_assert_int_eq(got.status, 400);
    ask("GET", "/2015-03-31/functions?Marker=other", NULL);
    ck_assert_int_eq(got.status, 400);
}
END_TEST

START_TEST(test_inv_618_get_function_shows_configuration_and_concurrency)
{
    ask("GET", "/2015-03-31/functions/echo", NULL);
    ck_assert_int_eq(got.status, 200);
    check_contains(got.body, "{\"Configuration\":{\"FunctionName\":\"echo\",\"FunctionArn\":\"" ARN "echo\"");
    check_contains(got.body, "\"State\":\"Active\",\"LastUpdateStatus\":\"Successful\"");
    check_contains(got.body, "\"Version\":\"$LATEST\"");
    check_lacks(got.body, "\"Concurrency\"");
    ask("PUT", "/2017-10-31/functions/echo/concurrency", "{\"ReservedConcurrentExecutions\":5}");
    ask("GET", "/2015-03-31/functions/echo?Qualifier=$LATEST", NULL);
    check_contains(got.body, "\"FunctionArn\":\"" ARN "echo:$LATEST\"");
    check_contains(got.body, "\"Concurrency\":{\"ReservedConcurrentExecutions\":5}");
    ask("GET", "/2015-03-31/functions/nope", NULL);
    ck_assert_int_eq(got.status, 404);
}
END_TEST

START_TEST(test_update_changes_time_out_and_dead_letter_queue_and_nothing_when_wrong)
{
    ask("PUT", "/2015-03-31/functions/echo/configuration",
        "{\"Timeout\":7,\"DeadLetterConfig\":{\"TargetArn\":\"" QUEUE "dlq\"},\"Description\":\"mine\"}");
    ck_assert_int_eq(got.status, 200);
    check_contains(got.body, "\"Timeout\":7,");
    check_contains(got.body, "\"DeadLetterConfig\":{\"TargetArn\":\"" QUEUE "dlq\"}");
    ask("PUT", "/2015-03-31/functions/echo/configuration", "{\"Timeout\":901,\"Description\":\"other\"}");
    ck_assert_int_eq(got.status, 400);
    check_contains(got.body, "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or "
                             "equal to 900");
    ask("PUT", "/2015-03-31/functions/echo/configuration", "{\"DeadLetterConfig\":{}}");
    check_contains(got.body, "\"DeadLetterConfig\":{\"TargetArn\":\"" QUEUE "dlq\"}");
    check_contains(got.body, "\"Description\":\"mine\"");
    ask("PUT", "/2015-03-31/functions/echo/configuration", "{\"DeadLetterConfig\":{\"TargetArn\":\"\"}}");
    check_lacks(got.body, "DeadLetterConfig");
}
END_TEST

static const struct {
    const char *body;
    int status;
    const char *has;             /* in the answer, and of the configuration afterwards when it is 200 */
} loggings[] = {
    { "{\"LoggingConfig\":{\"LogFormat\":\"JSON\"}}", 200,
      "\"LoggingConfig\":{\"LogFormat\":\"JSON\",\"ApplicationLogLevel\":\"INFO\",\"SystemLogLevel\":\"INFO\",\"LogGroup\":" },
    { "{\"LoggingConfig\":{\"LogFormat\":\"JSON\",\"ApplicationLogLevel\":\"TRACE\",\"SystemLogLevel\":\"WARN\"}}", 200,
      "\"ApplicationLogLevel\":\"TRACE\",\"SystemLogLevel\":\"WARN\"" },
    { "{\"LoggingConfig\":{\"SystemLogLevel\":\"DEBUG\"}}", 200, "\"ApplicationLogLevel\":\"TRACE\",\"SystemLogLevel\":\"DEBUG\"" },
    { "{\"Timeout\":9}", 200, "\"ApplicationLogLevel\":\"TRACE\",\"SystemLogLevel\":\"DEBUG\"" },
    { "{\"LoggingConfig\":{\"LogFormat\":\"json\"}}", 400,
      "Value 'json' at 'loggingConfig.logFormat' failed to satisfy constraint: Member must satisfy enum value set: [JSON, Text]" },
    { "{\"LoggingConfig\":{\"ApplicationLogLevel\":\"LOUD\"}}", 400,
      "Value 'LOUD' at 'loggingConfig.applicationLogLevel' failed to satisfy constraint: Member must satisfy enum value set: "
      "[TRACE, DEBUG, INFO, WARN, ERROR, FATAL]" },
    { "{\"LoggingConfig\":{\"SystemLogLevel\":\"ERROR\"}}", 400, "enum value set: [DEBUG, INFO, WARN]" },
    { "{\"LoggingConfig\":{\"SystemLogLevel\":\"\"}}", 400, "enum value set: [DEBUG, INFO, WARN]" },
    { "{\"LoggingConfig\":{\"LogFormat\":\"Text\",\"SystemLogLevel\":\"INFO\"}}", 400,
      "LogLevel is not supported when LogFormat is set to \\\"Text\\\". Remove LogLevel from your request or change the LogFormat to "
      "\\\"JSON\\\" and try again." },
    { "{\"LoggingConfig\":{}}", 200, "\"ApplicationLogLevel\":\"TRACE\",\"SystemLogLevel\":\"DEBUG\"" },
    { "{\"LoggingConfig\":{\"LogFormat\":\"Text\"}}", 200, "\"LoggingConfig\":{\"LogFormat\":\"Text\",\"LogGroup\":" },
    { "{\"LoggingConfig\":{\"ApplicationLogLevel\":\"INFO\"}}", 400, "InvalidParameterValueException" },
};

START_TEST(test_inv_706_the_logging_configuration_is_changed_by_its_members)
{
    const char *now = "";        /* what the configuration has */
    size_t i;

    for (i = 0; i < sizeof loggings / sizeof loggings[0]; i++) {
        ask("PUT", "/2015-03-31/functions/echo/configuration", loggings[i].body);
        ck_assert_msg(got.status == loggings[i].status, "%s: %d %s", loggings[i].body, got.status, got.body);
        check_contains(strstr(loggings[i].has, "Exception") ? got.headers : got.body, loggings[i].has);
        now = got.status == 200 ? loggings[i].has : now;
        ask("GET", "/2015-03-31/functions/echo/configuration", NULL);
        check_contains(got.body, now);
    }
}
END_TEST

START_TEST(test_inv_602_delete_is_204_and_then_404)
{
    ask("DELETE", "/2015-03-31/functions/echo", NULL);
    ck_assert_int_eq(got.status, 204);
    ask("DELETE", "/2015-03-31/functions/echo", NULL);
    ck_assert_int_eq(got.status, 404);
}
END_TEST

START_TEST(test_inv_303_concurrency_has_three_dates_and_inv_302_its_minimum)
{
    ask("GET", "/2019-09-30/functions/echo/concurrency", NULL);
    ck_assert_str_eq(got.body, "{}");
    ask("PUT", "/2017-10-31/functions/echo/concurrency", "{\"ReservedConcurrentExecutions\":900}");
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(got.body, "{\"ReservedConcurrentExecutions\":900}");
    ask("PUT", "/2017-10-31/functions/echo/concurrency", "{\"ReservedConcurrentExecutions\":901}");
    ck_assert_int_eq(got.status, 400);
    ck_assert_str_eq(got.body, "{\"message\":\"Specified ReservedConcurrentExecutions for function decreases account's "
                               "UnreservedConcurrentExecution below its minimum value of [100].\"}");
    ask("GET", "/2016-08-19/account-settings", NULL);
    check_contains(got.body, "\"UnreservedConcurrentExecutions\":100}");
    ask("DELETE", "/2017-10-31/functions/echo/concurrency", NULL);
    ck_assert_int_eq(got.status, 204);
    ask("DELETE", "/2017-10-31/functions/echo/concurrency", NULL);
    ck_assert_int_eq(got.status, 204);
    ask("PUT", "/2017-10-31/functions/echo:$LATEST/concurrency", "{\"ReservedConcurrentExecutions\":1}");
    ck_assert_int_eq(got.status, 400);
    check_contains(got.body, "This operation is permitted on Lambda functions only.");
    ask("PUT", "/2017-10-31/functions/nope/concurrency", "{\"ReservedConcurrentExecutions\":1}");
    ck_assert_int_eq(got.status, 404);
    check_contains(got.body, "nope:$LATEST");            /* INV-651 */
}
END_TEST

/* ---- event invoke config */

START_TEST(test_inv_252_a_config_is_shown_with_two_destination_objects)
{
    ask("PUT", CONFIG("echo"), "{\"MaximumRetryAttempts\":1}");
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(got.body, "{\"LastModified\":1767225600.000,\"FunctionArn\":\"" ARN "echo:$LATEST\","
                               "\"MaximumRetryAttempts\":1,\"DestinationConfig\":{\"OnSuccess\":{},\"OnFailure\":{}}}");
    ask("POST", CONFIG("echo"), "{\"MaximumEventAgeInSeconds\":60,\"DestinationConfig\":{\"OnSuccess\":{\"Destination\":\"" QUEUE
                                "good\"}}}");
    check_contains(got.body, "\"MaximumRetryAttempts\":1,\"MaximumEventAgeInSeconds\":60,\"DestinationConfig\":{\"OnSuccess\":{"
                             "\"Destination\":\"" QUEUE "good\"},\"OnFailure\":{}}");
    ask("POST", CONFIG("echo"), "{\"DestinationConfig\":{\"OnSuccess\":{\"Destination\":\"\"}}}");
    check_contains(got.body, "\"OnSuccess\":{},");
    ask("GET", CONFIG("echo") "/list", NULL);
    check_contains(got.body, "{\"FunctionEventInvokeConfigs\":[{\"LastModified\"");
    ask("DELETE", CONFIG("echo"), NULL);
    ck_assert_int_eq(got.status, 204);
    ask("GET", CONFIG("echo"), NULL);
    ck_assert_int_eq(got.status, 404);
    ck_assert_str_eq(got.body, "{\"Type\":\"User\",\"Message\":\"The function " ARN
                               "echo:$LATEST doesn't have an EventInvokeConfig\"}");
}
END_TEST

static const struct {
    const char *name, *body;
    int status;
    const char *text;
} wrong_configs[] = {
    { CONFIG("nope"), "{\"MaximumRetryAttempts\":1}", 404, "The function doesn't exist." },
    { CONFIG("echo"), "{}", 400, "You must specify at least one of error handling or destination setting." },
    { CONFIG("echo"), "{\"MaximumRetryAttempts\":3}", 400,
      "Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2" },
    { CONFIG("echo"), "{\"MaximumEventAgeInSeconds\":59}", 400,
      "Value '59' at 'maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to "
      "60" },
    { CONFIG("echo"), "{\"MaximumEventAgeInSeconds\":21601}", 400, "less than or equal to 21600" },
    { CONFIG("echo"), "{\"DestinationConfig\":{\"OnSuccess\":{\"Destination\":\"" ARN "echo\"}}}", 400,
      "You can't specify the function as a destination for itself." },
    { CONFIG("echo"), "{\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"" ARN "nope\"}}}", 400,
      "The destination ARN " ARN "nope is invalid." },
    { CONFIG("echo"), "{\"DestinationConfig\":{\"OnSuccess\":{\"Destination\":\"arn:aws:ec2:us-east-1:000000000000:x/y\"}}}", 400,
      "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:ec2:us-east-1:000000000000:x/"
      "y), onFailure=null) is invalid." },
    { CONFIG("echo"), "{\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"no arn\"}}}", 400,
      "at 'destinationConfig.onFailure.destination'" },
};

START_TEST(test_inv_233_inv_251_inv_253_inv_254_wrong_configs_are_answered_with_their_texts)
{
    ask("PUT", wrong_configs[_i].name, wrong_configs[_i].body);
    ck_assert_msg(got.status == wrong_configs[_i].status, "%s: %d %s", wrong_configs[_i].body, got.status, got.body);
    check_contains(got.body, wrong_configs[_i].text);
}
END_TEST

/* ---- who may ask */

static const struct {
    const char *headers;
    int status;
} browsers[] = { { "Host: 127.0.0.1:9001", 200 },
                 { "Host: localhost", 200 },
                 { "Host: api.localhost:9001", 200 },
                 { "Host: [::1]:9001", 200 },
                 { "Host: 127.8.9.10", 200 },
                 { "Host: evil.example", 403 },
                 { "Host: 127.0.0.1.evil.example", 403 },
                 { "Host: localhost.evil.example", 403 },
                 { "Host: 10.0.0.1", 403 },
                 { "Host: 127.0.0.1:9001\nOrigin: http://127.0.0.1:9001", 200 },
                 { "Host: 127.0.0.1:9001\nOrigin: http://evil.example", 403 },
                 { "Host: 127.0.0.1:9001\nOrigin: null", 403 },
                 { "Host: 127.0.0.1:9001\nSec-Fetch-Site: cross-site", 403 },
                 { "Host: 127.0.0.1:9001\nSec-Fetch-Site: same-origin", 200 } };

START_TEST(test_rel_78_foreign_hosts_and_pages_are_refused)
{
    ask_with("POST", INVOKE("scripted"), browsers[_i].headers, "{}");
    ck_assert_msg(got.status == browsers[_i].status, "%s: %d", browsers[_i].headers, got.status);
    ck_assert_int_eq(w.script.runs, browsers[_i].status == 200);
}
END_TEST

START_TEST(test_rel_75_a_declared_length_over_the_limit_is_refused_before_the_body)
{
    li_api_request head;
    uint64_t max = 0;

    memset(&head, 0, sizeof head);
    memset(&got, 0, sizeof got);
    head.size = sizeof head;
    head.method = li_z("POST");
    head.method.len = 4;
    head.target.ptr = INVOKE("echo");
    head.target.len = strlen(head.target.ptr);
    ck_assert_int_eq(li_api_check(api, &head, 6291456, &max, keep_answer, &got), LI_OK);
    ck_assert_uint_eq(max, 6291456);
    ck_assert_int_eq(got.count, 0);
    ck_assert_int_eq(li_api_check(api, &head, 6291457, &max, keep_answer, &got), LI_E_TOO_LARGE);
    ck_assert_int_eq(got.status, 413);
}
END_TEST

START_TEST(test_rel_80_escapes_are_decoded_once_and_bad_ones_refused)
{
    ask("POST", INVOKE("ech%6F"), "1");
    ck_assert_int_eq(got.status, 200);
    ask("POST", INVOKE("ech%256F"), "1");
    ck_assert_int_eq(got.status, 400);
    ask("POST", INVOKE("echo%00"), "1");
    ck_assert_int_eq(got.status, 400);
    ask("POST", INVOKE("a%2Fb"), "1");
    ck_assert_int_eq(got.status, 400);
    ask("POST", INVOKE("echo%2"), "1");
    ck_assert_int_eq(got.status, 400);
}
END_TEST

START_TEST(test_rel_87_admin_routes_exist_only_when_asked_for)
{
    li_api *with_admin = api;
    li_api_options options = LI_API_OPTIONS_INIT;

    ask("GET", "/_lambdainvoke/clock", NULL);
    ck_assert_int_eq(got.status, 200);
    ck_assert_int_eq(li_api_new(w.engine, &options, &api), LI_OK);
    ask("GET", "/_lambdainvoke/clock", NULL);
    ck_assert_int_eq(got.status, 404);
    ask("POST", "/_lambdainvoke/clock", "{\"advance_ms\":1}");
    ck_assert_int_eq(got.status, 404);
    ask("GET", "/_lambdainvoke/health", NULL);
    ck_assert_int_eq(got.status, 200);
    ck_assert_int_eq(li_api_free(api), LI_OK);
    api = with_admin;
}
END_TEST

/* ---- admin */

START_TEST(test_the_clock_moves_and_queues_journal_metrics_and_outcomes_show_it)
{
    char target[100], id[40];

    ask("PUT", CONFIG("scripted"), "{\"DestinationConfig\":{\"OnSuccess\":{\"Destination\":\"" QUEUE "good\"}}}");
    w.script.fail_times = 1;
    ask_with("POST", INVOKE("scripted"), "X-Amz-Invocation-Type: Event", "{\"n\":1}");
    snprintf(id, sizeof id, "%.36s", strstr(got.headers, "RequestId: ") + 11);
    ask("POST", "/_lambdainvoke/clock", "{\"advance_ms\":59999}");
    ck_assert_int_eq(got.status, 200);
    ask("GET", "/_lambdainvoke/queues/good/messages", NULL);
    ck_assert_str_eq(got.body, "{\"Messages\":[]}");
    ask("POST", "/_lambdainvoke/clock", "{\"advance_ms\":1}");
    ask("GET", "/_lambdainvoke/queues/good/messages", NULL);
    check_contains(got.body, "{\"Messages\":[{\"MessageId\":\"");
    check_contains(got.body, "\\\"condition\\\":\\\"Success\\\"");
    ask("GET", "/_lambdainvoke/journal?since=0", NULL);
    check_contains(got.body, "\"step\":\"accepted\"");
    check_contains(got.body, "\"step\":\"succeeded\"");
    ask("GET", "/_lambdainvoke/metrics", NULL);
    check_contains(got.body, "lambdainvoke_invocations_total 2\n");
    snprintf(target, sizeof target, "/_lambdainvoke/outcomes/%s", id);
    ask("GET", target, NULL);
    check_contains(got.body, "{\"State\":\"succeeded\",\"Condition\":\"Success\"");
    ask("POST", "/_lambdainvoke/clock", "{\"advance_ms\":-1}");
    ck_assert_int_eq(got.status, 400);
}
END_TEST

START_TEST(test_messages_can_be_sent_to_a_local_queue)
{
    li_local_queue *queue = add_queue(w.engine, "in");

    ask("POST", "/_lambdainvoke/queues/in/messages", "{\"MessageBody\":\"hello\"}");
    ck_assert_int_eq(got.status, 200);
    ask("POST", "/_lambdainvoke/queues/in/messages", "{\"order\": 1.0}");
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(message(queue, 0), "hello");
    ck_assert_str_eq(message(queue, 1), "{\"order\": 1.0}");
    ask("GET", "/_lambdainvoke/queues", NULL);
    check_contains(got.body, "{\"Queues\":[{\"Name\":\"in\",\"ApproximateNumberOfMessages\":2,\"Messages\":2}]}");
    ask("GET", "/_lambdainvoke/queues/none/messages", NULL);
    ck_assert_int_eq(got.status, 404);
}
END_TEST

START_TEST(test_an_occurrence_posted_reaches_its_trigger)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;

    spec.kind = li_z("s3");
    spec.function = li_z("scripted");
    spec.options = li_z("{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"],\"suffix\":\".jpg\"}");
    ck_assert_int_eq(li_trigger_add(w.engine, &spec, NULL, NULL), LI_OK);
    ask("POST", "/_lambdainvoke/occur/s3", "{\"bucket\":\"b\",\"key\":\"a.jpg\"}");
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(got.body, "{\"Matched\":1}");
    ask("POST", "/_lambdainvoke/occur/s3", "{\"bucket\":\"b\",\"key\":\"a.png\"}");
    ck_assert_str_eq(got.body, "{\"Matched\":0}");
    ask("POST", "/_lambdainvoke/occur/nothing", "{}");
    ck_assert_int_eq(got.status, 400);
    ask("GET", "/_lambdainvoke/triggers", NULL);
    check_contains(got.body, "\"Kind\":\"s3\",\"FunctionName\":\"scripted\"");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 1);
}
END_TEST

static void map_queue(const char *name, const char *function)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    char arn[200];

    add_queue(w.engine, name);
    snprintf(arn, sizeof arn, QUEUE "%s", name);
    spec.source_arn = li_z(arn);
    spec.function = li_z(function);
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, NULL), LI_OK);
}

static void add_custom(const char *id, const char *function)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;

    spec.kind = li_z("custom");
    spec.function = li_z(function);
    spec.id = li_z(id);
    spec.options = li_z("{\"source\":\"s\"}");
    ck_assert_int_eq(li_trigger_add(w.engine, &spec, NULL, NULL), LI_OK);
}

/* The source of each row in turn: a queue's name, or the trigger's id. */
static const char *rows_in_turn(void)
{
    static char text[400];
    cJSON *body = cJSON_Parse(got.body);
    const cJSON *row;
    size_t at = 0;

    text[0] = '\0';
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(body, "Triggers")) {
        const char *kind = cJSON_GetObjectItemCaseSensitive(row, "Kind")->valuestring;
        const char *source = cJSON_GetObjectItemCaseSensitive(row, "SourceArn")->valuestring;
        const char *id = cJSON_GetObjectItemCaseSensitive(row, "Id")->valuestring;

        at += (size_t)snprintf(text + at, sizeof text - at, "%s ", strcmp(kind, "sqs") == 0 ? strrchr(source, ':') + 1 : id);
    }
    cJSON_Delete(body);
    return text;
}

START_TEST(test_trg_11_the_list_has_triggers_and_mappings_by_creation_then_id)
{
    map_queue("q1", "scripted");
    ck_assert_int_eq(li_clock_advance(w.clock, LI_MS_NS, NULL), LI_OK);
    add_custom("b", "scripted");
    add_custom("a", ARN "scripted");
    ck_assert_int_eq(li_clock_advance(w.clock, LI_MS_NS, NULL), LI_OK);
    map_queue("q2", "echo");
    ck_assert_int_eq(li_clock_advance(w.clock, LI_MS_NS, NULL), LI_OK);
    map_queue("q3", ARN "scripted:$LATEST");
    ck_assert_int_eq(li_clock_advance(w.clock, LI_MS_NS, NULL), LI_OK);
    add_custom("z", "echo");
    ask("GET", "/_lambdainvoke/triggers", NULL);
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(rows_in_turn(), "q1 a b q2 q3 z ");
    check_contains(got.body, "\"Kind\":\"sqs\",\"FunctionName\":\"echo\",\"SourceArn\":\"" QUEUE "q2\","
                             "\"State\":\"ENABLED\",\"Options\":{\"batchSize\":10,\"window\":0}");
    ask("GET", "/_lambdainvoke/triggers?FunctionName=scripted", NULL);
    ck_assert_str_eq(rows_in_turn(), "q1 a b q3 ");
    ask("GET", "/_lambdainvoke/triggers?FunctionName=fail", NULL);
    ck_assert_str_eq(got.body, "{\"Triggers\":[]}");
}
END_TEST

/* What is wrong is said, with what would be right; nothing is made. */
static const struct wrong_trigger {
    const char *method, *target, *body, *says;
} wrong_triggers[] = {
    { "POST", "/_lambdainvoke/triggers", "{\"kind\":\"s3\",\"FunctionName\":\"scripted\"}",
      "unknown member \\\"kind\\\": the members are Kind, FunctionName, Id, Options, State, ByForm" },
    { "POST", "/_lambdainvoke/triggers", "{\"FunctionName\":\"scripted\"}", "Kind is needed" },
    { "POST", "/_lambdainvoke/triggers", "{\"Kind\":null,\"FunctionName\":\"scripted\"}", "Kind is needed" },
    { "POST", "/_lambdainvoke/triggers", "{\"Kind\":\"custom\"}", "FunctionName is needed" },
    { "POST", "/_lambdainvoke/triggers", "{\"Kind\":7,\"FunctionName\":\"scripted\"}", "Kind is a text" },
    { "POST", "/_lambdainvoke/triggers", "{\"Kind\":\"custom\",\"FunctionName\":[\"scripted\"]}", "FunctionName is a text" },
    { "POST", "/_lambdainvoke/triggers", "{\"Kind\":\"custom\",\"FunctionName\":\"scripted\",\"Options\":[]}", "Options is an object" },
    { "POST", "/_lambdainvoke/triggers", "{\"Kind\":\"custom\",\"FunctionName\":\"scripted\",\"Options\":\"{}\"}", "Options is an object" },
    { "POST", "/_lambdainvoke/triggers",
      "{\"Kind\":\"custom\",\"FunctionName\":\"scripted\",\"Options\":{\"source\":\"s\"},\"State\":\"off\"}", "State is ENABLED or DISABLED" },
    { "POST", "/_lambdainvoke/triggers",
      "{\"Kind\":\"custom\",\"FunctionName\":\"scripted\",\"Options\":{\"source\":\"s\"},\"State\":true}", "State is a text" },
    { "POST", "/_lambdainvoke/triggers",
      "{\"Kind\":\"custom\",\"FunctionName\":\"scripted\",\"Options\":{\"source\":\"s\"},\"ByForm\":1}", "ByForm is true or false" },
    { "PUT", "/_lambdainvoke/triggers/one", "{\"State\":\"off\"}", "State is ENABLED or DISABLED" },
    { "PUT", "/_lambdainvoke/triggers/one", "{\"Enabled\":false}", "the members are Kind, FunctionName, Options, State" },
    { "PUT", "/_lambdainvoke/triggers/one", "{\"Options\":7}", "Options is an object" },
    { "POST", "/_lambdainvoke/trigger-preview", "{\"Options\":{}}", "Kind is needed" },
    { "POST", "/_lambdainvoke/trigger-preview", "{\"Kind\":\"custom\",\"sample\":1}", "State, ByForm, Sample" },
    { "POST", "/_lambdainvoke/occur/custom", "{\"source\":\"s\",\"detial\":1}", "needs the member detail" },
    { "POST", "/_lambdainvoke/occur/custom", "{\"source\":\"s\",\"detail\":1,\"more\":1}", "more" },
    { "POST", "/_lambdainvoke/occur/custom", "[]", "must be a JSON object" },
    { "POST", "/_lambdainvoke/occur/custom", "", "not JSON" },
    { "POST", "/_lambdainvoke/clock", "{\"advance_s\":1}", "the members are advance_ms" },
    { "POST", "/_lambdainvoke/clock", "{\"advance_ms\":\"1\"}", "advance_ms is a number" },
};

START_TEST(test_trg_1_a_body_that_is_not_right_is_refused_with_what_would_be)
{
    const struct wrong_trigger *q = &wrong_triggers[_i];
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;

    spec.kind = li_z("custom");
    spec.function = li_z("scripted");
    spec.id = li_z("one");
    spec.options = li_z("{\"source\":\"s\"}");
    ck_assert_int_eq(li_trigger_add(w.engine, &spec, NULL, NULL), LI_OK);
    ask(q->method, q->target, q->body);
    ck_assert_msg(got.status == 400, "%d: %s", got.status, got.body);
    check_contains(got.body, q->says);
    ask("GET", "/_lambdainvoke/triggers", NULL);
    ck_assert_str_eq(got.body, "{\"Triggers\":[{\"Id\":\"one\",\"Kind\":\"custom\",\"FunctionName\":\"scripted\",\"SourceArn\":\"s\","
                               "\"State\":\"ENABLED\",\"Options\":{\"source\":\"s\"},\"Deliveries\":0,\"Failures\":0}]}");
}
END_TEST

Suite *suite_api(void);
Suite *suite_api(void)
{
    Suite *suite = suite_create("api");
    TCase *t = tcase_create("invoke");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_inv_140_an_answer_is_the_handlers_bytes_with_version_and_id);
    tcase_add_test(t, test_inv_141_a_function_error_is_200_with_its_header);
    tcase_add_test(t, test_inv_149_dry_run_is_204_and_inv_150_event_is_202);
    tcase_add_test(t, test_inv_101_an_unknown_type_names_the_member);
    tcase_add_test(t, test_inv_103_broken_json_is_refused_with_this_beginning);
    tcase_add_test(t, test_inv_109_a_content_type_is_looked_at_only_when_told_to);
    tcase_add_loop_test(t, test_inv_107_a_client_context_that_is_no_base64_or_no_json_is_refused, 0, 2);
    tcase_add_test(t, test_inv_105_and_inv_106_sizes_are_413_with_their_texts);
    tcase_add_test(t, test_inv_152_the_tail_is_base64_of_the_log);
    tcase_add_test(t, test_inv_153_a_given_trace_keeps_its_root);
    tcase_add_loop_test(t, test_inv_131_inv_121_inv_122_inv_127_names_are_answered_as_recorded, 0,
                        (int)(sizeof vectors / sizeof vectors[0]));
    tcase_add_test(t, test_inv_172_a_throttle_is_429_with_its_reason);
    tcase_add_test(t, test_inv_170_the_case_of_the_message_and_inv_171_the_type_follow_the_model);
    tcase_add_loop_test(t, test_inv_173_statuses_and_codes_belong_together, 0, (int)(sizeof statuses / sizeof statuses[0]));
    tcase_add_test(t, test_inv_601_every_path_works_with_a_trailing_slash);
    tcase_add_test(t, test_inv_160_invoke_async_is_202_with_its_own_limit);
    tcase_add_test(t, test_a_declared_duration_keeps_the_answer_until_the_clock_has_moved);
    suite_add_tcase(suite, t);
    t = tcase_create("control");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_inv_619_list_functions_pages_in_order_of_name);
    tcase_add_test(t, test_inv_618_get_function_shows_configuration_and_concurrency);
    tcase_add_test(t, test_update_changes_time_out_and_dead_letter_queue_and_nothing_when_wrong);
    tcase_add_test(t, test_inv_706_the_logging_configuration_is_changed_by_its_members);
    tcase_add_test(t, test_inv_602_delete_is_204_and_then_404);
    tcase_add_test(t, test_inv_303_concurrency_has_three_dates_and_inv_302_its_minimum);
    tcase_add_test(t, test_inv_252_a_config_is_shown_with_two_destination_objects);
    tcase_add_loop_test(t, test_inv_233_inv_251_inv_253_inv_254_wrong_configs_are_answered_with_their_texts, 0,
                        (int)(sizeof wrong_configs / sizeof wrong_configs[0]));
    suite_add_tcase(suite, t);
    t = tcase_create("safety");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, test_rel_78_foreign_hosts_and_pages_are_refused, 0, (int)(sizeof browsers / sizeof browsers[0]));
    tcase_add_test(t, test_rel_75_a_declared_length_over_the_limit_is_refused_before_the_body);
    tcase_add_test(t, test_rel_80_escapes_are_decoded_once_and_bad_ones_refused);
    tcase_add_test(t, test_rel_87_admin_routes_exist_only_when_asked_for);
    suite_add_tcase(suite, t);
    t = tcase_create("admin");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_the_clock_moves_and_queues_journal_metrics_and_outcomes_show_it);
    tcase_add_test(t, test_messages_can_be_sent_to_a_local_queue);
    tcase_add_test(t, test_an_occurrence_posted_reaches_its_trigger);
    tcase_add_test(t, test_trg_11_the_list_has_triggers_and_mappings_by_creation_then_id);
    tcase_add_loop_test(t, test_trg_1_a_body_that_is_not_right_is_refused_with_what_would_be, 0,
                        (int)(sizeof wrong_triggers / sizeof *wrong_triggers));
    suite_add_tcase(suite, t);
    return suite;
}
