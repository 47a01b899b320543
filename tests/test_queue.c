/* test_queue.c - the queue in memory by its table of functions: order, leases, limits, memory. */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>

#include "base/random.h"
#include "queue/memory.h"

Suite *suite_queue(void);

enum { MANY = 64 };

/* A queue with one lane, the time that it is told, and an allocator that counts and can run dry. */
typedef struct bench {
    li_queue queue;
    li_queue_host host;
    li_allocator allocator;
    uint64_t now_ms;
    uint32_t lane;
    size_t allocs;               /* calls */
    size_t blocks;               /* not yet freed */
    size_t bytes_asked;
    size_t left;                 /* calls until it runs dry */
    pthread_mutex_t lock;
    li_error err;
} bench;

static void *count_realloc(void *self, void *block, size_t size)
{
    bench *b = self;
    void *fresh = NULL;

    pthread_mutex_lock(&b->lock);
    if (b->left > 0) {
        b->left--;
        b->allocs++;
        b->bytes_asked += size;
        fresh = realloc(block, size);
        b->blocks += block == NULL && fresh != NULL;
    }
    pthread_mutex_unlock(&b->lock);
    return fresh;
}

static void *count_alloc(void *self, size_t size)
{
    return count_realloc(self, NULL, size);
}

static void count_free(void *self, void *block)
{
    bench *b = self;

    pthread_mutex_lock(&b->lock);
    b->blocks -= block != NULL;
    pthread_mutex_unlock(&b->lock);
    free(block);
}

static const li_allocator_ops count_ops = {
    sizeof(li_allocator_ops), 1, 0, "count", count_alloc, count_realloc, count_free
};

static uint64_t bench_now(void *engine)
{
    return ((bench *)engine)->now_ms;
}

static void bench_new(bench *b)
{
    memset(b, 0, sizeof *b);
    pthread_mutex_init(&b->lock, NULL);
    b->now_ms = 1000;
    b->left = SIZE_MAX;
    b->allocator.ops = &count_ops;
    b->allocator.self = b;
    b->err.size = sizeof b->err;
    b->host.size = sizeof b->host;
    b->host.now_ms = bench_now;
    b->host.engine = b;
    b->host.max_events = 1000000;
    b->host.max_bytes = UINT64_C(1) << 32;
    ck_assert_int_eq(li_queue_memory_new(&b->allocator, &b->queue), LI_OK);
    ck_assert_int_eq(b->queue.ops->open(b->queue.self, &b->host, NULL), LI_OK);
    ck_assert_int_eq(b->queue.ops->lane(b->queue.self, "f", 1, &b->lane, NULL), LI_OK);
}

static void bench_free(bench *b)
{
    b->queue.ops->close(b->queue.self);
    b->queue.ops->free(b->queue.self);
    ck_assert_msg(b->blocks == 0, "%zu blocks are left", b->blocks);
    pthread_mutex_destroy(&b->lock);
}

static li_queue_event make(const bench *b, uint32_t number, uint64_t due_ms, const char *payload)
{
    li_queue_event e;

    memset(&e, 0, sizeof e);
    memcpy(e.header.id.bytes, &number, sizeof number);
    e.header.accepted_ms = b->now_ms;
    e.header.due_ms = due_ms;
    e.header.lane = b->lane;
    e.header.payload_len = (uint32_t)strlen(payload);
    e.payload = payload;
    return e;
}

static void count_done(void *user, li_status status)
{
    *(int *)user += status == LI_OK ? 1 : 1000;
}

static li_status try_put(bench *b, uint32_t number, uint64_t due_ms, const char *payload)
{
    li_queue_event e = make(b, number, due_ms, payload);
    int n_done = 0;
    li_status status = b->queue.ops->put(b->queue.self, &e, 1, count_done, &n_done, &b->err);

    ck_assert_int_eq(n_done, status == LI_OK ? 1 : 0);
    return status;
}

static void put(bench *b, uint32_t number, uint64_t due_ms)
{
    ck_assert_int_eq(try_put(b, number, due_ms, "payload"), LI_OK);
}

static uint32_t number_of(const li_lease *lease)
{
    uint32_t number;

    memcpy(&number, lease->header->id.bytes, sizeof number);
    return number;
}

static size_t take(bench *b, uint64_t until_ms, size_t max, li_lease *leases)
{
    size_t n = 99;

    ck_assert_int_eq(b->queue.ops->take(b->queue.self, b->lane, b->now_ms, until_ms, max, leases, &n), LI_OK);
    return n;
}

/* Take one; it has that number. Its token. */
static uint64_t take_one(bench *b, uint64_t until_ms, uint32_t number)
{
    li_lease lease;

    ck_assert_msg(take(b, until_ms, 1, &lease) == 1, "nothing is ready; %u is expected", number);
    ck_assert_uint_eq(number_of(&lease), number);
    return lease.token;
}

static void check_idle(bench *b)
{
    li_lease lease;

    ck_assert_uint_eq(take(b, UINT64_MAX, 1, &lease), 0);
}

static li_status ack(bench *b, uint64_t token)
{
    return b->queue.ops->ack(b->queue.self, &token, 1);
}

static li_status delay(bench *b, uint64_t token, uint64_t due_ms)
{
    li_event_header header;

    memset(&header, 0, sizeof header);
    header.due_ms = due_ms;
    return b->queue.ops->delay(b->queue.self, token, &header);
}

static uint64_t next_due(bench *b)
{
    return b->queue.ops->next_due(b->queue.self, b->lane);
}

static void check_stats(bench *b, uint64_t pending, uint64_t leased, uint64_t bytes, uint64_t oldest_ms)
{
    li_queue_stats one = { sizeof one, 9, 9, 9, 9 }, all = { sizeof all, 9, 9, 9, 9 };

    b->queue.ops->stats(b->queue.self, b->lane, &one);
    b->queue.ops->stats(b->queue.self, UINT32_MAX, &all);
    ck_assert_uint_eq(one.pending, pending);
    ck_assert_uint_eq(one.leased, leased);
    ck_assert_uint_eq(one.bytes, bytes);
    ck_assert_uint_eq(one.oldest_accepted_ms, oldest_ms);
    ck_assert_uint_eq(all.pending, pending);
    ck_assert_uint_eq(all.leased, leased);
    ck_assert_uint_eq(all.bytes, bytes);
}

/* ---- order */

START_TEST(test_inv_211_equal_due_times_come_in_order_of_acceptance)
{
    bench b;
    uint32_t i;

    bench_new(&b);
    for (i = 0; i < 10; i++)
        put(&b, i, 1000);
    for (i = 0; i < 10; i++)
        ck_assert_int_eq(ack(&b, take_one(&b, UINT64_MAX, i)), LI_OK);
    check_idle(&b);
    bench_free(&b);
}
END_TEST

START_TEST(test_rel_13_an_earlier_due_time_comes_first_whatever_was_accepted_first)
{
    bench b;

    bench_new(&b);
    put(&b, 1, 1000);
    put(&b, 2, 900);             /* earlier than one that waits at once */
    put(&b, 3, 1002);
    put(&b, 4, 1001);
    b.now_ms = 2000;
    put(&b, 5, 1002);
    take_one(&b, UINT64_MAX, 2);
    take_one(&b, UINT64_MAX, 1);
    take_one(&b, UINT64_MAX, 4);
    take_one(&b, UINT64_MAX, 3);
    take_one(&b, UINT64_MAX, 5);
    check_idle(&b);
    bench_free(&b);
}
END_TEST

START_TEST(test_rel_13_a_delayed_event_keeps_its_place_among_equal_due_times)
{
    bench b;
    uint64_t token;

    bench_new(&b);
    put(&b, 1, 1000);
    token = take_one(&b, UINT64_MAX, 1);
    put(&b, 2, 1000);
    put(&b, 3, 1000);
    ck_assert_int_eq(delay(&b, token, 1000), LI_OK);
    take_one(&b, UINT64_MAX, 1);
    take_one(&b, UINT64_MAX, 2);
    take_one(&b, UINT64_MAX, 3);
    bench_free(&b);
}
END_TEST

START_TEST(test_an_event_is_ready_at_its_due_time_and_not_a_millisecond_before)
{
    bench b;

    bench_new(&b);
    ck_assert_uint_eq(next_due(&b), UINT64_MAX);
    put(&b, 1, 61000);
    ck_assert_uint_eq(next_due(&b), 61000);
    b.now_ms = 60999;
    check_idle(&b);
    b.now_ms = 61000;
    take_one(&b, UINT64_MAX, 1);
    ck_assert_uint_eq(next_due(&b), UINT64_MAX);
    bench_free(&b);
}
END_TEST

START_TEST(test_rel_12_lanes_do_not_see_each_other)
{
    bench b;
    uint32_t other = 99, again = 99;
    li_lease lease;
    size_t n = 99;

    bench_new(&b);
    ck_assert_int_eq(b.queue.ops->lane(b.queue.self, "f:1", 3, &other, NULL), LI_OK);
    ck_assert_int_eq(b.queue.ops->lane(b.queue.self, "f:1", LI_Z, &again, NULL), LI_OK);
    ck_assert_uint_ne(other, b.lane);
    ck_assert_uint_eq(other, again);
    put(&b, 1, 1000);
    ck_assert_int_eq(b.queue.ops->take(b.queue.self, other, 1000, UINT64_MAX, 1, &lease, &n), LI_OK);
    ck_assert_uint_eq(n, 0);
    ck_assert_uint_eq(b.queue.ops->next_due(b.queue.self, other), UINT64_MAX);
    ck_assert_int_eq(b.queue.ops->take(b.queue.self, 77, 1000, UINT64_MAX, 1, &lease, &n), LI_E_NOT_FOUND);
    take_one(&b, UINT64_MAX, 1);
    bench_free(&b);
}
END_TEST

static void join_name(void *user, uint32_t lane, const char *name, size_t name_len)
{
    (void)lane;
    strncat(user, name, name_len);
    strcat(user, " ");
}

START_TEST(test_lanes_tells_those_that_hold_events_waiting_or_leased)
{
    bench b;
    uint32_t first;
    char names[64] = "";
    uint64_t token;

    bench_new(&b);
    first = b.lane;
    ck_assert_int_eq(b.queue.ops->lane(b.queue.self, "empty", LI_Z, &b.lane, NULL), LI_OK);
    ck_assert_int_eq(b.queue.ops->lane(b.queue.self, "leased", LI_Z, &b.lane, NULL), LI_OK);
    put(&b, 1, 1000);
    token = take_one(&b, UINT64_MAX, 1);
    b.queue.ops->lanes(b.queue.self, join_name, names);
    ck_assert_str_eq(names, "leased ");
    b.lane = first;
    put(&b, 2, 5000);
    names[0] = '\0';
    b.queue.ops->lanes(b.queue.self, join_name, names);
    ck_assert_str_eq(names, "f leased ");
    ck_assert_int_eq(ack(&b, token), LI_OK);
    names[0] = '\0';
    b.queue.ops->lanes(b.queue.self, join_name, names);
    ck_assert_str_eq(names, "f ");
    bench_free(&b);
}
END_TEST

/* ---- what an event carries */

START_TEST(test_inv_202_header_payload_and_tail_come_out_as_they_went_in)
{
    static const char tail[] = "\1\0\0\0\3\0\0\0abc";
    char payload[8] = { 'a', 0, 'b', 0, 'c', 0, 'd', 'e' };
    li_queue_event e;
    li_lease lease;
    bench b;

    bench_new(&b);
    e = make(&b, 7, 1000, "");
    e.header.starts = 2;
    e.header.function_failures = 1;
    e.header.system_failures = 515;
    e.payload = payload;
    e.header.payload_len = sizeof payload;
    e.tail = tail;
    e.header.tail_len = sizeof tail - 1;
    ck_assert_int_eq(b.queue.ops->put(b.queue.self, &e, 1, NULL, NULL, NULL), LI_OK);
    memset(payload, 'x', sizeof payload);    /* the queue has its own copy */
    ck_assert_uint_eq(take(&b, UINT64_MAX, 1, &lease), 1);
    ck_assert_mem_eq(lease.header, &e.header, sizeof e.header);
    ck_assert_mem_eq(lease.payload, "a\0b\0c\0de", sizeof payload);
    ck_assert_mem_eq(lease.tail, tail, sizeof tail - 1);
    bench_free(&b);
}
END_TEST

START_TEST(test_a_delay_changes_due_time_and_counters_alone)
{
    bench b;
    li_lease lease;
    li_event_header changed;

    bench_new(&b);
    put(&b, 7, 1000);
    ck_assert_uint_eq(take(&b, UINT64_MAX, 1, &lease), 1);
    changed = *lease.header;
    changed.due_ms = 61000;
    changed.starts = 3;
    changed.function_failures = 2;
    changed.system_failures = 9;
    changed.lane = 40;
    changed.payload_len = 4000;
    changed.accepted_ms = 1;
    ck_assert_int_eq(b.queue.ops->delay(b.queue.self, lease.token, &changed), LI_OK);
    ck_assert_uint_eq(next_due(&b), 61000);
    b.now_ms = 61000;
    ck_assert_uint_eq(take(&b, UINT64_MAX, 1, &lease), 1);
    ck_assert_uint_eq(lease.header->starts, 3);
    ck_assert_uint_eq(lease.header->function_failures, 2);
    ck_assert_uint_eq(lease.header->system_failures, 9);
    ck_assert_uint_eq(lease.header->lane, b.lane);
    ck_assert_uint_eq(lease.header->payload_len, 7);
    ck_assert_uint_eq(lease.header->accepted_ms, 1000);
    bench_free(&b);
}
END_TEST

/* ---- leases */

START_TEST(test_a_lease_hides_its_event_and_an_ended_one_is_not_found)
{
    bench b;
    uint64_t first, second, both[3];

    bench_new(&b);
    put(&b, 1, 1000);
    put(&b, 2, 1000);
    first = take_one(&b, UINT64_MAX, 1);
    second = take_one(&b, UINT64_MAX, 2);
    check_idle(&b);
    ck_assert_int_eq(ack(&b, first), LI_OK);
    ck_assert_int_eq(ack(&b, first), LI_E_NOT_FOUND);
    ck_assert_int_eq(delay(&b, first, 1000), LI_E_NOT_FOUND);
    ck_assert_int_eq(b.queue.ops->extend(b.queue.self, first, UINT64_MAX), LI_E_NOT_FOUND);
    both[0] = first;
    both[1] = second;
    both[2] = 0;
    ck_assert_int_eq(b.queue.ops->ack(b.queue.self, both, 3), LI_E_NOT_FOUND);
    check_stats(&b, 0, 0, 0, 0);             /* the others ended */
    ck_assert_int_eq(ack(&b, UINT64_MAX), LI_E_NOT_FOUND);
    bench_free(&b);
}
END_TEST

START_TEST(test_an_old_token_does_not_end_the_lease_that_has_its_slot_now)
{
    bench b;
    uint64_t old, fresh;
    int i;

    bench_new(&b);
    put(&b, 1, 1000);
    old = take_one(&b, UINT64_MAX, 1);
    ck_assert_int_eq(ack(&b, old), LI_OK);
    for (i = 0; i < 1000; i++) {
        put(&b, 2, 1000);
        fresh = take_one(&b, UINT64_MAX, 2);
        ck_assert_int_eq(ack(&b, old), LI_E_NOT_FOUND);
        check_stats(&b, 0, 1, 7, 1000);
        ck_assert_int_eq(ack(&b, fresh), LI_OK);
    }
    bench_free(&b);
}
END_TEST

START_TEST(test_rel_15_a_lease_that_ended_gives_its_event_back_at_its_due_time)
{
    bench b;
    uint64_t first, second;

    bench_new(&b);
    put(&b, 1, 900);
    put(&b, 2, 1000);
    first = take_one(&b, 5000, 1);
    b.now_ms = 4999;
    second = take_one(&b, 9000, 2);
    check_idle(&b);
    ck_assert_uint_eq(next_due(&b), UINT64_MAX);
    b.now_ms = 5000;
    ck_assert_uint_eq(next_due(&b), 900);
    ck_assert_int_eq(ack(&b, first), LI_E_NOT_FOUND);
    take_one(&b, UINT64_MAX, 1);
    ck_assert_int_eq(ack(&b, second), LI_OK);
    check_idle(&b);
    bench_free(&b);
}
END_TEST

START_TEST(test_rel_16_an_extended_lease_ends_later)
{
    bench b;
    uint64_t first, second;

    bench_new(&b);
    put(&b, 1, 1000);
    put(&b, 2, 1000);
    first = take_one(&b, 5000, 1);
    second = take_one(&b, 3000, 2);          /* ends before an older one */
    ck_assert_int_eq(b.queue.ops->extend(b.queue.self, second, 7000), LI_OK);
    b.now_ms = 5000;
    take_one(&b, UINT64_MAX, 1);
    check_idle(&b);
    ck_assert_int_eq(ack(&b, first), LI_E_NOT_FOUND);
    b.now_ms = 6999;
    check_idle(&b);
    b.now_ms = 7000;
    take_one(&b, UINT64_MAX, 2);
    bench_free(&b);
}
END_TEST

START_TEST(test_close_ends_leases_and_the_events_are_there_for_the_next_engine)
{
    bench b;

    bench_new(&b);
    put(&b, 1, 1000);
    take_one(&b, UINT64_MAX, 1);
    ck_assert_int_eq(b.queue.ops->open(b.queue.self, &b.host, NULL), LI_E_BUSY);
    b.queue.ops->close(b.queue.self);
    ck_assert_int_eq(b.queue.ops->open(b.queue.self, &b.host, NULL), LI_OK);
    take_one(&b, UINT64_MAX, 1);
    bench_free(&b);
}
END_TEST

/* ---- limits and counts */

START_TEST(test_rel_61_the_limit_of_events_counts_leased_ones_and_refuses_a_whole_batch)
{
    bench b;
    li_queue_event two[2];
    uint64_t token;

    bench_new(&b);
    b.host.max_events = 3;
    put(&b, 1, 1000);
    put(&b, 2, 1000);
    token = take_one(&b, UINT64_MAX, 1);
    two[0] = make(&b, 3, 1000, "x");
    two[1] = make(&b, 4, 1000, "y");
    ck_assert_int_eq(b.queue.ops->put(b.queue.self, two, 2, NULL, NULL, &b.err), LI_E_FULL);
    ck_assert_int_eq(b.err.detail, LI_DETAIL_QUEUE_FULL);
    check_stats(&b, 1, 1, 14, 1000);
    put(&b, 3, 1000);
    ck_assert_int_eq(try_put(&b, 4, 1000, "y"), LI_E_FULL);
    ck_assert_int_eq(ack(&b, token), LI_OK);
    ck_assert_int_eq(try_put(&b, 4, 1000, "y"), LI_OK);
    bench_free(&b);
}
END_TEST

START_TEST(test_rel_61_the_limit_of_bytes_is_exact)
{
    bench b;
    li_queue_event e;

    bench_new(&b);
    b.host.max_bytes = 10;
    put(&b, 1, 1000);            /* 7 bytes */
    ck_assert_int_eq(try_put(&b, 2, 1000, "4444"), LI_E_FULL);
    ck_assert_int_eq(b.err.detail, LI_DETAIL_QUEUE_FULL);
    e = make(&b, 2, 1000, "1");
    e.tail = "333";
    e.header.tail_len = 3;
    ck_assert_int_eq(b.queue.ops->put(b.queue.self, &e, 1, NULL, NULL, NULL), LI_E_FULL);
    e.header.tail_len = 2;
    ck_assert_int_eq(b.queue.ops->put(b.queue.self, &e, 1, NULL, NULL, NULL), LI_OK);
    check_stats(&b, 2, 0, 10, 1000);
    ck_assert_int_eq(try_put(&b, 3, 1000, "1"), LI_E_FULL);
    ck_assert_int_eq(try_put(&b, 3, 1000, ""), LI_OK);
    bench_free(&b);
}
END_TEST

START_TEST(test_an_unknown_lane_is_refused_with_the_whole_batch)
{
    bench b;
    li_queue_event two[2];

    bench_new(&b);
    two[0] = make(&b, 1, 1000, "x");
    two[1] = make(&b, 2, 1000, "y");
    two[1].header.lane = b.lane + 1;
    ck_assert_int_eq(b.queue.ops->put(b.queue.self, two, 2, NULL, NULL, NULL), LI_E_INVALID);
    check_stats(&b, 0, 0, 0, 0);
    bench_free(&b);
}
END_TEST

START_TEST(test_inv_720_counts_and_the_oldest_event_are_exact)
{
    bench b;
    uint64_t first, second;

    bench_new(&b);
    check_stats(&b, 0, 0, 0, 0);
    put(&b, 1, 9000);            /* accepted at 1000, due later */
    b.now_ms = 2000;
    put(&b, 2, 2000);
    b.now_ms = 3000;
    put(&b, 3, 3000);
    check_stats(&b, 3, 0, 21, 1000);
    second = take_one(&b, UINT64_MAX, 2);
    b.now_ms = 9000;
    take_one(&b, UINT64_MAX, 3);
    first = take_one(&b, UINT64_MAX, 1);
    check_stats(&b, 0, 3, 21, 1000);
    ck_assert_int_eq(ack(&b, first), LI_OK);
    check_stats(&b, 0, 2, 14, 2000);
    ck_assert_int_eq(delay(&b, second, 20000), LI_OK);
    check_stats(&b, 1, 1, 14, 2000);
    b.now_ms = 20000;
    ck_assert_int_eq(ack(&b, take_one(&b, UINT64_MAX, 2)), LI_OK);
    check_stats(&b, 0, 1, 7, 3000);
    bench_free(&b);
}
END_TEST

START_TEST(test_inv_720_the_oldest_event_need_not_be_the_first_one)
{
    li_queue_event e;
    bench b;

    bench_new(&b);
    put(&b, 1, 1000);
    e = make(&b, 2, 1000, "payload");
    e.header.accepted_ms = 400;              /* accepted elsewhere before */
    ck_assert_int_eq(b.queue.ops->put(b.queue.self, &e, 1, NULL, NULL, NULL), LI_OK);
    check_stats(&b, 2, 0, 14, 400);
    take_one(&b, UINT64_MAX, 1);
    ck_assert_int_eq(ack(&b, take_one(&b, UINT64_MAX, 2)), LI_OK);
    check_stats(&b, 0, 1, 7, 1000);
    e.header.due_ms = 5000;                  /* three that are due later: the oldest of them leaves first */
    ck_assert_int_eq(b.queue.ops->put(b.queue.self, &e, 1, NULL, NULL, NULL), LI_OK);
    e.header.accepted_ms = 500;
    e.header.due_ms = 6000;
    ck_assert_int_eq(b.queue.ops->put(b.queue.self, &e, 1, NULL, NULL, NULL), LI_OK);
    e.header.accepted_ms = 600;
    ck_assert_int_eq(b.queue.ops->put(b.queue.self, &e, 1, NULL, NULL, NULL), LI_OK);
    check_stats(&b, 3, 1, 28, 400);
    b.now_ms = 5000;
    ck_assert_int_eq(ack(&b, take_one(&b, UINT64_MAX, 2)), LI_OK);
    check_stats(&b, 2, 1, 21, 500);
    bench_free(&b);
}
END_TEST

/* ---- memory */

static void cycle(bench *b, size_t n, const char *payload)
{
    li_queue_event events[MANY];
    li_lease leases[MANY];
    uint64_t tokens[MANY];
    size_t i;

    for (i = 0; i < n; i++)
        events[i] = make(b, (uint32_t)i, b->now_ms, payload);
    ck_assert_int_eq(b->queue.ops->put(b->queue.self, events, n, NULL, NULL, NULL), LI_OK);
    ck_assert_uint_eq(take(b, UINT64_MAX, n, leases), n);
    for (i = 0; i < n; i++)
        tokens[i] = leases[i].token;
    ck_assert_int_eq(b->queue.ops->ack(b->queue.self, tokens, n), LI_OK);
}

START_TEST(test_a_steady_state_allocates_nothing)
{
    char payload[1501];
    size_t before, len;
    bench b;
    int i;

    bench_new(&b);
    memset(payload, 'p', sizeof payload);
    for (len = 0; len <= 1500; len += 250) {
        payload[len] = '\0';
        cycle(&b, MANY, payload);
        before = b.allocs;
        for (i = 0; i < 100; i++)
            cycle(&b, (size_t)(i % MANY) + 1, payload);
        ck_assert_msg(b.allocs == before, "%zu allocations with %zu bytes", b.allocs - before, len);
        payload[len] = 'p';
    }
    bench_free(&b);
}
END_TEST

/* A handler that overran still reads the payload when its event has left the queue (REL-17). */
START_TEST(test_rel_17_pinned_bytes_stay_until_the_last_pin_goes)
{
    const li_queue_ops *ops;
    li_queue_pin first, second;
    li_lease lease, again;
    bench b;

    bench_new(&b);
    ops = b.queue.ops;
    ck_assert_int_eq(try_put(&b, 1, 1000, "aaaaaaaaaaaaaaaa"), LI_OK);
    ck_assert_uint_eq(take(&b, UINT64_MAX, 1, &lease), 1);
    ck_assert_int_eq(ops->pin(b.queue.self, lease.token, &first), LI_OK);
    ck_assert_int_eq(ops->pin(b.queue.self, lease.token, &second), LI_OK);
    ck_assert_int_eq(ack(&b, lease.token), LI_OK);
    ck_assert_int_eq(ops->pin(b.queue.self, lease.token, &first), LI_E_NOT_FOUND);
    ops->unpin(b.queue.self, &first);
    ck_assert_int_eq(try_put(&b, 2, 1000, "bbbbbbbbbbbbbbbb"), LI_OK);
    ck_assert_int_eq(memcmp(lease.payload, "aaaaaaaaaaaaaaaa", 16), 0);
    ck_assert_uint_eq(take(&b, UINT64_MAX, 1, &again), 1);
    ck_assert_ptr_ne(again.payload, lease.payload);
    ops->unpin(b.queue.self, &second);
    ck_assert_int_eq(try_put(&b, 3, 1000, "cccccccccccccccc"), LI_OK);     /* the block is used again */
    ck_assert_int_eq(memcmp(lease.payload, "cccccccccccccccc", 16), 0);
    ck_assert_int_eq(ack(&b, again.token), LI_OK);
    bench_free(&b);
}
END_TEST

START_TEST(test_kept_memory_is_bounded)
{
    enum { N = 1000, LEN = 16000 };
    size_t size = lii_block_size(64 + LEN), empty;
    static char payload[LEN + 1];
    uint64_t token;
    li_lease lease;
    bench b;
    uint32_t i;

    bench_new(&b);
    memset(payload, 'p', LEN);
    empty = b.blocks;
    for (i = 0; i < N; i++)
        ck_assert_int_eq(try_put(&b, i, 1000, payload), LI_OK);
    ck_assert_uint_ge(b.blocks, N);
    while (take(&b, UINT64_MAX, 1, &lease) == 1) {
        token = lease.token;
        ck_assert_int_eq(ack(&b, token), LI_OK);
    }
    ck_assert_msg(b.blocks - empty <= LII_BLOCK_KEPT / size + LII_MEMORY_LOOSE_BYTES / size + 2, "%zu blocks are kept", b.blocks);
    ck_assert_uint_ge(b.blocks - empty, LII_BLOCK_KEPT / size);
    bench_free(&b);
}
END_TEST

START_TEST(test_a_queued_event_of_256_bytes_costs_at_most_332)
{
    enum { N = 1000 };
    char payload[257];
    size_t before;
    bench b;
    uint32_t i;

    bench_new(&b);
    memset(payload, 'p', 256);
    payload[256] = '\0';
    ck_assert_int_eq(try_put(&b, 0, 1000, payload), LI_OK);
    before = b.bytes_asked;
    for (i = 0; i < N; i++)
        ck_assert_int_eq(try_put(&b, i, 1000, payload), LI_OK);
    ck_assert_msg((b.bytes_asked - before) <= 332 * N, "%zu bytes for %d events", b.bytes_asked - before, N);
    bench_free(&b);
}
END_TEST

START_TEST(test_block_sizes_hold_what_is_asked_and_little_more)
{
    lii_block_kind kind = { 0, 0, 0 };
    lii_block_store store;
    size_t bytes, size, last = 0;

    memset(&store, 0, sizeof store);
    for (bytes = 1; bytes <= LII_BLOCK_MOST + 3; bytes++) {
        size = lii_block_size(bytes);
        ck_assert_msg(size >= bytes && size >= last && (size <= bytes + 15 || size - bytes <= bytes / 8),
                      "a block of %zu for %zu bytes", size, bytes);
        last = size;
        if (bytes >= sizeof(lii_block) && bytes % 997 == 0) {
            void *block = malloc(size);
            int is_kept = lii_block_keep(&store, &kind, block, bytes);

            ck_assert_int_eq(is_kept, bytes <= LII_BLOCK_MOST);
            ck_assert_ptr_eq(lii_block_get(&store, &kind, size), is_kept ? block : NULL);
            ck_assert_ptr_null(lii_block_get(&store, &kind, size));
            free(block);
        }
    }
    ck_assert_uint_eq(lii_block_size(LII_BLOCK_MOST), LII_BLOCK_MOST);
    ck_assert_uint_eq(store.bytes, 0);
}
END_TEST

/* Put some, take some, end some: with the k-th allocation failing. 1: nothing failed. */
static int run_dry(size_t k)
{
    li_queue_event events[MANY];
    li_lease leases[2 * MANY];
    size_t n = 0, i, n_put = 0;
    uint32_t lane;
    li_status status;
    bench b;
    int was_enough;

    bench_new(&b);
    b.left = k;
    for (i = 0; i < MANY; i++)
        events[i] = make(&b, (uint32_t)i, 1000 + i % 3, i % 2 ? "odd" : "a longer payload");
    for (i = 0; i < 3; i++) {
        status = b.queue.ops->put(b.queue.self, events, MANY, NULL, NULL, NULL);
        ck_assert(status == LI_OK || status == LI_E_NOMEM);
        n_put += status == LI_OK ? MANY : 0;
        check_stats(&b, n_put, 0, n_put / 2 * 19, n_put ? 1000 : 0);
    }
    status = b.queue.ops->lane(b.queue.self, "another", LI_Z, &lane, NULL);
    ck_assert(status == LI_OK || status == LI_E_NOMEM);
    b.now_ms = 2000;
    status = b.queue.ops->take(b.queue.self, b.lane, b.now_ms, UINT64_MAX, (size_t)MANY * 2, leases, &n);
    ck_assert(status == LI_OK || (status == LI_E_NOMEM && n == 0));
    was_enough = b.left > 0 && n_put == (size_t)3 * MANY && n == (size_t)2 * MANY;
    check_stats(&b, n_put - n, n, n_put / 2 * 19, n_put ? 1000 : 0);
    b.left = 0;                              /* ends of leases need no memory (REL-40) */
    for (i = 0; i < n; i++)
        ck_assert_int_eq(i % 2 ? ack(&b, leases[i].token) : delay(&b, leases[i].token, 3000 + i), LI_OK);
    b.left = SIZE_MAX;
    b.now_ms = 1000000;
    n_put -= n / 2;
    for (i = 0; take(&b, UINT64_MAX, 1, leases) == 1; i++)
        ck_assert_int_eq(ack(&b, leases[0].token), LI_OK);
    ck_assert_uint_eq(i, n_put);             /* nothing was lost, nothing invented */
    bench_free(&b);
    return was_enough;
}

START_TEST(test_rel_40_every_failed_allocation_leaves_the_queue_as_it_was)
{
    size_t k = 0;

    while (!run_dry(k))
        ck_assert_uint_lt(k++, 2000);
    ck_assert_uint_gt(k, MANY);
}
END_TEST

/* ---- against a model: every event in an array, sought by brute force */

enum { MODEL = 400, M_NONE = 0, M_WAITS = 1, M_LEASED = 2 };

typedef struct model {
    struct {
        int state;
        uint64_t due, sequence, until, token;
    } events[MODEL];
    uint64_t sequence;
} model;

static void model_expire(model *m, uint64_t now_ms)
{
    int i;

    for (i = 0; i < MODEL; i++)
        if (m->events[i].state == M_LEASED && m->events[i].until <= now_ms)
            m->events[i].state = M_WAITS;
}

static int model_first(const model *m)
{
    int i, best = -1;

    for (i = 0; i < MODEL; i++)
        if (m->events[i].state == M_WAITS &&
            (best < 0 || m->events[i].due < m->events[best].due ||
             (m->events[i].due == m->events[best].due && m->events[i].sequence < m->events[best].sequence)))
            best = i;
    return best;
}

static int model_any(const model *m, lii_random *r, int state)
{
    int start = (int)(lii_random_u64(r) % MODEL), i;

    for (i = 0; i < MODEL; i++)
        if (m->events[(start + i) % MODEL].state == state)
            return (start + i) % MODEL;
    return -1;
}

static void model_put(model *m, bench *b, lii_random *r)
{
    int i = model_any(m, r, M_NONE);

    if (i < 0)
        return;
    m->events[i].state = M_WAITS;
    m->events[i].sequence = ++m->sequence;
    m->events[i].due = b->now_ms + lii_random_u64(r) % 8 * (lii_random_u64(r) % 3) - lii_random_u64(r) % 2;
    put(b, (uint32_t)i, m->events[i].due);
}

static void model_take(model *m, bench *b, lii_random *r)
{
    uint64_t until = b->now_ms + 1 + lii_random_u64(r) % 30;
    size_t max = lii_random_u64(r) % 5, n, i;
    li_lease leases[5];
    int at;

    n = take(b, until, max, leases);
    model_expire(m, b->now_ms);
    for (i = 0; i < max; i++) {
        at = model_first(m);
        if (at < 0 || m->events[at].due > b->now_ms)
            break;
        ck_assert_uint_lt(i, n);
        ck_assert_uint_eq(number_of(&leases[i]), (uint32_t)at);
        m->events[at].state = M_LEASED;
        m->events[at].until = until;
        m->events[at].token = leases[i].token;
    }
    ck_assert_uint_eq(n, i);
}

static void model_end(model *m, bench *b, lii_random *r)
{
    int at = model_any(m, r, M_LEASED);

    if (at < 0)
        return;
    switch (lii_random_u64(r) % 3) {
    case 0:
        ck_assert_int_eq(ack(b, m->events[at].token), LI_OK);
        m->events[at].state = M_NONE;
        break;
    case 1:
        m->events[at].due = b->now_ms + lii_random_u64(r) % 10;
        ck_assert_int_eq(delay(b, m->events[at].token, m->events[at].due), LI_OK);
        m->events[at].state = M_WAITS;
        break;
    default:
        m->events[at].until = b->now_ms + 1 + lii_random_u64(r) % 30;
        ck_assert_int_eq(b->queue.ops->extend(b->queue.self, m->events[at].token, m->events[at].until), LI_OK);
    }
}

START_TEST(test_inv_211_ten_thousand_random_steps_agree_with_a_model)
{
    static model m;
    lii_random r;
    bench b;
    int step, first;

    bench_new(&b);
    memset(&m, 0, sizeof m);
    lii_random_seed(&r, (uint64_t)_i + 1);
    for (step = 0; step < 10000; step++) {
        uint64_t what = lii_random_u64(&r) % 8;

        if (what < 3)
            model_put(&m, &b, &r);
        else if (what < 5)
            model_take(&m, &b, &r);
        else if (what < 7)
            model_end(&m, &b, &r);
        else
            b.now_ms += lii_random_u64(&r) % 6;
        model_expire(&m, b.now_ms);
        first = model_first(&m);
        ck_assert_uint_eq(next_due(&b), first < 0 ? UINT64_MAX : m.events[first].due);
    }
    bench_free(&b);
}
END_TEST

/* ---- threads */

typedef struct hand {
    bench *b;
    uint32_t first;
    atomic_int *seen;            /* by number */
} hand;

enum { HANDS = 4, EACH = 2000 };

static void *put_and_take(void *user)
{
    hand *h = user;
    li_queue_event events[4];
    li_lease leases[8];
    uint32_t i, j;
    size_t n, k;

    for (i = 0; i < EACH; i += 4) {
        for (j = 0; j < 4; j++)
            events[j] = make(h->b, h->first + i + j, 1000, "payload");
        if (h->b->queue.ops->put(h->b->queue.self, events, 4, NULL, NULL, NULL) != LI_OK ||
            h->b->queue.ops->take(h->b->queue.self, h->b->lane, 1000, UINT64_MAX, 8, leases, &n) != LI_OK)
            return h;
        for (k = 0; k < n; k++) {
            if (number_of(&leases[k]) % 3 == 0 && leases[k].header->due_ms == 1000) {
                li_event_header again = *leases[k].header;

                again.due_ms = 999;
                h->b->queue.ops->delay(h->b->queue.self, leases[k].token, &again);
                continue;
            }
            atomic_fetch_add(&h->seen[number_of(&leases[k])], 1);
            if (h->b->queue.ops->ack(h->b->queue.self, &leases[k].token, 1) != LI_OK)
                return h;
        }
    }
    return NULL;
}

START_TEST(test_rel_50_threads_put_and_take_at_once_and_each_event_comes_once)
{
    static atomic_int seen[HANDS * EACH];
    pthread_t threads[HANDS];
    hand hands[HANDS];
    li_lease lease;
    void *failed;
    bench b;
    int i;

    bench_new(&b);
    for (i = 0; i < HANDS; i++) {
        hands[i].b = &b;
        hands[i].first = (uint32_t)(i * EACH);
        hands[i].seen = seen;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, put_and_take, &hands[i]), 0);
    }
    for (i = 0; i < HANDS; i++) {
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
    while (take(&b, UINT64_MAX, 1, &lease) == 1) {
        seen[number_of(&lease)]++;
        ack(&b, lease.token);
    }
    for (i = 0; i < HANDS * EACH; i++)
        ck_assert_msg(seen[i] == 1, "event %d came %d times", i, seen[i]);
    check_stats(&b, 0, 0, 0, 0);
    bench_free(&b);
}
END_TEST

static void add_order(Suite *suite)
{
    TCase *order = tcase_create("order");

    tcase_add_test(order, test_inv_211_equal_due_times_come_in_order_of_acceptance);
    tcase_add_test(order, test_rel_13_an_earlier_due_time_comes_first_whatever_was_accepted_first);
    tcase_add_test(order, test_rel_13_a_delayed_event_keeps_its_place_among_equal_due_times);
    tcase_add_test(order, test_an_event_is_ready_at_its_due_time_and_not_a_millisecond_before);
    tcase_add_test(order, test_rel_12_lanes_do_not_see_each_other);
    tcase_add_test(order, test_lanes_tells_those_that_hold_events_waiting_or_leased);
    tcase_add_test(order, test_inv_202_header_payload_and_tail_come_out_as_they_went_in);
    tcase_add_test(order, test_a_delay_changes_due_time_and_counters_alone);
    tcase_add_loop_test(order, test_inv_211_ten_thousand_random_steps_agree_with_a_model, 0, 4);
    suite_add_tcase(suite, order);
}

/* ---- single events */

/* Numbers in the order of a walk, a leased one negative; ends after `stop` of them (0: never). */
typedef struct walk {
    int numbers[MANY];
    int n, stop;
} walk;

static int32_t walk_on(void *user, const li_event_header *header, int32_t is_leased)
{
    walk *w = user;
    uint32_t number;

    memcpy(&number, header->id.bytes, sizeof number);
    w->numbers[w->n++] = is_leased ? -(int)number : (int)number;
    return w->n == w->stop;
}

static void check_walk(bench *b, int stop, const int *expected, int n)
{
    walk w = { { 0 }, 0, stop };
    int i;

    b->queue.ops->each(b->queue.self, b->lane, walk_on, &w);
    ck_assert_int_eq(w.n, n);
    for (i = 0; i < n; i++)
        ck_assert_int_eq(w.numbers[i], expected[i]);
}

START_TEST(test_each_goes_over_waiting_and_leased_events_in_order_with_and_without_memory)
{
    static const int all[] = { -4, 2, 5, -1, 3 };
    bench b;
    li_lease lease;
    li_event_header changed;

    bench_new(&b);
    check_walk(&b, 0, all, 0);
    put(&b, 1, 1000);
    put(&b, 2, 1000);
    put(&b, 3, 9000);
    put(&b, 4, 500);
    put(&b, 5, 1000);
    ck_assert_uint_eq(take(&b, UINT64_MAX, 1, &lease), 1);
    ck_assert_uint_eq(number_of(&lease), 4);
    b.now_ms = 1500;
    ck_assert_uint_eq(take(&b, UINT64_MAX, 1, &lease), 1);
    ck_assert_uint_eq(number_of(&lease), 1);
    changed = *lease.header;
    changed.due_ms = 2000;
    ck_assert_int_eq(b.queue.ops->delay(b.queue.self, lease.token, &changed), LI_OK);
    b.now_ms = 2000;
    put(&b, 6, 1000);            /* number 6 goes away again */
    ck_assert_int_eq(b.queue.ops->take_id(b.queue.self, b.lane, &(li_id){ { 6 } }, UINT64_MAX, &lease), LI_OK);
    ck_assert_int_eq(b.queue.ops->ack(b.queue.self, &lease.token, 1), LI_OK);
    ck_assert_int_eq(b.queue.ops->take_id(b.queue.self, b.lane, &(li_id){ { 1 } }, UINT64_MAX, &lease), LI_OK);
    check_walk(&b, 0, all, 5);
    check_walk(&b, 2, all, 2);
    b.left = 0;
    check_walk(&b, 0, all, 5);
    check_walk(&b, 2, all, 2);
    b.left = SIZE_MAX;
    bench_free(&b);
}
END_TEST

START_TEST(test_take_id_leases_one_waiting_event_due_or_not)
{
    static const uint64_t dues[] = { 1000, 1000, 1000, 1000, 9000, 8000, 7000 };
    static const uint32_t order[] = { 3, 5, 1, 7, 2, 6, 4 };
    bench b;
    li_lease lease, held;
    uint32_t i;

    bench_new(&b);
    for (i = 0; i < 7; i++)
        put(&b, i + 1, dues[i]);
    ck_assert_int_eq(b.queue.ops->take_id(b.queue.self, b.lane, &(li_id){ { 8 } }, UINT64_MAX, &lease), LI_E_NOT_FOUND);
    ck_assert_int_eq(b.queue.ops->take_id(b.queue.self, 77, &(li_id){ { 1 } }, UINT64_MAX, &lease), LI_E_NOT_FOUND);
    for (i = 0; i < 7; i++) {
        li_id id = { { (uint8_t)order[i] } };
        li_queue_stats stats = { sizeof stats, 0, 0, 0, 0 };

        ck_assert_int_eq(b.queue.ops->take_id(b.queue.self, b.lane, &id, 5000, &held), LI_OK);
        ck_assert_uint_eq(number_of(&held), order[i]);
        ck_assert_mem_eq(held.payload, "payload", 7);
        ck_assert_int_eq(b.queue.ops->take_id(b.queue.self, b.lane, &id, 5000, &lease), LI_E_STATE);
        b.queue.ops->stats(b.queue.self, b.lane, &stats);
        ck_assert_uint_eq(stats.pending, 6 - i);
        ck_assert_uint_eq(stats.leased, 1);
        ck_assert_int_eq(b.queue.ops->ack(b.queue.self, &held.token, 1), LI_OK);
        ck_assert_int_eq(b.queue.ops->take_id(b.queue.self, b.lane, &id, 5000, &lease), LI_E_NOT_FOUND);
    }
    ck_assert_uint_eq(next_due(&b), UINT64_MAX);
    put(&b, 9, 1000);
    put(&b, 10, 1000);
    take_one(&b, UINT64_MAX, 9);
    take_one(&b, UINT64_MAX, 10);
    bench_free(&b);
}
END_TEST

START_TEST(test_take_of_all_that_wait_leaves_leases_alone)
{
    bench b;
    li_lease held, leases[4];
    size_t n;

    bench_new(&b);
    put(&b, 1, 1000);
    put(&b, 2, 900000);
    ck_assert_uint_eq(take(&b, UINT64_MAX, 1, &held), 1);
    ck_assert_int_eq(b.queue.ops->take(b.queue.self, b.lane, UINT64_MAX, UINT64_MAX, 4, leases, &n), LI_OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(number_of(&leases[0]), 2);
    ck_assert_int_eq(b.queue.ops->ack(b.queue.self, &held.token, 1), LI_OK);
    bench_free(&b);
}
END_TEST

Suite *suite_queue(void)
{
    Suite *suite = suite_create("queue");
    TCase *leases = tcase_create("leases"), *limits = tcase_create("limits"), *memory = tcase_create("memory");

    add_order(suite);
    tcase_add_test(leases, test_a_lease_hides_its_event_and_an_ended_one_is_not_found);
    tcase_add_test(leases, test_an_old_token_does_not_end_the_lease_that_has_its_slot_now);
    tcase_add_test(leases, test_rel_15_a_lease_that_ended_gives_its_event_back_at_its_due_time);
    tcase_add_test(leases, test_rel_16_an_extended_lease_ends_later);
    tcase_add_test(leases, test_close_ends_leases_and_the_events_are_there_for_the_next_engine);
    tcase_add_test(leases, test_each_goes_over_waiting_and_leased_events_in_order_with_and_without_memory);
    tcase_add_test(leases, test_take_id_leases_one_waiting_event_due_or_not);
    tcase_add_test(leases, test_take_of_all_that_wait_leaves_leases_alone);
    suite_add_tcase(suite, leases);
    tcase_add_test(limits, test_rel_61_the_limit_of_events_counts_leased_ones_and_refuses_a_whole_batch);
    tcase_add_test(limits, test_rel_61_the_limit_of_bytes_is_exact);
    tcase_add_test(limits, test_an_unknown_lane_is_refused_with_the_whole_batch);
    tcase_add_test(limits, test_inv_720_counts_and_the_oldest_event_are_exact);
    tcase_add_test(limits, test_inv_720_the_oldest_event_need_not_be_the_first_one);
    suite_add_tcase(suite, limits);
    tcase_add_test(memory, test_a_steady_state_allocates_nothing);
    tcase_add_test(memory, test_kept_memory_is_bounded);
    tcase_add_test(memory, test_rel_17_pinned_bytes_stay_until_the_last_pin_goes);
    tcase_add_test(memory, test_a_queued_event_of_256_bytes_costs_at_most_332);
    tcase_add_test(memory, test_block_sizes_hold_what_is_asked_and_little_more);
    tcase_add_test(memory, test_rel_40_every_failed_allocation_leaves_the_queue_as_it_was);
    tcase_add_test(memory, test_rel_50_threads_put_and_take_at_once_and_each_event_comes_once);
    suite_add_tcase(suite, memory);
    return suite;
}
