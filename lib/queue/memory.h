/* memory.h - the queue in memory, for the files that make it up: what it keeps, under one of its two locks.
 *
 * Who puts and who takes are different threads, and a line of memory that one has written takes as long to come to the other
 * as copying a payload. So events arrive in a chain under a lock of its own (memory_in.c); who takes, or looks, moves what has
 * arrived into the lanes, under the lock of all else. Blocks go back the same way, by the dozen. */
#ifndef LII_QUEUE_MEMORY_H
#define LII_QUEUE_MEMORY_H

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <lambdainvoke/queue.h>

#include "base/error.h"
#include "base/heap.h"
#include "base/options.h"
#include "base/slice.h"
#include "base/table.h"
#include "queue/block.h"

/* An event that waits or is leased; payload and tail follow. */
typedef struct lii_memory_event {
    li_event_header header;
    union {
        struct {
            struct lii_memory_event *next; /* in a lane's list, or on its way out */
            uint64_t sequence;             /* of acceptance; kept over delays; the node's own */
            struct lii_memory_event *ahead; /* one that comes later, to be fetched by now; NULL, or nothing any more: none */
        };
        lii_heap_node node;                /* in a lane's heap */
    };
} lii_memory_event;

_Static_assert(offsetof(lii_memory_event, sequence) == offsetof(lii_memory_event, node) + offsetof(lii_heap_node, sequence),
               "an event in a heap keeps its sequence");

/* A lease. Number 0 is nobody's; the generation changes with each use, so that an old token finds nothing. */
typedef struct lii_memory_slot {
    lii_memory_event *event;     /* NULL: free */
    uint64_t until_ms;
    uint32_t generation;
    uint32_t next;               /* of the lane, in order of until_ms; or the next free slot */
    uint32_t prev;
    uint32_t reserved;
} lii_memory_slot;

/* Waiting events are in the list, whose due, sequence and acceptance times all rise, or else in the heap. The heap has
 * room for every event that may have to go there: those leased, and those being put that are not plain. */
typedef struct lii_memory_lane {
    lii_memory_event *first;
    lii_memory_event *last;
    lii_heap later;
    size_t promised;             /* leased, or being put */
    uint64_t later_oldest_ms;    /* least acceptance time in the heap, unless it left */
    int32_t is_oldest_known;
    uint32_t first_lease;
    uint32_t last_lease;
    uint32_t name_len;
    uint64_t pending;
    uint64_t leased;
    uint64_t bytes;
    char *name;
} lii_memory_lane;

typedef struct lii_memory_pin lii_memory_pin;

enum { LII_MEMORY_AHEAD = 8,           /* so many lines are on their way at once */
       LII_MEMORY_LOOSE = 32,          /* blocks that go back together, */
       LII_MEMORY_LOOSE_BYTES = 32768  /* or when they are so many bytes */
};

/* Where events arrive. An event that is plain, due when it was accepted and no earlier than those before it, can wait here: it
 * will end its lane's list. */
/* Events one after the other, each with the one to be fetched with it. */
typedef struct lii_memory_chain {
    _Atomic(lii_memory_event *) first;
    lii_memory_event *last;
    size_t n;
    uint64_t n_bytes;
    uint32_t lane;                         /* of the first, */
    int32_t is_mixed;                      /* which is not that of all */
    lii_memory_event *heads[LII_MEMORY_AHEAD];   /* the first of these, */
    lii_memory_event *recent[LII_MEMORY_AHEAD];  /* and the last, by their number modulo */
} lii_memory_chain;

typedef struct lii_memory_in {
    _Alignas(64) pthread_mutex_t lock;     /* taken after the queue's */
    lii_memory_chain chain;                /* what has arrived; its first is read without the lock: NULL: nothing has */
    uint64_t sequence;
    uint64_t last_due_ms;                  /* no event at the end of a list is later */
    uint64_t last_accepted_ms;
    uint64_t events;                       /* put, ever; being put too */
    uint64_t bytes;
    uint64_t events_gone;                  /* as seen last; there may be more */
    uint64_t bytes_gone;
    size_t n_lanes;                        /* changes under both locks */
    pthread_t putter;                      /* who put last, */
    int32_t is_foreign;                    /* and whether others return the blocks that it fills: those are fetched */
    lii_block_store blocks;
} lii_memory_in;

typedef struct lii_memory_queue {
    li_allocator allocator;
    const li_queue_host *host;
    void *block;                 /* what was allocated */
    lii_memory_in in;
    _Alignas(64) pthread_mutex_t lock;
    struct {
        atomic_ullong events_gone;   /* ended, ever. Read without the lock: what it tells is over */
        atomic_ullong bytes_gone;
        atomic_uint n_loose;         /* read without the lock: whether it is worth taking it */
        uint32_t reserved_2;
        uint64_t loose_bytes;
        lii_memory_event *loose[LII_MEMORY_LOOSE]; /* blocks of events that are gone, on their way back */
        lii_table names;         /* name -> its lane's number + 1 */
        lii_memory_lane *lanes;
        size_t n_lanes;
        size_t cap_lanes;
        lii_memory_slot *slots;
        uint32_t n_slots;
        uint32_t cap_slots;
        uint32_t free_slot;
        uint32_t reserved;
        lii_memory_pin *pins;
    } locked;
} lii_memory_queue;

static inline size_t lii_memory_bytes(const lii_memory_event *e)
{
    return (size_t)e->header.payload_len + e->header.tail_len;
}

static inline char *lii_memory_payload(lii_memory_event *e)
{
    return (char *)(e + 1);
}

static inline lii_memory_event *lii_memory_event_of(lii_heap_node *node)
{
    return (lii_memory_event *)(void *)((char *)node - offsetof(lii_memory_event, node));
}

static inline lii_memory_lane *lii_memory_lane_of(lii_memory_queue *q, const lii_memory_event *e)
{
    return &q->locked.lanes[e->header.lane];
}

static inline int lii_memory_is_heap_next(lii_memory_lane *l)
{
    const lii_heap_entry *top;

    if (l->first == NULL || l->later.count == 0)
        return l->first == NULL;
    top = lii_heap_first(&l->later);
    return top->due < l->first->header.due_ms ||
           (top->due == l->first->header.due_ms && top->node->sequence < l->first->sequence);
}

static inline uint64_t lii_memory_first_due(lii_memory_lane *l)
{
    if (l->pending == 0)
        return UINT64_MAX;
    return lii_memory_is_heap_next(l) ? lii_heap_first(&l->later)->due : l->first->header.due_ms;
}

/* ---- memory_in.c: the way in, and blocks on their way back there */
li_status lii_memory_put(void *self, const li_queue_event *events, size_t n, li_queue_done done, void *user, li_error *err);
void lii_memory_arrive(lii_memory_queue *queue);           /* what was put goes into its lanes; lii_memory_gather */
/* The blocks that are loose: kept, or on the list of those that the caller frees without the lock. */
void lii_memory_return(lii_memory_queue *queue, lii_memory_event **out);
void lii_memory_free_events(lii_memory_queue *queue, lii_memory_event *first);     /* without the lock */

/* Under the lock, before any look at a lane. Whoever's put has returned, or was seen to have happened, is seen here. */
static inline void lii_memory_gather(lii_memory_queue *queue)
{
    if (atomic_load_explicit(&queue->in.chain.first, memory_order_relaxed) != NULL)
        lii_memory_arrive(queue);
}

/* ---- memory_pin.c: the methods pin and unpin */
int lii_memory_is_kept(lii_memory_queue *queue, const lii_memory_event *event); /* it left: 1: its last pin recycles it */
li_status lii_memory_pin_lease(void *self, uint64_t token, li_queue_pin *pin);
void lii_memory_unpin(void *self, li_queue_pin *pin);

/* ---- memory_wait.c: waiting events of a lane, in order of (due, acceptance) */
void lii_memory_wait_later(lii_memory_lane *lane, lii_memory_event *event);   /* into the heap, which has room for it */
lii_memory_event *lii_memory_pop_later(lii_memory_lane *lane);                /* the heap's first; there is one */
lii_memory_event *lii_memory_remove(lii_memory_lane *lane, const li_id *id);  /* NULL: it does not wait */
int lii_memory_has_id(const lii_memory_event *event, const li_id *id);

/* ---- memory_lease.c: leases in numbered slots */
li_status lii_memory_lease_grow(lii_memory_queue *queue);                     /* more slots */
void lii_memory_lease_insert(lii_memory_queue *queue, lii_memory_lane *lane, uint32_t number); /* in order of until_ms */
void lii_memory_lease_move(lii_memory_queue *queue, uint32_t number, uint64_t until_ms);
void lii_memory_expire(lii_memory_queue *queue, lii_memory_lane *lane, uint64_t now_ms); /* ended with nobody's word: wait again */

/* ---- memory_single.c: events by id, in order; the methods take_id and each */
li_status lii_memory_take_id(void *self, uint32_t number, const li_id *id, uint64_t lease_until_ms, li_lease *lease);
void lii_memory_each(void *self, uint32_t number,
                     int32_t (*each)(void *user, const li_event_header *header, int32_t is_leased), void *user);

#endif
