/* answer.c - how an invocation's end looks: payload or error document, and what it is billed. */
#include <stdio.h>

#include "base/cold.h"
#include "engine/engine.h"
#include "json/write.h"

void lii_error_document(lii_buf *out, const char *type, const char *message, const char *request_id)
{
    lii_json_writer w;

    lii_json_begin(&w, out);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "errorType", type, LI_Z);
    lii_json_member_string(&w, "errorMessage", message, LI_Z);
    if (request_id)
        lii_json_member_string(&w, "requestId", request_id, LI_Z);
    lii_json_close(&w, '}');
}

static const char out_of_memory[] = "{\"errorType\":\"Runtime.OutOfMemory\",\"errorMessage\":\"out of memory\"}";

/* A document of ours; when there is no memory for it, one that needs none. */
static LII_COLD void own_document(li_invocation *inv, const char *type, const char *message, int with_id)
{
    lii_buf_clear(&inv->document);
    lii_error_document(&inv->document, type, message, with_id ? li_invocation_get_request_id(inv) : NULL);
    inv->answer.function_error = LI_FUNCTION_ERROR_UNHANDLED;
    inv->answer.error_type = type;
    if (inv->document.status == LI_OK) {
        inv->answer.payload = inv->document.data;
        inv->answer.payload_len = inv->document.len;
    } else {
        inv->answer.payload = out_of_memory;
        inv->answer.payload_len = sizeof out_of_memory - 1;
    }
}

static LII_COLD void timeout_document(li_invocation *inv)
{
    char message[160], at[LII_TIME_SIZE];
    unsigned hundredths = (inv->code->timeout_ms + 5) / 10;   /* of a second; no %f, whose point depends on the locale */

    if (LII_CONFIG(inv->engine, timeout_text)) {
        lii_time_ms(lii_ms_of_ns(inv->engine, inv->end_ns), at);
        snprintf(message, sizeof message, "%s %s Task timed out after %u.%02u seconds", at,
                 li_invocation_get_request_id(inv), hundredths / 100, hundredths % 100);
        own_document(inv, "Sandbox.Timedout", message, 0);
        lii_buf_clear(&inv->document);
        lii_buf_addf(&inv->document, "{\"errorMessage\":\"%s\"}", message);
        inv->answer.payload_len = inv->document.len;
        inv->answer.payload = inv->document.data;
        return;
    }
    snprintf(message, sizeof message, "RequestId: %s Error: Task timed out after %u.%02u seconds",
             li_invocation_get_request_id(inv), hundredths / 100, hundredths % 100);
    own_document(inv, "Sandbox.Timedout", message, 0);
}

static LII_COLD const char *signal_name(int32_t number)
{
    switch (number) {
    case 4:
        return "illegal instruction";
    case 6:
        return "aborted";
    case 8:
        return "floating point exception";
    case 9:
        return "killed";
    case 11:
        return "segmentation fault";
    case 15:
        return "terminated";
    default:
        return "unknown signal";
    }
}

/* The runtime has ended: so much is in the log too, behind what the handler said (INV-704). */
static LII_COLD void ended_document(li_invocation *inv, const char *type, const char *message)
{
    lii_buf *log = &inv->log;

    own_document(inv, type, message, 0);
    if (!inv->wants_tail || inv->code->log_format == LI_LOG_FORMAT_JSON)
        return;
    if (log->len > 0 && log->data[log->len - 1] != '\n')
        lii_buf_add_byte(log, '\n');
    lii_buf_addf(log, "%s\n%s\n", message, type);
}

static LII_COLD void exit_document(li_invocation *inv)
{
    char message[160];
    const char *id = li_invocation_get_request_id(inv);

    if (inv->exit_status == 0)
        snprintf(message, sizeof message, "RequestId: %s Error: Runtime exited without providing a reason", id);
    else if (inv->exit_status > 0)
        snprintf(message, sizeof message, "RequestId: %s Error: Runtime exited with error: exit status %d", id,
                 inv->exit_status);
    else
        snprintf(message, sizeof message, "RequestId: %s Error: Runtime exited with error: signal: %s", id,
                 signal_name(-inv->exit_status));
    ended_document(inv, "Runtime.ExitError", message);
}

static LII_COLD void out_of_memory_document(li_invocation *inv)
{
    char message[120];

    snprintf(message, sizeof message, "RequestId: %s Error: Runtime exited with error: signal: killed",
             li_invocation_get_request_id(inv));
    ended_document(inv, "Runtime.OutOfMemory", message);
}

static void plain_answer(li_invocation *inv)
{
    size_t limit = (size_t)LII_CONFIG(inv->engine, sync_response_bytes);
    char message[120];

    inv->answer.function_error = LI_FUNCTION_ERROR_NONE;
    if (inv->response == NULL) {
        inv->answer.payload = "null";
        inv->answer.payload_len = 4;
        inv->answer.is_empty = 1;
    } else if (inv->response_len > limit) {
        snprintf(message, sizeof message, "Response payload size exceeded maximum allowed payload size (%zu bytes).", limit);
        own_document(inv, "Function.ResponseSizeTooLarge", message, 0);
    } else {
        inv->answer.payload = inv->response;
        inv->answer.payload_len = inv->response_len;
    }
}

void lii_answer_make(li_invocation *inv)
{
    inv->answer.error_type = NULL;
    inv->answer.is_empty = 0;
    inv->answer.duration_ns = inv->end_ns > inv->start_ns ? inv->end_ns - inv->start_ns : 0;
    inv->answer.init_ns = inv->init_ns;
    if (inv->out_of_memory && inv->answer_kind != LII_ANSWER_TIMEOUT) {
        out_of_memory_document(inv);
        return;
    }
    switch (inv->answer_kind) {
    case LII_ANSWER_TIMEOUT:
        inv->answer.duration_ns = inv->code->timeout_ns;
        timeout_document(inv);
        break;
    case LII_ANSWER_EXIT:
        exit_document(inv);
        break;
    case LII_ANSWER_UNHANDLED:
    case LII_ANSWER_HANDLED:
        if (inv->response == NULL) {
            own_document(inv, "Unhandled", "the handler failed without saying why", 1);
        } else {
            inv->answer.payload = inv->response;
            inv->answer.payload_len = inv->response_len;
        }
        inv->answer.function_error = inv->answer_kind == LII_ANSWER_HANDLED ? LI_FUNCTION_ERROR_HANDLED
                                                                            : LI_FUNCTION_ERROR_UNHANDLED;
        break;
    default:
        plain_answer(inv);
        break;
    }
}

uint64_t lii_billed_ms(const li_invocation *inv)
{
    uint64_t ns = inv->answer.duration_ns;

    if (LII_CONFIG(inv->engine, billing_init))
        ns += inv->answer.init_ns;
    return (ns + LI_MS_NS - 1) / LI_MS_NS;
}
