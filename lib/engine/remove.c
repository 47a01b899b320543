/* remove.c - functions removed, and all of them at the engine's end. */
#include "engine/engine.h"
#include "engine/settings.h"

/* The lanes of a removed function keep its last event configs until they are empty. */
static void keep_tombstones_locked(li_function *function)
{
    lii_lane *lane;

    for (lane = function->locked.lanes; lane; lane = lane->next)
        lii_tombstone_locked(function, lane->qualifier, &lane->tombstone);
}

int lii_function_is_used_locked(const li_function *function)
{
    li_queue_stats stats = { sizeof stats, 0, 0, 0, 0 };
    const lii_lane *lane = lii_function_exists_locked(function) ? NULL : function->locked.lanes;

    for (; lane && stats.pending + stats.leased == 0; lane = lane->next)
        function->engine->queue_ops.stats(function->engine->queue, lane->number, &stats);
    return lii_function_exists_locked(function) || stats.pending + stats.leased > 0;
}

uint64_t lii_functions_used_locked(li_engine *engine)
{
    uint64_t n = engine->locked.n_existing;
    lii_table_slot *slot;
    size_t i = 0;

    for (; n < engine->locked.functions.count && (slot = lii_table_next(&engine->locked.functions, &i)) != NULL; i++)
        n += !lii_function_exists_locked(slot->value) && lii_function_is_used_locked(slot->value);
    return n;
}

li_status li_function_remove(li_engine *engine, const char *name, size_t name_len, li_error *err)
{
    li_function *function = NULL;
    lii_env *retired = NULL;
    lii_code *old;
    li_status status = lii_find_unqualified(engine, name, name_len, &function, err);

    if (status != LI_OK)
        return status;
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    if (function->latest.locked.code)
        status = lii_settings_remove_locked(function, err);
    old = status == LI_OK ? function->latest.locked.code : NULL;
    if (old) {
        keep_tombstones_locked(function);
        lii_function_resume_locked(function);
        atomic_store(&function->allows_loop, 0);
        atomic_store(&function->exists, 0);
        function->was_removed = 1;
        function->latest.locked.code = NULL;
        lii_set_reserved_locked(engine, function, LI_UNRESERVED);
        lii_event_configs_free(function);
        lii_versions_remove_locked(function, &retired);
        engine->locked.n_existing--;
    }
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    if (status != LI_OK)
        return status;
    lii_code_release(engine, old);
    lii_envs_retire_list(retired, LI_RETIRE_SPINDOWN);
    lii_slots_function_removed(engine, function->name);
    lii_journal(engine, LI_STEP_FUNCTION, NULL, function->name, 0, "removed");
    return old ? LI_OK : lii_not_found(engine, function->name, function->name_len, "", err);
}

void lii_functions_free(li_engine *engine)
{
    lii_table_slot *slot;
    size_t i = 0;

    while ((slot = lii_table_next(&engine->locked.functions, &i)) != NULL) {
        li_function *function = slot->value;
        lii_code *code = function->latest.locked.code;
        lii_env *retired = NULL;

        pthread_mutex_lock(&engine->lock);
        function->latest.locked.code = NULL;
        lii_versions_remove_locked(function, &retired);
        pthread_mutex_unlock(&engine->lock);
        lii_envs_retire_list(retired, LI_RETIRE_SPINDOWN);
        lii_versions_free(function);
        lii_event_configs_free(function);
        lii_code_release(engine, code);
        lii_free(&engine->allocator, ((void **)(void *)function)[-1]);
        i++;
    }
    i = 0;
    while ((slot = lii_table_next(&engine->locked.handlers, &i)) != NULL) {
        lii_free(&engine->allocator, slot->value);
        i++;
    }
}
