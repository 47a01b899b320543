/* metrics.c - sums over environments, lanes and outcomes, made when they are read. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"

void lii_measure(li_engine *engine, const char *metric, const char *function, const char *resource, const char *version,
                 uint64_t value, uint64_t time_ms)
{
    size_t n = strlen(metric);
    li_measure measure = { sizeof measure, metric, "Count", function ? function : "", resource ? resource : "", version,
                           value, time_ms };

    if (!engine->metrics_ops.measure) {
        engine->metrics_ops.sample(engine->metrics, metric, function, value, time_ms);
        return;
    }
    if (strcmp(metric, "Duration") == 0 || (n > 3 && strcmp(metric + n - 3, "Age") == 0))
        measure.unit = "Milliseconds";
    engine->metrics_ops.measure(engine->metrics, &measure);
}

void lii_engine_measure(li_engine *engine, const char *metric, const char *function, const char *resource, uint64_t value)
{
    if (engine->metrics_ops.sample && value > 0)
        lii_measure(engine, metric, function, resource, NULL, value, li_engine_now_ms(engine));
}

/* INV-723: a throttle is no error. */
void lii_throttle_measured(const li_function *function, const char *qualifier)
{
    li_engine *engine = function->engine;
    uint64_t now_ms = li_engine_now_ms(engine);
    char resource[216];

    snprintf(resource, sizeof resource, "%s%s%s", function->name, qualifier[0] ? ":" : "", qualifier);
    lii_measure(engine, "Throttles", function->name, resource, NULL, 1, now_ms);
    lii_measure(engine, "Errors", function->name, resource, NULL, 0, now_ms);
}

li_status li_metrics_init(li_metrics *metrics, size_t size)
{
    static const li_metrics defaults = LI_METRICS_INIT;

    return lii_options_init(metrics, size, &defaults, sizeof defaults);
}

static void add(li_metrics *m, const li_metrics *more)
{
    m->invocations += more->invocations;
    m->errors += more->errors;
    m->throttles += more->throttles;
    m->duration_ns += more->duration_ns;
    m->concurrent_executions += more->concurrent_executions;
    m->async_events_received += more->async_events_received;
    m->async_events_dropped += more->async_events_dropped;
    m->async_event_age_ms += more->async_event_age_ms;
    m->destination_delivery_failures += more->destination_delivery_failures;
    m->dead_letter_errors += more->dead_letter_errors;
    m->late_results += more->late_results;
    m->succeeded += more->succeeded;
    m->delivered += more->delivered;
    m->dropped += more->dropped;
    m->pending += more->pending;
    m->leased += more->leased;
    m->queue_full += more->queue_full;
    m->inits += more->inits;
    m->environments += more->environments;
    m->recursive_invocations_dropped += more->recursive_invocations_dropped;
    m->parked += more->parked;
    m->provisioned_invocations += more->provisioned_invocations;
    m->provisioned_spillovers += more->provisioned_spillovers;
    m->provisioned_environments += more->provisioned_environments;
    m->provisioned_concurrent_executions += more->provisioned_concurrent_executions;
}

static void of_version_locked(const lii_version *version, li_metrics *out)
{
    const lii_env *env;

    for (env = version->locked.all; env; env = env->next_all) {
        out->invocations += atomic_load_explicit(&env->invocations, memory_order_relaxed);
        out->errors += atomic_load_explicit(&env->errors, memory_order_relaxed);
        out->duration_ns += atomic_load_explicit(&env->duration_ns, memory_order_relaxed);
        out->async_event_age_ms += atomic_load_explicit(&env->event_age_ms, memory_order_relaxed);
        out->environments++;
        out->provisioned_concurrent_executions += env->is_provisioned != 0;
    }
    for (env = version->locked.idle; env; env = env->next_idle)     /* these never wait in a slot */
        out->provisioned_concurrent_executions -= env->is_provisioned != 0;
    for (env = version->locked.provisioned.warming; env; env = env->next_idle)
        out->provisioned_concurrent_executions -= env->is_provisioned != 0;
    out->provisioned_environments += version->locked.provisioned.available;
}

static void of_function_locked(li_function *function, li_metrics *out)
{
    li_engine *engine = function->engine;
    const lii_version *version;
    const lii_lane *lane;

    *out = function->locked.sums;
    for (version = &function->latest; version; version = version->next)
        of_version_locked(version, out);
    out->async_events_received += atomic_load_explicit(&function->received, memory_order_relaxed);
    out->succeeded += atomic_load_explicit(&function->succeeded, memory_order_relaxed);
    out->concurrent_executions = lii_function_busy_locked(function);
    for (lane = function->locked.lanes; lane; lane = lane->next) {
        const lii_code *code = lii_code_locked(function, lane->qualifier);
        li_queue_stats stats;

        memset(&stats, 0, sizeof stats);
        stats.size = sizeof stats;
        engine->queue_ops.stats(engine->queue, lane->number, &stats);
        out->pending += stats.pending;
        out->leased += stats.leased;
        if (lii_lane_is_parked_locked(lane, code) || (code && code->binding == LII_BIND_C && !code->handler.handler))
            out->parked += stats.pending;
    }
}

li_status li_metrics_get(li_engine *engine, const char *name, size_t name_len, li_metrics *metrics)
{
    li_metrics m = LI_METRICS_INIT, one;
    li_status status = LI_OK;
    lii_table_slot *slot;
    size_t i;

    if (lii_is_forked(engine))
        return LI_E_FORKED;
    pthread_mutex_lock(&engine->lock);
    if (name) {
        li_function *function = lii_function_lookup_locked(engine, name, lii_len(name, name_len));

        if (function)
            of_function_locked(function, &m);
        else
            status = LI_E_NOT_FOUND;
    } else {
        add(&m, &engine->locked.sums);
        for (i = 0; (slot = lii_table_next(&engine->locked.functions, &i)) != NULL; i++) {
            of_function_locked(slot->value, &one);
            add(&m, &one);
            if (((li_function *)slot->value)->locked.reserved < 0)
                m.unreserved_concurrent_executions += one.concurrent_executions - one.provisioned_concurrent_executions;
        }
        m.claimed_account_concurrency = (uint64_t)engine->locked.reserved_sum + engine->locked.unreserved_provisioned +
                                        m.unreserved_concurrent_executions;
    }
    pthread_mutex_unlock(&engine->lock);
    m.size = sizeof m;
    return status == LI_OK ? lii_options_write(metrics, &m, sizeof m) : status;
}

static const struct {
    const char *name, *type, *help;
    size_t offset;
} columns[] = {
#define COLUMN(name, type, help, field) { name, type, help, offsetof(li_metrics, field) }
    COLUMN("invocations_total", "counter", "Invocations", invocations),
    COLUMN("errors_total", "counter", "Errors", errors),
    COLUMN("throttles_total", "counter", "Throttles", throttles),
    COLUMN("duration_nanoseconds_total", "counter", "Duration, summed", duration_ns),
    COLUMN("concurrent_executions", "gauge", "ConcurrentExecutions", concurrent_executions),
    COLUMN("async_events_received_total", "counter", "AsyncEventsReceived", async_events_received),
    COLUMN("async_events_dropped_total", "counter", "AsyncEventsDropped", async_events_dropped),
    COLUMN("async_event_age_milliseconds_total", "counter", "AsyncEventAge, summed over attempts", async_event_age_ms),
    COLUMN("destination_delivery_failures_total", "counter", "DestinationDeliveryFailures", destination_delivery_failures),
    COLUMN("dead_letter_errors_total", "counter", "DeadLetterErrors", dead_letter_errors),
    COLUMN("late_results_total", "counter", "completions after the invocation was settled", late_results),
    COLUMN("events_succeeded_total", "counter", "events that succeeded", succeeded),
    COLUMN("events_delivered_total", "counter", "failed events that a destination or dead-letter queue took", delivered),
    COLUMN("events_dropped_total", "counter", "failed events that nothing took", dropped),
    COLUMN("events_pending", "gauge", "events that wait", pending),
    COLUMN("events_leased", "gauge", "events that run or are being delivered", leased),
    COLUMN("queue_full_total", "counter", "events refused because the queue was full", queue_full),
    COLUMN("inits_total", "counter", "environments initialised", inits),
    COLUMN("environments", "gauge", "environments, warm or busy", environments),
    COLUMN("provisioned_concurrency_invocations_total", "counter", "ProvisionedConcurrencyInvocations",
           provisioned_invocations),
    COLUMN("provisioned_concurrency_spillover_invocations_total", "counter", "ProvisionedConcurrencySpilloverInvocations",
           provisioned_spillovers),
    COLUMN("provisioned_environments", "gauge", "provisioned environments that are initialised", provisioned_environments),
    COLUMN("unreserved_concurrent_executions", "gauge", "UnreservedConcurrentExecutions", unreserved_concurrent_executions),
    COLUMN("claimed_account_concurrency", "gauge", "ClaimedAccountConcurrency", claimed_account_concurrency),
    COLUMN("provisioned_concurrent_executions", "gauge", "ProvisionedConcurrentExecutions",
           provisioned_concurrent_executions),
    COLUMN("recursive_invocations_dropped_total", "counter", "RecursiveInvocationsDropped", recursive_invocations_dropped),
    COLUMN("events_parked", "gauge", "waiting events of functions without a handler", parked),
#undef COLUMN
};

static uint64_t column_of(const li_metrics *m, size_t i)
{
    uint64_t value;

    memcpy(&value, (const char *)m + columns[i].offset, sizeof value);
    return value;
}

typedef struct row {
    li_metrics metrics;
    const char *name;
} row;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const row *)a)->name, ((const row *)b)->name);
}

static void add_head(lii_buf *text, const char *of, size_t c)
{
    lii_buf_addf(text, "# HELP lambdainvoke_%s%s %s\n# TYPE lambdainvoke_%s%s %s\n", of, columns[c].name, columns[c].help, of,
                 columns[c].name, columns[c].type);
}

#define UTILIZATION "provisioned_concurrency_utilization"

/* At work of what is provisioned, 0 to 1; no %f, whose point depends on the locale. */
static void add_utilization(lii_buf *text, const li_metrics *m)
{
    uint64_t busy = m->provisioned_concurrent_executions, all = m->provisioned_environments;
    unsigned long long parts = all > 0 ? (busy < all ? busy : all) * 10000 / all : 0;

    lii_buf_addf(text, "%llu.%04llu\n", parts / 10000, parts % 10000);
}

static void add_utilizations(lii_buf *text, const li_metrics *total, const row *rows, size_t n)
{
    static const char head[] = "# HELP lambdainvoke_%s" UTILIZATION " ProvisionedConcurrencyUtilization\n"
                               "# TYPE lambdainvoke_%s" UTILIZATION " gauge\n";
    size_t i;

    lii_buf_addf(text, head, "", "");
    lii_buf_add_z(text, "lambdainvoke_" UTILIZATION " ");
    add_utilization(text, total);
    lii_buf_addf(text, head, "function_", "function_");
    for (i = 0; i < n; i++) {
        lii_buf_addf(text, "lambdainvoke_function_" UTILIZATION "{function=\"%s\"} ", rows[i].name);
        add_utilization(text, &rows[i].metrics);
    }
}

li_status li_metrics_text(li_engine *engine, void (*write)(void *user, const char *text, size_t text_len), void *user)
{
    lii_table_slot *slot;
    li_metrics total;
    lii_buf text;
    row *rows;
    size_t i, c, n = 0, cap;
    li_status status;

    if (lii_is_forked(engine))
        return LI_E_FORKED;
    li_metrics_init(&total, sizeof total);
    li_metrics_get(engine, NULL, 0, &total);
    lii_buf_init(&text, &engine->allocator);
    pthread_mutex_lock(&engine->lock);
    cap = engine->locked.functions.count;
    rows = lii_calloc(&engine->allocator, cap + 1, sizeof *rows);
    for (i = 0; rows && n < cap && (slot = lii_table_next(&engine->locked.functions, &i)) != NULL; i++) {
        rows[n].name = ((li_function *)slot->value)->name;
        of_function_locked(slot->value, &rows[n++].metrics);
    }
    pthread_mutex_unlock(&engine->lock);
    if (!rows)
        return LI_E_NOMEM;
    qsort(rows, n, sizeof *rows, by_name);
    for (c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        add_head(&text, "", c);
        lii_buf_addf(&text, "lambdainvoke_%s %llu\n", columns[c].name, (unsigned long long)column_of(&total, c));
    }
    for (c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        if (columns[c].offset == offsetof(li_metrics, claimed_account_concurrency) ||
            columns[c].offset == offsetof(li_metrics, unreserved_concurrent_executions))
            continue;            /* of the account alone */
        add_head(&text, "function_", c);
        for (i = 0; i < n; i++)
            lii_buf_addf(&text, "lambdainvoke_function_%s{function=\"%s\"} %llu\n", columns[c].name, rows[i].name,
                         (unsigned long long)column_of(&rows[i].metrics, c));
    }
    add_utilizations(&text, &total, rows, n);
    status = text.status;
    if (status == LI_OK)
        write(user, text.data, text.len);
    lii_buf_fini(&text);
    lii_free(&engine->allocator, rows);
    return status;
}
