/* memory_in.c - the way into the queue in memory: limits and blocks for those who put, and the chain of what has arrived. */
#include "base/lock.h"
#include "queue/memory_each.h"

void lii_memory_free_events(lii_memory_queue *q, lii_memory_event *e)
{
    while (e != NULL) {
        lii_memory_event *next = e->next;

        lii_free(&q->allocator, e);
        e = next;
    }
}

/* ---- blocks on their way back */

/* is_sent_for: by who is about to fill them, and not by who used them last. */
static void take_back(lii_memory_queue *q, int is_sent_for, lii_memory_event **out)
{
    unsigned i, n = atomic_load_explicit(&q->locked.n_loose, memory_order_relaxed);
    lii_block_kind kind = { 0, 0, 0 };

    if (n == 0)
        return;
    lii_lock_soon(&q->in.lock);
    q->in.is_foreign = is_sent_for || !pthread_equal(q->in.putter, pthread_self());
    for (i = 0; i < n; i++) {
        lii_memory_event *e = q->locked.loose[i];

        if (lii_block_keep(&q->in.blocks, &kind, e, sizeof *e + lii_memory_bytes(e)))
            continue;
        e->next = *out;
        *out = e;
    }
    pthread_mutex_unlock(&q->in.lock);
    q->locked.loose_bytes = 0;
    atomic_store_explicit(&q->locked.n_loose, 0, memory_order_relaxed);
}

void lii_memory_return(lii_memory_queue *q, lii_memory_event **out)
{
    take_back(q, 0, out);
}

/* There are no blocks here: those that have not come back yet are sent for. */
static void send_for_blocks(lii_memory_queue *q)
{
    lii_memory_event *out = NULL;

    pthread_mutex_lock(&q->lock);
    take_back(q, 1, &out);
    pthread_mutex_unlock(&q->lock);
    lii_memory_free_events(q, out);
}

/* ---- the chain */

static int is_in_order(const lii_memory_in *in, const li_event_header *h)
{
    return h->due_ms <= h->accepted_ms && h->due_ms >= in->last_due_ms && h->accepted_ms >= in->last_accepted_ms;
}

/* Nothing is in it. */
static void chain_clear(lii_memory_chain *c)
{
    atomic_store_explicit(&c->first, NULL, memory_order_relaxed);
    c->n = 0;
}

/* Event number n of a chain, which follows what the chain has. */
static void chain_place(lii_memory_chain *c, size_t n, lii_memory_event *e)
{
    if (n < LII_MEMORY_AHEAD)
        c->heads[n] = e;
    else
        c->recent[n % LII_MEMORY_AHEAD]->ahead = e;
}

static void chain_add(lii_memory_chain *c, lii_memory_event *e)
{
    e->next = NULL;
    e->ahead = NULL;
    if (c->n == 0) {
        atomic_store_explicit(&c->first, e, memory_order_relaxed);
        c->n_bytes = 0;
        c->lane = e->header.lane;
        c->is_mixed = 0;
    } else {
        c->last->next = e;
        c->is_mixed |= e->header.lane != c->lane;
    }
    c->n_bytes += lii_memory_bytes(e);
    chain_place(c, c->n, e);
    c->recent[c->n++ % LII_MEMORY_AHEAD] = e;
    c->last = e;
}

/* All of another one, which is not empty, behind it. */
static void chain_join(lii_memory_chain *c, const lii_memory_chain *more)
{
    lii_memory_event *first = atomic_load_explicit(&more->first, memory_order_relaxed);
    size_t few = more->n < LII_MEMORY_AHEAD ? more->n : LII_MEMORY_AHEAD, i;

    if (c->n == 0) {
        atomic_store_explicit(&c->first, first, memory_order_relaxed);
        c->n_bytes = 0;
        c->lane = more->lane;
        c->is_mixed = more->is_mixed;
    } else {
        c->last->next = first;
        c->is_mixed |= more->is_mixed | (more->lane != c->lane);
    }
    c->n_bytes += more->n_bytes;
    c->last = more->last;
    for (i = 0; i < few; i++)
        chain_place(c, c->n + i, more->heads[i]);
    for (i = more->n - few; i < more->n; i++)
        c->recent[(c->n + i) % LII_MEMORY_AHEAD] = more->recent[i % LII_MEMORY_AHEAD];
    c->n += more->n;
}

/* The first of these are fetched, so that they come together. */
static void chain_fetch(const lii_memory_chain *c)
{
    size_t i;

    for (i = 0; i < c->n && i < LII_MEMORY_AHEAD; i++)
        lii_memory_fetch(c->heads[i]);
}

/* At the end of its lane's list; what follows e is that lane's too, up to last. */
static void append_list(lii_memory_lane *l, lii_memory_event *e, lii_memory_event *last)
{
    if (l->last != NULL)
        l->last->next = e;
    else
        l->first = e;
    l->last = last;
}

/* Each into its lane: neighbours of one lane stay linked as they are. */
static void spread_locked(lii_memory_queue *q, lii_memory_event *e)
{
    while (e != NULL) {
        lii_memory_lane *l = lii_memory_lane_of(q, e);
        lii_memory_event *first = e, *last;

        do {
            lii_memory_fetch(e->ahead);
            l->pending++;
            l->bytes += lii_memory_bytes(e);
            last = e;
            e = e->next;
        } while (e != NULL && e->header.lane == first->header.lane);
        last->next = NULL;
        append_list(l, first, last);
    }
}

/* All that has arrived, under both locks: into its lane; or, when it is of several, returned, to be spread by the caller. */
static lii_memory_event *arrive_locked(lii_memory_queue *q)
{
    lii_memory_chain *in = &q->in.chain;
    lii_memory_event *first = atomic_load_explicit(&in->first, memory_order_relaxed);

    chain_fetch(in);
    if (first != NULL && !in->is_mixed) {
        lii_memory_lane *l = &q->locked.lanes[in->lane];

        append_list(l, first, in->last);
        l->pending += in->n;
        l->bytes += in->n_bytes;
        first = NULL;
    }
    chain_clear(in);
    return first;
}

void lii_memory_arrive(lii_memory_queue *q)
{
    lii_memory_event *mixed;

    lii_lock_soon(&q->in.lock);
    mixed = arrive_locked(q);
    pthread_mutex_unlock(&q->in.lock);
    spread_locked(q, mixed);
}

/* ---- limits */

/* Room for n events of so many bytes together. What is gone is looked at when there seems to be none. */
static li_status claim_locked(lii_memory_queue *q, size_t n, uint64_t bytes, li_error *err)
{
    uint64_t max_events = q->host->max_events, max_bytes = q->host->max_bytes;
    lii_memory_in *in = &q->in;

    if (in->events - in->events_gone + n > max_events || in->bytes - in->bytes_gone + bytes > max_bytes) {
        in->events_gone = atomic_load_explicit(&q->locked.events_gone, memory_order_relaxed);
        in->bytes_gone = atomic_load_explicit(&q->locked.bytes_gone, memory_order_relaxed);
    }
    if (in->events - in->events_gone + n > max_events)
        return lii_fail(err, LI_E_FULL, LI_DETAIL_QUEUE_FULL, "limits.queued_events", LI_Z,
                        "%llu events are queued; limits.queued_events is %llu",
                        (unsigned long long)(in->events - in->events_gone), (unsigned long long)max_events);
    if (in->bytes - in->bytes_gone + bytes > max_bytes)
        return lii_fail(err, LI_E_FULL, LI_DETAIL_QUEUE_FULL, "limits.queued_bytes", LI_Z,
                        "%llu bytes are queued; limits.queued_bytes is %llu",
                        (unsigned long long)(in->bytes - in->bytes_gone), (unsigned long long)max_bytes);
    in->events += n;
    in->bytes += bytes;
    return LI_OK;
}

static void unclaim(lii_memory_queue *q, size_t n, uint64_t bytes)
{
    lii_lock_soon(&q->in.lock);
    q->in.events -= n;
    q->in.bytes -= bytes;
    pthread_mutex_unlock(&q->in.lock);
}

static li_status check_lanes_locked(const lii_memory_in *in, const li_queue_event *events, size_t n, uint64_t *bytes, li_error *err)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (events[i].header.lane >= in->n_lanes)
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "no lane has the number %u",
                            (unsigned)events[i].header.lane);
        *bytes += (uint64_t)events[i].header.payload_len + events[i].header.tail_len;
    }
    return LI_OK;
}

/* ---- put */

static size_t block_bytes(const li_queue_event *given)
{
    return sizeof(lii_memory_event) + (size_t)given->header.payload_len + given->header.tail_len;
}

static void fill(lii_memory_event *e, const li_queue_event *given)
{
    e->header = given->header;
    if (given->header.payload_len)
        memcpy(lii_memory_payload(e), given->payload, given->header.payload_len);
    if (given->header.tail_len)
        memcpy(lii_memory_payload(e) + given->header.payload_len, given->tail, given->header.tail_len);
}

enum { SMALL = 4096 };           /* so many bytes are copied in less time than a lock takes to come back */

/* One small plain event into a kept block. 0: the longer way. */
static int put_small_locked(lii_memory_in *in, const li_queue_event *given)
{
    lii_block_kind kind = { 0, 0, 0 };
    lii_memory_event *e;
    const void *next;

    if (block_bytes(given) > SMALL || !is_in_order(in, &given->header))
        return 0;
    e = lii_block_get(&in->blocks, &kind, block_bytes(given));
    if (e == NULL)
        return 0;
    next = in->is_foreign ? lii_block_next(&in->blocks, &kind) : NULL;
    if (next)
        lii_memory_fetch_own(next, kind.bytes);
    fill(e, given);
    e->sequence = ++in->sequence;
    in->last_due_ms = e->header.due_ms;
    in->last_accepted_ms = e->header.accepted_ms;
    chain_add(&in->chain, e);
    return 1;
}

enum { CHUNK = 64 };

/* Kept blocks for a chunk, NULL where there is none. The lock may be open in between. */
static void blocks_locked(lii_memory_queue *q, const li_queue_event *events, size_t n, void **blocks)
{
    lii_block_kind kind = { 0, 0, 0 };
    unsigned worth = n > 1 ? 1 : LII_MEMORY_LOOSE / 2;   /* for one alone a few are not */
    int has_sent = 0;
    size_t i;

    for (i = 0; i < n; i++) {
        blocks[i] = lii_block_get(&q->in.blocks, &kind, block_bytes(&events[i]));
        if (blocks[i] == NULL && !has_sent && atomic_load_explicit(&q->locked.n_loose, memory_order_relaxed) >= worth) {
            has_sent = 1;
            pthread_mutex_unlock(&q->in.lock);
            send_for_blocks(q);
            lii_lock_soon(&q->in.lock);
            blocks[i] = lii_block_get(&q->in.blocks, &kind, block_bytes(&events[i]));
        }
    }
}

/* Events on their way into the queue. */
typedef struct made {
    lii_memory_chain chain;
    int is_plain;                /* each is due as soon as it is there, in the order that they have */
    int fetches;                 /* the blocks come from another processor */
} made;

static int follows(const lii_memory_event *e, const li_event_header *before)
{
    return e->header.due_ms <= e->header.accepted_ms && e->header.due_ms >= before->due_ms &&
           e->header.accepted_ms >= before->accepted_ms;
}

/* Copies of a chunk. -1: no memory; blocks that are not in the chain are freed. */
static int make_chunk(lii_memory_queue *q, const li_queue_event *events, size_t n, void **blocks, made *m)
{
    size_t i;

    for (i = 0; m->fetches && i < n && i < LII_MEMORY_AHEAD; i++)
        if (blocks[i] != NULL)
            lii_memory_fetch_own(blocks[i], block_bytes(&events[i]));
    for (i = 0; i < n; i++) {
        size_t ahead = i + LII_MEMORY_AHEAD;
        lii_memory_event *e = blocks[i];

        if (m->fetches && ahead < n && blocks[ahead] != NULL)
            lii_memory_fetch_own(blocks[ahead], block_bytes(&events[ahead]));
        if (e == NULL)
            e = lii_alloc(&q->allocator, lii_block_size(block_bytes(&events[i])));
        if (e == NULL)
            break;
        fill(e, &events[i]);
        m->is_plain &= follows(e, m->chain.n > 0 ? &m->chain.last->header : &e->header);
        chain_add(&m->chain, e);
    }
    if (i == n)
        return 0;
    while (++i < n)
        lii_free(&q->allocator, blocks[i]);
    return -1;
}

/* Copies of all events, in order; blocks are those of the first chunk. */
static li_status make_events(lii_memory_queue *q, const li_queue_event *events, size_t n, void **blocks, int fetches, made *m)
{
    size_t i, k;

    chain_clear(&m->chain);
    m->is_plain = 1;
    m->fetches = fetches;
    for (i = 0; i < n; i += k) {
        k = n - i < CHUNK ? n - i : CHUNK;
        if (i > 0) {
            lii_lock_soon(&q->in.lock);
            blocks_locked(q, events + i, k, blocks);
            pthread_mutex_unlock(&q->in.lock);
        }
        if (make_chunk(q, events + i, k, blocks, m) != 0) {
            lii_memory_free_events(q, atomic_load_explicit(&m->chain.first, memory_order_relaxed));
            return LI_E_NOMEM;
        }
    }
    return LI_OK;
}

/* All of them, if each is plain. */
static int append_all_locked(lii_memory_in *in, const made *m)
{
    lii_memory_event *e = atomic_load_explicit(&m->chain.first, memory_order_relaxed);

    if (e == NULL)
        return 1;
    if (!m->is_plain || !is_in_order(in, &e->header))
        return 0;
    chain_join(&in->chain, &m->chain);
    in->last_due_ms = m->chain.last->header.due_ms;
    in->last_accepted_ms = m->chain.last->header.accepted_ms;
    for (; e != NULL; e = e->next)
        e->sequence = ++in->sequence;
    return 1;
}

/* Places in heaps for all of them, since some may have to go there. */
static li_status promise_locked(lii_memory_queue *q, lii_memory_event *first)
{
    lii_memory_event *e, *undo;

    for (e = first; e != NULL; e = e->next) {
        lii_memory_lane *l = lii_memory_lane_of(q, e);

        if (lii_heap_reserve(&l->later, l->promised + 1) != LI_OK)
            break;
        l->promised++;
    }
    if (e == NULL)
        return LI_OK;
    for (undo = first; undo != e; undo = undo->next)
        lii_memory_lane_of(q, undo)->promised--;
    return LI_E_NOMEM;
}

/* Some are early, delayed or out of order: straight into their lanes. */
static li_status enter(lii_memory_queue *q, lii_memory_event *first)
{
    lii_memory_in *in = &q->in;
    lii_memory_event *e, *next;
    li_status status;

    lii_lock_soon(&q->lock);
    status = promise_locked(q, first);
    if (status == LI_OK) {
        lii_lock_soon(&in->lock);
        spread_locked(q, arrive_locked(q));
        for (e = first; e != NULL; e = next) {
            lii_memory_lane *l = lii_memory_lane_of(q, e);

            next = e->next;
            e->sequence = ++in->sequence;
            l->promised--;
            lii_memory_wait_new(l, e);
            if (l->last == e && e->header.due_ms > in->last_due_ms)
                in->last_due_ms = e->header.due_ms;
            if (l->last == e && e->header.accepted_ms > in->last_accepted_ms)
                in->last_accepted_ms = e->header.accepted_ms;
        }
        pthread_mutex_unlock(&in->lock);
    }
    pthread_mutex_unlock(&q->lock);
    return status;
}

static li_status put_copies(lii_memory_queue *q, const li_queue_event *events, size_t n, void **blocks, int fetches)
{
    lii_memory_event *first;
    li_status status;
    int is_put;
    made m;

    status = make_events(q, events, n, blocks, fetches, &m);      /* copying large payloads keeps nobody waiting */
    if (status != LI_OK)
        return status;
    first = atomic_load_explicit(&m.chain.first, memory_order_relaxed);
    lii_lock_soon(&q->in.lock);
    is_put = append_all_locked(&q->in, &m);
    pthread_mutex_unlock(&q->in.lock);
    if (!is_put)
        status = enter(q, first);
    if (status != LI_OK)
        lii_memory_free_events(q, first);
    return status;
}

li_status lii_memory_put(void *self, const li_queue_event *events, size_t n, li_queue_done done, void *user, li_error *err)
{
    lii_memory_queue *q = self;
    void *blocks[CHUNK];         /* for as many as there are kept */
    uint64_t bytes = 0;
    li_status status;
    int is_put = 0, fetches = 0;

    lii_lock_soon(&q->in.lock);
    q->in.putter = pthread_self();
    status = check_lanes_locked(&q->in, events, n, &bytes, err);
    if (status == LI_OK)
        status = claim_locked(q, n, bytes, err);
    if (status == LI_OK) {
        is_put = n == 1 && put_small_locked(&q->in, events);
        if (!is_put)
            blocks_locked(q, events, n < CHUNK ? n : CHUNK, blocks);
        fetches = q->in.is_foreign;
    }
    pthread_mutex_unlock(&q->in.lock);
    if (status != LI_OK)
        return status;
    if (!is_put)
        status = put_copies(q, events, n, blocks, fetches);
    if (status != LI_OK) {
        unclaim(q, n, bytes);
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory to queue %zu events", n);
    }
    if (done)
        done(user, LI_OK);
    return LI_OK;
}
