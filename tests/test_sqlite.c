/* test_sqlite.c - the queue and store in SQLite keep the contracts; those that only seem to are found. */
#include "fixture.h"

#include <lambdainvoke/contract/queue.h>
#include <lambdainvoke/contract/store.h>

#include "contract/mutants.h"
#include "contracts.h"
#include "place.h"

static li_status env_open(void *user, li_queue *queue)
{
    const char *rule = user;
    li_status status;

    here.n++;
    status = open_file(here.n, queue, NULL, NULL);
    if (status == LI_OK && rule)
        mutate_queue(rule, queue);
    return status;
}

static li_status env_crash(void *user, li_queue *queue)
{
    freeze(here.n, here.n + 1);
    queue->ops->close(queue->self);
    queue->ops->free(queue->self);
    return env_open(user, queue);
}

static void env_close(void *user, li_queue *queue)
{
    (void)user;
    queue->ops->free(queue->self);
}

static void keep_contract(uint64_t cache_bytes)
{
    li_contract_queue_env env = { env_open, env_crash, env_close, NULL, 0, 0 };
    verdicts v = { "", "" };
    li_contract c;

    here.cache_bytes = cache_bytes;
    li_contract_init(&c, NULL, note_verdict, &v);
    li_contract_queue(&c, &env);
    ck_assert_str_eq(v.failed, "");
    ck_assert_str_eq(v.not_claimed, " at-once");
    ck_assert_uint_eq(c.n_passed, 26);
}

START_TEST(test_rel_4_sqlite_queue_keeps_the_contract)
{
    keep_contract(1 << 28);
}
END_TEST

START_TEST(test_rel_22_sqlite_queue_keeps_the_contract_without_a_cache)
{
    keep_contract(0);
}
END_TEST

static const char *const queue_rules[] = { "resolve", "survives", "keeps-counters", "acked-stays-away", "outcome-survives", "lost-starts", "keys-survive" };

START_TEST(test_rel_4_a_durable_queue_that_breaks_a_rule_is_found)
{
    li_contract_queue_env env = { env_open, env_crash, env_close, (void *)(uintptr_t)queue_rules[_i], 0, 0 };
    verdicts v = { "", "" };
    li_contract c;

    li_contract_init(&c, queue_rules[_i], note_verdict, &v);
    li_contract_queue(&c, &env);
    ck_assert_msg(c.n_failed == 1, "a mutant of %s passes", queue_rules[_i]);
}
END_TEST

static li_status store_env_open(void *user, li_store *store)
{
    const char *rule = user;
    li_status status;

    here.n++;
    status = open_file(here.n, NULL, store, NULL);
    if (status == LI_OK && rule)
        mutate_store(rule, store);
    return status;
}

static li_status store_env_crash(void *user, li_store *store)
{
    freeze(here.n, here.n + 1);
    store->ops->close(store->self);
    store->ops->free(store->self);
    return store_env_open(user, store);
}

static void store_env_close(void *user, li_store *store)
{
    (void)user;
    store->ops->free(store->self);
}

START_TEST(test_rel_20_sqlite_store_keeps_the_contract)
{
    li_contract_store_env env = { store_env_open, store_env_crash, store_env_close, NULL };
    verdicts v = { "", "" };
    li_contract c;

    li_contract_init(&c, NULL, note_verdict, &v);
    li_contract_store(&c, &env);
    ck_assert_str_eq(v.failed, "");
    ck_assert_str_eq(v.not_claimed, "");
    ck_assert_uint_eq(c.n_passed, 10);
    env.user = (void *)(uintptr_t)"survives";
    li_contract_init(&c, "survives", note_verdict, &v);
    li_contract_store(&c, &env);
    ck_assert_uint_eq(c.n_failed, 1);
}
END_TEST

Suite *suite_sqlite(void)
{
    Suite *suite = suite_create("sqlite");
    TCase *tcase = tcase_create("contract");

    tcase_add_checked_fixture(tcase, set_up_place, tear_down_place);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_rel_4_sqlite_queue_keeps_the_contract);
    tcase_add_test(tcase, test_rel_22_sqlite_queue_keeps_the_contract_without_a_cache);
    tcase_add_loop_test(tcase, test_rel_4_a_durable_queue_that_breaks_a_rule_is_found, 0, (int)(sizeof queue_rules / sizeof queue_rules[0]));
    tcase_add_test(tcase, test_rel_20_sqlite_store_keeps_the_contract);
    suite_add_tcase(suite, tcase);
    return suite;
}
