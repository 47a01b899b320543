/* test_rotation.c - rotation of secrets: four steps with one token, at once and then by the clock. */
#include "scarce.h"
#include "stored.h"
#include "trigger_help.h"

#define SECRET "arn:aws:secretsmanager:us-east-1:1:secret:s"
#define OPTIONS(more) "{\"secret\":\"" SECRET "\"," more "}"
#define ALL "createSecret setSecret testSecret finishSecret "
#define DAY_S UINT64_C(86400)

/* Notes each step, its token and when, and fails at one of them. */
typedef struct notes {
    char steps[1024];
    char tokens[16][64];
    uint64_t at_ms[16];
    int n;
    uint64_t takes_ms;
    const char *fails_at;
} notes;

static notes seen;
static told got;
static world w;

static int32_t rotate(li_invocation *invocation, void *environment, void *user)
{
    notes *s = user;
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment;
    ck_assert_int_lt(s->n, 16);
    strcat(strcat(s->steps, at(payload, "Step")), " ");
    snprintf(s->tokens[s->n], sizeof s->tokens[0], "%s", at(payload, "ClientRequestToken"));
    s->at_ms[s->n++] = li_engine_now_ms(li_invocation_get_engine(invocation));
    ck_assert_str_eq(at(payload, "SecretId"), SECRET);
    if (s->takes_ms)
        li_invocation_simulate(invocation, s->takes_ms * LI_MS_NS);
    if (s->fails_at && strcmp(at(payload, "Step"), s->fails_at) == 0) {
        li_invocation_fail(invocation, "Boom", "as told");
        return LI_FAILED;
    }
    return LI_DONE;
}

static void setup(void)
{
    memset(&seen, 0, sizeof seen);
    services_new(&w);
    add_function(w.engine, "rotate", rotate, &seen);
}

static void teardown(void)
{
    world_free(&w);
}

static void forget(void)
{
    memset(&seen, 0, sizeof seen);
}

static void no_row(void *user, const li_trigger_info *info)
{
    (void)user, (void)info;
}

static void update(const char *options)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_error err = LI_ERROR_INIT;

    spec.id = li_z("r");
    spec.options = li_z(options);
    ck_assert_msg(li_trigger_update(w.engine, &spec, &err) == LI_OK, "%s", err.text);
    advance_s(&w, 0);
}

START_TEST(test_trg_129_a_rotation_is_four_calls_in_order_until_one_fails)
{
    static const char *const all = "{\"secret\":\"" SECRET "\",\"token\":\"1ab23456-cde7-8912-34ab-456781901234\"}";
    li_error err = LI_ERROR_INIT;
    add_trigger(&w, "secrets", "rotate", "r", OPTIONS("\"rotateNow\":false"));
    ask(&w, "secrets", all, &got);
    ck_assert_str_eq(seen.steps, "createSecret setSecret testSecret finishSecret ");
    ck_assert_str_eq(seen.tokens[0], "1ab23456-cde7-8912-34ab-456781901234");
    ck_assert_str_eq(seen.tokens[3], seen.tokens[0]);
    ck_assert_int_eq(got.n, 1);
    ck_assert_int_eq(got.status, 200);
    memset(&seen, 0, sizeof seen);
    seen.fails_at = "setSecret";
    ask(&w, "secrets", all, &got);
    ck_assert_str_eq(seen.steps, "createSecret setSecret ");
    ck_assert_str_eq(got.verdict, "function-error");
    memset(&seen, 0, sizeof seen);
    ask(&w, "secrets", "{\"secret\":\"" SECRET "\",\"step\":\"testSecret\",\"token\":\"1ab23456-cde7-8912-34ab-456781901234\"}", &got);
    ck_assert_str_eq(seen.steps, "testSecret ");
    ck_assert_int_eq(li_trigger_occur(w.engine, "secrets", LI_Z, "{\"secret\":\"" SECRET "\",\"token\":\"short\"}", LI_Z, NULL, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "token");
    ck_assert_int_eq(li_trigger_occur(w.engine, "secrets", LI_Z, "{\"secret\":\"" SECRET "\",\"step\":\"x\",\"token\":\"1ab23456-cde7-8912-34ab-456781901234\"}",
                                      LI_Z, NULL, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "step");
}
END_TEST

START_TEST(test_trg_130_a_rotation_begins_when_it_is_added_and_then_after_so_many_days)
{
    int i;

    add_trigger(&w, "secrets", "rotate", "r", OPTIONS("\"every\":30"));
    advance_s(&w, 0);
    ck_assert_str_eq(seen.steps, ALL);
    for (i = 1; i < 4; i++)
        ck_assert_str_eq(seen.tokens[i], seen.tokens[0]);
    ck_assert_uint_ge(strlen(seen.tokens[0]), 32);
    advance_s(&w, 30 * DAY_S - 1);
    ck_assert_int_eq(seen.n, 4);
    advance_s(&w, 1);
    ck_assert_str_eq(seen.steps, ALL ALL);
    ck_assert_str_ne(seen.tokens[4], seen.tokens[0]);
    ck_assert_str_eq(seen.tokens[7], seen.tokens[4]);
    ck_assert_uint_eq(seen.at_ms[4] - seen.at_ms[0], 30 * DAY_S * 1000);
}
END_TEST

START_TEST(test_trg_130_without_rotate_now_the_first_one_waits_for_its_time)
{
    add_trigger(&w, "secrets", "rotate", "r", OPTIONS("\"every\":1,\"rotateNow\":false"));
    advance_s(&w, DAY_S - 1);
    ck_assert_int_eq(seen.n, 0);
    advance_s(&w, 1);
    ck_assert_str_eq(seen.steps, ALL);
}
END_TEST

START_TEST(test_trg_130_rotate_now_alone_rotates_once)
{
    add_trigger(&w, "secrets", "rotate", "r", OPTIONS("\"rotateNow\":true"));
    advance_s(&w, 2000 * DAY_S);
    ck_assert_str_eq(seen.steps, ALL);
}
END_TEST

static const struct expression {
    const char *text;
    int is_fine;
} expressions[] = {
    { "rate(4 hours)", 1 },
    { "rate(3 hours)", 0 },
    { "rate(1 hour)", 0 },
    { "rate(10 hours)", 1 },
    { "rate(1 day)", 1 },
    { "rate(999 days)", 1 },
    { "rate(240 minutes)", 0 },
    { "rate(0 days)", 0 },
    { "cron(0 8 1 * ? *)", 1 },
    { "cron(0 /4 ? * 2#1 *)", 0 },
    { "cron(0 0/4 * * ? *)", 1 },
    { "cron(5 8 1 * ? *)", 0 },
    { "cron(* 8 1 * ? *)", 0 },
    { "cron(0 8 1 * ? 2027)", 0 },
    { "cron(0 8 1 * ?)", 0 },
    { "cron(0,30 8 1 * ? *)", 0 },
    { "at(2027-01-01T00:00:00)", 0 },
};

START_TEST(test_trg_130_a_schedule_of_a_rotation_is_in_hours_or_days)
{
    const struct expression *e = &expressions[_i];
    li_error err = LI_ERROR_INIT;
    char options[256];

    snprintf(options, sizeof options, OPTIONS("\"rotateNow\":false,\"schedule\":\"%s\""), e->text);
    ck_assert_msg(try_trigger(&w, "secrets", "rotate", "r", options, &err) == (e->is_fine ? LI_OK : LI_E_INVALID), "%s: %s", e->text,
                  err.text);
    ck_assert(e->is_fine || err.text[0] != '\0');
}
END_TEST

START_TEST(test_trg_130_rates_and_crons_rotate_on_their_grid_in_utc)
{
    add_trigger(&w, "secrets", "rotate", "r", OPTIONS("\"rotateNow\":false,\"schedule\":\"rate(4 hours)\""));
    advance_s(&w, 4 * 3600 - 1);
    ck_assert_int_eq(seen.n, 0);
    advance_s(&w, 1);
    ck_assert_str_eq(seen.steps, ALL);
    forget();
    update(OPTIONS("\"rotateNow\":false,\"schedule\":\"cron(0 8 * * ? *)\""));
    advance_s(&w, 2 * DAY_S);
    ck_assert_str_eq(seen.steps, ALL ALL);
    ck_assert_uint_eq(seen.at_ms[0] % (DAY_S * 1000), 8 * 3600 * 1000);
}
END_TEST

START_TEST(test_trg_130_every_and_schedule_exclude_each_other)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(try_trigger(&w, "secrets", "rotate", "r", OPTIONS("\"every\":1,\"schedule\":\"rate(1 day)\""), &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "schedule");
}
END_TEST

START_TEST(test_trg_130_a_step_begins_when_the_one_before_has_succeeded)
{
    int i;

    seen.takes_ms = 60000;
    add_trigger(&w, "secrets", "rotate", "r", OPTIONS("\"rotateNow\":true"));
    advance_s(&w, 179);
    ck_assert_str_eq(seen.steps, "createSecret setSecret testSecret ");
    advance_s(&w, 1);
    ck_assert_str_eq(seen.steps, ALL);
    for (i = 1; i < 4; i++)
        ck_assert_uint_eq(seen.at_ms[i] - seen.at_ms[i - 1], 60000);
    advance_s(&w, 60);
}
END_TEST

START_TEST(test_trg_130_a_rotation_that_fails_is_tried_again_at_its_next_time_from_the_first_step)
{
    seen.fails_at = "testSecret";
    add_trigger(&w, "secrets", "rotate", "r", OPTIONS("\"every\":1"));
    advance_s(&w, DAY_S - 1);
    ck_assert_str_eq(seen.steps, "createSecret setSecret testSecret ");
    forget();
    advance_s(&w, 1);
    ck_assert_str_eq(seen.steps, ALL);
}
END_TEST

START_TEST(test_trg_130_a_rotation_stops_when_its_trigger_is_disabled_and_begins_anew_when_enabled)
{
    seen.takes_ms = 60000;
    add_trigger(&w, "secrets", "rotate", "r", OPTIONS("\"every\":1"));
    advance_s(&w, 30);
    ck_assert_int_eq(li_trigger_set_enabled(w.engine, "r", LI_Z, 0, NULL), LI_OK);
    advance_s(&w, 3 * DAY_S);
    ck_assert_str_eq(seen.steps, "createSecret ");
    forget();
    ck_assert_int_eq(li_trigger_set_enabled(w.engine, "r", LI_Z, 1, NULL), LI_OK);
    advance_s(&w, 0);
    ck_assert_str_eq(seen.steps, ALL);
}
END_TEST

START_TEST(test_trg_130_only_another_schedule_rotates_at_once_again)
{
    add_trigger(&w, "secrets", "rotate", "r", OPTIONS("\"every\":10"));
    advance_s(&w, 5 * DAY_S);
    forget();
    update(OPTIONS("\"every\":10,\"duration\":\"2h\""));
    ck_assert_int_eq(seen.n, 0);
    advance_s(&w, 5 * DAY_S);
    ck_assert_str_eq(seen.steps, ALL);
    forget();
    update(OPTIONS("\"every\":20"));
    ck_assert_str_eq(seen.steps, ALL);
    advance_s(&w, 20 * DAY_S - 1);
    ck_assert_int_eq(seen.n, 4);
    advance_s(&w, 1);
    ck_assert_int_eq(seen.n, 8);
}
END_TEST

START_TEST(test_trg_130_a_restart_rotates_nothing_and_keeps_the_grid)
{
    world mine;

    stored_new();
    stored_open(&mine, NULL);
    add_function(mine.engine, "rotate", rotate, &seen);
    add_trigger(&mine, "secrets", "rotate", "r", OPTIONS("\"every\":10"));
    advance_s(&mine, 0);
    ck_assert_str_eq(seen.steps, ALL);
    world_free(&mine);
    forget();
    stored_open(&mine, NULL);                /* its clock begins where the other one did */
    add_function(mine.engine, "rotate", rotate, &seen);
    ck_assert_uint_eq(li_trigger_each(mine.engine, NULL, 0, no_row, NULL), 1);
    advance_s(&mine, 10 * DAY_S - 1);
    ck_assert_int_eq(seen.n, 0);
    advance_s(&mine, 1);
    ck_assert_str_eq(seen.steps, ALL);
    world_free(&mine);
    stored_end();
}
END_TEST

/* Whatever allocation fails, a rotation is had later, and nothing leaks. */
START_TEST(test_trg_212_a_rotation_that_finds_no_memory_is_had_at_the_next_time)
{
    scarce s = { INT64_MAX, 0 };
    li_allocator allocator = { &scarce_ops, &s };
    int64_t k;

    for (k = 0; k < 40; k++) {
        li_engine_options options = LI_ENGINE_OPTIONS_INIT;
        world mine;

        forget();
        memset(&mine, 0, sizeof mine);
        ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &mine.clock), LI_OK);
        options.clock = mine.clock;
        options.allocator = &allocator;
        ck_assert_int_eq(li_engine_new(&mine.engine, &options, NULL), LI_OK);
        ck_assert_int_eq(li_trigger_kinds_add(mine.engine, li_services_kinds(), NULL), LI_OK);
        add_function(mine.engine, "rotate", rotate, &seen);
        add_trigger(&mine, "secrets", "rotate", "r", OPTIONS("\"every\":1,\"rotateNow\":false"));
        s.left = k;
        advance_s(&mine, DAY_S);
        s.left = INT64_MAX;
        advance_s(&mine, 10);
        forget();
        advance_s(&mine, DAY_S - 10);
        ck_assert_msg(strcmp(seen.steps, ALL) == 0, "after %lld: %s", (long long)k, seen.steps);
        world_free(&mine);
        ck_assert_int_eq(s.live, 0);
    }
}
END_TEST

#define N(a) ((int)(sizeof(a) / sizeof *(a)))

Suite *suite_rotation(void);
Suite *suite_rotation(void)
{
    Suite *s = suite_create("rotation");
    TCase *c = tcase_create("rotation");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, test_trg_129_a_rotation_is_four_calls_in_order_until_one_fails);
    tcase_add_test(c, test_trg_130_a_rotation_begins_when_it_is_added_and_then_after_so_many_days);
    tcase_add_test(c, test_trg_130_without_rotate_now_the_first_one_waits_for_its_time);
    tcase_add_test(c, test_trg_130_rotate_now_alone_rotates_once);
    tcase_add_loop_test(c, test_trg_130_a_schedule_of_a_rotation_is_in_hours_or_days, 0, N(expressions));
    tcase_add_test(c, test_trg_130_rates_and_crons_rotate_on_their_grid_in_utc);
    tcase_add_test(c, test_trg_130_every_and_schedule_exclude_each_other);
    tcase_add_test(c, test_trg_130_a_step_begins_when_the_one_before_has_succeeded);
    tcase_add_test(c, test_trg_130_a_rotation_that_fails_is_tried_again_at_its_next_time_from_the_first_step);
    tcase_add_test(c, test_trg_130_a_rotation_stops_when_its_trigger_is_disabled_and_begins_anew_when_enabled);
    tcase_add_test(c, test_trg_130_only_another_schedule_rotates_at_once_again);
    tcase_add_test(c, test_trg_130_a_restart_rotates_nothing_and_keeps_the_grid);
    tcase_add_test(c, test_trg_212_a_rotation_that_finds_no_memory_is_had_at_the_next_time);
    suite_add_tcase(s, c);
    return s;
}
