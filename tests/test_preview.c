/* test_preview.c - live help of a form: the command that makes the same trigger, the next firings, would a sample match. */
#include "scarce.h"
#include "trigger_help.h"

#include <wordexp.h>

static keeper kept;
static world w;
static char preview[65536];

static void setup(void)
{
    keeper_new(&w, &kept);
    ck_assert_int_eq(li_version_publish(w.engine, "keeper", LI_Z, NULL, NULL, NULL), LI_OK);
}

static void teardown(void)
{
    world_free(&w);
}

static void keep_text(void *user, const char *data, size_t len)
{
    ck_assert_uint_lt(len, sizeof preview);
    snprintf(user, sizeof preview, "%.*s", (int)len, data);
}

static li_trigger_spec spec_of(const char *kind, const char *options, uint32_t flags)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;

    spec.kind = li_z(kind);
    spec.function = li_z("keeper");
    spec.options = li_z(options);
    spec.flags = flags;
    return spec;
}

static const char *look(const li_trigger_spec *spec, const char *sample)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_msg(li_trigger_preview(w.engine, spec, sample, LI_Z, keep_text, preview, &err) == LI_OK, "%s", err.text);
    return preview;
}

static const char *look_at(const char *kind, const char *options, const char *sample)
{
    li_trigger_spec spec = spec_of(kind, options, LI_TRIGGER_BY_FORM);

    return look(&spec, sample);
}

/* ---- the command (TRG-195) */

typedef struct row {
    char name[32], options[2048];
    uint32_t flags;
} row;
static row rows[80];
static size_t n_rows;

static void add_row(void *user, const li_trigger_kind_info *info)
{
    (void)user;
    if (info->flags & LI_TRIGGER_POLLED)
        return;
    ck_assert_uint_lt(n_rows, 80);
    snprintf(rows[n_rows].name, sizeof rows->name, "%s", info->name);
    snprintf(rows[n_rows++].options, sizeof rows->options, "%s", info->options_example);
}

typedef struct seen {
    char kind[32], function[264], source_arn[520], options[4096], policy[4096];
    int is_enabled, n;
} seen;

static void see(void *user, const li_trigger_info *info)
{
    seen *s = user;

    s->n++;
    snprintf(s->kind, sizeof s->kind, "%s", info->kind);
    snprintf(s->function, sizeof s->function, "%s", info->function);
    snprintf(s->source_arn, sizeof s->source_arn, "%s", info->source_arn);
    snprintf(s->options, sizeof s->options, "%.*s", (int)info->options_len, info->options);
    s->is_enabled = info->is_enabled;
}

static void see_policy(void *user, const char *json, size_t len, const char *revision)
{
    seen *s = user;

    (void)revision;
    snprintf(s->policy, sizeof s->policy, "%.*s", (int)len, json);
}

/* What is there now, and nothing is left of it. */
static seen take_all(void)
{
    seen s;

    memset(&s, 0, sizeof s);
    li_trigger_each(w.engine, NULL, 0, see, &s);
    li_permission_get(w.engine, s.function, LI_Z, NULL, 0, see_policy, &s, NULL);
    li_permission_remove(w.engine, s.function, LI_Z, NULL, 0, "same", LI_Z, NULL, 0, NULL);
    ck_assert_int_eq(li_trigger_remove(w.engine, "same", LI_Z, NULL), LI_OK);
    return s;
}

/* As a shell and the command line tool read it. */
static void run_command(const char *command)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    wordexp_t words;
    size_t i;

    ck_assert_int_eq(wordexp(command, &words, WRDE_NOCMD | WRDE_UNDEF), 0);
    ck_assert_uint_ge(words.we_wordc, 5);
    ck_assert_str_eq(words.we_wordv[0], "lambdainvoke");
    ck_assert_str_eq(words.we_wordv[1], "trigger");
    ck_assert_str_eq(words.we_wordv[2], "add");
    spec.kind = li_z(words.we_wordv[3]);
    spec.function = li_z(words.we_wordv[4]);
    for (i = 5; i < words.we_wordc; i++) {
        const char *word = words.we_wordv[i];

        if (strcmp(word, "--disabled") == 0)
            spec.is_disabled = 1;
        else if (strcmp(word, "--form") == 0)
            spec.flags = LI_TRIGGER_BY_FORM;
        else if (strcmp(word, "--id") == 0 && i + 1 < words.we_wordc)
            spec.id = li_z(words.we_wordv[++i]);
        else if (strcmp(word, "--options") == 0 && i + 1 < words.we_wordc)
            spec.options = li_z(words.we_wordv[++i]);
        else
            ck_abort_msg("%s in %s", word, command);
    }
    ck_assert_msg(li_trigger_add(w.engine, &spec, NULL, &err) == LI_OK, "%s: %s", command, err.text);
    wordfree(&words);
}

static void check_same(const char *kind, const char *options, const char *function, uint32_t flags)
{
    li_trigger_spec spec = spec_of(kind, options, flags);
    li_error err = LI_ERROR_INIT;
    char command[8192];
    seen a, b;

    spec.id = li_z("same");
    spec.function = li_z(function);
    snprintf(command, sizeof command, "%s", at(look(&spec, NULL), "command"));
    ck_assert_msg(li_trigger_add(w.engine, &spec, NULL, &err) == LI_OK, "%s: %s", options, err.text);
    a = take_all();
    run_command(command);
    b = take_all();
    ck_assert_int_eq(a.n, 1);
    ck_assert_int_eq(b.n, 1);
    ck_assert_str_eq(a.kind, b.kind);
    ck_assert_str_eq(a.function, b.function);
    ck_assert_str_eq(a.source_arn, b.source_arn);
    ck_assert_str_eq(a.options, b.options);
    ck_assert_str_eq(a.policy, b.policy);
    ck_assert_int_eq(a.is_enabled, b.is_enabled);
}

START_TEST(test_trg_195_the_command_of_every_kind_makes_the_same_trigger)
{
    char options[4096];
    size_t i;

    n_rows = 0;
    li_trigger_kind_each(w.engine, add_row, NULL);
    ck_assert_uint_gt(n_rows, 30);
    for (i = 0; i < n_rows; i++) {
        const char *function = strcmp(rows[i].name, "edge") == 0 ? "keeper:1" : "keeper";
        int n = (int)strlen(rows[i].options) - 1;

        if (strcmp(rows[i].name, "s3") == 0 || strcmp(rows[i].name, "edge") == 0) {  /* what their forms ask first */
            strcpy(rows[i].options + n, strcmp(rows[i].name, "s3") == 0 ? ",\"recursiveAck\":true}" : ",\"confirmReplication\":true}");
            n = (int)strlen(rows[i].options) - 1;
        }
        check_same(rows[i].name, rows[i].options, function, 0);
        check_same(rows[i].name, rows[i].options, function, LI_TRIGGER_BY_FORM);
        snprintf(options, sizeof options, "%.*s%s\"qualifier\":\"1\",\"enabled\":false}", n, rows[i].options, n > 1 ? "," : "");
        check_same(rows[i].name, options, function, LI_TRIGGER_BY_FORM);
    }
}
END_TEST

START_TEST(test_trg_195_a_command_keeps_quotes_and_signs_of_the_shell)
{
    check_same("custom", "{\"source\":\"it's $HOME `id` \\\\ \\\"x\\\" ;|&<>*\"}", "keeper", LI_TRIGGER_BY_FORM);
    check_same("schedule", "{\"expression\":\"rate(5 minutes)\",\"input\":\"{\\\"a\\\":\\\"'\\\"}\"}", "keeper", 0);
}
END_TEST

START_TEST(test_trg_195_a_form_that_is_not_right_has_no_command_and_says_why)
{
    const char *text = look_at("sns", "{\"topic\":\"t\"}", NULL);

    check_at(text, "isValid", "false");
    check_at(text, "member", "topic");
    check_at(text, "command", "(absent)");
    check_at(look_at("sns", "{\"topic\":\"arn:aws:sns:us-east-1:1:t\",\"qualifier\":\"9\"}", NULL), "isValid", "false");
    check_at(look_at("sns", "{\"topic\":", NULL), "isValid", "false");
    check_at(look_at("s3", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"]}", NULL), "member", "recursiveAck");
    text = look_at("sns", "{\"topic\":\"arn:aws:sns:us-east-1:1:t\"}", NULL);
    check_at(text, "isValid", "true");
    check_at(text, "error", "(absent)");
}
END_TEST

START_TEST(test_trg_195_the_qualifiers_of_the_function_are_there_to_choose_from)
{
    li_alias_spec alias = LI_ALIAS_SPEC_INIT;

    check_at(look_at("custom", "{}", NULL), "qualifiers", "[\"$LATEST\",\"1\"]");
    alias.name = li_z("live");
    alias.function_version = li_z("1");
    ck_assert_int_eq(li_alias_create(w.engine, "keeper", LI_Z, &alias, NULL, NULL), LI_OK);
    check_at(look_at("custom", "{}", NULL), "qualifiers", "[\"$LATEST\",\"1\",\"live\"]");
}
END_TEST

START_TEST(test_trg_195_a_preview_needs_a_kind_that_can_be_added)
{
    li_trigger_spec spec = spec_of("nope", "{}", 0);
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_trigger_preview(w.engine, &spec, NULL, 0, keep_text, preview, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_TRIGGER_KIND);
    spec.kind = li_z("sqs");
    ck_assert_int_eq(li_trigger_preview(w.engine, &spec, NULL, 0, keep_text, preview, &err), LI_E_INVALID);
    check_contains(err.text, "event source mappings");
    ck_assert_int_eq(li_trigger_preview(w.engine, NULL, NULL, 0, keep_text, preview, &err), LI_E_INVALID);
}
END_TEST

/* ---- the next firings (TRG-197) */

START_TEST(test_trg_197_the_ten_next_firings_are_shown_in_the_zone_and_in_utc)
{
    const char *text;

    ck_assert_int_eq(li_clock_advance(w.clock, 86 * 86400 * LI_SECOND_NS, NULL), LI_OK);  /* from 1 January: 28 March */
    text = look_at("scheduler", "{\"name\":\"n\",\"expression\":\"cron(30 3 * * ? *)\",\"timezone\":\"Europe/Berlin\"}", NULL);
    check_at(text, "schedule/field", "expression");
    check_at(text, "schedule/next/9/local", "2026-04-06T03:30:00+02:00");
    check_at(text, "schedule/next/9/utc", "2026-04-06T01:30:00Z");
    check_at(text, "schedule/next/10", "(absent)");
    check_at(text, "schedule/next/0/local", "2026-03-28T03:30:00+01:00");
    check_at(text, "schedule/next/0/utc", "2026-03-28T02:30:00Z");
    check_at(text, "schedule/next/1/local", "2026-03-29T03:30:00+02:00");     /* clocks were put forward at 2 */
    check_at(text, "schedule/next/1/utc", "2026-03-29T01:30:00Z");
}
END_TEST

START_TEST(test_trg_197_zones_west_of_utc_and_by_halves_of_an_hour_have_their_sign)
{
    const char *text = look_at("scheduler", "{\"name\":\"n\",\"expression\":\"cron(0 8 * * ? *)\",\"timezone\":\"America/St_Johns\"}", NULL);

    check_at(text, "schedule/next/0/local", "2026-01-01T08:00:00-03:30");
    check_at(text, "schedule/next/0/utc", "2026-01-01T11:30:00Z");
    text = look_at("scheduler", "{\"name\":\"n\",\"expression\":\"cron(0 8 * * ? *)\",\"timezone\":\"Asia/Kathmandu\"}", NULL);
    check_at(text, "schedule/next/0/local", "2026-01-01T08:00:00+05:45");
    text = look_at("schedule", "{\"expression\":\"cron(0 8 * * ? *)\"}", NULL);
    check_at(text, "schedule/next/0/local", "2026-01-01T08:00:00+00:00");
}
END_TEST

START_TEST(test_trg_197_a_schedule_that_ends_shows_fewer_firings)
{
    check_at(look_at("scheduler", "{\"name\":\"n\",\"expression\":\"at(2026-01-02T00:00:00)\"}", NULL), "schedule/next",
             "[{\"local\":\"2026-01-02T00:00:00+00:00\",\"utc\":\"2026-01-02T00:00:00Z\"}]");
    check_at(look_at("scheduler", "{\"name\":\"n\",\"expression\":\"at(2025-01-02T00:00:00)\"}", NULL), "schedule/next", "[]");
    check_at(look_at("schedule", "{\"expression\":\"cron(0 0 30 2 ? *)\"}", NULL), "schedule/next", "[]");
    check_at(look_at("scheduler", "{\"name\":\"n\",\"expression\":\"rate(1 day)\",\"end\":\"2026-01-03T00:00:00Z\"}", NULL),
             "schedule/next/3", "(absent)");
    check_at(look_at("scheduler", "{\"name\":\"n\",\"expression\":\"rate(1 day)\",\"end\":\"2026-01-03T00:00:00Z\"}", NULL),
             "schedule/next/2/utc", "2026-01-03T00:00:00Z");
}
END_TEST

START_TEST(test_trg_197_an_expression_is_helped_with_before_the_form_is_complete)
{
    const char *text = look_at("scheduler", "{\"expression\":\"rate(5 minutes)\"}", NULL);

    check_at(text, "isValid", "false");
    check_at(text, "schedule/next/1/utc", "2026-01-01T00:05:00Z");
    text = look_at("events", "{\"schedule\":\"rate(5 minuets)\"}", NULL);
    check_contains(at(text, "schedule/error"), "minute");
    check_at(text, "schedule/next", "(absent)");
    check_contains(at(look_at("scheduler", "{\"expression\":\"rate(5 minutes)\",\"timezone\":\"Mars/Base\"}", NULL), "schedule/error"), "Mars/Base");
    check_contains(at(look_at("secrets", "{\"schedule\":\"rate(1 hour)\"}", NULL), "schedule/error"), "4 hours");
    check_at(look_at("secrets", "{\"schedule\":\"rate(4 hours)\"}", NULL), "schedule/next/0/utc", "2026-01-01T04:00:00Z");
    check_at(look_at("events", "{\"ruleName\":\"r\"}", NULL), "schedule", "(absent)");
    check_at(look_at("sns", "{}", NULL), "schedule", "(absent)");
}
END_TEST

/* What is shown is what happens. */
static const char *const grids[][2] = {
    { "schedule", "{\"expression\":\"rate(7 minutes)\"}" },
    { "schedule", "{\"expression\":\"cron(0/20 8-10 * * ? *)\",\"timezone\":\"Asia/Tokyo\"}" },
    { "scheduler", "{\"name\":\"n\",\"expression\":\"rate(1 hour)\"}" },
    { "scheduler", "{\"name\":\"n\",\"expression\":\"rate(1 hour)\",\"start\":\"2026-01-01T05:00:30Z\"}" },
    { "events", "{\"ruleName\":\"r\",\"schedule\":\"rate(1 hour)\"}" },
};

START_TEST(test_trg_197_a_schedule_fires_at_the_times_that_were_shown)
{
    char text[65536];
    int i;

    snprintf(text, sizeof text, "%s", look_at(grids[_i][0], grids[_i][1], NULL));
    add_trigger(&w, grids[_i][0], "keeper", "t", grids[_i][1]);
    for (i = 0; i < 10; i++) {
        char path[64];
        const char *wanted;

        snprintf(path, sizeof path, "schedule/next/%d/utc", i);
        wanted = at(text, path);
        if (strcmp(wanted, "(absent)") == 0)
            break;
        while (kept.runs == i)
            advance_s(&w, kept.runs == 0 && i == 0 && kept.len == 0 ? 0 : 1), kept.len++;
        check_at(kept.event, "time", wanted);
    }
    ck_assert_int_ge(i, 9);
}
END_TEST

/* ---- would it match? (TRG-197) */

#define RULE(pattern) "{\"ruleName\":\"r\",\"pattern\":" pattern "}"
#define ORDER "{\"source\":\"my.app\",\"detail-type\":\"order\",\"detail\":{\"state\":\"paid\",\"total\":12.25,\"name\":\"a\\\"b\"}}"

static const struct question {
    const char *kind, *options, *sample, *matches, *key, *why, *value;
} questions[] = {
    { "events", RULE("{\"source\":[\"my.app\"]}"), ORDER, "true", "(absent)", "(absent)", "(absent)" },
    { "events", RULE("{\"source\":[\"my.app\"],\"detail\":{\"state\":[\"open\"]}}"), ORDER, "false", "detail.state", "differs", "paid" },
    { "events", RULE("{\"detail\":{\"total\":[{\"numeric\":[\">\",20]}]}}"), ORDER, "false", "detail.total", "differs", "12.25" },
    { "events", RULE("{\"detail\":{\"name\":[\"c\"]}}"), ORDER, "false", "detail.name", "differs", "a\"b" },
    { "events", RULE("{\"detail\":{\"who\":[\"c\"]},\"source\":[\"other\"]}"), ORDER, "false", "detail.who", "absent", "(absent)" },
    { "events", RULE("\"{\\\"source\\\":[\\\"my.app\\\"]}\""), ORDER, "true", "(absent)", "(absent)", "(absent)" },
    { "sns", "{\"filterPolicy\":{\"store\":[\"a\"]}}", "{\"store\":{\"Type\":\"String\",\"Value\":\"a\"}}", "true", "(absent)", "(absent)", "(absent)" },
    { "sns", "{\"filterPolicy\":{\"store\":[\"a\"]}}", "{\"store\":{\"Type\":\"String\",\"Value\":\"b\"}}", "false", "store", "differs", "b" },
    { "sns", "{\"filterPolicy\":{\"n\":[{\"numeric\":[\">\",3]}]}}", "{\"n\":{\"Type\":\"Number\",\"Value\":\"4\"}}", "true", "(absent)", "(absent)", "(absent)" },
    { "sns", "{\"filterPolicy\":{\"n\":[{\"numeric\":[\">\",3]}]}}", "{\"n\":{\"Type\":\"Number\",\"Value\":\"3\"}}", "false", "n", "differs", "3" },
    { "sns", "{\"filterPolicy\":{\"n\":[\"x\"]}}", "{}", "false", "n", "absent", "(absent)" },
    { "sns", "{\"filterPolicy\":{\"a\":[\"y\"]}}", "{\"a\":{\"Type\":\"String.Array\",\"Value\":\"[\\\"x\\\",\\\"y\\\"]\"}}", "true", "(absent)", "(absent)", "(absent)" },
    { "sns", "{\"filterScope\":\"MessageBody\",\"filterPolicy\":{\"a\":{\"b\":[1]}}}", "{\"a\":{\"b\":2}}", "false", "a.b", "differs", "2" },
    { "logs", "{\"filterPattern\":\"ERROR\"}", "[ERROR] it broke", "true", "(absent)", "(absent)", "(absent)" },
    { "logs", "{\"filterPattern\":\"ERROR\"}", "all is well", "false", "(absent)", "(absent)", "(absent)" },
};

START_TEST(test_trg_197_a_sample_matches_or_the_first_key_that_failed_is_named)
{
    const struct question *q = &questions[_i];
    const char *text = look_at(q->kind, q->options, q->sample);

    ck_assert_msg(strcmp(at(text, "match/matches"), q->matches) == 0, "%s", text);
    check_at(text, "match/key", q->key);
    check_at(text, "match/why", q->why);
    check_at(text, "match/value", q->value);
    check_at(text, "match/error", "(absent)");
    check_at(text, "match/sampleError", "(absent)");
}
END_TEST

START_TEST(test_trg_197_a_pattern_or_sample_that_is_none_is_said)
{
    const char *text = look_at("events", RULE("{\"source\":\"my.app\"}"), ORDER);

    check_at(text, "match/matches", "(absent)");
    ck_assert_str_ne(at(text, "match/error"), "(absent)");
    text = look_at("events", RULE("{\"source\":[\"my.app\"]}"), "{\"source\":");
    check_at(text, "match/matches", "(absent)");
    ck_assert_str_ne(at(text, "match/sampleError"), "(absent)");
    text = look_at("sns", "{\"filterPolicy\":{\"a\":[1]}}", "nonsense");
    ck_assert_str_ne(at(text, "match/sampleError"), "(absent)");
    text = look_at("sns", "{\"filterPolicy\":{\"a\":{\"b\":[1]}}}", "{}");
    ck_assert_str_ne(at(text, "match/error"), "(absent)");
    text = look_at("logs", "{\"filterPattern\":\"{ $.a = \"}", "x");
    ck_assert_str_ne(at(text, "match/error"), "(absent)");
    text = look_at("events", RULE("{\"source\":[\"my.app\"]}"), NULL);
    check_at(text, "match", "{\"field\":\"pattern\"}");
    check_at(look_at("events", "{}", ORDER), "match", "(absent)");
    check_at(look_at("s3", "{}", ORDER), "match", "(absent)");
}
END_TEST

/* ---- without memory */

START_TEST(test_trg_212_a_preview_is_whole_or_none_without_memory)
{
    static const char *const asked[][3] = {
        { "scheduler", "{\"name\":\"n\",\"expression\":\"rate(1 hour)\",\"timezone\":\"Europe/Berlin\"}", NULL },
        { "events", RULE("{\"source\":[\"x\"]}"), ORDER },
        { "sns", "{\"topic\":\"arn:aws:sns:us-east-1:1:t\",\"filterPolicy\":{\"n\":[\"x\"]}}", "{\"n\":{\"Type\":\"String\",\"Value\":\"y\"}}" },
    };
    li_trigger_spec spec = spec_of(asked[_i][0], asked[_i][1], LI_TRIGGER_BY_FORM);
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    scarce s = { INT64_MAX, 0 };
    li_allocator allocator = { &scarce_ops, &s };
    char whole[65536];
    int64_t k = 0;
    li_status status;
    world mine;

    memset(&mine, 0, sizeof mine);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &mine.clock), LI_OK);
    options.clock = mine.clock;
    options.allocator = &allocator;
    ck_assert_int_eq(li_engine_new(&mine.engine, &options, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_kinds_add(mine.engine, li_services_kinds(), NULL), LI_OK);
    add_function(mine.engine, "keeper", keep_event, &kept);
    ck_assert_int_eq(li_trigger_preview(mine.engine, &spec, asked[_i][2], LI_Z, keep_text, whole, NULL), LI_OK);
    do {
        preview[0] = '\0';
        s.left = k++;
        status = li_trigger_preview(mine.engine, &spec, asked[_i][2], LI_Z, keep_text, preview, NULL);
        s.left = INT64_MAX;
        ck_assert(status == LI_OK || status == LI_E_NOMEM);
        ck_assert(status == LI_OK || preview[0] == '\0');
        ck_assert_int_lt(k, 200);
    } while (status != LI_OK);
    ck_assert_str_eq(preview, whole);
    ck_assert_int_eq(li_engine_free(mine.engine), LI_OK);
    ck_assert_int_eq(li_clock_free(mine.clock), LI_OK);
    ck_assert_int_eq(s.live, 0);
}
END_TEST

#define N(a) ((int)(sizeof(a) / sizeof *(a)))

Suite *suite_preview(void);
Suite *suite_preview(void)
{
    Suite *s = suite_create("preview");
    TCase *c = tcase_create("command");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, test_trg_195_the_command_of_every_kind_makes_the_same_trigger);
    tcase_add_test(c, test_trg_195_a_command_keeps_quotes_and_signs_of_the_shell);
    tcase_add_test(c, test_trg_195_a_form_that_is_not_right_has_no_command_and_says_why);
    tcase_add_test(c, test_trg_195_the_qualifiers_of_the_function_are_there_to_choose_from);
    tcase_add_test(c, test_trg_195_a_preview_needs_a_kind_that_can_be_added);
    suite_add_tcase(s, c);
    c = tcase_create("help");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, test_trg_197_the_ten_next_firings_are_shown_in_the_zone_and_in_utc);
    tcase_add_test(c, test_trg_197_zones_west_of_utc_and_by_halves_of_an_hour_have_their_sign);
    tcase_add_test(c, test_trg_197_a_schedule_that_ends_shows_fewer_firings);
    tcase_add_test(c, test_trg_197_an_expression_is_helped_with_before_the_form_is_complete);
    tcase_add_loop_test(c, test_trg_197_a_schedule_fires_at_the_times_that_were_shown, 0, N(grids));
    tcase_add_loop_test(c, test_trg_197_a_sample_matches_or_the_first_key_that_failed_is_named, 0, N(questions));
    tcase_add_test(c, test_trg_197_a_pattern_or_sample_that_is_none_is_said);
    tcase_add_loop_test(c, test_trg_212_a_preview_is_whole_or_none_without_memory, 0, 3);
    suite_add_tcase(s, c);
    return s;
}
