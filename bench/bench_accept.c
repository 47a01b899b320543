/* bench_accept.c - what durability costs a client: asynchronous invokes of 1 KB over the Lambda API from 64 connections, each
 * waiting for its 202, of the host with --queue sqlite: beside the host with its queue in memory. The hosts take turns; the
 * handler echoes, so that accepted events are taken, run and gone meanwhile.
 *
 * BENCH_ROUNDS rounds, BENCH_DIR is where the file goes. */
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { BODY = 1024, CONNECTIONS = 64, ROUND_MS = 500 };

static char dir[300], folder[256];

static void fail(const char *what)
{
    fprintf(stderr, "bench_accept: %s: %s\n", what, strerror(errno));
    exit(1);
}

typedef struct server {
    const char *queue;
    char port_file[400];
    pid_t pid;
    uint16_t port;
    double rate[BENCH_MAX_ROUNDS];
} server;

static uint16_t read_port(const char *file)
{
    FILE *f = fopen(file, "r");
    unsigned port = 0;
    char text[64];

    if (f && fgets(text, sizeof text, f) && strrchr(text, ':') && strchr(text, '\n'))
        port = (unsigned)atoi(strrchr(text, ':') + 1);
    if (f)
        fclose(f);
    return (uint16_t)port;
}

static void start(server *s)
{
    char host[300], module[300];
    const char *argv[] = { host, "--listen", "127.0.0.1:0", "--port-file", s->port_file, "--handlers", module, "--queue", s->queue, NULL };
    posix_spawn_file_actions_t actions;
    int tries, failed;

    snprintf(host, sizeof host, "%.260s/lambdainvoked", folder);
    snprintf(module, sizeof module, "%.260s/examples/handlers.so", folder);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    failed = posix_spawn(&s->pid, host, &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    for (tries = 0; !failed && tries < 5000 && (s->port = read_port(s->port_file)) == 0; tries++)
        usleep(1000);
    if (!s->port)
        fail("lambdainvoked does not start");
}

static void stop(server *s)
{
    kill(s->pid, SIGTERM);
    waitpid(s->pid, NULL, 0);
}

/* ---- the loader */

typedef struct connection {
    int fd;
    size_t got;
    char data[2048];
} connection;

static char request[2 * BODY];
static size_t request_len;

static void make_request(const server *s)
{
    char payload[BODY + 1];

    memset(payload, 'x', BODY);
    payload[0] = payload[BODY - 1] = '"';
    payload[BODY] = '\0';
    request_len = (size_t)snprintf(request, sizeof request,
                                   "POST /2015-03-31/functions/echo/invocations HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                                   "X-Amz-Invocation-Type: Event\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                                   s->port, BODY, payload);
}

static void open_connection(connection *c, const server *s)
{
    struct sockaddr_in address;
    int one = 1;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(s->port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail("no connection");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void send_request(connection *c)
{
    c->got = 0;
    if (send(c->fd, request, request_len, MSG_NOSIGNAL) != (ssize_t)request_len)
        fail("a request was not sent");
}

/* 1: it has its 202, which has no body. */
static int receive(connection *c)
{
    ssize_t n = recv(c->fd, c->data + c->got, sizeof c->data - 1 - c->got, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0)
        fail("a connection ended");
    c->got += (size_t)n;
    c->data[c->got] = '\0';
    if (!strstr(c->data, "\r\n\r\n"))
        return 0;
    if (strncmp(c->data, "HTTP/1.1 202", 12) != 0)
        fail(c->data);
    return 1;
}

/* Acceptances a second over ROUND_MS. */
static double load(const server *s)
{
    static connection all[CONNECTIONS];
    struct epoll_event event, ready[CONNECTIONS];
    uint64_t begin, now, done = 0;
    int epoll = epoll_create1(EPOLL_CLOEXEC), i, k;

    make_request(s);
    for (i = 0; i < CONNECTIONS; i++) {
        open_connection(&all[i], s);
        event.events = EPOLLIN;
        event.data.ptr = &all[i];
        epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    begin = bench_now_ns();
    for (i = 0; i < CONNECTIONS; i++)
        send_request(&all[i]);
    do {
        k = epoll_wait(epoll, ready, CONNECTIONS, 5000);
        if (k == 0)
            fail("no answer");
        for (i = 0; i < k; i++)
            if (receive(ready[i].data.ptr)) {
                done++;
                send_request(ready[i].data.ptr);
            }
        now = bench_now_ns();
    } while (now - begin < (uint64_t)ROUND_MS * 1000000);
    for (i = 0; i < CONNECTIONS; i++)
        close(all[i].fd);
    close(epoll);
    return (double)done * 1e9 / (double)(now - begin);
}

int main(int argc, char **argv)
{
    enum { MEMORY, SQLITE, SERVERS };
    static server servers[SERVERS];
    static char uri[400], command[400];
    const char *where = getenv("BENCH_DIR") ? getenv("BENCH_DIR") : getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    const char *slash = strrchr(argv[0], '/');
    char host[300], left[48], right[64];
    double ratios[BENCH_MAX_ROUNDS];
    int rounds = bench_rounds(), r, k;

    (void)argc;
    snprintf(folder, sizeof folder, "%.*s/..", (int)(slash ? slash - argv[0] : 1), slash ? argv[0] : ".");
    snprintf(host, sizeof host, "%.260s/lambdainvoked", folder);
    if (access(host, X_OK) != 0) {
        bench_absent("", "asynchronous invoke over HTTP, on disk", "lambdainvoked is left out");
        return 0;
    }
    snprintf(dir, sizeof dir, "%.250s/li-accept-XXXXXX", where);
    if (!mkdtemp(dir))
        fail(dir);
    snprintf(uri, sizeof uri, "sqlite:%s/q.db", dir);
    servers[MEMORY].queue = "memory:";
    servers[SQLITE].queue = uri;
    for (k = 0; k < SERVERS; k++) {
        snprintf(servers[k].port_file, sizeof servers[k].port_file, "%s/port.%d", dir, k);
        start(&servers[k]);
    }
    for (r = -1; r < rounds; r++)
        for (k = 0; k < SERVERS; k++)
            servers[k].rate[r < 0 ? 0 : r] = load(&servers[k]);
    for (r = 0; r < rounds; r++)
        ratios[r] = servers[SQLITE].rate[r] / servers[MEMORY].rate[r];
    snprintf(left, sizeof left, "%.0f/s", bench_middle(servers[SQLITE].rate, rounds));
    snprintf(right, sizeof right, "queue in memory %.0f/s", bench_middle(servers[MEMORY].rate, rounds));
    bench_row("", "asynchronous invoke of 1 KB over HTTP, 64 connections, on disk", left, right, bench_middle(ratios, rounds), -0.5);
    for (k = 0; k < SERVERS; k++)
        stop(&servers[k]);
    snprintf(command, sizeof command, "rm -rf '%.300s'", dir);
    return system(command) != 0;
}
