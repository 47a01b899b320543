#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static int32_t charge(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_fail(invocation, "CardDeclined", "no money");
    return LI_FAILED;
}

int main(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_outcome outcome = LI_OUTCOME_INIT;
    li_engine *engine;
    li_id id;

    if (li_clock_virtual_new(NULL, NULL, &options.clock) != LI_OK || li_engine_new(&engine, &options, NULL) != LI_OK)
        return 1;
    spec.name = li_z("charge");
    spec.handler = charge;
    config.max_retries = 1;
    if (li_function_register(engine, &spec, NULL, NULL) != LI_OK ||
        li_event_config_put(engine, "charge", LI_Z, NULL, 0, &config, NULL, NULL) != LI_OK)
        return 1;
    li_invoke_event(engine, "charge", LI_Z, "{\"order\":7}", LI_Z, NULL, &id, NULL);
    li_clock_advance(options.clock, LI_HOUR_NS, NULL);
    li_event_outcome(engine, &id, &outcome);
    printf("%u attempts, %s\n", outcome.starts, li_condition_name(outcome.condition));
    li_outcome_fini(&outcome);
    li_engine_free(engine);
    li_clock_free(options.clock);
    return 0;
}
