/* stepfunctions.c - a state that calls a function: by its ARN, by lambda:invoke, or with a token that comes back later; the
 * answer is the state's output, or the error that its Retry and Catch see (TRG-120, 121). */
#include <stdio.h>

#include "trigger/trigger.h"

enum { DATA_MAX = 262144 };

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    lii_json_value input = lii_occurrence_get(o, "input");

    (void)t;
    lii_buf_add(event, input.ptr, input.len);
}

static const char *error_of(li_status status)
{
    switch (status) {
    case LI_E_TIMEOUT:
        return "States.Timeout";
    case LI_E_THROTTLED:
        return "Lambda.TooManyRequestsException";
    case LI_E_NOT_FOUND:
        return "Lambda.ResourceNotFoundException";
    case LI_E_STATE:
        return "Lambda.ResourceNotReadyException";
    case LI_E_DENIED:
        return "Lambda.AWSLambdaException";
    case LI_E_TOO_LARGE:
        return "States.DataLimitExceeded";
    default:
        return "Lambda.ServiceException";
    }
}

static void error(lii_reaction *a, const char *verdict, const char *name, size_t name_len, lii_json_value cause, const char *text)
{
    lii_json_writer w;

    a->status = 400;
    a->verdict = verdict;
    lii_buf_clear(&a->body);
    lii_json_begin(&w, &a->body);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "Error", name, name_len);
    lii_json_key(&w, "Cause");
    lii_json_string(&w, cause.ptr ? cause.ptr : text, cause.ptr ? cause.len : LI_Z);  /* the document, as a text */
    lii_json_close(&w, '}');
}

/* The handler's errorType is the error's name; what no handler reported is Lambda.Unknown. */
static void function_failed(const li_invoke_result *result, lii_reaction *a)
{
    lii_json_value document = lii_json_root(result->payload, result->payload_len);
    lii_json_value type = lii_json_get(document, "errorType", LI_Z);
    char name[200];
    size_t n = lii_json_text(type, name, sizeof name);
    int is_unknown = n == 0 || n > sizeof name || (n > 8 && memcmp(name, "Runtime.", 8) == 0) ||
                     (n == 17 && memcmp(name, "Sandbox.Timedout", 16) == 0) || (n >= 8 && memcmp(name, "Sandbox.", 8) == 0);

    error(a, "function-error", is_unknown ? "Lambda.Unknown" : name, is_unknown ? LI_Z : n, document, "");
}

static void write_invoke_output(const li_invoke_result *result, lii_reaction *a)
{
    char id[LI_ID_TEXT_SIZE], length[24];
    lii_json_writer w;

    li_id_format(&result->request_id, id);
    snprintf(length, sizeof length, "%zu", result->payload_len);
    lii_buf_clear(&a->body);
    lii_json_begin(&w, &a->body);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "ExecutedVersion", result->executed_version, LI_Z);
    lii_json_key(&w, "Payload");
    lii_json_raw(&w, result->payload_len ? result->payload : "null", result->payload_len ? result->payload_len : 4);
    lii_json_key(&w, "SdkHttpMetadata");
    lii_json_open(&w, '{');
    lii_json_key(&w, "HttpHeaders");
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "Content-Length", length, LI_Z);
    lii_json_member_string(&w, "Content-Type", "application/json", LI_Z);
    lii_json_member_string(&w, "X-Amz-Executed-Version", result->executed_version, LI_Z);
    lii_json_member_string(&w, "x-amzn-RequestId", id, LI_Z);
    lii_json_close(&w, '}');
    lii_json_key(&w, "HttpStatusCode");
    lii_json_u64(&w, 200);
    lii_json_close(&w, '}');
    lii_json_key(&w, "SdkResponseMetadata");
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "RequestId", id, LI_Z);
    lii_json_close(&w, '}');
    lii_json_member_u64(&w, "StatusCode", 200);
    lii_json_close(&w, '}');
}

static void answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                   lii_reaction *a)
{
    li_slice integration = lii_option_text(t, "integration");
    lii_json_value none;

    (void)o;
    memset(&none, 0, sizeof none);
    lii_reaction_plain(t, status, result, a);
    if (status != LI_OK) {
        error(a, "refused", error_of(status), LI_Z, none, li_strerror(status));
    } else if (result->function_error != LI_FUNCTION_ERROR_NONE) {
        function_failed(result, a);
    } else if (result->payload_len > DATA_MAX) {
        error(a, "too-large", "States.DataLimitExceeded", LI_Z, none,
              "The state/task returned a result with a size exceeding the maximum number of bytes service limit.");
    } else if (lii_slice_is(integration, "waitForTaskToken")) {
        lii_buf_clear(&a->body);
        a->status = 202;
        a->verdict = "waiting";  /* for SendTaskSuccess: the answer itself is ignored */
    } else if (lii_slice_is(integration, "invoke")) {
        write_invoke_output(result, a);
    }
}
static const lii_kind_code code = { .build = build, .answer = answer };

static const lii_field fields[] = {
    { .name = "stateMachine", .label = "State machine", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 80 },
    { .name = "state", .label = "State", .max = 80, .help = "none: every Lambda state" },
    { .name = "integration", .label = "Integration", .type = LII_FIELD_ENUM, .standard = "\"direct\"",
      .choices = "direct|invoke|waitForTaskToken" },
    { .name = "invocationType", .label = "Invocation type", .type = LII_FIELD_ENUM, .standard = "\"RequestResponse\"",
      .choices = "Event|RequestResponse", .help = "Event with lambda:invoke only" },
    { .name = "timeout", .label = "TimeoutSeconds, in ms", .type = LII_FIELD_INTEGER, .min = 1000, .max = 99999999 },
    { .name = "roleArn", .label = "Role of the state machine", .type = LII_FIELD_ARN, .max = 1024 },
    { .name = NULL }
};

const lii_trigger_kind lii_sfn_kind = {
    .name = "sfn",
    .label = "Step Functions task",
    .principal = "states.amazonaws.com",
    .source_arn = "arn:${@partition}:states:${@region}:${@account}:stateMachine:${$stateMachine}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ROLE | LII_KIND_TYPED | LII_KIND_ONE,
    .retries = "the Retry of the state",
    .fields = fields,
    .members = "stateMachine:s! state:s input:*!",
    .match = "stateMachine=stateMachine state=state",
    .shape = "",
    .options_example = "{\"stateMachine\":\"orders\"}",
    .example = "{\"stateMachine\":\"orders\",\"input\":{\"orderId\":\"o-1\",\"items\":[1,2,3]}}",
    .code = &code,
};
