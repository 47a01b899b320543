/* durable.c - what a durable queue needs of the engine: its clock, lines of the journal, the lanes of events that were
 * there before, and in driven mode a step of its own to commit. */
#include <stdio.h>

#include "engine/engine.h"
#include "engine/settings.h"

static uint64_t queue_now_ms(void *engine)
{
    return li_engine_now_ms(engine);
}

static void queue_wake(void *user, uint32_t number)
{
    li_engine *engine = user;

    pthread_mutex_lock(&engine->lock);
    if (number < engine->locked.n_lanes && engine->locked.lanes[number])
        lii_lane_arm_locked(engine->locked.lanes[number], lii_now_ns(engine));
    pthread_mutex_unlock(&engine->lock);
}

/* An event set aside is dropped, and one that was set aside while the queue opened was accepted before us (REL-1, REL-2). */
static void queue_note(void *user, int32_t what, const li_id *id, const char *lane, const char *why)
{
    li_engine *engine = user;

    if (what != LI_QUEUE_NOTE_QUARANTINED) {
        lii_journal(engine, LI_STEP_ENGINE, NULL, "", 0, why);
        return;
    }
    if (!engine->is_open)
        lii_outcome_counted(engine, LI_EVENT_WAITING, 1);
    lii_outcome_counted(engine, LI_EVENT_DROPPED, 1);
    lii_journal(engine, LI_STEP_QUARANTINED, id, lane ? lane : "", 0, why);
    lii_journal(engine, LI_STEP_DROPPED, id, lane ? lane : "", 0, li_drop_name(LI_DROP_UNREADABLE));
    pthread_mutex_lock(&engine->lock);
    engine->locked.sums.async_events_dropped++;
    engine->locked.sums.dropped++;
    pthread_mutex_unlock(&engine->lock);
    lii_sample(engine, "AsyncEventsDropped", lane ? lane : "", 1, li_engine_now_ms(engine));
}

static void flush_run(lii_timer *timer)
{
    li_engine *engine = timer->user;

    engine->queue_ops.flush(engine->queue);
}

static uint64_t queue_keys_since(void *user)
{
    li_engine *engine = user;
    uint64_t now_ms = li_engine_now_ms(engine), window_ms = (uint64_t)LII_CONFIG(engine, idempotency_ms);

    return now_ms > window_ms ? now_ms - window_ms : 0;
}

void lii_queue_host_init(li_engine *engine)
{
    li_queue_host *host = &engine->queue_host;

    host->size = sizeof *host;
    host->allocator = &engine->allocator;
    host->now_ms = queue_now_ms;
    host->wake = queue_wake;
    host->engine = engine;
    host->max_events = (uint64_t)LII_CONFIG(engine, queued_events);
    host->max_bytes = (uint64_t)LII_CONFIG(engine, queued_bytes);
    host->note = queue_note;
    host->is_virtual = engine->is_virtual;
    host->key = lii_key_restore;
    host->keys_since = queue_keys_since;
    engine->flush.run = flush_run;
    engine->flush.user = engine;
}

void lii_queue_changed(li_engine *engine)
{
    if (!engine->queue_ops.flush || atomic_load_explicit(&engine->is_threaded, memory_order_relaxed))
        return;
    pthread_mutex_lock(&engine->lock);
    if (engine->flush.node.place == 0 && lii_timer_set_locked(engine, &engine->flush, lii_now_ns(engine)) != LI_OK) {
        pthread_mutex_unlock(&engine->lock);
        engine->queue_ops.flush(engine->queue);     /* no memory for a timer: it is done here */
        return;
    }
    pthread_mutex_unlock(&engine->lock);
}

/* ---- after open */

typedef struct lane_names {
    lii_buf text;                /* each name and a NUL */
} lane_names;

static void note_lane(void *user, uint32_t number, const char *name, size_t name_len)
{
    lane_names *names = user;

    (void)number;
    lii_buf_add(&names->text, name, name_len);
    lii_buf_add_byte(&names->text, '\0');
}

/* The lane is known again; its function may be registered later. What no function can be called is left alone: it waits
 * for an engine that knows better. */
static li_status recover_lane(li_engine *engine, const char *name, li_error *err)
{
    const char *colon = strchr(name, ':');
    li_slice plain = lii_slice(name, colon ? (size_t)(colon - name) : LI_Z);
    li_function *function;
    lii_lane *lane;
    li_status status = LI_OK;
    uint64_t due_ms;

    if (plain.len > 64 || !lii_name_is_plain(plain) || strlen(name) - plain.len > 129)
        return LI_OK;
    pthread_mutex_lock(&engine->lock);
    function = lii_function_lookup_locked(engine, plain.ptr, plain.len);
    if (!function && (function = lii_function_new_locked(engine, plain, err)) != NULL)
        lii_function_link_locked(function);
    status = function ? lii_lane_get_locked(function, colon ? colon + 1 : "", &lane, err) : LI_E_NOMEM;
    if (status == LI_OK) {
        lane->is_recovered = 1;
        lii_lane_tombstone_locked(lane);
        due_ms = engine->queue_ops.next_due(engine->queue, lane->number);
        lii_lane_arm_locked(lane, due_ms == UINT64_MAX ? LI_NEVER : lii_engine_ns_of_ms(engine, due_ms));
    }
    pthread_mutex_unlock(&engine->lock);
    return status;
}

li_status lii_queue_recover(li_engine *engine, li_error *err)
{
    li_status status = LI_OK;
    li_queue_stats stats;
    lane_names names;
    size_t at;

    memset(&stats, 0, sizeof stats);
    stats.size = sizeof stats;
    engine->queue_ops.stats(engine->queue, UINT32_MAX, &stats);
    if (stats.pending == 0)
        return LI_OK;
    lii_outcome_counted(engine, LI_EVENT_WAITING, stats.pending);
    lii_buf_init(&names.text, &engine->allocator);
    engine->queue_ops.lanes(engine->queue, note_lane, &names);
    if (names.text.status != LI_OK)
        status = lii_no_memory(err, "the lanes of the queue");
    for (at = 0; status == LI_OK && at < names.text.len; at += strlen(names.text.data + at) + 1)
        status = recover_lane(engine, names.text.data + at, err);
    lii_buf_fini(&names.text);
    return status;
}
