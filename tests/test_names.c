/* test_names.c - the forms of a function's name, and the recorded answers to wrong ones (INV-120..131). */
#include "fixture.h"

static world w;
static li_error err;

static void set_up(void)
{
    world_new(&w);
    li_error_init(&err, sizeof err);
}

static void tear_down(void)
{
    world_free(&w);
}

static li_status invoke_as(const char *name, const char *qualifier)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;

    if (qualifier)
        options.qualifier = li_z(qualifier);
    return li_invoke(w.engine, name, LI_Z, "{}", 2, &options, NULL, &err);
}

static const char *const same[] = { "echo",
                                    "function:echo",
                                    "000000000000:function:echo",
                                    "000000000000:echo",
                                    "us-east-1:000000000000:function:echo",
                                    ARN "echo",
                                    "echo:$LATEST",
                                    "function:echo:$LATEST",
                                    "000000000000:function:echo:$LATEST",
                                    ARN "echo:$LATEST" };

START_TEST(test_inv_120_these_names_mean_the_same_function)
{
    ck_assert_msg(invoke_as(same[_i], NULL) == LI_OK, "%s: %s", same[_i], err.text);
    ck_assert_msg(invoke_as(same[_i], "$LATEST") == LI_OK, "%s with a qualifier: %s", same[_i], err.text);
}
END_TEST

#define A65 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A129 A65 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char *name, *qualifier;
    li_status status;
    int32_t detail;
    const char *subject;
} vectors[] = {
    { "my-function!", NULL, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME, NULL },
    { "*", NULL, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME, NULL },
    { "", NULL, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME, NULL },
    { "my-function", "invalid!", LI_E_VALIDATION, LI_DETAIL_QUALIFIER, "invalid!" },
    { "my-function", A129, LI_E_VALIDATION, LI_DETAIL_QUALIFIER_LENGTH, A129 },
    { "my-function", A65, LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND, ARN "my-function:" A65 },
    { "invalid-account:function:my-function", NULL, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME, NULL },
    { "arn:aws:lambda:invalid-region:000000000000:function:my-function", NULL, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME,
      NULL },
    { "arn:aws:ec2:us-east-1:000000000000:instance:i-1", NULL, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME, NULL },
    { A65, NULL, LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND, ARN A65 },
    { ARN "my-function:1:2", NULL, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME, NULL },
    { "arn:aws:lambda:us-east-1:000000000000:function", NULL, LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND,
      ARN "function" },
    { "function:my-function:$LATEST:extra", NULL, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME, NULL },
    { ARN "my-function:$LATEST", "1", LI_E_INVALID, LI_DETAIL_QUALIFIERS_DIFFER, NULL },
    { ARN "my-function", "$latest", LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND, ARN "my-function:$latest" },
    { "arn:aws:lambda::000000000000:function:my-function", NULL, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME, NULL },
    { "arn:aws:lambda:us-east-1::function:my-function", NULL, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME, NULL },
    { ARN "my-function:$LATES", NULL, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME, NULL },
    { "echo:1", NULL, LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND, ARN "echo:1" },
    { "echo", "live", LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND, ARN "echo:live" },
};

START_TEST(test_inv_131_names_are_refused_as_recorded)
{
    li_status status = invoke_as(vectors[_i].name, vectors[_i].qualifier);

    ck_assert_msg(status == vectors[_i].status, "%s: %s", vectors[_i].name, li_status_name(status));
    ck_assert_msg(err.detail == vectors[_i].detail, "%s: detail %d", vectors[_i].name, err.detail);
    if (vectors[_i].subject)
        ck_assert_str_eq(err.subject, vectors[_i].subject);
}
END_TEST

START_TEST(test_inv_124_equal_qualifiers_are_accepted_and_different_ones_refused)
{
    ck_assert_int_eq(invoke_as("echo:$LATEST", "$LATEST"), LI_OK);
    ck_assert_int_eq(invoke_as("echo:1", "2"), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_QUALIFIERS_DIFFER);
}
END_TEST

START_TEST(test_inv_125_another_region_is_not_reachable)
{
    ck_assert_int_eq(invoke_as("arn:aws:lambda:eu-west-1:000000000000:function:echo", NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(err.detail, LI_DETAIL_OTHER_REGION);
    ck_assert_str_eq(err.subject, "eu-west-1");
    ck_assert_int_eq(invoke_as("us-gov-west-1:000000000000:function:echo", NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(invoke_as("us-iso-east-1:000000000000:function:echo", NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(invoke_as("us-isob-east-1:000000000000:function:echo", NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(invoke_as("eusc-de-east-1:000000000000:function:echo", NULL), LI_E_NOT_FOUND);
}
END_TEST

START_TEST(test_inv_126_another_account_is_denied)
{
    ck_assert_int_eq(invoke_as("123456789012:function:echo", NULL), LI_E_DENIED);
    ck_assert_int_eq(err.detail, LI_DETAIL_OTHER_ACCOUNT);
}
END_TEST

START_TEST(test_inv_123_a_function_is_registered_under_64_characters_at_most)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.handler = echo;
    spec.name.ptr = A65;
    spec.name.len = 64;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_OK);
    spec.name.len = 65;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_E_VALIDATION);
    ck_assert_int_eq(err.detail, LI_DETAIL_FUNCTION_NAME_LENGTH);
    spec.name = li_z("with.dot");
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_E_VALIDATION);
    spec.name = li_z("");
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_E_VALIDATION);
}
END_TEST

START_TEST(test_inv_128_no_qualifier_is_latest)
{
    li_function_info info;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    ck_assert_int_eq(li_function_describe(w.engine, "echo", LI_Z, NULL, 0, &info, &err), LI_OK);
    ck_assert_str_eq(info.version, "$LATEST");
    ck_assert_str_eq(info.arn, ARN "echo");
    ck_assert_int_eq(li_function_describe(w.engine, "echo", LI_Z, "7", LI_Z, &info, &err), LI_E_NOT_FOUND);
}
END_TEST

static void collect(void *user, const li_function_info *info)
{
    char *text = user;

    strcat(text, info->name);
    strcat(text, " ");
}

START_TEST(test_functions_are_listed_in_order_of_name_from_a_marker)
{
    char text[256] = "";

    add_function(w.engine, "b", echo, NULL);
    add_function(w.engine, "a", echo, NULL);
    ck_assert_uint_eq(li_function_each(w.engine, NULL, 0, 3, collect, text), 3);
    ck_assert_str_eq(text, "a b echo ");
    text[0] = '\0';
    ck_assert_uint_eq(li_function_each(w.engine, "b", LI_Z, 100, collect, text), 2);
    ck_assert_str_eq(text, "echo scripted ");
    ck_assert_int_eq(li_function_remove(w.engine, "scripted", LI_Z, NULL), LI_OK);
    ck_assert_uint_eq(li_function_each(w.engine, "b", LI_Z, 100, collect, text), 1);
}
END_TEST

Suite *suite_names(void);
Suite *suite_names(void)
{
    Suite *suite = suite_create("names");
    TCase *t = tcase_create("names");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, test_inv_120_these_names_mean_the_same_function, 0, (int)(sizeof same / sizeof same[0]));
    tcase_add_loop_test(t, test_inv_131_names_are_refused_as_recorded, 0, (int)(sizeof vectors / sizeof vectors[0]));
    tcase_add_test(t, test_inv_124_equal_qualifiers_are_accepted_and_different_ones_refused);
    tcase_add_test(t, test_inv_125_another_region_is_not_reachable);
    tcase_add_test(t, test_inv_126_another_account_is_denied);
    tcase_add_test(t, test_inv_123_a_function_is_registered_under_64_characters_at_most);
    tcase_add_test(t, test_inv_128_no_qualifier_is_latest);
    tcase_add_test(t, test_functions_are_listed_in_order_of_name_from_a_marker);
    suite_add_tcase(suite, t);
    return suite;
}
