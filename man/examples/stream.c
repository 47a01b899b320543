#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static int32_t count(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_set_content_type(invocation, "text/plain", LI_Z);
    li_invocation_stream(invocation, "one ", LI_Z);
    li_invocation_stream(invocation, "two ", LI_Z);
    li_invocation_stream(invocation, "three", LI_Z);
    return LI_DONE;
}

static void on_head(void *user, const li_stream_head *head)
{
    (void)user;
    printf("%s by version %s\n", head->content_type, head->executed_version);
}

static int32_t on_chunk(void *user, const char *data, size_t len)
{
    (void)user;
    printf("[%.*s]\n", (int)len, data);
    return LI_STREAM_MORE;
}

static void on_done(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    (void)user, (void)result, (void)err;
    printf("end: %s\n", li_strerror(status));
}

int main(void)
{
    li_function_spec function = LI_FUNCTION_SPEC_INIT;
    li_stream_caller caller = LI_STREAM_CALLER_INIT;
    li_engine *engine;

    function.name = li_z("count");
    function.handler = count;
    caller.head = on_head;
    caller.chunk = on_chunk;
    caller.done = on_done;
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &function, NULL, NULL) != LI_OK ||
        li_invoke_stream(engine, "count", LI_Z, "{}", LI_Z, NULL, &caller, NULL) != LI_OK)
        return 1;
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
