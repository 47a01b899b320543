/* test_sqlite_file.c - everything that can happen to a file: torn, flipped, foreign, newer, locked, full, of another clock. */
#include "fixture.h"

#include <errno.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "place.h"

static uint64_t clock_ms;
static int n_quarantined, n_states;
static char last_state[200];

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

static void note(void *engine, int32_t what, const li_id *id, const char *lane, const char *why)
{
    (void)engine;
    (void)id;
    (void)lane;
    n_quarantined += what == LI_QUEUE_NOTE_QUARANTINED;
    n_states += what == LI_QUEUE_NOTE_STATE;
    if (what == LI_QUEUE_NOTE_STATE)
        snprintf(last_state, sizeof last_state, "%s", why);
}

static li_queue_host host = { .size = sizeof host, .now_ms = now_ms, .wake = no_wake, .note = note, .max_events = 100000,
                              .max_bytes = 1 << 30 };

static void set_up(void)
{
    set_up_place();
    clock_ms = UINT64_C(1700000000000);
    n_quarantined = n_states = 0;
    host.is_virtual = 0;
}

static li_status last_told;

static void told(void *user, li_status status)
{
    (void)user;
    last_told = status;
}

/* Event number k has the payload of k times 'a' + k % 26 and 100. */
static li_status put(const li_queue *q, int k)
{
    char payload[1200];
    li_queue_event e;
    uint32_t lane;

    ck_assert_int_eq(q->ops->lane(q->self, "fn", 2, &lane, NULL), LI_OK);
    memset(payload, 'a' + k % 26, sizeof payload);
    memset(&e, 0, sizeof e);
    memcpy(e.header.id.bytes, &k, sizeof k);
    e.header.accepted_ms = e.header.due_ms = clock_ms;
    e.header.lane = lane;
    e.header.payload_len = (uint32_t)(100 + k % 1000);
    e.payload = payload;
    ck_assert_int_eq(q->ops->put(q->self, &e, 1, told, NULL, NULL), LI_OK);
    q->ops->flush(q->self);
    return last_told;
}

static li_status open_queue(int n, li_queue *q, li_error *err)
{
    li_status status = open_file(n, q, NULL, err);

    if (status != LI_OK)
        return status;
    status = q->ops->open(q->self, &host, err);
    if (status != LI_OK)
        q->ops->free(q->self);
    return status;
}

static void close_queue(const li_queue *q)
{
    q->ops->close(q->self);
    q->ops->free(q->self);
}

/* All that can be taken, each checked byte for byte, seen[k] set; returns how many. */
static int take_all(const li_queue *q, char *seen, int n_seen)
{
    li_lease l;
    size_t n;
    uint32_t lane, i;
    int count = 0, k;

    ck_assert_int_eq(q->ops->lane(q->self, "fn", 2, &lane, NULL), LI_OK);
    memset(seen, 0, (size_t)n_seen);
    while (q->ops->take(q->self, lane, clock_ms, clock_ms + 100000, 1, &l, &n) == LI_OK && n == 1) {
        memcpy(&k, l.header->id.bytes, sizeof k);
        ck_assert_int_ge(k, 0);
        ck_assert_int_lt(k, n_seen);
        ck_assert_int_eq(seen[k], 0);
        seen[k] = 1;
        ck_assert_uint_eq(l.header->payload_len, (uint32_t)(100 + k % 1000));
        for (i = 0; i < l.header->payload_len; i++)
            ck_assert_int_eq(l.payload[i], 'a' + k % 26);
        count++;
    }
    return count;
}

static off_t size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? st.st_size : -1;
}

/* A file whose process was killed after `events` single puts: all of it in the log. */
static void make_killed(int n, int events)
{
    li_queue q;
    int k;

    ck_assert_int_eq(open_queue(99, &q, NULL), LI_OK);
    for (k = 0; k < events; k++)
        ck_assert_int_eq(put(&q, k), LI_OK);
    freeze(99, n);
    close_queue(&q);
}

/* Which of them are there is a question of the log's end: all before the cut are, none is half. */
static void expect_prefix(int n, int events, int at_least)
{
    char seen[64];
    li_queue q;
    int count, k;

    ck_assert_int_eq(open_queue(n, &q, NULL), LI_OK);
    count = take_all(&q, seen, events);
    ck_assert_int_ge(count, at_least);
    for (k = 0; k < count; k++)
        ck_assert_int_eq(seen[k], 1);
    close_queue(&q);
}

enum { FRAME = 24 + 32768 };

/* REL-21: cut the log at every byte of its last three records. A byte of a page is like its neighbours: of those, one in 61. */
START_TEST(test_rel_21_a_log_cut_anywhere_in_its_last_three_records_opens)
{
    off_t size, at;
    int cuts = 0;

    make_killed(1, 12);
    size = size_of(file_of(1, "-wal"));
    ck_assert_int_gt(size, 12 * FRAME);
    for (at = size - 3 * FRAME; at < size; at += (at - 32) % FRAME < 64 || (at - 32) % FRAME > FRAME - 64 ? 1 : 61) {
        freeze(1, 2);
        ck_assert_int_eq(truncate(file_of(2, "-wal"), at), 0);
        expect_prefix(2, 12, 9);
        cuts++;
    }
    ck_assert_int_gt(cuts, 1500);
}
END_TEST

START_TEST(test_rel_21_a_log_with_a_garbled_end_opens)
{
    char noise[4096];
    off_t size, at, i;
    int fd, kind;

    make_killed(1, 12);
    size = size_of(file_of(1, "-wal"));
    for (kind = 0; kind < 2; kind++)
        for (at = size - 3 * FRAME; at < size; at += 1021) {
            freeze(1, 2);
            fd = open(file_of(2, "-wal"), O_WRONLY);
            for (i = at; i < size; i += (off_t)sizeof noise) {
                size_t n = (size_t)(size - i) < sizeof noise ? (size_t)(size - i) : sizeof noise;

                memset(noise, kind ? (int)(i / 4096 % 255) + 1 : 0, sizeof noise);
                ck_assert_int_eq(pwrite(fd, noise, n, i), (ssize_t)n);
            }
            close(fd);
            expect_prefix(2, 12, 9);
        }
}
END_TEST

/* With threads the log is written ahead, so that commits write over blocks that are there: zeros are no damage, wherever the
 * process is killed, and good frames behind a bad one are found in front of them. */
START_TEST(test_rel_21_a_log_that_was_written_ahead_opens_wherever_it_ends)
{
    li_sqlite_report report = LI_SQLITE_REPORT_INIT;
    li_error err = LI_ERROR_INIT;
    const int counts[] = { 0, 1, 12 };
    char none[FRAME] = { 0 };
    li_queue q;
    int i, k, fd;

    for (i = 0; i < 3; i++) {
        ck_assert_int_eq(open_queue(98 - i, &q, NULL), LI_OK);
        ck_assert_int_eq(q.ops->drive(q.self, 1), LI_OK);
        for (k = 0; k < counts[i]; k++)
            ck_assert_int_eq(put(&q, k), LI_OK);
        freeze(98 - i, 1);
        close_queue(&q);
        ck_assert_int_ge(size_of(file_of(1, "-wal")), 32 << 20);
        ck_assert_int_eq(li_sqlite_check(file_of(1, ""), LI_Z, &report, NULL, NULL, &err), LI_OK);
        ck_assert_uint_eq(report.torn_frames, 0);
        ck_assert_uint_eq(report.events, (uint64_t)counts[i]);
        freeze(1, 2);
        expect_prefix(2, 12, counts[i]);
    }
    freeze(1, 2);
    fd = open(file_of(2, "-wal"), O_RDWR);
    ck_assert_int_eq(pwrite(fd, none, sizeof none, 32 + 5 * FRAME), (ssize_t)sizeof none);
    close(fd);
    ck_assert_int_eq(open_queue(2, &q, &err), LI_E_CORRUPT);
    ck_assert_int_eq(err.detail, LI_DETAIL_SQLITE_WAL);
}
END_TEST

static void flip(const char *path, off_t at)
{
    int fd = open(path, O_RDWR);
    unsigned char byte;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
    byte ^= (unsigned char)(1 << at % 8);
    ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

/* A bit in front of whole transactions: never silence. One in the last is the end of the log, and counted. */
START_TEST(test_rel_22_a_flipped_bit_in_the_log_is_refused_or_is_its_torn_end)
{
    li_error err = LI_ERROR_INIT;
    off_t size, at;
    char seen[16];
    li_queue q;
    int n_refused = 0, n_torn = 0, n_whole = 0;

    make_killed(1, 12);
    size = size_of(file_of(1, "-wal"));
    for (at = 0; at < size; at += at < 32 ? 1 : 1009) {
        li_status status;

        freeze(1, 2);
        flip(file_of(2, "-wal"), at);
        n_states = 0;
        status = open_queue(2, &q, &err);
        if (status == LI_E_CORRUPT) {
            ck_assert_int_eq(err.detail, LI_DETAIL_SQLITE_WAL);
            ck_assert(strstr(err.text, "queue export") != NULL);
            ck_assert_int_eq(size_of(file_of(2, "-wal")), size);     /* not touched */
            n_refused++;
            continue;
        }
        ck_assert_int_eq(status, LI_OK);
        if (take_all(&q, seen, 12) == 12) {
            n_whole++;           /* a bit that nothing depends on */
        } else {
            ck_assert_int_gt(n_states, 0);
            ck_assert(strstr(last_state, "never committed") != NULL);
            ck_assert_int_gt(at, size - 4 * FRAME);
            n_torn++;
        }
        close_queue(&q);
    }
    ck_assert_int_gt(n_refused, 100);
    ck_assert_int_gt(n_torn, 3);
    ck_assert_int_lt(n_whole, 10);
}
END_TEST

/* A bit anywhere in a file without a log: the row is set aside, or the file is refused; what is given is whole, and an event
 * that is missing is told of. */
START_TEST(test_rel_22_a_flipped_bit_in_the_file_costs_one_row_or_is_refused)
{
    li_error err = LI_ERROR_INIT;
    int n_refused = 0, n_aside = 0, n_whole = 0, k;
    off_t size, at;
    char seen[64];
    li_queue q;

    ck_assert_int_eq(open_queue(1, &q, NULL), LI_OK);
    for (k = 0; k < 60; k++)
        put(&q, k);
    close_queue(&q);
    size = size_of(file_of(1, ""));
    for (at = 0; at < size; at += 331) {
        li_status status;
        int count;

        freeze(1, 2);
        flip(file_of(2, ""), at);
        n_quarantined = 0;
        status = open_queue(2, &q, &err);
        if (status != LI_OK) {
            ck_assert(status == LI_E_CORRUPT || status == LI_E_NOTSUP || status == LI_E_CLOCK || status == LI_E_IO);
            ck_assert_int_eq(size_of(file_of(2, "")), size);         /* never replaced */
            n_refused++;
            continue;
        }
        count = take_all(&q, seen, 60);
        ck_assert_int_eq(count + n_quarantined, 60);
        n_whole += n_quarantined == 0;
        n_aside += n_quarantined > 0;
        ck_assert_int_le(n_quarantined, 1);
        close_queue(&q);
    }
    ck_assert_int_gt(n_aside, 20);
    ck_assert_int_gt(n_whole, 20);
    (void)n_refused;
}
END_TEST

START_TEST(test_rel_22_bytes_that_cannot_be_read_later_are_set_aside_and_others_flow)
{
    char seen[8];
    li_queue q;
    off_t size, at;
    char *all;
    int k, fd;

    here.cache_bytes = 0;        /* payloads are read when they are taken */
    ck_assert_int_eq(open_queue(1, &q, NULL), LI_OK);
    for (k = 0; k < 5; k++)
        put(&q, k);
    close_queue(&q);
    ck_assert_int_eq(open_queue(1, &q, NULL), LI_OK);
    size = size_of(file_of(1, ""));
    ck_assert_int_gt(size, 0);
    all = malloc((size_t)size);
    ck_assert(all != NULL);
    fd = open(file_of(1, ""), O_RDONLY);
    ck_assert_int_eq(read(fd, all, (size_t)size), size);
    for (at = 0; at + 8 < size && memcmp(all + at, "cccccccc", 8) != 0;)
        at++;
    free(all);
    ck_assert_int_lt(at + 8, size);
    flip(file_of(1, ""), at + 4);
    ck_assert_int_eq(take_all(&q, seen, 5), 4);
    ck_assert_int_eq(seen[2], 0);
    ck_assert_int_eq(n_quarantined, 1);
    close(fd);
    close_queue(&q);
    n_quarantined = 0;
    ck_assert_int_eq(open_queue(1, &q, NULL), LI_OK);
    ck_assert_int_eq(take_all(&q, seen, 5), 4);
    ck_assert_int_eq(n_quarantined, 0);      /* told once */
    close_queue(&q);
}
END_TEST

/* Bytes of memory that 60 events of about 1 KB add, and that are left of it when all have been taken and acked. */
static void memory_of(uint64_t cache_bytes, uint64_t *held, uint64_t *left)
{
    li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;
    li_faulty *faulty;
    li_allocator counted;
    uint64_t before;
    uint32_t lane;
    li_lease l;
    li_queue q;
    size_t n;
    int k;

    ck_assert_int_eq(li_faulty_new(1, &faulty), LI_OK);
    ck_assert_int_eq(li_faulty_allocator(faulty, NULL, &counted), LI_OK);
    o.path = li_z(file_of(1, ""));
    o.cache_bytes = cache_bytes;
    o.allocator = &counted;
    ck_assert_int_eq(li_sqlite_open(&o, &q, NULL, NULL), LI_OK);
    ck_assert_int_eq(q.ops->open(q.self, &host, NULL), LI_OK);
    before = li_faulty_bytes(faulty);
    for (k = 900; k < 960; k++)
        ck_assert_int_eq(put(&q, k), LI_OK);
    *held = li_faulty_bytes(faulty) - before;
    ck_assert_int_eq(q.ops->lane(q.self, "fn", 2, &lane, NULL), LI_OK);
    for (k = 900; k < 960; k++) {
        ck_assert_int_eq(q.ops->take(q.self, lane, clock_ms, clock_ms + 1000, 1, &l, &n), LI_OK);
        ck_assert_uint_eq(l.header->payload_len, (uint32_t)(100 + k % 1000));
        ck_assert_int_eq(l.payload[l.header->payload_len - 1], 'a' + k % 26);
        ck_assert_int_eq(q.ops->ack(q.self, &l.token, 1), LI_OK);
    }
    q.ops->flush(q.self);
    *left = li_faulty_bytes(faulty) - before;
    close_queue(&q);
    ck_assert_uint_eq(li_faulty_bytes(faulty), 0);
    li_faulty_free(faulty);
}

START_TEST(test_rel_60_payloads_beyond_the_cache_are_not_in_memory)
{
    enum { PAYLOADS = 60 * 1000, CACHE = 16000, BESIDE = 20000 };
    uint64_t held, left;

    memory_of(1 << 20, &held, &left);
    ck_assert_uint_ge(held, PAYLOADS);
    ck_assert_uint_le(left, BESIDE);
    memory_of(CACHE, &held, &left);
    ck_assert_uint_ge(held, CACHE - 1100);
    ck_assert_uint_le(held, CACHE + BESIDE);
    ck_assert_uint_le(left, BESIDE);
}
END_TEST

START_TEST(test_rel_31_the_log_goes_into_the_file_when_nothing_happens)
{
    enum { N = 30, LEN = 100000 };
    li_queue_event e[N];
    char *payload = calloc(1, LEN);
    uint32_t lane;
    li_queue q;
    int k;

    ck_assert(payload != NULL);
    ck_assert_int_eq(open_queue(1, &q, NULL), LI_OK);
    ck_assert_int_eq(q.ops->lane(q.self, "fn", 2, &lane, NULL), LI_OK);
    ck_assert_int_eq(q.ops->drive(q.self, 1), LI_OK);
    memset(e, 0, sizeof e);
    for (k = 0; k < N; k++) {
        e[k].header.accepted_ms = e[k].header.due_ms = clock_ms;
        e[k].header.lane = lane;
        e[k].header.payload_len = LEN;
        e[k].payload = payload;
    }
    ck_assert_int_eq(q.ops->put(q.self, e, N, told, NULL, NULL), LI_OK);
    q.ops->flush(q.self);
    while (size_of(file_of(1, "")) < N * LEN)    /* else the time-out of tests says so */
        sched_yield();
    close_queue(&q);
    free(payload);
}
END_TEST

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    ck_assert(f != NULL);
    fputs(text, f);
    fclose(f);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;

    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

START_TEST(test_rel_23_what_is_not_ours_is_refused_and_untouched)
{
    li_error err = LI_ERROR_INIT;
    li_queue q;

    write_file(file_of(1, ""), "my thesis, the only copy\n");
    ck_assert_int_eq(open_queue(1, &q, &err), LI_E_CORRUPT);
    ck_assert_int_eq(err.detail, LI_DETAIL_SQLITE_FOREIGN);
    ck_assert(strstr(err.text, file_of(1, "")) != NULL);
    ck_assert_int_eq(size_of(file_of(1, "")), 25);
    ck_assert_int_eq(access(file_of(1, "-lock"), F_OK), -1);     /* and nothing is left beside it */
    ck_assert_int_eq(access(file_of(1, "-wal"), F_OK), -1);
    ck_assert_int_eq(li_sqlite_check(file_of(1, ""), LI_Z, NULL, NULL, NULL, &err), LI_E_CORRUPT);
    ck_assert_int_eq(li_sqlite_check(file_of(7, ""), LI_Z, NULL, NULL, NULL, &err), LI_E_NOT_FOUND);
}
END_TEST

START_TEST(test_rel_30_a_file_of_a_newer_schema_is_refused_and_untouched)
{
    li_error err = LI_ERROR_INIT;
    char before[8192], after[8192];
    li_queue q;
    int fd;

    ck_assert_int_eq(open_queue(1, &q, NULL), LI_OK);
    put(&q, 1);
    close_queue(&q);
    run_sql(file_of(1, ""), "pragma user_version = 3; pragma wal_checkpoint(truncate)");
    fd = open(file_of(1, ""), O_RDONLY);
    ck_assert_int_eq(read(fd, before, sizeof before), (ssize_t)sizeof before);
    ck_assert_int_eq(open_queue(1, &q, &err), LI_E_NOTSUP);
    ck_assert_int_eq(err.detail, LI_DETAIL_SQLITE_NEWER);
    ck_assert_int_eq(pread(fd, after, sizeof after, 0), (ssize_t)sizeof after);
    ck_assert_int_eq(memcmp(before, after, sizeof after), 0);
    close(fd);
}
END_TEST

static char told_keys[200];

static li_status note_key(void *engine, uint32_t lane, const char *key, size_t key_len, const li_id *id, uint64_t accepted_ms)
{
    size_t len = strlen(told_keys);

    (void)engine;
    snprintf(told_keys + len, sizeof told_keys - len, "%u %.*s %d %llu;", lane, (int)key_len, key, id->bytes[0],
             (unsigned long long)accepted_ms);
    return LI_OK;
}

static uint64_t five_minutes_ago(void *engine)
{
    (void)engine;
    return clock_ms - 300000;
}

/* tests/data/schema_file.c says what is in it. */
static void expect_schema_1(const li_queue *q)
{
    li_lease l[8];
    size_t n;

    ck_assert_int_eq(q->ops->take(q->self, 0, clock_ms, clock_ms + 1000, 8, l, &n), LI_OK);
    ck_assert_uint_eq(n, 3);
    ck_assert_int_eq(l[0].header->id.bytes[0], 0);
    ck_assert_uint_eq(l[0].header->payload_len, 7);
    ck_assert_int_eq(memcmp(l[0].payload, "{\"k\":0}", 7), 0);
    ck_assert_int_eq(l[0].outcome, 0);
    ck_assert_int_eq(l[1].outcome, LI_EVENT_DELIVERED);
    ck_assert_int_eq(memcmp(l[1].record, "{\"record\":2}", 12), 0);
    ck_assert_int_eq(l[2].header->id.bytes[0], 3);
    ck_assert_int_eq(q->ops->take(q->self, 0, clock_ms + 60000, clock_ms + 61000, 1, l, &n), LI_OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(l[0].header->id.bytes[0], 0);      /* its lease is over, and it is due before 1 */
    ck_assert_int_eq(q->ops->take(q->self, 1, clock_ms, clock_ms + 1000, 8, l, &n), LI_OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(l[0].header->id.bytes[0], 4);
}

START_TEST(test_rel_30_a_file_of_schema_1_is_brought_to_the_present_one)
{
    li_sqlite_report report = LI_SQLITE_REPORT_INIT;
    char key[60];
    li_queue q;
    int life;

    copy_file("tests/data/schema-1.db", file_of(1, ""));
    ck_assert_int_eq(li_sqlite_check(file_of(1, ""), LI_Z, &report, NULL, NULL, NULL), LI_OK);
    ck_assert_uint_eq(report.schema, 1);
    ck_assert_uint_eq(report.events, 5);
    ck_assert_uint_eq(report.settings, 1);
    snprintf(key, sizeof key, "0 once 3 %llu;", (unsigned long long)clock_ms);
    host.key = note_key;
    host.keys_since = five_minutes_ago;
    for (life = 0; life < 2; life++) {
        told_keys[0] = '\0';
        ck_assert_int_eq(open_queue(1, &q, NULL), LI_OK);
        ck_assert_str_eq(told_keys, key);
        expect_schema_1(&q);
        close_queue(&q);
        ck_assert_int_eq(li_sqlite_check(file_of(1, ""), LI_Z, &report, NULL, NULL, NULL), LI_OK);
        ck_assert_uint_eq(report.schema, 2);
        ck_assert_uint_eq(report.events, 5);
    }
    clock_ms += 300001;
    told_keys[0] = '\0';
    ck_assert_int_eq(open_queue(1, &q, NULL), LI_OK);
    ck_assert_str_eq(told_keys, "");         /* its window is over */
    close_queue(&q);
    host.key = NULL;
    host.keys_since = NULL;
}
END_TEST

START_TEST(test_rel_29_a_second_owner_gets_the_pid_of_the_first_and_a_dead_one_holds_nothing)
{
    li_error err = LI_ERROR_INIT;
    char pid_text[40];
    int ready[2], status;
    li_queue q;
    char byte;
    pid_t pid;

    ck_assert_int_eq(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        li_status opened = open_queue(1, &q, NULL);

        byte = opened == LI_OK;
        (void)!write(ready[1], &byte, 1);
        pause();
        _exit(0);
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(byte, 1);
    ck_assert_int_eq(open_queue(1, &q, &err), LI_E_BUSY);
    snprintf(pid_text, sizeof pid_text, "process %d", (int)pid);
    ck_assert_msg(strstr(err.text, pid_text) != NULL, "%s", err.text);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    ck_assert_int_eq(open_queue(1, &q, &err), LI_OK);
    ck_assert_int_eq(open_file(1, &q, NULL, &err), LI_E_BUSY);       /* ourselves, too */
    close(ready[0]);
    close(ready[1]);
}
END_TEST

START_TEST(test_rel_28_a_place_where_nothing_can_be_written_is_said)
{
    li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;
    li_error err = LI_ERROR_INIT;
    char path[300];
    li_queue q;

    snprintf(path, sizeof path, "%s/none/q.db", here.dir);
    o.path = li_z(path);
    ck_assert_int_eq(li_sqlite_open(&o, &q, NULL, &err), LI_E_NOT_FOUND);
    ck_assert(strstr(err.text, "directory") != NULL);
    if (geteuid() != 0) {        /* root may write anywhere */
        ck_assert_int_eq(chmod(here.dir, 0500), 0);
        ck_assert_int_eq(open_file(1, &q, NULL, &err), LI_E_DENIED);
        ck_assert_int_eq(chmod(here.dir, 0700), 0);
    }
    ck_assert_int_eq(symlink("nowhere", file_of(2, "-lock")), 0);    /* there, and not to be opened */
    ck_assert_int_eq(open_file(2, &q, NULL, &err), LI_E_NOT_FOUND);
    ck_assert_msg(strstr(err.text, "2.db-lock: cannot open it") != NULL, "%s", err.text);
    o.path = li_z("");
    ck_assert_int_eq(li_sqlite_open(&o, &q, NULL, &err), LI_E_INVALID);
    o.path = li_z(path);
    o.sync = 9;
    ck_assert_int_eq(li_sqlite_open(&o, &q, NULL, &err), LI_E_INVALID);
}
END_TEST

START_TEST(test_gs_14_a_file_of_one_kind_of_clock_is_refused_by_the_other)
{
    li_error err = LI_ERROR_INIT;
    char seen[4];
    li_queue q;

    host.is_virtual = 1;
    ck_assert_int_eq(open_queue(1, &q, NULL), LI_OK);
    put(&q, 1);
    close_queue(&q);
    host.is_virtual = 0;
    ck_assert_int_eq(open_queue(1, &q, &err), LI_E_CLOCK);
    ck_assert_int_eq(err.detail, LI_DETAIL_SQLITE_CLOCK);
    host.is_virtual = 1;
    ck_assert_int_eq(open_queue(1, &q, &err), LI_OK);
    ck_assert_int_eq(take_all(&q, seen, 4), 1);
    close_queue(&q);
    host.is_virtual = 0;
    ck_assert_int_eq(open_queue(2, &q, NULL), LI_OK);
    put(&q, 1);
    close_queue(&q);
    host.is_virtual = 1;         /* a host started once with the wrong --clock */
    ck_assert_int_eq(open_queue(2, &q, &err), LI_E_CLOCK);
    ck_assert(strstr(err.text, "real clock") != NULL);
    host.is_virtual = 0;
    ck_assert_int_eq(open_queue(2, &q, &err), LI_OK);
    ck_assert_int_eq(take_all(&q, seen, 4), 1);
    close_queue(&q);
}
END_TEST

/* An event that has ended is delivered again, not run again; a file that is opened without memory for that is not opened. */
START_TEST(test_rel_7_an_outcome_is_not_forgotten_for_want_of_memory)
{
    li_queue q;
    li_lease l;
    size_t n;
    int k, failed = 0;

    ck_assert_int_eq(open_queue(1, &q, NULL), LI_OK);
    ck_assert_int_eq(put(&q, 1), LI_OK);
    ck_assert_int_eq(q.ops->take(q.self, 0, clock_ms, clock_ms + 1000, 1, &l, &n), LI_OK);
    ck_assert_int_eq(q.ops->resolve(q.self, l.token, LI_EVENT_SUCCEEDED, "{\"a\":1}", 7, told, NULL), LI_OK);
    q.ops->flush(q.self);
    ck_assert_int_eq(last_told, LI_OK);
    close_queue(&q);
    for (k = 0; k == failed; k++) {
        li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;
        li_fault_rule rule = LI_FAULT_RULE_INIT;
        li_allocator few;
        li_faulty *faulty;
        li_status status;

        ck_assert_int_eq(li_faulty_new(1, &faulty), LI_OK);
        ck_assert_int_eq(li_faulty_allocator(faulty, NULL, &few), LI_OK);
        rule.method = li_z("alloc");
        rule.after = (uint64_t)k;
        ck_assert_int_eq(li_faulty_add(faulty, &rule), LI_OK);
        o.path = li_z(file_of(1, ""));
        o.allocator = &few;
        status = li_sqlite_open(&o, &q, NULL, NULL);
        if (status == LI_OK && (status = q.ops->open(q.self, &host, NULL)) != LI_OK)
            q.ops->free(q.self);
        ck_assert(status == LI_OK || status == LI_E_NOMEM);
        failed += status != LI_OK;
        if (status == LI_OK) {
            li_faulty_clear(faulty);
            ck_assert_int_eq(q.ops->take(q.self, 0, clock_ms, clock_ms + 1000, 1, &l, &n), LI_OK);
            ck_assert_uint_eq(n, 1);
            ck_assert_int_eq(l.outcome, LI_EVENT_SUCCEEDED);
            close_queue(&q);
        }
        ck_assert_uint_eq(li_faulty_blocks(faulty), 0);
        li_faulty_free(faulty);
    }
    ck_assert_int_gt(failed, 5);
}
END_TEST

START_TEST(test_rel_25_a_quota_refuses_accepts_and_lets_the_rest_go_on)
{
    li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;
    li_queue q;
    li_lease l;
    size_t n;
    int k, full;

    o.path = li_z(file_of(1, ""));
    o.quota_bytes = 1 << 20;
    ck_assert_int_eq(li_sqlite_open(&o, &q, NULL, NULL), LI_OK);
    ck_assert_int_eq(q.ops->open(q.self, &host, NULL), LI_OK);
    for (k = 900; put(&q, k) == LI_OK; k++)
        ck_assert_int_lt(k, 5000);
    ck_assert_int_eq(last_told, LI_E_NOSPC);
    ck_assert(strstr(last_state, "no space") != NULL);
    ck_assert_int_gt(k, 1200);
    full = k;
    for (k = 0; k < 200; k++) {
        ck_assert_int_eq(q.ops->take(q.self, 0, clock_ms, clock_ms + 1000, 1, &l, &n), LI_OK);
        ck_assert_uint_eq(n, 1);
        ck_assert_int_eq(q.ops->ack(q.self, &l.token, 1), LI_OK);
    }
    q.ops->flush(q.self);
    ck_assert_int_eq(put(&q, full), LI_OK);
    ck_assert(strstr(last_state, "space again") != NULL);
    close_queue(&q);
}
END_TEST

/* REL-31: what comes and goes leaves nothing behind. */
START_TEST(test_rel_31_a_file_does_not_grow_by_what_has_gone)
{
    off_t first = 0;
    li_lease l[200];
    uint64_t tokens[200];
    li_queue q;
    size_t n, i;
    int round, k;

    for (round = 0; round < 20; round++) {
        ck_assert_int_eq(open_queue(1, &q, NULL), LI_OK);
        for (k = 0; k < 200; k++)
            put(&q, 900 + k % 90);
        ck_assert_int_eq(q.ops->take(q.self, 0, clock_ms, clock_ms + 1000, 200, l, &n), LI_OK);
        ck_assert_uint_eq(n, 200);
        for (i = 0; i < n; i++)
            tokens[i] = l[i].token;
        ck_assert_int_eq(q.ops->ack(q.self, tokens, n), LI_OK);
        close_queue(&q);
        if (round == 0)
            first = size_of(file_of(1, ""));
    }
    ck_assert_int_le(size_of(file_of(1, "")), 2 * first);
}
END_TEST

typedef struct text {
    char bytes[20000];
    size_t len;
} text;

static li_status collect(void *user, const char *bytes, size_t len)
{
    text *t = user;

    ck_assert_uint_lt(t->len + len, sizeof t->bytes);
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
    t->bytes[t->len] = '\0';
    return LI_OK;
}

static void count_line(void *user, const char *line)
{
    ++*(int *)user;
    ck_assert(line[0] != '\0');
}

START_TEST(test_rel_23_check_export_and_backup_read_what_can_be_read)
{
    static text t;
    li_sqlite_report r = LI_SQLITE_REPORT_INIT;
    li_queue_event e;
    li_error err = LI_ERROR_INIT;
    uint32_t lane;
    li_queue q;
    int n_lines = 0;
    off_t at = 0;
    char *all, *found;

    t.len = 0;
    ck_assert_int_eq(open_queue(1, &q, NULL), LI_OK);
    put(&q, 1);
    put(&q, 2);
    ck_assert_int_eq(q.ops->lane(q.self, "fn:live", 7, &lane, NULL), LI_OK);
    memset(&e, 0, sizeof e);
    e.header.lane = lane;
    e.header.payload_len = 3;
    e.payload = "\xff\x00z";
    ck_assert_int_eq(q.ops->put(q.self, &e, 1, told, NULL, NULL), LI_OK);
    q.ops->flush(q.self);
    /* while it is open elsewhere */
    ck_assert_int_eq(li_sqlite_check(file_of(1, ""), LI_Z, &r, count_line, &n_lines, &err), LI_OK);
    ck_assert_uint_eq(r.events, 3);
    ck_assert_int_eq(n_lines, 0);
    ck_assert_int_eq(li_sqlite_backup(file_of(1, ""), LI_Z, file_of(2, ""), LI_Z, &err), LI_OK);
    ck_assert_int_eq(li_sqlite_backup(file_of(1, ""), LI_Z, file_of(2, ""), LI_Z, &err), LI_E_CONFLICT);
    put(&q, 3);                  /* the locks of the connection have outlived the inspections */
    close_queue(&q);
    ck_assert_int_eq(li_sqlite_export(file_of(2, ""), LI_Z, &r, collect, &t, &err), LI_OK);
    ck_assert(strstr(t.bytes, "\"function\":\"fn:live\"") != NULL);
    ck_assert(strstr(t.bytes, "\"payloadBase64\":\"/wB6\"") != NULL);
    ck_assert(strstr(t.bytes, "\"payload\":\"bbbb") != NULL);
    /* one row damaged: the others are read */
    at = size_of(file_of(2, ""));
    ck_assert_int_gt(at, 0);
    all = malloc((size_t)at + 1);
    ck_assert(all != NULL);
    {
        int fd = open(file_of(2, ""), O_RDONLY);

        ck_assert_int_eq(read(fd, all, (size_t)at), at);
        close(fd);
    }
    found = memmem(all, (size_t)at, "bbbbbbbb", 8);
    ck_assert(found != NULL);
    flip(file_of(2, ""), found - all);
    free(all);
    t.len = 0;
    ck_assert_int_eq(li_sqlite_check(file_of(2, ""), LI_Z, &r, count_line, &n_lines, &err), LI_E_CORRUPT);
    ck_assert_int_eq(n_lines, 1);
    ck_assert_uint_eq(r.damaged, 1);
    ck_assert_uint_eq(r.events, 2);
    ck_assert_int_eq(li_sqlite_export(file_of(2, ""), LI_Z, &r, collect, &t, &err), LI_E_CORRUPT);
    ck_assert(strstr(t.bytes, "bbbbbb") == NULL);
    ck_assert(strstr(t.bytes, "cccccc") != NULL);
}
END_TEST

static li_status count_export(void *user, const char *bytes, size_t len)
{
    ck_assert_uint_gt(len, 0);
    ck_assert_int_eq(bytes[len - 1], '\n');
    ++*(int *)user;
    return LI_OK;
}

/* Two leaves of the table are gone, and between them there are events; or the end of the file is. */
START_TEST(test_rel_23_export_reads_between_damages_and_what_is_left_of_a_file_cut_short)
{
    static const char zeros[32768];      /* a page */
    li_sqlite_report r = LI_SQLITE_REPORT_INIT;
    li_error err = LI_ERROR_INIT;
    int n = 0, k, fd;
    off_t pages;
    li_queue q;

    ck_assert_int_eq(open_queue(1, &q, NULL), LI_OK);
    for (k = 0; k < 2000; k++)
        put(&q, 300 + k % 50);
    close_queue(&q);
    ck_assert_int_eq(li_sqlite_backup(file_of(1, ""), LI_Z, file_of(2, ""), LI_Z, &err), LI_OK);
    ck_assert_int_eq(li_sqlite_backup(file_of(1, ""), LI_Z, file_of(3, ""), LI_Z, &err), LI_OK);
    pages = size_of(file_of(2, "")) / (off_t)sizeof zeros;
    ck_assert_int_gt(pages, 30);
    fd = open(file_of(2, ""), O_RDWR);
    ck_assert_int_eq(pwrite(fd, zeros, sizeof zeros, (pages * 2 / 5) * (off_t)sizeof zeros), sizeof zeros);
    ck_assert_int_eq(pwrite(fd, zeros, sizeof zeros, (pages * 4 / 5) * (off_t)sizeof zeros), sizeof zeros);
    close(fd);
    ck_assert_int_eq(li_sqlite_export(file_of(2, ""), LI_Z, &r, count_export, &n, &err), LI_E_CORRUPT);
    ck_assert_int_eq(n, (int)r.events);
    ck_assert_int_gt(n, 1750);
    ck_assert_int_lt(n, 1900);   /* two leaves of about 85 */
    ck_assert_int_eq(truncate(file_of(3, ""), (pages * 3 / 5) * (off_t)sizeof zeros), 0);
    n = 0;
    ck_assert_int_eq(li_sqlite_export(file_of(3, ""), LI_Z, &r, count_export, &n, &err), LI_E_CORRUPT);
    ck_assert_int_eq(n, (int)r.events);
    ck_assert_int_gt(n, 600);
    ck_assert_int_lt(n, 1300);
    ck_assert_int_eq(li_sqlite_check(file_of(3, ""), LI_Z, &r, NULL, NULL, &err), LI_E_CORRUPT);
    ck_assert_int_eq(n, (int)r.events);
    ck_assert_int_eq(li_sqlite_backup(file_of(3, ""), LI_Z, file_of(4, ""), LI_Z, &err), LI_E_CORRUPT);
    ck_assert_int_eq(access(file_of(4, ""), F_OK), -1);
    ck_assert_int_eq(open_queue(3, &q, &err), LI_E_CORRUPT);
    ck_assert(strstr(err.text, "queue export") != NULL);
    ck_assert_int_eq(truncate(file_of(3, ""), sizeof zeros), 0);
    ck_assert_int_eq(li_sqlite_check(file_of(3, ""), LI_Z, &r, NULL, NULL, &err), LI_E_CORRUPT);
    ck_assert(strstr(err.text, "0 events can be read") != NULL);
    ck_assert_int_eq(li_sqlite_backup(file_of(1, ""), LI_Z, file_of(4, ""), LI_Z, &err), LI_OK);
    fd = open(file_of(4, ""), O_RDWR);
    ck_assert_int_eq(pwrite(fd, zeros, sizeof zeros, sizeof zeros), sizeof zeros);   /* which clock it was, the second page knew */
    close(fd);
    n = 0;
    ck_assert_int_eq(li_sqlite_export(file_of(4, ""), LI_Z, &r, count_export, &n, &err), LI_OK);
    ck_assert_int_eq(n, 2000);
    ck_assert_int_eq(li_sqlite_check(file_of(4, ""), LI_Z, &r, NULL, NULL, &err), LI_E_CORRUPT);
    ck_assert_uint_eq(r.events, 2000);
}
END_TEST

START_TEST(test_rel_5_the_weaker_modes_of_sync_keep_events_over_the_death_of_a_process)
{
    static const char *const modes[] = { "interval", "none", "full" };
    static const char *const told_of[] = { "in its last 1000 ms", "its last 30000 ms", "is on the disk" };
    char uri[400], seen[4];
    const li_part *part = li_part_sqlite();
    li_error err = LI_ERROR_INIT;
    li_queue q;

    snprintf(uri, sizeof uri, "sqlite:%s?sync=%s&cache=100000&quota=100000000", file_of(1, ""), modes[_i]);
    ck_assert_int_eq(li_part_open(&part, 1, uri, LI_Z, NULL, &q, NULL, &err), LI_OK);
    ck_assert_int_eq(q.ops->open(q.self, &host, NULL), LI_OK);
    check_contains(last_state, modes[_i]);
    check_contains(last_state, told_of[_i]);
    put(&q, 1);
    freeze(1, 2);
    close_queue(&q);
    ck_assert_int_eq(open_queue(2, &q, NULL), LI_OK);
    ck_assert_int_eq(take_all(&q, seen, 4), 1);
    close_queue(&q);
    snprintf(uri, sizeof uri, "sqlite:%s?sync=perhaps", file_of(1, ""));
    ck_assert_int_eq(li_part_open(&part, 1, uri, LI_Z, NULL, &q, NULL, &err), LI_E_INVALID);
}
END_TEST

Suite *suite_sqlite_file(void)
{
    Suite *suite = suite_create("sqlite_file");
    TCase *tcase = tcase_create("file");

    tcase_add_checked_fixture(tcase, set_up, tear_down_place);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_rel_21_a_log_cut_anywhere_in_its_last_three_records_opens);
    tcase_add_test(tcase, test_rel_21_a_log_with_a_garbled_end_opens);
    tcase_add_test(tcase, test_rel_21_a_log_that_was_written_ahead_opens_wherever_it_ends);
    tcase_add_test(tcase, test_rel_22_a_flipped_bit_in_the_log_is_refused_or_is_its_torn_end);
    tcase_add_test(tcase, test_rel_22_a_flipped_bit_in_the_file_costs_one_row_or_is_refused);
    tcase_add_test(tcase, test_rel_22_bytes_that_cannot_be_read_later_are_set_aside_and_others_flow);
    tcase_add_test(tcase, test_rel_31_the_log_goes_into_the_file_when_nothing_happens);
    tcase_add_test(tcase, test_rel_60_payloads_beyond_the_cache_are_not_in_memory);
    tcase_add_test(tcase, test_rel_23_what_is_not_ours_is_refused_and_untouched);
    tcase_add_test(tcase, test_rel_30_a_file_of_schema_1_is_brought_to_the_present_one);
    tcase_add_test(tcase, test_rel_30_a_file_of_a_newer_schema_is_refused_and_untouched);
    tcase_add_test(tcase, test_rel_29_a_second_owner_gets_the_pid_of_the_first_and_a_dead_one_holds_nothing);
    tcase_add_test(tcase, test_rel_28_a_place_where_nothing_can_be_written_is_said);
    tcase_add_test(tcase, test_gs_14_a_file_of_one_kind_of_clock_is_refused_by_the_other);
    tcase_add_test(tcase, test_rel_7_an_outcome_is_not_forgotten_for_want_of_memory);
    tcase_add_test(tcase, test_rel_25_a_quota_refuses_accepts_and_lets_the_rest_go_on);
    tcase_add_test(tcase, test_rel_31_a_file_does_not_grow_by_what_has_gone);
    tcase_add_test(tcase, test_rel_23_check_export_and_backup_read_what_can_be_read);
    tcase_add_test(tcase, test_rel_23_export_reads_between_damages_and_what_is_left_of_a_file_cut_short);
    tcase_add_loop_test(tcase, test_rel_5_the_weaker_modes_of_sync_keep_events_over_the_death_of_a_process, 0, 3);
    suite_add_tcase(suite, tcase);
    return suite;
}
