/* minimal.c - a function, called and queued. */
#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static int32_t greet(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    printf("%s is called with %.*s\n", (const char *)user, 2, li_invocation_get_payload(invocation, NULL));
    return li_invocation_respond(invocation, "\"hello\"", LI_Z) == LI_OK ? LI_DONE : LI_FAILED;
}

int main(void)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    li_engine *engine;

    spec.name = li_z("greet");
    spec.handler = greet;
    spec.user = (void *)"greet";
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &spec, NULL, NULL) != LI_OK)
        return 1;
    li_invoke(engine, "greet", LI_Z, "{}", LI_Z, NULL, &result, NULL);       /* waits for the answer */
    printf("it answers %.*s\n", (int)result.payload_len, result.payload);
    li_invoke_event(engine, "greet", LI_Z, "42", LI_Z, NULL, NULL, NULL);    /* queued when it returns */
    li_engine_run_until_idle(engine, NULL);
    li_invoke_result_fini(&result);
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
