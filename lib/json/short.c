/* short.c - short JSON of the usual kind, told by masks of its quotes and digits: where a string or a number ends is the next
 * bit, so strings are not looked at byte by byte. What is unusual or wrong is not decided here. */
#include <string.h>

#include "json/plain.h"
#include "json/scan.h"

#ifdef __SSE2__

typedef struct masks {
    uint64_t quotes;             /* those not passed yet */
    uint64_t digits;
    uint64_t other;              /* backslashes, control characters, what is not ASCII */
} masks;

static inline void mask16(masks *m, __m128i v, unsigned at)
{
    __m128i digit = _mm_sub_epi8(v, _mm_set1_epi8('0'));
    __m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20)); /* signed: also all from 0x80 on */

    digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
    low = _mm_or_si128(low, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    m->quotes |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('"'))) << at;
    m->digits |= (uint64_t)(unsigned)_mm_movemask_epi8(digit) << at;
    m->other |= (uint64_t)(unsigned)_mm_movemask_epi8(low) << at;
}

static inline __m128i load16(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* One that is passed by a branch, which is guessed: where the next byte is does not wait for this one. */
static inline size_t pass_rare(const char *text, size_t i, char c)
{
    if (__builtin_expect(text[i] == c, 0))
        return i + 1;
    return i;
}

/* Of 8 to 15 bytes two halves overlap in one block; of more, the last block overlaps the one before. */
static inline void mask_all(masks *m, const char *text, size_t len)
{
    uint64_t half[2];
    size_t at;

    m->quotes = m->digits = m->other = 0;
    if (len < 16) {
        memcpy(&half[0], text, 8);
        memcpy(&half[1], text + len - 8, 8);
        half[1] = len > 8 ? half[1] >> (8 * (16 - len)) : 0;
        mask16(m, _mm_set_epi64x((int64_t)half[1], (int64_t)half[0]), 0);
        m->other &= (UINT64_C(1) << len) - 1;
        return;
    }
    mask16(m, load16(text), 0);
    for (at = 16; at + 16 <= len; at += 16)
        mask16(m, load16(text + at), (unsigned)at);
    if (at < len)
        mask16(m, load16(text + len - 16), (unsigned)len - 16);
}

/* The next quote begins a string: behind its end; 0: it has none. */
static inline size_t pass_string(masks *m)
{
    uint64_t close = m->quotes & (m->quotes - 1);

    if (close == 0)
        return 0;
    m->quotes = close & (close - 1);
    return (size_t)(unsigned)__builtin_ctzll(close) + 1;
}

static inline unsigned count_digits(const masks *m, size_t i)
{
    return (unsigned)__builtin_ctzll(~(m->digits >> i));
}

/* A number without an exponent at i: behind it; 0: something else. */
static inline size_t pass_number(const masks *m, const char *text, size_t i)
{
    unsigned n;

    i = pass_rare(text, i, '-');
    n = count_digits(m, i);
    if (n == 0 || (n > 1 && text[i] == '0'))
        return 0;
    i += n;
    if (text[i] != '.')
        return i;
    n = count_digits(m, i + 1);
    return n > 0 ? i + 1 + n : 0;
}

static size_t pass_word(const char *text, size_t len, size_t i)
{
    if (i + 4 <= len && (memcmp(text + i, "true", 4) == 0 || memcmp(text + i, "null", 4) == 0))
        return i + 4;
    return i + 5 <= len && memcmp(text + i, "false", 5) == 0 ? i + 5 : 0;
}

static inline size_t pass_scalar(masks *m, const char *text, size_t len, size_t i)
{
    if (text[i] == '"')
        return pass_string(m);
    return text[i] <= '9' ? pass_number(m, text, i) : pass_word(text, len, i);
}

/* A member's name at i, its colon and one space: where its value begins; 0: not so. */
static inline size_t pass_key(masks *m, const char *text, size_t i)
{
    if (text[i] != '"' || (i = pass_string(m)) == 0 || text[i] != ':')
        return 0;
    return pass_rare(text, i + 1, ' ');
}

/* The last byte closes an array or an object. Whatever else passes is not it, so the byte behind is there to be looked at. */
int lii_json_is_short(const char *text, size_t len)
{
    uint64_t levels = 1;         /* bit 0 is the innermost, 1 for an object; a bit more above the outermost */
    size_t i = 0;
    masks m;

    if ((text[len - 1] | 0x20) != '}' || (text[0] | 0x20) != '{')
        return 0;
    mask_all(&m, text, len);
    if (m.other != 0)
        return 0;
    for (;;) {                   /* a value begins at i */
        if ((text[i] | 0x20) == '{') {
            uint64_t is_object = (unsigned)text[i] >> 5 & 1;

            levels = levels << 1 | is_object;
            i++;
            if ((text[i] | 0x20) != '}') {
                if (is_object && (i = pass_key(&m, text, i)) == 0)
                    return 0;
                continue;
            }
        } else if ((i = pass_scalar(&m, text, len, i)) == 0) {
            return 0;
        }
        while (text[i] == (char)(']' | (levels & 1) << 5)) {
            levels >>= 1;
            i++;
            if (levels == 1)
                return i == len;
            if (i == len)
                return 0;
        }
        if (text[i] != ',')
            return 0;
        i = pass_rare(text, i + 1, ' ');
        if ((levels & 1) && (i = pass_key(&m, text, i)) == 0)
            return 0;
    }
}

#else

int lii_json_is_short(const char *text, size_t len)
{
    (void)text;
    (void)len;
    return 0;
}

#endif
