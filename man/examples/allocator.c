#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>
#include <stdlib.h>

/* Counts the blocks that are in use. */
static void *count_alloc(void *self, size_t size)
{
    ++*(long *)self;
    return malloc(size);
}

static void *count_realloc(void *self, void *block, size_t size)
{
    *(long *)self += block == NULL;
    return realloc(block, size);
}

static void count_free(void *self, void *block)
{
    *(long *)self -= block != NULL;
    free(block);
}

static const li_allocator_ops ops = { sizeof ops, 1, 0, "counting", count_alloc, count_realloc, count_free };

int main(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    long blocks = 0;
    li_allocator allocator = { &ops, &blocks };
    li_engine *engine;

    options.allocator = &allocator;
    if (li_engine_new(&engine, &options, NULL) != LI_OK)
        return 1;
    printf("in use: %s\n", blocks > 0 ? "some" : "none");
    li_engine_free(engine);
    printf("after li_engine_free: %ld\n", blocks);
    return 0;
}
