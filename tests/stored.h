/* stored.h - worlds one after the other on one store of settings, as after restarts; writes to it can be made to fail. */
#ifndef TESTS_STORED_H
#define TESTS_STORED_H

#include <lambdainvoke/services.h>

#include "fixture.h"

typedef struct stored {
    li_store store;
    li_store_ops ops;            /* its own, without free: the store outlives its engines */
    long writes_left;            /* then they fail; -1: never */
} stored;

static inline li_status stored_write(void *self, const li_store_change *changes, size_t n, li_error *err);

/* The store's methods are called with its self alone: one such store a process. */
static stored stored_now;

static inline li_status stored_write(void *self, const li_store_change *changes, size_t n, li_error *err)
{
    if (stored_now.writes_left == 0)
        return LI_E_IO;
    stored_now.writes_left -= stored_now.writes_left > 0;
    return stored_now.store.ops->write(self, changes, n, err);
}

static inline void stored_new(void)
{
    memset(&stored_now, 0, sizeof stored_now);
    ck_assert_int_eq(li_store_memory_new(NULL, &stored_now.store), LI_OK);
    stored_now.ops = *stored_now.store.ops;
    stored_now.ops.free = NULL;
    stored_now.ops.write = stored_write;
    stored_now.writes_left = -1;
}

static inline void stored_end(void)
{
    stored_now.store.ops->free(stored_now.store.self);
}

/* A world on it that knows the kinds of all services. allocator may be NULL. */
static inline void stored_open(world *w, const li_allocator *allocator)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_error err = LI_ERROR_INIT;

    memset(w, 0, sizeof *w);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &w->clock), LI_OK);
    options.clock = w->clock;
    options.allocator = allocator;
    options.store.ops = &stored_now.ops;
    options.store.self = stored_now.store.self;
    ck_assert_msg(li_engine_new(&w->engine, &options, &err) == LI_OK, "%s", err.text);
    ck_assert_int_eq(li_trigger_kinds_add(w->engine, li_services_kinds(), NULL), LI_OK);
}

#endif
