/* test_schedule_cases.c - every line of tests/data/schedule-cases.jsonl: an expression with its next times, or refused. */
#include "schedule_help.h"

#include "json/scan.h"

enum { LINE_SIZE = 4096, TEXT_SIZE = 512, TIMES_MAX = 16 };

typedef struct outcome {
    int lines, times_lines, error_lines, rule_valid, rule_invalid;
    int unverified, unverified_other;
} outcome;

static const char *member(lii_json_value line, const char *name, char text[TEXT_SIZE])
{
    lii_json_value value = lii_json_get(line, name, LI_Z);
    size_t len;

    if (value.type != LII_JSON_STRING)
        return NULL;
    len = lii_json_text(value, text, TEXT_SIZE - 1);
    ck_assert_uint_lt(len, TEXT_SIZE);
    text[len] = '\0';
    return text;
}

/* NULL: as the line says; otherwise what is different. */
static const char *check_times(const li_schedule *schedule, lii_json_value wanted, int64_t from)
{
    static char text[256];
    int64_t times[TIMES_MAX];
    lii_json_value key, value;
    size_t at = 0, i = 0, n = 0, n_wanted = 0;
    char one[TEXT_SIZE];

    while (lii_json_next(wanted, &at, &key, &value))
        n_wanted++;
    ck_assert_uint_lt(n_wanted, TIMES_MAX);
    /* A line without any says that there are none. */
    ck_assert_int_eq(li_schedule_next(schedule, from, times, n_wanted ? n_wanted : 1, &n), LI_OK);
    if (n != n_wanted) {
        snprintf(text, sizeof text, "%zu times, not %zu", n, n_wanted);
        return text;
    }
    for (at = 0; lii_json_next(wanted, &at, &key, &value); i++) {
        one[lii_json_text(value, one, sizeof one - 1)] = '\0';
        if (times[i] != at_time(one)) {
            snprintf(text, sizeof text, "number %zu is %s, not %.40s", i, time_text(times[i]), one);
            return text;
        }
    }
    return NULL;
}

static const char *check_line(lii_json_value line, li_zones *zones, outcome *sum)
{
    static char text[512];
    char expression[TEXT_SIZE], kind[TEXT_SIZE], zone[TEXT_SIZE], from[TEXT_SIZE], start[TEXT_SIZE], end[TEXT_SIZE];
    char ignored[TEXT_SIZE];
    li_schedule_options options = LI_SCHEDULE_OPTIONS_INIT;
    li_error err = LI_ERROR_INIT;
    li_schedule *schedule = NULL;
    const char *wrong;
    li_status status;
    int is_rule;

    ck_assert(member(line, "expr", expression) && member(line, "kind", kind) && member(line, "tz", zone));
    is_rule = strcmp(kind, "rule") == 0;
    options.kind = is_rule ? LI_SCHEDULE_RULE : LI_SCHEDULE_SCHEDULER;
    options.zone = li_z(zone);
    options.zones = zones;
    if (member(line, "start", start))
        options.start_s = at_time(start);
    if (member(line, "end", end))
        options.end_s = at_time(end);
    status = li_schedule_new(NULL, expression, LI_Z, &options, &schedule, &err);
    if (member(line, "error", ignored)) {
        sum->error_lines++;
        sum->rule_invalid += is_rule && status != LI_OK;
        li_schedule_free(schedule);
        return status == LI_OK ? "it is accepted" : NULL;
    }
    sum->times_lines++;
    if (status != LI_OK) {
        snprintf(text, sizeof text, "it is refused: %s", err.text);
        return text;
    }
    sum->rule_valid += is_rule;
    ck_assert(member(line, "from", from));
    wrong = check_times(schedule, lii_json_get(line, "next", LI_Z), at_time(from));
    li_schedule_free(schedule);
    return wrong;
}

static void run_cases(outcome *sum)
{
    FILE *file = fopen("tests/data/schedule-cases.jsonl", "r");
    char line[LINE_SIZE], expression[TEXT_SIZE];
    li_zones *zones = NULL;
    lii_json_value value;
    const char *wrong;
    int is_unverified;

    memset(sum, 0, sizeof *sum);
    ck_assert_msg(file != NULL, "run the tests from the top of the tree");
    ck_assert_int_eq(li_zones_new(NULL, NULL, &zones, NULL), LI_OK);
    while (fgets(line, sizeof line, file)) {
        ck_assert_int_eq(lii_json_check(line, strlen(line), 16, NULL), 0);
        value = lii_json_root(line, strlen(line));
        is_unverified = lii_json_get(value, "unverified", LI_Z).type == LII_JSON_TRUE;
        wrong = check_line(value, zones, sum);
        sum->lines++;
        sum->unverified += is_unverified;
        sum->unverified_other += is_unverified && wrong;
        if (wrong && is_unverified)
            printf("unverified line %d, %s: %s\n", sum->lines, member(value, "expr", expression), wrong);
        ck_assert_msg(!wrong || is_unverified, "line %d, %s: %s", sum->lines, member(value, "expr", expression), wrong);
    }
    fclose(file);
    li_zones_free(zones);
}

START_TEST(test_trg_137_every_line_of_the_cases_is_right)
{
    outcome sum;

    run_cases(&sum);
    printf("schedule cases: %d lines, %d with times, %d refused; %d unverified, %d of them otherwise here\n", sum.lines,
           sum.times_lines, sum.error_lines, sum.unverified, sum.unverified_other);
    ck_assert_int_eq(sum.lines, 168);
    ck_assert_int_eq(sum.times_lines, 114);
    ck_assert_int_eq(sum.error_lines, 54);
    ck_assert_int_eq(sum.unverified, 21);
}
END_TEST

START_TEST(test_trg_165_all_81_valid_lines_of_rules_are_accepted_and_none_of_the_47_others)
{
    outcome sum;

    run_cases(&sum);
    ck_assert_int_eq(sum.rule_valid, 81);
    ck_assert_int_eq(sum.rule_invalid, 47);
}
END_TEST

Suite *suite_schedule_cases(void);
Suite *suite_schedule_cases(void)
{
    Suite *suite = suite_create("schedule_cases");
    TCase *cases = tcase_create("cases");

    tcase_add_test(cases, test_trg_137_every_line_of_the_cases_is_right);
    tcase_add_test(cases, test_trg_165_all_81_valid_lines_of_rules_are_accepted_and_none_of_the_47_others);
    suite_add_tcase(suite, cases);
    return suite;
}
