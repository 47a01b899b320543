/* flaky.c - {"fail_times": n}: the first n attempts of that event fail, so that a retry can be watched. */
#include <cjson/cJSON.h>

#include "handlers.h"

int32_t handle_flaky(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);
    cJSON *event = cJSON_ParseWithLength(payload, len);
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, "fail_times");
    double times = cJSON_IsNumber(item) ? item->valuedouble : 0;

    (void)environment;
    (void)user;
    cJSON_Delete(event);
    if (li_invocation_get_attempt(invocation) <= times) {
        li_invocation_fail(invocation, "Flaky", "this attempt fails, a later one will not");
        return LI_FAILED;
    }
    return LI_DONE;
}
