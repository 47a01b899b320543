/* triggers.c - triggers over HTTP: kinds and their forms, the list, making and ending, occurrences with their answers. */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <lambdainvoke/services.h>

#include "api/call.h"
#include "json/scan.h"

static void refuse(lii_call *call, li_status status, const li_error *err)
{
    int32_t code = status == LI_E_NOT_FOUND ? 404 : status == LI_E_CONFLICT ? 409 : status == LI_E_DENIED ? 403
                   : status == LI_E_NOMEM ? 500 : 400;

    lii_reply_error(call, code,
                    code == 404   ? "ResourceNotFoundException"
                    : code == 409 ? "ResourceConflictException"
                    : code == 403 ? "AccessDeniedException"
                    : code == 500 ? "ServiceException"
                                  : "InvalidParameterValueException",
                    code == 500 ? "Service" : "User", "%s", err->text);
}

/* ---- looking */

static void write_trigger(void *user, const li_trigger_info *info)
{
    lii_json_writer *w = user;

    lii_json_open(w, '{');
    lii_json_member_string(w, "Id", info->id, LI_Z);
    lii_json_member_string(w, "Kind", info->kind, LI_Z);
    lii_json_member_string(w, "FunctionName", info->function, LI_Z);
    lii_json_member_string(w, "SourceArn", info->source_arn, LI_Z);
    lii_json_member_string(w, "State", info->is_enabled ? "ENABLED" : "DISABLED", LI_Z);
    lii_json_key(w, "Options");
    lii_json_raw(w, info->options_len ? info->options : "{}", info->options_len ? info->options_len : 2);
    lii_json_member_u64(w, "Deliveries", info->deliveries);
    lii_json_member_u64(w, "Failures", info->failures);
    if (info->last_result) {
        lii_json_member_string(w, "LastResult", info->last_result, LI_Z);
        lii_json_member_u64(w, "LastResultMs", info->last_ms);
    }
    if (info->warning)
        lii_json_member_string(w, "Warning", info->warning, LI_Z);
    lii_json_close(w, '}');
}

/* The list, in order of creation and then id: triggers come so, and mappings go between them (TRG-11). */
typedef struct merge {
    lii_json_writer *w;
    li_slice function;           /* its name; empty: all */
    li_mapping_info *mappings;
    size_t n, cap, at;
    int out_of_memory;
} merge;

static void gather_mapping(void *user, const li_mapping_info *info)
{
    merge *m = user;

    if (m->function.len > 0 && !lii_slice_equal(lii_name_in(info->function), m->function))
        return;
    if (m->n == m->cap) {
        size_t cap = m->cap ? m->cap * 2 : 16;
        li_mapping_info *more = lii_realloc(&lii_malloc_allocator, m->mappings, cap * sizeof *more);

        if (!more) {
            m->out_of_memory = 1;
            return;
        }
        m->mappings = more;
        m->cap = cap;
    }
    m->mappings[m->n++] = *info;
}

static int compare_mappings(const void *a, const void *b)
{
    const li_mapping_info *x = a, *y = b;

    if (x->created_ms != y->created_ms)
        return x->created_ms < y->created_ms ? -1 : 1;
    return strcmp(x->uuid, y->uuid);
}

static void write_mapping(lii_json_writer *w, const li_mapping_info *info)
{
    lii_json_open(w, '{');
    lii_json_member_string(w, "Id", info->uuid, LI_Z);
    lii_json_member_string(w, "Kind", info->kind, LI_Z);
    lii_json_member_string(w, "FunctionName", info->function, LI_Z);
    lii_json_member_string(w, "SourceArn", info->source_arn, LI_Z);
    lii_json_member_string(w, "State", strcmp(info->state, "Disabled") == 0 ? "DISABLED" : "ENABLED", LI_Z);
    lii_json_key(w, "Options");
    lii_json_open(w, '{');
    lii_json_member_u64(w, "batchSize", info->batch_size);
    lii_json_member_u64(w, "window", info->window_ms / 1000);
    lii_json_close(w, '}');
    lii_json_member_u64(w, "Deliveries", info->invoked);
    lii_json_member_u64(w, "Failures", info->failed);
    lii_json_close(w, '}');
}

static int is_before(const li_mapping_info *mapping, const li_trigger_info *trigger)
{
    if (mapping->created_ms != trigger->created_ms)
        return mapping->created_ms < trigger->created_ms;
    return strcmp(mapping->uuid, trigger->id) < 0;
}

static void write_in_turn(void *user, const li_trigger_info *info)
{
    merge *m = user;

    while (m->at < m->n && is_before(&m->mappings[m->at], info))
        write_mapping(m->w, &m->mappings[m->at++]);
    write_trigger(m->w, info);
}

void lii_op_triggers(lii_call *call)
{
    char function[300] = "";
    lii_json_writer w;
    merge m = { .w = &w };

    if (lii_query(call, "FunctionName", function, sizeof function) < 0) {
        lii_reply_error(call, 400, "InvalidParameterValueException", "User", "FunctionName is the name of a function");
        return;
    }
    m.function = lii_name_in(function);
    li_mapping_each(call->engine, gather_mapping, &m);
    if (m.n > 1)
        qsort(m.mappings, m.n, sizeof m.mappings[0], compare_mappings);
    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    lii_json_key(&w, "Triggers");
    lii_json_open(&w, '[');
    li_trigger_each(call->engine, function[0] ? function : NULL, LI_Z, write_in_turn, &m);
    while (m.at < m.n)
        write_mapping(&w, &m.mappings[m.at++]);
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
    lii_free(&lii_malloc_allocator, m.mappings);
    if (m.out_of_memory)
        lii_reply_error(call, 500, "ServiceException", "Service", "out of memory");
    else
        lii_reply(call, 200);
}

static void reply_trigger(lii_call *call, const char *id, int32_t code)
{
    li_error err = LI_ERROR_INIT;
    lii_json_writer w;
    li_status status;

    lii_buf_clear(&call->out);
    lii_json_begin(&w, &call->out);
    status = li_trigger_get(call->engine, id, LI_Z, write_trigger, &w, &err);
    if (status != LI_OK)
        refuse(call, status, &err);
    else
        lii_reply(call, code);
}

void lii_op_get_trigger(lii_call *call)
{
    reply_trigger(call, call->parts[0].ptr, 200);
}

static void write_form(void *user, const char *data, size_t len)
{
    lii_buf_add(user, data, len);
}

void lii_op_trigger_kinds(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    li_status status = li_trigger_kind_form(call->engine, call->n_parts ? call->parts[0].ptr : NULL, LI_Z, write_form,
                                            &call->out, &err);

    if (status != LI_OK)
        lii_reply_error(call, status == LI_E_NOMEM ? 500 : 404, "ResourceNotFoundException", "User", "%s", err.text);
    else
        lii_reply(call, 200);
}

/* ---- making, changing, ending */

static li_slice text_of(const cJSON *body, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, name);

    return cJSON_IsString(item) ? lii_slice(item->valuestring, LI_Z) : lii_slice(NULL, 0);
}

/* Options keep the bytes that came: a tree would spoil numbers. */
static li_slice options_of(const lii_call *call)
{
    lii_json_value options = lii_json_get(lii_json_root(call->request->body.ptr, call->request->body.len), "Options", LI_Z);

    return options.type == LII_JSON_OBJECT ? lii_slice(options.ptr, options.len) : lii_slice(NULL, 0);
}

static void fill_spec(lii_call *call, const cJSON *body, li_trigger_spec *spec)
{
    spec->kind = text_of(body, "Kind");
    spec->function = text_of(body, "FunctionName");
    spec->id = text_of(body, "Id");
    spec->options = options_of(call);
    spec->is_disabled = lii_slice_is(text_of(body, "State"), "DISABLED");
    spec->flags = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(body, "ByForm")) ? LI_TRIGGER_BY_FORM : 0;
}

#define MEMBERS "Kind:s FunctionName:s Id:s Options:o State:s ByForm:b"

/* The body of a trigger; NULL: it is answered what is wrong. n_needed: of Kind and FunctionName, in that order, so many. */
static cJSON *read_trigger(lii_call *call, const char *members, int n_needed, li_trigger_spec *spec)
{
    cJSON *body = lii_body_of(call, members);
    li_slice state;
    const char *wrong = NULL;

    if (!body)
        return NULL;
    fill_spec(call, body, spec);
    state = text_of(body, "State");
    if (state.ptr && !lii_slice_is(state, "ENABLED") && !lii_slice_is(state, "DISABLED"))
        wrong = "State is ENABLED or DISABLED";
    else if (n_needed > 0 && !spec->kind.ptr)
        wrong = "Kind is needed: GET /_lambdainvoke/trigger-kinds lists them";
    else if (n_needed > 1 && !spec->function.ptr)
        wrong = "FunctionName is needed: the function that the trigger invokes";
    if (!wrong)
        return body;
    cJSON_Delete(body);
    lii_reply_error(call, 400, "InvalidParameterValueException", "User", "%s", wrong);
    return NULL;
}

void lii_op_add_trigger(lii_call *call)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_trigger *trigger = NULL;
    cJSON *body = read_trigger(call, MEMBERS, 2, &spec);
    char id[104];
    li_status status;

    if (!body)
        return;
    status = li_trigger_add(call->engine, &spec, &trigger, &err);
    cJSON_Delete(body);
    if (status != LI_OK) {
        refuse(call, status, &err);
        return;
    }
    memcpy(id, li_trigger_get_id(trigger), sizeof id);
    reply_trigger(call, id, 201);
}

/* Live help: the form as it is so far, and perhaps a Sample of what it is to match. */
void lii_op_preview_trigger(lii_call *call)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    cJSON *body = read_trigger(call, MEMBERS " Sample:*", 1, &spec);
    lii_json_value sample;
    li_slice text;
    li_status status;

    if (!body)
        return;
    sample = lii_json_get(lii_json_root(call->request->body.ptr, call->request->body.len), "Sample", LI_Z);
    text = sample.type == LII_JSON_STRING ? text_of(body, "Sample") : lii_slice(sample.ptr, sample.len);
    status = li_trigger_preview(call->engine, &spec, text.ptr, text.len, write_form, &call->out, &err);
    cJSON_Delete(body);
    if (status != LI_OK)
        refuse(call, status, &err);
    else
        lii_reply(call, 200);
}

void lii_op_update_trigger(lii_call *call)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_slice id = call->parts[0], state;
    cJSON *body = read_trigger(call, "Kind:s FunctionName:s Options:o State:s", 0, &spec);
    li_status status;

    if (!body)
        return;
    state = text_of(body, "State");
    spec.id = id;
    spec.is_disabled = 0;
    spec.flags = 0;
    status = spec.options.ptr || spec.function.ptr || spec.kind.ptr || !state.ptr
                 ? li_trigger_update(call->engine, &spec, &err)
                 : LI_OK;
    if (status == LI_OK && state.ptr)
        status = li_trigger_set_enabled(call->engine, id.ptr, id.len, !lii_slice_is(state, "DISABLED"), &err);
    cJSON_Delete(body);
    if (status != LI_OK)
        refuse(call, status, &err);
    else
        reply_trigger(call, id.ptr, 200);
}

void lii_op_remove_trigger(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    li_status status = li_trigger_remove(call->engine, call->parts[0].ptr, call->parts[0].len, &err);

    if (status != LI_OK)
        refuse(call, status, &err);
    else
        lii_reply_empty(call, 204);
}

/* What a bucket tells functions of, as a whole (TRG-32). */
void lii_op_put_notification(lii_call *call)
{
    li_slice bucket = call->parts[0], body = call->request->body;
    li_error err = LI_ERROR_INIT;
    li_status status = li_s3_notification_put(call->engine, bucket.ptr, bucket.len, body.len ? body.ptr : "{}", body.len ? body.len : 2, &err);

    if (status != LI_OK)
        refuse(call, status, &err);
    else
        lii_reply_empty(call, 204);
}

/* ---- occurrences */

/* Matched alone when nobody waits for an answer; else what the service answers. */
static void occurred(void *user, const li_trigger_answer *a)
{
    lii_call *call = user;
    lii_json_writer w;
    size_t i;

    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    lii_json_member_u64(&w, "Matched", a->n_matched);
    if (a->n_refused > 0)
        lii_json_member_u64(&w, "Refused", a->n_refused);
    if (a->status != 202 && (a->body || a->n_headers > 0 || a->n_matched > 0)) {
        lii_json_member_u64(&w, "Status", (uint64_t)a->status);
        lii_json_member_string(&w, "Verdict", a->verdict, LI_Z);
        lii_json_key(&w, "Headers");
        lii_json_open(&w, '[');
        for (i = 0; i < a->n_headers; i++) {
            lii_json_open(&w, '[');
            lii_json_string(&w, a->headers[i].name.ptr, a->headers[i].name.len);
            lii_json_string(&w, a->headers[i].value.ptr, a->headers[i].value.len);
            lii_json_close(&w, ']');
        }
        lii_json_close(&w, ']');
        lii_json_member_string(&w, "Body", a->body ? a->body : "", a->body_len);
    }
    lii_json_close(&w, '}');
    lii_reply(call, 200);
}

/* A custom resource's function answers at a URL of this server, unless the occurrence says where else (TRG-78): a member
 * more, in out. 0: as it came. */
static int add_response_base(const lii_call *call, lii_buf *out)
{
    li_slice body = call->request->body, host = lii_header(call->request, "Host");
    lii_json_value object;

    if (!lii_slice_is(call->parts[0], "cfn") || host.len == 0 || lii_json_check(body.ptr, body.len, 128, NULL) != 0)
        return 0;
    object = lii_json_root(body.ptr, body.len);
    if (object.type != LII_JSON_OBJECT || lii_json_get(object, "responseURL", LI_Z).type != LII_JSON_NONE ||
        lii_json_get(object, "responseBase", LI_Z).type != LII_JSON_NONE || lii_json_get(object, "requestType", LI_Z).type == LII_JSON_NONE)
        return 0;
    lii_buf_add(out, object.ptr, object.len - 1);
    lii_buf_add_z(out, ",\"responseBase\":\"http://");
    lii_json_escape(out, host.ptr, host.len);
    lii_buf_add_z(out, "/_lambdainvoke/responses/cfn/\"}");
    return 1;
}

void lii_op_occur(lii_call *call)
{
    li_slice body = call->request->body;
    li_error err = LI_ERROR_INIT;
    li_status status = LI_OK;
    lii_buf longer;

    lii_buf_init(&longer, &lii_malloc_allocator);
    if (add_response_base(call, &longer)) {
        body = lii_slice(longer.data, longer.len);
        status = longer.status;
    }
    if (status == LI_OK)
        status = li_trigger_occur_begin(call->engine, call->parts[0].ptr, call->parts[0].len, body.ptr, body.len, occurred, call,
                                        &err);
    lii_buf_fini(&longer);
    if (status != LI_OK)
        refuse(call, status == LI_E_NOT_FOUND ? LI_E_INVALID : status, &err);
}

/* What a function sends to the URL that its event named. */
void lii_op_respond(lii_call *call)
{
    li_slice body = call->request->body;
    li_error err = LI_ERROR_INIT;
    li_status status = li_trigger_respond(call->engine, call->parts[0].ptr, call->parts[0].len, call->parts[1].ptr,
                                          call->parts[1].len, body.ptr, body.len, &err);

    if (status != LI_OK)
        refuse(call, status, &err);
    else
        lii_reply_empty(call, 200);
}
