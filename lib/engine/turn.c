/* turn.c - the straight way of a lane's events: leased ones, one after the other through one warm environment, when nothing
 * is asked for but that they run. Whatever is otherwise goes by attempt.c. */
#include "engine/faults.h"

enum { AGE_MIN_MS = 60000 };     /* no limit of age is shorter */

typedef struct lii_turn {
    lii_lane *lane;
    li_engine *engine;
    lii_env *env;                /* from event to event; NULL: none */
    uint64_t now_ns;             /* the last reading of the clock */
    uint64_t now_ms;
    uint64_t ms_ends_ns;         /* until when now_ms is right */
    uint64_t first_done_ns;      /* when the first of these ended */
    size_t n_done;
    int keeps_outcomes;
    uint64_t tokens[LII_BATCH];  /* of those that succeeded, still leased */
    int is_watched;              /* on a worker: the timekeeper minds the deadline */
    int is_first;                /* no event of this turn was watched yet */
} turn;

/* No step has a listener, no fault is armed, no record is made of a success. */
static int asks_little(const lii_lane *lane)
{
    return lii_detours(lane->engine) == 0 && atomic_load_explicit(&lane->function->n_configs, memory_order_relaxed) == 0;
}

/* Nothing of the lane is against it, and payloads can stay where they are. */
static int is_straight(const lii_lane *lane)
{
    return lane->qualifier[0] == '\0' && lane->engine->queue_ops.pin && asks_little(lane) &&
           atomic_load_explicit(&lane->function->exists, memory_order_relaxed) &&
           atomic_load_explicit(&lane->throttles, memory_order_relaxed) == 0;
}

/* A warm environment of what the function runs now; NULL: there is none to be had without a lock. */
static lii_env *environment(turn *t)
{
    lii_env *env = t->env;

    if (env && lii_env_is_current(env) && !lii_env_is_shared(env))
        return env;
    if (env)
        lii_env_give_back(env);
    t->env = env = lii_slot_take(&t->lane->function->latest);
    if (!env)
        return NULL;
    env->state = LII_ENV_BUSY;
    if (!lii_env_is_current(env) || !env->is_initialised || !env->code->handler.handler) {
        t->env = NULL;
        lii_env_give_back(env);
    }
    return t->env;
}

static li_invocation *begin(turn *t, lii_env *env, const li_lease *lease)
{
    li_invocation *inv = env->invocation;
    const li_event_header *header = lease->header;

    if (inv->last_way == LII_WAY_TURN)
        lii_invocation_refresh(inv, lease->payload, header->payload_len);
    else
        lii_invocation_prepare(inv, lease->payload, header->payload_len);
    inv->last_way = LII_WAY_TURN;
    inv->is_on_worker = (uint8_t)t->is_watched;
    inv->trace_in = NULL;
    inv->trace_in_len = 0;
    if (header->tail_len) {
        li_slice trace = lii_tail_find(lease->tail, header->tail_len, LI_TAIL_TRACE);

        inv->trace_in = trace.ptr;
        inv->trace_in_len = trace.len;
    }
    inv->header = *header;
    if (inv->header.starts < 255)
        inv->header.starts++;
    inv->header.system_failures = 0;
    inv->id = header->id;
    inv->attempt = inv->header.starts;
    inv->qualifier = t->lane->qualifier;
    inv->lane = t->lane;
    inv->lease_token = lease->token;
    inv->lease_payload = lease->payload;
    inv->on_settled = lii_event_settled;
    lii_env_add_age(env, t->now_ms > header->accepted_ms ? t->now_ms - header->accepted_ms : 0);
    if (t->keeps_outcomes)
        lii_outcome_started(t->engine, &inv->header, t->now_ms);
    if (t->engine->queue_ops.start)
        t->engine->queue_ops.start(t->engine->queue, lease->token, inv->header.starts);
    return inv;
}

/* Successes leave the queue together and are counted. Their leases end in half an hour at the earliest, and
 * a queue that can lose one before that has no pin. */
static void settle_done(turn *t)
{
    li_engine *engine = t->engine;

    if (t->n_done == 0)
        return;
    engine->queue_ops.ack(engine->queue, t->tokens, t->n_done);
    atomic_fetch_add_explicit(&t->lane->function->succeeded, t->n_done, memory_order_relaxed);
    lii_outcome_counted(engine, LI_EVENT_SUCCEEDED, t->n_done);
    lii_queue_changed(engine);
    t->n_done = 0;
}

/* What lii_event_settled and lii_event_finish make of a plain success that no record is made of. */
static void succeed(turn *t, li_invocation *inv, uint64_t took_ns)
{
    li_engine *engine = t->engine;
    lii_lane *lane = t->lane;

    atomic_store_explicit(&inv->state, LII_INV_SETTLED, memory_order_relaxed);
    lii_env_count(inv->env, took_ns, 0);
    lii_lane_ran(lane, took_ns);
    if (t->n_done == 0)
        t->first_done_ns = t->now_ns;
    t->tokens[t->n_done++] = inv->lease_token;
    if (t->keeps_outcomes) {
        lii_outcome_attempt_end(engine, &inv->header, t->now_ms, 200, LI_FUNCTION_ERROR_NONE, LI_EVENT_RUNNING);
        lii_outcome_ended(engine, &inv->header, LI_EVENT_SUCCEEDED, LI_CONDITION_SUCCESS, LI_DROP_NONE, t->now_ms, NULL, 0);
    }
    if (lii_journal_has_lines(engine))
        lii_journal_write(engine, LI_STEP_SUCCEEDED, &inv->id, lane->name, inv->header.starts,
                          li_condition_name(LI_CONDITION_SUCCESS));
    if (inv->given || lii_invocation_is_retained(inv)) {
        t->env = NULL;
        lii_invocation_finish(inv);
    } else {
        inv->env->last_used_ns = inv->end_ns;
    }
}

/* It did not end plainly: the long way, which has the environment from here on. */
static void end_otherwise(turn *t, li_invocation *inv, int32_t verdict)
{
    inv->last_way = LII_WAY_LONG;
    settle_done(t);
    t->env = NULL;
    t->is_first = 1;             /* whoever runs on this thread meanwhile has other deadlines */
    if (!lii_invocation_returned(inv, verdict))
        return;
    lii_invocation_settle(inv);
    lii_event_settled(inv);
    lii_invocation_finish(inv);
}

static void read_clock(turn *t)
{
    const li_engine *engine = t->engine;

    t->now_ns = lii_now_ns(engine);
    if (t->now_ns < t->ms_ends_ns)
        return;                  /* most events are shorter than a millisecond, and a division is not */
    t->now_ms = lii_ms_of_ns(engine, t->now_ns);
    t->ms_ends_ns = engine->open_ns + (t->now_ms - engine->open_ms + 1) * LI_MS_NS;
}

/* 0: this one needs the long way from its start. */
static int run_one(turn *t, const li_lease *lease)
{
    lii_env *env;
    li_invocation *inv;
    uint64_t took_ns;
    int32_t verdict;

    if (t->now_ms > lease->header->accepted_ms + AGE_MIN_MS || !asks_little(t->lane) || lease->outcome != 0 ||
        lease->lost_starts >= LII_LOST_STARTS || lease->header->function_failures == LII_FAILED_FOR_GOOD ||
        (lease->header->tail_len &&
         lii_recursion_stops(t->lane->function, lii_tail_find(lease->tail, lease->header->tail_len, LI_TAIL_TRACE))))
        return 0;
    if (t->n_done > 0 && t->now_ns - t->first_done_ns > LI_MS_NS)
        settle_done(t);          /* whoever waits for it has waited long enough */
    env = environment(t);
    if (!env)
        return 0;
    inv = begin(t, env, lease);
    inv->start_ns = t->now_ns;
    inv->deadline_ns = t->now_ns + inv->code->timeout_ns;
    if (t->is_watched) {
        lii_watch_begin(inv, t->is_first);
        t->is_first = 0;
    }
    verdict = lii_invocation_enter(inv, lii_frame_top());
    if (t->is_watched && !lii_watch_end(inv, 1)) {
        t->env = NULL;
        inv->last_way = LII_WAY_LONG;
        lii_watch_late(inv, verdict);
        read_clock(t);
        return 1;
    }
    read_clock(t);
    inv->end_ns = t->now_ns;
    took_ns = inv->end_ns - inv->start_ns;
    if (lii_invocation_is_plain(inv, verdict, took_ns)) {
        succeed(t, inv, took_ns);
    } else {
        end_otherwise(t, inv, verdict);
        read_clock(t);
    }
    return 1;
}

void lii_turn_settle(lii_batch *batch)
{
    if (batch->turn)
        settle_done(batch->turn);
}

void lii_turn_run(lii_batch *batch)
{
    lii_lane *lane = batch->lane;
    turn t;

    if (!is_straight(lane))
        return;
    t.lane = lane;
    t.engine = lane->engine;
    t.env = NULL;
    t.is_watched = lii_self != NULL && lii_self->engine == lane->engine;
    t.is_first = 1;
    t.n_done = 0;
    t.keeps_outcomes = LII_CONFIG(t.engine, outcomes) > 0;
    t.ms_ends_ns = 0;
    read_clock(&t);
    batch->turn = &t;
    while (batch->at < batch->n && run_one(&t, &batch->leases[batch->at]))
        batch->at++;
    if (t.is_watched)
        lii_watch_rest();
    batch->turn = NULL;
    settle_done(&t);
    if (t.env)
        lii_env_give_back(t.env);
}
