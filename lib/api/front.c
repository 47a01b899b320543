/* front.c - the front doors of API Gateway and of load balancers: requests for them become occurrences of their triggers.
 *
 * By path: /_aws/execute-api/API/STAGE/path and /_aws/elb/BALANCER/path. By Host: API.execute-api.… and BALANCER.elb.…; a
 * REST API has its stage before the path then, an HTTP API only if it has no stage $default. */
#include <string.h>
#include <strings.h>

#include "api/call.h"
#include "base/base64.h"
#include "json/scan.h"

static const char gateway_path[] = "/_aws/execute-api/", balancer_path[] = "/_aws/elb/";

/* What stands before .execute-api. or .elb. in the Host. */
static li_slice label(const li_api_request *request, const char *dotted)
{
    li_slice host = lii_header(request, "Host"), none = { NULL, 0 };
    const char *dot = host.ptr ? memchr(host.ptr, '.', host.len) : NULL;
    size_t n = strlen(dotted);

    if (!dot || (size_t)(host.ptr + host.len - dot) < n || strncasecmp(dot, dotted, n) != 0)
        return none;
    return lii_slice(host.ptr, (size_t)(dot - host.ptr));
}

static int begins(li_slice text, const char *with)
{
    return text.len >= strlen(with) && memcmp(text.ptr, with, strlen(with)) == 0;
}

int lii_front_is(const li_api_request *request)
{
    return begins(request->target, gateway_path) || begins(request->target, balancer_path) ||
           label(request, ".execute-api.").ptr || label(request, ".elb.").ptr;
}

/* ---- which trigger's source is meant */

typedef struct search {
    li_slice name;               /* of the API or the balancer */
    const char *kind;            /* found */
    int has_default_stage;
    char group[1100];            /* of a balancer */
} search;

static void look(void *user, const li_trigger_info *info)
{
    search *s = user;
    lii_json_value options = lii_json_root(info->options, info->options_len), stage;

    if (strcmp(info->kind, "apigw-http") == 0 || strcmp(info->kind, "apigw-rest") == 0) {
        if (!lii_json_text_is(lii_json_get(options, "apiId", LI_Z), s->name.ptr, s->name.len))
            return;
        stage = lii_json_get(options, "stage", LI_Z);
        s->kind = strcmp(info->kind, "apigw-http") == 0 ? "apigw-http" : "apigw-rest";
        s->has_default_stage |= s->kind[6] == 'h' && (stage.type == LII_JSON_NONE || lii_json_text_is(stage, "$default", LI_Z));
    } else if (strcmp(info->kind, "alb") == 0 &&
               lii_json_text_is(lii_json_get(options, "loadBalancer", LI_Z), s->name.ptr, s->name.len)) {
        lii_json_value group = lii_json_get(options, "targetGroup", LI_Z);
        size_t n = lii_json_text(group, s->group, sizeof s->group - 1);

        s->group[n < sizeof s->group ? n : 0] = '\0';
    }
}

/* The next part of a target: up to the next / or ?; *rest begins with what follows. */
static li_slice take_part(li_slice *rest)
{
    size_t n = 0;
    li_slice part;

    while (n < rest->len && rest->ptr[n] != '/' && rest->ptr[n] != '?')
        n++;
    part = lii_slice(rest->ptr, n);
    rest->ptr += n;
    rest->len -= n;
    return part;
}

static li_slice take_stage(li_slice *target)
{
    li_slice rest = *target, stage;

    rest.ptr++;                  /* the slash */
    rest.len--;
    stage = take_part(&rest);
    *target = rest;
    return stage;
}

/* ---- the occurrence */

static void write_target(lii_json_writer *w, li_slice rest)
{
    lii_json_key(w, "target");
    lii_buf_add_byte(w->out, '"');
    if (rest.len == 0 || rest.ptr[0] != '/')
        lii_buf_add_byte(w->out, '/');
    lii_json_escape(w->out, rest.ptr, rest.len);
    lii_buf_add_byte(w->out, '"');
    w->needs_comma = 1;
}

static void write_occurrence(lii_call *call, li_slice target, const search *s, li_slice stage, lii_buf *out)
{
    const li_api_request *r = call->request;
    lii_json_writer w;
    size_t i;

    lii_json_begin(&w, out);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "method", r->method.ptr, r->method.len);
    write_target(&w, target);
    lii_json_member_string(&w, "scheme", "http", LI_Z);
    lii_json_key(&w, "headers");
    lii_json_open(&w, '{');
    for (i = 0; i < r->n_headers; i++) {                 /* one that comes twice is there twice */
        li_slice name = lii_measured(r->headers[i].name), value = lii_measured(r->headers[i].value);

        lii_json_key_text(&w, name.ptr, name.len);
        lii_json_string(&w, value.ptr, value.len);
    }
    lii_json_close(&w, '}');
    if (r->body.len > 0) {
        lii_json_key(&w, "body");
        lii_buf_add_byte(out, '"');
        lii_base64(out, r->body.ptr, r->body.len);
        lii_buf_add_byte(out, '"');
        w.needs_comma = 1;
        lii_json_key(&w, "isBase64Encoded");
        lii_json_bool(&w, 1);
    }
    if (s->kind && s->kind[0] == 'a' && s->kind[1] == 'p')
        lii_json_member_string(&w, "apiId", s->name.ptr, s->name.len);
    if (stage.len > 0)
        lii_json_member_string(&w, "stage", stage.ptr, stage.len);
    if (s->group[0])
        lii_json_member_string(&w, "targetGroup", s->group, LI_Z);
    lii_json_close(&w, '}');
}

static void answered(void *user, const li_trigger_answer *a)
{
    lii_call *call = user;
    const char *type = NULL;
    size_t i;

    for (i = 0; i < a->n_headers; i++) {
        if (strcasecmp(a->headers[i].name.ptr, "content-type") == 0)
            type = a->headers[i].value.ptr;
        else if (strcasecmp(a->headers[i].name.ptr, "content-length") != 0)
            lii_call_header(call, a->headers[i].name.ptr, a->headers[i].value.ptr, a->headers[i].value.len);
    }
    if (a->request_id.bytes[0] || a->request_id.bytes[1])
        lii_call_id(call, &a->request_id);
    lii_reply_raw(call, a->status, type, a->body ? a->body : "", a->body_len);
}

void lii_op_front(lii_call *call)
{
    li_slice target = call->request->target, stage = { NULL, 0 }, api = label(call->request, ".execute-api.");
    li_error err = LI_ERROR_INIT;
    li_status status;
    lii_buf out;
    search s;

    memset(&s, 0, sizeof s);
    s.name = api.ptr ? api : label(call->request, ".elb.");
    if (begins(target, gateway_path) || begins(target, balancer_path)) {
        size_t skip = begins(target, gateway_path) ? sizeof gateway_path - 1 : sizeof balancer_path - 1;

        target.ptr += skip;
        target.len -= skip;
        s.name = take_part(&target);
        if (skip == sizeof gateway_path - 1 && target.len > 0 && target.ptr[0] == '/')
            stage = take_stage(&target);
        api = skip == sizeof gateway_path - 1 ? s.name : lii_slice(NULL, 0);
    }
    if (s.name.ptr)
        li_trigger_each_at(call->engine, s.name.ptr, s.name.len, look, &s);
    if (api.ptr && !stage.ptr && s.kind && !s.has_default_stage && target.len > 0 && target.ptr[0] == '/')
        stage = take_stage(&target);
    if (!s.kind)
        s.kind = api.ptr ? "apigw-http" : "alb";
    lii_buf_init(&out, &lii_malloc_allocator);
    write_occurrence(call, target, &s, stage, &out);
    status = out.status == LI_OK
                 ? li_trigger_occur_begin(call->engine, s.kind, LI_Z, out.data, out.len, answered, call, &err)
                 : LI_E_NOMEM;
    lii_buf_fini(&out);
    if (status != LI_OK)
        lii_reply_error(call, status == LI_E_NOMEM ? 500 : 400, status == LI_E_NOMEM ? "ServiceException" : "BadRequestException",
                        status == LI_E_NOMEM ? "Service" : "User", "%s", err.text);
}
