/* engine.h - the engine's own structures, and who may touch what.
 *
 * Lock order: engine.lock, then a queue's or another backend's own lock, then journal.lock, then random.lock, then
 * faults.lock. No handler, callback or backend method that may block is called with engine.lock held; functions that expect
 * it end in _locked. The synchronous path takes no lock while a warm environment is at hand in a slot of its version. */
#ifndef LII_ENGINE_ENGINE_H
#define LII_ENGINE_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>

#include <lambdainvoke/lambdainvoke.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fork.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/options.h"
#include "base/random.h"
#include "base/slice.h"
#include "base/table.h"
#include "base/time.h"
#include "engine/config.h"
#include "engine/extend.h"
#include "engine/index.h"
#include "engine/names.h"

enum { LII_FAST = 8, LII_BATCH = 32, LII_QUARANTINE = 64, LII_OUTCOME_SHARDS = 1 };

/* Which invocation runs on this thread, innermost first; on the stack of whoever calls out. */
typedef struct lii_frame {
    struct lii_frame *outer;
    li_engine *engine;
    li_invocation *invocation;   /* NULL: a callback, not a handler */
    uint32_t depth;
    uint32_t reserved;
} lii_frame;

/* A registered handler; functions find it by symbol at each new environment. Guarded by engine.lock. */
typedef struct lii_handler {
    li_handler handler;
    li_init_handler init;
    li_fini_handler fini;
    void *user;
    char symbol[136];
} lii_handler;

enum { LII_LOST_STARTS = 3 };     /* in a row: poison */

enum { LII_BIND_C = 1, LII_BIND_POLL = 2, LII_BIND_EXECUTOR = 3 };

/* What a function runs: immutable, shared by reference; a change of the function makes a new one. */
typedef struct lii_code {
    atomic_uint refs;            /* first: all behind it is copied (lii_code_copy) */
    uint32_t flags;              /* what each call reads is in one line, to the handler's user data */
    uint64_t timeout_ns;
    char version[16];
    lii_handler handler;         /* LII_BIND_C: as registered when the code was made; handler NULL: not bound */
    int32_t run_on;
    uint32_t timeout_ms;
    uint32_t memory_mb;
    int32_t binding;             /* LII_BIND_* */
    uint64_t active_ns;          /* the function is Pending before; 0: it never was */
    li_executor_ops executor;
    void *executor_self;
    int32_t is_parked;           /* read from the store: events wait until its handler is registered */
    uint8_t log_format;          /* LI_LOG_FORMAT_* */
    uint8_t application_level;   /* LI_LEVEL_* with JSON, 0 with text */
    uint8_t system_level;
    uint32_t declared;           /* sum of what its registration said, whatever was updated since; 0: not known */
    char binding_text[136];
    char description[264];
    char dead_letter[264];
} lii_code;

enum { LII_ENV_IDLE = 1, LII_ENV_BUSY = 2, LII_ENV_ABANDONED = 3 };

typedef struct lii_version lii_version;

typedef struct lii_env lii_env;

/* Where an environment waits without a lock. EMPTY: none; IDLE: its environment may be taken, by a compare and exchange to
 * BUSY; BUSY: its environment is out, and its owner alone gives it back, by a store of IDLE. EMPTY is entered and left under
 * engine.lock. */
enum { LII_SLOT_EMPTY = 0, LII_SLOT_IDLE, LII_SLOT_BUSY };

typedef struct lii_slot {
    _Alignas(64) atomic_uint state;  /* LII_SLOT_* */
    uint32_t reserved;
    _Atomic(lii_env *) env;          /* while not EMPTY */
} lii_slot;

/* One initialised instance. Owned by exactly one of: an idle slot, the idle list, the thread that runs it, a pending
 * invocation. Counters are written by the owner alone and summed when read. */
struct lii_env {
    lii_version *version;
    lii_code *code;
    li_invocation *invocation;
    void *environment;
    lii_slot *home;              /* the slot that it goes back to, whose env it is; NULL: the idle list. Under engine.lock */
    uint32_t epoch;
    uint32_t state;
    int32_t is_straight;         /* while it is in a slot: a call may go by direct.c */
    int32_t has_credit;          /* of the function's or the account's concurrency on demand */
    uint64_t ids[2];             /* the last request id of a synchronous call, before it is one (lii_invocation_sync_id) */
    uint64_t last_used_ns;
    atomic_ullong invocations;
    atomic_ullong duration_ns;
    atomic_ullong errors;
    atomic_ullong event_age_ms;
    struct lii_env *next_idle;
    struct lii_env *next_all;
    struct lii_env *prev_all;
    li_function *function;
    int32_t is_initialised;
    int32_t is_provisioned;      /* paid for by its version's provisioned concurrency instead of a credit */
};

/* Settings for the events of one (function, qualifier). */
typedef struct lii_event_config {
    struct lii_event_config *next;   /* in order of qualifier */
    char qualifier[136];
    char on_success[520];
    char on_failure[520];
    int64_t max_age_s;
    int64_t max_retries;
    uint64_t modified_ms;
    char dead_letter[264];           /* of a tombstone alone */
    int32_t is_tombstone;            /* of what is gone; its waiting events end by it */
    int32_t reserved;
} lii_event_config;

typedef struct lii_lane lii_lane;

/* Provisioned concurrency of a version; engine.lock. */
typedef struct lii_provisioned {
    uint64_t requested;              /* 0: none */
    uint64_t allocated;              /* environments, initialised or on their way */
    uint64_t available;              /* initialised */
    int32_t status;                  /* LI_PROVISIONED_* */
    int32_t is_running;              /* the timer works on it */
    uint64_t modified_ms;
    const char *reason;              /* of FAILED */
    char qualifier[136];             /* the version or alias that it was asked for by */
    uint64_t rate_ns;                /* throttle.request_rate: when the bucket is full again */
    lii_env *warming;                /* initialised, their simulated time not over; by next_idle, soonest first */
    lii_timer timer;
} lii_provisioned;

/* One version of a function with its environments: $LATEST, or a published one. It stays until the engine is freed. */
struct lii_version {
    lii_slot fast[LII_FAST];
    _Alignas(64) li_engine *engine;
    li_function *function;
    atomic_uint epoch;               /* raised by every change; an environment of an older one is looked at under lock */
    atomic_int is_shared;            /* 1: environments go through the lock: provisioned ones are used first */
    uint64_t number;                 /* 0: $LATEST */
    lii_version *next;               /* $LATEST, then the newest published first; engine.lock */
    struct {                         /* engine.lock */
        lii_code *code;              /* NULL when removed */
        lii_env *idle;               /* newest first */
        lii_env *all;
        lii_timer idle_timer;
        uint64_t generation;         /* of the function's code when it was published */
        char revision[40];
        uint64_t modified_ms;
        lii_provisioned provisioned;
    } locked;
};

typedef struct lii_alias {
    struct lii_alias *next;          /* in order of name */
    char name[136];
    char description[264];
    char revision[40];
    uint64_t version;
    uint64_t additional;             /* 0: none */
    double weight;                   /* of the additional one */
} lii_alias;

enum { LII_PLAIN = 1 << 30 };

struct li_function {
    lii_version latest;
    li_engine *engine;
    atomic_uint n_configs;           /* of locked.configs */
    atomic_uint plain;               /* LII_PLAIN and flags of $LATEST's code, while plain_lane can be used without a lock */
    _Atomic(lii_lane *) plain_lane;  /* of events without a qualifier; NULL: none yet */
    uint32_t lineage;                /* its hash in trace headers */
    atomic_int allows_loop;          /* LI_RECURSION_ALLOW */
    atomic_int exists;               /* 0: removed; the object stays for its lanes and for handles */
    int32_t is_stored;               /* engine.lock: it is in the store, with all that it has */
    int32_t is_restored;             /* engine.lock: read from the store, not registered since */
    int32_t was_removed;             /* engine.lock: by a call; one that does not exist for another reason is not known yet */
    char apart[64];                  /* what both look at, from those who accept, */
    atomic_ullong received;          /* events; relaxed sums */
    char apart_too[64];              /* and these from those who end */
    atomic_ullong succeeded;
    size_t name_len;
    char name[72];
    struct {                         /* engine.lock */
        lii_lane *lanes;
        lii_alias *aliases;
        uint64_t n_published;        /* the last number given out */
        uint64_t generation;         /* of $LATEST's code */
        uint64_t provisioned;        /* sum over versions */
        uint64_t rate_ns;            /* throttle.request_rate, of a reservation: when the bucket is full again */
        uint64_t scale_ns;           /* scaling.rate: when the budget of new environments is whole again */
        lii_event_config *configs;
        li_invocation *polls_first;  /* waiting for li_next */
        li_invocation *polls_last;
        int64_t reserved;            /* LI_UNRESERVED or the cap */
        uint64_t credits;            /* held by environments, idle or busy */
        uint64_t modified_ms;
        char revision[40];
        int32_t is_paused;           /* its events wait */
        int32_t reserved_2;
        li_metrics sums;             /* of retired environments, and what is counted under the lock */
    } locked;
};

enum { LII_HELD = 0 };               /* sooner than any time */
enum { LII_FAILED_FOR_GOOD = 255 };  /* function_failures of an event that has no attempt left, only its end */

struct lii_lane {                    /* engine.lock */
    lii_lane *next;                  /* of the function */
    li_function *function;
    li_engine *engine;
    lii_timer timer;
    char apart[64];                  /* from what its worker writes */
    atomic_ullong armed_ns;          /* LI_NEVER: not; LII_HELD: a worker will look without that; written under engine.lock */
    char apart_too[64];
    uint64_t blocked_until_ns;       /* the throttle ladder */
    lii_lane *next_blocked;          /* of engine.blocked_first, async.throttle = wake */
    uint32_t number;
    atomic_uint throttles;           /* in a row */
    atomic_ullong typical_ns;        /* of a handler's run, for the size of a batch; relaxed: a hint */
    lii_event_config tombstone;      /* looked at while its function, version or alias is gone */
    int32_t is_blocked;
    int32_t is_recovered;        /* its events were there at open; until its function is known they are parked */
    char qualifier[136];             /* as requested; "" for none */
    char name[216];                  /* NAME or NAME:QUALIFIER */
};

/* IDLE: no invocation. RUNNING: its thread is in the handler. PENDING: completes later. COMPLETING: somebody writes the
 * answer. SIMULATED: the answer is there, its time has not come. SETTLED: answered. ABANDONED: timed out, and the handler
 * (or the simulated rest of it) still goes on. */
enum { LII_INV_IDLE = 0, LII_INV_RUNNING, LII_INV_PENDING, LII_INV_COMPLETING, LII_INV_SIMULATED, LII_INV_SETTLED,
       LII_INV_ABANDONED };
enum { LII_ANSWER_NONE = 0, LII_ANSWER_OK, LII_ANSWER_UNHANDLED, LII_ANSWER_HANDLED, LII_ANSWER_EXIT, LII_ANSWER_TIMEOUT };

/* How an invocation ended, as those who asked for it see it; pointers live until the invocation is released. */
typedef struct lii_answer {
    const char *payload;
    size_t payload_len;
    uint64_t duration_ns;
    uint64_t init_ns;
    int32_t function_error;      /* LI_FUNCTION_ERROR_* */
    int32_t is_empty;            /* the handler gave nothing: payload is "null" */
    const char *error_type;      /* of documents that we write; NULL else */
} lii_answer;

enum { LII_WAY_LONG = 0, LII_WAY_DIRECT, LII_WAY_TURN }; /* of an invocation: any, direct.c, turn.c to a plain end */

enum { LII_REFS_OWN = 1 << 30 }; /* the engine's own share in li_invocation.refs, beside those of li_invocation_retain */

struct li_invocation {
    li_engine *engine;
    li_function *function;
    lii_code *code;
    lii_env *env;
    const char *payload;
    size_t payload_len;
    uint64_t start_ns;           /* handed over: the time-out counts from here */
    uint64_t deadline_ns;
    uint64_t end_ns;
    /* zero when an invocation begins, in this order (lii_invocation_prepare) */
    uint64_t simulated_ns;
    uint64_t init_ns;            /* 0: the environment was warm */
    uint64_t lead_ns;            /* simulated time before start: initialisation */
    const char *client_context;
    size_t client_context_len;
    const char *trace_in;        /* as given; NULL: none */
    size_t trace_in_len;
    const char *response;        /* given block, or response_buf's */
    size_t response_len;
    void (*on_settled)(li_invocation *invocation); /* on a stepping, worker or caller's thread, without lock */
    lii_lane *lane;              /* of an event */
    int32_t answer_kind;
    uint8_t is_held;             /* counted in engine.external */
    uint8_t wants_hold;
    uint8_t wants_tail;
    uint8_t is_stream;
    uint8_t out_of_memory;
    uint8_t has_id_text;
    uint8_t has_trace;
    uint8_t has_arn;
    uint8_t polled;              /* 0 no, 1 waits for li_next, 2 handed out */
    uint8_t was_pending;
    uint8_t watched;             /* by the timekeeper, while the handler runs */
    uint8_t is_on_worker;        /* of a threaded engine: a time-out is told while the handler runs */
    uint32_t attempt;
    atomic_uint state;           /* LII_INV_*; changes under engine.lock except by the running thread */
    atomic_uint refs;            /* LII_REFS_OWN as long as the engine has it, and one for each retain */
    atomic_int is_cancelled;
    atomic_int has_answer;
    int32_t exit_status;
    atomic_int guard;            /* response and log, against a time-out while the handler runs */
    int32_t in_handler;
    int32_t last_way;            /* LII_WAY_*: its last run did nothing but what that way and a handler can */
    int32_t is_telling;          /* engine.lock: the timekeeper tells its time-out; its worker waits for that */
    int32_t is_pinned;           /* the queue keeps the bytes of the lease for the handler that overran */
    li_queue_pin pin;
    int32_t condition;           /* of an event that has ended, and the reason when nothing takes it */
    int32_t drop_reason;
    int32_t is_postponed;        /* its end is made again: it is not finished before */
    int32_t reserved;
    li_id id;
    const char *qualifier;       /* as requested; "" for none */
    li_stream *stream;           /* of a caller that takes pieces; retained until the invocation is finished */
    void *owner;
    char *given;
    void (*given_release)(void *user, char *data);
    void *given_user;
    lii_frame frame;
    lii_answer answer;
    lii_buf response_buf;
    lii_buf log;
    lii_buf document;            /* an error document that we write */
    lii_buf input;               /* copies of what must outlive the call: payload, context, trace, qualifier */
    lii_timer deadline;          /* time-out, simulated end, or completion */
    uint64_t lease_token;
    const char *lease_payload;
    li_event_header header;
    li_invocation *next;         /* jobs, polls, quarantine, postponed */
    char id_text[LI_ID_TEXT_SIZE];
    char trace[640];
    char arn[320];
};

/* What the engine remembers of an accepted event; journal.lock's sibling outcomes.lock. */
typedef struct lii_outcome_entry {
    li_outcome outcome;
    li_id id;
    lii_lane *lane;
    char *payload;               /* of a failed event, for a redrive; NULL: not kept */
    size_t payload_len;
    struct lii_outcome_entry *next_kept, *prev_kept; /* oldest first */
    int32_t is_used;
    int32_t reserved;
} lii_outcome_entry;

typedef struct lii_journal_entry {
    li_journal_line line;
} lii_journal_entry;

enum { LII_THREADS = 260 };
enum { LII_THREAD_FREE = 0, LII_THREAD_ALIVE = 1, LII_THREAD_ENDED = 2 };

/* What a worker runs (watch.c); written by the worker, but for the end of a run that the timekeeper abandons. */
typedef struct lii_watch {
    char apart[64];              /* from what others write */
    atomic_ullong state;
    atomic_ullong due_ns;
    _Atomic(li_invocation *) invocation;
    char apart_too[40];
} lii_watch;

/* What a worker took from its lane and has in hand. While a run that the timekeeper abandoned is told it is the timekeeper's,
 * who gives back what comes after: nothing waits behind a handler that hangs. */
typedef struct lii_batch {
    struct lii_lane *lane;
    const li_lease *leases;
    size_t n;
    size_t at;                   /* the one that runs */
    struct lii_turn *turn;       /* NULL: not on the straight way */
} lii_batch;

typedef struct lii_thread {
    pthread_t thread;
    lii_batch *batch;            /* NULL: none */
    struct lii_lane *held;       /* engine.lock: it looks there again before it does anything else; NULL: none */
    li_engine *engine;
    uint32_t state;              /* LII_THREAD_* */
    uint32_t reserved;
    lii_watch watch;
} lii_thread;

typedef struct lii_fault_plan lii_fault_plan;

/* Why no call goes the straight way (direct.c), and no event (turn.c); a bit belongs to its cause. */
enum { LII_DETOUR_SAMPLES = 1,   /* there is a metrics sink */
       LII_DETOUR_LISTENER = 2,  /* the journal has one */
       LII_DETOUR_STEPS = 4,     /* journal.steps */
       LII_DETOUR_FAULTS = 8,    /* one can throttle or run */
       LII_DETOUR_RATE = 16,     /* throttle.request_rate */
       LII_DETOUR_CALLS = 31,    /* any of these */
       LII_DETOUR_RECORDS = 32,  /* outcomes.records: of events alone, as the next */
       LII_DETOUR_ENDS = 64 };   /* a fault can strike what comes after a success */

struct li_engine {
    const volatile unsigned char *mark;  /* 0 in a forked child: nothing here is to be touched (REL-48) */
    lii_clock_reader now;
    atomic_uint detours;         /* LII_DETOUR_* */
    atomic_uint n_blocked;       /* lanes of blocked_first */
    atomic_int is_stopping;
    atomic_int is_threaded;
    li_allocator allocator;      /* the gate of faults.c before inner */
    li_allocator inner;          /* as given */
    li_clock *clock;
    int32_t owns_clock;
    int32_t is_virtual;
    const li_logger *logger;
    const li_codec *codec;
    li_zones *zones;                     /* may be NULL */
    li_queue_ops queue_ops;
    void *queue;
    li_queue_host queue_host;
    li_store_ops store_ops;
    void *store;
    li_store_host store_host;
    int32_t store_is_given;      /* 0: one in memory of our own, which ends with the engine */
    int32_t is_open;             /* the backends are; what a queue says before that is of its opening */
    lii_timer flush;             /* of a driven engine, when the queue has something to make durable */
    lii_timer again;             /* while something is postponed */
    li_retry_policy_ops retry_ops;
    void *retry;
    li_metrics_sink_ops metrics_ops;
    void *metrics;
    uint64_t seed;
    uint64_t open_ns;            /* monotonic and wall at open: engine time is open_ms + elapsed */
    uint64_t open_ms;
    char partition[16];
    char region[40];
    char account[16];
    lii_config config;
    atomic_ullong longest_ms;    /* of all time-outs that a function was ever given: a lease lasts longer */
    lii_clock_user clock_user;

    struct {
        pthread_mutex_t lock;
        lii_random random;
        uint64_t envs;           /* streams given out */
    } random;

    struct {
        pthread_mutex_t lock;    /* a leaf */
        lii_fault_plan *plan;    /* NULL: none */
    } faults;
    atomic_uint faults_armed;    /* LII_FAULTS_*: kinds that can still fire */

    pthread_mutex_t settings_lock; /* before lock: an operation that changes settings, while there is a store */
    pthread_mutex_t lock;
    struct {                     /* lock */
        lii_table functions;     /* name -> li_function, removed ones too */
        lii_table handlers;      /* symbol -> lii_handler */
        lii_table destinations;  /* target -> lii_target */
        lii_table local_queues;  /* name -> li_local_queue */
        lii_lane **lanes;        /* by number */
        lii_lane *blocked_first; /* waiting for a free slot, longest first */
        lii_lane *blocked_last;
        size_t n_lanes;
        size_t n_existing;       /* functions that exist */
        size_t n_versions;       /* published, removed ones too */
        size_t n_aliases;
        uint64_t rate_ns;            /* throttle.request_rate, of functions without a reservation */
        uint64_t unreserved_credits;
        uint64_t unreserved_provisioned;
        int64_t reserved_sum;
        lii_heap timers;
        lii_heap deadlines;
        uint64_t sequence;
        li_invocation *jobs_first;   /* synchronous work for workers */
        li_invocation *jobs_last;
        li_invocation *quarantine;   /* settled pending ones, not yet used again */
        size_t n_quarantine;
        li_invocation *postponed;    /* whose ends are made again, oldest first */
        void *slots[LII_SLOT_COUNT];
        void (*slot_free[LII_SLOT_COUNT])(void *registry);
        uint64_t (*slot_count[LII_SLOT_COUNT])(void *registry);
        void (*slot_removed[LII_SLOT_COUNT])(void *registry, const char *function);
        li_stream *posted_streams;   /* whose handlers are about to be called back */
        lii_table keys;              /* lane and idempotency key -> lii_key */
        struct lii_key *keys_first;  /* oldest first */
        struct lii_key *keys_last;
        uint32_t n_workers;          /* wanted */
        uint32_t n_alive;            /* workers, stuck ones included */
        uint32_t n_stuck;            /* in an abandoned handler */
        uint32_t n_idle;
        uint32_t n_running_timers;
        uint32_t n_owed;             /* promised timers that are not in the heap */
        uint32_t turn;               /* of jobs and timers */
        uint32_t stepping;           /* steps under way */
        lii_thread threads[LII_THREADS];
        uint64_t deliveries;         /* records on their way */
        li_metrics sums;
    } locked;
    pthread_cond_t work;             /* lock: something to do */
    pthread_cond_t deadline_work;    /* lock: the timekeeper's */
    pthread_cond_t changed;          /* lock: a waiter's answer, an external end, a timer that ended */
    lii_index index;                 /* of locked.functions, for readers without the lock */
    uint64_t id_stream;              /* ids of events and of all else but synchronous calls */
    char apart[64];                  /* those who accept from those who run */
    atomic_ullong n_ids;
    char apart_too[64];
    atomic_ullong keeper_wakes_ns;   /* when the timekeeper looks next by itself; 0: it is awake */
    atomic_ullong external;
    atomic_ullong external_ends;

    struct {                         /* accounted under their own lock: accepted and terminal states */
        pthread_mutex_t lock;
        lii_outcome_entry *ring;
        size_t n_ring;
        size_t next;
        lii_table table;             /* id -> entry */
        lii_outcome_entry *kept_first;
        lii_outcome_entry *kept_last;
        uint64_t kept_bytes;
        /* relaxed: in driven mode one thread changes them; in threaded mode they are exact when nothing runs */
        atomic_ullong accepted;
        char apart[64];              /* those who accept from those who end */
        atomic_ullong succeeded;
        atomic_ullong delivered;
        atomic_ullong dropped;
    } outcomes;

    struct {
        pthread_mutex_t lock;
        li_journal_line *ring;
        size_t n_ring;
        size_t at;                   /* of the last line: sequence % n_ring */
        uint64_t sequence;
        li_journal_callback callback;
        void *user;
    } journal;

    int fd_epoll;                    /* -1: not asked for */
    int fd_event;
    int fd_timer;
    uint64_t fd_armed_ns;
};

/* A forked child may hold a copy of locks that nobody ever opens: it is turned away before the first of them. */
static inline int lii_is_forked(const li_engine *engine)
{
    return *engine->mark == 0;
}

/* ---- engine.c */
li_status lii_forked(li_error *err);         /* LI_E_FORKED with its text */
li_status lii_shut(const li_engine *engine, li_error *err); /* of lii_is_shut: LI_E_FORKED, or LI_E_MISUSE in a listener */
uint64_t lii_ms_of_ns(const li_engine *engine, uint64_t ns);
int lii_inside(const li_engine *engine);     /* this thread is inside a handler or callback of the engine */
li_invocation *lii_current(const li_engine *engine, uint32_t *depth); /* its innermost invocation here, or NULL */

/* ---- loop.c, threads.c: one machine, driven or threaded */
li_status lii_timer_set_locked(li_engine *engine, lii_timer *timer, uint64_t due_ns);
/* These tell the registries of the layers above. */
void lii_slots_function_removed(li_engine *engine, const char *function);
void lii_slots_qualifier_removed(li_function *function, const char *qualifier); /* an alias or a version, by NAME:QUALIFIER */
/* Keep a place, so that setting this timer of engine.timers cannot fail any more; and give it back, not set. */
li_status lii_timer_promise_locked(li_engine *engine, lii_timer *timer);
void lii_timer_release_locked(li_engine *engine, lii_timer *timer);
li_status lii_deadline_set_locked(li_engine *engine, lii_timer *timer, uint64_t due_ns);
void lii_deadline_cancel_locked(li_engine *engine, lii_timer *timer);
int lii_job_add(li_invocation *invocation);           /* synchronous work for a worker; 0: all hang, and no more are allowed */
void lii_jobs_refuse_locked(li_engine *engine);         /* while all hang: those that wait are throttled; opens the lock */
void lii_worker_replace_locked(li_engine *engine);    /* one is stuck */
int lii_worker_is_alone_locked(li_engine *engine, uint64_t now_ns); /* the only one that can work, and nothing else is due */
void lii_quarantine_free(li_engine *engine);
int lii_step(li_engine *engine);             /* 1: something ran */
uint64_t lii_first_due(lii_heap *heap);
void lii_run_first_locked(li_engine *engine, lii_heap *heap); /* the lock is open while it runs */
/* Wait until *is_done (lock) while the engine goes on by this thread (driven) or its own (threaded). 0, or -1 when a
 * virtual clock has nothing left that could change anything. */
int lii_wait_until(li_engine *engine, const int *is_done);
void lii_fd_signal(li_engine *engine);
void lii_fd_close(li_engine *engine);
li_status lii_loop_new(li_engine *engine);
void lii_loop_free(li_engine *engine);

/* ---- functions.c, remove.c, lookup.c */
/* The function of a name in any form, with its requested qualifier; the check of existence comes with the error of
 * INV-127. code: NULL, or out: what runs now, retained. */
typedef struct lii_target {
    li_function *function;
    char qualifier[136];         /* "" for none */
} lii_target_ref;
li_status lii_function_find(li_engine *engine, const char *name, size_t name_len, li_slice qualifier,
                            lii_target_ref *target, li_error *err);
li_function *lii_function_lookup_locked(li_engine *engine, const char *name, size_t len);
/* A function that is not known yet, and room for it (NULL: no memory); known once it is linked, which cannot fail while no
 * other is made: under settings.lock, or before the engine is anybody else's. */
li_function *lii_function_new_locked(li_engine *engine, li_slice name, li_error *err);
void lii_function_link_locked(li_function *function);
void lii_function_drop(li_function *function); /* one that was not linked; NULL is fine */
/* Of limits.functions: it exists, or events of it wait or run still (DECISIONS 7); and how many such there are. */
int lii_function_is_used_locked(const li_function *function);
uint64_t lii_functions_used_locked(li_engine *engine);
/* What a qualifier names now; an alias with weights: its main version, or with draw one of its two (INV-130). NULL: nothing. */
lii_version *lii_version_locked(li_function *function, const char *qualifier, int draw);
lii_code *lii_code_locked(li_function *function, const char *qualifier); /* borrowed; NULL: no such */
int lii_function_exists_locked(const li_function *function);
void lii_describe_locked(const lii_version *version, li_function_info *info);
void lii_code_set_timeout(li_engine *engine, lii_code *code, uint32_t timeout_ms);
void lii_code_retain(lii_code *code);
void lii_code_copy(lii_code *to, const lii_code *from);  /* with one reference; those of from may change meanwhile */
void lii_code_release(li_engine *engine, lii_code *code);
void lii_functions_free(li_engine *engine);
void lii_set_reserved_locked(li_engine *engine, li_function *function, int64_t reserved);
li_status lii_find_unqualified(li_engine *engine, const char *name, size_t name_len, li_function **out, li_error *err);
li_status lii_read_text(char *out, size_t out_size, li_slice text, int32_t detail, const char *what, li_error *err);

void lii_function_arn(const li_function *function, const char *qualifier, char *out, size_t out_size);
li_status lii_not_found(li_engine *engine, const char *name, size_t name_len, const char *qualifier, li_error *err);

/* ---- provisioned.c */
void lii_provisioned_lost_locked(lii_env *env);        /* one goes: another is made */
void lii_provisioned_go_on_locked(lii_version *version); /* its handler is known now */
int lii_provisioned_surplus_locked(const lii_env *env);
void lii_provisioned_end_locked(lii_version *version, lii_env **retired);
/* The alias points from one version to another (0: to none, when it ends): what it provisions goes with it, if it may. */
li_status lii_provisioned_may_follow_locked(li_function *function, const char *alias, uint64_t before, uint64_t after,
                                            li_error *err);
void lii_provisioned_follow_locked(li_function *function, const char *alias, uint64_t before, uint64_t after,
                                   lii_env **retired);

/* ---- versions.c, aliases.c */
void lii_aliases_free_locked(li_function *function);
lii_version *lii_version_number_locked(li_function *function, uint64_t number); /* NULL: not there (any more) */
void lii_versions_remove_locked(li_function *function, lii_env **retired); /* the function itself goes, or is gone */
void lii_revision(li_engine *engine, char out[40]);            /* a new revision id */
void lii_versions_free(li_function *function);
lii_version *lii_version_new(li_engine *engine);
void lii_alias_link_locked(li_function *function, lii_alias *alias);

/* ---- pool.c: environments and admission */
/* An environment with a credit, or LI_E_THROTTLED with its detail; LI_E_NOMEM; LI_E_NOT_FOUND removed. */
li_status lii_env_acquire(lii_version *version, lii_env **env, int32_t *detail);
li_status lii_env_acquire_named(li_function *function, const char *qualifier, lii_env **env, int32_t *detail);
void lii_env_release_slow(lii_env *env);     /* to where others see it, or retired when its function has changed */
void lii_env_release(lii_env *env);          /* idle again, or retired when its function has changed */
void lii_env_retire(lii_env *env, int32_t reason);  /* unlinked already: fini, freed */
void lii_env_discard(lii_env *env, int32_t reason); /* not used again: credit back, fini, freed */
void lii_env_credit_back_locked(lii_env *env);
uint64_t lii_capacity_locked(li_function *function, const lii_version *version);
void lii_version_changed_locked(lii_version *version, lii_env **retired); /* idle ones of the old kind, to retire unlocked */
void lii_function_changed_locked(li_function *function, lii_env **retired); /* the same for all of its versions */
void lii_envs_retire_list(lii_env *list, int32_t reason);
uint64_t lii_function_busy_locked(li_function *function);
void lii_pool_free(lii_version *version);
void lii_lane_block_locked(lii_lane *lane);            /* async.throttle_wake: until a slot is released */
void lii_lane_unblock_locked(lii_lane *lane);
void lii_env_unlink_locked(lii_env *env);
void lii_env_leave_locked(lii_env *env);               /* its slot is for others: it will be long, or never come back */
void lii_credits_trim_locked(li_function *function);   /* the pool became smaller: idle environments give theirs back */
lii_env *lii_env_new_locked(lii_version *version);     /* without a credit, not yet initialised */
int64_t lii_unreserved_limit_locked(li_engine *engine);

/* ---- limits.c */
/* What a limit's row has beside the setting: what is in use now (-1: it is not counted), and what a call over it gets (LI_OK:
 * nothing is refused). Without the lock. */
int64_t lii_limit_used(li_engine *engine, const char *name, li_status *status);

/* ---- rate.c: how fast, beside how many at once */
uint64_t lii_scale_budget_locked(const li_function *function); /* environments that may be made now */
void lii_scale_spend_locked(li_function *function);
/* Of what is provisioned, or of what is on demand. 0: over throttle.request_rate, with its detail. */
int lii_rate_has_room_locked(lii_version *version, int32_t is_provisioned, int32_t *detail);
void lii_rate_spend_locked(lii_version *version, int32_t is_provisioned);

/* ---- run.c: one invocation through one environment */
li_invocation *lii_invocation_new(li_engine *engine);
void lii_invocation_attach(li_invocation *invocation, lii_env *env); /* for all of its runs; invocation may be NULL */
void lii_invocation_free(li_invocation *invocation);
int lii_env_initialise(lii_env *env, uint64_t *simulated_ns); /* ahead of any invocation: 0, or -1 it failed */
/* Initialise if cold, call the handler. 1: the answer is ready (lii_invocation_settle next); 0: it comes later, through
 * on_settled. */
int lii_invocation_run(li_invocation *invocation);
int lii_invocation_returned(li_invocation *invocation, int32_t verdict); /* the handler's; the rest of the same */
void lii_job_run(li_invocation *invocation);              /* run, settle, tell, finish */
void lii_invocation_settle(li_invocation *invocation);    /* make the answer and count; before on_settled */
void lii_invocation_finish(li_invocation *invocation);    /* after on_settled: the environment goes back */
void lii_hold_locked(li_invocation *invocation);       /* a virtual clock waits for it */
void lii_external_end_locked(li_invocation *invocation);
void lii_invocation_drop_response(li_invocation *invocation);

/* The bytes of its lease stay when the lease ends, until the invocation object goes or begins anew. */
void lii_invocation_pin(li_invocation *invocation);
void lii_invocation_unpin(li_invocation *invocation);

/* ---- watch.c: time-outs of handlers that run on workers */
int lii_watch_is_free(const li_invocation *invocation); /* this is a worker, and no handler or batch is under way on it */
void lii_watch_begin(li_invocation *invocation, int is_first); /* is_first 0: right after one with an earlier deadline */
int lii_watch_end(li_invocation *invocation, int goes_on);  /* to a next one; 0: it was abandoned, lii_watch_late is next */
void lii_watch_rest(void);                                  /* nothing follows on this worker */
void lii_watch_late(li_invocation *invocation, int32_t verdict); /* the handler of an abandoned one is back */
uint64_t lii_watch_first_due(const li_engine *engine, uint64_t now_ns); /* LI_NEVER: nothing runs */
int lii_watch_expire_locked(li_engine *engine, uint64_t now_ns); /* abandon one that is overdue; the lock is open meanwhile */

/* ---- answer.c: pure: documents */
void lii_answer_make(li_invocation *invocation);
void lii_error_document(lii_buf *out, const char *type, const char *message, const char *request_id);
uint64_t lii_billed_ms(const li_invocation *invocation);

/* ---- logs.c */
void lii_log_start(li_invocation *invocation);
void lii_log_report(li_invocation *invocation);
li_status lii_logging_read(lii_code *code, const li_function_spec *spec, li_error *err); /* checked */

/* ---- result.c */
li_status lii_result_copy(li_invoke_result *result, li_invocation *invocation);   /* LI_E_NOMEM: untouched */
/* A copy of data in a block that grows; block and cap are two of a result's internal. LI_E_NOMEM: untouched. */
li_status lii_result_keep(void **block, void **cap, const char *data, size_t len);
void lii_result_borrow(li_invoke_result *result, li_invocation *invocation);      /* for a callback */
li_status lii_result_plain(li_invoke_result *result, const li_id *id, int32_t status_code); /* nothing ran; may be NULL */

/* ---- invoke.c, direct.c */
/* A call whose handler has returned, to its end: waits if it is pending. */
li_status lii_call_returned(li_invocation *invocation, int32_t verdict, li_invoke_result *result, li_error *err);
/* li_function_invoke, when it is not of the straight kind. */
li_status lii_function_invoke(li_function *function, const char *payload, size_t payload_len,
                              const li_invoke_options *options, li_invoke_result *result, li_error *err);
/* li_invoke, in general. */
li_status lii_invoke(li_engine *engine, const char *name, size_t name_len, const char *payload, size_t payload_len,
                     const li_invoke_options *options, li_invoke_result *result, li_error *err);
/* Shape, size and JSON of a payload, then the state of the function, in the order of INV-175. */
li_status lii_payload_check(li_engine *engine, const lii_code *code, int32_t type, uint32_t flags, const char **payload,
                            size_t *payload_len, li_error *err);

/* ---- lane.c, lane_turn.c, accept.c, attempt.c, turn.c, delivery.c, record.c */
enum { LII_LANE_RUNS = 1, LII_LANE_GONE, LII_LANE_ZERO, LII_LANE_WAITS };    /* what can be done with a lane's events now */
void lii_lane_arm_locked(lii_lane *lane, uint64_t due_ns);
void lii_lane_arm_again(lii_lane *lane, li_status taken, uint64_t due_ms);    /* after a look that ended with this status */
void lii_lane_received(lii_lane *lane, size_t n, uint64_t due_ns); /* n more in its queue: counted; it looks when they are due */
/* What becomes of one event that a queue that puts at once has taken, when the status of its put is not plain. */
void lii_accept_ended(lii_lane *lane, const li_id *id, uint64_t now_ns, uint64_t due_ms, li_event_accepted on_accepted, void *user,
                      li_status status);
int lii_submit_straight(li_engine *engine, const li_event_request *request, li_id *id, li_event_accepted on_accepted,
                        void *user);              /* submit.c; 0: nothing has happened, it goes the longer way */
li_status lii_lane_get_locked(li_function *function, const char *qualifier, lii_lane **out, li_error *err);
void lii_lane_run(lii_timer *timer);
void lii_lane_let_go_locked(lii_thread *worker);         /* of the lane that it holds: it is to be armed, or looked at once more */
void lii_lane_throttled(lii_lane *lane);     /* no slot is free for its events */
void lii_batch_run(lii_batch *batch, int what);      /* LII_LANE_RUNS, LII_LANE_GONE or LII_LANE_ZERO */
void lii_turn_run(lii_batch *batch);         /* from the first on, as far as the straight way goes */
void lii_turn_settle(lii_batch *batch);      /* what it has done and not told */
void lii_batch_give_back(lii_batch *batch);  /* what comes after the one that runs; any thread */
int lii_lane_is_parked_locked(const lii_lane *lane, const lii_code *code);
void lii_lease_lost(lii_lane *lane, const li_event_header *header); /* what was done under it is late (REL-17) */
void lii_lanes_free(li_engine *engine);
void lii_event_settled(li_invocation *invocation);
typedef struct lii_ending {
    lii_lane *lane;
    li_event_header header;
    uint64_t token;
    const char *payload;         /* of the event */
    size_t payload_len;
    int32_t condition;
    int32_t drop_reason;         /* when nothing takes it */
    int32_t status_code;         /* 0: none */
    int32_t function_error;
    int32_t has_response;
    int32_t is_empty;            /* the handler gave nothing */
    const char *version;         /* NULL: nothing ran */
    const char *response;
    size_t response_len;
    const char *error_message;   /* for the dead letter; NULL: from the response */
    li_invocation *invocation;   /* whose trace the record carries on; NULL: trace is the event's own */
    li_slice trace;
    const li_event_header *leased; /* as it was taken, where header has counted on; NULL: header */
} lii_ending;
void lii_ending_init(lii_ending *ending, lii_lane *lane, const li_event_header *header, uint64_t token, const char *payload);
li_slice lii_tail_find(const char *tail, uint32_t len, uint16_t wanted); /* one of the extras; length 0: not there */
void lii_event_wait(lii_lane *lane, uint64_t token, li_event_header *header, uint64_t due_ms); /* back into the queue until then */
void lii_event_conclude(li_invocation *invocation); /* the end that its condition and drop_reason say */
void lii_event_finish(li_engine *engine, const lii_ending *ending);
li_status lii_postponed_init(li_engine *engine);
void lii_event_postpone(const lii_ending *ending); /* no memory: later again */
void lii_event_finish_again(lii_lane *lane, const li_lease *lease); /* resolved before a crash */
void lii_event_terminal(li_engine *engine, const lii_ending *ending, int32_t state, int32_t drop_reason, const char *record,
                        size_t record_len);
li_status lii_record_make(const li_engine *engine, const lii_ending *ending, uint64_t time_ms, uint32_t count, int is_raw,
                          lii_buf *out);
void lii_record_error_message(const lii_ending *ending, char *out, size_t out_size);
const lii_event_config *lii_event_config_locked(const lii_lane *lane);
/* 1: a tombstone of what is to be removed, since there is a lane whose events may wait for it. */
int lii_tombstone_locked(li_function *function, const char *qualifier, lii_event_config *out);
/* A version or alias goes, and its config with it. */
void lii_event_config_entomb_locked(li_function *function, const char *qualifier);
const char *lii_qualifier_or_latest(const char *qualifier);
/* The handler of a symbol, or a new one and room for it; NULL: no memory. Put makes it known as given, which cannot fail while
 * no other is made (settings.lock); drop frees one that was not put. */
lii_handler *lii_handler_ready_locked(li_engine *engine, const char *symbol);
void lii_handler_put_locked(li_engine *engine, lii_handler *handler, const lii_handler *given);
void lii_handler_drop_locked(li_engine *engine, lii_handler *handler);
/* Published versions that were read from the store get the handler that their function is registered with. */
void lii_rebind_parked_locked(li_function *function, const lii_code *code, lii_env **retired);
void lii_wake_lanes_locked(li_function *function, int was_parked);
void lii_event_configs_free(li_function *function);
void lii_event_config_link_locked(li_function *function, lii_event_config *config);
li_status lii_destination_check(li_engine *engine, const char *target, const li_function *function, const char *member,
                                li_error *err);
li_status lii_dead_letter_check(li_engine *engine, const char *target, li_error *err);

/* ---- trace.c */
#define LII_RECURSION_TEXT                                                                                                \
    "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and " \
    "stopped your function's invocation."
/* 1: the function is in this chain as often as recursion.limit allows, and is not set to go on. */
int lii_recursion_stops(const li_function *function, li_slice trace);
li_status lii_recursion_check(li_function *function, const li_invoke_options *options, li_error *err); /* counted */
void lii_recursion_count(li_function *function, const li_id *id);
/* The options with the trace of the handler that calls, when they have none of their own and it is one. */
const li_invoke_options *lii_trace_inherit(li_engine *engine, const li_invoke_options *options, li_invoke_options *storage);
void lii_trace_copy(li_invocation *invocation, char *out, size_t out_size); /* cut at a whole part */

/* ---- stream.c */
li_stream *lii_stream_new(li_engine *engine, const li_stream_caller *caller, int can_resume); /* one reference; NULL: no memory */
void lii_stream_retain(li_stream *stream);
void lii_stream_attach(li_stream *stream, li_invocation *invocation);
li_status lii_stream_chunk(li_invocation *invocation, const char *data, size_t len);
/* The invocation is settled: give what is left. 1: tell the caller; 0: a piece is being given, on_settled comes again. */
int lii_stream_end(li_invocation *invocation, int *is_gone);
void lii_stream_detach(li_invocation *invocation);
void lii_streams_free(li_engine *engine);

/* ---- control.c */
void lii_function_resume_locked(li_function *function); /* its lanes look again, if they were paused */

/* ---- idempotency.c */
typedef struct lii_key lii_key;
li_status lii_key_check(li_slice key, li_error *err);
/* The event with *id wants this key of its lane. *is_known 1: another has it, and *id is now that one's; else the claim is
 * added to *claims, to be settled when its event is in the queue or not. */
li_status lii_key_claim(li_engine *engine, const lii_lane *lane, li_slice key, uint64_t now_ms, li_id *id, lii_key **claims,
                        int *is_known, li_error *err);
li_status lii_key_restore(void *engine, uint32_t lane, const char *key, size_t key_len, const li_id *id,
                          uint64_t accepted_ms); /* li_queue_host.key */
void lii_keys_settle(li_engine *engine, lii_key *claims, int is_accepted);
void lii_keys_free(li_engine *engine);

/* ---- resources.c: destinations and local queues by target */
typedef struct lii_target_entry {
    li_destination_ops ops;
    void *self;
    atomic_uint refs;
    atomic_uint failures;        /* of puts, in a row */
    atomic_ullong in_flight;     /* puts without an answer */
    atomic_ullong taken;
    atomic_ullong refused;
    char target[];
} lii_target_entry;
lii_target_entry *lii_destination_find(li_engine *engine, const char *target, li_status *status); /* retained */
void lii_destination_release(li_engine *engine, lii_target_entry *entry);
int lii_destination_exists(li_engine *engine, const char *target, size_t len);
void lii_resources_free(li_engine *engine);

/* ---- outcome.c */
void lii_outcome_accepted(li_engine *engine, const li_id *ids, lii_lane *const *lanes, size_t n,
                          uint64_t accepted_ms); /* remembered before put */
void lii_outcome_keep(li_engine *engine, const lii_ending *ending); /* the payload of a failed event, for a redrive */
/* What is remembered of an event: its lane (NULL: nothing is) and its state. */
lii_lane *lii_outcome_lane(li_engine *engine, const li_id *id, int32_t *state);
/* A kept payload, once: LI_E_NOT_FOUND, or LI_E_STATE with its detail. The caller frees it, or gives it back. */
li_status lii_outcome_payload_take(li_engine *engine, const li_id *id, lii_lane **lane, char **payload, size_t *len,
                                   li_error *err);
void lii_outcome_payload_give(li_engine *engine, const li_id *id, char *payload, size_t len);
void lii_outcome_forget(li_engine *engine, const li_id *id);
void lii_outcome_started(li_engine *engine, const li_event_header *header, uint64_t start_ms);
void lii_outcome_attempt_end(li_engine *engine, const li_event_header *header, uint64_t end_ms, int32_t status_code,
                             int32_t function_error, int32_t state);
void lii_outcome_throttled(li_engine *engine, const li_id *id);
void lii_outcome_ended(li_engine *engine, const li_event_header *header, int32_t state, int32_t condition,
                       int32_t drop_reason, uint64_t ended_ms, const char *record, size_t record_len);
int lii_outcome_acked(li_engine *engine, uint64_t token, int32_t state);
void lii_outcome_counted(li_engine *engine, int32_t state, uint64_t n);
li_status lii_outcomes_new(li_engine *engine);
void lii_outcomes_free(li_engine *engine);

/* ---- durable.c: what a durable queue needs of the engine */
void lii_queue_host_init(li_engine *engine);
li_status lii_queue_recover(li_engine *engine, li_error *err);  /* lanes of events that were there at open */
void lii_queue_changed(li_engine *engine);                      /* after put, ack, delay, resolve: a driven engine flushes */

/* ---- store.c */
li_status lii_store_take(li_engine *engine, li_store *given, li_error *err); /* one in memory when none is given */
li_status lii_store_open(li_engine *engine, li_error *err);

/* ---- journal.c, metrics.c */
li_status lii_journal_new(li_engine *engine);
void lii_journal_free(li_engine *engine);

#include "engine/hot.h"

#endif
