/* http_event.c - the event of a request to API Gateway, in its two payload formats (TRG-87..89, 96..98). */
#include <stdio.h>

#include "base/time.h"
#include "service/http_write.h"

static void write_domain(lii_json_writer *w, const li_trigger *t)
{
    li_slice api = lii_option_text(t, "apiId");
    char domain[256];

    snprintf(domain, sizeof domain, "%.*s.execute-api.%s.amazonaws.com", LII_TEXT(api), li_engine_get_region(t->engine));
    lii_json_member_string(w, "domainName", domain, LI_Z);
    lii_http_write_text(w, "domainPrefix", api);
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
    lii_http_write_text(w, "sourceIp", h->source_ip);
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
    lii_http_write_text(w, "resourcePath", route);
    lii_http_write_text(w, "httpMethod", h->method);
    lii_json_member_string(w, "extendedRequestId", id, LI_Z);
    write_times(w, o, "requestTime", "requestTimeEpoch");
    write_stage_path(w, h, stage);
    lii_json_member_string(w, "accountId", li_engine_get_account(t->engine), LI_Z);
    lii_http_write_text(w, "protocol", h->protocol);
    lii_http_write_text(w, "stage", stage);
    write_domain(w, t);
    lii_json_member_string(w, "requestId", id, LI_Z);
    lii_http_write_text(w, "apiId", lii_option_text(t, "apiId"));
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
    int is_http_api = strcmp(t->kind->name, "apigw-http") == 0, names = is_http_api ? LII_NAMES_LOWER : LII_NAMES_KEPT;
    int is_base64 = is_http_api ? h->body.len > 0 && !lii_http_is_text(lii_http_media_type(h), 1) : lii_is_binary(t, h);
    li_slice route = route_path(t);
    lii_header_list headers;
    lii_json_writer w;
    lii_query q;

    lii_http_list_headers(o, gateway_drops, names, &headers);
    lii_http_decode_query(h, &q, event);
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    if (is_http_api)
        lii_json_member_string(&w, "version", "1.0", LI_Z);
    lii_http_write_text(&w, "resource", route);
    lii_http_write_text(&w, "path", h->path);
    lii_http_write_text(&w, "httpMethod", h->method);
    lii_json_key(&w, "headers");
    lii_http_write_map(&w, headers.list, headers.n, LII_VALUES_LAST, names, 1, 1);
    lii_json_key(&w, "multiValueHeaders");
    lii_http_write_map(&w, headers.list, headers.n, LII_VALUES_ALL, names, 1, 1);
    lii_json_key(&w, "queryStringParameters");
    lii_http_write_map(&w, q.list, q.n, LII_VALUES_LAST, LII_NAMES_KEPT, 0, 1);
    lii_json_key(&w, "multiValueQueryStringParameters");
    lii_http_write_map(&w, q.list, q.n, LII_VALUES_ALL, LII_NAMES_KEPT, 0, 1);
    write_path_parameters(&w, route, h->path, is_http_api, 1);
    write_stage_variables(&w, t, 1);
    write_v1_context(&w, t, o, route);
    if (h->body.len > 0) {
        lii_http_write_body(&w, h, is_base64);
    } else {
        lii_json_key(&w, "body");
        lii_json_null(&w);
    }
    lii_http_write_flag(&w, "isBase64Encoded", h->body.len > 0 && is_base64);
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
    lii_http_write_text(w, "apiId", lii_option_text(t, "apiId"));
    lii_json_key(w, "authentication");
    lii_json_null(w);
    write_authorizer(w, o);
    write_domain(w, t);
    lii_json_key(w, "http");
    lii_json_open(w, '{');
    lii_http_write_text(w, "method", h->method);
    lii_http_write_text(w, "path", h->path);
    lii_http_write_text(w, "protocol", h->protocol);
    lii_http_write_text(w, "sourceIp", h->source_ip);
    lii_http_write_text(w, "userAgent", lii_http_header(h, "user-agent"));
    lii_json_close(w, '}');
    lii_json_member_string(w, "requestId", id, LI_Z);
    lii_http_write_text(w, "routeKey", route_key);
    lii_http_write_text(w, "stage", lii_option_text(t, "stage"));
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
    int is_base64 = h->body.len > 0 && !lii_http_is_text(lii_http_media_type(h), 1);
    lii_header_list headers;
    lii_json_writer w;
    lii_query q;

    lii_http_list_headers(o, drops, LII_NAMES_LOWER, &headers);
    lii_http_decode_query(h, &q, event);
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "version", "2.0", LI_Z);
    lii_http_write_text(&w, "routeKey", route_key);
    lii_http_write_text(&w, "rawPath", h->path);
    lii_http_write_text(&w, "rawQueryString", h->query);
    write_cookies(&w, h);
    lii_json_key(&w, "headers");
    lii_http_write_map(&w, headers.list, headers.n, LII_VALUES_JOINED, LII_NAMES_LOWER, 1, 0);
    if (q.n > 0) {
        lii_json_key(&w, "queryStringParameters");
        lii_http_write_map(&w, q.list, q.n, LII_VALUES_JOINED, LII_NAMES_KEPT, 0, 0);
    }
    write_v2_context(&w, t, o, route_key);
    if (h->body.len > 0)
        lii_http_write_body(&w, h, is_base64);
    if (!lii_slice_is(route_key, "$default"))
        write_path_parameters(&w, route_path(t), h->path, 1, 0);
    lii_http_write_flag(&w, "isBase64Encoded", is_base64);
    write_stage_variables(&w, t, 0);
    lii_json_close(&w, '}');
    lii_buf_fini(&q.room);
}
