/* operand.c - a field's list of accepted values to code: literals and operators with plain operands. */
#include "base/slice.h"
#include "json/scan.h"
#include "match/address.h"
#include "match/code.h"
#include "match/number.h"
#include "match/plan.h"

li_status lii_code_begin(lii_buf *code, uint32_t op, size_t *begin)
{
    *begin = code->len;
    return lii_buf_add(code, &op, sizeof op);
}

li_status lii_code_end(lii_plan *plan, size_t begin, const char *at)
{
    size_t len = plan->code.len - begin - LII_OP_HEAD;
    uint32_t head;

    if (plan->code.status != LI_OK)
        return plan->code.status;
    if (len > LII_OP_MOST)
        return lii_plan_fail(plan, LI_PATTERN_TOO_LONG, at);
    memcpy(&head, plan->code.data + begin, sizeof head);
    head |= (uint32_t)len << 8;
    memcpy(plan->code.data + begin, &head, sizeof head);
    return LI_OK;
}

li_status lii_code_add(lii_plan *plan, uint32_t op, const void *operand, size_t len, const char *at)
{
    size_t begin;

    lii_code_begin(&plan->code, op, &begin);
    if (len > 0)
        lii_buf_add(&plan->code, operand, len);
    return lii_code_end(plan, begin, at);
}

/* A plain string: an address when it looks like one (PAT-30). */
static li_status add_string(lii_reader *r, const char *at)
{
    lii_address address;
    char operand[17];
    lii_text text;

    if (lii_reader_string(r, &text) != LI_OK)
        return LI_E_NOMEM;
    if (!lii_address_read(text.ptr, text.len, &address))
        return lii_code_add(r->plan, LII_OP_TEXT, text.ptr, text.len, at);
    operand[0] = (char)address.n_bytes;
    memcpy(operand + 1, address.bytes, 16);
    return lii_code_add(r->plan, LII_OP_ADDRESS, operand, sizeof operand, at);
}

static li_status add_number(lii_reader *r, const char *at)
{
    lii_text number = lii_reader_number(r);
    uint64_t key;

    if (lii_number_key(number.ptr, number.len, &key))
        return lii_code_add(r->plan, LII_OP_NUMBER, &key, sizeof key, at);
    return lii_code_add(r->plan, LII_OP_SPELLING, number.ptr, number.len, at);
}

static li_status add_word(lii_reader *r, const char *at)
{
    uint32_t op = *at == 't' ? LII_OP_TRUE : *at == 'f' ? LII_OP_FALSE : LII_OP_NULL;

    lii_reader_skip(r);
    return lii_code_add(r->plan, op, NULL, 0, at);
}

/* ---- operators: each is called with r->at on the operand */

static li_status exists(lii_reader *r, const char *at)
{
    uint32_t op = *at == 't' ? LII_OP_PRESENT : LII_OP_ABSENT;

    if (*at != 't' && *at != 'f')
        return lii_plan_fail(r->plan, LI_PATTERN_EXISTS_OPERAND, at);
    lii_reader_skip(r);
    return lii_code_add(r->plan, op, NULL, 0, at);
}

static li_status with_string(lii_reader *r, uint32_t op, const char *at)
{
    lii_text text;

    if (*at != '"')
        return lii_plan_fail(r->plan, LI_PATTERN_OPERAND_TYPE, at);
    if (lii_reader_string(r, &text) != LI_OK)
        return LI_E_NOMEM;
    return lii_code_add(r->plan, op, text.ptr, text.len, at);
}

static li_status exactly(lii_reader *r, const char *at)
{
    return with_string(r, LII_OP_TEXT, at);
}

static li_status equals_ignore_case(lii_reader *r, const char *at)
{
    return with_string(r, LII_OP_FOLD, at);
}

/* The operand is a string or {"equals-ignore-case": string}. */
static li_status affix(lii_reader *r, const char *at, uint32_t op, uint32_t fold_op)
{
    static const char other_name[] = "equals-ignore-case";
    lii_text name;
    li_status status;

    if (*at != '{')
        return with_string(r, op, at);
    r->at++;
    lii_reader_space(r);
    if (*r->at == '}')
        return lii_plan_fail(r->plan, LI_PATTERN_OPERATOR_MISSING, r->at);
    at = r->at;
    if (lii_reader_string(r, &name) != LI_OK)
        return LI_E_NOMEM;
    if (name.len != sizeof other_name - 1 || memcmp(name.ptr, other_name, name.len) != 0)
        return lii_plan_fail(r->plan, LI_PATTERN_OPERATOR_UNKNOWN, at);
    lii_reader_space(r);
    r->at++;
    lii_reader_space(r);
    status = with_string(r, fold_op, r->at);
    if (status != LI_OK)
        return status;
    lii_reader_space(r);
    if (*r->at != '}')
        return lii_plan_fail(r->plan, LI_PATTERN_OPERATOR_EXTRA_KEY, r->at);
    r->at++;
    return LI_OK;
}

static li_status prefix(lii_reader *r, const char *at)
{
    return affix(r, at, LII_OP_PREFIX, LII_OP_FOLD_PREFIX);
}

static li_status suffix(lii_reader *r, const char *at)
{
    return affix(r, at, LII_OP_SUFFIX, LII_OP_FOLD_SUFFIX);
}

static li_status wildcard(lii_reader *r, const char *at)
{
    lii_text text;

    if (*at != '"')
        return lii_plan_fail(r->plan, LI_PATTERN_OPERAND_TYPE, at);
    if (lii_reader_string(r, &text) != LI_OK)
        return LI_E_NOMEM;
    return lii_operand_wildcard(r->plan, text, at);
}

static li_status cidr(lii_reader *r, const char *at)
{
    lii_text text;

    if (*at != '"')
        return lii_plan_fail(r->plan, LI_PATTERN_OPERAND_TYPE, at);
    if (lii_reader_string(r, &text) != LI_OK)
        return LI_E_NOMEM;
    return lii_operand_cidr(r->plan, text, at);
}

typedef struct operator_row {
    const char *name;
    li_status (*read)(lii_reader *r, const char *at);
    uint32_t dialects;   /* a bit for each */
} operator_row;

enum {
    BUS = 1 << LI_DIALECT_EVENTBRIDGE | 1 << LI_DIALECT_MAPPING,
    PIPES = 1 << LI_DIALECT_PIPES,
    SNS = 1 << LI_DIALECT_SNS_ATTRIBUTES | 1 << LI_DIALECT_SNS_BODY
};

static const operator_row operators[] = {
    { "prefix", prefix, BUS | PIPES | SNS },
    { "suffix", suffix, BUS | PIPES | SNS },
    { "anything-but", lii_operand_not, BUS | PIPES | SNS },
    { "exists", exists, BUS | PIPES | SNS },
    { "numeric", lii_operand_numeric, BUS | PIPES | SNS },
    { "equals-ignore-case", equals_ignore_case, BUS | PIPES | SNS },
    { "wildcard", wildcard, BUS | SNS },
    { "cidr", cidr, BUS | PIPES | SNS },
    { "exactly", exactly, BUS | PIPES }
};

static li_status add_operator(lii_reader *r)
{
    const operator_row *row = operators, *end = operators + sizeof operators / sizeof operators[0];
    const char *at;
    lii_text name;
    li_status status;

    r->at++;
    lii_reader_space(r);
    at = r->at;
    if (*at == '}')
        return lii_plan_fail(r->plan, LI_PATTERN_OPERATOR_MISSING, at);
    if (lii_reader_string(r, &name) != LI_OK)
        return LI_E_NOMEM;
    while (row < end && (strlen(row->name) != name.len || memcmp(row->name, name.ptr, name.len) != 0))
        row++;
    if (row == end || !(row->dialects >> r->plan->options.dialect & 1))
        return lii_plan_fail(r->plan, LI_PATTERN_OPERATOR_UNKNOWN, at);
    lii_reader_space(r);
    r->at++; /* the colon */
    lii_reader_space(r);
    status = row->read(r, r->at);
    if (status != LI_OK)
        return status;
    lii_reader_space(r);
    if (*r->at != '}')
        return lii_plan_fail(r->plan, LI_PATTERN_OPERATOR_EXTRA_KEY, r->at);
    r->at++;
    return LI_OK;
}

static li_status add_value(lii_reader *r)
{
    const char *at = r->at;

    switch (*at) {
    case '"':
        return add_string(r, at);
    case '{':
        return add_operator(r);
    case '[':
        return lii_plan_fail(r->plan, LI_PATTERN_BAD_LIST_MEMBER, at);
    case 't':
    case 'f':
    case 'n':
        return add_word(r, at);
    default:
        return add_number(r, at);
    }
}

li_status lii_operand_list(lii_reader *r, const char **code, uint32_t *code_len)
{
    lii_buf *buf = &r->plan->code;
    li_status status = LI_OK;
    char *copy;

    lii_buf_clear(buf);
    r->at++;
    lii_reader_space(r);
    if (*r->at == ']')
        return lii_plan_fail(r->plan, LI_PATTERN_EMPTY_ARRAY, r->at);
    while (*r->at != ']') {
        status = add_value(r);
        if (status != LI_OK)
            return status;
        lii_reader_space(r);
        if (*r->at == ',') {
            r->at++;
            lii_reader_space(r);
        }
    }
    r->at++;
    copy = lii_arena_get(&r->plan->arena, buf->len);
    if (copy == NULL)
        return LI_E_NOMEM;
    memcpy(copy, buf->data, buf->len);
    *code = copy;
    *code_len = (uint32_t)buf->len;
    return LI_OK;
}
