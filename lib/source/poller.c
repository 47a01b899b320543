/* poller.c - one mapping at work: records are fetched, gathered, sent as batches, and settled by the answers.
 *
 * Each batch has a timer of its own that invokes the function: batches run side by side on the workers, or each as a step
 * of a driven engine. The records of a throttled batch are tried again inside their lease (ESM-79). */
#include "source/mapping.h"
#include "source/local.h"
#include "source/report.h"

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_MAX_MS = 60000, SETTLE_CHUNK = 10, UNKNOWN_READY_MS = 1000 };

static uint64_t backoff_ms(uint32_t times)
{
    return times >= 7 ? BACKOFF_MAX_MS : (uint64_t)BACKOFF_FIRST_MS << (times > 0 ? times - 1 : 0);
}

li_status lii_mapping_wake_locked(li_mapping *m)
{
    if (!m->locked.is_busy)
        return lii_timer_set(m->engine, &m->timer, lii_engine_now_ns(m->engine));
    m->locked.is_again = 1;
    return LI_OK;
}

/* ---- records */

static void let_go(li_mapping *m, lii_fetched *f)
{
    if (--f->refs > 0)
        return;
    m->ops.release(m->source.self, &f->fetch);
    lii_free(m->registry->allocator, f);
}

/* Give back what is gathered: it has not been sent (ESM-24). */
static void gather_end(li_mapping *m, int give_back)
{
    size_t i;

    for (i = 0; i < m->gather.n; i++) {
        if (give_back)
            m->ops.settle(m->source.self, &m->lane, &m->gather.items[i], 1, LI_SETTLE_RETRY, 0);
        let_go(m, m->gather.fetches[i]);
    }
    lii_free(m->registry->allocator, m->gather.items);
    lii_free(m->registry->allocator, m->gather.fetches);
    memset(&m->gather, 0, sizeof m->gather);
}

static li_status gather_reserve(li_mapping *m, size_t more)
{
    const li_allocator *allocator = m->registry->allocator;
    size_t cap = m->gather.cap ? m->gather.cap : 16;
    lii_fetched **fetches;
    const li_item **items;

    while (cap < m->gather.n + more)
        cap *= 2;
    if (cap == m->gather.cap)
        return LI_OK;
    items = lii_realloc(allocator, m->gather.items, cap * sizeof(*items));
    if (!items)
        return LI_E_NOMEM;
    m->gather.items = items;
    fetches = lii_realloc(allocator, m->gather.fetches, cap * sizeof(*fetches));
    if (!fetches)
        return LI_E_NOMEM;
    m->gather.fetches = fetches;
    m->gather.cap = cap;
    return LI_OK;
}

/* Count anew which of the gathered records are of the first batch. */
static void gather_cut(li_mapping *m)
{
    int64_t limit = LII_BATCH_BYTES;
    size_t i;

    li_config_get(m->engine, "limits.sync_request_bytes", &limit);
    lii_cut_begin(&m->gather.cut, m->batch_size, limit < LII_BATCH_BYTES ? (size_t)limit : LII_BATCH_BYTES);
    for (i = 0; i < m->gather.n; i++)
        if (!lii_cut_add(&m->gather.cut, m->ops.encoded_size(m->source.self, m->gather.items[i])))
            break;
}

/* Records whose lease ran out while they waited belong to the source again: their receipts are of no use (GS-7). */
static void gather_expire(li_mapping *m, uint64_t now_ms)
{
    size_t i, n = 0;

    for (i = 0; i < m->gather.n; i++) {
        if (m->gather.items[i]->lease_until_ms <= now_ms) {
            let_go(m, m->gather.fetches[i]);
            continue;
        }
        m->gather.items[n] = m->gather.items[i];
        m->gather.fetches[n++] = m->gather.fetches[i];
    }
    if (n == m->gather.n)
        return;
    m->gather.n = n;
    gather_cut(m);
}

/* ---- settling */

static size_t settle_done(li_mapping *m, const lii_batch *b)
{
    const li_item *chunk[SETTLE_CHUNK];
    size_t i, n = 0, deleted = 0;

    for (i = 0; i < b->n; i++) {
        if (!b->failed[i])
            chunk[n++] = b->items[i];
        if (n == SETTLE_CHUNK || (i + 1 == b->n && n > 0)) {
            if (m->ops.settle(m->source.self, &m->lane, chunk, n, LI_SETTLE_DONE, 0) == LI_OK)
                deleted += n;
            n = 0;
        }
    }
    return deleted;
}

/* What failed is left to its lease (ESM-78); a source without leases gets it back at once. */
static void settle_failed(li_mapping *m, const lii_batch *b)
{
    size_t i;

    if ((m->ops.caps & LI_SOURCE_LEASED) && b->outcome != LII_BATCH_GIVEN_BACK)
        return;
    for (i = 0; i < b->n; i++)
        if (b->failed[i])
            m->ops.settle(m->source.self, &m->lane, &b->items[i], 1, LI_SETTLE_RETRY,
                          b->outcome == LII_BATCH_GIVEN_BACK ? 0 : BACKOFF_FIRST_MS);
}

static void batch_free(lii_batch *b)
{
    li_mapping *m = b->mapping;
    size_t i;

    for (i = 0; i < b->n; i++)
        let_go(m, b->fetches[i]);
    lii_buf_fini(&b->event);
    lii_free(m->registry->allocator, b->items);
    lii_free(m->registry->allocator, b->fetches);
    lii_free(m->registry->allocator, b);
}

static void batch_settle(li_mapping *m, lii_batch *b)
{
    size_t deleted;

    if (b->outcome != LII_BATCH_DONE)
        memset(b->failed, 1, b->n);
    deleted = settle_done(m, b);
    settle_failed(m, b);
    pthread_mutex_lock(&m->registry->lock);
    m->locked.deleted += deleted;
    m->locked.failed += b->outcome == LII_BATCH_FAILED || b->outcome == LII_BATCH_EXPIRED;
    m->locked.in_flight--;
    if (b->prev)
        b->prev->next = b->next;
    else
        m->locked.batches = b->next;
    if (b->next)
        b->next->prev = b->prev;
    pthread_mutex_unlock(&m->registry->lock);
    batch_free(b);
}

/* ---- one batch */

/* The batch is over: the poller settles it. Without memory to wake it, it runs here. */
static void batch_finish(lii_batch *b, int32_t outcome)
{
    li_mapping *m = b->mapping;
    li_status status;

    b->outcome = outcome;
    pthread_mutex_lock(&m->registry->lock);
    b->next_finished = NULL;
    *m->locked.last_finished = b;
    m->locked.last_finished = &b->next_finished;
    status = lii_mapping_wake_locked(m);
    pthread_mutex_unlock(&m->registry->lock);
    if (status != LI_OK)
        lii_mapping_poll(&m->timer);
}

/* Refusals that another try of the same event cannot change. */
static int is_final(li_status status)
{
    return status == LI_E_TOO_LARGE || status == LI_E_JSON || status == LI_E_DEPTH || status == LI_E_RECURSION;
}

/* It never ran: again after a while, as long as the records are ours; others wait with it (ESM-79, 210, 211). */
static void batch_refused(lii_batch *b, li_status status)
{
    li_mapping *m = b->mapping;
    uint64_t now_ms = li_engine_now_ms(m->engine), due_ms = now_ms + backoff_ms(b->attempts);

    lii_engine_journal(m->engine, LI_STEP_BATCH, NULL, m->name, b->attempts, li_status_name(status));
    if (is_final(status)) {
        batch_finish(b, LII_BATCH_FAILED);
        return;
    }
    pthread_mutex_lock(&m->registry->lock);
    if (status == LI_E_THROTTLED)
        m->locked.limit = m->locked.limit > 1 ? m->locked.limit / 2 : 1;
    else
        m->locked.blocked_until_ms = now_ms + backoff_ms(++m->locked.refusals);
    pthread_mutex_unlock(&m->registry->lock);
    if (due_ms > b->lease_until_ms)
        due_ms = b->lease_until_ms;
    if (lii_timer_set(m->engine, &b->timer, lii_engine_ns_of_ms(m->engine, due_ms)) != LI_OK)
        batch_finish(b, LII_BATCH_EXPIRED);
}

static uint32_t most_at_once(const li_mapping *m)
{
    return m->max_concurrency ? m->max_concurrency : LII_MAPPING_CONCURRENCY;
}

/* Failures of a function that reports single records do not slow the poller down (ESM-80). */
static void count_answer(li_mapping *m, int is_error)
{
    pthread_mutex_lock(&m->registry->lock);
    m->locked.invoked++;
    m->locked.refusals = 0;
    m->locked.blocked_until_ms = 0;
    if (!is_error && m->locked.limit < most_at_once(m))
        m->locked.limit++;
    else if (is_error && m->response_types == 0 && m->locked.limit > 1)
        m->locked.limit--;
    pthread_mutex_unlock(&m->registry->lock);
}

static void batch_answered(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    lii_batch *b = user;
    li_mapping *m = b->mapping;
    int is_error;

    (void)err;
    if (status != LI_OK) {
        batch_refused(b, status);
        return;
    }
    is_error = result->function_error != LI_FUNCTION_ERROR_NONE;
    if (!is_error && (m->response_types & LI_MAPPING_REPORT_BATCH_ITEM_FAILURES))
        lii_report_read(result->payload, result->payload_len, b->items, b->n, b->failed);
    lii_engine_journal(m->engine, LI_STEP_BATCH, &result->request_id, m->name, b->attempts, is_error ? "failed" : "done");
    count_answer(m, is_error);
    batch_finish(b, is_error ? LII_BATCH_FAILED : LII_BATCH_DONE);
}

static void batch_run(lii_timer *timer)
{
    lii_batch *b = timer->user;
    li_mapping *m = b->mapping;
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    uint64_t now_ms = li_engine_now_ms(m->engine);
    int is_wanted;

    pthread_mutex_lock(&m->registry->lock);
    is_wanted = m->locked.is_enabled && !m->locked.is_removed;
    pthread_mutex_unlock(&m->registry->lock);
    if (b->lease_until_ms <= now_ms) {
        batch_finish(b, LII_BATCH_EXPIRED);
        return;
    }
    if (b->attempts > 0 && !is_wanted) {
        batch_finish(b, LII_BATCH_GIVEN_BACK);
        return;
    }
    b->attempts++;
    options.flags = LI_INVOKE_TRUSTED;
    if (li_invoke_begin(m->engine, m->function, LI_Z, b->event.data, b->event.len, &options, batch_answered, b) != LI_OK)
        batch_refused(b, LI_E_NOMEM);
}

static li_status write_event(void *self, const char *data, size_t len)
{
    return lii_buf_add(self, data, len);
}

/* The first records that are gathered as a batch, event and all. The rest moves into lists of its own. */
static lii_batch *batch_new(li_mapping *m)
{
    const li_allocator *allocator = m->registry->allocator;
    size_t n = m->gather.cut.n, rest = m->gather.n - n, i;
    lii_batch *b = lii_calloc(allocator, 1, sizeof *b + n);
    const li_item **items = rest ? lii_alloc(allocator, rest * sizeof(*items)) : NULL;
    lii_fetched **fetches = rest ? lii_alloc(allocator, rest * sizeof(*fetches)) : NULL;
    li_writer out;

    if (b) {
        lii_buf_init(&b->event, allocator);
        out.write = write_event;
        out.self = &b->event;
    }
    if (!b || (rest && (!items || !fetches)) || m->ops.encode(m->source.self, m->gather.items, n, &out) != LI_OK) {
        if (b)
            lii_buf_fini(&b->event);
        lii_free(allocator, b);
        lii_free(allocator, items);
        lii_free(allocator, fetches);
        return NULL;
    }
    b->mapping = m;
    b->timer.run = batch_run;
    b->timer.user = b;
    b->timer.is_once = 1;
    b->items = m->gather.items;
    b->fetches = m->gather.fetches;
    b->n = n;
    b->lease_until_ms = UINT64_MAX;
    for (i = 0; i < n; i++)
        if (b->items[i]->lease_until_ms < b->lease_until_ms)
            b->lease_until_ms = b->items[i]->lease_until_ms;
    if (rest) {
        memcpy(items, m->gather.items + n, rest * sizeof(*items));
        memcpy(fetches, m->gather.fetches + n, rest * sizeof(*fetches));
    }
    m->gather.items = items;
    m->gather.fetches = fetches;
    m->gather.n = m->gather.cap = rest;
    return b;
}

static li_status batch_start(li_mapping *m, uint64_t now_ms)
{
    lii_batch *b = batch_new(m);

    if (!b)
        return LI_E_NOMEM;
    m->gather.start_ms = now_ms;
    gather_cut(m);
    pthread_mutex_lock(&m->registry->lock);
    m->locked.in_flight++;
    b->next = m->locked.batches;
    if (b->next)
        b->next->prev = b;
    m->locked.batches = b;
    pthread_mutex_unlock(&m->registry->lock);
    if (lii_timer_set(m->engine, &b->timer, lii_engine_now_ns(m->engine)) != LI_OK)
        batch_run(&b->timer);
    return LI_OK;
}

/* ---- polling */

/* A window longer than the queue hides its messages needs a longer lease (ESM-82). */
static void hide_for_window(li_mapping *m)
{
    uint64_t visibility_ms = li_local_queue_get_visibility_timeout_ms(lii_source_local_queue(&m->source));
    uint64_t needed = m->window_ms;
    li_function_info info;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    if (li_function_describe(m->engine, m->function, LI_Z, NULL, 0, &info, NULL) == LI_OK)
        needed += info.timeout_ms;
    lii_source_local_hide(&m->source, needed > visibility_ms ? needed + 30000 : 0);
}

/* Fetch until a batch is closed or nothing is there: *n_last is what the last fetch gave. */
static li_status fetch_once(li_mapping *m, uint64_t now_ms, size_t *n_last)
{
    size_t want = m->batch_size > m->gather.n ? m->batch_size - m->gather.n : 1, i;
    lii_fetched *f = lii_calloc(m->registry->allocator, 1, sizeof *f);
    li_status status = f ? gather_reserve(m, LII_FETCH_MAX) : LI_E_NOMEM;

    *n_last = 0;
    if (status == LI_OK) {
        f->fetch.size = sizeof f->fetch;
        f->fetch.items = f->items;
        f->fetch.max = want < LII_FETCH_MAX ? want : LII_FETCH_MAX;
        status = m->ops.fetch(m->source.self, &m->lane, 0, &f->fetch);
    }
    if (status != LI_OK || f->fetch.n == 0) {
        if (status == LI_OK)
            m->ops.release(m->source.self, &f->fetch);
        lii_free(m->registry->allocator, f);
        return status;
    }
    if (m->gather.n == 0) {
        m->gather.start_ms = now_ms;
        gather_cut(m);
    }
    f->refs = *n_last = f->fetch.n;
    for (i = 0; i < f->fetch.n; i++) {
        lii_cut_add(&m->gather.cut, m->ops.encoded_size(m->source.self, &f->items[i]));
        m->gather.items[m->gather.n] = &f->items[i];
        m->gather.fetches[m->gather.n++] = f;
    }
    pthread_mutex_lock(&m->registry->lock);
    m->locked.polled += f->fetch.n;
    pthread_mutex_unlock(&m->registry->lock);
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
    until = m->locked.blocked_until_ms = now_ms + backoff_ms(++m->locked.refusals);
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
    size_t n = 0;

    for (;;) {
        gather_expire(m, now_ms);
        if (!may_start(m, now_ms, &blocked_ms))
            return UINT64_MAX;
        if (blocked_ms)
            return blocked_ms;
        do
            if (!m->gather.cut.is_closed && fetch_once(m, now_ms, &n) != LI_OK)
                return back_off(m, now_ms);
        while (!m->gather.cut.is_closed && n > 0);
        if (lii_cut_is_due(&m->gather.cut, m->gather.start_ms, m->window_ms, now_ms)) {
            if (batch_start(m, now_ms) != LI_OK)
                return back_off(m, now_ms);
            continue;
        }
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
        batch_settle(m, finished);
    }
    if (is_wanted) {
        if (m->is_local && m->window_ms > 0)
            hide_for_window(m);
        return gather_and_start(m);
    }
    gather_end(m, 1);
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
        batch_free(b);
    }
    m->locked.batches = NULL;
    gather_end(m, 0);
}
