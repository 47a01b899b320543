/* log.c - one formatted line to the embedder's logger, with every byte that could break the line escaped. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/random.h"
#include "base/utf8.h"

enum { LINE_SIZE = 1024 };

/* 0: as it is. Control bytes of either range and what is not UTF-8 are escaped one by one. */
static int needs_escape(const unsigned char *p, size_t len)
{
    return len == 0 || p[0] < 0x20 || p[0] == 0x7F || (len == 2 && p[0] == 0xC2 && p[1] < 0xA0);
}

static size_t escape(const unsigned char *in, size_t n, char *out)
{
    size_t at = 0, i = 0, good, len;

    while (i < n) {
        len = lii_utf8_length(in + i, n - i, &good);
        if (needs_escape(in + i, len)) {
            out[at++] = '\\';
            out[at++] = 'x';
            lii_id_hex(in + i, 1, out + at);
            at += 2;
            i++;
            continue;
        }
        while (len-- > 0)
            out[at++] = (char)in[i++];
    }
    return at;
}

void lii_log(const li_logger *logger, int32_t level, const char *format, ...)
{
    char text[LINE_SIZE + 4], line[4 * LINE_SIZE];
    va_list args;
    size_t len;
    int n;

    if (logger == NULL || logger->ops == NULL || logger->ops->line == NULL)
        return;
    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0)
        return;
    len = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    len = lii_utf8_cut(text, len, LINE_SIZE);
    len = escape((const unsigned char *)text, len, line);
    logger->ops->line(logger->self, level, line, len);
}
