/* lookup.c - functions found by any form of their name, described, listed. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"

li_function *lii_function_lookup_locked(li_engine *engine, const char *name, size_t len)
{
    return lii_table_get(&engine->locked.functions, name, len);
}

int lii_function_exists_locked(const li_function *function)
{
    return function->latest.locked.code != NULL;
}

lii_version *lii_version_locked(li_function *function, const char *qualifier, int draw)
{
    lii_version *version = NULL;
    const lii_alias *alias;

    if (qualifier[0] == '\0' || strcmp(qualifier, "$LATEST") == 0)
        return lii_function_exists_locked(function) ? &function->latest : NULL;
    if (lii_qualifier_is_version(lii_slice(qualifier, LI_Z)))
        return lii_version_number_locked(function, lii_version_number(lii_slice(qualifier, LI_Z)));
    for (alias = function->locked.aliases; alias; alias = alias->next)
        if (strcmp(alias->name, qualifier) == 0)
            break;
    if (!alias)
        return NULL;
    if (alias->additional > 0 && draw) {
        double drawn;

        pthread_mutex_lock(&function->engine->random.lock);
        drawn = (double)(lii_random_u64(&function->engine->random.random) >> 11) * 0x1p-53;
        pthread_mutex_unlock(&function->engine->random.lock);
        if (drawn < alias->weight)
            version = lii_version_number_locked(function, alias->additional);
    }
    if (alias->version == 0)
        return &function->latest;
    return version ? version : lii_version_number_locked(function, alias->version);
}

lii_code *lii_code_locked(li_function *function, const char *qualifier)
{
    lii_version *version = lii_version_locked(function, qualifier, 0);

    return version ? version->locked.code : NULL;
}

void lii_function_arn(const li_function *function, const char *qualifier, char *out, size_t out_size)
{
    const li_engine *e = function->engine;

    snprintf(out, out_size, "arn:%s:lambda:%s:%s:function:%s%s%s", e->partition, e->region, e->account, function->name,
             qualifier[0] ? ":" : "", qualifier);
}

li_status lii_not_found(li_engine *engine, const char *name, size_t name_len, const char *qualifier, li_error *err)
{
    char arn[288];

    snprintf(arn, sizeof arn, "arn:%s:lambda:%s:%s:function:%.*s%s%s", engine->partition, engine->region, engine->account,
             (int)(name_len > 140 ? 140 : name_len), name, qualifier[0] ? ":" : "", qualifier);
    return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_FUNCTION_NOT_FOUND, arn, LI_Z, "function not found: %s", arn);
}

/* Shape, region, account: what a name can be refused for before the function is looked for. */
static li_status parse_own(li_engine *engine, const char *name, size_t name_len, li_slice qualifier, lii_name *out,
                           li_error *err)
{
    li_status status = lii_name_parse(name, name_len, qualifier, out, err);

    if (status != LI_OK)
        return status;
    if (out->region.len > 0 && !lii_slice_is(out->region, engine->region))
        return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_OTHER_REGION, out->region.ptr, out->region.len,
                        "functions of %.*s cannot be reached from %s", LII_TEXT(out->region), engine->region);
    if (out->account.len > 0 && !lii_slice_is(out->account, engine->account))
        return lii_fail(err, LI_E_DENIED, LI_DETAIL_OTHER_ACCOUNT, out->account.ptr, out->account.len,
                        "account %.*s is not this engine's, %s", LII_TEXT(out->account), engine->account);
    return LI_OK;
}

li_status lii_function_find(li_engine *engine, const char *name, size_t name_len, li_slice qualifier,
                            lii_target_ref *target, li_error *err)
{
    li_function *function;
    lii_name parsed;
    li_status status;
    int exists;

    if (lii_is_shut(engine))
        return lii_shut(engine, err);
    name_len = lii_len(name, name_len);
    function = qualifier.ptr || !name ? NULL : lii_index_find(&engine->index, name, name_len);
    if (function && atomic_load_explicit(&function->exists, memory_order_acquire)) {   /* as most names are: no lock */
        target->function = function;
        target->qualifier[0] = '\0';
        return LI_OK;
    }
    status = parse_own(engine, name, name_len, qualifier, &parsed, err);
    if (status != LI_OK)
        return status;
    memset(target->qualifier, 0, sizeof target->qualifier);
    if (parsed.qualifier.len > 0)
        memcpy(target->qualifier, parsed.qualifier.ptr, parsed.qualifier.len);
    pthread_mutex_lock(&engine->lock);
    function = lii_function_lookup_locked(engine, parsed.function.ptr, parsed.function.len);
    exists = function && lii_code_locked(function, target->qualifier) != NULL;
    pthread_mutex_unlock(&engine->lock);
    target->function = function;
    if (!exists)
        return lii_not_found(engine, parsed.function.ptr, parsed.function.len, target->qualifier, err);
    return LI_OK;
}

void lii_describe_locked(const lii_version *version, li_function_info *info)
{
    const li_function *function = version->function;
    const lii_code *code = version->locked.code;

    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    memcpy(info->name, function->name, sizeof info->name);
    lii_function_arn(function, "", info->arn, sizeof info->arn);
    memcpy(info->version, code->version, sizeof info->version);
    memcpy(info->description, code->description, sizeof info->description);
    memcpy(info->binding, code->binding_text, sizeof info->binding);
    memcpy(info->dead_letter_target, code->dead_letter, sizeof info->dead_letter_target);
    memcpy(info->revision_id, version->number ? version->locked.revision : function->locked.revision,
           sizeof info->revision_id);
    info->modified_ms = version->number ? version->locked.modified_ms : function->locked.modified_ms;
    info->reserved_concurrency = function->locked.reserved;
    info->timeout_ms = code->timeout_ms;
    info->memory_mb = code->memory_mb;
    info->run_on = code->run_on;
    info->flags = code->flags;
    info->log_format = code->log_format;
    info->application_log_level = code->application_level;
    info->system_log_level = code->system_level;
    info->state = code->active_ns != 0 && lii_now_ns(function->engine) < code->active_ns ? LI_FUNCTION_PENDING : LI_FUNCTION_ACTIVE;
    info->is_paused = function->locked.is_paused;
    info->recursive_loop = atomic_load(&function->allows_loop) ? LI_RECURSION_ALLOW : LI_RECURSION_TERMINATE;
    info->is_bound = code->binding != LII_BIND_C || code->handler.handler != NULL;
}

li_status li_function_describe(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                               size_t qualifier_len, li_function_info *info, li_error *err)
{
    const lii_version *version;
    li_function_info found;
    lii_target_ref target;
    li_status status;

    status = lii_function_find(engine, name, name_len, lii_slice(qualifier, qualifier_len), &target, err);
    if (status != LI_OK)
        return status;
    pthread_mutex_lock(&engine->lock);
    version = lii_version_locked(target.function, target.qualifier, 0);
    if (version)
        lii_describe_locked(version, &found);
    else
        status = lii_not_found(engine, target.function->name, target.function->name_len, target.qualifier, err);
    pthread_mutex_unlock(&engine->lock);
    return status == LI_OK ? lii_options_write(info, &found, sizeof found) : status;
}

static int by_name(const void *a, const void *b)
{
    const li_function *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

size_t li_function_each(li_engine *engine, const char *after, size_t after_len, size_t max,
                        void (*each)(void *user, const li_function_info *info), void *user)
{
    li_function **list;
    lii_table_slot *slot;
    char from[72] = "";
    size_t i = 0, n = 0, given = 0, cap;

    if (lii_is_forked(engine))
        return 0;
    after_len = lii_len(after, after_len);
    if (after_len > 0 && after_len < sizeof from)
        memcpy(from, after, after_len);
    pthread_mutex_lock(&engine->lock);
    cap = engine->locked.functions.count;
    list = cap ? lii_calloc(&engine->allocator, cap, sizeof(li_function *)) : NULL;
    while (list && n < cap && (slot = lii_table_next(&engine->locked.functions, &i)) != NULL) {
        li_function *function = slot->value;

        if (function->latest.locked.code && strcmp(function->name, from) > 0)
            list[n++] = function;
        i++;
    }
    pthread_mutex_unlock(&engine->lock);
    if (n > 0)
        qsort(list, n, sizeof(li_function *), by_name);
    for (i = 0; i < n && given < max; i++) {
        li_function_info info;
        int exists;

        pthread_mutex_lock(&engine->lock);
        exists = lii_function_exists_locked(list[i]);
        if (exists)
            lii_describe_locked(&list[i]->latest, &info);
        pthread_mutex_unlock(&engine->lock);
        if (exists) {
            each(user, &info);
            given++;
        }
    }
    lii_free(&engine->allocator, list);
    return given;
}

li_status li_function_get(li_engine *engine, const char *name, size_t name_len, li_function **out)
{
    li_function *function;

    if (lii_is_forked(engine))
        return LI_E_FORKED;
    pthread_mutex_lock(&engine->lock);
    function = lii_function_lookup_locked(engine, name, lii_len(name, name_len));
    if (function && !function->latest.locked.code)
        function = NULL;
    pthread_mutex_unlock(&engine->lock);
    if (!function)
        return LI_E_NOT_FOUND;
    *out = function;
    return LI_OK;
}
