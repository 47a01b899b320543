/* begin.c - invocation that calls back instead of waiting, whole or piece by piece. */
#include "engine/call.h"

typedef struct call {
    li_engine *engine;
    li_invoke_done done;
    void *user;
    li_stream *stream;           /* NULL: the answer comes whole */
} call;

static void call_free(call *c)
{
    li_engine *engine = c->engine;

    li_stream_release(c->stream);
    lii_free(&engine->allocator, c);
}

static void call_refused(call *c, li_status status, const li_error *err)
{
    c->done(c->user, status, NULL, err);
    call_free(c);
}

static void call_settled(li_invocation *inv)
{
    call *c = inv->owner;
    li_invoke_result result;
    lii_frame frame;
    int is_gone = 0;

    if (atomic_load_explicit(&inv->state, memory_order_relaxed) == LII_INV_IDLE) {   /* it never began */
        li_error err = LI_ERROR_INIT;

        lii_call_throttled(inv->function, inv->qualifier, LI_E_THROTTLED, LI_DETAIL_WORKERS, &err);
        call_refused(c, LI_E_THROTTLED, &err);
        return;
    }
    if (c->stream && !lii_stream_end(inv, &is_gone))
        return;
    lii_result_borrow(&result, inv);
    if (c->stream && result.function_error == LI_FUNCTION_ERROR_NONE)
        result.payload_len = 0;  /* it was given in pieces */
    lii_frame_push(&frame, c->engine, NULL);
    if (is_gone) {
        li_error err = LI_ERROR_INIT;

        lii_fail(&err, LI_E_CANCELLED, LI_DETAIL_NONE, NULL, 0, "the caller has gone");
        c->done(c->user, LI_E_CANCELLED, NULL, &err);
    } else {
        c->done(c->user, LI_OK, &result, NULL);
    }
    lii_frame_pop(&frame);
    call_free(c);
}

static void call_event_accepted(void *user, li_status status, const li_id *id)
{
    call *c = user;
    li_invoke_result result;
    li_error err = LI_ERROR_INIT;

    if (status != LI_OK) {
        lii_fail(&err, status, LI_DETAIL_NONE, NULL, 0, "%s", li_strerror(status));
        call_refused(c, status, &err);
        return;
    }
    li_invoke_result_init(&result, sizeof result);
    lii_result_plain(&result, id, 202);
    c->done(c->user, LI_OK, &result, NULL);
    call_free(c);
}

static void begin_dry_run(call *c)
{
    li_invoke_result result;
    li_id id;

    lii_engine_new_id(c->engine, &id);
    li_invoke_result_init(&result, sizeof result);
    lii_result_plain(&result, &id, 204);
    c->done(c->user, LI_OK, &result, NULL);
    call_free(c);
}

static li_status begin_sync(call *c, lii_target_ref *target, const char *payload, size_t len, const li_invoke_options *o,
                            li_error *err)
{
    li_engine *engine = c->engine;
    li_invocation *inv;
    lii_env *env = NULL;
    int32_t detail = 0;
    li_status status = lii_env_acquire_named(target->function, target->qualifier, &env, &detail);

    if (status != LI_OK)
        return lii_call_throttled(target->function, target->qualifier, status, detail, err);
    inv = env->invocation;
    lii_invocation_prepare(inv, payload, len);
    if (lii_call_own_input(inv, payload, len, o, target->qualifier) != LI_OK) {
        atomic_store(&inv->state, LII_INV_IDLE);
        lii_env_release(env);
        return lii_no_memory(err, "the payload");
    }
    lii_invocation_sync_id(inv);
    lii_call_want_tail(inv, o);
    inv->on_settled = call_settled;
    inv->owner = c;
    if (c->stream)
        lii_stream_attach(c->stream, inv);
    if (env->code->run_on == LI_RUN_WORKER && atomic_load(&engine->is_threaded)) {
        inv->is_on_worker = 1;
        if (!lii_job_add(inv)) {
            lii_invocation_drop_response(inv);
            lii_env_release(env);
            return lii_call_throttled(target->function, target->qualifier, LI_E_THROTTLED, LI_DETAIL_WORKERS, err);
        }
    } else {
        inv->is_on_worker = !c->stream && lii_watch_is_free(inv);
        lii_job_run(inv);
    }
    return LI_OK;
}

/* stream is taken, also on failure. */
static li_status begin(li_engine *engine, const char *name, size_t name_len, const char *payload, size_t payload_len,
                       const li_invoke_options *o, li_invoke_done done, void *user, li_stream *stream)
{
    call *c = lii_alloc(&engine->allocator, sizeof *c);
    li_error err = LI_ERROR_INIT;
    li_invoke_options storage;
    li_invocation *caller;
    lii_target_ref target;
    li_status status;

    if (!c) {
        li_stream_release(stream);
        return LI_E_NOMEM;
    }
    c->engine = engine;
    c->done = done;
    c->user = user;
    c->stream = stream;
    o = lii_trace_inherit(engine, o, &storage);
    status = lii_call_check(engine, o, &err);
    if (status == LI_OK)
        status = lii_function_find(engine, name, name_len, o->qualifier, &target, &err);
    if (status == LI_OK && atomic_load(&engine->is_stopping))
        status = lii_fail(&err, LI_E_CLOSED, LI_DETAIL_NONE, NULL, 0, "the engine is being stopped");
    if (status == LI_OK)
        status = lii_call_payload(engine, target.function, target.qualifier, &payload, &payload_len, o, &err);
    if (status == LI_OK && o->type == LI_DRY_RUN) {
        begin_dry_run(c);
        return LI_OK;
    }
    if (status == LI_OK && o->type == LI_EVENT)
        status = li_event_submit(engine, name, name_len, payload, payload_len, o, call_event_accepted, c, &err);
    else if (status == LI_OK && (status = lii_recursion_check(target.function, o, &err)) == LI_OK &&
             (status = lii_call_depth(engine, &caller, &err)) == LI_OK)
        status = begin_sync(c, &target, payload, payload_len, o, &err);
    if (status != LI_OK)
        call_refused(c, status, &err);
    return LI_OK;
}

li_status li_invoke_begin(li_engine *engine, const char *name, size_t name_len, const char *payload, size_t payload_len,
                          const li_invoke_options *options, li_invoke_done done, void *user)
{
    li_invoke_options storage;
    const li_invoke_options *o;
    li_status status;

    if (!engine || !done)
        return LI_E_INVALID;
    if (lii_is_shut(engine))
        return lii_shut(engine, NULL);
    status = lii_call_options(&storage, options, &o, NULL);
    return status == LI_OK ? begin(engine, name, name_len, payload, payload_len, o, done, user, NULL) : status;
}

li_status li_invoke_stream(li_engine *engine, const char *name, size_t name_len, const char *payload, size_t payload_len,
                           const li_invoke_options *options, const li_stream_caller *caller, li_stream **stream)
{
    li_stream_caller c = LI_STREAM_CALLER_INIT;
    li_invoke_options storage;
    const li_invoke_options *o;
    li_stream *made;
    li_status status;

    if (stream)
        *stream = NULL;
    if (!engine || !caller)
        return LI_E_INVALID;
    if (lii_is_shut(engine))
        return lii_shut(engine, NULL);
    status = lii_options_read(&c, sizeof c, caller, "li_stream_caller", NULL);
    if (status == LI_OK)
        status = lii_call_options(&storage, options, &o, NULL);
    if (status == LI_OK && (!c.chunk || !c.done || o->type == LI_EVENT))
        status = LI_E_INVALID;
    if (status != LI_OK)
        return status;
    made = lii_stream_new(engine, &c, stream != NULL);
    if (!made)
        return LI_E_NOMEM;
    if (stream) {
        lii_stream_retain(made);
        *stream = made;
    }
    status = begin(engine, name, name_len, payload, payload_len, o, c.done, c.user, made);
    if (status != LI_OK && stream) {
        li_stream_release(made);
        *stream = NULL;
    }
    return status;
}
