/* queue_crash.h - rules of li_queue after the death of its process, for one that claims LI_QUEUE_DURABLE. */
#ifndef LAMBDAINVOKE_CONTRACT_QUEUE_CRASH_H
#define LAMBDAINVOKE_CONTRACT_QUEUE_CRASH_H

#include <lambdainvoke/contract/queue_world.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline int li_cq_is_volatile(li_cq *t)
{
    return li_cq_lacks(t, (t->queue.ops->caps & LI_QUEUE_DURABLE) && t->env->reopen_after_crash);
}

static inline void li_cq_survives(li_cq *t)
{
    uint64_t a, b, accepted_ms = t->now_ms;
    char tail[] = { 1, 0, 0, 0, 1, 0, 0, 0, 'y' };
    li_queue_event e;
    li_lease l[4];

    if (li_cq_is_volatile(t))
        return;
    a = li_cq_put(t, t->lane, t->now_ms, "a\0b", 3);
    e = li_cq_event(t, t->lane, t->now_ms + 5000, "later", 5);
    e.header.tail_len = sizeof tail;
    e.tail = tail;
    b = t->next_id;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->put(t->queue.self, &e, 1, li_cq_done, t, NULL) == LI_OK);
    li_cq_flush(t);
    t->now_ms += 1000;
    if (t->c->has_failed || !li_cq_crash(t))
        return;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 4, l) == 1);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, li_cq_id(l[0].header) == a && l[0].header->accepted_ms == accepted_ms &&
                                    memcmp(l[0].payload, "a\0b", 3) == 0 && l[0].outcome == 0 && l[0].lost_starts == 0);
    t->now_ms += 4000;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 9000, 4, l) >= 1);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, li_cq_id(l[0].header) == b || li_cq_id(l[0].header) == a);
}

static inline void li_cq_keeps_counters(li_cq *t)
{
    li_event_header header;
    li_lease l[1];

    if (li_cq_is_volatile(t))
        return;
    li_cq_put(t, t->lane, t->now_ms, "x", 1);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 1);
    if (t->c->has_failed)
        return;
    header = *l[0].header;
    header.due_ms = t->now_ms + 60000;
    header.starts = 2;
    header.function_failures = 1;
    header.system_failures = 300;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->delay(t->queue.self, l[0].token, &header) == LI_OK);
    li_cq_flush(t);
    if (!li_cq_crash(t))
        return;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->next_due(t->queue.self, t->lane) == t->now_ms + 60000);
    t->now_ms += 60000;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 1);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, l[0].header->starts == 2 && l[0].header->function_failures == 1 && l[0].header->system_failures == 300);
}

static inline void li_cq_acked_stays_away(li_cq *t)
{
    li_lease l[2];

    if (li_cq_is_volatile(t))
        return;
    li_cq_put(t, t->lane, t->now_ms, "1", 1);
    li_cq_put(t, t->lane, t->now_ms, "2", 1);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 100000, 2, l) == 2);
    if (t->c->has_failed)
        return;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->ack(t->queue.self, &l[0].token, 1) == LI_OK);
    li_cq_flush(t);
    if (!li_cq_crash(t))
        return;
    /* the other's lease ended with the process, at once: the store has one owner (REL-15) */
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 2, l) == 1);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, l[0].payload[0] == '2');
}

static inline void li_cq_outcome_survives(li_cq *t)
{
    li_lease l[1];

    if (li_cq_is_volatile(t) || li_cq_lacks(t, t->queue.ops->resolve != NULL))
        return;
    li_cq_put(t, t->lane, t->now_ms, "x", 1);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 100000, 1, l) == 1);
    if (t->c->has_failed)
        return;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->resolve(t->queue.self, l[0].token, LI_EVENT_DELIVERED, "{\"r\":1}", 7, li_cq_done, t) == LI_OK);
    li_cq_flush(t);
    if (!li_cq_crash(t))
        return;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 1);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, l[0].outcome == LI_EVENT_DELIVERED && l[0].record_len == 7 && memcmp(l[0].record, "{\"r\":1}", 7) == 0);
}

static inline void li_cq_lost_starts(li_cq *t)
{
    li_event_header header;
    li_lease l[1];
    uint32_t i;

    if (li_cq_is_volatile(t) ||
        li_cq_lacks(t, t->queue.ops->size > offsetof(li_queue_ops, start) && t->queue.ops->start != NULL))
        return;
    li_cq_put(t, t->lane, t->now_ms, "x", 1);
    for (i = 0; i < 3; i++) {
        LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 100000, 1, l) == 1);
        if (t->c->has_failed)
            return;
        LI_CONTRACT_CHECK(t->c, l[0].header->starts == i && l[0].lost_starts == i && l[0].header->function_failures == 0);
        t->queue.ops->start(t->queue.self, l[0].token, i + 1);
        if (t->c->has_failed || !li_cq_crash(t))
            return;
    }
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 100000, 1, l) == 1);
    if (t->c->has_failed)
        return;
    LI_CONTRACT_CHECK(t->c, l[0].header->starts == 3 && l[0].lost_starts == 3);
    header = *l[0].header;
    header.starts = 4;         /* it was entered and answered: the row is over */
    t->queue.ops->start(t->queue.self, l[0].token, 4);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->delay(t->queue.self, l[0].token, &header) == LI_OK);
    li_cq_flush(t);
    if (!li_cq_crash(t))
        return;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 100000, 1, l) == 1);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, l[0].header->starts == 4 && l[0].lost_starts == 0);
}

/* A key outlives its event and the process, for its window. */
static inline void li_cq_keys_survive(li_cq *t)
{
    char tail[11] = { 0, 0, 0, 0, 0, 0, 0, 0, 'k', 0, 'y' };
    uint16_t tag = LI_TAIL_IDEMPOTENCY_KEY;
    uint32_t len = 3;
    li_queue_event e;
    li_lease l[1];
    uint64_t id;

    if (li_cq_is_volatile(t))
        return;
    memcpy(tail, &tag, sizeof tag);
    memcpy(tail + 4, &len, sizeof len);
    e = li_cq_event(t, t->lane, t->now_ms, "x", 1);
    e.header.tail_len = sizeof tail;
    e.tail = tail;
    id = t->next_id;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->put(t->queue.self, &e, 1, li_cq_done, t, NULL) == LI_OK);
    li_cq_flush(t);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 1);
    if (t->c->has_failed)
        return;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->ack(t->queue.self, &l[0].token, 1) == LI_OK);
    li_cq_flush(t);
    t->now_ms += 1000;
    if (!li_cq_crash(t))
        return;
    LI_CONTRACT_CHECK(t->c, t->n_keys == 1 && t->key_id == id);
    t->now_ms++;
    if (!t->c->has_failed && li_cq_crash(t))
        LI_CONTRACT_CHECK(t->c, t->n_keys == 0);
}

#ifdef __cplusplus
}
#endif
#endif
