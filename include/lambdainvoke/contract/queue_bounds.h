/* queue_bounds.h - rules of li_queue at its bounds: every byte and the largest event, a full queue, a batch that does not fit. */
#ifndef LAMBDAINVOKE_CONTRACT_QUEUE_BOUNDS_H
#define LAMBDAINVOKE_CONTRACT_QUEUE_BOUNDS_H

#include <lambdainvoke/contract/queue_world.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every byte, no byte, and as many as are allowed. */
static inline void li_cq_bytes(li_cq *t)
{
    uint32_t max = t->env->max_payload ? t->env->max_payload : 1048576, i;
    char *large = (char *)malloc(max), all[256];
    li_lease l[3];

    if (!large)
        return;
    for (i = 0; i < 256; i++)
        all[i] = (char)i;
    for (i = 0; i < max; i++)
        large[i] = (char)(i * 7 + i / 251);
    li_cq_put(t, t->lane, t->now_ms, all, 256);
    li_cq_put(t, t->lane, t->now_ms, NULL, 0);
    li_cq_put(t, t->lane, t->now_ms, large, max);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 3, l) == 3);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, l[0].header->payload_len == 256 && memcmp(l[0].payload, all, 256) == 0 &&
                                    l[1].header->payload_len == 0 && l[2].header->payload_len == max &&
                                    memcmp(l[2].payload, large, max) == 0);
    free(large);
}

static inline void li_cq_full(li_cq *t)
{
    li_queue_event e;
    uint32_t before;

    t->host.max_events = 2;
    li_cq_put(t, t->lane, t->now_ms, "1", 1);
    li_cq_put(t, t->lane, t->now_ms, "2", 1);
    e = li_cq_event(t, t->lane, t->now_ms, "3", 1);
    before = t->n_done;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->put(t->queue.self, &e, 1, li_cq_done, t, NULL) == LI_E_FULL);
    t->host.max_events = 100;
    t->host.max_bytes = 2;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->put(t->queue.self, &e, 1, li_cq_done, t, NULL) == LI_E_FULL);
    li_cq_flush(t);
    LI_CONTRACT_CHECK(t->c, t->n_done == before);
    LI_CONTRACT_CHECK(t->c, li_cq_stats(t, t->lane).pending == 2);
}

static inline void li_cq_batch(li_cq *t)
{
    li_queue_event e[3];
    li_lease l[4];
    uint64_t first = t->next_id + 1;
    int i;

    for (i = 0; i < 3; i++)
        e[i] = li_cq_event(t, t->lane, t->now_ms, "x", 1);
    t->host.max_events = 2;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->put(t->queue.self, e, 3, li_cq_done, t, NULL) == LI_E_FULL);
    LI_CONTRACT_CHECK(t->c, li_cq_stats(t, t->lane).pending == 0);
    t->host.max_events = 3;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->put(t->queue.self, e, 3, li_cq_done, t, NULL) == LI_OK);
    li_cq_flush(t);
    LI_CONTRACT_CHECK(t->c, t->n_done == 1);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 4, l) == 3);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, li_cq_id(l[0].header) == first && li_cq_id(l[2].header) == first + 2);
}

#ifdef __cplusplus
}
#endif
#endif
