/* body.c - control-plane documents: strict scan first, then cJSON. */
#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "api/call.h"
#include "json/scan.h"

enum { CONTROL_DEPTH = 128 };

/* cJSON ends a text at the first NUL: one that is escaped would cut a name or a document short, and nobody would know. */
static const char *find_nul(li_slice body)
{
    const char *p = body.ptr, *end = body.ptr + body.len;

    while (p && end - p >= 6 && (p = memchr(p, '\\', (size_t)(end - p))) != NULL) {
        if (end - p >= 6 && memcmp(p, "\\u0000", 6) == 0)
            return p;
        p += 2;
    }
    return NULL;
}

cJSON *lii_body(lii_call *call)
{
    li_slice body = call->request->body;
    lii_json_error error;
    cJSON *document;

    if (body.len == 0)
        body = LII_S("{}");
    if (lii_json_check(body.ptr, body.len, CONTROL_DEPTH, &error) != 0) {
        lii_reply_error(call, 400, "SerializationException", "User", "The body is no JSON: %s at byte %zu, line %u, column %u",
                        error.reason, error.offset, error.line, error.column);
        return NULL;
    }
    if (find_nul(body)) {
        lii_reply_error(call, 400, "SerializationException", "User", "A text of the body has a NUL at byte %zu; here it cannot.",
                        (size_t)(find_nul(body) - body.ptr));
        return NULL;
    }
    document = cJSON_ParseWithLengthOpts(body.ptr, body.len, NULL, 0);
    if (!document) {
        lii_reply_error(call, 500, "ServiceException", "Service", "out of memory");
        return NULL;
    }
    if (!cJSON_IsObject(document)) {
        cJSON_Delete(document);
        lii_reply_error(call, 400, "SerializationException", "User", "The body is a JSON object here.");
        return NULL;
    }
    return document;
}

/* ---- documents whose members have types; of the engine's own routes every member is known */

/* Where a member stands in "NAME:TYPE NAME:TYPE …"; NULL: it is not there. */
static const char *find_member(const char *members, const char *name)
{
    size_t n = strlen(name);

    while (*members) {
        if (strncmp(members, name, n) == 0 && members[n] == ':')
            return members;
        members += strcspn(members, " ");
        members += *members == ' ';
    }
    return NULL;
}

static void list_members(const char *members, lii_buf *out)
{
    while (*members) {
        lii_buf_add(out, members, strcspn(members, ":"));
        members += strcspn(members, " ");
        members += *members == ' ';
        if (*members)
            lii_buf_add_z(out, ", ");
    }
    lii_buf_add_byte(out, '\0');
}

static const char *wanted(char type, const cJSON *item)
{
    switch (type) {
    case 's':
        return cJSON_IsString(item) ? NULL : "a text";
    case 'o':
        return cJSON_IsObject(item) ? NULL : "an object";
    case 'b':
        return cJSON_IsBool(item) ? NULL : "true or false";
    case 'n':
        return cJSON_IsNumber(item) ? NULL : "a number";
    case 'w':
        return cJSON_IsNumber(item) && item->valuedouble == floor(item->valuedouble) && fabs(item->valuedouble) <= 1e15
                   ? NULL
                   : "a whole number";
    default:
        return NULL;
    }
}

/* 1: every member is one of these and of its type, or another where others may be; else it is answered. */
static int is_typed(lii_call *call, const cJSON *body, const char *members, int has_others)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, body)
    {
        const char *member = find_member(members, item->string), *right = NULL;

        if (!member && has_others)
            continue;
        if (!member) {
            lii_buf list;

            lii_buf_init(&list, &lii_malloc_allocator);
            list_members(members, &list);
            lii_reply_error(call, 400, "InvalidParameterValueException", "User", "unknown member \"%.100s\": the members are %s", item->string,
                            list.status == LI_OK ? list.data : "others");
            lii_buf_fini(&list);
            return 0;
        }
        if (!cJSON_IsNull(item))
            right = wanted(member[strlen(item->string) + 1], item);
        if (right) {
            lii_reply_error(call, 400, has_others ? "SerializationException" : "InvalidParameterValueException", "User", "%s is %s",
                            item->string, right);
            return 0;
        }
    }
    return 1;
}

static cJSON *typed_body(lii_call *call, const char *members, int has_others)
{
    cJSON *body = lii_body(call);

    if (body && !is_typed(call, body, members, has_others)) {
        cJSON_Delete(body);
        body = NULL;
    }
    return body;
}

cJSON *lii_body_of(lii_call *call, const char *members)
{
    return typed_body(call, members, 0);
}

cJSON *lii_body_with(lii_call *call, const char *members)
{
    return typed_body(call, members, 1);
}
