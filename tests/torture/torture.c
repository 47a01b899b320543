/* torture.c - each scenario again and again, with the k-th allocation failing, and then with all from the k-th on, until it
 * passes untouched (REL-40).
 *
 *   torture              a short form: every k, but of the longest scenarios only some
 *   torture all          every k
 *   torture NAME [K]     one scenario, every k or one
 *
 * Each time: a call that is refused leaves the state as it was, and succeeds when it is repeated with memory; every accepted
 * event ends in one terminal state; conservation holds; nothing that was allocated is left. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lambdainvoke/lambdainvoke.h>
#ifdef TORTURE_SQLITE
#include <lambdainvoke/sqlite.h>
#endif

/* ---- memory that runs out */

typedef union head {
    size_t size;
    max_align_t alignment;
} head;

typedef struct memory {
    uint64_t calls;      /* of alloc and realloc while not paused */
    uint64_t fail_at;    /* 0: never */
    int from_then_on;
    int paused;
    uint64_t failed;
    int64_t blocks;
} memory;

static int runs_out(memory *m)
{
    if (m->paused)
        return 0;
    m->calls++;
    if (m->fail_at == 0 || m->calls < m->fail_at || (!m->from_then_on && m->calls > m->fail_at))
        return 0;
    m->failed++;
    return 1;
}

static void *take(void *self, size_t size)
{
    memory *m = self;
    head *block = runs_out(m) ? NULL : malloc(sizeof *block + size);

    if (!block)
        return NULL;
    block->size = size;
    memset(block + 1, 0xA5, size);
    m->blocks++;
    return block + 1;
}

static void give(void *self, void *block)
{
    memory *m = self;
    head *h = block ? (head *)block - 1 : NULL;

    if (!h)
        return;
    memset(h + 1, 0x5A, h->size);
    m->blocks--;
    free(h);
}

/* Always moves, so that who kept the old place is found out. */
static void *again(void *self, void *block, size_t size)
{
    head *old = block ? (head *)block - 1 : NULL;
    void *moved = take(self, size);

    if (moved && old) {
        memcpy(moved, block, old->size < size ? old->size : size);
        give(self, block);
    }
    return moved;
}

static const li_allocator_ops memory_ops = { sizeof memory_ops, 1, 0, "torture", take, again, give };

/* ---- a run */

enum { STATE = 1 << 16, HELD = 16 };

typedef struct run {
    memory memory;
    li_allocator allocator;
    li_clock *clock;
    li_engine *engine;
    uint64_t accepted;           /* events that were accepted for sure */
    li_invocation *held[HELD];   /* of the pending handler */
    int n_held;
    int answers;                 /* of begun calls */
    int n_pieces;                /* of a stream */
    char path[64];               /* of the file that queue and store are in; "": they are in memory */
    const char *at;              /* the call under way */
    char before[STATE];
    char after[STATE];
    char why[512];               /* what is wrong; "" nothing */
} run;

static void say(run *r, const char *what)
{
    if (r->why[0] == '\0')
        snprintf(r->why, sizeof r->why, "%.300s: %.180s", r->at ? r->at : "", what);
}

/* ---- what can be seen of the engine, as text */

typedef struct view {
    run *run;
    char *text;
} view;

static void put(view *v, const char *format, ...) __attribute__((format(printf, 2, 3)));

#include <stdarg.h>

static void put(view *v, const char *format, ...)
{
    size_t n = strlen(v->text);
    va_list args;

    va_start(args, format);
    vsnprintf(v->text + n, STATE - n, format, args);
    va_end(args);
}

static void put_version(void *user, const li_function_info *i)
{
    put(user, " version %s %s %s\n", i->version, i->description, i->revision_id);
}

static void put_alias(void *user, const li_alias_info *a)
{
    put(user, " alias %s %s %s %g %s\n", a->name, a->function_version, a->additional_version, a->weight, a->revision_id);
}

static void put_config(void *user, const li_event_config_info *c)
{
    put(user, " config %s %s %s %lld %lld\n", c->function_arn, c->on_success, c->on_failure, (long long)c->max_age_s,
        (long long)c->max_retries);
}

static void put_function(void *user, const li_function_info *i)
{
    view *v = user;
    li_engine *engine = v->run->engine;

    put(v, "function %s %s %s %s %s %lld %u %u %d %llu\n", i->name, i->description, i->binding, i->dead_letter_target,
        i->revision_id, (long long)i->reserved_concurrency, i->timeout_ms, i->memory_mb, i->is_bound,
        (unsigned long long)i->modified_ms);
    li_version_each(engine, i->name, LI_Z, 0, 100, put_version, v, NULL);
    li_alias_each(engine, i->name, LI_Z, put_alias, v, NULL);
    li_event_config_each(engine, i->name, LI_Z, put_config, v, NULL);
}

static void put_trigger(void *user, const li_trigger_info *t)
{
    put(user, "trigger %s %s %s %.*s %d\n", t->id, t->kind, t->function, (int)t->options_len, t->options, t->is_enabled);
}

static void put_mapping(void *user, const li_mapping_info *m)
{
    put(user, "mapping %s %s %s %s %u\n", m->uuid, m->source_arn, m->function, m->state, m->batch_size);
}

static void put_queue(void *user, li_local_queue *queue, const char *name)
{
    put(user, "queue %s %llu %llu\n", name, (unsigned long long)li_local_queue_count(queue),
        (unsigned long long)li_local_queue_visible(queue));
}

static void look(run *r, char *text)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    view v = { r, text };

    text[0] = '\0';
    if (!r->engine)
        return;
    r->memory.paused++;
    li_function_each(r->engine, NULL, 0, 1000, put_function, &v);
    li_trigger_each(r->engine, NULL, 0, put_trigger, &v);
    li_mapping_each(r->engine, put_mapping, &v);
    li_local_queue_each(r->engine, put_queue, &v);
    li_event_count(r->engine, &c);
    put(&v, "events %llu = %llu + %llu + %llu + %llu + %llu\n", (unsigned long long)c.accepted, (unsigned long long)c.pending,
        (unsigned long long)c.leased, (unsigned long long)c.succeeded, (unsigned long long)c.delivered,
        (unsigned long long)c.dropped);
    if (c.accepted != c.pending + c.leased + c.succeeded + c.delivered + c.dropped)
        say(r, "REL-1: the sums differ");
    r->memory.paused--;
}

/* ---- one call: refused for want of memory it has changed nothing, and with memory it succeeds */

static void begin(run *r, const char *call)
{
    r->at = call;
    look(r, r->before);
}

static void refused(run *r)
{
    size_t i;

    look(r, r->after);
    for (i = 0; r->before[i] && r->before[i] == r->after[i]; i++)
        continue;
    if (r->before[i] != r->after[i]) {
        char text[160];

        while (i > 0 && r->before[i - 1] != '\n')
            i--;
        snprintf(text, sizeof text, "changed though refused: %.60s | %.60s", r->before + i, r->after + i);
        say(r, text);
    }
    r->memory.fail_at = 0;       /* there is memory again */
}

static void end(run *r, li_status status, li_status wanted)
{
    char text[120];

    if (status != wanted) {
        snprintf(text, sizeof text, "%s", li_status_name(status));
        say(r, text);
    }
}

#define TRY_FOR(r, wanted, call)    \
    do {                            \
        li_status s_;               \
        begin((r), #call);          \
        s_ = (call);                \
        if (s_ == LI_E_NOMEM) {     \
            refused(r);             \
            s_ = (call);            \
        }                           \
        end((r), s_, (wanted));     \
    } while (0)
#define TRY(r, call) TRY_FOR((r), LI_OK, call)

static void pass(run *r, uint64_t seconds)
{
    r->at = "li_clock_advance";
    if (li_clock_advance(r->clock, seconds * LI_SECOND_NS, NULL) != LI_OK)
        say(r, "the clock stands");
}

static li_status open_engine(run *r)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;

    options.allocator = &r->allocator;
    options.clock = r->clock;
#ifdef TORTURE_SQLITE
    if (r->path[0]) {
        li_sqlite_options file = LI_SQLITE_OPTIONS_INIT;
        li_status status;

        file.path = li_z(r->path);
        file.allocator = &r->allocator;
        file.check = LI_SQLITE_CHECK_ROWS;
        file.page_bytes = 4096;
        status = li_sqlite_open(&file, &options.queue, &options.store, NULL);
        if (status != LI_OK)
            return status;
    }
#endif
    return li_engine_new(&r->engine, &options, NULL);
}

#include "scenarios.h"

/* ---- running them */

static void open_world(run *r)
{
    li_clock_virtual_options clock = LI_CLOCK_VIRTUAL_OPTIONS_INIT;

    r->allocator.ops = &memory_ops;
    r->allocator.self = &r->memory;
    clock.watchdog_ms = 1;                  /* nobody polls */
    TRY(r, li_clock_virtual_new(&r->allocator, &clock, &r->clock));
    TRY(r, open_engine(r));
}

/* The files of a world on the disk go with it. */
static void remove_files(const run *r)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-lock" };
    char name[80];
    size_t i;

    for (i = 0; r->path[0] && i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(name, sizeof name, "%s%s", r->path, ends[i]);
        unlink(name);
    }
}

static void close_world(run *r)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    char text[120];

    r->memory.fail_at = 0;
    pass(r, 24 * 3600);                     /* longer than any event lives */
    look(r, r->after);
    li_event_count(r->engine, &c);
    r->at = "the end";
    if (c.pending + c.leased > 0)
        say(r, "events are left that nobody runs");
    if (c.accepted < r->accepted) {
        snprintf(text, sizeof text, "%llu events were accepted and %llu counted", (unsigned long long)r->accepted,
                 (unsigned long long)c.accepted);
        say(r, text);
    }
    if (li_engine_free(r->engine) != LI_OK)
        say(r, "the engine cannot be freed");
    if (li_clock_free(r->clock) != LI_OK)
        say(r, "the clock cannot be freed");
    if (r->memory.blocks != 0) {
        snprintf(text, sizeof text, "%lld blocks are left", (long long)r->memory.blocks);
        say(r, text);
    }
}

static run the_run;              /* big; and on_alarm looks at it */
static const char *running;
static char folder[40];          /* of files: in memory where that is to be had */

static void on_alarm(int number)
{
    (void)number;
    fprintf(stderr, "%s: hangs at k = %llu in %s\n", running, (unsigned long long)the_run.memory.fail_at, the_run.at);
    _exit(1);
}

/* One run: how many allocations failed; -1: something is wrong. */
static int64_t one(const scenario *s, uint64_t k, int from_then_on)
{
    run *r = &the_run;

    memset(r, 0, sizeof *r);
    r->memory.fail_at = k;
    r->memory.from_then_on = from_then_on;
    running = s->name;
    alarm(60);
    if (s->on_disk)
        snprintf(r->path, sizeof r->path, "%.50s/torture.db", folder);
    open_world(r);
    if (r->engine)
        s->play(r);
    if (r->engine)
        close_world(r);
    remove_files(r);
    alarm(0);
    if (r->why[0]) {
        printf("%s, k = %llu%s: %s\n", s->name, (unsigned long long)k, from_then_on ? " and on" : "", r->why);
        return -1;
    }
    return (int64_t)r->memory.failed;
}

/* stride 1: every k. The number of runs, or -1. */
static int64_t all_of(const scenario *s, uint64_t stride, int *bad)
{
    int64_t runs = 0;
    int from_then_on;
    uint64_t k;

    for (from_then_on = 0; from_then_on <= 1; from_then_on++)
        for (k = 1;; k += stride) {
            int64_t failed = one(s, k, from_then_on);

            runs++;
            if (failed < 0 && ++*bad >= 20)
                return runs;
            if (failed == 0)
                break;
        }
    return runs;
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 && strcmp(argv[1], "all") != 0 ? argv[1] : NULL;
    int64_t runs = 0;
    int bad = 0, n = 0;
    size_t i;

    setvbuf(stdout, NULL, _IOLBF, 0);
    snprintf(folder, sizeof folder, "%s/torture-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    signal(SIGALRM, on_alarm);
    for (i = 0; i < sizeof scenarios / sizeof *scenarios && bad < 20; i++) {
        int64_t mine;

        if (only && strcmp(only, scenarios[i].name) != 0)
            continue;
        n++;
        if (argc > 2) {
            uint64_t k = strtoull(argv[2], NULL, 10);

            bad += one(&scenarios[i], k, 0) < 0;
            bad += one(&scenarios[i], k, 1) < 0;
            continue;
        }
        mine = all_of(&scenarios[i], argc > 1 ? 1 : scenarios[i].stride, &bad);
        runs += mine;
        if (argc > 1)
            printf("%s: %lld runs\n", scenarios[i].name, (long long)mine);
    }
    rmdir(folder);
    if (n == 0) {
        printf("there is no scenario %s\n", only ? only : "");
        return 1;
    }
    printf("%d scenarios, %lld runs without memory somewhere, %d went wrong\n", n, (long long)runs, bad);
    return bad > 0;
}
