/* listing.c - a sub-rule into the list in which it is found.
 *
 * Of the keys of its clauses the cheapest are taken. Where such a list is long already (a value that many rules ask for, and
 * that perhaps every event has), the sub-rule goes into the list's group: there it is listed by the best of its other clauses,
 * and so on for a few levels. An event then looks at what it has in common with a rule several times over, not at each rule
 * with which it has one thing in common. */
#include "match/core.h"

static lii_lengths *lengths_of(lii_core *core, lii_node *node)
{
    lii_lengths *lengths = atomic_load_explicit(&node->lengths, memory_order_relaxed);

    if (lengths)
        return lengths;
    lengths = lii_arena_get(&core->arena, sizeof *lengths);
    if (lengths) {
        memset(lengths, 0, sizeof *lengths);
        atomic_store_explicit(&node->lengths, lengths, memory_order_release);
    }
    return lengths;
}

static void set(_Atomic uint64_t *bits, unsigned bit)
{
    atomic_fetch_or_explicit(&bits[bit / 64], UINT64_C(1) << (bit % 64), memory_order_relaxed);
}

/* What a reader needs to know of a node to look for keys like this one. */
static li_status announce(lii_core *core, lii_node *node, lii_key *key)
{
    uint32_t kind = key->kind_len & 0xFF, len = key->kind_len >> 8, bits = UINT32_C(1) << kind;
    lii_lengths *lengths = NULL;

    if (kind == LII_KEY_PREFIX || kind == LII_KEY_SUFFIX || kind == LII_KEY_FOLD_PREFIX || kind == LII_KEY_FOLD_SUFFIX ||
        kind == LII_KEY_CIDR) {
        lengths = lengths_of(core, node);
        if (lengths == NULL)
            return LI_E_NOMEM;
    }
    if (kind == LII_KEY_PREFIX || kind == LII_KEY_SUFFIX)
        set(lengths->affix[kind - LII_KEY_PREFIX], len);
    else if (kind == LII_KEY_FOLD_PREFIX || kind == LII_KEY_FOLD_SUFFIX)
        set(lengths->affix[kind - LII_KEY_FOLD_PREFIX + 2], len);
    else if (kind == LII_KEY_CIDR)
        set(lengths->masks, (key->bytes[0] == 4 ? 0u : 64u) + (unsigned char)key->bytes[1]);
    else if (kind == LII_KEY_GRAM)
        bits |= LII_NODE_GRAM(len);
    else if (kind == LII_KEY_ANY_LEAF)
        atomic_store_explicit(&node->any_leaf, key, memory_order_release);
    else if (kind == LII_KEY_ANY_STRING)
        atomic_store_explicit(&node->any_string, key, memory_order_release);
    atomic_fetch_or_explicit(&node->kinds, bits, memory_order_relaxed);
    return LI_OK;
}

static void announce_absent(lii_core *core, lii_node *node, lii_key *key)
{
    if (atomic_load_explicit(&node->absent, memory_order_relaxed) != NULL)
        return;
    atomic_store_explicit(&node->next_absent, atomic_load_explicit(&core->first_absent, memory_order_relaxed),
                          memory_order_relaxed);
    atomic_store_explicit(&node->absent, key, memory_order_release);
    atomic_store_explicit(&core->first_absent, node, memory_order_release);
}

/* The entry that is not full is the first, if there is one. */
li_status lii_list_add(lii_core *core, _Atomic uint64_t *first, uint64_t ref)
{
    uint64_t at = atomic_load_explicit(first, memory_order_relaxed);
    lii_entry *entry = (lii_entry *)(uintptr_t)(at & 1 ? 0 : at);
    size_t i;

    if (at == 0) {
        atomic_store_explicit(first, ref, memory_order_release);
        return LI_OK;
    }
    for (i = 0; entry && i < LII_ENTRY_SUBS; i++)
        if (atomic_load_explicit(&entry->subs[i], memory_order_relaxed) == 0) {
            atomic_store_explicit(&entry->subs[i], ref, memory_order_release);
            return LI_OK;
        }
    entry = lii_arena_get(&core->arena, sizeof *entry);
    if (entry == NULL)
        return LI_E_NOMEM;
    memset(entry, 0, sizeof *entry);
    entry->next = at;
    atomic_init(&entry->subs[0], ref);
    atomic_store_explicit(first, (uint64_t)(uintptr_t)entry, memory_order_release);
    return LI_OK;
}

/* ---- groups */

static lii_group *get_group(lii_core *core, lii_key *key)
{
    uint64_t at = atomic_load_explicit(&key->first, memory_order_relaxed);
    lii_group *group;

    if (at & 2)
        return (lii_group *)(uintptr_t)(at & ~UINT64_C(2));
    group = lii_arena_get(&core->arena, sizeof *group);
    if (group == NULL)
        return NULL;
    atomic_init(&group->next, at);
    atomic_init(&group->first, NULL);
    atomic_store_explicit(&key->first, (uint64_t)(uintptr_t)group | 2, memory_order_release);
    return group;
}

/* The node that stands for another one in a group; NULL: none yet. */
static lii_node *find_shadow(const lii_group *group, const lii_node *of)
{
    const lii_shadow *shadow = atomic_load_explicit(&group->first, memory_order_relaxed);

    for (; shadow; shadow = atomic_load_explicit(&shadow->next, memory_order_relaxed))
        if (shadow->of == of)
            return shadow->node;
    return NULL;
}

static lii_node *add_shadow(lii_core *core, lii_group *group, lii_node *of)
{
    lii_shadow *shadow = lii_arena_get(&core->arena, sizeof *shadow);

    if (shadow == NULL)
        return NULL;
    shadow->of = of;
    shadow->node = lii_node_new(core, NULL, "", 0);
    if (shadow->node == NULL)
        return NULL;
    atomic_init(&shadow->next, atomic_load_explicit(&group->first, memory_order_relaxed));
    atomic_store_explicit(&group->first, shadow, memory_order_release);
    return shadow->node;
}

/* ---- choosing */

/* A sub-rule on its way: which of its clauses have been used, at which level, in which group. */
typedef struct place {
    lii_sub *sub;
    uint64_t used;           /* of the first 64 clauses; the others are for the first level */
    uint32_t level;
    uint32_t reserved;
    lii_group *group;
} place;

static int is_eligible(const place *p, uint32_t i)
{
    if (p->level == 0)
        return 1;
    return i < 64 && !(p->used >> i & 1) && !(p->sub->clauses[i]->flags & LII_CLAUSE_ABSENT);
}

/* The cheapest clause, its keys in the pivot of the level; n_clauses when there is none. */
static li_status choose(lii_core *core, const place *p, uint32_t *best)
{
    lii_pivot *ours = &core->pivots[p->level], *other = &core->pivots[LII_PIVOT_LEVELS], kept;
    lii_node *node;
    uint32_t i;

    *best = p->sub->n_clauses;
    for (i = 0; i < p->sub->n_clauses; i++) {
        if (!is_eligible(p, i))
            continue;
        node = p->group ? find_shadow(p->group, p->sub->clauses[i]->node) : p->sub->clauses[i]->node;
        if (lii_pivot_read(core, p->sub->clauses[i], node, other) != LI_OK)
            return LI_E_NOMEM;
        if (*best < p->sub->n_clauses && other->cost >= ours->cost)
            continue;
        kept = *ours;
        *ours = *other;
        *other = kept;
        *best = i;
    }
    return LI_OK;
}

static li_status list_here(lii_core *core, lii_node *node, const lii_pivot_key *k, lii_key *key, lii_sub *sub)
{
    uint64_t ref = (uint64_t)(uintptr_t)sub | 1, at = atomic_load_explicit(&key->first, memory_order_relaxed);
    lii_group *group = (lii_group *)(uintptr_t)(at & 2 ? at & ~UINT64_C(2) : 0);

    if (key->load == 0 && (announce(core, node, key) != LI_OK || lii_filter_add(core, key, k->hash) != LI_OK))
        return LI_E_NOMEM;
    if (lii_list_add(core, group ? &group->next : &key->first, ref) != LI_OK)
        return LI_E_NOMEM;
    key->load++;
    if (k->kind == LII_KEY_ABSENT)
        announce_absent(core, node, key);
    return LI_OK;
}

static li_status list_range(lii_core *core, lii_node *node, const lii_pivot_key *k, lii_sub *sub)
{
    lii_lengths *lengths = lengths_of(core, node);
    uint64_t key = lii_load8(k->small);

    if (lengths == NULL || lii_cell_add(core, lengths, key, (uint64_t)(uintptr_t)sub | 1 | (uint64_t)k->parts << 48) != LI_OK)
        return LI_E_NOMEM;
    set(&lengths->levels, k->level);
    atomic_fetch_or_explicit(&node->kinds, UINT32_C(1) << LII_KEY_RANGE, memory_order_relaxed);
    return LI_OK;
}

static li_status list_bound(lii_core *core, lii_node *node, const lii_pivot_key *k, lii_sub *sub)
{
    uint64_t bound;

    memcpy(&bound, k->small, sizeof bound);
    atomic_fetch_or_explicit(&node->kinds, UINT32_C(1) << k->kind, memory_order_relaxed);
    return lii_bound_add(core, node, k->kind == LII_KEY_BELOW, bound, (uint64_t)(uintptr_t)sub | 1);
}

static li_status list_by_best(lii_core *core, const place *p, int *is_listed);

/* Under one key: in its list, or in its group when that is long and another clause tells its sub-rules apart. */
static li_status list_under(lii_core *core, const place *p, lii_node *node, const lii_pivot_key *k)
{
    const char *bytes = k->bytes ? k->bytes : k->small;
    place inside = *p;
    int is_listed = 0;
    lii_key *key;

    if (k->kind == LII_KEY_ABOVE || k->kind == LII_KEY_BELOW)
        return list_bound(core, node, k, p->sub);
    if (k->kind == LII_KEY_RANGE)
        return list_range(core, node, k, p->sub);
    key = lii_key_get(core, k->hash, node->index, k->kind, bytes, k->len);
    if (key == NULL)
        return LI_E_NOMEM;
    if (key->load >= LII_LONG_LIST && p->level + 1 < LII_PIVOT_LEVELS && p->sub->n_clauses > 1) {
        inside.level++;
        inside.group = get_group(core, key);
        if (inside.group == NULL || list_by_best(core, &inside, &is_listed) != LI_OK)
            return LI_E_NOMEM;
    }
    return is_listed ? LI_OK : list_here(core, node, k, key, p->sub);
}

/* At most LII_PIVOT_LEVELS calls deep. Not listed: no clause would tell it apart from what is in the group. */
static li_status list_by_best(lii_core *core, const place *p, int *is_listed)
{
    lii_pivot *pivot = &core->pivots[p->level];
    place chosen = *p;
    li_status status = LI_OK;
    uint32_t best, i;

    if (choose(core, p, &best) != LI_OK)
        return LI_E_NOMEM;
    if (p->level > 0 && (best == p->sub->n_clauses || pivot->weight >= LII_WEIGHT_ANY))
        return LI_OK;
    if (pivot->node == NULL) {
        lii_node *node = add_shadow(core, p->group, p->sub->clauses[best]->node);

        if (node == NULL || lii_pivot_read(core, p->sub->clauses[best], node, pivot) != LI_OK)
            return LI_E_NOMEM;
    }
    if (best < 64)
        chosen.used |= UINT64_C(1) << best;
    if (pivot->n_keys > 1)
        atomic_fetch_or_explicit(&p->sub->rule->flags, LII_RULE_OFTEN, memory_order_relaxed);
    for (i = 0; i < pivot->n_keys && status == LI_OK; i++)
        status = list_under(core, &chosen, pivot->node, &pivot->keys[i]);
    *is_listed = 1;
    return status;
}

/* A sub-rule without clauses holds for every event. */
static li_status list_always(lii_core *core, lii_sub *sub)
{
    lii_key *key = atomic_load_explicit(&core->always, memory_order_relaxed);

    if (key == NULL) {
        key = lii_arena_get(&core->arena, sizeof *key);
        if (key == NULL)
            return LI_E_NOMEM;
        memset(key, 0, sizeof *key);
        atomic_store_explicit(&core->always, key, memory_order_release);
    }
    return lii_list_add(core, &key->first, (uint64_t)(uintptr_t)sub | 1);
}

li_status lii_list_sub(lii_core *core, lii_sub *sub)
{
    place p = { sub, 0, 0, 0, NULL };
    int is_listed;

    return sub->n_clauses == 0 ? list_always(core, sub) : list_by_best(core, &p, &is_listed);
}
