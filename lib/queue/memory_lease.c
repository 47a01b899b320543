/* memory_lease.c - leases in numbered slots, linked in the order in which they end. */
#include "queue/memory.h"

enum { FIRST_SLOTS = 64 };

li_status lii_memory_lease_reserve(lii_memory_queue *q)
{
    uint32_t cap = q->locked.cap_slots ? q->locked.cap_slots * 2 : FIRST_SLOTS;
    lii_memory_slot *slots;

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

static uint32_t slot_new(lii_memory_queue *q)
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
static void lease_link(lii_memory_queue *q, lii_memory_lane *l, uint32_t number)
{
    lii_memory_slot *slots = q->locked.slots;
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

static void lease_unlink(lii_memory_queue *q, lii_memory_lane *l, uint32_t number)
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

uint64_t lii_memory_lease_begin(lii_memory_queue *q, lii_memory_lane *l, lii_memory_event *e, uint64_t until_ms)
{
    uint32_t number = slot_new(q);
    lii_memory_slot *s = &q->locked.slots[number];

    s->event = e;
    s->until_ms = until_ms;
    lease_link(q, l, number);
    l->leased++;
    l->promised++;
    return (uint64_t)s->generation << 32 | number;
}

/* The slot's number, or 0: no such lease. */
uint32_t lii_memory_lease_find(const lii_memory_queue *q, uint64_t token)
{
    uint32_t number = (uint32_t)token;

    if (number >= q->locked.n_slots || q->locked.slots[number].event == NULL ||
        q->locked.slots[number].generation != (uint32_t)(token >> 32))
        return 0;
    return number;
}

/* The lease is over; its event is the caller's. */
lii_memory_event *lii_memory_lease_end(lii_memory_queue *q, lii_memory_lane *l, uint32_t number)
{
    lii_memory_slot *s = &q->locked.slots[number];
    lii_memory_event *e = s->event;

    lease_unlink(q, l, number);
    s->event = NULL;
    s->generation = s->generation == UINT32_MAX ? 1 : s->generation + 1;
    s->next = q->locked.free_slot;
    q->locked.free_slot = number;
    l->leased--;
    l->promised--;
    return e;
}

/* Leases that ended with nobody's word: their events wait again, due as before. */
void lii_memory_expire(lii_memory_queue *q, lii_memory_lane *l, uint64_t now_ms)
{
    while (l->first_lease != 0 && q->locked.slots[l->first_lease].until_ms <= now_ms) {
        lii_memory_wait_later(l, lii_memory_lease_end(q, l, l->first_lease));
        l->pending++;
    }
}

void lii_memory_lease_fill(lii_memory_queue *q, lii_memory_lane *l, lii_memory_event *e, uint64_t until_ms, li_lease *lease)
{
    memset(lease, 0, sizeof *lease);
    lease->header = &e->header;
    lease->payload = lii_memory_payload(e);
    lease->tail = lii_memory_payload(e) + e->header.payload_len;
    lease->token = lii_memory_lease_begin(q, l, e, until_ms);
}

void lii_memory_lease_move(lii_memory_queue *q, uint32_t number, uint64_t until_ms)
{
    lii_memory_lane *l = lii_memory_lane_of(q, q->locked.slots[number].event);

    lease_unlink(q, l, number);
    q->locked.slots[number].until_ms = until_ms;
    lease_link(q, l, number);
}
