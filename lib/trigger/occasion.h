/* occasion.h - what occasion.c and deliver.c share: what all deliveries of one occurrence have in common. */
#ifndef LII_TRIGGER_OCCASION_H
#define LII_TRIGGER_OCCASION_H

#include "trigger/trigger.h"

struct lii_occasion {
    atomic_uint refs;
    atomic_uint open;            /* deliveries without an outcome, and one while they are being started */
    li_engine *engine;
    lii_occurrence occurrence;
    li_trigger_answered done;
    void *user;
    uint64_t n_matched;
    atomic_ullong n_refused;
    lii_reaction answer;           /* of the first trigger */
    li_id request_id;
    int32_t function_error;
    int32_t reserved;
    char text[];                 /* the occurrence's own bytes */
};

void lii_occasion_release(lii_occasion *o);
/* One thing less to wait for; the last one tells the answer. Releases a reference. */
void lii_occasion_settle(lii_occasion *o);
/* One event to one trigger; takes over a reference to each, unless there is no memory. */
li_status lii_deliver(li_trigger *t, lii_occasion *o, int is_first);

#endif
