/* handlers.c - handlers by symbol: registered, and found by what is bound to them. */
#include <stdio.h>

#include "engine/engine.h"
#include "engine/settings.h"

static lii_handler *find_locked(li_engine *engine, const char *symbol)
{
    return lii_table_get(&engine->locked.handlers, symbol, strlen(symbol));
}

lii_handler *lii_handler_ready_locked(li_engine *engine, const char *symbol)
{
    lii_handler *handler = find_locked(engine, symbol);

    if (handler || lii_table_reserve(&engine->locked.handlers, 1) != LI_OK)
        return handler;
    handler = lii_calloc(&engine->allocator, 1, sizeof *handler);
    if (handler)
        snprintf(handler->symbol, sizeof handler->symbol, "%s", symbol);
    return handler;
}

void lii_handler_put_locked(li_engine *engine, lii_handler *handler, const lii_handler *given)
{
    if (!find_locked(engine, handler->symbol))
        lii_table_put(&engine->locked.handlers, handler->symbol, strlen(handler->symbol), handler, NULL);
    handler->handler = given->handler;
    handler->init = given->init;
    handler->fini = given->fini;
    handler->user = given->user;
}

void lii_handler_drop_locked(li_engine *engine, lii_handler *handler)
{
    if (handler && !find_locked(engine, handler->symbol))
        lii_free(&engine->allocator, handler);
}

/* What waited for the function, or for its handler, to be known. */
void lii_wake_lanes_locked(li_function *function, int was_parked)
{
    lii_lane *lane;

    for (lane = function->locked.lanes; lane; lane = lane->next)
        if (lane->is_recovered || was_parked)
            lii_lane_arm_locked(lane, lii_now_ns(function->engine));
}

/* What is bound to this symbol runs the new handler from the next environment on; a published version keeps the one it has. */
static int is_bound(const lii_version *version, const char *symbol)
{
    const lii_code *code = version->locked.code;

    return code && code->binding == LII_BIND_C && !(version->number > 0 && code->handler.handler) &&
           strcmp(code->binding_text + 2, symbol) == 0;
}

static void rebind_version_locked(li_engine *engine, lii_version *version, lii_code *code, const char *symbol, lii_env **retired)
{
    lii_code *old = version->locked.code;

    lii_code_copy(code, old);
    code->handler = *find_locked(engine, symbol);
    code->is_parked = 0;
    version->locked.code = code;
    lii_wake_lanes_locked(version->function, old->is_parked);
    lii_provisioned_go_on_locked(version);
    version->function->locked.generation += version->number == 0 && !old->is_parked;
    lii_version_changed_locked(version, retired);
    lii_code_release(engine, old);
}

/* Published versions that were read from the store get the handler that their function is registered with. */
void lii_rebind_parked_locked(li_function *function, const lii_code *code, lii_env **retired)
{
    lii_version *version;
    lii_code *fresh;

    for (version = function->latest.next; version && code->binding == LII_BIND_C && code->handler.handler; version = version->next)
        if (version->locked.code && version->locked.code->is_parked && is_bound(version, code->binding_text + 2) &&
            (fresh = lii_alloc(&function->engine->allocator, sizeof *fresh)) != NULL)     /* else its events wait on */
            rebind_version_locked(function->engine, version, fresh, code->binding_text + 2, retired);
}

/* The next version that is bound to the symbol, after `version`; NULL: that was the last. */
static lii_version *next_bound_locked(li_engine *engine, const char *symbol, size_t *i, lii_version *version)
{
    lii_table_slot *slot;

    for (version = version ? version->next : NULL;; version = version->next) {
        if (!version) {
            slot = lii_table_next(&engine->locked.functions, i);
            if (!slot)
                return NULL;
            ++*i;
            version = &((li_function *)slot->value)->latest;
        }
        if (is_bound(version, symbol))
            return version;
    }
}

/* New codes for all that is bound to the symbol, linked by what will be their handler's user. 0: no memory, nothing was made. */
static int codes_new_locked(li_engine *engine, const char *symbol, lii_code **list)
{
    lii_version *version = NULL;
    lii_code *code;
    size_t i = 0;

    *list = NULL;
    while ((version = next_bound_locked(engine, symbol, &i, version)) != NULL) {
        code = lii_alloc(&engine->allocator, sizeof *code);
        if (!code)
            break;
        code->handler.user = *list;
        *list = code;
    }
    while (version && *list) {
        code = *list;
        *list = code->handler.user;
        lii_free(&engine->allocator, code);
    }
    return version == NULL;
}

static li_status register_locked(li_engine *engine, const lii_handler *given, lii_env **retired)
{
    lii_handler *handler = lii_handler_ready_locked(engine, given->symbol);
    lii_version *version = NULL;
    lii_code *list, *code;
    size_t i = 0;

    if (!handler || !codes_new_locked(engine, given->symbol, &list)) {
        lii_handler_drop_locked(engine, handler);
        return LI_E_NOMEM;
    }
    lii_handler_put_locked(engine, handler, given);
    while (list && (version = next_bound_locked(engine, given->symbol, &i, version)) != NULL) {
        code = list;
        list = code->handler.user;
        rebind_version_locked(engine, version, code, given->symbol, retired);
    }
    return LI_OK;
}

li_status li_handler_register(li_engine *engine, const char *symbol, size_t symbol_len, li_handler handler,
                              li_init_handler init, li_fini_handler fini, void *user)
{
    lii_handler given;
    lii_env *retired = NULL;
    li_slice text = lii_slice(symbol, symbol_len);
    li_status status;

    if (engine && lii_is_shut(engine))
        return lii_shut(engine, NULL);
    memset(&given, 0, sizeof given);
    if (!engine || !handler || text.len == 0 || text.len >= sizeof given.symbol - 2)
        return LI_E_INVALID;
    memcpy(given.symbol, text.ptr, text.len);
    given.handler = handler;
    given.init = init;
    given.fini = fini;
    given.user = user;
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    status = register_locked(engine, &given, &retired);
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    lii_envs_retire_list(retired, LI_RETIRE_UPDATED);
    return status;
}
