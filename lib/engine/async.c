/* async.c - events: accepted into lanes of the queue, taken into free slots, run, and tried again. */
#include <stdio.h>

#include "engine/engine.h"

/* ---- lanes */

void lii_lane_arm_locked(lii_lane *lane, uint64_t due_ns)
{
    if (due_ns == LI_NEVER || due_ns >= lane->armed_ns)
        return;
    if (lii_timer_set_locked(lane->engine, &lane->timer, due_ns) == LI_OK)
        lane->armed_ns = due_ns;
}

static void lane_run(lii_timer *timer);

static int lanes_grow_locked(li_engine *engine, uint32_t number)
{
    size_t n = engine->locked.n_lanes ? engine->locked.n_lanes * 2 : 16;
    lii_lane **lanes;

    if (number < engine->locked.n_lanes)
        return 0;
    while (n <= number)
        n *= 2;
    lanes = lii_realloc(&engine->allocator, engine->locked.lanes, n * sizeof(lii_lane *));
    if (!lanes)
        return -1;
    memset(lanes + engine->locked.n_lanes, 0, (n - engine->locked.n_lanes) * sizeof(lii_lane *));
    engine->locked.lanes = lanes;
    engine->locked.n_lanes = n;
    return 0;
}

static li_status lane_get_locked(li_function *function, const char *qualifier, lii_lane **out, li_error *err)
{
    li_engine *engine = function->engine;
    lii_lane *lane;
    li_status status;

    for (lane = function->locked.lanes; lane; lane = lane->next)
        if (strcmp(lane->qualifier, qualifier) == 0) {
            *out = lane;
            return LI_OK;
        }
    lane = lii_calloc(&engine->allocator, 1, sizeof *lane);
    if (!lane)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a lane");
    snprintf(lane->qualifier, sizeof lane->qualifier, "%s", qualifier);
    snprintf(lane->name, sizeof lane->name, "%s%s%s", function->name, qualifier[0] ? ":" : "", qualifier);
    status = engine->queue_ops.lane(engine->queue, lane->name, strlen(lane->name), &lane->number, err);
    if (status == LI_OK && lanes_grow_locked(engine, lane->number) != 0)
        status = lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a lane");
    if (status == LI_OK)
        status = lii_heap_reserve(&engine->locked.timers, 2 + engine->locked.n_running_timers);
    if (status != LI_OK) {
        lii_free(&engine->allocator, lane);
        return status;
    }
    lane->function = function;
    lane->engine = engine;
    lane->timer.run = lane_run;
    lane->timer.user = lane;
    lane->armed_ns = LI_NEVER;
    lane->next = function->locked.lanes;
    function->locked.lanes = lane;
    engine->locked.lanes[lane->number] = lane;
    *out = lane;
    return LI_OK;
}

void lii_lanes_free(li_engine *engine)
{
    size_t i;

    for (i = 0; i < engine->locked.n_lanes; i++)
        lii_free(&engine->allocator, engine->locked.lanes[i]);
    lii_free(&engine->allocator, engine->locked.lanes);
    engine->locked.lanes = NULL;
    engine->locked.n_lanes = 0;
}

/* ---- accepting */

typedef struct acceptance {
    li_engine *engine;
    li_event_accepted on_accepted;
    void *user;
    uint64_t due_ms;
    size_t n;
    size_t n_lanes;
    lii_lane **lanes;        /* each event's */
    li_id ids[];
} acceptance;

static void count_accepted(acceptance *a)
{
    li_engine *engine = a->engine;
    uint64_t now = lii_now_ns(engine), due = lii_engine_ns_of_ms(engine, a->due_ms);
    size_t i;

    lii_outcome_counted(engine, LI_EVENT_WAITING, a->n);
    for (i = 0; i < a->n; i++)
        lii_journal(engine, LI_STEP_ACCEPTED, &a->ids[i], a->lanes[i]->name, 0, "");
    if (engine->metrics_ops.sample)
        for (i = 0; i < a->n; i++)
            lii_sample(engine, "AsyncEventsReceived", a->lanes[i]->function->name, 1, li_engine_now_ms(engine));
    pthread_mutex_lock(&engine->lock);
    for (i = 0; i < a->n; i++) {
        atomic_fetch_add_explicit(&a->lanes[i]->function->received, 1, memory_order_relaxed);
        lii_lane_arm_locked(a->lanes[i], due > now ? due : now);
    }
    pthread_mutex_unlock(&engine->lock);
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

static void put_done(void *user, li_status status)
{
    acceptance *a = user;

    if (status == LI_OK)
        count_accepted(a);
    else
        count_refused(a, status);
    if (a->on_accepted) {
        lii_frame frame;

        lii_frame_push(&frame, a->engine, NULL);
        a->on_accepted(a->user, status, &a->ids[0]);
        lii_frame_pop(&frame);
    }
    lii_free(&a->engine->allocator, a);
}

/* Extras of an event: the trace of its caller, so that all attempts share its root. */
static li_status add_tail(lii_buf *tails, li_slice trace, uint32_t *len)
{
    uint16_t tag[2] = { LI_TAIL_TRACE, 0 };
    uint32_t n = (uint32_t)trace.len;

    *len = 0;
    if (trace.len == 0 || trace.len > 4096)
        return LI_OK;
    lii_buf_add(tails, tag, sizeof tag);
    lii_buf_add(tails, &n, sizeof n);
    *len = (uint32_t)(8 + trace.len);
    return lii_buf_add(tails, trace.ptr, trace.len);
}

static li_slice tail_find(const char *tail, uint32_t len, uint16_t wanted)
{
    uint32_t at = 0, n;
    uint16_t tag;

    while (len - at >= 8) {
        memcpy(&tag, tail + at, sizeof tag);
        memcpy(&n, tail + at + 4, sizeof n);
        if (n > len - at - 8)
            break;
        if (tag == wanted)
            return lii_slice(tail + at + 8, n);
        at += 8 + n;
    }
    return lii_slice(NULL, 0);
}

typedef struct submission {
    li_engine *engine;
    acceptance *a;
    li_queue_event *events;
    lii_buf tails;
    uint64_t now_ms;
    li_slice last_name;          /* of the request before, whose lane and flags are known */
    li_slice last_qualifier;
    uint32_t last_flags;
} submission;

/* The lane of a request and the flags of what its function runs now. */
static li_status find_lane(submission *s, const li_event_request *given, li_slice qualifier, size_t i, li_error *err)
{
    li_engine *engine = s->engine;
    li_slice name = lii_measured(given->name);
    lii_target_ref target;
    li_status status;

    if (i > 0 && lii_slice_equal(name, s->last_name) && lii_slice_equal(qualifier, s->last_qualifier)) {
        s->a->lanes[i] = s->a->lanes[i - 1];
        return LI_OK;
    }
    status = lii_function_find(engine, name.ptr, name.len, qualifier, &target, err);
    if (status != LI_OK)
        return status;
    pthread_mutex_lock(&engine->lock);
    s->last_flags = target.function->locked.code ? target.function->locked.code->flags : 0;
    status = lane_get_locked(target.function, target.qualifier, &s->a->lanes[i], err);
    pthread_mutex_unlock(&engine->lock);
    s->last_name = name;
    s->last_qualifier = qualifier;
    return status;
}

static li_status check_request(submission *s, const li_event_request *given, size_t i, li_error *err)
{
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;
    li_engine *engine = s->engine;
    li_queue_event *event = &s->events[i];
    lii_code raw;
    li_status status;
    const char *payload = given->payload.ptr;
    size_t len = given->payload.len;

    status = lii_options_read(&o, sizeof o, given->options, "li_invoke_options", err);
    if (status == LI_OK && o.idempotency_key.ptr)
        status = lii_fail(err, LI_E_NOTSUP, LI_DETAIL_OPTIONS_UNKNOWN, "idempotency_key", LI_Z,
                          "idempotency keys are not supported by this version");
    if (status == LI_OK)
        status = find_lane(s, given, lii_measured(o.qualifier), i, err);
    raw.flags = s->last_flags;
    if (status == LI_OK)
        status = lii_payload_check(engine, &raw, LI_EVENT, o.flags, &payload, &len, err);
    if (status == LI_OK && add_tail(&s->tails, lii_measured(o.trace), &event->header.tail_len) != LI_OK)
        status = lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for an event");
    if (status != LI_OK)
        return status;
    event->header.lane = s->a->lanes[i]->number;
    event->header.accepted_ms = s->now_ms;
    event->header.due_ms = o.not_before_ms > s->now_ms ? o.not_before_ms : s->now_ms;
    event->header.payload_len = (uint32_t)len;
    event->payload = payload;
    if (i == 0 || event->header.due_ms < s->a->due_ms)
        s->a->due_ms = event->header.due_ms;
    return LI_OK;
}

static void name_ids(submission *s, size_t n, li_id *ids)
{
    const char *tail = s->tails.data;
    size_t i;

    pthread_mutex_lock(&s->engine->random.lock);
    for (i = 0; i < n; i++)
        lii_random_id(&s->engine->random.random, &s->events[i].header.id);
    pthread_mutex_unlock(&s->engine->random.lock);
    for (i = 0; i < n; i++) {
        s->a->ids[i] = s->events[i].header.id;
        if (ids)
            ids[i] = s->events[i].header.id;
        s->events[i].tail = s->events[i].header.tail_len ? tail : NULL;
        tail += s->events[i].header.tail_len;
    }
}

li_status li_event_submit_batch(li_engine *engine, const li_event_request *requests, size_t n, li_id *ids,
                                li_event_accepted on_accepted, void *user, li_error *err)
{
    li_queue_event one;
    submission s;
    li_status status = LI_OK;
    size_t i;

    if (!engine || !requests || n == 0 || n > 1000000)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "a batch has 1 to 1000000 requests");
    if (atomic_load_explicit(&engine->is_stopping, memory_order_relaxed))
        return lii_fail(err, LI_E_CLOSED, LI_DETAIL_NONE, NULL, 0, "the engine is being stopped");
    memset(&s, 0, sizeof s);
    s.engine = engine;
    s.now_ms = li_engine_now_ms(engine);
    lii_buf_init(&s.tails, &engine->allocator);
    s.a = lii_alloc(&engine->allocator, sizeof *s.a + n * (sizeof(li_id) + sizeof(lii_lane *)));
    s.events = n == 1 ? &one : lii_calloc(&engine->allocator, n, sizeof *s.events);
    if (!s.a || !s.events) {
        status = lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for %zu events", n);
        goto done;
    }
    memset(&one, 0, sizeof one);
    memset(s.a, 0, sizeof *s.a);
    s.a->engine = engine;
    s.a->on_accepted = on_accepted;
    s.a->user = user;
    s.a->n = n;
    s.a->lanes = (lii_lane **)(void *)(s.a->ids + n);
    for (i = 0; i < n && status == LI_OK; i++)
        status = check_request(&s, &requests[i], i, err);
    if (status == LI_OK) {
        name_ids(&s, n, ids);
        lii_outcome_accepted(engine, s.a->ids, n, s.now_ms);
        status = engine->queue_ops.put(engine->queue, s.events, n, put_done, s.a, err);
        if (status != LI_OK)
            count_refused(s.a, status);
        else
            s.a = NULL;          /* put_done's */
    }
done:
    lii_buf_fini(&s.tails);
    if (s.events != &one)
        lii_free(&engine->allocator, s.events);
    lii_free(&engine->allocator, s.a);
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

li_status li_invoke_event(li_engine *engine, const char *name, size_t name_len, const char *payload, size_t payload_len,
                          const li_invoke_options *options, li_id *id, li_error *err)
{
    li_event_request request = LI_EVENT_REQUEST_INIT;
    accept_waiter w = { engine, LI_OK, 0 };
    li_status status;
    li_id mine;

    request.name = lii_slice(name, name_len);
    request.payload.ptr = payload;
    request.payload.len = payload_len;
    request.options = options;
    status = li_event_submit_batch(engine, &request, 1, &mine, accept_told, &w, err);
    if (status != LI_OK)
        return status;
    pthread_mutex_lock(&engine->lock);
    while (!w.is_done)           /* a queue that accepts later does so on a thread of its own */
        pthread_cond_wait(&engine->changed, &engine->lock);
    pthread_mutex_unlock(&engine->lock);
    if (w.status != LI_OK)
        return lii_fail(err, w.status, LI_DETAIL_NONE, NULL, 0, "%s", li_strerror(w.status));
    if (id)
        *id = mine;
    return LI_OK;
}

/* ---- attempts */

enum { AGE_MIN_MS = 60000 };

static void rules_of(lii_lane *lane, li_retry_limits *limits)
{
    li_engine *engine = lane->engine;
    const lii_event_config *config;
    li_retry_limits defaults = LI_RETRY_LIMITS_INIT;

    *limits = defaults;
    limits->max_retries = (uint32_t)LII_CONFIG(engine, async_retries);
    limits->max_age_ms = (uint64_t)LII_CONFIG(engine, async_max_age_s) * 1000;
    pthread_mutex_lock(&engine->lock);
    config = lii_event_config_locked(lane);
    if (config && config->max_retries >= 0)
        limits->max_retries = (uint32_t)config->max_retries;
    if (config && config->max_age_s >= 0)
        limits->max_age_ms = (uint64_t)config->max_age_s * 1000;
    pthread_mutex_unlock(&engine->lock);
}

static int32_t decide(li_engine *engine, const li_retry_limits *limits, int32_t fault, uint32_t failures, uint64_t age_ms,
                      uint64_t *wait_ms)
{
    int32_t verdict = LI_VERDICT_EXHAUSTED;
    uint64_t random;

    pthread_mutex_lock(&engine->random.lock);
    random = lii_random_u64(&engine->random.random);
    pthread_mutex_unlock(&engine->random.lock);
    *wait_ms = 0;
    if (engine->retry_ops.next(engine->retry, limits, fault, failures, age_ms, random, &verdict, wait_ms) != LI_OK)
        verdict = LI_VERDICT_EXHAUSTED;
    return verdict;
}

static uint64_t age_at(const li_event_header *header, uint64_t now_ms)
{
    return now_ms > header->accepted_ms ? now_ms - header->accepted_ms : 0;
}

static void ending_init(lii_ending *ending, lii_lane *lane, const li_event_header *header, uint64_t token,
                        const char *payload)
{
    memset(ending, 0, sizeof *ending);
    ending->lane = lane;
    ending->header = *header;
    ending->token = token;
    ending->payload = payload;
    ending->payload_len = header->payload_len;
}

/* Back into the queue until due_ms, and the lane wakes for it. */
static void wait_again(lii_lane *lane, uint64_t token, li_event_header *header, uint64_t due_ms)
{
    li_engine *engine = lane->engine;

    header->due_ms = due_ms;
    engine->queue_ops.delay(engine->queue, token, header);
    pthread_mutex_lock(&engine->lock);
    lii_lane_arm_locked(lane, lii_engine_ns_of_ms(engine, due_ms));
    pthread_mutex_unlock(&engine->lock);
}

void lii_event_settled(li_invocation *inv)
{
    li_engine *engine = inv->engine;
    lii_lane *lane = inv->lane;
    li_event_header *header = &inv->header;
    uint64_t end_ms = lii_ms_of_ns(engine, inv->end_ns), wait_ms;
    li_retry_limits limits;
    lii_ending ending;
    int32_t verdict;

    atomic_store_explicit(&lane->typical_ns,
                          (atomic_load_explicit(&lane->typical_ns, memory_order_relaxed) * 7 + inv->answer.duration_ns) / 8,
                          memory_order_relaxed);
    ending_init(&ending, lane, header, inv->lease_token, inv->lease_payload);
    ending.status_code = 200;
    ending.version = inv->code->version;
    ending.function_error = inv->answer.function_error;
    ending.has_response = 1;
    ending.is_empty = inv->answer.is_empty;
    ending.response = inv->answer.payload;
    ending.response_len = inv->answer.payload_len;
    if (inv->answer.function_error == LI_FUNCTION_ERROR_NONE) {
        lii_outcome_attempt_end(engine, header, end_ms, 200, LI_FUNCTION_ERROR_NONE, LI_EVENT_RUNNING);
        ending.condition = LI_CONDITION_SUCCESS;
        lii_event_finish(engine, &ending);
        return;
    }
    if (header->function_failures < 255)
        header->function_failures++;
    ending.header = *header;
    rules_of(lane, &limits);
    verdict = decide(engine, &limits, LI_FAULT_FUNCTION, header->function_failures, age_at(header, end_ms), &wait_ms);
    lii_outcome_attempt_end(engine, header, end_ms, 200, inv->answer.function_error,
                            verdict == LI_VERDICT_RETRY ? LI_EVENT_WAITING : LI_EVENT_RUNNING);
    if (verdict == LI_VERDICT_RETRY) {
        lii_journal(engine, LI_STEP_RETRY, &header->id, lane->name, header->starts, "function-error");
        wait_again(lane, inv->lease_token, header, end_ms + wait_ms);
        return;
    }
    ending.condition = verdict == LI_VERDICT_EXPIRED ? LI_CONDITION_EVENT_AGE_EXCEEDED : LI_CONDITION_RETRIES_EXHAUSTED;
    ending.drop_reason = verdict == LI_VERDICT_EXPIRED ? LI_DROP_EVENT_AGE : LI_DROP_RETRIES_EXHAUSTED;
    lii_event_finish(engine, &ending);
}

/* The function or version is gone: an attempt that fails with 404, in its own time (INV-226). */
static void attempt_gone(lii_lane *lane, const li_lease *lease)
{
    li_engine *engine = lane->engine;
    li_event_header header = *lease->header;
    uint64_t now_ms = li_engine_now_ms(engine), wait_ms;
    char message[400] = "Function not found: ";
    li_retry_limits limits;
    lii_ending ending;
    int32_t verdict;

    header.starts = (uint8_t)(header.starts < 255 ? header.starts + 1 : 255);
    header.function_failures = (uint8_t)(header.function_failures < 255 ? header.function_failures + 1 : 255);
    rules_of(lane, &limits);
    verdict = decide(engine, &limits, LI_FAULT_FUNCTION, header.function_failures, age_at(&header, now_ms), &wait_ms);
    lii_outcome_attempt_end(engine, &header, now_ms, 404, LI_FUNCTION_ERROR_NONE,
                            verdict == LI_VERDICT_RETRY ? LI_EVENT_WAITING : LI_EVENT_RUNNING);
    if (verdict == LI_VERDICT_RETRY) {
        lii_journal(engine, LI_STEP_RETRY, &header.id, lane->name, header.starts, "function-not-found");
        wait_again(lane, lease->token, &header, now_ms + wait_ms);
        return;
    }
    lii_function_arn(lane->function, lane->qualifier[0] ? lane->qualifier : "$LATEST", message + 20, sizeof message - 20);
    ending_init(&ending, lane, &header, lease->token, lease->payload);
    ending.status_code = 404;
    ending.error_message = message;
    ending.condition = verdict == LI_VERDICT_EXPIRED ? LI_CONDITION_EVENT_AGE_EXCEEDED : LI_CONDITION_RETRIES_EXHAUSTED;
    ending.drop_reason = verdict == LI_VERDICT_EXPIRED ? LI_DROP_EVENT_AGE : LI_DROP_FUNCTION_DELETED;
    lii_event_finish(engine, &ending);
}

static void end_zero(lii_lane *lane, const li_lease *lease)
{
    lii_ending ending;

    ending_init(&ending, lane, lease->header, lease->token, lease->payload);
    ending.condition = LI_CONDITION_ZERO_CONCURRENCY;
    ending.drop_reason = LI_DROP_ZERO_CONCURRENCY;
    lii_event_finish(lane->engine, &ending);
}

static void end_too_old(lii_lane *lane, const li_lease *lease, int32_t status_code)
{
    lii_ending ending;

    ending_init(&ending, lane, lease->header, lease->token, lease->payload);
    ending.condition = LI_CONDITION_EVENT_AGE_EXCEEDED;
    ending.drop_reason = LI_DROP_EVENT_AGE;
    ending.status_code = status_code;
    ending.error_message = status_code == 429 ? "Rate Exceeded." : NULL;
    lii_journal(lane->engine, LI_STEP_EXPIRED, &lease->header->id, lane->name, lease->header->starts, "age");
    lii_event_finish(lane->engine, &ending);
}

/* A system error: the event waits on its own ladder, no retry is spent (INV-204). */
static void attempt_system_error(lii_lane *lane, const li_lease *lease)
{
    li_engine *engine = lane->engine;
    li_event_header header = *lease->header;
    uint64_t now_ms = li_engine_now_ms(engine), wait_ms;
    li_retry_limits limits;

    if (header.system_failures < UINT16_MAX)
        header.system_failures++;
    rules_of(lane, &limits);
    if (decide(engine, &limits, LI_FAULT_SYSTEM, header.system_failures, age_at(&header, now_ms), &wait_ms) !=
        LI_VERDICT_RETRY) {
        end_too_old(lane, lease, 500);
        return;
    }
    lii_journal(engine, LI_STEP_RETRY, &header.id, lane->name, header.starts, "system-error");
    wait_again(lane, lease->token, &header, now_ms + wait_ms);
}

static li_status copy_input(li_invocation *inv, const li_lease *lease, li_slice trace)
{
    lii_buf_clear(&inv->input);
    lii_buf_add(&inv->input, lease->payload, lease->header->payload_len);
    if (lii_buf_add(&inv->input, trace.ptr, trace.len) != LI_OK)
        return LI_E_NOMEM;
    inv->payload = lease->header->payload_len ? inv->input.data : "";
    inv->trace_in = trace.len ? inv->input.data + lease->header->payload_len : NULL;
    inv->trace_in_len = trace.len;
    return LI_OK;
}

static void attempt(lii_lane *lane, const li_lease *lease)
{
    li_engine *engine = lane->engine;
    uint64_t now_ms = li_engine_now_ms(engine);
    li_slice trace = tail_find(lease->tail, lease->header->tail_len, LI_TAIL_TRACE);
    li_retry_limits limits;
    li_invocation *inv;
    lii_env *env = NULL;
    int32_t detail;
    li_status status;

    if (age_at(lease->header, now_ms) > AGE_MIN_MS) {     /* no limit is shorter */
        rules_of(lane, &limits);
        if (age_at(lease->header, now_ms) > limits.max_age_ms) {
            end_too_old(lane, lease, 0);
            return;
        }
    }
    status = lii_env_acquire(lane->function, &env, &detail);
    if (status == LI_E_THROTTLED || status == LI_E_NOT_FOUND) {   /* gone since the lane looked: it looks again */
        li_event_header header = *lease->header;

        wait_again(lane, lease->token, &header, header.due_ms);
        return;
    }
    if (status != LI_OK) {
        attempt_system_error(lane, lease);
        return;
    }
    inv = env->invocation;
    lii_invocation_prepare(inv, env, lease->payload, lease->header->payload_len);
    inv->trace_in = trace.ptr;
    inv->trace_in_len = trace.len;
    inv->is_on_worker = atomic_load_explicit(&engine->is_threaded, memory_order_relaxed);
    if (copy_input(inv, lease, trace) != LI_OK) {
        atomic_store(&inv->state, LII_INV_IDLE);
        lii_env_release(env);
        attempt_system_error(lane, lease);
        return;
    }
    inv->header = *lease->header;
    if (inv->header.starts < 255)
        inv->header.starts++;
    inv->header.system_failures = 0;
    inv->id = inv->header.id;
    inv->attempt = inv->header.starts;
    inv->qualifier = lane->qualifier;
    inv->lane = lane;
    inv->lease_token = lease->token;
    inv->lease_payload = lease->payload;
    inv->on_settled = lii_event_settled;
    if (atomic_load_explicit(&lane->throttles, memory_order_relaxed) > 0)
        atomic_store_explicit(&lane->throttles, 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&env->event_age_ms, age_at(&inv->header, now_ms), memory_order_relaxed);
    lii_sample(engine, "AsyncEventAge", lane->function->name, age_at(&inv->header, now_ms), now_ms);
    lii_outcome_started(engine, &inv->header, now_ms);
    lii_job_run(inv);
}

/* ---- the lane's turn */

/* No slot is free: the head climbs the ladder for the lane; heads that cannot live so long end (INV-206, INV-224). */
static void lane_throttled(lii_lane *lane)
{
    li_engine *engine = lane->engine;
    uint64_t now_ms = li_engine_now_ms(engine), wait_ms = 0;
    li_retry_limits limits;
    li_event_header header;
    li_lease lease;
    size_t n = 0;

    rules_of(lane, &limits);
    while (engine->queue_ops.take(engine->queue, lane->number, now_ms, UINT64_MAX, 1, &lease, &n) == LI_OK && n == 1) {
        pthread_mutex_lock(&engine->lock);
        lane->function->locked.sums.throttles++;
        pthread_mutex_unlock(&engine->lock);
        lii_sample(engine, "Throttles", lane->function->name, 1, now_ms);
        lii_outcome_throttled(engine, &lease.header->id);
        lii_journal(engine, LI_STEP_THROTTLED, &lease.header->id, lane->name, lease.header->starts, "");
        if (decide(engine, &limits, LI_FAULT_SYSTEM, atomic_load(&lane->throttles) + 1, age_at(lease.header, now_ms), &wait_ms) !=
            LI_VERDICT_RETRY) {
            end_too_old(lane, &lease, 429);
            continue;
        }
        header = *lease.header;
        if (header.system_failures < UINT16_MAX)
            header.system_failures++;
        engine->queue_ops.delay(engine->queue, lease.token, &header);
        pthread_mutex_lock(&engine->lock);
        atomic_fetch_add(&lane->throttles, 1);
        lane->blocked_until_ns = lii_now_ns(engine) + wait_ms * LI_MS_NS;
        lii_lane_arm_locked(lane, lane->blocked_until_ns);
        pthread_mutex_unlock(&engine->lock);
        return;
    }
    pthread_mutex_lock(&engine->lock);
    lii_lane_arm_locked(lane, lii_engine_ns_of_ms(engine, engine->queue_ops.next_due(engine->queue, lane->number)));
    pthread_mutex_unlock(&engine->lock);
}

/* How many to take at once: long handlers one by one, so that other workers get the next. */
static size_t batch_size(const lii_lane *lane, uint64_t capacity)
{
    uint64_t size = LII_BATCH, typical_ns = atomic_load_explicit(&lane->typical_ns, memory_order_relaxed);

    if (atomic_load_explicit(&lane->engine->is_threaded, memory_order_relaxed) && typical_ns > 0)
        size = 200 * LI_US_NS / typical_ns;
    if (size < 1)
        size = 1;
    if (size > LII_BATCH)
        size = LII_BATCH;
    return (size_t)(size < capacity ? size : capacity);
}

enum { LANE_RUNS = 1, LANE_GONE, LANE_ZERO, LANE_WAITS };

/* What can be done with the lane now, and how many events at once. */
static int lane_look_locked(lii_lane *lane, size_t *max)
{
    li_function *function = lane->function;
    lii_code *code = lii_code_locked(function, lane->qualifier);
    uint64_t now = lii_now_ns(lane->engine);

    *max = LII_BATCH;
    if (!code)
        return LANE_GONE;
    if (function->locked.reserved == 0)
        return LANE_ZERO;
    if (now < lane->blocked_until_ns) {
        lii_lane_arm_locked(lane, lane->blocked_until_ns);
        return LANE_WAITS;
    }
    *max = batch_size(lane, lii_capacity_locked(function));
    return LANE_RUNS;
}

static uint64_t lease_end(const lii_lane *lane, uint64_t now_ms)
{
    (void)lane;
    /* longer than any time-out, twice over: what runs is always settled within its lease (REL-16) */
    return now_ms + 2 * (uint64_t)LII_CONFIG(lane->engine, timeout_max_ms) + 2 * (uint64_t)LII_CONFIG(lane->engine, init_ms);
}

static void lane_run(lii_timer *timer)
{
    lii_lane *lane = timer->user;
    li_engine *engine = lane->engine;
    uint64_t now_ms = li_engine_now_ms(engine), due_ms;
    li_lease leases[LII_BATCH];
    size_t n = 0, max, i;
    int what;

    pthread_mutex_lock(&engine->lock);
    lane->armed_ns = LI_NEVER;
    what = lane_look_locked(lane, &max);
    pthread_mutex_unlock(&engine->lock);
    if (what == LANE_WAITS)
        return;
    if (max == 0) {
        lane_throttled(lane);
        return;
    }
    if (engine->queue_ops.take(engine->queue, lane->number, now_ms, lease_end(lane, now_ms), max, leases, &n) != LI_OK)
        n = 0;
    due_ms = n == max ? now_ms : engine->queue_ops.next_due(engine->queue, lane->number);
    pthread_mutex_lock(&engine->lock);
    lii_lane_arm_locked(lane, due_ms == UINT64_MAX ? LI_NEVER : lii_engine_ns_of_ms(engine, due_ms));
    pthread_mutex_unlock(&engine->lock);
    for (i = 0; i < n; i++) {
        if (what == LANE_GONE)
            attempt_gone(lane, &leases[i]);
        else if (what == LANE_ZERO)
            end_zero(lane, &leases[i]);
        else
            attempt(lane, &leases[i]);
    }
}
