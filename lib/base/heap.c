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
    lii_free(heap->allocator, heap->block);
    heap->block = NULL;
    heap->entries = NULL;
    heap->count = heap->cap = 0;
}

enum { LINE = 64 };

/* The entries of a block, so that entry 1 begins a cache line: brothers are 4 i + 1 to 4 i + 4. */
static lii_heap_entry *entries_in(void *block)
{
    uintptr_t first = (uintptr_t)block + sizeof(lii_heap_entry);

    return (lii_heap_entry *)(((first + LINE - 1) & ~(uintptr_t)(LINE - 1)) - sizeof(lii_heap_entry));
}

li_status lii_heap_reserve(lii_heap *heap, size_t more)
{
    lii_heap_entry *entries;
    size_t cap = heap->cap ? heap->cap : FIRST_CAP;
    void *block;

    if (more <= heap->cap - heap->count)
        return LI_OK;
    if (more > SIZE_MAX / sizeof *entries / 4 - heap->count)
        return LI_E_NOMEM;
    while (cap < heap->count + more)
        cap += cap / 2;
    block = lii_alloc(heap->allocator, cap * sizeof *entries + LINE);
    if (block == NULL)
        return LI_E_NOMEM;
    entries = entries_in(block);
    if (heap->count > 0)
        memcpy(entries, heap->entries, heap->count * sizeof *entries);
    lii_free(heap->allocator, heap->block);
    heap->block = block;
    heap->entries = entries;
    heap->cap = cap;
    return LI_OK;
}

static int is_before(const lii_heap_entry *a, const lii_heap_entry *b)
{
    return a->due < b->due || (a->due == b->due && a->node->sequence < b->node->sequence);
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

/* The lines of all grandchildren, while the children are compared: each step down else waits for memory. */
static void fetch_ahead(const lii_heap *heap, size_t child)
{
    size_t grandchild = child * WAYS + 1, k;

    if (grandchild + WAYS * WAYS <= heap->count)
        for (k = 0; k < WAYS; k++)
            __builtin_prefetch(&heap->entries[grandchild + k * WAYS]);
}

/* Which of up to four brothers comes first. Dues differ as a rule, and then nothing is guessed: no branch to mispredict. */
static size_t first_of(const lii_heap *heap, size_t child)
{
    const lii_heap_entry *e = &heap->entries[child];
    size_t n = heap->count - child, least = 0, k;

    if (n >= WAYS) {
        size_t a = e[1].due < e[0].due, b = 2 + (size_t)(e[3].due < e[2].due);
        uint64_t due;

        least = e[b].due < e[a].due ? b : a;
        due = e[least].due;
        if ((e[0].due == due) + (e[1].due == due) + (e[2].due == due) + (e[3].due == due) == 1)
            return child + least;
        n = WAYS;
    }
    for (k = 0, least = 0; k < n; k++)
        if (is_before(&e[k], &e[least]))
            least = k;
    return child + least;
}

static void sink(lii_heap *heap, size_t i, lii_heap_entry entry)
{
    for (;;) {
        size_t child = i * WAYS + 1, least;

        if (child >= heap->count)
            break;
        fetch_ahead(heap, child);
        least = first_of(heap, child);
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

    entry.due = due;
    entry.node = node;
    node->sequence = sequence;
    if (node->index != 0) {
        settle(heap, node->index - 1, entry);
        return LI_OK;
    }
    if (heap->count == heap->cap) {
        li_status status = lii_heap_reserve(heap, 1);

        if (status != LI_OK)
            return status;
    }
    rise(heap, heap->count++, entry);
    return LI_OK;
}

void lii_heap_remove(lii_heap *heap, lii_heap_node *node)
{
    size_t i = node->index - 1;

    if (node->index == 0)
        return;
    heap->count--;
    if (i < heap->count) {
        /* all that the last one's new place asks for, at once */
        __builtin_prefetch(heap->entries[heap->count].node, 1);
        __builtin_prefetch(&heap->entries[i], 1);
        __builtin_prefetch(&heap->entries[i > 0 ? (i - 1) / WAYS : 0]);
        if (i * WAYS + 1 < heap->count)
            __builtin_prefetch(&heap->entries[i * WAYS + 1]);
        node->index = 0;
        settle(heap, i, heap->entries[heap->count]);
    }
    node->index = 0;
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
