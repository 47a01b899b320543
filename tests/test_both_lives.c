/* test_both_lives.c - lives of events and of environments, and the errors on the way: one body each for the library, the API and
 * lambdainvoked over HTTP (INV-902). */
#include "fixture.h"

#include "support/both.h"

#define SECONDS UINT64_C(1000)   /* in milliseconds */

static void set_events(const way *by, const char *name, int64_t retries, int64_t age_s)
{
    settings set = { retries, age_s, QUEUE "done", QUEUE "failed" };

    by->config_put(name, NULL, &set, 0, &s);
    check_good(by, 200);
}

static void plan(const way *by, const char *json)
{
    by->faults(json, &s);
    check_good(by, 200);
}

/* ---- calls */

START_TEST(test_inv_125_and_inv_126_other_regions_and_accounts_are_not_reached)
{
    const way *by = the_stage.by;

    say(by, "arn:aws:lambda:eu-west-1:000000000000:function:echo", "{}");
    check_error(by, 404, "ResourceNotFoundException");
    say(by, "eu-west-1:000000000000:function:echo", "{}");
    check_error(by, 404, "ResourceNotFoundException");
    say(by, "arn:aws:lambda:us-east-1:111111111111:function:echo", "{}");
    check_error(by, 403, "AccessDeniedException");
    say(by, "111111111111:function:echo", "{}");
    check_error(by, 403, "AccessDeniedException");
    say(by, "us-east-1:000000000000:function:echo", "{}");
    check_good(by, 200);
}
END_TEST

START_TEST(test_inv_121_to_inv_123_a_name_is_matched_whole_and_its_length_is_another_matter)
{
    const way *by = the_stage.by;
    char name[257 + 1] = "";

    say(by, "echo!", "{}");
    check_error(by, 400, "ValidationException");
    say(by, "an*echo", "{}");
    check_error(by, 400, "ValidationException");
    memset(name, 'n', 257);
    say(by, name, "{}");
    check_error(by, 400, "ValidationException");
    name[256] = '\0';
    say(by, name, "{}");
    check_error(by, 404, "ResourceNotFoundException");
    name[65] = '\0';
    say(by, name, "{}");
    check_error(by, 404, "ResourceNotFoundException");
    say(by, "echo:01", "{}");
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

START_TEST(test_inv_141_and_inv_142_the_error_document_is_the_handlers)
{
    const way *by = the_stage.by;

    the_stage.script->fail_times = 1;
    say(by, "scripted", "{}");
    check_good(by, 200);
    ck_assert_str_eq(s.function_error, "Unhandled");
    ck_assert_str_eq(s.version, "$LATEST");
    check_contains(s.payload, "\"errorType\":\"Boom\"");
    check_contains(s.payload, "\"errorMessage\":\"as scripted\"");
    say(by, "scripted", "{}");
    ck_assert_str_eq(s.function_error, "");
}
END_TEST

/* ---- events */

START_TEST(test_inv_150_and_inv_202_an_event_is_accepted_before_it_runs_and_keeps_its_id)
{
    const way *by = the_stage.by;
    char text[STAGE_TEXT], id[40];

    set_events(by, "scripted", 1, -1);
    the_stage.script->fail_times = -1;
    by->pause("scripted", 1, &s);
    sent(by, "scripted", "{}");          /* 202, no body, no version */
    snprintf(id, sizeof id, "%s", s.id);
    by->advance(1 * SECONDS);
    ck_assert_int_eq(the_stage.script->runs, 0);
    by->pause("scripted", 0, &s);
    by->advance(1);
    by->event_get(id, text, &s);
    ck_assert_str_eq(text, "scripted waiting 1");
    by->advance(60 * SECONDS);
    ck_assert_int_eq(the_stage.script->runs, 2);
    check_contains(by->message("failed", 0), id);
}
END_TEST

static const struct {
    int64_t age_s;
    int runs;
    const char *condition;
} ages[] = {
    { 60, 2, "EventAgeExceeded" },     /* a retry may start at the limit, and not a moment later */
    { 179, 2, "EventAgeExceeded" },
    { 180, 3, "RetriesExhausted" },    /* when both apply, exhausted wins */
};

START_TEST(test_inv_206_inv_207_and_inv_217_age_looks_ahead_to_the_next_attempt)
{
    const way *by = the_stage.by;
    char part[64];
    size_t i;

    for (i = 0; i < 3; i++) {
        set_events(by, "scripted", 2, ages[i].age_s);
        the_stage.script->fail_times = -1;
        the_stage.script->runs = 0;
        sent(by, "scripted", "{}");
        by->advance(400 * SECONDS);
        ck_assert_int_eq(the_stage.script->runs, ages[i].runs);
        ck_assert_uint_eq(by->count("failed"), i + 1);
        snprintf(part, sizeof part, "\"condition\":\"%s\",\"approximateInvokeCount\":%d", ages[i].condition, ages[i].runs);
        check_contains(by->message("failed", i), part);
    }
}
END_TEST

START_TEST(test_inv_204_throttles_wait_on_their_ladder_and_use_up_no_retry)
{
    const way *by = the_stage.by;
    char text[STAGE_TEXT], id[40];

    set_events(by, "scripted", 1, -1);
    plan(by, "{\"faults\":[{\"do\":\"throttle\",\"function\":\"scripted\",\"times\":3}]}");
    the_stage.script->fail_times = -1;
    sent(by, "scripted", "{}");
    snprintf(id, sizeof id, "%s", s.id);
    by->advance(6999);
    ck_assert_int_eq(the_stage.script->runs, 0);
    by->advance(1);
    ck_assert_int_eq(the_stage.script->runs, 1);         /* after 1, 2 and 4 seconds */
    by->advance(60 * SECONDS);
    ck_assert_int_eq(the_stage.script->runs, 2);
    by->outcome(id, text, &s);
    ck_assert_str_eq(text, "delivered RetriesExhausted none 2 3");
    ck_assert_uint_eq(by->metric("throttles_total", "scripted"), 3);
}
END_TEST

START_TEST(test_inv_224_and_inv_239_throttled_until_too_old_is_told_to_both)
{
    const way *by = the_stage.by;

    set_events(by, "scripted", 2, 60);
    by->configure("scripted", &(change){ -1, -1, QUEUE "dead" }, &s);
    check_good(by, 200);
    plan(by, "{\"faults\":[{\"do\":\"throttle\",\"function\":\"scripted\",\"times\":0}]}");
    sent(by, "scripted", "{\"a\": 1}");
    by->advance(61 * SECONDS);
    ck_assert_int_eq(the_stage.script->runs, 0);
    ck_assert_uint_eq(by->count("failed"), 1);
    check_contains(by->message("failed", 0), "\"condition\":\"EventAgeExceeded\",\"approximateInvokeCount\":0");
    check_contains(by->message("failed", 0), "\"statusCode\":429");
    check_lacks(by->message("failed", 0), "responsePayload");
    check_lacks(by->message("failed", 0), "functionError");
    ck_assert_uint_eq(by->count("dead"), 1);
    ck_assert_str_eq(by->message("dead", 0), "{\"a\": 1}");
}
END_TEST

START_TEST(test_inv_209_and_inv_236_a_destination_that_refuses_loses_the_record_and_not_the_dead_letter)
{
    const way *by = the_stage.by;
    char text[STAGE_TEXT], id[40];

    set_events(by, "scripted", 0, -1);
    by->configure("scripted", &(change){ -1, -1, QUEUE "dead" }, &s);
    plan(by, "{\"faults\":[{\"do\":\"destination_down\",\"target\":\"" QUEUE "failed\",\"times\":0}]}");
    the_stage.script->fail_times = -1;
    sent(by, "scripted", "{}");
    snprintf(id, sizeof id, "%s", s.id);
    by->advance(3600 * SECONDS);
    ck_assert_int_eq(the_stage.script->runs, 1);
    ck_assert_uint_eq(by->count("failed"), 0);
    ck_assert_uint_eq(by->count("dead"), 1);
    ck_assert_uint_eq(by->metric("destination_delivery_failures_total", "scripted"), 1);
    by->outcome(id, text, &s);
    ck_assert_str_eq(text, "delivered RetriesExhausted none 1 0");
}
END_TEST

START_TEST(test_inv_210_a_duplicate_comes_when_it_is_asked_for)
{
    const way *by = the_stage.by;

    set_events(by, "scripted", 2, -1);
    plan(by, "{\"faults\":[{\"do\":\"duplicate\",\"function\":\"scripted\"}]}");
    sent(by, "scripted", "{}");
    by->advance(3600 * SECONDS);
    ck_assert_int_eq(the_stage.script->runs, 2);
    ck_assert_uint_eq(by->count("done"), 1);
    sent(by, "scripted", "{}");
    by->advance(3600 * SECONDS);
    ck_assert_int_eq(the_stage.script->runs, 3);
}
END_TEST

START_TEST(test_inv_213_settings_are_those_of_the_moment_of_an_attempt)
{
    const way *by = the_stage.by;

    set_events(by, "scripted", 2, -1);
    the_stage.script->fail_times = -1;
    sent(by, "scripted", "{}");
    by->advance(1 * SECONDS);
    set_events(by, "scripted", 1, -1);
    by->advance(3600 * SECONDS);
    ck_assert_int_eq(the_stage.script->runs, 2);
    ck_assert_uint_eq(by->count("failed"), 1);
}
END_TEST

START_TEST(test_inv_211_events_of_one_moment_run_in_the_order_of_acceptance)
{
    const way *by = the_stage.by;
    char payload[32], part[64];
    size_t i;

    set_events(by, "echo", 2, -1);
    by->pause("echo", 1, &s);
    for (i = 0; i < 5; i++) {
        snprintf(payload, sizeof payload, "{\"n\":%zu}", i);
        sent(by, "echo", payload);
    }
    by->pause("echo", 0, &s);
    by->advance(1 * SECONDS);
    ck_assert_uint_eq(by->count("done"), 5);
    for (i = 0; i < 5; i++) {
        snprintf(part, sizeof part, "\"requestPayload\":{\"n\":%zu}", i);
        check_contains(by->message("done", i), part);
    }
}
END_TEST

START_TEST(test_inv_218_inv_221_to_inv_223_and_inv_230_a_record_says_what_happened_and_goes_one_way)
{
    const way *by = the_stage.by;

    set_events(by, "scripted", 2, -1);
    the_stage.script->fail_times = 1;
    sent(by, "scripted", "[1]");
    by->advance(3600 * SECONDS);
    ck_assert_uint_eq(by->count("failed"), 0);
    ck_assert_uint_eq(by->count("done"), 1);
    check_contains(by->message("done", 0), "\"functionArn\":\"" ARN "scripted:$LATEST\",\"condition\":\"Success\","
                                           "\"approximateInvokeCount\":1");
    check_contains(by->message("done", 0), "\"requestPayload\":[1]");
    check_contains(by->message("done", 0), "\"responsePayload\":null");
    check_lacks(by->message("done", 0), "functionError");
    the_stage.script->fail_times = -1;
    sent(by, "scripted", "[2]");
    by->advance(3600 * SECONDS);
    ck_assert_uint_eq(by->count("done"), 1);
    ck_assert_uint_eq(by->count("failed"), 1);
    check_contains(by->message("failed", 0), "\"approximateInvokeCount\":3");
    check_contains(by->message("failed", 0), "\"functionError\":\"Unhandled\"");
    check_contains(by->message("failed", 0), "\"responsePayload\":{\"errorType\":\"Boom\"");
}
END_TEST

START_TEST(test_inv_231_a_function_can_be_a_destination)
{
    const way *by = the_stage.by;
    settings set = { -1, -1, ARN "scripted", NULL };

    by->config_put("echo", NULL, &set, 0, &s);
    check_good(by, 200);
    sent(by, "echo", "{}");
    by->advance(1 * SECONDS);
    ck_assert_int_eq(the_stage.script->runs, 1);
}
END_TEST

START_TEST(test_inv_234_a_fifo_queue_is_refused_as_a_destination)
{
    const way *by = the_stage.by;
    settings set = { -1, -1, NULL, QUEUE "line.fifo" };

    by->config_put("echo", NULL, &set, 0, &s);
    check_error(by, 400, "InvalidParameterValueException");
    by->configure("echo", &(change){ -1, -1, QUEUE "line.fifo" }, &s);
    ck_assert_int_eq(s.status, 400);
    by->config_get("echo", NULL, &set, &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

/* ---- concurrency and environments */

START_TEST(test_inv_301_reservations_leave_a_minimum_to_the_others)
{
    const way *by = the_stage.by;

    by->concurrency_put("echo", 500, &s);
    check_good(by, 200);
    by->concurrency_put("scripted", 401, &s);
    check_error(by, 400, "InvalidParameterValueException");
    ck_assert_int_eq(by->concurrency_get("scripted"), -1);       /* INV-303 */
    by->concurrency_put("scripted", 400, &s);
    check_good(by, 200);
    by->concurrency_put("looks", 1, &s);
    check_error(by, 400, "InvalidParameterValueException");
    by->limit_set("limits.account_concurrency", 999, &s);
    ck_assert_int_eq(s.status, 409);
    ck_assert_int_eq(by->limit_get("limits.account_concurrency"), 1000);
    by->concurrency_put("echo", -1, &s);
    by->concurrency_put("looks", 1, &s);
    check_good(by, 200);
}
END_TEST

START_TEST(test_inv_308_and_inv_313_a_throttle_is_no_invocation_and_no_error)
{
    const way *by = the_stage.by;
    int i;

    by->concurrency_put("scripted", 0, &s);
    for (i = 0; i < 3; i++) {
        say(by, "scripted", "{}");
        check_error(by, 429, "TooManyRequestsException");
    }
    ck_assert_uint_eq(by->metric("throttles_total", "scripted"), 3);
    ck_assert_uint_eq(by->metric("invocations_total", "scripted"), 0);
    ck_assert_uint_eq(by->metric("errors_total", "scripted"), 0);
}
END_TEST

START_TEST(test_inv_311_and_inv_312_one_environment_serves_one_after_the_other_however_they_end)
{
    const way *by = the_stage.by;
    int i;

    by->concurrency_put("scripted", 1, &s);
    the_stage.script->fail_times = 2;
    for (i = 0; i < 4; i++) {
        say(by, "scripted", "{}");
        check_good(by, 200);
    }
    ck_assert_uint_eq(by->metric("environments", "scripted"), 1);
    ck_assert_uint_eq(by->metric("inits_total", "scripted"), 1);
    ck_assert_uint_eq(by->metric("concurrent_executions", "scripted"), 0);
}
END_TEST

START_TEST(test_inv_332_and_inv_336_a_time_out_resets_the_environment_and_an_error_does_not)
{
    const way *by = the_stage.by;

    by->concurrency_put("scripted", 1, &s);
    by->configure("scripted", &(change){ 3, -1, NULL }, &s);
    the_stage.script->fail_times = 1;
    say(by, "scripted", "{}");
    ck_assert_str_eq(s.function_error, "Unhandled");
    ck_assert_uint_eq(by->metric("inits_total", "scripted"), 1);
    the_stage.script->takes_ms = 3001;
    say(by, "scripted", "{}");
    check_contains(s.payload, "Sandbox.Timedout");
    the_stage.script->takes_ms = 3000;
    say(by, "scripted", "{}");                   /* the handler is not back yet */
    check_error(by, 429, "TooManyRequestsException");
    by->advance(1);
    say(by, "scripted", "{}");
    check_good(by, 200);
    ck_assert_str_eq(s.function_error, "");
    ck_assert_uint_eq(by->metric("inits_total", "scripted"), 2);
    say(by, "scripted", "{}");
    ck_assert_uint_eq(by->metric("inits_total", "scripted"), 2);
}
END_TEST

START_TEST(test_inv_333_an_idle_environment_ends_after_ten_minutes)
{
    const way *by = the_stage.by;

    say(by, "echo", "{}");
    by->advance(599999);
    ck_assert_uint_eq(by->metric("environments", "echo"), 1);
    by->advance(1);
    ck_assert_uint_eq(by->metric("environments", "echo"), 0);
    say(by, "echo", "{}");
    ck_assert_uint_eq(by->metric("inits_total", "echo"), 2);
}
END_TEST

START_TEST(test_inv_335_and_inv_337_time_outs_and_memory_have_their_range)
{
    static const struct {
        int64_t timeout_s, memory_mb;
        int status;
    } changes[] = { { 0, -1, 400 },   { 901, -1, 400 },  { -1, 127, 400 },   { -1, 10241, 400 },
                    { 1, -1, 200 },   { -1, 10240, 200 } };
    const way *by = the_stage.by;
    char text[STAGE_TEXT];
    size_t i;

    for (i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        by->configure("echo", &(change){ changes[i].timeout_s, changes[i].memory_mb, NULL }, &s);
        ck_assert_msg(s.status == changes[i].status, "%zu: %s says %d", i, by->name, s.status);
        if (s.status == 400)
            ck_assert_str_eq(s.code, "ValidationException");
        by->describe("echo", NULL, text, &s);
        ck_assert_str_eq(text, i < 4    ? "echo " ARN "echo 900 128 $LATEST"
                               : i == 4 ? "echo " ARN "echo 1 128 $LATEST"
                                        : "echo " ARN "echo 1 10240 $LATEST");
    }
}
END_TEST

START_TEST(test_inv_338_an_update_ends_idle_environments_of_what_was)
{
    const way *by = the_stage.by;

    say(by, "echo", "{}");
    ck_assert_uint_eq(by->metric("environments", "echo"), 1);
    by->configure("echo", &(change){ -1, 256, NULL }, &s);
    check_good(by, 200);
    ck_assert_uint_eq(by->metric("environments", "echo"), 0);
    say(by, "echo", "{}");
    ck_assert_uint_eq(by->metric("inits_total", "echo"), 2);
}
END_TEST

Suite *suite_both_lives(void)
{
    Suite *suite = both_suite("both_lives");

    ADD(test_inv_125_and_inv_126_other_regions_and_accounts_are_not_reached);
    ADD(test_inv_121_to_inv_123_a_name_is_matched_whole_and_its_length_is_another_matter);
    ADD(test_inv_141_and_inv_142_the_error_document_is_the_handlers);
    ADD(test_inv_150_and_inv_202_an_event_is_accepted_before_it_runs_and_keeps_its_id);
    ADD(test_inv_206_inv_207_and_inv_217_age_looks_ahead_to_the_next_attempt);
    ADD(test_inv_204_throttles_wait_on_their_ladder_and_use_up_no_retry);
    ADD(test_inv_224_and_inv_239_throttled_until_too_old_is_told_to_both);
    ADD(test_inv_209_and_inv_236_a_destination_that_refuses_loses_the_record_and_not_the_dead_letter);
    ADD(test_inv_210_a_duplicate_comes_when_it_is_asked_for);
    ADD(test_inv_213_settings_are_those_of_the_moment_of_an_attempt);
    ADD(test_inv_211_events_of_one_moment_run_in_the_order_of_acceptance);
    ADD(test_inv_218_inv_221_to_inv_223_and_inv_230_a_record_says_what_happened_and_goes_one_way);
    ADD(test_inv_231_a_function_can_be_a_destination);
    ADD(test_inv_234_a_fifo_queue_is_refused_as_a_destination);
    ADD(test_inv_301_reservations_leave_a_minimum_to_the_others);
    ADD(test_inv_308_and_inv_313_a_throttle_is_no_invocation_and_no_error);
    ADD(test_inv_311_and_inv_312_one_environment_serves_one_after_the_other_however_they_end);
    ADD(test_inv_332_and_inv_336_a_time_out_resets_the_environment_and_an_error_does_not);
    ADD(test_inv_333_an_idle_environment_ends_after_ten_minutes);
    ADD(test_inv_335_and_inv_337_time_outs_and_memory_have_their_range);
    ADD(test_inv_338_an_update_ends_idle_environments_of_what_was);
    return suite;
}
