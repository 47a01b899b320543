/* bench_async.c - an asynchronous event of 1 KB from accept to done, in memory (P5b): driven on the virtual clock against
 * copying and calling, threaded against the thread pools of GLib and libuv. The peers' programs are the obvious ones, step by
 * step those that the targets were set with; nothing in them is kept that a plain user of GLib or libuv would
 * not keep.
 *   each event   a block of its own from malloc: id, times of arrival and due, counters, a copy of the payload; the handler,
 *                through a pointer, between two readings of the clock and while it has the one environment; three sums; free.
 *                For libuv its request is a second block.
 *   each round   GLib: a pool of one thread, made and ended. libuv: a loop, made and ended; its one thread stays. Ours: one
 *                worker and the timekeeper, started and stopped; engine and function stay.
 *   in flight    GLib: WINDOW at most, by a count that its function adds to. libuv: what its loop has after UV_TURN more of
 *                them. Ours: WINDOW at most, by limits.queued_events: a batch that is refused is sent again.
 * What they leave out is ours alone: retries, time-outs, limits, destinations, records. */
#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <uv.h>

#include <lambdainvoke/lambdainvoke.h>

#include "bench.h"

enum { BYTES = 1024, CHUNK = 64, WINDOW = 4096, UV_TURN = 256 };
enum { EVENTS = 256000 };        /* a round: a thread that sleeps on an idle processor takes up to 10 ms to wake */

/* Each on lines of its own: one that the worker writes and the producer reads would cost all of them the same, and would be
 * measured in their place. */
static _Alignas(64) char source[BYTES];
static _Alignas(64) volatile unsigned sink;
static _Alignas(64) _Atomic size_t done;     /* of GLib's */

static void fail(const char *what)
{
    fprintf(stderr, "bench_async: %s\n", what);
    exit(1);
}

static void consume(const char *data, size_t len)
{
    sink += (unsigned)(data[0] + data[len - 1]);
}

/* ---- ours */

typedef struct ours {
    li_clock *clock;
    li_engine *engine;
    li_event_request requests[CHUNK];
    li_invoke_options options;
    size_t chunk;
} ours;

static int32_t handler(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *data = li_invocation_get_payload(invocation, &len);

    (void)environment, (void)user;
    consume(data, len);
    return LI_DONE;
}

static void engine_open(ours *o, int is_threaded, size_t chunk)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    size_t i;

    memset(o, 0, sizeof *o);
    o->chunk = chunk;
    li_invoke_options_init(&o->options, sizeof o->options);
    o->options.flags = LI_INVOKE_TRUSTED;
    for (i = 0; i < CHUNK; i++) {
        const li_event_request request = LI_EVENT_REQUEST_INIT;

        o->requests[i] = request;
        o->requests[i].name = li_z("f");
        o->requests[i].payload.ptr = source;
        o->requests[i].payload.len = BYTES;
        o->requests[i].options = &o->options;
    }
    if (!is_threaded && li_clock_virtual_new(NULL, NULL, &o->clock) != LI_OK)
        fail("no clock");
    options.clock = o->clock;
    spec.name = li_z("f");
    spec.handler = handler;
    if (li_engine_new(&o->engine, &options, NULL) != LI_OK || li_function_register(o->engine, &spec, NULL, NULL) != LI_OK)
        fail("no engine");
    li_config_set(o->engine, "outcomes.events", 0, NULL);   /* nobody asks, nobody listens */
    li_config_set(o->engine, "journal.lines", 0, NULL);
    li_config_set(o->engine, "limits.queued_events", WINDOW, NULL);
}

static void engine_close(ours *o)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    if (li_event_count(o->engine, &c) != LI_OK || c.accepted != c.succeeded)
        fail("an event was lost");
    if (li_engine_free(o->engine) != LI_OK)
        fail("the engine is busy");
    li_clock_free(o->clock);
}

static void run_driven(void *arg, size_t n)
{
    ours *o = arg;

    for (; n > 0; n -= CHUNK) {
        if (li_event_submit_batch(o->engine, o->requests, CHUNK, NULL, NULL, NULL, NULL) != LI_OK ||
            li_engine_run_until_idle(o->engine, NULL) != LI_OK)
            fail("driven");
    }
}

static void wait_succeeded(const ours *o)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    while (li_event_count(o->engine, &c) == LI_OK && c.succeeded < c.accepted)
        sched_yield();
}

static void run_threaded(void *arg, size_t n)
{
    ours *o = arg;
    size_t sent;

    if (li_engine_start(o->engine, 1, NULL) != LI_OK)
        fail("no threads");
    for (sent = 0; sent < n; sent += o->chunk) {
        li_status status;

        while ((status = li_event_submit_batch(o->engine, o->requests, o->chunk, NULL, NULL, NULL, NULL)) == LI_E_FULL)
            sched_yield();
        if (status != LI_OK)
            fail("threaded");
    }
    wait_succeeded(o);
    if (li_engine_stop(o->engine, 5000, NULL, NULL) != LI_OK)
        fail("a worker hangs");
}

/* ---- the floor and the peers */

static void (*volatile callee)(const char *data, size_t len) = consume;

static void run_floor(void *arg, size_t n)
{
    static char copy[BYTES];

    (void)arg;
    while (n-- > 0) {
        memcpy(copy, source, BYTES);
        bench_keep(copy);
        callee(copy, BYTES);
    }
}

typedef struct peer_event {
    struct peer_event *next;             /* as if for a queue */
    uint64_t id[2], arrived_ns, due_ns;
    uint32_t function, size;
    uint16_t attempts, flags;
    uint32_t reserved;
    uint64_t trace;
    char data[];
} peer_event;

_Static_assert(sizeof(peer_event) == 64, "an event and its payload are 64 bytes and BYTES");

typedef struct peer_environment {
    uint64_t served, busy_ns, late_ns;
} peer_environment;

static peer_environment environment;
static _Alignas(64) _Atomic(peer_environment *) idle = &environment;

static uint64_t peer_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static peer_event *peer_accept(uint64_t state[2])
{
    peer_event *e = malloc(sizeof *e + BYTES);

    if (!e)
        fail("no memory");
    e->id[0] = peer_random(&state[0]);
    e->id[1] = peer_random(&state[1]);
    e->arrived_ns = e->due_ns = bench_now_ns();
    e->function = 1;
    e->size = BYTES;
    e->attempts = e->flags = 0;
    e->trace = 0;
    memcpy(e->data, source, BYTES);
    return e;
}

static void peer_invoke(peer_event *e)
{
    peer_environment *env = atomic_exchange_explicit(&idle, NULL, memory_order_acquire);
    uint64_t begin = bench_now_ns(), end;

    callee(e->data, e->size);
    end = bench_now_ns();
    env->served++;
    env->busy_ns += end - begin;
    env->late_ns += begin - e->arrived_ns;
    atomic_store_explicit(&idle, env, memory_order_release);
}

static void glib_work(gpointer data, gpointer user)
{
    (void)user;
    peer_invoke(data);
    free(data);
    atomic_fetch_add_explicit(&done, 1, memory_order_release);
}

static void run_glib(void *arg, size_t n)
{
    GThreadPool *pool = g_thread_pool_new(glib_work, NULL, 1, TRUE, NULL);
    uint64_t state[2] = { 1, 2 };
    size_t sent;

    (void)arg;
    atomic_store(&done, 0);
    for (sent = 0; sent < n; sent++) {
        while (sent > atomic_load_explicit(&done, memory_order_acquire) + WINDOW)
            sched_yield();
        g_thread_pool_push(pool, peer_accept(state), NULL);
    }
    g_thread_pool_free(pool, FALSE, TRUE);
}

typedef struct uv_event {
    uv_work_t work;
    peer_event *event;
} uv_event;

static void uv_run_one(uv_work_t *work)
{
    peer_invoke(((uv_event *)(void *)work)->event);
}

static void uv_ended(uv_work_t *work, int status)
{
    (void)status;
    free(((uv_event *)(void *)work)->event);
    free(work);
}

static void run_uv(void *arg, size_t n)
{
    uint64_t state[2] = { 1, 2 };
    uv_loop_t loop;
    size_t sent, i;

    (void)arg;
    uv_loop_init(&loop);
    for (sent = 0; sent < n; sent += i) {
        for (i = 0; i < UV_TURN && sent + i < n; i++) {
            uv_event *e = malloc(sizeof *e);

            if (!e)
                fail("no memory");
            e->event = peer_accept(state);
            uv_queue_work(&loop, &e->work, uv_run_one, uv_ended);
        }
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
}

/* ---- rows */

static void driven(void)
{
    bench_case cases[2] = { { .name = "copy and call", .run = run_floor, .n = 1 << 17 },
                            { .name = "driven", .run = run_driven, .n = 1 << 15 } };
    char left[48], right[64];
    double ns;
    int rounds;
    ours o;

    engine_open(&o, 0, CHUNK);
    cases[1].arg = &o;
    rounds = bench_run(cases, 2);
    engine_close(&o);
    ns = bench_median(&cases[1], rounds);
    snprintf(left, sizeof left, "%.0f ns, %.1f M/s", ns, 1000 / ns);
    snprintf(right, sizeof right, "copy and call %.0f ns", bench_median(&cases[0], rounds));
    bench_row("P5b", "event of 1 KB, driven, virtual clock, M events a second", left, right, 1000 / ns, -8);
}

static void threaded(size_t chunk, double limit)
{
    bench_case cases[3] = { { .name = "GThreadPool", .run = run_glib, .n = EVENTS, .clock = BENCH_WALL },
                            { .name = "uv_queue_work", .run = run_uv, .n = EVENTS, .clock = BENCH_WALL },
                            { .name = "threaded", .run = run_threaded, .n = EVENTS, .clock = BENCH_WALL } };
    char what[64];
    int rounds;
    ours o;

    engine_open(&o, 1, chunk);
    cases[2].arg = &o;
    rounds = bench_run(cases, 3);
    engine_close(&o);
    snprintf(what, sizeof what, "event of 1 KB, 1 worker, %zu at a time", chunk);
    bench_compare_row("P5b", what, &cases[2], &cases[0], rounds, -limit);
    bench_compare_row("P5b", what, &cases[2], &cases[1], rounds, -limit);
}

int main(void)
{
    memset(source, '1', sizeof source);
    setenv("UV_THREADPOOL_SIZE", "1", 0);
    driven();
    threaded(CHUNK, 4);
    threaded(1, 1.5);
    return 0;
}
