/* memory_wait.c - waiting events of a lane: a list of those that come in order, a heap for all others. */
#include "queue/memory.h"

static void list_append(lii_memory_lane *l, lii_memory_event *e)
{
    e->next = NULL;
    if (l->last)
        l->last->next = e;
    else
        l->first = e;
    l->last = e;
}

/* Into the heap, which has room for it. */
void lii_memory_wait_later(lii_memory_lane *l, lii_memory_event *e)
{
    if (l->later.count == 0) {
        l->later_oldest_ms = UINT64_MAX;
        l->is_oldest_known = 1;
    }
    if (e->header.accepted_ms < l->later_oldest_ms)
        l->later_oldest_ms = e->header.accepted_ms;
    e->node.place = 0;
    lii_heap_set(&l->later, &e->node, e->header.due_ms, e->sequence);
}

/* A new event: its sequence is the highest, so that it can end the list unless it is early or delayed. */
void lii_memory_wait_new(lii_memory_lane *l, lii_memory_event *e)
{
    l->pending++;
    l->bytes += lii_memory_bytes(e);
    if (e->header.due_ms <= e->header.accepted_ms &&
        (l->last == NULL || (l->last->header.due_ms <= e->header.due_ms && l->last->header.accepted_ms <= e->header.accepted_ms)))
        list_append(l, e);
    else
        lii_memory_wait_later(l, e);
}

/* The first event leaves; there is one. */
lii_memory_event *lii_memory_pop(lii_memory_lane *l)
{
    lii_memory_event *e;

    l->pending--;
    if (lii_memory_is_heap_next(l)) {
        e = lii_memory_event_of(lii_heap_pop(&l->later));
        if (e->header.accepted_ms == l->later_oldest_ms)
            l->is_oldest_known = 0;
        return e;
    }
    e = l->first;
    l->first = e->next;
    if (l->first == NULL)
        l->last = NULL;
    return e;
}

int lii_memory_has_id(const lii_memory_event *e, const li_id *id)
{
    return memcmp(&e->header.id, id, sizeof *id) == 0;
}

/* A waiting event leaves its list or heap, by a look at each: those who cancel can wait, those who put and take cannot. */
lii_memory_event *lii_memory_remove(lii_memory_lane *l, const li_id *id)
{
    lii_memory_event *e, *before = NULL;
    lii_heap_cursor at = { 0, NULL };
    lii_heap_node *node;

    for (e = l->first; e != NULL; before = e, e = e->next)
        if (lii_memory_has_id(e, id)) {
            if (before)
                before->next = e->next;
            else
                l->first = e->next;
            if (l->last == e)
                l->last = before;
            return e;
        }
    while ((node = lii_heap_next(&l->later, &at)) != NULL) {
        e = lii_memory_event_of(node);
        if (lii_memory_has_id(e, id)) {
            lii_heap_remove(&l->later, &e->node);
            if (e->header.accepted_ms == l->later_oldest_ms)
                l->is_oldest_known = 0;
            return e;
        }
    }
    return NULL;
}
