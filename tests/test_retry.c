/* test_retry.c - AWS's retry policy, on both sides of each of its edges. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>

#include "base/random.h"

Suite *suite_retry(void);

#define AGE_MAX UINT64_C(21600000)

static void expect_with(const li_retry_limits *limits, int32_t fault, uint32_t failures, uint64_t age_ms,
                        int32_t verdict, uint64_t wait_ms)
{
    int32_t got = 99;
    uint64_t wait = 99;

    ck_assert_int_eq(li_retry_next(limits, fault, failures, age_ms, &got, &wait), LI_OK);
    ck_assert_msg(got == verdict && wait == wait_ms,
                  "fault %d, failure %u, age %llu: verdict %d after %llu ms, not %d after %llu", fault, failures,
                  (unsigned long long)age_ms, got, (unsigned long long)wait, verdict, (unsigned long long)wait_ms);
}

static void expect(int32_t fault, uint32_t failures, uint64_t age_ms, int32_t verdict, uint64_t wait_ms)
{
    expect_with(NULL, fault, failures, age_ms, verdict, wait_ms);
}

static li_retry_limits limits_of(uint64_t max_age_ms, uint32_t max_retries)
{
    li_retry_limits limits = LI_RETRY_LIMITS_INIT;

    limits.max_age_ms = max_age_ms;
    limits.max_retries = max_retries;
    return limits;
}

START_TEST(test_inv_203_waits_60_s_before_the_second_attempt_and_120_s_before_the_third)
{
    expect(LI_FAULT_FUNCTION, 1, 0, LI_VERDICT_RETRY, 60000);
    expect(LI_FAULT_FUNCTION, 2, 60000, LI_VERDICT_RETRY, 120000);
    expect(LI_FAULT_FUNCTION, 3, 180000, LI_VERDICT_EXHAUSTED, 0);
}
END_TEST

START_TEST(test_inv_203_function_errors_spend_as_many_retries_as_are_set)
{
    li_retry_limits none = limits_of(AGE_MAX, 0), one = limits_of(AGE_MAX, 1);

    expect_with(&none, LI_FAULT_FUNCTION, 1, 0, LI_VERDICT_EXHAUSTED, 0);
    expect_with(&one, LI_FAULT_FUNCTION, 1, 0, LI_VERDICT_RETRY, 60000);
    expect_with(&one, LI_FAULT_FUNCTION, 2, 0, LI_VERDICT_EXHAUSTED, 0);
    expect(LI_FAULT_FUNCTION, UINT32_MAX, 0, LI_VERDICT_EXHAUSTED, 0);
}
END_TEST

START_TEST(test_inv_204_throttles_climb_a_ladder_from_1_s_to_300_s)
{
    static const uint64_t rungs[] = { 1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 256000, 300000, 300000 };
    uint32_t i;

    for (i = 0; i < sizeof rungs / sizeof rungs[0]; i++)
        expect(LI_FAULT_SYSTEM, i + 1, 0, LI_VERDICT_RETRY, rungs[i]);
    expect(LI_FAULT_SYSTEM, 65, 0, LI_VERDICT_RETRY, 300000);
    expect(LI_FAULT_SYSTEM, UINT32_MAX, 0, LI_VERDICT_RETRY, 300000);
}
END_TEST

START_TEST(test_rel_9_throttles_spend_no_retry)
{
    li_retry_limits none = limits_of(AGE_MAX, 0);

    expect_with(&none, LI_FAULT_SYSTEM, 1, 0, LI_VERDICT_RETRY, 1000);
    expect_with(&none, LI_FAULT_SYSTEM, 1000, 0, LI_VERDICT_RETRY, 300000);
}
END_TEST

START_TEST(test_inv_206_expires_before_a_retry_that_would_start_too_late)
{
    li_retry_limits minute = limits_of(60000, 2);

    expect(LI_FAULT_FUNCTION, 1, AGE_MAX - 60000, LI_VERDICT_RETRY, 60000);
    expect(LI_FAULT_FUNCTION, 1, AGE_MAX - 59999, LI_VERDICT_EXPIRED, 0);
    expect_with(&minute, LI_FAULT_FUNCTION, 1, 1, LI_VERDICT_EXPIRED, 0);
    expect_with(&minute, LI_FAULT_SYSTEM, 6, 31000, LI_VERDICT_EXPIRED, 0);
}
END_TEST

START_TEST(test_inv_217_a_retry_may_start_at_the_limit_and_not_a_millisecond_later)
{
    li_retry_limits minute = limits_of(60000, 2), longer = limits_of(180000, 2);

    expect_with(&minute, LI_FAULT_FUNCTION, 1, 0, LI_VERDICT_RETRY, 60000);
    expect_with(&longer, LI_FAULT_FUNCTION, 2, 60000, LI_VERDICT_RETRY, 120000);
    expect_with(&longer, LI_FAULT_FUNCTION, 2, 60001, LI_VERDICT_EXPIRED, 0);
    expect(LI_FAULT_SYSTEM, 1, AGE_MAX - 1000, LI_VERDICT_RETRY, 1000);
    expect(LI_FAULT_SYSTEM, 1, AGE_MAX - 999, LI_VERDICT_EXPIRED, 0);
}
END_TEST

START_TEST(test_inv_207_exhausted_wins_over_age)
{
    li_retry_limits none = limits_of(60000, 0);

    expect_with(&none, LI_FAULT_FUNCTION, 1, 60001, LI_VERDICT_EXHAUSTED, 0);
    expect(LI_FAULT_FUNCTION, 3, UINT64_MAX, LI_VERDICT_EXHAUSTED, 0);
    expect(LI_FAULT_FUNCTION, 2, UINT64_MAX, LI_VERDICT_EXPIRED, 0);
}
END_TEST

START_TEST(test_rel_59_no_age_and_no_count_overflows)
{
    expect(LI_FAULT_SYSTEM, 1, UINT64_MAX, LI_VERDICT_EXPIRED, 0);
    expect(LI_FAULT_SYSTEM, UINT32_MAX, UINT64_MAX, LI_VERDICT_EXPIRED, 0);
    expect(LI_FAULT_FUNCTION, 1, AGE_MAX, LI_VERDICT_EXPIRED, 0);
    expect(LI_FAULT_FUNCTION, 1, AGE_MAX + 1, LI_VERDICT_EXPIRED, 0);
    expect(LI_FAULT_SYSTEM, 1, UINT64_MAX - 500, LI_VERDICT_EXPIRED, 0);
}
END_TEST

static li_status next_status(const li_retry_limits *limits, int32_t fault, uint32_t failures)
{
    int32_t verdict = 77;
    uint64_t wait = 77;
    li_status status = li_retry_next(limits, fault, failures, 0, &verdict, &wait);

    if (status != LI_OK)
        ck_assert_msg(verdict == 77 && wait == 77, "an error changed the outputs");
    return status;
}

START_TEST(test_inv_254_limits_and_arguments_are_checked_at_both_edges)
{
    li_retry_limits limits = limits_of(59999, 2);

    ck_assert_int_eq(next_status(&limits, LI_FAULT_SYSTEM, 1), LI_E_INVALID);
    limits = limits_of(60000, 2);
    ck_assert_int_eq(next_status(&limits, LI_FAULT_SYSTEM, 1), LI_OK);
    limits = limits_of(AGE_MAX + 1, 2);
    ck_assert_int_eq(next_status(&limits, LI_FAULT_SYSTEM, 1), LI_E_INVALID);
    limits = limits_of(AGE_MAX, 3);
    ck_assert_int_eq(next_status(&limits, LI_FAULT_SYSTEM, 1), LI_E_INVALID);
    limits = limits_of(AGE_MAX, 2);
    ck_assert_int_eq(next_status(&limits, LI_FAULT_SYSTEM, 0), LI_E_INVALID);
    ck_assert_int_eq(next_status(&limits, 0, 1), LI_E_INVALID);
    ck_assert_int_eq(next_status(&limits, 3, 1), LI_E_INVALID);
    limits.size = 4;
    ck_assert_int_eq(next_status(&limits, LI_FAULT_SYSTEM, 1), LI_E_INVALID);
}
END_TEST

START_TEST(test_limits_of_a_newer_caller_are_taken_unless_they_say_more)
{
    struct {
        li_retry_limits known;
        uint64_t newer;
    } limits;
    int32_t verdict;
    uint64_t wait;

    memset(&limits, 0, sizeof limits);
    ck_assert_int_eq(li_retry_limits_init(&limits.known, sizeof limits), LI_OK);
    ck_assert_uint_eq(limits.known.size, sizeof limits);
    ck_assert_uint_eq(limits.known.max_age_ms, AGE_MAX);
    ck_assert_uint_eq(limits.known.max_retries, 2);
    ck_assert_int_eq(li_retry_next(&limits.known, LI_FAULT_FUNCTION, 1, 0, &verdict, &wait), LI_OK);
    limits.newer = 1;
    ck_assert_int_eq(li_retry_next(&limits.known, LI_FAULT_FUNCTION, 1, 0, &verdict, &wait), LI_E_NOTSUP);
    ck_assert_int_eq(li_retry_limits_init(&limits.known, 3), LI_E_INVALID);
}
END_TEST

/* ---- the policy with waits of one's own */

static li_retry_aws_options options_of(uint64_t function_ms, uint64_t system_ms, uint64_t cap_ms, uint32_t jitter)
{
    li_retry_aws_options options = LI_RETRY_AWS_OPTIONS_INIT;

    options.function_wait_ms = function_ms;
    options.system_wait_ms = system_ms;
    options.system_cap_ms = cap_ms;
    options.jitter_percent = jitter;
    return options;
}

/* The wait, or UINT64_MAX: no retry. */
static uint64_t wait_of(const li_retry_aws_options *options, int32_t fault, uint32_t failures, uint64_t random)
{
    li_retry_policy policy = { NULL, NULL };
    int32_t verdict = 99;
    uint64_t wait = 99;

    ck_assert_int_eq(li_retry_aws_new(options, &policy), LI_OK);
    ck_assert_int_eq(policy.ops->next(policy.self, NULL, fault, failures, 0, random, &verdict, &wait), LI_OK);
    policy.ops->free(policy.self);
    ck_assert_int_ne(verdict, LI_VERDICT_EXHAUSTED);
    return verdict == LI_VERDICT_RETRY ? wait : UINT64_MAX;
}

START_TEST(test_the_policy_made_from_its_defaults_is_li_retry_next)
{
    uint32_t i;

    for (i = 1; i <= 2; i++)
        ck_assert_uint_eq(wait_of(NULL, LI_FAULT_FUNCTION, i, UINT64_MAX), 60000 * i);
    ck_assert_uint_eq(wait_of(NULL, LI_FAULT_SYSTEM, 1, UINT64_MAX), 1000);
    ck_assert_uint_eq(wait_of(NULL, LI_FAULT_SYSTEM, 10, UINT64_MAX), 300000);
}
END_TEST

START_TEST(test_a_policy_takes_waits_of_ones_own)
{
    li_retry_aws_options options = options_of(10, 3, 20, 0);

    ck_assert_uint_eq(wait_of(&options, LI_FAULT_FUNCTION, 2, 0), 20);
    ck_assert_uint_eq(wait_of(&options, LI_FAULT_SYSTEM, 1, 0), 3);
    ck_assert_uint_eq(wait_of(&options, LI_FAULT_SYSTEM, 3, 0), 12);
    ck_assert_uint_eq(wait_of(&options, LI_FAULT_SYSTEM, 4, 0), 20);
}
END_TEST

START_TEST(test_rel_59_waits_saturate_and_never_come_round_to_small_ones)
{
    li_retry_aws_options options = options_of(UINT64_MAX, 1000, UINT64_MAX, 0);
    uint32_t failures;

    ck_assert_uint_eq(wait_of(&options, LI_FAULT_FUNCTION, 2, 0), UINT64_MAX);
    ck_assert_uint_eq(wait_of(&options, LI_FAULT_SYSTEM, 15, 0), 1000 << 14);
    for (failures = 16; failures < 200; failures++)
        ck_assert_uint_eq(wait_of(&options, LI_FAULT_SYSTEM, failures, 0), UINT64_MAX);
    ck_assert_uint_eq(wait_of(&options, LI_FAULT_SYSTEM, UINT32_MAX, 0), UINT64_MAX);
    options.jitter_percent = 100;
    wait_of(&options, LI_FAULT_FUNCTION, 2, 12345);
    wait_of(&options, LI_FAULT_SYSTEM, 100, 12345);
}
END_TEST

START_TEST(test_rel_63_jitter_spreads_a_wait_over_its_window_and_no_further)
{
    li_retry_aws_options options = options_of(60000, 1000, 300000, 50);
    uint64_t least = UINT64_MAX, most = 0, sum = 0, wait;
    lii_random random;
    int i;

    lii_random_seed(&random, 1);
    for (i = 0; i < 10000; i++) {
        wait = wait_of(&options, LI_FAULT_SYSTEM, 1, lii_random_u64(&random));
        least = wait < least ? wait : least;
        most = wait > most ? wait : most;
        sum += wait;
    }
    ck_assert_uint_eq(least, 500);
    ck_assert_uint_eq(most, 1000);
    ck_assert_msg(sum / 10000 > 740 && sum / 10000 < 760, "the mean is %llu", (unsigned long long)(sum / 10000));
    options = options_of(10, 10, 10, 50);    /* short waits are spread as well */
    for (i = 0, least = most = 10; i < 100; i++) {
        wait = wait_of(&options, LI_FAULT_SYSTEM, 1, lii_random_u64(&random));
        least = wait < least ? wait : least;
        ck_assert_uint_le(wait, most);
    }
    ck_assert_uint_eq(least, 5);
}
END_TEST

START_TEST(test_rel_63_the_same_random_number_gives_the_same_wait)
{
    li_retry_aws_options options = options_of(60000, 1000, 300000, 100);

    ck_assert_uint_eq(wait_of(&options, LI_FAULT_FUNCTION, 1, 777), wait_of(&options, LI_FAULT_FUNCTION, 1, 777));
    ck_assert_uint_ne(wait_of(&options, LI_FAULT_FUNCTION, 1, 777), wait_of(&options, LI_FAULT_FUNCTION, 1, 778));
    ck_assert_uint_eq(wait_of(&options, LI_FAULT_FUNCTION, 1, 0), 60000);
}
END_TEST

START_TEST(test_options_out_of_range_are_refused)
{
    li_retry_aws_options options = options_of(60000, 1000, 300000, 100);
    li_retry_policy policy = { NULL, NULL };

    ck_assert_int_eq(li_retry_aws_new(&options, &policy), LI_OK);
    policy.ops->free(policy.self);
    policy.ops = NULL;
    options.jitter_percent = 101;
    ck_assert_int_eq(li_retry_aws_new(&options, &policy), LI_E_INVALID);
    options = options_of(60000, 1001, 1000, 0);
    ck_assert_int_eq(li_retry_aws_new(&options, &policy), LI_E_INVALID);
    options = options_of(60000, 1000, 1000, 0);
    options.size = 2;
    ck_assert_int_eq(li_retry_aws_new(&options, &policy), LI_E_INVALID);
    ck_assert_ptr_null(policy.ops);
    ck_assert_int_eq(li_retry_aws_options_init(&options, sizeof options), LI_OK);
    ck_assert_uint_eq(options.function_wait_ms, 60000);
    ck_assert_uint_eq(options.system_cap_ms, 300000);
}
END_TEST

Suite *suite_retry(void)
{
    Suite *suite = suite_create("retry");
    TCase *next = tcase_create("next"), *policy = tcase_create("policy");

    tcase_add_test(next, test_inv_203_waits_60_s_before_the_second_attempt_and_120_s_before_the_third);
    tcase_add_test(next, test_inv_203_function_errors_spend_as_many_retries_as_are_set);
    tcase_add_test(next, test_inv_204_throttles_climb_a_ladder_from_1_s_to_300_s);
    tcase_add_test(next, test_rel_9_throttles_spend_no_retry);
    tcase_add_test(next, test_inv_206_expires_before_a_retry_that_would_start_too_late);
    tcase_add_test(next, test_inv_217_a_retry_may_start_at_the_limit_and_not_a_millisecond_later);
    tcase_add_test(next, test_inv_207_exhausted_wins_over_age);
    tcase_add_test(next, test_rel_59_no_age_and_no_count_overflows);
    tcase_add_test(next, test_inv_254_limits_and_arguments_are_checked_at_both_edges);
    tcase_add_test(next, test_limits_of_a_newer_caller_are_taken_unless_they_say_more);
    suite_add_tcase(suite, next);
    tcase_add_test(policy, test_the_policy_made_from_its_defaults_is_li_retry_next);
    tcase_add_test(policy, test_a_policy_takes_waits_of_ones_own);
    tcase_add_test(policy, test_rel_59_waits_saturate_and_never_come_round_to_small_ones);
    tcase_add_test(policy, test_rel_63_jitter_spreads_a_wait_over_its_window_and_no_further);
    tcase_add_test(policy, test_rel_63_the_same_random_number_gives_the_same_wait);
    tcase_add_test(policy, test_options_out_of_range_are_refused);
    suite_add_tcase(suite, policy);
    return suite;
}
