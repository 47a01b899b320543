/* bounds.c - numbers above or below a bound: sub-rules in the order of their bounds. */
#include "match/core.h"

static lii_bound *new_bound(lii_core *core, uint64_t key, uint64_t ref, size_t n_levels)
{
    lii_bound *bound = lii_arena_get(&core->arena, sizeof *bound + n_levels * sizeof bound->next[0]);

    if (bound == NULL)
        return NULL;
    memset(bound, 0, sizeof *bound + n_levels * sizeof bound->next[0]);
    bound->key = key;
    bound->ref = ref;
    return bound;
}

/* One level more in a quarter of the cases. */
static size_t choose_levels(lii_core *core)
{
    uint64_t x = core->random + UINT64_C(0x9E3779B97F4A7C15);
    size_t n = 1;

    core->random = x;
    x = (x ^ x >> 31) * UINT64_C(0xD6E8FEB86659FD93);
    for (x ^= x >> 32; n < LII_BOUND_LEVELS && (x & 3) == 0; x >>= 2)
        n++;
    return n;
}

static lii_bound *get_head(lii_core *core, lii_node *node, int is_below)
{
    lii_bound *head = atomic_load_explicit(&node->bounds[is_below], memory_order_relaxed);

    if (head)
        return head;
    head = new_bound(core, 0, 0, LII_BOUND_LEVELS);
    if (head)
        atomic_store_explicit(&node->bounds[is_below], head, memory_order_release);
    return head;
}

li_status lii_bound_add(lii_core *core, lii_node *node, int is_below, uint64_t key, uint64_t ref)
{
    lii_bound *before[LII_BOUND_LEVELS], *at = get_head(core, node, is_below), *head = at, *next, *bound;
    size_t n_levels = choose_levels(core), level;

    if (head == NULL)
        return LI_E_NOMEM;
    bound = new_bound(core, key, ref, n_levels);
    if (bound == NULL)
        return LI_E_NOMEM;
    for (level = LII_BOUND_LEVELS; level-- > 0;) {
        while ((next = atomic_load_explicit(&at->next[level], memory_order_relaxed)) != NULL && next->key < key)
            at = next;
        before[level] = at;
    }
    for (level = 0; level < n_levels; level++) {
        atomic_init(&bound->next[level], atomic_load_explicit(&before[level]->next[level], memory_order_relaxed));
        atomic_store_explicit(&before[level]->next[level], bound, memory_order_release);
    }
    head->key++;
    return LI_OK;
}
