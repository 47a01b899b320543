/* index.h - functions by their plain names, read without a lock. Names are added under engine.lock and stay: a function
 * that is removed keeps its object. */
#ifndef LII_ENGINE_INDEX_H
#define LII_ENGINE_INDEX_H

#include <stdatomic.h>

#include "base/alloc.h"

typedef struct lii_index_table lii_index_table;

typedef struct lii_index {
    _Atomic(lii_index_table *) table;    /* the newest; NULL: no name yet */
    size_t count;                        /* engine.lock */
} lii_index;

/* Room for one more name. LI_E_NOMEM: as before. */
li_status lii_index_reserve_locked(lii_index *index, const li_allocator *allocator);
/* Add a function under its name, which is not there and has room. */
void lii_index_add_locked(lii_index *index, li_function *function);
/* NULL: no function ever had this name. Any thread. */
li_function *lii_index_find(const lii_index *index, const char *name, size_t name_len);
void lii_index_free(lii_index *index, const li_allocator *allocator);

#endif
