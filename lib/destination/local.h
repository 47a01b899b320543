/* local.h - a local queue as destination or dead-letter queue. */
#ifndef LII_DESTINATION_LOCAL_H
#define LII_DESTINATION_LOCAL_H

#include <lambdainvoke/local_queue.h>

/* queue is borrowed for the destination's life. */
li_status lii_destination_local_new(li_local_queue *queue, li_destination *destination);

#endif
