/* index.c - an index with room for its text; which pass the processor can do. */
#include "match/index.h"

#include "base/alloc.h"
#include "match/index_pass.h"

int lii_index_pass_any(lii_index *x, const unsigned char *text, size_t len)
{
    return lii_index_pass_text(x, text, len);
}

static lii_index_pass *best_pass(void)
{
#if defined __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("bmi") &&
        __builtin_cpu_supports("popcnt"))
        return lii_index_pass_avx2;
#endif
    return lii_index_pass_any;
}

void lii_index_fini(lii_index *x, const li_allocator *allocator)
{
    lii_free(allocator, x->at);
}

int lii_index_read(lii_index *x, const li_allocator *allocator, const char *text, size_t len)
{
    size_t cap = len + len / 2 + LII_INDEX_ROOM;
    uint32_t *at;

    if (len + LII_INDEX_ROOM > x->cap) {
        at = cap <= SIZE_MAX / sizeof *at ? lii_alloc(allocator, cap * sizeof *at) : NULL;
        if (at == NULL)
            return -1;
        lii_free(allocator, x->at);
        x->at = at;
        x->cap = cap;
    }
    return best_pass()(x, (const unsigned char *)text, len);
}
