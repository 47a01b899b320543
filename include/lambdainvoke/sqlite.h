/* sqlite.h - a durable queue and store of settings in one SQLite file: the part liblambdainvoke-sqlite.
 *
 * What was accepted is on disk before it is reported (WAL, synchronous=FULL). One connection writes and checkpoints. In a
 * threaded engine a thread of the queue turns all that waits into one transaction, so that the cost of each falls as load
 * grows; in a driven one that happens once a step. Headers of all events are in memory (about 150 bytes each); payloads are as
 * far as cache_bytes goes and are read from the file beyond it.
 *
 * Beside FILE are FILE-wal and FILE-shm of SQLite and FILE-lock of ours: it names the owner, and it notes which handlers run,
 * so that a start is known after kill -9 although nothing was written to the disk for it. With threads FILE-wal is written
 * ahead, 32 MB of it, since overwriting is flushed sooner than growing; it goes into FILE when it is full, and before that
 * when it has 2 MB and nothing happens for 20 ms. Idempotency keys are rows of their own and outlive their events for their
 * window. A file of an older release is brought to the present schema at open. SQLite's own memory comes from SQLite;
 * everything else from the allocator. Linux. */
#ifndef LAMBDAINVOKE_SQLITE_H
#define LAMBDAINVOKE_SQLITE_H

#include <lambdainvoke/io.h>
#include <lambdainvoke/part.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    LI_SYNC_FULL = 1,     /* accepted means flushed: nothing is lost by a crash of the machine either */
    LI_SYNC_INTERVAL = 2, /* flushed within sync_interval_ms: a crash of the machine loses that much, one of the process nothing */
    LI_SYNC_NONE = 3      /* the operating system flushes when it likes (about 30 s); one of the process loses nothing */
};

enum {
    LI_SQLITE_CHECK_QUICK = 0, /* at open: PRAGMA quick_check, and the sum of every row */
    LI_SQLITE_CHECK_ROWS = 1   /* only the sum of every row */
};

typedef struct li_sqlite_options {
    size_t size;
    li_slice path;               /* required; made when it is not there */
    const li_allocator *allocator; /* borrowed for the backends' lives; NULL: malloc */
    const char *vfs;             /* SQLite's name of a VFS; borrowed for the call; NULL: the default one */
    uint64_t cache_bytes;        /* payloads kept in memory; default 16 MiB */
    uint64_t quota_bytes;        /* pages in use beyond: accepts are refused with LI_E_NOSPC, the rest goes on; 0: no quota */
    uint64_t retention_ms;       /* damaged rows that were set aside are kept so long; default 14 days */
    uint32_t sync_interval_ms;   /* of LI_SYNC_INTERVAL; default 1000 */
    int32_t sync;                /* LI_SYNC_*; default LI_SYNC_FULL */
    int32_t check;               /* LI_SQLITE_CHECK_* */
    uint32_t page_bytes;         /* of a new file; default 32768 */
    const li_io *io;             /* under FILE, FILE-wal and FILE-lock: our own calls and SQLite's, by a VFS over vfs. ops are copied;
                                    self is the file's from the call on if ops->free is given. NULL: the system's, without that VFS */
} li_sqlite_options;
#define LI_SQLITE_OPTIONS_INIT                                                                           \
    { sizeof(li_sqlite_options), { NULL, 0 }, NULL, NULL, UINT64_C(16777216), 0u, UINT64_C(1209600000), \
      1000u, LI_SYNC_FULL, LI_SQLITE_CHECK_QUICK, 32768u, NULL }
LI_API li_status li_sqlite_options_init(li_sqlite_options *options, size_t size);

/* Open or make a file. It is one process's at a time, and stays so until what was asked for has been freed.
 *   options  borrowed for the call
 *   queue    out, for li_engine_options.queue; NULL: not wanted
 *   store    out, for li_engine_options.store; NULL: not wanted. Both may go to one engine, or each to an engine of its own
 * Errors: LI_E_BUSY another process (or this one) has it open: the text has its pid; LI_E_CORRUPT damaged, or not a file of
 *         ours; LI_E_NOTSUP of a newer version of the library; LI_E_DENIED no permission, or a read-only place; LI_E_NOSPC,
 *         LI_E_IO, LI_E_NOMEM; LI_E_INVALID options. The file is not changed then, and never replaced. The engine's open adds
 *         LI_E_CLOCK: written under a virtual clock, and this one is real, or the other way round.
 * Threads: any. Spec: REL-4, REL-20..32, REL-102. Since 0.1. */
LI_API li_status li_sqlite_open(const li_sqlite_options *options, li_queue *queue, li_store *store, li_error *err);

/* What an inspection found. */
typedef struct li_sqlite_report {
    size_t size;
    uint64_t events;         /* that can be read */
    uint64_t bytes;          /* of their payloads */
    uint64_t damaged;        /* rows whose sum is wrong */
    uint64_t quarantined;    /* rows set aside earlier */
    uint64_t settings;       /* rows of the store */
    uint64_t torn_frames;    /* at the end of the WAL: written and never committed, or lost with a crash of the machine */
    uint64_t file_bytes;
    uint32_t schema;
    int32_t is_virtual;      /* written under a virtual clock */
} li_sqlite_report;
#define LI_SQLITE_REPORT_INIT { sizeof(li_sqlite_report), 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0 }
LI_API li_status li_sqlite_report_init(li_sqlite_report *report, size_t size);

/* Look a file over without changing it: its structure and every row.
 *   path     borrowed; path_len may be LI_Z      report  out, also on LI_E_CORRUPT as far as it came
 *   say      called with each finding, a line of text without its end; may be NULL
 * Errors: LI_E_NOT_FOUND; LI_E_CORRUPT something is damaged (say has said what); LI_E_NOTSUP newer; LI_E_IO, LI_E_NOMEM.
 * Threads: any; also while another process has the file open. Spec: REL-22, REL-23. Since 0.1. */
LI_API li_status li_sqlite_check(const char *path, size_t path_len, li_sqlite_report *report,
                                 void (*say)(void *user, const char *line), void *user, li_error *err);

/* Read out what can be read, as JSON lines: {"event":{…}} with the payload as text, or as base64 when it is not UTF-8, and
 * {"setting":{…}}. Damaged rows are left out and counted.
 *   write  called with pieces of the text; other than LI_OK ends the export with that status
 * Errors: as li_sqlite_check; LI_E_CORRUPT when something was left out, after all the rest. Threads: any. Since 0.1. */
LI_API li_status li_sqlite_export(const char *path, size_t path_len, li_sqlite_report *report,
                                  li_status (*write)(void *user, const char *text, size_t text_len), void *user, li_error *err);

/* Copy a file, consistent as of one moment, also while it is open elsewhere. to must not exist.
 * Errors: as li_sqlite_check; LI_E_CONFLICT to exists; LI_E_NOSPC. A half copy is removed. Threads: any. Since 0.1. */
LI_API li_status li_sqlite_backup(const char *path, size_t path_len, const char *to, size_t to_len, li_error *err);

/* The part, for li_part_open: "sqlite:FILE[?sync=full|interval|none&quota=BYTES&cache=BYTES]". */
LI_API const li_part *li_part_sqlite(void);

#ifdef __cplusplus
}
#endif
#endif
