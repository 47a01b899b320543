/* test_metrics.c - what is counted and measured: samples with their dimensions, sums that agree, names for Prometheus. */
#include "fixture.h"

#include <lambdainvoke/pattern.h>

static world w;
static char lines[65536];

static void write_down(void *self, const li_measure *m)
{
    size_t n = strlen(lines);

    (void)self;
    ck_assert_uint_eq(m->size, sizeof *m);
    ck_assert_str_eq(m->unit, strcmp(m->metric, "Duration") == 0 || strcmp(m->metric, "AsyncEventAge") == 0 ? "Milliseconds"
                                                                                                            : "Count");
    snprintf(lines + n, sizeof lines - n, "%s %s%s%s=%llu;", m->metric, m->resource, m->version ? "@" : "",
             m->version ? m->version : "", (unsigned long long)m->value);
}

static void never(void *self, const char *metric, const char *function, uint64_t value, uint64_t time_ms)
{
    (void)self;
    (void)function;
    (void)value;
    (void)time_ms;
    ck_abort_msg("%s came by sample, and measure is there", metric);
}

static const li_metrics_sink_ops sink = { sizeof sink, 1, 0, "lines", never, NULL, write_down };

static void set_up(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;

    memset(&w, 0, sizeof w);
    lines[0] = '\0';
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &w.clock), LI_OK);
    options.clock = w.clock;
    options.metrics.ops = &sink;
    ck_assert_int_eq(li_engine_new(&w.engine, &options, NULL), LI_OK);
    w.script.engine = w.engine;
    add_function(w.engine, "scripted", scripted, &w.script);
    add_function(w.engine, "echo", echo, NULL);
}

static void tear_down(void)
{
    world_free(&w);
}

static const char *seen(void)
{
    static char text[sizeof lines];

    memcpy(text, lines, sizeof lines);
    lines[0] = '\0';
    return text;
}

START_TEST(test_inv_723_an_execution_gives_its_zeros_too)
{
    w.script.takes_ms = 7;
    w.script.fail_times = 1;
    li_invoke(w.engine, "scripted", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    ck_assert_str_eq(seen(), "Invocations scripted=1;Errors scripted=1;Throttles scripted=0;Duration scripted=7;");
    li_invoke(w.engine, "scripted", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    ck_assert_str_eq(seen(), "Invocations scripted=1;Errors scripted=0;Throttles scripted=0;Duration scripted=7;");
}
END_TEST

START_TEST(test_inv_723_a_throttle_is_no_error_and_no_invocation)
{
    ck_assert_int_eq(li_faults_apply(w.engine, "{\"faults\":[{\"do\":\"throttle\",\"times\":2}]}", LI_Z, NULL), LI_OK);
    li_invoke(w.engine, "echo", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    ck_assert_str_eq(seen(), "Throttles echo=1;Errors echo=0;");
    send_event(&w, "echo", "{}");
    advance_s(&w, 0);
    ck_assert_str_eq(seen(), "AsyncEventsReceived echo=1;Throttles echo=1;Errors echo=0;");
    advance_s(&w, 1);
    ck_assert_str_eq(seen(), "AsyncEventAge echo=1000;Invocations echo=1;Errors echo=0;Throttles echo=0;Duration echo=0;"
                             "AsyncEventsDropped echo=0;");
}
END_TEST

START_TEST(test_inv_723_the_resource_is_as_it_was_asked_for_with_the_version_that_ran)
{
    li_alias_spec alias = LI_ALIAS_SPEC_INIT;

    ck_assert_int_eq(li_version_publish(w.engine, "echo", LI_Z, NULL, NULL, NULL), LI_OK);
    alias.name = li_z("live");
    alias.function_version = li_z("1");
    ck_assert_int_eq(li_alias_create(w.engine, "echo", LI_Z, &alias, NULL, NULL), LI_OK);
    li_invoke(w.engine, "echo:live", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    ck_assert_str_eq(seen(), "Invocations echo:live@1=1;Errors echo:live@1=0;Throttles echo:live@1=0;Duration echo:live@1=0;");
    li_invoke(w.engine, "echo:1", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    check_contains(seen(), "Invocations echo:1=1;");
    li_invoke(w.engine, "echo:$LATEST", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    check_contains(seen(), "Invocations echo:$LATEST@$LATEST=1;");
}
END_TEST

START_TEST(test_inv_723_deliveries_that_work_give_no_sample)
{
    add_queue(w.engine, "failed");
    configure(&w, "scripted", 0, -1, NULL, QUEUE "failed");
    w.script.fail_times = -1;
    send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    check_lacks(lines, "DestinationDeliveryFailures");
    check_contains(seen(), "AsyncEventsDropped scripted=1;");
    ck_assert_int_eq(li_faults_apply(w.engine, "{\"faults\":[{\"do\":\"destination_down\",\"status\":\"LI_E_DENIED\"}]}", LI_Z,
                                     NULL), LI_OK);
    send_event(&w, "scripted", "{}");
    advance_s(&w, 1);
    check_contains(seen(), "DestinationDeliveryFailures scripted=1;");
}
END_TEST

START_TEST(test_inv_723_zero_concurrency_makes_no_attempt)
{
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, 0, NULL), LI_OK);
    send_event(&w, "echo", "{}");
    advance_s(&w, 1);
    ck_assert_str_eq(seen(), "AsyncEventsReceived echo=1;AsyncEventsDropped echo=1;");
}
END_TEST

START_TEST(test_inv_721_throttles_and_invocations_are_all_that_was_asked)
{
    li_metrics m = LI_METRICS_INIT;
    int i;

    ck_assert_int_eq(li_faults_apply(w.engine, "{\"faults\":[{\"do\":\"throttle\",\"rate\":0.5,\"times\":0}]}", LI_Z, NULL), LI_OK);
    for (i = 0; i < 500; i++)
        li_invoke(w.engine, i % 2 ? "echo" : "scripted", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    ck_assert_int_eq(li_metrics_get(w.engine, NULL, 0, &m), LI_OK);
    ck_assert_uint_eq(m.invocations + m.throttles, 500);
    ck_assert_uint_gt(m.throttles, 0);
    ck_assert_uint_gt(m.invocations, 0);
    ck_assert_uint_le(m.errors, m.invocations);
}
END_TEST

START_TEST(test_inv_720_totals_are_the_sums_of_functions)
{
    static const char *const names[] = { "echo", "scripted" };
    li_metrics total = LI_METRICS_INIT, one = LI_METRICS_INIT, sum = LI_METRICS_INIT;
    int i;

    w.script.fail_times = 7;
    for (i = 0; i < 20; i++)
        send_event(&w, names[i % 2], "{}");
    advance_s(&w, 100);
    ck_assert_int_eq(li_metrics_get(w.engine, NULL, 0, &total), LI_OK);
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(li_metrics_get(w.engine, names[i], LI_Z, &one), LI_OK);
        ck_assert_uint_eq(one.async_events_received, one.succeeded + one.async_events_dropped + one.pending + one.leased);
        sum.async_events_received += one.async_events_received;
        sum.succeeded += one.succeeded;
        sum.invocations += one.invocations;
        sum.errors += one.errors;
    }
    ck_assert_uint_eq(total.async_events_received, 20);
    ck_assert_uint_eq(sum.async_events_received, 20);
    ck_assert_uint_eq(sum.succeeded, total.succeeded);
    ck_assert_uint_eq(sum.invocations, total.invocations);
    ck_assert_uint_eq(sum.errors, total.errors);
    ck_assert_uint_eq(total.errors, 7);
}
END_TEST

static int32_t asks(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    ck_assert_int_eq(li_metrics_get(li_invocation_get_engine(invocation), NULL, 0, user), LI_OK);
    return LI_DONE;
}

START_TEST(test_inv_320_gauges_say_what_is_in_use_and_what_is_claimed)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_metrics m = LI_METRICS_INIT;

    spec.name = li_z("asks");
    spec.handler = asks;
    spec.user = &m;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, 10, NULL), LI_OK);
    li_invoke(w.engine, "asks", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    ck_assert_uint_eq(m.concurrent_executions, 1);
    ck_assert_uint_eq(m.unreserved_concurrent_executions, 1);
    ck_assert_uint_eq(m.claimed_account_concurrency, 11);
    ck_assert_int_eq(li_version_publish(w.engine, "asks", LI_Z, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_provisioned_put(w.engine, "asks", LI_Z, "1", LI_Z, 2, NULL, NULL), LI_OK);
    advance_s(&w, 1);
    li_invoke(w.engine, "asks:1", LI_Z, "{}", LI_Z, NULL, NULL, NULL);
    ck_assert_uint_eq(m.provisioned_concurrent_executions, 1);
    ck_assert_uint_eq(m.provisioned_environments, 2);
    ck_assert_uint_eq(m.unreserved_concurrent_executions, 0);
    ck_assert_uint_eq(m.claimed_account_concurrency, 12);
    ck_assert_int_eq(li_metrics_get(w.engine, NULL, 0, &m), LI_OK);
    ck_assert_uint_eq(m.provisioned_concurrent_executions, 0);
    ck_assert_uint_eq(m.concurrent_executions, 0);
}
END_TEST

typedef struct exposition {
    char *data;
    size_t len;
} exposition;

static void keep(void *user, const char *text, size_t len)
{
    exposition *e = user;

    e->data = realloc(e->data, e->len + len + 1);
    ck_assert_ptr_nonnull(e->data);
    memcpy(e->data + e->len, text, len);
    e->len += len;
    e->data[e->len] = '\0';
}

static int32_t exposes(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    ck_assert_int_eq(li_metrics_text(li_invocation_get_engine(invocation), keep, user), LI_OK);
    return LI_DONE;
}

START_TEST(test_inv_320_utilization_is_what_is_at_work_of_what_is_provisioned)
{
    exposition e = { NULL, 0 };

    add_function(w.engine, "exposes", exposes, &e);
    ck_assert_int_eq(li_version_publish(w.engine, "exposes", LI_Z, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_provisioned_put(w.engine, "exposes", LI_Z, "1", LI_Z, 3, NULL, NULL), LI_OK);
    advance_s(&w, 1);
    ck_assert_int_eq(li_invoke(w.engine, "exposes:1", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
    check_contains(e.data, "# HELP lambdainvoke_provisioned_concurrency_utilization ProvisionedConcurrencyUtilization\n"
                           "# TYPE lambdainvoke_provisioned_concurrency_utilization gauge\n"
                           "lambdainvoke_provisioned_concurrency_utilization 0.3333\n");
    check_contains(e.data, "\nlambdainvoke_function_provisioned_concurrency_utilization{function=\"echo\"} 0.0000\n"
                           "lambdainvoke_function_provisioned_concurrency_utilization{function=\"exposes\"} 0.3333\n");
    e.len = 0;
    ck_assert_int_eq(li_provisioned_put(w.engine, "exposes", LI_Z, "1", LI_Z, 1, NULL, NULL), LI_OK);
    advance_s(&w, 1);
    ck_assert_int_eq(li_invoke(w.engine, "exposes:1", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
    check_contains(e.data, "\nlambdainvoke_provisioned_concurrency_utilization 1.0000\n");
    free(e.data);
}
END_TEST

/* Every line is a comment or NAME[{function="…"}] NUMBER, every NAME has its HELP and TYPE before it, counters end in _total. */
START_TEST(test_inv_720_the_text_is_what_prometheus_reads)
{
    char name[128] = "", line[512], type[16] = "";
    exposition e = { NULL, 0 };
    const char *at;
    int families = 0;

    send_event(&w, "echo", "{}");
    advance_s(&w, 1);
    ck_assert_int_eq(li_metrics_text(w.engine, keep, &e), LI_OK);
    ck_assert_int_eq(e.data[e.len - 1], '\n');
    for (at = e.data; *at; at = strchr(at, '\n') + 1) {
        size_t n = strcspn(at, "\n");

        ck_assert_uint_lt(n, sizeof line);
        memcpy(line, at, n);
        line[n] = '\0';
        if (sscanf(line, "# HELP %127s", name) == 1) {
            families++;
            type[0] = '\0';
            continue;
        }
        if (line[0] == '#') {
            char typed[128];

            ck_assert_int_eq(sscanf(line, "# TYPE %127s %15s", typed, type), 2);
            ck_assert_str_eq(typed, name);
            ck_assert_int_eq(strcmp(type, "counter") == 0, strstr(name, "_total") != NULL);
            continue;
        }
        ck_assert_int_eq(strncmp(line, name, strlen(name)), 0);
        ck_assert(line[strlen(name)] == ' ' || line[strlen(name)] == '{');
        ck_assert_uint_eq(strspn(strrchr(line, ' ') + 1, strstr(name, "_utilization") ? "0123456789." : "0123456789"),
                          strlen(strrchr(line, ' ') + 1));
        ck_assert_str_ne(type, "");
    }
    ck_assert_int_gt(families, 25);
    check_contains(e.data, "\nlambdainvoke_async_events_received_total 1\n");
    check_contains(e.data, "\nlambdainvoke_function_async_events_received_total{function=\"echo\"} 1\n");
    check_contains(e.data, "# HELP lambdainvoke_claimed_account_concurrency ClaimedAccountConcurrency\n");
    free(e.data);
}
END_TEST

START_TEST(test_esm_75_a_mapping_counts_what_it_polled_invoked_with_failed_and_deleted)
{
    li_local_queue *queue = add_queue(w.engine, "q");
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_mapping *mapping = NULL;
    char line[200];
    int i;

    spec.source_arn = li_z(QUEUE "q");
    spec.function = li_z("scripted");
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, &mapping, NULL), LI_OK);
    w.script.fail_times = 1;
    for (i = 0; i < 3; i++)
        ck_assert_int_eq(li_local_queue_send(queue, "m", LI_Z, NULL, 0, NULL), LI_OK);
    advance_s(&w, 1);
    snprintf(line, sizeof line, "InvokedEventCount %s=3;FailedInvokeEventCount %s=3;", li_mapping_get_uuid(mapping),
             li_mapping_get_uuid(mapping));
    check_contains(lines, line);
    snprintf(line, sizeof line, "PolledEventCount %s=3;", li_mapping_get_uuid(mapping));
    check_contains(lines, line);
    check_lacks(seen(), "DeletedEventCount");
    advance_s(&w, 60);                           /* visible again, and done */
    snprintf(line, sizeof line, "DeletedEventCount %s=3;", li_mapping_get_uuid(mapping));
    check_contains(lines, line);
    check_lacks(seen(), "FailedInvokeEventCount");
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
}
END_TEST

START_TEST(test_esm_243_a_mapping_counts_the_records_that_no_filter_wants)
{
    li_local_queue *queue = add_queue(w.engine, "q");
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_mapping *mapping = NULL;
    char line[200];
    int i;

    spec.source_arn = li_z(QUEUE "q");
    spec.function = li_z("scripted");
    spec.filters = li_z("[{\"body\":[\"yes\"]}]");
    spec.filtering = li_pattern_filter_ops();
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, &mapping, NULL), LI_OK);
    for (i = 0; i < 3; i++)
        ck_assert_int_eq(li_local_queue_send(queue, i == 1 ? "yes" : "no", LI_Z, NULL, 0, NULL), LI_OK);
    advance_s(&w, 1);
    snprintf(line, sizeof line, "FilteredOutEventCount %s=2;", li_mapping_get_uuid(mapping));
    check_contains(lines, line);
    snprintf(line, sizeof line, "InvokedEventCount %s=1;", li_mapping_get_uuid(mapping));
    check_contains(lines, line);
    ck_assert_int_eq(li_local_queue_send(queue, "yes", LI_Z, NULL, 0, NULL), LI_OK);
    lines[0] = '\0';
    advance_s(&w, 1);
    check_lacks(seen(), "FilteredOutEventCount");
}
END_TEST

Suite *suite_metrics(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tc = tcase_create("samples and sums");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_inv_723_an_execution_gives_its_zeros_too);
    tcase_add_test(tc, test_inv_723_a_throttle_is_no_error_and_no_invocation);
    tcase_add_test(tc, test_inv_723_the_resource_is_as_it_was_asked_for_with_the_version_that_ran);
    tcase_add_test(tc, test_inv_723_deliveries_that_work_give_no_sample);
    tcase_add_test(tc, test_inv_723_zero_concurrency_makes_no_attempt);
    tcase_add_test(tc, test_inv_721_throttles_and_invocations_are_all_that_was_asked);
    tcase_add_test(tc, test_inv_720_totals_are_the_sums_of_functions);
    tcase_add_test(tc, test_inv_320_gauges_say_what_is_in_use_and_what_is_claimed);
    tcase_add_test(tc, test_inv_320_utilization_is_what_is_at_work_of_what_is_provisioned);
    tcase_add_test(tc, test_esm_75_a_mapping_counts_what_it_polled_invoked_with_failed_and_deleted);
    tcase_add_test(tc, test_esm_243_a_mapping_counts_the_records_that_no_filter_wants);
    tcase_add_test(tc, test_inv_720_the_text_is_what_prometheus_reads);
    suite_add_tcase(suite, tc);
    return suite;
}
