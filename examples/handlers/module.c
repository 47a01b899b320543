/* module.c - what `lambdainvoked --handlers handlers.so` calls: it registers the module's functions. */
#include "handlers.h"

static const struct {
    const char *name;
    li_handler handler;
    uint32_t timeout_ms;
    int32_t run_on;
} functions[] = {
    { "echo", handle_echo, 3000, LI_RUN_INLINE },     /* it never waits: no thread is woken for it */
    /* a caller gets its time-out even while one of these hangs */
    { "fail", handle_fail, 3000, LI_RUN_WORKER },     { "sleep", handle_sleep, 60000, LI_RUN_WORKER },
    { "flaky", handle_flaky, 3000, LI_RUN_WORKER },   { "crash", handle_crash, 3000, LI_RUN_WORKER },
    { "orders", handle_orders, 3000, LI_RUN_WORKER }, { "stream", handle_stream, 3000, LI_RUN_WORKER },
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
        spec.run_on = functions[i].run_on;
        status = li_function_register(engine, &spec, NULL, err);
    }
    return status;
}
