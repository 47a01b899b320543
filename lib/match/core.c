/* core.c - rules into the core: paths become nodes, lists become clauses, a sub-rule is listed under its best clause. */
#include "match/core.h"

enum { FIRST_TABLE = 16 };

static const uint64_t pointer_bits = UINT64_C(0x0000FFFFFFFFFFFF);

/* ---- the writer's tables: clauses by node and code, rules by id */

typedef struct writer_table {
    lii_slots **table;
    size_t *count;
    uint32_t (*hash_of)(const void *item);   /* the lower half; the tag is in the slot */
} writer_table;

static uint64_t hash_clause(uint32_t node, const char *code, uint32_t len)
{
    return lii_hash_bytes(node, 0, code, len);
}

static uint32_t hash_of_clause(const void *item)
{
    return ((const lii_clause *)item)->hash;
}

static uint64_t hash_id(uint64_t id)
{
    return lii_hash_end(lii_hash_word(0, id), 8);
}

static uint32_t hash_of_rule(const void *item)
{
    return (uint32_t)hash_id(((const lii_rule *)item)->id);
}

static void insert(lii_slots *slots, uint64_t hash, const void *item)
{
    size_t i = (uint32_t)hash & slots->mask;

    while (atomic_load_explicit(&slots->slot[i], memory_order_relaxed) != 0)
        i = (i + 1) & slots->mask;
    atomic_store_explicit(&slots->slot[i], (hash & ~pointer_bits) | (uint64_t)(uintptr_t)item, memory_order_relaxed);
}

static li_status reserve(lii_core *core, writer_table t)
{
    lii_slots *old = *t.table, *slots;
    size_t n = old ? (old->mask + 1) * 2 : FIRST_TABLE, i;

    if (old && (*t.count + 1) * 8 <= (old->mask + 1) * 7)
        return LI_OK;
    if (n > SIZE_MAX / 16)
        return LI_E_NOMEM;
    slots = lii_calloc(core->arena.allocator, 1, sizeof *slots + n * sizeof slots->slot[0]);
    if (slots == NULL)
        return LI_E_NOMEM;
    slots->mask = n - 1;
    for (i = 0; old && i <= old->mask; i++) {
        uint64_t packed = atomic_load_explicit(&old->slot[i], memory_order_relaxed);
        const void *item = (const void *)(uintptr_t)(packed & pointer_bits);

        lii_slots_fetch(old, i);
        if (item)
            insert(slots, (packed & ~pointer_bits) | t.hash_of(item), item);
    }
    lii_free(core->arena.allocator, old);
    *t.table = slots;
    return LI_OK;
}

static writer_table clauses_of(lii_core *core)
{
    writer_table t = { &core->clauses.table, &core->clauses.count, hash_of_clause };

    return t;
}

static writer_table ids_of(lii_core *core)
{
    writer_table t = { &core->ids.table, &core->ids.count, hash_of_rule };

    return t;
}

/* The next item of that hash from slot *i on, or NULL. */
static void *next_item(const lii_slots *slots, uint64_t hash, size_t *i)
{
    uint64_t packed;

    for (;; *i = (*i + 1) & slots->mask) {
        packed = atomic_load_explicit(&slots->slot[*i], memory_order_relaxed);
        if (packed == 0)
            return NULL;
        if (packed >> 48 == hash >> 48) {
            *i = (*i + 1) & slots->mask;
            return (void *)(uintptr_t)(packed & pointer_bits);
        }
    }
}

/* Of rules with one id the one that lives; a removed one stays in the table until the core is made anew. */
lii_rule *lii_core_find(const lii_core *core, uint64_t id)
{
    uint64_t hash = hash_id(id);
    size_t i = core->ids.table ? (uint32_t)hash & core->ids.table->mask : 0;
    lii_rule *rule;

    if (core->ids.table == NULL)
        return NULL;
    while ((rule = next_item(core->ids.table, hash, &i)) != NULL)
        if (rule->id == id && !(atomic_load_explicit(&rule->flags, memory_order_relaxed) & LII_RULE_DEAD))
            return rule;
    return NULL;
}

const lii_rule *lii_core_next(const lii_core *core, size_t *at)
{
    const lii_slots *ids = core->ids.table;

    while (ids && *at <= ids->mask) {
        uint64_t packed = atomic_load_explicit(&ids->slot[(*at)++], memory_order_relaxed);
        const lii_rule *rule = (const lii_rule *)(uintptr_t)(packed & pointer_bits);

        if (rule && !(atomic_load_explicit(&rule->flags, memory_order_relaxed) & LII_RULE_DEAD))
            return rule;
    }
    return NULL;
}

/* ---- nodes */

lii_node *lii_node_new(lii_core *core, lii_node *parent, const char *name, size_t len)
{
    lii_node *node = lii_arena_get(&core->arena, sizeof *node + len);

    if (node == NULL)
        return NULL;
    memset(node, 0, sizeof *node);
    memcpy(node->name, name, len);
    node->name_len = (uint32_t)len;
    node->parent = parent;
    node->index = atomic_load_explicit(&core->n_nodes, memory_order_relaxed);
    atomic_store_explicit(&core->n_nodes, node->index + 1, memory_order_relaxed);
    return node;
}

static lii_node *get_child(lii_core *core, lii_node *parent, const char *name, size_t len)
{
    uint64_t hash = lii_hash_bytes(parent->index, LII_KEY_STEP, name, len);
    lii_key *key = lii_key_get(core, hash, parent->index, LII_KEY_STEP, name, len);
    lii_node *node;

    if (key == NULL)
        return NULL;
    node = (lii_node *)(uintptr_t)atomic_load_explicit(&key->first, memory_order_relaxed);
    if (node)
        return node;
    node = lii_node_new(core, parent, name, len);
    if (node == NULL)
        return NULL;
    atomic_store_explicit(&key->first, (uint64_t)(uintptr_t)node, memory_order_release);
    atomic_fetch_or_explicit(&parent->children, lii_child_bit(name, len), memory_order_relaxed);
    return node;
}

static lii_node *get_node(lii_core *core, const char *path, size_t len)
{
    lii_node *node = core->root;
    const char *dot;

    for (; node; len -= (size_t)(dot + 1 - path), path = dot + 1) {
        dot = len ? memchr(path, '.', len) : NULL;
        if (dot == NULL)
            return get_child(core, node, path, len);
        node = get_child(core, node, path, (size_t)(dot - path));
    }
    return NULL;
}

/* ---- clauses */

static uint32_t flags_of(const char *code, uint32_t len)
{
    const char *end = code + len;
    lii_op op;

    while (code < end) {
        code = lii_op_next(code, &op);
        if (op.op == LII_OP_ABSENT)
            return LII_CLAUSE_ABSENT;
    }
    return 0;
}

/* From its second use on, a clause has a place for its verdict. */
static void share(lii_core *core, lii_clause *clause)
{
    uint32_t n = atomic_load_explicit(&core->n_memos, memory_order_relaxed);

    if (atomic_load_explicit(&clause->memo, memory_order_relaxed) != 0)
        return;
    atomic_store_explicit(&core->n_memos, n + 1, memory_order_relaxed);
    atomic_store_explicit(&clause->memo, n, memory_order_relaxed);
}

static lii_clause *get_clause(lii_core *core, lii_node *node, const char *code, uint32_t len)
{
    uint64_t hash = hash_clause(node->index, code, len);
    lii_clause *clause;
    size_t i;

    if (reserve(core, clauses_of(core)) != LI_OK)
        return NULL;
    i = (uint32_t)hash & core->clauses.table->mask;
    while ((clause = next_item(core->clauses.table, hash, &i)) != NULL)
        if (clause->node == node && clause->code_len == len && memcmp(clause->code, code, len) == 0) {
            share(core, clause);
            return clause;
        }
    clause = lii_arena_get(&core->arena, sizeof *clause + len);
    if (clause == NULL)
        return NULL;
    clause->node = node;
    clause->hash = (uint32_t)hash;
    clause->code_len = len;
    clause->flags = flags_of(code, len);
    atomic_init(&clause->memo, 0);
    memcpy(clause->code, code, len);
    insert(core->clauses.table, hash, clause);
    core->clauses.count++;
    atomic_fetch_or_explicit(&node->kinds, LII_NODE_FIELD, memory_order_relaxed);
    return clause;
}

/* ---- rules */

static li_status list_all(lii_core *core, lii_rule *rule)
{
    lii_sub *sub = lii_rule_first(rule);
    li_status status = LI_OK;
    uint32_t i;

    for (i = 0; i < rule->n_subs && status == LI_OK; i++, sub = lii_sub_next(sub))
        status = lii_list_sub(core, sub);
    return status;
}

static lii_rule *new_rule(lii_core *core, uint64_t id, uint32_t n_subs, size_t n_clauses)
{
    size_t size = sizeof(lii_rule) + n_subs * sizeof(lii_sub) + n_clauses * sizeof(lii_clause *);
    lii_rule *rule = lii_arena_get(&core->arena, size);

    if (rule == NULL)
        return NULL;
    memset(rule, 0, size);
    rule->id = id;
    atomic_init(&rule->since, UINT64_MAX); /* until all of it is there */
    rule->n_subs = n_subs;
    atomic_init(&rule->flags, n_subs > 1 ? LII_RULE_OFTEN : 0);
    return rule;
}

/* All clauses are in place: list the sub-rules, make the rule known. */
static li_status finish(lii_core *core, lii_rule *rule, uint64_t since)
{
    li_status status = reserve(core, ids_of(core));

    if (status == LI_OK)
        status = list_all(core, rule);
    if (status != LI_OK)
        return status;
    atomic_store_explicit(&rule->since, since, memory_order_relaxed);
    insert(core->ids.table, hash_id(rule->id), rule);
    core->ids.count++;
    core->n_rules++;
    return LI_OK;
}

li_status lii_core_add(lii_core *core, uint64_t id, uint64_t since, const lii_plan *plan, lii_rule **out)
{
    size_t n_clauses = 0;
    uint32_t i, j;
    lii_rule *rule;
    lii_sub *sub;

    for (i = 0; i < plan->n_combinations; i++)
        n_clauses += plan->combinations[i].n_fields;
    rule = new_rule(core, id, plan->n_combinations, n_clauses);
    if (rule == NULL)
        return LI_E_NOMEM;
    sub = lii_rule_first(rule);
    for (i = 0; i < plan->n_combinations; i++, sub = lii_sub_next(sub)) {
        const lii_combination *c = &plan->combinations[i];

        sub->rule = rule;
        sub->n_clauses = c->n_fields;
        sub->number = i;
        for (j = 0; j < c->n_fields; j++) {
            lii_node *node = get_node(core, c->fields[j].path->text, c->fields[j].path->len);

            sub->clauses[j] = node ? get_clause(core, node, c->fields[j].code, c->fields[j].code_len) : NULL;
            if (sub->clauses[j] == NULL)
                return LI_E_NOMEM;
        }
    }
    *out = rule;
    return finish(core, rule, since);
}

/* The same node in another core. */
static lii_node *copy_node(lii_core *core, const lii_node *node)
{
    const lii_node *up;
    lii_node *copy = core->root;
    size_t depth = 0, i;

    for (up = node; up->parent; up = up->parent)
        depth++;
    for (; depth > 0 && copy; depth--) {
        for (up = node, i = 1; i < depth; i++)
            up = up->parent;
        copy = get_child(core, copy, up->name, up->name_len);
    }
    return copy;
}

li_status lii_core_copy(lii_core *core, uint64_t since, const lii_rule *from, lii_rule **out)
{
    const lii_sub *old = lii_rule_first(from);
    size_t n_clauses = 0;
    uint32_t i, j;
    lii_rule *rule;
    lii_sub *sub;

    for (i = 0; i < from->n_subs; i++, old = lii_sub_next(old))
        n_clauses += old->n_clauses;
    rule = new_rule(core, from->id, from->n_subs, n_clauses);
    if (rule == NULL)
        return LI_E_NOMEM;
    sub = lii_rule_first(rule);
    old = lii_rule_first(from);
    for (i = 0; i < from->n_subs; i++, sub = lii_sub_next(sub), old = lii_sub_next(old)) {
        sub->rule = rule;
        sub->n_clauses = old->n_clauses;
        sub->number = old->number;
        for (j = 0; j < old->n_clauses; j++) {
            lii_node *node = copy_node(core, old->clauses[j]->node);

            sub->clauses[j] = node ? get_clause(core, node, old->clauses[j]->code, old->clauses[j]->code_len) : NULL;
            if (sub->clauses[j] == NULL)
                return LI_E_NOMEM;
        }
    }
    *out = rule;
    return finish(core, rule, since);
}

/* ---- the core */

li_status lii_core_new(const li_allocator *allocator, lii_core **out)
{
    lii_core *core = lii_calloc(allocator, 1, sizeof *core);
    int i;

    if (core == NULL)
        return LI_E_NOMEM;
    lii_arena_init(&core->arena, allocator, 512);
    atomic_init(&core->n_memos, 1);
    core->pivots = lii_calloc(allocator, LII_PIVOT_LEVELS + 1, sizeof *core->pivots);
    for (i = 0; core->pivots && i <= LII_PIVOT_LEVELS; i++)
        lii_buf_init(&core->pivots[i].text, allocator);
    core->root = core->pivots ? lii_node_new(core, NULL, "", 0) : NULL;
    if (core->root == NULL) {
        lii_free(allocator, core->pivots);
        lii_free(allocator, core);
        return LI_E_NOMEM;
    }
    *out = core;
    return LI_OK;
}

void lii_core_free(lii_core *core)
{
    const li_allocator *allocator;
    int i;

    if (core == NULL)
        return;
    allocator = core->arena.allocator;
    for (i = 0; i <= LII_PIVOT_LEVELS; i++) {
        lii_free(allocator, core->pivots[i].keys);
        lii_buf_fini(&core->pivots[i].text);
    }
    lii_free(allocator, core->pivots);
    lii_cells_free(core);
    lii_slots_free_all(allocator, core->retired_slots);
    lii_filters_free_all(allocator, core->retired_filters);
    lii_free(allocator, atomic_load_explicit(&core->keys, memory_order_relaxed));
    lii_free(allocator, atomic_load_explicit(&core->filter, memory_order_relaxed));
    lii_free(allocator, core->clauses.table);
    lii_free(allocator, core->ids.table);
    lii_arena_fini(&core->arena);
    lii_free(allocator, core);
}
