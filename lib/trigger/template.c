/* template.c - documents made from templates. Templates are the library's own: their depth is known. */
#include "trigger/template.h"

#include <string.h>

#include "base/base64.h"
#include "base/random.h"
#include "base/slice.h"

typedef struct rendering {
    const lii_scope *scope;
    lii_json_writer w;
    int is_missing;              /* a value was not there and had no default */
} rendering;

/* ---- changes of a text */

void lii_url_encode(lii_buf *out, const char *text, size_t len)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t i;

    for (i = 0; i < len; i++) {
        char c = text[i];
        unsigned char byte = (unsigned char)c;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
            c == '.' || c == '*' || c == '/') {
            lii_buf_add_byte(out, c);
        } else if (c == ' ') {
            lii_buf_add_byte(out, '+');
        } else {
            lii_buf_add_byte(out, '%');
            lii_buf_add_byte(out, hex[byte >> 4]);
            lii_buf_add_byte(out, hex[byte & 15]);
        }
    }
}

static void change(const rendering *r, const char *how, size_t how_len, li_slice text, lii_buf *out)
{
    size_t i;

    if (how_len == 3 && memcmp(how, "url", 3) == 0) {
        lii_url_encode(out, text.ptr, text.len);
    } else if (how_len == 6 && memcmp(how, "base64", 6) == 0) {
        lii_base64(out, text.ptr, text.len);
    } else if (how_len == 3 && memcmp(how, "md5", 3) == 0) {
        uint8_t digest[16] = { 0 };
        char hex[32];

        if (r->scope->md5)
            r->scope->md5(text.ptr, text.len, digest);
        lii_id_hex(digest, sizeof digest, hex);
        lii_buf_add(out, hex, sizeof hex);
    } else {
        int upper = how_len == 5 && memcmp(how, "upper", 5) == 0;

        for (i = 0; i < text.len; i++) {
            char c = text.ptr[i];

            c = (char)(upper && c >= 'a' && c <= 'z' ? c - 32 : !upper && c >= 'A' && c <= 'Z' ? c + 32 : c);
            lii_buf_add_byte(out, c);
        }
    }
}

/* ---- one ${…}: p is behind the ${; gives what is behind the } */

typedef struct hole {
    const char *name, *standard, *how;
    size_t name_len, standard_len, how_len;  /* standard NULL: none */
} hole;

static const char *read_hole(const char *p, const char *end, hole *h)
{
    const char *from = p;

    memset(h, 0, sizeof *h);
    h->name = p;
    while (p < end && *p != '}' && *p != '|' && *p != ':')
        p++;
    h->name_len = (size_t)(p - from);
    if (p < end && *p == ':') {
        h->how = ++p;
        while (p < end && *p != '}' && *p != '|')
            p++;
        h->how_len = (size_t)(p - h->how);
    }
    if (p < end && *p == '|') {
        size_t depth = 0;

        h->standard = ++p;
        for (; p < end && (*p != '}' || depth > 0); p++)
            depth += *p == '{' ? 1 : *p == '}' ? (size_t)-1 : 0;
        h->standard_len = (size_t)(p - h->standard);
    }
    return p < end ? p + 1 : end;
}

/* The text of a variable, unescaped, appended to out. */
static void plain_text(const lii_variable *v, lii_buf *out)
{
    size_t n;

    if (v->json.type == LII_JSON_NONE) {
        lii_buf_add(out, v->text.ptr, v->text.len);
    } else if (v->json.type != LII_JSON_STRING) {
        lii_buf_add(out, v->json.ptr, v->json.len);
    } else if (lii_buf_reserve(out, v->json.len) == LI_OK) {
        n = lii_json_text(v->json, out->data + out->len, v->json.len);
        out->len += n;
    }
}

static void fill_hole(rendering *r, const hole *h, lii_buf *out, int is_json)
{
    lii_variable v;
    lii_buf text, changed;

    memset(&v, 0, sizeof v);
    if (!r->scope->find(r->scope->user, h->name, h->name_len, &v) || v.json.type == LII_JSON_NULL) {
        if (!h->standard)
            r->is_missing = 1;
        lii_buf_add(out, h->standard, h->standard_len);
        return;
    }
    if (!h->how && v.json.type == LII_JSON_STRING && is_json) {
        lii_buf_add(out, v.json.ptr + 1, v.json.len - 2);   /* escaped already */
        return;
    }
    lii_buf_init(&text, out->allocator);
    lii_buf_init(&changed, out->allocator);
    plain_text(&v, &text);
    if (h->how)
        change(r, h->how, h->how_len, lii_slice(text.data, text.len), &changed);
    else if (!is_json)
        lii_buf_add(out, text.data, text.len);
    if (h->how ? is_json : 0)
        lii_json_escape(out, changed.data, changed.len);
    else if (h->how)
        lii_buf_add(out, changed.data, changed.len);
    else if (is_json)
        lii_json_escape(out, text.data, text.len);
    if (text.status != LI_OK || changed.status != LI_OK)
        out->status = LI_E_NOMEM;
    lii_buf_fini(&text);
    lii_buf_fini(&changed);
}

static void fill_text(rendering *r, const char *p, const char *end, lii_buf *out, int is_json)
{
    while (p < end) {
        const char *next = memchr(p, '$', (size_t)(end - p));
        hole h;

        while (next && (next + 1 >= end || next[1] != '{'))
            next = next + 1 < end ? memchr(next + 1, '$', (size_t)(end - next - 1)) : NULL;
        lii_buf_add(out, p, (size_t)((next ? next : end) - p));
        if (!next)
            return;
        p = read_hole(next + 2, end, &h);
        fill_hole(r, &h, out, is_json);
    }
}

/* "${=NAME}": the value as it is. Its default stands escaped in the string, so it is unescaped. */
static void fill_value(rendering *r, lii_json_value string)
{
    const char *p = string.ptr + 4, *end = string.ptr + string.len - 1;
    lii_variable v;
    hole h;

    read_hole(p, end, &h);
    memset(&v, 0, sizeof v);
    if (r->scope->find(r->scope->user, h.name, h.name_len, &v) && v.json.type != LII_JSON_NULL) {
        if (v.json.type != LII_JSON_NONE)
            lii_json_raw(&r->w, v.json.ptr, v.json.len);
        else
            lii_json_raw(&r->w, v.text.ptr, v.text.len);
        return;
    }
    if (!h.standard) {
        r->is_missing = 1;
        lii_json_null(&r->w);
        return;
    }
    if (r->w.needs_comma)
        lii_buf_add_byte(r->w.out, ',');
    r->w.needs_comma = 1;
    if (lii_buf_reserve(r->w.out, h.standard_len) == LI_OK) {
        lii_json_value quoted = { h.standard - 1, h.standard_len + 2, LII_JSON_STRING, 0 };

        r->w.out->len += lii_json_text(quoted, r->w.out->data + r->w.out->len, h.standard_len);
    }
}

static void render(rendering *r, lii_json_value value);

/* A member that goes when something in it is missing. */
static void render_optional(rendering *r, lii_json_value key, lii_json_value value)
{
    size_t mark = r->w.out->len;
    int32_t comma = r->w.needs_comma;
    int before = r->is_missing;

    r->is_missing = 0;
    lii_json_key_text(&r->w, key.ptr + 2, key.len - 3);
    render(r, value);
    if (r->is_missing) {
        r->w.out->len = mark;
        r->w.needs_comma = comma;
    }
    r->is_missing = before;
}

static void render(rendering *r, lii_json_value value)
{
    lii_json_value key, member;
    size_t at = 0;

    if (value.type == LII_JSON_STRING && value.len > 4 && memcmp(value.ptr + 1, "${=", 3) == 0) {
        fill_value(r, value);
    } else if (value.type == LII_JSON_STRING) {
        if (r->w.needs_comma)
            lii_buf_add_byte(r->w.out, ',');
        r->w.needs_comma = 1;
        lii_buf_add_byte(r->w.out, '"');
        fill_text(r, value.ptr + 1, value.ptr + value.len - 1, r->w.out, 1);
        lii_buf_add_byte(r->w.out, '"');
    } else if (value.type == LII_JSON_OBJECT || value.type == LII_JSON_ARRAY) {
        lii_json_open(&r->w, value.type == LII_JSON_OBJECT ? '{' : '[');
        while (lii_json_next(value, &at, &key, &member)) {
            if (value.type == LII_JSON_OBJECT && key.len > 2 && key.ptr[1] == '?') {
                render_optional(r, key, member);
                continue;
            }
            if (value.type == LII_JSON_OBJECT) {
                if (r->w.needs_comma)
                    lii_buf_add_byte(r->w.out, ',');
                lii_buf_add_byte(r->w.out, '"');
                fill_text(r, key.ptr + 1, key.ptr + key.len - 1, r->w.out, 1);
                lii_buf_add(r->w.out, "\":", 2);
                r->w.needs_comma = 0;
            }
            render(r, member);
        }
        lii_json_close(&r->w, value.type == LII_JSON_OBJECT ? '}' : ']');
    } else {
        lii_json_raw(&r->w, value.ptr, value.len);
    }
}

void lii_template_render(const char *text, const lii_scope *scope, lii_buf *out)
{
    rendering r;

    r.scope = scope;
    r.is_missing = 0;
    lii_json_begin(&r.w, out);
    render(&r, lii_json_root(text, LI_Z));
}

void lii_template_text(const char *text, const lii_scope *scope, lii_buf *out)
{
    rendering r;

    r.scope = scope;
    r.is_missing = 0;
    lii_json_begin(&r.w, out);
    fill_text(&r, text, text + strlen(text), out, 0);
}
