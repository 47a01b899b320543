/* test_sqlite_faults.c - the queue in SQLite on a disk that fails: the n-th write, sync, open or truncate, for all n of one
 * scripted life, each with every error. Afterwards the file is opened on a good disk, and what was told must be so. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include <lambdainvoke/sqlite.h>

/* ---- the disk: what is under FILE, FILE-wal and FILE-lock, SQLite's calls and ours */

static li_faulty *disk;

/* The n-th call of a method fails, or all from it on. error: of errno.h, or how else it goes. */
enum { SHORT = -1, DONE_AND_REFUSED = -2 };

static void disk_fails(const char *method, int n, int error, int stays)
{
    li_fault_rule rule = LI_FAULT_RULE_INIT;

    rule.method = li_z(method);
    rule.after = (uint64_t)n - 1;
    rule.times = stays ? 0 : 1;
    if (error == SHORT)
        rule.action = LI_FAULTY_SHORT;
    else if (error == DONE_AND_REFUSED)
        rule.action = LI_FAULTY_UNKNOWN;
    else
        rule.system_error = error;
    ck_assert_int_eq(li_faulty_add(disk, &rule), LI_OK);
}

static void disk_new(void)
{
    li_faulty_free(disk);
    ck_assert_int_eq(li_faulty_new(1, &disk), LI_OK);
}

/* ---- what all lives came to: tests run in processes of their own, and add to what they share */

static struct tally {
    atomic_int lives, unknown, there;
} *tally;

static void begin_tally(void)
{
    tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(tally != MAP_FAILED);
}

static void tell_tally(void)
{
    printf("failing disks: %d lives, %d accepts failed as unknown, %d of them were there after reopening\n", tally->lives,
           tally->unknown, tally->there);
    munmap(tally, sizeof *tally);
}

/* ---- one life */

static char dir[200], path[260];

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(dir, sizeof dir, "%.150s/li-faults-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert(mkdtemp(dir) != NULL);
    snprintf(path, sizeof path, "%s/q.db", dir);
    disk_new();
}

static void remove_files(void)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-lock", "-journal", "-new", "-new-journal" };
    char name[300];
    size_t i;

    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static void tear_down(void)
{
    li_faulty_free(disk);
    disk = NULL;
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

enum { ON_A_GOOD_DISK = 0, ON_THE_DISK = 1 };

static li_status open_with(li_queue *q, int which, int32_t sync)
{
    li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;
    li_status status;
    li_io io;

    o.path = li_z(path);
    o.sync = sync;
    if (which == ON_THE_DISK) {
        ck_assert_int_eq(li_faulty_io(disk, NULL, &io), LI_OK);
        o.io = &io;
    }
    status = li_sqlite_open(&o, q, NULL, &last_error);
    if (status != LI_OK)
        return status;
    status = q->ops->open(q->self, &host, &last_error);
    if (status != LI_OK)
        q->ops->free(q->self);
    return status;
}

static li_status open_it(li_queue *q, int which)
{
    return open_with(q, which, LI_SYNC_FULL);
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

    if (open_it(&q, ON_THE_DISK) != LI_OK)
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

    status = open_it(&q, ON_A_GOOD_DISK);
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

/* Every n of one method with one error. Returns the number of lives. */
static int run_all(const char *method, int error, int stays, int *n_unknown, int *n_there)
{
    int n, k, before = n_descriptors();

    for (n = 1; n < 2000; n++) {
        remove_files();
        disk_new();
        disk_fails(method, n, error, stays);
        memset(fates, 0, sizeof fates);
        for (k = 0; k < EVENTS; k++)
            fates[k].told = 1;
        clock_ms = UINT64_C(1700000000000);
        live();
        ck_assert_int_eq(n_descriptors(), before);
        *n_there += look(n_unknown);
        if (li_faulty_fired(disk, NULL) == 0)
            return n;
    }
    ck_abort_msg("there is no end of calls");
    return 0;
}

static const struct {
    const char *method;
    int error, stays, least;
} faults[] = {
    { "pwrite", EIO, 0, 20 },
    { "pwrite", ENOSPC, 0, 20 },
    { "pwrite", EINTR, 0, 20 },
    { "pwrite", SHORT, 0, 20 },
    { "pwrite", EIO, 1, 20 },
    { "pwrite", ENOSPC, 1, 20 },
    { "pwrite", DONE_AND_REFUSED, 0, 20 },
    { "pread", EIO, 0, 2 },
    { "pread", EINTR, 0, 2 },
    { "pread", SHORT, 0, 2 },
    { "fdatasync", EIO, 0, 10 },
    { "fdatasync", EIO, 1, 10 },
    { "fdatasync", EINTR, 0, 10 },
    { "fdatasync", DONE_AND_REFUSED, 0, 10 },
    { "open", EMFILE, 0, 5 },
    { "open", EIO, 1, 5 },
    { "open", EINTR, 0, 5 },
    { "truncate", EIO, 1, 1 },
    { "truncate", EINTR, 0, 1 },
    { "lock", EIO, 0, 1 },
    { "lock", EINTR, 0, 1 },
    { "rename", EIO, 0, 1 },
    { "rename", DONE_AND_REFUSED, 0, 1 },
    { "unlink", EIO, 0, 1 },
    { "sync_directory", EIO, 0, 1 },
    { "close", EIO, 0, 3 },
};

START_TEST(test_rel_26_rel_27_rel_102_a_failing_disk_loses_nothing_that_was_accepted)
{
    int unknown = 0, there = 0, lives;

    lives = run_all(faults[_i].method, faults[_i].error, faults[_i].stays, &unknown, &there);
    ck_assert_int_gt(lives, faults[_i].least);
    /* an accept that failed may be there: it was told to be unknown then, and only then */
    ck_assert_int_le(there, unknown);
    tally->lives += lives;
    tally->unknown += unknown;
    tally->there += there;
    if (strcmp(faults[_i].method, "fdatasync") == 0 && faults[_i].error != EINTR)
        ck_assert_int_gt(unknown, 0);
}
END_TEST

/* Syncs of the disk while so many events are accepted one by one. */
static int syncs_of(int32_t sync, int n_events)
{
    uint64_t before;
    uint32_t lane;
    li_queue q;
    int i, n;

    memset(fates, 0, sizeof fates);
    clock_ms = UINT64_C(1700000000000);
    ck_assert_msg(open_with(&q, ON_THE_DISK, sync) == LI_OK, "%s", last_error.text);
    ck_assert_int_eq(q.ops->lane(q.self, "fn", 2, &lane, NULL), LI_OK);
    before = li_faulty_calls(disk, "fdatasync");
    for (i = 0; i < n_events; i++) {
        fates[i].told = 1;
        put_one(&q, lane, i, 10);
        q.ops->flush(q.self);
        ck_assert_int_eq(fates[i].told, LI_OK);
    }
    n = (int)(li_faulty_calls(disk, "fdatasync") - before);
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
    ck_assert_msg(open_it(&q, ON_THE_DISK) == LI_OK, "%s", last_error.text);
    ck_assert_int_eq(q.ops->lane(q.self, "fn", 2, &lane, NULL), LI_OK);
    put_one(&q, lane, 0, 10);
    q.ops->flush(q.self);
    ck_assert_int_eq(fates[0].told, LI_OK);
    disk_fails("fdatasync", 1, EIO, 0);
    fates[1].told = fates[2].told = 1;
    put_one(&q, lane, 1, 10);
    put_one(&q, lane, 2, 10);
    q.ops->flush(q.self);
    ck_assert_uint_eq(li_faulty_fired(disk, "fdatasync"), 1);
    ck_assert_int_eq(fates[1].told, LI_E_UNKNOWN);
    ck_assert_int_eq(fates[2].told, LI_E_UNKNOWN);
    li_faulty_clear(disk);       /* the disk would take it now: it is not asked */
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
    ck_assert_int_eq(open_it(&q, ON_A_GOOD_DISK), LI_OK);
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
    ck_assert_msg(open_it(&q, ON_THE_DISK) == LI_OK, "%s", last_error.text);
    ck_assert_int_eq(q.ops->lane(q.self, "fn", 2, &lane, NULL), LI_OK);
    put_one(&q, lane, 0, 10);
    put_one(&q, lane, 1, 10);
    q.ops->flush(q.self);
    disk_fails("pwrite", 1, ENOSPC, 1);
    fates[2].told = 1;
    put_one(&q, lane, 2, 10);
    q.ops->flush(q.self);
    ck_assert_int_eq(fates[2].told, LI_E_NOSPC);
    ck_assert_int_eq(q.ops->take(q.self, lane, clock_ms, clock_ms + 1000, 2, l, &n), LI_OK);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_eq(q.ops->ack(q.self, &l[0].token, 1), LI_OK);
    q.ops->flush(q.self);        /* cannot be written, and is not forgotten */
    li_faulty_clear(disk);
    fates[3].told = 1;
    put_one(&q, lane, 3, 10);
    q.ops->flush(q.self);
    ck_assert_int_eq(fates[3].told, LI_OK);
    q.ops->close(q.self);
    q.ops->free(q.self);
    ck_assert_int_eq(open_it(&q, ON_A_GOOD_DISK), LI_OK);
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

static const char *const kinds[] = { "pwrite", "fdatasync", "open", "truncate" };

/* All of the way from schema 1 to the present one, or none of it. */
START_TEST(test_rel_30_a_disk_that_fails_while_a_file_is_brought_to_a_newer_schema_leaves_all_of_it)
{
    int n, failed = 0;
    li_queue q;

    for (n = 1;; n++) {
        li_queue_stats stats = { sizeof stats, 0, 0, 0, 0 };

        ck_assert_int_lt(n, 500);
        remove_files();
        copy_schema_1();
        clock_ms = UINT64_C(1700000000000);
        disk_new();
        disk_fails(kinds[_i], n, ENOSPC, 0);
        if (open_it(&q, ON_THE_DISK) == LI_OK) {
            q.ops->close(q.self);
            q.ops->free(q.self);
        } else {
            failed++;
        }
        ck_assert_msg(open_it(&q, ON_A_GOOD_DISK) == LI_OK, "%s", last_error.text);
        q.ops->stats(q.self, UINT32_MAX, &stats);
        ck_assert_uint_eq(stats.pending, 5);
        q.ops->close(q.self);
        q.ops->free(q.self);
        if (li_faulty_fired(disk, NULL) == 0)
            break;
    }
    ck_assert(failed > 0 || strcmp(kinds[_i], "truncate") == 0);
}
END_TEST

static void count_end(void *self)
{
    ++*(int *)self;
}

START_TEST(test_rel_102_an_io_that_cannot_be_used_is_ended_and_leaves_no_file)
{
    li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;
    li_io_ops ops = *li_io_system()->ops;
    li_error err = LI_ERROR_INIT;
    int ended = 0;
    li_queue q;
    li_io io;

    ops.free = count_end;
    ops.pread = NULL;
    io.ops = &ops;
    io.self = &ended;
    o.path = li_z(path);
    o.io = &io;
    ck_assert_int_eq(li_sqlite_open(&o, &q, NULL, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_BACKEND_METHOD);
    ck_assert_int_eq(ended, 1);
    ops.pread = li_io_system()->ops->pread;
    ck_assert_int_eq(li_sqlite_open(&o, NULL, NULL, &err), LI_E_INVALID);
    ck_assert_int_eq(ended, 2);
    o.vfs = "no such vfs";
    ck_assert_int_eq(li_sqlite_open(&o, &q, NULL, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "vfs");
    ck_assert_int_eq(ended, 3);
    ck_assert_int_eq(access(path, F_OK), -1);
    strcat(path, "-lock");
    ck_assert_int_eq(access(path, F_OK), -1);
    path[strlen(path) - 5] = '\0';
    o.vfs = NULL;
    ck_assert_int_eq(li_sqlite_open(&o, &q, NULL, &err), LI_OK);
    ck_assert_int_eq(ended, 3);
    q.ops->free(q.self);
    ck_assert_int_eq(ended, 4);
}
END_TEST

Suite *suite_sqlite_faults(void)
{
    Suite *suite = suite_create("sqlite_faults");
    TCase *tcase = tcase_create("disk");

    tcase_add_unchecked_fixture(tcase, begin_tally, tell_tally);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_rel_26_rel_27_rel_102_a_failing_disk_loses_nothing_that_was_accepted, 0,
                        (int)(sizeof faults / sizeof faults[0]));
    tcase_add_loop_test(tcase, test_rel_30_a_disk_that_fails_while_a_file_is_brought_to_a_newer_schema_leaves_all_of_it, 0,
                        (int)(sizeof kinds / sizeof kinds[0]));
    tcase_add_test(tcase, test_rel_32_an_acceptance_is_on_the_disk_unless_a_weaker_mode_is_asked_for);
    tcase_add_test(tcase, test_rel_102_an_io_that_cannot_be_used_is_ended_and_leaves_no_file);
    tcase_add_test(tcase, test_rel_24_a_failed_sync_makes_the_queue_read_only_until_it_is_opened_again);
    tcase_add_test(tcase, test_rel_25_a_full_disk_refuses_accepts_finishes_the_rest_and_goes_on_by_itself);
    suite_add_tcase(suite, tcase);
    return suite;
}
