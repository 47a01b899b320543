/* test_store.c - stores of settings: the one in memory, and what an engine does with its store. */
#include "fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <time.h>

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
    char bytes[2000];
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

/* ---- an engine and its store, over several lives of the process */

typedef struct life {
    li_store store;              /* outlives the engines */
    li_store_ops ops;            /* as theirs, but not freed with them */
    li_clock *clock;
    li_engine *engine;
    int fails;                   /* writes fail */
    int n_writes;
    void (*during)(void);        /* called once by another thread while the next write goes on */
    pthread_t other;
    atomic_int has_begun;
    atomic_int is_done;
} life;

static life l;

static void *other_thread(void *unused)
{
    void (*during)(void) = l.during;

    l.during = NULL;
    atomic_store(&l.has_begun, 1);
    during();
    atomic_store(&l.is_done, 1);
    return unused;
}

/* Until it is done; or for a moment, when it waits for this write. */
static void let_another_run(void)
{
    struct timespec moment = { 0, 1000000 };
    int i;

    ck_assert_int_eq(pthread_create(&l.other, NULL, other_thread, NULL), 0);
    while (!atomic_load(&l.has_begun))
        sched_yield();
    for (i = 0; i < 20 && !atomic_load(&l.is_done); i++)
        nanosleep(&moment, NULL);
}

static li_status counting_write(void *self, const li_store_change *changes, size_t n, li_error *err)
{
    l.n_writes++;
    if (l.during)
        let_another_run();
    return l.fails ? LI_E_IO : l.store.ops->write(self, changes, n, err);
}

static void start(void)
{
    li_engine_options o = LI_ENGINE_OPTIONS_INIT;

    if (!l.store.ops) {
        ck_assert_int_eq(li_store_memory_new(NULL, &l.store), LI_OK);
        ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &l.clock), LI_OK);
        l.ops = *l.store.ops;
        l.ops.free = NULL;
        l.ops.write = counting_write;
    }
    o.clock = l.clock;
    o.store.ops = &l.ops;
    o.store.self = l.store.self;
    ck_assert_int_eq(li_engine_new(&l.engine, &o, NULL), LI_OK);
}

static void stop(void)
{
    ck_assert_int_eq(li_engine_free(l.engine), LI_OK);
}

static void restart(void)
{
    stop();
    start();
}

static void end(void)
{
    stop();
    l.store.ops->free(l.store.self);
    li_clock_free(l.clock);
}

static li_function_spec spec_of(const char *name, li_handler handler)
{
    li_function_spec s = LI_FUNCTION_SPEC_INIT;

    s.name = li_z(name);
    s.handler = handler;
    return s;
}

START_TEST(test_inv_632_a_function_registered_again_after_a_restart_is_the_same)
{
    li_function_spec s = spec_of("f", echo);
    li_function_info before = { .size = sizeof before }, after = { .size = sizeof after };

    start();
    s.timeout_ms = 7000;
    s.memory_mb = 512;
    s.description = li_z("what \"it\" does");
    s.reserved_concurrency = 5;
    s.log_format = LI_LOG_FORMAT_JSON;
    s.application_log_level = LI_LEVEL_FATAL;
    s.system_log_level = LI_LEVEL_DEBUG;
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_version_publish(l.engine, "f", LI_Z, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &before, NULL), LI_OK);
    restart();
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, "1", 1, &after, NULL), LI_OK);
    ck_assert_int_eq(after.log_format, LI_LOG_FORMAT_JSON);
    ck_assert_int_eq(after.application_log_level, LI_LEVEL_FATAL);
    ck_assert_int_eq(after.system_log_level, LI_LEVEL_DEBUG);
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &after, NULL), LI_OK);
    ck_assert_int_eq(after.is_bound, 0);
    l.n_writes = 0;
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(l.n_writes, 0);
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &after, NULL), LI_OK);
    ck_assert_str_eq(after.revision_id, before.revision_id);
    ck_assert_uint_eq(after.modified_ms, before.modified_ms);
    ck_assert_uint_eq(after.timeout_ms, 7000);
    ck_assert_uint_eq(after.memory_mb, 512);
    ck_assert_str_eq(after.description, "what \"it\" does");
    ck_assert_int_eq(after.reserved_concurrency, 5);
    ck_assert_int_eq(after.is_bound, 1);
    ck_assert_int_eq(li_version_publish(l.engine, "f", LI_Z, NULL, &after, NULL), LI_OK);
    ck_assert_str_eq(after.version, "1");     /* nothing has changed since */
    ck_assert_int_eq(after.is_bound, 1);
    s.timeout_ms = 8000;
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_version_publish(l.engine, "f", LI_Z, NULL, &after, NULL), LI_OK);
    ck_assert_str_eq(after.version, "2");
    end();
}
END_TEST

START_TEST(test_rel_20_what_was_updated_stays_after_a_restart_unless_the_code_says_something_else)
{
    li_function_spec s = spec_of("f", echo), u = spec_of("f", NULL);
    li_function_info info = { .size = sizeof info };

    start();
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_config_set(l.engine, "local_queues.auto", 1, NULL), LI_OK);
    u.timeout_ms = 9000;
    u.description = li_z("updated");
    u.dead_letter_target = li_z("arn:aws:sqs:us-east-1:000000000000:dead");
    ck_assert_int_eq(li_function_update(l.engine, &u, LI_FUNCTION_SET_TIMEOUT | LI_FUNCTION_SET_DESCRIPTION | LI_FUNCTION_SET_DEAD_LETTER, NULL), LI_OK);
    ck_assert_int_eq(li_function_set_recursion(l.engine, "f", LI_Z, LI_RECURSION_ALLOW, NULL), LI_OK);
    restart();
    restart();                   /* also when it was not registered between */
    l.n_writes = 0;
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(l.n_writes, 0);
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_uint_eq(info.timeout_ms, 9000);
    ck_assert_uint_eq(info.memory_mb, 128);
    ck_assert_str_eq(info.description, "updated");
    ck_assert_str_eq(info.dead_letter_target, "arn:aws:sqs:us-east-1:000000000000:dead");
    ck_assert_int_eq(info.recursive_loop, LI_RECURSION_ALLOW);
    ck_assert_int_eq(info.is_bound, 1);
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);     /* again in one life: all of it, as ever */
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_uint_eq(info.timeout_ms, 3000);
    ck_assert_str_eq(info.dead_letter_target, "");
    ck_assert_int_eq(li_function_update(l.engine, &u, LI_FUNCTION_SET_TIMEOUT, NULL), LI_OK);
    restart();
    s.memory_mb = 256;           /* the program has changed */
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_uint_eq(info.timeout_ms, 3000);
    ck_assert_uint_eq(info.memory_mb, 256);
    l.fails = 1;
    ck_assert_int_eq(li_function_set_recursion(l.engine, "f", LI_Z, LI_RECURSION_TERMINATE, NULL), LI_E_IO);
    l.fails = 0;
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_int_eq(info.recursive_loop, LI_RECURSION_ALLOW);
    end();
}
END_TEST

START_TEST(test_rel_20_versions_aliases_and_event_configs_are_there_after_a_restart)
{
    li_event_config_info config = { .size = sizeof config };
    li_event_config c = LI_EVENT_CONFIG_INIT;
    li_alias_spec a = LI_ALIAS_SPEC_INIT;
    li_alias_info alias = { .size = sizeof alias };
    li_function_spec s = spec_of("f", echo);
    li_function_info info = { .size = sizeof info };

    start();
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_version_publish(l.engine, "f", LI_Z, NULL, NULL, NULL), LI_OK);
    s.memory_mb = 256;
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_version_publish(l.engine, "f", LI_Z, NULL, NULL, NULL), LI_OK);
    a.name = li_z("live");
    a.function_version = li_z("1");
    a.additional_version = li_z("2");
    a.weight = 0.1;
    ck_assert_int_eq(li_alias_create(l.engine, "f", LI_Z, &a, NULL, NULL), LI_OK);
    a.name = li_z("gone");
    ck_assert_int_eq(li_alias_create(l.engine, "f", LI_Z, &a, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_alias_remove(l.engine, "f", LI_Z, "gone", LI_Z, NULL), LI_OK);
    c.max_retries = 1;
    c.max_age_s = 300;
    ck_assert_int_eq(li_event_config_put(l.engine, "f", LI_Z, "live", LI_Z, &c, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_event_config_put(l.engine, "f", LI_Z, "1", LI_Z, &c, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_event_config_remove(l.engine, "f", LI_Z, "1", LI_Z, NULL), LI_OK);
    restart();
    ck_assert_int_eq(li_alias_get(l.engine, "f", LI_Z, "live", LI_Z, &alias, NULL), LI_OK);
    ck_assert_str_eq(alias.function_version, "1");
    ck_assert_str_eq(alias.additional_version, "2");
    ck_assert(alias.weight == 0.1);
    ck_assert_int_eq(li_alias_get(l.engine, "f", LI_Z, "gone", LI_Z, &alias, NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_event_config_get(l.engine, "f", LI_Z, "live", LI_Z, &config, NULL), LI_OK);
    ck_assert_int_eq(config.max_retries, 1);
    ck_assert_int_eq(config.max_age_s, 300);
    ck_assert_int_eq(li_event_config_get(l.engine, "f", LI_Z, "1", LI_Z, &config, NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, "2", LI_Z, &info, NULL), LI_OK);
    ck_assert_uint_eq(info.memory_mb, 256);
    ck_assert_int_eq(li_alias_remove(l.engine, "f", LI_Z, "live", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_version_remove(l.engine, "f", LI_Z, "2", LI_Z, NULL), LI_OK);
    restart();
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, "2", LI_Z, &info, NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, "1", LI_Z, &info, NULL), LI_OK);
    s.memory_mb = 1024;
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_version_publish(l.engine, "f", LI_Z, NULL, &info, NULL), LI_OK);
    ck_assert_str_eq(info.version, "3");      /* a number is not used again */
    ck_assert_int_eq(li_function_remove(l.engine, "f", LI_Z, NULL), LI_OK);
    restart();
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_E_NOT_FOUND);
    ck_assert_str_eq(rows(&l.store, "function"), "");
    ck_assert_str_eq(rows(&l.store, "version"), "");
    ck_assert_str_eq(rows(&l.store, "event-config"), "");
    end();
}
END_TEST

static void expect_provisioned(const char *qualifier, uint64_t requested, uint64_t available, int32_t status)
{
    li_provisioned_info info = { .size = sizeof info };

    ck_assert_int_eq(li_engine_run_until_idle(l.engine, NULL), LI_OK);
    ck_assert_int_eq(li_provisioned_get(l.engine, "f", LI_Z, qualifier, LI_Z, &info, NULL), requested ? LI_OK : LI_E_NOT_FOUND);
    if (requested == 0)
        return;
    ck_assert_uint_eq(info.requested, requested);
    ck_assert_uint_eq(info.available, available);
    ck_assert_int_eq(info.status, status);
}

START_TEST(test_rel_20_provisioned_concurrency_waits_for_its_handler_after_a_restart)
{
    li_provisioned_info before = { .size = sizeof before }, after = { .size = sizeof after };
    li_function_spec s = spec_of("f", echo);
    li_alias_spec a = LI_ALIAS_SPEC_INIT;

    start();
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_version_publish(l.engine, "f", LI_Z, NULL, NULL, NULL), LI_OK);
    a.name = li_z("live");
    a.function_version = li_z("1");
    ck_assert_int_eq(li_alias_create(l.engine, "f", LI_Z, &a, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_provisioned_put(l.engine, "f", LI_Z, "live", LI_Z, 3, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_provisioned_put(l.engine, "f", LI_Z, "live", LI_Z, 2, &before, NULL), LI_OK);
    ck_assert_int_eq(li_clock_advance(l.clock, LI_SECOND_NS, NULL), LI_OK);
    restart();
    expect_provisioned("live", 2, 0, LI_PROVISIONED_IN_PROGRESS);
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    expect_provisioned("live", 2, 2, LI_PROVISIONED_READY);
    ck_assert_int_eq(li_provisioned_get(l.engine, "f", LI_Z, "live", LI_Z, &after, NULL), LI_OK);
    ck_assert_uint_eq(after.modified_ms, before.modified_ms);
    ck_assert_int_eq(li_provisioned_remove(l.engine, "f", LI_Z, "live", LI_Z, NULL), LI_OK);
    restart();
    expect_provisioned("live", 0, 0, 0);
    ck_assert_int_eq(li_provisioned_put(l.engine, "f", LI_Z, "live", LI_Z, 1, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_alias_remove(l.engine, "f", LI_Z, "live", LI_Z, NULL), LI_OK);
    ck_assert_str_eq(rows(&l.store, "provisioned"), "");
    ck_assert_int_eq(li_provisioned_put(l.engine, "f", LI_Z, "1", LI_Z, 1, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_function_remove(l.engine, "f", LI_Z, NULL), LI_OK);
    ck_assert_str_eq(rows(&l.store, "provisioned"), "");
    end();
}
END_TEST

START_TEST(test_rel_20_a_paused_function_is_paused_after_a_restart)
{
    li_function_info info = { .size = sizeof info };
    li_function_spec s = spec_of("f", echo);

    start();
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_function_pause(l.engine, "f", LI_Z, NULL), LI_OK);
    restart();
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_int_eq(info.is_paused, 1);
    ck_assert_int_eq(li_function_resume(l.engine, "f", LI_Z, NULL), LI_OK);
    restart();
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_int_eq(info.is_paused, 0);
    ck_assert_int_eq(li_function_pause(l.engine, "f", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_function_remove(l.engine, "f", LI_Z, NULL), LI_OK);
    restart();
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_int_eq(info.is_paused, 0);
    end();
}
END_TEST

START_TEST(test_rel_40_a_setting_that_cannot_be_written_is_not_changed)
{
    li_function_spec s = spec_of("f", echo), other = spec_of("g", echo), ready = spec_of("p", echo);
    li_provisioned_info provisioned = { .size = sizeof provisioned };
    li_event_config c = LI_EVENT_CONFIG_INIT;
    li_alias_spec a = LI_ALIAS_SPEC_INIT;
    li_function_info info = { .size = sizeof info };

    start();
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_function_register(l.engine, &ready, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_version_publish(l.engine, "p", LI_Z, NULL, NULL, NULL), LI_OK);
    a.name = li_z("live");
    a.function_version = li_z("$LATEST");
    c.max_retries = 1;
    l.fails = 1;
    s.memory_mb = 256;
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_E_IO);
    ck_assert_int_eq(li_function_register(l.engine, &other, NULL, NULL), LI_E_IO);
    ck_assert_int_eq(li_function_update(l.engine, &s, LI_FUNCTION_SET_MEMORY, NULL), LI_E_IO);
    ck_assert_int_eq(li_function_set_concurrency(l.engine, "f", LI_Z, 3, NULL), LI_E_IO);
    ck_assert_int_eq(li_function_pause(l.engine, "f", LI_Z, NULL), LI_E_IO);
    ck_assert_int_eq(li_provisioned_put(l.engine, "p", LI_Z, "1", LI_Z, 1, NULL, NULL), LI_E_IO);
    ck_assert_int_eq(li_version_publish(l.engine, "f", LI_Z, NULL, NULL, NULL), LI_E_IO);
    ck_assert_int_eq(li_alias_create(l.engine, "f", LI_Z, &a, NULL, NULL), LI_E_IO);
    ck_assert_int_eq(li_event_config_put(l.engine, "f", LI_Z, NULL, 0, &c, NULL, NULL), LI_E_IO);
    ck_assert_int_eq(li_function_remove(l.engine, "f", LI_Z, NULL), LI_E_IO);
    l.fails = 0;
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_uint_eq(info.memory_mb, 128);
    ck_assert_int_eq(info.reserved_concurrency, LI_UNRESERVED);
    ck_assert_int_eq(info.is_paused, 0);
    ck_assert_int_eq(li_provisioned_get(l.engine, "p", LI_Z, "1", LI_Z, &provisioned, NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_function_describe(l.engine, "g", LI_Z, NULL, 0, &info, NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_version_publish(l.engine, "f", LI_Z, NULL, &info, NULL), LI_OK);
    ck_assert_str_eq(info.version, "1");
    end();
}
END_TEST

static int n_freed;

static void count_free(void *self)
{
    (void)self;
    n_freed++;
}

START_TEST(test_rel_47_an_engine_that_cannot_be_made_frees_the_store_that_it_was_given)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_engine *engine = NULL;
    li_store_ops ops;
    li_store made;

    ck_assert_int_eq(li_store_memory_new(NULL, &made), LI_OK);
    ops = *made.ops;
    ops.free = count_free;
    options.store.ops = &ops;
    options.store.self = made.self;
    options.account = li_z("12 digits");
    n_freed = 0;
    ck_assert_int_ne(li_engine_new(&engine, &options, NULL), LI_OK);
    ck_assert_ptr_null(engine);
    ck_assert_int_eq(n_freed, 1);
    made.ops->free(made.self);
}
END_TEST

START_TEST(test_gs_22_a_stored_row_that_cannot_be_read_is_left_out)
{
    li_store_change bad[] = { put("function", "f", "{\"binding\":"), put("function", "no name!", "{}"),
                              put("version", "nobody:1", "{}"), put("alias", "nobody:a", "[1]"),
                              put("function", "good", "{\"binding\":\"c:good\"}") };
    li_function_info info = { .size = sizeof info };

    start();
    ck_assert_int_eq(l.store.ops->write(l.store.self, bad, 5, NULL), LI_OK);
    restart();
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_function_describe(l.engine, "good", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_uint_eq(info.timeout_ms, 3000);
    end();
}
END_TEST

enum { MANY = 100001 };          /* one more than limits.functions, which is set when the engine is there */

static li_status each_of_many(void *self, li_slice table, int32_t (*each)(void *user, li_slice key, li_slice value), void *user)
{
    char name[16];
    int i;

    if (table.len != 8 || memcmp(table.ptr, "function", 8) != 0)
        return l.store.ops->each(self, table, each, user);
    for (i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "f%d", i);
        if (each(user, z(name), z("{}")) != 0)
            break;
    }
    return LI_OK;
}

START_TEST(test_rel_60_what_is_stored_is_there_again_whatever_the_default_limit_is)
{
    li_function_info info = { .size = sizeof info };
    li_function_spec s = spec_of("another", echo);

    start();
    stop();
    l.ops.each = each_of_many;
    start();
    ck_assert_int_eq(li_function_describe(l.engine, "f100000", LI_Z, NULL, 0, &info, NULL), LI_OK);
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_E_FULL);
    end();
}
END_TEST

/* ---- a write that fails: all that can be asked for is as before, in this life and in the next */

static int32_t old_handler(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_respond(invocation, "\"old\"", LI_Z);
    return LI_DONE;
}

static int32_t new_handler(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_respond(invocation, "\"new\"", LI_Z);
    return LI_DONE;
}

static char seen[12000];

__attribute__((format(printf, 1, 2))) static void see(const char *format, ...)
{
    size_t len = strlen(seen);
    va_list args;

    va_start(args, format);
    vsnprintf(seen + len, sizeof seen - len, format, args);
    va_end(args);
    ck_assert_uint_lt(strlen(seen), sizeof seen - 1);
}

static void see_version(void *user, const li_function_info *v)
{
    (void)user;
    see(" %s[%u MB %u ms %s %s %s]", v->version, v->memory_mb, v->timeout_ms, v->description, v->dead_letter_target, v->revision_id);
}

static void see_alias(void *user, const li_alias_info *a)
{
    (void)user;
    see(" %s>%s,%s*%g %s %s", a->name, a->function_version, a->additional_version, a->weight, a->description, a->revision_id);
}

static void see_config(void *user, const li_event_config_info *c)
{
    (void)user;
    see(" %s:%lld,%lld,%s,%s", c->function_arn + strlen(ARN), (long long)c->max_retries, (long long)c->max_age_s, c->on_success,
        c->on_failure);
}

static void see_policy(void *user, const char *json, size_t len, const char *revision)
{
    (void)user;
    see(" %.*s %s", (int)len, json, revision);
}

static const char *const qualifiers[] = { "1", "2", "a", "b" };

static void see_function(void *user, const li_function_info *f)
{
    li_provisioned_info p = { .size = sizeof p };
    size_t i;

    (void)user;
    see("%s: reserved %lld paused %d loop %d bound %d", f->name, (long long)f->reserved_concurrency, f->is_paused, f->recursive_loop,
        f->is_bound);
    li_version_each(l.engine, f->name, LI_Z, 0, 100, see_version, NULL, NULL);
    li_alias_each(l.engine, f->name, LI_Z, see_alias, NULL, NULL);
    li_event_config_each(l.engine, f->name, LI_Z, see_config, NULL, NULL);
    li_permission_get(l.engine, f->name, LI_Z, NULL, 0, see_policy, NULL, NULL);
    for (i = 0; i < 4; i++) {
        if (li_provisioned_get(l.engine, f->name, LI_Z, qualifiers[i], LI_Z, &p, NULL) == LI_OK)
            see(" provisioned %s=%llu", qualifiers[i], (unsigned long long)p.requested);
        li_permission_get(l.engine, f->name, LI_Z, qualifiers[i], LI_Z, see_policy, NULL, NULL);
    }
    see("\n");
}

static void see_limit(void *user, const li_config_row *row)
{
    (void)user;
    if (row->used >= 0 && strncmp(row->name, "limits.", 7) == 0)
        see("%s %lld\n", row->name, (long long)row->used);
}

static void see_trigger(void *user, const li_trigger_info *t)
{
    (void)user;
    see("trigger %s %s %s %.*s %d %llu\n", t->id, t->kind, t->function, (int)t->options_len, t->options, t->is_enabled,
        (unsigned long long)t->created_ms);
}

static void see_settings(void)
{
    seen[0] = '\0';
    li_function_each(l.engine, NULL, 0, 100, see_function, NULL);
    li_trigger_each(l.engine, NULL, 0, see_trigger, NULL);
    li_config_each(l.engine, see_limit, NULL);
}

/* What the code answers, and the handlers that a function made next would find. */
static void see_handlers(void)
{
    static const char *const names[] = { "f", "f:1", "f:a", "n", "next" };
    li_function_spec s = spec_of("next", NULL);
    li_invoke_result r = LI_INVOKE_RESULT_INIT;
    li_status status;
    size_t i;

    for (i = 0; i < 2; i++) {
        s.binding = li_z(i ? "c:n" : "c:f");
        status = li_function_register(l.engine, &s, NULL, NULL);
        see("next of %.*s: %s", (int)s.binding.len, s.binding.ptr, li_status_name(status));
        status = li_invoke(l.engine, "next", LI_Z, "{}", LI_Z, NULL, &r, NULL);
        see(" %s %.*s\n", li_status_name(status), status ? 0 : (int)r.payload_len, status ? "" : r.payload);
        li_function_remove(l.engine, "next", LI_Z, NULL);
    }
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        status = li_invoke(l.engine, names[i], LI_Z, "{}", LI_Z, NULL, &r, NULL);
        see("%s %s %.*s\n", names[i], li_status_name(status), status ? 0 : (int)r.payload_len, status ? "" : r.payload);
    }
    li_invoke_result_fini(&r);
}

static li_status register_new(void)
{
    li_function_spec s = spec_of("n", new_handler);

    return li_function_register(l.engine, &s, NULL, NULL);
}

static li_status create_new(void)
{
    li_function_spec s = spec_of("n", new_handler);

    return li_function_create(l.engine, &s, NULL, NULL);
}

static li_status register_again(void)
{
    li_function_spec s = spec_of("f", new_handler);

    s.memory_mb = 512;
    s.reserved_concurrency = 7;
    return li_function_register(l.engine, &s, NULL, NULL);
}

static li_status register_removed(void)
{
    li_function_spec s = spec_of("gone", new_handler);

    return li_function_register(l.engine, &s, NULL, NULL);
}

static li_status update(void)
{
    li_function_spec s = spec_of("f", NULL);

    s.timeout_ms = 9000;
    s.description = li_z("another");
    return li_function_update(l.engine, &s, LI_FUNCTION_SET_TIMEOUT | LI_FUNCTION_SET_DESCRIPTION, NULL);
}

static li_status set_concurrency(void)
{
    return li_function_set_concurrency(l.engine, "f", LI_Z, 3, NULL);
}

static li_status set_recursion(void)
{
    return li_function_set_recursion(l.engine, "f", LI_Z, LI_RECURSION_ALLOW, NULL);
}

static li_status pause_function(void)
{
    return li_function_pause(l.engine, "f", LI_Z, NULL);
}

static li_status remove_function(void)
{
    return li_function_remove(l.engine, "f", LI_Z, NULL);
}

static li_status publish(void)
{
    return li_version_publish(l.engine, "f", LI_Z, NULL, NULL, NULL);
}

static li_status remove_version(void)
{
    return li_version_remove(l.engine, "f", LI_Z, "2", LI_Z, NULL);
}

static li_alias_spec alias_of(const char *name, const char *version)
{
    li_alias_spec a = LI_ALIAS_SPEC_INIT;

    a.name = li_z(name);
    a.function_version = li_z(version);
    return a;
}

static li_status create_alias(void)
{
    li_alias_spec a = alias_of("b", "1");

    return li_alias_create(l.engine, "f", LI_Z, &a, NULL, NULL);
}

static li_status update_alias(void)
{
    li_alias_spec a = alias_of("a", "2");

    a.description = li_z("moved");
    return li_alias_update(l.engine, "f", LI_Z, &a, NULL, NULL);
}

static li_status remove_alias(void)
{
    return li_alias_remove(l.engine, "f", LI_Z, "a", LI_Z, NULL);
}

static li_status put_config_of(const char *qualifier, int64_t retries)
{
    li_event_config c = LI_EVENT_CONFIG_INIT;

    c.max_retries = retries;
    return li_event_config_put(l.engine, "f", LI_Z, qualifier, qualifier ? LI_Z : 0, &c, NULL, NULL);
}

static li_status put_config(void)
{
    return put_config_of(NULL, 0);
}

static li_status update_config(void)
{
    li_event_config c = LI_EVENT_CONFIG_INIT;

    c.max_age_s = 77;
    return li_event_config_update(l.engine, "f", LI_Z, "a", LI_Z, &c, NULL, NULL);
}

static li_status remove_config(void)
{
    return li_event_config_remove(l.engine, "f", LI_Z, "a", LI_Z, NULL);
}

static li_status put_provisioned(void)
{
    return li_provisioned_put(l.engine, "f", LI_Z, "2", LI_Z, 2, NULL, NULL);
}

static li_status remove_provisioned(void)
{
    return li_provisioned_remove(l.engine, "f", LI_Z, "a", LI_Z, NULL);
}

static li_status permit_for(const char *qualifier, const char *id)
{
    li_permission p = LI_PERMISSION_INIT;

    p.statement_id = li_z(id);
    p.action = li_z("lambda:InvokeFunction");
    p.principal = li_z("s3.amazonaws.com");
    return li_permission_add(l.engine, "f", LI_Z, qualifier, qualifier ? LI_Z : 0, &p, NULL, NULL, NULL);
}

static li_status permit(void)
{
    return permit_for(NULL, "another");
}

static li_status forbid(void)
{
    li_slice none = { NULL, 0 };

    return li_permission_remove(l.engine, "f", LI_Z, "a", LI_Z, "id", LI_Z, none.ptr, none.len, NULL);
}

static li_trigger_spec trigger_of(const char *id, const char *options)
{
    li_trigger_spec t = LI_TRIGGER_SPEC_INIT;

    t.kind = li_z("s3");
    t.function = li_z("f");
    t.id = li_z(id);
    t.options = li_z(options);
    return t;
}

static li_status add_trigger(void)
{
    li_trigger_spec t = trigger_of("t2", "{\"bucket\":\"b2\",\"events\":[\"s3:ObjectCreated:*\"]}");

    return li_trigger_add(l.engine, &t, NULL, NULL);
}

static li_status add_trigger_by_form(void)
{
    li_trigger_spec t = trigger_of("t3", "{\"bucket\":\"b3\",\"events\":[\"s3:ObjectCreated:*\"],\"recursiveAck\":true}");

    t.flags = LI_TRIGGER_BY_FORM;
    return li_trigger_add(l.engine, &t, NULL, NULL);
}

static li_status update_trigger(void)
{
    li_trigger_spec t = trigger_of("t", "{\"bucket\":\"b4\",\"events\":[\"s3:ObjectRemoved:*\"]}");

    return li_trigger_update(l.engine, &t, NULL);
}

static li_status disable_trigger(void)
{
    return li_trigger_set_enabled(l.engine, "t", LI_Z, 0, NULL);
}

static li_status remove_trigger(void)
{
    return li_trigger_remove(l.engine, "t", LI_Z, NULL);
}

static const struct {
    const char *name;
    li_status (*change)(void);
} changes[] = {
    { "register a new function", register_new },     { "create a function", create_new },
    { "register again", register_again },            { "register what was removed", register_removed },
    { "update", update },                            { "reserve", set_concurrency },
    { "recursion", set_recursion },                  { "pause", pause_function },
    { "remove a function", remove_function },        { "publish", publish },
    { "remove a version", remove_version },          { "create an alias", create_alias },
    { "update an alias", update_alias },             { "remove an alias", remove_alias },
    { "put a config", put_config },                  { "update a config", update_config },
    { "remove a config", remove_config },            { "provision", put_provisioned },
    { "end provisioning", remove_provisioned },      { "permit", permit },
    { "forbid", forbid },                            { "add a trigger", add_trigger },
    { "add a trigger by its form", add_trigger_by_form }, { "update a trigger", update_trigger },
    { "disable a trigger", disable_trigger },        { "remove a trigger", remove_trigger },
};
enum { N_CHANGES = sizeof changes / sizeof changes[0] };

static void make_settings(void)
{
    li_function_spec s = spec_of("f", old_handler), gone = spec_of("gone", old_handler);
    li_trigger_spec t = trigger_of("t", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"]}");
    li_alias_spec a = alias_of("a", "1");

    ck_assert_int_eq(li_function_register(l.engine, &gone, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_function_remove(l.engine, "gone", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(publish(), LI_OK);
    s.memory_mb = 256;
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(publish(), LI_OK);
    s.memory_mb = 384;           /* so that there is something to publish */
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_alias_create(l.engine, "f", LI_Z, &a, NULL, NULL), LI_OK);
    ck_assert_int_eq(put_config_of("a", 1), LI_OK);
    ck_assert_int_eq(put_config_of("2", 2), LI_OK);
    ck_assert_int_eq(li_provisioned_put(l.engine, "f", LI_Z, "a", LI_Z, 1, NULL, NULL), LI_OK);
    ck_assert_int_eq(permit_for("a", "id"), LI_OK);
    ck_assert_int_eq(li_trigger_add(l.engine, &t, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(l.engine, NULL), LI_OK);
}

START_TEST(test_rel_40_no_change_whose_write_fails_is_seen)
{
    static char before[sizeof seen];
    li_function_spec s = spec_of("f", old_handler);
    const char *what = changes[_i].name;

    start();
    make_settings();
    see_settings();
    memcpy(before, seen, sizeof before);
    l.fails = 1;
    ck_assert_msg(changes[_i].change() == LI_E_IO, "%s", what);
    ck_assert_msg(changes[_i].change() == LI_E_IO, "%s, again", what);
    l.fails = 0;
    see_settings();
    ck_assert_msg(strcmp(seen, before) == 0, "%s:\n%s\nbefore:\n%s", what, seen, before);
    seen[0] = '\0';
    see_handlers();
    ck_assert_msg(strstr(seen, "new") == NULL, "%s: %s", what, seen);
    ck_assert_msg(strstr(seen, "next of c:n: LI_E_INVALID LI_E_NOT_FOUND") != NULL, "%s: %s", what, seen);
    ck_assert_msg(strstr(seen, "n LI_E_NOT_FOUND \n") != NULL, "%s: %s", what, seen);
    restart();
    s.memory_mb = 384;
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    see_settings();
    ck_assert_msg(strcmp(seen, before) == 0, "%s, after a restart:\n%s\nbefore:\n%s", what, seen, before);
    ck_assert_msg(changes[_i].change() == LI_OK, "%s, at last", what);
    see_settings();
    ck_assert_msg(strcmp(seen, before) != 0, "%s: nothing was seen to change", what);
    end();
}
END_TEST

START_TEST(test_rel_40_a_function_is_removed_in_one_write_with_all_that_it_has)
{
    li_function_info info = { .size = sizeof info };
    li_function_spec s = spec_of("f", echo);
    char name[16];
    uint32_t i;

    start();
    for (i = 0; i < 100; i++) {
        li_alias_spec a;

        s.memory_mb = 128 + i;
        ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
        ck_assert_int_eq(publish(), LI_OK);
        snprintf(name, sizeof name, "alias-%u", i);
        a = alias_of(name, "1");
        ck_assert_int_eq(li_alias_create(l.engine, "f", LI_Z, &a, NULL, NULL), LI_OK);
        ck_assert_int_eq(put_config_of(name, 1), LI_OK);
    }
    l.n_writes = 0;
    ck_assert_int_eq(remove_function(), LI_OK);
    ck_assert_int_eq(l.n_writes, 1);
    restart();
    ck_assert_int_eq(li_function_describe(l.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_E_NOT_FOUND);
    ck_assert_str_eq(rows(&l.store, "version"), "");
    ck_assert_str_eq(rows(&l.store, "alias"), "");
    ck_assert_str_eq(rows(&l.store, "event-config"), "");
    end();
}
END_TEST

/* ---- what another thread does while a change is written */

static void new_handler_for_f(void)
{
    ck_assert_int_eq(li_handler_register(l.engine, "f", LI_Z, new_handler, NULL, NULL, NULL), LI_OK);
}

static void retries_of_f(void)
{
    li_event_config c = LI_EVENT_CONFIG_INIT;

    c.max_retries = 0;
    ck_assert_int_eq(li_event_config_update(l.engine, "f", LI_Z, "a", LI_Z, &c, NULL, NULL), LI_OK);
}

static void less_for_all(void)
{
    ck_assert_int_eq(li_config_set(l.engine, "limits.account_concurrency", 150, NULL), LI_E_BUSY);
}

static void event_for_f(void)
{
    ck_assert_int_eq(li_invoke_event(l.engine, "f", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
}

static void event_for_a(void)
{
    ck_assert_int_eq(li_invoke_event(l.engine, "f:a", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
}

static li_status register_with_the_handler_there(void)
{
    li_function_spec s = spec_of("f", NULL);

    return li_function_register(l.engine, &s, NULL, NULL);
}

static li_status reserve_much(void)
{
    return li_function_set_concurrency(l.engine, "f", LI_Z, 400, NULL);
}

static const struct {
    li_status (*change)(void);
    void (*during)(void);
    const char *seen;            /* in what is seen afterwards, or in the rows */
} pairs[] = {
    { register_with_the_handler_there, new_handler_for_f, "f LI_OK \"new\"" },
    { update_config, retries_of_f, " f:a:0,77," },
    { reserve_much, less_for_all, "reserved 400" },
    { remove_function, event_for_f, "f={\"removed\":true};" },
    { remove_alias, event_for_a, "f:a={\"maxAgeS\":-1,\"maxRetries\":1,\"onSuccess\":\"\",\"onFailure\":\"\",\"modifiedMs\":" },
};
enum { N_PAIRS = sizeof pairs / sizeof pairs[0] };

START_TEST(test_rel_40_what_comes_while_a_change_is_written_is_not_lost)
{
    start();
    make_settings();
    l.during = pairs[_i].during;
    ck_assert_int_eq(pairs[_i].change(), LI_OK);
    ck_assert_int_eq(pthread_join(l.other, NULL), 0);
    see_settings();
    see("%s", rows(&l.store, "function"));
    see("%s", rows(&l.store, "event-config"));
    if (_i == 0)
        see_handlers();
    ck_assert_msg(strstr(seen, pairs[_i].seen) != NULL, "%s is not in %s", pairs[_i].seen, seen);
    ck_assert_int_eq(li_clock_advance(l.clock, 400 * LI_SECOND_NS, NULL), LI_OK);
    end();
}
END_TEST

/* ---- what goes with a version, an alias, a function */

START_TEST(test_inv_214_an_alias_made_again_inherits_neither_config_nor_permissions)
{
    li_event_config_info info = { .size = sizeof info };
    li_alias_spec a = alias_of("a", "1");
    int with_events, later;

    for (with_events = 0; with_events < 2; with_events++)
        for (later = 0; later < 2; later++) {
            start();
            make_settings();
            if (with_events)
                ck_assert_int_eq(li_invoke_event(l.engine, "f:a", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
            ck_assert_int_eq(remove_alias(), LI_OK);
            ck_assert_int_eq(remove_version(), LI_OK);
            ck_assert_int_eq(li_event_config_get(l.engine, "f", LI_Z, "a", LI_Z, &info, NULL), LI_E_NOT_FOUND);
            see_settings();
            ck_assert_msg(!strstr(seen, "f:a") && !strstr(seen, "f:2") && !strstr(seen, "s3.amazonaws"), "%s", seen);
            if (later)
                restart();
            ck_assert_int_eq(li_alias_create(l.engine, "f", LI_Z, &a, NULL, NULL), LI_OK);
            ck_assert_int_eq(li_event_config_get(l.engine, "f", LI_Z, "a", LI_Z, &info, NULL), LI_E_NOT_FOUND);
            restart();
            see_settings();
            ck_assert_msg(!strstr(seen, "f:a:") && !strstr(seen, "f:2") && !strstr(seen, "s3.amazonaws"), "%s", seen);
            ck_assert_str_eq(rows(&l.store, "event-config"), "");
            ck_assert_str_eq(rows(&l.store, "policy"), "");
            end();
            memset(&l, 0, sizeof l);
        }
}
END_TEST

START_TEST(test_inv_226_a_function_made_again_inherits_no_config_after_a_restart)
{
    li_event_config_info info = { .size = sizeof info };
    li_function_spec s = spec_of("f", echo);

    start();
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(put_config(), LI_OK);
    ck_assert_int_eq(li_invoke_event(l.engine, "f", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(remove_function(), LI_OK);
    ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_event_config_get(l.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_E_NOT_FOUND);
    restart();
    ck_assert_int_eq(li_event_config_get(l.engine, "f", LI_Z, NULL, 0, &info, NULL), LI_E_NOT_FOUND);
    ck_assert_str_eq(rows(&l.store, "event-config"), "");
    end();
}
END_TEST

START_TEST(test_rel_60_a_version_that_was_removed_makes_room_for_another)
{
    li_function_spec s = spec_of("f", echo);
    int i;

    start();
    ck_assert_int_eq(li_config_set(l.engine, "limits.versions", 2, NULL), LI_OK);
    for (i = 0; i < 5; i++) {
        s.memory_mb = 200 + (uint32_t)i;
        ck_assert_int_eq(li_function_register(l.engine, &s, NULL, NULL), LI_OK);
        ck_assert_int_eq(publish(), i < 3 || i == 4 ? LI_OK : LI_E_FULL);
        if (i == 0 || i == 3)
            ck_assert_int_eq(li_version_remove(l.engine, "f", LI_Z, i ? "2" : "1", LI_Z, NULL), LI_OK);
    }
    end();
}
END_TEST

Suite *suite_store(void)
{
    Suite *suite = suite_create("store");
    TCase *tcase = tcase_create("memory");

    tcase_add_test(tcase, test_rel_20_store_keeps_rows_in_order_of_key_bytes);
    tcase_add_test(tcase, test_rel_40_store_write_is_all_or_none_without_memory);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("engine");
    tcase_add_test(tcase, test_inv_632_a_function_registered_again_after_a_restart_is_the_same);
    tcase_add_test(tcase, test_rel_20_what_was_updated_stays_after_a_restart_unless_the_code_says_something_else);
    tcase_add_test(tcase, test_rel_20_versions_aliases_and_event_configs_are_there_after_a_restart);
    tcase_add_test(tcase, test_rel_20_provisioned_concurrency_waits_for_its_handler_after_a_restart);
    tcase_add_test(tcase, test_rel_20_a_paused_function_is_paused_after_a_restart);
    tcase_add_test(tcase, test_rel_40_a_setting_that_cannot_be_written_is_not_changed);
    tcase_add_test(tcase, test_rel_47_an_engine_that_cannot_be_made_frees_the_store_that_it_was_given);
    tcase_add_test(tcase, test_gs_22_a_stored_row_that_cannot_be_read_is_left_out);
    tcase_add_test(tcase, test_rel_60_what_is_stored_is_there_again_whatever_the_default_limit_is);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("changes");
    tcase_add_loop_test(tcase, test_rel_40_no_change_whose_write_fails_is_seen, 0, N_CHANGES);
    tcase_add_test(tcase, test_rel_40_a_function_is_removed_in_one_write_with_all_that_it_has);
    tcase_add_loop_test(tcase, test_rel_40_what_comes_while_a_change_is_written_is_not_lost, 0, N_PAIRS);
    tcase_add_test(tcase, test_inv_214_an_alias_made_again_inherits_neither_config_nor_permissions);
    tcase_add_test(tcase, test_inv_226_a_function_made_again_inherits_no_config_after_a_restart);
    tcase_add_test(tcase, test_rel_60_a_version_that_was_removed_makes_room_for_another);
    suite_add_tcase(suite, tcase);
    return suite;
}
