/* http_event.c - the event of a request, in the four shapes that services give it (TRG-87..89, 96..98, 108, 109, 113). */
#include <stdio.h>

#include "base/random.h"
#include "base/time.h"
#include "service/http.h"

enum { ADDED = 8, NAME_MAX_LEN = 256 };
enum { NAMES_KEPT = 0, NAMES_LOWER = 1 };   /* of headers */
enum { LAST = 0, ALL = 1, JOINED = 2 };     /* what a member holds of several values */

/* The headers that the function sees: the client's, and those that the service adds. */
typedef struct header_list {
    lii_pair list[LII_HTTP_HEADERS + ADDED];
    size_t n;
    char trace[64];
    char port[8];
} header_list;

static int is_one_of(li_slice name, const char *const *names)
{
    for (; *names; names++)
        if (lii_same_text(name, *names))
            return 1;
    return 0;
}

static void add(header_list *l, const char *name, li_slice value)
{
    l->list[l->n].name = lii_slice(name, LI_Z);
    l->list[l->n++].value = value;
}

static void add_missing(header_list *l, const lii_http *h, const char *name, li_slice value)
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

static void list_headers(const lii_occurrence *o, const char *const *dropped, int names, header_list *l)
{
    const lii_http *h = o->state;
    size_t i;

    l->n = 0;
    for (i = 0; i < h->n_headers; i++)
        if (!is_one_of(h->headers[i].name, dropped))
            l->list[l->n++] = h->headers[i];
    make_trace(o, l->trace);
    snprintf(l->port, sizeof l->port, "%lld", (long long)h->port);
    add_missing(l, h, names == NAMES_LOWER ? "x-forwarded-for" : "X-Forwarded-For", h->source_ip);
    add_missing(l, h, names == NAMES_LOWER ? "x-forwarded-port" : "X-Forwarded-Port", lii_slice(l->port, LI_Z));
    add_missing(l, h, names == NAMES_LOWER ? "x-forwarded-proto" : "X-Forwarded-Proto", h->scheme);
    add_missing(l, h, names == NAMES_LOWER ? "x-amzn-trace-id" : "X-Amzn-Trace-Id", lii_slice(l->trace, LI_Z));
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

    if (is_header && names == NAMES_KEPT && lii_same_text(name, "authorization"))
        name = LII_S("Authorization");
    else if (is_header && names == NAMES_KEPT && lii_same_text(name, "user-agent"))
        name = LII_S("User-Agent");
    if (!is_header || names == NAMES_KEPT || name.len > sizeof text) {
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

    if (how == ALL)
        lii_json_open(w, '[');
    if (how == JOINED) {
        if (w->needs_comma)
            lii_buf_add_byte(w->out, ',');
        lii_buf_add_byte(w->out, '"');
    }
    for (i = first; i < n; i++) {
        if (!same_name(list[i].name, list[first].name, is_header))
            continue;
        if (how == ALL)
            lii_json_string(w, list[i].value.ptr ? list[i].value.ptr : "", list[i].value.len);
        if (how == JOINED && i > first)
            lii_buf_add_byte(w->out, ',');
        if (how == JOINED)
            lii_json_escape(w->out, list[i].value.ptr ? list[i].value.ptr : "", list[i].value.len);
        last = i;
    }
    if (how == ALL)
        lii_json_close(w, ']');
    else if (how == JOINED)
        lii_buf_add_byte(w->out, '"');
    else
        lii_json_string(w, list[last].value.ptr ? list[last].value.ptr : "", list[last].value.len);
    w->needs_comma = 1;
}

/* An object; null_if_empty 1: null instead of {}. */
static void write_map(lii_json_writer *w, const lii_pair *list, size_t n, int how, int names, int is_header, int null_if_empty)
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

/* The query's parameters decoded, in room; 0: no memory (the buffer knows). */
typedef struct query {
    lii_pair list[LII_HTTP_PARAMETERS];
    size_t n;
    lii_buf room;
} query;

static void decode_query(const lii_http *h, query *q, lii_buf *event)
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
static li_slice media_type(const lii_http *h)
{
    li_slice type = lii_http_header(h, "content-type");
    const char *semicolon = type.ptr ? memchr(type.ptr, ';', type.len) : NULL;

    if (semicolon)
        type.len = (size_t)(semicolon - type.ptr);
    while (type.len > 0 && type.ptr[type.len - 1] == ' ')
        type.len--;
    return type;
}

static int is_text_type(li_slice type, int with_suffixes)
{
    return begins(type, "text/") || lii_same_text(type, "application/json") || lii_same_text(type, "application/javascript") ||
           lii_same_text(type, "application/xml") ||
           (with_suffixes && type.len > 5 && lii_same_text(lii_slice(type.ptr + type.len - 5, 5), "+json")) ||
           (with_suffixes && type.len > 4 && lii_same_text(lii_slice(type.ptr + type.len - 4, 4), "+xml"));
}

int lii_is_binary(const li_trigger *t, const lii_http *h)
{
    lii_json_value types = lii_option_json(t, "binaryMediaTypes"), entry;
    li_slice type = media_type(h);
    char text[128];
    size_t at = 0, n;

    while (lii_json_next(types, &at, NULL, &entry)) {
        n = lii_json_text(entry, text, sizeof text);
        if (n <= sizeof text && lii_glob_is(lii_slice(text, n), type))
            return 1;
    }
    return 0;
}

static void write_body(lii_json_writer *w, const lii_http *h, int is_base64)
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

static void write_flag(lii_json_writer *w, const char *name, int is_true)
{
    lii_json_key(w, name);
    lii_json_bool(w, is_true);
}

/* ---- API Gateway */

static void write_text(lii_json_writer *w, const char *name, li_slice text)
{
    lii_json_member_string(w, name, text.ptr ? text.ptr : "", text.len);
}

static void write_domain(lii_json_writer *w, const li_trigger *t)
{
    li_slice api = lii_option_text(t, "apiId");
    char domain[256];

    snprintf(domain, sizeof domain, "%.*s.execute-api.%s.amazonaws.com", LII_TEXT(api), li_engine_get_region(t->engine));
    lii_json_member_string(w, "domainName", domain, LI_Z);
    write_text(w, "domainPrefix", api);
}

static void write_times(lii_json_writer *w, const lii_occurrence *o, const char *time, const char *epoch)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    char text[80];
    lii_date d;

    lii_date_read(o->time_ms, &d);
    snprintf(text, sizeof text, "%02d/%s/%04d:%02d:%02d:%02d +0000", d.day, months[d.month - 1], d.year, d.hour, d.minute,
             d.second);
    lii_json_member_string(w, time, text, LI_Z);
    lii_json_member_u64(w, epoch, o->time_ms);
}

static void write_authorizer(lii_json_writer *w, const lii_occurrence *o)
{
    lii_json_value authorizer = lii_occurrence_get(o, "authorizer");

    if (authorizer.type != LII_JSON_OBJECT)
        return;
    lii_json_key(w, "authorizer");
    lii_json_raw(w, authorizer.ptr, authorizer.len);
}

static void write_identity(lii_json_writer *w, const lii_http *h)
{
    static const char *const empty[] = { "cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller" };
    static const char *const more[] = { "principalOrgId", "accessKey", "cognitoAuthenticationType",
                                        "cognitoAuthenticationProvider", "userArn" };
    li_slice agent = lii_http_header(h, "user-agent");
    size_t i;

    lii_json_key(w, "identity");
    lii_json_open(w, '{');
    for (i = 0; i < sizeof empty / sizeof *empty; i++) {
        lii_json_key(w, empty[i]);
        lii_json_null(w);
    }
    write_text(w, "sourceIp", h->source_ip);
    for (i = 0; i < sizeof more / sizeof *more; i++) {
        lii_json_key(w, more[i]);
        lii_json_null(w);
    }
    lii_json_key(w, "userAgent");
    if (agent.ptr)
        lii_json_string(w, agent.ptr, agent.len);
    else
        lii_json_null(w);
    lii_json_key(w, "user");
    lii_json_null(w);
    lii_json_close(w, '}');
}

static void write_stage_path(lii_json_writer *w, const lii_http *h, li_slice stage)
{
    lii_json_key(w, "path");
    lii_buf_add(w->out, "\"/", 2);
    lii_json_escape(w->out, stage.ptr, stage.len);
    lii_json_escape(w->out, h->path.ptr, h->path.len);
    lii_buf_add_byte(w->out, '"');
    w->needs_comma = 1;
}

static void write_v1_context(lii_json_writer *w, const li_trigger *t, const lii_occurrence *o, li_slice route)
{
    const lii_http *h = o->state;
    li_slice stage = lii_option_text(t, "stage");
    char id[LI_ID_TEXT_SIZE];

    li_id_format(&o->ids[0], id);
    lii_json_key(w, "requestContext");
    lii_json_open(w, '{');
    lii_json_member_string(w, "resourceId", t->id, strlen(t->id) < 10 ? LI_Z : 10);
    write_text(w, "resourcePath", route);
    write_text(w, "httpMethod", h->method);
    lii_json_member_string(w, "extendedRequestId", id, LI_Z);
    write_times(w, o, "requestTime", "requestTimeEpoch");
    write_stage_path(w, h, stage);
    lii_json_member_string(w, "accountId", li_engine_get_account(t->engine), LI_Z);
    write_text(w, "protocol", h->protocol);
    write_text(w, "stage", stage);
    write_domain(w, t);
    lii_json_member_string(w, "requestId", id, LI_Z);
    write_text(w, "apiId", lii_option_text(t, "apiId"));
    write_identity(w, h);
    write_authorizer(w, o);
    lii_json_close(w, '}');
}

/* An object of texts, or null: pathParameters, stageVariables of payload 1.0. */
static void write_path_parameters(lii_json_writer *w, li_slice route, li_slice path, int is_decoded, int null_if_none)
{
    size_t mark = w->out->len;

    lii_json_key(w, "pathParameters");
    lii_json_open(w, '{');
    if (lii_route_parameters(route, path, is_decoded, w) > 0 || w->out->status != LI_OK) {
        lii_json_close(w, '}');
        return;
    }
    w->out->len = mark;
    w->needs_comma = 1;
    if (null_if_none) {
        lii_json_key(w, "pathParameters");
        lii_json_null(w);
    }
}

static void write_stage_variables(lii_json_writer *w, const li_trigger *t, int null_if_none)
{
    lii_json_value variables = lii_option_json(t, "stageVariables");

    if (variables.type == LII_JSON_OBJECT && variables.len > 2) {
        lii_json_key(w, "stageVariables");
        lii_json_raw(w, variables.ptr, variables.len);
    } else if (null_if_none) {
        lii_json_key(w, "stageVariables");
        lii_json_null(w);
    }
}

static const char *const gateway_drops[] = { "content-length", "connection", NULL };

/* The path of a route key ("METHOD /path"); "$default" is /{proxy+}. */
static li_slice route_path(const li_trigger *t)
{
    li_slice key = lii_option_text(t, "routeKey");
    const char *blank = key.ptr ? memchr(key.ptr, ' ', key.len) : NULL;

    if (!key.ptr)
        return lii_option_text(t, "path");
    return blank ? lii_slice(blank + 1, key.len - (size_t)(blank + 1 - key.ptr)) : LII_S("/{proxy+}");
}

void lii_http_v1(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    const lii_http *h = o->state;
    int is_http_api = strcmp(t->kind->name, "apigw-http") == 0, names = is_http_api ? NAMES_LOWER : NAMES_KEPT;
    int is_base64 = is_http_api ? h->body.len > 0 && !is_text_type(media_type(h), 1) : lii_is_binary(t, h);
    li_slice route = route_path(t);
    header_list headers;
    lii_json_writer w;
    query q;

    list_headers(o, gateway_drops, names, &headers);
    decode_query(h, &q, event);
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    if (is_http_api)
        lii_json_member_string(&w, "version", "1.0", LI_Z);
    write_text(&w, "resource", route);
    write_text(&w, "path", h->path);
    write_text(&w, "httpMethod", h->method);
    lii_json_key(&w, "headers");
    write_map(&w, headers.list, headers.n, LAST, names, 1, 1);
    lii_json_key(&w, "multiValueHeaders");
    write_map(&w, headers.list, headers.n, ALL, names, 1, 1);
    lii_json_key(&w, "queryStringParameters");
    write_map(&w, q.list, q.n, LAST, NAMES_KEPT, 0, 1);
    lii_json_key(&w, "multiValueQueryStringParameters");
    write_map(&w, q.list, q.n, ALL, NAMES_KEPT, 0, 1);
    write_path_parameters(&w, route, h->path, is_http_api, 1);
    write_stage_variables(&w, t, 1);
    write_v1_context(&w, t, o, route);
    if (h->body.len > 0) {
        write_body(&w, h, is_base64);
    } else {
        lii_json_key(&w, "body");
        lii_json_null(&w);
    }
    write_flag(&w, "isBase64Encoded", h->body.len > 0 && is_base64);
    lii_json_close(&w, '}');
    lii_buf_fini(&q.room);
}

static void write_v2_context(lii_json_writer *w, const li_trigger *t, const lii_occurrence *o, li_slice route_key)
{
    const lii_http *h = o->state;
    char id[LI_ID_TEXT_SIZE];

    li_id_format(&o->ids[0], id);
    lii_json_key(w, "requestContext");
    lii_json_open(w, '{');
    lii_json_member_string(w, "accountId", li_engine_get_account(t->engine), LI_Z);
    write_text(w, "apiId", lii_option_text(t, "apiId"));
    lii_json_key(w, "authentication");
    lii_json_null(w);
    write_authorizer(w, o);
    write_domain(w, t);
    lii_json_key(w, "http");
    lii_json_open(w, '{');
    write_text(w, "method", h->method);
    write_text(w, "path", h->path);
    write_text(w, "protocol", h->protocol);
    write_text(w, "sourceIp", h->source_ip);
    write_text(w, "userAgent", lii_http_header(h, "user-agent"));
    lii_json_close(w, '}');
    lii_json_member_string(w, "requestId", id, LI_Z);
    write_text(w, "routeKey", route_key);
    write_text(w, "stage", lii_option_text(t, "stage"));
    write_times(w, o, "time", "timeEpoch");
    lii_json_close(w, '}');
}

static void write_cookies(lii_json_writer *w, const lii_http *h)
{
    int any = 0;
    size_t i;

    for (i = 0; i < h->n_headers; i++) {
        const char *p = h->headers[i].value.ptr, *end = p + h->headers[i].value.len;

        if (!lii_same_text(h->headers[i].name, "cookie"))
            continue;
        while (p < end) {
            const char *semicolon = memchr(p, ';', (size_t)(end - p)), *stop = semicolon ? semicolon : end;

            while (p < stop && *p == ' ')
                p++;
            if (p < stop && !any++) {
                lii_json_key(w, "cookies");
                lii_json_open(w, '[');
            }
            if (p < stop)
                lii_json_string(w, p, (size_t)(stop - p));
            p = stop + 1;
        }
    }
    if (any)
        lii_json_close(w, ']');
}

void lii_http_v2(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    static const char *const drops[] = { "cookie", "connection", NULL };
    const lii_http *h = o->state;
    li_slice route_key = lii_option_text(t, "routeKey");
    int is_base64 = h->body.len > 0 && !is_text_type(media_type(h), 1);
    header_list headers;
    lii_json_writer w;
    query q;

    list_headers(o, drops, NAMES_LOWER, &headers);
    decode_query(h, &q, event);
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "version", "2.0", LI_Z);
    write_text(&w, "routeKey", route_key);
    write_text(&w, "rawPath", h->path);
    write_text(&w, "rawQueryString", h->query);
    write_cookies(&w, h);
    lii_json_key(&w, "headers");
    write_map(&w, headers.list, headers.n, JOINED, NAMES_LOWER, 1, 0);
    if (q.n > 0) {
        lii_json_key(&w, "queryStringParameters");
        write_map(&w, q.list, q.n, JOINED, NAMES_KEPT, 0, 0);
    }
    write_v2_context(&w, t, o, route_key);
    if (h->body.len > 0)
        write_body(&w, h, is_base64);
    if (!lii_slice_is(route_key, "$default"))
        write_path_parameters(&w, route_path(t), h->path, 1, 0);
    write_flag(&w, "isBase64Encoded", is_base64);
    write_stage_variables(&w, t, 0);
    lii_json_close(&w, '}');
    lii_buf_fini(&q.room);
}

/* ---- load balancers and Lattice */

void lii_alb_build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    static const char *const drops[] = { NULL };
    const lii_http *h = o->state;
    int is_multi = lii_option_number(t, "multiValueHeaders") != 0;
    int is_base64 = h->body.len > 0 &&
                    (lii_http_header(h, "content-encoding").ptr || !is_text_type(media_type(h), 0));
    header_list headers;
    lii_json_writer w;

    list_headers(o, drops, NAMES_LOWER, &headers);
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    lii_json_key(&w, "requestContext");
    lii_json_open(&w, '{');
    lii_json_key(&w, "elb");
    lii_json_open(&w, '{');
    write_text(&w, "targetGroupArn", lii_option_text(t, "targetGroup"));
    lii_json_close(&w, '}');
    lii_json_close(&w, '}');
    write_text(&w, "httpMethod", h->method);
    write_text(&w, "path", h->path);
    lii_json_key(&w, is_multi ? "multiValueQueryStringParameters" : "queryStringParameters");
    write_map(&w, h->parameters, h->n_parameters, is_multi ? ALL : LAST, NAMES_KEPT, 0, 0);
    lii_json_key(&w, is_multi ? "multiValueHeaders" : "headers");
    write_map(&w, headers.list, headers.n, is_multi ? ALL : LAST, NAMES_LOWER, 1, 0);
    write_body(&w, h, is_base64);
    write_flag(&w, "isBase64Encoded", is_base64);
    lii_json_close(&w, '}');
}

static void lattice_v1(const lii_occurrence *o, const header_list *headers, const query *q, int is_base64, lii_buf *event)
{
    const lii_http *h = o->state;
    lii_json_writer w;

    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    lii_json_key(&w, "raw_path");
    lii_buf_add_byte(event, '"');
    lii_json_escape(event, h->path.ptr, h->path.len);
    if (h->query.len > 0) {
        lii_buf_add_byte(event, '?');
        lii_json_escape(event, h->query.ptr, h->query.len);
    }
    lii_buf_add_byte(event, '"');
    w.needs_comma = 1;
    write_text(&w, "method", h->method);
    lii_json_key(&w, "headers");
    write_map(&w, headers->list, headers->n, JOINED, NAMES_LOWER, 1, 0);
    lii_json_key(&w, "query_string_parameters");
    write_map(&w, q->list, q->n, LAST, NAMES_KEPT, 0, 0);
    write_body(&w, h, is_base64);
    write_flag(&w, "is_base64_encoded", is_base64);
    lii_json_close(&w, '}');
}

void lii_lattice_build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    static const char *const drops[] = { "connection", NULL };
    const lii_http *h = o->state;
    int is_base64 = h->body.len > 0 && !is_text_type(media_type(h), 1);
    header_list headers;
    lii_json_writer w;
    char epoch[32];
    query q;

    list_headers(o, drops, NAMES_LOWER, &headers);
    decode_query(h, &q, event);
    if (lii_slice_is(lii_option_text(t, "eventVersion"), "V1")) {
        lattice_v1(o, &headers, &q, is_base64, event);
        lii_buf_fini(&q.room);
        return;
    }
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "version", "2.0", LI_Z);
    write_text(&w, "path", h->path);
    write_text(&w, "method", h->method);
    lii_json_key(&w, "headers");
    write_map(&w, headers.list, headers.n, ALL, NAMES_LOWER, 1, 0);
    lii_json_key(&w, "queryStringParameters");
    write_map(&w, q.list, q.n, ALL, NAMES_KEPT, 0, 0);
    write_body(&w, h, is_base64);
    write_flag(&w, "isBase64Encoded", is_base64);
    lii_json_key(&w, "requestContext");
    lii_json_open(&w, '{');
    lii_buf_addf(event, "\"serviceNetworkArn\":\"arn:%s:vpc-lattice:%s:%s:servicenetwork/sn-1\"",
                 li_engine_get_partition(t->engine), li_engine_get_region(t->engine), li_engine_get_account(t->engine));
    w.needs_comma = 1;
    write_text(&w, "serviceArn", lii_option_text(t, "service"));
    write_text(&w, "targetGroupArn", lii_option_text(t, "targetGroup"));
    lii_json_key(&w, "identity");
    lii_buf_addf(event, "{\"sourceVpcArn\":\"arn:%s:ec2:%s:%s:vpc/vpc-1\"}", li_engine_get_partition(t->engine),
                 li_engine_get_region(t->engine), li_engine_get_account(t->engine));
    w.needs_comma = 1;
    lii_json_member_string(&w, "region", li_engine_get_region(t->engine), LI_Z);
    snprintf(epoch, sizeof epoch, "%llu000", (unsigned long long)o->time_ms);
    lii_json_member_string(&w, "timeEpoch", epoch, LI_Z);
    lii_json_close(&w, '}');
    lii_json_close(&w, '}');
    lii_buf_fini(&q.room);
}
