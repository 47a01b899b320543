#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

/* An application's handler; what happens to it when the world fails is the test. */
static int32_t charge(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    return li_invocation_respond(invocation, "{\"charged\":true}", LI_Z) == LI_OK ? LI_DONE : LI_FAILED;
}

static void show(void *user, const li_fault_report *report)
{
    (void)user;
    printf("%s: %llu of %llu\n", report->what, (unsigned long long)report->fired, (unsigned long long)report->seen);
}

int main(void)
{
    static const char plan[] = "{\"faults\":["
                               "{\"do\":\"crash\",\"function\":\"charge\"},"
                               "{\"do\":\"duplicate\",\"function\":\"charge\"},"
                               "{\"do\":\"queue_full\",\"function\":\"charge\",\"after\":1}]}";
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_outcome outcome = LI_OUTCOME_INIT;
    li_error err = LI_ERROR_INIT;
    li_engine *engine;
    li_id id;

    if (li_clock_virtual_new(NULL, NULL, &options.clock) != LI_OK)
        return 1;
    spec.name = li_z("charge");
    spec.handler = charge;
    if (li_engine_new(&engine, &options, NULL) != LI_OK || li_function_register(engine, &spec, NULL, NULL) != LI_OK ||
        li_faults_apply(engine, plan, LI_Z, &err) != LI_OK)
        return 1;
    if (li_invoke_event(engine, "charge", LI_Z, "{\"cents\":100}", LI_Z, NULL, &id, NULL) != LI_OK)
        return 1;
    if (li_invoke_event(engine, "charge", LI_Z, "{\"cents\":200}", LI_Z, NULL, NULL, &err) != LI_OK)
        printf("the second event: %s\n", li_status_name(err.status));
    li_clock_advance(options.clock, LI_HOUR_NS, NULL);
    li_event_outcome(engine, &id, &outcome);
    printf("the first: charged %u times, for good: %d\n", outcome.starts - 1, outcome.state == LI_EVENT_SUCCEEDED);
    li_faults_report(engine, show, NULL);
    if (li_faults_apply(engine, "{\"faults\":[{\"do\":\"crash\",\"function\":\"charge\",\"tiems\":2}]}", LI_Z, &err) != LI_OK)
        printf("%s, at byte %llu\n", err.text, (unsigned long long)err.offset);
    li_outcome_fini(&outcome);
    li_engine_free(engine);
    li_clock_free(options.clock);
    return 0;
}
