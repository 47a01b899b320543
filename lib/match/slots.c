/* slots.c - the tables of a core: keys that readers look up, and the filter before them. */
#include "match/core.h"

enum { FIRST_SLOTS = 16, FIRST_BITS = 512, BITS_A_KEY = 12 };

static const uint64_t pointer_bits = UINT64_C(0x0000FFFFFFFFFFFF);

static uint64_t pack(uint64_t hash, const void *pointer)
{
    return (hash & ~pointer_bits) | (uint64_t)(uintptr_t)pointer;
}

static lii_slots *new_slots(const li_allocator *allocator, size_t n)
{
    lii_slots *slots;

    if (n > SIZE_MAX / 16)
        return NULL;
    slots = lii_calloc(allocator, 1, sizeof *slots + n * sizeof slots->slot[0]);
    if (slots)
        slots->mask = n - 1;
    return slots;
}

/* To the first empty slot; release, so that who finds it sees what it points to. */
static void put(lii_slots *slots, uint32_t low, uint64_t packed)
{
    size_t i = low & slots->mask;

    while (atomic_load_explicit(&slots->slot[i], memory_order_relaxed) != 0)
        i = (i + 1) & slots->mask;
    atomic_store_explicit(&slots->slot[i], packed, memory_order_release);
}

const lii_key *lii_key_guess(const lii_slots *keys, uint64_t hash)
{
    uint64_t packed;
    size_t i;

    for (i = (uint32_t)hash & keys->mask;; i = (i + 1) & keys->mask) {
        packed = atomic_load_explicit(&keys->slot[i], memory_order_acquire);
        if (packed == 0 || packed >> 48 == hash >> 48)
            return (const lii_key *)(uintptr_t)(packed & pointer_bits);
    }
}

lii_key *lii_key_find(lii_slots *keys, uint64_t hash, uint32_t node, uint32_t kind, const char *bytes, size_t len)
{
    uint64_t tag = hash >> 48, packed;
    size_t i;

    if (keys == NULL)
        return NULL;
    for (i = (uint32_t)hash & keys->mask;; i = (i + 1) & keys->mask) {
        packed = atomic_load_explicit(&keys->slot[i], memory_order_acquire);
        if (packed == 0)
            return NULL;
        if (packed >> 48 == tag) {
            lii_key *key = (lii_key *)(uintptr_t)(packed & pointer_bits);

            if (key->node == node && key->kind_len == (kind | (uint32_t)len << 8) && memcmp(key->bytes, bytes, len) == 0)
                return key;
        }
    }
}

/* Room for one more key. */
static lii_slots *room(lii_core *core)
{
    lii_slots *old = atomic_load_explicit(&core->keys, memory_order_relaxed), *slots;
    size_t i;

    if (old && (core->n_keys + 1) * 4 <= (old->mask + 1) * 3)
        return old;
    slots = new_slots(core->arena.allocator, old ? (old->mask + 1) * 2 : FIRST_SLOTS);
    if (slots == NULL)
        return NULL;
    for (i = 0; old && i <= old->mask; i++) {
        uint64_t packed = atomic_load_explicit(&old->slot[i], memory_order_relaxed);

        lii_slots_fetch(old, i);
        if (packed != 0)
            put(slots, ((lii_key *)(uintptr_t)(packed & pointer_bits))->hash, packed);
    }
    atomic_store(&core->keys, slots);
    if (old) {
        old->retired = core->retired_slots;
        core->retired_slots = old;
    }
    return slots;
}

lii_key *lii_key_get(lii_core *core, uint64_t hash, uint32_t node, uint32_t kind, const char *bytes, size_t len)
{
    lii_key *key = lii_key_find(atomic_load_explicit(&core->keys, memory_order_relaxed), hash, node, kind, bytes, len);
    lii_slots *slots;

    if (key)
        return key;
    slots = room(core);
    key = slots ? lii_arena_get(&core->arena, sizeof *key + len) : NULL;
    if (key == NULL)
        return NULL;
    atomic_init(&key->first, 0);
    key->hash = (uint32_t)hash;
    key->node = node;
    key->kind_len = kind | (uint32_t)len << 8;
    key->load = 0;
    memcpy(key->bytes, bytes, len);
    put(slots, key->hash, pack(hash, key));
    core->n_keys++;
    return key;
}

/* ---- the filter */

static int is_filtered(uint32_t kind)
{
    return kind == LII_KEY_PREFIX || kind == LII_KEY_SUFFIX || kind == LII_KEY_FOLD_PREFIX || kind == LII_KEY_FOLD_SUFFIX ||
           kind == LII_KEY_GRAM || kind == LII_KEY_CIDR;
}

static void set_bit(lii_filter *filter, uint32_t low, uint32_t tag)
{
    size_t bit = lii_filter_bit(low, tag) & filter->mask;

    atomic_fetch_or_explicit(&filter->word[bit / 64], UINT64_C(1) << (bit & 63), memory_order_relaxed);
}

static lii_filter *bigger_filter(lii_core *core)
{
    lii_filter *old = atomic_load_explicit(&core->filter, memory_order_relaxed), *filter;
    lii_slots *keys = atomic_load_explicit(&core->keys, memory_order_relaxed);
    size_t n_bits = old ? (old->mask + 1) * 2 : FIRST_BITS, i;

    filter = lii_calloc(core->arena.allocator, 1, sizeof *filter + n_bits / 8);
    if (filter == NULL)
        return NULL;
    filter->mask = n_bits - 1;
    for (i = 0; i <= keys->mask; i++) {
        uint64_t packed = atomic_load_explicit(&keys->slot[i], memory_order_relaxed);
        const lii_key *key = (lii_key *)(uintptr_t)(packed & pointer_bits);

        lii_slots_fetch(keys, i);
        if (key && is_filtered(key->kind_len & 0xFF))
            set_bit(filter, key->hash, (uint32_t)(packed >> 48));
    }
    atomic_store(&core->filter, filter);
    if (old) {
        old->retired = core->retired_filters;
        core->retired_filters = old;
    }
    return filter;
}

li_status lii_filter_add(lii_core *core, const lii_key *key, uint64_t hash)
{
    lii_filter *filter = atomic_load_explicit(&core->filter, memory_order_relaxed);

    if (!is_filtered(key->kind_len & 0xFF))
        return LI_OK;
    if (filter == NULL || (core->n_filtered + 1) * BITS_A_KEY > filter->mask)
        filter = bigger_filter(core);
    if (filter == NULL)
        return LI_E_NOMEM;
    set_bit(filter, key->hash, (uint32_t)(hash >> 48));
    core->n_filtered++;
    return LI_OK;
}

void lii_slots_free_all(const li_allocator *allocator, lii_slots *slots)
{
    while (slots) {
        lii_slots *next = slots->retired;

        lii_free(allocator, slots);
        slots = next;
    }
}

void lii_filters_free_all(const li_allocator *allocator, lii_filter *filter)
{
    while (filter) {
        lii_filter *next = filter->retired;

        lii_free(allocator, filter);
        filter = next;
    }
}
