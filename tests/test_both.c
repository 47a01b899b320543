/* test_both.c - one set of test bodies, run against the library and against the Lambda API, wherever the API has the operation
 * (INV-902). Each body sees the world through a table of operations only. */
#include "fixture.h"

#include <strings.h>

#include <lambdainvoke/api.h>

static world w;
static li_api *api;

/* ---- what is asked, and what is said */

typedef struct ask {
    const char *name, *qualifier, *payload, *context, *trace;
    size_t len;                  /* of payload; 0: measured */
    int32_t type;                /* LI_REQUEST_RESPONSE, … or 99: none of them */
    int32_t tail;
} ask;

typedef struct said {
    int status;                  /* as HTTP */
    char code[64];               /* of an error: its AWS name */
    char function_error[16];
    char version[24];
    char id[40];
    char log[8192];
    char payload[65536];
    size_t len;
} said;

typedef struct settings {        /* -1 and NULL: not given */
    int64_t retries, age_s;
    const char *on_success, *on_failure;
} settings;

typedef struct way {
    const char *name;
    void (*invoke)(const ask *a, said *s);
    void (*config_put)(const char *name, const settings *given, int merge, said *s);
    void (*config_get)(const char *name, settings *found, said *s);
    void (*config_remove)(const char *name, said *s);
    void (*concurrency_put)(const char *name, int64_t n, said *s);     /* -1: end it */
    int64_t (*concurrency_get)(const char *name);                      /* -1: none */
    void (*configure)(const char *name, int64_t timeout_s, const char *dead_letter, said *s);
    void (*describe)(const char *name, char text[1024], said *s);      /* name, arn, timeout, memory, version */
    void (*remove)(const char *name, said *s);
    void (*list)(char text[1024]);                                     /* names, each with a blank */
} way;

/* ---- the library */

/* The codes of the library on the wire (the table of invoke §9). */
static const struct code {
    li_status status;
    int http;
    const char *name;
} codes[] = {
    { LI_E_NOT_FOUND, 404, "ResourceNotFoundException" },
    { LI_E_CONFLICT, 409, "ResourceConflictException" },
    { LI_E_STATE, 409, "ResourceConflictException" },
    { LI_E_INVALID, 400, "InvalidParameterValueException" },
    { LI_E_VALIDATION, 400, "ValidationException" },
    { LI_E_JSON, 400, "InvalidRequestContentException" },
    { LI_E_TOO_LARGE, 413, "RequestEntityTooLargeException" },
    { LI_E_THROTTLED, 429, "TooManyRequestsException" },
    { LI_E_DENIED, 403, "AccessDeniedException" },
    { LI_E_RECURSION, 400, "RecursiveInvocationException" },
    { LI_E_FULL, 429, "TooManyRequestsException" },
    { LI_E_NOMEM, 500, "ServiceException" },
    { LI_E_NOSPC, 500, "ServiceException" },
};

static void say_status(said *s, li_status status, int http)
{
    size_t i;

    memset(s, 0, offsetof(said, payload));
    s->len = 0;
    s->status = http;
    if (status == LI_OK)
        return;
    for (i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].status == status) {
            s->status = codes[i].http;
            snprintf(s->code, sizeof s->code, "%s", codes[i].name);
            return;
        }
    ck_abort_msg("%s has no code", li_status_name(status));
}

static void library_invoke(const ask *a, said *s)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    li_status status;

    options.qualifier = li_z(a->qualifier);
    options.client_context = li_z(a->context);
    options.trace = li_z(a->trace);
    options.type = a->type;
    options.log_type = a->tail ? LI_LOG_TYPE_TAIL : LI_LOG_TYPE_NONE;
    status = li_invoke(w.engine, a->name, LI_Z, a->payload, a->payload ? a->len : 0, &options, &result, NULL);
    say_status(s, status, result.status_code);
    if (status == LI_OK) {
        li_id_format(&result.request_id, s->id);
        snprintf(s->version, sizeof s->version, "%s", result.executed_version);
        snprintf(s->function_error, sizeof s->function_error, "%s",
                 result.function_error == LI_FUNCTION_ERROR_UNHANDLED ? "Unhandled"
                 : result.function_error == LI_FUNCTION_ERROR_HANDLED ? "Handled"
                                                                      : "");
        snprintf(s->log, sizeof s->log, "%.*s", (int)result.log_tail_len, result.log_tail ? result.log_tail : "");
        ck_assert_uint_lt(result.payload_len, sizeof s->payload);
        memcpy(s->payload, result.payload, result.payload_len);
        s->len = result.payload_len;
    }
    s->payload[s->len] = '\0';
    li_invoke_result_fini(&result);
}

static void library_config_put(const char *name, const settings *given, int merge, said *s)
{
    li_event_config config = LI_EVENT_CONFIG_INIT;

    config.max_retries = given->retries;
    config.max_age_s = given->age_s;
    config.on_success = li_z(given->on_success);
    config.on_failure = li_z(given->on_failure);
    say_status(s, (merge ? li_event_config_update : li_event_config_put)(w.engine, name, LI_Z, NULL, 0, &config, NULL, NULL),
               200);
}

static void library_config_get(const char *name, settings *found, said *s)
{
    static li_event_config_info info;

    info.size = sizeof info;
    say_status(s, li_event_config_get(w.engine, name, LI_Z, NULL, 0, &info, NULL), 200);
    found->retries = info.max_retries;
    found->age_s = info.max_age_s;
    found->on_success = info.on_success[0] ? info.on_success : NULL;
    found->on_failure = info.on_failure[0] ? info.on_failure : NULL;
}

static void library_config_remove(const char *name, said *s)
{
    say_status(s, li_event_config_remove(w.engine, name, LI_Z, NULL, 0, NULL), 204);
}

static void library_concurrency_put(const char *name, int64_t n, said *s)
{
    li_status status = li_function_set_concurrency(w.engine, name, LI_Z, n, NULL);

    say_status(s, status, n < 0 ? 204 : 200);
    if (status == LI_E_VALIDATION && n >= 0)    /* the range is the account's, not the model's: the service words it so */
        say_status(s, LI_E_INVALID, 400);
}

static int64_t library_concurrency_get(const char *name)
{
    li_function_info info = { 0 };

    info.size = sizeof info;
    ck_assert_int_eq(li_function_describe(w.engine, name, LI_Z, NULL, 0, &info, NULL), LI_OK);
    return info.reserved_concurrency;
}

static void library_configure(const char *name, int64_t timeout_s, const char *dead_letter, said *s)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    uint32_t mask = 0;

    spec.name = li_z(name);
    if (timeout_s >= 0) {
        spec.timeout_ms = (uint32_t)timeout_s * 1000;
        mask |= LI_FUNCTION_SET_TIMEOUT;
    }
    if (dead_letter) {
        spec.dead_letter_target = li_z(dead_letter);
        mask |= LI_FUNCTION_SET_DEAD_LETTER;
    }
    say_status(s, li_function_update(w.engine, &spec, mask, NULL), 200);
}

static void library_describe(const char *name, char text[1024], said *s)
{
    li_function_info info = { 0 };

    info.size = sizeof info;
    say_status(s, li_function_describe(w.engine, name, LI_Z, NULL, 0, &info, NULL), 200);
    snprintf(text, 1024, "%s %s %u %u %s", info.name, info.arn, info.timeout_ms / 1000, info.memory_mb, info.version);
}

static void library_remove(const char *name, said *s)
{
    say_status(s, li_function_remove(w.engine, name, LI_Z, NULL), 204);
}

static void add_name(void *user, const li_function_info *info)
{
    strcat(user, info->name);
    strcat(user, " ");
}

static void library_list(char text[1024])
{
    text[0] = '\0';
    li_function_each(w.engine, NULL, 0, 10, add_name, text);
}

/* ---- the API */

static void base64(const char *text, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strlen(text), i, o = 0;

    for (i = 0; i < n; i += 3) {
        unsigned v = (unsigned)(unsigned char)text[i] << 16;

        v |= i + 1 < n ? (unsigned)(unsigned char)text[i + 1] << 8 : 0;
        v |= i + 2 < n ? (unsigned)(unsigned char)text[i + 2] : 0;
        out[o++] = digits[v >> 18];
        out[o++] = digits[v >> 12 & 63];
        out[o++] = i + 1 < n ? digits[v >> 6 & 63] : '=';
        out[o++] = i + 2 < n ? digits[v & 63] : '=';
    }
    out[o] = '\0';
}

static void unbase64(const char *text, size_t len, char *out, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned v = 0, bits = 0;
    size_t i, o = 0;

    for (i = 0; i < len && text[i] != '=' && o + 1 < size; i++) {
        v = v << 6 | (unsigned)(strchr(digits, text[i]) - digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[o++] = (char)(v >> bits & 0xFF);
        }
    }
    out[o] = '\0';
}

static void copy_header(const li_api_header *h, const char *name, char *out, size_t size)
{
    if (h->name.len == strlen(name) && strncasecmp(h->name.ptr, name, h->name.len) == 0)
        snprintf(out, size, "%.*s", (int)h->value.len, h->value.ptr);
}

static void keep(void *user, const li_api_response *response)
{
    said *s = user;
    uint32_t i;

    memset(s, 0, offsetof(said, payload));
    s->status = response->status;
    for (i = 0; i < response->n_headers; i++) {
        const li_api_header *h = &response->headers[i];

        copy_header(h, "x-amzn-ErrorType", s->code, sizeof s->code);
        copy_header(h, "X-Amz-Function-Error", s->function_error, sizeof s->function_error);
        copy_header(h, "X-Amz-Executed-Version", s->version, sizeof s->version);
        copy_header(h, "x-amzn-RequestId", s->id, sizeof s->id);
        if (h->name.len == 16 && strncasecmp(h->name.ptr, "X-Amz-Log-Result", 16) == 0)
            unbase64(h->value.ptr, h->value.len, s->log, sizeof s->log);
    }
    ck_assert_uint_lt(response->body.len, sizeof s->payload);
    if (response->body.len > 0)
        memcpy(s->payload, response->body.ptr, response->body.len);
    s->payload[response->body.len] = '\0';
    s->len = response->body.len;
}

static void http(const char *method, const char *target, const li_api_header *headers, uint32_t n, const char *body, size_t len,
                 said *s)
{
    li_api_request request;

    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.method = li_z(method);
    request.target = li_z(target);
    request.headers = headers;
    request.n_headers = n;
    request.body.ptr = body;
    request.body.len = body ? len : 0;
    s->status = 0;
    ck_assert_int_eq(li_api_handle(api, &request, keep, s), LI_OK);
    while (s->status == 0) {     /* a call whose handler declares a duration is answered when that has passed */
        uint64_t due = li_engine_next_deadline(w.engine), now = li_clock_now_ns(w.clock);

        ck_assert_uint_ne(due, LI_NEVER);
        ck_assert_int_eq(li_clock_advance(w.clock, due > now ? due - now : 0, NULL), LI_OK);
    }
}

static void api_invoke(const ask *a, said *s)
{
    static const char *const types[] = { "RequestResponse", "Event", "DryRun" };
    static char target[2048], context[8192];
    li_api_header headers[4];
    uint32_t n = 0;

    snprintf(target, sizeof target, "/2015-03-31/functions/%s/invocations%s%s", a->name, a->qualifier ? "?Qualifier=" : "",
             a->qualifier ? a->qualifier : "");
    headers[n].name = li_z("X-Amz-Invocation-Type");
    headers[n++].value = li_z(a->type >= 0 && a->type <= 2 ? types[a->type] : "Sometimes");
    if (a->tail) {
        headers[n].name = li_z("X-Amz-Log-Type");
        headers[n++].value = li_z("Tail");
    }
    if (a->context) {
        base64(a->context, context);
        headers[n].name = li_z("X-Amz-Client-Context");
        headers[n++].value = li_z(context);
    }
    if (a->trace) {
        headers[n].name = li_z("X-Amzn-Trace-Id");
        headers[n++].value = li_z(a->trace);
    }
    for (uint32_t i = 0; i < n; i++) {
        headers[i].name.len = strlen(headers[i].name.ptr);
        headers[i].value.len = strlen(headers[i].value.ptr);
    }
    http("POST", target, headers, n, a->payload, a->len, s);
}

/* {"MaximumRetryAttempts":…} of what is given. */
static void settings_text(const settings *given, char out[1024])
{
    size_t n = (size_t)snprintf(out, 1024, "{");

    if (given->retries != -1)
        n += (size_t)snprintf(out + n, 1024 - n, "\"MaximumRetryAttempts\":%lld,", (long long)given->retries);
    if (given->age_s != -1)
        n += (size_t)snprintf(out + n, 1024 - n, "\"MaximumEventAgeInSeconds\":%lld,", (long long)given->age_s);
    n += (size_t)snprintf(out + n, 1024 - n, "\"DestinationConfig\":{");
    if (given->on_success)
        n += (size_t)snprintf(out + n, 1024 - n, "\"OnSuccess\":{\"Destination\":\"%s\"}%s", given->on_success,
                              given->on_failure ? "," : "");
    if (given->on_failure)
        n += (size_t)snprintf(out + n, 1024 - n, "\"OnFailure\":{\"Destination\":\"%s\"}", given->on_failure);
    snprintf(out + n, 1024 - n, "}}");
}

static const char *config_target(const char *name)
{
    static char target[512];

    snprintf(target, sizeof target, "/2019-09-25/functions/%s/event-invoke-config", name);
    return target;
}

static void api_config_put(const char *name, const settings *given, int merge, said *s)
{
    char body[1024];

    settings_text(given, body);
    http(merge ? "POST" : "PUT", config_target(name), NULL, 0, body, strlen(body), s);
}

/* The number or text after "key": in a flat reading of the body; what follows in `from` matters only for its order. */
static const char *after(const char *body, const char *key)
{
    const char *at = strstr(body, key);

    return at ? at + strlen(key) : NULL;
}

static const char *text_after(const char *body, const char *key, char out[520])
{
    const char *at = after(body, key);

    if (!at)
        return NULL;
    snprintf(out, 520, "%.*s", (int)strcspn(at, "\""), at);
    return out;
}

static void api_config_get(const char *name, settings *found, said *s)
{
    static char success[520], failure[520];
    const char *at;

    http("GET", config_target(name), NULL, 0, NULL, 0, s);
    at = after(s->payload, "\"MaximumRetryAttempts\":");
    found->retries = at ? strtoll(at, NULL, 10) : -1;
    at = after(s->payload, "\"MaximumEventAgeInSeconds\":");
    found->age_s = at ? strtoll(at, NULL, 10) : -1;
    found->on_success = text_after(s->payload, "\"OnSuccess\":{\"Destination\":\"", success);
    found->on_failure = text_after(s->payload, "\"OnFailure\":{\"Destination\":\"", failure);
}

static void api_config_remove(const char *name, said *s)
{
    http("DELETE", config_target(name), NULL, 0, NULL, 0, s);
}

static void api_concurrency_put(const char *name, int64_t n, said *s)
{
    char target[512], body[80];

    snprintf(target, sizeof target, "/2017-10-31/functions/%s/concurrency", name);
    snprintf(body, sizeof body, "{\"ReservedConcurrentExecutions\":%lld}", (long long)n);
    if (n < 0)
        http("DELETE", target, NULL, 0, NULL, 0, s);
    else
        http("PUT", target, NULL, 0, body, strlen(body), s);
}

static int64_t api_concurrency_get(const char *name)
{
    static said s;
    char target[512];
    const char *at;

    snprintf(target, sizeof target, "/2019-09-30/functions/%s/concurrency", name);
    http("GET", target, NULL, 0, NULL, 0, &s);
    ck_assert_int_eq(s.status, 200);
    at = after(s.payload, "\"ReservedConcurrentExecutions\":");
    return at ? strtoll(at, NULL, 10) : -1;
}

static void api_configure(const char *name, int64_t timeout_s, const char *dead_letter, said *s)
{
    char target[512], body[512];

    snprintf(target, sizeof target, "/2015-03-31/functions/%s/configuration", name);
    if (dead_letter)
        snprintf(body, sizeof body, "{\"DeadLetterConfig\":{\"TargetArn\":\"%s\"}}", dead_letter);
    else
        snprintf(body, sizeof body, "{\"Timeout\":%lld}", (long long)timeout_s);
    http("PUT", target, NULL, 0, body, strlen(body), s);
}

static void api_describe(const char *name, char text[1024], said *s)
{
    char target[512], fields[3][520];
    const char *at;
    long timeout, memory;

    snprintf(target, sizeof target, "/2015-03-31/functions/%s/configuration", name);
    http("GET", target, NULL, 0, NULL, 0, s);
    at = after(s->payload, "\"Timeout\":");
    timeout = at ? strtol(at, NULL, 10) : 0;
    at = after(s->payload, "\"MemorySize\":");
    memory = at ? strtol(at, NULL, 10) : 0;
    snprintf(text, 1024, "%.100s %.300s %ld %ld %.100s", text_after(s->payload, "\"FunctionName\":\"", fields[0]),
             text_after(s->payload, "\"FunctionArn\":\"", fields[1]), timeout, memory,
             text_after(s->payload, "\"Version\":\"", fields[2]));
}

static void api_remove(const char *name, said *s)
{
    char target[512];

    snprintf(target, sizeof target, "/2015-03-31/functions/%s", name);
    http("DELETE", target, NULL, 0, NULL, 0, s);
}

static void api_list(char text[1024])
{
    static said s;
    const char *at;
    char name[520];

    text[0] = '\0';
    http("GET", "/2015-03-31/functions", NULL, 0, NULL, 0, &s);
    for (at = s.payload; text_after(at, "\"FunctionName\":\"", name); at = after(at, "\"FunctionName\":\"")) {
        strcat(text, name);
        strcat(text, " ");
    }
}

static const way ways[] = {
    { "library", library_invoke, library_config_put, library_config_get, library_config_remove, library_concurrency_put,
      library_concurrency_get, library_configure, library_describe, library_remove, library_list },
    { "api", api_invoke, api_config_put, api_config_get, api_config_remove, api_concurrency_put, api_concurrency_get,
      api_configure, api_describe, api_remove, api_list },
};

enum { WAYS = sizeof ways / sizeof *ways };

/* ---- the bodies: by is ways[_i], s what was said last */

static said s;

static void ask_with(const way *by, const ask *given)
{
    ask a = *given;

    if (a.payload && a.len == 0)
        a.len = strlen(a.payload);
    by->invoke(&a, &s);
}

static void say(const way *by, const char *name, const char *payload)
{
    ask a = { .name = name, .payload = payload };

    ask_with(by, &a);
}

static void sent(const way *by, const char *name, const char *payload)
{
    ask a = { .name = name, .payload = payload, .type = LI_EVENT };

    ask_with(by, &a);
    ck_assert_msg(s.status == 202, "%s: %d %s", by->name, s.status, s.code);
    ck_assert_uint_eq(s.len, 0);
    ck_assert_str_eq(s.version, "");
}

static void check_error(const way *by, int status, const char *code)
{
    ck_assert_msg(s.status == status && strcmp(s.code, code) == 0, "%s says %d %s, not %d %s", by->name, s.status, s.code,
                  status, code);
}

START_TEST(test_inv_104_the_payload_goes_and_comes_byte_for_byte)
{
    const way *by = &ways[_i];
    const char *payload = " {\"b\":12345678901234567890,\"a\":1E400 ,\"a\":\"\\ud800\",\"c\":[1.0,-0]}\n";

    say(by, "echo", payload);
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(s.payload, payload);
    ck_assert_str_eq(s.version, "$LATEST");
    ck_assert_str_eq(s.function_error, "");
    ck_assert_uint_eq(strlen(s.id), 36);
}
END_TEST

START_TEST(test_inv_102_no_payload_is_the_empty_object)
{
    const way *by = &ways[_i];

    say(by, "echo", NULL);
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(s.payload, "{}");
}
END_TEST

START_TEST(test_inv_140_a_handler_that_says_nothing_says_null)
{
    const way *by = &ways[_i];

    say(by, "scripted", "{}");
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(s.payload, "null");
}
END_TEST

START_TEST(test_inv_901_a_function_error_is_an_answer)
{
    const way *by = &ways[_i];

    w.script.fail_times = 1;
    say(by, "scripted", "{}");
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(s.function_error, "Unhandled");
    ck_assert_str_eq(s.version, "$LATEST");
    check_contains(s.payload, "\"errorType\":\"Boom\"");
    check_contains(s.payload, "\"errorMessage\":\"as scripted\"");
    check_contains(s.payload, s.id);
}
END_TEST

START_TEST(test_inv_143_a_time_out_has_the_configured_seconds)
{
    const way *by = &ways[_i];

    by->configure("scripted", 2, NULL, &s);
    ck_assert_int_eq(s.status, 200);
    w.script.takes_ms = 2000;
    say(by, "scripted", "{}");
    ck_assert_str_eq(s.function_error, "");
    w.script.takes_ms = 2001;
    say(by, "scripted", "{}");
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(s.function_error, "Unhandled");
    check_contains(s.payload, "Task timed out after 2.00 seconds");
    check_contains(s.payload, "Sandbox.Timedout");
}
END_TEST

START_TEST(test_inv_144_a_runtime_that_ends_is_an_exit_error)
{
    const way *by = &ways[_i];

    ck_assert_int_eq(li_faults_apply(w.engine, "{\"faults\":[{\"do\":\"crash\",\"exit_status\":7}]}", LI_Z, NULL), LI_OK);
    say(by, "echo", "{}");
    ck_assert_int_eq(s.status, 200);
    check_contains(s.payload, "Runtime.ExitError");
    check_contains(s.payload, "exit status 7");
    say(by, "echo", "1");
    ck_assert_str_eq(s.payload, "1");
}
END_TEST

START_TEST(test_inv_146_an_answer_at_the_limit_passes_and_one_byte_more_does_not)
{
    const way *by = &ways[_i];

    ck_assert_int_eq(li_config_set(w.engine, "limits.sync_response_bytes", 10, NULL), LI_OK);
    say(by, "echo", "\"12345678\"");
    ck_assert_str_eq(s.payload, "\"12345678\"");
    say(by, "echo", "\"123456789\"");
    ck_assert_str_eq(s.function_error, "Unhandled");
    check_contains(s.payload, "Function.ResponseSizeTooLarge");
}
END_TEST

START_TEST(test_inv_103_what_is_not_json_is_refused_before_anything_runs)
{
    const way *by = &ways[_i];
    static const char *const wrong[] = { "{", "nul", "{\"a\":1,}", "1 2", "\"\xff\"", "'a'" };
    size_t i;

    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ask a = { .name = "scripted", .payload = wrong[i] };

        ask_with(by, &a);
        check_error(by, 400, "InvalidRequestContentException");
        a.type = LI_EVENT;
        ask_with(by, &a);
        check_error(by, 400, "InvalidRequestContentException");
    }
    advance_s(&w, 1);
    ck_assert_int_eq(w.script.runs, 0);
}
END_TEST

START_TEST(test_inv_105_and_inv_106_sizes_have_limits_of_their_own)
{
    const way *by = &ways[_i];
    ask a = { .name = "scripted", .payload = "\"12345678\"" };

    ck_assert_int_eq(li_config_set(w.engine, "limits.sync_request_bytes", 10, NULL), LI_OK);
    ck_assert_int_eq(li_config_set(w.engine, "limits.async_request_bytes", 9, NULL), LI_OK);
    ask_with(by, &a);
    ck_assert_int_eq(s.status, 200);
    a.type = LI_EVENT;
    ask_with(by, &a);
    check_error(by, 413, "RequestEntityTooLargeException");
    a.payload = "\"1234567\"";
    ask_with(by, &a);
    ck_assert_int_eq(s.status, 202);
    a.type = LI_REQUEST_RESPONSE;
    a.payload = "\"123456789\"";
    ask_with(by, &a);
    check_error(by, 413, "RequestEntityTooLargeException");
}
END_TEST

START_TEST(test_inv_120_a_function_has_many_names)
{
    const way *by = &ways[_i];
    static const char *const right[] = { "echo", "function:echo", "000000000000:function:echo", ARN "echo", ARN "echo:$LATEST",
                                         "echo:$LATEST", "000000000000:echo", "us-east-1:000000000000:function:echo" };
    size_t i;

    for (i = 0; i < sizeof right / sizeof *right; i++) {
        say(by, right[i], "7");
        ck_assert_msg(s.status == 200 && strcmp(s.payload, "7") == 0, "%s: %d %s", right[i], s.status, s.code);
    }
}
END_TEST

START_TEST(test_inv_131_names_that_are_none)
{
    const way *by = &ways[_i];
    static const struct { const char *name, *qualifier, *code; int status; } rows[] = {
        { "echo!", NULL, "ValidationException", 400 },
        { "*", NULL, "ValidationException", 400 },
        { "echo", "invalid!", "ValidationException", 400 },
        { "invalid-account:function:echo", NULL, "ValidationException", 400 },
        { "arn:aws:ec2:us-east-1:000000000000:instance:i-1", NULL, "ValidationException", 400 },
        { ARN "echo:1:2", NULL, "ValidationException", 400 },
        { "arn:aws:lambda::000000000000:function:echo", NULL, "ValidationException", 400 },
        { "nobody", NULL, "ResourceNotFoundException", 404 },
        { "echo", "nothing", "ResourceNotFoundException", 404 },
        { "echo", "3", "ResourceNotFoundException", 404 },
        { ARN "echo", "$latest", "ValidationException", 0 },        /* 404 or 400: only that it is refused */
        { "arn:aws:lambda:eu-west-1:000000000000:function:echo", NULL, "ResourceNotFoundException", 404 },
        { "arn:aws:lambda:us-east-1:111111111111:function:echo", NULL, "AccessDeniedException", 403 },
        { ARN "echo:$LATEST", "1", "InvalidParameterValueException", 400 },
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        ask a = { .name = rows[i].name, .qualifier = rows[i].qualifier, .payload = "{}" };

        ask_with(by, &a);
        if (rows[i].status == 0)
            ck_assert_int_ge(s.status, 400);
        else
            ck_assert_msg(s.status == rows[i].status && strcmp(s.code, rows[i].code) == 0, "%s: %s %s says %d %s", by->name,
                          rows[i].name, rows[i].qualifier ? rows[i].qualifier : "", s.status, s.code);
    }
}
END_TEST

START_TEST(test_inv_124_a_qualifier_may_be_said_twice_if_it_is_the_same)
{
    const way *by = &ways[_i];
    ask a = { .name = "echo:$LATEST", .qualifier = "$LATEST", .payload = "1" };

    ask_with(by, &a);
    ck_assert_int_eq(s.status, 200);
}
END_TEST

START_TEST(test_inv_101_a_type_that_is_none_is_refused)
{
    const way *by = &ways[_i];
    ask a = { .name = "echo", .payload = "1", .type = 99 };

    ask_with(by, &a);
    check_error(by, 400, "ValidationException");
}
END_TEST

START_TEST(test_inv_149_a_dry_run_checks_and_runs_nothing)
{
    const way *by = &ways[_i];
    ask a = { .name = "scripted", .payload = "{}", .type = LI_DRY_RUN };

    ask_with(by, &a);
    ck_assert_int_eq(s.status, 204);
    ck_assert_uint_eq(s.len, 0);
    ck_assert_str_eq(s.version, "");
    a.name = "nobody";
    ask_with(by, &a);
    check_error(by, 404, "ResourceNotFoundException");
    a.name = "scripted";
    a.payload = "{";
    ask_with(by, &a);
    check_error(by, 400, "InvalidRequestContentException");
    advance_s(&w, 1);
    ck_assert_int_eq(w.script.runs, 0);
}
END_TEST

START_TEST(test_inv_152_the_tail_is_this_invocations_log)
{
    const way *by = &ways[_i];
    ask a = { .name = "scripted", .payload = "{}", .tail = 1 };
    const char *start, *end, *report;

    w.script.takes_ms = 12;
    ask_with(by, &a);
    start = strstr(s.log, "START RequestId: ");
    end = strstr(s.log, "END RequestId: ");
    report = strstr(s.log, "REPORT RequestId: ");
    ck_assert(start && end && report && start < end && end < report);
    check_contains(s.log, s.id);
    check_contains(s.log, "Duration: 12.00 ms\tBilled Duration: ");
    a.tail = 0;
    ask_with(by, &a);
    ck_assert_str_eq(s.log, "");
    a.tail = 1;
    a.type = LI_EVENT;
    ask_with(by, &a);
    ck_assert_str_eq(s.log, "");
}
END_TEST

static char context_seen[512];

static int32_t looks(li_invocation *invocation, void *environment, void *user)
{
    size_t len = 0;
    const char *context = li_invocation_get_client_context(invocation, &len);

    (void)environment;
    (void)user;
    snprintf(context_seen, sizeof context_seen, "%.*s|%s|%s|%.37s", (int)len, context ? context : "",
             li_invocation_get_invoked_arn(invocation), li_invocation_get_version(invocation),
             strncmp(li_invocation_get_trace(invocation), "Root=1-5759e988-", 16) == 0 ? "traced" : "");
    return LI_DONE;
}

START_TEST(test_inv_129_and_inv_153_a_handler_sees_what_its_caller_gave)
{
    const way *by = &ways[_i];
    ask a = { .name = "looks", .payload = "{}", .context = "{\"custom\":{\"a\":\"b\"}}",
              .trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1" };

    add_function(w.engine, "looks", looks, NULL);
    ask_with(by, &a);
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(context_seen, "{\"custom\":{\"a\":\"b\"}}|" ARN "looks|$LATEST|traced");
    a.qualifier = "$LATEST";
    a.context = NULL;
    ask_with(by, &a);
    ck_assert_str_eq(context_seen, "|" ARN "looks:$LATEST|$LATEST|traced");
}
END_TEST

START_TEST(test_inv_107_a_client_context_has_a_limit)
{
    const way *by = &ways[_i];
    static char context[4000];
    ask a = { .name = "echo", .payload = "{}", .context = context };

    memset(context, ' ', 2686);              /* 3584 bytes of base64 */
    context[0] = '{';
    context[2685] = '}';
    context[2686] = '\0';
    ask_with(by, &a);
    ck_assert_int_eq(s.status, 400);
    context[2684] = '}';                     /* 2685 are 3580 */
    context[2685] = '\0';
    ask_with(by, &a);
    ck_assert_int_eq(s.status, 200);
}
END_TEST

START_TEST(test_inv_302_reserved_concurrency_is_put_read_and_ended)
{
    const way *by = &ways[_i];

    ck_assert_int_eq(by->concurrency_get("echo"), -1);
    by->concurrency_put("echo", 5, &s);
    ck_assert_int_eq(s.status, 200);
    ck_assert_int_eq(by->concurrency_get("echo"), 5);
    by->concurrency_put("echo", 901, &s);   /* would leave 99 */
    check_error(by, 400, "InvalidParameterValueException");
    ck_assert_int_eq(by->concurrency_get("echo"), 5);
    by->concurrency_put("echo", 900, &s);
    ck_assert_int_eq(s.status, 200);
    by->concurrency_put("echo", -1, &s);
    ck_assert_int_eq(s.status, 204);
    ck_assert_int_eq(by->concurrency_get("echo"), -1);
    by->concurrency_put("nobody", 1, &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

START_TEST(test_inv_307_no_concurrency_is_a_throttle)
{
    const way *by = &ways[_i];
    li_metrics m = LI_METRICS_INIT;

    by->concurrency_put("scripted", 0, &s);
    ck_assert_int_eq(s.status, 200);
    say(by, "scripted", "{}");
    check_error(by, 429, "TooManyRequestsException");
    by->concurrency_put("scripted", -1, &s);
    say(by, "scripted", "{}");
    ck_assert_int_eq(s.status, 200);
    ck_assert_int_eq(li_metrics_get(w.engine, "scripted", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.throttles, 1);
    ck_assert_uint_eq(m.invocations, 1);
}
END_TEST

START_TEST(test_inv_219_an_event_is_tried_at_0_60_and_180_seconds)
{
    const way *by = &ways[_i];

    w.script.fail_times = -1;
    sent(by, "scripted", "{}");
    advance_s(&w, 21600);
    ck_assert_int_eq(w.script.runs, 3);
    ck_assert_uint_eq(w.script.starts_ms[0], 0);
    ck_assert_uint_eq(w.script.starts_ms[1], 60000);
    ck_assert_uint_eq(w.script.starts_ms[2], 180000);
}
END_TEST

START_TEST(test_inv_220_a_success_is_told_to_its_destination)
{
    const way *by = &ways[_i];
    li_local_queue *done = add_queue(w.engine, "done");
    settings set = { -1, -1, QUEUE "done", NULL };

    by->config_put("echo", &set, 0, &s);
    ck_assert_int_eq(s.status, 200);
    sent(by, "echo", "{\"n\":12345678901234567890}");
    advance_s(&w, 1);
    ck_assert_uint_eq(li_local_queue_count(done), 1);
    check_contains(message(done, 0), "\"condition\":\"Success\"");
    check_contains(message(done, 0), "\"requestPayload\":{\"n\":12345678901234567890}");
    check_contains(message(done, 0), "\"responsePayload\":{\"n\":12345678901234567890}");
    check_contains(message(done, 0), s.id);
}
END_TEST

START_TEST(test_inv_237_a_failure_is_told_to_destination_and_dead_letter_queue)
{
    const way *by = &ways[_i];
    li_local_queue *failed = add_queue(w.engine, "failed"), *dead = add_queue(w.engine, "dead");
    settings set = { 1, -1, NULL, QUEUE "failed" };

    by->config_put("scripted", &set, 0, &s);
    ck_assert_int_eq(s.status, 200);
    by->configure("scripted", -1, QUEUE "dead", &s);
    ck_assert_int_eq(s.status, 200);
    w.script.fail_times = -1;
    sent(by, "scripted", "{\"a\": 1}");
    advance_s(&w, 59);
    ck_assert_uint_eq(li_local_queue_count(failed), 0);
    advance_s(&w, 1);
    ck_assert_uint_eq(li_local_queue_count(failed), 1);
    ck_assert_uint_eq(li_local_queue_count(dead), 1);
    check_contains(message(failed, 0), "\"condition\":\"RetriesExhausted\"");
    check_contains(message(failed, 0), "\"approximateInvokeCount\":2");
    ck_assert_str_eq(message(dead, 0), "{\"a\": 1}");
}
END_TEST

START_TEST(test_inv_250_event_settings_are_put_merged_read_and_ended)
{
    const way *by = &ways[_i];
    settings set = { 1, 120, NULL, NULL }, more = { -1, -1, NULL, QUEUE "failed" }, found;

    add_queue(w.engine, "failed");
    by->config_get("echo", &found, &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->config_put("echo", &set, 0, &s);
    ck_assert_int_eq(s.status, 200);
    by->config_put("echo", &more, 1, &s);
    ck_assert_int_eq(s.status, 200);
    by->config_get("echo", &found, &s);
    ck_assert_int_eq(s.status, 200);
    ck_assert_int_eq(found.retries, 1);
    ck_assert_int_eq(found.age_s, 120);
    ck_assert_str_eq(found.on_failure, QUEUE "failed");
    ck_assert_ptr_null(found.on_success);
    by->config_put("echo", &more, 0, &s);       /* a put replaces all of it */
    by->config_get("echo", &found, &s);
    ck_assert_int_eq(found.retries, -1);
    by->config_remove("echo", &s);
    ck_assert_int_eq(s.status, 204);
    by->config_remove("echo", &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

START_TEST(test_inv_252_event_settings_out_of_range_change_nothing)
{
    const way *by = &ways[_i];
    static const settings wrong[] = { { 3, -1, NULL, NULL }, { -1, 59, NULL, NULL }, { -1, 21601, NULL, NULL },
                                      { -1, -1, "not-an-arn", NULL } };
    settings set = { 2, 60, NULL, NULL }, found;
    size_t i;

    by->config_put("echo", &set, 0, &s);
    ck_assert_int_eq(s.status, 200);
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        by->config_put("echo", &wrong[i], 0, &s);
        check_error(by, 400, "ValidationException");
        by->config_get("echo", &found, &s);
        ck_assert_int_eq(found.retries, 2);
        ck_assert_int_eq(found.age_s, 60);
    }
}
END_TEST

START_TEST(test_inv_233_a_function_cannot_be_its_own_destination)
{
    const way *by = &ways[_i];
    settings self = { -1, -1, ARN "echo", NULL }, nowhere = { -1, -1, QUEUE "nowhere", NULL };

    by->config_put("echo", &self, 0, &s);
    ck_assert_int_eq(s.status, 400);
    by->config_put("echo", &nowhere, 0, &s);
    check_error(by, 400, "InvalidParameterValueException");
    by->config_put("nobody", &self, 0, &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

START_TEST(test_inv_205_an_event_too_old_for_its_next_attempt_ends)
{
    const way *by = &ways[_i];
    li_local_queue *failed = add_queue(w.engine, "failed");
    settings set = { 2, 60, NULL, QUEUE "failed" };

    by->config_put("scripted", &set, 0, &s);
    w.script.fail_times = -1;
    w.script.takes_ms = 1;
    sent(by, "scripted", "{}");
    advance_s(&w, 61);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_uint_eq(li_local_queue_count(failed), 1);
    check_contains(message(failed, 0), "\"condition\":\"EventAgeExceeded\"");
}
END_TEST

START_TEST(test_inv_127_functions_are_described_listed_and_removed)
{
    const way *by = &ways[_i];
    char text[1024];

    by->describe("echo", text, &s);
    ck_assert_int_eq(s.status, 200);
    ck_assert_str_eq(text, "echo " ARN "echo 900 128 $LATEST");
    by->configure("echo", 7, NULL, &s);
    ck_assert_int_eq(s.status, 200);
    by->describe("echo", text, &s);
    ck_assert_str_eq(text, "echo " ARN "echo 7 128 $LATEST");
    by->configure("echo", 901, NULL, &s);
    check_error(by, 400, "ValidationException");
    by->describe("nobody", text, &s);
    check_error(by, 404, "ResourceNotFoundException");
    by->list(text);
    ck_assert_str_eq(text, "echo scripted ");
    by->remove("echo", &s);
    ck_assert_int_eq(s.status, 204);
    by->list(text);
    ck_assert_str_eq(text, "scripted ");
    say(by, "echo", "{}");
    check_error(by, 404, "ResourceNotFoundException");
    by->remove("echo", &s);
    check_error(by, 404, "ResourceNotFoundException");
}
END_TEST

START_TEST(test_inv_226_events_of_a_removed_function_still_end)
{
    const way *by = &ways[_i];
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    w.script.fail_times = -1;
    sent(by, "scripted", "{}");
    advance_s(&w, 1);
    by->remove("scripted", &s);
    ck_assert_int_eq(s.status, 204);
    advance_s(&w, 21600);
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.accepted, 1);
    ck_assert_uint_eq(c.dropped, 1);
    ck_assert_int_eq(w.script.runs, 1);
}
END_TEST

START_TEST(test_inv_175_checks_come_in_one_order)
{
    const way *by = &ways[_i];
    ask a = { .name = "scripted", .payload = "{{{{{{{{{{{{" };

    ck_assert_int_eq(li_config_set(w.engine, "limits.sync_request_bytes", 10, NULL), LI_OK);
    by->concurrency_put("scripted", 0, &s);
    ask_with(by, &a);                          /* too large, not JSON, no concurrency */
    check_error(by, 413, "RequestEntityTooLargeException");
    a.payload = "{{{";
    ask_with(by, &a);                          /* not JSON, no concurrency */
    check_error(by, 400, "InvalidRequestContentException");
    a.payload = "{}";
    ask_with(by, &a);
    check_error(by, 429, "TooManyRequestsException");
    a.payload = "{{{";
    a.name = "nobody";
    ask_with(by, &a);                          /* unknown, not JSON */
    check_error(by, 404, "ResourceNotFoundException");
    a.name = "no!body";
    ask_with(by, &a);
    check_error(by, 400, "ValidationException");
}
END_TEST

START_TEST(test_rel_61_a_full_queue_is_too_many_requests)
{
    const way *by = &ways[_i];
    ask a = { .name = "scripted", .payload = "{}", .type = LI_EVENT };

    ck_assert_int_eq(li_faults_apply(w.engine, "{\"faults\":[{\"do\":\"queue_full\"}]}", LI_Z, NULL), LI_OK);
    ask_with(by, &a);
    check_error(by, 429, "TooManyRequestsException");
    ask_with(by, &a);
    ck_assert_int_eq(s.status, 202);
}
END_TEST

START_TEST(test_inv_201_a_queue_that_refuses_is_the_services_fault)
{
    const way *by = &ways[_i];
    ask a = { .name = "scripted", .payload = "{}", .type = LI_EVENT };
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    ck_assert_int_eq(li_faults_apply(w.engine, "{\"faults\":[{\"do\":\"queue_error\",\"status\":\"LI_E_NOSPC\"}]}", LI_Z, NULL),
                     LI_OK);
    ask_with(by, &a);
    check_error(by, 500, "ServiceException");
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.accepted, 0);
    ask_with(by, &a);
    ck_assert_int_eq(s.status, 202);
}
END_TEST

static void set_up(void)
{
    world_new(&w);
    ck_assert_int_eq(li_api_new(w.engine, NULL, &api), LI_OK);
}

static void tear_down(void)
{
    ck_assert_int_eq(li_api_free(api), LI_OK);
    world_free(&w);
}

#define ADD(test) tcase_add_loop_test(tc, test, 0, WAYS)

Suite *suite_both(void)
{
    Suite *suite = suite_create("both");
    TCase *tc = tcase_create("library and api (INV-902)");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    ADD(test_inv_104_the_payload_goes_and_comes_byte_for_byte);
    ADD(test_inv_102_no_payload_is_the_empty_object);
    ADD(test_inv_140_a_handler_that_says_nothing_says_null);
    ADD(test_inv_901_a_function_error_is_an_answer);
    ADD(test_inv_143_a_time_out_has_the_configured_seconds);
    ADD(test_inv_144_a_runtime_that_ends_is_an_exit_error);
    ADD(test_inv_146_an_answer_at_the_limit_passes_and_one_byte_more_does_not);
    ADD(test_inv_103_what_is_not_json_is_refused_before_anything_runs);
    ADD(test_inv_105_and_inv_106_sizes_have_limits_of_their_own);
    ADD(test_inv_120_a_function_has_many_names);
    ADD(test_inv_131_names_that_are_none);
    ADD(test_inv_124_a_qualifier_may_be_said_twice_if_it_is_the_same);
    ADD(test_inv_101_a_type_that_is_none_is_refused);
    ADD(test_inv_149_a_dry_run_checks_and_runs_nothing);
    ADD(test_inv_152_the_tail_is_this_invocations_log);
    ADD(test_inv_129_and_inv_153_a_handler_sees_what_its_caller_gave);
    ADD(test_inv_107_a_client_context_has_a_limit);
    ADD(test_inv_302_reserved_concurrency_is_put_read_and_ended);
    ADD(test_inv_307_no_concurrency_is_a_throttle);
    ADD(test_inv_219_an_event_is_tried_at_0_60_and_180_seconds);
    ADD(test_inv_220_a_success_is_told_to_its_destination);
    ADD(test_inv_237_a_failure_is_told_to_destination_and_dead_letter_queue);
    ADD(test_inv_250_event_settings_are_put_merged_read_and_ended);
    ADD(test_inv_252_event_settings_out_of_range_change_nothing);
    ADD(test_inv_233_a_function_cannot_be_its_own_destination);
    ADD(test_inv_205_an_event_too_old_for_its_next_attempt_ends);
    ADD(test_inv_127_functions_are_described_listed_and_removed);
    ADD(test_inv_226_events_of_a_removed_function_still_end);
    ADD(test_inv_175_checks_come_in_one_order);
    ADD(test_inv_201_a_queue_that_refuses_is_the_services_fault);
    ADD(test_rel_61_a_full_queue_is_too_many_requests);
    suite_add_tcase(suite, tc);
    return suite;
}
