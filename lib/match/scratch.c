/* scratch.c - memory that grows to what events need and stays. */
#include "match/scratch.h"

enum { FIRST_CAP = 16 };

void lii_scratch_init(lii_scratch *s, const li_allocator *allocator)
{
    memset(s, 0, sizeof *s);
    s->allocator = allocator;
}

static void free_set(const lii_scratch *s, lii_pointer_set *set)
{
    lii_free(s->allocator, set->marks);
    lii_free(s->allocator, (void *)set->list);
}

void lii_scratch_fini(lii_scratch *s)
{
    lii_free(s->allocator, s->nodes);
    lii_free(s->allocator, s->memos);
    lii_free(s->allocator, s->leaves);
    lii_free(s->allocator, s->contexts);
    lii_free(s->allocator, s->frames);
    lii_free(s->allocator, s->text);
    lii_free(s->allocator, s->folded);
    lii_free(s->allocator, s->knots);
    lii_free(s->allocator, s->knot_of);
    lii_free(s->allocator, s->places);
    lii_free(s->allocator, s->tied);
    lii_free(s->allocator, s->sought);
    lii_index_fini(&s->index, s->allocator);
    free_set(s, &s->hits);
    free_set(s, &s->subs);
    free_set(s, &s->reported);
}

int lii_scratch_double(lii_scratch *s, void *list, uint32_t *cap, size_t size, uint64_t index)
{
    uint64_t n = *cap ? *cap : FIRST_CAP;
    char *grown;
    void *old;

    while (n <= index)
        n *= 2;
    memcpy(&old, list, sizeof old);
    grown = n <= UINT32_MAX && n <= SIZE_MAX / size ? lii_realloc(s->allocator, old, (size_t)n * size) : NULL;
    if (grown == NULL) {
        s->status = LI_E_NOMEM;
        return -1;
    }
    memset(grown + *cap * size, 0, ((size_t)n - *cap) * size);
    memcpy(list, &grown, sizeof grown);
    *cap = (uint32_t)n;
    return 0;
}

int lii_scratch_room(lii_scratch *s, char **block, size_t *cap, size_t size)
{
    char *bigger;

    if (size <= *cap)
        return 0;
    bigger = lii_alloc(s->allocator, size + size / 2);
    if (bigger == NULL) {
        s->status = LI_E_NOMEM;
        return -1;
    }
    lii_free(s->allocator, *block);
    *block = bigger;
    *cap = size + size / 2;
    return 0;
}

/* Stamps have come round: nothing that was written before may look new. */
static void forget_stamps(lii_scratch *s)
{
    if (s->nodes)
        memset(s->nodes, 0, s->cap_nodes * sizeof *s->nodes);
    if (s->memos)
        memset(s->memos, 0, s->cap_memos * sizeof *s->memos);
    if (s->hits.marks)
        memset(s->hits.marks, 0, 2 * (size_t)s->hits.cap * sizeof *s->hits.marks);
    if (s->subs.marks)
        memset(s->subs.marks, 0, 2 * (size_t)s->subs.cap * sizeof *s->subs.marks);
    if (s->reported.marks)
        memset(s->reported.marks, 0, 2 * (size_t)s->reported.cap * sizeof *s->reported.marks);
    s->stamp = 1;
}

li_status lii_scratch_begin(lii_scratch *s, const lii_core *core, uint64_t snapshot)
{
    s->core = core;
    s->snapshot = snapshot;
    /* sequentially consistent, as are the stores: see matcher.c on what may be freed */
    s->keys = atomic_load(&core->keys);
    s->filter = atomic_load(&core->filter);
    s->n_nodes = atomic_load_explicit(&core->n_nodes, memory_order_relaxed);
    s->n_memos = atomic_load_explicit(&core->n_memos, memory_order_relaxed);
    s->status = LI_OK;
    s->n_leaves = s->n_arrays = s->n_sought = 0;
    s->n_contexts = 1; /* the event */
    s->text_len = 0;
    s->hits.n = s->subs.n = s->reported.n = 0;
    if (++s->stamp == 0)
        forget_stamps(s);
    if (lii_scratch_grow(s, &s->nodes, &s->cap_nodes, sizeof *s->nodes, s->n_nodes) != 0 ||
        lii_scratch_grow(s, &s->memos, &s->cap_memos, sizeof *s->memos, s->n_memos) != 0 ||
        lii_scratch_grow(s, &s->contexts, &s->cap_contexts, sizeof *s->contexts, 0) != 0)
        return LI_E_NOMEM;
    return LI_OK;
}

static size_t place_of(const lii_pointer_set *set, const void *pointer, uint32_t stamp)
{
    size_t mask = 2 * (size_t)set->cap - 1, i = (size_t)(((uintptr_t)pointer >> 3) * UINT64_C(0x9E3779B97F4A7C15) >> 32) & mask;

    while (set->marks[i].stamp == stamp && set->list[set->marks[i].value] != pointer)
        i = (i + 1) & mask;
    return i;
}

static int grow_set(lii_scratch *s, lii_pointer_set *set)
{
    uint32_t cap = set->cap ? set->cap * 2 : FIRST_CAP, i;
    const void **list;
    lii_mark *marks;
    size_t place;

    if (cap > UINT32_MAX / 4)
        return -1;
    list = (const void **)lii_realloc(s->allocator, (void *)set->list, cap * sizeof *list);
    if (list == NULL)
        return -1;
    set->list = list;
    marks = lii_calloc(s->allocator, 2 * (size_t)cap, sizeof *marks);
    if (marks == NULL)
        return -1;
    lii_free(s->allocator, set->marks);
    set->marks = marks;
    set->cap = cap;
    for (i = 0; i < set->n; i++) {
        place = place_of(set, set->list[i], s->stamp);
        marks[place].stamp = s->stamp;
        marks[place].value = i;
    }
    return 0;
}

int lii_pointer_set_add(lii_scratch *s, lii_pointer_set *set, const void *pointer)
{
    size_t place;

    if (set->n == set->cap && grow_set(s, set) != 0) {
        s->status = LI_E_NOMEM;
        return -1;
    }
    place = place_of(set, pointer, s->stamp);
    if (set->marks[place].stamp == s->stamp)
        return 0;
    set->marks[place].stamp = s->stamp;
    set->marks[place].value = set->n;
    set->list[set->n++] = pointer;
    return 1;
}
