/* heap.c - a 4-ary heap of (due, sequence) that tells each node where it is. */
#include "base/heap.h"

#include <string.h>

enum { WAYS = 4, FIRST_CAP = 64 };

void lii_heap_init(lii_heap *heap, const li_allocator *allocator)
{
    memset(heap, 0, sizeof *heap);
    heap->allocator = allocator;
}

void lii_heap_fini(lii_heap *heap)
{
    lii_free(heap->allocator, heap->entries);
    heap->entries = NULL;
    heap->count = heap->cap = 0;
}

li_status lii_heap_reserve(lii_heap *heap, size_t more)
{
    lii_heap_entry *entries;
    size_t cap = heap->cap ? heap->cap : FIRST_CAP;

    if (more <= heap->cap - heap->count)
        return LI_OK;
    if (more > SIZE_MAX / sizeof *entries / 4 - heap->count)
        return LI_E_NOMEM;
    while (cap < heap->count + more)
        cap += cap / 2;
    entries = lii_realloc(heap->allocator, heap->entries, cap * sizeof *entries);
    if (entries == NULL)
        return LI_E_NOMEM;
    heap->entries = entries;
    heap->cap = cap;
    return LI_OK;
}

static int is_before(const lii_heap_entry *a, const lii_heap_entry *b)
{
    return a->due < b->due || (a->due == b->due && a->sequence < b->sequence);
}

static void place(lii_heap *heap, size_t i, lii_heap_entry entry)
{
    heap->entries[i] = entry;
    entry.node->index = i + 1;
}

static size_t rise(lii_heap *heap, size_t i, lii_heap_entry entry)
{
    while (i > 0) {
        size_t parent = (i - 1) / WAYS;

        if (!is_before(&entry, &heap->entries[parent]))
            break;
        place(heap, i, heap->entries[parent]);
        i = parent;
    }
    place(heap, i, entry);
    return i;
}

static void sink(lii_heap *heap, size_t i, lii_heap_entry entry)
{
    for (;;) {
        size_t child = i * WAYS + 1, end = child + WAYS, least = child;

        if (child >= heap->count)
            break;
        if (end > heap->count)
            end = heap->count;
        while (++child < end)
            if (is_before(&heap->entries[child], &heap->entries[least]))
                least = child;
        if (!is_before(&heap->entries[least], &entry))
            break;
        place(heap, i, heap->entries[least]);
        i = least;
    }
    place(heap, i, entry);
}

/* Put an entry where position i is free: up if it is early, else down. */
static void settle(lii_heap *heap, size_t i, lii_heap_entry entry)
{
    if (rise(heap, i, entry) == i)
        sink(heap, i, entry);
}

li_status lii_heap_set(lii_heap *heap, lii_heap_node *node, uint64_t due, uint64_t sequence)
{
    lii_heap_entry entry;
    li_status status;

    entry.due = due;
    entry.sequence = sequence;
    entry.node = node;
    if (node->index != 0) {
        settle(heap, node->index - 1, entry);
        return LI_OK;
    }
    status = lii_heap_reserve(heap, 1);
    if (status != LI_OK)
        return status;
    rise(heap, heap->count++, entry);
    return LI_OK;
}

void lii_heap_remove(lii_heap *heap, lii_heap_node *node)
{
    size_t i = node->index - 1;

    if (node->index == 0)
        return;
    node->index = 0;
    heap->count--;
    if (i < heap->count)
        settle(heap, i, heap->entries[heap->count]);
}

const lii_heap_entry *lii_heap_first(const lii_heap *heap)
{
    return heap->count ? &heap->entries[0] : NULL;
}

lii_heap_node *lii_heap_pop(lii_heap *heap)
{
    lii_heap_node *node;

    if (heap->count == 0)
        return NULL;
    node = heap->entries[0].node;
    lii_heap_remove(heap, node);
    return node;
}
