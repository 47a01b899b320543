/* firehose.h - what a delivery stream does with records before its function sees them, and after. */
#ifndef LII_SERVICE_FIREHOSE_H
#define LII_SERVICE_FIREHOSE_H

#include "trigger/trigger.h"

extern const lii_trigger_kind lii_firehose_kind;

/* Has each record what it needs? */
li_status lii_firehose_check(lii_json_value object, li_error *err);
/* Records of an occurrence wait in their stream's buffer until it is full or its interval over; done is told what became of
 * them. */
li_status lii_firehose_begin(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user, uint64_t *n_matched,
                             li_error *err);

#endif
