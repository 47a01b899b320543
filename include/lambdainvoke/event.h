/* event.h - asynchronous invocation: events accepted into a queue, retried, and accounted for to the end.
 *
 * Accepted means accounted for: every accepted event ends in exactly one of succeeded, delivered (a destination or
 * dead-letter queue took it) or dropped (with a reason, a metric and a journal line). */
#ifndef LAMBDAINVOKE_EVENT_H
#define LAMBDAINVOKE_EVENT_H

#include <lambdainvoke/invoke.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LI_EVENT_WAITING = 1, LI_EVENT_RUNNING = 2, LI_EVENT_SUCCEEDED = 3, LI_EVENT_DELIVERED = 4, LI_EVENT_DROPPED = 5 };

enum {
    LI_CONDITION_NONE = 0,
    LI_CONDITION_SUCCESS = 1,             /* "Success" */
    LI_CONDITION_RETRIES_EXHAUSTED = 2,   /* "RetriesExhausted" */
    LI_CONDITION_EVENT_AGE_EXCEEDED = 3,  /* "EventAgeExceeded" */
    LI_CONDITION_ZERO_CONCURRENCY = 4     /* "ZeroReservedConcurrency" */
};

/* Why an event was dropped; value, word. Append-only (REL-2). */
#define LI_DROP_MAP(X)                                                          \
    X(LI_DROP_NONE, 0, "none")                                                  \
    X(LI_DROP_RETRIES_EXHAUSTED, 1, "retries-exhausted-without-destination")    \
    X(LI_DROP_EVENT_AGE, 2, "event-age-without-destination")                    \
    X(LI_DROP_DESTINATION_FAILED, 3, "destination-failed")                      \
    X(LI_DROP_PURGED, 4, "queue-purged-by-caller")                              \
    X(LI_DROP_FUNCTION_DELETED, 5, "function-deleted")                          \
    X(LI_DROP_UNREADABLE, 6, "unreadable-record")                               \
    X(LI_DROP_ZERO_CONCURRENCY, 7, "zero-concurrency-without-destination")      \
    X(LI_DROP_RECURSION, 8, "recursion-without-destination")                    \
    X(LI_DROP_POISON, 9, "poison-without-destination")                          \
    X(LI_DROP_ENGINE_FREED, 10, "engine-freed")                                 \
    X(LI_DROP_CANCELLED, 11, "cancelled")
#define LI_DROP_ENUM(name, value, text) name = value,
enum { LI_DROP_MAP(LI_DROP_ENUM) LI_DROP_END_ };
#undef LI_DROP_ENUM
LI_API const char *li_drop_name(int32_t reason);
LI_API const char *li_condition_name(int32_t condition); /* as in the record; "" for none */

/* Called once: LI_OK, the event is in the queue and id is its request id; or why not. Any thread; may call the engine. */
typedef void (*li_event_accepted)(void *user, li_status status, const li_id *id);

/* One event of a batch. */
typedef struct li_event_request {
    size_t size;
    li_slice name;                    /* any form of INV-120 */
    li_slice payload;                 /* {NULL, 0}: the empty event {} */
    const li_invoke_options *options; /* qualifier, trace, not_before_ms, flags; NULL: none */
} li_event_request;
#define LI_EVENT_REQUEST_INIT { sizeof(li_event_request), { NULL, 0 }, { NULL, 0 }, NULL }

/* Put an event into the queue of a function.
 *   payload, options  borrowed for the call (type is ignored)
 *   on_accepted       may be NULL; called once if the call returned LI_OK
 * Errors: as li_invoke up to LI_E_JSON; LI_E_TOO_LARGE over limits.async_request_bytes; LI_E_FULL the queue is full (counted);
 *         LI_E_NOMEM, LI_E_NOSPC, LI_E_IO; LI_E_CLOSED. Nothing is queued then.
 *         Through on_accepted also LI_E_UNKNOWN: it may be in the queue, whole, or not at all (REL-19).
 * An idempotency key makes a second event of the same function, qualifier and key within async.idempotency_ms (setting) the
 * first one: the call succeeds with the first one's id and nothing is queued, whatever the payload. LI_E_BUSY: the first is
 * being accepted just now; LI_E_FULL: limits.idempotency_keys. A durable queue keeps keys over the process's end.
 * Threads: any, also inside a handler. Concurrency is not looked at (INV-201). Spec: REL-18. Since 0.1. */
LI_API li_status li_event_submit(li_engine *engine, const char *name, size_t name_len, const char *payload,
                                 size_t payload_len, const li_invoke_options *options, li_event_accepted on_accepted,
                                 void *user, li_error *err);

/* n events at once; all are checked first and all or none are queued. ids (may be NULL) gets n request ids.
 * on_accepted is called once for the batch, with the first id. Errors: as li_event_submit; err->subject names the one. */
LI_API li_status li_event_submit_batch(li_engine *engine, const li_event_request *requests, size_t n, li_id *ids,
                                       li_event_accepted on_accepted, void *user, li_error *err);

/* The same, waiting until it is accepted. id: out, may be NULL. Errors also: LI_E_UNKNOWN. */
LI_API li_status li_invoke_event(li_engine *engine, const char *name, size_t name_len, const char *payload,
                                 size_t payload_len, const li_invoke_options *options, li_id *id, li_error *err);

/* Event invoke config: what a function and qualifier want done with failed and finished events. -1 and {NULL, 0} mean
 * "not set": 2 retries, 21600 s, no destination. */
typedef struct li_event_config {
    size_t size;
    li_slice on_success;       /* ARN or registered target; "" (with a pointer) clears in an update */
    li_slice on_failure;
    int64_t max_age_s;         /* 60..21600, or -1 */
    int64_t max_retries;       /* 0..2, or -1 */
} li_event_config;
#define LI_EVENT_CONFIG_INIT { sizeof(li_event_config), { NULL, 0 }, { NULL, 0 }, -1, -1 }
LI_API li_status li_event_config_init(li_event_config *config, size_t size);

/* A stored config, as get and each give it; texts are in the struct. */
typedef struct li_event_config_info {
    size_t size;
    char function_arn[320];    /* with the qualifier; $LATEST when none */
    char on_success[520];
    char on_failure[520];
    int64_t max_age_s;         /* -1: not set */
    int64_t max_retries;       /* -1: not set */
    uint64_t modified_ms;
} li_event_config_info;

/* put replaces the whole config of (function, qualifier), update merges, get reads, remove ends it. It is read at each
 * attempt (INV-213) and looked up by the qualifier that the caller of the event used (INV-214).
 *   name       any form of INV-120; qualifier may be (NULL, 0)
 *   info       out, may be NULL
 * Errors: LI_E_VALIDATION ranges, ARN; LI_E_INVALID nothing set, self as destination, unknown or wrong destination (detail);
 *         LI_E_NOT_FOUND function (put) or config (get, update, remove); LI_E_NOMEM. Nothing has changed then.
 * Threads: any. Spec: INV-213, 214, 233, 234, 250..254. Since 0.1. */
LI_API li_status li_event_config_put(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                     size_t qualifier_len, const li_event_config *config, li_event_config_info *info,
                                     li_error *err);
LI_API li_status li_event_config_update(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                        size_t qualifier_len, const li_event_config *config, li_event_config_info *info,
                                        li_error *err);
LI_API li_status li_event_config_get(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                     size_t qualifier_len, li_event_config_info *info, li_error *err);
LI_API li_status li_event_config_remove(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                        size_t qualifier_len, li_error *err);
/* All configs of one function in order of qualifier. Errors: LI_E_NOT_FOUND function. each() may call the engine. */
LI_API li_status li_event_config_each(li_engine *engine, const char *name, size_t name_len,
                                      void (*each)(void *user, const li_event_config_info *info), void *user,
                                      li_error *err);

enum { LI_OUTCOME_ATTEMPTS = 8 }; /* attempts kept of one event: the first ones */

typedef struct li_attempt {
    uint64_t start_ms;         /* Unix milliseconds of the engine */
    uint64_t end_ms;           /* 0: still runs */
    uint32_t status_code;      /* 200, 429, 404, 500 */
    int32_t function_error;    /* LI_FUNCTION_ERROR_* */
} li_attempt;

/* How far an event is, and how it got there. Times are relative to accepted_ms by subtraction. */
typedef struct li_outcome {
    size_t size;
    int32_t state;             /* LI_EVENT_* */
    int32_t condition;         /* LI_CONDITION_*; none while it waits or runs */
    int32_t drop_reason;       /* LI_DROP_* */
    uint32_t starts;           /* attempts handed to the function */
    uint32_t throttles;        /* times it found no concurrency */
    uint32_t n_attempts;       /* entries of attempts */
    li_attempt attempts[LI_OUTCOME_ATTEMPTS];
    uint64_t accepted_ms;
    uint64_t ended_ms;         /* 0: not yet */
    const char *record;        /* the record JSON, if one was made (a destination, or setting outcomes.records 1) */
    size_t record_len;         /* owned by the outcome: li_outcome_fini */
} li_outcome;
#define LI_OUTCOME_INIT                                                                             \
    { sizeof(li_outcome), 0, 0, 0, 0u, 0u, 0u, { { 0u, 0u, 0u, 0 } }, 0u, 0u, NULL, 0 }
LI_API li_status li_outcome_init(li_outcome *outcome, size_t size);
LI_API void li_outcome_fini(li_outcome *outcome);

/* What has become of an event. The engine remembers the newest outcomes.events (setting) accepted ones.
 * Errors: LI_E_NOT_FOUND unknown or forgotten; LI_E_NOMEM. Threads: any. Since 0.1. */
LI_API li_status li_event_outcome(li_engine *engine, const li_id *id, li_outcome *outcome);

/* Conservation (REL-1): accepted == pending + leased + succeeded + delivered + dropped, at any instant in driven mode and
 * whenever the engine is idle in threaded mode. */
typedef struct li_event_counts {
    size_t size;
    uint64_t accepted;
    uint64_t pending;
    uint64_t leased;
    uint64_t succeeded;
    uint64_t delivered;
    uint64_t dropped;
} li_event_counts;
#define LI_EVENT_COUNTS_INIT { sizeof(li_event_counts), 0u, 0u, 0u, 0u, 0u, 0u }
LI_API li_status li_event_count(li_engine *engine, li_event_counts *counts);

#ifdef __cplusplus
}
#endif
#endif
