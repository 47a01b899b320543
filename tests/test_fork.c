/* test_fork.c - a child of fork is turned away from the engine of its parent, before any lock (REL-48). */
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

#include <lambdainvoke/testing.h>

static world w;

static void setup(void)
{
    world_new(&w);
}

static void teardown(void)
{
    world_free(&w);
}

static int32_t hold(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    li_invocation_retain(invocation);
    *(li_invocation **)user = invocation;
    return LI_PENDING;
}

static void nothing(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    (void)user, (void)status, (void)result, (void)err;
}

static void no_destination(void *user, const li_destination_info *info)
{
    (void)user, (void)info;
}

static void no_event(void *user, const li_event_info *info)
{
    (void)user, (void)info;
}

/* What each call gives in the child; 0: LI_E_FORKED from all, else the number of the first that gave something else. */
static int try_all(li_function *function, li_invocation *pending, li_local_queue *sent)
{
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_event_counts counts = LI_EVENT_COUNTS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_mapping_spec mapping = LI_MAPPING_SPEC_INIT;
    li_metrics metrics = LI_METRICS_INIT;
    li_outcome outcome = LI_OUTCOME_INIT;
    li_destination destination = { NULL, NULL };
    li_invocation *next;
    li_local_queue *queue;
    li_event_info info = LI_EVENT_INFO_INIT;
    li_stream_caller caller = LI_STREAM_CALLER_INIT;
    li_trigger_spec trigger = LI_TRIGGER_SPEC_INIT;
    li_local_queue_options queue_options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_function_info described;
    li_alias_spec alias = LI_ALIAS_SPEC_INIT;
    int64_t depth;
    li_status got[100];
    li_engine *e = w.engine;
    li_id id = { { 0 } };
    int i, n = 0;

    memset(&described, 0, sizeof described);
    described.size = sizeof described;
    queue_options.name = li_z("new");
    alias.name = li_z("a");
    alias.function_version = li_z("$LATEST");
    spec.name = li_z("other");
    spec.handler = echo;
    config.max_retries = 1;
    mapping.source_arn = li_z(QUEUE "q");
    mapping.function = li_z("echo");
    got[n++] = li_invoke(e, "echo", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    got[n++] = li_function_invoke(function, "{}", LI_Z, NULL, NULL, NULL);
    got[n++] = li_invoke_begin(e, "echo", LI_Z, "{}", LI_Z, NULL, nothing, NULL);
    got[n++] = li_invoke_event(e, "echo", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    got[n++] = li_event_outcome(e, &id, &outcome);
    got[n++] = li_event_count(e, &counts);
    got[n++] = li_event_get(e, &id, &info, NULL);
    got[n++] = li_event_each(e, "echo", LI_Z, NULL, 0, 0, 1, no_event, NULL, NULL);
    got[n++] = li_event_cancel(e, &id, NULL);
    got[n++] = li_destination_each(e, no_destination, NULL);
    got[n++] = li_function_set_recursion(e, "echo", LI_Z, 0, NULL);
    got[n++] = li_event_redrive(e, &id, NULL, NULL);
    got[n++] = li_function_pause(e, "echo", LI_Z, NULL);
    got[n++] = li_function_resume(e, "echo", LI_Z, NULL);
    got[n++] = li_function_purge(e, "echo", LI_Z, NULL, 0, NULL, NULL);
    got[n++] = li_event_config_put(e, "echo", LI_Z, NULL, 0, &config, NULL, NULL);
    got[n++] = li_function_register(e, &spec, NULL, NULL);
    got[n++] = li_function_remove(e, "echo", LI_Z, NULL);
    got[n++] = li_function_set_concurrency(e, "echo", LI_Z, 1, NULL);
    got[n++] = li_function_get(e, "echo", LI_Z, &function);
    got[n++] = li_handler_register(e, "h", LI_Z, echo, NULL, NULL, NULL);
    got[n++] = li_version_publish(e, "echo", LI_Z, NULL, NULL, NULL);
    got[n++] = li_alias_remove(e, "echo", LI_Z, "a", LI_Z, NULL);
    got[n++] = li_provisioned_remove(e, "echo", LI_Z, "1", LI_Z, NULL);
    got[n++] = li_mapping_create(e, &mapping, NULL, NULL);
    got[n++] = li_mapping_remove(e, "x", LI_Z, NULL);
    li_destination_callback_new((li_record_callback)(void (*)(void))nothing, NULL, &destination);
    got[n++] = li_destination_add(e, "d", LI_Z, &destination, NULL);
    got[n++] = li_destination_remove(e, "d", LI_Z);
    got[n++] = li_local_queue_get(e, "q", LI_Z, &queue);
    got[n++] = li_local_queue_send(sent, "m", LI_Z, NULL, 0, NULL);
    got[n++] = li_local_queue_delete(sent, &id);
    got[n++] = li_metrics_get(e, NULL, 0, &metrics);
    got[n++] = li_config_set(e, "limits.depth", 2, NULL);
    got[n++] = li_config_get(e, "limits.depth", &depth);
    got[n++] = li_faults_apply(e, "{\"faults\":[]}", LI_Z, NULL);
    got[n++] = li_local_queue_new(e, &queue_options, &queue, NULL);
    got[n++] = li_local_queue_listen(sent, NULL, NULL);
    got[n++] = li_local_queue_change_visibility(sent, &id, 1);
    got[n++] = li_event_submit(e, "echo", LI_Z, "{}", LI_Z, NULL, NULL, NULL, NULL);
    got[n++] = li_function_create(e, &spec, NULL, NULL);
    got[n++] = li_function_update(e, &spec, LI_FUNCTION_SET_TIMEOUT, NULL);
    got[n++] = li_function_describe(e, "echo", LI_Z, NULL, 0, &described, NULL);
    got[n++] = li_alias_create(e, "echo", LI_Z, &alias, NULL, NULL);
    got[n++] = li_alias_update(e, "echo", LI_Z, &alias, NULL, NULL);
    got[n++] = li_version_remove(e, "echo", LI_Z, "1", LI_Z, NULL);
    got[n++] = li_provisioned_put(e, "echo", LI_Z, "1", LI_Z, 1, NULL, NULL);
    li_faults_clear(e);
    got[n++] = li_journal_listen(e, NULL, NULL);
    got[n++] = li_next(e, "echo", LI_Z, 0, &next);
    got[n++] = li_invocation_respond(pending, "1", LI_Z);
    got[n++] = li_invocation_stream(pending, "1", LI_Z);
    got[n++] = li_invocation_set_content_type(pending, "1", LI_Z);
    got[n++] = li_invocation_when_ready(pending, NULL, NULL);
    got[n++] = li_invoke_stream(e, "echo", LI_Z, "{}", LI_Z, NULL, &caller, NULL);
    got[n++] = li_trigger_add(e, &trigger, NULL, NULL);
    got[n++] = li_trigger_update(e, &trigger, NULL);
    got[n++] = li_trigger_remove(e, "t", LI_Z, NULL);
    got[n++] = li_trigger_set_enabled(e, "t", LI_Z, 1, NULL);
    got[n++] = li_trigger_get(e, "t", LI_Z, (void (*)(void *, const li_trigger_info *))(void (*)(void))nothing, NULL, NULL);
    got[n++] = li_trigger_occur(e, "custom", LI_Z, "{}", LI_Z, NULL, NULL);
    got[n++] = li_trigger_occur_begin(e, "custom", LI_Z, "{}", LI_Z, (li_trigger_answered)(void (*)(void))nothing, NULL, NULL);
    got[n++] = li_permission_remove(e, "echo", LI_Z, NULL, 0, "s", LI_Z, NULL, 0, NULL);
    got[n++] = li_engine_step(e, NULL);
    got[n++] = li_engine_run_until_idle(e, NULL);
    got[n++] = li_engine_start(e, 1, NULL);
    got[n++] = li_engine_stop(e, 0, NULL, NULL);
    got[n++] = li_clock_advance(w.clock, 1, NULL);
    got[n++] = li_engine_free(e);
    got[n++] = li_clock_free(w.clock);
    for (i = 0; i < n; i++)
        if (got[i] != LI_E_FORKED)
            return i + 1;
    return li_engine_next_deadline(e) == LI_NEVER && li_function_each(e, NULL, 0, 10, NULL, NULL) == 0 ? 0 : 100;
}

START_TEST(test_rel_48_a_forked_child_gets_nothing_and_the_parent_goes_on)
{
    li_invocation *pending = NULL;
    li_local_queue *queue;
    li_function *function;
    int status, fd;
    pid_t child;

    function = add_function(w.engine, "held", hold, &pending);
    queue = add_queue(w.engine, "q");
    fd = li_engine_fd(w.engine);
    ck_assert_int_ge(fd, 0);
    send_event(&w, "held", "{}");
    advance_s(&w, 0);
    ck_assert_ptr_nonnull(pending);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        int wrong = try_all(function, pending, queue);

        li_engine_abandon(NULL);
        li_engine_abandon(w.engine);
        if (wrong == 0 && close(fd) == 0)
            wrong = 101;         /* abandon has closed it */
        _exit(wrong);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    li_engine_abandon(w.engine); /* not a child: nothing happens */
    ck_assert_int_eq(li_invocation_respond(pending, "1", LI_Z), LI_OK);
    li_invocation_release(pending);
    advance_s(&w, 1);
    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
}
END_TEST

Suite *suite_fork(void)
{
    Suite *s = suite_create("fork");
    TCase *t = tcase_create("child");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_rel_48_a_forked_child_gets_nothing_and_the_parent_goes_on);
    suite_add_tcase(s, t);
    return s;
}
