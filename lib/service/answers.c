/* answers.c - what WebSocket APIs, CloudFront, S3 Batch, Alexa and Lex make of a function's answer (TRG-104, 119, 124, 127, 128). */
#include "service/answers.h"

enum { ALEXA_MAX = 24576, EDGE_VIEWER_MAX = 40960, EDGE_ORIGIN_MAX = 1048576 };

static int has_failed(li_status status, const li_invoke_result *result)
{
    return status != LI_OK || result->function_error != LI_FUNCTION_ERROR_NONE;
}

static lii_json_value document_of(const li_invoke_result *result)
{
    return lii_json_root(result->payload, result->payload_len);
}

static void refuse(lii_reaction *a, int32_t status, const char *verdict)
{
    a->status = status;
    a->verdict = verdict;
}

/* ---- WebSocket */

static void add_text(lii_buf *out, lii_json_value text)
{
    if (text.type == LII_JSON_STRING)
        lii_buf_add(out, text.ptr + 1, text.len - 2);     /* escaped already */
}

/* The frame that a client gets when its message has failed. */
static void write_failure(const lii_occurrence *o, lii_reaction *a)
{
    char id[LI_ID_TEXT_SIZE];

    li_id_format(&o->ids[0], id);
    lii_buf_clear(&a->body);
    lii_buf_add_z(&a->body, "{\"message\": \"Internal server error\", \"connectionId\":\"");
    add_text(&a->body, lii_occurrence_get(o, "connectionId"));
    lii_buf_addf(&a->body, "\", \"requestId\":\"%s\"}", id);
}

/* The body of an answer is its frame. */
static void take_body(lii_reaction *a, lii_json_value document)
{
    lii_json_value body = lii_json_get(document, "body", LI_Z);

    lii_buf_clear(&a->body);
    if (body.type == LII_JSON_STRING && lii_buf_reserve(&a->body, body.len) == LI_OK)
        a->body.len = lii_json_text(body, a->body.data, body.len);
}

LII_ANSWER(lii_ws_answer)
{
    lii_json_value type = lii_occurrence_get(o, "eventType");
    int is_connect = lii_json_text_is(type, "CONNECT", LI_Z);
    int64_t code = 0;

    lii_reaction_plain(t, status, result, a);
    if (!has_failed(status, result)) {
        if (lii_json_i64(lii_json_get(document_of(result), "statusCode", LI_Z), &code) == 0)
            a->status = code >= 100 && code <= 599 ? (int32_t)code : 502;
        else if (is_connect)
            a->status = 502;     /* a handshake needs a status */
    }
    if (is_connect)
        a->verdict = a->status >= 200 && a->status < 300 ? "connected" : "refused";
    if (has_failed(status, result) || (is_connect && a->status == 502))
        write_failure(o, a);
    else if (lii_json_text_is(type, "MESSAGE", LI_Z) && lii_option_number(t, "routeResponse"))
        take_body(a, document_of(result));
    else
        lii_buf_clear(&a->body); /* nothing goes back */
    if (lii_json_text_is(type, "DISCONNECT", LI_Z))
        refuse(a, 200, "disconnected");
}

/* ---- CloudFront */

/* Request events go on with a request, or are answered; response events are answered. */
LII_ANSWER(lii_edge_answer)
{
    lii_json_value event = lii_occurrence_get(o, "eventType"), document;
    int is_request = lii_json_text_is(event, "viewer-request", LI_Z) || lii_json_text_is(event, "origin-request", LI_Z);
    int is_viewer = lii_json_text_is(event, "viewer-request", LI_Z) || lii_json_text_is(event, "viewer-response", LI_Z);
    lii_json_value code;
    int64_t number = 0;
    char text[4];

    lii_reaction_plain(t, status, result, a);
    if (has_failed(status, result)) {
        refuse(a, status == LI_E_THROTTLED || status == LI_E_TIMEOUT ? 503 : 502, status == LI_OK ? "function-error" : "refused");
        return;
    }
    document = document_of(result);
    code = lii_json_get(document, "status", LI_Z);
    if (is_request && lii_json_get(document, "uri", LI_Z).type == LII_JSON_STRING &&
        lii_json_get(document, "method", LI_Z).type == LII_JSON_STRING) {
        a->verdict = "request";
    } else if (code.type == LII_JSON_STRING && lii_json_text(code, text, sizeof text) == 3 && text[0] >= '1' && text[0] <= '5' &&
               text[1] >= '0' && text[1] <= '9' && text[2] >= '0' && text[2] <= '9' &&
               result->payload_len <= (size_t)(is_viewer ? EDGE_VIEWER_MAX : EDGE_ORIGIN_MAX)) {
        number = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
        refuse(a, (int32_t)number, "response");
    } else {
        refuse(a, 502, "malformed");
    }
}

/* ---- S3 Batch */

static int is_code(lii_json_value code)
{
    return lii_json_text_is(code, "Succeeded", LI_Z) || lii_json_text_is(code, "TemporaryFailure", LI_Z) ||
           lii_json_text_is(code, "PermanentFailure", LI_Z);
}

/* The task's verdict. The job tries TemporaryFailure and throttles again; a task that is missing counts as the answer says. */
LII_ANSWER(lii_s3batch_answer)
{
    lii_json_value document, code, missing, version;
    li_slice schema = lii_option_text(t, "schemaVersion");

    (void)o;
    lii_reaction_plain(t, status, result, a);
    if (has_failed(status, result)) {
        refuse(a, status == LI_OK ? 502 : a->status, status == LI_E_THROTTLED || status == LI_E_TIMEOUT ? "TemporaryFailure" : "PermanentFailure");
        return;
    }
    document = document_of(result);
    version = lii_json_get(document, "invocationSchemaVersion", LI_Z);
    missing = lii_json_get(document, "treatMissingKeysAs", LI_Z);
    code = lii_json_path(document, "results.0.resultCode", LI_Z);
    if (lii_json_path(document, "results.0", LI_Z).type == LII_JSON_NONE)
        code = missing;
    if (!lii_json_text_is(version, schema.ptr, schema.len) || !is_code(code))
        refuse(a, 502, "PermanentFailure");
    else
        refuse(a, 200, lii_json_text_is(code, "Succeeded", LI_Z)          ? "Succeeded"
                       : lii_json_text_is(code, "TemporaryFailure", LI_Z) ? "TemporaryFailure"
                                                                          : "PermanentFailure");
}

/* ---- Alexa, Lex */

LII_ANSWER(lii_alexa_answer)
{
    lii_json_value document;

    lii_reaction_plain(t, status, result, a);
    if (has_failed(status, result))
        return;
    document = document_of(result);
    if (result->payload_len > ALEXA_MAX ||
        (lii_json_text_is(lii_occurrence_get(o, "request.type"), "SessionEndedRequest", LI_Z) &&
         lii_json_path(document, "response.outputSpeech", LI_Z).type != LII_JSON_NONE))
        refuse(a, 502, "malformed");
}

LII_ANSWER(lii_lexv2_answer)
{
    (void)o;
    lii_reaction_plain(t, status, result, a);
    if (a->status == 200)
        return;
    refuse(a, 424, "DependencyFailedException");
    lii_buf_clear(&a->body);
    lii_buf_add_z(&a->body, "{\"message\":\"Invalid Bot Response: the function failed, or its answer is none\"}");
}
