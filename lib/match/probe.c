/* probe.c - which keys a value has: one look-up for each kind that the node knows of, a row of them where beginnings, ends,
 * pieces or sizes are meant; the filter answers most of those. Look-ups wait until the event has been read, then go together. */
#include "match/address.h"
#include "match/fold.h"
#include "match/number.h"
#include "match/scratch.h"

#define KIND(kind) (UINT32_C(1) << (kind))

/* A sub-rule will be looked at: among many it is in no cache yet, nor is its clause, which most often lies right behind. */
static void fetch_sub(uint64_t ref)
{
    const char *sub = (const char *)lii_ref_sub(ref);

    __builtin_prefetch(sub);
    __builtin_prefetch(sub + 64);
}

static void hit(lii_scratch *s, const lii_key *key)
{
    uint64_t first = key ? atomic_load_explicit(&key->first, memory_order_relaxed) : 0;

    if (first == 0)
        return;
    fetch_sub(first);
    lii_pointer_set_add(s, &s->hits, key);
}

static int may_be(const lii_filter *filter, uint64_t hash)
{
    size_t bit;

    if (filter == NULL)
        return 0;
    bit = lii_filter_bit((uint32_t)hash, (uint32_t)(hash >> 48)) & filter->mask;
    return atomic_load_explicit(&filter->word[bit / 64], memory_order_relaxed) >> (bit & 63) & 1;
}

static lii_sought *seek(lii_scratch *s, const lii_node *node, uint32_t kind, uint64_t hash)
{
    lii_sought *sought;

    if (s->keys == NULL || lii_scratch_grow(s, &s->sought, &s->cap_sought, sizeof *s->sought, s->n_sought) != 0)
        return NULL;
    __builtin_prefetch(lii_slot_of(s->keys, hash));
    sought = &s->sought[s->n_sought++];
    sought->hash = hash;
    sought->node = node->index;
    sought->kind = kind;
    return sought;
}

/* Bytes that stay where they are until the event has been read. */
static void seek_bytes(lii_scratch *s, const lii_node *node, uint32_t kind, uint64_t hash, const char *bytes, size_t len)
{
    lii_sought *sought = seek(s, node, kind, hash);

    if (sought == NULL)
        return;
    sought->bytes = bytes;
    sought->len = (uint32_t)len;
}

static void seek_number(lii_scratch *s, const lii_node *node, uint32_t kind, uint64_t hash, uint64_t number)
{
    lii_sought *sought = seek(s, node, kind, hash);

    if (sought == NULL)
        return;
    sought->bytes = NULL;
    sought->few = number;
    sought->len = sizeof sought->few;
}

static void probe(lii_scratch *s, const lii_node *node, uint32_t kind, const char *bytes, size_t len)
{
    hit(s, lii_key_find(s->keys, lii_hash_bytes(node->index, kind, bytes, len), node->index, kind, bytes, len));
}

static void probe_hashed(lii_scratch *s, const lii_node *node, uint32_t kind, uint64_t hash, const char *bytes, size_t len)
{
    if (!may_be(s->filter, hash))
        return;
    if (kind == LII_KEY_PREFIX || kind == LII_KEY_SUFFIX || kind == LII_KEY_GRAM)
        seek_bytes(s, node, kind, hash, bytes, len);
    else
        hit(s, lii_key_find(s->keys, hash, node->index, kind, bytes, len));
}

/* Beginnings of the lengths that are in use. */
static void probe_beginnings(lii_scratch *s, const lii_node *node, uint32_t kind, const _Atomic uint64_t *lengths,
                             const char *text, size_t text_len)
{
    uint64_t h = lii_hash_begin(node->index, kind), bits;
    size_t done = 0, len, i;

    for (i = 0; i < 4; i++)
        for (bits = atomic_load_explicit(&lengths[i], memory_order_relaxed); bits != 0; bits &= bits - 1) {
            len = 64 * i + (size_t)__builtin_ctzll(bits);
            if (len > text_len)
                return;
            for (; done + 8 <= len; done += 8)
                h = lii_hash_word(h, lii_load8(text + done));
            probe_hashed(s, node, kind, lii_hash_tail(h, text + done, len - done, len), text, len);
        }
}

static void probe_ends(lii_scratch *s, const lii_node *node, uint32_t kind, const _Atomic uint64_t *lengths, const char *text,
                       size_t text_len)
{
    const char *end = text + text_len;
    uint64_t h = lii_hash_begin(node->index, kind), bits;
    size_t done = 0, len, i;

    for (i = 0; i < 4; i++)
        for (bits = atomic_load_explicit(&lengths[i], memory_order_relaxed); bits != 0; bits &= bits - 1) {
            len = 64 * i + (size_t)__builtin_ctzll(bits);
            if (len > text_len)
                return;
            for (; done + 8 <= len; done += 8)
                h = lii_hash_word(h, lii_load8(end - done - 8));
            probe_hashed(s, node, kind, lii_hash_tail(h, end - len, len - done, len), end - len, len);
        }
}

static void probe_grams(lii_scratch *s, const lii_node *node, size_t size, const char *text, size_t len)
{
    size_t i;

    if (!(atomic_load_explicit(&node->kinds, memory_order_relaxed) & LII_NODE_GRAM(size)))
        return;
    for (i = 0; i + size <= len; i++)
        probe_hashed(s, node, LII_KEY_GRAM, lii_hash_bytes(node->index, LII_KEY_GRAM, text + i, size), text + i, size);
}

static void probe_addresses(lii_scratch *s, const lii_node *node, uint32_t kinds, const char *text, size_t len)
{
    lii_address address, masked;
    lii_lengths *lengths;
    char bytes[18];
    uint64_t bits;
    unsigned i, at;

    if (!lii_address_read(text, len, &address))
        return;
    bytes[1] = (char)address.n_bytes;
    memcpy(bytes + 2, address.bytes, 16);
    if (kinds & KIND(LII_KEY_ADDRESS))
        probe(s, node, LII_KEY_ADDRESS, bytes + 1, 17);
    lengths = atomic_load_explicit(&node->lengths, memory_order_acquire);
    if (!(kinds & KIND(LII_KEY_CIDR)) || lengths == NULL)
        return;
    bytes[0] = (char)address.n_bytes;
    for (i = address.n_bytes == 4 ? 0 : 1; i < (address.n_bytes == 4 ? 1u : 3u); i++)
        for (bits = atomic_load_explicit(&lengths->masks[i], memory_order_relaxed); bits != 0; bits &= bits - 1) {
            at = (unsigned)__builtin_ctzll(bits) + (i == 2 ? 64 : 0);
            masked = address;
            lii_address_mask(&masked, at);
            bytes[1] = (char)at;
            memcpy(bytes + 2, masked.bytes, 16);
            probe_hashed(s, node, LII_KEY_CIDR, lii_hash_bytes(node->index, LII_KEY_CIDR, bytes, 18), bytes, 18);
        }
}

static void probe_folded(lii_scratch *s, const lii_node *node, uint32_t kinds, const char *text, size_t len)
{
    lii_lengths *lengths = atomic_load_explicit(&node->lengths, memory_order_acquire);
    size_t n;

    if (lii_scratch_room(s, &s->folded, &s->cap_folded, len * LII_FOLD_GROWTH + 1) != 0)
        return;
    n = lii_fold(text, len, s->folded);
    if (kinds & KIND(LII_KEY_FOLD))
        probe(s, node, LII_KEY_FOLD, s->folded, n);
    if (lengths && kinds & KIND(LII_KEY_FOLD_PREFIX))
        probe_beginnings(s, node, LII_KEY_FOLD_PREFIX, lengths->affix[2], s->folded, n);
    if (lengths && kinds & KIND(LII_KEY_FOLD_SUFFIX))
        probe_ends(s, node, LII_KEY_FOLD_SUFFIX, lengths->affix[3], s->folded, n);
}

static void probe_string(lii_scratch *s, const lii_node *node, uint32_t kinds, const char *text, size_t len)
{
    lii_lengths *lengths = atomic_load_explicit(&node->lengths, memory_order_acquire);

    if (kinds & KIND(LII_KEY_TEXT))
        seek_bytes(s, node, LII_KEY_TEXT, lii_hash_bytes(node->index, LII_KEY_TEXT, text, len), text, len);
    if (lengths && kinds & KIND(LII_KEY_PREFIX))
        probe_beginnings(s, node, LII_KEY_PREFIX, lengths->affix[0], text, len);
    if (lengths && kinds & KIND(LII_KEY_SUFFIX))
        probe_ends(s, node, LII_KEY_SUFFIX, lengths->affix[1], text, len);
    if (kinds & (KIND(LII_KEY_ADDRESS) | KIND(LII_KEY_CIDR)))
        probe_addresses(s, node, kinds, text, len);
    if (kinds & (KIND(LII_KEY_FOLD) | KIND(LII_KEY_FOLD_PREFIX) | KIND(LII_KEY_FOLD_SUFFIX)))
        probe_folded(s, node, kinds, text, len);
    if (kinds & KIND(LII_KEY_GRAM)) {
        probe_grams(s, node, 8, text, len);
        probe_grams(s, node, 4, text, len);
        probe_grams(s, node, 2, text, len);
        probe_grams(s, node, 1, text, len);
    }
    if (kinds & KIND(LII_KEY_ANY_STRING))
        hit(s, atomic_load_explicit(&node->any_string, memory_order_acquire));
}

static void take_ref(lii_scratch *s, uint64_t ref, uint32_t part)
{
    if (part < (ref >> 48 & 255) || part > ref >> 56)
        return;
    fetch_sub(ref);
    lii_pointer_set_add(s, &s->subs, lii_ref_sub(ref));
}

/* Of a cell's ranges those that take the part where the number is. */
static void take_cell(lii_scratch *s, const lii_cell *cell, uint32_t part)
{
    uint64_t at = atomic_load_explicit(&cell->more, memory_order_acquire), ref;
    size_t i;

    for (i = 0; i < LII_CELL_SUBS && (ref = atomic_load_explicit(&cell->subs[i], memory_order_acquire)) != 0; i++)
        take_ref(s, ref, part);
    while (at != 0 && !(at & 1) && s->status == LI_OK) {
        const lii_entry *entry = (const lii_entry *)(uintptr_t)at;

        for (i = 0; i < LII_ENTRY_SUBS; i++) {
            ref = atomic_load_explicit(&entry->subs[i], memory_order_acquire);
            if (ref == 0)
                break;
            take_ref(s, ref, part);
        }
        at = entry->next;
    }
    if (at & 1)
        take_ref(s, at, part);
}

static void find_cell(lii_scratch *s, const lii_sought *sought)
{
    const lii_slots *cells = sought->cells;
    const lii_cell *cell = lii_cells_first(sought->cells);
    size_t i = lii_cell_home(cells, sought->hash), n;
    uint64_t over = atomic_load_explicit(&cell[i].key, memory_order_acquire) & LII_CELL_OVER, key;

    for (n = 0; n < LII_LINE_CELLS || over; n++, i = (i + 1) & cells->mask) {
        key = atomic_load_explicit(&cell[i].key, memory_order_acquire);
        if (key == 0)
            return;
        if ((key & ~(uint64_t)LII_CELL_OVER) == sought->few) {
            take_cell(s, &cell[i], sought->part);
            return;
        }
    }
}

static uint64_t hash_number(const lii_node *node, uint32_t kind, uint64_t number)
{
    return lii_hash_end(lii_hash_word(lii_hash_begin(node->index, kind), number), sizeof number); /* as lii_hash_bytes does it */
}

/* The cells of all sizes in use: most are not there, but it takes no longer to fetch eight than one. */
static void probe_ranges(lii_scratch *s, const lii_node *node, uint64_t number)
{
    lii_lengths *lengths = atomic_load_explicit(&node->lengths, memory_order_acquire);
    lii_slots *cells = lengths ? atomic_load(&lengths->cells) : NULL; /* see matcher.c on what may be freed */
    lii_sought *sought;
    uint64_t levels;

    if (cells == NULL)
        return;
    for (levels = atomic_load_explicit(&lengths->levels, memory_order_relaxed); levels != 0; levels &= levels - 1) {
        unsigned level = (unsigned)__builtin_ctzll(levels);

        if (lii_scratch_grow(s, &s->sought, &s->cap_sought, sizeof *s->sought, s->n_sought) != 0)
            return;
        sought = &s->sought[s->n_sought++];
        sought->kind = LII_KEY_RANGE;
        sought->cells = cells;
        sought->few = lii_cell_key(number, level);
        sought->hash = lii_cell_hash(sought->few);
        sought->part = lii_part_of_cell(number, level);
        __builtin_prefetch(lii_cells_first(cells) + lii_cell_home(cells, sought->hash));
    }
}

/* All that are listed up to the number. */
static void probe_bounds(lii_scratch *s, const lii_node *node, int is_below, uint64_t number)
{
    uint64_t key = is_below ? ~number : number;
    const lii_bound *at = atomic_load_explicit(&node->bounds[is_below], memory_order_acquire);

    while (at && (at = atomic_load_explicit(&at->next[0], memory_order_acquire)) != NULL && at->key <= key &&
           s->status == LI_OK)
        lii_pointer_set_add(s, &s->subs, lii_ref_sub(at->ref));
}

int lii_leaf_number(lii_leaf *leaf, uint64_t *key)
{
    if (leaf->number_state == LII_NUMBER_UNREAD)
        leaf->number_state = lii_number_key(leaf->text, leaf->len, &leaf->number) ? LII_NUMBER_KEYED : LII_NUMBER_OTHER;
    *key = leaf->number;
    return leaf->number_state == LII_NUMBER_KEYED;
}

static void probe_number(lii_scratch *s, const lii_node *node, uint32_t kinds, lii_leaf *leaf)
{
    uint64_t key;

    if (!(kinds & (KIND(LII_KEY_NUMBER) | KIND(LII_KEY_RANGE) | KIND(LII_KEY_ABOVE) | KIND(LII_KEY_BELOW) |
                   KIND(LII_KEY_SPELLING))))
        return;
    if (!lii_leaf_number(leaf, &key)) {
        if (kinds & KIND(LII_KEY_SPELLING))
            probe(s, node, LII_KEY_SPELLING, leaf->text, leaf->len);
        return;
    }
    if (kinds & KIND(LII_KEY_NUMBER))
        seek_number(s, node, LII_KEY_NUMBER, hash_number(node, LII_KEY_NUMBER, key), key);
    if (kinds & KIND(LII_KEY_RANGE))
        probe_ranges(s, node, key);
    if (kinds & KIND(LII_KEY_ABOVE))
        probe_bounds(s, node, 0, key);
    if (kinds & KIND(LII_KEY_BELOW))
        probe_bounds(s, node, 1, key);
}

static void probe_word(lii_scratch *s, const lii_node *node, uint32_t kinds, uint8_t type)
{
    char op = (char)(type == LII_LEAF_TRUE ? LII_OP_TRUE : type == LII_LEAF_FALSE ? LII_OP_FALSE : LII_OP_NULL);

    if (kinds & KIND(LII_KEY_WORD))
        probe(s, node, LII_KEY_WORD, &op, 1);
}

void lii_probe_leaf(lii_scratch *s, const lii_node *node, lii_leaf *leaf)
{
    uint32_t kinds = atomic_load_explicit(&node->kinds, memory_order_relaxed);

    if (leaf->type == LII_LEAF_STRING)
        probe_string(s, node, kinds, leaf->text, leaf->len);
    else if (leaf->type == LII_LEAF_NUMBER)
        probe_number(s, node, kinds, leaf);
    else
        probe_word(s, node, kinds, leaf->type);
    if (kinds & KIND(LII_KEY_ANY_LEAF))
        hit(s, atomic_load_explicit(&node->any_leaf, memory_order_acquire));
}

/* In three turns, each of which waits for memory once for all of them: slots and cells, keys, and then what verify.c looks at. */
void lii_probe_find(lii_scratch *s)
{
    uint32_t i, n = s->n_sought;

    for (i = 0; i < n; i++)
        if (s->sought[i].kind == LII_KEY_RANGE)
            find_cell(s, &s->sought[i]);
        else if (n > 1)
            __builtin_prefetch(lii_key_guess(s->keys, s->sought[i].hash));
    for (i = 0; i < n && s->status == LI_OK; i++) {
        const lii_sought *sought = &s->sought[i];
        const char *bytes = sought->bytes ? sought->bytes : (const char *)&sought->few;

        if (sought->kind != LII_KEY_RANGE)
            hit(s, lii_key_find(s->keys, sought->hash, sought->node, sought->kind, bytes, sought->len));
    }
    s->n_sought = 0;
}
