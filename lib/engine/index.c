/* index.c - functions by name: open addressing, at most half full, the hash beside the pointer. A reader loads the newest
 * table and walks it; a table that is outgrown is kept until the end, since somebody may be in it still (all of them
 * together are smaller than the newest). */
#include "engine/engine.h"

enum { FIRST_CAP = 64 };

struct lii_index_table {
    size_t mask;
    lii_index_table *older;
    struct {
        uint64_t hash;                     /* written before function */
        _Atomic(li_function *) function;   /* NULL: free; release pairs with the acquire of a reader */
    } slots[];
};

static void put(lii_index_table *table, li_function *function, memory_order order)
{
    uint64_t hash = lii_hash(function->name, function->name_len);
    size_t i = (size_t)hash & table->mask;

    while (atomic_load_explicit(&table->slots[i].function, memory_order_relaxed))
        i = (i + 1) & table->mask;
    table->slots[i].hash = hash;
    atomic_store_explicit(&table->slots[i].function, function, order);
}

li_status lii_index_reserve_locked(lii_index *index, const li_allocator *allocator)
{
    lii_index_table *table = atomic_load_explicit(&index->table, memory_order_relaxed), *grown;
    size_t cap = table ? table->mask + 1 : 0, i;

    if (2 * (index->count + 1) <= cap)
        return LI_OK;
    cap = cap ? 2 * cap : FIRST_CAP;
    if (cap > SIZE_MAX / sizeof table->slots[0] / 2)
        return LI_E_NOMEM;
    grown = lii_calloc(allocator, 1, sizeof *grown + cap * sizeof grown->slots[0]);
    if (!grown)
        return LI_E_NOMEM;
    grown->mask = cap - 1;
    grown->older = table;
    for (i = 0; table && i <= table->mask; i++)
        if (atomic_load_explicit(&table->slots[i].function, memory_order_relaxed))
            put(grown, atomic_load_explicit(&table->slots[i].function, memory_order_relaxed), memory_order_relaxed);
    atomic_store_explicit(&index->table, grown, memory_order_release);
    return LI_OK;
}

void lii_index_add_locked(lii_index *index, li_function *function)
{
    put(atomic_load_explicit(&index->table, memory_order_relaxed), function, memory_order_release);
    index->count++;
}

li_function *lii_index_find(const lii_index *index, const char *name, size_t name_len)
{
    const lii_index_table *table = atomic_load_explicit(&index->table, memory_order_acquire);
    uint64_t hash = lii_hash(name, name_len);
    li_function *function;
    size_t i;

    if (!table)
        return NULL;
    for (i = (size_t)hash & table->mask;; i = (i + 1) & table->mask) {
        function = atomic_load_explicit(&table->slots[i].function, memory_order_acquire);
        if (!function)
            return NULL;
        if (table->slots[i].hash == hash && function->name_len == name_len && memcmp(function->name, name, name_len) == 0)
            return function;
    }
}

void lii_index_free(lii_index *index, const li_allocator *allocator)
{
    lii_index_table *table = atomic_load_explicit(&index->table, memory_order_relaxed);

    while (table) {
        lii_index_table *older = table->older;

        lii_free(allocator, table);
        table = older;
    }
    atomic_store_explicit(&index->table, NULL, memory_order_relaxed);
}
