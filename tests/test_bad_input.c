/* test_bad_input.c - what comes wrong from outside ends in a clear error or a defined verdict, in bounded time and memory: each
 * line at the edge where it comes in. */
#include "trigger_help.h"

static keeper kept;
static told got;
static world w;

#define TOPIC "arn:aws:sns:us-east-1:000000000000:orders"

static void setup(void)
{
    keeper_new(&w, &kept);
}

static void teardown(void)
{
    world_free(&w);
}

/* Refused with this member named, and nothing made. */
static void refuse(const char *kind, const char *options, int32_t detail, const char *says)
{
    li_error err = LI_ERROR_INIT;
    li_status status = try_trigger(&w, kind, "keeper", "bad", options, &err);

    ck_assert_msg(status != LI_OK, "%s %s was taken", kind, options);
    ck_assert_msg(err.detail == detail, "%s: detail %d: %s", options, err.detail, err.text);
    check_contains(err.text, says);
    ck_assert_int_eq(li_trigger_remove(w.engine, "bad", LI_Z, NULL), LI_E_NOT_FOUND);
}

START_TEST(test_trg_31_two_configurations_of_a_bucket_that_overlap)
{
    add_trigger(&w, "s3", "keeper", "a", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"],\"prefix\":\"in/\",\"suffix\":\".jpg\"}");
    refuse("s3", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:Put\"],\"prefix\":\"in/2026/\",\"suffix\":\"g\"}", LI_DETAIL_TRIGGER_OVERLAP,
           "overlaps trigger a: both match");
    add_trigger(&w, "s3", "keeper", "other-type", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectRemoved:*\"],\"prefix\":\"in/\"}");
}
END_TEST

START_TEST(test_trg_42_a_filter_policy_of_the_wrong_scope)
{
    refuse("sns", "{\"topic\":\"" TOPIC "\",\"filterPolicy\":{\"order\":{\"state\":[\"new\"]}}}", LI_DETAIL_TRIGGER_OPTIONS, "MessageBody");
    add_trigger(&w, "sns", "keeper", "body", "{\"topic\":\"" TOPIC "\",\"filterPolicy\":{\"order\":{\"state\":[\"new\"]}},\"filterScope\":\"MessageBody\"}");
}
END_TEST

START_TEST(test_trg_139_a_cron_with_both_day_fields)
{
    refuse("scheduler", "{\"name\":\"n\",\"expression\":\"cron(0 12 1 * MON *)\"}", LI_DETAIL_SCHEDULE, "day");
    refuse("events", "{\"ruleName\":\"n\",\"schedule\":\"cron(0 12 ? * ? *)\"}", LI_DETAIL_SCHEDULE, "day");
    add_trigger(&w, "scheduler", "keeper", "one-day-field", "{\"name\":\"n\",\"expression\":\"cron(0 12 ? * MON *)\"}");
}
END_TEST

START_TEST(test_trg_154_a_zone_that_does_not_exist)
{
    refuse("scheduler", "{\"name\":\"n\",\"expression\":\"rate(1 hour)\",\"timezone\":\"Europe/Nowhere\"}", LI_DETAIL_ZONE, "Europe/Nowhere");
    refuse("scheduler", "{\"name\":\"n\",\"expression\":\"rate(1 hour)\",\"timezone\":\"../../etc/passwd\"}", LI_DETAIL_ZONE, "");
    add_trigger(&w, "scheduler", "keeper", "utc", "{\"name\":\"n\",\"expression\":\"rate(1 hour)\",\"timezone\":\"UTC\"}");
}
END_TEST

START_TEST(test_trg_153_a_date_in_the_past_never_fires)
{
    add_trigger(&w, "scheduler", "keeper", "past", "{\"name\":\"n\",\"expression\":\"at(2001-01-01T00:00:00)\"}");
    add_trigger(&w, "scheduler", "keeper", "ended", "{\"name\":\"m\",\"expression\":\"rate(1 hour)\",\"end\":\"2001-01-01T00:00:00Z\"}");
    advance_s(&w, 30 * 86400);
    ck_assert_int_eq(kept.runs, 0);
    refuse("scheduler", "{\"name\":\"k\",\"expression\":\"at(2001-02-30T00:00:00)\"}", LI_DETAIL_SCHEDULE, "");
}
END_TEST

START_TEST(test_trg_90_a_response_of_the_wrong_shape)
{
    add_trigger(&w, "apigw-rest", "keeper", "r", "{\"apiId\":\"abc\",\"path\":\"/\"}");
    kept.response = "{\"status\":200,\"body\":\"hi\"}";
    ask(&w, "apigw-rest", "{\"method\":\"GET\",\"target\":\"/\"}", &got);
    ck_assert_int_eq(got.status, 502);
    ck_assert_str_eq(got.body, "{\"message\":\"Internal server error\"}");
    kept.response = "{\"statusCode\":200,\"body\":\"hi\"}";
    ask(&w, "apigw-rest", "{\"method\":\"GET\",\"target\":\"/\"}", &got);
    ck_assert_int_eq(got.status, 200);
}
END_TEST

static void add_rule(const char *id, const char *pattern)
{
    char *options = malloc(strlen(pattern) + 256);

    sprintf(options, "{\"ruleName\":\"%s\",\"pattern\":%s}", id, pattern);
    add_trigger(&w, "events", "keeper", id, options);
    free(options);
}

/* How many rules took it; the error is in err. */
static li_status put(const char *detail, uint64_t *n, li_error *err)
{
    char *text = malloc(strlen(detail) + 128);
    li_status status;

    sprintf(text, "{\"source\":\"my.app\",\"detailType\":\"t\",\"detail\":%s}", detail);
    status = li_trigger_occur(w.engine, "events", LI_Z, text, LI_Z, n, err);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    free(text);
    return status;
}

/* {"a":{"a":…1…}} of so many levels. */
static const char *nested(size_t levels)
{
    static char text[200000];
    size_t i, n = 0;

    for (i = 0; i < levels; i++)
        n += (size_t)sprintf(text + n, "{\"a\":");
    n += (size_t)sprintf(text + n, "1");
    for (i = 0; i < levels; i++)
        text[n++] = '}';
    text[n] = '\0';
    return text;
}

START_TEST(test_trg_52_an_event_of_100_levels_and_of_100000)
{
    li_error err = LI_ERROR_INIT;
    uint64_t n = 0;

    add_rule("all", "{\"source\":[\"my.app\"]}");
    ck_assert_int_eq(put(nested(100), &n, &err), LI_OK);
    ck_assert_uint_eq(n, 1);
    check_contains(kept.event, nested(100));
    ck_assert_int_eq(put(nested(20000), &n, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_OCCURRENCE);
    check_contains(err.text, "deep");
    ck_assert_int_eq(kept.runs, 1);
}
END_TEST

START_TEST(test_trg_52_duplicate_keys_of_a_pattern_the_last_counts_and_of_an_event_all_do)
{
    li_error err = LI_ERROR_INIT;
    uint64_t n = 0;

    add_rule("first", "{\"detail\":{\"k\":[1]}}");
    add_rule("last", "{\"detail\":{\"k\":[2]}}");
    add_rule("twice", "{\"detail\":{\"k\":[1],\"k\":[3]}}");
    ck_assert_int_eq(put("{\"k\":1,\"k\":2}", &n, &err), LI_OK);
    ck_assert_uint_eq(n, 2);
    check_contains(kept.event, "\"detail\":{\"k\":1,\"k\":2}");
    ck_assert_int_eq(put("{\"k\":3}", &n, &err), LI_OK);
    ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(test_trg_52_lone_surrogates_are_passed_on_and_equal_nothing_else)
{
    li_error err = LI_ERROR_INIT;
    uint64_t n = 0;

    add_rule("replacement", "{\"detail\":{\"k\":[\"\xEF\xBF\xBD\"]}}");
    ck_assert_int_eq(put("{\"k\":\"\\ud800\"}", &n, &err), LI_OK);
    ck_assert_uint_eq(n, 0);
    add_rule("any", "{\"detail\":{\"k\":[{\"exists\":true}]}}");
    ck_assert_int_eq(put("{\"k\":\"\\ud800\"}", &n, &err), LI_OK);
    ck_assert_uint_eq(n, 1);
    check_contains(kept.event, "\"k\":\"\\ud800\"");
    ck_assert_int_eq(put("{\"k\":\"\xED\xA0\x80\"}", &n, &err), LI_E_INVALID);
}
END_TEST

START_TEST(test_trg_52_numbers_of_400_digits_match_no_range_and_are_passed_on)
{
    char digits[401], detail[512], pattern[512];
    li_error err = LI_ERROR_INIT;
    uint64_t n = 0;

    memset(digits, '9', 400);
    digits[400] = '\0';
    add_rule("large", "{\"detail\":{\"k\":[{\"numeric\":[\">\",0,\"<=\",5000000000]}]}}");
    add_rule("any", "{\"detail\":{\"k\":[{\"exists\":true}]}}");
    snprintf(detail, sizeof detail, "{\"k\":%s}", digits);
    ck_assert_int_eq(put(detail, &n, &err), LI_OK);
    ck_assert_uint_eq(n, 1);
    check_contains(kept.event, digits);
    snprintf(pattern, sizeof pattern, "{\"ruleName\":\"p\",\"pattern\":{\"detail\":{\"k\":[{\"numeric\":[\"<\",%s]}]}}}", digits);
    refuse("events", pattern, LI_DETAIL_TRIGGER_OPTIONS, "pattern");
}
END_TEST

START_TEST(test_trg_52_ten_thousand_wildcards_in_one_pattern_are_refused_and_in_10000_rules_are_fine)
{
    static char pattern[30000];
    char rule[128], id[16];
    li_error err = LI_ERROR_INIT;
    size_t len;
    uint64_t n = 0;
    int i;

    len = (size_t)sprintf(pattern, "{\"ruleName\":\"w\",\"pattern\":{\"detail\":{\"k\":[{\"wildcard\":\"");
    for (i = 0; i < 10000; i++)
        len += (size_t)sprintf(pattern + len, "*a");
    sprintf(pattern + len, "\"}]}}}");
    refuse("events", pattern, LI_DETAIL_TRIGGER_OPTIONS, "pattern");
    for (i = 0; i < 10000; i++) {
        snprintf(id, sizeof id, "w%d", i);
        snprintf(rule, sizeof rule, "{\"detail\":{\"k\":[{\"wildcard\":\"*x%d*y\"}]}}", i);
        add_rule(id, rule);
    }
    ck_assert_int_eq(put("{\"k\":\"aaaaaaaaaax4711aaaaaaaaaay\"}", &n, &err), LI_OK);
    ck_assert_uint_eq(n, 4);     /* x4, x47, x471 and x4711 */
    ck_assert_int_eq(put("{\"k\":\"yyyyyyyyyyyyyyyyyyyyyyyyyyyyy\"}", &n, &err), LI_OK);
    ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(test_trg_49_a_pattern_is_counted_in_characters)
{
    char *options = malloc(20000);
    li_error err = LI_ERROR_INIT;
    size_t i, len, rest = strlen("{\"source\":[\"\"]}");

    for (i = 4096; i <= 4097; i++) {                 /* so many characters of two bytes each */
        size_t k;

        len = (size_t)sprintf(options, "{\"ruleName\":\"r%zu\",\"pattern\":\"{\\\"source\\\":[\\\"", i);
        for (k = 0; k < i - rest; k++)
            len += (size_t)sprintf(options + len, "\xC3\xA9");
        sprintf(options + len, "\\\"]}\"}");
        ck_assert_msg(try_trigger(&w, "events", "keeper", NULL, options, &err) == (i == 4096 ? LI_OK : LI_E_INVALID), "%zu: %s", i, err.text);
    }
    ck_assert_str_eq(err.subject, "pattern");
    free(options);
}
END_TEST

Suite *suite_bad_input(void)
{
    Suite *s = suite_create("bad_input");
    TCase *c = tcase_create("lines");

    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, test_trg_31_two_configurations_of_a_bucket_that_overlap);
    tcase_add_test(c, test_trg_42_a_filter_policy_of_the_wrong_scope);
    tcase_add_test(c, test_trg_139_a_cron_with_both_day_fields);
    tcase_add_test(c, test_trg_154_a_zone_that_does_not_exist);
    tcase_add_test(c, test_trg_153_a_date_in_the_past_never_fires);
    tcase_add_test(c, test_trg_90_a_response_of_the_wrong_shape);
    tcase_add_test(c, test_trg_52_an_event_of_100_levels_and_of_100000);
    tcase_add_test(c, test_trg_52_duplicate_keys_of_a_pattern_the_last_counts_and_of_an_event_all_do);
    tcase_add_test(c, test_trg_52_lone_surrogates_are_passed_on_and_equal_nothing_else);
    tcase_add_test(c, test_trg_52_numbers_of_400_digits_match_no_range_and_are_passed_on);
    tcase_add_test(c, test_trg_52_ten_thousand_wildcards_in_one_pattern_are_refused_and_in_10000_rules_are_fine);
    tcase_add_test(c, test_trg_49_a_pattern_is_counted_in_characters);
    suite_add_tcase(s, c);
    return s;
}
