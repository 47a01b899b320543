/* faults.h - where the engine asks its fault plan. Each place is one relaxed load while no fault of its kind can fire. */
#ifndef LII_ENGINE_FAULTS_H
#define LII_ENGINE_FAULTS_H

#include "base/fault.h"
#include "engine/engine.h"

/* Kinds of opportunities: bits of engine.faults_armed. */
enum {
    LII_FAULTS_ADMISSION = 1,
    LII_FAULTS_RUN = 2,
    LII_FAULTS_SUCCESS = 4,
    LII_FAULTS_ACCEPT = 8,
    LII_FAULTS_DELIVERY = 16,
    LII_FAULTS_MEMORY = 32
};

enum { LII_DO_NONE = 0, LII_DO_THROTTLE, LII_DO_FAIL, LII_DO_TIMEOUT, LII_DO_CRASH, LII_DO_SLOW, LII_DO_DUPLICATE,
       LII_DO_QUEUE_FULL, LII_DO_QUEUE_ERROR, LII_DO_DESTINATION_DOWN, LII_DO_DESTINATION_SLOW, LII_DO_NO_MEMORY,
       LII_DO_WALL_JUMP };

typedef struct lii_fault {
    const char *name;            /* its "do"; static */
    int32_t what;                /* LII_DO_* */
    li_status status;
    uint32_t kind;               /* LII_FAULTS_* */
    int32_t exit_status;
    uint64_t duration_ns;
    int64_t by_ms;
    lii_fault_count count;
    char function[72];           /* "": any */
    char target[520];            /* "": any */
    char error_type[128];
    char error_message[512];
} lii_fault;

struct lii_fault_plan {
    lii_random random;
    size_t n;
    lii_fault faults[];
};

/* relaxed: a plan that is applied while calls are under way is seen by each of them sooner or later */
static inline int lii_fault_armed(const li_engine *engine, uint32_t kind)
{
    return (atomic_load_explicit(&engine->faults_armed, memory_order_relaxed) & kind) != 0;
}

/* ---- plan.c: read a plan; *plan is one block of the engine's allocator */
li_status lii_fault_plan_read(const li_allocator *allocator, const char *json, size_t len, lii_fault_plan **plan,
                              li_error *err);

/* ---- faults.c: ask it, when it is armed */
int lii_fault_throttles(li_function *function);                        /* 1: the admission is refused */
/* 1: the handler is not to be entered, and *verdict is what it would have returned. */
int lii_fault_runs(li_invocation *invocation, int32_t *verdict);
int lii_fault_duplicates(const lii_lane *lane, const li_event_header *header);  /* 1: the success is not recorded, it runs again */
li_status lii_fault_accepts(lii_lane *const *lanes, size_t n, li_error *err);
/* A try of a target: LI_OK, or its answer; *delay_ns: make it so much later. */
li_status lii_fault_delivers(const lii_lane *lane, const char *target, const li_id *id, uint64_t *delay_ns);
/* The engine's allocator with a gate before the given one, so that allocations can fail. */
void lii_fault_gate(li_engine *engine, const li_allocator *given);
li_status lii_faults_new(li_engine *engine);
void lii_faults_free(li_engine *engine);

#endif
