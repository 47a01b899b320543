/* aliases.c - the operations on aliases and their weights (INV-633..636). */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"

#define MEMBERS "Name:s FunctionVersion:s Description:s RoutingConfig:o RevisionId:s"

static void write_weight(lii_json_writer *w, const char *version, double weight)
{
    char text[40];
    int n = snprintf(text, sizeof text, "%.15g", weight), i;

    if (strtod(text, NULL) != weight)
        n = snprintf(text, sizeof text, "%.17g", weight);
    for (i = 0; i < n; i++)      /* JSON's point in any locale */
        if (text[i] == ',')
            text[i] = '.';
    lii_json_key(w, "RoutingConfig");
    lii_json_open(w, '{');
    lii_json_key(w, "AdditionalVersionWeights");
    lii_json_open(w, '{');
    lii_json_key(w, version);
    lii_json_raw(w, text, (size_t)n);
    lii_json_close(w, '}');
    lii_json_close(w, '}');
}

static void write_alias(lii_json_writer *w, const li_alias_info *a)
{
    lii_json_open(w, '{');
    lii_json_member_string(w, "AliasArn", a->arn, LI_Z);
    lii_json_member_string(w, "Name", a->name, LI_Z);
    lii_json_member_string(w, "FunctionVersion", a->function_version, LI_Z);
    lii_json_member_string(w, "Description", a->description, LI_Z);
    if (a->additional_version[0])
        write_weight(w, a->additional_version, a->weight);
    lii_json_member_string(w, "RevisionId", a->revision_id, LI_Z);
    lii_json_close(w, '}');
}

static void reply_alias(lii_call *call, int32_t http, li_status status, const li_alias_info *info, const li_error *err)
{
    lii_json_writer w;

    if (status != LI_OK) {
        lii_reply_status(call, status, err);
        return;
    }
    lii_json_begin(&w, &call->out);
    write_alias(&w, info);
    lii_reply(call, http);
}

static void text_member(const cJSON *body, const char *key, li_slice *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, key);

    if (cJSON_IsString(item))
        *out = li_z(item->valuestring);
}

static int wrong_weight(lii_call *call, const cJSON *entry, const char *what)
{
    char shown[200];

    snprintf(shown, sizeof shown, "{%.100s=%g}", entry->string, entry->valuedouble);
    lii_reply_validation(call, "routingConfig.additionalVersionWeights", shown, what);
    return -1;
}

/* {"AdditionalVersionWeights":{"N":w}}: one at most; none clears. 0, or -1 replied. */
static int read_weights(lii_call *call, const cJSON *body, li_alias_spec *spec)
{
    const cJSON *routing = cJSON_GetObjectItemCaseSensitive(body, "RoutingConfig"), *weights, *entry;

    if (!cJSON_IsObject(routing))
        return 0;
    weights = cJSON_GetObjectItemCaseSensitive(routing, "AdditionalVersionWeights");
    entry = cJSON_IsObject(weights) ? weights->child : NULL;
    if ((weights && !cJSON_IsObject(weights) && !cJSON_IsNull(weights)) || (entry && !cJSON_IsNumber(entry))) {
        lii_reply_error(call, 400, "SerializationException", "User", "AdditionalVersionWeights is an object of versions and numbers");
        return -1;
    }
    if (!entry) {
        spec->additional_version = lii_slice("", 0);
        return 0;
    }
    if (entry->next) {
        lii_reply_error(call, 400, "InvalidParameterValueException", "User",
                        "Number of items in AdditionalVersionWeights cannot be greater than 1");
        return -1;
    }
    if (entry->string[0] == '\0' || strspn(entry->string, "0123456789") != strlen(entry->string))
        return wrong_weight(call, entry,
                            "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must "
                            "have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, "
                            "Member must not be null]");
    if (!(entry->valuedouble >= 0.0 && entry->valuedouble <= 1.0))
        return wrong_weight(call, entry,
                            "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must "
                            "have value greater than or equal to 0.0, Member must not be null]");
    spec->additional_version = li_z(entry->string);
    spec->weight = entry->valuedouble;
    return 0;
}

/* As the API model has it: $LATEST or digits, up to 1024 of them. */
static int check_version(lii_call *call, const char *version)
{
    li_slice text = lii_slice(version, LI_Z);

    if (lii_check_length(call, "functionVersion", text, 1024) != 0)
        return -1;
    if (lii_slice_is(text, "$LATEST") || (text.len > 0 && strspn(version, "0123456789") == text.len))
        return 0;
    lii_reply_validation(call, "functionVersion", version,
                         text.len > 0 ? "Member must satisfy regular expression pattern: (\\$LATEST|[0-9]+)"
                                      : "Member must have length greater than or equal to 1");
    return -1;
}

static int read_spec(lii_call *call, const cJSON *body, li_alias_spec *spec)
{
    text_member(body, "FunctionVersion", &spec->function_version);
    text_member(body, "Description", &spec->description);
    if ((spec->function_version.ptr && check_version(call, spec->function_version.ptr) != 0) ||
        lii_check_length(call, "description", spec->description, 256) != 0)
        return -1;
    return read_weights(call, body, spec);
}

/* Members that creating needs: 0, or -1 replied. */
static int check_required(lii_call *call, const li_alias_spec *spec)
{
    const char *missing = !spec->name.ptr ? "name" : !spec->function_version.ptr ? "functionVersion" : NULL;

    if (!missing)
        return 0;
    lii_reply_validation(call, missing, NULL, "Member must not be null");
    return -1;
}

static void already_exists(lii_call *call, const char *alias)
{
    li_function_info info;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    li_function_describe(call->engine, call->parts[0].ptr, call->parts[0].len, NULL, 0, &info, NULL);
    lii_reply_error(call, 409, "ResourceConflictException", "User", "Alias already exists: %s:%s", info.arn, alias);
}

/* The alias's name is checked as the API model has it: its patterns differ from a qualifier's. */
static int check_name(lii_call *call, li_slice name, const char *member)
{
    size_t i, digits = 0;
    char shown[140];

    name = lii_measured(name);
    for (i = 0; i < name.len && (strchr("-_", name.ptr[i]) || (name.ptr[i] >= '0' && name.ptr[i] <= '9') ||
                                 (name.ptr[i] >= 'a' && name.ptr[i] <= 'z') || (name.ptr[i] >= 'A' && name.ptr[i] <= 'Z'));
         i++)
        digits += name.ptr[i] >= '0' && name.ptr[i] <= '9';
    if (name.len > 0 && name.len <= 128 && i == name.len && digits < name.len)
        return 0;
    snprintf(shown, sizeof shown, "%.*s", LII_TEXT_OF(name));
    lii_reply_validation(call, member, shown,
                         name.len > 128 ? "Member must have length less than or equal to 128"
                         : name.len < 1 ? "Member must have length greater than or equal to 1"
                                        : "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)");
    return -1;
}

void lii_op_create_alias(lii_call *call)
{
    li_alias_spec spec = LI_ALIAS_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_alias_info info;
    li_status status;
    cJSON *body = lii_body_with(call, MEMBERS);

    if (!body)
        return;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    text_member(body, "Name", &spec.name);
    if (read_spec(call, body, &spec) != 0 || check_required(call, &spec) != 0 ||
        check_name(call, spec.name, "name") != 0) {
        cJSON_Delete(body);
        return;
    }
    status = li_alias_create(call->engine, call->parts[0].ptr, call->parts[0].len, &spec, &info, &err);
    if (status == LI_E_CONFLICT)
        already_exists(call, spec.name.ptr);
    else
        reply_alias(call, 201, status, &info, &err);
    cJSON_Delete(body);
}

void lii_op_update_alias(lii_call *call)
{
    li_alias_spec spec = LI_ALIAS_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_alias_info info;
    li_status status;
    cJSON *body = lii_body_with(call, MEMBERS);

    if (!body)
        return;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    spec.name = call->parts[1];
    text_member(body, "RevisionId", &spec.revision_id);
    if (read_spec(call, body, &spec) == 0 &&
        check_name(call, spec.name, "name") == 0) {
        status = li_alias_update(call->engine, call->parts[0].ptr, call->parts[0].len, &spec, &info, &err);
        reply_alias(call, 200, status, &info, &err);
    }
    cJSON_Delete(body);
}

void lii_op_get_alias(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    li_alias_info info;
    li_status status;

    if (check_name(call, call->parts[1], "name") != 0)
        return;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    status = li_alias_get(call->engine, call->parts[0].ptr, call->parts[0].len, call->parts[1].ptr, call->parts[1].len, &info, &err);
    reply_alias(call, 200, status, &info, &err);
}

void lii_op_delete_alias(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    li_status status;

    if (check_name(call, call->parts[1], "name") != 0)
        return;
    status = li_alias_remove(call->engine, call->parts[0].ptr, call->parts[0].len, call->parts[1].ptr, call->parts[1].len, &err);
    if (status == LI_OK)
        lii_reply_empty(call, 204);
    else
        lii_reply_status(call, status, &err);
}

typedef struct listing {
    lii_json_writer w;
    size_t n, max;
    char version[1100], after[136], last[136];
    int more;
} listing;

static void list_one(void *user, const li_alias_info *info)
{
    listing *l = user;

    if (strcmp(info->name, l->after) <= 0 || (l->version[0] && strcmp(info->function_version, l->version) != 0 &&
                                              strcmp(info->additional_version, l->version) != 0))
        return;
    if (l->n == l->max) {
        l->more = 1;
        return;
    }
    l->n++;
    memcpy(l->last, info->name, sizeof l->last);
    write_alias(&l->w, info);
}

void lii_op_list_aliases(lii_call *call)
{
    long max = lii_read_max_items(call, 10000);
    li_error err = LI_ERROR_INIT;
    char marker[160] = "";
    li_status status;
    listing l;

    if (max < 0)
        return;
    memset(&l, 0, sizeof l);
    if (lii_query(call, "Marker", marker, sizeof marker) < 0 || (marker[0] && strncmp(marker, "aliases/", 8) != 0) ||
        lii_query(call, "FunctionVersion", l.version, sizeof l.version) < 0) {
        lii_reply_error(call, 400, "InvalidParameterValueException", "User", "The marker is of another list.");
        return;
    }
    if (l.version[0] && check_version(call, l.version) != 0)
        return;
    l.max = (size_t)max;
    if (marker[0])
        snprintf(l.after, sizeof l.after, "%.135s", marker + 8);
    lii_json_begin(&l.w, &call->out);
    lii_json_open(&l.w, '{');
    lii_json_key(&l.w, "Aliases");
    lii_json_open(&l.w, '[');
    status = li_alias_each(call->engine, call->parts[0].ptr, call->parts[0].len, list_one, &l, &err);
    lii_json_close(&l.w, ']');
    if (l.more) {
        snprintf(marker, sizeof marker, "aliases/%s", l.last);
        lii_json_member_string(&l.w, "NextMarker", marker, LI_Z);
    }
    lii_json_close(&l.w, '}');
    if (status == LI_OK)
        lii_reply(call, 200);
    else
        lii_reply_status(call, status, &err);
}
