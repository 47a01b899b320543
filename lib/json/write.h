/* write.h - JSON into a buffer, raw splices allowed. Commas are the writer's business. Errors stick in the buffer. */
#ifndef LII_JSON_WRITE_H
#define LII_JSON_WRITE_H

#include "base/buf.h"

typedef struct lii_json_writer {
    lii_buf *out;
    int32_t needs_comma;
    int32_t reserved;
} lii_json_writer;

void lii_json_begin(lii_json_writer *w, lii_buf *out);
void lii_json_open(lii_json_writer *w, char bracket);                       /* '{' or '[' */
void lii_json_close(lii_json_writer *w, char bracket);                      /* '}' or ']' */
void lii_json_key(lii_json_writer *w, const char *name);                    /* plain ASCII name, no escapes needed */
void lii_json_key_text(lii_json_writer *w, const char *name, size_t len);   /* any text */
void lii_json_string(lii_json_writer *w, const char *text, size_t len);     /* escaped; invalid UTF-8 becomes U+FFFD */
void lii_json_u64(lii_json_writer *w, uint64_t number);
void lii_json_int(lii_json_writer *w, int64_t number);
void lii_json_bool(lii_json_writer *w, int is_true);
void lii_json_null(lii_json_writer *w);
void lii_json_raw(lii_json_writer *w, const char *text, size_t len);        /* one valid JSON value, byte for byte */
/* "key": value in one call, for the common kinds. */
void lii_json_member_string(lii_json_writer *w, const char *name, const char *text, size_t len);
void lii_json_member_u64(lii_json_writer *w, const char *name, uint64_t number);

/* Only the escaped text, without quotes, appended to any buffer. */
void lii_json_escape(lii_buf *out, const char *text, size_t len);

/* A valid text again with so many blanks a level, members in their order; an empty object or array stays on its line. */
void lii_json_indent(const char *text, size_t len, unsigned blanks, lii_buf *out);

#endif
