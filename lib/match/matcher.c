/* matcher.c - one writer, many readers, no waiting between them.
 *
 * A reader takes a scratch that nobody has (or makes one) by writing the present epoch into it, and only then loads the pointers
 * that it will follow; when it leaves, it writes 0. What the writer replaces it retires: it puts the new pointer in place, moves
 * the epoch on, and frees the old thing once no scratch has an epoch from before. Stores and loads of both sides are
 * sequentially consistent: either the writer sees the reader's epoch, or the reader sees the new pointer. The 0 is released, and
 * who sees it acquires: all reading is over then. */
#include "match/matcher.h"

#include "base/error.h"
#include "base/options.h"

enum { DEAD_FEW = 64 };  /* so many removed rules are not worth making the core anew */

li_status lii_pattern_options_read(const li_pattern_options *given, li_pattern_options *out)
{
    const li_pattern_options defaults = LI_PATTERN_OPTIONS_INIT;
    li_status status;

    *out = defaults;
    status = lii_options_read(out, sizeof *out, given, "li_pattern_options", NULL);
    if (status != LI_OK)
        return status;
    if (out->dialect < LI_DIALECT_EVENTBRIDGE || out->dialect > LI_DIALECT_SNS_BODY || out->reserved != 0 ||
        out->flags & ~(uint32_t)(LI_PATTERN_STRICT_PATHS | LI_PATTERN_LEGACY_OR) || out->max_depth < 1 ||
        out->max_depth > LII_JSON_DEPTH || out->max_event_depth < 1 || out->max_event_depth > LII_JSON_DEPTH ||
        out->max_combinations < 1 || out->max_bytes < 1)
        return LI_E_INVALID;
    return LI_OK;
}

static li_status init(lii_matcher *m, const li_pattern_options *options)
{
    lii_core *core;
    li_status status = lii_pattern_options_read(options, &m->options);

    if (status == LI_OK)
        status = lii_core_new(&m->allocator, &core);
    if (status != LI_OK)
        return status;
    if (pthread_mutex_init(&m->locked.lock, NULL) != 0) {
        lii_core_free(core);
        return LI_E_NOMEM;
    }
    atomic_init(&m->core, core);
    atomic_init(&m->epoch, 1);
    lii_plan_init(&m->locked.plan, &m->allocator);
    return LI_OK;
}

li_status lii_matcher_new(size_t size, const li_allocator *allocator, const li_pattern_options *options, lii_matcher **owner)
{
    li_allocator ours;
    lii_matcher *made;
    li_status status = lii_allocator_read(allocator, &ours, NULL);

    if (status != LI_OK)
        return status;
    made = lii_calloc(&ours, 1, size);
    if (made == NULL)
        return LI_E_NOMEM;
    made->allocator = ours;
    status = init(made, options);
    if (status == LI_OK)
        *owner = made;
    else
        lii_free(&ours, made);
    return status;
}

/* ---- readers */

static lii_scratch *new_scratch(lii_matcher *m)
{
    lii_scratch *s = lii_alloc(&m->allocator, sizeof *s);

    if (s == NULL)
        return NULL;
    lii_scratch_init(s, &m->allocator);
    atomic_init(&s->active, atomic_load(&m->epoch));
    s->next = atomic_load_explicit(&m->scratches, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&m->scratches, &s->next, s, memory_order_release, memory_order_relaxed))
        continue;
    return s;
}

lii_scratch *lii_matcher_enter(lii_matcher *m, li_status *status)
{
    lii_scratch *s = atomic_load_explicit(&m->scratches, memory_order_acquire);
    uint64_t idle;

    for (; s; s = s->next) {
        idle = 0;
        if (atomic_load_explicit(&s->active, memory_order_relaxed) == 0 &&
            atomic_compare_exchange_strong(&s->active, &idle, atomic_load(&m->epoch)))
            break;
    }
    if (s == NULL)
        s = new_scratch(m);
    *status = LI_E_NOMEM;
    if (s == NULL)
        return NULL;
    s->core = atomic_load(&m->core);
    *status = lii_scratch_begin(s, s->core, atomic_load_explicit(&m->changes, memory_order_acquire));
    if (*status == LI_OK)
        return s;
    lii_matcher_leave(s);
    return NULL;
}

void lii_matcher_leave(lii_scratch *s)
{
    atomic_store_explicit(&s->active, 0, memory_order_release);
}

li_status lii_matcher_read(lii_matcher *m, lii_scratch *s, const lii_subject *subject, li_error *err)
{
    if (subject->is_event)
        return lii_walk_event(s, subject->event, subject->len, m->options.max_event_depth, err);
    return lii_walk_attributes(s, subject->attributes, subject->n_attributes, err);
}

li_status lii_matcher_match(lii_matcher *m, const lii_subject *subject, li_error *err,
                            int32_t (*each)(void *user, uint64_t id), void *user)
{
    li_status status;
    lii_scratch *s = lii_matcher_enter(m, &status);

    if (s == NULL)
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "%s", li_strerror(status));
    status = lii_matcher_read(m, s, subject, err);
    if (status == LI_OK) {
        status = lii_verify(s, each, user);
        if (status != LI_OK)
            lii_fail(err, status, status == LI_E_FULL ? LI_DETAIL_EVENT_ELEMENTS : LI_DETAIL_NONE, NULL, 0, "%s",
                     status == LI_E_FULL ? li_detail_text(LI_DETAIL_EVENT_ELEMENTS) : li_strerror(status));
    }
    lii_matcher_leave(s);
    return status;
}

/* ---- the writer */

/* Whether a reader may still be in what was retired at that epoch. */
static int is_in_use(lii_matcher *m, uint64_t epoch)
{
    const lii_scratch *s = atomic_load_explicit(&m->scratches, memory_order_acquire);
    uint64_t active;

    for (; s; s = s->next) {
        active = atomic_load(&s->active);
        if (active != 0 && active <= epoch)
            return 1;
    }
    return 0;
}

static void free_waiting_locked(lii_matcher *m)
{
    while (m->locked.waiting) {
        lii_retired_core *retired = m->locked.waiting;

        m->locked.waiting = retired->next;
        lii_core_free(retired->core);
        lii_free(&m->allocator, retired);
    }
    lii_slots_free_all(&m->allocator, m->locked.waiting_slots);
    lii_filters_free_all(&m->allocator, m->locked.waiting_filters);
    m->locked.waiting_slots = NULL;
    m->locked.waiting_filters = NULL;
    m->locked.waiting_epoch = 0;
}

/* What has been replaced since waits from now on. */
static void begin_to_wait_locked(lii_matcher *m)
{
    lii_core *core = atomic_load_explicit(&m->core, memory_order_relaxed);

    if (!m->locked.retired && !core->retired_slots && !core->retired_filters)
        return;
    m->locked.waiting = m->locked.retired;
    m->locked.waiting_slots = core->retired_slots;
    m->locked.waiting_filters = core->retired_filters;
    m->locked.retired = NULL;
    core->retired_slots = NULL;
    core->retired_filters = NULL;
    m->locked.waiting_epoch = atomic_fetch_add(&m->epoch, 1);
}

/* After a change: free what no reader can be in, once for what waited and once for what is new. */
static void reclaim_locked(lii_matcher *m)
{
    int i;

    for (i = 0; i < 2; i++) {
        if (m->locked.waiting_epoch == 0)
            begin_to_wait_locked(m);
        if (m->locked.waiting_epoch != 0 && !is_in_use(m, m->locked.waiting_epoch))
            free_waiting_locked(m);
    }
}

static li_status add_plan_locked(lii_matcher *m, uint64_t id, const lii_plan *plan)
{
    uint64_t change = atomic_load_explicit(&m->changes, memory_order_relaxed) + 1;
    lii_rule *rule;
    li_status status = lii_core_add(atomic_load_explicit(&m->core, memory_order_relaxed), id, change, plan, &rule);

    if (status == LI_OK) {
        atomic_store_explicit(&m->changes, change, memory_order_release);
        atomic_fetch_add_explicit(&m->count, 1, memory_order_relaxed);
    }
    reclaim_locked(m);
    return status;
}

/* A plan of its own is read from the text first. */
static li_status add(lii_matcher *m, uint64_t id, const char *text, size_t len, const lii_plan *plan, li_pattern_error *error)
{
    li_status status = LI_OK;

    pthread_mutex_lock(&m->locked.lock);
    if (lii_core_find(atomic_load_explicit(&m->core, memory_order_relaxed), id))
        status = LI_E_CONFLICT;
    else if (plan == &m->locked.plan)
        status = lii_plan_read(&m->locked.plan, &m->options, text, len, error);
    if (status == LI_OK)
        status = add_plan_locked(m, id, plan);
    pthread_mutex_unlock(&m->locked.lock);
    return status;
}

li_status lii_matcher_add(lii_matcher *m, uint64_t id, const char *text, size_t len, li_pattern_error *error)
{
    return add(m, id, text, len, &m->locked.plan, error);
}

li_status lii_matcher_add_plan(lii_matcher *m, uint64_t id, const lii_plan *plan)
{
    return add(m, id, NULL, 0, plan, NULL);
}

static lii_core *copy_living(lii_matcher *m, const lii_core *old)
{
    const lii_rule *rule;
    lii_rule *copy;
    lii_core *core;
    size_t at = 0;

    if (lii_core_new(&m->allocator, &core) != LI_OK)
        return NULL;
    while ((rule = lii_core_next(old, &at)) != NULL)
        if (lii_core_copy(core, 0, rule, &copy) != LI_OK) {
            lii_core_free(core);
            return NULL;
        }
    return core;
}

/* Most rules have been removed: make the core anew. Without memory for that all stays as it is. */
static void renew_locked(lii_matcher *m, lii_core *old)
{
    lii_retired_core *retired = lii_alloc(&m->allocator, sizeof *retired);
    lii_core *core = retired ? copy_living(m, old) : NULL;

    if (core == NULL) {
        lii_free(&m->allocator, retired);
        return;
    }
    retired->core = old;
    retired->next = m->locked.retired;
    m->locked.retired = retired;
    atomic_store(&m->core, core);
    reclaim_locked(m);
}

li_status lii_matcher_remove(lii_matcher *m, uint64_t id)
{
    lii_core *core;
    lii_rule *rule;

    pthread_mutex_lock(&m->locked.lock);
    core = atomic_load_explicit(&m->core, memory_order_relaxed);
    rule = lii_core_find(core, id);
    if (rule) {
        atomic_fetch_or_explicit(&rule->flags, LII_RULE_DEAD, memory_order_relaxed);
        atomic_fetch_sub_explicit(&m->count, 1, memory_order_relaxed);
        core->n_dead++;
        if (core->n_dead > DEAD_FEW && core->n_dead > core->n_rules / 2)
            renew_locked(m, core);
    }
    pthread_mutex_unlock(&m->locked.lock);
    return rule ? LI_OK : LI_E_NOT_FOUND;
}

void lii_matcher_free(lii_matcher *m)
{
    li_allocator allocator = m->allocator;
    lii_scratch *s = atomic_load_explicit(&m->scratches, memory_order_acquire), *next;

    for (; s; s = next) {
        next = s->next;
        lii_scratch_fini(s);
        lii_free(&m->allocator, s);
    }
    free_waiting_locked(m);
    m->locked.waiting = m->locked.retired;
    free_waiting_locked(m);
    lii_core_free(atomic_load_explicit(&m->core, memory_order_relaxed));
    lii_plan_fini(&m->locked.plan);
    pthread_mutex_destroy(&m->locked.lock);
    lii_free(&allocator, m);
}
