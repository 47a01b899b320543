/* outcome.c - what the engine remembers of accepted events, and the counts of conservation. */
#include "base/cold.h"
#include "engine/engine.h"

static const char *const drop_names[] = {
#define NAME(name, value, text) text,
    LI_DROP_MAP(NAME)
#undef NAME
};

LII_COLD const char *li_drop_name(int32_t reason)
{
    return reason >= 0 && reason < LI_DROP_END_ ? drop_names[reason] : "unknown";
}

LII_COLD const char *li_condition_name(int32_t condition)
{
    switch (condition) {
    case LI_CONDITION_SUCCESS:
        return "Success";
    case LI_CONDITION_RETRIES_EXHAUSTED:
        return "RetriesExhausted";
    case LI_CONDITION_EVENT_AGE_EXCEEDED:
        return "EventAgeExceeded";
    case LI_CONDITION_ZERO_CONCURRENCY:
        return "ZeroReservedConcurrency";
    default:
        return "";
    }
}

li_status li_outcome_init(li_outcome *outcome, size_t size)
{
    static const li_outcome defaults = LI_OUTCOME_INIT;

    return lii_options_init(outcome, size, &defaults, sizeof defaults);
}

void li_outcome_fini(li_outcome *outcome)
{
    if (!outcome)
        return;
    lii_free(&lii_malloc_allocator, (char *)(uintptr_t)outcome->record);
    outcome->record = NULL;
    outcome->record_len = 0;
}

LII_COLD li_status lii_outcomes_new(li_engine *engine)
{
    lii_table_init(&engine->outcomes.table, &engine->allocator);
    return pthread_mutex_init(&engine->outcomes.lock, NULL) == 0 ? LI_OK : LI_E_NOMEM;
}

/* The payload leaves its entry; it is the caller's. */
static char *payload_out(li_engine *engine, lii_outcome_entry *entry)
{
    char *payload = entry->payload;

    if (!payload)
        return NULL;
    if (entry->prev_kept)
        entry->prev_kept->next_kept = entry->next_kept;
    else
        engine->outcomes.kept_first = entry->next_kept;
    if (entry->next_kept)
        entry->next_kept->prev_kept = entry->prev_kept;
    else
        engine->outcomes.kept_last = entry->prev_kept;
    entry->next_kept = entry->prev_kept = NULL;
    entry->payload = NULL;
    engine->outcomes.kept_bytes -= entry->payload_len;
    return payload;
}

static void payload_in(li_engine *engine, lii_outcome_entry *entry, char *payload, size_t len)
{
    entry->payload = payload;
    entry->payload_len = len;
    entry->next_kept = NULL;
    entry->prev_kept = engine->outcomes.kept_last;
    if (entry->prev_kept)
        entry->prev_kept->next_kept = entry;
    else
        engine->outcomes.kept_first = entry;
    engine->outcomes.kept_last = entry;
    engine->outcomes.kept_bytes += len;
}

static void entry_clear(li_engine *engine, lii_outcome_entry *entry)
{
    if (!entry->is_used)
        return;
    lii_free(&engine->allocator, payload_out(engine, entry));
    lii_table_remove(&engine->outcomes.table, (const char *)entry->id.bytes, sizeof entry->id.bytes);
    lii_free(&engine->allocator, (char *)(uintptr_t)entry->outcome.record);
    memset(entry, 0, sizeof *entry);
}

static LII_COLD void ring_free(li_engine *engine)
{
    size_t i;

    for (i = 0; i < engine->outcomes.n_ring; i++)
        entry_clear(engine, &engine->outcomes.ring[i]);
    lii_free(&engine->allocator, engine->outcomes.ring);
    engine->outcomes.ring = NULL;
    engine->outcomes.n_ring = 0;
}

LII_COLD void lii_outcomes_free(li_engine *engine)
{
    ring_free(engine);
    lii_table_fini(&engine->outcomes.table);
    pthread_mutex_destroy(&engine->outcomes.lock);
}

/* A ring of the set size; what was remembered goes when the size changes. 0: none (switched off, or no memory). */
static int ring_ready_locked(li_engine *engine)
{
    size_t n = (size_t)LII_CONFIG(engine, outcomes);

    if (engine->outcomes.n_ring != n) {
        ring_free(engine);
        engine->outcomes.next = 0;
        if (n > 0 && lii_table_reserve(&engine->outcomes.table, n + 1) == LI_OK)
            engine->outcomes.ring = lii_calloc(&engine->allocator, n, sizeof *engine->outcomes.ring);
        if (engine->outcomes.ring)
            engine->outcomes.n_ring = n;
    }
    return engine->outcomes.n_ring > 0;
}

void lii_outcome_accepted(li_engine *engine, const li_id *ids, lii_lane *const *lanes, size_t n, uint64_t accepted_ms)
{
    size_t i;

    if (LII_CONFIG(engine, outcomes) == 0)
        return;
    pthread_mutex_lock(&engine->outcomes.lock);
    for (i = 0; i < n && ring_ready_locked(engine); i++) {
        lii_outcome_entry *entry = &engine->outcomes.ring[engine->outcomes.next];

        engine->outcomes.next = (engine->outcomes.next + 1) % engine->outcomes.n_ring;
        entry_clear(engine, entry);
        entry->id = ids[i];
        if (lii_table_put(&engine->outcomes.table, (const char *)entry->id.bytes, sizeof entry->id.bytes, entry, NULL) != LI_OK)
            continue;
        entry->is_used = 1;
        entry->lane = lanes[i];
        entry->outcome.size = sizeof entry->outcome;
        entry->outcome.state = LI_EVENT_WAITING;
        entry->outcome.accepted_ms = accepted_ms;
    }
    pthread_mutex_unlock(&engine->outcomes.lock);
}

static lii_outcome_entry *find_locked(li_engine *engine, const li_id *id)
{
    return engine->outcomes.n_ring == 0
               ? NULL
               : lii_table_get(&engine->outcomes.table, (const char *)id->bytes, sizeof id->bytes);
}

void lii_outcome_forget(li_engine *engine, const li_id *id)
{
    lii_outcome_entry *entry;

    pthread_mutex_lock(&engine->outcomes.lock);
    entry = find_locked(engine, id);
    if (entry)
        entry_clear(engine, entry);
    pthread_mutex_unlock(&engine->outcomes.lock);
}

void lii_outcome_started(li_engine *engine, const li_event_header *header, uint64_t start_ms)
{
    lii_outcome_entry *entry;

    if (LII_CONFIG(engine, outcomes) == 0)
        return;
    pthread_mutex_lock(&engine->outcomes.lock);
    entry = find_locked(engine, &header->id);
    if (entry) {
        li_outcome *o = &entry->outcome;

        o->state = LI_EVENT_RUNNING;
        o->starts = header->starts;
        if (o->n_attempts < LI_OUTCOME_ATTEMPTS)
            o->attempts[o->n_attempts].start_ms = start_ms;
    }
    pthread_mutex_unlock(&engine->outcomes.lock);
}

void lii_outcome_attempt_end(li_engine *engine, const li_event_header *header, uint64_t end_ms, int32_t status_code,
                             int32_t function_error, int32_t state)
{
    lii_outcome_entry *entry;

    if (LII_CONFIG(engine, outcomes) == 0)
        return;
    pthread_mutex_lock(&engine->outcomes.lock);
    entry = find_locked(engine, &header->id);
    if (entry) {
        li_outcome *o = &entry->outcome;

        o->state = state;
        o->starts = header->starts;
        if (o->n_attempts < LI_OUTCOME_ATTEMPTS) {
            li_attempt *a = &o->attempts[o->n_attempts];

            if (a->start_ms == 0)
                a->start_ms = end_ms;
            a->end_ms = end_ms;
            a->status_code = (uint32_t)status_code;
            a->function_error = function_error;
            o->n_attempts++;
        }
    }
    pthread_mutex_unlock(&engine->outcomes.lock);
}

void lii_outcome_throttled(li_engine *engine, const li_id *id)
{
    lii_outcome_entry *entry;

    if (LII_CONFIG(engine, outcomes) == 0)
        return;
    pthread_mutex_lock(&engine->outcomes.lock);
    entry = find_locked(engine, id);
    if (entry)
        entry->outcome.throttles++;
    pthread_mutex_unlock(&engine->outcomes.lock);
}

void lii_outcome_ended(li_engine *engine, const li_event_header *header, int32_t state, int32_t condition,
                       int32_t drop_reason, uint64_t ended_ms, const char *record, size_t record_len)
{
    lii_outcome_entry *entry;

    if (LII_CONFIG(engine, outcomes) == 0)
        return;
    pthread_mutex_lock(&engine->outcomes.lock);
    entry = find_locked(engine, &header->id);
    if (entry) {
        li_outcome *o = &entry->outcome;

        o->state = state;
        o->condition = condition;
        o->drop_reason = drop_reason;
        o->starts = header->starts;
        o->ended_ms = ended_ms;
        if (record && record_len > 0 && !o->record) {
            o->record = lii_copy_text(&engine->allocator, record, record_len);
            o->record_len = o->record ? record_len : 0;
        }
    }
    pthread_mutex_unlock(&engine->outcomes.lock);
}

/* ---- payloads of failed events */

/* The oldest go until there is room; what is larger than all room is not kept. Without memory neither: an event's end needs
 * none. */
LII_COLD void lii_outcome_keep(li_engine *engine, const lii_ending *e)
{
    uint64_t room = (uint64_t)LII_CONFIG(engine, outcome_payload_bytes);
    lii_outcome_entry *entry;
    char *payload;

    if (LII_CONFIG(engine, outcomes) == 0 || room < e->payload_len)
        return;
    pthread_mutex_lock(&engine->outcomes.lock);
    entry = find_locked(engine, &e->header.id);
    payload = entry && !entry->payload ? lii_alloc(&engine->allocator, e->payload_len + 1) : NULL;
    if (payload) {
        while (engine->outcomes.kept_first && engine->outcomes.kept_bytes > room - e->payload_len)
            lii_free(&engine->allocator, payload_out(engine, engine->outcomes.kept_first));
        if (e->payload_len > 0)
            memcpy(payload, e->payload, e->payload_len);
        payload_in(engine, entry, payload, e->payload_len);
    }
    pthread_mutex_unlock(&engine->outcomes.lock);
}

lii_lane *lii_outcome_lane(li_engine *engine, const li_id *id, int32_t *state)
{
    lii_outcome_entry *entry;
    lii_lane *lane;

    pthread_mutex_lock(&engine->outcomes.lock);
    entry = find_locked(engine, id);
    lane = entry ? entry->lane : NULL;
    *state = entry ? entry->outcome.state : 0;
    pthread_mutex_unlock(&engine->outcomes.lock);
    return lane;
}

static LII_COLD li_status why_not(const li_id *id, const lii_outcome_entry *entry, li_error *err)
{
    char text[LI_ID_TEXT_SIZE];

    li_id_format(id, text);
    if (!entry)
        return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_EVENT_NOT_FOUND, text, LI_Z, "the event is unknown or forgotten");
    if (entry->outcome.state < LI_EVENT_SUCCEEDED)
        return lii_fail(err, LI_E_STATE, LI_DETAIL_EVENT_RUNS, text, LI_Z, "the event waits or runs");
    if (entry->outcome.state == LI_EVENT_SUCCEEDED)
        return lii_fail(err, LI_E_STATE, LI_DETAIL_EVENT_SUCCEEDED, text, LI_Z, "the event has succeeded");
    if (entry->outcome.drop_reason == LI_DROP_CANCELLED || entry->outcome.drop_reason == LI_DROP_PURGED)
        return lii_fail(err, LI_E_STATE, LI_DETAIL_EVENT_SUCCEEDED, text, LI_Z, "the event has not failed, it was %s",
                        li_drop_name(entry->outcome.drop_reason));
    return lii_fail(err, LI_E_STATE, LI_DETAIL_PAYLOAD_NOT_KEPT, text, LI_Z,
                    "the payload is not kept (outcomes.payload_bytes), or the event was redriven already");
}

LII_COLD li_status lii_outcome_payload_take(li_engine *engine, const li_id *id, lii_lane **lane, char **payload, size_t *len,
                                   li_error *err)
{
    lii_outcome_entry *entry;
    li_status status = LI_OK;

    pthread_mutex_lock(&engine->outcomes.lock);
    entry = find_locked(engine, id);
    if (entry && entry->payload && entry->outcome.state > LI_EVENT_SUCCEEDED) {
        *lane = entry->lane;
        *len = entry->payload_len;
        *payload = payload_out(engine, entry);
    } else {
        status = why_not(id, entry, err);
    }
    pthread_mutex_unlock(&engine->outcomes.lock);
    return status;
}

LII_COLD void lii_outcome_payload_give(li_engine *engine, const li_id *id, char *payload, size_t len)
{
    lii_outcome_entry *entry;

    pthread_mutex_lock(&engine->outcomes.lock);
    entry = find_locked(engine, id);
    if (entry && !entry->payload)
        payload_in(engine, entry, payload, len);
    else
        lii_free(&engine->allocator, payload);
    pthread_mutex_unlock(&engine->outcomes.lock);
}

/* ---- counts */

static atomic_ullong *count_of(li_engine *engine, int32_t state)
{
    switch (state) {
    case LI_EVENT_WAITING:
        return &engine->outcomes.accepted;
    case LI_EVENT_SUCCEEDED:
        return &engine->outcomes.succeeded;
    case LI_EVENT_DELIVERED:
        return &engine->outcomes.delivered;
    default:
        return &engine->outcomes.dropped;
    }
}

void lii_outcome_counted(li_engine *engine, int32_t state, uint64_t n)
{
    atomic_fetch_add_explicit(count_of(engine, state), n, memory_order_relaxed);
}

LII_COLD li_status li_event_outcome(li_engine *engine, const li_id *id, li_outcome *outcome)
{
    lii_outcome_entry *entry;
    li_outcome found;
    li_status status = LI_OK;

    if (engine && lii_is_forked(engine))
        return LI_E_FORKED;
    if (!engine || !id || !outcome)
        return LI_E_INVALID;
    pthread_mutex_lock(&engine->outcomes.lock);
    entry = find_locked(engine, id);
    if (!entry) {
        status = LI_E_NOT_FOUND;
    } else {
        found = entry->outcome;
        if (found.record) {
            found.record = lii_copy_text(&lii_malloc_allocator, entry->outcome.record, entry->outcome.record_len);
            if (!found.record)
                status = LI_E_NOMEM;
        }
    }
    pthread_mutex_unlock(&engine->outcomes.lock);
    if (status == LI_OK) {
        li_outcome_fini(outcome);
        status = lii_options_write(outcome, &found, sizeof found);
        if (status != LI_OK)
            lii_free(&lii_malloc_allocator, (char *)(uintptr_t)found.record);
    }
    return status;
}

LII_COLD li_status li_event_count(li_engine *engine, li_event_counts *counts)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    li_queue_stats stats;

    if (lii_is_forked(engine))
        return LI_E_FORKED;
    memset(&stats, 0, sizeof stats);
    stats.size = sizeof stats;
    engine->queue_ops.stats(engine->queue, UINT32_MAX, &stats);
    c.accepted = atomic_load(&engine->outcomes.accepted);
    c.succeeded = atomic_load(&engine->outcomes.succeeded);
    c.delivered = atomic_load(&engine->outcomes.delivered);
    c.dropped = atomic_load(&engine->outcomes.dropped);
    c.pending = stats.pending;
    c.leased = stats.leased;
    return lii_options_write(counts, &c, sizeof c);
}

/* The event leaves the queue and enters its terminal state; nothing that could count runs in between. 0: the queue did not
 * let it go, since the lease was lost or by an error: it is there still and has no terminal state yet. */
int lii_outcome_acked(li_engine *engine, uint64_t token, int32_t state)
{
    if (engine->queue_ops.ack(engine->queue, &token, 1) != LI_OK)
        return 0;
    lii_outcome_counted(engine, state, 1);
    lii_queue_changed(engine);
    return 1;
}
