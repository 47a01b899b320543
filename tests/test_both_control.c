/* test_both_control.c - versions, aliases, concurrency, settings, single events, limits, faults and triggers: one body each for the
 * library, the API and lambdainvoked over HTTP (INV-902). */
#include "fixture.h"

#include "support/both.h"

static const settings nothing = { -1, -1, NULL, NULL };

/* Publish, after a change: the next version. */
static void publish_next(const way *by, const char *expected)
{
    static int64_t memory = 128;

    by->configure("scripted", &(change){ -1, ++memory, NULL }, &s);
    check_good(by, 200);
    by->publish("scripted", NULL, NULL, &s);
    check_good(by, 201);
    ck_assert_str_eq(s.version, expected);
}

static void make_alias(const way *by, const char *name, const char *version)
{
    by->alias_put("scripted", &(alias){ .name = name, .version = version }, 1, &s);
    check_good(by, 201);
}

/* ---- versions and aliases */

START_TEST(test_inv_630_a_version_is_published_once_for_each_change)
{
    const way *by = the_stage.by;
    char text[STAGE_TEXT];

    publish_next(by, "1");
    by->publish("scripted", NULL, NULL, &s);
    check_good(by, 201);
    ck_assert_str_eq(s.version, "1");
    publish_next(by, "2");
    by->versions("scripted", text, &s);
    ck_assert_str_eq(text, "$LATEST 1 2 ");
    by->publish("nobody", NULL, NULL, &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->publish("scripted", NULL, "not-its-revision", &s);
    check_error(by, 412, "PreconditionFailedException");
    by->versions("scripted", text, &s);
    ck_assert_str_eq(text, "$LATEST 1 2 ");
    by->versions("nobody", text, &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

START_TEST(test_inv_632_a_published_version_does_not_change)
{
    const way *by = the_stage.by;
    char one[STAGE_TEXT], text[STAGE_TEXT];

    publish_next(by, "1");
    by->describe("scripted", "1", one, &s);
    check_good(by, 200);
    by->configure("scripted", &(change){ 9, -1, NULL }, &s);
    by->describe("scripted", "1", text, &s);
    ck_assert_str_eq(text, one);
    by->describe("scripted", NULL, text, &s);
    check_contains(text, " 9 ");
}
END_TEST

START_TEST(test_inv_128_a_qualifier_is_a_version_an_alias_or_latest)
{
    const way *by = the_stage.by;
    ask a = { .name = "scripted", .payload = "{}" };
    static const char *const rows[][2] = { { "1", "1" }, { "$LATEST", "$LATEST" }, { "live", "1" } };
    size_t i;

    publish_next(by, "1");
    make_alias(by, "live", "1");
    for (i = 0; i < 3; i++) {
        a.qualifier = rows[i][0];
        ask_with(by, &a);
        check_good(by, 200);
        ck_assert_str_eq(s.version, rows[i][1]);
    }
    a.qualifier = "2";
    ask_with(by, &a);
    check_error(by, 404, "ResourceNotFoundException");
    a.qualifier = "dead";
    ask_with(by, &a);
    check_error(by, 404, "ResourceNotFoundException");
    ck_assert_int_eq(the_stage.script->runs, 3);
}
END_TEST

START_TEST(test_inv_633_an_alias_is_made_changed_read_and_ended)
{
    const way *by = the_stage.by;
    char text[STAGE_TEXT];

    publish_next(by, "1");
    publish_next(by, "2");
    by->alias_put("scripted", &(alias){ .name = "live", .version = "1", .description = "first" }, 1, &s);
    check_good(by, 201);
    by->alias_get("scripted", "live", text, &s);
    ck_assert_str_eq(text, "live 1  0 first");
    make_alias(by, "blue", "2");
    by->aliases("scripted", text, &s);
    ck_assert_str_eq(text, "blue live ");
    by->alias_put("scripted", &(alias){ .name = "live", .additional = "2", .weight = 0.25 }, 0, &s);
    check_good(by, 200);
    by->alias_get("scripted", "live", text, &s);
    ck_assert_str_eq(text, "live 1 2 0.25 first");
    by->alias_put("scripted", &(alias){ .name = "live", .version = "2", .additional = "" }, 0, &s);
    by->alias_get("scripted", "live", text, &s);
    ck_assert_str_eq(text, "live 2  0 first");
    by->alias_remove("scripted", "live", &s);
    check_good(by, 204);
    by->alias_get("scripted", "live", text, &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->alias_remove("scripted", "live", &s);
    check_good(by, 204);
}
END_TEST

START_TEST(test_inv_634_and_inv_635_wrong_aliases_change_nothing)
{
    const way *by = the_stage.by;
    static const struct { alias given; int create, status; const char *code; } rows[] = {
        { { .name = "live", .version = "1" }, 1, 409, "ResourceConflictException" },
        { { .name = "new", .version = "7" }, 1, 404, "ResourceNotFoundException" },
        { { .name = "12", .version = "1" }, 1, 400, "ValidationException" },
        { { .name = "new", .version = "1", .additional = "1", .weight = 0.5 }, 1, 400, "InvalidParameterValueException" },
        { { .name = "new", .version = "$LATEST", .additional = "1", .weight = 0.5 }, 1, 400, "InvalidParameterValueException" },
        { { .name = "new", .version = "1", .additional = "2", .weight = 1.5 }, 1, 400, "ValidationException" },
        { { .name = "new", .version = "1", .additional = "2", .weight = -0.5 }, 1, 400, "ValidationException" },
        { { .name = "live", .version = "7" }, 0, 404, "ResourceNotFoundException" },
        { { .name = "live", .version = "2", .revision = "not-its-revision" }, 0, 412, "PreconditionFailedException" },
        { { .name = "none", .version = "2" }, 0, 404, "ResourceNotFoundException" },
    };
    char text[STAGE_TEXT], before[STAGE_TEXT];
    size_t i;

    publish_next(by, "1");
    publish_next(by, "2");
    make_alias(by, "live", "1");
    by->alias_get("scripted", "live", before, &s);
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        by->alias_put("scripted", &rows[i].given, rows[i].create, &s);
        ck_assert_msg(s.status == rows[i].status && strcmp(s.code, rows[i].code) == 0, "%s, row %zu: %d %s", by->name, i, s.status,
                      s.code);
        by->alias_get("scripted", "live", text, &s);
        ck_assert_str_eq(text, before);
        by->aliases("scripted", text, &s);
        ck_assert_str_eq(text, "live ");
    }
}
END_TEST

START_TEST(test_inv_130_an_alias_draws_its_version_at_each_call)
{
    const way *by = the_stage.by;
    ask a = { .name = "scripted:live", .payload = "{}" };
    int i, second = 0;

    publish_next(by, "1");
    publish_next(by, "2");
    by->alias_put("scripted", &(alias){ .name = "live", .version = "1", .additional = "2", .weight = 0.5 }, 1, &s);
    for (i = 0; i < 200; i++) {
        ask_with(by, &a);
        ck_assert_int_eq(s.status, 200);
        second += strcmp(s.version, "2") == 0;
    }
    ck_assert_msg(second > 100 - 29 && second < 100 + 29, "%s: %d of 200", by->name, second);     /* 4 sigma */
}
END_TEST

START_TEST(test_inv_620_a_version_that_an_alias_uses_stays)
{
    const way *by = the_stage.by;
    ask a = { .name = "scripted:1", .payload = "{}" };
    char text[STAGE_TEXT];

    publish_next(by, "1");
    publish_next(by, "2");
    make_alias(by, "live", "2");
    by->remove("scripted", "2", &s);
    check_error(by, 409, "ResourceConflictException");
    by->versions("scripted", text, &s);
    ck_assert_str_eq(text, "$LATEST 1 2 ");
    by->remove("scripted", "1", &s);
    check_good(by, 204);
    by->versions("scripted", text, &s);
    ck_assert_str_eq(text, "$LATEST 2 ");
    ask_with(by, &a);
    check_error(by, 404, "ResourceNotFoundException");
    publish_next(by, "3");       /* a number is not used again */
}
END_TEST

START_TEST(test_inv_212_waiting_events_find_their_alias_at_each_attempt)
{
    const way *by = the_stage.by;
    settings set = { -1, -1, QUEUE "done", NULL };

    publish_next(by, "1");
    publish_next(by, "2");
    make_alias(by, "live", "1");
    by->config_put("scripted", "live", &set, 0, &s);
    check_good(by, 200);
    the_stage.script->fail_times = 1;
    sent(by, "scripted:live", "{}");
    by->advance(1000);
    by->alias_put("scripted", &(alias){ .name = "live", .version = "2" }, 0, &s);
    by->advance(60000);
    ck_assert_uint_eq(by->count("done"), 1);
    check_contains(by->message("done", 0), "\"executedVersion\":\"2\"");
    check_contains(by->message("done", 0), "scripted:live\"");
}
END_TEST

/* ---- concurrency */

START_TEST(test_inv_304_and_inv_305_a_reservation_is_the_functions_not_a_versions)
{
    const way *by = the_stage.by;

    publish_next(by, "1");
    by->concurrency_put("scripted:1", 5, &s);
    check_error(by, 400, "InvalidParameterValueException");
    ck_assert_int_eq(by->concurrency_get("scripted"), -1);
    by->concurrency_put("scripted", 0, &s);
    check_good(by, 200);
    say(by, "scripted:1", "{}");
    check_error(by, 429, "TooManyRequestsException");
    say(by, "scripted", "{}");
    check_error(by, 429, "TooManyRequestsException");
    ck_assert_uint_eq(by->metric("throttles_total", "scripted"), 2);
    ck_assert_int_eq(the_stage.script->runs, 0);
}
END_TEST

START_TEST(test_inv_208_no_concurrency_ends_an_event_at_once)
{
    const way *by = the_stage.by;
    settings set = { -1, -1, NULL, QUEUE "failed" };

    by->config_put("scripted", NULL, &set, 0, &s);
    by->concurrency_put("scripted", 0, &s);
    sent(by, "scripted", "{}");
    by->advance(1000);
    ck_assert_uint_eq(by->count("failed"), 1);
    check_contains(by->message("failed", 0), "\"condition\":\"ZeroReservedConcurrency\",\"approximateInvokeCount\":0");
    check_lacks(by->message("failed", 0), "responseContext");
    ck_assert_int_eq(the_stage.script->runs, 0);
}
END_TEST

START_TEST(test_inv_320_provisioned_concurrency_is_put_gets_ready_and_ends)
{
    const way *by = the_stage.by;
    char text[STAGE_TEXT];

    publish_next(by, "1");
    by->provisioned_get("scripted", "1", text, &s);
    check_error(by, 404, "ProvisionedConcurrencyConfigNotFoundException");
    by->provisioned_put("scripted", "1", 3, &s);
    check_good(by, 202);
    by->advance(20000);
    by->provisioned_get("scripted", "1", text, &s);
    ck_assert_str_eq(text, "3 3 3 READY");
    say(by, "scripted:1", "{}");
    check_good(by, 200);
    ck_assert_uint_eq(by->metric("provisioned_concurrency_invocations_total", "scripted"), 1);
    by->provisioned_remove("scripted", "1", &s);
    check_good(by, 204);
    by->provisioned_get("scripted", "1", text, &s);
    check_error(by, 404, "ProvisionedConcurrencyConfigNotFoundException");
    by->provisioned_remove("scripted", "1", &s);
    check_good(by, 204);
}
END_TEST

START_TEST(test_inv_322_to_inv_324_wrong_provisioned_concurrency_changes_nothing)
{
    const way *by = the_stage.by;
    static const struct { const char *qualifier; int64_t n; int status; const char *code; } rows[] = {
        { "$LATEST", 1, 400, "InvalidParameterValueException" }, { "1", 0, 400, "ValidationException" },
        { "9", 1, 404, "ResourceNotFoundException" },            { "nobody", 1, 404, "ResourceNotFoundException" },
        { "1", 5, 400, "InvalidParameterValueException" },       /* over the reservation of 4 */
    };
    char text[STAGE_TEXT];
    size_t i;

    publish_next(by, "1");
    make_alias(by, "live", "1");
    by->concurrency_put("scripted", 4, &s);
    by->provisioned_put("scripted", "1", 2, &s);
    check_good(by, 202);
    by->advance(20000);
    by->provisioned_put("scripted", "live", 1, &s);      /* the version has its own */
    check_error(by, 409, "ResourceConflictException");
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        by->provisioned_put("scripted", rows[i].qualifier, rows[i].n, &s);
        ck_assert_msg(s.status == rows[i].status && strcmp(s.code, rows[i].code) == 0, "%s, row %zu: %d %s", by->name, i, s.status,
                      s.code);
    }
    by->concurrency_put("scripted", 1, &s);              /* under what is provisioned */
    check_error(by, 400, "InvalidParameterValueException");
    ck_assert_int_eq(by->concurrency_get("scripted"), 4);
    by->provisioned_get("scripted", "1", text, &s);
    ck_assert_str_eq(text, "2 2 2 READY");
}
END_TEST

/* ---- settings of events, by qualifier */

START_TEST(test_inv_214_settings_of_events_belong_to_the_qualifier_that_was_asked)
{
    const way *by = the_stage.by;
    settings one = { 0, -1, NULL, QUEUE "failed" }, found;
    char text[STAGE_TEXT];

    publish_next(by, "1");
    by->config_put("scripted", "1", &one, 0, &s);
    check_good(by, 200);
    by->config_get("scripted", NULL, &found, &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->config_get("scripted", "1", &found, &s);
    ck_assert_int_eq(found.retries, 0);
    by->config_put("scripted", NULL, &(settings){ 1, -1, NULL, NULL }, 0, &s);
    by->configs("scripted", text, &s);
    ck_assert_str_eq(text, ARN "scripted:$LATEST " ARN "scripted:1 ");
    the_stage.script->fail_times = -1;
    sent(by, "scripted:1", "{}");
    sent(by, "scripted", "{}");
    by->advance(1000);
    ck_assert_uint_eq(by->count("failed"), 1);
    by->advance(60000);
    ck_assert_int_eq(the_stage.script->runs, 3);         /* one, and one with a retry */
    by->config_remove("scripted", "1", &s);
    check_good(by, 204);
    by->config_get("scripted", "1", &found, &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

START_TEST(test_inv_251_and_inv_253_settings_that_say_nothing_or_have_no_function_are_refused)
{
    const way *by = the_stage.by;
    settings some = { 1, -1, NULL, NULL }, found;

    by->config_put("scripted", NULL, &nothing, 0, &s);
    check_error(by, 400, "InvalidParameterValueException");
    by->config_put("nobody", NULL, &some, 0, &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->config_put("scripted", NULL, &some, 1, &s);      /* nothing there to merge with */
    check_error(by, 404, "ResourceNotFoundException");
    by->config_get("scripted", NULL, &found, &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->config_remove("scripted", NULL, &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

/* ---- loops, permissions */

/* The hash of a function in a lineage: crc32 of its unqualified ARN (INV-260). */
static unsigned lineage_of(const char *arn)
{
    unsigned crc = ~0u;
    int bit;

    for (; *arn; arn++)
        for (crc ^= (unsigned char)*arn, bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
    return ~crc;
}

START_TEST(test_inv_262_and_inv_263_a_loop_is_stopped_unless_it_is_allowed)
{
    const way *by = the_stage.by;
    char trace[160];
    ask a = { .name = "scripted", .payload = "{}", .trace = trace };

    snprintf(trace, sizeof trace, "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1;Lineage=1:%08x:16", lineage_of(ARN "scripted"));
    ck_assert_int_eq(by->recursion_get("scripted"), LI_RECURSION_TERMINATE);
    by->recursion_put("scripted", 7, &s);
    check_error(by, 400, "ValidationException");
    by->recursion_put("nobody", LI_RECURSION_ALLOW, &s);
    check_error(by, 404, "ResourceNotFoundException");
    ask_with(by, &a);
    check_error(by, 400, "RecursiveInvocationException");
    a.name = "echo";                                     /* another function's lineage */
    ask_with(by, &a);
    check_good(by, 200);
    a.name = "scripted";
    by->recursion_put("scripted", LI_RECURSION_ALLOW, &s);
    check_good(by, 200);
    ck_assert_int_eq(by->recursion_get("scripted"), LI_RECURSION_ALLOW);
    ask_with(by, &a);
    check_good(by, 200);
    by->recursion_put("scripted", LI_RECURSION_TERMINATE, &s);
    ck_assert_int_eq(by->recursion_get("scripted"), LI_RECURSION_TERMINATE);
    a.type = LI_EVENT;
    ask_with(by, &a);                                    /* accepted, and dropped without an attempt */
    ck_assert_int_eq(s.status, 202);
    by->advance(1000);
    ck_assert_int_eq(the_stage.script->runs, 1);
    ck_assert_uint_eq(by->metric("recursive_invocations_dropped_total", "scripted"), 2);
    ck_assert_uint_eq(by->metric("events_dropped_total", "scripted"), 1);
}
END_TEST

START_TEST(test_trg_14_permissions_are_added_read_and_removed)
{
    const way *by = the_stage.by;
    char text[STAGE_TEXT];

    by->permission_get("scripted", NULL, text, &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->permission_add("scripted", NULL, "s3", "s3.amazonaws.com", &s);
    check_good(by, 201);
    by->permission_add("scripted", NULL, "s3", "sns.amazonaws.com", &s);
    check_error(by, 409, "ResourceConflictException");
    by->permission_add("scripted", NULL, "not an id", "sns.amazonaws.com", &s);
    check_error(by, 400, "ValidationException");
    by->permission_get("scripted", NULL, text, &s);
    check_contains(text, "\"Sid\":\"s3\"");
    check_lacks(text, "sns");
    by->permission_remove("scripted", NULL, "sns", &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->permission_remove("scripted", NULL, "s3", &s);
    check_good(by, 204);
    by->permission_get("scripted", NULL, text, &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

/* ---- single events */

START_TEST(test_rel_1_a_waiting_event_is_looked_at_listed_and_cancelled)
{
    const way *by = the_stage.by;
    char text[STAGE_TEXT], listed[STAGE_TEXT], first[40];

    by->pause("scripted", 1, &s);
    check_good(by, 204);
    sent(by, "scripted", "{}");
    snprintf(first, sizeof first, "%s", s.id);
    sent(by, "scripted", "{}");
    snprintf(listed, sizeof listed, "%s %s ", first, s.id);
    by->advance(1000);
    by->event_get(first, text, &s);
    check_good(by, 200);
    ck_assert_str_eq(text, "scripted waiting 0");
    by->events("scripted", text, &s);
    ck_assert_str_eq(text, listed);
    by->event_cancel(first, &s);
    check_good(by, 204);
    by->event_cancel(first, &s);
    check_error(by, 409, "ResourceConflictException");
    by->event_get(first, text, &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->outcome(first, text, &s);
    check_contains(text, "dropped ");
    check_contains(text, " cancelled");
    by->pause("scripted", 0, &s);
    check_good(by, 204);
    by->advance(1000);
    ck_assert_int_eq(the_stage.script->runs, 1);
    by->pause("nobody", 1, &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

START_TEST(test_rel_3_a_failed_event_is_sent_again_as_a_new_one_and_a_good_one_is_not)
{
    const way *by = the_stage.by;
    char text[STAGE_TEXT], failed[40], good[40], unknown[] = "00000000-0000-4000-8000-000000000001";

    by->config_put("scripted", NULL, &(settings){ 0, -1, NULL, NULL }, 0, &s);
    the_stage.script->fail_times = 1;
    sent(by, "scripted", "{}");
    snprintf(failed, sizeof failed, "%s", s.id);
    by->advance(1000);
    by->event_redrive(failed, &s);
    check_good(by, 202);
    ck_assert_str_ne(s.id, failed);
    snprintf(good, sizeof good, "%s", s.id);
    by->advance(1000);
    by->outcome(good, text, &s);
    ck_assert_str_eq(text, "succeeded Success none 1 0");
    by->outcome(failed, text, &s);
    check_contains(text, "dropped RetriesExhausted ");
    by->event_redrive(good, &s);
    check_error(by, 409, "ResourceConflictException");
    by->event_redrive(failed, &s);                       /* once is enough */
    check_error(by, 409, "ResourceConflictException");
    by->event_redrive(unknown, &s);
    check_error(by, 404, "ResourceNotFoundException");
    ck_assert_int_eq(the_stage.script->runs, 2);
}
END_TEST

START_TEST(test_rel_2_a_purge_ends_what_waits_and_counts_it)
{
    const way *by = the_stage.by;
    int i;

    by->pause("scripted", 1, &s);
    for (i = 0; i < 3; i++)
        sent(by, "scripted", "{}");
    ck_assert_uint_eq(by->purge("scripted", &s), 3);
    check_good(by, 200);
    ck_assert_uint_eq(by->metric("events_dropped_total", "scripted"), 3);
    ck_assert_uint_eq(by->purge("scripted", &s), 0);
    by->purge("nobody", &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->pause("scripted", 0, &s);
    by->advance(1000);
    ck_assert_int_eq(the_stage.script->runs, 0);
}
END_TEST

/* ---- settings, faults, triggers */

START_TEST(test_rel_60_settings_are_read_and_changed_within_their_range)
{
    const way *by = the_stage.by;

    ck_assert_int_eq(by->limit_get("limits.sync_request_bytes"), 6291456);
    by->limit_set("limits.sync_request_bytes", 10, &s);
    check_good(by, 200);
    ck_assert_int_eq(by->limit_get("limits.sync_request_bytes"), 10);
    by->limit_set("limits.sync_request_bytes", -5, &s);
    check_error(by, 400, "InvalidParameterValueException");
    by->limit_set("limits.nothing", 1, &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->limit_set("limits.functions", 2, &s);            /* four are there */
    check_error(by, 409, "ResourceConflictException");
    ck_assert_int_eq(by->limit_get("limits.sync_request_bytes"), 10);
    ck_assert_int_gt(by->limit_get("limits.functions"), 4);
}
END_TEST

START_TEST(test_rel_105_a_wrong_fault_plan_leaves_the_old_one)
{
    const way *by = the_stage.by;
    static const char *const wrong[] = { "{\"faults\":[{\"do\":\"explode\"}]}", "{\"faults\":[{\"do\":\"fail\",\"colour\":\"red\"}]}",
                                         "{\"faults\":[{}]}", "[]", "{" };
    size_t i;

    by->faults("{\"faults\":[{\"do\":\"fail\",\"function\":\"echo\",\"error_type\":\"Planned\"}]}", &s);
    check_good(by, 200);
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        by->faults(wrong[i], &s);
        check_error(by, 400, "InvalidParameterValueException");
    }
    say(by, "echo", "{}");
    ck_assert_str_eq(s.function_error, "Unhandled");
    check_contains(s.payload, "Planned");
    say(by, "echo", "{}");
    ck_assert_str_eq(s.function_error, "");
}
END_TEST

START_TEST(test_inv_166_pieces_of_an_answer_come_in_order_and_then_its_end)
{
    const way *by = the_stage.by;
    ask a = { .name = "streams", .payload = "\"go\"", .len = 4 };

    by->stream(&a, &s);
    check_good(by, 200);
    ck_assert_str_eq(s.payload, "one two three");
    ck_assert_str_eq(s.type, "text/plain");
    ck_assert_str_eq(s.version, "$LATEST");
    ck_assert_str_eq(s.code, "");
    a.name = "echo";                                     /* one that does not stream: its whole answer */
    by->stream(&a, &s);
    ck_assert_str_eq(s.payload, "\"go\"");
    a.name = "nobody";
    by->stream(&a, &s);
    check_error(by, 404, "ResourceNotFoundException");
    say(by, "streams", "\"go\"");                        /* one who does not take pieces gets them whole (INV-411) */
    ck_assert_str_eq(s.payload, "one two three");
}
END_TEST

START_TEST(test_inv_165_an_error_after_pieces_is_told_at_the_end)
{
    const way *by = the_stage.by;
    ask a = { .name = "streams", .payload = "\"fail\"", .len = 6 };

    by->stream(&a, &s);
    check_good(by, 200);
    ck_assert_str_eq(s.payload, "one two three");
    ck_assert_str_eq(s.code, "Midway");
}
END_TEST

START_TEST(test_trg_5_an_occurrence_comes_to_the_function_of_its_trigger)
{
    const way *by = the_stage.by;
    char text[STAGE_TEXT];

    by->trigger_add("custom", "scripted", "mine", "{\"source\":\"shop\"}", &s);
    check_good(by, 201);
    by->trigger_add("custom", "scripted", "mine", "{\"source\":\"shop\"}", &s);
    check_error(by, 409, "ResourceConflictException");
    by->trigger_add("custom", "nobody", "other", "{\"source\":\"shop\"}", &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->trigger_add("telegram", "scripted", "other", "{}", &s);
    check_error(by, 400, "InvalidParameterValueException");
    by->triggers(text);
    ck_assert_str_eq(text, "mine ");
    ck_assert_uint_eq(by->occur("custom", "{\"source\":\"shop\",\"detail\":{\"order\":1}}", &s), 1);
    check_good(by, 200);
    ck_assert_uint_eq(by->occur("custom", "{\"source\":\"other\",\"detail\":{}}", &s), 0);
    by->occur("custom", "[]", &s);
    check_error(by, 400, "InvalidParameterValueException");
    by->advance(1000);
    ck_assert_int_eq(the_stage.script->runs, 1);
    by->trigger_remove("mine", &s);
    check_good(by, 204);
    by->trigger_remove("mine", &s);
    check_error(by, 404, "ResourceNotFoundException");
    ck_assert_uint_eq(by->occur("custom", "{\"source\":\"shop\",\"detail\":{\"order\":1}}", &s), 0);
}
END_TEST

START_TEST(test_inv_721_what_is_counted_is_the_same_everywhere)
{
    const way *by = the_stage.by;

    the_stage.script->fail_times = 1;
    say(by, "scripted", "{}");
    say(by, "scripted", "{}");
    sent(by, "scripted", "{}");
    by->advance(1000);
    by->send("done", "a message", &s);
    check_good(by, 200);
    ck_assert_uint_eq(by->count("done"), 1);
    ck_assert_str_eq(by->message("done", 0), "a message");
    ck_assert_uint_eq(by->metric("invocations_total", "scripted"), 3);
    ck_assert_uint_eq(by->metric("errors_total", "scripted"), 1);
    ck_assert_uint_eq(by->metric("async_events_received_total", "scripted"), 1);
    ck_assert_uint_eq(by->metric("events_succeeded_total", "scripted"), 1);
    ck_assert_uint_eq(by->metric("invocations_total", NULL), 3);
}
END_TEST

Suite *suite_both_control(void)
{
    Suite *suite = both_suite("both_control");

    ADD(test_inv_630_a_version_is_published_once_for_each_change);
    ADD(test_inv_632_a_published_version_does_not_change);
    ADD(test_inv_128_a_qualifier_is_a_version_an_alias_or_latest);
    ADD(test_inv_633_an_alias_is_made_changed_read_and_ended);
    ADD(test_inv_634_and_inv_635_wrong_aliases_change_nothing);
    ADD(test_inv_130_an_alias_draws_its_version_at_each_call);
    ADD(test_inv_620_a_version_that_an_alias_uses_stays);
    ADD(test_inv_212_waiting_events_find_their_alias_at_each_attempt);
    ADD(test_inv_304_and_inv_305_a_reservation_is_the_functions_not_a_versions);
    ADD(test_inv_208_no_concurrency_ends_an_event_at_once);
    ADD(test_inv_320_provisioned_concurrency_is_put_gets_ready_and_ends);
    ADD(test_inv_322_to_inv_324_wrong_provisioned_concurrency_changes_nothing);
    ADD(test_inv_214_settings_of_events_belong_to_the_qualifier_that_was_asked);
    ADD(test_inv_251_and_inv_253_settings_that_say_nothing_or_have_no_function_are_refused);
    ADD(test_inv_262_and_inv_263_a_loop_is_stopped_unless_it_is_allowed);
    ADD(test_trg_14_permissions_are_added_read_and_removed);
    ADD(test_rel_1_a_waiting_event_is_looked_at_listed_and_cancelled);
    ADD(test_rel_3_a_failed_event_is_sent_again_as_a_new_one_and_a_good_one_is_not);
    ADD(test_rel_2_a_purge_ends_what_waits_and_counts_it);
    ADD(test_rel_60_settings_are_read_and_changed_within_their_range);
    ADD(test_rel_105_a_wrong_fault_plan_leaves_the_old_one);
    ADD(test_inv_166_pieces_of_an_answer_come_in_order_and_then_its_end);
    ADD(test_inv_165_an_error_after_pieces_is_told_at_the_end);
    ADD(test_trg_5_an_occurrence_comes_to_the_function_of_its_trigger);
    ADD(test_inv_721_what_is_counted_is_the_same_everywhere);
    return suite;
}
