/* http_answer.c - what API Gateway and load balancers make of a function's answer, and of none (TRG-90..93, 99..101, 110, 111). */
#include <stdio.h>

#include "base/base64.h"
#include "service/http.h"

static void message(lii_reaction *a, int32_t status, const char *verdict, const char *text)
{
    a->status = status;
    a->verdict = verdict;
    a->n_headers = 0;
    lii_buf_clear(&a->headers);
    lii_buf_clear(&a->body);
    lii_reaction_header(a, "content-type", "application/json", LI_Z);
    lii_buf_addf(&a->body, "{\"message\":\"%s\"}", text);
}

int lii_http_status(lii_json_value value, int64_t *status)
{
    if (value.type == LII_JSON_STRING && value.len == 5) {
        value.ptr++;
        value.len -= 2;
        value.type = LII_JSON_NUMBER;
    }
    return lii_json_i64(value, status) == 0 && *status >= 100 && *status <= 599;
}

static int is_scalar(lii_json_value v)
{
    return v.type == LII_JSON_STRING || v.type == LII_JSON_NUMBER || v.type == LII_JSON_TRUE || v.type == LII_JSON_FALSE;
}

static int is_absent(lii_json_value v)
{
    return v.type == LII_JSON_NONE || v.type == LII_JSON_NULL;
}

/* A value as the header's text. */
static void add_value(lii_reaction *a, lii_json_value key, lii_json_value value)
{
    lii_buf name, text;

    lii_buf_init(&name, a->body.allocator);
    lii_buf_init(&text, a->body.allocator);
    if (lii_buf_reserve(&name, key.len + 1) == LI_OK && lii_buf_reserve(&text, value.len + 1) == LI_OK) {
        name.len = lii_json_text(key, name.data, key.len);
        name.data[name.len] = '\0';
        if (value.type == LII_JSON_STRING)
            text.len = lii_json_text(value, text.data, value.len);
        else
            lii_buf_add(&text, value.ptr, value.len);
        if (name.len > 0 && !memchr(name.data, '\0', name.len) && !memchr(text.data, '\n', text.len) &&
            !memchr(text.data, '\r', text.len))
            lii_reaction_header(a, name.data, text.len ? text.data : "", text.len);
    } else {
        a->body.status = LI_E_NOMEM;
    }
    lii_buf_fini(&name);
    lii_buf_fini(&text);
}

/* An object, and of no more names than an answer may have headers: each is compared with the others. */
static int is_few(lii_json_value object)
{
    lii_json_value key, value;
    size_t at = 0, n = 0;

    while (n <= LII_ANSWER_HEADERS && lii_json_next(object, &at, &key, &value))
        n++;
    return object.type == LII_JSON_OBJECT && n <= LII_ANSWER_HEADERS;
}

/* headers: an object of scalars; 0: it is not. */
static int add_single(lii_reaction *a, lii_json_value object, lii_json_value unless)
{
    lii_json_value key, value, other, skipped;
    size_t at = 0, from;

    if (is_absent(object))
        return 1;
    if (!is_few(object) || (!is_absent(unless) && !is_few(unless)))
        return 0;
    while (lii_json_next(object, &at, &key, &value)) {
        int has_more = 0;

        if (!is_scalar(value))
            return 0;
        for (from = 0; lii_json_next(unless, &from, &other, &skipped);)
            has_more |= other.len == key.len && strncasecmp(other.ptr, key.ptr, key.len) == 0;
        if (!has_more)
            add_value(a, key, value);
    }
    return 1;
}

/* multiValueHeaders: an object of lists; singles of the same name come after (TRG-92). 0: it is not. */
static int add_multi(lii_reaction *a, lii_json_value object, lii_json_value singles)
{
    lii_json_value key, list, entry, other, single;
    size_t at = 0, inner, from;

    if (is_absent(object))
        return 1;
    if (!is_few(object) || (!is_absent(singles) && !is_few(singles)))
        return 0;
    while (lii_json_next(object, &at, &key, &list)) {
        if (list.type != LII_JSON_ARRAY)
            return 0;
        for (inner = 0; lii_json_next(list, &inner, NULL, &entry);) {
            if (!is_scalar(entry))
                return 0;
            add_value(a, key, entry);
        }
        for (from = 0; singles.type == LII_JSON_OBJECT && lii_json_next(singles, &from, &other, &single);)
            if (other.len == key.len && strncasecmp(other.ptr, key.ptr, key.len) == 0 && is_scalar(single)) {
                int is_there = 0;

                for (inner = 0; lii_json_next(list, &inner, NULL, &entry);)
                    is_there |= entry.len == single.len && memcmp(entry.ptr, single.ptr, single.len) == 0;
                if (!is_there)
                    add_value(a, other, single);
            }
    }
    return 1;
}

/* body: text, decoded if so; 0: no text, or no base64. */
static int add_body(lii_reaction *a, lii_json_value body, int is_base64)
{
    size_t n;

    lii_buf_clear(&a->body);
    if (is_absent(body))
        return 1;
    if (body.type != LII_JSON_STRING)
        return 0;
    if (lii_buf_reserve(&a->body, body.len) != LI_OK)
        return 1;
    n = lii_json_text(body, a->body.data, body.len);
    a->body.len = n;
    if (!is_base64)
        return 1;
    n = lii_base64_read(a->body.data, n, a->body.data);   /* in place: it only gets shorter */
    if (n == SIZE_MAX)
        return 0;
    a->body.len = n;
    return 1;
}

static int has_header(const lii_reaction *a, const char *name)
{
    const char *p = a->headers.data;
    size_t i;

    for (i = 0; i < a->n_headers; i++) {
        size_t n = strlen(p);

        if (strcasecmp(p, name) == 0)
            return 1;
        p += n + 1;
        p += strlen(p) + 1;
    }
    return 0;
}

/* A number, and no less than 100 of 200: the body of base64 is decoded for clients that accept a binary type only. */
static int accepts_binary(const li_trigger *t, const lii_http *h)
{
    lii_json_value types = lii_option_json(t, "binaryMediaTypes"), entry;
    li_slice accept = lii_http_header(h, "accept");
    const char *comma = accept.ptr ? memchr(accept.ptr, ',', accept.len) : NULL;
    const char *semicolon;
    char text[128];
    size_t at = 0, n;

    if (comma)
        accept.len = (size_t)(comma - accept.ptr);
    semicolon = accept.ptr ? memchr(accept.ptr, ';', accept.len) : NULL;
    if (semicolon)
        accept.len = (size_t)(semicolon - accept.ptr);
    while (lii_json_next(types, &at, NULL, &entry)) {
        n = lii_json_text(entry, text, sizeof text);
        if (n <= sizeof text && (lii_glob_is(lii_slice(text, n), accept)))
            return 1;
    }
    return 0;
}

static int only_known(lii_json_value document)
{
    static const char *const known[] = { "statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded" };
    lii_json_value key, value;
    size_t at = 0, i;

    while (lii_json_next(document, &at, &key, &value)) {
        for (i = 0; i < sizeof known / sizeof *known && !lii_json_text_is(key, known[i], LI_Z); i++)
            ;
        if (i == sizeof known / sizeof *known)
            return 0;
    }
    return 1;
}

/* The REST object (payload 1.0 of HTTP APIs too); 0: malformed. decode: of a base64 body. */
static int take_rest(lii_reaction *a, lii_json_value document, int decode)
{
    lii_json_value status = lii_json_get(document, "statusCode", LI_Z), flag = lii_json_get(document, "isBase64Encoded", LI_Z);
    lii_json_value headers = lii_json_get(document, "headers", LI_Z), multi = lii_json_get(document, "multiValueHeaders", LI_Z);
    int64_t code = 200;

    if (document.type != LII_JSON_OBJECT || !only_known(document) || (!is_absent(status) && !lii_http_status(status, &code)) ||
        (!is_absent(flag) && flag.type != LII_JSON_TRUE && flag.type != LII_JSON_FALSE) ||
        !add_multi(a, multi, headers) || !add_single(a, headers, multi) ||
        !add_body(a, lii_json_get(document, "body", LI_Z), decode && flag.type == LII_JSON_TRUE))
        return 0;
    a->status = (int32_t)code;
    a->verdict = "ok";
    if (!has_header(a, "content-type"))
        lii_reaction_header(a, "Content-Type", "application/json", LI_Z);
    return 1;
}

/* What the gateway sends itself: the function's go by another name (TRG-94). The service's guide lists names that may be
 * changed; of those, the ones that an answer in JSON comes through with stay. */
static void remap(lii_reaction *a)
{
    static const char *const own[] = { "authorization", "connection", "content-length", "content-md5", "date", "expect", "host",
                                       "max-forwards", "proxy-authenticate", "server", "te", "trailer", "transfer-encoding",
                                       "upgrade", "user-agent", "www-authenticate" };
    lii_buf changed;
    const char *p = a->headers.data;
    size_t i, k;

    lii_buf_init(&changed, a->headers.allocator);
    for (i = 0; i < a->n_headers; i++) {
        size_t name = strlen(p) + 1, whole = name + strlen(p + name) + 1;

        for (k = 0; k < sizeof own / sizeof *own && strcasecmp(p, own[k]) != 0; k++)
            ;
        if (k < sizeof own / sizeof *own)
            lii_buf_add_z(&changed, "x-amzn-Remapped-");
        lii_buf_add(&changed, p, whole);
        p += whole;
    }
    if (changed.status != LI_OK)
        a->headers.status = changed.status;
    else
        lii_buf_clear(&a->headers);
    lii_buf_add(&a->headers, changed.data, changed.len);
    lii_buf_fini(&changed);
}

static int has_failed(li_status status, const li_invoke_result *result)
{
    return status != LI_OK || result->function_error != LI_FUNCTION_ERROR_NONE;
}

static lii_json_value document_of(const li_invoke_result *result)
{
    return lii_json_root(result->payload, result->payload_len);
}

void lii_rest_answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                     lii_reaction *a)
{
    if (status == LI_E_TIMEOUT) {
        message(a, 504, "timeout", "Endpoint request timed out");
    } else if (status != LI_OK) {
        message(a, 500, "refused", "Internal server error");
        lii_reaction_header(a, "x-amzn-ErrorType", "InternalServerErrorException", LI_Z);
    } else if (has_failed(status, result) || !take_rest(a, document_of(result), accepts_binary(t, o->state))) {
        message(a, 502, has_failed(status, result) ? "function-error" : "malformed", "Internal server error");
        lii_reaction_header(a, "x-amzn-ErrorType", "InternalServerErrorException", LI_Z);
    } else {
        remap(a);
    }
}

/* ---- HTTP APIs */

static int add_cookies(lii_reaction *a, lii_json_value cookies)
{
    static const char name[] = "\"set-cookie\"";
    lii_json_value key = { name, sizeof name - 1, LII_JSON_STRING, 0 }, entry;
    size_t at = 0;

    if (is_absent(cookies))
        return 1;
    if (cookies.type != LII_JSON_ARRAY)
        return 0;
    while (lii_json_next(cookies, &at, NULL, &entry)) {
        if (entry.type != LII_JSON_STRING)
            return 0;
        add_value(a, key, entry);
    }
    return 1;
}

static int take_v2(lii_reaction *a, lii_json_value document)
{
    lii_json_value status = lii_json_get(document, "statusCode", LI_Z), flag = lii_json_get(document, "isBase64Encoded", LI_Z);
    lii_json_value none;
    int64_t code = 200;

    memset(&none, 0, sizeof none);
    a->verdict = "ok";
    if (document.type != LII_JSON_OBJECT || status.type == LII_JSON_NONE) { /* inferred: 200, the JSON itself */
        a->status = 200;
        lii_reaction_header(a, "content-type", "application/json", LI_Z);
        if (document.type == LII_JSON_STRING)
            return add_body(a, document, 0);
        lii_reaction_body(a, document.ptr ? document.ptr : "", document.len);
        return 1;
    }
    if (!lii_http_status(status, &code) || !add_single(a, lii_json_get(document, "headers", LI_Z), none) ||
        !add_cookies(a, lii_json_get(document, "cookies", LI_Z)) ||
        !add_body(a, lii_json_get(document, "body", LI_Z), flag.type == LII_JSON_TRUE))
        return 0;
    a->status = (int32_t)code;
    if (a->body.len > 0 && !has_header(a, "content-type"))
        lii_reaction_header(a, "content-type", "text/plain; charset=utf-8", LI_Z);
    return 1;
}

void lii_http_api_answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                         lii_reaction *a)
{
    int is_1 = lii_slice_is(lii_option_text(t, "payloadFormat"), "1.0");

    (void)o;
    if (status == LI_E_TIMEOUT)
        message(a, 503, "timeout", "Service Unavailable");
    else if (status != LI_OK)
        message(a, 500, "refused", "Internal Server Error");
    else if (has_failed(status, result))
        message(a, 500, "function-error", "Internal Server Error");
    else if (!(is_1 ? take_rest(a, document_of(result), 1) : take_v2(a, document_of(result))))
        message(a, 500, "malformed", "Internal Server Error");
}

/* ---- load balancers, Lattice */

enum { ALB_ANSWER_MAX = 1048576 };

static void alb_page(lii_reaction *a, int32_t status, const char *verdict, const char *title)
{
    a->status = status;
    a->verdict = verdict;
    a->n_headers = 0;
    lii_buf_clear(&a->headers);
    lii_buf_clear(&a->body);
    lii_reaction_header(a, "content-type", "text/html", LI_Z);
    lii_buf_addf(&a->body, "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n</body>\r\n</html>\r\n",
                 title, title);
}

static int take_alb(lii_reaction *a, lii_json_value document, int is_multi)
{
    lii_json_value flag = lii_json_get(document, "isBase64Encoded", LI_Z), none;
    lii_json_value headers = lii_json_get(document, is_multi ? "multiValueHeaders" : "headers", LI_Z);
    int64_t code = 0;

    memset(&none, 0, sizeof none);
    if (document.type != LII_JSON_OBJECT || !lii_http_status(lii_json_get(document, "statusCode", LI_Z), &code) ||
        !(is_multi ? add_multi(a, headers, none) : add_single(a, headers, none)) ||
        !add_body(a, lii_json_get(document, "body", LI_Z), flag.type == LII_JSON_TRUE))
        return 0;
    a->status = (int32_t)code;
    a->verdict = "ok";
    return 1;
}

/* What the balancer sets itself goes out of the list. */
static void drop_own(lii_reaction *a)
{
    static const char *const own[] = { "connection", "transfer-encoding", "content-length" };
    char *p = a->headers.data, *end = p + a->headers.len;
    size_t i, left = a->n_headers;

    for (a->n_headers = 0; left > 0; left--) {
        size_t name = strlen(p) + 1, whole = name + strlen(p + name) + 1;
        int is_own = 0;

        for (i = 0; i < sizeof own / sizeof *own; i++)
            is_own |= strcasecmp(p, own[i]) == 0;
        if (is_own) {
            memmove(p, p + whole, (size_t)(end - p) - whole);
            end -= whole;
        } else {
            p += whole;
            a->n_headers++;
        }
    }
    if (a->headers.data)
        a->headers.len = (size_t)(end - a->headers.data);
}

void lii_alb_answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                    lii_reaction *a)
{
    (void)o;
    if (status != LI_OK)
        alb_page(a, 502, status == LI_E_TIMEOUT ? "timeout" : "refused", "502 Bad Gateway");
    else if (has_failed(status, result))
        alb_page(a, 502, "function-error", "502 Bad Gateway");
    else if (result->payload_len > ALB_ANSWER_MAX ||
             !take_alb(a, document_of(result), lii_option_number(t, "multiValueHeaders") != 0))
        alb_page(a, 502, "malformed", "502 Bad Gateway");
    else
        drop_own(a);
}
