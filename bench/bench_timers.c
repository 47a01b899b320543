/* bench_timers.c - a million pending retries (P6): inserted, half of them cancelled at random, the rest expired in order, in
 * the engine's heap, against the timers of libuv and libevent. A retry is due 60 or 120 s after a moment that moves on.
 *
 * The peers know real time alone: they get the same order of delays scaled into 200 ms, which are slept out before they
 * expire; their expiry calls an empty function, and so does ours. */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/heap.h"
#include "bench.h"

enum { N = 1000000, SCALE = 1110 };

static uint64_t due_ms[N];
static uint32_t shuffled[N];
static size_t fired;

typedef struct phases {
    double insert[BENCH_MAX_ROUNDS], cancel[BENCH_MAX_ROUNDS], expire[BENCH_MAX_ROUNDS];
} phases;

static void fail(const char *what)
{
    fprintf(stderr, "bench_timers: %s\n", what);
    exit(1);
}

static uint64_t cpu_ns(void)
{
    return bench_read_ns(CLOCK_THREAD_CPUTIME_ID);
}

static double since(uint64_t begin, size_t n)
{
    return (double)(cpu_ns() - begin) / (double)n;
}

/* ---- ours: the node sits in what waits, beside what is to be called, as in the peers' timers */

typedef struct waiting {
    lii_heap_node node;
    uint64_t due_ms;
    void (*run)(struct waiting *timer);
    void *user;
} waiting;

static void on_due(waiting *timer)
{
    (void)timer;
    fired++;
}

static lii_heap heap;                    /* its memory is there from the warming round on: a million is a normal day */

static void run_heap(phases *p, int round)
{
    waiting *all = calloc(N, sizeof *all);
    uint64_t begin, before = 0;
    size_t i;

    if (!all)
        fail("no memory");
    for (i = 0; i < N; i++)
        all[i].run = on_due;
    begin = cpu_ns();
    for (i = 0; i < N; i++) {
        all[i].due_ms = due_ms[i];
        if (lii_heap_set(&heap, &all[i].node, due_ms[i], i) != LI_OK)
            fail("no memory");
    }
    p->insert[round] = since(begin, N);
    begin = cpu_ns();
    for (i = 0; i < N / 2; i++)
        lii_heap_remove(&heap, &all[shuffled[i]].node);
    p->cancel[round] = since(begin, N / 2);
    fired = 0;
    begin = cpu_ns();
    while (heap.count > 0) {
        uint64_t due = lii_heap_first(&heap)->due;
        waiting *timer = (waiting *)(void *)lii_heap_pop(&heap);

        if (due < before)
            fail("out of order");
        before = due;
        timer->run(timer);
    }
    p->expire[round] = since(begin, N / 2);
    if (fired != N / 2)
        fail("some did not expire");
    free(all);
}

/* ---- peers */

static void on_uv(uv_timer_t *timer)
{
    (void)timer;
    fired++;
}

static void run_uv(phases *p, int round)
{
    uv_timer_t *all = calloc(N, sizeof *all);
    uint64_t begin;
    uv_loop_t loop;
    size_t i;

    if (!all)
        fail("no memory");
    uv_loop_init(&loop);
    for (i = 0; i < N; i++)
        uv_timer_init(&loop, &all[i]);
    begin = cpu_ns();
    for (i = 0; i < N; i++)
        uv_timer_start(&all[i], on_uv, due_ms[i] / SCALE + 1, 0);
    p->insert[round] = since(begin, N);
    begin = cpu_ns();
    for (i = 0; i < N / 2; i++)
        uv_timer_stop(&all[shuffled[i]]);
    p->cancel[round] = since(begin, N / 2);
    usleep(250000);
    fired = 0;
    begin = cpu_ns();
    uv_run(&loop, UV_RUN_NOWAIT);
    p->expire[round] = since(begin, N / 2);
    if (fired != N / 2)
        fail("libuv did not fire all");
    free(all);
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what, (void)arg;
    fired++;
}

static void run_event(phases *p, int round)
{
    struct event_base *base = event_base_new();
    struct event *all = calloc(N, sizeof *all);
    uint64_t begin;
    size_t i;

    if (!all || !base)
        fail("no memory");
    for (i = 0; i < N; i++)
        event_assign(&all[i], base, -1, 0, on_event, NULL);
    begin = cpu_ns();
    for (i = 0; i < N; i++) {
        uint64_t ms = due_ms[i] / SCALE + 1;
        struct timeval wait = { (time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000) };

        event_add(&all[i], &wait);
    }
    p->insert[round] = since(begin, N);
    begin = cpu_ns();
    for (i = 0; i < N / 2; i++)
        event_del(&all[shuffled[i]]);
    p->cancel[round] = since(begin, N / 2);
    usleep(250000);
    fired = 0;
    begin = cpu_ns();
    event_base_loop(base, EVLOOP_NONBLOCK);
    p->expire[round] = since(begin, N / 2);
    if (fired != N / 2)
        fail("libevent did not fire all");
    event_base_free(base);
    free(all);
}

/* ---- rows */

static void row(const char *what, const double *ours, const double *theirs, const char *peer, int rounds)
{
    double ratios[BENCH_MAX_ROUNDS];
    char left[48], right[64], title[96];
    int i;

    for (i = 0; i < rounds; i++)
        ratios[i] = theirs[i] / ours[i];
    snprintf(title, sizeof title, "1,000,000 pending retries: %s", what);
    snprintf(left, sizeof left, "%.0f ns", bench_middle(ours, rounds));
    snprintf(right, sizeof right, "%s %.0f ns", peer, bench_middle(theirs, rounds));
    bench_row("P6", title, left, right, bench_middle(ratios, rounds), -6);
}

int main(void)
{
    static phases ours, uv, event;
    int rounds = (bench_rounds() + 4) / 5, r;
    uint64_t state = 7;
    char left[48], right[64];
    uint32_t i;

    for (i = 0; i < N; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        due_ms[i] = i / 10 + ((state >> 60) & 1 ? 60000 : 120000) + (state >> 33) % 1000;
        shuffled[i] = i;
    }
    for (i = N - 1; i > 0; i--) {
        uint32_t j, x = shuffled[i];

        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        j = (uint32_t)((state >> 33) % (i + 1));
        shuffled[i] = shuffled[j];
        shuffled[j] = x;
    }
    lii_heap_init(&heap, &lii_malloc_allocator, LII_DUE_AT(waiting, node, due_ms));
    run_heap(&ours, 0);
    for (r = 0; r < rounds; r++) {
        run_heap(&ours, r);
        run_uv(&uv, r);
        run_event(&event, r);
    }
    row("insert", ours.insert, uv.insert, "libuv", rounds);
    row("insert", ours.insert, event.insert, "libevent", rounds);
    row("cancel", ours.cancel, uv.cancel, "libuv", rounds);
    row("cancel", ours.cancel, event.cancel, "libevent", rounds);
    row("expire in order", ours.expire, uv.expire, "libuv", rounds);
    row("expire in order", ours.expire, event.expire, "libevent", rounds);
    snprintf(right, sizeof right, "libuv %zu B, libevent %zu B", sizeof(uv_timer_t), sizeof(struct event) + sizeof(void *));
    /* two links and a due; the sequence is the event's own, whether it waits or not */
    snprintf(left, sizeof left, "%zu B", sizeof(lii_heap_node));
    bench_row("P6", "bytes of a pending timer: its links and its due", left, right,
              (double)sizeof(lii_heap_node), 24);
    lii_heap_fini(&heap);
    return 0;
}
