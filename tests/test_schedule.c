/* test_schedule.c - rate, cron and at expressions: which ones there are, where the others go wrong, the times they give. */
#include "schedule_help.h"

/* ---- all three forms */

START_TEST(test_trg_132_there_are_three_forms_and_at_is_the_schedulers)
{
    li_schedule_options scheduler = in_zone("UTC");
    li_schedule *schedule = schedule_of("rate(1 minute)", NULL);

    ck_assert_int_eq(li_schedule_get_form(schedule), LI_SCHEDULE_RATE);
    li_schedule_free(schedule);
    schedule = schedule_of("cron(0 8 1 * ? *)", NULL);
    ck_assert_int_eq(li_schedule_get_form(schedule), LI_SCHEDULE_CRON);
    li_schedule_free(schedule);
    schedule = schedule_of("at(2026-01-01T00:00:00)", &scheduler);
    ck_assert_int_eq(li_schedule_get_form(schedule), LI_SCHEDULE_AT);
    li_schedule_free(schedule);
    expect_wrong("at(2026-01-01T00:00:00)", NULL, 0);
    expect_wrong("every(5 minutes)", &scheduler, 0);
    expect_wrong("CRON(0 8 1 * ? *)", &scheduler, 0);
    expect_wrong("cron (0 8 1 * ? *)", &scheduler, 0);
    expect_wrong("cron 0 8 1 * ? *", &scheduler, 0);
}
END_TEST

START_TEST(test_trg_132_an_expression_has_1_to_256_characters)
{
    char text[258];

    memset(text, ' ', sizeof text);
    memcpy(text, "cron(0 8 1 * ? *", 16);
    text[255] = ')';
    text[256] = '\0';
    expect_times(text, NULL, "2026-01-01T00:00:00", "2026-01-01T08:00:00");
    text[255] = ' ';
    text[256] = ')';
    text[257] = '\0';
    expect_wrong(text, NULL, 256);
    expect_wrong("", NULL, 0);
}
END_TEST

START_TEST(test_trg_133_fires_at_second_0_of_the_minute)
{
    expect_times("cron(* * * * ? *)", NULL, "2026-01-01T00:00:01", "2026-01-01T00:01:00 2026-01-01T00:02:00");
    expect_times("cron(* * * * ? *)", NULL, "2026-01-01T00:00:59", "2026-01-01T00:01:00 2026-01-01T00:02:00");
}
END_TEST

START_TEST(test_trg_134_times_are_strictly_after_and_fewer_when_they_end)
{
    li_schedule *schedule = schedule_of("cron(0 0 1 1 ? 2027-2029)", NULL);
    int64_t times[4] = { 7, 7, 7, 7 };
    size_t n = 99;

    ck_assert_int_eq(li_schedule_next(schedule, at_time("2027-01-01T00:00:00"), times, 4, &n), LI_OK);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_eq(times[0], at_time("2028-01-01T00:00:00"));
    ck_assert_int_eq(times[1], at_time("2029-01-01T00:00:00"));
    ck_assert_int_eq(times[2], 7);
    ck_assert_int_eq(li_schedule_next(schedule, at_time("2026-12-31T23:59:59"), times, 1, &n), LI_OK);
    ck_assert_int_eq(times[0], at_time("2027-01-01T00:00:00"));
    ck_assert_int_eq(li_schedule_next(schedule, 0, NULL, 0, &n), LI_OK);
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(li_schedule_next(schedule, 0, NULL, 1, &n), LI_E_INVALID);
    ck_assert_int_eq(li_schedule_next(schedule, 0, times, 1, NULL), LI_E_INVALID);
    ck_assert_int_eq(li_schedule_next(NULL, 0, times, 1, &n), LI_E_INVALID);
    li_schedule_free(schedule);
    li_schedule_free(NULL);
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
    { "cron()", 5 },              { "cron(* * * * *)", 14 },   { "cron(0 10 * * ? * *)", 18 }, { "cron(0 0 1 1 ? *", 16 },
    { "cron(0 0 1 1 ? *)x", 17 }, { "cron(60 * * * ? *)", 5 }, { "cron(0 24 * * ? *)", 7 }, { "cron(0 0 0 * ? *)", 9 },
    { "cron(0 0 32 * ? *)", 9 },  { "cron(0 0 1 0 ? *)", 11 }, { "cron(0 0 1 13 ? *)", 11 }, { "cron(0 0 ? * 0 *)", 13 },
    { "cron(0 0 ? * 8 *)", 13 },  { "cron(0 0 ? * -1 *)", 13 }, { "cron(0 0 1 1 ? 1969)", 15 }, { "cron(0 0 1 1 ? 2200)", 15 },
    { "cron(0 0 1 1 ? 20260)", 15 }, { "cron(0 0 1 FOO ? *)", 11 }, { "cron(0 0 ? * FOO *)", 13 }, { "cron(0 0 1 JA ? *)", 11 },
    { "cron(0 0 1 JANUARY ? *)", 14 }, { "cron(0,,5 0 * * ? *)", 7 }, { "cron(,5 0 * * ? *)", 5 }, { "cron(5, 0 * * ? *)", 7 },
    { "cron(5- 0 * * ? *)", 7 },  { "cron(-5 0 * * ? *)", 5 }, { "cron(5-6-7 0 * * ? *)", 8 }, { "cron(1/2/3 0 * * ? *)", 8 },
    { "cron(** 0 * * ? *)", 6 },  { "cron(0.5 0 * * ? *)", 6 }, { "cron(0 0/0 * * ? *)", 9 }, { "cron(*/60 * * * ? *)", 7 },
    { "cron(*/ * * * ? *)", 7 },  { "cron(0 */24 * * ? *)", 9 }, { "cron(0 0 */32 * ? *)", 11 }, { "cron(0 0 1 */13 ? *)", 13 },
    { "cron(0/5, 9-18, ?, *, MON-FRI, *)", 22 },
};

START_TEST(test_trg_135_says_where_an_expression_goes_wrong)
{
    expect_wrong(bads[_i].expression, NULL, bads[_i].offset);
}
END_TEST

START_TEST(test_trg_135_a_refused_expression_leaves_the_output_alone)
{
    li_schedule *schedule = (li_schedule *)(void *)&bads;
    li_schedule_options options = LI_SCHEDULE_OPTIONS_INIT;
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_schedule_new(NULL, "cron(0 0 1 1 1 *)", LI_Z, NULL, &schedule, NULL), LI_E_INVALID);
    ck_assert_ptr_eq(schedule, (void *)&bads);
    ck_assert_int_eq(li_schedule_new(NULL, "rate(1 day)", LI_Z, NULL, NULL, &err), LI_E_INVALID);
    options.kind = 2;
    ck_assert_int_eq(li_schedule_new(NULL, "rate(1 day)", LI_Z, &options, &schedule, &err), LI_E_INVALID);
    options = in_zone("UTC");
    options.overlap = 2;
    ck_assert_int_eq(li_schedule_new(NULL, "rate(1 day)", LI_Z, &options, &schedule, &err), LI_E_INVALID);
    options.size = 3;
    ck_assert_int_eq(li_schedule_new(NULL, "rate(1 day)", LI_Z, &options, &schedule, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_OPTIONS_SIZE);
    ck_assert_ptr_eq(schedule, (void *)&bads);
}
END_TEST

static const char *const nevers[] = {
    "cron(0 0 30 2 ? *)",       "cron(0 0 31 4,6,9,11 ? *)", "cron(0 0 31W 2 ? *)", "cron(0 0 ? 2 MON#5 2026)", "cron(0 0 1 1 ? 2024)",
    "cron(0 0 29 2 ? 2100)",    "cron(0 0 29 2 ? 2027)",     "cron(0 0 L-30 2 ? *)", "cron(* * ? 2 1#5 2045)",
};

START_TEST(test_trg_136_what_can_never_fire_again_parses_and_has_no_times)
{
    li_schedule *schedule = schedule_of(nevers[_i], NULL);
    int64_t times[1];
    size_t n = 99;

    ck_assert_int_eq(li_schedule_next(schedule, at_time("2026-01-01T00:00:00"), times, 1, &n), LI_OK);
    ck_assert_msg(n == 0, "%s: %s", nevers[_i], time_text(times[0]));
    li_schedule_free(schedule);
}
END_TEST

START_TEST(test_trg_136_the_last_year_is_2199)
{
    expect_times("cron(59 23 31 12 ? *)", NULL, "2198-01-01T00:00:00", "2198-12-31T23:59:00 2199-12-31T23:59:00 .");
    expect_times("cron(0 0 29 2 ? *)", NULL, "2193-01-01T00:00:00", "2196-02-29T00:00:00 .");
    expect_times("cron(0 0 1 1 ? *)", NULL, "9999-01-01T00:00:00", ".");
    expect_times("cron(0 0 1 1 ? *)", NULL, "1900-01-01T00:00:00", "1970-01-01T00:00:00 1971-01-01T00:00:00");
}
END_TEST

/* ---- cron */

START_TEST(test_trg_138_six_fields_separated_by_white_space)
{
    expect_times("cron(  0\t10   * *  ? * )", NULL, "2026-01-01T00:00:00", "2026-01-01T10:00:00");
    expect_wrong("cron(0 10 * * ?)", NULL, 15);
    expect_wrong("cron(0 10 * * ? * 0)", NULL, 18);
    expect_wrong("cron(0 10 *\n* ? *)", NULL, 17);
}
END_TEST

START_TEST(test_trg_139_exactly_one_of_the_two_day_fields_is_a_question_mark)
{
    expect_times("cron(0 0 1 * ? *)", NULL, "2026-01-01T00:00:00", "2026-02-01T00:00:00");
    expect_times("cron(0 0 ? * MON *)", NULL, "2026-01-01T00:00:00", "2026-01-05T00:00:00");
    expect_wrong("cron(0 0 1 * MON *)", NULL, 13);
    expect_wrong("cron(0 0 ? * ? *)", NULL, 13);
    expect_wrong("cron(0 0 * * * *)", NULL, 13);
    expect_wrong("cron(? 0 * * ? *)", NULL, 5);
    expect_wrong("cron(0 ? * * ? *)", NULL, 7);
    expect_wrong("cron(0 0 * ? ? *)", NULL, 11);
    expect_wrong("cron(0 0 * * ? ?)", NULL, 15);
    expect_wrong("cron(0 0 ?,1 * ? *)", NULL, 9);
}
END_TEST

START_TEST(test_trg_140_steps_begin_at_a_value_at_the_lowest_or_inside_a_range)
{
    expect_times("cron(50/4 0 * * ? *)", NULL, "2026-01-01T00:00:00", "2026-01-01T00:50:00 2026-01-01T00:54:00 2026-01-01T00:58:00 2026-01-02T00:50:00");
    expect_times("cron(*/59 0 * * ? *)", NULL, "2026-01-01T00:00:00", "2026-01-01T00:59:00 2026-01-02T00:00:00");
    expect_times("cron(0 5-12/3 * * ? *)", NULL, "2026-01-01T00:00:00", "2026-01-01T05:00:00 2026-01-01T08:00:00 2026-01-01T11:00:00 2026-01-02T05:00:00");
    expect_times("cron(0 0 */31 * ? *)", NULL, "2026-01-01T00:00:00", "2026-02-01T00:00:00 2026-03-01T00:00:00");
    expect_times("cron(0 0 1 1 ? */100)", NULL, "2026-01-01T00:00:00", "2070-01-01T00:00:00 2170-01-01T00:00:00 .");
    expect_wrong("cron(*/60 * * * ? *)", NULL, 7);
}
END_TEST

START_TEST(test_trg_141_days_of_the_week_have_no_steps)
{
    expect_wrong("cron(0 0 ? * */2 *)", NULL, 14);
    expect_wrong("cron(0 0 ? * MON/2 *)", NULL, 16);
    expect_wrong("cron(0 0 ? * 2-6/2 *)", NULL, 16);
}
END_TEST

START_TEST(test_trg_142_days_of_the_week_are_1_to_7)
{
    expect_wrong("cron(0 0 ? * 0 *)", NULL, 13);
    expect_wrong("cron(0 0 ? * -1 *)", NULL, 13);
    expect_wrong("cron(0 0 ? * 8 *)", NULL, 13);
    expect_times("cron(0 0 ? * 1 *)", NULL, "2026-01-01T00:00:00", "2026-01-04T00:00:00");
    expect_times("cron(0 0 ? * 7 *)", NULL, "2026-01-01T00:00:00", "2026-01-03T00:00:00");
}
END_TEST

START_TEST(test_trg_143_l_w_and_hash_name_days_of_a_month)
{
    expect_times("cron(0 0 L * ? *)", NULL, "2028-02-01T00:00:00", "2028-02-29T00:00:00 2028-03-31T00:00:00 2028-04-30T00:00:00");
    /* 1 August 2026 is a Saturday, 31 May 2026 a Sunday. */
    expect_times("cron(0 0 1W 8 ? 2026)", NULL, "2026-01-01T00:00:00", "2026-08-03T00:00:00 .");
    expect_times("cron(0 0 31W 5 ? 2026)", NULL, "2026-01-01T00:00:00", "2026-05-29T00:00:00 .");
    expect_times("cron(0 0 31W * ? 2026)", NULL, "2026-04-01T00:00:00", "2026-05-29T00:00:00 2026-07-31T00:00:00 2026-08-31T00:00:00 2026-10-30T00:00:00");
    expect_times("cron(0 0 ? * L *)", NULL, "2026-01-01T00:00:00", "2026-01-03T00:00:00 2026-01-10T00:00:00");
    expect_times("cron(0 0 ? 2 1L *)", NULL, "2026-01-01T00:00:00", "2026-02-22T00:00:00 2027-02-28T00:00:00 2028-02-27T00:00:00");
    expect_times("cron(0 0 ? * 7#5 2026)", NULL, "2026-01-01T00:00:00", "2026-01-31T00:00:00 2026-05-30T00:00:00 2026-08-29T00:00:00 2026-10-31T00:00:00 .");
    expect_wrong("cron(0 0 ? * 2#6 *)", NULL, 15);
    expect_wrong("cron(0 0 ? * 2#0 *)", NULL, 15);
    expect_wrong("cron(0 0 ? * 2# *)", NULL, 15);
    expect_wrong("cron(0 0 0W * ? *)", NULL, 9);
    expect_wrong("cron(0 0 32W * ? *)", NULL, 9);
    expect_wrong("cron(0 0 W * ? *)", NULL, 9);
}
END_TEST

START_TEST(test_trg_144_names_in_any_case_and_ranges_of_one_value)
{
    expect_times("cron(0 10 1 jan,Apr ? *)", NULL, "2026-01-02T00:00:00", "2026-04-01T10:00:00 2027-01-01T10:00:00");
    expect_times("cron(0 10 ? * wEd-FRI *)", NULL, "2026-01-03T00:00:00", "2026-01-07T10:00:00 2026-01-08T10:00:00 2026-01-09T10:00:00 2026-01-14T10:00:00");
    expect_times("cron(30-30 13-13 8-8 * ? *)", NULL, "2026-01-01T00:00:00", "2026-01-08T13:30:00 2026-02-08T13:30:00");
}
END_TEST

START_TEST(test_trg_145_ranges_wrap_but_those_of_years)
{
    expect_times("cron(55-5/5 0 * * ? *)", NULL, "2026-01-01T00:05:00", "2026-01-01T00:55:00 2026-01-02T00:00:00 2026-01-02T00:05:00 2026-01-02T00:55:00");
    expect_times("cron(0 22-2/3 * * ? *)", NULL, "2026-01-01T00:00:00", "2026-01-01T01:00:00 2026-01-01T22:00:00 2026-01-02T01:00:00");
    expect_times("cron(0 0 30-2 3 ? *)", NULL, "2026-01-01T00:00:00", "2026-03-01T00:00:00 2026-03-02T00:00:00 2026-03-30T00:00:00 2026-03-31T00:00:00 2027-03-01T00:00:00");
    expect_times("cron(0 0 1 NOV-JAN ? *)", NULL, "2026-01-01T00:00:00", "2026-11-01T00:00:00 2026-12-01T00:00:00 2027-01-01T00:00:00");
    expect_times("cron(0 0 ? * SAT-MON *)", NULL, "2026-01-01T00:00:00", "2026-01-03T00:00:00 2026-01-04T00:00:00 2026-01-05T00:00:00 2026-01-10T00:00:00");
    expect_wrong("cron(0 0 1 1 ? 2030-2027)", NULL, 15);
}
END_TEST

START_TEST(test_trg_146_what_the_public_grammar_lacks_is_taken_unless_strict)
{
    static const char *const extras[] = { "cron(0 9 LW * ? *)", "cron(0 9 L-3 * ? *)", "cron(0 9 ? * FRIL *)", "cron(0 9 ? * FRI-MON *)",
                                          "cron(0 9 ? * mon *)" };
    static const uint64_t offsets[] = { 10, 10, 16, 13, 13 };
    li_schedule_options strict = LI_SCHEDULE_OPTIONS_INIT;
    size_t i;

    strict.is_strict = 1;
    for (i = 0; i < sizeof extras / sizeof *extras; i++) {
        li_schedule_free(schedule_of(extras[i], NULL));
        expect_wrong(extras[i], &strict, offsets[i]);
    }
    expect_times("cron(0/30 20-2 ? * MON-FRI *)", &strict, "2026-01-01T00:00:00", "2026-01-01T00:30:00 2026-01-01T01:00:00");
    expect_times("cron(0 0 L * ? *)", &strict, "2026-01-01T00:00:00", "2026-01-31T00:00:00");
    expect_times("cron(0 0 ? * 6L *)", &strict, "2026-01-01T00:00:00", "2026-01-30T00:00:00");
    /* 31 January 2026 is a Saturday, 28 February too. */
    expect_times("cron(0 9 LW * ? *)", NULL, "2026-01-01T00:00:00", "2026-01-30T09:00:00 2026-02-27T09:00:00");
    expect_wrong("cron(0 0 L,15 * ? *)", NULL, 10);
    expect_wrong("cron(0 0 15,L * ? *)", NULL, 12);
    expect_wrong("cron(0 0 15W,1 * ? *)", NULL, 12);
    expect_wrong("cron(0 0 L-0 * ? *)", NULL, 11);
    expect_wrong("cron(0 0 L-31 * ? *)", NULL, 11);
    expect_wrong("cron(0 0 ? * MON#1,TUE#2 *)", NULL, 18);
    expect_wrong("cron(0 0 ? * MON,TUEL *)", NULL, 20);
}
END_TEST

START_TEST(test_trg_147_lists_and_ranges_mix)
{
    expect_times("cron(0,30,10-12,50/5 0 1 1 ? 2027)", NULL, "2026-01-01T00:00:00",
                 "2027-01-01T00:00:00 2027-01-01T00:10:00 2027-01-01T00:11:00 2027-01-01T00:12:00 2027-01-01T00:30:00 "
                 "2027-01-01T00:50:00 2027-01-01T00:55:00 .");
    expect_times("cron(0 0 1 JAN,APR-JUN ? *)", NULL, "2026-01-01T00:00:00", "2026-04-01T00:00:00 2026-05-01T00:00:00 2026-06-01T00:00:00 2027-01-01T00:00:00");
    expect_wrong("cron(0/5, 9-18, ?, *, MON-FRI, *)", NULL, 22);
}
END_TEST

START_TEST(test_trg_148_rules_run_in_utc)
{
    li_schedule_options options = LI_SCHEDULE_OPTIONS_INIT;
    li_schedule *schedule = NULL;
    li_error err = LI_ERROR_INIT;

    options.zone = li_z("UTC");
    li_schedule_free(schedule_of("rate(1 day)", &options));
    options.zone = li_z("Europe/Berlin");
    ck_assert_int_eq(li_schedule_new(NULL, "rate(1 day)", LI_Z, &options, &schedule, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_ZONE);
    options.zone = li_z("UTC");
    options.start_s = 0;
    ck_assert_int_eq(li_schedule_new(NULL, "rate(1 day)", LI_Z, &options, &schedule, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "start_s");
    options.kind = LI_SCHEDULE_SCHEDULER;
    li_schedule_free(schedule_of("rate(1 day)", &options));
}
END_TEST

/* ---- rate */

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
    li_schedule *schedule = schedule_of(g->expression, NULL);
    int64_t times[3] = { 0, 0, 0 };
    size_t n = 99;

    ck_assert_int_eq(li_schedule_next(schedule, 0, times, 1, &n), LI_OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(times[0], g->period_s);
    if (g->period_s < 1000000) {
        ck_assert_int_eq(li_schedule_next(schedule, 1767225630, times, 3, &n), LI_OK);
        ck_assert_uint_eq(n, 3);
        ck_assert_int_eq(times[0], 1767225630 + g->period_s);
        ck_assert_int_eq(times[2], 1767225630 + 3 * g->period_s);
    }
    li_schedule_free(schedule);
}
END_TEST

START_TEST(test_trg_149_scheduler_takes_either_number_of_the_unit)
{
    li_schedule_options scheduler = in_zone("UTC");

    scheduler.start_s = at_time("2026-01-01T00:00:00");
    expect_times("rate(1 minutes)", &scheduler, "2026-01-01T00:00:00", "2026-01-01T00:01:00");
    expect_times("rate(2 day)", &scheduler, "2026-01-01T00:00:00", "2026-01-03T00:00:00");
    expect_wrong("rate(1 minutes)", NULL, 7);
    expect_wrong("rate(2 weeks)", &scheduler, 7);
}
END_TEST

START_TEST(test_trg_150_a_rule_begins_one_period_on_and_scheduler_at_its_start)
{
    li_schedule_options rule = LI_SCHEDULE_OPTIONS_INIT, scheduler = in_zone("UTC");

    rule.created_s = at_time("2026-01-01T00:00:30");
    expect_times("rate(5 minutes)", &rule, "2026-01-01T00:00:30", "2026-01-01T00:05:30 2026-01-01T00:10:30");
    expect_times("rate(5 minutes)", &rule, "2026-01-01T00:05:29", "2026-01-01T00:05:30");
    expect_times("rate(5 minutes)", &rule, "2026-01-01T00:05:30", "2026-01-01T00:10:30");
    expect_times("rate(5 minutes)", &rule, "2025-01-01T00:00:00", "2026-01-01T00:05:30");
    expect_times("rate(5 minutes)", &scheduler, "2026-01-01T00:00:30", "2026-01-01T00:00:30 2026-01-01T00:05:30");
    scheduler.created_s = rule.created_s;
    expect_times("rate(5 minutes)", &scheduler, "2026-01-01T00:00:29", "2026-01-01T00:00:30 2026-01-01T00:05:30");
    expect_times("rate(5 minutes)", &scheduler, "2026-01-01T00:00:30", "2026-01-01T00:05:30");
    scheduler.start_s = at_time("2026-01-01T06:00:00");
    expect_times("rate(5 minutes)", &scheduler, "2026-01-01T00:00:30", "2026-01-01T06:00:00 2026-01-01T06:05:00");
}
END_TEST

START_TEST(test_trg_151_a_day_is_24_hours_also_over_a_clock_change)
{
    li_schedule_options options = in_zone("America/New_York");

    options.start_s = at_time("2026-03-07T15:00:00");
    expect_times("rate(1 day)", &options, "2026-03-07T15:00:00", "2026-03-08T15:00:00 2026-03-09T15:00:00");
}
END_TEST

START_TEST(test_trg_152_the_grid_of_the_start_is_kept)
{
    li_schedule_options options = in_zone("UTC");

    options.start_s = at_time("2026-01-01T00:00:07");
    expect_times("rate(10 minutes)", &options, "2026-05-01T00:25:00", "2026-05-01T00:30:07 2026-05-01T00:40:07");
}
END_TEST

/* ---- at */

START_TEST(test_trg_153_at_fires_once_and_start_and_end_do_not_count)
{
    li_schedule_options options = in_zone("America/New_York");

    expect_times("at(2026-07-01T09:00:05)", &options, "2026-01-01T00:00:00", "2026-07-01T13:00:05 .");
    expect_times("at(2026-07-01T09:00:05)", &options, "2026-07-01T13:00:04", "2026-07-01T13:00:05 .");
    expect_times("at(2026-07-01T09:00:05)", &options, "2026-07-01T13:00:05", ".");
    options.start_s = at_time("2026-08-01T00:00:00");
    options.end_s = at_time("2026-06-01T00:00:00");
    expect_times("at(2026-07-01T09:00:05)", &options, "2026-01-01T00:00:00", "2026-07-01T13:00:05 .");
}
END_TEST

START_TEST(test_trg_153_at_takes_a_whole_local_time_only)
{
    li_schedule_options options = in_zone("UTC");

    expect_wrong("at(2026-11-20T13:00:00Z)", &options, 22);
    expect_wrong("at(2026-11-20)", &options, 13);
    expect_wrong("at(2026-11-20 13:00:00)", &options, 13);
    expect_wrong("at(2026-11-20T13:00)", &options, 19);
    expect_wrong("at(2026-02-29T00:00:00)", &options, 11);
    expect_wrong("at(2026-00-01T00:00:00)", &options, 8);
    expect_wrong("at(2026-13-01T00:00:00)", &options, 8);
    expect_wrong("at(2026-11-20T24:00:00)", &options, 14);
    expect_wrong("at(2026-11-20T23:60:00)", &options, 17);
    expect_wrong("at(2026-11-20T23:59:60)", &options, 20);
    expect_wrong("at(26-11-20T13:00:00)", &options, 5);
    expect_wrong("at()", &options, 3);
    expect_wrong("at(2026-11-20T13:00:00", &options, 22);
    expect_times("at(2028-02-29T23:59:59)", &options, "2026-01-01T00:00:00", "2028-02-29T23:59:59 .");
}
END_TEST

START_TEST(test_trg_153_at_knows_clock_changes_after_2199_too)
{
    li_schedule_options options = in_zone("America/New_York");

    /* The second Sunday of March 2400, a leap year that begins on a Saturday as 2000 does, is the 12th. */
    expect_times("at(2400-03-12T01:59:59)", &options, "2026-01-01T00:00:00", "2400-03-12T06:59:59 .");
    expect_times("at(2400-03-12T02:00:00)", &options, "2026-01-01T00:00:00", ".");
    expect_times("at(2400-03-12T03:00:00)", &options, "2026-01-01T00:00:00", "2400-03-12T07:00:00 .");
    expect_times("at(9999-12-31T23:59:59)", &options, "2026-01-01T00:00:00", "10000-01-01T04:59:59 .");
}
END_TEST

/* ---- arithmetic at the ends */

START_TEST(test_rel_59_times_at_the_ends_of_64_bits)
{
    static const char *const expressions[] = { "rate(1 minute)", "rate(106751991167300 days)", "cron(* * * * ? *)",
                                               "cron(0 0 29 2 ? *)", "at(9999-12-31T23:59:59)" };
    static const int64_t afters[] = { INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX };
    li_schedule_options options = in_zone("Pacific/Apia");
    int64_t times[3], last;
    size_t e, a, b, i, n;

    for (e = 0; e < 5; e++)
        for (a = 0; a < 6; a++)
            for (b = 0; b < 6; b++) {
                li_schedule *schedule;

                options.created_s = afters[b];
                schedule = schedule_of(expressions[e], &options);
                ck_assert_int_eq(li_schedule_next(schedule, afters[a], times, 3, &n), LI_OK);
                ck_assert_uint_le(n, 3);
                for (i = 0, last = afters[a]; i < n; last = times[i++])
                    /* The one exception: a rate without a base begins at once. */
                    ck_assert(times[i] > last || (i == 0 && b == 0 && times[i] == last));
                li_schedule_free(schedule);
            }
}
END_TEST

START_TEST(test_trg_134_a_rate_ends_with_the_clock)
{
    li_schedule *schedule = schedule_of("rate(1 minute)", NULL);
    int64_t times[4];
    size_t n;

    ck_assert_int_eq(li_schedule_next(schedule, INT64_MAX - 120, times, 4, &n), LI_OK);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_eq(times[1], INT64_MAX);
    ck_assert_int_eq(li_schedule_next(schedule, INT64_MAX - 59, times, 4, &n), LI_OK);
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(li_schedule_next(schedule, -60, times, 1, &n), LI_OK);
    ck_assert_int_eq(times[0], 0);
    li_schedule_free(schedule);
}
END_TEST

/* ---- traps that others fell into */

START_TEST(test_trg_164_day_of_week_1_is_sunday)
{
    expect_times("cron(0 10 ? * 1 *)", NULL, "2026-01-01T00:00:00", "2026-01-04T10:00:00 2026-01-11T10:00:00");
}
END_TEST

START_TEST(test_trg_164_90_minutes_is_a_rate)
{
    expect_times("rate(90 minutes)", NULL, "2026-01-01T00:00:00", "2026-01-01T01:30:00 2026-01-01T03:00:00 2026-01-01T04:30:00");
}
END_TEST

START_TEST(test_trg_164_rates_are_aligned_to_creation_not_to_the_clock)
{
    expect_times("rate(5 minutes)", NULL, "2026-01-01T00:02:13", "2026-01-01T00:07:13 2026-01-01T00:12:13");
    expect_times("rate(1 day)", NULL, "2026-01-01T17:02:13", "2026-01-02T17:02:13 2026-01-03T17:02:13");
}
END_TEST

START_TEST(test_trg_164_special_days_wrapping_ranges_and_2199_do_not_fail)
{
    expect_times("cron(0 9 15W * ? *)", NULL, "2026-02-01T00:00:00", "2026-02-16T09:00:00");
    expect_times("cron(0 9 ? * 2#1 *)", NULL, "2026-01-01T00:00:00", "2026-01-05T09:00:00");
    expect_times("cron(0 9 ? * 6L *)", NULL, "2026-01-01T00:00:00", "2026-01-30T09:00:00");
    expect_times("cron(0 9 ? * L *)", NULL, "2026-01-01T00:00:00", "2026-01-03T09:00:00");
    expect_times("cron(0 17-9 * * ? *)", NULL, "2026-01-01T08:30:00", "2026-01-01T09:00:00 2026-01-01T17:00:00");
    expect_times("cron(0 0 1 1 ? 2199)", NULL, "2026-01-01T00:00:00", "2199-01-01T00:00:00 .");
}
END_TEST

/* ---- no memory */

typedef struct scarce {
    int left;
    int live;
} scarce;

static void *scarce_alloc(void *self, size_t size)
{
    scarce *s = self;
    void *block = s->left-- > 0 ? malloc(size) : NULL;

    s->live += block != NULL;
    return block;
}

static void *scarce_realloc(void *self, void *block, size_t size)
{
    scarce *s = self;
    void *more = s->left-- > 0 ? realloc(block, size) : NULL;

    s->live += more != NULL && block == NULL;
    return more;
}

static void scarce_free(void *self, void *block)
{
    scarce *s = self;

    s->live -= block != NULL;
    free(block);
}

START_TEST(test_rel_100_every_allocation_may_fail)
{
    static const li_allocator_ops ops = { sizeof(li_allocator_ops), 1, 0, "scarce", scarce_alloc, scarce_realloc, scarce_free };
    scarce s = { 0, 0 };
    li_allocator allocator = { &ops, &s };
    li_schedule_options options = in_zone("Europe/Berlin");
    li_schedule *schedule = NULL;
    li_status status;
    int allowed;

    for (allowed = 0; allowed < 20; allowed++) {
        s.left = allowed;
        options.zones = NULL;
        status = li_zones_new(&allocator, NULL, &options.zones, NULL);
        if (status == LI_OK)
            status = li_schedule_new(&allocator, "cron(0 3 * * ? *)", LI_Z, &options, &schedule, NULL);
        ck_assert(status == LI_OK || status == LI_E_NOMEM);
        li_zones_free(options.zones);
        if (status == LI_OK) {
            int64_t time;
            size_t n;

            /* It outlives the zones that it was made with. */
            ck_assert_int_eq(li_schedule_next(schedule, at_time("2026-07-01T00:00:00"), &time, 1, &n), LI_OK);
            ck_assert_int_eq(time, at_time("2026-07-01T01:00:00"));
            li_schedule_free(schedule);
        }
        ck_assert_int_eq(s.live, 0);
    }
    ck_assert_int_eq(status, LI_OK);
}
END_TEST

Suite *suite_schedule(void);
Suite *suite_schedule(void)
{
    Suite *suite = suite_create("schedule");
    TCase *forms = tcase_create("forms"), *cron = tcase_create("cron"), *rate = tcase_create("rate"), *at = tcase_create("at"),
          *traps = tcase_create("traps");

    tcase_add_test(forms, test_trg_132_there_are_three_forms_and_at_is_the_schedulers);
    tcase_add_test(forms, test_trg_132_an_expression_has_1_to_256_characters);
    tcase_add_test(forms, test_trg_133_fires_at_second_0_of_the_minute);
    tcase_add_test(forms, test_trg_134_times_are_strictly_after_and_fewer_when_they_end);
    tcase_add_loop_test(forms, test_trg_135_says_where_an_expression_goes_wrong, 0, sizeof bads / sizeof *bads);
    tcase_add_test(forms, test_trg_135_a_refused_expression_leaves_the_output_alone);
    tcase_add_loop_test(forms, test_trg_136_what_can_never_fire_again_parses_and_has_no_times, 0, sizeof nevers / sizeof *nevers);
    tcase_add_test(forms, test_trg_136_the_last_year_is_2199);
    tcase_add_test(forms, test_rel_59_times_at_the_ends_of_64_bits);
    tcase_add_test(forms, test_rel_100_every_allocation_may_fail);
    suite_add_tcase(suite, forms);
    tcase_add_test(cron, test_trg_138_six_fields_separated_by_white_space);
    tcase_add_test(cron, test_trg_139_exactly_one_of_the_two_day_fields_is_a_question_mark);
    tcase_add_test(cron, test_trg_140_steps_begin_at_a_value_at_the_lowest_or_inside_a_range);
    tcase_add_test(cron, test_trg_141_days_of_the_week_have_no_steps);
    tcase_add_test(cron, test_trg_142_days_of_the_week_are_1_to_7);
    tcase_add_test(cron, test_trg_143_l_w_and_hash_name_days_of_a_month);
    tcase_add_test(cron, test_trg_144_names_in_any_case_and_ranges_of_one_value);
    tcase_add_test(cron, test_trg_145_ranges_wrap_but_those_of_years);
    tcase_add_test(cron, test_trg_146_what_the_public_grammar_lacks_is_taken_unless_strict);
    tcase_add_test(cron, test_trg_147_lists_and_ranges_mix);
    tcase_add_test(cron, test_trg_148_rules_run_in_utc);
    suite_add_tcase(suite, cron);
    tcase_add_loop_test(rate, test_trg_149_rate_counts_whole_periods_from_the_given_time, 0, sizeof goods / sizeof *goods);
    tcase_add_test(rate, test_trg_149_scheduler_takes_either_number_of_the_unit);
    tcase_add_test(rate, test_trg_150_a_rule_begins_one_period_on_and_scheduler_at_its_start);
    tcase_add_test(rate, test_trg_151_a_day_is_24_hours_also_over_a_clock_change);
    tcase_add_test(rate, test_trg_152_the_grid_of_the_start_is_kept);
    tcase_add_test(rate, test_trg_134_a_rate_ends_with_the_clock);
    suite_add_tcase(suite, rate);
    tcase_add_test(at, test_trg_153_at_fires_once_and_start_and_end_do_not_count);
    tcase_add_test(at, test_trg_153_at_takes_a_whole_local_time_only);
    tcase_add_test(at, test_trg_153_at_knows_clock_changes_after_2199_too);
    suite_add_tcase(suite, at);
    tcase_add_test(traps, test_trg_164_day_of_week_1_is_sunday);
    tcase_add_test(traps, test_trg_164_90_minutes_is_a_rate);
    tcase_add_test(traps, test_trg_164_rates_are_aligned_to_creation_not_to_the_clock);
    tcase_add_test(traps, test_trg_164_special_days_wrapping_ranges_and_2199_do_not_fail);
    suite_add_tcase(suite, traps);
    return suite;
}
