/* unit-test.c - a handler under test, with Check and the virtual clock: its answer, its retries and record, its time-out,
 * its throttling. Hours pass in microseconds. Copy it.
 *
 * needs: check */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>

/* ---- the handler: charges an order; the payment service answers on the n-th try and takes its time */

typedef struct payment {
    int fails;          /* so many calls fail first */
    uint64_t takes_ms;
} payment;

static int32_t charge(li_invocation *invocation, void *environment, void *user)
{
    payment *service = user;

    (void)environment;
    li_invocation_simulate(invocation, service->takes_ms * LI_MS_NS);
    if (service->fails-- > 0) {
        li_invocation_fail(invocation, "PaymentUnavailable", "try again later");
        return LI_FAILED;
    }
    return li_invocation_respond(invocation, "{\"charged\":true}", LI_Z) == LI_OK ? LI_DONE : LI_FAILED;
}

/* ---- one engine a test */

static li_clock *the_clock;
static li_engine *engine;
static li_local_queue *failed_orders;
static payment service;

static void set_up(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_local_queue_options queue = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_event_config config = LI_EVENT_CONFIG_INIT;

    memset(&service, 0, sizeof service);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &the_clock), LI_OK);
    options.clock = the_clock;
    ck_assert_int_eq(li_engine_new(&engine, &options, NULL), LI_OK);
    spec.name = li_z("charge");
    spec.handler = charge;
    spec.user = &service;
    spec.timeout_ms = 10000;
    ck_assert_int_eq(li_function_register(engine, &spec, NULL, NULL), LI_OK);
    queue.name = li_z("failed-orders");
    ck_assert_int_eq(li_local_queue_new(engine, &queue, &failed_orders, NULL), LI_OK);
    config.on_failure = li_z("arn:aws:sqs:us-east-1:000000000000:failed-orders");
    ck_assert_int_eq(li_event_config_put(engine, "charge", LI_Z, NULL, 0, &config, NULL, NULL), LI_OK);
}

static void tear_down(void)
{
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
    ck_assert_int_eq(li_clock_free(the_clock), LI_OK);
}

/* Queue an order, let time pass, see what became of it. */
static li_outcome after(uint64_t ns)
{
    li_outcome outcome = LI_OUTCOME_INIT;
    li_id id;

    ck_assert_int_eq(li_invoke_event(engine, "charge", LI_Z, "{\"order\":7}", LI_Z, NULL, &id, NULL), LI_OK);
    ck_assert_int_eq(li_clock_advance(the_clock, ns, NULL), LI_OK);
    ck_assert_int_eq(li_event_outcome(engine, &id, &outcome), LI_OK);
    li_outcome_fini(&outcome);
    return outcome;
}

/* ---- tests */

START_TEST(test_an_order_is_charged)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;

    ck_assert_int_eq(li_invoke(engine, "charge", LI_Z, "{}", LI_Z, NULL, &result, NULL), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_NONE);
    ck_assert_int_eq(strncmp(result.payload, "{\"charged\":true}", result.payload_len), 0);
    li_invoke_result_fini(&result);
}
END_TEST

START_TEST(test_two_failures_are_retried_after_one_and_two_minutes)
{
    li_outcome o;

    service.fails = 2;
    o = after(3 * LI_MINUTE_NS);
    ck_assert_int_eq(o.state, LI_EVENT_SUCCEEDED);
    ck_assert_uint_eq(o.n_attempts, 3);
    ck_assert_uint_eq(o.attempts[1].start_ms - o.accepted_ms, 60000);
    ck_assert_uint_eq(o.attempts[2].start_ms - o.accepted_ms, 180000);
}
END_TEST

START_TEST(test_three_failures_leave_a_record_of_the_order)
{
    li_local_message message = { 0 };
    char record[1024];

    service.fails = 3;
    ck_assert_int_eq(after(3 * LI_MINUTE_NS).state, LI_EVENT_DELIVERED);
    message.size = sizeof message;
    ck_assert_int_eq(li_local_queue_peek(failed_orders, 0, &message), LI_OK);
    ck_assert_uint_lt(message.body_len, sizeof record);
    memcpy(record, message.body, message.body_len);
    record[message.body_len] = '\0';
    ck_assert_ptr_nonnull(strstr(record, "\"condition\":\"RetriesExhausted\""));
    ck_assert_ptr_nonnull(strstr(record, "\"requestPayload\":{\"order\":7}"));
    ck_assert_ptr_nonnull(strstr(record, "PaymentUnavailable"));
}
END_TEST

START_TEST(test_a_slow_payment_times_out)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;

    service.takes_ms = 10001;
    ck_assert_int_eq(li_invoke(engine, "charge", LI_Z, "{}", LI_Z, NULL, &result, NULL), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_UNHANDLED);
    ck_assert_uint_eq(result.duration_ns, 10 * LI_SECOND_NS);
    li_invoke_result_fini(&result);
    ck_assert_int_eq(li_clock_advance(the_clock, LI_SECOND_NS, NULL), LI_OK);
}
END_TEST

START_TEST(test_six_hours_of_throttling_lose_no_order)
{
    li_outcome o;

    ck_assert_int_eq(li_function_set_concurrency(engine, "charge", LI_Z, 1, NULL), LI_OK);
    service.takes_ms = 9999;
    service.fails = 100000;         /* failing orders keep coming and keep the only slot */
    while (li_clock_now_ns(the_clock) < LI_HOUR_NS)
        after(LI_MINUTE_NS);
    o = after(6 * LI_HOUR_NS);
    ck_assert_int_ne(o.state, LI_EVENT_WAITING);    /* accepted means accounted for, one way or the other */
    ck_assert_uint_gt(o.throttles + o.starts, 0);
}
END_TEST

START_TEST(test_with_no_concurrency_at_all_the_order_is_handed_over_at_once)
{
    ck_assert_int_eq(li_function_set_concurrency(engine, "charge", LI_Z, 0, NULL), LI_OK);
    ck_assert_int_eq(after(0).condition, LI_CONDITION_ZERO_CONCURRENCY);
    ck_assert_uint_eq(li_local_queue_count(failed_orders), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("charge");
    TCase *t = tcase_create("charge");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_an_order_is_charged);
    tcase_add_test(t, test_two_failures_are_retried_after_one_and_two_minutes);
    tcase_add_test(t, test_three_failures_leave_a_record_of_the_order);
    tcase_add_test(t, test_a_slow_payment_times_out);
    tcase_add_test(t, test_six_hours_of_throttling_lose_no_order);
    tcase_add_test(t, test_with_no_concurrency_at_all_the_order_is_handed_over_at_once);
    suite_add_tcase(suite, t);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
