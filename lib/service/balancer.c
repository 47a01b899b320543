/* balancer.c - target groups of load balancers and of VPC Lattice: conditions, events, health checks (TRG-107..113). */
#include <stdio.h>

#include "service/http_write.h"
#include "trigger/firing.h"

enum { BODY_MAX = 1048576 };

/* ---- events */

static void begin_event(lii_json_writer *w, const li_trigger *t, lii_buf *event)
{
    lii_json_begin(w, event);
    lii_json_open(w, '{');
    lii_json_key(w, "requestContext");
    lii_json_open(w, '{');
    lii_json_key(w, "elb");
    lii_json_open(w, '{');
    lii_http_write_text(w, "targetGroupArn", lii_option_text(t, "targetGroup"));
    lii_json_close(w, '}');
    lii_json_close(w, '}');
}

static void alb_build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    static const char *const drops[] = { NULL };
    const lii_http *h = o->state;
    int is_multi = lii_option_number(t, "multiValueHeaders") != 0;
    int is_base64 = h->body.len > 0 &&
                    (lii_http_header(h, "content-encoding").ptr || !lii_http_is_text(lii_http_media_type(h), 0));
    lii_header_list headers;
    lii_json_writer w;

    lii_http_list_headers(o, drops, LII_NAMES_LOWER, &headers);
    begin_event(&w, t, event);
    lii_http_write_text(&w, "httpMethod", h->method);
    lii_http_write_text(&w, "path", h->path);
    lii_json_key(&w, is_multi ? "multiValueQueryStringParameters" : "queryStringParameters");
    lii_http_write_map(&w, h->parameters, h->n_parameters, is_multi ? LII_VALUES_ALL : LII_VALUES_LAST, LII_NAMES_KEPT, 0, 0);
    lii_json_key(&w, is_multi ? "multiValueHeaders" : "headers");
    lii_http_write_map(&w, headers.list, headers.n, is_multi ? LII_VALUES_ALL : LII_VALUES_LAST, LII_NAMES_LOWER, 1, 0);
    lii_http_write_body(&w, h, is_base64);
    lii_http_write_flag(&w, "isBase64Encoded", is_base64);
    lii_json_close(&w, '}');
}

static void lattice_v1(const lii_occurrence *o, const lii_header_list *headers, const lii_query *q, int is_base64, lii_buf *event)
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
    lii_http_write_text(&w, "method", h->method);
    lii_json_key(&w, "headers");
    lii_http_write_map(&w, headers->list, headers->n, LII_VALUES_JOINED, LII_NAMES_LOWER, 1, 0);
    lii_json_key(&w, "query_string_parameters");
    lii_http_write_map(&w, q->list, q->n, LII_VALUES_LAST, LII_NAMES_KEPT, 0, 0);
    lii_http_write_body(&w, h, is_base64);
    lii_http_write_flag(&w, "is_base64_encoded", is_base64);
    lii_json_close(&w, '}');
}

static void lattice_build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    static const char *const drops[] = { "connection", NULL };
    const lii_http *h = o->state;
    int is_base64 = h->body.len > 0 && !lii_http_is_text(lii_http_media_type(h), 1);
    lii_header_list headers;
    lii_json_writer w;
    char epoch[32];
    lii_query q;

    lii_http_list_headers(o, drops, LII_NAMES_LOWER, &headers);
    lii_http_decode_query(h, &q, event);
    if (lii_slice_is(lii_option_text(t, "eventVersion"), "V1")) {
        lattice_v1(o, &headers, &q, is_base64, event);
        lii_buf_fini(&q.room);
        return;
    }
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "version", "2.0", LI_Z);
    lii_http_write_text(&w, "path", h->path);
    lii_http_write_text(&w, "method", h->method);
    lii_json_key(&w, "headers");
    lii_http_write_map(&w, headers.list, headers.n, LII_VALUES_ALL, LII_NAMES_LOWER, 1, 0);
    lii_json_key(&w, "queryStringParameters");
    lii_http_write_map(&w, q.list, q.n, LII_VALUES_ALL, LII_NAMES_KEPT, 0, 0);
    lii_http_write_body(&w, h, is_base64);
    lii_http_write_flag(&w, "isBase64Encoded", is_base64);
    lii_json_key(&w, "requestContext");
    lii_json_open(&w, '{');
    lii_buf_addf(event, "\"serviceNetworkArn\":\"arn:%s:vpc-lattice:%s:%s:servicenetwork/sn-1\"",
                 li_engine_get_partition(t->engine), li_engine_get_region(t->engine), li_engine_get_account(t->engine));
    w.needs_comma = 1;
    lii_http_write_text(&w, "serviceArn", lii_option_text(t, "service"));
    lii_http_write_text(&w, "targetGroupArn", lii_option_text(t, "targetGroup"));
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

/* ---- health checks, by the clock */

typedef struct group {
    lii_firing firing;           /* first; of health checks */
    atomic_int health;           /* 0: not known; 1: as the matcher wants it; -1: not */
} group;

static li_status group_prepare(li_trigger *t, li_error *err)
{
    li_slice path = lii_option_text(t, "healthPath");
    group *g = lii_state_new(t, sizeof *g, err);

    if (!g)
        return LI_E_NOMEM;
    if (!lii_option_number(t, "healthCheck"))
        return LI_OK;
    g->firing.period_ms = (uint64_t)lii_option_number(t, "healthInterval") * 1000;
    return path.ptr[0] == '/' ? LI_OK : lii_option_wrong("healthPath", err, "a path begins with /");
}

/* The check's event has one header, and neither body nor query (TRG-112). */
static void build_check(const li_trigger *t, lii_buf *event)
{
    static const lii_pair agent = { { "user-agent", 10 }, { "ELB-HealthChecker/2.0", 21 } };
    int is_multi = lii_option_number(t, "multiValueHeaders") != 0;
    lii_json_writer w;

    begin_event(&w, t, event);
    lii_json_member_string(&w, "httpMethod", "GET", 3);
    lii_http_write_text(&w, "path", lii_option_text(t, "healthPath"));
    lii_json_key(&w, is_multi ? "multiValueQueryStringParameters" : "queryStringParameters");
    lii_http_write_map(&w, NULL, 0, LII_VALUES_LAST, LII_NAMES_KEPT, 0, 0);
    lii_json_key(&w, is_multi ? "multiValueHeaders" : "headers");
    lii_http_write_map(&w, &agent, 1, is_multi ? LII_VALUES_ALL : LII_VALUES_LAST, LII_NAMES_LOWER, 1, 0);
    lii_json_member_string(&w, "body", "", 0);
    lii_http_write_flag(&w, "isBase64Encoded", 0);
    lii_json_close(&w, '}');
}

/* The number at *i, which moves behind it; one of more digits than a status has is none. */
static int32_t read_status(li_slice matcher, size_t *i)
{
    int32_t number = 0;

    for (; *i < matcher.len && matcher.ptr[*i] >= '0' && matcher.ptr[*i] <= '9'; ++*i)
        number = number > 999 ? number : number * 10 + (matcher.ptr[*i] - '0');
    return number;
}

/* "200", "200,202" or "200-299": is the status one of them? */
static int is_wanted(li_slice matcher, int32_t status)
{
    size_t i = 0;

    while (i < matcher.len) {
        int32_t low = read_status(matcher, &i), high = low;

        if (i < matcher.len && matcher.ptr[i] == '-') {
            i++;
            high = read_status(matcher, &i);
        }
        if (status >= low && status <= high)
            return 1;
        i++;                     /* the comma */
    }
    return 0;
}

/* A group with one target sends it requests whatever its health: it is told, once for each change. */
static void checked(const li_trigger *t, const lii_reaction *a)
{
    group *g = t->state;
    int health = is_wanted(lii_option_text(t, "healthMatcher"), a->status) ? 1 : -1;

    if (atomic_exchange(&g->health, health) != health)
        lii_engine_journal(t->engine, LI_STEP_TRIGGER, NULL, t->journal_name, 0, health == 1 ? "healthy" : "unhealthy");
}

static void alb_answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                       lii_reaction *a)
{
    lii_alb_answer(t, o, status, result, a);
    if (!o->state)
        checked(t, a);
}

/* ---- which group takes a request */

static int alb_matches(const li_trigger *t, const lii_occurrence *o)
{
    const lii_http *h = o->state;
    li_slice host = lii_option_text(t, "host"), path = lii_option_text(t, "path"), named = lii_http_header(h, "host");
    const char *colon = named.ptr ? memchr(named.ptr, ':', named.len) : NULL;

    if (colon)
        named.len = (size_t)(colon - named.ptr);
    if (h->group.len > 0)
        return lii_slice_equal(h->group, lii_option_text(t, "targetGroup"));
    return (host.len == 0 || lii_glob_is(host, named)) && (path.len == 0 || lii_glob_is(path, h->path));
}

static int alb_where(const lii_occurrence *o, li_slice *name)
{
    *name = ((const lii_http *)o->state)->group;
    return name->len > 0 ? LII_AT_SOURCE : 0;
}

/* More text in the conditions is more special. */
static int alb_better(const li_trigger *a, const li_trigger *b, const lii_occurrence *o)
{
    (void)o;
    return lii_option_text(a, "host").len + lii_option_text(a, "path").len >
           lii_option_text(b, "host").len + lii_option_text(b, "path").len;
}

static void alb_nobody(const lii_occurrence *o, lii_reaction *a)
{
    (void)o;
    a->status = 503;
    a->verdict = "nobody";
    lii_reaction_header(a, "content-type", "text/html", LI_Z);
    lii_buf_addf(&a->body, "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>"
                           "503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n");
}
static int alb_refuse(const lii_occurrence *o, lii_reaction *a)
{
    const lii_http *h = o->state;
    int is_upgrade = lii_http_header(h, "upgrade").ptr != NULL;

    if (h->body.len <= BODY_MAX && !is_upgrade)
        return 0;
    a->status = is_upgrade ? 400 : 413;
    a->verdict = is_upgrade ? "upgrade" : "too-large";
    return 1;
}

static void request_or_check(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    if (o->state)
        alb_build(t, o, event);
    else
        build_check(t, event);
}

static const lii_kind_code alb_code = { .prepare = group_prepare, .finish = lii_firing_end_state, .read = lii_http_read,
                                        .forget = lii_http_forget, .matches = alb_matches, .where = alb_where, .better = alb_better,
                                        .build = request_or_check, .answer = alb_answer, .nobody = alb_nobody,
                                        .refuse = alb_refuse, .firing = lii_firing_in_state };

static const lii_field alb_fields[] = {
    { .name = "targetGroup", .label = "Target group", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    { .name = "loadBalancer", .label = "Load balancer", .max = 256 },
    { .name = "listener", .label = "Listener", .max = 256 },
    { .name = "host", .label = "Host", .max = 128, .help = "with * and ?; none: every host" },
    { .name = "path", .label = "Path", .max = 128, .help = "with * and ?; none: every path" },
    { .name = "multiValueHeaders", .label = "Multi-value headers", .type = LII_FIELD_BOOL, .standard = "false" },
    { .name = "healthCheck", .label = "Health checks", .type = LII_FIELD_BOOL, .standard = "false",
      .help = "each is an invocation" },
    { .name = "healthPath", .label = "Health check path", .standard = "\"/\"", .min = 1, .max = 1024,
      .show_if = "healthCheck=true" },
    { .name = "healthInterval", .label = "Health check interval (seconds)", .type = LII_FIELD_INTEGER, .standard = "35",
      .min = 5, .max = 300, .show_if = "healthCheck=true" },
    { .name = "healthMatcher", .label = "Healthy statuses", .standard = "\"200\"", .min = 3, .max = 255,
      .pattern = "[0-9,\\-]+", .show_if = "healthCheck=true" },
    { .name = NULL }
};
const lii_trigger_kind lii_alb_kind = {
    .name = "alb",
    .label = "Application Load Balancer",
    .principal = "elasticloadbalancing.amazonaws.com",
    .source_arn = "${$targetGroup}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .retries = "none: the client",
    .fields = alb_fields,
    .members = LII_HTTP_MEMBERS,
    .place = "loadBalancer",
    .same = "targetGroup",
    .same_max = 1,
    .shape = "requestContext.elb.targetGroupArn:s! httpMethod:s! path:s! headers:o multiValueHeaders:o body:s! "
             "isBase64Encoded:b!",
    .options_example = "{\"targetGroup\":\"arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/lambda/1\"}",
    .example = "{\"method\":\"GET\",\"target\":\"/?key=hello\",\"headers\":{\"Accept\":\"*/*\"}}",
    .code = &alb_code,
};

static const lii_kind_code lattice_code = { .read = lii_http_read, .forget = lii_http_forget, .matches = alb_matches,
                                            .better = alb_better, .build = lattice_build, .answer = lii_alb_answer,
                                            .nobody = alb_nobody };
static const lii_field lattice_fields[] = {
    { .name = "service", .label = "Service", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    { .name = "targetGroup", .label = "Target group", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    { .name = "eventVersion", .label = "Event version", .type = LII_FIELD_ENUM, .standard = "\"V2\"", .choices = "V1|V2" },
    { .name = NULL }
};
const lii_trigger_kind lii_lattice_kind = {
    .name = "lattice",
    .label = "VPC Lattice",
    .principal = "vpc-lattice.amazonaws.com",
    .source_arn = "${$targetGroup}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .retries = "none: the client",
    .fields = lattice_fields,
    .members = LII_HTTP_MEMBERS,
    .same = "targetGroup",
    .same_max = 1,
    .shape = "method:s! headers:o! path:s raw_path:s body:s",
    .options_example = "{\"service\":\"arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-1\",\"targetGroup\":"
                       "\"arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-1\"}",
    .example = "{\"method\":\"GET\",\"target\":\"/path/to/resource?key=value\",\"headers\":{\"Accept\":\"*/*\"}}",
    .code = &lattice_code,
};
