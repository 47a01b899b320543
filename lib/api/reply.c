/* reply.c - answers: headers, bodies, and every error of the library as the Lambda API says it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"

#define NAME_PATTERN                                                                                                   \
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?" \
    "([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
#define QUALIFIER_PATTERN "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"

void lii_call_header(lii_call *call, const char *name, const char *value, size_t len)
{
    if (call->n_headers == LII_CALL_HEADERS)
        return;
    call->headers[call->n_headers].name = name;
    call->headers[call->n_headers].at = call->texts.len;
    call->headers[call->n_headers].len = lii_len(value, len);
    call->n_headers++;
    lii_buf_add(&call->texts, value, lii_len(value, len));
    lii_buf_add_byte(&call->texts, '\0');
}

void lii_call_id(lii_call *call, const li_id *id)
{
    char text[LI_ID_TEXT_SIZE];

    if (call->has_id)
        return;
    call->has_id = 1;
    li_id_format(id, text);
    lii_call_header(call, "x-amzn-RequestId", text, LI_Z);
}

static void send_reply(lii_call *call, int32_t status, const char *type, const char *body, size_t len)
{
    static const char lost[] = "{\"Type\":\"Service\",\"Message\":\"out of memory\"}";
    li_api_header headers[LII_CALL_HEADERS + 1];
    li_api_response response;
    li_id id;
    size_t i;

    if (!call->has_id) {
        pthread_mutex_lock(&call->api->locked.lock);
        lii_random_id(&call->api->locked.random, &id);
        pthread_mutex_unlock(&call->api->locked.lock);
        lii_call_id(call, &id);
    }
    if (call->texts.status != LI_OK || call->out.status != LI_OK) {
        call->n_headers = 0;
        status = 500;
        type = "application/json";
        body = lost;
        len = sizeof lost - 1;
    }
    for (i = 0; i < call->n_headers; i++) {
        headers[i].name = lii_slice(call->headers[i].name, LI_Z);
        headers[i].value = lii_slice(call->texts.data + call->headers[i].at, call->headers[i].len);
    }
    if (type) {
        headers[i].name = LII_S("Content-Type");
        headers[i++].value = lii_slice(type, LI_Z);
    }
    response.size = sizeof response;
    response.status = status;
    response.headers = headers;
    response.n_headers = (uint32_t)i;
    response.body = lii_slice(body, len);
    response.stream = call->stream;
    call->respond(call->user, &response);
    lii_call_end(call);
}

void lii_reply(lii_call *call, int32_t status)
{
    send_reply(call, status, "application/json", call->out.data, call->out.len);
}

void lii_reply_empty(lii_call *call, int32_t status)
{
    send_reply(call, status, NULL, "", 0);
}

void lii_reply_raw(lii_call *call, int32_t status, const char *type, const char *body, size_t len)
{
    send_reply(call, status, type, body, len);
}

/* Members that the API model spells with a capital. */
static int has_capital_message(const char *code)
{
    static const char *const codes[] = { "ResourceNotFoundException", "ServiceException", "ResourceInUseException",
                                         "RecursiveInvocationException", "AccessDeniedException",
                                         "UnknownOperationException" };
    size_t i;

    for (i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(codes[i], code) == 0)
            return 1;
    return 0;
}

static void reply_error(lii_call *call, int32_t status, const char *code, const char *type, const char *reason,
                        const char *message)
{
    lii_json_writer w;

    lii_buf_clear(&call->out);
    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    if (reason)
        lii_json_member_string(&w, "Reason", reason, LI_Z);
    if (type)
        lii_json_member_string(&w, "Type", type, LI_Z);
    lii_json_member_string(&w, has_capital_message(code) ? "Message" : "message", message, LI_Z);
    lii_json_close(&w, '}');
    lii_call_header(call, "x-amzn-ErrorType", code, LI_Z);
    lii_reply(call, status);
}

void lii_reply_error(lii_call *call, int32_t status, const char *code, const char *type, const char *format, ...)
{
    char message[1600];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    reply_error(call, status, code, type, NULL, message);
}

static size_t constraint(char *out, size_t size, const char *member, const char *value, const char *what)
{
    int n = value ? snprintf(out, size, "Value '%.700s' at '%s' failed to satisfy constraint: %s", value, member, what)
                  : snprintf(out, size, "Value null at '%s' failed to satisfy constraint: %s", member, what);

    return n < 0 ? 0 : (size_t)n;
}

void lii_reply_validation(lii_call *call, const char *member, const char *value, const char *what)
{
    char text[1400];

    constraint(text, sizeof text, member, value, what);
    lii_reply_error(call, 400, "ValidationException", NULL, "1 validation error detected: %s", text);
}

int lii_check_length(lii_call *call, const char *member, li_slice value, size_t highest)
{
    char what[80];
    size_t i, n = 0;

    value = lii_measured(value);
    for (i = 0; i < value.len; i++)          /* characters, not bytes */
        n += ((unsigned char)value.ptr[i] & 0xc0) != 0x80;
    if (n <= highest)
        return 0;
    snprintf(what, sizeof what, "Member must have length less than or equal to %zu", highest);
    lii_reply_validation(call, member, value.ptr, what);
    return -1;
}

static void wrong_name(lii_call *call)
{
    li_slice name = call->n_parts ? call->parts[0] : LII_S("");

    if (lii_check_length(call, "functionName", name, 256) == 0)
        lii_reply_validation(call, "functionName", name.ptr,
                             "Member must satisfy regular expression pattern: " NAME_PATTERN);
}

static void wrong_qualifier(lii_call *call, const li_error *err)
{
    const char *what = err->detail == LI_DETAIL_QUALIFIER_LENGTH
                           ? "Member must have length less than or equal to 128"
                           : "Member must satisfy regular expression pattern: " QUALIFIER_PATTERN;
    char one[1000], two[1000];

    if (err->offset != 1) {
        lii_reply_validation(call, "qualifier", call->qualifier, what);
        return;
    }
    constraint(one, sizeof one, "qualifier", call->qualifier, what);
    constraint(two, sizeof two, "functionName", call->parts[0].ptr,
               "Member must satisfy regular expression pattern: " NAME_PATTERN);
    lii_reply_error(call, 400, "ValidationException", NULL, "2 validation errors detected: %.700s; %.700s", one, two);
}

static void not_found(lii_call *call, const li_error *err)
{
    int is_invoke = strncmp(call->operation, "Invoke", 6) == 0 || strcmp(call->operation, "PutFunctionConcurrency") == 0;
    const char *name = strstr(err->subject, ":function:");
    int qualified = name && strchr(name + 10, ':') != NULL;

    lii_reply_error(call, 404, "ResourceNotFoundException", "User", "Function not found: %s%s", err->subject,
                    is_invoke && !qualified ? ":$LATEST" : "");
}

static void broken_json(lii_call *call, const li_error *err)
{
    lii_reply_error(call, 400, "InvalidRequestContentException", "User",
                    "Could not parse request body into json: Could not parse payload into json: %s\n at [Source: "
                    "(byte[]); line: %u, column: %u]",
                    err->text, err->line, err->column);
}

static void too_large(lii_call *call, const li_error *err)
{
    int64_t limit = 0;

    if (err->detail == LI_DETAIL_EVENT_SIZE) {
        li_config_get(call->engine, "limits.async_request_bytes", &limit);
        lii_reply_error(call, 413, "RequestEntityTooLargeException", "User",
                        "%llu byte payload is too large for the Event invocation type (limit %lld bytes)",
                        (unsigned long long)strtoull(err->text, NULL, 10), (long long)limit);
        return;
    }
    li_config_get(call->engine, "limits.sync_request_bytes", &limit);
    lii_reply_error(call, 413, "RequestEntityTooLargeException", "User",
                    "Request must be smaller than %lld bytes for the InvokeFunction operation", (long long)limit);
}

static void wrong_client_context(lii_call *call)
{
    int64_t limit = 0;

    li_config_get(call->engine, "limits.client_context_bytes", &limit);
    lii_reply_error(call, 400, "InvalidRequestContentException", "User",
                    "Client context must be a valid Base64-encoded JSON object of at most %lld bytes.", (long long)limit);
}

static void throttled(lii_call *call, const char *reason)
{
    reply_error(call, 429, "TooManyRequestsException", "User", reason, "Rate Exceeded.");
}

static void wrong_number(lii_call *call, const li_error *err)
{
    long long value = strtoll(err->text, NULL, 10);
    int is_retries = err->detail == LI_DETAIL_RETRIES;
    char text[32], what[80];

    snprintf(text, sizeof text, "%lld", value);
    if (is_retries)
        snprintf(what, sizeof what, "Member must have value %s than or equal to %d", value < 0 ? "greater" : "less",
                 value < 0 ? 0 : 2);
    else
        snprintf(what, sizeof what, "Member must have value %s than or equal to %d", value < 60 ? "greater" : "less",
                 value < 60 ? 60 : 21600);
    lii_reply_validation(call, err->subject, text, what);
}

static void wrong_destination(lii_call *call, const li_error *err)
{
    int success = strncmp(err->text, "onSuccess", 9) == 0;

    switch (err->detail) {
    case LI_DETAIL_DESTINATION_SELF:
        lii_reply_error(call, 400, "InvalidParameterValueException", "User",
                        "You can't specify the function as a destination for itself.");
        break;
    case LI_DETAIL_DESTINATION_UNKNOWN:
        lii_reply_error(call, 400, "InvalidParameterValueException", "User", "The destination ARN %s is invalid.",
                        err->subject);
        break;
    case LI_DETAIL_DESTINATION_ARN:
        lii_reply_validation(call,
                             success                                 ? "destinationConfig.onSuccess.destination"
                             : strncmp(err->text, "dead", 4) == 0 ? "deadLetterConfig.targetArn"
                                                                     : "destinationConfig.onFailure.destination",
                             err->subject, "Member must satisfy regular expression pattern: "
                                           "^$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:"
                                           "((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)");
        break;
    default:
        if (success)
            lii_reply_error(call, 400, "InvalidParameterValueException", "User",
                            "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=%s), "
                            "onFailure=null) is invalid.",
                            err->subject);
        else
            lii_reply_error(call, 400, "InvalidParameterValueException", "User",
                            "The provided destination config DestinationConfig(onSuccess=null, "
                            "onFailure=OnFailure(destination=%s)) is invalid.",
                            err->subject);
        break;
    }
}

static void wrong_function_setting(lii_call *call, const li_error *err)
{
    if (err->detail == LI_DETAIL_TIMEOUT)
        lii_reply_error(call, 400, "ValidationException", NULL,
                        "1 validation error detected: Value at 'timeout' failed to satisfy constraint: Member must have "
                        "value less than or equal to 900");
    else
        lii_reply_error(call, 400, "ValidationException", NULL,
                        "1 validation error detected: Value at 'memorySize' failed to satisfy constraint: Member must have "
                        "value between 128 and 10240");
}

/* By what exactly was wrong; 1: replied. */
static int reply_detail(lii_call *call, const li_error *err)
{
    switch (err->detail) {
    case LI_DETAIL_FUNCTION_NAME:
    case LI_DETAIL_FUNCTION_NAME_LENGTH:
        wrong_name(call);
        return 1;
    case LI_DETAIL_QUALIFIER:
    case LI_DETAIL_QUALIFIER_LENGTH:
        wrong_qualifier(call, err);
        return 1;
    case LI_DETAIL_QUALIFIERS_DIFFER:
        lii_reply_error(call, 400, "InvalidParameterValueException", "User",
                        "The derived qualifier from the function name does not match the specified qualifier.");
        return 1;
    case LI_DETAIL_OTHER_REGION:
        lii_reply_error(call, 404, "ResourceNotFoundException", "User",
                        "Functions from '%s' are not reachable in this region ('%s')", err->subject,
                        li_engine_get_region(call->engine));
        return 1;
    case LI_DETAIL_OTHER_ACCOUNT:
        lii_reply_error(call, 403, "AccessDeniedException", "User",
                        "The caller is not authorized to perform: lambda:%s on a function of account %s",
                        call->operation, err->subject);
        return 1;
    case LI_DETAIL_FUNCTION_NOT_FOUND:
        not_found(call, err);
        return 1;
    case LI_DETAIL_PAYLOAD_JSON:
        broken_json(call, err);
        return 1;
    case LI_DETAIL_REQUEST_SIZE:
    case LI_DETAIL_EVENT_SIZE:
        too_large(call, err);
        return 1;
    case LI_DETAIL_CLIENT_CONTEXT:
        wrong_client_context(call);
        return 1;
    case LI_DETAIL_ACCOUNT_CONCURRENCY:
        throttled(call, "ConcurrentInvocationLimitExceeded");
        return 1;
    case LI_DETAIL_RESERVED_CONCURRENCY:
        throttled(call, "ReservedFunctionConcurrentInvocationLimitExceeded");
        return 1;
    case LI_DETAIL_WORKERS:
        throttled(call, "ConcurrentInvocationLimitExceeded");
        return 1;
    case LI_DETAIL_REQUEST_RATE:
        throttled(call, "FunctionInvocationRateLimitExceeded");
        return 1;
    case LI_DETAIL_RESERVED_REQUEST_RATE:
        throttled(call, "ReservedFunctionInvocationRateLimitExceeded");
        return 1;
    case LI_DETAIL_QUEUE_FULL:
        throttled(call, "CallerRateLimitExceeded");
        return 1;
    case LI_DETAIL_RESERVED_MINIMUM: {
        int64_t minimum = 100;

        li_config_get(call->engine, "limits.min_unreserved", &minimum);
        lii_reply_error(call, 400, "InvalidParameterValueException", NULL,
                        "Specified ReservedConcurrentExecutions for function decreases account's "
                        "UnreservedConcurrentExecution below its minimum value of [%lld].",
                        (long long)minimum);
        return 1;
    }
    case LI_DETAIL_RETRIES:
    case LI_DETAIL_EVENT_AGE:
        wrong_number(call, err);
        return 1;
    case LI_DETAIL_EVENT_CONFIG_EMPTY:
        lii_reply_error(call, 400, "InvalidParameterValueException", "User",
                        "You must specify at least one of error handling or destination setting.");
        return 1;
    case LI_DETAIL_EVENT_CONFIG_MISSING:
        lii_reply_error(call, 404, "ResourceNotFoundException", "User", "The function %s doesn't have an EventInvokeConfig",
                        err->subject);
        return 1;
    case LI_DETAIL_DESTINATION_ARN:
    case LI_DETAIL_DESTINATION_SELF:
    case LI_DETAIL_DESTINATION_UNKNOWN:
    case LI_DETAIL_DESTINATION_SERVICE:
    case LI_DETAIL_DESTINATION_FIFO:
        wrong_destination(call, err);
        return 1;
    case LI_DETAIL_QUALIFIED_NAME:
        lii_reply_error(call, 400, "InvalidParameterValueException", "User",
                        "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
                        "operation. Please specify either a function name or an unqualified function ARN.");
        return 1;
    case LI_DETAIL_TIMEOUT:
    case LI_DETAIL_MEMORY:
        wrong_function_setting(call, err);
        return 1;
    case LI_DETAIL_FUNCTION_EXISTS:
        lii_reply_error(call, 409, "ResourceConflictException", "User", "Function already exist: %s", err->subject);
        return 1;
    case LI_DETAIL_FUNCTION_STATE:
        lii_reply_error(call, 409, "ResourceConflictException", "User",
                        "The operation cannot be performed at this time. The function is currently in the following state: "
                        "Pending");
        return 1;
    default:
        return 0;
    }
}

static const struct {
    li_status status;
    int32_t http;
    const char *code;
} by_status[] = { { LI_E_NOT_FOUND, 404, "ResourceNotFoundException" },
                  { LI_E_CONFLICT, 409, "ResourceConflictException" },
                  { LI_E_INVALID, 400, "InvalidParameterValueException" },
                  { LI_E_VALIDATION, 400, "ValidationException" },
                  { LI_E_NOTSUP, 400, "InvalidParameterValueException" },
                  { LI_E_JSON, 400, "InvalidRequestContentException" },
                  { LI_E_TOO_LARGE, 413, "RequestEntityTooLargeException" },
                  { LI_E_THROTTLED, 429, "TooManyRequestsException" },
                  { LI_E_FULL, 429, "TooManyRequestsException" },
                  { LI_E_DENIED, 403, "AccessDeniedException" },
                  { LI_E_PRECONDITION, 412, "PreconditionFailedException" },
                  { LI_E_RECURSION, 400, "RecursiveInvocationException" },
                  { LI_E_STATE, 409, "ResourceConflictException" } };

void lii_reply_status(lii_call *call, li_status status, const li_error *err)
{
    size_t i;

    if (err && err->status == status && (reply_detail(call, err) || lii_reply_version_detail(call, err)))
        return;
    for (i = 0; i < sizeof by_status / sizeof by_status[0]; i++)
        if (by_status[i].status == status) {
            lii_reply_error(call, by_status[i].http, by_status[i].code,
                            status == LI_E_VALIDATION ? NULL : "User", "%s",
                            err && err->text[0] ? err->text : li_strerror(status));
            return;
        }
    lii_reply_error(call, 500, "ServiceException", "Service", "%s", li_strerror(status));
}
