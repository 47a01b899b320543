/* operand_more.c - operators with rules of their own: anything-but, numeric, cidr, wildcard. */
#include "base/slice.h"
#include "json/scan.h"
#include "match/address.h"
#include "match/code.h"
#include "match/number.h"
#include "match/plan.h"

/* ---- wildcard: stars and escapes (PAT-58, PAT-59) */

li_status lii_operand_wildcard(lii_plan *plan, lii_text text, const char *at)
{
    lii_buf *code = &plan->code;
    int has_star = 0, was_star = 0;
    size_t begin, i;
    char *out;

    if (lii_code_begin(code, LII_OP_WILD, &begin) != LI_OK || lii_buf_reserve(code, text.len) != LI_OK)
        return code->status;
    out = code->data + code->len; /* nothing gets longer */
    for (i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (c == '*') {
            if (was_star)
                return lii_plan_fail(plan, LI_PATTERN_WILDCARD_CONSECUTIVE, at);
            *out++ = (char)LII_STAR;
            has_star = was_star = 1;
            continue;
        }
        was_star = 0;
        if (c == '\\') {
            if (++i == text.len || (text.ptr[i] != '*' && text.ptr[i] != '\\'))
                return lii_plan_fail(plan, LI_PATTERN_WILDCARD_ESCAPE, at);
            c = text.ptr[i];
        }
        *out++ = c;
    }
    code->len = (size_t)(out - code->data);
    if (!has_star)
        code->data[begin] = LII_OP_TEXT; /* the first byte of the head (PAT-61) */
    return lii_code_end(plan, begin, at);
}

/* ---- cidr */

static li_status read_bits(lii_plan *plan, const char *p, const char *end, const char *at, int64_t *bits)
{
    int is_negative = p < end && *p == '-';

    p += p < end && (*p == '-' || *p == '+');
    if (p == end || end - p > 9)
        return lii_plan_fail(plan, LI_PATTERN_CIDR_SHAPE, at);
    for (*bits = 0; p < end; p++) {
        if (*p < '0' || *p > '9')
            return lii_plan_fail(plan, LI_PATTERN_CIDR_SHAPE, at);
        *bits = *bits * 10 + (*p - '0');
    }
    return is_negative ? lii_plan_fail(plan, LI_PATTERN_CIDR_MASK, at) : LI_OK;
}

li_status lii_operand_cidr(lii_plan *plan, lii_text text, const char *at)
{
    const char *end = text.ptr + text.len, *slash = text.len ? memchr(text.ptr, '/', text.len) : NULL;
    lii_address address;
    char operand[18];
    int64_t bits = 0;
    li_status status;

    if (slash == NULL || memchr(slash + 1, '/', (size_t)(end - slash - 1)) != NULL)
        return lii_plan_fail(plan, LI_PATTERN_CIDR_SHAPE, at);
    status = read_bits(plan, slash + 1, end, at, &bits);
    if (status != LI_OK)
        return status;
    if (!lii_address_read(text.ptr, (size_t)(slash - text.ptr), &address))
        return lii_plan_fail(plan, LI_PATTERN_CIDR_ADDRESS, at);
    if (bits >= address.n_bytes * 8)
        return lii_plan_fail(plan, LI_PATTERN_CIDR_MASK, at);
    lii_address_mask(&address, (unsigned)bits);
    operand[0] = (char)address.n_bytes;
    operand[1] = (char)bits;
    memcpy(operand + 2, address.bytes, 16);
    return lii_code_add(plan, LII_OP_CIDR, operand, sizeof operand, at);
}

/* ---- numeric (PAT-45..PAT-47) */

typedef struct comparison {
    char sign;         /* = < > */
    int is_closed;     /* <= >= */
    uint64_t key;
} comparison;

static int ends(const lii_reader *r)
{
    return *r->at == ']';
}

static void pass_comma(lii_reader *r)
{
    lii_reader_space(r);
    if (*r->at == ',') {
        r->at++;
        lii_reader_space(r);
    }
}

/* The sign at r->at, a string. */
static li_status read_sign(lii_reader *r, comparison *c)
{
    const char *at = r->at;
    lii_text sign;

    if (lii_reader_string(r, &sign) != LI_OK)
        return LI_E_NOMEM;
    pass_comma(r);
    c->is_closed = sign.len == 2 && sign.ptr[1] == '=' && sign.ptr[0] != '=';
    if (!c->is_closed && sign.len != 1)
        return lii_plan_fail(r->plan, LI_PATTERN_NUMERIC_OPERATOR, at);
    c->sign = sign.ptr[0];
    return c->sign == '=' || c->sign == '<' || c->sign == '>' ? LI_OK
                                                              : lii_plan_fail(r->plan, LI_PATTERN_NUMERIC_OPERATOR, at);
}

static li_status read_bound(lii_reader *r, comparison *c)
{
    const char *at = r->at;
    lii_text number;

    if (*at != '-' && !(*at >= '0' && *at <= '9'))
        return lii_plan_fail(r->plan, LI_PATTERN_NUMERIC_BOUND, at);
    number = lii_reader_number(r);
    pass_comma(r);
    return lii_number_key(number.ptr, number.len, &c->key) ? LI_OK
                                                           : lii_plan_fail(r->plan, LI_PATTERN_NUMBER_NOT_BINARY64, at);
}

/* The second comparison of a range at r->at. */
static li_status read_upper(lii_reader *r, comparison *c)
{
    const char *at = r->at;
    li_status status;

    if (*at != '"')
        return lii_plan_fail(r->plan, LI_PATTERN_NUMERIC_BOUND, at);
    status = read_sign(r, c);
    if (status != LI_OK)
        return status;
    if (c->sign != '<')
        return lii_plan_fail(r->plan, LI_PATTERN_NUMERIC_OPERATOR, at);
    return read_bound(r, c);
}

static li_status add_range(lii_plan *plan, const comparison *first, const comparison *second, const char *at)
{
    uint64_t keys[2] = { lii_number_least, lii_number_most };

    if (first->sign == '=')
        return lii_code_add(plan, LII_OP_NUMBER, &first->key, sizeof first->key, at);
    if (first->sign == '>')
        keys[0] = first->key + (first->is_closed ? 0 : 1);
    else
        keys[1] = first->key - (first->is_closed ? 0 : 1);
    if (second) {
        if (first->key >= second->key)
            return lii_plan_fail(plan, LI_PATTERN_NUMERIC_EMPTY_RANGE, at);
        keys[1] = second->key - (second->is_closed ? 0 : 1);
    }
    return lii_code_add(plan, LII_OP_RANGE, keys, sizeof keys, at);
}

li_status lii_operand_numeric(lii_reader *r, const char *at)
{
    comparison first, second;
    int is_range = 0;
    li_status status;

    if (*at != '[')
        return lii_plan_fail(r->plan, LI_PATTERN_NUMERIC_SHAPE, at);
    r->at++;
    lii_reader_space(r);
    if (*r->at != '"')
        return lii_plan_fail(r->plan, LI_PATTERN_NUMERIC_SHAPE, r->at);
    status = read_sign(r, &first);
    if (status == LI_OK)
        status = read_bound(r, &first);
    if (status == LI_OK && !ends(r)) {
        if (first.sign != '>')
            return lii_plan_fail(r->plan, LI_PATTERN_NUMERIC_TOO_MANY, r->at);
        is_range = 1;
        status = read_upper(r, &second);
    }
    if (status != LI_OK)
        return status;
    if (!ends(r))
        return lii_plan_fail(r->plan, LI_PATTERN_NUMERIC_TOO_MANY, r->at);
    r->at++;
    return add_range(r->plan, &first, is_range ? &second : NULL, at);
}

/* ---- anything-but (PAT-80..PAT-86) */

enum { STRINGS = 1, NUMBERS = 2 };

/* One excluded value at r->at; *kinds grows by what it is. */
static li_status add_excluded(lii_reader *r, unsigned *kinds)
{
    const char *at = r->at;
    lii_text text;
    uint64_t key;

    if (*at == '"') {
        *kinds |= STRINGS;
        if (lii_reader_string(r, &text) != LI_OK)
            return LI_E_NOMEM;
        return lii_code_add(r->plan, LII_OP_TEXT, text.ptr, text.len, at);
    }
    if (*at != '-' && !(*at >= '0' && *at <= '9'))
        return lii_plan_fail(r->plan, LI_PATTERN_ANYTHING_BUT_OPERAND, at);
    *kinds |= NUMBERS;
    text = lii_reader_number(r);
    if (!lii_number_key(text.ptr, text.len, &key))
        return lii_plan_fail(r->plan, LI_PATTERN_NUMBER_NOT_BINARY64, at);
    return lii_code_add(r->plan, LII_OP_NUMBER, &key, sizeof key, at);
}

static li_status add_excluded_list(lii_reader *r)
{
    const char *at = r->at;
    unsigned kinds = 0;
    li_status status;

    r->at++;
    lii_reader_space(r);
    if (ends(r))
        return lii_plan_fail(r->plan, LI_PATTERN_EMPTY_LIST, r->at);
    for (; !ends(r); pass_comma(r)) {
        status = add_excluded(r, &kinds);
        if (status != LI_OK)
            return status;
        lii_reader_space(r);
    }
    r->at++;
    return kinds == (STRINGS | NUMBERS) ? lii_plan_fail(r->plan, LI_PATTERN_ANYTHING_BUT_MIXED, at) : LI_OK;
}

/* One operand of an operator below anything-but. */
static li_status add_nested(lii_reader *r, uint32_t op)
{
    const char *at = r->at;
    int is_number = *at == '-' || (*at >= '0' && *at <= '9');
    lii_text text;

    if (*at != '"')
        return lii_plan_fail(r->plan, is_number && op != LII_OP_FOLD ? LI_PATTERN_OPERAND_TYPE : LI_PATTERN_ANYTHING_BUT_OPERAND,
                             at);
    if (lii_reader_string(r, &text) != LI_OK)
        return LI_E_NOMEM;
    if (text.len == 0 && (op == LII_OP_PREFIX || op == LII_OP_SUFFIX))
        return lii_plan_fail(r->plan, LI_PATTERN_ANYTHING_BUT_EMPTY_AFFIX, at);
    if (op == LII_OP_WILD)
        return lii_operand_wildcard(r->plan, text, at);
    return lii_code_add(r->plan, op, text.ptr, text.len, at);
}

static li_status add_nested_list(lii_reader *r, uint32_t op)
{
    li_status status;

    r->at++;
    lii_reader_space(r);
    if (ends(r))
        return lii_plan_fail(r->plan, LI_PATTERN_EMPTY_LIST, r->at);
    for (; !ends(r); pass_comma(r)) {
        status = add_nested(r, op);
        if (status != LI_OK)
            return status;
        lii_reader_space(r);
    }
    r->at++;
    return LI_OK;
}

static int is_operator(lii_text name, const char *other)
{
    return strlen(other) == name.len && memcmp(name.ptr, other, name.len) == 0;
}

/* The operator that may stand below anything-but in this dialect, or 0. */
static uint32_t nested_operator(const lii_plan *plan, lii_text name)
{
    int32_t dialect = plan->options.dialect;
    int is_sns = dialect == LI_DIALECT_SNS_ATTRIBUTES || dialect == LI_DIALECT_SNS_BODY;

    if (dialect == LI_DIALECT_PIPES)
        return 0;
    if (is_operator(name, "prefix"))
        return LII_OP_PREFIX;
    if (is_operator(name, "wildcard"))
        return LII_OP_WILD;
    if (is_operator(name, "suffix"))
        return is_sns ? 0 : LII_OP_SUFFIX; /* refused by the service, as recorded (PAT-119) */
    if (is_operator(name, "equals-ignore-case"))
        return is_sns ? 0 : LII_OP_FOLD;
    return 0;
}

static li_status add_excluded_operator(lii_reader *r)
{
    const char *at;
    uint32_t op;
    lii_text name;
    li_status status;

    r->at++;
    lii_reader_space(r);
    at = r->at;
    if (*at == '}')
        return lii_plan_fail(r->plan, LI_PATTERN_OPERATOR_MISSING, at);
    if (lii_reader_string(r, &name) != LI_OK)
        return LI_E_NOMEM;
    op = nested_operator(r->plan, name);
    if (op == 0)
        return lii_plan_fail(r->plan, LI_PATTERN_ANYTHING_BUT_OPERATOR, at);
    lii_reader_space(r);
    r->at++; /* the colon */
    lii_reader_space(r);
    status = *r->at == '[' ? add_nested_list(r, op) : add_nested(r, op);
    if (status != LI_OK)
        return status;
    lii_reader_space(r);
    if (*r->at != '}')
        return lii_plan_fail(r->plan, LI_PATTERN_OPERATOR_EXTRA_KEY, r->at);
    r->at++;
    return LI_OK;
}

li_status lii_operand_not(lii_reader *r, const char *at)
{
    unsigned kinds = 0;
    size_t begin;
    li_status status;

    lii_code_begin(&r->plan->code, LII_OP_NOT, &begin);
    if (*at == '[')
        status = add_excluded_list(r);
    else if (*at == '{')
        status = add_excluded_operator(r);
    else
        status = add_excluded(r, &kinds);
    return status == LI_OK ? lii_code_end(r->plan, begin, at) : status;
}
