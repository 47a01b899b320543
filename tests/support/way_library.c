/* way_library.c - the operations of stage.h by the library's own calls. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage.h"

/* The codes of the library on the wire (the table of invoke §9), and the details that have one of their own. */
static const struct code {
    li_status status;
    int32_t detail;              /* 0: any */
    int http;
    const char *name;
} codes[] = {
    { LI_E_NOT_FOUND, LI_DETAIL_PROVISIONED_MISSING, 404, "ProvisionedConcurrencyConfigNotFoundException" },
    { LI_E_VALIDATION, LI_DETAIL_QUALIFIED_NAME, 400, "InvalidParameterValueException" },
    { LI_E_VALIDATION, LI_DETAIL_RESERVED_MINIMUM, 400, "InvalidParameterValueException" },
    { LI_E_NOT_FOUND, 0, 404, "ResourceNotFoundException" },
    { LI_E_CONFLICT, 0, 409, "ResourceConflictException" },
    { LI_E_STATE, 0, 409, "ResourceConflictException" },
    { LI_E_BUSY, 0, 409, "ResourceConflictException" },
    { LI_E_INVALID, 0, 400, "InvalidParameterValueException" },
    { LI_E_VALIDATION, 0, 400, "ValidationException" },
    { LI_E_JSON, 0, 400, "InvalidRequestContentException" },
    { LI_E_TOO_LARGE, 0, 413, "RequestEntityTooLargeException" },
    { LI_E_THROTTLED, 0, 429, "TooManyRequestsException" },
    { LI_E_DENIED, 0, 403, "AccessDeniedException" },
    { LI_E_RECURSION, 0, 400, "RecursiveInvocationException" },
    { LI_E_PRECONDITION, 0, 412, "PreconditionFailedException" },
    { LI_E_FULL, 0, 429, "TooManyRequestsException" },
    { LI_E_NOMEM, 0, 500, "ServiceException" },
    { LI_E_NOSPC, 0, 500, "ServiceException" },
};

static void say(said *s, li_status status, const li_error *err, int http)
{
    int32_t detail = err && err->status == status ? err->detail : 0;
    size_t i;

    memset(s, 0, offsetof(said, payload));
    s->len = 0;
    s->payload[0] = '\0';
    s->status = http;
    if (status == LI_OK)
        return;
    for (i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].status == status && (codes[i].detail == 0 || codes[i].detail == detail)) {
            s->status = codes[i].http;
            snprintf(s->code, sizeof s->code, "%s", codes[i].name);
            return;
        }
    ck_abort_msg("%s has no code", li_status_name(status));
}

static void add_word(char *text, const char *word)
{
    size_t n = strlen(text);

    ck_assert_uint_lt(n + strlen(word) + 2, STAGE_TEXT);
    snprintf(text + n, STAGE_TEXT - n, "%s ", word);
}

/* ---- calls */

static li_invoke_options options_of(const ask *a)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;

    options.qualifier = li_z(a->qualifier);
    options.client_context = li_z(a->context);
    options.trace = li_z(a->trace);
    options.type = a->type;
    options.log_type = a->tail ? LI_LOG_TYPE_TAIL : LI_LOG_TYPE_NONE;
    return options;
}

static void keep_result(const li_invoke_result *r, said *s)
{
    li_id_format(&r->request_id, s->id);
    snprintf(s->version, sizeof s->version, "%s", r->executed_version);
    snprintf(s->function_error, sizeof s->function_error, "%s",
             r->function_error == LI_FUNCTION_ERROR_UNHANDLED ? "Unhandled"
             : r->function_error == LI_FUNCTION_ERROR_HANDLED ? "Handled"
                                                              : "");
    snprintf(s->log, sizeof s->log, "%.*s", (int)r->log_tail_len, r->log_tail ? r->log_tail : "");
}

static void invoke(const ask *a, said *s)
{
    li_invoke_options options = options_of(a);
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    li_error err = LI_ERROR_INIT;
    li_status status =
        li_invoke(the_stage.engine, a->name, LI_Z, a->payload, a->payload ? a->len : 0, &options, &result, &err);

    say(s, status, &err, result.status_code);
    if (status == LI_OK) {
        keep_result(&result, s);
        ck_assert_uint_lt(result.payload_len, sizeof s->payload);
        memcpy(s->payload, result.payload, result.payload_len);
        s->len = result.payload_len;
    }
    s->payload[s->len] = '\0';
    li_invoke_result_fini(&result);
}

typedef struct taking {
    said *s;
    int is_done;
    char type[64];
    char pieces[4096];
    size_t len;
} taking;

static void take_head(void *user, const li_stream_head *head)
{
    taking *t = user;

    snprintf(t->type, sizeof t->type, "%s", head->content_type);
}

static int32_t take_piece(void *user, const char *data, size_t len)
{
    taking *t = user;

    ck_assert_uint_lt(t->len + len, sizeof t->pieces);
    memcpy(t->pieces + t->len, data, len);
    t->len += len;
    return LI_STREAM_MORE;
}

static void take_end(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    taking *t = user;
    const char *type, *end;

    t->is_done = 1;
    say(t->s, status, err, 200);
    if (status != LI_OK)
        return;
    keep_result(result, t->s);
    if (result->function_error != LI_FUNCTION_ERROR_NONE) {
        type = memmem(result->payload, result->payload_len, "\"errorType\":\"", 13);
        ck_assert_ptr_nonnull(type);
        type += 13;
        end = memchr(type, '"', (size_t)(result->payload + result->payload_len - type));
        ck_assert_ptr_nonnull(end);
        snprintf(t->s->code, sizeof t->s->code, "%.*s", (int)(end - type), type);
    }
    t->s->function_error[0] = '\0';      /* a stream's head is gone by then */
    snprintf(t->s->type, sizeof t->s->type, "%s", t->type);
    memcpy(t->s->payload, t->pieces, t->len);
    t->s->payload[t->len] = '\0';
    t->s->len = t->len;
}

static void stream(const ask *a, said *s)
{
    li_stream_caller caller = LI_STREAM_CALLER_INIT;
    li_invoke_options options = options_of(a);
    taking t = { s, 0, "", "", 0 };

    options.type = LI_REQUEST_RESPONSE;
    caller.head = take_head;
    caller.chunk = take_piece;
    caller.done = take_end;
    caller.user = &t;
    ck_assert_int_eq(li_invoke_stream(the_stage.engine, a->name, LI_Z, a->payload, a->payload ? a->len : 0, &options, &caller, NULL),
                     LI_OK);
    ck_assert_int_eq(t.is_done, 1);
}

/* ---- functions */

static void configure(const char *name, const change *given, said *s)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    uint32_t mask = 0;

    spec.name = li_z(name);
    if (given->timeout_s != -1) {
        spec.timeout_ms = (uint32_t)given->timeout_s * 1000;
        mask |= LI_FUNCTION_SET_TIMEOUT;
    }
    if (given->memory_mb != -1) {
        spec.memory_mb = (uint32_t)given->memory_mb;
        mask |= LI_FUNCTION_SET_MEMORY;
    }
    if (given->dead_letter) {
        spec.dead_letter_target = li_z(given->dead_letter);
        mask |= LI_FUNCTION_SET_DEAD_LETTER;
    }
    say(s, li_function_update(the_stage.engine, &spec, mask, &err), &err, 200);
}

static li_status look_up(const char *name, const char *qualifier, li_function_info *info, said *s)
{
    li_error err = LI_ERROR_INIT;
    li_status status;

    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    status = li_function_describe(the_stage.engine, name, LI_Z, qualifier, qualifier ? LI_Z : 0, info, &err);
    say(s, status, &err, 200);
    return status;
}

static void describe(const char *name, const char *qualifier, char *text, said *s)
{
    li_function_info info;

    look_up(name, qualifier, &info, s);
    snprintf(text, STAGE_TEXT, "%s %s %u %u %s", info.name, info.arn, info.timeout_ms / 1000, info.memory_mb, info.version);
}

static void remove_function(const char *name, const char *qualifier, said *s)
{
    li_error err = LI_ERROR_INIT;

    if (qualifier)
        say(s, li_version_remove(the_stage.engine, name, LI_Z, qualifier, LI_Z, &err), &err, 204);
    else
        say(s, li_function_remove(the_stage.engine, name, LI_Z, &err), &err, 204);
}

static void add_name(void *user, const li_function_info *info)
{
    add_word(user, info->name);
}

static void list(char *text)
{
    text[0] = '\0';
    li_function_each(the_stage.engine, NULL, 0, 10, add_name, text);
}

static void concurrency_put(const char *name, int64_t n, said *s)
{
    li_error err = LI_ERROR_INIT;

    say(s, li_function_set_concurrency(the_stage.engine, name, LI_Z, n, &err), &err, n < 0 ? 204 : 200);
}

static int64_t concurrency_get(const char *name)
{
    li_function_info info;
    said s;

    ck_assert_int_eq(look_up(name, NULL, &info, &s), LI_OK);
    return info.reserved_concurrency;
}

static void recursion_put(const char *name, int32_t loop, said *s)
{
    li_error err = LI_ERROR_INIT;

    say(s, li_function_set_recursion(the_stage.engine, name, LI_Z, loop, &err), &err, 200);
}

static int32_t recursion_get(const char *name)
{
    li_function_info info;
    said s;

    ck_assert_int_eq(look_up(name, NULL, &info, &s), LI_OK);
    return info.recursive_loop;
}

/* ---- event settings */

static void config_put(const char *name, const char *qualifier, const settings *given, int merge, said *s)
{
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_error err = LI_ERROR_INIT;

    config.max_retries = given->retries;
    config.max_age_s = given->age_s;
    config.on_success = li_z(given->on_success);
    config.on_failure = li_z(given->on_failure);
    say(s,
        (merge ? li_event_config_update : li_event_config_put)(the_stage.engine, name, LI_Z, qualifier, qualifier ? LI_Z : 0,
                                                               &config, NULL, &err),
        &err, 200);
}

static void config_get(const char *name, const char *qualifier, settings *found, said *s)
{
    static li_event_config_info info;
    li_error err = LI_ERROR_INIT;

    info.size = sizeof info;
    say(s, li_event_config_get(the_stage.engine, name, LI_Z, qualifier, qualifier ? LI_Z : 0, &info, &err), &err, 200);
    found->retries = info.max_retries;
    found->age_s = info.max_age_s;
    found->on_success = info.on_success[0] ? info.on_success : NULL;
    found->on_failure = info.on_failure[0] ? info.on_failure : NULL;
}

static void config_remove(const char *name, const char *qualifier, said *s)
{
    li_error err = LI_ERROR_INIT;

    say(s, li_event_config_remove(the_stage.engine, name, LI_Z, qualifier, qualifier ? LI_Z : 0, &err), &err, 204);
}

static void add_config(void *user, const li_event_config_info *info)
{
    add_word(user, info->function_arn);
}

static void configs(const char *name, char *text, said *s)
{
    li_error err = LI_ERROR_INIT;

    text[0] = '\0';
    say(s, li_event_config_each(the_stage.engine, name, LI_Z, add_config, text, &err), &err, 200);
}

/* ---- versions and aliases */

static void publish(const char *name, const char *description, const char *revision, said *s)
{
    li_version_spec spec = LI_VERSION_SPEC_INIT;
    li_function_info info = { 0 };
    li_error err = LI_ERROR_INIT;
    li_status status;

    info.size = sizeof info;
    spec.description = li_z(description);
    spec.revision_id = li_z(revision);
    status = li_version_publish(the_stage.engine, name, LI_Z, &spec, &info, &err);
    say(s, status, &err, 201);
    if (status == LI_OK)
        snprintf(s->version, sizeof s->version, "%s", info.version);
}

static void add_version(void *user, const li_function_info *info)
{
    add_word(user, info->version);
}

static void versions(const char *name, char *text, said *s)
{
    li_error err = LI_ERROR_INIT;

    text[0] = '\0';
    say(s, li_version_each(the_stage.engine, name, LI_Z, 0, 50, add_version, text, &err), &err, 200);
}

static void alias_put(const char *name, const alias *given, int create, said *s)
{
    li_alias_spec spec = LI_ALIAS_SPEC_INIT;
    li_error err = LI_ERROR_INIT;

    spec.name = li_z(given->name);
    spec.function_version = li_z(given->version);
    spec.description = li_z(given->description);
    spec.additional_version = li_z(given->additional);
    spec.revision_id = li_z(given->revision);
    spec.weight = given->weight;
    say(s, (create ? li_alias_create : li_alias_update)(the_stage.engine, name, LI_Z, &spec, NULL, &err), &err, create ? 201 : 200);
}

static void alias_get(const char *name, const char *alias_name, char *text, said *s)
{
    li_alias_info info = { 0 };
    li_error err = LI_ERROR_INIT;

    info.size = sizeof info;
    say(s, li_alias_get(the_stage.engine, name, LI_Z, alias_name, LI_Z, &info, &err), &err, 200);
    snprintf(text, STAGE_TEXT, "%s %s %s %g %s", info.name, info.function_version, info.additional_version, info.weight,
             info.description);
}

static void alias_remove(const char *name, const char *alias_name, said *s)
{
    li_error err = LI_ERROR_INIT;

    say(s, li_alias_remove(the_stage.engine, name, LI_Z, alias_name, LI_Z, &err), &err, 204);
}

static void add_alias(void *user, const li_alias_info *info)
{
    add_word(user, info->name);
}

static void aliases(const char *name, char *text, said *s)
{
    li_error err = LI_ERROR_INIT;

    text[0] = '\0';
    say(s, li_alias_each(the_stage.engine, name, LI_Z, add_alias, text, &err), &err, 200);
}

static void provisioned_put(const char *name, const char *qualifier, int64_t n, said *s)
{
    li_error err = LI_ERROR_INIT;

    say(s, li_provisioned_put(the_stage.engine, name, LI_Z, qualifier, LI_Z, (uint64_t)n, NULL, &err), &err, 202);
}

static void provisioned_get(const char *name, const char *qualifier, char *text, said *s)
{
    li_provisioned_info info = { 0 };
    li_error err = LI_ERROR_INIT;

    info.size = sizeof info;
    say(s, li_provisioned_get(the_stage.engine, name, LI_Z, qualifier, LI_Z, &info, &err), &err, 200);
    snprintf(text, STAGE_TEXT, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %s", info.requested, info.allocated, info.available,
             info.status == LI_PROVISIONED_READY    ? "READY"
             : info.status == LI_PROVISIONED_FAILED ? "FAILED"
                                                    : "IN_PROGRESS");
}

static void provisioned_remove(const char *name, const char *qualifier, said *s)
{
    li_error err = LI_ERROR_INIT;

    say(s, li_provisioned_remove(the_stage.engine, name, LI_Z, qualifier, LI_Z, &err), &err, 204);
}

/* ---- permissions */

static void permission_add(const char *name, const char *qualifier, const char *id, const char *principal, said *s)
{
    li_permission permission = LI_PERMISSION_INIT;
    li_error err = LI_ERROR_INIT;

    permission.statement_id = li_z(id);
    permission.action = li_z("lambda:InvokeFunction");
    permission.principal = li_z(principal);
    say(s,
        li_permission_add(the_stage.engine, name, LI_Z, qualifier, qualifier ? LI_Z : 0, &permission, NULL, NULL, &err), &err,
        201);
}

static void take_policy(void *user, const char *json, size_t len, const char *revision_id)
{
    (void)revision_id;
    snprintf(user, STAGE_TEXT, "%.*s", (int)len, json);
}

static void permission_get(const char *name, const char *qualifier, char *text, said *s)
{
    li_error err = LI_ERROR_INIT;

    text[0] = '\0';
    say(s, li_permission_get(the_stage.engine, name, LI_Z, qualifier, qualifier ? LI_Z : 0, take_policy, text, &err), &err, 200);
}

static void permission_remove(const char *name, const char *qualifier, const char *id, said *s)
{
    li_error err = LI_ERROR_INIT;

    say(s, li_permission_remove(the_stage.engine, name, LI_Z, qualifier, qualifier ? LI_Z : 0, id, LI_Z, NULL, 0, &err), &err, 204);
}

/* ---- events */

static li_id id_of(const char *text)
{
    li_id id;

    ck_assert_int_eq(li_id_parse(text, LI_Z, &id), LI_OK);
    return id;
}

static void event_get(const char *id_text, char *text, said *s)
{
    li_event_info info = LI_EVENT_INFO_INIT;
    li_error err = LI_ERROR_INIT;
    li_id id = id_of(id_text);

    say(s, li_event_get(the_stage.engine, &id, &info, &err), &err, 200);
    snprintf(text, STAGE_TEXT, "%s %s %u", info.function, info.state == LI_EVENT_RUNNING ? "running" : "waiting", info.starts);
}

static void add_event(void *user, const li_event_info *info)
{
    char id[LI_ID_TEXT_SIZE];

    li_id_format(&info->id, id);
    add_word(user, id);
}

static void events(const char *name, char *text, said *s)
{
    li_error err = LI_ERROR_INIT;

    text[0] = '\0';
    say(s, li_event_each(the_stage.engine, name, LI_Z, NULL, 0, 0, 50, add_event, text, &err), &err, 200);
}

static void event_cancel(const char *id_text, said *s)
{
    li_error err = LI_ERROR_INIT;
    li_id id = id_of(id_text);

    say(s, li_event_cancel(the_stage.engine, &id, &err), &err, 204);
}

static void event_redrive(const char *id_text, said *s)
{
    li_error err = LI_ERROR_INIT;
    li_id id = id_of(id_text), fresh;
    li_status status = li_event_redrive(the_stage.engine, &id, &fresh, &err);

    say(s, status, &err, 202);
    if (status == LI_OK)
        li_id_format(&fresh, s->id);
}

static void pause_or_resume(const char *name, int on, said *s)
{
    li_error err = LI_ERROR_INIT;

    say(s, (on ? li_function_pause : li_function_resume)(the_stage.engine, name, LI_Z, &err), &err, 204);
}

static uint64_t purge(const char *name, said *s)
{
    li_error err = LI_ERROR_INIT;
    uint64_t n = 0;

    say(s, li_function_purge(the_stage.engine, name, LI_Z, NULL, 0, &n, &err), &err, 200);
    return n;
}

static void outcome(const char *id_text, char *text, said *s)
{
    static const char *const states[] = { "", "waiting", "running", "succeeded", "delivered", "dropped" };
    li_outcome o = LI_OUTCOME_INIT;
    li_id id = id_of(id_text);

    say(s, li_event_outcome(the_stage.engine, &id, &o), NULL, 200);
    snprintf(text, STAGE_TEXT, "%s %s %s %u %u", states[o.state], li_condition_name(o.condition), li_drop_name(o.drop_reason),
             o.starts, o.throttles);
    li_outcome_fini(&o);
}

/* ---- settings and faults */

static void limit_set(const char *name, int64_t value, said *s)
{
    li_error err = LI_ERROR_INIT;
    li_status status = li_config_set(the_stage.engine, name, value, &err);

    say(s, status, &err, 200);
    if (status == LI_E_VALIDATION)           /* a route of the engine's own, which has no model */
        say(s, LI_E_INVALID, NULL, 400);
}

static int64_t limit_get(const char *name)
{
    int64_t value = -1;

    ck_assert_int_eq(li_config_get(the_stage.engine, name, &value), LI_OK);
    return value;
}

static void faults(const char *plan, said *s)
{
    li_error err = LI_ERROR_INIT;

    say(s, li_faults_apply(the_stage.engine, plan, LI_Z, &err), &err, 200);
}

/* ---- triggers and queues */

static void trigger_add(const char *kind, const char *function, const char *id, const char *options, said *s)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_error err = LI_ERROR_INIT;

    spec.kind = li_z(kind);
    spec.function = li_z(function);
    spec.id = li_z(id);
    spec.options = li_z(options);
    say(s, li_trigger_add(the_stage.engine, &spec, NULL, &err), &err, 201);
}

static void trigger_remove(const char *id, said *s)
{
    li_error err = LI_ERROR_INIT;

    say(s, li_trigger_remove(the_stage.engine, id, LI_Z, &err), &err, 204);
}

static void add_trigger(void *user, const li_trigger_info *info)
{
    add_word(user, info->id);
}

static void triggers(char *text)
{
    text[0] = '\0';
    li_trigger_each(the_stage.engine, NULL, 0, add_trigger, text);
}

static uint64_t occur(const char *kind, const char *occurrence, said *s)
{
    li_error err = LI_ERROR_INIT;
    uint64_t n = 0;

    say(s, li_trigger_occur(the_stage.engine, kind, LI_Z, occurrence, LI_Z, &n, &err), &err, 200);
    return n;
}

static li_local_queue *queue_of(const char *name)
{
    li_local_queue *queue = NULL;

    ck_assert_int_eq(li_local_queue_get(the_stage.engine, name, LI_Z, &queue), LI_OK);
    return queue;
}

static void send(const char *queue, const char *text, said *s)
{
    say(s, li_local_queue_send(queue_of(queue), text, LI_Z, NULL, 0, NULL), NULL, 200);
}

static uint64_t count(const char *queue)
{
    return li_local_queue_count(queue_of(queue));
}

static const char *message(const char *queue, size_t index)
{
    static char text[65536];
    li_local_message m = { 0 };

    m.size = sizeof m;
    ck_assert_int_eq(li_local_queue_peek(queue_of(queue), index, &m), LI_OK);
    snprintf(text, sizeof text, "%.*s", (int)m.body_len, m.body);
    return text;
}

typedef struct column {
    char start[160];
    size_t len;
    uint64_t value;
    int is_there;
} column;

static void find_column(void *user, const char *text, size_t len)
{
    column *c = user;
    const char *at = text;

    while (at && at < text + len) {
        if ((size_t)(text + len - at) > c->len && memcmp(at, c->start, c->len) == 0) {
            c->value = strtoull(at + c->len, NULL, 10);
            c->is_there = 1;
            return;
        }
        at = memchr(at, '\n', (size_t)(text + len - at));
        at = at ? at + 1 : NULL;
    }
}

static uint64_t metric(const char *name, const char *function)
{
    column c = { "", 0, 0, 0 };

    if (function)
        c.len = (size_t)snprintf(c.start, sizeof c.start, "lambdainvoke_function_%s{function=\"%s\"} ", name, function);
    else
        c.len = (size_t)snprintf(c.start, sizeof c.start, "lambdainvoke_%s ", name);
    ck_assert_int_eq(li_metrics_text(the_stage.engine, find_column, &c), LI_OK);
    ck_assert_msg(c.is_there, "there is no metric %s", c.start);
    return c.value;
}

static void advance(uint64_t ms)
{
    ck_assert_int_eq(li_clock_advance(the_stage.clock, ms * LI_MS_NS, NULL), LI_OK);
}

const way stage_library = {
    "library", invoke, stream, configure, describe, remove_function, list, concurrency_put, concurrency_get, config_put, config_get,
    config_remove, configs, publish, versions, alias_put, alias_get, alias_remove, aliases, provisioned_put, provisioned_get,
    provisioned_remove, recursion_put, recursion_get, permission_add, permission_get, permission_remove, event_get, events,
    event_cancel, event_redrive, pause_or_resume, purge, outcome, limit_set, limit_get, faults, trigger_add, trigger_remove,
    triggers, occur, send, count, message, metric, advance,
};
