/* direct.c - the straight way of a synchronous call that asks for its answer alone: a warm environment, two readings of the
 * clock, the handler, the result. It locks nothing and allocates nothing; whatever is otherwise goes by invoke.c. */
#include "engine/faults.h"
#include "json/scan.h"

/* Nothing is asked for but the answer, nobody listens, and no caller is above. */
static int asks_little(const li_engine *engine, const li_invoke_options *o, size_t len)
{
    return o->log_type == LI_LOG_TYPE_NONE && !o->trace.ptr && !o->client_context.ptr && !engine->metrics_ops.sample &&
           !lii_journal_has_steps(engine) && !lii_fault_armed(engine, LII_FAULTS_ADMISSION | LII_FAULTS_RUN) &&
           !lii_frame_top() && !LII_CONFIG(engine, request_rate) && len - 1 < (uint64_t)LII_CONFIG(engine, sync_request_bytes);
}

static int is_ready(const lii_env *env)
{
    const lii_code *code = env->code;

    return env->is_initialised && code->handler.handler && code->run_on == LI_RUN_INLINE && code->active_ns == 0;
}

static int32_t run(li_invocation *inv)
{
    int32_t verdict;

    lii_invocation_sync_id(inv);
    inv->start_ns = lii_now_ns(inv->engine);
    inv->deadline_ns = inv->start_ns + inv->code->timeout_ns;
    verdict = lii_invocation_enter(inv);
    inv->end_ns = lii_now_ns(inv->engine);
    return verdict;
}

/* After a plain end: counted, told, and the environment given back. */
static li_status end_plainly(li_invocation *inv, uint64_t took_ns, li_invoke_result *result, li_error *err)
{
    lii_env *env = inv->env;
    li_status status = LI_OK;

    atomic_store_explicit(&inv->state, LII_INV_SETTLED, memory_order_relaxed);
    lii_env_count(env, took_ns, 0);
    if (result)
        status = lii_result_plainly(result, inv, took_ns);
    if (inv->given || lii_invocation_is_retained(inv)) {
        lii_invocation_finish(inv);
    } else {
        env->last_used_ns = inv->end_ns;
        lii_env_give_back(env);
    }
    return status == LI_OK ? LI_OK : lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for the result");
}

int lii_call_direct(li_function *function, const char *payload, size_t len, const li_invoke_options *o,
                    li_invoke_result *result, li_error *err, li_status *status)
{
    li_engine *engine = function->engine;
    li_invocation *inv;
    uint64_t took_ns;
    int32_t verdict;
    lii_env *env;

    if (!payload || !asks_little(engine, o, len))
        return 0;
    env = lii_slot_take(&function->latest);
    if (!env)
        return 0;
    env->state = LII_ENV_BUSY;
    if (!lii_env_is_current(env) || !is_ready(env)) {
        lii_env_release(env);
        return 0;
    }
    if (!(o->flags & LI_INVOKE_TRUSTED) && !(env->code->flags & LI_FUNCTION_RAW)) {
        *status = lii_json_validate(payload, len, err);
        if (*status != LI_OK) {
            lii_env_give_back(env);
            return 1;
        }
    }
    inv = env->invocation;
    lii_invocation_prepare(inv, env, payload, len);
    verdict = run(inv);
    took_ns = inv->end_ns - inv->start_ns;
    *status = lii_invocation_is_plain(inv, verdict, took_ns) ? end_plainly(inv, took_ns, result, err)
                                                             : lii_call_returned(inv, verdict, result, err);
    return 1;
}

static const li_invoke_options no_options = LI_INVOKE_OPTIONS_INIT;

li_status li_function_invoke(li_function *function, const char *payload, size_t payload_len,
                             const li_invoke_options *options, li_invoke_result *result, li_error *err)
{
    const li_invoke_options *o = options ? options : &no_options;
    li_status status;

    if (function && o->size == sizeof *o && !o->qualifier.ptr && o->type == LI_REQUEST_RESPONSE && !o->idempotency_key.ptr &&
        !(o->flags & ~(uint32_t)LI_INVOKE_TRUSTED) && (!result || result->size >= sizeof *result) &&
        !lii_is_forked(function->engine) && atomic_load_explicit(&function->exists, memory_order_relaxed) &&
        !atomic_load_explicit(&function->engine->is_stopping, memory_order_relaxed) &&
        lii_call_direct(function, payload, payload_len, o, result, err, &status))
        return status;
    return lii_function_invoke(function, payload, payload_len, options, result, err);
}
