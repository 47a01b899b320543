/* metrics.h - the contract of li_metrics_sink. */
#ifndef LAMBDAINVOKE_CONTRACT_METRICS_H
#define LAMBDAINVOKE_CONTRACT_METRICS_H

#include <pthread.h>

#include <lambdainvoke/contract/contract.h>
#include <lambdainvoke/metrics.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct li_contract_metrics_env {
    li_status (*open)(void *user, li_metrics_sink *sink);
    void (*close)(void *user, li_metrics_sink *sink);
    uint64_t (*sum)(void *user, const char *metric, const char *function); /* of values so far; function NULL: without one */
    void *user;
} li_contract_metrics_env;

/* One rule's world. */
typedef struct li_cm {
    li_contract *c;
    const li_contract_metrics_env *env;
    li_metrics_sink sink;
} li_cm;

static inline int li_cm_open(li_cm *t, li_contract *c, const li_contract_metrics_env *env)
{
    memset(t, 0, sizeof *t);
    t->c = c;
    t->env = env;
    if (env->open(env->user, &t->sink) == LI_OK)
        return 1;
    li_contract_fail(c, "the environment opens a sink", __LINE__);
    return 0;
}

static inline void li_cm_close(li_cm *t)
{
    if (t->sink.ops)
        t->env->close(t->env->user, &t->sink);
}

static inline void li_cm_rule_sums(li_cm *t)
{
    t->sink.ops->sample(t->sink.self, "Duration", "fn", 3, UINT64_C(1700000000000));
    t->sink.ops->sample(t->sink.self, "Duration", "fn", 4, UINT64_C(1700000000001));
    t->sink.ops->sample(t->sink.self, "Errors", "fn", 0, UINT64_C(1700000000001));
    LI_CONTRACT_CHECK(t->c, t->env->sum(t->env->user, "Duration", "fn") == 7);
    LI_CONTRACT_CHECK(t->c, t->env->sum(t->env->user, "Errors", "fn") == 0);
}

static inline void li_cm_rule_apart(li_cm *t)
{
    t->sink.ops->sample(t->sink.self, "Invocations", "a", 1, 1);
    t->sink.ops->sample(t->sink.self, "Invocations", "b", 2, 1);
    t->sink.ops->sample(t->sink.self, "Invocations", NULL, 4, 1);
    LI_CONTRACT_CHECK(t->c, t->env->sum(t->env->user, "Invocations", "a") == 1);
    LI_CONTRACT_CHECK(t->c, t->env->sum(t->env->user, "Invocations", "b") == 2);
    LI_CONTRACT_CHECK(t->c, t->env->sum(t->env->user, "Invocations", NULL) == 4);
}

static inline void li_cm_rule_copies(li_cm *t)
{
    char metric[] = "Throttles", function[] = "fn";

    t->sink.ops->sample(t->sink.self, metric, function, 5, 1);
    memset(metric, '?', 9);
    memset(function, '?', 2);
    LI_CONTRACT_CHECK(t->c, t->env->sum(t->env->user, "Throttles", "fn") == 5);
}

static inline void *li_cm_thread(void *user)
{
    li_cm *t = (li_cm *)user;
    int i;

    for (i = 0; i < 2000; i++)
        t->sink.ops->sample(t->sink.self, i & 1 ? "Invocations" : "Errors", "fn", 1, 1);
    return NULL;
}

static inline void li_cm_rule_threads(li_cm *t)
{
    pthread_t threads[4];
    int i;

    for (i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, li_cm_thread, t);
    for (i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    LI_CONTRACT_CHECK(t->c, t->env->sum(t->env->user, "Invocations", "fn") == 4000 && t->env->sum(t->env->user, "Errors", "fn") == 4000);
}

/* Run the suite. Verdicts go to c's report; c->n_failed is what to look at in the end. */
static inline void li_contract_metrics(li_contract *c, const li_contract_metrics_env *env)
{
    static const struct {
        const char *name;
        void (*run)(li_cm *t);
    } rules[] = {
        { "sums", li_cm_rule_sums }, /* every value counts */
        { "apart", li_cm_rule_apart }, /* functions do not mix, and there may be none */
        { "copies", li_cm_rule_copies }, /* names are the engine's, and borrowed */
        { "threads", li_cm_rule_threads }, /* many threads at once, none is lost */
    };
    size_t i;
    li_cm t;

    for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!li_contract_begin(c, "metrics", rules[i].name))
            continue;
        if (li_cm_open(&t, c, env))
            rules[i].run(&t);
        li_cm_close(&t);
        li_contract_end(c);
    }
}

#ifdef __cplusplus
}
#endif
#endif
