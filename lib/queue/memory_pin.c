/* memory_pin.c - events whose bytes somebody still reads when their lease ends: kept until the last of those is done. */
#include "queue/memory_each.h"

/* The caller's memory, in a list of all pins: there are as many as there are handlers that overran, so mostly none. */
struct lii_memory_pin {
    lii_memory_event *event;
    lii_memory_pin *next;
    uintptr_t is_over;           /* the event has left the queue: its last pin lets the block go */
};

_Static_assert(sizeof(lii_memory_pin) <= sizeof(li_queue_pin), "a pin lives in li_queue_pin");

static lii_memory_pin *find(lii_memory_pin *pin, const lii_memory_event *e)
{
    while (pin && pin->event != e)
        pin = pin->next;
    return pin;
}

int lii_memory_is_kept(lii_memory_queue *q, const lii_memory_event *e)
{
    lii_memory_pin *pin = find(q->locked.pins, e);

    if (pin)
        pin->is_over = 1;
    return pin != NULL;
}

li_status lii_memory_pin_lease(void *self, uint64_t token, li_queue_pin *storage)
{
    lii_memory_queue *q = self;
    lii_memory_pin *pin = (lii_memory_pin *)(void *)storage;
    uint32_t number;

    pthread_mutex_lock(&q->lock);
    number = lii_memory_lease_find(q, token);
    if (number != 0) {
        pin->event = q->locked.slots[number].event;
        pin->next = q->locked.pins;
        pin->is_over = 0;
        q->locked.pins = pin;
    }
    pthread_mutex_unlock(&q->lock);
    return number != 0 ? LI_OK : LI_E_NOT_FOUND;
}

void lii_memory_unpin(void *self, li_queue_pin *storage)
{
    lii_memory_queue *q = self;
    lii_memory_pin *pin = (lii_memory_pin *)(void *)storage, **link = &q->locked.pins, *other;
    lii_memory_event *out = NULL;

    pthread_mutex_lock(&q->lock);
    while (*link != pin)
        link = &(*link)->next;
    *link = pin->next;
    other = pin->is_over ? find(q->locked.pins, pin->event) : NULL;
    if (other)
        other->is_over = 1;
    else if (pin->is_over)
        lii_memory_recycle(q, pin->event, &out);
    if (pin->is_over)
        lii_memory_return(q, &out);
    pthread_mutex_unlock(&q->lock);
    lii_memory_free_events(q, out);
}
