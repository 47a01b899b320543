/* stream.h - answers in pieces: a caller that takes them as they come, and the handler's side of its back-pressure.
 *
 * Pieces go straight from the handler to the caller's chunk callback: nothing is copied and nothing piles up in between. A
 * caller that has enough says so; the handler's next li_invocation_stream then waits (on a worker of a threaded engine) or
 * answers LI_E_WOULD_BLOCK, and a handler that is pending is called back when there is room. */
#ifndef LAMBDAINVOKE_STREAM_H
#define LAMBDAINVOKE_STREAM_H

#include <lambdainvoke/invocation.h>
#include <lambdainvoke/invoke.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct li_stream li_stream;

enum {
    LI_STREAM_MORE = 0,  /* taken; go on */
    LI_STREAM_FULL = 1,  /* taken; nothing more until li_stream_resume */
    LI_STREAM_GONE = 2   /* the caller has gone: nothing is wanted any more */
};

/* What is known of the answer before its first piece; borrowed for the call. */
typedef struct li_stream_head {
    size_t size;
    const char *content_type;  /* as the handler said; "" when it said nothing */
    li_id request_id;
    char executed_version[24];
    char trace[128];           /* X-Amzn-Trace-Id of the answer */
} li_stream_head;

/* A caller. Its callbacks come one at a time, from any thread, perhaps before li_invoke_stream returns; they may call the
 * engine, but must not wait for the handler. */
typedef struct li_stream_caller {
    size_t size;
    void (*head)(void *user, const li_stream_head *head);        /* once, before the first chunk or a good end; NULL: unheard */
    int32_t (*chunk)(void *user, const char *data, size_t len);  /* LI_STREAM_*; required */
    li_invoke_done done;                                         /* once, last; required */
    void *user;
} li_stream_caller;
#define LI_STREAM_CALLER_INIT { sizeof(li_stream_caller), NULL, NULL, NULL, NULL }

/* Invoke and take the answer in pieces. A handler that does not stream gives its whole answer as one piece (INV-166). What
 * done gets: LI_OK with a result whose payload is empty, or, with function_error, the error document: also after pieces, when
 * the handler failed or timed out midway. LI_E_CANCELLED: the caller had gone; the handler has run to its end. All else as of
 * li_invoke_begin.
 *   options  type is LI_REQUEST_RESPONSE or LI_DRY_RUN
 *   caller   copied
 *   stream   out, set before any callback comes: the caller's handle, to be released; NULL: LI_STREAM_FULL then means MORE
 * With the setting stream.rate the handler is held to so many bytes a second of the engine's clock, once stream.burst went at
 * once: between pieces it is as if the caller had no room.
 * More than limits.stream_response_bytes are cut off one byte behind it; the handler learns it, the caller does not (INV-167).
 * Errors: LI_E_NOMEM, LI_E_INVALID a callback is missing, options: done is not called and *stream is NULL.
 * Threads: any, also inside a handler. Spec: INV-151, INV-166, INV-167, REL-77. Since 0.1. */
LI_API li_status li_invoke_stream(li_engine *engine, const char *name, size_t name_len, const char *payload,
                                  size_t payload_len, const li_invoke_options *options, const li_stream_caller *caller,
                                  li_stream **stream);

/* There is room again. The handler goes on from a thread or step of the engine, not from inside this call. After the end, and
 * when it was not full, nothing happens.
 * Errors: LI_E_NOMEM nothing has changed: call again. Threads: any, also inside chunk. Since 0.1. */
LI_API li_status li_stream_resume(li_stream *stream);

/* The caller goes away: no chunk comes any more (but one that is being given by another thread), the handler sees
 * li_invocation_is_cancelled and LI_E_CANCELLED, runs to its end, and done comes with LI_E_CANCELLED; the result is dropped and
 * counted (late_results). Threads: any, also inside a callback. Spec: INV-151, REL-77. Since 0.1. */
LI_API void li_stream_cancel(li_stream *stream);

/* Give the handle back, also after the engine was freed; NULL is fine. It does not end the stream. Threads: any. Since 0.1. */
LI_API void li_stream_release(li_stream *stream);

/* Say the content type of a streamed answer, before its first piece; the caller's head has it. Copied.
 * Errors: LI_E_STATE a piece was given, or it is settled; LI_E_TOO_LARGE over 255 bytes; LI_E_INVALID control characters.
 * Threads: those of the handler. Since 0.1. */
LI_API li_status li_invocation_set_content_type(li_invocation *invocation, const char *type, size_t type_len);

/* After LI_E_WOULD_BLOCK: be called once, when the caller has room or has gone, or at the time-out. Return LI_PENDING
 * meanwhile, and go on from the callback. It comes from a thread or step of the engine; a second call replaces the first.
 * Errors: LI_E_STATE the caller does not stream, or it is settled. Threads: those of the handler. Since 0.1. */
LI_API li_status li_invocation_when_ready(li_invocation *invocation, void (*ready)(void *user, li_invocation *invocation),
                                          void *user);

#ifdef __cplusplus
}
#endif
#endif
