/* check.c - strict JSON validation in one pass over the bytes: a stack of one bit a level, no recursion, no memory. */
#include <string.h>

#include "base/error.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "json/plain.h"
#include "json/scan.h"

#define INLINE static inline __attribute__((always_inline))

typedef const unsigned char *bytes;

typedef struct checker {
    bytes end;
    bytes bad;          /* the first byte that cannot stand there */
    const char *reason;
} checker;

static const char want_value[] = "a value is needed here";
static const char want_key[] = "a member begins with its name in double quotes";
static const char want_colon[] = "a colon is needed after a member's name";
static const char want_object_more[] = "a comma or a closing brace is needed here";
static const char want_array_more[] = "a comma or a closing bracket is needed here";

/* What may follow a backslash; u is apart. */
static const unsigned char is_escape[256] = {
    ['"'] = 1, ['\\'] = 1, ['/'] = 1, ['b'] = 1, ['f'] = 1, ['n'] = 1, ['r'] = 1, ['t'] = 1
};

static const unsigned char is_hex[256] = {
    ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1,
    ['8'] = 1, ['9'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1,
    ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1
};

__attribute__((noinline, cold)) static bytes fail(checker *c, bytes at, const char *reason)
{
    c->bad = at;
    c->reason = reason;
    return NULL;
}

INLINE bytes skip_space(bytes p, bytes end, int wide)
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
static bytes check_unicode_escape(checker *c, bytes p)
{
    int i;

    for (i = 0, p++; i < 4; i++, p++)
        if (p == c->end || !is_hex[*p])
            return fail(c, p, "\\u takes four hexadecimal digits");
    return p;
}

static bytes check_escape(checker *c, bytes p)
{
    if (p == c->end)
        return fail(c, p, "the string has no end");
    if (is_escape[*p])
        return p + 1;
    if (*p != 'u')
        return fail(c, p, "after a backslash stands one of \" \\ / b f n r t u");
    return check_unicode_escape(c, p);
}

static bytes check_sequence(checker *c, bytes p)
{
    size_t good, len = lii_utf8_length(p, (size_t)(c->end - p), &good);

    if (len == 0)
        return fail(c, p + good, p + good == c->end ? "the string has no end" : "strings are UTF-8");
    return p + len;
}

/* One byte or sequence of a string that is not plain and no quote. */
static bytes check_special(checker *c, bytes p)
{
    if (*p == '\\')
        return check_escape(c, p + 1);
    if (*p < 0x20)
        return fail(c, p, "control characters in strings are written as escapes");
    do /* such letters come in runs */
        p = check_sequence(c, p);
    while (p && p < c->end && *p >= 0x80);
    return p;
}

/* Blocks of sixteen. Escapes of two bytes are dealt with inside a block; *is_done: the end of the string was found. */
INLINE bytes check_blocks(checker *c, bytes p, int *is_done)
{
    while (c->end - p >= 17) {
        unsigned special = lii_json_special16(p);
        bytes next = p + 16;

        while (special != 0) {
            unsigned i = (unsigned)__builtin_ctz(special);

            if (p[i] == '"') {
                *is_done = 1;
                return p + i + 1;
            }
            if (p[i] == '\\' && is_escape[p[i + 1]]) {
                special &= ~(3u << i);
                next = i == 15 ? p + 17 : next;
                continue;
            }
            next = check_special(c, p + i);
            if (next == NULL)
                return NULL;
            break;
        }
        p = next;
    }
    return p;
}

/* p is behind the opening quote; returns behind the closing one. */
INLINE bytes check_string(checker *c, bytes p, int wide)
{
    int is_done = 0;

    if (wide) {
        p = check_blocks(c, p, &is_done);
        if (is_done)
            return p;
    }
    while (p && p < c->end) {
        if (*p == '"')
            return p + 1;
        p = lii_json_is_plain(*p) ? p + 1 : check_special(c, p);
    }
    return p ? fail(c, p, "the string has no end") : NULL;
}

INLINE int is_digit(bytes p, bytes end)
{
    return p < end && (unsigned)(*p - '0') < 10;
}

INLINE bytes skip_digits(bytes p, bytes end)
{
    while (is_digit(p, end))
        p++;
    return p;
}

INLINE bytes check_number(checker *c, bytes p)
{
    bytes end = c->end;

    p += *p == '-';
    if (!is_digit(p, end))
        return fail(c, p, "a number has a digit here");
    p = *p == '0' ? p + 1 : skip_digits(p, end);
    if (p < end && *p == '.') {
        if (!is_digit(++p, end))
            return fail(c, p, "a decimal point is followed by a digit");
        p = skip_digits(p, end);
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        if (!is_digit(p, end))
            return fail(c, p, "an exponent has a digit here");
        p = skip_digits(p, end);
    }
    return p;
}

static bytes check_word(checker *c, bytes p, const char *word)
{
    for (; *word; word++, p++)
        if (p == c->end || *p != (unsigned char)*word)
            return fail(c, p, "the words are true, false and null");
    return p;
}

/* A value that is neither an object nor an array; p < end. */
INLINE bytes check_scalar(checker *c, bytes p, int wide)
{
    switch (*p) {
    case '"':
        return check_string(c, p + 1, wide);
    case 't':
        return check_word(c, p, "true");
    case 'f':
        return check_word(c, p, "false");
    case 'n':
        return check_word(c, p, "null");
    default:
        return *p == '-' || is_digit(p, c->end) ? check_number(c, p) : fail(c, p, want_value);
    }
}

/* A member's name, its colon and the space behind it. */
INLINE bytes check_key(checker *c, bytes p, int wide)
{
    if (p == c->end || *p != '"')
        return fail(c, p, want_key);
    p = check_string(c, p + 1, wide);
    if (p == NULL)
        return NULL;
    if (p == c->end || *p != ':') {
        p = skip_space(p, c->end, 0);
        if (p == c->end || *p != ':')
            return fail(c, p, want_colon);
    }
    return skip_space(p + 1, c->end, wide);
}

/* The levels around the present byte: bit 0 of top is the innermost, 1 for an object. */
typedef struct levels {
    uint64_t bits[(LII_JSON_DEPTH + 63) / 64];
    uint32_t depth;
    uint32_t in_object;
} levels;

INLINE void push(levels *l, uint32_t is_object)
{
    uint64_t bit = UINT64_C(1) << (l->depth & 63);

    if (is_object)
        l->bits[l->depth >> 6] |= bit;
    else
        l->bits[l->depth >> 6] &= ~bit;
    l->depth++;
    l->in_object = is_object;
}

INLINE void pop(levels *l)
{
    uint32_t outer = --l->depth - 1;

    l->in_object = l->depth == 0 ? 0 : (uint32_t)(l->bits[outer >> 6] >> (outer & 63)) & 1;
}

/* Behind a value: close what ends here, go to the next value. Returns the end of the text when all is closed. */
INLINE bytes check_after(checker *c, bytes p, levels *l, int wide)
{
    while (l->depth > 0) {
        p = skip_space(p, c->end, wide);
        if (p == c->end)
            return fail(c, p, l->in_object ? want_object_more : want_array_more);
        if (*p == ',') {
            p = skip_space(p + 1, c->end, wide);
            return l->in_object ? check_key(c, p, wide) : p;
        }
        if (*p != (l->in_object ? '}' : ']'))
            return fail(c, p, l->in_object ? want_object_more : want_array_more);
        p++;
        pop(l);
    }
    p = skip_space(p, c->end, wide);
    return p == c->end ? p : fail(c, p, "nothing may follow the value");
}

INLINE bytes check_text(checker *c, bytes p, uint32_t max_depth, int wide)
{
    levels l;

    l.depth = 0;
    l.in_object = 0;
    p = skip_space(p, c->end, wide);
    do {
        if (p == c->end)
            return fail(c, p, want_value);
        if (*p == '{' || *p == '[') {
            uint32_t is_object = *p == '{';

            if (l.depth >= max_depth)
                return fail(c, p, "arrays and objects are nested too deeply");
            push(&l, is_object);
            p = skip_space(p + 1, c->end, wide);
            if (p < c->end && *p == (is_object ? '}' : ']')) {
                pop(&l);
                p = check_after(c, p + 1, &l, wide);
            } else if (is_object) {
                p = check_key(c, p, wide);
            }
        } else {
            p = check_scalar(c, p, wide);
            if (p)
                p = check_after(c, p, &l, wide);
        }
    } while (p && (l.depth > 0));
    return p;
}

static void locate(const checker *c, bytes text, lii_json_error *error)
{
    bytes line = text, at;

    error->offset = (size_t)(c->bad - text);
    error->line = 1;
    for (at = text; at < c->bad; at++)
        if (*at == '\n') {
            error->line++;
            line = at + 1;
        }
    error->column = (uint32_t)(c->bad - line) + 1;
    error->reason = c->reason;
}

INLINE int check(const char *text, size_t len, uint32_t max_depth, lii_json_error *error, int wide)
{
    bytes begin = (bytes)(text ? text : "");
    checker c;

    c.end = begin + len;
    c.bad = begin;
    c.reason = "";
    if (check_text(&c, begin, max_depth < LII_JSON_DEPTH ? max_depth : LII_JSON_DEPTH, wide))
        return 0;
    if (error)
        locate(&c, begin, error);
    return -1;
}

int lii_json_check(const char *text, size_t len, uint32_t max_depth, lii_json_error *error)
{
    return check(text, len, max_depth, error, LII_JSON_WIDE);
}

int lii_json_check_bytewise(const char *text, size_t len, uint32_t max_depth, lii_json_error *error)
{
    return check(text, len, max_depth, error, 0);
}

li_status lii_json_validate(const char *text, size_t len, li_error *err)
{
    size_t n = lii_len(text, len);
    lii_json_error error;

    if (lii_json_check(text, n, LII_JSON_DEPTH, &error) == 0)
        return LI_OK;
    if (err == NULL)
        return LI_E_JSON;
    lii_fail(err, LI_E_JSON, LI_DETAIL_PAYLOAD_JSON, NULL, 0, "not JSON at byte %zu (line %u, column %u): %s",
             error.offset, (unsigned)error.line, (unsigned)error.column, error.reason);
    if (err->size >= sizeof *err && err->size <= 4096) {
        err->offset = error.offset;
        err->line = error.line;
        err->column = error.column;
    }
    return LI_E_JSON;
}
