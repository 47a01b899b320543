/* number.c - number texts to keys. Most texts have at most 15 digits and a small exponent: one multiplication or division of
 * exact doubles, and no shorter decimal can name the result. The others go through the C library and are compared with the
 * shortest decimal that reads back. Neither path sees the locale: no text that is read or compared has a decimal point. */
#include "match/number.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 17 };  /* no binary64 needs more to be named */

/* A decimal: digits without zeros around them, times ten to the exponent; n_digits 0 is zero. */
typedef struct decimal {
    char digits[DIGITS + 1];
    int n_digits;          /* DIGITS + 1: more */
    int is_negative;
    int64_t exponent;
} decimal;

static const double power_of_ten[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

static uint64_t key_of(double d)
{
    uint64_t bits;

    if (d == 0)
        d = 0;             /* both zeros are one */
    memcpy(&bits, &d, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

const uint64_t lii_number_least = UINT64_C(0x0010000000000000); /* ~bits of -DBL_MAX */
const uint64_t lii_number_most = UINT64_C(0xFFEFFFFFFFFFFFFF);

static int64_t read_exponent(const char *p, const char *end)
{
    int is_negative = p < end && *p == '-';
    int64_t e = 0;

    for (p += p < end && (*p == '-' || *p == '+'); p < end; p++)
        if (e < 100000000)
            e = e * 10 + (*p - '0');
    return is_negative ? -e : e;
}

/* Digits of text up to its exponent, zeros at both ends left out. */
static void read_decimal(const char *text, size_t len, decimal *out)
{
    const char *p = text, *end = text + len;
    int64_t n_zeros = 0, scale = 0; /* zeros that count only if a digit follows; digits behind the point */
    int is_behind_point = 0;

    out->is_negative = p < end && *p == '-';
    p += out->is_negative;
    out->n_digits = 0;
    for (; p < end && (*p | 0x20) != 'e'; p++) {
        if (*p == '.') {
            is_behind_point = 1;
            continue;
        }
        scale += is_behind_point;
        if (*p == '0') {
            n_zeros += out->n_digits > 0;
            continue;
        }
        for (; n_zeros > 0 && out->n_digits <= DIGITS; n_zeros--)
            out->digits[out->n_digits < DIGITS ? out->n_digits : DIGITS] = '0', out->n_digits++;
        n_zeros = 0;
        if (out->n_digits <= DIGITS)
            out->digits[out->n_digits < DIGITS ? out->n_digits : DIGITS] = *p, out->n_digits++;
        else
            out->n_digits = DIGITS + 1;
    }
    out->exponent = n_zeros - scale + (p < end ? read_exponent(p + 1, end) : 0);
    if (out->n_digits == 0)
        out->exponent = 0;
}

/* digits e exponent, read by the C library: exact to the last bit. */
static double value_of(const decimal *d)
{
    char text[DIGITS + 32];

    snprintf(text, sizeof text, "%.*se%d", d->n_digits, d->digits, (int)d->exponent);
    return strtod(text, NULL);
}

static int is_same(const decimal *a, const decimal *b)
{
    return a->n_digits == b->n_digits && a->exponent == b->exponent && memcmp(a->digits, b->digits, (size_t)a->n_digits) == 0;
}

/* The decimal of so many digits that is nearest to value > 0: only digits and the exponent are taken from what is printed. */
static void print_decimal(double value, int n_digits, decimal *out)
{
    char text[DIGITS + 32];
    const char *p;

    snprintf(text, sizeof text, "%.*e", n_digits - 1, value);
    memset(out, 0, sizeof *out);
    for (p = text; *p != '\0' && *p != 'e'; p++)
        if (*p >= '0' && *p <= '9' && out->n_digits < DIGITS)
            out->digits[out->n_digits++] = *p;
    out->exponent = strtol(*p == 'e' ? p + 1 : p, NULL, 10) - (n_digits - 1);
    while (out->n_digits > 1 && out->digits[out->n_digits - 1] == '0') {
        out->n_digits--;
        out->exponent++;
    }
}

static int is_shortest(const decimal *d, double value)
{
    decimal other;
    int n;

    for (n = 1; n <= DIGITS; n++) {
        print_decimal(value, n, &other);
        if (value_of(&other) == value)
            return is_same(d, &other);
    }
    return 0;
}

static double fast_value(const decimal *d)
{
    uint64_t whole = 0;
    int i;

    for (i = 0; i < d->n_digits; i++)
        whole = whole * 10 + (uint64_t)(d->digits[i] - '0');
    return d->exponent < 0 ? (double)whole / power_of_ten[-d->exponent] : (double)whole * power_of_ten[d->exponent];
}

/* Most numbers: at most 15 digits and no exponent. Their value is one division of two numbers that are exact. */
static int is_short(const char *text, size_t len, uint64_t *key)
{
    const char *p = text + (*text == '-'), *end = text + len, *point = NULL;
    uint64_t whole = 0;
    double value;

    if (len > 17) /* a minus and a point */
        return 0;
    for (; p < end; p++) {
        unsigned digit = (unsigned)*p - '0';

        if (digit < 10)
            whole = whole * 10 + digit;
        else if (*p == '.')
            point = p;
        else
            return 0;
    }
    if (whole >= UINT64_C(1000000000000000))
        return 0;
    value = (double)whole / power_of_ten[point ? end - point - 1 : 0];
    *key = key_of(*text == '-' ? -value : value);
    return 1;
}

int lii_number_key(const char *text, size_t len, uint64_t *key)
{
    decimal d;
    double value;

    if (len > 0 && is_short(text, len, key))
        return 1;
    read_decimal(text, len, &d);
    if (d.n_digits > DIGITS || d.exponent > 400 || d.exponent < -400)
        return 0;
    if (d.n_digits == 0) {
        *key = key_of(0);
        return 1;
    }
    if (d.n_digits <= 15 && d.exponent >= -22 && d.exponent <= 22) {
        value = fast_value(&d);
    } else {
        value = value_of(&d);
        if (value > DBL_MAX || value == 0 || !is_shortest(&d, value))
            return 0;
    }
    *key = key_of(d.is_negative ? -value : value);
    return 1;
}
