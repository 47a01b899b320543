/* module.c - what `lambdainvoked --handlers handlers.so` calls: it registers the module's functions. */
#include "handlers.h"

static const struct {
    const char *name;
    li_handler handler;
    uint32_t timeout_ms;
} functions[] = {
    { "echo", handle_echo, 3000 },   { "fail", handle_fail, 3000 },   { "sleep", handle_sleep, 60000 },
    { "flaky", handle_flaky, 3000 }, { "crash", handle_crash, 3000 }, { "orders", handle_orders, 3000 },
    { "stream", handle_stream, 3000 },
};

LI_API li_status lambdainvoke_module(li_engine *engine, li_error *err);

li_status lambdainvoke_module(li_engine *engine, li_error *err)
{
    li_status status = LI_OK;
    size_t i;

    for (i = 0; status == LI_OK && i < sizeof functions / sizeof functions[0]; i++) {
        li_function_spec spec = LI_FUNCTION_SPEC_INIT;

        spec.name = li_z(functions[i].name);
        spec.handler = functions[i].handler;
        spec.timeout_ms = functions[i].timeout_ms;
        spec.run_on = LI_RUN_WORKER; /* a caller gets its time-out even while the handler hangs */
        status = li_function_register(engine, &spec, NULL, err);
    }
    return status;
}
