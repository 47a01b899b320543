/* deliver.c - the event of one trigger: submitted or asked, and its service reacts to the answer: takes it, asks again, waits and
 * tries again, or gives up. */
#include "trigger/occasion.h"

#include "base/options.h"

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
        lii_occasion_release(d->occasion);
    else if (d->occasion)
        lii_occasion_settle(d->occasion);
    delivery_release(d);
}

/* The occasion need not wait any longer: what comes later is the service's own business. */
static void told(lii_delivery *d)
{
    if (!d->occasion || d->is_told)
        return;
    atomic_fetch_add_explicit(&d->occasion->refs, 1, memory_order_relaxed);
    d->is_told = 1;
    lii_occasion_settle(d->occasion);
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
    lii_trigger_ended(t, li_status_name(status));
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
    lii_trigger_ended(d->trigger, "accepted");
    if (d->is_first && !d->is_told)      /* else the occasion has been told, or just is */
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
    const char *word = status == LI_OK && result->function_error != LI_FUNCTION_ERROR_NONE ? "function-error" : "ok";
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
        word = a->verdict ? a->verdict : word;
        o->request_id = status == LI_OK ? result->request_id : o->request_id;
        o->function_error = status == LI_OK ? result->function_error : 0;
    }
    lii_trigger_ended(d->trigger, word);
    if (again) {
        start(d);
        return;
    }
    if (status != LI_OK) {
        lii_trigger_failed(d->trigger, status);
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
    options.flags = t->is_foreign ? 0 : LI_INVOKE_TRUSTED;
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

li_status lii_deliver(li_trigger *t, lii_occasion *o, int is_first)
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
