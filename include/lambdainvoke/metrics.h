/* metrics.h - counters and gauges under AWS's names (invoke §7.2): a snapshot, text for Prometheus, a sink of your own. */
#ifndef LAMBDAINVOKE_METRICS_H
#define LAMBDAINVOKE_METRICS_H

#include <lambdainvoke/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct li_metrics {
    size_t size;
    uint64_t invocations;                  /* Invocations: handler started */
    uint64_t errors;                       /* Errors: function errors, time-outs included */
    uint64_t throttles;                    /* Throttles */
    uint64_t duration_ns;                  /* sum over invocations */
    uint64_t concurrent_executions;        /* gauge */
    uint64_t async_events_received;        /* AsyncEventsReceived: accepted */
    uint64_t async_events_dropped;         /* AsyncEventsDropped: ended without success, delivered or not */
    uint64_t async_event_age_ms;           /* sum of ages at the starts of attempts */
    uint64_t destination_delivery_failures;
    uint64_t dead_letter_errors;
    uint64_t late_results;                 /* LateResults: completions after the invocation was settled */
    uint64_t succeeded;                    /* gauges of conservation (REL-1): terminal states … */
    uint64_t delivered;
    uint64_t dropped;
    uint64_t pending;                      /* … and what still waits or runs */
    uint64_t leased;
    uint64_t queue_full;                   /* accepts refused with LI_E_FULL */
    uint64_t inits;                        /* environments initialised (cold starts) */
    uint64_t environments;                 /* gauge: warm or busy */
    uint64_t recursive_invocations_dropped;
    uint64_t parked;                       /* gauge: events of functions without a handler */
    uint64_t provisioned_invocations;      /* ProvisionedConcurrencyInvocations */
    uint64_t provisioned_spillovers;       /* ProvisionedConcurrencySpilloverInvocations */
    uint64_t provisioned_environments;     /* gauge: provisioned and initialised */
    uint64_t unreserved_concurrent_executions;  /* gauge, of all: in use by functions without a reservation */
    uint64_t claimed_account_concurrency;       /* gauge, of all: reserved, provisioned, and unreserved in use */
    uint64_t provisioned_concurrent_executions; /* gauge: provisioned environments at work */
} li_metrics;
#define LI_METRICS_INIT { sizeof(li_metrics), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
LI_API li_status li_metrics_init(li_metrics *metrics, size_t size);

/* Sums as of now, of one function or (name NULL) of all. Numbers are read without stopping the engine: while work is
 * going on they may be from slightly different moments; on an idle or driven engine they are exact.
 * Errors: LI_E_NOT_FOUND no such function. Threads: any. Spec: INV-720, INV-721. Since 0.1. */
LI_API li_status li_metrics_get(li_engine *engine, const char *name, size_t name_len, li_metrics *metrics);

/* All of it in Prometheus' text format: lambdainvoke_NAME for the engine, lambdainvoke_function_NAME{function="…"} for each
 * function, so that a sum over functions counts nothing twice.
 *   write  called with pieces of the text; user is handed through
 * Errors: LI_E_NOMEM. Threads: any. Since 0.1. */
LI_API li_status li_metrics_text(li_engine *engine, void (*write)(void *user, const char *text, size_t text_len),
                                 void *user);

/* One sample with all of its dimensions, as CloudWatch has them. */
typedef struct li_measure {
    size_t size;
    const char *metric;      /* by its AWS name: "Invocations", … */
    const char *unit;        /* "Count" or "Milliseconds" */
    const char *function;    /* FunctionName; "" when about none */
    const char *resource;    /* Resource: NAME, or NAME:QUALIFIER as it was asked for; of a mapping's metrics its UUID */
    const char *version;     /* ExecutedVersion, of calls by an alias or by $LATEST; else NULL */
    uint64_t value;
    uint64_t time_ms;        /* the start of the invocation it belongs to, Unix milliseconds (INV-722) */
} li_measure;

/* A sink gets every sample as it is made, by measure if it is given, else by sample, which has metric, function, value and
 * time alone. An execution gives Invocations, Errors (0 or 1), Throttles (0) and Duration; a throttle Throttles (1) and
 * Errors (0); an event AsyncEventsReceived, AsyncEventAge at each start, AsyncEventsDropped (0 or 1) at its end; what goes
 * wrong DestinationDeliveryFailures, DeadLetterErrors, RecursiveInvocationsDropped (1, never 0). A mapping gives
 * PolledEventCount, InvokedEventCount, FailedInvokeEventCount and DeletedEventCount, so many records at once. Any thread, many at once;
 * texts are borrowed for the call; must not call the engine. Spec: INV-722, INV-723. */
typedef struct li_metrics_sink_ops {
    size_t size;
    uint32_t version; /* 1 */
    uint32_t caps;    /* 0 */
    const char *name;
    void (*sample)(void *self, const char *metric, const char *function, uint64_t value, uint64_t time_ms); /* required */
    void (*free)(void *self);                                                                               /* NULL: kept */
    void (*measure)(void *self, const li_measure *measure);                                                 /* NULL: sample */
} li_metrics_sink_ops;

typedef struct li_metrics_sink {
    const li_metrics_sink_ops *ops; /* static; NULL: none */
    void *self;
} li_metrics_sink;

#ifdef __cplusplus
}
#endif
#endif
