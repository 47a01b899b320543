/* sleep.c - takes {"ms": n}: declared on a virtual clock, slept on a real one, until the deadline passes. */
#include <cjson/cJSON.h>
#include <time.h>

#include "handlers.h"

static void sleep_really(li_invocation *invocation, double ms)
{
    struct timespec slice = { 0, 5000000 };

    for (; ms > 0 && !li_invocation_is_cancelled(invocation); ms -= 5) {
        if (ms < 5)
            slice.tv_nsec = (long)(ms * 1000000);
        nanosleep(&slice, NULL);
    }
}

int32_t handle_sleep(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);
    cJSON *event = cJSON_ParseWithLength(payload, len);
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, "ms");
    double ms = cJSON_IsNumber(item) && item->valuedouble > 0 && item->valuedouble < 1e9 ? item->valuedouble : 0;

    (void)environment;
    (void)user;
    cJSON_Delete(event);
    if (li_clock_is_virtual(li_engine_get_clock(li_invocation_get_engine(invocation))))
        li_invocation_simulate(invocation, (uint64_t)(ms * (double)LI_MS_NS));
    else
        sleep_really(invocation, ms);
    return LI_DONE;
}
