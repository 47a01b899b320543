/* names.c - function names, partial and whole ARNs, qualifiers: split and checked as the published patterns say. */
#include "engine/names.h"

#include <string.h>

#include "base/error.h"
#include "base/slice.h"

enum { NAME_MAX = 256, QUALIFIER_MAX = 128, PLAIN_MAX = 64 };

static int is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static size_t part_len(const char *p, const char *end)
{
    const char *colon = memchr(p, ':', (size_t)(end - p));

    return colon ? (size_t)(colon - p) : (size_t)(end - p);
}

static int starts(const char *p, const char *end, const char *text)
{
    size_t n = strlen(text);

    return (size_t)(end - p) >= n && memcmp(p, text, n) == 0;
}

/* (eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d */
static int is_region(const char *p, size_t n)
{
    const char *end = p + n;

    if (starts(p, end, "eusc-"))
        p += 5;
    if (end - p < 2 || !is_lower(p[0]) || !is_lower(p[1]))
        return 0;
    p += 2;
    if (starts(p, end, "-gov-")) {
        p += 4;
    } else if (starts(p, end, "-iso")) {
        if (end - p > 4 && p[4] == '-')
            p += 4;
        else if (end - p > 5 && is_lower(p[4]) && p[5] == '-')
            p += 5;
    }
    if (p == end || *p++ != '-' || p == end || !is_lower(*p))
        return 0;
    while (p < end && is_lower(*p))
        p++;
    return end - p == 2 && p[0] == '-' && is_digit(p[1]);
}

static int is_account(const char *p, size_t n)
{
    size_t i;

    if (n != 12)
        return 0;
    for (i = 0; i < n; i++)
        if (!is_digit(p[i]))
            return 0;
    return 1;
}

/* arn:(aws[a-zA-Z-]*)?:lambda: - its length, or 0 */
static size_t arn_prefix(const char *p, const char *end)
{
    const char *q = p;

    if (!starts(q, end, "arn:"))
        return 0;
    q += 4;
    if (starts(q, end, "aws"))
        while (q < end && *q != ':') {
            if (!is_word(*q) || is_digit(*q) || *q == '_')
                return 0;
            q++;
        }
    return starts(q, end, ":lambda:") ? (size_t)(q - p) + 8 : 0;
}

static int is_name_qualifier(const char *p, size_t n)
{
    size_t i;

    if ((n == 7 && memcmp(p, "$LATEST", 7) == 0) || (n == 17 && memcmp(p, "$LATEST.PUBLISHED", 17) == 0))
        return 1;
    for (i = 0; i < n; i++)
        if (!is_word(p[i]))
            return 0;
    return n > 0;
}

/* NAME(:QUALIFIER)? to the end */
static int read_tail(const char *p, const char *end, lii_name *out)
{
    size_t n = part_len(p, end), i;

    for (i = 0; i < n; i++)
        if (!is_word(p[i]) && p[i] != '.')
            return 0;
    if (n == 0)
        return 0;
    out->function = lii_slice(p, n);
    out->qualifier = lii_slice(NULL, 0);
    p += n;
    if (p == end)
        return 1;
    p++;
    if (!is_name_qualifier(p, (size_t)(end - p)))
        return 0;
    out->qualifier = lii_slice(p, (size_t)(end - p));
    return 1;
}

/* Each optional part is tried present first, then absent, as the pattern's greedy groups do. */
static int read_parts(const char *p, const char *end, int stage, lii_name *out)
{
    size_t n = part_len(p, end);
    int has_colon = p + n < end;

    switch (stage) {
    case 0:
        n = arn_prefix(p, end);
        out->is_arn = n > 0;
        if (n > 0 && read_parts(p + n, end, 1, out))
            return 1;
        out->is_arn = 0;
        return read_parts(p, end, 1, out);
    case 1:
        if (has_colon && is_region(p, n)) {
            out->region = lii_slice(p, n);
            if (read_parts(p + n + 1, end, 2, out))
                return 1;
        }
        out->region = lii_slice(NULL, 0);
        return read_parts(p, end, 2, out);
    case 2:
        if (has_colon && is_account(p, n)) {
            out->account = lii_slice(p, n);
            if (read_parts(p + n + 1, end, 3, out))
                return 1;
        }
        out->account = lii_slice(NULL, 0);
        return read_parts(p, end, 3, out);
    default:
        if (starts(p, end, "function:") && read_tail(p + 9, end, out))
            return 1;
        return read_tail(p, end, out);
    }
}

static int qualifier_detail(li_slice q)
{
    size_t i;

    if (q.len > QUALIFIER_MAX)
        return LI_DETAIL_QUALIFIER_LENGTH;
    if (lii_slice_is(q, "$LATEST.PUBLISHED"))
        return LI_DETAIL_NONE;
    for (i = 0; i < q.len; i++)
        if (!is_word(q.ptr[i]) && q.ptr[i] != '$')
            return LI_DETAIL_QUALIFIER;
    return LI_DETAIL_NONE;
}

li_status lii_name_parse(const char *name, size_t name_len, li_slice qualifier, lii_name *out, li_error *err)
{
    li_slice text = lii_slice(name, name_len);
    int wrong_name, wrong_qualifier;

    qualifier = lii_measured(qualifier);
    memset(out, 0, sizeof *out);
    wrong_name = text.len == 0 || text.len > NAME_MAX || !read_parts(text.ptr, text.ptr + text.len, 0, out);
    wrong_qualifier = qualifier_detail(qualifier);
    if (wrong_qualifier) {
        lii_fail(err, LI_E_VALIDATION, wrong_qualifier, qualifier.ptr, qualifier.len,
                 "qualifier \"%.*s\": %s", LII_TEXT(qualifier), li_detail_text(wrong_qualifier));
        if (err)
            err->offset = wrong_name ? 1 : 0;
        return LI_E_VALIDATION;
    }
    if (wrong_name)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME, text.ptr, text.len,
                        "function name \"%.*s\" is not a name, a partial ARN or a function ARN", LII_TEXT(text));
    if (qualifier.len > 0) {
        if (out->qualifier.len > 0 && !lii_slice_equal(out->qualifier, qualifier))
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_QUALIFIERS_DIFFER, text.ptr, text.len,
                            "the name's qualifier \"%.*s\" is not the qualifier given, \"%.*s\"",
                            LII_TEXT(out->qualifier), LII_TEXT(qualifier));
        out->qualifier = qualifier;
    }
    return LI_OK;
}

int lii_name_is_plain(li_slice name)
{
    size_t i;

    if (name.len == 0 || name.len > PLAIN_MAX)
        return 0;
    for (i = 0; i < name.len; i++)
        if (!is_word(name.ptr[i]))
            return 0;
    return 1;
}

int lii_qualifier_is_version(li_slice qualifier)
{
    size_t i;

    for (i = 0; i < qualifier.len; i++)
        if (!is_digit(qualifier.ptr[i]))
            return 0;
    return qualifier.len > 0;
}

uint64_t lii_version_number(li_slice text)
{
    uint64_t number = 0;
    size_t i;

    if (text.len > 18 || !lii_qualifier_is_version(text) || text.ptr[0] == '0')
        return 0;
    for (i = 0; i < text.len; i++)
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    return number;
}

int lii_arn_parse(const char *text, size_t len, lii_arn *arn)
{
    li_slice *parts[5] = { &arn->partition, &arn->service, &arn->region, &arn->account, &arn->resource };
    const char *p = text, *end = text + len;
    int i;

    if (!starts(p, end, "arn:"))
        return -1;
    p += 4;
    for (i = 0; i < 5; i++) {
        size_t n = i < 4 ? part_len(p, end) : (size_t)(end - p);

        if (i < 4 && p + n >= end)
            return -1;
        *parts[i] = lii_slice(p, n);
        p += n + 1;
    }
    return arn->partition.len > 0 && arn->service.len > 0 && arn->resource.len > 0 ? 0 : -1;
}
