/* versions.c - published versions: made, removed, listed. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "engine/settings.h"

li_status li_version_spec_init(li_version_spec *spec, size_t size)
{
    static const li_version_spec defaults = LI_VERSION_SPEC_INIT;

    return lii_options_init(spec, size, &defaults, sizeof defaults);
}

void lii_revision(li_engine *engine, char out[40])
{
    li_id id;

    lii_engine_new_id(engine, &id);
    li_id_format(&id, out);
}

lii_version *lii_version_number_locked(li_function *function, uint64_t number)
{
    lii_version *version = &function->latest;

    if (number == 0)
        return NULL;
    while (version && (version->number != number || !version->locked.code))
        version = version->next;
    return version;
}

/* Removed ones are linked as well: the newest that is there. */
static lii_version *newest_locked(li_function *function)
{
    lii_version *version = function->latest.next;

    while (version && !version->locked.code)
        version = version->next;
    return version;
}

/* Fast slots sit on cache lines of their own; the block's start is kept just below. */
lii_version *lii_version_new(li_engine *engine)
{
    char *raw = lii_calloc(&engine->allocator, 1, sizeof(lii_version) + 64 + sizeof(void *));
    lii_version *version;

    if (!raw)
        return NULL;
    version = (lii_version *)(void *)(raw + 64 + sizeof(void *) - ((uintptr_t)raw + sizeof(void *)) % 64);
    ((void **)(void *)version)[-1] = raw;
    return version;
}

static void version_free(li_engine *engine, lii_version *version)
{
    if (version)
        lii_free(&engine->allocator, ((void **)(void *)version)[-1]);
}

static lii_code *code_copy(li_engine *engine, const lii_code *from)
{
    lii_code *code = lii_alloc(&engine->allocator, sizeof *code);

    if (code)
        lii_code_copy(code, from);
    return code;
}

static void link_locked(li_function *function, lii_version *version, lii_code *code)
{
    li_engine *engine = function->engine;

    version->engine = engine;
    version->function = function;
    version->number = ++function->locked.n_published;
    snprintf(code->version, sizeof code->version, "%llu", (unsigned long long)version->number);
    version->locked.code = code;
    version->locked.generation = function->locked.generation;
    version->next = function->latest.next;
    function->latest.next = version;
    engine->locked.n_versions++;
}

static li_status check_locked(li_function *function, const li_version_spec *s, li_error *err)
{
    li_engine *engine = function->engine;

    if (!lii_function_exists_locked(function))
        return lii_not_found(engine, function->name, function->name_len, "", err);
    if (s->revision_id.ptr && !lii_slice_is(lii_measured(s->revision_id), function->locked.revision))
        return lii_fail(err, LI_E_PRECONDITION, LI_DETAIL_REVISION, function->locked.revision, LI_Z,
                        "$LATEST has revision %s, not %.*s", function->locked.revision, LII_TEXT(lii_measured(s->revision_id)));
    return LI_OK;
}

li_status li_version_publish(li_engine *engine, const char *name, size_t name_len, const li_version_spec *spec,
                             li_function_info *info, li_error *err)
{
    li_version_spec s = LI_VERSION_SPEC_INIT;
    li_function *function = NULL;
    li_function_info found;
    lii_version *version, *fresh;
    lii_code *code = NULL;
    int is_new = 0;
    li_status status = lii_options_read(&s, sizeof s, spec, "li_version_spec", err);

    if (status == LI_OK)
        status = lii_find_unqualified(engine, name, name_len, &function, err);
    if (status != LI_OK)
        return status;
    fresh = lii_version_new(engine);
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    status = check_locked(function, &s, err);
    version = newest_locked(function);
    if (status == LI_OK && (!version || version->locked.generation != function->locked.generation)) {
        if ((int64_t)engine->locked.n_versions >= LII_CONFIG(engine, versions))
            status = lii_fail(err, LI_E_FULL, LI_DETAIL_VERSIONS_FULL, function->name, LI_Z, "limits.versions is %lld",
                              (long long)LII_CONFIG(engine, versions));
        else if (!fresh || !(code = code_copy(engine, function->latest.locked.code)))
            status = lii_no_memory(err, "a version");
        else if (s.description.ptr)
            status = lii_read_text(code->description, sizeof code->description - 7, s.description, LI_DETAIL_TEXT,
                                   "description", err);
        if (status == LI_OK) {
            fresh->locked.modified_ms = li_engine_now_ms(engine);
            lii_revision(engine, fresh->locked.revision);
            status = lii_settings_version_locked(function, code, function->locked.n_published + 1, fresh->locked.revision,
                                                 fresh->locked.modified_ms, err);
        }
        if (status == LI_OK) {
            link_locked(function, fresh, code);
            version = fresh;
            is_new = 1;
            fresh = NULL;
            code = NULL;
        }
    }
    if (status == LI_OK)
        lii_describe_locked(version, &found);
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    version_free(engine, fresh);
    lii_code_release(engine, code);
    if (status != LI_OK)
        return status;
    if (is_new)
        lii_journal(engine, LI_STEP_FUNCTION, NULL, function->name, 0, "published");
    return info ? lii_options_write(info, &found, sizeof found) : LI_OK;
}

static const lii_alias *alias_of_locked(const li_function *function, uint64_t number)
{
    const lii_alias *alias = function->locked.aliases;

    while (alias && alias->version != number && alias->additional != number)
        alias = alias->next;
    return alias;
}

static lii_code *remove_locked(lii_version *version, lii_env **retired)
{
    lii_code *code = version->locked.code;

    lii_provisioned_end_locked(version, retired);
    version->engine->locked.n_versions -= code != NULL;
    version->locked.code = NULL;
    lii_version_changed_locked(version, retired);
    return code;
}

li_status li_version_remove(li_engine *engine, const char *name, size_t name_len, const char *version, size_t version_len,
                            li_error *err)
{
    li_slice number = lii_slice(version, version_len);
    li_function *function = NULL;
    lii_env *retired = NULL;
    lii_code *code = NULL;
    lii_version *found;
    const lii_alias *alias;
    char digits[24];
    li_status status = lii_find_unqualified(engine, name, name_len, &function, err);

    if (status != LI_OK)
        return status;
    if (!lii_qualifier_is_version(number))
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_QUALIFIER, number.ptr, number.len,
                        "a version is a number, not \"%.*s\"", LII_TEXT(number));
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    found = lii_version_number_locked(function, lii_version_number(number));
    alias = found ? alias_of_locked(function, found->number) : NULL;
    if (alias)
        status = lii_fail(err, LI_E_CONFLICT, LI_DETAIL_VERSION_IN_USE, alias->name, LI_Z, "alias %s points to version %llu",
                          alias->name, (unsigned long long)found->number);
    else if (found)
        status = lii_settings_version_locked(function, NULL, found->number, NULL, 0, err);
    if (status == LI_OK && found) {
        snprintf(digits, sizeof digits, "%llu", (unsigned long long)found->number);
        lii_event_config_entomb_locked(function, digits);
        code = remove_locked(found, &retired);
    }
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    lii_code_release(engine, code);
    lii_envs_retire_list(retired, LI_RETIRE_SPINDOWN);
    if (code)
        lii_slots_qualifier_removed(function, digits);
    return status;
}

void lii_versions_remove_locked(li_function *function, lii_env **retired)
{
    lii_version *version;

    for (version = function->latest.next; version; version = version->next)
        lii_code_release(function->engine, remove_locked(version, retired));
    function->locked.n_published = 0;
    lii_aliases_free_locked(function);
    lii_version_changed_locked(&function->latest, retired);
}

void lii_versions_free(li_function *function)
{
    lii_version *version = function->latest.next, *next;

    lii_pool_free(&function->latest);
    for (; version; version = next) {
        next = version->next;
        lii_pool_free(version);
        version_free(function->engine, version);
    }
    function->latest.next = NULL;
}

/* The version after this number, or NULL: the list has the newest first. */
static lii_version *following_locked(li_function *function, uint64_t after)
{
    lii_version *version, *best = NULL;

    for (version = function->latest.next; version && version->number > after; version = version->next)
        if (version->locked.code)
            best = version;
    return best;
}

li_status li_version_each(li_engine *engine, const char *name, size_t name_len, uint64_t after, size_t max,
                          void (*each)(void *user, const li_function_info *info), void *user, li_error *err)
{
    li_function *function = NULL;
    li_function_info info;
    lii_version *version;
    size_t given;
    int is_latest = after == 0;
    li_status status = lii_find_unqualified(engine, name, name_len, &function, err);

    if (after == LI_AFTER_LATEST)
        after = 0;
    for (given = 0; status == LI_OK && given < max; given++, is_latest = 0) {
        pthread_mutex_lock(&engine->lock);
        version = is_latest ? &function->latest : following_locked(function, after);
        if (version && version->locked.code)
            lii_describe_locked(version, &info);
        else
            version = NULL;
        pthread_mutex_unlock(&engine->lock);
        if (!version)
            break;
        after = version->number;
        each(user, &info);
    }
    return status;
}
