/* verify.c - from the keys that an event has to the rules that hold: each listed sub-rule is looked at once, clause by clause. */
#include "match/address.h"
#include "match/fold.h"
#include "match/scratch.h"

/* ---- one value against one item */

/* pattern has LII_STAR where anything may stand. Each piece is taken at its first place: none later could do better. */
static int is_wild(const char *p, size_t pattern_len, const char *text, size_t len)
{
    const char *end = p + pattern_len, *star = memchr(p, LII_STAR, pattern_len), *last;
    size_t n = (size_t)(star - p);

    if (n > len || memcmp(p, text, n) != 0)
        return 0;
    text += n;
    len -= n;
    for (last = end; (unsigned char)last[-1] != LII_STAR; last--)
        continue;
    n = (size_t)(end - last);
    if (n > len || memcmp(last, text + len - n, n) != 0)
        return 0;
    len -= n;
    for (p = star + 1; p < last; p = star + 1) {
        const char *found;

        star = memchr(p, LII_STAR, (size_t)(last - p));
        n = (size_t)(star - p);
        found = n ? memmem(text, len, p, n) : text;
        if (found == NULL)
            return 0;
        len -= (size_t)(found + n - text);
        text = found + n;
    }
    return 1;
}

static int is_address(const lii_op *op, const lii_leaf *leaf)
{
    lii_address address;

    if (!lii_address_read(leaf->text, leaf->len, &address) || address.n_bytes != (uint8_t)op->operand[0])
        return 0;
    if (op->op == LII_OP_ADDRESS)
        return memcmp(op->operand + 1, address.bytes, 16) == 0;
    lii_address_mask(&address, (unsigned char)op->operand[1]);
    return memcmp(op->operand + 2, address.bytes, 16) == 0;
}

static int holds_for_string(const lii_op *op, const lii_leaf *leaf)
{
    const char *text = leaf->text;
    size_t len = leaf->len;

    switch (op->op) {
    case LII_OP_TEXT:
        return len == op->len && memcmp(text, op->operand, len) == 0;
    case LII_OP_PREFIX:
        return len >= op->len && memcmp(text, op->operand, op->len) == 0;
    case LII_OP_SUFFIX:
        return len >= op->len && memcmp(text + len - op->len, op->operand, op->len) == 0;
    case LII_OP_FOLD:
        return lii_fold_begins(op->operand, op->len, text, len) == len;
    case LII_OP_FOLD_PREFIX:
        return lii_fold_begins(op->operand, op->len, text, len) != (size_t)-1;
    case LII_OP_FOLD_SUFFIX:
        return lii_fold_ends(op->operand, op->len, text, len) != (size_t)-1;
    case LII_OP_WILD:
        return is_wild(op->operand, op->len, text, len);
    case LII_OP_ADDRESS:
    case LII_OP_CIDR:
        return is_address(op, leaf);
    default:
        return 0;
    }
}

static int holds_for_number(const lii_op *op, lii_leaf *leaf)
{
    uint64_t key, keys[2];

    switch (op->op) {
    case LII_OP_SPELLING:
        return leaf->len == op->len && memcmp(leaf->text, op->operand, op->len) == 0;
    case LII_OP_NUMBER:
        memcpy(keys, op->operand, 8);
        return lii_leaf_number(leaf, &key) && key == keys[0];
    case LII_OP_RANGE:
        memcpy(keys, op->operand, 16);
        return lii_leaf_number(leaf, &key) && key >= keys[0] && key <= keys[1];
    default:
        return 0;
    }
}

/* An item that is no anything-but. */
static int holds_plainly(const lii_op *op, lii_leaf *leaf)
{
    if (op->op == LII_OP_PRESENT)
        return 1;
    switch (leaf->type) {
    case LII_LEAF_STRING:
        return holds_for_string(op, leaf);
    case LII_LEAF_NUMBER:
        return holds_for_number(op, leaf);
    case LII_LEAF_TRUE:
        return op->op == LII_OP_TRUE;
    case LII_LEAF_FALSE:
        return op->op == LII_OP_FALSE;
    default:
        return op->op == LII_OP_NULL;
    }
}

static int is_excluded(const lii_op *not, lii_leaf *leaf)
{
    const char *p = not->operand, *end = p + not->len;
    lii_op op;

    while (p < end) {
        p = lii_op_next(p, &op);
        if (holds_plainly(&op, leaf))
            return 1;
    }
    return 0;
}

int lii_holds_for(const lii_clause *clause, lii_leaf *leaf)
{
    const char *p = clause->code, *end = p + clause->code_len;
    lii_op op;

    while (p < end) {
        p = lii_op_next(p, &op);
        if (op.op == LII_OP_NOT ? !is_excluded(&op, leaf) : holds_plainly(&op, leaf))
            return 1;
    }
    return 0;
}

/* ---- clauses */

static int find_verdict(lii_scratch *s, const lii_clause *clause)
{
    uint32_t at = lii_last_leaf(s, clause->node);
    int verdict = LII_NO;

    if (at == 0)
        return clause->flags & LII_CLAUSE_ABSENT ? LII_FREE : LII_NO;
    for (; at != 0; at = s->leaves[at - 1].next) {
        lii_leaf *leaf = &s->leaves[at - 1];

        if ((verdict == LII_NO || leaf->context == 0) && lii_holds_for(clause, leaf)) {
            if (leaf->context == 0)
                return LII_FREE;
            verdict = LII_IN_ARRAY;
        }
    }
    return verdict;
}

int lii_holds(lii_scratch *s, const lii_clause *clause)
{
    uint32_t memo = atomic_load_explicit(&clause->memo, memory_order_relaxed);
    lii_mark *mark;

    if (memo == 0 || memo >= s->n_memos)
        return find_verdict(s, clause);
    mark = &s->memos[memo];
    if (mark->stamp != s->stamp) {
        mark->value = (uint32_t)find_verdict(s, clause);
        mark->stamp = s->stamp;
    }
    return (int)mark->value;
}

/* ---- sub-rules */

/* 1, 0, or -1 and s->status. */
static int holds_all(lii_scratch *s, const lii_sub *sub)
{
    uint32_t i, n_in_arrays = 0;
    int verdict;

    for (i = 0; i < sub->n_clauses; i++) {
        verdict = lii_holds(s, sub->clauses[i]);
        if (verdict == LII_NO)
            return 0;
        n_in_arrays += verdict == LII_IN_ARRAY;
    }
    return n_in_arrays < 2 ? 1 : lii_fits_arrays(s, sub->clauses, sub->n_clauses);
}

typedef struct reporter {
    int32_t (*each)(void *user, uint64_t id);
    void *user;
    int is_done;
} reporter;

static int was_reported(const lii_scratch *s, const lii_rule *rule)
{
    const lii_pointer_set *set = &s->reported;
    size_t mask, i;

    if (set->n == 0)
        return 0;
    mask = 2 * (size_t)set->cap - 1;
    i = (size_t)(((uintptr_t)rule >> 3) * UINT64_C(0x9E3779B97F4A7C15) >> 32) & mask;
    for (; set->marks[i].stamp == s->stamp; i = (i + 1) & mask)
        if (set->list[set->marks[i].value] == rule)
            return 1;
    return 0;
}

static void look_at(lii_scratch *s, const lii_sub *sub, reporter *r)
{
    const lii_rule *rule = sub->rule;
    uint32_t flags = atomic_load_explicit(&rule->flags, memory_order_relaxed);

    if (atomic_load_explicit(&rule->since, memory_order_relaxed) > s->snapshot || flags & LII_RULE_DEAD)
        return;
    if (flags & LII_RULE_OFTEN && was_reported(s, rule))
        return;
    if (holds_all(s, sub) <= 0)
        return;
    if (flags & LII_RULE_OFTEN && lii_pointer_set_add(s, &s->reported, rule) != 1)
        return;
    if (r->each)
        r->is_done = r->each(r->user, rule->id) != 0;
}

static int goes_on(const lii_scratch *s, const reporter *r)
{
    return !r->is_done && s->status == LI_OK;
}

/* The keys that the event's values have inside a group: more hits, looked at in their turn. */
static void enter_group(lii_scratch *s, const lii_group *group)
{
    const lii_shadow *shadow = atomic_load_explicit(&group->first, memory_order_acquire);
    uint32_t at;

    for (; shadow; shadow = atomic_load_explicit(&shadow->next, memory_order_acquire))
        if (shadow->node->index < s->n_nodes)
            for (at = lii_last_leaf(s, shadow->of); at != 0; at = s->leaves[at - 1].next)
                lii_probe_leaf(s, shadow->node, &s->leaves[at - 1]);
    lii_probe_find(s);
}

static void look_at_all(lii_scratch *s, const lii_key *key, reporter *r)
{
    uint64_t at = atomic_load_explicit(&key->first, memory_order_acquire), ref;
    size_t i;

    if (at & 2) {
        const lii_group *group = (const lii_group *)(uintptr_t)(at & ~UINT64_C(2));

        enter_group(s, group);
        at = atomic_load_explicit(&group->next, memory_order_acquire);
    }
    while (at != 0 && !(at & 1) && goes_on(s, r)) {
        const lii_entry *entry = (const lii_entry *)(uintptr_t)at;

        for (i = 0; i < LII_ENTRY_SUBS && goes_on(s, r); i++) {
            ref = atomic_load_explicit(&entry->subs[i], memory_order_acquire);
            if (ref == 0)
                break;
            look_at(s, lii_ref_sub(ref), r);
        }
        at = entry->next;
    }
    if (at & 1 && goes_on(s, r))
        look_at(s, lii_ref_sub(at), r);
}

li_status lii_verify(lii_scratch *s, int32_t (*each)(void *user, uint64_t id), void *user)
{
    const lii_key *always = atomic_load_explicit(&s->core->always, memory_order_acquire);
    const lii_node *node;
    reporter r = { each, user, 0 };
    uint32_t i;

    lii_probe_find(s);
    node = atomic_load_explicit(&s->core->first_absent, memory_order_acquire);
    for (; node && goes_on(s, &r); node = atomic_load_explicit(&node->next_absent, memory_order_relaxed))
        if (node->index < s->n_nodes && lii_last_leaf(s, node) == 0)
            look_at_all(s, atomic_load_explicit(&node->absent, memory_order_acquire), &r);
    if (always && goes_on(s, &r))
        look_at_all(s, always, &r);
    for (i = 0; i < s->hits.n && goes_on(s, &r); i++) /* groups add to them */
        look_at_all(s, s->hits.list[i], &r);
    for (i = 0; i < s->subs.n && goes_on(s, &r); i++)
        look_at(s, s->subs.list[i], &r);
    return s->status;
}
