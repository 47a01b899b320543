/* bench_invoke.c - a synchronous call in process: against the least it could cost (P1), by name among many functions (P2), and
 * from two threads at once (P3). */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>

#include "bench.h"

static const char payload[] = "{\"a\":1,\"bb\":[2]}"; /* 16 bytes */
enum { PAYLOAD = 16 };
static _Thread_local volatile unsigned sink;   /* two threads share nothing that is not ours */

static void fail(const char *what)
{
    fprintf(stderr, "bench_invoke: %s\n", what);
    exit(1);
}

/* ---- ours */

static int32_t handler(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *data = li_invocation_get_payload(invocation, &len);

    (void)environment, (void)user;
    sink += (unsigned)(data[0] + data[len - 1]);
    return LI_DONE;
}

typedef struct ours {
    li_engine *engine;
    li_function *function;       /* the last of them */
    li_function **functions;
    li_invoke_result result;
    li_invoke_options options;
    char (*names)[16];
    size_t n_names;
} ours;

static void run_handle(void *arg, size_t n)
{
    ours *o = arg;

    while (n-- > 0)
        if (li_function_invoke(o->function, payload, PAYLOAD, &o->options, &o->result, NULL) != LI_OK)
            fail("a call by handle failed");
}

static size_t next_name(uint64_t *state, size_t n)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((*state >> 33) % n);
}

static void run_handles(void *arg, size_t n)
{
    uint64_t state = 1;
    ours *o = arg;

    while (n-- > 0)
        if (li_function_invoke(o->functions[next_name(&state, o->n_names)], payload, PAYLOAD, &o->options, &o->result, NULL) !=
            LI_OK)
            fail("a call by handle failed");
}

static void run_named(void *arg, size_t n)
{
    uint64_t state = 1;
    ours *o = arg;

    while (n-- > 0)
        if (li_invoke(o->engine, o->names[next_name(&state, o->n_names)], LI_Z, payload, PAYLOAD, &o->options, &o->result,
                      NULL) != LI_OK)
            fail("a call by name failed");
}

static void engine_open(ours *o, size_t n, uint32_t flags)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    size_t i;

    memset(o, 0, sizeof *o);
    li_invoke_result_init(&o->result, sizeof o->result);
    li_invoke_options_init(&o->options, sizeof o->options);
    o->options.flags = flags;
    o->n_names = n;
    o->names = malloc(n * sizeof *o->names);
    o->functions = malloc(n * sizeof(li_function *));
    if (!o->names || !o->functions || li_engine_new(&o->engine, NULL, NULL) != LI_OK)
        fail("no engine");
    li_config_set(o->engine, "limits.account_concurrency", 1000000, NULL);
    spec.handler = handler;
    for (i = 0; i < n; i++) {
        snprintf(o->names[i], sizeof o->names[i], "function-%zu", i);
        spec.name = li_z(o->names[i]);
        if (li_function_register(o->engine, &spec, &o->functions[i], NULL) != LI_OK)
            fail("a function was refused");
    }
    o->function = o->functions[n - 1];
}

static void engine_close(ours *o)
{
    li_invoke_result_fini(&o->result);
    free(o->names);
    free(o->functions);
    li_engine_free(o->engine);
}

/* ---- the floor: a call through a table with request and response structs, between two readings of the clock */

typedef struct request {
    size_t size;
    li_slice function, qualifier, payload, context;
    uint64_t deadline_ns;
} request;

typedef struct response {
    size_t size;
    li_slice payload;
    uint64_t started_ns, duration_ns;
    char id[40];
} response;

typedef struct table {
    int (*invoke)(void *self, const request *rq, response *rs);
} table;

static __attribute__((noinline)) int floor_handler(void *self, const request *rq, response *rs)
{
    (void)self;
    rs->payload.ptr = rq->payload.ptr;
    rs->payload.len = rq->payload.len;
    sink += (unsigned)(rq->payload.ptr[0] + rq->payload.ptr[rq->payload.len - 1]);
    return 0;
}

static const table floor_table = { floor_handler };
static const table *volatile the_table = &floor_table;

static void run_floor(void *arg, size_t n)
{
    request rq;
    response rs;

    while (n-- > 0) {
        memset(&rq, 0, sizeof rq);
        rq.size = sizeof rq;
        rq.payload.ptr = payload;
        rq.payload.len = PAYLOAD;
        rs.size = sizeof rs;
        __asm__ volatile("" : : "r"(&rq), "r"(&rs) : "memory");
        rs.started_ns = bench_now_ns();
        rq.deadline_ns = rs.started_ns + 3000000000u;
        the_table->invoke(arg, &rq, &rs);
        rs.duration_ns = bench_now_ns() - rs.started_ns;
        bench_keep(&rs);
    }
}

/* ---- the floor of a look-up: open addressing, the hash beside the pointer */

typedef struct names {
    struct {
        uint64_t hash;
        const char *name;
    } *slots;
    size_t mask;
    char (*names)[16];
    size_t n;
} names;

static uint64_t hash_of(const char *p, size_t n)
{
    uint64_t h = n * UINT64_C(0x9E3779B97F4A7C15), word = 0;

    for (; n >= 8; n -= 8, p += 8) {
        memcpy(&word, p, 8);
        h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    word = 0;
    memcpy(&word, p, n);
    h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
    return h ^ (h >> 32);
}

static const char *find(const names *t, const char *name)
{
    size_t len = strlen(name), i;
    uint64_t hash = hash_of(name, len);

    for (i = hash & t->mask; t->slots[i].name; i = (i + 1) & t->mask)
        if (t->slots[i].hash == hash && strcmp(t->slots[i].name, name) == 0)
            return t->slots[i].name;
    return NULL;
}

static void names_open(names *t, const ours *o)
{
    size_t i, k;

    t->names = o->names;
    t->n = o->n_names;
    for (t->mask = 1; t->mask < 2 * t->n; t->mask *= 2) {
    }
    t->slots = calloc(t->mask, sizeof *t->slots);
    t->mask--;
    if (!t->slots)
        fail("no memory");
    for (i = 0; i < t->n; i++) {
        uint64_t hash = hash_of(t->names[i], strlen(t->names[i]));

        for (k = hash & t->mask; t->slots[k].name; k = (k + 1) & t->mask) {
        }
        t->slots[k].hash = hash;
        t->slots[k].name = strdup(t->names[i]);
    }
}

static void names_close(names *t)
{
    size_t i;

    for (i = 0; i <= t->mask; i++)
        free((void *)(uintptr_t)t->slots[i].name);
    free(t->slots);
}

static void run_lookup(void *arg, size_t n)
{
    uint64_t state = 1;
    names *t = arg;

    while (n-- > 0)
        bench_keep(find(t, t->names[next_name(&state, t->n)]));
}

/* ---- rows */

static void p1(void)
{
    enum { ROUNDS = 61 };        /* short ones: a slow spell of the machine meets all three */
    bench_case cases[3] = { { .name = "table, structs, 2 clock reads", .run = run_floor, .n = 20000 },
                            { .name = "trusted", .run = run_handle, .n = 20000 },
                            { .name = "checked", .run = run_handle, .n = 20000 } };
    ours trusted, checked;
    int rounds;

    engine_open(&trusted, 1, LI_INVOKE_TRUSTED);
    engine_open(&checked, 1, 0);
    cases[1].arg = &trusted;
    cases[2].arg = &checked;
    rounds = bench_run_rounds(cases, 3, bench_rounds_or(ROUNDS));
    bench_compare_row("P1", "synchronous call by handle, 16 bytes, trusted", &cases[1], &cases[0], rounds, 1.5);
    bench_compare_row("P1", "synchronous call by handle, 16 bytes, checked", &cases[2], &cases[0], rounds, 1.8);
    engine_close(&trusted);
    engine_close(&checked);
}

static void p2(size_t n)
{
    bench_case cases[3] = { { .name = "by handle", .run = run_handles, .n = 200000 },
                            { .name = "by name", .run = run_named, .n = 200000 },
                            { .name = "look-up alone", .run = run_lookup, .n = 300000 } };
    char what[96], left[64], right[64];
    double extra[BENCH_MAX_ROUNDS], ratio[BENCH_MAX_ROUNDS];
    names t;
    ours o;
    int rounds, r;

    engine_open(&o, n, LI_INVOKE_TRUSTED);
    names_open(&t, &o);
    cases[0].arg = cases[1].arg = &o;
    cases[2].arg = &t;
    rounds = bench_run(cases, 3);
    for (r = 0; r < rounds; r++) {
        extra[r] = cases[1].ns[r] - cases[0].ns[r];
        ratio[r] = extra[r] / cases[2].ns[r];
    }
    snprintf(what, sizeof what, "what the name costs on top of the handle, %zu functions", n);
    snprintf(left, sizeof left, "%.1f ns", bench_middle(extra, rounds));
    snprintf(right, sizeof right, "own table's look-up %.1f ns", bench_median(&cases[2], rounds));
    bench_row("P2", what, left, right, bench_middle(ratio, rounds), 1.5);
    names_close(&t);
    engine_close(&o);
}

/* Two threads in step: a slice on one of them alone, then the same on both, many times in turn, so that a slow spell of the
 * machine meets both. Two calls that share nothing of ours are measured likewise: what they too pay is the machine's. */
enum { SHARED, APART, FLOOR, SETTINGS };

typedef struct pair pair;

typedef struct side {
    _Alignas(128) pair *pair;
    ours own;
    int number;
    double cpu_ns;
    char apart[128];
} side;

struct pair {
    pthread_barrier_t barrier;
    side sides[2];
    ours *shared;
    int what;                    /* SHARED, APART, FLOOR */
    int alone;                   /* number of the side that runs alone; -1: both run */
    int is_done;
};

static void side_slice(side *s)
{
    enum { CALLS = 40000 };
    ours mine = s->own;
    uint64_t begin;

    if (s->pair->what == SHARED)
        mine.function = s->pair->shared->function;
    begin = bench_read_ns(CLOCK_THREAD_CPUTIME_ID);
    if (s->pair->what == FLOOR)
        run_floor(NULL, CALLS);
    else
        run_handle(&mine, CALLS);
    s->cpu_ns = (double)(bench_read_ns(CLOCK_THREAD_CPUTIME_ID) - begin) / CALLS;
    s->own.result = mine.result;
}

static void *side_run(void *arg)
{
    side *s = arg;

    for (;;) {
        pthread_barrier_wait(&s->pair->barrier);
        if (s->pair->is_done)
            return NULL;
        if (s->pair->alone < 0 || s->pair->alone == s->number)
            side_slice(s);
        pthread_barrier_wait(&s->pair->barrier);
    }
}

/* CPU of a call, the mean of those that run. */
static double pair_slice(pair *p, int what, int alone)
{
    p->what = what;
    p->alone = alone;
    pthread_barrier_wait(&p->barrier);
    pthread_barrier_wait(&p->barrier);
    return alone < 0 ? (p->sides[0].cpu_ns + p->sides[1].cpu_ns) / 2 : p->sides[alone].cpu_ns;
}

static void p3_rows(double one[][BENCH_MAX_ROUNDS], double two[][BENCH_MAX_ROUNDS], int rounds)
{
    static const char *const settings[] = { "2 threads on one function", "2 threads, each with an engine of its own",
                                         "2 threads, the floor of P1" };
    char left[48], right[48];
    int what, r;

    for (what = 0; what < SETTINGS; what++) {
        double ratio[BENCH_MAX_ROUNDS];

        for (r = 0; r < rounds; r++)
            ratio[r] = two[what][r] / one[what][r];
        snprintf(left, sizeof left, "%.1f ns CPU", bench_middle(two[what], rounds));
        snprintf(right, sizeof right, "1 thread %.1f ns CPU", bench_middle(one[what], rounds));
        if (what == SHARED)
            bench_row("P3", settings[what], left, right, bench_middle(ratio, rounds), 1.2);
        else
            bench_control_row("P3", settings[what], left, right, bench_middle(ratio, rounds));
    }
}

static void p3(void)
{
    enum { ROUNDS = 41 };
    static double one[SETTINGS][BENCH_MAX_ROUNDS], two[SETTINGS][BENCH_MAX_ROUNDS];
    static pair p;
    pthread_t thread[2];
    ours shared;
    int i, r, what, rounds = bench_rounds_or(ROUNDS);

    engine_open(&shared, 1, LI_INVOKE_TRUSTED);
    p.shared = &shared;
    pthread_barrier_init(&p.barrier, NULL, 3);
    for (i = 0; i < 2; i++) {
        p.sides[i].pair = &p;
        p.sides[i].number = i;
        engine_open(&p.sides[i].own, 1, LI_INVOKE_TRUSTED);
        if (pthread_create(&thread[i], NULL, side_run, &p.sides[i]) != 0)
            fail("no thread");
    }
    for (r = -1; r < rounds; r++)
        for (what = 0; what < SETTINGS; what++) {
            double alone = pair_slice(&p, what, r & 1), both = pair_slice(&p, what, -1);

            if (r < 0)
                continue;
            one[what][r] = alone;
            two[what][r] = both;
        }
    p.is_done = 1;
    pthread_barrier_wait(&p.barrier);
    for (i = 0; i < 2; i++) {
        pthread_join(thread[i], NULL);
        engine_close(&p.sides[i].own);
    }
    pthread_barrier_destroy(&p.barrier);
    p3_rows(one, two, rounds);
    engine_close(&shared);
}

int main(void)
{
    p1();
    p2(1000);
    p2(100000);
    p3();
    return 0;
}
