/* memory_wait.c - waiting events of a lane: a list of those that come in order, a heap for all others. */
#include "queue/memory.h"

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

lii_memory_event *lii_memory_pop_later(lii_memory_lane *l)
{
    lii_memory_event *e = lii_memory_event_of(lii_heap_pop(&l->later));

    if (e->header.accepted_ms == l->later_oldest_ms)
        l->is_oldest_known = 0;
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
