/* firing.c - schedules come due: one timer of the engine serves all, in order of time and creation (TRG-150, 152, 160). */
#include "trigger/firing.h"

#include <stddef.h>

#include "schedule/next.h"
#include "trigger/trigger.h"

/* A firing that is later than this was missed; the service too promises only the minute (TRG-133). */
#define LATE_NS LI_MINUTE_NS

/* ---- the schedule of a trigger's options */

static li_status read_date(const li_trigger *t, const char *name, int64_t *at_s, li_error *err)
{
    li_slice text = lii_option_text(t, name);

    if (text.len == 0 || lii_instant_read(text, at_s) == 0)
        return LI_OK;
    return lii_option_wrong(name, err, "it has to be a time as 2026-01-01T00:00:00Z");
}

li_status lii_firing_prepare(const li_trigger *t, const char *name, int32_t kind, lii_firing *f, li_error *err)
{
    li_schedule_options options = LI_SCHEDULE_OPTIONS_INIT;
    const lii_triggers *r = lii_triggers_get(t->engine);
    li_slice expression = lii_option_text(t, name);
    li_status status = r ? LI_OK : lii_no_memory(err, "a trigger");

    if (status != LI_OK || expression.len == 0)
        return status;
    options.kind = kind;
    options.zone = lii_option_text(t, "timezone");
    options.zones = r->zones;
    options.overlap = lii_slice_is(lii_option_text(t, "overlap"), "both") ? LI_OVERLAP_BOTH : LI_OVERLAP_ONCE;
    status = read_date(t, "start", &options.start_s, err);
    if (status == LI_OK)
        status = read_date(t, "end", &options.end_s, err);
    if (status == LI_OK && options.end_s < options.start_s)
        status = lii_option_wrong("end", err, "it lies before the start");
    if (status == LI_OK)
        status = li_schedule_new(lii_engine_allocator(t->engine), expression.ptr, expression.len, &options, &f->schedule, err);
    f->has_start = options.start_s != INT64_MIN;
    f->keeps_base = kind == LI_SCHEDULE_SCHEDULER;
    f->makes_up_one = lii_slice_is(lii_option_text(t, "missed"), "one");
    f->is_deleted_after = lii_slice_is(lii_option_text(t, "afterCompletion"), "DELETE");
    f->window_ms = (uint64_t)lii_option_number(t, "window") * (LI_MINUTE_NS / LI_MS_NS);
    return status;
}

void lii_firing_finish(lii_firing *f)
{
    li_schedule_free(f->schedule);
    f->schedule = NULL;
}

lii_firing *lii_firing_in_state(const li_trigger *t)
{
    return t->state;
}

void lii_firing_end_state(li_trigger *t)
{
    lii_firing_finish(t->state);
    lii_free(lii_engine_allocator(t->engine), t->state);
}

lii_firing *lii_firing_of(const li_trigger *t)
{
    lii_firing *f = t->state && t->kind->code && t->kind->code->firing ? t->kind->code->firing(t) : NULL;

    return f && (f->schedule || f->period_ms || f->starts_now) ? f : NULL;
}

/* ---- the grid */

/* The grid's first time after a time; 0: there is none. Schedules count in seconds: a rate keeps the fraction of the second
 * in which it began. */
static int next_after(lii_firing *f, uint64_t after_ms)
{
    uint64_t fraction;
    int64_t after_s, next_s = 0;

    if (!f->schedule && !f->period_ms)
        return 0;
    if (!f->schedule) {
        f->next_ms = f->base_ms + ((after_ms > f->base_ms ? after_ms - f->base_ms : 0) / f->period_ms + 1) * f->period_ms;
        return 1;
    }
    fraction = li_schedule_get_form(f->schedule) == LI_SCHEDULE_RATE && !f->has_start ? f->base_ms % 1000 : 0;
    after_s = after_ms < fraction ? -1 : (int64_t)((after_ms - fraction) / 1000);
    if (!lii_schedule_after(f->schedule, (int64_t)(f->base_ms / 1000), after_s, &next_s) || next_s < 0 ||
        (uint64_t)next_s > (UINT64_MAX - 1000) / 1000)
        return 0;
    f->next_ms = (uint64_t)next_s * 1000 + fraction;
    return 1;
}

static int is_text_same(const li_trigger *a, const li_trigger *b, const char *name)
{
    return lii_slice_equal(lii_option_text(a, name), lii_option_text(b, name));
}

static int is_same_schedule(const li_trigger *a, const li_trigger *b)
{
    static const char *const names[] = { "expression", "schedule", "timezone", "start", "end", "frequency", "every" };
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (!is_text_same(a, b, names[i]) || lii_option_number(a, names[i]) != lii_option_number(b, names[i]))
            return 0;
    return 1;
}

static li_trigger *trigger_of(lii_heap_node *node)
{
    return (li_trigger *)(void *)((char *)node - offsetof(li_trigger, due));
}

static li_status set_timer_locked(lii_triggers *r)
{
    const lii_heap_entry *first = lii_heap_first(&r->locked.due);

    return first ? lii_timer_set(r->engine, &r->timer, first->due) : LI_OK;
}

static li_status wait_locked(lii_triggers *r, li_trigger *t, const lii_firing *f)
{
    uint64_t due = lii_engine_ns_of_ms(r->engine, f->next_ms);

    if (due >= LI_NEVER - 1) { /* beyond the end of the clock */
        lii_heap_remove(&r->locked.due, &t->due);
        return LI_OK;
    }
    return lii_heap_set(&r->locked.due, &t->due, due, t->sequence);
}

static li_status start_locked(lii_triggers *r, li_trigger *t, lii_firing *f, uint64_t after_ms, int is_now)
{
    li_status status;

    if (is_now)
        f->next_ms = after_ms;
    else if (!next_after(f, after_ms))
        return LI_OK;
    status = wait_locked(r, t, f);
    if (status == LI_OK)
        status = set_timer_locked(r);
    if (status != LI_OK)
        lii_heap_remove(&r->locked.due, &t->due);
    return status;
}

li_status lii_firing_reserve_locked(lii_triggers *r, const li_trigger *t)
{
    li_status status = lii_firing_of(t) ? lii_heap_reserve(&r->locked.due, 1) : LI_OK;

    if (status == LI_OK && lii_firing_of(t) && !lii_heap_first(&r->locked.due))
        status = lii_timer_set(r->engine, &r->timer, lii_engine_now_ns(r->engine));     /* it finds nothing due, or is moved */
    return status;
}

li_status lii_firing_start_locked(lii_triggers *r, li_trigger *t, const li_trigger *old)
{
    lii_firing *f = lii_firing_of(t), *before = old ? lii_firing_of(old) : NULL;
    uint64_t now_ms = li_engine_now_ms(r->engine), after_ms = now_ms;
    int is_new;

    if (!f)
        return LI_OK;
    is_new = !before || !is_same_schedule(t, old);
    if (!is_new)
        f->base_ms = before->base_ms;
    else if (!f->keeps_base || old)
        f->base_ms = now_ms;
    else if (f->base_ms == 0)
        f->base_ms = t->created_ms;
    if (f->keeps_base && li_schedule_get_form(f->schedule) == LI_SCHEDULE_RATE && f->base_ms == now_ms)
        after_ms = now_ms - 1; /* it begins at once */
    return start_locked(r, t, f, after_ms, f->starts_now && is_new);
}

li_status lii_firing_resume_locked(lii_triggers *r, li_trigger *t)
{
    lii_firing *f = lii_firing_of(t);

    if (!f)
        return LI_OK;
    f->base_ms = t->created_ms;
    return start_locked(r, t, f, li_engine_now_ms(r->engine), 0);
}

/* ---- firings that a flexible window puts off */

struct lii_delayed {
    lii_timer timer;
    li_trigger *trigger;
    uint64_t at_ms;           /* the grid's time */
    int32_t is_last;
    int32_t reserved;
    lii_delayed *next, *prev; /* registry lock */
};

static void unlink_delayed_locked(lii_triggers *r, lii_delayed *d)
{
    if (d->prev)
        d->prev->next = d->next;
    else
        r->locked.delayed = d->next;
    if (d->next)
        d->next->prev = d->prev;
}

void lii_delayed_free(lii_triggers *r)
{
    lii_delayed *d;

    while ((d = r->locked.delayed) != NULL) {
        lii_timer_cancel(r->engine, &d->timer);
        unlink_delayed_locked(r, d);
        lii_trigger_release(d->trigger);
        lii_free(r->allocator, d);
    }
}

/* Deliver, and let a trigger go that has nothing more to do (TRG-66). Takes over a reference. */
static void fire(li_trigger *t, uint64_t at_ms, int is_last)
{
    const lii_firing *f = lii_firing_of(t);
    li_engine *engine = t->engine;
    int is_gone = is_last && f->is_deleted_after;
    char id[sizeof t->id];

    memcpy(id, t->id, sizeof id);
    if (at_ms)
        lii_fire(t, at_ms);
    else
        lii_trigger_release(t);
    if (is_gone)
        li_trigger_remove(engine, id, LI_Z, NULL);
}

static void delay_over(lii_timer *timer)
{
    lii_delayed *d = timer->user;
    li_trigger *t = d->trigger;
    lii_triggers *r = lii_triggers_get(t->engine);
    uint64_t at_ms = d->at_ms;
    int is_last = d->is_last, is_enabled;

    pthread_mutex_lock(&r->locked.lock);
    unlink_delayed_locked(r, d);
    is_enabled = t->is_enabled;
    pthread_mutex_unlock(&r->locked.lock);
    lii_free(r->allocator, d);
    if (is_enabled)
        fire(t, at_ms, is_last);
    else
        lii_trigger_release(t);
}

/* A time in the window, each as likely as any other, from the engine's seeded generator (TRG-65). */
static uint64_t draw_ms(li_engine *engine, uint64_t window_ms)
{
    uint64_t random = 0;
    li_id id;
    int i;

    lii_engine_new_id(engine, &id);
    for (i = 0; i < 6; i++) /* the bytes before those that say what kind of id it is */
        random = random << 8 | id.bytes[i];
    return random % window_ms;
}

/* 0: there is no memory to put it off; it fires at once, which is in its window too. */
static int put_off(lii_triggers *r, li_trigger *t, uint64_t at_ms, uint64_t window_ms, int is_last)
{
    lii_delayed *d = lii_calloc(r->allocator, 1, sizeof *d);
    li_status status;

    if (!d)
        return 0;
    d->timer.run = delay_over;
    d->timer.user = d;
    d->timer.is_once = 1;
    d->trigger = t;
    d->at_ms = at_ms;
    d->is_last = is_last;
    pthread_mutex_lock(&r->locked.lock);
    d->next = r->locked.delayed;
    if (d->next)
        d->next->prev = d;
    r->locked.delayed = d;
    status = lii_timer_set(r->engine, &d->timer, lii_engine_ns_of_ms(r->engine, at_ms + draw_ms(r->engine, window_ms)));
    if (status != LI_OK)
        unlink_delayed_locked(r, d);
    pthread_mutex_unlock(&r->locked.lock);
    if (status != LI_OK)
        lii_free(r->allocator, d);
    return status == LI_OK;
}

/* ---- coming due */

/* The earliest schedule that is due, moved on to its next time; *at_ms is the time that it fires for, 0: it was missed. */
static li_trigger *take_due_locked(lii_triggers *r, uint64_t now_ns, uint64_t *at_ms, int *is_last)
{
    const lii_heap_entry *first = lii_heap_first(&r->locked.due);
    uint64_t after_ms;
    lii_firing *f;
    li_trigger *t;

    if (!first || first->due > now_ns)
        return NULL;
    t = trigger_of(first->node);
    f = lii_firing_of(t);
    *at_ms = after_ms = f->next_ms;
    if (now_ns - first->due > LATE_NS && !li_clock_is_virtual(li_engine_get_clock(r->engine))) {
        after_ms = li_engine_now_ms(r->engine);
        if (!f->makes_up_one)
            *at_ms = 0;
    }
    *is_last = !next_after(f, after_ms);
    if (*is_last)
        lii_heap_remove(&r->locked.due, &t->due);
    else
        wait_locked(r, t, f); /* it is in the heap: no memory is needed */
    return t;
}

/* One firing a run, so that other due things have their turn in between. */
void lii_firing_run(lii_timer *timer)
{
    lii_triggers *r = timer->user;
    uint64_t at_ms = 0, window_ms = 0;
    int is_last = 0;
    li_trigger *t;

    pthread_mutex_lock(&r->locked.lock);
    do
        t = take_due_locked(r, lii_engine_now_ns(r->engine), &at_ms, &is_last);
    while (t && at_ms == 0 && !is_last);
    if (t) {
        atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
        window_ms = lii_firing_of(t)->window_ms;
    }
    set_timer_locked(r);
    pthread_mutex_unlock(&r->locked.lock);
    if (t && !(at_ms && window_ms && put_off(r, t, at_ms, window_ms, is_last)))
        fire(t, at_ms, is_last);
}
