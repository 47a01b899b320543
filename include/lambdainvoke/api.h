/* api.h - part liblambdainvoke-api: the Lambda API and the engine's own routes, without any socket: a parsed HTTP request
 * in, a response out, perhaps later. Link with pkg-config lambdainvoke-api. */
#ifndef LAMBDAINVOKE_API_H
#define LAMBDAINVOKE_API_H

#include <lambdainvoke/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct li_api li_api;

enum { LI_API_ADMIN = 1 }; /* flags: routes under /_lambdainvoke/ other than health; loopback only is the host's duty */

typedef struct li_api_options {
    size_t size;
    li_slice allowed_hosts;   /* names besides loopback addresses and localhost, separated by commas; {NULL, 0}: none */
    /* The admin routes that only a host can do; NULL: 404. reset forgets all and sets up what the host begins with;
     * done with LI_E_CONFLICT: what the host keeps is in a file, a 409 says what to do.
     * advance moves a virtual clock by delta_ns and calls done when idle. */
    void (*reset)(void *user, void (*done)(void *done_user, li_status status), void *done_user);
    void (*advance)(void *user, uint64_t delta_ns, void (*done)(void *done_user, li_status status), void *done_user);
    void *user;
    uint32_t flags;           /* LI_API_* */
    uint32_t reserved;        /* 0 */
} li_api_options;
#define LI_API_OPTIONS_INIT { sizeof(li_api_options), { NULL, 0 }, NULL, NULL, NULL, 0u, 0u }
LI_API li_status li_api_options_init(li_api_options *options, size_t size);

/* Make the API of an engine. engine is borrowed until li_api_free. Errors: LI_E_NOMEM, LI_E_INVALID. Threads: any. */
LI_API li_status li_api_new(li_engine *engine, const li_api_options *options, li_api **api);
/* Errors: LI_E_BUSY a request is not answered yet. NULL is fine. */
LI_API li_status li_api_free(li_api *api);

typedef struct li_api_header {
    li_slice name;
    li_slice value;
} li_api_header;

/* An answer that comes in pieces, buffered by the library up to a window and read by the host as its client takes them. */
typedef struct li_api_stream li_api_stream;

typedef struct li_api_request {
    size_t size;
    li_slice method;
    li_slice target;               /* path and query as received, not decoded */
    const li_api_header *headers;
    size_t n_headers;
    li_slice body;
    void (*ready)(void *user);     /* NULL: streamed answers come whole. Else what li_api_stream_read wants, by user of respond */
} li_api_request;

typedef struct li_api_response {
    size_t size;
    int32_t status;
    uint32_t n_headers;
    const li_api_header *headers; /* names and values end in NUL, too */
    li_slice body;
    li_api_stream *stream;        /* NULL: body is all of it. Else the body is empty and comes from here: yours, to be closed */
} li_api_response;

/* Called once for each request, from any thread, perhaps before li_api_handle returns; the response is borrowed for the
 * call. */
typedef void (*li_api_respond)(void *user, const li_api_response *response);

/* What a request may be before its body is read: call it with the head only. LI_OK: read up to *max_body bytes, then call
 * li_api_handle. Otherwise respond has been called with the refusal (413 for a declared length over the route's limit, 403
 * for a foreign page, 404 …): do not read the body.
 *   declared_len  Content-Length; UINT64_MAX: not declared
 * Threads: any. Spec: REL-75, REL-78. Since 0.1. */
LI_API li_status li_api_check(li_api *api, const li_api_request *head, uint64_t declared_len, uint64_t *max_body,
                              li_api_respond respond, void *user);

/* Answer a request. Everything in it is borrowed for the call.
 * Errors: LI_E_NOMEM: respond is not called (answer 500). Threads: any, many at once. Since 0.1. */
LI_API li_status li_api_handle(li_api *api, const li_api_request *request, li_api_respond respond, void *user);

/* What has come of a streamed answer.
 *   out, max  the reader's      n  out: bytes put there. 0 with LI_OK: nothing yet; then ready is called once, from any thread,
 *             when there is something, or the end
 * Errors: LI_E_CLOSED it has ended, whole; LI_E_NOMEM it broke off: end the connection. Threads: one at a time. Since 0.1. */
LI_API li_status li_api_stream_read(li_api_stream *stream, char *out, size_t max, size_t *n);

/* Be done with it. Before the end this says that the client has gone: the handler learns it, runs to its end, and its result is
 * dropped (INV-151). No ready comes afterwards; one that is under way is waited for. NULL is fine.
 * Threads: any, not inside ready. Spec: REL-77. Since 0.1. */
LI_API void li_api_stream_close(li_api_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
