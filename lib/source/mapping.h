/* mapping.h - what the registry of mappings and their poller share.
 *
 * A mapping is an actor: its timer's run is the only one that calls its source, one run at a time. Whoever has something
 * for it (a batch that ended, a queue that got a message, a change of settings) puts it down under the registry's lock and
 * wakes the timer. The lock is taken before any of the engine's and never held while source or function are called; only
 * timers are set under it. Mappings of the past are used again and freed with the registry, so that a wake-up that comes
 * too late finds a mapping, if another one. */
#ifndef LII_SOURCE_MAPPING_H
#define LII_SOURCE_MAPPING_H

#include <pthread.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/intern.h"
#include "base/slice.h"
#include "engine/extend.h"
#include "source/batch.h"

enum { LII_MAPPING_CONCURRENCY = 5, LII_FETCH_MAX = 10 };

typedef struct lii_mappings lii_mappings;

/* One fetch of the source, until all its items are settled or let go. */
typedef struct lii_fetched {
    li_fetch fetch;
    size_t refs;
    li_item items[LII_FETCH_MAX];
} lii_fetched;

enum { LII_BATCH_DONE = 1, LII_BATCH_FAILED = 2, LII_BATCH_EXPIRED = 3, LII_BATCH_GIVEN_BACK = 4 };

/* Records of one invocation, from its start until the poller has settled them. */
typedef struct lii_batch {
    struct lii_batch *next, *prev;     /* registry lock: all of the mapping */
    struct lii_batch *next_finished;   /* registry lock */
    li_mapping *mapping;
    lii_timer timer;                   /* the next try */
    const li_item **items;
    lii_fetched **fetches;
    size_t n;
    uint64_t lease_until_ms;           /* the earliest */
    lii_buf event;
    uint32_t attempts;
    int32_t outcome;
    unsigned char failed[];
} lii_batch;

struct li_mapping {
    li_mapping *next;                  /* registry lock: live ones in order of creation, or free ones */
    li_mapping *next_made;             /* registry lock */
    lii_mappings *registry;
    li_engine *engine;
    lii_timer timer;
    li_source_host host;
    li_source_ops ops;
    li_source source;
    li_source_lane lane;
    li_filter_ops filtering;
    void *filter;                      /* NULL: all records are wanted */
    lii_buf view;                      /* the poller's own: of the record that is looked at */
    const char *name;                  /* NAME or NAME:QUALIFIER, interned */
    uint64_t window_ms;
    uint32_t batch_size;
    uint32_t max_concurrency;          /* as given */
    uint32_t response_types;
    int32_t is_local;
    char uuid[LI_ID_TEXT_SIZE];
    char source_arn[520];
    char function[264];
    struct {                           /* registry lock */
        int32_t is_live;               /* 0: not in use */
        int32_t is_enabled;
        int32_t is_removed;
        int32_t is_busy;               /* the poller runs */
        int32_t is_again;              /* and shall run again */
        uint32_t in_flight;            /* batches, waiting ones included */
        uint32_t limit;                /* of them, at present; throttles lower it (ESM-210) */
        uint32_t refusals;             /* in a row */
        uint64_t blocked_until_ms;
        lii_batch *batches;
        lii_batch *finished, **last_finished;
        uint64_t created_ms;
        uint64_t polled, invoked, failed, deleted, filtered;
    } locked;
    struct {                           /* the poller's own: records that wait for their batch to close */
        const li_item **items;
        lii_fetched **fetches;
        size_t n;
        size_t cap;
        lii_cut cut;
        uint64_t start_ms;             /* the window's */
    } gather;
};

struct lii_mappings {
    li_engine *engine;
    const li_allocator *allocator;
    pthread_mutex_t lock;
    lii_intern names;
    li_mapping *first, **last;
    li_mapping *unused;
    li_mapping *made;
    size_t count;
};

/* ---- poller.c */
void lii_mapping_poll(lii_timer *timer);
li_status lii_mapping_wake_locked(li_mapping *mapping); /* LI_E_NOMEM: it does not know */
void lii_mapping_drop(li_mapping *mapping);             /* what it holds is let go, at the engine's end */

/* ---- gather.c: the poller's own */
void lii_mapping_let_go(li_mapping *mapping, lii_fetched *fetched);  /* one item less of it */
void lii_gather_end(li_mapping *mapping, int give_back);
void lii_gather_cut(li_mapping *mapping);
void lii_gather_expire(li_mapping *mapping, uint64_t now_ms);
void lii_gather_hide(li_mapping *mapping);
li_status lii_gather_fetch(li_mapping *mapping, uint64_t now_ms, size_t *n_last);

/* ---- sending.c */
uint64_t lii_backoff_ms(uint32_t times);                /* 1 s that doubles up to 60 s */
li_status lii_batch_start(li_mapping *mapping, uint64_t now_ms);
void lii_batch_settle(li_mapping *mapping, lii_batch *batch);
void lii_batch_free(lii_batch *batch);

/* ---- mapping.c, create.c */
void lii_mapping_close(li_mapping *mapping);            /* its source ends */
void lii_mapping_forget_filter(li_mapping *mapping);
void lii_mapping_unused_locked(li_mapping *mapping);
lii_mappings *lii_mappings_get(li_engine *engine);      /* NULL: no memory */
li_mapping *lii_mapping_take(lii_mappings *mappings);   /* one that is nobody's; NULL: no memory */

#endif
