/* object_lambda.c - S3 Object Lambda: GetObject is answered by WriteGetObjectResponse with a route and a token, once and within
 * 60 seconds; HeadObject and the lists by what the function returns (TRG-125). */
#include <lambdainvoke/services.h>
#include <stdio.h>

#include "base/options.h"
#include "service/http.h"
#include "service/later.h"

enum { ANSWER_MS = 60000, ROUTE_SIZE = 32 };

extern const lii_trigger_kind lii_s3ol_kind;

/* A GetObject under way. */
typedef struct reading {
    lii_later later;             /* first */
    li_trigger_answered done;    /* may be NULL */
    void *user;
    char route[ROUTE_SIZE];
    lii_buf text;                /* the occurrence with its route and token */
} reading;

static void end(lii_later *later)
{
    reading *r = (reading *)later;

    lii_buf_fini(&r->text);
    lii_free(lii_engine_allocator(later->engine), r);
}

/* Told once: by whoever took it out of the registry. */
static void tell(const reading *r, int32_t status, const char *verdict, const li_trigger_header *headers, size_t n_headers, li_slice body,
                 const li_trigger_answer *function)
{
    li_trigger_answer a;

    if (!r->done)
        return;
    memset(&a, 0, sizeof a);
    a.size = sizeof a;
    a.status = status;
    a.verdict = verdict;
    a.headers = n_headers > 0 ? headers : NULL;
    a.n_headers = n_headers;
    a.body = body.len > 0 ? body.ptr : NULL;
    a.body_len = body.len;
    a.n_matched = function ? function->n_matched : 1;
    a.n_refused = function ? function->n_refused : 0;
    a.function_error = function ? function->function_error : 0;
    if (function)
        a.request_id = function->request_id;
    r->done(r->user, &a);
}

/* As S3 tells errors: a status, a code, a sentence. */
static const struct fault {
    int32_t status;
    const char *code, *text;
} timed_out = { 400, "LambdaTimeout", "No response came within 60 seconds." },
  unanswered = { 500, "LambdaResponseNotReceived", "The function ended without WriteGetObjectResponse." },
  not_found = { 404, "LambdaNotFound", "The function does not exist." },
  denied = { 403, "LambdaPermissionError", "The function may not be invoked." },
  not_invoked = { 400, "LambdaInvocationFailed", "The function could not be invoked." },
  failed = { 400, "LambdaRuntimeError", "The function failed." },
  invalid = { 400, "LambdaInvalidResponse", "The function's response is not valid." };

static void write_xml(lii_buf *out, li_slice text)
{
    size_t i;

    for (i = 0; i < text.len; i++)
        if (text.ptr[i] == '<')
            lii_buf_add_z(out, "&lt;");
        else if (text.ptr[i] == '&')
            lii_buf_add_z(out, "&amp;");
        else
            lii_buf_add_byte(out, text.ptr[i]);
}

static void write_error(lii_buf *out, li_slice code, li_slice message)
{
    lii_buf_add_z(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>");
    write_xml(out, code);
    lii_buf_add_z(out, "</Code><Message>");
    write_xml(out, message);
    lii_buf_add_z(out, "</Message></Error>");
}

/* Without memory the document is missing. */
static void tell_fault(const reading *r, const struct fault *f, const li_trigger_answer *function)
{
    lii_buf body;

    lii_buf_init(&body, lii_engine_allocator(r->later.engine));
    write_error(&body, lii_slice(f->code, LI_Z), lii_slice(f->text, LI_Z));
    tell(r, f->status, f->code, NULL, 0, lii_slice(body.data, body.status == LI_OK ? body.len : 0), function);
    lii_buf_fini(&body);
}

static void late(lii_later *later)
{
    tell_fault((reading *)later, &timed_out, NULL);
}

/* The function has come to its end: what it returns is not the answer, and without one there will be none. */
static void told(void *user, const li_trigger_answer *a)
{
    reading *r = user;

    if (lii_later_take(&r->later)) {
        if (a->status == 200)
            tell_fault(r, &unanswered, a);
        else
            tell(r, a->status, a->verdict, a->headers, a->n_headers, lii_slice(a->body, a->body_len), a);
        lii_later_release(&r->later);
    }
    lii_later_release(&r->later);
}

/* The occurrence again, with what its context lacks: of two members of a name the last counts. */
static void write_occurrence(reading *r, lii_json_value object, lii_json_value context)
{
    int is_empty;

    for (is_empty = 1; is_empty < (int)context.len - 1 && strchr(" \t\r\n", context.ptr[is_empty]); is_empty++)
        continue;
    is_empty = is_empty >= (int)context.len - 1;
    lii_buf_add(&r->text, object.ptr, object.len - 1);
    lii_buf_add_z(&r->text, ",\"getObjectContext\":");
    lii_buf_add(&r->text, context.ptr, context.len - 1);
    lii_buf_addf(&r->text, "%s\"outputRoute\":\"%s\",\"outputToken\":\"%s\"}}", is_empty ? "" : ",", r->route, r->later.token);
}

static li_status read_object(li_engine *engine, lii_json_value object, lii_json_value context, li_trigger_answered done, void *user,
                             uint64_t *n_matched, li_error *err)
{
    const li_allocator *allocator = lii_engine_allocator(engine);
    reading *r = lii_calloc(allocator, 1, sizeof *r);
    lii_occasion *o = NULL;
    li_status status;

    if (!r)
        return LI_E_NOMEM;
    r->later.engine = engine;
    r->later.kind = &lii_s3ol_kind;
    r->later.late = late;
    r->later.end = end;
    r->done = done;
    r->user = user;
    lii_buf_init(&r->text, allocator);
    status = lii_later_begin(&r->later, ANSWER_MS);
    if (status != LI_OK) {
        end(&r->later);
        return status;
    }
    snprintf(r->route, sizeof r->route, "io-%.8s", r->later.token);
    write_occurrence(r, object, context);
    status = r->text.status;
    if (status == LI_OK)
        status = lii_occasion_new(engine, &lii_s3ol_kind, r->text.data, r->text.len, &o, err);
    if (status == LI_OK)
        status = lii_occasion_run(o, told, r, n_matched, err);
    if (status != LI_OK) {           /* no function has heard of it */
        if (lii_later_take(&r->later))
            lii_later_release(&r->later);
        lii_later_release(&r->later);
    }
    return status;
}

static li_status begin(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user, uint64_t *n_matched,
                       li_error *err)
{
    lii_json_value context = lii_json_get(object, "getObjectContext", LI_Z);
    lii_occasion *o = NULL;
    li_status status;

    if (context.type == LII_JSON_OBJECT && lii_json_get(context, "outputToken", LI_Z).type == LII_JSON_NONE) {
        status = read_object(engine, object, context, done, user, n_matched, err);
        return status == LI_E_NOMEM ? lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for a request") : status;
    }
    status = lii_occasion_new(engine, &lii_s3ol_kind, object.ptr, object.len, &o, err);
    return status == LI_OK ? lii_occasion_run(o, done, user, n_matched, err) : status;
}

/* ---- WriteGetObjectResponse */

static li_status not_awaited(li_slice token, li_error *err)
{
    return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_ANSWER_NOT_AWAITED, token.ptr, token.len,
                    "nothing waits for a response with this route and token: it was answered, is too late, or never was");
}

static li_status check_response(const li_s3_object_response *a, li_error *err)
{
    size_t i;

    if (!a->token.ptr || a->n_headers > LI_S3_OBJECT_HEADERS || (a->n_headers > 0 && !a->headers))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_ANSWER, "token", LI_Z, "a token is needed, and at most %d headers", LI_S3_OBJECT_HEADERS);
    if (a->status < 200 || a->status > 599)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_ANSWER, "status", LI_Z, "a status is 200 to 599");
    for (i = 0; i < a->n_headers; i++)
        if (a->headers[i].name.len == 0)
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_ANSWER, "headers", LI_Z, "a header has a name");
    return LI_OK;
}

/* Headers and body as one who is told gets them: texts that end in NUL lie in room. */
static li_status copy_headers(const li_s3_object_response *a, lii_buf *room, li_trigger_header *headers)
{
    size_t i, at = 0;

    for (i = 0; i < a->n_headers; i++) {
        li_slice name = lii_measured(a->headers[i].name), value = lii_measured(a->headers[i].value);

        lii_buf_add(room, name.ptr, name.len);
        lii_buf_add_byte(room, '\0');
        lii_buf_add(room, value.ptr, value.len);
        lii_buf_add_byte(room, '\0');
        headers[i].name.len = name.len;
        headers[i].value.len = value.len;
    }
    for (i = 0; room->status == LI_OK && i < a->n_headers; i++) {
        headers[i].name.ptr = room->data + at;
        headers[i].value.ptr = room->data + at + headers[i].name.len + 1;
        at += headers[i].name.len + headers[i].value.len + 2;
    }
    return room->status;
}

static li_status answer(li_engine *engine, const li_s3_object_response *a, li_error *err)
{
    reading *r = (reading *)lii_later_find(engine, &lii_s3ol_kind, a->token);
    li_trigger_header headers[LI_S3_OBJECT_HEADERS];
    li_slice body = a->body;
    lii_buf room, xml;
    li_status status;

    if (!r || (a->route.ptr && !lii_slice_is(a->route, r->route))) {
        if (r)
            lii_later_release(&r->later);
        return not_awaited(a->token, err);
    }
    lii_buf_init(&room, lii_engine_allocator(engine));
    lii_buf_init(&xml, lii_engine_allocator(engine));
    status = copy_headers(a, &room, headers);
    if (a->error_code.ptr) {
        write_error(&xml, a->error_code, a->error_message);
        body = lii_slice(xml.data, xml.len);
    }
    if (status != LI_OK || xml.status != LI_OK) {
        status = lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a response; the reader still waits");
    } else if (!lii_later_take(&r->later)) {
        status = not_awaited(a->token, err);
    } else {
        tell(r, a->status, a->error_code.ptr || a->status >= 400 ? "error" : "ok", headers, a->n_headers, body, NULL);
        lii_later_release(&r->later);
    }
    lii_buf_fini(&xml);
    lii_buf_fini(&room);
    lii_later_release(&r->later);
    return status;
}

li_status li_s3_object_respond(li_engine *engine, const li_s3_object_response *response, li_error *err)
{
    li_s3_object_response a = LI_S3_OBJECT_RESPONSE_INIT;
    li_status status = engine && response ? lii_engine_check_fork(engine, err)
                                          : lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine and response are needed");

    if (status == LI_OK)
        status = lii_options_read(&a, sizeof a, response, "li_s3_object_response", err);
    if (status == LI_OK) {
        a.route = lii_measured(a.route);
        a.token = lii_measured(a.token);
        a.error_code = lii_measured(a.error_code);
        a.error_message = lii_measured(a.error_message);
        a.body = lii_measured(a.body);
        status = check_response(&a, err);
    }
    return status == LI_OK ? answer(engine, &a, err) : status;
}

li_status li_s3_object_response_init(li_s3_object_response *response, size_t size)
{
    static const li_s3_object_response defaults = LI_S3_OBJECT_RESPONSE_INIT;

    return lii_options_init(response, size, &defaults, sizeof defaults);
}

static li_status respond(li_engine *engine, li_slice token, li_slice body, li_error *err)
{
    li_s3_object_response a = LI_S3_OBJECT_RESPONSE_INIT;

    a.token = token;
    a.body = body;
    return li_s3_object_respond(engine, &a, err);
}

/* ---- HeadObject and the lists */

static void react(lii_reaction *a, const struct fault *f)
{
    a->status = f->status;
    a->verdict = f->code;
    a->n_headers = 0;
    lii_buf_clear(&a->headers);
    lii_buf_clear(&a->body);
    write_error(&a->body, lii_slice(f->code, LI_Z), lii_slice(f->text, LI_Z));
}

static const struct fault *fault_of(li_status status, const li_invoke_result *result)
{
    switch (status) {
    case LI_OK:
        return result->function_error != LI_FUNCTION_ERROR_NONE ? &failed : NULL;
    case LI_E_TIMEOUT:
        return &timed_out;
    case LI_E_NOT_FOUND:
        return &not_found;
    case LI_E_DENIED:
        return &denied;
    default:
        return &not_invoked;
    }
}

/* headers: {"NAME": text or number or bool, …}. 0: they are not. */
static int take_headers(lii_json_value headers, lii_reaction *a)
{
    lii_json_value key, value;
    size_t at = 0;

    if (headers.type == LII_JSON_NONE || headers.type == LII_JSON_NULL)
        return 1;
    while (headers.type == LII_JSON_OBJECT && lii_json_next(headers, &at, &key, &value)) {
        char name[256], text[2048];
        size_t n = lii_json_text(key, name, sizeof name - 1), len = value.len;

        if (value.type == LII_JSON_OBJECT || value.type == LII_JSON_ARRAY || value.type == LII_JSON_NULL || n >= sizeof name)
            return 0;
        name[n] = '\0';
        if (value.type == LII_JSON_STRING)
            len = lii_json_text(value, text, sizeof text);
        else if (len <= sizeof text)
            memcpy(text, value.ptr, len);
        if (len > sizeof text)
            return 0;
        lii_reaction_header(a, name, text, len);
    }
    return headers.type == LII_JSON_OBJECT;
}

/* {"statusCode", "errorCode", "errorMessage", "headers" | "listResultXml" | "listBucketResult"} */
static void answered(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result, lii_reaction *a)
{
    const struct fault *fault = fault_of(status, result);
    lii_json_value document, code, xml;
    int64_t number = 200;

    if (fault) {
        react(a, fault);
        return;
    }
    lii_reaction_plain(t, status, result, a);
    if (lii_occurrence_get(o, "getObjectContext").type != LII_JSON_NONE)
        return;
    document = lii_json_root(result->payload, result->payload_len);
    code = lii_json_get(document, "statusCode", LI_Z);
    if (document.type != LII_JSON_OBJECT || (code.type != LII_JSON_NONE && !lii_http_status(code, &number)) ||
        !take_headers(lii_json_get(document, "headers", LI_Z), a)) {
        react(a, &invalid);
        return;
    }
    a->status = (int32_t)number;
    if (number >= 400)
        a->verdict = "error";
    xml = lii_json_get(document, "listResultXml", LI_Z);
    if (xml.type == LII_JSON_STRING) {
        lii_buf_clear(&a->body);
        if (lii_buf_reserve(&a->body, xml.len) == LI_OK)
            a->body.len = lii_json_text(xml, a->body.data, xml.len);
        lii_reaction_header(a, "Content-Type", "application/xml", LI_Z);
    }
}

static const lii_kind_code code = { .begin = begin, .respond = respond, .answer = answered };

static const lii_field s3ol_fields[] = {
    { .name = "accessPoint", .label = "Object Lambda access point", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED,
      .max = 2048 },
    { .name = "supportingAccessPoint", .label = "Supporting access point", .type = LII_FIELD_ARN,
      .flags = LII_FIELD_REQUIRED, .max = 2048 },
    { .name = "payload", .label = "Payload", .max = 131072 },
    { .name = NULL }
};
const lii_trigger_kind lii_s3ol_kind = {
    .name = "s3ol",
    .label = "S3 Object Lambda",
    .principal = "s3-object-lambda.amazonaws.com",
    .source_arn = "${$accessPoint}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ROLE | LII_KIND_ONE,
    .answer_ms = 60000,
    .retries = "none: the client",
    .fields = s3ol_fields,
    .members = "accessPoint:s! getObjectContext:o headObjectContext:o listObjectsContext:o listObjectsV2Context:o "
               "userRequest:o! userIdentity:o",
    .match = "accessPoint=accessPoint",
    .same = "accessPoint",
    .same_max = 1,
    .event = "{\"xAmzRequestId\":\"${@id0}\",\"?getObjectContext\":\"${=getObjectContext}\","
             "\"?headObjectContext\":\"${=headObjectContext}\",\"?listObjectsContext\":\"${=listObjectsContext}\","
             "\"?listObjectsV2Context\":\"${=listObjectsV2Context}\",\"configuration\":{\"accessPointArn\":\"${$accessPoint}\","
             "\"supportingAccessPointArn\":\"${$supportingAccessPoint}\",\"payload\":\"${$payload|{}}\"},"
             "\"userRequest\":\"${=userRequest}\",\"userIdentity\":\"${=userIdentity|{\\\"type\\\":\\\"IAMUser\\\","
             "\\\"principalId\\\":\\\"EXAMPLE\\\",\\\"arn\\\":\\\"arn:aws:iam::123456789012:user/example\\\",\\\"accountId\\\":"
             "\\\"123456789012\\\",\\\"accessKeyId\\\":\\\"EXAMPLE\\\"}}\",\"protocolVersion\":\"1.00\"}",
    .shape = "xAmzRequestId:s! configuration.accessPointArn:s! userRequest.url:s! userIdentity:o! protocolVersion:s!",
    .options_example = "{\"accessPoint\":\"arn:aws:s3-object-lambda:us-east-1:111122223333:accesspoint/example-ol\","
                       "\"supportingAccessPoint\":\"arn:aws:s3:us-east-1:111122223333:accesspoint/example-ap\"}",
    .code = &code,
    .example = "{\"accessPoint\":\"arn:aws:s3-object-lambda:us-east-1:111122223333:accesspoint/example-ol\","
               "\"getObjectContext\":{\"inputS3Url\":\"https://example.com/x\",\"outputRoute\":\"io-use1-001\",\"outputToken\":"
               "\"OutputToken\"},\"userRequest\":{\"url\":\"https://example.com/example\",\"headers\":{\"Host\":\"example.com\"}}}",
};
