/* alloc.c - malloc as a table of functions, and the checked forms that the library calls. */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/slice.h"

static void *plain_alloc(void *self, size_t size)
{
    (void)self;
    return malloc(size);
}

static void *plain_realloc(void *self, void *block, size_t size)
{
    (void)self;
    return realloc(block, size);
}

static void plain_free(void *self, void *block)
{
    (void)self;
    free(block);
}

static const li_allocator_ops plain_ops = {
    sizeof(li_allocator_ops), 1, 0, "malloc", plain_alloc, plain_realloc, plain_free
};

const li_allocator lii_malloc_allocator = { &plain_ops, NULL };

static const li_allocator_ops *ops_of(const li_allocator *allocator)
{
    return allocator && allocator->ops ? allocator->ops : &plain_ops;
}

static void *self_of(const li_allocator *allocator)
{
    return allocator ? allocator->self : NULL;
}

li_status lii_allocator_read(const li_allocator *given, li_allocator *out, li_error *err)
{
    const li_allocator_ops *ops = given ? given->ops : NULL;
    const char *missing;

    if (ops == NULL) {
        *out = lii_malloc_allocator;
        return LI_OK;
    }
    if (ops->size < offsetof(li_allocator_ops, free) + sizeof ops->free || ops->size > 4096)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_OPTIONS_SIZE, "li_allocator_ops", LI_Z,
                        "li_allocator_ops has %zu bytes; %zu are expected", ops->size, sizeof *ops);
    missing = ops->alloc == NULL ? "alloc" : ops->realloc == NULL ? "realloc" : ops->free == NULL ? "free" : NULL;
    if (missing)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_BACKEND_METHOD, missing, LI_Z,
                        "the allocator's table has no %s; alloc, realloc and free are required", missing);
    *out = *given;
    return LI_OK;
}

void *lii_alloc(const li_allocator *allocator, size_t size)
{
    return ops_of(allocator)->alloc(self_of(allocator), size ? size : 1);
}

void *lii_calloc(const li_allocator *allocator, size_t count, size_t size)
{
    void *block;
    size_t total = count * size;

    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    block = lii_alloc(allocator, total);
    if (block)
        memset(block, 0, total);
    return block;
}

void *lii_realloc(const li_allocator *allocator, void *block, size_t size)
{
    return ops_of(allocator)->realloc(self_of(allocator), block, size ? size : 1);
}

void lii_free(const li_allocator *allocator, void *block)
{
    if (block)
        ops_of(allocator)->free(self_of(allocator), block);
}

char *lii_copy_text(const li_allocator *allocator, const char *text, size_t len)
{
    size_t n = lii_len(text, len);
    char *copy;

    if (n == SIZE_MAX)
        return NULL;
    copy = lii_alloc(allocator, n + 1);
    if (copy == NULL)
        return NULL;
    if (n > 0)
        memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}
