/* local.h - local queues as the engine makes them: the object behind local_queue.h, without an engine. */
#ifndef LII_QUEUE_LOCAL_H
#define LII_QUEUE_LOCAL_H

#include <lambdainvoke/local_queue.h>

/* What a local queue needs of its owner; copied. */
typedef struct lii_local_host {
    const li_allocator *allocator;
    uint64_t (*now_ms)(void *owner);
    void (*new_id)(void *owner, li_id *id);   /* any thread */
    void *owner;
    const volatile unsigned char *mark;       /* 0 in a forked child, base/fork.h */
} lii_local_host;

/* name and ranges are checked here (LI_E_VALIDATION); dead_letter (may be NULL) is where redriven messages go. */
li_status lii_local_queue_create(const lii_local_host *host, const li_local_queue_options *options,
                                 li_local_queue *dead_letter, li_local_queue **queue, li_error *err);
void lii_local_queue_destroy(li_local_queue *queue);

#endif
