/* test_mapping.c - event source mappings of a local queue: batches, windows, settling, throttles (the golden scenarios GS-1
 * to GS-10 as far as queues go). */
#include "fixture.h"

#include <pthread.h>
#include <sched.h>

#include <lambdainvoke/pattern.h>

#include "source/batch.h"

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

/* A record leaves its source when it succeeded or no filter let it pass; one that failed stays, until it has succeeded or the
 * source's own dead-letter queue has it. */
START_TEST(test_rel_14_a_source_lets_go_only_of_records_that_are_dealt_with)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_local_queue *dlq = add_queue(w.engine, "dlq"), *source = NULL;

    options.name = li_z("source");
    options.max_receive_count = 2;
    options.dead_letter_queue = li_z("dlq");
    ck_assert_int_eq(li_local_queue_new(w.engine, &options, &source, NULL), LI_OK);
    spec.source_arn = li_z(QUEUE "source");
    spec.function = li_z("poller");
    spec.batch_size = 1;
    spec.filters = li_z("[{\"body\":{\"keep\":[1]}}]");
    spec.filtering = li_pattern_filter_ops();
    ck_assert_msg(li_mapping_create(w.engine, &spec, NULL, &err) == LI_OK, "%s", err.text);
    ck_assert_int_eq(li_local_queue_send(source, "{\"keep\":0}", LI_Z, NULL, 0, NULL), LI_OK);
    idle();
    ck_assert_int_eq(p.runs, 0);
    ck_assert_uint_eq(li_local_queue_count(source), 0);          /* filtered out */
    p.fail_times = 1;
    ck_assert_int_eq(li_local_queue_send(source, "{\"keep\":1}", LI_Z, NULL, 0, NULL), LI_OK);
    idle();
    ck_assert_int_eq(p.runs, 1);
    ck_assert_uint_eq(li_local_queue_count(source), 1);          /* failed: still there */
    advance_s(&w, 30);
    ck_assert_int_eq(p.runs, 2);
    ck_assert_uint_eq(li_local_queue_count(source), 0);          /* succeeded */
    ck_assert_uint_eq(li_local_queue_count(dlq), 0);
    p.fail_times = 100;
    ck_assert_int_eq(li_local_queue_send(source, "{\"keep\":1}", LI_Z, NULL, 0, NULL), LI_OK);
    idle();
    advance_s(&w, 29);
    ck_assert_uint_eq(li_local_queue_count(source) + li_local_queue_count(dlq), 1);
    advance_s(&w, 100);
    ck_assert_int_eq(p.runs, 4);
    ck_assert_uint_eq(li_local_queue_count(source), 0);
    ck_assert_uint_eq(li_local_queue_count(dlq), 1);             /* handed over */
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

/* ---- what closes a batch, pure */

START_TEST(test_esm_50_a_batch_closes_at_its_count)
{
    lii_cut cut;

    lii_cut_begin(&cut, 2, LII_BATCH_BYTES);
    ck_assert_int_eq(lii_cut_add(&cut, 100), 1);
    ck_assert_int_eq(cut.is_closed, 0);
    ck_assert_int_eq(lii_cut_add(&cut, 100), 1);
    ck_assert_int_eq(cut.is_closed, 1);
    ck_assert_int_eq(lii_cut_add(&cut, 1), 0);
    ck_assert_uint_eq(cut.n, 2);
}
END_TEST

START_TEST(test_esm_50_a_batch_closes_before_6291456_encoded_bytes_are_passed)
{
    lii_cut cut;
    size_t half = (LII_BATCH_BYTES - LII_BATCH_ENVELOPE) / 2;

    lii_cut_begin(&cut, 100, LII_BATCH_BYTES);
    ck_assert_int_eq(lii_cut_add(&cut, half), 1);
    ck_assert_int_eq(lii_cut_add(&cut, LII_BATCH_BYTES - LII_BATCH_ENVELOPE - half), 1);
    ck_assert_uint_eq(cut.bytes, LII_BATCH_BYTES);
    ck_assert_int_eq(cut.is_closed, 0);
    ck_assert_int_eq(lii_cut_add(&cut, 1), 0);
    ck_assert_int_eq(cut.is_closed, 1);
    lii_cut_begin(&cut, 100, LII_BATCH_BYTES);
    ck_assert_int_eq(lii_cut_add(&cut, half), 1);
    ck_assert_int_eq(lii_cut_add(&cut, LII_BATCH_BYTES - LII_BATCH_ENVELOPE - half + 1), 0);
    ck_assert_uint_eq(cut.n, 1);
}
END_TEST

START_TEST(test_esm_52_a_record_too_large_alone_is_a_batch_of_its_own)
{
    lii_cut cut;

    lii_cut_begin(&cut, 100, LII_BATCH_BYTES);
    ck_assert_int_eq(lii_cut_add(&cut, SIZE_MAX), 1);
    ck_assert_int_eq(lii_cut_add(&cut, 1), 0);
    ck_assert_int_eq(lii_cut_is_due(&cut, 0, 5000, 0), 1);
}
END_TEST

START_TEST(test_esm_54_a_window_closes_at_its_end_and_0_at_the_first_record)
{
    lii_cut cut;

    lii_cut_begin(&cut, 100, LII_BATCH_BYTES);
    ck_assert_int_eq(lii_cut_is_due(&cut, 1000, 0, 9000), 0);
    lii_cut_add(&cut, 10);
    ck_assert_int_eq(lii_cut_is_due(&cut, 1000, 5000, 5999), 0);
    ck_assert_int_eq(lii_cut_is_due(&cut, 1000, 5000, 6000), 1);
    ck_assert_int_eq(lii_cut_is_due(&cut, 1000, 0, 1000), 1);
    ck_assert_int_eq(lii_cut_is_due(&cut, 1000, 5000, 0), 0);
}
END_TEST

/* ---- batches of the poller */

typedef struct cuts {
    int n;
    uint64_t at_ms[8];
    size_t len[8];
    char firsts[64];             /* the first letter of each body, a stroke between batches */
    int all_first_receives;
} cuts;

static cuts c;

static int32_t note_bodies(li_invocation *invocation, void *environment, void *user)
{
    static const char body[] = "\"body\":\"";
    size_t len, at;
    const char *p0 = li_invocation_get_payload(invocation, &len), *p1 = p0, *end = p0 + len;

    (void)environment;
    (void)user;
    c.at_ms[c.n] = li_engine_now_ms(w.engine) - p.base_ms;
    c.len[c.n++] = len;
    while ((p1 = memmem(p1, (size_t)(end - p1), body, sizeof body - 1)) != NULL) {
        p1 += sizeof body - 1;
        at = strlen(c.firsts);
        c.firsts[at] = *p1;
        c.firsts[at + 1] = '\0';
    }
    strcat(c.firsts, "|");
    if (memmem(p0, len, "\"ApproximateReceiveCount\":\"2\"", 29))
        c.all_first_receives = 0;
    return LI_DONE;
}

static void note(const char *function)
{
    memset(&c, 0, sizeof c);
    c.all_first_receives = 1;
    add_function(w.engine, function, note_bodies, NULL);
}

START_TEST(test_esm_51_gs_3_what_does_not_fit_opens_the_next_batch_in_order)
{
    static char body[1048576];
    int i;

    note("poller");
    memset(body, 'x', sizeof body);
    map(100, 5000, 0);
    for (i = 0; i < 8; i++) {
        body[0] = (char)('0' + i);
        ck_assert_int_eq(li_local_queue_send(queue, body, sizeof body, NULL, 0, NULL), LI_OK);
    }
    advance_s(&w, 29);
    ck_assert_int_eq(c.n, 2);
    ck_assert_str_eq(c.firsts, "01234|567|");
    ck_assert_uint_le(c.len[0], LII_BATCH_BYTES);
    ck_assert_uint_eq(c.at_ms[0], 0);
    ck_assert_uint_eq(c.at_ms[1], 5000);
    ck_assert_int_eq(c.all_first_receives, 1);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
}
END_TEST

START_TEST(test_esm_50_records_that_trickle_in_fill_a_batch_of_100)
{
    int i;

    map(100, 300000, 0);
    for (i = 0; i < 100; i++) {
        ck_assert_int_eq(p.runs, 0);
        send(1);
        idle();
        if (i < 99)
            advance_s(&w, 1);
    }
    ck_assert_int_eq(p.runs, 1);
    ck_assert_uint_eq(p.starts_ms[0], 99000);
    ck_assert_uint_eq(p.records[0], 100);
}
END_TEST

START_TEST(test_esm_82_a_window_over_the_visibility_time_hides_the_messages_longer)
{
    note("poller");
    map(100, 60000, 0);
    send(2);
    advance_s(&w, 59);
    ck_assert_int_eq(c.n, 0);
    advance_s(&w, 61);
    ck_assert_int_eq(c.n, 1);
    ck_assert_uint_eq(c.at_ms[0], 60000);
    ck_assert_str_eq(c.firsts, "{{|");
    ck_assert_int_eq(c.all_first_receives, 1);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
}
END_TEST

START_TEST(test_esm_72_messages_purged_while_they_are_gathered_are_still_whole)
{
    map(100, 5000, 0);
    send(3);
    advance_s(&w, 3);
    li_local_queue_purge(queue);
    advance_s(&w, 3);
    ck_assert_int_eq(p.runs, 1);
    ck_assert_uint_eq(count_of(p.last, "\"body\":\"{ \\\"a\\\" : 1.0 }\""), 3);
}
END_TEST

START_TEST(test_esm_24_what_is_gathered_is_given_back_when_the_mapping_is_disabled)
{
    li_mapping *mapping = map(100, 5000, 0);

    send(2);
    advance_s(&w, 1);
    ck_assert_uint_eq(li_local_queue_visible(queue), 0);
    ck_assert_int_eq(li_mapping_set_enabled(w.engine, li_mapping_get_uuid(mapping), LI_Z, 0, &err), LI_OK);
    idle();
    ck_assert_uint_eq(li_local_queue_visible(queue), 2);
    advance_s(&w, 100);
    ck_assert_int_eq(p.runs, 0);
}
END_TEST

START_TEST(test_esm_24_a_batch_in_flight_is_settled_after_its_mapping_is_removed)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_mapping *mapping = NULL;
    char uuid[40];

    w.script.takes_ms = 10000;
    spec.source_arn = li_z(QUEUE "in");
    spec.function = li_z("scripted");
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, &mapping, &err), LI_OK);
    strcpy(uuid, li_mapping_get_uuid(mapping));
    send(3);
    advance_s(&w, 1);
    ck_assert_int_eq(li_mapping_remove(w.engine, uuid, LI_Z, &err), LI_OK);
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, &mapping, &err), LI_OK);
    ck_assert_str_ne(li_mapping_get_uuid(mapping), uuid);
    ck_assert_uint_eq(li_local_queue_count(queue), 3);
    advance_s(&w, 10);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
    send(1);
    advance_s(&w, 20);
    ck_assert_int_eq(w.script.runs, 2);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
}
END_TEST

START_TEST(test_esm_210_throttles_halve_the_batches_at_once_and_successes_bring_them_back)
{
    li_mapping *mapping;
    li_mapping_info info;
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_metrics m = LI_METRICS_INIT;

    w.script.takes_ms = 1000;
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 1, NULL), LI_OK);
    spec.source_arn = li_z(QUEUE "in");
    spec.function = li_z("scripted");
    spec.batch_size = 1;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, &mapping, &err), LI_OK);
    send(20);
    advance_s(&w, 120);
    ck_assert_int_eq(w.script.runs, 20);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    ck_assert_int_eq(li_mapping_describe(w.engine, li_mapping_get_uuid(mapping), LI_Z, &info), LI_OK);
    ck_assert_uint_eq(info.deleted, 20);
    ck_assert_uint_eq(info.invoked, 20);
    ck_assert_int_eq(li_metrics_get(w.engine, "scripted", LI_Z, &m), LI_OK);
    ck_assert_uint_ge(m.throttles, 4);
    ck_assert_uint_le(m.throttles, 20);
}
END_TEST

START_TEST(test_esm_11_the_same_function_by_another_form_of_its_name_is_the_same_pair)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_mapping *first = map(10, 0, 0), *there = NULL;

    spec.source_arn = li_z(QUEUE "in");
    spec.function = li_z(ARN "poller");
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, &there, &err), LI_E_CONFLICT);
    ck_assert_ptr_eq(there, first);
    ck_assert_str_eq(err.subject, li_mapping_get_uuid(first));
    spec.function = li_z("echo");
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, &there, &err), LI_OK);
}
END_TEST

typedef struct listed {
    char functions[64];
    uint32_t concurrency;
} listed;

static void list_one(void *user, const li_mapping_info *info)
{
    listed *l = user;

    strcat(strcat(l->functions, info->function), " ");
    l->concurrency = info->max_concurrency;
}

START_TEST(test_esm_76_mappings_are_listed_in_order_as_they_were_made)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    listed l = { "", 0 };
    li_mapping *first = map(10, 0, 0);

    spec.source_arn = li_z(QUEUE "in");
    spec.function = li_z("echo");
    spec.max_concurrency = 5;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_OK);
    ck_assert_uint_eq(li_mapping_each(w.engine, list_one, &l), 2);
    ck_assert_str_eq(l.functions, "poller echo ");
    ck_assert_uint_eq(l.concurrency, 5);
    ck_assert_int_eq(li_mapping_remove(w.engine, li_mapping_get_uuid(first), LI_Z, NULL), LI_OK);
    map(10, 0, 0);
    memset(&l, 0, sizeof l);
    ck_assert_uint_eq(li_mapping_each(w.engine, list_one, &l), 2);
    ck_assert_str_eq(l.functions, "echo poller ");
    spec.function = li_z("scripted");
    spec.max_concurrency = 1;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_VALIDATION);
    spec.max_concurrency = 1001;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_VALIDATION);
    spec.max_concurrency = 1000;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_OK);
}
END_TEST

/* ---- a clock that the test sets, as a machine that slept */

static uint64_t hand_ns(void *self)
{
    return *(uint64_t *)self;
}

static uint64_t hand_ms(void *self)
{
    return 1767225600000u + *(uint64_t *)self / LI_MS_NS;
}

START_TEST(test_esm_79_gs_7_a_jump_of_the_clock_ends_the_lease_before_the_next_try)
{
    static const li_clock_ops ops = { sizeof ops, 1, 0, "hand", hand_ns, hand_ms, NULL, NULL };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_engine *engine = NULL, *before = w.engine;
    uint64_t now = 0;

    options.seed = 1;
    ck_assert_int_eq(li_clock_new(NULL, &ops, &now, &options.clock), LI_OK);
    ck_assert_int_eq(li_engine_new(&engine, &options, NULL), LI_OK);
    w.engine = engine;
    queue = add_queue(engine, "in");
    note("noter");
    spec.source_arn = li_z(QUEUE "in");
    spec.function = li_z("noter");
    ck_assert_int_eq(li_mapping_create(engine, &spec, NULL, &err), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(engine, "noter", LI_Z, 0, NULL), LI_OK);
    send(1);
    idle();
    ck_assert_int_eq(li_function_set_concurrency(engine, "noter", LI_Z, LI_UNRESERVED, NULL), LI_OK);
    now = LI_HOUR_NS;
    idle();
    ck_assert_int_eq(c.n, 1);
    ck_assert_int_eq(c.all_first_receives, 0);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
    ck_assert_int_eq(li_clock_free(options.clock), LI_OK);
    w.engine = before;
}
END_TEST

/* ---- threads */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int inside, most, runs;
} meet = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0 };

/* Waits for another one to be inside at the same time. */
static int32_t meets(li_invocation *invocation, void *environment, void *user)
{
    (void)invocation;
    (void)environment;
    (void)user;
    pthread_mutex_lock(&meet.lock);
    meet.inside++;
    meet.runs++;
    if (meet.inside > meet.most)
        meet.most = meet.inside;
    pthread_cond_broadcast(&meet.changed);
    while (meet.most < 2)
        pthread_cond_wait(&meet.changed, &meet.lock);
    meet.inside--;
    pthread_cond_broadcast(&meet.changed);
    pthread_mutex_unlock(&meet.lock);
    return LI_DONE;
}

START_TEST(test_esm_75_batches_run_side_by_side_on_the_workers)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_engine *engine = NULL;
    int i;

    ck_assert_int_eq(li_engine_new(&engine, NULL, NULL), LI_OK);
    queue = add_queue(engine, "in");
    add_function(engine, "meets", meets, NULL);
    spec.source_arn = li_z(QUEUE "in");
    spec.function = li_z("meets");
    spec.batch_size = 1;
    ck_assert_int_eq(li_mapping_create(engine, &spec, NULL, &err), LI_OK);
    ck_assert_int_eq(li_engine_start(engine, 2, NULL), LI_OK);
    for (i = 0; i < 50; i++)
        send(1);
    pthread_mutex_lock(&meet.lock);
    while (meet.runs < 50)
        pthread_cond_wait(&meet.changed, &meet.lock);
    pthread_mutex_unlock(&meet.lock);
    ck_assert_int_eq(li_engine_stop(engine, 10000, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(engine, NULL), LI_OK);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
    ck_assert_int_eq(meet.most, 2);
    ck_assert_int_eq(meet.runs, 50);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

/* Mappings come and go while messages are sent: no record is lost, none is settled twice. */
static int32_t counts(li_invocation *invocation, void *environment, void *user)
{
    (void)invocation;
    (void)environment;
    (void)user;
    pthread_mutex_lock(&meet.lock);
    meet.runs++;
    pthread_cond_broadcast(&meet.changed);
    pthread_mutex_unlock(&meet.lock);
    return LI_DONE;
}

static void *sends(void *user)
{
    int i;

    for (i = 0; i < 300; i++)
        li_local_queue_send(user, "m", 1, NULL, 0, NULL);
    return NULL;
}

/* The places of a queue's listeners come back when the mappings before have ended. */
static void create_again(li_engine *engine, const li_mapping_spec *spec, li_mapping **mapping)
{
    li_status status;

    while ((status = li_mapping_create(engine, spec, mapping, &err)) == LI_E_FULL)
        sched_yield();
    ck_assert_int_eq(status, LI_OK);
}

START_TEST(test_rel_49_mappings_come_and_go_while_messages_are_sent)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_mapping *mapping = NULL;
    li_engine *engine = NULL;
    pthread_t sender;
    int i;

    ck_assert_int_eq(li_engine_new(&engine, NULL, NULL), LI_OK);
    queue = add_queue(engine, "in");
    add_function(engine, "counts", counts, NULL);
    spec.source_arn = li_z(QUEUE "in");
    spec.function = li_z("counts");
    spec.batch_size = 1;
    ck_assert_int_eq(li_engine_start(engine, 2, NULL), LI_OK);
    ck_assert_int_eq(pthread_create(&sender, NULL, sends, queue), 0);
    for (i = 0; i < 30; i++) {
        create_again(engine, &spec, &mapping);
        ck_assert_int_eq(li_mapping_remove(engine, li_mapping_get_uuid(mapping), LI_Z, &err), LI_OK);
    }
    create_again(engine, &spec, &mapping);
    pthread_join(sender, NULL);
    pthread_mutex_lock(&meet.lock);
    while (meet.runs < 300)
        pthread_cond_wait(&meet.changed, &meet.lock);
    pthread_mutex_unlock(&meet.lock);
    ck_assert_int_eq(li_engine_stop(engine, 10000, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(engine, NULL), LI_OK);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

/* ---- a source of one's own */

typedef struct own {
    int n_left, n_fetches, n_released, n_done, n_retried, n_closed, n_freed, n_started;
    uint64_t retry_delay_ms;
    uint64_t free_at_ms;
    const li_source_host *host;
} own;

static li_status own_open(void *self, const li_source_host *host, li_error *e)
{
    (void)e;
    ((own *)self)->host = host;
    return LI_OK;
}

static li_status own_lanes(void *self, li_source_lane *lanes, size_t max, size_t *n)
{
    (void)self;
    if (max > 0)
        lanes[0].id = li_z("lane");
    *n = 1;
    return LI_OK;
}

static li_status own_start(void *self, const li_source_lane *lane, const li_source_position *from)
{
    ((own *)self)->n_started += strcmp(lane->id.ptr, "lane") == 0 && from->kind == LI_POSITION_TRIM_HORIZON;
    return LI_OK;
}

static li_status own_fetch(void *self, const li_source_lane *lane, uint64_t wait_ms, li_fetch *fetch)
{
    own *o = self;

    (void)lane;
    ck_assert_uint_eq(wait_ms, 0);
    fetch->n = o->host->now_ms(o->host->host) >= o->free_at_ms && o->n_left > 0 ? 1 : 0;
    o->n_fetches++;
    if (fetch->n == 1) {
        o->n_left--;
        memset(&fetch->items[0], 0, sizeof fetch->items[0]);
        fetch->items[0].identifier = li_z("one");
        fetch->items[0].identifier.len = 3;
        fetch->items[0].lease_until_ms = UINT64_MAX;
    }
    return LI_OK;
}

static size_t own_size(void *self, const li_item *item)
{
    (void)self;
    (void)item;
    return 3;
}

static li_status own_encode(void *self, const li_item *const *items, size_t n, const li_writer *out)
{
    (void)self;
    (void)items;
    (void)n;
    return out->write(out->self, "[1]", 3);
}

static li_status own_settle(void *self, const li_source_lane *lane, const li_item *const *items, size_t n, int32_t how,
                            uint64_t delay_ms)
{
    own *o = self;

    (void)lane;
    (void)items;
    if (how == LI_SETTLE_DONE) {
        o->n_done += (int)n;
    } else {
        o->n_retried += (int)n;
        o->n_left += (int)n;
        o->retry_delay_ms = delay_ms;
        o->free_at_ms = o->host->now_ms(o->host->host) + delay_ms;
    }
    return LI_OK;
}

static void own_release(void *self, li_fetch *fetch)
{
    (void)fetch;
    ((own *)self)->n_released++;
}

static uint64_t own_ready(void *self, const li_source_lane *lane)
{
    (void)lane;
    return ((own *)self)->n_left > 0 ? ((own *)self)->free_at_ms : UINT64_MAX;
}

static void own_close(void *self)
{
    ((own *)self)->n_closed++;
}

static void own_free(void *self)
{
    ((own *)self)->n_freed++;
}

static const li_source_ops own_ops = { sizeof own_ops, 1, 0, "own", own_open, own_lanes, own_start, own_fetch, own_size,
                                       own_encode, own_settle, NULL, NULL, own_release, own_ready, NULL, NULL, own_close,
                                       own_free, NULL, NULL };

static void own_spec(li_mapping_spec *spec, own *o, const char *function)
{
    static const li_mapping_spec defaults = LI_MAPPING_SPEC_INIT;

    memset(o, 0, sizeof *o);
    *spec = defaults;
    spec->source_arn = li_z("arn:own:thing");
    spec->source.ops = &own_ops;
    spec->source.self = o;
    spec->function = li_z(function);
    spec->batch_size = 1;
}

START_TEST(test_esm_350_a_source_without_leases_gets_failed_records_back)
{
    li_mapping_spec spec;
    li_mapping *mapping = NULL;
    own o;

    own_spec(&spec, &o, "poller");
    o.n_left = 3;
    p.fail_times = 2;
    ck_assert_msg(li_mapping_create(w.engine, &spec, &mapping, &err) == LI_OK, "%s", err.text);
    ck_assert_int_eq(o.n_started, 1);
    advance_s(&w, 60);
    ck_assert_int_eq(o.n_done, 3);
    ck_assert_int_eq(o.n_retried, 2);
    ck_assert_uint_eq(o.retry_delay_ms, 1000);
    ck_assert_int_eq(p.runs, 5);
    ck_assert_str_eq(p.last, "[1]");
    ck_assert_int_eq(o.n_released, o.n_fetches);
    ck_assert_int_eq(o.n_closed, 0);
    ck_assert_int_eq(li_mapping_remove(w.engine, li_mapping_get_uuid(mapping), LI_Z, NULL), LI_OK);
    idle();
    ck_assert_int_eq(o.n_closed, 1);
    ck_assert_int_eq(o.n_freed, 1);
}
END_TEST

START_TEST(test_esm_350_a_source_is_taken_also_when_the_mapping_is_refused)
{
    li_source_ops ops = own_ops;
    li_mapping_spec spec;
    own o;

    own_spec(&spec, &o, "nobody");
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_INVALID);
    ck_assert_int_eq(o.n_freed, 1);
    own_spec(&spec, &o, "poller");
    ops.settle = NULL;
    spec.source.ops = &ops;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_BACKEND_METHOD);
    ck_assert_int_eq(o.n_freed, 1);
    ck_assert_int_eq(o.n_closed, 0);
    ops = own_ops;
    ops.caps = LI_SOURCE_SHARDED;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_NOTSUP);
    ck_assert_int_eq(o.n_freed, 2);
}
END_TEST

/* ---- memory that ends */

typedef struct heap {
    long left;                   /* allocations until one fails; negative: none does */
    long live;
} heap;

static int heap_fails(heap *h)
{
    if (h->left < 0)
        return 0;
    return h->left-- == 0;
}

static void *heap_alloc(void *self, size_t size)
{
    heap *h = self;

    if (heap_fails(h))
        return NULL;
    h->live++;
    return malloc(size);
}

static void *heap_realloc(void *self, void *block, size_t size)
{
    heap *h = self;

    if (heap_fails(h))
        return NULL;
    h->live += block == NULL;
    return realloc(block, size);
}

static void heap_free(void *self, void *block)
{
    ((heap *)self)->live -= block != NULL;
    free(block);
}

/* The k-th allocation fails: no leak, and every message ends. Returns 1 when all went through without a failure. */
static int run_without_memory(long k, int has_filters)
{
    static const li_allocator_ops ops = { sizeof ops, 1, 0, "heap", heap_alloc, heap_realloc, heap_free };
    heap h = { -1, 0 };
    li_allocator allocator = { &ops, &h };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_mapping *mapping = NULL;
    li_clock *clock = NULL;
    li_engine *engine = NULL;
    int untouched;

    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &clock), LI_OK);
    options.clock = clock;
    options.allocator = &allocator;
    ck_assert_int_eq(li_engine_new(&engine, &options, NULL), LI_OK);
    queue = add_queue(engine, "in");
    add_function(engine, "counts", counts, NULL);
    send(12);
    spec.source_arn = li_z(QUEUE "in");
    spec.function = li_z("counts");
    spec.batch_size = 5;
    spec.window_ms = 2000;
    if (has_filters) {
        spec.filters = li_z("[{\"body\":[\"x\"]},\"{\\\"body\\\":{\\\"a\\\":[1]}}\"]");
        spec.filtering = li_pattern_filter_ops();
    }
    h.left = k;
    if (li_mapping_create(engine, &spec, &mapping, NULL) == LI_OK) {
        li_clock_advance(clock, 3 * LI_SECOND_NS, NULL);
        li_mapping_set_enabled(engine, li_mapping_get_uuid(mapping), LI_Z, 0, NULL);
        li_mapping_set_enabled(engine, li_mapping_get_uuid(mapping), LI_Z, 1, NULL);
        li_clock_advance(clock, 3 * LI_SECOND_NS, NULL);
    }
    untouched = h.left >= 0;
    h.left = -1;
    if (!mapping)
        ck_assert_int_eq(li_mapping_create(engine, &spec, &mapping, NULL), LI_OK);
    send(1);
    li_clock_advance(clock, 300 * LI_SECOND_NS, NULL);
    ck_assert_msg(li_local_queue_count(queue) == 0, "allocation %ld: %llu messages stay", k,
                  (unsigned long long)li_local_queue_count(queue));
    ck_assert_int_eq(li_mapping_remove(engine, li_mapping_get_uuid(mapping), LI_Z, NULL), LI_OK);
    li_engine_run_until_idle(engine, NULL);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
    ck_assert_int_eq(li_clock_free(clock), LI_OK);
    ck_assert_msg(h.live == 0, "allocation %ld: %ld blocks leak", k, h.live);
    return untouched;
}

START_TEST(test_rel_100_gs_26_any_allocation_may_fail_and_no_record_is_lost)
{
    long k = 0;

    while (!run_without_memory(k, _i))
        k++;
    ck_assert_int_gt(k, 10);
}
END_TEST

Suite *suite_mapping(void);
Suite *suite_mapping(void)
{
    Suite *suite = suite_create("mapping");
    TCase *t = tcase_create("queue"), *cut = tcase_create("cut");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_esm_50_gs_1_25_messages_come_in_batches_of_10_and_all_are_deleted);
    tcase_add_test(t, test_rel_14_a_source_lets_go_only_of_records_that_are_dealt_with);
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
    tcase_add_test(t, test_esm_51_gs_3_what_does_not_fit_opens_the_next_batch_in_order);
    tcase_add_test(t, test_esm_50_records_that_trickle_in_fill_a_batch_of_100);
    tcase_add_test(t, test_esm_82_a_window_over_the_visibility_time_hides_the_messages_longer);
    tcase_add_test(t, test_esm_72_messages_purged_while_they_are_gathered_are_still_whole);
    tcase_add_test(t, test_esm_24_what_is_gathered_is_given_back_when_the_mapping_is_disabled);
    tcase_add_test(t, test_esm_24_a_batch_in_flight_is_settled_after_its_mapping_is_removed);
    tcase_add_test(t, test_esm_210_throttles_halve_the_batches_at_once_and_successes_bring_them_back);
    tcase_add_test(t, test_esm_11_the_same_function_by_another_form_of_its_name_is_the_same_pair);
    tcase_add_test(t, test_esm_76_mappings_are_listed_in_order_as_they_were_made);
    tcase_add_test(t, test_esm_79_gs_7_a_jump_of_the_clock_ends_the_lease_before_the_next_try);
    tcase_add_test(t, test_esm_75_batches_run_side_by_side_on_the_workers);
    tcase_add_test(t, test_rel_49_mappings_come_and_go_while_messages_are_sent);
    tcase_add_test(t, test_esm_350_a_source_without_leases_gets_failed_records_back);
    tcase_add_test(t, test_esm_350_a_source_is_taken_also_when_the_mapping_is_refused);
    tcase_add_loop_test(t, test_rel_100_gs_26_any_allocation_may_fail_and_no_record_is_lost, 0, 2);
    suite_add_tcase(suite, t);
    tcase_add_test(cut, test_esm_50_a_batch_closes_at_its_count);
    tcase_add_test(cut, test_esm_50_a_batch_closes_before_6291456_encoded_bytes_are_passed);
    tcase_add_test(cut, test_esm_52_a_record_too_large_alone_is_a_batch_of_its_own);
    tcase_add_test(cut, test_esm_54_a_window_closes_at_its_end_and_0_at_the_first_record);
    suite_add_tcase(suite, cut);
    return suite;
}
