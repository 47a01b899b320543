/* main.c - lambdainvoked: the Lambda API on an engine in this process; one loop for connections, engine and signals. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

static int write_port_file(const host_options *o)
{
    char beside[4096];
    FILE *f;

    snprintf(beside, sizeof beside, "%s.part", o->port_file);
    f = fopen(beside, "we");
    if (!f || fprintf(f, strchr(o->address, ':') ? "[%s]:%u\n" : "%s:%u\n", o->address, o->port) < 0 || fclose(f) != 0 ||
        rename(beside, o->port_file) != 0) {
        fprintf(stderr, "lambdainvoked: %s: %s\n", o->port_file, strerror(errno));
        return -1;
    }
    return 0;
}

/* Only clients wait, and time stands still: move it to the next thing that is due. 1: something happened. */
static int move_by_itself(host *h)
{
    uint64_t due, now, left;

    if (h->options.clock != CLOCK_VIRTUAL_AUTO || h->advance.is_taken || h->n_waiting == 0 ||
        li_engine_external(h->now->engine) > 0)
        return 0;
    due = li_engine_next_deadline(h->now->engine);
    now = li_clock_now_ns(h->clock);
    if (due == LI_NEVER)
        return 0;
    li_clock_advance(h->clock, due > now ? due - now : 0, &left);
    return 1;
}

/* Until a signal comes; those who wait for an answer then still get it, if it comes soon. */
static void serve(host *h, int signal_fd)
{
    int driven = h->options.clock != CLOCK_REAL, timeout, is_over;
    struct pollfd fds[4] = { { -1, POLLIN, 0 }, { h->wake_fd, POLLIN, 0 }, { -1, POLLIN, 0 }, { signal_fd, POLLIN, 0 } };
    time_t stop_at = 0;
    eventfd_t count;

    do {
        is_over = stop_at != 0 && (driven || h->n_waiting == 0 || time(NULL) >= stop_at);
        http_run(h);
        host_work(h);
        timeout = is_over ? 0 : http_wait(h, fds);
        if ((h->old || stop_at != 0) && (timeout < 0 || timeout > 50))
            timeout = 50;
        if (driven) {
            timeout = move_by_itself(h) ? 0 : timeout;
            fds[2].fd = li_engine_fd(h->now->engine);
        }
        poll(fds, 4, timeout);
        if (fds[1].revents) {
            eventfd_read(h->wake_fd, &count);
            h->is_woken = 0;
        }
        if (fds[3].revents) {
            stop_at = time(NULL) + STOP_SECONDS;
            fds[3].fd = -1;
        }
    } while (!is_over);
}

int main(int argc, char **argv)
{
    static host h;
    int status = 0;
    sigset_t set;

    if (options_read(&h.options, argc, argv, &status))
        return status;
    h.is_kept = h.options.data || (h.options.queue && strncmp(h.options.queue, "memory", 6) != 0);
    h.is_loop_ours = h.is_kept || h.options.clock != CLOCK_REAL;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    h.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&h.lock, NULL);
    if (modules_load(&h) != 0 || (h.options.clock != CLOCK_REAL && li_clock_virtual_new(NULL, NULL, &h.clock) != LI_OK) ||
        (h.now = generation_new(&h)) == NULL || http_start(&h) != 0 || (h.options.port_file && write_port_file(&h.options) != 0))
        return 1;
    printf("lambdainvoked %s listens on http://%s%s%s:%u%s%s\nany signature is accepted: keep it on this machine\n", li_version(),
           strchr(h.options.address, ':') ? "[" : "", h.options.address, strchr(h.options.address, ':') ? "]" : "", h.options.port,
           h.options.no_auth ? ", nobody is authenticated (--no-auth)" : "",
           h.options.clock != CLOCK_REAL ? ", on a virtual clock: its ids repeat and are not for exposure" : "");
    fflush(stdout);
    serve(&h, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    li_engine_stop(h.now->engine, STOP_SECONDS * 1000, NULL, NULL);
    if (h.n_waiting > 0)
        _exit(0);                /* nobody will answer them any more; their connections end with the process */
    http_stop(&h);
    generation_free(h.now, STOP_SECONDS * 1000);
    li_clock_free(h.clock);
    return 0;
}
