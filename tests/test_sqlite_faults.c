/* test_sqlite_faults.c - the queue in SQLite on a disk that fails: the n-th write, sync, open or truncate, for all n of one
 * scripted life, each with every error. Afterwards the file is opened on a good disk, and what was told must be so. */
#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <lambdainvoke/sqlite.h>

/* ---- the disk: SQLite's system calls, and its syncs */

enum { ON_WRITE = 1, ON_SYNC, ON_OPEN, ON_TRUNCATE };
enum { SHORT_WRITE = -1 };

static struct {
    int on;                      /* which calls; 0: none */
    int countdown;
    int error;                   /* errno, or SHORT_WRITE */
    int stays;                   /* 1: all calls from the n-th on */
    int fired;
} disk;

static int fails_now(int on)
{
    if (disk.on != on || (disk.fired && !disk.stays))
        return 0;
    if (!disk.fired && --disk.countdown > 0)
        return 0;
    disk.fired++;
    return 1;
}

static ssize_t faulty_write(int fd, const void *data, size_t len)
{
    if (!fails_now(ON_WRITE))
        return write(fd, data, len);
    if (disk.error == SHORT_WRITE)
        return write(fd, data, len / 2);
    errno = disk.error;
    return -1;
}

static ssize_t faulty_pwrite(int fd, const void *data, size_t len, off_t at)
{
    if (!fails_now(ON_WRITE))
        return pwrite(fd, data, len, at);
    if (disk.error == SHORT_WRITE)
        return pwrite(fd, data, len / 2, at);
    errno = disk.error;
    return -1;
}

static int faulty_open(const char *path, int flags, int mode)
{
    if (!fails_now(ON_OPEN))
        return open(path, flags, mode);
    errno = disk.error;
    return -1;
}

static int faulty_truncate(int fd, off_t size)
{
    if (!fails_now(ON_TRUNCATE))
        return ftruncate(fd, size);
    errno = disk.error;
    return -1;
}

static sqlite3_vfs faulty_vfs, *unix_vfs;
static sqlite3_io_methods faulty_methods[4];      /* files that lock and files that do not have different ones */
static const sqlite3_io_methods *real_methods[4];
static int (*real_sync)(sqlite3_file *file, int flags);

static int faulty_sync(sqlite3_file *file, int flags)
{
    return fails_now(ON_SYNC) ? SQLITE_IOERR_FSYNC : real_sync(file, flags);
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    int rc = unix_vfs->xOpen(unix_vfs, name, file, flags, out);

    (void)vfs;
    if (file->pMethods) {
        int i = 0;

        while (real_methods[i] && real_methods[i] != file->pMethods)
            i++;
        ck_assert_int_lt(i, 4);
        real_methods[i] = file->pMethods;
        faulty_methods[i] = *file->pMethods;
        real_sync = file->pMethods->xSync;   /* the same for all */
        faulty_methods[i].xSync = faulty_sync;
        file->pMethods = &faulty_methods[i];
    }
    return rc;
}

static void install(void)
{
    unix_vfs = sqlite3_vfs_find("unix");
    ck_assert(unix_vfs != NULL);
    unix_vfs->xSetSystemCall(unix_vfs, "write", (sqlite3_syscall_ptr)faulty_write);
    unix_vfs->xSetSystemCall(unix_vfs, "pwrite", (sqlite3_syscall_ptr)faulty_pwrite);
    unix_vfs->xSetSystemCall(unix_vfs, "pwrite64", (sqlite3_syscall_ptr)faulty_pwrite);
    unix_vfs->xSetSystemCall(unix_vfs, "open", (sqlite3_syscall_ptr)faulty_open);
    unix_vfs->xSetSystemCall(unix_vfs, "ftruncate", (sqlite3_syscall_ptr)faulty_truncate);
    faulty_vfs = *unix_vfs;
    faulty_vfs.zName = "faulty";
    faulty_vfs.xOpen = vfs_open;
    ck_assert_int_eq(sqlite3_vfs_register(&faulty_vfs, 0), SQLITE_OK);
}

/* ---- one life */

static char dir[200], path[260];

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(dir, sizeof dir, "%.150s/li-faults-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert(mkdtemp(dir) != NULL);
    snprintf(path, sizeof path, "%s/q.db", dir);
    memset(&disk, 0, sizeof disk);
    install();
}

static void remove_files(void)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-lock", "-journal" };
    char name[300];
    size_t i;

    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static void tear_down(void)
{
    remove_files();
    rmdir(dir);
}

enum { EVENTS = 12 };

typedef struct event_fate {
    li_status told;              /* what done or put said; 1: nothing yet */
    int acked;
    int is_there;
} event_fate;

static event_fate fates[EVENTS];
static uint64_t clock_ms;

static uint64_t now_ms(void *engine)
{
    (void)engine;
    return clock_ms;
}

static void no_wake(void *engine, uint32_t lane)
{
    (void)engine;
    (void)lane;
}

static const li_queue_host host = { .size = sizeof host, .now_ms = now_ms, .wake = no_wake, .max_events = 1000, .max_bytes = 1 << 30 };

static void told(void *user, li_status status)
{
    *(li_status *)user = status;
}

static void put_one(const li_queue *q, uint32_t lane, int number, size_t len)
{
    char payload[70000];
    li_queue_event e;
    li_status status;

    memset(payload, 'a' + number, sizeof payload);
    memset(&e, 0, sizeof e);
    e.header.id.bytes[0] = (uint8_t)(number + 1);
    e.header.accepted_ms = e.header.due_ms = clock_ms;
    e.header.lane = lane;
    e.header.payload_len = (uint32_t)len;
    e.payload = payload;
    status = q->ops->put(q->self, &e, 1, told, &fates[number].told, NULL);
    if (status != LI_OK)
        fates[number].told = status;
}

static li_error last_error = LI_ERROR_INIT;

static li_status open_with(li_queue *q, const char *vfs, int32_t sync)
{
    li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;
    li_status status;

    o.path = li_z(path);
    o.vfs = vfs;
    o.sync = sync;
    status = li_sqlite_open(&o, q, NULL, &last_error);
    if (status != LI_OK)
        return status;
    status = q->ops->open(q->self, &host, &last_error);
    if (status != LI_OK)
        q->ops->free(q->self);
    return status;
}

static li_status open_it(li_queue *q, const char *vfs)
{
    return open_with(q, vfs, LI_SYNC_FULL);
}

/* Puts alone and together, an outcome, acks, a delay; then the end. */
static void live(void)
{
    li_event_header header;
    li_status resolved;
    li_lease l[4];
    uint32_t lane;
    li_queue q;
    size_t n, i;
    int k;

    if (open_it(&q, "faulty") != LI_OK)
        return;
    if (q.ops->lane(q.self, "fn", 2, &lane, NULL) == LI_OK) {
        for (k = 0; k < 4; k++) {
            put_one(&q, lane, k, 100);
            q.ops->flush(q.self);
        }
        for (; k < 8; k++)
            put_one(&q, lane, k, k == 5 ? 70000 : 10);
        q.ops->flush(q.self);
        if (q.ops->take(q.self, lane, clock_ms, clock_ms + 100000, 4, l, &n) == LI_OK) {
            for (i = 0; i < n; i++) {
                header = *l[i].header;
                if (i == 0) {
                    q.ops->resolve(q.self, l[i].token, LI_EVENT_SUCCEEDED, "{}", 2, told, &resolved);
                    q.ops->flush(q.self);
                }
                if (i < 2) {
                    fates[header.id.bytes[0] - 1].acked = 1;
                    q.ops->ack(q.self, &l[i].token, 1);
                } else if (i == 2) {
                    header.starts = 1;
                    header.due_ms += 60000;
                    q.ops->delay(q.self, l[i].token, &header);
                }
            }
        }
        q.ops->flush(q.self);
        for (k = 8; k < EVENTS; k++) {
            put_one(&q, lane, k, 50);
            q.ops->flush(q.self);
        }
    }
    q.ops->close(q.self);
    q.ops->free(q.self);
}

/* A good disk again: what is there is whole, and is what was told. Returns how many unknown ones are there. */
static int look(int *n_unknown)
{
    li_status status;
    uint32_t lane;
    li_queue q;
    li_lease l;
    size_t n;
    int k, there = 0;

    status = open_it(&q, NULL);
    ck_assert_msg(status == LI_OK, "%s", last_error.text);
    ck_assert_int_eq(q.ops->lane(q.self, "fn", 2, &lane, NULL), LI_OK);
    clock_ms += 1000000;
    while (q.ops->take(q.self, lane, clock_ms, clock_ms + 100000, 1, &l, &n) == LI_OK && n == 1) {
        k = l.header->id.bytes[0] - 1;
        ck_assert_int_ge(k, 0);
        ck_assert_int_lt(k, EVENTS);
        ck_assert_int_eq(fates[k].is_there, 0);
        fates[k].is_there = 1;
        for (n = 0; n < l.header->payload_len; n++)
            ck_assert_int_eq(l.payload[n], 'a' + k);
    }
    clock_ms -= 1000000;
    q.ops->close(q.self);
    q.ops->free(q.self);
    for (k = 0; k < EVENTS; k++) {
        if (fates[k].told == LI_OK && !fates[k].acked)
            ck_assert_msg(fates[k].is_there, "accepted event %d is lost", k);
        if (fates[k].told != LI_OK && fates[k].told != LI_E_UNKNOWN)
            ck_assert_msg(!fates[k].is_there, "event %d was refused with %d and is there", k, fates[k].told);
        *n_unknown += fates[k].told == LI_E_UNKNOWN;
        there += fates[k].told == LI_E_UNKNOWN && fates[k].is_there;
    }
    return there;
}

/* Every n of one kind of call with one error. Returns the number of lives. */
static int run_all(int on, int error, int stays, int *n_unknown, int *n_there)
{
    int n, k;

    for (n = 1; n < 2000; n++) {
        remove_files();
        memset(&disk, 0, sizeof disk);
        memset(fates, 0, sizeof fates);
        for (k = 0; k < EVENTS; k++)
            fates[k].told = 1;
        clock_ms = UINT64_C(1700000000000);
        disk.on = on;
        disk.countdown = n;
        disk.error = error;
        disk.stays = stays;
        live();
        k = disk.fired;
        memset(&disk, 0, sizeof disk);
        *n_there += look(n_unknown);
        if (k == 0)
            return n;
    }
    ck_abort_msg("there is no end of calls");
    return 0;
}

static const struct {
    int on, error, stays, least;
} faults[] = {
    { ON_WRITE, EIO, 0, 20 },    { ON_WRITE, ENOSPC, 0, 20 },  { ON_WRITE, EINTR, 0, 20 },     { ON_WRITE, SHORT_WRITE, 0, 20 },
    { ON_WRITE, EIO, 1, 20 },    { ON_WRITE, ENOSPC, 1, 20 },  { ON_SYNC, EIO, 0, 10 },        { ON_SYNC, EIO, 1, 10 },
    { ON_OPEN, EMFILE, 0, 2 },   { ON_OPEN, EIO, 1, 2 },       { ON_OPEN, EINTR, 0, 2 },       { ON_TRUNCATE, EIO, 1, 1 },
    { ON_TRUNCATE, EINTR, 0, 1 },
};

START_TEST(test_rel_26_rel_27_a_failing_disk_loses_nothing_that_was_accepted)
{
    int unknown = 0, there = 0, lives;

    lives = run_all(faults[_i].on, faults[_i].error, faults[_i].stays, &unknown, &there);
    ck_assert_int_gt(lives, faults[_i].least);
    /* an accept that failed may be there: it was told to be unknown then, and only then */
    ck_assert_int_le(there, unknown);
    if (faults[_i].on == ON_SYNC)
        ck_assert_int_gt(unknown, 0);
}
END_TEST

/* Syncs of the disk while so many events are accepted one by one. */
static int syncs_of(int32_t sync, int n_events)
{
    enum { FAR = 1000000 };
    uint32_t lane;
    li_queue q;
    int i, n;

    memset(fates, 0, sizeof fates);
    clock_ms = UINT64_C(1700000000000);
    ck_assert_msg(open_with(&q, "faulty", sync) == LI_OK, "%s", last_error.text);
    ck_assert_int_eq(q.ops->lane(q.self, "fn", 2, &lane, NULL), LI_OK);
    disk.on = ON_SYNC;
    disk.countdown = FAR;
    for (i = 0; i < n_events; i++) {
        fates[i].told = 1;
        put_one(&q, lane, i, 10);
        q.ops->flush(q.self);
        ck_assert_int_eq(fates[i].told, LI_OK);
    }
    n = FAR - disk.countdown;
    disk.on = 0;
    q.ops->close(q.self);
    q.ops->free(q.self);
    return n;
}

START_TEST(test_rel_32_an_acceptance_is_on_the_disk_unless_a_weaker_mode_is_asked_for)
{
    li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;
    li_queue q;

    ck_assert_int_eq(o.sync, LI_SYNC_FULL);
    ck_assert_int_ge(syncs_of(LI_SYNC_FULL, 5), 5);
    ck_assert_int_eq(syncs_of(LI_SYNC_NONE, 5), 0);
    o.path = li_z(path);
    o.sync = 77;
    ck_assert_int_eq(li_sqlite_open(&o, &q, NULL, &last_error), LI_E_INVALID);
}
END_TEST

START_TEST(test_rel_24_a_failed_sync_makes_the_queue_read_only_until_it_is_opened_again)
{
    li_error err = LI_ERROR_INIT;
    li_queue_event e;
    uint32_t lane;
    li_queue q;
    li_lease l;
    size_t n;

    memset(fates, 0, sizeof fates);
    clock_ms = UINT64_C(1700000000000);
    ck_assert_msg(open_it(&q, "faulty") == LI_OK, "%s", last_error.text);
    ck_assert_int_eq(q.ops->lane(q.self, "fn", 2, &lane, NULL), LI_OK);
    put_one(&q, lane, 0, 10);
    q.ops->flush(q.self);
    ck_assert_int_eq(fates[0].told, LI_OK);
    disk.on = ON_SYNC;
    disk.countdown = 1;
    fates[1].told = fates[2].told = 1;
    put_one(&q, lane, 1, 10);
    put_one(&q, lane, 2, 10);
    q.ops->flush(q.self);
    ck_assert_int_eq(disk.fired, 1);
    ck_assert_int_eq(fates[1].told, LI_E_UNKNOWN);
    ck_assert_int_eq(fates[2].told, LI_E_UNKNOWN);
    disk.on = 0;                 /* the disk would take it now: it is not asked */
    memset(&e, 0, sizeof e);
    e.header.lane = lane;
    ck_assert_int_eq(q.ops->put(q.self, &e, 1, told, &fates[3].told, &err), LI_E_IO);
    ck_assert_int_eq(err.detail, LI_DETAIL_SQLITE_READ_ONLY);
    ck_assert(strstr(err.text, "open it again") != NULL);
    /* what was accepted is still worked on */
    ck_assert_int_eq(q.ops->take(q.self, lane, clock_ms, clock_ms + 1000, 1, &l, &n), LI_OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(q.ops->ack(q.self, &l.token, 1), LI_OK);
    q.ops->flush(q.self);
    q.ops->close(q.self);
    q.ops->free(q.self);
    ck_assert_int_eq(open_it(&q, NULL), LI_OK);
    fates[4].told = 1;
    put_one(&q, lane, 4, 10);
    q.ops->flush(q.self);
    ck_assert_int_eq(fates[4].told, LI_OK);
    q.ops->close(q.self);
    q.ops->free(q.self);
}
END_TEST

START_TEST(test_rel_25_a_full_disk_refuses_accepts_finishes_the_rest_and_goes_on_by_itself)
{
    uint32_t lane;
    li_queue q;
    li_lease l[2];
    size_t n;

    memset(fates, 0, sizeof fates);
    clock_ms = UINT64_C(1700000000000);
    ck_assert_msg(open_it(&q, "faulty") == LI_OK, "%s", last_error.text);
    ck_assert_int_eq(q.ops->lane(q.self, "fn", 2, &lane, NULL), LI_OK);
    put_one(&q, lane, 0, 10);
    put_one(&q, lane, 1, 10);
    q.ops->flush(q.self);
    disk.on = ON_WRITE;
    disk.countdown = 1;
    disk.error = ENOSPC;
    disk.stays = 1;
    fates[2].told = 1;
    put_one(&q, lane, 2, 10);
    q.ops->flush(q.self);
    ck_assert_int_eq(fates[2].told, LI_E_NOSPC);
    ck_assert_int_eq(q.ops->take(q.self, lane, clock_ms, clock_ms + 1000, 2, l, &n), LI_OK);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_eq(q.ops->ack(q.self, &l[0].token, 1), LI_OK);
    q.ops->flush(q.self);        /* cannot be written, and is not forgotten */
    disk.on = 0;
    fates[3].told = 1;
    put_one(&q, lane, 3, 10);
    q.ops->flush(q.self);
    ck_assert_int_eq(fates[3].told, LI_OK);
    q.ops->close(q.self);
    q.ops->free(q.self);
    ck_assert_int_eq(open_it(&q, NULL), LI_OK);
    ck_assert_int_eq(q.ops->take(q.self, 0, clock_ms, clock_ms + 1000, 2, l, &n), LI_OK);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_eq(l[0].header->id.bytes[0], 2);   /* the acked one is gone */
    ck_assert_int_eq(l[1].header->id.bytes[0], 4);
    q.ops->close(q.self);
    q.ops->free(q.self);
}
END_TEST

static void copy_schema_1(void)
{
    FILE *in = fopen("tests/data/schema-1.db", "rb"), *out = fopen(path, "wb");
    char bytes[8192];
    size_t n;

    ck_assert(in != NULL && out != NULL);
    n = fread(bytes, 1, sizeof bytes, in);
    ck_assert_uint_eq(fwrite(bytes, 1, n, out), n);
    fclose(in);
    fclose(out);
}

static const int kinds[] = { ON_WRITE, ON_SYNC, ON_OPEN, ON_TRUNCATE };

/* All of the way from schema 1 to the present one, or none of it. */
START_TEST(test_rel_30_a_disk_that_fails_while_a_file_is_brought_to_a_newer_schema_leaves_all_of_it)
{
    int n, failed = 0, fired;
    li_queue q;

    for (n = 1;; n++) {
        li_queue_stats stats = { sizeof stats, 0, 0, 0, 0 };

        ck_assert_int_lt(n, 500);
        remove_files();
        copy_schema_1();
        clock_ms = UINT64_C(1700000000000);
        memset(&disk, 0, sizeof disk);
        disk.on = kinds[_i];
        disk.countdown = n;
        disk.error = ENOSPC;
        if (open_it(&q, "faulty") == LI_OK) {
            q.ops->close(q.self);
            q.ops->free(q.self);
        } else {
            failed++;
        }
        fired = disk.fired;
        memset(&disk, 0, sizeof disk);
        ck_assert_msg(open_it(&q, NULL) == LI_OK, "%s", last_error.text);
        q.ops->stats(q.self, UINT32_MAX, &stats);
        ck_assert_uint_eq(stats.pending, 5);
        q.ops->close(q.self);
        q.ops->free(q.self);
        if (!fired)
            break;
    }
    ck_assert(failed > 0 || kinds[_i] == ON_TRUNCATE);
}
END_TEST

Suite *suite_sqlite_faults(void)
{
    Suite *suite = suite_create("sqlite_faults");
    TCase *tcase = tcase_create("disk");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_rel_26_rel_27_a_failing_disk_loses_nothing_that_was_accepted, 0,
                        (int)(sizeof faults / sizeof faults[0]));
    tcase_add_loop_test(tcase, test_rel_30_a_disk_that_fails_while_a_file_is_brought_to_a_newer_schema_leaves_all_of_it, 0,
                        (int)(sizeof kinds / sizeof kinds[0]));
    tcase_add_test(tcase, test_rel_32_an_acceptance_is_on_the_disk_unless_a_weaker_mode_is_asked_for);
    tcase_add_test(tcase, test_rel_24_a_failed_sync_makes_the_queue_read_only_until_it_is_opened_again);
    tcase_add_test(tcase, test_rel_25_a_full_disk_refuses_accepts_finishes_the_rest_and_goes_on_by_itself);
    suite_add_tcase(suite, tcase);
    return suite;
}
