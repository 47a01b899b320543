/* loop.c - what makes the engine go: timers in due order, run by a step of the embedder or by threads of the engine's.
 *
 * Two heaps share one sequence. Workers serve `timers` and the jobs of synchronous callers; one timekeeper serves
 * `deadlines`, so that a time-out is told while every worker hangs in a handler. A driven step serves both in one order. */
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "engine/engine.h"

enum { TIMER_SET = 1, TIMER_RUNNING = 2 };

li_status lii_loop_new(li_engine *engine)
{
    (void)engine;
    return LI_OK;
}

void lii_loop_free(li_engine *engine)
{
    if (engine->fd_epoll >= 0)
        close(engine->fd_epoll);
    if (engine->fd_event >= 0)
        close(engine->fd_event);
    if (engine->fd_timer >= 0)
        close(engine->fd_timer);
}

/* ---- the descriptor for poll() */

static void fd_signal_locked(li_engine *engine)
{
    uint64_t one = 1;
    ssize_t n;

    if (engine->fd_event < 0)
        return;
    do
        n = write(engine->fd_event, &one, sizeof one);
    while (n < 0 && errno == EINTR);
}

void lii_fd_signal(li_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    fd_signal_locked(engine);
    pthread_mutex_unlock(&engine->lock);
}

static void fd_arm_locked(li_engine *engine, uint64_t due, uint64_t now)
{
    struct itimerspec when;
    uint64_t left;

    if (engine->fd_timer < 0 || engine->is_virtual || engine->fd_armed_ns == due)
        return;
    engine->fd_armed_ns = due;
    memset(&when, 0, sizeof when);
    if (due != LI_NEVER) {
        left = due > now ? due - now : 1;
        if (left > 365 * 24 * LI_HOUR_NS)
            left = 365 * 24 * LI_HOUR_NS;
        when.it_value.tv_sec = (time_t)(left / LI_SECOND_NS);
        when.it_value.tv_nsec = (long)(left % LI_SECOND_NS);
    }
    timerfd_settime(engine->fd_timer, 0, &when, NULL);
}

static void fd_drain_locked(li_engine *engine)
{
    uint64_t count;
    ssize_t n;

    if (engine->fd_event < 0)
        return;
    n = read(engine->fd_event, &count, sizeof count);
    n = read(engine->fd_timer, &count, sizeof count);
    (void)n;
}

int32_t li_engine_fd(li_engine *engine)
{
    struct epoll_event event;
    int epoll, wake, timer;

    pthread_mutex_lock(&engine->lock);
    if (engine->fd_epoll < 0) {
        epoll = epoll_create1(EPOLL_CLOEXEC);
        wake = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
        timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        memset(&event, 0, sizeof event);
        event.events = EPOLLIN;
        if (epoll < 0 || wake < 0 || timer < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) != 0 ||
            epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event) != 0) {
            if (epoll >= 0)
                close(epoll);
            if (wake >= 0)
                close(wake);
            if (timer >= 0)
                close(timer);
            pthread_mutex_unlock(&engine->lock);
            return LI_E_IO;
        }
        engine->fd_epoll = epoll;
        engine->fd_event = wake;
        engine->fd_timer = timer;
        engine->fd_armed_ns = LI_NEVER;
    }
    epoll = engine->fd_epoll;
    pthread_mutex_unlock(&engine->lock);
    return epoll;
}

/* ---- timers */

static uint64_t first_due(const lii_heap *heap)
{
    const lii_heap_entry *entry = lii_heap_first(heap);

    return entry ? entry->due : LI_NEVER;
}

static uint64_t next_due_locked(li_engine *engine)
{
    uint64_t a = first_due(&engine->locked.timers), b = first_due(&engine->locked.deadlines);

    return a < b ? a : b;
}

static li_status heap_put_locked(li_engine *engine, lii_heap *heap, lii_timer *timer, uint64_t due_ns)
{
    li_status status = LI_OK;

    if (due_ns == LI_NEVER)
        due_ns--;
    if (timer->node.index == 0)
        status = lii_heap_reserve(heap, 1 + engine->locked.n_running_timers);
    if (status == LI_OK)
        status = lii_heap_set(heap, &timer->node, due_ns, ++engine->locked.sequence);
    if (status == LI_OK)
        timer->state |= TIMER_SET;
    return status;
}

li_status lii_timer_set_locked(li_engine *engine, lii_timer *timer, uint64_t due_ns)
{
    uint64_t before = first_due(&engine->locked.timers);
    li_status status = heap_put_locked(engine, &engine->locked.timers, timer, due_ns);

    if (status != LI_OK)
        return status;
    if (atomic_load_explicit(&engine->is_threaded, memory_order_relaxed)) {
        if (engine->locked.n_idle > 0 && due_ns < before)
            pthread_cond_signal(&engine->work);
    } else if (engine->locked.stepping == 0) {
        pthread_cond_signal(&engine->work);
        fd_signal_locked(engine);
    }
    return LI_OK;
}

li_status lii_deadline_set_locked(li_engine *engine, lii_timer *timer, uint64_t due_ns)
{
    uint64_t before = first_due(&engine->locked.deadlines);
    li_status status = heap_put_locked(engine, &engine->locked.deadlines, timer, due_ns);

    if (status != LI_OK)
        return status;
    if (atomic_load_explicit(&engine->is_threaded, memory_order_relaxed)) {
        if (due_ns < before)
            pthread_cond_signal(&engine->deadline_work);
    } else {
        pthread_cond_signal(&engine->work);
        fd_signal_locked(engine);
    }
    return LI_OK;
}

void lii_deadline_cancel_locked(li_engine *engine, lii_timer *timer)
{
    lii_heap_remove(&engine->locked.deadlines, &timer->node);
    timer->state &= ~(uint32_t)TIMER_SET;
}

li_status lii_timer_set(li_engine *engine, lii_timer *timer, uint64_t due_ns)
{
    li_status status;

    pthread_mutex_lock(&engine->lock);
    status = lii_timer_set_locked(engine, timer, due_ns);
    pthread_mutex_unlock(&engine->lock);
    return status;
}

void lii_timer_cancel(li_engine *engine, lii_timer *timer)
{
    pthread_mutex_lock(&engine->lock);
    lii_heap_remove(&engine->locked.timers, &timer->node);
    timer->state &= ~(uint32_t)TIMER_SET;
    while ((timer->state & TIMER_RUNNING) && !pthread_equal(timer->runner, pthread_self()))
        pthread_cond_wait(&engine->changed, &engine->lock);
    pthread_mutex_unlock(&engine->lock);
}

/* Pop the first of a heap and run it without the lock. Those that may free themselves are not touched afterwards. */
static void run_first_locked(li_engine *engine, lii_heap *heap)
{
    lii_timer *timer = (lii_timer *)(void *)lii_heap_pop(heap);
    int stays = heap == &engine->locked.timers && !timer->is_once;
    lii_frame frame;

    timer->state &= ~(uint32_t)TIMER_SET;
    if (stays) {
        timer->state |= TIMER_RUNNING;
        timer->runner = pthread_self();
    }
    engine->locked.n_running_timers++;
    pthread_mutex_unlock(&engine->lock);
    lii_frame_push(&frame, engine, NULL);
    timer->run(timer);
    lii_frame_pop(&frame);
    pthread_mutex_lock(&engine->lock);
    engine->locked.n_running_timers--;
    if (stays) {
        timer->state &= ~(uint32_t)TIMER_RUNNING;
        if (atomic_load_explicit(&engine->is_threaded, memory_order_relaxed))
            pthread_cond_broadcast(&engine->changed);
    }
}

/* ---- driven */

int lii_step(li_engine *engine)
{
    const lii_heap_entry *a, *b;
    uint64_t now = lii_now_ns(engine);
    lii_heap *heap;
    int ran = 0;

    pthread_mutex_lock(&engine->lock);
    a = lii_heap_first(&engine->locked.timers);
    b = lii_heap_first(&engine->locked.deadlines);
    heap = !b || (a && (a->due < b->due || (a->due == b->due && a->sequence < b->sequence))) ? &engine->locked.timers
                                                                                            : &engine->locked.deadlines;
    if (first_due(heap) <= now) {
        engine->locked.stepping++;
        run_first_locked(engine, heap);
        engine->locked.stepping--;
        ran = 1;
    }
    if (next_due_locked(engine) > now) {
        fd_drain_locked(engine);
        fd_arm_locked(engine, next_due_locked(engine), now);
    }
    pthread_mutex_unlock(&engine->lock);
    return ran;
}

static li_status may_drive(li_engine *engine)
{
    if (lii_inside(engine))
        return LI_E_MISUSE;
    return atomic_load(&engine->is_threaded) ? LI_E_STATE : LI_OK;
}

li_status li_engine_step(li_engine *engine, uint64_t *n_done)
{
    li_status status = may_drive(engine);
    int ran;

    if (status != LI_OK)
        return status;
    ran = lii_step(engine);
    if (n_done)
        *n_done = (uint64_t)ran;
    return LI_OK;
}

li_status li_engine_run_until_idle(li_engine *engine, uint64_t *n_done)
{
    li_status status = may_drive(engine);
    uint64_t n = 0;

    if (status != LI_OK)
        return status;
    while (lii_step(engine))
        n++;
    if (n_done)
        *n_done = n;
    return LI_OK;
}

uint64_t li_engine_next_deadline(li_engine *engine)
{
    uint64_t due;

    pthread_mutex_lock(&engine->lock);
    due = next_due_locked(engine);
    pthread_mutex_unlock(&engine->lock);
    return due;
}

/* ---- waiting for one answer */

static int wait_virtual(li_engine *engine)
{
    uint64_t due, now, left;

    if (lii_step(engine))
        return 0;
    if (li_engine_external(engine) > 0 && engine->clock_user.wait_external(engine, 10000))
        return 0;
    due = li_engine_next_deadline(engine);
    if (due == LI_NEVER)
        return -1;
    now = lii_now_ns(engine);
    return li_clock_advance(engine->clock, due > now ? due - now : 0, &left) == LI_OK ? 0 : -1;
}

int lii_wait_until(li_engine *engine, const int *is_done)
{
    int done, stuck = 0;

    for (;;) {
        pthread_mutex_lock(&engine->lock);
        if (atomic_load(&engine->is_threaded)) {
            while (!*is_done && atomic_load(&engine->is_threaded))
                pthread_cond_wait(&engine->changed, &engine->lock);
        } else if (!engine->is_virtual && !*is_done && next_due_locked(engine) > lii_now_ns(engine)) {
            lii_clock_wait(engine->clock, &engine->work, &engine->lock, next_due_locked(engine));
        }
        done = *is_done;
        pthread_mutex_unlock(&engine->lock);
        if (done)
            return 0;
        if (stuck)
            return -1;
        if (engine->is_virtual)
            stuck = wait_virtual(engine);
        else if (!atomic_load(&engine->is_threaded))
            lii_step(engine);
    }
}

/* ---- threaded */

void lii_job_add_locked(li_invocation *inv)
{
    li_engine *engine = inv->engine;

    inv->next = NULL;
    if (engine->locked.jobs_last)
        engine->locked.jobs_last->next = inv;
    else
        engine->locked.jobs_first = inv;
    engine->locked.jobs_last = inv;
    pthread_cond_signal(&engine->work);
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

static int has_surplus_locked(const li_engine *engine)
{
    return engine->locked.n_alive - engine->locked.n_stuck > engine->locked.n_workers;
}

/* One thing of the worker's two kinds, in turns; 0: nothing was due. */
static int work_locked(li_engine *engine)
{
    int stopping = atomic_load(&engine->is_stopping);
    int timer = !stopping && first_due(&engine->locked.timers) <= lii_now_ns(engine);
    int job = engine->locked.jobs_first != NULL;

    if (!timer && !job)
        return 0;
    if (job && (!timer || (engine->locked.turn++ & 1))) {
        li_invocation *inv = job_pop_locked(engine);

        pthread_mutex_unlock(&engine->lock);
        lii_job_run(inv);
        pthread_mutex_lock(&engine->lock);
    } else {
        run_first_locked(engine, &engine->locked.timers);
    }
    return 1;
}

static void *worker_main(void *argument)
{
    lii_thread *self = argument;
    li_engine *engine = self->engine;

    pthread_mutex_lock(&engine->lock);
    for (;;) {
        if (has_surplus_locked(engine))
            break;
        if (work_locked(engine))
            continue;
        if (atomic_load(&engine->is_stopping))
            break;
        engine->locked.n_idle++;
        lii_clock_wait(engine->clock, &engine->work, &engine->lock, first_due(&engine->locked.timers));
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
        if (first_due(&engine->locked.deadlines) <= lii_now_ns(engine))
            run_first_locked(engine, &engine->locked.deadlines);
        else
            lii_clock_wait(engine->clock, &engine->deadline_work, &engine->lock, first_due(&engine->locked.deadlines));
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
    lii_table_slot *slot;
    size_t i, n = 0, k;
    struct {
        li_id id;
        const char *function;
    } list[LII_THREADS];

    pthread_mutex_lock(&engine->lock);
    for (i = 0; (slot = lii_table_next(&engine->locked.functions, &i)) != NULL; i++) {
        const lii_env *env = ((li_function *)slot->value)->locked.all;

        for (; env && n < LII_THREADS; env = env->next_all)
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
    if (left > 0) {
        if (report)
            report_running(engine, report, user);
        return LI_E_TIMEOUT;
    }
    lii_journal(engine, LI_STEP_ENGINE, NULL, "", 0, "stop");
    return LI_OK;
}

/* ---- registries of the layers above */

void *lii_engine_slot(li_engine *engine, int which, void *(*make)(li_engine *engine), void (*free)(void *registry))
{
    void *registry, *mine;

    pthread_mutex_lock(&engine->lock);
    registry = engine->locked.slots[which];
    pthread_mutex_unlock(&engine->lock);
    if (registry || !make)
        return registry;
    mine = make(engine);
    if (!mine)
        return NULL;
    pthread_mutex_lock(&engine->lock);
    registry = engine->locked.slots[which];
    if (!registry) {
        engine->locked.slots[which] = registry = mine;
        engine->locked.slot_free[which] = free;
        mine = NULL;
    }
    pthread_mutex_unlock(&engine->lock);
    if (mine)
        free(mine);
    return registry;
}
