/* hot.h - the small pieces that every call and every event goes through, to be inlined. Part of engine.h. */
#ifndef LII_ENGINE_HOT_H
#define LII_ENGINE_HOT_H

#include <sched.h>

#include "engine/engine.h"

/* ---- time */

static inline uint64_t lii_now_ns(const li_engine *engine)
{
    return engine->now.read(engine->now.self);
}

/* ---- what runs on this thread, innermost first; an engine finds its own by the engine pointer in each */

extern _Thread_local lii_frame *lii_frames __attribute__((tls_model("initial-exec"), visibility("hidden")));

extern _Thread_local lii_thread *lii_self __attribute__((tls_model("initial-exec"), visibility("hidden"))); /* of a worker */

static inline lii_frame *lii_frame_top(void)
{
    return lii_frames;
}

/* This thread is inside a listener of the engine's journal, under the lock of it. */
#define LII_TELLING UINT32_MAX   /* depth of such a frame */

static inline int lii_is_telling(const li_engine *engine)
{
    return lii_frames && lii_frames->depth == LII_TELLING && lii_frames->engine == engine;
}

/* A call from here is turned away: lii_shut says why. */
static inline int lii_is_shut(const li_engine *engine)
{
    return lii_is_forked(engine) || lii_is_telling(engine);
}

static inline void lii_frame_push(lii_frame *frame, li_engine *engine, li_invocation *invocation)
{
    frame->outer = lii_frames;
    frame->engine = engine;
    frame->invocation = invocation;
    frame->depth = frame->outer ? frame->outer->depth + 1 : 1;
    lii_frames = frame;
}

static inline void lii_frame_pop(lii_frame *frame)
{
    lii_frames = frame->outer;
}

/* ---- who listens */

/* The lines of a batch, in order, of one time. */
void lii_journal_accepted(li_engine *engine, const li_id *ids, lii_lane *const *lanes, size_t n, uint64_t now_ns);
void lii_journal_write(li_engine *engine, int32_t step, const li_id *id, const char *function, uint32_t attempt,
                       const char *why);

/* relaxed: a cause that comes while calls are under way is seen by each of them sooner or later */
static inline uint32_t lii_detours(const li_engine *engine)
{
    return atomic_load_explicit(&engine->detours, memory_order_relaxed);
}

static inline void lii_detour_set(li_engine *engine, uint32_t detour, int is_needed)
{
    if (is_needed)
        atomic_fetch_or_explicit(&engine->detours, detour, memory_order_relaxed);
    else
        atomic_fetch_and_explicit(&engine->detours, ~detour, memory_order_relaxed);
}

/* Lines of steps are made for a listener, or for the ring when it is asked for. */
static inline int lii_journal_has_steps(const li_engine *engine)
{
    return (lii_detours(engine) & (LII_DETOUR_LISTENER | LII_DETOUR_STEPS)) != 0;
}

/* Lines of accounting are always made, unless there is neither a ring nor a listener to take them. */
static inline int lii_journal_has_lines(const li_engine *engine)
{
    return LII_CONFIG(engine, journal_lines) > 0 || (lii_detours(engine) & LII_DETOUR_LISTENER) != 0;
}

static inline void lii_journal(li_engine *engine, int32_t step, const li_id *id, const char *function, uint32_t attempt,
                               const char *why)
{
    if (step < LI_STEP_INIT ? lii_journal_has_lines(engine) : lii_journal_has_steps(engine))
        lii_journal_write(engine, step, id, function, attempt, why);
}

void lii_measure(li_engine *engine, const char *metric, const char *function, const char *resource, const char *version,
                 uint64_t value, uint64_t time_ms); /* there is a sink */
void lii_throttle_measured(const li_function *function, const char *qualifier);     /* the same */

static inline void lii_sample(li_engine *engine, const char *metric, const char *function, uint64_t value, uint64_t time_ms)
{
    if (engine->metrics_ops.sample)
        lii_measure(engine, metric, function, function, NULL, value, time_ms);
}

/* Somebody beside the engine has it. */
static inline int lii_invocation_is_retained(const li_invocation *invocation)
{
    return atomic_load_explicit(&invocation->refs, memory_order_relaxed) != LII_REFS_OWN;
}

/* Its response and its log, against a time-out while the handler runs. Acquire pairs with the release. */
static inline void lii_guard_lock(li_invocation *invocation)
{
    while (atomic_exchange_explicit(&invocation->guard, 1, memory_order_acquire))
        sched_yield();           /* by a time-out alone */
}

static inline void lii_guard_unlock(li_invocation *invocation)
{
    atomic_store_explicit(&invocation->guard, 0, memory_order_release);
}

/* ---- environments in slots */

/* The slot of a version that this thread uses: the first, until it meets another thread there. */
extern _Thread_local uint32_t lii_slot_at __attribute__((tls_model("initial-exec"), visibility("hidden")));
void lii_slot_move(void);

static inline lii_slot *lii_slot_of_thread(lii_version *version)
{
    return &version->fast[lii_slot_at];
}

/* The environment of this thread's slot, or NULL. It may be of an older epoch than its version. */
static inline lii_env *lii_slot_take(lii_version *version)
{
    lii_slot *slot = lii_slot_of_thread(version);
    unsigned state = atomic_load_explicit(&slot->state, memory_order_relaxed);

    /* acquire pairs with the release that made it idle: all of its last use is seen */
    if (state == LII_SLOT_IDLE && atomic_compare_exchange_strong_explicit(&slot->state, &state, LII_SLOT_BUSY,
                                                                          memory_order_acquire, memory_order_relaxed))
        return atomic_load_explicit(&slot->env, memory_order_relaxed);
    if (state == LII_SLOT_BUSY)
        lii_slot_move();
    return NULL;
}

static inline int lii_env_is_current(const lii_env *env)
{
    return env->epoch == atomic_load_explicit(&env->version->epoch, memory_order_acquire);
}

/* It must be put where others can see it at once: provisioned, or with lanes waiting for a slot. */
static inline int lii_env_is_shared(const lii_env *env)
{
    return !env->has_credit || atomic_load_explicit(&env->version->is_shared, memory_order_relaxed) ||
           atomic_load_explicit(&env->version->engine->n_blocked, memory_order_relaxed) > 0;
}

/* Idle again, where it was or where others see it. */
static inline void lii_env_give_back(lii_env *env)
{
    env->state = LII_ENV_IDLE;
    if (!env->home || lii_env_is_shared(env) || !lii_env_is_current(env))
        lii_env_release_slow(env);
    else
        atomic_store_explicit(&env->home->state, LII_SLOT_IDLE, memory_order_release);
}

/* The same for one whose run, on the thread that took it out of its slot, left it as it was: its home and its credit are its
 * own still, and whatever else keeps it from there raises the epoch. */
static inline void lii_env_give_straight_back(lii_env *env)
{
    env->state = LII_ENV_IDLE;
    if (!lii_env_is_current(env) || atomic_load_explicit(&env->version->engine->n_blocked, memory_order_relaxed) > 0)
        lii_env_release_slow(env);
    else
        atomic_store_explicit(&env->home->state, LII_SLOT_IDLE, memory_order_release);
}

/* One more invocation in its counters. One writer, the owner of the environment; relaxed, since sums promise no instant. */
static inline void lii_env_count(lii_env *env, uint64_t duration_ns, int is_error)
{
    atomic_store_explicit(&env->invocations, atomic_load_explicit(&env->invocations, memory_order_relaxed) + 1,
                          memory_order_relaxed);
    atomic_store_explicit(&env->duration_ns, atomic_load_explicit(&env->duration_ns, memory_order_relaxed) + duration_ns,
                          memory_order_relaxed);
    if (is_error)
        atomic_store_explicit(&env->errors, atomic_load_explicit(&env->errors, memory_order_relaxed) + 1,
                              memory_order_relaxed);
}

static inline void lii_env_add_age(lii_env *env, uint64_t age_ms)
{
    atomic_store_explicit(&env->event_age_ms, atomic_load_explicit(&env->event_age_ms, memory_order_relaxed) + age_ms,
                          memory_order_relaxed);
}

/* How long handlers of the lane run, smoothed: a hint for the size of a batch. */
static inline void lii_lane_ran(lii_lane *lane, uint64_t took_ns)
{
    atomic_store_explicit(&lane->typical_ns,
                          (atomic_load_explicit(&lane->typical_ns, memory_order_relaxed) * 7 + took_ns) / 8, memory_order_relaxed);
}

/* ---- an invocation begins */

/* What a call asks for beside the answer, as one word: 0 nothing. */
static inline uint64_t lii_call_asks(const li_invoke_options *o)
{
    return (uint64_t)(uintptr_t)o->qualifier.ptr | (uint64_t)(uintptr_t)o->idempotency_key.ptr |
           (uint64_t)(uintptr_t)o->trace.ptr | (uint64_t)(uintptr_t)o->client_context.ptr |
           ((uint32_t)o->type ^ LI_REQUEST_RESPONSE) | ((uint32_t)o->log_type ^ LI_LOG_TYPE_NONE) |
           (o->flags & ~(uint32_t)LI_INVOKE_TRUSTED);
}

/* Its buffers are cleared by whoever first writes into them. */
static inline void lii_invocation_prepare(li_invocation *inv, const char *payload, size_t payload_len)
{
    inv->payload = payload;
    inv->payload_len = payload_len;
    inv->simulated_ns = 0;       /* in the order of the members: compilers make few wide stores of these */
    inv->init_ns = 0;
    inv->lead_ns = 0;
    inv->client_context = NULL;
    inv->client_context_len = 0;
    inv->trace_in = NULL;
    inv->trace_in_len = 0;
    inv->response = NULL;
    inv->response_len = 0;
    inv->on_settled = NULL;
    inv->lane = NULL;
    inv->answer_kind = LII_ANSWER_NONE;
    inv->is_held = 0;
    inv->wants_hold = 0;
    inv->wants_tail = 0;
    inv->is_stream = 0;
    inv->out_of_memory = 0;
    inv->has_id_text = 0;
    inv->has_trace = 0;
    inv->has_arn = 0;
    inv->polled = 0;
    inv->was_pending = 0;
    inv->watched = 0;
    inv->is_on_worker = 0;
    inv->attempt = 1;
    atomic_store_explicit(&inv->state, LII_INV_RUNNING, memory_order_relaxed);
    atomic_store_explicit(&inv->is_cancelled, 0, memory_order_relaxed);
    atomic_store_explicit(&inv->has_answer, 0, memory_order_relaxed);
    inv->qualifier = "";
    inv->last_way = LII_WAY_LONG;
}

/* The same after a run that ended plainly: only what a handler can have set is made fresh again. */
static inline void lii_invocation_refresh(li_invocation *inv, const char *payload, size_t payload_len)
{
    inv->payload = payload;
    inv->payload_len = payload_len;
    inv->response = NULL;
    inv->response_len = 0;
    inv->answer_kind = LII_ANSWER_NONE;
    inv->wants_hold = inv->is_stream = inv->has_id_text = inv->has_trace = inv->has_arn = 0;
    atomic_store_explicit(&inv->state, LII_INV_RUNNING, memory_order_relaxed);
    atomic_store_explicit(&inv->has_answer, 0, memory_order_relaxed);
}

/* The handler of one whose environment is initialised. outer: the frame of this thread. */
static inline int32_t lii_invocation_enter(li_invocation *inv, lii_frame *outer)
{
    const lii_code *code = inv->code;
    int32_t verdict;

    inv->in_handler = 1;
    inv->frame.outer = outer;        /* its engine and invocation are always these */
    inv->frame.depth = outer ? outer->depth + 1 : 1;
    lii_frames = &inv->frame;
    verdict = code->handler.handler(inv, inv->env->environment, code->handler.user);
    lii_frames = outer;
    inv->in_handler = 0;
    return verdict;
}

/* The handler is done, in time, with an answer that fits. */
static inline int lii_invocation_is_plain(const li_invocation *inv, int32_t verdict, uint64_t took_ns)
{
    return verdict == LI_DONE && inv->answer_kind <= LII_ANSWER_OK && !inv->out_of_memory && inv->simulated_ns == 0 &&
           took_ns <= inv->code->timeout_ns && inv->response_len <= (size_t)LII_CONFIG(inv->engine, sync_response_bytes);
}

static inline uint64_t lii_scramble(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* An id as two words: each copy of it is made of them, since bytes stored as two words are slow to load as one. */
typedef struct lii_id_words {
    uint64_t first, second;
} lii_id_words;

static inline void lii_id_store(li_id *id, lii_id_words words)
{
    memcpy(id->bytes, &words.first, sizeof words.first);
    memcpy(id->bytes + sizeof words.first, &words.second, sizeof words.second);
}

/* A version 4 UUID of 122 of these bits. */
static inline lii_id_words lii_id_of_words(uint64_t a, uint64_t b)
{
    lii_id_words words;

    words.first = (a & ~(UINT64_C(0xF0) << 48)) | UINT64_C(0x40) << 48;      /* byte 6: version 4 */
    words.second = (b & ~UINT64_C(0xC0)) | UINT64_C(0x80);                   /* byte 8: its variant */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    words.first = __builtin_bswap64(words.first);
    words.second = __builtin_bswap64(words.second);
#endif
    return words;
}

/* The n-th id of a stream: no generator is shared, and a seed repeats it. */
static inline lii_id_words lii_id_of_stream(uint64_t stream, uint64_t n)
{
    n *= UINT64_C(0x9E3779B97F4A7C15);
    return lii_id_of_words(lii_scramble(stream + n), lii_scramble((stream ^ UINT64_C(0xA5A5A5A5A5A5A5A5)) + n));
}

/* xoroshiro128: each environment goes round 2^128 - 1 states from a seed of its own, and every state is an id. */
static inline void lii_invocation_sync_id(li_invocation *inv)
{
    uint64_t a = inv->env->ids[0], b = inv->env->ids[1] ^ a;

    a = (a << 24 | a >> 40) ^ b ^ (b << 16);
    b = b << 37 | b >> 27;
    inv->env->ids[0] = a;
    inv->env->ids[1] = b;
    lii_id_store(&inv->id, lii_id_of_words(a, b));
}

#endif
