/* bench_http.c - an echo of 1 KB through the Lambda API of lambdainvoked at 1, 8 and 64 connections (P14), beside a bare echo
 * on libmicrohttpd (this program again, with --echo) and one on Go's net/http (echo.go, when there is a go). One loader, a
 * thread of ours with keep-alive connections; CPU is the server's own, by its process clock. With one connection one of the two
 * always sleeps: all share one core then, or what is measured is how long a virtual core takes to wake. */
#include <dirent.h>
#include <microhttpd.h>
#include <sched.h>

#include "loader.h"

enum { BODY = LOADER_BODY, ROUND_MS = 150 };

static char folder[256], self[300], scratch[64];
static loader client;

/* ---- the bare echo */

typedef struct body {
    size_t len;
    char data[4 * BODY];
} body;

static enum MHD_Result echo(void *user, struct MHD_Connection *connection, const char *url, const char *method,
                            const char *version, const char *data, size_t *size, void **context)
{
    struct MHD_Response *response;
    enum MHD_Result queued;
    body *b = *context;

    (void)user, (void)url, (void)method, (void)version;
    if (!b) {
        *context = calloc(1, sizeof *b);
        return *context ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        if (*size > sizeof b->data - b->len)
            return MHD_NO;
        memcpy(b->data + b->len, data, *size);
        b->len += *size;
        *size = 0;
        return MHD_YES;
    }
    response = MHD_create_response_from_buffer(b->len, b->data, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", "application/json");
    queued = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

static void echoed(void *user, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode why)
{
    (void)user, (void)connection, (void)why;
    free(*context);
}

static int serve_echo(const char *port_file)
{
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO, 0, NULL, NULL, echo, NULL,
                                                 MHD_OPTION_NOTIFY_COMPLETED, echoed, NULL, MHD_OPTION_END);
    const union MHD_DaemonInfo *info = daemon ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    FILE *file = info ? fopen(port_file, "w") : NULL;

    if (!file)
        return 1;
    fprintf(file, "127.0.0.1:%u\n", info->port);
    fclose(file);
    for (;;)
        pause();
}

/* ---- servers */

typedef struct server {
    const char *name;
    const char *path;            /* of the request */
    const char *argv[12];
    char port_file[96];
    pid_t pid;
    uint16_t port;
    clockid_t clock;
    long idle_kb;
    double rate[BENCH_MAX_ROUNDS], cpu_us[BENCH_MAX_ROUNDS];
} server;

static int start(server *s)
{
    s->port = loader_start(s->argv, s->port_file, &s->pid);
    return s->port && clock_getcpuclockid(s->pid, &s->clock) == 0 ? 0 : -1;
}

static void stop(server *s)
{
    loader_stop(&s->pid);
    unlink(s->port_file);
}

static long resident_kb(pid_t pid)
{
    char name[64], line[128];
    long kb = 0;
    FILE *f;

    snprintf(name, sizeof name, "/proc/%d/status", (int)pid);
    f = fopen(name, "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmRSS: %ld", &kb) == 1)
            break;
    if (f)
        fclose(f);
    return kb;
}

static void aim(const server *s)
{
    client.port = s->port;
    client.status = 200;
    loader_request(&client, s->path, "");
}

/* Requests a second over ROUND_MS, and the server's CPU a request. */
static void load(server *s, int n, double *rate, double *cpu_us)
{
    uint64_t cpu, done, ns;

    aim(s);
    loader_open(&client, n);
    cpu = bench_read_ns(s->clock);
    done = loader_run(&client, ROUND_MS, &ns);
    *cpu_us = (double)(bench_read_ns(s->clock) - cpu) / 1e3 / (double)done;
    *rate = (double)done * 1e9 / (double)ns;
    loader_close(&client);
}

/* ---- rows */

/* All threads of a process on one core, or on any. */
static void keep_on_one_core(pid_t pid, int is_kept)
{
    char name[300];
    struct dirent *entry;
    cpu_set_t set;
    DIR *tasks;
    int i;

    CPU_ZERO(&set);
    for (i = 0; i < (is_kept ? 1 : CPU_SETSIZE); i++)
        CPU_SET((size_t)i, &set);
    snprintf(name, sizeof name, "/proc/%d/task", (int)pid);
    tasks = opendir(name);
    while (tasks && (entry = readdir(tasks)) != NULL)
        if (entry->d_name[0] != '.')
            sched_setaffinity(atoi(entry->d_name), sizeof set, &set);
    if (tasks)
        closedir(tasks);
}

enum { HOST, BARE, GO, SERVERS };

static void rows_of(server *servers, int n, int rounds)
{
    double ratios[BENCH_MAX_ROUNDS];
    char what[96], left[48], right[64];
    int r, k;

    keep_on_one_core(getpid(), n == 1);
    for (k = 0; k < SERVERS; k++)
        if (servers[k].pid > 0)
            keep_on_one_core(servers[k].pid, n == 1);
    for (r = -1; r < rounds; r++)
        for (k = 0; k < SERVERS; k++)
            if (servers[k].pid > 0)
                load(&servers[k], n, &servers[k].rate[r < 0 ? 0 : r], &servers[k].cpu_us[r < 0 ? 0 : r]);
    snprintf(what, sizeof what, "echo of 1 KB over HTTP, %d connection%s, CPU a request", n, n > 1 ? "s" : ", one core");
    for (r = 0; r < rounds; r++)
        ratios[r] = servers[HOST].cpu_us[r] / servers[BARE].cpu_us[r];
    snprintf(left, sizeof left, "%.1f us", bench_middle(servers[HOST].cpu_us, rounds));
    snprintf(right, sizeof right, "bare libmicrohttpd %.1f us", bench_middle(servers[BARE].cpu_us, rounds));
    bench_row("P14", what, left, right, bench_middle(ratios, rounds), 1.3);
    snprintf(what, sizeof what, "the same, requests/s");
    if (servers[GO].pid <= 0) {
        bench_absent("P14", what, "there is no go");
        return;
    }
    for (r = 0; r < rounds; r++)
        ratios[r] = servers[HOST].rate[r] / servers[GO].rate[r];
    snprintf(left, sizeof left, "%.0f/s", bench_middle(servers[HOST].rate, rounds));
    snprintf(right, sizeof right, "Go net/http %.0f/s", bench_middle(servers[GO].rate, rounds));
    bench_row("P14", what, left, right, bench_middle(ratios, rounds), -1.5);
    for (r = 0; r < rounds; r++)
        ratios[r] = servers[BARE].rate[r] / servers[GO].rate[r];
    snprintf(left, sizeof left, "%.0f/s", bench_middle(servers[BARE].rate, rounds));
    bench_control_row("P14", "bare libmicrohttpd, requests/s", left, right, bench_middle(ratios, rounds));
}

/* From exec to the first answer, in milliseconds. */
static void start_row(server *s, int rounds)
{
    double ms[BENCH_MAX_ROUNDS];
    char left[48];
    int r;

    for (r = 0; r < rounds; r++) {
        uint64_t begin = bench_now_ns();
        loader_connection *c = &client.connections[0];

        if (start(s) != 0)
            loader_fail("lambdainvoked does not start");
        aim(s);
        loader_connect(&client, c);
        loader_send(&client, c);
        while (!loader_receive(&client, c))
            usleep(20);
        ms[r] = (double)(bench_now_ns() - begin) / 1e6;
        close(c->fd);
        stop(s);
    }
    snprintf(left, sizeof left, "%.1f ms", bench_middle(ms, rounds));
    bench_row("", "start of the host to its first answer", left, "15 ms", bench_middle(ms, rounds) / 15, 1);
}

static void find_folder(const char *argv0)
{
    const char *slash = strrchr(argv0, '/');

    snprintf(self, sizeof self, "%s", argv0);
    snprintf(folder, sizeof folder, "%.*s/..", (int)(slash ? slash - argv0 : 1), slash ? argv0 : ".");
    snprintf(scratch, sizeof scratch, "/tmp/bench_http.%d", (int)getpid());
}

int main(int argc, char **argv)
{
    static const int connections[] = { 1, 8, 64 };
    static char host[300], module[300], go[300];
    static server servers[SERVERS] = { { .name = "host", .path = "/2015-03-31/functions/echo/invocations" },
                                       { .name = "bare", .path = "/" }, { .name = "go", .path = "/" } };
    server *s = servers;
    char left[48];
    int rounds = bench_rounds(), i;

    if (argc == 3 && strcmp(argv[1], "--echo") == 0)
        return serve_echo(argv[2]);
    find_folder(argv[0]);
    snprintf(host, sizeof host, "%.260s/lambdainvoked", folder);
    snprintf(module, sizeof module, "%.260s/examples/handlers.so", folder);
    snprintf(go, sizeof go, "%.260s/bench/echo_go", folder);
    for (i = 0; i < SERVERS; i++)
        snprintf(s[i].port_file, sizeof s[i].port_file, "%.60s.%s", scratch, s[i].name);
    memcpy(s[HOST].argv, ((const char *[]){ host, "--listen", "127.0.0.1:0", "--port-file", s[HOST].port_file, "--handlers",
                                            module, NULL }), 8 * sizeof(char *));
    memcpy(s[BARE].argv, ((const char *[]){ self, "--echo", s[BARE].port_file, NULL }), 4 * sizeof(char *));
    memcpy(s[GO].argv, ((const char *[]){ go, s[GO].port_file, NULL }), 3 * sizeof(char *));
    if (access(host, X_OK) != 0) {
        bench_absent("P14", "echo of 1 KB over HTTP", "lambdainvoked is left out");
        return 0;
    }
    start_row(&s[HOST], rounds);
    if (start(&s[HOST]) != 0 || start(&s[BARE]) != 0)
        loader_fail("a server does not start");
    if (access(go, X_OK) == 0 && start(&s[GO]) != 0)
        loader_fail("the Go server does not start");
    usleep(200000);
    s[HOST].idle_kb = resident_kb(s[HOST].pid);
    snprintf(left, sizeof left, "%.1f MB", (double)s[HOST].idle_kb / 1024);
    bench_row("P14", "idle host, resident", left, "8 MB", (double)s[HOST].idle_kb / 8192, 1);
    for (i = 0; i < 3; i++)
        rows_of(s, connections[i], rounds);
    for (i = 0; i < SERVERS; i++)
        stop(&s[i]);
    return 0;
}
