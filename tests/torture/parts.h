/* parts.h - the scripts of torture.c that reach the other parts: services and their rules, patterns, samples, the API, SQLite. */
#ifndef TESTS_TORTURE_PARTS_H
#define TESTS_TORTURE_PARTS_H

#include <lambdainvoke/api.h>
#include <lambdainvoke/pattern.h>
#include <lambdainvoke/sample.h>
#include <lambdainvoke/services.h>

/* ---- triggers of every kind */

typedef struct kinds {
    const char *names[128], *options[128], *occurrences[128];
    size_t n;
} kinds;

static void collect_kind(void *user, const li_trigger_kind_info *info)
{
    kinds *k = user;

    if ((info->flags & LI_TRIGGER_POLLED) || k->n == 128)
        return;
    k->names[k->n] = info->name;
    k->options[k->n] = info->options_example;
    k->occurrences[k->n++] = info->occurrence_example;
}

static void service_answered(void *user, const li_trigger_answer *answer)
{
    (void)answer;
    ((run *)user)->answers++;
}

/* One that an HTTP kind, an authorizer or a rule can make something of. */
static int32_t agrees(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    return li_invocation_respond(invocation, "{\"statusCode\":200,\"headers\":{\"a\":\"b\"},\"body\":\"ok\",\"isAuthorized\":true}",
                                 LI_Z) == LI_OK
               ? LI_DONE
               : LI_FAILED;
}

/* The kinds numbered first, first + step, …: all of them would be one very long script. */
static void some_kinds(run *r, size_t first, size_t step)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    kinds k = { { NULL }, { NULL }, { NULL }, 0 };
    size_t i;

    TRY(r, li_trigger_kinds_add(r->engine, li_services_kinds(), NULL));
    add(r, "agrees", agrees, NULL);
    TRY(r, li_version_publish(r->engine, "agrees", LI_Z, NULL, NULL, NULL));
    li_trigger_kind_each(r->engine, collect_kind, &k);
    for (i = first; i < k.n; i += step) {
        int answers = r->answers;

        spec.kind = li_z(k.names[i]);
        spec.function = li_z(strcmp(k.names[i], "edge") == 0 ? "agrees:1" : "agrees");     /* it takes a version only */
        spec.id = li_z(k.names[i]);
        spec.options = li_z(k.options[i]);
        TRY(r, li_trigger_add(r->engine, &spec, NULL, NULL));
        TRY(r, li_trigger_update(r->engine, &spec, NULL));
        if (k.occurrences[i] && k.occurrences[i][0])
            TRY(r, li_trigger_occur_begin(r->engine, k.names[i], LI_Z, k.occurrences[i], LI_Z, service_answered, r, NULL));
        pass(r, 400);            /* Firehose and others wait and try again */
        r->at = k.names[i];
        if (k.occurrences[i] && k.occurrences[i][0] && r->answers != answers + 1)
            say(r, "the occurrence was not answered once");
        TRY(r, li_trigger_set_enabled(r->engine, k.names[i], LI_Z, 0, NULL));
        TRY(r, li_trigger_remove(r->engine, k.names[i], LI_Z, NULL));
    }
}

static void kinds_1(run *r)
{
    some_kinds(r, 0, 3);
}

static void kinds_2(run *r)
{
    some_kinds(r, 1, 3);
}

static void kinds_3(run *r)
{
    some_kinds(r, 2, 3);
}

/* ---- rules and buses: events that applications put, a pattern, a transformer, a destination that is a bus */

static void buses(run *r)
{
    static const char rule[] = "{\"ruleName\":\"big\",\"bus\":\"shop\",\"pattern\":{\"source\":[\"shop\"],\"detail\":{\"total\":[{\"numeric\":[\">\",100]}]}},"
                               "\"inputPath\":\"$.detail\"}";
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    uint64_t n = 0;

    TRY(r, li_trigger_kinds_add(r->engine, li_services_kinds(), NULL));
    add(r, "echo", echo, NULL);
    add(r, "agrees", agrees, NULL);
    spec.kind = li_z("events");
    spec.function = li_z("echo");
    spec.id = li_z("big");
    spec.options = li_z(rule);
    TRY(r, li_trigger_add(r->engine, &spec, NULL, NULL));
    TRY(r, li_trigger_occur(r->engine, "events", LI_Z,
                            "{\"source\":\"shop\",\"detailType\":\"order\",\"bus\":\"shop\",\"detail\":{\"total\":250}}", LI_Z, &n, NULL));
    pass(r, 5);
    r->at = "a rule that matches";
    if (n != 1)
        say(r, "did not match");
    TRY(r, li_trigger_occur(r->engine, "events", LI_Z,
                            "{\"source\":\"shop\",\"detailType\":\"order\",\"bus\":\"shop\",\"detail\":{\"total\":25}}", LI_Z, &n, NULL));
    pass(r, 600);
}

static void policies(run *r)
{
    li_permission permission = LI_PERMISSION_INIT;
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    uint64_t n = 0;

    TRY(r, li_config_set(r->engine, "policy.enforce", 1, NULL));
    add(r, "echo", echo, NULL);
    permission.statement_id = li_z("s3");
    permission.action = li_z("lambda:InvokeFunction");
    permission.principal = li_z("s3.amazonaws.com");
    permission.source_arn = li_z("arn:aws:s3:::photos");
    TRY(r, li_permission_add(r->engine, "echo", LI_Z, NULL, 0, &permission, NULL, NULL, NULL));
    spec.kind = li_z("s3");
    spec.function = li_z("echo");
    spec.id = li_z("photos");
    spec.options = li_z("{\"bucket\":\"photos\",\"events\":[\"s3:ObjectCreated:*\"]}");
    TRY(r, li_trigger_add(r->engine, &spec, NULL, NULL));
    TRY(r, li_trigger_occur(r->engine, "s3", LI_Z, "{\"bucket\":\"photos\",\"key\":\"a.jpg\"}", LI_Z, &n, NULL));
    pass(r, 5);
    TRY(r, li_permission_remove(r->engine, "echo", LI_Z, NULL, 0, "s3", LI_Z, NULL, 0, NULL));
    TRY(r, li_function_remove(r->engine, "echo", LI_Z, NULL));
}

/* ---- pure ones */

static void matching(run *r)
{
    static const char *const texts[] = { "{\"a\":[\"x\",{\"prefix\":\"y\"}]}", "{\"b\":{\"c\":[{\"anything-but\":[\"z\"]}]}}",
                                         "{\"$or\":[{\"a\":[1]},{\"b\":{\"c\":[{\"exists\":true}]}}]}", "{\"a\":[{\"wildcard\":\"*.j*g\"}]}" };
    static const char event[] = "{\"a\":\"yes\",\"b\":{\"c\":\"d\",\"e\":[1,2,{\"f\":[]}]}}";
    li_pattern *pattern = NULL;
    size_t i;

    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int32_t matched = -1;

        TRY(r, li_pattern_new(&r->allocator, texts[i], LI_Z, NULL, &pattern, NULL));
        TRY(r, li_pattern_match(pattern, event, LI_Z, &matched, NULL));
        r->at = texts[i];
        if (matched != (i != 3))
            say(r, "matches what it should not, or not what it should");
        li_pattern_free(pattern);
    }
}

static void keep_length(void *user, const char *data, size_t len)
{
    (void)data;
    *(size_t *)user = len;
}

static void samples(run *r)
{
    li_sample_value value;
    size_t len = 0;

    value.name = li_z("key");
    value.value = li_z("a \"b\".jpg");
    TRY(r, li_event_sample(&r->allocator, "s3", LI_Z, "put", LI_Z, &value, 1, keep_length, &len, NULL));
    r->at = "li_event_sample";
    if (len == 0)
        say(r, "wrote nothing");
}

/* ---- the Lambda API: what the engine refuses is a 500, changes nothing, and succeeds when it is asked again */

static void keep_status(void *user, const li_api_response *response)
{
    *(int *)user = response->status;
}

static int ask_once(li_api *api, const char *method, const char *target, const char *body)
{
    li_api_request request;
    int status = 0;

    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.method = li_z(method);
    request.target = li_z(target);
    request.body = li_z(body);
    return li_api_handle(api, &request, keep_status, &status) == LI_OK ? status : 500;
}

static void ask(run *r, li_api *api, int wanted, const char *method, const char *target, const char *body)
{
    char text[80];
    int status;

    begin(r, target);
    status = ask_once(api, method, target, body);
    if (status == 500) {
        refused(r);
        status = ask_once(api, method, target, body);
    }
    snprintf(text, sizeof text, "%s answers %d", method, status);
    if (status != wanted)
        say(r, text);
}

#define FUNCTION "/2015-03-31/functions/echo"

static void by_api(run *r)
{
    li_api_options options = LI_API_OPTIONS_INIT;
    li_api *api = NULL;

    options.flags = LI_API_ADMIN;
    queue(r, "q");
    add(r, "echo", echo, NULL);
    TRY(r, li_api_new(r->engine, &options, &api));
    ask(r, api, 200, "POST", FUNCTION "/invocations", "{\"a\":1}");
    ask(r, api, 200, "PUT", FUNCTION "/configuration", "{\"Timeout\":5,\"Description\":\"other\"}");
    ask(r, api, 201, "POST", FUNCTION "/versions", "{}");
    ask(r, api, 201, "POST", FUNCTION "/aliases", "{\"Name\":\"live\",\"FunctionVersion\":\"1\"}");
    ask(r, api, 200, "PUT", FUNCTION "/aliases/live", "{\"Description\":\"d\"}");
    ask(r, api, 202, "PUT", "/2019-09-30/functions/echo/provisioned-concurrency?Qualifier=1", "{\"ProvisionedConcurrentExecutions\":2}");
    ask(r, api, 200, "PUT", "/2017-10-31/functions/echo/concurrency", "{\"ReservedConcurrentExecutions\":9}");
    ask(r, api, 200, "PUT", "/2019-09-25/functions/echo/event-invoke-config",
        "{\"MaximumRetryAttempts\":1,\"DestinationConfig\":{\"OnSuccess\":{\"Destination\":\"" QUEUE "q\"}}}");
    ask(r, api, 200, "PUT", "/2024-08-31/functions/echo/recursion-config", "{\"RecursiveLoop\":\"Allow\"}");
    ask(r, api, 201, "POST", FUNCTION "/policy", "{\"StatementId\":\"s\",\"Action\":\"lambda:InvokeFunction\",\"Principal\":\"s3.amazonaws.com\"}");
    ask(r, api, 202, "POST", "/2014-11-13/functions/echo/invoke-async", "{}");
    pass(r, 60);
    ask(r, api, 201, "POST", "/_lambdainvoke/triggers", "{\"Kind\":\"s3\",\"Id\":\"t\",\"FunctionName\":\"echo\",\"Options\":{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"]}}");
    ask(r, api, 200, "POST", "/_lambdainvoke/occur/s3", "{\"bucket\":\"b\",\"key\":\"k\"}");
    ask(r, api, 200, "GET", "/_lambdainvoke/events", NULL);
    ask(r, api, 200, "GET", "/_lambdainvoke/metrics", NULL);
    ask(r, api, 204, "POST", "/_lambdainvoke/functions/echo/pause", NULL);
    ask(r, api, 200, "POST", "/_lambdainvoke/functions/echo/purge", NULL);
    ask(r, api, 204, "DELETE", FUNCTION, NULL);
    pass(r, 10);
    r->at = "li_api_free";
    if (li_api_free(api) != LI_OK)
        say(r, "a request is not answered");
}

/* ---- events looked at and listed, later ones, keys, batches with a callback */

static void count_event(void *user, const li_event_info *info)
{
    (void)info;
    ++*(int *)user;
}

static void listed(run *r)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    li_event_info info = LI_EVENT_INFO_INIT;
    li_id later;
    int i, n = 0;

    add(r, "echo", echo, NULL);
    options.not_before_ms = li_engine_now_ms(r->engine) + 3600000;
    options.idempotency_key = li_z("later");
    options.trace = li_z("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
    TRY(r, li_invoke_event(r->engine, "echo", LI_Z, "{\"late\":1}", LI_Z, &options, &later, NULL));
    r->accepted++;
    for (i = 0; i < 5; i++)
        send(r, "echo:$LATEST", "{}");
    TRY(r, li_event_get(r->engine, &later, &info, NULL));
    TRY(r, li_event_each(r->engine, "echo", LI_Z, NULL, 0, 0, 100, count_event, &n, NULL));
    r->at = "li_event_each";
    if (n != 6)
        say(r, "did not list six events");
    pass(r, 60);
    TRY(r, li_event_cancel(r->engine, &later, NULL));
}

/* ---- a handler that is pending between pieces, of a stream held to a rate */

static void give_more(void *user, li_invocation *invocation);

static int32_t give_pieces(run *r, li_invocation *invocation)
{
    while (r->n_pieces < 6) {
        li_status status = li_invocation_stream(invocation, "0123456789", 10);

        if (status == LI_E_WOULD_BLOCK)
            return li_invocation_when_ready(invocation, give_more, r) == LI_OK ? LI_PENDING : LI_FAILED;
        if (status != LI_OK)
            return LI_FAILED;
        r->n_pieces++;
    }
    return LI_DONE;
}

static void give_more(void *user, li_invocation *invocation)
{
    int32_t verdict = give_pieces(user, invocation);

    if (verdict == LI_DONE)
        li_invocation_respond(invocation, NULL, 0);
    else if (verdict == LI_FAILED)
        li_invocation_fail(invocation, "NoMemory", "for the rest");
}

static int32_t gives(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    return give_pieces(user, invocation);
}

static int32_t take_more(void *user, const char *data, size_t len)
{
    (void)user, (void)data, (void)len;
    return LI_STREAM_MORE;
}

static void paced(run *r)
{
    li_stream_caller caller = LI_STREAM_CALLER_INIT;
    li_stream *stream = NULL;

    TRY(r, li_config_set(r->engine, "stream.rate", 10, NULL));
    TRY(r, li_config_set(r->engine, "stream.burst", 20, NULL));
    add(r, "gives", gives, NULL);
    caller.chunk = take_more;
    caller.done = ended;
    caller.user = r;
    TRY(r, li_invoke_stream(r->engine, "gives", LI_Z, "{}", LI_Z, NULL, &caller, &stream));
    pass(r, 10);
    li_stream_release(stream);
    pass(r, 10);
    r->at = "a stream held to a rate";
    if (r->answers != 1)
        say(r, "did not end");
}

/* ---- a queue and a store on the disk */

#ifdef TORTURE_SQLITE
static void on_disk(run *r)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    int i;

    queue(r, "dead");
    queue(r, "done");
    add(r, "echo", echo, NULL);
    configure(r, "echo", QUEUE "done", NULL);
    spec.name = li_z("boom");
    spec.handler = boom;
    spec.dead_letter_target = li_z(QUEUE "dead");
    TRY(r, li_function_register(r->engine, &spec, NULL, NULL));
    TRY(r, li_version_publish(r->engine, "echo", LI_Z, NULL, NULL, NULL));
    for (i = 0; i < 3; i++) {
        send(r, "echo", "{\"number\":12345678901234567890}");
        send(r, "boom", "{}");
    }
    pass(r, 7200);
    TRY(r, li_event_config_remove(r->engine, "echo", LI_Z, NULL, 0, NULL));
    TRY(r, li_function_remove(r->engine, "boom", LI_Z, NULL));
}

/* The engine ends with events in its file, and is opened again: they run. */
static void over_restart(run *r)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    int i;

    add(r, "boom", boom, NULL);
    add(r, "echo", echo, NULL);
    TRY(r, li_function_pause(r->engine, "echo", LI_Z, NULL));
    for (i = 0; i < 3; i++)
        send(r, i ? "echo" : "boom", "{}");
    pass(r, 1);
    r->at = "li_engine_free";
    if (li_engine_free(r->engine) != LI_OK) {
        say(r, "the engine is busy");
        return;
    }
    r->engine = NULL;
    r->accepted = 0;
    TRY(r, open_engine(r));
    add(r, "boom", echo, NULL);
    add(r, "echo", echo, NULL);
    TRY(r, li_function_resume(r->engine, "echo", LI_Z, NULL));
    pass(r, 3600);
    r->memory.fail_at = 0;
    pass(r, 3600);
    li_event_count(r->engine, &c);
    r->at = "events of before the restart";
    if (c.accepted != 3 || c.succeeded + c.dropped != 3)     /* echo fails while it has no memory to answer with */
        say(r, "are not all accounted for");
}
#endif

#endif
