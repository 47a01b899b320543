/* queue_running.h - rules of li_queue while the process lives: order, leases, delays, counters, lanes, outcomes. */
#ifndef LAMBDAINVOKE_CONTRACT_QUEUE_RUNNING_H
#define LAMBDAINVOKE_CONTRACT_QUEUE_RUNNING_H

#include <lambdainvoke/contract/queue_world.h>

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
}
#endif
#endif
