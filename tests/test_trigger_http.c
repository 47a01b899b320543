/* test_trigger_http.c - requests to API Gateway and load balancers: routes, events, answers, and the host's front doors. */
#include "trigger_help.h"

#include <lambdainvoke/api.h>

#define GROUP "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/lambda/1"

static keeper kept;
static world w;
static told got;

static void set_up(void)
{
    keeper_new(&w, &kept);
    add_function(w.engine, "other", echo, NULL);
}

static void tear_down(void)
{
    world_free(&w);
}

/* ---- events */

START_TEST(test_trg_87_88_89_a_rest_event_has_every_member)
{
    add_trigger(&w, "apigw-rest", "keeper", "r", "{\"apiId\":\"abc\",\"path\":\"/items/{id}\",\"method\":\"POST\","
                                                 "\"stageVariables\":{\"v\":\"1\"}}");
    kept.response = "{}";
    ask(&w, "apigw-rest",
        "{\"method\":\"post\",\"target\":\"/items/a%20b?x=1&x=2%20y&z=\",\"headers\":{\"user-agent\":\"curl\",\"Host\":\"h\","
        "\"Content-Length\":\"2\",\"connection\":\"close\",\"X-A\":[\"1\",\"2\"]},\"body\":\"hi\",\"sourceIp\":\"1.2.3.4\"}", &got);
    check_at(kept.event, "resource", "/items/{id}");
    check_at(kept.event, "path", "/items/a%20b");
    check_at(kept.event, "httpMethod", "POST");
    check_at(kept.event, "headers/User-Agent", "curl");
    check_at(kept.event, "headers/Host", "h");
    check_at(kept.event, "headers/Content-Length", "(absent)");
    check_at(kept.event, "headers/connection", "(absent)");
    check_at(kept.event, "headers/X-A", "2");
    check_at(kept.event, "multiValueHeaders/X-A", "[\"1\",\"2\"]");
    check_at(kept.event, "headers/X-Forwarded-For", "1.2.3.4");
    check_at(kept.event, "queryStringParameters", "{\"x\":\"2 y\",\"z\":\"\"}");
    check_at(kept.event, "multiValueQueryStringParameters/x", "[\"1\",\"2 y\"]");
    check_at(kept.event, "pathParameters/id", "a%20b");
    check_at(kept.event, "stageVariables/v", "1");
    check_at(kept.event, "requestContext/path", "/prod/items/a%20b");
    check_at(kept.event, "requestContext/requestTime", "01/Jan/2026:00:00:00 +0000");
    check_at(kept.event, "requestContext/identity/sourceIp", "1.2.3.4");
    check_at(kept.event, "requestContext/identity/caller", "null");
    check_at(kept.event, "body", "hi");
    check_at(kept.event, "isBase64Encoded", "false");
}
END_TEST

START_TEST(test_trg_87_absent_maps_and_body_are_null)
{
    add_trigger(&w, "apigw-rest", "keeper", "r", "{\"apiId\":\"abc\",\"path\":\"/\"}");
    kept.response = "{}";
    ask(&w, "apigw-rest", "{\"method\":\"GET\",\"target\":\"/\"}", &got);
    check_at(kept.event, "queryStringParameters", "null");
    check_at(kept.event, "multiValueQueryStringParameters", "null");
    check_at(kept.event, "pathParameters", "null");
    check_at(kept.event, "stageVariables", "null");
    check_at(kept.event, "body", "null");
}
END_TEST

START_TEST(test_trg_93_bodies_of_binary_media_types_travel_as_base64)
{
    add_trigger(&w, "apigw-rest", "keeper", "r", "{\"apiId\":\"abc\",\"binaryMediaTypes\":[\"image/*\"]}");
    kept.response = "{\"body\":\"aGk=\",\"isBase64Encoded\":true}";
    ask(&w, "apigw-rest", "{\"method\":\"PUT\",\"target\":\"/a\",\"headers\":{\"Content-Type\":\"image/png\",\"Accept\":\"image/png\"},"
                          "\"body\":\"AQI=\",\"isBase64Encoded\":true}", &got);
    check_at(kept.event, "body", "AQI=");
    check_at(kept.event, "isBase64Encoded", "true");
    check_text(got.body, got.body_len, "hi");
    ask(&w, "apigw-rest", "{\"method\":\"PUT\",\"target\":\"/a\",\"headers\":{\"Accept\":\"text/html\"}}", &got);
    check_text(got.body, got.body_len, "aGk=");
}
END_TEST

START_TEST(test_trg_97_98_an_http_api_event_leaves_out_what_is_not_there)
{
    add_trigger(&w, "apigw-http", "keeper", "r", "{\"apiId\":\"abc\",\"routeKey\":\"ANY /a/{p+}\"}");
    kept.response = "{}";
    ask(&w, "apigw-http", "{\"method\":\"GET\",\"target\":\"/a/b/c%20d?q=1&q=2&r=%2B\",\"headers\":{\"X-A\":[\"1\",\"2\"],"
                          "\"Cookie\":\"a=1; b=2\"}}", &got);
    check_at(kept.event, "version", "2.0");
    check_at(kept.event, "routeKey", "ANY /a/{p+}");
    check_at(kept.event, "rawPath", "/a/b/c%20d");
    check_at(kept.event, "rawQueryString", "q=1&q=2&r=%2B");
    check_at(kept.event, "cookies", "[\"a=1\",\"b=2\"]");
    check_at(kept.event, "headers/x-a", "1,2");
    check_at(kept.event, "headers/cookie", "(absent)");
    check_at(kept.event, "queryStringParameters", "{\"q\":\"1,2\",\"r\":\"+\"}");
    check_at(kept.event, "pathParameters/p", "b/c d");
    check_at(kept.event, "body", "(absent)");
    check_at(kept.event, "stageVariables", "(absent)");
    check_at(kept.event, "requestContext/http/method", "GET");
    check_at(kept.event, "requestContext/stage", "$default");
    ask(&w, "apigw-http", "{\"method\":\"POST\",\"target\":\"/a/b\",\"headers\":{\"content-type\":\"application/octet-stream\"},"
                          "\"body\":\"hi\"}", &got);
    check_at(kept.event, "body", "aGk=");
    check_at(kept.event, "isBase64Encoded", "true");
    check_at(kept.event, "cookies", "(absent)");
    ask(&w, "apigw-http", "{\"method\":\"POST\",\"target\":\"/a/b\",\"headers\":{\"content-type\":\"application/vnd.x+json\"},"
                          "\"body\":\"{}\"}", &got);
    check_at(kept.event, "body", "{}");
}
END_TEST

START_TEST(test_trg_96_101_payload_format_1_is_the_rest_shape_and_infers_nothing)
{
    add_trigger(&w, "apigw-http", "keeper", "r", "{\"apiId\":\"abc\",\"payloadFormat\":\"1.0\"}");
    kept.response = "{\"statusCode\":201,\"body\":\"x\"}";
    ask(&w, "apigw-http", "{\"method\":\"GET\",\"target\":\"/a?q=1\",\"headers\":{\"X-A\":\"1\"}}", &got);
    check_at(kept.event, "version", "1.0");
    check_at(kept.event, "httpMethod", "GET");
    check_at(kept.event, "multiValueHeaders/x-a", "[\"1\"]");
    ck_assert_int_eq(got.status, 201);
    kept.response = "{\"message\":\"no status code\"}";
    ask(&w, "apigw-http", "{\"method\":\"GET\",\"target\":\"/a\"}", &got);
    ck_assert_int_eq(got.status, 500);
}
END_TEST

START_TEST(test_trg_108_109_a_load_balancer_has_single_or_multi_value_maps)
{
    add_trigger(&w, "alb", "keeper", "a", "{\"targetGroup\":\"" GROUP "\"}");
    kept.response = "{\"statusCode\":200}";
    ask(&w, "alb", "{\"method\":\"GET\",\"target\":\"/p?k=a%20b&k=c\",\"headers\":{\"X-A\":[\"1\",\"2\"]}}", &got);
    check_at(kept.event, "requestContext/elb/targetGroupArn", GROUP);
    check_at(kept.event, "queryStringParameters", "{\"k\":\"c\"}");
    check_at(kept.event, "headers/x-a", "2");
    check_at(kept.event, "headers/x-forwarded-port", "443");
    check_at(kept.event, "multiValueHeaders", "(absent)");
    check_at(kept.event, "body", "");
    ck_assert_int_eq(li_trigger_remove(w.engine, "a", LI_Z, NULL), LI_OK);
    add_trigger(&w, "alb", "keeper", "a", "{\"targetGroup\":\"" GROUP "\",\"multiValueHeaders\":true}");
    ask(&w, "alb", "{\"method\":\"POST\",\"target\":\"/p?k=a%20b&k=c\",\"headers\":{\"content-encoding\":\"gzip\"},\"body\":\"hi\"}", &got);
    check_at(kept.event, "multiValueQueryStringParameters/k", "[\"a%20b\",\"c\"]");
    check_at(kept.event, "queryStringParameters", "(absent)");
    check_at(kept.event, "body", "aGk=");
    check_at(kept.event, "isBase64Encoded", "true");
}
END_TEST

/* ---- routes */

START_TEST(test_trg_102_the_most_special_route_wins)
{
    static const char *const keys[] = { "$default", "ANY /{proxy+}", "GET /{proxy+}", "ANY /a/{id}", "GET /a/{id}", "ANY /a/b",
                                        "GET /a/b" };
    char options[128];
    size_t i;

    for (i = 0; i < sizeof keys / sizeof *keys; i++) {
        snprintf(options, sizeof options, "{\"apiId\":\"x\",\"routeKey\":\"%s\"}", keys[i]);
        add_trigger(&w, "apigw-http", "keeper", NULL, options);
        kept.response = "{}";
        ask(&w, "apigw-http", "{\"method\":\"GET\",\"target\":\"/a/b\",\"apiId\":\"x\"}", &got);
        ck_assert_uint_eq(got.n_matched, 1);
        check_at(kept.event, "routeKey", keys[i]);
    }
    ask(&w, "apigw-http", "{\"method\":\"POST\",\"target\":\"/a/b\"}", &got);
    check_at(kept.event, "routeKey", "ANY /a/b");
    ask(&w, "apigw-http", "{\"method\":\"POST\",\"target\":\"/a/c\"}", &got);
    check_at(kept.event, "routeKey", "ANY /a/{id}");
    ask(&w, "apigw-http", "{\"method\":\"POST\",\"target\":\"/\"}", &got);
    check_at(kept.event, "routeKey", "$default");
    ask(&w, "apigw-http", "{\"method\":\"GET\",\"target\":\"/a/b\",\"apiId\":\"y\"}", &got);
    ck_assert_int_eq(got.status, 404);
    ck_assert_str_eq(got.body, "{\"message\":\"Not Found\"}");
}
END_TEST

/* ---- answers */

static void rest(const char *response)
{
    kept.response = response;
    ask(&w, "apigw-rest", "{\"method\":\"GET\",\"target\":\"/\"}", &got);
}

START_TEST(test_trg_90_91_92_a_rest_answer_is_checked)
{
    static const char *const malformed[] = { "{\"statusCode\":200,\"extra\":1}", "[1]", "\"text\"", "{\"headers\":[]}",
                                             "{\"headers\":{\"a\":{}}}", "{\"multiValueHeaders\":{\"a\":\"b\"}}", "{\"body\":{}}",
                                             "{\"statusCode\":\"abc\"}", "{\"statusCode\":99}", "{\"statusCode\":200.5}", "null" };
    size_t i;

    add_trigger(&w, "apigw-rest", "keeper", "r", "{\"apiId\":\"abc\",\"path\":\"/\"}");
    for (i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        rest(malformed[i]);
        ck_assert_msg(got.status == 502, "%s: %d", malformed[i], got.status);
        ck_assert_str_eq(got.body, "{\"message\":\"Internal server error\"}");
        check_contains(got.headers, "x-amzn-ErrorType: InternalServerErrorException");
        ck_assert_str_eq(got.verdict, "malformed");
    }
    rest("{}");
    ck_assert_int_eq(got.status, 200);
    check_contains(got.headers, "Content-Type: application/json");
    rest("{\"statusCode\":\"418\",\"headers\":{\"A\":\"1\",\"n\":5,\"b\":true},\"multiValueHeaders\":{\"a\":[\"2\",\"3\"]},\"body\":\"b\"}");
    ck_assert_int_eq(got.status, 418);
    ck_assert_str_eq(got.headers, "a: 2\na: 3\nA: 1\nn: 5\nb: true\nContent-Type: application/json\n");
    check_text(got.body, got.body_len, "b");
    kept.error_type = "Boom";
    rest(NULL);
    ck_assert_int_eq(got.status, 502);
    ck_assert_str_eq(got.verdict, "function-error");
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "keeper", LI_Z, 0, NULL), LI_OK);
    rest(NULL);
    ck_assert_int_eq(got.status, 500);
    ck_assert_str_eq(got.verdict, "refused");
    ask(&w, "apigw-rest", "{\"method\":\"GET\",\"target\":\"/nowhere\"}", &got);
    ck_assert_int_eq(got.status, 403);
}
END_TEST

/* So many names in both maps of headers. */
static char *answer_of(int n)
{
    char *text = malloc((size_t)n * 40 + 100), *p = text;
    int map, i;

    for (map = 0; map < 2; map++) {
        p += sprintf(p, map ? "},\"multiValueHeaders\":{" : "{\"headers\":{");
        for (i = 0; i < n; i++)
            p += sprintf(p, map ? "%s\"x%d\":[\"1\"]" : "%s\"y%d\":\"1\"", i ? "," : "", i);
    }
    strcpy(p, "}}");
    return text;
}

/* Each name is compared with the others: there are no more than an answer may have. */
START_TEST(test_trg_90_an_answer_with_more_names_than_headers_is_malformed_in_bounded_time)
{
    static const int counts[] = { 40, 96, 97, 150000 };
    size_t i;

    add_trigger(&w, "apigw-rest", "keeper", "r", "{\"apiId\":\"abc\",\"path\":\"/\"}");
    for (i = 0; i < 4; i++) {
        char *text = answer_of(counts[i]);

        rest(text);
        ck_assert_msg(got.status == (counts[i] > 96 ? 502 : 200), "%d names: %d", counts[i], got.status);
        free(text);
    }
}
END_TEST

/* The ARN of a route as policies write it: METHOD/path, without the blank of the route's key. */
START_TEST(test_trg_6_a_route_of_an_http_api_is_let_in_by_its_method_and_path)
{
    static const struct {
        const char *arn;
        int status;
    } policies[] = { { "arn:aws:execute-api:us-east-1:000000000000:abc/*/GET/hello", 200 },
                     { "arn:aws:execute-api:*:*:abc/*", 200 },
                     { "arn:aws:execute-api:us-east-1:000000000000:abc/*/POST/hello", 500 },
                     { "arn:aws:execute-api:us-east-1:000000000000:abc/*/GET/hell", 500 } };
    li_permission p = LI_PERMISSION_INIT;
    size_t i;

    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 1, NULL), LI_OK);
    add_trigger(&w, "apigw-http", "keeper", "h", "{\"apiId\":\"abc\",\"routeKey\":\"GET /hello\"}");
    kept.response = "{\"statusCode\":200}";
    p.statement_id = li_z("s");
    p.action = li_z("lambda:InvokeFunction");
    p.principal = li_z("apigateway.amazonaws.com");
    for (i = 0; i < sizeof policies / sizeof *policies; i++) {
        p.source_arn = li_z(policies[i].arn);
        ck_assert_int_eq(li_permission_add(w.engine, "keeper", LI_Z, NULL, 0, &p, NULL, NULL, NULL), LI_OK);
        ask(&w, "apigw-http", "{\"method\":\"GET\",\"target\":\"/hello\"}", &got);
        ck_assert_msg(got.status == policies[i].status, "%s: %d", policies[i].arn, got.status);
        ck_assert_int_eq(li_permission_remove(w.engine, "keeper", LI_Z, NULL, 0, "s", LI_Z, NULL, 0, NULL), LI_OK);
    }
}
END_TEST

START_TEST(test_trg_91_100_a_gateway_waits_so_long_and_no_longer)
{
    add_trigger(&w, "apigw-rest", "keeper", "r", "{\"apiId\":\"abc\",\"path\":\"/\",\"timeout\":1000}");
    add_trigger(&w, "apigw-http", "keeper", "h", "{\"apiId\":\"abc\",\"timeout\":1000}");
    kept.response = "{}";
    kept.takes_ms = 1000;
    rest("{}");
    advance_s(&w, 2);
    ck_assert_int_eq(got.n, 1);
    kept.takes_ms = 1001;
    rest("{}");
    ck_assert_int_eq(got.n, 0);
    advance_s(&w, 2);
    ck_assert_int_eq(got.n, 1);
    ck_assert_int_eq(got.status, 504);
    ck_assert_str_eq(got.body, "{\"message\":\"Endpoint request timed out\"}");
    ask(&w, "apigw-http", "{\"method\":\"GET\",\"target\":\"/\"}", &got);
    advance_s(&w, 2);
    ck_assert_int_eq(got.n, 1);
    ck_assert_int_eq(got.status, 503);
    ck_assert_str_eq(got.body, "{\"message\":\"Service Unavailable\"}");
}
END_TEST

static void http(const char *response)
{
    kept.response = response;
    ask(&w, "apigw-http", "{\"method\":\"GET\",\"target\":\"/\"}", &got);
}

START_TEST(test_trg_99_100_an_http_api_infers_and_answers_500_where_rest_answers_502)
{
    add_trigger(&w, "apigw-http", "keeper", "h", "{\"apiId\":\"abc\"}");
    http("{\"hello\":1}");
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(got.body, "{\"hello\":1}");
    ck_assert_str_eq(got.headers, "content-type: application/json\n");
    http("\"a \\\"b\\\"\"");
    ck_assert_str_eq(got.body, "a \"b\"");
    http("{\"statusCode\":201,\"headers\":{\"a\":\"b\"},\"cookies\":[\"x=1\",\"y=2\"],\"body\":\"aGk=\",\"isBase64Encoded\":true}");
    ck_assert_int_eq(got.status, 201);
    check_contains(got.headers, "set-cookie: x=1\nset-cookie: y=2\n");
    check_text(got.body, got.body_len, "hi");
    http("{\"statusCode\":\"x\"}");
    ck_assert_int_eq(got.status, 500);
    ck_assert_str_eq(got.body, "{\"message\":\"Internal Server Error\"}");
    kept.error_type = "Boom";
    http(NULL);
    ck_assert_int_eq(got.status, 500);
}
END_TEST

static void alb(const char *response)
{
    kept.response = response;
    ask(&w, "alb", "{\"method\":\"GET\",\"target\":\"/\"}", &got);
}

START_TEST(test_trg_110_111_a_load_balancer_reads_one_kind_of_headers_and_answers_502)
{
    add_trigger(&w, "alb", "keeper", "a", "{\"targetGroup\":\"" GROUP "\"}");
    alb("{\"statusCode\":200,\"statusDescription\":\"200 OK\",\"headers\":{\"A\":\"1\",\"Connection\":\"close\",\"Content-Length\":\"9\"},"
        "\"multiValueHeaders\":{\"B\":[\"2\"]},\"body\":\"aGk=\",\"isBase64Encoded\":true}");
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(got.headers, "A: 1\n");
    check_text(got.body, got.body_len, "hi");
    alb("{\"statusCode\":200}");
    ck_assert_int_eq(got.status, 200);
    alb("{\"body\":\"no status\"}");
    ck_assert_int_eq(got.status, 502);
    check_contains(got.body, "502 Bad Gateway");
    kept.error_type = "Boom";
    alb(NULL);
    ck_assert_int_eq(got.status, 502);
    ask(&w, "alb", "{\"method\":\"GET\",\"target\":\"/\",\"headers\":{\"Upgrade\":\"websocket\"}}", &got);
    ck_assert_int_eq(got.status, 400);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "keeper", LI_Z, 0, NULL), LI_OK);
    alb(NULL);
    ck_assert_int_eq(got.status, 502);
}
END_TEST

START_TEST(test_trg_94_a_rest_api_keeps_its_own_headers_and_renames_the_functions)
{
    static const char *const answer = "{\"statusCode\":200,\"headers\":{\"Date\":\"d\",\"server\":\"s\",\"Content-Length\":\"9\",\"X-Date\":\"x\","
                                      "\"Connection\":\"close\",\"WWW-Authenticate\":\"w\",\"content-type\":\"t/p\"}}";

    add_trigger(&w, "apigw-rest", "keeper", "r", "{\"apiId\":\"abc\",\"path\":\"/\"}");
    add_trigger(&w, "apigw-http", "keeper", "h", "{\"apiId\":\"abc\"}");
    rest(answer);
    ck_assert_str_eq(got.headers, "x-amzn-Remapped-Date: d\nx-amzn-Remapped-server: s\nx-amzn-Remapped-Content-Length: 9\nX-Date: x\n"
                                  "x-amzn-Remapped-Connection: close\nx-amzn-Remapped-WWW-Authenticate: w\ncontent-type: t/p\n");
    http(answer);
    check_contains(got.headers, "Date: d\n");
    ck_assert_ptr_null(strstr(got.headers, "Remapped"));
}
END_TEST

/* ---- integration AWS */

#define CUSTOM "{\"apiId\":\"abc\",\"path\":\"/\",\"integration\":\"AWS\""

static void post(const char *body, const char *response)
{
    char occurrence[1024];

    kept.response = response;
    snprintf(occurrence, sizeof occurrence, "{\"method\":\"POST\",\"target\":\"/?a=1\",\"body\":\"%s\"}", body);
    ask(&w, "apigw-rest", occurrence, &got);
}

START_TEST(test_trg_95_the_event_is_the_body_and_the_response_is_the_payload)
{
    add_trigger(&w, "apigw-rest", "keeper", "r", CUSTOM "}");
    post("{ \\\"a\\\": [1] }", "{\"statusCode\":404,\"body\":\"x\"}");
    check_text(kept.event, kept.len, "{ \"a\": [1] }");
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(got.body, "{\"statusCode\":404,\"body\":\"x\"}");
    ck_assert_str_eq(got.headers, "Content-Type: application/json\n");
    ck_assert_str_eq(got.verdict, "ok");
    post("", "\"text\"");
    check_text(kept.event, kept.len, "{}");
    ck_assert_str_eq(got.body, "\"text\"");
    ck_assert_int_eq(kept.runs, 2);
    post("a=1&b=2", "{}");
    ck_assert_int_eq(kept.runs, 2);
    ck_assert_int_eq(got.status, 400);
    ck_assert_str_eq(got.body, "{\"message\":\"Could not parse request body into json\"}");
}
END_TEST

/* The status for an answer with this errorMessage (JSON, without its quotes). */
static int status_of(const char *message)
{
    char response[256];

    snprintf(response, sizeof response, "{\"errorMessage\":\"%s\"}", message);
    post("{}", response);
    ck_assert_msg(got.status >= 500 || strcmp(got.body, response) == 0, "%s", got.body);
    return got.status;
}

START_TEST(test_trg_95_a_selection_pattern_takes_the_whole_error_message)
{
    add_trigger(&w, "apigw-rest", "keeper", "r",
                CUSTOM ",\"responses\":[{\"statusCode\":200},{\"statusCode\":404,\"selectionPattern\":\"Not found: .+\"},"
                       "{\"statusCode\":\"400\",\"selectionPattern\":\"^\\\\[BadRequest\\\\](\\\\n|.)*|Malformed.*\"},"
                       "{\"statusCode\":409,\"selectionPattern\":\".*\\\"code\\\":409[,}].*\"},"
                       "{\"statusCode\":418,\"selectionPattern\":\"Not.*\"}]}");
    ck_assert_int_eq(status_of("Not found: x"), 404);
    ck_assert_int_eq(status_of("Not found: "), 418);
    ck_assert_int_eq(status_of("Oh! Not found: x"), 200);
    ck_assert_int_eq(status_of("Not found: x\\ny"), 200); /* a dot takes no end of a line */
    ck_assert_int_eq(status_of("[BadRequest] a\\nb"), 400);
    ck_assert_int_eq(status_of("a [BadRequest]"), 200);
    ck_assert_int_eq(status_of("Malformed input"), 400);
    ck_assert_int_eq(status_of("{\\\"code\\\":409}"), 409);
    ck_assert_int_eq(status_of("{\\\"code\\\":4090}"), 200);
    kept.error_type = "Boom";
    rest(NULL);
    ck_assert_int_eq(got.status, 200); /* a failure that no pattern takes is the default's */
    check_at(got.body, "errorMessage", "as told");
    ck_assert_str_eq(got.verdict, "function-error");
}
END_TEST

START_TEST(test_trg_95_without_a_default_what_no_pattern_takes_is_500)
{
    add_trigger(&w, "apigw-rest", "keeper", "r",
                CUSTOM ",\"responses\":[{\"statusCode\":502,\"selectionPattern\":\"as .+\"}],\"timeout\":1000}");
    post("{}", "{\"errorMessage\":\"as it is\"}");
    ck_assert_int_eq(got.status, 502);
    ck_assert_str_eq(got.body, "{\"errorMessage\":\"as it is\"}");
    post("{}", "{\"fine\":1}");
    ck_assert_int_eq(got.status, 500);
    ck_assert_str_eq(got.body, "{\"message\":\"Internal server error\"}");
    check_contains(got.headers, "x-amzn-ErrorType: InternalServerErrorException");
    ck_assert_str_eq(got.verdict, "unmapped");
    kept.takes_ms = 1001;
    post("{}", "{\"errorMessage\":\"as it is\"}");
    advance_s(&w, 2);
    ck_assert_int_eq(got.status, 504);
}
END_TEST

START_TEST(test_trg_95_responses_that_cannot_be_are_refused)
{
    static const char *const wrong[] = { "\"x\"", "[1]", "[{}]", "[{\"statusCode\":99}]", "[{\"statusCode\":600}]",
                                         "[{\"statusCode\":200,\"more\":1}]", "[{\"statusCode\":200},{\"statusCode\":201}]",
                                         "[{\"statusCode\":200},{\"statusCode\":200,\"selectionPattern\":\"a\"}]",
                                         "[{\"statusCode\":200,\"selectionPattern\":1}]",
                                         "[{\"statusCode\":200,\"selectionPattern\":\"(a|b)c\"}]",
                                         "[{\"statusCode\":200,\"selectionPattern\":\"*\"}]" };
    static const char *const right[] = { "[]", "[{\"statusCode\":100}]", "[{\"statusCode\":\"599\"}]",
                                         "[{\"statusCode\":200,\"selectionPattern\":null}]",
                                         "[{\"statusCode\":200},{\"statusCode\":201,\"selectionPattern\":\"a|b\"}]" };
    li_error err = LI_ERROR_INIT;
    char options[400];
    size_t i;

    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(options, sizeof options, CUSTOM ",\"responses\":%s}", wrong[i]);
        ck_assert_msg(try_trigger(&w, "apigw-rest", "keeper", "r", options, &err) == LI_E_INVALID, "%s", wrong[i]);
        check_contains(err.text, "responses");
    }
    for (i = 0; i < sizeof right / sizeof *right; i++) {
        snprintf(options, sizeof options, CUSTOM ",\"responses\":%s}", right[i]);
        add_trigger(&w, "apigw-rest", "keeper", "r", options);
        ck_assert_int_eq(li_trigger_remove(w.engine, "r", LI_Z, NULL), LI_OK);
    }
}
END_TEST

static void count_health(void *user, const li_journal_line *line)
{
    int *n = user;

    n[0] += strcmp(line->why, "healthy") == 0;
    n[1] += strcmp(line->why, "unhealthy") == 0;
}

START_TEST(test_trg_112_health_checks_are_invocations_by_the_clock)
{
    int lines[2] = { 0, 0 };

    li_journal_listen(w.engine, count_health, lines);
    add_trigger(&w, "alb", "keeper", "a", "{\"targetGroup\":\"" GROUP "\",\"healthCheck\":true,\"healthInterval\":30,\"healthMatcher\":\"99999999999999999999,200,202-204\"}");
    kept.response = "{\"statusCode\":203}";
    advance_s(&w, 29);
    ck_assert_int_eq(kept.runs, 0);
    advance_s(&w, 1);
    ck_assert_int_eq(kept.runs, 1);
    ck_assert_str_eq(kept.event, "{\"requestContext\":{\"elb\":{\"targetGroupArn\":\"" GROUP "\"}},\"httpMethod\":\"GET\",\"path\":\"/\","
                                 "\"queryStringParameters\":{},\"headers\":{\"user-agent\":\"ELB-HealthChecker/2.0\"},\"body\":\"\","
                                 "\"isBase64Encoded\":false}");
    kept.response = "{\"statusCode\":201}";
    advance_s(&w, 90);
    ck_assert_int_eq(kept.runs, 4);
    ck_assert_int_eq(lines[0], 1);
    ck_assert_int_eq(lines[1], 1);
    alb("{\"statusCode\":201}");
    ck_assert_int_eq(got.status, 201);
    ck_assert_int_eq(li_trigger_set_enabled(w.engine, "a", LI_Z, 0, NULL), LI_OK);
    advance_s(&w, 300);
    ck_assert_int_eq(kept.runs, 5);
}
END_TEST

START_TEST(test_trg_112_health_checks_are_off_until_they_are_asked_for)
{
    li_error err = LI_ERROR_INIT;

    add_trigger(&w, "alb", "keeper", "a", "{\"targetGroup\":\"" GROUP "\"}");
    advance_s(&w, 3600);
    ck_assert_int_eq(kept.runs, 0);
    ck_assert_int_eq(try_trigger(&w, "alb", "keeper", "b", "{\"targetGroup\":\"" GROUP "2\",\"healthCheck\":true,\"healthInterval\":4}", &err),
                     LI_E_INVALID);
    ck_assert_str_eq(err.subject, "healthInterval");
    ck_assert_int_eq(try_trigger(&w, "alb", "keeper", "b", "{\"targetGroup\":\"" GROUP "2\",\"healthCheck\":true,\"healthPath\":\"x\"}", &err),
                     LI_E_INVALID);
    ck_assert_str_eq(err.subject, "healthPath");
}
END_TEST

#define METHOD(path) "\"methodArn\":\"arn:aws:execute-api:r:1:x/p/GET/" path "\""

static void authorize(const char *more)
{
    char text[512];

    snprintf(text, sizeof text, "{\"authorizer\":\"a1\",%s}", more);
    ask(&w, "apigw-authorizer", text, &got);
}

START_TEST(test_trg_106_an_answer_is_kept_for_its_identity_for_ttl_seconds)
{
    add_trigger(&w, "apigw-authorizer", "keeper", "a", "{\"authorizer\":\"a1\",\"ttl\":60}");
    kept.response = "{\"principalId\":\"u\",\"policyDocument\":{\"Statement\":[{\"Action\":\"execute-api:Invoke\",\"Effect\":\"Allow\","
                    "\"Resource\":[\"arn:aws:execute-api:*:*:x/p/GET/a*\"]},{\"Effect\":\"Deny\",\"Resource\":\"*/ab\"}]}}";
    authorize("\"token\":\"t\"," METHOD("a"));
    ck_assert_str_eq(got.verdict, "allow");
    check_at(kept.event, "authorizationToken", "t");
    ck_assert_int_eq(kept.runs, 1);
    authorize("\"token\":\"t\"," METHOD("a"));
    ck_assert_int_eq(got.status, 200);
    check_at(got.body, "principalId", "u");
    ck_assert_uint_eq(got.n_matched, 1);
    authorize("\"token\":\"t\"," METHOD("b"));
    ck_assert_int_eq(got.status, 403);
    authorize("\"token\":\"t\"," METHOD("ab"));
    ck_assert_int_eq(got.status, 403);
    ck_assert_int_eq(kept.runs, 1);
    authorize("\"token\":\"other\"," METHOD("a"));
    ck_assert_int_eq(kept.runs, 2);
    advance_s(&w, 59);
    authorize("\"token\":\"t\"," METHOD("a"));
    ck_assert_int_eq(kept.runs, 2);
    advance_s(&w, 1);
    authorize("\"token\":\"t\"," METHOD("a"));
    ck_assert_int_eq(kept.runs, 3);
}
END_TEST

START_TEST(test_trg_106_failures_and_answers_with_ttl_0_are_not_kept)
{
    add_trigger(&w, "apigw-authorizer", "keeper", "a", "{\"authorizer\":\"a1\"}");
    kept.response = "{\"principalId\":\"u\"}";
    authorize("\"token\":\"t\"," METHOD("a"));
    authorize("\"token\":\"t\"," METHOD("a"));
    ck_assert_int_eq(kept.runs, 2);
    ck_assert_int_eq(li_trigger_remove(w.engine, "a", LI_Z, NULL), LI_OK);
    add_trigger(&w, "apigw-authorizer", "keeper", "a", "{\"authorizer\":\"a1\",\"ttl\":0}");
    kept.response = "{\"isAuthorized\":true}";
    authorize("\"token\":\"t\"," METHOD("a"));
    authorize("\"token\":\"t\"," METHOD("a"));
    ck_assert_int_eq(kept.runs, 4);
}
END_TEST

START_TEST(test_trg_106_without_its_identity_sources_nobody_is_asked)
{
    li_error err = LI_ERROR_INIT;

    add_trigger(&w, "apigw-authorizer", "keeper", "a",
                "{\"authorizer\":\"a1\",\"format\":\"2.0\",\"identitySources\":[\"$request.header.X-Key\",\"$request.querystring.q\"]}");
    kept.response = "{\"isAuthorized\":true}";
    authorize(METHOD("a") ",\"headers\":{\"x-key\":\"k\"}");
    ck_assert_int_eq(got.status, 401);
    ck_assert_str_eq(got.body, "{\"message\":\"Unauthorized\"}");
    authorize(METHOD("a") ",\"headers\":{\"x-key\":\"\"},\"queryStringParameters\":{\"q\":\"1\"}");
    ck_assert_int_eq(got.status, 401);
    ck_assert_int_eq(kept.runs, 0);
    authorize(METHOD("a") ",\"headers\":{\"x-key\":\"k\"},\"queryStringParameters\":{\"q\":\"1\"}");
    ck_assert_int_eq(got.status, 200);
    check_at(kept.event, "identitySource", "[\"k\",\"1\"]");
    authorize(METHOD("a") ",\"headers\":{\"X-KEY\":\"k\"},\"queryStringParameters\":{\"q\":\"1\"}");
    ck_assert_int_eq(kept.runs, 1);
    authorize(METHOD("a") ",\"headers\":{\"x-key\":\"k\"},\"queryStringParameters\":{\"q\":\"2\"}");
    ck_assert_int_eq(kept.runs, 2);
    ck_assert_int_eq(try_trigger(&w, "apigw-authorizer", "keeper", "b", "{\"authorizer\":\"a2\",\"identitySources\":[\"cookie.x\"]}", &err),
                     LI_E_INVALID);
    ck_assert_str_eq(err.subject, "identitySources");
}
END_TEST

START_TEST(test_trg_106_a_token_authorizer_needs_its_token_and_a_request_authorizer_does_not)
{
    add_trigger(&w, "apigw-authorizer", "keeper", "a", "{\"authorizer\":\"a1\"}");
    kept.response = "{\"isAuthorized\":true}";
    authorize(METHOD("a"));
    ck_assert_int_eq(got.status, 401);
    ck_assert_int_eq(kept.runs, 0);
    ck_assert_int_eq(li_trigger_remove(w.engine, "a", LI_Z, NULL), LI_OK);
    add_trigger(&w, "apigw-authorizer", "keeper", "a", "{\"authorizer\":\"a1\",\"format\":\"REQUEST\"}");
    authorize(METHOD("a"));
    authorize(METHOD("a"));
    ck_assert_int_eq(got.status, 200);
    ck_assert_int_eq(kept.runs, 2);
}
END_TEST

START_TEST(test_trg_111_a_body_over_a_megabyte_is_refused_before_anybody_is_asked)
{
    char *body = malloc(1048577 + 1);
    li_http_occurrence o = LI_HTTP_OCCURRENCE_INIT;

    add_trigger(&w, "alb", "keeper", "a", "{\"targetGroup\":\"" GROUP "\"}");
    kept.response = "{\"statusCode\":200}";
    memset(body, 'a', 1048577);
    o.method = li_z("POST");
    o.target = li_z("/");
    o.body.ptr = body;
    o.body.len = 1048577;
    memset(&got, 0, sizeof got);
    ck_assert_int_eq(li_http_occur_begin(w.engine, "alb", LI_Z, &o, on_told, &got, NULL), LI_OK);
    ck_assert_int_eq(got.status, 413);
    ck_assert_int_eq(kept.runs, 0);
    ck_assert_int_eq(li_http_occur_begin(w.engine, "s3", LI_Z, &o, on_told, &got, NULL), LI_E_INVALID);
    free(body);
}
END_TEST

START_TEST(test_trg_107_a_target_group_has_one_function_and_conditions_choose)
{
    li_error err = LI_ERROR_INIT;

    add_trigger(&w, "alb", "keeper", "a", "{\"targetGroup\":\"" GROUP "\",\"host\":\"*.example.com\",\"path\":\"/api/*\"}");
    ck_assert_int_eq(try_trigger(&w, "alb", "other", "b", "{\"targetGroup\":\"" GROUP "\"}", &err), LI_E_CONFLICT);
    kept.response = "{\"statusCode\":200}";
    ask(&w, "alb", "{\"method\":\"GET\",\"target\":\"/api/x\",\"headers\":{\"Host\":\"www.example.com:8080\"}}", &got);
    ck_assert_int_eq(got.status, 200);
    ask(&w, "alb", "{\"method\":\"GET\",\"target\":\"/other\",\"headers\":{\"Host\":\"www.example.com\"}}", &got);
    ck_assert_int_eq(got.status, 503);
    ask(&w, "alb", "{\"method\":\"GET\",\"target\":\"/other\",\"targetGroup\":\"" GROUP "\"}", &got);
    ck_assert_int_eq(got.status, 200);
}
END_TEST

START_TEST(test_trg_106_an_authorizer_allows_denies_or_fails)
{
    static const char *const occurrence = "{\"authorizer\":\"a1\",\"token\":\"t\",\"methodArn\":\"arn:aws:execute-api:r:1:x/p/GET/\"}";
    static const struct {
        const char *response, *error, *verdict;
        int status;
    } cases[] = { { "{\"principalId\":\"u\",\"policyDocument\":{\"Statement\":[{\"Effect\":\"Allow\"}]}}", NULL, "allow", 200 },
                  { "{\"principalId\":\"u\",\"policyDocument\":{\"Statement\":[{\"Effect\":\"Deny\"}]}}", NULL, "deny", 403 },
                  { "{\"isAuthorized\":true}", NULL, "allow", 200 },
                  { "{\"isAuthorized\":false}", NULL, "deny", 403 },
                  { "{\"isAuthorized\":true,\"context\":[]}", NULL, "malformed", 500 },
                  { "{\"principalId\":\"u\"}", NULL, "malformed", 500 },
                  { NULL, "Boom", "failed", 500 } };
    size_t i;

    add_trigger(&w, "apigw-authorizer", "keeper", "a", "{\"authorizer\":\"a1\",\"ttl\":0}");
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        kept.response = cases[i].response;
        kept.error_type = cases[i].error;
        ask(&w, "apigw-authorizer", occurrence, &got);
        ck_assert_str_eq(got.verdict, cases[i].verdict);
        ck_assert_int_eq(got.status, cases[i].status);
    }
}
END_TEST

/* ---- the front doors */

static struct {
    int status;
    char body[4096], headers[2048];
} reply;

static void keep_reply(void *user, const li_api_response *r)
{
    uint32_t i;

    (void)user;
    reply.status = r->status;
    snprintf(reply.body, sizeof reply.body, "%.*s", (int)r->body.len, r->body.ptr);
    reply.headers[0] = '\0';
    for (i = 0; i < r->n_headers; i++)
        snprintf(reply.headers + strlen(reply.headers), sizeof reply.headers - strlen(reply.headers), "%s: %s\n",
                 r->headers[i].name.ptr, r->headers[i].value.ptr);
}

static void call(li_api *api, const char *method, const char *target, const char *host, const char *body)
{
    li_api_header headers[] = { { { "Host", LI_Z }, { host, LI_Z } } };
    li_api_request request;

    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.method = li_z(method);
    request.target = li_z(target);
    request.headers = headers;
    request.n_headers = 1;
    request.body = li_z(body);
    memset(&reply, 0, sizeof reply);
    ck_assert_int_eq(li_api_handle(api, &request, keep_reply, NULL), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
}

START_TEST(test_trg_86_the_host_has_doors_by_path_and_by_name)
{
    li_api_options options = LI_API_OPTIONS_INIT;
    li_api *api;

    ck_assert_int_eq(li_api_new(w.engine, &options, &api), LI_OK);
    add_trigger(&w, "apigw-http", "keeper", "h", "{\"apiId\":\"shop\"}");
    add_trigger(&w, "apigw-rest", "keeper", "r", "{\"apiId\":\"old\",\"stage\":\"v1\"}");
    add_trigger(&w, "alb", "keeper", "a", "{\"targetGroup\":\"" GROUP "\",\"loadBalancer\":\"lb\"}");
    kept.response = "{\"statusCode\":203,\"headers\":{\"x-y\":\"z\",\"content-type\":\"text/plain\"},\"body\":\"b\"}";
    call(api, "GET", "/_aws/execute-api/shop/$default/a/b?c=d", "127.0.0.1", NULL);
    ck_assert_int_eq(reply.status, 203);
    ck_assert_str_eq(reply.body, "b");
    check_contains(reply.headers, "x-y: z\n");
    check_contains(reply.headers, "Content-Type: text/plain\n");
    check_at(kept.event, "rawPath", "/a/b");
    check_at(kept.event, "rawQueryString", "c=d");
    call(api, "PATCH", "/x", "shop.execute-api.localhost:9001", "{\"a\":1}");
    check_at(kept.event, "requestContext/http/method", "PATCH");
    check_at(kept.event, "rawPath", "/x");
    call(api, "GET", "/v1/x/y", "old.execute-api.localhost", NULL);
    check_at(kept.event, "path", "/x/y");
    check_at(kept.event, "requestContext/stage", "v1");
    call(api, "GET", "/v2/x/y", "old.execute-api.localhost", NULL);
    ck_assert_int_eq(reply.status, 403);
    call(api, "GET", "/_aws/elb/lb/p", "127.0.0.1", NULL);
    ck_assert_int_eq(reply.status, 203);
    check_at(kept.event, "requestContext/elb/targetGroupArn", GROUP);
    call(api, "GET", "/p", "lb.elb.localhost", NULL);
    check_at(kept.event, "path", "/p");
    call(api, "GET", "/_aws/execute-api/none/$default/", "127.0.0.1", NULL);
    ck_assert_int_eq(reply.status, 404);
    ck_assert_int_eq(li_api_free(api), LI_OK);
}
END_TEST

START_TEST(test_trg_206_triggers_are_made_shown_changed_and_ended_over_http)
{
    li_api_options options = LI_API_OPTIONS_INIT;
    li_api *api;

    options.flags = LI_API_ADMIN;
    ck_assert_int_eq(li_api_new(w.engine, &options, &api), LI_OK);
    call(api, "POST", "/_lambdainvoke/triggers", "127.0.0.1",
         "{\"Kind\":\"custom\",\"FunctionName\":\"keeper\",\"Id\":\"one\",\"Options\":{\"source\":\"s\"}}");
    ck_assert_int_eq(reply.status, 201);
    check_at(reply.body, "SourceArn", "s");
    call(api, "POST", "/_lambdainvoke/triggers", "127.0.0.1",
         "{\"Kind\":\"custom\",\"FunctionName\":\"keeper\",\"Id\":\"one\",\"Options\":{\"source\":\"s\"}}");
    ck_assert_int_eq(reply.status, 409);
    call(api, "POST", "/_lambdainvoke/triggers", "127.0.0.1", "{\"Kind\":\"nope\",\"FunctionName\":\"keeper\"}");
    ck_assert_int_eq(reply.status, 400);
    call(api, "PUT", "/_lambdainvoke/triggers/one", "127.0.0.1", "{\"Options\":{\"source\":\"t\"},\"State\":\"DISABLED\"}");
    ck_assert_int_eq(reply.status, 200);
    check_at(reply.body, "Options/source", "t");
    check_at(reply.body, "State", "DISABLED");
    call(api, "PUT", "/_lambdainvoke/triggers/one", "127.0.0.1", "{\"State\":\"ENABLED\"}");
    check_at(reply.body, "State", "ENABLED");
    call(api, "POST", "/_lambdainvoke/occur/custom", "127.0.0.1", "{\"source\":\"t\",\"detail\":{\"n\":12345678901234567890}}");
    ck_assert_str_eq(reply.body, "{\"Matched\":1}");
    ck_assert_str_eq(kept.event, "{\"n\":12345678901234567890}");
    call(api, "GET", "/_lambdainvoke/triggers/one", "127.0.0.1", NULL);
    check_at(reply.body, "Deliveries", "1");
    call(api, "GET", "/_lambdainvoke/trigger-kinds/alb", "127.0.0.1", NULL);
    check_at(reply.body, "kind", "alb");
    call(api, "GET", "/_lambdainvoke/trigger-kinds/nope", "127.0.0.1", NULL);
    ck_assert_int_eq(reply.status, 404);
    call(api, "DELETE", "/_lambdainvoke/triggers/one", "127.0.0.1", NULL);
    ck_assert_int_eq(reply.status, 204);
    call(api, "GET", "/_lambdainvoke/triggers/one", "127.0.0.1", NULL);
    ck_assert_int_eq(reply.status, 404);
    call(api, "PUT", "/_lambdainvoke/s3/b/notification", "127.0.0.1",
         "{\"LambdaFunctionConfigurations\":[{\"LambdaFunctionArn\":\"keeper\",\"Events\":[\"s3:ObjectCreated:*\"]}]}");
    ck_assert_int_eq(reply.status, 204);
    call(api, "POST", "/_lambdainvoke/occur/s3", "127.0.0.1", "{\"bucket\":\"b\",\"key\":\"k\"}");
    ck_assert_str_eq(reply.body, "{\"Matched\":1}");
    call(api, "PUT", "/_lambdainvoke/s3/b/notification", "127.0.0.1", "{\"More\":1}");
    ck_assert_int_eq(reply.status, 400);
    call(api, "PUT", "/_lambdainvoke/s3/b/notification", "127.0.0.1", "{}");
    ck_assert_int_eq(reply.status, 204);
    call(api, "POST", "/_lambdainvoke/occur/s3", "127.0.0.1", "{\"bucket\":\"b\",\"key\":\"k\"}");
    ck_assert_str_eq(reply.body, "{\"Matched\":0}");
    add_trigger(&w, "ses", "keeper", "m", "{\"ruleSet\":\"s\",\"ruleName\":\"n\",\"invocationType\":\"RequestResponse\"}");
    kept.response = "{\"disposition\":\"STOP_RULE_SET\"}";
    call(api, "POST", "/_lambdainvoke/occur/ses", "127.0.0.1", "{\"source\":\"a@b.c\",\"destination\":[\"d@e.f\"]}");
    check_at(reply.body, "Verdict", "STOP_RULE_SET");
    ck_assert_int_eq(li_api_free(api), LI_OK);
}
END_TEST

START_TEST(test_trg_14_17_permissions_over_the_lambda_api)
{
    static const char *const statement = "{\"StatementId\":\"s1\",\"Action\":\"lambda:InvokeFunction\",\"Principal\":"
                                         "\"sns.amazonaws.com\",\"SourceArn\":\"arn:aws:sns:us-east-1:000000000000:t\"}";
    li_api_options options = LI_API_OPTIONS_INIT;
    char path[200], revision[64];
    li_api *api;

    ck_assert_int_eq(li_api_new(w.engine, &options, &api), LI_OK);
    call(api, "GET", "/2015-03-31/functions/keeper/policy", "127.0.0.1", NULL);
    ck_assert_int_eq(reply.status, 404);
    call(api, "POST", "/2015-03-31/functions/keeper/policy", "127.0.0.1", statement);
    ck_assert_int_eq(reply.status, 201);
    check_at(at(reply.body, "Statement"), "Condition/ArnLike/AWS:SourceArn", "arn:aws:sns:us-east-1:000000000000:t");
    call(api, "POST", "/2015-03-31/functions/keeper/policy", "127.0.0.1", statement);
    ck_assert_int_eq(reply.status, 409);
    check_contains(reply.headers, "ResourceConflictException");
    call(api, "POST", "/2015-03-31/functions/keeper/policy", "127.0.0.1", "{\"StatementId\":\"s 2\"}");
    ck_assert_int_eq(reply.status, 400);
    call(api, "GET", "/2015-03-31/functions/keeper/policy", "127.0.0.1", NULL);
    check_at(at(reply.body, "Policy"), "Statement/0/Sid", "s1");
    snprintf(revision, sizeof revision, "%s", at(reply.body, "RevisionId"));
    call(api, "DELETE", "/2015-03-31/functions/keeper/policy/s1?RevisionId=00000000-0000-0000-0000-000000000000", "127.0.0.1", NULL);
    ck_assert_int_eq(reply.status, 412);
    snprintf(path, sizeof path, "/2015-03-31/functions/keeper/policy/s1?RevisionId=%s", revision);
    call(api, "DELETE", path, "127.0.0.1", NULL);
    ck_assert_int_eq(reply.status, 204);
    call(api, "DELETE", path, "127.0.0.1", NULL);
    ck_assert_int_eq(reply.status, 404);
    ck_assert_int_eq(li_api_free(api), LI_OK);
}
END_TEST

Suite *suite_trigger_http(void)
{
    Suite *s = suite_create("trigger_http");
    TCase *c = tcase_create("requests");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, test_trg_87_88_89_a_rest_event_has_every_member);
    tcase_add_test(c, test_trg_87_absent_maps_and_body_are_null);
    tcase_add_test(c, test_trg_93_bodies_of_binary_media_types_travel_as_base64);
    tcase_add_test(c, test_trg_97_98_an_http_api_event_leaves_out_what_is_not_there);
    tcase_add_test(c, test_trg_96_101_payload_format_1_is_the_rest_shape_and_infers_nothing);
    tcase_add_test(c, test_trg_108_109_a_load_balancer_has_single_or_multi_value_maps);
    tcase_add_test(c, test_trg_102_the_most_special_route_wins);
    tcase_add_test(c, test_trg_90_91_92_a_rest_answer_is_checked);
    tcase_add_test(c, test_trg_6_a_route_of_an_http_api_is_let_in_by_its_method_and_path);
    tcase_add_test(c, test_trg_90_an_answer_with_more_names_than_headers_is_malformed_in_bounded_time);
    tcase_add_test(c, test_trg_91_100_a_gateway_waits_so_long_and_no_longer);
    tcase_add_test(c, test_trg_99_100_an_http_api_infers_and_answers_500_where_rest_answers_502);
    tcase_add_test(c, test_trg_110_111_a_load_balancer_reads_one_kind_of_headers_and_answers_502);
    tcase_add_test(c, test_trg_94_a_rest_api_keeps_its_own_headers_and_renames_the_functions);
    tcase_add_test(c, test_trg_95_the_event_is_the_body_and_the_response_is_the_payload);
    tcase_add_test(c, test_trg_95_a_selection_pattern_takes_the_whole_error_message);
    tcase_add_test(c, test_trg_95_without_a_default_what_no_pattern_takes_is_500);
    tcase_add_test(c, test_trg_95_responses_that_cannot_be_are_refused);
    tcase_add_test(c, test_trg_112_health_checks_are_invocations_by_the_clock);
    tcase_add_test(c, test_trg_112_health_checks_are_off_until_they_are_asked_for);
    tcase_add_test(c, test_trg_111_a_body_over_a_megabyte_is_refused_before_anybody_is_asked);
    tcase_add_test(c, test_trg_107_a_target_group_has_one_function_and_conditions_choose);
    tcase_add_test(c, test_trg_106_an_authorizer_allows_denies_or_fails);
    tcase_add_test(c, test_trg_106_an_answer_is_kept_for_its_identity_for_ttl_seconds);
    tcase_add_test(c, test_trg_106_failures_and_answers_with_ttl_0_are_not_kept);
    tcase_add_test(c, test_trg_106_without_its_identity_sources_nobody_is_asked);
    tcase_add_test(c, test_trg_106_a_token_authorizer_needs_its_token_and_a_request_authorizer_does_not);
    tcase_add_test(c, test_trg_86_the_host_has_doors_by_path_and_by_name);
    tcase_add_test(c, test_trg_206_triggers_are_made_shown_changed_and_ended_over_http);
    tcase_add_test(c, test_trg_14_17_permissions_over_the_lambda_api);
    suite_add_tcase(s, c);
    return s;
}
