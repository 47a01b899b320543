/* write.c - a JSON writer that keeps commas right and escapes text. */
#include "json/write.h"

#include <string.h>

#include "base/random.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "json/plain.h"

static void separate(lii_json_writer *w)
{
    if (w->needs_comma)
        lii_buf_add_byte(w->out, ',');
    w->needs_comma = 1;
}

void lii_json_begin(lii_json_writer *w, lii_buf *out)
{
    w->out = out;
    w->needs_comma = 0;
    w->reserved = 0;
}

void lii_json_open(lii_json_writer *w, char bracket)
{
    separate(w);
    lii_buf_add_byte(w->out, bracket);
    w->needs_comma = 0;
}

void lii_json_close(lii_json_writer *w, char bracket)
{
    lii_buf_add_byte(w->out, bracket);
    w->needs_comma = 1;
}

void lii_json_key(lii_json_writer *w, const char *name)
{
    separate(w);
    lii_buf_add_byte(w->out, '"');
    lii_buf_add_z(w->out, name);
    lii_buf_add(w->out, "\":", 2);
    w->needs_comma = 0;
}

void lii_json_key_text(lii_json_writer *w, const char *name, size_t len)
{
    lii_json_string(w, name, len);
    lii_buf_add_byte(w->out, ':');
    w->needs_comma = 0;
}

void lii_json_string(lii_json_writer *w, const char *text, size_t len)
{
    separate(w);
    lii_buf_add_byte(w->out, '"');
    lii_json_escape(w->out, text, len);
    lii_buf_add_byte(w->out, '"');
}

void lii_json_u64(lii_json_writer *w, uint64_t number)
{
    separate(w);
    lii_buf_add_u64(w->out, number);
}

void lii_json_int(lii_json_writer *w, int64_t number)
{
    separate(w);
    lii_buf_add_i64(w->out, number);
}

void lii_json_bool(lii_json_writer *w, int is_true)
{
    separate(w);
    lii_buf_add_z(w->out, is_true ? "true" : "false");
}

void lii_json_null(lii_json_writer *w)
{
    separate(w);
    lii_buf_add(w->out, "null", 4);
}

void lii_json_raw(lii_json_writer *w, const char *text, size_t len)
{
    separate(w);
    lii_buf_add(w->out, text, lii_len(text, len));
}

void lii_json_member_string(lii_json_writer *w, const char *name, const char *text, size_t len)
{
    lii_json_key(w, name);
    lii_json_string(w, text, len);
}

void lii_json_member_u64(lii_json_writer *w, const char *name, uint64_t number)
{
    lii_json_key(w, name);
    lii_json_u64(w, number);
}

/* One byte that JSON cannot hold as it is. */
static void escape_byte(lii_buf *out, unsigned char c)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
    const char *found = c ? strchr(plain, c) : NULL;
    char text[6] = "\\u00";

    if (found) {
        text[1] = letter[found - plain];
        lii_buf_add(out, text, 2);
        return;
    }
    lii_id_hex(&c, 1, text + 4);
    lii_buf_add(out, text, 6);
}

void lii_json_escape(lii_buf *out, const char *text, size_t text_len)
{
    const unsigned char *p = (const unsigned char *)(text ? text : ""), *end, *from;
    size_t len, good;

    end = p + lii_len(text, text_len);
    for (from = p; (p = lii_json_skip_plain(p, end)) < end;) {
        len = lii_utf8_length(p, (size_t)(end - p), &good);
        if (len > 1) {
            p += len;
            continue;
        }
        lii_buf_add(out, from, (size_t)(p - from));
        if (len == 1)
            escape_byte(out, *p);
        else
            lii_buf_add(out, "\xEF\xBF\xBD", 3); /* U+FFFD for each broken sequence */
        p += len == 1 || good == 0 ? 1 : good;
        from = p;
    }
    lii_buf_add(out, from, (size_t)(end - from));
}
