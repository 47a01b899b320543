/* part.c - a file is opened by its options or by a URI; queue and store share it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite/sqlite.h"

li_status li_sqlite_options_init(li_sqlite_options *options, size_t size)
{
    static const li_sqlite_options defaults = LI_SQLITE_OPTIONS_INIT;

    return lii_options_init(options, size, &defaults, sizeof defaults);
}

li_status li_sqlite_report_init(li_sqlite_report *report, size_t size)
{
    static const li_sqlite_report defaults = LI_SQLITE_REPORT_INIT;

    return lii_options_init(report, size, &defaults, sizeof defaults);
}

static void destroy(lii_sq *q)
{
    li_allocator allocator = q->allocator;

    lii_sq_events_end(q);
    lii_sq_file_close(q);
    lii_table_fini(&q->locked.names);
    pthread_cond_destroy(&q->work);
    pthread_cond_destroy(&q->idle);
    pthread_cond_destroy(&q->gathered);
    pthread_mutex_destroy(&q->lock);
    pthread_mutex_destroy(&q->db.lock);
    pthread_mutex_destroy(&q->read.lock);
    lii_free(&allocator, q->db.changes);
    lii_free(&allocator, q->db.gone);
    lii_free(&allocator, q->path);
    lii_free(&allocator, q->side);
    lii_io_end(&q->io);
    lii_free(&allocator, q);
}

void lii_sq_release(lii_sq *q)
{
    if (atomic_fetch_sub(&q->refs, 1) == 1)
        destroy(q);
}

static li_status check_options(const li_sqlite_options *o, li_slice path, li_error *err)
{
    if (path.len == 0 || path.len > 4000 || memchr(path.ptr, '\0', path.len))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TEXT, "path", LI_Z, "path is the name of a file");
    if (o->sync < LI_SYNC_FULL || o->sync > LI_SYNC_NONE)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, "sync", LI_Z, "sync is LI_SYNC_FULL, LI_SYNC_INTERVAL or LI_SYNC_NONE");
    if (o->check != LI_SQLITE_CHECK_QUICK && o->check != LI_SQLITE_CHECK_ROWS)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, "check", LI_Z, "check is LI_SQLITE_CHECK_QUICK or LI_SQLITE_CHECK_ROWS");
    if (o->page_bytes < 512 || o->page_bytes > 65536 || (o->page_bytes & (o->page_bytes - 1)) != 0)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, "page_bytes", LI_Z, "page_bytes is a power of two, 512 to 65536");
    if (o->sync == LI_SYNC_INTERVAL && o->sync_interval_ms == 0)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, "sync_interval_ms", LI_Z, "sync_interval_ms is 1 and more");
    return LI_OK;
}

static int init_locks(lii_sq *q)
{
    pthread_condattr_t monotonic;
    int failed;

    if (pthread_condattr_init(&monotonic) != 0)
        return -1;
    failed = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) || pthread_cond_init(&q->work, &monotonic) ||
             pthread_cond_init(&q->idle, &monotonic) || pthread_cond_init(&q->gathered, &monotonic) || pthread_mutex_init(&q->lock, NULL) ||
             pthread_mutex_init(&q->db.lock, NULL) || pthread_mutex_init(&q->read.lock, NULL);
    pthread_condattr_destroy(&monotonic);
    return failed ? -1 : 0;
}

static lii_sq *make(const li_allocator *allocator, const li_sqlite_options *o, const lii_io *io, li_slice path)
{
    lii_sq *q = lii_calloc(allocator, 1, sizeof *q);

    if (!q)
        return NULL;
    q->allocator = *allocator;
    q->options = *o;
    q->options.path.ptr = NULL;
    q->options.vfs = NULL;
    q->options.io = NULL;
    q->io = *io;
    q->lock_fd = q->file_fd = q->wal_fd = -1;
    q->db.is_synced = 1;
    atomic_init(&q->refs, 1);
    lii_table_init(&q->locked.names, &q->allocator);
    lii_crc_init(&q->crc);
    q->path = lii_copy_text(allocator, path.ptr, path.len);
    q->side = lii_calloc(allocator, 1, path.len + 16);
    q->db.changes = lii_calloc(allocator, LII_SQ_BATCH, sizeof *q->db.changes);
    q->db.gone = lii_calloc(allocator, LII_SQ_BATCH, sizeof *q->db.gone);
    if (init_locks(q) == 0 && q->path && q->side && q->db.changes && q->db.gone) {
        memcpy(q->side, q->path, path.len);
        return q;
    }
    lii_free(allocator, q->path);
    lii_free(allocator, q->side);
    lii_free(allocator, q->db.changes);
    lii_free(allocator, q->db.gone);
    lii_free(allocator, q);
    return NULL;
}

li_status li_sqlite_open(const li_sqlite_options *options, li_queue *queue, li_store *store, li_error *err)
{
    li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;
    li_allocator allocator;
    li_slice path;
    lii_sq *q = NULL;
    lii_io io;
    li_status status = lii_options_read(&o, sizeof o, options, "li_sqlite_options", err);

    if (status == LI_OK)
        status = lii_io_read(&io, o.io, err);
    if (status != LI_OK)
        return status;
    path = lii_measured(o.path);
    if (!queue && !store)
        status = lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "queue and store are both NULL");
    if (status == LI_OK)
        status = check_options(&o, path, err);
    if (status == LI_OK)
        status = lii_allocator_read(o.allocator, &allocator, err);
    if (status == LI_OK && (q = make(&allocator, &o, &io, path)) == NULL)
        status = lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a queue in SQLite");
    if (!q) {
        lii_io_end(&io);
        return status;
    }
    status = lii_sq_file_open(q, o.vfs, o.io != NULL, err);
    if (status != LI_OK) {
        lii_sq_lock_forget(q);
        destroy(q);
        return status;
    }
    atomic_store(&q->refs, (unsigned)((queue != NULL) + (store != NULL)));
    if (queue) {
        queue->ops = &lii_sq_queue_ops;
        queue->self = q;
    }
    if (store) {
        store->ops = &lii_sq_store_ops;
        store->self = q;
    }
    return LI_OK;
}

/* ---- sqlite:FILE[?name=value&…] */

static int read_pair(li_sqlite_options *o, li_slice pair)
{
    static const struct {
        const char *text;
        int32_t value;
    } syncs[] = { { "sync=full", LI_SYNC_FULL }, { "sync=interval", LI_SYNC_INTERVAL }, { "sync=none", LI_SYNC_NONE } };
    const char *equals = memchr(pair.ptr, '=', pair.len);
    size_t i, n = equals ? (size_t)(equals - pair.ptr) : 0;
    char digits[24], *end;
    uint64_t value;

    for (i = 0; i < sizeof syncs / sizeof syncs[0]; i++)
        if (lii_slice_is(pair, syncs[i].text)) {
            o->sync = syncs[i].value;
            return 0;
        }
    if (n == 0 || pair.len - n - 1 == 0 || pair.len - n - 1 >= sizeof digits)
        return -1;
    memcpy(digits, equals + 1, pair.len - n - 1);
    digits[pair.len - n - 1] = '\0';
    value = strtoull(digits, &end, 10);
    if (*end || digits[0] < '0' || digits[0] > '9')
        return -1;
    if (lii_slice_is(lii_slice(pair.ptr, n), "quota"))
        o->quota_bytes = value;
    else if (lii_slice_is(lii_slice(pair.ptr, n), "cache"))
        o->cache_bytes = value;
    else
        return -1;
    return 0;
}

static li_status open_uri(li_slice uri, const li_allocator *allocator, li_queue *queue, li_store *store, li_error *err)
{
    li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;
    const char *rest, *end = uri.ptr + uri.len;

    o.allocator = allocator;
    o.path.ptr = uri.ptr + 7;            /* behind "sqlite:" */
    rest = memchr(o.path.ptr, '?', (size_t)(end - o.path.ptr));
    o.path.len = (size_t)((rest ? rest : end) - o.path.ptr);
    while (rest && rest < end) {
        const char *next = memchr(rest + 1, '&', (size_t)(end - rest - 1));
        li_slice pair = lii_slice(rest + 1, (size_t)((next ? next : end) - rest - 1));

        if (read_pair(&o, pair) != 0)
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, pair.ptr, pair.len,
                            "after ? come sync=full, interval or none, quota=BYTES, cache=BYTES, not \"%.*s\"", LII_TEXT(pair));
        rest = next;
    }
    return li_sqlite_open(&o, queue, store, err);
}

const li_part *li_part_sqlite(void)
{
    static const li_part_scheme schemes[] = {
        { sizeof(li_part_scheme), "sqlite", "sqlite:FILE[?sync=full|interval|none&quota=BYTES&cache=BYTES]", open_uri },
    };
    static const li_part part = { sizeof part, 1, 0, "sqlite", "SQLite " SQLITE_VERSION, schemes, 1 };

    return &part;
}
