/* queue.h - the vtable of queues that hold accepted asynchronous events, and the queue in memory.
 *
 * A queue holds events in lanes. A lane is one (function, requested qualifier); the engine names it, the queue numbers
 * it. An event is ready when its due time has come; the engine takes ready events of a lane under a lease, and ends each
 * lease by ack, delay or (after the lease's end) loss. All times are Unix milliseconds of the engine's clock, which
 * never go back while the engine lives. Spec: INV-201..216, REL-1..19. */
#ifndef LAMBDAINVOKE_QUEUE_H
#define LAMBDAINVOKE_QUEUE_H

#include <lambdainvoke/allocator.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The fixed 48 bytes of an event; the same in memory and on disk (integers little-endian on disk). */
typedef struct li_event_header {
    li_id id;                    /* request id, the same over all attempts */
    uint64_t accepted_ms;        /* first acceptance; never changes */
    uint64_t due_ms;             /* not before */
    uint32_t lane;               /* as li_queue_ops.lane gave it */
    uint8_t starts;              /* times the handler was entered; stops at 255 */
    uint8_t function_failures;   /* attempts that ended in a function error: these spend retries */
    uint16_t system_failures;    /* throttles and system errors since the handler was last entered */
    uint32_t payload_len;        /* bytes */
    uint32_t tail_len;           /* bytes of tagged extras after the payload; 0 for none */
} li_event_header;

/* An event as it goes in: the queue copies header, payload and tail before put returns. */
typedef struct li_queue_event {
    li_event_header header;
    const char *payload;         /* header.payload_len bytes */
    const char *tail;            /* header.tail_len bytes: { u16 tag, u16 reserved, u32 length, bytes } repeated */
} li_queue_event;

enum { LI_TAIL_TRACE = 1, LI_TAIL_CLIENT_CONTEXT = 2, LI_TAIL_IDEMPOTENCY_KEY = 3 }; /* tags */

/* A leased event: header and bytes belong to the queue and stay where they are until ack, delay or release. */
typedef struct li_lease {
    const li_event_header *header;
    const char *payload;
    const char *tail;
    uint64_t token;              /* names the lease in later calls */
    const char *record;          /* outcome not 0: the record that resolve was given; as long as the payload */
    size_t record_len;
    int32_t outcome;             /* what resolve was given before a crash: deliver it, do not run the handler; 0: nothing */
    uint32_t lost_starts;        /* times in a row that the handler was entered and the process died before it answered */
} li_lease;

typedef struct li_queue_pin {
    void *internal[4];           /* the queue's */
} li_queue_pin;

typedef struct li_queue_stats {
    size_t size;
    uint64_t pending;            /* waiting, ready or not */
    uint64_t leased;
    uint64_t bytes;              /* payloads and tails of both */
    uint64_t oldest_accepted_ms; /* of one lane; 0 when it is empty, and for all lanes */
} li_queue_stats;

enum {
    LI_QUEUE_DURABLE = 1,        /* put is done only when a crash of the process or the machine cannot lose it */
    LI_QUEUE_ORDERED = 2,        /* take gives (due, acceptance) order exactly */
    LI_QUEUE_SHARED = 4,         /* several engines may use one store */
    LI_QUEUE_AT_ONCE = 8         /* done of a put is called before the put returns, or not at all */
};

/* What a queue gets from its engine at open. Valid until close. */
typedef struct li_queue_host {
    size_t size;
    const li_allocator *allocator;
    uint64_t (*now_ms)(void *engine);           /* the engine's Unix milliseconds */
    void (*wake)(void *engine, uint32_t lane);  /* something became ready other than by put or delay; any thread */
    void *engine;
    uint64_t max_events;                        /* put beyond: LI_E_FULL */
    uint64_t max_bytes;
    /* Tell the engine, which writes a line of the journal: what is LI_QUEUE_NOTE_*, id and lane (its name) may be NULL, why lives
     * as long as the queue. May be NULL. Any thread; also from inside open. */
    void (*note)(void *engine, int32_t what, const li_id *id, const char *lane, const char *why);
    int32_t is_virtual;                         /* 1: now_ms is a virtual clock's */
    uint32_t reserved;                          /* 0 */
    /* Idempotency keys of accepted events (the tail LI_TAIL_IDEMPOTENCY_KEY) outlive their events and, in a durable queue, the
     * process: key tells each from inside open, oldest first; other than LI_OK ends open with it. Keys of events that were
     * accepted before keys_since are over. Both NULL: keys are not kept. They must not call the queue. */
    li_status (*key)(void *engine, uint32_t lane, const char *key, size_t key_len, const li_id *id, uint64_t accepted_ms);
    uint64_t (*keys_since)(void *engine);
} li_queue_host;

enum {
    LI_QUEUE_NOTE_STATE = 1,      /* something about the queue itself: recovered, read-only, full, working again */
    LI_QUEUE_NOTE_QUARANTINED = 2 /* an accepted event cannot be read: it is set aside and counts as dropped */
};

/* Called once for each put that returned LI_OK, perhaps before it returns, from any thread. status says whether the
 * events of that put are accepted: all or none; LI_E_UNKNOWN when that cannot be told. */
typedef void (*li_queue_done)(void *user, li_status status);

/* Every method may be called from any thread, several at once, and must not call the engine except through the host
 * table; none may block on a handler. After an error nothing has changed unless a method says otherwise. */
typedef struct li_queue_ops {
    size_t size;
    uint32_t version; /* 1 */
    uint32_t caps;    /* LI_QUEUE_* */
    const char *name;

    /* Once, before all else. host is borrowed until close. */
    li_status (*open)(void *self, const li_queue_host *host, li_error *err);                      /* required */

    /* The number of a lane by its name, made when new. A name is NAME or NAME:QUALIFIER; copied. */
    li_status (*lane)(void *self, const char *name, size_t name_len, uint32_t *lane, li_error *err); /* required */

    /* Lanes that hold events, one call of each() a lane; at most one reader at a time. */
    void (*lanes)(void *self, void (*each)(void *user, uint32_t lane, const char *name, size_t name_len),
                  void *user);                                                                    /* required */

    /* Store n events, all or none. LI_OK: done(user, …) has been or will be called once; an error: it will not be.
     * LI_E_FULL a limit; LI_E_NOMEM; LI_E_NOSPC, LI_E_IO nothing was stored. */
    li_status (*put)(void *self, const li_queue_event *events, size_t n, li_queue_done done, void *user,
                     li_error *err);                                                              /* required */

    /* Lease up to max events of a lane whose due_ms <= now_ms, in order of (due, acceptance). *n may be 0.
     * now_ms UINT64_MAX: all that wait, due or not; leases that are held stay held. */
    li_status (*take)(void *self, uint32_t lane, uint64_t now_ms, uint64_t lease_until_ms, size_t max,
                      li_lease *leases, size_t *n);                                               /* required */

    /* When the earliest waiting event of the lane is due; UINT64_MAX when none waits. */
    uint64_t (*next_due)(void *self, uint32_t lane);                                              /* required */

    /* End leases for good: the events are gone. LI_E_NOT_FOUND: at least one lease was not held (any more); the others
     * ended. Needs no memory. */
    li_status (*ack)(void *self, const uint64_t *tokens, size_t n);                               /* required */

    /* End a lease and keep the event: waiting until header->due_ms with the counters given. Needs no memory.
     * LI_E_NOT_FOUND the lease was lost. */
    li_status (*delay)(void *self, uint64_t token, const li_event_header *header);                /* required */

    /* Write the outcome before it is delivered (REL-7): a crash after done(user, LI_OK) repeats the delivery, not the handler.
     * outcome is LI_EVENT_SUCCEEDED or LI_EVENT_DELIVERED of event.h, not 0; the record is copied. The lease goes on. done is
     * called as for put when LI_OK is returned. LI_E_NOT_FOUND the lease was lost. NULL: outcomes are not kept. */
    li_status (*resolve)(void *self, uint64_t token, int32_t outcome, const char *record, size_t record_len,
                         li_queue_done done, void *user);

    /* Prolong a lease. LI_E_NOT_FOUND it was lost. NULL: leases do not end while the engine lives. */
    li_status (*extend)(void *self, uint64_t token, uint64_t lease_until_ms);

    /* Counts of one lane, or of all with lane UINT32_MAX. */
    void (*stats)(void *self, uint32_t lane, li_queue_stats *stats);                              /* required */

    /* Forget the host; leases end unacknowledged. The engine calls nothing but unpin and free afterwards. */
    void (*close)(void *self);                                                                    /* required */
    void (*free)(void *self);                                                                     /* NULL: caller keeps */

    /* Lease one waiting event of a lane by its id, due or not (cancel). LI_E_NOT_FOUND no such; LI_E_STATE it is leased;
     * LI_E_NOMEM. NULL: LI_E_NOTSUP is what the caller of li_event_cancel gets. */
    li_status (*take_id)(void *self, uint32_t lane, const li_id *id, uint64_t lease_until_ms, li_lease *lease);

    /* Waiting and leased events of a lane, in order of (due, acceptance); each() returning non-zero ends the walk. It must
     * not call the queue. NULL: events cannot be listed. */
    void (*each)(void *self, uint32_t lane, int32_t (*each)(void *user, const li_event_header *header, int32_t is_leased),
                 void *user);

    /* The engine has threads from now on (1), or is driven by its embedder (0), as it is after open. A queue may have threads of
     * its own in between; they end before drive(0) returns. LI_E_NOMEM: none could be made, and none is left. NULL: all the
     * same to the queue. */
    li_status (*drive)(void *self, int32_t is_threaded);

    /* Make durable what waits, and call the done of each; may block on the disk. A driven engine calls it in a step of its own
     * after put, ack, delay or resolve; one with threads while a caller waits for its put. NULL: nothing ever waits. */
    void (*flush)(void *self);

    /* The handler of a leased event is about to be entered for the starts-th time: a durable queue knows it after a crash of the
     * process, and counts lost_starts from it. Must not block. NULL: not noted. */
    void (*start)(void *self, uint64_t token, uint32_t starts);

    /* Keep payload and tail of a lease where they are beyond its end, until unpin: a handler that overran its time still reads
     * them. pin is the caller's memory and the queue's to use in between. Needs no memory. LI_E_NOT_FOUND the lease was lost.
     * NULL, both: the engine copies what a handler reads on a thread of the engine. */
    li_status (*pin)(void *self, uint64_t token, li_queue_pin *pin);
    void (*unpin)(void *self, li_queue_pin *pin);
} li_queue_ops;

typedef struct li_queue {
    const li_queue_ops *ops; /* static */
    void *self;
} li_queue;

/* A queue in memory: first in first out for equal due times, blocks recycled. What it holds ends with the process.
 *   allocator  borrowed for the queue's life; NULL: malloc
 *   queue      out: give it to li_engine_options.queue, whose engine then frees it
 * Errors: LI_E_NOMEM. Threads: any. Spec: INV-211. Since 0.1. */
LI_API li_status li_queue_memory_new(const li_allocator *allocator, li_queue *queue);

#ifdef __cplusplus
}
#endif
#endif
