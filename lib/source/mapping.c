/* mapping.c - the registry of event source mappings: kept, removed, enabled, described (ESM-16, ESM-24). */
#include "source/mapping.h"

#include "base/options.h"

/* ---- what a source gets */

static uint64_t host_now_ms(void *host)
{
    return li_engine_now_ms(((li_mapping *)host)->engine);
}

/* May come late, when the mapping has ended: then nobody is woken, or another that looks and finds nothing. */
static void host_post_event(void *host, int32_t event, const li_source_lane *lane, uint64_t deadline_ms)
{
    li_mapping *m = host;

    (void)event;
    (void)lane;
    (void)deadline_ms;
    pthread_mutex_lock(&m->registry->lock);
    if (m->locked.is_live)
        lii_mapping_wake_locked(m);
    pthread_mutex_unlock(&m->registry->lock);
}

static li_status host_position_get(void *host, const char *lane, size_t lane_len, char *out, size_t out_size, size_t *len)
{
    (void)host;
    (void)lane;
    (void)lane_len;
    (void)out;
    (void)out_size;
    *len = 0;
    return LI_E_NOT_FOUND;
}

static li_status host_position_put(void *host, const char *lane, size_t lane_len, const char *data, size_t len)
{
    (void)host;
    (void)lane;
    (void)lane_len;
    (void)data;
    (void)len;
    return LI_E_NOTSUP;
}

/* ---- the registry */

static uint64_t registry_count(void *registry)
{
    lii_mappings *r = registry;
    uint64_t n;

    pthread_mutex_lock(&r->lock);
    n = r->count;
    pthread_mutex_unlock(&r->lock);
    return n;
}

static void *registry_make(li_engine *engine)
{
    const li_allocator *allocator = lii_engine_allocator(engine);
    lii_mappings *r = lii_calloc(allocator, 1, sizeof *r);

    if (r && pthread_mutex_init(&r->lock, NULL) != 0) {
        lii_free(allocator, r);
        return NULL;
    }
    if (r) {
        r->engine = engine;
        r->allocator = allocator;
        r->last = &r->first;
        lii_intern_init(&r->names, allocator);
        lii_engine_slot_counts(engine, LII_SLOT_MAPPINGS, registry_count);
    }
    return r;
}

static void registry_free(void *registry)
{
    lii_mappings *r = registry;
    li_mapping *m, *next;

    for (m = r->made; m; m = next) {
        next = m->next_made;
        lii_timer_cancel(m->engine, &m->timer);
        if (m->locked.is_live) {
            lii_mapping_drop(m);
            lii_mapping_close(m);
        }
        lii_free(r->allocator, m);
    }
    lii_intern_fini(&r->names);
    pthread_mutex_destroy(&r->lock);
    lii_free(r->allocator, r);
}

lii_mappings *lii_mappings_get(li_engine *engine)
{
    return lii_engine_slot(engine, LII_SLOT_MAPPINGS, registry_make, registry_free);
}

void lii_mapping_forget_filter(li_mapping *m)
{
    if (m->filter)
        m->filtering.free(m->filter);
    m->filter = NULL;
    lii_buf_fini(&m->view);
}

void lii_mapping_close(li_mapping *m)
{
    lii_mapping_forget_filter(m);
    m->ops.close(m->source.self);
    if (m->ops.free)
        m->ops.free(m->source.self);
}

void lii_mapping_unused_locked(li_mapping *m)
{
    memset(&m->locked, 0, sizeof m->locked);
    m->next = m->registry->unused;
    m->registry->unused = m;
}

/* One that is nobody's: used before, or new. Its host stays the same for ever. */
li_mapping *lii_mapping_take(lii_mappings *r)
{
    const li_codec *codec = lii_engine_codec(r->engine);
    li_mapping *m;

    pthread_mutex_lock(&r->lock);
    m = r->unused;
    if (m)
        r->unused = m->next;
    pthread_mutex_unlock(&r->lock);
    if (m)
        return m;
    m = lii_calloc(r->allocator, 1, sizeof *m);
    if (!m)
        return NULL;
    m->registry = r;
    m->engine = r->engine;
    lii_buf_init(&m->view, r->allocator);
    m->timer.run = lii_mapping_poll;
    m->timer.user = m;
    m->host.size = sizeof m->host;
    m->host.allocator = r->allocator;
    m->host.now_ms = host_now_ms;
    m->host.post_event = host_post_event;
    m->host.position_get = host_position_get;
    m->host.position_put = host_position_put;
    m->host.region = li_engine_get_region(r->engine);
    m->host.source_arn = m->source_arn;
    m->host.md5 = codec ? codec->md5 : NULL;
    m->host.host = m;
    pthread_mutex_lock(&r->lock);
    m->next_made = r->made;
    r->made = m;
    pthread_mutex_unlock(&r->lock);
    return m;
}

/* ---- removing, enabling */

static li_mapping *find_locked(const lii_mappings *r, li_slice uuid)
{
    li_mapping *m = r->first;

    while (m && !lii_slice_is(uuid, m->uuid))
        m = m->next;
    return m;
}

static li_status not_found(li_slice uuid, li_error *err)
{
    return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_MAPPING_NOT_FOUND, uuid.ptr, uuid.len,
                    "The resource you requested does not exist.");
}

static void unlink_locked(lii_mappings *r, li_mapping *m)
{
    li_mapping **link = &r->first;

    while (*link != m)
        link = &(*link)->next;
    *link = m->next;
    if (!m->next)
        r->last = link;
    r->count--;
}

/* Find one and change it; the poller does the rest. change: 0 disable, 1 enable, -1 remove. */
static li_status change(li_engine *engine, li_slice uuid, int how, li_error *err)
{
    lii_mappings *r;
    li_status status = engine ? lii_engine_check_fork(engine, err) : LI_OK;
    li_mapping *m;

    if (status != LI_OK)
        return status;
    r = engine ? lii_mappings_get(engine) : NULL;
    if (!r)
        return lii_fail(err, engine ? LI_E_NOMEM : LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "no registry of mappings");
    pthread_mutex_lock(&r->lock);
    m = find_locked(r, uuid);
    if (m && how < 0) {
        unlink_locked(r, m);
        m->locked.is_removed = 1;
    } else if (m) {
        m->locked.is_enabled = how;
    }
    if (m)
        status = lii_mapping_wake_locked(m);
    pthread_mutex_unlock(&r->lock);
    if (!m)
        return not_found(uuid, err);
    if (status != LI_OK)
        lii_mapping_poll(&m->timer);    /* no memory to wake it: here and now */
    return LI_OK;
}

li_status li_mapping_remove(li_engine *engine, const char *uuid, size_t uuid_len, li_error *err)
{
    return change(engine, lii_slice(uuid, uuid_len), -1, err);
}

li_status li_mapping_set_enabled(li_engine *engine, const char *uuid, size_t uuid_len, int32_t is_enabled, li_error *err)
{
    return change(engine, lii_slice(uuid, uuid_len), is_enabled != 0, err);
}

/* ---- looking */

const char *li_mapping_get_uuid(const li_mapping *mapping)
{
    return mapping ? mapping->uuid : "";
}

static void describe_locked(const li_mapping *m, li_mapping_info *info)
{
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    memcpy(info->uuid, m->uuid, sizeof m->uuid);
    memcpy(info->source_arn, m->source_arn, sizeof m->source_arn);
    memcpy(info->function, m->function, sizeof m->function);
    info->state = m->locked.is_enabled ? "Enabled" : "Disabled";
    info->window_ms = m->window_ms;
    info->batch_size = m->batch_size;
    info->max_concurrency = m->max_concurrency;
    info->response_types = m->response_types;
    info->polled = m->locked.polled;
    info->invoked = m->locked.invoked;
    info->failed = m->locked.failed;
    info->deleted = m->locked.deleted;
    info->filtered = m->locked.filtered;
    info->created_ms = m->locked.created_ms;
    info->kind = m->ops.name;
}

li_status li_mapping_describe(li_engine *engine, const char *uuid, size_t uuid_len, li_mapping_info *info)
{
    li_mapping_info found;
    lii_mappings *r;
    li_mapping *m;

    if (!engine || !info)
        return LI_E_INVALID;
    if (lii_engine_check_fork(engine, NULL) != LI_OK)
        return LI_E_FORKED;
    r = lii_mappings_get(engine);
    if (!r)
        return LI_E_NOMEM;
    pthread_mutex_lock(&r->lock);
    m = find_locked(r, lii_slice(uuid, uuid_len));
    if (m)
        describe_locked(m, &found);
    pthread_mutex_unlock(&r->lock);
    return m ? lii_options_write(info, &found, sizeof found) : LI_E_NOT_FOUND;
}

size_t li_mapping_each(li_engine *engine, void (*each)(void *user, const li_mapping_info *info), void *user)
{
    lii_mappings *r = engine && lii_engine_check_fork(engine, NULL) == LI_OK ? lii_mappings_get(engine) : NULL;
    li_mapping_info *list = NULL;
    size_t i, n = 0;
    li_mapping *m;

    if (!r || !each)
        return 0;
    pthread_mutex_lock(&r->lock);
    if (r->count > 0)
        list = lii_alloc(r->allocator, r->count * sizeof *list);
    for (m = r->first; list && m; m = m->next)
        describe_locked(m, &list[n++]);
    pthread_mutex_unlock(&r->lock);
    for (i = 0; i < n; i++)
        each(user, &list[i]);
    lii_free(r->allocator, list);
    return n;
}
