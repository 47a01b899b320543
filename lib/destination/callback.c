/* callback.c - a destination that calls the embedder with each record. */
#include <lambdainvoke/destination.h>

#include "base/alloc.h"

typedef struct callback {
    li_record_callback call;
    void *user;
} callback;

static li_status callback_put(void *self, const li_record *record, li_destination_done done, void *user, li_error *err)
{
    const callback *c = self;

    (void)err;
    done(user, c->call(c->user, record));
    return LI_OK;
}

static void callback_free(void *self)
{
    lii_free(&lii_malloc_allocator, self);
}

static const li_destination_ops callback_ops = { sizeof callback_ops, 1, 0, "callback", callback_put, callback_free };

li_status li_destination_callback_new(li_record_callback call, void *user, li_destination *destination)
{
    callback *c;

    if (!call)
        return LI_E_INVALID;
    c = lii_alloc(&lii_malloc_allocator, sizeof *c);
    if (!c)
        return LI_E_NOMEM;
    c->call = call;
    c->user = user;
    destination->ops = &callback_ops;
    destination->self = c;
    return LI_OK;
}
