/* allocator.h - where an engine's memory comes from (REL-100). */
#ifndef LAMBDAINVOKE_ALLOCATOR_H
#define LAMBDAINVOKE_ALLOCATOR_H

#include <lambdainvoke/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Any thread may call, many at once; a method must not call the engine. Blocks are aligned as malloc aligns.
 * NULL means out of memory: the engine's call then fails with LI_E_NOMEM and leaves its state as before. */
typedef struct li_allocator_ops {
    size_t size;
    uint32_t version; /* 1 */
    uint32_t caps;    /* 0 */
    const char *name;
    void *(*alloc)(void *self, size_t size);                 /* required; size > 0 */
    void *(*realloc)(void *self, void *block, size_t size);  /* required; block may be NULL; size > 0 */
    void (*free)(void *self, void *block);                   /* required; block may be NULL */
} li_allocator_ops;

typedef struct li_allocator {
    const li_allocator_ops *ops; /* static; NULL: malloc, realloc, free */
    void *self;
} li_allocator;

#ifdef __cplusplus
}
#endif
#endif
