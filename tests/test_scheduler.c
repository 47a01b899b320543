/* test_scheduler.c - EventBridge Scheduler: its options, its event, context words, retries and dead letters (TRG-60..67). */
#include "firing_help.h"

#define AT "\"name\":\"n\",\"expression\":\"at(2026-01-01T01:00:00)\""

typedef struct refused {
    const char *options;
    const char *member;
} refused;

static const refused bad[] = {
    { "{\"expression\":\"rate(1 hour)\"}", "name" },
    { "{\"name\":\"n\"}", "expression" },
    { "{\"name\":\"\",\"expression\":\"rate(1 hour)\"}", "name" },
    { "{\"name\":\"a/b\",\"expression\":\"rate(1 hour)\"}", "name" },
    { "{\"name\":\"a23456789a123456789a123456789a123456789a123456789a123456789a1234x\",\"expression\":\"rate(1 hour)\"}", "name" },
    { "{\"name\":\"n\",\"expression\":\"rate(1 week)\"}", "rate(1 week)" },
    { "{" AT ",\"timezone\":\"Mars Olympus\"}", "Mars Olympus" },
    { "{" AT ",\"flexible\":\"MAYBE\"}", "flexible" },
    { "{" AT ",\"flexible\":\"FLEXIBLE\"}", "window" },
    { "{" AT ",\"flexible\":\"FLEXIBLE\",\"window\":0}", "window" },
    { "{" AT ",\"flexible\":\"FLEXIBLE\",\"window\":1441}", "window" },
    { "{" AT ",\"start\":\"soon\"}", "start" },
    { "{" AT ",\"afterCompletion\":\"KEEP\"}", "afterCompletion" },
    { "{" AT ",\"input\":\"{\"}", "input" },
    { "{" AT ",\"input\":\"\"}", "input" },
    { "{" AT ",\"maxAge\":59}", "maxAge" },
    { "{" AT ",\"maxAge\":86401}", "maxAge" },
    { "{" AT ",\"maxAttempts\":186}", "maxAttempts" },
    { "{" AT ",\"maxAttempts\":-1}", "maxAttempts" },
    { "{" AT ",\"deadLetterArn\":\"arn:aws:sns:us-east-1:000000000000:t\"}", "deadLetterArn" },
    { "{" AT ",\"deadLetterArn\":\"arn:aws:sqs:us-east-1:000000000000:q.fifo\"}", "deadLetterArn" },
    { "{" AT ",\"colour\":1}", "colour" },
};

START_TEST(test_trg_60_61_what_a_schedule_cannot_be_is_said)
{
    world w;
    notes *s = noted_world(&w);

    refuse_trigger(&w, "scheduler", bad[_i].options, bad[_i].member);
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_60_the_limits_of_a_schedule_are_fine)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "scheduler", "a",
                "{\"name\":\"a23456789a123456789a123456789a123456789a123456789a123456789a1234\",\"expression\":\"rate(1 hours)\","
                "\"group\":\"g\",\"description\":\"\",\"timezone\":\"Europe/Berlin\",\"start\":\"2026-02-01T00:00:00+01:00\","
                "\"end\":\"2026-03-01T00:00:00Z\",\"flexible\":\"FLEXIBLE\",\"window\":1440,\"afterCompletion\":\"DELETE\","
                "\"maxAge\":60,\"maxAttempts\":0,\"deadLetterArn\":\"" QUEUE "q\",\"roleArn\":\"arn:aws:iam::000000000000:role/r\","
                "\"kmsKeyArn\":\"arn:aws:kms:us-east-1:000000000000:key/k\"}");
    add_trigger(&w, "scheduler", "b", "{" AT ",\"window\":null,\"maxAge\":86400,\"maxAttempts\":185}");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_62_context_words_are_replaced_at_each_firing)
{
    char id[2][17];
    world w;
    notes *s = noted_world(&w);
    int i;

    add_trigger(&w, "scheduler", "t",
                "{\"name\":\"hourly\",\"group\":\"g\",\"expression\":\"cron(0 * * * ? *)\",\"timezone\":\"Asia/Kathmandu\","
                "\"input\":\"{\\\"arn\\\":\\\"<aws.scheduler.schedule-arn>\\\",\\\"at\\\":\\\"<aws.scheduler.scheduled-time>\\\","
                "\\\"id\\\":\\\"<aws.scheduler.execution-id>\\\",\\\"n\\\":\\\"<aws.scheduler.attempt-number>\\\","
                "\\\"other\\\":\\\"<aws.scheduler> < <aws.scheduler.x>\\\"}\"}");
    refuse_trigger(&w, "scheduler", "{" AT ",\"input\":\"<aws.scheduler.scheduled-time>\"}", "input");
    advance_s(&w, 2 * 3600);
    ck_assert_int_eq(s->n, 2);
    for (i = 0; i < 2; i++) {
        const char *p = strstr(s->payload[i], "\"id\":\"");

        check_contains(s->payload[i], "{\"arn\":\"arn:aws:scheduler:us-east-1:000000000000:schedule/g/hourly\",");
        check_contains(s->payload[i], i ? "\"at\":\"2026-01-01T01:15:00Z\"" : "\"at\":\"2026-01-01T00:15:00Z\"");
        check_contains(s->payload[i], "\"n\":\"1\",\"other\":\"<aws.scheduler> < <aws.scheduler.x>\"}");
        ck_assert(p && strspn(p + 6, "0123456789abcdef") == 16 && p[22] == '"');
        memcpy(id[i], p + 6, 16);
        id[i][16] = '\0';
    }
    ck_assert_str_ne(id[0], id[1]);
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_63_without_input_the_function_gets_an_envelope)
{
    char expected[600];
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "scheduler", "t", "{" AT "}");
    advance_s(&w, 3600);
    ck_assert_int_eq(s->n, 1);
    snprintf(expected, sizeof expected,
             "{\"version\":\"0\",\"id\":\"%.36s\",\"detail-type\":\"Scheduled Event\",\"source\":\"aws.scheduler\","
             "\"account\":\"000000000000\",\"time\":\"2026-01-01T01:00:00Z\",\"region\":\"us-east-1\","
             "\"resources\":[\"arn:aws:scheduler:us-east-1:000000000000:schedule/default/n\"],\"detail\":\"{}\"}",
             s->payload[0] + strlen("{\"version\":\"0\",\"id\":\""));
    ck_assert_str_eq(s->payload[0], expected);
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_64_a_name_is_taken_once_in_its_group)
{
    li_error err = LI_ERROR_INIT;
    li_trigger_info info;
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "scheduler", "a", "{" AT "}");
    add_trigger(&w, "scheduler", "b", "{" AT ",\"group\":\"other\"}");
    ck_assert_int_eq(try_trigger(&w, "scheduler", "c", "{" AT ",\"group\":\"default\"}", &err), LI_E_CONFLICT);
    ck_assert(!has_trigger(&w, "c", &info));
    ck_assert_int_eq(li_trigger_remove(w.engine, "a", LI_Z, NULL), LI_OK);
    add_trigger(&w, "scheduler", "c", "{" AT "}");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_64_an_update_replaces_every_field)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "scheduler", "t", "{" AT ",\"input\":\"1\",\"timezone\":\"Asia/Tokyo\"}");
    update_trigger(&w, "t", "{\"name\":\"n\",\"expression\":\"at(2026-01-01T02:00:00)\"}");
    advance_s(&w, 86400);
    ck_assert_int_eq(s->n, 1);
    ck_assert_uint_eq(s->at_ms[0], 2 * HOUR_MS);
    check_contains(s->payload[0], "\"aws.scheduler\"");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_65_a_window_is_part_of_the_schedule)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "scheduler", "t",
                "{\"name\":\"n\",\"expression\":\"at(2026-01-01T01:00:00)\",\"flexible\":\"FLEXIBLE\",\"window\":15,"
                "\"input\":\"\\\"<aws.scheduler.scheduled-time>\\\"\"}");
    advance_s(&w, 86400);
    ck_assert_int_eq(s->n, 1);
    ck_assert_uint_gt(s->at_ms[0], HOUR_MS);
    ck_assert_uint_lt(s->at_ms[0], HOUR_MS + 15 * MINUTE_MS);
    ck_assert_str_eq(s->payload[0], "\"2026-01-01T01:00:00Z\"");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_66_a_schedule_goes_after_its_last_invocation)
{
    li_trigger_info info;
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "scheduler", "t", "{" AT ",\"afterCompletion\":\"DELETE\"}");
    advance_s(&w, 3600);
    ck_assert_int_eq(s->n, 1);
    ck_assert(!has_trigger(&w, "t", &info));
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_67_two_schedules_at_one_second_are_two_invocations)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "scheduler", "a", "{" AT ",\"input\":\"1\"}");
    add_trigger(&w, "scheduler", "b", "{\"name\":\"m\",\"expression\":\"at(2026-01-01T01:00:00)\",\"input\":\"2\"}");
    advance_s(&w, 3600);
    ck_assert_int_eq(s->n, 2);
    ck_assert_str_eq(s->payload[0], "1");
    ck_assert_str_eq(s->payload[1], "2");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_150_a_rate_without_a_start_begins_at_once)
{
    world w;
    notes *s = noted_world(&w);

    advance_s(&w, 30);
    add_trigger(&w, "scheduler", "t", "{\"name\":\"n\",\"expression\":\"rate(5 minutes)\"}");
    advance_s(&w, 0);
    ck_assert_int_eq(s->n, 1);
    advance_s(&w, 300);
    ck_assert_int_eq(s->n, 2);
    ck_assert_uint_eq(s->at_ms[1], 330000);
    /* A pause does not move the grid. */
    set_enabled(&w, "t", 0);
    advance_s(&w, 1000);
    set_enabled(&w, "t", 1);
    advance_s(&w, 300);
    ck_assert_int_eq(s->n, 3);
    ck_assert_uint_eq(s->at_ms[2], 30000 + 5 * 300000);
    noted_free(&w, s);
}
END_TEST

/* ---- what Lambda does not take */

static const char *attribute(li_local_queue *queue, size_t index, const char *name)
{
    static char text[300];
    li_local_message m;
    size_t i;

    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    ck_assert_int_eq(li_local_queue_peek(queue, index, &m), LI_OK);
    for (i = 0; i < m.n_attributes; i++)
        if (text_is(m.attributes[i].name.ptr, m.attributes[i].name.len, name)) {
            snprintf(text, sizeof text, "%.*s", (int)m.attributes[i].value.len, m.attributes[i].value.ptr);
            return text;
        }
    return "(none)";
}

START_TEST(test_trg_61_a_missing_function_is_not_tried_again_and_leaves_a_dead_letter)
{
    world w;
    notes *s = noted_world(&w);
    li_local_queue *queue = add_queue(w.engine, "dead");

    add_trigger(&w, "scheduler", "t", "{" AT ",\"input\":\"{\\\"n\\\":\\\"<aws.scheduler.attempt-number>\\\"}\",\"deadLetterArn\":\"" QUEUE "dead\"}");
    ck_assert_int_eq(li_function_remove(w.engine, "noter", LI_Z, NULL), LI_OK);
    advance_s(&w, 3600);
    ck_assert_str_eq(message(queue, 0), "{\"n\":\"1\"}");
    ck_assert_str_eq(attribute(queue, 0, "SCHEDULE_ARN"), "arn:aws:scheduler:us-east-1:000000000000:schedule/default/n");
    ck_assert_str_eq(attribute(queue, 0, "TARGET_ARN"), ARN "noter");
    ck_assert_str_eq(attribute(queue, 0, "ERROR_CODE"), "NO_RESOURCE");
    ck_assert_str_eq(attribute(queue, 0, "SCHEDULED_TIME"), "2026-01-01T01:00:00Z");
    ck_assert_str_eq(attribute(queue, 0, "RETRY_ATTEMPTS"), "0");
    ck_assert_str_eq(attribute(queue, 0, "EXHAUSTED_RETRY_CONDITION"), "(none)");
    ck_assert_uint_eq(strlen(attribute(queue, 0, "EXECUTION_ID")), 16);
    noted_free(&w, s);
}
END_TEST

/* A queue that takes nothing more: each submit is refused as full, which a service tries again. */
static void fill_up(world *w)
{
    ck_assert_int_eq(li_config_set(w->engine, "limits.queued_events", 1, NULL), LI_OK);
    ck_assert_int_eq(li_function_pause(w->engine, "noter", LI_Z, NULL), LI_OK);
    send_event(w, "noter", "0");
}

START_TEST(test_trg_61_retries_end_with_the_attempts)
{
    world w;
    notes *s = noted_world(&w);
    li_local_queue *queue = add_queue(w.engine, "dead");

    add_trigger(&w, "scheduler", "t",
                "{" AT ",\"input\":\"{\\\"n\\\":\\\"<aws.scheduler.attempt-number>\\\"}\",\"maxAttempts\":3,"
                "\"deadLetterArn\":\"" QUEUE "dead\"}");
    fill_up(&w);
    advance_s(&w, 3600 + 6);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
    advance_s(&w, 1); /* 1 s, 2 s and 4 s */
    ck_assert_str_eq(message(queue, 0), "{\"n\":\"4\"}");
    ck_assert_str_eq(attribute(queue, 0, "RETRY_ATTEMPTS"), "3");
    ck_assert_str_eq(attribute(queue, 0, "ERROR_CODE"), "THROTTLING");
    ck_assert_str_eq(attribute(queue, 0, "EXHAUSTED_RETRY_CONDITION"), "MaximumRetryAttempts");
    noted_free(&w, s);
}
END_TEST

Suite *suite_scheduler(void);
Suite *suite_scheduler(void)
{
    Suite *suite = suite_create("scheduler");
    TCase *options = tcase_create("options"), *event = tcase_create("event"), *retry = tcase_create("retry");

    tcase_add_loop_test(options, test_trg_60_61_what_a_schedule_cannot_be_is_said, 0, sizeof bad / sizeof *bad);
    tcase_add_test(options, test_trg_60_the_limits_of_a_schedule_are_fine);
    tcase_add_test(options, test_trg_64_a_name_is_taken_once_in_its_group);
    tcase_add_test(options, test_trg_64_an_update_replaces_every_field);
    suite_add_tcase(suite, options);
    tcase_add_test(event, test_trg_62_context_words_are_replaced_at_each_firing);
    tcase_add_test(event, test_trg_63_without_input_the_function_gets_an_envelope);
    tcase_add_test(event, test_trg_65_a_window_is_part_of_the_schedule);
    tcase_add_test(event, test_trg_66_a_schedule_goes_after_its_last_invocation);
    tcase_add_test(event, test_trg_67_two_schedules_at_one_second_are_two_invocations);
    tcase_add_test(event, test_trg_150_a_rate_without_a_start_begins_at_once);
    suite_add_tcase(suite, event);
    tcase_add_test(retry, test_trg_61_a_missing_function_is_not_tried_again_and_leaves_a_dead_letter);
    tcase_add_test(retry, test_trg_61_retries_end_with_the_attempts);
    suite_add_tcase(suite, retry);
    return suite;
}
