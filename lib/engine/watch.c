/* watch.c - handlers on worker threads, watched for their deadlines without a lock.
 *
 * A worker says in its own words what it runs and until when; the timekeeper reads them. Who ends the run is settled by one
 * compare and exchange of the state, from running to idle by the worker or to abandoned by the timekeeper. A state carries
 * the number of its run, so that the timekeeper never takes one run for the next. */
#include "engine/engine.h"

enum { RUN = 4 };                /* a state is run number * RUN + one of these */
enum { IDLE = 0, RUNNING = 1, ABANDONED = 2, BETWEEN = 3 };    /* BETWEEN two runs of a turn */

static lii_thread *worker_of(const li_invocation *inv)
{
    return lii_self && lii_self->engine == inv->engine ? lii_self : NULL;
}

int lii_watch_is_free(const li_invocation *inv)
{
    const lii_thread *worker = worker_of(inv);

    return worker && !worker->batch && atomic_load_explicit(&worker->watch.state, memory_order_relaxed) % RUN == IDLE;
}

void lii_watch_begin(li_invocation *inv, int is_first)
{
    lii_thread *worker = worker_of(inv);
    li_engine *engine = inv->engine;
    uint64_t state;

    if (!worker)
        return;
    state = (atomic_load_explicit(&worker->watch.state, memory_order_relaxed) / RUN + 1) * RUN + RUNNING;
    atomic_store_explicit(&worker->watch.invocation, inv, memory_order_relaxed);
    atomic_store_explicit(&worker->watch.due_ns, inv->deadline_ns, memory_order_relaxed);
    /* release pairs with the acquire of the timekeeper */
    atomic_store_explicit(&worker->watch.state, state, memory_order_release);
    inv->watched = 1;
    if (!is_first)
        return;                  /* the timekeeper knows of an earlier deadline of this worker */
    /* All changes of keeper_wakes_ns are exchanges: either the timekeeper's last look before it sleeps comes after ours and
     * sees this run, or we see for how long it sleeps. */
    if (inv->deadline_ns < atomic_fetch_add_explicit(&engine->keeper_wakes_ns, 0, memory_order_acq_rel)) {
        pthread_mutex_lock(&engine->lock);
        pthread_cond_signal(&engine->deadline_work);
        pthread_mutex_unlock(&engine->lock);
    }
}

int lii_watch_end(li_invocation *inv, int goes_on)
{
    lii_thread *worker = worker_of(inv);
    unsigned long long running = atomic_load_explicit(&worker->watch.state, memory_order_relaxed);

    inv->watched = 0;
    return running % RUN == RUNNING &&
           atomic_compare_exchange_strong_explicit(&worker->watch.state, &running, running - RUNNING + (goes_on ? BETWEEN : IDLE),
                                                   memory_order_acq_rel, memory_order_acquire);
}

void lii_watch_late(li_invocation *inv, int32_t verdict)
{
    li_engine *engine = inv->engine;
    int stays;

    pthread_mutex_lock(&engine->lock);
    while (inv->is_telling)
        pthread_cond_wait(&engine->changed, &engine->lock);
    engine->locked.n_stuck--;
    stays = verdict == LI_PENDING && atomic_load(&inv->has_answer) == 0;
    if (verdict == LI_PENDING)
        inv->was_pending = 1;
    else
        inv->function->locked.sums.late_results++;
    pthread_mutex_unlock(&engine->lock);
    if (stays)
        return;                  /* its completion ends the environment */
    if (verdict != LI_PENDING)
        lii_journal(engine, LI_STEP_LATE, &inv->id, inv->function->name, inv->attempt, "returned");
    lii_env_discard(inv->env, LI_RETIRE_TIMEOUT);
}

/* The handler goes on; its environment is its alone, and the caller gets the time-out now. */
static void abandon_locked(lii_thread *worker, li_invocation *inv)
{
    li_engine *engine = inv->engine;

    inv->answer_kind = LII_ANSWER_TIMEOUT;
    atomic_store(&inv->is_cancelled, 1);
    atomic_store(&inv->state, LII_INV_ABANDONED);
    inv->env->state = LII_ENV_ABANDONED;
    lii_env_leave_locked(inv->env);
    inv->end_ns = inv->deadline_ns;
    inv->is_telling = 1;
    engine->locked.n_stuck++;
    lii_worker_replace_locked(engine);
    if (worker->held) {
        lii_lane *lane = worker->held;

        lii_lane_let_go_locked(worker);
        lii_lane_arm_locked(lane, lii_now_ns(engine));
    }
    pthread_mutex_unlock(&engine->lock);
    if (worker->batch) {
        lii_turn_settle(worker->batch);
        lii_batch_give_back(worker->batch);
    }
    lii_invocation_pin(inv);
    lii_invocation_settle(inv);
    if (inv->on_settled)
        inv->on_settled(inv);
    pthread_mutex_lock(&engine->lock);
    inv->is_telling = 0;
    pthread_cond_broadcast(&engine->changed);
    lii_jobs_refuse_locked(engine);
}

void lii_watch_rest(void)
{
    unsigned long long state = atomic_load_explicit(&lii_self->watch.state, memory_order_relaxed);

    if (state % RUN == BETWEEN)
        atomic_store_explicit(&lii_self->watch.state, state - BETWEEN + IDLE, memory_order_release);
}

/* Between two runs of a turn the deadline of the first counts still, since the second is not told of; once it has passed, a look
 * follows soon. */
uint64_t lii_watch_first_due(const li_engine *engine, uint64_t now_ns)
{
    uint64_t first = LI_NEVER;
    size_t i;

    for (i = 0; i < LII_THREADS; i++) {
        const lii_watch *watch = &engine->locked.threads[i].watch;

        unsigned what = (unsigned)(atomic_load_explicit(&watch->state, memory_order_acquire) % RUN);
        uint64_t due = atomic_load_explicit(&watch->due_ns, memory_order_relaxed);

        if (what == BETWEEN && due <= now_ns)
            due = now_ns + LI_MS_NS;
        if (due < first && (what == RUNNING || what == BETWEEN))
            first = due;
    }
    return first;
}

int lii_watch_expire_locked(li_engine *engine, uint64_t now_ns)
{
    size_t i;

    for (i = 0; i < LII_THREADS; i++) {
        lii_watch *watch = &engine->locked.threads[i].watch;
        unsigned long long state = atomic_load_explicit(&watch->state, memory_order_acquire);
        li_invocation *inv = atomic_load_explicit(&watch->invocation, memory_order_relaxed);

        if (state % RUN == RUNNING && atomic_load_explicit(&watch->due_ns, memory_order_relaxed) <= now_ns &&
            atomic_compare_exchange_strong_explicit(&watch->state, &state, state - RUNNING + ABANDONED, memory_order_acq_rel,
                                                    memory_order_relaxed)) {
            abandon_locked(&engine->locked.threads[i], inv);
            return 1;
        }
    }
    return 0;
}
