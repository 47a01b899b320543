#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static uint64_t now_ms(void *engine)
{
    (void)engine;
    return 0;
}

static int32_t show(void *user, li_slice key, li_slice value)
{
    (void)user;
    printf("%.*s = %.*s\n", (int)key.len, key.ptr, (int)value.len, value.ptr);
    return 0;
}

static li_slice text(const char *bytes, size_t len)
{
    li_slice s = { bytes, len };

    return s;
}

int main(void)
{
    li_store_host host = { sizeof host, NULL, now_ms, NULL, 0, 0 };
    li_store_change changes[2] = { { { "alias", 5 }, { "b", 1 }, { "{\"v\":2}", 7 }, 0, 0 },
                                   { { "alias", 5 }, { "a", 1 }, { "{\"v\":1}", 7 }, 0, 0 } };
    li_store store;             /* any store: what an engine does with li_engine_options.store */

    if (li_store_memory_new(NULL, &store) != LI_OK || store.ops->open(store.self, &host, NULL) != LI_OK)
        return 1;
    store.ops->write(store.self, changes, 2, NULL);
    store.ops->each(store.self, text("alias", 5), show, NULL);
    store.ops->close(store.self);
    store.ops->free(store.self);
    return 0;
}
