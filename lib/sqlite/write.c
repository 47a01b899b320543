/* write.c - one transaction: what its requests and the changes of events ask for, as rows. */
#include <stdlib.h>

#include "sqlite/sqlite.h"

static int run(sqlite3_stmt *st)
{
    int rc = sqlite3_step(st);

    return rc == SQLITE_DONE || rc == SQLITE_ROW ? sqlite3_reset(st) : (sqlite3_reset(st), rc);
}

static int write_lane(lii_sq *q, uint32_t number)
{
    sqlite3_stmt *st = q->db.st.lane;
    const char *name;
    uint32_t len;
    int is_stored;

    pthread_mutex_lock(&q->lock);
    is_stored = q->locked.lanes[number].is_stored;
    name = q->locked.lanes[number].name;        /* lives as long as the lane: longer than this */
    len = q->locked.lanes[number].name_len;
    pthread_mutex_unlock(&q->lock);
    if (is_stored)
        return SQLITE_OK;
    sqlite3_bind_int64(st, 1, number);
    sqlite3_bind_blob(st, 2, name, (int)len, SQLITE_STATIC);
    sqlite3_bind_int64(st, 3, lii_crc(&q->crc, number, name, len));
    return run(st);
}

static int write_row(lii_sq *q, sqlite3_stmt *st, int at, size_t i)
{
    lii_sq_event *e = q->db.rows[i].event;

    lii_sq_head_write(q, &e->header, e->seq, 0, e->data, lii_sq_bytes(e), q->db.rows[i].head);
    sqlite3_bind_int64(st, at + 1, (sqlite3_int64)e->seq);
    sqlite3_bind_blob(st, at + 2, q->db.rows[i].head, LII_SQ_HEAD, SQLITE_STATIC);
    return sqlite3_bind_blob(st, at + 3, e->data ? e->data : "", (int)lii_sq_bytes(e), SQLITE_STATIC);
}

/* Rows that wait: all at once when there are as many as a statement takes, else one by one. */
static int write_rows(lii_sq *q)
{
    size_t n = q->db.n_rows, i;
    int rc = SQLITE_OK;

    q->db.n_rows = 0;
    if (n == LII_SQ_ROWS) {
        for (i = 0; i < n; i++)
            write_row(q, q->db.st.puts, (int)i * 3, i);
        return run(q->db.st.puts);
    }
    for (i = 0; i < n && rc == SQLITE_OK; i++) {
        write_row(q, q->db.st.put, 0, i);
        rc = run(q->db.st.put);
    }
    return rc;
}

static int write_put(lii_sq *q, lii_sq_request *r)
{
    int rc = SQLITE_OK;
    size_t i;

    for (i = 0; i < r->n && rc == SQLITE_OK; i++) {
        lii_sq_event *e = r->events[i];

        if (e->header.lane != q->db.last_lane) {
            rc = write_lane(q, e->header.lane);
            q->db.last_lane = e->header.lane;
        }
        if (e->header.tail_len && rc == SQLITE_OK)
            rc = lii_sq_key_write(q, &e->header, e->data + e->header.payload_len);
        q->db.rows[q->db.n_rows++].event = e;
        if (rc == SQLITE_OK && q->db.n_rows == LII_SQ_ROWS)
            rc = write_rows(q);
    }
    return rc;
}

static int write_outcome(lii_sq *q, const lii_sq_request *r)
{
    sqlite3_stmt *st = q->db.st.outcome;

    sqlite3_bind_int64(st, 1, (sqlite3_int64)r->seq);
    sqlite3_bind_int(st, 2, r->outcome);
    sqlite3_bind_int64(st, 3, lii_crc(&q->crc, (uint32_t)r->seq, r->record, r->record_len));
    sqlite3_bind_blob(st, 4, r->record ? r->record : "", (int)r->record_len, SQLITE_STATIC);
    return run(st);
}

static int write_settings(lii_sq *q, const lii_sq_request *r)
{
    int rc = SQLITE_OK;
    size_t i;

    for (i = 0; i < r->n && rc == SQLITE_OK; i++) {
        const li_store_change *c = &r->changes[i];
        sqlite3_stmt *st = c->is_removal ? q->db.st.unset : q->db.st.setting;
        uint32_t sum;

        sqlite3_bind_blob(st, 1, c->table.len ? c->table.ptr : "", (int)c->table.len, SQLITE_STATIC);
        sqlite3_bind_blob(st, 2, c->key.len ? c->key.ptr : "", (int)c->key.len, SQLITE_STATIC);
        if (!c->is_removal) {
            sum = lii_crc(&q->crc, 0, c->table.ptr, c->table.len);
            sum = lii_crc(&q->crc, sum, c->key.ptr, c->key.len);
            sum = lii_crc(&q->crc, sum, c->value.ptr, c->value.len);
            sqlite3_bind_blob(st, 3, c->value.len ? c->value.ptr : "", (int)c->value.len, SQLITE_STATIC);
            sqlite3_bind_int64(st, 4, sum);
        }
        rc = run(st);
    }
    return rc;
}

static int drop(sqlite3_stmt *st, uint64_t first, uint64_t last)
{
    sqlite3_bind_int64(st, 1, (sqlite3_int64)first);
    sqlite3_bind_int64(st, 2, (sqlite3_int64)last);
    return run(st);
}

static int drop_rows(lii_sq *q, uint64_t first, uint64_t last, uint64_t flags)
{
    int rc = drop(q->db.st.drop_events, first, last);

    if (rc == SQLITE_OK && (flags & LII_SQ_STATE_ROW))
        rc = drop(q->db.st.drop_states, first, last);
    if (rc == SQLITE_OK && (flags & LII_SQ_OUTCOME_ROW))
        rc = drop(q->db.st.drop_outcomes, first, last);
    return rc;
}

static int set_aside(lii_sq *q, const lii_sq_request *r)
{
    sqlite3_stmt *st = q->db.st.aside;
    int rc;

    sqlite3_bind_int64(st, 1, (sqlite3_int64)r->seq);
    sqlite3_bind_int64(st, 2, (sqlite3_int64)r->at_ms);
    sqlite3_bind_text(st, 3, r->record, -1, SQLITE_STATIC);
    rc = run(st);
    return rc == SQLITE_OK ? drop_rows(q, r->seq, r->seq, LII_SQ_STATE_ROW | LII_SQ_OUTCOME_ROW) : rc;
}

static int by_number(const void *a, const void *b)
{
    const lii_sq_gone *x = a, *y = b;

    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* Heads of those that stay, one row each; rows of those that go by runs of neighbours. */
static int write_changes(lii_sq *q)
{
    unsigned char head[LII_SQ_HEAD];
    lii_sq_gone *gone = q->db.gone;
    sqlite3_stmt *st = q->db.st.state;
    size_t n = 0, i, first;
    int rc = SQLITE_OK;

    for (i = 0; i < q->db.n_changes && rc == SQLITE_OK; i++) {
        const lii_sq_change *c = &q->db.changes[i];

        if (c->flags & LII_SQ_GONE) {
            gone[n].seq = c->seq;
            gone[n++].flags = c->flags;
            continue;
        }
        lii_sq_head_write(q, &c->header, c->seq, c->lost, NULL, 0, head);
        sqlite3_bind_int64(st, 1, (sqlite3_int64)c->seq);
        sqlite3_bind_blob(st, 2, head, sizeof head, SQLITE_STATIC);
        rc = run(st);
    }
    qsort(gone, n, sizeof *gone, by_number);
    for (first = 0; first < n && rc == SQLITE_OK; first = i) {
        uint64_t flags = gone[first].flags;

        for (i = first + 1; i < n && gone[i].seq == gone[i - 1].seq + 1; i++)
            flags |= gone[i].flags;
        rc = drop_rows(q, gone[first].seq, gone[i - 1].seq, flags);
    }
    return rc;
}

int lii_sq_transaction(lii_sq *q, lii_sq_request *requests, int *is_late)
{
    int rc = run(q->db.st.begin);
    lii_sq_request *r;

    *is_late = 0;
    q->db.n_rows = 0;
    q->db.last_lane = UINT32_MAX;
    for (r = requests; r && rc == SQLITE_OK; r = r->next)
        rc = r->status != LI_OK          ? SQLITE_OK
             : r->kind == LII_SQ_PUT     ? write_put(q, r)
             : r->kind == LII_SQ_RESOLVE ? write_outcome(q, r)
             : r->kind == LII_SQ_WRITE   ? write_settings(q, r)
                                         : set_aside(q, r);
    if (rc == SQLITE_OK)
        rc = write_rows(q);
    if (rc == SQLITE_OK)
        rc = write_changes(q);
    if (rc == SQLITE_OK) {
        *is_late = 1;
        rc = run(q->db.st.commit);
    }
    if (rc != SQLITE_OK && !sqlite3_get_autocommit(q->db.writer))
        run(q->db.st.rollback);
    return rc;
}
