/* buf.c - a growing buffer whose first error stays until it is cleared. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cold.h"

enum { FIRST_CAP = 256 };

void lii_buf_init(lii_buf *buf, const li_allocator *allocator)
{
    memset(buf, 0, sizeof *buf);
    buf->allocator = allocator;
}

void lii_buf_fini(lii_buf *buf)
{
    lii_free(buf->allocator, buf->data);
    buf->data = NULL;
    buf->len = 0;
    buf->cap = 0;
}

li_status lii_buf_reserve(lii_buf *buf, size_t more)
{
    size_t needed, cap;
    char *data;

    if (buf->status != LI_OK)
        return buf->status;
    if (buf->limit != 0 && (buf->len > buf->limit || more > buf->limit - buf->len))
        return buf->status = LI_E_TOO_LARGE;
    if (more <= buf->cap - buf->len)
        return LI_OK;
    if (more > SIZE_MAX / 2 - buf->len)
        return buf->status = LI_E_NOMEM;
    needed = buf->len + more;
    cap = buf->cap ? buf->cap : FIRST_CAP;
    while (cap < needed)
        cap += cap / 2;
    if (buf->limit != 0 && cap > buf->limit)
        cap = buf->limit;
    data = lii_realloc(buf->allocator, buf->data, cap);
    if (data == NULL)
        return buf->status = LI_E_NOMEM;
    buf->data = data;
    buf->cap = cap;
    return LI_OK;
}

li_status lii_buf_add(lii_buf *buf, const void *data, size_t len)
{
    li_status status = lii_buf_reserve(buf, len);

    if (status != LI_OK)
        return status;
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    return LI_OK;
}

li_status lii_buf_add_z(lii_buf *buf, const char *text)
{
    return lii_buf_add(buf, text, text ? strlen(text) : 0);
}

li_status lii_buf_add_byte(lii_buf *buf, char byte)
{
    return lii_buf_add(buf, &byte, 1);
}

li_status lii_buf_add_u64(lii_buf *buf, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return lii_buf_add(buf, digits + at, sizeof digits - at);
}

li_status lii_buf_add_i64(lii_buf *buf, int64_t number)
{
    if (number < 0)
        lii_buf_add_byte(buf, '-');
    return lii_buf_add_u64(buf, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

/* Formatted into the room that is there; once more when that was too little. */
LII_COLD li_status lii_buf_addf(lii_buf *buf, const char *format, ...)
{
    va_list args;
    char few[128];
    int n;

    if (buf->status != LI_OK)
        return buf->status;
    va_start(args, format);
    n = vsnprintf(few, sizeof few, format, args);
    va_end(args);
    if (n < 0)
        return buf->status = LI_E_INVALID;
    if ((size_t)n < sizeof few)
        return lii_buf_add(buf, few, (size_t)n);
    if (buf->limit != 0 && (buf->len > buf->limit || (size_t)n > buf->limit - buf->len))
        return buf->status = LI_E_TOO_LARGE;
    {
        size_t limit = buf->limit;
        li_status status;

        buf->limit = 0; /* the NUL that vsnprintf writes is not part of the text */
        status = lii_buf_reserve(buf, (size_t)n + 1);
        buf->limit = limit;
        if (status != LI_OK)
            return status;
    }
    va_start(args, format);
    vsnprintf(buf->data + buf->len, (size_t)n + 1, format, args);
    va_end(args);
    buf->len += (size_t)n;
    return LI_OK;
}

char *lii_buf_take(lii_buf *buf, size_t *len)
{
    char *data = buf->data;

    if (len)
        *len = buf->len;
    buf->data = NULL;
    buf->len = 0;
    buf->cap = 0;
    buf->status = LI_OK;
    return data;
}
