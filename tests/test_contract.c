/* test_contract.c - the contract suites against our own backends. */
#include "fixture.h"

#include <lambdainvoke/contract/queue.h>

#include "contracts.h"

static li_status memory_open(void *user, li_queue *queue)
{
    (void)user;
    return li_queue_memory_new(NULL, queue);
}

static void any_close(void *user, li_queue *queue)
{
    (void)user;
    queue->ops->free(queue->self);
}

START_TEST(test_inv_211_memory_queue_keeps_the_contract)
{
    li_contract_queue_env env = { memory_open, NULL, any_close, NULL, 0, 0 };
    verdicts v = { "", "" };
    li_contract c;

    li_contract_init(&c, NULL, note_verdict, &v);
    li_contract_queue(&c, &env);
    ck_assert_str_eq(v.failed, "");
    ck_assert_str_eq(v.not_claimed, " resolve survives keeps-counters acked-stays-away outcome-survives lost-starts");
    ck_assert_int_eq(c.n_passed, 18);
}
END_TEST

Suite *suite_contract(void)
{
    Suite *suite = suite_create("contract");
    TCase *tcase = tcase_create("queue");

    tcase_add_test(tcase, test_inv_211_memory_queue_keeps_the_contract);
    suite_add_tcase(suite, tcase);
    return suite;
}
