/* test_api_stream.c - InvokeWithResponseStream without a socket: messages, checksums, errors, back-pressure, a client that goes. */
#include "fixture.h"

#include <lambdainvoke/api.h>

static world w;
static li_api *api;

typedef struct answer {
    int count, status, n_ready;
    char headers[4096];
    unsigned char body[4 << 20];
    size_t body_len;
    li_api_stream *stream;
} answer;

static answer got;

static void keep_answer(void *user, const li_api_response *response)
{
    answer *a = user;
    size_t n = 0;
    uint32_t i;

    a->count++;
    a->status = response->status;
    a->stream = response->stream;
    for (i = 0; i < response->n_headers; i++)
        n += (size_t)snprintf(a->headers + n, sizeof a->headers - n, "%s: %s\n", response->headers[i].name.ptr,
                              response->headers[i].value.ptr);
    ck_assert_uint_le(response->body.len, sizeof a->body);
    memcpy(a->body, response->body.ptr, response->body.len);
    a->body_len = response->body.len;
}

static void count_ready(void *user)
{
    ((answer *)user)->n_ready++;
}

#define STREAM(name) "/2021-11-15/functions/" name "/response-streaming-invocations"

static void ask(const char *target, const char *body, const char *name, const char *value, int reads)
{
    li_api_header header;
    li_api_request request;

    memset(&request, 0, sizeof request);
    memset(&got, 0, sizeof got);
    request.size = sizeof request;
    request.method = li_z("POST");
    request.target = li_z(target);
    header.name = li_z(name);
    header.value = li_z(value);
    request.headers = &header;
    request.n_headers = name != NULL;
    request.body = li_z(body);
    request.ready = reads ? count_ready : NULL;
    ck_assert_int_eq(li_api_handle(api, &request, keep_answer, &got), LI_OK);
}

/* Read in pieces of max bytes until nothing is there; the status that said so. */
static li_status read_on(size_t max)
{
    li_status status;
    size_t n;

    do {
        ck_assert_uint_le(got.body_len + max, sizeof got.body);
        status = li_api_stream_read(got.stream, (char *)got.body + got.body_len, max, &n);
        got.body_len += n;
    } while (n > 0);
    return status;
}

/* ---- messages, read by the book */

static uint32_t u32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t crc(const unsigned char *p, size_t len)
{
    uint32_t c = 0xFFFFFFFF;
    int i;

    while (len-- > 0) {
        c ^= *p++;
        for (i = 0; i < 8; i++)
            c = c & 1 ? c >> 1 ^ 0xEDB88320 : c >> 1;
    }
    return ~c;
}

typedef struct message {
    char event[64], type[64], kind[16];
    const unsigned char *payload;
    size_t len;
} message_in;

static size_t at;

/* The next message, every length and checksum checked; 0: the end. */
static int next_message(message_in *m)
{
    const unsigned char *p = got.body + at, *h;
    uint32_t total, headers;

    if (at == got.body_len)
        return 0;
    ck_assert_uint_ge(got.body_len - at, 16);
    total = u32(p);
    headers = u32(p + 4);
    ck_assert_uint_le(total, got.body_len - at);
    ck_assert_uint_eq(u32(p + 8), crc(p, 8));
    ck_assert_uint_eq(u32(p + total - 4), crc(p, total - 4));
    memset(m, 0, sizeof *m);
    for (h = p + 12; h < p + 12 + headers;) {
        size_t name = h[0], value = (size_t)h[1 + name + 1] << 8 | h[1 + name + 2];
        char *out = name == 11 && memcmp(h + 1, ":event-type", 11) == 0     ? m->event
                    : name == 13 && memcmp(h + 1, ":content-type", 13) == 0 ? m->type
                                                                            : m->kind;

        ck_assert_uint_eq(h[1 + name], 7);
        ck_assert_uint_lt(value, 64);
        memcpy(out, h + 1 + name + 3, value);
        h += 1 + name + 3 + value;
    }
    ck_assert_ptr_eq(h, p + 12 + headers);
    ck_assert_str_eq(m->kind, "event");
    m->payload = h;
    m->len = total - 16 - headers;
    at += total;
    return 1;
}

static void check_chunk(const char *text)
{
    message_in m;

    ck_assert_int_eq(next_message(&m), 1);
    ck_assert_str_eq(m.event, "PayloadChunk");
    ck_assert_str_eq(m.type, "application/octet-stream");
    check_text((const char *)m.payload, m.len, text);
}

/* The last message: its document. */
static const char *check_complete(void)
{
    static char text[8192];
    message_in m;

    ck_assert_int_eq(next_message(&m), 1);
    ck_assert_str_eq(m.event, "InvokeComplete");
    ck_assert_str_eq(m.type, "application/json");
    ck_assert_uint_lt(m.len, sizeof text);
    memcpy(text, m.payload, m.len);
    text[m.len] = '\0';
    ck_assert_int_eq(next_message(&m), 0);
    return text;
}

/* ---- handlers */

static int fails, blocked, ready_calls, cancelled;
static size_t piece_len, n_pieces, given;

static int32_t pieces(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_log(invocation, "a line\n", LI_Z);
    li_invocation_set_content_type(invocation, "text/html", LI_Z);
    li_invocation_stream(invocation, "abc", LI_Z);
    li_invocation_stream(invocation, "\"defg", LI_Z);
    if (fails)
        li_invocation_fail(invocation, "Boom", "a \"quoted\" reason");
    return fails ? LI_FAILED : LI_DONE;
}

static int32_t give_bulk(li_invocation *invocation);

static void bulk_ready(void *user, li_invocation *invocation)
{
    (void)user;
    ready_calls++;
    if (give_bulk(invocation) == LI_DONE)
        li_invocation_respond(invocation, NULL, 0);
}

static int32_t give_bulk(li_invocation *invocation)
{
    static char piece[1 << 21];

    memset(piece, 'x', sizeof piece);
    while (given < n_pieces) {
        li_status status = li_invocation_stream(invocation, piece, piece_len);

        if (status == LI_E_WOULD_BLOCK) {
            blocked++;
            ck_assert_int_eq(li_invocation_when_ready(invocation, bulk_ready, NULL), LI_OK);
            return LI_PENDING;
        }
        if (status != LI_OK)
            break;
        given++;
    }
    cancelled = li_invocation_is_cancelled(invocation);
    return LI_DONE;
}

static int32_t bulk(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    given = 0;
    return give_bulk(invocation);
}

static void set_up(void)
{
    world_new(&w);
    ck_assert_int_eq(li_api_new(w.engine, NULL, &api), LI_OK);
    add_function(w.engine, "pieces", pieces, NULL);
    add_function(w.engine, "bulk", bulk, NULL);
    fails = blocked = ready_calls = cancelled = 0;
    at = 0;
}

static void tear_down(void)
{
    ck_assert_int_eq(li_api_free(api), LI_OK);
    world_free(&w);
}

/* ---- what a client gets */

START_TEST(test_inv_162_and_inv_163_pieces_are_messages_with_typed_headers_and_both_checksums)
{
    ask(STREAM("pieces"), "{}", NULL, NULL, 1);
    ck_assert_int_eq(got.status, 200);
    ck_assert_ptr_nonnull(got.stream);
    check_contains(got.headers, "Content-Type: application/vnd.amazon.eventstream\n");
    check_contains(got.headers, "X-Amz-Executed-Version: $LATEST\n");
    check_contains(got.headers, "x-amzn-remapped-content-type: text/html\n");
    check_contains(got.headers, "x-amzn-RequestId: ");
    check_contains(got.headers, "X-Amzn-Trace-Id: Root=1-");
    ck_assert_int_eq(read_on(7), LI_E_CLOSED);
    check_chunk("abc");
    check_chunk("\"defg");
    ck_assert_str_eq(check_complete(), "{}");
    ck_assert_int_eq(got.n_ready, 0);
    li_api_stream_close(got.stream);
}
END_TEST

START_TEST(test_inv_161_a_host_that_does_not_read_gets_the_same_bytes_at_once)
{
    ask(STREAM("pieces"), "{}", NULL, NULL, 0);
    ck_assert_int_eq(got.status, 200);
    ck_assert_ptr_null(got.stream);
    check_contains(got.headers, "Content-Type: application/vnd.amazon.eventstream\n");
    check_chunk("abc");
    check_chunk("\"defg");
    ck_assert_str_eq(check_complete(), "{}");
}
END_TEST

START_TEST(test_inv_166_a_buffered_answer_is_one_chunk)
{
    ask(STREAM("echo"), "{\"a\": 1.0}", NULL, NULL, 0);
    check_chunk("{\"a\": 1.0}");
    ck_assert_str_eq(check_complete(), "{}");
    check_lacks(got.headers, "remapped");
}
END_TEST

START_TEST(test_inv_165_the_end_tells_of_errors_and_the_log)
{
    const char *document;

    fails = 1;
    ask(STREAM("pieces"), "{}", "X-Amz-Log-Type", "Tail", 0);
    ck_assert_int_eq(got.status, 200);
    check_chunk("abc");
    check_chunk("\"defg");
    document = check_complete();
    check_contains(document, "\"ErrorCode\":\"Boom\"");
    check_contains(document, "\"ErrorDetails\":\"{\\\"errorType\\\":\\\"Boom\\\",\\\"errorMessage\\\":\\\"a \\\\\\\"quoted");
    check_contains(document, "\"LogResult\":\"U1RBUlQg");     /* START … */
}
END_TEST

START_TEST(test_inv_165_silent_as_the_service_if_so_set)
{
    message_in m;

    ck_assert_int_eq(li_config_set(w.engine, "compat.stream_error", 1, NULL), LI_OK);
    fails = 1;
    ask(STREAM("pieces"), "{}", NULL, NULL, 0);
    check_chunk("abc");
    check_chunk("\"defg");
    ck_assert_str_eq(check_complete(), "{}");
    w.script.fail_times = 1;
    at = 0;
    ask(STREAM("scripted"), "{}", NULL, NULL, 0);
    ck_assert_int_eq(next_message(&m), 1);       /* a body posted as an error arrives as payload */
    ck_assert_str_eq(m.event, "PayloadChunk");
    check_contains((const char *)m.payload, "\"errorType\":\"Boom\"");
    ck_assert_str_eq(check_complete(), "{}");
}
END_TEST

START_TEST(test_inv_165_an_error_before_any_piece_is_200_with_its_code)
{
    w.script.fail_times = 1;
    ask(STREAM("scripted"), "{}", NULL, NULL, 1);
    ck_assert_int_eq(got.status, 200);
    check_contains(got.headers, "X-Amz-Executed-Version: $LATEST\n");
    ck_assert_int_eq(read_on(4096), LI_E_CLOSED);
    check_contains(check_complete(), "\"ErrorCode\":\"Boom\"");
    li_api_stream_close(got.stream);
}
END_TEST

START_TEST(test_inv_170_what_is_refused_is_an_error_and_no_stream)
{
    ask(STREAM("nope"), "{}", NULL, NULL, 1);
    ck_assert_int_eq(got.status, 404);
    ck_assert_ptr_null(got.stream);
    check_contains(got.headers, "x-amzn-ErrorType: ResourceNotFoundException\n");
    check_contains((const char *)got.body, ":function:nope:$LATEST");
    ask(STREAM("echo"), "{", NULL, NULL, 1);
    ck_assert_int_eq(got.status, 400);
    check_contains(got.headers, "InvalidRequestContentException");
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, 0, NULL), LI_OK);
    ask(STREAM("echo"), "{}", NULL, NULL, 1);
    ck_assert_int_eq(got.status, 429);
}
END_TEST

START_TEST(test_inv_161_the_type_is_ignored_unless_strict)
{
    ask(STREAM("echo"), "{}", "X-Amz-Invocation-Type", "DryRun", 0);
    ck_assert_int_eq(got.status, 200);
    check_chunk("{}");
    ask(STREAM("echo"), "{}", "X-Amz-Invocation-Type", "Event", 0);
    ck_assert_int_eq(got.status, 200);
    ck_assert_int_eq(li_config_set(w.engine, "stream.strict_type", 1, NULL), LI_OK);
    ask(STREAM("echo"), "{}", "X-Amz-Invocation-Type", "DryRun", 0);
    ck_assert_int_eq(got.status, 204);
    ck_assert_uint_eq(got.body_len, 0);
    ask(STREAM("echo"), "{}", "X-Amz-Invocation-Type", "Event", 0);
    ck_assert_int_eq(got.status, 200);
}
END_TEST

/* ---- back-pressure */

START_TEST(test_a_slow_client_holds_the_handler_and_not_the_memory)
{
    message_in m;
    size_t bytes = 0;

    piece_len = 100000;
    n_pieces = 20;
    ask(STREAM("bulk"), "{}", NULL, NULL, 1);
    ck_assert_int_eq(blocked, 1);
    ck_assert_uint_eq(given, 3);                 /* 262144 bytes are in the window */
    ck_assert_int_eq(read_on(50000), LI_OK);     /* and nothing more yet */
    ck_assert_int_eq(got.n_ready, 0);
    while (li_engine_run_until_idle(w.engine, NULL) == LI_OK && read_on(50000) == LI_OK) {
    }
    ck_assert_int_gt(got.n_ready, 0);
    ck_assert_int_gt(ready_calls, 3);
    while (next_message(&m) && strcmp(m.event, "PayloadChunk") == 0)
        bytes += m.len;
    ck_assert_uint_eq(bytes, piece_len * n_pieces);
    ck_assert_str_eq(m.event, "InvokeComplete");
    ck_assert_uint_eq(at, got.body_len);
    li_api_stream_close(got.stream);
}
END_TEST

START_TEST(test_inv_164_a_long_piece_is_several_messages)
{
    message_in m;
    int n = 0;

    piece_len = (1 << 21) - 5;
    n_pieces = 1;
    ask(STREAM("bulk"), "{}", NULL, NULL, 0);
    while (next_message(&m) && strcmp(m.event, "PayloadChunk") == 0)
        n++;
    ck_assert_int_eq(n, 2);
}
END_TEST

START_TEST(test_rel_77_a_client_that_goes_is_seen_by_the_handler_and_nothing_is_left)
{
    piece_len = 100000;
    n_pieces = 20;
    ask(STREAM("bulk"), "{}", NULL, NULL, 1);
    ck_assert_int_eq(li_api_free(api), LI_E_BUSY);
    li_api_stream_close(got.stream);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(ready_calls, 1);
    ck_assert_int_eq(cancelled, 1);
    ck_assert_uint_eq(given, 3);
    ck_assert_int_eq(got.n_ready, 0);
}
END_TEST

START_TEST(test_inv_143_a_time_out_midway_ends_the_stream_with_its_code)
{
    piece_len = 100000;
    n_pieces = 20;
    ask(STREAM("bulk"), "{}", NULL, NULL, 1);
    advance_s(&w, 900);
    ck_assert_int_eq(read_on(100000), LI_E_CLOSED);
    check_contains((const char *)got.body + got.body_len - 200, "Sandbox.Timedout");
    li_api_stream_close(got.stream);
}
END_TEST

Suite *suite_api_stream(void);
Suite *suite_api_stream(void)
{
    const TTest *const tests[] = {
        test_inv_162_and_inv_163_pieces_are_messages_with_typed_headers_and_both_checksums,
        test_inv_161_a_host_that_does_not_read_gets_the_same_bytes_at_once,
        test_inv_166_a_buffered_answer_is_one_chunk,
        test_inv_165_the_end_tells_of_errors_and_the_log,
        test_inv_165_silent_as_the_service_if_so_set,
        test_inv_165_an_error_before_any_piece_is_200_with_its_code,
        test_inv_170_what_is_refused_is_an_error_and_no_stream,
        test_inv_161_the_type_is_ignored_unless_strict,
        test_a_slow_client_holds_the_handler_and_not_the_memory,
        test_inv_164_a_long_piece_is_several_messages,
        test_rel_77_a_client_that_goes_is_seen_by_the_handler_and_nothing_is_left,
        test_inv_143_a_time_out_midway_ends_the_stream_with_its_code,
    };
    Suite *suite = suite_create("api_stream");
    TCase *c = tcase_create("api_stream");
    size_t i;

    tcase_add_checked_fixture(c, set_up, tear_down);
    for (i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(suite, c);
    return suite;
}
