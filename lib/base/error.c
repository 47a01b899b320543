/* error.c - fill a caller's li_error, whatever version of it the caller has. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "base/utf8.h"

#define HAS(err, member) ((err)->size >= offsetof(li_error, member) + sizeof (err)->member)

static void put_subject(li_error *err, const char *subject, size_t subject_len)
{
    size_t len = lii_len(subject, subject_len);

    len = lii_utf8_cut(subject, len, sizeof err->subject - 1);
    if (len > 0)
        memcpy(err->subject, subject, len);
    err->subject[len] = '\0';
}

static void put_text(li_error *err, const char *format, va_list args)
{
    char text[sizeof err->text + 4]; /* room to see where a sequence that is cut began */
    int n = vsnprintf(text, sizeof text, format, args);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;

    len = lii_utf8_cut(text, len, sizeof err->text - 1);
    memcpy(err->text, text, len);
    err->text[len] = '\0';
}

li_status lii_fail(li_error *err, li_status status, int32_t detail, const char *subject, size_t subject_len,
                   const char *format, ...)
{
    va_list args;

    if (err == NULL || err->size < sizeof err->size || err->size > 4096)
        return status;
    if (HAS(err, status))
        err->status = status;
    if (HAS(err, detail))
        err->detail = detail;
    if (HAS(err, offset))
        err->offset = 0;
    if (HAS(err, line))
        err->line = 0;
    if (HAS(err, column))
        err->column = 0;
    if (HAS(err, subject))
        put_subject(err, subject, subject_len);
    if (HAS(err, text)) {
        va_start(args, format);
        put_text(err, format, args);
        va_end(args);
    }
    return status;
}

li_status lii_no_memory(li_error *err, const char *what)
{
    return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for %s", what);
}

li_status lii_is_null(li_error *err, const char *what)
{
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "%s is NULL", what);
}
