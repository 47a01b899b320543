/* block.c - a bounded store of free blocks, last in first out by size. */
#include "queue/block.h"

size_t lii_block_size(size_t bytes)
{
    size_t size;

    if (bytes > LII_BLOCK_MOST)
        return bytes;
    lii_block_class(bytes, &size);
    return size;
}

void lii_block_fini(lii_block_store *store, const li_allocator *allocator)
{
    size_t class;

    for (class = 0; class < LII_BLOCK_CLASSES; class++) {
        while (store->free[class] != NULL) {
            lii_block *block = store->free[class];

            store->free[class] = block->next;
            while (block->n > 0)
                lii_free(allocator, block->at[--block->n]);
            lii_free(allocator, block);
        }
    }
    store->bytes = 0;
}
