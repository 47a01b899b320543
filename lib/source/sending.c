/* sending.c - a batch: invoked by a timer of its own, tried again while its lease lasts, settled by its answer.
 *
 * Batches run side by side on the workers, or each as a step of a driven engine. The records of a throttled batch are
 * tried again inside their lease (ESM-79). */
#include "source/mapping.h"
#include "source/report.h"

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_MAX_MS = 60000, SETTLE_CHUNK = 10 };

uint64_t lii_backoff_ms(uint32_t times)
{
    return times >= 7 ? BACKOFF_MAX_MS : (uint64_t)BACKOFF_FIRST_MS << (times > 0 ? times - 1 : 0);
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

void lii_batch_free(lii_batch *b)
{
    li_mapping *m = b->mapping;
    size_t i;

    for (i = 0; i < b->n; i++)
        lii_mapping_let_go(m, b->fetches[i]);
    lii_buf_fini(&b->event);
    lii_free(m->registry->allocator, b->items);
    lii_free(m->registry->allocator, b->fetches);
    lii_free(m->registry->allocator, b);
}

void lii_batch_settle(li_mapping *m, lii_batch *b)
{
    size_t deleted;

    if (b->outcome != LII_BATCH_DONE)
        memset(b->failed, 1, b->n);
    deleted = settle_done(m, b);
    settle_failed(m, b);
    lii_engine_measure(m->engine, "DeletedEventCount", m->function, m->uuid, deleted);
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
    lii_batch_free(b);
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
    uint64_t now_ms = li_engine_now_ms(m->engine), due_ms = now_ms + lii_backoff_ms(b->attempts);

    lii_engine_journal(m->engine, LI_STEP_BATCH, NULL, m->name, b->attempts, li_status_name(status));
    if (is_final(status)) {
        batch_finish(b, LII_BATCH_FAILED);
        return;
    }
    pthread_mutex_lock(&m->registry->lock);
    if (status == LI_E_THROTTLED)
        m->locked.limit = m->locked.limit > 1 ? m->locked.limit / 2 : 1;
    else
        m->locked.blocked_until_ms = now_ms + lii_backoff_ms(++m->locked.refusals);
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
    lii_engine_measure(m->engine, "InvokedEventCount", m->function, m->uuid, b->n);
    lii_engine_measure(m->engine, "FailedInvokeEventCount", m->function, m->uuid, is_error ? b->n : 0);
    count_answer(m, is_error);
    batch_finish(b, is_error ? LII_BATCH_FAILED : LII_BATCH_DONE);
}

/* A batch goes on with the trace of its first record that has one (INV-261). */
static li_slice trace_of(const lii_batch *b)
{
    size_t i;

    for (i = 0; i < b->n; i++)
        if (b->items[i]->trace.len > 0)
            return b->items[i]->trace;
    return lii_slice(NULL, 0);
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
    options.trace = trace_of(b);
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

li_status lii_batch_start(li_mapping *m, uint64_t now_ms)
{
    lii_batch *b = batch_new(m);

    if (!b)
        return LI_E_NOMEM;
    m->gather.start_ms = now_ms;
    lii_gather_cut(m);
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
