/* test_schedule.c - rate expressions: which ones there are, where the others go wrong, and the times they give. */
#include <check.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>

typedef struct good {
    const char *expression;
    int64_t period_s;
} good;

static const good goods[] = {
    { "rate(1 minute)", 60 },     { "rate(5 minutes)", 300 },    { "rate(90 minutes)", 5400 },
    { "rate(1 hour)", 3600 },     { "rate(12 hours)", 43200 },   { "rate(1 day)", 86400 },
    { "rate(7 days)", 604800 },   { "rate(10 minutes)", 600 },   { "rate(106751991167300 days)", INT64_C(9223372036854720000) },
};

START_TEST(test_trg_149_rate_counts_whole_periods_from_the_given_time)
{
    const good *g = &goods[_i];
    int64_t times[3] = { 0, 0, 0 };
    size_t n = 99;

    ck_assert_int_eq(li_schedule_next(g->expression, LI_Z, 0, times, 1, &n, NULL), LI_OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(times[0], g->period_s);
    if (g->period_s < 1000000) {
        ck_assert_int_eq(li_schedule_next(g->expression, LI_Z, 1767225630, times, 3, &n, NULL), LI_OK);
        ck_assert_uint_eq(n, 3);
        ck_assert_int_eq(times[0], 1767225630 + g->period_s);
        ck_assert_int_eq(times[2], 1767225630 + 3 * g->period_s);
    }
}
END_TEST

typedef struct bad {
    const char *expression;
    uint64_t offset;
} bad;

static const bad bads[] = {
    { "", 0 },                    { "rate(1 minutes)", 7 },    { "rate(5 minute)", 7 },     { "rate(1 hours)", 7 },
    { "rate(2 hour)", 7 },        { "rate(1 days)", 7 },       { "rate(2 day)", 7 },        { "rate(0 minutes)", 5 },
    { "rate(-5 minutes)", 5 },    { "rate(+5 minutes)", 5 },   { "rate(1.5 hours)", 6 },    { "rate(05 minutes)", 5 },
    { "rate(5 seconds)", 7 },     { "rate(1 week)", 7 },       { "rate(minutes)", 5 },      { "rate(5minutes)", 6 },
    { "rate(5 minutes", 14 },     { "rate(5  minutes)", 7 },   { "rate(5 minutes )", 7 },   { "rate( 5 minutes)", 5 },
    { "rate(5 Minutes)", 7 },     { "Rate(5 minutes)", 0 },    { "RATE(5 minutes)", 0 },    { "rate (5 minutes)", 0 },
    { " rate(5 minutes)", 0 },    { "rate(5 minutes) ", 15 },  { "rate()", 5 },             { "rate(", 5 },
    { "rate(5", 6 },              { "rate(5 ", 7 },            { "5 minutes", 0 },          { "rate(5 minutes)x", 15 },
    { "rate(99999999999999999999 days)", 5 }, { "rate(106751991167301 days)", 5 },
};

START_TEST(test_trg_135_says_where_a_rate_goes_wrong)
{
    const bad *b = &bads[_i];
    li_error err = LI_ERROR_INIT;
    int64_t times[1] = { 42 };
    size_t n = 99;

    ck_assert_msg(li_schedule_next(b->expression, LI_Z, 0, times, 1, &n, &err) == LI_E_INVALID, "%s", b->expression);
    ck_assert_int_eq(err.detail, LI_DETAIL_SCHEDULE);
    ck_assert_msg(err.offset == b->offset, "%s: byte %llu: %s", b->expression, (unsigned long long)err.offset, err.text);
    ck_assert_int_eq(times[0], 42);
    ck_assert_uint_eq(n, 99);
}
END_TEST

START_TEST(test_trg_132_an_expression_has_at_most_256_characters)
{
    char text[258];
    li_error err = LI_ERROR_INIT;
    size_t n;

    memset(text, 'x', sizeof text);
    memcpy(text, "cron(", 5);
    ck_assert_int_eq(li_schedule_next(text, 256, 0, NULL, 0, &n, &err), LI_E_NOTSUP);
    ck_assert_int_eq(li_schedule_next(text, 257, 0, NULL, 0, &n, &err), LI_E_INVALID);
    ck_assert_uint_eq(err.offset, 256);
}
END_TEST

START_TEST(test_trg_132_cron_and_at_are_named_as_not_supported)
{
    li_error err = LI_ERROR_INIT;
    size_t n;

    ck_assert_int_eq(li_schedule_next("cron(0 8 1 * ? *)", LI_Z, 0, NULL, 0, &n, &err), LI_E_NOTSUP);
    ck_assert_int_eq(err.detail, LI_DETAIL_SCHEDULE);
    ck_assert_int_eq(li_schedule_next("at(2026-01-01T00:00:00)", LI_Z, 0, NULL, 0, &n, &err), LI_E_NOTSUP);
    ck_assert_int_eq(li_schedule_next("cron 0 8 1 * ? *", LI_Z, 0, NULL, 0, &n, &err), LI_E_INVALID);
}
END_TEST

START_TEST(test_trg_134_gives_fewer_times_when_they_end)
{
    int64_t times[4];
    size_t n;

    ck_assert_int_eq(li_schedule_next("rate(1 minute)", LI_Z, INT64_MAX - 120, times, 4, &n, NULL), LI_OK);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_eq(times[1], INT64_MAX);
    ck_assert_int_eq(li_schedule_next("rate(1 minute)", LI_Z, INT64_MAX - 59, times, 4, &n, NULL), LI_OK);
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(li_schedule_next("rate(1 minute)", LI_Z, -60, times, 1, &n, NULL), LI_OK);
    ck_assert_int_eq(times[0], 0);
    ck_assert_int_eq(li_schedule_next("rate(1 minute)", LI_Z, 0, NULL, 1, &n, NULL), LI_E_INVALID);
}
END_TEST

Suite *suite_schedule(void);
Suite *suite_schedule(void)
{
    Suite *suite = suite_create("schedule");
    TCase *rate = tcase_create("rate");

    tcase_add_loop_test(rate, test_trg_149_rate_counts_whole_periods_from_the_given_time, 0, sizeof goods / sizeof *goods);
    tcase_add_loop_test(rate, test_trg_135_says_where_a_rate_goes_wrong, 0, sizeof bads / sizeof *bads);
    tcase_add_test(rate, test_trg_132_an_expression_has_at_most_256_characters);
    tcase_add_test(rate, test_trg_132_cron_and_at_are_named_as_not_supported);
    tcase_add_test(rate, test_trg_134_gives_fewer_times_when_they_end);
    suite_add_tcase(suite, rate);
    return suite;
}
