/* store.h - the vtable of stores that hold settings: functions, versions, aliases, event invoke configs, triggers,
 * mappings and their checkpoints; and the store in memory.
 *
 * A store has tables by name; a table has rows by key, in order of the keys' bytes. The engine writes each change of a
 * setting through its store before the change is seen, and reads all of them back when it is made; values are JSON
 * objects. The tables are "function", "version", "alias", "event-config", "provisioned", "trigger", "policy", "mapping" and
 * "checkpoint". */
#ifndef LAMBDAINVOKE_STORE_H
#define LAMBDAINVOKE_STORE_H

#include <lambdainvoke/allocator.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One row set or removed. All slices are borrowed for the call and measured (no LI_Z). */
typedef struct li_store_change {
    li_slice table;
    li_slice key;
    li_slice value;      /* not looked at in a removal */
    int32_t is_removal;  /* 1: the row goes; one that is not there is no error */
    uint32_t reserved;   /* 0 */
} li_store_change;

/* What a store gets from its engine at open. Valid until close. */
typedef struct li_store_host {
    size_t size;
    const li_allocator *allocator;
    uint64_t (*now_ms)(void *engine); /* the engine's Unix milliseconds; any thread */
    void *engine;
    int32_t is_virtual;               /* 1: that is a virtual clock's time */
    uint32_t reserved;                /* 0 */
} li_store_host;

enum { LI_STORE_DURABLE = 1 }; /* a write is on disk when it returns */

/* Every method may be called from any thread, several at once, except that open, close and free have the store to
 * themselves. get, write and each may block on the disk; they must not call the engine. After an error nothing has changed
 * unless a method says otherwise. */
typedef struct li_store_ops {
    size_t size;
    uint32_t version; /* 1 */
    uint32_t caps;    /* LI_STORE_* */
    const char *name;

    /* Once before all else, and again after a close. host is borrowed until close. LI_E_BUSY in use elsewhere; LI_E_CORRUPT
     * damaged, or not a store; LI_E_CLOCK written under the other kind of clock; LI_E_IO, LI_E_NOMEM. */
    li_status (*open)(void *self, const li_store_host *host, li_error *err);                      /* required */

    /* Look one row up: value(user, …) is called once before get returns, without a lock of the store that its other methods
     * take; the bytes are valid for that call. LI_E_NOT_FOUND no such row: value is not called. LI_E_IO, LI_E_CORRUPT. */
    li_status (*get)(void *self, li_slice table, li_slice key, void (*value)(void *user, const char *data, size_t len),
                     void *user);                                                                 /* required */

    /* All n changes or none, in their order; seen by every call that begins after it returns; on disk by then if the store is
     * DURABLE. LI_E_NOMEM, LI_E_NOSPC, LI_E_IO nothing has changed; LI_E_UNKNOWN it may be there after the next open. */
    li_status (*write)(void *self, const li_store_change *changes, size_t n, li_error *err);     /* required */

    /* The rows of a table in order of key bytes (a shorter key before a longer one that begins with it), as they were when it
     * was called. each() returning non-zero ends the walk; it must not call the store. A table that is not there is empty. */
    li_status (*each)(void *self, li_slice table, int32_t (*each)(void *user, li_slice key, li_slice value),
                      void *user);                                                                /* required */

    void (*close)(void *self);   /* forget the host; what was written stays */                    /* required */
    void (*free)(void *self);                                                                     /* NULL: caller keeps */
} li_store_ops;

typedef struct li_store {
    const li_store_ops *ops; /* static */
    void *self;
} li_store;

/* A store in memory: rows sorted by key. What it holds ends with it.
 *   allocator  borrowed for the store's life; NULL: malloc
 *   store      out: give it to li_engine_options.store, whose engine then frees it
 * Errors: LI_E_NOMEM. Threads: any. Since 0.1. */
LI_API li_status li_store_memory_new(const li_allocator *allocator, li_store *store);

#ifdef __cplusplus
}
#endif
#endif
