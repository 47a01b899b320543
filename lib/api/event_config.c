/* event_config.c - the operations on event invoke configs (INV-250..254). */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"

static void write_destination(lii_json_writer *w, const char *name, const char *target)
{
    lii_json_key(w, name);
    lii_json_open(w, '{');
    if (target[0])
        lii_json_member_string(w, "Destination", target, LI_Z);
    lii_json_close(w, '}');
}

static void write_config(lii_json_writer *w, const li_event_config_info *c)
{
    char seconds[40];
    int n = snprintf(seconds, sizeof seconds, "%llu.%03llu", (unsigned long long)(c->modified_ms / 1000),
                     (unsigned long long)(c->modified_ms % 1000));

    lii_json_open(w, '{');
    lii_json_key(w, "LastModified");
    lii_json_raw(w, seconds, (size_t)n);
    lii_json_member_string(w, "FunctionArn", c->function_arn, LI_Z);
    if (c->max_retries >= 0)
        lii_json_member_u64(w, "MaximumRetryAttempts", (uint64_t)c->max_retries);
    if (c->max_age_s >= 0)
        lii_json_member_u64(w, "MaximumEventAgeInSeconds", (uint64_t)c->max_age_s);
    lii_json_key(w, "DestinationConfig");
    lii_json_open(w, '{');
    write_destination(w, "OnSuccess", c->on_success);
    write_destination(w, "OnFailure", c->on_failure);
    lii_json_close(w, '}');
    lii_json_close(w, '}');
}

static void reply_config(lii_call *call, li_status status, const li_event_config_info *info, const li_error *err)
{
    lii_json_writer w;

    if (status != LI_OK) {
        lii_reply_status(call, status, err);
        return;
    }
    lii_json_begin(&w, &call->out);
    write_config(&w, info);
    lii_reply(call, 200);
}

/* 0, or -1 replied: -1 means "not given" to the library, and is out of range here. */
static int read_number(lii_call *call, const cJSON *body, const char *key, const char *member, int lowest, int64_t *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, key);
    char what[80];

    if (!cJSON_IsNumber(item))
        return 0;
    *out = (int64_t)item->valuedouble;
    if (*out != -1)
        return 0;
    snprintf(what, sizeof what, "Member must have value greater than or equal to %d", lowest);
    lii_reply_validation(call, member, "-1", what);
    return -1;
}

static int read_destination(lii_call *call, const cJSON *body, const char *key, li_slice *out)
{
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(body, "DestinationConfig"), *one, *target;

    if (!config || cJSON_IsNull(config))
        return 0;
    one = cJSON_GetObjectItemCaseSensitive(config, key);
    target = one ? cJSON_GetObjectItemCaseSensitive(one, "Destination") : NULL;
    if (!cJSON_IsObject(config) || (one && !cJSON_IsObject(one) && !cJSON_IsNull(one)) ||
        (target && !cJSON_IsString(target) && !cJSON_IsNull(target))) {
        lii_reply_error(call, 400, "SerializationException", "User", "DestinationConfig.%s.Destination is a text", key);
        return -1;
    }
    if (cJSON_IsString(target))
        *out = li_z(target->valuestring);
    if (out->ptr && out->len == 0)
        out->len = LI_Z;
    return 0;
}

static void put(lii_call *call, int merges)
{
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_event_config_info info;
    li_error err = LI_ERROR_INIT;
    const char *q = call->has_qualifier ? call->qualifier : NULL;
    li_status status;
    cJSON *body = lii_body_with(call, "MaximumRetryAttempts:w MaximumEventAgeInSeconds:w DestinationConfig:o");

    if (!body)
        return;                  /* answered, and the call is gone */
    if (read_number(call, body, "MaximumRetryAttempts", "maximumRetryAttempts", 0, &config.max_retries) < 0 ||
        read_number(call, body, "MaximumEventAgeInSeconds", "maximumEventAgeInSeconds", 60, &config.max_age_s) < 0 ||
        read_destination(call, body, "OnSuccess", &config.on_success) < 0 ||
        read_destination(call, body, "OnFailure", &config.on_failure) < 0) {
        cJSON_Delete(body);
        return;
    }
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    status = (merges ? li_event_config_update : li_event_config_put)(call->engine, call->parts[0].ptr, call->parts[0].len, q,
                                                                    q ? LI_Z : 0, &config, &info, &err);
    cJSON_Delete(body);
    if (!merges && status == LI_E_NOT_FOUND && err.detail == LI_DETAIL_FUNCTION_NOT_FOUND) {
        lii_reply_error(call, 404, "ResourceNotFoundException", "User", "The function doesn't exist.");
        return;
    }
    reply_config(call, status, &info, &err);
}

void lii_op_put_event_config(lii_call *call)
{
    put(call, 0);
}

void lii_op_update_event_config(lii_call *call)
{
    put(call, 1);
}

void lii_op_get_event_config(lii_call *call)
{
    li_event_config_info info;
    li_error err = LI_ERROR_INIT;
    const char *q = call->has_qualifier ? call->qualifier : NULL;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    reply_config(call,
                 li_event_config_get(call->engine, call->parts[0].ptr, call->parts[0].len, q, q ? LI_Z : 0, &info, &err),
                 &info, &err);
}

void lii_op_delete_event_config(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    const char *q = call->has_qualifier ? call->qualifier : NULL;
    li_status status = li_event_config_remove(call->engine, call->parts[0].ptr, call->parts[0].len, q, q ? LI_Z : 0, &err);

    if (status == LI_OK)
        lii_reply_empty(call, 204);
    else
        lii_reply_status(call, status, &err);
}

static void list_one(void *user, const li_event_config_info *info)
{
    write_config(user, info);
}

void lii_op_list_event_configs(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    lii_json_writer w;
    li_status status;

    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    lii_json_key(&w, "FunctionEventInvokeConfigs");
    lii_json_open(&w, '[');
    status = li_event_config_each(call->engine, call->parts[0].ptr, call->parts[0].len, list_one, &w, &err);
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
    if (status == LI_OK)
        lii_reply(call, 200);
    else
        lii_reply_status(call, status, &err);
}
