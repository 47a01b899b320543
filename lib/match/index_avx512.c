/* index_avx512.c - the pass with what AVX-512 has: masks are what comparing gives, and places are packed at once. */
#include "match/index.h"

#if defined __x86_64__

#if defined __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vbmi2,avx2,pclmul,bmi,popcnt"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512vbmi2,avx2,pclmul,bmi,popcnt")
#endif

#define LII_WIDE_AVX512 1
#include "match/index_pass.h"

int lii_index_pass_avx512(lii_index *x, const unsigned char *text, size_t len)
{
    return lii_index_pass_text(x, text, len);
}

#if defined __clang__
#pragma clang attribute pop
#endif

#endif
