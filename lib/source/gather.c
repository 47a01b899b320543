/* gather.c - records are fetched and wait together for their batch to close. */
#include "source/mapping.h"
#include "source/local.h"

void lii_mapping_let_go(li_mapping *m, lii_fetched *f)
{
    if (--f->refs > 0)
        return;
    m->ops.release(m->source.self, &f->fetch);
    lii_free(m->registry->allocator, f);
}

/* Give back what is gathered: it has not been sent (ESM-24). */
void lii_gather_end(li_mapping *m, int give_back)
{
    size_t i;

    for (i = 0; i < m->gather.n; i++) {
        if (give_back)
            m->ops.settle(m->source.self, &m->lane, &m->gather.items[i], 1, LI_SETTLE_RETRY, 0);
        lii_mapping_let_go(m, m->gather.fetches[i]);
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
void lii_gather_cut(li_mapping *m)
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
void lii_gather_expire(li_mapping *m, uint64_t now_ms)
{
    size_t i, n = 0;

    for (i = 0; i < m->gather.n; i++) {
        if (m->gather.items[i]->lease_until_ms <= now_ms) {
            lii_mapping_let_go(m, m->gather.fetches[i]);
            continue;
        }
        m->gather.items[n] = m->gather.items[i];
        m->gather.fetches[n++] = m->gather.fetches[i];
    }
    if (n == m->gather.n)
        return;
    m->gather.n = n;
    lii_gather_cut(m);
}

/* A window longer than the queue hides its messages needs a longer lease (ESM-82). */
void lii_gather_hide(li_mapping *m)
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
li_status lii_gather_fetch(li_mapping *m, uint64_t now_ms, size_t *n_last)
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
        lii_gather_cut(m);
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
    lii_engine_measure(m->engine, "PolledEventCount", m->function, m->uuid, f->fetch.n);
    return LI_OK;
}
