/* local.h - a local queue as event source, with the event shape of SQS. */
#ifndef LII_SOURCE_LOCAL_H
#define LII_SOURCE_LOCAL_H

#include <lambdainvoke/local_queue.h>
#include <lambdainvoke/source.h>

/* queue and allocator are borrowed for the source's life. The host that open gets must outlive the source: a listener of
 * the queue may be called once more while the source is being closed. */
li_status lii_source_local_new(const li_allocator *allocator, li_local_queue *queue, const char *sender_id,
                               li_source *source);

/* How long what is fetched from now on stays hidden; 0: the queue's own time-out (ESM-82). */
void lii_source_local_hide(li_source *source, uint64_t visibility_ms);
li_local_queue *lii_source_local_queue(const li_source *source);

#endif
