/* test_limits.c - the table of limits: each is filled, the newest is refused, what is there stays, and no limit goes below it. */
#include "fixture.h"

static world w;
static li_error err;
static int made;

static void set_up(void)
{
    world_new(&w);
    li_error_init(&err, sizeof err);
    made = 0;
}

static void tear_down(void)
{
    world_free(&w);
}

static void remember(void *user, const li_config_row *row)
{
    li_config_row *wanted = user;

    if (strcmp(row->name, wanted->name) == 0)
        *wanted = *row;
}

static li_config_row row_of(const char *name)
{
    li_config_row row;

    memset(&row, 0, sizeof row);
    row.name = name;
    li_config_each(w.engine, remember, &row);
    ck_assert_uint_eq(row.size, sizeof row);
    return row;
}

/* ---- one more of each thing: its status */

static const char *next_name(const char *prefix)
{
    static char name[64];

    snprintf(name, sizeof name, "%s%d", prefix, made++);
    return name;
}

static li_status one_function(void)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z(next_name("f"));
    spec.handler = echo;
    return li_function_register(w.engine, &spec, NULL, &err);
}

static li_status one_version(void)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("echo");
    spec.memory_mb = 200 + (uint32_t)made++;
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_MEMORY, NULL), LI_OK);
    return li_version_publish(w.engine, "echo", LI_Z, NULL, NULL, &err);
}

static li_status one_alias(void)
{
    li_alias_spec spec = LI_ALIAS_SPEC_INIT;

    spec.name = li_z(next_name("a"));
    spec.function_version = li_z("$LATEST");
    return li_alias_create(w.engine, "echo", LI_Z, &spec, NULL, &err);
}

static li_status one_event(void)
{
    return li_invoke_event(w.engine, "echo", LI_Z, "{}", 2, NULL, NULL, &err);
}

static li_status event_of_a_byte(void)
{
    return li_invoke_event(w.engine, "echo", LI_Z, "1", 1, NULL, NULL, &err);
}

static li_status one_key(void)
{
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;

    o.idempotency_key = li_z(next_name("k"));
    return li_invoke_event(w.engine, "echo", LI_Z, "{}", 2, &o, NULL, &err);
}

static li_status no_record(void *user, const li_record *record)
{
    (void)user, (void)record;
    return LI_OK;
}

static li_status one_destination(void)
{
    li_destination destination = { NULL, NULL };

    ck_assert_int_eq(li_destination_callback_new(no_record, NULL, &destination), LI_OK);
    return li_destination_add(w.engine, next_name("mine://"), LI_Z, &destination, &err);
}

static li_status one_local_queue(void)
{
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_local_queue *queue;

    options.name = li_z(next_name("q"));
    return li_local_queue_new(w.engine, &options, &queue, &err);
}

static li_status one_trigger(void)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;

    spec.id = li_z(next_name("t"));
    spec.kind = li_z("custom");
    spec.options = li_z("{\"source\":\"a\"}");
    spec.function = li_z("echo");
    return li_trigger_add(w.engine, &spec, NULL, &err);
}

static li_status one_mapping(void)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_function_spec function = LI_FUNCTION_SPEC_INIT;
    char name[32];

    snprintf(name, sizeof name, "consumer%d", made++);
    function.name = li_z(name);
    function.handler = echo;
    ck_assert_int_eq(li_function_register(w.engine, &function, NULL, NULL), LI_OK);
    spec.source_arn = li_z(QUEUE "source");
    spec.function = li_z(name);
    return li_mapping_create(w.engine, &spec, NULL, &err);
}

static void ended(void *user, li_status status, const li_invoke_result *result, const li_error *error)
{
    (void)result, (void)error;
    *(li_status *)user = status;
}

static li_status one_call(void)
{
    static li_status status;     /* told again when the call ends */

    status = LI_OK;
    w.script.takes_ms = 1000;
    ck_assert_int_eq(li_invoke_begin(w.engine, "scripted", LI_Z, "{}", 2, NULL, ended, &status), LI_OK);
    return status;
}

static const struct {
    const char *name;
    li_status (*one_more)(void);
    int step;                    /* of the gauge, for each */
} things[] = {
    { "limits.functions", one_function, 1 },
    { "limits.versions", one_version, 1 },
    { "limits.aliases", one_alias, 1 },
    { "limits.queued_events", one_event, 1 },
    { "limits.queued_bytes", event_of_a_byte, 1 },
    { "limits.idempotency_keys", one_key, 1 },
    { "limits.destinations", one_destination, 1 },
    { "limits.local_queues", one_local_queue, 1 },
    { "limits.triggers", one_trigger, 1 },
    { "limits.mappings", one_mapping, 1 },
    { "limits.account_concurrency", one_call, 1 },
};

enum { N_THINGS = sizeof things / sizeof things[0] };

static void prepare(const char *name)
{
    ck_assert_int_eq(li_config_set(w.engine, "limits.min_unreserved", 0, NULL), LI_OK);
    if (strcmp(name, "limits.mappings") == 0)
        add_queue(w.engine, "source");
}

START_TEST(test_rel_60_each_stored_thing_has_a_limit_an_error_and_a_gauge)
{
    const char *name = things[_i].name;
    li_config_row before, row;
    int64_t value;

    prepare(name);
    before = row_of(name);
    ck_assert_int_ge(before.used, 0);
    ck_assert_int_ne(before.status, LI_OK);
    ck_assert_int_eq(things[_i].one_more(), LI_OK);
    row = row_of(name);
    ck_assert_int_eq(row.used, before.used + things[_i].step);
    /* REL-61: the newest is refused, at once, and nothing else changes */
    ck_assert_msg(li_config_set(w.engine, name, row.used + things[_i].step, &err) == LI_OK, "%s", err.text);
    ck_assert_int_eq(things[_i].one_more(), LI_OK);
    ck_assert_msg(things[_i].one_more() == row.status, "%s: %s", name, err.text);
    ck_assert_int_eq(row_of(name).used, before.used + 2 * things[_i].step);
    /* no limit below what is in use */
    ck_assert_int_eq(li_config_set(w.engine, name, before.used + 2 * things[_i].step - 1, &err), LI_E_BUSY);
    ck_assert_int_eq(err.detail, LI_DETAIL_LIMIT_IN_USE);
    ck_assert_int_eq(li_config_get(w.engine, name, &value), LI_OK);
    ck_assert_int_eq(value, before.used + 2 * things[_i].step);
    ck_assert_int_eq(li_config_set(w.engine, name, value + 1, &err), LI_OK);
    ck_assert_int_eq(things[_i].one_more(), LI_OK);
    advance_s(&w, 10);
}
END_TEST

START_TEST(test_rel_60_a_removed_function_counts_while_events_of_it_wait)
{
    int64_t before = row_of("limits.functions").used;
    int i;

    ck_assert_int_eq(li_config_set(w.engine, "limits.functions", before + 1, &err), LI_OK);
    for (i = 0; i < 10; i++) {           /* any number of them, one after the other */
        made = i;
        ck_assert_int_eq(one_function(), LI_OK);
        ck_assert_int_eq(row_of("limits.functions").used, before + 1);
        ck_assert_int_eq(one_function(), LI_E_FULL);
        ck_assert_int_eq(err.detail, LI_DETAIL_FUNCTIONS_FULL);
        made = i;
        ck_assert_int_eq(li_function_remove(w.engine, next_name("f"), LI_Z, &err), LI_OK);
        ck_assert_int_eq(row_of("limits.functions").used, before);
    }
    made = 7;                            /* a name that was there; and events that outlive it */
    ck_assert_int_eq(one_function(), LI_OK);
    ck_assert_int_eq(li_invoke_event(w.engine, "f7", LI_Z, "{}", 2, NULL, NULL, &err), LI_OK);
    ck_assert_int_eq(li_function_remove(w.engine, "f7", LI_Z, &err), LI_OK);
    ck_assert_int_eq(row_of("limits.functions").used, before + 1);
    made = 20;
    ck_assert_int_eq(one_function(), LI_E_FULL);
    made = 7;
    ck_assert_int_eq(one_function(), LI_OK);         /* it has its place still */
    ck_assert_int_eq(row_of("limits.functions").used, before + 1);
    ck_assert_int_eq(li_function_remove(w.engine, "f7", LI_Z, &err), LI_OK);
    advance_s(&w, 59);
    ck_assert_int_eq(row_of("limits.functions").used, before + 1);
    advance_s(&w, 121);                  /* its last attempt */
    ck_assert_int_eq(row_of("limits.functions").used, before);
    made = 21;
    ck_assert_int_eq(one_function(), LI_OK);
}
END_TEST

static int n_walked;

/* Each hard gauge of the table is one that is filled above, or one that needs more than a call. */
static void is_tested(void *user, const li_config_row *row)
{
    int i;

    (void)user;
    ck_assert_int_ge(row->value, row->lowest);
    ck_assert_int_le(row->value, row->highest);
    ck_assert_int_eq(row->value, row->standard);
    if (row->used < 0 || row->status == LI_OK)
        return;
    n_walked++;
    for (i = 0; i < N_THINGS && strcmp(things[i].name, row->name) != 0;)
        i++;
    ck_assert_msg(i < N_THINGS || strcmp(row->name, "limits.deliveries") == 0 || strcmp(row->name, "limits.max_threads") == 0,
                  "%s is not filled by any test", row->name);
}

START_TEST(test_rel_60_the_walk_of_the_table_leaves_nothing_out)
{
    li_config_each(w.engine, is_tested, NULL);
    ck_assert_int_ge(n_walked, N_THINGS);
}
END_TEST

/* ---- what forgets the oldest instead */

START_TEST(test_rel_60_rings_shrink_and_their_gauges_with_them)
{
    int i;

    for (i = 0; i < 10; i++)
        ck_assert_int_eq(one_event(), LI_OK);
    ck_assert_int_eq(row_of("outcomes.events").used, 10);
    ck_assert_int_eq(row_of("outcomes.events").status, LI_OK);
    ck_assert_int_eq(li_config_set(w.engine, "outcomes.events", 5, &err), LI_OK);
    ck_assert_int_eq(one_event(), LI_OK);
    ck_assert_int_eq(row_of("outcomes.events").used, 1);
    ck_assert_int_ge(row_of("journal.lines").used, 11);
    ck_assert_int_eq(li_config_set(w.engine, "journal.lines", 4, &err), LI_OK);
    ck_assert_int_eq(one_event(), LI_OK);
    ck_assert_int_eq(row_of("journal.lines").used, 4);
    advance_s(&w, 1);
}
END_TEST

/* ---- deliveries */

static li_destination_done held_done[16];
static void *held_user[16];
static int n_held;

static li_status hold(void *self, const li_record *record, li_destination_done done, void *user, li_error *error)
{
    (void)self, (void)record, (void)error;
    ck_assert_int_lt(n_held, 16);
    held_done[n_held] = done;
    held_user[n_held++] = user;
    return LI_OK;
}

START_TEST(test_rel_61_records_on_their_way_are_limited_and_counted)
{
    static const li_destination_ops ops = { sizeof ops, 1, 0, "hold", hold, NULL };
    li_destination destination = { &ops, NULL };
    li_metrics m = LI_METRICS_INIT;
    int i;

    ck_assert_int_eq(li_destination_add(w.engine, "slow://", LI_Z, &destination, &err), LI_OK);
    configure(&w, "echo", 0, -1, "slow://", NULL);
    ck_assert_int_eq(li_config_set(w.engine, "limits.deliveries", 2, &err), LI_OK);
    n_held = 0;
    for (i = 0; i < 3; i++)
        ck_assert_int_eq(one_event(), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(n_held, 2);
    ck_assert_int_eq(row_of("limits.deliveries").used, 2);
    ck_assert_int_eq(li_config_set(w.engine, "limits.deliveries", 1, &err), LI_E_BUSY);
    ck_assert_int_eq(li_metrics_get(w.engine, "echo", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.destination_delivery_failures, 1);
    for (i = 0; i < 2; i++)
        held_done[i](held_user[i], LI_OK);
    advance_s(&w, 1);
    ck_assert_int_eq(row_of("limits.deliveries").used, 0);
}
END_TEST

/* ---- overload */

static li_destination_info info_of_target;

static void see_target(void *user, const li_destination_info *info)
{
    if (strcmp(info->target, user) == 0)
        info_of_target = *info;
}

static li_destination_info destination_info(const char *target)
{
    memset(&info_of_target, 0, sizeof info_of_target);
    ck_assert_int_eq(li_destination_each(w.engine, see_target, (void *)(uintptr_t)target), LI_OK);
    return info_of_target;
}

static struct {
    li_destination_done done;
    void *user;
} hung[64];
static int n_hung;

static li_status hang(void *self, const li_record *record, li_destination_done done, void *user, li_error *error)
{
    (void)self, (void)record, (void)error;
    ck_assert_int_lt(n_hung, 64);
    hung[n_hung].done = done;
    hung[n_hung++].user = user;
    return LI_OK;
}

static li_status count_record(void *user, const li_record *record)
{
    (void)record;
    ++*(int *)user;
    return LI_OK;
}

static void offer(const char *name, int n)
{
    while (n-- > 0)
        ck_assert_int_eq(li_event_submit(w.engine, name, LI_Z, "{}", 2, NULL, NULL, NULL, &err), LI_OK);
}

static void set_dead_letter(const char *name, const char *target)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z(name);
    spec.dead_letter_target = li_z(target);
    ck_assert_msg(li_function_update(w.engine, &spec, LI_FUNCTION_SET_DEAD_LETTER, &err) == LI_OK, "%s", err.text);
}

START_TEST(test_rel_64_a_destination_that_hangs_holds_its_own_backlog_and_nobody_else)
{
    static const li_destination_ops ops = { sizeof ops, 1, 0, "hang", hang, NULL };
    li_destination hanging = { &ops, NULL }, good = { NULL, NULL };
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    int taken = 0, second, i;

    add_function(w.engine, "slow", echo, NULL);
    ck_assert_int_eq(li_destination_add(w.engine, "hang://", LI_Z, &hanging, &err), LI_OK);
    ck_assert_int_eq(li_destination_callback_new(count_record, &taken, &good), LI_OK);
    ck_assert_int_eq(li_destination_add(w.engine, "good://", LI_Z, &good, &err), LI_OK);
    configure(&w, "slow", 0, -1, "hang://", NULL);
    configure(&w, "echo", 0, -1, "good://", NULL);
    ck_assert_int_eq(li_config_set(w.engine, "limits.destination_backlog", 20, &err), LI_OK);
    n_hung = 0;
    for (second = 1; second <= 60; second++) {
        offer("slow", 10);
        offer("echo", 10);
        advance_s(&w, 1);
        ck_assert_int_eq(taken, second * 10);        /* the others keep their whole rate */
    }
    ck_assert_int_eq(n_hung, 20);
    ck_assert_int_eq(destination_info("hang://").state, LI_DESTINATION_FULL);
    ck_assert_uint_eq(destination_info("hang://").in_flight, 20);
    ck_assert_int_eq(destination_info("good://").state, LI_DESTINATION_GOOD);
    ck_assert_uint_eq(destination_info("good://").taken, 600);
    ck_assert_int_le(row_of("limits.deliveries").used, 20 + 3 * 10);     /* and those that try again, for three seconds */
    for (i = 0; i < 20; i++)
        hung[i].done(hung[i].user, i < 19 ? LI_OK : LI_E_INVALID);
    advance_s(&w, 10);
    ck_assert_int_gt(n_hung, 20);                    /* room again */
    for (i = 20; i < n_hung; i++)
        hung[i].done(hung[i].user, LI_OK);
    advance_s(&w, 10);
    ck_assert_int_eq(destination_info("hang://").state, LI_DESTINATION_GOOD);
    ck_assert_uint_eq(destination_info("hang://").refused, 1);
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.succeeded, 1200);
}
END_TEST

/* What the handler's answer did not say in time is said to the dead-letter queue, of bytes that are still there. */
START_TEST(test_rel_16_an_event_whose_destination_takes_hours_does_not_run_again)
{
    static const li_destination_ops ops = { sizeof ops, 1, 0, "hang", hang, NULL };
    li_destination hanging = { &ops, NULL }, good = { NULL, NULL };
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    int taken = 0, i;

    ck_assert_int_eq(li_destination_add(w.engine, "hang://", LI_Z, &hanging, &err), LI_OK);
    ck_assert_int_eq(li_destination_callback_new(count_record, &taken, &good), LI_OK);
    ck_assert_int_eq(li_destination_add(w.engine, "good://", LI_Z, &good, &err), LI_OK);
    configure(&w, "scripted", 0, -1, NULL, "hang://");
    set_dead_letter("scripted", "good://");
    w.script.fail_times = -1;
    n_hung = 0;
    for (i = 1; i <= 8; i++) {
        offer("scripted", 1);
        advance_s(&w, 3600);
        ck_assert_int_eq(w.script.runs, i);
        ck_assert_int_eq(n_hung, i);
    }
    for (i = 0; i < 8; i++)
        hung[i].done(hung[i].user, LI_E_INVALID);
    advance_s(&w, 10);
    ck_assert_int_eq(taken, 8);
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.delivered, 8);
}
END_TEST

START_TEST(test_rel_16_a_limit_that_is_lowered_shortens_no_lease)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    ck_assert_int_eq(li_config_set(w.engine, "limits.timeout_max_ms", 1000, &err), LI_OK);
    w.script.takes_ms = 890000;
    offer("scripted", 1);
    advance_s(&w, 600);
    offer("scripted", 1);
    advance_s(&w, 3600);
    ck_assert_int_eq(w.script.runs, 2);
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.succeeded, 2);
}
END_TEST

START_TEST(test_rel_64_a_destination_that_refuses_is_seen_failing)
{
    static const li_destination_ops ops = { sizeof ops, 1, 0, "hang", hang, NULL };
    li_destination refusing = { &ops, NULL };

    ck_assert_int_eq(li_destination_add(w.engine, "no://", LI_Z, &refusing, &err), LI_OK);
    configure(&w, "echo", 0, -1, "no://", NULL);
    n_hung = 0;
    offer("echo", 1);
    advance_s(&w, 1);
    hung[0].done(hung[0].user, LI_E_IO);
    advance_s(&w, 0);
    ck_assert_int_eq(destination_info("no://").state, LI_DESTINATION_FAILING);
    ck_assert_uint_eq(destination_info("no://").failures, 1);
    ck_assert_uint_eq(destination_info("no://").in_flight, 0);
    advance_s(&w, 10);
}
END_TEST

START_TEST(test_rel_62_ten_times_too_much_for_a_minute_and_then_silence)
{
    enum { CAPACITY = 20, SECONDS = 60 };            /* 2 at once, 100 ms each */
    li_metrics m = LI_METRICS_INIT;
    uint64_t before;
    int second;
    li_id id;
    li_outcome o = LI_OUTCOME_INIT;

    ck_assert_int_eq(li_config_set(w.engine, "async.throttle_wake", 1, &err), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 2, &err), LI_OK);
    w.script.takes_ms = 100;
    for (second = 0; second < SECONDS; second++) {
        offer("scripted", 10 * CAPACITY);
        advance_s(&w, 1);
    }
    ck_assert_int_ge(w.script.runs, CAPACITY * SECONDS * 8 / 10);
    advance_s(&w, 9 * SECONDS + 5);                  /* what is left, at capacity */
    ck_assert_int_eq(li_metrics_get(w.engine, "scripted", LI_Z, &m), LI_OK);
    ck_assert_uint_eq(m.succeeded, 10 * CAPACITY * SECONDS);
    ck_assert_uint_eq(m.pending, 0);
    ck_assert_uint_le(m.throttles, 10 * CAPACITY * SECONDS);     /* asking again is no more than was offered */
    before = li_engine_now_ms(w.engine);
    id = send_event(&w, "scripted", "{}");
    advance_s(&w, 5);
    ck_assert_int_eq(li_event_outcome(w.engine, &id, &o), LI_OK);
    ck_assert_int_eq(o.state, LI_EVENT_SUCCEEDED);
    ck_assert_uint_eq(o.ended_ms - before, 100);                 /* as if nothing had been */
    li_outcome_fini(&o);
}
END_TEST

static void check_pool_refusal(const char *name, int64_t value)
{
    int64_t before, after;

    ck_assert_int_eq(li_config_get(w.engine, name, &before), LI_OK);
    ck_assert_int_eq(li_config_set(w.engine, name, value, &err), LI_E_BUSY);
    ck_assert_int_eq(err.detail, LI_DETAIL_RESERVED_MINIMUM);
    ck_assert_str_eq(err.subject, name);
    ck_assert_int_eq(li_config_get(w.engine, name, &after), LI_OK);
    ck_assert_int_eq(after, before);
}

static void set(const char *name, int64_t value)
{
    ck_assert_msg(li_config_set(w.engine, name, value, &err) == LI_OK, "%s", err.text);
}

START_TEST(test_inv_301_no_limit_leaves_less_than_the_minimum_beside_what_is_promised)
{
    ck_assert_int_eq(li_version_publish(w.engine, "echo", LI_Z, NULL, NULL, &err), LI_OK);
    ck_assert_int_eq(li_provisioned_put(w.engine, "echo", LI_Z, "1", LI_Z, 300, NULL, &err), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, 500, &err), LI_OK);
    check_pool_refusal("limits.account_concurrency", 899);
    check_contains(err.text, "899");
    check_contains(err.text, "800");
    set("limits.account_concurrency", 900);
    check_pool_refusal("limits.min_unreserved", 101);
    set("limits.min_unreserved", 50);
    set("limits.account_concurrency", 850);
    check_pool_refusal("limits.account_concurrency", 849);
    ck_assert_int_eq(one_function(), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "f0", LI_Z, 1, &err), LI_E_VALIDATION);    /* provisioned counts */
    ck_assert_int_eq(err.detail, LI_DETAIL_RESERVED_MINIMUM);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, 300, &err), LI_OK);          /* its own, once */
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "echo", LI_Z, 301, &err), LI_E_VALIDATION);
    set("limits.account_concurrency", 2000);
    set("limits.min_unreserved", 1200);
    set("limits.min_unreserved", 0);
    /* while nothing is promised to anybody there is no pool to keep */
    set("limits.min_unreserved", 100);
    ck_assert_int_eq(li_function_remove(w.engine, "echo", LI_Z, &err), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "scripted", LI_Z, LI_UNRESERVED, &err), LI_OK);
    set("limits.account_concurrency", 2);
}
END_TEST

START_TEST(test_rel_60_a_lowered_limit_does_not_refuse_what_an_update_leaves_alone)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    set("limits.timeout_max_ms", 1000);
    spec.name = li_z("echo");
    spec.memory_mb = 512;
    ck_assert_msg(li_function_update(w.engine, &spec, LI_FUNCTION_SET_MEMORY, &err) == LI_OK, "%s", err.text);
    spec.timeout_ms = 1001;
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_TIMEOUT, &err), LI_E_VALIDATION);
    ck_assert_int_eq(err.detail, LI_DETAIL_TIMEOUT);
    ck_assert_int_eq(li_function_update(w.engine, &spec, LI_FUNCTION_SET_MEMORY | 1u << 31, &err), LI_E_NOTSUP);
    ck_assert_int_eq(err.detail, LI_DETAIL_OPTIONS_UNKNOWN);
}
END_TEST

Suite *suite_limits(void);
Suite *suite_limits(void)
{
    Suite *suite = suite_create("limits");
    TCase *c = tcase_create("limits");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_loop_test(c, test_rel_60_each_stored_thing_has_a_limit_an_error_and_a_gauge, 0, N_THINGS);
    tcase_add_test(c, test_rel_60_the_walk_of_the_table_leaves_nothing_out);
    tcase_add_test(c, test_rel_60_a_removed_function_counts_while_events_of_it_wait);
    tcase_add_test(c, test_rel_60_rings_shrink_and_their_gauges_with_them);
    tcase_add_test(c, test_rel_61_records_on_their_way_are_limited_and_counted);
    tcase_add_test(c, test_rel_64_a_destination_that_hangs_holds_its_own_backlog_and_nobody_else);
    tcase_add_test(c, test_rel_64_a_destination_that_refuses_is_seen_failing);
    tcase_add_test(c, test_rel_62_ten_times_too_much_for_a_minute_and_then_silence);
    tcase_add_test(c, test_rel_16_an_event_whose_destination_takes_hours_does_not_run_again);
    tcase_add_test(c, test_rel_16_a_limit_that_is_lowered_shortens_no_lease);
    tcase_add_test(c, test_inv_301_no_limit_leaves_less_than_the_minimum_beside_what_is_promised);
    tcase_add_test(c, test_rel_60_a_lowered_limit_does_not_refuse_what_an_update_leaves_alone);
    suite_add_tcase(suite, c);
    return suite;
}
