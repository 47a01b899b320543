/* test_cost.c - what the hot paths cost, in counts that do not depend on the machine: locks, allocations, bytes. */
#include "fixture.h"

#include "base/heap.h"
#include "support/count.h"

enum { CALLS = 100 };

static int32_t quiet(li_invocation *invocation, void *environment, void *user)
{
    (void)invocation, (void)environment, (void)user;
    return LI_DONE;
}

typedef struct calls {
    li_engine *engine;
    li_function *function;
    li_invoke_options options;
    li_invoke_result result;
} calls;

static void calls_open(calls *c, li_handler handler)
{
    memset(c, 0, sizeof *c);
    li_invoke_options_init(&c->options, sizeof c->options);
    li_invoke_result_init(&c->result, sizeof c->result);
    ck_assert_int_eq(li_engine_new(&c->engine, NULL, NULL), LI_OK);
    c->function = add_function(c->engine, "plain", handler, NULL);
}

static void calls_close(calls *c)
{
    li_invoke_result_fini(&c->result);
    ck_assert_int_eq(li_engine_free(c->engine), LI_OK);
}

static li_status call(calls *c, int by_name)
{
    static const char payload[] = "{\"a\":1,\"bb\":[2]}";

    return by_name ? li_invoke(c->engine, "plain", LI_Z, payload, 16, &c->options, &c->result, NULL)
                   : li_function_invoke(c->function, payload, 16, &c->options, &c->result, NULL);
}

/* Locks and allocations of so many calls; the first one has made the environment and the result's memory. */
static counts cost_of_calls(calls *c, int by_name)
{
    int i, n_done = call(c, by_name) == LI_OK;
    counts before = counted, n;

    for (i = 0; i < CALLS; i++)      /* without assertions, which lock */
        n_done += call(c, by_name) == LI_OK;
    n.locks = counted.locks - before.locks;
    n.allocations = counted.allocations - before.allocations;
    ck_assert_int_eq(n_done, CALLS + 1);
    return n;
}

START_TEST(test_p1_a_call_by_handle_locks_and_allocates_nothing)
{
    calls c;
    counts n;

    calls_open(&c, quiet);
    n = cost_of_calls(&c, 0);
    ck_assert_uint_eq(n.locks, 0);
    ck_assert_uint_eq(n.allocations, 0);
    c.options.flags = LI_INVOKE_TRUSTED;
    n = cost_of_calls(&c, 0);
    ck_assert_uint_eq(n.locks + n.allocations, 0);
    calls_close(&c);
}
END_TEST

START_TEST(test_p1_an_answer_is_copied_into_memory_that_is_there)
{
    calls c;
    counts n;

    calls_open(&c, echo);
    n = cost_of_calls(&c, 0);
    ck_assert_uint_eq(n.locks, 0);
    ck_assert_uint_eq(n.allocations, 0);
    ck_assert_uint_eq(c.result.payload_len, 16);
    ck_assert_int_eq(memcmp(c.result.payload, "{\"a\":1,\"bb\":[2]}", 16), 0);
    calls_close(&c);
}
END_TEST

START_TEST(test_p2_a_call_by_name_among_1000_locks_and_allocates_nothing)
{
    char name[16];
    counts n;
    calls c;
    int i;

    calls_open(&c, quiet);
    for (i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "other-%d", i);
        add_function(c.engine, name, quiet, NULL);
    }
    n = cost_of_calls(&c, 1);
    ck_assert_uint_eq(n.locks, 0);
    ck_assert_uint_eq(n.allocations, 0);
    calls_close(&c);
}
END_TEST

/* The straight way and the long one end alike: the same call with a listener, which takes the long one. */
static void nothing(void *user, const li_journal_line *line)
{
    (void)user, (void)line;
}

START_TEST(test_p1_the_straight_way_answers_as_the_long_one)
{
    li_invoke_result straight = LI_INVOKE_RESULT_INIT;
    counts n;
    calls c;

    calls_open(&c, echo);
    n = cost_of_calls(&c, 0);
    ck_assert_uint_eq(n.locks, 0);
    ck_assert_int_eq(li_function_invoke(c.function, "[1]", 3, &c.options, &straight, NULL), LI_OK);
    ck_assert_int_eq(li_journal_listen(c.engine, nothing, NULL), LI_OK);
    ck_assert_int_eq(li_function_invoke(c.function, "[1]", 3, &c.options, &c.result, NULL), LI_OK);
    ck_assert_uint_eq(straight.payload_len, c.result.payload_len);
    ck_assert_int_eq(memcmp(straight.payload, c.result.payload, 3), 0);
    ck_assert_int_eq(straight.status_code, c.result.status_code);
    ck_assert_int_eq(straight.function_error, c.result.function_error);
    ck_assert_str_eq(straight.executed_version, c.result.executed_version);
    ck_assert_str_eq(straight.trace, c.result.trace);
    ck_assert_ptr_eq(straight.log_tail, c.result.log_tail);
    ck_assert_int_ne(memcmp(&straight.request_id, &c.result.request_id, sizeof straight.request_id), 0);
    li_invoke_result_fini(&straight);
    calls_close(&c);
}
END_TEST

typedef struct seen {
    int n;
    char id[40], arn[160], trace[200];
} seen;

/* Looks at all that is made when it is asked for; odd calls answer, in one piece or in two. */
static int32_t looks(li_invocation *invocation, void *environment, void *user)
{
    seen *s = user;
    size_t len;

    (void)environment;
    snprintf(s->id, sizeof s->id, "%s", li_invocation_get_request_id(invocation));
    snprintf(s->arn, sizeof s->arn, "%s", li_invocation_get_invoked_arn(invocation));
    snprintf(s->trace, sizeof s->trace, "%s", li_invocation_get_trace(invocation));
    ck_assert_ptr_null(li_invocation_get_client_context(invocation, &len));
    ck_assert_uint_eq(li_invocation_get_attempt(invocation), 1);
    ck_assert_int_eq(li_invocation_is_cancelled(invocation), 0);
    s->n++;
    if (s->n % 4 == 1)
        ck_assert_int_eq(li_invocation_respond(invocation, "\"one\"", 5), LI_OK);
    if (s->n % 4 == 3) {
        li_invocation_hold_clock(invocation, 1);
        ck_assert_int_eq(li_invocation_stream(invocation, "[3,", 3), LI_OK);
        ck_assert_int_eq(li_invocation_stream(invocation, "3]", 2), LI_OK);
    }
    return LI_DONE;
}

START_TEST(test_p1_a_call_finds_nothing_of_the_one_before)
{
    static const char *const answers[] = { "\"one\"", "null", "[3,3]", "null" };
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;
    seen now = { 0 }, before;
    calls c;
    int i;

    calls_open(&c, quiet);
    c.function = add_function(c.engine, "looks", looks, &now);
    for (i = 0; i < 12; i++) {
        before = now;
        if (i == 8) {            /* once the long way, with all that it has */
            o.log_type = LI_LOG_TYPE_TAIL;
            o.trace = li_z("Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=1:deadbeef:0");
        } else {
            o = c.options;
        }
        ck_assert_int_eq(li_function_invoke(c.function, "{}", 2, &o, &c.result, NULL), LI_OK);
        ck_assert_uint_eq(c.result.payload_len, strlen(answers[i % 4]));
        ck_assert_int_eq(memcmp(c.result.payload, answers[i % 4], c.result.payload_len), 0);
        ck_assert_int_eq(c.result.log_tail != NULL, i == 8);
        ck_assert_int_eq(c.result.trace[0] != '\0', i == 8);
        ck_assert_str_ne(now.id, before.id);
        ck_assert_str_ne(now.trace, before.trace);
        ck_assert_int_eq(strstr(now.trace, "5759e988") != NULL, i == 8);
        ck_assert_str_eq(now.arn, "arn:aws:lambda:us-east-1:000000000000:function:looks");
    }
    calls_close(&c);
}
END_TEST

typedef struct meeting {
    calls *c;
    pthread_barrier_t barrier;
    int is_first;                /* that call waits for the other thread */
    counts later;                /* of the other thread, once it has an environment of its own */
} meeting;

static int32_t meets(li_invocation *invocation, void *environment, void *user)
{
    meeting *m = user;

    (void)invocation, (void)environment;
    if (m->is_first) {
        m->is_first = 0;
        pthread_barrier_wait(&m->barrier);       /* the other one may call */
        pthread_barrier_wait(&m->barrier);       /* and has */
    }
    return LI_DONE;
}

static void *other_thread(void *user)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    meeting *m = user;
    counts before;
    int i;

    pthread_barrier_wait(&m->barrier);
    li_function_invoke(m->c->function, "{}", 2, &m->c->options, &result, NULL);
    before = counted;
    for (i = 0; i < CALLS; i++)
        li_function_invoke(m->c->function, "{}", 2, &m->c->options, &result, NULL);
    m->later.locks = counted.locks - before.locks;
    m->later.allocations = counted.allocations - before.allocations;
    pthread_barrier_wait(&m->barrier);
    li_invoke_result_fini(&result);
    return NULL;
}

/* Both had the same slot of the function; who finds it taken uses another from then on. */
START_TEST(test_p3_threads_that_meet_on_a_function_lock_nothing_after_it)
{
    pthread_t thread;
    meeting m;
    calls c;

    calls_open(&c, quiet);
    memset(&m, 0, sizeof m);
    m.c = &c;
    c.function = add_function(c.engine, "meets", meets, &m);
    ck_assert_int_eq(li_function_invoke(c.function, "{}", 2, &c.options, &c.result, NULL), LI_OK);
    pthread_barrier_init(&m.barrier, NULL, 2);
    ck_assert_int_eq(pthread_create(&thread, NULL, other_thread, &m), 0);
    m.is_first = 1;
    ck_assert_int_eq(li_function_invoke(c.function, "{}", 2, &c.options, &c.result, NULL), LI_OK);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&m.barrier);
    ck_assert_uint_eq(m.later.locks, 0);
    ck_assert_uint_eq(m.later.allocations, 0);
    ck_assert_uint_eq(cost_of_calls(&c, 0).locks, 0);
    calls_close(&c);
}
END_TEST

START_TEST(test_p6_a_pending_timer_costs_24_bytes)
{
    /* its sequence is the event's own, whether it waits or not */
    ck_assert_uint_le(sizeof(lii_heap_node) - sizeof(((lii_heap_node *)NULL)->sequence) + sizeof(uint64_t), 24);
    ck_assert_uint_le(4 * sizeof(lii_heap_entry), 64);     /* brothers share a cache line */
}
END_TEST

/* A driven event: what is left is a batch's, not an event's. */
START_TEST(test_p5b_events_of_a_batch_share_its_locks_and_allocations)
{
    enum { N = 64 };
    li_event_request requests[N];
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;
    counts before, few, many;
    world w;
    int i, round;

    world_new(&w);
    add_function(w.engine, "plain", quiet, NULL);
    li_config_set(w.engine, "outcomes.events", 0, NULL);
    li_config_set(w.engine, "journal.lines", 0, NULL);
    for (i = 0; i < N; i++) {
        const li_event_request r = LI_EVENT_REQUEST_INIT;

        requests[i] = r;
        requests[i].name = li_z("plain");
        requests[i].payload = li_z("{}");
        requests[i].options = &o;
    }
    for (round = 0; round < 4; round++) {      /* the first two fill the store of blocks */
        int n = round % 2 ? N : 1;
        li_status status;

        before = counted;
        status = li_event_submit_batch(w.engine, requests, (size_t)n, NULL, NULL, NULL, NULL);
        if (status == LI_OK)
            status = li_engine_run_until_idle(w.engine, NULL);
        few = many;
        many.locks = counted.locks - before.locks;
        many.allocations = counted.allocations - before.allocations;
        ck_assert_int_eq(status, LI_OK);
    }
    ck_assert_uint_le(many.allocations, few.allocations + 1);
    ck_assert_msg(many.locks <= few.locks + 2 * N, "%zu locks for %d events, %zu for one", many.locks, N, few.locks);
    world_free(&w);
}
END_TEST

Suite *suite_cost(void);
Suite *suite_cost(void)
{
    Suite *s = suite_create("cost");
    TCase *t = tcase_create("calls");

    tcase_add_test(t, test_p1_a_call_by_handle_locks_and_allocates_nothing);
    tcase_add_test(t, test_p1_an_answer_is_copied_into_memory_that_is_there);
    tcase_add_test(t, test_p1_the_straight_way_answers_as_the_long_one);
    tcase_add_test(t, test_p1_a_call_finds_nothing_of_the_one_before);
    tcase_add_test(t, test_p3_threads_that_meet_on_a_function_lock_nothing_after_it);
    tcase_add_test(t, test_p5b_events_of_a_batch_share_its_locks_and_allocations);
    tcase_add_test(t, test_p6_a_pending_timer_costs_24_bytes);
    tcase_add_test(t, test_p2_a_call_by_name_among_1000_locks_and_allocates_nothing);
    suite_add_tcase(s, t);
    return s;
}
