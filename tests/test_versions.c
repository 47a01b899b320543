/* test_versions.c - versions, aliases and their weights, provisioned concurrency, the scaling rate, waking of throttled lanes. */
#include <math.h>

#include "fixture.h"

static world w;
static li_invoke_result result;
static li_error err;
static int inits, init_fails;
static uint64_t init_takes_ms, takes_ms;

/* Answers {"version":…,"arn":…,"user":…}. */
static int32_t who(li_invocation *invocation, void *environment, void *user)
{
    char text[512];

    (void)environment;
    if (takes_ms)
        li_invocation_simulate(invocation, takes_ms * LI_MS_NS);
    snprintf(text, sizeof text, "{\"version\":\"%s\",\"arn\":\"%s\",\"user\":\"%s\"}", li_invocation_get_version(invocation),
             li_invocation_get_invoked_arn(invocation), (const char *)user);
    return li_invocation_respond(invocation, text, LI_Z) == LI_OK ? LI_DONE : LI_FAILED;
}

static int32_t start_up(li_init *init, void *user, void **environment)
{
    (void)user;
    inits++;
    if (init_takes_ms)
        li_init_simulate(init, init_takes_ms * LI_MS_NS);
    if (init_fails) {
        li_init_fail(init, "NoDisk", "as told");
        return LI_FAILED;
    }
    *environment = init;
    return LI_DONE;
}

static void shut_down(void *environment, void *user, int32_t reason)
{
    (void)environment, (void)user, (void)reason;
}

static void add_who(const char *user)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("who");
    spec.handler = who;
    spec.init = start_up;
    spec.fini = shut_down;
    spec.user = (void *)(uintptr_t)user;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, &err), LI_OK);
}

static void set_up(void)
{
    world_new(&w);
    li_invoke_result_init(&result, sizeof result);
    li_error_init(&err, sizeof err);
    inits = init_fails = 0;
    init_takes_ms = takes_ms = 0;
    add_who("first");
}

static void tear_down(void)
{
    li_invoke_result_fini(&result);
    world_free(&w);
}

static const char *publish(void)
{
    static li_function_info info;

    info.size = sizeof info;
    ck_assert_msg(li_version_publish(w.engine, "who", LI_Z, NULL, &info, &err) == LI_OK, "%s", err.text);
    return info.version;
}

static void change(void)
{
    static unsigned mb = 128;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("who");
    spec.memory_mb = ++mb;
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_MEMORY, &err), LI_OK);
}

static const char *publish_next(void)
{
    change();
    return publish();
}

static li_status call(const char *name)
{
    return li_invoke(w.engine, name, LI_Z, "{}", LI_Z, NULL, &result, &err);
}

static const char *version_of(const char *name)
{
    ck_assert_msg(call(name) == LI_OK, "%s: %s", name, err.text);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_NONE);
    return result.executed_version;
}

static li_status alias(li_status (*set)(li_engine *, const char *, size_t, const li_alias_spec *, li_alias_info *, li_error *),
                       const char *name, const char *version, const char *additional, double weight)
{
    li_alias_spec spec = LI_ALIAS_SPEC_INIT;

    spec.name = li_z(name);
    spec.function_version = li_z(version);
    spec.additional_version = li_z(additional);
    spec.weight = weight;
    return set(w.engine, "who", LI_Z, &spec, NULL, &err);
}

/* ---- versions */

START_TEST(test_inv_630_publishing_counts_up_and_publishing_nothing_new_gives_the_same)
{
    ck_assert_str_eq(publish(), "1");
    ck_assert_str_eq(publish(), "1");
    ck_assert_str_eq(publish_next(), "2");
    ck_assert_int_eq(li_version_remove(w.engine, "who", LI_Z, "2", LI_Z, &err), LI_OK);
    ck_assert_str_eq(publish(), "3");
    ck_assert_int_eq(li_version_remove(w.engine, "who", LI_Z, "77", LI_Z, &err), LI_OK);
}
END_TEST

START_TEST(test_inv_632_a_version_keeps_its_handler_and_settings)
{
    li_function_info info;

    info.size = sizeof info;
    publish();
    add_who("second");
    change();
    ck_assert_str_eq(version_of("who"), "$LATEST");
    check_contains(result.payload, "\"user\":\"second\"");
    ck_assert_str_eq(version_of("who:1"), "1");
    check_contains(result.payload, "\"user\":\"first\"");
    ck_assert_int_eq(li_function_describe(w.engine, "who:1", LI_Z, NULL, 0, &info, &err), LI_OK);
    ck_assert_str_eq(info.version, "1");
    ck_assert_uint_eq(info.memory_mb, 128);
}
END_TEST

START_TEST(test_inv_128_and_inv_129_a_qualifier_says_what_runs_and_what_the_handler_sees)
{
    publish();
    ck_assert_int_eq(alias(li_alias_create, "live", "1", NULL, 0), LI_OK);
    ck_assert_str_eq(version_of("who:$LATEST"), "$LATEST");
    check_contains(result.payload, "\"arn\":\"" ARN "who:$LATEST\"");
    version_of("who");
    check_contains(result.payload, "\"arn\":\"" ARN "who\"");
    ck_assert_str_eq(version_of("who:live"), "1");
    check_contains(result.payload, "{\"version\":\"1\",\"arn\":\"" ARN "who:live\"");
    ck_assert_int_eq(alias(li_alias_create, "tip", "$LATEST", NULL, 0), LI_OK);
    ck_assert_str_eq(version_of("who:tip"), "$LATEST");
    ck_assert_str_eq(version_of(ARN "who:1"), "1");
}
END_TEST

START_TEST(test_inv_127_an_unknown_version_or_alias_is_not_found_by_its_arn)
{
    static const char *const names[] = { "who:1", "who:live" };

    ck_assert_int_eq(call(names[_i]), LI_E_NOT_FOUND);
    ck_assert_int_eq(err.detail, LI_DETAIL_FUNCTION_NOT_FOUND);
    check_contains(err.text, names[_i]);
    ck_assert_int_eq(li_invoke_event(w.engine, names[_i], LI_Z, "{}", LI_Z, NULL, NULL, &err), LI_E_NOT_FOUND);
}
END_TEST

static void count_published(void *user, const li_journal_line *line)
{
    *(int *)user += line->step == LI_STEP_FUNCTION && strcmp(line->why, "published") == 0;
}

START_TEST(test_inv_630_only_what_is_published_is_told_so)
{
    int n = 0;

    ck_assert_int_eq(li_journal_listen(w.engine, count_published, &n), LI_OK);
    publish();
    publish();
    ck_assert_int_eq(n, 1);
    publish_next();
    ck_assert_int_eq(n, 2);
}
END_TEST

START_TEST(test_inv_128_a_version_is_named_as_its_number_is_written)
{
    static const char *const others[] = { "01", "001", "0", "00", "18446744073709551617", "99999999999999999999999" };
    li_provisioned_info info = { sizeof info, "", "", 0, 0, 0, 0, 0, 0 };
    const char *other = others[_i];
    char name[64];

    publish();
    snprintf(name, sizeof name, "who:%s", other);
    ck_assert_int_eq(call(name), LI_E_NOT_FOUND);
    check_contains(err.text, name);
    ck_assert_int_eq(li_invoke_event(w.engine, name, LI_Z, "{}", LI_Z, NULL, NULL, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(alias(li_alias_create, "live", other, NULL, 0), LI_E_NOT_FOUND);
    check_contains(err.text, name);
    ck_assert_int_eq(alias(li_alias_create, "live", "1", other, 0.5), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_provisioned_put(w.engine, "who", LI_Z, other, LI_Z, 1, &info, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_version_remove(w.engine, "who", LI_Z, other, LI_Z, &err), LI_OK);
    ck_assert_str_eq(version_of("who:1"), "1");
}
END_TEST

START_TEST(test_a_version_that_an_alias_uses_stays)
{
    publish();
    publish_next();
    ck_assert_int_eq(alias(li_alias_create, "live", "1", "2", 0.5), LI_OK);
    ck_assert_int_eq(li_version_remove(w.engine, "who", LI_Z, "2", LI_Z, &err), LI_E_CONFLICT);
    ck_assert_int_eq(err.detail, LI_DETAIL_VERSION_IN_USE);
    ck_assert_str_eq(err.subject, "live");
    ck_assert_str_eq(version_of("who:2"), "2");
    ck_assert_int_eq(li_version_remove(w.engine, "who", LI_Z, "$LATEST", LI_Z, &err), LI_E_VALIDATION);
    ck_assert_int_eq(li_alias_remove(w.engine, "who", LI_Z, "live", LI_Z, &err), LI_OK);
    ck_assert_int_eq(li_version_remove(w.engine, "who", LI_Z, "2", LI_Z, &err), LI_OK);
    ck_assert_int_eq(call("who:2"), LI_E_NOT_FOUND);
}
END_TEST

START_TEST(test_inv_304_a_qualified_name_is_refused_whether_it_is_there_or_not)
{
    publish();
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "who:1", LI_Z, 1, &err), LI_E_VALIDATION);
    ck_assert_int_eq(err.detail, LI_DETAIL_QUALIFIED_NAME);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "who:9", LI_Z, 1, &err), LI_E_VALIDATION);
    ck_assert_int_eq(err.detail, LI_DETAIL_QUALIFIED_NAME);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "whom", LI_Z, 1, &err), LI_E_NOT_FOUND);
}
END_TEST

START_TEST(test_a_version_is_removed_by_as_many_digits_as_are_given)
{
    int i;

    for (i = 0; i < 12; i++)
        publish_next();
    ck_assert_int_eq(li_version_remove(w.engine, "who", LI_Z, "12", 1, &err), LI_OK);
    ck_assert_int_eq(call("who:1"), LI_E_NOT_FOUND);
    ck_assert_str_eq(version_of("who:12"), "12");
}
END_TEST

static void add_version(void *user, const li_function_info *info)
{
    snprintf((char *)user + strlen(user), 64, "%s ", info->version);
}

START_TEST(test_versions_are_listed_in_order_and_in_pages)
{
    char list[256] = "";
    int i;

    for (i = 0; i < 4; i++)
        publish_next();
    li_version_remove(w.engine, "who", LI_Z, "2", LI_Z, NULL);
    ck_assert_int_eq(li_version_each(w.engine, "who", LI_Z, 0, 100, add_version, list, &err), LI_OK);
    ck_assert_str_eq(list, "$LATEST 1 3 4 ");
    list[0] = '\0';
    ck_assert_int_eq(li_version_each(w.engine, "who", LI_Z, 1, 1, add_version, list, &err), LI_OK);
    ck_assert_str_eq(list, "3 ");
    list[0] = '\0';              /* pages of one */
    ck_assert_int_eq(li_version_each(w.engine, "who", LI_Z, 0, 1, add_version, list, &err), LI_OK);
    ck_assert_str_eq(list, "$LATEST ");
    ck_assert_int_eq(li_version_each(w.engine, "who", LI_Z, LI_AFTER_LATEST, 1, add_version, list, &err), LI_OK);
    ck_assert_str_eq(list, "$LATEST 1 ");
    ck_assert_int_eq(li_version_each(w.engine, "who", LI_Z, 4, 1, add_version, list, &err), LI_OK);
    ck_assert_str_eq(list, "$LATEST 1 ");
    ck_assert_int_eq(li_version_each(w.engine, "nobody", LI_Z, 0, 1, add_version, list, &err), LI_E_NOT_FOUND);
}
END_TEST

START_TEST(test_publishing_checks_the_revision_and_the_limit)
{
    li_version_spec spec = LI_VERSION_SPEC_INIT;

    spec.revision_id = li_z("not this one");
    ck_assert_int_eq(li_version_publish(w.engine, "who", LI_Z, &spec, NULL, &err), LI_E_PRECONDITION);
    ck_assert_int_eq(li_config_set(w.engine, "limits.versions", 1, NULL), LI_OK);
    publish();
    change();
    ck_assert_int_eq(li_version_publish(w.engine, "who", LI_Z, NULL, NULL, &err), LI_E_FULL);
    ck_assert_int_eq(err.detail, LI_DETAIL_VERSIONS_FULL);
    ck_assert_int_eq(li_version_publish(w.engine, "who:1", LI_Z, NULL, NULL, &err), LI_E_VALIDATION);
    ck_assert_int_eq(li_version_publish(w.engine, "nobody", LI_Z, NULL, NULL, &err), LI_E_NOT_FOUND);
    ck_assert_str_eq(version_of("who:1"), "1");
}
END_TEST

START_TEST(test_a_removed_function_takes_its_versions_along_and_begins_again_at_1)
{
    publish();
    publish_next();
    ck_assert_int_eq(alias(li_alias_create, "live", "1", NULL, 0), LI_OK);
    ck_assert_int_eq(li_function_remove(w.engine, "who", LI_Z, &err), LI_OK);
    ck_assert_int_eq(call("who:1"), LI_E_NOT_FOUND);
    add_who("again");
    ck_assert_int_eq(call("who:1"), LI_E_NOT_FOUND);
    ck_assert_int_eq(call("who:live"), LI_E_NOT_FOUND);
    ck_assert_str_eq(publish(), "1");
    ck_assert_str_eq(version_of("who:1"), "1");
    check_contains(result.payload, "\"user\":\"again\"");
}
END_TEST

/* ---- aliases */

START_TEST(test_inv_633_an_alias_is_made_changed_and_removed)
{
    li_alias_info info;
    li_alias_spec spec = LI_ALIAS_SPEC_INIT;
    char revision[40];

    info.size = sizeof info;
    publish();
    publish_next();
    spec.name = li_z("live");
    spec.function_version = li_z("1");
    ck_assert_int_eq(li_alias_create(w.engine, "who", LI_Z, &spec, &info, &err), LI_OK);
    ck_assert_str_eq(info.arn, ARN "who:live");
    ck_assert_str_eq(info.description, "");
    memcpy(revision, info.revision_id, sizeof revision);
    spec.function_version = li_z("2");
    spec.description = li_z("what customers see");
    ck_assert_int_eq(li_alias_update(w.engine, "who", LI_Z, &spec, &info, &err), LI_OK);
    ck_assert_str_eq(info.function_version, "2");
    ck_assert_str_ne(info.revision_id, revision);
    spec.revision_id = li_z(revision);
    ck_assert_int_eq(li_alias_update(w.engine, "who", LI_Z, &spec, &info, &err), LI_E_PRECONDITION);
    ck_assert_int_eq(li_alias_get(w.engine, "who", LI_Z, "live", LI_Z, &info, &err), LI_OK);
    ck_assert_str_eq(info.description, "what customers see");
    ck_assert_int_eq(li_alias_remove(w.engine, "who", LI_Z, "live", LI_Z, &err), LI_OK);
    ck_assert_int_eq(li_alias_remove(w.engine, "who", LI_Z, "live", LI_Z, &err), LI_OK);
    ck_assert_int_eq(li_alias_get(w.engine, "who", LI_Z, "live", LI_Z, &info, &err), LI_E_NOT_FOUND);
}
END_TEST

static const struct {
    const char *name, *version, *additional;
    double weight;
    li_status status;
    int32_t detail;
} wrong_aliases[] = {
    { "123", "1", NULL, 0, LI_E_VALIDATION, LI_DETAIL_QUALIFIER },
    { "li ve", "1", NULL, 0, LI_E_VALIDATION, LI_DETAIL_QUALIFIER },
    { "", "1", NULL, 0, LI_E_VALIDATION, LI_DETAIL_QUALIFIER_LENGTH },
    { "live", "x", NULL, 0, LI_E_VALIDATION, LI_DETAIL_QUALIFIER },
    { "live", NULL, NULL, 0, LI_E_VALIDATION, LI_DETAIL_QUALIFIER },
    { "live", "9", NULL, 0, LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND },
    { "live", "1", "9", 0.1, LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND },
    { "live", "1", "1", 0.1, LI_E_INVALID, LI_DETAIL_WEIGHTS_SAME },
    { "live", "$LATEST", "1", 0.1, LI_E_INVALID, LI_DETAIL_WEIGHTS_LATEST },
    { "live", "1", "two", 0.1, LI_E_VALIDATION, LI_DETAIL_QUALIFIER },
    { "live", "1", "2", 1.1, LI_E_VALIDATION, LI_DETAIL_WEIGHT },
    { "live", "1", "2", -0.1, LI_E_VALIDATION, LI_DETAIL_WEIGHT },
    { "live", "1", "2", NAN, LI_E_VALIDATION, LI_DETAIL_WEIGHT },
    { "taken", "1", NULL, 0, LI_E_CONFLICT, LI_DETAIL_ALIAS_EXISTS },
};

START_TEST(test_inv_634_and_inv_636_wrong_aliases_are_refused_and_nothing_is_made)
{
    li_alias_info info;

    info.size = sizeof info;
    publish();
    publish_next();
    ck_assert_int_eq(alias(li_alias_create, "taken", "1", NULL, 0), LI_OK);
    ck_assert_int_eq(alias(li_alias_create, wrong_aliases[_i].name, wrong_aliases[_i].version, wrong_aliases[_i].additional,
                           wrong_aliases[_i].weight), wrong_aliases[_i].status);
    ck_assert_int_eq(err.detail, wrong_aliases[_i].detail);
    ck_assert_int_eq(li_alias_get(w.engine, "who", LI_Z, "live", LI_Z, &info, &err), LI_E_NOT_FOUND);
}
END_TEST

START_TEST(test_inv_636_updating_an_alias_that_is_not_there_is_not_found)
{
    publish();
    ck_assert_int_eq(alias(li_alias_update, "live", "1", NULL, 0), LI_E_NOT_FOUND);
    ck_assert_int_eq(err.detail, LI_DETAIL_ALIAS_NOT_FOUND);
    check_contains(err.text, ARN "who:live");
}
END_TEST

static const double weights[] = { 0.0, 0.1, 0.5, 0.97, 1.0 };

START_TEST(test_inv_635_and_inv_130_weights_split_100000_calls_within_4_sigma)
{
    double n = 100000, p = weights[_i], sigma = sqrt(n * p * (1 - p));
    int second = 0, i;

    publish();
    publish_next();
    ck_assert_int_eq(alias(li_alias_create, "live", "1", "2", p), LI_OK);
    for (i = 0; i < (int)n; i++)
        second += version_of("who:live")[0] == '2';
    ck_assert_msg(fabs(second - n * p) <= 4 * sigma, "%d of %g with weight %g", second, n, p);
}
END_TEST

START_TEST(test_inv_634_an_empty_additional_version_clears_the_weights)
{
    li_alias_info info;

    info.size = sizeof info;
    publish();
    publish_next();
    ck_assert_int_eq(alias(li_alias_create, "live", "1", "2", 1.0), LI_OK);
    ck_assert_str_eq(version_of("who:live"), "2");
    ck_assert_int_eq(alias(li_alias_update, "live", NULL, "", 0), LI_OK);
    ck_assert_str_eq(version_of("who:live"), "1");
    ck_assert_int_eq(li_alias_get(w.engine, "who", LI_Z, "live", LI_Z, &info, NULL), LI_OK);
    ck_assert_str_eq(info.additional_version, "");
}
END_TEST

START_TEST(test_inv_212_an_event_finds_the_alias_anew_at_each_attempt)
{
    li_outcome o = LI_OUTCOME_INIT;
    li_id id;

    publish();
    ck_assert_int_eq(alias(li_alias_create, "live", "1", NULL, 0), LI_OK);
    w.script.fail_times = 1;
    add_function(w.engine, "who", scripted, &w.script);
    publish();
    ck_assert_int_eq(alias(li_alias_update, "live", "2", NULL, 0), LI_OK);
    id = send_event(&w, "who:live", "{}");
    li_engine_run_until_idle(w.engine, NULL);
    ck_assert_int_eq(alias(li_alias_update, "live", "1", NULL, 0), LI_OK);
    advance_s(&w, 3600);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_int_eq(li_event_outcome(w.engine, &id, &o), LI_OK);
    ck_assert_int_eq(o.state, LI_EVENT_SUCCEEDED);
    ck_assert_uint_eq(o.n_attempts, 2);
}
END_TEST

START_TEST(test_inv_226_events_of_a_removed_version_end_as_those_of_a_removed_function)
{
    li_outcome o = LI_OUTCOME_INIT;
    li_id id;

    publish();
    id = send_event(&w, "who:1", "{}");
    ck_assert_int_eq(li_version_remove(w.engine, "who", LI_Z, "1", LI_Z, &err), LI_OK);
    advance_s(&w, 3600);
    ck_assert_int_eq(li_event_outcome(w.engine, &id, &o), LI_OK);
    ck_assert_int_eq(o.state, LI_EVENT_DROPPED);
    ck_assert_int_eq(o.drop_reason, LI_DROP_FUNCTION_DELETED);
}
END_TEST

START_TEST(test_inv_214_an_event_config_belongs_to_the_qualifier_that_was_used)
{
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_local_queue *queue = add_queue(w.engine, "done");

    publish();
    ck_assert_int_eq(alias(li_alias_create, "live", "1", NULL, 0), LI_OK);
    config.on_success = li_z(QUEUE "done");
    ck_assert_int_eq(li_event_config_put(w.engine, "who:live", LI_Z, NULL, 0, &config, NULL, &err), LI_OK);
    ck_assert_int_eq(li_event_config_put(w.engine, "who:nothing", LI_Z, NULL, 0, &config, NULL, &err), LI_E_NOT_FOUND);
    send_event(&w, "who:1", "{}");
    send_event(&w, "who:live", "{}");
    advance_s(&w, 1);
    check_contains(message(queue, 0), "\"functionArn\":\"" ARN "who:live\"");
    check_contains(message(queue, 0), "\"executedVersion\":\"1\"");
    ck_assert_uint_eq(li_local_queue_count(queue), 1);
}
END_TEST

/* ---- concurrency */

static li_status provision(const char *qualifier, uint64_t n)
{
    return li_provisioned_put(w.engine, "who", LI_Z, qualifier, LI_Z, n, NULL, &err);
}

static li_provisioned_info provisioned(const char *qualifier)
{
    li_provisioned_info info;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    li_provisioned_get(w.engine, "who", LI_Z, qualifier, LI_Z, &info, &err);
    return info;
}

static li_metrics metrics(void)
{
    li_metrics m = LI_METRICS_INIT;

    ck_assert_int_eq(li_metrics_get(w.engine, "who", LI_Z, &m), LI_OK);
    return m;
}

START_TEST(test_inv_320_provisioned_environments_are_initialised_ahead)
{
    li_provisioned_info info;

    publish();
    init_takes_ms = 2000;
    ck_assert_int_eq(provision("1", 3), LI_OK);
    info = provisioned("1");
    ck_assert_int_eq(info.status, LI_PROVISIONED_IN_PROGRESS);
    ck_assert_uint_eq(info.requested, 3);
    ck_assert_uint_eq(info.available, 0);
    advance_s(&w, 1);
    info = provisioned("1");
    ck_assert_uint_eq(info.allocated, 3);
    ck_assert_uint_eq(info.available, 0);
    advance_s(&w, 1);
    info = provisioned("1");
    ck_assert_int_eq(info.status, LI_PROVISIONED_READY);
    ck_assert_uint_eq(info.available, 3);
    ck_assert_int_eq(inits, 3);
    ck_assert_str_eq(version_of("who:1"), "1");
    ck_assert_uint_eq(result.init_ns, 0);
    ck_assert_int_eq(inits, 3);
    advance_s(&w, 3600);                 /* they stay, however long nothing comes */
    ck_assert_uint_eq(provisioned("1").available, 3);
    ck_assert_uint_eq(metrics().provisioned_invocations, 1);
}
END_TEST

START_TEST(test_inv_321_a_failed_initialisation_fails_the_config)
{
    li_provisioned_info info;

    publish();
    init_fails = 1;
    ck_assert_int_eq(provision("1", 3), LI_OK);
    advance_s(&w, 1);
    info = provisioned("1");
    ck_assert_int_eq(info.status, LI_PROVISIONED_FAILED);
    ck_assert_str_eq(info.reason, "FUNCTION_ERROR_INIT_FAILURE");
    ck_assert_uint_eq(info.available + info.allocated, 0);
    init_fails = 0;
    ck_assert_int_eq(provision("1", 2), LI_OK);
    advance_s(&w, 1);
    ck_assert_int_eq(provisioned("1").status, LI_PROVISIONED_READY);
}
END_TEST

START_TEST(test_inv_322_only_published_versions_and_their_aliases_can_be_provisioned)
{
    li_provisioned_info info;

    info.size = sizeof info;
    publish();
    ck_assert_int_eq(alias(li_alias_create, "tip", "$LATEST", NULL, 0), LI_OK);
    ck_assert_int_eq(provision("$LATEST", 1), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_PROVISIONED_LATEST);
    ck_assert_int_eq(provision("tip", 1), LI_E_INVALID);
    ck_assert_int_eq(provision("1", 0), LI_E_VALIDATION);
    ck_assert_int_eq(provision("8", 1), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_provisioned_get(w.engine, "who", LI_Z, "1", LI_Z, &info, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(err.detail, LI_DETAIL_PROVISIONED_MISSING);
    ck_assert_int_eq(li_provisioned_remove(w.engine, "who", LI_Z, "1", LI_Z, &err), LI_OK);
}
END_TEST

START_TEST(test_inv_323_a_version_is_provisioned_by_itself_or_by_one_alias)
{
    publish();
    ck_assert_int_eq(alias(li_alias_create, "live", "1", NULL, 0), LI_OK);
    ck_assert_int_eq(provision("live", 1), LI_OK);
    ck_assert_int_eq(provision("1", 1), LI_E_CONFLICT);
    ck_assert_int_eq(err.detail, LI_DETAIL_PROVISIONED_ALIAS);
    ck_assert_int_eq(li_provisioned_remove(w.engine, "who", LI_Z, "live", LI_Z, &err), LI_OK);
    ck_assert_int_eq(provision("1", 1), LI_OK);
    ck_assert_int_eq(provision("live", 1), LI_E_CONFLICT);
    ck_assert_int_eq(err.detail, LI_DETAIL_PROVISIONED_VERSION);
}
END_TEST

START_TEST(test_what_an_alias_provisions_follows_it)
{
    publish();
    publish_next();
    ck_assert_int_eq(alias(li_alias_create, "live", "1", NULL, 0), LI_OK);
    ck_assert_int_eq(provision("live", 2), LI_OK);
    advance_s(&w, 1);
    ck_assert_int_eq(alias(li_alias_update, "live", "2", NULL, 0), LI_OK);
    ck_assert_int_eq(provisioned("live").status, LI_PROVISIONED_IN_PROGRESS);
    advance_s(&w, 1);
    ck_assert_int_eq(provisioned("live").status, LI_PROVISIONED_READY);
    ck_assert_int_eq(inits, 4);
    ck_assert_uint_eq(metrics().provisioned_environments, 2);
    ck_assert_int_eq(li_alias_remove(w.engine, "who", LI_Z, "live", LI_Z, &err), LI_OK);
    ck_assert_uint_eq(metrics().provisioned_environments, 0);
}
END_TEST

START_TEST(test_inv_323_an_alias_keeps_what_it_provisions_or_stays_where_it_is)
{
    publish();
    publish_next();
    ck_assert_int_eq(alias(li_alias_create, "live", "1", NULL, 0), LI_OK);
    ck_assert_int_eq(provision("live", 2), LI_OK);
    ck_assert_int_eq(provision("2", 1), LI_OK);
    advance_s(&w, 1);
    ck_assert_int_eq(alias(li_alias_update, "live", "2", NULL, 0), LI_E_CONFLICT);
    ck_assert_int_eq(err.detail, LI_DETAIL_PROVISIONED_VERSION);
    ck_assert_int_eq(alias(li_alias_update, "live", "$LATEST", NULL, 0), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_PROVISIONED_LATEST);
    ck_assert_str_eq(version_of("who:live"), "1");
    ck_assert_uint_eq(provisioned("live").available, 2);
    ck_assert_uint_eq(provisioned("2").available, 1);
    ck_assert_int_eq(li_provisioned_remove(w.engine, "who", LI_Z, "2", LI_Z, &err), LI_OK);
    ck_assert_int_eq(alias(li_alias_update, "live", "2", NULL, 0), LI_OK);
    ck_assert_int_eq(li_provisioned_remove(w.engine, "who", LI_Z, "live", LI_Z, &err), LI_OK);
    ck_assert_int_eq(alias(li_alias_update, "live", "$LATEST", NULL, 0), LI_OK);
}
END_TEST

START_TEST(test_inv_324_provisioned_concurrency_has_to_fit)
{
    publish();
    ck_assert_int_eq(provision("1", 1001), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_PROVISIONED_ACCOUNT);
    ck_assert_int_eq(provision("1", 901), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_PROVISIONED_MINIMUM);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "who", LI_Z, 4, &err), LI_OK);
    ck_assert_int_eq(provision("1", 5), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_PROVISIONED_RESERVED);
    ck_assert_int_eq(provision("1", 4), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "who", LI_Z, 3, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_RESERVED_PROVISIONED);
}
END_TEST

START_TEST(test_inv_325_what_is_provisioned_is_taken_from_the_reservation)
{
    publish();
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "who", LI_Z, 2, &err), LI_OK);
    ck_assert_int_eq(provision("1", 2), LI_OK);
    advance_s(&w, 1);
    ck_assert_int_eq(call("who"), LI_E_THROTTLED);
    ck_assert_int_eq(err.detail, LI_DETAIL_RESERVED_CONCURRENCY);
    ck_assert_str_eq(version_of("who:1"), "1");
}
END_TEST

START_TEST(test_inv_306_and_inv_326_provisioned_first_then_on_demand)
{
    int i;

    publish();
    ck_assert_int_eq(provision("1", 2), LI_OK);
    advance_s(&w, 1);
    takes_ms = 1000;
    for (i = 0; i < 5; i++)
        send_event(&w, "who:1", "{}");
    li_engine_run_until_idle(w.engine, NULL);
    ck_assert_uint_eq(metrics().concurrent_executions, 5);
    ck_assert_uint_eq(metrics().provisioned_invocations, 2);
    ck_assert_uint_eq(metrics().provisioned_spillovers, 3);
    advance_s(&w, 2);
    ck_assert_uint_eq(metrics().succeeded, 5);
}
END_TEST

START_TEST(test_a_provisioned_environment_that_is_lost_is_made_again)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("who");
    spec.timeout_ms = 100;
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_TIMEOUT, &err), LI_OK);
    publish();
    ck_assert_int_eq(provision("1", 1), LI_OK);
    advance_s(&w, 1);
    takes_ms = 1000;
    ck_assert_int_eq(call("who:1"), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_UNHANDLED);
    advance_s(&w, 2);
    ck_assert_int_eq(inits, 2);
    ck_assert_int_eq(provisioned("1").status, LI_PROVISIONED_READY);
}
END_TEST

START_TEST(test_inv_310_new_environments_come_at_the_scaling_rate)
{
    static const struct {
        uint64_t at_ms, running;
    } line[] = { { 0, 10 }, { 1000, 11 }, { 2000, 12 }, { 5000, 15 }, { 10000, 20 } };
    size_t i, sent;

    ck_assert_int_eq(li_config_set(w.engine, "scaling.rate", 10, NULL), LI_OK);
    ck_assert_int_eq(li_config_set(w.engine, "outcomes.events", 100, NULL), LI_OK);
    takes_ms = 600000;
    for (i = 0; i < sizeof line / sizeof line[0]; i++) {
        uint64_t now = li_engine_now_ms(w.engine) - w.script.base_ms;
        li_function_info info;

        info.size = sizeof info;
        ck_assert_int_eq(li_clock_advance(w.clock, (line[i].at_ms - now) * LI_MS_NS, NULL), LI_OK);
        for (sent = 0; sent < 20; sent++) {      /* far more than can start */
            li_invoke_options o = LI_INVOKE_OPTIONS_INIT;

            o.type = LI_EVENT;
            ck_assert_int_eq(li_event_submit(w.engine, "who", LI_Z, "{}", LI_Z, &o, NULL, NULL, &err), LI_OK);
        }
        ck_assert_int_eq(li_config_set(w.engine, "async.throttle_wake", 1, NULL), LI_OK);
        li_engine_run_until_idle(w.engine, NULL);
        ck_assert_uint_le(metrics().concurrent_executions, line[i].running);
        if (i == 0)
            ck_assert_uint_eq(metrics().concurrent_executions, line[i].running);
    }
    advance_s(&w, 21600);
    ck_assert_uint_eq(metrics().pending, 0);
}
END_TEST

START_TEST(test_rel_62_a_released_slot_wakes_the_lane_that_waits)
{
    int i;

    ck_assert_int_eq(li_config_set(w.engine, "async.throttle_wake", _i, NULL), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "who", LI_Z, 1, &err), LI_OK);
    takes_ms = 100;
    for (i = 0; i < 10; i++)
        send_event(&w, "who", "{}");
    li_clock_advance(w.clock, 1000 * LI_MS_NS, NULL);
    if (_i)
        ck_assert_uint_eq(metrics().succeeded, 10);      /* one after the other, without a pause */
    else
        ck_assert_uint_lt(metrics().succeeded, 10);      /* the ladder of INV-219 */
    advance_s(&w, 3600);
    ck_assert_uint_eq(metrics().succeeded, 10);
}
END_TEST

START_TEST(test_inv_305_reserved_concurrency_is_shared_by_all_versions)
{
    publish();
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "who", LI_Z, 1, &err), LI_OK);
    ck_assert_str_eq(version_of("who"), "$LATEST");
    ck_assert_str_eq(version_of("who:1"), "1");          /* the idle one's credit goes over */
    takes_ms = 1000;
    send_event(&w, "who:1", "{}");
    li_engine_run_until_idle(w.engine, NULL);
    ck_assert_int_eq(call("who"), LI_E_THROTTLED);
    advance_s(&w, 2);
    ck_assert_str_eq(version_of("who"), "$LATEST");
}
END_TEST

Suite *suite_versions(void);
Suite *suite_versions(void)
{
    Suite *suite = suite_create("versions");
    TCase *t = tcase_create("versions");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_inv_630_publishing_counts_up_and_publishing_nothing_new_gives_the_same);
    tcase_add_test(t, test_inv_632_a_version_keeps_its_handler_and_settings);
    tcase_add_test(t, test_inv_128_and_inv_129_a_qualifier_says_what_runs_and_what_the_handler_sees);
    tcase_add_loop_test(t, test_inv_127_an_unknown_version_or_alias_is_not_found_by_its_arn, 0, 2);
    tcase_add_test(t, test_inv_304_a_qualified_name_is_refused_whether_it_is_there_or_not);
    tcase_add_test(t, test_a_version_is_removed_by_as_many_digits_as_are_given);
    tcase_add_loop_test(t, test_inv_128_a_version_is_named_as_its_number_is_written, 0, 6);
    tcase_add_test(t, test_inv_630_only_what_is_published_is_told_so);
    tcase_add_test(t, test_a_version_that_an_alias_uses_stays);
    tcase_add_test(t, test_versions_are_listed_in_order_and_in_pages);
    tcase_add_test(t, test_publishing_checks_the_revision_and_the_limit);
    tcase_add_test(t, test_a_removed_function_takes_its_versions_along_and_begins_again_at_1);
    suite_add_tcase(suite, t);
    t = tcase_create("aliases");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_inv_633_an_alias_is_made_changed_and_removed);
    tcase_add_loop_test(t, test_inv_634_and_inv_636_wrong_aliases_are_refused_and_nothing_is_made, 0,
                        (int)(sizeof wrong_aliases / sizeof wrong_aliases[0]));
    tcase_add_test(t, test_inv_636_updating_an_alias_that_is_not_there_is_not_found);
    tcase_add_loop_test(t, test_inv_635_and_inv_130_weights_split_100000_calls_within_4_sigma, 0,
                        (int)(sizeof weights / sizeof weights[0]));
    tcase_add_test(t, test_inv_634_an_empty_additional_version_clears_the_weights);
    tcase_add_test(t, test_inv_212_an_event_finds_the_alias_anew_at_each_attempt);
    tcase_add_test(t, test_inv_226_events_of_a_removed_version_end_as_those_of_a_removed_function);
    tcase_add_test(t, test_inv_214_an_event_config_belongs_to_the_qualifier_that_was_used);
    suite_add_tcase(suite, t);
    t = tcase_create("concurrency");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_inv_320_provisioned_environments_are_initialised_ahead);
    tcase_add_test(t, test_inv_321_a_failed_initialisation_fails_the_config);
    tcase_add_test(t, test_inv_322_only_published_versions_and_their_aliases_can_be_provisioned);
    tcase_add_test(t, test_inv_323_a_version_is_provisioned_by_itself_or_by_one_alias);
    tcase_add_test(t, test_what_an_alias_provisions_follows_it);
    tcase_add_test(t, test_inv_323_an_alias_keeps_what_it_provisions_or_stays_where_it_is);
    tcase_add_test(t, test_inv_324_provisioned_concurrency_has_to_fit);
    tcase_add_test(t, test_inv_325_what_is_provisioned_is_taken_from_the_reservation);
    tcase_add_test(t, test_inv_306_and_inv_326_provisioned_first_then_on_demand);
    tcase_add_test(t, test_a_provisioned_environment_that_is_lost_is_made_again);
    tcase_add_test(t, test_inv_310_new_environments_come_at_the_scaling_rate);
    tcase_add_loop_test(t, test_rel_62_a_released_slot_wakes_the_lane_that_waits, 0, 2);
    tcase_add_test(t, test_inv_305_reserved_concurrency_is_shared_by_all_versions);
    suite_add_tcase(suite, t);
    return suite;
}
