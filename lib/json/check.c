/* check.c - strict JSON validation in one pass over the bytes: a stack of one bit a level, no recursion, no memory. */
#include <string.h>

#include "base/error.h"
#include "base/slice.h"
#include "json/scan.h"
#include "json/token.h"

const char lii_json_too_deep[] = "arrays and objects are nested too deeply";

void lii_json_locate(const lii_json_cursor *c, lii_json_bytes text, lii_json_error *error)
{
    lii_json_bytes line = text, at;

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

static inline __attribute__((always_inline)) int check(const char *text, size_t len, uint32_t max_depth,
                                                       lii_json_error *error, int wide)
{
    lii_json_bytes begin = (lii_json_bytes)(text ? text : ""), p;
    lii_json_cursor c;
    lii_json_levels l;

    c.end = begin + len;
    c.bad = begin;
    c.reason = "";
    l.depth = 0;
    l.in_object = 0;
    p = lii_json_pass_space(begin, c.end, wide);
    p = lii_json_pass_value(&c, p, &l, max_depth < LII_JSON_DEPTH ? max_depth : LII_JSON_DEPTH, wide);
    if (p) {
        p = lii_json_pass_space(p, c.end, wide);
        if (p == c.end)
            return 0;
        lii_json_fail(&c, p, "nothing may follow the value");
    }
    if (error)
        lii_json_locate(&c, begin, error);
    return -1;
}

static __attribute__((noinline)) int check_long(const char *text, size_t len, uint32_t max_depth, lii_json_error *error)
{
    return check(text, len, max_depth, error, LII_JSON_WIDE);
}

static inline int is_short(const char *text, size_t len)
{
    return len >= LII_JSON_SHORT_MIN && len <= LII_JSON_SHORT_MAX && lii_json_is_short(text, len);
}

int lii_json_check(const char *text, size_t len, uint32_t max_depth, lii_json_error *error)
{
    if (max_depth >= len && is_short(text, len))
        return 0;
    return check_long(text, len, max_depth, error);
}

int lii_json_check_bytewise(const char *text, size_t len, uint32_t max_depth, lii_json_error *error)
{
    return check(text, len, max_depth, error, 0);
}

li_status lii_json_validate(const char *text, size_t len, li_error *err)
{
    size_t n = lii_len(text, len);
    lii_json_error error;

    if (is_short(text, n) || check_long(text, n, LII_JSON_DEPTH, &error) == 0)
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
