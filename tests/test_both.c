/* test_both.c - one set of test bodies, run against the library, against the Lambda API in process, and against lambdainvoked over
 * HTTP (INV-902). Each body sees the world through a table of operations only (support/stage.h). */
#include "fixture.h"

#include "support/both.h"

START_TEST(test_inv_104_the_payload_goes_and_comes_byte_for_byte)
{
    const way *by = the_stage.by;
    const char *payload = " {\"b\":12345678901234567890,\"a\":1E400 ,\"a\":\"\\ud800\",\"c\":[1.0,-0]}\n";

    say(by, "echo", payload);
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(s.payload, payload);
    ck_assert_str_eq(s.version, "$LATEST");
    ck_assert_str_eq(s.function_error, "");
    ck_assert_uint_eq(strlen(s.id), 36);
}
END_TEST

START_TEST(test_inv_102_no_payload_is_the_empty_object)
{
    const way *by = the_stage.by;

    say(by, "echo", NULL);
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(s.payload, "{}");
}
END_TEST

START_TEST(test_inv_140_a_handler_that_says_nothing_says_null)
{
    const way *by = the_stage.by;

    say(by, "scripted", "{}");
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(s.payload, "null");
}
END_TEST

START_TEST(test_inv_901_a_function_error_is_an_answer)
{
    const way *by = the_stage.by;

    the_stage.script->fail_times = 1;
    say(by, "scripted", "{}");
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(s.function_error, "Unhandled");
    ck_assert_str_eq(s.version, "$LATEST");
    check_contains(s.payload, "\"errorType\":\"Boom\"");
    check_contains(s.payload, "\"errorMessage\":\"as scripted\"");
    check_contains(s.payload, s.id);
}
END_TEST

START_TEST(test_inv_143_a_time_out_has_the_configured_seconds)
{
    const way *by = the_stage.by;

    by->configure("scripted", &(change){ 2, -1, NULL }, &s);
    ck_assert_int_eq(s.status, 200);
    the_stage.script->takes_ms = 2000;
    say(by, "scripted", "{}");
    ck_assert_str_eq(s.function_error, "");
    the_stage.script->takes_ms = 2001;
    say(by, "scripted", "{}");
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(s.function_error, "Unhandled");
    check_contains(s.payload, "Task timed out after 2.00 seconds");
    check_contains(s.payload, "Sandbox.Timedout");
}
END_TEST

START_TEST(test_inv_144_a_runtime_that_ends_is_an_exit_error)
{
    const way *by = the_stage.by;

    by->faults("{\"faults\":[{\"do\":\"crash\",\"exit_status\":7}]}", &s);
    ck_assert_int_eq(s.status, 200);
    say(by, "echo", "{}");
    ck_assert_int_eq(s.status, 200);
    check_contains(s.payload, "Runtime.ExitError");
    check_contains(s.payload, "exit status 7");
    say(by, "echo", "1");
    ck_assert_str_eq(s.payload, "1");
}
END_TEST

START_TEST(test_inv_146_an_answer_at_the_limit_passes_and_one_byte_more_does_not)
{
    const way *by = the_stage.by;

    by->limit_set("limits.sync_response_bytes", 10, &s);
    ck_assert_int_eq(s.status, 200);
    say(by, "echo", "\"12345678\"");
    ck_assert_str_eq(s.payload, "\"12345678\"");
    say(by, "echo", "\"123456789\"");
    ck_assert_str_eq(s.function_error, "Unhandled");
    check_contains(s.payload, "Function.ResponseSizeTooLarge");
}
END_TEST

START_TEST(test_inv_103_what_is_not_json_is_refused_before_anything_runs)
{
    const way *by = the_stage.by;
    static const char *const wrong[] = { "{", "nul", "{\"a\":1,}", "1 2", "\"\xff\"", "'a'" };
    size_t i;

    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ask a = { .name = "scripted", .payload = wrong[i] };

        ask_with(by, &a);
        check_error(by, 400, "InvalidRequestContentException");
        a.type = LI_EVENT;
        ask_with(by, &a);
        check_error(by, 400, "InvalidRequestContentException");
    }
    by->advance(1 * UINT64_C(1000));
    ck_assert_int_eq(the_stage.script->runs, 0);
}
END_TEST

START_TEST(test_inv_105_and_inv_106_sizes_have_limits_of_their_own)
{
    const way *by = the_stage.by;
    ask a = { .name = "scripted", .payload = "\"12345678\"" };

    by->limit_set("limits.sync_request_bytes", 10, &s);
    ck_assert_int_eq(s.status, 200);
    by->limit_set("limits.async_request_bytes", 9, &s);
    ck_assert_int_eq(s.status, 200);
    ask_with(by, &a);
    ck_assert_int_eq(s.status, 200);
    a.type = LI_EVENT;
    ask_with(by, &a);
    check_error(by, 413, "RequestEntityTooLargeException");
    a.payload = "\"1234567\"";
    ask_with(by, &a);
    ck_assert_int_eq(s.status, 202);
    a.type = LI_REQUEST_RESPONSE;
    a.payload = "\"123456789\"";
    ask_with(by, &a);
    check_error(by, 413, "RequestEntityTooLargeException");
}
END_TEST

START_TEST(test_inv_120_a_function_has_many_names)
{
    const way *by = the_stage.by;
    static const char *const right[] = { "echo", "function:echo", "000000000000:function:echo", ARN "echo", ARN "echo:$LATEST",
                                         "echo:$LATEST", "000000000000:echo", "us-east-1:000000000000:function:echo" };
    size_t i;

    for (i = 0; i < sizeof right / sizeof *right; i++) {
        say(by, right[i], "7");
        ck_assert_msg(s.status == 200 && strcmp(s.payload, "7") == 0, "%s: %d %s", right[i], s.status, s.code);
    }
}
END_TEST

START_TEST(test_inv_131_names_that_are_none)
{
    const way *by = the_stage.by;
    static const struct { const char *name, *qualifier, *code; int status; } rows[] = {
        { "echo!", NULL, "ValidationException", 400 },
        { "*", NULL, "ValidationException", 400 },
        { "echo", "invalid!", "ValidationException", 400 },
        { "invalid-account:function:echo", NULL, "ValidationException", 400 },
        { "arn:aws:ec2:us-east-1:000000000000:instance:i-1", NULL, "ValidationException", 400 },
        { ARN "echo:1:2", NULL, "ValidationException", 400 },
        { "arn:aws:lambda::000000000000:function:echo", NULL, "ValidationException", 400 },
        { "nobody", NULL, "ResourceNotFoundException", 404 },
        { "echo", "nothing", "ResourceNotFoundException", 404 },
        { "echo", "3", "ResourceNotFoundException", 404 },
        { ARN "echo", "$latest", "ValidationException", 0 },        /* 404 or 400: only that it is refused */
        { "arn:aws:lambda:eu-west-1:000000000000:function:echo", NULL, "ResourceNotFoundException", 404 },
        { "arn:aws:lambda:us-east-1:111111111111:function:echo", NULL, "AccessDeniedException", 403 },
        { ARN "echo:$LATEST", "1", "InvalidParameterValueException", 400 },
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        ask a = { .name = rows[i].name, .qualifier = rows[i].qualifier, .payload = "{}" };

        ask_with(by, &a);
        if (rows[i].status == 0)
            ck_assert_int_ge(s.status, 400);
        else
            ck_assert_msg(s.status == rows[i].status && strcmp(s.code, rows[i].code) == 0, "%s: %s %s says %d %s", by->name,
                          rows[i].name, rows[i].qualifier ? rows[i].qualifier : "", s.status, s.code);
    }
}
END_TEST

START_TEST(test_inv_124_a_qualifier_may_be_said_twice_if_it_is_the_same)
{
    const way *by = the_stage.by;
    ask a = { .name = "echo:$LATEST", .qualifier = "$LATEST", .payload = "1" };

    ask_with(by, &a);
    ck_assert_int_eq(s.status, 200);
}
END_TEST

START_TEST(test_inv_101_a_type_that_is_none_is_refused)
{
    const way *by = the_stage.by;
    ask a = { .name = "echo", .payload = "1", .type = 99 };

    ask_with(by, &a);
    check_error(by, 400, "ValidationException");
}
END_TEST

START_TEST(test_inv_149_a_dry_run_checks_and_runs_nothing)
{
    const way *by = the_stage.by;
    ask a = { .name = "scripted", .payload = "{}", .type = LI_DRY_RUN };

    ask_with(by, &a);
    ck_assert_int_eq(s.status, 204);
    ck_assert_uint_eq(s.len, 0);
    ck_assert_str_eq(s.version, "");
    a.name = "nobody";
    ask_with(by, &a);
    check_error(by, 404, "ResourceNotFoundException");
    a.name = "scripted";
    a.payload = "{";
    ask_with(by, &a);
    check_error(by, 400, "InvalidRequestContentException");
    by->advance(1 * UINT64_C(1000));
    ck_assert_int_eq(the_stage.script->runs, 0);
}
END_TEST

START_TEST(test_inv_152_the_tail_is_this_invocations_log)
{
    const way *by = the_stage.by;
    ask a = { .name = "scripted", .payload = "{}", .tail = 1 };
    const char *start, *end, *report;

    the_stage.script->takes_ms = 12;
    ask_with(by, &a);
    start = strstr(s.log, "START RequestId: ");
    end = strstr(s.log, "END RequestId: ");
    report = strstr(s.log, "REPORT RequestId: ");
    ck_assert(start && end && report && start < end && end < report);
    check_contains(s.log, s.id);
    check_contains(s.log, "Duration: 12.00 ms\tBilled Duration: ");
    a.tail = 0;
    ask_with(by, &a);
    ck_assert_str_eq(s.log, "");
    a.tail = 1;
    a.type = LI_EVENT;
    ask_with(by, &a);
    ck_assert_str_eq(s.log, "");
}
END_TEST

START_TEST(test_inv_129_and_inv_153_a_handler_sees_what_its_caller_gave)
{
    const way *by = the_stage.by;
    ask a = { .name = "looks", .payload = "{}", .context = "{\"custom\":{\"a\":\"b\"}}",
              .trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1" };

    ask_with(by, &a);
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(the_stage.script->seen, "{\"custom\":{\"a\":\"b\"}}|" ARN "looks|$LATEST|traced");
    a.qualifier = "$LATEST";
    a.context = NULL;
    ask_with(by, &a);
    ck_assert_str_eq(the_stage.script->seen, "|" ARN "looks:$LATEST|$LATEST|traced");
}
END_TEST

START_TEST(test_inv_154_a_client_context_is_not_looked_into)
{
    const way *by = the_stage.by;
    ask a = { .name = "looks", .payload = "{}", .context = "{ \"client\" : {\"app_title\":7}, \"unknown\":[1.0,1E400], \"env\":null}" };
    char expected[400];

    ask_with(by, &a);
    ck_assert_int_eq(s.status, 200);
    snprintf(expected, sizeof expected, "%s|" ARN "looks|$LATEST|", a.context);
    ck_assert_str_eq(the_stage.script->seen, expected);
}
END_TEST

START_TEST(test_inv_107_a_client_context_has_a_limit)
{
    const way *by = the_stage.by;
    static char context[4000];
    ask a = { .name = "echo", .payload = "{}", .context = context };

    memset(context, ' ', 2686);              /* 3584 bytes of base64 */
    context[0] = '{';
    context[2685] = '}';
    context[2686] = '\0';
    ask_with(by, &a);
    ck_assert_int_eq(s.status, 400);
    context[2684] = '}';                     /* 2685 are 3580 */
    context[2685] = '\0';
    ask_with(by, &a);
    ck_assert_int_eq(s.status, 200);
}
END_TEST

START_TEST(test_inv_302_reserved_concurrency_is_put_read_and_ended)
{
    const way *by = the_stage.by;

    ck_assert_int_eq(by->concurrency_get("echo"), -1);
    by->concurrency_put("echo", 5, &s);
    ck_assert_int_eq(s.status, 200);
    ck_assert_int_eq(by->concurrency_get("echo"), 5);
    by->concurrency_put("echo", 901, &s);   /* would leave 99 */
    check_error(by, 400, "InvalidParameterValueException");
    ck_assert_int_eq(by->concurrency_get("echo"), 5);
    by->concurrency_put("echo", 900, &s);
    ck_assert_int_eq(s.status, 200);
    by->concurrency_put("echo", -1, &s);
    ck_assert_int_eq(s.status, 204);
    ck_assert_int_eq(by->concurrency_get("echo"), -1);
    by->concurrency_put("nobody", 1, &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

START_TEST(test_inv_307_no_concurrency_is_a_throttle)
{
    const way *by = the_stage.by;

    by->concurrency_put("scripted", 0, &s);
    ck_assert_int_eq(s.status, 200);
    say(by, "scripted", "{}");
    check_error(by, 429, "TooManyRequestsException");
    by->concurrency_put("scripted", -1, &s);
    say(by, "scripted", "{}");
    ck_assert_int_eq(s.status, 200);
    ck_assert_uint_eq(by->metric("throttles_total", "scripted"), 1);
    ck_assert_uint_eq(by->metric("invocations_total", "scripted"), 1);
}
END_TEST

START_TEST(test_inv_219_an_event_is_tried_at_0_60_and_180_seconds)
{
    const way *by = the_stage.by;

    the_stage.script->fail_times = -1;
    sent(by, "scripted", "{}");
    by->advance(21600 * UINT64_C(1000));
    ck_assert_int_eq(the_stage.script->runs, 3);
    ck_assert_uint_eq(the_stage.script->starts_ms[0], 0);
    ck_assert_uint_eq(the_stage.script->starts_ms[1], 60000);
    ck_assert_uint_eq(the_stage.script->starts_ms[2], 180000);
}
END_TEST

START_TEST(test_inv_220_a_success_is_told_to_its_destination)
{
    const way *by = the_stage.by;
    settings set = { -1, -1, QUEUE "done", NULL };

    by->config_put("echo", NULL, &set, 0, &s);
    ck_assert_int_eq(s.status, 200);
    sent(by, "echo", "{\"n\":12345678901234567890}");
    by->advance(1 * UINT64_C(1000));
    ck_assert_uint_eq(by->count("done"), 1);
    check_contains(by->message("done", 0), "\"condition\":\"Success\"");
    check_contains(by->message("done", 0), "\"requestPayload\":{\"n\":12345678901234567890}");
    check_contains(by->message("done", 0), "\"responsePayload\":{\"n\":12345678901234567890}");
    check_contains(by->message("done", 0), s.id);
}
END_TEST

START_TEST(test_inv_237_a_failure_is_told_to_destination_and_dead_letter_queue)
{
    const way *by = the_stage.by;
    settings set = { 1, -1, NULL, QUEUE "failed" };

    by->config_put("scripted", NULL, &set, 0, &s);
    ck_assert_int_eq(s.status, 200);
    by->configure("scripted", &(change){ -1, -1, QUEUE "dead" }, &s);
    ck_assert_int_eq(s.status, 200);
    the_stage.script->fail_times = -1;
    sent(by, "scripted", "{\"a\": 1}");
    by->advance(59 * UINT64_C(1000));
    ck_assert_uint_eq(by->count("failed"), 0);
    by->advance(1 * UINT64_C(1000));
    ck_assert_uint_eq(by->count("failed"), 1);
    ck_assert_uint_eq(by->count("dead"), 1);
    check_contains(by->message("failed", 0), "\"condition\":\"RetriesExhausted\"");
    check_contains(by->message("failed", 0), "\"approximateInvokeCount\":2");
    ck_assert_str_eq(by->message("dead", 0), "{\"a\": 1}");
}
END_TEST

START_TEST(test_inv_250_event_settings_are_put_merged_read_and_ended)
{
    const way *by = the_stage.by;
    settings set = { 1, 120, NULL, NULL }, more = { -1, -1, NULL, QUEUE "failed" }, found;

    by->config_get("echo", NULL, &found, &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->config_put("echo", NULL, &set, 0, &s);
    ck_assert_int_eq(s.status, 200);
    by->config_put("echo", NULL, &more, 1, &s);
    ck_assert_int_eq(s.status, 200);
    by->config_get("echo", NULL, &found, &s);
    ck_assert_int_eq(s.status, 200);
    ck_assert_int_eq(found.retries, 1);
    ck_assert_int_eq(found.age_s, 120);
    ck_assert_str_eq(found.on_failure, QUEUE "failed");
    ck_assert_ptr_null(found.on_success);
    by->config_put("echo", NULL, &more, 0, &s);       /* a put replaces all of it */
    by->config_get("echo", NULL, &found, &s);
    ck_assert_int_eq(found.retries, -1);
    by->config_remove("echo", NULL, &s);
    ck_assert_int_eq(s.status, 204);
    by->config_remove("echo", NULL, &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

START_TEST(test_inv_252_event_settings_out_of_range_change_nothing)
{
    const way *by = the_stage.by;
    static const settings wrong[] = { { 3, -1, NULL, NULL }, { -1, 59, NULL, NULL }, { -1, 21601, NULL, NULL },
                                      { -1, -1, "not-an-arn", NULL } };
    settings set = { 2, 60, NULL, NULL }, found;
    size_t i;

    by->config_put("echo", NULL, &set, 0, &s);
    ck_assert_int_eq(s.status, 200);
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        by->config_put("echo", NULL, &wrong[i], 0, &s);
        check_error(by, 400, "ValidationException");
        by->config_get("echo", NULL, &found, &s);
        ck_assert_int_eq(found.retries, 2);
        ck_assert_int_eq(found.age_s, 60);
    }
}
END_TEST

START_TEST(test_inv_233_a_function_cannot_be_its_own_destination)
{
    const way *by = the_stage.by;
    settings self = { -1, -1, ARN "echo", NULL }, nowhere = { -1, -1, QUEUE "nowhere", NULL };

    by->config_put("echo", NULL, &self, 0, &s);
    ck_assert_int_eq(s.status, 400);
    by->config_put("echo", NULL, &nowhere, 0, &s);
    check_error(by, 400, "InvalidParameterValueException");
    by->config_put("nobody", NULL, &self, 0, &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

START_TEST(test_inv_205_an_event_too_old_for_its_next_attempt_ends)
{
    const way *by = the_stage.by;
    settings set = { 2, 60, NULL, QUEUE "failed" };

    by->config_put("scripted", NULL, &set, 0, &s);
    the_stage.script->fail_times = -1;
    the_stage.script->takes_ms = 1;
    sent(by, "scripted", "{}");
    by->advance(61 * UINT64_C(1000));
    ck_assert_int_eq(the_stage.script->runs, 1);
    ck_assert_uint_eq(by->count("failed"), 1);
    check_contains(by->message("failed", 0), "\"condition\":\"EventAgeExceeded\"");
}
END_TEST

START_TEST(test_inv_127_functions_are_described_listed_and_removed)
{
    const way *by = the_stage.by;
    char text[STAGE_TEXT];

    by->describe("echo", NULL, text, &s);
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(text, "echo " ARN "echo 900 128 $LATEST");
    by->configure("echo", &(change){ 7, -1, NULL }, &s);
    ck_assert_int_eq(s.status, 200);
    by->describe("echo", NULL, text, &s);
    ck_assert_str_eq(text, "echo " ARN "echo 7 128 $LATEST");
    by->configure("echo", &(change){ 901, -1, NULL }, &s);
    check_error(by, 400, "ValidationException");
    by->describe("nobody", NULL, text, &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->list(text);
    ck_assert_str_eq(text, "echo looks scripted streams ");
    by->remove("echo", NULL, &s);
    ck_assert_int_eq(s.status, 204);
    by->list(text);
    ck_assert_str_eq(text, "looks scripted streams ");
    say(by, "echo", "{}");
    check_error(by, 404, "ResourceNotFoundException");
    by->remove("echo", NULL, &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

START_TEST(test_inv_226_events_of_a_removed_function_still_end)
{
    const way *by = the_stage.by;

    the_stage.script->fail_times = -1;
    sent(by, "scripted", "{}");
    by->advance(1 * UINT64_C(1000));
    by->remove("scripted", NULL, &s);
    ck_assert_int_eq(s.status, 204);
    by->advance(21600 * UINT64_C(1000));
    ck_assert_uint_eq(by->metric("async_events_received_total", NULL), 1);
    ck_assert_uint_eq(by->metric("events_dropped_total", NULL), 1);
    ck_assert_int_eq(the_stage.script->runs, 1);
}
END_TEST

START_TEST(test_inv_175_checks_come_in_one_order)
{
    const way *by = the_stage.by;
    ask a = { .name = "scripted", .payload = "{{{{{{{{{{{{" };

    by->limit_set("limits.sync_request_bytes", 10, &s);
    ck_assert_int_eq(s.status, 200);
    by->concurrency_put("scripted", 0, &s);
    ask_with(by, &a);                          /* too large, not JSON, no concurrency */
    check_error(by, 413, "RequestEntityTooLargeException");
    a.payload = "{{{";
    ask_with(by, &a);                          /* not JSON, no concurrency */
    check_error(by, 400, "InvalidRequestContentException");
    a.payload = "{}";
    ask_with(by, &a);
    check_error(by, 429, "TooManyRequestsException");
    a.payload = "{{{";
    a.name = "nobody";
    ask_with(by, &a);                          /* unknown, not JSON */
    check_error(by, 404, "ResourceNotFoundException");
    a.name = "no!body";
    ask_with(by, &a);
    check_error(by, 400, "ValidationException");
}
END_TEST

START_TEST(test_rel_61_a_full_queue_is_too_many_requests)
{
    const way *by = the_stage.by;
    ask a = { .name = "scripted", .payload = "{}", .type = LI_EVENT };

    by->faults("{\"faults\":[{\"do\":\"queue_full\"}]}", &s);
    ck_assert_int_eq(s.status, 200);
    ask_with(by, &a);
    check_error(by, 429, "TooManyRequestsException");
    ask_with(by, &a);
    ck_assert_int_eq(s.status, 202);
}
END_TEST

START_TEST(test_inv_201_a_queue_that_refuses_is_the_services_fault)
{
    const way *by = the_stage.by;
    ask a = { .name = "scripted", .payload = "{}", .type = LI_EVENT };

    by->faults("{\"faults\":[{\"do\":\"queue_error\",\"status\":\"LI_E_NOSPC\"}]}", &s);
    ck_assert_int_eq(s.status, 200);
    ask_with(by, &a);
    check_error(by, 500, "ServiceException");
    ck_assert_uint_eq(by->metric("async_events_received_total", NULL), 0);
    ask_with(by, &a);
    ck_assert_int_eq(s.status, 202);
}
END_TEST

Suite *suite_both(void)
{
    Suite *suite = both_suite("both");

    ADD(test_inv_104_the_payload_goes_and_comes_byte_for_byte);
    ADD(test_inv_102_no_payload_is_the_empty_object);
    ADD(test_inv_140_a_handler_that_says_nothing_says_null);
    ADD(test_inv_901_a_function_error_is_an_answer);
    ADD(test_inv_143_a_time_out_has_the_configured_seconds);
    ADD(test_inv_144_a_runtime_that_ends_is_an_exit_error);
    ADD(test_inv_146_an_answer_at_the_limit_passes_and_one_byte_more_does_not);
    ADD(test_inv_103_what_is_not_json_is_refused_before_anything_runs);
    ADD(test_inv_105_and_inv_106_sizes_have_limits_of_their_own);
    ADD(test_inv_120_a_function_has_many_names);
    ADD(test_inv_131_names_that_are_none);
    ADD(test_inv_124_a_qualifier_may_be_said_twice_if_it_is_the_same);
    ADD(test_inv_101_a_type_that_is_none_is_refused);
    ADD(test_inv_149_a_dry_run_checks_and_runs_nothing);
    ADD(test_inv_152_the_tail_is_this_invocations_log);
    ADD(test_inv_129_and_inv_153_a_handler_sees_what_its_caller_gave);
    ADD(test_inv_154_a_client_context_is_not_looked_into);
    ADD(test_inv_107_a_client_context_has_a_limit);
    ADD(test_inv_302_reserved_concurrency_is_put_read_and_ended);
    ADD(test_inv_307_no_concurrency_is_a_throttle);
    ADD(test_inv_219_an_event_is_tried_at_0_60_and_180_seconds);
    ADD(test_inv_220_a_success_is_told_to_its_destination);
    ADD(test_inv_237_a_failure_is_told_to_destination_and_dead_letter_queue);
    ADD(test_inv_250_event_settings_are_put_merged_read_and_ended);
    ADD(test_inv_252_event_settings_out_of_range_change_nothing);
    ADD(test_inv_233_a_function_cannot_be_its_own_destination);
    ADD(test_inv_205_an_event_too_old_for_its_next_attempt_ends);
    ADD(test_inv_127_functions_are_described_listed_and_removed);
    ADD(test_inv_226_events_of_a_removed_function_still_end);
    ADD(test_inv_175_checks_come_in_one_order);
    ADD(test_inv_201_a_queue_that_refuses_is_the_services_fault);
    ADD(test_rel_61_a_full_queue_is_too_many_requests);
    return suite;
}
