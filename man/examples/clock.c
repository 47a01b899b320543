#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static int32_t report(li_invocation *invocation, void *environment, void *user)
{
    li_clock *clock = user;

    (void)invocation, (void)environment;
    printf("%llu s\n", (unsigned long long)(li_clock_now_ns(clock) / LI_SECOND_NS));
    return LI_DONE;
}

int main(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec function = LI_FUNCTION_SPEC_INIT;
    li_trigger_spec trigger = LI_TRIGGER_SPEC_INIT;
    li_engine *engine;

    if (li_clock_virtual_new(NULL, NULL, &options.clock) != LI_OK || li_engine_new(&engine, &options, NULL) != LI_OK)
        return 1;
    function.name = li_z("report");
    function.handler = report;
    function.user = options.clock;
    trigger.kind = li_z("schedule");
    trigger.function = li_z("report");
    trigger.options = li_z("{\"name\":\"daily\",\"expression\":\"rate(2 hours)\"}");
    if (li_function_register(engine, &function, NULL, NULL) != LI_OK || li_trigger_add(engine, &trigger, NULL, NULL) != LI_OK)
        return 1;
    li_clock_advance(options.clock, 5 * LI_HOUR_NS, NULL);      /* takes no time at all */
    li_engine_free(engine);
    return li_clock_free(options.clock) == LI_OK ? 0 : 1;
}
