/* bus.c - the buses of an engine. The lock, taken after the registry's, is held for looking only; matching is the pattern
 * set's own business. */
#include "service/bus.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct buses {
    li_engine *engine;
    const li_allocator *allocator;
    struct {
        pthread_mutex_t lock;
        lii_table by_name;
        lii_table triggers;      /* by the id of their pattern */
        uint64_t last_id;
    } locked;
} buses;

static void *buses_make(li_engine *engine)
{
    const li_allocator *allocator = lii_engine_allocator(engine);
    buses *b = lii_calloc(allocator, 1, sizeof *b);

    if (!b)
        return NULL;
    if (pthread_mutex_init(&b->locked.lock, NULL) != 0) {
        lii_free(allocator, b);
        return NULL;
    }
    b->engine = engine;
    b->allocator = allocator;
    lii_table_init(&b->locked.by_name, allocator);
    lii_table_init(&b->locked.triggers, allocator);
    return b;
}

static void bus_free(const li_allocator *allocator, lii_bus *bus)
{
    li_pattern_set_free(bus->patterns);
    lii_free(allocator, bus);
}

static void buses_free(void *registry)
{
    buses *b = registry;
    lii_table_slot *slot;
    size_t i = 0;

    for (; (slot = lii_table_next(&b->locked.by_name, &i)) != NULL; i++)
        bus_free(b->allocator, slot->value);
    lii_table_fini(&b->locked.by_name);
    lii_table_fini(&b->locked.triggers);
    pthread_mutex_destroy(&b->locked.lock);
    lii_free(b->allocator, b);
}

static buses *buses_get(li_engine *engine)
{
    return lii_engine_slot(engine, LII_SLOT_BUSES, buses_make, buses_free);
}

/* ---- patterns and their triggers */

li_status lii_bus_add(lii_bus *bus, li_trigger *t, uint64_t *id, li_slice pattern, li_pattern_error *error)
{
    buses *b = buses_get(bus->engine);
    li_status status;

    pthread_mutex_lock(&b->locked.lock);
    *id = ++b->locked.last_id;
    status = lii_table_put(&b->locked.triggers, (const char *)id, sizeof *id, t, NULL);
    pthread_mutex_unlock(&b->locked.lock);
    if (status == LI_OK)
        status = li_pattern_set_add(bus->patterns, *id, pattern.ptr, pattern.len, error);
    if (status != LI_OK) {
        pthread_mutex_lock(&b->locked.lock);
        lii_table_remove(&b->locked.triggers, (const char *)id, sizeof *id);
        pthread_mutex_unlock(&b->locked.lock);
        *id = 0;
    }
    return status;
}

void lii_bus_remove(lii_bus *bus, const uint64_t *id)
{
    buses *b = buses_get(bus->engine);

    li_pattern_set_remove(bus->patterns, *id);
    pthread_mutex_lock(&b->locked.lock);
    lii_table_remove(&b->locked.triggers, (const char *)id, sizeof *id);
    pthread_mutex_unlock(&b->locked.lock);
}

static int by_creation(const void *a, const void *b)
{
    const li_trigger *x = *(li_trigger *const *)a, *y = *(li_trigger *const *)b;

    return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

/* One that is not listed may have no reference left, but is not freed before it has left the table. */
li_trigger **lii_bus_pick(const lii_occurrence *o, size_t *n, li_status *status)
{
    const lii_bus_event *e = o->state;
    li_trigger **list, *t;
    buses *b = buses_get(o->engine);
    size_t i;

    *n = 0;
    *status = LI_OK;
    if (e->n_ids == 0)
        return NULL;
    list = lii_alloc(b->allocator, e->n_ids * sizeof(*list));
    if (!list) {
        *status = LI_E_NOMEM;
        return NULL;
    }
    pthread_mutex_lock(&b->locked.lock);
    for (i = 0; i < e->n_ids; i++) {
        t = lii_table_get(&b->locked.triggers, (const char *)&e->ids[i], sizeof e->ids[i]);
        if (t && t->is_listed && t->is_enabled) {
            atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
            list[(*n)++] = t;
        }
    }
    pthread_mutex_unlock(&b->locked.lock);
    if (*n > 1)
        qsort(list, *n, sizeof(*list), by_creation);
    return list;
}

li_slice lii_bus_short_name(li_slice name)
{
    static const char part[] = ":event-bus/";
    size_t i, n = sizeof part - 1;

    for (i = 0; name.len > n && i + n < name.len; i++)
        if (memcmp(name.ptr + i, part, n) == 0)
            return lii_slice(name.ptr + i + n, name.len - i - n);
    return name.len == 0 ? lii_slice("default", LI_Z) : name;
}

/* ---- a bus as a destination */

static li_status put(void *self, const li_record *record, li_destination_done done, void *user, li_error *err)
{
    li_status status = lii_events_put_record(self, record);

    (void)err;
    if (status == LI_OK)
        done(user, LI_OK);
    return status;
}

static const li_destination_ops destination = { sizeof(li_destination_ops), 1, 0, "event-bus", put, NULL };

static li_status be_destination(lii_bus *bus, li_error *err)
{
    li_destination d = { &destination, bus };
    char arn[LII_BUS_NAME_MAX + 128];

    snprintf(arn, sizeof arn, "arn:%s:events:%s:%s:event-bus/%s", li_engine_get_partition(bus->engine),
             li_engine_get_region(bus->engine), li_engine_get_account(bus->engine), bus->name);
    return li_destination_add(bus->engine, arn, LI_Z, &d, err);
}

/* ---- finding and making */

static lii_bus *find(buses *b, li_slice name)
{
    lii_bus *bus;

    pthread_mutex_lock(&b->locked.lock);
    bus = lii_table_get(&b->locked.by_name, name.ptr, name.len);
    pthread_mutex_unlock(&b->locked.lock);
    return bus;
}

static li_status no_memory(li_error *err)
{
    return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for an event bus");
}

/* Another thread may have been quicker: then its bus is the one. */
static li_status make(buses *b, li_slice name, lii_bus **out, li_error *err)
{
    lii_bus *bus = lii_calloc(b->allocator, 1, sizeof *bus), *first;
    li_status status;

    if (!bus)
        return no_memory(err);
    bus->engine = b->engine;
    memcpy(bus->name, name.ptr, name.len);
    status = li_pattern_set_new(b->allocator, NULL, &bus->patterns);
    if (status != LI_OK) {
        lii_free(b->allocator, bus);
        return no_memory(err);
    }
    pthread_mutex_lock(&b->locked.lock);
    first = lii_table_get(&b->locked.by_name, name.ptr, name.len);
    if (!first)
        status = lii_table_put(&b->locked.by_name, bus->name, name.len, bus, NULL);
    pthread_mutex_unlock(&b->locked.lock);
    if (first || status != LI_OK) {
        bus_free(b->allocator, bus);
        bus = first;
    }
    if (!bus)
        return no_memory(err);
    *out = bus;
    return first ? LI_OK : be_destination(bus, err);
}

li_status lii_bus_get(li_engine *engine, li_slice given, int is_made, lii_bus **bus, li_error *err)
{
    li_slice name = lii_bus_short_name(given);
    buses *b = buses_get(engine);

    *bus = NULL;
    if (!b)
        return no_memory(err);
    if (name.len > LII_BUS_NAME_MAX)
        return lii_option_wrong("bus", err, "a bus has a name of 1 to %d characters", LII_BUS_NAME_MAX);
    *bus = find(b, name);
    return *bus || !is_made ? LI_OK : make(b, name, bus, err);
}
