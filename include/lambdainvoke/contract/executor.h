/* executor.h - the contract of li_executor, seen through an engine that uses it. */
#ifndef LAMBDAINVOKE_CONTRACT_EXECUTOR_H
#define LAMBDAINVOKE_CONTRACT_EXECUTOR_H

#include <lambdainvoke/contract/contract.h>
#include <lambdainvoke/lambdainvoke.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The environments that the executor makes answer the payload "\"fail\"" by a failure and any other by the payload itself. */
typedef struct li_contract_executor_env {
    li_status (*open)(void *user, li_executor *executor);
    void (*close)(void *user, li_executor *executor); /* no engine uses it any more */
    uint64_t (*live)(void *user);                     /* environments made and not yet retired; NULL: not known */
    void *user;
} li_contract_executor_env;

/* One rule's world: an engine that is driven, on a virtual clock. */
typedef struct li_ce {
    li_contract *c;
    const li_contract_executor_env *env;
    li_executor executor;
    li_clock *clock;
    li_engine *engine;
} li_ce;

static inline int li_ce_open(li_ce *t, li_contract *c, const li_contract_executor_env *env)
{
    li_engine_options o = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    memset(t, 0, sizeof *t);
    t->c = c;
    t->env = env;
    if (env->open(env->user, &t->executor) != LI_OK) {
        li_contract_fail(c, "the environment opens an executor", __LINE__);
        return 0;
    }
    LI_CONTRACT_CHECK(c, li_clock_virtual_new(NULL, NULL, &t->clock) == LI_OK);
    o.clock = t->clock;
    LI_CONTRACT_CHECK(c, li_engine_new(&t->engine, &o, NULL) == LI_OK);
    spec.name = li_z("fn");
    spec.executor = &t->executor;
    if (t->engine)
        LI_CONTRACT_CHECK(c, li_function_register(t->engine, &spec, NULL, NULL) == LI_OK);
    return !c->has_failed;
}

static inline void li_ce_close(li_ce *t)
{
    if (t->engine)
        li_engine_free(t->engine);
    li_clock_free(t->clock);
    if (t->executor.ops)
        t->env->close(t->env->user, &t->executor);
}

static inline void li_ce_call(li_ce *t, const char *payload, int32_t error, const char *answer)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;

    LI_CONTRACT_CHECK(t->c, li_invoke(t->engine, "fn", LI_Z, payload, LI_Z, NULL, &result, NULL) == LI_OK);
    LI_CONTRACT_CHECK(t->c, result.function_error == error);
    if (answer)
        LI_CONTRACT_CHECK(t->c, result.payload_len == strlen(answer) && memcmp(result.payload, answer, result.payload_len) == 0);
    li_invoke_result_fini(&result);
}

static inline li_metrics li_ce_metrics(li_ce *t)
{
    li_metrics m = LI_METRICS_INIT;

    li_metrics_get(t->engine, NULL, 0, &m);
    return m;
}

static inline void li_ce_rule_answers(li_ce *t)
{
    li_ce_call(t, "{\"a\":1}", LI_FUNCTION_ERROR_NONE, "{\"a\":1}");
    li_ce_call(t, "\"\"", LI_FUNCTION_ERROR_NONE, "\"\"");
}

static inline void li_ce_rule_fails(li_ce *t)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;

    LI_CONTRACT_CHECK(t->c, li_invoke(t->engine, "fn", LI_Z, "\"fail\"", LI_Z, NULL, &result, NULL) == LI_OK);
    LI_CONTRACT_CHECK(t->c, result.function_error != LI_FUNCTION_ERROR_NONE);
    li_invoke_result_fini(&result);
    li_ce_call(t, "2", LI_FUNCTION_ERROR_NONE, "2");   /* and goes on */
}

static inline void li_ce_rule_reuse(li_ce *t)
{
    int i;

    for (i = 0; i < 5; i++)
        li_ce_call(t, "1", LI_FUNCTION_ERROR_NONE, "1");
    LI_CONTRACT_CHECK(t->c, li_ce_metrics(t).inits == 1);
    LI_CONTRACT_CHECK(t->c, !t->env->live || t->env->live(t->env->user) == 1);
}

static inline void li_ce_rule_events(li_ce *t)
{
    li_metrics m;
    int i;

    for (i = 0; i < 20; i++)
        LI_CONTRACT_CHECK(t->c, li_invoke_event(t->engine, "fn", LI_Z, "7", LI_Z, NULL, NULL, NULL) == LI_OK);
    LI_CONTRACT_CHECK(t->c, li_engine_run_until_idle(t->engine, NULL) == LI_OK);
    m = li_ce_metrics(t);
    LI_CONTRACT_CHECK(t->c, m.succeeded == 20 && m.pending == 0 && m.leased == 0);
}

static inline void li_ce_rule_retires(li_ce *t)
{
    if (!t->env->live) {
        li_contract_not_claimed(t->c);
        t->c->has_failed = 1;  /* said */
        return;
    }
    li_ce_call(t, "1", LI_FUNCTION_ERROR_NONE, "1");
    LI_CONTRACT_CHECK(t->c, t->env->live(t->env->user) == 1);
    LI_CONTRACT_CHECK(t->c, li_engine_free(t->engine) == LI_OK);
    t->engine = NULL;
    LI_CONTRACT_CHECK(t->c, t->env->live(t->env->user) == 0);
}

/* Run the suite. Verdicts go to c's report; c->n_failed is what to look at in the end. */
static inline void li_contract_executor(li_contract *c, const li_contract_executor_env *env)
{
    static const struct {
        const char *name;
        void (*run)(li_ce *t);
    } rules[] = {
        { "answers", li_ce_rule_answers }, /* run answers */
        { "fails", li_ce_rule_fails }, /* a failure is one, and the environment goes on or is replaced */
        { "reuse", li_ce_rule_reuse }, /* one environment serves one call after the other */
        { "events", li_ce_rule_events }, /* events run as calls do */
        { "retires", li_ce_rule_retires }, /* each environment is retired once */
    };
    size_t i;
    li_ce t;

    for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!li_contract_begin(c, "executor", rules[i].name))
            continue;
        if (li_ce_open(&t, c, env))
            rules[i].run(&t);
        li_ce_close(&t);
        li_contract_end(c);
    }
}

#ifdef __cplusplus
}
#endif
#endif
