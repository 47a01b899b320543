/* engine.c - engines of the host: made with their functions, driven or threaded, reset, ended. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "host.h"

int modules_load(host *h)
{
    int i;

    for (i = 0; i < h->options.n_modules; i++) {
        const char *file = h->options.modules[i];
        char path[4096];
        void *handle, *symbol;

        snprintf(path, sizeof path, "%s%s", strchr(file, '/') ? "" : "./", file);
        handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        symbol = handle ? dlsym(handle, LI_MODULE_SYMBOL) : NULL;
        if (!symbol) {
            fprintf(stderr, "lambdainvoked: %s: %s\n", file, dlerror());
            return -1;
        }
        memcpy(&h->modules[i], &symbol, sizeof symbol);
    }
    return 0;
}

static void on_reset(void *user, void (*done)(void *done_user, li_status status), void *done_user)
{
    host *h = user;

    if (h->is_kept || atomic_exchange(&h->reset.is_taken, 1)) {
        done(done_user, h->is_kept ? LI_E_CONFLICT : LI_E_STATE);
        return;
    }
    h->reset.done = done;
    h->reset.user = done_user;
    h->reset.is_due = 1;
    eventfd_write(h->wake_fd, 1);
}

static void on_advance(void *user, uint64_t delta_ns, void (*done)(void *done_user, li_status status), void *done_user)
{
    host *h = user;

    if (h->advance.is_taken) {
        done(done_user, LI_E_STATE);
        return;
    }
    h->advance.is_taken = 1;
    h->advance.left_ns = delta_ns;
    h->advance.done = done;
    h->advance.user = done_user;
}

static li_status set_up(host *h, generation *g, li_error *err)
{
    const li_part *const parts[] = { HOST_PARTS NULL };
    li_engine_options eo = LI_ENGINE_OPTIONS_INIT;
    li_api_options ao = LI_API_OPTIONS_INIT;
    li_status status;
    int i;

    eo.clock = h->clock;
    eo.account = li_z(h->options.account);
    eo.region = li_z(h->options.region);
    status = li_part_open_data(parts, sizeof parts / sizeof parts[0] - 1, h->options.queue, h->options.data, NULL, &eo.queue,
                               &eo.store, err);
    if (status != LI_OK || (status = li_engine_new(&g->engine, &eo, err)) != LI_OK)
        return status;
    status = li_trigger_kinds_add(g->engine, li_services_kinds(), err);
    li_config_set(g->engine, "local_queues.auto", 1, NULL);
    li_config_set(g->engine, "journal.steps", h->options.admin, NULL);
    for (i = 0; status == LI_OK && i < h->options.n_modules; i++)
        status = h->modules[i](g->engine, err);
    ao.reset = on_reset;
    ao.advance = on_advance;
    ao.user = h;
    ao.flags = h->options.admin ? LI_API_ADMIN : 0;
    if (status == LI_OK)
        status = li_api_new(g->engine, &ao, &g->api);
    if (status == LI_OK && h->options.clock == CLOCK_REAL)
        status = li_engine_start(g->engine, h->options.workers, err);
    return status;
}

generation *generation_new(host *h)
{
    li_error err = LI_ERROR_INIT;
    generation *g = calloc(1, sizeof *g);
    li_status status = g ? set_up(h, g, &err) : LI_E_NOMEM;

    if (status == LI_OK)
        return g;
    fprintf(stderr, "lambdainvoked: %s: %s\n", li_strerror(status), err.text);
    if (g)
        generation_free(g, 1000);
    return NULL;
}

int generation_free(generation *g, uint64_t deadline_ms)
{
    if (li_api_free(g->api) != LI_OK)
        return 0;
    g->api = NULL;
    if (g->engine && (li_engine_stop(g->engine, deadline_ms, NULL, NULL) != LI_OK || li_engine_free(g->engine) != LI_OK))
        return 0;
    free(g);
    return 1;
}

static void do_reset(host *h)
{
    generation *g = generation_new(h);
    void (*done)(void *user, li_status status) = h->reset.done;
    void *user = h->reset.user;

    h->reset.is_due = h->reset.is_taken = 0;
    pthread_mutex_lock(&h->lock);
    if (g) {
        h->now->next = h->old;
        h->old = h->now;
        h->now = g;
    }
    pthread_mutex_unlock(&h->lock);
    done(user, g ? LI_OK : LI_E_NOMEM);
}

void host_work(host *h)
{
    generation **link = &h->old, *g;
    li_status status;

    if (h->options.clock != CLOCK_REAL) {
        for (g = h->old; g; g = g->next)
            li_engine_run_until_idle(g->engine, NULL);
        li_engine_run_until_idle(h->now->engine, NULL);
    }
    if (h->advance.is_taken) {
        status = li_clock_advance(h->clock, h->advance.left_ns, &h->advance.left_ns);
        h->advance.is_taken = status == LI_OK && h->advance.left_ns > 0; /* an external handler holds the clock: go on when it has answered */
        if (!h->advance.is_taken)
            h->advance.done(h->advance.user, status);
    }
    if (h->reset.is_due)
        do_reset(h);
    while ((g = *link) != NULL) {
        generation *next = g->next;

        if (g->users == 0 && generation_free(g, 0))
            *link = next;
        else
            link = &g->next;
    }
}
