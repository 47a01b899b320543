/* deliver.c - an occurrence becomes one event for each trigger that matches; each is a client of its own (TRG-4, 202), and
 * its service reacts to the answer: takes it, asks again, waits and tries again, or gives up. */
#include "trigger/trigger.h"

#include "base/options.h"

/* ---- occasions: what all deliveries of one occurrence share */

struct lii_occasion {
    atomic_uint refs;
    atomic_uint open;            /* deliveries without an outcome, and one while they are being started */
    li_engine *engine;
    lii_occurrence occurrence;
    li_trigger_answered done;
    void *user;
    uint64_t n_matched;
    atomic_ullong n_refused;
    lii_reaction answer;           /* of the first trigger */
    li_id request_id;
    int32_t function_error;
    int32_t reserved;
    char text[];                 /* the occurrence's own bytes */
};

li_status lii_occasion_new(li_engine *engine, const lii_trigger_kind *kind, const char *text, size_t text_len,
                           lii_occasion **out, li_error *err)
{
    const li_allocator *allocator = lii_engine_allocator(engine);
    size_t len = lii_len(text, text_len), i;
    lii_occasion *o = lii_calloc(allocator, 1, sizeof *o + len + 1);

    if (!o)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for the occurrence");
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

static void occasion_release(lii_occasion *o)
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
    occasion_release(occasion);
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

/* One thing less to wait for; the last one tells the answer. Releases a reference. */
static void settle(lii_occasion *o)
{
    if (atomic_fetch_sub_explicit(&o->open, 1, memory_order_acq_rel) == 1)
        tell(o);
    occasion_release(o);
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

/* ---- deliveries */

struct lii_delivery {
    atomic_int refs;             /* its owner, and each call that still reads the event */
    int32_t reserved;
    li_trigger *trigger;
    lii_occasion *occasion;
    lii_timer timer;             /* the next try */
    lii_delivery *next, *prev;   /* registry lock; waiting for the next try */
    uint64_t first_ms;
    uint32_t attempts;
    int32_t is_first;            /* its answer is the occasion's */
    int32_t is_told;             /* the occasion does not wait for it any more */
    lii_buf event;
    char *trace;                 /* of the handler that made the occurrence: tries from a timer go on with it (INV-261); NULL: none */
};

static void start(lii_delivery *d);

/* The owner's is the one that the occasion waits for; a call that reads the event may let go later. */
static void delivery_release(lii_delivery *d)
{
    const li_allocator *allocator = lii_engine_allocator(d->trigger->engine);

    if (atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1)
        return;
    lii_buf_fini(&d->event);
    lii_free(allocator, d->trace);
    lii_trigger_release(d->trigger);
    lii_free(allocator, d);
}

static void delivery_free(lii_delivery *d)
{
    if (d->occasion && d->is_told)
        occasion_release(d->occasion);
    else if (d->occasion)
        settle(d->occasion);
    delivery_release(d);
}

/* The occasion need not wait any longer: what comes later is the service's own business. */
static void told(lii_delivery *d)
{
    if (!d->occasion || d->is_told)
        return;
    atomic_fetch_add_explicit(&d->occasion->refs, 1, memory_order_relaxed);
    d->is_told = 1;
    settle(d->occasion);
}

static void journal(const lii_delivery *d, const li_id *id, const char *why)
{
    lii_engine_journal(d->trigger->engine, LI_STEP_TRIGGER, id, d->trigger->journal_name, d->attempts > 1 ? d->attempts : 0,
                       why);
}

static void unlink_waiting(lii_triggers *r, lii_delivery *d)
{
    if (d->prev)
        d->prev->next = d->next;
    else if (r->locked.waiting == d)
        r->locked.waiting = d->next;
    if (d->next)
        d->next->prev = d->prev;
    d->next = d->prev = NULL;
}

static void try_again(lii_timer *timer)
{
    lii_delivery *d = timer->user;
    lii_triggers *r = lii_triggers_get(d->trigger->engine);

    pthread_mutex_lock(&r->locked.lock);
    unlink_waiting(r, d);
    pthread_mutex_unlock(&r->locked.lock);
    start(d);
}

static int wait_for_next(lii_delivery *d, uint64_t wait_ms)
{
    li_engine *engine = d->trigger->engine;
    lii_triggers *r = lii_triggers_get(engine);
    li_status status;

    told(d);
    d->timer.run = try_again;
    d->timer.user = d;
    d->timer.is_once = 1;
    pthread_mutex_lock(&r->locked.lock);
    d->prev = NULL;
    d->next = r->locked.waiting;
    if (d->next)
        d->next->prev = d;
    r->locked.waiting = d;
    status = lii_timer_set(engine, &d->timer, lii_engine_now_ns(engine) + wait_ms * LI_MS_NS);
    if (status != LI_OK)
        unlink_waiting(r, d);
    pthread_mutex_unlock(&r->locked.lock);
    return status == LI_OK;
}

static void refused(lii_delivery *d, li_status status)
{
    li_trigger *t = d->trigger;
    lii_service_retry mine;
    const lii_service_retry *retry = t->kind->code && t->kind->code->retry ? t->kind->code->retry(t, &mine) : t->kind->retry;
    uint64_t wait_ms = 0;

    journal(d, NULL, li_status_name(status));
    if (t->kind->code && t->kind->code->refused)
        t->kind->code->refused(t, status);
    if (d->occasion && !d->is_told)
        atomic_fetch_add(&d->occasion->n_refused, 1);
    if (t->type == LI_EVENT && lii_service_wait(retry, status, d->attempts, li_engine_now_ms(t->engine) - d->first_ms,
                                                &wait_ms) &&
        wait_for_next(d, wait_ms))
        return;
    atomic_fetch_add_explicit(&t->failures, 1, memory_order_relaxed);
    if (t->type == LI_EVENT)
        lii_dead_letter_send(t, d->occasion ? &d->occasion->occurrence : NULL, status, d->attempts, &d->event);
    delivery_free(d);
}

static void accepted(void *user, li_status status, const li_id *id)
{
    lii_delivery *d = user;

    if (status != LI_OK) {
        refused(d, status);
        return;
    }
    journal(d, id, d->trigger->kind->name);
    if (d->is_first)
        d->occasion->request_id = *id;
    delivery_free(d);
}

/* ---- services that wait for the answer */

/* A number among the options, or what the row says. */
static uint64_t chosen(const li_trigger *t, const char *option, uint64_t standard)
{
    return lii_field_find(t->kind->fields, option) != SIZE_MAX ? (uint64_t)lii_option_number(t, option) : standard;
}

static void answered(lii_delivery *d, li_status status, const li_invoke_result *result)
{
    const lii_kind_code *code = d->trigger->kind->code;
    lii_occasion *o = d->occasion;
    lii_reaction *a = &o->answer;
    int again = 0;

    if (d->is_first) {
        a->again = 0;
        a->n_headers = 0;
        lii_buf_clear(&a->headers);
        lii_buf_clear(&a->body);
        if (code && code->answer)
            code->answer(d->trigger, &o->occurrence, status, result, a);
        else
            lii_reaction_plain(d->trigger, status, result, a);
        again = a->again && d->attempts < chosen(d->trigger, "retries", (uint64_t)d->trigger->kind->tries - 1) + 1;
        o->request_id = status == LI_OK ? result->request_id : o->request_id;
        o->function_error = status == LI_OK ? result->function_error : 0;
    }
    if (again) {
        start(d);
        return;
    }
    if (status != LI_OK) {
        atomic_fetch_add_explicit(&d->trigger->failures, 1, memory_order_relaxed);
        atomic_fetch_add(&o->n_refused, 1);
    }
    delivery_free(d);
}

/* One try of a service that waits: ended by the answer or by the service's patience, whichever is first. The other one
 * still comes: a try is kept in the registry until both have (and the engine has let go of the timer). */
struct lii_try {
    lii_delivery *delivery;
    li_engine *engine;
    lii_timer timer;
    lii_try *next;               /* registry lock */
    atomic_int is_settled;
    atomic_int is_answered;
    atomic_int is_over;          /* the timer has run */
    int32_t has_timer;
};

static void unlink_try(lii_triggers *r, const lii_try *t)
{
    lii_try **link = &r->locked.tries;

    while (*link && *link != t)
        link = &(*link)->next;
    if (*link)
        *link = t->next;
}

/* Tries that both the answer and the timer have left. */
static void reap(lii_triggers *r)
{
    lii_try *t, *next, *gone = NULL;

    pthread_mutex_lock(&r->locked.lock);
    for (t = r->locked.tries; t; t = next) {
        next = t->next;
        if (atomic_load(&t->is_answered) && atomic_load(&t->is_over)) {
            unlink_try(r, t);
            t->next = gone;
            gone = t;
        }
    }
    pthread_mutex_unlock(&r->locked.lock);
    for (; gone; gone = next) {
        next = gone->next;
        lii_timer_cancel(r->engine, &gone->timer);
        lii_free(r->allocator, gone);
    }
}

static void try_end(lii_try *t)
{
    lii_triggers *r = lii_triggers_get(t->engine);

    pthread_mutex_lock(&r->locked.lock);
    unlink_try(r, t);
    pthread_mutex_unlock(&r->locked.lock);
    lii_free(r->allocator, t);
}

static void invoked(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    lii_try *t = user;
    lii_delivery *d = t->delivery;

    (void)err;
    if (atomic_exchange(&t->is_settled, 1) != 0) {   /* too late: the service has gone on; d is not ours any more */
        atomic_store(&t->is_answered, 1);
        return;
    }
    if (t->has_timer)
        lii_timer_cancel(t->engine, &t->timer);
    try_end(t);
    journal(d, status == LI_OK ? &result->request_id : NULL, status == LI_OK ? d->trigger->kind->name : li_status_name(status));
    answered(d, status, result);
}

static void patience_over(lii_timer *timer)
{
    lii_try *t = timer->user;

    if (atomic_exchange(&t->is_settled, 1) == 0) {
        journal(t->delivery, NULL, li_status_name(LI_E_TIMEOUT));
        answered(t->delivery, LI_E_TIMEOUT, NULL);
    }
    atomic_store(&t->is_over, 1);
}

static li_status ask(lii_delivery *d, const li_invoke_options *options)
{
    li_trigger *t = d->trigger;
    li_engine *engine = t->engine;
    lii_triggers *r = lii_triggers_get(engine);
    uint64_t ms = chosen(t, "timeout", 0);
    li_status status = LI_OK;
    lii_try *try;

    if (ms == 0)
        ms = t->kind->answer_ms;
    reap(r);
    try = lii_calloc(r->allocator, 1, sizeof *try);
    if (!try)
        return LI_E_NOMEM;
    try->delivery = d;
    try->engine = engine;
    if (ms > 0) {
        try->has_timer = 1;
        try->timer.run = patience_over;
        try->timer.user = try;
        status = lii_timer_set(engine, &try->timer, lii_engine_now_ns(engine) + ms * LI_MS_NS);
    }
    if (status != LI_OK) {
        lii_free(r->allocator, try);
        return status;
    }
    pthread_mutex_lock(&r->locked.lock);
    try->next = r->locked.tries;
    r->locked.tries = try;
    pthread_mutex_unlock(&r->locked.lock);
    atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed); /* patience may be over before this call is */
    status = li_invoke_begin(engine, t->function.ptr, t->function.len, d->event.data, d->event.len, options, invoked, try);
    if (status != LI_OK)
        invoked(try, status, NULL, NULL);
    delivery_release(d);
    return LI_OK;
}

void lii_deliveries_free(lii_triggers *r)
{
    lii_delivery *d;
    lii_try *t;

    while ((d = r->locked.waiting) != NULL) {
        lii_timer_cancel(r->engine, &d->timer);
        unlink_waiting(r, d);
        delivery_free(d);
    }
    while ((t = r->locked.tries) != NULL) {
        r->locked.tries = t->next;
        lii_timer_cancel(r->engine, &t->timer);
        lii_free(r->allocator, t);
    }
}

/* ---- one try */

li_status lii_trigger_allowed(const li_trigger *t)
{
    int64_t is_enforced = 0;
    li_slice token = lii_option_text(t, "skillId");

    li_config_get(t->engine, "policy.enforce", &is_enforced);
    if (!is_enforced || !t->kind->principal[0])
        return LI_OK;
    if (t->kind->flags & LII_KIND_ROLE)      /* of a part, which is there then */
        return lii_triggers_bare(t->engine)->role_allows(t) ? LI_OK : LI_E_DENIED;
    return lii_policy_allows(t->engine, t->function, t->kind->principal, t->source_arn, token) ? LI_OK : LI_E_DENIED;
}

static void count_attempt(lii_delivery *d)
{
    d->attempts++;
    if (!d->occasion || d->attempts == 1 || !(d->trigger->kind->flags & LII_KIND_COUNTS))
        return;
    d->occasion->occurrence.attempt = d->attempts;
    lii_buf_clear(&d->event);
    lii_build(d->trigger, &d->occasion->occurrence, &d->event);
}

static void start(lii_delivery *d)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    li_trigger *t = d->trigger;
    li_status status;

    count_attempt(d);
    status = d->event.status == LI_OK ? lii_trigger_allowed(t) : d->event.status;
    options.flags = LI_INVOKE_TRUSTED;
    options.trace = lii_slice(d->trace, LI_Z);
    if (status == LI_OK && t->type == LI_EVENT)
        status = li_event_submit(t->engine, t->function.ptr, t->function.len, d->event.data, d->event.len, &options, accepted,
                                 d, NULL);
    else if (status == LI_OK)
        status = ask(d, &options);
    if (status == LI_OK)
        return;
    if (t->type == LI_EVENT)
        refused(d, status);
    else
        answered(d, status, NULL);
}

static li_status deliver(li_trigger *t, lii_occasion *o, int is_first)
{
    lii_delivery *d = lii_calloc(lii_engine_allocator(t->engine), 1, sizeof *d);
    li_slice trace = lii_engine_trace(t->engine);
    int64_t limit = 0;

    if (d && trace.len > 0)
        d->trace = lii_copy_text(lii_engine_allocator(t->engine), trace.ptr, trace.len);
    if (!d || (trace.len > 0 && !d->trace)) {
        lii_free(lii_engine_allocator(t->engine), d);
        return LI_E_NOMEM;
    }
    li_config_get(t->engine, t->type == LI_EVENT ? "limits.async_request_bytes" : "limits.sync_request_bytes", &limit);
    atomic_init(&d->refs, 1);
    d->trigger = t;
    d->occasion = o;
    d->is_first = is_first;
    d->first_ms = li_engine_now_ms(t->engine);
    lii_buf_init(&d->event, lii_engine_allocator(t->engine));
    d->event.limit = (size_t)limit;
    lii_build(t, &o->occurrence, &d->event);
    atomic_fetch_add_explicit(&t->deliveries, 1, memory_order_relaxed);
    lii_trigger_watch(t);
    start(d);
    return LI_OK;
}

/* ---- one occurrence */

/* The triggers that match, each with a reference more; NULL with *n 0: none, or (status) no memory. */
static li_trigger **collect_locked(lii_triggers *r, const lii_occurrence *o, size_t *n, li_status *status)
{
    li_trigger **list = NULL, **more;
    size_t i, cap = 0;

    *n = 0;
    *status = LI_OK;
    if (o->kind->code && o->kind->code->pick)
        return o->kind->code->pick(o, n, status);
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
            occasion_release(o);
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
        if (status != LI_OK || deliver(list[i], o, i == 0) != LI_OK) {
            if (status == LI_OK) {
                atomic_fetch_add_explicit(&list[i]->failures, 1, memory_order_relaxed);
                atomic_fetch_add(&o->n_refused, 1);
                settle(o);
            }
            lii_trigger_release(list[i]);
        }
    }
    if (list)
        lii_free(r->allocator, list);
    if (status != LI_OK) {
        occasion_release(o);
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory to deliver; nothing was delivered");
    }
    if (n_matched)
        *n_matched = n;
    tell_bus(&o->occurrence);
    settle(o);
    return LI_OK;
}

void lii_fire(li_trigger *t, uint64_t time_ms)
{
    lii_occasion *o = NULL;

    if (lii_occasion_new(t->engine, t->kind, NULL, 0, &o, NULL) != LI_OK) {
        atomic_fetch_add_explicit(&t->failures, 1, memory_order_relaxed);
        lii_trigger_release(t);
        return;
    }
    o->occurrence.time_ms = time_ms;
    atomic_fetch_add(&o->refs, 1);
    atomic_fetch_add(&o->open, 1);
    if (deliver(t, o, 1) != LI_OK) {
        atomic_fetch_add_explicit(&t->failures, 1, memory_order_relaxed);
        lii_trigger_release(t);
        settle(o);
    }
    settle(o);
}
