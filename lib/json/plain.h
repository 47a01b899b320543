/* plain.h - skip the bytes of a JSON string that mean themselves, sixteen at a time where the processor can. */
#ifndef LII_JSON_PLAIN_H
#define LII_JSON_PLAIN_H

#include <stddef.h>

#ifdef __SSE2__
#include <emmintrin.h>

/* One bit for each of the 16 bytes at p that is a quote, a backslash, a control byte or not ASCII. */
static inline unsigned lii_json_special16(const unsigned char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20)); /* signed: also all from 0x80 on */
    __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, slash)));
}

/* One bit for each of the 16 bytes at p that is no space. */
static inline unsigned lii_json_ink16(const unsigned char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);

    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(' '))) ^ 0xFFFFu;
}

/* One bit for each of the 16 bytes at p that is c. */
static inline unsigned lii_json_equal16(const unsigned char *p, char c)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);

    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
}

/* One bit for each of the 16 bytes at p that is a digit. */
static inline unsigned lii_json_digits16(const unsigned char *p)
{
    __m128i v = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8('0'));

    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(9)), v));
}

enum { LII_JSON_WIDE = 1 };
#else
static inline unsigned lii_json_digits16(const unsigned char *p)
{
    (void)p;
    return 0;
}

static inline unsigned lii_json_equal16(const unsigned char *p, char c)
{
    (void)p;
    (void)c;
    return 0;
}

static inline unsigned lii_json_special16(const unsigned char *p)
{
    (void)p;
    return 1;
}

static inline unsigned lii_json_ink16(const unsigned char *p)
{
    (void)p;
    return 1;
}

enum { LII_JSON_WIDE = 0 };
#endif

static inline int lii_json_is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The first byte in [p, end) that is not plain, or end. */
static inline const unsigned char *lii_json_skip_plain(const unsigned char *p, const unsigned char *end)
{
    while (LII_JSON_WIDE && end - p >= 16) {
        unsigned special = lii_json_special16(p);

        if (special != 0)
            return p + __builtin_ctz(special);
        p += 16;
    }
    while (p < end && lii_json_is_plain(*p))
        p++;
    return p;
}

#endif
