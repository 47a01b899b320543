#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>
#include <poll.h>

static int32_t echo(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment, (void)user;
    return li_invocation_respond(invocation, payload, len) == LI_OK ? LI_DONE : LI_FAILED;
}

int main(void)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_event_counts counts = LI_EVENT_COUNTS_INIT;
    li_engine *engine;
    struct pollfd fd;

    spec.name = li_z("echo");
    spec.handler = echo;
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &spec, NULL, NULL) != LI_OK)
        return 1;
    li_invoke_event(engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    fd.fd = li_engine_fd(engine);            /* one descriptor beside those of your own loop */
    fd.events = POLLIN;
    poll(&fd, 1, 1000);
    li_engine_run_until_idle(engine, NULL);
    li_event_count(engine, &counts);
    printf("driven: %llu done\n", (unsigned long long)counts.succeeded);

    li_engine_start(engine, 2, NULL);        /* or with threads */
    li_invoke_event(engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    do
        li_event_count(engine, &counts);
    while (counts.succeeded < 2);
    printf("threaded: %llu done\n", (unsigned long long)counts.succeeded);
    li_engine_stop(engine, 5000, NULL, NULL);
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
