/* number.c - decimal numbers, whatever sign the process's locale has for the point: they are read without one. */
#include "service/number.h"

#include <stdio.h>
#include <stdlib.h>

enum { LENGTH_MAX = 63, EXPONENT_MAX = 9999 };

static const char *read_digits(const char *p, const char *end, char *digits, size_t *n)
{
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        digits[(*n)++] = *p;
    return p;
}

/* What stands behind an e; NULL: nothing that could. */
static const char *read_exponent(const char *p, const char *end, int *exponent)
{
    int is_negative = p < end && *p == '-', value = 0;
    const char *from;

    p += p < end && (*p == '-' || *p == '+');
    for (from = p; p < end && *p >= '0' && *p <= '9'; p++)
        value = value > EXPONENT_MAX ? value : value * 10 + (*p - '0');
    *exponent = is_negative ? -value : value;
    return p > from ? p : NULL;
}

int lii_number_read(li_slice text, double *number)
{
    const char *p = text.ptr, *end = p + text.len, *point = NULL;
    char digits[LENGTH_MAX + 1], plain[LENGTH_MAX + 32];
    int is_negative, exponent = 0;
    size_t n = 0;

    if (text.len == 0 || text.len > LENGTH_MAX)
        return 0;
    is_negative = *p == '-';
    p += *p == '-' || *p == '+';
    p = read_digits(p, end, digits, &n);
    if (p < end && *p == '.') {
        point = ++p;
        p = read_digits(p, end, digits, &n);
    }
    if (n == 0)
        return 0;
    if (p < end && (*p == 'e' || *p == 'E')) {
        const char *behind = read_exponent(p + 1, end, &exponent);

        if (!behind)
            return 0;
        exponent -= point ? (int)(p - point) : 0;
        p = behind;
    } else if (point) {
        exponent = -(int)(p - point);
    }
    if (p != end)
        return 0;
    snprintf(plain, sizeof plain, "%s%.*se%d", is_negative ? "-" : "", (int)n, digits, exponent);
    *number = strtod(plain, NULL);
    return 1;
}
