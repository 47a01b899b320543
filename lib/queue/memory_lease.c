/* memory_lease.c - leases in numbered slots, linked in the order in which they end. */
#include "queue/memory_each.h"

enum { FIRST_SLOTS = 64 };

li_status lii_memory_lease_grow(lii_memory_queue *q)
{
    uint32_t cap = q->locked.cap_slots ? q->locked.cap_slots * 2 : FIRST_SLOTS;
    lii_memory_slot *slots;

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

/* The place is sought from the end. */
void lii_memory_lease_insert(lii_memory_queue *q, lii_memory_lane *l, uint32_t number)
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

/* Leases that ended with nobody's word: their events wait again, due as before. */
void lii_memory_expire(lii_memory_queue *q, lii_memory_lane *l, uint64_t now_ms)
{
    while (l->first_lease != 0 && q->locked.slots[l->first_lease].until_ms <= now_ms) {
        lii_memory_wait_later(l, lii_memory_lease_end(q, l, l->first_lease));
        l->pending++;
    }
}

void lii_memory_lease_move(lii_memory_queue *q, uint32_t number, uint64_t until_ms)
{
    lii_memory_lane *l = lii_memory_lane_of(q, q->locked.slots[number].event);

    lii_memory_lease_unlink(q, l, number);
    q->locked.slots[number].until_ms = until_ms;
    lii_memory_lease_link(q, l, number);
}
