/* redis.h - a Redis server of our own on a free port, appendfsync always, with a stream `q` and a group `g`; and a client of one
 * connection that sends commands and reads replies. */
#ifndef REDIS_H
#define REDIS_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REDIS_IDS = 256 };        /* of stream entries that one reply tells */

static inline void redis_fail(const char *what)
{
    fprintf(stderr, "bench: redis: %s: %s\n", what, strerror(errno));
    exit(1);
}

static pid_t redis_pid;
static int redis_fd = -1;
static char redis_in[1 << 20];
static size_t redis_n, redis_at;

static inline char redis_byte(void)
{
    ssize_t n;

    if (redis_at == redis_n) {
        n = recv(redis_fd, redis_in, sizeof redis_in, 0);
        if (n <= 0)
            redis_fail("no answer");
        redis_n = (size_t)n;
        redis_at = 0;
    }
    return redis_in[redis_at++];
}

static inline void redis_line(char *out, size_t size)
{
    size_t n = 0;
    char c;

    while ((c = redis_byte()) != '\n')
        if (c != '\r' && n + 1 < size)
            out[n++] = c;
    out[n] = '\0';
}

/* One reply; ids of stream entries (the first element of a pair whose second is an array) go to ids. */
static inline int redis_reply(char ids[][32], size_t *n_ids, int depth)
{
    char line[200], text[32];
    long n, i;

    redis_line(line, sizeof line);
    n = strtol(line + 1, NULL, 10);
    if (line[0] == '-')
        redis_fail(line);
    if (line[0] == '$') {
        for (i = 0; i < n; i++) {
            char c = redis_byte();

            if (i < 31)
                text[i] = c;
        }
        if (n >= 0) {
            redis_byte();
            redis_byte();
            text[n < 31 ? n : 31] = '\0';
        }
        if (ids && depth == 5 && n > 0 && n < 31 && strchr(text, '-') && *n_ids < REDIS_IDS)
            memcpy(ids[(*n_ids)++], text, 32);
        return n >= 0;
    }
    for (i = 0; line[0] == '*' && i < n; i++)
        redis_reply(ids, n_ids, depth + 1);
    return n >= 0;
}

static inline void redis_send(const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(redis_fd, bytes, len, MSG_NOSIGNAL);

        if (n <= 0)
            redis_fail("no answer");
        bytes += n;
        len -= (size_t)n;
    }
}

static inline size_t add_word(char *out, const char *word, size_t len)
{
    size_t n = (size_t)sprintf(out, "$%zu\r\n", len);

    memcpy(out + n, word, len);
    memcpy(out + n + len, "\r\n", 2);
    return n + len + 2;
}

static inline void redis_words(const char *const *words, size_t n)
{
    static char text[4096];
    size_t len = (size_t)sprintf(text, "*%zu\r\n", n), i;

    for (i = 0; i < n; i++)
        len += add_word(text + len, words[i], strlen(words[i]));
    redis_send(text, len);
    redis_reply(NULL, NULL, 0);
}

static inline int redis_start(const char *dir)
{
    static const char *const group[] = { "XGROUP", "CREATE", "q", "g", "0", "MKSTREAM" };
    struct sockaddr_in at = { 0 };
    socklen_t len = sizeof at;
    char port[16];
    int i, probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(probe, (struct sockaddr *)&at, sizeof at) != 0 || getsockname(probe, (struct sockaddr *)&at, &len) != 0)
        redis_fail("no port");
    close(probe);
    snprintf(port, sizeof port, "%u", ntohs(at.sin_port));
    redis_pid = fork();
    if (redis_pid == 0) {
        int nowhere = open("/dev/null", O_WRONLY);

        dup2(nowhere, 1);
        dup2(nowhere, 2);
        /* the server by its other name: it is in redis-tools, which starts no service when it is installed */
        execlp("redis-check-rdb", "redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", dir, "--appendonly", "yes", "--appendfsync",
               "always", "--save", "", "--auto-aof-rewrite-percentage", "0", (char *)NULL);
        _exit(127);
    }
    for (i = 0; i < 100; i++) {
        struct timespec nap = { 0, 50000000 };

        if (waitpid(redis_pid, NULL, WNOHANG) == redis_pid) {
            redis_pid = 0;
            return 0;
        }
        redis_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(redis_fd, (struct sockaddr *)&at, sizeof at) == 0)
            break;
        close(redis_fd);
        redis_fd = -1;
        nanosleep(&nap, NULL);
    }
    if (redis_fd < 0)
        return 0;
    redis_words(group, 6);
    return 1;
}

static inline void redis_stop(void)
{
    if (redis_fd >= 0)
        close(redis_fd);
    if (redis_pid > 0) {
        kill(redis_pid, SIGKILL);
        waitpid(redis_pid, NULL, 0);
    }
}

#endif
