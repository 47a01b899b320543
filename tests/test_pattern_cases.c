/* test_pattern_cases.c - the recorded cases: each pattern alone, all together, in both orders of adding. */
#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/pattern.h>

#include "pattern_cases.h"

static pattern_case cases[PATTERN_CASES_MOST];
static size_t n_cases;

START_TEST(test_pat_109_each_recorded_case_alone)
{
    size_t i;

    n_cases = read_pattern_cases("tests/data/pattern-cases.jsonl", cases);
    ck_assert_uint_gt(n_cases, 1000);
    for (i = 0; i < n_cases; i++) {
        li_pattern_error error = LI_PATTERN_ERROR_INIT;
        int32_t is_match = -1, explained = -1;
        li_pattern *pattern;

        ck_assert_msg(li_pattern_new(NULL, cases[i].pattern, cases[i].pattern_len, NULL, &pattern, &error) == LI_OK, "%s: %s",
                      cases[i].id, error.text);
        ck_assert_int_eq(li_pattern_match(pattern, cases[i].event, cases[i].event_len, &is_match, NULL), LI_OK);
        ck_assert_msg(is_match == cases[i].match, "%s: %d", cases[i].id, is_match);
        ck_assert_int_eq(li_pattern_explain(pattern, cases[i].event, cases[i].event_len, &explained, NULL, NULL, NULL), LI_OK);
        ck_assert_int_eq(explained, is_match);
        li_pattern_free(pattern);
    }
    free_pattern_cases(cases, n_cases);
}
END_TEST

static int32_t note_id(void *user, uint64_t id)
{
    unsigned char *found = user;

    ck_assert_msg(found[id] == 0, "rule %llu is reported twice", (unsigned long long)id);
    found[id] = 1;
    return 0;
}

static li_pattern_set *load(int is_backwards)
{
    li_pattern_set *set;
    size_t i;

    ck_assert_int_eq(li_pattern_set_new(NULL, NULL, &set), LI_OK);
    for (i = 0; i < n_cases; i++) {
        size_t at = is_backwards ? n_cases - 1 - i : i;

        ck_assert_int_eq(li_pattern_set_add(set, at, cases[at].pattern, cases[at].pattern_len, NULL), LI_OK);
    }
    ck_assert_uint_eq(li_pattern_set_count(set), n_cases);
    return set;
}

/* All rules are reported for each event exactly as in the other set, and as recorded where that is known. */
static void check_both(const li_pattern_set *set, const li_pattern_set *other)
{
    static unsigned char found[PATTERN_CASES_MOST], found_by_other[PATTERN_CASES_MOST];
    size_t i;

    for (i = 0; i < n_cases; i++) {
        memset(found, 0, sizeof found);
        memset(found_by_other, 0, sizeof found_by_other);
        ck_assert_int_eq(li_pattern_set_match(set, cases[i].event, cases[i].event_len, NULL, note_id, found), LI_OK);
        ck_assert_int_eq(li_pattern_set_match(other, cases[i].event, cases[i].event_len, NULL, note_id, found_by_other), LI_OK);
        ck_assert_msg(found[i] == cases[i].match, "%s: %d", cases[i].id, found[i]);
        ck_assert_msg(memcmp(found, found_by_other, n_cases) == 0, "%s: the sets differ", cases[i].id);
    }
}

START_TEST(test_pat_109_all_recorded_cases_together_in_both_orders)
{
    li_pattern_set *set, *other;

    n_cases = read_pattern_cases("tests/data/pattern-cases.jsonl", cases);
    set = load(0);
    other = load(1);
    check_both(set, other);
    li_pattern_set_free(set);
    li_pattern_set_free(other);
    free_pattern_cases(cases, n_cases);
}
END_TEST

START_TEST(test_pat_106_removing_half_leaves_the_verdicts_of_the_others)
{
    static unsigned char found[PATTERN_CASES_MOST];
    li_pattern_set *set;
    size_t i;

    n_cases = read_pattern_cases("tests/data/pattern-cases.jsonl", cases);
    set = load(0);
    for (i = 0; i < n_cases; i++)
        if (i % 3 != 0)
            ck_assert_int_eq(li_pattern_set_remove(set, i), LI_OK);
    ck_assert_int_eq(li_pattern_set_remove(set, 1), LI_E_NOT_FOUND);
    ck_assert_uint_eq(li_pattern_set_count(set), (n_cases + 2) / 3);
    for (i = 0; i < n_cases; i++) {
        memset(found, 0, sizeof found);
        ck_assert_int_eq(li_pattern_set_match(set, cases[i].event, cases[i].event_len, NULL, note_id, found), LI_OK);
        ck_assert_msg(found[i] == (i % 3 == 0 ? cases[i].match : 0), "%s: %d", cases[i].id, found[i]);
    }
    for (i = 0; i < n_cases; i++)
        if (i % 3 != 0)
            ck_assert_int_eq(li_pattern_set_add(set, i, cases[i].pattern, cases[i].pattern_len, NULL), LI_OK);
    for (i = 0; i < n_cases; i++) {
        memset(found, 0, sizeof found);
        ck_assert_int_eq(li_pattern_set_match(set, cases[i].event, cases[i].event_len, NULL, note_id, found), LI_OK);
        ck_assert_msg(found[i] == cases[i].match, "%s: %d", cases[i].id, found[i]);
    }
    li_pattern_set_free(set);
    free_pattern_cases(cases, n_cases);
}
END_TEST

START_TEST(test_pat_122_each_recorded_error_has_its_kind)
{
    size_t i, n = read_pattern_cases("tests/data/pattern-errors.jsonl", cases);

    ck_assert_uint_gt(n, 100);
    for (i = 0; i < n; i++) {
        li_pattern_error error = LI_PATTERN_ERROR_INIT;
        li_pattern *pattern;

        ck_assert_int_eq(li_pattern_new(NULL, cases[i].pattern, cases[i].pattern_len, NULL, &pattern, &error), LI_E_VALIDATION);
        ck_assert_msg(strcmp(li_pattern_error_name(error.kind), cases[i].kind) == 0, "%s: %s", cases[i].id, error.text);
        ck_assert_uint_le(error.offset, cases[i].pattern_len);
    }
    free_pattern_cases(cases, n);
}
END_TEST

Suite *suite_pattern_cases(void)
{
    Suite *suite = suite_create("pattern_cases");
    TCase *tc = tcase_create("recorded");

    tcase_add_test(tc, test_pat_109_each_recorded_case_alone);
    tcase_add_test(tc, test_pat_109_all_recorded_cases_together_in_both_orders);
    tcase_add_test(tc, test_pat_106_removing_half_leaves_the_verdicts_of_the_others);
    tcase_add_test(tc, test_pat_122_each_recorded_error_has_its_kind);
    suite_add_tcase(suite, tc);
    return suite;
}
