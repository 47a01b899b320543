/* invocation.c - what a handler asks and says (invocation.h), and the object behind it. */
#include <stdio.h>

#include "engine/engine.h"
#include "json/scan.h"

li_invocation *lii_invocation_new(li_engine *engine)
{
    li_invocation *inv = lii_calloc(&engine->allocator, 1, sizeof *inv);

    if (!inv)
        return NULL;
    inv->engine = inv->frame.engine = engine;
    inv->frame.invocation = inv;
    atomic_init(&inv->refs, LII_REFS_OWN);
    inv->qualifier = "";
    inv->deadline.is_once = 1;
    lii_buf_init(&inv->response_buf, &engine->allocator);
    lii_buf_init(&inv->log, &engine->allocator);
    lii_buf_init(&inv->input, &engine->allocator);
    lii_buf_init(&inv->document, &engine->allocator);
    return inv;
}

void lii_invocation_attach(li_invocation *inv, lii_env *env)
{
    env->invocation = inv;
    if (!inv)
        return;
    inv->env = env;
    inv->code = env->code;
    inv->function = env->function;
}

void lii_invocation_pin(li_invocation *inv)
{
    li_engine *engine = inv->engine;

    if (!inv->lane || inv->payload != inv->lease_payload || !engine->queue_ops.pin || inv->is_pinned)
        return;
    inv->is_pinned = engine->queue_ops.pin(engine->queue, inv->lease_token, &inv->pin) == LI_OK;
}

void lii_invocation_unpin(li_invocation *inv)
{
    if (inv->is_pinned)
        inv->engine->queue_ops.unpin(inv->engine->queue, &inv->pin);
    inv->is_pinned = 0;
}

static void drop_given(li_invocation *inv)
{
    if (inv->given && inv->given_release)
        inv->given_release(inv->given_user, inv->given);
    inv->given = NULL;
}

void lii_invocation_drop_response(li_invocation *inv)
{
    drop_given(inv);
    if (inv->stream)
        lii_stream_detach(inv);
}

static void drop_share(li_invocation *inv, unsigned share)
{
    /* release pairs with the acquire of the last one: all uses happen before the end */
    if (atomic_fetch_sub_explicit(&inv->refs, share, memory_order_acq_rel) != share)
        return;
    drop_given(inv);
    lii_buf_fini(&inv->response_buf);
    lii_buf_fini(&inv->log);
    lii_buf_fini(&inv->input);
    lii_buf_fini(&inv->document);
    lii_free(&inv->engine->allocator, inv);
}

void lii_invocation_free(li_invocation *inv)
{
    if (!inv)
        return;
    lii_invocation_unpin(inv);
    lii_invocation_drop_response(inv);
    if (lii_invocation_is_retained(inv))
        atomic_store(&inv->state, LII_INV_SETTLED);
    drop_share(inv, LII_REFS_OWN);       /* those who retain it have it to themselves, and the last of them frees it */
}

/* ---- input */

const char *li_invocation_get_payload(const li_invocation *inv, size_t *len)
{
    if (len)
        *len = inv->payload_len;
    return inv->payload;
}

const char *li_invocation_get_request_id(li_invocation *inv)
{
    if (!inv->has_id_text) {
        li_id_format(&inv->id, inv->id_text);
        inv->has_id_text = 1;
    }
    return inv->id_text;
}

const char *li_invocation_get_function_name(const li_invocation *inv)
{
    return inv->function->name;
}

const char *li_invocation_get_invoked_arn(li_invocation *inv)
{
    if (!inv->has_arn)
        lii_function_arn(inv->function, inv->qualifier, inv->arn, sizeof inv->arn);
    inv->has_arn = 1;
    return inv->arn;
}

const char *li_invocation_get_version(const li_invocation *inv)
{
    return inv->code->version;
}

const char *li_invocation_get_client_context(const li_invocation *inv, size_t *len)
{
    if (len)
        *len = inv->client_context_len;
    return inv->client_context;
}

uint32_t li_invocation_get_memory_mb(const li_invocation *inv)
{
    return inv->code->memory_mb;
}

uint32_t li_invocation_get_attempt(const li_invocation *inv)
{
    return inv->attempt;
}

const char *li_invocation_get_initialization_type(const li_invocation *inv)
{
    return inv->env->is_provisioned ? "provisioned-concurrency" : "on-demand";
}

uint64_t li_invocation_get_deadline_ms(const li_invocation *inv)
{
    return lii_ms_of_ns(inv->engine, inv->deadline_ns);
}

uint64_t li_invocation_remaining_ms(const li_invocation *inv)
{
    uint64_t now = lii_now_ns(inv->engine) + inv->simulated_ns;

    return now >= inv->deadline_ns ? 0 : (inv->deadline_ns - now) / LI_MS_NS;
}

int32_t li_invocation_is_cancelled(const li_invocation *inv)
{
    if (atomic_load_explicit(&inv->is_cancelled, memory_order_relaxed))
        return 1;
    return lii_now_ns(inv->engine) + inv->simulated_ns > inv->deadline_ns;
}

li_engine *li_invocation_get_engine(const li_invocation *inv)
{
    return inv->engine;
}

/* ---- what it says */

static int is_own_frame(const li_invocation *inv)
{
    const lii_frame *frame;

    for (frame = lii_frame_top(); frame; frame = frame->outer)
        if (frame->invocation == inv)
            return 1;
    return 0;
}

static void count_late_locked(li_invocation *inv)
{
    if (inv->function)
        inv->function->locked.sums.late_results++;
    else
        inv->engine->locked.sums.late_results++;
}

static void count_late(li_invocation *inv)
{
    pthread_mutex_lock(&inv->engine->lock);
    count_late_locked(inv);
    pthread_mutex_unlock(&inv->engine->lock);
    lii_journal(inv->engine, LI_STEP_LATE, &inv->id, inv->function ? inv->function->name : "", inv->attempt, "discarded");
}

void lii_hold_locked(li_invocation *inv)
{
    if (inv->is_held)
        return;
    inv->is_held = 1;
    atomic_fetch_add(&inv->engine->external, 1);
}

void lii_external_end_locked(li_invocation *inv)
{
    li_engine *engine = inv->engine;

    if (!inv->is_held)
        return;
    inv->is_held = 0;
    atomic_fetch_sub(&engine->external, 1);
    atomic_fetch_add(&engine->external_ends, 1);
    pthread_cond_broadcast(&engine->changed);
}

/* May this thread answer now? Inside the handler: yes, until it is abandoned. From elsewhere: the first one only; the
 * time-out is called off until the answer is posted. */
static li_status answer_begin(li_invocation *inv, int own)
{
    li_engine *engine = inv->engine;
    li_function *function = NULL;
    li_status status = LI_OK;
    uint32_t state = atomic_load(&inv->state), attempt = 0;
    int is_late = 0;
    li_id id;

    if (lii_is_shut(engine))
        return lii_shut(engine, NULL);
    if (own && state == LII_INV_RUNNING)
        return LI_OK;
    pthread_mutex_lock(&engine->lock);
    state = atomic_load(&inv->state);
    if (state == LII_INV_RUNNING && atomic_load(&inv->has_answer) == 0) {
        atomic_store(&inv->has_answer, 1);
    } else if (state == LII_INV_PENDING) {
        atomic_store(&inv->state, LII_INV_COMPLETING);
        lii_deadline_cancel_locked(engine, &inv->deadline);
        lii_hold_locked(inv);                   /* time waits for the answer that is being written */
    } else if (state == LII_INV_ABANDONED && atomic_load(&inv->has_answer) == 0) {
        atomic_store(&inv->has_answer, 1);      /* the environment can go now, or when the handler is back */
        if (inv->was_pending && !inv->is_telling)
            lii_deadline_set_locked(engine, &inv->deadline, lii_now_ns(engine));
        status = LI_E_STATE;
    } else {
        status = LI_E_STATE;
    }
    if (status != LI_OK && !is_own_frame(inv)) {    /* a handler that overran is counted when it returns */
        id = inv->id;
        function = inv->function;
        attempt = inv->attempt;
        is_late = 1;
        count_late_locked(inv);
    }
    pthread_mutex_unlock(&engine->lock);            /* from here on the invocation may be gone */
    if (is_late)
        lii_journal(engine, LI_STEP_LATE, &id, function ? function->name : "", attempt, "discarded");
    return status;
}

static void answer_post(li_invocation *inv, int own)
{
    li_engine *engine = inv->engine;

    if (own) {
        atomic_store_explicit(&inv->has_answer, 2, memory_order_relaxed);
        return;
    }
    pthread_mutex_lock(&engine->lock);
    atomic_store(&inv->has_answer, 2);
    if (atomic_load(&inv->state) == LII_INV_COMPLETING) {
        /* a worker's turn: what follows may call a destination, and time-outs must not wait for that */
        lii_timer_set_locked(engine, &inv->deadline, lii_now_ns(engine));
        lii_external_end_locked(inv);
    }
    pthread_mutex_unlock(&engine->lock);
    lii_fd_signal(engine);
}

/* The first answer after PENDING completes; own: inside the handler, where the last one counts. */
static int answers_own(const li_invocation *inv)
{
    return is_own_frame(inv) && atomic_load(&inv->state) == LII_INV_RUNNING;
}

li_status li_invocation_respond(li_invocation *inv, const char *data, size_t len)
{
    int own = answers_own(inv);
    li_status status;

    if (!data && len > 0 && len != LI_Z)
        return LI_E_INVALID;
    len = lii_len(data, len);
    if (inv->is_stream && len > 0) {     /* the last piece */
        status = li_invocation_stream(inv, data, len);
        if (status != LI_OK && status != LI_E_TOO_LARGE)
            return status;
        len = 0;
    }
    status = answer_begin(inv, own);
    if (status != LI_OK)
        return status;
    lii_guard_lock(inv);
    if (!inv->is_stream) {
        drop_given(inv);
        lii_buf_clear(&inv->response_buf);
        status = lii_buf_add(&inv->response_buf, data, len);
        inv->response = !data ? NULL : len > 0 ? inv->response_buf.data : "";
        inv->response_len = len;
    }
    inv->answer_kind = LII_ANSWER_OK;
    inv->out_of_memory = status != LI_OK;
    lii_guard_unlock(inv);
    answer_post(inv, own);
    return status;
}

li_status li_invocation_respond_give(li_invocation *inv, char *data, size_t len, void (*release)(void *user, char *data),
                                     void *user)
{
    int own = answers_own(inv);
    li_status status = data || len == 0 ? answer_begin(inv, own) : LI_E_INVALID;

    if (status != LI_OK) {
        if (data && release)
            release(user, data);
        return status;
    }
    lii_guard_lock(inv);
    drop_given(inv);
    inv->given = data;
    inv->given_release = release;
    inv->given_user = user;
    inv->response = data;
    inv->response_len = lii_len(data, len);
    inv->answer_kind = LII_ANSWER_OK;
    lii_guard_unlock(inv);
    answer_post(inv, own);
    return LI_OK;
}

/* For a caller that wants it whole: what is over the limit is not kept, the answer says that it is too large. */
static li_status gather(li_invocation *inv, const char *data, size_t len)
{
    size_t limit = (size_t)LII_CONFIG(inv->engine, sync_response_bytes);
    li_status status = LI_OK;

    lii_guard_lock(inv);
    if (!inv->is_stream)
        lii_buf_clear(&inv->response_buf);
    inv->is_stream = 1;
    inv->answer_kind = LII_ANSWER_OK;
    if (len > 0 && inv->response_buf.len <= limit)
        status = lii_buf_add(&inv->response_buf, data, len <= limit ? len : limit + 1);
    inv->response = inv->response_buf.len > 0 ? inv->response_buf.data : "";
    inv->response_len = inv->response_buf.len;
    inv->out_of_memory |= status != LI_OK;
    lii_guard_unlock(inv);
    return status;
}

li_status li_invocation_stream(li_invocation *inv, const char *data, size_t len)
{
    uint32_t state;
    li_status status;

    if (!data && len > 0 && len != LI_Z)
        return LI_E_INVALID;
    if (lii_is_shut(inv->engine))
        return lii_shut(inv->engine, NULL);
    state = atomic_load(&inv->state);
    if (state != LII_INV_RUNNING && state != LII_INV_PENDING)
        status = LI_E_STATE;
    else if (inv->stream)
        status = lii_stream_chunk(inv, data, lii_len(data, len));
    else
        status = gather(inv, data, lii_len(data, len));
    if (status == LI_E_STATE && !is_own_frame(inv))      /* a handler that overran is counted when it returns */
        count_late(inv);
    return status;
}

static li_status answer_with_document(li_invocation *inv, int32_t kind, const char *document, size_t len)
{
    int own = answers_own(inv);
    li_status status = answer_begin(inv, own);

    if (status != LI_OK)
        return status;
    lii_guard_lock(inv);
    if (!inv->lane || !inv->is_stream) {     /* an event that streamed has succeeded (INV-223) */
        drop_given(inv);
        lii_buf_clear(&inv->response_buf);
        status = lii_buf_add(&inv->response_buf, document, len);
        inv->response = inv->response_buf.data;
        inv->response_len = len;
        inv->answer_kind = kind;
        inv->out_of_memory = status != LI_OK;
    }
    lii_guard_unlock(inv);
    answer_post(inv, own);
    return status;
}

li_status li_invocation_fail(li_invocation *inv, const char *error_type, const char *message)
{
    lii_buf document;
    li_status status;

    lii_buf_init(&document, &inv->engine->allocator);
    lii_error_document(&document, error_type ? error_type : "Error", message ? message : "",
                       li_invocation_get_request_id(inv));
    status = document.status;
    if (status == LI_OK)
        status = answer_with_document(inv, LII_ANSWER_UNHANDLED, document.data, document.len);
    lii_buf_fini(&document);
    return status;
}

li_status li_invocation_fail_document(li_invocation *inv, const char *document, size_t len, int32_t handled)
{
    len = lii_len(document, len);
    if (lii_json_validate(document, len, NULL) != LI_OK)
        return LI_E_JSON;
    return answer_with_document(inv, handled ? LII_ANSWER_HANDLED : LII_ANSWER_UNHANDLED, document, len);
}

li_status li_invocation_exit(li_invocation *inv, int32_t exit_status)
{
    int own = answers_own(inv);
    li_status status = answer_begin(inv, own);

    if (status != LI_OK)
        return status;
    lii_guard_lock(inv);
    inv->answer_kind = LII_ANSWER_EXIT;
    inv->exit_status = exit_status;
    lii_guard_unlock(inv);
    answer_post(inv, own);
    return LI_OK;
}

void li_invocation_simulate(li_invocation *inv, uint64_t duration_ns)
{
    if (!inv->engine->is_virtual)
        return;
    inv->simulated_ns = duration_ns > LI_NEVER / 4 - inv->simulated_ns ? LI_NEVER / 4 : inv->simulated_ns + duration_ns;
}

void li_invocation_hold_clock(li_invocation *inv, int32_t hold)
{
    li_engine *engine = inv->engine;

    pthread_mutex_lock(&engine->lock);
    inv->wants_hold = hold != 0;
    if (atomic_load(&inv->state) == LII_INV_PENDING) {
        if (hold)
            lii_hold_locked(inv);
        else
            lii_external_end_locked(inv);
    }
    pthread_mutex_unlock(&engine->lock);
}

void li_invocation_retain(li_invocation *inv)
{
    atomic_fetch_add_explicit(&inv->refs, 1, memory_order_relaxed);
}

void li_invocation_release(li_invocation *inv)
{
    drop_share(inv, 1);
}
