/* invoke.c - synchronous invocation: checks in their order, then one pass through an environment. */
#include "engine/call.h"
#include "json/scan.h"

/* ---- checks */

li_status lii_payload_check(li_engine *engine, const lii_code *code, int32_t type, uint32_t flags, const char **payload,
                            size_t *payload_len, li_error *err)
{
    int64_t limit = type == LI_EVENT ? LII_CONFIG(engine, async_request_bytes) : LII_CONFIG(engine, sync_request_bytes);
    size_t len = lii_len(*payload, *payload_len);

    if (*payload == NULL && *payload_len != 0 && *payload_len != LI_Z)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, "payload", LI_Z, "payload is NULL with a length");
    if (len > (uint64_t)limit)
        return lii_fail(err, LI_E_TOO_LARGE, type == LI_EVENT ? LI_DETAIL_EVENT_SIZE : LI_DETAIL_REQUEST_SIZE, NULL, 0,
                        "%zu byte payload; the limit is %lld", len, (long long)limit);
    if (len == 0 && !(code->flags & LI_FUNCTION_RAW)) {
        *payload = "{}";
        len = 2;
    } else if (!(flags & LI_INVOKE_TRUSTED) && !(code->flags & LI_FUNCTION_RAW)) {
        li_status status = lii_json_validate(*payload, len, err);

        if (status != LI_OK)
            return status;
    }
    if (code->active_ns != 0 && lii_now_ns(engine) < code->active_ns)
        return lii_fail(err, LI_E_STATE, LI_DETAIL_FUNCTION_STATE, NULL, 0,
                        "the function is Pending; it is Active %lld ms after it was made", (long long)LII_CONFIG(engine, pending_ms));
    *payload_len = len;
    return LI_OK;
}

li_status lii_call_check(li_engine *engine, const li_invoke_options *o, li_error *err)
{
    int64_t limit = LII_CONFIG(engine, client_context_bytes);

    if (o->type < LI_REQUEST_RESPONSE || o->type > LI_DRY_RUN)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_INVOCATION_TYPE, "type", LI_Z,
                        "type is LI_REQUEST_RESPONSE, LI_EVENT or LI_DRY_RUN, not %d", o->type);
    if (o->flags & ~(uint32_t)LI_INVOKE_TRUSTED)
        return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_OPTIONS_UNKNOWN, "flags", LI_Z, "unknown bits in flags: 0x%x", o->flags);
    if (o->idempotency_key.ptr && o->type != LI_EVENT)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_IDEMPOTENCY_KEY, "idempotency_key", LI_Z,
                        "an idempotency key is for events");
    if ((lii_measured(o->client_context).len + 2) / 3 * 4 > (uint64_t)limit)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_CLIENT_CONTEXT, "client_context", LI_Z,
                        "client context has at most %lld bytes as base64", (long long)limit);
    return LI_OK;
}

/* Frames of this engine on this thread: how deep synchronous calls are nested. */
li_status lii_call_depth(li_engine *engine, li_invocation **caller, li_error *err)
{
    uint32_t depth;

    *caller = NULL;
    if (!lii_frame_top())
        return LI_OK;
    if (lii_is_telling(engine))
        return lii_shut(engine, err);
    *caller = lii_current(engine, &depth);
    if (depth >= LII_CONFIG(engine, depth))
        return lii_fail(err, LI_E_DEPTH, LI_DETAIL_NESTED, NULL, 0, "%u invocations are nested; limits.depth is %lld", depth,
                        (long long)LII_CONFIG(engine, depth));
    return LI_OK;
}

static const char *why_throttled(int32_t detail)
{
    switch (detail) {
    case LI_DETAIL_RESERVED_CONCURRENCY:
        return "reserved";
    case LI_DETAIL_REQUEST_RATE:
    case LI_DETAIL_RESERVED_REQUEST_RATE:
        return "request-rate";
    case LI_DETAIL_WORKERS:
        return "workers";
    default:
        return "account";
    }
}

li_status lii_call_throttled(li_function *function, const char *qualifier, li_status status, int32_t detail, li_error *err)
{
    li_engine *engine = function->engine;

    if (status == LI_E_NOT_FOUND)
        return lii_not_found(engine, function->name, function->name_len, qualifier, err);
    if (status != LI_E_THROTTLED)
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for an environment");
    pthread_mutex_lock(&engine->lock);
    function->locked.sums.throttles++;
    pthread_mutex_unlock(&engine->lock);
    if (engine->metrics_ops.sample)
        lii_throttle_measured(function, qualifier);
    lii_journal(engine, LI_STEP_THROTTLED, NULL, function->name, 0, why_throttled(detail));
    return lii_fail(err, LI_E_THROTTLED, detail, function->name, LI_Z, "%s: %s", function->name, li_detail_text(detail));
}

/* ---- waiting callers */

typedef struct waiter {
    li_invoke_result *result;
    li_engine *engine;
    li_status status;
    int is_done;
} waiter;

static void waiter_settled(li_invocation *inv)
{
    waiter *w = inv->owner;

    if (atomic_load_explicit(&inv->state, memory_order_relaxed) == LII_INV_IDLE)
        w->status = LI_E_THROTTLED;      /* it never began: lii_jobs_refuse_locked */
    else if (w->result)
        w->status = lii_result_copy(w->result, inv);
    pthread_mutex_lock(&w->engine->lock);
    w->is_done = 1;
    pthread_cond_broadcast(&w->engine->changed);
    pthread_cond_broadcast(&w->engine->work);
    pthread_mutex_unlock(&w->engine->lock);
}

/* Copies of what a call borrows, for an invocation that outlives it. */
li_status lii_call_own_input(li_invocation *inv, const char *payload, size_t len, const li_invoke_options *o,
                             const char *qualifier)
{
    li_slice context = lii_measured(o->client_context), trace = lii_measured(o->trace);
    size_t q = strlen(qualifier);
    char *p;

    lii_buf_clear(&inv->input);
    if (lii_buf_reserve(&inv->input, len + context.len + trace.len + q + 4) != LI_OK)
        return LI_E_NOMEM;
    lii_buf_add(&inv->input, payload, len);
    lii_buf_add(&inv->input, context.ptr, context.len);
    lii_buf_add_byte(&inv->input, '\0');
    lii_buf_add(&inv->input, trace.ptr, trace.len);
    lii_buf_add_byte(&inv->input, '\0');
    lii_buf_add(&inv->input, qualifier, q + 1);
    p = inv->input.data;
    inv->payload = p;
    inv->payload_len = len;
    p += len;
    inv->client_context = context.ptr ? p : NULL;
    inv->client_context_len = context.len;
    p += context.len + 1;
    inv->trace_in = trace.ptr ? p : NULL;
    inv->trace_in_len = trace.len;
    inv->qualifier = p + trace.len + 1;
    return LI_OK;
}

void lii_call_want_tail(li_invocation *inv, const li_invoke_options *o)
{
    inv->wants_tail = o->log_type == LI_LOG_TYPE_TAIL;
    lii_buf_clear(&inv->log);
}

static void borrow_input(li_invocation *inv, const li_invoke_options *o, const char *qualifier)
{
    inv->client_context = o->client_context.ptr;
    inv->client_context_len = lii_measured(o->client_context).len;
    inv->trace_in = o->trace.ptr;
    inv->trace_in_len = lii_measured(o->trace).len;
    inv->qualifier = qualifier;
    lii_call_want_tail(inv, o);
}

static li_status wait_for(li_engine *engine, waiter *w, li_error *err)
{
    if (lii_wait_until(engine, &w->is_done) != 0)
        return lii_fail(err, LI_E_WOULD_BLOCK, LI_DETAIL_NONE, NULL, 0,
                        "the handler is pending and nothing on the virtual clock can complete it");
    return w->status == LI_OK ? LI_OK : lii_fail(err, w->status, LI_DETAIL_NONE, NULL, 0, "no memory for the result");
}

/* It has run on this thread, or went pending (is_ready 0). */
static li_status call_end(li_invocation *inv, int is_ready, waiter *w, li_invocation *caller, li_error *err)
{
    li_engine *engine = inv->engine;
    li_status status = LI_OK;
    uint64_t took;

    if (!is_ready) {
        if (caller && !atomic_load_explicit(&engine->is_threaded, memory_order_relaxed)) {
            inv->on_settled = NULL;     /* its end is nobody's any more; the environment goes back by itself */
            return lii_fail(err, LI_E_WOULD_BLOCK, LI_DETAIL_NONE, NULL, 0,
                            "the callee went pending inside a handler of a driven engine; use li_invoke_begin");
        }
        return wait_for(engine, w, err);
    }
    lii_invocation_settle(inv);
    took = inv->answer.duration_ns;
    if (w->result)
        status = lii_result_copy(w->result, inv);
    if (caller && engine->is_virtual)
        li_invocation_simulate(caller, took);
    lii_invocation_finish(inv);
    return status == LI_OK ? LI_OK : lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for the result");
}

li_status lii_call_returned(li_invocation *inv, int32_t verdict, li_invoke_result *result, li_error *err)
{
    waiter w = { result, inv->engine, LI_OK, 0 };

    inv->on_settled = waiter_settled;
    inv->owner = &w;
    return call_end(inv, lii_invocation_returned(inv, verdict), &w, NULL, err);
}

/* The environment is acquired; run on this thread, or on a worker of a threaded engine. */
static li_status call_and_wait(lii_env *env, const char *payload, size_t len, const li_invoke_options *o,
                               const char *qualifier, li_invocation *caller, li_invoke_result *result, li_error *err)
{
    li_function *function = env->function;
    li_engine *engine = function->engine;
    li_invocation *inv = env->invocation;
    waiter w = { result, engine, LI_OK, 0 };
    li_status status;
    int on_worker;

    lii_invocation_prepare(inv, payload, len);
    lii_invocation_sync_id(inv);
    borrow_input(inv, o, qualifier);
    inv->on_settled = waiter_settled;
    inv->owner = &w;
    on_worker = env->code->run_on == LI_RUN_WORKER && atomic_load_explicit(&engine->is_threaded, memory_order_relaxed);
    if ((on_worker || caller) && lii_call_own_input(inv, payload, len, o, qualifier) != LI_OK) {
        atomic_store(&inv->state, LII_INV_IDLE);
        lii_env_release(env);
        return lii_no_memory(err, "the payload");
    }
    if (on_worker) {
        inv->is_on_worker = 1;
        if (!lii_job_add(inv)) {
            lii_env_release(env);
            return lii_call_throttled(function, qualifier, LI_E_THROTTLED, LI_DETAIL_WORKERS, err);
        }
        status = wait_for(engine, &w, err);
        return status == LI_E_THROTTLED ? lii_call_throttled(function, qualifier, status, LI_DETAIL_WORKERS, err) : status;
    }
    return call_end(inv, lii_invocation_run(inv), &w, caller, err);
}

static const li_invoke_options default_options = LI_INVOKE_OPTIONS_INIT;

li_status lii_call_options(li_invoke_options *storage, const li_invoke_options *given, const li_invoke_options **out,
                           li_error *err)
{
    li_status status;

    if (!given || given->size == sizeof *given) {     /* as this library knows it: used where it is */
        *out = given ? given : &default_options;
        return LI_OK;
    }
    *storage = default_options;
    status = lii_options_read(storage, sizeof *storage, given, "li_invoke_options", err);
    *out = storage;
    return status;
}

static li_status check_result(const li_invoke_result *result, li_error *err)
{
    if (result && result->size < sizeof *result)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_OPTIONS_SIZE, "li_invoke_result", LI_Z,
                        "the result has an impossible size; use LI_INVOKE_RESULT_INIT");
    return LI_OK;
}

static li_status event_or_dry_run(li_engine *engine, li_function *function, const char *qualifier, const char *payload,
                                  size_t len, const li_invoke_options *o, li_invoke_result *result, li_error *err)
{
    char arn[320];
    li_status status;
    li_id id;

    if (o->type == LI_DRY_RUN) {
        lii_engine_new_id(engine, &id);
        return lii_result_plain(result, &id, 204);
    }
    lii_function_arn(function, qualifier, arn, sizeof arn);
    status = li_invoke_event(engine, arn, LI_Z, payload, len, o, &id, err);
    return status == LI_OK ? lii_result_plain(result, &id, 202) : status;
}

li_status lii_call_payload(li_engine *engine, li_function *function, const char *qualifier, const char **payload, size_t *len,
                           const li_invoke_options *o, li_error *err)
{
    lii_code raw = { 0 };
    const lii_code *code;

    pthread_mutex_lock(&engine->lock);
    code = lii_code_locked(function, qualifier);
    if (code) {
        raw.flags = code->flags;
        raw.active_ns = code->active_ns;
    }
    pthread_mutex_unlock(&engine->lock);
    return lii_payload_check(engine, &raw, o->type, o->flags, payload, len, err);
}

/* After the name: size, JSON, depth, concurrency, run. code is what the function runs now. */
static li_status invoke_found(li_function *function, const char *qualifier, const char *payload, size_t len,
                              const li_invoke_options *o, li_invoke_result *result, li_error *err)
{
    li_engine *engine = function->engine;
    li_invocation *caller;
    lii_env *env = NULL;
    int32_t detail = 0;
    li_status status;

    /* the code can change until an environment is held; its checks are the same but for the raw flag */
    status = lii_env_acquire_named(function, qualifier, &env, &detail);
    if (status == LI_E_NOT_FOUND)
        return lii_call_throttled(function, qualifier, status, detail, err);
    if (status == LI_E_THROTTLED || status == LI_E_NOMEM) {
        li_status refused = lii_call_payload(engine, function, qualifier, &payload, &len, o, err);

        if (refused == LI_OK)
            refused = lii_recursion_check(function, o, err);
        if (refused == LI_OK)
            refused = lii_call_depth(engine, &caller, err);
        return refused != LI_OK ? refused : lii_call_throttled(function, qualifier, status, detail, err);
    }
    status = lii_payload_check(engine, env->code, o->type, o->flags, &payload, &len, err);
    if (status == LI_OK)
        status = lii_recursion_check(function, o, err);
    if (status == LI_OK)
        status = lii_call_depth(engine, &caller, err);
    if (status != LI_OK) {
        lii_env_release(env);
        return status;
    }
    return call_and_wait(env, payload, len, o, qualifier, caller, result, err);
}

li_status lii_function_invoke(li_function *function, const char *payload, size_t payload_len,
                              const li_invoke_options *options, li_invoke_result *result, li_error *err)
{
    li_invoke_options storage;
    const li_invoke_options *o;
    lii_target_ref target;
    li_status status;

    if (!function)
        return lii_is_null(err, "function");
    if (lii_is_forked(function->engine))
        return lii_forked(err);
    status = lii_call_options(&storage, options, &o, err);
    if (status == LI_OK)
        status = check_result(result, err);
    if (status != LI_OK)
        return status;
    o = lii_trace_inherit(function->engine, o, &storage);
    if (!o->qualifier.ptr && o->type == LI_REQUEST_RESPONSE && !o->client_context.ptr && !o->idempotency_key.ptr &&
        !(o->flags & ~(uint32_t)LI_INVOKE_TRUSTED)) {
        if (!atomic_load_explicit(&function->exists, memory_order_relaxed))
            return lii_not_found(function->engine, function->name, function->name_len, "", err);
        if (atomic_load_explicit(&function->engine->is_stopping, memory_order_relaxed))
            return lii_fail(err, LI_E_CLOSED, LI_DETAIL_NONE, NULL, 0, "the engine is being stopped");
        return invoke_found(function, "", payload, payload_len, o, result, err);
    }
    status = lii_function_find(function->engine, function->name, function->name_len, o->qualifier, &target, err);
    return status == LI_OK ? li_invoke(function->engine, function->name, function->name_len, payload, payload_len, o,
                                       result, err)
                           : status;
}

li_status lii_invoke(li_engine *engine, const char *name, size_t name_len, const char *payload, size_t payload_len,
                     const li_invoke_options *options, li_invoke_result *result, li_error *err)
{
    li_invoke_options storage;
    const li_invoke_options *o;
    lii_target_ref target;
    li_status status;

    if (!engine)
        return lii_is_null(err, "engine");
    status = lii_call_options(&storage, options, &o, err);
    if (status == LI_OK)
        status = check_result(result, err);
    if (status == LI_OK)
        status = lii_call_check(engine, o, err);
    if (status == LI_OK)
        status = lii_function_find(engine, name, name_len, o->qualifier, &target, err);
    if (status == LI_OK && atomic_load_explicit(&engine->is_stopping, memory_order_relaxed))
        status = lii_fail(err, LI_E_CLOSED, LI_DETAIL_NONE, NULL, 0, "the engine is being stopped");
    if (status != LI_OK)
        return status;
    if (target.qualifier[0] == '\0' && !lii_call_asks(o))     /* its ARN is another name */
        return li_function_invoke(target.function, payload, payload_len, o, result, err);
    o = lii_trace_inherit(engine, o, &storage);
    if (o->type == LI_REQUEST_RESPONSE)
        return invoke_found(target.function, target.qualifier, payload, payload_len, o, result, err);
    status = lii_call_payload(engine, target.function, target.qualifier, &payload, &payload_len, o, err);
    return status == LI_OK
               ? event_or_dry_run(engine, target.function, target.qualifier, payload, payload_len, o, result, err)
               : status;
}
