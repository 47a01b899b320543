/* faulty.c - a destination that refuses, takes a record twice, or answers when it is told to. */
#include "base/alloc.h"
#include "base/faulty.h"
#include "base/options.h"

typedef struct faulty_destination {
    li_faulty *faulty;
    li_destination_ops ops;
    void *inner;
} faulty_destination;

/* One put on its way through the inner destination. */
typedef struct faulty_put {
    faulty_destination *destination;
    li_destination_done done;
    void *user;
    lii_faulty_verdict verdict;
} faulty_put;

static void put_done(void *user, li_status status)
{
    faulty_put *put = user;
    li_faulty *faulty = put->destination->faulty;

    if (put->verdict.action == LI_FAULTY_UNKNOWN)
        put->done(put->user, put->verdict.status);
    else if (put->verdict.action == LI_FAULTY_HOLD)
        lii_faulty_hold(faulty, put->done, put->user, status);
    else
        put->done(put->user, status);
    lii_free(&lii_malloc_allocator, put);
}

static void nobody(void *user, li_status status)
{
    (void)user;
    (void)status;
}

static li_status faulty_destination_put(void *self, const li_record *record, li_destination_done done, void *user,
                                        li_error *err)
{
    faulty_destination *d = self;
    lii_faulty_verdict verdict = lii_faulty_ask(d->faulty, "put");
    faulty_put *put;
    li_status status;

    if (verdict.action == LI_FAULTY_FAIL)
        return verdict.status;
    if (verdict.action == LI_FAULTY_TWICE)
        d->ops.put(d->inner, record, nobody, NULL, NULL);
    if (verdict.action != LI_FAULTY_UNKNOWN && verdict.action != LI_FAULTY_HOLD)
        return d->ops.put(d->inner, record, done, user, err);
    put = lii_alloc(&lii_malloc_allocator, sizeof *put);
    if (!put)
        return LI_E_NOMEM;
    put->destination = d;
    put->done = done;
    put->user = user;
    put->verdict = verdict;
    status = d->ops.put(d->inner, record, put_done, put, err);
    if (status != LI_OK)
        lii_free(&lii_malloc_allocator, put);
    return status;
}

static void faulty_destination_free(void *self)
{
    faulty_destination *d = self;

    if (d->ops.free)
        d->ops.free(d->inner);
    lii_faulty_free_part(d->faulty, d);
}

static const li_destination_ops plain_ops = {
    sizeof plain_ops, 1, 0, "faulty", faulty_destination_put, faulty_destination_free
};
static const li_destination_ops durable_ops = {
    sizeof durable_ops, 1, LI_DESTINATION_DURABLE, "faulty", faulty_destination_put, faulty_destination_free
};

li_status li_faulty_destination(li_faulty *faulty, const li_destination *inner, li_destination *out)
{
    faulty_destination *d;
    li_destination_ops ops;
    li_status status;

    if (!faulty || !inner || !out)
        return LI_E_INVALID;
    status = lii_ops_read(&ops, sizeof ops, inner->ops, "li_destination_ops", NULL);
    if (status == LI_OK && !ops.put)
        status = LI_E_INVALID;
    if (status != LI_OK)
        return status;
    d = lii_faulty_new_part(faulty, sizeof *d);
    if (!d) {
        if (ops.free)
            ops.free(inner->self);
        return LI_E_NOMEM;
    }
    d->faulty = faulty;
    d->ops = ops;
    d->inner = inner->self;
    out->ops = ops.caps & LI_DESTINATION_DURABLE ? &durable_ops : &plain_ops;
    out->self = d;
    return LI_OK;
}
