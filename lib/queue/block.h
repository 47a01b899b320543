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

typedef struct lii_block {
    struct lii_block *next;
} lii_block;

typedef struct lii_block_store {
    lii_block *free[LII_BLOCK_CLASSES];
    size_t bytes;
} lii_block_store;

/* The size that a block for so many bytes has: at most an eighth more, 15 bytes more if it is small. */
size_t lii_block_size(size_t bytes);

void *lii_block_get(lii_block_store *store, size_t bytes);            /* a kept block for so many bytes, or NULL */
int lii_block_keep(lii_block_store *store, void *block, size_t bytes); /* 1: kept; 0: the caller frees it */
void lii_block_fini(lii_block_store *store, const li_allocator *allocator);

#endif
