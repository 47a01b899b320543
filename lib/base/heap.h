/* heap.h - what waits for its time: insert, move, cancel, pop in total order of (due, sequence). Not locked.
 *
 * A few wait in a 4-ary heap. Of many, those that are not next wait in slots of a wheel, by what their due has in common with
 * the next one's, so that to insert or cancel one touches its neighbours alone; a slot whose time comes near is moved on. */
#ifndef LII_BASE_HEAP_H
#define LII_BASE_HEAP_H

#include <stddef.h>

#include "base/alloc.h"

/* Embedded in whatever waits; all zero: it does not wait. */
typedef struct lii_heap_node {
    uintptr_t place;             /* 2 * index + 1: in the heap; else the link that leads to it, in a slot; 0: it does not wait */
    uint64_t sequence;           /* equal dues run in this order */
    struct lii_heap_node *next;  /* in a slot */
} lii_heap_node;

typedef struct lii_heap_entry {
    uint64_t due;
    lii_heap_node *node;
} lii_heap_entry;

typedef struct lii_wheel lii_wheel;

typedef struct lii_heap {
    const li_allocator *allocator;
    void *block;                 /* what was allocated; entries begin in it so that four brothers share a cache line */
    lii_heap_entry *entries;
    size_t near;                 /* entries in use */
    size_t cap;                  /* for all that wait, so that one can come here from its slot at any time */
    size_t count;                /* all that wait */
    lii_wheel *wheel;            /* NULL: there were never many, or there was no memory for one */
    ptrdiff_t due_at;            /* from a node to its due, which its owner keeps while it waits; 0: no slots are used */
} lii_heap;

void lii_heap_init(lii_heap *heap, const li_allocator *allocator, ptrdiff_t due_at);
/* due_at for a struct with a node and a uint64_t, which is set before the node goes in. */
#define LII_DUE_AT(type, node, due) ((ptrdiff_t)offsetof(type, due) - (ptrdiff_t)offsetof(type, node))
void lii_heap_fini(lii_heap *heap);
li_status lii_heap_grow(lii_heap *heap, size_t more);
/* Insert, or move when it waits already (that needs no memory). */
li_status lii_heap_set(lii_heap *heap, lii_heap_node *node, uint64_t due, uint64_t sequence);
void lii_heap_remove(lii_heap *heap, lii_heap_node *node);       /* nothing when it does not wait */
void lii_heap_bring(lii_heap *heap);                             /* the first of the slots into the heap, where it is first */
lii_heap_node *lii_heap_pop(lii_heap *heap);                     /* NULL when empty */

/* All that wait, in no order; at begins as zero. NULL: that was the last. The heap may not change in between; whose node was
 * given may end. */
typedef struct lii_heap_cursor {
    size_t i;
    lii_heap_node *node;         /* the next one of a slot */
} lii_heap_cursor;
lii_heap_node *lii_heap_next(const lii_heap *heap, lii_heap_cursor *at);

/* So that the next `more` inserts cannot fail. */
static inline li_status lii_heap_reserve(lii_heap *heap, size_t more)
{
    return more <= heap->cap - heap->count ? LI_OK : lii_heap_grow(heap, more);
}

static inline const lii_heap_entry *lii_heap_first(lii_heap *heap)      /* NULL when empty */
{
    if (heap->near < heap->count)
        lii_heap_bring(heap);
    return heap->near ? &heap->entries[0] : NULL;
}

#endif
