/* memory.c - the queue of events in memory: a list and a heap a lane, leases in numbered slots. */
#include "base/lock.h"
#include "queue/memory_each.h"

enum { FIRST_LANES = 16 };

/* ---- the table: opening, lanes */

static li_status queue_open(void *self, const li_queue_host *host, li_error *err)
{
    lii_memory_queue *q = self;

    if (q->host != NULL)
        return lii_fail(err, LI_E_BUSY, LI_DETAIL_NONE, "memory", LI_Z, "the queue is in use by an engine");
    q->host = host;
    pthread_mutex_lock(&q->lock);
    lii_memory_gather(q);
    pthread_mutex_lock(&q->in.lock);
    if (q->in.events == atomic_load_explicit(&q->locked.events_gone, memory_order_relaxed))
        q->in.last_due_ms = q->in.last_accepted_ms = 0;    /* of an engine whose clock may have been ahead of this one's */
    pthread_mutex_unlock(&q->in.lock);
    pthread_mutex_unlock(&q->lock);
    return LI_OK;
}

static li_status lane_room_locked(lii_memory_queue *q)
{
    size_t cap = q->locked.cap_lanes ? q->locked.cap_lanes * 2 : FIRST_LANES;
    lii_memory_lane *lanes;

    if (q->locked.n_lanes < q->locked.cap_lanes)
        return LI_OK;
    if (q->locked.n_lanes >= UINT32_MAX - 1 || cap > SIZE_MAX / sizeof *lanes)
        return LI_E_NOMEM;
    lanes = lii_realloc(&q->allocator, q->locked.lanes, cap * sizeof *lanes);
    if (lanes == NULL)
        return LI_E_NOMEM;
    q->locked.lanes = lanes;
    q->locked.cap_lanes = cap;
    return LI_OK;
}

static li_status lane_new_locked(lii_memory_queue *q, const char *name, size_t name_len, uint32_t *number)
{
    char *copy;
    lii_memory_lane *l;

    if (lane_room_locked(q) != LI_OK)
        return LI_E_NOMEM;
    copy = lii_copy_text(&q->allocator, name, name_len);
    if (copy == NULL)
        return LI_E_NOMEM;
    if (lii_table_put(&q->locked.names, copy, name_len, (void *)(uintptr_t)(q->locked.n_lanes + 1), NULL) != LI_OK) {
        lii_free(&q->allocator, copy);
        return LI_E_NOMEM;
    }
    *number = (uint32_t)q->locked.n_lanes++;
    pthread_mutex_lock(&q->in.lock);
    q->in.n_lanes = q->locked.n_lanes;
    pthread_mutex_unlock(&q->in.lock);
    l = &q->locked.lanes[*number];
    memset(l, 0, sizeof *l);
    lii_heap_init(&l->later, &q->allocator, LII_DUE_AT(lii_memory_event, node, header.due_ms));
    l->name = copy;
    l->name_len = (uint32_t)name_len;
    return LI_OK;
}

static li_status queue_lane(void *self, const char *name, size_t name_len, uint32_t *number, li_error *err)
{
    lii_memory_queue *q = self;
    size_t len = lii_len(name, name_len);
    li_status status = LI_OK;
    uintptr_t found;

    if (len > UINT32_MAX)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "a lane's name of %zu bytes is too long", len);
    pthread_mutex_lock(&q->lock);
    found = (uintptr_t)lii_table_get(&q->locked.names, name, len);
    if (found != 0)
        *number = (uint32_t)(found - 1);
    else
        status = lane_new_locked(q, name, len, number);
    pthread_mutex_unlock(&q->lock);
    return status == LI_OK ? LI_OK : lii_fail(err, status, LI_DETAIL_NONE, name, len, "no memory for another lane");
}

static void queue_lanes(void *self, void (*each)(void *user, uint32_t lane, const char *name, size_t name_len),
                        void *user)
{
    lii_memory_queue *q = self;
    const char *name;
    size_t i = 0, len;

    for (;;) {
        pthread_mutex_lock(&q->lock);
        lii_memory_gather(q);
        while (i < q->locked.n_lanes && q->locked.lanes[i].pending + q->locked.lanes[i].leased == 0)
            i++;
        name = i < q->locked.n_lanes ? q->locked.lanes[i].name : NULL;
        len = name ? q->locked.lanes[i].name_len : 0;
        pthread_mutex_unlock(&q->lock);
        if (name == NULL)
            return;
        each(user, (uint32_t)i++, name, len);
    }
}

/* ---- the table: out */

static li_status take_locked(lii_memory_queue *q, lii_memory_lane *l, uint64_t now_ms, uint64_t until_ms, size_t max, li_lease *leases,
                             size_t *n)
{
    lii_memory_gather(q);
    if (now_ms != UINT64_MAX)                         /* all that wait: what is leased stays so */
        lii_memory_expire(q, l, now_ms);
    while (*n < max) {
        lii_memory_event *e;

        if (lii_memory_lease_reserve(q) != LI_OK || lii_heap_reserve(&l->later, l->promised + 1) != LI_OK)
            return *n > 0 || lii_memory_first_due(l) > now_ms || l->pending == 0 ? LI_OK : LI_E_NOMEM;
        e = lii_memory_pop_due(l, now_ms);
        if (e == NULL)
            break;
        lii_memory_lease_begin(q, l, e, until_ms, &leases[(*n)++]);
    }
    return LI_OK;
}

static li_status queue_take(void *self, uint32_t number, uint64_t now_ms, uint64_t lease_until_ms, size_t max,
                            li_lease *leases, size_t *n)
{
    lii_memory_queue *q = self;
    li_status status = LI_E_NOT_FOUND;

    *n = 0;
    lii_lock_soon(&q->lock);
    if (number < q->locked.n_lanes)
        status = take_locked(q, &q->locked.lanes[number], now_ms, lease_until_ms, max, leases, n);
    pthread_mutex_unlock(&q->lock);
    return status;
}

static uint64_t queue_next_due(void *self, uint32_t number)
{
    lii_memory_queue *q = self;
    uint64_t now_ms = q->host->now_ms(q->host->engine), due = UINT64_MAX;

    lii_lock_soon(&q->lock);
    lii_memory_gather(q);
    if (number < q->locked.n_lanes) {
        lii_memory_expire(q, &q->locked.lanes[number], now_ms);
        due = lii_memory_first_due(&q->locked.lanes[number]);
    }
    pthread_mutex_unlock(&q->lock);
    return due;
}

/* Under the lock; read without. */
static void count(atomic_ullong *sum, uint64_t n)
{
    atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + n, memory_order_relaxed);
}

static li_status queue_ack(void *self, const uint64_t *tokens, size_t n)
{
    lii_memory_queue *q = self;
    li_status status = LI_OK;
    lii_memory_event *out = NULL;
    uint64_t events = 0, bytes = 0;
    size_t i;

    lii_lock_soon(&q->lock);
    for (i = 0; i < n; i++) {
        uint32_t number = lii_memory_lease_find(q, tokens[i]);
        lii_memory_lane *l;
        lii_memory_event *e;

        if (number == 0) {
            status = LI_E_NOT_FOUND;
            continue;
        }
        l = lii_memory_lane_of(q, q->locked.slots[number].event);
        e = lii_memory_lease_end(q, l, number);
        l->bytes -= lii_memory_bytes(e);
        bytes += lii_memory_bytes(e);
        events++;
        if (!q->locked.pins || !lii_memory_is_kept(q, e))
            lii_memory_recycle(q, e, &out);
    }
    count(&q->locked.events_gone, events);
    count(&q->locked.bytes_gone, bytes);
    pthread_mutex_unlock(&q->lock);
    lii_memory_free_events(q, out);
    return status;
}

static li_status queue_delay(void *self, uint64_t token, const li_event_header *header)
{
    lii_memory_queue *q = self;
    li_status status = LI_E_NOT_FOUND;
    uint32_t number;

    pthread_mutex_lock(&q->lock);
    number = lii_memory_lease_find(q, token);
    if (number != 0) {
        lii_memory_lane *l = lii_memory_lane_of(q, q->locked.slots[number].event);
        lii_memory_event *e = lii_memory_lease_end(q, l, number);

        e->header.due_ms = header->due_ms;
        e->header.starts = header->starts;
        e->header.function_failures = header->function_failures;
        e->header.system_failures = header->system_failures;
        l->pending++;
        lii_memory_wait_later(l, e);
        status = LI_OK;
    }
    pthread_mutex_unlock(&q->lock);
    return status;
}

static li_status queue_extend(void *self, uint64_t token, uint64_t lease_until_ms)
{
    lii_memory_queue *q = self;
    uint32_t number;

    pthread_mutex_lock(&q->lock);
    number = lii_memory_lease_find(q, token);
    if (number != 0)
        lii_memory_lease_move(q, number, lease_until_ms);
    pthread_mutex_unlock(&q->lock);
    return number != 0 ? LI_OK : LI_E_NOT_FOUND;
}

/* ---- the table: counts, the end */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The least acceptance time in a lane that holds events. */
static uint64_t oldest(const lii_memory_queue *q, lii_memory_lane *l)
{
    uint64_t at = l->first ? l->first->header.accepted_ms : UINT64_MAX;
    lii_heap_cursor at_node = { 0, NULL };
    lii_heap_node *node;
    uint32_t number;

    for (number = l->first_lease; number != 0; number = q->locked.slots[number].next)
        at = earlier(at, q->locked.slots[number].event->header.accepted_ms);
    if (l->later.count == 0)
        return at;
    if (!l->is_oldest_known) {
        l->later_oldest_ms = UINT64_MAX;
        while ((node = lii_heap_next(&l->later, &at_node)) != NULL)
            l->later_oldest_ms = earlier(l->later_oldest_ms, lii_memory_event_of(node)->header.accepted_ms);
        l->is_oldest_known = 1;
    }
    return earlier(at, l->later_oldest_ms);
}

static void queue_stats(void *self, uint32_t number, li_queue_stats *stats)
{
    lii_memory_queue *q = self;
    li_queue_stats s = { sizeof s, 0, 0, 0, 0 };
    size_t i;

    pthread_mutex_lock(&q->lock);
    lii_memory_gather(q);
    if (number == UINT32_MAX) {
        for (i = 0; i < q->locked.n_lanes; i++) {
            s.pending += q->locked.lanes[i].pending;
            s.leased += q->locked.lanes[i].leased;
            s.bytes += q->locked.lanes[i].bytes;
        }
    } else if (number < q->locked.n_lanes) {
        lii_memory_lane *l = &q->locked.lanes[number];

        s.pending = l->pending;
        s.leased = l->leased;
        s.bytes = l->bytes;
        s.oldest_accepted_ms = l->pending + l->leased > 0 ? oldest(q, l) : 0;
    }
    pthread_mutex_unlock(&q->lock);
    lii_options_write(stats, &s, sizeof s);
}

static void queue_close(void *self)
{
    lii_memory_queue *q = self;
    size_t i;

    pthread_mutex_lock(&q->lock);
    lii_memory_gather(q);
    for (i = 0; i < q->locked.n_lanes; i++)
        lii_memory_expire(q, &q->locked.lanes[i], UINT64_MAX);
    q->host = NULL;
    pthread_mutex_unlock(&q->lock);
}

static void queue_free(void *self)
{
    lii_memory_queue *q = self;
    lii_memory_event *out = NULL;
    size_t i;

    lii_memory_gather(q);
    lii_memory_return(q, &out);
    lii_memory_free_events(q, out);
    for (i = 0; i < q->locked.n_lanes; i++) {
        lii_memory_lane *l = &q->locked.lanes[i];

        lii_memory_expire(q, l, UINT64_MAX);
        while ((out = lii_memory_pop_due(l, UINT64_MAX)) != NULL)
            lii_free(&q->allocator, out);
        lii_heap_fini(&l->later);
        lii_free(&q->allocator, l->name);
    }
    lii_free(&q->allocator, q->locked.lanes);
    lii_free(&q->allocator, q->locked.slots);
    lii_table_fini(&q->locked.names);
    lii_block_fini(&q->in.blocks, &q->allocator);
    pthread_mutex_destroy(&q->in.lock);
    pthread_mutex_destroy(&q->lock);
    {
        li_allocator allocator = q->allocator;

        lii_free(&allocator, q->block);
    }
}

static const li_queue_ops memory_ops = {
    sizeof(li_queue_ops), 1, LI_QUEUE_ORDERED | LI_QUEUE_AT_ONCE, "memory", queue_open, queue_lane, queue_lanes,
    lii_memory_put, queue_take, queue_next_due, queue_ack, queue_delay, NULL, queue_extend, queue_stats, queue_close, queue_free,
    lii_memory_take_id, lii_memory_each, NULL, NULL, NULL, lii_memory_pin_lease, lii_memory_unpin
};

li_status li_queue_memory_new(const li_allocator *allocator, li_queue *queue)
{
    enum { LINE = _Alignof(lii_memory_queue) };
    li_allocator own;
    lii_memory_queue *q;
    char *block;
    li_status status = lii_allocator_read(allocator, &own, NULL);

    if (status != LI_OK)
        return status;
    block = lii_calloc(&own, 1, sizeof *q + LINE);
    if (block == NULL)
        return LI_E_NOMEM;
    q = (lii_memory_queue *)(void *)(block + LINE - (uintptr_t)block % LINE);
    q->block = block;
    q->allocator = own;
    if (lii_lock_init(&q->lock) != 0) {
        lii_free(&own, block);
        return LI_E_NOMEM;
    }
    if (lii_lock_init(&q->in.lock) != 0) {
        pthread_mutex_destroy(&q->lock);
        lii_free(&own, block);
        return LI_E_NOMEM;
    }
    lii_table_init(&q->locked.names, &q->allocator);
    queue->ops = &memory_ops;
    queue->self = q;
    return LI_OK;
}
