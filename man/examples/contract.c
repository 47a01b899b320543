#include <lambdainvoke/contract.h>
#include <stdio.h>

/* The queue in memory stands for a queue of yours. */
static li_status open_mine(void *user, li_queue *queue)
{
    (void)user;
    return li_queue_memory_new(NULL, queue);
}

static void close_mine(void *user, li_queue *queue)
{
    (void)user;
    queue->ops->free(queue->self);
}

static void report(void *user, const char *suite, const char *rule, int32_t verdict, const char *why)
{
    (void)user;
    if (verdict == LI_CONTRACT_FAILED)
        printf("%s: %s FAILED: %s\n", suite, rule, why);
    else if (verdict == LI_CONTRACT_NOT_CLAIMED)
        printf("%s: %s is not claimed\n", suite, rule);
}

int main(void)
{
    li_contract_queue_env mine = { open_mine, NULL, close_mine, NULL, 0, 0 };
    li_contract c;

    li_contract_init(&c, NULL, report, NULL);
    li_contract_queue(&c, &mine);
    printf("%u rules passed, %u failed\n", (unsigned)c.n_passed, (unsigned)c.n_failed);
    return c.n_failed != 0;
}
