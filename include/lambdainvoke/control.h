/* control.h - control of accepted events: look, list, cancel, redrive; and of a function's queue: pause, resume, purge.
 *
 * An event that waits can be cancelled, one that failed can be sent again, and each still ends in exactly one terminal
 * state: a cancelled or purged event is dropped with that reason and told to no destination. */
#ifndef LAMBDAINVOKE_CONTROL_H
#define LAMBDAINVOKE_CONTROL_H

#include <lambdainvoke/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An event in the queue. */
typedef struct li_event_info {
    size_t size;
    li_id id;
    char function[72];           /* name */
    char qualifier[136];         /* as requested; "" for none */
    uint64_t accepted_ms;        /* Unix milliseconds of the engine */
    uint64_t due_ms;             /* not before; of a running one: when it was due */
    uint64_t payload_len;        /* bytes */
    int32_t state;               /* LI_EVENT_WAITING, or LI_EVENT_RUNNING: it runs, or its record is being delivered */
    uint32_t starts;             /* times the handler was entered */
    uint32_t function_failures;  /* these spend retries */
    uint32_t system_failures;    /* throttles and system errors since the handler was last entered */
} li_event_info;
#define LI_EVENT_INFO_INIT { sizeof(li_event_info), { { 0 } }, { 0 }, { 0 }, 0u, 0u, 0u, 0, 0u, 0u, 0u }

/* An event that waits or runs, by its request id. One that has ended is told by li_event_outcome.
 *   info  out
 * Errors: LI_E_NOT_FOUND it is not in the queue (any more); LI_E_NOTSUP the queue cannot list.
 * Threads: any, also inside a handler. Since 0.1. */
LI_API li_status li_event_get(li_engine *engine, const li_id *id, li_event_info *info, li_error *err);

enum { LI_EVENT_PAGE = 1000 }; /* events that one call of li_event_each gives at most */

/* Events of a function that wait or run: its qualifiers in order, and of each in the order of (due, acceptance).
 *   name, qualifier  any form of INV-120; with a qualifier only the events that were sent to it
 *   skip, max        a page: so many are passed over, at most so many are given, and at most LI_EVENT_PAGE
 *   each             may call the engine; info is borrowed for the call
 * Errors: LI_E_NOT_FOUND function; LI_E_NOTSUP the queue cannot list; LI_E_NOMEM. Nothing was given then.
 * Threads: any, also inside a handler. Since 0.1. */
LI_API li_status li_event_each(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                               size_t qualifier_len, uint64_t skip, size_t max,
                               void (*each)(void *user, const li_event_info *info), void *user, li_error *err);

/* Take a waiting event out of the queue: it ends as dropped, reason LI_DROP_CANCELLED, and no destination is told.
 * Errors: LI_E_STATE it runs, or it has ended (detail says which); LI_E_NOT_FOUND unknown or forgotten; LI_E_NOTSUP the
 *         queue cannot lease by id; LI_E_NOMEM. Nothing has changed then.
 * Threads: any, also inside a handler. Spec: REL-1, REL-2. Since 0.1. */
LI_API li_status li_event_cancel(li_engine *engine, const li_id *id, li_error *err);

/* Send a failed event again, as a new one with a request id, an age and retries of its own; the old one stays as it ended.
 * The engine keeps the payloads of the newest failed events up to outcomes.payload_bytes (setting), each for one redrive,
 * and as long as it remembers the outcome. Cancelled and purged events have not failed.
 *   new_id  out, may be NULL
 * Errors: LI_E_NOT_FOUND unknown or forgotten, or the function is gone; LI_E_STATE it waits, runs, has succeeded, or its
 *         payload is not kept (detail says which); else as li_invoke_event. Nothing has changed then.
 * Threads: any, also inside a handler. Spec: REL-3. Since 0.1. */
LI_API li_status li_event_redrive(li_engine *engine, const li_id *id, li_id *new_id, li_error *err);

/* Pause: events are accepted and wait, none is started; those that run go on, and synchronous calls are served as before
 * (reserved concurrency 0 stops those, and discards events). Time goes on for waiting events: on resume those over their age
 * limit end, and the others start in order. Pausing twice is pausing once. A removed function is not paused any more.
 *   name  name or unqualified ARN
 * Errors: LI_E_NOT_FOUND; LI_E_VALIDATION qualified name. Threads: any, also inside a handler. Since 0.1. */
LI_API li_status li_function_pause(li_engine *engine, const char *name, size_t name_len, li_error *err);
LI_API li_status li_function_resume(li_engine *engine, const char *name, size_t name_len, li_error *err);

/* End all waiting events of a function, or of one qualifier of it: dropped, reason LI_DROP_PURGED, no destination is told.
 * Those that run go on. What is accepted meanwhile may be among them.
 *   name      any form of INV-120      n_purged  out, may be NULL
 * Errors: LI_E_NOT_FOUND; LI_E_NOMEM some may be purged already. Threads: any, also inside a handler. Spec: REL-2. Since 0.1. */
LI_API li_status li_function_purge(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                   size_t qualifier_len, uint64_t *n_purged, li_error *err);

#ifdef __cplusplus
}
#endif
#endif
