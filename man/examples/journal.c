#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static int32_t charge(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_fail(invocation, "CardDeclined", "no money");
    return LI_FAILED;
}

static void print_line(void *user, const li_journal_line *line)
{
    if (line->function[0] && line->attempt)
        fprintf(user, "%3llu s: attempt %u, %s%s%s\n", (unsigned long long)(line->time_ns / LI_SECOND_NS), line->attempt,
                li_step_name(line->step), line->why[0] ? ", " : "", line->why);
}

int main(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_engine *engine;

    if (li_clock_virtual_new(NULL, NULL, &options.clock) != LI_OK || li_engine_new(&engine, &options, NULL) != LI_OK)
        return 1;
    spec.name = li_z("charge");
    spec.handler = charge;
    li_function_register(engine, &spec, NULL, NULL);
    li_journal_listen(engine, print_line, stdout);
    li_invoke_event(engine, "charge", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    li_clock_advance(options.clock, LI_HOUR_NS, NULL);
    li_journal_listen(engine, NULL, NULL);
    li_engine_free(engine);
    li_clock_free(options.clock);
    return 0;
}
