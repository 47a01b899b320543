/* test_mapping.c - event source mappings of a local queue: batches, windows, settling, throttles (the golden scenarios GS-1
 * to GS-10 as far as queues go). */
#include "fixture.h"

static world w;
static li_local_queue *queue;
static li_error err;

typedef struct poller {
    int runs;
    int fail_times;
    const char *response;
    uint64_t starts_ms[64];
    size_t records[64];
    char last[65536];
    uint64_t base_ms;
} poller;

static poller p;

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;

    while ((text = strstr(text, part)) != NULL) {
        n++;
        text += strlen(part);
    }
    return n;
}

static int32_t poll_handler(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);
    int run = p.runs++;

    (void)environment;
    (void)user;
    if (len < sizeof p.last) {
        memcpy(p.last, payload, len);
        p.last[len] = '\0';
    }
    if (run < 64) {
        p.starts_ms[run] = li_engine_now_ms(w.engine) - p.base_ms;
        p.records[run] = len < sizeof p.last ? count_of(p.last, "\"messageId\"") : 0;
    }
    if (p.fail_times-- > 0) {
        li_invocation_fail(invocation, "Boom", "");
        return LI_FAILED;
    }
    if (p.response)
        li_invocation_respond(invocation, p.response, LI_Z);
    return LI_DONE;
}

static void set_up(void)
{
    world_new(&w);
    memset(&p, 0, sizeof p);
    li_error_init(&err, sizeof err);
    p.base_ms = li_engine_now_ms(w.engine);
    queue = add_queue(w.engine, "in");
    add_function(w.engine, "poller", poll_handler, NULL);
}

static void tear_down(void)
{
    world_free(&w);
}

static li_mapping *map(uint32_t batch_size, uint64_t window_ms, uint32_t types)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_mapping *mapping = NULL;

    spec.source_arn = li_z(QUEUE "in");
    spec.function = li_z("poller");
    spec.batch_size = batch_size;
    spec.window_ms = window_ms;
    spec.response_types = types;
    ck_assert_msg(li_mapping_create(w.engine, &spec, &mapping, &err) == LI_OK, "%s", err.text);
    return mapping;
}

static void send(int n)
{
    int i;

    for (i = 0; i < n; i++)
        ck_assert_int_eq(li_local_queue_send(queue, "{ \"a\" : 1.0 }", LI_Z, NULL, 0, NULL), LI_OK);
}

static void idle(void)
{
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
}

START_TEST(test_esm_50_gs_1_25_messages_come_in_batches_of_10_and_all_are_deleted)
{
    li_mapping *mapping = map(10, 0, 0);
    li_mapping_info info;

    send(25);
    idle();
    ck_assert_int_eq(p.runs, 3);
    ck_assert_uint_eq(p.records[0] + p.records[1] + p.records[2], 25);
    ck_assert_uint_le(p.records[0], 10);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    ck_assert_int_eq(li_mapping_describe(w.engine, li_mapping_get_uuid(mapping), LI_Z, &info), LI_OK);
    ck_assert_uint_eq(info.deleted, 25);
    ck_assert_uint_eq(info.polled, 25);
    ck_assert_uint_eq(info.invoked, 3);
    ck_assert_str_eq(info.state, "Enabled");
}
END_TEST

START_TEST(test_esm_54_gs_2_a_window_of_5_s_closes_exactly_at_5_s_with_all_that_came)
{
    map(100, 5000, 0);
    send(7);
    advance_s(&w, 3);
    send(3);
    advance_s(&w, 1);
    ck_assert_int_eq(p.runs, 0);
    advance_s(&w, 1);
    ck_assert_int_eq(p.runs, 1);
    ck_assert_uint_eq(p.starts_ms[0], 5000);
    ck_assert_uint_eq(p.records[0], 10);
}
END_TEST

START_TEST(test_esm_70_esm_72_the_event_has_the_shape_of_sqs_and_the_body_its_bytes)
{
    li_record_attribute attribute;

    attribute.name = li_z("Kind");
    attribute.name.len = 4;
    attribute.type = li_z("String");
    attribute.type.len = 6;
    attribute.value = li_z("new");
    attribute.value.len = 3;
    map(10, 0, 0);
    advance_s(&w, 1);
    ck_assert_int_eq(li_local_queue_send(queue, "{ \"a\" : 1.0 }", LI_Z, &attribute, 1, NULL), LI_OK);
    idle();
    check_contains(p.last, "{\"Records\":[{\"messageId\":\"");
    check_contains(p.last, "\"receiptHandle\":\"");
    check_contains(p.last, "\"body\":\"{ \\\"a\\\" : 1.0 }\"");
    check_contains(p.last, "\"attributes\":{\"ApproximateReceiveCount\":\"1\",\"SentTimestamp\":\"1767225601000\",\"SenderId\":");
    check_contains(p.last, "\"ApproximateFirstReceiveTimestamp\":\"1767225601000\"}");
    check_contains(p.last, "\"messageAttributes\":{\"Kind\":{\"stringValue\":\"new\",\"stringListValues\":[],"     /* ESM-71 */
                           "\"binaryListValues\":[],\"dataType\":\"String\"}}");
    check_contains(p.last, "\"eventSource\":\"aws:sqs\",\"eventSourceARN\":\"" QUEUE "in\",\"awsRegion\":\"us-east-1\"}]}");
}
END_TEST

START_TEST(test_esm_78_gs_4_a_failed_batch_comes_back_when_its_visibility_ends)
{
    map(10, 0, 0);
    p.fail_times = 1;
    send(1);
    advance_s(&w, 29);
    ck_assert_int_eq(p.runs, 1);
    advance_s(&w, 1);
    ck_assert_int_eq(p.runs, 2);
    ck_assert_uint_eq(p.starts_ms[1], 30000);
    check_contains(p.last, "\"ApproximateReceiveCount\":\"2\"");
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
}
END_TEST

START_TEST(test_esm_81_gs_5_redrive_is_the_queues_and_the_functions_dead_letter_queue_is_not_used)
{
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_local_queue *dlq = add_queue(w.engine, "dlq"), *limited = NULL;
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;

    options.name = li_z("limited");
    options.max_receive_count = 2;
    options.dead_letter_queue = li_z("dlq");
    ck_assert_int_eq(li_local_queue_new(w.engine, &options, &limited, NULL), LI_OK);
    spec.source_arn = li_z(QUEUE "limited");
    spec.function = li_z("poller");
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_OK);
    p.fail_times = 100;
    ck_assert_int_eq(li_local_queue_send(limited, "x", 1, NULL, 0, NULL), LI_OK);
    advance_s(&w, 200);
    ck_assert_int_eq(p.runs, 2);
    ck_assert_uint_eq(li_local_queue_count(dlq), 1);
    ck_assert_uint_eq(li_local_queue_count(limited), 0);
}
END_TEST

START_TEST(test_esm_79_gs_6_a_throttle_is_retried_inside_the_visibility_time)
{
    map(10, 0, 0);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "poller", LI_Z, 0, NULL), LI_OK);
    send(1);
    advance_s(&w, 12);
    ck_assert_int_eq(p.runs, 0);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "poller", LI_Z, LI_UNRESERVED, NULL), LI_OK);
    advance_s(&w, 10);
    ck_assert_int_eq(p.runs, 1);
    check_contains(p.last, "\"ApproximateReceiveCount\":\"1\"");
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
}
END_TEST

START_TEST(test_esm_79_gs_7_no_invocation_uses_an_expired_receipt)
{
    map(10, 0, 0);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "poller", LI_Z, 0, NULL), LI_OK);
    send(1);
    advance_s(&w, 31);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "poller", LI_Z, LI_UNRESERVED, NULL), LI_OK);
    advance_s(&w, 60);
    ck_assert_int_eq(p.runs, 1);
    check_lacks(p.last, "\"ApproximateReceiveCount\":\"1\"");
}
END_TEST

/* The table of ESM-180: left is how many of 3 messages stay. ID is replaced by the second message's id. */
static const struct {
    const char *response;
    size_t left;
} table[] = { { "{\"batchItemFailures\":[]}", 0 },
              { "{\"batchItemFailures\":null}", 0 },
              { "{}", 0 },
              { "null", 0 },
              { "\"\"", 0 },
              { NULL, 0 },
              { "{\"batchItemFailures\":[{\"itemIdentifier\":\"\"}]}", 3 },
              { "{\"batchItemFailures\":[{\"itemIdentifier\":null}]}", 3 },
              { "{\"foo\":[]}", 3 },
              { "{\"foo\":null}", 3 },
              { "{\"batchItemFailures\":[{}]}", 3 },
              { "{\"batchItemFailures\":[{\"itemIdentifier\":\"nobody\"}]}", 3 },
              { "{\"batchItemFailures\":[{\"itemIdentifier\":7}]}", 3 },
              { "{\"batchItemFailures\":{}}", 3 },
              { "this is no JSON", 3 },
              { "{\"batchItemFailures\":[{\"itemIdentifier\":\"ID\"}]}", 1 } };

START_TEST(test_esm_180_gs_10_each_answer_settles_as_the_table_says)
{
    char answer[200], id[LI_ID_TEXT_SIZE];
    li_local_message m;
    const char *mark;

    send(3);
    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    ck_assert_int_eq(li_local_queue_peek(queue, 1, &m), LI_OK);
    li_id_format(&m.id, id);
    p.response = table[_i].response;
    mark = p.response ? strstr(p.response, "ID\"") : NULL;
    if (mark) {
        snprintf(answer, sizeof answer, "%.*s%s%s", (int)(mark - p.response), p.response, id, mark + 2);
        p.response = answer;
    }
    map(10, 0, LI_MAPPING_REPORT_BATCH_ITEM_FAILURES);
    idle();
    ck_assert_int_eq(p.runs, 1);
    ck_assert_msg(li_local_queue_count(queue) == table[_i].left, "%s: %llu stay", p.response ? p.response : "(nothing)",
                  (unsigned long long)li_local_queue_count(queue));
}
END_TEST

START_TEST(test_esm_57_without_response_types_the_answer_is_not_looked_at)
{
    p.response = "{\"batchItemFailures\":[{\"itemIdentifier\":\"\"}]}";
    map(10, 0, 0);
    send(3);
    idle();
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
}
END_TEST

START_TEST(test_esm_24_a_disabled_mapping_polls_nothing_until_it_is_enabled)
{
    li_mapping *mapping = map(10, 0, 0);
    const char *uuid = li_mapping_get_uuid(mapping);

    ck_assert_int_eq(li_mapping_set_enabled(w.engine, uuid, LI_Z, 0, &err), LI_OK);
    send(1);
    advance_s(&w, 100);
    ck_assert_int_eq(p.runs, 0);
    ck_assert_int_eq(li_mapping_set_enabled(w.engine, uuid, LI_Z, 1, &err), LI_OK);
    idle();
    ck_assert_int_eq(p.runs, 1);
    ck_assert_int_eq(li_mapping_remove(w.engine, uuid, LI_Z, &err), LI_OK);
    send(1);
    advance_s(&w, 100);
    ck_assert_int_eq(p.runs, 1);
    ck_assert_int_eq(li_mapping_remove(w.engine, "no-such", LI_Z, &err), LI_E_NOT_FOUND);
}
END_TEST

static li_mapping *removable;

static int32_t removes_itself(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    (void)user;
    p.runs++;
    ck_assert_int_eq(li_mapping_remove(li_invocation_get_engine(invocation), li_mapping_get_uuid(removable), LI_Z, NULL), LI_OK);
    return LI_DONE;
}

START_TEST(test_rel_42_a_mapping_can_be_removed_by_its_own_handler)
{
    add_function(w.engine, "poller", removes_itself, NULL);
    removable = map(10, 0, 0);
    send(1);
    idle();
    ck_assert_int_eq(p.runs, 1);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
    send(1);
    idle();
    ck_assert_int_eq(p.runs, 1);
}
END_TEST

START_TEST(test_esm_76_no_more_batches_are_in_flight_than_allowed)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_metrics m = LI_METRICS_INIT;

    w.script.takes_ms = 10000;
    spec.source_arn = li_z(QUEUE "in");
    spec.function = li_z("scripted");
    spec.batch_size = 1;
    spec.max_concurrency = 2;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_OK);
    send(5);
    idle();
    ck_assert_int_eq(li_metrics_get(w.engine, "scripted", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.concurrent_executions, 2);
    advance_s(&w, 30);
    ck_assert_int_eq(w.script.runs, 5);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
}
END_TEST

START_TEST(test_esm_4_esm_5_esm_8_esm_10_esm_11_wrong_mappings_are_refused)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_mapping *mapping = NULL, *first = map(10, 0, 0);

    spec.function = li_z("poller");
    spec.source_arn = li_z(QUEUE "in");
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, &mapping, &err), LI_E_CONFLICT);
    ck_assert_ptr_eq(mapping, first);
    spec.source_arn = li_z(QUEUE "none");
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_INVALID);
    check_contains(err.text, "NonExistentQueue");
    spec.source_arn = li_z("arn:aws:mystery:::x");
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_INVALID);
    ck_assert_str_eq(err.text, "Unrecognized event source.");
    spec.source_arn = li_z(QUEUE "in");
    spec.function = li_z("nope");
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_INVALID);
    ck_assert_str_eq(err.text, "Function does not exist");
    spec.function = li_z("poller");
    spec.batch_size = 11;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_BATCH_WINDOW);
    spec.batch_size = 10001;
    spec.window_ms = 1000;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_VALIDATION);
    spec.batch_size = 10000;
    spec.window_ms = 300001;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_VALIDATION);
}
END_TEST

START_TEST(test_esm_16_esm_211_a_removed_function_leaves_the_mapping_and_loses_no_record)
{
    map(10, 0, 0);
    ck_assert_int_eq(li_function_remove(w.engine, "poller", LI_Z, NULL), LI_OK);
    send(2);
    advance_s(&w, 300);
    ck_assert_uint_eq(li_local_queue_count(queue), 2);
    add_function(w.engine, "poller", poll_handler, NULL);
    advance_s(&w, 100);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
}
END_TEST

START_TEST(test_esm_50_gs_3_no_event_is_over_6_mib)
{
    static char body[1048576];
    uint64_t i;

    memset(body, 'x', sizeof body);
    map(100, 5000, 0);
    for (i = 0; i < 8; i++)
        ck_assert_int_eq(li_local_queue_send(queue, body, sizeof body, NULL, 0, NULL), LI_OK);
    advance_s(&w, 120);
    ck_assert_int_ge(p.runs, 2);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
}
END_TEST

Suite *suite_mapping(void);
Suite *suite_mapping(void)
{
    Suite *suite = suite_create("mapping");
    TCase *t = tcase_create("queue");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_esm_50_gs_1_25_messages_come_in_batches_of_10_and_all_are_deleted);
    tcase_add_test(t, test_esm_54_gs_2_a_window_of_5_s_closes_exactly_at_5_s_with_all_that_came);
    tcase_add_test(t, test_esm_50_gs_3_no_event_is_over_6_mib);
    tcase_add_test(t, test_esm_70_esm_72_the_event_has_the_shape_of_sqs_and_the_body_its_bytes);
    tcase_add_test(t, test_esm_78_gs_4_a_failed_batch_comes_back_when_its_visibility_ends);
    tcase_add_test(t, test_esm_81_gs_5_redrive_is_the_queues_and_the_functions_dead_letter_queue_is_not_used);
    tcase_add_test(t, test_esm_79_gs_6_a_throttle_is_retried_inside_the_visibility_time);
    tcase_add_test(t, test_esm_79_gs_7_no_invocation_uses_an_expired_receipt);
    tcase_add_loop_test(t, test_esm_180_gs_10_each_answer_settles_as_the_table_says, 0, (int)(sizeof table / sizeof table[0]));
    tcase_add_test(t, test_esm_57_without_response_types_the_answer_is_not_looked_at);
    tcase_add_test(t, test_esm_24_a_disabled_mapping_polls_nothing_until_it_is_enabled);
    tcase_add_test(t, test_rel_42_a_mapping_can_be_removed_by_its_own_handler);
    tcase_add_test(t, test_esm_76_no_more_batches_are_in_flight_than_allowed);
    tcase_add_test(t, test_esm_4_esm_5_esm_8_esm_10_esm_11_wrong_mappings_are_refused);
    tcase_add_test(t, test_esm_16_esm_211_a_removed_function_leaves_the_mapping_and_loses_no_record);
    suite_add_tcase(suite, t);
    return suite;
}
