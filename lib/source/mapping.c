/* mapping.c - event source mappings of queues: polled by timers of the engine, records gathered into batches, each batch one
 * synchronous invocation, settled by its answer. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/options.h"
#include "base/slice.h"
#include "engine/extend.h"
#include "source/local.h"
#include "source/report.h"

enum { PAYLOAD_MAX = 6291456, BATCHES_AT_ONCE = 5, BACKOFF_MAX_MS = 60000, ARN_SIZE = 520 };

typedef struct registry registry;

/* Records of one invocation. The items of several fetches, each of which is released with the batch. */
typedef struct batch {
    struct batch *next;
    li_mapping *mapping;
    lii_timer timer;             /* the next try after a throttle */
    li_item *items;
    size_t n, cap;
    size_t bytes;
    li_fetch fetches[64];
    size_t n_fetches;
    lii_buf event;
    uint32_t throttles;
    uint32_t reserved;
} batch;

struct li_mapping {
    li_mapping *next;            /* registry.lock, in order of creation */
    registry *owner;
    li_engine *engine;
    li_source_ops ops;
    void *source;
    li_source_host host;
    li_source_lane lane;
    lii_timer timer;             /* the poll */
    lii_timer reaper;            /* frees a removed one, outside its own poll */
    char uuid[LI_ID_TEXT_SIZE];
    char source_arn[ARN_SIZE];
    char function[264];
    uint64_t window_ms;
    uint32_t batch_size;
    uint32_t most_at_once;
    uint32_t response_types;
    struct {
        pthread_mutex_t lock;
        batch *open;             /* being gathered */
        uint64_t window_ends_ms;
        batch *flying;           /* sent, or waiting to be sent again */
        uint32_t in_flight;
        int is_enabled, is_removed, is_polling;
        uint64_t polled, invoked, failed, deleted;
    } locked;
};

struct registry {
    li_engine *engine;
    pthread_mutex_t lock;
    li_mapping *first;
    li_mapping *removed;         /* still polling, or with batches under way */
    size_t count;
};

static void poll_soon(li_mapping *m, uint64_t at_ms)
{
    int removed;

    pthread_mutex_lock(&m->locked.lock);
    removed = m->locked.is_removed;
    pthread_mutex_unlock(&m->locked.lock);
    if (!removed)
        lii_timer_set(m->engine, &m->timer, lii_engine_ns_of_ms(m->engine, at_ms));
}

/* ---- the source's host */

static uint64_t host_now_ms(void *host)
{
    return li_engine_now_ms(((li_mapping *)host)->engine);
}

static void host_post_event(void *host, int32_t event, const li_source_lane *lane, uint64_t deadline_ms)
{
    (void)event;
    (void)lane;
    (void)deadline_ms;
    poll_soon(host, li_engine_now_ms(((li_mapping *)host)->engine));
}

static li_status host_position_get(void *host, const char *lane, size_t lane_len, char *out, size_t out_size, size_t *len)
{
    (void)host;
    (void)lane;
    (void)lane_len;
    (void)out;
    (void)out_size;
    *len = 0;
    return LI_E_NOT_FOUND;       /* positions are kept for sources that have them */
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

/* ---- batches */

static void batch_free(batch *b)
{
    li_mapping *m = b->mapping;
    const li_allocator *allocator = lii_engine_allocator(m->engine);
    size_t i;

    for (i = 0; i < b->n_fetches; i++)
        m->ops.release(m->source, &b->fetches[i]);
    lii_buf_fini(&b->event);
    lii_free(allocator, b->items);
    lii_free(allocator, b);
}

static batch *batch_new(li_mapping *m)
{
    const li_allocator *allocator = lii_engine_allocator(m->engine);
    batch *b = lii_calloc(allocator, 1, sizeof *b);

    if (!b)
        return NULL;
    b->mapping = m;
    b->cap = m->batch_size;
    b->items = lii_calloc(allocator, b->cap, sizeof *b->items);
    lii_buf_init(&b->event, allocator);
    if (!b->items) {
        lii_free(allocator, b);
        return NULL;
    }
    return b;
}

static void mapping_free(li_mapping *m)
{
    const li_allocator *allocator = lii_engine_allocator(m->engine);

    if (m->locked.open)
        batch_free(m->locked.open);
    while (m->locked.flying) {   /* throttled ones, when the engine ends: their items stay in the source */
        batch *b = m->locked.flying;

        m->locked.flying = b->next;
        lii_timer_cancel(m->engine, &b->timer);
        batch_free(b);
    }
    m->ops.close(m->source);
    if (m->ops.free)
        m->ops.free(m->source);
    pthread_mutex_destroy(&m->locked.lock);
    lii_free(allocator, m);
}

static void reap(lii_timer *timer)
{
    li_mapping *m = timer->user, **link;
    registry *r = m->owner;

    pthread_mutex_lock(&r->lock);
    for (link = &r->removed; *link; link = &(*link)->next)
        if (*link == m) {
            *link = m->next;
            break;
        }
    pthread_mutex_unlock(&r->lock);
    lii_timer_cancel(m->engine, &m->timer);
    mapping_free(m);
}

/* A removed mapping whose last batch or poll has ended; without memory for the timer the registry frees it at the end. */
static void reap_soon(li_mapping *m)
{
    m->reaper.run = reap;
    m->reaper.user = m;
    m->reaper.is_once = 1;
    lii_timer_set(m->engine, &m->reaper, lii_engine_now_ns(m->engine));
}

/* The batch is settled: the mapping has a place again, or goes with its last batch. */
static void batch_end(batch *b)
{
    li_mapping *m = b->mapping;
    batch **link;
    int gone;

    pthread_mutex_lock(&m->locked.lock);
    for (link = &m->locked.flying; *link; link = &(*link)->next)
        if (*link == b) {
            *link = b->next;
            break;
        }
    pthread_mutex_unlock(&m->locked.lock);
    batch_free(b);
    pthread_mutex_lock(&m->locked.lock);
    m->locked.in_flight--;
    gone = m->locked.is_removed && m->locked.in_flight == 0 && !m->locked.is_polling;
    pthread_mutex_unlock(&m->locked.lock);
    if (gone)
        reap_soon(m);
    else
        poll_soon(m, li_engine_now_ms(m->engine));
}

static void settle(batch *b, const unsigned char *failed)
{
    li_mapping *m = b->mapping;
    size_t i;

    for (i = 0; i < b->n; i++) {
        const li_item *item = &b->items[i];

        m->ops.settle(m->source, &m->lane, &item, 1, failed[i] ? LI_SETTLE_RETRY : LI_SETTLE_DONE, 0);
    }
}

static void count_answer(li_mapping *m, size_t n, size_t n_failed, int is_error)
{
    pthread_mutex_lock(&m->locked.lock);
    m->locked.invoked++;
    m->locked.failed += is_error != 0;
    m->locked.deleted += n - n_failed;
    pthread_mutex_unlock(&m->locked.lock);
}

static void batch_run(lii_timer *timer);

/* Refused before the handler ran: again after a while, as long as the items are ours (ESM-79, ESM-211). */
static void wait_again(batch *b)
{
    li_mapping *m = b->mapping;
    uint64_t now_ms = li_engine_now_ms(m->engine), wait_ms = UINT64_C(1000) << (b->throttles < 6 ? b->throttles : 6);
    uint64_t until_ms = UINT64_MAX;
    size_t i;

    if (wait_ms > BACKOFF_MAX_MS)
        wait_ms = BACKOFF_MAX_MS;
    for (i = 0; i < b->n; i++)
        until_ms = b->items[i].lease_until_ms < until_ms ? b->items[i].lease_until_ms : until_ms;
    b->throttles++;
    b->timer.run = batch_run;
    b->timer.user = b;
    b->timer.is_once = 1;
    if (now_ms + wait_ms < until_ms &&
        lii_timer_set(m->engine, &b->timer, lii_engine_ns_of_ms(m->engine, now_ms + wait_ms)) == LI_OK)
        return;
    pthread_mutex_lock(&m->locked.lock);         /* given up to the queue */
    m->locked.failed++;
    pthread_mutex_unlock(&m->locked.lock);
    batch_end(b);
}

static void answered(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    batch *b = user;
    li_mapping *m = b->mapping;
    unsigned char *failed;
    size_t n_failed = b->n;
    int is_error;

    (void)err;
    if (status != LI_OK) {
        wait_again(b);
        return;
    }
    failed = lii_alloc(lii_engine_allocator(m->engine), b->n);
    if (!failed) {               /* they come back by themselves */
        batch_end(b);
        return;
    }
    is_error = result->function_error != LI_FUNCTION_ERROR_NONE;
    memset(failed, is_error, b->n);
    if (!is_error && (m->response_types & LI_MAPPING_REPORT_BATCH_ITEM_FAILURES))
        n_failed = lii_report_read(result->payload, result->payload_len, b->items, b->n, failed);
    else if (!is_error)
        n_failed = 0;
    settle(b, failed);
    lii_free(lii_engine_allocator(m->engine), failed);
    count_answer(m, b->n, n_failed, is_error);
    batch_end(b);
}

static void invoke(batch *b)
{
    li_mapping *m = b->mapping;
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;

    options.flags = LI_INVOKE_TRUSTED;
    lii_engine_journal(m->engine, LI_STEP_BATCH, NULL, "", (uint32_t)b->n, "invoke");
    if (li_invoke_begin(m->engine, m->function, LI_Z, b->event.data, b->event.len, &options, answered, b) != LI_OK)
        wait_again(b);
}

static void batch_run(lii_timer *timer)
{
    invoke(timer->user);
}

static li_status write_event(void *self, const char *data, size_t len)
{
    return lii_buf_add(self, data, len);
}

/* ---- polling */

/* Fetch into the open batch until it is full, too large, or nothing more is there. The lock is held by nobody here: only one
 * poll of a mapping runs at a time. */
static void gather(li_mapping *m, batch *b)
{
    while (b->n < b->cap && b->bytes < PAYLOAD_MAX && b->n_fetches < sizeof b->fetches / sizeof b->fetches[0]) {
        li_fetch *f = &b->fetches[b->n_fetches];
        size_t i, kept;

        memset(f, 0, sizeof *f);
        f->size = sizeof *f;
        f->items = b->items + b->n;
        f->max = b->cap - b->n < 10 ? b->cap - b->n : 10;
        if (m->ops.fetch(m->source, &m->lane, 0, f) != LI_OK || f->n == 0)
            return;
        b->n_fetches++;
        for (i = kept = 0; i < f->n; i++) {
            size_t bytes = m->ops.encoded_size(m->source, &f->items[i]);
            const li_item *item = &f->items[i];

            if (b->bytes + bytes > PAYLOAD_MAX && b->n + kept > 0) {
                /* it does not fit: it opens a batch of its own after its visibility */
                m->ops.settle(m->source, &m->lane, &item, 1, LI_SETTLE_RETRY, 0);
                b->bytes = PAYLOAD_MAX;
                continue;
            }
            b->bytes += bytes;
            b->items[b->n + kept++] = f->items[i];
        }
        b->n += kept;
        pthread_mutex_lock(&m->locked.lock);
        m->locked.polled += f->n;
        pthread_mutex_unlock(&m->locked.lock);
    }
}

/* Send the open batch. */
static void send_open(li_mapping *m, batch *b)
{
    const li_item **items = lii_calloc(lii_engine_allocator(m->engine), b->n, sizeof *items);
    li_writer out;
    size_t i;

    out.write = write_event;
    out.self = &b->event;
    for (i = 0; items && i < b->n; i++)
        items[i] = &b->items[i];
    pthread_mutex_lock(&m->locked.lock);
    m->locked.open = NULL;
    m->locked.window_ends_ms = 0;
    m->locked.in_flight++;
    b->next = m->locked.flying;
    m->locked.flying = b;
    pthread_mutex_unlock(&m->locked.lock);
    if (items && m->ops.encode(m->source, items, b->n, &out) == LI_OK)
        invoke(b);
    else
        batch_end(b);            /* no memory: the items come back by themselves */
    lii_free(lii_engine_allocator(m->engine), items);
}

/* One turn: 1 when another may follow at once. */
static int poll_once(li_mapping *m)
{
    uint64_t now_ms = li_engine_now_ms(m->engine), due;
    int may, full;
    batch *b;

    pthread_mutex_lock(&m->locked.lock);
    may = m->locked.is_enabled && !m->locked.is_removed && m->locked.in_flight < m->most_at_once;
    b = m->locked.open;
    pthread_mutex_unlock(&m->locked.lock);
    if (!may)
        return 0;
    if (!b)
        b = batch_new(m);
    if (!b) {
        poll_soon(m, now_ms + 1000);
        return 0;
    }
    gather(m, b);
    pthread_mutex_lock(&m->locked.lock);
    m->locked.open = b->n > 0 ? b : NULL;
    if (b->n > 0 && m->locked.window_ends_ms == 0)
        m->locked.window_ends_ms = now_ms + m->window_ms;
    full = b->n == b->cap || b->bytes >= PAYLOAD_MAX || now_ms >= m->locked.window_ends_ms;
    due = m->locked.window_ends_ms;
    pthread_mutex_unlock(&m->locked.lock);
    if (b->n == 0) {
        batch_free(b);
        due = m->ops.next_ready_ms ? m->ops.next_ready_ms(m->source, &m->lane) : now_ms + 20000;
        if (due != UINT64_MAX)
            poll_soon(m, due);
        return 0;
    }
    if (!full) {
        poll_soon(m, due);
        return 0;
    }
    send_open(m, b);
    return 1;
}

static void poll_run(lii_timer *timer)
{
    li_mapping *m = timer->user;
    int gone;

    pthread_mutex_lock(&m->locked.lock);
    if (m->locked.is_polling || m->locked.is_removed) {
        pthread_mutex_unlock(&m->locked.lock);
        return;
    }
    m->locked.is_polling = 1;
    pthread_mutex_unlock(&m->locked.lock);
    while (poll_once(m)) {
    }
    pthread_mutex_lock(&m->locked.lock);
    m->locked.is_polling = 0;
    gone = m->locked.is_removed && m->locked.in_flight == 0;
    pthread_mutex_unlock(&m->locked.lock);
    if (gone)
        reap_soon(m);
}

/* ---- registry */

static void *registry_make(li_engine *engine)
{
    registry *r = lii_calloc(lii_engine_allocator(engine), 1, sizeof *r);

    if (r && pthread_mutex_init(&r->lock, NULL) != 0) {
        lii_free(lii_engine_allocator(engine), r);
        return NULL;
    }
    if (r)
        r->engine = engine;
    return r;
}

static void registry_free(void *self)
{
    registry *r = self;
    const li_allocator *allocator = lii_engine_allocator(r->engine);
    li_mapping *m, *next;

    for (m = r->first; m; m = next) {
        next = m->next;
        lii_timer_cancel(m->engine, &m->timer);
        mapping_free(m);
    }
    for (m = r->removed; m; m = next) {
        next = m->next;
        lii_timer_cancel(m->engine, &m->reaper);
        mapping_free(m);
    }
    pthread_mutex_destroy(&r->lock);
    lii_free(allocator, r);
}

static registry *registry_of(li_engine *engine)
{
    return lii_engine_slot(engine, LII_SLOT_MAPPINGS, registry_make, registry_free);
}

li_status li_mapping_spec_init(li_mapping_spec *spec, size_t size)
{
    static const li_mapping_spec defaults = LI_MAPPING_SPEC_INIT;

    return lii_options_init(spec, size, &defaults, sizeof defaults);
}

static li_status check_spec(li_engine *engine, const li_mapping_spec *s, li_error *err)
{
    li_slice arn = lii_measured(s->source_arn), function = lii_measured(s->function);
    li_function_info info;
    li_error inner = LI_ERROR_INIT;

    if (arn.len == 0 || arn.len >= ARN_SIZE)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_MAPPING_SOURCE, "source_arn", LI_Z, "Unrecognized event source.");
    if (s->batch_size < 1 || s->batch_size > 10000)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_MAPPING_OPTIONS, "batch_size", LI_Z,
                        "batch_size is 1 to 10000, not %u", s->batch_size);
    if (s->window_ms > 300000)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_MAPPING_OPTIONS, "window_ms", LI_Z,
                        "window_ms is 0 to 300000, not %llu", (unsigned long long)s->window_ms);
    if (s->batch_size > 10 && s->window_ms < 1000)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_BATCH_WINDOW, "window_ms", LI_Z,
                        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
    if (s->max_concurrency == 1 || s->max_concurrency > 1000)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_MAPPING_OPTIONS, "max_concurrency", LI_Z,
                        "max_concurrency is 2 to 1000, or 0 for none, not %u", s->max_concurrency);
    if (s->response_types & ~(uint32_t)LI_MAPPING_REPORT_BATCH_ITEM_FAILURES)
        return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_OPTIONS_UNKNOWN, "response_types", LI_Z, "unknown bits in response_types");
    if (s->filters.ptr)
        return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_MAPPING_OPTIONS, "filters", LI_Z, "filters are not supported by this version");
    if (s->on_failure.ptr)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_MAPPING_OPTIONS, "on_failure", LI_Z,
                        "a queue's mapping has no on-failure destination; its queue has redrive");
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    if (function.len == 0 || function.len >= sizeof info.arn + 64 ||
        li_function_describe(engine, function.ptr, function.len, NULL, 0, &info, &inner) != LI_OK)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_FUNCTION_NOT_FOUND, function.ptr, function.len, "Function does not exist");
    return LI_OK;
}

/* The local queue of an ARN of the engine's own region and account. */
static li_status local_source_of(li_engine *engine, const char *arn, li_source *source, li_error *err)
{
    char prefix[160];
    li_local_queue *queue = NULL;
    size_t n;

    n = (size_t)snprintf(prefix, sizeof prefix, "arn:%s:sqs:%s:%s:", li_engine_get_partition(engine),
                         li_engine_get_region(engine), li_engine_get_account(engine));
    if (strncmp(arn, prefix, n) != 0)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_MAPPING_SOURCE, arn, LI_Z, "Unrecognized event source.");
    if (li_local_queue_get(engine, arn + n, LI_Z, &queue) != LI_OK)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_MAPPING_SOURCE, arn, LI_Z,
                        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS "
                        "Error Message: The specified queue does not exist.");
    return lii_source_local_new(queue, source);
}

static li_mapping *find_pair_locked(registry *r, const char *arn, const char *function)
{
    li_mapping *m;

    for (m = r->first; m; m = m->next)
        if (strcmp(m->source_arn, arn) == 0 && strcmp(m->function, function) == 0)
            return m;
    return NULL;
}

static li_status link_mapping(registry *r, li_mapping *m, li_mapping **there, li_error *err)
{
    li_mapping **link;
    li_status status = LI_OK;
    int64_t limit = 0;

    li_config_get(r->engine, "limits.mappings", &limit);
    pthread_mutex_lock(&r->lock);
    *there = find_pair_locked(r, m->source_arn, m->function);
    if (*there)
        status = lii_fail(err, LI_E_CONFLICT, LI_DETAIL_MAPPING_EXISTS, (*there)->uuid, LI_Z,
                          "The event source arn (\" %s \") and function (\" %.60s \") provided mapping already exists.",
                          m->source_arn, m->function);
    else if (r->count >= (uint64_t)limit)
        status = lii_fail(err, LI_E_FULL, LI_DETAIL_NONE, "limits.mappings", LI_Z, "limits.mappings is %lld", (long long)limit);
    if (status == LI_OK) {
        for (link = &r->first; *link; link = &(*link)->next) {
        }
        *link = m;
        r->count++;
    }
    pthread_mutex_unlock(&r->lock);
    return status;
}

static li_status open_source(li_mapping *m, li_error *err)
{
    const li_codec *codec = lii_engine_codec(m->engine);
    size_t n = 0;
    li_status status;

    m->host.size = sizeof m->host;
    m->host.allocator = lii_engine_allocator(m->engine);
    m->host.now_ms = host_now_ms;
    m->host.post_event = host_post_event;
    m->host.position_get = host_position_get;
    m->host.position_put = host_position_put;
    m->host.region = li_engine_get_region(m->engine);
    m->host.source_arn = m->source_arn;
    m->host.md5 = codec ? codec->md5 : NULL;
    m->host.host = m;
    m->timer.run = poll_run;
    m->timer.user = m;
    status = m->ops.open(m->source, &m->host, err);
    if (status != LI_OK)
        return status;
    status = m->ops.lanes(m->source, &m->lane, 1, &n);
    return status == LI_OK && n == 1 ? m->ops.start(m->source, &m->lane, NULL)
                                     : lii_fail(err, LI_E_NOTSUP, LI_DETAIL_MAPPING_SOURCE, m->source_arn, LI_Z,
                                                "this version polls sources of one lane");
}

static li_status mapping_new(li_engine *engine, const li_mapping_spec *s, li_source *source, li_mapping **out, li_error *err)
{
    li_mapping *m = lii_calloc(lii_engine_allocator(engine), 1, sizeof *m);
    li_slice arn = lii_measured(s->source_arn), function = lii_measured(s->function);
    li_status status;
    li_id id;

    if (!m || pthread_mutex_init(&m->locked.lock, NULL) != 0) {
        lii_free(lii_engine_allocator(engine), m);
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a mapping");
    }
    m->engine = engine;
    memcpy(m->source_arn, arn.ptr, arn.len);
    snprintf(m->function, sizeof m->function, "%.*s", (int)function.len, function.ptr);
    m->window_ms = s->window_ms;
    m->batch_size = s->batch_size;
    m->most_at_once = s->max_concurrency ? s->max_concurrency : BATCHES_AT_ONCE;
    m->response_types = s->response_types;
    m->locked.is_enabled = !s->is_disabled;
    lii_engine_new_id(engine, &id);
    li_id_format(&id, m->uuid);
    if (!source->ops) {
        status = local_source_of(engine, m->source_arn, source, err);
        if (status != LI_OK)
            goto failed;
    }
    status = lii_ops_read(&m->ops, sizeof m->ops, source->ops, "li_source_ops", err);
    m->source = source->self;
    if (status == LI_OK && (!m->ops.open || !m->ops.lanes || !m->ops.start || !m->ops.fetch || !m->ops.encoded_size ||
                            !m->ops.encode || !m->ops.settle || !m->ops.release || !m->ops.close))
        status = lii_fail(err, LI_E_INVALID, LI_DETAIL_BACKEND_METHOD, "source", LI_Z,
                          "a source needs open, lanes, start, fetch, encoded_size, encode, settle, release and close");
    if (status == LI_OK) {
        *out = m;
        return LI_OK;
    }
failed:
    pthread_mutex_destroy(&m->locked.lock);
    lii_free(lii_engine_allocator(engine), m);
    return status;
}

li_status li_mapping_create(li_engine *engine, const li_mapping_spec *spec, li_mapping **mapping, li_error *err)
{
    li_mapping_spec s = LI_MAPPING_SPEC_INIT;
    li_source source = { NULL, NULL };
    li_mapping *m = NULL, *there = NULL;
    li_status status = lii_options_read(&s, sizeof s, spec, "li_mapping_spec", err);
    registry *r;

    if (status != LI_OK)
        return status;
    source = s.source;
    r = registry_of(engine);
    status = r ? check_spec(engine, &s, err) : lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory");
    if (status == LI_OK)
        status = mapping_new(engine, &s, &source, &m, err);
    if (status != LI_OK) {
        if (source.ops && source.ops->free)
            source.ops->free(source.self);
        return status;
    }
    m->owner = r;
    status = link_mapping(r, m, &there, err);
    if (status != LI_OK) {
        if (m->ops.free)
            m->ops.free(m->source);
        pthread_mutex_destroy(&m->locked.lock);
        lii_free(lii_engine_allocator(engine), m);
        if (mapping && there)
            *mapping = there;
        return status;
    }
    status = open_source(m, err);
    if (status != LI_OK) {
        li_mapping_remove(engine, m->uuid, LI_Z, NULL);
        return status;
    }
    if (mapping)
        *mapping = m;
    poll_soon(m, li_engine_now_ms(engine));
    return LI_OK;
}

static li_mapping *find_locked(registry *r, li_slice uuid)
{
    li_mapping *m = r->first;

    while (m && !lii_slice_is(uuid, m->uuid))
        m = m->next;
    return m;
}

static li_status unknown(li_slice uuid, li_error *err)
{
    return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_MAPPING_NOT_FOUND, uuid.ptr, uuid.len,
                    "The resource you requested does not exist.");
}

li_status li_mapping_remove(li_engine *engine, const char *uuid, size_t uuid_len, li_error *err)
{
    registry *r = registry_of(engine);
    li_slice id = lii_slice(uuid, uuid_len);
    li_mapping *m = NULL, **link;
    int gone;

    if (r) {
        pthread_mutex_lock(&r->lock);
        m = find_locked(r, id);
        for (link = &r->first; m && *link; link = &(*link)->next)
            if (*link == m) {
                *link = m->next;
                m->next = r->removed;
                r->removed = m;
                r->count--;
                break;
            }
        pthread_mutex_unlock(&r->lock);
    }
    if (!m)
        return unknown(id, err);
    pthread_mutex_lock(&m->locked.lock);
    m->locked.is_removed = 1;
    gone = m->locked.in_flight == 0 && !m->locked.is_polling;
    pthread_mutex_unlock(&m->locked.lock);
    if (gone)
        reap_soon(m);
    return LI_OK;
}

li_status li_mapping_set_enabled(li_engine *engine, const char *uuid, size_t uuid_len, int32_t is_enabled, li_error *err)
{
    registry *r = registry_of(engine);
    li_slice id = lii_slice(uuid, uuid_len);
    li_mapping *m = NULL;

    if (r) {
        pthread_mutex_lock(&r->lock);
        m = find_locked(r, id);
        if (m) {
            pthread_mutex_lock(&m->locked.lock);
            m->locked.is_enabled = is_enabled != 0;
            pthread_mutex_unlock(&m->locked.lock);
        }
        pthread_mutex_unlock(&r->lock);
    }
    if (!m)
        return unknown(id, err);
    if (is_enabled)
        poll_soon(m, li_engine_now_ms(engine));
    return LI_OK;
}

const char *li_mapping_get_uuid(const li_mapping *mapping)
{
    return mapping->uuid;
}

static void describe(li_mapping *m, li_mapping_info *info)
{
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    memcpy(info->uuid, m->uuid, sizeof m->uuid);
    memcpy(info->source_arn, m->source_arn, sizeof m->source_arn);
    memcpy(info->function, m->function, sizeof m->function);
    info->window_ms = m->window_ms;
    info->batch_size = m->batch_size;
    info->max_concurrency = m->most_at_once == BATCHES_AT_ONCE ? 0 : m->most_at_once;
    info->response_types = m->response_types;
    pthread_mutex_lock(&m->locked.lock);
    info->state = m->locked.is_enabled ? "Enabled" : "Disabled";
    info->polled = m->locked.polled;
    info->invoked = m->locked.invoked;
    info->failed = m->locked.failed;
    info->deleted = m->locked.deleted;
    pthread_mutex_unlock(&m->locked.lock);
}

li_status li_mapping_describe(li_engine *engine, const char *uuid, size_t uuid_len, li_mapping_info *info)
{
    registry *r = registry_of(engine);
    li_mapping_info found;
    li_mapping *m = NULL;

    if (!r)
        return LI_E_NOMEM;
    pthread_mutex_lock(&r->lock);
    m = find_locked(r, lii_slice(uuid, uuid_len));
    if (m)
        describe(m, &found);
    pthread_mutex_unlock(&r->lock);
    return m ? lii_options_write(info, &found, sizeof found) : LI_E_NOT_FOUND;
}

size_t li_mapping_each(li_engine *engine, void (*each)(void *user, const li_mapping_info *info), void *user)
{
    registry *r = registry_of(engine);
    li_mapping_info info;
    size_t i, k, n = 0;
    li_mapping *m;

    for (i = 0; r; i++) {
        pthread_mutex_lock(&r->lock);
        for (m = r->first, k = 0; m && k < i; k++)
            m = m->next;
        if (m)
            describe(m, &info);
        pthread_mutex_unlock(&r->lock);
        if (!m)
            break;
        each(user, &info);
        n++;
    }
    return n;
}
