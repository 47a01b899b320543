/* limits.c - the engine's own routes for what is limited: settings and limits, one table, read and changed; and how destinations
 * do. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

#include "api/call.h"

static void add_row(void *user, const li_config_row *row)
{
    lii_json_writer *w = user;

    lii_json_open(w, '{');
    lii_json_member_string(w, "Name", row->name, LI_Z);
    lii_json_member_string(w, "Help", row->help, LI_Z);
    lii_json_key(w, "Value");
    lii_json_int(w, row->value);
    lii_json_key(w, "Default");
    lii_json_int(w, row->standard);
    lii_json_key(w, "Lowest");
    lii_json_int(w, row->lowest);
    lii_json_key(w, "Highest");
    lii_json_int(w, row->highest);
    if (row->used >= 0) {
        lii_json_key(w, "Used");
        lii_json_int(w, row->used);
        lii_json_member_string(w, "Beyond", row->status == LI_OK ? "the oldest goes" : li_status_name(row->status), LI_Z);
    }
    lii_json_close(w, '}');
}

void lii_op_get_limits(lii_call *call)
{
    lii_json_writer w;

    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    lii_json_key(&w, "Limits");
    lii_json_open(&w, '[');
    li_config_each(call->engine, add_row, &w);
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
    lii_reply(call, 200);
}

/* Set what the members say, one after the other; where one is refused, those before it are set back. */
static li_status set_all(li_engine *engine, const cJSON *body, int64_t *was, li_error *err)
{
    const cJSON *item;
    li_status status = LI_OK;
    size_t n = 0;

    cJSON_ArrayForEach(item, body)
    {
        status = li_config_get(engine, item->string, &was[n]);
        if (status == LI_OK || status == LI_E_NOT_FOUND)
            status = li_config_set(engine, item->string, (int64_t)item->valuedouble, err);
        if (status != LI_OK)
            break;
        n++;
    }
    if (status == LI_OK)
        return LI_OK;
    while (n-- > 0) {
        item = cJSON_GetArrayItem(body, (int)n);
        li_config_set(engine, item->string, was[n], NULL);
    }
    return status;
}

/* {"limits.depth": 8, …}: all of them or none. */
void lii_op_set_limits(lii_call *call)
{
    cJSON *body = lii_body(call);
    const cJSON *item;
    li_error err = LI_ERROR_INIT;
    li_status status = LI_E_NOMEM;
    int64_t *was;

    if (!body)
        return;
    cJSON_ArrayForEach(item, body)
        if (!cJSON_IsNumber(item) || item->valuedouble != floor(item->valuedouble) || fabs(item->valuedouble) > 9e15) {
            lii_reply_error(call, 400, "SerializationException", "User", "%.100s is a whole number", item->string);
            cJSON_Delete(body);
            return;
        }
    was = lii_calloc(&lii_malloc_allocator, (size_t)cJSON_GetArraySize(body) + 1, sizeof *was);
    if (was)
        status = set_all(call->engine, body, was, &err);
    lii_free(&lii_malloc_allocator, was);
    cJSON_Delete(body);
    if (status == LI_OK)
        lii_op_get_limits(call);
    else if (status == LI_E_NOMEM)
        lii_reply_status(call, status, &err);
    else if (status == LI_E_BUSY)
        lii_reply_error(call, 409, "ResourceConflictException", "User", "%s", err.text);
    else
        lii_reply_error(call, status == LI_E_NOT_FOUND ? 404 : 400,
                        status == LI_E_NOT_FOUND ? "ResourceNotFoundException" : "InvalidParameterValueException", "User", "%s",
                        err.text);
}

static void add_destination(void *user, const li_destination_info *d)
{
    lii_json_writer *w = user;

    lii_json_open(w, '{');
    lii_json_member_string(w, "Target", d->target, LI_Z);
    lii_json_member_string(w, "Kind", d->name ? d->name : "", LI_Z);
    lii_json_member_string(w, "State",
                           d->state == LI_DESTINATION_FULL      ? "full"
                           : d->state == LI_DESTINATION_FAILING ? "failing"
                                                                : "good",
                           LI_Z);
    lii_json_member_u64(w, "InFlight", d->in_flight);
    lii_json_member_u64(w, "Taken", d->taken);
    lii_json_member_u64(w, "Refused", d->refused);
    lii_json_member_u64(w, "FailuresInARow", d->failures);
    lii_json_close(w, '}');
}

void lii_op_destinations(lii_call *call)
{
    li_status status;
    lii_json_writer w;

    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    lii_json_key(&w, "Destinations");
    lii_json_open(&w, '[');
    status = li_destination_each(call->engine, add_destination, &w);
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
    if (status == LI_OK)
        lii_reply(call, 200);
    else
        lii_reply_status(call, status, NULL);
}
