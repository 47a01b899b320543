/* test_policy.c - resource policies and roles: the limits of each member, conditions, warnings, qualifiers, the store, and what
 * goes with a function. */
#include "stored.h"
#include "trigger_help.h"

static keeper kept;
static told got;
static world w;

#define TOPIC "arn:aws:sns:us-east-1:000000000000:orders"
#define MESSAGE "{\"topic\":\"" TOPIC "\",\"message\":\"m\"}"
#define ROLE "arn:aws:iam::000000000000:role/r"

static void setup(void)
{
    keeper_new(&w, &kept);
}

static void teardown(void)
{
    world_free(&w);
}

static void keep_text(void *user, const char *json, size_t len)
{
    snprintf(user, 4096, "%.*s", (int)len, json);
}

static void keep_policy(void *user, const char *json, size_t len, const char *revision)
{
    snprintf(user, 4096, "%s %.*s", revision, (int)len, json);
}

/* Every member may be changed before it is added. */
static li_permission statement(const char *sid)
{
    li_permission p = LI_PERMISSION_INIT;

    p.statement_id = li_z(sid);
    p.action = li_z("lambda:InvokeFunction");
    p.principal = li_z("sns.amazonaws.com");
    return p;
}

static li_status add(const li_permission *p, const char *qualifier, char *text)
{
    return li_permission_add(w.engine, "keeper", LI_Z, qualifier, qualifier ? LI_Z : 0, p, text ? keep_text : NULL, text, NULL);
}

static li_status policy_of(const char *name, const char *qualifier, char text[4096])
{
    return li_permission_get(w.engine, name, LI_Z, qualifier, qualifier ? LI_Z : 0, keep_policy, text, NULL);
}

START_TEST(test_trg_15_each_condition_has_its_operator_and_key)
{
    char text[4096];
    li_permission p = statement("a");

    ck_assert_int_eq(add(&p, NULL, text), LI_OK);
    check_at(text, "Condition", "(absent)");
    check_at(text, "Effect", "Allow");
    check_at(text, "Principal", "{\"Service\":\"sns.amazonaws.com\"}");
    p = statement("b");
    p.source_arn = li_z(TOPIC);
    ck_assert_int_eq(add(&p, NULL, text), LI_OK);
    check_at(text, "Condition", "{\"ArnLike\":{\"AWS:SourceArn\":\"" TOPIC "\"}}");
    p = statement("c");
    p.principal_org_id = li_z("o-a1b2c3d4e5");
    ck_assert_int_eq(add(&p, NULL, text), LI_OK);
    check_at(text, "Condition", "{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-a1b2c3d4e5\"}}");
    p = statement("d");
    p.principal = li_z("*");
    p.function_url_auth = li_z("NONE");
    p.via_function_url = 1;
    ck_assert_int_eq(add(&p, NULL, text), LI_OK);
    check_at(text, "Principal", "*");
    check_at(text, "Condition", "{\"StringEquals\":{\"lambda:FunctionUrlAuthType\":\"NONE\"},\"Bool\":{\"lambda:InvokedViaFunctionUrl\":\"true\"}}");
    p = statement("e");
    p.principal = li_z("123456789012");
    p.source_account = li_z("123456789012");
    p.event_source_token = li_z("t");
    ck_assert_int_eq(add(&p, NULL, text), LI_OK);
    check_at(text, "Principal", "{\"AWS\":\"123456789012\"}");
    check_at(text, "Condition", "{\"StringEquals\":{\"AWS:SourceAccount\":\"123456789012\",\"lambda:EventSourceToken\":\"t\"}}");
}
END_TEST

/* member: its place in li_permission; so many characters of one kind are fine, one more are not; and texts that are not. */
static const struct limit {
    size_t offset, most;
    const char *before, *wrong[3];
} limits[] = {
    { offsetof(li_permission, statement_id), 100, "", { "a b", "a.b", "" } },
    { offsetof(li_permission, action), 0, "", { "s3:GetObject", "lambda:", "lambda:Invoke-Function" } },
    { offsetof(li_permission, principal), 2048, "", { "a b", "a\tb", "" } },
    { offsetof(li_permission, source_arn), 1024, "arn:aws:cloudwatch:::alarm:cpu high ", { "arn:", "aws:sns", "" } },
    { offsetof(li_permission, source_account), 12, "", { "12345678901", "12345678901a", "" } },
    { offsetof(li_permission, event_source_token), 256, "", { "a b", "a/b", "" } },
    { offsetof(li_permission, principal_org_id), 34, "o-", { "o-123456789", "p-1234567890", "o-A234567890" } },
    { offsetof(li_permission, function_url_auth), 0, "", { "none", "AWS", "" } },
};

START_TEST(test_trg_16_every_member_of_a_statement_has_its_limits)
{
    const struct limit *l = &limits[_i];
    char text[2100];
    size_t i, n = strlen(l->before);
    li_permission p = statement("sid");
    li_slice *member = (li_slice *)(void *)((char *)&p + l->offset);

    for (i = 0; i < 3; i++) {
        *member = li_z(l->wrong[i]);
        ck_assert_msg(add(&p, NULL, NULL) == LI_E_VALIDATION, "\"%s\"", l->wrong[i]);
    }
    if (l->most == 0)
        return;
    memset(text, '1', sizeof text);
    memcpy(text, l->before, n);
    member->ptr = text;
    member->len = l->most + 1;
    ck_assert_int_eq(add(&p, NULL, NULL), LI_E_VALIDATION);
    member->len = l->most;
    ck_assert_int_eq(add(&p, NULL, NULL), LI_OK);
}
END_TEST

static void keep_warning(void *user, const char *json, size_t len, const char *warning)
{
    (void)json, (void)len;
    snprintf(user, 256, "%s", warning);
}

START_TEST(test_trg_19_a_service_without_source_and_account_is_warned_of)
{
    static const struct {
        const char *principal, *arn, *account;
        int is_warned;
    } cases[] = { { "sns.amazonaws.com", NULL, NULL, 1 },       { "sns.amazonaws.com", TOPIC, NULL, 0 },
                  { "sns.amazonaws.com", NULL, "123456789012", 0 }, { "s3.amazonaws.com", "arn:aws:s3:::b", NULL, 1 },
                  { "s3.amazonaws.com", "arn:aws:s3:::b", "123456789012", 0 }, { "123456789012", NULL, NULL, 0 } };
    char warning[256];
    li_permission p = statement("s");

    p.principal = li_z(cases[_i].principal);
    p.source_arn = li_z(cases[_i].arn);
    p.source_account = li_z(cases[_i].account);
    ck_assert_int_eq(add(&p, NULL, NULL), LI_OK);
    ck_assert_uint_eq(li_permission_each(w.engine, "keeper", LI_Z, NULL, 0, keep_warning, warning), 1);
    ck_assert_int_eq(warning[0] != '\0', cases[_i].is_warned);
}
END_TEST

START_TEST(test_trg_12_a_policy_covers_the_qualifier_that_it_is_of_and_no_other)
{
    li_permission p = statement("s");

    ck_assert_int_eq(li_version_publish(w.engine, "keeper", LI_Z, NULL, NULL, NULL), LI_OK);
    add_trigger(&w, "sns", "keeper:1", "v", "{\"topic\":\"" TOPIC "\"}");
    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 1, NULL), LI_OK);
    ck_assert_int_eq(add(&p, NULL, NULL), LI_OK);
    ask(&w, "sns", MESSAGE, &got);
    ck_assert_uint_eq(got.n_refused, 1);
    ck_assert_int_eq(add(&p, "1", NULL), LI_OK);
    ask(&w, "sns", MESSAGE, &got);
    ck_assert_uint_eq(got.n_refused, 0);
    ck_assert_int_eq(kept.runs, 1);
    add_trigger(&w, "sns", "keeper", "u", "{\"topic\":\"" TOPIC "\"}");
    ask(&w, "sns", MESSAGE, &got);
    ck_assert_int_eq(kept.runs, 3);
}
END_TEST

START_TEST(test_trg_14_a_policy_goes_with_its_function)
{
    char text[4096];
    li_permission p = statement("s");

    ck_assert_int_eq(li_version_publish(w.engine, "keeper", LI_Z, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(add(&p, NULL, NULL), LI_OK);
    ck_assert_int_eq(add(&p, "1", NULL), LI_OK);
    ck_assert_int_eq(li_permission_add(w.engine, "echo", LI_Z, NULL, 0, &p, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_function_remove(w.engine, "keeper", LI_Z, NULL), LI_OK);
    add_function(w.engine, "keeper", keep_event, &kept);
    ck_assert_int_eq(policy_of("keeper", NULL, text), LI_E_NOT_FOUND);
    ck_assert_uint_eq(li_permission_each(w.engine, "keeper", LI_Z, "1", LI_Z, keep_warning, text), 0);
    ck_assert_int_eq(policy_of("echo", NULL, text), LI_OK);
    ck_assert_int_eq(add(&p, NULL, NULL), LI_OK);
}
END_TEST

START_TEST(test_trg_14_policies_are_there_after_a_restart)
{
    char before[4096], after[4096];
    li_permission p = statement("one");

    stored_new();
    stored_open(&w, NULL);
    add_function(w.engine, "keeper", keep_event, &kept);
    add_function(w.engine, "gone", keep_event, &kept);
    p.source_arn = li_z("arn:aws:sns:*:000000000000:ord*");
    ck_assert_int_eq(add(&p, NULL, NULL), LI_OK);
    p.statement_id = li_z("two");
    ck_assert_int_eq(add(&p, NULL, NULL), LI_OK);
    p.statement_id = li_z("three");
    ck_assert_int_eq(add(&p, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_permission_remove(w.engine, "keeper", LI_Z, NULL, 0, "two", LI_Z, NULL, 0, NULL), LI_OK);
    ck_assert_int_eq(li_permission_add(w.engine, "gone", LI_Z, NULL, 0, &p, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(policy_of("keeper", NULL, before), LI_OK);
    world_free(&w);

    stored_open(&w, NULL);                 /* removed before anybody has asked for a policy */
    ck_assert_int_eq(li_function_remove(w.engine, "gone", LI_Z, NULL), LI_OK);
    world_free(&w);

    stored_open(&w, NULL);
    add_function(w.engine, "gone", keep_event, &kept);
    add_function(w.engine, "keeper", keep_event, &kept);
    ck_assert_int_eq(policy_of("gone", NULL, after), LI_E_NOT_FOUND);
    ck_assert_int_eq(policy_of("keeper", NULL, after), LI_OK);
    ck_assert_str_eq(after, before);
    memset(&kept, 0, sizeof kept);
    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 1, NULL), LI_OK);
    add_trigger(&w, "sns", "keeper", "t", "{\"topic\":\"" TOPIC "\"}");
    ask(&w, "sns", MESSAGE, &got);
    ck_assert_uint_eq(got.n_refused, 0);
    ck_assert_int_eq(kept.runs, 1);
    ck_assert_int_eq(add(&p, NULL, NULL), LI_E_CONFLICT);
    world_free(&w);
    stored_end();
}
END_TEST

/* ---- roles */

static li_status put_role(const char *document)
{
    return li_role_put(w.engine, ROLE, LI_Z, document, LI_Z, NULL);
}

static int64_t rds_status(void)
{
    ask(&w, "rds", "{\"cluster\":\"arn:aws:rds:us-east-1:1:cluster:c\",\"payload\":1}", &got);
    return got.status;
}

#define RDS "{\"cluster\":\"arn:aws:rds:us-east-1:1:cluster:c\",\"roleArn\":\"" ROLE "\"}"
#define ALLOW(action, resource) "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":" action ",\"Resource\":" resource "}]}"

START_TEST(test_trg_21_a_role_has_to_allow_the_invocation_when_policies_are_enforced)
{
    add_trigger(&w, "rds", "keeper:$LATEST", "r", RDS);
    ck_assert_int_eq(rds_status(), 200);
    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 1, NULL), LI_OK);
    ck_assert_int_eq(rds_status(), 403);
    ck_assert_int_eq(put_role(ALLOW("\"lambda:InvokeFunction\"", "\"" ARN "keeper\"")), LI_OK);
    ck_assert_int_eq(rds_status(), 403);
    ck_assert_int_eq(put_role(ALLOW("[\"s3:*\",\"lambda:*\"]", "[\"" ARN "keeper\",\"" ARN "keeper:*\"]")), LI_OK);
    ck_assert_int_eq(rds_status(), 200);
    ck_assert_int_eq(put_role("{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},"
                              "{\"Effect\":\"Deny\",\"Action\":\"lambda:Invoke*\",\"Resource\":\"*:keeper:$LATEST\"}]}"), LI_OK);
    ck_assert_int_eq(rds_status(), 403);
    ck_assert_int_eq(put_role(ALLOW("\"s3:GetObject\"", "\"*\"")), LI_OK);
    ck_assert_int_eq(rds_status(), 403);
    ck_assert_int_eq(put_role(ALLOW("\"lambda:InvokeFunction\"", "\"*\"")), LI_OK);
    ck_assert_int_eq(rds_status(), 200);
    ck_assert_int_eq(li_role_remove(w.engine, ROLE, LI_Z, NULL), LI_OK);
    ck_assert_int_eq(rds_status(), 403);
    ck_assert_int_eq(li_role_remove(w.engine, ROLE, LI_Z, NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 0, NULL), LI_OK);
    ck_assert_int_eq(rds_status(), 200);
}
END_TEST

START_TEST(test_trg_21_a_trigger_without_a_role_has_one_that_allows_it)
{
    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 1, NULL), LI_OK);
    add_trigger(&w, "rds", "keeper", "r", "{\"cluster\":\"arn:aws:rds:us-east-1:1:cluster:c\"}");
    ck_assert_int_eq(rds_status(), 200);
}
END_TEST

START_TEST(test_trg_21_what_is_no_role_is_refused)
{
    static char large[10400];
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(put_role("{}"), LI_E_INVALID);
    ck_assert_int_eq(put_role("{\"Statement\":[]}"), LI_E_INVALID);
    ck_assert_int_eq(put_role("{\"Statement\":[{\"Effect\":\"Maybe\"}]}"), LI_E_INVALID);
    ck_assert_int_eq(put_role("nonsense"), LI_E_INVALID);
    ck_assert_int_eq(li_role_put(w.engine, "r", LI_Z, ALLOW("\"*\"", "\"*\""), LI_Z, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_ROLE);
    strcpy(large, ALLOW("\"*\"", "\"*\""));
    memset(large + strlen(large), ' ', 10240 - strlen(large));
    ck_assert_int_eq(put_role(large), LI_OK);
    strcat(large, " ");
    ck_assert_int_eq(put_role(large), LI_E_TOO_LARGE);
}
END_TEST

Suite *suite_policy(void)
{
    Suite *s = suite_create("policy");
    TCase *c = tcase_create("policies");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, test_trg_15_each_condition_has_its_operator_and_key);
    tcase_add_loop_test(c, test_trg_16_every_member_of_a_statement_has_its_limits, 0, (int)(sizeof limits / sizeof *limits));
    tcase_add_loop_test(c, test_trg_19_a_service_without_source_and_account_is_warned_of, 0, 6);
    tcase_add_test(c, test_trg_12_a_policy_covers_the_qualifier_that_it_is_of_and_no_other);
    tcase_add_test(c, test_trg_14_a_policy_goes_with_its_function);
    tcase_add_test(c, test_trg_21_a_role_has_to_allow_the_invocation_when_policies_are_enforced);
    tcase_add_test(c, test_trg_21_a_trigger_without_a_role_has_one_that_allows_it);
    tcase_add_test(c, test_trg_21_what_is_no_role_is_refused);
    suite_add_tcase(s, c);
    c = tcase_create("restart");
    tcase_add_test(c, test_trg_14_policies_are_there_after_a_restart);
    suite_add_tcase(s, c);
    return s;
}
