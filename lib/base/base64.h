/* base64.h - bytes as text of 64 digits (RFC 4648, section 4). */
#ifndef LII_BASE_BASE64_H
#define LII_BASE_BASE64_H

#include "base/buf.h"

/* Append data as digits, padded to a multiple of four. */
void lii_base64(lii_buf *out, const char *data, size_t len);

/* Digits back into bytes: at most three quarters of len, at out, which may be text itself. The padding is whole, or not there
 * at all, which clients leave out; bits beyond the last byte are not looked at. SIZE_MAX: it is not base64. */
size_t lii_base64_read(const char *text, size_t len, char *out);

#endif
