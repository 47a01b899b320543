/* poller.c - one mapping at work: its timer settles what has ended, gathers records, and starts what may start. */
#include "source/mapping.h"

enum { UNKNOWN_READY_MS = 1000, FETCHES_MOST = 1000 };

li_status lii_mapping_wake_locked(li_mapping *m)
{
    if (!m->locked.is_busy)
        return lii_timer_set(m->engine, &m->timer, lii_engine_now_ns(m->engine));
    m->locked.is_again = 1;
    return LI_OK;
}

static uint64_t next_ready_ms(li_mapping *m, uint64_t now_ms)
{
    uint64_t ready = m->ops.next_ready_ms ? m->ops.next_ready_ms(m->source.self, &m->lane) : now_ms + UNKNOWN_READY_MS;

    return ready > now_ms ? ready : now_ms + 1;
}

/* A source or memory that fails is left alone for a while. */
static uint64_t back_off(li_mapping *m, uint64_t now_ms)
{
    uint64_t until;

    pthread_mutex_lock(&m->registry->lock);
    until = m->locked.blocked_until_ms = now_ms + lii_backoff_ms(++m->locked.refusals);
    pthread_mutex_unlock(&m->registry->lock);
    return until;
}

/* Whether a batch may start now; *blocked_ms: when not before that time. */
static int may_start(li_mapping *m, uint64_t now_ms, uint64_t *blocked_ms)
{
    int may;

    pthread_mutex_lock(&m->registry->lock);
    may = m->locked.in_flight < m->locked.limit;
    *blocked_ms = m->locked.blocked_until_ms > now_ms ? m->locked.blocked_until_ms : 0;
    pthread_mutex_unlock(&m->registry->lock);
    return may;
}

/* Start what can be started. Nothing is held that could not be invoked (ESM-76). Returns when to look again as Unix
 * milliseconds; UINT64_MAX: not before something happens. */
static uint64_t gather_and_start(li_mapping *m)
{
    uint64_t now_ms = li_engine_now_ms(m->engine), blocked_ms, ready_ms, end_ms;
    size_t n = 0, n_fetches;

    for (;;) {
        lii_gather_expire(m, now_ms);
        if (!may_start(m, now_ms, &blocked_ms))
            return UINT64_MAX;
        if (blocked_ms)
            return blocked_ms;
        n_fetches = 0;
        do
            if (!m->gather.cut.is_closed && lii_gather_fetch(m, now_ms, &n) != LI_OK)
                return back_off(m, now_ms);
        while (!m->gather.cut.is_closed && n > 0 && ++n_fetches < FETCHES_MOST);
        if (lii_cut_is_due(&m->gather.cut, m->gather.start_ms, m->window_ms, now_ms)) {
            if (lii_batch_start(m, now_ms) != LI_OK)
                return back_off(m, now_ms);
            continue;
        }
        if (n_fetches == FETCHES_MOST)
            return now_ms; /* nothing of them is wanted: others have their turn */
        ready_ms = next_ready_ms(m, now_ms);
        end_ms = m->gather.start_ms + m->window_ms;
        return m->gather.n > 0 && end_ms < ready_ms ? end_ms : ready_ms;
    }
}

/* One turn of the actor, unlocked. */
static uint64_t turn(li_mapping *m, lii_batch *finished, int is_wanted)
{
    lii_batch *next;

    for (; finished; finished = next) {
        next = finished->next_finished;
        lii_batch_settle(m, finished);
    }
    if (is_wanted) {
        if (m->is_local && m->window_ms > 0)
            lii_gather_hide(m);
        return gather_and_start(m);
    }
    lii_gather_end(m, 1);
    return UINT64_MAX;
}

void lii_mapping_poll(lii_timer *timer)
{
    li_mapping *m = timer->user;
    pthread_mutex_t *lock = &m->registry->lock;
    uint64_t due_ms;
    int is_over;

    pthread_mutex_lock(lock);
    if (!m->locked.is_live || m->locked.is_busy) {
        m->locked.is_again = m->locked.is_busy;
        pthread_mutex_unlock(lock);
        return;
    }
    m->locked.is_busy = 1;
    do {
        lii_batch *finished = m->locked.finished;
        int is_wanted = m->locked.is_enabled && !m->locked.is_removed;

        m->locked.is_again = 0;
        m->locked.finished = NULL;
        m->locked.last_finished = &m->locked.finished;
        pthread_mutex_unlock(lock);
        due_ms = turn(m, finished, is_wanted);
        pthread_mutex_lock(lock);
    } while (m->locked.is_again);
    is_over = m->locked.is_removed && m->locked.in_flight == 0;
    if (!is_over) {
        m->locked.is_busy = 0;
        if (due_ms != UINT64_MAX)
            lii_timer_set(m->engine, &m->timer, lii_engine_ns_of_ms(m->engine, due_ms));
    }
    pthread_mutex_unlock(lock);
    if (!is_over)
        return;
    lii_mapping_close(m);
    pthread_mutex_lock(lock);
    lii_mapping_unused_locked(m);
    pthread_mutex_unlock(lock);
}

void lii_mapping_drop(li_mapping *m)
{
    lii_batch *b, *next;

    for (b = m->locked.batches; b; b = next) {
        next = b->next;
        lii_timer_cancel(m->engine, &b->timer);
        lii_batch_free(b);
    }
    m->locked.batches = NULL;
    lii_gather_end(m, 0);
}
