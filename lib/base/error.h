/* error.h - fill the caller's li_error and return its status in one line. */
#ifndef LII_BASE_ERROR_H
#define LII_BASE_ERROR_H

#include <lambdainvoke/status.h>

/* err may be NULL. subject (len may be LI_Z, ptr NULL) is cut to fit; the text is formatted, cut, and always ends in NUL.
 * Only members within err->size are written. Returns status. */
li_status lii_fail(li_error *err, li_status status, int32_t detail, const char *subject, size_t subject_len,
                   const char *format, ...) __attribute__((format(printf, 6, 7)));

/* LI_E_NOMEM: "no memory for WHAT". */
li_status lii_no_memory(li_error *err, const char *what);
/* LI_E_INVALID, of arguments that may not be NULL: "WHAT is NULL", as "engine or id". */
li_status lii_is_null(li_error *err, const char *what);

/* One argument of that format for text that does not end in NUL: "%.*s", LII_TEXT(slice). */
#define LII_TEXT(s) (int)((s).len > 200 ? 200 : (s).len), ((s).ptr ? (s).ptr : "")

#endif
