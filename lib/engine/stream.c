/* stream.c - answers in pieces: from the handler's call straight into the caller's, with back-pressure and without a buffer. */
#include "engine/engine.h"

struct li_stream {
    li_engine *engine;
    li_allocator allocator;      /* the engine's: the handle may be released after it is freed */
    li_stream_caller caller;
    atomic_uint refs;            /* the caller's, the invocation's, a posted ready's */
    li_invocation *invocation;   /* engine.lock, and all below */
    uint64_t bytes;              /* given */
    uint64_t resumes;
    uint64_t paced_ns;           /* stream.rate: when all that was given would have gone through */
    int32_t in_chunk;            /* a piece is being given: the end waits for it */
    int32_t is_deferred;         /* … and does */
    int32_t has_head;
    int32_t is_full;
    int32_t is_gone;
    int32_t is_over;
    int32_t can_resume;          /* somebody has the handle */
    int32_t is_posted;           /* ready is on its way */
    void (*ready)(void *user, li_invocation *invocation);
    void *ready_user;
    li_stream *next_posted;
    lii_timer timer;
    char type[256];
};

li_stream *lii_stream_new(li_engine *engine, const li_stream_caller *caller, int can_resume)
{
    li_stream *s = lii_calloc(&engine->allocator, 1, sizeof *s);

    if (!s)
        return NULL;
    s->engine = engine;
    s->allocator = engine->allocator;
    s->caller = *caller;
    s->can_resume = can_resume;
    atomic_init(&s->refs, 1);
    return s;
}

void lii_stream_retain(li_stream *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
}

void li_stream_release(li_stream *s)
{
    /* release pairs with the acquire of the last one */
    if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1) {
        li_allocator allocator = s->allocator;

        lii_free(&allocator, s);
    }
}

void lii_stream_attach(li_stream *s, li_invocation *inv)
{
    lii_stream_retain(s);
    s->invocation = inv;
    inv->stream = s;
}

/* ---- readiness: the handler is called back from a turn of its own */

static void ready_run(lii_timer *timer)
{
    li_stream *s = timer->user, **link;
    void (*ready)(void *user, li_invocation *invocation);
    li_engine *engine = s->engine;
    li_invocation *inv;
    void *user;

    pthread_mutex_lock(&engine->lock);
    for (link = &engine->locked.posted_streams; *link != s; link = &(*link)->next_posted) {
    }
    *link = s->next_posted;
    s->is_posted = 0;
    ready = s->ready;
    user = s->ready_user;
    inv = s->invocation;
    s->ready = NULL;
    pthread_mutex_unlock(&engine->lock);
    if (ready && inv)
        ready(user, inv);
    li_stream_release(s);
}

/* When the next piece may be given, of a stream that is held to stream.rate: when a byte of the burst is free again (INV-167). */
static uint64_t open_ns(const li_stream *s)
{
    uint64_t rate = (uint64_t)LII_CONFIG(s->engine, stream_rate), lead, byte_free;

    if (rate == 0)
        return 0;
    lead = (uint64_t)LII_CONFIG(s->engine, stream_burst) * LI_SECOND_NS / rate;
    byte_free = s->paced_ns + LI_SECOND_NS / rate;
    return byte_free > lead ? byte_free - lead : 0;
}

static void pace(li_stream *s, size_t len)
{
    uint64_t rate = (uint64_t)LII_CONFIG(s->engine, stream_rate), now = lii_now_ns(s->engine), seconds;

    if (rate == 0)
        return;
    seconds = len / rate < UINT32_MAX ? len / rate : UINT32_MAX;
    s->paced_ns = (s->paced_ns > now ? s->paced_ns : now) + seconds * LI_SECOND_NS + len % rate * LI_SECOND_NS / rate;
}

/* The handler is called back at due_ns; what was posted before moves there. */
static li_status post_ready_locked(li_stream *s, uint64_t due_ns)
{
    li_engine *engine = s->engine;
    uint64_t now = lii_now_ns(engine);
    li_status status;

    if (!s->ready)
        return LI_OK;
    s->timer.run = ready_run;
    s->timer.user = s;
    s->timer.is_once = 1;
    status = lii_timer_set_locked(engine, &s->timer, due_ns > now ? due_ns : now);
    if (status != LI_OK || s->is_posted)
        return status;
    lii_stream_retain(s);
    s->is_posted = 1;
    s->next_posted = engine->locked.posted_streams;
    engine->locked.posted_streams = s;
    return LI_OK;
}

void lii_streams_free(li_engine *engine)
{
    while (engine->locked.posted_streams) {
        li_stream *s = engine->locked.posted_streams;

        engine->locked.posted_streams = s->next_posted;
        li_stream_release(s);
    }
}

li_status li_stream_resume(li_stream *s)
{
    li_engine *engine = s->engine;
    li_status status = LI_OK;

    if (lii_is_forked(engine))
        return LI_E_FORKED;
    pthread_mutex_lock(&engine->lock);
    if (s->is_full)
        status = post_ready_locked(s, open_ns(s));
    if (status == LI_OK) {
        s->resumes++;
        s->is_full = 0;
        pthread_cond_broadcast(&engine->changed);
    }
    pthread_mutex_unlock(&engine->lock);
    return status;
}

static void gone_locked(li_stream *s)
{
    s->is_gone = 1;
    if (s->invocation && !s->is_over)
        atomic_store(&s->invocation->is_cancelled, 1);
    post_ready_locked(s, 0);     /* without memory for it, the handler finds out at its time-out */
    pthread_cond_broadcast(&s->engine->changed);
}

void li_stream_cancel(li_stream *s)
{
    if (lii_is_forked(s->engine))
        return;
    pthread_mutex_lock(&s->engine->lock);
    gone_locked(s);
    pthread_mutex_unlock(&s->engine->lock);
}

li_status li_invocation_when_ready(li_invocation *inv, void (*ready)(void *user, li_invocation *invocation), void *user)
{
    li_engine *engine = inv->engine;
    li_stream *s = inv->stream;
    li_status status = LI_E_STATE;

    if (lii_is_forked(engine))
        return LI_E_FORKED;
    pthread_mutex_lock(&engine->lock);
    if (s && !s->is_over) {
        s->ready = ready;
        s->ready_user = user;
        status = s->is_full && !s->is_gone ? LI_OK : post_ready_locked(s, s->is_gone ? 0 : open_ns(s));  /* there may be room by now */
        if (status != LI_OK)
            s->ready = NULL;
    }
    pthread_mutex_unlock(&engine->lock);
    return status;
}

/* ---- pieces */

li_status li_invocation_set_content_type(li_invocation *inv, const char *type, size_t type_len)
{
    li_slice text = lii_slice(type, type_len);
    li_stream *s = inv->stream;
    li_status status = LI_OK;
    size_t i;

    if (lii_is_forked(inv->engine))
        return LI_E_FORKED;
    if (text.len >= sizeof s->type)
        return LI_E_TOO_LARGE;
    for (i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7F)
            return LI_E_INVALID;
    if (!s)
        return LI_OK;            /* nobody asks for it */
    pthread_mutex_lock(&inv->engine->lock);
    if (s->has_head || s->is_over) {
        status = LI_E_STATE;
    } else {
        if (text.len > 0)
            memcpy(s->type, text.ptr, text.len);
        s->type[text.len] = '\0';
    }
    pthread_mutex_unlock(&inv->engine->lock);
    return status;
}

static void give_head(li_stream *s, li_invocation *inv)
{
    li_stream_head head;

    if (!s->caller.head)
        return;
    memset(&head, 0, sizeof head);
    head.size = sizeof head;
    head.content_type = s->type;
    head.request_id = inv->id;
    memcpy(head.executed_version, inv->code->version, sizeof inv->code->version);
    lii_trace_copy(inv, head.trace, sizeof head.trace);
    s->caller.head(s->caller.user, &head);
}

static int32_t give_chunk(li_stream *s, li_invocation *inv, int with_head, const char *data, size_t len)
{
    int32_t verdict = LI_STREAM_MORE;
    lii_frame frame;

    lii_frame_push(&frame, s->engine, NULL);
    if (with_head)
        give_head(s, inv);
    if (len > 0)
        verdict = s->caller.chunk(s->caller.user, data, len);
    lii_frame_pop(&frame);
    return verdict;
}

static int is_open(const li_invocation *inv)
{
    uint32_t state = atomic_load(&inv->state);

    return state == LII_INV_RUNNING || state == LII_INV_PENDING;
}

/* May a piece be given now? On a worker this waits for room; elsewhere who waits could be who makes room. */
static li_status await_room_locked(li_stream *s, li_invocation *inv)
{
    li_engine *engine = s->engine;

    for (;;) {
        uint64_t open = open_ns(s);

        if (s->is_gone)
            return LI_E_CANCELLED;
        if (s->is_over || !is_open(inv))
            return LI_E_STATE;
        if (!s->is_full && open <= lii_now_ns(engine))
            return LI_OK;
        if (!inv->is_on_worker || !inv->in_handler)
            return LI_E_WOULD_BLOCK;
        lii_clock_wait(engine->clock, &engine->changed, &engine->lock, s->is_full ? LI_NEVER : open);
    }
}

li_status lii_stream_chunk(li_invocation *inv, const char *data, size_t len)
{
    li_stream *s = inv->stream;
    li_engine *engine = s->engine;
    uint64_t room, resumes;
    int first, deferred;
    int32_t verdict;
    li_status status;

    pthread_mutex_lock(&engine->lock);
    status = await_room_locked(s, inv);
    if (status != LI_OK) {
        pthread_mutex_unlock(&engine->lock);
        return status;
    }
    room = (uint64_t)LII_CONFIG(engine, stream_response_bytes) + 1;    /* as recorded: one byte more (INV-167) */
    room -= s->bytes < room ? s->bytes : room;
    if (len > room)
        status = LI_E_TOO_LARGE;
    len = len < room ? len : (size_t)room;
    first = !s->has_head;
    resumes = s->resumes;
    s->has_head = s->in_chunk = 1;
    s->bytes += len;
    pace(s, len);
    inv->is_stream = 1;
    inv->answer_kind = LII_ANSWER_OK;
    pthread_mutex_unlock(&engine->lock);
    verdict = give_chunk(s, inv, first, data, len);
    pthread_mutex_lock(&engine->lock);
    s->in_chunk = 0;
    deferred = s->is_deferred;
    if (verdict == LI_STREAM_FULL && s->can_resume && s->resumes == resumes)
        s->is_full = 1;
    if (verdict == LI_STREAM_GONE) {
        gone_locked(s);
        status = LI_E_CANCELLED;
    }
    pthread_mutex_unlock(&engine->lock);
    if (deferred)
        inv->on_settled(inv);    /* a time-out came while the piece was given */
    return status;
}

/* ---- the end */

/* The invocation is settled. 1: the caller can be told; 0: later, a piece is being given. */
int lii_stream_end(li_invocation *inv, int *is_gone)
{
    li_stream *s = inv->stream;
    li_engine *engine = s->engine;
    int has_head, with_answer;

    pthread_mutex_lock(&engine->lock);
    s->is_deferred = s->in_chunk;
    if (s->in_chunk) {
        pthread_mutex_unlock(&engine->lock);
        return 0;
    }
    s->is_over = 1;
    if (atomic_load(&inv->state) == LII_INV_ABANDONED) {
        post_ready_locked(s, 0); /* one that waits for room is to know */
        pthread_cond_broadcast(&engine->changed);
    } else {
        s->ready = NULL;
        s->invocation = NULL;
    }
    *is_gone = s->is_gone;
    if (s->is_gone)
        inv->function->locked.sums.late_results++;
    has_head = s->has_head;
    pthread_mutex_unlock(&engine->lock);
    if (*is_gone || inv->answer.function_error != LI_FUNCTION_ERROR_NONE)
        return 1;
    with_answer = !inv->is_stream;
    give_chunk(s, inv, !has_head, with_answer ? inv->answer.payload : NULL, with_answer ? inv->answer.payload_len : 0);
    return 1;
}

/* The invocation's object is done with: a handler that still holds the handle finds nothing. */
void lii_stream_detach(li_invocation *inv)
{
    li_stream *s = inv->stream;

    if (!s)
        return;
    pthread_mutex_lock(&s->engine->lock);
    s->invocation = NULL;
    s->ready = NULL;
    pthread_mutex_unlock(&s->engine->lock);
    inv->stream = NULL;
    li_stream_release(s);
}
