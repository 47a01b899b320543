/* mutants.c - a decorator for each wrong: every method goes to the backend inside, but for the one that the rule is about. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutants.h"

/* ---- queues */

typedef struct bad_queue {
    li_queue_ops ops;            /* first: what the user sees */
    const li_queue_ops *in;
    void *self;
    const char *rule;
    li_queue_host host;
    struct {                     /* a put that was not made yet */
        const li_queue_event *events;
        li_queue_event copy;
        li_queue_done done;
        void *user;
        size_t n;
    } late;
    _Atomic unsigned n_puts;     /* of threads */
} bad_queue;

static int is(const bad_queue *q, const char *rule)
{
    return strcmp(q->rule, rule) == 0;
}

static li_status bad_open(void *self, const li_queue_host *host, li_error *err)
{
    bad_queue *q = self;

    q->host = *host;
    if (is(q, "keys-survive"))   /* nobody is told */
        q->host.key = NULL;
    if (!is(q, "full"))
        return q->in->open(q->self, is(q, "keys-survive") ? &q->host : host, err);
    q->host.max_events = q->host.max_bytes = UINT64_MAX / 2;
    return q->in->open(q->self, &q->host, err);
}

static li_status bad_lane(void *self, const char *name, size_t len, uint32_t *lane, li_error *err)
{
    bad_queue *q = self;

    return is(q, "lanes") ? q->in->lane(q->self, "fn", 2, lane, err) : q->in->lane(q->self, name, len, lane, err);
}

static void bad_lanes(void *self, void (*each)(void *user, uint32_t lane, const char *name, size_t len), void *user)
{
    bad_queue *q = self;

    q->in->lanes(q->self, each, user);
}

static void nobody(void *user, li_status status)
{
    (void)user;
    (void)status;
}

static li_status put_each(bad_queue *q, const li_queue_event *events, size_t n, li_queue_done done, void *user, li_error *err)
{
    li_status status = LI_OK;
    size_t i;

    for (i = 0; i < n && status == LI_OK; i++)
        status = q->in->put(q->self, &events[i], 1, nobody, NULL, err);
    if (status == LI_OK)
        done(user, LI_OK);
    return status;
}

static li_status bad_put(void *self, const li_queue_event *events, size_t n, li_queue_done done, void *user, li_error *err)
{
    bad_queue *q = self;
    li_queue_event cut;
    li_status status;

    if (is(q, "batch"))
        return put_each(q, events, n, done, user, err);
    if (is(q, "copies") || is(q, "at-once")) {       /* looks at the caller's bytes later */
        q->late.copy = events[0];
        q->late.done = done;
        q->late.user = user;
        q->late.n = 1;
        return LI_OK;
    }
    if (is(q, "never-told"))
        return q->in->put(q->self, events, n, nobody, NULL, err);
    if (is(q, "threads") && ++q->n_puts % 100 == 7) {
        done(user, LI_OK);
        return LI_OK;
    }
    if (is(q, "survives")) {     /* done before it is */
        status = q->in->put(q->self, events, n, nobody, NULL, err);
        if (status == LI_OK)
            done(user, LI_OK);
        return status;
    }
    if (is(q, "bytes") && n == 1 && events[0].payload) {
        cut = events[0];         /* takes it for a string */
        cut.header.payload_len = (uint32_t)strnlen(cut.payload, cut.header.payload_len);
        return q->in->put(q->self, &cut, 1, done, user, err);
    }
    status = q->in->put(q->self, events, n, done, user, err);
    if (status == LI_OK && is(q, "done-once"))
        done(user, LI_OK);
    return status;
}

static void bad_flush(void *self)
{
    bad_queue *q = self;

    if (q->late.n > 0) {
        q->late.n = 0;
        q->in->put(q->self, &q->late.copy, 1, q->late.done, q->late.user, NULL);
    }
    if (q->in->flush && !is(q, "survives"))
        q->in->flush(q->self);
}

static li_status bad_take(void *self, uint32_t lane, uint64_t now_ms, uint64_t until_ms, size_t max, li_lease *leases, size_t *n)
{
    bad_queue *q = self;
    li_event_header header;
    li_lease first;
    li_status status;

    if (is(q, "due"))
        now_ms += 1000;
    if (is(q, "take-all") && now_ms == UINT64_MAX)
        q->in->take(q->self, lane, UINT64_MAX - 1, until_ms, 0, leases, n);     /* it takes the time for the truth */
    if (is(q, "expiry"))
        until_ms = UINT64_MAX;
    if (is(q, "acks-lost"))      /* what is taken comes again at once, whatever becomes of it */
        until_ms = now_ms;
    if (is(q, "max") && max > 1)
        max--;
    status = q->in->take(q->self, lane, now_ms, until_ms, max, leases, n);
    if (status != LI_OK || *n == 0)
        return status;
    if (is(q, "order")) {
        first = leases[0];
        leases[0] = leases[*n - 1];
        leases[*n - 1] = first;
    }
    if (is(q, "lease")) {        /* somebody else may have it, too */
        header = *leases[0].header;
        q->in->delay(q->self, leases[0].token, &header);
    }
    if (is(q, "outcome-survives") || is(q, "lost-starts"))
        leases[0].outcome = 0, leases[0].record = NULL;
    return status;
}

static uint64_t bad_next_due(void *self, uint32_t lane)
{
    bad_queue *q = self;

    return q->in->next_due(q->self, lane);
}

static li_status bad_ack(void *self, const uint64_t *tokens, size_t n)
{
    bad_queue *q = self;

    return is(q, "ack") || is(q, "acks-lost") || is(q, "acked-stays-away") ? LI_OK : q->in->ack(q->self, tokens, n);
}

static li_status bad_delay(void *self, uint64_t token, const li_event_header *header)
{
    bad_queue *q = self;
    li_event_header other = *header;

    if (is(q, "delay") || is(q, "keeps-counters"))
        other.starts = other.function_failures = 0;
    return q->in->delay(q->self, token, &other);
}

static li_status bad_resolve(void *self, uint64_t token, int32_t outcome, const char *record, size_t len, li_queue_done done,
                             void *user)
{
    bad_queue *q = self;

    if (is(q, "resolve"))
        return LI_OK;            /* and nobody hears of it again */
    if (is(q, "outcome-survives")) {
        done(user, LI_OK);
        return LI_OK;
    }
    return q->in->resolve(q->self, token, outcome, record, len, done, user);
}

static li_status bad_extend(void *self, uint64_t token, uint64_t until_ms)
{
    bad_queue *q = self;

    return is(q, "extend") ? LI_OK : q->in->extend(q->self, token, until_ms);
}

static void bad_stats(void *self, uint32_t lane, li_queue_stats *stats)
{
    bad_queue *q = self;

    q->in->stats(q->self, lane, stats);
    if (is(q, "count"))
        stats->leased = 0;
}

static void bad_close(void *self)
{
    bad_queue *q = self;

    q->in->close(q->self);
}

static void bad_free(void *self)
{
    bad_queue *q = self;

    q->in->free(q->self);
    free(q);
}

static li_status bad_take_id(void *self, uint32_t lane, const li_id *id, uint64_t until_ms, li_lease *lease)
{
    bad_queue *q = self;
    size_t n;

    if (is(q, "take-id"))        /* any will do */
        return q->in->take(q->self, lane, UINT64_MAX, until_ms, 1, lease, &n);
    return q->in->take_id(q->self, lane, id, until_ms, lease);
}

static void bad_each(void *self, uint32_t lane, int32_t (*each)(void *user, const li_event_header *header, int32_t is_leased), void *user)
{
    bad_queue *q = self;

    if (!is(q, "each"))
        q->in->each(q->self, lane, each, user);
}

static li_status bad_drive(void *self, int32_t is_threaded)
{
    bad_queue *q = self;

    return q->in->drive ? q->in->drive(q->self, is_threaded) : LI_OK;
}

static void bad_start(void *self, uint64_t token, uint32_t starts)
{
    bad_queue *q = self;

    if (q->in->start && !is(q, "lost-starts"))
        q->in->start(q->self, token, starts);
}

void mutate_queue(const char *rule, li_queue *queue)
{
    static const li_queue_ops ops = { sizeof ops, 1, 0, "mutant", bad_open, bad_lane, bad_lanes, bad_put, bad_take, bad_next_due, bad_ack,
                                      bad_delay, bad_resolve, bad_extend, bad_stats, bad_close, bad_free, bad_take_id, bad_each,
                                      bad_drive, bad_flush, bad_start, NULL, NULL };
    bad_queue *q = calloc(1, sizeof *q);

    if (!q)
        abort();
    q->in = queue->ops;
    q->self = queue->self;
    q->rule = rule;
    q->ops = ops;
    q->ops.caps = queue->ops->caps;
    if (!q->in->resolve)
        q->ops.resolve = NULL;
    queue->ops = &q->ops;
    queue->self = q;
}

/* ---- stores */

typedef struct bad_store {
    li_store_ops ops;
    const li_store_ops *in;
    void *self;
    const char *rule;
    int n_opens;
} bad_store;

static int store_is(const bad_store *s, const char *rule)
{
    return strcmp(s->rule, rule) == 0;
}

static li_status store_open(void *self, const li_store_host *host, li_error *err)
{
    bad_store *s = self;

    s->n_opens++;
    return s->in->open(s->self, host, err);
}

static li_status store_get(void *self, li_slice table, li_slice key, void (*value)(void *user, const char *data, size_t len), void *user)
{
    bad_store *s = self;

    if (store_is(s, "get") && key.len == 1)
        key.ptr = "k";           /* case does not matter, does it */
    if (store_is(s, "bytes") && key.ptr)
        key.len = strnlen(key.ptr, key.len);
    return s->in->get(s->self, table, key, value, user);
}

static li_status store_write(void *self, const li_store_change *changes, size_t n, li_error *err)
{
    bad_store *s = self;
    li_store_change c;
    li_status status = LI_OK;
    size_t i;

    if (store_is(s, "survives"))
        return LI_OK;            /* in memory is good enough */
    for (i = 0; i < n && status == LI_OK; i++) {
        c = changes[store_is(s, "batch") ? n - 1 - i : i];
        if (store_is(s, "remove") && c.is_removal)
            continue;
        if (store_is(s, "replace") && !c.is_removal && c.value.len == 6)
            continue;            /* the first one wins */
        if (store_is(s, "tables"))
            c.table.len = 1;
        if (store_is(s, "bytes") && c.key.ptr)
            c.key.len = strnlen(c.key.ptr, c.key.len);
        status = s->in->write(s->self, &c, 1, err);
    }
    return status;
}

typedef struct walk {
    bad_store *s;
    int32_t (*each)(void *user, li_slice key, li_slice value);
    void *user;
    int n;
} walk;

static int32_t on_row(void *user, li_slice key, li_slice value)
{
    walk *w = user;

    if (store_is(w->s, "stop")) {
        w->each(w->user, key, value);
        return 0;
    }
    if (store_is(w->s, "order") && w->n++ == 0)
        return 0;                /* the first comes last */
    return w->each(w->user, key, value);
}

static int32_t on_first(void *user, li_slice key, li_slice value)
{
    walk *w = user;

    w->each(w->user, key, value);
    return 1;
}

static li_status store_each(void *self, li_slice table, int32_t (*each)(void *user, li_slice key, li_slice value), void *user)
{
    bad_store *s = self;
    walk w = { s, each, user, 0 };
    li_status status;

    if (store_is(s, "tables"))
        table.len = 1;
    if (store_is(s, "reopen") && s->n_opens > 1)
        return LI_OK;
    status = s->in->each(s->self, table, on_row, &w);
    return status == LI_OK && store_is(s, "order") ? s->in->each(s->self, table, on_first, &w) : status;
}

static void store_close(void *self)
{
    bad_store *s = self;

    s->in->close(s->self);
}

static void store_free(void *self)
{
    bad_store *s = self;

    s->in->free(s->self);
    free(s);
}

void mutate_store(const char *rule, li_store *store)
{
    static const li_store_ops ops = { sizeof ops, 1, 0, "mutant", store_open, store_get, store_write, store_each, store_close, store_free };
    bad_store *s = calloc(1, sizeof *s);

    if (!s)
        abort();
    s->in = store->ops;
    s->self = store->self;
    s->rule = rule;
    s->ops = ops;
    s->ops.caps = store->ops->caps;
    store->ops = &s->ops;
    store->self = s;
}
