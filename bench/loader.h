/* loader.h - the client's side of benches over HTTP: a server started on a free port, requests of 1 KB from keep-alive
 * connections on one thread, each sent when the answer before it is there. The least that a client can do, so that its own share of
 * the processor hides little of the server's: one connection is a send and a recv that sleeps, more are asked for by epoll. */
#ifndef LOADER_H
#define LOADER_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { LOADER_BODY = 1024, LOADER_CONNECTIONS = 64 };

extern char **environ;

static inline void loader_fail(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- servers */

static inline uint16_t loader_read_port(const char *file)
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

/* Start a server that writes ADDRESS:PORT to a file once it listens: its port, or 0. */
static inline uint16_t loader_start(const char *const *argv, const char *port_file, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    uint16_t port = 0;
    int tries, failed;

    unlink(port_file);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    failed = posix_spawn(pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    for (tries = 0; !failed && tries < 50000 && (port = loader_read_port(port_file)) == 0; tries++)
        usleep(100);
    return port;
}

static inline void loader_stop(pid_t *pid)
{
    if (*pid > 0) {
        kill(*pid, SIGTERM);
        waitpid(*pid, NULL, 0);
    }
    *pid = 0;
}

/* ---- requests */

typedef struct loader_connection {
    int fd;
    size_t got;
    size_t wanted;               /* of the whole answer; 0: not known yet */
    char data[8 * LOADER_BODY];
} loader_connection;

typedef struct loader {
    uint16_t port;
    int n;                       /* connections */
    int status;                  /* of every answer: 200 with the request's body, or 202 with none */
    int epoll;
    size_t request_len;
    char request[3 * LOADER_BODY];
    loader_connection connections[LOADER_CONNECTIONS];
} loader;

/* heads: further lines of the head, each with its end. */
static inline void loader_request(loader *l, const char *path, const char *heads)
{
    char payload[LOADER_BODY + 1];

    memset(payload, 'x', LOADER_BODY);
    payload[0] = payload[LOADER_BODY - 1] = '"';
    payload[LOADER_BODY] = '\0';
    l->request_len = (size_t)snprintf(l->request, sizeof l->request,
                                      "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Type: application/json\r\n%s"
                                      "Content-Length: %d\r\n\r\n%s", path, l->port, heads, LOADER_BODY, payload);
}

static inline void loader_connect(const loader *l, loader_connection *c)
{
    const struct timeval patience = { 5, 0 };
    struct sockaddr_in address;
    int one = 1;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(l->port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0)
        loader_fail("no connection");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (l->n != 1)               /* else the alarm of loader_run watches: a timer for each answer costs */
        setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

static inline void loader_send(const loader *l, loader_connection *c)
{
    if (send(c->fd, l->request, l->request_len, MSG_NOSIGNAL) != (ssize_t)l->request_len)
        loader_fail("a request was not sent");
    c->got = c->wanted = 0;
}

/* What Content-Length says in the lines from at to end; -1: it is not there. */
static inline long loader_length(const char *at, const char *end)
{
    while (at < end) {
        if ((at[0] | 32) == 'c' && strncasecmp(at, "content-length:", 15) == 0)
            return atol(at + 15);
        at = (const char *)memchr(at, '\n', (size_t)(end + 2 - at)) + 1;
    }
    return -1;
}

/* 1: the whole answer is there. */
static inline int loader_receive(const loader *l, loader_connection *c)
{
    ssize_t n = recv(c->fd, c->data + c->got, sizeof c->data - 1 - c->got, l->n > 1 ? MSG_DONTWAIT : 0);
    const char *end;

    if (n < 0 && (errno == EINTR || (errno == EAGAIN && l->n > 1)))
        return 0;
    if (n <= 0)
        loader_fail("no answer");
    c->got += (size_t)n;
    c->data[c->got] = '\0';
    if (c->wanted == 0 && (end = strstr(c->data, "\r\n\r\n")) != NULL) {
        if (atoi(c->data + 9) != l->status)
            loader_fail(c->data);
        if (l->status == 200 && loader_length(c->data, end) != LOADER_BODY)
            loader_fail("an answer of another length");
        c->wanted = (size_t)(end + 4 - c->data) + (l->status == 200 ? LOADER_BODY : 0);
    }
    return c->wanted > 0 && c->got >= c->wanted;
}

static inline void loader_open(loader *l, int n)
{
    struct epoll_event event;
    int i;

    l->n = n;
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (i = 0; i < n; i++) {
        loader_connect(l, &l->connections[i]);
        if (n == 1)              /* nobody asks the set; to be in it would cost a wake-up */
            continue;
        event.events = EPOLLIN;
        event.data.ptr = &l->connections[i];
        epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->connections[i].fd, &event);
    }
}

/* Answers in so many milliseconds; how long that took goes to ns. */
static inline uint64_t loader_run(loader *l, int ms, uint64_t *ns)
{
    struct epoll_event ready[LOADER_CONNECTIONS];
    uint64_t begin = bench_now_ns(), now, done = 0;
    int i, k;

    alarm((unsigned)ms / 1000 + 5);
    for (i = 0; i < l->n; i++)
        loader_send(l, &l->connections[i]);
    ready[0].data.ptr = &l->connections[0];
    do {
        k = l->n > 1 ? epoll_wait(l->epoll, ready, l->n, 5000) : 1;   /* one connection is waited for where it is read */
        if (k == 0)
            loader_fail("no answer");
        for (i = 0; i < k; i++)
            if (loader_receive(l, ready[i].data.ptr)) {
                done++;
                loader_send(l, ready[i].data.ptr);
            }
        now = bench_now_ns();
    } while (now - begin < (uint64_t)ms * 1000000);
    alarm(0);
    *ns = now - begin;
    return done;
}

static inline void loader_close(loader *l)
{
    int i;

    for (i = 0; i < l->n; i++)
        close(l->connections[i].fd);
    close(l->epoll);
}

#endif
