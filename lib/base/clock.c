/* clock.c - the three clocks, their readings and waits, and the list of engines attached to one. */
#include "base/clock_private.h"

#include <string.h>
#include <time.h>

#include "base/options.h"

/* The real clock. */

static uint64_t real_monotonic_ns(void *self)
{
    struct timespec t;

    (void)self;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * LI_SECOND_NS + (uint64_t)t.tv_nsec;
}

static uint64_t real_wall_ms(void *self)
{
    struct timespec t;

    (void)self;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec < 0 ? 0 : (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / LI_MS_NS;
}

/* Conditions are made with CLOCK_MONOTONIC, so that a jump of the wall clock neither wakes nor delays anybody. */
static void real_wait(void *self, pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline_ns)
{
    struct timespec t;

    (void)self;
    if (deadline_ns == LI_NEVER) {
        pthread_cond_wait(condition, mutex);
        return;
    }
    t.tv_sec = (time_t)(deadline_ns / LI_SECOND_NS);
    t.tv_nsec = (long)(deadline_ns % LI_SECOND_NS);
    pthread_cond_timedwait(condition, mutex, &t);
}

static const li_clock_ops real_ops = {
    sizeof(li_clock_ops), 1, 0, "real", real_monotonic_ns, real_wall_ms, real_wait, NULL
};

/* The virtual clock: self is the clock itself. */

static uint64_t virtual_monotonic_ns(void *self)
{
    li_clock *clock = self;

    return atomic_load_explicit(&clock->now_ns, memory_order_acquire);
}

static uint64_t virtual_elapsed_ms(li_clock *clock)
{
    return (virtual_monotonic_ns(clock) - clock->options.start_ns) / LI_MS_NS;
}

static uint64_t virtual_wall_ms(void *self)
{
    li_clock *clock = self;

    return atomic_load_explicit(&clock->wall_start_ms, memory_order_acquire) + virtual_elapsed_ms(clock);
}

static const li_clock_ops virtual_ops = {
    sizeof(li_clock_ops), 1, LI_CLOCK_VIRTUAL, "virtual", virtual_monotonic_ns, virtual_wall_ms, NULL, NULL
};

li_status li_clock_virtual_options_init(li_clock_virtual_options *options, size_t size)
{
    static const li_clock_virtual_options defaults = LI_CLOCK_VIRTUAL_OPTIONS_INIT;

    return lii_options_init(options, size, &defaults, sizeof defaults);
}

static li_status new_clock(const li_allocator *given, const li_clock_ops *ops, void *self, li_clock **out)
{
    li_allocator allocator;
    li_clock *clock;
    li_status status = lii_allocator_read(given, &allocator, NULL);

    if (status != LI_OK)
        return status;
    clock = lii_calloc(&allocator, 1, sizeof *clock);
    if (clock == NULL)
        return LI_E_NOMEM;
    clock->allocator = allocator;
    clock->ops = *ops;
    clock->self = self ? self : clock;
    atomic_init(&clock->now_ns, 0);
    atomic_init(&clock->wall_start_ms, 0);
    clock->mark = lii_fork_mark_new();
    if (clock->mark == NULL || pthread_mutex_init(&clock->locked.lock, NULL) != 0)
        goto fail;
    if (pthread_cond_init(&clock->locked.left, NULL) != 0) {
        pthread_mutex_destroy(&clock->locked.lock);
        goto fail;
    }
    *out = clock;
    return LI_OK;
fail:
    lii_fork_mark_free(clock->mark);
    lii_free(&allocator, clock);
    return LI_E_NOMEM;
}

li_status li_clock_real_new(const li_allocator *allocator, li_clock **clock)
{
    return clock ? new_clock(allocator, &real_ops, NULL, clock) : LI_E_INVALID;
}

li_status li_clock_virtual_new(const li_allocator *allocator, const li_clock_virtual_options *options, li_clock **clock)
{
    li_clock_virtual_options o = LI_CLOCK_VIRTUAL_OPTIONS_INIT;
    li_status status;

    if (clock == NULL)
        return LI_E_INVALID;
    status = lii_options_read(&o, sizeof o, options, "li_clock_virtual_options", NULL);
    if (status == LI_OK && o.start_ns == LI_NEVER)
        status = LI_E_INVALID;
    if (status == LI_OK)
        status = new_clock(allocator, &virtual_ops, NULL, clock);
    if (status != LI_OK)
        return status;
    (*clock)->options = o;
    atomic_store(&(*clock)->now_ns, o.start_ns);
    atomic_store(&(*clock)->wall_start_ms, o.wall_ms);
    return LI_OK;
}

/* Time of a caller's clock moves by itself: what can be advanced is ours. */
static li_status read_ops(const li_clock_ops *ops, li_clock_ops *out)
{
    li_status status = lii_options_read(out, sizeof *out, ops, "li_clock_ops", NULL);

    if (status != LI_OK)
        return status;
    if (out->monotonic_ns == NULL || out->wall_ms == NULL || (out->caps & LI_CLOCK_VIRTUAL) != 0)
        return LI_E_INVALID;
    return out->version > 1 || out->caps != 0 ? LI_E_NOTSUP : LI_OK;
}

li_status li_clock_new(const li_allocator *allocator, const li_clock_ops *ops, void *self, li_clock **clock)
{
    li_clock_ops own;
    li_status status;

    memset(&own, 0, sizeof own);
    if (ops == NULL)
        return LI_E_INVALID;
    status = read_ops(ops, &own);
    if (status == LI_OK)
        status = clock ? new_clock(allocator, &own, self, clock) : LI_E_INVALID;
    if (status == LI_OK) {
        (*clock)->self = self;
        return LI_OK;
    }
    if (ops->size >= offsetof(li_clock_ops, free) + sizeof ops->free && ops->size <= 4096 && ops->free)
        ops->free(self);
    return status;
}

li_status li_clock_free(li_clock *clock)
{
    int in_use;

    if (clock == NULL)
        return LI_OK;
    if (*clock->mark == 0)
        return LI_E_FORKED;
    pthread_mutex_lock(&clock->locked.lock);
    in_use = clock->locked.first != NULL || clock->locked.is_advancing;
    pthread_mutex_unlock(&clock->locked.lock);
    if (in_use)
        return LI_E_BUSY;
    if (clock->ops.free)
        clock->ops.free(clock->self);
    pthread_cond_destroy(&clock->locked.left);
    pthread_mutex_destroy(&clock->locked.lock);
    lii_fork_mark_free(clock->mark);
    lii_free(&clock->allocator, clock);
    return LI_OK;
}

uint64_t li_clock_now_ns(const li_clock *clock)
{
    return clock->ops.monotonic_ns(clock->self);
}

uint64_t li_clock_wall_ms(const li_clock *clock)
{
    return clock->ops.wall_ms(clock->self);
}

int32_t li_clock_is_virtual(const li_clock *clock)
{
    return (clock->ops.caps & LI_CLOCK_VIRTUAL) != 0;
}

li_status li_clock_set_wall(li_clock *clock, uint64_t wall_ms)
{
    if (!li_clock_is_virtual(clock))
        return LI_E_NOTSUP;
    atomic_store_explicit(&clock->wall_start_ms, wall_ms - virtual_elapsed_ms(clock), memory_order_release);
    return LI_OK;
}

void lii_clock_jump(li_clock *clock, uint64_t time_ns)
{
    uint64_t now = atomic_load(&clock->now_ns);

    if (!li_clock_is_virtual(clock))
        return;
    while (now < time_ns && !atomic_compare_exchange_weak(&clock->now_ns, &now, time_ns))
        continue;
}

lii_clock_reader lii_clock_get_reader(const li_clock *clock)
{
    lii_clock_reader reader;

    reader.read = clock->ops.monotonic_ns;
    reader.self = clock->self;
    return reader;
}

int lii_clock_can_wait(const li_clock *clock)
{
    return clock->ops.wait != NULL;
}

void lii_clock_wait(li_clock *clock, pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline_ns)
{
    if (clock->ops.wait)
        clock->ops.wait(clock->self, condition, mutex, deadline_ns);
}

void lii_clock_attach(li_clock *clock, lii_clock_user *user)
{
    lii_clock_user **at;

    user->next = NULL;
    pthread_mutex_lock(&clock->locked.lock);
    for (at = &clock->locked.first; *at; at = &(*at)->next)
        continue;
    *at = user;
    clock->locked.changes++;
    pthread_mutex_unlock(&clock->locked.lock);
}

/* Returns when no callback of that user runs on another thread, nor will. */
void lii_clock_detach(li_clock *clock, lii_clock_user *user)
{
    lii_clock_user **at;

    pthread_mutex_lock(&clock->locked.lock);
    for (at = &clock->locked.first; *at; at = &(*at)->next) {
        if (*at != user)
            continue;
        *at = user->next;
        clock->locked.changes++;
        break;
    }
    while (clock->locked.called == user && !pthread_equal(clock->locked.caller, pthread_self()))
        pthread_cond_wait(&clock->locked.left, &clock->locked.lock);
    pthread_mutex_unlock(&clock->locked.lock);
}
