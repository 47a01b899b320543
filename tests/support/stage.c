/* stage.c - the worlds of stage.h: an engine of this process, or lambdainvoked on a free port of 127.0.0.1. */
#include "stage.h"

#include <check.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lambdainvoke/api.h>

stage the_stage;

static struct {
    pid_t pid;
    int log;                     /* what it prints */
    int socket;                  /* -1: none open */
    uint16_t port;
} host = { 0, -1, -1, 0 };

/* ---- the script */

static int script_fd = -1;

static void make_script(void)
{
    script_fd = memfd_create("script", 0);
    ck_assert_int_ge(script_fd, 0);
    ck_assert_int_eq(ftruncate(script_fd, sizeof(stage_script)), 0);
    the_stage.script = mmap(NULL, sizeof(stage_script), PROT_READ | PROT_WRITE, MAP_SHARED, script_fd, 0);
    ck_assert_ptr_ne(the_stage.script, MAP_FAILED);
}

/* ---- the host: beside the program that runs this */

static void path_of(const char *name, char path[4096])
{
    char self[4000];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;

    self[n > 0 ? n : 0] = '\0';
    slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    snprintf(path, 4096, "%s/%s", self, name);
}

const char *stage_lacks_host(void)
{
    char path[4096];

    path_of("../lambdainvoked", path);
    if (access(path, X_OK) != 0)
        return "lambdainvoked is not built";
    path_of("both.so", path);
    return access(path, R_OK) == 0 ? NULL : "its module tests/both.so is not built";
}

static void run_host(int log)
{
    char program[4096], module[4096], fd[16];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    path_of("../lambdainvoked", program);
    path_of("both.so", module);
    snprintf(fd, sizeof fd, "%d", script_fd);
    setenv(STAGE_SCRIPT_FD, fd, 1);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execl(program, program, "--listen", "127.0.0.1:0", "--clock", "virtual-auto", "--admin", "--handlers", module, (char *)NULL);
    _exit(127);
}

/* It says where it listens once it does. */
static void read_port(void)
{
    char text[1024];
    size_t n = 0;
    ssize_t got;
    const char *at = NULL;

    while (n + 1 < sizeof text && (got = read(host.log, text + n, sizeof text - 1 - n)) > 0) {
        n += (size_t)got;
        text[n] = '\0';
        at = strstr(text, "127.0.0.1:");
        if (at && strchr(at, '\n'))
            break;
    }
    text[n] = '\0';
    ck_assert_msg(at != NULL, "the host did not start: %s", text);
    host.port = (uint16_t)strtoul(at + 10, NULL, 10);
}

static void start_host(void)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    host.pid = fork();
    ck_assert_int_ge(host.pid, 0);
    if (host.pid == 0)
        run_host(ends[1]);
    close(ends[1]);
    host.log = ends[0];
    read_port();
}

static void stop_host(void)
{
    char text[4000];
    size_t n = 0;
    ssize_t got;
    int status = 0;

    if (host.socket >= 0)
        close(host.socket);
    host.socket = -1;
    kill(host.pid, SIGTERM);
    while (n + 1 < sizeof text && (got = read(host.log, text + n, sizeof text - 1 - n)) > 0)
        n += (size_t)got;
    text[n] = '\0';
    ck_assert_int_eq(waitpid(host.pid, &status, 0), host.pid);
    close(host.log);
    host.pid = 0;
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the host ended with %d: %s", status, text);
}

/* ---- one request over the socket */

typedef struct wire {
    char *data;
    size_t len, size, at;        /* at: read so far */
} wire;

static void add(wire *w, const char *data, size_t len)
{
    if (w->len + len > w->size) {
        w->size = 2 * (w->len + len) + 1024;
        w->data = realloc(w->data, w->size);
        ck_assert_ptr_nonnull(w->data);
    }
    if (len > 0)
        memcpy(w->data + w->len, data, len);
    w->len += len;
}

static void add_z(wire *w, const char *text)
{
    add(w, text, strlen(text));
}

static void connect_host(void)
{
    struct sockaddr_in to;

    memset(&to, 0, sizeof to);
    to.sin_family = AF_INET;
    to.sin_port = htons(host.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    host.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(host.socket, (struct sockaddr *)&to, sizeof to), 0);
}

static void send_request(const li_api_request *r)
{
    wire w = { 0 };
    char line[64];
    size_t i, sent = 0;

    add(&w, r->method.ptr, r->method.len);
    add_z(&w, " ");
    add(&w, r->target.ptr, r->target.len);
    snprintf(line, sizeof line, " HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n", host.port);
    add_z(&w, line);
    for (i = 0; i < r->n_headers; i++) {
        add(&w, r->headers[i].name.ptr, r->headers[i].name.len);
        add_z(&w, ": ");
        add(&w, r->headers[i].value.ptr, r->headers[i].value.len);
        add_z(&w, "\r\n");
    }
    snprintf(line, sizeof line, "Content-Length: %zu\r\n\r\n", r->body.len);
    add_z(&w, line);
    add(&w, r->body.ptr, r->body.len);
    while (sent < w.len) {
        ssize_t n = send(host.socket, w.data + sent, w.len - sent, MSG_NOSIGNAL);

        ck_assert_int_gt(n, 0);
        sent += (size_t)n;
    }
    free(w.data);
}

static void receive(wire *w)
{
    char piece[16384];
    ssize_t n = recv(host.socket, piece, sizeof piece, 0);

    ck_assert_msg(n > 0, "the host closed the connection after %zu bytes", w->len);
    add(w, piece, (size_t)n);
}

/* Up to the end of a line, which becomes a NUL. An offset: the data may move. */
static size_t take_line(wire *w)
{
    size_t start = w->at, i;

    for (;;) {
        for (i = start; i + 1 < w->len; i++)
            if (w->data[i] == '\r' && w->data[i + 1] == '\n') {
                w->data[i] = '\0';
                w->at = i + 2;
                return start;
            }
        receive(w);
    }
}

static void take_bytes(wire *w, size_t len, wire *body)
{
    while (w->len - w->at < len)
        receive(w);
    add(body, w->data + w->at, len);
    w->at += len;
}

static void take_body(wire *w, int is_chunked, size_t len, wire *body)
{
    if (!is_chunked) {
        take_bytes(w, len, body);
        return;
    }
    do {
        len = strtoul(w->data + take_line(w), NULL, 16);
        take_bytes(w, len, body);
        take_line(w);
    } while (len > 0);
}

enum { MAX_HEADERS = 40 };

static void exchange_over_http(const li_api_request *r, void (*answered)(void *user, const li_api_response *response), void *user)
{
    size_t starts[MAX_HEADERS], n = 0, len = 0, i, line;
    int is_chunked = 0, closes = 0, status;
    li_api_header headers[MAX_HEADERS];
    li_api_response response;
    wire w = { 0 }, body = { 0 };

    if (host.socket < 0)
        connect_host();
    send_request(r);
    line = take_line(&w);
    status = atoi(w.data + line + 9);
    for (;;) {
        line = take_line(&w);
        if (w.data[line] == '\0')
            break;
        ck_assert_uint_lt(n, MAX_HEADERS);
        starts[n++] = line;
        is_chunked |= strcasecmp(w.data + line, "Transfer-Encoding: chunked") == 0;
        closes |= strcasecmp(w.data + line, "Connection: close") == 0;
        if (strncasecmp(w.data + line, "Content-Length: ", 16) == 0)
            len = strtoul(w.data + line + 16, NULL, 10);
    }
    if (status != 204 && status != 304)
        take_body(&w, is_chunked, len, &body);
    for (i = 0; i < n; i++) {
        char *text = w.data + starts[i], *colon = strchr(text, ':');

        ck_assert_ptr_nonnull(colon);
        headers[i].name.ptr = text;
        headers[i].name.len = (size_t)(colon - text);
        headers[i].value = li_z(colon + 1 + strspn(colon + 1, " "));
        headers[i].value.len = strlen(headers[i].value.ptr);
    }
    if (closes) {
        close(host.socket);
        host.socket = -1;
    }
    memset(&response, 0, sizeof response);
    response.size = sizeof response;
    response.status = status;
    response.headers = headers;
    response.n_headers = (uint32_t)n;
    response.body.ptr = body.data;
    response.body.len = body.len;
    answered(user, &response);
    free(w.data);
    free(body.data);
}

/* ---- one request in process */

typedef struct waiting {
    void (*answered)(void *user, const li_api_response *response);
    void *user;
    int is_answered;
} waiting;

static void pass_on(void *user, const li_api_response *response)
{
    waiting *w = user;

    w->is_answered = 1;
    w->answered(w->user, response);
}

/* A call whose handler declares a duration is answered when that has passed; the host moves its clock in the same way. */
static void exchange_in_process(const li_api_request *request, void (*answered)(void *user, const li_api_response *response),
                                void *user)
{
    waiting w = { answered, user, 0 };

    ck_assert_int_eq(li_api_handle(the_stage.api, request, pass_on, &w), LI_OK);
    while (!w.is_answered) {
        uint64_t due = li_engine_next_deadline(the_stage.engine), now = li_clock_now_ns(the_stage.clock);

        ck_assert_uint_ne(due, LI_NEVER);
        ck_assert_int_eq(li_clock_advance(the_stage.clock, due > now ? due - now : 0, NULL), LI_OK);
    }
}

void stage_exchange(const li_api_request *request, void (*answered)(void *user, const li_api_response *response), void *user)
{
    (host.pid ? exchange_over_http : exchange_in_process)(request, answered, user);
}

/* ---- worlds */

static void on_advance(void *user, uint64_t delta_ns, void (*done)(void *done_user, li_status status), void *done_user)
{
    (void)user;
    done(done_user, li_clock_advance(the_stage.clock, delta_ns, NULL));
}

static void start_engine(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_api_options api = LI_API_OPTIONS_INIT;
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &the_stage.clock), LI_OK);
    options.clock = the_stage.clock;
    ck_assert_int_eq(li_engine_new(&the_stage.engine, &options, NULL), LI_OK);
    ck_assert_msg(stage_furnish(the_stage.engine, the_stage.script, &err) == LI_OK, "%s", err.text);
    api.flags = LI_API_ADMIN;
    api.advance = on_advance;
    ck_assert_int_eq(li_api_new(the_stage.engine, &api, &the_stage.api), LI_OK);
}

void stage_open(const way *by)
{
    make_script();
    the_stage.by = by;
    if (by == &stage_host)
        start_host();
    else
        start_engine();
}

static void check_sums(void)
{
    const way *by = the_stage.by;
    uint64_t accepted = by->metric("async_events_received_total", NULL), ended = 0;
    static const char *const where[] = { "events_pending", "events_leased", "events_succeeded_total", "events_delivered_total",
                                         "events_dropped_total" };
    size_t i;

    for (i = 0; i < 5; i++)
        ended += by->metric(where[i], NULL);
    ck_assert_msg(accepted == ended, "REL-1: %llu accepted, %llu accounted for", (unsigned long long)accepted,
                  (unsigned long long)ended);
}

void stage_close(void)
{
    the_stage.by->advance(1000 * 1000);      /* what runs ends: an engine with work in flight is not freed */
    check_sums();
    if (host.pid) {
        stop_host();
    } else {
        ck_assert_int_eq(li_api_free(the_stage.api), LI_OK);
        ck_assert_int_eq(li_engine_free(the_stage.engine), LI_OK);
        ck_assert_int_eq(li_clock_free(the_stage.clock), LI_OK);
    }
    munmap(the_stage.script, sizeof(stage_script));
    close(script_fd);
    memset(&the_stage, 0, sizeof the_stage);
}
