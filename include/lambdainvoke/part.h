/* part.h - what a part of the library (liblambdainvoke-sqlite, …) adds: backends by the scheme of a URI. A program links the
 * parts that it wants and hands their tables around; nothing is loaded behind its back. */
#ifndef LAMBDAINVOKE_PART_H
#define LAMBDAINVOKE_PART_H

#include <lambdainvoke/queue.h>
#include <lambdainvoke/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One scheme of a part. Threads: any. */
typedef struct li_part_scheme {
    size_t size;
    const char *scheme;  /* "sqlite": of URIs like sqlite:FILE */
    const char *help;    /* the form of its URIs and what they mean, for a host's --help */

    /* Open what the URI names. queue, store: out; NULL is not wanted; LI_E_NOTSUP when the scheme has no such backend.
     * uri is borrowed and measured; allocator is borrowed for the backends' lives, NULL: malloc. */
    li_status (*open)(li_slice uri, const li_allocator *allocator, li_queue *queue, li_store *store, li_error *err);
} li_part_scheme;

typedef struct li_part {
    size_t size;
    uint32_t version;              /* 1 */
    uint32_t reserved;             /* 0 */
    const char *name;              /* "sqlite" */
    const char *library;           /* what it stands on, and the version in use: "SQLite 3.40.1" */
    const li_part_scheme *schemes; /* n_schemes of them */
    size_t n_schemes;
} li_part;

/* Open a queue, a store or both by a URI, from the parts given; "memory:" needs none.
 *   parts      n_parts of them; borrowed for the call
 *   uri        SCHEME:…; uri_len may be LI_Z
 *   allocator  borrowed for the backends' lives; NULL: malloc
 *   queue, store  out; NULL: not wanted. They are the caller's, who hands them to an engine's options or frees them
 * Errors: LI_E_NOTSUP no part has that scheme, or it has no such backend; what the scheme's open returns. Nothing is open then.
 * Threads: any. Since 0.1. */
LI_API li_status li_part_open(const li_part *const *parts, size_t n_parts, const char *uri, size_t uri_len,
                              const li_allocator *allocator, li_queue *queue, li_store *store, li_error *err);

/* What a host's --queue and --data mean: events in the queue that the URI names, or in DIRECTORY/lambdainvoke.db beside the
 * settings when there is no URI; settings in that file when there is a directory. The directory is made when it is not there.
 *   queue_uri  for li_part_open; NULL: as said     directory  NULL: settings end with the engine
 *   queue, store  out, for li_engine_options; ops NULL where the engine's own default is meant
 * Errors: as li_part_open; LI_E_NOTSUP no part has the scheme "sqlite" and there is a directory; LI_E_IO, LI_E_DENIED the
 *         directory cannot be made. Threads: any. Since 0.1. */
LI_API li_status li_part_open_data(const li_part *const *parts, size_t n_parts, const char *queue_uri, const char *directory,
                                   const li_allocator *allocator, li_queue *queue, li_store *store, li_error *err);

#ifdef __cplusplus
}
#endif
#endif
