/* firing.h - triggers that fire by the clock: what they keep of their schedule. */
#ifndef LII_TRIGGER_FIRING_H
#define LII_TRIGGER_FIRING_H

#include <lambdainvoke/schedule.h>

#include "engine/extend.h"

struct lii_triggers;

/* In the state of a trigger; what changes is guarded by the registry's lock. */
typedef struct lii_firing {
    li_schedule *schedule;    /* NULL: none */
    uint64_t period_ms;       /* without a schedule: it fires every so many ms; 0: it does not fire by the clock */
    uint64_t base_ms;         /* what a rate counts from */
    uint64_t next_ms;         /* the grid's next time, as the engine's Unix ms */
    uint64_t window_ms;       /* a firing comes anywhere in it, from the grid's time on; 0: at the grid's time */
    int32_t keeps_base;       /* 1: counted from the trigger's creation (Scheduler); 0: from each enabling (rules) */
    int32_t makes_up_one;     /* 1: what was missed is made up for by one firing; 0: not at all */
    int32_t is_deleted_after; /* 1: the trigger goes when its last firing has been delivered */
    int32_t has_start;        /* 1: a rate counts from a whole second of the options */
    int32_t starts_now;       /* 1: it fires when it is started, too, whatever its grid; not when the store brings it back */
    int32_t reserved;
} lii_firing;

/* The schedule of the options expression (or `name`), timezone, start, end, window and so on, as far as the kind has them.
 * A text that is not there leaves schedule NULL. kind: LI_SCHEDULE_*. Errors: LI_E_INVALID, LI_E_NOT_FOUND zone, … */
li_status lii_firing_prepare(const li_trigger *t, const char *name, int32_t kind, lii_firing *firing, li_error *err);
void lii_firing_finish(lii_firing *firing);

/* Of kinds whose state begins with their firing: the hooks firing and finish. */
lii_firing *lii_firing_in_state(const li_trigger *t);
void lii_firing_end_state(li_trigger *t);

lii_firing *lii_firing_of(const li_trigger *t); /* NULL: it does not fire by the clock */

/* So that the next start needs no memory. */
li_status lii_firing_reserve_locked(struct lii_triggers *triggers, const li_trigger *trigger);
/* Into the heap, with the next time from now on. old: the one that t takes the place of, whose grid it keeps if the
 * schedule is the same (TRG-163); NULL: none. LI_E_NOMEM: it is not in the heap. */
li_status lii_firing_start_locked(struct lii_triggers *triggers, li_trigger *trigger, const li_trigger *old);
/* The same for one that the store has kept: on the grid of its creation (TRG-152). */
li_status lii_firing_resume_locked(struct lii_triggers *triggers, li_trigger *trigger);
void lii_firing_run(struct lii_timer *timer);

/* ---- firings on their way through a flexible window */
typedef struct lii_delayed lii_delayed;
void lii_delayed_free(struct lii_triggers *triggers);

#endif
