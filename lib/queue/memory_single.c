/* memory_single.c - single events of the queue in memory: leased by their id, listed in their order. */
#include <stdlib.h>

#include "queue/memory_each.h"

static int is_leased(const lii_memory_queue *q, const lii_memory_lane *l, const li_id *id)
{
    uint32_t number;

    for (number = l->first_lease; number != 0; number = q->locked.slots[number].next)
        if (lii_memory_has_id(q->locked.slots[number].event, id))
            return 1;
    return 0;
}

static li_status take_id_locked(lii_memory_queue *q, lii_memory_lane *l, const li_id *id, uint64_t until_ms, li_lease *lease)
{
    lii_memory_event *e;

    lii_memory_expire(q, l, q->host->now_ms(q->host->engine));
    if (lii_memory_lease_reserve(q) != LI_OK || lii_heap_reserve(&l->later, l->promised + 1) != LI_OK)
        return LI_E_NOMEM;
    e = lii_memory_remove(l, id);
    if (e == NULL)
        return is_leased(q, l, id) ? LI_E_STATE : LI_E_NOT_FOUND;
    l->pending--;
    lii_memory_lease_begin(q, l, e, until_ms, lease);
    return LI_OK;
}

li_status lii_memory_take_id(void *self, uint32_t number, const li_id *id, uint64_t lease_until_ms, li_lease *lease)
{
    lii_memory_queue *q = self;
    li_status status = LI_E_NOT_FOUND;

    pthread_mutex_lock(&q->lock);
    lii_memory_gather(q);
    if (number < q->locked.n_lanes)
        status = take_id_locked(q, &q->locked.lanes[number], id, lease_until_ms, lease);
    pthread_mutex_unlock(&q->lock);
    return status;
}

/* An event on a walk. */
typedef struct place {
    const lii_memory_event *event;
    int32_t is_leased;
    int32_t reserved;
} place;

static int compare_places(const void *a, const void *b)
{
    const lii_memory_event *x = ((const place *)a)->event, *y = ((const place *)b)->event;

    if (x->header.due_ms != y->header.due_ms)
        return x->header.due_ms < y->header.due_ms ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

/* Up to max events that come after `after` (NULL: from the first): all of them, in any order, or with max 1 the next. */
static size_t gather(const lii_memory_queue *q, const lii_memory_lane *l, const place *after, place *out, size_t max)
{
    const lii_memory_event *list = l->first;
    uint32_t number = l->first_lease;
    lii_heap_cursor at = { 0, NULL };
    lii_heap_node *node = lii_heap_next(&l->later, &at);
    size_t n = 0;

    while (list != NULL || node != NULL || number != 0) {
        place p = { list, 0, 0 };

        if (list != NULL) {
            list = list->next;
        } else if (node != NULL) {
            p.event = lii_memory_event_of(node);
            node = lii_heap_next(&l->later, &at);
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
void lii_memory_each(void *self, uint32_t number, int32_t (*each)(void *user, const li_event_header *header, int32_t is_leased),
                       void *user)
{
    lii_memory_queue *q = self;
    place one, last = { NULL, 0, 0 }, *all = NULL;
    const lii_memory_lane *l;
    size_t n = 0, i;

    pthread_mutex_lock(&q->lock);
    lii_memory_gather(q);
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
