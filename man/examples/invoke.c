#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static int32_t divide(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_log(invocation, "dividing by zero\n", LI_Z);
    li_invocation_fail(invocation, "ZeroDivision", "cannot be done");
    return LI_FAILED;
}

int main(void)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    li_error err = LI_ERROR_INIT;
    li_engine *engine;

    spec.name = li_z("divide");
    spec.handler = divide;
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &spec, NULL, NULL) != LI_OK)
        return 1;
    /* A function error is an answer ... */
    if (li_invoke(engine, "divide", LI_Z, "{}", LI_Z, NULL, &result, &err) == LI_OK)
        printf("%d, function error: %s\n", result.status_code, result.function_error ? "yes" : "no");
    /* ... an invocation error is not. */
    if (li_invoke(engine, "divide", LI_Z, "{\"a\":}", LI_Z, NULL, &result, &err) != LI_OK)
        printf("%s at byte %llu\n", li_status_name(err.status), (unsigned long long)err.offset);
    li_invoke_result_fini(&result);
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
