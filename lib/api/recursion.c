/* recursion.c - the recursion config of a function (INV-263). */
#include <cjson/cJSON.h>
#include <string.h>

#include "api/call.h"

/* The pattern of these operations has no qualifier: unqualified names and ARNs only. 0, or -1 replied. */
static int check_unqualified(lii_call *call, li_function_info *info)
{
    li_error err = LI_ERROR_INIT;
    li_status status;

    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    status = li_function_describe(call->engine, call->parts[0].ptr, call->parts[0].len, NULL, 0, info, &err);
    if (lii_call_qualifier(call)[0]) {
        lii_reply_validation(call, "functionName", call->parts[0].ptr,
                             "Member must satisfy regular expression pattern: "
                             "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?"
                             "(function:)?([a-zA-Z0-9-_]+)");
        return -1;
    }
    if (status == LI_OK)
        return 0;
    lii_reply_status(call, status, &err);
    return -1;
}

static void reply_loop(lii_call *call, int32_t loop)
{
    lii_buf_addf(&call->out, "{\"RecursiveLoop\":\"%s\"}", loop == LI_RECURSION_ALLOW ? "Allow" : "Terminate");
    lii_reply(call, 200);
}

void lii_op_get_recursion(lii_call *call)
{
    li_function_info info;

    if (check_unqualified(call, &info) == 0)
        reply_loop(call, info.recursive_loop);
}

void lii_op_put_recursion(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    li_function_info info;
    int32_t loop = -1;
    const cJSON *item;
    char given[64] = "";
    li_status status;
    cJSON *body;

    if (check_unqualified(call, &info) != 0 || !(body = lii_body_with(call, "RecursiveLoop:s")))
        return;
    item = cJSON_GetObjectItemCaseSensitive(body, "RecursiveLoop");
    if (cJSON_IsString(item)) {
        size_t n = strlen(item->valuestring);

        memcpy(given, item->valuestring, n < sizeof given ? n : sizeof given - 1);
        loop = strcmp(given, "Allow") == 0 ? LI_RECURSION_ALLOW : strcmp(given, "Terminate") == 0 ? LI_RECURSION_TERMINATE : -1;
    }
    cJSON_Delete(body);
    if (loop < 0) {
        lii_reply_validation(call, "recursiveLoop", given[0] ? given : NULL,
                             given[0] ? "Member must satisfy enum value set: [Terminate, Allow]" : "Member must not be null");
        return;
    }
    status = li_function_set_recursion(call->engine, info.name, LI_Z, loop, &err);
    if (status == LI_OK)
        reply_loop(call, loop);
    else
        lii_reply_status(call, status, &err);
}
