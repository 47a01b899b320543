/* invoke.c - Invoke and InvokeAsync. */
#include <string.h>
#include <strings.h>

#include "api/call.h"
#include "base/base64.h"
#include "base/error.h"
#include "json/scan.h"

static void answer(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    lii_call *call = user;

    if (status != LI_OK) {
        lii_reply_status(call, status, err);
        return;
    }
    lii_call_id(call, &result->request_id);
    if (result->status_code != 200) {
        if (strcmp(call->operation, "InvokeAsync") == 0)
            lii_reply_raw(call, 202, "application/json", "", 0);     /* as recorded (INV-160) */
        else
            lii_reply_empty(call, result->status_code);
        return;
    }
    lii_call_header(call, "X-Amz-Executed-Version", result->executed_version, LI_Z);
    if (result->function_error != LI_FUNCTION_ERROR_NONE)
        lii_call_header(call, "X-Amz-Function-Error",
                        result->function_error == LI_FUNCTION_ERROR_HANDLED ? "Handled" : "Unhandled", LI_Z);
    if (result->log_tail_len > 0) {
        lii_base64(&call->out, result->log_tail, result->log_tail_len);
        lii_call_header(call, "X-Amz-Log-Result", call->out.data, call->out.len);
        lii_buf_clear(&call->out);
    }
    if (result->trace[0])
        lii_call_header(call, "X-Amzn-Trace-Id", result->trace, LI_Z);
    lii_reply_raw(call, 200, "application/json", result->payload, result->payload_len);
}

static int read_type(lii_call *call, int32_t *type)
{
    li_slice given = lii_header(call->request, "X-Amz-Invocation-Type");
    char text[64];

    if (!given.ptr || lii_slice_is(given, "RequestResponse"))
        *type = LI_REQUEST_RESPONSE;
    else if (lii_slice_is(given, "Event"))
        *type = LI_EVENT;
    else if (lii_slice_is(given, "DryRun"))
        *type = LI_DRY_RUN;
    else {
        size_t n = given.len < sizeof text ? given.len : sizeof text - 1;

        memcpy(text, given.ptr, n);
        text[n] = '\0';
        lii_reply_validation(call, "invocationType", text,
                             "Member must satisfy enum value set: [Event, RequestResponse, DryRun]");
        return -1;
    }
    return 0;
}

/* base64 of a JSON object of bounded size, into the call's own buffer. */
int lii_read_context(lii_call *call, li_slice *context)
{
    li_slice given = lii_header(call->request, "X-Amz-Client-Context");
    int64_t limit = 0;
    size_t len = SIZE_MAX;

    *context = lii_slice(NULL, 0);
    if (!given.ptr)
        return 0;
    li_config_get(call->engine, "limits.client_context_bytes", &limit);
    if (given.len <= (size_t)limit && lii_buf_reserve(&call->texts, given.len + 1) == LI_OK)
        len = lii_base64_read(given.ptr, given.len, call->texts.data);
    if (len == SIZE_MAX || lii_json_check(call->texts.data, len, 128, NULL) != 0) {
        li_error err = LI_ERROR_INIT;

        lii_fail(&err, LI_E_INVALID, LI_DETAIL_CLIENT_CONTEXT, NULL, 0, "not base64 of JSON");
        lii_reply_status(call, LI_E_INVALID, &err);
        return -1;
    }
    *context = lii_slice(call->texts.data, len);
    return 0;
}

static void begin(lii_call *call, li_invoke_options *options)
{
    li_slice body = call->request->body, name = call->parts[0];
    li_status status;

    if (call->has_qualifier)
        options->qualifier = lii_slice(call->qualifier, LI_Z);
    status = li_invoke_begin(call->engine, name.ptr, name.len, body.ptr, body.len, options, answer, call);
    if (status != LI_OK)
        lii_reply_status(call, status, NULL);
}

/* application/json or …+json, with whatever parameters; none is JSON. */
static int is_json(li_slice type)
{
    size_t n = 0;

    while (n < type.len && type.ptr[n] != ';' && type.ptr[n] != ' ')
        n++;
    return !type.ptr || (n == 16 && strncasecmp(type.ptr, "application/json", n) == 0) ||
           (n > 5 && strncasecmp(type.ptr + n - 5, "+json", 5) == 0);
}

/* Another content type is an error where the engine is told that it is one (INV-109). */
static int check_content_type(lii_call *call)
{
    int64_t strict = 0;

    if (is_json(lii_header(call->request, "Content-Type")))
        return 0;
    li_config_get(call->engine, "invoke.strict_content_type", &strict);
    if (!strict)
        return 0;
    lii_reply_error(call, 415, "UnsupportedMediaTypeException", "User", "The content type of the Invoke request body is not JSON.");
    return -1;
}

void lii_op_invoke(lii_call *call)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;

    if (check_content_type(call) != 0 || read_type(call, &options.type) != 0 || lii_read_context(call, &options.client_context) != 0)
        return;
    if (lii_slice_is(lii_header(call->request, "X-Amz-Log-Type"), "Tail"))
        options.log_type = LI_LOG_TYPE_TAIL;
    options.trace = lii_header(call->request, "X-Amzn-Trace-Id");
    if (options.type == LI_EVENT)
        options.client_context = lii_slice(NULL, 0);
    begin(call, &options);
}

void lii_op_invoke_async(lii_call *call)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;

    options.type = LI_EVENT;
    begin(call, &options);
}
