/* stream.c - answers in pieces: {"pieces": ["a", "b"], "type": "text/plain", "error": "Boom"}, the last two as they like.
 *
 * On an engine with threads a piece waits until the caller has room. On a driven one it cannot: then the handler goes pending,
 * and goes on from where it was when it is called back. */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "handlers.h"

typedef struct answer {
    cJSON *event;
    const cJSON *piece;          /* the next one */
} answer;

static void go_on(void *user, li_invocation *invocation);

/* LI_PENDING: called back later; else all is said, and the answer freed. */
static int32_t give(answer *a, li_invocation *invocation)
{
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(a->event, "error");
    li_status status = LI_OK;
    int32_t verdict = LI_DONE;

    for (; a->piece && status == LI_OK; a->piece = a->piece->next) {
        if (cJSON_IsString(a->piece))
            status = li_invocation_stream(invocation, a->piece->valuestring, LI_Z);
        if (status == LI_E_WOULD_BLOCK && li_invocation_when_ready(invocation, go_on, a) == LI_OK)
            return LI_PENDING;
    }
    if (cJSON_IsString(error)) {
        li_invocation_fail(invocation, error->valuestring, "as asked");
        verdict = LI_FAILED;
    }
    cJSON_Delete(a->event);
    free(a);
    return verdict;
}

static void go_on(void *user, li_invocation *invocation)
{
    if (give(user, invocation) == LI_DONE)
        li_invocation_respond(invocation, NULL, 0);
}

int32_t handle_stream(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);
    answer *a = malloc(sizeof *a);
    const cJSON *type;

    (void)environment;
    (void)user;
    if (!a)
        return LI_FAILED;
    a->event = cJSON_ParseWithLength(payload, len);
    a->piece = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(a->event, "pieces"), 0);
    type = cJSON_GetObjectItemCaseSensitive(a->event, "type");
    if (cJSON_IsString(type))
        li_invocation_set_content_type(invocation, type->valuestring, LI_Z);
    return give(a, invocation);
}
