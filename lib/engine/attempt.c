/* attempt.c - leased events: run in free slots, tried again or ended. */
#include <stdio.h>

#include "base/cold.h"
#include "base/tail.h"
#include "engine/faults.h"

li_slice lii_tail_find(const char *tail, uint32_t len, uint16_t wanted)
{
    return lii_tail_seek(tail, len, wanted);
}

enum { AGE_MIN_MS = 60000 };

static void rules_of(lii_lane *lane, li_retry_limits *limits)
{
    li_engine *engine = lane->engine;
    const lii_event_config *config;
    li_retry_limits defaults = LI_RETRY_LIMITS_INIT;

    *limits = defaults;
    limits->max_retries = (uint32_t)LII_CONFIG(engine, async_retries);
    limits->max_age_ms = (uint64_t)LII_CONFIG(engine, async_max_age_s) * 1000;
    pthread_mutex_lock(&engine->lock);
    config = lii_event_config_locked(lane);
    if (config && config->max_retries >= 0)
        limits->max_retries = (uint32_t)config->max_retries;
    if (config && config->max_age_s >= 0)
        limits->max_age_ms = (uint64_t)config->max_age_s * 1000;
    pthread_mutex_unlock(&engine->lock);
}

static int32_t decide(li_engine *engine, const li_retry_limits *limits, int32_t fault, uint32_t failures, uint64_t age_ms,
                      uint64_t *wait_ms)
{
    int32_t verdict = LI_VERDICT_EXHAUSTED;
    uint64_t random;

    pthread_mutex_lock(&engine->random.lock);
    random = lii_random_u64(&engine->random.random);
    pthread_mutex_unlock(&engine->random.lock);
    *wait_ms = 0;
    if (engine->retry_ops.next(engine->retry, limits, fault, failures, age_ms, random, &verdict, wait_ms) != LI_OK)
        verdict = LI_VERDICT_EXHAUSTED;
    return verdict;
}

static uint64_t age_at(const li_event_header *header, uint64_t now_ms)
{
    return now_ms > header->accepted_ms ? now_ms - header->accepted_ms : 0;
}

void lii_ending_init(lii_ending *ending, lii_lane *lane, const li_event_header *header, uint64_t token, const char *payload)
{
    memset(ending, 0, sizeof *ending);
    ending->lane = lane;
    ending->header = *header;
    ending->token = token;
    ending->payload = payload;
    ending->payload_len = header->payload_len;
}

LII_COLD void lii_lease_lost(lii_lane *lane, const li_event_header *header)
{
    li_engine *engine = lane->engine;

    pthread_mutex_lock(&engine->lock);
    lane->function->locked.sums.late_results++;
    pthread_mutex_unlock(&engine->lock);
    lii_journal(engine, LI_STEP_LATE, &header->id, lane->name, header->starts, "lease-lost");
}

/* Back into the queue until due_ms, and the lane wakes for it. */
void lii_event_wait(lii_lane *lane, uint64_t token, li_event_header *header, uint64_t due_ms)
{
    li_engine *engine = lane->engine;

    header->due_ms = due_ms;
    if (engine->queue_ops.delay(engine->queue, token, header) != LI_OK)
        lii_lease_lost(lane, header);
    lii_queue_changed(engine);
    pthread_mutex_lock(&engine->lock);
    lii_lane_arm_locked(lane, lii_engine_ns_of_ms(engine, due_ms));
    pthread_mutex_unlock(&engine->lock);
}

void lii_event_conclude(li_invocation *inv)
{
    lii_ending ending;

    lii_ending_init(&ending, inv->lane, &inv->header, inv->lease_token, inv->lease_payload);
    ending.invocation = inv;
    ending.status_code = 200;
    ending.version = inv->code->version;
    ending.function_error = inv->answer.function_error;
    ending.has_response = 1;
    ending.is_empty = inv->answer.is_empty;
    ending.response = inv->answer.payload;
    ending.response_len = inv->answer.payload_len;
    ending.condition = inv->condition;
    ending.drop_reason = inv->drop_reason;
    lii_event_finish(inv->engine, &ending);
}

void lii_event_settled(li_invocation *inv)
{
    li_engine *engine = inv->engine;
    lii_lane *lane = inv->lane;
    li_event_header *header = &inv->header;
    uint64_t end_ms = lii_ms_of_ns(engine, inv->end_ns), wait_ms;
    li_retry_limits limits;
    int32_t verdict;

    lii_lane_ran(lane, inv->answer.duration_ns);
    if (inv->answer.function_error == LI_FUNCTION_ERROR_NONE) {
        if (lii_fault_armed(engine, LII_FAULTS_SUCCESS) && lii_fault_duplicates(lane, header)) {
            lii_outcome_attempt_end(engine, header, end_ms, 200, LI_FUNCTION_ERROR_NONE, LI_EVENT_WAITING);
            lii_event_wait(lane, inv->lease_token, header, end_ms);
            return;
        }
        lii_outcome_attempt_end(engine, header, end_ms, 200, LI_FUNCTION_ERROR_NONE, LI_EVENT_RUNNING);
        inv->condition = LI_CONDITION_SUCCESS;
        inv->drop_reason = LI_DROP_NONE;
        lii_event_conclude(inv);
        return;
    }
    if (header->function_failures < 255)
        header->function_failures++;
    rules_of(lane, &limits);
    verdict = decide(engine, &limits, LI_FAULT_FUNCTION, header->function_failures, age_at(header, end_ms), &wait_ms);
    lii_outcome_attempt_end(engine, header, end_ms, 200, inv->answer.function_error,
                            verdict == LI_VERDICT_RETRY ? LI_EVENT_WAITING : LI_EVENT_RUNNING);
    if (verdict == LI_VERDICT_RETRY) {
        lii_journal(engine, LI_STEP_RETRY, &header->id, lane->name, header->starts, "function-error");
        lii_event_wait(lane, inv->lease_token, header, end_ms + wait_ms);
        return;
    }
    inv->condition = verdict == LI_VERDICT_EXPIRED ? LI_CONDITION_EVENT_AGE_EXCEEDED : LI_CONDITION_RETRIES_EXHAUSTED;
    inv->drop_reason = verdict == LI_VERDICT_EXPIRED ? LI_DROP_EVENT_AGE : LI_DROP_RETRIES_EXHAUSTED;
    lii_event_conclude(inv);
}

/* The function or version is gone: an attempt that fails with 404, in its own time (INV-226). */
static LII_COLD void attempt_gone(lii_lane *lane, const li_lease *lease)
{
    li_engine *engine = lane->engine;
    li_event_header header = *lease->header;
    uint64_t now_ms = li_engine_now_ms(engine), wait_ms;
    char message[400] = "Function not found: ";
    li_retry_limits limits;
    lii_ending ending;
    int32_t verdict;

    header.starts = (uint8_t)(header.starts < 255 ? header.starts + 1 : 255);
    header.function_failures = (uint8_t)(header.function_failures < 255 ? header.function_failures + 1 : 255);
    rules_of(lane, &limits);
    verdict = decide(engine, &limits, LI_FAULT_FUNCTION, header.function_failures, age_at(&header, now_ms), &wait_ms);
    lii_outcome_attempt_end(engine, &header, now_ms, 404, LI_FUNCTION_ERROR_NONE,
                            verdict == LI_VERDICT_RETRY ? LI_EVENT_WAITING : LI_EVENT_RUNNING);
    if (verdict == LI_VERDICT_RETRY) {
        lii_journal(engine, LI_STEP_RETRY, &header.id, lane->name, header.starts, "function-not-found");
        lii_event_wait(lane, lease->token, &header, now_ms + wait_ms);
        return;
    }
    lii_function_arn(lane->function, lane->qualifier[0] ? lane->qualifier : "$LATEST", message + 20, sizeof message - 20);
    lii_ending_init(&ending, lane, &header, lease->token, lease->payload);
    ending.trace = lii_tail_find(lease->tail, lease->header->tail_len, LI_TAIL_TRACE);
    ending.status_code = 404;
    ending.error_message = message;
    ending.leased = lease->header;
    ending.condition = verdict == LI_VERDICT_EXPIRED ? LI_CONDITION_EVENT_AGE_EXCEEDED : LI_CONDITION_RETRIES_EXHAUSTED;
    ending.drop_reason = verdict == LI_VERDICT_EXPIRED ? LI_DROP_EVENT_AGE : LI_DROP_FUNCTION_DELETED;
    lii_event_finish(engine, &ending);
}

static LII_COLD void end_zero(lii_lane *lane, const li_lease *lease)
{
    lii_ending ending;

    lii_ending_init(&ending, lane, lease->header, lease->token, lease->payload);
    ending.trace = lii_tail_find(lease->tail, lease->header->tail_len, LI_TAIL_TRACE);
    ending.condition = LI_CONDITION_ZERO_CONCURRENCY;
    ending.drop_reason = LI_DROP_ZERO_CONCURRENCY;
    lii_event_finish(lane->engine, &ending);
}

static LII_COLD void end_too_old(lii_lane *lane, const li_lease *lease, int32_t status_code)
{
    lii_ending ending;

    lii_ending_init(&ending, lane, lease->header, lease->token, lease->payload);
    ending.trace = lii_tail_find(lease->tail, lease->header->tail_len, LI_TAIL_TRACE);
    ending.condition = LI_CONDITION_EVENT_AGE_EXCEEDED;
    ending.drop_reason = LI_DROP_EVENT_AGE;
    ending.status_code = status_code;
    ending.error_message = status_code == 429 ? "Rate Exceeded." : NULL;
    lii_journal(lane->engine, LI_STEP_EXPIRED, &lease->header->id, lane->name, lease->header->starts, "age");
    lii_event_finish(lane->engine, &ending);
}

/* Its attempts are over, and no handler's answer is there to tell: this one is. */
static LII_COLD void end_unanswered(lii_lane *lane, const li_lease *lease, int32_t drop_reason, const char *response)
{
    lii_ending ending;

    lii_ending_init(&ending, lane, lease->header, lease->token, lease->payload);
    ending.trace = lii_tail_find(lease->tail, lease->header->tail_len, LI_TAIL_TRACE);
    ending.condition = LI_CONDITION_RETRIES_EXHAUSTED;
    ending.drop_reason = drop_reason;
    ending.status_code = 200;
    ending.version = "$LATEST";
    ending.function_error = LI_FUNCTION_ERROR_UNHANDLED;
    ending.has_response = 1;
    ending.response = response;
    ending.response_len = strlen(response);
    lii_event_finish(lane->engine, &ending);
}

/* Its last attempt ran out of time when there was no memory for its end (postponed.c). */
static LII_COLD void end_failed(lii_lane *lane, const li_lease *lease)
{
    end_unanswered(lane, lease, LI_DROP_RETRIES_EXHAUSTED, "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"Task timed out\"}");
}

/* It was running each time that the process died: it is taken out of rotation (REL-11). */
static LII_COLD void end_poison(lii_lane *lane, const li_lease *lease)
{
    end_unanswered(lane, lease, LI_DROP_POISON,
                   "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"the process ended while it ran\"}");
}

/* The next round of a loop: straight to the failure path (INV-262). */
static LII_COLD void end_recursion(lii_lane *lane, const li_lease *lease)
{
    lii_ending ending;

    lii_recursion_count(lane->function, &lease->header->id);
    lii_ending_init(&ending, lane, lease->header, lease->token, lease->payload);
    ending.trace = lii_tail_find(lease->tail, lease->header->tail_len, LI_TAIL_TRACE);
    ending.condition = LI_CONDITION_RETRIES_EXHAUSTED;
    ending.drop_reason = LI_DROP_RECURSION;
    ending.status_code = 400;
    ending.error_message = LII_RECURSION_TEXT;
    lii_event_finish(lane->engine, &ending);
}

/* A system error: the event waits on its own ladder, no retry is spent (INV-204). */
static LII_COLD void attempt_system_error(lii_lane *lane, const li_lease *lease)
{
    li_engine *engine = lane->engine;
    li_event_header header = *lease->header;
    uint64_t now_ms = li_engine_now_ms(engine), wait_ms;
    li_retry_limits limits;

    if (header.system_failures < UINT16_MAX)
        header.system_failures++;
    rules_of(lane, &limits);
    if (decide(engine, &limits, LI_FAULT_SYSTEM, header.system_failures, age_at(&header, now_ms), &wait_ms) !=
        LI_VERDICT_RETRY) {
        end_too_old(lane, lease, 500);
        return;
    }
    lii_journal(engine, LI_STEP_RETRY, &header.id, lane->name, header.starts, "system-error");
    lii_event_wait(lane, lease->token, &header, now_ms + wait_ms);
}

/* One event found no slot: its lane waits a rung of the ladder longer. 0: the event has ended instead, it is too old. */
static LII_COLD int throttle(lii_lane *lane, const li_lease *lease, const li_retry_limits *limits)
{
    li_engine *engine = lane->engine;
    uint64_t now_ms = li_engine_now_ms(engine), wait_ms = 0;
    li_event_header header = *lease->header;

    pthread_mutex_lock(&engine->lock);
    lane->function->locked.sums.throttles++;
    pthread_mutex_unlock(&engine->lock);
    if (engine->metrics_ops.sample)
        lii_throttle_measured(lane->function, lane->qualifier);
    lii_outcome_throttled(engine, &header.id);
    lii_journal(engine, LI_STEP_THROTTLED, &header.id, lane->name, header.starts, "");
    if (decide(engine, limits, LI_FAULT_SYSTEM, atomic_load(&lane->throttles) + 1, age_at(&header, now_ms), &wait_ms) !=
        LI_VERDICT_RETRY) {
        end_too_old(lane, lease, 429);
        return 0;
    }
    if (header.system_failures < UINT16_MAX)
        header.system_failures++;
    if (engine->queue_ops.delay(engine->queue, lease->token, &header) != LI_OK)
        lii_lease_lost(lane, &header);
    lii_queue_changed(engine);
    pthread_mutex_lock(&engine->lock);
    atomic_fetch_add(&lane->throttles, 1);
    lane->blocked_until_ns = lii_now_ns(engine) + wait_ms * LI_MS_NS;
    lii_lane_arm_locked(lane, lane->blocked_until_ns);
    lii_lane_block_locked(lane);
    pthread_mutex_unlock(&engine->lock);
    return 1;
}

/* The handler reads the bytes of the lease, which last until it answers or its time is over. One that may read on after that
 * has the queue keep them, or a copy. */
static li_status lend_input(li_invocation *inv, const li_lease *lease, li_slice trace)
{
    const li_engine *engine = inv->engine;

    if (engine->queue_ops.pin && inv->code->binding == LII_BIND_C)
        return LI_OK;
    lii_buf_clear(&inv->input);
    lii_buf_add(&inv->input, lease->payload, lease->header->payload_len);
    if (lii_buf_add(&inv->input, trace.ptr, trace.len) != LI_OK)
        return LI_E_NOMEM;
    inv->payload = lease->header->payload_len ? inv->input.data : "";
    inv->trace_in = trace.len ? inv->input.data + lease->header->payload_len : NULL;
    inv->trace_in_len = trace.len;
    return LI_OK;
}

/* 0: no slot was free, and the lane waits. */
static int attempt(lii_lane *lane, const li_lease *lease)
{
    li_engine *engine = lane->engine;
    uint64_t now_ms = li_engine_now_ms(engine);
    li_slice trace = lii_tail_find(lease->tail, lease->header->tail_len, LI_TAIL_TRACE);
    li_retry_limits limits;
    li_invocation *inv;
    lii_env *env = NULL;
    int32_t detail;
    li_status status;

    if (age_at(lease->header, now_ms) > AGE_MIN_MS) {     /* no limit is shorter */
        rules_of(lane, &limits);
        if (age_at(lease->header, now_ms) > limits.max_age_ms) {
            end_too_old(lane, lease, 0);
            return 1;
        }
    }
    if (lease->header->function_failures == LII_FAILED_FOR_GOOD) {
        end_failed(lane, lease);
        return 1;
    }
    if (lii_recursion_stops(lane->function, trace)) {
        end_recursion(lane, lease);
        return 1;
    }
    status = lii_env_acquire_named(lane->function, lane->qualifier, &env, &detail);
    if (status == LI_E_NOT_FOUND) {       /* removed since the lane looked: it looks again */
        li_event_header header = *lease->header;

        lii_event_wait(lane, lease->token, &header, header.due_ms);
        return 1;
    }
    if (status == LI_E_THROTTLED) {       /* another took the slot since the lane looked */
        rules_of(lane, &limits);
        return !throttle(lane, lease, &limits);
    }
    if (status != LI_OK) {
        attempt_system_error(lane, lease);
        return 1;
    }
    inv = env->invocation;
    lii_invocation_prepare(inv, lease->payload, lease->header->payload_len);
    inv->trace_in = trace.ptr;
    inv->trace_in_len = trace.len;
    inv->is_on_worker = atomic_load_explicit(&engine->is_threaded, memory_order_relaxed) != 0;
    if (lend_input(inv, lease, trace) != LI_OK) {
        atomic_store(&inv->state, LII_INV_IDLE);
        lii_env_release(env);
        attempt_system_error(lane, lease);
        return 1;
    }
    inv->header = *lease->header;
    if (inv->header.starts < 255)
        inv->header.starts++;
    inv->header.system_failures = 0;
    inv->id = inv->header.id;
    inv->attempt = inv->header.starts;
    inv->qualifier = lane->qualifier;
    inv->lane = lane;
    inv->lease_token = lease->token;
    inv->lease_payload = lease->payload;
    inv->on_settled = lii_event_settled;
    if (atomic_load_explicit(&lane->throttles, memory_order_relaxed) > 0)
        atomic_store_explicit(&lane->throttles, 0, memory_order_relaxed);
    lii_env_add_age(env, age_at(&inv->header, now_ms));
    if (engine->metrics_ops.sample)
        lii_measure(engine, "AsyncEventAge", lane->function->name, lane->name, NULL, age_at(&inv->header, now_ms), now_ms);
    lii_outcome_started(engine, &inv->header, now_ms);
    if (engine->queue_ops.start)
        engine->queue_ops.start(engine->queue, lease->token, inv->header.starts);
    lii_job_run(inv);
    return 1;
}

/* ---- all that a lane took at once */

/* No slot is free: the head climbs the ladder for the lane; heads that cannot live so long end (INV-206, INV-224). */
LII_COLD void lii_lane_throttled(lii_lane *lane)
{
    li_engine *engine = lane->engine;
    uint64_t now_ms = li_engine_now_ms(engine);
    li_retry_limits limits;
    li_lease lease;
    li_status taken;
    size_t n = 0;

    rules_of(lane, &limits);
    while ((taken = engine->queue_ops.take(engine->queue, lane->number, now_ms, UINT64_MAX, 1, &lease, &n)) == LI_OK && n == 1)
        if (throttle(lane, &lease, &limits))
            return;
    lii_lane_arm_again(lane, taken, engine->queue_ops.next_due(engine->queue, lane->number));
}

LII_COLD void lii_batch_give_back(lii_batch *batch)
{
    size_t i, n = batch->n;

    batch->n = batch->at + 1;
    for (i = batch->n; i < n; i++) {
        li_event_header header = *batch->leases[i].header;

        lii_event_wait(batch->lane, batch->leases[i].token, &header, header.due_ms);
    }
}

void lii_batch_run(lii_batch *batch, int what)
{
    lii_lane *lane = batch->lane;
    int has_slots = 1;

    if (what == LII_LANE_RUNS)
        lii_turn_run(batch);
    for (; batch->at < batch->n; batch->at++) {
        const li_lease *lease = &batch->leases[batch->at];

        if (lease->outcome != 0) {
            lii_event_finish_again(lane, lease);
        } else if (lease->lost_starts >= LII_LOST_STARTS) {
            end_poison(lane, lease);
        } else if (what == LII_LANE_GONE) {
            attempt_gone(lane, lease);
        } else if (what == LII_LANE_ZERO) {
            end_zero(lane, lease);
        } else if (has_slots) {
            has_slots = attempt(lane, lease);
        } else {                 /* behind one that found none: as it was */
            li_event_header header = *lease->header;

            lii_event_wait(lane, lease->token, &header, header.due_ms);
        }
    }
}
