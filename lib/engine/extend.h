/* extend.h - what triggers and mappings (layer 4) get of the engine beyond its public API: timers, ids, journal lines, and
 * a place for their registries. */
#ifndef LII_ENGINE_EXTEND_H
#define LII_ENGINE_EXTEND_H

#include <lambdainvoke/lambdainvoke.h>

#include "base/heap.h"

li_status lii_engine_check_fork(const li_engine *engine, li_error *err); /* LI_E_FORKED in a child; before any lock */
const li_allocator *lii_engine_allocator(const li_engine *engine);
uint64_t lii_engine_now_ns(const li_engine *engine);                     /* the clock's monotonic reading */
uint64_t lii_engine_ns_of_ms(const li_engine *engine, uint64_t unix_ms); /* engine Unix ms as that reading; saturates */
void lii_engine_new_id(li_engine *engine, li_id *id);                    /* from the seeded generator; any thread */
const li_codec *lii_engine_codec(const li_engine *engine);               /* may be NULL */
li_zones *lii_engine_zones(const li_engine *engine);                     /* may be NULL */
void lii_engine_journal(li_engine *engine, int32_t step, const li_id *id, const char *function, uint32_t attempt,
                        const char *why);  /* function and why must be static or live until the engine is freed */

/* A sample for the metrics sink, by its AWS name; nothing without a sink, or of 0. */
void lii_engine_measure(li_engine *engine, const char *metric, const char *function, const char *resource, uint64_t value);
li_slice lii_engine_trace(li_engine *engine); /* of the handler that this thread is in: lives until it answers; empty: in none */

/* A timer of the engine's one heap: run(timer) is called without any lock, by a step or a worker, once for each set, in
 * order of (due, sequence of the set). Zero it, fill run and user, then set. It may be set again from inside run. */
typedef struct lii_timer {
    lii_heap_node node;
    void (*run)(struct lii_timer *timer);
    void *user;
    uint32_t state;     /* the engine's */
    int32_t is_once;    /* 1: run may free the timer; such a one cannot be cancelled while it runs */
    pthread_t runner;   /* the engine's */
} lii_timer;

/* Set or move. LI_E_NOMEM: not set; cannot happen for a timer that is set, runs, or has been reserved. */
li_status lii_timer_set(li_engine *engine, lii_timer *timer, uint64_t due_ns);
/* Not set any more, and (unless called from inside run itself) not running: its memory may go. */
void lii_timer_cancel(li_engine *engine, lii_timer *timer);

/* The store of settings (store.h): write a change before it is seen. May block: with no lock that a handler or a step may
 * need. is_given: 0 when it is the engine's own in memory, which ends with the engine: what is in memory anyway need not go
 * there. */
int lii_store_is_given(const li_engine *engine);
li_status lii_store_get(li_engine *engine, li_slice table, li_slice key,
                        void (*value)(void *user, const char *data, size_t len), void *user);
li_status lii_store_write(li_engine *engine, const li_store_change *changes, size_t n, li_error *err);
li_status lii_store_each(li_engine *engine, li_slice table, int32_t (*each)(void *user, li_slice key, li_slice value),
                         void *user);

/* One registry a topic, freed with the engine (before functions and queues go) in reverse order of this list. */
enum { LII_SLOT_BUSES = 0, LII_SLOT_TRIGGERS = 1, LII_SLOT_MAPPINGS = 2, LII_SLOT_POLICIES = 3,
       LII_SLOT_LATER = 4, LII_SLOT_STREAMS = 5, LII_SLOT_ROLES = 6, LII_SLOT_COUNT = 8 };

/* The registry of the slot; make(engine) makes it on first use (may return NULL: no memory), free(registry) ends it.
 * Any thread; make may be called twice at once: one result is freed again. */
void *lii_engine_slot(li_engine *engine, int which, void *(*make)(li_engine *engine), void (*free)(void *registry));
/* How many things a registry holds: the gauge of its limit. count takes the registry's own lock; from make. */
void lii_engine_slot_counts(li_engine *engine, int which, uint64_t (*count)(void *registry));
/* What a registry does when a function has been removed: called without a lock. From make. */
void lii_engine_slot_removed(li_engine *engine, int which, void (*removed)(void *registry, const char *function));

#endif
