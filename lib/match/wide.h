/* wide.h - sixty-four bytes at once: which of them are what, a bit each. In four makes, of which the file that includes this
 * chooses one: LII_WIDE_AVX512, LII_WIDE_AVX2, or else SSE2 where that is there, or LII_WIDE_PLAIN: what any processor can do. */
#ifndef LII_MATCH_WIDE_H
#define LII_MATCH_WIDE_H

#include <stdint.h>
#include <string.h>

#define LII_WIDE static inline __attribute__((always_inline, unused))

enum { LII_WIDE_BYTES = 64 };

#if defined LII_WIDE_AVX512

#include <immintrin.h>

typedef struct lii_wide {
    __m512i all;
} lii_wide;

LII_WIDE lii_wide lii_wide_load(const unsigned char *p)
{
    lii_wide w;

    w.all = _mm512_loadu_si512(p);
    return w;
}

LII_WIDE uint64_t lii_wide_equal(lii_wide w, char c)
{
    return _mm512_cmpeq_epi8_mask(w.all, _mm512_set1_epi8(c));
}

LII_WIDE uint64_t lii_wide_below(lii_wide w, char c)
{
    return _mm512_cmplt_epi8_mask(w.all, _mm512_set1_epi8(c));
}

LII_WIDE uint64_t lii_wide_high(lii_wide w)
{
    return _mm512_movepi8_mask(w.all);
}

LII_WIDE uint64_t lii_wide_structure(lii_wide w)
{
    __m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0));

    return _mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(table, w.all), _mm512_or_si512(w.all, _mm512_set1_epi8(0x20)));
}

/* The bits of a block as places from base on, at out: room for 64. Returns how many. */
LII_WIDE uint32_t lii_wide_places(uint32_t *out, uint64_t bits, uint32_t base)
{
    static const unsigned char each[64] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
        32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63
    };
    __m512i places = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(each)), first = _mm512_set1_epi32((int)base);
    uint32_t n = (uint32_t)_mm_popcnt_u64(bits), i;

    for (i = 0; i < n; i += 16) {
        _mm512_storeu_si512(out + i, _mm512_add_epi32(first, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(places))));
        places = _mm512_shuffle_i32x4(places, places, 0x39); /* the next sixteen */
    }
    return n;
}

#elif defined LII_WIDE_AVX2

#include <immintrin.h>

typedef struct lii_wide {
    __m256i low, high;
} lii_wide;

LII_WIDE uint64_t lii_wide_tops(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

LII_WIDE lii_wide lii_wide_load(const unsigned char *p)
{
    lii_wide w;

    w.low = _mm256_loadu_si256((const __m256i *)(const void *)p);
    w.high = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
    return w;
}

LII_WIDE uint64_t lii_wide_equal(lii_wide w, char c)
{
    __m256i all = _mm256_set1_epi8(c);

    return lii_wide_tops(_mm256_cmpeq_epi8(w.low, all), _mm256_cmpeq_epi8(w.high, all));
}

LII_WIDE uint64_t lii_wide_below(lii_wide w, char c)
{
    __m256i all = _mm256_set1_epi8(c);

    return lii_wide_tops(_mm256_cmpgt_epi8(all, w.low), _mm256_cmpgt_epi8(all, w.high));
}

LII_WIDE uint64_t lii_wide_high(lii_wide w)
{
    return lii_wide_tops(w.low, w.high);
}

LII_WIDE uint64_t lii_wide_structure(lii_wide w)
{
    __m256i table = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0));
    __m256i bit = _mm256_set1_epi8(0x20);

    return lii_wide_tops(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, w.low), _mm256_or_si256(w.low, bit)),
                         _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, w.high), _mm256_or_si256(w.high, bit)));
}

#elif defined __SSE2__ && !defined LII_WIDE_PLAIN

#include <emmintrin.h>

typedef struct lii_wide {
    __m128i part[4];
} lii_wide;

#define LII_WIDE_TOPS(of) \
    ((uint64_t)(unsigned)_mm_movemask_epi8(of(w.part[0])) | (uint64_t)(unsigned)_mm_movemask_epi8(of(w.part[1])) << 16 | \
     (uint64_t)(unsigned)_mm_movemask_epi8(of(w.part[2])) << 32 | (uint64_t)(unsigned)_mm_movemask_epi8(of(w.part[3])) << 48)

LII_WIDE lii_wide lii_wide_load(const unsigned char *p)
{
    lii_wide w;
    int i;

    for (i = 0; i < 4; i++)
        w.part[i] = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
    return w;
}

LII_WIDE uint64_t lii_wide_equal(lii_wide w, char c)
{
    __m128i all = _mm_set1_epi8(c);

#define EQUAL(part) _mm_cmpeq_epi8(part, all)
    return LII_WIDE_TOPS(EQUAL);
#undef EQUAL
}

LII_WIDE uint64_t lii_wide_below(lii_wide w, char c)
{
    __m128i all = _mm_set1_epi8(c);

#define BELOW(part) _mm_cmplt_epi8(part, all)
    return LII_WIDE_TOPS(BELOW);
#undef BELOW
}

LII_WIDE uint64_t lii_wide_high(lii_wide w)
{
    return LII_WIDE_TOPS();
}

LII_WIDE __m128i lii_wide_structure16(__m128i v)
{
    __m128i up = _mm_or_si128(v, _mm_set1_epi8(0x20)); /* brackets become braces */
    __m128i braces = _mm_or_si128(_mm_cmpeq_epi8(up, _mm_set1_epi8('{')), _mm_cmpeq_epi8(up, _mm_set1_epi8('}')));

    return _mm_or_si128(braces, _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(':')), _mm_cmpeq_epi8(v, _mm_set1_epi8(','))));
}

LII_WIDE uint64_t lii_wide_structure(lii_wide w)
{
    return LII_WIDE_TOPS(lii_wide_structure16);
}

#else

typedef uint8_t lii_wide_part __attribute__((vector_size(16)));
typedef uint64_t lii_wide_pair __attribute__((vector_size(16)));

typedef struct lii_wide {
    lii_wide_part part[4];
} lii_wide;

LII_WIDE lii_wide lii_wide_load(const unsigned char *p)
{
    lii_wide w;

    memcpy(&w, p, sizeof w);
    return w;
}

/* A bit for each of sixteen bytes that are all ones or zero: each keeps the bit that is its own, and eight are added up. */
LII_WIDE uint64_t lii_wide_gather(lii_wide_part is)
{
    const lii_wide_part own = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
    lii_wide_pair bits = (lii_wide_pair)(is & own);
    const uint64_t ones = UINT64_C(0x0101010101010101);

    return bits[0] * ones >> 56 | bits[1] * ones >> 56 << 8;
}

#define LII_WIDE_GATHER(test) \
    (lii_wide_gather((lii_wide_part)test(w.part[0])) | lii_wide_gather((lii_wide_part)test(w.part[1])) << 16 | \
     lii_wide_gather((lii_wide_part)test(w.part[2])) << 32 | lii_wide_gather((lii_wide_part)test(w.part[3])) << 48)

LII_WIDE uint64_t lii_wide_equal(lii_wide w, char c)
{
#define EQUAL(part) (part == (unsigned char)c)
    return LII_WIDE_GATHER(EQUAL);
#undef EQUAL
}

LII_WIDE uint64_t lii_wide_below(lii_wide w, char c)
{
#define BELOW(part) ((part < (unsigned char)c) | (part >= 0x80))
    return LII_WIDE_GATHER(BELOW);
#undef BELOW
}

LII_WIDE uint64_t lii_wide_high(lii_wide w)
{
#define HIGH(part) (part >= 0x80)
    return LII_WIDE_GATHER(HIGH);
#undef HIGH
}

LII_WIDE uint64_t lii_wide_structure(lii_wide w)
{
#define STRUCTURE(part) (((part | 0x20) == '{') | ((part | 0x20) == '}') | (part == ':') | (part == ','))
    return LII_WIDE_GATHER(STRUCTURE);
#undef STRUCTURE
}

#endif

/* Each bit: whether those up to it, it included, are odd in number. */
LII_WIDE uint64_t lii_wide_parity(uint64_t bits)
{
#if defined LII_WIDE_AVX2 || defined LII_WIDE_AVX512
    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)bits), _mm_set1_epi8(-1), 0));
#else
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    return bits ^ bits << 32;
#endif
}

/* The number of the lowest bit that is set; anything when none is. */
LII_WIDE uint32_t lii_wide_first(uint64_t bits)
{
#if defined LII_WIDE_AVX2 || defined LII_WIDE_AVX512
    return (uint32_t)_tzcnt_u64(bits);
#else
    return (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 63);
#endif
}

#if !defined LII_WIDE_AVX512

/* The bits of a block as places from base on, at out: room for 64. Returns how many; behind them a few more that mean nothing. */
LII_WIDE uint32_t lii_wide_places(uint32_t *out, uint64_t bits, uint32_t base)
{
    uint32_t n = (uint32_t)__builtin_popcountll(bits), i;

    for (i = 0; i < n; i += 4) {
        out[i] = base + lii_wide_first(bits);
        bits &= bits - 1;
        out[i + 1] = base + lii_wide_first(bits);
        bits &= bits - 1;
        out[i + 2] = base + lii_wide_first(bits);
        bits &= bits - 1;
        out[i + 3] = base + lii_wide_first(bits);
        bits &= bits - 1;
    }
    return n;
}

#endif

#undef LII_WIDE
#endif
