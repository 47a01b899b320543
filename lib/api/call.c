/* call.c - a request from its arrival to its answer. The memory of the last one serves the next. */
#include <string.h>

#include "api/call.h"

static lii_call *take_spare(li_api *api)
{
    lii_call *call = atomic_exchange_explicit(&api->spare, NULL, memory_order_acquire);

    if (call)
        return call;
    call = lii_alloc(&lii_malloc_allocator, sizeof *call);
    if (!call)
        return NULL;
    lii_buf_init(&call->path, &lii_malloc_allocator);
    lii_buf_init(&call->out, &lii_malloc_allocator);
    lii_buf_init(&call->texts, &lii_malloc_allocator);
    return call;
}

lii_call *lii_call_new(li_api *api, const li_api_request *request, li_api_respond respond, void *user)
{
    lii_call *call = take_spare(api);

    if (!call)
        return NULL;
    memset((char *)call + offsetof(lii_call, api), 0, offsetof(lii_call, qualifier) - offsetof(lii_call, api));
    call->qualifier[0] = '\0';
    call->api = api;
    call->engine = api->engine;
    memcpy(&call->given, request, request->size < sizeof call->given ? request->size : sizeof call->given);
    call->given.method = lii_measured(request->method);
    call->given.target = lii_measured(request->target);
    call->given.body = lii_measured(request->body);
    call->request = &call->given;
    call->respond = respond;
    call->user = user;
    call->operation = "";
    atomic_fetch_add(&api->open_calls, 1);
    return call;
}

void lii_call_free(lii_call *call)
{
    if (!call)
        return;
    lii_buf_fini(&call->path);
    lii_buf_fini(&call->out);
    lii_buf_fini(&call->texts);
    lii_free(&lii_malloc_allocator, call);
}

enum { SMALL = 4096 };           /* more is given back at once */

static int empty(lii_buf *buf)
{
    lii_buf_clear(buf);
    return buf->cap <= SMALL;
}

void lii_call_end(lii_call *call)
{
    li_api *api = call->api;
    lii_call *none = NULL;

    if (!empty(&call->path) || !empty(&call->out) || !empty(&call->texts) ||
        !atomic_compare_exchange_strong_explicit(&api->spare, &none, call, memory_order_release, memory_order_relaxed))
        lii_call_free(call);
    atomic_fetch_sub(&api->open_calls, 1);
}
