/* queue_world.h - what a rule of the contract of li_queue stands on: a queue, its host with a clock, puts and takes. */
#ifndef LAMBDAINVOKE_CONTRACT_QUEUE_WORLD_H
#define LAMBDAINVOKE_CONTRACT_QUEUE_WORLD_H

#include <pthread.h>

#include <lambdainvoke/contract/contract.h>
#include <lambdainvoke/event.h>
#include <lambdainvoke/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the suite gets at the queue. It calls open of the queue's own table itself, with a clock of its own. */
typedef struct li_contract_queue_env {
    li_status (*open)(void *user, li_queue *queue);               /* one that is empty; not yet opened by its table */
    li_status (*reopen_after_crash)(void *user, li_queue *queue); /* the process died as things are; NULL: cannot be done */
    void (*close)(void *user, li_queue *queue);                   /* end it, and what it stored */
    void *user;
    uint32_t max_payload;                                         /* bytes of the largest event to try; 0: 1 MiB */
    uint32_t reserved;                                            /* 0 */
} li_contract_queue_env;

/* One rule's world. */
typedef struct li_cq {
    li_contract *c;
    const li_contract_queue_env *env;
    li_queue queue;
    li_queue_host host;
    uint64_t now_ms;
    uint64_t next_id;
    uint32_t lane;
    uint32_t n_done;           /* calls of done, and the last status */
    li_status done_status;
    uint32_t is_open;
    uint32_t is_flushed;       /* all puts have been made, and told of */
    uint32_t n_keys;           /* told at open, */
    uint64_t key_id;           /* and whose the last one is */
    pthread_mutex_t lock;      /* of threads, and of done */
    uint64_t n_notes;
} li_cq;

static inline uint64_t li_cq_now(void *user)
{
    return ((li_cq *)user)->now_ms;
}

static inline void li_cq_wake(void *user, uint32_t lane)
{
    (void)user;
    (void)lane;
}

static inline void li_cq_note(void *user, int32_t what, const li_id *id, const char *lane, const char *why)
{
    (void)what;
    (void)id;
    (void)lane;
    (void)why;
    ((li_cq *)user)->n_notes++;
}

static inline li_status li_cq_key(void *user, uint32_t lane, const char *key, size_t key_len, const li_id *id, uint64_t accepted_ms)
{
    li_cq *t = (li_cq *)user;

    if (lane == t->lane && key_len == 3 && memcmp(key, "k\0y", 3) == 0 && accepted_ms <= t->now_ms)
        memcpy(&t->key_id, id->bytes, sizeof t->key_id);
    t->n_keys++;
    return LI_OK;
}

/* Keys live for a second. */
static inline uint64_t li_cq_keys_since(void *user)
{
    return ((li_cq *)user)->now_ms - 1000;
}

static inline int li_cq_attach(li_cq *t)
{
    memset(&t->host, 0, sizeof t->host);
    t->host.size = sizeof t->host;
    t->host.now_ms = li_cq_now;
    t->host.wake = li_cq_wake;
    t->host.note = li_cq_note;
    t->host.key = li_cq_key;
    t->host.keys_since = li_cq_keys_since;
    t->n_keys = 0;
    t->key_id = 0;
    t->host.engine = t;
    t->host.max_events = 100000;
    t->host.max_bytes = UINT64_C(1) << 30;
    t->is_open = t->queue.ops->open(t->queue.self, &t->host, NULL) == LI_OK;
    LI_CONTRACT_CHECK(t->c, t->is_open);
    if (t->is_open)
        LI_CONTRACT_CHECK(t->c, t->queue.ops->lane(t->queue.self, "fn", 2, &t->lane, NULL) == LI_OK);
    return t->is_open && !t->c->has_failed;
}

static inline int li_cq_open(li_cq *t, li_contract *c, const li_contract_queue_env *env)
{
    memset(t, 0, sizeof *t);
    t->c = c;
    t->env = env;
    t->now_ms = UINT64_C(1700000000000);
    pthread_mutex_init(&t->lock, NULL);
    if (env->open(env->user, &t->queue) != LI_OK) {
        li_contract_fail(c, "the environment opens a queue", __LINE__);
        return 0;
    }
    return li_cq_attach(t);
}

static inline void li_cq_close(li_cq *t)
{
    if (t->is_open)
        t->queue.ops->close(t->queue.self);
    if (t->queue.ops)
        t->env->close(t->env->user, &t->queue);
    pthread_mutex_destroy(&t->lock);
}

/* The process dies, and the next one opens what is left. */
static inline int li_cq_crash(li_cq *t)
{
    LI_CONTRACT_CHECK(t->c, t->env->reopen_after_crash(t->env->user, &t->queue) == LI_OK);
    t->is_open = 0;
    return !t->c->has_failed && li_cq_attach(t);
}

static inline void li_cq_flush(li_cq *t)
{
    if (t->queue.ops->size > offsetof(li_queue_ops, flush) && t->queue.ops->flush)
        t->queue.ops->flush(t->queue.self);
}

static inline void li_cq_done(void *user, li_status status)
{
    li_cq *t = (li_cq *)user;

    pthread_mutex_lock(&t->lock);
    t->n_done++;
    t->done_status = status;
    pthread_mutex_unlock(&t->lock);
}

static inline li_queue_event li_cq_event(li_cq *t, uint32_t lane, uint64_t due_ms, const char *payload, size_t len)
{
    li_queue_event e;

    memset(&e, 0, sizeof e);
    t->next_id++;
    memcpy(e.header.id.bytes, &t->next_id, sizeof t->next_id);
    e.header.accepted_ms = t->now_ms;
    e.header.due_ms = due_ms;
    e.header.lane = lane;
    e.header.payload_len = (uint32_t)len;
    e.payload = payload;
    return e;
}

static inline uint64_t li_cq_id(const li_event_header *header)
{
    uint64_t id;

    memcpy(&id, header->id.bytes, sizeof id);
    return id;
}

/* Put one and see it accepted. */
static inline uint64_t li_cq_put(li_cq *t, uint32_t lane, uint64_t due_ms, const char *payload, size_t len)
{
    li_queue_event e = li_cq_event(t, lane, due_ms, payload, len);
    uint32_t before = t->n_done;

    LI_CONTRACT_CHECK(t->c, t->queue.ops->put(t->queue.self, &e, 1, li_cq_done, t, NULL) == LI_OK);
    li_cq_flush(t);
    LI_CONTRACT_CHECK(t->c, t->n_done == before + 1 && t->done_status == LI_OK);
    return t->next_id;
}

static inline size_t li_cq_take(li_cq *t, uint32_t lane, uint64_t until_ms, size_t max, li_lease *leases)
{
    size_t n = 0;

    LI_CONTRACT_CHECK(t->c, t->queue.ops->take(t->queue.self, lane, t->now_ms, until_ms, max, leases, &n) == LI_OK);
    LI_CONTRACT_CHECK(t->c, n <= max);
    return t->c->has_failed ? 0 : n;
}

static inline li_queue_stats li_cq_stats(li_cq *t, uint32_t lane)
{
    li_queue_stats stats;

    memset(&stats, 0, sizeof stats);
    stats.size = sizeof stats;
    t->queue.ops->stats(t->queue.self, lane, &stats);
    return stats;
}

static inline int li_cq_lacks(li_cq *t, int has)
{
    if (has)
        return 0;
    li_contract_not_claimed(t->c);
    t->c->has_failed = 1;      /* said */
    return 1;
}

#ifdef __cplusplus
}
#endif
#endif
