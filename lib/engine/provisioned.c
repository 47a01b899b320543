/* provisioned.c - provisioned concurrency: environments of a version that are initialised ahead, and stay. */
#include <stdio.h>

#include "engine/engine.h"
#include "engine/settings.h"

enum { WARMING = 1, AVAILABLE = 2 };         /* lii_env.is_provisioned */
enum { AGAIN_MS = 1000 };                    /* after memory ran out */

static void arm_locked(lii_version *version, uint64_t due_ns)
{
    lii_provisioned *p = &version->locked.provisioned;

    if (!p->is_running)
        lii_timer_set_locked(version->engine, &p->timer, due_ns);    /* promised: cannot fail */
}

static void totals_locked(lii_version *version, uint64_t requested)
{
    li_function *function = version->function;
    lii_provisioned *p = &version->locked.provisioned;

    function->locked.provisioned += requested - p->requested;
    if (function->locked.reserved < 0)
        version->engine->locked.unreserved_provisioned += requested - p->requested;
    p->requested = requested;
    atomic_store(&version->is_shared, requested > 0);
    atomic_fetch_add(&version->epoch, 1);        /* those that are out of their slots look at it when they come back */
}

int lii_provisioned_surplus_locked(const lii_env *env)
{
    return env->is_provisioned && env->version->locked.provisioned.allocated > env->version->locked.provisioned.requested;
}

void lii_provisioned_lost_locked(lii_env *env)
{
    lii_provisioned *p = &env->version->locked.provisioned;

    if (!env->is_provisioned)
        return;
    p->allocated--;
    p->available -= env->is_provisioned == AVAILABLE;
    env->is_provisioned = 0;
    if (p->allocated < p->requested && p->status != LI_PROVISIONED_FAILED) {
        p->status = LI_PROVISIONED_IN_PROGRESS;
        arm_locked(env->version, lii_now_ns(env->function->engine));
    }
}

/* Take what is idle beyond `keep` environments out of the pool. */
static void shrink_locked(lii_version *version, uint64_t keep, lii_env **retired)
{
    lii_provisioned *p = &version->locked.provisioned;
    lii_env **lists[] = { &p->warming, &version->locked.idle }, **link, *env;
    size_t i;

    for (i = 0; i < 2; i++) {
        link = lists[i];
        while ((env = *link) != NULL && p->allocated > keep) {
            if (!env->is_provisioned) {
                link = &env->next_idle;
                continue;
            }
            *link = env->next_idle;
            lii_env_unlink_locked(env);
            env->next_idle = *retired;
            *retired = env;
        }
    }
}

void lii_provisioned_end_locked(lii_version *version, lii_env **retired)
{
    totals_locked(version, 0);
    shrink_locked(version, 0, retired);
    version->locked.provisioned.status = 0;
}

/* ---- the timer: makes environments and lets them in when their simulated initialisation is over */

static void let_in_locked(lii_version *version)
{
    lii_provisioned *p = &version->locked.provisioned;
    uint64_t now = lii_now_ns(version->engine);
    lii_env *env;

    while ((env = p->warming) != NULL && env->last_used_ns <= now) {
        p->warming = env->next_idle;
        env->is_provisioned = AVAILABLE;
        env->state = LII_ENV_IDLE;
        env->epoch = atomic_load(&version->epoch);
        env->next_idle = version->locked.idle;
        version->locked.idle = env;
        p->available++;
    }
    if (p->requested > 0 && p->available >= p->requested)
        p->status = LI_PROVISIONED_READY;
}

static void warm_locked(lii_provisioned *p, lii_env *env, uint64_t ready_ns)
{
    lii_env **link = &p->warming;

    env->last_used_ns = ready_ns;
    while (*link && (*link)->last_used_ns <= ready_ns)
        link = &(*link)->next_idle;
    env->next_idle = *link;
    *link = env;
}

static void give_up_locked(lii_version *version, lii_env **retired)
{
    lii_provisioned *p = &version->locked.provisioned;

    p->status = LI_PROVISIONED_FAILED;
    p->reason = "FUNCTION_ERROR_INIT_FAILURE";
    shrink_locked(version, 0, retired);
}

/* A handler that is not registered yet, of a function that was there before, is waited for. */
static int is_wanted_locked(const lii_version *version)
{
    const lii_provisioned *p = &version->locked.provisioned;

    return version->locked.code && !version->locked.code->is_parked && p->status == LI_PROVISIONED_IN_PROGRESS &&
           p->allocated < p->requested;
}

/* One more environment, its initialisation outside the lock. 0: none is wanted, or none can be had. */
static int make_one(lii_version *version, lii_env **retired)
{
    li_engine *engine = version->engine;
    lii_provisioned *p = &version->locked.provisioned;
    uint64_t simulated = 0;
    lii_env *env = NULL;
    int failed;

    pthread_mutex_lock(&engine->lock);
    if (is_wanted_locked(version)) {
        env = lii_env_new_locked(version);
        if (env) {
            env->is_provisioned = WARMING;
            env->state = LII_ENV_BUSY;
            p->allocated++;
        }
    }
    pthread_mutex_unlock(&engine->lock);
    if (!env)
        return 0;
    failed = lii_env_initialise(env, &simulated) != 0;
    pthread_mutex_lock(&engine->lock);
    if (failed || !version->locked.code || lii_provisioned_surplus_locked(env)) {
        lii_env_unlink_locked(env);
        env->next_idle = *retired;
        *retired = env;
        if (failed)
            give_up_locked(version, retired);
    } else {
        warm_locked(p, env, lii_now_ns(engine) + simulated);
    }
    pthread_mutex_unlock(&engine->lock);
    return !failed;
}

static void provision_run(lii_timer *timer)
{
    lii_version *version = timer->user;
    li_engine *engine = version->engine;
    lii_provisioned *p = &version->locked.provisioned;
    lii_env *retired = NULL;
    uint64_t next;

    pthread_mutex_lock(&engine->lock);
    p->is_running = 1;
    pthread_mutex_unlock(&engine->lock);
    while (make_one(version, &retired)) {
    }
    pthread_mutex_lock(&engine->lock);
    p->is_running = 0;
    let_in_locked(version);
    next = p->warming ? p->warming->last_used_ns : LI_NEVER;
    if (is_wanted_locked(version) && next > lii_now_ns(engine) + AGAIN_MS * LI_MS_NS)
        next = lii_now_ns(engine) + AGAIN_MS * LI_MS_NS;
    if (next != LI_NEVER)
        arm_locked(version, next);
    pthread_mutex_unlock(&engine->lock);
    lii_envs_retire_list(retired, LI_RETIRE_SPINDOWN);
}

/* ---- asked for */

/* Once: a worker may be in the timer. */
static li_status prepare_locked(lii_version *version, li_error *err)
{
    lii_provisioned *p = &version->locked.provisioned;

    if (p->timer.run)
        return LI_OK;
    if (lii_timer_promise_locked(version->engine, &p->timer) != LI_OK)
        return lii_no_memory(err, "a timer");
    p->timer.run = provision_run;
    p->timer.user = version;
    return LI_OK;
}

/* Of a version that is prepared. */
static void start_locked(lii_version *version, uint64_t n, const char *qualifier, lii_env **retired)
{
    li_engine *engine = version->engine;
    lii_provisioned *p = &version->locked.provisioned;

    arm_locked(version, lii_now_ns(engine));
    totals_locked(version, n);
    snprintf(p->qualifier, sizeof p->qualifier, "%s", qualifier);
    p->status = p->available >= n ? LI_PROVISIONED_READY : LI_PROVISIONED_IN_PROGRESS;
    p->reason = "";
    p->modified_ms = li_engine_now_ms(engine);
    lii_version_changed_locked(version, retired);
    shrink_locked(version, n, retired);
    lii_credits_trim_locked(version->function);
}

/* At open, and when the handler of a version that was there before has been registered. */
li_status lii_provisioned_restore_locked(lii_version *version, const char *qualifier, uint64_t n, uint64_t modified_ms)
{
    lii_env *retired = NULL;     /* none was made yet */
    li_status status = prepare_locked(version, NULL);

    if (status != LI_OK || version->locked.provisioned.requested > 0)
        return status;
    start_locked(version, n, qualifier, &retired);
    version->locked.provisioned.modified_ms = modified_ms;
    return LI_OK;
}

void lii_provisioned_go_on_locked(lii_version *version)
{
    if (is_wanted_locked(version))
        arm_locked(version, lii_now_ns(version->engine));
}

/* The version that is provisioned by this alias, which points to it; NULL: none. */
static lii_version *of_alias_locked(li_function *function, const char *alias, uint64_t number)
{
    lii_version *version = lii_version_number_locked(function, number);

    return version && version->locked.provisioned.requested > 0 &&
                   strcmp(version->locked.provisioned.qualifier, alias) == 0
               ? version
               : NULL;
}

li_status lii_provisioned_may_follow_locked(li_function *function, const char *alias, uint64_t before, uint64_t after,
                                            li_error *err)
{
    lii_version *to = lii_version_number_locked(function, after);

    if (!of_alias_locked(function, alias, before))
        return LI_OK;
    if (!to)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_PROVISIONED_LATEST, alias, LI_Z,
                        "provisioned concurrency is for a published version or an alias of one");
    if (to->locked.provisioned.requested > 0)
        return lii_fail(err, LI_E_CONFLICT, LI_DETAIL_PROVISIONED_VERSION, to->locked.provisioned.qualifier, LI_Z,
                        "version %llu is provisioned by %s already", (unsigned long long)after, to->locked.provisioned.qualifier);
    return prepare_locked(to, err);
}

void lii_provisioned_follow_locked(li_function *function, const char *alias, uint64_t before, uint64_t after,
                                   lii_env **retired)
{
    lii_version *from = of_alias_locked(function, alias, before), *to = lii_version_number_locked(function, after);
    uint64_t n;

    if (!from)
        return;
    n = from->locked.provisioned.requested;
    lii_provisioned_end_locked(from, retired);
    if (to)
        start_locked(to, n, alias, retired);
}

static li_status check_room_locked(const lii_version *version, uint64_t n, li_error *err)
{
    const li_function *function = version->function;
    const li_engine *engine = version->engine;
    uint64_t others = function->locked.provisioned - version->locked.provisioned.requested;
    int64_t pool;

    if (function->locked.reserved >= 0) {
        if (n + others > (uint64_t)function->locked.reserved)
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_PROVISIONED_RESERVED, "n", LI_Z,
                            "%llu provisioned is more than the %lld that are reserved", (unsigned long long)(n + others),
                            (long long)function->locked.reserved);
        return LI_OK;
    }
    pool = LII_CONFIG(engine, account_concurrency) - engine->locked.reserved_sum -
           (int64_t)(engine->locked.unreserved_provisioned - version->locked.provisioned.requested);
    if ((int64_t)n > pool)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_PROVISIONED_ACCOUNT, "n", LI_Z,
                        "%llu is more than the unreserved concurrency, %lld", (unsigned long long)n, (long long)pool);
    if (pool - (int64_t)n < LII_CONFIG(engine, min_unreserved))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_PROVISIONED_MINIMUM, "n", LI_Z,
                        "%llu provisioned would leave %lld unreserved; the minimum is %lld", (unsigned long long)n,
                        (long long)(pool - (int64_t)n), (long long)LII_CONFIG(engine, min_unreserved));
    return LI_OK;
}

/* The version of a qualifier that may be provisioned. */
static li_status find(li_engine *engine, const char *name, size_t name_len, const char *qualifier, size_t qualifier_len,
                      lii_target_ref *target, li_error *err)
{
    li_status status = lii_function_find(engine, name, name_len, lii_slice(qualifier, qualifier_len), target, err);

    if (status == LI_OK && (target->qualifier[0] == '\0' || strcmp(target->qualifier, "$LATEST") == 0))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_PROVISIONED_LATEST, "qualifier", LI_Z,
                        "provisioned concurrency is for a published version or an alias of one");
    return status;
}

static void fill_locked(const lii_version *version, li_provisioned_info *info)
{
    const lii_provisioned *p = &version->locked.provisioned;

    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    memcpy(info->qualifier, p->qualifier, sizeof info->qualifier);
    snprintf(info->reason, sizeof info->reason, "%s", p->reason ? p->reason : "");
    info->requested = p->requested;
    info->allocated = p->allocated;
    info->available = p->available;
    info->modified_ms = p->modified_ms;
    info->status = p->status;
}

/* NULL: the qualifier has no config of its own; err says so. */
static lii_version *own_config_locked(const lii_target_ref *target, li_error *err)
{
    lii_version *version = lii_version_locked(target->function, target->qualifier, 0);

    if (version && version->locked.provisioned.requested > 0 &&
        strcmp(version->locked.provisioned.qualifier, target->qualifier) == 0)
        return version;
    lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_PROVISIONED_MISSING, target->qualifier, LI_Z,
             "no provisioned concurrency for %s:%s", target->function->name, target->qualifier);
    return NULL;
}

li_status li_provisioned_put(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                             size_t qualifier_len, uint64_t n, li_provisioned_info *info, li_error *err)
{
    li_provisioned_info found;
    lii_env *retired = NULL;
    lii_target_ref target;
    lii_version *version;
    li_status status = find(engine, name, name_len, qualifier, qualifier_len, &target, err);

    if (status != LI_OK)
        return status;
    if (n < 1 || n > 1000000)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_LIMIT_RANGE, "n", LI_Z, "n is 1 to 1000000, not %llu",
                        (unsigned long long)n);
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    version = lii_version_locked(target.function, target.qualifier, 0);
    if (!version || version == &target.function->latest)
        status = version ? lii_fail(err, LI_E_INVALID, LI_DETAIL_PROVISIONED_LATEST, "qualifier", LI_Z,
                                    "the alias points to $LATEST, which cannot be provisioned")
                         : lii_not_found(engine, target.function->name, target.function->name_len, target.qualifier, err);
    else if (version->locked.provisioned.requested > 0 &&
             strcmp(version->locked.provisioned.qualifier, target.qualifier) != 0)
        status = lii_fail(err, LI_E_CONFLICT,
                          lii_qualifier_is_version(lii_slice(target.qualifier, LI_Z)) ? LI_DETAIL_PROVISIONED_ALIAS
                                                                                      : LI_DETAIL_PROVISIONED_VERSION,
                          version->locked.provisioned.qualifier, LI_Z, "version %llu is provisioned by %s already",
                          (unsigned long long)version->number, version->locked.provisioned.qualifier);
    else
        status = check_room_locked(version, n, err);
    if (status == LI_OK)
        status = prepare_locked(version, err);
    if (status == LI_OK)
        status = lii_settings_provisioned_locked(target.function, target.qualifier, n, err);
    if (status == LI_OK) {
        start_locked(version, n, target.qualifier, &retired);
        fill_locked(version, &found);
    }
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    lii_envs_retire_list(retired, LI_RETIRE_SPINDOWN);
    return status == LI_OK && info ? lii_options_write(info, &found, sizeof found) : status;
}

li_status li_provisioned_get(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                             size_t qualifier_len, li_provisioned_info *info, li_error *err)
{
    li_provisioned_info found;
    lii_target_ref target;
    const lii_version *version;
    li_status status = find(engine, name, name_len, qualifier, qualifier_len, &target, err);

    if (status != LI_OK)
        return status;
    pthread_mutex_lock(&engine->lock);
    version = own_config_locked(&target, err);
    if (version)
        fill_locked(version, &found);
    pthread_mutex_unlock(&engine->lock);
    return version ? lii_options_write(info, &found, sizeof found) : LI_E_NOT_FOUND;
}

li_status li_provisioned_remove(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                size_t qualifier_len, li_error *err)
{
    lii_env *retired = NULL;
    lii_target_ref target;
    lii_version *version;
    li_status status = find(engine, name, name_len, qualifier, qualifier_len, &target, err);

    if (status != LI_OK)
        return status;
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    version = own_config_locked(&target, NULL);
    if (version)
        status = lii_settings_provisioned_locked(target.function, target.qualifier, 0, err);
    if (version && status == LI_OK)
        lii_provisioned_end_locked(version, &retired);
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    lii_envs_retire_list(retired, LI_RETIRE_SPINDOWN);
    return status;
}
