/* pivot.c - under which keys a clause can be found, what that costs, and listing a sub-rule there.
 *
 * The cost of a key is how often events have such keys, as its kind tells, times the sub-rules that would be looked at then: so
 * what many rules have in common is not what they are found by, whatever the order of adding. */
#include "match/core.h"
#include "match/fold.h"
#include "match/number.h"

enum { GRAM = 8, WINDOWS_MOST = 16, LEVEL_STEP = 3 };

/* About how often an event has a key of the kind that it was not meant to have. */
enum {
    WEIGHT_EXACT = 2, WEIGHT_CIDR = 8, WEIGHT_RANGE = 6, WEIGHT_WORD = 64, WEIGHT_GRAM = 6,
    WEIGHT_ANY_STRING = 2000, WEIGHT_BOUND = 2000, WEIGHT_ANY_LEAF = 4000, WEIGHT_ABSENT = 4000
};

static lii_pivot_key *add_key(lii_core *core, lii_pivot *pivot)
{
    lii_pivot_key *keys;

    if (pivot->n_keys == pivot->cap) {
        keys = lii_realloc(core->arena.allocator, pivot->keys, (pivot->cap * 2 + 4) * sizeof *keys);
        if (keys == NULL)
            return NULL;
        pivot->keys = keys;
        pivot->cap = pivot->cap * 2 + 4;
    }
    return &pivot->keys[pivot->n_keys++];
}

static uint64_t affix_weight(size_t len)
{
    return len >= 8 ? 4 : len >= 4 ? 10 : len >= 2 ? 40 : 160;
}

static uint64_t load_of(lii_core *core, const lii_pivot_key *k, uint32_t node)
{
    const lii_key *key = lii_key_find(atomic_load_explicit(&core->keys, memory_order_relaxed), k->hash, node, k->kind, k->bytes,
                                      k->len);

    return key ? key->load : 0;
}

static int is_from_the_end(uint32_t kind)
{
    return kind == LII_KEY_SUFFIX || kind == LII_KEY_FOLD_SUFFIX;
}

/* One key of an item; bytes stay where they are. */
static void fill(lii_pivot_key *k, uint32_t node, uint32_t kind, const char *bytes, size_t len)
{
    k->kind = kind;
    k->len = (uint32_t)len;
    k->bytes = bytes;
    k->hash = is_from_the_end(kind) ? lii_hash_bytes_back(node, kind, bytes, len) : lii_hash_bytes(node, kind, bytes, len);
}

static li_status take(lii_core *core, lii_pivot *pivot, const lii_clause *clause, uint32_t kind, const char *bytes, size_t len,
                      uint64_t weight)
{
    lii_pivot_key *k = add_key(core, pivot);

    if (k == NULL)
        return LI_E_NOMEM;
    fill(k, clause->node->index, kind, bytes, len);
    pivot->cost += weight * (1 + load_of(core, k, clause->node->index));
    return LI_OK;
}

/* A key whose few bytes are made here; they move with the list of keys, so the pointer is set when it is used. */
static li_status take_small(lii_core *core, lii_pivot *pivot, const lii_clause *clause, uint32_t kind, const char *bytes,
                            size_t len, uint64_t weight)
{
    lii_pivot_key *k;

    if (take(core, pivot, clause, kind, bytes, len, weight) != LI_OK)
        return LI_E_NOMEM;
    k = &pivot->keys[pivot->n_keys - 1];
    memcpy(k->small, bytes, len);
    k->bytes = NULL;
    return LI_OK;
}

static li_status take_affix(lii_core *core, lii_pivot *pivot, const lii_clause *clause, uint32_t kind, const char *bytes,
                            size_t len)
{
    size_t n = len < LII_AFFIX_MOST ? len : LII_AFFIX_MOST;

    if (len == 0)
        return take(core, pivot, clause, LII_KEY_ANY_STRING, "", 0, WEIGHT_ANY_STRING);
    return take(core, pivot, clause, kind, is_from_the_end(kind) ? bytes + len - n : bytes, n, affix_weight(n));
}

/* Folded operands live in one buffer, which has room for all of the clause. */
static li_status take_folded(lii_core *core, lii_pivot *pivot, const lii_clause *clause, uint32_t kind, lii_op op)
{
    size_t begin = pivot->text.len, len;

    len = lii_fold(op.operand, op.len, pivot->text.data + begin);
    pivot->text.len += len;
    if (kind == LII_KEY_FOLD)
        return take(core, pivot, clause, kind, pivot->text.data + begin, len, WEIGHT_EXACT);
    return take_affix(core, pivot, clause, kind, pivot->text.data + begin, len);
}

/* ---- wildcards: a beginning, an end, or some bytes of what stands between stars */

typedef struct candidate {
    uint32_t kind;
    const char *bytes;
    size_t len;
    uint64_t cost;
} candidate;

static void consider(lii_core *core, const lii_clause *clause, candidate *best, uint32_t kind, const char *bytes, size_t len,
                     uint64_t weight)
{
    lii_pivot_key k;
    uint64_t cost;

    fill(&k, clause->node->index, kind, bytes, len);
    cost = weight * (1 + load_of(core, &k, clause->node->index));
    if (best->kind == 0 || cost < best->cost) {
        best->kind = kind;
        best->bytes = bytes;
        best->len = len;
        best->cost = cost;
    }
}

/* Windows of a literal, spread over it. */
static void consider_grams(lii_core *core, const lii_clause *clause, candidate *best, const char *p, size_t len)
{
    size_t size = len >= GRAM ? GRAM : len >= 4 ? 4 : len >= 2 ? 2 : 1, last = len - size, step, i;
    uint64_t weight = size == 8 ? WEIGHT_GRAM : size == 4 ? 4 * WEIGHT_GRAM : size == 2 ? 20 * WEIGHT_GRAM : 100 * WEIGHT_GRAM;

    step = last / WINDOWS_MOST + 1;
    for (i = 0; i <= last; i += step)
        consider(core, clause, best, LII_KEY_GRAM, p + i, size, weight);
    consider(core, clause, best, LII_KEY_GRAM, p + last, size, weight);
}

static li_status take_wildcard(lii_core *core, lii_pivot *pivot, const lii_clause *clause, lii_op op)
{
    const char *p = op.operand, *end = p + op.len, *star;
    candidate best = { 0, NULL, 0, 0 };
    size_t n;

    for (; p < end; p = star + 1) {
        star = memchr(p, LII_STAR, (size_t)(end - p));
        n = (size_t)((star ? star : end) - p);
        if (n > 0 && p == op.operand)
            consider(core, clause, &best, LII_KEY_PREFIX, p, n < LII_AFFIX_MOST ? n : LII_AFFIX_MOST, affix_weight(n));
        if (n > 0 && star == NULL) {
            size_t taken = n < LII_AFFIX_MOST ? n : LII_AFFIX_MOST;

            consider(core, clause, &best, LII_KEY_SUFFIX, end - taken, taken, affix_weight(n));
        }
        if (n > 0)
            consider_grams(core, clause, &best, p, n);
        if (star == NULL)
            break;
    }
    if (best.kind == 0)
        return take(core, pivot, clause, LII_KEY_ANY_STRING, "", 0, WEIGHT_ANY_STRING);
    pivot->cost += best.cost;
    return take(core, pivot, clause, best.kind, best.bytes, best.len, 0);
}

/* ---- numbers and addresses */

/* Which parts of the cell lie in the range. */
static uint16_t parts_of(const uint64_t keys[2], uint64_t cell, uint32_t level)
{
    uint32_t least = keys[0] >> level == cell ? lii_part_of_cell(keys[0], level) : 0;
    uint32_t most = keys[1] >> level == cell ? lii_part_of_cell(keys[1], level) : 255;

    return (uint16_t)(least | most << 8);
}

static li_status take_bound(lii_core *core, lii_pivot *pivot, const lii_clause *clause, uint32_t kind, uint64_t key)
{
    const lii_bound *head = atomic_load_explicit(&clause->node->bounds[kind == LII_KEY_BELOW], memory_order_relaxed);
    char bytes[8];

    memcpy(bytes, &key, sizeof bytes);
    pivot->cost += WEIGHT_BOUND * (head ? head->key : 0);
    return take_small(core, pivot, clause, kind, bytes, sizeof bytes, WEIGHT_BOUND);
}

/* The least cells that cover the range, two at most. Sizes go by steps of eight: fewer of them to look for, and the parts that a
 * range takes of its cell tell most others from it. */
static li_status take_range(lii_core *core, lii_pivot *pivot, const lii_clause *clause, lii_op op)
{
    uint64_t keys[2], cell, last;
    uint32_t level = 0;
    char bytes[9];
    li_status status = LI_OK;

    memcpy(keys, op.operand, sizeof keys);
    if (keys[0] > keys[1])
        return LI_OK; /* nothing between them */
    if (keys[1] == lii_number_most)
        return take_bound(core, pivot, clause, LII_KEY_ABOVE, keys[0]);
    if (keys[0] == lii_number_least)
        return take_bound(core, pivot, clause, LII_KEY_BELOW, ~keys[1]);
    while (level < 63 && (keys[1] >> level) - (keys[0] >> level) > 1)
        level += LEVEL_STEP;
    last = keys[1] >> level;
    for (cell = keys[0] >> level; cell <= last && status == LI_OK; cell++) {
        memcpy(bytes, &cell, 8);
        bytes[8] = (char)level;
        status = take_small(core, pivot, clause, LII_KEY_RANGE, bytes, sizeof bytes, level > 55 ? 40 * WEIGHT_RANGE : WEIGHT_RANGE);
        if (status == LI_OK)
            pivot->keys[pivot->n_keys - 1].parts = parts_of(keys, cell, level);
    }
    return status;
}

static li_status take_item(lii_core *core, lii_pivot *pivot, const lii_clause *clause, lii_op op)
{
    static const char words[] = { LII_OP_TRUE, LII_OP_FALSE, LII_OP_NULL };

    switch (op.op) {
    case LII_OP_TEXT:
        return take(core, pivot, clause, LII_KEY_TEXT, op.operand, op.len, WEIGHT_EXACT);
    case LII_OP_ADDRESS:
        return take(core, pivot, clause, LII_KEY_ADDRESS, op.operand, op.len, WEIGHT_EXACT);
    case LII_OP_NUMBER:
        return take(core, pivot, clause, LII_KEY_NUMBER, op.operand, op.len, WEIGHT_EXACT);
    case LII_OP_SPELLING:
        return take(core, pivot, clause, LII_KEY_SPELLING, op.operand, op.len, WEIGHT_EXACT);
    case LII_OP_TRUE:
    case LII_OP_FALSE:
    case LII_OP_NULL:
        return take(core, pivot, clause, LII_KEY_WORD, &words[op.op - LII_OP_TRUE], 1, WEIGHT_WORD);
    case LII_OP_PREFIX:
        return take_affix(core, pivot, clause, LII_KEY_PREFIX, op.operand, op.len);
    case LII_OP_SUFFIX:
        return take_affix(core, pivot, clause, LII_KEY_SUFFIX, op.operand, op.len);
    case LII_OP_FOLD:
        return take_folded(core, pivot, clause, LII_KEY_FOLD, op);
    case LII_OP_FOLD_PREFIX:
        return take_folded(core, pivot, clause, LII_KEY_FOLD_PREFIX, op);
    case LII_OP_FOLD_SUFFIX:
        return take_folded(core, pivot, clause, LII_KEY_FOLD_SUFFIX, op);
    case LII_OP_WILD:
        return take_wildcard(core, pivot, clause, op);
    case LII_OP_RANGE:
        return take_range(core, pivot, clause, op);
    case LII_OP_CIDR:
        return take(core, pivot, clause, LII_KEY_CIDR, op.operand, op.len, WEIGHT_CIDR);
    case LII_OP_ABSENT:
        return take(core, pivot, clause, LII_KEY_ABSENT, "", 0, WEIGHT_ABSENT);
    default: /* PRESENT, NOT */
        return take(core, pivot, clause, LII_KEY_ANY_LEAF, "", 0, WEIGHT_ANY_LEAF);
    }
}

/* Bytes that folded operands will need: then the buffer does not move while keys point into it. */
static size_t folded_size(const lii_clause *clause)
{
    const char *p = clause->code, *end = p + clause->code_len;
    size_t size = 0;
    lii_op op;

    while (p < end) {
        p = lii_op_next(p, &op);
        if (op.op >= LII_OP_FOLD && op.op <= LII_OP_FOLD_SUFFIX)
            size += (size_t)op.len * LII_FOLD_GROWTH + 1; /* also of empty ones: there is a buffer then */
    }
    return size;
}

li_status lii_pivot_read(lii_core *core, const lii_clause *clause, lii_pivot *pivot)
{
    const char *p = clause->code, *end = p + clause->code_len;
    li_status status = LI_OK;
    lii_op op;

    pivot->n_keys = 0;
    pivot->cost = 0;
    lii_buf_clear(&pivot->text);
    if (lii_buf_reserve(&pivot->text, folded_size(clause)) != LI_OK)
        return LI_E_NOMEM;
    while (p < end && status == LI_OK) {
        p = lii_op_next(p, &op);
        status = take_item(core, pivot, clause, op);
    }
    return status;
}

/* ---- listing */

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
        kind == LII_KEY_RANGE || kind == LII_KEY_CIDR) {
        lengths = lengths_of(core, node);
        if (lengths == NULL)
            return LI_E_NOMEM;
    }
    if (kind == LII_KEY_PREFIX || kind == LII_KEY_SUFFIX)
        set(lengths->affix[kind - LII_KEY_PREFIX], len);
    else if (kind == LII_KEY_FOLD_PREFIX || kind == LII_KEY_FOLD_SUFFIX)
        set(lengths->affix[kind - LII_KEY_FOLD_PREFIX + 2], len);
    else if (kind == LII_KEY_RANGE)
        set(&lengths->levels, (unsigned char)key->bytes[8]);
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

static li_status list_under(lii_core *core, lii_node *node, const lii_pivot_key *k, lii_sub *sub)
{
    const char *bytes = k->bytes ? k->bytes : k->small;
    uint64_t ref = (uint64_t)(uintptr_t)sub | 1, bound;
    lii_key *key;

    if (k->kind == LII_KEY_ABOVE || k->kind == LII_KEY_BELOW) {
        memcpy(&bound, bytes, sizeof bound);
        atomic_fetch_or_explicit(&node->kinds, UINT32_C(1) << k->kind, memory_order_relaxed);
        return lii_bound_add(core, node, k->kind == LII_KEY_BELOW, bound, ref);
    }
    key = lii_key_get(core, k->hash, node->index, k->kind, bytes, k->len);
    if (key == NULL)
        return LI_E_NOMEM;
    if (key->load == 0 && (announce(core, node, key) != LI_OK || lii_filter_add(core, key, k->hash) != LI_OK))
        return LI_E_NOMEM;
    if (k->kind == LII_KEY_RANGE)
        ref |= (uint64_t)k->parts << 48;
    if (lii_list_add(core, &key->first, ref) != LI_OK)
        return LI_E_NOMEM;
    key->load++;
    if (k->kind == LII_KEY_ABSENT)
        announce_absent(core, node, key);
    return LI_OK;
}

li_status lii_pivot_list(lii_core *core, const lii_clause *clause, const lii_pivot *pivot, lii_sub *sub)
{
    li_status status = LI_OK;
    uint32_t i;

    for (i = 0; i < pivot->n_keys && status == LI_OK; i++)
        status = list_under(core, clause->node, &pivot->keys[i], sub);
    return status;
}
