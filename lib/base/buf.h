/* buf.h - a growing buffer of bytes. Errors stick: after one failed append all later ones fail, and lii_buf_status says
 * so; a writer checks once at the end. */
#ifndef LII_BASE_BUF_H
#define LII_BASE_BUF_H

#include "base/alloc.h"

typedef struct lii_buf {
    const li_allocator *allocator;
    char *data;
    size_t len;
    size_t cap;
    size_t limit;    /* 0: none; beyond it LI_E_TOO_LARGE */
    li_status status;
} lii_buf;

void lii_buf_init(lii_buf *buf, const li_allocator *allocator);
void lii_buf_fini(lii_buf *buf);
li_status lii_buf_reserve(lii_buf *buf, size_t more);
li_status lii_buf_add(lii_buf *buf, const void *data, size_t len);
li_status lii_buf_add_z(lii_buf *buf, const char *text);
li_status lii_buf_add_byte(lii_buf *buf, char byte);
li_status lii_buf_add_u64(lii_buf *buf, uint64_t number);
li_status lii_buf_add_i64(lii_buf *buf, int64_t number);
li_status lii_buf_addf(lii_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *lii_buf_take(lii_buf *buf, size_t *len);    /* the block, now the caller's; the buffer is empty; NULL if none */

/* Empty, no error, memory kept. */
static inline void lii_buf_clear(lii_buf *buf)
{
    buf->len = 0;
    buf->status = LI_OK;
}

#endif
