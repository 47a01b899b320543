/* sqlite.h - the queue and the store in one file: what its parts share.
 *
 * In memory: an event object for each event (header, and its bytes as far as the cache goes), in a heap of its lane while it
 * waits and in another while it is leased. On disk: a row an event. A change is made in memory at once and is "dirty" until a
 * commit has written it; puts and outcomes are requests that a commit answers.
 *
 * Lock order: db.lock (a commit, or anything else with the writing connection), then lock. Nothing that may touch the disk
 * is done under lock. Callbacks are called without either. */
#ifndef LII_SQLITE_SQLITE_H
#define LII_SQLITE_SQLITE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include <lambdainvoke/sqlite.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/heap.h"
#include "base/io.h"
#include "base/options.h"
#include "base/slice.h"
#include "base/table.h"

enum {
    LII_SQ_APPLICATION = 0x4C414D49,   /* "LAMI": of the file's header */
    LII_SQ_SCHEMA = 2,
    LII_SQ_HEAD = 56,                  /* bytes of a head on disk: header, lost starts, sum */
    LII_SQ_ROWS = 8,                   /* events that one statement writes */
    LII_SQ_BATCH = 4096,               /* changes of one transaction */
    LII_SQ_BATCH_BYTES = 8 << 20,
    LII_SQ_LOG_BYTES = 32 << 20,        /* of the log that are written over and over */
    LII_SQ_LOG_IDLE = 2 << 20,         /* of so many it goes into the file when nothing has happened for LII_SQ_IDLE_MS */
    LII_SQ_CHECK_BYTES = 1 << 20,      /* after so many the disk is asked whether there is room */
    LII_SQ_RESERVE = 4 << 20,          /* of disk space, so that what was accepted can be finished on a full disk */
    LII_SQ_GATHER_US = 50,             /* the least time in which somebody must join a commit that waits for more */
    LII_SQ_SELF_SERVED = 8,            /* commits in a row by callers, after which the committer is not woken for each */
    LII_SQ_IDLE_MS = 20,
    LII_SQ_LINGER_MS = 2               /* what nobody waits for is committed so much later, with what comes meanwhile */
};

typedef struct lii_crc_table {
    uint32_t t[8][256];
    int is_in_processor;         /* it has an instruction for it: the table is not used */
} lii_crc_table;

typedef struct lii_sq_event lii_sq_event;

enum {
    LII_SQ_DIRTY = 1,            /* on the list of changes */
    LII_SQ_GONE = 2,             /* acked: its row is to go */
    LII_SQ_STATE_ROW = 4,        /* has a row in state */
    LII_SQ_OUTCOME_ROW = 8,      /* has a row in outcome */
    LII_SQ_LEASED = 16,
    LII_SQ_LOADING = 32          /* its bytes are being read: the lease does not end meanwhile */
};

struct lii_sq_event {
    li_event_header header;
    lii_sq_event *next;          /* changes */
    lii_heap_node node;          /* of its lane's waiting, or leased */
    uint64_t seq;                /* of acceptance: the row's number */
    char *data;                  /* payload, tail: a block of its own, so that it can go; NULL: there are none, or only on disk */
    char *record;                /* of an outcome that was resolved before we opened; a block of its own */
    uint32_t record_len;
    uint32_t slot;               /* of its lease; 0: none */
    uint32_t old_slots;          /* of leases whose end is not on disk yet, by slot.next */
    uint8_t lost;                /* starts lost in a row */
    uint8_t flags;
    uint8_t outcome;
    uint8_t reserved;
};

/* A lease. Its number names the mark in FILE-lock; it is not used again until the lease's end is on disk. */
typedef struct lii_sq_slot {
    lii_sq_event *event;         /* NULL: ended */
    uint32_t generation;
    uint32_t next;               /* free, or old_slots */
} lii_sq_slot;

typedef struct lii_sq_lane {
    lii_heap waiting;            /* by (due, seq) */
    lii_heap leased;             /* by (end of lease, seq) */
    size_t promised;             /* leased or being put: waiting has room for them */
    uint64_t bytes;
    char *name;
    uint32_t name_len;
    int32_t is_stored;           /* has a row in lane */
} lii_sq_lane;

static inline lii_sq_event *lii_sq_event_at(lii_heap_node *node)
{
    return (lii_sq_event *)(void *)((char *)node - offsetof(lii_sq_event, node));
}

static inline lii_sq_event *lii_sq_event_of(const lii_heap_entry *entry)
{
    return lii_sq_event_at(entry->node);
}

enum { LII_SQ_PUT = 1, LII_SQ_RESOLVE = 2, LII_SQ_WRITE = 3, LII_SQ_SET_ASIDE = 4 };

/* What a commit answers. */
typedef struct lii_sq_request {
    struct lii_sq_request *next;
    li_queue_done done;
    void *user;
    li_status status;
    int32_t kind;
    uint64_t seq;                /* RESOLVE, SET_ASIDE */
    uint64_t bytes;              /* that it adds to the file */
    uint64_t at_ms;              /* SET_ASIDE */
    int32_t outcome;
    uint32_t reserved;
    const char *record;          /* RESOLVE: behind; SET_ASIDE: why */
    size_t record_len;
    const li_store_change *changes; /* WRITE: the caller's, who waits */
    size_t n;                    /* of changes, or events */
    lii_sq_event *events[];      /* PUT */
} lii_sq_request;

/* A change as a commit took it; it is tried again when the commit fails. */
typedef struct lii_sq_change {
    lii_sq_event *event;         /* GONE: the commit's alone */
    uint64_t seq;
    li_event_header header;
    uint32_t old_slots;
    uint8_t lost;
    uint8_t flags;               /* LII_SQ_GONE, …STATE_ROW, …OUTCOME_ROW */
    uint16_t reserved;
} lii_sq_change;

typedef struct lii_sq_gone {
    uint64_t seq;
    uint64_t flags;              /* LII_SQ_STATE_ROW, …OUTCOME_ROW */
} lii_sq_gone;

typedef struct lii_sq_statements {
    sqlite3_stmt *begin, *commit, *rollback, *put, *puts, *state, *outcome, *lane, *aside, *drop_events, *drop_states,
        *drop_outcomes, *setting, *unset, *key, *old_keys, *pages, *free_pages;
} lii_sq_statements;

typedef struct lii_sq_vfs lii_sq_vfs;

/* One value of each word a slot: {seq, starts}. */
typedef struct lii_sq_mark {
    _Atomic uint64_t seq;
    _Atomic uint64_t starts;
} lii_sq_mark;

typedef struct lii_sq {
    li_allocator allocator;
    char *path;
    char *side;                  /* FILE-lock, FILE-wal: a buffer to make their names */
    li_sqlite_options options;   /* path, vfs and io are not kept */
    lii_io io;
    lii_sq_vfs *vfs;             /* what SQLite works through; NULL: the system's own */
    atomic_uint refs;            /* queue, store */
    int lock_fd;
    int is_lock_new;             /* FILE-lock was made by this opening, which has the lock */
    int file_fd;                 /* of the file, for fallocate; -1: another VFS; closed after the connections */
    int wal_fd;
    uint64_t file_reserved;
    uint64_t wal_reserved;
    uint64_t disk_bytes;         /* of the whole file system; 0: not asked yet */
    uint64_t unchecked;          /* bytes written since there was room for LII_SQ_CHECK_BYTES more */
    lii_sq_mark *marks;          /* of FILE-lock, mapped; NULL: none */
    size_t n_marks;
    uint8_t store_id[16];
    uint64_t opened;             /* times the file was opened: names the marks that belong to it */
    uint64_t torn_frames;
    int schema_before;           /* of the file as it was opened; 0: it was made */
    char notes[4][160];          /* texts of notes: they live as long as we do */

    struct {
        pthread_mutex_t lock;
        sqlite3 *writer;
        lii_sq_statements st;
        uint32_t page_bytes;
        int wal_frames;
        int has_keys;            /* there are idempotency keys to forget, some day */
        int is_synced;           /* nothing unsynced in the WAL (LI_SYNC_INTERVAL) */
        uint64_t synced_ms;      /* monotonic */
        lii_sq_change *changes;  /* taken and not yet committed */
        size_t n_changes;
        lii_sq_gone *gone;       /* of them, those whose rows go: in order of number */
        struct {
            lii_sq_event *event;
            unsigned char head[LII_SQ_HEAD];
        } rows[LII_SQ_ROWS];     /* of this transaction, not yet written */
        size_t n_rows;
        uint32_t last_lane;      /* whose name this transaction has written, or found written */
        uint64_t uncertain;      /* accepts whose commit failed: unknown */
    } db;
    struct {
        pthread_mutex_t lock;
        sqlite3 *reader;
        sqlite3_stmt *event;
    } read;
    atomic_int is_broken;        /* read-only: a sync failed */
    atomic_int is_full;
    lii_crc_table crc;

    const li_queue_host *host;   /* NULL: no engine has the queue */
    int store_is_open;
    pthread_mutex_t lock;
    pthread_cond_t work;         /* something for the committer */
    pthread_cond_t idle;         /* a commit ended, and has answered */
    pthread_cond_t gathered;     /* as many as were wanted have asked */
    struct {
        lii_table names;         /* lane name -> number + 1 */
        lii_sq_lane *lanes;
        size_t n_lanes;
        size_t cap_lanes;
        lii_sq_slot *slots;
        uint32_t n_slots;
        uint32_t cap_slots;
        uint32_t free_slot;
        uint32_t n_held;         /* slots that are not free */
        uint64_t next_seq;
        uint64_t events;         /* waiting, leased and being put */
        uint64_t bytes;
        uint64_t cached;         /* of bytes: in memory */
        lii_sq_request *first;
        lii_sq_request *last;
        lii_sq_event *dirty_first;
        lii_sq_event *dirty_last;
        uint64_t asked;          /* requests ever */
        uint64_t settled;        /* of them, those that a commit has decided */
        uint64_t changed;        /* changes ever */
        uint64_t taken;          /* of them, those that a commit has taken */
        uint64_t crowd;          /* requests that the last commits answered, with those that came meanwhile: so many are awaited */
        uint64_t self_served;    /* commits since the committer's last, all made by callers that wait */
        uint64_t commit_us;      /* how long the last commit took */
        int n_gathering;         /* threads that wait for others to join */
        int is_threaded;
        int is_stopping;
        int is_waiting;          /* the committer, for work */
        int is_committing;       /* somebody has the turn: one at a time */
        int is_tidying;          /* and copies the log into the file */
        int is_log_used;         /* there is something to copy, if nothing else happens */
        int is_failing;          /* the last commit failed: what is left is tried again after a while */
    } locked;
    pthread_t committer;
} lii_sq;

/* ---- crc.c, head.c */
void lii_crc_init(lii_crc_table *table);
uint32_t lii_crc(const lii_crc_table *table, uint32_t crc, const void *data, size_t len); /* CRC-32C; 0 first */
void lii_sq_head_write(const lii_sq *q, const li_event_header *header, uint64_t seq, uint8_t lost, const char *data,
                       size_t len, unsigned char head[LII_SQ_HEAD]);
/* 0, or -1: the sum is wrong or the lengths are not those of the data. */
int lii_sq_head_read(const lii_sq *q, const unsigned char *head, size_t head_len, uint64_t seq, const char *data, size_t len,
                     li_event_header *header, uint8_t *lost);

/* ---- file.c */
li_status lii_sq_status(int rc);
li_status lii_sq_error(lii_sq *q, sqlite3 *db, const char *doing, li_error *err);
li_status lii_sq_run(sqlite3 *db, const char *sql);
li_status lii_sq_file_open(lii_sq *q, const char *vfs, int through_io, li_error *err);
void lii_sq_file_close(lii_sq *q);
li_status lii_sq_header_check(const lii_io *io, const char *path, uint32_t *page_bytes, li_error *err); /* 0: a new file */
li_status lii_sq_meta_get(sqlite3 *db, const char *key, char *out, size_t out_size); /* "" when it is not there */
li_status lii_sq_meta_set(sqlite3 *db, const char *key, const char *value, size_t len);
li_status lii_sq_clock_check(lii_sq *q, int is_virtual, li_error *err);
void lii_sq_release(lii_sq *q);

/* ---- wal.c */
li_status lii_sq_wal_scan(const lii_io *io, const char *path, uint32_t page_bytes, const li_allocator *allocator, uint64_t *torn,
                          li_error *err);

/* ---- vfs.c: SQLite over q->io. `below` is SQLite's name of the VFS for all that an io has no method for; NULL: the default one */
li_status lii_sq_vfs_begin(lii_sq *q, const char *below, li_error *err);
const char *lii_sq_vfs_name(const lii_sq *q);
void lii_sq_vfs_end(lii_sq *q);                /* after the connections */

/* ---- lock.c: FILE-lock */
li_status lii_sq_lock(lii_sq *q, li_error *err);
void lii_sq_unlock(lii_sq *q);
void lii_sq_lock_forget(lii_sq *q);           /* with the lock: FILE-lock goes if this opening has made it */
int lii_sq_marks_are_ours(const lii_sq *q);   /* of the opening before this one */
void lii_sq_marks_begin(lii_sq *q);           /* cleared, for this opening */
void lii_sq_note_start(lii_sq *q, uint32_t slot, uint64_t seq, uint64_t starts);

/* ---- space.c */
int lii_sq_has_room(lii_sq *q, uint64_t bytes);  /* with db.lock; 0: the disk or the quota is full */
void lii_sq_log_fill(lii_sq *q);                 /* with db.lock */
void lii_sq_reserve_again(lii_sq *q);            /* with db.lock; after a checkpoint */

/* ---- load.c */
li_status lii_sq_load(lii_sq *q, li_error *err);
li_status lii_sq_read_data(lii_sq *q, lii_sq_event *event, char *out); /* LI_E_CORRUPT, LI_E_IO */

/* ---- write.c: with db.lock. SQLite's status; *is_late: it failed in COMMIT, where only the disk knows what is there */
int lii_sq_transaction(lii_sq *q, lii_sq_request *requests, int *is_late);

/* ---- keys.c: idempotency keys of accepted events; with db.lock */
int lii_sq_key_write(lii_sq *q, const li_event_header *header, const char *tail); /* SQLite's status */
li_status lii_sq_keys_tell(lii_sq *q);           /* to the host, oldest first */
void lii_sq_keys_forget(lii_sq *q);              /* those that are over */

/* ---- commit.c */
int lii_sq_turn_locked(lii_sq *q);             /* 1: the caller commits next, without the lock; 0: somebody does, wait for idle */
void lii_sq_commit(lii_sq *q);                 /* with the turn, which it ends: what waits, in one transaction; calls back */
void lii_sq_flush(lii_sq *q);                  /* until what waits now has been decided: by this thread, or one that is at it */
void lii_sq_ask_locked(lii_sq *q, lii_sq_request *request);
void lii_sq_changed_locked(lii_sq *q, lii_sq_event *event);
li_status lii_sq_drive(lii_sq *q, int is_threaded);
void lii_sq_note(lii_sq *q, const char *why);

/* ---- events.c: what is in memory */
/* payload NULL: its bytes are only on disk */
lii_sq_event *lii_sq_event_new(lii_sq *q, const li_event_header *header, const char *payload, const char *tail);
void lii_sq_event_free(lii_sq *q, lii_sq_event *event);
size_t lii_sq_bytes(const lii_sq_event *event);
void lii_sq_wait_locked(lii_sq *q, lii_sq_event *event);      /* into its lane, which has room */
li_status lii_sq_lane_locked(lii_sq *q, const char *name, size_t len, uint32_t *number);
void lii_sq_slots_free_locked(lii_sq *q, uint32_t first);
void lii_sq_events_end(lii_sq *q);                            /* all of them, and the lanes */

/* ---- look.c */
void lii_sq_each(void *self, uint32_t lane, int32_t (*each)(void *user, const li_event_header *header, int32_t is_leased),
                 void *user);
void lii_sq_stats(void *self, uint32_t lane, li_queue_stats *stats);

/* ---- queue.c, store.c */
extern const li_queue_ops lii_sq_queue_ops;
extern const li_store_ops lii_sq_store_ops;
li_status lii_sq_write_settings(lii_sq *q, const li_store_change *changes, size_t n);

#endif
