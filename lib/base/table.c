/* table.c - a hash table of byte strings: linear probing, at most seven tenths full, deleted slots marked by their key. */
#include "base/table.h"

#include <string.h>

#include "base/cold.h"

enum { FIRST_CAP = 16 };

static const char no_key[1] = ""; /* stands for an empty key, so that NULL means an empty slot */

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9FB21C651E98DF25);
    return h ^ h >> 32;
}

uint64_t lii_hash(const void *data, size_t len)
{
    const unsigned char *p = data;
    uint64_t h = mix(UINT64_C(0xD6E8FEB86659FD93), len), word;

    for (; len >= 8; len -= 8, p += 8) {
        memcpy(&word, p, 8);
        h = mix(h, word);
    }
    if (len > 0) {
        word = 0;
        memcpy(&word, p, len);
        h = mix(h, word);
    }
    h *= UINT64_C(0xD6E8FEB86659FD93);
    return h ^ h >> 32;
}

void lii_table_init(lii_table *table, const li_allocator *allocator)
{
    memset(table, 0, sizeof *table);
    table->allocator = allocator;
}

void lii_table_fini(lii_table *table)
{
    lii_free(table->allocator, table->slots);
    table->slots = NULL;
    table->cap = table->used = table->count = 0;
}

static int is_over(size_t used, size_t cap)
{
    return used > cap / 10 * 7 + cap % 10 * 7 / 10;
}

/* The slot that holds the key, or NULL. */
static lii_table_slot *find(const lii_table *table, uint64_t hash, const char *key, size_t key_len)
{
    size_t mask = table->cap - 1, i;

    if (table->count == 0)
        return NULL;
    for (i = (size_t)hash & mask; table->slots[i].key != NULL; i = (i + 1) & mask) {
        lii_table_slot *s = &table->slots[i];

        if (s->hash == hash && s->value != NULL && s->key_len == key_len && memcmp(s->key, key, key_len) == 0)
            return s;
    }
    return NULL;
}

/* Move what lives into a new array of that capacity; deleted slots go. */
static LII_COLD li_status rehash(lii_table *table, size_t cap)
{
    lii_table_slot *slots = lii_calloc(table->allocator, cap, sizeof *slots);
    size_t i, j, mask = cap - 1;

    if (slots == NULL)
        return LI_E_NOMEM;
    for (i = 0; i < table->cap; i++) {
        if (table->slots[i].value == NULL)
            continue;
        j = (size_t)table->slots[i].hash & mask;
        while (slots[j].key != NULL)
            j = (j + 1) & mask;
        slots[j] = table->slots[i];
    }
    lii_free(table->allocator, table->slots);
    table->slots = slots;
    table->cap = cap;
    table->used = table->count;
    return LI_OK;
}

li_status lii_table_reserve(lii_table *table, size_t more)
{
    size_t cap = table->cap ? table->cap : FIRST_CAP, needed;

    if (more > SIZE_MAX / sizeof(lii_table_slot) / 4 - table->used)
        return LI_E_NOMEM;
    if (table->cap != 0 && !is_over(table->used + more, table->cap))
        return LI_OK;
    needed = table->count + more;
    while (is_over(needed + needed / 4, cap)) /* room besides, so that the next put is not a rehash again */
        cap *= 2;
    return rehash(table, cap);
}

void *lii_table_get(const lii_table *table, const char *key, size_t key_len)
{
    lii_table_slot *s = find(table, lii_hash(key, key_len), key ? key : no_key, key_len);

    return s ? s->value : NULL;
}

li_status lii_table_put(lii_table *table, const char *key, size_t key_len, void *value, void **old)
{
    uint64_t hash = lii_hash(key, key_len);
    lii_table_slot *s;
    size_t mask, i;

    if (key == NULL)
        key = no_key;
    s = find(table, hash, key, key_len);
    if (old)
        *old = s ? s->value : NULL;
    if (s) {
        s->key = key; /* the key lives in the value, as a rule: the old one may go away */
        s->value = value;
        return LI_OK;
    }
    if (lii_table_reserve(table, 1) != LI_OK)
        return LI_E_NOMEM;
    mask = table->cap - 1;
    for (i = (size_t)hash & mask; table->slots[i].value != NULL; i = (i + 1) & mask)
        continue;
    s = &table->slots[i];
    table->used += s->key == NULL;
    table->count++;
    s->hash = hash;
    s->key = key;
    s->key_len = key_len;
    s->value = value;
    return LI_OK;
}

void *lii_table_remove(lii_table *table, const char *key, size_t key_len)
{
    lii_table_slot *s = find(table, lii_hash(key, key_len), key ? key : no_key, key_len);
    size_t mask = table->cap - 1, i;
    void *value;

    if (s == NULL)
        return NULL;
    value = s->value;
    s->value = NULL;
    s->key = no_key; /* deleted; the owner's key may go away */
    s->key_len = 0;
    table->count--;
    i = (size_t)(s - table->slots);
    if (table->slots[(i + 1) & mask].key != NULL)
        return value;
    while (table->slots[i].key != NULL && table->slots[i].value == NULL) { /* nothing is probed past an empty slot */
        table->slots[i].key = NULL;
        table->used--;
        i = (i + mask) & mask;
    }
    return value;
}

lii_table_slot *lii_table_next(const lii_table *table, size_t *index)
{
    for (; *index < table->cap; ++*index)
        if (table->slots[*index].value != NULL)
            return &table->slots[*index];
    return NULL;
}
