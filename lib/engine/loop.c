/* loop.c - what makes the engine go: timers in due order, steps of an embedder, waiting for one answer.
 *
 * Two heaps share one sequence: `timers`, and `deadlines` of invocations. A driven step serves both in one order; of a
 * threaded engine workers serve the first and the timekeeper the second (threads.c). */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/lock.h"
#include "engine/engine.h"

enum { TIMER_SET = 1, TIMER_RUNNING = 2, TIMER_PROMISED = 4 };

li_status lii_loop_new(li_engine *engine)
{
    engine->mark = lii_fork_mark_new();
    return engine->mark ? LI_OK : LI_E_NOMEM;
}

void lii_loop_free(li_engine *engine)
{
    lii_fd_close(engine);
    lii_fork_mark_free(engine->mark);
}

void lii_fd_close(li_engine *engine)
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

    if (lii_is_forked(engine))
        return LI_E_FORKED;
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

uint64_t lii_first_due(lii_heap *heap)
{
    const lii_heap_entry *entry = lii_heap_first(heap);

    return entry ? entry->due : LI_NEVER;
}

static uint64_t next_due_locked(li_engine *engine)
{
    uint64_t a = lii_first_due(&engine->locked.timers), b = lii_first_due(&engine->locked.deadlines);

    return a < b ? a : b;
}

/* Places are kept for timers that were promised one and are not in the heap; one that leaves it is owed its place again. */
li_status lii_timer_promise_locked(li_engine *engine, lii_timer *timer)
{
    li_status status = lii_heap_reserve(&engine->locked.timers, 1 + engine->locked.n_running_timers + engine->locked.n_owed);

    if (status != LI_OK)
        return status;
    timer->state |= TIMER_PROMISED;
    engine->locked.n_owed++;
    return LI_OK;
}

void lii_timer_release_locked(li_engine *engine, lii_timer *timer)
{
    lii_heap_remove(&engine->locked.timers, &timer->node);
    if (timer->state & TIMER_PROMISED && !(timer->state & TIMER_SET))
        engine->locked.n_owed--;
    timer->state = 0;
}

static void left_heap_locked(li_engine *engine, lii_timer *timer)
{
    if ((timer->state & (TIMER_PROMISED | TIMER_SET)) == (TIMER_PROMISED | TIMER_SET))
        engine->locked.n_owed++;
    timer->state &= ~(uint32_t)TIMER_SET;
}

static li_status heap_put_locked(li_engine *engine, lii_heap *heap, lii_timer *timer, uint64_t due_ns)
{
    li_status status = LI_OK;

    if (due_ns == LI_NEVER)
        due_ns--;
    if (timer->node.place == 0) {
        if (timer->state & TIMER_PROMISED)
            engine->locked.n_owed--;         /* its place is there */
        else
            status = lii_heap_reserve(heap, 1 + engine->locked.n_running_timers + engine->locked.n_owed);
    }
    if (status == LI_OK)
        status = lii_heap_set(heap, &timer->node, due_ns, ++engine->locked.sequence);
    if (status == LI_OK)
        timer->state |= TIMER_SET;
    return status;
}

li_status lii_timer_set_locked(li_engine *engine, lii_timer *timer, uint64_t due_ns)
{
    uint64_t before = lii_first_due(&engine->locked.timers);
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
    li_status status = heap_put_locked(engine, &engine->locked.deadlines, timer, due_ns);

    if (status != LI_OK)
        return status;
    if (atomic_load_explicit(&engine->is_threaded, memory_order_relaxed)) {
        if (due_ns < atomic_load(&engine->keeper_wakes_ns))     /* it sleeps on past the deadlines of those that end in time */
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
    left_heap_locked(engine, timer);
    while ((timer->state & TIMER_RUNNING) && !pthread_equal(timer->runner, pthread_self()))
        pthread_cond_wait(&engine->changed, &engine->lock);
    pthread_mutex_unlock(&engine->lock);
}

/* Pop the first of a heap and run it without the lock. Those that may free themselves are not touched afterwards. */
void lii_run_first_locked(li_engine *engine, lii_heap *heap)
{
    lii_timer *timer = (lii_timer *)(void *)lii_heap_pop(heap);
    int stays = heap == &engine->locked.timers && !timer->is_once;
    lii_frame frame;

    left_heap_locked(engine, timer);
    if (stays) {
        timer->state |= TIMER_RUNNING;
        timer->runner = pthread_self();
    }
    engine->locked.n_running_timers++;
    pthread_mutex_unlock(&engine->lock);
    lii_frame_push(&frame, engine, NULL);
    timer->run(timer);
    lii_frame_pop(&frame);
    lii_lock_soon(&engine->lock);
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
    uint64_t now;
    lii_heap *heap;
    int ran = 0;

    if (lii_is_forked(engine))
        return 0;
    now = lii_now_ns(engine);
    pthread_mutex_lock(&engine->lock);
    a = lii_heap_first(&engine->locked.timers);
    b = lii_heap_first(&engine->locked.deadlines);
    heap = !b || (a && (a->due < b->due || (a->due == b->due && a->node->sequence < b->node->sequence))) ? &engine->locked.timers
                                                                                            : &engine->locked.deadlines;
    if (lii_first_due(heap) <= now) {
        engine->locked.stepping++;
        lii_run_first_locked(engine, heap);
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
    if (lii_is_forked(engine))
        return LI_E_FORKED;
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

    if (lii_is_forked(engine))
        return LI_NEVER;
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

/* ---- registries of the layers above */

void lii_engine_slot_counts(li_engine *engine, int which, uint64_t (*count)(void *registry))
{
    pthread_mutex_lock(&engine->lock);
    engine->locked.slot_count[which] = count;
    pthread_mutex_unlock(&engine->lock);
}

void lii_engine_slot_removed(li_engine *engine, int which, void (*removed)(void *registry, const char *function))
{
    pthread_mutex_lock(&engine->lock);
    engine->locked.slot_removed[which] = removed;
    pthread_mutex_unlock(&engine->lock);
}

void lii_slots_function_removed(li_engine *engine, const char *function)
{
    void (*removed)(void *registry, const char *function);
    void *registry;
    int i;

    for (i = 0; i < LII_SLOT_COUNT; i++) {
        pthread_mutex_lock(&engine->lock);
        removed = engine->locked.slot_removed[i];
        registry = engine->locked.slots[i];
        pthread_mutex_unlock(&engine->lock);
        if (removed && registry)
            removed(registry, function);
    }
}

void lii_slots_qualifier_removed(li_function *function, const char *qualifier)
{
    char name[216];

    snprintf(name, sizeof name, "%s:%s", function->name, qualifier);
    lii_slots_function_removed(function->engine, name);
}

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
