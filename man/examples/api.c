#include <lambdainvoke/api.h>
#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>
#include <string.h>

static int32_t echo(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment, (void)user;
    return li_invocation_respond(invocation, payload, len) == LI_OK ? LI_DONE : LI_FAILED;
}

static void respond(void *user, const li_api_response *response)
{
    (void)user;
    printf("%d %.*s\n", response->status, (int)response->body.len, response->body.ptr);
}

static void ask(li_api *api, const char *method, const char *target, const char *body)
{
    li_api_request request;

    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.method = li_z(method);
    request.target = li_z(target);
    request.body = li_z(body);
    li_api_handle(api, &request, respond, NULL);
}

int main(void)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_engine *engine;
    li_api *api;

    spec.name = li_z("echo");
    spec.handler = echo;
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &spec, NULL, NULL) != LI_OK ||
        li_api_new(engine, NULL, &api) != LI_OK)
        return 1;
    ask(api, "POST", "/2015-03-31/functions/echo/invocations", "{\"a\":1}");
    ask(api, "POST", "/2015-03-31/functions/nobody/invocations", "{}");
    li_api_free(api);
    li_engine_free(engine);
    return 0;
}
