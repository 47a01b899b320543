/* accept.c - events on their way in: checked, given ids, put into the lane of their function and qualifier. */

#include "base/lock.h"
#include "engine/faults.h"

typedef struct acceptance {
    li_engine *engine;
    li_event_accepted on_accepted;
    void *user;
    uint64_t now_ns;         /* when it was submitted */
    uint64_t due_ms;
    size_t n;
    lii_key *claims;         /* of idempotency keys */
    li_id first_id;
    lii_lane **lanes;        /* each event's */
    li_id *ids;              /* lanes and ids follow */
    int is_borrowed;         /* its memory is its submitter's, who waits */
} acceptance;

/* Those of one lane together: counted, and the lane looks at its queue when they are due. */
void lii_lane_received(lii_lane *lane, size_t n, uint64_t due_ns)
{
    li_engine *engine = lane->engine;

    atomic_fetch_add_explicit(&lane->function->received, n, memory_order_relaxed);
    /* All changes of armed_ns are exchanges: either the lane's next look comes after ours and finds the events in the queue, or
     * we see that it is over. */
    if (atomic_fetch_add_explicit(&lane->armed_ns, 0, memory_order_acq_rel) <= due_ns)
        return;                  /* it has yet to look */
    lii_lock_soon(&engine->lock);
    lii_lane_arm_locked(lane, due_ns);
    pthread_mutex_unlock(&engine->lock);
}

static void count_accepted(acceptance *a)
{
    li_engine *engine = a->engine;
    uint64_t now = a->now_ns, due = lii_engine_ns_of_ms(engine, a->due_ms);
    size_t i, n;

    lii_outcome_counted(engine, LI_EVENT_WAITING, a->n);
    if (lii_journal_has_lines(engine))
        lii_journal_accepted(engine, a->ids, a->lanes, a->n, lii_now_ns(engine));
    if (engine->metrics_ops.sample)
        for (i = 0; i < a->n; i++)
            lii_measure(engine, "AsyncEventsReceived", a->lanes[i]->function->name, a->lanes[i]->name, NULL, 1,
                        li_engine_now_ms(engine));
    for (i = 0; i < a->n; i += n) {
        for (n = 1; i + n < a->n && a->lanes[i + n] == a->lanes[i]; n++)
            continue;
        lii_lane_received(a->lanes[i], n, due > now ? due : now);
    }
}

static void count_refused(acceptance *a, li_status status)
{
    li_engine *engine = a->engine;
    size_t i;

    for (i = 0; i < a->n; i++)
        lii_outcome_forget(engine, &a->ids[i]);
    if (status != LI_E_FULL)
        return;
    pthread_mutex_lock(&engine->lock);
    for (i = 0; i < a->n; i++)
        a->lanes[i]->function->locked.sums.queue_full++;
    pthread_mutex_unlock(&engine->lock);
}

typedef struct search {
    const li_id *id;
    int found;
} search;

static int32_t is_wanted(void *user, const li_event_header *header, int32_t is_leased)
{
    search *s = user;

    (void)is_leased;
    s->found = memcmp(header->id.bytes, s->id->bytes, sizeof s->id->bytes) == 0;
    return s->found;
}

/* The queue cannot tell whether it has them (REL-19). Those that it lists will run, so they count; all or none are there. */
static int is_stored(acceptance *a)
{
    search s = { &a->ids[0], 0 };

    if (a->engine->queue_ops.each)
        a->engine->queue_ops.each(a->engine->queue, a->lanes[0]->number, is_wanted, &s);
    return s.found;
}

static void put_done(void *user, li_status status)
{
    acceptance *a = user;
    int stored = 0;

    if (status == LI_E_UNKNOWN && is_stored(a))
        stored = 1;
    lii_keys_settle(a->engine, a->claims, status == LI_OK || stored);
    if (status == LI_OK || stored)
        count_accepted(a);
    else
        count_refused(a, status);
    if (a->on_accepted) {
        lii_frame frame;

        lii_frame_push(&frame, a->engine, NULL);
        a->on_accepted(a->user, status, &a->first_id);
        lii_frame_pop(&frame);
    }
    if (!a->is_borrowed)
        lii_free(&a->engine->allocator, a);
}

void lii_accept_ended(lii_lane *lane, const li_id *id, uint64_t now_ns, uint64_t due_ms, li_event_accepted on_accepted, void *user,
                      li_status status)
{
    li_id ids[1] = { *id };
    acceptance a = { lane->engine, on_accepted, user, now_ns, due_ms, 1, NULL, *id, &lane, ids, 1 };

    put_done(&a, status);
}

/* One of an event's extras; an empty one is none. */
static li_status add_tail(lii_buf *tails, uint16_t what, li_slice text, uint32_t *len)
{
    uint16_t tag[2] = { what, 0 };
    uint32_t n = (uint32_t)text.len;

    if (text.len == 0)
        return LI_OK;
    lii_buf_add(tails, tag, sizeof tag);
    lii_buf_add(tails, &n, sizeof n);
    *len += (uint32_t)(8 + text.len);
    return lii_buf_add(tails, text.ptr, text.len);
}

enum { TRACE_MAX = 4096 };

/* The trace of its caller, so that all attempts share its root, and its idempotency key. */
static li_status add_tails(lii_buf *tails, const li_invoke_options *o, uint32_t *len)
{
    li_slice trace = lii_measured(o->trace);
    li_status status = add_tail(tails, LI_TAIL_TRACE, trace.len > TRACE_MAX ? lii_slice(NULL, 0) : trace, len);

    return status == LI_OK ? add_tail(tails, LI_TAIL_IDEMPOTENCY_KEY, lii_measured(o->idempotency_key), len) : status;
}

typedef struct submission {
    li_engine *engine;
    acceptance *a;
    li_queue_event *events;
    lii_buf tails;
    uint64_t now_ms;
    const li_invoke_options *o;  /* of this request, checked */
    const li_invoke_options *last_options; /* those of the request before, when all they ask for is in o; their tail is empty */
    li_slice last_given;         /* its name, as given */
    int is_repeatable;           /* another request with these two pointers asks for the same */
    li_invoke_options read;      /* where they are of another size, or inherit a trace */
    li_slice last_name;          /* of the request before, whose lane and flags are known */
    li_slice last_qualifier;
    uint32_t last_flags;
    uint64_t last_active_ns;
    int has_keys;
} submission;

/* As most are: no qualifier, Active, and its lane is there. No lock. */
static int find_plain_lane(submission *s, const li_function *function, size_t i)
{
    unsigned plain = atomic_load_explicit(&function->plain, memory_order_relaxed);
    lii_lane *lane = atomic_load_explicit(&function->plain_lane, memory_order_acquire);

    if (!(plain & LII_PLAIN) || !lane)
        return 0;
    s->last_flags = plain & ~(unsigned)LII_PLAIN;
    s->last_active_ns = 0;
    s->a->lanes[i] = lane;
    return 1;
}

/* The lane of a request, and the flags and state of what its function runs now. */
static li_status find_lane(submission *s, const li_event_request *given, li_slice qualifier, size_t i, li_error *err)
{
    li_engine *engine = s->engine;
    li_slice name = lii_measured(given->name);
    const lii_code *code;
    lii_target_ref target;
    li_status status;

    if (i > 0 && name.len == s->last_name.len && (name.ptr == s->last_name.ptr || lii_slice_equal(name, s->last_name)) &&
        lii_slice_equal(qualifier, s->last_qualifier)) {
        s->a->lanes[i] = s->a->lanes[i - 1];
        return LI_OK;
    }
    status = lii_function_find(engine, name.ptr, name.len, qualifier, &target, err);
    if (status != LI_OK)
        return status;
    s->last_name = name;
    s->last_qualifier = qualifier;
    if (target.qualifier[0] == '\0' && find_plain_lane(s, target.function, i))
        return LI_OK;
    pthread_mutex_lock(&engine->lock);
    code = lii_code_locked(target.function, target.qualifier);
    s->last_flags = code ? code->flags : 0;
    s->last_active_ns = code ? code->active_ns : 0;
    status = lii_lane_get_locked(target.function, target.qualifier, &s->a->lanes[i], err);
    pthread_mutex_unlock(&engine->lock);
    return status;
}

static const li_invoke_options no_options = LI_INVOKE_OPTIONS_INIT;

/* Options that many requests share are read once. */
static li_status read_options(submission *s, const li_invoke_options *given, li_error *err)
{
    li_invoke_options inherited;
    li_status status = LI_OK;

    if (given && given == s->last_options)
        return LI_OK;
    s->o = given ? given : &no_options;
    if (given && given->size != sizeof *given) {
        s->read = no_options;
        status = lii_options_read(&s->read, sizeof s->read, given, "li_invoke_options", err);
        s->o = &s->read;
    }
    if (status == LI_OK && lii_trace_inherit(s->engine, s->o, &inherited) == &inherited) {
        s->read = inherited;
        s->o = &s->read;
    }
    if (status == LI_OK && s->o->idempotency_key.ptr) {
        s->has_keys = 1;
        status = lii_key_check(lii_measured(s->o->idempotency_key), err);
    }
    s->last_options = status == LI_OK && !s->o->idempotency_key.ptr && !s->o->trace.ptr ? given : NULL;
    return status;
}

/* Most of a batch repeat what the request before asked for. */
static int is_repeated(const submission *s, const li_event_request *given)
{
    return s->is_repeatable && given->options == s->last_options && given->name.ptr == s->last_given.ptr &&
           given->name.len == s->last_given.len;
}

/* Whose event it is, and what is asked for. */
static li_status read_request(submission *s, const li_event_request *given, size_t i, li_error *err)
{
    li_status status;

    if (is_repeated(s, given)) {
        s->a->lanes[i] = s->a->lanes[i - 1];
        return LI_OK;
    }
    status = read_options(s, given->options, err);
    if (status == LI_OK)
        status = find_lane(s, given, lii_measured(s->o->qualifier), i, err);
    s->last_given = given->name;
    s->is_repeatable = status == LI_OK && !s->o->trace.ptr && !s->o->idempotency_key.ptr;
    return status;
}

/* It needs no look: not empty, not too long, and nobody asks whether it is JSON. */
static int is_payload_plain(const submission *s, const char *payload, size_t len)
{
    return payload && len - 1 < (uint64_t)LII_CONFIG(s->engine, async_request_bytes) &&
           ((s->o->flags & LI_INVOKE_TRUSTED) || (s->last_flags & LI_FUNCTION_RAW)) && s->last_active_ns == 0;
}

/* One that differs from the request before in its payload alone, which needs no look. */
static int is_copied(submission *s, const li_event_request *given, size_t i)
{
    li_queue_event *event = &s->events[i];

    if (!is_repeated(s, given) || !is_payload_plain(s, given->payload.ptr, given->payload.len))
        return 0;
    s->a->lanes[i] = s->a->lanes[i - 1];
    event->header = s->events[i - 1].header;
    event->header.payload_len = (uint32_t)given->payload.len;
    event->payload = given->payload.ptr;
    return 1;
}

static li_status check_request(submission *s, const li_event_request *given, size_t i, li_error *err)
{
    li_engine *engine = s->engine;
    li_queue_event *event = &s->events[i];
    li_status status = read_request(s, given, i, err);
    const char *payload = given->payload.ptr;
    size_t len = given->payload.len;

    event->header.tail_len = 0;
    if (status == LI_OK && !is_payload_plain(s, payload, len)) {
        lii_code raw;

        raw.flags = s->last_flags;
        raw.active_ns = s->last_active_ns;
        status = lii_payload_check(engine, &raw, LI_EVENT, s->o->flags, &payload, &len, err);
    }
    if (status == LI_OK && (s->o->trace.ptr || s->o->idempotency_key.ptr) && add_tails(&s->tails, s->o, &event->header.tail_len) != LI_OK)
        status = lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for an event");
    if (status != LI_OK)
        return status;
    event->header.lane = s->a->lanes[i]->number;
    event->header.accepted_ms = s->now_ms;
    event->header.due_ms = s->o->not_before_ms > s->now_ms ? s->o->not_before_ms : s->now_ms;
    event->header.payload_len = (uint32_t)len;
    event->header.starts = event->header.function_failures = 0;
    event->header.system_failures = 0;
    event->payload = payload;
    if (i == 0 || event->header.due_ms < s->a->due_ms)
        s->a->due_ms = event->header.due_ms;
    return LI_OK;
}

static void name_ids(submission *s, size_t n, li_id *ids)
{
    const char *tail = s->tails.data;
    size_t i;
    uint64_t first = atomic_fetch_add_explicit(&s->engine->n_ids, n, memory_order_relaxed);

    for (i = 0; i < n; i++) {
        lii_id_words words = lii_id_of_stream(s->engine->id_stream, first + i);

        lii_id_store(&s->events[i].header.id, words);
        lii_id_store(&s->a->ids[i], words);
        if (ids)
            lii_id_store(&ids[i], words);
        s->events[i].tail = s->events[i].header.tail_len ? tail : NULL;
        tail += s->events[i].header.tail_len;
    }
}

/* Claim the keys of those that have one; events whose key is known leave the batch, their ids are the known ones. */
static li_status claim_keys(submission *s, li_id *ids, li_error *err)
{
    acceptance *a = s->a;
    size_t i, n = 0;

    for (i = 0; i < a->n; i++) {
        li_slice key = lii_tail_find(s->events[i].tail, s->events[i].header.tail_len, LI_TAIL_IDEMPOTENCY_KEY);
        li_id id = a->ids[i];
        int is_known = 0;

        if (key.len > 0) {
            li_status status = lii_key_claim(s->engine, a->lanes[i], key, s->now_ms, &id, &a->claims, &is_known, err);

            if (status != LI_OK)
                return status;
        }
        if (ids)
            ids[i] = id;
        if (i == 0)
            a->first_id = id;
        if (is_known) {
            lii_journal(s->engine, LI_STEP_DUPLICATE, &id, a->lanes[i]->name, 0, "idempotency-key");
            continue;
        }
        s->events[n] = s->events[i];
        a->ids[n] = id;
        a->lanes[n++] = a->lanes[i];
    }
    a->n = n;
    return LI_OK;
}

/* All are checked and named: into the queue. What is left of the acceptance is the caller's. */
static li_status put(submission *s, li_id *ids, li_error *err)
{
    li_engine *engine = s->engine;
    acceptance *a = s->a;
    int is_borrowed = a->is_borrowed;    /* it may be gone once the queue has it */
    li_status status = LI_OK;

    a->first_id = a->ids[0];
    if (s->has_keys)
        status = claim_keys(s, ids, err);
    if (status == LI_OK && a->n > 0) {
        lii_outcome_accepted(engine, a->ids, a->lanes, a->n, s->now_ms);
        if (lii_fault_armed(engine, LII_FAULTS_ACCEPT))
            status = lii_fault_accepts(a->lanes, a->n, err);
        if (status == LI_OK)
            status = engine->queue_ops.put(engine->queue, s->events, a->n, put_done, a, err);
        if (status != LI_OK)
            count_refused(a, status);
    } else if (status == LI_OK) {
        put_done(a, LI_OK);      /* all of them were there already */
    }
    if (status != LI_OK)
        lii_keys_settle(engine, a->claims, 0);
    else if (!is_borrowed)
        s->a = NULL;             /* put_done's */
    return status;
}

/* Memory for a batch: a short one's is the caller's stack, as far as nothing outlives the call. */
enum { FEW = 64 };

typedef struct room {
    li_queue_event events[FEW];
    acceptance acceptance;
    li_id ids[FEW];
    lii_lane *lanes[FEW];
} room;

static li_status open_batch(submission *s, size_t n, uint64_t now_ns, room *few, li_error *err)
{
    li_engine *engine = s->engine;
    int is_borrowed = n <= FEW && (engine->queue_ops.caps & LI_QUEUE_AT_ONCE);
    acceptance *a = &few->acceptance;

    s->tails.data = NULL;
    lii_buf_init(&s->tails, &engine->allocator);
    s->now_ms = lii_ms_of_ns(engine, now_ns);
    s->last_options = NULL;
    s->is_repeatable = 0;
    s->has_keys = 0;
    s->events = n <= FEW ? few->events : lii_alloc(&engine->allocator, n * sizeof *s->events);
    if (!is_borrowed)
        a = lii_alloc(&engine->allocator, sizeof *a + n * (sizeof(li_id) + sizeof(lii_lane *)));
    s->a = a;
    if (!a || !s->events)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for %zu events", n);
    a->engine = engine;
    a->now_ns = now_ns;
    a->n = n;
    a->claims = NULL;
    a->is_borrowed = is_borrowed;
    a->ids = is_borrowed ? few->ids : (li_id *)(void *)((lii_lane **)(void *)(a + 1) + n);
    a->lanes = is_borrowed ? few->lanes : (lii_lane **)(void *)(a + 1);
    return LI_OK;
}

static void close_batch(submission *s, const room *few)
{
    lii_buf_fini(&s->tails);
    if (s->events != few->events)
        lii_free(&s->engine->allocator, s->events);
    if (s->a != &few->acceptance)
        lii_free(&s->engine->allocator, s->a);
}

li_status li_event_submit_batch(li_engine *engine, const li_event_request *requests, size_t n, li_id *ids,
                                li_event_accepted on_accepted, void *user, li_error *err)
{
    li_status status;
    submission s;
    room few;
    size_t i;

    if (engine && lii_is_forked(engine))
        return lii_forked(err);
    if (!engine || !requests || n == 0 || n > 1000000)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "a batch has 1 to 1000000 requests");
    if (atomic_load_explicit(&engine->is_stopping, memory_order_relaxed))
        return lii_fail(err, LI_E_CLOSED, LI_DETAIL_NONE, NULL, 0, "the engine is being stopped");
    if (n == 1 && lii_submit_straight(engine, requests, ids, on_accepted, user))
        return LI_OK;
    s.engine = engine;
    status = open_batch(&s, n, lii_now_ns(engine), &few, err);
    for (i = 0; i < n && status == LI_OK; i++)
        if (!is_copied(&s, &requests[i], i))
            status = check_request(&s, &requests[i], i, err);
    if (status == LI_OK) {
        s.a->on_accepted = on_accepted;
        s.a->user = user;
        name_ids(&s, n, ids);
        status = put(&s, ids, err);
        if (status == LI_OK)
            lii_queue_changed(engine);
    }
    close_batch(&s, &few);
    return status;
}

li_status li_event_submit(li_engine *engine, const char *name, size_t name_len, const char *payload, size_t payload_len,
                          const li_invoke_options *options, li_event_accepted on_accepted, void *user, li_error *err)
{
    li_event_request request = LI_EVENT_REQUEST_INIT;

    request.name = lii_slice(name, name_len);
    request.payload.ptr = payload;
    request.payload.len = payload_len;
    request.options = options;
    return li_event_submit_batch(engine, &request, 1, NULL, on_accepted, user, err);
}

typedef struct accept_waiter {
    li_engine *engine;
    li_status status;
    int is_done;
} accept_waiter;

static void accept_told(void *user, li_status status, const li_id *id)
{
    accept_waiter *w = user;

    (void)id;
    pthread_mutex_lock(&w->engine->lock);
    w->status = status;
    w->is_done = 1;
    pthread_cond_broadcast(&w->engine->changed);
    pthread_cond_broadcast(&w->engine->work);
    pthread_mutex_unlock(&w->engine->lock);
}

static li_status not_accepted(li_status status, li_error *err)
{
    const char *text = status == LI_E_NOSPC     ? "the queue has no space left; it accepts again when there is some"
                       : status == LI_E_UNKNOWN ? "the queue cannot tell whether it has the event: it may run"
                                                : li_strerror(status);

    return lii_fail(err, status, LI_DETAIL_NONE, "queue", LI_Z, "%s", text);
}

li_status li_invoke_event(li_engine *engine, const char *name, size_t name_len, const char *payload, size_t payload_len,
                          const li_invoke_options *options, li_id *id, li_error *err)
{
    li_event_request request = LI_EVENT_REQUEST_INIT;
    accept_waiter w = { engine, LI_OK, 0 };
    li_status status;
    int is_asked = 0;
    li_id mine;

    request.name = lii_slice(name, name_len);
    request.payload.ptr = payload;
    request.payload.len = payload_len;
    request.options = options;
    status = li_event_submit_batch(engine, &request, 1, &mine, accept_told, &w, err);
    if (status != LI_OK)
        return status;
    pthread_mutex_lock(&engine->lock);
    while (!w.is_done) {         /* a queue that accepts later does so on a thread of its own, or when it is told to */
        if (engine->queue_ops.flush && (!atomic_load(&engine->is_threaded) || !is_asked)) {
            is_asked = 1;        /* with threads the queue may do it here at once, and need not: then we wait */
            pthread_mutex_unlock(&engine->lock);
            engine->queue_ops.flush(engine->queue);
            pthread_mutex_lock(&engine->lock);
        } else {
            pthread_cond_wait(&engine->changed, &engine->lock);
        }
    }
    pthread_mutex_unlock(&engine->lock);
    if (w.status != LI_OK)
        return not_accepted(w.status, err);
    if (id)
        *id = mine;
    return LI_OK;
}
