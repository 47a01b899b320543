/* host.h - lambdainvoked: an engine and its API behind an HTTP daemon: one loop, or on the real clock a thread of the daemon's. */
#ifndef HOST_H
#define HOST_H

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include <lambdainvoke/api.h>
#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/services.h>
#include <lambdainvoke/sqlite.h>

enum { CLOCK_REAL = 0, CLOCK_VIRTUAL = 1, CLOCK_VIRTUAL_AUTO = 2, MAX_MODULES = 64, CONNECTIONS = 1024, STOP_SECONDS = 5 };

typedef struct host_options {
    char address[64];
    uint16_t port;
    const char *port_file;
    const char *modules[MAX_MODULES];
    int n_modules;
    int clock;
    const char *account, *region, *queue, *data;
    int admin, no_auth;
    unsigned workers, idle;      /* idle: seconds */
} host_options;

/* An engine with its API. A reset begins a new one; the old one goes when its last answer is out. */
typedef struct generation {
    struct generation *next;
    li_engine *engine;
    li_api *api;
    _Atomic unsigned users;      /* requests that began with it and are not over */
} generation;

typedef struct peer {            /* a connection */
    int fd;                      /* 0: none */
    int is_suspended;            /* it waits for us */
    time_t until;                /* it may be silent, after it has waited */
} peer;

typedef struct host {
    host_options options;
    li_clock *clock;             /* NULL: each engine has its own real one */
    pthread_mutex_t lock;        /* of what requests on several threads share */
    int wake_fd;                 /* readable: the loop has something to do */
    struct MHD_Daemon *daemon;
    _Atomic uint64_t n_waiting;  /* requests that are handed over and not answered, or in the middle of an answer */
    _Atomic int is_woken;        /* by an answer; once for all of them until the loop looks */
    _Atomic int is_busy;         /* a long body, in or out: there may be more of it than the last turn took */
    int is_kept;                 /* the queue or the settings are in a file */
    int is_loop_ours;            /* connections are served by the main loop; else by the daemon's thread */
    generation *now;             /* lock */
    generation *old;
    li_module modules[MAX_MODULES];
    peer peers[CONNECTIONS];     /* lock */
    time_t looked_at;            /* them */
    struct job {                 /* asked for over the API, done by the loop */
        _Atomic int is_taken, is_due;
        uint64_t left_ns;
        void (*done)(void *user, li_status status);
        void *user;
    } advance, reset;
} host;

/* ---- options.c: 0, or the exit status to end with */
int options_read(host_options *o, int argc, char **argv, int *exit_status);

/* ---- engine.c */
generation *generation_new(host *h);             /* NULL: said on stderr */
int generation_free(generation *g, uint64_t deadline_ms); /* 1: gone; 0: something still runs */
int modules_load(host *h);
void host_work(host *h);                         /* what is due: steps, the advance, the reset */

/* ---- http.c */
int http_start(host *h);                         /* 0: options.port is the real one; -1: said on stderr */
int http_wait(const host *h, struct pollfd *fd); /* what to poll for; milliseconds at most, -1: no end */
void http_run(host *h);
void http_stop(host *h);

#endif
