/* rate.c - what stands between the brackets of rate(…): a number and a unit (TRG-149). */
#include "base/slice.h"
#include "schedule/expression.h"

typedef struct unit {
    const char *one;
    const char *many;
    int64_t seconds;
} unit;

static const unit units[] = { { "minute", "minutes", 60 }, { "hour", "hours", 3600 }, { "day", "days", 86400 } };

/* The digits at *at: a positive integer without sign, fraction or leading zero, and one space behind it. */
static li_status read_value(li_slice e, size_t *at, size_t end, int64_t *value, li_error *err)
{
    size_t i = *at;
    int64_t n = 0;

    if (i == end || e.ptr[i] < '1' || e.ptr[i] > '9')
        return lii_expression_wrong(e, i, "a rate's value is a positive integer, as in rate(5 minutes)", err);
    for (; i < end && e.ptr[i] >= '0' && e.ptr[i] <= '9'; i++) {
        int64_t digit = e.ptr[i] - '0';

        if (n > (INT64_MAX - digit) / 10)
            return lii_expression_wrong(e, *at, "the value is too large", err);
        n = n * 10 + digit;
    }
    if (i == end || e.ptr[i] != ' ')
        return lii_expression_wrong(e, i, "one space stands between value and unit, as in rate(5 minutes)", err);
    *at = i + 1;
    *value = n;
    return LI_OK;
}

li_status lii_rate_read(li_slice e, size_t at, size_t end, int is_free, int64_t *period_s, li_error *err)
{
    size_t first = at, i;
    int64_t value = 0;
    li_slice word;
    li_status status = read_value(e, &at, end, &value, err);

    if (status != LI_OK)
        return status;
    word = lii_slice(e.ptr + at, end - at);
    for (i = 0; i < sizeof units / sizeof *units; i++) {
        const unit *u = &units[i];
        int is_one = lii_slice_is(word, u->one), is_many = lii_slice_is(word, u->many);

        if (!is_one && !is_many)
            continue;
        if (!is_free && value == 1 && is_many)
            return lii_expression_wrong(e, at, "1 needs the singular: minute, hour or day", err);
        if (!is_free && value > 1 && is_one)
            return lii_expression_wrong(e, at, "more than 1 needs the plural: minutes, hours or days", err);
        if (value > INT64_MAX / u->seconds)
            return lii_expression_wrong(e, first, "the value is too large", err);
        *period_s = value * u->seconds;
        return LI_OK;
    }
    return lii_expression_wrong(e, at, "a unit is minute, minutes, hour, hours, day or days", err);
}
