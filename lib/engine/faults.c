/* faults.c - the fault plan in force: asked where something can go wrong, and what it has done. */
#include "engine/faults.h"

#include <stdlib.h>

#include <lambdainvoke/testing.h>

/* ---- the plan in force (faults.lock) */

static void arm_locked(li_engine *engine)
{
    const lii_fault_plan *plan = engine->faults.plan;
    uint32_t armed = 0;
    size_t i;

    for (i = 0; plan && i < plan->n; i++)
        if (lii_fault_left(&plan->faults[i].count) > 0)
            armed |= plan->faults[i].kind;
    atomic_store_explicit(&engine->faults_armed, armed, memory_order_relaxed);
    lii_detour_set(engine, LII_DETOUR_FAULTS, (armed & (LII_FAULTS_ADMISSION | LII_FAULTS_RUN)) != 0);
    lii_detour_set(engine, LII_DETOUR_ENDS, (armed & LII_FAULTS_SUCCESS) != 0);
}

static int concerns(const lii_fault *fault, uint32_t kind, const char *function, const char *target)
{
    return fault->kind == kind && (fault->function[0] == '\0' || (function && strcmp(fault->function, function) == 0)) &&
           (fault->target[0] == '\0' || (target && strcmp(fault->target, target) == 0));
}

/* One opportunity: the first fault that fires, copied out; 0: none. */
static int ask(li_engine *engine, uint32_t kind, const char *function, const char *target, lii_fault *fired)
{
    lii_fault_plan *plan;
    int found = 0;
    size_t i;

    pthread_mutex_lock(&engine->faults.lock);
    plan = engine->faults.plan;
    for (i = 0; plan && i < plan->n && !found; i++)
        if (concerns(&plan->faults[i], kind, function, target) && lii_fault_hit(&plan->faults[i].count, &plan->random)) {
            if (fired)
                *fired = plan->faults[i];
            found = 1;
            if (lii_fault_left(&plan->faults[i].count) == 0)
                arm_locked(engine);
        }
    pthread_mutex_unlock(&engine->faults.lock);
    return found;
}

static int ask_aloud(li_engine *engine, uint32_t kind, const char *function, const char *target, const li_id *id,
                     uint32_t attempt, lii_fault *fired)
{
    if (!ask(engine, kind, function, target, fired))
        return 0;
    lii_journal(engine, LI_STEP_FAULT, id, function, attempt, fired->name);
    return 1;
}

/* ---- where it is asked */

int lii_fault_throttles(li_function *function)
{
    lii_fault fault;

    return ask_aloud(function->engine, LII_FAULTS_ADMISSION, function->name, NULL, NULL, 0, &fault);
}

int lii_fault_runs(li_invocation *inv, int32_t *verdict)
{
    lii_fault fault;

    if (!ask_aloud(inv->engine, LII_FAULTS_RUN, inv->function->name, NULL, &inv->id, inv->attempt, &fault))
        return 0;
    *verdict = LI_FAILED;
    switch (fault.what) {
    case LII_DO_FAIL:
        inv->in_handler = 1;
        li_invocation_fail(inv, fault.error_type, fault.error_message);
        inv->in_handler = 0;
        return 1;
    case LII_DO_CRASH:
        inv->in_handler = 1;
        li_invocation_exit(inv, fault.exit_status);
        inv->in_handler = 0;
        return 1;
    case LII_DO_TIMEOUT:         /* past its time-out on whichever clock: it ends there, and nobody waits on a thread */
        *verdict = LI_DONE;
        inv->simulated_ns += inv->code->timeout_ns + 1;
        return 1;
    default:                     /* slow: entered, and so much longer */
        li_invocation_simulate(inv, fault.duration_ns);
        return 0;
    }
}

int lii_fault_duplicates(const lii_lane *lane, const li_event_header *header)
{
    lii_fault fault;

    if (header->starts - header->function_failures != 1)   /* once for an event, so that it ends */
        return 0;
    return ask_aloud(lane->engine, LII_FAULTS_SUCCESS, lane->function->name, NULL, &header->id, header->starts, &fault);
}

li_status lii_fault_accepts(lii_lane *const *lanes, size_t n, li_error *err)
{
    lii_fault fault;
    size_t i;

    for (i = 0; i < n; i++)
        if (ask_aloud(lanes[i]->engine, LII_FAULTS_ACCEPT, lanes[i]->function->name, NULL, NULL, 0, &fault))
            return lii_fail(err, fault.status, fault.status == LI_E_FULL ? LI_DETAIL_QUEUE_FULL : LI_DETAIL_NONE,
                            lanes[i]->function->name, LI_Z, "%s: asked for by the fault plan", li_strerror(fault.status));
    return LI_OK;
}

li_status lii_fault_delivers(const lii_lane *lane, const char *target, const li_id *id, uint64_t *delay_ns)
{
    lii_fault fault;

    *delay_ns = 0;
    if (!ask_aloud(lane->engine, LII_FAULTS_DELIVERY, lane->function->name, target, id, 0, &fault))
        return LI_OK;
    if (fault.what == LII_DO_DESTINATION_DOWN)
        return fault.status;
    *delay_ns = fault.duration_ns;
    return LI_OK;
}

/* ---- the gate before the allocator: no journal line, since allocations happen under its lock too */

static int has_no_memory(li_engine *engine)
{
    return lii_fault_armed(engine, LII_FAULTS_MEMORY) && ask(engine, LII_FAULTS_MEMORY, NULL, NULL, NULL);
}

static void *gate_alloc(void *self, size_t size)
{
    li_engine *engine = self;

    return has_no_memory(engine) ? NULL : engine->inner.ops->alloc(engine->inner.self, size);
}

static void *gate_realloc(void *self, void *block, size_t size)
{
    li_engine *engine = self;

    return has_no_memory(engine) ? NULL : engine->inner.ops->realloc(engine->inner.self, block, size);
}

static void gate_free(void *self, void *block)
{
    li_engine *engine = self;

    engine->inner.ops->free(engine->inner.self, block);
}

static const li_allocator_ops gate_ops = { sizeof gate_ops, 1, 0, "engine", gate_alloc, gate_realloc, gate_free };

/* The same over malloc, which is called directly. */
static void *gate_malloc(void *self, size_t size)
{
    return has_no_memory(self) ? NULL : malloc(size);
}

static void *gate_remalloc(void *self, void *block, size_t size)
{
    return has_no_memory(self) ? NULL : realloc(block, size);
}

static void gate_malloc_free(void *self, void *block)
{
    (void)self;
    free(block);
}

static const li_allocator_ops malloc_gate_ops = {
    sizeof malloc_gate_ops, 1, 0, "engine", gate_malloc, gate_remalloc, gate_malloc_free
};

void lii_fault_gate(li_engine *engine, const li_allocator *given)
{
    engine->inner = *given;
    engine->allocator.ops = given->ops == lii_malloc_allocator.ops ? &malloc_gate_ops : &gate_ops;
    engine->allocator.self = engine;
}

/* ---- public */

li_status lii_faults_new(li_engine *engine)
{
    return pthread_mutex_init(&engine->faults.lock, NULL) == 0 ? LI_OK : LI_E_NOMEM;
}

static lii_fault_plan *exchange(li_engine *engine, lii_fault_plan *plan)
{
    lii_fault_plan *old;

    pthread_mutex_lock(&engine->faults.lock);
    old = engine->faults.plan;
    engine->faults.plan = plan;
    arm_locked(engine);
    pthread_mutex_unlock(&engine->faults.lock);
    return old;
}

void lii_faults_free(li_engine *engine)
{
    lii_free(&engine->allocator, engine->faults.plan);
    pthread_mutex_destroy(&engine->faults.lock);
}

static void jump(li_engine *engine, int64_t by_ms)
{
    uint64_t wall = li_clock_wall_ms(engine->clock);

    if (by_ms < 0)
        wall = wall > (uint64_t)-by_ms ? wall - (uint64_t)-by_ms : 0;
    else
        wall += (uint64_t)by_ms;
    li_clock_set_wall(engine->clock, wall);
}

li_status li_faults_apply(li_engine *engine, const char *json, size_t len, li_error *err)
{
    lii_fault_plan *plan = NULL;
    li_status status;
    size_t i;

    if (!engine)
        return lii_is_null(err, "engine");
    if (lii_is_forked(engine))
        return lii_forked(err);
    status = lii_fault_plan_read(&engine->allocator, json, len, &plan, err);
    if (status != LI_OK)
        return status;
    for (i = 0; i < plan->n && !engine->is_virtual; i++)
        if (plan->faults[i].what == LII_DO_WALL_JUMP) {
            lii_free(&engine->allocator, plan);
            return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_FAULT_PLAN, "wall_jump", LI_Z,
                            "the wall reading of a real clock is not ours to change; li_faulty_clock decorates one");
        }
    for (i = 0; i < plan->n; i++)
        if (plan->faults[i].what == LII_DO_WALL_JUMP) {
            jump(engine, plan->faults[i].by_ms);
            plan->faults[i].count.seen = plan->faults[i].count.fired = 1;
        }
    lii_free(&engine->allocator, exchange(engine, plan));
    return LI_OK;
}

void li_faults_clear(li_engine *engine)
{
    if (lii_is_forked(engine))
        return;
    lii_free(&engine->allocator, exchange(engine, NULL));
}

size_t li_faults_report(li_engine *engine, void (*each)(void *user, const li_fault_report *report), void *user)
{
    size_t i = 0;

    if (lii_is_forked(engine))
        return 0;
    for (;; i++) {
        const lii_fault_plan *plan;
        li_fault_report report;
        lii_fault fault;
        int is_there;

        pthread_mutex_lock(&engine->faults.lock);
        plan = engine->faults.plan;
        is_there = plan && i < plan->n;
        if (is_there)
            fault = plan->faults[i];
        pthread_mutex_unlock(&engine->faults.lock);      /* from here on the plan may be another */
        if (!is_there)
            return i;
        report = (li_fault_report){ sizeof report, fault.name, fault.target[0] ? fault.target : fault.function,
                                    fault.count.seen, fault.count.fired, lii_fault_left(&fault.count) };
        each(user, &report);
    }
}
