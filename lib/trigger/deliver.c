/* deliver.c - an occurrence becomes one event for each trigger that matches; each is a client of its own (TRG-4, 202). */
#include "base/options.h"
#include "trigger/trigger.h"

static void refused(li_trigger *t, li_status status)
{
    atomic_fetch_add_explicit(&t->failures, 1, memory_order_relaxed);
    lii_engine_journal(t->engine, LI_STEP_TRIGGER, NULL, t->journal_name, 0, li_status_name(status));
    lii_trigger_release(t);
}

static void accepted(void *user, li_status status, const li_id *id)
{
    li_trigger *t = user;

    if (status != LI_OK) {
        refused(t, status);
        return;
    }
    lii_engine_journal(t->engine, LI_STEP_TRIGGER, id, t->journal_name, 0, t->kind->name);
    lii_trigger_release(t);
}

static void invoked(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    (void)err;
    accepted(user, status, status == LI_OK ? &result->request_id : NULL);
}

void lii_deliver(li_trigger *t, const lii_occurrence *occurrence)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    int64_t limit = 0;
    li_status status;
    lii_buf event;

    li_config_get(t->engine, t->type == LI_EVENT ? "limits.async_request_bytes" : "limits.sync_request_bytes", &limit);
    lii_buf_init(&event, lii_engine_allocator(t->engine));
    event.limit = (size_t)limit;
    t->kind->build(t, occurrence, &event);
    status = event.status;
    options.flags = LI_INVOKE_TRUSTED;
    atomic_fetch_add_explicit(&t->deliveries, 1, memory_order_relaxed);
    if (status == LI_OK && t->type == LI_EVENT)
        status = li_event_submit(t->engine, t->function.ptr, t->function.len, event.data, event.len, &options, accepted, t,
                                 NULL);
    else if (status == LI_OK)
        status = li_invoke_begin(t->engine, t->function.ptr, t->function.len, event.data, event.len, &options, invoked, t);
    lii_buf_fini(&event);
    if (status != LI_OK)
        refused(t, status);
}

/* The triggers that match, each with a reference more; NULL with *n 0: none, or (status) no memory. */
static li_trigger **collect_locked(lii_triggers *r, const lii_trigger_kind *kind, const lii_occurrence *o, size_t *n,
                                   li_status *status)
{
    li_trigger **list = NULL, **more;
    size_t i, cap = 0;

    *n = 0;
    *status = LI_OK;
    for (i = 0; i < r->locked.count; i++) {
        li_trigger *t = r->locked.list[i];

        if (t->kind != kind || !t->is_enabled || !kind->matches(t, o))
            continue;
        if (*n == cap) {
            cap = cap ? cap * 2 : 8;
            more = lii_realloc(r->allocator, list, cap * sizeof(*list));
            if (!more) {
                *status = LI_E_NOMEM;
                return list;
            }
            list = more;
        }
        atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
        list[(*n)++] = t;
    }
    return list;
}

li_status lii_occur(li_engine *engine, const lii_trigger_kind *kind, lii_occurrence *o, uint64_t *n_matched, li_error *err)
{
    lii_triggers *r = lii_triggers_get(engine);
    li_trigger **list;
    size_t i, n;
    li_status status;

    if (!r)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for triggers");
    o->time_ms = li_engine_now_ms(engine);
    pthread_mutex_lock(&r->locked.lock);
    list = collect_locked(r, kind, o, &n, &status);
    if (status == LI_OK && kind == &lii_s3_kind)
        o->sequencer = ++r->locked.s3_sequencer;
    pthread_mutex_unlock(&r->locked.lock);
    if (status == LI_OK && kind == &lii_s3_kind)
        for (i = 0; i < sizeof o->ids / sizeof *o->ids; i++)
            lii_engine_new_id(engine, &o->ids[i]);
    for (i = 0; i < n; i++) {
        if (status == LI_OK)
            lii_deliver(list[i], o);
        else
            lii_trigger_release(list[i]);
    }
    lii_free(r->allocator, list);
    if (status != LI_OK)
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory to deliver; nothing was delivered");
    if (n_matched)
        *n_matched = n;
    return LI_OK;
}

li_status li_trigger_occur(li_engine *engine, const char *kind, size_t kind_len, const char *occurrence,
                           size_t occurrence_len, uint64_t *n_matched, li_error *err)
{
    const lii_trigger_kind *k = NULL;
    size_t len = lii_len(occurrence, occurrence_len);
    lii_occurrence o;
    lii_arena arena;
    li_status status;
    char *texts;

    if (!engine)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine is NULL");
    status = lii_kind_find(lii_slice(kind, kind_len), &k, err);
    if (status != LI_OK)
        return status;
    if (k->is_scheduled)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_KIND, k->name, LI_Z,
                        "triggers of kind %s fire by the clock, not by occurrences", k->name);
    texts = lii_alloc(lii_engine_allocator(engine), len + 1);
    if (!texts)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for the occurrence");
    memset(&o, 0, sizeof o);
    arena.at = texts;
    status = k->occurrence(occurrence, len, &arena, &o, err);
    if (status == LI_OK)
        status = lii_occur(engine, k, &o, n_matched, err);
    lii_free(lii_engine_allocator(engine), texts);
    return status;
}

li_status li_s3_occur(li_engine *engine, const li_s3_occurrence *occurrence, uint64_t *n_matched, li_error *err)
{
    static const li_s3_occurrence defaults = LI_S3_OCCURRENCE_INIT;
    lii_occurrence o;
    li_status status;

    if (!engine || !occurrence)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine and occurrence are needed");
    memset(&o, 0, sizeof o);
    o.s3 = defaults;
    status = lii_options_read(&o.s3, sizeof o.s3, occurrence, "li_s3_occurrence", err);
    if (status == LI_OK)
        status = lii_s3_complete(&o, err);
    return status == LI_OK ? lii_occur(engine, &lii_s3_kind, &o, n_matched, err) : status;
}

li_status li_s3_occurrence_init(li_s3_occurrence *occurrence, size_t size)
{
    static const li_s3_occurrence defaults = LI_S3_OCCURRENCE_INIT;

    return lii_options_init(occurrence, size, &defaults, sizeof defaults);
}
