/* bus.h - event buses: each has one compiled set of its rules' patterns, and is a destination of records. */
#ifndef LII_SERVICE_BUS_H
#define LII_SERVICE_BUS_H

#include <lambdainvoke/pattern.h>

#include "service/target.h"
#include "service/transform.h"

enum { LII_BUS_NAME_MAX = 256 };

/* Lives until the engine ends. */
typedef struct lii_bus {
    li_engine *engine;
    li_pattern_set *patterns;
    char name[LII_BUS_NAME_MAX + 1];
} lii_bus;

/* The bus of a name, or of the name at the end of its ARN; made when it is not there yet (is_made 1) or NULL with LI_OK. */
li_status lii_bus_get(li_engine *engine, li_slice name, int is_made, lii_bus **bus, li_error *err);
/* Patterns of triggers on their buses: added under an id (*id, which stays where it is), removed when the trigger ends. */
li_status lii_bus_add(lii_bus *bus, li_trigger *t, uint64_t *id, li_slice pattern, li_pattern_error *error);
void lii_bus_remove(lii_bus *bus, const uint64_t *id);
/* The triggers of an event that matches, as lii_kind_code.pick gives them. */
li_trigger **lii_bus_pick(const lii_occurrence *o, size_t *n, li_status *status);
li_slice lii_bus_short_name(li_slice name);

/* An event on its way through a bus, in the state of its occurrence. */
typedef struct lii_bus_event {
    lii_buf envelope;        /* as targets without an input of their own get it */
    uint64_t *ids;           /* of the patterns that match */
    size_t n_ids;
    size_t cap;
} lii_bus_event;

extern const lii_trigger_kind lii_events_kind;

/* ---- events_put.c */
li_status lii_events_begin(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user, uint64_t *n_matched,
                           li_error *err);
li_status lii_events_read(lii_occurrence *o, li_error *err);
void lii_events_forget(lii_occurrence *o);
/* ---- events_s3.c: an object's event on the default bus (TRG-39). */
void lii_events_of_s3(const lii_occurrence *o);

/* ---- events_put.c */
/* A record of an asynchronous event, put on the bus (INV-232). */
li_status lii_events_put_record(lii_bus *bus, const li_record *record);

#endif
