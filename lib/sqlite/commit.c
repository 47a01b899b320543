/* commit.c - what waits becomes one transaction: puts, outcomes, settings, and the changes of events since the last. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sqlite/sqlite.h"

/* ---- asking */

void lii_sq_note(lii_sq *q, const char *why)
{
    if (q->host && q->host->note)
        q->host->note(q->host->engine, LI_QUEUE_NOTE_STATE, NULL, NULL, why);
}

enum { WAITS_FOR_ANY = 1, WAITS_FOR_REQUEST = 2, WAITS_FOR_NOBODY = 3 };

void lii_sq_ask_locked(lii_sq *q, lii_sq_request *r)
{
    r->next = NULL;
    if (q->locked.last)
        q->locked.last->next = r;
    else
        q->locked.first = r;
    q->locked.last = r;
    q->locked.asked++;
    if (q->locked.n_gathering && q->locked.asked - q->locked.settled >= q->locked.crowd)
        pthread_cond_broadcast(&q->gathered);
    else if (q->locked.is_waiting && q->locked.is_waiting != WAITS_FOR_NOBODY && !q->locked.is_committing)
        pthread_cond_signal(&q->work);
}

void lii_sq_changed_locked(lii_sq *q, lii_sq_event *e)
{
    if (e->flags & LII_SQ_DIRTY)
        return;
    e->flags |= LII_SQ_DIRTY;
    e->next = NULL;
    if (q->locked.dirty_last)
        q->locked.dirty_last->next = e;
    else
        q->locked.dirty_first = e;
    q->locked.dirty_last = e;
    q->locked.changed++;
    if (q->locked.is_waiting == WAITS_FOR_ANY && !q->locked.is_committing)
        pthread_cond_signal(&q->work);
}

/* ---- a commit: take, write, answer */

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void take_changes_locked(lii_sq *q)
{
    while (q->locked.dirty_first && q->db.n_changes < LII_SQ_BATCH) {
        lii_sq_event *e = q->locked.dirty_first;
        lii_sq_change *c = &q->db.changes[q->db.n_changes++];

        q->locked.dirty_first = e->next;
        if (!q->locked.dirty_first)
            q->locked.dirty_last = NULL;
        e->flags &= (uint8_t)~LII_SQ_DIRTY;
        q->locked.taken++;
        c->event = e;
        c->seq = e->seq;
        c->header = e->header;
        c->lost = e->lost;
        c->flags = e->flags;
        c->old_slots = e->old_slots;
        e->old_slots = 0;
        if (!(e->flags & LII_SQ_GONE))
            e->flags |= LII_SQ_STATE_ROW;
    }
}

static lii_sq_request *take_requests_locked(lii_sq *q, uint64_t *bytes)
{
    lii_sq_request *first = q->locked.first, *last = first;
    size_t n = first ? first->n : 0;

    *bytes = first ? first->bytes : 0;
    while (last && last->next && n + last->next->n <= LII_SQ_BATCH && *bytes + last->next->bytes <= LII_SQ_BATCH_BYTES) {
        last = last->next;
        n += last->n ? last->n : 1;
        *bytes += last->bytes;
    }
    if (last) {
        q->locked.first = last->next;
        if (!last->next)
            q->locked.last = NULL;
        last->next = NULL;
    }
    return first;
}

/* Those changes are on disk (or the store is read-only, and they never will be). */
static void changes_done_locked(lii_sq *q)
{
    size_t i;

    for (i = 0; i < q->db.n_changes; i++) {
        lii_sq_slots_free_locked(q, q->db.changes[i].old_slots);
        if (q->db.changes[i].flags & LII_SQ_GONE)
            lii_sq_event_free(q, q->db.changes[i].event);
    }
    q->db.n_changes = 0;
}

/* Accepted: into its lane; its bytes stay in memory as far as the cache goes. */
static void enter_locked(lii_sq *q, lii_sq_event *e)
{
    size_t len = lii_sq_bytes(e);
    lii_sq_lane *lane = &q->locked.lanes[e->header.lane];

    if (q->locked.cached + len > q->options.cache_bytes) {
        lii_free(&q->allocator, e->data);
        e->data = NULL;
    } else {
        q->locked.cached += len;
    }
    lane->is_stored = 1;
    lane->promised--;
    lii_sq_wait_locked(q, e);
}

static void leave_locked(lii_sq *q, lii_sq_event *e)
{
    lii_sq_lane *lane = &q->locked.lanes[e->header.lane];

    lane->promised--;
    lane->bytes -= lii_sq_bytes(e);
    q->locked.bytes -= lii_sq_bytes(e);
    q->locked.events--;
    lii_sq_event_free(q, e);
}

static void settle_locked(lii_sq *q, lii_sq_request *requests)
{
    lii_sq_request *r;
    size_t i;

    q->locked.crowd -= q->locked.crowd ? q->locked.crowd / 8 + 1 : 0;      /* a group that broke up is forgotten soon */
    if (q->locked.crowd < q->locked.asked - q->locked.settled)
        q->locked.crowd = q->locked.asked - q->locked.settled; /* these, and those who came meanwhile */
    for (r = requests; r; r = r->next) {
        q->locked.settled++;
        for (i = 0; r->kind == LII_SQ_PUT && i < r->n; i++)
            if (r->status == LI_OK)
                enter_locked(q, r->events[i]);
            else
                leave_locked(q, r->events[i]);
    }
}

/* Our own waiters first: a callback of the others may wait for what one of them holds. */
static void answer(lii_sq *q, lii_sq_request *requests)
{
    lii_sq_request *r;

    for (r = requests; r; r = r->next)
        if (r->kind == LII_SQ_WRITE) {
            r->done(r->user, r->status);
            r->done = NULL;
        }
    while (requests) {
        r = requests;
        requests = r->next;
        if (r->done)
            r->done(r->user, r->status);
        lii_free(&q->allocator, r);
    }
}

static void fail_all(lii_sq *q, lii_sq_request *requests, li_status status)
{
    lii_sq_request *r;

    for (r = requests; r; r = r->next)
        if (r->status == LI_OK) {
            r->status = status;
            if (status == LI_E_UNKNOWN && r->kind == LII_SQ_PUT)
                q->db.uncertain += r->n;
        }
}

static void break_off(lii_sq *q)
{
    if (!atomic_exchange(&q->is_broken, 1))
        lii_sq_note(q, "read-only: the disk did not take what it had accepted; close and open the queue");
}

/* What the failure means for those who wait, and what is tried again without them. */
static li_status judge(lii_sq *q, lii_sq_request *requests, int rc, int is_late)
{
    int is_sync = rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC;
    li_status status = lii_sq_status(rc);

    if (is_sync || rc == SQLITE_READONLY || (rc & 0xff) == SQLITE_CORRUPT)
        break_off(q);
    if (status == LI_E_NOSPC && !atomic_exchange(&q->is_full, 1))
        lii_sq_note(q, "no space: events are refused");
    fail_all(q, requests, is_late && status != LI_E_NOSPC ? LI_E_UNKNOWN : status);
    if (atomic_load(&q->is_broken) || q->db.n_changes == 0)
        return status;
    rc = lii_sq_transaction(q, NULL, &is_late);
    if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC)
        break_off(q);
    return lii_sq_status(rc);
}

static void sync_log(lii_sq *q)
{
    uint64_t now;

    if (q->options.sync != LI_SYNC_INTERVAL || q->wal_fd < 0 || q->db.is_synced)
        return;
    now = now_ms();
    if (now - q->db.synced_ms < q->options.sync_interval_ms)
        return;
    if (lii_io_sync(&q->io, q->wal_fd) < 0)
        break_off(q);
    q->db.synced_ms = now;
    q->db.is_synced = 1;
}

static void checkpoint(lii_sq *q)
{
    int rc, n_log = 0, n_done = -1;

    if (atomic_load(&q->is_broken))
        return;
    rc = sqlite3_wal_checkpoint_v2(q->db.writer, NULL, SQLITE_CHECKPOINT_PASSIVE, &n_log, &n_done);
    if (rc == SQLITE_OK && n_log == n_done)
        q->db.wal_frames = 0;    /* the next commit begins it anew */
    lii_sq_reserve_again(q);
    if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC)
        break_off(q);
}

static int has_work_locked(const lii_sq *q)
{
    return q->locked.first || q->locked.dirty_first;
}

/* Callers that wait have made the last commits: the next one is left to them. */
static int is_self_served_locked(const lii_sq *q)
{
    return q->locked.self_served >= LII_SQ_SELF_SERVED;
}

int lii_sq_turn_locked(lii_sq *q)
{
    if (q->locked.is_committing)
        return 0;
    q->locked.is_committing = 1;
    return 1;
}

/* With the lock. Those who wait for a turn, or for an answer of this commit, are woken by tell_idle, all at once. */
static void end_turn_locked(lii_sq *q)
{
    q->locked.is_committing = 0;
}

static void tell_idle(lii_sq *q)
{
    pthread_mutex_lock(&q->lock);
    if (has_work_locked(q) && q->locked.is_waiting && q->locked.is_waiting != WAITS_FOR_NOBODY)
        pthread_cond_signal(&q->work);
    pthread_cond_broadcast(&q->idle);
    pthread_mutex_unlock(&q->lock);
}

static uint64_t log_bytes(const lii_sq *q)
{
    return (uint64_t)q->db.wal_frames * q->db.page_bytes;
}

/* On a full disk sooner: what it holds may be what there is no room for. */
static uint64_t long_log(lii_sq *q)
{
    return atomic_load(&q->is_full) ? LII_SQ_CHECK_BYTES : LII_SQ_LOG_BYTES - LII_SQ_CHECK_BYTES;
}

/* What is not part of any answer: the log goes into the file when it has so many bytes, and to the disk when its time has come. */
static void tidy(lii_sq *q, uint64_t bytes)
{
    int is_long, is_mine;

    pthread_mutex_lock(&q->db.lock);
    is_long = log_bytes(q) >= bytes;
    sync_log(q);
    pthread_mutex_unlock(&q->db.lock);
    if (!is_long)
        return;
    pthread_mutex_lock(&q->lock);
    is_mine = lii_sq_turn_locked(q);
    q->locked.is_tidying |= is_mine;
    pthread_mutex_unlock(&q->lock);
    if (!is_mine)
        return;                  /* whoever is at it comes here next */
    pthread_mutex_lock(&q->db.lock);
    if (log_bytes(q) >= bytes) {
        lii_sq_keys_forget(q);
        checkpoint(q);
    }
    pthread_mutex_unlock(&q->db.lock);
    pthread_mutex_lock(&q->lock);
    q->locked.is_tidying = q->locked.is_log_used = 0;
    end_turn_locked(q);
    pthread_mutex_unlock(&q->lock);
    tell_idle(q);
}

static uint64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static struct timespec in_us(uint64_t us)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += (long)us * 1000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

/* Who waited for the last commit is likely to ask again at once. Two commits, one of the first of them and then one of the
 * rest, cost each of them more than one does: the turn waits until most are there again, but no longer than a commit lasts,
 * and not when nobody has come for a moment. */
static void gather_locked(lii_sq *q)
{
    uint64_t left_us = q->locked.commit_us, n;
    uint64_t moment_us = left_us / 4 > LII_SQ_GATHER_US ? left_us / 4 : LII_SQ_GATHER_US;

    if (!q->locked.is_threaded || !q->locked.first)
        return;
    q->locked.n_gathering++;
    while ((n = q->locked.asked - q->locked.settled) < q->locked.crowd && left_us >= moment_us && !q->locked.is_stopping) {
        struct timespec until = in_us(moment_us);

        left_us -= moment_us;
        pthread_cond_timedwait(&q->gathered, &q->lock, &until);
        if (q->locked.asked - q->locked.settled == n)
            break;
    }
    q->locked.n_gathering--;
}

/* The committer rests without a time while there is nothing to copy. */
static void note_log_locked(lii_sq *q)
{
    int was_used = q->locked.is_log_used;

    q->locked.is_log_used = log_bytes(q) >= LII_SQ_LOG_IDLE;
    if (q->locked.is_log_used && !was_used && q->locked.is_waiting == WAITS_FOR_ANY)
        pthread_cond_signal(&q->work);
}

void lii_sq_commit(lii_sq *q)
{
    lii_sq_request *requests, *r;
    li_status left = LI_OK;
    int rc, is_late = 0, has_room = 1;
    uint64_t bytes, begin_us;

    pthread_mutex_lock(&q->db.lock);
    pthread_mutex_lock(&q->lock);
    begin_us = now_us();
    requests = take_requests_locked(q, &bytes);
    take_changes_locked(q);
    pthread_mutex_unlock(&q->lock);
    if (atomic_load(&q->is_broken)) {
        fail_all(q, requests, LI_E_IO);
    } else if (requests || q->db.n_changes > 0) {
        if (bytes > 0)
            has_room = lii_sq_has_room(q, bytes);
        for (r = requests; r && !has_room; r = r->next)
            if (r->kind == LII_SQ_PUT)     /* the rest may use what is reserved: it is how room is made */
                r->status = LI_E_NOSPC;
        rc = lii_sq_transaction(q, requests, &is_late);
        if (rc != SQLITE_OK)
            left = judge(q, requests, rc, is_late);
        q->db.is_synced = 0;
    }
    pthread_mutex_lock(&q->lock);
    if (left == LI_OK || atomic_load(&q->is_broken))
        changes_done_locked(q);
    settle_locked(q, requests);
    q->locked.is_failing = left != LI_OK && !atomic_load(&q->is_broken);
    q->locked.commit_us = now_us() - begin_us;
    note_log_locked(q);
    end_turn_locked(q);          /* callbacks may want one of their own */
    pthread_mutex_unlock(&q->lock);
    pthread_mutex_unlock(&q->db.lock);
    answer(q, requests);
    tell_idle(q);
    tidy(q, long_log(q));
}

void lii_sq_flush(lii_sq *q)
{
    uint64_t asked, changed;

    pthread_mutex_lock(&q->lock);
    asked = q->locked.asked;
    changed = q->locked.changed;
    while (q->locked.settled < asked || q->locked.taken < changed || q->locked.is_failing) {
        if (!lii_sq_turn_locked(q)) {
            pthread_cond_wait(&q->idle, &q->lock);
            continue;
        }
        q->locked.self_served++;
        gather_locked(q);
        pthread_mutex_unlock(&q->lock);
        lii_sq_commit(q);
        pthread_mutex_lock(&q->lock);
        if (q->locked.is_failing && q->locked.settled >= asked)
            break;               /* what is left is tried again with what comes next */
    }
    pthread_mutex_unlock(&q->lock);
}

/* ---- the committer's thread */

static void wait_locked(lii_sq *q, int what, uint64_t ms)
{
    struct timespec until;

    q->locked.is_waiting = what;
    if (ms == 0) {
        pthread_cond_wait(&q->work, &q->lock);
    } else {
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += (long)(ms % 1000) * 1000000;
        until.tv_sec += (time_t)(ms / 1000) + until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&q->work, &q->lock, &until);
    }
    q->locked.is_waiting = 0;
}

/* What nobody waits for comes along with what somebody does, or a little later. */
static void linger_locked(lii_sq *q)
{
    uint64_t until = now_ms() + (q->locked.is_failing ? 50 : LII_SQ_LINGER_MS), now;

    while (!q->locked.first && !q->locked.is_stopping && (now = now_ms()) < until)
        wait_locked(q, WAITS_FOR_REQUEST, until - now);
}

/* Nobody wakes us: a look from time to time finds that what waits is committed by no caller, or that they have all gone. While
 * one of them copies the log into the file, what it has copied is sent to the disk: its flush then finds little left to do. */
static void watch_locked(lii_sq *q)
{
    uint64_t settled = q->locked.settled, taken = q->locked.taken;

    wait_locked(q, WAITS_FOR_NOBODY, LII_SQ_LINGER_MS);
    if (q->locked.is_tidying && q->file_fd >= 0) {
        pthread_mutex_unlock(&q->lock);
        sync_file_range(q->file_fd, 0, 0, SYNC_FILE_RANGE_WRITE); /* a hint: the flush is what counts */
        pthread_mutex_lock(&q->lock);
    }
    if (q->locked.settled == settled && q->locked.taken == taken && !q->locked.is_committing)
        q->locked.self_served = 0;
}

/* For something to do. When nothing happens for a while the log goes into the file, so that the next burst has all of it. */
static void rest_locked(lii_sq *q)
{
    uint64_t settled = q->locked.settled, taken = q->locked.taken;

    wait_locked(q, WAITS_FOR_ANY, q->locked.is_log_used ? LII_SQ_IDLE_MS : 0);
    if (!q->locked.is_log_used || q->locked.settled != settled || q->locked.taken != taken || q->locked.is_committing ||
        q->locked.is_stopping || has_work_locked(q))
        return;
    q->locked.is_log_used = 0;
    pthread_mutex_unlock(&q->lock);
    tidy(q, LII_SQ_LOG_IDLE);
    pthread_mutex_lock(&q->lock);
}

static void *committer_main(void *user)
{
    lii_sq *q = user;
    int by_time = q->options.sync == LI_SYNC_INTERVAL;

    pthread_mutex_lock(&q->lock);
    for (;;) {
        if (is_self_served_locked(q) && !q->locked.is_stopping) {
            watch_locked(q);
            continue;
        }
        if (!has_work_locked(q) && !q->locked.is_failing) {
            if (q->locked.is_stopping)
                break;
            if (by_time) {
                wait_locked(q, WAITS_FOR_ANY, q->options.sync_interval_ms);
            } else {
                rest_locked(q);
                continue;
            }
        }
        linger_locked(q);
        gather_locked(q);                    /* without the turn: who waits for all of them may take it first */
        if (!has_work_locked(q) && !q->locked.is_failing)
            continue;
        if (!lii_sq_turn_locked(q)) {        /* a caller commits for itself, and for us */
            pthread_cond_wait(&q->idle, &q->lock);
            continue;
        }
        if (q->locked.first)
            q->locked.self_served = 0;
        pthread_mutex_unlock(&q->lock);
        lii_sq_commit(q);
        pthread_mutex_lock(&q->lock);
        if (q->locked.is_stopping && q->locked.is_failing)
            break;
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

static li_status start(lii_sq *q)
{
    sigset_t all, before;
    int failed;

    pthread_mutex_lock(&q->db.lock);
    if (q->options.sync == LI_SYNC_FULL)
        lii_sq_log_fill(q);
    pthread_mutex_unlock(&q->db.lock);
    pthread_mutex_lock(&q->lock);
    if (q->locked.is_threaded) {
        pthread_mutex_unlock(&q->lock);
        return LI_OK;
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&q->committer, NULL, committer_main, q);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    q->locked.is_threaded = !failed;
    pthread_mutex_unlock(&q->lock);
    return failed ? LI_E_NOMEM : LI_OK;
}

li_status lii_sq_drive(lii_sq *q, int is_threaded)
{
    int was;

    if (is_threaded)
        return start(q);
    pthread_mutex_lock(&q->lock);
    was = q->locked.is_threaded;
    q->locked.is_stopping = 1;
    pthread_cond_signal(&q->work);
    pthread_mutex_unlock(&q->lock);
    if (was)
        pthread_join(q->committer, NULL);
    pthread_mutex_lock(&q->lock);
    q->locked.is_threaded = q->locked.is_stopping = 0;
    pthread_cond_broadcast(&q->idle);
    pthread_mutex_unlock(&q->lock);
    lii_sq_flush(q);
    return LI_OK;
}
