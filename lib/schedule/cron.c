/* cron.c - the six fields of a cron expression, read with the place of the first error (TRG-138..147). */
#include "schedule/cron.h"

#include <string.h>

#include "base/slice.h"
#include "schedule/expression.h"

enum { MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS, YEARS, FIELDS };
enum { WORDS = 4 };

typedef struct field {
    int32_t lowest;
    int32_t highest;
    const char *names;  /* of three letters each, from the lowest value on; NULL: none */
    int32_t may_step;
    int32_t may_wrap;
    const char *right;  /* what the values are */
} field;

static const field fields[FIELDS] = {
    { 0, 59, NULL, 1, 1, "minutes are 0 to 59" },
    { 0, 23, NULL, 1, 1, "hours are 0 to 23" },
    { 1, 31, NULL, 1, 1, "days of the month are 1 to 31, L, LW, L-n or nW" },
    { 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", 1, 1, "months are 1 to 12 or JAN to DEC" },
    { 1, 7, "SUNMONTUEWEDTHUFRISAT", 0, 1, "days of the week are 1 (Sunday) to 7 or SUN to SAT, L, nL or n#k" },
    { LII_YEAR_FIRST, LII_YEAR_LAST, NULL, 1, 0, "years are 1970 to 2199" },
};

/* One field being read. Bits are counted from 0 in minutes and hours, from 1 in days and months, from 1970 in years. */
typedef struct reader {
    li_slice e;
    size_t at;
    size_t end;         /* of the field */
    const field *f;
    int32_t is_strict;
    uint64_t set[WORDS];
    li_error *err;
} reader;

static li_status wrong(const reader *r, size_t at, const char *right)
{
    return lii_expression_wrong(r->e, at, right, r->err);
}

static char peek(const reader *r)
{
    return r->at < r->end ? r->e.ptr[r->at] : '\0';
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char upper(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

/* The name at the cursor: its place in the names, or -1. */
static int32_t read_name(reader *r)
{
    const char *name = r->f->names;
    int32_t i;

    for (i = 0; name && *name; i++, name += 3)
        if (r->end - r->at >= 3 && upper(r->e.ptr[r->at]) == name[0] && upper(r->e.ptr[r->at + 1]) == name[1] &&
            upper(r->e.ptr[r->at + 2]) == name[2]) {
            if (r->is_strict && memcmp(r->e.ptr + r->at, name, 3) != 0)
                return -1;
            r->at += 3;
            return i;
        }
    return -1;
}

static li_status read_value(reader *r, int32_t *value)
{
    size_t first = r->at;
    int32_t name;

    if (is_digit(peek(r))) {
        *value = lii_expression_digits(r->e, &r->at, r->end, 4);
        if (*value < r->f->lowest || *value > r->f->highest)
            return wrong(r, first, r->f->right);
        return LI_OK;
    }
    name = read_name(r);
    if (name < 0)
        return wrong(r, first, r->f->right);
    *value = r->f->lowest + name;
    return LI_OK;
}

static li_status read_step(reader *r, int32_t *step)
{
    size_t first = r->at;

    *step = 1;
    if (peek(r) != '/')
        return LI_OK;
    if (!r->f->may_step)
        return wrong(r, first, "days of the week have no steps");
    r->at++;
    *step = is_digit(peek(r)) ? lii_expression_digits(r->e, &r->at, r->end, 4) : 0;
    if (*step < 1 || *step > r->f->highest)
        return wrong(r, first + 1, "a step is 1 to the highest value of the field");
    return LI_OK;
}

static void add_value(reader *r, int32_t value)
{
    int32_t bit = value >= LII_YEAR_FIRST ? value - LII_YEAR_FIRST : value;

    r->set[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* One item of a list: * or a value or a range, and perhaps a step. */
static li_status read_item(reader *r)
{
    int32_t from = r->f->lowest, to = r->f->highest, step = 1, value, n_values = to - from + 1;
    size_t first = r->at;
    li_status status;

    if (peek(r) == '*') {
        r->at++;
    } else {
        status = read_value(r, &from);
        if (status != LI_OK)
            return status;
        to = from;
        if (peek(r) == '-') {
            r->at++;
            status = read_value(r, &to);
            if (status != LI_OK)
                return status;
        } else if (peek(r) == '/') {
            to = r->f->highest;
        }
    }
    if (to < from && (!r->f->may_wrap || (r->is_strict && r->f != &fields[HOURS])))
        return wrong(r, first, "the range ends before it begins");
    status = read_step(r, &step);
    if (status != LI_OK)
        return status;
    if (to < from)
        to += n_values;
    for (value = from; value <= to; value += step)
        add_value(r, value > r->f->highest ? value - n_values : value);
    return LI_OK;
}

static li_status read_list(reader *r)
{
    li_status status;

    for (;;) {
        status = read_item(r);
        if (status != LI_OK)
            return status;
        if (r->at == r->end)
            return LI_OK;
        if (peek(r) != ',')
            return wrong(r, r->at, r->f->right);
        r->at++;
    }
}

/* L, LW, L-n and nW; anything else is a list. */
static li_status read_days(reader *r, lii_cron_days *days)
{
    size_t first = r->at, i = first;
    int32_t n;

    if (peek(r) == 'L') {
        r->at++;
        days->rule = LII_DAY_BEFORE_LAST;
        if (r->at == r->end)
            return LI_OK;
        if (r->is_strict)
            return wrong(r, r->at, "L stands alone");
        if (peek(r) == 'W') {
            r->at++;
            days->rule = LII_LAST_WEEKDAY;
        } else if (peek(r) == '-') {
            r->at++;
            days->day = is_digit(peek(r)) ? lii_expression_digits(r->e, &r->at, r->end, 2) : 0;
            if (days->day < 1 || days->day > 30)
                return wrong(r, first + 2, "an offset from the last day is 1 to 30");
        }
        return r->at == r->end ? LI_OK : wrong(r, r->at, "L, LW and L-n stand alone");
    }
    n = lii_expression_digits(r->e, &i, r->end, 4);
    if (i > first && i < r->end && r->e.ptr[i] == 'W') {
        if (n < 1 || n > 31)
            return wrong(r, first, r->f->right);
        days->rule = LII_NEAREST_WEEKDAY;
        days->day = n;
        return i + 1 == r->end ? LI_OK : wrong(r, i + 1, "nW stands alone");
    }
    return read_list(r);
}

/* L, nL and n#k; anything else is a list. */
static li_status read_weekdays(reader *r, lii_cron_days *days)
{
    size_t first = r->at;
    int is_name = !is_digit(peek(r));
    li_status status;

    if (peek(r) == 'L' && r->at + 1 == r->end) {
        days->set = UINT64_C(1) << 7;
        days->rule = LII_DAYS_OF_WEEK;
        r->at++;
        return LI_OK;
    }
    if (peek(r) != '*') {
        status = read_value(r, &days->day);
        if (status != LI_OK)
            return status;
        if (peek(r) == 'L' && !(is_name && r->is_strict)) {
            days->rule = LII_LAST_DAY_OF_WEEK;
            r->at++;
            return r->at == r->end ? LI_OK : wrong(r, r->at, "nL stands alone");
        }
        if (peek(r) == '#') {
            days->rule = LII_NTH_DAY_OF_WEEK;
            first = ++r->at;
            days->nth = is_digit(peek(r)) ? lii_expression_digits(r->e, &r->at, r->end, 1) : 0;
            if (days->nth < 1 || days->nth > 5)
                return wrong(r, first, "the k of n#k is 1 to 5");
            return r->at == r->end ? LI_OK : wrong(r, r->at, "n#k stands alone");
        }
        r->at = first;
    }
    days->rule = LII_DAYS_OF_WEEK;
    return read_list(r);
}

static int is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Where each field begins and ends. */
static li_status split(li_slice e, size_t at, size_t end, size_t begins[FIELDS], size_t ends[FIELDS], li_error *err)
{
    int n = 0;

    for (;;) {
        while (at < end && is_space(e.ptr[at]))
            at++;
        if (at == end)
            break;
        if (n == FIELDS)
            return lii_expression_wrong(e, at, "there are six fields: minutes hours days months weekdays years", err);
        begins[n] = at;
        while (at < end && !is_space(e.ptr[at]))
            at++;
        ends[n++] = at;
    }
    if (n < FIELDS)
        return lii_expression_wrong(e, end, "there are six fields: minutes hours days months weekdays years", err);
    return LI_OK;
}

/* Read one field by its own reader; days and weekdays have theirs. */
static li_status read_field(reader *r, int which, size_t begin, size_t end, lii_cron_days *days)
{
    li_status status;

    r->at = begin;
    r->end = end;
    r->f = &fields[which];
    memset(r->set, 0, sizeof r->set);
    if (peek(r) == '?')
        return wrong(r, begin, "? stands alone, and only in one of the two day fields");
    if (which == DAYS)
        status = read_days(r, days);
    else if (which == WEEKDAYS)
        status = read_weekdays(r, days);
    else
        return read_list(r);
    if (days->set == 0)
        days->set = r->set[0];
    return status;
}

li_status lii_cron_read(li_slice e, size_t at, size_t end, int is_strict, lii_cron *cron, li_error *err)
{
    size_t begins[FIELDS], ends[FIELDS];
    int has[FIELDS], i;
    lii_cron_days days;
    reader r;
    li_status status = split(e, at, end, begins, ends, err);

    if (status != LI_OK)
        return status;
    memset(&r, 0, sizeof r);
    memset(&days, 0, sizeof days);
    r.e = e;
    r.is_strict = is_strict;
    r.err = err;
    for (i = 0; i < FIELDS; i++)
        has[i] = ends[i] - begins[i] != 1 || e.ptr[begins[i]] != '?' || (i != DAYS && i != WEEKDAYS);
    if (has[DAYS] == has[WEEKDAYS])
        return lii_expression_wrong(e, begins[WEEKDAYS], "one of the two day fields, and only one, is ?", err);
    for (i = 0; i < FIELDS; i++) {
        status = has[i] ? read_field(&r, i, begins[i], ends[i], &days) : LI_OK;
        if (status != LI_OK)
            return status;
        if (i == MINUTES)
            cron->minutes = r.set[0];
        else if (i == HOURS)
            cron->hours = r.set[0];
        else if (i == MONTHS)
            days.months = (uint32_t)r.set[0];
        else if (i == YEARS)
            memcpy(cron->years, r.set, sizeof cron->years);
    }
    lii_cron_fill(cron, &days);
    return LI_OK;
}
