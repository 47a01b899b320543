/* rate.c - rate expressions: parsed with the place of the first error, and counted on from a time (TRG-132, 149). */
#include "schedule/rate.h"

#include <string.h>

#include "base/error.h"
#include "base/slice.h"

enum { EXPRESSION_MAX = 256 };

typedef struct unit {
    const char *one;
    const char *many;
    int64_t seconds;
} unit;

static const unit units[] = { { "minute", "minutes", 60 }, { "hour", "hours", 3600 }, { "day", "days", 86400 } };

static li_status wrong(li_slice e, size_t offset, const char *right, li_error *err)
{
    lii_fail(err, LI_E_INVALID, LI_DETAIL_SCHEDULE, e.ptr, e.len, "not a schedule expression at byte %zu: %s", offset,
             right);
    if (err && err->size >= offsetof(li_error, offset) + sizeof err->offset && err->size <= 4096)
        err->offset = offset;
    return LI_E_INVALID;
}

static int starts(li_slice e, const char *text)
{
    size_t n = strlen(text);

    return e.len >= n && memcmp(e.ptr, text, n) == 0;
}

/* The digits at *at: a positive integer without sign, fraction or leading zero, and one space behind it. */
static li_status read_value(li_slice e, size_t *at, int64_t *value, li_error *err)
{
    size_t i = *at;
    int64_t n = 0;

    if (i == e.len || e.ptr[i] < '1' || e.ptr[i] > '9')
        return wrong(e, i, "a rate's value is a positive integer, as in rate(5 minutes)", err);
    for (; i < e.len && e.ptr[i] >= '0' && e.ptr[i] <= '9'; i++) {
        int64_t digit = e.ptr[i] - '0';

        if (n > (INT64_MAX - digit) / 10)
            return wrong(e, *at, "the value is too large", err);
        n = n * 10 + digit;
    }
    if (i == e.len || e.ptr[i] != ' ')
        return wrong(e, i, "one space stands between value and unit, as in rate(5 minutes)", err);
    *at = i + 1;
    *value = n;
    return LI_OK;
}

static li_status read_unit(li_slice e, size_t at, size_t end, int64_t value, int64_t *period_s, li_error *err)
{
    li_slice word = lii_slice(e.ptr + at, end - at);
    size_t i;

    for (i = 0; i < sizeof units / sizeof *units; i++) {
        const unit *u = &units[i];
        int is_one = lii_slice_is(word, u->one), is_many = lii_slice_is(word, u->many);

        if (!is_one && !is_many)
            continue;
        if (value == 1 && is_many)
            return wrong(e, at, "1 needs the singular: minute, hour or day", err);
        if (value > 1 && is_one)
            return wrong(e, at, "more than 1 needs the plural: minutes, hours or days", err);
        if (value > INT64_MAX / u->seconds)
            return wrong(e, strlen("rate("), "the value is too large", err);
        *period_s = value * u->seconds;
        return LI_OK;
    }
    return wrong(e, at, "a unit is minute, minutes, hour, hours, day or days", err);
}

li_status lii_rate_parse(const char *expression, size_t expression_len, int64_t *period_s, li_error *err)
{
    li_slice e = lii_slice(expression, expression_len);
    const char *close;
    int64_t value = 0;
    size_t at = strlen("rate("), end;
    li_status status;

    if (e.len == 0 || e.len > EXPRESSION_MAX)
        return wrong(e, e.len == 0 ? 0 : EXPRESSION_MAX, "an expression has 1 to 256 characters", err);
    if (starts(e, "cron(") || starts(e, "at("))
        return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_SCHEDULE, e.ptr, e.len,
                        "this version knows rate(VALUE UNIT), not cron( or at(");
    if (!starts(e, "rate("))
        return wrong(e, 0, "it begins with rate( in lower case, without a space before the bracket", err);
    status = read_value(e, &at, &value, err);
    if (status != LI_OK)
        return status;
    close = memchr(e.ptr + at, ')', e.len - at);
    end = close ? (size_t)(close - e.ptr) : e.len;
    status = read_unit(e, at, end, value, period_s, err);
    if (status != LI_OK)
        return status;
    if (!close)
        return wrong(e, e.len, "the closing bracket is missing", err);
    if (end + 1 != e.len)
        return wrong(e, end + 1, "nothing stands behind the closing bracket", err);
    return LI_OK;
}

li_status li_schedule_next(const char *expression, size_t expression_len, int64_t after_s, int64_t *times, size_t max,
                           size_t *n, li_error *err)
{
    int64_t period = 0;
    size_t i;
    li_status status;

    if (!n || (max > 0 && !times))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "times and n are needed");
    status = lii_rate_parse(expression, expression_len, &period, err);
    if (status != LI_OK)
        return status;
    for (i = 0; i < max && after_s <= INT64_MAX - period; i++)
        times[i] = after_s += period;
    *n = i;
    return LI_OK;
}
