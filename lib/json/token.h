/* token.h - strict JSON piece by piece: each function takes the first byte of something and returns the first byte behind
 * it, or NULL with the place and the reason kept. For code that validates while it reads; check.c is the plainest. */
#ifndef LII_JSON_TOKEN_H
#define LII_JSON_TOKEN_H

#include "base/utf8.h"
#include "json/plain.h"
#include "json/scan.h"

#define LII_JSON_INLINE static inline __attribute__((always_inline))

typedef const unsigned char *lii_json_bytes;

typedef struct lii_json_cursor {
    lii_json_bytes end;
    lii_json_bytes bad;          /* the first byte that cannot stand there */
    const char *reason;
} lii_json_cursor;

static const char lii_json_want_value[] = "a value is needed here";
static const char lii_json_want_key[] = "a member begins with its name in double quotes";
static const char lii_json_want_colon[] = "a colon is needed after a member's name";
static const char lii_json_want_object_more[] = "a comma or a closing brace is needed here";
static const char lii_json_want_array_more[] = "a comma or a closing bracket is needed here";

/* What may follow a backslash; u is apart. */
static const unsigned char lii_json_is_escape[256] = {
    ['"'] = 1, ['\\'] = 1, ['/'] = 1, ['b'] = 1, ['f'] = 1, ['n'] = 1, ['r'] = 1, ['t'] = 1
};

static const unsigned char lii_json_is_hex[256] = {
    ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1,
    ['8'] = 1, ['9'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1,
    ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1
};

__attribute__((noinline, cold, unused)) static lii_json_bytes lii_json_fail(lii_json_cursor *c, lii_json_bytes at, const char *reason)
{
    c->bad = at;
    c->reason = reason;
    return NULL;
}

LII_JSON_INLINE lii_json_bytes lii_json_pass_space(lii_json_bytes p, lii_json_bytes end, int wide)
{
    while (p < end && *p <= ' ' && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
        p++;
        while (wide && end - p >= 16) { /* indentation */
            unsigned ink = lii_json_ink16(p);

            if (ink != 0) {
                p += __builtin_ctz(ink);
                break;
            }
            p += 16;
        }
    }
    return p;
}

/* p is at the u. */
static inline lii_json_bytes lii_json_pass_unicode(lii_json_cursor *c, lii_json_bytes p)
{
    int i;

    for (i = 0, p++; i < 4; i++, p++)
        if (p == c->end || !lii_json_is_hex[*p])
            return lii_json_fail(c, p, "\\u takes four hexadecimal digits");
    return p;
}

static inline lii_json_bytes lii_json_pass_escape(lii_json_cursor *c, lii_json_bytes p)
{
    if (p == c->end)
        return lii_json_fail(c, p, "the string has no end");
    if (lii_json_is_escape[*p])
        return p + 1;
    if (*p != 'u')
        return lii_json_fail(c, p, "after a backslash stands one of \" \\ / b f n r t u");
    return lii_json_pass_unicode(c, p);
}

static inline lii_json_bytes lii_json_pass_sequence(lii_json_cursor *c, lii_json_bytes p)
{
    size_t good, len = lii_utf8_length(p, (size_t)(c->end - p), &good);

    if (len == 0)
        return lii_json_fail(c, p + good, p + good == c->end ? "the string has no end" : "strings are UTF-8");
    return p + len;
}

/* One byte or sequence of a string that is not plain and no quote. */
static inline lii_json_bytes lii_json_pass_special(lii_json_cursor *c, lii_json_bytes p)
{
    if (*p == '\\')
        return lii_json_pass_escape(c, p + 1);
    if (*p < 0x20)
        return lii_json_fail(c, p, "control characters in strings are written as escapes");
    do /* such letters come in runs */
        p = lii_json_pass_sequence(c, p);
    while (p && p < c->end && *p >= 0x80);
    return p;
}

/* Blocks of sixteen. Escapes of two bytes are dealt with inside a block; *is_done: the end of the string was found. */
LII_JSON_INLINE lii_json_bytes lii_json_pass_blocks(lii_json_cursor *c, lii_json_bytes p, int *is_done)
{
    while (c->end - p >= 17) {
        unsigned special = lii_json_special16(p);
        lii_json_bytes next = p + 16;

        while (special != 0) {
            unsigned i = (unsigned)__builtin_ctz(special);

            if (p[i] == '"') {
                *is_done = 1;
                return p + i + 1;
            }
            if (p[i] == '\\' && lii_json_is_escape[p[i + 1]]) {
                special &= ~(3u << i);
                next = i == 15 ? p + 17 : next;
                continue;
            }
            next = lii_json_pass_special(c, p + i);
            if (next == NULL)
                return NULL;
            break;
        }
        p = next;
    }
    return p;
}

/* p is behind the opening quote; returns behind the closing one. */
LII_JSON_INLINE lii_json_bytes lii_json_pass_string(lii_json_cursor *c, lii_json_bytes p, int wide)
{
    int is_done = 0;

    if (wide) {
        p = lii_json_pass_blocks(c, p, &is_done);
        if (is_done)
            return p;
    }
    while (p && p < c->end) {
        if (*p == '"')
            return p + 1;
        p = lii_json_is_plain(*p) ? p + 1 : lii_json_pass_special(c, p);
    }
    return p ? lii_json_fail(c, p, "the string has no end") : NULL;
}

LII_JSON_INLINE int lii_json_is_digit(lii_json_bytes p, lii_json_bytes end)
{
    return p < end && (unsigned)(*p - '0') < 10;
}

LII_JSON_INLINE lii_json_bytes lii_json_pass_digits(lii_json_bytes p, lii_json_bytes end)
{
    while (lii_json_is_digit(p, end))
        p++;
    return p;
}

LII_JSON_INLINE lii_json_bytes lii_json_pass_number(lii_json_cursor *c, lii_json_bytes p)
{
    lii_json_bytes end = c->end;

    p += *p == '-';
    if (!lii_json_is_digit(p, end))
        return lii_json_fail(c, p, "a number has a digit here");
    p = *p == '0' ? p + 1 : lii_json_pass_digits(p, end);
    if (p < end && *p == '.') {
        if (!lii_json_is_digit(++p, end))
            return lii_json_fail(c, p, "a decimal point is followed by a digit");
        p = lii_json_pass_digits(p, end);
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        if (!lii_json_is_digit(p, end))
            return lii_json_fail(c, p, "an exponent has a digit here");
        p = lii_json_pass_digits(p, end);
    }
    return p;
}

static inline lii_json_bytes lii_json_pass_word(lii_json_cursor *c, lii_json_bytes p, const char *word)
{
    for (; *word; word++, p++)
        if (p == c->end || *p != (unsigned char)*word)
            return lii_json_fail(c, p, "the words are true, false and null");
    return p;
}

/* A value that is neither an object nor an array; p < end. */
LII_JSON_INLINE lii_json_bytes lii_json_pass_scalar(lii_json_cursor *c, lii_json_bytes p, int wide)
{
    switch (*p) {
    case '"':
        return lii_json_pass_string(c, p + 1, wide);
    case 't':
        return lii_json_pass_word(c, p, "true");
    case 'f':
        return lii_json_pass_word(c, p, "false");
    case 'n':
        return lii_json_pass_word(c, p, "null");
    default:
        return *p == '-' || lii_json_is_digit(p, c->end) ? lii_json_pass_number(c, p) : lii_json_fail(c, p, lii_json_want_value);
    }
}

/* What may stand behind a number or a word. */
static const unsigned char lii_json_is_end[256] = { [' '] = 1, ['\t'] = 1, ['\n'] = 1, ['\r'] = 1, [','] = 1, [']'] = 1, ['}'] = 1 };

static __attribute__((noinline, unused)) int lii_json_is_any_scalar(lii_json_bytes p, lii_json_bytes end)
{
    lii_json_cursor c;

    c.end = end;
    p = *p == '"' ? NULL : lii_json_pass_scalar(&c, p, 0);
    return p && (p == end || lii_json_is_end[*p]);
}

/* A number, true, false or null at p < end, and nothing glued to it. Most are a few digits, perhaps a minus and a point. */
LII_JSON_INLINE int lii_json_is_scalar(lii_json_bytes p, lii_json_bytes end, int wide)
{
    unsigned begin = *p == '-', other, n, at;

    if (wide && end - p > 16) {
        other = ~lii_json_digits16(p) >> begin; /* ones also behind what was looked at */
        n = (unsigned)__builtin_ctz(other);
        at = begin + n;
        if (n == 1 || (n > 1 && p[begin] != '0')) {
            if (p[at] == '.') {
                n = (unsigned)__builtin_ctz(other >> n >> 1);
                at = n > 0 ? at + n + 1 : 16;
            }
            if (at < 16 && lii_json_is_end[p[at]])
                return 1;
        }
    }
    return lii_json_is_any_scalar(p, end);
}

/* A member's name, its colon and the space behind it. */
LII_JSON_INLINE lii_json_bytes lii_json_pass_key(lii_json_cursor *c, lii_json_bytes p, int wide)
{
    if (p == c->end || *p != '"')
        return lii_json_fail(c, p, lii_json_want_key);
    p = lii_json_pass_string(c, p + 1, wide);
    if (p == NULL)
        return NULL;
    if (p == c->end || *p != ':') {
        p = lii_json_pass_space(p, c->end, 0);
        if (p == c->end || *p != ':')
            return lii_json_fail(c, p, lii_json_want_colon);
    }
    return lii_json_pass_space(p + 1, c->end, wide);
}

/* Where the failure was, counted from the beginning of the text. */
void lii_json_locate(const lii_json_cursor *c, lii_json_bytes text, lii_json_error *error);

/* The levels around the present byte: bit 0 of top is the innermost, 1 for an object. */
typedef struct lii_json_levels {
    uint64_t bits[(LII_JSON_DEPTH + 63) / 64];
    uint32_t depth;
    uint32_t in_object;
} lii_json_levels;

LII_JSON_INLINE void lii_json_push(lii_json_levels *l, uint32_t is_object)
{
    uint64_t bit = UINT64_C(1) << (l->depth & 63);

    if (is_object)
        l->bits[l->depth >> 6] |= bit;
    else
        l->bits[l->depth >> 6] &= ~bit;
    l->depth++;
    l->in_object = is_object;
}

LII_JSON_INLINE void lii_json_pop(lii_json_levels *l)
{
    uint32_t outer = --l->depth - 1;

    l->in_object = l->depth == 0 ? 0 : (uint32_t)(l->bits[outer >> 6] >> (outer & 63)) & 1;
}

/* Behind a value inside a container: close what ends here, go to the next value. Returns behind the value that all this
 * belongs to once its level is reached. */
LII_JSON_INLINE lii_json_bytes lii_json_pass_after(lii_json_cursor *c, lii_json_bytes p, lii_json_levels *l, uint32_t level,
                                                   int wide)
{
    while (l->depth > level) {
        p = lii_json_pass_space(p, c->end, wide);
        if (p == c->end)
            return lii_json_fail(c, p, l->in_object ? lii_json_want_object_more : lii_json_want_array_more);
        if (*p == ',') {
            p = lii_json_pass_space(p + 1, c->end, wide);
            return l->in_object ? lii_json_pass_key(c, p, wide) : p;
        }
        if (*p != (l->in_object ? '}' : ']'))
            return lii_json_fail(c, p, l->in_object ? lii_json_want_object_more : lii_json_want_array_more);
        p++;
        lii_json_pop(l);
    }
    return p;
}

/* One value, from its first byte to behind its last; inside l->depth levels already, which are the same afterwards. */
LII_JSON_INLINE lii_json_bytes lii_json_pass_value(lii_json_cursor *c, lii_json_bytes p, lii_json_levels *l, uint32_t max_depth,
                                                   int wide)
{
    uint32_t level = l->depth;

    do {
        if (p == c->end)
            return lii_json_fail(c, p, lii_json_want_value);
        if (*p == '{' || *p == '[') {
            uint32_t is_object = *p == '{';

            if (l->depth >= max_depth)
                return lii_json_fail(c, p, lii_json_too_deep);
            lii_json_push(l, is_object);
            p = lii_json_pass_space(p + 1, c->end, wide);
            if (p < c->end && *p == (is_object ? '}' : ']')) {
                lii_json_pop(l);
                p = lii_json_pass_after(c, p + 1, l, level, wide);
            } else if (is_object) {
                p = lii_json_pass_key(c, p, wide);
            }
        } else {
            p = lii_json_pass_scalar(c, p, wide);
            if (p)
                p = lii_json_pass_after(c, p, l, level, wide);
        }
    } while (p && l->depth > level);
    return p;
}

#undef LII_JSON_INLINE
#endif
