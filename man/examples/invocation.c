#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

/* Poll mode: nothing is called back. Bind the function to "poll:", take invocations, answer them. */
static void answered(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    (void)user, (void)err;
    if (status == LI_OK)
        printf("answer: %.*s\n", (int)result->payload_len, result->payload);
}

int main(void)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_invocation *invocation;
    const char *payload;
    li_engine *engine;
    size_t len;

    spec.name = li_z("poet");
    spec.binding = li_z("poll:");
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &spec, NULL, NULL) != LI_OK)
        return 1;
    li_invoke_begin(engine, "poet", LI_Z, "\"spring\"", LI_Z, NULL, answered, NULL);
    if (li_next(engine, "poet", LI_Z, 0, &invocation) != LI_OK || !invocation)
        return 1;
    payload = li_invocation_get_payload(invocation, &len);
    printf("attempt %u of %.*s\n", li_invocation_get_attempt(invocation), (int)len, payload);
    li_respond(invocation, "\"rain on the roof\"", LI_Z);
    li_engine_run_until_idle(engine, NULL);
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
