/* local.h - a local queue as event source, with the event shape of SQS. */
#ifndef LII_SOURCE_LOCAL_H
#define LII_SOURCE_LOCAL_H

#include <lambdainvoke/local_queue.h>
#include <lambdainvoke/source.h>

/* queue is borrowed for the source's life. */
li_status lii_source_local_new(li_local_queue *queue, li_source *source);

#endif
