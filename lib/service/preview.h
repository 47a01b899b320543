/* preview.h - live help beside the fields of a form: what an expression, a pattern means so far (TRG-197). */
#ifndef LII_SERVICE_PREVIEW_H
#define LII_SERVICE_PREVIEW_H

#include "service/services.h"

/* Members "match" of w's object: would the sample match, and the first key that failed. Nothing for kinds without a pattern, or
 * when there is none among the options yet. sample.ptr NULL: only whether the pattern is one. */
void lii_preview_match(li_engine *engine, const lii_trigger_kind *kind, lii_json_value options, li_slice sample, lii_json_writer *w);

/* A member of the options as text in room, which is cleared; {NULL, 0}: there is none, or (room->status) no memory. An object or
 * list is its own text. */
li_slice lii_preview_text(lii_json_value options, const char *name, lii_buf *room);

#endif
