/* faulty.c - a queue that refuses, loses leases, and answers late or wrongly that it does not know. */
#include <string.h>

#include "base/alloc.h"
#include "base/faulty.h"
#include "base/options.h"

typedef struct lease_of {
    uint64_t token;
    li_event_header header;      /* as it was taken */
} lease_of;

typedef struct faulty_queue {
    li_faulty *faulty;
    li_queue_ops ops;            /* the inner one's */
    void *inner;
    const li_queue_host *host;   /* from open to close */
    li_queue_ops own;            /* without what the inner one lacks */
    pthread_mutex_t lock;
    lease_of *leases;            /* lock; those that are out, so that they can be lost */
    size_t n_leases;
    size_t cap;
} faulty_queue;

/* ---- leases that are out */

static void remember(faulty_queue *q, const li_lease *leases, size_t n)
{
    size_t i;

    pthread_mutex_lock(&q->lock);
    for (i = 0; i < n; i++) {
        if (q->n_leases == q->cap) {
            size_t cap = q->cap ? q->cap * 2 : 64;
            lease_of *grown = lii_realloc(&lii_malloc_allocator, q->leases, cap * sizeof *grown);

            if (!grown)
                break;           /* one that is not remembered cannot be lost */
            q->leases = grown;
            q->cap = cap;
        }
        q->leases[q->n_leases].token = leases[i].token;
        q->leases[q->n_leases++].header = *leases[i].header;
    }
    pthread_mutex_unlock(&q->lock);
}

static int forget(faulty_queue *q, uint64_t token, li_event_header *header)
{
    size_t i;
    int found = 0;

    pthread_mutex_lock(&q->lock);
    for (i = 0; i < q->n_leases && !found; i++)
        if (q->leases[i].token == token) {
            *header = q->leases[i].header;
            q->leases[i] = q->leases[--q->n_leases];
            found = 1;
        }
    pthread_mutex_unlock(&q->lock);
    return found;
}

/* The lease ends by itself just before it is used: its event is as it was taken, and ready. */
static void lose(faulty_queue *q, uint64_t token)
{
    li_event_header header;

    if (!forget(q, token, &header)) {
        q->ops.ack(q->inner, &token, 1);
        return;
    }
    if (header.starts < UINT8_MAX)
        header.starts++;         /* it was started: the queue's mark of that survives (REL-6) */
    q->ops.delay(q->inner, token, &header);
    if (q->host)
        q->host->wake(q->host->engine, header.lane);
}

/* ---- the table */

static li_status faulty_open(void *self, const li_queue_host *host, li_error *err)
{
    faulty_queue *q = self;
    lii_faulty_verdict verdict = lii_faulty_ask(q->faulty, "open");

    if (verdict.action == LI_FAULTY_FAIL)
        return verdict.status;
    q->host = host;
    return q->ops.open(q->inner, host, err);
}

static li_status faulty_lane(void *self, const char *name, size_t name_len, uint32_t *lane, li_error *err)
{
    faulty_queue *q = self;
    lii_faulty_verdict verdict = lii_faulty_ask(q->faulty, "lane");

    if (verdict.action == LI_FAULTY_FAIL)
        return verdict.status;
    return q->ops.lane(q->inner, name, name_len, lane, err);
}

static void faulty_lanes(void *self, void (*each)(void *user, uint32_t lane, const char *name, size_t name_len), void *user)
{
    faulty_queue *q = self;

    q->ops.lanes(q->inner, each, user);
}

typedef struct faulty_put {
    faulty_queue *queue;
    li_queue_done done;
    void *user;
    lii_faulty_verdict verdict;
} faulty_put;

static void put_done(void *user, li_status status)
{
    faulty_put *put = user;

    if (put->verdict.action == LI_FAULTY_HOLD)
        lii_faulty_hold(put->queue->faulty, put->done, put->user, status);
    else
        put->done(put->user, status == LI_OK ? put->verdict.status : status);
    lii_free(&lii_malloc_allocator, put);
}

static li_status faulty_queue_put(void *self, const li_queue_event *events, size_t n, li_queue_done done, void *user,
                                  li_error *err)
{
    faulty_queue *q = self;
    lii_faulty_verdict verdict = lii_faulty_ask(q->faulty, "put");
    faulty_put *put;
    li_status status;

    if (verdict.action == LI_FAULTY_FAIL)
        return verdict.status;
    if (verdict.action != LI_FAULTY_UNKNOWN && verdict.action != LI_FAULTY_HOLD)
        return q->ops.put(q->inner, events, n, done, user, err);
    put = lii_alloc(&lii_malloc_allocator, sizeof *put);
    if (!put)
        return LI_E_NOMEM;
    put->queue = q;
    put->done = done;
    put->user = user;
    put->verdict = verdict;
    status = q->ops.put(q->inner, events, n, put_done, put, err);
    if (status != LI_OK)
        lii_free(&lii_malloc_allocator, put);
    return status;
}

static li_status faulty_take(void *self, uint32_t lane, uint64_t now_ms, uint64_t lease_until_ms, size_t max,
                             li_lease *leases, size_t *n)
{
    faulty_queue *q = self;
    lii_faulty_verdict verdict = lii_faulty_ask(q->faulty, "take");
    li_status status;

    if (verdict.action == LI_FAULTY_FAIL)
        return verdict.status;
    status = q->ops.take(q->inner, lane, now_ms, lease_until_ms, max, leases, n);
    if (status == LI_OK)
        remember(q, leases, *n);
    return status;
}

static li_status faulty_take_id(void *self, uint32_t lane, const li_id *id, uint64_t lease_until_ms, li_lease *lease)
{
    faulty_queue *q = self;
    lii_faulty_verdict verdict = lii_faulty_ask(q->faulty, "take_id");
    li_status status;

    if (verdict.action == LI_FAULTY_FAIL)
        return verdict.status;
    status = q->ops.take_id(q->inner, lane, id, lease_until_ms, lease);
    if (status == LI_OK)
        remember(q, lease, 1);
    return status;
}

static uint64_t faulty_next_due(void *self, uint32_t lane)
{
    faulty_queue *q = self;

    return q->ops.next_due(q->inner, lane);
}

static li_status faulty_ack(void *self, const uint64_t *tokens, size_t n)
{
    faulty_queue *q = self;
    lii_faulty_verdict verdict = lii_faulty_ask(q->faulty, "ack");
    li_event_header header;
    size_t i;

    if (verdict.action == LI_FAULTY_FAIL)
        return verdict.status;
    for (i = 0; i < n; i++) {
        if (verdict.action == LI_FAULTY_LOSE)
            lose(q, tokens[i]);
        else
            forget(q, tokens[i], &header);
    }
    return verdict.action == LI_FAULTY_LOSE ? LI_E_NOT_FOUND : q->ops.ack(q->inner, tokens, n);
}

static li_status faulty_delay(void *self, uint64_t token, const li_event_header *given)
{
    faulty_queue *q = self;
    lii_faulty_verdict verdict = lii_faulty_ask(q->faulty, "delay");
    li_event_header header;

    if (verdict.action == LI_FAULTY_FAIL)
        return verdict.status;
    if (verdict.action == LI_FAULTY_LOSE) {
        lose(q, token);
        return LI_E_NOT_FOUND;
    }
    forget(q, token, &header);
    return q->ops.delay(q->inner, token, given);
}

static li_status faulty_resolve(void *self, uint64_t token, int32_t outcome, const char *record, size_t record_len,
                                li_queue_done done, void *user)
{
    faulty_queue *q = self;
    lii_faulty_verdict verdict = lii_faulty_ask(q->faulty, "resolve");

    if (verdict.action == LI_FAULTY_FAIL)
        return verdict.status;
    return q->ops.resolve(q->inner, token, outcome, record, record_len, done, user);
}

static li_status faulty_extend(void *self, uint64_t token, uint64_t lease_until_ms)
{
    faulty_queue *q = self;
    lii_faulty_verdict verdict = lii_faulty_ask(q->faulty, "extend");

    if (verdict.action == LI_FAULTY_FAIL)
        return verdict.status;
    return q->ops.extend(q->inner, token, lease_until_ms);
}

static void faulty_stats(void *self, uint32_t lane, li_queue_stats *stats)
{
    faulty_queue *q = self;

    q->ops.stats(q->inner, lane, stats);
}

static void faulty_each(void *self, uint32_t lane,
                        int32_t (*each)(void *user, const li_event_header *header, int32_t is_leased), void *user)
{
    faulty_queue *q = self;

    q->ops.each(q->inner, lane, each, user);
}

static li_status faulty_drive(void *self, int32_t is_threaded)
{
    faulty_queue *q = self;
    lii_faulty_verdict verdict = lii_faulty_ask(q->faulty, "drive");

    if (verdict.action == LI_FAULTY_FAIL && is_threaded)
        return verdict.status;
    return q->ops.drive(q->inner, is_threaded);
}

static void faulty_flush(void *self)
{
    faulty_queue *q = self;

    q->ops.flush(q->inner);
}

static void faulty_close(void *self)
{
    faulty_queue *q = self;

    q->ops.close(q->inner);
    q->host = NULL;
}

static void faulty_queue_free(void *self)
{
    faulty_queue *q = self;

    if (q->ops.free)
        q->ops.free(q->inner);
    pthread_mutex_destroy(&q->lock);
    lii_free(&lii_malloc_allocator, q->leases);
    lii_faulty_free_part(q->faulty, q);
}

static void fill_table(faulty_queue *q)
{
    li_queue_ops *own = &q->own;

    own->size = sizeof *own;
    own->version = 1;
    own->caps = q->ops.caps & ~(uint32_t)LI_QUEUE_AT_ONCE;       /* an answer can be held back */
    own->name = "faulty";
    own->open = faulty_open;
    own->lane = faulty_lane;
    own->lanes = faulty_lanes;
    own->put = faulty_queue_put;
    own->take = faulty_take;
    own->next_due = faulty_next_due;
    own->ack = faulty_ack;
    own->delay = faulty_delay;
    own->resolve = q->ops.resolve ? faulty_resolve : NULL;
    own->extend = q->ops.extend ? faulty_extend : NULL;
    own->stats = faulty_stats;
    own->close = faulty_close;
    own->free = faulty_queue_free;
    own->take_id = q->ops.take_id ? faulty_take_id : NULL;
    own->each = q->ops.each ? faulty_each : NULL;
    own->drive = q->ops.drive ? faulty_drive : NULL;
    own->flush = q->ops.flush ? faulty_flush : NULL;
}

li_status li_faulty_queue(li_faulty *faulty, const li_queue *inner, li_queue *out)
{
    faulty_queue *q;
    li_queue_ops ops;
    li_status status;

    if (!faulty || !inner || !out)
        return LI_E_INVALID;
    status = lii_ops_read(&ops, sizeof ops, inner->ops, "li_queue_ops", NULL);
    if (status != LI_OK)
        return status;
    q = lii_faulty_new_part(faulty, sizeof *q);
    if (!q || pthread_mutex_init(&q->lock, NULL) != 0) {
        if (ops.free)
            ops.free(inner->self);
        if (q)
            lii_faulty_free_part(faulty, q);
        return LI_E_NOMEM;
    }
    q->faulty = faulty;
    q->ops = ops;
    q->inner = inner->self;
    fill_table(q);
    out->ops = &q->own;
    out->self = q;
    return LI_OK;
}
