/* provisioned.c - the operations on provisioned concurrency (INV-320..324). */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "base/time.h"

static const char *status_name(int32_t status)
{
    return status == LI_PROVISIONED_READY ? "READY" : status == LI_PROVISIONED_FAILED ? "FAILED" : "IN_PROGRESS";
}

static void write_members(lii_json_writer *w, const li_provisioned_info *p)
{
    char modified[LII_TIME_SIZE];

    lii_time_offset(p->modified_ms, modified);
    lii_json_member_u64(w, "RequestedProvisionedConcurrentExecutions", p->requested);
    lii_json_member_u64(w, "AvailableProvisionedConcurrentExecutions", p->available);
    lii_json_member_u64(w, "AllocatedProvisionedConcurrentExecutions", p->allocated);
    lii_json_member_string(w, "Status", status_name(p->status), LI_Z);
    if (p->reason[0])
        lii_json_member_string(w, "StatusReason", p->reason, LI_Z);
    lii_json_member_string(w, "LastModified", modified, LI_Z);
}

static void reply_info(lii_call *call, int32_t http, const li_provisioned_info *p)
{
    lii_json_writer w;

    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    write_members(&w, p);
    lii_json_close(&w, '}');
    lii_reply(call, http);
}

/* 0, or -1 replied: these operations need a qualifier. */
static int check_qualifier(lii_call *call)
{
    if (lii_call_qualifier(call)[0])
        return 0;
    lii_reply_validation(call, "qualifier", NULL, "Member must not be null");
    return -1;
}

/* How many are asked for: 0, or -1 replied. */
static int read_requested(lii_call *call, uint64_t *n)
{
    cJSON *body = lii_body_with(call, "ProvisionedConcurrentExecutions:w");
    const cJSON *item;
    char shown[40] = "";
    double value = 0;
    int is_there;

    if (!body)
        return -1;
    item = cJSON_GetObjectItemCaseSensitive(body, "ProvisionedConcurrentExecutions");
    is_there = cJSON_IsNumber(item);
    if (is_there)
        value = item->valuedouble;
    cJSON_Delete(body);
    if (is_there && value >= 1 && value <= 1e6) {
        *n = (uint64_t)value;
        return 0;
    }
    snprintf(shown, sizeof shown, "%.0f", value);
    lii_reply_validation(call, "provisionedConcurrentExecutions", is_there ? shown : NULL,
                         !is_there   ? "Member must not be null"
                         : value > 1 ? "Member must have value less than or equal to 1000000"
                                     : "Member must have value greater than or equal to 1");
    return -1;
}

void lii_op_put_provisioned(lii_call *call)
{
    const char *q = call->has_qualifier ? call->qualifier : NULL;
    li_error err = LI_ERROR_INIT;
    li_provisioned_info info;
    li_status status;
    uint64_t n;

    if (check_qualifier(call) != 0 || read_requested(call, &n) != 0)
        return;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    status = li_provisioned_put(call->engine, call->parts[0].ptr, call->parts[0].len, q, q ? LI_Z : 0, n, &info, &err);
    if (status != LI_OK) {
        lii_reply_status(call, status, &err);
        return;
    }
    info.available = info.allocated = 0;     /* as the service answers, whatever is there by now */
    info.status = LI_PROVISIONED_IN_PROGRESS;
    info.reason[0] = '\0';
    reply_info(call, 202, &info);
}

typedef struct listing {
    lii_call *call;
    lii_json_writer w;
    char arn[192];
} listing;

/* One version or alias: listed if it is what concurrency was provisioned by. */
static void list_qualifier(listing *l, const char *qualifier)
{
    li_provisioned_info info;
    char arn[340];

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    if (li_provisioned_get(l->call->engine, l->call->parts[0].ptr, l->call->parts[0].len, qualifier, LI_Z, &info, NULL) != LI_OK ||
        strcmp(info.qualifier, qualifier) != 0)
        return;
    snprintf(arn, sizeof arn, "%s:%s", l->arn, qualifier);
    lii_json_open(&l->w, '{');
    lii_json_member_string(&l->w, "FunctionArn", arn, LI_Z);
    write_members(&l->w, &info);
    lii_json_close(&l->w, '}');
}

static void list_version(void *user, const li_function_info *info)
{
    if (strcmp(info->version, "$LATEST") != 0)
        list_qualifier(user, info->version);
}

static void list_alias(void *user, const li_alias_info *info)
{
    list_qualifier(user, info->name);
}

static void list_all(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    li_function_info info;
    li_status status;
    listing l;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    status = li_function_describe(call->engine, call->parts[0].ptr, call->parts[0].len, NULL, 0, &info, &err);
    if (status != LI_OK) {
        lii_reply_status(call, status, &err);
        return;
    }
    l.call = call;
    memcpy(l.arn, info.arn, sizeof l.arn);
    lii_json_begin(&l.w, &call->out);
    lii_json_open(&l.w, '{');
    lii_json_key(&l.w, "ProvisionedConcurrencyConfigs");
    lii_json_open(&l.w, '[');
    li_version_each(call->engine, info.name, LI_Z, 0, SIZE_MAX, list_version, &l, NULL);
    li_alias_each(call->engine, info.name, LI_Z, list_alias, &l, NULL);
    lii_json_close(&l.w, ']');
    lii_json_close(&l.w, '}');
    lii_reply(call, 200);
}

/* GET of one, or with ?List=ALL of all of the function. */
void lii_op_get_provisioned(lii_call *call)
{
    const char *q = call->has_qualifier ? call->qualifier : NULL;
    li_error err = LI_ERROR_INIT;
    li_provisioned_info info;
    char list[8] = "";
    li_status status;

    if (lii_query(call, "List", list, sizeof list) == 1 && strcmp(list, "ALL") == 0) {
        call->operation = "ListProvisionedConcurrencyConfigs";
        list_all(call);
        return;
    }
    if (check_qualifier(call) != 0)
        return;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    status = li_provisioned_get(call->engine, call->parts[0].ptr, call->parts[0].len, q, q ? LI_Z : 0, &info, &err);
    if (status == LI_OK)
        reply_info(call, 200, &info);
    else
        lii_reply_status(call, status, &err);
}

void lii_op_delete_provisioned(lii_call *call)
{
    const char *q = call->has_qualifier ? call->qualifier : NULL;
    li_error err = LI_ERROR_INIT;
    li_status status;

    if (check_qualifier(call) != 0)
        return;
    status = li_provisioned_remove(call->engine, call->parts[0].ptr, call->parts[0].len, q, q ? LI_Z : 0, &err);
    if (status == LI_OK)
        lii_reply_empty(call, 204);
    else
        lii_reply_status(call, status, &err);
}
