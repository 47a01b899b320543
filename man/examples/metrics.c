#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static int32_t echo(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment, (void)user;
    return li_invocation_respond(invocation, payload, len) == LI_OK ? LI_DONE : LI_FAILED;
}

static void sample(void *self, const char *metric, const char *function, uint64_t value, uint64_t time_ms)
{
    (void)time_ms;
    if (value > 0)
        fprintf(self, "%s %s %llu\n", function, metric, (unsigned long long)value);
}

static const li_metrics_sink_ops ops = { sizeof ops, 1, 0, "lines", sample, NULL, NULL };

int main(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_metrics metrics = LI_METRICS_INIT;
    li_engine *engine;

    if (li_clock_virtual_new(NULL, NULL, &options.clock) != LI_OK)
        return 1;
    options.metrics.ops = &ops;
    options.metrics.self = stdout;
    spec.name = li_z("echo");
    spec.handler = echo;
    if (li_engine_new(&engine, &options, NULL) != LI_OK || li_function_register(engine, &spec, NULL, NULL) != LI_OK)
        return 1;
    li_invoke(engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    li_metrics_get(engine, "echo", LI_Z, &metrics);
    printf("%llu call, %llu cold start\n", (unsigned long long)metrics.invocations, (unsigned long long)metrics.inits);
    li_engine_free(engine);
    li_clock_free(options.clock);
    return 0;
}
