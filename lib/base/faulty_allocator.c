/* faulty_allocator.c - an allocator that counts what it gives out and fails when a rule says so. */
#include <stdalign.h>
#include <string.h>

#include "base/alloc.h"
#include "base/faulty.h"

/* Before each block its size, so that live bytes can be counted; as wide as the strictest alignment. */
typedef union head {
    size_t size;
    max_align_t alignment;
} head;

static void count(li_faulty *faulty, size_t before, size_t after, int blocks)
{
    pthread_mutex_lock(&faulty->lock);
    faulty->bytes += after - before;
    faulty->blocks += (uint64_t)blocks;
    pthread_mutex_unlock(&faulty->lock);
}

static void *faulty_alloc(void *self, size_t size)
{
    li_faulty *faulty = self;
    head *block = NULL;

    if (size > SIZE_MAX - sizeof *block || lii_faulty_ask(faulty, "alloc").action == LI_FAULTY_FAIL)
        return NULL;
    block = lii_alloc(&faulty->inner, sizeof *block + size);
    if (!block)
        return NULL;
    block->size = size;
    count(faulty, 0, size, 1);
    return block + 1;
}

static void *faulty_realloc(void *self, void *old, size_t size)
{
    li_faulty *faulty = self;
    head *block = old ? (head *)old - 1 : NULL, *grown;
    size_t before = block ? block->size : 0;

    if (size > SIZE_MAX - sizeof *block || lii_faulty_ask(faulty, "realloc").action == LI_FAULTY_FAIL)
        return NULL;
    grown = lii_realloc(&faulty->inner, block, sizeof *grown + size);
    if (!grown)
        return NULL;
    grown->size = size;
    count(faulty, before, size, block == NULL);
    return grown + 1;
}

static void faulty_free(void *self, void *old)
{
    li_faulty *faulty = self;
    head *block = old ? (head *)old - 1 : NULL;

    if (!block)
        return;
    count(faulty, block->size, 0, -1);
    lii_free(&faulty->inner, block);
}

static const li_allocator_ops faulty_ops = {
    sizeof faulty_ops, 1, 0, "faulty", faulty_alloc, faulty_realloc, faulty_free
};

li_status li_faulty_allocator(li_faulty *faulty, const li_allocator *inner, li_allocator *out)
{
    li_status status;

    if (!faulty || !out)
        return LI_E_INVALID;
    status = lii_allocator_read(inner, &faulty->inner, NULL);
    if (status != LI_OK)
        return status;
    out->ops = &faulty_ops;
    out->self = faulty;
    return LI_OK;
}

uint64_t li_faulty_blocks(li_faulty *faulty)
{
    uint64_t n;

    pthread_mutex_lock(&faulty->lock);
    n = faulty->blocks;
    pthread_mutex_unlock(&faulty->lock);
    return n;
}

uint64_t li_faulty_bytes(li_faulty *faulty)
{
    uint64_t n;

    pthread_mutex_lock(&faulty->lock);
    n = faulty->bytes;
    pthread_mutex_unlock(&faulty->lock);
    return n;
}
