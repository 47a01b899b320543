/* invocation.h - what a handler can ask and say while it runs; and poll mode, for those who call us and cannot be called.
 *
 * The invocation and its input are borrowed: they are valid until the handler returns LI_DONE or LI_FAILED. A handler that
 * returns LI_PENDING keeps the invocation until it completes it, once, by respond, fail or exit, from any thread; its input
 * lives until then or until the time-out (li_invocation_is_cancelled), whichever is first. One that wants to touch the
 * invocation after its completion retains it first. A completion after the deadline is discarded and counted (REL-17). */
#ifndef LAMBDAINVOKE_INVOCATION_H
#define LAMBDAINVOKE_INVOCATION_H

#include <lambdainvoke/executor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Input. Text ends in NUL and lives as long as the invocation. Threads: those of the handler. Since 0.1. */
LI_API const char *li_invocation_get_payload(const li_invocation *invocation, size_t *len); /* not NUL-terminated */
LI_API const char *li_invocation_get_request_id(li_invocation *invocation);
LI_API const char *li_invocation_get_function_name(const li_invocation *invocation);
LI_API const char *li_invocation_get_invoked_arn(li_invocation *invocation);      /* INV-129 */
LI_API const char *li_invocation_get_version(const li_invocation *invocation);    /* "$LATEST" or digits */
LI_API const char *li_invocation_get_client_context(const li_invocation *invocation, size_t *len); /* decoded; NULL: none */
LI_API const char *li_invocation_get_trace(li_invocation *invocation);            /* X-Amzn-Trace-Id of this attempt */
LI_API uint32_t li_invocation_get_memory_mb(const li_invocation *invocation);
LI_API uint32_t li_invocation_get_attempt(const li_invocation *invocation);       /* 1, 2, 3 for an event; 1 else */
/* How its environment came to be, as AWS_LAMBDA_INITIALIZATION_TYPE says it: "on-demand" or "provisioned-concurrency". Static.
 * INV-327 */
LI_API const char *li_invocation_get_initialization_type(const li_invocation *invocation);
LI_API uint64_t li_invocation_get_deadline_ms(const li_invocation *invocation);   /* Unix milliseconds */
LI_API uint64_t li_invocation_remaining_ms(const li_invocation *invocation);      /* 0 when passed */
LI_API int32_t li_invocation_is_cancelled(const li_invocation *invocation);       /* 1: the deadline passed, or the caller has gone */
LI_API li_engine *li_invocation_get_engine(const li_invocation *invocation);

/* A line (or piece) of the invocation's log: the end of it is what Tail gives. Any bytes; kept up to log.bytes. With
 * LI_LOG_FORMAT_JSON each call is a record, dropped when its level is below application_log_level (function.h).
 * Errors: LI_E_NOMEM. Threads: those of the handler, one at a time. Spec: INV-152, INV-706. Since 0.1. */
LI_API li_status li_invocation_log(li_invocation *invocation, const char *text, size_t text_len);

/* Answer. Inside the handler, before it returns LI_DONE, the last one counts; after LI_PENDING it completes.
 * respond copies; respond_give takes the block, which release(user, data) ends once it is no longer needed, also when the
 * call fails (release NULL: the block is static).
 * Errors: LI_E_STATE it is settled already (counted as LateResults); LI_E_NOMEM, LI_E_INVALID data NULL with a length:
 *         the invocation is still open, or (pending) fails with Runtime.OutOfMemory when nothing else is answered.
 * Threads: any, one at a time for one invocation. Spec: INV-140, REL-44. Since 0.1. */
LI_API li_status li_invocation_respond(li_invocation *invocation, const char *data, size_t len);
LI_API li_status li_invocation_respond_give(li_invocation *invocation, char *data, size_t len,
                                            void (*release)(void *user, char *data), void *user);

/* Give a piece of a streamed answer; done ends it: inside the handler by returning LI_DONE, after LI_PENDING by
 * li_invocation_respond(invocation, NULL, 0), or with the last piece. An empty piece sends what is known before the first. A
 * caller that streams (stream.h) gets each piece at once; one that does not gets all of them as one answer, up to
 * limits.sync_response_bytes (INV-411). Failing after pieces tells both of the failure; an event that streamed has succeeded
 * (INV-223).
 * On a worker of a threaded engine the call waits while a streaming caller has no room, until the time-out at most.
 * Errors: LI_E_WOULD_BLOCK the caller has no room: nothing was given (li_invocation_when_ready); LI_E_CANCELLED the caller
 *         has gone; LI_E_TOO_LARGE over limits.stream_response_bytes: the rest is cut off; LI_E_STATE it is settled already
 *         (counted as LateResults); LI_E_NOMEM; LI_E_INVALID data NULL with a length.
 * Threads: any, one at a time for one invocation. Spec: INV-166, INV-167, INV-411. Since 0.1. */
LI_API li_status li_invocation_stream(li_invocation *invocation, const char *data, size_t len);

/* Fail. The first makes the error document {"errorMessage","errorType","requestId"}; the second gives a document of your
 * own (valid JSON; handled 1 makes X-Amz-Function-Error "Handled"). exit says that the runtime's process ended with this
 * status (negative: killed by that signal): Runtime.ExitError, and the environment is not used again (INV-144).
 * Inside the handler they settle nothing by themselves: return LI_FAILED. Errors, threads: as respond. Since 0.1. */
LI_API li_status li_invocation_fail(li_invocation *invocation, const char *error_type, const char *message);
LI_API li_status li_invocation_fail_document(li_invocation *invocation, const char *document, size_t len,
                                             int32_t handled);
LI_API li_status li_invocation_exit(li_invocation *invocation, int32_t status);

/* Declare that this invocation takes so long: on a virtual clock it ends that much later, its concurrency is taken until
 * then, and past its time-out it times out. Adds up. On a real clock nothing happens: sleep if you must.
 * Threads: the handler's, before it returns. Since 0.1. */
LI_API void li_invocation_simulate(li_invocation *invocation, uint64_t duration_ns);

/* hold 1: a thread or process of its own works on this invocation, so a virtual clock waits for it;
 * 0: it does not (the standard for handlers that go pending in process). Threads: any. Since 0.1. */
LI_API void li_invocation_hold_clock(li_invocation *invocation, int32_t hold);

/* Share an invocation beyond its completion. Threads: any. Since 0.1. */
LI_API void li_invocation_retain(li_invocation *invocation);
LI_API void li_invocation_release(li_invocation *invocation);

/* Poll mode: take the next invocation of a function bound to "poll:". It is held by the caller until li_respond or
 * li_respond_error, and its time-out runs from now.
 *   name        plain name of the function
 *   wait_ms     real milliseconds to wait; 0: none. A driven engine is stepped meanwhile; with a virtual clock nothing
 *               is waited for
 *   invocation  out; NULL when none came in time (LI_OK)
 * Errors: LI_E_NOT_FOUND, LI_E_INVALID not a poll function; LI_E_CLOSED stopped; LI_E_MISUSE waiting inside a handler.
 * Threads: any number. Spec: INV-401, INV-402 in process. Since 0.1. */
LI_API li_status li_next(li_engine *engine, const char *name, size_t name_len, uint64_t wait_ms,
                         li_invocation **invocation);

/* Answer one taken by li_next; the handle is gone afterwards, also on error.
 * Errors: LI_E_STATE too late: timed out (discarded and counted); LI_E_NOMEM: it failed with Runtime.OutOfMemory.
 * Threads: any. Since 0.1. */
LI_API li_status li_respond(li_invocation *invocation, const char *data, size_t len);
LI_API li_status li_respond_error(li_invocation *invocation, const char *error_type, const char *message);

#ifdef __cplusplus
}
#endif
#endif
