/* engine.h - the engine: made, driven (with threads or without), configured, stopped, freed.
 *
 * Threaded: li_engine_start(n) and forget. Driven: no thread at all; the embedder calls li_engine_step from its own loop,
 * or li_clock_advance of a virtual clock does. Both run the same state machine. In driven mode handlers, callbacks and
 * backends are called on the thread that steps, waits or invokes. */
#ifndef LAMBDAINVOKE_ENGINE_H
#define LAMBDAINVOKE_ENGINE_H

#include <lambdainvoke/allocator.h>
#include <lambdainvoke/clock.h>
#include <lambdainvoke/log.h>
#include <lambdainvoke/metrics.h>
#include <lambdainvoke/queue.h>
#include <lambdainvoke/retry.h>
#include <lambdainvoke/schedule.h>
#include <lambdainvoke/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Hashes that some event shapes carry (SQS's md5OfBody); filled by the api part or the embedder. Any thread. */
typedef struct li_codec {
    size_t size;
    void (*md5)(const void *data, size_t len, uint8_t digest[16]); /* NULL: members that need it are left out */
} li_codec;

typedef struct li_engine_options {
    size_t size;
    const li_allocator *allocator;  /* borrowed for the engine's life; NULL: malloc */
    li_clock *clock;                /* borrowed for the engine's life; NULL: a real clock of its own */
    const li_logger *logger;        /* borrowed for the engine's life; NULL: silent */
    const li_codec *codec;          /* borrowed for the engine's life; NULL: none */
    li_queue queue;                 /* taken, also on failure; ops NULL: a queue in memory */
    li_retry_policy retry;          /* taken, also on failure; ops NULL: AWS's policy */
    li_metrics_sink metrics;        /* taken, also on failure; ops NULL: none */
    li_slice partition;             /* default "aws" */
    li_slice region;                /* default "us-east-1" */
    li_slice account;               /* 12 digits; default "000000000000" */
    uint64_t seed;                  /* of ids, jitter and weights; 0: from the system (real clock) or 1 (virtual) */
    li_store store;                 /* of settings; taken, also on failure; ops NULL: a store in memory */
    li_zones *zones;                /* of schedules; borrowed for the engine's life; NULL: the system's, zones of its own */
} li_engine_options;
#define LI_ENGINE_OPTIONS_INIT                                                                               \
    { sizeof(li_engine_options), NULL, NULL, NULL, NULL, { NULL, NULL }, { NULL, NULL }, { NULL, NULL },     \
      { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, 0u, { NULL, NULL }, NULL }
LI_API li_status li_engine_options_init(li_engine_options *options, size_t size);

/* Make an engine. It does nothing by itself until it is started or driven.
 *   options  borrowed for the call (what it points to as said above); NULL: defaults
 *   engine   out: owned by the caller, li_engine_free
 * Errors: LI_E_NOMEM; LI_E_INVALID options (detail); LI_E_NOTSUP unknown members; what the queue's open returns.
 * Threads: any. Since 0.1. */
LI_API li_status li_engine_new(li_engine **engine, const li_engine_options *options, li_error *err);

/* End the engine and all it owns: functions, triggers, mappings, local queues, backends. NULL is fine. Events still in
 * a queue in memory are dropped with reason engine-freed, one journal line each; in a durable queue they stay.
 * Errors: LI_E_BUSY work in flight (a handler runs, an event is leased) or threads run: stop first; the engine is whole.
 * Threads: one, when no other call is under way. Spec: REL-43, REL-65. Since 0.1. */
LI_API li_status li_engine_free(li_engine *engine);

/* In a child of fork: close the engine's descriptors there. What it stores, its sockets and its threads stay the parent's; the
 * memory stays until the child ends or execs. Every other call on an engine, its functions and invocations gives LI_E_FORKED (or
 * nothing, where it returns a count) in such a child, before it takes any lock. NULL, and a call in the process that made the engine, do
 * nothing. A kernel before Linux 4.14 does not tell: there a child must not call at all.
 * Threads: the child's one. Spec: REL-48. Since 0.1. */
LI_API void li_engine_abandon(li_engine *engine);

/* Threaded mode: start n worker threads (1..256), which block all signals.
 * Errors: LI_E_INVALID n, or the clock is virtual or cannot wait; LI_E_STATE started already; LI_E_NOMEM threads cannot be
 *         made: none is left. Threads: any. Spec: REL-49. Since 0.1. */
LI_API li_status li_engine_start(li_engine *engine, uint32_t n_workers, li_error *err);

/* Stop: refuse new work, let what runs finish, end the threads. Events that wait stay in the queue. Afterwards the engine
 * can be started or driven again.
 *   deadline_ms  real milliseconds to wait for what runs; 0: only ask
 *   report       may be NULL; called with the request id and function of each invocation that still runs at the deadline
 * Errors: LI_E_TIMEOUT some still run: their threads go on and a later stop collects them.
 *         From inside a handler the stop is asked for and LI_OK comes at once.
 * Threads: any. Spec: REL-43, REL-46, REL-65. Since 0.1. */
LI_API li_status li_engine_stop(li_engine *engine, uint64_t deadline_ms,
                                void (*report)(void *user, const li_id *id, const char *function), void *user);

/* Driven mode. step runs the earliest thing that is due, if any; *n_done (may be NULL) is 1 if something ran, else 0.
 * run_until_idle steps until nothing is due now; *n_done is the count. Neither moves a virtual clock nor sleeps.
 * Errors: LI_E_MISUSE from inside a handler or callback; LI_E_STATE the engine has threads.
 * Threads: one at a time. Since 0.1. */
LI_API li_status li_engine_step(li_engine *engine, uint64_t *n_done);
LI_API li_status li_engine_run_until_idle(li_engine *engine, uint64_t *n_done);

/* When the next thing is due, as the clock's monotonic reading; LI_NEVER: nothing. A past value: now.
 * Threads: any. Since 0.1. */
LI_API uint64_t li_engine_next_deadline(li_engine *engine);

/* One descriptor for poll(): readable when something was put, completed or came due (real clock) since the last step.
 * It belongs to the engine; do not read it. Linux. Errors: a negative li_status instead of a descriptor.
 * Threads: any. Since 0.1. */
LI_API int32_t li_engine_fd(li_engine *engine);

/* External invocations (poll mode, or held by li_invocation_hold_clock) that are under way now. Threads: any. */
LI_API uint64_t li_engine_external(li_engine *engine);

/* The engine's clock, and its Unix milliseconds (wall at open + monotonic since). Threads: any. */
LI_API li_clock *li_engine_get_clock(const li_engine *engine);
LI_API uint64_t li_engine_now_ms(const li_engine *engine);
LI_API const char *li_engine_get_partition(const li_engine *engine);
LI_API const char *li_engine_get_region(const li_engine *engine);
LI_API const char *li_engine_get_account(const li_engine *engine);

/* Settings and limits, one table (lambdainvoke-limits(7)): name, default, lowest, highest.
 * set changes one from now on; what is there already stays, and a limit cannot be set below what is in use.
 * Errors: LI_E_NOT_FOUND no such name; LI_E_VALIDATION out of range; LI_E_BUSY more is in use (detail LIMIT_IN_USE), or
 *         less than limits.min_unreserved would be left beside what is reserved and provisioned (detail RESERVED_MINIMUM). Nothing
 *         has changed then. Threads: any. Spec: INV-301, REL-60, REL-61. Since 0.1. */
LI_API li_status li_config_get(li_engine *engine, const char *name, int64_t *value);
LI_API li_status li_config_set(li_engine *engine, const char *name, int64_t value, li_error *err);
typedef struct li_config_row {
    size_t size;
    const char *name;
    const char *help;
    int64_t standard; /* the default */
    int64_t lowest;
    int64_t highest;
    int64_t value;    /* now */
    int64_t used;     /* of a limit on what is stored: how much is, the gauge; -1: it is none */
    li_status status; /* of such a limit: what the newest gets beyond it; LI_OK: the oldest goes instead */
    uint32_t reserved; /* 0 */
} li_config_row;
LI_API void li_config_each(li_engine *engine, void (*each)(void *user, const li_config_row *row), void *user);

#ifdef __cplusplus
}
#endif
#endif
