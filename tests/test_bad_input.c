/* test_bad_input.c - what a caller must not ask for: each is refused with its status and detail, and nothing of the engine that can
 * be seen has changed. */
#include "fixture.h"

#include <lambdainvoke/testing.h>

static world w;
static li_error err;

/* ---- what can be seen of the engine, as text */

enum { SEEN = 1 << 16 };

typedef struct view {
    char text[SEEN];
    size_t len;
} view;

static view before, after;

static void put(view *v, const char *format, ...) __attribute__((format(printf, 2, 3)));

#include <stdarg.h>

static void put(view *v, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    v->len += (size_t)vsnprintf(v->text + v->len, SEEN - v->len, format, args);
    va_end(args);
    ck_assert_uint_lt(v->len, SEEN);
}

static void put_version(void *user, const li_function_info *f)
{
    li_provisioned_info p = { .size = sizeof p };

    put(user, " version %s %u %u %s\n", f->version, f->timeout_ms, f->memory_mb, f->revision_id);
    if (li_provisioned_get(w.engine, f->name, LI_Z, f->version, LI_Z, &p, NULL) == LI_OK)
        put(user, "  provisioned %s %llu %llu %d\n", p.qualifier, (unsigned long long)p.requested, (unsigned long long)p.available,
            p.status);
}

static void put_alias(void *user, const li_alias_info *a)
{
    put(user, " alias %s %s %s %g %s\n", a->name, a->function_version, a->additional_version, a->weight, a->revision_id);
}

static void put_config(void *user, const li_event_config_info *c)
{
    put(user, " config %s %lld %lld %s %s\n", c->function_arn, (long long)c->max_age_s, (long long)c->max_retries, c->on_success,
        c->on_failure);
}

static void put_function(void *user, const li_function_info *f)
{
    put(user, "function %s %lld %d %d %s\n", f->name, (long long)f->reserved_concurrency, f->recursive_loop, f->is_paused,
        f->revision_id);
    li_version_each(w.engine, f->name, LI_Z, 0, 100, put_version, user, NULL);
    li_alias_each(w.engine, f->name, LI_Z, put_alias, user, NULL);
    li_event_config_each(w.engine, f->name, LI_Z, put_config, user, NULL);
}

static void put_setting(void *user, const li_config_row *row)
{
    put(user, "%s %lld\n", row->name, (long long)row->value);
}

static void put_fault(void *user, const li_fault_report *f)
{
    put(user, "fault %s %s %llu\n", f->what, f->subject, (unsigned long long)f->left);
}

static void look(view *v)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    v->len = 0;
    li_function_each(w.engine, NULL, 0, 100, put_function, v);
    li_config_each(w.engine, put_setting, v);
    li_faults_report(w.engine, put_fault, v);
    li_event_count(w.engine, &c);
    put(v, "events %llu %llu %llu %llu %llu %llu, runs %d\n", (unsigned long long)c.accepted, (unsigned long long)c.pending,
        (unsigned long long)c.leased, (unsigned long long)c.succeeded, (unsigned long long)c.delivered, (unsigned long long)c.dropped,
        w.script.runs);
}

/* It is refused with this status and detail (0: any), and has changed nothing. */
#define REFUSED(status_, detail_, call)                                                              \
    do {                                                                                             \
        li_status got_;                                                                              \
                                                                                                     \
        look(&before);                                                                               \
        li_error_init(&err, sizeof err);                                                             \
        got_ = (call);                                                                               \
        ck_assert_msg(got_ == (status_), "%s: %s", #call, li_status_name(got_));                     \
        ck_assert_msg((detail_) == 0 || err.detail == (detail_), "%s: detail %d", #call, err.detail);  \
        look(&after);                                                                                \
        ck_assert_str_eq(after.text, before.text);                                                   \
    } while (0)

static li_status publish(void)
{
    static uint32_t memory = 128;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("scripted");
    spec.memory_mb = ++memory;
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_MEMORY, NULL), LI_OK);
    return li_version_publish(w.engine, "scripted", LI_Z, NULL, NULL, NULL);
}

static li_alias_spec alias(const char *name, const char *version, const char *additional, double weight)
{
    li_alias_spec spec = LI_ALIAS_SPEC_INIT;

    spec.name = li_z(name);
    spec.function_version = li_z(version);
    spec.additional_version = li_z(additional);
    spec.weight = weight;
    return spec;
}

/* scripted with versions 1, 2 (live) and 3 (provisioned), and 4 that was removed; an alias that was removed. */
static void set_up(void)
{
    li_alias_spec live = alias("live", "2", NULL, 0), gone = alias("gone", "2", NULL, 0);
    int i;

    world_new(&w);
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(publish(), LI_OK);
    ck_assert_int_eq(li_alias_create(w.engine, "scripted", LI_Z, &live, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_alias_create(w.engine, "scripted", LI_Z, &gone, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_alias_remove(w.engine, "scripted", LI_Z, "gone", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_version_remove(w.engine, "scripted", LI_Z, "4", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_provisioned_put(w.engine, "scripted", LI_Z, "3", LI_Z, 2, NULL, NULL), LI_OK);
    advance_s(&w, 20);
}

static void tear_down(void)
{
    world_free(&w);
}

static li_status invoke(const char *name, int32_t type)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;

    options.type = type;
    return li_invoke(w.engine, name, LI_Z, "{}", LI_Z, &options, NULL, &err);
}

static const char *const absent[] = { "scripted:9", "scripted:4", "scripted:nothing", "scripted:gone" };

START_TEST(test_inv_127_an_unknown_or_removed_version_or_alias_is_not_found)
{
    const char *qualifier = strchr(absent[_i], ':') + 1;
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_function_info info = { .size = sizeof info };

    config.max_retries = 1;
    REFUSED(LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND, invoke(absent[_i], LI_REQUEST_RESPONSE));
    REFUSED(LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND, invoke(absent[_i], LI_EVENT));
    REFUSED(LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND, invoke(absent[_i], LI_DRY_RUN));
    REFUSED(LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND,
            li_function_describe(w.engine, "scripted", LI_Z, qualifier, LI_Z, &info, &err));
    REFUSED(LI_E_NOT_FOUND, 0, li_event_config_put(w.engine, "scripted", LI_Z, qualifier, LI_Z, &config, NULL, &err));
    REFUSED(LI_E_NOT_FOUND, 0, li_provisioned_put(w.engine, "scripted", LI_Z, qualifier, LI_Z, 1, NULL, &err));
}
END_TEST

START_TEST(test_inv_634_weights_out_of_range_and_aliases_of_what_is_not_there_are_refused)
{
    static const struct { const char *version, *additional; double weight; li_status status; int32_t detail; } rows[] = {
        { "1", "2", 1.01, LI_E_VALIDATION, LI_DETAIL_WEIGHT },
        { "1", "2", -0.01, LI_E_VALIDATION, LI_DETAIL_WEIGHT },
        { "1", "1", 0.5, LI_E_INVALID, LI_DETAIL_WEIGHTS_SAME },
        { "$LATEST", "1", 0.5, LI_E_INVALID, LI_DETAIL_WEIGHTS_LATEST },
        { "1", "$LATEST", 0.5, 0, 0 },
        { "9", NULL, 0, LI_E_NOT_FOUND, 0 },
        { "4", NULL, 0, LI_E_NOT_FOUND, 0 },
        { "1", "4", 0.5, LI_E_NOT_FOUND, 0 },
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        li_alias_spec fresh = alias("fresh", rows[i].version, rows[i].additional, rows[i].weight);
        li_alias_spec live = alias("live", rows[i].version, rows[i].additional, rows[i].weight);

        if (rows[i].status == 0) {
            look(&before);
            ck_assert_int_ne(li_alias_create(w.engine, "scripted", LI_Z, &fresh, NULL, &err), LI_OK);
            look(&after);
            ck_assert_str_eq(after.text, before.text);
            continue;
        }
        REFUSED(rows[i].status, rows[i].detail, li_alias_create(w.engine, "scripted", LI_Z, &fresh, NULL, &err));
        REFUSED(rows[i].status, rows[i].detail, li_alias_update(w.engine, "scripted", LI_Z, &live, NULL, &err));
    }
}
END_TEST

START_TEST(test_inv_620_a_version_that_an_alias_uses_is_not_deleted)
{
    li_alias_spec two = alias("live", "1", "2", 0.5);

    REFUSED(LI_E_CONFLICT, LI_DETAIL_VERSION_IN_USE, li_version_remove(w.engine, "scripted", LI_Z, "2", LI_Z, &err));
    ck_assert_str_eq(err.subject, "live");
    ck_assert_int_eq(li_alias_update(w.engine, "scripted", LI_Z, &two, NULL, NULL), LI_OK);
    REFUSED(LI_E_CONFLICT, LI_DETAIL_VERSION_IN_USE, li_version_remove(w.engine, "scripted", LI_Z, "2", LI_Z, &err));
    REFUSED(LI_E_CONFLICT, LI_DETAIL_VERSION_IN_USE, li_version_remove(w.engine, "scripted", LI_Z, "1", LI_Z, &err));
    REFUSED(LI_E_VALIDATION, 0, li_version_remove(w.engine, "scripted", LI_Z, "$LATEST", LI_Z, &err));
}
END_TEST

START_TEST(test_inv_322_provisioned_concurrency_of_latest_and_beyond_what_there_is_is_refused)
{
    REFUSED(LI_E_INVALID, LI_DETAIL_PROVISIONED_LATEST, li_provisioned_put(w.engine, "scripted", LI_Z, "$LATEST", LI_Z, 1, NULL, &err));
    REFUSED(LI_E_VALIDATION, 0, li_provisioned_put(w.engine, "scripted", LI_Z, "1", LI_Z, 0, NULL, &err));
    REFUSED(LI_E_INVALID, LI_DETAIL_PROVISIONED_MINIMUM, li_provisioned_put(w.engine, "scripted", LI_Z, "1", LI_Z, 899, NULL, &err));
    REFUSED(LI_E_INVALID, LI_DETAIL_PROVISIONED_ACCOUNT, li_provisioned_put(w.engine, "scripted", LI_Z, "1", LI_Z, 1001, NULL, &err));
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 5, NULL), LI_OK);
    REFUSED(LI_E_INVALID, LI_DETAIL_PROVISIONED_RESERVED, li_provisioned_put(w.engine, "scripted", LI_Z, "3", LI_Z, 6, NULL, &err));
}
END_TEST

START_TEST(test_inv_302_concurrency_that_leaves_the_others_too_little_is_refused)
{
    REFUSED(LI_E_VALIDATION, LI_DETAIL_RESERVED_MINIMUM, li_function_set_concurrency(w.engine, "echo", LI_Z, 901, &err));
    REFUSED(LI_E_INVALID, LI_DETAIL_RESERVED_PROVISIONED, li_function_set_concurrency(w.engine, "scripted", LI_Z, 1, &err));
    REFUSED(LI_E_VALIDATION, LI_DETAIL_QUALIFIED_NAME, li_function_set_concurrency(w.engine, "scripted:1", LI_Z, 1, &err));
    REFUSED(LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND, li_function_set_concurrency(w.engine, "nobody", LI_Z, 1, &err));
}
END_TEST

START_TEST(test_rel_60_a_limit_below_what_is_in_use_is_refused)
{
    static const char *const full[] = { "limits.functions", "limits.versions", "limits.queued_events" };
    size_t i;

    ck_assert_int_eq(li_function_pause(w.engine, "echo", LI_Z, NULL), LI_OK);
    send_event(&w, "echo", "{}");
    send_event(&w, "echo", "{}");
    for (i = 0; i < sizeof full / sizeof full[0]; i++)
        REFUSED(LI_E_BUSY, LI_DETAIL_LIMIT_IN_USE, li_config_set(w.engine, full[i], 1, &err));
    REFUSED(LI_E_VALIDATION, LI_DETAIL_LIMIT_RANGE, li_config_set(w.engine, "limits.functions", 0, &err));
    REFUSED(LI_E_NOT_FOUND, LI_DETAIL_LIMIT_NAME, li_config_set(w.engine, "limits.dreams", 1, &err));
    ck_assert_int_eq(li_function_resume(w.engine, "echo", LI_Z, NULL), LI_OK);
}
END_TEST

START_TEST(test_rel_3_an_event_that_runs_is_not_cancelled_and_a_good_one_not_sent_again)
{
    li_id id;

    w.script.takes_ms = 60000;
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    REFUSED(LI_E_STATE, LI_DETAIL_EVENT_RUNS, li_event_cancel(w.engine, &id, &err));
    REFUSED(LI_E_STATE, LI_DETAIL_EVENT_RUNS, li_event_redrive(w.engine, &id, NULL, &err));
    advance_s(&w, 60);
    REFUSED(LI_E_STATE, LI_DETAIL_EVENT_ENDED, li_event_cancel(w.engine, &id, &err));
    REFUSED(LI_E_STATE, LI_DETAIL_EVENT_SUCCEEDED, li_event_redrive(w.engine, &id, NULL, &err));
    memset(&id, 7, sizeof id);
    REFUSED(LI_E_NOT_FOUND, LI_DETAIL_EVENT_NOT_FOUND, li_event_cancel(w.engine, &id, &err));
    REFUSED(LI_E_NOT_FOUND, LI_DETAIL_EVENT_NOT_FOUND, li_event_redrive(w.engine, &id, NULL, &err));
}
END_TEST

static const char *const wrong_plans[] = {
    "{\"faults\":[{\"do\":\"fail\",\"colour\":\"red\"}]}", "{\"faults\":[{\"do\":\"explode\"}]}", "{\"faults\":[],\"more\":1}",
    "{\"faults\":[{\"do\":\"fail\",\"times\":-1}]}",         "{\"faults\":{}}",                     "[]",
};

START_TEST(test_rel_105_a_plan_with_members_that_are_unknown_leaves_the_old_one)
{
    ck_assert_int_eq(li_faults_apply(w.engine, "{\"faults\":[{\"do\":\"fail\",\"function\":\"echo\",\"times\":3}]}", LI_Z, &err), LI_OK);
    REFUSED(LI_E_INVALID, LI_DETAIL_FAULT_PLAN, li_faults_apply(w.engine, wrong_plans[_i], LI_Z, &err));
    look(&after);
    check_contains(after.text, "fault fail echo 3\n");
    li_faults_clear(w.engine);
}
END_TEST

/* ---- from inside a handler */

static li_status answers[6];

static int32_t asks_too_much(li_invocation *invocation, void *environment, void *user)
{
    li_engine *engine = li_invocation_get_engine(invocation);

    (void)environment, (void)user;
    answers[0] = li_clock_advance(w.clock, LI_SECOND_NS, NULL);
    answers[1] = li_engine_step(engine, NULL);
    answers[2] = li_engine_run_until_idle(engine, NULL);
    answers[3] = li_engine_free(engine);
    answers[4] = li_engine_start(engine, 1, NULL);
    answers[5] = li_engine_stop(engine, 0, NULL, NULL);
    return LI_DONE;
}

START_TEST(test_rel_42_and_rel_43_a_handler_may_not_drive_free_or_start_its_engine)
{
    static const li_status expected[6] = { LI_E_MISUSE, LI_E_MISUSE, LI_E_MISUSE, LI_E_BUSY, LI_E_INVALID, LI_OK };
    uint64_t now = li_clock_now_ns(w.clock);
    int i;

    add_function(w.engine, "asks", asks_too_much, NULL);
    look(&before);
    ck_assert_int_eq(invoke("asks", LI_REQUEST_RESPONSE), LI_OK);
    look(&after);
    ck_assert_str_eq(after.text, before.text);
    for (i = 0; i < 6; i++)
        ck_assert_msg(answers[i] == expected[i], "%d: %s", i, li_status_name(answers[i]));
    ck_assert_uint_eq(li_clock_now_ns(w.clock), now);
    ck_assert_int_eq(invoke("echo", LI_REQUEST_RESPONSE), LI_OK);      /* it is whole */
}
END_TEST

static int32_t calls_itself(li_invocation *invocation, void *environment, void *user)
{
    li_error e = LI_ERROR_INIT;
    li_status status;

    (void)environment;
    if (++*(int *)user > 100)
        return LI_FAILED;
    status = li_invoke(li_invocation_get_engine(invocation), "deep", LI_Z, "{}", LI_Z, NULL, NULL, &e);
    if (status != LI_OK) {
        answers[0] = status;
        answers[1] = e.detail;
    }
    return LI_DONE;
}

START_TEST(test_rel_42_calls_nested_too_deeply_are_refused)
{
    int n = 0;

    add_function(w.engine, "deep", calls_itself, &n);
    ck_assert_int_eq(li_function_set_recursion(w.engine, "deep", LI_Z, LI_RECURSION_ALLOW, NULL), LI_OK);
    ck_assert_int_eq(invoke("deep", LI_REQUEST_RESPONSE), LI_OK);
    ck_assert_int_eq(answers[0], LI_E_DEPTH);
    ck_assert_int_eq(answers[1], LI_DETAIL_NESTED);
    ck_assert_int_eq(n, 16);
}
END_TEST

Suite *suite_bad_input(void);
Suite *suite_bad_input(void)
{
    Suite *suite = suite_create("bad_input");
    TCase *t = tcase_create("bad input");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, test_inv_127_an_unknown_or_removed_version_or_alias_is_not_found, 0, sizeof absent / sizeof absent[0]);
    tcase_add_test(t, test_inv_634_weights_out_of_range_and_aliases_of_what_is_not_there_are_refused);
    tcase_add_test(t, test_inv_620_a_version_that_an_alias_uses_is_not_deleted);
    tcase_add_test(t, test_inv_322_provisioned_concurrency_of_latest_and_beyond_what_there_is_is_refused);
    tcase_add_test(t, test_inv_302_concurrency_that_leaves_the_others_too_little_is_refused);
    tcase_add_test(t, test_rel_60_a_limit_below_what_is_in_use_is_refused);
    tcase_add_test(t, test_rel_3_an_event_that_runs_is_not_cancelled_and_a_good_one_not_sent_again);
    tcase_add_loop_test(t, test_rel_105_a_plan_with_members_that_are_unknown_leaves_the_old_one, 0,
                        sizeof wrong_plans / sizeof wrong_plans[0]);
    tcase_add_test(t, test_rel_42_and_rel_43_a_handler_may_not_drive_free_or_start_its_engine);
    tcase_add_test(t, test_rel_42_calls_nested_too_deeply_are_refused);
    suite_add_tcase(suite, t);
    return suite;
}
