/* firing.c - schedules come due: one timer of the engine serves all, in order of time and creation (TRG-150, 152, 160). */
#include <stddef.h>

#include "trigger/trigger.h"

/* A firing that is later than this was missed; the service too promises only the minute (TRG-133). */
#define LATE_NS LI_MINUTE_NS

static li_trigger *trigger_of(lii_heap_node *node)
{
    return (li_trigger *)(void *)((char *)node - offsetof(li_trigger, due));
}

/* So many periods on; 0: the clock ends before. */
static int step_on(lii_schedule *s, uint64_t periods)
{
    if (periods > (LI_NEVER - 1 - s->next_ns) / s->period_ns || periods > (UINT64_MAX - s->next_ms) / s->period_ms)
        return 0;
    s->next_ns += periods * s->period_ns;
    s->next_ms += periods * s->period_ms;
    return 1;
}

static li_status set_timer_locked(lii_triggers *r)
{
    const lii_heap_entry *first = lii_heap_first(&r->locked.due);

    return first ? lii_timer_set(r->engine, &r->timer, first->due) : LI_OK;
}

li_status lii_firing_start_locked(lii_triggers *r, li_trigger *t)
{
    lii_schedule *s = t->state;
    li_status status;

    s->next_ns = lii_engine_now_ns(r->engine);
    s->next_ms = li_engine_now_ms(r->engine);
    if (!step_on(s, 1))
        return LI_OK;
    status = lii_heap_set(&r->locked.due, &t->due, s->next_ns, t->sequence);
    if (status == LI_OK)
        status = set_timer_locked(r);
    if (status != LI_OK)
        lii_heap_remove(&r->locked.due, &t->due);
    return status;
}

/* The earliest schedule that is due, moved on to its next time; *at_ms is the time that it fires for, 0: it was missed. */
static li_trigger *take_due_locked(lii_triggers *r, uint64_t now_ns, uint64_t *at_ms)
{
    const lii_heap_entry *first = lii_heap_first(&r->locked.due);
    lii_schedule *s;
    li_trigger *t;
    uint64_t late, periods;

    if (!first || first->due > now_ns)
        return NULL;
    t = trigger_of(first->node);
    s = t->state;
    late = now_ns - s->next_ns;
    *at_ms = s->next_ms;
    periods = 1;
    if (late > LATE_NS && !li_clock_is_virtual(li_engine_get_clock(r->engine))) {
        *at_ms = 0;
        periods = late / s->period_ns + 1;
    }
    if (step_on(s, periods))
        lii_heap_set(&r->locked.due, &t->due, s->next_ns, t->sequence);
    else
        lii_heap_remove(&r->locked.due, &t->due);
    return t;
}

/* One firing a run, so that other due things have their turn in between. */
void lii_firing_run(lii_timer *timer)
{
    lii_triggers *r = timer->user;
    uint64_t at_ms = 0;
    li_trigger *t;

    pthread_mutex_lock(&r->locked.lock);
    do
        t = take_due_locked(r, lii_engine_now_ns(r->engine), &at_ms);
    while (t && at_ms == 0);
    if (t)
        atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    set_timer_locked(r);
    pthread_mutex_unlock(&r->locked.lock);
    if (t)
        lii_fire(t, at_ms);
}
