/* test_store.c - stores of settings: the one in memory, and what an engine does with its store. */
#include "fixture.h"

static uint64_t zero_ms(void *engine)
{
    (void)engine;
    return 0;
}

static const li_store_host host = { sizeof host, NULL, zero_ms, NULL, 0, 0 };

static li_slice z(const char *text)
{
    li_slice s = { text, strlen(text) };

    return s;
}

static li_store_change put(const char *table, const char *key, const char *value)
{
    li_store_change c = { z(table), z(key), z(value ? value : ""), value == NULL, 0 };

    return c;
}

typedef struct text {
    char bytes[400];
} text;

static int32_t note_row(void *user, li_slice key, li_slice value)
{
    text *t = user;
    size_t len = strlen(t->bytes);

    snprintf(t->bytes + len, sizeof t->bytes - len, "%.*s=%.*s;", (int)key.len, key.ptr, (int)value.len, value.ptr);
    return 0;
}

static void note_value(void *user, const char *data, size_t len)
{
    text *t = user;

    snprintf(t->bytes, sizeof t->bytes, "%.*s", (int)len, data);
}

static const char *rows(const li_store *s, const char *table)
{
    static text t;

    t.bytes[0] = '\0';
    ck_assert_int_eq(s->ops->each(s->self, z(table), note_row, &t), LI_OK);
    return t.bytes;
}

START_TEST(test_rel_20_store_keeps_rows_in_order_of_key_bytes)
{
    li_store_change changes[] = { put("a", "bb", "1"), put("a", "b", "2"), put("a", "\xff", "3"), put("b", "b", "4"),
                                  put("a", "c", "5"), put("a", "c", NULL), put("a", "b", "6") };
    text value = { "" };
    li_store s;

    ck_assert_int_eq(li_store_memory_new(NULL, &s), LI_OK);
    ck_assert_int_eq(s.ops->open(s.self, &host, NULL), LI_OK);
    ck_assert_int_eq(s.ops->open(s.self, &host, NULL), LI_E_BUSY);
    ck_assert_int_eq(s.ops->write(s.self, changes, 7, NULL), LI_OK);
    ck_assert_str_eq(rows(&s, "a"), "b=6;bb=1;\xff=3;");
    ck_assert_str_eq(rows(&s, "b"), "b=4;");
    ck_assert_str_eq(rows(&s, "none"), "");
    ck_assert_int_eq(s.ops->get(s.self, z("a"), z("bb"), note_value, &value), LI_OK);
    ck_assert_str_eq(value.bytes, "1");
    ck_assert_int_eq(s.ops->get(s.self, z("a"), z("c"), note_value, &value), LI_E_NOT_FOUND);
    s.ops->close(s.self);
    ck_assert_int_eq(s.ops->open(s.self, &host, NULL), LI_OK);
    ck_assert_str_eq(rows(&s, "a"), "b=6;bb=1;\xff=3;");
    s.ops->close(s.self);
    s.ops->free(s.self);
}
END_TEST

static int n_allowed;

static void *few_alloc(void *self, size_t size)
{
    (void)self;
    return n_allowed-- > 0 ? malloc(size) : NULL;
}

static void *few_realloc(void *self, void *block, size_t size)
{
    (void)self;
    return n_allowed-- > 0 ? realloc(block, size) : NULL;
}

static void few_free(void *self, void *block)
{
    (void)self;
    free(block);
}

START_TEST(test_rel_40_store_write_is_all_or_none_without_memory)
{
    static const li_allocator_ops ops = { sizeof ops, 1, 0, "few", few_alloc, few_realloc, few_free };
    li_allocator few = { &ops, NULL };
    li_store_change first = put("a", "x", "old");
    li_store_change changes[] = { put("a", "x", "new"), put("b", "y", "1"), put("a", "z", "2") };
    int n, failed = 0;

    for (n = 1; n < 40; n++) {
        li_status status;
        li_store s;

        n_allowed = 100;
        ck_assert_int_eq(li_store_memory_new(&few, &s), LI_OK);
        ck_assert_int_eq(s.ops->open(s.self, &host, NULL), LI_OK);
        ck_assert_int_eq(s.ops->write(s.self, &first, 1, NULL), LI_OK);
        n_allowed = n - 1;
        status = s.ops->write(s.self, changes, 3, NULL);
        n_allowed = 100;
        ck_assert(status == LI_OK || status == LI_E_NOMEM);
        failed += status != LI_OK;
        ck_assert_str_eq(rows(&s, "a"), status == LI_OK ? "x=new;z=2;" : "x=old;");
        ck_assert_str_eq(rows(&s, "b"), status == LI_OK ? "y=1;" : "");
        s.ops->close(s.self);
        s.ops->free(s.self);
    }
    ck_assert_int_gt(failed, 3);
    ck_assert_int_lt(failed, 39);
}
END_TEST

Suite *suite_store(void)
{
    Suite *suite = suite_create("store");
    TCase *tcase = tcase_create("memory");

    tcase_add_test(tcase, test_rel_20_store_keeps_rows_in_order_of_key_bytes);
    tcase_add_test(tcase, test_rel_40_store_write_is_all_or_none_without_memory);
    suite_add_tcase(suite, tcase);
    return suite;
}
