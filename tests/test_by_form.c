/* test_by_form.c - triggers as a console's form makes them: qualifier and enabled among the options, the policy's statement in
 * one step with the trigger, and what a list shows of it. */
#include "scarce.h"
#include "stored.h"
#include "trigger_help.h"

static keeper kept;
static world w;

static void setup(void)
{
    keeper_new(&w, &kept);
    ck_assert_int_eq(li_version_publish(w.engine, "keeper", LI_Z, NULL, NULL, NULL), LI_OK);
}

static void teardown(void)
{
    world_free(&w);
}

/* ---- kinds with their examples */

typedef struct row {
    char name[32], options[2048], occurrence[4096];
    uint32_t flags;
    int needs_statement;
} row;
static row rows[80];
static size_t n_rows;

static void add_row(void *user, const li_trigger_kind_info *info)
{
    row *r = &rows[n_rows];

    (void)user;
    if (info->flags & LI_TRIGGER_POLLED)
        return;
    ck_assert_uint_lt(n_rows++, 80);
    snprintf(r->name, sizeof r->name, "%s", info->name);
    snprintf(r->options, sizeof r->options, "%s", info->options_example);
    snprintf(r->occurrence, sizeof r->occurrence, "%s", info->occurrence_example);
    r->flags = info->flags;
    r->needs_statement = info->principal[0] && !(info->flags & LI_TRIGGER_ROLE);
}

static void read_rows(void)
{
    n_rows = 0;
    li_trigger_kind_each(w.engine, add_row, NULL);
    ck_assert_uint_gt(n_rows, 30);
}

/* The options, and these more. */
static const char *with(const char *options, const char *more)
{
    static char text[4096];
    size_t n = strlen(options);

    snprintf(text, sizeof text, "%.*s%s%s}", (int)n - 1, options, n > 2 ? "," : "", more);
    return text;
}

/* With what a form of this kind asks before it may be submitted. */
static const char *acknowledged(const row *r)
{
    return strcmp(r->name, "s3") == 0     ? with(r->options, "\"recursiveAck\":true")
           : strcmp(r->name, "edge") == 0 ? with(r->options, "\"confirmReplication\":true")
                                          : r->options;
}

static li_status submit_to(world *to, const char *kind, const char *function, const char *id, const char *options, li_error *err)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;

    spec.kind = li_z(kind);
    spec.function = li_z(function);
    spec.id = li_z(id);
    spec.options = li_z(options);
    spec.flags = LI_TRIGGER_BY_FORM;
    return li_trigger_add(to->engine, &spec, NULL, err);
}

static li_status submit(const char *kind, const char *id, const char *options, li_error *err)
{
    return submit_to(&w, kind, "keeper", id, options, err);
}

static void keep_policy(void *user, const char *json, size_t len, const char *revision)
{
    (void)revision;
    snprintf(user, 4096, "%.*s", (int)len, json);
}

/* "" when there is none. */
static const char *policy_of(world *of, const char *name)
{
    static char text[4096];

    text[0] = '\0';
    li_permission_get(of->engine, name, LI_Z, NULL, 0, keep_policy, text, NULL);
    return text;
}

static void keep_info(void *user, const li_trigger_info *info)
{
    *(li_trigger_info *)user = *info;
}

static li_trigger_info info_of(const char *id)
{
    li_trigger_info info;

    memset(&info, 0, sizeof info);
    ck_assert_int_eq(li_trigger_get(w.engine, id, LI_Z, keep_info, &info, NULL), LI_OK);
    return info;
}

static int has(world *of, const char *id)
{
    li_trigger_info info;

    return li_trigger_get(of->engine, id, LI_Z, keep_info, &info, NULL) == LI_OK;
}

/* ---- the permission (TRG-20) */

START_TEST(test_trg_20_a_form_adds_the_statement_and_a_plain_add_none)
{
    li_error err = LI_ERROR_INIT;
    size_t i;

    read_rows();
    for (i = 0; i < n_rows; i++) {
        const char *function = strcmp(rows[i].name, "edge") == 0 ? "keeper:1" : "keeper";
        li_status status;

        add_trigger(&w, rows[i].name, function, "t", rows[i].options);
        ck_assert_msg(!policy_of(&w, function)[0], "%s", rows[i].name);
        ck_assert_int_eq(li_trigger_remove(w.engine, "t", LI_Z, NULL), LI_OK);
        status = submit_to(&w, rows[i].name, function, "t", acknowledged(&rows[i]), &err);
        ck_assert_msg(status == LI_OK, "%s: %s", rows[i].name, err.text);
        ck_assert_msg(!policy_of(&w, function)[0] == !rows[i].needs_statement, "%s: %s", rows[i].name, policy_of(&w, function));
        if (rows[i].needs_statement) {
            const char *statement = at(policy_of(&w, function), "Statement/0"), *arn = info_of("t").source_arn;

            check_at(statement, "Sid", "t");
            check_at(statement, "Action", "lambda:InvokeFunction");
            if (arn[0])
                check_at(statement, "Condition/ArnLike/AWS:SourceArn", arn);
            ck_assert_int_eq(li_permission_remove(w.engine, function, LI_Z, NULL, 0, "t", LI_Z, NULL, 0, NULL), LI_OK);
        }
        ck_assert_int_eq(li_trigger_remove(w.engine, "t", LI_Z, NULL), LI_OK);
    }
}
END_TEST

/* What the statement says is enough for the service, and nothing less would be. */
START_TEST(test_trg_20_the_statement_lets_the_service_in_when_policies_are_enforced)
{
    li_error err = LI_ERROR_INIT;
    static told got;
    size_t i;

    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 1, NULL), LI_OK);
    kept.response = "{\"statusCode\":200,\"response\":{}}";
    read_rows();
    for (i = 0; i < n_rows; i++) {
        const char *function = strcmp(rows[i].name, "edge") == 0 ? "keeper:1" : "keeper";

        if ((rows[i].flags & LI_TRIGGER_SCHEDULED) || !rows[i].needs_statement)
            continue;
        ck_assert_msg(submit_to(&w, rows[i].name, function, "t", acknowledged(&rows[i]), &err) == LI_OK, "%s: %s", rows[i].name, err.text);
        kept.runs = 0;
        ask(&w, rows[i].name, rows[i].occurrence, &got);
        advance_s(&w, 400);
        ck_assert_msg(kept.runs == 1, "%s: %d runs", rows[i].name, kept.runs);
        ck_assert_int_eq(li_permission_remove(w.engine, function, LI_Z, NULL, 0, "t", LI_Z, NULL, 0, NULL), LI_OK);
        ask(&w, rows[i].name, rows[i].occurrence, &got);
        ck_assert_msg(strcmp(info_of("t").last_result, "LI_E_DENIED") == 0 || kept.runs == 1, "%s", rows[i].name);
        ck_assert_msg(kept.runs == 1, "%s runs without its statement", rows[i].name);
        ck_assert_int_eq(li_trigger_remove(w.engine, "t", LI_Z, NULL), LI_OK);
    }
}
END_TEST

START_TEST(test_trg_20_a_bucket_has_its_account_in_the_statement_and_a_topic_its_own_arn)
{
    ck_assert_int_eq(submit("s3", "bucket", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"],\"recursiveAck\":true}", NULL), LI_OK);
    check_at(policy_of(&w, "keeper"), "Statement/0/Condition/StringEquals/AWS:SourceAccount", "000000000000");
    check_at(policy_of(&w, "keeper"), "Statement/0/Principal/Service", "s3.amazonaws.com");
    ck_assert_int_eq(submit("sns", "topic", "{\"topic\":\"arn:aws:sns:us-east-1:111122223333:t\"}", NULL), LI_OK);
    check_at(policy_of(&w, "keeper"), "Statement/1/Condition", "{\"ArnLike\":{\"AWS:SourceArn\":\"arn:aws:sns:us-east-1:111122223333:t\"}}");
    ck_assert_int_eq(submit("alexa", "skill", "{\"skillId\":\"amzn1.x\"}", NULL), LI_OK);
    check_at(policy_of(&w, "keeper"), "Statement/2/Condition/StringEquals/lambda:EventSourceToken", "amzn1.x");
    check_at(policy_of(&w, "keeper"), "Statement/2/Principal/Service", "alexa-appkit.amazon.com");
}
END_TEST

START_TEST(test_trg_20_a_statement_that_is_there_is_no_obstacle_unless_it_says_something_else)
{
    static const char *const options = "{\"topic\":\"arn:aws:sns:us-east-1:000000000000:t\"}";
    li_permission other = LI_PERMISSION_INIT;
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(submit("sns", "t", options, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_remove(w.engine, "t", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(submit("sns", "t", options, NULL), LI_OK);
    check_at(policy_of(&w, "keeper"), "Statement/1", "(absent)");
    other.statement_id = li_z("u");
    other.action = li_z("lambda:InvokeFunction");
    other.principal = li_z("events.amazonaws.com");
    ck_assert_int_eq(li_permission_add(w.engine, "keeper", LI_Z, NULL, 0, &other, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(submit("sns", "u", options, &err), LI_E_CONFLICT);
    ck_assert_int_eq(err.detail, LI_DETAIL_STATEMENT_EXISTS);
    ck_assert_int_eq(has(&w, "u"), 0);
}
END_TEST

/* ---- what every form has (TRG-195) */

static void keep_form(void *user, const char *data, size_t len)
{
    *(cJSON **)user = cJSON_ParseWithLength(data, len);
}

START_TEST(test_trg_195_every_form_has_qualifier_and_enabled)
{
    const cJSON *kind, *field;
    cJSON *all = NULL;

    ck_assert_int_eq(li_trigger_kind_form(w.engine, NULL, 0, keep_form, &all, NULL), LI_OK);
    ck_assert_int_gt(cJSON_GetArraySize(all), 40);
    cJSON_ArrayForEach(kind, all) {
        int n_qualifier = 0, n_enabled = 0, n = 0;

        cJSON_ArrayForEach(field, cJSON_GetObjectItem(kind, "fields")) {
            const char *name = cJSON_GetObjectItem(field, "name")->valuestring, *type = cJSON_GetObjectItem(field, "type")->valuestring;
            const cJSON *standard = cJSON_GetObjectItem(field, "default");

            n++;
            if (strcmp(name, "qualifier") == 0) {
                ck_assert_str_eq(type, "enum");
                ck_assert_str_eq(standard->valuestring, "$LATEST");
                n_qualifier++;
            } else if (strcmp(name, "enabled") == 0) {
                ck_assert_str_eq(type, "bool");
                ck_assert(cJSON_IsTrue(standard));
                n_enabled++;
            }
        }
        ck_assert_msg(n_qualifier == 1 && n_enabled == 1, "%s", cJSON_GetObjectItem(kind, "kind")->valuestring);
        ck_assert_int_le(n, 64);             /* options are marked in 64 bits while they are read */
    }
    cJSON_Delete(all);
}
END_TEST

static const struct choice {
    const char *function, *more, *is;
    int is_enabled;
} choices[] = {
    { "keeper", "\"qualifier\":\"$LATEST\"", "keeper", 1 },
    { "keeper", "\"enabled\":true", "keeper", 1 },
    { "keeper", "\"enabled\":false", "keeper", 0 },
    { "keeper", "\"qualifier\":\"1\"", "keeper:1", 1 },
    { "keeper", "\"qualifier\":\"live\",\"enabled\":false", "keeper:live", 0 },
    { "keeper:1", "\"qualifier\":\"1\"", "keeper:1", 1 },
    { "keeper:1", "\"enabled\":true", "keeper:1", 1 },
    { ARN "keeper", "\"qualifier\":\"live\"", ARN "keeper:live", 1 },
};

START_TEST(test_trg_195_qualifier_and_enabled_of_a_form_are_the_triggers)
{
    const struct choice *c = &choices[_i];
    li_alias_spec alias = LI_ALIAS_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_trigger_info info;

    alias.name = li_z("live");
    alias.function_version = li_z("1");
    ck_assert_int_eq(li_alias_create(w.engine, "keeper", LI_Z, &alias, NULL, &err), LI_OK);
    ck_assert_msg(submit_to(&w, "sns", c->function, "t", with("{\"topic\":\"arn:aws:sns:us-east-1:000000000000:t\"}", c->more), &err) == LI_OK,
                  "%s", err.text);
    info = info_of("t");
    ck_assert_str_eq(info.function, c->is);
    ck_assert_int_eq(info.is_enabled, c->is_enabled);
    check_text(info.options, info.options_len, "{\"topic\":\"arn:aws:sns:us-east-1:000000000000:t\"}");
    ck_assert(policy_of(&w, c->is)[0] != '\0');
    ck_assert(strchr(c->is, ':') == NULL || strcmp(c->is, c->function) == 0 || policy_of(&w, c->function)[0] == '\0');
}
END_TEST

static const struct bad_choice {
    const char *function, *more, *subject;
    li_status status;
} bad_choices[] = {
    { "keeper", "\"qualifier\":\"2\"", NULL, LI_E_NOT_FOUND },
    { "keeper", "\"qualifier\":\"\"", "qualifier", LI_E_INVALID },
    { "keeper", "\"qualifier\":1", "qualifier", LI_E_INVALID },
    { "keeper", "\"qualifier\":\"a b\"", "qualifier", LI_E_INVALID },
    { "keeper", "\"enabled\":\"yes\"", "enabled", LI_E_INVALID },
    { "keeper", "\"enabled\":0", "enabled", LI_E_INVALID },
    { "keeper:1", "\"qualifier\":\"$LATEST\"", NULL, LI_E_INVALID },
    { "keeper", "\"unknown\":0", "unknown", LI_E_INVALID },
};

START_TEST(test_trg_195_a_qualifier_that_is_none_is_said_and_nothing_is_made)
{
    const struct bad_choice *c = &bad_choices[_i];
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(submit_to(&w, "custom", c->function, "t", with("{\"source\":\"s\"}", c->more), &err), c->status);
    if (c->subject)
        ck_assert_str_eq(err.subject, c->subject);
    ck_assert_int_eq(has(&w, "t"), 0);
}
END_TEST

START_TEST(test_trg_195_without_the_form_they_are_no_options)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(try_trigger(&w, "custom", "keeper", "t", "{\"source\":\"s\",\"enabled\":true}", &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "enabled");
    spec.kind = li_z("custom");
    spec.function = li_z("keeper");
    spec.options = li_z("{\"source\":\"s\"}");
    spec.flags = 2;
    ck_assert_int_eq(li_trigger_add(w.engine, &spec, NULL, &err), LI_E_NOTSUP);
    ck_assert_str_eq(err.subject, "flags");
    add_trigger(&w, "custom", "keeper", "t", "{\"source\":\"s\"}");
    spec.id = li_z("t");
    spec.flags = LI_TRIGGER_BY_FORM;
    ck_assert_int_eq(li_trigger_update(w.engine, &spec, &err), LI_E_NOTSUP);
    ck_assert_str_eq(err.subject, "flags");
    spec.flags = 0;
    ck_assert_int_eq(li_trigger_update(w.engine, &spec, &err), LI_OK);
}
END_TEST

START_TEST(test_trg_198_a_form_is_not_submitted_before_its_warning_is_acknowledged)
{
    static const char *const rows_of[][3] = { { "s3", "recursiveAck", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"]}" },
                                              { "edge", "confirmReplication", "{\"distribution\":\"E\"}" } };
    char yes[64];
    li_error err = LI_ERROR_INIT;
    int i;

    for (i = 0; i < 2; i++) {
        const char *const *r = rows_of[i];

        ck_assert_int_eq(submit_to(&w, r[0], "keeper:1", "t", r[2], &err), LI_E_INVALID);
        ck_assert_str_eq(err.subject, r[1]);
        snprintf(yes, sizeof yes, "\"%s\":false", r[1]);
        ck_assert_int_eq(submit_to(&w, r[0], "keeper:1", "t", with(r[2], yes), &err), LI_E_INVALID);
        ck_assert_str_eq(err.subject, r[1]);
        ck_assert_int_eq(has(&w, "t"), 0);
        ck_assert_str_eq(policy_of(&w, "keeper:1"), "");
        add_trigger(&w, r[0], "keeper:1", "t", r[2]);        /* who uses the API knows */
        ck_assert_int_eq(li_trigger_remove(w.engine, "t", LI_Z, NULL), LI_OK);
        snprintf(yes, sizeof yes, "\"%s\":true", r[1]);
        ck_assert_msg(submit_to(&w, r[0], "keeper:1", "t", with(r[2], yes), &err) == LI_OK, "%s", err.text);
        ck_assert_int_eq(li_trigger_remove(w.engine, "t", LI_Z, NULL), LI_OK);
        li_permission_remove(w.engine, "keeper", LI_Z, "1", LI_Z, "t", LI_Z, NULL, 0, NULL);
    }
}
END_TEST

/* ---- one step (TRG-194, TRG-212) */

static const char sns_options[] = "{\"topic\":\"arn:aws:sns:us-east-1:000000000000:t\",\"qualifier\":\"$LATEST\"}";
static const char rule_options[] = "{\"ruleName\":\"r\",\"schedule\":\"rate(5 minutes)\",\"enabled\":true}";

/* Whether the trigger and its statement are both there, or neither. */
static int is_whole(world *of, int is_there)
{
    return has(of, "t") == is_there && (policy_of(of, "keeper")[0] != '\0') == is_there;
}

/* One more allocation than before is had. 1: none failed. */
static int add_with_memory(int64_t allowed, const char *kind, const char *options)
{
    scarce s = { INT64_MAX, 0 };
    li_allocator allocator = { &scarce_ops, &s };
    li_status status;
    world mine;

    stored_new();
    stored_open(&mine, &allocator);
    add_function(mine.engine, "keeper", keep_event, &kept);
    s.left = allowed;
    status = submit_to(&mine, kind, "keeper", "t", options, NULL);
    s.left = INT64_MAX;
    ck_assert_msg(status == LI_OK || status == LI_E_NOMEM, "%s after %lld", li_status_name(status), (long long)allowed);
    ck_assert_msg(is_whole(&mine, status == LI_OK), "in memory: %s after %lld", li_status_name(status), (long long)allowed);
    world_free(&mine);
    ck_assert_int_eq(s.live, 0);
    stored_open(&mine, NULL);
    ck_assert_msg(is_whole(&mine, status == LI_OK), "in the store: %s after %lld", li_status_name(status), (long long)allowed);
    world_free(&mine);
    stored_end();
    return status == LI_OK;
}

START_TEST(test_trg_194_no_allocation_that_fails_leaves_half_of_a_submission)
{
    int64_t k = 0;

    while (!add_with_memory(k, _i ? "events" : "sns", _i ? rule_options : sns_options))
        k++;
    ck_assert_int_gt(k, 10);
}
END_TEST

START_TEST(test_trg_194_no_write_that_fails_leaves_half_of_a_submission)
{
    li_error err = LI_ERROR_INIT;
    world mine;

    stored_new();
    stored_open(&mine, NULL);
    add_function(mine.engine, "keeper", keep_event, &kept);
    stored_now.writes_left = 0;
    ck_assert_int_eq(submit_to(&mine, "sns", "keeper", "t", sns_options, &err), LI_E_IO);
    ck_assert(is_whole(&mine, 0));
    stored_now.writes_left = 1;              /* permission, source record and trigger are one write */
    ck_assert_int_eq(submit_to(&mine, "sns", "keeper", "t", sns_options, &err), LI_OK);
    ck_assert_int_eq(stored_now.writes_left, 0);
    ck_assert(is_whole(&mine, 1));
    world_free(&mine);
    stored_now.writes_left = -1;
    stored_open(&mine, NULL);
    ck_assert(is_whole(&mine, 1));
    world_free(&mine);
    stored_end();
}
END_TEST

START_TEST(test_trg_194_a_submission_that_is_refused_adds_no_statement)
{
    static const char *const first = "{\"userPool\":\"arn:aws:cognito-idp:us-east-1:000000000000:userpool/p\",\"trigger\":\"PreSignUp\"}";
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(submit("cognito", "a", first, &err), LI_OK);
    ck_assert_int_eq(submit("cognito", "b", first, &err), LI_E_CONFLICT);    /* one function a trigger of a pool */
    check_at(policy_of(&w, "keeper"), "Statement/1", "(absent)");
    ck_assert_int_eq(submit("cognito", "a", first, &err), LI_E_CONFLICT);
    check_at(policy_of(&w, "keeper"), "Statement/1", "(absent)");
}
END_TEST

/* ---- the last result (TRG-194) */

START_TEST(test_trg_194_a_row_shows_the_result_of_the_newest_delivery)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    told got;

    add_trigger(&w, "custom", "keeper", "a", "{\"source\":\"s\"}");
    ck_assert_ptr_null(info_of("a").last_result);
    ck_assert_uint_eq(info_of("a").last_ms, 0);
    advance_s(&w, 7);
    ask(&w, "custom", "{\"source\":\"s\",\"detail\":1}", &got);
    ck_assert_str_eq(info_of("a").last_result, "accepted");
    ck_assert_uint_eq(info_of("a").last_ms, li_engine_now_ms(w.engine));
    ck_assert_int_eq(li_config_set(w.engine, "limits.async_request_bytes", 1024, NULL), LI_OK);
    kept.runs = 0;
    spec.id = li_z("a");
    spec.function = li_z("echo");
    ck_assert_int_eq(li_trigger_update(w.engine, &spec, NULL), LI_OK);
    ck_assert_str_eq(info_of("a").last_result, "accepted");
    ck_assert_int_eq(li_function_remove(w.engine, "echo", LI_Z, NULL), LI_OK);
    advance_s(&w, 1);
    ask(&w, "custom", "{\"source\":\"s\",\"detail\":1}", &got);
    ck_assert_str_eq(info_of("a").last_result, "LI_E_NOT_FOUND");
    ck_assert_uint_eq(info_of("a").last_ms, li_engine_now_ms(w.engine));
    ck_assert_uint_eq(info_of("a").failures, 1);
}
END_TEST

START_TEST(test_trg_194_of_a_service_that_waits_the_result_is_its_verdict)
{
    static const char *const options = "{\"ruleSet\":\"s\",\"ruleName\":\"r\",\"invocationType\":\"RequestResponse\"}";
    static const char *const mail = "{\"source\":\"b@example.com\",\"destination\":[\"a@example.com\"]}";
    told got;

    add_trigger(&w, "ses", "keeper", "a", options);
    kept.response = "{\"disposition\":\"STOP_RULE\"}";
    ask(&w, "ses", mail, &got);
    ck_assert_str_eq(info_of("a").last_result, got.verdict);
    ck_assert_str_eq(info_of("a").last_result, "STOP_RULE");
    kept.error_type = "Boom";
    ask(&w, "ses", mail, &got);
    ck_assert_str_eq(info_of("a").last_result, got.verdict);
}
END_TEST

#define N(a) ((int)(sizeof(a) / sizeof *(a)))

Suite *suite_by_form(void);
Suite *suite_by_form(void)
{
    Suite *s = suite_create("by_form");
    TCase *c = tcase_create("permission");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, test_trg_20_a_form_adds_the_statement_and_a_plain_add_none);
    tcase_add_test(c, test_trg_20_the_statement_lets_the_service_in_when_policies_are_enforced);
    tcase_add_test(c, test_trg_20_a_bucket_has_its_account_in_the_statement_and_a_topic_its_own_arn);
    tcase_add_test(c, test_trg_20_a_statement_that_is_there_is_no_obstacle_unless_it_says_something_else);
    suite_add_tcase(s, c);
    c = tcase_create("form");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, test_trg_195_every_form_has_qualifier_and_enabled);
    tcase_add_loop_test(c, test_trg_195_qualifier_and_enabled_of_a_form_are_the_triggers, 0, N(choices));
    tcase_add_loop_test(c, test_trg_195_a_qualifier_that_is_none_is_said_and_nothing_is_made, 0, N(bad_choices));
    tcase_add_test(c, test_trg_195_without_the_form_they_are_no_options);
    tcase_add_test(c, test_trg_198_a_form_is_not_submitted_before_its_warning_is_acknowledged);
    suite_add_tcase(s, c);
    c = tcase_create("one step");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, test_trg_194_no_allocation_that_fails_leaves_half_of_a_submission, 0, 2);
    tcase_add_test(c, test_trg_194_no_write_that_fails_leaves_half_of_a_submission);
    tcase_add_test(c, test_trg_194_a_submission_that_is_refused_adds_no_statement);
    tcase_add_test(c, test_trg_194_a_row_shows_the_result_of_the_newest_delivery);
    tcase_add_test(c, test_trg_194_of_a_service_that_waits_the_result_is_its_verdict);
    suite_add_tcase(s, c);
    return s;
}
