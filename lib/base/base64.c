/* base64.c - see base64.h. */
#include "base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void lii_base64(lii_buf *out, const char *data, size_t len)
{
    const unsigned char *p = (const unsigned char *)data;
    char *to;

    if (len == 0 || len > SIZE_MAX / 2 || lii_buf_reserve(out, (len + 2) / 3 * 4) != LI_OK)
        return;                  /* an error stays in the buffer */
    to = out->data + out->len;
    out->len += (len + 2) / 3 * 4;
    for (; len > 0; p += 3, to += 4) {
        uint32_t three = (uint32_t)p[0] << 16 | (len > 1 ? (uint32_t)p[1] << 8 : 0) | (len > 2 ? p[2] : 0u);

        to[0] = digits[three >> 18];
        to[1] = digits[three >> 12 & 63];
        to[2] = len > 1 ? digits[three >> 6 & 63] : '=';
        to[3] = len > 2 ? digits[three & 63] : '=';
        len -= len > 3 ? 3 : len;
    }
}

static int value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

size_t lii_base64_read(const char *text, size_t len, char *out)
{
    uint32_t bits = 0;
    size_t i, n = 0, padded = len;

    while (len > 0 && padded - len < 2 && text[len - 1] == '=')
        len--;
    if (len % 4 == 1 || (padded > len && padded % 4 != 0))
        return SIZE_MAX;
    for (i = 0; i < len; i++) {
        int digit = value(text[i]);

        if (digit < 0)
            return SIZE_MAX;
        bits = bits << 6 | (uint32_t)digit;
        if (i % 4 > 0)           /* six bits each: a byte is whole with all but the first of four */
            out[n++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xFF);
    }
    return n;
}
