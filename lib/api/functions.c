/* functions.c - the operations on functions, their concurrency and the account. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "base/time.h"

enum { PAGE = 50 };

static const char *const log_formats[] = { "Text", "JSON" };    /* by LI_LOG_FORMAT_* */

void lii_write_configuration(lii_json_writer *w, const li_function_info *f, const char *qualifier, int with_state)
{
    char modified[LII_TIME_SIZE], arn[340], group[100];

    lii_time_offset(f->modified_ms, modified);
    snprintf(arn, sizeof arn, "%s%s%s", f->arn, qualifier[0] ? ":" : "", qualifier);
    snprintf(group, sizeof group, "/aws/lambda/%s", f->name);
    lii_json_open(w, '{');
    lii_json_member_string(w, "FunctionName", f->name, LI_Z);
    lii_json_member_string(w, "FunctionArn", arn, LI_Z);
    lii_json_member_string(w, "Runtime", "provided.al2023", LI_Z);
    snprintf(arn, sizeof arn, "arn:aws:iam::%.12s:role/lambdainvoke", strrchr(f->arn, ':') - strlen(":function") - 12);
    lii_json_member_string(w, "Role", arn, LI_Z);
    lii_json_member_string(w, "Handler", f->binding, LI_Z);
    lii_json_member_u64(w, "CodeSize", 0);
    lii_json_member_string(w, "Description", f->description, LI_Z);
    lii_json_member_u64(w, "Timeout", (f->timeout_ms + 999) / 1000);
    lii_json_member_u64(w, "MemorySize", f->memory_mb);
    lii_json_member_string(w, "LastModified", modified, LI_Z);
    lii_json_member_string(w, "CodeSha256", LII_CODE_SHA256, LI_Z);
    lii_json_member_string(w, "Version", f->version, LI_Z);
    if (f->dead_letter_target[0]) {
        lii_json_key(w, "DeadLetterConfig");
        lii_json_open(w, '{');
        lii_json_member_string(w, "TargetArn", f->dead_letter_target, LI_Z);
        lii_json_close(w, '}');
    }
    lii_json_key(w, "TracingConfig");
    lii_json_raw(w, "{\"Mode\":\"PassThrough\"}", 22);
    lii_json_member_string(w, "RevisionId", f->revision_id, LI_Z);
    if (with_state) {
        lii_json_member_string(w, "State", f->state == LI_FUNCTION_PENDING ? "Pending" : "Active", LI_Z);
        if (f->state == LI_FUNCTION_PENDING) {
            lii_json_member_string(w, "StateReason", "The function is being created.", LI_Z);
            lii_json_member_string(w, "StateReasonCode", "Creating", LI_Z);
        } else {
            lii_json_member_string(w, "LastUpdateStatus", "Successful", LI_Z);
        }
    }
    lii_json_member_string(w, "PackageType", "Zip", LI_Z);
    lii_json_key(w, "Architectures");
    lii_json_raw(w, "[\"x86_64\"]", 10);
    lii_json_key(w, "EphemeralStorage");
    lii_json_raw(w, "{\"Size\":512}", 12);
    lii_json_key(w, "SnapStart");
    lii_json_raw(w, "{\"ApplyOn\":\"None\",\"OptimizationStatus\":\"Off\"}", 45);
    lii_json_key(w, "LoggingConfig");
    lii_json_open(w, '{');
    lii_json_member_string(w, "LogFormat", log_formats[f->log_format == LI_LOG_FORMAT_JSON], LI_Z);
    if (f->log_format == LI_LOG_FORMAT_JSON) {
        lii_json_member_string(w, "ApplicationLogLevel", li_level_name(f->application_log_level), LI_Z);
        lii_json_member_string(w, "SystemLogLevel", li_level_name(f->system_log_level), LI_Z);
    }
    lii_json_member_string(w, "LogGroup", group, LI_Z);
    lii_json_close(w, '}');
    lii_json_close(w, '}');
}

/* 0: described; -1: replied. */
static int describe(lii_call *call, li_function_info *info)
{
    li_error err = LI_ERROR_INIT;
    li_status status;

    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    status = li_function_describe(call->engine, call->parts[0].ptr, call->parts[0].len,
                                  call->has_qualifier ? call->qualifier : NULL, call->has_qualifier ? LI_Z : 0, info, &err);
    if (status == LI_OK)
        return 0;
    lii_reply_status(call, status, &err);
    return -1;
}

const char *lii_call_qualifier(const lii_call *call)
{
    li_slice name = lii_name_in(call->parts[0].ptr);

    if (call->has_qualifier)
        return call->qualifier;
    if (name.ptr[name.len] != ':' || (name.ptr == call->parts[0].ptr && strncmp(name.ptr, "arn:", 4) == 0))
        return "";
    return name.ptr + name.len + 1;
}

void lii_op_get_configuration(lii_call *call)
{
    li_function_info info;
    lii_json_writer w;

    if (describe(call, &info) != 0)
        return;
    lii_json_begin(&w, &call->out);
    lii_write_configuration(&w, &info, lii_call_qualifier(call), 1);
    lii_reply(call, 200);
}

void lii_op_get_function(lii_call *call)
{
    li_function_info info;
    lii_json_writer w;

    if (describe(call, &info) != 0)
        return;
    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    lii_json_key(&w, "Configuration");
    lii_write_configuration(&w, &info, lii_call_qualifier(call), 1);
    lii_json_key(&w, "Code");
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "RepositoryType", "S3", LI_Z);
    lii_json_member_string(&w, "Location", "", 0);
    lii_json_close(&w, '}');
    if (info.reserved_concurrency >= 0) {
        lii_json_key(&w, "Concurrency");
        lii_json_open(&w, '{');
        lii_json_member_u64(&w, "ReservedConcurrentExecutions", (uint64_t)info.reserved_concurrency);
        lii_json_close(&w, '}');
    }
    lii_json_close(&w, '}');
    lii_reply(call, 200);
}

typedef struct listing {
    lii_json_writer w;
    size_t n, max;
    char last[72];
    int more;
} listing;

static void list_one(void *user, const li_function_info *info)
{
    listing *l = user;

    if (l->n == l->max) {
        l->more = 1;
        return;
    }
    l->n++;
    memcpy(l->last, info->name, sizeof l->last);
    lii_write_configuration(&l->w, info, "", 0);
}

/* MaxItems in its range and at most a page; -1: replied. */
long lii_read_max_items(lii_call *call, long highest)
{
    char text[32];
    long value;
    int found = lii_query(call, "MaxItems", text, sizeof text);

    if (found == 0)
        return PAGE;
    value = found == 1 ? strtol(text, NULL, 10) : 0;
    if (value < 1 || value > highest) {
        char what[80];

        snprintf(what, sizeof what, "Member must have value %s than or equal to %ld", value < 1 ? "greater" : "less",
                 value < 1 ? 1 : highest);
        lii_reply_validation(call, "maxItems", found == 1 ? text : "", what);
        return -1;
    }
    return value < PAGE ? value : PAGE;
}

void lii_op_list_functions(lii_call *call)
{
    char marker[128] = "", version[16] = "";
    long max = lii_read_max_items(call, 10000);
    listing l;
    int found;

    if (max < 0)
        return;
    found = lii_query(call, "FunctionVersion", version, sizeof version);
    if (found != 0 && (found < 0 || strcmp(version, "ALL") != 0)) {
        lii_reply_validation(call, "functionVersion", version, "Member must satisfy enum value set: [ALL]");
        return;
    }
    if (lii_query(call, "Marker", marker, sizeof marker) < 0 || (marker[0] && strncmp(marker, "functions/", 10) != 0)) {
        lii_reply_error(call, 400, "InvalidParameterValueException", "User", "The marker is of another list.");
        return;
    }
    memset(&l, 0, sizeof l);
    l.max = (size_t)max;
    lii_json_begin(&l.w, &call->out);
    lii_json_open(&l.w, '{');
    lii_json_key(&l.w, "Functions");
    lii_json_open(&l.w, '[');
    li_function_each(call->engine, marker[0] ? marker + 10 : NULL, marker[0] ? LI_Z : 0, l.max + 1, list_one, &l);
    lii_json_close(&l.w, ']');
    if (l.more) {
        snprintf(marker, sizeof marker, "functions/%s", l.last);
        lii_json_member_string(&l.w, "NextMarker", marker, LI_Z);
    }
    lii_json_close(&l.w, '}');
    lii_reply(call, 200);
}

/* A member that is a whole number: 1, 0 when it is absent or null, -1: replied. */
static int read_number(lii_call *call, const cJSON *body, const char *key, const char *member, int64_t lowest,
                       int64_t highest, int64_t *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, key);
    char value[40], what[80];

    if (!cJSON_IsNumber(item))
        return 0;
    *out = (int64_t)item->valuedouble;
    if (*out >= lowest && *out <= highest)
        return 1;
    snprintf(value, sizeof value, "%lld", (long long)*out);
    snprintf(what, sizeof what, "Member must have value %s than or equal to %lld", *out < lowest ? "greater" : "less",
             (long long)(*out < lowest ? lowest : highest));
    lii_reply_validation(call, member, value, what);
    return -1;
}

/* One of a set of words, which are asked for as they are written: its place from 0, or -1: replied. */
static int read_word(lii_call *call, const cJSON *item, const char *member, const char *set)
{
    size_t len = cJSON_IsString(item) ? strlen(item->valuestring) : 0;
    const char *p = set;
    char what[120];
    int at;

    for (at = 0; len > 0 && *p; at++, p += strspn(p, ", ")) {
        size_t n = strcspn(p, ",");

        if (n == len && memcmp(p, item->valuestring, n) == 0)
            return at;
        p += n;
    }
    snprintf(what, sizeof what, "Member must satisfy enum value set: [%s]", set);
    lii_reply_validation(call, member, cJSON_IsString(item) ? item->valuestring : "", what);
    return -1;
}

/* What is not given stays as it was, but for the levels of a format that becomes another (INV-706). */
static int read_logging(lii_call *call, const cJSON *body, const li_function_info *was, li_function_spec *spec, uint32_t *mask)
{
    const cJSON *logging = cJSON_GetObjectItemCaseSensitive(body, "LoggingConfig"), *item;
    int at;

    if (!cJSON_IsObject(logging))
        return 0;
    *mask |= LI_FUNCTION_SET_LOGGING;
    spec->log_format = was->log_format;
    if ((item = cJSON_GetObjectItemCaseSensitive(logging, "LogFormat")) != NULL && !cJSON_IsNull(item)) {
        if ((at = read_word(call, item, "loggingConfig.logFormat", "JSON, Text")) < 0)
            return -1;
        spec->log_format = at == 0 ? LI_LOG_FORMAT_JSON : LI_LOG_FORMAT_TEXT;
    }
    if (spec->log_format == was->log_format) {
        spec->application_log_level = was->application_log_level;
        spec->system_log_level = was->system_log_level;
    }
    if ((item = cJSON_GetObjectItemCaseSensitive(logging, "ApplicationLogLevel")) != NULL && !cJSON_IsNull(item)) {
        if ((at = read_word(call, item, "loggingConfig.applicationLogLevel", "TRACE, DEBUG, INFO, WARN, ERROR, FATAL")) < 0)
            return -1;
        spec->application_log_level = LI_LEVEL_TRACE + at;
    }
    if ((item = cJSON_GetObjectItemCaseSensitive(logging, "SystemLogLevel")) != NULL && !cJSON_IsNull(item)) {
        if ((at = read_word(call, item, "loggingConfig.systemLogLevel", "DEBUG, INFO, WARN")) < 0)
            return -1;
        spec->system_log_level = LI_LEVEL_DEBUG + at;
    }
    return 0;
}

static int read_settings(lii_call *call, const cJSON *body, li_function_spec *spec, uint32_t *mask)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, "Description"), *target;
    int64_t number = 0, longest_ms = 900000;
    int found;

    li_config_get(call->engine, "limits.timeout_max_ms", &longest_ms);
    found = read_number(call, body, "Timeout", "timeout", 1, longest_ms / 1000, &number);
    if (found < 0)
        return -1;
    if (found) {
        spec->timeout_ms = (uint32_t)number * 1000;
        *mask |= LI_FUNCTION_SET_TIMEOUT;
    }
    found = read_number(call, body, "MemorySize", "memorySize", 128, 10240, &number);
    if (found < 0)
        return -1;
    if (found) {
        spec->memory_mb = (uint32_t)number;
        *mask |= LI_FUNCTION_SET_MEMORY;
    }
    if (cJSON_IsString(item)) {
        spec->description = li_z(item->valuestring);
        if (lii_check_length(call, "description", spec->description, 256) != 0)
            return -1;
        *mask |= LI_FUNCTION_SET_DESCRIPTION;
    }
    item = cJSON_GetObjectItemCaseSensitive(body, "DeadLetterConfig");
    target = cJSON_IsObject(item) ? cJSON_GetObjectItemCaseSensitive(item, "TargetArn") : NULL;
    if (target && !cJSON_IsString(target) && !cJSON_IsNull(target)) {
        lii_reply_error(call, 400, "SerializationException", "User", "DeadLetterConfig.TargetArn is a text");
        return -1;
    }
    if (cJSON_IsString(target)) {                /* without it, or {}: as it was (INV-238) */
        spec->dead_letter_target = li_z(target->valuestring);
        *mask |= LI_FUNCTION_SET_DEAD_LETTER;
    }
    return 0;
}

/* The caller changes what it has seen, if it says so (INV-615); 0: it is another by now, replied. */
static int has_revision(lii_call *call, const cJSON *body, const li_function_info *info)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, "RevisionId");
    li_error err = LI_ERROR_INIT;

    if (!cJSON_IsString(item) || strcmp(item->valuestring, info->revision_id) == 0)
        return 1;
    err.status = LI_E_PRECONDITION;
    err.detail = LI_DETAIL_REVISION;
    lii_reply_status(call, LI_E_PRECONDITION, &err);
    return 0;
}

void lii_op_update_configuration(lii_call *call)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_function_info info;
    lii_json_writer w;
    uint32_t mask = 0;
    cJSON *body;
    li_status status;

    if (describe(call, &info) != 0)
        return;
    body = lii_body_with(call, "Timeout:w MemorySize:w Description:s LoggingConfig:o DeadLetterConfig:o RevisionId:s");
    if (!body)
        return;
    spec.name = call->parts[0];
    if (!has_revision(call, body, &info) || read_settings(call, body, &spec, &mask) != 0 || read_logging(call, body, &info, &spec, &mask) != 0) {
        cJSON_Delete(body);
        return;
    }
    status = li_function_update(call->engine, &spec, mask, &err);
    cJSON_Delete(body);
    if (status != LI_OK) {
        lii_reply_status(call, status, &err);
        return;
    }
    if (describe(call, &info) != 0)
        return;
    lii_json_begin(&w, &call->out);
    lii_write_configuration(&w, &info, "", 1);
    lii_reply(call, 200);
}

/* The name without the qualifier that it ends in. */
static void drop_qualifier(lii_call *call)
{
    const char *q;

    call->has_qualifier = 0;
    q = lii_call_qualifier(call);
    if (*q == '\0')
        return;
    call->parts[0].len = (size_t)(q - 1 - call->parts[0].ptr);
    call->path.data[q - 1 - call->path.data] = '\0';
}

/* A version alone; the function itself goes without a qualifier (INV-620). */
static void delete_version(lii_call *call, const char *version)
{
    li_error err = LI_ERROR_INIT;
    li_function_info info;
    li_status status;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    status = li_function_describe(call->engine, call->parts[0].ptr, call->parts[0].len, version, LI_Z, &info, &err);
    if (status == LI_E_NOT_FOUND) {      /* a version that is not there is gone already */
        drop_qualifier(call);
        status = li_function_describe(call->engine, call->parts[0].ptr, call->parts[0].len, NULL, 0, &info, &err);
    }
    if (status == LI_OK)
        status = li_version_remove(call->engine, info.name, LI_Z, version, LI_Z, &err);
    if (status == LI_OK)
        lii_reply_empty(call, 204);
    else
        lii_reply_status(call, status, &err);
}

void lii_op_delete_function(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    char qualifier[1100];
    li_status status;

    snprintf(qualifier, sizeof qualifier, "%s", lii_call_qualifier(call));
    if (strcmp(qualifier, "$LATEST") == 0)
        lii_reply_error(call, 400, "InvalidParameterValueException", "User",
                        "$LATEST version cannot be deleted without deleting the function.");
    else if (strspn(qualifier, "0123456789") != strlen(qualifier))
        lii_reply_error(call, 400, "InvalidParameterValueException", "User", "Deletion of aliases is not currently supported.");
    else if (qualifier[0])
        delete_version(call, qualifier);
    else if ((status = li_function_remove(call->engine, call->parts[0].ptr, call->parts[0].len, &err)) == LI_OK)
        lii_reply_empty(call, 204);
    else
        lii_reply_status(call, status, &err);
}

/* ---- concurrency */

static void write_reserved(lii_call *call, int64_t n)
{
    lii_json_writer w;

    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    if (n >= 0)
        lii_json_member_u64(&w, "ReservedConcurrentExecutions", (uint64_t)n);
    lii_json_close(&w, '}');
    lii_reply(call, 200);
}

void lii_op_put_concurrency(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    cJSON *body = lii_body_with(call, "ReservedConcurrentExecutions:w");
    int64_t n = 0;
    li_status status;
    int found;

    if (!body)
        return;
    found = read_number(call, body, "ReservedConcurrentExecutions", "reservedConcurrentExecutions", 0, INT32_MAX, &n);
    cJSON_Delete(body);
    if (found < 0)
        return;
    if (!found) {
        lii_reply_validation(call, "reservedConcurrentExecutions", NULL, "Member must not be null");
        return;
    }
    status = li_function_set_concurrency(call->engine, call->parts[0].ptr, call->parts[0].len, n, &err);
    if (status == LI_OK)
        write_reserved(call, n);
    else
        lii_reply_status(call, status, &err);
}

void lii_op_get_concurrency(lii_call *call)
{
    li_function_info info;

    if (describe(call, &info) == 0)
        write_reserved(call, info.reserved_concurrency);
}

void lii_op_delete_concurrency(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    li_status status = li_function_set_concurrency(call->engine, call->parts[0].ptr, call->parts[0].len, LI_UNRESERVED, &err);

    if (status == LI_OK)
        lii_reply_empty(call, 204);
    else
        lii_reply_status(call, status, &err);
}

static void sum_reserved(void *user, const li_function_info *info)
{
    int64_t *sums = user;

    sums[0]++;
    sums[1] += info->reserved_concurrency > 0 ? info->reserved_concurrency : 0;
}

void lii_op_account(lii_call *call)
{
    int64_t limit = 1000, sums[2] = { 0, 0 };

    li_config_get(call->engine, "limits.account_concurrency", &limit);
    li_function_each(call->engine, NULL, 0, SIZE_MAX, sum_reserved, sums);
    lii_buf_addf(&call->out,
                 "{\"AccountLimit\":{\"TotalCodeSize\":80530636800,\"CodeSizeUnzipped\":262144000,\"CodeSizeZipped\":52428800,"
                 "\"ConcurrentExecutions\":%lld,\"UnreservedConcurrentExecutions\":%lld},"
                 "\"AccountUsage\":{\"TotalCodeSize\":0,\"FunctionCount\":%lld}}",
                 (long long)limit, (long long)(limit - sums[1]), (long long)sums[0]);
    lii_reply(call, 200);
}
