/* bench_durable.c - what it costs that an accepted event is on disk: the queue in SQLite beside a raw file that is appended and
 * flushed, and beside Redis streams that sync always (when redis-tools is there). 1 KB payloads; the cases take turns.
 *
 * Rows: P7 one put, alone; P8 256 in flight; P9 64 callers that each wait for their own; P10 take and ack in batches of 256;
 * P11 how much of the rate of 256 in flight is left while other programs keep both processors busy, beside how much of the
 * floor's is, of the rounds in which nothing else ran. BENCH_ROUNDS rounds, BENCH_DIR is where the files go. */
#include "bench.h"
#include "redis.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/sqlite.h>

enum { RECORD = 1024, FLIGHT = 256, CALLERS = 64, MAX_SAMPLES = 400000, TURNS = 2 };

extern char **environ;

static char record[RECORD], dir[300];
static uint64_t box_ns = 300 * LI_MS_NS;

static void die(const char *what)
{
    fprintf(stderr, "bench_durable: %s: %s\n", what, strerror(errno));
    exit(1);
}

static const char *in_dir(const char *name)
{
    static char path[4][360];
    static int turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

/* ---- what is measured */

typedef struct measure {
    uint64_t *samples;           /* ns from put to told */
    size_t n_samples;
    size_t n;                    /* records */
    uint64_t ns;
} measure;

typedef struct row {
    double rate[BENCH_MAX_ROUNDS], p50[BENCH_MAX_ROUNDS], p99[BENCH_MAX_ROUNDS];
} row;

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void keep(measure *m, row *r, int round)
{
    qsort(m->samples, m->n_samples, sizeof m->samples[0], by_value);
    r->rate[round] = (double)m->n / ((double)m->ns / 1e9);
    r->p50[round] = m->n_samples ? (double)m->samples[m->n_samples / 2] / 1e3 : 0;
    r->p99[round] = m->n_samples ? (double)m->samples[m->n_samples * 99 / 100] / 1e3 : 0;
    m->n_samples = m->n = 0;
}

static void sample(measure *m, uint64_t ns)
{
    if (m->n_samples < MAX_SAMPLES)
        m->samples[m->n_samples++] = ns;
}

/* ---- the floor: a file, appended and flushed */

static int raw_fd;

static void raw_commit(size_t n)
{
    static struct iovec parts[FLIGHT];
    size_t i;

    for (i = 0; i < n; i++) {
        parts[i].iov_base = record;
        parts[i].iov_len = RECORD;
    }
    if (writev(raw_fd, parts, (int)n) != (ssize_t)(n * RECORD) || fdatasync(raw_fd) != 0)
        die("raw");
}

static void raw_open(void)
{
    raw_fd = open(in_dir("raw"), O_CREAT | O_WRONLY | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (raw_fd < 0)
        die(in_dir("raw"));
}

static void raw_close(void)
{
    close(raw_fd);
    unlink(in_dir("raw"));
}

static void raw_batches(measure *m, size_t batch)
{
    uint64_t begin = bench_now_ns(), at = begin, now;

    do {
        raw_commit(batch);
        now = bench_now_ns();
        sample(m, now - at);
        at = now;
        m->n += batch;
    } while (at - begin < box_ns);
    m->ns = at - begin;
}

/* ---- ours */

static li_queue q;
static uint32_t lane;
static uint64_t clock_ms = UINT64_C(1700000000000);

static uint64_t queue_now(void *engine)
{
    (void)engine;
    return clock_ms;
}

static void queue_wake(void *engine, uint32_t number)
{
    (void)engine;
    (void)number;
}

static const li_queue_host host = { .size = sizeof host, .now_ms = queue_now, .wake = queue_wake, .max_events = UINT64_MAX / 2,
                                    .max_bytes = UINT64_MAX / 2 };

static void queue_open(void)
{
    li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;
    li_error err = LI_ERROR_INIT;

    o.path = li_z(in_dir("q.db"));
    if (li_sqlite_open(&o, &q, NULL, &err) != LI_OK || q.ops->open(q.self, &host, &err) != LI_OK ||
        q.ops->lane(q.self, "fn", 2, &lane, NULL) != LI_OK || q.ops->drive(q.self, 1) != LI_OK) {
        fprintf(stderr, "bench_durable: %s\n", err.text);
        exit(1);
    }
}

static void queue_close(void)
{
    static const char *const names[] = { "q.db", "q.db-wal", "q.db-shm", "q.db-lock" };
    size_t i;

    q.ops->drive(q.self, 0);
    q.ops->close(q.self);
    q.ops->free(q.self);
    for (i = 0; i < 4; i++)
        unlink(in_dir(names[i]));
}

typedef struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t told;
    uint64_t at[FLIGHT];
    size_t left;
    measure *m;
} waiter;

typedef struct ticket {
    waiter *w;
    size_t number;
} ticket;

static void told(void *user, li_status status)
{
    ticket *t = user;
    uint64_t now = bench_now_ns();

    if (status != LI_OK)
        die("a put was refused");
    pthread_mutex_lock(&t->w->lock);
    sample(t->w->m, now - t->w->at[t->number]);
    if (--t->w->left == 0)
        pthread_cond_signal(&t->w->told);
    pthread_mutex_unlock(&t->w->lock);
}

static void put_one(ticket *t)
{
    li_queue_event e;

    memset(&e, 0, sizeof e);
    e.header.accepted_ms = e.header.due_ms = clock_ms;
    e.header.lane = lane;
    e.header.payload_len = RECORD;
    e.payload = record;
    if (q.ops->put(q.self, &e, 1, told, t, NULL) != LI_OK)
        die("put");
}

static void queue_batches(measure *m, size_t batch)
{
    waiter w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, { 0 }, 0, m };
    uint64_t begin = bench_now_ns(), now;
    ticket tickets[FLIGHT];
    size_t i;

    do {
        w.left = batch;
        for (i = 0; i < batch; i++) {
            tickets[i].w = &w;
            tickets[i].number = i;
            w.at[i] = bench_now_ns();
            put_one(&tickets[i]);
        }
        q.ops->flush(q.self);    /* as the engine does for a caller that waits */
        pthread_mutex_lock(&w.lock);
        while (w.left > 0)
            pthread_cond_wait(&w.told, &w.lock);
        pthread_mutex_unlock(&w.lock);
        m->n += batch;
        now = bench_now_ns();
    } while (now - begin < box_ns);
    m->ns = now - begin;
}

/* Everything that is in it, taken and acked; done when that is on disk. */
static void queue_take_all(measure *m)
{
    static li_lease leases[FLIGHT];
    uint64_t tokens[FLIGHT], begin = bench_now_ns();
    size_t n, i;

    for (;;) {
        if (q.ops->take(q.self, lane, clock_ms, clock_ms + 1000000, FLIGHT, leases, &n) != LI_OK)
            die("take");
        if (n == 0)
            break;
        for (i = 0; i < n; i++) {
            if (leases[i].payload[RECORD - 1] != record[RECORD - 1])
                die("another payload");
            tokens[i] = leases[i].token;
        }
        if (q.ops->ack(q.self, tokens, n) != LI_OK)
            die("ack");
        m->n += n;
    }
    q.ops->flush(q.self);
    m->ns = bench_now_ns() - begin;
}

/* ---- 64 callers */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    uint64_t asked, committed;
    int is_over;
} raw_group = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0 };

static atomic_int callers_over;

static void *raw_caller(void *user)
{
    measure *m = user;
    uint64_t mine, at;

    pthread_mutex_lock(&raw_group.lock);
    while (!raw_group.is_over) {
        at = bench_now_ns();
        mine = ++raw_group.asked;
        pthread_cond_signal(&raw_group.work);
        while (raw_group.committed < mine)
            pthread_cond_wait(&raw_group.done, &raw_group.lock);
        sample(m, bench_now_ns() - at);
    }
    pthread_mutex_unlock(&raw_group.lock);
    return NULL;
}

static void raw_callers(measure *m)
{
    pthread_t threads[CALLERS];
    uint64_t begin = bench_now_ns(), until;
    int i;

    raw_group.asked = raw_group.committed = 0;
    raw_group.is_over = 0;
    for (i = 0; i < CALLERS; i++)
        pthread_create(&threads[i], NULL, raw_caller, m);
    pthread_mutex_lock(&raw_group.lock);
    while (bench_now_ns() - begin < box_ns || raw_group.committed < raw_group.asked) {
        raw_group.is_over = bench_now_ns() - begin >= box_ns;
        while (raw_group.asked == raw_group.committed && !raw_group.is_over)
            pthread_cond_wait(&raw_group.work, &raw_group.lock);
        until = raw_group.asked;
        pthread_mutex_unlock(&raw_group.lock);
        if (until > raw_group.committed)
            raw_commit((size_t)(until - raw_group.committed));
        pthread_mutex_lock(&raw_group.lock);
        raw_group.committed = until;
        pthread_cond_broadcast(&raw_group.done);
    }
    raw_group.is_over = 1;
    pthread_mutex_unlock(&raw_group.lock);
    m->ns = bench_now_ns() - begin;
    m->n = (size_t)raw_group.committed;
    for (i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
}

static pthread_mutex_t samples_lock = PTHREAD_MUTEX_INITIALIZER;

static void *queue_caller(void *user)
{
    measure mine = { calloc(MAX_SAMPLES / 16, sizeof(uint64_t)), 0, 0, 0 }, *m = user;
    waiter w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, { 0 }, 0, &mine };
    ticket t = { &w, 0 };
    size_t i;

    while (!atomic_load(&callers_over) && mine.n_samples < MAX_SAMPLES / 16) {
        w.left = 1;
        w.at[0] = bench_now_ns();
        put_one(&t);
        q.ops->flush(q.self);
        pthread_mutex_lock(&w.lock);
        while (w.left > 0)
            pthread_cond_wait(&w.told, &w.lock);
        pthread_mutex_unlock(&w.lock);
    }
    pthread_mutex_lock(&samples_lock);
    for (i = 0; i < mine.n_samples; i++)
        sample(m, mine.samples[i]);
    m->n += mine.n_samples;
    pthread_mutex_unlock(&samples_lock);
    free(mine.samples);
    return NULL;
}

static void queue_callers(measure *m)
{
    pthread_t threads[CALLERS];
    struct timespec box = { 0, (long)box_ns };
    uint64_t begin = bench_now_ns();
    int i;

    atomic_store(&callers_over, 0);
    for (i = 0; i < CALLERS; i++)
        pthread_create(&threads[i], NULL, queue_caller, m);
    nanosleep(&box, NULL);
    atomic_store(&callers_over, 1);
    for (i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
    m->ns = bench_now_ns() - begin;
}

/* ---- Redis streams, appendfsync always */

static void redis_batches(measure *m, size_t batch)
{
    static char text[FLIGHT * (RECORD + 80)];
    uint64_t begin = bench_now_ns(), at = begin, now;
    size_t i, len = 0;

    for (i = 0; i < batch; i++) {
        len += (size_t)sprintf(text + len, "*5\r\n$4\r\nXADD\r\n$1\r\nq\r\n$1\r\n*\r\n$1\r\np\r\n");
        len += add_word(text + len, record, RECORD);
    }
    do {
        redis_send(text, len);
        for (i = 0; i < batch; i++)
            redis_reply(NULL, NULL, 0);
        now = bench_now_ns();
        sample(m, now - at);
        at = now;
        m->n += batch;
    } while (at - begin < box_ns);
    m->ns = at - begin;
}

static void redis_take_all(measure *m)
{
    static char ids[FLIGHT][32], text[FLIGHT * 64];
    static const char read[] = "*9\r\n$10\r\nXREADGROUP\r\n$5\r\nGROUP\r\n$1\r\ng\r\n$1\r\nc\r\n$5\r\nCOUNT\r\n$3\r\n256\r\n"
                               "$7\r\nSTREAMS\r\n$1\r\nq\r\n$1\r\n>\r\n";
    static const char *const commands[] = { "XACK", "XDEL" };
    uint64_t begin = bench_now_ns();
    size_t n, i, len;
    int k;

    for (;;) {
        n = 0;
        redis_send(read, sizeof read - 1);
        if (!redis_reply(ids, &n, 1) || n == 0)
            break;
        len = 0;
        for (k = 0; k < 2; k++) {        /* acknowledged, and out of the stream */
            len += (size_t)sprintf(text + len, "*%zu\r\n$4\r\n%s\r\n$1\r\nq\r\n%s", n + (k ? 2 : 3), commands[k], k ? "" : "$1\r\ng\r\n");
            for (i = 0; i < n; i++)
                len += add_word(text + len, ids[i], strlen(ids[i]));
        }
        redis_send(text, len);
        redis_reply(NULL, NULL, 0);
        redis_reply(NULL, NULL, 0);
        m->n += n;
    }
    m->ns = bench_now_ns() - begin;
}

/* ---- busy processors: by other programs, of another session, as they are on a machine that does something else as well. (Busy
 * threads of this very process, or of its session, leave the disk's completions their time, and group commit hardly falls.) */

enum { MOST_BURNERS = 64 };

static int burn(void)
{
    volatile uint64_t x = 1;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
        x = x * 3 + 1;
    return 0;
}

static void nap(long ms)
{
    struct timespec time = { 0, ms * 1000000 };

    nanosleep(&time, NULL);
}

static void with_busy(void (*run)(measure *m, size_t batch), measure *m, size_t batch)
{
    static char self[] = "/proc/self/exe", burn_flag[] = "--burn";
    char *argv[] = { self, burn_flag, NULL };
    long n = sysconf(_SC_NPROCESSORS_ONLN), i;
    pid_t pids[MOST_BURNERS];
    posix_spawnattr_t attributes;

    n = n < 1 ? 1 : n > MOST_BURNERS ? MOST_BURNERS : n;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    for (i = 0; i < n; i++)
        if (posix_spawn(&pids[i], self, NULL, &attributes, argv, environ) != 0)
            die("a busy program");
    posix_spawnattr_destroy(&attributes);
    nap(20);                     /* until they run */
    run(m, batch);
    for (i = 0; i < n; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
    }
}

/* ---- rows */

static row raw_1, raw_256, raw_64, raw_busy, our_1, our_256, our_64, our_busy, our_take, redis_256, redis_take;

static double others[BENCH_MAX_ROUNDS];  /* processors that anybody else used in the idle state */

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Seconds that processors were used so far, but for ours. */
static double used_by_others(void)
{
    FILE *f = fopen("/proc/stat", "r");
    double user = 0, nice = 0, kernel = 0;
    struct rusage own;

    if (f) {
        if (fscanf(f, "cpu %lf %lf %lf", &user, &nice, &kernel) != 3)
            user = 0;
        fclose(f);
    }
    getrusage(RUSAGE_SELF, &own);
    return (user + nice + kernel) / (double)sysconf(_SC_CLK_TCK) - seconds(own.ru_utime) - seconds(own.ru_stime);
}

static void raw_busily(measure *m, size_t batch)
{
    with_busy(raw_batches, m, batch);
}

static void queue_busily(measure *m, size_t batch)
{
    with_busy(queue_batches, m, batch);
}

/* The queue puts its log into its file when nothing happens: not in the time of the next case. */
static void let_it_rest(void)
{
    nap(100);
}

/* 256 in flight, idle and busy: the four take short turns, so that each has its share of what else the machine does. */
static void measure_flight(measure *m, int round)
{
    static const struct {
        void (*run)(measure *m, size_t batch);
        row *row;
    } cases[] = { { raw_batches, &raw_256 }, { queue_batches, &our_256 }, { raw_busily, &raw_busy }, { queue_busily, &our_busy } };
    enum { N = sizeof cases / sizeof cases[0] };
    uint64_t ns[N] = { 0 };
    size_t n[N] = { 0 }, i;
    double used = 0;
    int turn;

    box_ns /= TURNS;
    for (turn = 0; turn < TURNS; turn++)
        for (i = 0; i < N; i++) {
            m->n = m->n_samples = 0;
            if (cases[i].row == &raw_256 || cases[i].row == &raw_busy)
                let_it_rest();
            used -= i == 0 ? used_by_others() : 0;
            cases[i].run(m, FLIGHT);
            used += i == 1 ? used_by_others() : 0;
            n[i] += m->n;
            ns[i] += m->ns;
        }
    box_ns *= TURNS;
    m->n = m->n_samples = 0;
    others[round] = used / ((double)(ns[0] + ns[1]) / 1e9);
    for (i = 0; i < N; i++)
        cases[i].row->rate[round] = (double)n[i] / ((double)ns[i] / 1e9);
}

static void measure_round(measure *m, int round, int has_redis)
{
    raw_open();
    raw_batches(m, 1);
    keep(m, &raw_1, round);
    queue_open();
    queue_batches(m, 1);
    keep(m, &our_1, round);
    measure_flight(m, round);
    queue_take_all(m);
    let_it_rest();
    keep(m, &our_take, round);
    if (has_redis) {
        redis_batches(m, FLIGHT);
        keep(m, &redis_256, round);
        redis_take_all(m);
        keep(m, &redis_take, round);
    }
    raw_callers(m);
    keep(m, &raw_64, round);
    queue_callers(m);
    keep(m, &our_64, round);
    queue_close();
    raw_close();
}

static double ratio(const double *a, const double *b, int rounds)
{
    double ratios[BENCH_MAX_ROUNDS];
    int i;

    for (i = 0; i < rounds; i++)
        ratios[i] = b[i] > 0 ? a[i] / b[i] : 0;
    return bench_middle(ratios, rounds);
}

/* limit > 0: at most; < 0: at least. */
static void say(const char *name, const char *what, const char *unit, const double *ours, const char *beside, const double *theirs,
                int rounds, double limit)
{
    char left[64], right[128];

    snprintf(left, sizeof left, "%.0f%s", bench_middle(ours, rounds), unit);
    snprintf(right, sizeof right, "%s %.0f%s", beside, bench_middle(theirs, rounds), unit);
    bench_row(name, what, left, right, ratio(ours, theirs, rounds), limit);
}

/* P11: what busy processors leave of our rate, beside what they leave of the floor's. A state that others made busy is not the
 * idle one, so that its rounds say nothing here. */
static void say_left(int rounds)
{
    double ours[BENCH_MAX_ROUNDS], raw[BENCH_MAX_ROUNDS];
    char left[64], right[128];
    int n = 0, i;

    for (i = 0; i < rounds; i++) {
        if (others[i] > 0.4)
            continue;
        ours[n] = our_busy.rate[i] / our_256.rate[i];
        raw[n++] = raw_busy.rate[i] / raw_256.rate[i];
    }
    if (n == 0) {
        bench_absent("P11", "durable put, 256 in flight, what both cores busy leave of it", "the machine was never idle");
        return;
    }
    snprintf(left, sizeof left, "%.2f of the idle rate", bench_middle(ours, n));
    snprintf(right, sizeof right, "append of 256 + fdatasync %.2f of the idle rate", bench_middle(raw, n));
    bench_row("P11", "durable put, 256 in flight, what both cores busy leave of it", left, right, ratio(ours, raw, n), -1);
}

int main(int argc, char **argv)
{
    const char *where = getenv("BENCH_DIR") ? getenv("BENCH_DIR") : getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    measure m = { calloc(MAX_SAMPLES, sizeof(uint64_t)), 0, 0, 0 };
    int rounds = getenv("BENCH_ROUNDS") ? bench_rounds() : 5, round, has_redis, i;

    if (argc == 2 && strcmp(argv[1], "--burn") == 0)
        return burn();
    if (!m.samples)
        die("memory");
    for (i = 0; i < RECORD; i++)
        record[i] = (char)('a' + i * 7 % 26);
    snprintf(dir, sizeof dir, "%.250s/li-durable-XXXXXX", where);
    if (!mkdtemp(dir))
        die(dir);
    has_redis = redis_start(dir);
    for (round = 0; round < rounds; round++)
        measure_round(&m, round, has_redis);
    redis_stop();
    say("P7", "durable put of 1 KB, alone, p50", " us", our_1.p50, "append + fdatasync", raw_1.p50, rounds, 1.4);
    say("P8", "durable put, 256 in flight", "/s", our_256.rate, "append of 256 + fdatasync", raw_256.rate, rounds, -0.4);
    if (has_redis)
        say("P8", "the same", "/s", our_256.rate, "Redis streams, appendfsync always", redis_256.rate, rounds, -4);
    else
        bench_absent("P8", "durable put, 256 in flight", "redis-tools is missing");
    say("P9", "64 callers, each its own acceptance", "/s", our_64.rate, "raw with one committer", raw_64.rate, rounds, -0.7);
    say("P9", "the same, p99", " us", our_64.p99, "raw with one committer", raw_64.p99, rounds, 2);
    if (has_redis)
        say("P10", "take + ack in batches of 256", "/s", our_take.rate, "Redis streams, appendfsync always", redis_take.rate, rounds, -1.5);
    else
        bench_absent("P10", "take + ack in batches of 256", "redis-tools is missing");
    say_left(rounds);
    printf(" | durable put, 256 in flight, both cores busy | append of 256 + fdatasync %.0f/s | %.0f/s | %.2f | - | -\n",
           bench_middle(raw_busy.rate, rounds), bench_middle(our_busy.rate, rounds), ratio(our_busy.rate, raw_busy.rate, rounds));
    free(m.samples);
    {
        char command[400];

        snprintf(command, sizeof command, "rm -rf '%s'", dir);
        return system(command) != 0;
    }
}
