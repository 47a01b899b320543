/* test_contract.c - the contract suites against our own backends, and against backends that are wrong in one way each. */
#include "fixture.h"

#include <time.h>

#include <lambdainvoke/contract.h>

#include "contract/mutants.h"
#include "contracts.h"

#define EXPECT_KEPT(suite, env, passed, unclaimed)                    \
    do {                                                              \
        verdicts v = { "", "" };                                      \
        li_contract c;                                                \
                                                                      \
        li_contract_init(&c, NULL, note_verdict, &v);                 \
        li_contract_##suite(&c, (env));                               \
        ck_assert_str_eq(v.failed, "");                               \
        ck_assert_str_eq(v.not_claimed, (unclaimed));                 \
        ck_assert_uint_eq(c.n_passed, (passed));                      \
    } while (0)

/* The rule, and only it, is run: it must fail. */
#define EXPECT_BROKEN(suite, env, rule)                               \
    do {                                                              \
        verdicts v = { "", "" };                                      \
        li_contract c;                                                \
                                                                      \
        li_contract_init(&c, (rule), note_verdict, &v);               \
        li_contract_##suite(&c, (env));                               \
        ck_assert_msg(c.n_failed == 1, "a mutant of %s passes", rule); \
        ck_assert_str_eq(v.not_claimed, "");                          \
    } while (0)

/* ---- queue */

static li_status memory_open(void *user, li_queue *queue)
{
    const char *rule = user;
    li_status status = li_queue_memory_new(NULL, queue);

    if (status == LI_OK && rule)
        mutate_queue(rule, queue);
    return status;
}

static void queue_close(void *user, li_queue *queue)
{
    (void)user;
    queue->ops->free(queue->self);
}

START_TEST(test_inv_211_memory_queue_keeps_the_contract)
{
    li_contract_queue_env env = { memory_open, NULL, queue_close, NULL, 0, 0 };

    EXPECT_KEPT(queue, &env, 20, " resolve survives keeps-counters acked-stays-away outcome-survives lost-starts keys-survive");
}
END_TEST

static const char *const queue_rules[] = { "order", "copies", "done-once", "at-once", "due", "max", "lease", "take-all", "expiry", "ack", "delay", "extend",
                                           "bytes", "count", "lanes", "full", "batch", "take-id", "each", "threads" };

START_TEST(test_inv_211_a_queue_that_breaks_a_rule_is_found)
{
    li_contract_queue_env env = { memory_open, NULL, queue_close, (void *)(uintptr_t)queue_rules[_i], 0, 0 };

    EXPECT_BROKEN(queue, &env, queue_rules[_i]);
}
END_TEST

static const char *const endless[] = { "acks-lost", "never-told" };

/* Of these no wait of the suite would end by itself. */
START_TEST(test_inv_211_the_suite_ends_with_a_queue_that_never_does)
{
    li_contract_queue_env env = { memory_open, NULL, queue_close, (void *)(uintptr_t)endless[_i], 0, 0 };
    verdicts v = { "", "" };
    li_contract c;

    li_contract_init(&c, NULL, note_verdict, &v);
    li_contract_queue(&c, &env);
    ck_assert_msg(strstr(v.failed, _i == 0 ? "ack (" : "done-once (") != NULL, "%s", v.failed);
    ck_assert_msg(strstr(v.failed, "threads (") != NULL, "%s", v.failed);
}
END_TEST

/* ---- store */

static li_status store_open(void *user, li_store *store)
{
    const char *rule = user;
    li_status status = li_store_memory_new(NULL, store);

    if (status == LI_OK && rule)
        mutate_store(rule, store);
    return status;
}

static void store_close(void *user, li_store *store)
{
    (void)user;
    store->ops->free(store->self);
}

START_TEST(test_rel_20_memory_store_keeps_the_contract)
{
    li_contract_store_env env = { store_open, NULL, store_close, NULL };

    EXPECT_KEPT(store, &env, 9, " survives");
}
END_TEST

static const char *const store_rules[] = { "get", "replace", "remove", "order", "stop", "tables", "batch", "bytes", "reopen" };

START_TEST(test_rel_20_a_store_that_breaks_a_rule_is_found)
{
    li_contract_store_env env = { store_open, NULL, store_close, (void *)(uintptr_t)store_rules[_i] };

    EXPECT_BROKEN(store, &env, store_rules[_i]);
}
END_TEST

/* ---- destination: the one that calls back, and wrong ones */

typedef struct taken {
    li_id id;
    char *body;
    size_t len;
} taken;

static struct {
    taken list[8];
    size_t n;
    const char *rule;
    li_destination inner;
} records;

static int breaks(const char *rule)
{
    return records.rule && strcmp(records.rule, rule) == 0;
}

static li_status on_record(void *user, const li_record *record)
{
    taken *t = &records.list[records.n];
    size_t len = record->body.len;

    (void)user;
    if (breaks("takes") || records.n == 8)
        return LI_OK;
    if (breaks("bytes"))
        len = strnlen(record->body.ptr ? record->body.ptr : "", len);
    if (breaks("large") && len > 65536)
        len = 65536;
    if (breaks("again") && records.n > 0)
        t = &records.list[0];    /* there is room for one */
    else
        records.n++;
    free(t->body);
    t->id = record->id;
    t->body = malloc(len + 1);
    ck_assert(t->body != NULL);
    if (len)
        memcpy(t->body, record->body.ptr, len);
    t->len = len;
    return LI_OK;
}

static li_status twice(void *self, const li_record *record, li_destination_done done, void *user, li_error *err)
{
    li_status status = records.inner.ops->put(self, record, done, user, err);

    if (status == LI_OK)
        done(user, LI_OK);
    return status;
}

static li_status destination_open(void *user, li_destination *d)
{
    static li_destination_ops ops;
    li_status status;

    memset(&records, 0, sizeof records);
    records.rule = user;
    status = li_destination_callback_new(on_record, NULL, d);
    if (status == LI_OK && breaks("done-once")) {
        records.inner = *d;
        ops = *d->ops;
        ops.put = twice;
        d->ops = &ops;
    }
    return status;
}

static void destination_close(void *user, li_destination *d)
{
    size_t i;

    (void)user;
    for (i = 0; i < 8; i++)
        free(records.list[i].body);
    if (d->ops->free)
        d->ops->free(d->self);
}

static uint32_t destination_taken(void *user, const li_id *id, char *body, size_t size, size_t *len)
{
    uint32_t n = 0;
    size_t i;

    (void)user;
    for (i = 0; i < records.n; i++)
        if (memcmp(&records.list[i].id, id, sizeof *id) == 0) {
            n++;
            *len = records.list[i].len;
            memcpy(body, records.list[i].body, *len < size ? *len : size);
        }
    return n;
}

static const char *const destination_rules[] = { "takes", "done-once", "bytes", "large", "again" };

START_TEST(test_inv_231_destination_contract_is_kept_and_broken_rules_are_found)
{
    li_contract_destination_env env = { destination_open, destination_close, destination_taken, NULL, NULL };
    size_t i;

    EXPECT_KEPT(destination, &env, 5, "");
    for (i = 0; i < 5; i++) {
        env.user = (void *)(uintptr_t)destination_rules[i];
        EXPECT_BROKEN(destination, &env, destination_rules[i]);
    }
}
END_TEST

/* ---- retry policy */

static const char *retry_rule;
static li_retry_policy aws;
static uint64_t asked;

static li_status bad_next(void *self, const li_retry_limits *limits, int32_t fault, uint32_t failures, uint64_t age_ms,
                          uint64_t random, int32_t *verdict, uint64_t *wait_ms)
{
    li_retry_limits l = LI_RETRY_LIMITS_INIT;

    (void)self;
    asked++;
    if (limits)
        l = *limits;
    if (strcmp(retry_rule, "exhausted") == 0)
        l.max_retries = l.max_retries < 2 ? l.max_retries + 1 : 2;
    if (strcmp(retry_rule, "system") == 0)
        fault = LI_FAULT_FUNCTION;
    if (strcmp(retry_rule, "age") == 0)
        age_ms = 0;
    if (strcmp(retry_rule, "invalid") == 0) {
        failures = failures ? failures : 1;
        fault = LI_FAULT_FUNCTION;
    }
    if (aws.ops->next(aws.self, &l, fault, failures, age_ms, random, verdict, wait_ms) != LI_OK)
        return LI_E_INVALID;
    if (*verdict == LI_VERDICT_RETRY && strcmp(retry_rule, "same") == 0)
        *wait_ms += asked;
    if (*verdict == LI_VERDICT_RETRY && strcmp(retry_rule, "bounded") == 0)
        *wait_ms = *wait_ms * failures * 1000;
    return LI_OK;
}

static li_status retry_open(void *user, li_retry_policy *policy)
{
    static const li_retry_policy_ops bad = { sizeof bad, 1, 0, "mutant", bad_next, NULL };
    const li_retry_aws_options *options = user;

    if (!retry_rule)
        return li_retry_aws_new(options, policy);
    policy->ops = &bad;
    policy->self = NULL;
    return li_retry_aws_new(options, &aws);
}

static void retry_close(void *user, li_retry_policy *policy)
{
    (void)user;
    if (retry_rule)
        *policy = aws;
    policy->ops->free(policy->self);
}

static const char *const retry_rules[] = { "exhausted", "system", "age", "same", "bounded", "invalid" };

START_TEST(test_inv_203_retry_contract_is_kept_and_broken_rules_are_found)
{
    li_retry_aws_options jitter = LI_RETRY_AWS_OPTIONS_INIT;
    li_contract_retry_env env = { retry_open, retry_close, NULL };
    size_t i;

    retry_rule = NULL;
    EXPECT_KEPT(retry, &env, 6, "");
    jitter.jitter_percent = 50;
    env.user = &jitter;
    EXPECT_KEPT(retry, &env, 6, "");
    env.user = NULL;
    for (i = 0; i < 6; i++) {
        retry_rule = retry_rules[i];
        EXPECT_BROKEN(retry, &env, retry_rules[i]);
    }
}
END_TEST

/* ---- clock */

static const char *clock_rule;
static uint64_t clock_reads;

static uint64_t bad_ns(void *self)
{
    uint64_t base = 5 * LI_SECOND_NS;

    (void)self;
    clock_reads++;
    if (strcmp(clock_rule, "forward") == 0)
        return base - clock_reads;
    if (strcmp(clock_rule, "passes") == 0)
        return base / 1000;      /* microseconds */
    return base + clock_reads * 50 * LI_MS_NS;
}

static uint64_t bad_wall(void *self)
{
    (void)self;
    return strcmp(clock_rule, "wall") == 0 ? 1700000000 : UINT64_C(1700000000000) + clock_reads * 50;
}

static li_status clock_open(void *user, li_clock **clock)
{
    static const li_clock_ops bad = { sizeof bad, 1, 0, "mutant", bad_ns, bad_wall, NULL, NULL };
    static const li_clock_ops bad_virtual = { sizeof bad_virtual, 1, LI_CLOCK_VIRTUAL, "mutant", bad_ns, bad_wall, NULL, NULL };
    const char *kind = user;

    clock_reads = 0;
    if (clock_rule)
        return li_clock_new(NULL, strcmp(clock_rule, "still") == 0 ? &bad_virtual : &bad, NULL, clock);
    return strcmp(kind, "real") == 0 ? li_clock_real_new(NULL, clock) : li_clock_virtual_new(NULL, NULL, clock);
}

static void clock_close(void *user, li_clock *clock)
{
    (void)user;
    li_clock_free(clock);
}

static void clock_pass(void *user, li_clock *clock, uint64_t ns)
{
    uint64_t until = li_clock_now_ns(clock) + ns;

    (void)user;
    if (clock_rule)
        return;
    if (li_clock_is_virtual(clock))
        li_clock_advance(clock, ns, NULL);
    while (li_clock_now_ns(clock) < until) {
    }
}

static const char *const clock_rules[] = { "forward", "passes", "wall", "still" };

START_TEST(test_rel_55_clock_contract_is_kept_and_broken_rules_are_found)
{
    li_contract_clock_env env = { clock_open, clock_close, clock_pass, (void *)(uintptr_t)"real" };
    size_t i;

    clock_rule = NULL;
    EXPECT_KEPT(clock, &env, 3, " still");
    env.user = (void *)(uintptr_t)"virtual";
    EXPECT_KEPT(clock, &env, 4, "");
    for (i = 0; i < 4; i++) {
        clock_rule = clock_rules[i];
        EXPECT_BROKEN(clock, &env, clock_rules[i]);
    }
}
END_TEST

/* ---- allocator */

static const char *alloc_rule;
static _Atomic uint64_t live_blocks;

static int alloc_breaks(const char *rule)
{
    return alloc_rule && strcmp(alloc_rule, rule) == 0;
}

static void *count_alloc(void *self, size_t size)
{
    static char shared[65536] __attribute__((aligned(16)));
    char *block;

    (void)self;
    if (alloc_breaks("blocks"))
        return shared;
    if (size > SIZE_MAX / 4)
        return alloc_breaks("huge") ? shared : NULL;
    block = malloc(size);
    live_blocks += block != NULL;
    return block;
}

static void *count_realloc(void *self, void *block, size_t size)
{
    void *grown;

    (void)self;
    if (size > SIZE_MAX / 4)
        return NULL;
    if (alloc_breaks("grow")) {
        free(block);
        live_blocks -= block != NULL;
        return count_alloc(self, size);
    }
    grown = realloc(block, size);
    if (alloc_breaks("counts") || !block)
        live_blocks += grown != NULL;
    return grown;
}

static void count_free(void *self, void *block)
{
    (void)self;
    if (alloc_breaks("blocks"))
        return;
    live_blocks -= block != NULL || alloc_breaks("null");
    free(block);
}

static li_status allocator_open(void *user, li_allocator *a)
{
    static const li_allocator_ops ops = { sizeof ops, 1, 0, "counting", count_alloc, count_realloc, count_free };

    (void)user;
    live_blocks = 0;
    a->ops = &ops;
    a->self = NULL;
    return LI_OK;
}

static void allocator_close(void *user, li_allocator *a)
{
    (void)user;
    (void)a;
}

static uint64_t allocator_live(void *user)
{
    (void)user;
    return live_blocks;
}

static const char *const alloc_rules[] = { "blocks", "grow", "null", "huge", "counts" };

START_TEST(test_rel_40_allocator_contract_is_kept_and_broken_rules_are_found)
{
    li_contract_allocator_env env = { allocator_open, allocator_close, allocator_live, NULL };
    size_t i;

    alloc_rule = NULL;
    EXPECT_KEPT(allocator, &env, 6, "");
    for (i = 0; i < 5; i++) {
        alloc_rule = alloc_rules[i];
        EXPECT_BROKEN(allocator, &env, alloc_rules[i]);
    }
}
END_TEST

/* ---- metrics sink */

typedef struct sum {
    char metric[40];
    char function[40];
    const char *borrowed;        /* of the mutant that keeps it */
    uint64_t value;
} sum;

static struct {
    pthread_mutex_t lock;
    sum sums[16];
    size_t n;
} sink;

static const char *sink_rule;

static int sink_breaks(const char *rule)
{
    return sink_rule && strcmp(sink_rule, rule) == 0;
}

static sum *sum_of(const char *metric, const char *function)
{
    const char *name = function && !sink_breaks("apart") ? function : "";
    size_t i;

    for (i = 0; i < sink.n; i++)
        if (strcmp(sink.sums[i].borrowed ? sink.sums[i].borrowed : sink.sums[i].metric, metric) == 0 &&
            strcmp(sink.sums[i].function, name) == 0)
            return &sink.sums[i];
    snprintf(sink.sums[i].metric, sizeof sink.sums[i].metric, "%s", metric);
    snprintf(sink.sums[i].function, sizeof sink.sums[i].function, "%s", name);
    if (sink_breaks("copies"))
        sink.sums[i].borrowed = metric;
    sink.n++;
    return &sink.sums[i];
}

static void sink_sample(void *self, const char *metric, const char *function, uint64_t value, uint64_t time_ms)
{
    sum *s;

    (void)self;
    (void)time_ms;
    pthread_mutex_lock(&sink.lock);
    s = sum_of(metric, function);
    if (sink_breaks("sums"))
        s->value = value;        /* the last one */
    else if (!sink_breaks("threads") || s->value % 1000 != 999 || sink.n % 2)
        s->value += value;
    pthread_mutex_unlock(&sink.lock);
}

static li_status sink_open(void *user, li_metrics_sink *out)
{
    static const li_metrics_sink_ops ops = { sizeof ops, 1, 0, "sums", sink_sample, NULL, NULL };

    (void)user;
    memset(sink.sums, 0, sizeof sink.sums);
    sink.n = 0;
    pthread_mutex_init(&sink.lock, NULL);
    out->ops = &ops;
    out->self = NULL;
    return LI_OK;
}

static void sink_close(void *user, li_metrics_sink *out)
{
    (void)user;
    (void)out;
    pthread_mutex_destroy(&sink.lock);
}

static uint64_t sink_sum(void *user, const char *metric, const char *function)
{
    (void)user;
    return sum_of(metric, function)->value;
}

static const char *const sink_rules[] = { "sums", "apart", "copies", "threads" };

START_TEST(test_inv_722_metrics_contract_is_kept_and_broken_rules_are_found)
{
    li_contract_metrics_env env = { sink_open, sink_close, sink_sum, NULL };
    size_t i;

    sink_rule = NULL;
    EXPECT_KEPT(metrics, &env, 4, "");
    for (i = 0; i < 4; i++) {
        sink_rule = sink_rules[i];
        EXPECT_BROKEN(metrics, &env, sink_rules[i]);
    }
}
END_TEST

/* ---- executor */

static const char *executor_rule;
static uint64_t live_environments;

static int executor_breaks(const char *rule)
{
    return executor_rule && strcmp(executor_rule, rule) == 0;
}

static int32_t executor_init(void *self, li_init *init, void **environment)
{
    (void)self;
    (void)init;
    *environment = malloc(1);
    live_environments++;
    return *environment ? LI_DONE : LI_FAILED;
}

static int32_t executor_run(void *self, li_invocation *invocation, void *environment)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)self;
    (void)environment;
    if (len == 6 && memcmp(payload, "\"fail\"", 6) == 0 && !executor_breaks("fails")) {
        li_invocation_fail(invocation, "Told", "to fail");
        return LI_FAILED;
    }
    if (executor_breaks("events") && len == 1 && payload[0] == '7')
        return LI_FAILED;
    li_invocation_respond(invocation, payload, executor_breaks("answers") && len > 2 ? 1 : len);
    if (executor_breaks("reuse")) {          /* ends its environment after each call */
        li_invocation_exit(invocation, 0);
        return LI_FAILED;
    }
    return LI_DONE;
}

static void executor_retire(void *self, void *environment, int32_t reason)
{
    (void)self;
    (void)reason;
    free(environment);
    live_environments -= !executor_breaks("retires");
}

static li_status executor_open(void *user, li_executor *executor)
{
    static const li_executor_ops ops = { sizeof ops, 1, 0, "test", executor_init, executor_run, NULL, executor_retire };

    (void)user;
    live_environments = 0;
    executor->ops = &ops;
    executor->self = NULL;
    return LI_OK;
}

static void executor_close(void *user, li_executor *executor)
{
    (void)user;
    (void)executor;
}

static uint64_t executor_live(void *user)
{
    (void)user;
    return live_environments;
}

static const char *const executor_rules[] = { "answers", "fails", "reuse", "events", "retires" };

START_TEST(test_gs_4_executor_contract_is_kept_and_broken_rules_are_found)
{
    li_contract_executor_env env = { executor_open, executor_close, executor_live, NULL };
    size_t i;

    executor_rule = NULL;
    EXPECT_KEPT(executor, &env, 5, "");
    for (i = 0; i < 5; i++) {
        executor_rule = executor_rules[i];
        EXPECT_BROKEN(executor, &env, executor_rules[i]);
    }
}
END_TEST

Suite *suite_contract(void)
{
    Suite *suite = suite_create("contract");
    TCase *tcase = tcase_create("kept");

    tcase_add_test(tcase, test_inv_211_memory_queue_keeps_the_contract);
    tcase_add_loop_test(tcase, test_inv_211_the_suite_ends_with_a_queue_that_never_does, 0, 2);
    tcase_add_loop_test(tcase, test_inv_211_a_queue_that_breaks_a_rule_is_found, 0, (int)(sizeof queue_rules / sizeof queue_rules[0]));
    tcase_add_test(tcase, test_rel_20_memory_store_keeps_the_contract);
    tcase_add_loop_test(tcase, test_rel_20_a_store_that_breaks_a_rule_is_found, 0, (int)(sizeof store_rules / sizeof store_rules[0]));
    tcase_add_test(tcase, test_inv_231_destination_contract_is_kept_and_broken_rules_are_found);
    tcase_add_test(tcase, test_inv_203_retry_contract_is_kept_and_broken_rules_are_found);
    tcase_add_test(tcase, test_rel_55_clock_contract_is_kept_and_broken_rules_are_found);
    tcase_add_test(tcase, test_rel_40_allocator_contract_is_kept_and_broken_rules_are_found);
    tcase_add_test(tcase, test_inv_722_metrics_contract_is_kept_and_broken_rules_are_found);
    tcase_add_test(tcase, test_gs_4_executor_contract_is_kept_and_broken_rules_are_found);
    suite_add_tcase(suite, tcase);
    return suite;
}
