#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static int32_t who(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    printf("version %s as %s\n", li_invocation_get_version(invocation), li_invocation_get_invoked_arn(invocation));
    return LI_DONE;
}

int main(void)
{
    li_function_spec function = LI_FUNCTION_SPEC_INIT;
    li_alias_spec alias = LI_ALIAS_SPEC_INIT;
    li_engine *engine;

    function.name = li_z("who");
    function.handler = who;
    alias.name = li_z("live");
    alias.function_version = li_z("1");
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &function, NULL, NULL) != LI_OK ||
        li_version_publish(engine, "who", LI_Z, NULL, NULL, NULL) != LI_OK ||
        li_alias_create(engine, "who", LI_Z, &alias, NULL, NULL) != LI_OK)
        return 1;
    li_invoke(engine, "who", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    li_invoke(engine, "who:live", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
