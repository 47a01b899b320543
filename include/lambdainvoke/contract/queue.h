/* queue.h - the contract of li_queue: order, at least once, leases, counters, limits, any bytes, and what a crash leaves.
 *
 * What the suite needs to get at a queue, li_contract_queue_env, is in queue_world.h; its rules are in queue_running.h,
 * queue_bounds.h, queue_crash.h and queue_threads.h. */
#ifndef LAMBDAINVOKE_CONTRACT_QUEUE_H
#define LAMBDAINVOKE_CONTRACT_QUEUE_H

#include <lambdainvoke/contract/queue_bounds.h>
#include <lambdainvoke/contract/queue_crash.h>
#include <lambdainvoke/contract/queue_running.h>
#include <lambdainvoke/contract/queue_threads.h>
#include <lambdainvoke/contract/queue_world.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Run the suite. Verdicts go to c's report; c->n_failed is what to look at in the end. */
static inline void li_contract_queue(li_contract *c, const li_contract_queue_env *env)
{
    static const struct {
        const char *name;
        void (*run)(li_cq *t);
    } rules[] = {
        { "order", li_cq_order },                  /* take gives (due, acceptance) order: LI_QUEUE_ORDERED */
        { "copies", li_cq_copies },                /* put keeps nothing of the caller's */
        { "done-once", li_cq_done_once },          /* done is called once for each put */
        { "at-once", li_cq_at_once },              /* before the put returns: LI_QUEUE_AT_ONCE */
        { "due", li_cq_due },                      /* not before its time; next_due says when */
        { "max", li_cq_max },                      /* take gives max, and no more */
        { "lease", li_cq_lease },                  /* what is leased is nobody else's */
        { "take-all", li_cq_take_all },            /* whatever waits, due or not, and no lease that is held ends by it */
        { "expiry", li_cq_expiry },                /* until the lease ends: then it is, and the old token is nothing */
        { "ack", li_cq_ack },                      /* what is acked is gone; unknown tokens are told */
        { "delay", li_cq_delay },                  /* what is delayed waits, with its counters */
        { "extend", li_cq_extend },                /* a lease can be prolonged */
        { "bytes", li_cq_bytes },                  /* every byte, no byte, the largest */
        { "count", li_cq_count },                  /* stats are what is there */
        { "lanes", li_cq_lanes },                  /* a name is one lane; lanes do not mix; those that hold events are listed */
        { "full", li_cq_full },                    /* limits of the host hold, and what is refused is not stored */
        { "batch", li_cq_batch },                  /* a put is all or none */
        { "take-id", li_cq_take_id },              /* one event by its id */
        { "each", li_cq_each },                    /* all of a lane in order */
        { "resolve", li_cq_resolve },              /* an outcome is told as written; the lease goes on */
        { "threads", li_cq_threads },              /* many producers and consumers: each event once, none lost */
        { "survives", li_cq_survives },            /* what was accepted is there after a crash, byte for byte */
        { "keeps-counters", li_cq_keeps_counters }, /* so are its counters and its time */
        { "acked-stays-away", li_cq_acked_stays_away }, /* what was acked and flushed is not; leases of the dead have ended */
        { "outcome-survives", li_cq_outcome_survives }, /* an outcome is there, so that its delivery is repeated */
        { "lost-starts", li_cq_lost_starts },      /* starts whose end nobody saw are counted */
        { "keys-survive", li_cq_keys_survive },    /* idempotency keys are told at open while their window lasts */
    };
    size_t i;
    li_cq t;

    for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!li_contract_begin(c, "queue", rules[i].name))
            continue;
        if (li_cq_open(&t, c, env)) {
            if (i == 0 && !(t.queue.ops->caps & LI_QUEUE_ORDERED)) {
                li_contract_not_claimed(c);
                c->has_failed = 1;
            } else {
                rules[i].run(&t);
            }
        }
        li_cq_close(&t);
        li_contract_end(c);
    }
}

#ifdef __cplusplus
}
#endif
#endif
