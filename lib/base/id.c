/* id.c - request ids as UUID text. */
#include <string.h>

#include <lambdainvoke/types.h>

#include "base/random.h"
#include "base/slice.h"

/* Eight digits at once: each half byte in a byte of its own, to which '0' is added, or what makes 10 an 'a'. */
static void hex_of_four(const uint8_t *bytes, char *out)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), halves = UINT64_C(0x000f000f000f000f);
    uint64_t x = bytes[0] | (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 32 | (uint64_t)bytes[3] << 48;

    x = ((x >> 4) & halves) | (x & halves) << 8;
    x += '0' * ones + ((x + 6 * ones) >> 4 & ones) * ('a' - '0' - 10);
    out[0] = (char)x;            /* one store, where the compiler knows the order of bytes */
    out[1] = (char)(x >> 8);
    out[2] = (char)(x >> 16);
    out[3] = (char)(x >> 24);
    out[4] = (char)(x >> 32);
    out[5] = (char)(x >> 40);
    out[6] = (char)(x >> 48);
    out[7] = (char)(x >> 56);
}

void lii_id_hex(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i + 4 <= n; i += 4)
        hex_of_four(bytes + i, out + 2 * i);
    for (; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
}

void li_id_format(const li_id *id, char text[LI_ID_TEXT_SIZE])
{
    static const uint8_t group[] = { 4, 2, 2, 2, 6 };
    char digits[32], *from = digits;
    size_t i;

    lii_id_hex(id->bytes, sizeof id->bytes, digits);
    for (i = 0; i < sizeof group; i++) {
        memcpy(text, from, 2 * (size_t)group[i]);
        from += 2 * group[i];
        text += 2 * group[i];
        *text++ = i + 1 < sizeof group ? '-' : '\0';
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int32_t li_id_parse(const char *text, size_t text_len, li_id *id)
{
    li_slice s = lii_slice(text, text_len);
    li_id read;
    size_t at = 0, n = 0;

    if (s.len != LI_ID_TEXT_SIZE - 1)
        return LI_E_INVALID;
    while (at < s.len) {
        int high, low;

        if (at == 8 || at == 13 || at == 18 || at == 23) {
            if (s.ptr[at++] != '-')
                return LI_E_INVALID;
            continue;
        }
        high = hex_digit(s.ptr[at]);
        low = hex_digit(s.ptr[at + 1]);
        if (high < 0 || low < 0)
            return LI_E_INVALID;
        read.bytes[n++] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    *id = read;
    return LI_OK;
}
