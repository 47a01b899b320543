/* fail.c - fails as asked: {"errorType": "Boom", "errorMessage": "it broke"}. */
#include <cjson/cJSON.h>

#include "handlers.h"

static const char *text(const cJSON *event, const char *name, const char *otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, name);

    return cJSON_IsString(item) ? item->valuestring : otherwise;
}

int32_t handle_fail(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);
    cJSON *event = cJSON_ParseWithLength(payload, len);

    (void)environment;
    (void)user;
    li_invocation_fail(invocation, text(event, "errorType", "Error"), text(event, "errorMessage", "failed as asked"));
    cJSON_Delete(event);
    return LI_FAILED;
}
