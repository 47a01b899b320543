/* gateway.c - triggers that are routes of REST and HTTP APIs (TRG-86, 95, 102). */
#include "service/http.h"

#include <stdio.h>

enum { BODY_MAX = 10485760, SOURCE_MAX = 1024 };

/* ---- which route takes the request */

/* Method and path of a trigger: "METHOD /path", "$default", or the options method and path. */
static int takes(const li_trigger *t, const lii_http *h, uint64_t *rank)
{
    li_slice key = lii_option_text(t, "routeKey"), method = lii_option_text(t, "method"), path = lii_option_text(t, "path");
    const char *blank = key.ptr ? memchr(key.ptr, ' ', key.len) : NULL;

    *rank = 0;
    if (key.ptr && !blank)
        return 1;                /* $default: last of all */
    if (blank) {
        method = lii_slice(key.ptr, (size_t)(blank - key.ptr));
        path = lii_slice(blank + 1, key.len - method.len - 1);
    }
    if (!lii_slice_is(method, "ANY") && !lii_slice_equal(method, h->method))
        return 0;
    if (!lii_route_matches(path, h->path, rank))
        return 0;
    *rank = *rank * 2 + 2 + (uint64_t)!lii_slice_is(method, "ANY");
    return 1;
}

static int gateway_matches(const li_trigger *t, const lii_occurrence *o)
{
    const lii_http *h = o->state;
    uint64_t rank;

    return (h->api.len == 0 || lii_slice_equal(h->api, lii_option_text(t, "apiId"))) &&
           (h->stage.len == 0 || lii_slice_equal(h->stage, lii_option_text(t, "stage"))) && takes(t, h, &rank);
}

static int gateway_where(const lii_occurrence *o, li_slice *name)
{
    *name = ((const lii_http *)o->state)->api;
    return name->len > 0 ? LII_AT_PLACE : 0;
}

static int gateway_better(const li_trigger *a, const li_trigger *b, const lii_occurrence *o)
{
    uint64_t mine = 0, other = 0;

    takes(a, o->state, &mine);
    takes(b, o->state, &other);
    return mine > other;
}

void lii_gateway_message(lii_reaction *a, int32_t status, const char *verdict, const char *text)
{
    a->status = status;
    a->verdict = verdict;
    lii_reaction_header(a, "content-type", "application/json", LI_Z);
    lii_buf_addf(&a->body, "{\"message\":\"%s\"}", text);
}

static void rest_nobody(const lii_occurrence *o, lii_reaction *a)
{
    (void)o;
    lii_gateway_message(a, 403, "nobody", "Missing Authentication Token");
    lii_reaction_header(a, "x-amzn-ErrorType", "MissingAuthenticationTokenException", LI_Z);
}

static void http_api_nobody(const lii_occurrence *o, lii_reaction *a)
{
    (void)o;
    lii_gateway_message(a, 404, "nobody", "Not Found");
}

static li_status check_path(const li_trigger *t, const char *member, li_slice path, li_error *err)
{
    (void)t;
    if (path.len == 0 || path.ptr[0] != '/')
        return lii_option_wrong(member, err, "a path begins with /");
    return LI_OK;
}

static int is_custom(const li_trigger *t)
{
    return lii_slice_is(lii_option_text(t, "integration"), "AWS");
}

static li_status rest_prepare(li_trigger *t, li_error *err)
{
    li_status status = check_path(t, "path", lii_option_text(t, "path"), err);

    t->is_foreign = is_custom(t);
    return status == LI_OK && is_custom(t) ? lii_custom_prepare(t, err) : status;
}

static void rest_build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    if (is_custom(t))
        lii_custom_build(o, event);
    else
        lii_http_v1(t, o, event);
}

static void rest_answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                        lii_reaction *a)
{
    if (is_custom(t))
        lii_custom_answer(t, o, status, result, a);
    else
        lii_rest_answer(t, o, status, result, a);
}

/* As policies name a route: API/STAGE/METHOD/path, or $default, in any stage. */
static li_status set_route_arn(li_trigger *t, li_slice method, li_slice path, li_error *err)
{
    li_slice api = lii_option_text(t, "apiId");
    int n = snprintf(t->source_arn, sizeof t->source_arn, "arn:%s:execute-api:%s:%s:%.*s/*/%.*s%.*s", li_engine_get_partition(t->engine),
                     li_engine_get_region(t->engine), li_engine_get_account(t->engine), LII_TEXT(api), (int)method.len, method.ptr,
                     (int)path.len, path.len ? path.ptr : "");

    return n <= SOURCE_MAX ? LI_OK : lii_option_wrong("routeKey", err, "with it the source's ARN has over %d bytes", (int)SOURCE_MAX);
}

static li_status http_api_prepare(li_trigger *t, li_error *err)
{
    li_slice key = lii_option_text(t, "routeKey"), path;
    const char *blank = memchr(key.ptr, ' ', key.len);
    li_status status;

    if (lii_slice_is(key, "$default"))
        return set_route_arn(t, key, lii_slice(NULL, 0), err);
    if (!blank)
        return lii_option_wrong("routeKey", err, "$default, or METHOD /path");
    path = lii_slice(blank + 1, key.len - (size_t)(blank + 1 - key.ptr));
    status = check_path(t, "routeKey", path, err);
    return status == LI_OK ? set_route_arn(t, lii_slice(key.ptr, (size_t)(blank - key.ptr)), path, err) : status;
}

static void http_api_build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    if (lii_slice_is(lii_option_text(t, "payloadFormat"), "1.0"))
        lii_http_v1(t, o, event);
    else
        lii_http_v2(t, o, event);
}

/* Before anybody is asked: what is too large, and what no balancer passes on (TRG-91, 111). */
static int gateway_refuse(const lii_occurrence *o, lii_reaction *a)
{
    if (((const lii_http *)o->state)->body.len <= BODY_MAX)
        return 0;
    lii_gateway_message(a, 413, "too-large", "Request Too Long");
    return 1;
}

static const lii_kind_code rest_code = { .prepare = rest_prepare, .read = lii_http_read, .forget = lii_http_forget,
                                         .matches = gateway_matches, .where = gateway_where, .better = gateway_better, .build = rest_build,
                                         .answer = rest_answer, .nobody = rest_nobody, .refuse = gateway_refuse };
static const lii_kind_code http_api_code = { .prepare = http_api_prepare, .read = lii_http_read,
                                             .forget = lii_http_forget, .matches = gateway_matches, .where = gateway_where,
                                             .better = gateway_better, .build = http_api_build,
                                             .answer = lii_http_api_answer, .nobody = http_api_nobody,
                                             .refuse = gateway_refuse };

static const lii_field rest_fields[] = {
    { .name = "apiId", .label = "API id", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 64, .pattern = "[a-z0-9\\-]+" },
    { .name = "apiName", .label = "API name", .max = 1024 },
    { .name = "stage", .label = "Stage", .standard = "\"prod\"", .min = 1, .max = 128, .pattern = "[a-zA-Z0-9_\\-]+" },
    { .name = "path", .label = "Path", .standard = "\"/{proxy+}\"", .min = 1, .max = 1024,
      .help = "with {name} and {proxy+}" },
    { .name = "method", .label = "Method", .type = LII_FIELD_ENUM, .standard = "\"ANY\"",
      .choices = "ANY|GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS" },
    { .name = "security", .label = "Security", .type = LII_FIELD_ENUM, .standard = "\"Open\"",
      .choices = "Open|IAM|API key", .help = "kept, and not checked by the library" },
    { .name = "timeout", .label = "Time-out (ms)", .type = LII_FIELD_INTEGER, .standard = "29000", .min = 50, .max = 29000 },
    { .name = "integration", .label = "Integration", .type = LII_FIELD_ENUM, .standard = "\"AWS_PROXY\"",
      .choices = "AWS_PROXY|AWS", .help = "AWS: the function gets the body alone, and responses choose the status" },
    { .name = "responses", .label = "Responses", .type = LII_FIELD_LIST, .flags = LII_FIELD_JSON_LIST, .max = 50,
      .standard = "[{\"statusCode\":200}]", .show_if = "integration=AWS",
      .help = "{\"statusCode\", \"selectionPattern\"}: the pattern takes the whole errorMessage; without one it is the default" },
    { .name = "binaryMediaTypes", .label = "Binary media types", .type = LII_FIELD_LIST, .max = 100 },
    { .name = "stageVariables", .label = "Stage variables", .type = LII_FIELD_KEYVALUE, .max = 100 },
    { .name = NULL }
};
const lii_trigger_kind lii_apigw_rest_kind = {
    .name = "apigw-rest",
    .label = "API Gateway REST",
    .principal = "apigateway.amazonaws.com",
    .source_arn = "arn:${@partition}:execute-api:${@region}:${@account}:${$apiId}/${$stage}/${$method}${$path}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .answer_ms = 29000,
    .retries = "none: the client",
    .fields = rest_fields,
    .members = LII_HTTP_MEMBERS,
    .place = "apiId",
    .same = "apiId stage method path",
    .same_max = 1,
    .shape = "resource:s! path:s! httpMethod:s! headers:oz requestContext.stage:s requestContext.requestId:s body:sz",
    .options_example = "{\"apiId\":\"example\"}",
    .example = "{\"method\":\"POST\",\"target\":\"/path/to/resource?foo=bar\",\"headers\":{\"Content-Type\":\"application/json\"},"
               "\"body\":\"{\\\"test\\\":\\\"body\\\"}\"}",
    .code = &rest_code,
};

static const lii_field http_api_fields[] = {
    { .name = "apiId", .label = "API id", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 64, .pattern = "[a-z0-9\\-]+" },
    { .name = "apiName", .label = "API name", .max = 1024 },
    { .name = "stage", .label = "Stage", .standard = "\"$default\"", .min = 1, .max = 128 },
    { .name = "routeKey", .label = "Route", .standard = "\"$default\"", .min = 1, .max = 1100,
      .help = "$default, or METHOD /path with {name} and {proxy+}" },
    { .name = "security", .label = "Security", .type = LII_FIELD_ENUM, .standard = "\"Open\"", .choices = "Open|IAM|JWT",
      .help = "kept, and not checked by the library" },
    { .name = "payloadFormat", .label = "Payload format", .type = LII_FIELD_ENUM, .standard = "\"2.0\"",
      .choices = "1.0|2.0" },
    { .name = "timeout", .label = "Time-out (ms)", .type = LII_FIELD_INTEGER, .standard = "30000", .min = 50, .max = 30000 },
    { .name = "stageVariables", .label = "Stage variables", .type = LII_FIELD_KEYVALUE, .max = 100 },
    { .name = NULL }
};
const lii_trigger_kind lii_apigw_http_kind = {
    .name = "apigw-http",
    .label = "API Gateway HTTP",
    .principal = "apigateway.amazonaws.com",
    .source_arn = "",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .answer_ms = 30000,
    .retries = "none: the client",
    .fields = http_api_fields,
    .members = LII_HTTP_MEMBERS,
    .place = "apiId",
    .same = "apiId stage routeKey",
    .same_max = 1,
    .shape = "version:s! requestContext:o! rawPath:s path:s headers:o isBase64Encoded:b body:sz",
    .options_example = "{\"apiId\":\"example\"}",
    .example = "{\"method\":\"POST\",\"target\":\"/path/to/resource?parameter1=value1\",\"headers\":{\"Content-Type\":"
               "\"application/json\",\"Cookie\":\"cookie1=a; cookie2=b\"},\"body\":\"{\\\"test\\\":\\\"body\\\"}\"}",
    .code = &http_api_code,
};
