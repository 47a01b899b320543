#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static int32_t charge(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_fail(invocation, "CardDeclined", "no money");
    return LI_FAILED;
}

static li_status on_record(void *user, const li_record *record)
{
    (void)user;
    printf("%.*s %s\n", (int)record->function_name.len, record->function_name.ptr,
           record->is_success ? "succeeded" : "failed");      /* record->body is the JSON */
    return LI_OK;
}

int main(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_destination destination;
    li_engine *engine;

    if (li_clock_virtual_new(NULL, NULL, &options.clock) != LI_OK || li_engine_new(&engine, &options, NULL) != LI_OK ||
        li_destination_callback_new(on_record, NULL, &destination) != LI_OK)
        return 1;
    spec.name = li_z("charge");
    spec.handler = charge;
    config.on_failure = li_z("records://here");
    if (li_destination_add(engine, "records://here", LI_Z, &destination, NULL) != LI_OK ||
        li_function_register(engine, &spec, NULL, NULL) != LI_OK ||
        li_event_config_put(engine, "charge", LI_Z, NULL, 0, &config, NULL, NULL) != LI_OK)
        return 1;
    li_invoke_event(engine, "charge", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    li_clock_advance(options.clock, LI_HOUR_NS, NULL);
    li_engine_free(engine);
    li_clock_free(options.clock);
    return 0;
}
