/* delivery.c - the end of an event: outcome recorded, record to its destination, dead letter to its queue, and only then
 * the event leaves the queue. Each target is tried on its own; a slow one holds nobody but its own event. */
#include <stdio.h>

#include "engine/faults.h"
#include "json/scan.h"

enum { STAGE_DESTINATION = 0, STAGE_DEAD_LETTER = 1, STAGE_END = 2 };

typedef struct lii_delivery {
    li_engine *engine;
    lii_timer timer;
    lii_ending ending;
    lii_buf record;
    char *trace;                 /* that the record carries on; NULL: none */
    uint64_t time_ms;
    int stage;
    int is_resolving;            /* the outcome is on its way to the disk */
    int tries;
    int taken;                   /* a target took it */
    int was_asked;               /* there was a target */
    int is_in_flight;            /* counted in the entry's backlog */
    int in_put;                  /* engine.lock */
    int has_reply;               /* engine.lock */
    int was_slow;                /* this try has waited for the fault plan already */
    li_status reply;
    lii_target_entry *entry;     /* while a put is out */
    char targets[2][520];
    char arn[400];
    char id[LI_ID_TEXT_SIZE];
    char code[12];
    char message[1040];
    li_record_attribute attributes[3];
} lii_delivery;

static int is_success(const lii_ending *e)
{
    return e->condition == LI_CONDITION_SUCCESS;
}

void lii_event_terminal(li_engine *engine, const lii_ending *e, int32_t state, int32_t drop_reason, const char *record,
                        size_t record_len)
{
    li_function *function = e->lane->function;
    uint64_t now_ms = li_engine_now_ms(engine);
    const char *why = state == LI_EVENT_DROPPED ? li_drop_name(drop_reason) : li_condition_name(e->condition);

    if (state != LI_EVENT_SUCCEEDED && drop_reason != LI_DROP_CANCELLED && drop_reason != LI_DROP_PURGED)
        lii_outcome_keep(engine, e);
    if (!lii_outcome_acked(engine, e->token, state)) {
        lii_lease_lost(e->lane, &e->header);
        return;
    }
    lii_outcome_ended(engine, &e->header, state, e->condition, drop_reason, now_ms, record, record_len);
    if (state == LI_EVENT_SUCCEEDED) {
        atomic_fetch_add_explicit(&function->succeeded, 1, memory_order_relaxed);
    } else {
        pthread_mutex_lock(&engine->lock);
        function->locked.sums.async_events_dropped++;
        function->locked.sums.delivered += state == LI_EVENT_DELIVERED;
        function->locked.sums.dropped += state == LI_EVENT_DROPPED;
        pthread_mutex_unlock(&engine->lock);
    }
    if (engine->metrics_ops.sample)
        lii_measure(engine, "AsyncEventsDropped", function->name, e->lane->name, NULL, state != LI_EVENT_SUCCEEDED, now_ms);
    lii_journal(engine,
                state == LI_EVENT_SUCCEEDED   ? LI_STEP_SUCCEEDED
                : state == LI_EVENT_DELIVERED ? LI_STEP_DELIVERED
                                              : LI_STEP_DROPPED,
                &e->header.id, e->lane->name, e->header.starts, why);
}

static void failure_metric(lii_delivery *d)
{
    li_function *function = d->ending.lane->function;
    int dead_letter = d->stage == STAGE_DEAD_LETTER;

    pthread_mutex_lock(&d->engine->lock);
    if (dead_letter)
        function->locked.sums.dead_letter_errors++;
    else
        function->locked.sums.destination_delivery_failures++;
    pthread_mutex_unlock(&d->engine->lock);
    if (d->engine->metrics_ops.sample)
        lii_measure(d->engine, dead_letter ? "DeadLetterErrors" : "DestinationDeliveryFailures", function->name,
                    d->ending.lane->name, NULL, 1, li_engine_now_ms(d->engine));
    lii_journal(d->engine, LI_STEP_DELIVERY_FAILED, &d->ending.header.id, d->ending.lane->name, d->ending.header.starts,
                dead_letter ? "dead-letter" : "destination");
}

static void delivery_free(lii_delivery *d)
{
    li_engine *engine = d->engine;

    lii_buf_fini(&d->record);
    lii_free(&engine->allocator, d->trace);
    pthread_mutex_lock(&engine->lock);
    lii_timer_release_locked(engine, &d->timer);
    lii_free(&engine->allocator, d);     /* first: without deliveries the engine may be freed */
    engine->locked.deliveries--;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
}

static void delivery_end(lii_delivery *d)
{
    const lii_ending *e = &d->ending;
    int32_t state = is_success(e) ? LI_EVENT_SUCCEEDED : d->taken ? LI_EVENT_DELIVERED : LI_EVENT_DROPPED;

    lii_event_terminal(d->engine, e, state,
                       state != LI_EVENT_DROPPED ? LI_DROP_NONE
                       : d->was_asked            ? LI_DROP_DESTINATION_FAILED
                                                 : e->drop_reason,
                       d->record.data, d->record.len);
    delivery_free(d);
}

static void fill_record(lii_delivery *d, li_record *r)
{
    const lii_ending *e = &d->ending;

    memset(r, 0, sizeof *r);
    r->size = sizeof *r;
    r->is_success = is_success(e);
    r->id = e->header.id;
    r->time_ms = d->time_ms;
    r->target = lii_slice(d->targets[d->stage], LI_Z);
    r->function_name = lii_slice(e->lane->function->name, e->lane->function->name_len);
    r->function_arn = lii_slice(d->arn, LI_Z);
    r->trace = lii_slice(d->trace, LI_Z);
    if (d->stage == STAGE_DESTINATION) {
        r->kind = LI_RECORD_DESTINATION;
        r->body = lii_slice(d->record.data, d->record.len);
        return;
    }
    r->kind = LI_RECORD_DEAD_LETTER;
    r->body = lii_slice(e->payload, e->payload_len);
    d->attributes[0].name = LII_S("RequestID");
    d->attributes[0].type = LII_S("String");
    d->attributes[0].value = lii_slice(d->id, LI_Z);
    r->attributes = d->attributes;
    r->n_attributes = 1;
    if (e->status_code > 0) {
        d->attributes[1].name = LII_S("ErrorCode");
        d->attributes[1].type = LII_S("Number");
        d->attributes[1].value = lii_slice(d->code, LI_Z);
        d->attributes[2].name = LII_S("ErrorMessage");
        d->attributes[2].type = LII_S("String");
        d->attributes[2].value = lii_slice(d->message, LI_Z);
        r->n_attributes = 3;
    }
}

static void delivery_done(void *user, li_status status)
{
    lii_delivery *d = user;
    li_engine *engine = d->engine;

    pthread_mutex_lock(&engine->lock);
    d->reply = status;
    d->has_reply = 1;
    if (!d->in_put)
        lii_timer_set_locked(engine, &d->timer, lii_now_ns(engine));    /* reserved: cannot fail */
    pthread_mutex_unlock(&engine->lock);
}

/* The outcome to the disk before anybody hears of it (REL-7). 0: the delivery goes on when it is there. */
static int resolve(lii_delivery *d)
{
    li_engine *engine = d->engine;
    int replied;

    if (!engine->queue_ops.resolve)
        return 1;
    d->has_reply = 0;
    d->in_put = d->is_resolving = 1;
    if (engine->queue_ops.resolve(engine->queue, d->ending.token,
                                  is_success(&d->ending) ? LI_EVENT_SUCCEEDED : LI_EVENT_DELIVERED, d->record.data,
                                  d->record.len, delivery_done, d) != LI_OK) {
        d->in_put = d->is_resolving = 0;
        return 1;
    }
    lii_queue_changed(engine);
    pthread_mutex_lock(&engine->lock);
    replied = d->has_reply;
    d->in_put = 0;
    if (replied)
        d->is_resolving = d->has_reply = 0;
    pthread_mutex_unlock(&engine->lock);
    return replied;
}

/* What the fault plan says of this try. 1: it is not made, *replied says whether *status is its answer or it comes later. */
static int faulted(lii_delivery *d, li_status *status, int *replied)
{
    li_engine *engine = d->engine;
    uint64_t delay_ns;
    li_status set = LI_OK;

    *status = lii_fault_delivers(d->ending.lane, d->targets[d->stage], &d->ending.header.id, &delay_ns);
    *replied = *status != LI_OK;
    if (*replied || delay_ns == 0)
        return *replied;
    pthread_mutex_lock(&engine->lock);
    d->was_slow = 1;
    set = lii_timer_set_locked(engine, &d->timer, lii_now_ns(engine) + delay_ns);
    pthread_mutex_unlock(&engine->lock);
    return set == LI_OK;
}

/* A destination that does not answer fills its own backlog, and then is refused at once: nobody else waits for it (REL-64). */
static int has_room(lii_delivery *d)
{
    uint64_t limit = (uint64_t)LII_CONFIG(d->engine, destination_backlog);

    d->is_in_flight = atomic_fetch_add(&d->entry->in_flight, 1) < limit;
    if (!d->is_in_flight)
        atomic_fetch_sub(&d->entry->in_flight, 1);
    return d->is_in_flight;
}

/* The destination has answered, or was not asked. */
static void let_go(lii_delivery *d, li_status status)
{
    if (!d->entry)
        return;
    if (d->is_in_flight) {
        atomic_fetch_sub(&d->entry->in_flight, 1);
        atomic_fetch_add(status == LI_OK ? &d->entry->taken : &d->entry->refused, 1);
        if (status == LI_OK)
            atomic_store(&d->entry->failures, 0);
        else
            atomic_fetch_add(&d->entry->failures, 1);
    }
    d->is_in_flight = 0;
    lii_destination_release(d->engine, d->entry);
    d->entry = NULL;
}

/* One try of the present stage. 1: *status is its answer; 0: that comes later. */
static int put_once(lii_delivery *d, li_status *status)
{
    li_engine *engine = d->engine;
    li_record record;
    int replied;

    if (lii_fault_armed(engine, LII_FAULTS_DELIVERY) && !d->was_slow && faulted(d, status, &replied))
        return replied;
    d->was_slow = 0;
    lii_journal(engine, LI_STEP_DELIVERING, &d->ending.header.id, d->ending.lane->name, d->ending.header.starts,
                d->stage == STAGE_DEAD_LETTER ? "dead-letter" : "destination");
    d->entry = lii_destination_find(engine, d->targets[d->stage], status);
    if (!d->entry)
        return 1;
    if (!has_room(d)) {
        *status = LI_E_FULL;
        return 1;
    }
    fill_record(d, &record);
    d->has_reply = 0;
    d->in_put = 1;
    *status = d->entry->ops.put(d->entry->self, &record, delivery_done, d, NULL);
    if (*status != LI_OK)
        return 1;
    pthread_mutex_lock(&engine->lock);
    replied = d->has_reply;
    d->in_put = 0;
    *status = d->reply;
    pthread_mutex_unlock(&engine->lock);
    return replied;
}

/* After an answer: the next try (1: later, by timer), or the next stage (0). */
static int next_try(lii_delivery *d, li_status status)
{
    li_engine *engine = d->engine;
    uint64_t wait_ms;
    li_status set;

    let_go(d, status);
    if (status == LI_OK) {
        d->taken = 1;
    } else if (li_status_is_retryable(status) && d->tries + 1 < LII_CONFIG(engine, delivery_attempts)) {
        wait_ms = (uint64_t)LII_CONFIG(engine, delivery_wait_ms) << (d->tries < 20 ? d->tries : 20);
        d->tries++;
        pthread_mutex_lock(&engine->lock);
        set = lii_timer_set_locked(engine, &d->timer, lii_now_ns(engine) + wait_ms * LI_MS_NS);
        pthread_mutex_unlock(&engine->lock);
        if (set == LI_OK)
            return 1;
        failure_metric(d);
    } else {
        failure_metric(d);
    }
    d->stage++;
    d->tries = 0;
    return 0;
}

static void delivery_go(lii_delivery *d)
{
    li_status status;

    while (d->stage < STAGE_END) {
        if (d->targets[d->stage][0] == '\0') {
            d->stage++;
            continue;
        }
        d->was_asked = 1;
        if (!put_once(d, &status))
            return;
        if (next_try(d, status))
            return;
    }
    delivery_end(d);
}

static void delivery_run(lii_timer *timer)
{
    lii_delivery *d = timer->user;
    int replied;

    pthread_mutex_lock(&d->engine->lock);
    replied = d->has_reply;
    d->has_reply = 0;
    pthread_mutex_unlock(&d->engine->lock);
    if (replied && d->is_resolving)
        d->is_resolving = 0;     /* written, or as good as it gets: a crash from here on may run the handler again */
    else if (replied && d->entry && next_try(d, d->reply))
        return;
    delivery_go(d);
}

/* 1: something is to be told of this end. */
static int find_targets(const lii_ending *e, char on_result[520], char dead_letter[520], int *is_raw)
{
    li_function *function = e->lane->function;
    li_engine *engine = function->engine;
    const lii_event_config *config;
    const lii_code *code;
    const char *dlq = "";

    on_result[0] = dead_letter[0] = '\0';
    *is_raw = 0;
    pthread_mutex_lock(&engine->lock);
    config = lii_event_config_locked(e->lane);
    code = lii_code_locked(function, e->lane->qualifier);
    if (config)
        memcpy(on_result, is_success(e) ? config->on_success : config->on_failure, 520);
    if (!is_success(e))
        dlq = code ? code->dead_letter : e->lane->tombstone.dead_letter;
    if (dlq[0])
        snprintf(dead_letter, 520, "%s", dlq);
    if (code)
        *is_raw = (code->flags & LI_FUNCTION_RAW) != 0;
    pthread_mutex_unlock(&engine->lock);
    return on_result[0] || dead_letter[0];
}

static uint32_t record_count(const lii_ending *e)
{
    return is_success(e) ? 1 : e->header.starts;     /* INV-218: a success record always says 1 */
}

/* Nothing takes it: its state is final at once. */
static void finish_alone(li_engine *engine, const lii_ending *e, int is_raw)
{
    int32_t state = is_success(e) ? LI_EVENT_SUCCEEDED : LI_EVENT_DROPPED;
    lii_buf record;

    lii_buf_init(&record, &engine->allocator);
    if (LII_CONFIG(engine, outcome_records))
        lii_record_make(engine, e, li_engine_now_ms(engine), record_count(e), is_raw, &record);
    lii_event_terminal(engine, e, state, state == LI_EVENT_DROPPED ? e->drop_reason : LI_DROP_NONE,
                       record.status == LI_OK ? record.data : NULL, record.len);
    lii_buf_fini(&record);
}

/* One with its place in limits and heap; the record is still to be filled. NULL: no memory, or too many on their way. */
static lii_delivery *delivery_new(li_engine *engine, const lii_ending *e, li_status *status)
{
    li_slice trace = e->trace;
    lii_delivery *d = NULL;

    pthread_mutex_lock(&engine->lock);
    *status = (int64_t)engine->locked.deliveries < LII_CONFIG(engine, deliveries) ? LI_E_NOMEM : LI_E_FULL;
    if (*status != LI_E_FULL)
        d = lii_calloc(&engine->allocator, 1, sizeof *d);
    if (d && lii_timer_promise_locked(engine, &d->timer) != LI_OK) {
        lii_free(&engine->allocator, d);
        d = NULL;
    }
    if (d)
        engine->locked.deliveries++;
    pthread_mutex_unlock(&engine->lock);
    if (!d)
        return NULL;
    d->engine = engine;
    d->timer.run = delivery_run;
    d->timer.user = d;
    d->timer.is_once = 1;
    d->ending = *e;
    d->time_ms = li_engine_now_ms(engine);
    lii_buf_init(&d->record, &engine->allocator);
    lii_function_arn(e->lane->function, e->lane->qualifier[0] ? e->lane->qualifier : "$LATEST", d->arn, sizeof d->arn);
    li_id_format(&e->header.id, d->id);
    snprintf(d->code, sizeof d->code, "%d", e->status_code);
    lii_record_error_message(e, d->message, sizeof d->message);
    if (e->invocation)
        trace = lii_slice(li_invocation_get_trace(e->invocation), LI_Z);
    d->ending.invocation = NULL;
    d->trace = trace.len > 0 ? lii_copy_text(&engine->allocator, trace.ptr, trace.len) : NULL;
    *status = trace.len > 0 && !d->trace ? LI_E_NOMEM : LI_OK;
    return d;
}

/* The record: as it was resolved, or made now. */
static li_status fill_body(lii_delivery *d, const li_lease *resolved, int is_raw)
{
    if (resolved)
        return lii_buf_add(&d->record, resolved->record, resolved->record_len);
    return lii_record_make(d->engine, &d->ending, d->time_ms, record_count(&d->ending), is_raw, &d->record);
}

/* Too many on their way, or a record too large to be made: said, counted, not hidden. */
static void finish_lost(li_engine *engine, const lii_ending *e, int stage)
{
    lii_delivery lost;

    memset(&lost, 0, sizeof lost);
    lost.engine = engine;
    lost.ending = *e;
    lost.stage = stage;
    failure_metric(&lost);
    lii_event_terminal(engine, e, is_success(e) ? LI_EVENT_SUCCEEDED : LI_EVENT_DROPPED,
                       is_success(e) ? LI_DROP_NONE : LI_DROP_DESTINATION_FAILED, NULL, 0);
}

/* From here on its end is ours, however long a destination takes: the handler does not run again meanwhile. 0: the lease was
 * lost, and its bytes with it. */
static int keep_lease(const lii_ending *e)
{
    li_engine *engine = e->lane->engine;

    if (!engine->queue_ops.extend || engine->queue_ops.extend(engine->queue, e->token, UINT64_MAX) != LI_E_NOT_FOUND)
        return 1;
    lii_lease_lost(e->lane, &e->header);
    return 0;
}

static void finish(li_engine *engine, const lii_ending *e, const li_lease *resolved)
{
    char on_result[520], dead_letter[520];
    lii_delivery *d;
    li_status status;
    int is_raw;

    if (!find_targets(e, on_result, dead_letter, &is_raw)) {
        finish_alone(engine, e, is_raw);
        return;
    }
    if (!keep_lease(e))
        return;
    d = delivery_new(engine, e, &status);
    if (status == LI_OK)
        status = fill_body(d, resolved, is_raw);
    if (status != LI_OK) {
        if (d)
            delivery_free(d);
        if (status == LI_E_NOMEM)
            lii_event_postpone(e);
        else
            finish_lost(engine, e, on_result[0] ? STAGE_DESTINATION : STAGE_DEAD_LETTER);
        return;
    }
    memcpy(d->targets[STAGE_DESTINATION], on_result, sizeof on_result);
    memcpy(d->targets[STAGE_DEAD_LETTER], dead_letter, sizeof dead_letter);
    /* the response may go as soon as we return; the record has a copy of it, and the event's own bytes stay leased */
    d->ending.response = NULL;
    d->ending.has_response = 0;
    d->ending.error_message = NULL;
    if (resolved || resolve(d))
        delivery_go(d);
}

void lii_event_finish(li_engine *engine, const lii_ending *e)
{
    finish(engine, e, NULL);
}

/* What the record that was resolved says of the end: enough for the dead letter and the counts. */
static void read_record(lii_ending *e, const li_lease *lease)
{
    lii_json_value root, context, value;
    int64_t code = 0;

    e->condition = lease->outcome == LI_EVENT_SUCCEEDED ? LI_CONDITION_SUCCESS : LI_CONDITION_RETRIES_EXHAUSTED;
    e->drop_reason = LI_DROP_RETRIES_EXHAUSTED;
    if (lii_json_check(lease->record, lease->record_len, LII_JSON_DEPTH, NULL) != 0)
        return;
    root = lii_json_root(lease->record, lease->record_len);
    context = lii_json_get(root, "requestContext", 14);
    value = lii_json_get(context, "condition", 9);
    if (e->condition != LI_CONDITION_SUCCESS && value.type == LII_JSON_STRING) {
        if (lii_json_text_is(value, "EventAgeExceeded", 16)) {
            e->condition = LI_CONDITION_EVENT_AGE_EXCEEDED;
            e->drop_reason = LI_DROP_EVENT_AGE;
        } else if (lii_json_text_is(value, "ZeroReservedConcurrency", 23)) {
            e->condition = LI_CONDITION_ZERO_CONCURRENCY;
            e->drop_reason = LI_DROP_ZERO_CONCURRENCY;
        }
    }
    value = lii_json_get(lii_json_get(root, "responseContext", 15), "statusCode", 10);
    if (value.type == LII_JSON_NUMBER && lii_json_i64(value, &code) == 0)
        e->status_code = (int32_t)code;
    value = lii_json_get(root, "responsePayload", 15);
    if (value.type != LII_JSON_NONE) {
        e->has_response = 1;
        e->response = value.ptr;
        e->response_len = value.len;
    }
}

void lii_event_finish_again(lii_lane *lane, const li_lease *lease)
{
    lii_ending ending;

    memset(&ending, 0, sizeof ending);
    ending.lane = lane;
    ending.header = *lease->header;
    ending.token = lease->token;
    ending.payload = lease->payload;
    ending.payload_len = lease->header->payload_len;
    read_record(&ending, lease);
    finish(lane->engine, &ending, lease);
}
