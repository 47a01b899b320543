/* test_base.c - what the library stands on: memory, growing structs, errors, buffers, containers, ids, dates, the logger. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lambdainvoke/lambdainvoke.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/options.h"
#include "base/random.h"
#include "base/slice.h"
#include "base/table.h"
#include "base/time.h"

Suite *suite_base(void);

/* An allocator that fails after so many allocations, and counts what is out. */
typedef struct poor {
    size_t left;
    size_t blocks;
} poor;

static void *poor_realloc(void *self, void *block, size_t size)
{
    poor *p = self;
    void *fresh;

    if (p->left == 0)
        return NULL;
    p->left--;
    fresh = realloc(block, size);
    if (block == NULL && fresh != NULL)
        p->blocks++;
    return fresh;
}

static void *poor_alloc(void *self, size_t size)
{
    return poor_realloc(self, NULL, size);
}

static void poor_free(void *self, void *block)
{
    poor *p = self;

    if (block)
        p->blocks--;
    free(block);
}

static const li_allocator_ops poor_ops = {
    sizeof(li_allocator_ops), 1, 0, "poor", poor_alloc, poor_realloc, poor_free
};

START_TEST(test_rel_100_every_required_method_of_an_allocator_is_asked_for)
{
    li_allocator_ops ops = poor_ops;
    li_allocator given = { &ops, NULL }, out;
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(lii_allocator_read(&given, &out, &err), LI_OK);
    ck_assert_ptr_eq(out.ops, &ops);
    ops.realloc = NULL;
    ck_assert_int_eq(lii_allocator_read(&given, &out, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_BACKEND_METHOD);
    ck_assert_str_eq(err.subject, "realloc");
    ops.size = 7;
    ck_assert_int_eq(lii_allocator_read(&given, &out, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_OPTIONS_SIZE);
    ck_assert_int_eq(lii_allocator_read(NULL, &out, NULL), LI_OK);
    ck_assert_ptr_eq(out.ops, lii_malloc_allocator.ops);
}
END_TEST

START_TEST(test_rel_100_a_product_that_overflows_is_out_of_memory)
{
    char *block = lii_calloc(NULL, 3, 5);

    ck_assert_ptr_null(lii_calloc(NULL, SIZE_MAX / 2, 3));
    ck_assert_ptr_nonnull(block);
    ck_assert_int_eq(block[14], 0);
    lii_free(NULL, block);
    block = lii_copy_text(NULL, "abcdef", 3);
    ck_assert_str_eq(block, "abc");
    lii_free(NULL, block);
}
END_TEST

typedef struct grown {
    size_t size;
    uint64_t old;
    uint64_t added;
} grown;

START_TEST(test_options_of_an_older_caller_keep_our_defaults)
{
    grown ours = { sizeof ours, 1, 2 }, theirs = { offsetof(grown, added), 7, 99 };

    ck_assert_int_eq(lii_options_read(&ours, sizeof ours, &theirs, "grown", NULL), LI_OK);
    ck_assert_uint_eq(ours.old, 7);
    ck_assert_uint_eq(ours.added, 2);
    ck_assert_uint_eq(ours.size, sizeof ours);
}
END_TEST

START_TEST(test_options_of_a_newer_caller_pass_only_when_neutral)
{
    uint64_t ours[2] = { sizeof ours, 1 };
    grown theirs = { sizeof theirs, 7, 0 };
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(lii_options_read(ours, sizeof ours, &theirs, "grown", &err), LI_OK);
    ck_assert_uint_eq(ours[1], 7);
    theirs.old = 8;
    theirs.added = UINT64_C(1) << 63;
    ck_assert_int_eq(lii_options_read(ours, sizeof ours, &theirs, "grown", &err), LI_E_NOTSUP);
    ck_assert_int_eq(err.detail, LI_DETAIL_OPTIONS_UNKNOWN);
    ck_assert_uint_eq(ours[1], 7);
}
END_TEST

START_TEST(test_options_of_an_impossible_size_are_refused)
{
    grown ours = { sizeof ours, 1, 2 }, theirs = { sizeof(size_t) - 1, 7, 0 };
    unsigned char large[4097] = { 0 };
    size_t size = 4096;
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(lii_options_read(&ours, sizeof ours, &theirs, "grown", &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_OPTIONS_SIZE);
    memcpy(large, &size, sizeof size);
    ck_assert_int_eq(lii_options_read(&ours, sizeof ours, large, "grown", NULL), LI_OK);
    size = 4097;
    memcpy(large, &size, sizeof size);
    ck_assert_int_eq(lii_options_read(&ours, sizeof ours, large, "grown", NULL), LI_E_INVALID);
    ck_assert_int_eq(lii_options_init(&ours, 7, &ours, sizeof ours), LI_E_INVALID);
}
END_TEST

START_TEST(test_options_written_stay_inside_the_callers_struct)
{
    grown ours = { sizeof ours, 5, 6 }, theirs = { offsetof(grown, added), 0, 99 };

    ck_assert_int_eq(lii_options_write(&theirs, &ours, sizeof ours), LI_OK);
    ck_assert_uint_eq(theirs.size, offsetof(grown, added));
    ck_assert_uint_eq(theirs.old, 5);
    ck_assert_uint_eq(theirs.added, 99);
}
END_TEST

START_TEST(test_ops_of_an_older_table_lack_methods_as_null)
{
    li_allocator_ops ours = poor_ops, theirs = poor_ops;

    theirs.size = offsetof(li_allocator_ops, free);
    ck_assert_int_eq(lii_ops_read(&ours, sizeof ours, &theirs, "ops", NULL), LI_OK);
    ck_assert(ours.realloc == poor_realloc);
    ck_assert(ours.free == NULL);
    ck_assert_int_eq(lii_ops_read(&ours, sizeof ours, NULL, "ops", NULL), LI_E_INVALID);
}
END_TEST

START_TEST(test_status_names_texts_and_retryables)
{
    ck_assert_str_eq(li_status_name(LI_E_FULL), "LI_E_FULL");
    ck_assert_str_eq(li_strerror(LI_OK), "success");
    ck_assert_str_eq(li_detail_text(LI_DETAIL_NESTED), "nested invocations are over limits.depth");
    ck_assert_ptr_nonnull(li_strerror(-1000));
    ck_assert_ptr_nonnull(li_status_name(12));
    ck_assert_ptr_nonnull(li_detail_text(-1));
    ck_assert_int_eq(li_status_is_retryable(LI_E_THROTTLED), 1);
    ck_assert_int_eq(li_status_is_retryable(LI_E_INVALID), 0);
    ck_assert_int_eq(li_status_is_retryable(LI_OK), 0);
    ck_assert_str_eq(li_version(), LI_VERSION_TEXT);
}
END_TEST

START_TEST(test_errors_are_cut_between_characters_and_end)
{
    li_error err = LI_ERROR_INIT;
    char subject[288 + 1];
    size_t i;

    for (i = 0; i + 1 < sizeof subject; i += 2)
        memcpy(subject + i, "\xC3\xA9", 2);
    ck_assert_int_eq(lii_fail(&err, LI_E_IO, 3, subject, 288, "%300s", "x"), LI_E_IO);
    ck_assert_uint_eq(strlen(err.subject), 286);
    ck_assert_uint_eq(strlen(err.text), 255);
    ck_assert_int_eq(err.status, LI_E_IO);
    ck_assert_int_eq(lii_fail(NULL, LI_E_IO, 3, subject, 4, "x"), LI_E_IO);
}
END_TEST

START_TEST(test_errors_of_an_older_caller_are_filled_up_to_their_size)
{
    li_error err = LI_ERROR_INIT;

    err.size = offsetof(li_error, offset);
    err.text[0] = 'q';
    err.offset = 77;
    lii_fail(&err, LI_E_IO, 3, "s", 1, "text");
    ck_assert_int_eq(err.detail, 3);
    ck_assert_uint_eq(err.offset, 77);
    ck_assert_int_eq(err.text[0], 'q');
    err.size = 0;
    lii_fail(&err, LI_E_FULL, 4, "s", 1, "text");
    ck_assert_int_eq(err.status, LI_E_IO);
    ck_assert_int_eq(li_error_init(&err, 3), LI_E_INVALID);
}
END_TEST

START_TEST(test_ids_are_written_and_read_as_uuids)
{
    static const li_id all = { { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 } };
    li_id id, back;
    char text[LI_ID_TEXT_SIZE];
    lii_random random;

    li_id_format(&all, text);
    ck_assert_str_eq(text, "01234567-89ab-cdef-fedc-ba9876543210");
    lii_random_seed(&random, 1);
    lii_random_id(&random, &id);
    li_id_format(&id, text);
    ck_assert_uint_eq(strlen(text), 36);
    ck_assert_int_eq(text[14], '4');
    ck_assert_ptr_nonnull(strchr("89ab", text[19]));
    ck_assert_int_eq(li_id_parse(text, LI_Z, &back), LI_OK);
    ck_assert_mem_eq(&id, &back, sizeof id);
    ck_assert_int_eq(li_id_parse("00112233-4455-6677-8899-AABBCCDDEEFF", 36, &back), LI_OK);
    ck_assert_int_eq(back.bytes[15], 0xFF);
    ck_assert_int_eq(li_id_parse(text, 35, &back), LI_E_INVALID);
    ck_assert_int_eq(li_id_parse("00112233-4455-6677-8899-AABBCCDDEEFg", 36, &back), LI_E_INVALID);
    ck_assert_int_eq(li_id_parse("0011223344-55-6677-8899-AABBCCDDEEFF", 36, &back), LI_E_INVALID);
    ck_assert_int_eq(back.bytes[15], 0xFF);
}
END_TEST

START_TEST(test_rel_58_one_seed_gives_one_sequence)
{
    lii_random a, b, c;

    lii_random_seed(&a, 42);
    lii_random_seed(&b, 42);
    lii_random_seed(&c, 43);
    ck_assert_uint_eq(lii_random_u64(&a), lii_random_u64(&b));
    ck_assert_uint_ne(lii_random_u64(&a), lii_random_u64(&c));
    ck_assert_uint_ne(lii_random_system_seed(), lii_random_system_seed());
}
END_TEST

START_TEST(test_buffers_keep_their_first_error)
{
    poor p = { 1, 0 };
    li_allocator allocator = { &poor_ops, &p };
    lii_buf buf;
    size_t i;

    lii_buf_init(&buf, &allocator);
    ck_assert_int_eq(lii_buf_add_z(&buf, "abc"), LI_OK);
    for (i = 0; i < 400; i++)
        lii_buf_add_byte(&buf, 'x');
    ck_assert_int_eq(buf.status, LI_E_NOMEM);
    ck_assert_int_eq(lii_buf_add_z(&buf, ""), LI_E_NOMEM);
    ck_assert_mem_eq(buf.data, "abcx", 4);
    lii_buf_clear(&buf);
    ck_assert_int_eq(lii_buf_add_i64(&buf, INT64_MIN), LI_OK);
    ck_assert_mem_eq(buf.data, "-9223372036854775808", buf.len);
    lii_buf_fini(&buf);
    ck_assert_uint_eq(p.blocks, 0);
}
END_TEST

START_TEST(test_buffers_take_their_limit_and_not_a_byte_more)
{
    lii_buf buf;
    char *taken;
    size_t len;

    lii_buf_init(&buf, NULL);
    buf.limit = 200;
    ck_assert_int_eq(lii_buf_addf(&buf, "%200s", "x"), LI_OK);
    ck_assert_int_eq(lii_buf_add(&buf, "", 0), LI_OK);
    ck_assert_int_eq(lii_buf_add_byte(&buf, 'y'), LI_E_TOO_LARGE);
    ck_assert_uint_eq(buf.len, 200);
    lii_buf_clear(&buf);
    ck_assert_int_eq(lii_buf_addf(&buf, "%201s", "x"), LI_E_TOO_LARGE);
    lii_buf_clear(&buf);
    lii_buf_add_u64(&buf, UINT64_MAX);
    taken = lii_buf_take(&buf, &len);
    ck_assert_mem_eq(taken, "18446744073709551615", len);
    ck_assert_uint_eq(buf.len, 0);
    lii_free(NULL, taken);
    lii_buf_fini(&buf);
}
END_TEST

/* ---- base64 */

START_TEST(test_base64_gives_back_every_length_and_each_byte)
{
    char data[66], back[66];
    size_t len, i;
    lii_buf out;

    for (i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 37 + 250);
    lii_buf_init(&out, &lii_malloc_allocator);
    for (len = 0; len <= sizeof data; len++) {
        lii_buf_clear(&out);
        lii_base64(&out, data, len);
        ck_assert_uint_eq(out.len, (len + 2) / 3 * 4);
        ck_assert_uint_eq(lii_base64_read(out.data, out.len, back), len);
        ck_assert(len == 0 || memcmp(back, data, len) == 0);
        while (out.len > 0 && out.data[out.len - 1] == '=')
            out.len--;                                           /* clients leave it out */
        ck_assert_uint_eq(lii_base64_read(out.data, out.len, out.data), len);
        ck_assert(len == 0 || memcmp(out.data, data, len) == 0);
    }
    for (i = 0; i < 256; i++) {
        char byte = (char)i;

        lii_buf_clear(&out);
        lii_base64(&out, &byte, 1);
        ck_assert_uint_eq(lii_base64_read(out.data, out.len, back), 1);
        ck_assert_int_eq(back[0], byte);
    }
    lii_buf_fini(&out);
}
END_TEST

START_TEST(test_base64_is_as_rfc_4648_shows_it)
{
    static const char *const pairs[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
                                            { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xff", "+/8=" } };
    size_t i;
    lii_buf out;

    lii_buf_init(&out, &lii_malloc_allocator);
    for (i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        lii_buf_clear(&out);
        lii_base64(&out, pairs[i][0], strlen(pairs[i][0]));
        ck_assert_uint_eq(out.len, strlen(pairs[i][1]));
        ck_assert(out.len == 0 || memcmp(out.data, pairs[i][1], out.len) == 0);
    }
    out.limit = out.cap;
    lii_base64(&out, "longer than the limit lets through, whatever there is", out.limit);
    ck_assert_int_eq(out.status, LI_E_TOO_LARGE);
    lii_buf_fini(&out);
}
END_TEST

START_TEST(test_base64_refuses_every_byte_that_is_no_digit_and_wrong_padding)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char *const wrong[] = { "A", "AAAAA", "=", "==", "===", "A===", "AA=", "AAA==", "AAAA=", "AAAA==", "AAAA====", "AA=A",
                                         "=AAA", "AA==AAAA" };
    char text[8], out[8];
    size_t i, at;

    for (i = 0; i < 256; i++)
        for (at = 0; at < sizeof text; at++) {
            int is_digit = i > 0 && strchr(digits, (int)i) != NULL, is_end = at == sizeof text - 1 && i == '=';

            memset(text, 'A', sizeof text);
            text[at] = (char)i;
            ck_assert_uint_eq(lii_base64_read(text, sizeof text, out), is_digit ? 6 : is_end ? 5 : SIZE_MAX);
        }
    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(lii_base64_read(wrong[i], strlen(wrong[i]), out) == SIZE_MAX, "%s", wrong[i]);
}
END_TEST

enum { KEYS = 3000 };

START_TEST(test_tables_hold_what_a_plain_list_holds)
{
    static char keys[KEYS][24];
    static int present[KEYS];
    lii_random random;
    lii_table table;
    void *old;
    size_t i, n, count = 0, at = 0, wrong = 0;

    lii_random_seed(&random, 7);
    lii_table_init(&table, NULL);
    for (i = 0; i < KEYS; i++)
        snprintf(keys[i], sizeof keys[i], "%*s%zu", (int)(i % 13), "", i);
    memset(present, 0, sizeof present);
    for (n = 0; n < 60000; n++) {
        i = (size_t)(lii_random_u64(&random) % KEYS);
        if (lii_random_u64(&random) & 1) {
            wrong += lii_table_put(&table, keys[i], strlen(keys[i]), keys[i], &old) != LI_OK;
            wrong += old != (present[i] ? keys[i] : NULL);
            present[i] = 1;
        } else {
            old = lii_table_remove(&table, keys[i], strlen(keys[i]));
            wrong += old != (present[i] ? keys[i] : NULL);
            present[i] = 0;
        }
        wrong += table.used * 10 > table.cap * 7;
    }
    ck_assert_uint_eq(wrong, 0);
    for (i = 0; i < KEYS; i++) {
        wrong += lii_table_get(&table, keys[i], strlen(keys[i])) != (present[i] ? keys[i] : NULL);
        count += (size_t)present[i];
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(table.count, count);
    for (n = 0; lii_table_next(&table, &at); at++)
        n++;
    ck_assert_uint_eq(n, count);
    lii_table_fini(&table);
}
END_TEST

START_TEST(test_tables_without_memory_stay_as_they_were)
{
    poor p = { 1, 0 };
    li_allocator allocator = { &poor_ops, &p };
    lii_table table;
    char keys[60];
    size_t i, n = 0;

    lii_table_init(&table, &allocator);
    ck_assert_ptr_null(lii_table_get(&table, "x", 1));
    ck_assert_ptr_null(lii_table_remove(&table, "x", 1));
    ck_assert_int_eq(lii_table_reserve(&table, 20), LI_OK);
    for (i = 0; i < sizeof keys; i++)
        keys[i] = (char)('0' + i);
    while (n < sizeof keys && lii_table_put(&table, keys + n, 1, keys + n, NULL) == LI_OK)
        n++;
    ck_assert_uint_ge(n, 20);
    ck_assert_uint_lt(n, sizeof keys);
    ck_assert_uint_eq(table.count, n);
    ck_assert_ptr_null(lii_table_get(&table, keys + n, 1));
    ck_assert_ptr_eq(lii_table_get(&table, keys, 1), keys);
    lii_table_fini(&table);
    ck_assert_uint_eq(p.blocks, 0);
}
END_TEST

enum { NODES = 200 };

START_TEST(test_rel_58_heaps_give_due_then_sequence)
{
    lii_heap heap;
    lii_heap_node nodes[NODES];
    uint64_t due[NODES];
    lii_random random;
    size_t n, i, least, wrong = 0;

    lii_random_seed(&random, 3);
    lii_heap_init(&heap, NULL, 0);
    memset(nodes, 0, sizeof nodes);
    for (n = 0; n < 20000; n++) {
        uint64_t what = lii_random_u64(&random);

        i = (size_t)(what >> 8) % NODES;
        if ((what & 3) == 0) {
            lii_heap_remove(&heap, &nodes[i]);
            wrong += nodes[i].place != 0;
        } else if ((what & 3) < 3) {
            due[i] = lii_random_u64(&random) % 16;
            wrong += lii_heap_set(&heap, &nodes[i], due[i], i) != LI_OK;
        } else {
            for (least = NODES, i = 0; i < NODES; i++)
                if (nodes[i].place != 0 && (least == NODES || due[i] < due[least]))
                    least = i;
            if (least < NODES)
                wrong += lii_heap_first(&heap)->due != due[least];
            wrong += lii_heap_pop(&heap) != (least < NODES ? &nodes[least] : NULL);
        }
    }
    ck_assert_uint_eq(wrong, 0);
    lii_heap_fini(&heap);
}
END_TEST

enum { MANY = 2500 };

/* Dues of every length, many of them equal, coming nearer as time goes: what is in slots and what is in the heap is one order. */
static uint64_t some_due(lii_random *random, uint64_t now)
{
    uint64_t r = lii_random_u64(random);

    switch (r % 4) {
    case 0:
        return now + (r >> 8) % 16;
    case 1:
        return now + (r >> 8) % 200000;
    case 2:
        return (r >> 8) >> (r >> 3) % 56;
    default:
        return now / 1000 * 1000 + 60000;
    }
}

START_TEST(test_rel_58_many_that_wait_come_in_the_same_order_as_a_few)
{
    static struct {
        lii_heap_node node;
        uint64_t due;
    } all[MANY];
    uint64_t now = UINT64_C(1700000000000), sequence = 0;
    lii_heap_cursor at = { 0, NULL };
    lii_heap heap;
    lii_random random;
    size_t n, i, least, wrong = 0, walked = 0, waiting = 0;

    lii_random_seed(&random, 5 + (uint64_t)_i);
    lii_heap_init(&heap, NULL, (ptrdiff_t)sizeof all[0].node);
    memset(all, 0, sizeof all);
    for (n = 0; n < 12000; n++) {
        uint64_t what = n < MANY ? 1 : lii_random_u64(&random);

        i = n < MANY ? n : (size_t)(what >> 8) % MANY;
        if (what % 8 == 0) {
            lii_heap_remove(&heap, &all[i].node);
            wrong += all[i].node.place != 0;
        } else if (what % 8 < (n < 9000 ? 6 : 2)) {
            lii_heap_remove(&heap, &all[i].node);
            all[i].due = some_due(&random, now);
            wrong += lii_heap_set(&heap, &all[i].node, all[i].due, ++sequence) != LI_OK;
        } else {
            for (least = MANY, i = 0; i < MANY; i++)
                if (all[i].node.place != 0 && (least == MANY || all[i].due < all[least].due ||
                                            (all[i].due == all[least].due && all[i].node.sequence < all[least].node.sequence)))
                    least = i;
            if (least < MANY && all[least].due > now && all[least].due - now < 1000000)
                now = all[least].due;
            wrong += least < MANY && lii_heap_first(&heap)->due != all[least].due;
            wrong += lii_heap_pop(&heap) != (least < MANY ? &all[least].node : NULL);
        }
    }
    while (lii_heap_next(&heap, &at) != NULL)
        walked++;
    for (i = 0; i < MANY; i++)
        waiting += all[i].node.place != 0;
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(walked, waiting);
    ck_assert_uint_eq(heap.count, waiting);
    for (i = 0; i < MANY; i++)
        lii_heap_remove(&heap, &all[i].node);
    ck_assert_ptr_null(lii_heap_first(&heap));
    lii_heap_fini(&heap);
}
END_TEST

START_TEST(test_heaps_with_room_reserved_insert_without_memory)
{
    poor p = { 1, 0 };
    li_allocator allocator = { &poor_ops, &p };
    lii_heap heap;
    lii_heap_node nodes[201] = { { 0 } };
    size_t i;

    lii_heap_init(&heap, &allocator, 0);
    ck_assert_int_eq(lii_heap_reserve(&heap, 200), LI_OK);
    for (i = 0; i < 200; i++)
        ck_assert_int_eq(lii_heap_set(&heap, &nodes[i], 200 - i, i), LI_OK);
    heap.cap = heap.count; /* exactly full, whatever was rounded up */
    ck_assert_int_eq(lii_heap_set(&heap, &nodes[200], 0, 0), LI_E_NOMEM);
    ck_assert_uint_eq(nodes[200].place, 0);
    ck_assert_int_eq(lii_heap_set(&heap, &nodes[0], 0, 0), LI_OK);
    ck_assert_ptr_eq(lii_heap_pop(&heap), &nodes[0]);
    lii_heap_fini(&heap);
}
END_TEST

START_TEST(test_dates_agree_with_the_calendar_of_the_system)
{
    lii_random random;
    int i;

    lii_random_seed(&random, 9);
    for (i = 0; i < 20000; i++) {
        uint64_t ms = lii_random_u64(&random) % UINT64_C(253402300800000);
        time_t s = (time_t)(ms / 1000);
        struct tm tm;
        lii_date date;

        gmtime_r(&s, &tm);
        lii_date_read(ms, &date);
        if (date.year != tm.tm_year + 1900 || date.month != tm.tm_mon + 1 || date.day != tm.tm_mday ||
            date.hour != tm.tm_hour || date.minute != tm.tm_min || date.second != tm.tm_sec ||
            date.ms != (int32_t)(ms % 1000) || date.weekday != tm.tm_wday)
            ck_abort_msg("%llu is %d-%d-%d", (unsigned long long)ms, date.year, date.month, date.day);
    }
}
END_TEST

START_TEST(test_times_have_the_three_forms_of_aws)
{
    char out[LII_TIME_SIZE];

    lii_time_ms(UINT64_C(1573755365568), out);
    ck_assert_str_eq(out, "2019-11-14T18:16:05.568Z");
    lii_time_s(UINT64_C(1573755365568), out);
    ck_assert_str_eq(out, "2019-11-14T18:16:05Z");
    lii_time_offset(UINT64_C(1573755365068), out);
    ck_assert_str_eq(out, "2019-11-14T18:16:05.068+0000");
    lii_time_s(UINT64_C(951868799999), out);
    ck_assert_str_eq(out, "2000-02-29T23:59:59Z");
    lii_time_s(UINT64_C(951868800000), out);
    ck_assert_str_eq(out, "2000-03-01T00:00:00Z");
    lii_time_ms(UINT64_MAX, out);
    ck_assert_str_eq(out, "9999-12-31T23:59:59.999Z");
}
END_TEST

static void keep_line(void *self, int32_t level, const char *text, size_t len)
{
    char *line = self;

    memcpy(line, text, len);
    line[len] = '\0';
    line[len + 1] = (char)level;
}

static const li_logger_ops keep_ops = { sizeof(li_logger_ops), 1, 0, "keep", keep_line };

START_TEST(test_rel_84_a_log_line_is_one_line)
{
    char line[8192];
    li_logger logger = { &keep_ops, line }, silent = { NULL, NULL };

    lii_log(&logger, LI_LOG_WARN, "a%sb", "\n\x1b[31m\x7f\xC3\xA9\xC3(\xC2\x9B");
    ck_assert_str_eq(line, "a\\x0a\\x1b[31m\\x7f\xC3\xA9\\xc3(\\xc2\\x9bb");
    ck_assert_int_eq(line[strlen(line) + 1], LI_LOG_WARN);
    lii_log(&logger, LI_LOG_WARN, "%5000s", "\n");
    ck_assert_uint_eq(strlen(line), 1024);
    lii_log(&silent, LI_LOG_WARN, "x");
    lii_log(NULL, LI_LOG_WARN, "x");
}
END_TEST

Suite *suite_base(void)
{
    Suite *suite = suite_create("base");
    TCase *memory = tcase_create("memory and structs"), *data = tcase_create("containers");

    tcase_add_test(memory, test_rel_100_every_required_method_of_an_allocator_is_asked_for);
    tcase_add_test(memory, test_rel_100_a_product_that_overflows_is_out_of_memory);
    tcase_add_test(memory, test_options_of_an_older_caller_keep_our_defaults);
    tcase_add_test(memory, test_options_of_a_newer_caller_pass_only_when_neutral);
    tcase_add_test(memory, test_options_of_an_impossible_size_are_refused);
    tcase_add_test(memory, test_options_written_stay_inside_the_callers_struct);
    tcase_add_test(memory, test_ops_of_an_older_table_lack_methods_as_null);
    tcase_add_test(memory, test_status_names_texts_and_retryables);
    tcase_add_test(memory, test_errors_are_cut_between_characters_and_end);
    tcase_add_test(memory, test_errors_of_an_older_caller_are_filled_up_to_their_size);
    tcase_add_test(data, test_ids_are_written_and_read_as_uuids);
    tcase_add_test(data, test_rel_58_one_seed_gives_one_sequence);
    tcase_add_test(data, test_buffers_keep_their_first_error);
    tcase_add_test(data, test_buffers_take_their_limit_and_not_a_byte_more);
    tcase_add_test(data, test_base64_gives_back_every_length_and_each_byte);
    tcase_add_test(data, test_base64_is_as_rfc_4648_shows_it);
    tcase_add_test(data, test_base64_refuses_every_byte_that_is_no_digit_and_wrong_padding);
    tcase_add_test(data, test_tables_hold_what_a_plain_list_holds);
    tcase_add_test(data, test_tables_without_memory_stay_as_they_were);
    tcase_add_test(data, test_rel_58_heaps_give_due_then_sequence);
    tcase_add_loop_test(data, test_rel_58_many_that_wait_come_in_the_same_order_as_a_few, 0, 4);
    tcase_add_test(data, test_heaps_with_room_reserved_insert_without_memory);
    tcase_add_test(data, test_dates_agree_with_the_calendar_of_the_system);
    tcase_add_test(data, test_times_have_the_three_forms_of_aws);
    tcase_add_test(data, test_rel_84_a_log_line_is_one_line);
    suite_add_tcase(suite, memory);
    suite_add_tcase(suite, data);
    return suite;
}
