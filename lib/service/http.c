/* http.c - a request as an occurrence: from JSON or a struct into one block, its query and headers read apart. */
#include "service/http.h"

#include <stdio.h>
#include <strings.h>

#include "base/base64.h"
#include "base/options.h"

int lii_same_text(li_slice a, const char *b)
{
    return a.len == strlen(b) && strncasecmp(a.ptr, b, a.len) == 0;
}

li_slice lii_http_header(const lii_http *h, const char *name)
{
    li_slice none = { NULL, 0 };
    size_t i;

    for (i = 0; i < h->n_headers; i++)
        if (lii_same_text(h->headers[i].name, name))
            return h->headers[i].value;
    return none;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

size_t lii_percent_decode_in(li_slice text, int plus_is_blank, char *room)
{
    size_t i, n = 0;

    for (i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (c == '%' && text.len - i >= 3 && hex_digit(text.ptr[i + 1]) >= 0 && hex_digit(text.ptr[i + 2]) >= 0) {
            room[n++] = (char)(hex_digit(text.ptr[i + 1]) * 16 + hex_digit(text.ptr[i + 2]));
            i += 2;
        } else {
            room[n++] = c == '+' && plus_is_blank ? ' ' : c;
        }
    }
    return n;
}

/* ---- one block for everything */

static li_slice put(char **to, li_slice text)
{
    li_slice copy;

    copy.ptr = *to;
    copy.len = text.len;
    if (text.len > 0)
        memcpy(*to, text.ptr, text.len);
    *to += text.len;
    return copy;
}

static size_t count_parameters(li_slice query)
{
    size_t i, n = query.len > 0;

    for (i = 0; i < query.len; i++)
        n += query.ptr[i] == '&';
    return n < LII_HTTP_PARAMETERS ? n : LII_HTTP_PARAMETERS;
}

static void split_query(lii_http *h, size_t max)
{
    const char *p = h->query.ptr, *end = p + h->query.len;

    while (p < end && h->n_parameters < max) {
        const char *and = memchr(p, '&', (size_t)(end - p)), *stop = and ? and : end;
        const char *equals = memchr(p, '=', (size_t)(stop - p));
        lii_pair *pair = &h->parameters[h->n_parameters];

        pair->name = lii_slice(p, (size_t)((equals ? equals : stop) - p));
        pair->value = lii_slice(equals ? equals + 1 : stop, equals ? (size_t)(stop - equals - 1) : 0);
        h->n_parameters += stop > p;
        p = stop + 1;
    }
}

static li_status check(const li_http_occurrence *given, li_error *err)
{
    if (given->method.len == 0 || given->method.len > 32)
        return lii_occurrence_wrong("method", err, "a method has 1 to 32 characters");
    if (given->target.len == 0 || given->target.ptr[0] != '/')
        return lii_occurrence_wrong("target", err, "a target begins with /");
    if (given->n_headers > LII_HTTP_HEADERS)
        return lii_occurrence_wrong("headers", err, "a request has at most %d headers", (int)LII_HTTP_HEADERS);
    return LI_OK;
}

static void measure(li_http_occurrence *g)
{
    li_slice *const texts[] = { &g->method, &g->target, &g->body,      &g->source_ip, &g->protocol,
                                &g->scheme, &g->api_id, &g->stage, &g->target_group };
    size_t i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = lii_measured(*texts[i]);
    if (!g->source_ip.ptr)
        g->source_ip = LII_S("127.0.0.1");
    if (!g->protocol.ptr)
        g->protocol = LII_S("HTTP/1.1");
    if (!g->scheme.ptr)
        g->scheme = LII_S("https");
    if (g->port == 0)
        g->port = lii_slice_is(g->scheme, "http") ? 80 : 443;
}

static size_t room_for(const li_http_occurrence *g)
{
    size_t i, n = g->method.len + g->target.len + g->body.len + g->source_ip.len + g->protocol.len + g->scheme.len +
                  g->api_id.len + g->stage.len + g->target_group.len;

    for (i = 0; i < g->n_headers; i++)
        n += lii_measured(g->headers[i].name).len + lii_measured(g->headers[i].value).len;
    return n;
}

static li_status keep(lii_occurrence *o, const li_http_occurrence *given, li_error *err)
{
    li_http_occurrence g = *given;
    const char *mark;
    size_t texts, pairs, n_parameters, i;
    lii_http *h;
    char *to;
    li_status status;

    measure(&g);
    status = check(&g, err);
    if (status != LI_OK)
        return status;
    mark = memchr(g.target.ptr, '?', g.target.len);
    texts = (sizeof *h + room_for(&g) + 15) / 16 * 16;
    n_parameters = mark ? count_parameters(lii_slice(mark + 1, (size_t)(g.target.ptr + g.target.len - mark - 1))) : 0;
    pairs = (g.n_headers + n_parameters) * sizeof(lii_pair);
    h = lii_calloc(lii_engine_allocator(o->engine), 1, texts + pairs + 1);
    if (!h)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for the request");
    o->state = h;
    h->headers = (lii_pair *)(void *)((char *)h + texts);
    h->parameters = h->headers + g.n_headers;
    to = h->texts;
    h->method = put(&to, g.method);
    for (i = 0; i < h->method.len; i++)
        if (h->texts[i] >= 'a' && h->texts[i] <= 'z')
            h->texts[i] = (char)(h->texts[i] - 32);
    h->path = put(&to, lii_slice(g.target.ptr, mark ? (size_t)(mark - g.target.ptr) : g.target.len));
    if (mark)
        h->query = put(&to, lii_slice(mark + 1, g.target.len - h->path.len - 1));
    h->body = put(&to, g.body);
    h->source_ip = put(&to, g.source_ip);
    h->protocol = put(&to, g.protocol);
    h->scheme = put(&to, g.scheme);
    h->api = put(&to, g.api_id);
    h->stage = put(&to, g.stage);
    h->group = put(&to, g.target_group);
    h->port = g.port;
    for (i = 0; i < g.n_headers; i++) {
        h->headers[i].name = put(&to, lii_measured(g.headers[i].name));
        h->headers[i].value = put(&to, lii_measured(g.headers[i].value));
    }
    h->n_headers = g.n_headers;
    if (mark)
        split_query(h, n_parameters);
    return LI_OK;
}

void lii_http_forget(lii_occurrence *o)
{
    lii_free(lii_engine_allocator(o->engine), o->state);
}

/* ---- from JSON */

/* Members of an object; a list as value is a header that came several times. */
static li_status read_headers(lii_json_value object, lii_arena *arena, li_trigger_header *list, size_t *n, li_error *err)
{
    lii_json_value key, value, entry;
    size_t at = 0, from;

    while (lii_json_next(object, &at, &key, &value)) {
        li_slice name = lii_arena_text(arena, key);

        for (from = 0; value.type == LII_JSON_STRING || lii_json_next(value, &from, NULL, &entry);) {
            if (value.type == LII_JSON_STRING)
                entry = value;
            if (entry.type != LII_JSON_STRING || *n == LII_HTTP_HEADERS)
                return lii_occurrence_wrong("headers", err, "up to %d texts or lists of texts", (int)LII_HTTP_HEADERS);
            list[*n].name = name;
            list[(*n)++].value = lii_arena_text(arena, entry);
            if (value.type == LII_JSON_STRING)
                break;
        }
    }
    return LI_OK;
}

static li_status read_body(const lii_occurrence *o, lii_arena *arena, li_slice *body, li_error *err)
{
    size_t n;

    *body = lii_arena_text(arena, lii_occurrence_get(o, "body"));
    if (lii_occurrence_get(o, "isBase64Encoded").type != LII_JSON_TRUE || !body->ptr)
        return LI_OK;
    n = lii_base64_read(body->ptr, body->len, arena->at);
    if (n == SIZE_MAX)
        return lii_occurrence_wrong("body", err, "it is not base64");
    *body = lii_slice(arena->at, n);
    arena->at += n;
    return LI_OK;
}

li_status lii_http_read(lii_occurrence *o, li_error *err)
{
    li_http_occurrence g = LI_HTTP_OCCURRENCE_INIT;
    li_trigger_header headers[LII_HTTP_HEADERS];
    const struct {
        const char *name;
        li_slice *out;
    } texts[] = { { "method", &g.method },     { "target", &g.target }, { "sourceIp", &g.source_ip },
                  { "protocol", &g.protocol }, { "scheme", &g.scheme }, { "apiId", &g.api_id },
                  { "stage", &g.stage },       { "targetGroup", &g.target_group } };
    lii_json_value port;
    lii_arena arena;
    li_status status;
    char *room;
    size_t i;

    if (o->state)                /* it came as a struct */
        return LI_OK;
    room = lii_alloc(lii_engine_allocator(o->engine), 2 * o->json.len + 1);
    if (!room)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for the request");
    arena.at = room;
    for (i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i].out = lii_arena_text(&arena, lii_occurrence_get(o, texts[i].name));
    status = read_headers(lii_occurrence_get(o, "headers"), &arena, headers, &g.n_headers, err);
    g.headers = headers;
    if (status == LI_OK)
        status = read_body(o, &arena, &g.body, err);
    port = lii_occurrence_get(o, "port");
    if (port.type != LII_JSON_NONE && (lii_json_i64(port, &g.port) != 0 || g.port < 1 || g.port > 65535))
        status = lii_occurrence_wrong("port", err, "1 to 65535");
    if (status == LI_OK)
        status = keep(o, &g, err);
    lii_free(lii_engine_allocator(o->engine), room);
    return status;
}

/* ---- from a struct */

li_status li_http_occurrence_init(li_http_occurrence *occurrence, size_t size)
{
    static const li_http_occurrence defaults = LI_HTTP_OCCURRENCE_INIT;

    return lii_options_init(occurrence, size, &defaults, sizeof defaults);
}

li_status li_http_occur_begin(li_engine *engine, const char *kind, size_t kind_len, const li_http_occurrence *occurrence,
                              li_trigger_answered done, void *user, li_error *err)
{
    li_http_occurrence g = LI_HTTP_OCCURRENCE_INIT;
    const lii_trigger_kind *k = NULL;
    lii_occasion *o = NULL;
    li_status status;

    if (!engine || !occurrence || !done)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine, occurrence and done are needed");
    status = lii_engine_check_fork(engine, err);
    if (status == LI_OK)
        status = lii_options_read(&g, sizeof g, occurrence, "li_http_occurrence", err);
    if (status == LI_OK)
        status = lii_kind_find(engine, lii_slice(kind, kind_len), &k, err);
    if (status == LI_OK && (!k->code || k->code->read != lii_http_read))
        status = lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_KIND, k->name, LI_Z, "%s takes no HTTP requests", k->name);
    if (status == LI_OK)
        status = lii_occasion_new(engine, k, NULL, 0, &o, err);
    if (status != LI_OK)
        return status;
    status = keep(lii_occasion_occurrence(o), &g, err);
    if (status != LI_OK) {
        lii_occasion_free(o);
        return status;
    }
    return lii_occasion_run(o, done, user, NULL, err);
}
