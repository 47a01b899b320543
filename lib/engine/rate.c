/* rate.c - how fast, beside how many at once: new environments in any 10 seconds, and requests a second. */
#include "engine/engine.h"

/* ---- scaling.rate: new environments in any 10 seconds (INV-310) */

enum { SCALE_WINDOW_S = 10 };

uint64_t lii_scale_budget_locked(const li_function *function)
{
    const li_engine *engine = function->engine;
    uint64_t rate = (uint64_t)LII_CONFIG(engine, scaling_rate), now = lii_now_ns(engine), step, ahead;

    if (rate == 0)
        return UINT64_MAX;
    step = SCALE_WINDOW_S * LI_SECOND_NS / rate;
    ahead = function->locked.scale_ns > now ? function->locked.scale_ns - now : 0;
    return ahead >= SCALE_WINDOW_S * LI_SECOND_NS ? 0 : (SCALE_WINDOW_S * LI_SECOND_NS - ahead) / step;
}

void lii_scale_spend_locked(li_function *function)
{
    const li_engine *engine = function->engine;
    uint64_t rate = (uint64_t)LII_CONFIG(engine, scaling_rate), now = lii_now_ns(engine);

    if (rate == 0)
        return;
    if (function->locked.scale_ns < now)
        function->locked.scale_ns = now;
    function->locked.scale_ns += SCALE_WINDOW_S * LI_SECOND_NS / rate;
}

/* ---- throttle.request_rate: requests a second for each unit of concurrency (INV-309)
 *
 * A bucket holds one second's requests and is kept as the time at which it is full again. It belongs to what the concurrency
 * belongs to: what is provisioned of a version, a reservation, the account. */

typedef struct bucket {
    uint64_t *full_ns;
    uint64_t step_ns;            /* that one request costs */
} bucket;

static bucket bucket_of(lii_version *version, int32_t is_provisioned)
{
    li_function *function = version->function;
    li_engine *engine = version->engine;
    uint64_t rate = (uint64_t)LII_CONFIG(engine, request_rate), n;
    bucket b;

    if (is_provisioned) {
        b.full_ns = &version->locked.provisioned.rate_ns;
        n = version->locked.provisioned.requested;
    } else if (function->locked.reserved > 0) {
        b.full_ns = &function->locked.rate_ns;
        n = (uint64_t)function->locked.reserved;
    } else {
        b.full_ns = &engine->locked.rate_ns;
        n = (uint64_t)LII_CONFIG(engine, account_concurrency);
    }
    n *= rate;
    b.step_ns = n == 0 ? LI_SECOND_NS + 1 : LI_SECOND_NS / (n < LI_SECOND_NS ? n : LI_SECOND_NS);
    return b;
}

int lii_rate_has_room_locked(lii_version *version, int32_t is_provisioned, int32_t *detail)
{
    uint64_t now, ahead;
    bucket b;

    if (LII_CONFIG(version->engine, request_rate) == 0)
        return 1;
    b = bucket_of(version, is_provisioned);
    now = lii_now_ns(version->engine);
    ahead = *b.full_ns > now ? *b.full_ns - now : 0;
    if (ahead + b.step_ns <= LI_SECOND_NS)
        return 1;
    *detail = b.full_ns == &version->function->locked.rate_ns ? LI_DETAIL_RESERVED_REQUEST_RATE : LI_DETAIL_REQUEST_RATE;
    return 0;
}

void lii_rate_spend_locked(lii_version *version, int32_t is_provisioned)
{
    uint64_t now;
    bucket b;

    if (LII_CONFIG(version->engine, request_rate) == 0)
        return;
    b = bucket_of(version, is_provisioned);
    now = lii_now_ns(version->engine);
    if (*b.full_ns < now)
        *b.full_ns = now;
    *b.full_ns += b.step_ns;
}
