/* index.c - an index with room for its text; which pass the processor can do. */
#include "match/index.h"

#include "base/alloc.h"
#include "match/index_pass.h"

int lii_index_pass_any(lii_index *x, const unsigned char *text, size_t len)
{
    return lii_index_pass_text(x, text, len);
}

int lii_index_has_avx2(void)
{
#if defined __x86_64__
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("popcnt");
#else
    return 0;
#endif
}

int lii_index_has_avx512(void)
{
#if defined __x86_64__
    return lii_index_has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vbmi2");
#else
    return 0;
#endif
}

static lii_index_pass *best_pass(void)
{
#if defined __x86_64__
    if (lii_index_has_avx512())
        return lii_index_pass_avx512;
    if (lii_index_has_avx2())
        return lii_index_pass_avx2;
#endif
    return lii_index_pass_any;
}

void lii_index_fini(lii_index *x, const li_allocator *allocator)
{
    lii_free(allocator, x->at);
}

static int make_room(lii_index *x, const li_allocator *allocator, size_t n)
{
    uint32_t *at;

    if (n <= x->cap)
        return 0;
    n += n / 4;
    at = n <= SIZE_MAX / sizeof *at ? lii_alloc(allocator, n * sizeof *at) : NULL;
    if (at == NULL)
        return -1;
    lii_free(allocator, x->at);
    x->at = at;
    x->cap = n;
    return 0;
}

int lii_index_read(lii_index *x, const li_allocator *allocator, const char *text, size_t len)
{
    int r;

    if (x->pass == NULL)
        x->pass = best_pass();
    /* most texts have a token for five bytes or more; only when there are many brackets is it done again */
    if (make_room(x, allocator, len / 4 + 2 * LII_INDEX_ROOM) != 0)
        return -1;
    r = x->pass(x, (const unsigned char *)text, len);
    if (r != LII_INDEX_FULL)
        return r;
    return make_room(x, allocator, len + 2 * LII_INDEX_ROOM) == 0 ? x->pass(x, (const unsigned char *)text, len) : -1;
}
