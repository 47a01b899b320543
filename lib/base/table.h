/* table.h - a hash table from byte strings to pointers: open addressing, the hash kept in the slot, keys stay the
 * owner's (usually inside the value). Not locked. Iteration by index is in slot order: sort before showing it. */
#ifndef LII_BASE_TABLE_H
#define LII_BASE_TABLE_H

#include "base/alloc.h"

typedef struct lii_table_slot {
    uint64_t hash;
    const char *key;
    size_t key_len;
    void *value;     /* NULL: empty or deleted */
} lii_table_slot;

typedef struct lii_table {
    const li_allocator *allocator;
    lii_table_slot *slots;
    size_t cap;      /* a power of two, or 0 */
    size_t used;     /* live and deleted */
    size_t count;    /* live */
} lii_table;

uint64_t lii_hash(const void *data, size_t len);

void lii_table_init(lii_table *table, const li_allocator *allocator);
void lii_table_fini(lii_table *table);
void *lii_table_get(const lii_table *table, const char *key, size_t key_len);
/* Put value (not NULL) under key; *old (may be NULL) is what was there. LI_E_NOMEM: unchanged. */
li_status lii_table_put(lii_table *table, const char *key, size_t key_len, void *value, void **old);
void *lii_table_remove(lii_table *table, const char *key, size_t key_len); /* what was there, or NULL */
/* Make room for `more` puts, so that they cannot fail. */
li_status lii_table_reserve(lii_table *table, size_t more);
/* The next live slot at or after *index; NULL at the end. */
lii_table_slot *lii_table_next(const lii_table *table, size_t *index);

#endif
