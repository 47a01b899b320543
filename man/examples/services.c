#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/services.h>
#include <stdio.h>

static int32_t hello(li_invocation *invocation, void *environment, void *user)
{
    static const char answer[] = "{\"statusCode\":200,\"headers\":{\"content-type\":\"text/plain\"},\"body\":\"hello\"}";

    (void)environment, (void)user;
    li_invocation_respond(invocation, answer, sizeof answer - 1);
    return LI_DONE;
}

static void show(void *user, const li_trigger_answer *answer)
{
    (void)user;
    printf("%d %s: %.*s\n", (int)answer->status, answer->verdict, (int)answer->body_len, answer->body ? answer->body : "");
}

int main(void)
{
    li_function_spec function = LI_FUNCTION_SPEC_INIT;
    li_trigger_spec trigger = LI_TRIGGER_SPEC_INIT;
    li_http_occurrence request = LI_HTTP_OCCURRENCE_INIT;
    li_engine *engine;

    function.name = li_z("hello");
    function.handler = hello;
    trigger.kind = li_z("apigw-http");
    trigger.function = li_z("hello");
    trigger.options = li_z("{\"apiId\":\"shop\",\"routeKey\":\"GET /greet/{name}\"}");
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &function, NULL, NULL) != LI_OK ||
        li_trigger_kinds_add(engine, li_services_kinds(), NULL) != LI_OK || li_trigger_add(engine, &trigger, NULL, NULL) != LI_OK)
        return 1;
    request.method = li_z("GET");
    request.target = li_z("/greet/ada?lang=en");
    li_http_occur_begin(engine, "apigw-http", LI_Z, &request, show, NULL, NULL);
    request.target = li_z("/elsewhere");
    li_http_occur_begin(engine, "apigw-http", LI_Z, &request, show, NULL, NULL);
    li_engine_run_until_idle(engine, NULL);
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
