/* by_form.h - triggers as a console's form makes them. */
#ifndef LII_TRIGGER_BY_FORM_H
#define LII_TRIGGER_BY_FORM_H

#include "trigger/trigger.h"

/* The options lose what every form has, and the function and the state get it; what has changed lies in room from then on. */
li_status lii_form_take(li_engine *engine, li_trigger_spec *spec, lii_buf *room, li_error *err);

/* What a form has to ask before it may be submitted and was not answered with yes (TRG-198); NULL: all is acknowledged. */
static inline const lii_field *lii_form_unanswered(const li_trigger *t)
{
    uint32_t i;

    for (i = 0; i < t->n_values; i++)
        if ((t->kind->fields[i].flags & LII_FIELD_MUST_BE_TRUE) && !t->values[i].number)
            return &t->kind->fields[i];
    return NULL;
}

/* The statement that lets the service in for this trigger; 0: it needs none. */
int lii_trigger_permission(const li_trigger *t, li_permission *permission);

#endif
