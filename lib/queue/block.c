/* block.c - a bounded store of free blocks, last in first out by size. */
#include "queue/block.h"

/* The class of a size in 1..LII_BLOCK_MOST, and the size of every block of it. */
static inline size_t class_of(size_t bytes, size_t *size)
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

size_t lii_block_size(size_t bytes)
{
    size_t size;

    if (bytes > LII_BLOCK_MOST)
        return bytes;
    class_of(bytes, &size);
    return size;
}

void *lii_block_get(lii_block_store *store, size_t bytes)
{
    lii_block *block;
    size_t class, size;

    if (bytes > LII_BLOCK_MOST)
        return NULL;
    class = class_of(bytes, &size);
    block = store->free[class];
    if (block != NULL) {
        store->free[class] = block->next;
        store->bytes -= size;
    }
    return block;
}

int lii_block_keep(lii_block_store *store, void *block, size_t bytes)
{
    lii_block *kept = block;
    size_t class, size;

    if (bytes > LII_BLOCK_MOST)
        return 0;
    class = class_of(bytes, &size);
    if (store->bytes + size > LII_BLOCK_KEPT)
        return 0;
    kept->next = store->free[class];
    store->free[class] = kept;
    store->bytes += size;
    return 1;
}

void lii_block_fini(lii_block_store *store, const li_allocator *allocator)
{
    size_t class;

    for (class = 0; class < LII_BLOCK_CLASSES; class++) {
        while (store->free[class] != NULL) {
            lii_block *block = store->free[class];

            store->free[class] = block->next;
            lii_free(allocator, block);
        }
    }
    store->bytes = 0;
}
