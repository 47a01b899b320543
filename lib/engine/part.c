/* part.c - backends by the scheme of a URI. */
#include <lambdainvoke/part.h>

#include "base/error.h"
#include "base/slice.h"

static li_status open_memory(const li_allocator *allocator, li_queue *queue, li_store *store, li_error *err)
{
    li_queue q = { NULL, NULL };
    li_store s = { NULL, NULL };
    li_status status = queue ? li_queue_memory_new(allocator, &q) : LI_OK;

    if (status == LI_OK && store)
        status = li_store_memory_new(allocator, &s);
    if (status != LI_OK) {
        if (q.ops)
            q.ops->free(q.self);
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for a queue in memory");
    }
    if (queue)
        *queue = q;
    if (store)
        *store = s;
    return LI_OK;
}

li_status li_part_open(const li_part *const *parts, size_t n_parts, const char *uri, size_t uri_len,
                       const li_allocator *allocator, li_queue *queue, li_store *store, li_error *err)
{
    li_slice text = lii_slice(uri, uri_len);
    const char *colon = text.len ? memchr(text.ptr, ':', text.len) : NULL;
    li_slice scheme = lii_slice(text.ptr, colon ? (size_t)(colon - text.ptr) : text.len);
    size_t i, k;

    if (lii_slice_is(scheme, "memory"))
        return open_memory(allocator, queue, store, err);
    for (i = 0; i < n_parts; i++)
        for (k = 0; k < parts[i]->n_schemes; k++)
            if (lii_slice_is(scheme, parts[i]->schemes[k].scheme))
                return parts[i]->schemes[k].open(text, allocator, queue, store, err);
    return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_NONE, text.ptr, text.len, "no part knows \"%.*s:\"", LII_TEXT(scheme));
}
