/* by_form.h - triggers as a console's form makes them. */
#ifndef LII_TRIGGER_BY_FORM_H
#define LII_TRIGGER_BY_FORM_H

#include "trigger/trigger.h"

/* The options lose what every form has, and the function and the state get it; what has changed lies in room from then on. */
li_status lii_form_take(li_engine *engine, li_trigger_spec *spec, lii_buf *room, li_error *err);

/* The statement that lets the service in for this trigger; 0: it needs none. */
int lii_trigger_permission(const li_trigger *t, li_permission *permission);

#endif
