/* event_config.c - event invoke configs of (function, qualifier), and what may be a destination. */
#include <stdio.h>

#include "engine/engine.h"
#include "engine/settings.h"

li_status li_event_config_init(li_event_config *config, size_t size)
{
    static const li_event_config defaults = LI_EVENT_CONFIG_INIT;

    return lii_options_init(config, size, &defaults, sizeof defaults);
}

const char *lii_qualifier_or_latest(const char *qualifier)
{
    return qualifier[0] ? qualifier : "$LATEST";
}

static lii_event_config *find_locked(const li_function *function, const char *qualifier)
{
    lii_event_config *config = function->locked.configs;

    while (config && strcmp(config->qualifier, lii_qualifier_or_latest(qualifier)) != 0)
        config = config->next;
    return config;
}

const lii_event_config *lii_event_config_locked(const lii_lane *lane)
{
    if (lii_code_locked(lane->function, lane->qualifier))
        return find_locked(lane->function, lane->qualifier);
    return lane->tombstone.is_tombstone ? &lane->tombstone : NULL;
}

int lii_tombstone_locked(li_function *function, const char *qualifier, lii_event_config *out)
{
    const char *stored = lii_qualifier_or_latest(qualifier);
    const lii_lane *lane = function->locked.lanes;
    const lii_event_config *config = find_locked(function, qualifier);
    const lii_code *code = lii_code_locked(function, qualifier);

    while (lane && strcmp(lii_qualifier_or_latest(lane->qualifier), stored) != 0)
        lane = lane->next;
    if (!lane)
        return 0;
    if (!code) {                 /* gone before */
        memmove(out, &lane->tombstone, sizeof *out);
        return out->is_tombstone;
    }
    memset(out, 0, sizeof *out);
    out->max_age_s = out->max_retries = -1;
    if (config)
        *out = *config;
    out->is_tombstone = config || code->dead_letter[0];  /* else there is nothing to remember */
    snprintf(out->qualifier, sizeof out->qualifier, "%s", stored);
    memcpy(out->dead_letter, code->dead_letter, sizeof out->dead_letter);
    return out->is_tombstone;
}

static lii_event_config *unlink_locked(li_function *function, const char *qualifier)
{
    lii_event_config *config = find_locked(function, qualifier), **link;

    if (config) {
        for (link = &function->locked.configs; *link != config;)
            link = &(*link)->next;
        *link = config->next;
        atomic_fetch_sub_explicit(&function->n_configs, 1, memory_order_relaxed);
    }
    return config;
}

void lii_event_config_entomb_locked(li_function *function, const char *qualifier)
{
    lii_lane *lane;

    for (lane = function->locked.lanes; lane; lane = lane->next)
        if (strcmp(lane->qualifier, qualifier) == 0)
            lii_tombstone_locked(function, qualifier, &lane->tombstone);
    lii_free(&function->engine->allocator, unlink_locked(function, qualifier));
}

void lii_event_configs_free(li_function *function)
{
    while (function->locked.configs) {
        lii_event_config *config = function->locked.configs;

        function->locked.configs = config->next;
        lii_free(&function->engine->allocator, config);
    }
    atomic_store_explicit(&function->n_configs, 0, memory_order_relaxed);
}

static void fill_info(li_function *function, const lii_event_config *config, li_event_config_info *info)
{
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    lii_function_arn(function, config->qualifier, info->function_arn, sizeof info->function_arn);
    memcpy(info->on_success, config->on_success, sizeof info->on_success);
    memcpy(info->on_failure, config->on_failure, sizeof info->on_failure);
    info->max_age_s = config->max_age_s;
    info->max_retries = config->max_retries;
    info->modified_ms = config->modified_ms;
}

/* ---- destinations allowed */

static li_status unknown(const char *target, li_error *err)
{
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_DESTINATION_UNKNOWN, target, LI_Z,
                    "nothing is registered for the destination %s", target);
}

static int ends_in_fifo(li_slice text)
{
    return text.len > 5 && memcmp(text.ptr + text.len - 5, ".fifo", 5) == 0;
}

static li_status check_function(li_engine *engine, const char *target, const li_function *self, li_error *err)
{
    li_slice none = { NULL, 0 };
    lii_target_ref found;

    if (lii_function_find(engine, target, LI_Z, none, &found, NULL) != LI_OK)
        return unknown(target, err);
    if (found.function == self)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_DESTINATION_SELF, target, LI_Z,
                        "%s cannot be a destination for itself", self->name);
    return LI_OK;
}

li_status lii_destination_check(li_engine *engine, const char *target, const li_function *self, const char *member,
                                li_error *err)
{
    size_t len = strlen(target);
    int is_success = strcmp(member, "onSuccess") == 0;
    lii_arn arn;

    if (lii_arn_parse(target, len, &arn) != 0) {
        if (strstr(target, "://") && lii_destination_exists(engine, target, len))
            return LI_OK;
        return lii_fail(err, strstr(target, "://") ? LI_E_INVALID : LI_E_VALIDATION,
                        strstr(target, "://") ? LI_DETAIL_DESTINATION_UNKNOWN : LI_DETAIL_DESTINATION_ARN, target, LI_Z,
                        "%s: \"%.180s\" is no ARN and nothing is registered for it", member, target);
    }
    if (ends_in_fifo(arn.resource) && (lii_slice_is(arn.service, "sqs") || lii_slice_is(arn.service, "sns")))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_DESTINATION_FIFO, target, LI_Z, "%s: FIFO is not possible", member);
    if (lii_slice_is(arn.service, "lambda"))
        return check_function(engine, target, self, err);
    if (lii_slice_is(arn.service, "events"))
        return LI_OK;            /* a missing bus is found out at delivery */
    if (lii_slice_is(arn.service, "sqs") || lii_slice_is(arn.service, "sns") ||
        (lii_slice_is(arn.service, "s3") && !is_success))
        return lii_destination_exists(engine, target, len) ? LI_OK : unknown(target, err);
    if (lii_destination_exists(engine, target, len))
        return LI_OK;
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_DESTINATION_SERVICE, target, LI_Z,
                    "%s: %.*s cannot be this destination", member, LII_TEXT(arn.service));
}

li_status lii_dead_letter_check(li_engine *engine, const char *target, li_error *err)
{
    size_t len = strlen(target);
    lii_arn arn;

    if (lii_destination_exists(engine, target, len))
        return LI_OK;
    if (lii_arn_parse(target, len, &arn) != 0)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_DESTINATION_ARN, target, LI_Z,
                        "dead letter: \"%.180s\" is no ARN and nothing is registered for it", target);
    if (!lii_slice_is(arn.service, "sqs") && !lii_slice_is(arn.service, "sns"))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_DESTINATION_SERVICE, target, LI_Z,
                        "a dead-letter queue is a queue or a topic, not %.*s", LII_TEXT(arn.service));
    if (ends_in_fifo(arn.resource))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_DESTINATION_FIFO, target, LI_Z, "a dead-letter queue is not FIFO");
    return unknown(target, err);
}

/* ---- operations */

static li_status copy_target(char *out, size_t out_size, li_slice given, const char *member, li_error *err)
{
    given = lii_measured(given);
    if (given.len >= out_size)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_DESTINATION_ARN, member, LI_Z, "%s has at most %zu bytes", member,
                        out_size - 1);
    if (given.len > 0)
        memcpy(out, given.ptr, given.len);
    out[given.len] = '\0';
    return LI_OK;
}

static li_status check_ranges(const li_event_config *c, li_error *err)
{
    if (c->max_retries < -1 || c->max_retries > 2)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_RETRIES, "maximumRetryAttempts", LI_Z,
                        "%lld is out of range: maximum retry attempts are 0 to 2", (long long)c->max_retries);
    if (c->max_age_s != -1 && (c->max_age_s < 60 || c->max_age_s > 21600))
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_EVENT_AGE, "maximumEventAgeInSeconds", LI_Z,
                        "%lld is out of range: the maximum event age is 60 to 21600 seconds", (long long)c->max_age_s);
    if (c->max_retries < 0 && c->max_age_s < 0 && !c->on_success.ptr && !c->on_failure.ptr)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_EVENT_CONFIG_EMPTY, NULL, 0,
                        "give at least one of max_retries, max_age_s, on_success, on_failure");
    return LI_OK;
}

static li_status missing(li_function *function, const char *qualifier, li_error *err)
{
    char arn[320];

    lii_function_arn(function, lii_qualifier_or_latest(qualifier), arn, sizeof arn);
    return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_EVENT_CONFIG_MISSING, arn, LI_Z, "%s has no event invoke config", arn);
}

static li_status find_target(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                             size_t qualifier_len, int function_matters, lii_target_ref *target, li_error *err)
{
    li_error inner = LI_ERROR_INIT;
    li_status status = lii_function_find(engine, name, name_len, lii_slice(qualifier, qualifier_len), target, &inner);

    if (status == LI_E_NOT_FOUND && inner.detail == LI_DETAIL_FUNCTION_NOT_FOUND && !function_matters)
        return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_EVENT_CONFIG_MISSING, inner.subject, LI_Z,
                        "%s has no event invoke config", inner.subject);
    if (status != LI_OK && err) {
        size_t size = err->size;

        memcpy(err, &inner, size < sizeof inner ? size : sizeof inner);
        err->size = size;
    }
    return status;
}

/* Merge given over next: members that are not given keep what next has. */
static li_status merge(lii_event_config *next, const li_event_config *c, li_error *err)
{
    li_status status = LI_OK;

    if (c->on_success.ptr)
        status = copy_target(next->on_success, sizeof next->on_success, c->on_success, "onSuccess", err);
    if (status == LI_OK && c->on_failure.ptr)
        status = copy_target(next->on_failure, sizeof next->on_failure, c->on_failure, "onFailure", err);
    if (c->max_age_s >= 0)
        next->max_age_s = c->max_age_s;
    if (c->max_retries >= 0)
        next->max_retries = c->max_retries;
    return status;
}

void lii_event_config_link_locked(li_function *function, lii_event_config *config)
{
    lii_event_config **link = &function->locked.configs;

    while (*link && strcmp((*link)->qualifier, config->qualifier) < 0)
        link = &(*link)->next;
    config->next = *link;
    *link = config;
    atomic_fetch_add_explicit(&function->n_configs, 1, memory_order_relaxed);
}

/* What is given over what there is, or alone; its destinations are known to be good. */
static li_status store_locked(li_function *function, const char *qualifier, const li_event_config *c, int merges,
                              lii_event_config *fresh, li_error *err)
{
    const lii_event_config *old = find_locked(function, qualifier);
    li_status status;

    if (!lii_code_locked(function, qualifier))
        return lii_not_found(function->engine, function->name, function->name_len, qualifier, err);
    if (merges && !old)
        return missing(function, qualifier, err);
    if (merges)
        *fresh = *old;
    snprintf(fresh->qualifier, sizeof fresh->qualifier, "%s", lii_qualifier_or_latest(qualifier));
    fresh->modified_ms = li_engine_now_ms(function->engine);
    status = merge(fresh, c, err);
    return status == LI_OK ? lii_settings_config_locked(function, fresh->qualifier, fresh, err) : status;
}

static li_status store(li_function *function, const char *qualifier, const li_event_config *c, int merges,
                       lii_event_config *fresh, li_event_config_info *info, li_error *err)
{
    li_engine *engine = function->engine;
    li_event_config_info filled;
    lii_event_config *config;
    li_status status;

    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    status = store_locked(function, qualifier, c, merges, fresh, err);
    if (status == LI_OK) {
        config = find_locked(function, qualifier);
        if (config) {
            fresh->next = config->next;
            *config = *fresh;
        } else {
            config = fresh;
            lii_event_config_link_locked(function, fresh);
            fresh = NULL;
        }
        fill_info(function, config, &filled);
    }
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    lii_free(&engine->allocator, fresh);
    return status == LI_OK && info ? lii_options_write(info, &filled, sizeof filled) : status;
}

static li_status put(li_engine *engine, const char *name, size_t name_len, const char *qualifier, size_t qualifier_len,
                     const li_event_config *given, int merges, li_event_config_info *info, li_error *err)
{
    li_event_config c = LI_EVENT_CONFIG_INIT;
    lii_event_config *fresh;
    lii_target_ref target;
    li_status status = lii_options_read(&c, sizeof c, given, "li_event_config", err);

    if (status == LI_OK)
        status = check_ranges(&c, err);
    if (status == LI_OK)
        status = find_target(engine, name, name_len, qualifier, qualifier_len, !merges, &target, err);
    if (status != LI_OK)
        return status;
    fresh = lii_calloc(&engine->allocator, 1, sizeof *fresh);
    if (!fresh)
        return lii_no_memory(err, "an event invoke config");
    fresh->max_age_s = fresh->max_retries = -1;
    status = merge(fresh, &c, err);
    if (status == LI_OK && fresh->on_success[0])
        status = lii_destination_check(engine, fresh->on_success, target.function, "onSuccess", err);
    if (status == LI_OK && fresh->on_failure[0])
        status = lii_destination_check(engine, fresh->on_failure, target.function, "onFailure", err);
    if (status == LI_OK)
        return store(target.function, target.qualifier, &c, merges, fresh, info, err);
    lii_free(&engine->allocator, fresh);
    return status;
}

li_status li_event_config_put(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                              size_t qualifier_len, const li_event_config *config, li_event_config_info *info,
                              li_error *err)
{
    return put(engine, name, name_len, qualifier, qualifier_len, config, 0, info, err);
}

li_status li_event_config_update(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                 size_t qualifier_len, const li_event_config *config, li_event_config_info *info,
                                 li_error *err)
{
    return put(engine, name, name_len, qualifier, qualifier_len, config, 1, info, err);
}

li_status li_event_config_get(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                              size_t qualifier_len, li_event_config_info *info, li_error *err)
{
    li_event_config_info filled;
    lii_event_config *config;
    lii_target_ref target;
    li_status status = find_target(engine, name, name_len, qualifier, qualifier_len, 0, &target, err);

    if (status != LI_OK)
        return status;
    pthread_mutex_lock(&engine->lock);
    config = find_locked(target.function, target.qualifier);
    if (config)
        fill_info(target.function, config, &filled);
    pthread_mutex_unlock(&engine->lock);
    return config ? lii_options_write(info, &filled, sizeof filled) : missing(target.function, target.qualifier, err);
}

li_status li_event_config_remove(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                 size_t qualifier_len, li_error *err)
{
    lii_event_config *config = NULL;
    lii_target_ref target;
    li_status status = find_target(engine, name, name_len, qualifier, qualifier_len, 0, &target, err);

    if (status != LI_OK)
        return status;
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    if (find_locked(target.function, target.qualifier))
        status = lii_settings_config_locked(target.function, lii_qualifier_or_latest(target.qualifier), NULL, err);
    if (status == LI_OK)
        config = unlink_locked(target.function, target.qualifier);
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    if (!config)
        return status != LI_OK ? status : missing(target.function, target.qualifier, err);
    lii_free(&engine->allocator, config);
    return LI_OK;
}

li_status li_event_config_each(li_engine *engine, const char *name, size_t name_len,
                               void (*each)(void *user, const li_event_config_info *info), void *user, li_error *err)
{
    li_event_config_info info;
    lii_event_config *config;
    lii_target_ref target;
    char last[136] = "";
    li_status status;

    status = lii_function_find(engine, name, name_len, lii_slice(NULL, 0), &target, err);
    while (status == LI_OK) {
        pthread_mutex_lock(&engine->lock);
        for (config = target.function->locked.configs; config && strcmp(config->qualifier, last) <= 0;)
            config = config->next;
        if (config) {
            fill_info(target.function, config, &info);
            memcpy(last, config->qualifier, sizeof last);
        }
        pthread_mutex_unlock(&engine->lock);
        if (!config)
            break;
        each(user, &info);
    }
    return status;
}
