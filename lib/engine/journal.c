/* journal.c - lines of what the engine does: a ring of the newest, a listener, and their text. */
#include <stdio.h>

#include "engine/engine.h"

static const struct {
    int32_t step;
    const char *name;
} steps[] = {
#define STEP(name, value, text) { value, text },
    LI_STEP_MAP(STEP)
#undef STEP
};

const char *li_step_name(int32_t step)
{
    size_t i;

    for (i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i].step == step)
            return steps[i].name;
    return "unknown";
}

li_status lii_journal_new(li_engine *engine)
{
    if (pthread_mutex_init(&engine->journal.lock, NULL) != 0)
        return LI_E_NOMEM;
    return LI_OK;
}

void lii_journal_free(li_engine *engine)
{
    lii_free(&engine->allocator, engine->journal.ring);
    pthread_mutex_destroy(&engine->journal.lock);
}

/* The ring follows its setting at the next line; when there is no memory for it, the old one goes on. */
static void size_ring(li_engine *engine)
{
    size_t n = (size_t)LII_CONFIG(engine, journal_lines), i, keep;
    uint64_t last = engine->journal.sequence;
    li_journal_line *ring = NULL;

    if (n > 0 && (ring = lii_calloc(&engine->allocator, n, sizeof *ring)) == NULL)
        return;
    keep = engine->journal.n_ring < n ? engine->journal.n_ring : n;
    for (i = 0; i < keep && i < last; i++) {
        uint64_t sequence = last - i;

        ring[sequence % n] = engine->journal.ring[sequence % engine->journal.n_ring];
    }
    lii_free(&engine->allocator, engine->journal.ring);
    engine->journal.ring = ring;
    engine->journal.n_ring = n;
    engine->journal.at = n > 0 ? (size_t)(last % n) : 0;
}

/* Where the next line goes: sequence % n_ring, without dividing each time. NULL: there is no ring. */
static li_journal_line *place_locked(li_engine *engine)
{
    if (engine->journal.n_ring != (size_t)LII_CONFIG(engine, journal_lines))
        size_ring(engine);
    if (engine->journal.n_ring == 0)
        return NULL;
    if (++engine->journal.at >= engine->journal.n_ring)
        engine->journal.at = 0;
    return &engine->journal.ring[engine->journal.at];
}

static void add_locked(li_engine *engine, int32_t step, const li_id *id, const char *function, uint32_t attempt,
                       const char *why, uint64_t time_ns)
{
    li_journal_line *line = place_locked(engine), none;
    static const li_id no_id;

    if (!line)
        line = &none;
    line->size = sizeof *line;
    line->sequence = ++engine->journal.sequence;
    line->time_ns = time_ns;
    line->time_ms = lii_ms_of_ns(engine, time_ns);
    line->id = id ? *id : no_id;
    line->function = function ? function : "";
    line->why = why ? why : "";
    line->step = step;
    line->attempt = attempt;
    if (engine->journal.callback) {
        lii_frame frame;

        lii_frame_push(&frame, engine, NULL);
        frame.depth = LII_TELLING;
        engine->journal.callback(engine->journal.user, line);
        lii_frame_pop(&frame);
    }
}

void lii_journal_write(li_engine *engine, int32_t step, const li_id *id, const char *function, uint32_t attempt,
                       const char *why)
{
    uint64_t now = lii_now_ns(engine);

    pthread_mutex_lock(&engine->journal.lock);
    if (step < LI_STEP_INIT || LII_CONFIG(engine, journal_steps) || engine->journal.callback)
        add_locked(engine, step, id, function, attempt, why, now);
    pthread_mutex_unlock(&engine->journal.lock);
}

void lii_journal_accepted(li_engine *engine, const li_id *ids, lii_lane *const *lanes, size_t n, uint64_t now)
{
    size_t i;

    if (!lii_journal_has_lines(engine))
        return;
    pthread_mutex_lock(&engine->journal.lock);
    for (i = 0; i < n; i++)
        add_locked(engine, LI_STEP_ACCEPTED, &ids[i], lanes[i]->name, 0, "", now);
    pthread_mutex_unlock(&engine->journal.lock);
}

li_status li_journal_listen(li_engine *engine, li_journal_callback callback, void *user)
{
    if (lii_is_shut(engine))
        return lii_shut(engine, NULL);
    pthread_mutex_lock(&engine->journal.lock);
    engine->journal.callback = callback;
    engine->journal.user = user;
    lii_detour_set(engine, LII_DETOUR_LISTENER, callback != NULL);
    pthread_mutex_unlock(&engine->journal.lock);
    return LI_OK;
}

uint64_t li_journal_each(li_engine *engine, uint64_t since, li_journal_callback callback, void *user)
{
    uint64_t count = 0, last, sequence, oldest;

    if (lii_is_shut(engine))
        return 0;
    pthread_mutex_lock(&engine->journal.lock);
    last = engine->journal.sequence;
    oldest = last > engine->journal.n_ring ? last - engine->journal.n_ring + 1 : 1;
    for (sequence = since < oldest ? oldest : since + 1; since < last && sequence <= last; sequence++) {
        li_journal_line line;

        if (engine->journal.n_ring == 0 || engine->journal.sequence - sequence >= engine->journal.n_ring)
            continue;                       /* overwritten while the lock was open */
        line = engine->journal.ring[sequence % engine->journal.n_ring];
        if (line.sequence != sequence)
            continue;
        pthread_mutex_unlock(&engine->journal.lock);
        callback(user, &line);
        count++;
        pthread_mutex_lock(&engine->journal.lock);
    }
    pthread_mutex_unlock(&engine->journal.lock);
    return count;
}

size_t li_journal_format(const li_journal_line *line, char *out, size_t out_size)
{
    static const li_id none;
    char id[LI_ID_TEXT_SIZE] = "", at[LII_TIME_SIZE];
    int n;

    if (memcmp(&line->id, &none, sizeof none) != 0)
        li_id_format(&line->id, id);
    lii_time_ms(line->time_ms, at);
    n = snprintf(out, out_size,
                 "{\"seq\":%llu,\"t\":%llu,\"n\":%u,\"id\":\"%s\",\"fn\":\"%s\",\"at\":\"%s\",\"step\":\"%s\",\"why\":\"%s\"}",
                 (unsigned long long)line->sequence, (unsigned long long)line->time_ns, line->attempt, id, line->function,
                 at, li_step_name(line->step), line->why);
    return n < 0 ? 0 : (size_t)n;
}

void lii_engine_journal(li_engine *engine, int32_t step, const li_id *id, const char *function, uint32_t attempt,
                        const char *why)
{
    lii_journal(engine, step, id, function, attempt, why);
}
