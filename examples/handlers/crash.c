/* crash.c - ends as a runtime does whose process exits: {"status": n}, 1 when not given; negative: killed by that signal.
 * A real crash of an in-process handler would be a crash of its host. */
#include <cjson/cJSON.h>

#include "handlers.h"

int32_t handle_crash(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);
    cJSON *event = cJSON_ParseWithLength(payload, len);
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, "status");

    (void)environment;
    (void)user;
    li_invocation_exit(invocation, cJSON_IsNumber(item) ? item->valueint : 1);
    cJSON_Delete(event);
    return LI_FAILED;
}
