/* file.c - the file: looked over, opened, made or brought to the present schema, closed. Nothing here replaces a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "sqlite/sqlite.h"

/* ---- errors */

li_status lii_sq_status(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return LI_OK;
    case SQLITE_NOMEM:
        return LI_E_NOMEM;
    case SQLITE_FULL:
        return LI_E_NOSPC;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return LI_E_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return LI_E_BUSY;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return LI_E_DENIED;
    case SQLITE_IOERR:
        return rc == SQLITE_IOERR_NOMEM ? LI_E_NOMEM : LI_E_IO;
    default:
        return LI_E_IO;
    }
}

li_status lii_sq_error(lii_sq *q, sqlite3 *db, const char *doing, li_error *err)
{
    int rc = sqlite3_extended_errcode(db), why = sqlite3_system_errno(db);
    li_status status = lii_sq_status(rc);

    if (status == LI_OK)
        status = LI_E_IO;
    if (status == LI_E_IO && (why == EACCES || why == EPERM || why == EROFS || (rc & 0xff) == SQLITE_READONLY))
        status = LI_E_DENIED;
    if (status == LI_E_CORRUPT)
        return lii_fail(err, status, LI_DETAIL_SQLITE_DAMAGED, q->path, LI_Z,
                        "%s is damaged (%s: %s); it was not changed. See what can be read: lambdainvoke queue check FILE, "
                        "lambdainvoke queue export FILE", q->path, doing, sqlite3_errmsg(db));
    return lii_fail(err, status, status == LI_E_NOSPC ? LI_DETAIL_SQLITE_FULL : LI_DETAIL_SQLITE_FILE, q->path, LI_Z,
                    "%s: %s: %s%s%s", q->path, doing, sqlite3_errmsg(db), why ? ": " : "", why ? strerror(why) : "");
}

li_status lii_sq_run(sqlite3 *db, const char *sql)
{
    return lii_sq_status(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* ---- before SQLite sees it */

static uint32_t big32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The caller has the lock: a descriptor that closes here would end the locks of a connection of this process. */
li_status lii_sq_header_check(const lii_io *io, const char *path, uint32_t *page_bytes, li_error *err)
{
    int fd = lii_io_open(io, path, O_RDONLY, 0);
    unsigned char h[100];
    int64_t n = fd;

    *page_bytes = 0;
    if (fd == -ENOENT)
        return LI_OK;
    if (fd >= 0) {
        n = lii_io_pread(io, fd, h, sizeof h, 0);
        lii_io_close(io, fd);
    }
    if (n < 0)
        return lii_fail(err, lii_io_status((int)n), LI_DETAIL_SQLITE_FILE, path, LI_Z, "%s: %s", path, strerror((int)-n));
    if (n == 0)
        return LI_OK;
    if (n < (int64_t)sizeof h || memcmp(h, "SQLite format 3", 16) != 0 || big32(h + 68) != LII_SQ_APPLICATION)
        return lii_fail(err, LI_E_CORRUPT, LI_DETAIL_SQLITE_FOREIGN, path, LI_Z,
                        "%s is not a queue of lambdainvoke (or its first page is damaged); it was not changed. Give another "
                        "file, or see: lambdainvoke queue check FILE", path);
    if (big32(h + 60) > LII_SQ_SCHEMA)
        return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_SQLITE_NEWER, path, LI_Z,
                        "%s has schema %u, this library knows %d; it was not changed. Use the library that wrote it, or a newer one",
                        path, big32(h + 60), LII_SQ_SCHEMA);
    *page_bytes = (uint32_t)h[16] << 8 | h[17];
    if (*page_bytes == 1)
        *page_bytes = 65536;
    return LI_OK;
}

/* ---- schema */

static const char schema_1[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;"
    "CREATE TABLE lane(id INTEGER PRIMARY KEY, name BLOB NOT NULL, sum INTEGER NOT NULL);"
    /* an accepted event; head: the fixed 48 bytes, lost starts, sum */
    "CREATE TABLE event(seq INTEGER PRIMARY KEY, head BLOB NOT NULL, data BLOB NOT NULL);"
    /* the head of an event that has been tried: instead of the first, so that a payload is written once */
    "CREATE TABLE state(seq INTEGER PRIMARY KEY, head BLOB NOT NULL);"
    "CREATE TABLE outcome(seq INTEGER PRIMARY KEY, outcome INTEGER NOT NULL, sum INTEGER NOT NULL, record BLOB NOT NULL);"
    "CREATE TABLE quarantine(seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, why TEXT NOT NULL, head BLOB, data BLOB);"
    "CREATE TABLE setting(tab BLOB, key BLOB, value BLOB NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY(tab, key)) WITHOUT ROWID;";

/* keys of accepted events: they outlive their rows */
static const char schema_2[] =
    "CREATE TABLE idempotency(lane INTEGER, key BLOB, id BLOB NOT NULL, accepted_ms INTEGER NOT NULL, sum INTEGER NOT NULL, "
    "PRIMARY KEY(lane, key)) WITHOUT ROWID;"
    "CREATE INDEX idempotency_age ON idempotency(accepted_ms);";

/* What brings a file of schema i to schema i + 1. A file of an older release opens; one of a newer is refused. */
static const char *const migrations[LII_SQ_SCHEMA] = { schema_1, schema_2 };

li_status lii_sq_meta_get(sqlite3 *db, const char *key, char *out, size_t out_size)
{
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = ?", -1, &st, NULL);
    size_t len;

    memset(out, 0, out_size);
    if (rc != SQLITE_OK)
        return lii_sq_status(rc);
    sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        len = (size_t)sqlite3_column_bytes(st, 0);
        if (len > 0)
            memcpy(out, sqlite3_column_blob(st, 0), len < out_size ? len : out_size);
    }
    rc = sqlite3_finalize(st);
    return lii_sq_status(rc);
}

li_status lii_sq_meta_set(sqlite3 *db, const char *key, const char *value, size_t len)
{
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)", -1, &st, NULL);

    if (rc != SQLITE_OK)
        return lii_sq_status(rc);
    sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_blob(st, 2, value, (int)len, SQLITE_STATIC);
    sqlite3_step(st);
    return lii_sq_status(sqlite3_finalize(st));
}

static int number_of(sqlite3 *db, const char *pragma, int64_t *out)
{
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(db, pragma, -1, &st, NULL);

    if (rc != SQLITE_OK)
        return rc;
    if (sqlite3_step(st) == SQLITE_ROW)
        *out = sqlite3_column_int64(st, 0);
    return sqlite3_finalize(st);
}

/* In one transaction: all of it, or the file is as before. */
static li_status migrate(lii_sq *q, sqlite3 *db, li_error *err)
{
    char pragma[100];
    int64_t version = 0;
    li_status status = lii_sq_status(number_of(db, "PRAGMA user_version", &version));
    int is_new = version == 0;

    if (status != LI_OK)
        return lii_sq_error(q, db, "reading its schema", err);
    q->schema_before = (int)version;
    if (version == LII_SQ_SCHEMA)
        return LI_OK;
    status = lii_sq_run(db, "BEGIN IMMEDIATE");
    for (; status == LI_OK && version < LII_SQ_SCHEMA; version++)
        status = lii_sq_run(db, migrations[version]);
    if (status == LI_OK && is_new) {
        lii_random random;

        lii_random_seed(&random, lii_random_system_seed());
        lii_random_id(&random, (li_id *)(void *)q->store_id);
        status = lii_sq_meta_set(db, "id", (const char *)q->store_id, sizeof q->store_id);
    }
    snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d; PRAGMA application_id = %d", LII_SQ_SCHEMA, LII_SQ_APPLICATION);
    if (status == LI_OK)
        status = lii_sq_run(db, pragma);
    if (status == LI_OK)
        status = lii_sq_run(db, "COMMIT");
    if (status != LI_OK) {
        lii_sq_error(q, db, "making its tables", err);
        lii_sq_run(db, "ROLLBACK");
    }
    return status;
}

/* A new file is made under another name and moved into place when it is whole: a crash in between leaves nothing that would be
 * taken for somebody else's file. */
static li_status make_file(lii_sq *q, const char *vfs, li_error *err)
{
    char *fresh = q->side, pragma[60];
    sqlite3 *db = NULL;
    li_status status = LI_OK;
    int got = 0;

    strcpy(fresh + strlen(q->path), "-new");
    lii_io_unlink(&q->io, fresh);
    if (sqlite3_open_v2(fresh, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, vfs) != SQLITE_OK)
        status = db ? lii_sq_error(q, db, "making it", err) : LI_E_NOMEM;
    snprintf(pragma, sizeof pragma, "PRAGMA page_size = %u; PRAGMA synchronous = FULL", q->options.page_bytes);
    if (status == LI_OK && (sqlite3_extended_result_codes(db, 1) != SQLITE_OK || lii_sq_run(db, pragma) != LI_OK))
        status = lii_sq_error(q, db, "making it", err);
    if (status == LI_OK)
        status = migrate(q, db, err);
    sqlite3_close(db);
    if (status == LI_OK)
        got = lii_io_rename(&q->io, fresh, q->path);
    if (status == LI_OK && got == 0)
        got = lii_io_sync_parent(&q->io, q->path);
    if (got < 0)
        status = lii_fail(err, lii_io_status(got), LI_DETAIL_SQLITE_FILE, q->path, LI_Z, "%s: making it: %s", q->path, strerror(-got));
    if (status != LI_OK)
        lii_io_unlink(&q->io, fresh);
    return status;
}

/* ---- connections */

static li_status set_up_writer(lii_sq *q, li_error *err)
{
    static const char *const modes[] = { "", "FULL", "NORMAL", "NORMAL" };
    char sql[100];
    char mode[16] = "";
    sqlite3_stmt *st;

    sqlite3_extended_result_codes(q->db.writer, 1);
    sqlite3_busy_timeout(q->db.writer, 10000);
    if (lii_sq_run(q->db.writer, "PRAGMA cache_spill = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; "
                                 "PRAGMA secure_delete = OFF; PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF") != LI_OK)
        return lii_sq_error(q, q->db.writer, "opening it", err);
    if (sqlite3_prepare_v2(q->db.writer, "PRAGMA journal_mode = WAL", -1, &st, NULL) != SQLITE_OK)
        return lii_sq_error(q, q->db.writer, "opening it", err);
    if (sqlite3_step(st) == SQLITE_ROW)
        snprintf(mode, sizeof mode, "%s", (const char *)sqlite3_column_text(st, 0));
    if (sqlite3_finalize(st) != SQLITE_OK)
        return lii_sq_error(q, q->db.writer, "opening it", err);
    if (strcmp(mode, "wal") != 0)
        return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_SQLITE_FILE, q->path, LI_Z,
                        "%s: a write-ahead log is not possible there (journal mode \"%s\"); use a local file system", q->path, mode);
    snprintf(sql, sizeof sql, "PRAGMA synchronous = %s; PRAGMA wal_autocheckpoint = 0", modes[q->options.sync]);
    if (lii_sq_run(q->db.writer, sql) != LI_OK)
        return lii_sq_error(q, q->db.writer, "opening it", err);
    return LI_OK;
}

static int note_frames(void *user, sqlite3 *db, const char *name, int frames)
{
    lii_sq *q = user;

    (void)db;
    (void)name;
    q->db.wal_frames = frames;
    return SQLITE_OK;
}

static li_status check_structure(lii_sq *q, li_error *err)
{
    char first[200] = "";
    sqlite3_stmt *st;

    if (q->options.check == LI_SQLITE_CHECK_ROWS)
        return LI_OK;
    if (sqlite3_prepare_v2(q->db.writer, "PRAGMA quick_check(1)", -1, &st, NULL) != SQLITE_OK)
        return lii_sq_error(q, q->db.writer, "checking it", err);
    if (sqlite3_step(st) == SQLITE_ROW)
        snprintf(first, sizeof first, "%s", (const char *)sqlite3_column_text(st, 0));
    if (sqlite3_finalize(st) != SQLITE_OK)
        return lii_sq_error(q, q->db.writer, "checking it", err);
    if (strcmp(first, "ok") != 0)
        return lii_fail(err, LI_E_CORRUPT, LI_DETAIL_SQLITE_DAMAGED, q->path, LI_Z,
                        "%s is damaged (%.120s); it was not changed. See what can be read: lambdainvoke queue check FILE, "
                        "lambdainvoke queue export FILE", q->path, first);
    return LI_OK;
}

static li_status read_meta(lii_sq *q, li_error *err)
{
    char text[24];
    li_status status = lii_sq_meta_get(q->db.writer, "id", (char *)q->store_id, sizeof q->store_id);

    if (status == LI_OK)
        status = lii_sq_meta_get(q->db.writer, "opened", text, sizeof text - 1);
    if (status != LI_OK)
        return lii_sq_error(q, q->db.writer, "reading it", err);
    text[sizeof text - 1] = '\0';
    q->opened = strtoull(text, NULL, 10);
    return LI_OK;
}

/* Reserving space is done on descriptors of our own; ours of the file closes last (SQLite's locks are the process's). */
static void open_own(lii_sq *q)
{
    q->file_fd = lii_io_open(&q->io, q->path, O_RDWR, 0);
    strcpy(q->side + strlen(q->path), "-wal");
    q->wal_fd = lii_io_open(&q->io, q->side, O_RDWR, 0);
}

static li_status prepare(lii_sq *q, li_error *err)
{
    lii_sq_statements *s = &q->db.st;
    struct {
        sqlite3_stmt **st;
        const char *sql;
    } all[] = {
        { &s->begin, "BEGIN IMMEDIATE" },
        { &s->commit, "COMMIT" },
        { &s->rollback, "ROLLBACK" },
        { &s->put, "INSERT OR ROLLBACK INTO event(seq, head, data) VALUES(?, ?, ?)" },
        { &s->puts, "INSERT OR ROLLBACK INTO event(seq, head, data) VALUES(?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), "
                    "(?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?)" },
        { &s->state, "INSERT OR REPLACE INTO state(seq, head) VALUES(?, ?)" },
        { &s->outcome, "INSERT OR REPLACE INTO outcome(seq, outcome, sum, record) VALUES(?, ?, ?, ?)" },
        { &s->lane, "INSERT OR REPLACE INTO lane(id, name, sum) VALUES(?, ?, ?)" },
        { &s->aside, "INSERT OR REPLACE INTO quarantine(seq, at_ms, why, head, data) SELECT seq, ?2, ?3, head, data FROM event WHERE seq = ?1" },
        { &s->drop_events, "DELETE FROM event WHERE seq BETWEEN ? AND ?" },
        { &s->drop_states, "DELETE FROM state WHERE seq BETWEEN ? AND ?" },
        { &s->drop_outcomes, "DELETE FROM outcome WHERE seq BETWEEN ? AND ?" },
        { &s->setting, "INSERT OR REPLACE INTO setting(tab, key, value, sum) VALUES(?, ?, ?, ?)" },
        { &s->unset, "DELETE FROM setting WHERE tab = ? AND key = ?" },
        { &s->key, "INSERT OR REPLACE INTO idempotency(lane, key, id, accepted_ms, sum) VALUES(?, ?, ?, ?, ?)" },
        { &s->old_keys, "DELETE FROM idempotency WHERE accepted_ms < ?" },
        { &s->pages, "PRAGMA page_count" },
        { &s->free_pages, "PRAGMA freelist_count" },
    };
    size_t i;

    for (i = 0; i < sizeof all / sizeof all[0]; i++)
        if (sqlite3_prepare_v3(q->db.writer, all[i].sql, -1, SQLITE_PREPARE_PERSISTENT, all[i].st, NULL) != SQLITE_OK)
            return lii_sq_error(q, q->db.writer, "reading its tables", err);
    if (sqlite3_prepare_v3(q->read.reader, "SELECT head, data FROM event WHERE seq = ?", -1, SQLITE_PREPARE_PERSISTENT,
                           &q->read.event, NULL) != SQLITE_OK)
        return lii_sq_error(q, q->read.reader, "reading its tables", err);
    return LI_OK;
}

li_status lii_sq_file_open(lii_sq *q, const char *vfs, int through_io, li_error *err)
{
    uint32_t page_bytes;
    int64_t actual = 0;
    li_status status = lii_sq_lock(q, err);

    if (status == LI_OK && through_io) {
        status = lii_sq_vfs_begin(q, vfs, err);
        vfs = status == LI_OK ? lii_sq_vfs_name(q) : NULL;
    }

    if (status == LI_OK)
        status = lii_sq_header_check(&q->io, q->path, &page_bytes, err);
    strcpy(q->side + strlen(q->path), "-wal");
    if (status == LI_OK)
        status = lii_sq_wal_scan(&q->io, q->side, page_bytes, &q->allocator, &q->torn_frames, err);
    if (status == LI_OK && page_bytes == 0)
        status = make_file(q, vfs, err);
    if (status != LI_OK)
        return status;
    if (sqlite3_open_v2(q->path, &q->db.writer, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, vfs) != SQLITE_OK)
        return q->db.writer ? lii_sq_error(q, q->db.writer, "opening it", err) : LI_E_NOMEM;
    status = set_up_writer(q, err);
    if (status == LI_OK && page_bytes)
        status = check_structure(q, err);
    if (status == LI_OK)
        status = migrate(q, q->db.writer, err);
    if (status == LI_OK)
        status = read_meta(q, err);
    if (status != LI_OK)
        return status;
    number_of(q->db.writer, "PRAGMA page_size", &actual);
    q->db.page_bytes = (uint32_t)actual;
    sqlite3_wal_hook(q->db.writer, note_frames, q);
    if (sqlite3_open_v2(q->path, &q->read.reader, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, vfs) != SQLITE_OK)
        return q->read.reader ? lii_sq_error(q, q->read.reader, "opening it to read", err) : LI_E_NOMEM;
    sqlite3_extended_result_codes(q->read.reader, 1);
    sqlite3_busy_timeout(q->read.reader, 10000);
    open_own(q);
    return prepare(q, err);
}

static void close_connection(sqlite3 *db)
{
    sqlite3_stmt *st;

    while (db && (st = sqlite3_next_stmt(db, NULL)) != NULL)
        sqlite3_finalize(st);
    sqlite3_close(db);
}

void lii_sq_file_close(lii_sq *q)
{
    close_connection(q->read.reader);
    /* a store that a failed sync made read-only is left as it is: closing must not write what may not have been written */
    if (atomic_load(&q->is_broken) && q->db.writer)
        sqlite3_db_config(q->db.writer, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    close_connection(q->db.writer);
    q->read.reader = q->db.writer = NULL;
    if (q->wal_fd >= 0)
        lii_io_close(&q->io, q->wal_fd);
    if (q->file_fd >= 0) {
        struct stat st;

        if (fstat(q->file_fd, &st) == 0 && lii_io_truncate(&q->io, q->file_fd, (uint64_t)st.st_size) < 0)  /* gives reserved blocks back */
            atomic_store(&q->is_full, 1);
        lii_io_close(&q->io, q->file_fd);
    }
    q->wal_fd = q->file_fd = -1;
    lii_sq_vfs_end(q);
    lii_sq_unlock(q);
}

li_status lii_sq_clock_check(lii_sq *q, int is_virtual, li_error *err)
{
    char kind[16];
    li_status status;

    pthread_mutex_lock(&q->db.lock);
    status = lii_sq_meta_get(q->db.writer, "clock", kind, sizeof kind - 1);
    if (status == LI_OK && !is_virtual && strcmp(kind, "virtual") == 0)
        status = lii_fail(err, LI_E_CLOCK, LI_DETAIL_SQLITE_CLOCK, q->path, LI_Z,
                          "%s was written under a virtual clock: its times mean nothing to a real one. Open it with a virtual "
                          "clock, or give another file", q->path);
    else if (status == LI_OK && kind[0] == '\0')
        status = lii_sq_meta_set(q->db.writer, "clock", is_virtual ? "virtual" : "real", is_virtual ? 7 : 4);
    else if (status == LI_OK && is_virtual && strcmp(kind, "real") == 0)
        status = lii_fail(err, LI_E_CLOCK, LI_DETAIL_SQLITE_CLOCK, q->path, LI_Z,
                          "%s was written under the real clock: a virtual one would mix its times with others. Give another "
                          "file", q->path);
    else if (status != LI_OK)
        lii_sq_error(q, q->db.writer, "reading its clock", err);
    pthread_mutex_unlock(&q->db.lock);
    return status;
}
