/* function.c - records become events of a function. */
#include "destination/function.h"

#include <string.h>

#include "base/alloc.h"
#include "base/slice.h"

typedef struct function {
    lii_destination_submit submit;
    void *owner;
    size_t arn_len;
    char arn[];
} function;

static li_status function_put(void *self, const li_record *record, li_destination_done done, void *user, li_error *err)
{
    const function *f = self;

    (void)err;
    return f->submit(f->owner, f->arn, f->arn_len, record->body.ptr, record->body.len, record->trace, done, user);
}

static void function_free(void *self)
{
    lii_free(&lii_malloc_allocator, self);
}

static const li_destination_ops function_ops = { sizeof function_ops, 1, 0, "function", function_put, function_free };

li_status lii_destination_function_new(lii_destination_submit submit, void *owner, const char *arn, size_t arn_len,
                                       li_destination *destination)
{
    size_t len = lii_len(arn, arn_len);
    function *f = lii_alloc(&lii_malloc_allocator, sizeof *f + len + 1);

    if (!f)
        return LI_E_NOMEM;
    f->submit = submit;
    f->owner = owner;
    f->arn_len = len;
    memcpy(f->arn, arn, len);
    f->arn[len] = '\0';
    destination->ops = &function_ops;
    destination->self = f;
    return LI_OK;
}
