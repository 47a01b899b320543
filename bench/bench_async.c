/* bench_async.c - an asynchronous event of 1 KB from accept to done, in memory (P5b): driven on the virtual clock against
 * copying and calling, threaded against the thread pools of GLib and libuv. A peer's program is the obvious one and does what
 * an event needs at the least: a block with a copy of the payload, an id and the time of arrival; the handler between two reads
 * of the clock; three sums; free. What it leaves out is ours alone: retries, time-outs, limits, destinations, records. */
#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <uv.h>

#include <lambdainvoke/lambdainvoke.h>

#include "bench.h"

enum { BYTES = 1024, CHUNK = 64, WINDOW = 4096, UV_TURN = 256 };
enum { EVENTS = 256000 };        /* a round: a thread that sleeps on an idle processor takes up to 10 ms to wake */

static char source[BYTES];
static volatile unsigned sink;
static _Atomic size_t done;

static void fail(const char *what)
{
    fprintf(stderr, "bench_async: %s\n", what);
    exit(1);
}

static void consume(const char *data, size_t len)
{
    sink += (unsigned)(data[0] + data[len - 1]);
}

static void wait_done(size_t n)
{
    while (atomic_load_explicit(&done, memory_order_acquire) < n)
        sched_yield();
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
    atomic_fetch_add_explicit(&done, 1, memory_order_release);
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
    if (is_threaded && li_engine_start(o->engine, 1, NULL) != LI_OK)
        fail("no threads");
}

static void engine_close(ours *o)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    li_engine_stop(o->engine, 5000, NULL, NULL);
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

static void run_threaded(void *arg, size_t n)
{
    ours *o = arg;
    size_t sent;

    atomic_store(&done, 0);
    for (sent = 0; sent < n; sent += o->chunk) {
        while (sent > atomic_load_explicit(&done, memory_order_acquire) + WINDOW)
            sched_yield();
        if (li_event_submit_batch(o->engine, o->requests, o->chunk, NULL, NULL, NULL, NULL) != LI_OK)
            fail("threaded");
    }
    wait_done(n);
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
    uv_work_t work;                      /* libuv's alone */
    uint64_t id[2], arrived_ns;
    char data[BYTES];
} peer_event;

static struct { uint64_t served, busy_ns, late_ns, state; } peer = { 0, 0, 0, 7 };

static peer_event *peer_accept(void)
{
    peer_event *e = malloc(sizeof *e);
    int i;

    if (!e)
        fail("no memory");
    for (i = 0; i < 2; i++)
        e->id[i] = peer.state = peer.state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    e->arrived_ns = bench_now_ns();
    memcpy(e->data, source, BYTES);
    return e;
}

static void peer_invoke(peer_event *e)
{
    uint64_t begin = bench_now_ns(), end;

    callee(e->data, BYTES);
    end = bench_now_ns();
    peer.served++;
    peer.busy_ns += end - begin;
    peer.late_ns += begin - e->arrived_ns;
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
    GThreadPool *pool = arg;
    size_t sent;

    atomic_store(&done, 0);
    for (sent = 0; sent < n; sent++) {
        while (sent > atomic_load_explicit(&done, memory_order_acquire) + WINDOW)
            sched_yield();
        g_thread_pool_push(pool, peer_accept(), NULL);
    }
    wait_done(n);
}

static void uv_run_one(uv_work_t *work)
{
    peer_invoke((peer_event *)(void *)work);
}

static void uv_ended(uv_work_t *work, int status)
{
    (void)status;
    free(work);
}

static void run_uv(void *arg, size_t n)
{
    uv_loop_t *loop = arg;
    size_t sent, i;

    for (sent = 0; sent < n; sent += i) {
        for (i = 0; i < UV_TURN && sent + i < n; i++) {
            peer_event *e = peer_accept();

            uv_queue_work(loop, &e->work, uv_run_one, uv_ended);
        }
        uv_run(loop, UV_RUN_NOWAIT);
    }
    uv_run(loop, UV_RUN_DEFAULT);
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
    uv_loop_t loop;
    GThreadPool *pool = g_thread_pool_new(glib_work, NULL, 1, TRUE, NULL);
    bench_case cases[3] = { { .name = "GThreadPool", .run = run_glib, .arg = pool, .n = EVENTS, .clock = BENCH_WALL },
                            { .name = "uv_queue_work", .run = run_uv, .arg = &loop, .n = EVENTS, .clock = BENCH_WALL },
                            { .name = "threaded", .run = run_threaded, .n = EVENTS, .clock = BENCH_WALL } };
    char what[64];
    int rounds;
    ours o;

    uv_loop_init(&loop);
    engine_open(&o, 1, chunk);
    cases[2].arg = &o;
    rounds = bench_run(cases, 3);
    engine_close(&o);
    uv_loop_close(&loop);
    g_thread_pool_free(pool, FALSE, TRUE);
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
