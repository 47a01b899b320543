/* test_endurance.c - what must stay so over long runs and strange ones: nothing is freed twice or never, nothing grows, a gap
 * in time loses nothing, steps one by one are the same as all at once. */
#include "fixture.h"

#include <dirent.h>

#include <lambdainvoke/contract/queue.h>

#include "contracts.h"

typedef struct counted {
    li_faulty *faulty;
    li_allocator allocator;
    world w;
} counted;

static counted c;

static void open_counted(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;

    memset(&c, 0, sizeof c);
    ck_assert_int_eq(li_faulty_new(1, &c.faulty), LI_OK);
    ck_assert_int_eq(li_faulty_allocator(c.faulty, NULL, &c.allocator), LI_OK);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &c.w.clock), LI_OK);
    options.clock = c.w.clock;
    options.allocator = &c.allocator;
    ck_assert_int_eq(li_engine_new(&c.w.engine, &options, NULL), LI_OK);
    c.w.script.engine = c.w.engine;
    add_function(c.w.engine, "scripted", scripted, &c.w.script);
    add_function(c.w.engine, "echo", echo, NULL);
}

static void close_counted(void)
{
    world_free(&c.w);
    ck_assert_uint_eq(li_faulty_blocks(c.faulty), 0);
    ck_assert_uint_eq(li_faulty_bytes(c.faulty), 0);
    li_faulty_free(c.faulty);
}

/* ---- REL-47: everything is ended exactly once */

static int gifts, environments;

static void end_gift(void *user, char *data)
{
    (void)user;
    free(data);
    gifts--;
}

static char *gift(void)
{
    char *data = malloc(8);

    ck_assert_ptr_nonnull(data);
    memcpy(data, "\"given\"", 8);
    gifts++;
    return data;
}

static int32_t begin_environment(li_init *init, void *user, void **environment)
{
    (void)init;
    (void)user;
    *environment = &environments;
    environments++;
    return LI_DONE;
}

static void end_environment(void *environment, void *user, int32_t reason)
{
    (void)user;
    (void)reason;
    ck_assert_ptr_eq(environment, &environments);
    environments--;
}

/* The ways in which a handler can treat what it was given and what it gives. */
enum { GIVES, GIVES_TWICE, GIVES_AND_FAILS, GIVES_THEN_RESPONDS, RESPONDS_THEN_GIVES, STREAMS_THEN_GIVES, EXITS, TIMES_OUT, WAYS };

static int32_t treats(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    switch (*(int *)user) {
    case GIVES_TWICE:
        li_invocation_respond_give(invocation, gift(), 7, end_gift, NULL);
        break;
    case GIVES_AND_FAILS:
        li_invocation_respond_give(invocation, gift(), 7, end_gift, NULL);
        li_invocation_fail(invocation, "After", "giving");
        return LI_FAILED;
    case GIVES_THEN_RESPONDS:
        li_invocation_respond_give(invocation, gift(), 7, end_gift, NULL);
        li_invocation_respond(invocation, "1", 1);
        return LI_DONE;
    case RESPONDS_THEN_GIVES:
        li_invocation_respond(invocation, "1", 1);
        break;
    case STREAMS_THEN_GIVES:
        li_invocation_stream(invocation, "1", 1);
        break;
    case EXITS:
        li_invocation_respond_give(invocation, gift(), 7, end_gift, NULL);
        li_invocation_exit(invocation, 3);
        return LI_FAILED;
    case TIMES_OUT:
        li_invocation_simulate(invocation, 20 * LI_SECOND_NS);
        break;
    default:
        break;
    }
    li_invocation_log(invocation, "a line\n", LI_Z);
    return li_invocation_respond_give(invocation, gift(), 7, end_gift, NULL) == LI_OK ? LI_DONE : LI_FAILED;
}

START_TEST(test_rel_47_what_a_handler_gives_and_its_environment_are_ended_once)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    int how = _i, i;

    gifts = environments = 0;
    open_counted();
    spec.name = li_z("treats");
    spec.handler = treats;
    spec.init = begin_environment;
    spec.fini = end_environment;
    spec.user = &how;
    spec.timeout_ms = 10000;
    ck_assert_int_eq(li_function_register(c.w.engine, &spec, NULL, NULL), LI_OK);
    for (i = 0; i < 3; i++)
        ck_assert_int_eq(li_invoke(c.w.engine, "treats", LI_Z, "{}", LI_Z, NULL, &result, NULL), LI_OK);
    ck_assert_int_eq(li_invoke_event(c.w.engine, "treats", LI_Z, "{}", LI_Z, NULL, NULL, NULL), LI_OK);
    advance_s(&c.w, 3600);
    ck_assert_int_eq(gifts, 0);
    ck_assert_int_eq(environments, 0);          /* idle ones are retired by now */
    li_invoke_result_fini(&result);
    close_counted();
    ck_assert_int_eq(environments, 0);
}
END_TEST

/* ---- REL-66: thirty days */

static uint64_t open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    uint64_t n = 0;

    ck_assert_ptr_nonnull(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

START_TEST(test_rel_66_thirty_days_leave_memory_and_descriptors_as_they_were)
{
    li_trigger_spec hourly = LI_TRIGGER_SPEC_INIT;
    li_event_counts counts = LI_EVENT_COUNTS_INIT;
    uint64_t bytes = 0, blocks = 0, descriptors = 0;
    int day, i;

    open_counted();
    hourly.kind = li_z("schedule");
    hourly.function = li_z("echo");
    hourly.options = li_z("{\"name\":\"hourly\",\"expression\":\"rate(1 hour)\"}");
    ck_assert_int_eq(li_trigger_add(c.w.engine, &hourly, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_config_set(c.w.engine, "outcomes.events", 64, NULL), LI_OK);
    configure(&c.w, "scripted", 2, -1, NULL, ARN "echo");
    for (day = 0; day < 30; day++) {
        c.w.script.runs = 0;
        c.w.script.fail_times = 40;             /* some succeed at last, some fail for good */
        for (i = 0; i < 20; i++)
            send_event(&c.w, "scripted", "{\"day\":1}");
        advance_s(&c.w, 86400);
        if (day == 2) {                         /* rings and tables have their size */
            bytes = li_faulty_bytes(c.faulty);
            blocks = li_faulty_blocks(c.faulty);
            descriptors = open_descriptors();
        }
        if (day > 2) {
            ck_assert_uint_eq(li_faulty_blocks(c.faulty), blocks);
            ck_assert_uint_eq(li_faulty_bytes(c.faulty), bytes);
        }
    }
    ck_assert_uint_eq(open_descriptors(), descriptors);
    ck_assert_int_eq(li_event_count(c.w.engine, &counts), LI_OK);
    ck_assert_uint_eq(counts.pending + counts.leased, 0);
    ck_assert_uint_ge(counts.accepted, 30 * 24 + 30 * 20);
    close_counted();
}
END_TEST

/* ---- REL-56: a gap */

typedef struct gap {
    uint64_t ns;
} gap;

static uint64_t gap_now(void *self)
{
    const gap *g = self;

    return g->ns;
}

static uint64_t gap_wall(void *self)
{
    const gap *g = self;

    return 1767225600000u + g->ns / LI_MS_NS;
}

static const li_clock_ops gap_ops = { sizeof gap_ops, 1, 0, "gap", gap_now, gap_wall, NULL, NULL };

static int at_once, most_at_once, entered[8];

static int32_t counts_itself(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment;
    (void)user;
    at_once++;
    most_at_once = at_once > most_at_once ? at_once : most_at_once;
    entered[payload[0] - '0']++;
    at_once--;
    if (li_invocation_get_attempt(invocation) == 1) {
        li_invocation_fail(invocation, "First", "time");
        return LI_FAILED;
    }
    return LI_DONE;
}

START_TEST(test_rel_56_ten_minutes_that_did_not_happen_lose_no_event_and_repeat_none)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_event_counts counts = LI_EVENT_COUNTS_INIT;
    gap g = { 1000 };
    li_engine *engine;
    li_clock *clock;
    char payload[2] = "0";
    int i;

    at_once = most_at_once = 0;
    memset(entered, 0, sizeof entered);
    ck_assert_int_eq(li_clock_new(NULL, &gap_ops, &g, &clock), LI_OK);
    options.clock = clock;
    ck_assert_int_eq(li_engine_new(&engine, &options, NULL), LI_OK);
    spec.name = li_z("counts");
    spec.handler = counts_itself;
    spec.reserved_concurrency = 1;
    ck_assert_int_eq(li_function_register(engine, &spec, NULL, NULL), LI_OK);
    for (i = 0; i < 8; i++) {
        payload[0] = (char)('0' + i);
        ck_assert_int_eq(li_invoke_event(engine, "counts", LI_Z, payload, 1, NULL, NULL, NULL), LI_OK);
    }
    ck_assert_int_eq(li_engine_run_until_idle(engine, NULL), LI_OK);
    g.ns += 10 * LI_MINUTE_NS;                  /* the process was stopped, and goes on */
    ck_assert_int_eq(li_engine_run_until_idle(engine, NULL), LI_OK);
    ck_assert_int_eq(li_event_count(engine, &counts), LI_OK);
    ck_assert_uint_eq(counts.succeeded, 8);
    for (i = 0; i < 8; i++)
        ck_assert_int_eq(entered[i], 2);
    ck_assert_int_eq(most_at_once, 1);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
    ck_assert_int_eq(li_clock_free(clock), LI_OK);
}
END_TEST

/* ---- REL-103: one step at a time */

typedef struct lines {
    char text[65536];
} lines;

static void write_line(void *user, const li_journal_line *line)
{
    lines *l = user;
    size_t n = strlen(l->text);

    li_journal_format(line, l->text + n, sizeof l->text - n - 1);
    strcat(l->text, "\n");
}

static void live(lines *l, int by_steps)
{
    world v;
    int i;

    l->text[0] = '\0';
    world_new(&v);
    li_journal_listen(v.engine, write_line, l);
    v.script.fail_times = 5;
    v.script.takes_ms = 30;
    for (i = 0; i < 4; i++)
        send_event(&v, i % 2 ? "echo" : "scripted", "{}");
    for (i = 0; by_steps && i < 300; i++) {
        uint64_t due = li_engine_next_deadline(v.engine), now = li_clock_now_ns(v.clock), n = 0;

        if (due == LI_NEVER || due > 300 * LI_SECOND_NS)
            break;
        if (due > now)
            ck_assert_int_eq(li_clock_advance(v.clock, due - now - 1, NULL), LI_OK);    /* nothing is due before */
        if (due > now)
            ck_assert_int_eq(li_clock_advance(v.clock, 1, NULL), LI_OK);
        else
            ck_assert_int_eq(li_engine_step(v.engine, &n), LI_OK);
    }
    advance_s(&v, 300 - li_clock_now_ns(v.clock) / LI_SECOND_NS);
    li_journal_listen(v.engine, NULL, NULL);
    world_free(&v);
}

START_TEST(test_rel_103_steps_one_by_one_are_the_same_as_one_advance)
{
    static lines stepped, advanced;

    live(&stepped, 1);
    live(&advanced, 0);
    ck_assert_str_eq(stepped.text, advanced.text);
    check_contains(advanced.text, "\"step\":\"succeeded\"");
}
END_TEST

/* ---- REL-106: the contract, through a decorator */

static li_faulty *decorator;

static li_status decorated_open(void *user, li_queue *queue)
{
    li_queue inner = { NULL, NULL };
    li_status status = li_queue_memory_new(NULL, &inner);

    (void)user;
    return status == LI_OK ? li_faulty_queue(decorator, &inner, queue) : status;
}

static void decorated_close(void *user, li_queue *queue)
{
    (void)user;
    queue->ops->free(queue->self);
}

START_TEST(test_rel_106_a_decorated_queue_without_rules_keeps_the_contract)
{
    li_contract_queue_env env = { decorated_open, NULL, decorated_close, NULL, 0, 0 };
    verdicts v = { "", "" };
    li_contract contract;

    ck_assert_int_eq(li_faulty_new(1, &decorator), LI_OK);
    li_contract_init(&contract, NULL, note_verdict, &v);
    li_contract_queue(&contract, &env);
    ck_assert_str_eq(v.failed, "");
    ck_assert_int_eq(contract.n_passed, 19);
    ck_assert_uint_gt(li_faulty_calls(decorator, "take"), 20);
    ck_assert_uint_eq(li_faulty_fired(decorator, NULL), 0);
    li_faulty_free(decorator);
}
END_TEST

START_TEST(test_rel_106_a_queue_that_forgets_fails_the_contract)
{
    li_contract_queue_env env = { decorated_open, NULL, decorated_close, NULL, 0, 0 };
    li_fault_rule rule = LI_FAULT_RULE_INIT;
    verdicts v = { "", "" };
    li_contract contract;

    ck_assert_int_eq(li_faulty_new(1, &decorator), LI_OK);
    rule.method = li_z("ack");
    rule.action = LI_FAULTY_LOSE;
    rule.times = 5;
    ck_assert_int_eq(li_faulty_add(decorator, &rule), LI_OK);
    li_contract_init(&contract, NULL, note_verdict, &v);
    li_contract_queue(&contract, &env);
    ck_assert_str_ne(v.failed, "");
    li_faulty_free(decorator);
}
END_TEST

Suite *suite_endurance(void)
{
    Suite *suite = suite_create("endurance");
    TCase *tc = tcase_create("long and strange");

    tcase_add_loop_test(tc, test_rel_47_what_a_handler_gives_and_its_environment_are_ended_once, 0, WAYS);
    tcase_add_test(tc, test_rel_66_thirty_days_leave_memory_and_descriptors_as_they_were);
    tcase_add_test(tc, test_rel_56_ten_minutes_that_did_not_happen_lose_no_event_and_repeat_none);
    tcase_add_test(tc, test_rel_103_steps_one_by_one_are_the_same_as_one_advance);
    tcase_add_test(tc, test_rel_106_a_decorated_queue_without_rules_keeps_the_contract);
    tcase_add_test(tc, test_rel_106_a_queue_that_forgets_fails_the_contract);
    suite_add_tcase(suite, tc);
    return suite;
}
