/* transform.h - what a target gets instead of the event: a part of it, or a template filled from it (TRG-56, 57). Pure. */
#ifndef LII_SERVICE_TRANSFORM_H
#define LII_SERVICE_TRANSFORM_H

#include "base/buf.h"
#include "base/error.h"
#include "json/scan.h"
#include "json/write.h"

/* A path is $ and then any number of .name, [n] and [*]. NULL: it is one; else what would be right (static). */
const char *lii_event_path_wrong(li_slice path);
/* The value at a path as JSON; of a path with [*] an array of all. 0: there is none, nothing is written. */
int lii_event_path_write(lii_json_value event, li_slice path, lii_buf *out);

/* What names that are not the map's stand for. */
typedef struct lii_event_facts {
    const char *rule_arn;
    const char *rule_name;
    const char *time;        /* of ingestion */
} lii_event_facts;

/* Check a map of names to paths, and a template that uses them: what it makes is JSON whatever the values are.
 * LI_E_INVALID: inputPathsMap or inputTemplate, and what would be right. */
li_status lii_transform_check(lii_json_value map, li_slice template, const li_allocator *allocator, li_error *err);
/* Fill a template that was found right. Errors stick in the buffer. */
void lii_transform_write(lii_json_value map, li_slice template, lii_json_value event, const lii_event_facts *facts,
                         lii_buf *out);

#endif
