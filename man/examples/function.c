#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

/* init makes what every invocation of an environment shares. */
static int32_t start_up(li_init *init, void *user, void **environment)
{
    (void)init;
    *environment = user;
    return LI_DONE;
}

static int32_t count(li_invocation *invocation, void *environment, void *user)
{
    char text[16];

    (void)user;
    snprintf(text, sizeof text, "%d", ++*(int *)environment);
    return li_invocation_respond(invocation, text, LI_Z) == LI_OK ? LI_DONE : LI_FAILED;
}

int main(void)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    li_function *function;
    li_engine *engine;
    int n = 0, i;

    spec.name = li_z("count");
    spec.handler = count;
    spec.init = start_up;
    spec.user = &n;
    spec.timeout_ms = 1000;
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &spec, &function, NULL) != LI_OK)
        return 1;
    for (i = 0; i < 3; i++)
        li_function_invoke(function, "{}", 2, NULL, &result, NULL);
    printf("%.*s calls, %s\n", (int)result.payload_len, result.payload, result.init_ns ? "cold" : "warm");
    li_invoke_result_fini(&result);
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
