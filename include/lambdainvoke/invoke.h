/* invoke.h - synchronous invocation: call a function and get its answer. */
#ifndef LAMBDAINVOKE_INVOKE_H
#define LAMBDAINVOKE_INVOKE_H

#include <lambdainvoke/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LI_REQUEST_RESPONSE = 0, LI_EVENT = 1, LI_DRY_RUN = 2 };             /* type */
enum { LI_LOG_TYPE_NONE = 0, LI_LOG_TYPE_TAIL = 1 };                        /* log_type */
enum { LI_INVOKE_TRUSTED = 1 };                                             /* flags: the payload is known to be JSON */
enum { LI_IDEMPOTENCY_KEY_MAX = 256 };
enum { LI_FUNCTION_ERROR_NONE = 0, LI_FUNCTION_ERROR_UNHANDLED = 1, LI_FUNCTION_ERROR_HANDLED = 2 };

typedef struct li_invoke_options {
    size_t size;
    li_slice qualifier;        /* version, alias or "$LATEST"; {NULL, 0}: none */
    li_slice client_context;   /* decoded JSON; synchronous calls only */
    li_slice trace;            /* X-Amzn-Trace-Id; {NULL, 0}: a new one */
    uint64_t not_before_ms;    /* events: Unix milliseconds of the engine; 0: now */
    li_slice idempotency_key;  /* events: 1 to LI_IDEMPOTENCY_KEY_MAX bytes; {NULL, 0}: none */
    int32_t type;              /* LI_REQUEST_RESPONSE, LI_EVENT or LI_DRY_RUN */
    int32_t log_type;          /* LI_LOG_TYPE_* */
    uint32_t flags;            /* LI_INVOKE_* */
    uint32_t reserved;         /* 0 */
} li_invoke_options;
#define LI_INVOKE_OPTIONS_INIT                                                                    \
    { sizeof(li_invoke_options), { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, 0u, { NULL, 0 }, 0, 0, 0u, 0u }
LI_API li_status li_invoke_options_init(li_invoke_options *options, size_t size);

/* The answer, in the caller's storage. Initialise once, use for any number of calls (its memory is used again), end with
 * li_invoke_result_fini. A function error is an answer, not an error of the call (INV-901). */
typedef struct li_invoke_result {
    size_t size;
    const char *payload;       /* response or error document; owned by the result, until its next use or fini */
    size_t payload_len;
    const char *log_tail;      /* with LI_LOG_TYPE_TAIL: the last log.tail_bytes of the log; same ownership */
    size_t log_tail_len;
    uint64_t duration_ns;      /* handler time */
    uint64_t init_ns;          /* 0 unless this call initialised the environment */
    uint64_t billed_ms;
    li_id request_id;          /* li_id_format makes it text */
    char executed_version[24]; /* "$LATEST" or digits; "" when nothing ran */
    char trace[128];           /* X-Amzn-Trace-Id of the answer; "" unless options.trace or log_type asked for it */
    int32_t status_code;       /* 200, 202 (event), 204 (dry run) */
    int32_t function_error;    /* LI_FUNCTION_ERROR_* */
    void *internal[4];         /* the library's; zero */
} li_invoke_result;
#define LI_INVOKE_RESULT_INIT                                                                          \
    { sizeof(li_invoke_result), NULL, 0, NULL, 0, 0, 0, 0, { { 0 } }, { 0 }, { 0 }, 0, 0, { NULL, NULL, NULL, NULL } }
LI_API li_status li_invoke_result_init(li_invoke_result *result, size_t size);
LI_API void li_invoke_result_fini(li_invoke_result *result);

/* Invoke a function and wait for the answer.
 *   name     any form of INV-120          payload  borrowed; (NULL, 0) is the empty event {}
 *   options  borrowed; NULL: a synchronous call without log. type LI_EVENT queues the event and answers 202
 *   result   in/out: initialised by LI_INVOKE_RESULT_INIT; may be NULL
 * On a driven engine the handler runs on this thread. On a virtual clock a declared duration moves the clock by so
 * much (what comes due on the way runs in order), so the call takes that long; inside a handler it adds to the caller's.
 * Errors, in this order of checks (INV-175): LI_E_VALIDATION, LI_E_INVALID (shape, qualifiers differ), LI_E_NOT_FOUND,
 *         LI_E_DENIED, LI_E_TOO_LARGE, LI_E_JSON, LI_E_STATE, LI_E_RECURSION, LI_E_DEPTH, LI_E_THROTTLED (detail says which),
 *         LI_E_WOULD_BLOCK inside a handler of a driven engine when the callee goes pending; LI_E_NOMEM; LI_E_CLOSED.
 *         result is untouched. For LI_EVENT also what li_event_submit gives.
 * Threads: any, also inside a handler. Spec: INV-101..175. Since 0.1. */
LI_API li_status li_invoke(li_engine *engine, const char *name, size_t name_len, const char *payload, size_t payload_len,
                           const li_invoke_options *options, li_invoke_result *result, li_error *err);

/* The same through a handle: no look-up. Errors also: LI_E_NOT_FOUND the function was removed. */
LI_API li_status li_function_invoke(li_function *function, const char *payload, size_t payload_len,
                                    const li_invoke_options *options, li_invoke_result *result, li_error *err);

/* Called once with the outcome: LI_OK and a result, or an error with its detail; both are borrowed for the call.
 * From any thread; from inside li_invoke_begin when it is known at once. May call the engine. */
typedef void (*li_invoke_done)(void *user, li_status status, const li_invoke_result *result, const li_error *err);

/* Invoke without waiting, for event loops and hosts. The payload and options are borrowed for the call only.
 * Errors: LI_E_NOMEM, LI_E_INVALID done NULL or options: done is not called. Everything else comes through done.
 * Threads: any, also inside a handler. Since 0.1. */
LI_API li_status li_invoke_begin(li_engine *engine, const char *name, size_t name_len, const char *payload,
                                 size_t payload_len, const li_invoke_options *options, li_invoke_done done, void *user);

#ifdef __cplusplus
}
#endif
#endif
