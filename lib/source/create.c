/* create.c - a mapping is made: its options checked, its source opened, its place in the registry taken (ESM-1..11, 73). */
#include "source/mapping.h"

#include <stdio.h>

#include "base/options.h"
#include "engine/names.h"
#include "source/local.h"

enum { BATCH_MAX = 10000, FREE_BATCH = 10, WINDOW_MAX_MS = 300000, CONCURRENCY_MIN = 2, CONCURRENCY_MAX = 1000 };

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

static li_status read_filters(li_mapping *m, const li_mapping_spec *s, li_error *err)
{
    li_slice filters = lii_measured(s->filters);
    int64_t most = 0;
    li_status status;

    if (filters.len == 0)
        return LI_OK;
    if (!m->ops.view || !m->ops.data || !s->filtering)
        return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_MAPPING_OPTIONS, "filters", LI_Z, "%s",
                        s->filtering ? "the source has no filters" : "filters need filtering: li_pattern_filter_ops()");
    status = lii_ops_read(&m->filtering, sizeof m->filtering, s->filtering, "li_filter_ops", err);
    if (status != LI_OK)
        return status;
    if (!m->filtering.compile || !m->filtering.passes || !m->filtering.free)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_BACKEND_METHOD, "filtering", LI_Z, "filters need compile, passes and free");
    li_config_get(m->engine, "limits.mapping_filters", &most);
    return m->filtering.compile(m->registry->allocator, m->ops.data, filters.ptr, filters.len, (size_t)most, &m->filter, err);
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
                 name.qualifier.len > 0 ? ":" : "", (int)name.qualifier.len,
                 name.qualifier.len > 0 ? name.qualifier.ptr : "");
    pthread_mutex_lock(&m->registry->lock);
    m->name = lii_intern_text(&m->registry->names, text, (size_t)n);
    pthread_mutex_unlock(&m->registry->lock);
    if (!m->name)
        return lii_no_memory(err, "a mapping");
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
        m->locked.created_ms = li_engine_now_ms(m->engine);
        if (is_enabled && lii_mapping_wake_locked(m) != LI_OK)
            status = lii_no_memory(err, "a mapping");
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

static void mapping_put_back(li_mapping *m)
{
    lii_mapping_forget_filter(m);
    pthread_mutex_lock(&m->registry->lock);
    lii_mapping_unused_locked(m);
    pthread_mutex_unlock(&m->registry->lock);
}

static li_status create(lii_mappings *r, const li_mapping_spec *s, li_source *source, li_mapping **mapping, li_error *err)
{
    li_mapping *m = lii_mapping_take(r), *there = NULL;
    li_status status;

    if (!m)
        return lii_no_memory(err, "a mapping");
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
        status = read_filters(m, s, err);
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
        return lii_is_null(err, "engine or spec");
    status = lii_engine_check_fork(engine, err);
    if (status != LI_OK)
        return status;
    status = lii_options_read(&s, sizeof s, spec, "li_mapping_spec", err);
    if (status != LI_OK)
        return status;
    r = lii_mappings_get(engine);
    status = r ? check_spec(engine, &s, err) : lii_no_memory(err, "mappings");
    if (status == LI_OK)
        status = create(r, &s, &s.source, mapping, err);
    if (status != LI_OK && s.source.ops && s.source.ops->size >= sizeof(li_source_ops) && s.source.ops->free)
        s.source.ops->free(s.source.self);
    return status;
}
