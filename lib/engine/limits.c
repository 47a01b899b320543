/* limits.c - beside each limit on what is stored: how much is, and what the newest gets at it (REL-60). */
#include "engine/engine.h"

/* Calls at once that the account's limit has to hold: what is promised, and what runs on demand of the pool. */
static uint64_t claimed(li_engine *engine)
{
    uint64_t n = (uint64_t)engine->locked.reserved_sum + engine->locked.unreserved_provisioned;
    lii_table_slot *slot;
    size_t i;

    for (i = 0; (slot = lii_table_next(&engine->locked.functions, &i)) != NULL; i++) {
        li_function *function = slot->value;
        uint64_t busy = function->locked.reserved < 0 ? lii_function_busy_locked(function) : 0;

        n += busy > function->locked.provisioned ? busy - function->locked.provisioned : 0;
    }
    return n;
}

static uint64_t functions(li_engine *engine)
{
    return lii_functions_used_locked(engine);
}

static uint64_t versions(li_engine *engine)
{
    return engine->locked.n_versions;
}

static uint64_t aliases(li_engine *engine)
{
    return engine->locked.n_aliases;
}

static uint64_t destinations(li_engine *engine)
{
    return engine->locked.destinations.count;
}

static uint64_t local_queues(li_engine *engine)
{
    return engine->locked.local_queues.count;
}

static uint64_t deliveries(li_engine *engine)
{
    return engine->locked.deliveries;
}

static uint64_t threads(li_engine *engine)
{
    return engine->locked.n_alive;
}

static uint64_t keys(li_engine *engine)
{
    return engine->locked.keys.count;
}

static li_queue_stats queued(li_engine *engine)
{
    li_queue_stats stats = { sizeof stats, 0, 0, 0, 0 };

    engine->queue_ops.stats(engine->queue, UINT32_MAX, &stats);
    return stats;
}

static uint64_t events(li_engine *engine)
{
    return queued(engine).pending + queued(engine).leased;
}

static uint64_t event_bytes(li_engine *engine)
{
    return queued(engine).bytes;
}

static uint64_t outcomes(li_engine *engine)
{
    uint64_t n;

    pthread_mutex_lock(&engine->outcomes.lock);
    n = engine->outcomes.table.count;
    pthread_mutex_unlock(&engine->outcomes.lock);
    return n;
}

static uint64_t kept_bytes(li_engine *engine)
{
    uint64_t n;

    pthread_mutex_lock(&engine->outcomes.lock);
    n = engine->outcomes.kept_bytes;
    pthread_mutex_unlock(&engine->outcomes.lock);
    return n;
}

static uint64_t lines(li_engine *engine)
{
    uint64_t n;

    pthread_mutex_lock(&engine->journal.lock);
    n = engine->journal.sequence < engine->journal.n_ring ? engine->journal.sequence : engine->journal.n_ring;
    pthread_mutex_unlock(&engine->journal.lock);
    return n;
}

/* count: with engine.lock; NULL: the registry of that slot counts. */
static const struct limit {
    const char *name;
    li_status status;
    int slot;
    uint64_t (*count)(li_engine *engine);
} limits[] = {
    { "limits.functions", LI_E_FULL, 0, functions },
    { "limits.versions", LI_E_FULL, 0, versions },
    { "limits.aliases", LI_E_FULL, 0, aliases },
    { "limits.account_concurrency", LI_E_THROTTLED, 0, claimed },
    { "limits.queued_events", LI_E_FULL, 0, events },
    { "limits.queued_bytes", LI_E_FULL, 0, event_bytes },
    { "limits.destinations", LI_E_FULL, 0, destinations },
    { "limits.local_queues", LI_E_FULL, 0, local_queues },
    { "limits.deliveries", LI_E_FULL, 0, deliveries },
    { "limits.max_threads", LI_E_THROTTLED, 0, threads },
    { "limits.idempotency_keys", LI_E_FULL, 0, keys },
    { "limits.triggers", LI_E_FULL, LII_SLOT_TRIGGERS, NULL },
    { "limits.mappings", LI_E_FULL, LII_SLOT_MAPPINGS, NULL },
    { "outcomes.events", LI_OK, 0, outcomes },
    { "outcomes.payload_bytes", LI_OK, 0, kept_bytes },
    { "journal.lines", LI_OK, 0, lines },
};

int64_t lii_limit_used(li_engine *engine, const char *name, li_status *status)
{
    const struct limit *limit = NULL;
    uint64_t (*count)(void *registry);
    void *registry;
    uint64_t used = 0;
    size_t i;

    for (i = 0; !limit && i < sizeof limits / sizeof limits[0]; i++)
        if (strcmp(limits[i].name, name) == 0)
            limit = &limits[i];
    *status = limit ? limit->status : LI_OK;
    if (!limit)
        return -1;
    pthread_mutex_lock(&engine->lock);
    if (limit->count)
        used = limit->count(engine);
    registry = engine->locked.slots[limit->slot];
    count = engine->locked.slot_count[limit->slot];
    pthread_mutex_unlock(&engine->lock);
    if (!limit->count && registry && count)
        used = count(registry);
    return (int64_t)used;
}
