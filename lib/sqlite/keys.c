/* keys.c - idempotency keys: written with the events that have them, kept for their window, told when the file is opened. */
#include <string.h>

#include "base/tail.h"
#include "sqlite/sqlite.h"

static int are_kept(const lii_sq *q)
{
    return q->host->size >= sizeof *q->host && q->host->key && q->host->keys_since;
}

static uint32_t sum_of(const lii_sq *q, uint32_t lane, li_slice key, const void *id, uint64_t accepted_ms)
{
    uint32_t sum = lii_crc(&q->crc, lane, key.ptr, key.len);

    sum = lii_crc(&q->crc, sum, id, sizeof(li_id));
    return lii_crc(&q->crc, sum, &accepted_ms, sizeof accepted_ms);
}

int lii_sq_key_write(lii_sq *q, const li_event_header *h, const char *tail)
{
    li_slice key = lii_tail_seek(tail, h->tail_len, LI_TAIL_IDEMPOTENCY_KEY);
    sqlite3_stmt *st = q->db.st.key;

    if (key.len == 0 || !are_kept(q))
        return SQLITE_OK;
    q->db.has_keys = 1;
    sqlite3_bind_int64(st, 1, h->lane);
    sqlite3_bind_blob(st, 2, key.ptr, (int)key.len, SQLITE_STATIC);
    sqlite3_bind_blob(st, 3, h->id.bytes, sizeof h->id.bytes, SQLITE_STATIC);
    sqlite3_bind_int64(st, 4, (sqlite3_int64)h->accepted_ms);
    sqlite3_bind_int64(st, 5, sum_of(q, h->lane, key, h->id.bytes, h->accepted_ms));
    sqlite3_step(st);
    return sqlite3_reset(st);
}

/* A damaged row is passed over: its event could come twice, which is what "at least once" allows. */
static li_status tell(lii_sq *q, sqlite3_stmt *st)
{
    uint32_t lane = (uint32_t)sqlite3_column_int64(st, 0);
    li_slice key = lii_slice(sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1));
    const void *bytes = sqlite3_column_blob(st, 2);
    uint64_t accepted_ms = (uint64_t)sqlite3_column_int64(st, 3);
    li_id id;

    if (lane >= q->locked.n_lanes || key.len == 0 || sqlite3_column_bytes(st, 2) != (int)sizeof id ||
        (uint32_t)sqlite3_column_int64(st, 4) != sum_of(q, lane, key, bytes, accepted_ms))
        return LI_OK;
    memcpy(id.bytes, bytes, sizeof id.bytes);
    q->db.has_keys = 1;
    return q->host->key(q->host->engine, lane, key.ptr, key.len, &id, accepted_ms);
}

li_status lii_sq_keys_tell(lii_sq *q)
{
    li_status status = LI_OK;
    sqlite3_stmt *st;
    int rc;

    if (!are_kept(q))
        return LI_OK;
    rc = sqlite3_prepare_v2(q->db.writer,
                            "SELECT lane, key, id, accepted_ms, sum FROM idempotency WHERE accepted_ms >= ? ORDER BY accepted_ms", -1,
                            &st, NULL);
    if (rc != SQLITE_OK)
        return lii_sq_status(rc);
    sqlite3_bind_int64(st, 1, (sqlite3_int64)q->host->keys_since(q->host->engine));
    while (status == LI_OK && (rc = sqlite3_step(st)) == SQLITE_ROW)
        status = tell(q, st);
    if (status == LI_OK && rc != SQLITE_DONE)
        status = lii_sq_status(rc);
    sqlite3_finalize(st);
    return status;
}

void lii_sq_keys_forget(lii_sq *q)
{
    sqlite3_stmt *st = q->db.st.old_keys;

    if (!q->db.has_keys || !q->host || atomic_load(&q->is_broken))
        return;
    sqlite3_bind_int64(st, 1, (sqlite3_int64)q->host->keys_since(q->host->engine));
    sqlite3_step(st);
    sqlite3_reset(st);           /* what could not be forgotten is forgotten next time */
}
