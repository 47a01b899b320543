/* destination.h - where the record of a finished asynchronous event goes, and the dead-letter queue.
 *
 * A destination is known to the engine by its target: an ARN (or any URI of yours). Two kinds of target need no
 * registration: arn:…:lambda:…:function:NAME[:QUALIFIER] (the record becomes an event of that function) and
 * arn:…:sqs:REGION:ACCOUNT:NAME of the engine's own region and account (a local queue, local_queue.h). */
#ifndef LAMBDAINVOKE_DESTINATION_H
#define LAMBDAINVOKE_DESTINATION_H

#include <lambdainvoke/allocator.h>
#include <lambdainvoke/io.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LI_RECORD_DESTINATION = 1, LI_RECORD_DEAD_LETTER = 2 }; /* kind */

#define LI_ATTRIBUTE_SYSTEM "System" /* type of attributes that a queue's own ("AWSTraceHeader"), not its users', are */

typedef struct li_record_attribute {
    li_slice name;
    li_slice type;  /* "String", "Number" or LI_ATTRIBUTE_SYSTEM */
    li_slice value;
} li_record_attribute;

/* What is sent. Everything is borrowed until done is called (INV-220, INV-237). */
typedef struct li_record {
    size_t size;
    int32_t kind;               /* LI_RECORD_* */
    int32_t is_success;         /* 1: on success; 0: on failure, or a dead letter */
    li_id id;                   /* of the event */
    uint64_t time_ms;           /* when the record was made, Unix milliseconds */
    li_slice target;            /* the configured ARN or URI */
    li_slice function_name;
    li_slice function_arn;      /* with the requested qualifier */
    li_slice body;              /* the record JSON; for a dead letter the event's own bytes */
    const li_record_attribute *attributes; /* dead letter: RequestID, ErrorCode, ErrorMessage; else none */
    size_t n_attributes;
    li_slice trace;             /* X-Amzn-Trace-Id to carry on, with its lineage; empty: none */
} li_record;

/* Called once for each put that returned LI_OK, from any thread, perhaps before put returns. LI_OK: it took the record.
 * A retryable status (li_status_is_retryable) is tried again after a while; any other ends the delivery. */
typedef void (*li_destination_done)(void *user, li_status status);

enum { LI_DESTINATION_DURABLE = 1 };

/* Any thread, many puts at once unless max_in_flight says less. A destination must not call the engine from put; it
 * may block only as long as its users can bear the worker to be gone. */
typedef struct li_destination_ops {
    size_t size;
    uint32_t version; /* 1 */
    uint32_t caps;    /* LI_DESTINATION_* */
    const char *name;
    li_status (*put)(void *self, const li_record *record, li_destination_done done, void *user, li_error *err);
                                        /* required; an error: done will not be called, same meaning as done's status */
    void (*free)(void *self);           /* NULL: the caller keeps self */
} li_destination_ops;

typedef struct li_destination {
    const li_destination_ops *ops; /* static */
    void *self;
} li_destination;

/* Make the engine know a destination by its target; replaces one of the same target.
 *   target       copied; 1..1024 bytes
 *   destination  ops are copied; self is the engine's from now on if ops->free is given (also on failure)
 * Errors: LI_E_INVALID, LI_E_NOMEM. Threads: any. Spec: INV-231. Since 0.1. */
LI_API li_status li_destination_add(li_engine *engine, const char *target, size_t target_len,
                                    const li_destination *destination, li_error *err);

enum {
    LI_DESTINATION_GOOD = 1,     /* it took the last record, or has had none */
    LI_DESTINATION_FAILING = 2,  /* it refused the last one */
    LI_DESTINATION_FULL = 3      /* limits.destination_backlog records have no answer: more are refused for it, until there is room */
};

/* How a destination does. A hanging one holds its own backlog and nothing else. */
typedef struct li_destination_info {
    size_t size;
    const char *target;         /* as it was added, or as a config named it; borrowed for the call */
    const char *name;           /* of its table */
    uint64_t in_flight;         /* records without an answer */
    uint64_t taken;
    uint64_t refused;
    uint32_t failures;          /* in a row */
    int32_t state;              /* LI_DESTINATION_* */
} li_destination_info;

/* All destinations in order of target, those too that a config named and that made themselves when first used. each() may call
 * the engine. Errors: LI_E_NOMEM. Threads: any. Spec: REL-64. Since 0.1. */
LI_API li_status li_destination_each(li_engine *engine, void (*each)(void *user, const li_destination_info *info), void *user);

/* Errors: LI_E_NOT_FOUND. Records on their way still arrive. Threads: any. Since 0.1. */
LI_API li_status li_destination_remove(li_engine *engine, const char *target, size_t target_len);

/* A destination that calls you with each record; what you return is its answer. Called from any worker, or from
 * within a step of a driven engine. Errors: LI_E_NOMEM, LI_E_INVALID callback NULL. Since 0.1. */
typedef li_status (*li_record_callback)(void *user, const li_record *record);
LI_API li_status li_destination_callback_new(li_record_callback callback, void *user, li_destination *destination);

/* A directory as a bucket: a file for each record, with a key as INV-235:
 * aws/lambda/async/FUNCTION/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-UUID.
 * The file is written beside its place, flushed, moved there, and its directory flushed: a record that was taken is whole and
 * stays (LI_DESTINATION_DURABLE). A try that failed leaves no file at the key, or a whole one; the next try writes it again.
 *   path  copied; the directory exists
 *   io    ops are copied; self is the destination's from now on if ops->free is given (also on failure); NULL: the system's
 * Errors: LI_E_NOT_FOUND no such directory; LI_E_NOMEM; LI_E_INVALID, LI_E_NOTSUP io. A put: LI_E_NOSPC the disk is full, LI_E_FULL
 *         no descriptor is left (both are tried again), LI_E_DENIED, LI_E_IO. Threads: any. Spec: REL-7, REL-27, REL-102. Since 0.1. */
LI_API li_status li_destination_directory_new(const char *path, li_destination *destination, li_error *err);
LI_API li_status li_destination_directory_on(const li_io *io, const char *path, li_destination *destination, li_error *err);

#ifdef __cplusplus
}
#endif
#endif
