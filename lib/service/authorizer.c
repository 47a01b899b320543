/* authorizer.c - Lambda authorizers: who asks is read from the request, an answer is kept for a while and looked at for each
 * method that it is asked about (TRG-106). */
#include <strings.h>

#include "service/http.h"
#include "service/iam.h"

enum { SOURCES_MAX = 10, ANSWERS_MAX = 1000 };

extern const lii_trigger_kind lii_authorizer_kind;

/* ---- answers that are kept */

typedef struct kept {
    uint64_t until_ms;
    size_t key_len, len;         /* of what who asks is, and of the answer behind it */
    char bytes[];
} kept;

typedef struct authorizer {
    struct {
        pthread_mutex_t lock;    /* innermost */
        lii_table by_identity;
    } locked;
} authorizer;

static void drop_old_locked(const li_trigger *t, authorizer *a, uint64_t now_ms)
{
    lii_table_slot *slot;
    size_t i = 0;

    for (; (slot = lii_table_next(&a->locked.by_identity, &i)) != NULL; i++) {
        kept *k = slot->value;

        if (k->until_ms > now_ms)
            continue;
        lii_table_remove(&a->locked.by_identity, k->bytes, k->key_len);
        lii_free(lii_engine_allocator(t->engine), k);
    }
}

static void keep(const li_trigger *t, li_slice identity, const char *answer, size_t len)
{
    const li_allocator *allocator = lii_engine_allocator(t->engine);
    uint64_t now_ms = li_engine_now_ms(t->engine);
    authorizer *a = t->state;
    kept *k = lii_alloc(allocator, sizeof *k + identity.len + len);
    void *old = NULL;

    if (!k)
        return;                  /* the function is asked again */
    k->until_ms = now_ms + (uint64_t)lii_option_number(t, "ttl") * 1000;
    k->key_len = identity.len;
    k->len = len;
    memcpy(k->bytes, identity.ptr, identity.len);
    memcpy(k->bytes + identity.len, answer, len);
    pthread_mutex_lock(&a->locked.lock);
    if (a->locked.by_identity.count >= ANSWERS_MAX)
        drop_old_locked(t, a, now_ms);
    old = lii_table_remove(&a->locked.by_identity, k->bytes, k->key_len);
    if (a->locked.by_identity.count < ANSWERS_MAX && lii_table_put(&a->locked.by_identity, k->bytes, k->key_len, k, NULL) == LI_OK)
        k = NULL;
    pthread_mutex_unlock(&a->locked.lock);
    lii_free(allocator, old);
    lii_free(allocator, k);
}

/* 1: it is in the buffer. */
static int find_kept(const li_trigger *t, li_slice identity, lii_buf *answer)
{
    authorizer *a = t->state;
    const kept *k;

    pthread_mutex_lock(&a->locked.lock);
    k = lii_table_get(&a->locked.by_identity, identity.ptr, identity.len);
    if (k && k->until_ms > li_engine_now_ms(t->engine))
        lii_buf_add(answer, k->bytes + k->key_len, k->len);
    pthread_mutex_unlock(&a->locked.lock);
    return answer->len > 0 && answer->status == LI_OK;
}

static void finish(li_trigger *t)
{
    authorizer *a = t->state;

    drop_old_locked(t, a, UINT64_MAX);
    lii_table_fini(&a->locked.by_identity);
    pthread_mutex_destroy(&a->locked.lock);
    lii_free(lii_engine_allocator(t->engine), a);
}

/* ---- identity sources */

/* The member of an occurrence in which a source is looked for, and the name in it; NULL: it is no source. */
static const char *place_of(li_slice source, li_slice *name)
{
    static const char *const before[] = { "method.request.", "$request.", "$" };
    static const struct {
        const char *prefix, *member;
    } places[] = { { "header.", "headers" }, { "querystring.", "queryStringParameters" }, { "stageVariables.", "stageVariables" },
                   { "context.", "" } };
    size_t i, n;

    for (i = 0; i < sizeof before / sizeof *before; i++) {
        n = strlen(before[i]);
        if (source.len > n && memcmp(source.ptr, before[i], n) == 0) {
            source = lii_slice(source.ptr + n, source.len - n);
            break;
        }
    }
    for (i = 0; i < sizeof places / sizeof *places; i++) {
        n = strlen(places[i].prefix);
        if (source.len > n && memcmp(source.ptr, places[i].prefix, n) == 0) {
            *name = lii_slice(source.ptr + n, source.len - n);
            return places[i].member;
        }
    }
    return NULL;
}

static li_status prepare(li_trigger *t, li_error *err)
{
    lii_json_value sources = lii_option_json(t, "identitySources"), entry;
    authorizer *a = lii_calloc(lii_engine_allocator(t->engine), 1, sizeof *a);
    char text[256];
    li_slice name;
    size_t at = 0, n;

    if (a && pthread_mutex_init(&a->locked.lock, NULL) != 0) {
        lii_free(lii_engine_allocator(t->engine), a);
        a = NULL;
    }
    if (!a)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a trigger");
    lii_table_init(&a->locked.by_identity, lii_engine_allocator(t->engine));
    t->state = a;
    while (lii_json_next(sources, &at, NULL, &entry)) {
        n = lii_json_text(entry, text, sizeof text);
        if (n > sizeof text || !place_of(lii_slice(text, n), &name))
            return lii_option_wrong("identitySources", err, "such as header.Authorization, querystring.key, stageVariables.v, "
                                                            "context.path");
    }
    return LI_OK;
}

static lii_json_value value_of(const lii_occurrence *o, const char *place, li_slice name)
{
    lii_json_value object = place[0] ? lii_json_get(o->json, place, LI_Z) : o->json, key, value, found;
    char text[256];
    size_t at = 0, n;

    memset(&found, 0, sizeof found);
    while (lii_json_next(object, &at, &key, &value)) {
        n = lii_json_text(key, text, sizeof text);
        if (n == name.len && (strcmp(place, "headers") == 0 ? strncasecmp(text, name.ptr, n) : memcmp(text, name.ptr, n)) == 0)
            found = value;
    }
    return found;
}

/* What says who asks: each value as text in key, ending in NUL. -1: one is missing; 0: nothing has to be there. */
static int read_identity(const li_trigger *t, const lii_occurrence *o, lii_json_value *values, size_t *n)
{
    lii_json_value sources = lii_option_json(t, "identitySources"), entry, token = lii_occurrence_get(o, "token");
    char text[256];
    li_slice name;
    size_t at = 0;

    *n = 0;
    while (lii_json_next(sources, &at, NULL, &entry)) {
        const char *place = place_of(lii_slice(text, lii_json_text(entry, text, sizeof text)), &name);
        lii_json_value value = value_of(o, place, name);

        if (value.type != LII_JSON_STRING || value.len <= 2)
            return -1;
        values[(*n)++] = value;
    }
    if (*n == 0 && token.type == LII_JSON_STRING && token.len > 2)
        values[(*n)++] = token;
    return *n == 0 && lii_slice_is(lii_option_text(t, "format"), "TOKEN") ? -1 : *n > 0;
}

/* What REST and payload 1.0 of HTTP have in common. */
#define AUTHORIZER_REQUEST                                                                                                 \
    "\"resource\":\"${resource|/}\",\"path\":\"${path|/}\",\"httpMethod\":\"${httpMethod|GET}\",\"headers\":\"${=headers|{}}\"," \
    "\"?multiValueHeaders\":\"${=multiValueHeaders}\",\"queryStringParameters\":\"${=queryStringParameters|{}}\","             \
    "\"?multiValueQueryStringParameters\":\"${=multiValueQueryStringParameters}\",\"pathParameters\":\"${=pathParameters|{}}\"," \
    "\"stageVariables\":\"${=stageVariables|{}}\",\"requestContext\":{\"accountId\":\"${@account}\",\"apiId\":\"${$apiId}\","    \
    "\"httpMethod\":\"${httpMethod|GET}\",\"identity\":{\"sourceIp\":\"${sourceIp|127.0.0.1}\",\"userAgent\":"               \
    "\"${userAgent|agent}\"},\"path\":\"${path|/}\",\"protocol\":\"HTTP/1.1\",\"requestId\":\"${@id0}\",\"requestTime\":"       \
    "\"${@time_log}\",\"requestTimeEpoch\":\"${=@epoch_ms}\",\"resourceId\":\"${@id1}\",\"resourcePath\":\"${resource|/}\","     \
    "\"stage\":\"${stage|prod}\"}}"

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    li_slice format = lii_option_text(t, "format");

    if (lii_slice_is(format, "TOKEN"))
        lii_build_template(t, o, "{\"type\":\"TOKEN\",\"authorizationToken\":\"${identity}\",\"methodArn\":\"${methodArn}\"}", event);
    else if (lii_slice_is(format, "2.0"))
        lii_build_template(
            t, o,
            "{\"version\":\"2.0\",\"type\":\"REQUEST\",\"routeArn\":\"${methodArn}\",\"identitySource\":\"${=identities|null}\","
            "\"routeKey\":\"${routeKey|$default}\",\"rawPath\":\"${path|/}\",\"rawQueryString\":\"${rawQueryString|}\","
            "\"?cookies\":\"${=cookies}\",\"headers\":\"${=headers|{}}\",\"?queryStringParameters\":"
            "\"${=queryStringParameters}\",\"requestContext\":{\"accountId\":\"${@account}\",\"apiId\":\"${$apiId}\","
            "\"domainName\":\"${$apiId}.execute-api.${@region}.amazonaws.com\",\"domainPrefix\":\"${$apiId}\",\"http\":{\"method\":"
            "\"${httpMethod|GET}\",\"path\":\"${path|/}\",\"protocol\":\"HTTP/1.1\",\"sourceIp\":\"${sourceIp|127.0.0.1}\","
            "\"userAgent\":\"${userAgent|agent}\"},\"requestId\":\"${@id0}\",\"routeKey\":\"${routeKey|$default}\",\"stage\":"
            "\"$default\",\"time\":\"${@time_log}\",\"timeEpoch\":\"${=@epoch_ms}\"},\"?pathParameters\":"
            "\"${=pathParameters}\",\"?stageVariables\":\"${=stageVariables}\"}",
            event);
    else if (lii_slice_is(format, "1.0"))
        lii_build_template(t, o,
                           "{\"version\":\"1.0\",\"type\":\"REQUEST\",\"methodArn\":\"${methodArn}\",\"identitySource\":"
                           "\"${identity|}\",\"authorizationToken\":\"${identity|}\"," AUTHORIZER_REQUEST,
                           event);
    else
        lii_build_template(t, o, "{\"type\":\"REQUEST\",\"methodArn\":\"${methodArn}\"," AUTHORIZER_REQUEST, event);
}

/* ---- the answer */

/* A policy allows or denies; the simple form says so; anything else is the gateway's error. */
static int32_t decide(const lii_occurrence *o, lii_json_value document, const char **verdict)
{
    lii_json_value simple = lii_json_get(document, "isAuthorized", LI_Z), context = lii_json_get(document, "context", LI_Z);
    lii_json_value arn = lii_occurrence_get(o, "methodArn");
    char method[2048];
    size_t n = lii_json_text(arn, method, sizeof method);
    int is_allowed = -1;

    if (context.type == LII_JSON_NONE || context.type == LII_JSON_OBJECT || context.type == LII_JSON_NULL) {
        if (simple.type == LII_JSON_TRUE || simple.type == LII_JSON_FALSE)
            is_allowed = simple.type == LII_JSON_TRUE;
        else if (lii_json_get(document, "principalId", LI_Z).type == LII_JSON_STRING)
            is_allowed = lii_iam_allows(lii_json_get(document, "policyDocument", LI_Z), LII_S("execute-api:Invoke"),
                                        lii_slice(method, n < sizeof method ? n : sizeof method));
    }
    *verdict = is_allowed < 0 ? "malformed" : is_allowed ? "allow" : "deny";
    return is_allowed < 0 ? 500 : is_allowed ? 200 : 403;
}

static void answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                   lii_reaction *a)
{
    lii_reaction_plain(t, status, result, a);
    if (status != LI_OK || result->function_error != LI_FUNCTION_ERROR_NONE) {
        int is_unauthorized = status == LI_OK && lii_json_text_is(lii_json_get(lii_json_root(result->payload, result->payload_len),
                                                                               "errorMessage", LI_Z), "Unauthorized", LI_Z);

        a->status = is_unauthorized ? 401 : 500;
        a->verdict = is_unauthorized ? "unauthorized" : "failed";
        return;
    }
    a->status = decide(o, lii_json_root(result->payload, result->payload_len), &a->verdict);
}

/* ---- asking, or not */

typedef struct asking {
    li_trigger *trigger;
    li_trigger_answered done;    /* may be NULL */
    void *user;
    li_slice identity;           /* {NULL, 0}: the answer is not kept */
    char texts[];
} asking;

static void asked(void *user, const li_trigger_answer *a)
{
    asking *me = user;
    const li_allocator *allocator = lii_engine_allocator(me->trigger->engine);

    if (me->identity.ptr && (a->status == 200 || a->status == 403))
        keep(me->trigger, me->identity, a->body, a->body_len);
    if (me->done)
        me->done(me->user, a);
    lii_trigger_release(me->trigger);
    lii_free(allocator, me);
}

static void say(li_trigger_answered done, void *user, int32_t status, const char *verdict, const char *body, size_t len)
{
    li_trigger_answer a;

    if (!done)
        return;
    memset(&a, 0, sizeof a);
    a.size = sizeof a;
    a.status = status;
    a.verdict = verdict;
    a.body = body;
    a.body_len = len;
    a.n_matched = 1;
    done(user, &a);
}

/* The values as a key, each ending in NUL; and the occurrence with them, for the event. */
static void write_identity(const lii_json_value *values, size_t n, lii_json_value object, lii_buf *key, lii_buf *text)
{
    size_t i;

    for (i = 0; i < n && lii_buf_reserve(key, values[i].len + 1) == LI_OK; i++) {
        key->len += lii_json_text(values[i], key->data + key->len, values[i].len);
        lii_buf_add_byte(key, '\0');
    }
    lii_buf_add(text, object.ptr, object.len - 1);
    if (n > 0) {
        lii_buf_add_z(text, ",\"identities\":[");
        for (i = 0; i < n; i++) {
            lii_buf_add(text, ",", i > 0);
            lii_buf_add(text, values[i].ptr, values[i].len);
        }
        lii_buf_add_z(text, "],\"identity\":\"");
        for (i = 0; i < n; i++) {
            lii_buf_add(text, ",", i > 0);
            lii_buf_add(text, values[i].ptr + 1, values[i].len - 2);   /* escaped already */
        }
        lii_buf_add_byte(text, '"');
    }
    lii_buf_add_byte(text, '}');
}

static li_status ask(li_trigger *t, li_slice key, li_slice text, li_trigger_answered done, void *user, uint64_t *n_matched,
                     li_error *err)
{
    const li_allocator *allocator = lii_engine_allocator(t->engine);
    asking *me = lii_calloc(allocator, 1, sizeof *me + key.len + 1);
    lii_occasion *o = NULL;
    li_status status = me ? lii_occasion_new(t->engine, t->kind, text.ptr, text.len, &o, err) : LI_E_NOMEM;

    if (status == LI_OK) {
        me->trigger = t;
        atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
        me->done = done;
        me->user = user;
        if (key.len > 0 && lii_option_number(t, "ttl") > 0) {
            memcpy(me->texts, key.ptr, key.len);
            me->identity = lii_slice(me->texts, key.len);
        }
        status = lii_occasion_run(o, asked, me, n_matched, err);
        if (status != LI_OK)
            lii_trigger_release(t);
    }
    if (status != LI_OK)
        lii_free(allocator, me);
    return status;
}

static li_status begin_for(li_trigger *t, const lii_occurrence *o, li_trigger_answered done, void *user, uint64_t *n_matched,
                           li_error *err)
{
    lii_json_value values[SOURCES_MAX + 1];
    const char *verdict = NULL;
    li_status status = LI_OK;
    lii_buf key, text;
    size_t n = 0;
    int32_t code;

    if (n_matched)
        *n_matched = 1;
    if (read_identity(t, o, values, &n) < 0) {
        say(done, user, 401, "unauthorized", "{\"message\":\"Unauthorized\"}", 26);
        return LI_OK;
    }
    lii_buf_init(&key, lii_engine_allocator(t->engine));
    lii_buf_init(&text, lii_engine_allocator(t->engine));
    write_identity(values, n, o->json, &key, &text);
    status = key.status != LI_OK ? key.status : text.status;
    if (status == LI_OK && n > 0 && lii_option_number(t, "ttl") > 0) {
        lii_buf answered;

        lii_buf_init(&answered, lii_engine_allocator(t->engine));
        if (find_kept(t, lii_slice(key.data, key.len), &answered)) {
            code = decide(o, lii_json_root(answered.data, answered.len), &verdict);
            say(done, user, code, verdict, answered.data, answered.len);
        }
        lii_buf_fini(&answered);
    }
    if (status == LI_OK && !verdict)
        status = ask(t, lii_slice(key.data, key.len), lii_slice(text.data, text.len), done, user, n_matched, err);
    lii_buf_fini(&key);
    lii_buf_fini(&text);
    return status;
}

static li_status begin(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user, uint64_t *n_matched,
                       li_error *err)
{
    lii_occasion *o = NULL;
    li_status status = lii_occasion_new(engine, &lii_authorizer_kind, object.ptr, object.len, &o, err);
    li_trigger *t = NULL;

    if (status == LI_OK)
        status = lii_occurrence_taker(lii_occasion_occurrence(o), &t);
    if (status == LI_OK && !t)
        return lii_occasion_run(o, done, user, n_matched, err);   /* nobody */
    if (status == LI_OK)
        status = begin_for(t, lii_occasion_occurrence(o), done, user, n_matched, err);
    if (t)
        lii_trigger_release(t);
    if (o)
        lii_occasion_free(o);
    return status == LI_E_NOMEM ? lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory to ask an authorizer") : status;
}

static const lii_kind_code code = { .prepare = prepare, .finish = finish, .build = build, .answer = answer, .begin = begin };

static const lii_field fields[] = {
    { .name = "authorizer", .label = "Authorizer id", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 64 },
    { .name = "apiId", .label = "API id", .standard = "\"example\"", .min = 1, .max = 64 },
    { .name = "format", .label = "Type and payload format", .type = LII_FIELD_ENUM, .standard = "\"TOKEN\"",
      .choices = "TOKEN|REQUEST|1.0|2.0" },
    { .name = "identitySources", .label = "Identity sources", .type = LII_FIELD_LIST, .max = SOURCES_MAX,
      .help = "header.Authorization, querystring.key, …; all have to be there; none: the occurrence's token" },
    { .name = "ttl", .label = "Cache (seconds)", .type = LII_FIELD_INTEGER, .standard = "300", .min = 0, .max = 3600,
      .help = "an answer is kept so long for the same identity; 0: not at all" },
    { .name = NULL }
};

const lii_trigger_kind lii_authorizer_kind = {
    .name = "apigw-authorizer",
    .label = "API Gateway authorizer",
    .principal = "apigateway.amazonaws.com",
    .source_arn = "arn:${@partition}:execute-api:${@region}:${@account}:${$apiId}/authorizers/${$authorizer}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .answer_ms = 29000,
    .retries = "none; the answer is kept for ttl seconds",
    .fields = fields,
    .members = "authorizer:s! token:s methodArn:s! resource:s routeKey:s path:s rawQueryString:s httpMethod:s headers:o "
               "cookies:a queryStringParameters:o pathParameters:o stageVariables:o sourceIp:s userAgent:s stage:s "
               "multiValueHeaders:o multiValueQueryStringParameters:o",
    .match = "authorizer=authorizer",
    .same = "apiId authorizer",
    .same_max = 1,
    .shape = "type:s! methodArn:s routeArn:s authorizationToken:s headers:o requestContext:o",
    .options_example = "{\"authorizer\":\"abc123\"}",
    .example = "{\"authorizer\":\"abc123\",\"token\":\"allow\",\"methodArn\":"
               "\"arn:aws:execute-api:us-east-1:123456789012:example/prod/GET/\"}",
    .code = &code,
};
