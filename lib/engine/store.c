/* store.c - the engine's store of settings: opened with the engine, written before a change is seen. */
#include "engine/engine.h"

static uint64_t store_now_ms(void *engine)
{
    return li_engine_now_ms(engine);
}

li_status lii_store_take(li_engine *engine, li_store *given, li_error *err)
{
    li_status status;

    engine->store_is_given = given->ops != NULL;
    if (!given->ops) {
        status = li_store_memory_new(&engine->allocator, given);
        if (status != LI_OK)
            return status;
    }
    status = lii_ops_read(&engine->store_ops, sizeof engine->store_ops, given->ops, "li_store_ops", err);
    if (status != LI_OK)
        return status;
    engine->store = given->self;
    if (!engine->store_ops.open || !engine->store_ops.get || !engine->store_ops.write || !engine->store_ops.each ||
        !engine->store_ops.close)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_BACKEND_METHOD, "store", LI_Z,
                        "a store needs open, get, write, each and close");
    return LI_OK;
}

li_status lii_store_open(li_engine *engine, li_error *err)
{
    engine->store_host.size = sizeof engine->store_host;
    engine->store_host.allocator = &engine->allocator;
    engine->store_host.now_ms = store_now_ms;
    engine->store_host.engine = engine;
    engine->store_host.is_virtual = engine->is_virtual;
    return engine->store_ops.open(engine->store, &engine->store_host, err);
}

int lii_store_is_given(const li_engine *engine)
{
    return engine->store_is_given;
}

li_status lii_store_get(li_engine *engine, li_slice table, li_slice key,
                        void (*value)(void *user, const char *data, size_t len), void *user)
{
    return engine->store_ops.get(engine->store, table, key, value, user);
}

li_status lii_store_write(li_engine *engine, const li_store_change *changes, size_t n, li_error *err)
{
    return engine->store_ops.write(engine->store, changes, n, err);
}

li_status lii_store_each(li_engine *engine, li_slice table, int32_t (*each)(void *user, li_slice key, li_slice value),
                         void *user)
{
    return engine->store_ops.each(engine->store, table, each, user);
}
