/* slice.h - text as pointer and length. */
#ifndef LII_BASE_SLICE_H
#define LII_BASE_SLICE_H

#include <string.h>

#include <lambdainvoke/types.h>

static inline size_t lii_len(const char *text, size_t len)
{
    return text == NULL ? 0 : len == LI_Z ? strlen(text) : len;
}

static inline li_slice lii_slice(const char *text, size_t len)
{
    li_slice s;

    s.ptr = text;
    s.len = lii_len(text, len);
    return s;
}

/* A member of an options struct with its length measured. */
static inline li_slice lii_measured(li_slice s)
{
    return lii_slice(s.ptr, s.len);
}

static inline int lii_slice_is(li_slice s, const char *text)
{
    size_t len = strlen(text);

    return s.len == len && (len == 0 || memcmp(s.ptr, text, len) == 0);
}

static inline int lii_slice_equal(li_slice a, li_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* A slice of a literal. */
#define LII_S(literal) lii_slice((literal), sizeof(literal) - 1)

#endif
