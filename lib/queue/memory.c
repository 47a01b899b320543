/* memory.c - the queue of events in memory: recycled blocks, a list and a heap a lane, leases in numbered slots. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/queue.h>

#include "base/error.h"
#include "base/heap.h"
#include "base/options.h"
#include "base/slice.h"
#include "base/table.h"
#include "queue/block.h"

/* An event that waits or is leased; payload and tail follow. */
typedef struct event {
    li_event_header header;
    union {
        struct event *next;      /* in a lane's list, or on its way out */
        lii_heap_node node;      /* in a lane's heap */
    } link;
    uint64_t sequence;           /* of acceptance; kept over delays */
} event;

/* A lease. Number 0 is nobody's; the generation changes with each use, so that an old token finds nothing. */
typedef struct slot {
    event *event;                /* NULL: free */
    uint64_t until_ms;
    uint32_t generation;
    uint32_t next;               /* of the lane, in order of until_ms; or the next free slot */
    uint32_t prev;
    uint32_t reserved;
} slot;

/* Waiting events are in the list, whose due, sequence and acceptance times all rise, or else in the heap. The heap has
 * room for every event that may have to go there: those leased, and those being put. */
typedef struct lane {
    event *first;
    event *last;
    lii_heap later;
    size_t promised;             /* leased, or being put */
    uint64_t later_oldest_ms;    /* least acceptance time in the heap, unless it left */
    int32_t is_oldest_known;
    uint32_t first_lease;
    uint32_t last_lease;
    uint32_t name_len;
    uint64_t pending;
    uint64_t leased;
    uint64_t bytes;
    char *name;
} lane;

typedef struct memory_queue {
    li_allocator allocator;
    const li_queue_host *host;
    pthread_mutex_t lock;
    struct {
        lii_block_store blocks;
        lii_table names;         /* name -> its lane's number + 1 */
        lane *lanes;
        size_t n_lanes;
        size_t cap_lanes;
        slot *slots;
        uint32_t n_slots;
        uint32_t cap_slots;
        uint32_t free_slot;
        uint32_t reserved;
        uint64_t sequence;
        uint64_t events;         /* waiting, leased and being put */
        uint64_t bytes;
    } locked;
} memory_queue;

enum { FIRST_LANES = 16, FIRST_SLOTS = 64 };

/* ---- events */

static size_t bytes_of(const event *e)
{
    return (size_t)e->header.payload_len + e->header.tail_len;
}

static char *payload_of(event *e)
{
    return (char *)(e + 1);
}

static event *event_of(lii_heap_node *node)
{
    return (event *)(void *)((char *)node - offsetof(event, link));
}

/* Free what could not be kept. Without the lock. */
static void free_events(memory_queue *q, event *e)
{
    while (e != NULL) {
        event *next = e->link.next;

        lii_free(&q->allocator, e);
        e = next;
    }
}

/* Keep the block, or put it on the list of those that the caller frees. */
static void recycle_locked(memory_queue *q, event *e, event **out)
{
    if (lii_block_keep(&q->locked.blocks, e, sizeof *e + bytes_of(e)))
        return;
    e->link.next = *out;
    *out = e;
}

/* ---- waiting */

static void list_append(lane *l, event *e)
{
    e->link.next = NULL;
    if (l->last)
        l->last->link.next = e;
    else
        l->first = e;
    l->last = e;
}

/* Into the heap, which has room for it. */
static void later_add(lane *l, event *e)
{
    if (l->later.count == 0) {
        l->later_oldest_ms = UINT64_MAX;
        l->is_oldest_known = 1;
    }
    if (e->header.accepted_ms < l->later_oldest_ms)
        l->later_oldest_ms = e->header.accepted_ms;
    e->link.node.index = 0;
    lii_heap_set(&l->later, &e->link.node, e->header.due_ms, e->sequence);
}

/* A new event: its sequence is the highest, so that it can end the list unless it is early or due in time to come. */
static void wait_new(lane *l, event *e, uint64_t now_ms)
{
    l->pending++;
    l->bytes += bytes_of(e);
    if (e->header.due_ms <= now_ms && (l->last == NULL || (l->last->header.due_ms <= e->header.due_ms &&
                                                           l->last->header.accepted_ms <= e->header.accepted_ms)))
        list_append(l, e);
    else
        later_add(l, e);
}

static int is_heap_next(const lane *l)
{
    const lii_heap_entry *top = lii_heap_first(&l->later);

    if (l->first == NULL || top == NULL)
        return l->first == NULL;
    return top->due < l->first->header.due_ms ||
           (top->due == l->first->header.due_ms && top->sequence < l->first->sequence);
}

static uint64_t first_due(const lane *l)
{
    if (l->pending == 0)
        return UINT64_MAX;
    return is_heap_next(l) ? lii_heap_first(&l->later)->due : l->first->header.due_ms;
}

/* The first event leaves; there is one. */
static event *pop(lane *l)
{
    event *e;

    l->pending--;
    if (is_heap_next(l)) {
        e = event_of(lii_heap_pop(&l->later));
        if (e->header.accepted_ms == l->later_oldest_ms)
            l->is_oldest_known = 0;
        return e;
    }
    e = l->first;
    l->first = e->link.next;
    if (l->first == NULL)
        l->last = NULL;
    return e;
}

/* ---- leases */

static li_status slot_reserve(memory_queue *q)
{
    uint32_t cap = q->locked.cap_slots ? q->locked.cap_slots * 2 : FIRST_SLOTS;
    slot *slots;

    if (q->locked.free_slot != 0 || q->locked.n_slots < q->locked.cap_slots)
        return LI_OK;
    if (cap < q->locked.cap_slots)
        return LI_E_NOMEM;
    slots = lii_realloc(&q->allocator, q->locked.slots, cap * sizeof *slots);
    if (slots == NULL)
        return LI_E_NOMEM;
    if (q->locked.n_slots == 0) {
        memset(&slots[0], 0, sizeof slots[0]);
        q->locked.n_slots = 1;
    }
    q->locked.slots = slots;
    q->locked.cap_slots = cap;
    return LI_OK;
}

static uint32_t slot_new(memory_queue *q)
{
    uint32_t number = q->locked.free_slot;

    if (number != 0) {
        q->locked.free_slot = q->locked.slots[number].next;
        return number;
    }
    number = q->locked.n_slots++;
    q->locked.slots[number].generation = 1;
    return number;
}

/* Leases of a lane mostly end in the order in which they began: the place is sought from the end. */
static void lease_link(memory_queue *q, lane *l, uint32_t number)
{
    slot *slots = q->locked.slots;
    uint32_t after = l->last_lease;

    while (after != 0 && slots[after].until_ms > slots[number].until_ms)
        after = slots[after].prev;
    slots[number].prev = after;
    slots[number].next = after ? slots[after].next : l->first_lease;
    if (slots[number].next)
        slots[slots[number].next].prev = number;
    else
        l->last_lease = number;
    if (after)
        slots[after].next = number;
    else
        l->first_lease = number;
}

static void lease_unlink(memory_queue *q, lane *l, uint32_t number)
{
    slot *slots = q->locked.slots, *s = &slots[number];

    if (s->prev)
        slots[s->prev].next = s->next;
    else
        l->first_lease = s->next;
    if (s->next)
        slots[s->next].prev = s->prev;
    else
        l->last_lease = s->prev;
}

static uint64_t lease_begin(memory_queue *q, lane *l, event *e, uint64_t until_ms)
{
    uint32_t number = slot_new(q);
    slot *s = &q->locked.slots[number];

    s->event = e;
    s->until_ms = until_ms;
    lease_link(q, l, number);
    l->leased++;
    l->promised++;
    return (uint64_t)s->generation << 32 | number;
}

/* The slot's number, or 0: no such lease. */
static uint32_t lease_find(const memory_queue *q, uint64_t token)
{
    uint32_t number = (uint32_t)token;

    if (number >= q->locked.n_slots || q->locked.slots[number].event == NULL ||
        q->locked.slots[number].generation != (uint32_t)(token >> 32))
        return 0;
    return number;
}

/* The lease is over; its event is the caller's. */
static event *lease_end(memory_queue *q, lane *l, uint32_t number)
{
    slot *s = &q->locked.slots[number];
    event *e = s->event;

    lease_unlink(q, l, number);
    s->event = NULL;
    s->generation = s->generation == UINT32_MAX ? 1 : s->generation + 1;
    s->next = q->locked.free_slot;
    q->locked.free_slot = number;
    l->leased--;
    l->promised--;
    return e;
}

static lane *lane_of(memory_queue *q, const event *e)
{
    return &q->locked.lanes[e->header.lane];
}

/* Leases that ended with nobody's word: their events wait again, due as before. */
static void expire_locked(memory_queue *q, lane *l, uint64_t now_ms)
{
    while (l->first_lease != 0 && q->locked.slots[l->first_lease].until_ms <= now_ms) {
        later_add(l, lease_end(q, l, l->first_lease));
        l->pending++;
    }
}

/* ---- the table: opening, lanes */

static li_status queue_open(void *self, const li_queue_host *host, li_error *err)
{
    memory_queue *q = self;

    if (q->host != NULL)
        return lii_fail(err, LI_E_BUSY, LI_DETAIL_NONE, "memory", LI_Z, "the queue is in use by an engine");
    q->host = host;
    return LI_OK;
}

static li_status lane_room_locked(memory_queue *q)
{
    size_t cap = q->locked.cap_lanes ? q->locked.cap_lanes * 2 : FIRST_LANES;
    lane *lanes;

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

static li_status lane_new_locked(memory_queue *q, const char *name, size_t name_len, uint32_t *number)
{
    char *copy;
    lane *l;

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
    l = &q->locked.lanes[*number];
    memset(l, 0, sizeof *l);
    lii_heap_init(&l->later, &q->allocator);
    l->name = copy;
    l->name_len = (uint32_t)name_len;
    return LI_OK;
}

static li_status queue_lane(void *self, const char *name, size_t name_len, uint32_t *number, li_error *err)
{
    memory_queue *q = self;
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
    memory_queue *q = self;
    const char *name;
    size_t i = 0, len;

    for (;;) {
        pthread_mutex_lock(&q->lock);
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

/* ---- the table: in */

/* What a put has taken before its events are made. */
typedef struct claim {
    event *blocks;               /* kept ones that fit, each with the number of its event in sequence */
    uint64_t bytes;
    size_t n_promised;
} claim;

static void unclaim_locked(memory_queue *q, const li_queue_event *events, size_t n, const claim *c)
{
    size_t i;

    for (i = 0; i < c->n_promised; i++)
        q->locked.lanes[events[i].header.lane].promised--;
    q->locked.events -= n;
    q->locked.bytes -= c->bytes;
}

static li_status check_room_locked(memory_queue *q, const li_queue_event *events, size_t n, claim *c, li_error *err)
{
    uint64_t max_events = q->host->max_events, max_bytes = q->host->max_bytes;
    size_t i;

    for (i = 0; i < n; i++) {
        if (events[i].header.lane >= q->locked.n_lanes)
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "no lane has the number %u",
                            (unsigned)events[i].header.lane);
        c->bytes += (uint64_t)events[i].header.payload_len + events[i].header.tail_len;
    }
    if (n > max_events || q->locked.events > max_events - n)
        return lii_fail(err, LI_E_FULL, LI_DETAIL_QUEUE_FULL, "limits.queued_events", LI_Z,
                        "%llu events are queued; limits.queued_events is %llu", (unsigned long long)q->locked.events,
                        (unsigned long long)max_events);
    if (c->bytes > max_bytes || q->locked.bytes > max_bytes - c->bytes)
        return lii_fail(err, LI_E_FULL, LI_DETAIL_QUEUE_FULL, "limits.queued_bytes", LI_Z,
                        "%llu bytes are queued; limits.queued_bytes is %llu", (unsigned long long)q->locked.bytes,
                        (unsigned long long)max_bytes);
    return LI_OK;
}

/* Room in heaps and limits for all of them, and kept blocks for as many as there are. */
static li_status claim_locked(memory_queue *q, const li_queue_event *events, size_t n, claim *c, li_error *err)
{
    event **end = &c->blocks;
    li_status status = check_room_locked(q, events, n, c, err);
    size_t i;

    if (status != LI_OK)
        return status;
    q->locked.events += n;
    q->locked.bytes += c->bytes;
    for (; c->n_promised < n; c->n_promised++) {
        lane *l = &q->locked.lanes[events[c->n_promised].header.lane];

        if (lii_heap_reserve(&l->later, l->promised + 1) != LI_OK) {
            unclaim_locked(q, events, n, c);
            return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, l->name, LI_Z, "no memory to queue another event");
        }
        l->promised++;
    }
    for (i = 0; i < n; i++) {
        event *e = lii_block_get(&q->locked.blocks,
                                 sizeof *e + (size_t)events[i].header.payload_len + events[i].header.tail_len);
        if (e == NULL)
            continue;
        e->sequence = i;
        e->link.next = NULL;
        *end = e;
        end = &e->link.next;
    }
    return LI_OK;
}

static void fill(event *e, const li_queue_event *given)
{
    e->header = given->header;
    if (given->header.payload_len)
        memcpy(payload_of(e), given->payload, given->header.payload_len);
    if (given->header.tail_len)
        memcpy(payload_of(e) + given->header.payload_len, given->tail, given->header.tail_len);
}

/* Copies of all events, in order, kept blocks first made use of. NULL: no memory; all blocks are freed. */
static event *make_events(memory_queue *q, const li_queue_event *events, size_t n, event *kept)
{
    event *first = NULL, **end = &first, *e;
    size_t i;

    for (i = 0; i < n; i++) {
        e = kept;
        if (e != NULL && e->sequence == i)
            kept = e->link.next;
        else
            e = lii_alloc(&q->allocator, lii_block_size(sizeof *e + (size_t)events[i].header.payload_len +
                                                        events[i].header.tail_len));
        if (e == NULL) {
            free_events(q, first);
            free_events(q, kept);
            return NULL;
        }
        fill(e, &events[i]);
        e->link.next = NULL;
        *end = e;
        end = &e->link.next;
    }
    return first;
}

static li_status queue_put(void *self, const li_queue_event *events, size_t n, li_queue_done done, void *user,
                           li_error *err)
{
    memory_queue *q = self;
    claim c = { NULL, 0, 0 };
    event *made;
    li_status status;
    uint64_t now_ms = q->host->now_ms(q->host->engine);

    pthread_mutex_lock(&q->lock);
    status = claim_locked(q, events, n, &c, err);
    pthread_mutex_unlock(&q->lock);
    if (status != LI_OK)
        return status;
    made = make_events(q, events, n, c.blocks);       /* copying large payloads keeps nobody waiting */
    pthread_mutex_lock(&q->lock);
    if (made == NULL && n > 0) {
        unclaim_locked(q, events, n, &c);
        status = LI_E_NOMEM;
    }
    while (made != NULL) {
        event *e = made;
        lane *l = lane_of(q, e);

        made = e->link.next;
        e->sequence = ++q->locked.sequence;
        l->promised--;
        wait_new(l, e, now_ms);
    }
    pthread_mutex_unlock(&q->lock);
    if (status != LI_OK)
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory to queue %zu events", n);
    if (done)
        done(user, LI_OK);
    return LI_OK;
}

/* ---- the table: out */

static void fill_lease(memory_queue *q, lane *l, event *e, uint64_t until_ms, li_lease *lease)
{
    memset(lease, 0, sizeof *lease);
    lease->header = &e->header;
    lease->payload = payload_of(e);
    lease->tail = payload_of(e) + e->header.payload_len;
    lease->token = lease_begin(q, l, e, until_ms);
}

static li_status take_locked(memory_queue *q, lane *l, uint64_t now_ms, uint64_t until_ms, size_t max, li_lease *leases,
                             size_t *n)
{
    if (now_ms != UINT64_MAX)                         /* all that wait: what is leased stays so */
        expire_locked(q, l, now_ms);
    while (*n < max && first_due(l) <= now_ms && l->pending > 0) {
        event *e;

        if (slot_reserve(q) != LI_OK || lii_heap_reserve(&l->later, l->promised + 1) != LI_OK)
            return *n > 0 ? LI_OK : LI_E_NOMEM;
        e = pop(l);
        fill_lease(q, l, e, until_ms, &leases[*n]);
        ++*n;
    }
    return LI_OK;
}

static li_status queue_take(void *self, uint32_t number, uint64_t now_ms, uint64_t lease_until_ms, size_t max,
                            li_lease *leases, size_t *n)
{
    memory_queue *q = self;
    li_status status = LI_E_NOT_FOUND;

    *n = 0;
    pthread_mutex_lock(&q->lock);
    if (number < q->locked.n_lanes)
        status = take_locked(q, &q->locked.lanes[number], now_ms, lease_until_ms, max, leases, n);
    pthread_mutex_unlock(&q->lock);
    return status;
}

static uint64_t queue_next_due(void *self, uint32_t number)
{
    memory_queue *q = self;
    uint64_t now_ms = q->host->now_ms(q->host->engine), due = UINT64_MAX;

    pthread_mutex_lock(&q->lock);
    if (number < q->locked.n_lanes) {
        expire_locked(q, &q->locked.lanes[number], now_ms);
        due = first_due(&q->locked.lanes[number]);
    }
    pthread_mutex_unlock(&q->lock);
    return due;
}

static li_status queue_ack(void *self, const uint64_t *tokens, size_t n)
{
    memory_queue *q = self;
    li_status status = LI_OK;
    event *out = NULL;
    size_t i;

    pthread_mutex_lock(&q->lock);
    for (i = 0; i < n; i++) {
        uint32_t number = lease_find(q, tokens[i]);
        lane *l;
        event *e;

        if (number == 0) {
            status = LI_E_NOT_FOUND;
            continue;
        }
        l = lane_of(q, q->locked.slots[number].event);
        e = lease_end(q, l, number);
        l->bytes -= bytes_of(e);
        q->locked.bytes -= bytes_of(e);
        q->locked.events--;
        recycle_locked(q, e, &out);
    }
    pthread_mutex_unlock(&q->lock);
    free_events(q, out);
    return status;
}

static li_status queue_delay(void *self, uint64_t token, const li_event_header *header)
{
    memory_queue *q = self;
    li_status status = LI_E_NOT_FOUND;
    uint32_t number;

    pthread_mutex_lock(&q->lock);
    number = lease_find(q, token);
    if (number != 0) {
        lane *l = lane_of(q, q->locked.slots[number].event);
        event *e = lease_end(q, l, number);

        e->header.due_ms = header->due_ms;
        e->header.starts = header->starts;
        e->header.function_failures = header->function_failures;
        e->header.system_failures = header->system_failures;
        l->pending++;
        later_add(l, e);
        status = LI_OK;
    }
    pthread_mutex_unlock(&q->lock);
    return status;
}

static li_status queue_extend(void *self, uint64_t token, uint64_t lease_until_ms)
{
    memory_queue *q = self;
    uint32_t number;

    pthread_mutex_lock(&q->lock);
    number = lease_find(q, token);
    if (number != 0) {
        lane *l = lane_of(q, q->locked.slots[number].event);

        lease_unlink(q, l, number);
        q->locked.slots[number].until_ms = lease_until_ms;
        lease_link(q, l, number);
    }
    pthread_mutex_unlock(&q->lock);
    return number != 0 ? LI_OK : LI_E_NOT_FOUND;
}

/* ---- the table: single events */

static int has_id(const event *e, const li_id *id)
{
    return memcmp(&e->header.id, id, sizeof *id) == 0;
}

/* A waiting event leaves its list or heap, by a look at each: those who cancel can wait, those who put and take cannot. */
static event *remove_waiting(lane *l, const li_id *id)
{
    event *e, *before = NULL;
    size_t i;

    for (e = l->first; e != NULL; before = e, e = e->link.next)
        if (has_id(e, id)) {
            if (before)
                before->link.next = e->link.next;
            else
                l->first = e->link.next;
            if (l->last == e)
                l->last = before;
            return e;
        }
    for (i = 0; i < l->later.count; i++) {
        e = event_of(l->later.entries[i].node);
        if (has_id(e, id)) {
            lii_heap_remove(&l->later, &e->link.node);
            if (e->header.accepted_ms == l->later_oldest_ms)
                l->is_oldest_known = 0;
            return e;
        }
    }
    return NULL;
}

static int is_leased(const memory_queue *q, const lane *l, const li_id *id)
{
    uint32_t number;

    for (number = l->first_lease; number != 0; number = q->locked.slots[number].next)
        if (has_id(q->locked.slots[number].event, id))
            return 1;
    return 0;
}

static li_status take_id_locked(memory_queue *q, lane *l, const li_id *id, uint64_t until_ms, li_lease *lease)
{
    event *e;

    expire_locked(q, l, q->host->now_ms(q->host->engine));
    if (slot_reserve(q) != LI_OK || lii_heap_reserve(&l->later, l->promised + 1) != LI_OK)
        return LI_E_NOMEM;
    e = remove_waiting(l, id);
    if (e == NULL)
        return is_leased(q, l, id) ? LI_E_STATE : LI_E_NOT_FOUND;
    l->pending--;
    fill_lease(q, l, e, until_ms, lease);
    return LI_OK;
}

static li_status queue_take_id(void *self, uint32_t number, const li_id *id, uint64_t lease_until_ms, li_lease *lease)
{
    memory_queue *q = self;
    li_status status = LI_E_NOT_FOUND;

    pthread_mutex_lock(&q->lock);
    if (number < q->locked.n_lanes)
        status = take_id_locked(q, &q->locked.lanes[number], id, lease_until_ms, lease);
    pthread_mutex_unlock(&q->lock);
    return status;
}

/* An event on a walk. */
typedef struct place {
    const event *event;
    int32_t is_leased;
    int32_t reserved;
} place;

static int compare_places(const void *a, const void *b)
{
    const event *x = ((const place *)a)->event, *y = ((const place *)b)->event;

    if (x->header.due_ms != y->header.due_ms)
        return x->header.due_ms < y->header.due_ms ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

/* Up to max events that come after `after` (NULL: from the first): all of them, in any order, or with max 1 the next. */
static size_t gather(const memory_queue *q, const lane *l, const place *after, place *out, size_t max)
{
    const event *list = l->first;
    uint32_t number = l->first_lease;
    size_t n = 0, i = 0;

    while (list != NULL || i < l->later.count || number != 0) {
        place p = { list, 0, 0 };

        if (list != NULL) {
            list = list->link.next;
        } else if (i < l->later.count) {
            p.event = event_of(l->later.entries[i++].node);
        } else {
            p.event = q->locked.slots[number].event;
            p.is_leased = 1;
            number = q->locked.slots[number].next;
        }
        if (after != NULL && compare_places(&p, after) <= 0)
            continue;
        if (n < max)
            out[n++] = p;
        else if (max == 1 && compare_places(&p, &out[0]) < 0)
            out[0] = p;
    }
    return n;
}

/* In one order at once; without memory for that, by seeking each next one. */
static void queue_each(void *self, uint32_t number, int32_t (*each)(void *user, const li_event_header *header, int32_t is_leased),
                       void *user)
{
    memory_queue *q = self;
    place one, last = { NULL, 0, 0 }, *all = NULL;
    const lane *l;
    size_t n = 0, i;

    pthread_mutex_lock(&q->lock);
    l = number < q->locked.n_lanes ? &q->locked.lanes[number] : NULL;
    if (l != NULL && l->pending + l->leased > 0)
        all = lii_calloc(&q->allocator, (size_t)(l->pending + l->leased), sizeof *all);
    if (all != NULL) {
        n = gather(q, l, NULL, all, (size_t)(l->pending + l->leased));
        qsort(all, n, sizeof *all, compare_places);
        for (i = 0; i < n && each(user, &all[i].event->header, all[i].is_leased) == 0; i++) {
        }
    } else if (l != NULL) {
        while (gather(q, l, last.event ? &last : NULL, &one, 1) == 1 && each(user, &one.event->header, one.is_leased) == 0)
            last = one;
    }
    pthread_mutex_unlock(&q->lock);
    lii_free(&q->allocator, all);
}

/* ---- the table: counts, the end */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The least acceptance time in a lane that holds events. */
static uint64_t oldest(const memory_queue *q, lane *l)
{
    uint64_t at = l->first ? l->first->header.accepted_ms : UINT64_MAX;
    uint32_t number;
    size_t i;

    for (number = l->first_lease; number != 0; number = q->locked.slots[number].next)
        at = earlier(at, q->locked.slots[number].event->header.accepted_ms);
    if (l->later.count == 0)
        return at;
    if (!l->is_oldest_known) {
        l->later_oldest_ms = UINT64_MAX;
        for (i = 0; i < l->later.count; i++)
            l->later_oldest_ms = earlier(l->later_oldest_ms, event_of(l->later.entries[i].node)->header.accepted_ms);
        l->is_oldest_known = 1;
    }
    return earlier(at, l->later_oldest_ms);
}

static void queue_stats(void *self, uint32_t number, li_queue_stats *stats)
{
    memory_queue *q = self;
    li_queue_stats s = { sizeof s, 0, 0, 0, 0 };
    size_t i;

    pthread_mutex_lock(&q->lock);
    if (number == UINT32_MAX) {
        for (i = 0; i < q->locked.n_lanes; i++) {
            s.pending += q->locked.lanes[i].pending;
            s.leased += q->locked.lanes[i].leased;
            s.bytes += q->locked.lanes[i].bytes;
        }
    } else if (number < q->locked.n_lanes) {
        lane *l = &q->locked.lanes[number];

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
    memory_queue *q = self;
    size_t i;

    pthread_mutex_lock(&q->lock);
    for (i = 0; i < q->locked.n_lanes; i++)
        expire_locked(q, &q->locked.lanes[i], UINT64_MAX);
    q->host = NULL;
    pthread_mutex_unlock(&q->lock);
}

static void queue_free(void *self)
{
    memory_queue *q = self;
    size_t i;

    for (i = 0; i < q->locked.n_lanes; i++) {
        lane *l = &q->locked.lanes[i];

        expire_locked(q, l, UINT64_MAX);
        while (l->pending > 0)
            lii_free(&q->allocator, pop(l));
        lii_heap_fini(&l->later);
        lii_free(&q->allocator, l->name);
    }
    lii_free(&q->allocator, q->locked.lanes);
    lii_free(&q->allocator, q->locked.slots);
    lii_table_fini(&q->locked.names);
    lii_block_fini(&q->locked.blocks, &q->allocator);
    pthread_mutex_destroy(&q->lock);
    {
        li_allocator allocator = q->allocator;

        lii_free(&allocator, q);
    }
}

static const li_queue_ops memory_ops = {
    sizeof(li_queue_ops), 1, LI_QUEUE_ORDERED, "memory", queue_open, queue_lane, queue_lanes, queue_put, queue_take,
    queue_next_due, queue_ack, queue_delay, NULL, queue_extend, queue_stats, queue_close, queue_free,
    queue_take_id, queue_each, NULL, NULL
};

li_status li_queue_memory_new(const li_allocator *allocator, li_queue *queue)
{
    li_allocator own;
    memory_queue *q;
    li_status status = lii_allocator_read(allocator, &own, NULL);

    if (status != LI_OK)
        return status;
    q = lii_calloc(&own, 1, sizeof *q);
    if (q == NULL)
        return LI_E_NOMEM;
    q->allocator = own;
    if (pthread_mutex_init(&q->lock, NULL) != 0) {
        lii_free(&own, q);
        return LI_E_NOMEM;
    }
    lii_table_init(&q->locked.names, &q->allocator);
    queue->ops = &memory_ops;
    queue->self = q;
    return LI_OK;
}
