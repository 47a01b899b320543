/* pool.c - environments of a version: admission, reuse (newest first), retirement.
 *
 * A credit is one unit of concurrency, of the function's reservation or of the unreserved pool. A warm environment keeps
 * its credit while it is idle, so that the next invocation needs no shared counter; when a pool is dry, credits of idle
 * environments are taken back. Provisioned environments need no credit: they are paid for. An environment waits in a slot
 * (taken and given back without a lock), in the idle list (engine.lock), or is busy. */
#include "engine/faults.h"

/* ---- credits (engine.lock) */

static uint64_t credit_limit_locked(const li_function *function)
{
    const li_engine *engine = function->engine;
    int64_t limit = function->locked.reserved >= 0
                        ? function->locked.reserved - (int64_t)function->locked.provisioned
                        : LII_CONFIG(engine, account_concurrency) - engine->locked.reserved_sum -
                              (int64_t)engine->locked.unreserved_provisioned;

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

/* ---- slots and threads */

_Thread_local uint32_t lii_slot_at __attribute__((tls_model("initial-exec")));

/* The environment of this thread's slot is with another thread (or with a call further out on this one, which comes back to
 * it): this thread uses the next one from now on. Every second one first, since processors fetch lines in pairs. */
void lii_slot_move(void)
{
    if (lii_frame_top())
        return;
    lii_slot_at += 2;
    if (lii_slot_at >= LII_FAST)
        lii_slot_at = (lii_slot_at & (LII_FAST - 1)) ^ 1;
}

/* ---- idle environments (engine.lock) */

/* The idle environment of a slot, which is empty then; NULL: there is none. Acquire pairs with the release that made it
 * idle: all of its last use is seen. */
static lii_env *slot_clear_locked(lii_slot *slot)
{
    unsigned idle = LII_SLOT_IDLE;
    lii_env *env = atomic_load_explicit(&slot->env, memory_order_relaxed);

    if (!atomic_compare_exchange_strong_explicit(&slot->state, &idle, LII_SLOT_EMPTY, memory_order_acquire,
                                                 memory_order_relaxed))
        return NULL;
    env->home = NULL;
    return env;
}

static void idle_push_locked(lii_version *version, lii_env *env)
{
    env->next_idle = version->locked.idle;
    version->locked.idle = env;
}

/* Idle slots into the idle list, so that all idle environments of a version are in one place. */
static void gather_locked(lii_version *version)
{
    size_t i;

    for (i = 0; i < LII_FAST; i++) {
        lii_env *env = slot_clear_locked(&version->fast[i]);

        if (env)
            idle_push_locked(version, env);
    }
}

void lii_env_leave_locked(lii_env *env)
{
    if (!env->home)
        return;
    atomic_store_explicit(&env->home->state, LII_SLOT_EMPTY, memory_order_relaxed);
    env->home = NULL;
}

/* A released environment becomes the slot's of this thread, instead of an idle older one. 0: another is out of it. */
static int slot_enter_locked(lii_env *env)
{
    lii_version *version = env->version;
    lii_slot *slot = lii_slot_of_thread(version);
    lii_env *old = slot_clear_locked(slot);

    if (old)
        idle_push_locked(version, old);                 /* newest first holds */
    if (atomic_load_explicit(&slot->state, memory_order_relaxed) != LII_SLOT_EMPTY)
        return 0;
    env->home = slot;
    env->is_straight = env->is_initialised && env->code->handler.handler && env->code->run_on == LI_RUN_INLINE &&
                       env->code->active_ns == 0;
    atomic_store_explicit(&slot->env, env, memory_order_relaxed);
    atomic_store_explicit(&slot->state, LII_SLOT_IDLE, memory_order_release);
    return 1;
}

void lii_env_unlink_locked(lii_env *env)
{
    li_function *function = env->function;
    lii_version *version = env->version;

    credit_give_locked(function, env);
    lii_env_leave_locked(env);
    lii_provisioned_lost_locked(env);
    if (env->prev_all)
        env->prev_all->next_all = env->next_all;
    else if (version->locked.all == env)
        version->locked.all = env->next_all;
    if (env->next_all)
        env->next_all->prev_all = env->prev_all;
    env->next_all = env->prev_all = NULL;
    function->locked.sums.invocations += atomic_load_explicit(&env->invocations, memory_order_relaxed);
    function->locked.sums.errors += atomic_load_explicit(&env->errors, memory_order_relaxed);
    function->locked.sums.duration_ns += atomic_load_explicit(&env->duration_ns, memory_order_relaxed);
    function->locked.sums.async_event_age_ms += atomic_load_explicit(&env->event_age_ms, memory_order_relaxed);
}

void lii_version_changed_locked(lii_version *version, lii_env **retired)
{
    li_function *function = version->function;
    lii_env *env, *next, *keep = NULL, **tail = &keep;
    uint64_t limit = credit_limit_locked(function);

    /* relaxed: an environment that is given back just now may keep its old epoch in its slot, where the next to take it
     * sees that, or the next gathering */
    atomic_fetch_add_explicit(&version->epoch, 1, memory_order_relaxed);
    if (version == &function->latest) {
        const lii_code *code = version->locked.code;

        atomic_store_explicit(&function->plain, code && code->active_ns == 0 ? code->flags | LII_PLAIN : 0, memory_order_relaxed);
    }
    gather_locked(version);
    for (env = version->locked.idle; env; env = next) {
        next = env->next_idle;
        if (env->code != version->locked.code) {
            lii_env_unlink_locked(env);
            env->next_idle = *retired;
            *retired = env;
            continue;
        }
        if (env->has_credit && (credits_used_locked(function) > limit || limit == 0))
            credit_give_locked(function, env);
        env->epoch = atomic_load_explicit(&version->epoch, memory_order_relaxed);
        env->next_idle = NULL;
        *tail = env;
        tail = &env->next_idle;
    }
    version->locked.idle = keep;
}

void lii_function_changed_locked(li_function *function, lii_env **retired)
{
    lii_version *version;

    for (version = &function->latest; version; version = version->next)
        lii_version_changed_locked(version, retired);
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

enum { POP_PROVISIONED, POP_WITH_CREDIT, POP_ANY };

static lii_env *pop_idle_locked(lii_version *version, int which)
{
    lii_env **link = &version->locked.idle, *env;

    for (; (env = *link) != NULL; link = &env->next_idle)
        if (which == POP_PROVISIONED ? env->is_provisioned : !env->is_provisioned && (env->has_credit || which == POP_ANY)) {
            *link = env->next_idle;
            env->next_idle = NULL;
            return env;
        }
    return NULL;
}

static int steal_from_locked(li_function *function, const lii_version *wanting)
{
    lii_version *version;
    lii_env *env;

    for (version = &function->latest; version; version = version->next) {
        if (version == wanting)
            continue;
        gather_locked(version);
        for (env = version->locked.idle; env; env = env->next_idle)
            if (env->has_credit) {
                credit_give_locked(function, env);
                return 1;
            }
    }
    return 0;
}

/* The pool is dry: take back the credit of one idle environment of another version, or of another function that shares it. */
static int steal_locked(li_function *function, const lii_version *wanting)
{
    li_engine *engine = function->engine;
    lii_table_slot *slot;
    size_t i = 0;

    if (function->locked.credits > 0 && steal_from_locked(function, wanting))
        return 1;
    while (function->locked.reserved < 0 && (slot = lii_table_next(&engine->locked.functions, &i)) != NULL) {
        li_function *other = slot->value;

        i++;
        if (other != function && other->locked.reserved < 0 && other->locked.credits > 0 && steal_from_locked(other, NULL))
            return 1;
    }
    return 0;
}

void lii_credits_trim_locked(li_function *function)
{
    while (credits_used_locked(function) > credit_limit_locked(function) && steal_locked(function, NULL)) {
    }
}

/* ---- making and ending */

static void idle_timer_run(lii_timer *timer);

lii_env *lii_env_new_locked(lii_version *version)
{
    li_engine *engine = version->engine;
    lii_env *env = lii_calloc(&engine->allocator, 1, sizeof *env);
    li_invocation *inv;
    uint64_t stream;

    if (!env)
        return NULL;
    inv = lii_invocation_new(engine);
    if (!inv) {
        lii_free(&engine->allocator, env);
        return NULL;
    }
    if (!version->locked.idle_timer.run) {
        version->locked.idle_timer.run = idle_timer_run;
        version->locked.idle_timer.user = version;
    }
    if (version->locked.idle_timer.state == 0 &&
        lii_timer_set_locked(engine, &version->locked.idle_timer,
                             lii_now_ns(engine) + (uint64_t)LII_CONFIG(engine, env_idle_ms) * LI_MS_NS) != LI_OK) {
        lii_invocation_free(inv);
        lii_free(&engine->allocator, env);
        return NULL;
    }
    env->function = version->function;
    env->version = version;
    env->code = version->locked.code;
    lii_code_retain(env->code);
    lii_invocation_attach(inv, env);
    stream = engine->seed ^ (++engine->random.envs * UINT64_C(0xD1B54A32D192ED03));
    env->ids[0] = lii_scramble(stream);
    env->ids[1] = lii_scramble(stream + UINT64_C(0x9E3779B97F4A7C15));    /* another: not both are 0 */
    env->next_all = version->locked.all;
    if (env->next_all)
        env->next_all->prev_all = env;
    version->locked.all = env;
    return env;
}

/* Retire what has been idle long enough; the newest stay. One timer a version. */
static void idle_timer_run(lii_timer *timer)
{
    lii_version *version = timer->user;
    li_engine *engine = version->engine;
    uint64_t now = lii_now_ns(engine), keep_ns = (uint64_t)LII_CONFIG(engine, env_idle_ms) * LI_MS_NS;
    uint64_t next = LI_NEVER;
    lii_env *env, *following, *retired = NULL, *keep = NULL, **tail = &keep;

    pthread_mutex_lock(&engine->lock);
    gather_locked(version);
    for (env = version->locked.idle; env; env = following) {
        following = env->next_idle;
        if (!env->is_provisioned && now >= env->last_used_ns && now - env->last_used_ns >= keep_ns) {
            lii_env_unlink_locked(env);
            env->next_idle = retired;
            retired = env;
            continue;
        }
        if (!env->is_provisioned && env->last_used_ns + keep_ns < next)
            next = env->last_used_ns + keep_ns;
        env->next_idle = NULL;
        *tail = env;
        tail = &env->next_idle;
    }
    version->locked.idle = keep;
    if (version->locked.all)       /* busy ones are looked at again later */
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
    lii_env_unlink_locked(env);
    pthread_mutex_unlock(&engine->lock);
    lii_env_retire(env, reason);
}

void lii_env_credit_back_locked(lii_env *env)
{
    credit_give_locked(env->function, env);
}

void lii_pool_free(lii_version *version)
{
    /* what is left is abandoned for good: its handler went pending and never completed */
    while (version->locked.all)
        lii_env_discard(version->locked.all, LI_RETIRE_TIMEOUT);
}

/* ---- acquire and release */

static int32_t throttle_detail(const li_function *function)
{
    return function->locked.reserved >= 0 ? LI_DETAIL_RESERVED_CONCURRENCY : LI_DETAIL_ACCOUNT_CONCURRENCY;
}

static li_status acquire_locked(lii_version *version, lii_env **out, int32_t *detail)
{
    li_function *function = version->function;
    int32_t ignored;             /* why none of the provisioned: what is on demand says why not */
    lii_env *env;

    if (!version->locked.code)
        return LI_E_NOT_FOUND;
    *detail = throttle_detail(function);
    if (function->locked.reserved == 0)
        return LI_E_THROTTLED;
    env = lii_rate_has_room_locked(version, 1, &ignored) ? pop_idle_locked(version, POP_PROVISIONED) : NULL;
    if (!env && !lii_rate_has_room_locked(version, 0, detail))
        return LI_E_THROTTLED;
    if (!env && credit_limit_locked(function) == 0)
        return LI_E_THROTTLED;
    if (!env)
        env = pop_idle_locked(version, POP_WITH_CREDIT);
    if (!env) {
        gather_locked(version);
        env = pop_idle_locked(version, POP_WITH_CREDIT);
    }
    if (!env) {
        if (credits_used_locked(function) >= credit_limit_locked(function) && !steal_locked(function, version))
            return LI_E_THROTTLED;
        env = pop_idle_locked(version, POP_ANY);
        if (!env) {
            if (lii_scale_budget_locked(function) == 0)
                return LI_E_THROTTLED;
            env = lii_env_new_locked(version);
            if (!env)
                return LI_E_NOMEM;
            lii_scale_spend_locked(function);
        }
        credit_take_locked(function, env);
    }
    if (version->locked.provisioned.requested > 0) {
        function->locked.sums.provisioned_invocations += env->is_provisioned != 0;
        function->locked.sums.provisioned_spillovers += env->is_provisioned == 0;
    }
    lii_rate_spend_locked(version, env->is_provisioned);
    env->state = LII_ENV_BUSY;
    env->epoch = atomic_load_explicit(&version->epoch, memory_order_relaxed);
    *out = env;
    return LI_OK;
}

li_status lii_env_acquire(lii_version *version, lii_env **out, int32_t *detail)
{
    lii_env *env;
    li_status status;

    if (lii_fault_armed(version->engine, LII_FAULTS_ADMISSION) && lii_fault_throttles(version->function)) {
        *detail = LI_DETAIL_ACCOUNT_CONCURRENCY;
        return LI_E_THROTTLED;
    }
    env = LII_CONFIG(version->engine, request_rate) ? NULL : lii_slot_take(version);
    if (env && lii_env_is_current(env)) {
        env->state = LII_ENV_BUSY;
        *out = env;
        return LI_OK;
    }
    if (env)
        lii_env_release(env);
    pthread_mutex_lock(&version->engine->lock);
    status = acquire_locked(version, out, detail);
    pthread_mutex_unlock(&version->engine->lock);
    return status;
}

li_status lii_env_acquire_named(li_function *function, const char *qualifier, lii_env **out, int32_t *detail)
{
    lii_version *version = &function->latest;

    if (qualifier[0] != '\0') {
        pthread_mutex_lock(&function->engine->lock);
        version = lii_version_locked(function, qualifier, 1);
        pthread_mutex_unlock(&function->engine->lock);
    }
    return version ? lii_env_acquire(version, out, detail) : LI_E_NOT_FOUND;
}

/* ---- lanes that wait for a slot (async.throttle_wake) */

void lii_lane_block_locked(lii_lane *lane)
{
    li_engine *engine = lane->engine;

    if (!LII_CONFIG(engine, throttle_wake) || lane->is_blocked)
        return;
    lane->is_blocked = 1;
    lane->next_blocked = NULL;
    if (engine->locked.blocked_first)
        engine->locked.blocked_last->next_blocked = lane;
    else
        engine->locked.blocked_first = lane;
    engine->locked.blocked_last = lane;
    atomic_fetch_add(&engine->n_blocked, 1);
}

void lii_lane_unblock_locked(lii_lane *lane)
{
    li_engine *engine = lane->engine;
    lii_lane **link = &engine->locked.blocked_first, *last = NULL;

    if (!lane->is_blocked)
        return;
    for (; *link != lane; link = &(*link)->next_blocked)
        last = *link;
    *link = lane->next_blocked;
    if (engine->locked.blocked_last == lane)
        engine->locked.blocked_last = last;
    lane->is_blocked = 0;
    atomic_fetch_sub(&engine->n_blocked, 1);
}

/* A slot is free: the lane that has waited longest, of those that could use it, looks again. */
static void wake_lane_locked(const li_function *function)
{
    lii_lane *lane = function->engine->locked.blocked_first;

    while (lane && lane->function != function && (lane->function->locked.reserved >= 0 || function->locked.reserved >= 0))
        lane = lane->next_blocked;
    if (!lane)
        return;
    lii_lane_unblock_locked(lane);
    lane->blocked_until_ns = 0;
    lii_lane_arm_locked(lane, lii_now_ns(lane->engine));
}

void lii_env_release_slow(lii_env *env)
{
    lii_version *version = env->version;
    li_function *function = env->function;
    li_engine *engine = function->engine;
    int goes;

    pthread_mutex_lock(&engine->lock);
    goes = env->code != version->locked.code || lii_provisioned_surplus_locked(env);
    if (goes) {
        lii_env_unlink_locked(env);
    } else {
        lii_env_leave_locked(env);
        if (env->has_credit && credits_used_locked(function) > credit_limit_locked(function))
            credit_give_locked(function, env);
        env->epoch = atomic_load_explicit(&version->epoch, memory_order_relaxed);
        if (lii_env_is_shared(env) || !slot_enter_locked(env))
            idle_push_locked(version, env);
    }
    if (atomic_load_explicit(&engine->n_blocked, memory_order_relaxed) > 0)
        wake_lane_locked(function);
    pthread_mutex_unlock(&engine->lock);
    if (goes)
        lii_env_retire(env, LI_RETIRE_UPDATED);
}

void lii_env_release(lii_env *env)
{
    lii_env_give_back(env);
}

/* ---- sums */

uint64_t lii_function_busy_locked(li_function *function)
{
    const lii_version *version;
    const lii_env *env;
    uint64_t busy = 0, idle = 0;
    size_t i;

    for (version = &function->latest; version; version = version->next) {
        for (env = version->locked.all; env; env = env->next_all)
            busy++;
        for (env = version->locked.idle; env; env = env->next_idle)
            idle++;
        for (env = version->locked.provisioned.warming; env; env = env->next_idle)
            idle++;
        for (i = 0; i < LII_FAST; i++)
            idle += atomic_load_explicit(&version->fast[i].state, memory_order_relaxed) == LII_SLOT_IDLE;
    }
    return busy > idle ? busy - idle : 0;
}

/* What an event of this version could be started in now: warm environments with a credit (their credits can go over from
 * version to version), provisioned ones of its own, and credits not given out. */
uint64_t lii_capacity_locked(li_function *function, const lii_version *wanted)
{
    uint64_t limit = credit_limit_locked(function), used = credits_used_locked(function), others = 0, mine = 0, fresh;
    const lii_version *version;
    const lii_env *env;
    size_t i;

    if (function->locked.reserved == 0)
        return 0;
    for (version = &function->latest; version; version = version->next) {
        uint64_t here = 0;

        for (env = version->locked.idle; env; env = env->next_idle) {
            here += env->has_credit != 0 && limit > 0;
            mine += env->is_provisioned && version == wanted;
        }
        for (i = 0; i < LII_FAST; i++)
            here += atomic_load_explicit(&version->fast[i].state, memory_order_relaxed) == LII_SLOT_IDLE && limit > 0;
        mine += version == wanted ? here : 0;
        others += version == wanted ? 0 : here;
    }
    if (mine + others == 0 && limit > 0 && used >= limit && steal_locked(function, NULL))
        used--;
    fresh = others + (limit > used ? limit - used : 0);
    if (lii_scale_budget_locked(function) < fresh)
        fresh = lii_scale_budget_locked(function);
    return mine + fresh;
}
