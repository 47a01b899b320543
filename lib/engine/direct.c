/* direct.c - the straight way of a synchronous call that asks for its answer alone: a warm environment, two readings of the
 * clock, the handler, the result. It locks nothing and allocates nothing; whatever is otherwise goes by invoke.c. */
#include "engine/engine.h"
#include "json/scan.h"

static inline int is_payload_good(const lii_code *code, const char *payload, size_t len, const li_invoke_options *o,
                                  li_error *err, li_status *status)
{
    if ((o->flags & LI_INVOKE_TRUSTED) || (code->flags & LI_FUNCTION_RAW))
        return 1;
    *status = lii_json_validate(payload, len, err);
    return *status == LI_OK;
}

/* After another straight call, what its handler can have set is made fresh again; all else is it still. */
static inline void prepare(li_invocation *inv, const char *payload, size_t len)
{
    if (inv->last_way != LII_WAY_DIRECT) {
        lii_invocation_prepare(inv, payload, len);
        inv->last_way = LII_WAY_DIRECT;
        return;
    }
    lii_invocation_refresh(inv, payload, len);
}

/* What lii_result_copy makes of a plain success of a warm environment. */
static inline __attribute__((always_inline)) li_status fill(li_invoke_result *r, const li_invocation *inv, uint64_t took_ns)
{
    if (inv->response == NULL) {
        r->payload = "null";
        r->payload_len = 4;
    } else if (inv->response_len == 0) {
        r->payload = "";
        r->payload_len = 0;
    } else {
        if (lii_result_keep(&r->internal[0], &r->internal[1], inv->response, inv->response_len) != LI_OK)
            return LI_E_NOMEM;
        r->payload = r->internal[0];
        r->payload_len = inv->response_len;
    }
    r->log_tail = NULL;
    r->log_tail_len = 0;
    r->duration_ns = took_ns;
    r->init_ns = 0;
    r->billed_ms = (took_ns + LI_MS_NS - 1) / LI_MS_NS;
    r->request_id = inv->id;
    memcpy(r->executed_version, inv->code->version, sizeof inv->code->version);
    r->trace[0] = '\0';
    r->status_code = 200;
    r->function_error = LI_FUNCTION_ERROR_NONE;
    return LI_OK;
}

/* After a plain end: counted, told, and the environment given back. */
static inline __attribute__((always_inline)) li_status end_plainly(li_invocation *inv, uint64_t took_ns, li_invoke_result *result, li_error *err)
{
    lii_env *env = inv->env;
    li_status status = LI_OK;

    atomic_store_explicit(&inv->state, LII_INV_SETTLED, memory_order_relaxed);
    lii_env_count(env, took_ns, 0);
    if (result)
        status = fill(result, inv, took_ns);
    if (inv->given || lii_invocation_is_retained(inv)) {
        lii_invocation_finish(inv);
    } else {
        env->last_used_ns = inv->end_ns;
        lii_env_give_straight_back(env);
    }
    return status == LI_OK ? LI_OK : lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for the result");
}

static inline __attribute__((always_inline)) int call(li_function *function, const char *payload, size_t len,
                                                      const li_invoke_options *o, li_invoke_result *result, li_error *err,
                                                      li_status *status)
{
    lii_version *version = &function->latest;    /* of a function that was removed no environment is current */
    li_engine *engine = version->engine;
    li_invocation *inv;
    uint64_t took_ns;
    int32_t verdict;
    lii_env *env;

    if (!payload || lii_call_asks(o) || (lii_detours(engine) & LII_DETOUR_CALLS) || lii_frame_top() ||
        len - 1 >= (uint64_t)LII_CONFIG(engine, sync_request_bytes))
        return 0;
    env = lii_slot_take(version);
    if (!env)
        return 0;
    env->state = LII_ENV_BUSY;
    if (!lii_env_is_current(env) || !env->is_straight) {
        lii_env_release(env);
        return 0;
    }
    if (!is_payload_good(env->code, payload, len, o, err, status)) {
        lii_env_release(env);
        return 1;
    }
    inv = env->invocation;
    prepare(inv, payload, len);
    lii_invocation_sync_id(inv);
    inv->start_ns = lii_now_ns(engine);
    inv->deadline_ns = inv->start_ns + inv->code->timeout_ns;
    verdict = lii_invocation_enter(inv, NULL);
    inv->end_ns = lii_now_ns(engine);
    took_ns = inv->end_ns - inv->start_ns;
    if (lii_invocation_is_plain(inv, verdict, took_ns)) {
        *status = end_plainly(inv, took_ns, result, err);
    } else {
        inv->last_way = LII_WAY_LONG;
        *status = lii_call_returned(inv, verdict, result, err);
    }
    return 1;
}

static const li_invoke_options no_options = LI_INVOKE_OPTIONS_INIT;

li_status li_function_invoke(li_function *function, const char *payload, size_t payload_len,
                             const li_invoke_options *options, li_invoke_result *result, li_error *err)
{
    const li_invoke_options *o = options ? options : &no_options;
    li_status status;

    if (function && o->size == sizeof *o && (!result || result->size >= sizeof *result) &&
        !lii_is_forked(function->latest.engine) &&
        !atomic_load_explicit(&function->latest.engine->is_stopping, memory_order_relaxed) &&
        call(function, payload, payload_len, o, result, err, &status))
        return status;
    return lii_function_invoke(function, payload, payload_len, options, result, err);
}

/* By the name alone, and nothing asked for: the same through the handle that the name is of. */
li_status li_invoke(li_engine *engine, const char *name, size_t name_len, const char *payload, size_t payload_len,
                    const li_invoke_options *options, li_invoke_result *result, li_error *err)
{
    if (engine && name && !lii_is_forked(engine) && (!options || (options->size == sizeof *options && !lii_call_asks(options)))) {
        li_function *function = lii_index_find(&engine->index, name, lii_len(name, name_len));

        if (function && atomic_load_explicit(&function->exists, memory_order_acquire))
            return li_function_invoke(function, payload, payload_len, options, result, err);
    }
    return lii_invoke(engine, name, name_len, payload, payload_len, options, result, err);
}
