/* versions.c - the operations on published versions (INV-630..632). */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"

static li_slice text_of(const cJSON *body, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, key);

    return cJSON_IsString(item) ? li_z(item->valuestring) : lii_slice(NULL, 0);
}

/* The code that a caller means has to be the one that is here. 0, or -1 replied. */
static int check_sha(lii_call *call, const cJSON *body)
{
    li_slice sha = lii_measured(text_of(body, "CodeSha256"));

    if (sha.len == 0 || lii_slice_is(sha, LII_CODE_SHA256))
        return 0;
    lii_reply_error(call, 400, "InvalidParameterValueException", "User",
                    "CodeSHA256 (%.*s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 "
                    "in $LATEST.",
                    LII_TEXT_OF(sha), LII_CODE_SHA256);
    return -1;
}

void lii_op_publish_version(lii_call *call)
{
    li_version_spec spec = LI_VERSION_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_function_info info;
    lii_json_writer w;
    li_status status;
    cJSON *body = lii_body_with(call, "CodeSha256:s Description:s RevisionId:s");

    if (!body)
        return;
    if (check_sha(call, body) != 0) {
        cJSON_Delete(body);
        return;
    }
    spec.description = text_of(body, "Description");
    spec.revision_id = text_of(body, "RevisionId");
    if (lii_check_length(call, "description", spec.description, 256) != 0) {
        cJSON_Delete(body);
        return;
    }
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    status = li_version_publish(call->engine, call->parts[0].ptr, call->parts[0].len, &spec, &info, &err);
    cJSON_Delete(body);
    if (status != LI_OK) {
        lii_reply_status(call, status, &err);
        return;
    }
    lii_json_begin(&w, &call->out);
    lii_write_configuration(&w, &info, info.version, 1);
    lii_reply(call, 201);
}

typedef struct listing {
    lii_json_writer w;
    size_t n, max, skip;
    char last[24];
    int more;
} listing;

static void list_one(void *user, const li_function_info *info)
{
    listing *l = user;

    if (l->skip > 0) {
        l->skip--;
    } else if (l->n == l->max) {
        l->more = 1;
    } else {
        l->n++;
        memcpy(l->last, info->version, sizeof info->version);
        lii_write_configuration(&l->w, info, info->version, 0);
    }
}

void lii_op_list_versions(lii_call *call)
{
    long max = lii_read_max_items(call, 10000);
    li_error err = LI_ERROR_INIT;
    char marker[64] = "";
    uint64_t after;
    li_status status;
    listing l;

    if (max < 0)
        return;
    if (lii_query(call, "Marker", marker, sizeof marker) < 0 || (marker[0] && strncmp(marker, "versions/", 9) != 0)) {
        lii_reply_error(call, 400, "InvalidParameterValueException", "User", "The marker is of another list.");
        return;
    }
    memset(&l, 0, sizeof l);
    l.max = (size_t)max;
    l.skip = strcmp(marker, "versions/$LATEST") == 0;    /* it stands before number 1 */
    after = marker[0] ? strtoull(marker + 9, NULL, 10) : 0;
    lii_json_begin(&l.w, &call->out);
    lii_json_open(&l.w, '{');
    lii_json_key(&l.w, "Versions");
    lii_json_open(&l.w, '[');
    status = li_version_each(call->engine, call->parts[0].ptr, call->parts[0].len, after, l.max + l.skip + 1, list_one, &l, &err);
    lii_json_close(&l.w, ']');
    if (l.more) {
        snprintf(marker, sizeof marker, "versions/%s", l.last);
        lii_json_member_string(&l.w, "NextMarker", marker, LI_Z);
    }
    lii_json_close(&l.w, '}');
    if (status == LI_OK)
        lii_reply(call, 200);
    else
        lii_reply_status(call, status, &err);
}
