/* test_logs.c - the log of an invocation as JSON: lines of the service, lines of the handler, and which of them are kept. */
#include "fixture.h"

Suite *suite_logs(void);

static world w;
static li_invoke_result result;

typedef struct says {
    const char *lines[4];        /* what it logs */
    int32_t verdict;
    int exits;
    uint64_t takes_ms;
} says;

static int32_t say(li_invocation *invocation, void *environment, void *user)
{
    const says *s = user;
    int i;

    (void)environment;
    for (i = 0; i < 4 && s->lines[i]; i++)
        ck_assert_int_eq(li_invocation_log(invocation, s->lines[i], LI_Z), LI_OK);
    if (s->takes_ms)
        li_invocation_simulate(invocation, s->takes_ms * LI_MS_NS);
    if (s->exits) {
        li_invocation_exit(invocation, 1);
        return LI_FAILED;
    }
    if (s->verdict == LI_DONE)
        li_invocation_respond(invocation, "\"done\"", 6);
    return s->verdict;
}

static void open_world(void)
{
    const li_invoke_result fresh = LI_INVOKE_RESULT_INIT;

    world_new(&w);
    result = fresh;
}

static void close_world(void)
{
    li_invoke_result_fini(&result);
    world_free(&w);
}

static li_status add(const char *name, const says *s, int32_t format, int32_t application, int32_t system, li_error *err)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z(name);
    spec.handler = say;
    spec.user = (void *)(uintptr_t)s;
    spec.log_format = format;
    spec.application_log_level = application;
    spec.system_log_level = system;
    return li_function_register(w.engine, &spec, NULL, err);
}

/* The tail of a call, with the request's id as ID. */
static const char *tail_of(const char *name)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    static char text[8192];
    char id[LI_ID_TEXT_SIZE], *at;

    options.log_type = LI_LOG_TYPE_TAIL;
    ck_assert_int_eq(li_invoke(w.engine, name, LI_Z, "{}", 2, &options, &result, NULL), LI_OK);
    if (result.log_tail_len > 0)
        memcpy(text, result.log_tail, result.log_tail_len);
    text[result.log_tail_len] = '\0';
    li_id_format(&result.request_id, id);
    while ((at = strstr(text, id)) != NULL) {
        memcpy(at, "ID", 2);
        memmove(at + 2, at + strlen(id), strlen(at + strlen(id)) + 1);
    }
    return text;
}

#define AT "\"time\":\"2026-01-01T00:00:0"
#define START "{" AT "0.000Z\",\"type\":\"platform.start\",\"record\":{\"requestId\":\"ID\",\"version\":\"$LATEST\"}}\n"
#define RUNTIME_DONE "{" AT "0.250Z\",\"type\":\"platform.runtimeDone\",\"record\":{\"requestId\":\"ID\",\"status\":\"success\"," \
                     "\"metrics\":{\"durationMs\":250.000,\"producedBytes\":6}}}\n"
#define REPORT "{" AT "0.250Z\",\"type\":\"platform.report\",\"record\":{\"requestId\":\"ID\",\"metrics\":{\"durationMs\":250.000," \
               "\"billedDurationMs\":250,\"memorySizeMB\":128,\"maxMemoryUsedMB\":0},\"status\":\"success\"}}\n"

/* Each level of the service's lines, after a success. */
START_TEST(test_inv_706_lines_of_the_service_are_telemetry_objects_from_their_level_on)
{
    static const struct {
        int32_t level;
        const char *tail;
    } rows[] = { { 0, START "one\n" REPORT },
                 { LI_LEVEL_DEBUG, START "one\n" RUNTIME_DONE REPORT },
                 { LI_LEVEL_INFO, START "one\n" REPORT },
                 { LI_LEVEL_WARN, "one\n" } };
    const says s = { { "one\n" }, LI_DONE, 0, 250 };

    ck_assert_int_eq(add("f", &s, LI_LOG_FORMAT_JSON, 0, rows[_i].level, NULL), LI_OK);
    ck_assert_str_eq(tail_of("f"), rows[_i].tail);
}
END_TEST

START_TEST(test_inv_706_what_fails_is_told_at_every_level)
{
    says s = { { NULL }, LI_FAILED, 0, 0 };
    const char *tail;

    ck_assert_int_eq(add("f", &s, LI_LOG_FORMAT_JSON, 0, LI_LEVEL_WARN, NULL), LI_OK);
    tail = tail_of("f");
    check_lacks(tail, "platform.start");
    check_contains(tail, "\"type\":\"platform.runtimeDone\",\"record\":{\"requestId\":\"ID\",\"status\":\"error\"");
    check_contains(tail, "\"maxMemoryUsedMB\":0},\"status\":\"error\"");
    s.exits = 1;
    tail = tail_of("f");
    check_contains(tail, "\"status\":\"error\",\"errorType\":\"Runtime.ExitError\",\"metrics\"");
    check_contains(tail, "\"status\":\"error\",\"errorType\":\"Runtime.ExitError\"}}\n");
    s.exits = 0;
    s.takes_ms = 5000;
    tail = tail_of("f");
    check_contains(tail, "\"status\":\"timeout\",\"metrics\":{\"durationMs\":3000.000,");
    check_contains(tail, "\"durationMs\":3000.000,\"billedDurationMs\":3000,");
    check_contains(tail, "},\"status\":\"timeout\"}}\n");
    ck_assert_int_eq(li_clock_advance(w.clock, 10 * LI_SECOND_NS, NULL), LI_OK);
}
END_TEST

static int32_t slow_init(li_init *init, void *user, void **environment)
{
    (void)user, (void)environment;
    li_init_simulate(init, 101 * LI_MS_NS);
    return LI_DONE;
}

START_TEST(test_inv_706_the_first_report_of_an_environment_has_its_initialisation)
{
    const says s = { { NULL }, LI_DONE, 0, 10 };
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("f");
    spec.handler = say;
    spec.init = slow_init;
    spec.user = (void *)(uintptr_t)&s;
    spec.log_format = LI_LOG_FORMAT_JSON;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
    check_contains(tail_of("f"), "\"billedDurationMs\":111,\"memorySizeMB\":128,\"maxMemoryUsedMB\":0,\"initDurationMs\":101.000}");
    check_lacks(tail_of("f"), "initDurationMs");
}
END_TEST

/* Line and threshold: kept or not. */
START_TEST(test_inv_706_lines_of_the_handler_are_kept_from_their_level_on)
{
    static const char *const names[] = { "trace", "DEBUG", "Info", "warn", "Error", "FATAL" };
    int32_t line = _i / 6 + 1, threshold = _i % 6 + 1;
    char text[80], expected[82];
    says s = { { text }, LI_DONE, 0, 0 };

    snprintf(text, sizeof text, "{\"msg\":\"m\",\"level\":\"%s\"}", names[line - 1]);
    snprintf(expected, sizeof expected, "%s\n", text);       /* a record of its own */
    ck_assert_int_eq(add("f", &s, LI_LOG_FORMAT_JSON, threshold, LI_LEVEL_WARN, NULL), LI_OK);
    ck_assert_str_eq(tail_of("f"), line >= threshold ? expected : "");
}
END_TEST

START_TEST(test_inv_706_a_line_without_a_good_level_has_info)
{
    static const char *const lines[] = { "plain\n", "{\"msg\":1}\n", "{\"level\":\"LOUD\"}\n", "{\"level\":40}\n", "{\"level\":\"warn\"\n",
                                         "[{\"level\":\"fatal\"}]\n", "{\"x\":{\"level\":\"fatal\"}}\n", "{\"level\":\"\"}\n",
                                         "{\"level\":\"fatalfatal\"}\n" };
    says s = { { lines[_i] }, LI_DONE, 0, 0 };

    ck_assert_int_eq(add("f", &s, LI_LOG_FORMAT_JSON, LI_LEVEL_INFO, LI_LEVEL_WARN, NULL), LI_OK);
    ck_assert_str_eq(tail_of("f"), lines[_i]);
    ck_assert_int_eq(add("f", &s, LI_LOG_FORMAT_JSON, LI_LEVEL_WARN, LI_LEVEL_WARN, NULL), LI_OK);
    ck_assert_str_eq(tail_of("f"), "");
}
END_TEST

static void count_line(void *self, int32_t level, const char *text, size_t len)
{
    (void)level, (void)text, (void)len;
    (*(int *)self)++;
}

START_TEST(test_inv_706_the_logger_gets_what_is_kept_and_text_is_not_filtered)
{
    static const li_logger_ops ops = { sizeof ops, 1, 0, "count", count_line };
    const says s = { { "{\"level\":\"debug\"}", "{\"level\":\"info\"}" }, LI_DONE, 0, 0 };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    int n = 0;
    li_logger logger = { &ops, &n };

    close_world();
    memset(&w, 0, sizeof w);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &w.clock), LI_OK);
    options.clock = w.clock;
    options.logger = &logger;
    ck_assert_int_eq(li_engine_new(&w.engine, &options, NULL), LI_OK);
    ck_assert_int_eq(add("f", &s, LI_LOG_FORMAT_JSON, 0, 0, NULL), LI_OK);
    ck_assert_int_eq(li_invoke(w.engine, "f", LI_Z, "{}", 2, NULL, &result, NULL), LI_OK);
    ck_assert_int_eq(n, 1);
    ck_assert_int_eq(add("f", &s, LI_LOG_FORMAT_TEXT, 0, 0, NULL), LI_OK);
    ck_assert_int_eq(li_invoke(w.engine, "f", LI_Z, "{}", 2, NULL, &result, NULL), LI_OK);
    ck_assert_int_eq(n, 3);
    check_contains(tail_of("f"), "START RequestId: ID Version: $LATEST\n{\"level\":\"debug\"}{\"level\":\"info\"}\nEND");
}
END_TEST

START_TEST(test_inv_706_levels_go_with_json_alone_and_in_their_range)
{
    static const struct {
        int32_t format, application, system, detail;
    } rows[] = { { 2, 0, 0, LI_DETAIL_LOG_FORMAT },          { -1, 0, 0, LI_DETAIL_LOG_FORMAT },
                 { 0, 3, 0, LI_DETAIL_LOG_LEVEL_TEXT },      { 0, 0, 3, LI_DETAIL_LOG_LEVEL_TEXT },
                 { 1, 7, 0, LI_DETAIL_LOG_LEVEL },           { 1, -1, 0, LI_DETAIL_LOG_LEVEL },
                 { 1, 0, 1, LI_DETAIL_LOG_LEVEL },           { 1, 0, 5, LI_DETAIL_LOG_LEVEL },
                 { 1, 0, -1, LI_DETAIL_LOG_LEVEL },          { 1, 1, 2, 0 },
                 { 1, 6, 4, 0 },                             { 0, 0, 0, 0 } };
    const says s = { { NULL }, LI_DONE, 0, 0 };
    li_function_info before = { .size = sizeof before }, after = { .size = sizeof after };
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_status status;

    ck_assert_int_eq(add("f", &s, LI_LOG_FORMAT_JSON, LI_LEVEL_ERROR, LI_LEVEL_DEBUG, NULL), LI_OK);
    ck_assert_int_eq(li_function_describe(w.engine, "f", LI_Z, NULL, 0, &before, NULL), LI_OK);
    spec.name = li_z("f");
    spec.log_format = rows[_i].format;
    spec.application_log_level = rows[_i].application;
    spec.system_log_level = rows[_i].system;
    status = li_function_update(w.engine, &spec, LI_FUNCTION_SET_LOGGING, &err);
    ck_assert_int_eq(status, rows[_i].detail ? LI_E_INVALID : LI_OK);
    ck_assert_int_eq(err.detail, rows[_i].detail);
    ck_assert_int_eq(li_function_describe(w.engine, "f", LI_Z, NULL, 0, &after, NULL), LI_OK);
    if (rows[_i].detail) {
        ck_assert_int_eq(memcmp(&before, &after, sizeof before), 0);
        ck_assert_int_eq(add("g", &s, rows[_i].format, rows[_i].application, rows[_i].system, NULL), LI_E_INVALID);
        ck_assert_int_eq(li_function_describe(w.engine, "g", LI_Z, NULL, 0, &after, NULL), LI_E_NOT_FOUND);
        return;
    }
    ck_assert_int_eq(after.log_format, rows[_i].format);
    ck_assert_int_eq(after.application_log_level, rows[_i].application);
    ck_assert_int_eq(after.system_log_level, rows[_i].system);
    ck_assert_uint_eq(after.timeout_ms, before.timeout_ms);
}
END_TEST

START_TEST(test_inv_706_a_change_of_something_else_leaves_it_and_a_version_keeps_its_own)
{
    const says s = { { NULL }, LI_DONE, 0, 0 };
    li_function_info info = { .size = sizeof info };
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    ck_assert_int_eq(add("f", &s, LI_LOG_FORMAT_JSON, 0, 0, NULL), LI_OK);
    ck_assert_int_eq(li_version_publish(w.engine, "f", LI_Z, NULL, NULL, NULL), LI_OK);
    spec.name = li_z("f");
    spec.timeout_ms = 5000;
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_TIMEOUT, NULL), LI_OK);
    ck_assert_int_eq(li_function_describe(w.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_int_eq(info.log_format, LI_LOG_FORMAT_JSON);
    ck_assert_int_eq(info.application_log_level, LI_LEVEL_INFO);      /* the standard, as the service shows it */
    ck_assert_int_eq(info.system_log_level, LI_LEVEL_INFO);
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_LOGGING, NULL), LI_OK);
    ck_assert_int_eq(li_function_describe(w.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_int_eq(info.log_format, LI_LOG_FORMAT_TEXT);
    ck_assert_int_eq(info.application_log_level, 0);
    check_contains(tail_of("f"), "START RequestId");
    check_contains(tail_of("f:1"), "\"type\":\"platform.start\",\"record\":{\"requestId\":\"ID\",\"version\":\"1\"}");
}
END_TEST

/* The order of the lines is the same when there is no handler, or no answer that fits. */
START_TEST(test_inv_704_start_comes_first_when_nothing_can_run)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("unbound");
    spec.binding = li_z("c:nothing");
    ck_assert_int_eq(li_function_create(w.engine, &spec, NULL, NULL), LI_OK);
    ck_assert_int_eq(strncmp(tail_of("unbound"), "START RequestId: ID Version: $LATEST\nEND RequestId: ID\nREPORT RequestId: ID\t", 71), 0);
}
END_TEST

typedef struct inits {
    const char *outcomes;        /* of the next initialisations: o ok, e error, t longer than limits.init_ms */
    char seen[512];
} inits;

static int32_t scripted_init(li_init *init, void *user, void **environment)
{
    inits *i = user;
    char outcome = *i->outcomes++;

    *environment = NULL;
    if (outcome == 't')
        li_init_simulate(init, 11 * LI_SECOND_NS);
    if (outcome != 'e')
        return LI_DONE;
    li_init_fail(init, "Broken", "as scripted");
    return LI_FAILED;
}

static int32_t done(li_invocation *invocation, void *environment, void *user)
{
    (void)invocation, (void)environment, (void)user;
    return LI_DONE;
}

static void see(void *user, const li_journal_line *line)
{
    inits *i = user;
    size_t n = strlen(i->seen);

    if (line->step == LI_STEP_INIT || line->step == LI_STEP_INIT_END || line->step == LI_STEP_START || line->step == LI_STEP_END)
        snprintf(i->seen + n, sizeof i->seen - n, "%s%s%s;", li_step_name(line->step), line->why[0] ? " " : "", line->why);
}

/* What initStart, initRuntimeDone and initReport, start, runtimeDone and report are made from. */
START_TEST(test_inv_442_initialisation_and_run_are_told_at_their_beginning_and_their_end)
{
    static const struct {
        const char *outcomes, *seen;
    } rows[] = { { "o", "init on-demand;init-end ok;start;end ok;start;end ok;" },
                 { "eo", "init on-demand;init-end error;init in-invoke;init-end ok;start;end ok;start;end ok;" },
                 { "eeo", "init on-demand;init-end error;init in-invoke;init-end error;end function-error;"
                          "init on-demand;init-end ok;start;end ok;" },
                 { "to", "init on-demand;init-end timeout;init in-invoke;init-end ok;start;end ok;start;end ok;" } };
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    inits i = { rows[_i].outcomes, "" };
    int k;

    spec.name = li_z("f");
    spec.handler = done;
    spec.init = scripted_init;
    spec.user = &i;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_journal_listen(w.engine, see, &i), LI_OK);
    for (k = 0; k < 2; k++)
        ck_assert_int_eq(li_invoke(w.engine, "f", LI_Z, "{}", 2, NULL, &result, NULL), LI_OK);
    li_journal_listen(w.engine, NULL, NULL);
    ck_assert_str_eq(i.seen, rows[_i].seen);
}
END_TEST

START_TEST(test_inv_706_levels_have_names)
{
    static const char *const names[] = { "", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "" };
    int32_t level;

    for (level = -1; level < 8; level++)
        ck_assert_str_eq(li_level_name(level), level < 0 ? "" : names[level]);
    for (level = 1; level < 7; level++)
        ck_assert_int_eq(li_level_parse(names[level], LI_Z), level);
    ck_assert_int_eq(li_level_parse("warn", 4), LI_LEVEL_WARN);
    ck_assert_int_eq(li_level_parse("warning", LI_Z), 0);
    ck_assert_int_eq(li_level_parse("war", LI_Z), 0);
    ck_assert_int_eq(li_level_parse(NULL, 0), 0);
}
END_TEST

Suite *suite_logs(void)
{
    Suite *s = suite_create("logs");
    TCase *t = tcase_create("JSON");

    tcase_add_checked_fixture(t, open_world, close_world);
    tcase_add_loop_test(t, test_inv_706_lines_of_the_service_are_telemetry_objects_from_their_level_on, 0, 4);
    tcase_add_test(t, test_inv_706_what_fails_is_told_at_every_level);
    tcase_add_test(t, test_inv_706_the_first_report_of_an_environment_has_its_initialisation);
    tcase_add_loop_test(t, test_inv_706_lines_of_the_handler_are_kept_from_their_level_on, 0, 36);
    tcase_add_loop_test(t, test_inv_706_a_line_without_a_good_level_has_info, 0, 9);
    tcase_add_test(t, test_inv_706_the_logger_gets_what_is_kept_and_text_is_not_filtered);
    tcase_add_loop_test(t, test_inv_706_levels_go_with_json_alone_and_in_their_range, 0, 12);
    tcase_add_test(t, test_inv_706_a_change_of_something_else_leaves_it_and_a_version_keeps_its_own);
    tcase_add_test(t, test_inv_704_start_comes_first_when_nothing_can_run);
    tcase_add_loop_test(t, test_inv_442_initialisation_and_run_are_told_at_their_beginning_and_their_end, 0, 4);
    tcase_add_test(t, test_inv_706_levels_have_names);
    suite_add_tcase(s, t);
    return s;
}
