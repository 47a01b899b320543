/* control.c - single events looked at, listed, cancelled, sent again; a function's events paused, resumed, purged. */
#include "engine/engine.h"
#include "engine/settings.h"

static lii_lane *lane_number(li_engine *engine, size_t number, int *is_end)
{
    lii_lane *lane = NULL;

    pthread_mutex_lock(&engine->lock);
    *is_end = number >= engine->locked.n_lanes;
    if (!*is_end)
        lane = engine->locked.lanes[number];
    pthread_mutex_unlock(&engine->lock);
    return lane;
}

/* Try every lane that may hold the event until try() says something else than LI_E_NOT_FOUND. */
static li_status in_lanes(li_engine *engine, const li_id *id, li_status (*try)(lii_lane *lane, const li_id *id, void *user),
                          void *user, int32_t *state)
{
    lii_lane *lane = lii_outcome_lane(engine, id, state);
    li_status status = LI_E_NOT_FOUND;
    size_t i;
    int is_end = 0;

    if (lane)
        return try(lane, id, user);
    for (i = 0; status == LI_E_NOT_FOUND; i++) {
        lane = lane_number(engine, i, &is_end);
        if (is_end)
            break;
        if (lane)
            status = try(lane, id, user);
    }
    return status;
}

static li_status not_found(const li_id *id, li_error *err)
{
    char text[LI_ID_TEXT_SIZE];

    li_id_format(id, text);
    return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_EVENT_NOT_FOUND, text, LI_Z, "no event %s waits, runs or is remembered", text);
}

/* ---- looking */

static void describe(const lii_lane *lane, const li_event_header *header, int32_t is_leased, li_event_info *info)
{
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    info->id = header->id;
    memcpy(info->function, lane->function->name, sizeof info->function);
    memcpy(info->qualifier, lane->qualifier, sizeof info->qualifier);
    info->accepted_ms = header->accepted_ms;
    info->due_ms = header->due_ms;
    info->payload_len = header->payload_len;
    info->state = is_leased ? LI_EVENT_RUNNING : LI_EVENT_WAITING;
    info->starts = header->starts;
    info->function_failures = header->function_failures;
    info->system_failures = header->system_failures;
}

/* A walk over the events of lanes: one by its id, or a page. */
typedef struct walk {
    const li_id *id;
    lii_lane *lane;
    li_event_info *infos;
    size_t n, max;
    uint64_t skip;
} walk;

static int32_t match_id(void *user, const li_event_header *header, int32_t is_leased)
{
    walk *w = user;

    if (memcmp(&header->id, w->id, sizeof *w->id) != 0)
        return 0;
    describe(w->lane, header, is_leased, w->infos);
    w->n = 1;
    return 1;
}

static li_status find_in(lii_lane *lane, const li_id *id, void *user)
{
    li_engine *engine = lane->engine;
    walk *w = user;

    (void)id;
    w->lane = lane;
    engine->queue_ops.each(engine->queue, lane->number, match_id, w);
    return w->n == 1 ? LI_OK : LI_E_NOT_FOUND;
}

static li_status cannot(const char *what, li_error *err)
{
    return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_BACKEND_METHOD, what, LI_Z, "the queue cannot %s", what);
}

li_status li_event_get(li_engine *engine, const li_id *id, li_event_info *info, li_error *err)
{
    li_event_info found;
    walk w = { id, NULL, &found, 0, 1, 0 };
    char text[LI_ID_TEXT_SIZE];
    int32_t state;

    if (!engine || !id || !info)
        return lii_is_null(err, "engine, id or info");
    if (lii_is_shut(engine))
        return lii_shut(engine, err);
    if (!engine->queue_ops.each)
        return cannot("list events", err);
    if (in_lanes(engine, id, find_in, &w, &state) != LI_OK) {
        li_id_format(id, text);
        return state < LI_EVENT_SUCCEEDED ? not_found(id, err)
                                          : lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_EVENT_NOT_FOUND, text, LI_Z,
                                                     "event %s has ended; its outcome is remembered", text);
    }
    return lii_options_write(info, &found, sizeof found);
}

static int32_t page_on(void *user, const li_event_header *header, int32_t is_leased)
{
    walk *w = user;

    if (w->skip > 0) {
        w->skip--;
        return 0;
    }
    if (w->n < w->max)
        describe(w->lane, header, is_leased, &w->infos[w->n++]);
    return w->n == w->max;
}

/* The lane of a function with the next qualifier in order; NULL: none. */
static lii_lane *next_lane(li_function *function, const lii_lane *after)
{
    lii_lane *lane, *next = NULL;

    pthread_mutex_lock(&function->engine->lock);
    for (lane = function->locked.lanes; lane; lane = lane->next)
        if ((!after || strcmp(lane->qualifier, after->qualifier) > 0) &&
            (!next || strcmp(lane->qualifier, next->qualifier) < 0))
            next = lane;
    pthread_mutex_unlock(&function->engine->lock);
    return next;
}

/* Is a lane meant by a name with that qualifier? Without one all are. */
static int is_meant(const lii_target_ref *target, const lii_lane *lane)
{
    return target->qualifier[0] == '\0' || strcmp(target->qualifier, lane->qualifier) == 0;
}

li_status li_event_each(li_engine *engine, const char *name, size_t name_len, const char *qualifier, size_t qualifier_len,
                        uint64_t skip, size_t max, void (*each)(void *user, const li_event_info *info), void *user,
                        li_error *err)
{
    walk w = { NULL, NULL, NULL, 0, max < LI_EVENT_PAGE ? max : LI_EVENT_PAGE, skip };
    lii_target_ref target;
    lii_lane *lane;
    li_status status;
    size_t i;

    if (!engine || !each)
        return lii_is_null(err, "engine or each");
    status = lii_function_find(engine, name, name_len, lii_slice(qualifier, qualifier_len), &target, err);
    if (status == LI_OK && !engine->queue_ops.each)
        status = cannot("list events", err);
    if (status != LI_OK || w.max == 0)
        return status;
    w.infos = lii_alloc(&engine->allocator, w.max * sizeof *w.infos);
    if (!w.infos)
        return lii_no_memory(err, "a list of events");
    for (lane = next_lane(target.function, NULL); lane && w.n < w.max; lane = next_lane(target.function, lane)) {
        w.lane = lane;
        if (is_meant(&target, lane))
            engine->queue_ops.each(engine->queue, lane->number, page_on, &w);
    }
    for (i = 0; i < w.n; i++)
        each(user, &w.infos[i]);
    lii_free(&engine->allocator, w.infos);
    return LI_OK;
}

/* ---- cancelling, sending again */

static li_status lease_in(lii_lane *lane, const li_id *id, void *user)
{
    li_engine *engine = lane->engine;
    lii_ending *ending = user;
    li_lease lease;
    li_status status = engine->queue_ops.take_id(engine->queue, lane->number, id, UINT64_MAX, &lease);

    if (status == LI_OK)
        lii_ending_init(ending, lane, lease.header, lease.token, lease.payload);
    return status;
}

li_status li_event_cancel(li_engine *engine, const li_id *id, li_error *err)
{
    char text[LI_ID_TEXT_SIZE];
    lii_ending ending;
    li_status status;
    int32_t state;

    if (!engine || !id)
        return lii_is_null(err, "engine or id");
    if (lii_is_shut(engine))
        return lii_shut(engine, err);
    if (!engine->queue_ops.take_id)
        return cannot("lease an event by its id", err);
    status = in_lanes(engine, id, lease_in, &ending, &state);
    li_id_format(id, text);
    if (status == LI_OK)
        lii_event_terminal(engine, &ending, LI_EVENT_DROPPED, LI_DROP_CANCELLED, NULL, 0);
    else if (status == LI_E_STATE)
        lii_fail(err, status, LI_DETAIL_EVENT_RUNS, text, LI_Z, "the event runs, or its record is being delivered");
    else if (status == LI_E_NOT_FOUND && state >= LI_EVENT_SUCCEEDED)
        status = lii_fail(err, LI_E_STATE, LI_DETAIL_EVENT_ENDED, text, LI_Z, "the event has ended");
    else if (status == LI_E_NOT_FOUND)
        not_found(id, err);
    else
        lii_fail(err, status, LI_DETAIL_NONE, text, LI_Z, "%s", li_strerror(status));
    return status;
}

li_status li_event_redrive(li_engine *engine, const li_id *id, li_id *new_id, li_error *err)
{
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;
    lii_lane *lane = NULL;
    char *payload = NULL;
    li_status status;
    size_t len = 0;

    if (!engine || !id)
        return lii_is_null(err, "engine or id");
    if (lii_is_shut(engine))
        return lii_shut(engine, err);
    status = lii_outcome_payload_take(engine, id, &lane, &payload, &len, err);
    if (status != LI_OK)
        return status;
    if (lane->qualifier[0])
        o.qualifier = lii_slice(lane->qualifier, LI_Z);
    o.flags = LI_INVOKE_TRUSTED;
    status = li_invoke_event(engine, lane->function->name, lane->function->name_len, payload, len, &o, new_id, err);
    if (status == LI_OK)
        lii_free(&engine->allocator, payload);
    else
        lii_outcome_payload_give(engine, id, payload, len);
    return status;
}

/* ---- a function's events */

void lii_function_resume_locked(li_function *function)
{
    lii_lane *lane;

    if (!function->locked.is_paused)
        return;
    function->locked.is_paused = 0;
    for (lane = function->locked.lanes; lane; lane = lane->next)
        lii_lane_arm_locked(lane, lii_now_ns(function->engine));
}

static li_status set_paused(li_engine *engine, const char *name, size_t name_len, int32_t is_paused, li_error *err)
{
    li_function *function = NULL;
    lii_function_row row;
    int32_t before = 0;
    li_status status;

    if (!engine)
        return lii_is_null(err, "engine");
    status = lii_find_unqualified(engine, name, name_len, &function, err);
    if (status != LI_OK)
        return status;
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    if (lii_function_exists_locked(function)) {
        before = function->locked.is_paused;
        lii_function_row_locked(function, &row);
        row.is_paused = is_paused;
        if (before != is_paused)
            status = lii_settings_function_locked(function, &row, err);
        if (status != LI_OK)
            before = is_paused;
        else if (is_paused)
            function->locked.is_paused = 1;
        else
            lii_function_resume_locked(function);
    } else {
        status = lii_not_found(engine, function->name, function->name_len, "", err);
    }
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    if (status == LI_OK && before != is_paused)
        lii_journal(engine, LI_STEP_FUNCTION, NULL, function->name, 0, is_paused ? "paused" : "resumed");
    return status;
}

li_status li_function_pause(li_engine *engine, const char *name, size_t name_len, li_error *err)
{
    return set_paused(engine, name, name_len, 1, err);
}

li_status li_function_resume(li_engine *engine, const char *name, size_t name_len, li_error *err)
{
    return set_paused(engine, name, name_len, 0, err);
}

/* Those that wait now: who accepts as fast as we purge does not keep us here. */
static li_status purge_lane(lii_lane *lane, uint64_t *n_purged)
{
    li_engine *engine = lane->engine;
    li_queue_stats stats = { sizeof stats, 0, 0, 0, 0 };
    li_status status = LI_OK;
    uint64_t left;

    engine->queue_ops.stats(engine->queue, lane->number, &stats);
    for (left = stats.pending; left > 0 && status == LI_OK;) {
        li_lease leases[LII_BATCH];
        size_t n = 0, i;

        status = engine->queue_ops.take(engine->queue, lane->number, UINT64_MAX, UINT64_MAX,
                                        left < LII_BATCH ? (size_t)left : LII_BATCH, leases, &n);
        if (status == LI_OK && n == 0)
            break;
        for (i = 0; status == LI_OK && i < n; i++) {
            lii_ending ending;

            lii_ending_init(&ending, lane, leases[i].header, leases[i].token, leases[i].payload);
            lii_event_terminal(engine, &ending, LI_EVENT_DROPPED, LI_DROP_PURGED, NULL, 0);
        }
        left -= n;
        *n_purged += n;
    }
    return status;
}

li_status li_function_purge(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                            size_t qualifier_len, uint64_t *n_purged, li_error *err)
{
    lii_target_ref target;
    uint64_t n = 0;
    lii_lane *lane;
    li_status status;

    if (!engine)
        return lii_is_null(err, "engine");
    status = lii_function_find(engine, name, name_len, lii_slice(qualifier, qualifier_len), &target, err);
    if (status != LI_OK)
        return status;
    for (lane = next_lane(target.function, NULL); lane && status == LI_OK; lane = next_lane(target.function, lane))
        if (is_meant(&target, lane))
            status = purge_lane(lane, &n);
    if (n_purged)
        *n_purged = n;
    if (n > 0)
        lii_journal(engine, LI_STEP_FUNCTION, NULL, target.function->name, 0, "purged");
    return status == LI_OK ? LI_OK : lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "%s", li_strerror(status));
}
