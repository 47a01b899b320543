/* queue.c - the queue's table: everything here is done in memory; what it changes is written by the next commit. */
#include <stdlib.h>
#include <string.h>

#include "sqlite/sqlite.h"

enum { FIRST_SLOTS = 64, MAX_BYTES = 1000000000 };

/* ---- leases */

static li_status slot_reserve_locked(lii_sq *q)
{
    uint32_t cap = q->locked.cap_slots ? q->locked.cap_slots * 2 : FIRST_SLOTS;
    lii_sq_slot *slots;

    if (q->locked.free_slot != 0 || q->locked.n_slots < q->locked.cap_slots)
        return LI_OK;
    if (cap < q->locked.cap_slots)
        return LI_E_NOMEM;
    slots = lii_realloc(&q->allocator, q->locked.slots, cap * sizeof *slots);
    if (!slots)
        return LI_E_NOMEM;
    if (q->locked.n_slots == 0) {
        memset(&slots[0], 0, sizeof slots[0]);
        q->locked.n_slots = 1;
    }
    q->locked.slots = slots;
    q->locked.cap_slots = cap;
    return LI_OK;
}

static uint64_t lease_begin_locked(lii_sq *q, lii_sq_event *e, uint64_t until_ms)
{
    uint32_t number = q->locked.free_slot;
    lii_sq_lane *lane = &q->locked.lanes[e->header.lane];

    if (number != 0) {
        q->locked.free_slot = q->locked.slots[number].next;
    } else {
        number = q->locked.n_slots++;
        q->locked.slots[number].generation = 0;
    }
    q->locked.n_held++;
    q->locked.slots[number].event = e;
    q->locked.slots[number].generation++;
    q->locked.slots[number].next = 0;
    e->slot = number;
    e->flags |= LII_SQ_LEASED;
    lane->promised++;
    lii_heap_set(&lane->leased, &e->node, until_ms, e->seq);
    return (uint64_t)q->locked.slots[number].generation << 32 | number;
}

static lii_sq_event *lease_find_locked(const lii_sq *q, uint64_t token)
{
    uint32_t number = (uint32_t)token;

    if (number == 0 || number >= q->locked.n_slots || q->locked.slots[number].generation != (uint32_t)(token >> 32))
        return NULL;
    return q->locked.slots[number].event;
}

/* The lease is over. Its slot is kept until that is on disk when the event changes with it; else it is free at once. */
static void lease_end_locked(lii_sq *q, lii_sq_event *e, int is_change)
{
    lii_sq_lane *lane = &q->locked.lanes[e->header.lane];
    lii_sq_slot *slot = &q->locked.slots[e->slot];

    lii_heap_remove(&lane->leased, &e->node);
    slot->event = NULL;
    if (is_change) {
        slot->next = e->old_slots;
        e->old_slots = e->slot;
    } else {
        slot->next = 0;
        lii_sq_slots_free_locked(q, e->slot);
    }
    e->slot = 0;
    lane->promised--;
}

/* Bytes beyond what the cache may have go with the lease. */
static void unload_locked(lii_sq *q, lii_sq_event *e)
{
    if (!e->data || q->locked.cached <= q->options.cache_bytes)
        return;
    q->locked.cached -= lii_sq_bytes(e);
    lii_free(&q->allocator, e->data);
    e->data = NULL;
}

/* Leases that nobody ended: their events wait again, due as before. */
static void expire_locked(lii_sq *q, lii_sq_lane *lane, uint64_t now_ms)
{
    const lii_heap_entry *first;

    while ((first = lii_heap_first(&lane->leased)) != NULL && first->due <= now_ms) {
        lii_sq_event *e = lii_sq_event_of(first);

        if (e->flags & LII_SQ_LOADING)
            return;
        lease_end_locked(q, e, 0);
        lii_sq_wait_locked(q, e);
    }
}

/* ---- opening, lanes */

static li_status queue_open(void *self, const li_queue_host *host, li_error *err)
{
    lii_sq *q = self;
    li_status status;

    if (q->host)
        return lii_fail(err, LI_E_BUSY, LI_DETAIL_SQLITE_BUSY, q->path, LI_Z, "the queue of %s is in use by an engine", q->path);
    status = lii_sq_clock_check(q, host->is_virtual, err);
    if (status != LI_OK)
        return status;
    q->host = host;
    status = lii_sq_load(q, err);
    if (status != LI_OK)
        q->host = NULL;
    return status;
}

static li_status queue_lane(void *self, const char *name, size_t name_len, uint32_t *number, li_error *err)
{
    lii_sq *q = self;
    size_t len = lii_len(name, name_len);
    li_status status;

    if (len > 100000)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "a lane's name of %zu bytes is too long", len);
    pthread_mutex_lock(&q->lock);
    status = lii_sq_lane_locked(q, name, len, number);
    pthread_mutex_unlock(&q->lock);
    return status == LI_OK ? LI_OK : lii_fail(err, status, LI_DETAIL_NONE, name, len, "no memory for another lane");
}

static void queue_lanes(void *self, void (*each)(void *user, uint32_t lane, const char *name, size_t name_len), void *user)
{
    lii_sq *q = self;
    size_t i = 0, len;
    const char *name;

    for (;;) {
        pthread_mutex_lock(&q->lock);
        while (i < q->locked.n_lanes && q->locked.lanes[i].waiting.count + q->locked.lanes[i].leased.count == 0)
            i++;
        name = i < q->locked.n_lanes ? q->locked.lanes[i].name : NULL;
        len = name ? q->locked.lanes[i].name_len : 0;
        pthread_mutex_unlock(&q->lock);
        if (!name)
            return;
        each(user, (uint32_t)i++, name, len);
    }
}

/* ---- in */

static li_status check_room_locked(lii_sq *q, const li_queue_event *events, size_t n, uint64_t bytes, li_error *err)
{
    uint64_t max_events = q->host->max_events, max_bytes = q->host->max_bytes;
    size_t i;

    for (i = 0; i < n; i++)
        if (events[i].header.lane >= q->locked.n_lanes)
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "no lane has the number %u", events[i].header.lane);
    if (n > max_events || q->locked.events > max_events - n)
        return lii_fail(err, LI_E_FULL, LI_DETAIL_QUEUE_FULL, "limits.queued_events", LI_Z,
                        "%llu events are queued; limits.queued_events is %llu", (unsigned long long)q->locked.events,
                        (unsigned long long)max_events);
    if (bytes > max_bytes || q->locked.bytes > max_bytes - bytes)
        return lii_fail(err, LI_E_FULL, LI_DETAIL_QUEUE_FULL, "limits.queued_bytes", LI_Z,
                        "%llu bytes are queued; limits.queued_bytes is %llu", (unsigned long long)q->locked.bytes,
                        (unsigned long long)max_bytes);
    return LI_OK;
}

static li_status reserve_locked(lii_sq *q, lii_sq_request *r)
{
    size_t i, k;

    for (i = 0; i < r->n; i++) {
        lii_sq_lane *lane = &q->locked.lanes[r->events[i]->header.lane];

        if (lii_heap_reserve(&lane->waiting, lane->promised + 1) != LI_OK)
            break;
        lane->promised++;
    }
    if (i == r->n)
        return LI_OK;
    for (k = 0; k < i; k++)
        q->locked.lanes[r->events[k]->header.lane].promised--;
    return LI_E_NOMEM;
}

static void put_locked(lii_sq *q, lii_sq_request *r)
{
    size_t i;

    for (i = 0; i < r->n; i++) {
        lii_sq_event *e = r->events[i];

        e->seq = q->locked.next_seq++;
        q->locked.lanes[e->header.lane].bytes += lii_sq_bytes(e);
    }
    q->locked.events += r->n;
    q->locked.bytes += r->bytes;
    lii_sq_ask_locked(q, r);
}

static lii_sq_request *copy_events(lii_sq *q, const li_queue_event *events, size_t n)
{
    lii_sq_request *r = n <= SIZE_MAX / 64 ? lii_calloc(&q->allocator, 1, sizeof *r + n * sizeof r->events[0]) : NULL;
    size_t i;

    if (!r)
        return NULL;
    r->kind = LII_SQ_PUT;
    r->n = n;
    for (i = 0; i < n; i++) {
        r->events[i] = lii_sq_event_new(q, &events[i].header, events[i].payload ? events[i].payload : "", events[i].tail);
        if (!r->events[i])
            break;
        r->bytes += lii_sq_bytes(r->events[i]);
    }
    if (i == n)
        return r;
    while (i > 0)
        lii_sq_event_free(q, r->events[--i]);
    lii_free(&q->allocator, r);
    return NULL;
}

static li_status queue_put(void *self, const li_queue_event *events, size_t n, li_queue_done done, void *user, li_error *err)
{
    lii_sq *q = self;
    lii_sq_request *r;
    li_status status;
    size_t i;

    if (atomic_load_explicit(&q->is_broken, memory_order_relaxed))
        return lii_fail(err, LI_E_IO, LI_DETAIL_SQLITE_READ_ONLY, q->path, LI_Z,
                        "%s is read-only since the disk refused a write; what was accepted is safe. Close it and open it again", q->path);
    for (i = 0; i < n; i++)
        if ((uint64_t)events[i].header.payload_len + events[i].header.tail_len > MAX_BYTES)
            return lii_fail(err, LI_E_TOO_LARGE, LI_DETAIL_EVENT_SIZE, NULL, 0, "an event in SQLite has at most %d bytes", MAX_BYTES);
    r = copy_events(q, events, n);
    if (!r)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory to queue %zu events", n);
    r->done = done;
    r->user = user;
    pthread_mutex_lock(&q->lock);
    status = check_room_locked(q, events, n, r->bytes, err);
    if (status == LI_OK) {
        status = reserve_locked(q, r);
        if (status == LI_OK)
            put_locked(q, r);
        else
            lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory to queue another event");
    }
    pthread_mutex_unlock(&q->lock);
    if (status != LI_OK) {
        for (i = 0; i < n; i++)
            lii_sq_event_free(q, r->events[i]);
        lii_free(&q->allocator, r);
    }
    return status;
}

/* ---- out */

static void fill_lease(lii_sq_event *e, li_lease *lease)
{
    memset(lease, 0, sizeof *lease);
    lease->header = &e->header;
    lease->payload = e->data ? e->data : "";
    lease->tail = lease->payload + e->header.payload_len;
    lease->record = e->record;
    lease->record_len = e->record_len;
    lease->outcome = e->record ? e->outcome : 0;
    lease->lost_starts = e->lost;
}

/* The bytes cannot be read: the row is set aside, the event counts as dropped. With the lock; it is opened for a moment. */
static void set_aside_locked(lii_sq *q, lii_sq_event *e)
{
    lii_sq_request *r = lii_calloc(&q->allocator, 1, sizeof *r);
    lii_sq_lane *lane = &q->locked.lanes[e->header.lane];
    li_id id = e->header.id;
    const char *name = lane->name;

    if (!r)
        return;                  /* its lease ends by itself, and it is met again */
    r->kind = LII_SQ_SET_ASIDE;
    r->seq = e->seq;
    r->at_ms = q->host->now_ms(q->host->engine);
    r->record = "sum";
    lease_end_locked(q, e, 0);
    lane->bytes -= lii_sq_bytes(e);
    q->locked.bytes -= lii_sq_bytes(e);
    q->locked.events--;
    lii_sq_ask_locked(q, r);
    if (e->flags & LII_SQ_DIRTY)
        e->flags |= LII_SQ_GONE; /* freed by the commit that takes it off the list */
    else
        lii_sq_event_free(q, e);
    pthread_mutex_unlock(&q->lock);
    if (q->host->note)
        q->host->note(q->host->engine, LI_QUEUE_NOTE_QUARANTINED, &id, name, "its sum is wrong");
    pthread_mutex_lock(&q->lock);
}

/* Bytes that are only on disk. LI_OK; LI_E_NOT_FOUND set aside; else the lease was given back. */
static li_status load_locked(lii_sq *q, lii_sq_event *e)
{
    size_t len = lii_sq_bytes(e);
    li_status status = LI_E_NOMEM;
    char *data;

    if (e->data || len == 0)
        return LI_OK;
    e->flags |= LII_SQ_LOADING;
    pthread_mutex_unlock(&q->lock);
    data = lii_alloc(&q->allocator, len);
    if (data)
        status = lii_sq_read_data(q, e, data);
    pthread_mutex_lock(&q->lock);
    e->flags &= (uint8_t)~LII_SQ_LOADING;
    if (status == LI_OK) {
        e->data = data;
        q->locked.cached += len;
        return LI_OK;
    }
    lii_free(&q->allocator, data);
    if (status == LI_E_CORRUPT || status == LI_E_IO) {
        set_aside_locked(q, e);
        return LI_E_NOT_FOUND;
    }
    lease_end_locked(q, e, 0);
    lii_sq_wait_locked(q, e);
    return status;
}

static li_status take_locked(lii_sq *q, lii_sq_lane *lane, uint64_t now_ms, uint64_t until_ms, size_t max, li_lease *leases,
                             size_t *n)
{
    const lii_heap_entry *first;
    li_status status = LI_OK;
    lii_sq_event *e;
    uint64_t token;
    uint32_t number = (uint32_t)(lane - q->locked.lanes);

    if (now_ms != UINT64_MAX)    /* all that wait; what is leased stays so */
        expire_locked(q, lane, now_ms);
    while (*n < max && (first = lii_heap_first(&lane->waiting)) != NULL && first->due <= now_ms) {
        e = lii_sq_event_of(first);     /* before the heap may move */
        if (slot_reserve_locked(q) != LI_OK || lii_heap_reserve(&lane->leased, 1) != LI_OK ||
            lii_heap_reserve(&lane->waiting, lane->promised + 1) != LI_OK)
            return *n > 0 ? LI_OK : LI_E_NOMEM;
        lii_heap_pop(&lane->waiting);
        token = lease_begin_locked(q, e, until_ms);
        status = load_locked(q, e);
        lane = &q->locked.lanes[number];     /* the lock may have been open */
        if (status == LI_E_NOT_FOUND)
            continue;
        if (status != LI_OK)
            return *n > 0 ? LI_OK : status;
        fill_lease(e, &leases[*n]);
        leases[(*n)++].token = token;
    }
    return LI_OK;
}

static li_status queue_take(void *self, uint32_t number, uint64_t now_ms, uint64_t lease_until_ms, size_t max, li_lease *leases,
                            size_t *n)
{
    lii_sq *q = self;
    li_status status = LI_E_NOT_FOUND;

    *n = 0;
    pthread_mutex_lock(&q->lock);
    if (number < q->locked.n_lanes)
        status = take_locked(q, &q->locked.lanes[number], now_ms, lease_until_ms, max, leases, n);
    pthread_mutex_unlock(&q->lock);
    return status;
}

static lii_sq_event *find_id(const lii_heap *heap, const li_id *id)
{
    lii_heap_cursor at = { 0, NULL };
    lii_heap_node *node;

    while ((node = lii_heap_next(heap, &at)) != NULL)
        if (memcmp(lii_sq_event_at(node)->header.id.bytes, id->bytes, sizeof id->bytes) == 0)
            return lii_sq_event_at(node);
    return NULL;
}

static li_status queue_take_id(void *self, uint32_t number, const li_id *id, uint64_t lease_until_ms, li_lease *lease)
{
    lii_sq *q = self;
    li_status status = LI_E_NOT_FOUND;
    lii_sq_event *e = NULL;
    lii_sq_lane *lane;
    uint64_t token;

    pthread_mutex_lock(&q->lock);
    if (number < q->locked.n_lanes) {
        lane = &q->locked.lanes[number];
        expire_locked(q, lane, q->host->now_ms(q->host->engine));
        e = find_id(&lane->waiting, id);
        status = e ? LI_OK : find_id(&lane->leased, id) ? LI_E_STATE : LI_E_NOT_FOUND;
        if (e && (slot_reserve_locked(q) != LI_OK || lii_heap_reserve(&lane->leased, 1) != LI_OK ||
                  lii_heap_reserve(&lane->waiting, lane->promised + 1) != LI_OK))
            status = LI_E_NOMEM;
    }
    if (status == LI_OK) {
        lii_heap_remove(&lane->waiting, &e->node);
        token = lease_begin_locked(q, e, lease_until_ms);
        status = load_locked(q, e);
        if (status == LI_OK) {
            fill_lease(e, lease);
            lease->token = token;
        }
    }
    pthread_mutex_unlock(&q->lock);
    return status;
}

static uint64_t queue_next_due(void *self, uint32_t number)
{
    lii_sq *q = self;
    uint64_t now_ms = q->host->now_ms(q->host->engine), due = UINT64_MAX;
    const lii_heap_entry *first;

    pthread_mutex_lock(&q->lock);
    if (number < q->locked.n_lanes) {
        expire_locked(q, &q->locked.lanes[number], now_ms);
        first = lii_heap_first(&q->locked.lanes[number].waiting);
        due = first ? first->due : UINT64_MAX;
    }
    pthread_mutex_unlock(&q->lock);
    return due;
}

/* ---- what becomes of a lease */

static li_status queue_ack(void *self, const uint64_t *tokens, size_t n)
{
    lii_sq *q = self;
    li_status status = LI_OK;
    size_t i;

    pthread_mutex_lock(&q->lock);
    for (i = 0; i < n; i++) {
        lii_sq_event *e = lease_find_locked(q, tokens[i]);

        if (!e) {
            status = LI_E_NOT_FOUND;
            continue;
        }
        lease_end_locked(q, e, 1);
        q->locked.lanes[e->header.lane].bytes -= lii_sq_bytes(e);
        q->locked.bytes -= lii_sq_bytes(e);
        q->locked.cached -= e->data ? lii_sq_bytes(e) : 0;
        q->locked.events--;
        e->flags = (uint8_t)((e->flags & ~LII_SQ_LEASED) | LII_SQ_GONE);
        lii_sq_changed_locked(q, e);
    }
    pthread_mutex_unlock(&q->lock);
    return status;
}

static li_status queue_delay(void *self, uint64_t token, const li_event_header *header)
{
    lii_sq *q = self;
    lii_sq_event *e;

    pthread_mutex_lock(&q->lock);
    e = lease_find_locked(q, token);
    if (e) {
        lease_end_locked(q, e, 1);
        if (header->starts != e->header.starts)
            e->lost = 0;         /* it was entered, and its end is known */
        e->header.due_ms = header->due_ms;
        e->header.starts = header->starts;
        e->header.function_failures = header->function_failures;
        e->header.system_failures = header->system_failures;
        lii_sq_wait_locked(q, e);
        unload_locked(q, e);
        lii_sq_changed_locked(q, e);
    }
    pthread_mutex_unlock(&q->lock);
    return e ? LI_OK : LI_E_NOT_FOUND;
}

static li_status queue_resolve(void *self, uint64_t token, int32_t outcome, const char *record, size_t record_len,
                               li_queue_done done, void *user)
{
    lii_sq *q = self;
    lii_sq_request *r = record_len <= MAX_BYTES ? lii_calloc(&q->allocator, 1, sizeof *r + record_len) : NULL;
    lii_sq_event *e;

    if (!r)
        return LI_E_NOMEM;
    if (record_len)
        memcpy(r + 1, record, record_len);
    r->record = (const char *)(r + 1);
    r->record_len = record_len;
    r->bytes = record_len;
    r->kind = LII_SQ_RESOLVE;
    r->outcome = outcome;
    r->done = done;
    r->user = user;
    pthread_mutex_lock(&q->lock);
    e = lease_find_locked(q, token);
    if (e) {
        r->seq = e->seq;
        e->flags |= LII_SQ_OUTCOME_ROW;
        lii_sq_ask_locked(q, r);
    }
    pthread_mutex_unlock(&q->lock);
    if (!e)
        lii_free(&q->allocator, r);
    return e ? LI_OK : LI_E_NOT_FOUND;
}

static li_status queue_extend(void *self, uint64_t token, uint64_t lease_until_ms)
{
    lii_sq *q = self;
    lii_sq_event *e;

    pthread_mutex_lock(&q->lock);
    e = lease_find_locked(q, token);
    if (e)
        lii_heap_set(&q->locked.lanes[e->header.lane].leased, &e->node, lease_until_ms, e->seq);
    pthread_mutex_unlock(&q->lock);
    return e ? LI_OK : LI_E_NOT_FOUND;
}

static void queue_start(void *self, uint64_t token, uint32_t starts)
{
    lii_sq *q = self;
    lii_sq_event *e;

    pthread_mutex_lock(&q->lock);
    e = lease_find_locked(q, token);
    if (e)
        lii_sq_note_start(q, e->slot, e->seq, starts);
    pthread_mutex_unlock(&q->lock);
}

/* ---- the end */

static li_status queue_drive(void *self, int32_t is_threaded)
{
    return lii_sq_drive(self, is_threaded);
}

static void queue_flush(void *self)
{
    lii_sq_flush(self);
}

static void queue_close(void *self)
{
    lii_sq *q = self;

    lii_sq_drive(q, 0);
    pthread_mutex_lock(&q->db.lock);
    pthread_mutex_lock(&q->lock);
    for (; q->db.n_changes > 0; q->db.n_changes--)     /* of a disk that did not take them */
        if (q->db.changes[q->db.n_changes - 1].flags & LII_SQ_GONE)
            lii_sq_event_free(q, q->db.changes[q->db.n_changes - 1].event);
    lii_sq_events_end(q);
    q->host = NULL;
    pthread_mutex_unlock(&q->lock);
    pthread_mutex_unlock(&q->db.lock);
}

static void queue_free(void *self)
{
    lii_sq_release(self);
}

const li_queue_ops lii_sq_queue_ops = {
    sizeof(li_queue_ops), 1, LI_QUEUE_DURABLE | LI_QUEUE_ORDERED, "sqlite", queue_open, queue_lane, queue_lanes, queue_put,
    queue_take, queue_next_due, queue_ack, queue_delay, queue_resolve, queue_extend, lii_sq_stats, queue_close, queue_free,
    queue_take_id, lii_sq_each, queue_drive, queue_flush, queue_start, NULL, NULL
};
