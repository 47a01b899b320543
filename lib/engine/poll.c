/* poll.c - poll mode: invocations for those who call us and cannot be called. */
#include <time.h>

#include "engine/engine.h"

li_status li_respond(li_invocation *inv, const char *data, size_t len)
{
    return li_invocation_respond(inv, data, len);
}

li_status li_respond_error(li_invocation *inv, const char *error_type, const char *message)
{
    return li_invocation_fail(inv, error_type, message);
}

static li_invocation *poll_pop_locked(li_function *function)
{
    li_invocation *inv = function->locked.polls_first;

    if (!inv)
        return NULL;
    function->locked.polls_first = inv->next;
    if (!function->locked.polls_first)
        function->locked.polls_last = NULL;
    inv->next = NULL;
    inv->polled = 2;
    inv->start_ns = lii_now_ns(inv->engine);
    inv->deadline_ns = inv->start_ns + inv->code->timeout_ns;
    lii_deadline_set_locked(inv->engine, &inv->deadline, inv->deadline_ns);
    return inv;
}

static uint64_t real_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void wait_changed_locked(li_engine *engine, uint64_t ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&engine->changed, &engine->lock, &until);
}

li_status li_next(li_engine *engine, const char *name, size_t name_len, uint64_t wait_ms, li_invocation **out)
{
    li_slice text = lii_slice(name, name_len);
    uint64_t until = real_ms() + wait_ms, now;
    li_function *function;
    int driven = !atomic_load(&engine->is_threaded);

    if (lii_is_forked(engine))
        return LI_E_FORKED;
    *out = NULL;
    if (wait_ms > 0 && lii_inside(engine))
        return LI_E_MISUSE;
    for (;;) {
        while (driven && !lii_inside(engine) && lii_step(engine)) {
        }
        pthread_mutex_lock(&engine->lock);
        function = lii_function_lookup_locked(engine, text.ptr, text.len);
        if (!function || !function->latest.locked.code || function->latest.locked.code->binding != LII_BIND_POLL) {
            pthread_mutex_unlock(&engine->lock);
            return !function || !function->latest.locked.code ? LI_E_NOT_FOUND : LI_E_INVALID;
        }
        *out = poll_pop_locked(function);
        now = real_ms();
        if (*out || now >= until || (driven && engine->is_virtual) || atomic_load(&engine->is_stopping))
            break;
        wait_changed_locked(engine, driven && until - now > 20 ? 20 : until - now);
        pthread_mutex_unlock(&engine->lock);
    }
    pthread_mutex_unlock(&engine->lock);
    if (!*out && atomic_load(&engine->is_stopping))
        return LI_E_CLOSED;
    if (*out)
        lii_journal(engine, LI_STEP_START, &(*out)->id, function->name, (*out)->attempt, "poll");
    return LI_OK;
}

uint64_t li_engine_external(li_engine *engine)
{
    return atomic_load(&engine->external);
}
