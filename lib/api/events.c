/* events.c - the engine's own routes for single events, and for a function's queue of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"

static void write_event(lii_json_writer *w, const li_event_info *e)
{
    char id[LI_ID_TEXT_SIZE];

    li_id_format(&e->id, id);
    lii_json_open(w, '{');
    lii_json_member_string(w, "RequestId", id, LI_Z);
    lii_json_member_string(w, "FunctionName", e->function, LI_Z);
    if (e->qualifier[0])
        lii_json_member_string(w, "Qualifier", e->qualifier, LI_Z);
    lii_json_member_string(w, "State", e->state == LI_EVENT_RUNNING ? "running" : "waiting", LI_Z);
    lii_json_member_u64(w, "AcceptedMs", e->accepted_ms);
    lii_json_member_u64(w, "DueMs", e->due_ms);
    lii_json_member_u64(w, "PayloadBytes", e->payload_len);
    lii_json_member_u64(w, "Starts", e->starts);
    lii_json_member_u64(w, "FunctionFailures", e->function_failures);
    lii_json_member_u64(w, "SystemFailures", e->system_failures);
    lii_json_close(w, '}');
}

typedef struct listing {
    lii_json_writer w;
    li_engine *engine;
    uint64_t skip;
    size_t n, max;
} listing;

static void list_event(void *user, const li_event_info *info)
{
    listing *l = user;

    if (l->skip > 0) {
        l->skip--;
        return;
    }
    if (l->n < l->max) {
        l->n++;
        write_event(&l->w, info);
    }
}

/* All functions, in order of name: each is asked for what is still to be passed over or shown. */
static void list_function(void *user, const li_function_info *info)
{
    listing *l = user;
    uint64_t want = l->skip + (l->max - l->n);

    if (l->n < l->max)
        li_event_each(l->engine, info->name, LI_Z, NULL, 0, 0, want < LI_EVENT_PAGE ? (size_t)want : LI_EVENT_PAGE, list_event, l,
                      NULL);
}

/* A number of the query: 0, or -1 replied. */
static int query_number(lii_call *call, const char *name, uint64_t highest, uint64_t *out)
{
    char text[24];
    int found = lii_query(call, name, text, sizeof text);

    if (found == 0)
        return 0;
    if (found == 1 && text[0] && strspn(text, "0123456789") == strlen(text)) {
        *out = strtoull(text, NULL, 10);
        if (*out <= highest)
            return 0;
    }
    lii_reply_error(call, 400, "InvalidParameterValueException", "User", "%s is a whole number up to %llu", name,
                    (unsigned long long)highest);
    return -1;
}

void lii_op_list_events(lii_call *call)
{
    uint64_t skip = 0, max = 100;
    li_error err = LI_ERROR_INIT;
    li_status status = LI_OK;
    char function[300] = "";
    listing l;

    if (query_number(call, "skip", UINT32_MAX, &skip) != 0 || query_number(call, "max", LI_EVENT_PAGE, &max) != 0)
        return;
    memset(&l, 0, sizeof l);
    l.engine = call->engine;
    l.max = (size_t)max;
    lii_json_begin(&l.w, &call->out);
    lii_json_open(&l.w, '{');
    lii_json_key(&l.w, "Events");
    lii_json_open(&l.w, '[');
    if (lii_query(call, "function", function, sizeof function) == 1) {
        status = li_event_each(call->engine, function, LI_Z, NULL, 0, skip, l.max, list_event, &l, &err);
    } else {
        l.skip = skip;
        li_function_each(call->engine, NULL, 0, SIZE_MAX, list_function, &l);
    }
    lii_json_close(&l.w, ']');
    lii_json_close(&l.w, '}');
    if (status == LI_OK)
        lii_reply(call, 200);
    else
        lii_reply_status(call, status, &err);
}

int lii_read_id(lii_call *call, li_id *id)
{
    if (li_id_parse(call->parts[0].ptr, call->parts[0].len, id) == LI_OK)
        return 0;
    lii_reply_error(call, 400, "InvalidParameterValueException", "User", "A request id is a UUID.");
    return -1;
}

void lii_op_get_event(lii_call *call)
{
    li_event_info info = LI_EVENT_INFO_INIT;
    li_error err = LI_ERROR_INIT;
    lii_json_writer w;
    li_status status;
    li_id id;

    if (lii_read_id(call, &id) != 0)
        return;
    status = li_event_get(call->engine, &id, &info, &err);
    if (status != LI_OK) {
        lii_reply_status(call, status, &err);
        return;
    }
    lii_json_begin(&w, &call->out);
    write_event(&w, &info);
    lii_reply(call, 200);
}

void lii_op_cancel_event(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    li_status status;
    li_id id;

    if (lii_read_id(call, &id) != 0)
        return;
    status = li_event_cancel(call->engine, &id, &err);
    if (status == LI_OK)
        lii_reply_empty(call, 204);
    else
        lii_reply_status(call, status, &err);
}

void lii_op_redrive_event(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    char text[LI_ID_TEXT_SIZE];
    li_id id, fresh;
    li_status status;

    if (lii_read_id(call, &id) != 0)
        return;
    status = li_event_redrive(call->engine, &id, &fresh, &err);
    if (status != LI_OK) {
        lii_reply_status(call, status, &err);
        return;
    }
    li_id_format(&fresh, text);
    lii_buf_addf(&call->out, "{\"RequestId\":\"%s\"}", text);
    lii_reply(call, 202);
}

static void set_paused(lii_call *call, li_status (*set)(li_engine *engine, const char *name, size_t name_len, li_error *err))
{
    li_error err = LI_ERROR_INIT;
    li_status status = set(call->engine, call->parts[0].ptr, call->parts[0].len, &err);

    if (status == LI_OK)
        lii_reply_empty(call, 204);
    else
        lii_reply_status(call, status, &err);
}

void lii_op_pause(lii_call *call)
{
    set_paused(call, li_function_pause);
}

void lii_op_resume(lii_call *call)
{
    set_paused(call, li_function_resume);
}

void lii_op_purge(lii_call *call)
{
    const char *q = call->has_qualifier ? call->qualifier : NULL;
    li_error err = LI_ERROR_INIT;
    uint64_t n = 0;
    li_status status = li_function_purge(call->engine, call->parts[0].ptr, call->parts[0].len, q, q ? LI_Z : 0, &n, &err);

    if (status != LI_OK) {
        lii_reply_status(call, status, &err);
        return;
    }
    lii_buf_addf(&call->out, "{\"Purged\":%llu}", (unsigned long long)n);
    lii_reply(call, 200);
}
