#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static int32_t refuse(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_fail(invocation, "Closed", "come back later");
    return LI_FAILED;
}

static void show(void *user, const li_event_info *info)
{
    (void)user;
    printf("waits: %s, %llu bytes\n", info->function, (unsigned long long)info->payload_len);
}

int main(void)
{
    li_function_spec function = LI_FUNCTION_SPEC_INIT;
    li_invoke_options once = LI_INVOKE_OPTIONS_INIT;
    li_event_counts counts = LI_EVENT_COUNTS_INIT;
    li_engine *engine;
    li_id first, second;

    function.name = li_z("mail");
    function.handler = refuse;
    once.idempotency_key = li_z("order-7");
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &function, NULL, NULL) != LI_OK ||
        li_config_set(engine, "async.retries", 0, NULL) != LI_OK || li_function_pause(engine, "mail", LI_Z, NULL) != LI_OK)
        return 1;
    li_invoke_event(engine, "mail", LI_Z, "{\"to\":\"a\"}", LI_Z, &once, &first, NULL);
    li_invoke_event(engine, "mail", LI_Z, "{\"to\":\"a\"}", LI_Z, &once, &first, NULL); /* the same one */
    li_invoke_event(engine, "mail", LI_Z, "{\"to\":\"bb\"}", LI_Z, NULL, &second, NULL);
    li_event_each(engine, "mail", LI_Z, NULL, 0, 0, 10, show, NULL, NULL);
    li_event_cancel(engine, &second, NULL);
    li_function_resume(engine, "mail", LI_Z, NULL);
    li_engine_run_until_idle(engine, NULL);
    printf("redrive: %s\n", li_strerror(li_event_redrive(engine, &first, NULL, NULL)));
    li_engine_run_until_idle(engine, NULL);
    li_event_count(engine, &counts);
    printf("%llu accepted, %llu dropped\n", (unsigned long long)counts.accepted, (unsigned long long)counts.dropped);
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
