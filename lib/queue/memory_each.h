/* memory_each.h - what the queue in memory does once for each event that is put, taken or settled: in its caller's code, since
 * a call costs as much as most of these. */
#ifndef LII_QUEUE_MEMORY_EACH_H
#define LII_QUEUE_MEMORY_EACH_H

#include "base/fetch.h"
#include "queue/memory.h"

/* ---- waiting */

/* A new event: its sequence is the highest, so that it can end the list unless it is early or delayed. */
static inline void lii_memory_wait_new(lii_memory_lane *l, lii_memory_event *e)
{
    lii_memory_event *last = l->last;

    l->pending++;
    l->bytes += lii_memory_bytes(e);
    if (e->header.due_ms > e->header.accepted_ms ||
        (last && (last->header.due_ms > e->header.due_ms || last->header.accepted_ms > e->header.accepted_ms))) {
        lii_memory_wait_later(l, e);
        return;
    }
    e->next = NULL;
    e->ahead = NULL;
    if (last)
        last->next = e;
    else
        l->first = e;
    l->last = e;
}

/* Its header is on its way. NULL is fine, and so is an event that is gone. */
static inline void lii_memory_fetch(const lii_memory_event *e)
{
    lii_fetch(e);
    lii_fetch((const char *)e + LII_LINE);
}

enum { LII_MEMORY_OWN = 2048 };   /* bytes: of longer blocks the rest comes while the first are written */

/* A block for an event of so many bytes is to be written. What its last reader looked at is there, and what that processor
 * fetched beside it by itself; stores would bring it back one line after the other. */
static inline void lii_memory_fetch_own(const void *block, size_t bytes)
{
    const char *line = block, *last = line + bytes - 1, *end = bytes < LII_MEMORY_OWN ? last : line + LII_MEMORY_OWN;

    for (; line < end; line += LII_LINE)
        lii_fetch_own(line);
    lii_fetch_own(last);
}

/* The first event leaves if it is due; NULL: none is. */
static inline lii_memory_event *lii_memory_pop_due(lii_memory_lane *l, uint64_t now_ms)
{
    lii_memory_event *e = l->first;
    int is_heap_next;

    if (l->pending == 0)
        return NULL;
    is_heap_next = lii_memory_is_heap_next(l);
    if ((is_heap_next ? lii_heap_first(&l->later)->due : e->header.due_ms) > now_ms)
        return NULL;
    l->pending--;
    if (is_heap_next)
        return lii_memory_pop_later(l);
    lii_memory_fetch(e->ahead);
    l->first = e->next;
    if (l->first == NULL)
        l->last = NULL;
    return e;
}

/* Its block is loose. */
static inline void lii_memory_recycle(lii_memory_queue *q, lii_memory_event *e, lii_memory_event **out)
{
    unsigned n = atomic_load_explicit(&q->locked.n_loose, memory_order_relaxed);

    q->locked.loose[n++] = e;
    q->locked.loose_bytes += lii_memory_bytes(e);
    atomic_store_explicit(&q->locked.n_loose, n, memory_order_relaxed);
    if (n == LII_MEMORY_LOOSE || q->locked.loose_bytes >= LII_MEMORY_LOOSE_BYTES)
        lii_memory_return(q, out);
}

/* ---- leases: of a lane they mostly end in the order in which they began */

/* So that the next one cannot fail. */
static inline li_status lii_memory_lease_reserve(lii_memory_queue *q)
{
    return q->locked.free_slot != 0 || q->locked.n_slots < q->locked.cap_slots ? LI_OK : lii_memory_lease_grow(q);
}

static inline void lii_memory_lease_link(lii_memory_queue *q, lii_memory_lane *l, uint32_t number)
{
    lii_memory_slot *slots = q->locked.slots;
    uint32_t last = l->last_lease;

    if (last != 0 && slots[last].until_ms > slots[number].until_ms) {
        lii_memory_lease_insert(q, l, number);
        return;
    }
    slots[number].prev = last;
    slots[number].next = 0;
    if (last)
        slots[last].next = number;
    else
        l->first_lease = number;
    l->last_lease = number;
}

static inline void lii_memory_lease_unlink(lii_memory_queue *q, lii_memory_lane *l, uint32_t number)
{
    lii_memory_slot *slots = q->locked.slots, *s = &slots[number];

    if (s->prev)
        slots[s->prev].next = s->next;
    else
        l->first_lease = s->next;
    if (s->next)
        slots[s->next].prev = s->prev;
    else
        l->last_lease = s->prev;
}

/* An event is leased, and described. */
static inline void lii_memory_lease_begin(lii_memory_queue *q, lii_memory_lane *l, lii_memory_event *e, uint64_t until_ms,
                                          li_lease *lease)
{
    uint32_t number = q->locked.free_slot;
    lii_memory_slot *s;

    if (number == 0) {
        number = q->locked.n_slots++;
        q->locked.slots[number].generation = 1;
    } else {
        q->locked.free_slot = q->locked.slots[number].next;
    }
    s = &q->locked.slots[number];
    s->event = e;
    s->until_ms = until_ms;
    lii_memory_lease_link(q, l, number);
    l->leased++;
    l->promised++;
    memset(lease, 0, sizeof *lease);
    lease->header = &e->header;
    lease->payload = lii_memory_payload(e);
    lease->tail = lii_memory_payload(e) + e->header.payload_len;
    lease->token = (uint64_t)s->generation << 32 | number;
    lii_fetch(lease->payload);
    lii_fetch(lease->tail);         /* whoever parses a document looks at both its ends first */
}

/* The number of a lease; 0: there is none of that token. */
static inline uint32_t lii_memory_lease_find(const lii_memory_queue *q, uint64_t token)
{
    uint32_t number = (uint32_t)token;

    if (number >= q->locked.n_slots || q->locked.slots[number].event == NULL ||
        q->locked.slots[number].generation != (uint32_t)(token >> 32))
        return 0;
    return number;
}

/* The lease is over; its event is the caller's. */
static inline lii_memory_event *lii_memory_lease_end(lii_memory_queue *q, lii_memory_lane *l, uint32_t number)
{
    lii_memory_slot *s = &q->locked.slots[number];
    lii_memory_event *e = s->event;

    lii_memory_lease_unlink(q, l, number);
    s->event = NULL;
    s->generation = s->generation == UINT32_MAX ? 1 : s->generation + 1;
    s->next = q->locked.free_slot;
    q->locked.free_slot = number;
    l->leased--;
    l->promised--;
    return e;
}

#endif
