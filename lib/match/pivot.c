/* pivot.c - under which keys a clause can be found, and what that costs.
 *
 * The cost of a key is how often events have such keys, as its kind tells, times the sub-rules that would be looked at then: so
 * what many rules have in common is not what they are found by, whatever the order of adding. A long list costs no more than
 * one that is about to be divided (listing.c). */
#include "match/core.h"
#include "match/fold.h"
#include "match/number.h"

enum { GRAM = 8, WINDOWS_MOST = 16, LEVEL_STEP = 3 };

/* About how often an event has a key of the kind that it was not meant to have. */
enum {
    WEIGHT_EXACT = 2, WEIGHT_CIDR = 8, WEIGHT_RANGE = 6, WEIGHT_WORD = 64, WEIGHT_GRAM = 6,
    WEIGHT_BOUND = 1500, WEIGHT_ANY_STRING = LII_WEIGHT_ANY, WEIGHT_ANY_LEAF = 2 * LII_WEIGHT_ANY,
    WEIGHT_ABSENT = 2 * LII_WEIGHT_ANY
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

/* One more than the sub-rules listed under a key. */
static uint64_t load_of(lii_core *core, const lii_pivot_key *k, const lii_node *node)
{
    const lii_key *key = node && k->kind != LII_KEY_RANGE ? lii_key_find(atomic_load_explicit(&core->keys, memory_order_relaxed), k->hash, node->index,
                                             k->kind, k->bytes, k->len) : NULL;

    if (node && k->kind == LII_KEY_RANGE)
        return 1 + lii_cell_load(atomic_load_explicit(&node->lengths, memory_order_relaxed), lii_load8(k->bytes));
    return 1 + (key == NULL ? 0 : key->load < LII_LONG_LIST ? key->load : LII_LONG_LIST);
}

static int is_from_the_end(uint32_t kind)
{
    return kind == LII_KEY_SUFFIX || kind == LII_KEY_FOLD_SUFFIX;
}

/* One key of an item; bytes stay where they are. */
static void fill(lii_pivot_key *k, const lii_node *at, uint32_t kind, const char *bytes, size_t len)
{
    uint32_t node = at ? at->index : 0;

    k->kind = kind;
    k->len = (uint32_t)len;
    k->bytes = bytes;
    k->hash = is_from_the_end(kind) ? lii_hash_bytes_back(node, kind, bytes, len) : lii_hash_bytes(node, kind, bytes, len);
}

static li_status take(lii_core *core, lii_pivot *pivot, uint32_t kind, const char *bytes, size_t len,
                      uint64_t weight)
{
    lii_pivot_key *k = add_key(core, pivot);

    if (k == NULL)
        return LI_E_NOMEM;
    fill(k, pivot->node, kind, bytes, len);
    pivot->weight += weight;
    pivot->cost += weight * load_of(core, k, pivot->node);
    return LI_OK;
}

/* A key whose few bytes are made here; they move with the list of keys, so the pointer is set when it is used. */
static li_status take_small(lii_core *core, lii_pivot *pivot, uint32_t kind, const char *bytes,
                            size_t len, uint64_t weight)
{
    lii_pivot_key *k;

    if (take(core, pivot, kind, bytes, len, weight) != LI_OK)
        return LI_E_NOMEM;
    k = &pivot->keys[pivot->n_keys - 1];
    memcpy(k->small, bytes, len);
    k->bytes = NULL;
    return LI_OK;
}

static li_status take_affix(lii_core *core, lii_pivot *pivot, uint32_t kind, const char *bytes,
                            size_t len)
{
    size_t n = len < LII_AFFIX_MOST ? len : LII_AFFIX_MOST;

    if (len == 0)
        return take(core, pivot, LII_KEY_ANY_STRING, "", 0, WEIGHT_ANY_STRING);
    return take(core, pivot, kind, is_from_the_end(kind) ? bytes + len - n : bytes, n, affix_weight(n));
}

/* Folded operands live in one buffer, which has room for all of the clause. */
static li_status take_folded(lii_core *core, lii_pivot *pivot, uint32_t kind, lii_op op)
{
    size_t begin = pivot->text.len, len;

    len = lii_fold(op.operand, op.len, pivot->text.data + begin);
    pivot->text.len += len;
    if (kind == LII_KEY_FOLD)
        return take(core, pivot, kind, pivot->text.data + begin, len, WEIGHT_EXACT);
    return take_affix(core, pivot, kind, pivot->text.data + begin, len);
}

/* ---- wildcards: a beginning, an end, or some bytes of what stands between stars */

typedef struct candidate {
    uint32_t kind;
    const char *bytes;
    size_t len;
    uint64_t cost, weight;
} candidate;

static void consider(lii_core *core, const lii_node *node, candidate *best, uint32_t kind, const char *bytes, size_t len,
                     uint64_t weight)
{
    lii_pivot_key k;
    uint64_t cost;

    if (best->kind != 0 && weight >= best->cost)
        return; /* no key costs less than its weight */
    fill(&k, node, kind, bytes, len);
    cost = weight * load_of(core, &k, node);
    if (best->kind == 0 || cost < best->cost) {
        best->kind = kind;
        best->bytes = bytes;
        best->len = len;
        best->cost = cost;
        best->weight = weight;
    }
}

/* Windows of a literal, spread over it. */
static void consider_grams(lii_core *core, const lii_node *node, candidate *best, const char *p, size_t len)
{
    size_t size = len >= GRAM ? GRAM : len >= 4 ? 4 : len >= 2 ? 2 : 1, last = len - size, step, i;
    uint64_t weight = size == 8 ? WEIGHT_GRAM : size == 4 ? 4 * WEIGHT_GRAM : size == 2 ? 20 * WEIGHT_GRAM : 100 * WEIGHT_GRAM;

    step = last / WINDOWS_MOST + 1;
    for (i = 0; i <= last; i += step)
        consider(core, node, best, LII_KEY_GRAM, p + i, size, weight);
    consider(core, node, best, LII_KEY_GRAM, p + last, size, weight);
}

static li_status take_wildcard(lii_core *core, lii_pivot *pivot, lii_op op)
{
    const char *p = op.operand, *end = p + op.len, *star;
    candidate best = { 0, NULL, 0, 0, 0 };
    size_t n;

    for (; p < end; p = star + 1) {
        star = memchr(p, LII_STAR, (size_t)(end - p));
        n = (size_t)((star ? star : end) - p);
        if (n > 0 && p == op.operand)
            consider(core, pivot->node, &best, LII_KEY_PREFIX, p, n < LII_AFFIX_MOST ? n : LII_AFFIX_MOST, affix_weight(n));
        if (n > 0 && star == NULL) {
            size_t taken = n < LII_AFFIX_MOST ? n : LII_AFFIX_MOST;

            consider(core, pivot->node, &best, LII_KEY_SUFFIX, end - taken, taken, affix_weight(n));
        }
        if (n > 0)
            consider_grams(core, pivot->node, &best, p, n);
        if (star == NULL)
            break;
    }
    if (best.kind == 0)
        return take(core, pivot, LII_KEY_ANY_STRING, "", 0, WEIGHT_ANY_STRING);
    return take(core, pivot, best.kind, best.bytes, best.len, best.weight);
}

/* ---- numbers and addresses */

/* Which parts of the cell lie in the range. */
static uint16_t parts_of(const uint64_t keys[2], uint64_t cell, uint32_t level)
{
    uint32_t least = keys[0] >> level == cell ? lii_part_of_cell(keys[0], level) : 0;
    uint32_t most = keys[1] >> level == cell ? lii_part_of_cell(keys[1], level) : 255;

    return (uint16_t)(least | most << 8);
}

static li_status take_bound(lii_core *core, lii_pivot *pivot, uint32_t kind, uint64_t key)
{
    char bytes[8];

    memcpy(bytes, &key, sizeof bytes); /* the cost is the same however many there are: only those that hold are looked at */
    return take_small(core, pivot, kind, bytes, sizeof bytes, WEIGHT_BOUND);
}

/* The least cells that cover the range, two unless it is huge. Sizes go by steps of eight: fewer of them to look for, and the parts
 * that a range takes of its cell tell most others from it. */
static li_status take_range(lii_core *core, lii_pivot *pivot, lii_op op)
{
    uint64_t keys[2], cell, last, key;
    uint32_t level = LII_LEVEL_LEAST;
    char bytes[8];
    li_status status = LI_OK;

    memcpy(keys, op.operand, sizeof keys);
    if (keys[0] > keys[1])
        return LI_OK; /* nothing between them */
    if (keys[1] == lii_number_most)
        return take_bound(core, pivot, LII_KEY_ABOVE, keys[0]);
    if (keys[0] == lii_number_least)
        return take_bound(core, pivot, LII_KEY_BELOW, ~keys[1]);
    while (level + LEVEL_STEP < 64 && (keys[1] >> level) - (keys[0] >> level) > 1)
        level += LEVEL_STEP;
    last = keys[1] >> level;
    for (cell = keys[0] >> level; cell <= last && status == LI_OK; cell++) {
        key = lii_cell_key(cell << level, level);
        memcpy(bytes, &key, sizeof bytes);
        status = take_small(core, pivot, LII_KEY_RANGE, bytes, sizeof bytes, level > 55 ? 40 * WEIGHT_RANGE : WEIGHT_RANGE);
        if (status != LI_OK)
            break;
        pivot->keys[pivot->n_keys - 1].parts = parts_of(keys, cell, level);
        pivot->keys[pivot->n_keys - 1].level = (uint8_t)level;
    }
    return status;
}

static li_status take_item(lii_core *core, lii_pivot *pivot, lii_op op)
{
    static const char words[] = { LII_OP_TRUE, LII_OP_FALSE, LII_OP_NULL };

    switch (op.op) {
    case LII_OP_TEXT:
        return take(core, pivot, LII_KEY_TEXT, op.operand, op.len, WEIGHT_EXACT);
    case LII_OP_ADDRESS:
        return take(core, pivot, LII_KEY_ADDRESS, op.operand, op.len, WEIGHT_EXACT);
    case LII_OP_NUMBER:
        return take(core, pivot, LII_KEY_NUMBER, op.operand, op.len, WEIGHT_EXACT);
    case LII_OP_SPELLING:
        return take(core, pivot, LII_KEY_SPELLING, op.operand, op.len, WEIGHT_EXACT);
    case LII_OP_TRUE:
    case LII_OP_FALSE:
    case LII_OP_NULL:
        return take(core, pivot, LII_KEY_WORD, &words[op.op - LII_OP_TRUE], 1, WEIGHT_WORD);
    case LII_OP_PREFIX:
        return take_affix(core, pivot, LII_KEY_PREFIX, op.operand, op.len);
    case LII_OP_SUFFIX:
        return take_affix(core, pivot, LII_KEY_SUFFIX, op.operand, op.len);
    case LII_OP_FOLD:
        return take_folded(core, pivot, LII_KEY_FOLD, op);
    case LII_OP_FOLD_PREFIX:
        return take_folded(core, pivot, LII_KEY_FOLD_PREFIX, op);
    case LII_OP_FOLD_SUFFIX:
        return take_folded(core, pivot, LII_KEY_FOLD_SUFFIX, op);
    case LII_OP_WILD:
        return take_wildcard(core, pivot, op);
    case LII_OP_RANGE:
        return take_range(core, pivot, op);
    case LII_OP_CIDR:
        return take(core, pivot, LII_KEY_CIDR, op.operand, op.len, WEIGHT_CIDR);
    case LII_OP_ABSENT:
        return take(core, pivot, LII_KEY_ABSENT, "", 0, WEIGHT_ABSENT);
    default: /* PRESENT, NOT */
        return take(core, pivot, LII_KEY_ANY_LEAF, "", 0, WEIGHT_ANY_LEAF);
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

li_status lii_pivot_read(lii_core *core, const lii_clause *clause, lii_node *node, lii_pivot *pivot)
{
    const char *p = clause->code, *end = p + clause->code_len;
    li_status status = LI_OK;
    lii_op op;

    pivot->n_keys = 0;
    pivot->node = node;
    pivot->weight = pivot->cost = 0;
    lii_buf_clear(&pivot->text);
    if (lii_buf_reserve(&pivot->text, folded_size(clause)) != LI_OK)
        return LI_E_NOMEM;
    while (p < end && status == LI_OK) {
        p = lii_op_next(p, &op);
        status = take_item(core, pivot, op);
    }
    return status;
}
