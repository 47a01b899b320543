/* test_concurrency.c - time lines of admission on the virtual clock, as tables: how many of so many calls get in, and why not
 * the others. */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "fixture.h"

static world w;
static li_error err;

static void set_up(void)
{
    world_new(&w);
    li_error_init(&err, sizeof err);
    add_function(w.engine, "f", scripted, &w.script);
    add_function(w.engine, "g", scripted, &w.script);
    ck_assert_int_eq(li_config_set(w.engine, "limits.min_unreserved", 0, NULL), LI_OK);
}

static void tear_down(void)
{
    world_free(&w);
}

typedef struct step {
    uint64_t at_ms;
    const char *name;
    int calls, admitted;
    int32_t detail;              /* of those refused; 0: none is */
} step;

typedef struct tally {
    int ended, refused;
    int32_t detail;
} tally;

static void count_end(void *user, li_status status, const li_invoke_result *result, const li_error *error)
{
    tally *k = user;

    (void)result;
    if (status == LI_OK) {
        k->ended++;
        return;
    }
    ck_assert_int_eq(status, LI_E_THROTTLED);
    k->refused++;
    k->detail = error->detail;
}

static void play(const step *line, size_t n)
{
    tally all = { 0, 0, 0 };
    uint64_t start_ms = li_engine_now_ms(w.engine);
    int admitted = 0;
    size_t i;

    for (i = 0; i < n; i++) {
        uint64_t at = li_engine_now_ms(w.engine) - start_ms;
        int before = all.refused, k;

        ck_assert_int_eq(li_clock_advance(w.clock, (line[i].at_ms - at) * LI_MS_NS, NULL), LI_OK);
        all.detail = 0;
        for (k = 0; k < line[i].calls; k++)
            ck_assert_int_eq(li_invoke_begin(w.engine, line[i].name, LI_Z, "{}", 2, NULL, count_end, &all), LI_OK);
        ck_assert_msg(line[i].calls - (all.refused - before) == line[i].admitted && all.detail == line[i].detail,
                      "line %zu, at %llu ms: %d of %d calls of %s got in, not %d; the others: %s", i,
                      (unsigned long long)line[i].at_ms, line[i].calls - (all.refused - before), line[i].calls, line[i].name,
                      line[i].admitted, li_detail_text(all.detail));
        admitted += line[i].admitted;
    }
    advance_s(&w, 3600);
    ck_assert_int_eq(all.ended, admitted);
}

#define PLAY(line) play((line), sizeof(line) / sizeof(line)[0])

static void reserve(const char *name, int64_t n)
{
    ck_assert_msg(li_function_set_concurrency(w.engine, name, LI_Z, n, &err) == LI_OK, "%s", err.text);
}

static void provision(const char *name, uint64_t n)
{
    ck_assert_int_eq(li_version_publish(w.engine, name, LI_Z, NULL, NULL, &err), LI_OK);
    ck_assert_msg(li_provisioned_put(w.engine, name, LI_Z, "1", LI_Z, n, NULL, &err) == LI_OK, "%s", err.text);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
}

static void set(const char *name, int64_t value)
{
    ck_assert_msg(li_config_set(w.engine, name, value, &err) == LI_OK, "%s", err.text);
}

enum { RESERVED = LI_DETAIL_RESERVED_CONCURRENCY, ACCOUNT = LI_DETAIL_ACCOUNT_CONCURRENCY };

START_TEST(test_inv_305_a_reservation_over_time)
{
    static const step line[] = {
        { 0, "f", 5, 3, RESERVED }, { 999, "f", 1, 0, RESERVED }, { 1000, "f", 2, 2, 0 }, { 1500, "f", 3, 1, RESERVED },
        { 2000, "f", 5, 2, RESERVED }, { 2000, "g", 5, 5, 0 },    { 2500, "f", 1, 1, 0 },
    };

    reserve("f", 3);
    w.script.takes_ms = 1000;
    PLAY(line);
}
END_TEST

START_TEST(test_inv_301_the_accounts_pool_over_time_beside_a_reservation)
{
    static const step line[] = {
        { 0, "f", 8, 6, ACCOUNT },   { 0, "g", 5, 4, RESERVED }, { 500, "f", 1, 0, ACCOUNT }, { 1000, "f", 7, 6, ACCOUNT },
        { 1000, "g", 4, 4, 0 },      { 2000, "f", 3, 3, 0 },     { 2000, "echo", 4, 4, 0 },   { 2500, "f", 9, 3, ACCOUNT },
    };

    set("limits.account_concurrency", 10);
    reserve("g", 4);
    w.script.takes_ms = 1000;
    PLAY(line);
}
END_TEST

START_TEST(test_inv_306_provisioned_then_the_rest_of_the_reservation_over_time)
{
    static const step line[] = {
        { 0, "f:1", 8, 5, RESERVED }, { 0, "f", 1, 0, RESERVED },   { 1000, "f", 5, 3, RESERVED },
        { 1000, "f:1", 4, 2, RESERVED }, { 2000, "f:1", 2, 2, 0 },  { 2000, "f", 4, 3, RESERVED },
    };
    li_metrics m = LI_METRICS_INIT;

    reserve("f", 5);
    provision("f", 2);
    w.script.takes_ms = 1000;
    PLAY(line);
    ck_assert_int_eq(li_metrics_get(w.engine, "f", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.provisioned_invocations, 6);
    ck_assert_uint_eq(m.provisioned_spillovers, 3);
}
END_TEST

/* ---- a slot comes back once, however its invocation ends (INV-311) */

static li_invocation *kept;

static int32_t ends_somehow(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    char how = li_invocation_get_payload(invocation, &len)[1];

    (void)environment, (void)user;
    switch (how) {
    case 'f':
        li_invocation_fail(invocation, "Boom", "as asked");
        return LI_FAILED;
    case 't':                    /* simulated beyond its time */
        li_invocation_simulate(invocation, 901 * LI_SECOND_NS);
        return LI_DONE;
    case 'g':
        return 12345;            /* no verdict */
    case 'l':                    /* answers after its time-out */
    case 'p':
        kept = invocation;
        return LI_PENDING;
    case 'h':                    /* holds its slot for a while */
        li_invocation_simulate(invocation, LI_SECOND_NS);
        return LI_DONE;
    default:
        return LI_DONE;
    }
}

static int admitted_of(int n, tally *k)
{
    int before = k->refused, i;

    for (i = 0; i < n; i++)
        ck_assert_int_eq(li_invoke_begin(w.engine, "ends", LI_Z, "\"h\"", LI_Z, NULL, count_end, k), LI_OK);
    return n - (k->refused - before);
}

START_TEST(test_inv_311_a_slot_comes_back_once_however_its_invocation_ends)
{
    static const struct {
        const char *payload;
        const char *plan;        /* of faults */
    } ways[] = { { "\"o\"", NULL }, { "\"f\"", NULL }, { "\"t\"", NULL }, { "\"g\"", NULL }, { "\"p\"", NULL }, { "\"l\"", NULL },
                 { "\"o\"", "crash" }, { "\"o\"", "fail" }, { "\"o\"", "timeout" } };
    tally k = { 0, 0, 0 };
    char plan[100];
    size_t i;

    add_function(w.engine, "ends", ends_somehow, NULL);
    reserve("ends", 2);
    for (i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        int ended = k.ended;

        snprintf(plan, sizeof plan, "{\"faults\":[{\"do\":\"%s\"}]}", ways[i].plan ? ways[i].plan : "");
        if (ways[i].plan)
            ck_assert_msg(li_faults_apply(w.engine, plan, strlen(plan), &err) == LI_OK, "%s", err.text);
        ck_assert_int_eq(li_invoke_begin(w.engine, "ends", LI_Z, ways[i].payload, LI_Z, NULL, count_end, &k), LI_OK);
        if (ways[i].payload[1] == 'p' || ways[i].payload[1] == 'l')
            ck_assert_msg(admitted_of(3, &k) == 1, "way %zu: its slot is taken until it has ended", i);
        if (ways[i].payload[1] == 'p')
            ck_assert_int_eq(li_invocation_respond(kept, "1", 1), LI_OK);
        advance_s(&w, 1000);     /* over every time-out */
        if (ways[i].payload[1] == 'l') {
            ck_assert_int_eq(k.ended, ended + 2);
            ck_assert_msg(admitted_of(3, &k) == 2, "way %zu: it is back at the time-out, no thread is in the handler", i);
            advance_s(&w, 10);
            li_invocation_respond(kept, "1", 1);     /* too late: it gives nothing back again */
        }
        advance_s(&w, 10);
        ck_assert_msg(admitted_of(4, &k) == 2, "way %zu: %s %s", i, ways[i].payload, ways[i].plan ? ways[i].plan : "");
        advance_s(&w, 10);
    }
}
END_TEST

static int32_t say_type(li_invocation *invocation, void *environment, void *user)
{
    char json[64];

    (void)environment, (void)user;
    snprintf(json, sizeof json, "\"%s\"", li_invocation_get_initialization_type(invocation));
    li_invocation_respond(invocation, json, strlen(json));
    return LI_DONE;
}

START_TEST(test_inv_327_a_handler_is_told_how_its_environment_came_to_be)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;

    add_function(w.engine, "type", say_type, NULL);
    ck_assert_int_eq(li_config_set(w.engine, "limits.min_unreserved", 0, NULL), LI_OK);
    provision("type", 1);
    ck_assert_int_eq(li_invoke(w.engine, "type:1", LI_Z, "{}", LI_Z, NULL, &result, &err), LI_OK);
    ck_assert(text_is(result.payload, result.payload_len, "\"provisioned-concurrency\""));
    ck_assert_int_eq(li_invoke(w.engine, "type", LI_Z, "{}", LI_Z, NULL, &result, &err), LI_OK);
    ck_assert(text_is(result.payload, result.payload_len, "\"on-demand\""));
    li_invoke_result_fini(&result);
}
END_TEST

START_TEST(test_inv_310_bursts_over_time)
{
    static const step line[] = {
        { 0, "f", 20, 10, ACCOUNT },  { 0, "g", 3, 3, 0 },           { 999, "f", 1, 0, ACCOUNT }, { 1000, "f", 5, 1, ACCOUNT },
        { 5000, "f", 20, 4, ACCOUNT }, { 15000, "f", 20, 10, ACCOUNT }, { 60000, "f", 12, 12, 0 },
    };

    set("scaling.rate", 10);
    w.script.takes_ms = 60000;   /* at 60 s ten are free again, and two more may be made by then */
    PLAY(line);
}
END_TEST

START_TEST(test_inv_309_requests_a_second_of_the_account_over_time)
{
    static const step line[] = {
        { 0, "f", 15, 15, 0 },
        { 0, "g", 10, 5, LI_DETAIL_REQUEST_RATE },      /* one bucket */
        { 49, "f", 1, 0, LI_DETAIL_REQUEST_RATE },
        { 50, "f", 2, 1, LI_DETAIL_REQUEST_RATE },
        { 150, "f", 5, 2, LI_DETAIL_REQUEST_RATE },
        { 9000, "f", 30, 20, LI_DETAIL_REQUEST_RATE },  /* no more is saved than a second's */
    };

    set("limits.account_concurrency", 2);
    set("throttle.request_rate", 10);
    PLAY(line);
}
END_TEST

START_TEST(test_inv_309_requests_a_second_of_a_reservation_over_time)
{
    static const step line[] = {
        { 0, "f", 25, 20, LI_DETAIL_RESERVED_REQUEST_RATE },
        { 0, "g", 100, 100, 0 },
        { 500, "f", 15, 10, LI_DETAIL_RESERVED_REQUEST_RATE },
    };

    reserve("f", 2);
    set("throttle.request_rate", 10);
    PLAY(line);
}
END_TEST

START_TEST(test_inv_309_requests_a_second_of_what_is_provisioned_come_first)
{
    static const step line[] = {
        { 0, "f:1", 45, 30, LI_DETAIL_REQUEST_RATE },   /* 10 of the version, then 20 of the account */
        { 0, "f", 1, 0, LI_DETAIL_REQUEST_RATE },
        { 100, "f:1", 9, 3, LI_DETAIL_REQUEST_RATE },
    };

    set("limits.account_concurrency", 2);
    provision("f", 1);
    set("throttle.request_rate", 10);
    PLAY(line);
}
END_TEST

START_TEST(test_inv_307_beside_a_request_rate_the_reason_is_still_what_is_in_use)
{
    static const step line[] = {
        { 0, "f", 3, 2, RESERVED },
        { 0, "g", 4, 3, ACCOUNT },
        { 0, "g:1", 2, 1, ACCOUNT },
    };

    reserve("f", 2);
    provision("g", 1);
    set("limits.account_concurrency", 6);
    set("throttle.request_rate", 100);
    w.script.takes_ms = 1000;
    PLAY(line);
}
END_TEST

START_TEST(test_inv_201_events_over_the_request_rate_wait_as_throttled_ones)
{
    int i;

    set("throttle.request_rate", 1);
    reserve("f", 2);
    for (i = 0; i < 10; i++)
        send_event(&w, "f", "{}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 2);
    advance_s(&w, 600);
    ck_assert_int_eq(w.script.runs, 10);
}
END_TEST

/* ---- workers */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int is_open;
} gate = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

static int32_t hang(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    pthread_mutex_lock(&gate.lock);
    while (!gate.is_open)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    return li_invocation_is_cancelled(invocation) ? LI_PENDING : LI_DONE;
}

START_TEST(test_rel_46_hanging_workers_are_replaced_up_to_the_limit_and_then_calls_are_throttled)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    li_metrics m = LI_METRICS_INIT;
    li_status status = LI_E_THROTTLED;
    li_engine *engine;
    int i;

    ck_assert_int_eq(li_engine_new(&engine, NULL, &err), LI_OK);
    ck_assert_int_eq(li_config_set(engine, "limits.max_threads", 2, &err), LI_OK);
    spec.name = li_z("hang");
    spec.handler = hang;
    spec.run_on = LI_RUN_WORKER;
    spec.timeout_ms = 10;
    ck_assert_int_eq(li_function_register(engine, &spec, NULL, &err), LI_OK);
    ck_assert_int_eq(li_engine_start(engine, 1, &err), LI_OK);
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(li_invoke(engine, "hang", LI_Z, "{}", LI_Z, NULL, &result, &err), LI_OK);
        check_contains(result.payload, "Sandbox.Timedout");
    }
    ck_assert_int_eq(li_invoke(engine, "hang", LI_Z, "{}", LI_Z, NULL, &result, &err), LI_E_THROTTLED);
    ck_assert_int_eq(err.detail, LI_DETAIL_WORKERS);
    ck_assert_int_eq(li_metrics_get(engine, "hang", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.throttles, 1);
    pthread_mutex_lock(&gate.lock);
    gate.is_open = 1;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    for (i = 0; i < 20000 && status == LI_E_THROTTLED; i++) {       /* until they are back, late and pending */
        poll(NULL, 0, 1);
        status = li_invoke(engine, "hang", LI_Z, "{}", LI_Z, NULL, &result, &err);
    }
    ck_assert_int_eq(status, LI_OK);
    check_text(result.payload, result.payload_len, "null");
    li_invoke_result_fini(&result);
    ck_assert_int_eq(li_engine_stop(engine, 20000, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

/* Calls that wait for a worker, and what they are told. */
typedef struct told {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int n_done, n_throttled, n_timed_out;
} told;

static void tell(told *t, li_status status, int32_t detail, int timed_out)
{
    pthread_mutex_lock(&t->lock);
    t->n_done++;
    t->n_throttled += status == LI_E_THROTTLED && detail == LI_DETAIL_WORKERS;
    t->n_timed_out += timed_out;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

static void on_told(void *user, li_status status, const li_invoke_result *result, const li_error *e)
{
    tell(user, status, e ? e->detail : 0, result && result->function_error != LI_FUNCTION_ERROR_NONE);
}

static int32_t no_piece(void *user, const char *data, size_t len)
{
    (void)user, (void)data, (void)len;
    return LI_STREAM_MORE;
}

static void wait_told(told *t, int n)
{
    pthread_mutex_lock(&t->lock);
    while (t->n_done < n)
        pthread_cond_wait(&t->changed, &t->lock);
    pthread_mutex_unlock(&t->lock);
}

typedef struct blocked_call {
    li_engine *engine;
    told *told;
} blocked_call;

static void *call_blocked(void *argument)
{
    blocked_call *c = argument;
    li_error e = LI_ERROR_INIT;
    li_status status = li_invoke(c->engine, "hang", LI_Z, "{}", LI_Z, NULL, NULL, &e);

    tell(c->told, status, e.detail, 0);
    return NULL;
}

START_TEST(test_rel_46_calls_that_wait_when_the_last_worker_sticks_are_throttled_then)
{
    told t = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0 };
    li_stream_caller caller = LI_STREAM_CALLER_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_stream *stream = NULL;
    blocked_call blocked;
    li_engine *engine;
    pthread_t thread;

    ck_assert_int_eq(li_engine_new(&engine, NULL, &err), LI_OK);
    ck_assert_int_eq(li_config_set(engine, "limits.max_threads", 1, &err), LI_OK);
    spec.name = li_z("hang");
    spec.handler = hang;
    spec.run_on = LI_RUN_WORKER;
    spec.timeout_ms = 60;
    ck_assert_int_eq(li_function_register(engine, &spec, NULL, &err), LI_OK);
    ck_assert_int_eq(li_engine_start(engine, 1, &err), LI_OK);
    caller.chunk = no_piece;
    caller.done = on_told;
    caller.user = &t;
    blocked.engine = engine;
    blocked.told = &t;
    ck_assert_int_eq(li_invoke_begin(engine, "hang", LI_Z, "{}", LI_Z, NULL, on_told, &t), LI_OK);
    ck_assert_int_eq(li_invoke_begin(engine, "hang", LI_Z, "{}", LI_Z, NULL, on_told, &t), LI_OK);
    ck_assert_int_eq(li_invoke_stream(engine, "hang", LI_Z, "{}", LI_Z, NULL, &caller, &stream), LI_OK);
    ck_assert_int_eq(pthread_create(&thread, NULL, call_blocked, &blocked), 0);
    wait_told(&t, 4);            /* the gate is closed all the while */
    ck_assert_int_eq(t.n_timed_out, 1);
    ck_assert_int_eq(t.n_throttled, 3);
    pthread_join(thread, NULL);
    li_stream_release(stream);
    pthread_mutex_lock(&gate.lock);
    gate.is_open = 1;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    ck_assert_int_eq(li_engine_stop(engine, 20000, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

/* Event 0 runs alone, 1 hangs, and the last of those behind it opens the gate. */
enum { BEHIND = 8 };

static atomic_int n_ran;

static int32_t hang_second(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    int number = li_invocation_get_payload(invocation, &len)[0] - '0';

    (void)environment, (void)user;
    atomic_fetch_add(&n_ran, 1);
    pthread_mutex_lock(&gate.lock);
    if (number == BEHIND) {
        gate.is_open = 1;
        pthread_cond_broadcast(&gate.changed);
    }
    while (number == 1 && !gate.is_open)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    return LI_DONE;
}

START_TEST(test_rel_12_events_taken_with_one_that_hangs_go_to_another_worker)
{
    static const char *const payloads[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8" };
    li_event_request requests[BEHIND + 1];
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    li_engine *engine;
    int i, round;

    gate.is_open = 0;
    atomic_store(&n_ran, 0);
    ck_assert_int_eq(li_engine_new(&engine, NULL, &err), LI_OK);
    ck_assert_int_eq(li_config_set(engine, "async.retries", 0, &err), LI_OK);
    spec.name = li_z("second");
    spec.handler = hang_second;
    spec.timeout_ms = 60;
    ck_assert_int_eq(li_function_register(engine, &spec, NULL, &err), LI_OK);
    for (i = 0; i <= BEHIND; i++) {
        const li_event_request r = LI_EVENT_REQUEST_INIT;

        requests[i] = r;
        requests[i].name = li_z("second");
        requests[i].payload.ptr = payloads[i];
        requests[i].payload.len = 1;
    }
    ck_assert_int_eq(li_engine_start(engine, 1, &err), LI_OK);
    for (round = 0; round < 50; round++)     /* how long they take is known: a batch is taken at once then */
        ck_assert_int_eq(li_invoke_event(engine, "second", LI_Z, "0", 1, NULL, NULL, &err), LI_OK);
    ck_assert_int_eq(li_event_submit_batch(engine, requests, BEHIND + 1, NULL, NULL, NULL, &err), LI_OK);
    pthread_mutex_lock(&gate.lock);
    while (!gate.is_open)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    do {
        ck_assert_int_eq(li_event_count(engine, &c), LI_OK);
        sched_yield();
    } while (c.pending + c.leased > 0);
    ck_assert_uint_eq(c.succeeded, 50 + BEHIND);
    ck_assert_uint_eq(c.dropped, 1);
    ck_assert_int_eq(atomic_load(&n_ran), 50 + BEHIND + 1);  /* none ran twice */
    ck_assert_int_eq(li_engine_stop(engine, 20000, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

Suite *suite_concurrency(void);
Suite *suite_concurrency(void)
{
    const TTest *const tests[] = {
        test_inv_305_a_reservation_over_time,
        test_inv_301_the_accounts_pool_over_time_beside_a_reservation,
        test_inv_306_provisioned_then_the_rest_of_the_reservation_over_time,
        test_inv_327_a_handler_is_told_how_its_environment_came_to_be,
        test_inv_310_bursts_over_time,
        test_inv_309_requests_a_second_of_the_account_over_time,
        test_inv_309_requests_a_second_of_a_reservation_over_time,
        test_inv_309_requests_a_second_of_what_is_provisioned_come_first,
        test_inv_311_a_slot_comes_back_once_however_its_invocation_ends,
        test_inv_307_beside_a_request_rate_the_reason_is_still_what_is_in_use,
        test_inv_201_events_over_the_request_rate_wait_as_throttled_ones,
        test_rel_46_hanging_workers_are_replaced_up_to_the_limit_and_then_calls_are_throttled,
        test_rel_46_calls_that_wait_when_the_last_worker_sticks_are_throttled_then,
        test_rel_12_events_taken_with_one_that_hangs_go_to_another_worker,
    };
    Suite *suite = suite_create("concurrency");
    TCase *c = tcase_create("concurrency");
    size_t i;

    tcase_add_checked_fixture(c, set_up, tear_down);
    for (i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(suite, c);
    return suite;
}
