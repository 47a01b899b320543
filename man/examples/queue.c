#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static int32_t echo(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment, (void)user;
    return li_invocation_respond(invocation, payload, len) == LI_OK ? LI_DONE : LI_FAILED;
}

int main(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_engine *engine;
    int i;

    if (li_queue_memory_new(NULL, &options.queue) != LI_OK)     /* or a queue of your own */
        return 1;
    spec.name = li_z("echo");
    spec.handler = echo;
    if (li_engine_new(&engine, &options, NULL) != LI_OK || li_function_register(engine, &spec, NULL, NULL) != LI_OK)
        return 1;
    li_config_set(engine, "limits.queued_events", 2, NULL);
    for (i = 0; i < 3; i++)
        if (li_invoke_event(engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, &err) == LI_OK)
            printf("accepted\n");
        else
            printf("%s: %s\n", li_status_name(err.status), li_detail_text(err.detail));
    li_engine_run_until_idle(engine, NULL);
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
