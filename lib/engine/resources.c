/* resources.c - what an ARN or a URI stands for: registered destinations, local queues, functions. */
#include <stdio.h>
#include <stdlib.h>

#include "destination/function.h"
#include "destination/local.h"
#include "engine/engine.h"
#include "queue/local.h"

enum { TARGET_MAX = 1024 };

static uint64_t owner_now_ms(void *owner)
{
    return li_engine_now_ms(owner);
}

static void owner_new_id(void *owner, li_id *id)
{
    lii_engine_new_id(owner, id);
}

/* ---- destinations */

static void entry_free(li_engine *engine, lii_target_entry *entry)
{
    if (entry->ops.free)
        entry->ops.free(entry->self);
    lii_free(&engine->allocator, entry);
}

void lii_destination_release(li_engine *engine, lii_target_entry *entry)
{
    /* release pairs with the acquire of the last one */
    if (atomic_fetch_sub_explicit(&entry->refs, 1, memory_order_acq_rel) == 1)
        entry_free(engine, entry);
}

static li_status entry_new(li_engine *engine, li_slice target, const li_destination *destination, lii_target_entry **out,
                           li_error *err)
{
    lii_target_entry *entry = lii_calloc(&engine->allocator, 1, sizeof *entry + target.len + 1);
    li_status status;

    if (!entry)
        return lii_no_memory(err, "a destination");
    status = lii_ops_read(&entry->ops, sizeof entry->ops, destination->ops, "li_destination_ops", err);
    if (status == LI_OK && !entry->ops.put)
        status = lii_fail(err, LI_E_INVALID, LI_DETAIL_BACKEND_METHOD, "destination", LI_Z, "a destination needs put");
    if (status != LI_OK) {
        lii_free(&engine->allocator, entry);
        return status;
    }
    entry->self = destination->self;
    atomic_init(&entry->refs, 1);
    memcpy(entry->target, target.ptr, target.len);
    *out = entry;
    return LI_OK;
}

li_status li_destination_add(li_engine *engine, const char *target, size_t target_len, const li_destination *destination,
                             li_error *err)
{
    li_slice text = lii_slice(target, target_len);
    lii_target_entry *entry = NULL;
    void *old = NULL;
    li_status status;

    if (engine && lii_is_forked(engine))
        return lii_forked(err);
    if (!engine || !destination || !destination->ops)
        return lii_is_null(err, "engine or destination");
    if (text.len == 0 || text.len > TARGET_MAX)
        status = lii_fail(err, LI_E_INVALID, LI_DETAIL_DESTINATION_ARN, text.ptr, text.len, "a target has 1 to %d bytes",
                          (int)TARGET_MAX);
    else
        status = entry_new(engine, text, destination, &entry, err);
    if (status == LI_OK) {
        pthread_mutex_lock(&engine->lock);
        if ((int64_t)engine->locked.destinations.count >= LII_CONFIG(engine, destinations))
            status = lii_fail(err, LI_E_FULL, LI_DETAIL_NONE, NULL, 0, "limits.destinations is %lld",
                              (long long)LII_CONFIG(engine, destinations));
        else
            status = lii_table_put(&engine->locked.destinations, entry->target, text.len, entry, &old);
        pthread_mutex_unlock(&engine->lock);
    }
    if (status != LI_OK) {
        if (entry)
            entry_free(engine, entry);
        else if (destination->ops->size >= sizeof *destination->ops && destination->ops->free)
            destination->ops->free(destination->self);
        return status;
    }
    if (old)
        lii_destination_release(engine, old);
    return LI_OK;
}

li_status li_destination_remove(li_engine *engine, const char *target, size_t target_len)
{
    lii_target_entry *entry;

    if (lii_is_forked(engine))
        return LI_E_FORKED;
    pthread_mutex_lock(&engine->lock);
    entry = lii_table_remove(&engine->locked.destinations, target, lii_len(target, target_len));
    pthread_mutex_unlock(&engine->lock);
    if (!entry)
        return LI_E_NOT_FOUND;
    lii_destination_release(engine, entry);
    return LI_OK;
}

/* A function as destination: the record becomes an event of it. done comes from its queue. */
typedef struct handover {
    li_destination_done done;
    void *user;
    li_engine *engine;
} handover;

static void handed_over(void *user, li_status status, const li_id *id)
{
    handover *h = user;

    (void)id;
    h->done(h->user, status);
    lii_free(&h->engine->allocator, h);
}

static li_status submit_record(void *owner, const char *arn, size_t arn_len, const char *payload, size_t payload_len,
                               li_slice trace, li_destination_done done, void *user)
{
    li_engine *engine = owner;
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    handover *h = lii_alloc(&engine->allocator, sizeof *h);
    li_status status;

    if (!h)
        return LI_E_NOMEM;
    h->done = done;
    h->user = user;
    h->engine = engine;
    options.flags = LI_INVOKE_TRUSTED;
    options.trace = trace;
    status = li_event_submit(engine, arn, arn_len, payload, payload_len, &options, handed_over, h, NULL);
    if (status != LI_OK)
        lii_free(&engine->allocator, h);
    return status;
}

static int is_own(const li_engine *engine, const lii_arn *arn)
{
    return lii_slice_is(arn->region, engine->region) && lii_slice_is(arn->account, engine->account);
}

static li_local_queue *local_queue_of(li_engine *engine, const lii_arn *arn)
{
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_local_queue *queue = NULL;

    if (!lii_slice_is(arn->service, "sqs") || !is_own(engine, arn))
        return NULL;
    if (li_local_queue_get(engine, arn->resource.ptr, arn->resource.len, &queue) == LI_OK)
        return queue;
    if (!LII_CONFIG(engine, auto_queues))
        return NULL;
    options.name = arn->resource;
    options.max_message_bytes = (uint64_t)LII_CONFIG(engine, destination_bytes);
    li_local_queue_new(engine, &options, &queue, NULL);      /* also sets it when another thread was first */
    return queue;
}

/* What needs no registration is registered when it is first used. */
static li_status make_builtin(li_engine *engine, const char *target, size_t len)
{
    li_destination destination = { NULL, NULL };
    li_local_queue *queue;
    li_status status = LI_E_NOT_FOUND;
    lii_arn arn;

    if (lii_arn_parse(target, len, &arn) != 0)
        return LI_E_NOT_FOUND;
    if (lii_slice_is(arn.service, "lambda")) {
        status = lii_destination_function_new(submit_record, engine, target, len, &destination);
    } else {
        queue = local_queue_of(engine, &arn);
        if (queue)
            status = lii_destination_local_new(queue, &destination);
    }
    return status == LI_OK ? li_destination_add(engine, target, len, &destination, NULL) : status;
}

static lii_target_entry *find_retained(li_engine *engine, const char *target, size_t len)
{
    lii_target_entry *entry;

    pthread_mutex_lock(&engine->lock);
    entry = lii_table_get(&engine->locked.destinations, target, len);
    if (entry)
        atomic_fetch_add_explicit(&entry->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&engine->lock);
    return entry;
}

lii_target_entry *lii_destination_find(li_engine *engine, const char *target, li_status *status)
{
    size_t len = strlen(target);
    lii_target_entry *entry = find_retained(engine, target, len);

    if (entry)
        return entry;
    *status = make_builtin(engine, target, len);
    if (*status != LI_OK)
        return NULL;
    entry = find_retained(engine, target, len);
    if (!entry)
        *status = LI_E_NOT_FOUND;
    return entry;
}

int lii_destination_exists(li_engine *engine, const char *target, size_t len)
{
    lii_target_entry *entry = find_retained(engine, target, len);
    lii_arn arn;

    if (entry) {
        lii_destination_release(engine, entry);
        return 1;
    }
    return lii_arn_parse(target, len, &arn) == 0 && local_queue_of(engine, &arn) != NULL;
}

static int by_target(const void *a, const void *b)
{
    lii_target_entry *const *x = a, *const *y = b;

    return strcmp((*x)->target, (*y)->target);
}

static void describe(lii_target_entry *entry, uint64_t limit, li_destination_info *info)
{
    info->size = sizeof *info;
    info->target = entry->target;
    info->name = entry->ops.name;
    info->in_flight = atomic_load(&entry->in_flight);
    info->taken = atomic_load(&entry->taken);
    info->refused = atomic_load(&entry->refused);
    info->failures = atomic_load(&entry->failures);
    info->state = info->in_flight >= limit  ? LI_DESTINATION_FULL
                  : info->failures > 0 ? LI_DESTINATION_FAILING
                                       : LI_DESTINATION_GOOD;
}

li_status li_destination_each(li_engine *engine, void (*each)(void *user, const li_destination_info *info), void *user)
{
    lii_target_entry **list;
    lii_table_slot *slot;
    size_t i, n = 0;

    if (!engine || !each)
        return LI_E_INVALID;
    if (lii_is_forked(engine))
        return LI_E_FORKED;
    pthread_mutex_lock(&engine->lock);
    list = lii_alloc(&engine->allocator, (engine->locked.destinations.count + 1) * sizeof(lii_target_entry *));
    for (i = 0; list && (slot = lii_table_next(&engine->locked.destinations, &i)) != NULL; i++) {
        list[n] = slot->value;
        atomic_fetch_add_explicit(&list[n++]->refs, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&engine->lock);
    if (!list)
        return LI_E_NOMEM;
    qsort(list, n, sizeof(lii_target_entry *), by_target);
    for (i = 0; i < n; i++) {
        li_destination_info info;

        describe(list[i], (uint64_t)LII_CONFIG(engine, destination_backlog), &info);
        each(user, &info);
        lii_destination_release(engine, list[i]);
    }
    lii_free(&engine->allocator, list);
    return LI_OK;
}

/* ---- local queues */

li_status li_local_queue_get(li_engine *engine, const char *name, size_t name_len, li_local_queue **queue)
{
    li_local_queue *found;

    if (lii_is_forked(engine))
        return LI_E_FORKED;
    pthread_mutex_lock(&engine->lock);
    found = lii_table_get(&engine->locked.local_queues, name, lii_len(name, name_len));
    pthread_mutex_unlock(&engine->lock);
    if (!found)
        return LI_E_NOT_FOUND;
    *queue = found;
    return LI_OK;
}

li_status li_local_queue_new(li_engine *engine, const li_local_queue_options *options, li_local_queue **queue, li_error *err)
{
    li_local_queue_options o = LI_LOCAL_QUEUE_OPTIONS_INIT;
    lii_local_host host;
    li_local_queue *made = NULL, *there, *dead_letter = NULL;
    const char *name;
    li_status status = lii_engine_check_fork(engine, err);

    if (status == LI_OK)
        status = lii_options_read(&o, sizeof o, options, "li_local_queue_options", err);
    if (status == LI_OK && o.dead_letter_queue.ptr &&
        li_local_queue_get(engine, o.dead_letter_queue.ptr, o.dead_letter_queue.len, &dead_letter) != LI_OK)
        status = lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_NONE, o.dead_letter_queue.ptr, o.dead_letter_queue.len,
                          "there is no local queue of this name for dead letters");
    if (status != LI_OK)
        return status;
    host.allocator = &engine->allocator;
    host.now_ms = owner_now_ms;
    host.new_id = owner_new_id;
    host.owner = engine;
    host.mark = engine->mark;
    status = lii_local_queue_create(&host, &o, dead_letter, &made, err);
    if (status != LI_OK)
        return status;
    name = li_local_queue_get_name(made);
    pthread_mutex_lock(&engine->lock);
    there = lii_table_get(&engine->locked.local_queues, name, strlen(name));
    if (there)
        status = lii_fail(err, LI_E_CONFLICT, LI_DETAIL_NONE, name, LI_Z, "local queue \"%s\" exists", name);
    else if ((int64_t)engine->locked.local_queues.count >= LII_CONFIG(engine, local_queues))
        status = lii_fail(err, LI_E_FULL, LI_DETAIL_NONE, name, LI_Z, "limits.local_queues is %lld",
                          (long long)LII_CONFIG(engine, local_queues));
    else
        status = lii_table_put(&engine->locked.local_queues, name, strlen(name), made, NULL);
    pthread_mutex_unlock(&engine->lock);
    if (status != LI_OK) {
        lii_local_queue_destroy(made);
        made = there;
    }
    if (queue && made)
        *queue = made;
    return status;
}

static int by_name(const void *a, const void *b)
{
    li_local_queue *const *x = a, *const *y = b;

    return strcmp(li_local_queue_get_name(*x), li_local_queue_get_name(*y));
}

void li_local_queue_each(li_engine *engine, void (*each)(void *user, li_local_queue *queue, const char *name), void *user)
{
    li_local_queue **list;
    lii_table_slot *slot;
    size_t i, n = 0;

    pthread_mutex_lock(&engine->lock);
    list = lii_calloc(&engine->allocator, engine->locked.local_queues.count + 1, sizeof(li_local_queue *));
    for (i = 0; list && (slot = lii_table_next(&engine->locked.local_queues, &i)) != NULL; i++)
        list[n++] = slot->value;
    pthread_mutex_unlock(&engine->lock);
    if (n > 0)
        qsort(list, n, sizeof(li_local_queue *), by_name);
    for (i = 0; i < n; i++)
        each(user, list[i], li_local_queue_get_name(list[i]));
    lii_free(&engine->allocator, list);
}

void lii_resources_free(li_engine *engine)
{
    lii_table_slot *slot;
    size_t i;

    for (i = 0; (slot = lii_table_next(&engine->locked.destinations, &i)) != NULL; i++)
        lii_destination_release(engine, slot->value);
    for (i = 0; (slot = lii_table_next(&engine->locked.local_queues, &i)) != NULL; i++)
        lii_local_queue_destroy(slot->value);
}
