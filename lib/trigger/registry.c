/* registry.c - the registry of triggers of an engine: made, read from the store, found by id, by source and in order of creation. */
#include <stdio.h>

#include "engine/names.h"
#include "trigger/firing.h"
#include "trigger/trigger.h"

/* NAME or NAME:QUALIFIER, kept for journal lines. */
li_status lii_trigger_name_locked(lii_triggers *r, li_trigger *t)
{
    li_slice none = { NULL, 0 };
    char text[LII_FUNCTION_MAX + 2];
    lii_name name;
    int n;

    memset(&name, 0, sizeof name);
    if (lii_name_parse(t->function.ptr, t->function.len, none, &name, NULL) != LI_OK)
        name.function = t->function;
    n = snprintf(text, sizeof text, "%.*s%s%.*s", (int)name.function.len, name.function.ptr,
                 name.qualifier.len > 0 ? ":" : "", (int)name.qualifier.len,
                 name.qualifier.len > 0 ? name.qualifier.ptr : "");
    t->journal_name = lii_intern_text(&r->locked.names, text, (size_t)n);
    return t->journal_name ? LI_OK : LI_E_NOMEM;
}

li_status lii_list_reserve_locked(lii_triggers *r)
{
    size_t cap = r->locked.cap ? r->locked.cap * 2 : 16;
    li_trigger **list;

    if (r->locked.count < r->locked.cap)
        return LI_OK;
    list = lii_realloc(r->allocator, r->locked.list, cap * sizeof(*list));
    if (!list)
        return LI_E_NOMEM;
    r->locked.list = list;
    r->locked.cap = cap;
    return LI_OK;
}

/* The place in the list, which is in order of sequence. */
size_t lii_trigger_place_locked(const lii_triggers *r, const li_trigger *t)
{
    size_t low = 0, high = r->locked.count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (r->locked.list[middle]->sequence < t->sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A chain is in no order: its first is in the table. */
static lii_trigger_chain *chain_of(li_trigger *t, int which)
{
    return which == LII_AT_SOURCE ? &t->same : &t->at;
}

static li_slice key_of(const li_trigger *t, int which)
{
    return which == LII_AT_SOURCE ? lii_slice(t->source_arn, strlen(t->source_arn)) : lii_option_text(t, t->kind->place);
}

static li_status link_locked(lii_table *firsts, li_trigger *t, int which)
{
    li_slice key = key_of(t, which);
    li_trigger *first = lii_table_get(firsts, key.ptr, key.len);
    lii_trigger_chain *mine = chain_of(t, which), *of_first;

    if (!first)
        return lii_table_put(firsts, key.ptr, key.len, t, NULL);
    of_first = chain_of(first, which);
    mine->prev = first;
    mine->next = of_first->next;
    if (mine->next)
        chain_of(mine->next, which)->prev = t;
    of_first->next = t;
    return LI_OK;
}

static void unlink_locked(lii_table *firsts, li_trigger *t, int which)
{
    lii_trigger_chain *mine = chain_of(t, which);
    li_slice key = key_of(t, which);

    if (mine->next)
        chain_of(mine->next, which)->prev = mine->prev;
    if (mine->prev) {
        chain_of(mine->prev, which)->next = mine->next;
    } else {
        lii_table_remove(firsts, key.ptr, key.len);
        if (mine->next) {        /* there is room: one has just gone */
            key = key_of(mine->next, which);
            lii_table_put(firsts, key.ptr, key.len, mine->next, NULL);
        }
    }
    mine->next = mine->prev = NULL;
}

static int has_place(const li_trigger *t)
{
    return t->kind->place && lii_option_text(t, t->kind->place).len > 0;
}

/* LI_E_NOMEM: it is not among them. */
li_status lii_source_link_locked(lii_triggers *r, li_trigger *t)
{
    li_status status = link_locked(&r->locked.by_source, t, LII_AT_SOURCE);

    if (status == LI_OK && has_place(t) && (status = link_locked(&r->locked.by_place, t, LII_AT_PLACE)) != LI_OK)
        unlink_locked(&r->locked.by_source, t, LII_AT_SOURCE);
    return status;
}

void lii_source_unlink_locked(lii_triggers *r, li_trigger *t)
{
    unlink_locked(&r->locked.by_source, t, LII_AT_SOURCE);
    if (has_place(t))
        unlink_locked(&r->locked.by_place, t, LII_AT_PLACE);
}

/* One that the store has kept. Without memory it stays in the store only. */
static void take_stored(void *user, li_trigger *t)
{
    lii_triggers *r = user;
    size_t i;

    pthread_mutex_lock(&r->locked.lock);
    if (lii_table_get(&r->locked.by_id, t->id, strlen(t->id)) || lii_trigger_name_locked(r, t) != LI_OK ||
        lii_list_reserve_locked(r) != LI_OK || lii_table_reserve(&r->locked.by_id, 1) != LI_OK || lii_source_link_locked(r, t) != LI_OK) {
        pthread_mutex_unlock(&r->locked.lock);
        lii_trigger_release(t);
        return;
    }
    lii_table_put(&r->locked.by_id, t->id, strlen(t->id), t, NULL);      /* there is room */
    for (i = r->locked.count++; i > 0 && r->locked.list[i - 1]->sequence > t->sequence; i--)
        r->locked.list[i] = r->locked.list[i - 1];
    r->locked.list[i] = t;
    t->is_listed = 1;
    if (t->sequence > r->locked.sequence)
        r->locked.sequence = t->sequence;
    if (t->is_enabled)
        lii_firing_resume_locked(r, t);
    pthread_mutex_unlock(&r->locked.lock);
}

static uint64_t registry_count(void *registry)
{
    lii_triggers *r = registry;
    uint64_t n;

    pthread_mutex_lock(&r->locked.lock);
    n = r->locked.count;
    pthread_mutex_unlock(&r->locked.lock);
    return n;
}

static void *registry_make(li_engine *engine)
{
    const li_allocator *allocator = lii_engine_allocator(engine);
    lii_triggers *r = lii_calloc(allocator, 1, sizeof *r);

    if (!r)
        return NULL;
    r->zones = lii_engine_zones(engine);
    if ((!r->zones && li_zones_new(allocator, NULL, &r->own_zones, NULL) != LI_OK) ||
        pthread_mutex_init(&r->locked.lock, NULL) != 0) {
        li_zones_free(r->own_zones);
        lii_free(allocator, r);
        return NULL;
    }
    if (!r->zones)
        r->zones = r->own_zones;
    if (pthread_mutex_init(&r->changing, NULL) != 0 || pthread_mutex_init(&r->loading, NULL) != 0) {
        pthread_mutex_destroy(&r->locked.lock);
        li_zones_free(r->own_zones);
        lii_free(allocator, r);
        return NULL;
    }
    r->engine = engine;
    r->allocator = allocator;
    r->timer.run = lii_firing_run;
    r->timer.user = r;
    lii_table_init(&r->locked.by_id, allocator);
    lii_table_init(&r->locked.by_source, allocator);
    lii_table_init(&r->locked.by_place, allocator);
    lii_intern_init(&r->locked.names, allocator);
    lii_heap_init(&r->locked.due, allocator, 0);
    lii_engine_slot_counts(engine, LII_SLOT_TRIGGERS, registry_count);
    lii_kinds_init(r);
    return r;
}

static void registry_free(void *registry)
{
    lii_triggers *r = registry;
    size_t i;

    lii_timer_cancel(r->engine, &r->timer);
    lii_delayed_free(r);
    lii_deliveries_free(r);
    for (i = 0; i < r->locked.count; i++)
        lii_trigger_release(r->locked.list[i]);
    lii_free(r->allocator, r->locked.list);
    li_zones_free(r->own_zones);
    lii_heap_fini(&r->locked.due);
    lii_table_fini(&r->locked.by_id);
    lii_table_fini(&r->locked.by_source);
    lii_table_fini(&r->locked.by_place);
    lii_intern_fini(&r->locked.names);
    lii_kinds_fini(r);
    pthread_mutex_destroy(&r->loading);
    pthread_mutex_destroy(&r->changing);
    pthread_mutex_destroy(&r->locked.lock);
    lii_free(r->allocator, r);
}

enum { NOT_LOADED = 0, LOADING = 1, LOADED = 2 };

/* Once; what a row needs of the registry while it is made again is there already. */
static void load(lii_triggers *r)
{
    if (atomic_load_explicit(&r->load_state, memory_order_acquire) == LOADING && pthread_equal(r->loader, pthread_self()))
        return;
    pthread_mutex_lock(&r->loading);
    if (atomic_load(&r->load_state) == NOT_LOADED) {
        r->loader = pthread_self();
        atomic_store_explicit(&r->load_state, LOADING, memory_order_release);   /* pairs with the acquire above */
        lii_triggers_load(r->engine, take_stored, r);
        atomic_store_explicit(&r->load_state, LOADED, memory_order_release);
    }
    pthread_mutex_unlock(&r->loading);
}

lii_triggers *lii_triggers_bare(li_engine *engine)
{
    return lii_engine_slot(engine, LII_SLOT_TRIGGERS, registry_make, registry_free);
}

/* Rows whose kind was not known when the store was read. */
void lii_triggers_reload(lii_triggers *r)
{
    if (atomic_load_explicit(&r->load_state, memory_order_acquire) != LOADED)
        return;
    pthread_mutex_lock(&r->changing);
    lii_triggers_load(r->engine, take_stored, r);
    pthread_mutex_unlock(&r->changing);
}

lii_triggers *lii_triggers_get(li_engine *engine)
{
    lii_triggers *r = lii_triggers_bare(engine);

    if (r && atomic_load_explicit(&r->load_state, memory_order_acquire) != LOADED)
        load(r);
    return r;
}

void lii_trigger_release(li_trigger *t)
{
    if (atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (t->state && t->kind->code && t->kind->code->finish)
        t->kind->code->finish(t);
    lii_free(lii_engine_allocator(t->engine), t);
}
