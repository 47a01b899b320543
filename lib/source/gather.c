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

static li_status write_view(void *self, const char *data, size_t len)
{
    return lii_buf_add(self, data, len);
}

/* Whether a filter lets the item pass. LI_E_NOMEM: unknown. */
static li_status is_wanted(li_mapping *m, const li_item *item, int32_t *wanted)
{
    li_slice data[2] = { { NULL, 0 }, { NULL, 0 } };
    li_writer metadata = { write_view, &m->view };
    li_status status;

    *wanted = 1;
    if (!m->filter)
        return LI_OK;
    lii_buf_clear(&m->view);
    status = m->ops.view(m->source.self, item, &metadata, data);
    return status == LI_OK ? m->filtering.passes(m->filter, m->view.data, m->view.len, data, wanted) : status;
}

static void gather_item(li_mapping *m, lii_fetched *f, const li_item *item, uint64_t now_ms)
{
    if (m->gather.n == 0) {
        m->gather.start_ms = now_ms;
        lii_gather_cut(m);
    }
    f->refs++;
    lii_cut_add(&m->gather.cut, m->ops.encoded_size(m->source.self, item));
    m->gather.items[m->gather.n] = item;
    m->gather.fetches[m->gather.n++] = f;
}

/* What no filter wants is done with (ESM-227); it counts for no batch and opens no window (ESM-55). */
static void drop(li_mapping *m, const li_item *const *items, size_t n)
{
    size_t done = n > 0 && m->ops.settle(m->source.self, &m->lane, items, n, LI_SETTLE_DONE, 0) == LI_OK ? n : 0;

    lii_engine_measure(m->engine, "FilteredOutEventCount", m->function, m->uuid, n);
    lii_engine_measure(m->engine, "DeletedEventCount", m->function, m->uuid, done);
    pthread_mutex_lock(&m->registry->lock);
    m->locked.filtered += n;
    m->locked.deleted += done;
    pthread_mutex_unlock(&m->registry->lock);
}

/* The items of a fetch; what cannot be looked at is given back. */
static li_status take_items(li_mapping *m, lii_fetched *f, uint64_t now_ms)
{
    const li_item *unwanted[LII_FETCH_MAX];
    li_status status = LI_OK;
    size_t i, n = 0;
    int32_t wanted;

    f->refs = 1;
    for (i = 0; i < f->fetch.n; i++) {
        const li_item *item = &f->items[i];

        if (status == LI_OK)
            status = is_wanted(m, item, &wanted);
        if (status != LI_OK)
            m->ops.settle(m->source.self, &m->lane, &item, 1, LI_SETTLE_RETRY, 0);
        else if (wanted)
            gather_item(m, f, item, now_ms);
        else
            unwanted[n++] = item;
    }
    if (n > 0)
        drop(m, unwanted, n);
    lii_mapping_let_go(m, f);
    return status;
}

/* *n_last is what it gave. */
li_status lii_gather_fetch(li_mapping *m, uint64_t now_ms, size_t *n_last)
{
    size_t want = m->batch_size > m->gather.n ? m->batch_size - m->gather.n : 1;
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
    *n_last = f->fetch.n;
    pthread_mutex_lock(&m->registry->lock);
    m->locked.polled += f->fetch.n;
    pthread_mutex_unlock(&m->registry->lock);
    lii_engine_measure(m->engine, "PolledEventCount", m->function, m->uuid, f->fetch.n);
    return take_items(m, f, now_ms);
}
