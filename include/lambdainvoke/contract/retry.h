/* retry.h - the contract of li_retry_policy: limits hold, and an answer is a function of the question. */
#ifndef LAMBDAINVOKE_CONTRACT_RETRY_H
#define LAMBDAINVOKE_CONTRACT_RETRY_H

#include <lambdainvoke/contract/contract.h>
#include <lambdainvoke/retry.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct li_contract_retry_env {
    li_status (*open)(void *user, li_retry_policy *policy);
    void (*close)(void *user, li_retry_policy *policy);
    void *user;
} li_contract_retry_env;

/* One rule's world. */
typedef struct li_cr {
    li_contract *c;
    const li_contract_retry_env *env;
    li_retry_policy policy;
    int32_t verdict;
    uint32_t reserved;
    uint64_t wait_ms;
} li_cr;

static inline int li_cr_open(li_cr *t, li_contract *c, const li_contract_retry_env *env)
{
    memset(t, 0, sizeof *t);
    t->c = c;
    t->env = env;
    if (env->open(env->user, &t->policy) == LI_OK)
        return 1;
    li_contract_fail(c, "the environment opens a policy", __LINE__);
    return 0;
}

static inline void li_cr_close(li_cr *t)
{
    if (t->policy.ops)
        t->env->close(t->env->user, &t->policy);
}

static inline void li_cr_ask(li_cr *t, uint32_t max_retries, int32_t fault, uint32_t failures, uint64_t age_ms, uint64_t random)
{
    li_retry_limits limits = LI_RETRY_LIMITS_INIT;

    limits.max_retries = max_retries;
    t->verdict = 0;
    t->wait_ms = 77;
    LI_CONTRACT_CHECK(t->c, t->policy.ops->next(t->policy.self, &limits, fault, failures, age_ms, random, &t->verdict, &t->wait_ms) == LI_OK);
    LI_CONTRACT_CHECK(t->c, t->verdict >= LI_VERDICT_RETRY && t->verdict <= LI_VERDICT_EXPIRED);
    LI_CONTRACT_CHECK(t->c, t->verdict == LI_VERDICT_RETRY || t->wait_ms == 0);
}

static inline void li_cr_rule_exhausted(li_cr *t)
{
    uint32_t max, failures;

    for (max = 0; max <= 2; max++)
        for (failures = 1; failures <= 4; failures++) {
            li_cr_ask(t, max, LI_FAULT_FUNCTION, failures, 1000, 0);
            LI_CONTRACT_CHECK(t->c, (t->verdict == LI_VERDICT_EXHAUSTED) == (failures > max));
        }
}

static inline void li_cr_rule_system(li_cr *t)
{
    uint32_t failures;

    for (failures = 1; failures < 100000; failures = failures * 3 + 1) {
        li_cr_ask(t, 0, LI_FAULT_SYSTEM, failures, 1000, failures);
        LI_CONTRACT_CHECK(t->c, t->verdict == LI_VERDICT_RETRY);   /* spends none (INV-204) */
    }
}

static inline void li_cr_rule_age(li_cr *t)
{
    uint64_t age;

    for (age = 0; age <= 22000000; age += 10007) {
        li_cr_ask(t, 2, LI_FAULT_FUNCTION, 1, age, age * 31);
        LI_CONTRACT_CHECK(t->c, t->verdict != LI_VERDICT_RETRY || age + t->wait_ms <= 21600000);
        li_cr_ask(t, 2, LI_FAULT_SYSTEM, 5, age, age * 31);
        LI_CONTRACT_CHECK(t->c, t->verdict != LI_VERDICT_RETRY || age + t->wait_ms <= 21600000);
    }
    li_cr_ask(t, 2, LI_FAULT_SYSTEM, 1, 21600001, 0);
    LI_CONTRACT_CHECK(t->c, t->verdict == LI_VERDICT_EXPIRED);
    li_cr_ask(t, 2, LI_FAULT_FUNCTION, 1, UINT64_MAX, 0);
    LI_CONTRACT_CHECK(t->c, t->verdict == LI_VERDICT_EXPIRED);
}

static inline void li_cr_rule_same(li_cr *t)
{
    uint64_t wait_ms, random;
    int32_t verdict;

    for (random = 1; random < 50; random++) {
        li_cr_ask(t, 2, LI_FAULT_FUNCTION, 1, 5000, random << 40);
        verdict = t->verdict;
        wait_ms = t->wait_ms;
        li_cr_ask(t, 1, LI_FAULT_SYSTEM, 9, 99000, 7);
        li_cr_ask(t, 2, LI_FAULT_FUNCTION, 1, 5000, random << 40);
        LI_CONTRACT_CHECK(t->c, t->verdict == verdict && t->wait_ms == wait_ms);
    }
}

static inline void li_cr_rule_bounded(li_cr *t)
{
    uint32_t failures;

    for (failures = 1; failures < UINT32_MAX / 4; failures *= 3) {
        li_cr_ask(t, 2, LI_FAULT_SYSTEM, failures, 0, UINT64_MAX);
        LI_CONTRACT_CHECK(t->c, t->verdict != LI_VERDICT_RETRY || t->wait_ms <= 21600000);
    }
}

static inline void li_cr_rule_invalid(li_cr *t)
{
    int32_t verdict = 99;
    uint64_t wait_ms = 99;

    LI_CONTRACT_CHECK(t->c, t->policy.ops->next(t->policy.self, NULL, LI_FAULT_FUNCTION, 0, 0, 0, &verdict, &wait_ms) == LI_E_INVALID);
    LI_CONTRACT_CHECK(t->c, t->policy.ops->next(t->policy.self, NULL, 99, 1, 0, 0, &verdict, &wait_ms) == LI_E_INVALID);
    LI_CONTRACT_CHECK(t->c, verdict == 99 && wait_ms == 99);
}

/* Run the suite. Verdicts go to c's report; c->n_failed is what to look at in the end. */
static inline void li_contract_retry(li_contract *c, const li_contract_retry_env *env)
{
    static const struct {
        const char *name;
        void (*run)(li_cr *t);
    } rules[] = {
        { "exhausted", li_cr_rule_exhausted }, /* a function fault is retried max_retries times, and no more */
        { "system", li_cr_rule_system }, /* a system fault spends no retry */
        { "age", li_cr_rule_age }, /* no retry is planned past the age limit */
        { "same", li_cr_rule_same }, /* the same question has the same answer */
        { "bounded", li_cr_rule_bounded }, /* no wait is longer than a life */
        { "invalid", li_cr_rule_invalid }, /* nonsense is LI_E_INVALID, outputs untouched */
    };
    size_t i;
    li_cr t;

    for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!li_contract_begin(c, "retry", rules[i].name))
            continue;
        if (li_cr_open(&t, c, env))
            rules[i].run(&t);
        li_cr_close(&t);
        li_contract_end(c);
    }
}

#ifdef __cplusplus
}
#endif
#endif
