/* stream.c - InvokeWithResponseStream: pieces become messages in a window, which the host reads as its client takes them. */
#include <string.h>

#include "api/call.h"
#include "base/base64.h"
#include "json/scan.h"

enum { WINDOW = 262144 };        /* bytes not yet read; then the handler waits */

struct li_api_stream {
    atomic_int refs;             /* the engine's until its end, the host's until it closes */
    li_api *api;
    lii_call *call;              /* until the head is sent */
    li_stream *source;
    void (*ready)(void *user);
    void *user;
    int is_silent;               /* compat.stream_error: nothing is said of errors */
    pthread_mutex_t lock;
    pthread_cond_t quiet;
    struct {                     /* lock */
        lii_buf out;
        size_t read_at;
        int is_full;
        int is_waiting;          /* the reader wants ready */
        int in_ready;
        int is_ended;
        int is_closed;
    } locked;
};

static li_api_stream *stream_new(lii_call *call)
{
    li_api_stream *s = lii_calloc(&lii_malloc_allocator, 1, sizeof *s);
    int64_t silent = 0;

    if (!s)
        return NULL;
    if (pthread_mutex_init(&s->lock, NULL) != 0 || pthread_cond_init(&s->quiet, NULL) != 0) {
        lii_free(&lii_malloc_allocator, s);
        return NULL;
    }
    li_config_get(call->engine, "compat.stream_error", &silent);
    atomic_init(&s->refs, 1);
    s->api = call->api;
    s->call = call;
    s->ready = call->given.ready;
    s->user = call->user;
    s->is_silent = silent != 0;
    lii_buf_init(&s->locked.out, &lii_malloc_allocator);
    atomic_fetch_add(&s->api->open_calls, 1);
    return s;
}

static void stream_release(li_api_stream *s)
{
    if (atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    li_stream_release(s->source);
    lii_buf_fini(&s->locked.out);
    pthread_cond_destroy(&s->quiet);
    pthread_mutex_destroy(&s->lock);
    atomic_fetch_sub(&s->api->open_calls, 1);
    lii_free(&lii_malloc_allocator, s);
}

/* With the lock; opens it to tell a waiting reader. */
static void unlock_and_wake(li_api_stream *s)
{
    int wake = s->locked.is_waiting && !s->locked.is_closed;

    s->locked.is_waiting = 0;
    s->locked.in_ready = wake;
    pthread_mutex_unlock(&s->lock);
    if (!wake)
        return;
    s->ready(s->user);
    pthread_mutex_lock(&s->lock);
    s->locked.in_ready = 0;
    pthread_cond_broadcast(&s->quiet);
    pthread_mutex_unlock(&s->lock);
}

/* ---- the engine's side */

static void set_head(lii_call *call, const li_id *id, const char *version, const char *trace, const char *type)
{
    lii_call_id(call, id);
    lii_call_header(call, "X-Amz-Executed-Version", version, LI_Z);
    if (trace[0])
        lii_call_header(call, "X-Amzn-Trace-Id", trace, LI_Z);
    if (type[0])
        lii_call_header(call, "x-amzn-remapped-content-type", type, LI_Z);
}

static void reply(lii_call *call, const char *body, size_t len)
{
    lii_reply_raw(call, 200, "application/vnd.amazon.eventstream", body, len);
}

/* To a host that reads, the answer begins now. */
static void begin_answer(li_api_stream *s)
{
    lii_call *call = s->call;

    if (!s->ready)
        return;
    s->call = NULL;
    atomic_fetch_add(&s->refs, 1);
    call->stream = s;
    reply(call, "", 0);
}

static void on_head(void *user, const li_stream_head *head)
{
    li_api_stream *s = user;

    set_head(s->call, &head->request_id, head->executed_version, head->trace, head->content_type);
    begin_answer(s);
}

static int32_t on_chunk(void *user, const char *data, size_t len)
{
    li_api_stream *s = user;
    int32_t verdict = LI_STREAM_MORE;

    pthread_mutex_lock(&s->lock);
    if (!s->locked.is_closed)
        lii_event_chunk(&s->locked.out, data, len);
    if (s->locked.is_closed || s->locked.out.status != LI_OK) {
        verdict = LI_STREAM_GONE;
    } else if (s->ready && s->locked.out.len - s->locked.read_at >= WINDOW) {
        s->locked.is_full = 1;
        verdict = LI_STREAM_FULL;
    }
    unlock_and_wake(s);
    return verdict;
}

/* {"ErrorCode","ErrorDetails","LogResult"}, each only when there is something to say. */
static void add_complete(li_api_stream *s, const li_invoke_result *result)
{
    int failed = result->function_error != LI_FUNCTION_ERROR_NONE && !s->is_silent;
    char code[256] = "Unhandled";
    lii_json_writer w;
    lii_buf json, log;

    lii_buf_init(&json, &lii_malloc_allocator);
    lii_buf_init(&log, &lii_malloc_allocator);
    lii_json_begin(&w, &json);
    lii_json_open(&w, '{');
    if (failed) {
        lii_json_value type = lii_json_get(lii_json_root(result->payload, result->payload_len), "errorType", 9);
        size_t n = type.type == LII_JSON_STRING ? lii_json_text(type, code, sizeof code - 1) : strlen(code);

        code[n < sizeof code ? n : sizeof code - 1] = '\0';
        lii_json_member_string(&w, "ErrorCode", code, LI_Z);
        lii_json_member_string(&w, "ErrorDetails", result->payload, result->payload_len);
    }
    if (result->log_tail_len > 0) {
        lii_base64(&log, result->log_tail, result->log_tail_len);
        lii_json_member_string(&w, "LogResult", log.data, log.len);
    }
    lii_json_close(&w, '}');
    if (json.status == LI_OK && log.status == LI_OK)
        lii_event_complete(&s->locked.out, json.data, json.len);
    else
        s->locked.out.status = LI_E_NOMEM;
    lii_buf_fini(&log);
    lii_buf_fini(&json);
}

static void end(li_api_stream *s, const li_invoke_result *result)
{
    pthread_mutex_lock(&s->lock);
    if (result) {
        if (s->is_silent && result->function_error != LI_FUNCTION_ERROR_NONE && s->locked.out.len == 0 && s->locked.read_at == 0)
            lii_event_chunk(&s->locked.out, result->payload, result->payload_len);
        add_complete(s, result);
    }
    s->locked.is_ended = 1;
    unlock_and_wake(s);
}

static void on_done(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    li_api_stream *s = user;
    lii_call *call = s->call;

    if (call && status != LI_OK) {
        s->call = NULL;
        lii_reply_status(call, status, err);
    } else if (call && result->status_code != 200) {
        s->call = NULL;
        lii_call_id(call, &result->request_id);
        lii_reply_empty(call, result->status_code);
    } else {
        if (call && !call->has_id) {     /* it failed before any piece */
            set_head(call, &result->request_id, result->executed_version, result->trace, "");
            begin_answer(s);
        }
        end(s, result);
        if (s->call)
            reply(s->call, s->locked.out.data, s->locked.out.len);
    }
    stream_release(s);
}

/* The engine ignores the type unless it is told to be strict, as the service does (INV-161). */
static int is_dry_run(const lii_call *call)
{
    int64_t strict = 0;

    li_config_get(call->engine, "stream.strict_type", &strict);
    return strict && lii_slice_is(lii_header(call->request, "X-Amz-Invocation-Type"), "DryRun");
}

void lii_op_invoke_stream(lii_call *call)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    li_stream_caller caller = LI_STREAM_CALLER_INIT;
    li_slice body = call->request->body, name = call->parts[0];
    li_api_stream *s;
    li_status status;

    if (lii_read_context(call, &options.client_context) != 0)
        return;
    if (lii_slice_is(lii_header(call->request, "X-Amz-Log-Type"), "Tail"))
        options.log_type = LI_LOG_TYPE_TAIL;
    options.trace = lii_header(call->request, "X-Amzn-Trace-Id");
    options.type = is_dry_run(call) ? LI_DRY_RUN : LI_REQUEST_RESPONSE;
    if (call->has_qualifier)
        options.qualifier = lii_slice(call->qualifier, LI_Z);
    s = stream_new(call);
    if (!s) {
        lii_reply_status(call, LI_E_NOMEM, NULL);
        return;
    }
    caller.head = on_head;
    caller.chunk = on_chunk;
    caller.done = on_done;
    caller.user = s;
    status = li_invoke_stream(call->engine, name.ptr, name.len, body.ptr, body.len, &options, &caller, &s->source);
    if (status != LI_OK) {       /* and done does not come */
        lii_reply_status(call, status, NULL);
        stream_release(s);
    }
}

/* ---- the host's side */

li_status li_api_stream_read(li_api_stream *s, char *out, size_t max, size_t *n)
{
    li_status status = LI_OK;
    size_t left;
    int resume;

    pthread_mutex_lock(&s->lock);
    left = s->locked.out.len - s->locked.read_at;
    *n = left < max ? left : max;
    if (*n > 0)
        memcpy(out, s->locked.out.data + s->locked.read_at, *n);
    s->locked.read_at += *n;
    left -= *n;
    if (s->locked.read_at >= WINDOW || left == 0) {
        if (left > 0)
            memmove(s->locked.out.data, s->locked.out.data + s->locked.read_at, left);
        s->locked.out.len = left;
        s->locked.read_at = 0;
    }
    if (*n == 0 && s->locked.out.status != LI_OK)
        status = LI_E_NOMEM;
    else if (*n == 0 && s->locked.is_ended)
        status = LI_E_CLOSED;
    s->locked.is_waiting = *n == 0 && status == LI_OK;
    resume = s->locked.is_full && left < WINDOW / 2;
    if (resume)
        s->locked.is_full = 0;
    pthread_mutex_unlock(&s->lock);
    if (resume && li_stream_resume(s->source) != LI_OK) {
        pthread_mutex_lock(&s->lock);
        s->locked.is_full = 1;   /* with the next read */
        pthread_mutex_unlock(&s->lock);
    }
    return status;
}

void li_api_stream_close(li_api_stream *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->locked.is_closed = 1;
    while (s->locked.in_ready)
        pthread_cond_wait(&s->quiet, &s->lock);
    pthread_mutex_unlock(&s->lock);
    li_stream_cancel(s->source);
    stream_release(s);
}
