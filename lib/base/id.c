/* id.c - request ids as UUID text. */
#include <lambdainvoke/types.h>

#include "base/random.h"
#include "base/slice.h"

void lii_id_hex(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
}

void li_id_format(const li_id *id, char text[LI_ID_TEXT_SIZE])
{
    static const uint8_t group[] = { 4, 2, 2, 2, 6 };
    const uint8_t *from = id->bytes;
    size_t i;

    for (i = 0; i < sizeof group; i++) {
        lii_id_hex(from, group[i], text);
        from += group[i];
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
