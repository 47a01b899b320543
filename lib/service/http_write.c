/* http_write.c - headers, query parameters and bodies of requests as JSON (TRG-87..89, 98, 108, 109). */
#include "service/http_write.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/random.h"

enum { NAME_MAX_LEN = 256 };

static int is_one_of(li_slice name, const char *const *names)
{
    for (; *names; names++)
        if (lii_same_text(name, *names))
            return 1;
    return 0;
}

static void add(lii_header_list *l, const char *name, li_slice value)
{
    l->list[l->n].name = lii_slice(name, LI_Z);
    l->list[l->n++].value = value;
}

static void add_missing(lii_header_list *l, const lii_http *h, const char *name, li_slice value)
{
    if (!lii_http_header(h, name).ptr)
        add(l, name, value);
}

static void make_trace(const lii_occurrence *o, char out[64])
{
    char hex[24];

    lii_id_hex(o->ids[1].bytes, 12, hex);
    snprintf(out, 64, "Root=1-%08x-%.24s", (unsigned)(o->time_ms / 1000), hex);
}

void lii_http_list_headers(const lii_occurrence *o, const char *const *dropped, int names, lii_header_list *l)
{
    const lii_http *h = o->state;
    size_t i;

    l->n = 0;
    for (i = 0; i < h->n_headers; i++)
        if (!is_one_of(h->headers[i].name, dropped))
            l->list[l->n++] = h->headers[i];
    make_trace(o, l->trace);
    snprintf(l->port, sizeof l->port, "%lld", (long long)h->port);
    add_missing(l, h, names == LII_NAMES_LOWER ? "x-forwarded-for" : "X-Forwarded-For", h->source_ip);
    add_missing(l, h, names == LII_NAMES_LOWER ? "x-forwarded-port" : "X-Forwarded-Port", lii_slice(l->port, LI_Z));
    add_missing(l, h, names == LII_NAMES_LOWER ? "x-forwarded-proto" : "X-Forwarded-Proto", h->scheme);
    add_missing(l, h, names == LII_NAMES_LOWER ? "x-amzn-trace-id" : "X-Amzn-Trace-Id", lii_slice(l->trace, LI_Z));
}

/* ---- maps of names with one or more values */

static int same_name(li_slice a, li_slice b, int is_header)
{
    size_t i;

    if (a.len != b.len)
        return 0;
    if (!is_header)
        return a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0;
    for (i = 0; i < a.len; i++) {
        char x = a.ptr[i], y = b.ptr[i];

        x = (char)(x >= 'A' && x <= 'Z' ? x + 32 : x);
        y = (char)(y >= 'A' && y <= 'Z' ? y + 32 : y);
        if (x != y)
            return 0;
    }
    return 1;
}

static void write_name(lii_json_writer *w, li_slice name, int names, int is_header)
{
    char text[NAME_MAX_LEN];
    size_t i;

    if (is_header && names == LII_NAMES_KEPT && lii_same_text(name, "authorization"))
        name = LII_S("Authorization");
    else if (is_header && names == LII_NAMES_KEPT && lii_same_text(name, "user-agent"))
        name = LII_S("User-Agent");
    if (!is_header || names == LII_NAMES_KEPT || name.len > sizeof text) {
        lii_json_key_text(w, name.ptr, name.len);
        return;
    }
    for (i = 0; i < name.len; i++)
        text[i] = (char)(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] + 32 : name.ptr[i]);
    lii_json_key_text(w, text, name.len);
}

static void write_values(lii_json_writer *w, const lii_pair *list, size_t n, size_t first, int how, int is_header)
{
    size_t i, last = first;

    if (how == LII_VALUES_ALL)
        lii_json_open(w, '[');
    if (how == LII_VALUES_JOINED) {
        if (w->needs_comma)
            lii_buf_add_byte(w->out, ',');
        lii_buf_add_byte(w->out, '"');
    }
    for (i = first; i < n; i++) {
        if (!same_name(list[i].name, list[first].name, is_header))
            continue;
        if (how == LII_VALUES_ALL)
            lii_json_string(w, list[i].value.ptr ? list[i].value.ptr : "", list[i].value.len);
        if (how == LII_VALUES_JOINED && i > first)
            lii_buf_add_byte(w->out, ',');
        if (how == LII_VALUES_JOINED)
            lii_json_escape(w->out, list[i].value.ptr ? list[i].value.ptr : "", list[i].value.len);
        last = i;
    }
    if (how == LII_VALUES_ALL)
        lii_json_close(w, ']');
    else if (how == LII_VALUES_JOINED)
        lii_buf_add_byte(w->out, '"');
    else
        lii_json_string(w, list[last].value.ptr ? list[last].value.ptr : "", list[last].value.len);
    w->needs_comma = 1;
}

/* An object; null_if_empty 1: null instead of {}. */
void lii_http_write_map(lii_json_writer *w, const lii_pair *list, size_t n, int how, int names, int is_header, int null_if_empty)
{
    size_t i, k;

    if (n == 0 && null_if_empty) {
        lii_json_null(w);
        return;
    }
    lii_json_open(w, '{');
    for (i = 0; i < n; i++) {
        for (k = 0; k < i && !same_name(list[k].name, list[i].name, is_header); k++)
            ;
        if (k < i)
            continue;
        write_name(w, list[i].name, names, is_header);
        write_values(w, list, n, i, how, is_header);
    }
    lii_json_close(w, '}');
}

void lii_http_decode_query(const lii_http *h, lii_query *q, lii_buf *event)
{
    size_t i;
    char *to;

    lii_buf_init(&q->room, event->allocator);
    q->n = 0;
    if (lii_buf_reserve(&q->room, h->query.len + 1) != LI_OK) {
        event->status = LI_E_NOMEM;
        return;
    }
    to = q->room.data;
    for (i = 0; i < h->n_parameters; i++) {
        q->list[i].name = lii_slice(to, lii_percent_decode_in(h->parameters[i].name, 1, to));
        to += q->list[i].name.len;
        q->list[i].value = lii_slice(to, lii_percent_decode_in(h->parameters[i].value, 1, to));
        to += q->list[i].value.len;
    }
    q->n = h->n_parameters;
}

/* ---- bodies */

static int begins(li_slice text, const char *with)
{
    size_t n = strlen(with);

    return text.len >= n && lii_same_text(lii_slice(text.ptr, n), with);
}

/* Before any ; and blanks. */
li_slice lii_http_media_type(const lii_http *h)
{
    li_slice type = lii_http_header(h, "content-type");
    const char *semicolon = type.ptr ? memchr(type.ptr, ';', type.len) : NULL;

    if (semicolon)
        type.len = (size_t)(semicolon - type.ptr);
    while (type.len > 0 && type.ptr[type.len - 1] == ' ')
        type.len--;
    return type;
}

int lii_http_is_text(li_slice type, int with_suffixes)
{
    return begins(type, "text/") || lii_same_text(type, "application/json") || lii_same_text(type, "application/javascript") ||
           lii_same_text(type, "application/xml") ||
           (with_suffixes && type.len > 5 && lii_same_text(lii_slice(type.ptr + type.len - 5, 5), "+json")) ||
           (with_suffixes && type.len > 4 && lii_same_text(lii_slice(type.ptr + type.len - 4, 4), "+xml"));
}

int lii_is_binary(const li_trigger *t, const lii_http *h)
{
    lii_json_value types = lii_option_json(t, "binaryMediaTypes"), entry;
    li_slice type = lii_http_media_type(h);
    char text[128];
    size_t at = 0, n;

    while (lii_json_next(types, &at, NULL, &entry)) {
        n = lii_json_text(entry, text, sizeof text);
        if (n <= sizeof text && lii_glob_is(lii_slice(text, n), type))
            return 1;
    }
    return 0;
}

void lii_http_write_body(lii_json_writer *w, const lii_http *h, int is_base64)
{
    lii_json_key(w, "body");
    if (!is_base64) {
        lii_json_string(w, h->body.ptr ? h->body.ptr : "", h->body.len);
        return;
    }
    lii_buf_add_byte(w->out, '"');
    lii_base64(w->out, h->body.ptr, h->body.len);
    lii_buf_add_byte(w->out, '"');
    w->needs_comma = 1;
}

void lii_http_write_flag(lii_json_writer *w, const char *name, int is_true)
{
    lii_json_key(w, name);
    lii_json_bool(w, is_true);
}

void lii_http_write_text(lii_json_writer *w, const char *name, li_slice text)
{
    lii_json_member_string(w, name, text.ptr ? text.ptr : "", text.len);
}
