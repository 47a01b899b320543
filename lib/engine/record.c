/* record.c - pure: the invocation record of a finished event, and what a dead letter says of its error. */
#include "base/base64.h"
#include "engine/engine.h"
#include "json/scan.h"
#include "json/write.h"

/* The event as it came; a raw one that is no JSON as {"base64":…}. */
static void request_payload(lii_json_writer *w, const lii_ending *e, int is_raw)
{
    if (!is_raw || lii_json_check(e->payload, e->payload_len, LII_JSON_DEPTH, NULL) == 0) {
        lii_json_raw(w, e->payload, e->payload_len);
        return;
    }
    lii_json_open(w, '{');
    lii_json_key(w, "base64");
    lii_buf_add_byte(w->out, '"');
    lii_base64(w->out, e->payload, e->payload_len);
    lii_buf_add_byte(w->out, '"');
    w->needs_comma = 1;
    lii_json_close(w, '}');
}

static void response_context(lii_json_writer *w, const lii_ending *e)
{
    if (e->status_code == 0)
        return;
    lii_json_key(w, "responseContext");
    lii_json_open(w, '{');
    lii_json_member_u64(w, "statusCode", (uint64_t)e->status_code);
    if (e->version)
        lii_json_member_string(w, "executedVersion", e->version, LI_Z);
    if (e->function_error == LI_FUNCTION_ERROR_UNHANDLED)
        lii_json_member_string(w, "functionError", "Unhandled", LI_Z);
    else if (e->function_error == LI_FUNCTION_ERROR_HANDLED)
        lii_json_member_string(w, "functionError", "Handled", LI_Z);
    lii_json_close(w, '}');
}

static void response_payload(lii_json_writer *w, const lii_ending *e)
{
    if (!e->has_response || (e->response_len == 0 && !e->is_empty))
        return;
    if (lii_json_check(e->response, e->response_len, LII_JSON_DEPTH, NULL) == 0) {
        lii_json_key(w, "responsePayload");
        lii_json_raw(w, e->response, e->response_len);
        return;
    }
    lii_json_key(w, "deliveryError");
    lii_json_open(w, '{');
    lii_json_member_u64(w, "statusCode", 400);
    lii_json_member_string(w, "errorCode", "InvalidRequestContentException", LI_Z);
    lii_json_close(w, '}');
}

static void write_record(const lii_ending *e, uint64_t time_ms, uint32_t count, int is_raw, int with_payloads, lii_buf *out)
{
    char at[LII_TIME_SIZE], id[LI_ID_TEXT_SIZE], arn[400];
    lii_json_writer w;

    lii_time_ms(time_ms, at);
    li_id_format(&e->header.id, id);
    lii_function_arn(e->lane->function, e->lane->qualifier[0] ? e->lane->qualifier : "$LATEST", arn, sizeof arn);
    lii_buf_clear(out);
    lii_json_begin(&w, out);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "version", "1.0", LI_Z);
    lii_json_member_string(&w, "timestamp", at, LI_Z);
    lii_json_key(&w, "requestContext");
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "requestId", id, LI_Z);
    lii_json_member_string(&w, "functionArn", arn, LI_Z);
    lii_json_member_string(&w, "condition", li_condition_name(e->condition), LI_Z);
    lii_json_member_u64(&w, "approximateInvokeCount", count);
    lii_json_close(&w, '}');
    if (with_payloads) {
        lii_json_key(&w, "requestPayload");
        request_payload(&w, e, is_raw);
    }
    response_context(&w, e);
    if (with_payloads)
        response_payload(&w, e);
    lii_json_close(&w, '}');
}

li_status lii_record_make(const li_engine *engine, const lii_ending *e, uint64_t time_ms, uint32_t count, int is_raw,
                          lii_buf *out)
{
    write_record(e, time_ms, count, is_raw, 1, out);
    if (out->status == LI_OK && out->len > (uint64_t)LII_CONFIG(engine, destination_bytes))
        write_record(e, time_ms, count, is_raw, 0, out);    /* so that it fits (INV-225) */
    return out->status;
}

/* Bytes of a UTF-8 sequence cut off at the end of text. */
static size_t incomplete_end(const char *text, size_t len)
{
    size_t back;

    for (back = 1; back <= 3 && back <= len; back++) {
        unsigned char c = (unsigned char)text[len - back];

        if ((c & 0xC0) == 0x80)
            continue;
        if ((c >= 0xF0 && back < 4) || (c >= 0xE0 && c < 0xF0 && back < 3) || (c >= 0xC0 && c < 0xE0 && back < 2))
            return back;
        return 0;
    }
    return 0;
}

enum { MESSAGE_MAX = 1024 };

void lii_record_error_message(const lii_ending *e, char *out, size_t out_size)
{
    lii_json_value message;
    size_t len, cut;

    out[0] = '\0';
    if (e->error_message) {
        len = strlen(e->error_message);
        len = len < out_size ? len : out_size - 1;
        memcpy(out, e->error_message, len);
        out[len] = '\0';
        return;
    }
    if (!e->has_response || lii_json_check(e->response, e->response_len, LII_JSON_DEPTH, NULL) != 0)
        return;
    message = lii_json_get(lii_json_root(e->response, e->response_len), "errorMessage", 12);
    if (message.type != LII_JSON_STRING)
        return;
    len = lii_json_text(message, out, MESSAGE_MAX);
    if (len > MESSAGE_MAX) {
        len = MESSAGE_MAX;
        cut = incomplete_end(out, len);
        if (cut > 0) {
            memcpy(out + len - cut, "\xEF\xBF\xBD", 3);
            len += 3 - cut;
        }
    }
    out[len] = '\0';
}
