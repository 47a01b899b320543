/* storm.c - threads that create, remove, change, alias and invoke the same four names at once, with triggers, mappings, policies
 * and faults; at the end every accepted event has ended and the sums agree (REL-1, REL-42, REL-50).
 *
 *   storm [SECONDS [THREADS [SEED]]]      standard: 1 second, 16 threads; then as long with queue and store in a file */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/services.h>
#include <lambdainvoke/testing.h>
#ifdef TORTURE_SQLITE
#include <lambdainvoke/sqlite.h>
#endif

#define ARN "arn:aws:lambda:us-east-1:000000000000:function:"
#define QUEUE "arn:aws:sqs:us-east-1:000000000000:"

enum { NAMES = 4, HELD = 256, THREADS_MAX = 64, WORKERS = 4, PATIENCE_S = 60 };

static const char *const names[NAMES] = { "north", "east", "south", "west" };
static const char *const qualified[] = { "north", "east", "south", "west", "north:live", "east:live", "south:1", "west:2" };

static li_engine *engine;
static atomic_int is_over;
static struct {
    pthread_mutex_t lock;
    char uuid[40];               /* of a mapping that was made */
} mapped = { PTHREAD_MUTEX_INITIALIZER, "" };
static atomic_ullong accepted, refused, calls, answers_due, answers, operations;

/* ---- invocations that are completed by whoever comes by */

static struct {
    pthread_mutex_t lock;
    li_invocation *list[HELD];
    int n;
} held = { PTHREAD_MUTEX_INITIALIZER, { NULL }, 0 };

static int hold(li_invocation *invocation)
{
    int taken = 0;

    pthread_mutex_lock(&held.lock);
    if (held.n < HELD) {
        held.list[held.n++] = invocation;
        taken = 1;
    }
    pthread_mutex_unlock(&held.lock);
    return taken;
}

static int complete_one(void)
{
    li_invocation *invocation = NULL;

    pthread_mutex_lock(&held.lock);
    if (held.n > 0)
        invocation = held.list[--held.n];
    pthread_mutex_unlock(&held.lock);
    if (!invocation)
        return 0;
    li_invocation_respond(invocation, "\"later\"", 7);
    li_invocation_release(invocation);
    return 1;
}

/* ---- handlers */

static uint32_t payload_number(li_invocation *invocation)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    return len > 0 && len < 12 ? (uint32_t)strtoul(payload, NULL, 10) : 0;     /* followed by no digit */
}

static int32_t works(li_invocation *invocation, void *environment, void *user)
{
    uint32_t n = payload_number(invocation);

    (void)environment, (void)user;
    if (n % 7 == 0) {
        li_invocation_fail(invocation, "Seven", "divides it");
        return LI_FAILED;
    }
    li_invocation_respond(invocation, "true", 4);
    return LI_DONE;
}

static int32_t waits(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_retain(invocation);
    if (hold(invocation))
        return LI_PENDING;
    li_invocation_release(invocation);
    return LI_DONE;
}

static int32_t streams(li_invocation *invocation, void *environment, void *user)
{
    uint32_t n = payload_number(invocation) % 5, i;

    (void)environment, (void)user;
    for (i = 0; i < n; i++)
        if (li_invocation_stream(invocation, "piece ", 5 + i % 2) != LI_OK)
            return LI_FAILED;
    li_invocation_log(invocation, "a line\n", 7);
    return n == 4 ? LI_FAILED : LI_DONE;
}

/* From inside: calls another, sends an event, changes and removes functions (REL-42). */
static int32_t meddles(li_invocation *invocation, void *environment, void *user)
{
    uint32_t n = payload_number(invocation);

    (void)environment, (void)user;
    if (n % 3 == 0)
        li_invoke(engine, names[n / 3 % NAMES], LI_Z, "1", 1, NULL, NULL, NULL);
    if (n % 5 == 0 && li_invoke_event(engine, names[n / 5 % NAMES], LI_Z, "1", 1, NULL, NULL, NULL) == LI_OK)
        atomic_fetch_add(&accepted, 1);
    if (n % 11 == 0)
        li_function_remove(engine, names[n / 11 % NAMES], LI_Z, NULL);
    return LI_DONE;
}

static int32_t make_environment(li_init *init, void *user, void **environment)
{
    (void)init, (void)user;
    *environment = malloc(8);
    return *environment ? LI_DONE : LI_FAILED;
}

static void end_environment(void *environment, void *user, int32_t reason)
{
    (void)user, (void)reason;
    free(environment);
}

/* ---- what a thread does, again and again */

typedef struct weather {
    uint64_t state;
    uint32_t index;
    li_id last;
} weather;

static uint32_t draw(weather *w, uint32_t n)
{
    w->state ^= w->state << 13;
    w->state ^= w->state >> 7;
    w->state ^= w->state << 17;
    return (uint32_t)((w->state * UINT64_C(2685821657736338717)) >> 33) % n;
}

static void register_one(weather *w, const char *name)
{
    static const li_handler handlers[] = { works, works, works, waits, meddles, streams };
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z(name);
    spec.handler = handlers[draw(w, 6)];
    if (draw(w, 2)) {
        spec.init = make_environment;
        spec.fini = end_environment;
    }
    spec.run_on = draw(w, 2) ? LI_RUN_INLINE : LI_RUN_WORKER;
    spec.timeout_ms = 200;
    spec.reserved_concurrency = draw(w, 3) ? LI_UNRESERVED : (int64_t)draw(w, 4);
    if (draw(w, 3) == 0)
        spec.dead_letter_target = li_z(QUEUE "dead");
    if (draw(w, 4))
        li_function_register(engine, &spec, NULL, NULL);
    else
        li_function_create(engine, &spec, NULL, NULL);
}

static void call_one(weather *w)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    char payload[16];

    snprintf(payload, sizeof payload, "%u ", draw(w, 1000));
    li_invoke(engine, qualified[draw(w, 8)], LI_Z, payload, LI_Z, NULL, &result, NULL);
    li_invoke_result_fini(&result);
    atomic_fetch_add(&calls, 1);
}

static void was_answered(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    (void)user, (void)status, (void)result, (void)err;
    atomic_fetch_add(&answers, 1);
}

static void begin_one(weather *w)
{
    if (li_invoke_begin(engine, qualified[draw(w, 8)], LI_Z, "1 ", 2, NULL, was_answered, NULL) == LI_OK)
        atomic_fetch_add(&answers_due, 1);
}

/* A streamed call whose reader takes, is full for a moment, or goes away. */
static int32_t take_piece(void *user, const char *data, size_t len)
{
    (void)user, (void)data;
    return len % 2 ? LI_STREAM_FULL : LI_STREAM_MORE;
}

static void stream_one(weather *w)
{
    li_stream_caller caller = LI_STREAM_CALLER_INIT;
    li_stream *stream = NULL;
    char payload[16];
    uint32_t i;

    snprintf(payload, sizeof payload, "%u ", draw(w, 1000));
    caller.chunk = take_piece;
    caller.done = was_answered;
    atomic_fetch_add(&answers_due, 1);
    if (li_invoke_stream(engine, qualified[draw(w, 8)], LI_Z, payload, LI_Z, NULL, &caller, &stream) != LI_OK) {
        atomic_fetch_sub(&answers_due, 1);
        return;
    }
    for (i = draw(w, 6); i > 0; i--)
        li_stream_resume(stream);
    if (draw(w, 2))
        li_stream_cancel(stream);
    for (i = 0; i < 8; i++)      /* and it can go to its end */
        li_stream_resume(stream);
    li_stream_release(stream);
}

static void send_some(weather *w)
{
    li_event_request requests[8], one = LI_EVENT_REQUEST_INIT;
    uint32_t n = draw(w, 8) + 1, i;
    li_id ids[8];

    for (i = 0; i < n; i++) {
        requests[i] = one;
        requests[i].name = li_z(qualified[draw(w, 8)]);
        requests[i].payload = li_z(draw(w, 4) ? "1 " : "7 ");
    }
    if (li_event_submit_batch(engine, requests, n, ids, NULL, NULL, NULL) != LI_OK) {
        atomic_fetch_add(&refused, 1);
        return;
    }
    w->last = ids[0];
    atomic_fetch_add(&accepted, n);
}

/* The same key again and again: which of them is the first, and counts, is not told apart here. */
static void send_once(weather *w)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    char key[16];

    snprintf(key, sizeof key, "key-%u", draw(w, 500));
    options.idempotency_key = li_z(key);
    options.trace = li_z("Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=1:a87bd80c:3");
    li_invoke_event(engine, names[draw(w, NAMES)], LI_Z, "1 ", 2, &options, &w->last, NULL);
}

static void alias_one(weather *w, const char *name)
{
    li_alias_spec alias = LI_ALIAS_SPEC_INIT;

    alias.name = li_z("live");
    alias.function_version = li_z(draw(w, 2) ? "1" : "2");
    if (draw(w, 2)) {
        alias.additional_version = li_z(draw(w, 2) ? "1" : "3");
        alias.weight = 0.25;
    }
    switch (draw(w, 3)) {
    case 0:
        li_alias_create(engine, name, LI_Z, &alias, NULL, NULL);
        break;
    case 1:
        li_alias_update(engine, name, LI_Z, &alias, NULL, NULL);
        break;
    default:
        li_alias_remove(engine, name, LI_Z, "live", LI_Z, NULL);
    }
}

static void configure_one(weather *w, const char *name)
{
    static const char *const targets[] = { QUEUE "done", ARN "north", ARN "west" };
    li_event_config config = LI_EVENT_CONFIG_INIT;

    config.max_retries = draw(w, 3);
    if (draw(w, 2))
        config.on_success = li_z(targets[draw(w, 8) ? 0 : draw(w, 3)]);     /* few chains: they would never end */
    if (draw(w, 2))
        config.on_failure = li_z(QUEUE "done");
    if (draw(w, 4))
        li_event_config_put(engine, name, LI_Z, NULL, 0, &config, NULL, NULL);
    else
        li_event_config_remove(engine, name, LI_Z, NULL, 0, NULL);
}

/* A trigger of a name and kind; services that wait for the answer are told it once. */
static const struct source {
    const char *kind, *options, *occurrence;
} sources[] = {
    { "custom", "{\"source\":\"storm\"}", "{\"source\":\"storm\",\"payload\":1}" },
    { "s3", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"]}", "{\"bucket\":\"b\",\"key\":\"k\"}" },
    { "sns", "{\"topic\":\"arn:aws:sns:us-east-1:000000000000:t\"}",
      "{\"topic\":\"arn:aws:sns:us-east-1:000000000000:t\",\"message\":\"m\"}" },
    { "events", "{\"ruleName\":\"r\",\"pattern\":{\"source\":[\"storm\"],\"detail\":{\"n\":[{\"numeric\":[\">\",3]}]}}}",
      "{\"source\":\"storm\",\"detailType\":\"t\",\"detail\":{\"n\":7}}" },
    { "alb", "{\"loadBalancer\":\"lb\",\"targetGroup\":\"tg\"}", "{\"method\":\"GET\",\"target\":\"/a?b=c\"}" },
    { "schedule", "{\"name\":\"often\",\"expression\":\"rate(1 minute)\"}", NULL },
};

static void service_answered(void *user, const li_trigger_answer *answer)
{
    (void)user, (void)answer;
    atomic_fetch_add(&answers, 1);
}

static void trigger_one(weather *w, const char *name)
{
    const struct source *s = &sources[draw(w, sizeof sources / sizeof sources[0])];
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    char id[40];

    snprintf(id, sizeof id, "%s-%s", name, s->kind);
    spec.kind = li_z(s->kind);
    spec.function = li_z(name);
    spec.id = li_z(id);
    spec.options = li_z(s->options);
    switch (draw(w, 6)) {
    case 0:
        li_trigger_add(engine, &spec, NULL, NULL);
        break;
    case 1:
        li_trigger_update(engine, &spec, NULL);
        break;
    case 2:
        li_trigger_set_enabled(engine, id, LI_Z, (int32_t)draw(w, 2), NULL);
        break;
    case 3:
        li_trigger_remove(engine, id, LI_Z, NULL);
        break;
    default:
        if (!s->occurrence)
            return;
        atomic_fetch_add(&answers_due, 1);
        if (li_trigger_occur_begin(engine, s->kind, LI_Z, s->occurrence, LI_Z, service_answered, NULL, NULL) != LI_OK)
            atomic_fetch_sub(&answers_due, 1);
    }
}

/* A mapping of the queue "work" that comes, goes, rests; and messages for it. */
static void map_one(weather *w, const char *name)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_mapping *mapping = NULL;
    li_local_queue *queue = NULL;
    char uuid[40];

    li_local_queue_get(engine, "work", LI_Z, &queue);
    if (draw(w, 2)) {
        if (queue)
            li_local_queue_send(queue, "a message", LI_Z, NULL, 0, NULL);
        return;
    }
    spec.source_arn = li_z(QUEUE "work");
    spec.function = li_z(name);
    if (draw(w, 3) == 0 && li_mapping_create(engine, &spec, &mapping, NULL) == LI_OK) {
        pthread_mutex_lock(&mapped.lock);
        snprintf(mapped.uuid, sizeof mapped.uuid, "%s", li_mapping_get_uuid(mapping));
        pthread_mutex_unlock(&mapped.lock);
        return;
    }
    pthread_mutex_lock(&mapped.lock);
    memcpy(uuid, mapped.uuid, sizeof uuid);
    pthread_mutex_unlock(&mapped.lock);
    if (draw(w, 2))
        li_mapping_set_enabled(engine, uuid, LI_Z, (int32_t)draw(w, 2), NULL);
    else
        li_mapping_remove(engine, uuid, LI_Z, NULL);
}

static void permit_one(weather *w, const char *name)
{
    li_permission permission = LI_PERMISSION_INIT;

    permission.statement_id = li_z("storm");
    permission.action = li_z("lambda:InvokeFunction");
    permission.principal = li_z("s3.amazonaws.com");
    if (draw(w, 2))
        li_permission_add(engine, name, LI_Z, NULL, 0, &permission, NULL, NULL, NULL);
    else
        li_permission_remove(engine, name, LI_Z, NULL, 0, "storm", LI_Z, NULL, 0, NULL);
}

static void break_something(weather *w)
{
    static const char *const plans[] = {
        "{\"faults\":[{\"do\":\"no_memory\",\"rate\":0.01,\"times\":30}]}",
        "{\"faults\":[{\"do\":\"queue_full\",\"rate\":0.1,\"times\":20},{\"do\":\"throttle\",\"rate\":0.1,\"times\":20}]}",
        "{\"faults\":[{\"do\":\"duplicate\",\"rate\":0.1,\"times\":20},{\"do\":\"crash\",\"rate\":0.1,\"times\":5}]}",
        "{\"faults\":[{\"do\":\"destination_down\",\"rate\":0.5,\"times\":20}]}",
    };

    li_faults_apply(engine, plans[draw(w, 4)], LI_Z, NULL);
}

static void count_text(void *user, const char *text, size_t len)
{
    (void)text;
    *(size_t *)user += len;
}

static void count_function(void *user, const li_function_info *info)
{
    *(size_t *)user += strlen(info->name);
}

static void look_around(weather *w)
{
    li_outcome outcome = LI_OUTCOME_INIT;
    li_metrics metrics = LI_METRICS_INIT;
    li_event_info info = LI_EVENT_INFO_INIT;
    size_t n = 0;

    li_metrics_text(engine, count_text, &n);
    li_function_each(engine, NULL, 0, 100, count_function, &n);
    li_metrics_get(engine, names[draw(w, NAMES)], LI_Z, &metrics);
    li_event_outcome(engine, &w->last, &outcome);
    li_event_get(engine, &w->last, &info, NULL);
    li_outcome_fini(&outcome);
}

static void control_one(weather *w, const char *name)
{
    switch (draw(w, 5)) {
    case 0:
        li_function_pause(engine, name, LI_Z, NULL);
        break;
    case 1:
    case 2:
        li_function_resume(engine, name, LI_Z, NULL);
        break;
    case 3:
        li_event_cancel(engine, &w->last, NULL);
        break;
    default:
        if (draw(w, 8) == 0)
            li_function_purge(engine, name, LI_Z, NULL, 0, NULL, NULL);
        else if (li_event_redrive(engine, &w->last, &w->last, NULL) == LI_OK)
            atomic_fetch_add(&accepted, 1);
    }
}

static void do_something(weather *w)
{
    const char *name = names[draw(w, NAMES)];

    switch (draw(w, 18)) {
    case 16:
        map_one(w, name);
        break;
    case 17:
        if (draw(w, 8))
            permit_one(w, name);
        else
            break_something(w);
        break;
    case 0:
        register_one(w, name);
        break;
    case 1:
        if (draw(w, 4) == 0)
            li_function_remove(engine, name, LI_Z, NULL);
        break;
    case 2:
        li_function_set_concurrency(engine, name, LI_Z, draw(w, 2) ? LI_UNRESERVED : (int64_t)draw(w, 5), NULL);
        break;
    case 3:
        if (draw(w, 8) == 0)
            li_version_publish(engine, name, LI_Z, NULL, NULL, NULL);
        else if (draw(w, 8) == 0)
            li_version_remove(engine, name, LI_Z, draw(w, 2) ? "1" : "2", LI_Z, NULL);
        break;
    case 4:
        alias_one(w, name);
        break;
    case 5:
        configure_one(w, name);
        break;
    case 6:
        if (draw(w, 2))
            li_provisioned_put(engine, name, LI_Z, "1", LI_Z, draw(w, 3) + 1, NULL, NULL);
        else
            li_provisioned_remove(engine, name, LI_Z, "1", LI_Z, NULL);
        break;
    case 7:
        trigger_one(w, name);
        break;
    case 8:
        look_around(w);
        break;
    case 9:
        control_one(w, name);
        break;
    case 10:
        if (draw(w, 2))
            begin_one(w);
        else
            stream_one(w);
        break;
    case 11:
        send_some(w);
        break;
    case 12:
        if (draw(w, 2))
            send_some(w);
        else
            send_once(w);
        break;
    case 13:
        complete_one();
        complete_one();
        break;
    default:
        call_one(w);
    }
}

static void *blow(void *user)
{
    weather *w = user;

    while (!atomic_load_explicit(&is_over, memory_order_relaxed)) {
        do_something(w);
        atomic_fetch_add_explicit(&operations, 1, memory_order_relaxed);
    }
    return NULL;
}

/* ---- before and after */

static void wait_ms(long ms)
{
    struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

    nanosleep(&pause, NULL);
}

static void add_queue(const char *name)
{
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_local_queue *queue;

    options.name = li_z(name);
    li_local_queue_new(engine, &options, &queue, NULL);
}

/* Functions that are there, run and end what waits; whatever is held is completed. */
static void calm(void)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    int i;

    li_faults_clear(engine);
    for (i = 0; i < NAMES; i++) {
        spec.name = li_z(names[i]);
        spec.handler = works;
        li_function_register(engine, &spec, NULL, NULL);
        li_event_config_remove(engine, names[i], LI_Z, NULL, 0, NULL);
        li_function_set_concurrency(engine, names[i], LI_Z, LI_UNRESERVED, NULL);
        li_function_resume(engine, names[i], LI_Z, NULL);
    }
}

static li_event_counts settle(void)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    int i;

    for (i = 0; i < PATIENCE_S * 100; i++) {
        while (complete_one())
            continue;
        li_event_count(engine, &c);
        if (c.pending + c.leased == 0 && atomic_load(&answers) == atomic_load(&answers_due))
            break;
        wait_ms(10);
    }
    return c;
}

static int check(const li_event_counts *c)
{
    li_metrics m = LI_METRICS_INIT;
    uint64_t sent = atomic_load(&accepted);
    int bad = 0;

    li_metrics_get(engine, NULL, 0, &m);
    bad += c->pending + c->leased > 0;
    bad += c->accepted != c->succeeded + c->delivered + c->dropped;
    bad += c->accepted < sent;                   /* destinations and triggers send some of their own */
    bad += m.async_events_received != c->accepted || m.succeeded != c->succeeded;
    bad += m.async_events_dropped != c->delivered + c->dropped;
    bad += m.errors > m.invocations;
    bad += atomic_load(&answers) != atomic_load(&answers_due);
    printf("%llu operations, %llu calls, %llu events sent; accepted %llu = succeeded %llu + delivered %llu + dropped %llu, "
           "pending %llu, leased %llu%s\n",
           (unsigned long long)atomic_load(&operations), (unsigned long long)atomic_load(&calls), (unsigned long long)sent,
           (unsigned long long)c->accepted, (unsigned long long)c->succeeded, (unsigned long long)c->delivered,
           (unsigned long long)c->dropped, (unsigned long long)c->pending, (unsigned long long)c->leased,
           bad ? ": the sums DIFFER" : "");
    if (bad)
        printf("metrics: received %llu, succeeded %llu, dropped %llu, invocations %llu, errors %llu; answers %llu of %llu\n",
               (unsigned long long)m.async_events_received, (unsigned long long)m.succeeded,
               (unsigned long long)m.async_events_dropped, (unsigned long long)m.invocations, (unsigned long long)m.errors,
               (unsigned long long)atomic_load(&answers), (unsigned long long)atomic_load(&answers_due));
    return bad;
}

/* A mapping may have given a batch to one who waits, after all else was over. */
static int end(void)
{
    int i;

    if (li_engine_stop(engine, 10000, NULL, NULL) != LI_OK)
        return 0;
    for (i = 0; i < 1000; i++) {
        if (li_engine_free(engine) == LI_OK)
            return 1;
        while (complete_one())
            continue;
        li_engine_run_until_idle(engine, NULL);
        wait_ms(1);
    }
    return 0;
}

static int open_file(const char *path, li_engine_options *options)
{
#ifdef TORTURE_SQLITE
    li_sqlite_options file = LI_SQLITE_OPTIONS_INIT;

    file.path = li_z(path);
    return li_sqlite_open(&file, &options->queue, &options->store, NULL) == LI_OK;
#else
    (void)path, (void)options;
    return 0;
#endif
}

/* path NULL: queue and store are in memory. */
static int storm(double seconds, uint32_t n, uint64_t seed, const char *path)
{
    li_retry_aws_options quick = LI_RETRY_AWS_OPTIONS_INIT;
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    static weather each[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    li_event_counts counts;
    uint32_t i;
    int bad;

    accepted = refused = calls = answers_due = answers = operations = 0;
    is_over = 0;
    mapped.uuid[0] = '\0';
    memset(each, 0, sizeof each);
    if (path && !open_file(path, &options))
        return 1;
    quick.function_wait_ms = quick.system_wait_ms = 1;
    quick.system_cap_ms = 4;
    if (li_retry_aws_new(&quick, &options.retry) != LI_OK || li_engine_new(&engine, &options, NULL) != LI_OK ||
        li_trigger_kinds_add(engine, li_services_kinds(), NULL) != LI_OK)
        return 1;
    li_config_set(engine, "delivery.wait_ms", 1, NULL);
    add_queue("done");
    add_queue("dead");
    add_queue("work");
    if (li_engine_start(engine, WORKERS, NULL) != LI_OK)
        return 1;
    for (i = 0; i < n; i++) {
        each[i].state = seed * UINT64_C(0x9E3779B97F4A7C15) + i + 1;
        each[i].index = i;
        if (pthread_create(&threads[i], NULL, blow, &each[i]) != 0)
            return 1;
    }
    wait_ms((long)(seconds * 1000));
    atomic_store(&is_over, 1);
    for (i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    calm();
    counts = settle();
    bad = check(&counts);
    if (!end()) {
        printf("the engine does not stop\n");
        bad++;
    }
    return bad > 0;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 1;
    uint32_t n = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 16;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    int bad;

    if (n == 0 || n > THREADS_MAX)
        return 1;
    bad = storm(seconds, n, seed, NULL);
#ifdef TORTURE_SQLITE
    {
        static const char *const ends[] = { "", "-wal", "-shm", "-lock" };
        char folder[40], path[64];
        size_t i;

        snprintf(folder, sizeof folder, "%s/storm-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        if (!mkdtemp(folder))
            return 1;
        snprintf(path, sizeof path, "%s/events.db", folder);
        bad += storm(seconds, n, seed, path);
        for (i = 0; i < 4; i++) {
            snprintf(path, sizeof path, "%s/events.db%s", folder, ends[i]);
            unlink(path);
        }
        rmdir(folder);
    }
#endif
    return bad > 0;
}
