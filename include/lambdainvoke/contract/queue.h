/* queue.h - the contract of li_queue: order, at least once, leases, counters, limits, any bytes, and what a crash leaves. */
#ifndef LAMBDAINVOKE_CONTRACT_QUEUE_H
#define LAMBDAINVOKE_CONTRACT_QUEUE_H

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

/* ---- rules */

static inline void li_cq_order(li_cq *t)
{
    uint64_t a, b, c, d;
    li_lease l[8];

    a = li_cq_put(t, t->lane, t->now_ms + 500, "a", 1);
    b = li_cq_put(t, t->lane, t->now_ms, "b", 1);
    c = li_cq_put(t, t->lane, t->now_ms + 500, "c", 1);
    d = li_cq_put(t, t->lane, t->now_ms + 100, "d", 1);
    t->now_ms += 1000;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 8, l) == 4);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, li_cq_id(l[0].header) == b && li_cq_id(l[1].header) == d && li_cq_id(l[2].header) == a &&
                                    li_cq_id(l[3].header) == c);
}

static inline void li_cq_copies(li_cq *t)
{
    char payload[] = "before", tail[] = { 9, 0, 0, 0, 1, 0, 0, 0, 'x' };
    li_queue_event e = li_cq_event(t, t->lane, t->now_ms, payload, 6);
    li_lease l[1];

    e.header.tail_len = sizeof tail;
    e.tail = tail;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->put(t->queue.self, &e, 1, li_cq_done, t, NULL) == LI_OK);
    memset(payload, '?', sizeof payload);
    tail[8] = '?';
    memset(&e, 0xff, sizeof e);
    li_cq_flush(t);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 1);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, l[0].header->payload_len == 6 && memcmp(l[0].payload, "before", 6) == 0 &&
                                    l[0].header->tail_len == 9 && l[0].tail[8] == 'x');
}

static inline void li_cq_done_once(li_cq *t)
{
    li_cq_put(t, t->lane, t->now_ms, "x", 1);
    li_cq_flush(t);
    li_cq_flush(t);
    LI_CONTRACT_CHECK(t->c, t->n_done == 1 && t->done_status == LI_OK);
}

static inline int li_cq_lacks(li_cq *t, int has)
{
    if (has)
        return 0;
    li_contract_not_claimed(t->c);
    t->c->has_failed = 1;      /* said */
    return 1;
}

static inline void li_cq_at_once(li_cq *t)
{
    li_queue_event e = li_cq_event(t, t->lane, t->now_ms, "x", 1);

    if (li_cq_lacks(t, (t->queue.ops->caps & LI_QUEUE_AT_ONCE) != 0))
        return;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->put(t->queue.self, &e, 1, li_cq_done, t, NULL) == LI_OK);
    LI_CONTRACT_CHECK(t->c, t->n_done == 1 && t->done_status == LI_OK);
    li_cq_flush(t);
}

static inline void li_cq_due(li_cq *t)
{
    li_lease l[1];

    li_cq_put(t, t->lane, t->now_ms + 1000, "x", 1);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->next_due(t->queue.self, t->lane) == t->now_ms + 1000);
    t->now_ms += 999;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 0);
    t->now_ms += 1;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 1);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->next_due(t->queue.self, t->lane) == UINT64_MAX);
}

static inline void li_cq_max(li_cq *t)
{
    li_lease l[4];
    int i;

    for (i = 0; i < 5; i++)
        li_cq_put(t, t->lane, t->now_ms, "x", 1);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 3, l) == 3);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 0, l) == 0);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 4, l) == 2);
}

static inline void li_cq_lease(li_cq *t)
{
    li_lease first[1], again[1];

    li_cq_put(t, t->lane, t->now_ms, "x", 1);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, first) == 1);
    t->now_ms += 999;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, again) == 0);
}

static inline void li_cq_take_all(li_cq *t)
{
    uint64_t held = li_cq_put(t, t->lane, t->now_ms, "held", 4), token;
    li_lease l[4];
    size_t n = 0;

    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 1);
    if (t->c->has_failed)
        return;
    token = l[0].token;
    li_cq_put(t, t->lane, t->now_ms + 500000, "later", 5);
    li_cq_flush(t);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->take(t->queue.self, t->lane, UINT64_MAX, UINT64_MAX, 4, l, &n) == LI_OK);
    LI_CONTRACT_CHECK(t->c, n == 1);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, li_cq_id(l[0].header) != held && t->queue.ops->ack(t->queue.self, &l[0].token, 1) == LI_OK);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->ack(t->queue.self, &token, 1) == LI_OK);
}

static inline void li_cq_expiry(li_cq *t)
{
    li_lease first[1], again[1];
    uint64_t old;

    li_cq_put(t, t->lane, t->now_ms, "x", 1);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, first) == 1);
    if (t->c->has_failed)
        return;
    old = first[0].token;
    t->now_ms += 1000;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, again) == 1);
    if (t->c->has_failed)
        return;
    LI_CONTRACT_CHECK(t->c, again[0].token != old);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->ack(t->queue.self, &old, 1) == LI_E_NOT_FOUND);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->ack(t->queue.self, &again[0].token, 1) == LI_OK);
}

static inline void li_cq_ack(li_cq *t)
{
    li_lease l[3];
    uint64_t tokens[3];

    li_cq_put(t, t->lane, t->now_ms, "1", 1);
    li_cq_put(t, t->lane, t->now_ms, "2", 1);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 3, l) == 2);
    if (t->c->has_failed)
        return;
    tokens[0] = l[0].token;
    tokens[1] = l[1].token ^ UINT64_C(0x4000000000000000);
    tokens[2] = l[1].token;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->ack(t->queue.self, tokens, 3) == LI_E_NOT_FOUND);
    t->now_ms += 5000;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 3, l) == 0);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->ack(t->queue.self, tokens, 1) == LI_E_NOT_FOUND);
}

static inline void li_cq_delay(li_cq *t)
{
    uint64_t id = li_cq_put(t, t->lane, t->now_ms, "x", 1), accepted_ms = t->now_ms;
    li_event_header header;
    li_lease l[1];

    t->now_ms += 10;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 1);
    if (t->c->has_failed)
        return;
    header = *l[0].header;
    header.due_ms = t->now_ms + 60000;
    header.starts = 200;
    header.function_failures = 2;
    header.system_failures = 40000;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->delay(t->queue.self, l[0].token, &header) == LI_OK);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->delay(t->queue.self, l[0].token, &header) == LI_E_NOT_FOUND);
    t->now_ms += 59999;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 0);
    t->now_ms += 1;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 1);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, li_cq_id(l[0].header) == id && l[0].header->accepted_ms == accepted_ms &&
                                    l[0].header->starts == 200 && l[0].header->function_failures == 2 &&
                                    l[0].header->system_failures == 40000 && l[0].payload[0] == 'x');
}

static inline void li_cq_extend(li_cq *t)
{
    li_lease l[1], none[1];
    uint64_t token;

    if (!t->queue.ops->extend) {
        li_contract_not_claimed(t->c);
        t->c->has_failed = 1;  /* said */
        return;
    }
    li_cq_put(t, t->lane, t->now_ms, "x", 1);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 1);
    if (t->c->has_failed)
        return;
    token = l[0].token;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->extend(t->queue.self, token, t->now_ms + 2000) == LI_OK);
    t->now_ms += 1999;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, none) == 0);
    t->now_ms += 1;
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 1);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->extend(t->queue.self, token, t->now_ms + 9000) == LI_E_NOT_FOUND);
}

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

static inline void li_cq_count(li_cq *t)
{
    li_queue_stats stats;
    li_lease l[1];

    li_cq_put(t, t->lane, t->now_ms, "12345", 5);
    t->now_ms += 100;
    li_cq_put(t, t->lane, t->now_ms + 5000, "123", 3);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 1);
    stats = li_cq_stats(t, t->lane);
    LI_CONTRACT_CHECK(t->c, stats.pending == 1 && stats.leased == 1 && stats.bytes == 8);
    LI_CONTRACT_CHECK(t->c, stats.oldest_accepted_ms == t->now_ms - 100);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, t->queue.ops->ack(t->queue.self, &l[0].token, 1) == LI_OK);
    stats = li_cq_stats(t, UINT32_MAX);
    LI_CONTRACT_CHECK(t->c, stats.pending == 1 && stats.leased == 0 && stats.bytes == 3);
}

typedef struct li_cq_names {
    uint32_t n;
    uint32_t numbers[4];
    char names[4][16];
} li_cq_names;

static inline void li_cq_name(void *user, uint32_t lane, const char *name, size_t name_len)
{
    li_cq_names *names = (li_cq_names *)user;

    if (names->n < 4 && name_len < 16) {
        names->numbers[names->n] = lane;
        memcpy(names->names[names->n], name, name_len);
        names->names[names->n++][name_len] = '\0';
    }
}

static inline void li_cq_lanes(li_cq *t)
{
    uint32_t again = 99, other = 99, empty = 99;
    li_cq_names names;
    li_lease l[2];
    uint64_t id;

    LI_CONTRACT_CHECK(t->c, t->queue.ops->lane(t->queue.self, "fn", 2, &again, NULL) == LI_OK && again == t->lane);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->lane(t->queue.self, "fn:empty", 8, &empty, NULL) == LI_OK && empty != t->lane);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->lane(t->queue.self, "fn:v1", 5, &other, NULL) == LI_OK && other != t->lane && other != empty);
    id = li_cq_put(t, other, t->now_ms, "x", 1);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 2, l) == 0);
    memset(&names, 0, sizeof names);
    t->queue.ops->lanes(t->queue.self, li_cq_name, &names);
    LI_CONTRACT_CHECK(t->c, names.n == 1 && names.numbers[0] == other && strcmp(names.names[0], "fn:v1") == 0);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, other, t->now_ms + 1000, 2, l) == 1);
    if (!t->c->has_failed)
        LI_CONTRACT_CHECK(t->c, li_cq_id(l[0].header) == id);
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

static inline void li_cq_take_id(li_cq *t)
{
    const li_queue_ops *ops = t->queue.ops;
    li_id id, none;
    li_lease l[1];

    if (li_cq_lacks(t, ops->size > offsetof(li_queue_ops, take_id) && ops->take_id))
        return;
    li_cq_put(t, t->lane, t->now_ms, "1", 1);
    li_cq_put(t, t->lane, t->now_ms + 9000, "2", 1);
    memset(&none, 0xee, sizeof none);
    memset(&id, 0, sizeof id);
    memcpy(id.bytes, &t->next_id, sizeof t->next_id);
    LI_CONTRACT_CHECK(t->c, ops->take_id(t->queue.self, t->lane, &none, t->now_ms + 1000, l) == LI_E_NOT_FOUND);
    LI_CONTRACT_CHECK(t->c, ops->take_id(t->queue.self, t->lane, &id, t->now_ms + 1000, l) == LI_OK);
    if (t->c->has_failed)
        return;
    LI_CONTRACT_CHECK(t->c, li_cq_id(l[0].header) == t->next_id && l[0].payload[0] == '2');
    LI_CONTRACT_CHECK(t->c, ops->take_id(t->queue.self, t->lane, &id, t->now_ms + 1000, l) == LI_E_STATE);
    LI_CONTRACT_CHECK(t->c, li_cq_stats(t, t->lane).leased == 1 && li_cq_stats(t, t->lane).pending == 1);
}

typedef struct li_cq_seen {
    uint32_t n;
    uint32_t n_leased;
    uint64_t ids[8];
} li_cq_seen;

static inline int32_t li_cq_see(void *user, const li_event_header *header, int32_t is_leased)
{
    li_cq_seen *seen = (li_cq_seen *)user;

    if (seen->n < 8)
        seen->ids[seen->n++] = li_cq_id(header);
    seen->n_leased += is_leased != 0;
    return 0;
}

static inline int32_t li_cq_see_one(void *user, const li_event_header *header, int32_t is_leased)
{
    li_cq_see(user, header, is_leased);
    return 1;
}

static inline void li_cq_each(li_cq *t)
{
    const li_queue_ops *ops = t->queue.ops;
    uint64_t late, now, soon;
    li_cq_seen seen;
    li_lease l[1];

    if (li_cq_lacks(t, ops->size > offsetof(li_queue_ops, each) && ops->each))
        return;
    late = li_cq_put(t, t->lane, t->now_ms + 900, "1", 1);
    now = li_cq_put(t, t->lane, t->now_ms, "2", 1);
    soon = li_cq_put(t, t->lane, t->now_ms + 100, "3", 1);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 5000, 1, l) == 1);
    memset(&seen, 0, sizeof seen);
    ops->each(t->queue.self, t->lane, li_cq_see, &seen);
    LI_CONTRACT_CHECK(t->c, seen.n == 3 && seen.n_leased == 1 && seen.ids[0] == now && seen.ids[1] == soon && seen.ids[2] == late);
    memset(&seen, 0, sizeof seen);
    ops->each(t->queue.self, t->lane, li_cq_see_one, &seen);
    LI_CONTRACT_CHECK(t->c, seen.n == 1);
}

static inline void li_cq_resolve(li_cq *t)
{
    uint32_t before;
    li_lease l[1], none[1];

    if (li_cq_lacks(t, t->queue.ops->resolve != NULL))
        return;
    li_cq_put(t, t->lane, t->now_ms, "x", 1);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, l) == 1);
    if (t->c->has_failed)
        return;
    before = t->n_done;
    LI_CONTRACT_CHECK(t->c, t->queue.ops->resolve(t->queue.self, l[0].token, LI_EVENT_SUCCEEDED, "{}", 2, li_cq_done, t) == LI_OK);
    li_cq_flush(t);
    LI_CONTRACT_CHECK(t->c, t->n_done == before + 1 && t->done_status == LI_OK);
    LI_CONTRACT_CHECK(t->c, li_cq_take(t, t->lane, t->now_ms + 1000, 1, none) == 0);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->ack(t->queue.self, &l[0].token, 1) == LI_OK);
    LI_CONTRACT_CHECK(t->c, t->queue.ops->resolve(t->queue.self, l[0].token, LI_EVENT_SUCCEEDED, "{}", 2, li_cq_done, t) == LI_E_NOT_FOUND);
}

/* ---- after a crash: of a queue that claims LI_QUEUE_DURABLE */

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

/* ---- threads */

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
