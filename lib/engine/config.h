/* config.h - every setting and limit of an engine: one table from which validation, the API and the man page are made. */
#ifndef LII_ENGINE_CONFIG_H
#define LII_ENGINE_CONFIG_H

#include <stdatomic.h>
#include <stdint.h>

/* field, name, default, lowest, highest, help */
#define LII_CONFIG_MAP(X)                                                                                              \
    X(functions, "limits.functions", 100000, 1, 10000000, "functions that exist, and removed ones whose events wait")    \
    X(account_concurrency, "limits.account_concurrency", 1000, 1, 1000000, "invocations at once, all functions")       \
    X(min_unreserved, "limits.min_unreserved", 100, 0, 1000000, "what reservations must leave to the others")          \
    X(sync_request_bytes, "limits.sync_request_bytes", 6291456, 1, INT32_MAX, "payload of a synchronous call")         \
    X(sync_response_bytes, "limits.sync_response_bytes", 6291556, 1, INT32_MAX, "answer of a synchronous call")        \
    X(stream_response_bytes, "limits.stream_response_bytes", 209715200, 1, INT64_MAX / 2, "answer of a streamed call; what is over is cut off") \
    X(async_request_bytes, "limits.async_request_bytes", 1048576, 1, INT32_MAX, "payload of an event")                 \
    X(invoke_async_bytes, "limits.invoke_async_bytes", 262144, 1, INT32_MAX, "payload of an event by InvokeAsync, the API's older form") \
    X(client_context_bytes, "limits.client_context_bytes", 3583, 0, 1048576, "client context, as base64")              \
    X(queued_events, "limits.queued_events", 10000000, 1, INT64_MAX, "events that wait or run; beyond: LI_E_FULL")     \
    X(queued_bytes, "limits.queued_bytes", INT64_C(4294967296), 1, INT64_MAX, "their payloads; beyond: LI_E_FULL")     \
    X(destinations, "limits.destinations", 10000, 1, 10000000, "registered destinations")                              \
    X(local_queues, "limits.local_queues", 10000, 1, 10000000, "local queues")                                         \
    X(triggers, "limits.triggers", 100000, 1, 10000000, "triggers")                                                    \
    X(policy_enforce, "policy.enforce", 0, 0, 1, "1: services may invoke what a function's policy lets them invoke only") \
    X(s3_event_bridge, "s3.event_bridge", 0, 0, 1, "1: what occurs in a bucket is also an event of aws.s3 on the default bus") \
    X(mappings, "limits.mappings", 10000, 1, 10000000, "event source mappings")                                        \
    X(mapping_filters, "limits.mapping_filters", 5, 1, 10, "filters of an event source mapping")                       \
    X(depth, "limits.depth", 16, 1, 1000, "invocations inside invocations, synchronous")                               \
    X(recursion, "recursion.limit", 16, 1, 999999, "invocations of a function in one chain; the next is stopped")       \
    X(max_threads, "limits.max_threads", 64, 1, 256, "workers, those stuck in an overrun handler included")            \
    X(timeout_max_ms, "limits.timeout_max_ms", 900000, 1, INT64_C(86400000), "highest time-out of a function")         \
    X(init_ms, "limits.init_ms", 10000, 1, 900000, "initialisation of an environment")                                 \
    X(log_bytes, "limits.log_bytes", 262144, 4096, 67108864, "log kept of one invocation while it runs")               \
    X(log_tail_bytes, "log.tail_bytes", 4096, 1, 262144, "end of the log that a caller gets")                          \
    X(versions, "limits.versions", 100000, 0, 10000000, "published versions, deleted ones too")                        \
    X(aliases, "limits.aliases", 100000, 0, 10000000, "aliases of all functions")                                      \
    X(pending_ms, "state.pending_ms", 0, 0, 3600000, "a function is Pending for so long after it was made")            \
    X(request_rate, "throttle.request_rate", 0, 0, 1000000, "requests a second for each unit of concurrency; 0: any number (service: 10)") \
    X(scaling_rate, "scaling.rate", 0, 0, 1000000, "new environments of a function in 10 seconds; 0: any number")      \
    X(env_idle_ms, "env.idle_ms", 600000, 1, INT64_MAX / 1000000, "an idle environment is retired after")              \
    X(init_retry, "init.retry_in_invoke", 1, 0, 1, "1: a failed initialisation is tried again inside the invocation")  \
    X(billing_init, "billing.init", 1, 0, 1, "1: initialisation is billed")                                            \
    X(stream_error, "compat.stream_error", 0, 0, 1, "1: a streamed answer says nothing of an error midway, as the service")  \
    X(strict_type, "invoke.strict_content_type", 0, 0, 1, "1: Invoke refuses a Content-Type that is not JSON, with 415")    \
    X(stream_rate, "stream.rate", 0, 0, 1073741824, "bytes a second of a streamed answer beyond stream.burst, the service has 2097152; 0: as they come") \
    X(stream_burst, "stream.burst", 6291456, 0, 1073741824, "bytes of a streamed answer that go at once")              \
    X(stream_strict_type, "stream.strict_type", 0, 0, 1, "1: the streaming invocation honours DryRun, unlike the service") \
    X(timeout_text, "compat.timeout_text", 0, 0, 1, "1: the time-out text of before 2025")                             \
    X(async_retries, "async.retries", 2, 0, 2, "retries after function errors without an event invoke config")         \
    X(async_max_age_s, "async.max_age_s", 21600, 60, 21600, "age limit without an event invoke config")                \
    X(idempotency_ms, "async.idempotency_ms", 300000, 1, INT64_MAX / 1000000, "window of an idempotency key")                   \
    X(idempotency_keys, "limits.idempotency_keys", 100000, 0, 10000000, "keys remembered in their windows; beyond: LI_E_FULL") \
    X(throttle_wake, "async.throttle_wake", 0, 0, 1, "1: a throttled lane also wakes when a slot is released")         \
    X(delivery_attempts, "delivery.attempts", 3, 1, 100, "tries of a destination that refuses")                        \
    X(delivery_wait_ms, "delivery.wait_ms", 1000, 0, 3600000, "wait before the second try; doubles")                   \
    X(destination_backlog, "limits.destination_backlog", 10000, 1, INT64_MAX, "records that one destination has not answered; beyond, it is refused like a busy one") \
    X(deliveries, "limits.deliveries", 100000, 1, INT64_MAX, "records on their way to destinations")                   \
    X(destination_bytes, "limits.destination_bytes", 1048576, 1024, INT32_MAX, "record of one event; over it payloads are left out") \
    X(bus_source, "destination.bus_source", 0, 0, 1, "1: records on an event bus have the source aws.lambda, not lambda") \
    X(auto_queues, "local_queues.auto", 0, 0, 1, "1: a queue ARN of this account makes its local queue when first used") \
    X(outcomes, "outcomes.events", 1024, 0, 10000000, "accepted events whose outcome is remembered")                   \
    X(outcome_payload_bytes, "outcomes.payload_bytes", 4194304, 0, INT64_MAX, "payloads of failed events, kept for a redrive") \
    X(outcome_records, "outcomes.records", 0, 0, 1, "1: make the record of every event, also without a destination")   \
    X(journal_lines, "journal.lines", 1024, 0, 10000000, "lines of the ring; 0: none")                                 \
    X(journal_steps, "journal.steps", 0, 0, 1, "1: step lines enter the ring too")

typedef struct lii_config {
#define LII_CONFIG_FIELD(field, name, standard, lowest, highest, help) atomic_llong field;
    LII_CONFIG_MAP(LII_CONFIG_FIELD)
#undef LII_CONFIG_FIELD
} lii_config;

void lii_config_init(lii_config *config);

/* Read one setting: LII_CONFIG(engine, depth). */
#define LII_CONFIG(engine, field) (atomic_load_explicit(&(engine)->config.field, memory_order_relaxed))

#endif
