/* test_object_lambda.c - S3 Object Lambda: GetObject answered once by WriteGetObjectResponse, HeadObject and lists by what the
 * function returns (TRG-125). */
#include "scarce.h"
#include "trigger_help.h"

#include <lambdainvoke/api.h>

#define OL "arn:aws:s3-object-lambda:us-east-1:1:accesspoint/a"
#define OPTIONS "{\"accessPoint\":\"" OL "\",\"supportingAccessPoint\":\"arn:aws:s3:us-east-1:1:accesspoint/s\",\"payload\":\"p\"}"
#define ASK(context) "{\"accessPoint\":\"" OL "\"," context ",\"userRequest\":{\"url\":\"x\",\"headers\":{}}}"
#define GET ASK("\"getObjectContext\":{\"inputS3Url\":\"u\"}")
#define HEAD ASK("\"headObjectContext\":{\"inputS3Url\":\"u\"}")
#define LIST ASK("\"listObjectsV2Context\":{\"inputS3Url\":\"u\"}")

/* A function that writes its response as told before it returns, or fails. */
typedef struct writer {
    keeper kept;                     /* first: keep_event is given it */
    li_s3_object_response response;
    li_status wrote, wrote_again;
    int writes;                      /* so many times */
} writer;

static writer mine;
static told got;
static world w;

static void take_route(const char *event, li_s3_object_response *response)
{
    static char route[64], token[64];

    snprintf(route, sizeof route, "%s", at(event, "getObjectContext/outputRoute"));
    snprintf(token, sizeof token, "%s", at(event, "getObjectContext/outputToken"));
    response->route = li_z(route);
    response->token = li_z(token);
}

static int32_t write_object(li_invocation *invocation, void *environment, void *user)
{
    writer *m = user;
    li_engine *engine = li_invocation_get_engine(invocation);
    int32_t result = keep_event(invocation, environment, &m->kept);

    if (m->writes > 0) {
        take_route(m->kept.event, &m->response);
        m->wrote = li_s3_object_respond(engine, &m->response, NULL);
    }
    if (m->writes > 1)
        m->wrote_again = li_s3_object_respond(engine, &m->response, NULL);
    return result;
}

static void setup(void)
{
    static const li_s3_object_response defaults = LI_S3_OBJECT_RESPONSE_INIT;

    memset(&mine, 0, sizeof mine);
    mine.response = defaults;
    mine.writes = 1;
    services_new(&w);
    add_function(w.engine, "writer", write_object, &mine);
    add_trigger(&w, "s3ol", "writer", "o", OPTIONS);
}

static void teardown(void)
{
    world_free(&w);
}

START_TEST(test_trg_125_a_get_is_answered_by_what_the_function_writes)
{
    const li_trigger_header headers[] = { { li_z("Content-Type"), li_z("text/plain") }, { li_z("x-amz-meta-by"), li_z("me") } };

    mine.response.status = 206;
    mine.response.headers = headers;
    mine.response.n_headers = 2;
    mine.response.body = li_z("CHANGED");
    ask(&w, "s3ol", GET, &got);
    ck_assert_int_eq(mine.wrote, LI_OK);
    ck_assert_int_eq(got.n, 1);
    ck_assert_int_eq(got.status, 206);
    ck_assert_str_eq(got.verdict, "ok");
    ck_assert_str_eq(got.body, "CHANGED");
    ck_assert_str_eq(got.headers, "Content-Type: text/plain\nx-amz-meta-by: me\n");
    ck_assert_uint_eq(got.n_matched, 1);
    check_at(mine.kept.event, "getObjectContext/inputS3Url", "u");
    check_at(mine.kept.event, "protocolVersion", "1.00");
    check_at(mine.kept.event, "headObjectContext", "(absent)");
}
END_TEST

START_TEST(test_trg_125_an_error_is_a_document_of_s3s)
{
    mine.response.status = 404;
    mine.response.error_code = li_z("NoSuchKey");
    mine.response.error_message = li_z("a < b & c");
    ask(&w, "s3ol", GET, &got);
    ck_assert_int_eq(got.status, 404);
    ck_assert_str_eq(got.verdict, "error");
    ck_assert_str_eq(got.body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>a &lt; b &amp; c</Message></Error>");
}
END_TEST

START_TEST(test_trg_125_one_response_counts)
{
    li_s3_object_response late;

    mine.writes = 2;
    mine.response.body = li_z("first");
    ask(&w, "s3ol", GET, &got);
    ck_assert_int_eq(mine.wrote, LI_OK);
    ck_assert_int_eq(mine.wrote_again, LI_E_NOT_FOUND);
    ck_assert_int_eq(got.n, 1);
    ck_assert_str_eq(got.body, "first");
    late = mine.response;
    ck_assert_int_eq(li_s3_object_respond(w.engine, &late, NULL), LI_E_NOT_FOUND);
}
END_TEST

START_TEST(test_trg_125_each_request_has_a_token_of_its_own)
{
    char first[64];

    ask(&w, "s3ol", GET, &got);
    snprintf(first, sizeof first, "%s", at(mine.kept.event, "getObjectContext/outputToken"));
    ask(&w, "s3ol", ASK("\"getObjectContext\": { }"), &got);
    ck_assert_str_ne(first, at(mine.kept.event, "getObjectContext/outputToken"));
    ck_assert_str_ne(at(mine.kept.event, "getObjectContext/outputRoute"), "(absent)");
    ck_assert_str_eq(got.verdict, "ok");
}
END_TEST

START_TEST(test_trg_125_a_response_is_awaited_for_60_seconds)
{
    mine.writes = 0;
    mine.kept.takes_ms = 120000;
    ask(&w, "s3ol", GET, &got);
    advance_s(&w, 59);
    ck_assert_int_eq(got.n, 0);
    advance_s(&w, 1);
    ck_assert_int_eq(got.n, 1);
    ck_assert_int_eq(got.status, 400);
    ck_assert_str_eq(got.verdict, "LambdaTimeout");
    take_route(mine.kept.event, &mine.response);
    ck_assert_int_eq(li_s3_object_respond(w.engine, &mine.response, NULL), LI_E_NOT_FOUND);
    advance_s(&w, 120);
    ck_assert_int_eq(got.n, 1);
}
END_TEST

START_TEST(test_trg_125_a_response_in_the_60th_second_is_in_time)
{
    mine.writes = 0;
    mine.kept.takes_ms = 120000;
    ask(&w, "s3ol", GET, &got);
    ck_assert_int_eq(li_clock_advance(w.clock, 59999 * LI_MS_NS, NULL), LI_OK);
    take_route(mine.kept.event, &mine.response);
    mine.response.body = li_z("just");
    ck_assert_int_eq(li_s3_object_respond(w.engine, &mine.response, NULL), LI_OK);
    ck_assert_str_eq(got.body, "just");
    advance_s(&w, 200);
    ck_assert_int_eq(got.n, 1);
}
END_TEST

START_TEST(test_trg_125_without_a_response_the_reader_is_told_why)
{
    mine.writes = 0;
    mine.kept.response = "{\"statusCode\":200}";
    ask(&w, "s3ol", GET, &got);
    ck_assert_int_eq(got.status, 500);
    ck_assert_str_eq(got.verdict, "LambdaResponseNotReceived");
    check_contains(got.body, "<Code>LambdaResponseNotReceived</Code>");
    mine.kept.error_type = "Boom";
    ask(&w, "s3ol", GET, &got);
    ck_assert_int_eq(got.status, 400);
    ck_assert_str_eq(got.verdict, "LambdaRuntimeError");
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "writer", LI_Z, 0, NULL), LI_OK);
    ask(&w, "s3ol", GET, &got);
    ck_assert_str_eq(got.verdict, "LambdaInvocationFailed");
    ck_assert_int_eq(li_function_remove(w.engine, "writer", LI_Z, NULL), LI_OK);
    ask(&w, "s3ol", GET, &got);
    ck_assert_int_eq(got.status, 404);
    ck_assert_str_eq(got.verdict, "LambdaNotFound");
    ask(&w, "s3ol", "{\"accessPoint\":\"" OL "x\",\"getObjectContext\":{\"inputS3Url\":\"u\"},\"userRequest\":{\"url\":\"x\"}}", &got);
    ck_assert_uint_eq(got.n_matched, 0);
    ck_assert_int_eq(got.n, 1);
}
END_TEST

START_TEST(test_trg_125_a_failure_after_the_response_changes_nothing)
{
    mine.response.body = li_z("sent");
    mine.kept.error_type = "Boom";
    ask(&w, "s3ol", GET, &got);
    ck_assert_int_eq(got.n, 1);
    ck_assert_str_eq(got.verdict, "ok");
    ck_assert_str_eq(got.body, "sent");
}
END_TEST

START_TEST(test_trg_125_a_response_that_is_none_is_refused_and_the_reader_waits)
{
    li_trigger_header many[LI_S3_OBJECT_HEADERS + 1];
    li_s3_object_response r = LI_S3_OBJECT_RESPONSE_INIT;
    li_error err = LI_ERROR_INIT;
    int i;

    mine.writes = 0;
    mine.kept.takes_ms = 1000;
    ask(&w, "s3ol", GET, &got);
    ck_assert_int_eq(li_s3_object_respond(w.engine, &r, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_ANSWER);
    take_route(mine.kept.event, &r);
    for (i = 199; i <= 600; i += 401) {
        r.status = i;
        ck_assert_int_eq(li_s3_object_respond(w.engine, &r, &err), LI_E_INVALID);
        ck_assert_str_eq(err.subject, "status");
    }
    r.status = 200;
    for (i = 0; i <= LI_S3_OBJECT_HEADERS; i++)
        many[i].name = many[i].value = li_z("a");
    r.headers = many;
    r.n_headers = LI_S3_OBJECT_HEADERS + 1;
    ck_assert_int_eq(li_s3_object_respond(w.engine, &r, &err), LI_E_INVALID);
    r.n_headers = 0;
    r.route = li_z("io-other");
    ck_assert_int_eq(li_s3_object_respond(w.engine, &r, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(err.detail, LI_DETAIL_ANSWER_NOT_AWAITED);
    ck_assert_int_eq(got.n, 0);
    take_route(mine.kept.event, &r);
    r.n_headers = LI_S3_OBJECT_HEADERS;
    ck_assert_int_eq(li_s3_object_respond(w.engine, &r, &err), LI_OK);
    ck_assert_int_eq(got.n, 1);
    advance_s(&w, 2);
}
END_TEST

START_TEST(test_trg_125_the_general_answer_is_a_body_with_200)
{
    char token[64];

    mine.writes = 0;
    mine.kept.takes_ms = 1000;
    ask(&w, "s3ol", GET, &got);
    snprintf(token, sizeof token, "%s", at(mine.kept.event, "getObjectContext/outputToken"));
    ck_assert_int_eq(li_trigger_respond(w.engine, "s3ol", LI_Z, token, LI_Z, "plain", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(got.body, "plain");
    advance_s(&w, 2);
}
END_TEST

START_TEST(test_trg_125_a_request_with_its_own_token_is_its_makers_to_answer)
{
    mine.writes = 0;
    ask(&w, "s3ol", ASK("\"getObjectContext\":{\"inputS3Url\":\"u\",\"outputRoute\":\"r\",\"outputToken\":\"t\"}"), &got);
    check_at(mine.kept.event, "getObjectContext/outputToken", "t");
    ck_assert_int_eq(got.status, 200);
    ck_assert_int_eq(li_trigger_respond(w.engine, "s3ol", LI_Z, "t", LI_Z, "x", LI_Z, NULL), LI_E_NOT_FOUND);
}
END_TEST

static const struct returned {
    const char *ask, *response, *verdict, *headers, *body;
    int status;
} returns[] = {
    { HEAD, "{\"statusCode\":200,\"headers\":{\"Accept-Ranges\":\"bytes\",\"Content-Length\":7}}", "ok", "Accept-Ranges: bytes\nContent-Length: 7\n", NULL, 200 },
    { HEAD, "{\"headers\":{}}", "ok", "", NULL, 200 },
    { HEAD, "{\"statusCode\":404,\"errorCode\":\"NoSuchKey\"}", "error", "", NULL, 404 },
    { HEAD, "{\"statusCode\":\"x\"}", "LambdaInvalidResponse", "", NULL, 400 },
    { HEAD, "{\"statusCode\":99}", "LambdaInvalidResponse", "", NULL, 400 },
    { HEAD, "{\"headers\":{\"a\":{}}}", "LambdaInvalidResponse", "", NULL, 400 },
    { HEAD, "{\"headers\":[]}", "LambdaInvalidResponse", "", NULL, 400 },
    { HEAD, "[]", "LambdaInvalidResponse", "", NULL, 400 },
    { LIST, "{\"statusCode\":200,\"listResultXml\":\"<ListBucketResult\\u002f>\"}", "ok", "Content-Type: application/xml\n", "<ListBucketResult/>", 200 },
    { LIST, "{\"statusCode\":200,\"listBucketResult\":{\"name\":\"b\"}}", "ok", "", "{\"statusCode\":200,\"listBucketResult\":{\"name\":\"b\"}}", 200 },
    { LIST, "7", "LambdaInvalidResponse", "", NULL, 400 },
};

START_TEST(test_trg_125_heads_and_lists_are_answered_by_what_the_function_returns)
{
    const struct returned *r = &returns[_i];

    mine.writes = 0;
    mine.kept.response = r->response;
    ask(&w, "s3ol", r->ask, &got);
    ck_assert_msg(got.status == r->status && strcmp(got.verdict, r->verdict) == 0, "%s: %d %s", r->response, got.status, got.verdict);
    ck_assert_str_eq(got.headers, r->headers);
    if (r->body)
        ck_assert_str_eq(got.body, r->body);
    if (r->status == 400)
        check_contains(got.body, "<Code>LambdaInvalidResponse</Code>");
    check_at(mine.kept.event, "configuration",
             "{\"accessPointArn\":\"" OL "\",\"supportingAccessPointArn\":\"arn:aws:s3:us-east-1:1:accesspoint/s\",\"payload\":\"p\"}");
}
END_TEST

/* ---- over HTTP */

typedef struct reply {
    int status;
    char body[4096];
} reply;

static void on_reply(void *user, const li_api_response *response)
{
    reply *r = user;

    r->status = response->status;
    snprintf(r->body, sizeof r->body, "%.*s", (int)response->body.len, response->body.ptr ? response->body.ptr : "");
}

START_TEST(test_trg_125_write_get_object_response_comes_as_the_sdks_send_it)
{
    li_api_header headers[] = { { li_z("Host"), li_z("localhost") },
                                { li_z("x-amz-request-route"), li_z(NULL) },
                                { li_z("X-Amz-Request-Token"), li_z(NULL) },
                                { li_z("x-amz-fwd-status"), li_z("203") },
                                { li_z("x-amz-fwd-header-Content-Type"), li_z("text/plain") },
                                { li_z("x-amz-meta-by"), li_z("me") } };
    li_api_request request;
    li_s3_object_response where = LI_S3_OBJECT_RESPONSE_INIT;
    reply r;
    li_api *api;

    mine.writes = 0;
    mine.kept.takes_ms = 1000;
    ask(&w, "s3ol", GET, &got);
    take_route(mine.kept.event, &where);
    headers[1].value = where.route;
    headers[2].value = where.token;
    ck_assert_int_eq(li_api_new(w.engine, NULL, &api), LI_OK);
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.method = li_z("POST");
    request.target = li_z("/WriteGetObjectResponse");
    request.headers = headers;
    request.n_headers = sizeof headers / sizeof *headers;
    request.body.ptr = "a\0b";
    request.body.len = 3;
    headers[3].value = li_z("20");
    ck_assert_int_eq(li_api_handle(api, &request, on_reply, &r), LI_OK);
    ck_assert_int_eq(r.status, 400);
    ck_assert_int_eq(got.n, 0);
    headers[3].value = li_z("203");
    ck_assert_int_eq(li_api_handle(api, &request, on_reply, &r), LI_OK);
    ck_assert_msg(r.status == 200, "%d: %s", r.status, r.body);
    ck_assert_int_eq(got.status, 203);
    ck_assert_uint_eq(got.body_len, 3);
    ck_assert_str_eq(got.headers, "Content-Type: text/plain\nx-amz-meta-by: me\n");
    ck_assert_int_eq(li_api_handle(api, &request, on_reply, &r), LI_OK);
    ck_assert_int_eq(r.status, 404);
    advance_s(&w, 2);
    ck_assert_int_eq(li_api_free(api), LI_OK);
}
END_TEST

/* ---- without memory */

START_TEST(test_trg_212_a_get_ends_once_whatever_allocation_fails)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    scarce s = { INT64_MAX, 0 };
    li_allocator allocator = { &scarce_ops, &s };
    const li_trigger_header header = { li_z("a"), li_z("b") };
    int64_t k;
    world small;

    memset(&small, 0, sizeof small);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &small.clock), LI_OK);
    options.clock = small.clock;
    options.allocator = &allocator;
    ck_assert_int_eq(li_engine_new(&small.engine, &options, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_kinds_add(small.engine, li_services_kinds(), NULL), LI_OK);
    add_function(small.engine, "writer", write_object, &mine);
    add_trigger(&small, "s3ol", "writer", "o", OPTIONS);
    mine.response.headers = &header;
    mine.response.n_headers = 1;
    mine.response.body = li_z("body");
    for (k = 0; k < 40; k++) {
        li_status status;

        memset(&got, 0, sizeof got);
        mine.wrote = LI_E_INTERNAL;
        s.left = k;
        status = li_trigger_occur_begin(small.engine, "s3ol", LI_Z, GET, LI_Z, on_told, &got, NULL);
        s.left = INT64_MAX;
        ck_assert_int_eq(li_engine_run_until_idle(small.engine, NULL), LI_OK);
        advance_s(&small, 61);
        ck_assert(status == LI_OK || status == LI_E_NOMEM);
        ck_assert_msg(got.n == (status == LI_OK), "%d answers after %lld", got.n, (long long)k);
        if (mine.wrote == LI_OK)
            ck_assert_str_eq(got.body, "body");
    }
    ck_assert_int_eq(mine.wrote, LI_OK);
    ck_assert_int_eq(li_engine_free(small.engine), LI_OK);
    ck_assert_int_eq(li_clock_free(small.clock), LI_OK);
    ck_assert_int_eq(s.live, 0);
}
END_TEST

Suite *suite_object_lambda(void);
Suite *suite_object_lambda(void)
{
    Suite *s = suite_create("object_lambda");
    TCase *c = tcase_create("object_lambda");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, test_trg_125_a_get_is_answered_by_what_the_function_writes);
    tcase_add_test(c, test_trg_125_an_error_is_a_document_of_s3s);
    tcase_add_test(c, test_trg_125_one_response_counts);
    tcase_add_test(c, test_trg_125_each_request_has_a_token_of_its_own);
    tcase_add_test(c, test_trg_125_a_response_is_awaited_for_60_seconds);
    tcase_add_test(c, test_trg_125_a_response_in_the_60th_second_is_in_time);
    tcase_add_test(c, test_trg_125_without_a_response_the_reader_is_told_why);
    tcase_add_test(c, test_trg_125_a_failure_after_the_response_changes_nothing);
    tcase_add_test(c, test_trg_125_a_response_that_is_none_is_refused_and_the_reader_waits);
    tcase_add_test(c, test_trg_125_the_general_answer_is_a_body_with_200);
    tcase_add_test(c, test_trg_125_a_request_with_its_own_token_is_its_makers_to_answer);
    tcase_add_loop_test(c, test_trg_125_heads_and_lists_are_answered_by_what_the_function_returns, 0,
                        (int)(sizeof returns / sizeof *returns));
    tcase_add_test(c, test_trg_125_write_get_object_response_comes_as_the_sdks_send_it);
    tcase_add_test(c, test_trg_212_a_get_ends_once_whatever_allocation_fails);
    suite_add_tcase(s, c);
    return s;
}
