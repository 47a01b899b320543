/* load.c - what is in the file becomes what is in memory: every row is looked at, damaged ones are set aside, starts that
 * were lost with the process are counted. One transaction: opening has happened, or it has not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite/sqlite.h"

typedef struct lost_start {
    uint64_t seq;
    uint64_t starts;
} lost_start;

typedef struct loader {
    lii_sq *q;
    lost_start *marks;           /* in order of seq */
    size_t n_marks;
    lii_buf damaged;             /* uint64_t seq, one each */
    uint64_t max_seq;
    uint64_t now_ms;
} loader;

static int by_seq(const void *a, const void *b)
{
    const lost_start *x = a, *y = b;

    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static li_status read_marks(loader *l)
{
    lii_sq *q = l->q;
    size_t i;

    if (!lii_sq_marks_are_ours(q))
        return LI_OK;
    l->marks = lii_calloc(&q->allocator, q->n_marks, sizeof *l->marks);
    if (!l->marks)
        return LI_E_NOMEM;
    for (i = 0; i < q->n_marks; i++) {
        l->marks[l->n_marks].seq = atomic_load(&q->marks[i].seq);
        l->marks[l->n_marks].starts = atomic_load(&q->marks[i].starts);
        l->n_marks += l->marks[l->n_marks].seq != 0;
    }
    qsort(l->marks, l->n_marks, sizeof *l->marks, by_seq);
    return LI_OK;
}

/* The handler was entered once more than the row knows: its end was lost with the process. Several marks of one event are
 * those of its leases; the highest counts. */
static int count_lost(const loader *l, lii_sq_event *e)
{
    lost_start key = { e->seq, 0 };
    const lost_start *m = l->n_marks ? bsearch(&key, l->marks, l->n_marks, sizeof key, by_seq) : NULL;
    const lost_start *end = l->marks + l->n_marks;
    uint64_t starts = e->header.starts;

    while (m && m > l->marks && m[-1].seq == e->seq)
        m--;
    for (; m && m < end && m->seq == e->seq; m++)
        if (m->starts > starts)
            starts = m->starts;
    if (starts == e->header.starts)
        return 0;
    e->header.starts = (uint8_t)(starts < 255 ? starts : 255);
    if (e->lost < 255)
        e->lost++;
    return 1;
}

static li_status write_state(lii_sq *q, lii_sq_event *e)
{
    unsigned char head[LII_SQ_HEAD];
    sqlite3_stmt *st = q->db.st.state;

    lii_sq_head_write(q, &e->header, e->seq, e->lost, NULL, 0, head);
    sqlite3_bind_int64(st, 1, (sqlite3_int64)e->seq);
    sqlite3_bind_blob(st, 2, head, sizeof head, SQLITE_STATIC);
    sqlite3_step(st);
    e->flags |= LII_SQ_STATE_ROW;
    return lii_sq_status(sqlite3_reset(st));
}

/* A damaged one costs another run of the handler, not the event. */
static li_status take_outcome(lii_sq *q, lii_sq_event *e, sqlite3_stmt *st)
{
    const char *record = sqlite3_column_blob(st, 6);
    size_t len = (size_t)sqlite3_column_bytes(st, 6);

    if (!record || (uint32_t)sqlite3_column_int64(st, 5) != lii_crc(&q->crc, (uint32_t)e->seq, record, len))
        return LI_OK;
    e->record = lii_copy_text(&q->allocator, record, len);
    if (!e->record)
        return LI_E_NOMEM;
    e->record_len = (uint32_t)len;
    e->outcome = (uint8_t)sqlite3_column_int(st, 4);
    return LI_OK;
}

/* Columns: seq, head, data, head of state, outcome, sum, record. */
static li_status take_row(loader *l, sqlite3_stmt *st)
{
    lii_sq *q = l->q;
    uint64_t seq = (uint64_t)sqlite3_column_int64(st, 0);
    const char *data = sqlite3_column_blob(st, 2);
    size_t len = (size_t)sqlite3_column_bytes(st, 2);
    li_event_header header;
    li_status status;
    lii_sq_lane *lane;
    lii_sq_event *e;
    uint8_t lost;
    int is_cached;

    if (seq > l->max_seq)
        l->max_seq = seq;
    if (lii_sq_head_read(q, sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1), seq, data, len, &header, &lost) != 0 ||
        (size_t)header.payload_len + header.tail_len != len || header.lane >= q->locked.n_lanes ||
        !q->locked.lanes[header.lane].name)
        return lii_buf_add(&l->damaged, &seq, sizeof seq);
    is_cached = q->locked.cached + len <= q->options.cache_bytes;
    e = lii_sq_event_new(q, &header, is_cached && len ? data : NULL, len ? data + header.payload_len : NULL);
    if (!e)
        return LI_E_NOMEM;
    e->lost = lost;
    e->seq = seq;
    q->locked.cached += is_cached ? len : 0;
    if (sqlite3_column_type(st, 3) != SQLITE_NULL) {
        e->flags |= LII_SQ_STATE_ROW;
        /* a damaged state costs the counters, not the event */
        if (lii_sq_head_read(q, sqlite3_column_blob(st, 3), (size_t)sqlite3_column_bytes(st, 3), seq, NULL, 0, &header, &lost) == 0) {
            e->header.due_ms = header.due_ms;
            e->header.starts = header.starts;
            e->header.function_failures = header.function_failures;
            e->header.system_failures = header.system_failures;
            e->lost = lost;
        }
    }
    if (sqlite3_column_type(st, 4) != SQLITE_NULL)
        e->flags |= LII_SQ_OUTCOME_ROW;
    lane = &q->locked.lanes[e->header.lane];
    status = take_outcome(q, e, st);
    if (status == LI_OK && q->schema_before == 1 && e->header.tail_len)
        status = lii_sq_status(lii_sq_key_write(q, &e->header, data + e->header.payload_len));
    if (status == LI_OK)
        status = lii_heap_reserve(&lane->waiting, 1);
    if (status == LI_OK && count_lost(l, e))
        status = write_state(q, e);
    if (status != LI_OK) {
        q->locked.cached -= is_cached ? len : 0;
        lii_sq_event_free(q, e);
        return status;
    }
    lane->bytes += len;
    q->locked.bytes += len;
    q->locked.events++;
    lii_sq_wait_locked(q, e);
    return LI_OK;
}

static li_status each_row(lii_sq *q, const char *sql, li_status (*take)(loader *l, sqlite3_stmt *st), loader *l, li_error *err)
{
    li_status status = LI_OK;
    sqlite3_stmt *st;
    int rc;

    if (sqlite3_prepare_v2(q->db.writer, sql, -1, &st, NULL) != SQLITE_OK)
        return lii_sq_error(q, q->db.writer, "reading it", err);
    while (status == LI_OK && (rc = sqlite3_step(st)) != SQLITE_DONE) {
        if (rc != SQLITE_ROW)
            status = lii_sq_error(q, q->db.writer, "reading it", err);
        else if ((status = take(l, st)) == LI_E_NOMEM)
            lii_fail(err, status, LI_DETAIL_NONE, q->path, LI_Z, "no memory for the events of %s", q->path);
        else if (status != LI_OK && status != LI_E_CORRUPT)
            lii_sq_error(q, q->db.writer, "opening it", err);
        else if (status != LI_OK)
            lii_fail(err, status, LI_DETAIL_SQLITE_DAMAGED, q->path, LI_Z,
                     "%s: the name of a lane is damaged; nothing was changed. See: lambdainvoke queue check FILE", q->path);
    }
    sqlite3_finalize(st);
    return status;
}

/* Lanes keep their numbers; a number that was never written has no lane. */
static li_status take_lane(loader *l, sqlite3_stmt *st)
{
    lii_sq *q = l->q;
    uint64_t id = (uint64_t)sqlite3_column_int64(st, 0);
    const char *name = sqlite3_column_blob(st, 1);
    size_t len = (size_t)sqlite3_column_bytes(st, 1);
    uint32_t number;
    li_status status;
    char gap[24];

    if (id > UINT32_MAX / 2 || (uint32_t)sqlite3_column_int64(st, 2) != lii_crc(&q->crc, (uint32_t)id, name, len))
        return LI_E_CORRUPT;
    while (q->locked.n_lanes < id) {        /* made by name, never put into */
        snprintf(gap, sizeof gap, "/%zu", q->locked.n_lanes);
        status = lii_sq_lane_locked(q, gap, strlen(gap), &number);
        if (status != LI_OK)
            return status;
    }
    status = lii_sq_lane_locked(q, name ? name : "", len, &number);
    if (status == LI_OK && number == id)
        q->locked.lanes[number].is_stored = 1;
    return status == LI_OK && number != id ? LI_E_CORRUPT : status;
}

static li_status take_max(loader *l, sqlite3_stmt *st)
{
    uint64_t seq = (uint64_t)sqlite3_column_int64(st, 0);

    if (seq > l->max_seq)
        l->max_seq = seq;
    return LI_OK;
}

/* Damaged events move to the quarantine: they are kept for a person to look at, and do not come back. */
static li_status set_aside(loader *l)
{
    lii_sq *q = l->q;
    sqlite3_stmt *drops[] = { q->db.st.drop_events, q->db.st.drop_states, q->db.st.drop_outcomes };
    li_status status = LI_OK;
    size_t i, k;
    uint64_t seq;

    for (i = 0; i < l->damaged.len && status == LI_OK; i += sizeof seq) {
        memcpy(&seq, l->damaged.data + i, sizeof seq);
        sqlite3_bind_int64(q->db.st.aside, 1, (sqlite3_int64)seq);
        sqlite3_bind_int64(q->db.st.aside, 2, (sqlite3_int64)l->now_ms);
        sqlite3_bind_text(q->db.st.aside, 3, "sum", -1, SQLITE_STATIC);
        sqlite3_step(q->db.st.aside);
        status = lii_sq_status(sqlite3_reset(q->db.st.aside));
        for (k = 0; k < 3 && status == LI_OK; k++) {
            sqlite3_bind_int64(drops[k], 1, (sqlite3_int64)seq);
            sqlite3_bind_int64(drops[k], 2, (sqlite3_int64)seq);
            sqlite3_step(drops[k]);
            status = lii_sq_status(sqlite3_reset(drops[k]));
        }
    }
    return status;
}

static li_status forget_old(loader *l)
{
    uint64_t keep_ms = l->q->options.retention_ms;
    char sql[120];

    snprintf(sql, sizeof sql, "DELETE FROM quarantine WHERE at_ms < %llu",
             (unsigned long long)(l->now_ms > keep_ms ? l->now_ms - keep_ms : 0));
    return lii_sq_run(l->q->db.writer, sql);
}

static li_status load(loader *l, li_error *err)
{
    lii_sq *q = l->q;
    char opened[24];
    li_status status = read_marks(l);

    if (status != LI_OK)
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for the events of %s", q->path);
    if (lii_sq_run(q->db.writer, "BEGIN IMMEDIATE") != LI_OK || forget_old(l) != LI_OK)
        return lii_sq_error(q, q->db.writer, "opening it", err);
    status = each_row(q, "SELECT id, name, sum FROM lane ORDER BY id", take_lane, l, err);
    if (status == LI_OK)
        status = each_row(q, "SELECT e.seq, e.head, e.data, s.head, o.outcome, o.sum, o.record FROM event e "
                             "LEFT JOIN state s ON s.seq = e.seq LEFT JOIN outcome o ON o.seq = e.seq ORDER BY e.seq",
                          take_row, l, err);
    if (status == LI_OK)
        status = each_row(q, "SELECT max(seq) FROM quarantine", take_max, l, err);
    if (status != LI_OK)
        return status;
    status = lii_sq_keys_tell(q);
    if (status != LI_OK)
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "the idempotency keys of %s: %s", q->path, li_strerror(status));
    snprintf(opened, sizeof opened, "%llu", (unsigned long long)q->opened + 1);
    if (set_aside(l) != LI_OK || lii_sq_meta_set(q->db.writer, "opened", opened, strlen(opened)) != LI_OK ||
        lii_sq_run(q->db.writer, "COMMIT") != LI_OK)
        return lii_sq_error(q, q->db.writer, "opening it", err);
    q->opened++;
    lii_sq_marks_begin(q);
    q->locked.next_seq = l->max_seq + 1;
    return LI_OK;
}

/* What an acceptance means from now on (REL-5). */
static void tell_mode(lii_sq *q)
{
    if (q->options.sync == LI_SYNC_FULL)
        snprintf(q->notes[1], sizeof q->notes[1], "sync=full: what is accepted is on the disk");
    else if (q->options.sync == LI_SYNC_INTERVAL)
        snprintf(q->notes[1], sizeof q->notes[1],
                 "sync=interval: a crash of the machine can lose what was accepted in its last %u ms",
                 (unsigned)q->options.sync_interval_ms);
    else
        snprintf(q->notes[1], sizeof q->notes[1],
                 "sync=none: a crash of the machine can lose what was accepted in about its last 30000 ms");
    lii_sq_note(q, q->notes[1]);
}

static void tell(loader *l)
{
    lii_sq *q = l->q;
    size_t i;

    tell_mode(q);
    if (q->torn_frames > 0) {
        snprintf(q->notes[0], sizeof q->notes[0], "recovered: %llu frames at the end of the log were never committed",
                 (unsigned long long)q->torn_frames);
        lii_sq_note(q, q->notes[0]);
    }
    for (i = 0; i < l->damaged.len && q->host->note; i += sizeof(uint64_t))
        q->host->note(q->host->engine, LI_QUEUE_NOTE_QUARANTINED, NULL, NULL, "its sum is wrong");
}

li_status lii_sq_load(lii_sq *q, li_error *err)
{
    li_status status;
    loader l;

    memset(&l, 0, sizeof l);
    l.q = q;
    l.now_ms = q->host->now_ms(q->host->engine);
    lii_buf_init(&l.damaged, &q->allocator);
    pthread_mutex_lock(&q->db.lock);
    pthread_mutex_lock(&q->lock);
    status = load(&l, err);
    if (status != LI_OK) {
        lii_sq_run(q->db.writer, "ROLLBACK");
        lii_sq_events_end(q);
    }
    pthread_mutex_unlock(&q->lock);
    pthread_mutex_unlock(&q->db.lock);
    if (status == LI_OK)
        tell(&l);
    lii_buf_fini(&l.damaged);
    lii_free(&q->allocator, l.marks);
    return status;
}

li_status lii_sq_read_data(lii_sq *q, lii_sq_event *e, char *out)
{
    sqlite3_stmt *st = q->read.event;
    size_t len = lii_sq_bytes(e);
    li_status status = LI_E_CORRUPT;
    li_event_header header;
    uint8_t lost;
    int rc;

    pthread_mutex_lock(&q->read.lock);
    sqlite3_bind_int64(st, 1, (sqlite3_int64)e->seq);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW && (size_t)sqlite3_column_bytes(st, 1) == len &&
        lii_sq_head_read(q, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0), e->seq, sqlite3_column_blob(st, 1), len,
                         &header, &lost) == 0) {
        if (len)
            memcpy(out, sqlite3_column_blob(st, 1), len);
        status = LI_OK;
    } else if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        status = lii_sq_status(rc);
    }
    sqlite3_reset(st);
    pthread_mutex_unlock(&q->read.lock);
    return status;
}
