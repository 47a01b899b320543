/* faulty_clock.c - a real clock whose wall reading jumps and whose waits end too early. */
#include <stdatomic.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/faulty.h"

typedef struct faulty_clock {
    li_faulty *faulty;
    li_clock *inner;
    atomic_llong offset_ms;
} faulty_clock;

static uint64_t faulty_monotonic_ns(void *self)
{
    const faulty_clock *c = self;

    return li_clock_now_ns(c->inner);
}

static uint64_t faulty_wall_ms(void *self)
{
    faulty_clock *c = self;
    lii_faulty_verdict verdict = lii_faulty_ask(c->faulty, "wall_ms");

    if (verdict.action == LI_FAULTY_JUMP)
        atomic_fetch_add(&c->offset_ms, verdict.jump_ms);
    return li_clock_wall_ms(c->inner) + (uint64_t)atomic_load(&c->offset_ms);
}

static void faulty_wait(void *self, pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline_ns)
{
    faulty_clock *c = self;

    if (lii_faulty_ask(c->faulty, "wait").action != LI_FAULTY_FAIL)
        lii_clock_wait(c->inner, condition, mutex, deadline_ns);
}

static void faulty_free(void *self)
{
    faulty_clock *c = self;

    lii_faulty_free_part(c->faulty, c);
}

static const li_clock_ops faulty_ops = {
    sizeof faulty_ops, 1, 0, "faulty", faulty_monotonic_ns, faulty_wall_ms, faulty_wait, faulty_free
};

li_status li_faulty_clock(li_faulty *faulty, li_clock *inner, li_clock **out)
{
    faulty_clock *c;

    if (!faulty || !inner || !out)
        return LI_E_INVALID;
    if (li_clock_is_virtual(inner))
        return LI_E_NOTSUP;
    c = lii_faulty_new_part(faulty, sizeof *c);
    if (!c)
        return LI_E_NOMEM;
    c->faulty = faulty;
    c->inner = inner;
    atomic_init(&c->offset_ms, 0);
    return li_clock_new(NULL, &faulty_ops, c, out);
}
