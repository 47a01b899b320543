/* occasion.c - an occurrence on its way: the triggers that match are found, each gets its delivery, and who made it is told what the
 * service answers (TRG-4, 202). */
#include "trigger/occasion.h"

li_status lii_occasion_new(li_engine *engine, const lii_trigger_kind *kind, const char *text, size_t text_len,
                           lii_occasion **out, li_error *err)
{
    const li_allocator *allocator = lii_engine_allocator(engine);
    size_t len = lii_len(text, text_len), i;
    lii_occasion *o = lii_calloc(allocator, 1, sizeof *o + len + 1);

    if (!o)
        return lii_no_memory(err, "the occurrence");
    atomic_init(&o->refs, 1);
    atomic_init(&o->open, 1);
    o->engine = engine;
    o->occurrence.engine = engine;
    o->occurrence.kind = kind;
    o->occurrence.time_ms = li_engine_now_ms(engine);
    for (i = 0; i < sizeof o->occurrence.ids / sizeof *o->occurrence.ids; i++)
        lii_engine_new_id(engine, &o->occurrence.ids[i]);
    lii_buf_init(&o->answer.body, allocator);
    lii_buf_init(&o->answer.headers, allocator);
    if (len > 0)
        memcpy(o->text, text, len);
    if (text)
        o->occurrence.json = lii_json_root(o->text, len);
    *out = o;
    return LI_OK;
}

lii_occurrence *lii_occasion_occurrence(lii_occasion *occasion)
{
    return &occasion->occurrence;
}

void lii_occasion_release(lii_occasion *o)
{
    const li_allocator *allocator = lii_engine_allocator(o->engine);
    const lii_kind_code *code = o->occurrence.kind->code;

    if (atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (code && code->forget)
        code->forget(&o->occurrence);
    lii_buf_fini(&o->answer.body);
    lii_buf_fini(&o->answer.headers);
    lii_free(allocator, o);
}

void lii_occasion_free(lii_occasion *occasion)
{
    lii_occasion_release(occasion);
}

/* Headers lie one after the other as NAME NUL VALUE NUL. */
static size_t list_headers(const lii_reaction *answer, li_trigger_header *list, size_t max)
{
    const char *p = answer->headers.data;
    size_t i;

    for (i = 0; i < answer->n_headers && i < max; i++) {
        list[i].name = lii_slice(p, LI_Z);
        p += list[i].name.len + 1;
        list[i].value = lii_slice(p, LI_Z);
        p += list[i].value.len + 1;
    }
    return i;
}

static void tell(lii_occasion *o)
{
    li_trigger_header headers[LII_ANSWER_HEADERS];
    lii_reaction *a = &o->answer;
    li_trigger_answer told;

    if (!o->done)
        return;
    memset(&told, 0, sizeof told);
    told.size = sizeof told;
    if (a->headers.status != LI_OK || a->body.status != LI_OK) { /* no memory for the answer */
        a->status = 500;
        a->verdict = "failed";
        a->n_headers = 0;
        lii_buf_clear(&a->body);
    }
    told.verdict = a->verdict ? a->verdict : "nobody";
    told.body = a->body.len > 0 ? a->body.data : NULL;
    told.body_len = a->body.len;
    told.n_headers = list_headers(a, headers, LII_ANSWER_HEADERS);
    told.headers = told.n_headers > 0 ? headers : NULL;
    told.n_matched = o->n_matched;
    told.n_refused = atomic_load(&o->n_refused);
    told.request_id = o->request_id;
    told.status = a->status;
    told.function_error = o->function_error;
    o->done(o->user, &told);
}

void lii_occasion_settle(lii_occasion *o)
{
    if (atomic_fetch_sub_explicit(&o->open, 1, memory_order_acq_rel) == 1)
        tell(o);
    lii_occasion_release(o);
}

void lii_reaction_header(lii_reaction *answer, const char *name, const char *value, size_t value_len)
{
    size_t len = lii_len(value, value_len);

    if (answer->n_headers == LII_ANSWER_HEADERS || memchr(value, '\0', len))
        return;
    lii_buf_add(&answer->headers, name, strlen(name) + 1);
    lii_buf_add(&answer->headers, value, len);
    if (lii_buf_add_byte(&answer->headers, '\0') == LI_OK)
        answer->n_headers++;     /* one that found no memory is not there for those who look */
}

void lii_reaction_body(lii_reaction *answer, const char *data, size_t len)
{
    answer->body.len = 0;
    lii_buf_add(&answer->body, data, lii_len(data, len));
}

/* ---- one occurrence */

/* Of those at one place, which are in no order, the best, then the first made. */
static li_trigger **find_one_locked(lii_triggers *r, const lii_occurrence *o, int where, li_slice name, size_t *n, li_status *status)
{
    const lii_kind_code *code = o->kind->code;
    li_trigger *t = lii_table_get(where == LII_AT_PLACE ? &r->locked.by_place : &r->locked.by_source, name.ptr, name.len), *best = NULL;
    li_trigger **list;

    for (; t; t = where == LII_AT_PLACE ? t->at.next : t->same.next) {
        if (t->kind != o->kind || !t->is_enabled || !lii_matches(t, o))
            continue;
        if (!best || (code->better && code->better(t, best, o)) ||
            (t->sequence < best->sequence && (!code->better || !code->better(best, t, o))))
            best = t;
    }
    if (!best)
        return NULL;
    list = lii_alloc(r->allocator, sizeof(*list));
    if (!list) {
        *status = LI_E_NOMEM;
        return NULL;
    }
    atomic_fetch_add_explicit(&best->refs, 1, memory_order_relaxed);
    *list = best;
    *n = 1;
    return list;
}

/* The triggers that match, each with a reference more; NULL with *n 0: none, or (status) no memory. */
static li_trigger **collect_locked(lii_triggers *r, const lii_occurrence *o, size_t *n, li_status *status)
{
    li_trigger **list = NULL, **more;
    li_slice name;
    size_t i, cap = 0;

    *n = 0;
    *status = LI_OK;
    if (o->kind->code && o->kind->code->pick)
        return o->kind->code->pick(o, n, status);
    if (o->kind->code && o->kind->code->where && (i = (size_t)o->kind->code->where(o, &name)) != 0)
        return find_one_locked(r, o, (int)i, name, n, status);
    for (i = 0; i < r->locked.count; i++) {
        li_trigger *t = r->locked.list[i];

        if (t->kind != o->kind || !t->is_enabled || !lii_matches(t, o))
            continue;
        if (*n == 1 && (o->kind->flags & LII_KIND_ONE)) {
            if (!o->kind->code || !o->kind->code->better || !o->kind->code->better(t, list[0], o))
                continue;
            lii_trigger_release(list[0]);
            *n = 0;
        }
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

li_status lii_occurrence_taker(const lii_occurrence *o, li_trigger **taker)
{
    lii_triggers *r = lii_triggers_get(o->engine);
    li_status status = LI_E_NOMEM;
    li_trigger **list;
    size_t i, n = 0;

    *taker = NULL;
    if (!r)
        return status;
    pthread_mutex_lock(&r->locked.lock);
    list = collect_locked(r, o, &n, &status);
    pthread_mutex_unlock(&r->locked.lock);
    if (n > 0 && status == LI_OK)
        *taker = list[0];
    for (i = *taker ? 1 : 0; i < n; i++)
        lii_trigger_release(list[i]);
    lii_free(r->allocator, list);
    return status;
}

/* What a service answers that asks nobody, or does not wait. */
static void answer_at_once(lii_occasion *o, size_t n)
{
    const lii_trigger_kind *kind = o->occurrence.kind;
    lii_reaction *a = &o->answer;

    if (a->verdict)              /* refused before */
        return;
    a->status = n > 0 ? 202 : kind->type == LI_REQUEST_RESPONSE ? 404 : 200;
    a->verdict = n > 0 ? "accepted" : "nobody";
    if (n == 0 && kind->code && kind->code->nobody)
        kind->code->nobody(&o->occurrence, a);
}

static int is_refused(lii_occasion *o)
{
    const lii_kind_code *code = o->occurrence.kind->code;

    return code && code->refuse && code->refuse(&o->occurrence, &o->answer);
}

/* What occurs in a bucket may also be an event on the default bus (TRG-39). */
static void tell_bus(const lii_occurrence *o)
{
    const lii_trigger_kind *events = NULL;
    int64_t is_on = 0;

    if (o->kind == &lii_s3_kind && li_config_get(o->engine, "s3.event_bridge", &is_on) == LI_OK && is_on &&
        lii_kind_known(o->engine, LII_S("events"), &events, NULL) == LI_OK)
        events->code->hears_s3(o);
}

li_status lii_occasion_run(lii_occasion *o, li_trigger_answered done, void *user, uint64_t *n_matched, li_error *err)
{
    lii_triggers *r = lii_triggers_get(o->engine);
    const lii_trigger_kind *kind = o->occurrence.kind;
    li_status status = r ? LI_OK : LI_E_NOMEM;
    li_trigger **list = NULL;
    size_t i, n = 0;

    if (status == LI_OK && kind->code && kind->code->read) {
        status = kind->code->read(&o->occurrence, err);
        if (status != LI_OK) {
            lii_occasion_release(o);
            return status;
        }
    }
    if (status == LI_OK && !is_refused(o)) {
        pthread_mutex_lock(&r->locked.lock);
        list = collect_locked(r, &o->occurrence, &n, &status);
        o->occurrence.sequence = ++r->locked.occurrences;
        pthread_mutex_unlock(&r->locked.lock);
    }
    if (status == LI_OK) {
        o->done = done;
        o->user = user;
        o->n_matched = n;
        answer_at_once(o, n);
        atomic_fetch_add(&o->refs, (unsigned)n);
        atomic_fetch_add(&o->open, (unsigned)n);
    }
    for (i = 0; i < n; i++) {
        if (status != LI_OK || lii_deliver(list[i], o, i == 0) != LI_OK) {
            if (status == LI_OK) {
                lii_trigger_failed(list[i], LI_E_NOMEM);
                atomic_fetch_add(&o->n_refused, 1);
                lii_occasion_settle(o);
            }
            lii_trigger_release(list[i]);
        }
    }
    if (list)
        lii_free(r->allocator, list);
    if (status != LI_OK) {
        lii_occasion_release(o);
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory to deliver; nothing was delivered");
    }
    if (n_matched)
        *n_matched = n;
    tell_bus(&o->occurrence);
    lii_occasion_settle(o);
    return LI_OK;
}

void lii_fire(li_trigger *t, uint64_t time_ms)
{
    lii_occasion *o = NULL;

    if (t->kind->code->fired) {
        t->kind->code->fired(t, time_ms);
        return;
    }
    if (lii_occasion_new(t->engine, t->kind, NULL, 0, &o, NULL) != LI_OK) {
        lii_trigger_failed(t, LI_E_NOMEM);
        lii_trigger_release(t);
        return;
    }
    o->occurrence.time_ms = time_ms;
    atomic_fetch_add(&o->refs, 1);
    atomic_fetch_add(&o->open, 1);
    if (lii_deliver(t, o, 1) != LI_OK) {
        lii_trigger_failed(t, LI_E_NOMEM);
        lii_trigger_release(t);
        lii_occasion_settle(o);
    }
    lii_occasion_settle(o);
}
