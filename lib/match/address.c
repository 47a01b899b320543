/* address.c - addresses in text, and their prefixes. */
#include "match/address.h"

#include <string.h>

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_v4(const char *p, const char *end, lii_address *out)
{
    unsigned i, number;

    for (i = 0; i < 4; i++) {
        if (i > 0 && (p == end || *p++ != '.'))
            return 0;
        if (p == end || *p < '0' || *p > '9')
            return 0;
        for (number = 0; p < end && *p >= '0' && *p <= '9'; p++) {
            number = number * 10 + (unsigned)(*p - '0');
            if (number > 255)
                return 0;
        }
        out->bytes[i] = (uint8_t)number;
    }
    out->n_bytes = 4;
    return p == end;
}

/* A group of one to four digits; returns behind it, or NULL. */
static const char *read_group(const char *p, const char *end, unsigned *group)
{
    int n;

    *group = 0;
    for (n = 0; p < end && digit_of(*p) >= 0; p++, n++)
        *group = *group << 4 | (unsigned)digit_of(*p);
    return n >= 1 && n <= 4 ? p : NULL;
}

/* The groups between which "::" stands go to the front and to the back. */
static int read_v6(const char *p, const char *end, lii_address *out)
{
    unsigned n = 0, gap = 9, group;

    if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
        gap = 0;
        p += 2;
    }
    while (p < end) {
        if (n == 8 || (p = read_group(p, end, &group)) == NULL)
            return 0;
        out->bytes[2 * n] = (uint8_t)(group >> 8);
        out->bytes[2 * n + 1] = (uint8_t)group;
        n++;
        if (p == end)
            break;
        if (*p++ != ':' || p == end)
            return 0;
        if (*p == ':') {
            if (gap < 9)
                return 0;
            gap = n;
            p++;
        }
    }
    out->n_bytes = 16;
    if (gap == 9)
        return n == 8;
    if (n == 8)
        return 0;
    memmove(out->bytes + 2 * (8 - (n - gap)), out->bytes + 2 * gap, 2 * (n - gap));
    memset(out->bytes + 2 * gap, 0, 2 * (8 - n));
    return 1;
}

int lii_address_read(const char *text, size_t len, lii_address *out)
{
    const char *end = text + len;
    size_t i;

    memset(out, 0, sizeof *out);
    if (len < 2 || (digit_of(text[0]) < 0 && text[0] != ':'))
        return 0;
    for (i = 0; i < len && i < 5; i++) /* either sign stands within the first group */
        if (text[i] == ':')
            return read_v6(text, end, out);
        else if (text[i] == '.')
            return read_v4(text, end, out);
    return i < len && read_v4(text, end, out); /* many leading zeros */
}

void lii_address_mask(lii_address *address, unsigned bits)
{
    unsigned i;

    for (i = 0; i < address->n_bytes; i++) {
        unsigned left = bits > 8 * i ? bits - 8 * i : 0;

        if (left < 8)
            address->bytes[i] &= (uint8_t)(0xFF00 >> left);
    }
}
