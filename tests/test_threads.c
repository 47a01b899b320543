/* test_threads.c - a threaded engine on the real clock: workers, time-outs of hanging handlers, stop, many events. */
#include <pthread.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "fixture.h"

static li_engine *engine;

static void set_up(void)
{
    ck_assert_int_eq(li_engine_new(&engine, NULL, NULL), LI_OK);
    add_function(engine, "echo", echo, NULL);
}

static void tear_down(void)
{
    ck_assert_int_eq(li_engine_stop(engine, 20000, NULL, NULL), LI_OK);
    check_conservation(engine);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}

static void start(uint32_t n)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_msg(li_engine_start(engine, n, &err) == LI_OK, "%s", err.text);
}

/* Until every accepted event has ended; the engine's own waits do the waiting. */
static void wait_until_ended(uint64_t accepted)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    int i;

    for (i = 0; i < 60000; i++) {
        ck_assert_int_eq(li_event_count(engine, &c), LI_OK);
        if (c.accepted == accepted && c.succeeded + c.delivered + c.dropped == accepted)
            return;
        poll(NULL, 0, 1);
    }
    ck_abort_msg("%llu of %llu events ended", (unsigned long long)(c.succeeded + c.delivered + c.dropped),
                 (unsigned long long)accepted);
}

static void add_worker(const char *name, li_handler handler, void *user, uint32_t timeout_ms)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z(name);
    spec.handler = handler;
    spec.user = user;
    spec.timeout_ms = timeout_ms;
    spec.run_on = LI_RUN_WORKER;
    ck_assert_int_eq(li_function_register(engine, &spec, NULL, NULL), LI_OK);
}

typedef struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int is_open;
    int entered;
} gate;

static gate hang_gate = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };

static int32_t hang(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    (void)user;
    pthread_mutex_lock(&hang_gate.lock);
    hang_gate.entered++;
    pthread_cond_broadcast(&hang_gate.changed);
    while (!hang_gate.is_open)
        pthread_cond_wait(&hang_gate.changed, &hang_gate.lock);
    pthread_mutex_unlock(&hang_gate.lock);
    li_invocation_respond(invocation, "\"late\"", LI_Z);
    return LI_DONE;
}

static void open_gate(void)
{
    pthread_mutex_lock(&hang_gate.lock);
    hang_gate.is_open = 1;
    pthread_cond_broadcast(&hang_gate.changed);
    pthread_mutex_unlock(&hang_gate.lock);
}

START_TEST(test_rel_46_a_hanging_handler_times_out_for_its_caller_and_others_go_on)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    li_metrics m = LI_METRICS_INIT;

    add_worker("hang", hang, NULL, 50);
    add_worker("fine", echo, NULL, 5000);
    start(1);
    ck_assert_int_eq(li_invoke(engine, "hang", LI_Z, "{}", 2, NULL, &result, NULL), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_UNHANDLED);
    check_contains(result.payload, "Sandbox.Timedout");
    ck_assert_int_eq(li_invoke(engine, "fine", LI_Z, "7", 1, NULL, &result, NULL), LI_OK);
    check_text(result.payload, result.payload_len, "7");
    ck_assert_int_eq(li_engine_stop(engine, 20, NULL, NULL), LI_E_TIMEOUT);
    open_gate();
    ck_assert_int_eq(li_engine_stop(engine, 20000, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_metrics_get(engine, "hang", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.late_results, 1);
    li_invoke_result_fini(&result);
}
END_TEST

static atomic_int n_timed_out;

static void count_time_out(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    (void)user, (void)err;
    if (status == LI_OK && result->function_error == LI_FUNCTION_ERROR_UNHANDLED && strstr(result->payload, "Sandbox.Timedout"))
        atomic_fetch_add(&n_timed_out, 1);
}

/* On a worker, outside of every handler, as the batch of a mapping is. */
static void begin_hanging(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    (void)user, (void)result, (void)err;
    ck_assert_int_eq(status, LI_OK);
    ck_assert_int_eq(li_invoke_begin(engine, "hang", LI_Z, "{}", 2, NULL, count_time_out, NULL), LI_OK);
}

START_TEST(test_rel_46_what_a_worker_begins_itself_times_out_too)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    int i;

    spec.name = li_z("hang");
    spec.handler = hang;
    spec.timeout_ms = 50;
    ck_assert_int_eq(li_function_register(engine, &spec, NULL, NULL), LI_OK);
    add_worker("fine", echo, NULL, 5000);
    start(1);
    ck_assert_int_eq(li_invoke_begin(engine, "fine", LI_Z, "7", 1, NULL, begin_hanging, NULL), LI_OK);
    for (i = 0; i < 60000 && atomic_load(&n_timed_out) == 0; i++)
        poll(NULL, 0, 1);
    ck_assert_int_eq(atomic_load(&n_timed_out), 1);
    ck_assert_int_eq(li_invoke(engine, "fine", LI_Z, "7", 1, NULL, &result, NULL), LI_OK);    /* by another worker */
    check_text(result.payload, result.payload_len, "7");
    open_gate();
    li_invoke_result_fini(&result);
}
END_TEST

static const char overrun[] = "\"the payload of one that overruns\"";
static atomic_int n_right;

/* Returns at once, but for that payload: it waits at the gate and reads it then. */
static int32_t read_late(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    if (len != sizeof overrun - 1)
        return LI_DONE;
    hang(invocation, environment, user);
    atomic_fetch_add(&n_right, memcmp(payload, overrun, len) == 0);
    return LI_DONE;
}

static int32_t hang_and_stream(li_invocation *invocation, void *environment, void *user)
{
    int *n_refused = user, i;

    hang(invocation, environment, NULL);
    for (i = 0; i < 100; i++)
        *n_refused += li_invocation_stream(invocation, "late", LI_Z) == LI_E_STATE;
    return LI_DONE;
}

START_TEST(test_rel_17_pieces_of_a_handler_that_overran_are_one_late_result)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    li_metrics m = LI_METRICS_INIT;
    int n_refused = 0;

    add_worker("hang", hang_and_stream, &n_refused, 50);
    start(1);
    ck_assert_int_eq(li_invoke(engine, "hang", LI_Z, "{}", 2, NULL, &result, NULL), LI_OK);
    check_contains(result.payload, "Sandbox.Timedout");
    open_gate();
    ck_assert_int_eq(li_engine_stop(engine, 20000, NULL, NULL), LI_OK);
    ck_assert_int_eq(n_refused, 100);
    ck_assert_int_eq(li_metrics_get(engine, "hang", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.late_results, 1);
    li_invoke_result_fini(&result);
}
END_TEST

START_TEST(test_rel_17_a_handler_that_overran_still_reads_its_event_when_that_has_ended)
{
    static const char other[] = "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"";      /* as long: it would take the same block */
    li_metrics m = LI_METRICS_INIT;
    li_id id;
    int i;

    ck_assert_uint_eq(sizeof other, sizeof overrun);
    ck_assert_int_eq(li_config_set(engine, "async.retries", 0, NULL), LI_OK);
    add_worker("slow", read_late, NULL, 50);
    start(1);
    ck_assert_int_eq(li_invoke_event(engine, "slow", LI_Z, "1", 1, NULL, &id, NULL), LI_OK);   /* its environment is warm */
    wait_until_ended(1);
    ck_assert_int_eq(li_invoke_event(engine, "slow", LI_Z, overrun, LI_Z, NULL, &id, NULL), LI_OK);
    wait_until_ended(2);
    for (i = 0; i < 10; i++)
        ck_assert_int_eq(li_invoke_event(engine, "echo", LI_Z, other, LI_Z, NULL, &id, NULL), LI_OK);
    wait_until_ended(12);
    ck_assert_int_eq(atomic_load(&n_right), 0);
    open_gate();
    ck_assert_int_eq(li_engine_stop(engine, 20000, NULL, NULL), LI_OK);
    ck_assert_int_eq(atomic_load(&n_right), 1);
    ck_assert_int_eq(li_metrics_get(engine, "slow", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.late_results, 1);
    ck_assert_uint_eq(m.dropped, 1);
}
END_TEST

static int n_reported;

static void report(void *user, const li_id *id, const char *function)
{
    (void)user;
    (void)id;
    ck_assert_str_eq(function, "hang");
    n_reported++;
}

static void wait_until_entered(void)
{
    pthread_mutex_lock(&hang_gate.lock);
    while (hang_gate.entered == 0)
        pthread_cond_wait(&hang_gate.changed, &hang_gate.lock);
    pthread_mutex_unlock(&hang_gate.lock);
}

/* Its only worker holds the lane when the handler hangs: those who submit then do not wake anybody. */
START_TEST(test_rel_46_events_go_on_when_the_only_worker_of_their_lane_hangs)
{
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    int i;

    add_worker("late", read_late, NULL, 50);
    config.max_retries = 0;
    ck_assert_int_eq(li_event_config_put(engine, "late", LI_Z, NULL, 0, &config, NULL, NULL), LI_OK);
    start(1);
    ck_assert_int_eq(li_event_submit(engine, "late", LI_Z, overrun, sizeof overrun - 1, NULL, NULL, NULL, NULL), LI_OK);
    wait_until_entered();
    for (i = 0; i < 100; i++)
        ck_assert_int_eq(li_event_submit(engine, "late", LI_Z, "{}", 2, NULL, NULL, NULL, NULL), LI_OK);
    wait_until_ended(101);       /* the gate is shut still */
    ck_assert_int_eq(li_event_count(engine, &c), LI_OK);
    ck_assert_uint_eq(c.succeeded, 100);
    open_gate();
}
END_TEST

enum { N_PRODUCERS = 4, N_EACH = 5000, EACH_DELAYED = 50 };

static uint32_t last_seen[N_PRODUCERS];
static atomic_int n_out_of_order;

/* One worker runs it. */
static int32_t see(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    uint32_t number[2];

    (void)environment;
    (void)user;
    memcpy(number, li_invocation_get_payload(invocation, &len), sizeof number);
    if (number[1] % EACH_DELAYED != 0 && number[1] <= last_seen[number[0]])
        atomic_fetch_add(&n_out_of_order, 1);
    if (number[1] % EACH_DELAYED != 0)
        last_seen[number[0]] = number[1];
    return LI_DONE;
}

static void *submit_often(void *argument)
{
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;
    uint32_t number[2] = { (uint32_t)(uintptr_t)argument, 0 };
    int i;

    for (i = 1; i <= N_EACH; i++) {
        number[1] = (uint32_t)i;
        o.not_before_ms = i % EACH_DELAYED == 0 ? li_engine_now_ms(engine) + 3 : 0;
        if (li_event_submit(engine, "see", LI_Z, (const char *)number, sizeof number, &o, NULL, NULL, NULL) != LI_OK)
            atomic_fetch_add(&n_out_of_order, 1000);
    }
    return NULL;
}

START_TEST(test_inv_211_events_of_each_producer_run_in_its_order_on_one_worker)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    pthread_t threads[N_PRODUCERS];
    size_t i;

    spec.name = li_z("see");
    spec.handler = see;
    spec.flags = LI_FUNCTION_RAW;
    ck_assert_int_eq(li_function_register(engine, &spec, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_config_set(engine, "outcomes.events", 0, NULL), LI_OK);
    ck_assert_int_eq(li_config_set(engine, "journal.lines", 0, NULL), LI_OK);
    start(1);
    for (i = 0; i < N_PRODUCERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, submit_often, (void *)i), 0);
    for (i = 0; i < N_PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    wait_until_ended(N_PRODUCERS * N_EACH);
    ck_assert_int_eq(atomic_load(&n_out_of_order), 0);
}
END_TEST

START_TEST(test_rel_65_stop_reports_what_still_runs_at_its_deadline)
{
    add_worker("hang", hang, NULL, 60000);
    start(2);
    ck_assert_int_eq(li_invoke_event(engine, "hang", LI_Z, "{}", 2, NULL, NULL, NULL), LI_OK);
    wait_until_entered();
    ck_assert_int_eq(li_engine_free(engine), LI_E_BUSY);
    ck_assert_int_eq(li_engine_stop(engine, 10, report, NULL), LI_E_TIMEOUT);
    ck_assert_int_eq(n_reported, 1);
    ck_assert_int_eq(li_invoke(engine, "echo", LI_Z, "1", 1, NULL, NULL, NULL), LI_E_CLOSED);
    open_gate();
}
END_TEST

START_TEST(test_rel_65_stop_before_start_start_twice_and_stop_twice_are_defined)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_engine_stop(engine, 0, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_start(engine, 0, &err), LI_E_INVALID);
    ck_assert_int_eq(li_engine_start(engine, 257, &err), LI_E_INVALID);
    start(2);
    ck_assert_int_eq(li_engine_start(engine, 2, &err), LI_E_STATE);
    ck_assert_int_eq(li_engine_step(engine, NULL), LI_E_STATE);
    ck_assert_int_eq(li_engine_stop(engine, 20000, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_stop(engine, 20000, NULL, NULL), LI_OK);
    start(1);
    ck_assert_int_eq(li_invoke(engine, "echo", LI_Z, "1", 1, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_free(NULL), LI_OK);
}
END_TEST

static int32_t slow_echo(li_invocation *invocation, void *environment, void *user)
{
    (void)user;
    poll(NULL, 0, 1);
    return echo(invocation, environment, NULL);
}

/* What runs is finished, what waits stays, and goes on with the next start: none is lost, none ends twice (REL-1). */
START_TEST(test_rel_65_a_stop_while_busy_keeps_what_waits_for_the_next_start)
{
    enum { EVENTS = 200 };
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    uint64_t before = 0;
    int i, stops = 0;

    add_worker("slow", slow_echo, NULL, 60000);
    for (i = 0; i < EVENTS; i++)
        ck_assert_int_eq(li_invoke_event(engine, "slow", LI_Z, "{}", 2, NULL, NULL, NULL), LI_OK);
    do {
        start(2);
        do {
            ck_assert_int_eq(li_event_count(engine, &c), LI_OK);
        } while (c.succeeded < before + 5 && c.succeeded < EVENTS);
        ck_assert_int_eq(li_engine_stop(engine, 20000, NULL, NULL), LI_OK);
        check_conservation(engine);
        ck_assert_int_eq(li_event_count(engine, &c), LI_OK);
        ck_assert_uint_eq(c.leased, 0);
        ck_assert_uint_eq(c.succeeded + c.pending, EVENTS);
        before = c.succeeded;
        stops++;
    } while (c.pending > 0 && stops < 1000);
    ck_assert_uint_eq(c.succeeded, EVENTS);
    ck_assert_int_gt(stops, 1);
}
END_TEST

static int32_t look_at_signals(li_invocation *invocation, void *environment, void *user)
{
    sigset_t now;

    (void)environment;
    (void)invocation;
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    *(int *)user = sigismember(&now, SIGTERM) == 1 && sigismember(&now, SIGINT) == 1 && sigismember(&now, SIGUSR1) == 1;
    return LI_DONE;
}

START_TEST(test_rel_49_workers_block_every_signal_and_the_callers_mask_stays)
{
    int blocked = -1;
    sigset_t before, after;

    pthread_sigmask(SIG_BLOCK, NULL, &before);
    add_worker("signals", look_at_signals, &blocked, 5000);
    start(1);
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    ck_assert_int_eq(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
    ck_assert_int_eq(li_invoke(engine, "signals", LI_Z, "{}", 2, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(blocked, 1);
}
END_TEST

/* Fails one run in eight, by the payload's own digits, on its first two attempts or on all three. */
static int32_t some_fail(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);
    int digit = payload[len - 1] - '0';

    (void)environment;
    (void)user;
    if (digit == 7) {
        li_invocation_fail(invocation, "Seven", "");
        return LI_FAILED;
    }
    return LI_DONE;
}

enum { N_EVENTS = 1000000, N_BATCH = 500 };

START_TEST(test_rel_1_a_million_events_on_two_workers_each_end_once)
{
    li_event_request requests[N_BATCH];
    char payloads[N_BATCH][12];
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    li_event_config config = LI_EVENT_CONFIG_INIT;
    uint64_t i, k, sevens = 0;

    add_function(engine, "some", some_fail, NULL);
    config.max_retries = 0;
    ck_assert_int_eq(li_event_config_put(engine, "some", LI_Z, NULL, 0, &config, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_config_set(engine, "outcomes.events", 0, NULL), LI_OK);
    start(2);
    for (i = 0; i < N_EVENTS; i += N_BATCH) {
        for (k = 0; k < N_BATCH; k++) {
            li_event_request r = LI_EVENT_REQUEST_INIT;

            snprintf(payloads[k], sizeof payloads[k], "%llu", (unsigned long long)(i + k));
            r.name = li_z("some");
            r.payload = li_z(payloads[k]);
            requests[k] = r;
            sevens += (i + k) % 10 == 7;
        }
        ck_assert_int_eq(li_event_submit_batch(engine, requests, N_BATCH, NULL, NULL, NULL, NULL), LI_OK);
    }
    wait_until_ended(N_EVENTS);
    ck_assert_int_eq(li_event_count(engine, &c), LI_OK);
    ck_assert_uint_eq(c.dropped, sevens);
    ck_assert_uint_eq(c.succeeded, N_EVENTS - sevens);
    ck_assert_uint_eq(c.pending + c.leased, 0);
}
END_TEST

static atomic_int n_errors;

static void *invoke_often(void *argument)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    int i;

    (void)argument;
    for (i = 0; i < 2000; i++) {
        li_status status = li_invoke(engine, i % 2 ? "echo" : "worker", LI_Z, "{\"k\":1}", 7, NULL, &result, NULL);

        if (status != LI_OK || !text_is(result.payload, result.payload_len, "{\"k\":1}"))
            atomic_fetch_add(&n_errors, 1);
    }
    li_invoke_result_fini(&result);
    return NULL;
}

START_TEST(test_rel_50_eight_threads_invoke_one_engine)
{
    pthread_t threads[8];
    li_metrics m = LI_METRICS_INIT;
    int i;

    add_worker("worker", echo, NULL, 20000);
    start(4);
    for (i = 0; i < 8; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, invoke_often, NULL), 0);
    for (i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(atomic_load(&n_errors), 0);
    ck_assert_int_eq(li_metrics_get(engine, NULL, 0, &m), LI_OK);
    ck_assert_uint_eq(m.invocations, 16000);
}
END_TEST

static void *change_often(void *argument)
{
    int i;

    (void)argument;
    for (i = 0; i < 300; i++) {
        li_status status = li_function_remove(engine, "moving", LI_Z, NULL);

        if (status != LI_OK && status != LI_E_NOT_FOUND)
            atomic_fetch_add(&n_errors, 1);
        add_function(engine, "moving", echo, NULL);
        li_function_set_concurrency(engine, "moving", LI_Z, i % 3 ? LI_UNRESERVED : 5, NULL);
    }
    return NULL;
}

static void *invoke_moving(void *argument)
{
    int i;

    (void)argument;
    for (i = 0; i < 3000; i++) {
        li_status status = li_invoke(engine, "moving", LI_Z, "1", 1, NULL, NULL, NULL);

        if (status != LI_OK && status != LI_E_NOT_FOUND && status != LI_E_THROTTLED)
            atomic_fetch_add(&n_errors, 1);
        if (i % 10 == 0)
            li_invoke_event(engine, "moving", LI_Z, "1", 1, NULL, NULL, NULL);
    }
    return NULL;
}

START_TEST(test_rel_42_functions_come_and_go_while_others_invoke_them)
{
    pthread_t threads[4];
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    int i;

    add_function(engine, "moving", echo, NULL);
    start(2);
    ck_assert_int_eq(li_config_set(engine, "async.retries", 0, NULL), LI_OK);
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, i ? invoke_moving : change_often, NULL), 0);
    for (i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(atomic_load(&n_errors), 0);
    ck_assert_int_eq(li_event_count(engine, &c), LI_OK);
    wait_until_ended(c.accepted);
}
END_TEST

static int32_t count_runs(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    (void)invocation;
    atomic_fetch_add((atomic_int *)user, 1);
    return LI_DONE;
}

enum { ROUNDS = 3000 };

static atomic_int is_over;

/* Changes one setting, with a look for a destination in between, until the other is done. */
static void *update_dead_letter(void *user)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    (void)user;
    spec.name = li_z("echo");
    spec.dead_letter_target = li_z(QUEUE "q");
    while (!atomic_load(&is_over))
        ck_assert_int_eq(li_function_update(engine, &spec, LI_FUNCTION_SET_DEAD_LETTER, NULL), LI_OK);
    return NULL;
}

START_TEST(test_rel_50_two_updates_of_one_function_at_once_are_both_there)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_function_info info;
    pthread_t thread;
    uint32_t i;

    add_queue(engine, "q");
    atomic_store(&is_over, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, update_dead_letter, NULL), 0);
    spec.name = li_z("echo");
    for (i = 0; i < ROUNDS; i++) {
        spec.memory_mb = 128 + i;
        ck_assert_int_eq(li_function_update(engine, &spec, LI_FUNCTION_SET_MEMORY, NULL), LI_OK);
        info.size = sizeof info;
        ck_assert_int_eq(li_function_describe(engine, "echo", LI_Z, NULL, 0, &info, NULL), LI_OK);
        ck_assert_uint_eq(info.memory_mb, 128 + i);
    }
    atomic_store(&is_over, 1);
    pthread_join(thread, NULL);
}
END_TEST

static void *reserve_again(void *user)
{
    (void)user;
    while (!atomic_load(&is_over))
        li_function_set_concurrency(engine, "brief", LI_Z, 500, NULL);
    return NULL;
}

START_TEST(test_inv_301_a_reservation_of_a_function_that_goes_is_not_kept)
{
    pthread_t thread;
    li_error err = LI_ERROR_INIT;
    int i;

    atomic_store(&is_over, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, reserve_again, NULL), 0);
    for (i = 0; i < ROUNDS; i++) {
        add_function(engine, "brief", echo, NULL);
        ck_assert_int_eq(li_function_remove(engine, "brief", LI_Z, NULL), LI_OK);
        ck_assert_msg(li_function_set_concurrency(engine, "echo", LI_Z, 900, &err) == LI_OK, "%s", err.text);
        ck_assert_int_eq(li_function_set_concurrency(engine, "echo", LI_Z, LI_UNRESERVED, &err), LI_OK);
    }
    atomic_store(&is_over, 1);
    pthread_join(thread, NULL);
}
END_TEST

START_TEST(test_a_driven_engine_on_the_real_clock_is_woken_through_its_descriptor)
{
    atomic_int runs = 0;
    struct pollfd p;
    uint64_t n;

    add_function(engine, "count", count_runs, &runs);
    p.fd = li_engine_fd(engine);
    p.events = POLLIN;
    ck_assert_int_ge(p.fd, 0);
    ck_assert_int_eq(li_engine_run_until_idle(engine, &n), LI_OK);
    li_engine_step(engine, NULL);
    ck_assert_int_eq(poll(&p, 1, 0), 0);
    ck_assert_int_eq(li_invoke_event(engine, "count", LI_Z, "1", 1, NULL, NULL, NULL), LI_OK);
    ck_assert_int_eq(poll(&p, 1, 0), 1);
    ck_assert_int_eq(li_engine_run_until_idle(engine, &n), LI_OK);
    ck_assert_uint_ge(n, 1);
    ck_assert_int_eq(atomic_load(&runs), 1);
}
END_TEST

Suite *suite_threads(void);
Suite *suite_threads(void)
{
    Suite *suite = suite_create("threads");
    TCase *t = tcase_create("threads");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 240);
    tcase_add_test(t, test_rel_46_a_hanging_handler_times_out_for_its_caller_and_others_go_on);
    tcase_add_test(t, test_rel_17_pieces_of_a_handler_that_overran_are_one_late_result);
    tcase_add_test(t, test_rel_17_a_handler_that_overran_still_reads_its_event_when_that_has_ended);
    tcase_add_test(t, test_rel_46_what_a_worker_begins_itself_times_out_too);
    tcase_add_test(t, test_rel_46_events_go_on_when_the_only_worker_of_their_lane_hangs);
    tcase_add_test(t, test_inv_211_events_of_each_producer_run_in_its_order_on_one_worker);
    tcase_add_test(t, test_rel_65_stop_reports_what_still_runs_at_its_deadline);
    tcase_add_test(t, test_rel_65_stop_before_start_start_twice_and_stop_twice_are_defined);
    tcase_add_test(t, test_rel_65_a_stop_while_busy_keeps_what_waits_for_the_next_start);
    tcase_add_test(t, test_rel_49_workers_block_every_signal_and_the_callers_mask_stays);
    tcase_add_test(t, test_rel_1_a_million_events_on_two_workers_each_end_once);
    tcase_add_test(t, test_rel_50_eight_threads_invoke_one_engine);
    tcase_add_test(t, test_rel_42_functions_come_and_go_while_others_invoke_them);
    tcase_add_test(t, test_rel_50_two_updates_of_one_function_at_once_are_both_there);
    tcase_add_test(t, test_inv_301_a_reservation_of_a_function_that_goes_is_not_kept);
    tcase_add_test(t, test_a_driven_engine_on_the_real_clock_is_woken_through_its_descriptor);
    suite_add_tcase(suite, t);
    return suite;
}
