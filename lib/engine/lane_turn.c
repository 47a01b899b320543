/* lane_turn.c - a lane's turn: what can be done with its events now, how many are taken at once, and when it looks again. */
#include "base/lock.h"
#include "engine/faults.h"

enum { QUEUE_ERROR_WAIT_MS = 1000 };

/* When the lane looks again. A queue that cannot give what is ready is asked again after a while, and not at once for ever. */
void lii_lane_arm_again(lii_lane *lane, li_status taken, uint64_t due_ms)
{
    li_engine *engine = lane->engine;

    if (taken != LI_OK)
        due_ms = li_engine_now_ms(engine) + QUEUE_ERROR_WAIT_MS;
    pthread_mutex_lock(&engine->lock);
    lii_lane_arm_locked(lane, due_ms == UINT64_MAX ? LI_NEVER : lii_engine_ns_of_ms(engine, due_ms));
    pthread_mutex_unlock(&engine->lock);
}

/* How many to take at once: long handlers one by one, so that other workers get the next; the first says how long they are. */
static size_t batch_size(const lii_lane *lane, uint64_t capacity)
{
    uint64_t size = LII_BATCH, typical_ns = atomic_load_explicit(&lane->typical_ns, memory_order_relaxed);

    if (atomic_load_explicit(&lane->engine->is_threaded, memory_order_relaxed))
        size = typical_ns > 0 ? 200 * LI_US_NS / typical_ns : 1;
    if (size < 1)
        size = 1;
    if (size > LII_BATCH)
        size = LII_BATCH;
    return (size_t)(size < capacity ? size : capacity);
}

/* Events that were there at open wait for their function to be registered, and for its handler: only a removal is one. */
int lii_lane_is_parked_locked(const lii_lane *lane, const lii_code *code)
{
    if (code)
        return code->is_parked && !code->handler.handler;
    return lane->is_recovered && !lane->function->was_removed && !lane->function->is_stored;
}

/* What can be done with the lane now, and how many events at once. */
static int lane_look_locked(lii_lane *lane, uint64_t now, size_t *max)
{
    li_function *function = lane->function;
    lii_code *code = lii_code_locked(function, lane->qualifier);

    *max = LII_BATCH;
    if (lii_lane_is_parked_locked(lane, code))
        return LII_LANE_WAITS;
    if (!code)
        return LII_LANE_GONE;
    if (function->locked.is_paused)
        return LII_LANE_WAITS;
    if (function->locked.reserved == 0)
        return LII_LANE_ZERO;
    if (now < lane->blocked_until_ns) {
        lii_lane_arm_locked(lane, lane->blocked_until_ns);
        return LII_LANE_WAITS;
    }
    lii_lane_unblock_locked(lane);
    *max = batch_size(lane, lii_capacity_locked(function, lii_version_locked(function, lane->qualifier, 0)));
    return LII_LANE_RUNS;
}

static uint64_t lease_end(const lii_lane *lane, uint64_t now_ms)
{
    li_engine *engine = lane->engine;
    uint64_t longest_ms = atomic_load_explicit(&engine->longest_ms, memory_order_relaxed);

    if (longest_ms < (uint64_t)LII_CONFIG(engine, timeout_max_ms))
        longest_ms = (uint64_t)LII_CONFIG(engine, timeout_max_ms);
    /* longer than any time-out, twice over: what runs is always settled within its lease (REL-16) */
    return now_ms + 2 * longest_ms + 2 * (uint64_t)LII_CONFIG(engine, init_ms);
}

static void run_batch_of(lii_thread *worker, lii_batch *batch, int what)
{
    if (!worker) {
        lii_batch_run(batch, what);
        return;
    }
    worker->batch = batch;
    lii_batch_run(batch, what);
    worker->batch = NULL;
}

/* The same, and whether a worker that may hold the lane does so, from here to its next turn. A look that comes after the exchange
 * of armed_ns finds all events whose producers did not arm the lane. */
static int lane_begin_locked(lii_lane *lane, lii_thread *worker, int may_hold, uint64_t now, size_t *max)
{
    int holds = may_hold && lii_worker_is_alone_locked(lane->engine, now), what;

    if (!holds || worker->held != lane) {
        if (worker)
            worker->held = NULL;
        atomic_exchange_explicit(&lane->armed_ns, LI_NEVER, memory_order_acq_rel);
    }
    what = lane_look_locked(lane, now, max);
    if (holds && (what != LII_LANE_RUNS || *max == 0)) {
        lii_lane_let_go_locked(worker);
        return lane_look_locked(lane, now, max);     /* it may have to be armed */
    }
    if (holds && worker->held != lane) {
        worker->held = lane;
        atomic_exchange_explicit(&lane->armed_ns, LII_HELD, memory_order_acq_rel);
    }
    return what;
}

enum { LOOKS = 6, PAUSES = 16 };     /* some microseconds; each look between them costs a producer more than it costs here */

/* What is ready of a lane that is held; when nothing is, soon something will be, as often as not. */
static li_status take_soon(lii_lane *lane, uint64_t now_ms, size_t max, li_lease *leases, size_t *n)
{
    li_engine *engine = lane->engine;
    li_status status;
    int look, i;

    for (look = 0; look < LOOKS; look++) {
        status = engine->queue_ops.take(engine->queue, lane->number, now_ms, lease_end(lane, now_ms), max, leases, n);
        if (status != LI_OK || *n > 0)
            break;
        for (i = 0; i < PAUSES; i++)
            lii_pause();
    }
    return status;
}

/* One turn of a lane. 1: another is to follow at once, since its worker holds it. */
static int lane_turn(lii_lane *lane, lii_thread *worker, int *may_hold)
{
    li_engine *engine = lane->engine;
    uint64_t now_ns = lii_now_ns(engine), now_ms = lii_ms_of_ns(engine, now_ns);
    li_lease leases[LII_BATCH];
    lii_batch batch = { lane, leases, 0, 0, NULL };
    li_status taken;
    size_t max;
    int what, is_held;

    lii_lock_soon(&engine->lock);
    what = lane_begin_locked(lane, worker, *may_hold, now_ns, &max);
    is_held = worker && worker->held == lane;
    pthread_mutex_unlock(&engine->lock);
    if (what == LII_LANE_WAITS)
        return 0;
    if (max == 0) {
        lii_lane_throttled(lane);
        return 0;
    }
    if (is_held)
        taken = take_soon(lane, now_ms, max, leases, &batch.n);
    else
        taken = engine->queue_ops.take(engine->queue, lane->number, now_ms, lease_end(lane, now_ms), max, leases, &batch.n);
    if (taken != LI_OK)
        batch.n = 0;
    if (!is_held)
        lii_lane_arm_again(lane, taken, batch.n == max ? now_ms : engine->queue_ops.next_due(engine->queue, lane->number));
    else if (batch.n == 0)
        *may_hold = 0;           /* the next look is the last */
    run_batch_of(worker, &batch, what);
    return is_held && (batch.n == 0 || worker->held == lane);
}

void lii_lane_run(lii_timer *timer)
{
    lii_lane *lane = timer->user;
    lii_thread *worker = lii_self && lii_self->engine == lane->engine ? lii_self : NULL;
    int may_hold = worker && (lane->engine->queue_ops.caps & LI_QUEUE_AT_ONCE);

    while (lane_turn(lane, worker, &may_hold))
        continue;
}
