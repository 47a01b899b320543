#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static int32_t thumbnail(li_invocation *invocation, void *environment, void *user)
{
    (void)invocation, (void)environment, (void)user;
    return LI_DONE;
}

static void show(void *user, const char *json, size_t len, const char *warning)
{
    (void)user;
    printf("%.*s\nwarning: %s\n", (int)len, json, warning[0] ? warning : "none");
}

int main(void)
{
    li_function_spec function = LI_FUNCTION_SPEC_INIT;
    li_permission permission = LI_PERMISSION_INIT;
    li_engine *engine;

    function.name = li_z("thumbnail");
    function.handler = thumbnail;
    permission.statement_id = li_z("photos");
    permission.action = li_z("lambda:InvokeFunction");
    permission.principal = li_z("s3.amazonaws.com");
    permission.source_arn = li_z("arn:aws:s3:::photos");
    permission.source_account = li_z("000000000000");
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &function, NULL, NULL) != LI_OK ||
        li_permission_add(engine, "thumbnail", LI_Z, NULL, 0, &permission, NULL, NULL, NULL) != LI_OK)
        return 1;
    li_permission_each(engine, "thumbnail", LI_Z, NULL, 0, show, NULL);
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
