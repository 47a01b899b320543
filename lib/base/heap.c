/* heap.c - a 4-ary heap of (due, sequence) that tells each node where it is, and slots for those whose time is far. */
#include "base/heap.h"

#include <string.h>

enum { WAYS = 4, FIRST_CAP = 64, LINE = 64 };
enum { MANY = 1024, FEW = 32 };  /* from so many on the wheel is used; so few of a slot go into the heap at once */
enum { BITS = 6, SLOTS = 1 << BITS, LEVELS = (64 + BITS - 1) / BITS };

/* A due is in the level of the highest digit (of BITS) in which it differs from `from`, in that digit's slot. All of a level
 * come before all of the next; `from` moves up to the slot that is emptied, which never splits another. */
struct lii_wheel {
    uint64_t from;               /* none in a slot is due before it */
    uint32_t levels;             /* a bit a level that holds any */
    uint64_t used[LEVELS];       /* a bit a slot that holds any */
    lii_heap_node *slots[LEVELS * SLOTS];
};

void lii_heap_init(lii_heap *heap, const li_allocator *allocator, ptrdiff_t due_at)
{
    memset(heap, 0, sizeof *heap);
    heap->allocator = allocator;
    heap->due_at = due_at;
}

void lii_heap_fini(lii_heap *heap)
{
    lii_free(heap->allocator, heap->block);
    lii_free(heap->allocator, heap->wheel);
    heap->block = NULL;
    heap->wheel = NULL;
    heap->entries = NULL;
    heap->near = heap->count = heap->cap = 0;
}

/* The entries of a block, so that entry 1 begins a cache line: brothers are 4 i + 1 to 4 i + 4. */
static lii_heap_entry *entries_in(void *block)
{
    uintptr_t first = (uintptr_t)block + sizeof(lii_heap_entry);

    return (lii_heap_entry *)(((first + LINE - 1) & ~(uintptr_t)(LINE - 1)) - sizeof(lii_heap_entry));
}

li_status lii_heap_grow(lii_heap *heap, size_t more)
{
    lii_heap_entry *entries;
    size_t cap = heap->cap ? heap->cap : FIRST_CAP;
    void *block;

    if (more > SIZE_MAX / sizeof *entries / 4 - heap->count)
        return LI_E_NOMEM;
    while (cap < heap->count + more)
        cap += cap / 2;
    block = lii_alloc(heap->allocator, cap * sizeof *entries + LINE);
    if (block == NULL)
        return LI_E_NOMEM;
    entries = entries_in(block);
    if (heap->near > 0)
        memcpy(entries, heap->entries, heap->near * sizeof *entries);
    lii_free(heap->allocator, heap->block);
    heap->block = block;
    heap->entries = entries;
    heap->cap = cap;
    if (heap->due_at != 0 && heap->wheel == NULL && cap > MANY)
        heap->wheel = lii_calloc(heap->allocator, 1, sizeof *heap->wheel);   /* without it all is slower, and right */
    return LI_OK;
}

static int is_before(const lii_heap_entry *a, const lii_heap_entry *b)
{
    return a->due < b->due || (a->due == b->due && a->node->sequence < b->node->sequence);
}

static void place(lii_heap *heap, size_t i, lii_heap_entry entry)
{
    heap->entries[i] = entry;
    entry.node->place = 2 * i + 1;
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

    if (grandchild + WAYS * WAYS <= heap->near)
        for (k = 0; k < WAYS; k++)
            __builtin_prefetch(&heap->entries[grandchild + k * WAYS]);
}

/* Which of up to four brothers comes first. Dues differ as a rule, and then nothing is guessed: no branch to mispredict. */
static size_t first_of(const lii_heap *heap, size_t child)
{
    const lii_heap_entry *e = &heap->entries[child];
    size_t n = heap->near - child, least = 0, k;

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

        if (child >= heap->near)
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

/* ---- slots */

static void link_in(lii_wheel *wheel, lii_heap_node *node, uint64_t due)
{
    uint64_t differs = due ^ wheel->from;
    unsigned level = differs ? (63 - (unsigned)__builtin_clzll(differs)) / BITS : 0;
    unsigned slot = (unsigned)(due >> (level * BITS)) % SLOTS;
    lii_heap_node **head = &wheel->slots[level * SLOTS + slot];

    node->next = *head;
    node->place = (uintptr_t)head;
    if (node->next)
        node->next->place = (uintptr_t)&node->next;
    *head = node;
    wheel->used[level] |= UINT64_C(1) << slot;
    wheel->levels |= 1u << level;
}

static void slot_is_empty(lii_wheel *wheel, size_t at)
{
    wheel->used[at / SLOTS] &= ~(UINT64_C(1) << at % SLOTS);
    if (wheel->used[at / SLOTS] == 0)
        wheel->levels &= ~(1u << at / SLOTS);
}

static void link_out(lii_wheel *wheel, lii_heap_node *node)
{
    lii_heap_node **link = (lii_heap_node **)node->place;

    *link = node->next;
    if (node->next)
        node->next->place = node->place;
    else if ((uintptr_t)link - (uintptr_t)wheel->slots < sizeof wheel->slots)
        slot_is_empty(wheel, (size_t)(link - wheel->slots));
    node->place = 0;
}

/* The slot that comes first, and the earliest due it can hold; there is one. */
static size_t first_slot(const lii_wheel *wheel, uint64_t *begins)
{
    unsigned level = (unsigned)__builtin_ctz(wheel->levels), slot = (unsigned)__builtin_ctzll(wheel->used[level]);
    unsigned above = (level + 1) * BITS;

    *begins = (above < 64 ? wheel->from >> above << above : 0) | (uint64_t)slot << (level * BITS);
    return level * SLOTS + slot;
}

static void enter(lii_heap *heap, lii_heap_node *node, uint64_t due)
{
    lii_heap_entry entry;

    entry.due = due;
    entry.node = node;
    rise(heap, heap->near++, entry);
}

/* Empty a slot: a short list goes into the heap, of a long one each to the slot where it is now. */
static void move_on(lii_heap *heap, size_t at, uint64_t begins)
{
    lii_wheel *wheel = heap->wheel;
    lii_heap_node *list = wheel->slots[at], *node = list, *next;
    int n;

    for (n = 0; node && n < FEW; n++)
        node = node->next;
    wheel->slots[at] = NULL;
    slot_is_empty(wheel, at);
    wheel->from = begins;
    for (; list; list = next) {
        uint64_t due;

        memcpy(&due, (const char *)list + heap->due_at, sizeof due);
        next = list->next;
        if (node == NULL || at < SLOTS)         /* all of a slot of the first level are due at once */
            enter(heap, list, due);
        else
            link_in(wheel, list, due);
    }
}

void lii_heap_bring(lii_heap *heap)
{
    while (heap->near < heap->count) {
        uint64_t begins;
        size_t at = first_slot(heap->wheel, &begins);

        if (heap->near > 0 && heap->entries[0].due < begins)
            return;
        move_on(heap, at, begins);
    }
}

/* ---- both */

static int is_far(lii_heap *heap, uint64_t due)
{
    lii_wheel *wheel = heap->wheel;

    if (wheel == NULL || heap->count < MANY)
        return 0;
    if (heap->near == heap->count)
        wheel->from = heap->entries[0].due;     /* no slot is in use: it begins anew */
    return due >= wheel->from;
}

static void insert(lii_heap *heap, lii_heap_node *node, uint64_t due)
{
    if (is_far(heap, due))
        link_in(heap->wheel, node, due);
    else
        enter(heap, node, due);
    heap->count++;
}

li_status lii_heap_set(lii_heap *heap, lii_heap_node *node, uint64_t due, uint64_t sequence)
{
    if (node->place != 0) {
        lii_heap_remove(heap, node);
    } else if (heap->count == heap->cap) {
        li_status status = lii_heap_grow(heap, 1);

        if (status != LI_OK)
            return status;
    }
    node->sequence = sequence;
    insert(heap, node, due);
    return LI_OK;
}

void lii_heap_remove(lii_heap *heap, lii_heap_node *node)
{
    size_t i = node->place / 2;

    if (node->place == 0)
        return;
    heap->count--;
    if (node->place % 2 == 0) {
        link_out(heap->wheel, node);
        return;
    }
    heap->near--;
    node->place = 0;
    if (i < heap->near) {
        /* all that the last one's new place asks for, at once */
        __builtin_prefetch(heap->entries[heap->near].node, 1);
        __builtin_prefetch(&heap->entries[i], 1);
        __builtin_prefetch(&heap->entries[i > 0 ? (i - 1) / WAYS : 0]);
        if (i * WAYS + 1 < heap->near)
            __builtin_prefetch(&heap->entries[i * WAYS + 1]);
        settle(heap, i, heap->entries[heap->near]);
    }
}

lii_heap_node *lii_heap_pop(lii_heap *heap)
{
    const lii_heap_entry *first = lii_heap_first(heap);
    lii_heap_node *node = first ? first->node : NULL;

    if (node)
        lii_heap_remove(heap, node);
    return node;
}

lii_heap_node *lii_heap_next(const lii_heap *heap, lii_heap_cursor *at)
{
    lii_heap_node *node;

    if (at->i < heap->near)
        return heap->entries[at->i++].node;
    while (!at->node) {
        if (heap->near == heap->count || at->i - heap->near == LEVELS * SLOTS)
            return NULL;
        at->node = heap->wheel->slots[at->i++ - heap->near];
    }
    node = at->node;
    at->node = node->next;
    return node;
}
