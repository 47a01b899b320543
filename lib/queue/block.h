/* block.h - blocks of memory that are used again: a bounded store of free blocks by size. Not locked. */
#ifndef LII_QUEUE_BLOCK_H
#define LII_QUEUE_BLOCK_H

#include "base/alloc.h"

enum {
    LII_BLOCK_STEP = 8,                                    /* sizes up to LII_BLOCK_FINE are multiples of this */
    LII_BLOCK_FINE = 1024,
    LII_BLOCK_MOST = 65536,                                /* larger blocks are not kept */
    LII_BLOCK_CLASSES = LII_BLOCK_FINE / LII_BLOCK_STEP + 6 * 8, /* beyond, eight sizes each doubling */
    LII_BLOCK_KEPT = 8 << 20                               /* bytes kept at most: growing again costs ten times as much */
};

/* A free block that says where others of its size are, so that who takes those need not have read them: what another thread
 * used last is slow to read, and quick to write. */
typedef struct lii_block {
    struct lii_block *next;      /* another such one */
    size_t n;
    void *at[];
} lii_block;

enum { LII_BLOCK_OTHERS = 62 };  /* at most, and as many as it has room for */

typedef struct lii_block_store {
    lii_block *free[LII_BLOCK_CLASSES];
    size_t bytes;
} lii_block_store;

/* The class of a size in 1..LII_BLOCK_MOST, and the size of every block of it. */
static inline size_t lii_block_class(size_t bytes, size_t *size)
{
    unsigned shift = 3, first = 0;      /* LII_BLOCK_STEP apart */

    if (bytes > LII_BLOCK_FINE) {       /* in (base, 2 base], base = 2^k, k >= 10: an eighth of base apart */
        unsigned k = 63 - (unsigned)__builtin_clzll((unsigned long long)bytes - 1);

        shift = k - 3;
        first = (k - 10) * 8 + LII_BLOCK_FINE / LII_BLOCK_STEP - 8;
    }
    bytes = (bytes - 1) >> shift;
    *size = (bytes + 1) << shift;
    return first + bytes;
}

/* The size that a block for so many bytes has: at most an eighth more, 15 bytes more if it is small. */
size_t lii_block_size(size_t bytes);

/* A size, and what comes of it: neighbours are mostly of one size. All zero at first. */
typedef struct lii_block_kind {
    size_t bytes;                /* asked for */
    size_t size;
    size_t class;
} lii_block_kind;

/* bytes is 1 to LII_BLOCK_MOST. */
static inline void lii_block_kind_of(lii_block_kind *kind, size_t bytes)
{
    if (kind->bytes == bytes)
        return;
    kind->bytes = bytes;
    kind->class = lii_block_class(bytes, &kind->size);
}

/* A kept block for so many bytes, or NULL. */
static inline void *lii_block_get(lii_block_store *store, lii_block_kind *kind, size_t bytes)
{
    lii_block *first;

    if (bytes > LII_BLOCK_MOST)
        return NULL;
    lii_block_kind_of(kind, bytes);
    first = store->free[kind->class];
    if (first == NULL)
        return NULL;
    store->bytes -= kind->size;
    if (first->n == 0) {
        store->free[kind->class] = first->next;
        return first;
    }
    return first->at[--first->n];
}

/* The block that the next one of this kind is, or NULL when that is not known: to be fetched. */
static inline void *lii_block_next(const lii_block_store *store, const lii_block_kind *kind)
{
    const lii_block *first = store->free[kind->class];

    return first != NULL && first->n > 0 ? first->at[first->n - 1] : NULL;
}

/* 1: kept; 0: the caller frees it. It has room for a lii_block. */
static inline int lii_block_keep(lii_block_store *store, lii_block_kind *kind, void *block, size_t bytes)
{
    lii_block *first, *kept = block;

    if (bytes > LII_BLOCK_MOST)
        return 0;
    lii_block_kind_of(kind, bytes);
    if (store->bytes + kind->size > LII_BLOCK_KEPT)
        return 0;
    store->bytes += kind->size;
    first = store->free[kind->class];
    if (first != NULL && first->n < LII_BLOCK_OTHERS && (first->n + 1) * sizeof(void *) <= kind->size - sizeof *first) {
        first->at[first->n++] = block;
        return 1;
    }
    kept->next = first;
    kept->n = 0;
    store->free[kind->class] = kept;
    return 1;
}

void lii_block_fini(lii_block_store *store, const li_allocator *allocator);

#endif
