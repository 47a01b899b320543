/* mapping.c - the registry of event source mappings: created, removed, enabled, described (ESM-1..11, 16, 24). */
#include "source/mapping.h"

#include <stdio.h>

#include "base/options.h"
#include "engine/names.h"
#include "source/local.h"

enum { BATCH_MAX = 10000, FREE_BATCH = 10, WINDOW_MAX_MS = 300000, CONCURRENCY_MIN = 2, CONCURRENCY_MAX = 1000 };

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

static lii_mappings *registry_of(li_engine *engine)
{
    return lii_engine_slot(engine, LII_SLOT_MAPPINGS, registry_make, registry_free);
}

void lii_mapping_close(li_mapping *m)
{
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
static li_mapping *mapping_take(lii_mappings *r)
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

static void mapping_put_back(li_mapping *m)
{
    pthread_mutex_lock(&m->registry->lock);
    lii_mapping_unused_locked(m);
    pthread_mutex_unlock(&m->registry->lock);
}

/* ---- creating */

li_status li_mapping_spec_init(li_mapping_spec *spec, size_t size)
{
    static const li_mapping_spec defaults = LI_MAPPING_SPEC_INIT;

    return lii_options_init(spec, size, &defaults, sizeof defaults);
}

static li_status check_ranges(const li_mapping_spec *s, li_error *err)
{
    if (s->batch_size < 1 || s->batch_size > BATCH_MAX)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_MAPPING_OPTIONS, "batch_size", LI_Z,
                        "batch_size is 1 to %d, not %u", BATCH_MAX, s->batch_size);
    if (s->window_ms > WINDOW_MAX_MS)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_MAPPING_OPTIONS, "window_ms", LI_Z,
                        "window_ms is 0 to %d, not %llu", WINDOW_MAX_MS, (unsigned long long)s->window_ms);
    if (s->batch_size > FREE_BATCH && s->window_ms < 1000)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_BATCH_WINDOW, "window_ms", LI_Z,
                        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
    if (s->max_concurrency != 0 && (s->max_concurrency < CONCURRENCY_MIN || s->max_concurrency > CONCURRENCY_MAX))
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_MAPPING_OPTIONS, "max_concurrency", LI_Z,
                        "max_concurrency is %d to %d, or 0 for none, not %u", CONCURRENCY_MIN, CONCURRENCY_MAX,
                        s->max_concurrency);
    if (s->response_types & ~(uint32_t)LI_MAPPING_REPORT_BATCH_ITEM_FAILURES)
        return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_OPTIONS_UNKNOWN, "response_types", LI_Z,
                        "unknown bits in response_types: 0x%x", s->response_types);
    if (s->filters.ptr)
        return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_MAPPING_OPTIONS, "filters", LI_Z,
                        "filters are not supported by this version");
    if (s->on_failure.ptr)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_MAPPING_OPTIONS, "on_failure", LI_Z,
                        "the mapping of a queue has no on-failure destination; the queue has redrive");
    return LI_OK;
}

static li_status unrecognized(li_slice arn, li_error *err)
{
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_MAPPING_SOURCE, arn.ptr, arn.len, "Unrecognized event source.");
}

static li_status check_spec(li_engine *engine, li_mapping_spec *s, li_error *err)
{
    li_function_info info;
    li_status status;

    s->source_arn = lii_measured(s->source_arn);
    s->function = lii_measured(s->function);
    if (s->source_arn.len == 0 || s->source_arn.len >= sizeof ((li_mapping *)0)->source_arn)
        return unrecognized(s->source_arn, err);
    status = check_ranges(s, err);
    if (status != LI_OK)
        return status;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    if (s->function.len == 0 || s->function.len >= sizeof ((li_mapping *)0)->function ||
        li_function_describe(engine, s->function.ptr, s->function.len, NULL, 0, &info, NULL) != LI_OK)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_FUNCTION_NOT_FOUND, s->function.ptr, s->function.len,
                        "Function does not exist");
    return LI_OK;
}

/* The local queue of an ARN of the engine's own partition, region and account. */
static li_status find_local(li_engine *engine, li_slice text, li_source *source, li_error *err)
{
    li_local_queue *queue = NULL;
    li_status status;
    lii_arn arn;

    if (lii_arn_parse(text.ptr, text.len, &arn) != 0 || !lii_slice_is(arn.service, "sqs") ||
        !lii_slice_is(arn.partition, li_engine_get_partition(engine)) ||
        !lii_slice_is(arn.region, li_engine_get_region(engine)) ||
        !lii_slice_is(arn.account, li_engine_get_account(engine)))
        return unrecognized(text, err);
    if (li_local_queue_get(engine, arn.resource.ptr, arn.resource.len, &queue) != LI_OK)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_MAPPING_SOURCE, text.ptr, text.len,
                        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS "
                        "Error Message: The specified queue does not exist.");
    status = lii_source_local_new(lii_engine_allocator(engine), queue, li_engine_get_account(engine), source);
    return status == LI_OK ? LI_OK : lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for a source");
}

static li_status read_ops(li_mapping *m, li_error *err)
{
    li_status status;

    memset(&m->ops, 0, sizeof m->ops);
    status = lii_ops_read(&m->ops, sizeof m->ops, m->source.ops, "li_source_ops", err);
    if (status != LI_OK)
        return status;
    if (!m->ops.open || !m->ops.lanes || !m->ops.start || !m->ops.fetch || !m->ops.encoded_size || !m->ops.encode ||
        !m->ops.settle || !m->ops.release || !m->ops.close)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_BACKEND_METHOD, "source", LI_Z,
                        "a source needs open, lanes, start, fetch, encoded_size, encode, settle, release and close");
    if (m->ops.caps & (LI_SOURCE_SHARDED | LI_SOURCE_REVOKES | LI_SOURCE_GROUPS))
        return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_MAPPING_SOURCE, m->ops.name, LI_Z,
                        "this version polls queues: sources of one lane without groups");
    return LI_OK;
}

/* NAME or NAME:QUALIFIER: what makes two mappings of one source the same, and what journal lines say. */
static li_status fill(li_mapping *m, const li_mapping_spec *s, li_error *err)
{
    li_slice none = { NULL, 0 };
    char text[sizeof m->function + 2];
    lii_name name;
    li_id id;
    int n;

    memcpy(m->source_arn, s->source_arn.ptr, s->source_arn.len);
    m->source_arn[s->source_arn.len] = '\0';
    memcpy(m->function, s->function.ptr, s->function.len);
    m->function[s->function.len] = '\0';
    memset(&name, 0, sizeof name);
    if (lii_name_parse(m->function, LI_Z, none, &name, NULL) != LI_OK)
        name.function = s->function;
    n = snprintf(text, sizeof text, "%.*s%s%.*s", (int)name.function.len, name.function.ptr,
                 name.qualifier.len > 0 ? ":" : "", (int)name.qualifier.len, name.qualifier.len > 0 ? name.qualifier.ptr : "");
    pthread_mutex_lock(&m->registry->lock);
    m->name = lii_intern_text(&m->registry->names, text, (size_t)n);
    pthread_mutex_unlock(&m->registry->lock);
    if (!m->name)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a mapping");
    m->window_ms = s->window_ms;
    m->batch_size = s->batch_size;
    m->max_concurrency = s->max_concurrency;
    m->response_types = s->response_types;
    lii_engine_new_id(m->engine, &id);
    li_id_format(&id, m->uuid);
    return LI_OK;
}

static li_mapping *find_pair_locked(const lii_mappings *r, const li_mapping *like)
{
    li_mapping *m = r->first;

    while (m && !(m->name == like->name && strcmp(m->source_arn, like->source_arn) == 0))
        m = m->next;
    return m;
}

static li_status exists(const li_mapping *m, li_error *err)
{
    return lii_fail(err, LI_E_CONFLICT, LI_DETAIL_MAPPING_EXISTS, m->uuid, LI_Z,
                    "The event source arn (\" %.64s \") and function (\" %.64s \") provided mapping already exists. Please "
                    "update or delete the existing mapping with UUID %s",
                    m->source_arn, m->function, m->uuid);
}

static li_status check_pair(li_mapping *m, li_mapping **there, li_error *err)
{
    lii_mappings *r = m->registry;
    li_status status = LI_OK;
    int64_t limit = 0;

    li_config_get(r->engine, "limits.mappings", &limit);
    pthread_mutex_lock(&r->lock);
    *there = find_pair_locked(r, m);
    if (*there)
        status = exists(*there, err);
    else if (r->count >= (uint64_t)limit)
        status = lii_fail(err, LI_E_FULL, LI_DETAIL_NONE, "limits.mappings", LI_Z, "limits.mappings is %lld and reached",
                          (long long)limit);
    pthread_mutex_unlock(&r->lock);
    return status;
}

static li_status open_source(li_mapping *m, li_error *err)
{
    li_source_position from = { sizeof from, { NULL, 0 }, 0u, LI_POSITION_TRIM_HORIZON, 0u };
    li_status status = m->ops.open(m->source.self, &m->host, err);
    size_t n = 0;

    if (status != LI_OK)
        return status;
    status = m->ops.lanes(m->source.self, &m->lane, 1, &n);
    if (status == LI_OK && n != 1)
        status = LI_E_NOTSUP;
    if (status == LI_OK)
        status = m->ops.start(m->source.self, &m->lane, &from);
    if (status == LI_OK)
        return LI_OK;
    m->ops.close(m->source.self);
    return lii_fail(err, status, LI_DETAIL_MAPPING_SOURCE, m->source_arn, LI_Z, "the source cannot be started: %s",
                    li_strerror(status));
}

/* From now on it works. Another of the same pair may have come while the source was opened. */
static li_status go_live(li_mapping *m, int is_enabled, li_mapping **there, li_error *err)
{
    lii_mappings *r = m->registry;
    li_status status = LI_OK;

    pthread_mutex_lock(&r->lock);
    *there = find_pair_locked(r, m);
    if (*there) {
        status = exists(*there, err);
    } else {
        memset(&m->locked, 0, sizeof m->locked);
        m->locked.last_finished = &m->locked.finished;
        m->locked.limit = m->max_concurrency ? m->max_concurrency : LII_MAPPING_CONCURRENCY;
        m->locked.is_enabled = is_enabled;
        if (is_enabled && lii_mapping_wake_locked(m) != LI_OK)
            status = lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a mapping");
    }
    if (status == LI_OK) {
        m->locked.is_live = 1;
        m->next = NULL;
        *r->last = m;
        r->last = &m->next;
        r->count++;
    }
    pthread_mutex_unlock(&r->lock);
    if (status != LI_OK)
        m->ops.close(m->source.self);
    return status;
}

static li_status create(lii_mappings *r, const li_mapping_spec *s, li_source *source, li_mapping **mapping, li_error *err)
{
    li_mapping *m = mapping_take(r), *there = NULL;
    li_status status;

    if (!m)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a mapping");
    m->is_local = source->ops == NULL;
    status = fill(m, s, err);
    if (status == LI_OK)
        status = check_pair(m, &there, err);
    if (status == LI_OK && m->is_local)
        status = find_local(r->engine, s->source_arn, source, err);
    m->source = *source;
    if (status == LI_OK)
        status = read_ops(m, err);
    if (status == LI_OK)
        status = open_source(m, err);
    if (status == LI_OK)
        status = go_live(m, !s->is_disabled, &there, err);
    if (status != LI_OK)
        mapping_put_back(m);
    if (mapping && (status == LI_OK || there))
        *mapping = status == LI_OK ? m : there;
    return status;
}

li_status li_mapping_create(li_engine *engine, const li_mapping_spec *spec, li_mapping **mapping, li_error *err)
{
    li_mapping_spec s = LI_MAPPING_SPEC_INIT;
    lii_mappings *r;
    li_status status;

    if (!engine || !spec)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine and spec are needed");
    status = lii_options_read(&s, sizeof s, spec, "li_mapping_spec", err);
    if (status != LI_OK)
        return status;
    r = registry_of(engine);
    status = r ? check_spec(engine, &s, err) : lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for mappings");
    if (status == LI_OK)
        status = create(r, &s, &s.source, mapping, err);
    if (status != LI_OK && s.source.ops && s.source.ops->size >= sizeof(li_source_ops) && s.source.ops->free)
        s.source.ops->free(s.source.self);
    return status;
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
    lii_mappings *r = engine ? registry_of(engine) : NULL;
    li_status status = LI_OK;
    li_mapping *m;

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
}

li_status li_mapping_describe(li_engine *engine, const char *uuid, size_t uuid_len, li_mapping_info *info)
{
    lii_mappings *r = engine ? registry_of(engine) : NULL;
    li_mapping_info found;
    li_mapping *m;

    if (!r || !info)
        return engine && info ? LI_E_NOMEM : LI_E_INVALID;
    pthread_mutex_lock(&r->lock);
    m = find_locked(r, lii_slice(uuid, uuid_len));
    if (m)
        describe_locked(m, &found);
    pthread_mutex_unlock(&r->lock);
    return m ? lii_options_write(info, &found, sizeof found) : LI_E_NOT_FOUND;
}

size_t li_mapping_each(li_engine *engine, void (*each)(void *user, const li_mapping_info *info), void *user)
{
    lii_mappings *r = engine ? registry_of(engine) : NULL;
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
