/* test_sqlite.c - the queue and store in SQLite: the contracts, and everything that can happen to a file. */
#include "fixture.h"

#include <lambdainvoke/contract/queue.h>

#include "contracts.h"
#include "place.h"

/* ---- the contract */

static li_status env_open(void *user, li_queue *queue)
{
    (void)user;
    here.n++;
    return open_file(here.n, queue, NULL, NULL);
}

static li_status env_crash(void *user, li_queue *queue)
{
    (void)user;
    freeze(here.n, here.n + 1);
    queue->ops->close(queue->self);
    queue->ops->free(queue->self);
    here.n++;
    return open_file(here.n, queue, NULL, NULL);
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
    ck_assert_str_eq(v.not_claimed, "");
    ck_assert_int_eq(c.n_passed, 24);
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

Suite *suite_sqlite(void)
{
    Suite *suite = suite_create("sqlite");
    TCase *tcase = tcase_create("contract");

    tcase_add_checked_fixture(tcase, set_up_place, tear_down_place);
    tcase_add_test(tcase, test_rel_4_sqlite_queue_keeps_the_contract);
    tcase_add_test(tcase, test_rel_22_sqlite_queue_keeps_the_contract_without_a_cache);
    suite_add_tcase(suite, tcase);
    return suite;
}
