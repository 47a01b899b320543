/* lane.c - lanes: one for each function and qualifier that events were sent to, with the timer of its next look at the queue. */
#include <stdio.h>

#include "engine/engine.h"

void lii_lane_arm_locked(lii_lane *lane, uint64_t due_ns)
{
    if (due_ns == LI_NEVER || due_ns >= atomic_load_explicit(&lane->armed_ns, memory_order_relaxed))
        return;
    if (lii_timer_set_locked(lane->engine, &lane->timer, due_ns) == LI_OK)
        atomic_exchange_explicit(&lane->armed_ns, due_ns, memory_order_acq_rel);
}

static int lanes_grow_locked(li_engine *engine, uint32_t number)
{
    size_t n = engine->locked.n_lanes ? engine->locked.n_lanes * 2 : 16;
    lii_lane **lanes;

    if (number < engine->locked.n_lanes)
        return 0;
    while (n <= number)
        n *= 2;
    lanes = lii_realloc(&engine->allocator, engine->locked.lanes, n * sizeof(lii_lane *));
    if (!lanes)
        return -1;
    memset(lanes + engine->locked.n_lanes, 0, (n - engine->locked.n_lanes) * sizeof(lii_lane *));
    engine->locked.lanes = lanes;
    engine->locked.n_lanes = n;
    return 0;
}

li_status lii_lane_get_locked(li_function *function, const char *qualifier, lii_lane **out, li_error *err)
{
    li_engine *engine = function->engine;
    lii_lane *lane;
    li_status status;

    for (lane = function->locked.lanes; lane; lane = lane->next)
        if (strcmp(lane->qualifier, qualifier) == 0) {
            *out = lane;
            return LI_OK;
        }
    lane = lii_calloc(&engine->allocator, 1, sizeof *lane);
    if (!lane)
        return lii_no_memory(err, "a lane");
    snprintf(lane->qualifier, sizeof lane->qualifier, "%s", qualifier);
    snprintf(lane->name, sizeof lane->name, "%s%s%s", function->name, qualifier[0] ? ":" : "", qualifier);
    status = engine->queue_ops.lane(engine->queue, lane->name, strlen(lane->name), &lane->number, err);
    if (status == LI_OK && lanes_grow_locked(engine, lane->number) != 0)
        status = lii_no_memory(err, "a lane");
    if (status == LI_OK)
        status = lii_timer_promise_locked(engine, &lane->timer);     /* an accepted event can always wake its lane */
    if (status != LI_OK) {
        lii_free(&engine->allocator, lane);
        return status;
    }
    lane->function = function;
    lane->engine = engine;
    lane->timer.run = lii_lane_run;
    lane->timer.user = lane;
    atomic_init(&lane->armed_ns, LI_NEVER);
    lane->next = function->locked.lanes;
    function->locked.lanes = lane;
    engine->locked.lanes[lane->number] = lane;
    if (qualifier[0] == '\0')        /* release pairs with the acquire of find_lane */
        atomic_store_explicit(&function->plain_lane, lane, memory_order_release);
    *out = lane;
    return LI_OK;
}

void lii_lanes_free(li_engine *engine)
{
    size_t i;

    for (i = 0; i < engine->locked.n_lanes; i++)
        lii_free(&engine->allocator, engine->locked.lanes[i]);
    lii_free(&engine->allocator, engine->locked.lanes);
    engine->locked.lanes = NULL;
    engine->locked.n_lanes = 0;
}
