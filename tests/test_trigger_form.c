/* test_trigger_form.c - the form model: options of every kind are checked against it, and front ends read it. */
#include "trigger_help.h"

static li_status add(world *w, const char *kind, const char *options, li_error *err)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_trigger *trigger = NULL;
    li_status status;
    char id[128];

    spec.kind = li_z(kind);
    spec.function = li_z("scripted");
    spec.options = li_z(options);
    spec.is_disabled = 1;
    status = li_trigger_add(w->engine, &spec, &trigger, err);
    if (status == LI_OK) {
        snprintf(id, sizeof id, "%s", li_trigger_get_id(trigger));
        ck_assert_int_eq(li_trigger_remove(w->engine, id, LI_Z, NULL), LI_OK);
    }
    return status;
}

static void keep(void *user, const char *data, size_t len)
{
    *(cJSON **)user = cJSON_ParseWithLength(data, len);
}

static cJSON *forms(world *w, const char *kind)
{
    li_error err = LI_ERROR_INIT;
    cJSON *form = NULL;

    ck_assert_msg(li_trigger_kind_form(w->engine, kind, LI_Z, keep, &form, &err) == LI_OK, "%s", err.text);
    ck_assert_ptr_nonnull(form);
    return form;
}

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsString(item) ? item->valuestring : "";
}

/* The examples of all kinds, by name. */
typedef struct example {
    char kind[64];
    char options[2048];
    uint32_t flags;
} example;
static example examples[80];
static size_t n_examples;

static void add_example(void *user, const li_trigger_kind_info *info)
{
    (void)user;
    ck_assert_uint_lt(n_examples, 80);
    snprintf(examples[n_examples].kind, sizeof examples->kind, "%s", info->name);
    snprintf(examples[n_examples].options, sizeof examples->options, "%s", info->options_example);
    examples[n_examples++].flags = info->flags;
}

static const char *example_of(const char *kind)
{
    size_t i;

    for (i = 0; i < n_examples; i++)
        if (strcmp(examples[i].kind, kind) == 0)
            return examples[i].options;
    ck_abort_msg("no kind %s", kind);
    return NULL;
}

/* The example's options with one member set to something else, and what makes it show. */
static int try_number(world *w, const char *kind, const cJSON *field, int64_t value, li_error *err)
{
    cJSON *options = cJSON_Parse(example_of(kind));
    const char *show_if = text_of(field, "showIf");
    char number[32], *text;
    li_status status;

    ck_assert_msg(options != NULL, "%s has no example of its options", kind);
    if (show_if[0]) {
        char name[64];
        const char *equals = strchr(show_if, '=');
        cJSON *set = strcmp(equals + 1, "true") == 0 ? cJSON_CreateTrue() : cJSON_CreateString(equals + 1);

        snprintf(name, sizeof name, "%.*s", (int)(equals - show_if), show_if);
        cJSON_DeleteItemFromObjectCaseSensitive(options, name);
        cJSON_AddItemToObject(options, name, set);
    }
    snprintf(number, sizeof number, "%lld", (long long)value);
    cJSON_DeleteItemFromObjectCaseSensitive(options, text_of(field, "name"));
    cJSON_AddItemToObject(options, text_of(field, "name"), cJSON_CreateRaw(number));
    text = cJSON_PrintUnformatted(options);
    status = add(w, kind, text, err);
    cJSON_free(text);
    cJSON_Delete(options);
    return status;
}

START_TEST(test_trg_196_every_number_of_every_form_takes_its_ends_and_nothing_beyond)
{
    const cJSON *kind, *field;
    cJSON *all;
    int n = 0;
    world w;

    services_new(&w);
    li_trigger_kind_each(w.engine, add_example, NULL);
    all = forms(&w, NULL);
    cJSON_ArrayForEach(kind, all) {
        const char *name = text_of(kind, "kind");

        if (strcmp(text_of(kind, "group"), "push") != 0)
            continue;
        cJSON_ArrayForEach(field, cJSON_GetObjectItem(kind, "fields")) {
            const cJSON *min = cJSON_GetObjectItem(field, "min"), *max = cJSON_GetObjectItem(field, "max");
            const int64_t offsets[] = { -1, 0, 0, 1 };
            int i;

            if (strcmp(text_of(field, "type"), "integer") != 0 || !max)
                continue;
            for (i = 0; i < 4; i++) {
                li_error err = LI_ERROR_INIT;
                int64_t value = (int64_t)(i < 2 ? min->valuedouble : max->valuedouble) + offsets[i];
                li_status status = try_number(&w, name, field, value, &err);

                ck_assert_msg(status == (i == 0 || i == 3 ? LI_E_INVALID : LI_OK), "%s.%s = %lld: %s", name,
                              text_of(field, "name"), (long long)value, err.text);
                ck_assert(status == LI_OK || strcmp(err.subject, text_of(field, "name")) == 0);
            }
            n++;
        }
    }
    ck_assert_int_gt(n, 5);
    cJSON_Delete(all);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_193_a_form_has_what_a_front_end_draws)
{
    const cJSON *field;
    cJSON *form;
    world w;

    services_new(&w);
    form = forms(&w, "s3");
    ck_assert_str_eq(text_of(form, "kind"), "s3");
    ck_assert_str_eq(text_of(form, "group"), "push");
    ck_assert_str_eq(text_of(form, "principal"), "s3.amazonaws.com");
    ck_assert_str_eq(text_of(form, "invocationType"), "Event");
    field = cJSON_GetArrayItem(cJSON_GetObjectItem(form, "fields"), 0);
    ck_assert_str_eq(text_of(field, "name"), "bucket");
    ck_assert_str_eq(text_of(field, "type"), "text");
    ck_assert(cJSON_IsTrue(cJSON_GetObjectItem(field, "required")));
    field = cJSON_GetArrayItem(cJSON_GetObjectItem(form, "fields"), 1);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(field, "enum")), 31);
    ck_assert_int_gt(cJSON_GetArraySize(cJSON_GetObjectItem(form, "occurrence")), 6);
    cJSON_Delete(form);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_198_an_acknowledgement_is_taken_only_when_it_is_true)
{
    li_error err = LI_ERROR_INIT;
    world w;

    services_new(&w);
    ck_assert_int_eq(add(&w, "s3", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"],\"recursiveAck\":true}", &err), LI_OK);
    ck_assert_int_eq(add(&w, "s3", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"],\"recursiveAck\":false}", &err),
                     LI_E_INVALID);
    ck_assert_str_eq(err.subject, "recursiveAck");
    world_free(&w);
}
END_TEST

/* The example of a kind with one member more, or another value of one. */
static li_status add_with(world *w, const char *kind, const char *name, const char *value, const char *condition, li_error *err)
{
    cJSON *options = cJSON_Parse(example_of(kind));
    char chooses[64];
    li_status status;
    char *text;

    ck_assert_ptr_nonnull(options);
    if (condition) {
        const char *equals = strchr(condition, '=');

        snprintf(chooses, sizeof chooses, "%.*s", (int)(equals - condition), condition);
        cJSON_DeleteItemFromObjectCaseSensitive(options, chooses);
        cJSON_AddItemToObject(options, chooses,
                              strcmp(equals + 1, "true") == 0 ? cJSON_CreateTrue() : cJSON_CreateString(equals + 1));
    }
    cJSON_DeleteItemFromObjectCaseSensitive(options, name);
    cJSON_AddItemToObject(options, name, cJSON_CreateRaw(value));
    text = cJSON_PrintUnformatted(options);
    status = add(w, kind, text, err);
    cJSON_free(text);
    cJSON_Delete(options);
    return status;
}

/* A field, a value that it may have, and what hides it. */
static const struct branch {
    const char *kind, *field, *value, *shown, *hidden;
} branches[] = {
    { "alb", "healthPath", "\"/up\"", "healthCheck=true", NULL },
    { "alb", "healthInterval", "60", "healthCheck=true", NULL },
    { "alb", "healthMatcher", "\"200\"", "healthCheck=true", NULL },
    { "cognito", "eventVersion", "\"V2_0\"", "trigger=PreTokenGeneration", "trigger=PreSignUp" },
    { "config", "frequency", "\"One_Hour\"", "triggerType=periodic", "triggerType=change" },
    { "apigw-rest", "responses", "[{\"statusCode\":200}]", "integration=AWS", "integration=AWS_PROXY" },
    { "alexa", "skillId", "\"amzn1.x\"", "skillIdVerification=enable", "skillIdVerification=disable" },
    { "alexa-home", "skillId", "\"amzn1.x\"", "skillIdVerification=enable", "skillIdVerification=disable" },
    { "scheduler", "window", "5", "flexible=FLEXIBLE", "flexible=OFF" },
};

START_TEST(test_trg_195_an_option_of_a_branch_that_is_not_chosen_is_refused_and_named)
{
    const struct branch *b = &branches[_i];
    li_error err = LI_ERROR_INIT;
    world w;

    services_new(&w);
    li_trigger_kind_each(w.engine, add_example, NULL);
    ck_assert_msg(add_with(&w, b->kind, b->field, b->value, b->shown, &err) == LI_OK, "%s.%s: %s", b->kind, b->field, err.text);
    ck_assert_int_eq(add_with(&w, b->kind, b->field, b->value, b->hidden, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_TRIGGER_OPTIONS);
    ck_assert_str_eq(err.subject, b->field);
    check_contains(err.text, b->shown);
    world_free(&w);
}
END_TEST

/* Each field that is shown only sometimes is in the list above: a new one brings its line. */
START_TEST(test_trg_195_every_branch_of_every_form_is_tried)
{
    const cJSON *kind, *field;
    size_t n = 0;
    cJSON *all;
    world w;

    services_new(&w);
    all = forms(&w, NULL);
    cJSON_ArrayForEach(kind, all)
        if (strcmp(text_of(kind, "group"), "push") == 0)
            cJSON_ArrayForEach(field, cJSON_GetObjectItem(kind, "fields"))
                n += text_of(field, "showIf")[0] != '\0';
    ck_assert_uint_eq(n, sizeof branches / sizeof *branches);
    cJSON_Delete(all);
    world_free(&w);
}
END_TEST

/* ---- changing and looking */

static void copy_info(void *user, const li_trigger_info *info)
{
    *(li_trigger_info *)user = *info;
}

START_TEST(test_trg_163_an_update_keeps_id_age_and_counts_and_changes_what_matches)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_trigger_info info;
    uint64_t n = 0;
    world w;

    services_new(&w);
    spec.kind = li_z("custom");
    spec.function = li_z("scripted");
    spec.id = li_z("one");
    spec.options = li_z("{\"source\":\"a\"}");
    ck_assert_int_eq(li_trigger_add(w.engine, &spec, NULL, &err), LI_OK);
    ck_assert_int_eq(li_trigger_occur(w.engine, "custom", LI_Z, "{\"source\":\"a\",\"detail\":1}", LI_Z, &n, &err), LI_OK);
    ck_assert_uint_eq(n, 1);
    advance_s(&w, 60);
    spec.kind.ptr = NULL;
    spec.function = li_z("echo");
    spec.options = li_z("{\"source\":\"b\"}");
    ck_assert_msg(li_trigger_update(w.engine, &spec, &err) == LI_OK, "%s", err.text);
    ck_assert_int_eq(li_trigger_occur(w.engine, "custom", LI_Z, "{\"source\":\"a\",\"detail\":1}", LI_Z, &n, &err), LI_OK);
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(li_trigger_occur(w.engine, "custom", LI_Z, "{\"source\":\"b\",\"detail\":1}", LI_Z, &n, &err), LI_OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(li_trigger_get(w.engine, "one", LI_Z, copy_info, &info, &err), LI_OK);
    ck_assert_str_eq(info.function, "echo");
    ck_assert_uint_eq(info.created_ms, w.script.base_ms);
    ck_assert_uint_eq(info.deliveries, 2);
    advance_s(&w, 1);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_163_a_wrong_update_leaves_the_trigger_as_it_was)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_trigger_info info;
    world w;

    services_new(&w);
    spec.kind = li_z("custom");
    spec.function = li_z("scripted");
    spec.id = li_z("one");
    spec.options = li_z("{\"source\":\"a\"}");
    ck_assert_int_eq(li_trigger_add(w.engine, &spec, NULL, &err), LI_OK);
    spec.kind = li_z("s3");
    ck_assert_int_eq(li_trigger_update(w.engine, &spec, &err), LI_E_INVALID);
    spec.kind.ptr = NULL;
    spec.options = li_z("{\"sauce\":\"a\"}");
    ck_assert_int_eq(li_trigger_update(w.engine, &spec, &err), LI_E_INVALID);
    spec.options.ptr = NULL;
    spec.function = li_z("nowhere");
    ck_assert_int_eq(li_trigger_update(w.engine, &spec, &err), LI_E_NOT_FOUND);
    spec.id = li_z("two");
    spec.function.ptr = NULL;
    ck_assert_int_eq(li_trigger_update(w.engine, &spec, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_trigger_get(w.engine, "one", LI_Z, copy_info, &info, &err), LI_OK);
    ck_assert_str_eq(info.function, "scripted");
    ck_assert_int_eq(li_trigger_get(w.engine, "two", LI_Z, copy_info, &info, &err), LI_E_NOT_FOUND);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_163_an_updated_schedule_begins_its_grid_anew)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    world w;

    services_new(&w);
    spec.kind = li_z("schedule");
    spec.function = li_z("scripted");
    spec.id = li_z("one");
    spec.options = li_z("{\"expression\":\"rate(10 minutes)\"}");
    ck_assert_int_eq(li_trigger_add(w.engine, &spec, NULL, NULL), LI_OK);
    advance_s(&w, 540);
    spec.options = li_z("{\"expression\":\"rate(5 minutes)\"}");
    ck_assert_int_eq(li_trigger_update(w.engine, &spec, NULL), LI_OK);
    advance_s(&w, 299);
    ck_assert_int_eq(w.script.runs, 0);
    advance_s(&w, 1);
    ck_assert_int_eq(w.script.runs, 1);
    world_free(&w);
}
END_TEST

Suite *suite_trigger_form(void)
{
    Suite *s = suite_create("trigger_form");
    TCase *c = tcase_create("form");

    tcase_add_test(c, test_trg_196_every_number_of_every_form_takes_its_ends_and_nothing_beyond);
    tcase_add_test(c, test_trg_193_a_form_has_what_a_front_end_draws);
    tcase_add_loop_test(c, test_trg_195_an_option_of_a_branch_that_is_not_chosen_is_refused_and_named, 0,
                        sizeof branches / sizeof *branches);
    tcase_add_test(c, test_trg_195_every_branch_of_every_form_is_tried);
    tcase_add_test(c, test_trg_198_an_acknowledgement_is_taken_only_when_it_is_true);
    suite_add_tcase(s, c);
    c = tcase_create("update");
    tcase_add_test(c, test_trg_163_an_update_keeps_id_age_and_counts_and_changes_what_matches);
    tcase_add_test(c, test_trg_163_a_wrong_update_leaves_the_trigger_as_it_was);
    tcase_add_test(c, test_trg_163_an_updated_schedule_begins_its_grid_anew);
    suite_add_tcase(s, c);
    return s;
}
