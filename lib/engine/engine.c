/* engine.c - an engine is made from its backends, and ended with all it owns. */
#include "base/lock.h"
#include "engine/engine.h"
#include "engine/settings.h"
#include "engine/faults.h"

#include <stdio.h>

_Thread_local lii_frame *lii_frames __attribute__((tls_model("initial-exec")));

li_status lii_forked(li_error *err)
{
    return lii_fail(err, LI_E_FORKED, LI_DETAIL_NONE, NULL, 0,
                    "the engine belongs to the process that made it; a forked child may exec, exit or call li_engine_abandon");
}

li_status lii_shut(const li_engine *engine, li_error *err)
{
    if (lii_is_forked(engine))
        return lii_forked(err);
    return lii_fail(err, LI_E_MISUSE, LI_DETAIL_LISTENER, NULL, 0, "%s", li_detail_text(LI_DETAIL_LISTENER));
}

li_status lii_engine_check_fork(const li_engine *engine, li_error *err)
{
    return lii_is_shut(engine) ? lii_shut(engine, err) : LI_OK;
}

void li_engine_abandon(li_engine *engine)
{
    if (!engine || !lii_is_forked(engine))
        return;
    lii_fd_close(engine);
}

int lii_inside(const li_engine *engine)
{
    const lii_frame *frame;

    for (frame = lii_frames; frame; frame = frame->outer)
        if (frame->engine == engine)
            return 1;
    return 0;
}

li_invocation *lii_current(const li_engine *engine, uint32_t *depth)
{
    li_invocation *found = NULL;
    const lii_frame *frame;

    *depth = 0;
    for (frame = lii_frames; frame; frame = frame->outer)
        if (frame->engine == engine && frame->invocation) {
            found = found ? found : frame->invocation;
            (*depth)++;
        }
    return found;
}

uint64_t lii_ms_of_ns(const li_engine *engine, uint64_t ns)
{
    return ns <= engine->open_ns ? engine->open_ms : engine->open_ms + (ns - engine->open_ns) / LI_MS_NS;
}

uint64_t lii_engine_now_ns(const li_engine *engine)
{
    return lii_now_ns(engine);
}

uint64_t lii_engine_ns_of_ms(const li_engine *engine, uint64_t unix_ms)
{
    uint64_t ms = unix_ms > engine->open_ms ? unix_ms - engine->open_ms : 0;

    if (ms > (LI_NEVER - 1 - engine->open_ns) / LI_MS_NS)
        return LI_NEVER - 1;
    return engine->open_ns + ms * LI_MS_NS;
}

uint64_t li_engine_now_ms(const li_engine *engine)
{
    return lii_ms_of_ns(engine, lii_now_ns(engine));
}

const li_allocator *lii_engine_allocator(const li_engine *engine)
{
    return &engine->allocator;
}

const li_codec *lii_engine_codec(const li_engine *engine)
{
    return engine->codec;
}

li_zones *lii_engine_zones(const li_engine *engine)
{
    return engine->zones;
}

void lii_engine_new_id(li_engine *engine, li_id *id)
{
    lii_id_store(id, lii_id_of_stream(engine->id_stream, atomic_fetch_add_explicit(&engine->n_ids, 1, memory_order_relaxed)));
}

li_clock *li_engine_get_clock(const li_engine *engine)
{
    return engine->clock;
}

const char *li_engine_get_partition(const li_engine *engine)
{
    return engine->partition;
}

const char *li_engine_get_region(const li_engine *engine)
{
    return engine->region;
}

const char *li_engine_get_account(const li_engine *engine)
{
    return engine->account;
}

li_status li_engine_options_init(li_engine_options *options, size_t size)
{
    static const li_engine_options defaults = LI_ENGINE_OPTIONS_INIT;

    return lii_options_init(options, size, &defaults, sizeof defaults);
}

static uint64_t clock_next_due(void *user)
{
    li_engine *engine = user;

    return atomic_load(&engine->is_threaded) ? LI_NEVER : li_engine_next_deadline(engine);
}

static void clock_run_due(void *user)
{
    lii_step(user);
}

static uint64_t clock_external(void *user)
{
    return li_engine_external(user);
}

static int clock_in_callback(void *user)
{
    return lii_inside(user);
}

static int clock_wait_external(void *user, uint64_t real_ms)
{
    li_engine *engine = user;
    unsigned long long before;
    struct timespec until;
    int ended;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(real_ms / 1000);
    until.tv_nsec += (long)(real_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&engine->lock);
    before = atomic_load(&engine->external_ends);
    while (atomic_load(&engine->external) > 0 && atomic_load(&engine->external_ends) == before)
        if (pthread_cond_timedwait(&engine->changed, &engine->lock, &until) != 0)
            break;
    ended = atomic_load(&engine->external) == 0 || atomic_load(&engine->external_ends) != before;
    pthread_mutex_unlock(&engine->lock);
    return ended;
}

static int copy_field(char *out, size_t out_size, li_slice given, const char *standard)
{
    if (given.ptr == NULL)
        given = lii_slice(standard, LI_Z);
    given = lii_measured(given);
    if (given.len == 0 || given.len >= out_size)
        return -1;
    memcpy(out, given.ptr, given.len);
    out[given.len] = '\0';
    return 0;
}

static int is_digits(const char *text, size_t n)
{
    return strlen(text) == n && strspn(text, "0123456789") == n;
}

static int is_label(const char *text)
{
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] == '\0';
}

static li_status read_identity(li_engine *engine, const li_engine_options *o, li_error *err)
{
    if (copy_field(engine->partition, sizeof engine->partition, o->partition, "aws") != 0 || !is_label(engine->partition))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TEXT, "partition", LI_Z, "partition is like \"aws\"");
    if (copy_field(engine->region, sizeof engine->region, o->region, "us-east-1") != 0 || !is_label(engine->region))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TEXT, "region", LI_Z, "region is like \"us-east-1\"");
    if (copy_field(engine->account, sizeof engine->account, o->account, "000000000000") != 0 ||
        !is_digits(engine->account, 12))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TEXT, "account", LI_Z, "account has 12 digits");
    return LI_OK;
}

static li_status init_conditions(li_engine *engine)
{
    pthread_condattr_t attribute;
    int failed;

    if (pthread_condattr_init(&attribute) != 0)
        return LI_E_NOMEM;
    failed = pthread_condattr_setclock(&attribute, CLOCK_MONOTONIC) || pthread_cond_init(&engine->work, &attribute) ||
             pthread_cond_init(&engine->deadline_work, &attribute) || pthread_cond_init(&engine->changed, &attribute) ||
             lii_lock_init(&engine->lock) || pthread_mutex_init(&engine->settings_lock, NULL) || pthread_mutex_init(&engine->random.lock, NULL);
    pthread_condattr_destroy(&attribute);
    return failed ? LI_E_NOMEM : LI_OK;
}

static li_status take_backends(li_engine *engine, li_engine_options *o, li_error *err)
{
    static const li_retry_aws_options aws = LI_RETRY_AWS_OPTIONS_INIT;
    li_status status;

    if (!o->queue.ops) {
        status = li_queue_memory_new(&engine->allocator, &o->queue);
        if (status != LI_OK)
            return status;
    }
    status = lii_ops_read(&engine->queue_ops, sizeof engine->queue_ops, o->queue.ops, "li_queue_ops", err);
    if (status != LI_OK)
        return status;
    engine->queue = o->queue.self;
    if (!engine->queue_ops.open || !engine->queue_ops.lane || !engine->queue_ops.lanes || !engine->queue_ops.put ||
        !engine->queue_ops.take || !engine->queue_ops.next_due || !engine->queue_ops.ack || !engine->queue_ops.delay ||
        !engine->queue_ops.stats || !engine->queue_ops.close)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_BACKEND_METHOD, "queue", LI_Z,
                        "a queue needs open, lane, lanes, put, take, next_due, ack, delay, stats and close");
    status = lii_store_take(engine, &o->store, err);
    if (status != LI_OK)
        return status;
    if (!o->retry.ops) {
        status = li_retry_aws_new(&aws, &o->retry);
        if (status != LI_OK)
            return status;
    }
    status = lii_ops_read(&engine->retry_ops, sizeof engine->retry_ops, o->retry.ops, "li_retry_policy_ops", err);
    if (status != LI_OK)
        return status;
    engine->retry = o->retry.self;
    if (!engine->retry_ops.next)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_BACKEND_METHOD, "retry policy", LI_Z, "a retry policy needs next");
    if (o->metrics.ops) {
        status = lii_ops_read(&engine->metrics_ops, sizeof engine->metrics_ops, o->metrics.ops, "li_metrics_sink_ops", err);
        if (status != LI_OK)
            return status;
        engine->metrics = o->metrics.self;
        if (!engine->metrics_ops.sample)
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_BACKEND_METHOD, "metrics sink", LI_Z, "a metrics sink needs sample");
        lii_detour_set(engine, LII_DETOUR_SAMPLES, 1);
    }
    return LI_OK;
}

/* A table of an older caller, too, if it reaches to its free. */
#define FREE_BACKEND(backend)                                                                                      \
    if ((backend).ops && (backend).ops->size >= offsetof(__typeof__(*(backend).ops), free) + sizeof (backend).ops->free && \
        (backend).ops->free)                                                                                       \
    (backend).ops->free((backend).self)

static void free_backends(const li_engine_options *o)
{
    FREE_BACKEND(o->queue);
    FREE_BACKEND(o->store);
    FREE_BACKEND(o->retry);
    FREE_BACKEND(o->metrics);
}

static void init_tables(li_engine *engine)
{
    lii_table_init(&engine->locked.functions, &engine->allocator);
    lii_table_init(&engine->locked.handlers, &engine->allocator);
    lii_table_init(&engine->locked.destinations, &engine->allocator);
    lii_table_init(&engine->locked.local_queues, &engine->allocator);
    lii_table_init(&engine->locked.keys, &engine->allocator);
    lii_heap_init(&engine->locked.timers, &engine->allocator, 0);
    lii_heap_init(&engine->locked.deadlines, &engine->allocator, 0);
    engine->fd_epoll = engine->fd_event = engine->fd_timer = -1;
}

static void attach(li_engine *engine)
{
    lii_clock_user *u = &engine->clock_user;

    u->next_due = clock_next_due;
    u->run_due = clock_run_due;
    u->external = clock_external;
    u->wait_external = clock_wait_external;
    u->in_callback = clock_in_callback;
    u->user = engine;
    lii_clock_attach(engine->clock, u);
}

static void destroy(li_engine *engine)
{
    li_allocator allocator = engine->inner;

    lii_table_fini(&engine->locked.functions);
    lii_index_free(&engine->index, &engine->allocator);
    lii_table_fini(&engine->locked.handlers);
    lii_table_fini(&engine->locked.destinations);
    lii_table_fini(&engine->locked.local_queues);
    lii_keys_free(engine);
    lii_streams_free(engine);
    lii_heap_fini(&engine->locked.timers);
    lii_heap_fini(&engine->locked.deadlines);
    lii_outcomes_free(engine);
    lii_journal_free(engine);
    lii_faults_free(engine);
    lii_loop_free(engine);
    if (engine->owns_clock)
        li_clock_free(engine->clock);
    pthread_cond_destroy(&engine->work);
    pthread_cond_destroy(&engine->deadline_work);
    pthread_cond_destroy(&engine->changed);
    pthread_mutex_destroy(&engine->lock);
    pthread_mutex_destroy(&engine->settings_lock);
    pthread_mutex_destroy(&engine->random.lock);
    lii_free(&allocator, engine);
}

/* Settings first: the queue's lanes are of functions that are known then. */
static li_status open_backends(li_engine *engine, int seed_is_ours, li_error *err)
{
    li_status status = lii_store_open(engine, err);

    if (status != LI_OK)
        return status;
    /* on a virtual clock a life after another must not give out the ids of the first again: they are in the queue */
    if (seed_is_ours && engine->is_virtual && (engine->queue_ops.caps & LI_QUEUE_DURABLE)) {
        engine->seed = lii_hash(&engine->open_ms, sizeof engine->open_ms) | 1;
        lii_random_seed(&engine->random.random, engine->seed);
        engine->id_stream = engine->seed ^ UINT64_C(0x6A09E667F3BCC909);
    }
    status = lii_settings_restore(engine, err);
    lii_queue_host_init(engine);
    if (status == LI_OK)
        status = engine->queue_ops.open(engine->queue, &engine->queue_host, err);
    if (status == LI_OK) {
        status = lii_queue_recover(engine, err);
        if (status != LI_OK)
            engine->queue_ops.close(engine->queue);
    }
    if (status == LI_OK)
        lii_settings_restored(engine);
    else
        engine->store_ops.close(engine->store);
    engine->is_open = status == LI_OK;
    return status;
}

static li_status start_parts(li_engine *engine, li_engine_options *o, li_error *err)
{
    li_status status = read_identity(engine, o, err);

    if (status == LI_OK && !o->clock) {
        status = li_clock_real_new(&engine->allocator, &engine->clock);
        engine->owns_clock = status == LI_OK;
    } else if (status == LI_OK) {
        engine->clock = o->clock;
    }
    if (status != LI_OK)
        return status;
    engine->now = lii_clock_get_reader(engine->clock);
    engine->is_virtual = li_clock_is_virtual(engine->clock);
    engine->open_ns = li_clock_now_ns(engine->clock);
    engine->open_ms = li_clock_wall_ms(engine->clock);
    engine->seed = o->seed ? o->seed : engine->is_virtual ? 1 : lii_random_system_seed();
    lii_random_seed(&engine->random.random, engine->seed);
    engine->id_stream = engine->seed ^ UINT64_C(0x6A09E667F3BCC909);
    status = take_backends(engine, o, err);
    return status == LI_OK ? open_backends(engine, o->seed == 0, err) : status;
}

li_status li_engine_new(li_engine **out, const li_engine_options *options, li_error *err)
{
    li_engine_options o = LI_ENGINE_OPTIONS_INIT;
    li_allocator allocator;
    li_engine *engine;
    li_status status;

    if (!out)
        return lii_is_null(err, "engine");
    status = lii_options_read(&o, sizeof o, options, "li_engine_options", err);
    if (status != LI_OK)
        return status;
    status = lii_allocator_read(o.allocator, &allocator, err);
    engine = status == LI_OK ? lii_calloc(&allocator, 1, sizeof *engine) : NULL;
    if (!engine) {
        free_backends(&o);
        return status != LI_OK ? status : lii_no_memory(err, "an engine");
    }
    lii_fault_gate(engine, &allocator);
    engine->logger = o.logger;
    engine->codec = o.codec;
    engine->zones = o.zones;
    lii_config_init(&engine->config);
    init_tables(engine);
    if (init_conditions(engine) != LI_OK || lii_faults_new(engine) != LI_OK || lii_outcomes_new(engine) != LI_OK || lii_journal_new(engine) != LI_OK ||
        lii_loop_new(engine) != LI_OK || lii_postponed_init(engine) != LI_OK)
        status = LI_E_NOMEM;
    if (status == LI_OK)
        status = start_parts(engine, &o, err);
    if (status != LI_OK) {
        lii_functions_free(engine);
        lii_lanes_free(engine);
        free_backends(&o);
        destroy(engine);
        return status;
    }
    attach(engine);
    lii_journal(engine, LI_STEP_ENGINE, NULL, "", 0, "open");
    *out = engine;
    return LI_OK;
}

static void drop_lane(void *user, uint32_t number, const char *name, size_t name_len)
{
    li_engine *engine = user;
    li_lease lease;
    size_t n = 0;

    (void)name;
    (void)name_len;
    while (engine->queue_ops.take(engine->queue, number, UINT64_MAX, UINT64_MAX, 1, &lease, &n) == LI_OK && n == 1) {
        lii_lane *lane = number < engine->locked.n_lanes ? engine->locked.lanes[number] : NULL;

        lii_journal(engine, LI_STEP_DROPPED, &lease.header->id, lane ? lane->name : "", lease.header->starts,
                    li_drop_name(LI_DROP_ENGINE_FREED));
        engine->queue_ops.ack(engine->queue, &lease.token, 1);
        lii_outcome_counted(engine, LI_EVENT_DROPPED, 1);
    }
}

/* Events that wait in a queue that ends with us: dropped, one line each. Lanes are listed first: take must not run under
 * the queue's own walk. */
static void drop_waiting(li_engine *engine)
{
    size_t i;

    if (engine->queue_ops.caps & LI_QUEUE_DURABLE)
        return;
    for (i = 0; i < engine->locked.n_lanes; i++)
        drop_lane(engine, (uint32_t)i, NULL, 0);
}

/* Threads, handlers that run or are pending, leased events. What timed out while pending does not count: nobody waits. */
static int is_busy_locked(li_engine *engine)
{
    li_queue_stats stats;
    const lii_env *env;
    lii_table_slot *slot;
    size_t i;

    for (i = 0; i < LII_THREADS; i++)
        if (engine->locked.threads[i].state != LII_THREAD_FREE)
            return 1;
    memset(&stats, 0, sizeof stats);
    stats.size = sizeof stats;
    engine->queue_ops.stats(engine->queue, UINT32_MAX, &stats);
    if (stats.leased > 0)
        return 1;
    for (i = 0; (slot = lii_table_next(&engine->locked.functions, &i)) != NULL; i++) {
        const lii_version *version = &((li_function *)slot->value)->latest;

        for (; version; version = version->next)
            for (env = version->locked.all; env; env = env->next_all)
                if (env->state == LII_ENV_BUSY || (env->state == LII_ENV_ABANDONED && env->invocation->in_handler))
                    return 1;
    }
    return 0;
}

li_status li_engine_free(li_engine *engine)
{
    li_queue_ops queue;
    li_retry_policy_ops retry;
    li_metrics_sink_ops metrics;
    li_store_ops store;
    void *queue_self, *retry_self, *metrics_self, *store_self;
    int i, busy;

    if (!engine)
        return LI_OK;
    if (lii_is_forked(engine))
        return LI_E_FORKED;
    if (lii_inside(engine))
        return LI_E_BUSY;
    pthread_mutex_lock(&engine->lock);
    busy = engine->locked.stepping > 0 || engine->locked.deliveries > 0 || is_busy_locked(engine);
    pthread_mutex_unlock(&engine->lock);
    if (busy)
        return LI_E_BUSY;
    lii_clock_detach(engine->clock, &engine->clock_user);
    for (i = LII_SLOT_COUNT - 1; i >= 0; i--)
        if (engine->locked.slots[i])
            engine->locked.slot_free[i](engine->locked.slots[i]);
    drop_waiting(engine);
    queue = engine->queue_ops;
    retry = engine->retry_ops;
    metrics = engine->metrics_ops;
    queue_self = engine->queue;
    retry_self = engine->retry;
    metrics_self = engine->metrics;
    store = engine->store_ops;
    store_self = engine->store;
    queue.close(queue_self);
    store.close(store_self);
    lii_functions_free(engine);
    lii_lanes_free(engine);
    lii_resources_free(engine);
    lii_quarantine_free(engine);
    if (queue.free)
        queue.free(queue_self);
    if (store.free)
        store.free(store_self);
    if (retry.free)
        retry.free(retry_self);
    if (metrics.sample && metrics.free)
        metrics.free(metrics_self);
    destroy(engine);
    return LI_OK;
}
