/* faulty.c - decorators of what the engine alone has a table for: executors and metrics sinks. */
#include "base/faulty.h"

#include "base/options.h"

/* ---- executor */

typedef struct faulty_executor {
    li_faulty *faulty;
    li_executor_ops ops;
    void *inner;
} faulty_executor;

static int32_t faulty_init(void *self, li_init *init, void **environment)
{
    faulty_executor *e = self;

    if (lii_faulty_ask(e->faulty, "init").action == LI_FAULTY_FAIL)
        return LI_FAILED;
    return e->ops.init(e->inner, init, environment);
}

static int32_t faulty_run(void *self, li_invocation *invocation, void *environment)
{
    faulty_executor *e = self;

    if (lii_faulty_ask(e->faulty, "run").action == LI_FAULTY_FAIL)
        return LI_FAILED;
    return e->ops.run(e->inner, invocation, environment);
}

static void faulty_cancel(void *self, li_invocation *invocation, void *environment)
{
    const faulty_executor *e = self;

    if (e->ops.cancel)
        e->ops.cancel(e->inner, invocation, environment);
}

static void faulty_retire(void *self, void *environment, int32_t reason)
{
    const faulty_executor *e = self;

    e->ops.retire(e->inner, environment, reason);
}

static const li_executor_ops executor_ops = {
    sizeof executor_ops, 1, 0, "faulty", faulty_init, faulty_run, faulty_cancel, faulty_retire
};

li_status li_faulty_executor(li_faulty *faulty, const li_executor *inner, li_executor *out)
{
    faulty_executor *e;
    li_executor_ops ops;
    li_status status;

    if (!faulty || !inner || !out)
        return LI_E_INVALID;
    status = lii_ops_read(&ops, sizeof ops, inner->ops, "li_executor_ops", NULL);
    if (status == LI_OK && (!ops.init || !ops.run || !ops.retire))
        status = LI_E_INVALID;
    if (status != LI_OK)
        return status;
    e = lii_faulty_keep_part(faulty, sizeof *e);
    if (!e)
        return LI_E_NOMEM;
    e->faulty = faulty;
    e->ops = ops;
    e->inner = inner->self;
    out->ops = &executor_ops;
    out->self = e;
    return LI_OK;
}

/* ---- metrics sink */

typedef struct faulty_metrics {
    li_faulty *faulty;
    li_metrics_sink_ops ops;
    void *inner;
} faulty_metrics;

static void faulty_sample(void *self, const char *metric, const char *function, uint64_t value, uint64_t time_ms)
{
    faulty_metrics *m = self;

    if (lii_faulty_ask(m->faulty, "sample").action != LI_FAULTY_LOSE)
        m->ops.sample(m->inner, metric, function, value, time_ms);
}

static void faulty_measure(void *self, const li_measure *measure)
{
    faulty_metrics *m = self;

    if (lii_faulty_ask(m->faulty, "sample").action == LI_FAULTY_LOSE)
        return;
    if (m->ops.measure)
        m->ops.measure(m->inner, measure);
    else
        m->ops.sample(m->inner, measure->metric, measure->function, measure->value, measure->time_ms);
}

static void faulty_metrics_free(void *self)
{
    faulty_metrics *m = self;

    if (m->ops.free)
        m->ops.free(m->inner);
    lii_faulty_free_part(m->faulty, m);
}

static const li_metrics_sink_ops metrics_ops = {
    sizeof metrics_ops, 1, 0, "faulty", faulty_sample, faulty_metrics_free, faulty_measure
};

li_status li_faulty_metrics(li_faulty *faulty, const li_metrics_sink *inner, li_metrics_sink *out)
{
    faulty_metrics *m;
    li_metrics_sink_ops ops;
    li_status status;

    if (!faulty || !inner || !out)
        return LI_E_INVALID;
    status = lii_ops_read(&ops, sizeof ops, inner->ops, "li_metrics_sink_ops", NULL);
    if (status == LI_OK && !ops.sample)
        status = LI_E_INVALID;
    if (status != LI_OK)
        return status;
    m = lii_faulty_new_part(faulty, sizeof *m);
    if (!m) {
        if (ops.free)
            ops.free(inner->self);
        return LI_E_NOMEM;
    }
    m->faulty = faulty;
    m->ops = ops;
    m->inner = inner->self;
    out->ops = &metrics_ops;
    out->self = m;
    return LI_OK;
}
