/* submit.c - the straight way in of one event that asks for nothing but to be run, while nobody listens: checked, named, put.
 * It locks nothing and allocates nothing of its own; whatever is otherwise, and all that goes wrong, goes by accept.c. */
#include "engine/faults.h"
#include "json/scan.h"

/* What an event can ask for beside its payload, as one word: 0 nothing. */
static uint64_t asks(const li_invoke_options *o)
{
    return (uint64_t)(uintptr_t)o->qualifier.ptr | (uint64_t)(uintptr_t)o->idempotency_key.ptr |
           (uint64_t)(uintptr_t)o->trace.ptr | o->not_before_ms;
}

/* No line is written, nothing is remembered, no fault strikes, and no trace is inherited from a handler on this thread. */
static int is_quiet(const li_engine *engine)
{
    return lii_detours(engine) == 0 && LII_CONFIG(engine, journal_lines) == 0 && LII_CONFIG(engine, outcomes) == 0 &&
           !lii_fault_armed(engine, LII_FAULTS_ACCEPT) && !lii_frame_top() && (engine->queue_ops.caps & LI_QUEUE_AT_ONCE);
}

/* Active, without a qualifier, and with a lane. NULL: it may be all the same, by another way. */
static lii_lane *plain_lane(li_engine *engine, li_slice name, uint32_t *flags)
{
    const li_function *function = name.ptr ? lii_index_find(&engine->index, name.ptr, lii_len(name.ptr, name.len)) : NULL;
    unsigned plain;

    if (!function || !atomic_load_explicit(&function->exists, memory_order_acquire))
        return NULL;
    plain = atomic_load_explicit(&function->plain, memory_order_relaxed);
    *flags = plain & ~(unsigned)LII_PLAIN;
    return plain & LII_PLAIN ? atomic_load_explicit(&function->plain_lane, memory_order_acquire) : NULL;
}

static void put_done(void *user, li_status status)
{
    *(li_status *)user = status;
}

static void tell(li_engine *engine, li_event_accepted on_accepted, void *user, const li_id *id)
{
    lii_frame frame;

    lii_frame_push(&frame, engine, NULL);
    on_accepted(user, LI_OK, id);
    lii_frame_pop(&frame);
}

int lii_submit_straight(li_engine *engine, const li_event_request *given, li_id *id, li_event_accepted on_accepted, void *user)
{
    static const li_invoke_options no_options = LI_INVOKE_OPTIONS_INIT;
    const li_invoke_options *o = given->options ? given->options : &no_options;
    li_status accepted = LI_OK;
    li_queue_event event;
    lii_id_words words;
    uint64_t now_ns;
    uint32_t flags;
    lii_lane *lane;

    if (o->size != sizeof *o || asks(o) || !is_quiet(engine) || !given->payload.ptr ||
        given->payload.len - 1 >= (uint64_t)LII_CONFIG(engine, async_request_bytes))
        return 0;
    lane = plain_lane(engine, given->name, &flags);
    if (!lane || (!(o->flags & LI_INVOKE_TRUSTED) && !(flags & LI_FUNCTION_RAW) &&
                  lii_json_validate(given->payload.ptr, given->payload.len, NULL) != LI_OK))
        return 0;
    now_ns = lii_now_ns(engine);
    words = lii_id_of_stream(engine->id_stream, atomic_fetch_add_explicit(&engine->n_ids, 1, memory_order_relaxed));
    lii_id_store(&event.header.id, words);
    event.header.accepted_ms = event.header.due_ms = lii_ms_of_ns(engine, now_ns);
    event.header.lane = lane->number;
    event.header.starts = event.header.function_failures = 0;
    event.header.system_failures = 0;
    event.header.payload_len = (uint32_t)given->payload.len;
    event.header.tail_len = 0;
    event.payload = given->payload.ptr;
    event.tail = NULL;
    if (engine->queue_ops.put(engine->queue, &event, 1, put_done, &accepted, NULL) != LI_OK)
        return 0;
    if (id)
        lii_id_store(id, words);
    if (accepted != LI_OK) {
        lii_accept_ended(lane, &event.header.id, now_ns, event.header.due_ms, on_accepted, user, accepted);
        return 1;
    }
    lii_outcome_counted(engine, LI_EVENT_WAITING, 1);
    lii_lane_received(lane, 1, now_ns);
    if (on_accepted)
        tell(engine, on_accepted, user, &event.header.id);
    lii_queue_changed(engine);
    return 1;
}
