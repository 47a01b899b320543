/* test_local_queue.c - local queues without an engine: visibility, receipts, redrive, limits, listeners. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>

#include "base/alloc.h"
#include "queue/local.h"

Suite *suite_local_queue(void);

/* What owns the queues of a test: a time, numbered ids, memory that is counted and can run dry. */
typedef struct owner {
    lii_local_host host;
    li_allocator allocator;
    uint64_t now_ms;
    uint64_t ids;
    size_t left;
    size_t blocks;
    li_local_queue *queue;
    li_local_queue *dead;
    int n_told;
    int n_dead_told;
} owner;

static void *owner_realloc(void *self, void *block, size_t size)
{
    owner *o = self;
    void *fresh;

    if (o->left == 0)
        return NULL;
    o->left--;
    fresh = realloc(block, size);
    o->blocks += block == NULL && fresh != NULL;
    return fresh;
}

static void *owner_alloc(void *self, size_t size)
{
    return owner_realloc(self, NULL, size);
}

static void owner_free(void *self, void *block)
{
    ((owner *)self)->blocks -= block != NULL;
    free(block);
}

static const li_allocator_ops owner_ops = {
    sizeof(li_allocator_ops), 1, 0, "owner", owner_alloc, owner_realloc, owner_free
};

static uint64_t owner_now(void *user)
{
    return ((owner *)user)->now_ms;
}

static void owner_id(void *user, li_id *id)
{
    owner *o = user;

    memset(id, 0, sizeof *id);
    o->ids++;
    memcpy(id->bytes, &o->ids, sizeof o->ids);
}

static void told(void *user)
{
    ++*(int *)user;
}

static li_local_queue *add(owner *o, const char *name, li_local_queue_options options, li_local_queue *dead)
{
    li_local_queue *queue = NULL;

    options.name = li_z(name);
    ck_assert_int_eq(lii_local_queue_create(&o->host, &options, dead, &queue, NULL), LI_OK);
    return queue;
}

/* A queue "q" with 10 s of visibility and a dead-letter queue after so many receives (0: none). */
static void owner_new(owner *o, uint64_t max_receive_count)
{
    static const unsigned char mark = 1;
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;

    memset(o, 0, sizeof *o);
    o->now_ms = 1000;
    o->left = SIZE_MAX;
    o->allocator.ops = &owner_ops;
    o->allocator.self = o;
    o->host.allocator = &o->allocator;
    o->host.now_ms = owner_now;
    o->host.new_id = owner_id;
    o->host.owner = o;
    o->host.mark = &mark;
    o->dead = add(o, "dead", options, NULL);
    options.visibility_timeout_ms = 10000;
    options.max_receive_count = max_receive_count;
    o->queue = add(o, "q", options, o->dead);
    ck_assert_int_eq(li_local_queue_listen(o->queue, told, &o->n_told), LI_OK);
    ck_assert_int_eq(li_local_queue_listen(o->dead, told, &o->n_dead_told), LI_OK);
}

static void owner_end(owner *o)
{
    lii_local_queue_destroy(o->queue);
    lii_local_queue_destroy(o->dead);
    ck_assert_msg(o->blocks == 0, "%zu blocks are left", o->blocks);
}

static void post(owner *o, const char *body)
{
    ck_assert_int_eq(li_local_queue_send(o->queue, body, LI_Z, NULL, 0, NULL), LI_OK);
}

/* The bodies of up to max received messages, joined. */
static const char *receive(owner *o, size_t max)
{
    static char text[256];
    li_local_message messages[16];
    size_t n = li_local_queue_receive(o->queue, 0, max, messages), i;

    text[0] = '\0';
    for (i = 0; i < n; i++)
        strncat(text, messages[i].body, messages[i].body_len);
    return text;
}

static li_local_message receive_one(owner *o, uint64_t timeout_ms, const char *body)
{
    li_local_message m;

    ck_assert_msg(li_local_queue_receive(o->queue, timeout_ms, 1, &m) == 1, "nothing to receive; %s is expected", body);
    ck_assert_str_eq(m.body, body);
    return m;
}

/* ---- visibility */

START_TEST(test_messages_come_oldest_first_and_as_many_as_asked)
{
    owner o;

    owner_new(&o, 0);
    post(&o, "a");
    post(&o, "b");
    post(&o, "c");
    ck_assert_str_eq(receive(&o, 0), "");
    ck_assert_str_eq(receive(&o, 2), "ab");
    ck_assert_str_eq(receive(&o, 9), "c");
    ck_assert_str_eq(receive(&o, 9), "");
    owner_end(&o);
}
END_TEST

START_TEST(test_esm_78_a_received_message_comes_back_when_its_time_out_ends_and_not_before)
{
    owner o;

    owner_new(&o, 0);
    post(&o, "a");
    ck_assert_uint_eq(li_local_queue_next_visible_ms(o.queue), UINT64_MAX);
    ck_assert_str_eq(receive(&o, 1), "a");
    ck_assert_uint_eq(li_local_queue_next_visible_ms(o.queue), 11000);
    ck_assert_uint_eq(li_local_queue_visible(o.queue), 0);
    ck_assert_uint_eq(li_local_queue_count(o.queue), 1);
    o.now_ms = 10999;
    ck_assert_str_eq(receive(&o, 1), "");
    o.now_ms = 11000;
    ck_assert_uint_eq(li_local_queue_visible(o.queue), 1);
    ck_assert_uint_eq(li_local_queue_next_visible_ms(o.queue), UINT64_MAX);
    ck_assert_str_eq(receive(&o, 1), "a");
    owner_end(&o);
}
END_TEST

START_TEST(test_a_message_that_comes_back_has_its_old_place)
{
    owner o;

    owner_new(&o, 0);
    post(&o, "a");
    post(&o, "b");
    post(&o, "c");
    ck_assert_str_eq(receive(&o, 2), "ab");
    post(&o, "d");
    o.now_ms = 11000;
    ck_assert_str_eq(receive(&o, 9), "abcd");
    owner_end(&o);
}
END_TEST

START_TEST(test_the_time_out_of_a_receive_wins_over_the_queues)
{
    owner o;

    owner_new(&o, 0);
    post(&o, "a");
    receive_one(&o, 500, "a");
    ck_assert_uint_eq(li_local_queue_next_visible_ms(o.queue), 1500);
    o.now_ms = 1500;
    receive_one(&o, UINT64_MAX, "a");        /* saturates */
    o.now_ms = UINT64_MAX - 1;
    ck_assert_str_eq(receive(&o, 1), "");
    owner_end(&o);
}
END_TEST

START_TEST(test_change_of_visibility_shows_hides_and_prolongs)
{
    li_local_message m;
    owner o;

    owner_new(&o, 0);
    post(&o, "a");
    m = receive_one(&o, 0, "a");
    ck_assert_int_eq(li_local_queue_change_visibility(o.queue, &m.receipt, 20000), LI_OK);
    ck_assert_uint_eq(li_local_queue_next_visible_ms(o.queue), 21000);
    ck_assert_int_eq(o.n_told, 1);
    ck_assert_int_eq(li_local_queue_change_visibility(o.queue, &m.receipt, 0), LI_OK);
    ck_assert_int_eq(o.n_told, 2);
    ck_assert_uint_eq(li_local_queue_visible(o.queue), 1);
    ck_assert_int_eq(li_local_queue_change_visibility(o.queue, &m.receipt, 5), LI_OK);
    ck_assert_uint_eq(li_local_queue_visible(o.queue), 0);
    o.now_ms = 1005;
    ck_assert_str_eq(receive(&o, 1), "a");
    ck_assert_int_eq(li_local_queue_change_visibility(o.queue, &m.receipt, 0), LI_E_NOT_FOUND);
    owner_end(&o);
}
END_TEST

/* ---- receipts */

START_TEST(test_only_the_newest_receipt_deletes)
{
    li_local_message first, second;
    li_id none;
    owner o;

    owner_new(&o, 0);
    memset(&none, 0, sizeof none);
    post(&o, "a");
    ck_assert_int_eq(li_local_queue_delete(o.queue, &none), LI_E_NOT_FOUND);
    first = receive_one(&o, 0, "a");
    o.now_ms += 10000;
    second = receive_one(&o, 0, "a");
    ck_assert_mem_ne(&first.receipt, &second.receipt, sizeof first.receipt);
    ck_assert_mem_eq(&first.id, &second.id, sizeof first.id);
    ck_assert_int_eq(li_local_queue_delete(o.queue, &first.receipt), LI_E_NOT_FOUND);
    ck_assert_uint_eq(li_local_queue_count(o.queue), 1);
    ck_assert_int_eq(li_local_queue_delete(o.queue, &second.receipt), LI_OK);
    ck_assert_int_eq(li_local_queue_delete(o.queue, &second.receipt), LI_E_NOT_FOUND);
    ck_assert_uint_eq(li_local_queue_count(o.queue), 0);
    owner_end(&o);
}
END_TEST

START_TEST(test_a_receipt_still_deletes_after_its_time_out_until_somebody_else_receives)
{
    li_local_message m;
    owner o;

    owner_new(&o, 0);
    post(&o, "a");
    m = receive_one(&o, 0, "a");
    o.now_ms += 20000;
    ck_assert_uint_eq(li_local_queue_visible(o.queue), 1);
    ck_assert_int_eq(li_local_queue_delete(o.queue, &m.receipt), LI_OK);
    ck_assert_str_eq(receive(&o, 1), "");
    owner_end(&o);
}
END_TEST

START_TEST(test_esm_70_times_and_counts_of_a_message)
{
    li_local_message m;
    owner o;

    owner_new(&o, 0);
    post(&o, "a");
    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    ck_assert_int_eq(li_local_queue_peek(o.queue, 0, &m), LI_OK);
    ck_assert_uint_eq(m.sent_ms, 1000);
    ck_assert_uint_eq(m.first_received_ms, 0);
    ck_assert_uint_eq(m.receive_count, 0);
    o.now_ms = 2000;
    m = receive_one(&o, 0, "a");
    ck_assert_uint_eq(m.receive_count, 1);
    o.now_ms = 12000;
    m = receive_one(&o, 0, "a");
    ck_assert_uint_eq(m.receive_count, 2);
    ck_assert_uint_eq(m.first_received_ms, 2000);
    ck_assert_uint_eq(m.sent_ms, 1000);
    owner_end(&o);
}
END_TEST

START_TEST(test_peek_sees_hidden_messages_and_gives_no_receipt)
{
    static const li_id none;
    li_local_message m = { 0 };
    char body[8];
    size_t i, pass;
    owner o;

    owner_new(&o, 0);
    for (i = 0; i < 9; i++) {
        snprintf(body, sizeof body, "%zu", i);
        post(&o, body);
    }
    ck_assert_str_eq(receive(&o, 3), "012");
    m.size = sizeof m;
    for (pass = 0; pass < 2; pass++)
        for (i = 0; i < 9; i++) {
            ck_assert_int_eq(li_local_queue_peek(o.queue, pass ? 8 - i : i, &m), LI_OK);
            ck_assert_int_eq(m.body[0], (int)('0' + (pass ? 8 - i : i)));
            ck_assert_mem_eq(&m.receipt, &none, sizeof none);
        }
    ck_assert_int_eq(li_local_queue_peek(o.queue, 9, &m), LI_E_NOT_FOUND);
    o.now_ms = 11000;
    m = receive_one(&o, 0, "0");
    ck_assert_int_eq(li_local_queue_delete(o.queue, &m.receipt), LI_OK);
    ck_assert_int_eq(li_local_queue_peek(o.queue, 0, &m), LI_OK);
    ck_assert_str_eq(m.body, "1");
    owner_end(&o);
}
END_TEST

START_TEST(test_inv_237_body_and_attributes_are_copied_whole)
{
    char body[] = "a\0b", name[] = "ErrorCode", value[] = "200";
    li_record_attribute attribute = { { name, LI_Z }, { "Number", 6 }, { value, 3 } };
    li_local_message m;
    li_id id;
    owner o;

    owner_new(&o, 0);
    ck_assert_int_eq(li_local_queue_send(o.queue, body, 3, &attribute, 1, &id), LI_OK);
    memset(body, 'x', sizeof body);
    memset(name, 'x', sizeof name - 1);
    memset(value, 'x', sizeof value - 1);
    ck_assert_uint_eq(li_local_queue_receive(o.queue, 0, 1, &m), 1);
    ck_assert_uint_eq(m.body_len, 3);
    ck_assert_mem_eq(m.body, "a\0b", 3);
    ck_assert_mem_eq(&m.id, &id, sizeof id);
    ck_assert_uint_eq(m.n_attributes, 1);
    ck_assert_uint_eq(m.attributes[0].name.len, 9);
    ck_assert_str_eq(m.attributes[0].name.ptr, "ErrorCode");
    ck_assert_str_eq(m.attributes[0].type.ptr, "Number");
    ck_assert_str_eq(m.attributes[0].value.ptr, "200");
    owner_end(&o);
}
END_TEST

/* ---- redrive */

START_TEST(test_esm_81_a_message_received_too_often_moves_on_its_next_receive)
{
    li_local_message m = { 0 };
    owner o;
    int i;

    owner_new(&o, 2);
    ck_assert_int_eq(li_local_queue_send(o.queue, "a", 1, NULL, 0, &m.id), LI_OK);
    for (i = 0; i < 2; i++) {
        ck_assert_str_eq(receive(&o, 1), "a");
        o.now_ms += 10000;
    }
    ck_assert_uint_eq(li_local_queue_count(o.dead), 0);
    post(&o, "b");
    ck_assert_str_eq(receive(&o, 1), "b");
    ck_assert_uint_eq(li_local_queue_count(o.queue), 1);
    ck_assert_uint_eq(li_local_queue_visible(o.dead), 1);
    ck_assert_int_eq(o.n_dead_told, 1);
    {
        li_local_message moved = { 0 };

        moved.size = sizeof moved;
        ck_assert_int_eq(li_local_queue_peek(o.dead, 0, &moved), LI_OK);
        ck_assert_mem_eq(&moved.id, &m.id, sizeof m.id);
        ck_assert_uint_eq(moved.sent_ms, 1000);
        ck_assert_uint_eq(moved.receive_count, 0);
        ck_assert_str_eq(moved.body, "a");
    }
    owner_end(&o);
}
END_TEST

START_TEST(test_esm_81_without_a_limit_or_a_queue_for_it_nothing_moves)
{
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_local_queue *alone;
    li_local_message m;
    owner o;
    int i;

    owner_new(&o, 0);
    post(&o, "a");
    options.max_receive_count = 1;
    alone = add(&o, "alone", options, NULL);
    ck_assert_int_eq(li_local_queue_send(alone, "b", 1, NULL, 0, NULL), LI_OK);
    for (i = 0; i < 50; i++) {
        ck_assert_str_eq(receive(&o, 1), "a");
        ck_assert_uint_eq(li_local_queue_receive(alone, 1, 1, &m), 1);
        o.now_ms += 10000;
    }
    ck_assert_uint_eq(m.receive_count, 50);
    ck_assert_uint_eq(li_local_queue_count(o.dead), 0);
    lii_local_queue_destroy(alone);
    owner_end(&o);
}
END_TEST

START_TEST(test_a_full_dead_letter_queue_keeps_no_message_from_being_received)
{
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_local_queue *small, *queue;
    li_local_message m[2];
    owner o;

    owner_new(&o, 0);
    options.max_messages = 1;
    small = add(&o, "small", options, NULL);
    options.max_messages = 10;
    options.max_receive_count = 1;
    queue = add(&o, "other", options, small);
    ck_assert_int_eq(li_local_queue_send(queue, "a", 1, NULL, 0, NULL), LI_OK);
    ck_assert_int_eq(li_local_queue_send(queue, "b", 1, NULL, 0, NULL), LI_OK);
    ck_assert_uint_eq(li_local_queue_receive(queue, 1, 2, m), 2);
    o.now_ms += 1;
    ck_assert_uint_eq(li_local_queue_receive(queue, 1, 2, m), 1);
    ck_assert_str_eq(m[0].body, "b");
    ck_assert_uint_eq(m[0].receive_count, 2);
    ck_assert_uint_eq(li_local_queue_count(small), 1);
    ck_assert_uint_eq(li_local_queue_count(queue), 1);
    li_local_queue_purge(small);
    o.now_ms += 1;
    ck_assert_uint_eq(li_local_queue_receive(queue, 1, 2, m), 0);
    ck_assert_uint_eq(li_local_queue_count(small), 1);
    lii_local_queue_destroy(queue);
    lii_local_queue_destroy(small);
    owner_end(&o);
}
END_TEST

/* ---- limits, listeners, memory */

START_TEST(test_rel_61_limits_of_count_and_size_are_exact)
{
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_local_queue *queue;
    li_local_message m;
    owner o;

    owner_new(&o, 0);
    options.max_messages = 2;
    options.max_message_bytes = 3;
    queue = add(&o, "small", options, NULL);
    ck_assert_int_eq(li_local_queue_send(queue, "1234", LI_Z, NULL, 0, NULL), LI_E_TOO_LARGE);
    ck_assert_int_eq(li_local_queue_send(queue, "123", LI_Z, NULL, 0, NULL), LI_OK);
    ck_assert_int_eq(li_local_queue_send(queue, NULL, 0, NULL, 0, NULL), LI_OK);
    ck_assert_int_eq(li_local_queue_send(queue, "1", LI_Z, NULL, 0, NULL), LI_E_FULL);
    ck_assert_uint_eq(li_local_queue_receive(queue, 0, 1, &m), 1);
    ck_assert_int_eq(li_local_queue_send(queue, "1", LI_Z, NULL, 0, NULL), LI_E_FULL);
    ck_assert_int_eq(li_local_queue_delete(queue, &m.receipt), LI_OK);
    ck_assert_int_eq(li_local_queue_send(queue, "1", LI_Z, NULL, 0, NULL), LI_OK);
    lii_local_queue_destroy(queue);
    owner_end(&o);
}
END_TEST

static li_status create_status(owner *o, const char *name, uint64_t visibility_ms, uint64_t max)
{
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_local_queue *queue = NULL;
    li_status status;

    options.name = li_z(name);
    options.visibility_timeout_ms = visibility_ms;
    options.max_messages = max;
    status = lii_local_queue_create(&o->host, &options, NULL, &queue, NULL);
    ck_assert_int_eq(queue != NULL, status == LI_OK);
    if (queue) {
        ck_assert_str_eq(li_local_queue_get_name(queue), name);
        ck_assert_uint_eq(li_local_queue_get_visibility_timeout_ms(queue), visibility_ms);
    }
    lii_local_queue_destroy(queue);
    return status;
}

START_TEST(test_names_and_ranges_are_checked_at_both_edges)
{
    char name[82];
    owner o;

    owner_new(&o, 0);
    memset(name, 'n', 81);
    name[81] = '\0';
    ck_assert_int_eq(create_status(&o, name, 0, 1), LI_E_VALIDATION);
    name[80] = '\0';
    ck_assert_int_eq(create_status(&o, name, 0, 1), LI_OK);
    ck_assert_int_eq(create_status(&o, "", 0, 1), LI_E_VALIDATION);
    ck_assert_int_eq(create_status(&o, "aZ09-_", 43200000, 1), LI_OK);
    ck_assert_int_eq(create_status(&o, "a", 43200001, 1), LI_E_VALIDATION);
    ck_assert_int_eq(create_status(&o, "a.fifo", 0, 1), LI_E_VALIDATION);
    ck_assert_int_eq(create_status(&o, "a", 0, 0), LI_E_VALIDATION);
    owner_end(&o);
}
END_TEST

START_TEST(test_listeners_hear_of_sends_one_by_queue_and_user_until_they_end)
{
    int heard[17] = { 0 };
    owner o;
    int i;

    owner_new(&o, 0);
    post(&o, "a");
    ck_assert_int_eq(o.n_told, 1);
    ck_assert_int_eq(li_local_queue_listen(o.queue, told, &o.n_told), LI_OK);    /* the same again */
    post(&o, "b");
    ck_assert_int_eq(o.n_told, 2);
    for (i = 0; i < 15; i++)
        ck_assert_int_eq(li_local_queue_listen(o.queue, told, &heard[i]), LI_OK);
    ck_assert_int_eq(li_local_queue_listen(o.queue, told, &heard[15]), LI_E_NOMEM);
    ck_assert_int_eq(li_local_queue_listen(o.queue, NULL, &heard[3]), LI_OK);
    ck_assert_int_eq(li_local_queue_listen(o.queue, NULL, &heard[16]), LI_OK);
    ck_assert_int_eq(li_local_queue_listen(o.queue, told, &heard[15]), LI_OK);
    post(&o, "c");
    for (i = 0; i < 16; i++)
        ck_assert_int_eq(heard[i], i != 3);
    owner_end(&o);
}
END_TEST

static void look(void *user)
{
    owner *o = user;

    o->n_told += (int)li_local_queue_count(o->queue);     /* a deadlock if a lock were held */
}

START_TEST(test_listeners_are_called_without_a_lock)
{
    li_local_message m;
    owner o;

    owner_new(&o, 1);
    ck_assert_int_eq(li_local_queue_listen(o.dead, look, &o), LI_OK);
    post(&o, "a");
    ck_assert_str_eq(receive(&o, 1), "a");
    o.now_ms += 10000;
    post(&o, "b");
    o.n_told = 0;
    ck_assert_uint_eq(li_local_queue_receive(o.queue, 0, 1, &m), 1);
    ck_assert_int_eq(o.n_told, 1);
    owner_end(&o);
}
END_TEST

START_TEST(test_purge_leaves_nothing_and_old_receipts_find_nothing)
{
    li_local_message m;
    owner o;

    owner_new(&o, 0);
    post(&o, "a");
    post(&o, "b");
    m = receive_one(&o, 0, "a");
    li_local_queue_purge(o.queue);
    ck_assert_uint_eq(li_local_queue_count(o.queue), 0);
    ck_assert_uint_eq(li_local_queue_next_visible_ms(o.queue), UINT64_MAX);
    ck_assert_int_eq(li_local_queue_delete(o.queue, &m.receipt), LI_E_NOT_FOUND);
    post(&o, "c");
    ck_assert_str_eq(receive(&o, 2), "c");
    owner_end(&o);
}
END_TEST

START_TEST(test_rel_40_without_memory_nothing_is_sent_or_lost)
{
    li_local_message m[8];
    size_t k, n, n_sent, n_got;
    owner o;

    for (k = 0; k < 12; k++) {
        owner_new(&o, 1);
        o.left = k;
        for (n = n_sent = 0; n < 6; n++)
            n_sent += li_local_queue_send(o.queue, "a", 1, NULL, 0, NULL) == LI_OK;
        ck_assert_uint_eq(li_local_queue_count(o.queue), n_sent);
        n_got = li_local_queue_receive(o.queue, 0, 8, m);
        ck_assert_uint_le(n_got, n_sent);
        ck_assert_uint_eq(li_local_queue_visible(o.queue), n_sent - n_got);
        o.now_ms += 10000;
        o.left = 0;
        n = li_local_queue_receive(o.queue, 0, 8, m);     /* no room in the dead-letter queue's heap */
        ck_assert_uint_eq(li_local_queue_count(o.queue) + li_local_queue_count(o.dead), n_sent);
        ck_assert_uint_le(n, n_sent);
        for (; n > 0; n--)
            ck_assert_int_eq(li_local_queue_delete(o.queue, &m[n - 1].receipt), LI_OK);
        o.left = SIZE_MAX;
        owner_end(&o);
    }
}
END_TEST

START_TEST(test_many_messages_in_flight_are_found_by_their_receipts)
{
    enum { N = 5000 };
    static li_local_message m[N];
    size_t i;
    owner o;

    owner_new(&o, 0);
    for (i = 0; i < N; i++)
        post(&o, "a");
    ck_assert_uint_eq(li_local_queue_receive(o.queue, 0, N, m), N);
    for (i = N; i-- > 0;)
        if (i % 7)
            ck_assert_int_eq(li_local_queue_delete(o.queue, &m[i].receipt), LI_OK);
    ck_assert_uint_eq(li_local_queue_count(o.queue), N / 7 + 1);
    o.now_ms = 11000;
    ck_assert_uint_eq(li_local_queue_visible(o.queue), N / 7 + 1);
    owner_end(&o);
}
END_TEST

static void add_visibility(Suite *suite)
{
    TCase *visibility = tcase_create("visibility");

    tcase_add_test(visibility, test_messages_come_oldest_first_and_as_many_as_asked);
    tcase_add_test(visibility, test_esm_78_a_received_message_comes_back_when_its_time_out_ends_and_not_before);
    tcase_add_test(visibility, test_a_message_that_comes_back_has_its_old_place);
    tcase_add_test(visibility, test_the_time_out_of_a_receive_wins_over_the_queues);
    tcase_add_test(visibility, test_change_of_visibility_shows_hides_and_prolongs);
    suite_add_tcase(suite, visibility);
}

Suite *suite_local_queue(void)
{
    Suite *suite = suite_create("local_queue");
    TCase *receipts = tcase_create("receipts"), *redrive = tcase_create("redrive"), *rest = tcase_create("limits");

    add_visibility(suite);
    tcase_add_test(receipts, test_only_the_newest_receipt_deletes);
    tcase_add_test(receipts, test_a_receipt_still_deletes_after_its_time_out_until_somebody_else_receives);
    tcase_add_test(receipts, test_esm_70_times_and_counts_of_a_message);
    tcase_add_test(receipts, test_peek_sees_hidden_messages_and_gives_no_receipt);
    tcase_add_test(receipts, test_inv_237_body_and_attributes_are_copied_whole);
    suite_add_tcase(suite, receipts);
    tcase_add_test(redrive, test_esm_81_a_message_received_too_often_moves_on_its_next_receive);
    tcase_add_test(redrive, test_esm_81_without_a_limit_or_a_queue_for_it_nothing_moves);
    tcase_add_test(redrive, test_a_full_dead_letter_queue_keeps_no_message_from_being_received);
    suite_add_tcase(suite, redrive);
    tcase_add_test(rest, test_rel_61_limits_of_count_and_size_are_exact);
    tcase_add_test(rest, test_names_and_ranges_are_checked_at_both_edges);
    tcase_add_test(rest, test_listeners_hear_of_sends_one_by_queue_and_user_until_they_end);
    tcase_add_test(rest, test_listeners_are_called_without_a_lock);
    tcase_add_test(rest, test_purge_leaves_nothing_and_old_receipts_find_nothing);
    tcase_add_test(rest, test_rel_40_without_memory_nothing_is_sent_or_lost);
    tcase_add_test(rest, test_many_messages_in_flight_are_found_by_their_receipts);
    suite_add_tcase(suite, rest);
    return suite;
}
