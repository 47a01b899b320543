/* status.h - what a call returns, and the optional detail of an error.
 *
 * A status is 0 or a negative value; a released value is never reused. An expected outcome (nothing ready, retries
 * exhausted) is a value through an output, not a status. Detail is opt-in: pass a li_error of your own. */
#ifndef LAMBDAINVOKE_STATUS_H
#define LAMBDAINVOKE_STATUS_H

#include <lambdainvoke/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t li_status;

/* name, value, text. The enumeration, li_strerror, li_status_name and lambdainvoke-status(3) are made from this. */
#define LI_STATUS_MAP(X)                                                                  \
    X(LI_OK, 0, "success")                                                                \
    X(LI_E_NOMEM, -1, "out of memory")                                                    \
    X(LI_E_INVALID, -2, "invalid argument")                                               \
    X(LI_E_NOTSUP, -3, "not supported by this library or backend")                        \
    X(LI_E_MISUSE, -4, "call not allowed here")                                           \
    X(LI_E_NOT_FOUND, -5, "not found")                                                    \
    X(LI_E_CONFLICT, -6, "exists already, or conflicts with what exists")                 \
    X(LI_E_VALIDATION, -7, "value violates a constraint")                                 \
    X(LI_E_JSON, -8, "payload is not valid JSON")                                         \
    X(LI_E_TOO_LARGE, -9, "over a size limit")                                            \
    X(LI_E_THROTTLED, -10, "throttled: no free concurrency")                              \
    X(LI_E_FULL, -11, "full: a limit on stored things is reached")                        \
    X(LI_E_BUSY, -12, "busy: work in flight, or in use elsewhere")                        \
    X(LI_E_WOULD_BLOCK, -13, "would have to wait where waiting is impossible")            \
    X(LI_E_TIMEOUT, -14, "the time allowed has passed")                                   \
    X(LI_E_DENIED, -15, "access denied")                                                  \
    X(LI_E_STATE, -16, "not possible in the present state")                               \
    X(LI_E_CLOSED, -17, "stopped or being stopped")                                       \
    X(LI_E_IO, -18, "input/output error")                                                 \
    X(LI_E_NOSPC, -19, "no space left")                                                   \
    X(LI_E_CORRUPT, -20, "stored data is damaged")                                        \
    X(LI_E_UNKNOWN, -21, "outcome unknown: it may or may not have happened")              \
    X(LI_E_CLOCK, -22, "clock mismatch")                                                  \
    X(LI_E_FORKED, -23, "called in a forked child")                                       \
    X(LI_E_DEPTH, -24, "nested too deeply")                                               \
    X(LI_E_PRECONDITION, -25, "precondition failed")                                      \
    X(LI_E_RECURSION, -26, "recursive loop stopped")                                      \
    X(LI_E_MISMATCH, -27, "configurations differ")                                        \
    X(LI_E_CANCELLED, -28, "cancelled")                                                   \
    X(LI_E_INTERNAL, -29, "internal error")

#define LI_STATUS_ENUM(name, value, text) name = value,
enum { LI_STATUS_MAP(LI_STATUS_ENUM) LI_STATUS_END_ = 1 };
#undef LI_STATUS_ENUM

/* What exactly was wrong: one value for each distinct answer of the Lambda API. Values are append-only.
 * The text says what would be right; li_error.text adds the case at hand. */
#define LI_DETAIL_MAP(X)                                                                  \
    X(LI_DETAIL_NONE, 0, "")                                                              \
    X(LI_DETAIL_FUNCTION_NAME, 1, "not a function name, partial ARN or function ARN")     \
    X(LI_DETAIL_QUALIFIER, 2, "not a version, an alias name or $LATEST")                  \
    X(LI_DETAIL_QUALIFIER_LENGTH, 3, "a qualifier has 1 to 128 characters")               \
    X(LI_DETAIL_QUALIFIERS_DIFFER, 4, "the name's qualifier and the qualifier given differ") \
    X(LI_DETAIL_OTHER_REGION, 5, "the ARN names another region")                          \
    X(LI_DETAIL_OTHER_ACCOUNT, 6, "the ARN names another account")                        \
    X(LI_DETAIL_FUNCTION_NOT_FOUND, 7, "no such function, version or alias")              \
    X(LI_DETAIL_PAYLOAD_JSON, 8, "the payload must be one JSON value in UTF-8")           \
    X(LI_DETAIL_REQUEST_SIZE, 9, "the request is over limits.sync_request_bytes")         \
    X(LI_DETAIL_EVENT_SIZE, 10, "the event is over limits.async_request_bytes")           \
    X(LI_DETAIL_CLIENT_CONTEXT, 11, "the client context is base64 of at most limits.client_context_bytes") \
    X(LI_DETAIL_ACCOUNT_CONCURRENCY, 12, "the account's concurrency is in use")           \
    X(LI_DETAIL_RESERVED_CONCURRENCY, 13, "the function's reserved concurrency is in use") \
    X(LI_DETAIL_FUNCTION_STATE, 14, "the function is not active")                         \
    X(LI_DETAIL_FUNCTION_NAME_LENGTH, 15, "a function name has 1 to 64 characters")       \
    X(LI_DETAIL_HANDLER_MISSING, 16, "a handler is needed")                               \
    X(LI_DETAIL_TIMEOUT, 17, "a time-out is 1 to 900 seconds")                            \
    X(LI_DETAIL_MEMORY, 18, "memory is 128 to 10240 MB")                                  \
    X(LI_DETAIL_RESERVED_MINIMUM, 19, "this would leave the unreserved pool under its minimum") \
    X(LI_DETAIL_RETRIES, 20, "maximum retry attempts are 0 to 2")                         \
    X(LI_DETAIL_EVENT_AGE, 21, "maximum event age is 60 to 21600 seconds")                \
    X(LI_DETAIL_EVENT_CONFIG_EMPTY, 22, "at least one setting is needed")                 \
    X(LI_DETAIL_EVENT_CONFIG_MISSING, 23, "no event invoke config for this qualifier")    \
    X(LI_DETAIL_DESTINATION_ARN, 24, "not an ARN of a queue, topic, bus, bucket or function") \
    X(LI_DETAIL_DESTINATION_SELF, 25, "a function cannot be a destination for itself")    \
    X(LI_DETAIL_DESTINATION_UNKNOWN, 26, "nothing is registered for this destination")    \
    X(LI_DETAIL_DESTINATION_SERVICE, 27, "this service cannot be used as this destination") \
    X(LI_DETAIL_DESTINATION_FIFO, 28, "a FIFO queue or topic cannot be a destination")    \
    X(LI_DETAIL_QUALIFIED_NAME, 29, "the operation takes an unqualified function")        \
    X(LI_DETAIL_FUNCTION_EXISTS, 30, "a function of this name exists")                    \
    X(LI_DETAIL_QUEUE_FULL, 31, "the queue holds limits.queued_events or limits.queued_bytes") \
    X(LI_DETAIL_RESPONSE_SIZE, 32, "the response is over limits.sync_response_bytes")     \
    X(LI_DETAIL_SETTLED, 33, "the invocation has been completed before")                  \
    X(LI_DETAIL_OPTIONS_SIZE, 34, "the options struct has an impossible size; use its INIT macro") \
    X(LI_DETAIL_OPTIONS_UNKNOWN, 35, "the options struct has members that this library does not know") \
    X(LI_DETAIL_IN_FLIGHT, 36, "work is in flight; stop the engine and wait")             \
    X(LI_DETAIL_TRIGGER_KIND, 37, "no such kind of trigger")                              \
    X(LI_DETAIL_TRIGGER_OPTIONS, 38, "the trigger's options are not valid")               \
    X(LI_DETAIL_TRIGGER_OVERLAP, 39, "two notification configurations of one bucket overlap") \
    X(LI_DETAIL_TRIGGER_NOT_FOUND, 40, "no such trigger")                                 \
    X(LI_DETAIL_SCHEDULE, 41, "not a schedule expression")                                \
    X(LI_DETAIL_MAPPING_OPTIONS, 42, "the mapping's options are not valid")               \
    X(LI_DETAIL_MAPPING_SOURCE, 43, "no such event source")                               \
    X(LI_DETAIL_MAPPING_EXISTS, 44, "this source and function are mapped already")        \
    X(LI_DETAIL_MAPPING_NOT_FOUND, 45, "no such event source mapping")                    \
    X(LI_DETAIL_BATCH_WINDOW, 46, "more than 10 records a batch need a batching window")  \
    X(LI_DETAIL_LIMIT_RANGE, 47, "the limit's value is out of its range")                 \
    X(LI_DETAIL_LIMIT_NAME, 48, "no such limit or setting")                               \
    X(LI_DETAIL_FUNCTIONS_FULL, 49, "limits.functions are registered")                    \
    X(LI_DETAIL_BACKEND_METHOD, 50, "a required method of the backend's table is missing") \
    X(LI_DETAIL_CLOCK_HELD, 51, "an external handler holds the virtual clock")            \
    X(LI_DETAIL_OCCURRENCE, 52, "the occurrence lacks a member or has a wrong one")       \
    X(LI_DETAIL_NESTED, 53, "nested invocations are over limits.depth")                   \
    X(LI_DETAIL_INVOCATION_TYPE, 54, "an invocation type is RequestResponse, Event or DryRun") \
    X(LI_DETAIL_TEXT, 55, "text is not UTF-8 or has bytes that are not allowed here")     \
    X(LI_DETAIL_REVISION, 56, "it has another revision id")                               \
    X(LI_DETAIL_VERSIONS_FULL, 57, "limits.versions are published")                       \
    X(LI_DETAIL_VERSION_IN_USE, 58, "an alias points to this version")                    \
    X(LI_DETAIL_ALIAS_NOT_FOUND, 59, "no such alias")                                     \
    X(LI_DETAIL_ALIAS_EXISTS, 60, "an alias of this name exists")                         \
    X(LI_DETAIL_ALIASES_FULL, 61, "limits.aliases are there")                             \
    X(LI_DETAIL_WEIGHT, 62, "a weight is 0 to 1")                                         \
    X(LI_DETAIL_WEIGHTS_LATEST, 63, "$LATEST cannot be one of two versions of an alias")  \
    X(LI_DETAIL_WEIGHTS_SAME, 64, "the additional version is the alias's version already") \
    X(LI_DETAIL_RESERVED_PROVISIONED, 65, "reserved concurrency would be under what is provisioned") \
    X(LI_DETAIL_PROVISIONED_LATEST, 66, "provisioned concurrency is for published versions and aliases of them") \
    X(LI_DETAIL_PROVISIONED_MISSING, 67, "no provisioned concurrency for this qualifier") \
    X(LI_DETAIL_PROVISIONED_RESERVED, 68, "provisioned concurrency would be over the function's reservation") \
    X(LI_DETAIL_PROVISIONED_ACCOUNT, 69, "provisioned concurrency would be over the account's unreserved concurrency") \
    X(LI_DETAIL_PROVISIONED_MINIMUM, 70, "this would leave the unreserved pool under its minimum") \
    X(LI_DETAIL_PROVISIONED_ALIAS, 71, "the version is provisioned by an alias")          \
    X(LI_DETAIL_PROVISIONED_VERSION, 72, "the version is provisioned already")            \
    X(LI_DETAIL_EVENT_JSON, 80, "an event that patterns are matched with is JSON in UTF-8") \
    X(LI_DETAIL_EVENT_OBJECT, 81, "an event that patterns are matched with is a JSON object") \
    X(LI_DETAIL_EVENT_ELEMENTS, 82, "elements of arrays of one path combine in too many ways") \
    X(LI_DETAIL_ZONE, 100, "no such time zone")                                           \
    X(LI_DETAIL_ZONE_FILE, 101, "the file of the time zone is damaged")                   \
    X(LI_DETAIL_MAPPING_FILTER, 102, "a filter of a mapping is no pattern for its records") \
    X(LI_DETAIL_TRIGGER_PERMISSION, 110, "the function's policy does not let the service invoke it") \
    X(LI_DETAIL_STATEMENT, 111, "the statement of the policy is not valid")               \
    X(LI_DETAIL_STATEMENT_EXISTS, 112, "the policy has a statement of this id")           \
    X(LI_DETAIL_STATEMENT_NOT_FOUND, 113, "the policy has no such statement")             \
    X(LI_DETAIL_POLICY_SIZE, 114, "the policy is over 20480 bytes")                       \
    X(LI_DETAIL_SAMPLE, 115, "no such sample event, or no such parameter of it")          \
    X(LI_DETAIL_TRIGGER_RIVALS, 116, "the source has as many triggers of this kind as it can have") \
    X(LI_DETAIL_FILTER_PATTERN, 117, "not a filter pattern of log events")                \
    X(LI_DETAIL_IOT_SQL, 118, "not an IoT rule that is understood")                       \
    X(LI_DETAIL_ANSWER_NOT_AWAITED, 125, "nothing waits for an answer under this name")  \
    X(LI_DETAIL_ANSWER, 126, "the answer to an event is not valid")                       \
    X(LI_DETAIL_ROLE, 127, "not a role, or not a policy of one")                          \
    X(LI_DETAIL_SQLITE_FILE, 140, "the file cannot be opened, read or written")           \
    X(LI_DETAIL_SQLITE_BUSY, 141, "the file is open elsewhere")                           \
    X(LI_DETAIL_SQLITE_FOREIGN, 142, "the file is not one of ours")                       \
    X(LI_DETAIL_SQLITE_NEWER, 143, "the file is of a newer version of the library")       \
    X(LI_DETAIL_SQLITE_DAMAGED, 144, "the file is damaged; check and export read what can be read") \
    X(LI_DETAIL_SQLITE_WAL, 145, "the file's write-ahead log is damaged")                 \
    X(LI_DETAIL_SQLITE_FULL, 146, "the disk or the quota is full")                        \
    X(LI_DETAIL_SQLITE_READ_ONLY, 147, "read-only since a write to the disk failed; open it again") \
    X(LI_DETAIL_SQLITE_CLOCK, 148, "the file is of the other kind of clock")              \
    X(LI_DETAIL_IDEMPOTENCY_KEY, 160, "an idempotency key has 1 to 256 bytes, and is for events") \
    X(LI_DETAIL_IDEMPOTENCY_BUSY, 161, "the first event of this idempotency key is being accepted") \
    X(LI_DETAIL_IDEMPOTENCY_FULL, 162, "limits.idempotency_keys are remembered")          \
    X(LI_DETAIL_EVENT_NOT_FOUND, 163, "no such event waits, runs or is remembered")       \
    X(LI_DETAIL_EVENT_RUNS, 164, "the event waits or runs")                               \
    X(LI_DETAIL_EVENT_ENDED, 165, "the event has ended")                                  \
    X(LI_DETAIL_EVENT_SUCCEEDED, 166, "only a failed event can be redriven")              \
    X(LI_DETAIL_PAYLOAD_NOT_KEPT, 167, "the event's payload is not kept, or was redriven already") \
    X(LI_DETAIL_REQUEST_RATE, 168, "the account's or the version's requests come faster than throttle.request_rate allows") \
    X(LI_DETAIL_RESERVED_REQUEST_RATE, 169, "the function's requests come faster than throttle.request_rate allows its reservation") \
    X(LI_DETAIL_WORKERS, 171, "every thread hangs in an overrun handler, and limits.max_threads are there") \
    X(LI_DETAIL_LIMIT_IN_USE, 172, "more is in use than the limit would allow")           \
    X(LI_DETAIL_RECURSION, 170, "the function was invoked recursion.limit times in one chain") \
    X(LI_DETAIL_FAULT_PLAN, 180, "not a fault plan")                                      \
    X(LI_DETAIL_SAMPLE_VALUE, 190, "not a value of this parameter")                       \
    X(LI_DETAIL_LOG_FORMAT, 220, "a log format is Text or JSON")                          \
    X(LI_DETAIL_LOG_LEVEL, 221, "not a log level")                                        \
    X(LI_DETAIL_LOG_LEVEL_TEXT, 222, "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or change the LogFormat to \"JSON\" and try again.") \
    X(LI_DETAIL_LISTENER, 275, "a listener of the journal may look, not act: no call that makes a line")

#define LI_DETAIL_ENUM(name, value, text) name = value,
enum { LI_DETAIL_MAP(LI_DETAIL_ENUM) LI_DETAIL_END_ };
#undef LI_DETAIL_ENUM

/* What went wrong, in the caller's storage. Filled only when a call fails; untouched otherwise. */
typedef struct li_error {
    size_t size;         /* bytes, as the caller was compiled */
    li_status status;    /* as returned */
    int32_t detail;      /* LI_DETAIL_* */
    uint64_t offset;     /* LI_E_JSON: byte offset of the first error */
    uint32_t line;       /* LI_E_JSON: from 1 */
    uint32_t column;     /* LI_E_JSON: from 1, in bytes */
    char subject[288];   /* what it was about: a name, an ARN, a setting; may be empty, may be cut */
    char text[256];      /* one sentence: what, where, what would be right */
} li_error;
#define LI_ERROR_INIT { sizeof(li_error), 0, 0, 0u, 0u, 0u, { 0 }, { 0 } }

/* The text of a status, of a detail, and the name of a status ("LI_E_FULL"). Never NULL; static.
 * Threads: any; pure. Since 0.1. */
LI_API const char *li_strerror(li_status status);
LI_API const char *li_status_name(li_status status);
LI_API const char *li_detail_text(int32_t detail);

/* 1 when the same call may succeed later without a change by the caller (throttled, full, busy, no space, no
 * memory), else 0.
 * Threads: any; pure. Since 0.1. */
LI_API int32_t li_status_is_retryable(li_status status);

/* For bindings that cannot use the INIT macro: make *error empty, of the given size.
 * Errors: LI_E_INVALID the size is impossible. Threads: any; pure. Since 0.1. */
LI_API li_status li_error_init(li_error *error, size_t size);

#ifdef __cplusplus
}
#endif
#endif
