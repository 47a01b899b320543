#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

/* Runs invocations by itself: here it greets, elsewhere it asks an interpreter or another process. */
static int32_t start_up(void *self, li_init *init, void **environment)
{
    printf("an environment for %s\n", li_init_get_function_name(init));
    *environment = self;
    return LI_DONE;
}

static int32_t run(void *self, li_invocation *invocation, void *environment)
{
    (void)self, (void)environment;
    return li_invocation_respond(invocation, "\"hello\"", LI_Z) == LI_OK ? LI_DONE : LI_FAILED;
}

static void retire(void *self, void *environment, int32_t reason)
{
    (void)self, (void)environment, (void)reason;
    printf("retired\n");
}

static const li_executor_ops ops = { sizeof ops, 1, 0, "greeter", start_up, run, NULL, retire };

int main(void)
{
    const li_executor executor = { &ops, NULL };
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    li_engine *engine;

    spec.name = li_z("greet");
    spec.executor = &executor;
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &spec, NULL, NULL) != LI_OK)
        return 1;
    li_invoke(engine, "greet", LI_Z, "{}", LI_Z, NULL, &result, NULL);
    printf("%.*s\n", (int)result.payload_len, result.payload);
    li_invoke_result_fini(&result);
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
