/* part.c - backends by the scheme of a URI. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

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
    return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_NONE, text.ptr, text.len,
                    "no part knows \"%.*s:\"; there is memory: and what parts bring, like sqlite:FILE", LII_TEXT(scheme));
}

li_status li_part_open_data(const li_part *const *parts, size_t n_parts, const char *queue_uri, const char *directory,
                            const li_allocator *allocator, li_queue *queue, li_store *store, li_error *err)
{
    static const li_queue no_queue = { NULL, NULL };
    static const li_store no_store = { NULL, NULL };
    char uri[4096];
    li_status status = LI_OK;
    int n;

    *queue = no_queue;
    *store = no_store;
    if (directory) {
        if (mkdir(directory, 0700) != 0 && errno != EEXIST)
            return lii_fail(err, errno == EACCES || errno == EROFS ? LI_E_DENIED : LI_E_IO, LI_DETAIL_NONE, directory, LI_Z,
                            "%.300s cannot be made: %s", directory, strerror(errno));
        n = snprintf(uri, sizeof uri, "sqlite:%s/lambdainvoke.db", directory);
        if (n < 0 || (size_t)n >= sizeof uri)
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, "directory", LI_Z, "the directory's name is too long");
        status = li_part_open(parts, n_parts, uri, LI_Z, allocator, queue_uri ? NULL : queue, store, err);
    }
    if (status == LI_OK && queue_uri)
        status = li_part_open(parts, n_parts, queue_uri, LI_Z, allocator, queue, NULL, err);
    if (status != LI_OK && store->ops) {
        store->ops->free(store->self);
        *store = no_store;
    }
    return status;
}
