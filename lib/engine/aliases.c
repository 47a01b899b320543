/* aliases.c - aliases: names for a version, or for two of them with a weight. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "engine/settings.h"

li_status li_alias_spec_init(li_alias_spec *spec, size_t size)
{
    static const li_alias_spec defaults = LI_ALIAS_SPEC_INIT;

    return lii_options_init(spec, size, &defaults, sizeof defaults);
}

void lii_aliases_free_locked(li_function *function)
{
    while (function->locked.aliases) {
        lii_alias *alias = function->locked.aliases;

        function->locked.aliases = alias->next;
        function->engine->locked.n_aliases--;
        lii_free(&function->engine->allocator, alias);
    }
}

static lii_alias *find_locked(const li_function *function, li_slice name)
{
    lii_alias *alias = function->locked.aliases;

    while (alias && !lii_slice_is(name, alias->name))
        alias = alias->next;
    return alias;
}

static void number_text(char *out, size_t size, uint64_t number)
{
    if (number == 0)
        snprintf(out, size, "$LATEST");
    else
        snprintf(out, size, "%llu", (unsigned long long)number);
}

static void fill_locked(const li_function *function, const lii_alias *alias, li_alias_info *info)
{
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    memcpy(info->name, alias->name, sizeof info->name);
    lii_function_arn(function, alias->name, info->arn, sizeof info->arn);
    number_text(info->function_version, sizeof info->function_version, alias->version);
    if (alias->additional)
        number_text(info->additional_version, sizeof info->additional_version, alias->additional);
    memcpy(info->description, alias->description, sizeof info->description);
    memcpy(info->revision_id, alias->revision, sizeof info->revision_id);
    info->weight = alias->weight;
}

static li_status missing(const li_function *function, li_slice name, li_error *err)
{
    char qualifier[136], arn[328];

    snprintf(qualifier, sizeof qualifier, "%.*s", LII_TEXT(name));
    lii_function_arn(function, qualifier, arn, sizeof arn);
    return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_ALIAS_NOT_FOUND, arn, LI_Z, "no such alias: %s", arn);
}

/* The number that a text names: 0 for $LATEST. */
static li_status read_version_locked(li_function *function, li_slice text, uint64_t *number, li_error *err)
{
    char qualifier[136];

    text = lii_measured(text);
    *number = lii_version_number(text);
    if (lii_slice_is(text, "$LATEST"))
        return LI_OK;
    if (!lii_qualifier_is_version(text))
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_QUALIFIER, text.ptr, text.len,
                        "a version is $LATEST or a number, not \"%.*s\"", LII_TEXT(text));
    snprintf(qualifier, sizeof qualifier, "%.*s", LII_TEXT(text));
    if (!lii_version_number_locked(function, *number))
        return lii_not_found(function->engine, function->name, function->name_len, qualifier, err);
    return LI_OK;
}

static li_status set_weights_locked(li_function *function, lii_alias *alias, const li_alias_spec *s, li_error *err)
{
    li_slice text = lii_measured(s->additional_version);
    li_status status;

    if (text.ptr && text.len == 0) {
        alias->additional = 0;
        alias->weight = 0;
        return LI_OK;
    }
    if (text.ptr) {
        if (!lii_qualifier_is_version(text))
            return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_QUALIFIER, text.ptr, text.len,
                            "the additional version is a number, not \"%.*s\"", LII_TEXT(text));
        if (!(s->weight >= 0.0 && s->weight <= 1.0))
            return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_WEIGHT, "weight", LI_Z, "weight is 0 to 1, not %g", s->weight);
        status = read_version_locked(function, text, &alias->additional, err);
        if (status != LI_OK)
            return status;
        alias->weight = s->weight;
    }
    if (alias->additional && alias->version == 0)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_WEIGHTS_LATEST, "$LATEST", LI_Z,
                        "an alias that points to two versions cannot point to $LATEST");
    if (alias->additional && alias->additional == alias->version)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_WEIGHTS_SAME, "additional_version", LI_Z,
                        "version %llu is the alias's version already", (unsigned long long)alias->version);
    return LI_OK;
}

/* What spec says, on top of what alias is. */
static li_status merge_locked(li_function *function, lii_alias *alias, const li_alias_spec *s, li_error *err)
{
    li_status status = LI_OK;

    if (s->function_version.ptr)
        status = read_version_locked(function, s->function_version, &alias->version, err);
    if (status == LI_OK && s->description.ptr)
        status = lii_read_text(alias->description, sizeof alias->description - 7, s->description, LI_DETAIL_TEXT,
                               "description", err);
    if (status == LI_OK)
        status = set_weights_locked(function, alias, s, err);
    if (status == LI_OK)
        lii_revision(function->engine, alias->revision);
    return status;
}

static li_status check_name(li_slice name, li_error *err)
{
    size_t i;

    if (name.len == 0 || name.len > 128)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_QUALIFIER_LENGTH, name.ptr, name.len,
                        "the name of an alias has 1 to 128 characters, not %zu", name.len);
    for (i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            break;
    }
    if (i < name.len || lii_qualifier_is_version(name))
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_QUALIFIER, name.ptr, name.len,
                        "the name of an alias is of a-z, A-Z, 0-9, - and _, and not only digits: \"%.*s\"", LII_TEXT(name));
    return LI_OK;
}

void lii_alias_link_locked(li_function *function, lii_alias *alias)
{
    lii_alias **link = &function->locked.aliases;

    while (*link && strcmp((*link)->name, alias->name) < 0)
        link = &(*link)->next;
    alias->next = *link;
    *link = alias;
    function->engine->locked.n_aliases++;
}

static li_status begin(li_engine *engine, const char *name, size_t name_len, const li_alias_spec *spec, li_alias_spec *s,
                       li_function **function, li_error *err)
{
    const li_alias_spec defaults = LI_ALIAS_SPEC_INIT;
    li_status status;

    *s = defaults;
    status = lii_options_read(s, sizeof *s, spec, "li_alias_spec", err);
    if (status == LI_OK)
        status = lii_find_unqualified(engine, name, name_len, function, err);
    if (status != LI_OK)
        return status;
    s->name = lii_measured(s->name);
    return check_name(s->name, err);
}

li_status li_alias_create(li_engine *engine, const char *name, size_t name_len, const li_alias_spec *spec,
                          li_alias_info *info, li_error *err)
{
    li_function *function = NULL;
    li_alias_info found;
    li_alias_spec s;
    lii_alias *alias;
    li_status status = begin(engine, name, name_len, spec, &s, &function, err);

    if (status != LI_OK)
        return status;
    if (!s.function_version.ptr)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_QUALIFIER, "function_version", LI_Z, "function_version is required");
    alias = lii_calloc(&engine->allocator, 1, sizeof *alias);
    if (!alias)
        return lii_no_memory(err, "an alias");
    memcpy(alias->name, s.name.ptr, s.name.len);
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    if (!lii_function_exists_locked(function))
        status = lii_not_found(engine, function->name, function->name_len, "", err);
    else if (find_locked(function, s.name))
        status = lii_fail(err, LI_E_CONFLICT, LI_DETAIL_ALIAS_EXISTS, s.name.ptr, s.name.len, "alias %.*s exists",
                          LII_TEXT(s.name));
    else if ((int64_t)engine->locked.n_aliases >= LII_CONFIG(engine, aliases))
        status = lii_fail(err, LI_E_FULL, LI_DETAIL_ALIASES_FULL, s.name.ptr, s.name.len, "limits.aliases is %lld",
                          (long long)LII_CONFIG(engine, aliases));
    else
        status = merge_locked(function, alias, &s, err);
    if (status == LI_OK)
        status = lii_settings_alias_locked(function, alias, 0, err);
    if (status == LI_OK) {
        lii_alias_link_locked(function, alias);
        fill_locked(function, alias, &found);
        alias = NULL;
    }
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    lii_free(&engine->allocator, alias);
    return status == LI_OK && info ? lii_options_write(info, &found, sizeof found) : status;
}

li_status li_alias_update(li_engine *engine, const char *name, size_t name_len, const li_alias_spec *spec,
                          li_alias_info *info, li_error *err)
{
    li_function *function = NULL;
    lii_env *retired = NULL;
    li_alias_info found;
    lii_alias *alias, next;
    li_alias_spec s;
    li_status status = begin(engine, name, name_len, spec, &s, &function, err);

    if (status != LI_OK)
        return status;
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    alias = find_locked(function, s.name);
    if (!alias) {
        status = missing(function, s.name, err);
    } else if (s.revision_id.ptr && !lii_slice_is(lii_measured(s.revision_id), alias->revision)) {
        status = lii_fail(err, LI_E_PRECONDITION, LI_DETAIL_REVISION, alias->revision, LI_Z, "the alias has revision %s",
                          alias->revision);
    } else {
        next = *alias;
        status = merge_locked(function, &next, &s, err);
        if (status == LI_OK && alias->version != next.version)
            status = lii_provisioned_may_follow_locked(function, alias->name, alias->version, next.version, err);
        if (status == LI_OK)
            status = lii_settings_alias_locked(function, &next, 0, err);
        if (status == LI_OK) {
            uint64_t before = alias->version;

            *alias = next;
            if (before != next.version)
                lii_provisioned_follow_locked(function, alias->name, before, next.version, &retired);
            fill_locked(function, alias, &found);
        }
    }
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    lii_envs_retire_list(retired, LI_RETIRE_SPINDOWN);
    return status == LI_OK && info ? lii_options_write(info, &found, sizeof found) : status;
}

li_status li_alias_get(li_engine *engine, const char *name, size_t name_len, const char *alias_name, size_t alias_len,
                       li_alias_info *info, li_error *err)
{
    li_slice wanted = lii_slice(alias_name, alias_len);
    li_function *function = NULL;
    const lii_alias *alias;
    li_alias_info found;
    li_status status = lii_find_unqualified(engine, name, name_len, &function, err);

    if (status != LI_OK)
        return status;
    pthread_mutex_lock(&engine->lock);
    alias = find_locked(function, wanted);
    if (alias)
        fill_locked(function, alias, &found);
    pthread_mutex_unlock(&engine->lock);
    return alias ? lii_options_write(info, &found, sizeof found) : missing(function, wanted, err);
}

li_status li_alias_remove(li_engine *engine, const char *name, size_t name_len, const char *alias_name, size_t alias_len,
                          li_error *err)
{
    li_slice wanted = lii_slice(alias_name, alias_len);
    li_function *function = NULL;
    lii_env *retired = NULL;
    lii_alias **link, *alias;
    li_status status = lii_find_unqualified(engine, name, name_len, &function, err);

    if (status != LI_OK)
        return status;
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    alias = find_locked(function, wanted);
    if (alias)
        status = lii_settings_alias_locked(function, alias, 1, err);
    if (status != LI_OK)
        alias = NULL;
    if (alias) {
        for (link = &function->locked.aliases; *link != alias; link = &(*link)->next) {
        }
        lii_event_config_entomb_locked(function, alias->name);
        *link = alias->next;
        engine->locked.n_aliases--;
        lii_provisioned_follow_locked(function, alias->name, alias->version, 0, &retired);
    }
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    lii_envs_retire_list(retired, LI_RETIRE_SPINDOWN);
    if (alias)
        lii_slots_qualifier_removed(function, alias->name);
    lii_free(&engine->allocator, alias);
    return status;
}

li_status li_alias_each(li_engine *engine, const char *name, size_t name_len,
                        void (*each)(void *user, const li_alias_info *info), void *user, li_error *err)
{
    li_function *function = NULL;
    const lii_alias *alias;
    li_alias_info *list;
    size_t n = 0, i;
    li_status status = lii_find_unqualified(engine, name, name_len, &function, err);

    if (status != LI_OK)
        return status;
    pthread_mutex_lock(&engine->lock);
    for (alias = function->locked.aliases; alias; alias = alias->next)
        n++;
    list = lii_calloc(&engine->allocator, n + 1, sizeof *list);
    for (alias = function->locked.aliases, i = 0; list && alias; alias = alias->next)
        fill_locked(function, alias, &list[i++]);
    pthread_mutex_unlock(&engine->lock);
    if (!list)
        return lii_no_memory(err, "a list of aliases");
    for (i = 0; i < n; i++)
        each(user, &list[i]);
    lii_free(&engine->allocator, list);
    return LI_OK;
}
