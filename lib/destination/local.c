/* local.c - records become messages of a local queue. */
#include "destination/local.h"

static li_status local_put(void *self, const li_record *record, li_destination_done done, void *user, li_error *err)
{
    (void)err;
    done(user, li_local_queue_send(self, record->body.ptr, record->body.len, record->attributes, record->n_attributes,
                                   NULL));
    return LI_OK;
}

static const li_destination_ops local_ops = { sizeof local_ops, 1, 0, "local-queue", local_put, NULL };

li_status lii_destination_local_new(li_local_queue *queue, li_destination *destination)
{
    destination->ops = &local_ops;
    destination->self = queue;
    return LI_OK;
}
