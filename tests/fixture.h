/* fixture.h - what most engine tests need: a driven engine on a virtual clock, handlers that do as told, conservation
 * checked at the end. */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>

#define ARN "arn:aws:lambda:us-east-1:000000000000:function:"
#define QUEUE "arn:aws:sqs:us-east-1:000000000000:"

/* What the scripted handler does in its next runs, and what it saw. */
typedef struct script {
    int fail_times;              /* so many runs fail; -1: all */
    uint64_t takes_ms;           /* declared by every run */
    const char *response;        /* NULL: nothing */
    int runs;
    uint64_t starts_ms[256];     /* since accept: wall at the start minus base_ms */
    uint64_t base_ms;
    uint32_t attempts[256];
    li_engine *engine;
} script;

typedef struct world {
    li_clock *clock;
    li_engine *engine;
    script script;
} world;

/* A handler that follows its script: fails with Boom, or responds. */
static inline int32_t scripted(li_invocation *invocation, void *environment, void *user)
{
    script *s = user;
    int run = s->runs++;

    (void)environment;
    if (run < 256) {
        s->starts_ms[run] = li_engine_now_ms(li_invocation_get_engine(invocation)) - s->base_ms;
        s->attempts[run] = li_invocation_get_attempt(invocation);
    }
    if (s->takes_ms)
        li_invocation_simulate(invocation, s->takes_ms * LI_MS_NS);
    if (s->fail_times < 0 || run < s->fail_times) {
        li_invocation_fail(invocation, "Boom", "as scripted");
        return LI_FAILED;
    }
    if (s->response)
        li_invocation_respond(invocation, s->response, LI_Z);
    return LI_DONE;
}

static inline int32_t echo(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment;
    (void)user;
    li_invocation_respond(invocation, payload, len);
    return LI_DONE;
}

static inline li_function *add_function(li_engine *engine, const char *name, li_handler handler, void *user)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_function *function = NULL;
    li_error err = LI_ERROR_INIT;

    spec.name = li_z(name);
    spec.handler = handler;
    spec.user = user;
    spec.timeout_ms = 900000;
    ck_assert_msg(li_function_register(engine, &spec, &function, &err) == LI_OK, "%s: %s", name, err.text);
    return function;
}

static inline li_local_queue *add_queue(li_engine *engine, const char *name)
{
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_local_queue *queue = NULL;

    options.name = li_z(name);
    ck_assert_int_eq(li_local_queue_new(engine, &options, &queue, NULL), LI_OK);
    return queue;
}

static inline void world_new(world *w)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_error err = LI_ERROR_INIT;

    memset(w, 0, sizeof *w);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &w->clock), LI_OK);
    options.clock = w->clock;
    ck_assert_msg(li_engine_new(&w->engine, &options, &err) == LI_OK, "%s", err.text);
    w->script.base_ms = li_engine_now_ms(w->engine);
    w->script.engine = w->engine;
    add_function(w->engine, "scripted", scripted, &w->script);
    add_function(w->engine, "echo", echo, NULL);
}

/* accepted == pending + leased + succeeded + delivered + dropped */
static inline void check_conservation(li_engine *engine)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    ck_assert_int_eq(li_event_count(engine, &c), LI_OK);
    ck_assert_msg(c.accepted == c.pending + c.leased + c.succeeded + c.delivered + c.dropped,
                  "REL-1: accepted %llu, pending %llu, leased %llu, succeeded %llu, delivered %llu, dropped %llu",
                  (unsigned long long)c.accepted, (unsigned long long)c.pending, (unsigned long long)c.leased,
                  (unsigned long long)c.succeeded, (unsigned long long)c.delivered, (unsigned long long)c.dropped);
}

static inline void world_free(world *w)
{
    check_conservation(w->engine);
    ck_assert_int_eq(li_engine_free(w->engine), LI_OK);
    ck_assert_int_eq(li_clock_free(w->clock), LI_OK);
}

static inline void advance_s(world *w, uint64_t seconds)
{
    ck_assert_int_eq(li_clock_advance(w->clock, seconds * LI_SECOND_NS, NULL), LI_OK);
}

static inline li_id send_event(world *w, const char *name, const char *payload)
{
    li_error err = LI_ERROR_INIT;
    li_id id;

    ck_assert_msg(li_invoke_event(w->engine, name, LI_Z, payload, LI_Z, NULL, &id, &err) == LI_OK, "%s", err.text);
    return id;
}

static inline void configure(world *w, const char *name, int64_t retries, int64_t age_s, const char *on_success,
                             const char *on_failure)
{
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_error err = LI_ERROR_INIT;

    config.max_retries = retries;
    config.max_age_s = age_s;
    if (on_success)
        config.on_success = li_z(on_success);
    if (on_failure)
        config.on_failure = li_z(on_failure);
    ck_assert_msg(li_event_config_put(w->engine, name, LI_Z, NULL, 0, &config, NULL, &err) == LI_OK, "%s", err.text);
}

/* The body of message number index of a local queue, as text. */
static inline const char *message(li_local_queue *queue, size_t index)
{
    static char text[65536];
    li_local_message m;

    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    ck_assert_msg(li_local_queue_peek(queue, index, &m) == LI_OK, "%s has no message %zu", li_local_queue_get_name(queue), index);
    ck_assert(m.body_len < sizeof text);
    memcpy(text, m.body, m.body_len);
    text[m.body_len] = '\0';
    return text;
}

/* How many files are open, and a few more. */
static inline int n_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

static inline void check_contains(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in %s", part, text);
}

static inline void check_lacks(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) == NULL, "\"%s\" is in %s", part, text);
}

static inline int text_is(const char *data, size_t len, const char *text)
{
    return len == strlen(text) && memcmp(data, text, len) == 0;
}

#define check_text(data, len, text) \
    ck_assert_msg(text_is((data), (len), (text)), "got %.*s, not %s", (int)(len), (data), (text))

#endif
