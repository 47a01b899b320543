/* scarce.h - an allocator that gives so many blocks and then no more, and counts those that are out. */
#ifndef TESTS_SCARCE_H
#define TESTS_SCARCE_H

#include <stdlib.h>

#include <lambdainvoke/allocator.h>

typedef struct scarce {
    int64_t left, live;
} scarce;

static inline void *scarce_realloc(void *self, void *block, size_t size)
{
    scarce *s = self;
    void *got;

    if (s->left <= 0)
        return NULL;
    s->left--;
    got = realloc(block, size);
    s->live += got && !block;
    return got;
}

static inline void *scarce_alloc(void *self, size_t size)
{
    return scarce_realloc(self, NULL, size);
}

static inline void scarce_free(void *self, void *block)
{
    scarce *s = self;

    s->live -= block != NULL;
    free(block);
}

static const li_allocator_ops scarce_ops = { sizeof(li_allocator_ops), 1, 0, "scarce", scarce_alloc, scarce_realloc, scarce_free };

#endif
