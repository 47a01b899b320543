/* settings.c - functions, versions, aliases, event invoke configs and provisioned concurrency in the engine's store: each change is written before it
 * is seen, so that what a caller was told is there after a crash.
 *
 * An operation holds settings.lock from its checks to its end, and opens engine.lock while the store writes. Nobody else
 * changes settings meanwhile; a callback of the store's queue that wants to, waits for the operation alone. */
#include <stdio.h>

#include "engine/engine.h"
#include "engine/settings.h"
#include "json/write.h"

void lii_settings_begin(li_engine *engine)
{
    if (engine->store_is_given)
        pthread_mutex_lock(&engine->settings_lock);
}

void lii_settings_end(li_engine *engine)
{
    if (engine->store_is_given)
        pthread_mutex_unlock(&engine->settings_lock);
}

/* ---- rows */

typedef struct rows {
    li_engine *engine;
    lii_buf text;                /* keys and values, one after the other, in the order of the changes */
    lii_buf changes;             /* of li_store_change: their lengths, until they are written */
    li_store_change next;
} rows;

static void rows_init(rows *r, li_engine *engine)
{
    r->engine = engine;
    lii_buf_init(&r->text, &engine->allocator);
    lii_buf_init(&r->changes, &engine->allocator);
}

/* All of them or none. */
static li_status rows_write(rows *r, li_error *err)
{
    li_store_change *changes = (li_store_change *)(void *)r->changes.data;
    size_t n = r->changes.len / sizeof *changes, at = 0, i;
    li_status status;

    if (r->text.status != LI_OK || r->changes.status != LI_OK) {
        status = lii_no_memory(err, "a setting to be written");
    } else {
        for (i = 0; i < n; i++) {
            changes[i].key.ptr = r->text.data + at;
            changes[i].value.ptr = changes[i].key.ptr + changes[i].key.len;
            at += changes[i].key.len + changes[i].value.len;
        }
        pthread_mutex_unlock(&r->engine->lock);
        status = lii_store_write(r->engine, changes, n, err);
        pthread_mutex_lock(&r->engine->lock);
    }
    lii_buf_fini(&r->text);
    lii_buf_fini(&r->changes);
    return status;
}

static void row_begin(rows *r, const char *table, const li_function *function, const char *rest)
{
    size_t at = r->text.len;

    memset(&r->next, 0, sizeof r->next);
    r->next.table = lii_slice(table, LI_Z);
    lii_buf_add(&r->text, function->name, function->name_len);
    if (rest) {
        lii_buf_add_byte(&r->text, ':');
        lii_buf_add_z(&r->text, rest);
    }
    r->next.key.len = r->text.len - at;
    r->next.value.len = r->text.len;     /* where it begins, until its end is known */
}

static void row_end(rows *r)
{
    r->next.value.len = r->text.len - r->next.value.len;
    lii_buf_add(&r->changes, &r->next, sizeof r->next);
}

static void add_removal(rows *r, const char *table, const li_function *function, const char *rest)
{
    row_begin(r, table, function, rest);
    r->next.is_removal = 1;
    row_end(r);
}

static void write_code(lii_json_writer *w, const lii_code *code)
{
    lii_json_member_string(w, "binding", code->binding_text, LI_Z);
    lii_json_member_string(w, "description", code->description, LI_Z);
    lii_json_member_string(w, "deadLetter", code->dead_letter, LI_Z);
    lii_json_member_u64(w, "timeoutMs", code->timeout_ms);
    lii_json_member_u64(w, "memoryMb", code->memory_mb);
    lii_json_member_u64(w, "runOn", (uint64_t)code->run_on);
    lii_json_member_u64(w, "flags", code->flags);
    lii_json_member_u64(w, "declared", code->declared);
    lii_json_member_u64(w, "logging", code->log_format | (unsigned)code->application_level << 8 | (unsigned)code->system_level << 16);
}

static void write_i64(lii_json_writer *w, const char *name, int64_t number)
{
    lii_json_key(w, name);
    lii_json_int(w, number);
}

static void add_function(rows *r, const li_function *function, const lii_function_row *row)
{
    lii_json_writer w;

    row_begin(r, "function", function, NULL);
    lii_json_begin(&w, &r->text);
    lii_json_open(&w, '{');
    write_code(&w, row->code);
    write_i64(&w, "reserved", row->reserved);
    lii_json_member_string(&w, "revision", row->revision, LI_Z);
    lii_json_member_u64(&w, "modifiedMs", row->modified_ms);
    lii_json_member_u64(&w, "published", row->n_published);
    lii_json_member_u64(&w, "generation", row->generation);
    write_i64(&w, "paused", row->is_paused);
    write_i64(&w, "allowsLoop", row->allows_loop);
    lii_json_close(&w, '}');
    row_end(r);
}

void lii_function_row_locked(const li_function *function, lii_function_row *row)
{
    row->code = function->latest.locked.code;
    row->reserved = function->locked.reserved;
    row->revision = function->locked.revision;
    row->modified_ms = function->locked.modified_ms;
    row->n_published = function->locked.n_published;
    row->generation = function->locked.generation;
    row->is_paused = function->locked.is_paused;
    row->allows_loop = atomic_load(&function->allows_loop);
}

static void add_config(rows *r, const li_function *function, const char *qualifier, const lii_event_config *config)
{
    lii_json_writer w;

    row_begin(r, "event-config", function, qualifier);
    lii_json_begin(&w, &r->text);
    lii_json_open(&w, '{');
    write_i64(&w, "maxAgeS", config->max_age_s);
    write_i64(&w, "maxRetries", config->max_retries);
    lii_json_member_string(&w, "onSuccess", config->on_success, LI_Z);
    lii_json_member_string(&w, "onFailure", config->on_failure, LI_Z);
    lii_json_member_u64(&w, "modifiedMs", config->modified_ms);
    if (config->is_tombstone) {
        lii_json_key(&w, "removed");
        lii_json_bool(&w, 1);
        lii_json_member_string(&w, "deadLetter", config->dead_letter, LI_Z);
    }
    lii_json_close(&w, '}');
    row_end(r);
}

/* What goes with a version or an alias. Events that may wait for it end by its tombstone. */
static void remove_qualifier(rows *r, li_function *function, const char *qualifier)
{
    lii_event_config tombstone;

    add_removal(r, "provisioned", function, qualifier);
    add_removal(r, "policy", function, qualifier);
    if (lii_tombstone_locked(function, qualifier, &tombstone))
        add_config(r, function, qualifier, &tombstone);
    else
        add_removal(r, "event-config", function, qualifier);
}

static void add_end_of_version(rows *r, li_function *function, const char *number)
{
    add_removal(r, "version", function, number);
    remove_qualifier(r, function, number);
}

static void add_end_of_alias(rows *r, li_function *function, const char *name)
{
    add_removal(r, "alias", function, name);
    remove_qualifier(r, function, name);
}

/* Events are accepted while it is written. A lane that comes so is in a second write, whose failure does not take the first one
 * back: the lane's events end by the rules of those that have none then, should the process die before. */
static li_status write_end_locked(li_function *function, void (*add)(rows *r, li_function *function, const char *qualifier),
                                  const char *qualifier, li_error *err)
{
    const lii_lane *first = NULL;
    li_status status = LI_OK, now = LI_OK;
    int n;
    rows r;

    for (n = 0; now == LI_OK && (n == 0 || first != function->locked.lanes); n++) {
        first = function->locked.lanes;
        rows_init(&r, function->engine);
        add(&r, function, qualifier);
        now = rows_write(&r, n == 0 ? err : NULL);
        status = n == 0 ? now : LI_OK;
    }
    return status;
}

/* The life before left tombstones of its lanes; the new one has no configs. */
static void add_tombstone_removals(rows *r, const li_function *function)
{
    const lii_lane *lane;

    for (lane = function->locked.lanes; lane; lane = lane->next)
        add_removal(r, "event-config", function, lii_qualifier_or_latest(lane->qualifier));
}

li_status lii_settings_function_locked(li_function *function, const lii_function_row *row, li_error *err)
{
    li_status status;
    rows r;

    if (!function->engine->store_is_given)
        return LI_OK;
    rows_init(&r, function->engine);
    add_function(&r, function, row);
    if (!lii_function_exists_locked(function))
        add_tombstone_removals(&r, function);
    status = rows_write(&r, err);
    function->is_stored = status == LI_OK || function->is_stored;
    return status;
}

li_status lii_settings_version_locked(li_function *function, const lii_code *code, uint64_t number, const char *revision,
                                      uint64_t modified_ms, li_error *err)
{
    lii_function_row row;
    lii_json_writer w;
    char text[24];
    rows r;

    if (!function->engine->store_is_given)
        return LI_OK;
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    if (!code)
        return write_end_locked(function, add_end_of_version, text, err);
    rows_init(&r, function->engine);
    lii_function_row_locked(function, &row);
    row.n_published = number;
    add_function(&r, function, &row);
    row_begin(&r, "version", function, text);
    lii_json_begin(&w, &r.text);
    lii_json_open(&w, '{');
    write_code(&w, code);
    lii_json_member_string(&w, "revision", revision, LI_Z);
    lii_json_member_u64(&w, "modifiedMs", modified_ms);
    lii_json_member_u64(&w, "generation", row.generation);
    lii_json_close(&w, '}');
    row_end(&r);
    return rows_write(&r, err);
}

li_status lii_settings_alias_locked(li_function *function, const lii_alias *alias, int is_removal, li_error *err)
{
    lii_json_writer w;
    rows r;

    if (!function->engine->store_is_given)
        return LI_OK;
    if (is_removal)
        return write_end_locked(function, add_end_of_alias, alias->name, err);
    rows_init(&r, function->engine);
    if (!lii_code_locked(function, alias->name))
        add_removal(&r, "event-config", function, alias->name);      /* a tombstone */
    row_begin(&r, "alias", function, alias->name);
    lii_json_begin(&w, &r.text);
    lii_json_open(&w, '{');
    lii_json_member_u64(&w, "version", alias->version);
    lii_json_member_u64(&w, "additional", alias->additional);
    lii_json_member_u64(&w, "weightE15", (uint64_t)(alias->weight * 1e15 + 0.5));
    lii_json_member_string(&w, "description", alias->description, LI_Z);
    lii_json_member_string(&w, "revision", alias->revision, LI_Z);
    lii_json_close(&w, '}');
    row_end(&r);
    return rows_write(&r, err);
}

li_status lii_settings_config_locked(li_function *function, const char *qualifier, const lii_event_config *config, li_error *err)
{
    rows r;

    if (!function->engine->store_is_given)
        return LI_OK;
    rows_init(&r, function->engine);
    if (config)
        add_config(&r, function, qualifier, config);
    else
        add_removal(&r, "event-config", function, qualifier);
    return rows_write(&r, err);
}

li_status lii_settings_provisioned_locked(li_function *function, const char *qualifier, uint64_t n, li_error *err)
{
    lii_json_writer w;
    rows r;

    if (!function->engine->store_is_given)
        return LI_OK;
    rows_init(&r, function->engine);
    if (n == 0) {
        add_removal(&r, "provisioned", function, qualifier);
    } else {
        row_begin(&r, "provisioned", function, qualifier);
        lii_json_begin(&w, &r.text);
        lii_json_open(&w, '{');
        lii_json_member_u64(&w, "n", n);
        lii_json_member_u64(&w, "modifiedMs", li_engine_now_ms(function->engine));
        lii_json_close(&w, '}');
        row_end(&r);
    }
    return rows_write(&r, err);
}

/* ---- the end of a function: what is left, while events of it may wait, is the mark of its removal (DECISIONS: only a removal
 * is one), and a tombstone for each lane, by which they end */

static void remove_parts(rows *r, const li_function *function)
{
    const lii_event_config *config;
    const lii_version *version;
    const lii_alias *alias;
    char text[24];

    for (version = function->latest.next; version; version = version->next) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)version->number);
        add_removal(r, "version", function, text);
        add_removal(r, "provisioned", function, text);
        add_removal(r, "policy", function, text);
    }
    for (alias = function->locked.aliases; alias; alias = alias->next) {
        add_removal(r, "alias", function, alias->name);
        add_removal(r, "provisioned", function, alias->name);
        add_removal(r, "policy", function, alias->name);
    }
    for (config = function->locked.configs; config; config = config->next)
        add_removal(r, "event-config", function, config->qualifier);
    add_removal(r, "policy", function, NULL);
    add_removal(r, "policy", function, "$LATEST");
}

static void add_end_of_function(rows *r, li_function *function, const char *none)
{
    lii_event_config tombstone;
    const lii_lane *lane;
    lii_json_writer w;

    (void)none;
    if (function->locked.lanes) {
        row_begin(r, "function", function, NULL);
        lii_json_begin(&w, &r->text);
        lii_json_open(&w, '{');
        lii_json_key(&w, "removed");
        lii_json_bool(&w, 1);
        lii_json_close(&w, '}');
        row_end(r);
    } else {
        add_removal(r, "function", function, NULL);
    }
    remove_parts(r, function);
    for (lane = function->locked.lanes; lane; lane = lane->next)
        if (lii_tombstone_locked(function, lane->qualifier, &tombstone))
            add_config(r, function, lii_qualifier_or_latest(lane->qualifier), &tombstone);
}

li_status lii_settings_remove_locked(li_function *function, li_error *err)
{
    return function->engine->store_is_given ? write_end_locked(function, add_end_of_function, NULL, err) : LI_OK;
}

/* The mark of a removal whose events are gone. */
void lii_settings_forget_locked(li_function *function)
{
    rows r;

    rows_init(&r, function->engine);
    add_removal(&r, "function", function, NULL);
    remove_parts(&r, function);
    rows_write(&r, NULL);        /* what could not be written is tried again at the next open */
}
