/* pool.c - environments of a function: admission, reuse (newest first), retirement.
 *
 * A credit is one unit of concurrency, of the function's reservation or of the unreserved pool. A warm environment keeps
 * its credit while it is idle, so that the next invocation needs no shared counter; when a pool is dry, credits of idle
 * environments are taken back. An environment sits in a fast slot (exchanged in and out without a lock), in the idle list
 * (engine.lock), or is busy. */
#include "engine/engine.h"

static size_t slot_of_thread(void)
{
    uint64_t x = (uint64_t)(uintptr_t)pthread_self();

    return (size_t)((x * UINT64_C(0x9E3779B97F4A7C15)) >> 61);
}

int64_t lii_unreserved_limit_locked(li_engine *engine)
{
    return LII_CONFIG(engine, account_concurrency) - engine->locked.reserved_sum;
}

/* ---- credits (engine.lock) */

static uint64_t credit_limit_locked(const li_function *function)
{
    int64_t limit = function->locked.reserved >= 0 ? function->locked.reserved : lii_unreserved_limit_locked(function->engine);

    return limit > 0 ? (uint64_t)limit : 0;
}

static uint64_t credits_used_locked(const li_function *function)
{
    return function->locked.reserved >= 0 ? function->locked.credits : function->engine->locked.unreserved_credits;
}

static void credit_take_locked(li_function *function, lii_env *env)
{
    env->has_credit = 1;
    function->locked.credits++;
    if (function->locked.reserved < 0)
        function->engine->locked.unreserved_credits++;
}

static void credit_give_locked(li_function *function, lii_env *env)
{
    if (!env->has_credit)
        return;
    env->has_credit = 0;
    function->locked.credits--;
    if (function->locked.reserved < 0)
        function->engine->locked.unreserved_credits--;
}

/* ---- idle environments (engine.lock) */

/* Fast slots into the idle list, so that all idle environments of a function are in one place. */
static void gather_locked(li_function *function)
{
    size_t i;

    for (i = 0; i < LII_FAST; i++) {
        lii_env *env = atomic_exchange_explicit(&function->fast[i].env, NULL, memory_order_acq_rel);

        if (env) {
            env->next_idle = function->locked.idle;
            function->locked.idle = env;
        }
    }
}

static void unlink_locked(lii_env *env)
{
    li_function *function = env->function;

    credit_give_locked(function, env);
    if (env->prev_all)
        env->prev_all->next_all = env->next_all;
    else if (function->locked.all == env)
        function->locked.all = env->next_all;
    if (env->next_all)
        env->next_all->prev_all = env->prev_all;
    env->next_all = env->prev_all = NULL;
    function->locked.sums.invocations += atomic_load_explicit(&env->invocations, memory_order_relaxed);
    function->locked.sums.errors += atomic_load_explicit(&env->errors, memory_order_relaxed);
    function->locked.sums.duration_ns += atomic_load_explicit(&env->duration_ns, memory_order_relaxed);
    function->locked.sums.async_event_age_ms += atomic_load_explicit(&env->event_age_ms, memory_order_relaxed);
}

void lii_function_changed_locked(li_function *function, lii_env **retired)
{
    lii_env *env, *next, *keep = NULL, **tail = &keep;
    uint64_t limit = credit_limit_locked(function);

    atomic_fetch_add(&function->epoch, 1); /* seq_cst: pairs with the re-check in lii_env_release */
    gather_locked(function);
    for (env = function->locked.idle; env; env = next) {
        next = env->next_idle;
        if (env->code != function->locked.code) {
            unlink_locked(env);
            env->next_idle = *retired;
            *retired = env;
            continue;
        }
        if (env->has_credit && (credits_used_locked(function) > limit || limit == 0))
            credit_give_locked(function, env);
        env->epoch = atomic_load(&function->epoch);
        env->next_idle = NULL;
        *tail = env;
        tail = &env->next_idle;
    }
    function->locked.idle = keep;
}

void lii_envs_retire_list(lii_env *list, int32_t reason)
{
    while (list) {
        lii_env *next = list->next_idle;

        list->next_idle = NULL;
        lii_env_retire(list, reason);
        list = next;
    }
}

static lii_env *pop_idle_locked(li_function *function, int needs_credit)
{
    lii_env **link = &function->locked.idle, *env;

    for (; (env = *link) != NULL; link = &env->next_idle)
        if (env->has_credit || !needs_credit) {
            *link = env->next_idle;
            env->next_idle = NULL;
            return env;
        }
    return NULL;
}

/* The pool of all is dry: take back the credit of one idle environment of another function. */
static int steal_locked(li_function *wanting)
{
    li_engine *engine = wanting->engine;
    lii_table_slot *slot;
    size_t i = 0;

    while ((slot = lii_table_next(&engine->locked.functions, &i)) != NULL) {
        li_function *other = slot->value;
        lii_env *env;

        i++;
        if (other == wanting || other->locked.reserved >= 0 || other->locked.credits == 0)
            continue;
        gather_locked(other);
        for (env = other->locked.idle; env; env = env->next_idle)
            if (env->has_credit) {
                credit_give_locked(other, env);
                return 1;
            }
    }
    return 0;
}

/* ---- making and ending */

static void idle_timer_run(lii_timer *timer);

static lii_env *env_new_locked(li_function *function)
{
    li_engine *engine = function->engine;
    lii_env *env = lii_calloc(&engine->allocator, 1, sizeof *env);

    if (!env)
        return NULL;
    env->invocation = lii_invocation_new(engine);
    if (!env->invocation) {
        lii_free(&engine->allocator, env);
        return NULL;
    }
    if (!function->locked.idle_timer.run) {
        function->locked.idle_timer.run = idle_timer_run;
        function->locked.idle_timer.user = function;
    }
    if (function->locked.idle_timer.state == 0 &&
        lii_timer_set_locked(engine, &function->locked.idle_timer,
                             lii_now_ns(engine) + (uint64_t)LII_CONFIG(engine, env_idle_ms) * LI_MS_NS) != LI_OK) {
        lii_invocation_free(env->invocation);
        lii_free(&engine->allocator, env);
        return NULL;
    }
    env->function = function;
    env->code = function->locked.code;
    lii_code_retain(env->code);
    env->id_stream = engine->seed ^ (++engine->random.envs * UINT64_C(0xD1B54A32D192ED03));
    env->next_all = function->locked.all;
    if (env->next_all)
        env->next_all->prev_all = env;
    function->locked.all = env;
    return env;
}

/* Retire what has been idle long enough; the newest stay. One timer a function. */
static void idle_timer_run(lii_timer *timer)
{
    li_function *function = timer->user;
    li_engine *engine = function->engine;
    uint64_t now = lii_now_ns(engine), keep_ns = (uint64_t)LII_CONFIG(engine, env_idle_ms) * LI_MS_NS;
    uint64_t next = LI_NEVER;
    lii_env *env, *following, *retired = NULL, *keep = NULL, **tail = &keep;

    pthread_mutex_lock(&engine->lock);
    gather_locked(function);
    for (env = function->locked.idle; env; env = following) {
        following = env->next_idle;
        if (now >= env->last_used_ns && now - env->last_used_ns >= keep_ns) {
            unlink_locked(env);
            env->next_idle = retired;
            retired = env;
            continue;
        }
        if (env->last_used_ns + keep_ns < next)
            next = env->last_used_ns + keep_ns;
        env->next_idle = NULL;
        *tail = env;
        tail = &env->next_idle;
    }
    function->locked.idle = keep;
    if (function->locked.all)       /* busy ones are looked at again later */
        lii_timer_set_locked(engine, timer, next == LI_NEVER ? now + keep_ns : next);
    pthread_mutex_unlock(&engine->lock);
    lii_envs_retire_list(retired, LI_RETIRE_SPINDOWN);
}

void lii_env_retire(lii_env *env, int32_t reason)
{
    li_function *function = env->function;
    li_engine *engine = function->engine;
    lii_code *code = env->code;
    lii_frame frame;

    if (env->is_initialised) {
        lii_frame_push(&frame, engine, NULL);
        if (code->binding == LII_BIND_EXECUTOR)
            code->executor.retire(code->executor_self, env->environment, reason);
        else if (code->handler.fini)
            code->handler.fini(env->environment, code->handler.user, reason);
        lii_frame_pop(&frame);
        lii_journal(engine, LI_STEP_RETIRED, NULL, function->name, 0,
                    reason == LI_RETIRE_SPINDOWN  ? "spindown"
                    : reason == LI_RETIRE_TIMEOUT ? "timeout"
                    : reason == LI_RETIRE_UPDATED ? "updated"
                                                  : "failure");
    }
    lii_invocation_free(env->invocation);
    lii_code_release(engine, code);
    lii_free(&engine->allocator, env);
}

void lii_env_discard(lii_env *env, int32_t reason)
{
    li_engine *engine = env->function->engine;

    pthread_mutex_lock(&engine->lock);
    unlink_locked(env);
    pthread_mutex_unlock(&engine->lock);
    lii_env_retire(env, reason);
}

void lii_env_credit_back_locked(lii_env *env)
{
    credit_give_locked(env->function, env);
}

void lii_pool_free(li_function *function)
{
    /* what is left is abandoned for good: its handler went pending and never completed */
    while (function->locked.all)
        lii_env_discard(function->locked.all, LI_RETIRE_TIMEOUT);
}

/* ---- acquire and release */

static int32_t throttle_detail(const li_function *function)
{
    return function->locked.reserved >= 0 ? LI_DETAIL_RESERVED_CONCURRENCY : LI_DETAIL_ACCOUNT_CONCURRENCY;
}

li_status lii_env_acquire_locked(li_function *function, lii_env **out, int32_t *detail)
{
    lii_env *env;

    if (!function->locked.code)
        return LI_E_NOT_FOUND;
    if (credit_limit_locked(function) == 0) {
        *detail = throttle_detail(function);
        return LI_E_THROTTLED;
    }
    env = pop_idle_locked(function, 1);
    if (!env) {
        gather_locked(function);
        env = pop_idle_locked(function, 1);
    }
    if (!env) {
        if (credits_used_locked(function) >= credit_limit_locked(function) &&
            (function->locked.reserved >= 0 || !steal_locked(function))) {
            *detail = throttle_detail(function);
            return LI_E_THROTTLED;
        }
        env = pop_idle_locked(function, 0);
        if (!env)
            env = env_new_locked(function);
        if (!env)
            return LI_E_NOMEM;
        credit_take_locked(function, env);
    }
    env->state = LII_ENV_BUSY;
    env->epoch = atomic_load(&function->epoch);
    *out = env;
    return LI_OK;
}

li_status lii_env_acquire(li_function *function, lii_env **out, int32_t *detail)
{
    size_t k = slot_of_thread();
    lii_env *env = NULL;
    li_status status;

    /* acquire pairs with the release that put it there: all of its last use is seen */
    if (atomic_load_explicit(&function->fast[k].env, memory_order_relaxed))
        env = atomic_exchange_explicit(&function->fast[k].env, NULL, memory_order_acq_rel);
    if (env && env->epoch == atomic_load_explicit(&function->epoch, memory_order_acquire)) {
        env->state = LII_ENV_BUSY;
        *out = env;
        return LI_OK;
    }
    if (env)
        lii_env_release(env);
    pthread_mutex_lock(&function->engine->lock);
    status = lii_env_acquire_locked(function, out, detail);
    pthread_mutex_unlock(&function->engine->lock);
    return status;
}

static void release_slow(lii_env *env)
{
    li_function *function = env->function;
    li_engine *engine = function->engine;
    int goes;

    pthread_mutex_lock(&engine->lock);
    goes = env->code != function->locked.code;
    if (goes) {
        unlink_locked(env);
    } else {
        if (env->has_credit && credits_used_locked(function) > credit_limit_locked(function))
            credit_give_locked(function, env);
        env->epoch = atomic_load(&function->epoch);
        env->next_idle = function->locked.idle;
        function->locked.idle = env;
    }
    pthread_mutex_unlock(&engine->lock);
    if (goes)
        lii_env_retire(env, LI_RETIRE_UPDATED);
}

void lii_env_release(lii_env *env)
{
    li_function *function = env->function;
    lii_env *old;
    uint32_t epoch;
    size_t k;

    env->state = LII_ENV_IDLE;
    if (!env->has_credit || env->epoch != atomic_load_explicit(&function->epoch, memory_order_acquire)) {
        release_slow(env);
        return;
    }
    epoch = env->epoch;
    k = slot_of_thread();
    old = atomic_exchange(&function->fast[k].env, env); /* seq_cst: before the load of epoch below */
    if (old)
        release_slow(old);                              /* the older one: newest first holds */
    if (epoch != atomic_load(&function->epoch)) {       /* changed meanwhile, and perhaps swept too early for us */
        env = atomic_exchange(&function->fast[k].env, NULL);
        if (env)
            release_slow(env);
    }
}

/* ---- sums */

uint64_t lii_function_busy_locked(li_function *function)
{
    const lii_env *env;
    uint64_t busy = 0, idle = 0;
    size_t i;

    for (env = function->locked.all; env; env = env->next_all)
        busy++;
    for (env = function->locked.idle; env; env = env->next_idle)
        idle++;
    for (i = 0; i < LII_FAST; i++)
        idle += atomic_load_explicit(&function->fast[i].env, memory_order_relaxed) != NULL;
    return busy > idle ? busy - idle : 0;
}

/* What could be started now: warm environments with a credit, and credits not given out. */
uint64_t lii_capacity_locked(li_function *function)
{
    uint64_t limit = credit_limit_locked(function), used = credits_used_locked(function), warm = 0;
    const lii_env *env;
    size_t i;

    if (limit == 0)
        return 0;
    for (env = function->locked.idle; env; env = env->next_idle)
        warm += env->has_credit != 0;
    for (i = 0; i < LII_FAST; i++)
        warm += atomic_load_explicit(&function->fast[i].env, memory_order_relaxed) != NULL;
    if (warm == 0 && used >= limit && function->locked.reserved < 0 && steal_locked(function))
        used--;
    return warm + (limit > used ? limit - used : 0);
}
