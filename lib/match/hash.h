/* hash.h - hashes of bytes that can be had of every beginning, or every end, of a text in one pass. */
#ifndef LII_MATCH_HASH_H
#define LII_MATCH_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t lii_hash_begin(uint32_t node, uint32_t kind)
{
    return ((uint64_t)node << 8 | kind) * UINT64_C(0x9E3779B97F4A7C15);
}

static inline uint64_t lii_hash_word(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0xD6E8FEB86659FD93);
    return h ^ h >> 32;
}

static inline uint64_t lii_hash_end(uint64_t h, size_t len)
{
    h = (h + len) * UINT64_C(0x9FB21C651E98DF25);
    return h ^ h >> 29;
}

static inline uint64_t lii_load8(const char *p)
{
    uint64_t word;

    memcpy(&word, p, 8);
    return word;
}

/* Fewer than eight bytes, the others zero; nothing outside them is read. */
static inline uint64_t lii_load_few(const char *p, size_t n)
{
    const unsigned char *u = (const unsigned char *)p;
    uint32_t low, high;

    if (n >= 4) {
        memcpy(&low, p, 4);
        memcpy(&high, p + n - 4, 4);
        return low | (uint64_t)high << (8 * (n - 4));
    }
    if (n == 0)
        return 0;
    return u[0] | (uint64_t)u[n / 2] << (8 * (n / 2)) | (uint64_t)u[n - 1] << (8 * (n - 1));
}

/* The hash of a beginning whose whole words are in h; the few bytes behind them are at p. */
static inline uint64_t lii_hash_tail(uint64_t h, const char *p, size_t few, size_t len)
{
    return lii_hash_end(few ? lii_hash_word(h, lii_load_few(p, few)) : h, len);
}

static inline uint64_t lii_hash_bytes(uint32_t node, uint32_t kind, const char *p, size_t len)
{
    uint64_t h = lii_hash_begin(node, kind);
    size_t n = len;

    for (; n >= 8; n -= 8, p += 8)
        h = lii_hash_word(h, lii_load8(p));
    return lii_hash_tail(h, p, n, len);
}

/* The same from the end: words from the last to the first. */
static inline uint64_t lii_hash_bytes_back(uint32_t node, uint32_t kind, const char *p, size_t len)
{
    uint64_t h = lii_hash_begin(node, kind);
    size_t n = len;

    for (; n >= 8; n -= 8)
        h = lii_hash_word(h, lii_load8(p + n - 8));
    return lii_hash_tail(h, p, n, len);
}

/* Which bit of a filter: from the halves of the hash that tables keep. */
static inline size_t lii_filter_bit(uint32_t low, uint32_t tag)
{
    return (size_t)(low * UINT64_C(0x9E3779B1)) ^ (size_t)tag * UINT64_C(0x85EBCA6B);
}

#endif
