/* local.c - records become messages of a local queue. */
#include "destination/local.h"

#include "base/slice.h"

enum { ATTRIBUTES = 8 };         /* a dead letter has three */

/* The trace goes as SQS carries it: as an attribute of the system. */
static li_status local_put(void *self, const li_record *record, li_destination_done done, void *user, li_error *err)
{
    li_record_attribute attributes[ATTRIBUTES + 1];
    size_t n = record->n_attributes < ATTRIBUTES ? record->n_attributes : ATTRIBUTES;

    (void)err;
    if (n > 0)
        memcpy(attributes, record->attributes, n * sizeof *attributes);
    if (record->trace.len > 0) {
        attributes[n].name = LII_S("AWSTraceHeader");
        attributes[n].type = LII_S(LI_ATTRIBUTE_SYSTEM);
        attributes[n++].value = record->trace;
    }
    done(user, li_local_queue_send(self, record->body.ptr, record->body.len, attributes, n, NULL));
    return LI_OK;
}

static const li_destination_ops local_ops = { sizeof local_ops, 1, 0, "local-queue", local_put, NULL };

li_status lii_destination_local_new(li_local_queue *queue, li_destination *destination)
{
    destination->ops = &local_ops;
    destination->self = queue;
    return LI_OK;
}
