/* threads.c - a threaded engine: workers for timers and the jobs of synchronous callers, and one timekeeper for deadlines,
 * so that a time-out is told while every worker hangs in a handler. */
#include <sched.h>
#include <signal.h>

#include "engine/engine.h"

int lii_job_add(li_invocation *inv)
{
    li_engine *engine = inv->engine;
    int is_taken;

    pthread_mutex_lock(&engine->lock);
    is_taken = engine->locked.n_alive == 0 || engine->locked.n_stuck < engine->locked.n_alive;
    if (is_taken) {
        inv->next = NULL;
        if (engine->locked.jobs_last)
            engine->locked.jobs_last->next = inv;
        else
            engine->locked.jobs_first = inv;
        engine->locked.jobs_last = inv;
        pthread_cond_signal(&engine->work);
    } else {
        atomic_store(&inv->state, LII_INV_IDLE);
    }
    pthread_mutex_unlock(&engine->lock);
    return is_taken;
}

static li_invocation *job_pop_locked(li_engine *engine)
{
    li_invocation *inv = engine->locked.jobs_first;

    engine->locked.jobs_first = inv->next;
    if (!engine->locked.jobs_first)
        engine->locked.jobs_last = NULL;
    inv->next = NULL;
    return inv;
}

/* Every worker hangs and no more are allowed: nobody will come for the calls that wait. They are told so, by an invocation that
 * never began. */
void lii_jobs_refuse_locked(li_engine *engine)
{
    while (engine->locked.jobs_first && engine->locked.n_stuck >= engine->locked.n_alive) {
        li_invocation *inv = job_pop_locked(engine);
        lii_env *env = inv->env;

        atomic_store(&inv->state, LII_INV_IDLE);
        pthread_mutex_unlock(&engine->lock);
        inv->on_settled(inv);
        lii_invocation_drop_response(inv);
        lii_env_release(env);
        pthread_mutex_lock(&engine->lock);
    }
}

static int has_surplus_locked(const li_engine *engine)
{
    return engine->locked.n_alive - engine->locked.n_stuck > engine->locked.n_workers;
}

/* One thing of the worker's two kinds, in turns; 0: nothing was due. */
static int work_locked(li_engine *engine)
{
    int stopping = atomic_load(&engine->is_stopping);
    int timer = !stopping && lii_first_due(&engine->locked.timers) <= lii_now_ns(engine);
    int job = engine->locked.jobs_first != NULL;

    if (!timer && !job)
        return 0;
    if (job && (!timer || (engine->locked.turn++ & 1))) {
        li_invocation *inv = job_pop_locked(engine);

        pthread_mutex_unlock(&engine->lock);
        lii_job_run(inv);
        pthread_mutex_lock(&engine->lock);
    } else {
        lii_run_first_locked(engine, &engine->locked.timers);
    }
    return 1;
}

/* Nobody else could come to a lane, and nothing else is to be done. */
int lii_worker_is_alone_locked(li_engine *engine, uint64_t now_ns)
{
    return engine->locked.n_alive - engine->locked.n_stuck == 1 && !engine->locked.jobs_first &&
           lii_first_due(&engine->locked.timers) > now_ns && !atomic_load_explicit(&engine->is_stopping, memory_order_relaxed);
}

void lii_lane_let_go_locked(lii_thread *worker)
{
    lii_lane *lane = worker->held;

    if (!lane)
        return;
    worker->held = NULL;
    atomic_exchange_explicit(&lane->armed_ns, LI_NEVER, memory_order_acq_rel);
}

_Thread_local lii_thread *lii_self __attribute__((tls_model("initial-exec")));

static void *worker_main(void *argument)
{
    lii_thread *self = argument;
    li_engine *engine = self->engine;
    int has_worked = 0;

    lii_self = self;
    pthread_mutex_lock(&engine->lock);
    for (;;) {
        if (has_surplus_locked(engine))
            break;
        if (work_locked(engine)) {
            has_worked = 1;
            continue;
        }
        if (atomic_load(&engine->is_stopping))
            break;
        if (has_worked) {        /* more may come at once, and to be woken costs more than to look again */
            has_worked = 0;
            pthread_mutex_unlock(&engine->lock);
            sched_yield();
            pthread_mutex_lock(&engine->lock);
            continue;
        }
        engine->locked.n_idle++;
        lii_clock_wait(engine->clock, &engine->work, &engine->lock, lii_first_due(&engine->locked.timers));
        engine->locked.n_idle--;
    }
    engine->locked.n_alive--;
    self->state = LII_THREAD_ENDED;
    pthread_cond_broadcast(&engine->changed);
    pthread_cond_signal(&engine->deadline_work);
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

static void *keeper_main(void *argument)
{
    lii_thread *self = argument;
    li_engine *engine = self->engine;

    pthread_mutex_lock(&engine->lock);
    while (!atomic_load(&engine->is_stopping) || engine->locked.n_alive > 0) {
        uint64_t now = lii_now_ns(engine), due = lii_first_due(&engine->locked.deadlines), runs_out;

        if (due <= now) {
            lii_run_first_locked(engine, &engine->locked.deadlines);
            continue;
        }
        if (lii_watch_expire_locked(engine, now))
            continue;
        runs_out = lii_watch_first_due(engine, now);
        due = runs_out < due ? runs_out : due;
        atomic_exchange_explicit(&engine->keeper_wakes_ns, due, memory_order_acq_rel);  /* before the look: lii_watch_begin */
        if (lii_watch_first_due(engine, now) >= due)
            lii_clock_wait(engine->clock, &engine->deadline_work, &engine->lock, due);
        atomic_exchange_explicit(&engine->keeper_wakes_ns, 0, memory_order_acq_rel);
    }
    self->state = LII_THREAD_ENDED;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

/* A thread that blocks every signal, in a free place. */
static int spawn_locked(li_engine *engine, void *(*main)(void *))
{
    sigset_t all, before;
    size_t i;
    int failed;

    for (i = 0; i < LII_THREADS && engine->locked.threads[i].state != LII_THREAD_FREE; i++)
        if (engine->locked.threads[i].state == LII_THREAD_ENDED) {
            pthread_join(engine->locked.threads[i].thread, NULL);
            break;
        }
    if (i == LII_THREADS)
        return -1;
    engine->locked.threads[i].engine = engine;
    engine->locked.threads[i].state = LII_THREAD_ALIVE;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&engine->locked.threads[i].thread, NULL, main, &engine->locked.threads[i]);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        engine->locked.threads[i].state = LII_THREAD_FREE;
    return failed ? -1 : 0;
}

static int spawn_worker_locked(li_engine *engine)
{
    engine->locked.n_alive++;
    if (spawn_locked(engine, worker_main) == 0)
        return 0;
    engine->locked.n_alive--;
    return -1;
}

void lii_worker_replace_locked(li_engine *engine)
{
    if (!atomic_load(&engine->is_threaded) || atomic_load(&engine->is_stopping))
        return;
    if (engine->locked.n_alive - engine->locked.n_stuck < engine->locked.n_workers &&
        (int64_t)engine->locked.n_alive < LII_CONFIG(engine, max_threads))
        spawn_worker_locked(engine);
}

static int threads_locked(const li_engine *engine, uint32_t state)
{
    size_t i;
    int n = 0;

    for (i = 0; i < LII_THREADS; i++)
        n += engine->locked.threads[i].state == state;
    return n;
}

static void join_ended_locked(li_engine *engine)
{
    size_t i;

    for (i = 0; i < LII_THREADS; i++)
        if (engine->locked.threads[i].state == LII_THREAD_ENDED) {
            pthread_join(engine->locked.threads[i].thread, NULL);   /* it has let go of the lock for good */
            engine->locked.threads[i].state = LII_THREAD_FREE;
        }
}

li_status li_engine_start(li_engine *engine, uint32_t n_workers, li_error *err)
{
    li_status status = LI_OK;
    uint32_t i;

    if (lii_is_shut(engine))
        return lii_shut(engine, err);
    if (n_workers < 1 || n_workers > 256)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_LIMIT_RANGE, "n_workers", LI_Z, "n_workers is 1 to 256, not %u", n_workers);
    if (engine->is_virtual || !lii_clock_can_wait(engine->clock))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, "clock", LI_Z,
                        "an engine on a virtual clock is driven, not started");
    pthread_mutex_lock(&engine->lock);
    if (atomic_load(&engine->is_threaded) || threads_locked(engine, LII_THREAD_FREE) != LII_THREADS) {
        pthread_mutex_unlock(&engine->lock);
        return lii_fail(err, LI_E_STATE, LI_DETAIL_NONE, NULL, 0, "the engine is started already");
    }
    if (engine->queue_ops.drive && engine->queue_ops.drive(engine->queue, 1) != LI_OK) {
        pthread_mutex_unlock(&engine->lock);
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "the queue's thread cannot be made");
    }
    engine->locked.n_workers = n_workers;
    atomic_store(&engine->is_stopping, 0);
    atomic_store(&engine->is_threaded, 1);
    if (spawn_locked(engine, keeper_main) != 0)
        status = LI_E_NOMEM;
    for (i = 0; status == LI_OK && i < n_workers; i++)
        if (spawn_worker_locked(engine) != 0)
            status = LI_E_NOMEM;
    pthread_mutex_unlock(&engine->lock);
    if (status != LI_OK) {
        li_engine_stop(engine, 60000, NULL, NULL);
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "threads cannot be made");
    }
    lii_journal(engine, LI_STEP_ENGINE, NULL, "", 0, "start");
    return LI_OK;
}

static void report_running(li_engine *engine, void (*report)(void *user, const li_id *id, const char *function), void *user)
{
    const lii_env *env;
    lii_table_slot *slot;
    size_t i, n = 0, k;
    struct {
        li_id id;
        const char *function;
    } list[LII_THREADS];

    pthread_mutex_lock(&engine->lock);
    for (i = 0; (slot = lii_table_next(&engine->locked.functions, &i)) != NULL; i++) {
        const lii_version *version = &((li_function *)slot->value)->latest;

        for (; version; version = version->next)
            for (env = version->locked.all; env && n < LII_THREADS; env = env->next_all)
                if (env->invocation && env->invocation->in_handler) {
                    list[n].id = env->invocation->id;
                    list[n++].function = env->function->name;
                }
    }
    pthread_mutex_unlock(&engine->lock);
    for (k = 0; k < n; k++)
        report(user, &list[k].id, list[k].function);
}

li_status li_engine_stop(li_engine *engine, uint64_t deadline_ms,
                         void (*report)(void *user, const li_id *id, const char *function), void *user)
{
    struct timespec until;
    int left;

    if (engine && lii_is_forked(engine))
        return LI_E_FORKED;
    if (!engine)
        return LI_E_INVALID;
    clock_gettime(CLOCK_MONOTONIC, &until);
    if (deadline_ms > UINT64_C(31536000000))
        deadline_ms = UINT64_C(31536000000);
    until.tv_sec += (time_t)(deadline_ms / 1000);
    until.tv_nsec += (long)(deadline_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&engine->lock);
    if (!atomic_load(&engine->is_threaded)) {
        pthread_mutex_unlock(&engine->lock);
        return LI_OK;
    }
    atomic_store(&engine->is_stopping, 1);
    pthread_cond_broadcast(&engine->work);
    pthread_cond_broadcast(&engine->deadline_work);
    pthread_cond_broadcast(&engine->changed);
    if (lii_inside(engine)) {
        pthread_mutex_unlock(&engine->lock);
        return LI_OK;
    }
    while (threads_locked(engine, LII_THREAD_ALIVE) > 0)
        if (pthread_cond_timedwait(&engine->changed, &engine->lock, &until) != 0)
            break;
    join_ended_locked(engine);
    left = threads_locked(engine, LII_THREAD_ALIVE);
    if (left == 0) {
        atomic_store(&engine->is_threaded, 0);
        atomic_store(&engine->is_stopping, 0);
        pthread_cond_broadcast(&engine->changed);
    }
    pthread_mutex_unlock(&engine->lock);
    if (left == 0 && engine->queue_ops.drive)
        engine->queue_ops.drive(engine->queue, 0);
    if (left > 0) {
        if (report)
            report_running(engine, report, user);
        return LI_E_TIMEOUT;
    }
    lii_journal(engine, LI_STEP_ENGINE, NULL, "", 0, "stop");
    return LI_OK;
}
