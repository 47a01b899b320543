/* queue_threads.h - a rule of li_queue: many producers and consumers, each event once, none lost. */
#ifndef LAMBDAINVOKE_CONTRACT_QUEUE_THREADS_H
#define LAMBDAINVOKE_CONTRACT_QUEUE_THREADS_H

#include <lambdainvoke/contract/queue_world.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LI_CQ_THREADS = 4, LI_CQ_EACH = 250, LI_CQ_ALL = LI_CQ_THREADS * LI_CQ_EACH };

typedef struct li_cq_thread {
    li_cq *t;
    pthread_t thread;
    uint32_t n_bad;
    uint32_t number;
    uint32_t *n_taken;         /* of all consumers */
    uint8_t *acked;            /* of each id */
} li_cq_thread;

static inline void *li_cq_produce(void *user)
{
    li_cq_thread *p = (li_cq_thread *)user;
    li_cq *t = p->t;
    uint32_t i;

    for (i = 0; i < LI_CQ_EACH; i++) {
        li_queue_event e;
        uint64_t id = (uint64_t)p->number * LI_CQ_EACH + i;

        memset(&e, 0, sizeof e);
        memcpy(e.header.id.bytes, &id, sizeof id);
        e.header.accepted_ms = e.header.due_ms = t->now_ms;
        e.header.lane = t->lane;
        e.header.payload_len = sizeof id;
        e.payload = (const char *)&id;
        p->n_bad += t->queue.ops->put(t->queue.self, &e, 1, li_cq_done, t, NULL) != LI_OK;
    }
    return NULL;
}

/* Until nothing comes any more. A queue that gives out the same again and again, or never tells of a put, is not waited for. */
static inline void *li_cq_consume(void *user)
{
    li_cq_thread *p = (li_cq_thread *)user;
    li_cq *t = p->t;
    uint32_t idle = 0, late = 0, n_all = 0;

    while (idle < 20000 && late < 200000 && n_all < 4 * LI_CQ_ALL) {
        uint64_t tokens[16], id;
        li_lease l[16];
        size_t n = 0, i;
        uint32_t n_done;

        p->n_bad += t->queue.ops->take(t->queue.self, t->lane, t->now_ms, t->now_ms + 100000, 16, l, &n) != LI_OK;
        for (i = 0; i < n; i++) {
            id = li_cq_id(l[i].header);
            p->n_bad += id >= LI_CQ_ALL || l[i].header->payload_len != sizeof id || memcmp(l[i].payload, &id, sizeof id) != 0;
            pthread_mutex_lock(&t->lock);
            if (id < LI_CQ_ALL)
                p->acked[id]++;
            pthread_mutex_unlock(&t->lock);
            tokens[i] = l[i].token;
        }
        if (n > 0)
            p->n_bad += t->queue.ops->ack(t->queue.self, tokens, n) != LI_OK;
        pthread_mutex_lock(&t->lock);
        n_done = t->n_done;
        n_all = *p->n_taken += (uint32_t)n;
        late += t->is_flushed;
        pthread_mutex_unlock(&t->lock);
        if (n > 0)
            idle = 0;
        else if (n_done == LI_CQ_ALL)
            idle++;            /* all are in: what is left comes soon, or never */
    }
    return NULL;
}

static inline void li_cq_threads(li_cq *t)
{
    const li_queue_ops *ops = t->queue.ops;
    int has_drive = ops->size > offsetof(li_queue_ops, drive) && ops->drive;
    li_cq_thread p[LI_CQ_THREADS], c[LI_CQ_THREADS];
    uint8_t *acked = (uint8_t *)calloc(LI_CQ_ALL, 1);
    uint32_t i, n_once = 0, n_bad = 0, n_taken = 0;

    if (!acked)
        return;
    if (has_drive)
        LI_CONTRACT_CHECK(t->c, ops->drive(t->queue.self, 1) == LI_OK);
    memset(p, 0, sizeof p);
    memset(c, 0, sizeof c);
    for (i = 0; i < LI_CQ_THREADS; i++) {
        p[i].t = c[i].t = t;
        p[i].number = i;
        c[i].acked = acked;
        c[i].n_taken = &n_taken;
        pthread_create(&c[i].thread, NULL, li_cq_consume, &c[i]);
        pthread_create(&p[i].thread, NULL, li_cq_produce, &p[i]);
    }
    for (i = 0; i < LI_CQ_THREADS; i++) {
        pthread_join(p[i].thread, NULL);
        n_bad += p[i].n_bad;
    }
    li_cq_flush(t);
    pthread_mutex_lock(&t->lock);
    t->is_flushed = 1;
    pthread_mutex_unlock(&t->lock);
    for (i = 0; i < LI_CQ_THREADS; i++) {
        pthread_join(c[i].thread, NULL);
        n_bad += c[i].n_bad;
    }
    if (has_drive)
        LI_CONTRACT_CHECK(t->c, ops->drive(t->queue.self, 0) == LI_OK);
    for (i = 0; i < LI_CQ_ALL; i++)
        n_once += acked[i] == 1;
    LI_CONTRACT_CHECK(t->c, n_bad == 0);
    LI_CONTRACT_CHECK(t->c, t->n_done == LI_CQ_ALL);
    LI_CONTRACT_CHECK(t->c, n_once == LI_CQ_ALL);
    LI_CONTRACT_CHECK(t->c, li_cq_stats(t, UINT32_MAX).pending == 0 && li_cq_stats(t, UINT32_MAX).leased == 0);
    free(acked);
}

#ifdef __cplusplus
}
#endif
#endif
