/* heap.h - a 4-ary heap of (due, sequence) with the owner's index: insert, move, cancel, pop in total order. 16 bytes an
 * entry, four of which share a cache line; 16 in the owner. Not locked. */
#ifndef LII_BASE_HEAP_H
#define LII_BASE_HEAP_H

#include "base/alloc.h"

/* Embedded in whatever waits; index 0 means not in a heap. */
typedef struct lii_heap_node {
    size_t index;        /* position + 1 */
    uint64_t sequence;   /* equal dues run in this order */
} lii_heap_node;

typedef struct lii_heap_entry {
    uint64_t due;
    lii_heap_node *node;
} lii_heap_entry;

typedef struct lii_heap {
    const li_allocator *allocator;
    void *block;         /* what was allocated; entries begin in it so that four brothers share a cache line */
    lii_heap_entry *entries;
    size_t count;
    size_t cap;
} lii_heap;

void lii_heap_init(lii_heap *heap, const li_allocator *allocator);
void lii_heap_fini(lii_heap *heap);
li_status lii_heap_reserve(lii_heap *heap, size_t more);         /* so that the next `more` inserts cannot fail */
/* Insert, or move when it is in the heap already (that needs no memory). */
li_status lii_heap_set(lii_heap *heap, lii_heap_node *node, uint64_t due, uint64_t sequence);
void lii_heap_remove(lii_heap *heap, lii_heap_node *node);       /* nothing when it is not in the heap */
const lii_heap_entry *lii_heap_first(const lii_heap *heap);      /* NULL when empty */
lii_heap_node *lii_heap_pop(lii_heap *heap);                     /* NULL when empty */

#endif
