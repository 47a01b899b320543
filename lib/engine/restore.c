/* restore.c - settings read back at open. A row that cannot be read is left out, with a line in the journal. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "engine/settings.h"
#include "json/scan.h"

typedef struct restorer {
    li_engine *engine;
    li_status status;
    li_error *err;
    lii_json_value row;
    li_slice name;               /* of the function */
    char rest[136];              /* of the key, behind the colon */
} restorer;

static void text_of(lii_json_value object, const char *name, char *out, size_t out_size)
{
    lii_json_value v = lii_json_get(object, name, strlen(name));
    size_t len = v.type == LII_JSON_STRING ? lii_json_text(v, out, out_size) : 0;

    out[len < out_size ? len : 0] = '\0';
}

static int64_t number_of(lii_json_value object, const char *name, int64_t standard)
{
    lii_json_value v = lii_json_get(object, name, strlen(name));
    int64_t number = standard;

    return v.type == LII_JSON_NUMBER && lii_json_i64(v, &number) == 0 ? number : standard;
}

/* The row is an object of a function by a good name. */
static int begin(restorer *r, li_slice key, li_slice value)
{
    const char *colon = memchr(key.ptr, ':', key.len);
    size_t rest = colon ? key.len - (size_t)(colon - key.ptr) - 1 : 0;

    r->name = lii_slice(key.ptr, colon ? (size_t)(colon - key.ptr) : key.len);
    if (lii_json_check(value.ptr, value.len, LII_JSON_DEPTH, NULL) != 0 || r->name.len == 0 || r->name.len > 64 ||
        !lii_name_is_plain(r->name) || rest >= sizeof r->rest) {
        lii_journal(r->engine, LI_STEP_ENGINE, NULL, "", 0, "a stored setting is damaged and was left out");
        return 0;
    }
    if (rest)
        memcpy(r->rest, colon + 1, rest);
    r->rest[rest] = '\0';
    r->row = lii_json_root(value.ptr, value.len);
    return 1;
}

static int32_t no_memory(restorer *r)
{
    r->status = lii_no_memory(r->err, "the stored settings");
    return 1;
}

static lii_code *read_code(restorer *r, const char *version)
{
    li_engine *engine = r->engine;
    lii_code *code = lii_calloc(&engine->allocator, 1, sizeof *code);
    lii_handler *handler;
    int64_t logging;

    if (!code)
        return NULL;
    atomic_init(&code->refs, 1);
    lii_code_set_timeout(engine, code, (uint32_t)number_of(r->row, "timeoutMs", 3000));
    code->memory_mb = (uint32_t)number_of(r->row, "memoryMb", 128);
    code->run_on = (int32_t)number_of(r->row, "runOn", LI_RUN_INLINE);
    code->flags = (uint32_t)number_of(r->row, "flags", 0);
    code->declared = (uint32_t)number_of(r->row, "declared", 0);
    logging = number_of(r->row, "logging", 0);
    code->log_format = (uint8_t)logging;
    code->application_level = (uint8_t)(logging >> 8);
    code->system_level = (uint8_t)(logging >> 16);
    text_of(r->row, "binding", code->binding_text, sizeof code->binding_text);
    text_of(r->row, "description", code->description, sizeof code->description);
    text_of(r->row, "deadLetter", code->dead_letter, sizeof code->dead_letter);
    snprintf(code->version, sizeof code->version, "%s", version);
    code->binding = strcmp(code->binding_text, "poll:") == 0 ? LII_BIND_POLL : LII_BIND_C;
    if (code->binding == LII_BIND_POLL)
        return code;
    /* an executor is an object of the process that was: its function waits for the one of this process, as for a handler */
    handler = strncmp(code->binding_text, "c:", 2) == 0
                  ? lii_table_get(&engine->locked.handlers, code->binding_text + 2, strlen(code->binding_text + 2))
                  : NULL;
    if (handler)
        code->handler = *handler;
    code->is_parked = handler == NULL;
    return code;
}

static int32_t take_function(void *user, li_slice key, li_slice value)
{
    restorer *r = user;
    li_function *function;
    lii_json_value removed;

    if (!begin(r, key, value))
        return 0;
    function = lii_function_new_locked(r->engine, r->name, r->err);
    if (!function)
        return no_memory(r);
    lii_function_link_locked(function);
    function->is_stored = 1;
    removed = lii_json_get(r->row, "removed", 7);
    if (removed.type == LII_JSON_TRUE) {
        function->was_removed = 1;
        return 0;
    }
    function->latest.locked.code = read_code(r, "$LATEST");
    if (!function->latest.locked.code)
        return no_memory(r);
    function->is_restored = 1;
    atomic_store(&function->exists, 1);
    r->engine->locked.n_existing++;
    lii_set_reserved_locked(r->engine, function, number_of(r->row, "reserved", LI_UNRESERVED));
    text_of(r->row, "revision", function->locked.revision, sizeof function->locked.revision);
    function->locked.modified_ms = (uint64_t)number_of(r->row, "modifiedMs", 0);
    function->locked.n_published = (uint64_t)number_of(r->row, "published", 0);
    function->locked.generation = (uint64_t)number_of(r->row, "generation", 1);
    function->locked.is_paused = number_of(r->row, "paused", 0) != 0;
    atomic_store(&function->allows_loop, number_of(r->row, "allowsLoop", 0) != 0);
    return 0;
}

static li_function *function_of(restorer *r)
{
    return lii_function_lookup_locked(r->engine, r->name.ptr, r->name.len);
}

static int32_t take_version(void *user, li_slice key, li_slice value)
{
    restorer *r = user;
    lii_version *version, **link;
    li_function *function;
    lii_code *code;

    if (!begin(r, key, value) || (function = function_of(r)) == NULL || !function->latest.locked.code)
        return 0;
    code = read_code(r, r->rest);
    version = code ? lii_version_new(r->engine) : NULL;
    if (!version) {
        lii_code_release(r->engine, code);
        return no_memory(r);
    }
    version->engine = r->engine;
    version->function = function;
    version->number = strtoull(r->rest, NULL, 10);
    version->locked.code = code;
    version->locked.generation = (uint64_t)number_of(r->row, "generation", 0);
    version->locked.modified_ms = (uint64_t)number_of(r->row, "modifiedMs", 0);
    text_of(r->row, "revision", version->locked.revision, sizeof version->locked.revision);
    for (link = &function->latest.next; *link && (*link)->number > version->number;)
        link = &(*link)->next;
    version->next = *link;
    *link = version;
    r->engine->locked.n_versions++;
    return 0;
}

static int32_t take_alias(void *user, li_slice key, li_slice value)
{
    restorer *r = user;
    li_function *function;
    lii_alias *alias;

    if (!begin(r, key, value) || (function = function_of(r)) == NULL || !function->latest.locked.code)
        return 0;
    alias = lii_calloc(&r->engine->allocator, 1, sizeof *alias);
    if (!alias)
        return no_memory(r);
    memcpy(alias->name, r->rest, sizeof alias->name);
    alias->version = (uint64_t)number_of(r->row, "version", 0);
    alias->additional = (uint64_t)number_of(r->row, "additional", 0);
    alias->weight = (double)number_of(r->row, "weightE15", 0) / 1e15;
    text_of(r->row, "description", alias->description, sizeof alias->description);
    text_of(r->row, "revision", alias->revision, sizeof alias->revision);
    lii_alias_link_locked(function, alias);
    return 0;
}

/* Tombstones too, until the lanes are known. */
static int32_t take_config(void *user, li_slice key, li_slice value)
{
    restorer *r = user;
    lii_event_config *config;
    li_function *function;

    if (!begin(r, key, value) || (function = function_of(r)) == NULL)
        return 0;
    config = lii_calloc(&r->engine->allocator, 1, sizeof *config);
    if (!config)
        return no_memory(r);
    memcpy(config->qualifier, r->rest, sizeof config->qualifier);
    config->max_age_s = number_of(r->row, "maxAgeS", -1);
    config->max_retries = number_of(r->row, "maxRetries", -1);
    config->modified_ms = (uint64_t)number_of(r->row, "modifiedMs", 0);
    text_of(r->row, "onSuccess", config->on_success, sizeof config->on_success);
    text_of(r->row, "onFailure", config->on_failure, sizeof config->on_failure);
    text_of(r->row, "deadLetter", config->dead_letter, sizeof config->dead_letter);
    config->is_tombstone = function->was_removed || lii_json_get(r->row, "removed", 7).type == LII_JSON_TRUE;
    lii_event_config_link_locked(function, config);
    return 0;
}

static int32_t take_provisioned(void *user, li_slice key, li_slice value)
{
    restorer *r = user;
    li_function *function;
    lii_version *version;
    int64_t n;

    if (!begin(r, key, value) || (function = function_of(r)) == NULL)
        return 0;
    version = lii_version_locked(function, r->rest, 0);
    n = number_of(r->row, "n", 0);
    if (version && version != &function->latest && n > 0 &&
        lii_provisioned_restore_locked(version, r->rest, (uint64_t)n, (uint64_t)number_of(r->row, "modifiedMs", 0)) != LI_OK)
        return no_memory(r);
    return 0;
}

li_status lii_settings_restore(li_engine *engine, li_error *err)
{
    static const struct {
        const char *table;
        int32_t (*take)(void *user, li_slice key, li_slice value);
    } tables[] = { { "function", take_function }, { "version", take_version }, { "alias", take_alias }, { "event-config", take_config },
                   { "provisioned", take_provisioned } };
    li_status status = LI_OK;
    restorer r;
    size_t i;

    if (!engine->store_is_given)
        return LI_OK;
    memset(&r, 0, sizeof r);
    r.engine = engine;
    r.err = err;
    /* the engine is not known to anybody yet: nothing needs its lock */
    for (i = 0; i < sizeof tables / sizeof tables[0] && status == LI_OK && r.status == LI_OK; i++) {
        status = lii_store_each(engine, lii_slice(tables[i].table, LI_Z), tables[i].take, &r);
        if (status != LI_OK)
            lii_fail(err, status, LI_DETAIL_NONE, tables[i].table, LI_Z, "the store's table \"%s\" cannot be read: %s",
                     tables[i].table, li_strerror(status));
    }
    return status == LI_OK ? r.status : status;
}

void lii_lane_tombstone_locked(lii_lane *lane)
{
    const lii_event_config *config = lane->function->locked.configs;

    while (config && !(config->is_tombstone && strcmp(config->qualifier, lii_qualifier_or_latest(lane->qualifier)) == 0))
        config = config->next;
    if (config)
        lane->tombstone = *config;
}

static int has_lane_locked(const li_function *function, const char *qualifier)
{
    const lii_lane *lane = function->locked.lanes;

    while (lane && strcmp(lii_qualifier_or_latest(lane->qualifier), qualifier) != 0)
        lane = lane->next;
    return lane != NULL;
}

/* The lanes have taken their tombstones; others have nothing to be kept for. */
static void bury_locked(li_function *function)
{
    lii_event_config **link = &function->locked.configs, *config;

    while ((config = *link) != NULL) {
        if (!config->is_tombstone) {
            link = &config->next;
            continue;
        }
        *link = config->next;
        atomic_fetch_sub_explicit(&function->n_configs, 1, memory_order_relaxed);
        if (!has_lane_locked(function, config->qualifier))
            lii_settings_config_locked(function, config->qualifier, NULL, NULL);   /* a row that stays is tried again at the next open */
        lii_free(&function->engine->allocator, config);
    }
}

/* What was removed and has nothing left waiting is forgotten. */
void lii_settings_restored(li_engine *engine)
{
    lii_table_slot *slot;
    size_t i;

    if (!engine->store_is_given)
        return;
    pthread_mutex_lock(&engine->lock);
    for (i = 0; (slot = lii_table_next(&engine->locked.functions, &i)) != NULL; i++) {
        li_function *function = slot->value;

        if (function->was_removed && !function->locked.lanes) {
            lii_settings_forget_locked(function);
            lii_event_configs_free(function);
        }
        bury_locked(function);
    }
    pthread_mutex_unlock(&engine->lock);
}
