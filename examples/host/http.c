/* http.c - libmicrohttpd around the API: a request collected, handed over, answered at once or when its answer comes. */
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "host.h"

enum { MAX_HEADERS = 100, HEADER_BYTES = 16384, SMALL = 4096, DRAINED = 64 << 20, LOOKS = 64 };

typedef struct request {
    host *h;
    struct MHD_Connection *connection;
    peer *peer;
    generation *from;
    char *body;
    size_t len;
    uint64_t max_body;
    int is_handed_over;                 /* host.lock */
    int is_left;                        /* host.lock; its client has gone: its answer ends it */
    int n_looks;                        /* for its answer, by the loop */
    struct MHD_Response *response;      /* host.lock */
    li_api_stream *stream;              /* where the response's body comes from; the response's */
    unsigned status;
    char target[];                      /* as it came */
} request;

static void request_free(request *r)
{
    MHD_destroy_response(r->response);       /* NULL is fine */
    li_api_stream_close(r->stream);
    if (r->from)
        r->from->users--;
    free(r->body);
    free(r);
}

/* What the client waits for is there: an answer, or more of it (status 0). Once resumed and unlocked, the request may be gone. */
static void tell(request *r, struct MHD_Response *response, unsigned status)
{
    host *h = r->h;
    int is_left;

    pthread_mutex_lock(&h->lock);
    r->response = response;      /* NULL for more of it: the response is sent already */
    r->status = status ? status : r->status;
    is_left = r->is_left;
    if (h->is_loop_ours && r->n_looks > 0 && !atomic_exchange(&h->is_woken, 1))
        eventfd_write(h->wake_fd, 1);
    if (!is_left && r->peer->is_suspended) {
        r->peer->is_suspended = 0;
        r->peer->until = time(NULL) + (time_t)h->options.idle;
        MHD_resume_connection(r->connection);
    }
    h->n_waiting -= r->is_handed_over != 0; /* after it is resumed: a host that ends serves once more when nobody waits */
    r->is_handed_over = 0;       /* the request is over with the lock at the soonest */
    pthread_mutex_unlock(&h->lock);
    if (is_left)
        request_free(r);
}

static void on_ready(void *user)
{
    tell(user, NULL, 0);
}

static ssize_t read_stream(void *user, uint64_t at, char *out, size_t max)
{
    request *r = user;
    li_status status;
    size_t n = 0;

    (void)at;
    pthread_mutex_lock(&r->h->lock);
    status = li_api_stream_read(r->stream, out, max, &n);
    r->h->is_busy |= n > 0;
    if (status == LI_OK && n == 0) {
        r->peer->is_suspended = r->is_handed_over = 1;
        r->h->n_waiting++;
        MHD_suspend_connection(r->connection);
    }
    pthread_mutex_unlock(&r->h->lock);
    return status == LI_OK ? (ssize_t)n : status == LI_E_CLOSED ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

static struct MHD_Response *copy_response(request *r, const li_api_response *given)
{
    struct MHD_Response *response;
    uint32_t i;

    r->stream = given->stream;
    if (r->stream)
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536, read_stream, r, NULL);
    else
        response = MHD_create_response_from_buffer(given->body.len, (void *)(uintptr_t)given->body.ptr, MHD_RESPMEM_MUST_COPY);
    for (i = 0; response && i < given->n_headers; i++)
        MHD_add_response_header(response, given->headers[i].name.ptr, given->headers[i].value.ptr);
    return response;
}

/* From any thread, perhaps before li_api_handle returns. */
static void on_response(void *user, const li_api_response *given)
{
    tell(user, copy_response(user, given), (unsigned)given->status);
}

static enum MHD_Result send_response(request *r)
{
    enum MHD_Result result = r->response ? MHD_queue_response(r->connection, r->status, r->response) : MHD_NO;

    MHD_destroy_response(r->response);
    r->response = NULL;
    return result;
}

typedef struct header_list {
    li_api_header list[MAX_HEADERS];
    size_t n;
} header_list;

static enum MHD_Result add_header(void *user, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value, size_t len)
{
    header_list *h = user;

    (void)kind;
    if (h->n < MAX_HEADERS)
        h->list[h->n++] = (li_api_header){ { name, name_len }, { value ? value : "", len } };
    return MHD_YES;
}

static void fill_request(request *r, const char *method, header_list *headers, li_api_request *out)
{
    headers->n = 0;
    MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, add_header, headers);
    *out = (li_api_request){ .size = sizeof *out, .method = li_z(method), .target = li_z(r->target), .headers = headers->list,
                             .n_headers = headers->n, .body = { r->body, r->len }, .ready = on_ready };
}

/* The target as it came on the wire, before the daemon decodes it. */
static void *on_target(void *user, const char *uri, struct MHD_Connection *connection)
{
    size_t size = strlen(uri) + 1;
    request *r = malloc(sizeof *r + size);

    if (r) {
        *r = (request){ .h = user, .connection = connection,
                        .peer = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context };
        memcpy(r->target, uri, size);
    }
    return r;
}

static void on_connection(void *user, struct MHD_Connection *connection, void **state, enum MHD_ConnectionNotificationCode code)
{
    host *h = user;
    peer *p = *state;

    (void)code;                  /* a new one has no state */
    pthread_mutex_lock(&h->lock);
    for (p = p ? p : h->peers; p != *state && p->fd > 0; p++)
        ;                        /* the daemon takes no more than there are */
    *p = (peer){ .fd = *state ? 0 : MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd };
    *state = p;
    pthread_mutex_unlock(&h->lock);
}

/* Ends connections that are silent for too long (REL-76), unless they wait for us: the daemon would read clocks and set a timer
 * of the kernel's for each request. */
static void end_silent(host *h)
{
    struct tcp_info t;
    socklen_t size = sizeof t;
    peer *p;

    h->looked_at = time(NULL);
    pthread_mutex_lock(&h->lock);
    for (p = h->peers; p < h->peers + CONNECTIONS; p++)
        if (p->fd > 0 && !p->is_suspended && h->looked_at >= p->until && getsockopt(p->fd, IPPROTO_TCP, TCP_INFO, &t, &size) == 0 &&
            t.tcpi_last_data_recv >= h->options.idle * 1000 && t.tcpi_last_data_sent >= h->options.idle * 1000)
            shutdown(p->fd, SHUT_RDWR);  /* the daemon sees it */
    pthread_mutex_unlock(&h->lock);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
    request *r = *state;
    int is_left;

    (void)user, (void)connection, (void)code;
    if (!r)
        return;
    pthread_mutex_lock(&r->h->lock);
    is_left = r->is_left = r->is_handed_over;    /* then r is its answer's */
    pthread_mutex_unlock(&r->h->lock);
    if (!is_left)
        request_free(r);
    *state = NULL;
}

/* A refused body that is on its way is thrown away first: to close before would reset the connection, and lose the answer. */
static int is_coming(const request *r, uint64_t len)
{
    struct pollfd fd = { r->peer->fd, POLLIN, 0 };

    return r->response && len <= DRAINED && !MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Expect") && poll(&fd, 1, 10) > 0;
}

static enum MHD_Result check_head(request *r, const char *method)
{
    const char *declared = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Content-Length");
    uint64_t len = declared ? strtoull(declared, NULL, 10) : UINT64_MAX;
    header_list headers;
    li_api_request head;

    pthread_mutex_lock(&r->h->lock);
    (r->from = r->h->now)->users++;
    pthread_mutex_unlock(&r->h->lock);
    if ((r->max_body = len) <= SMALL)
        return MHD_YES;          /* judged when all of it is here */
    fill_request(r, method, &headers, &head);
    return li_api_check(r->from->api, &head, len, &r->max_body, on_response, r) == LI_OK || is_coming(r, len) ? MHD_YES : send_response(r);
}

/* One byte over the limit is kept: the API then says so. */
static enum MHD_Result collect(request *r, const char *data, size_t *len)
{
    size_t room = !r->status && r->len <= r->max_body ? (size_t)(r->max_body + 1 - r->len) : 0, take = *len < room ? *len : room;
    char *grown = realloc(r->body, r->len + take + 1);

    if (!grown)
        return MHD_NO;
    r->body = grown;
    memcpy(r->body + r->len, data, take);
    r->len += take;
    r->h->is_busy |= r->len > SMALL;
    *len = 0;
    return MHD_YES;
}

/* The answer, if it is there. Those that wait for a disk come soon and together: the loop looks for them in its next turns, which
 * costs less than to take the connection out of it and back. */
static enum MHD_Result look(request *r)
{
    host *h = r->h;
    int is_ready, is_open;

    pthread_mutex_lock(&h->lock);
    is_ready = r->response != NULL;   /* sent without the lock: libmicrohttpd has one of its own around responses */
    is_open = r->is_handed_over;
    if (is_open && r->n_looks++ >= (h->is_loop_ours && h->options.clock == CLOCK_REAL ? LOOKS : 0)) {
        r->peer->is_suspended = 1;
        MHD_suspend_connection(r->connection);
    }
    pthread_mutex_unlock(&h->lock);
    return is_ready ? send_response(r) : is_open ? MHD_YES : MHD_NO;
}

static enum MHD_Result hand_over(request *r, const char *method)
{
    header_list headers;
    li_api_request whole;

    fill_request(r, method, &headers, &whole);
    r->is_handed_over = 1;       /* nobody else knows of it yet */
    r->h->n_waiting++;
    if (li_api_handle(r->from->api, &whole, on_response, r) == LI_OK)
        return look(r);
    r->is_handed_over = 0;
    r->h->n_waiting--;
    return MHD_NO;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *len, void **state)
{
    request *r = *state;

    (void)user, (void)url, (void)version;
    if (!r)
        return MHD_NO;
    r->connection = connection;
    if (!r->from)
        return check_head(r, method);
    if (*len > 0)
        return collect(r, data, len);
    return r->n_looks > 0 ? look(r) : r->status ? send_response(r) : hand_over(r, method);
}

int http_start(host *h)
{
    host_options *o = &h->options;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO | MHD_USE_ERROR_LOG |
                     (h->is_loop_ours ? 0 : MHD_USE_INTERNAL_POLLING_THREAD);
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM }, *found = NULL;
    char port[8];

    snprintf(port, sizeof port, "%u", o->port);
    if (getaddrinfo(o->address, port, &hints, &found) != 0)
        return -1;
    flags |= found->ai_family == AF_INET6 ? MHD_USE_IPv6 : 0;
    h->daemon = MHD_start_daemon(flags, o->port, NULL, NULL, on_request, NULL, MHD_OPTION_SOCK_ADDR, found->ai_addr,
                            MHD_OPTION_URI_LOG_CALLBACK, on_target, h, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    freeaddrinfo(found);
    if (h->daemon)
        o->port = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    else
        fprintf(stderr, "lambdainvoked: cannot listen on %s port %u; is it in use?\n", o->address, o->port);
    return h->daemon ? 0 : -1;
}

int http_wait(const host *h, struct pollfd *fd)
{
    MHD_UNSIGNED_LONG_LONG ms;

    if (h->is_loop_ours)         /* else the daemon has a thread of its own */
        fd->fd = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    if (!h->is_loop_ours || MHD_get_timeout(h->daemon, &ms) != MHD_YES)
        return 1000;             /* then those that are silent */
    return ms == 0 && h->n_waiting > 0 && !h->is_busy ? 1 : (int)ms;     /* 1: those we look for, and their answers wake us */
}

void http_run(host *h)
{
    if (time(NULL) != h->looked_at)
        end_silent(h);
    h->is_busy = 0;
    if (h->is_loop_ours)
        MHD_run(h->daemon);
}

void http_stop(host *h)
{
    MHD_stop_daemon(h->daemon);
}
