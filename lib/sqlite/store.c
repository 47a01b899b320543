/* store.c - the store of settings in the same file. */
#include <string.h>

#include "sqlite/sqlite.h"

static li_status store_open(void *self, const li_store_host *host, li_error *err)
{
    lii_sq *q = self;
    li_status status;

    if (q->store_is_open)
        return lii_fail(err, LI_E_BUSY, LI_DETAIL_SQLITE_BUSY, q->path, LI_Z, "the store of %s is in use by an engine", q->path);
    status = lii_sq_clock_check(q, host->is_virtual, err);
    q->store_is_open = status == LI_OK;
    return status;
}

static int is_whole(const lii_sq *q, li_slice table, li_slice key, li_slice value, uint32_t sum)
{
    uint32_t crc = lii_crc(&q->crc, 0, table.ptr, table.len);

    crc = lii_crc(&q->crc, crc, key.ptr, key.len);
    return lii_crc(&q->crc, crc, value.ptr, value.len) == sum;
}

static li_slice column(sqlite3_stmt *st, int i)
{
    li_slice s;

    s.ptr = sqlite3_column_blob(st, i);
    s.len = (size_t)sqlite3_column_bytes(st, i);
    if (!s.ptr)
        s.ptr = "";
    return s;
}

static li_status prepare(lii_sq *q, const char *sql, li_slice table, li_slice key, sqlite3_stmt **st)
{
    int rc = sqlite3_prepare_v2(q->read.reader, sql, -1, st, NULL);

    if (rc != SQLITE_OK)
        return lii_sq_status(rc);
    sqlite3_bind_blob(*st, 1, table.len ? table.ptr : "", (int)table.len, SQLITE_STATIC);
    if (key.ptr)
        sqlite3_bind_blob(*st, 2, key.len ? key.ptr : "", (int)key.len, SQLITE_STATIC);
    return LI_OK;
}

static li_status store_get(void *self, li_slice table, li_slice key,
                           void (*value)(void *user, const char *data, size_t len), void *user)
{
    lii_sq *q = self;
    char *copy = NULL;
    size_t len = 0;
    sqlite3_stmt *st;
    li_status status;
    int rc;

    if (!key.ptr)
        key.ptr = "";
    pthread_mutex_lock(&q->read.lock);
    status = prepare(q, "SELECT value, sum FROM setting WHERE tab = ? AND key = ?", table, key, &st);
    if (status == LI_OK) {
        rc = sqlite3_step(st);
        if (rc == SQLITE_ROW) {
            li_slice found = column(st, 0);

            len = found.len;
            if (!is_whole(q, table, key, found, (uint32_t)sqlite3_column_int64(st, 1)))
                status = LI_E_CORRUPT;
            else if ((copy = lii_copy_text(&q->allocator, found.ptr, len)) == NULL)
                status = LI_E_NOMEM;
        } else {
            status = rc == SQLITE_DONE ? LI_E_NOT_FOUND : lii_sq_status(rc);
        }
        sqlite3_finalize(st);
    }
    pthread_mutex_unlock(&q->read.lock);
    if (status == LI_OK)
        value(user, copy, len);
    lii_free(&q->allocator, copy);
    return status;
}

/* A row in a buffer: two lengths, key, value. */
static li_status keep_row(lii_buf *rows, li_slice key, li_slice value)
{
    lii_buf_add(rows, &key.len, sizeof key.len);
    lii_buf_add(rows, &value.len, sizeof value.len);
    lii_buf_add(rows, key.ptr, key.len);
    return lii_buf_add(rows, value.ptr, value.len);
}

static li_status read_rows(lii_sq *q, li_slice table, lii_buf *rows, size_t *n_damaged)
{
    li_slice none = { NULL, 0 };
    sqlite3_stmt *st;
    li_status status;
    int rc = SQLITE_DONE;

    pthread_mutex_lock(&q->read.lock);
    status = prepare(q, "SELECT key, value, sum FROM setting WHERE tab = ? ORDER BY key", table, none, &st);
    if (status == LI_OK) {
        while (status == LI_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
            if (is_whole(q, table, column(st, 0), column(st, 1), (uint32_t)sqlite3_column_int64(st, 2)))
                status = keep_row(rows, column(st, 0), column(st, 1));
            else
                ++*n_damaged;
        }
        if (status == LI_OK && rc != SQLITE_DONE)
            status = lii_sq_status(rc);
        sqlite3_finalize(st);
    }
    pthread_mutex_unlock(&q->read.lock);
    return status;
}

static li_status store_each(void *self, li_slice table, int32_t (*each)(void *user, li_slice key, li_slice value), void *user)
{
    lii_sq *q = self;
    size_t at = 0, n_damaged = 0;
    li_slice key, value;
    li_status status;
    lii_buf rows;

    lii_buf_init(&rows, &q->allocator);
    status = read_rows(q, table, &rows, &n_damaged);
    if (n_damaged > 0)
        lii_sq_note(q, "a setting is damaged and was left out");
    while (status == LI_OK && at < rows.len) {
        memcpy(&key.len, rows.data + at, sizeof key.len);
        memcpy(&value.len, rows.data + at + sizeof key.len, sizeof value.len);
        key.ptr = rows.data + at + 2 * sizeof key.len;
        value.ptr = key.ptr + key.len;
        at += 2 * sizeof key.len + key.len + value.len;
        if (each(user, key, value) != 0)
            break;
    }
    lii_buf_fini(&rows);
    return status;
}

typedef struct waiter {
    lii_sq *q;
    li_status status;
    int is_done;
} waiter;

static void written(void *user, li_status status)
{
    waiter *w = user;

    pthread_mutex_lock(&w->q->lock);
    w->status = status;
    w->is_done = 1;
    pthread_cond_broadcast(&w->q->idle);
    pthread_mutex_unlock(&w->q->lock);
}

static li_status store_write(void *self, const li_store_change *changes, size_t n, li_error *err)
{
    lii_sq *q = self;
    lii_sq_request *r = lii_calloc(&q->allocator, 1, sizeof *r);
    waiter w = { q, LI_OK, 0 };
    uint64_t mine;
    size_t i;

    if (!r)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for %zu changes of settings", n);
    r->kind = LII_SQ_WRITE;
    r->changes = changes;
    r->n = n;
    for (i = 0; i < n; i++)
        r->bytes += changes[i].key.len + changes[i].value.len + 1;
    r->done = written;
    r->user = &w;
    pthread_mutex_lock(&q->lock);
    lii_sq_ask_locked(q, r);
    mine = q->locked.asked;
    while (!w.is_done) {
        /* not left to the committer: it may be in a callback that waits for what we hold */
        if (q->locked.settled < mine && lii_sq_turn_locked(q)) {
            pthread_mutex_unlock(&q->lock);
            lii_sq_commit(q);
            pthread_mutex_lock(&q->lock);
        } else {                 /* somebody has it in hand */
            pthread_cond_wait(&q->idle, &q->lock);
        }
    }
    pthread_mutex_unlock(&q->lock);
    if (w.status == LI_OK)
        return LI_OK;
    return lii_fail(err, w.status, w.status == LI_E_NOSPC ? LI_DETAIL_SQLITE_FULL : LI_DETAIL_SQLITE_FILE, q->path, LI_Z,
                    "%s: a change of settings was not written: %s", q->path, li_strerror(w.status));
}

static void store_close(void *self)
{
    lii_sq *q = self;

    q->store_is_open = 0;
}

static void store_free(void *self)
{
    lii_sq_release(self);
}

const li_store_ops lii_sq_store_ops = { sizeof(li_store_ops), 1, LI_STORE_DURABLE, "sqlite", store_open, store_get,
                                        store_write, store_each, store_close, store_free };
