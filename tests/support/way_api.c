/* way_api.c - the operations of stage.h as requests of the Lambda API and of the engine's own routes; the API of this process and
 * lambdainvoked get the same ones. */
#include <check.h>
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <lambdainvoke/api.h>

#include "stage.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64(const char *text, char *out)
{
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

/* ---- one request */

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
        copy_header(h, "x-amzn-remapped-content-type", s->type, sizeof s->type);
        if (h->name.len == 16 && strncasecmp(h->name.ptr, "X-Amz-Log-Result", 16) == 0)
            unbase64(h->value.ptr, h->value.len, s->log, sizeof s->log);
    }
    ck_assert_uint_lt(response->body.len, sizeof s->payload);
    if (response->body.len > 0)
        memcpy(s->payload, response->body.ptr, response->body.len);
    s->payload[response->body.len] = '\0';
    s->len = response->body.len;
}

static void request_with(const char *method, const char *target, const li_api_header *headers, uint32_t n, const char *body, size_t len,
                         said *s)
{
    li_api_request request;

    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.method = li_z(method);
    request.method.len = strlen(method);
    request.target = li_z(target);
    request.target.len = strlen(target);
    request.headers = headers;
    request.n_headers = n;
    request.body.ptr = body;
    request.body.len = body ? len : 0;
    stage_exchange(&request, keep, s);
}

static void request(said *s, const char *method, const char *body, const char *format, ...) __attribute__((format(printf, 4, 5)));

#include <stdarg.h>

static void request(said *s, const char *method, const char *body, const char *format, ...)
{
    static char target[4096];
    va_list args;

    va_start(args, format);
    vsnprintf(target, sizeof target, format, args);
    va_end(args);
    request_with(method, target, NULL, 0, body, body ? strlen(body) : 0, s);
}

/* "?Qualifier=…", or nothing. */
static const char *with(const char *qualifier)
{
    static char text[600];

    snprintf(text, sizeof text, "%s%s", qualifier ? "?Qualifier=" : "", qualifier ? qualifier : "");
    return text;
}

/* ---- reading answers */

static cJSON *read_body(const said *s)
{
    cJSON *root = s->status < 300 ? cJSON_Parse(s->payload) : NULL;

    ck_assert_msg(root != NULL || s->status >= 300, "%d %s", s->status, s->payload);
    return root;
}

static const char *text_of(const cJSON *object, const char *member)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, member);

    return cJSON_IsString(item) ? item->valuestring : "";
}

static int64_t number_of(const cJSON *object, const char *member)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, member);

    return cJSON_IsNumber(item) ? (int64_t)item->valuedouble : -1;
}

/* Member `word` of each object of the array `member`. */
static void words_of(const said *s, const char *member, const char *word, char *text)
{
    cJSON *root = read_body(s);
    const cJSON *item;
    size_t n = 0;

    text[0] = '\0';
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, member))
        n += (size_t)snprintf(text + n, STAGE_TEXT - n, "%s ", text_of(item, word));
    ck_assert_uint_lt(n, STAGE_TEXT);
    cJSON_Delete(root);
}

/* ---- calls */

static uint32_t call_headers(const ask *a, li_api_header headers[4], char context[8192])
{
    uint32_t n = 0, i;

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
    if (a->type) {
        static const char *const types[] = { "RequestResponse", "Event", "DryRun" };

        headers[n].name = li_z("X-Amz-Invocation-Type");
        headers[n++].value = li_z(a->type >= 0 && a->type <= 2 ? types[a->type] : "Sometimes");
    }
    for (i = 0; i < n; i++) {
        headers[i].name.len = strlen(headers[i].name.ptr);
        headers[i].value.len = strlen(headers[i].value.ptr);
    }
    return n;
}

static void invoke(const ask *a, said *s)
{
    static char target[2048], context[8192];
    li_api_header headers[4];
    uint32_t n = call_headers(a, headers, context);

    snprintf(target, sizeof target, "/2015-03-31/functions/%s/invocations%s", a->name, with(a->qualifier));
    request_with("POST", target, headers, n, a->payload, a->len, s);
}

static uint32_t u32(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static int has(const char *bytes, size_t len, const char *text)
{
    return memmem(bytes, len, text, strlen(text)) != NULL;
}

/* Messages of an event stream: pieces joined, then the end. */
static void unframe(said *s)
{
    static char frames[sizeof s->payload];
    size_t len = s->len, at = 0, out = 0;
    int ends = 0;

    memcpy(frames, s->payload, len);
    while (at < len) {
        uint32_t total = u32(frames + at), headers = u32(frames + at + 4);
        const char *payload = frames + at + 12 + headers;
        size_t n = total - headers - 16;

        ck_assert_uint_le(at + total, len);
        ck_assert_int_eq(ends, 0);               /* nothing after the end */
        if (has(frames + at + 12, headers, "PayloadChunk")) {
            memcpy(s->payload + out, payload, n);
            out += n;
        } else {
            const char *code = memmem(payload, n, "\"ErrorCode\":\"", 13);

            ck_assert_int_eq(has(frames + at + 12, headers, "InvokeComplete"), 1);
            ends++;
            if (code)
                snprintf(s->code, sizeof s->code, "%.*s", (int)strcspn(code + 13, "\""), code + 13);
        }
        at += total;
    }
    ck_assert_int_eq(ends, 1);
    s->payload[out] = '\0';
    s->len = out;
}

static void stream(const ask *a, said *s)
{
    static char target[2048], context[8192];
    li_api_header headers[4];
    uint32_t n = call_headers(a, headers, context);

    snprintf(target, sizeof target, "/2021-11-15/functions/%s/response-streaming-invocations%s", a->name, with(a->qualifier));
    request_with("POST", target, headers, n, a->payload, a->len, s);
    if (s->status == 200)
        unframe(s);
}

/* ---- functions */

static void configure(const char *name, const change *given, said *s)
{
    char body[700];

    if (given->dead_letter)
        snprintf(body, sizeof body, "{\"DeadLetterConfig\":{\"TargetArn\":\"%s\"}}", given->dead_letter);
    else if (given->timeout_s != -1)
        snprintf(body, sizeof body, "{\"Timeout\":%" PRId64 "}", given->timeout_s);
    else
        snprintf(body, sizeof body, "{\"MemorySize\":%" PRId64 "}", given->memory_mb);
    request(s, "PUT", body, "/2015-03-31/functions/%s/configuration", name);
}

static void describe(const char *name, const char *qualifier, char *text, said *s)
{
    size_t n;
    cJSON *f;

    request(s, "GET", NULL, "/2015-03-31/functions/%s/configuration%s", name, with(qualifier));
    f = read_body(s);
    if (!f)
        return;
    n = strlen(text_of(f, "FunctionArn")) - (qualifier ? strlen(qualifier) + 1 : 0);
    snprintf(text, STAGE_TEXT, "%s %.*s %" PRId64 " %" PRId64 " %s", text_of(f, "FunctionName"), (int)n, text_of(f, "FunctionArn"),
             number_of(f, "Timeout"), number_of(f, "MemorySize"), text_of(f, "Version"));
    cJSON_Delete(f);
}

static void remove_function(const char *name, const char *qualifier, said *s)
{
    request(s, "DELETE", NULL, "/2015-03-31/functions/%s%s", name, with(qualifier));
}

static void list(char *text)
{
    static said s;

    request(&s, "GET", NULL, "/2015-03-31/functions");
    words_of(&s, "Functions", "FunctionName", text);
}

static void concurrency_put(const char *name, int64_t n, said *s)
{
    char body[80];

    snprintf(body, sizeof body, "{\"ReservedConcurrentExecutions\":%" PRId64 "}", n);
    request(s, n < 0 ? "DELETE" : "PUT", n < 0 ? NULL : body, "/2017-10-31/functions/%s/concurrency", name);
}

static int64_t concurrency_get(const char *name)
{
    static said s;
    cJSON *root;
    int64_t n;

    request(&s, "GET", NULL, "/2019-09-30/functions/%s/concurrency", name);
    ck_assert_int_eq(s.status, 200);
    root = read_body(&s);
    n = number_of(root, "ReservedConcurrentExecutions");
    cJSON_Delete(root);
    return n;
}

static void recursion_put(const char *name, int32_t loop, said *s)
{
    request(s, "PUT",
            loop == LI_RECURSION_ALLOW       ? "{\"RecursiveLoop\":\"Allow\"}"
            : loop == LI_RECURSION_TERMINATE ? "{\"RecursiveLoop\":\"Terminate\"}"
                                             : "{\"RecursiveLoop\":\"Sometimes\"}",
            "/2024-08-31/functions/%s/recursion-config", name);
}

static int32_t recursion_get(const char *name)
{
    static said s;

    request(&s, "GET", NULL, "/2024-08-31/functions/%s/recursion-config", name);
    ck_assert_int_eq(s.status, 200);
    return strstr(s.payload, "\"Allow\"") ? LI_RECURSION_ALLOW : LI_RECURSION_TERMINATE;
}

/* ---- event settings */

static void config_put(const char *name, const char *qualifier, const settings *given, int merge, said *s)
{
    cJSON *body = cJSON_CreateObject(), *both = cJSON_AddObjectToObject(body, "DestinationConfig");
    char *text;

    if (given->retries != -1)
        cJSON_AddNumberToObject(body, "MaximumRetryAttempts", (double)given->retries);
    if (given->age_s != -1)
        cJSON_AddNumberToObject(body, "MaximumEventAgeInSeconds", (double)given->age_s);
    if (given->on_success)
        cJSON_AddStringToObject(cJSON_AddObjectToObject(both, "OnSuccess"), "Destination", given->on_success);
    if (given->on_failure)
        cJSON_AddStringToObject(cJSON_AddObjectToObject(both, "OnFailure"), "Destination", given->on_failure);
    text = cJSON_PrintUnformatted(body);
    request(s, merge ? "POST" : "PUT", text, "/2019-09-25/functions/%s/event-invoke-config%s", name, with(qualifier));
    cJSON_free(text);
    cJSON_Delete(body);
}

static const char *destination_of(const cJSON *root, const char *which, char text[520])
{
    const cJSON *both = cJSON_GetObjectItemCaseSensitive(root, "DestinationConfig");

    snprintf(text, 520, "%s", text_of(cJSON_GetObjectItemCaseSensitive(both, which), "Destination"));
    return text[0] ? text : NULL;
}

static void config_get(const char *name, const char *qualifier, settings *found, said *s)
{
    static char success[520], failure[520];
    cJSON *root;

    request(s, "GET", NULL, "/2019-09-25/functions/%s/event-invoke-config%s", name, with(qualifier));
    root = read_body(s);
    found->retries = number_of(root, "MaximumRetryAttempts");
    found->age_s = number_of(root, "MaximumEventAgeInSeconds");
    found->on_success = destination_of(root, "OnSuccess", success);
    found->on_failure = destination_of(root, "OnFailure", failure);
    cJSON_Delete(root);
}

static void config_remove(const char *name, const char *qualifier, said *s)
{
    request(s, "DELETE", NULL, "/2019-09-25/functions/%s/event-invoke-config%s", name, with(qualifier));
}

static void configs(const char *name, char *text, said *s)
{
    request(s, "GET", NULL, "/2019-09-25/functions/%s/event-invoke-config/list", name);
    words_of(s, "FunctionEventInvokeConfigs", "FunctionArn", text);
}

/* ---- versions and aliases */

static void publish(const char *name, const char *description, const char *revision, said *s)
{
    cJSON *body = cJSON_CreateObject(), *root;
    char *text;

    if (description)
        cJSON_AddStringToObject(body, "Description", description);
    if (revision)
        cJSON_AddStringToObject(body, "RevisionId", revision);
    text = cJSON_PrintUnformatted(body);
    request(s, "POST", text, "/2015-03-31/functions/%s/versions", name);
    root = read_body(s);
    snprintf(s->version, sizeof s->version, "%s", text_of(root, "Version"));
    cJSON_Delete(root);
    cJSON_free(text);
    cJSON_Delete(body);
}

static void versions(const char *name, char *text, said *s)
{
    request(s, "GET", NULL, "/2015-03-31/functions/%s/versions", name);
    words_of(s, "Versions", "Version", text);
}

static void alias_put(const char *name, const alias *given, int create, said *s)
{
    cJSON *body = cJSON_CreateObject(), *weights;
    char *text;

    if (create)
        cJSON_AddStringToObject(body, "Name", given->name);
    if (given->version)
        cJSON_AddStringToObject(body, "FunctionVersion", given->version);
    if (given->description)
        cJSON_AddStringToObject(body, "Description", given->description);
    if (given->revision)
        cJSON_AddStringToObject(body, "RevisionId", given->revision);
    if (given->additional) {
        weights = cJSON_AddObjectToObject(cJSON_AddObjectToObject(body, "RoutingConfig"), "AdditionalVersionWeights");
        if (given->additional[0])
            cJSON_AddNumberToObject(weights, given->additional, given->weight);
    }
    text = cJSON_PrintUnformatted(body);
    request(s, create ? "POST" : "PUT", text, "/2015-03-31/functions/%s/aliases%s%s", name, create ? "" : "/",
            create ? "" : given->name);
    cJSON_free(text);
    cJSON_Delete(body);
}

static void alias_get(const char *name, const char *alias_name, char *text, said *s)
{
    const cJSON *weight;
    cJSON *root;

    request(s, "GET", NULL, "/2015-03-31/functions/%s/aliases/%s", name, alias_name);
    root = read_body(s);
    weight = cJSON_GetObjectItemCaseSensitive(root, "RoutingConfig");
    weight = cJSON_GetObjectItemCaseSensitive(weight, "AdditionalVersionWeights");
    weight = weight ? weight->child : NULL;
    snprintf(text, STAGE_TEXT, "%s %s %s %g %s", text_of(root, "Name"), text_of(root, "FunctionVersion"), weight ? weight->string : "",
             weight ? weight->valuedouble : 0.0, text_of(root, "Description"));
    cJSON_Delete(root);
}

static void alias_remove(const char *name, const char *alias_name, said *s)
{
    request(s, "DELETE", NULL, "/2015-03-31/functions/%s/aliases/%s", name, alias_name);
}

static void aliases(const char *name, char *text, said *s)
{
    request(s, "GET", NULL, "/2015-03-31/functions/%s/aliases", name);
    words_of(s, "Aliases", "Name", text);
}

static void provisioned_put(const char *name, const char *qualifier, int64_t n, said *s)
{
    char body[80];

    snprintf(body, sizeof body, "{\"ProvisionedConcurrentExecutions\":%" PRId64 "}", n);
    request(s, "PUT", body, "/2019-09-30/functions/%s/provisioned-concurrency%s", name, with(qualifier));
}

static void provisioned_get(const char *name, const char *qualifier, char *text, said *s)
{
    cJSON *root;

    request(s, "GET", NULL, "/2019-09-30/functions/%s/provisioned-concurrency%s", name, with(qualifier));
    root = read_body(s);
    snprintf(text, STAGE_TEXT, "%" PRId64 " %" PRId64 " %" PRId64 " %s", number_of(root, "RequestedProvisionedConcurrentExecutions"),
             number_of(root, "AllocatedProvisionedConcurrentExecutions"), number_of(root, "AvailableProvisionedConcurrentExecutions"),
             text_of(root, "Status"));
    cJSON_Delete(root);
}

static void provisioned_remove(const char *name, const char *qualifier, said *s)
{
    request(s, "DELETE", NULL, "/2019-09-30/functions/%s/provisioned-concurrency%s", name, with(qualifier));
}

/* ---- permissions */

static void permission_add(const char *name, const char *qualifier, const char *id, const char *principal, said *s)
{
    char body[300];

    snprintf(body, sizeof body, "{\"StatementId\":\"%.100s\",\"Action\":\"lambda:InvokeFunction\",\"Principal\":\"%.100s\"}", id, principal);
    request(s, "POST", body, "/2015-03-31/functions/%s/policy%s", name, with(qualifier));
}

static void permission_get(const char *name, const char *qualifier, char *text, said *s)
{
    cJSON *root;

    request(s, "GET", NULL, "/2015-03-31/functions/%s/policy%s", name, with(qualifier));
    root = read_body(s);
    snprintf(text, STAGE_TEXT, "%s", text_of(root, "Policy"));
    cJSON_Delete(root);
}

static void permission_remove(const char *name, const char *qualifier, const char *id, said *s)
{
    request(s, "DELETE", NULL, "/2015-03-31/functions/%s/policy/%s%s", name, id, with(qualifier));
}

/* ---- events */

static void event_get(const char *id, char *text, said *s)
{
    cJSON *root;

    request(s, "GET", NULL, "/_lambdainvoke/events/%s", id);
    root = read_body(s);
    snprintf(text, STAGE_TEXT, "%s %s %" PRId64, text_of(root, "FunctionName"), text_of(root, "State"), number_of(root, "Starts"));
    cJSON_Delete(root);
}

static void events(const char *name, char *text, said *s)
{
    request(s, "GET", NULL, "/_lambdainvoke/events?function=%s", name);
    words_of(s, "Events", "RequestId", text);
}

static void event_cancel(const char *id, said *s)
{
    request(s, "DELETE", NULL, "/_lambdainvoke/events/%s", id);
}

static void event_redrive(const char *id, said *s)
{
    cJSON *root;

    request(s, "POST", NULL, "/_lambdainvoke/events/%s/redrive", id);
    root = read_body(s);
    snprintf(s->id, sizeof s->id, "%s", text_of(root, "RequestId"));
    cJSON_Delete(root);
}

static void pause_or_resume(const char *name, int on, said *s)
{
    request(s, "POST", NULL, "/_lambdainvoke/functions/%s/%s", name, on ? "pause" : "resume");
}

static uint64_t purge(const char *name, said *s)
{
    cJSON *root;
    int64_t n;

    request(s, "POST", NULL, "/_lambdainvoke/functions/%s/purge", name);
    root = read_body(s);
    n = number_of(root, "Purged");
    cJSON_Delete(root);
    return n < 0 ? 0 : (uint64_t)n;
}

static void outcome(const char *id, char *text, said *s)
{
    cJSON *root;

    request(s, "GET", NULL, "/_lambdainvoke/outcomes/%s", id);
    root = read_body(s);
    snprintf(text, STAGE_TEXT, "%s %s %s %" PRId64 " %" PRId64, text_of(root, "State"), text_of(root, "Condition"),
             text_of(root, "DropReason"), number_of(root, "Starts"), number_of(root, "Throttles"));
    cJSON_Delete(root);
}

/* ---- settings and faults */

static void limit_set(const char *name, int64_t value, said *s)
{
    char body[200];

    snprintf(body, sizeof body, "{\"%.100s\":%" PRId64 "}", name, value);
    request(s, "POST", body, "/_lambdainvoke/limits");
}

static int64_t limit_get(const char *name)
{
    static said s;
    const cJSON *row;
    int64_t value = -1;
    cJSON *root;

    request(&s, "GET", NULL, "/_lambdainvoke/limits");
    root = read_body(&s);
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(root, "Limits"))
        if (strcmp(text_of(row, "Name"), name) == 0)
            value = number_of(row, "Value");
    cJSON_Delete(root);
    return value;
}

static void faults(const char *plan, said *s)
{
    request(s, "POST", plan, "/_lambdainvoke/faults");
}

/* ---- triggers and queues */

static void trigger_add(const char *kind, const char *function, const char *id, const char *options, said *s)
{
    char body[1000];

    snprintf(body, sizeof body, "{\"Kind\":\"%.50s\",\"FunctionName\":\"%.200s\",\"Id\":\"%.100s\",\"Options\":%.500s}", kind, function, id,
             options);
    request(s, "POST", body, "/_lambdainvoke/triggers");
}

static void trigger_remove(const char *id, said *s)
{
    request(s, "DELETE", NULL, "/_lambdainvoke/triggers/%s", id);
}

static void triggers(char *text)
{
    static said s;

    request(&s, "GET", NULL, "/_lambdainvoke/triggers");
    words_of(&s, "Triggers", "Id", text);
}

static uint64_t occur(const char *kind, const char *occurrence, said *s)
{
    cJSON *root;
    int64_t n;

    request(s, "POST", occurrence, "/_lambdainvoke/occur/%s", kind);
    root = read_body(s);
    n = number_of(root, "Matched");
    cJSON_Delete(root);
    return n < 0 ? 0 : (uint64_t)n;
}

static void send(const char *queue, const char *text, said *s)
{
    cJSON *body = cJSON_CreateObject();
    char *json;

    cJSON_AddStringToObject(body, "MessageBody", text);
    json = cJSON_PrintUnformatted(body);
    request(s, "POST", json, "/_lambdainvoke/queues/%s/messages", queue);
    cJSON_free(json);
    cJSON_Delete(body);
}

static cJSON *messages(const char *queue)
{
    static said s;

    request(&s, "GET", NULL, "/_lambdainvoke/queues/%s/messages", queue);
    ck_assert_int_eq(s.status, 200);
    return read_body(&s);
}

static uint64_t count(const char *queue)
{
    cJSON *root = messages(queue);
    int n = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(root, "Messages"));

    cJSON_Delete(root);
    return (uint64_t)n;
}

static const char *message(const char *queue, size_t index)
{
    static char text[65536];
    cJSON *root = messages(queue);
    const cJSON *m = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, "Messages"), (int)index);

    ck_assert_msg(m != NULL, "%s has no message %zu", queue, index);
    snprintf(text, sizeof text, "%s", text_of(m, "Body"));
    cJSON_Delete(root);
    return text;
}

static uint64_t metric(const char *name, const char *function)
{
    static said s;
    char line[200];
    const char *at;

    request(&s, "GET", NULL, "/_lambdainvoke/metrics");
    if (function)
        snprintf(line, sizeof line, "\nlambdainvoke_function_%s{function=\"%s\"} ", name, function);
    else
        snprintf(line, sizeof line, "\nlambdainvoke_%s ", name);
    at = strstr(s.payload, line);
    ck_assert_msg(at != NULL, "there is no metric %s", line + 1);
    return strtoull(at + strlen(line), NULL, 10);
}

static void advance(uint64_t ms)
{
    static said s;
    char body[60];

    snprintf(body, sizeof body, "{\"advance_ms\":%" PRIu64 "}", ms);
    request(&s, "POST", body, "/_lambdainvoke/clock");
    ck_assert_int_eq(s.status, 200);
}

#define OPERATIONS                                                                                                                    \
    invoke, stream, configure, describe, remove_function, list, concurrency_put, concurrency_get, config_put, config_get,             \
        config_remove, configs, publish, versions, alias_put, alias_get, alias_remove, aliases, provisioned_put, provisioned_get,     \
        provisioned_remove, recursion_put, recursion_get, permission_add, permission_get, permission_remove, event_get, events,       \
        event_cancel, event_redrive, pause_or_resume, purge, outcome, limit_set, limit_get, faults, trigger_add, trigger_remove,      \
        triggers, occur, send, count, message, metric, advance

const way stage_api = { "api", OPERATIONS };
const way stage_host = { "host", OPERATIONS };
