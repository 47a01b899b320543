/* furnish.c - the functions and queues of every world of stage.h; also in the module that the host loads. */
#include <stdio.h>
#include <string.h>

#include "stage.h"

static int32_t scripted(li_invocation *invocation, void *environment, void *user)
{
    stage_script *s = user;
    int run = s->runs++;

    (void)environment;
    if (run < 256)
        s->starts_ms[run] = li_engine_now_ms(li_invocation_get_engine(invocation)) - s->base_ms;
    if (s->takes_ms)
        li_invocation_simulate(invocation, s->takes_ms * LI_MS_NS);
    if (s->fail_times < 0 || run < s->fail_times) {
        li_invocation_fail(invocation, "Boom", "as scripted");
        return LI_FAILED;
    }
    return LI_DONE;
}

static int32_t echo(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment, (void)user;
    return li_invocation_respond(invocation, payload, len) == LI_OK ? LI_DONE : LI_FAILED;
}

static int32_t looks(li_invocation *invocation, void *environment, void *user)
{
    stage_script *s = user;
    size_t len = 0;
    const char *context = li_invocation_get_client_context(invocation, &len);

    (void)environment;
    snprintf(s->seen, sizeof s->seen, "%.*s|%s|%s|%s", (int)len, context ? context : "", li_invocation_get_invoked_arn(invocation),
             li_invocation_get_version(invocation),
             strncmp(li_invocation_get_trace(invocation), "Root=1-5759e988-", 16) == 0 ? "traced" : "");
    return LI_DONE;
}

/* Three pieces; with a payload of "fail", then an error. */
static int32_t streams(li_invocation *invocation, void *environment, void *user)
{
    static const char *const pieces[] = { "one ", "two ", "three" };
    size_t len, i;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment, (void)user;
    li_invocation_set_content_type(invocation, "text/plain", LI_Z);
    for (i = 0; i < 3; i++)
        if (li_invocation_stream(invocation, pieces[i], LI_Z) != LI_OK)
            return LI_FAILED;
    if (len != 6 || memcmp(payload, "\"fail\"", 6) != 0)
        return LI_DONE;
    li_invocation_fail(invocation, "Midway", "as asked");
    return LI_FAILED;
}

li_status stage_furnish(li_engine *engine, stage_script *script, li_error *err)
{
    static const struct { const char *name; li_handler handler; } functions[] = {
        { "scripted", scripted }, { "echo", echo }, { "looks", looks }, { "streams", streams }
    };
    static const char *const queues[] = { "done", "failed", "dead" };
    li_status status = li_config_set(engine, "local_queues.auto", 0, err);
    size_t i;

    script->base_ms = li_engine_now_ms(engine);
    for (i = 0; status == LI_OK && i < sizeof functions / sizeof *functions; i++) {
        li_function_spec spec = LI_FUNCTION_SPEC_INIT;

        spec.name = li_z(functions[i].name);
        spec.handler = functions[i].handler;
        spec.user = script;
        spec.timeout_ms = 900000;
        status = li_function_register(engine, &spec, NULL, err);
    }
    for (i = 0; status == LI_OK && i < sizeof queues / sizeof *queues; i++) {
        li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;

        options.name = li_z(queues[i]);
        status = li_local_queue_new(engine, &options, NULL, err);
    }
    return status;
}
