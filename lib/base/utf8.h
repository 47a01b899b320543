/* utf8.h - one UTF-8 sequence: how long it is, or how far it is right. */
#ifndef LII_BASE_UTF8_H
#define LII_BASE_UTF8_H

#include <stddef.h>

/* The length of the valid sequence that begins at p (n > 0 bytes are there). 0: none does, and *good is how many bytes
 * could begin one; no overlong forms, no surrogates, nothing over U+10FFFF. */
static inline size_t lii_utf8_length(const unsigned char *p, size_t n, size_t *good)
{
    unsigned char first = p[0], low = 0x80, high = 0xBF;
    size_t len, i;

    *good = 0;
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    len = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : low;
    high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : high;
    for (i = 1; i < len; i++) {
        if (i >= n || p[i] < low || p[i] > high) {
            *good = i;
            return 0;
        }
        low = 0x80;
        high = 0xBF;
    }
    return len;
}

/* The longest prefix of at most max bytes that does not end inside a sequence. */
static inline size_t lii_utf8_cut(const char *text, size_t len, size_t max)
{
    size_t n = max;

    if (len <= max)
        return len;
    while (n > 0 && max - n < 3 && ((unsigned char)text[n] & 0xC0) == 0x80)
        n--;
    return ((unsigned char)text[n] & 0xC0) == 0x80 ? max : n;
}

#endif
