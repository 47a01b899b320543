/* bench_accept.c - what durability costs a client: asynchronous invokes of 1 KB over the Lambda API from 64 connections, each
 * waiting for its 202, of the host with --queue sqlite: beside the host with its queue in memory. The hosts take turns; the
 * handler echoes, so that accepted events are taken, run and gone meanwhile.
 *
 * BENCH_ROUNDS rounds, BENCH_DIR is where the file goes. */
#include "loader.h"

enum { ROUND_MS = 500 };

static char dir[300], folder[256];
static loader client;

typedef struct server {
    const char *queue;
    char port_file[400];
    pid_t pid;
    uint16_t port;
    double rate[BENCH_MAX_ROUNDS];
} server;

static void start(server *s)
{
    char host[300], module[300];
    const char *argv[] = { host, "--listen", "127.0.0.1:0", "--port-file", s->port_file, "--handlers", module, "--queue", s->queue, NULL };

    snprintf(host, sizeof host, "%.260s/lambdainvoked", folder);
    snprintf(module, sizeof module, "%.260s/examples/handlers.so", folder);
    s->port = loader_start(argv, s->port_file, &s->pid);
    if (!s->port)
        loader_fail("lambdainvoked does not start");
}

/* Acceptances a second over ROUND_MS. */
static double load(const server *s)
{
    uint64_t done, ns;

    client.port = s->port;
    client.status = 202;
    loader_request(&client, "/2015-03-31/functions/echo/invocations", "X-Amz-Invocation-Type: Event\r\n");
    loader_open(&client, LOADER_CONNECTIONS);
    done = loader_run(&client, ROUND_MS, &ns);
    loader_close(&client);
    return (double)done * 1e9 / (double)ns;
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
        loader_fail(dir);
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
        loader_stop(&servers[k].pid);
    snprintf(command, sizeof command, "rm -rf '%.300s'", dir);
    return system(command) != 0;
}
