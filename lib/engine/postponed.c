/* postponed.c - ends that memory is missing for: an event is not lost by that, its end is made again a while later (REL-40).
 *
 * What a handler has answered stays with its invocation, whose environment is kept from other work meanwhile; an end that no
 * handler has part in is found again by the event's next turn; so is that of a handler that may still write, by a mark. */
#include "engine/engine.h"

enum { AGAIN_MS = 1000 };

static void again_run(lii_timer *timer)
{
    li_engine *engine = timer->user;
    li_invocation *list, *inv;

    pthread_mutex_lock(&engine->lock);
    list = engine->locked.postponed;
    engine->locked.postponed = NULL;
    pthread_mutex_unlock(&engine->lock);
    while ((inv = list) != NULL) {
        list = inv->next;
        inv->next = NULL;
        inv->is_postponed = 0;
        lii_event_conclude(inv);
        lii_invocation_finish(inv);
    }
}

li_status lii_postponed_init(li_engine *engine)
{
    engine->again.run = again_run;
    engine->again.user = engine;
    return lii_timer_promise_locked(engine, &engine->again);
}

void lii_event_postpone(const lii_ending *e)
{
    li_invocation *inv = e->invocation, **link;
    li_engine *engine = e->lane->engine;
    li_event_header header = e->leased ? *e->leased : e->header;

    if (!inv || atomic_load(&inv->state) != LII_INV_SETTLED) {
        header.function_failures = inv ? LII_FAILED_FOR_GOOD : header.function_failures;
        lii_event_wait(e->lane, e->token, &header, li_engine_now_ms(engine) + AGAIN_MS);
        return;
    }
    pthread_mutex_lock(&engine->lock);
    inv->is_postponed = 1;
    inv->next = NULL;
    for (link = &engine->locked.postponed; *link; link = &(*link)->next)
        continue;
    *link = inv;
    if (engine->again.node.place == 0)
        lii_timer_set_locked(engine, &engine->again, lii_now_ns(engine) + AGAIN_MS * LI_MS_NS);   /* promised: cannot fail */
    pthread_mutex_unlock(&engine->lock);
}
