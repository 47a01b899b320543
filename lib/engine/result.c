/* result.c - what a synchronous call gives back: filled from a settled invocation, in the caller's storage. */
#include "engine/engine.h"

li_status li_invoke_options_init(li_invoke_options *options, size_t size)
{
    static const li_invoke_options defaults = LI_INVOKE_OPTIONS_INIT;

    return lii_options_init(options, size, &defaults, sizeof defaults);
}

li_status li_invoke_result_init(li_invoke_result *result, size_t size)
{
    static const li_invoke_result defaults = LI_INVOKE_RESULT_INIT;

    return lii_options_init(result, size, &defaults, sizeof defaults);
}

/* result.internal: block and capacity of the payload, block and capacity of the log. All by malloc: a result outlives
 * engines. */
li_status lii_result_keep(void **block, void **cap, const char *data, size_t len)
{
    size_t have = (size_t)(uintptr_t)*cap;

    if (len > have) {
        char *grown = lii_realloc(&lii_malloc_allocator, *block, len < 256 ? 256 : len);

        if (!grown)
            return LI_E_NOMEM;
        *block = grown;
        *cap = (void *)(uintptr_t)(len < 256 ? 256 : len);
    }
    if (len > 0)
        memcpy(*block, data, len);
    return LI_OK;
}

void li_invoke_result_fini(li_invoke_result *result)
{
    if (!result)
        return;
    lii_free(&lii_malloc_allocator, result->internal[0]);
    lii_free(&lii_malloc_allocator, result->internal[2]);
    li_invoke_result_init(result, result->size);
}

static size_t tail_start(const li_invocation *inv)
{
    size_t keep_bytes = (size_t)LII_CONFIG(inv->engine, log_tail_bytes);

    return inv->log.len > keep_bytes ? inv->log.len - keep_bytes : 0;
}

static void fill_common(li_invoke_result *r, li_invocation *inv)
{
    r->duration_ns = inv->answer.duration_ns;
    r->init_ns = inv->answer.init_ns;
    r->billed_ms = (r->duration_ns + LI_MS_NS - 1) / LI_MS_NS;
    if (r->init_ns)
        r->billed_ms = lii_billed_ms(inv);
    r->request_id = inv->id;
    memcpy(r->executed_version, inv->code->version, sizeof inv->code->version);
    r->trace[0] = '\0';
    if (inv->trace_in || inv->wants_tail)
        lii_trace_copy(inv, r->trace, sizeof r->trace);
    r->status_code = 200;
    r->function_error = inv->answer.function_error;
}

/* A result that borrows from the invocation, for a callback. */
void lii_result_borrow(li_invoke_result *r, li_invocation *inv)
{
    li_invoke_result_init(r, sizeof *r);
    r->payload = inv->answer.payload;
    r->payload_len = inv->answer.payload_len;
    if (inv->wants_tail && inv->log.status == LI_OK) {
        r->log_tail = inv->log.data + tail_start(inv);
        r->log_tail_len = inv->log.len - tail_start(inv);
    }
    fill_common(r, inv);
    lii_trace_copy(inv, r->trace, sizeof r->trace);
}

li_status lii_result_copy(li_invoke_result *r, li_invocation *inv)
{
    li_status status = lii_result_keep(&r->internal[0], &r->internal[1], inv->answer.payload, inv->answer.payload_len);

    if (status != LI_OK)
        return status;
    r->payload = r->internal[0];
    r->payload_len = inv->answer.payload_len;
    r->log_tail = NULL;
    r->log_tail_len = 0;
    if (inv->wants_tail && inv->log.status == LI_OK) {
        size_t from = tail_start(inv);

        status = lii_result_keep(&r->internal[2], &r->internal[3], inv->log.data + from, inv->log.len - from);
        if (status == LI_OK) {
            r->log_tail = r->internal[2];
            r->log_tail_len = inv->log.len - from;
        }
    }
    fill_common(r, inv);
    return LI_OK;
}

li_status lii_result_plain(li_invoke_result *r, const li_id *id, int32_t status_code)
{
    if (!r)
        return LI_OK;
    r->payload = "";
    r->payload_len = 0;
    r->log_tail = NULL;
    r->log_tail_len = 0;
    r->duration_ns = r->init_ns = r->billed_ms = 0;
    r->request_id = *id;
    r->executed_version[0] = r->trace[0] = '\0';
    r->status_code = status_code;
    r->function_error = LI_FUNCTION_ERROR_NONE;
    return LI_OK;
}
