/* body.c - control-plane documents: strict scan first, then cJSON. */
#include <cjson/cJSON.h>

#include "api/call.h"
#include "json/scan.h"

enum { CONTROL_DEPTH = 128 };

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
