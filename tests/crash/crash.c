/* crash.c - the host accepts events over the API from many clients while it is killed, again and again. A ledger outside
 * says in the end what became of each event whose acceptance was reported.
 *
 * crash HOST MODULE.so ROUNDS [EVENTS]: EVENTS acceptances a round at least, then a kill at a random moment. Exit status 0:
 * each accepted event has come to one terminal state, in one way; attempts only rose; the times of acceptance stayed. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ledger.h"

enum { CLIENTS = 16, DRAIN_SECONDS = 150 };

typedef struct accepted {
    li_id id;
    uint64_t at_ms;              /* what the payload said */
} accepted;

typedef struct client {
    pthread_t thread;
    accepted *list;
    size_t n, cap;
    uint64_t n_unknown;          /* asked, and no answer came */
    uint64_t n_refused;
    unsigned seed;
} client;

static char dir[200], path_db[260], path_ledger[260], path_port[260], uri[300];
static const char *host_path, *module_path;
static atomic_int port, is_over;
static atomic_ullong n_accepted;
static client clients[CLIENTS];
static unsigned seed;

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void nap(unsigned ms)
{
    struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

    nanosleep(&t, NULL);
}

static void die(const char *what)
{
    fprintf(stderr, "crash: %s: %s (everything is in %s)\n", what, strerror(errno), dir);
    exit(2);
}

/* ---- clients */

static int dial(void)
{
    struct sockaddr_in to = { 0 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), p = atomic_load(&port);

    to.sin_family = AF_INET;
    to.sin_port = htons((uint16_t)p);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (p == 0 || fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

/* The head of an answer without a body: its status, 0 for none. */
static int answer(int fd, char *head, size_t size)
{
    size_t n = 0;

    head[0] = '\0';
    while (!strstr(head, "\r\n\r\n")) {
        ssize_t more = recv(fd, head + n, size - 1 - n, 0);

        if (more <= 0)
            return 0;
        n += (size_t)more;
        head[n] = '\0';
    }
    return atoi(head + 9);
}

static void keep(client *c, const char *head, uint64_t at_ms)
{
    const char *id = strcasestr(head, "x-amzn-requestid:");

    if (c->n == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 4096;
        c->list = realloc(c->list, c->cap * sizeof *c->list);
        if (!c->list)
            die("memory");
    }
    if (!id || li_id_parse(id + 17 + strspn(id + 17, " "), 36, &c->list[c->n].id) != 0)
        die("a 202 without a request id");
    c->list[c->n++].at_ms = at_ms;
    atomic_fetch_add(&n_accepted, 1);
}

static void *client_main(void *user)
{
    client *c = user;
    char request[400], body[80], head[2000];
    int fd = -1;

    while (!atomic_load(&is_over)) {
        int lot = rand_r(&c->seed) % 1000, status, len;
        uint64_t at_ms = now_ms();

        if (fd < 0 && (fd = dial()) < 0) {
            nap(2);
            continue;
        }
        len = snprintf(body, sizeof body, "\"%c %llu%.*s\"", lot < 2 ? 'a' : lot < 12 ? 'f' : 'o', (unsigned long long)at_ms,
                       lot % 40, "........................................");
        len = snprintf(request, sizeof request,
                       "POST /2015-03-31/functions/task/invocations HTTP/1.1\r\nHost: localhost\r\nX-Amz-Invocation-Type: Event\r\n"
                       "Content-Length: %d\r\n\r\n%s", len, body);
        status = send(fd, request, (size_t)len, MSG_NOSIGNAL) == len ? answer(fd, head, sizeof head) : 0;
        if (status == 202) {
            keep(c, head, at_ms);
            continue;
        }
        c->n_unknown += status == 0;
        c->n_refused += status != 0;
        close(fd);
        fd = -1;
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

/* ---- the host */

static pid_t start_host(void)
{
    pid_t pid;

    unlink(path_port);
    pid = fork();
    if (pid < 0)
        die("fork");
    if (pid == 0) {
        int nowhere = open("/dev/null", O_WRONLY);

        dup2(nowhere, STDOUT_FILENO);
        setenv("LEDGER", path_ledger, 1);
        execl(host_path, host_path, "--listen", "127.0.0.1:0", "--port-file", path_port, "--queue", uri, "--handlers",
              module_path, "--workers", "2", (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* Until it listens. 0: it ended by itself. */
static int wait_port(pid_t pid)
{
    char text[64];
    ssize_t n;
    int fd, i;

    for (i = 0; i < 60000; i++) {
        fd = open(path_port, O_RDONLY | O_CLOEXEC);
        n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
        if (fd >= 0)
            close(fd);
        if (n > 0) {
            text[n] = '\0';
            atomic_store(&port, atoi(strrchr(text, ':') + 1));
            return 1;
        }
        if (waitpid(pid, NULL, WNOHANG) == pid)
            return 0;
        nap(1);
    }
    return 0;
}

static void kill_host(pid_t pid, int signal)
{
    atomic_store(&port, 0);
    kill(pid, signal);
    waitpid(pid, NULL, 0);
}

/* ---- the ledger */

typedef struct fate {
    li_id id;
    uint64_t at_ms;              /* of acceptance, as first seen */
    uint8_t is_used, is_accepted, terminal, is_in_two, n_terminal, last_attempt, n_starts, flags;
} fate;

enum { FELL = 1, MOVED = 2, WORKED = 4 };   /* WORKED: the handler succeeded, or the destination took the record */

typedef struct book {
    fate *slots;
    size_t cap;
    size_t read;                 /* notes of the ledger taken in */
    uint64_t n_open, n_repeated, n_twice, n_in_two, n_fell, n_moved, n_surprises, n_lost_marks, n_quarantined, n_unsaid;
} book;

static fate *find(book *b, const li_id *id)
{
    uint64_t hash;
    size_t i;

    memcpy(&hash, id->bytes, sizeof hash);
    for (i = hash & (b->cap - 1); b->slots[i].is_used; i = (i + 1) & (b->cap - 1))
        if (memcmp(&b->slots[i].id, id, sizeof *id) == 0)
            return &b->slots[i];
    b->slots[i].is_used = 1;
    b->slots[i].id = *id;
    return &b->slots[i];
}

static void take(book *b, const note *n)
{
    fate *f;

    if (n->kind == NOTE_QUARANTINED) {
        b->n_quarantined++;
        return;
    }
    f = find(b, &n->id);
    if (n->kind == NOTE_START) {
        if (n->attempt <= f->last_attempt)
            f->flags |= FELL;
        if (f->at_ms && f->at_ms != n->at_ms)
            f->flags |= MOVED;
        f->at_ms = n->at_ms;
        b->n_lost_marks += n->attempt > f->last_attempt + 1;
        f->last_attempt = n->attempt;
        f->n_starts++;
    } else if (n->kind == NOTE_TERMINAL) {
        f->is_in_two |= f->terminal && f->terminal != n->state;
        f->terminal = n->state;
        f->n_terminal++;
    } else if (n->kind == NOTE_END || n->kind == NOTE_DELIVERY) {
        f->flags |= WORKED;
    }
}

static void read_ledger(book *b)
{
    note block[1024];
    int fd = open(path_ledger, O_RDONLY | O_CLOEXEC);
    ssize_t n, i;

    if (fd < 0)
        die(path_ledger);
    while ((n = pread(fd, block, sizeof block, (off_t)(b->read * sizeof block[0]))) >= (ssize_t)sizeof block[0]) {
        for (i = 0; i < n / (ssize_t)sizeof block[0]; i++)
            take(b, &block[i]);
        b->read += (size_t)n / sizeof block[0];
    }
    close(fd);
}

static void enter_accepted(book *b)
{
    size_t i, k;

    for (i = 0; i < CLIENTS; i++)
        for (k = 0; k < clients[i].n; k++) {
            fate *f = find(b, &clients[i].list[k].id);

            f->is_accepted = 1;
            if (!f->at_ms)
                f->at_ms = clients[i].list[k].at_ms;
            else if (f->at_ms != clients[i].list[k].at_ms)
                f->flags |= MOVED;
        }
}

static void count(book *b)
{
    size_t i;

    b->n_open = b->n_repeated = b->n_twice = b->n_in_two = b->n_fell = b->n_moved = b->n_surprises = b->n_unsaid = 0;
    for (i = 0; i < b->cap; i++) {
        const fate *f = &b->slots[i];

        if (!f->is_used)
            continue;
        /* The queue forgets an event before its last line is noted: a kill in between leaves an end that nobody said. */
        b->n_unsaid += !f->terminal && (f->flags & WORKED);
        b->n_open += !f->terminal && !(f->flags & WORKED);
        b->n_repeated += f->n_terminal > 1;
        b->n_twice += f->n_starts > 1;
        b->n_in_two += f->is_in_two;
        b->n_fell += (f->flags & FELL) != 0;
        b->n_moved += (f->flags & MOVED) != 0;
        b->n_surprises += !f->is_accepted;
    }
}

/* Everything that was accepted ends; retries wait a minute, and what was worked on is run again at once if it is still there. */
static void drain(book *b)
{
    uint64_t until = now_ms() + DRAIN_SECONDS * 1000;
    int patience = 20;

    enter_accepted(b);
    do {
        nap(500);
        read_ledger(b);
        count(b);
    } while ((b->n_open > 0 || (b->n_unsaid > 0 && --patience > 0)) && now_ms() < until);
}

static int report(const book *b, int rounds, int kills)
{
    uint64_t unknown = 0, refused = 0;
    int i, failed = b->n_open > 0 || b->n_in_two > 0 || b->n_fell > 0 || b->n_moved > 0 || b->n_quarantined > 0;

    for (i = 0; i < CLIENTS; i++) {
        unknown += clients[i].n_unknown;
        refused += clients[i].n_refused;
    }
    printf("%d rounds, %d kills: %llu accepted, %llu lost, %llu in two states; %llu ran more than once, %llu ended more than once in "
           "the same state, %llu ended unsaid, %llu starts seen by the counter alone, %llu whose attempts fell, %llu whose time of acceptance moved; "
           "%llu asked without an answer, of which %llu were accepted; %llu refused\n",
           rounds, kills, (unsigned long long)atomic_load(&n_accepted), (unsigned long long)b->n_open,
           (unsigned long long)b->n_in_two, (unsigned long long)b->n_twice, (unsigned long long)b->n_repeated, (unsigned long long)b->n_unsaid,
           (unsigned long long)b->n_lost_marks, (unsigned long long)b->n_fell, (unsigned long long)b->n_moved,
           (unsigned long long)unknown, (unsigned long long)b->n_surprises, (unsigned long long)refused);
    return failed;
}

/* ---- rounds */

static void begin(void)
{
    const char *tmp = getenv("TMPDIR");
    int i;

    snprintf(dir, sizeof dir, "%.150s/li-crash-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        die("mkdtemp");
    snprintf(path_db, sizeof path_db, "%s/queue.db", dir);
    snprintf(path_ledger, sizeof path_ledger, "%s/ledger", dir);
    snprintf(path_port, sizeof path_port, "%s/port", dir);
    snprintf(uri, sizeof uri, "sqlite:%s", path_db);
    for (i = 0; i < CLIENTS; i++) {
        clients[i].seed = seed + (unsigned)i + 1;
        pthread_create(&clients[i].thread, NULL, client_main, &clients[i]);
    }
}

/* One life of the host, and its end. Some end while they still read what the one before left. */
static int live(unsigned long long events)
{
    unsigned long long until;
    pid_t pid = start_host();
    int ended = 0;

    if (rand_r(&seed) % 4 == 0) {
        nap((unsigned)(rand_r(&seed) % 60));
        kill_host(pid, SIGKILL);
        return 0;
    }
    if (!wait_port(pid)) {
        errno = 0;
        die("the host did not start");
    }
    until = atomic_load(&n_accepted) + events + (unsigned)rand_r(&seed) % (events / 2 + 1);
    while (atomic_load(&n_accepted) < until) {
        if (waitpid(pid, &ended, WNOHANG) == pid) {
            fprintf(stderr, "crash: the host ended by itself with wait status 0x%x\n", ended);
            errno = 0;
            die("a round");
        }
        nap(1);
    }
    nap((unsigned)(rand_r(&seed) % 5));
    kill_host(pid, SIGKILL);
    return 1;
}

static void remove_all(void)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-lock" };
    char path[300];
    size_t i;

    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(path, sizeof path, "%s%s", path_db, ends[i]);
        unlink(path);
    }
    unlink(path_ledger);
    unlink(path_port);
    rmdir(dir);
}

int main(int argc, char **argv)
{
    unsigned long long events = argc > 4 ? strtoull(argv[4], NULL, 10) : 5000;
    int rounds = argc > 3 ? atoi(argv[3]) : 0, i, kills = 0, failed;
    pid_t pid;
    book b;

    if (rounds < 1 || events < 1) {
        fprintf(stderr, "usage: crash HOST MODULE.so ROUNDS [EVENTS]\n");
        return 2;
    }
    host_path = argv[1];
    module_path = argv[2];
    seed = getenv("SEED") ? (unsigned)strtoul(getenv("SEED"), NULL, 10) : (unsigned)now_ms();
    printf("SEED=%u\n", seed);
    begin();
    for (i = 0; i < rounds; kills++)
        i += live(events);
    atomic_store(&is_over, 1);
    for (i = 0; i < CLIENTS; i++)
        pthread_join(clients[i].thread, NULL);
    pid = start_host();
    if (!wait_port(pid))
        die("the host did not start");
    memset(&b, 0, sizeof b);
    for (b.cap = 1024; b.cap < atomic_load(&n_accepted) * 3;)
        b.cap *= 2;
    b.slots = calloc(b.cap, sizeof *b.slots);
    if (!b.slots)
        die("memory");
    drain(&b);
    kill_host(pid, SIGTERM);
    failed = report(&b, rounds, kills);
    if (failed)
        printf("FAILED: everything is in %s\n", dir);
    else
        remove_all();
    free(b.slots);
    for (i = 0; i < CLIENTS; i++)
        free(clients[i].list);
    return failed;
}
