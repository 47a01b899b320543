/* index_pass.h - the pass over a text, by blocks of sixty-four bytes: each kind of byte is a word of bits. A file that includes
 * this is the pass for one kind of processor. */
#ifndef LII_MATCH_INDEX_PASS_H
#define LII_MATCH_INDEX_PASS_H

#include "json/token.h"
#include "match/index.h"
#include "match/wide.h"

#define LII_PASS static inline __attribute__((always_inline))

/* What a block has to know of those before it: whether its first byte is inside a string (all bits, or none), behind a byte of a
 * number or word, behind a backslash; how many of its bytes are of a letter that began before. */
typedef struct lii_index_state {
    const unsigned char *end;
    uint64_t in_string, in_scalar, is_escaped, n_letter, is_wrong;
} lii_index_state;

static inline int lii_index_is_escape(const unsigned char *p, const unsigned char *end)
{
    if (p >= end || *p != 'u')
        return p < end && lii_json_is_escape[*p];
    return end - p >= 5 && lii_json_is_hex[p[1]] && lii_json_is_hex[p[2]] && lii_json_is_hex[p[3]] && lii_json_is_hex[p[4]];
}

/* What is behind a backslash. at is in the text itself. */
static __attribute__((noinline)) uint64_t lii_index_escapes(lii_index_state *s, const unsigned char *at, uint64_t slash)
{
    uint64_t escaped = s->is_escaped, left = slash & ~escaped;

    while (left != 0) {
        uint64_t bit = left & (0 - left);

        s->is_wrong |= !lii_index_is_escape(at + __builtin_ctzll(left) + 1, s->end);
        escaped |= bit << 1;
        left &= ~(bit | bit << 1);
    }
    s->is_escaped = (slash & ~escaped) >> 63;
    return escaped;
}

/* Letters of more bytes than one, which are at high. */
static __attribute__((noinline)) void lii_index_letters(lii_index_state *s, const unsigned char *at, uint64_t high)
{
    uint64_t i = s->n_letter;
    size_t len, good;

    s->n_letter = 0;
    for (high &= ~UINT64_C(0) << i; high != 0; high &= ~UINT64_C(0) << i) {
        i = (unsigned)__builtin_ctzll(high);
        len = lii_utf8_length(at + i, (size_t)(s->end - at) - i, &good);
        s->is_wrong |= len == 0;
        i += len ? len : 1;
        if (i >= 64) {
            s->n_letter = i - 64;
            return;
        }
    }
}

/* Controls, of which some are blanks and none is in a string, and letters. */
static __attribute__((noinline)) uint64_t lii_index_odd(lii_index_state *s, lii_wide w, const unsigned char *at, uint64_t in_string)
{
    uint64_t high = lii_wide_high(w);

    s->is_wrong |= lii_wide_below(w, ' ') & ~high & in_string;
    lii_index_letters(s, at, high);
    return lii_wide_equal(w, '\t') | lii_wide_equal(w, '\n') | lii_wide_equal(w, '\r');
}

/* The tokens of a block that is read at p; at is where it is in the text. */
LII_PASS uint64_t lii_index_tokens(lii_index_state *s, const unsigned char *p, const unsigned char *at)
{
    lii_wide w = lii_wide_load(p);
    uint64_t quote = lii_wide_equal(w, '"'), slash = lii_wide_equal(w, '\\'), odd = lii_wide_below(w, ' ');
    uint64_t structure = lii_wide_structure(w), blank = lii_wide_equal(w, ' '), in_string, scalar, tokens;

    if (slash | s->is_escaped)
        quote &= ~lii_index_escapes(s, at, slash);
    in_string = lii_wide_parity(quote) ^ s->in_string; /* from each opening quote to before the closing one */
    s->in_string = (uint64_t)((int64_t)in_string >> 63);
    if (odd | s->n_letter)
        blank |= lii_index_odd(s, w, at, in_string);
    scalar = ~(in_string | quote | structure | blank);
    tokens = (quote & in_string) | (structure & ~in_string) | (scalar & ~(scalar << 1 | s->in_scalar));
    s->in_scalar = scalar >> 63;
    return tokens;
}

LII_PASS int lii_index_pass_text(lii_index *x, const unsigned char *text, size_t len)
{
    lii_index_state s = { text + len, 0, 0, 0, 0, 0 };
    unsigned char rest[LII_WIDE_BYTES];
    uint32_t *out = x->at, *last = x->at + x->cap - LII_INDEX_ROOM;
    size_t base, n_rest = len % LII_WIDE_BYTES;

    for (base = 0; len - base >= LII_WIDE_BYTES && out <= last; base += LII_WIDE_BYTES)
        out += lii_wide_places(out, lii_index_tokens(&s, text + base, text + base), (uint32_t)base);
    if (out > last)
        return LII_INDEX_FULL;
    memset(rest, ' ', sizeof rest);
    memcpy(rest, text + base, n_rest);
    out += lii_wide_places(out, lii_index_tokens(&s, rest, text + base), (uint32_t)base);
    memset(out, 0, LII_INDEX_ENDS * sizeof *out);
    x->n = (size_t)(out - x->at);
    return (s.is_wrong | s.in_string) == 0;
}

#undef LII_PASS
#endif
