/* later.c - the registry of operations that wait for an answer sent another way. */
#include "service/later.h"

typedef struct registry {
    li_engine *engine;
    const li_allocator *allocator;
    struct {
        pthread_mutex_t lock;    /* before the engine's: timers are set under it, and never cancelled */
        lii_table by_token;
        lii_later *late;         /* their timers have run */
    } locked;
} registry;

static void *make(li_engine *engine)
{
    const li_allocator *allocator = lii_engine_allocator(engine);
    registry *r = lii_calloc(allocator, 1, sizeof *r);

    if (!r)
        return NULL;
    if (pthread_mutex_init(&r->locked.lock, NULL) != 0) {
        lii_free(allocator, r);
        return NULL;
    }
    r->engine = engine;
    r->allocator = allocator;
    lii_table_init(&r->locked.by_token, allocator);
    return r;
}

void lii_later_release(lii_later *op)
{
    if (atomic_fetch_sub_explicit(&op->refs, 1, memory_order_acq_rel) == 1)
        op->end(op);
}

/* A timer's memory goes only when nothing runs it any more. */
static void reap(registry *r)
{
    lii_later *op, *next;

    pthread_mutex_lock(&r->locked.lock);
    op = r->locked.late;
    r->locked.late = NULL;
    pthread_mutex_unlock(&r->locked.lock);
    for (; op; op = next) {
        next = op->next;
        lii_timer_cancel(r->engine, &op->timer);
        lii_later_release(op);
    }
}

static void end(void *self)
{
    registry *r = self;
    lii_table_slot *slot;
    size_t i = 0;

    reap(r);
    for (; (slot = lii_table_next(&r->locked.by_token, &i)) != NULL; i++) {
        lii_later *op = slot->value;

        lii_timer_cancel(r->engine, &op->timer);
        lii_later_release(op);
    }
    lii_table_fini(&r->locked.by_token);
    pthread_mutex_destroy(&r->locked.lock);
    lii_free(r->allocator, r);
}

static registry *registry_of(li_engine *engine)
{
    return lii_engine_slot(engine, LII_SLOT_LATER, make, end);
}

static int unlink_op(registry *r, lii_later *op)
{
    int is_there;

    pthread_mutex_lock(&r->locked.lock);
    is_there = op == lii_table_get(&r->locked.by_token, op->token, strlen(op->token));
    if (is_there)
        lii_table_remove(&r->locked.by_token, op->token, strlen(op->token));
    pthread_mutex_unlock(&r->locked.lock);
    return is_there;
}

static void timed_out(lii_timer *timer)
{
    lii_later *op = timer->user;
    registry *r = registry_of(op->engine);

    if (!unlink_op(r, op))
        return;                  /* whoever took it waits for this timer */
    op->late(op);
    pthread_mutex_lock(&r->locked.lock);
    op->next = r->locked.late;
    r->locked.late = op;
    pthread_mutex_unlock(&r->locked.lock);
}

int lii_later_take(lii_later *op)
{
    if (!unlink_op(registry_of(op->engine), op))
        return 0;
    lii_timer_cancel(op->engine, &op->timer);
    return 1;
}

void lii_later_move(lii_later *op, uint64_t timeout_ms)
{
    registry *r = registry_of(op->engine);

    pthread_mutex_lock(&r->locked.lock);
    if (op == lii_table_get(&r->locked.by_token, op->token, strlen(op->token)))
        lii_timer_set(op->engine, &op->timer, lii_engine_now_ns(op->engine) + timeout_ms * LI_MS_NS);
    pthread_mutex_unlock(&r->locked.lock);
}

li_status lii_later_begin(lii_later *op, uint64_t timeout_ms)
{
    registry *r = registry_of(op->engine);
    li_status status;
    li_id id;

    if (!r)
        return LI_E_NOMEM;
    reap(r);
    lii_engine_new_id(op->engine, &id);
    li_id_format(&id, op->token);
    atomic_init(&op->refs, 2);
    op->timer.run = timed_out;
    op->timer.user = op;
    pthread_mutex_lock(&r->locked.lock);
    status = lii_table_put(&r->locked.by_token, op->token, strlen(op->token), op, NULL);
    pthread_mutex_unlock(&r->locked.lock);
    if (status == LI_OK) {
        status = lii_timer_set(op->engine, &op->timer, lii_engine_now_ns(op->engine) + timeout_ms * LI_MS_NS);
        if (status != LI_OK)
            unlink_op(r, op);
    }
    return status;
}

/* Behind the last / or : and before a ?. */
static li_slice token_of(li_slice name)
{
    const char *mark = name.len ? memchr(name.ptr, '?', name.len) : NULL;
    size_t n = mark ? (size_t)(mark - name.ptr) : name.len, from = n;

    while (from > 0 && name.ptr[from - 1] != '/' && name.ptr[from - 1] != ':')
        from--;
    return lii_slice(name.ptr + from, n - from);
}

lii_later *lii_later_find(li_engine *engine, const lii_trigger_kind *kind, li_slice name)
{
    registry *r = registry_of(engine);
    li_slice token = token_of(name);
    lii_later *op;

    if (!r || token.len == 0)
        return NULL;
    pthread_mutex_lock(&r->locked.lock);
    op = lii_table_get(&r->locked.by_token, token.ptr, token.len);
    if (op && op->kind != kind)
        op = NULL;
    if (op)
        atomic_fetch_add_explicit(&op->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&r->locked.lock);
    return op;
}
