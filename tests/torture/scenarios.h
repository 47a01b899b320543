/* scenarios.h - the scripts of torture.c: what an application does, from its first call to its last. */
#ifndef TESTS_TORTURE_SCENARIOS_H
#define TESTS_TORTURE_SCENARIOS_H

#define ARN "arn:aws:lambda:us-east-1:000000000000:function:"
#define QUEUE "arn:aws:sqs:us-east-1:000000000000:"

/* ---- handlers */

static int32_t echo(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment, (void)user;
    li_invocation_log(invocation, "echoed\n", LI_Z);
    return li_invocation_respond(invocation, payload, len) == LI_OK ? LI_DONE : LI_FAILED;
}

static int32_t boom(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_fail(invocation, "Boom", "always");
    return LI_FAILED;
}

static int32_t lasts(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_simulate(invocation, 2 * LI_SECOND_NS);
    return LI_DONE;
}

static int32_t waits(li_invocation *invocation, void *environment, void *user)
{
    run *r = user;

    (void)environment;
    if (r->n_held == HELD)
        return LI_FAILED;
    r->held[r->n_held++] = invocation;
    return LI_PENDING;
}

static int32_t streams(li_invocation *invocation, void *environment, void *user)
{
    int i;

    (void)environment, (void)user;
    li_invocation_set_content_type(invocation, "text/plain", LI_Z);
    for (i = 0; i < 4; i++)
        if (li_invocation_stream(invocation, "a piece of an answer ", LI_Z) != LI_OK)
            return LI_FAILED;
    return LI_DONE;
}

static int32_t take_piece(void *user, const char *data, size_t len)
{
    (void)user, (void)data, (void)len;
    return LI_STREAM_FULL;
}

/* Each event of a chain goes to its own function again, until it is stopped. */
static int32_t loops(li_invocation *invocation, void *environment, void *user)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    run *r = user;

    (void)environment;
    options.trace = li_z(li_invocation_get_trace(invocation));
    if (li_invoke_event(r->engine, "loops", LI_Z, "{}", LI_Z, &options, NULL, NULL) == LI_OK)
        r->accepted++;
    return LI_DONE;
}

static int32_t nests(li_invocation *invocation, void *environment, void *user)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    run *r = user;
    li_status status = li_invoke(r->engine, "echo", LI_Z, "[1]", LI_Z, NULL, &result, NULL);

    (void)environment;
    if (status == LI_OK)
        status = li_invocation_respond(invocation, result.payload, result.payload_len);
    if (li_invoke_event(r->engine, "echo", LI_Z, "[2]", LI_Z, NULL, NULL, NULL) == LI_OK)
        r->accepted++;
    li_invoke_result_fini(&result);
    return status == LI_OK ? LI_DONE : LI_FAILED;
}

static int32_t init_fails(li_init *init, void *user, void **environment)
{
    (void)user, (void)environment;
    li_init_fail(init, "NoLicence", "never starts");
    return LI_FAILED;
}

static int32_t init_makes(li_init *init, void *user, void **environment)
{
    (void)init;
    *environment = user;
    return LI_DONE;
}

static void answered(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    run *r = user;

    (void)result, (void)err;
    r->answers++;
    if (status != LI_OK && status != LI_E_NOMEM)
        say(r, li_status_name(status));
}

/* ---- steps that many scripts take */

static void add(run *r, const char *name, li_handler handler, li_init_handler init)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z(name);
    spec.handler = handler;
    spec.init = init;
    spec.user = r;
    TRY(r, li_function_register(r->engine, &spec, NULL, NULL));
}

static void call(run *r, const char *name, const char *payload)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    li_invoke_result result = LI_INVOKE_RESULT_INIT;

    options.log_type = LI_LOG_TYPE_TAIL;
    TRY(r, li_invoke(r->engine, name, LI_Z, payload, LI_Z, &options, &result, NULL));
    li_invoke_result_fini(&result);
}

static void send(run *r, const char *name, const char *payload)
{
    TRY(r, li_invoke_event(r->engine, name, LI_Z, payload, LI_Z, NULL, NULL, NULL));
    r->accepted++;
}

static void queue(run *r, const char *name)
{
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_local_queue *made;

    options.name = li_z(name);
    TRY(r, li_local_queue_new(r->engine, &options, &made, NULL));
}

static void configure(run *r, const char *name, const char *on_success, const char *on_failure)
{
    li_event_config config = LI_EVENT_CONFIG_INIT;

    config.max_retries = 1;
    if (on_success)
        config.on_success = li_z(on_success);
    if (on_failure)
        config.on_failure = li_z(on_failure);
    TRY(r, li_event_config_put(r->engine, name, LI_Z, NULL, 0, &config, NULL, NULL));
}

/* ---- the scripts */

static void nothing(run *r)
{
    (void)r;
}

static void functions(run *r)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_function *function;
    char name[32];
    int i;

    spec.name = li_z("first");
    spec.description = li_z("with words");
    spec.handler = echo;
    spec.reserved_concurrency = 5;
    TRY(r, li_function_create(r->engine, &spec, &function, NULL));
    TRY_FOR(r, LI_E_CONFLICT, li_function_create(r->engine, &spec, NULL, NULL));
    for (i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "number-%d", i);
        add(r, name, echo, NULL);
    }
    spec.timeout_ms = 1000;
    TRY(r, li_function_update(r->engine, &spec, LI_FUNCTION_SET_TIMEOUT | LI_FUNCTION_SET_DESCRIPTION, NULL));
    TRY(r, li_function_set_concurrency(r->engine, "first", LI_Z, 7, NULL));
    TRY(r, li_handler_register(r->engine, "other", LI_Z, boom, NULL, NULL, NULL));
    spec.handler = NULL;
    spec.binding = li_z("c:other");
    TRY(r, li_function_register(r->engine, &spec, NULL, NULL));
    call(r, "first", "{}");
    TRY(r, li_function_remove(r->engine, "number-3", LI_Z, NULL));
}

static void synchronous(run *r)
{
    li_function *function = NULL;
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    char big[9000];

    memset(big, '1', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    add(r, "echo", echo, init_makes);
    TRY(r, li_function_get(r->engine, "echo", LI_Z, &function));
    call(r, "echo", "{\"a\":1}");
    call(r, "echo", big);
    TRY(r, li_function_invoke(function, "{}", LI_Z, NULL, NULL, NULL));
    options.client_context = li_z("{\"client\":1}");
    options.trace = li_z("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
    TRY(r, li_invoke(r->engine, ARN "echo:$LATEST", LI_Z, "3", LI_Z, &options, &result, NULL));
    options.type = LI_DRY_RUN;
    TRY(r, li_invoke(r->engine, "echo", LI_Z, "3", LI_Z, &options, &result, NULL));
    li_invoke_result_fini(&result);
}

static void failing(run *r)
{
    add(r, "boom", boom, NULL);
    add(r, "never", echo, init_fails);
    call(r, "boom", "{}");
    call(r, "never", "{}");
    call(r, "boom", "{}");
}

static void timing_out(run *r)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    spec.name = li_z("late");
    spec.handler = lasts;
    spec.timeout_ms = 1000;
    TRY(r, li_function_register(r->engine, &spec, NULL, NULL));
    call(r, "late", "{}");
    send(r, "late", "{}");
    pass(r, 600);
}

static void pending(run *r)
{
    int i;

    add(r, "waits", waits, NULL);
    for (i = 0; i < 3; i++)
        TRY(r, li_invoke_begin(r->engine, "waits", LI_Z, "{}", LI_Z, NULL, answered, r));
    for (i = 0; i < r->n_held; i++)
        li_invocation_respond(r->held[i], "\"an answer\"", LI_Z);
    pass(r, 1);
    if (r->answers != 3)
        say(r, "not every call was answered");
    r->n_held = 0;
    send(r, "waits", "{}");      /* and one that nobody completes */
    pass(r, 3600);
}

static void polled(run *r)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_invocation *invocation = NULL;
    int i;

    spec.name = li_z("polled");
    spec.binding = li_z("poll:");
    TRY(r, li_function_register(r->engine, &spec, NULL, NULL));
    for (i = 0; i < 2; i++) {
        TRY(r, li_invoke_begin(r->engine, "polled", LI_Z, "{}", LI_Z, NULL, answered, r));
        TRY(r, li_next(r->engine, "polled", LI_Z, 0, &invocation));
        if (invocation)
            i ? li_respond_error(invocation, "Bad", "luck") : li_respond(invocation, "[3]", 3);
        pass(r, 1);
    }
    send(r, "polled", "{}");
    pass(r, 60);
}

static void ended(void *user, li_status status, const li_invoke_result *result, const li_error *err)
{
    run *r = user;

    (void)result, (void)err;
    r->answers++;
    if (status != LI_OK && status != LI_E_NOMEM && status != LI_E_CANCELLED)
        say(r, li_status_name(status));
}

static void streamed(run *r)
{
    li_stream_caller caller = LI_STREAM_CALLER_INIT;
    li_stream *stream = NULL;
    int i;

    add(r, "streams", streams, NULL);
    caller.chunk = take_piece;
    caller.done = ended;
    caller.user = r;
    TRY(r, li_invoke_stream(r->engine, "streams", LI_Z, "{}", LI_Z, NULL, &caller, &stream));
    for (i = 0; i < 6; i++) {
        TRY(r, li_stream_resume(stream));
        pass(r, 0);
    }
    li_stream_release(stream);
    call(r, "streams", "{}");
    TRY(r, li_invoke_stream(r->engine, "streams", LI_Z, "{}", LI_Z, NULL, &caller, &stream));
    li_stream_cancel(stream);
    pass(r, 1);
    li_stream_release(stream);
    if (r->answers != 2)
        say(r, "not every stream has ended");
}

static void recursion(run *r)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;

    options.idempotency_key = li_z("only-once");
    add(r, "loops", loops, NULL);
    TRY(r, li_invoke_event(r->engine, "loops", LI_Z, "{}", LI_Z, &options, NULL, NULL));
    TRY(r, li_invoke_event(r->engine, "loops", LI_Z, "{}", LI_Z, &options, NULL, NULL));
    r->accepted++;
    pass(r, 60);
}

static void nested(run *r)
{
    add(r, "echo", echo, NULL);
    add(r, "nests", nests, NULL);
    call(r, "nests", "{}");
    send(r, "nests", "{}");
    pass(r, 10);
}

static void events(run *r)
{
    int i;

    add(r, "echo", echo, NULL);
    for (i = 0; i < 5; i++)
        send(r, "echo", "{\"number\":12345678901234567890}");
    pass(r, 1);
    for (i = 0; i < 70; i++)     /* more than the heap begins with */
        send(r, "echo", "{}");
    pass(r, 1);
}

/* More lanes than the heap of timers has had places for at any one time. */
static void lanes(run *r)
{
    char name[32];
    int i;

    for (i = 0; i < 70; i++) {
        snprintf(name, sizeof name, "lane-%d", i);
        r->memory.paused++;      /* what is told apart here is the second round */
        add(r, name, echo, NULL);
        send(r, name, "{}");
        pass(r, 3600);
        r->memory.paused--;
    }
    for (i = 0; i < 70; i++) {
        snprintf(name, sizeof name, "lane-%d", i);
        send(r, name, "{}");
    }
    pass(r, 3600);
}

static void retries(run *r)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    queue(r, "dead");
    queue(r, "failed");
    spec.name = li_z("boom");
    spec.handler = boom;
    spec.dead_letter_target = li_z(QUEUE "dead");
    TRY(r, li_function_register(r->engine, &spec, NULL, NULL));
    configure(r, "boom", NULL, QUEUE "failed");
    send(r, "boom", "{\"a\":1}");
    send(r, "boom", "{\"a\":2}");
    pass(r, 7200);
}

static void destinations(run *r)
{
    queue(r, "done");
    add(r, "echo", echo, NULL);
    add(r, "after", echo, NULL);
    configure(r, "echo", ARN "after", NULL);
    configure(r, "after", QUEUE "done", NULL);
    send(r, "echo", "{}");
    send(r, "echo", "{}");
    pass(r, 7200);
}

/* Two functions and a version of one symbol: all or none run a new handler. */
static void handlers(run *r)
{
    static const char *const names[] = { "one", "two" };
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    int i;

    spec.binding = li_z("c:shared");
    for (i = 0; i < 2; i++) {
        spec.name = li_z(names[i]);
        TRY(r, li_function_create(r->engine, &spec, NULL, NULL));
    }
    TRY(r, li_version_publish(r->engine, "two", LI_Z, NULL, NULL, NULL));
    TRY(r, li_handler_register(r->engine, "shared", LI_Z, boom, NULL, NULL, r));
    TRY(r, li_handler_register(r->engine, "shared", LI_Z, echo, NULL, NULL, r));
    for (i = 0; i < 2; i++) {
        TRY(r, li_invoke(r->engine, names[i], LI_Z, "[1]", LI_Z, NULL, &result, NULL));
        r->at = names[i];
        if (result.function_error != LI_FUNCTION_ERROR_NONE && memmem(result.payload, result.payload_len, "Boom", 4))
            say(r, "still runs the old handler");
    }
    li_invoke_result_fini(&result);
}

static void batches(run *r)
{
    li_event_request requests[40];
    li_event_request one = LI_EVENT_REQUEST_INIT;
    li_id ids[40];
    int i;

    add(r, "echo", echo, NULL);
    add(r, "boom", boom, NULL);
    for (i = 0; i < 40; i++) {
        requests[i] = one;
        requests[i].name = li_z(i % 2 ? "echo" : "boom");
        requests[i].payload = li_z("{\"i\":1}");
    }
    TRY(r, li_event_submit_batch(r->engine, requests, 40, ids, NULL, NULL, NULL));
    r->accepted += 40;
    pass(r, 600);
}

static void settings(run *r)
{
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_event_config_info info = { 0 };

    info.size = sizeof info;
    queue(r, "q");
    add(r, "echo", echo, NULL);
    configure(r, "echo", QUEUE "q", NULL);
    config.max_age_s = 60;
    TRY(r, li_event_config_update(r->engine, "echo", LI_Z, NULL, 0, &config, &info, NULL));
    TRY(r, li_event_config_get(r->engine, "echo", LI_Z, NULL, 0, &info, NULL));
    TRY(r, li_event_config_put(r->engine, "echo", LI_Z, "$LATEST", LI_Z, &config, NULL, NULL));
    TRY(r, li_event_config_remove(r->engine, "echo", LI_Z, "$LATEST", LI_Z, NULL));
    TRY(r, li_config_set(r->engine, "outcomes.events", 4, NULL));
    TRY(r, li_config_set(r->engine, "journal.lines", 8, NULL));
    TRY(r, li_config_set(r->engine, "journal.steps", 1, NULL));
    send(r, "echo", "{}");
    pass(r, 10);
}

static void aliases(run *r)
{
    li_alias_spec alias = LI_ALIAS_SPEC_INIT;

    add(r, "echo", echo, NULL);
    TRY(r, li_version_publish(r->engine, "echo", LI_Z, NULL, NULL, NULL));
    add(r, "echo", boom, NULL);
    TRY(r, li_version_publish(r->engine, "echo", LI_Z, NULL, NULL, NULL));
    alias.name = li_z("live");
    alias.function_version = li_z("1");
    alias.additional_version = li_z("2");
    alias.weight = 0.5;
    TRY(r, li_alias_create(r->engine, "echo", LI_Z, &alias, NULL, NULL));
    call(r, "echo:live", "{}");
    send(r, "echo:live", "{}");
    send(r, "echo:1", "{}");
    alias.additional_version = li_z("");
    alias.weight = 0;
    TRY(r, li_alias_update(r->engine, "echo", LI_Z, &alias, NULL, NULL));
    pass(r, 600);
    TRY(r, li_alias_remove(r->engine, "echo", LI_Z, "live", LI_Z, NULL));
    TRY(r, li_version_remove(r->engine, "echo", LI_Z, "1", LI_Z, NULL));
}

static void provisioned(run *r)
{
    add(r, "echo", echo, init_makes);
    TRY(r, li_version_publish(r->engine, "echo", LI_Z, NULL, NULL, NULL));
    TRY(r, li_provisioned_put(r->engine, "echo", LI_Z, "1", LI_Z, 3, NULL, NULL));
    pass(r, 10);
    call(r, "echo:1", "{}");
    TRY(r, li_provisioned_put(r->engine, "echo", LI_Z, "1", LI_Z, 1, NULL, NULL));
    pass(r, 10);
    TRY(r, li_provisioned_remove(r->engine, "echo", LI_Z, "1", LI_Z, NULL));
}

static void triggers(run *r)
{
    li_trigger_spec custom = LI_TRIGGER_SPEC_INIT, s3 = LI_TRIGGER_SPEC_INIT, rate = LI_TRIGGER_SPEC_INIT;
    uint64_t n = 0;

    add(r, "echo", echo, NULL);
    custom.kind = li_z("custom");
    custom.function = li_z("echo");
    custom.id = li_z("mine");
    custom.options = li_z("{\"source\":\"shop\"}");
    TRY(r, li_trigger_add(r->engine, &custom, NULL, NULL));
    s3.kind = li_z("s3");
    s3.function = li_z("echo");
    s3.id = li_z("photos");
    s3.options = li_z("{\"bucket\":\"photos\",\"events\":[\"s3:ObjectCreated:*\"],\"suffix\":\".jpg\"}");
    TRY(r, li_trigger_add(r->engine, &s3, NULL, NULL));
    rate.kind = li_z("schedule");
    rate.function = li_z("echo");
    rate.id = li_z("often");
    rate.options = li_z("{\"name\":\"often\",\"expression\":\"rate(1 minute)\"}");
    TRY(r, li_trigger_add(r->engine, &rate, NULL, NULL));
    TRY(r, li_trigger_occur(r->engine, "s3", LI_Z, "{\"bucket\":\"photos\",\"key\":\"a b.jpg\",\"size\":3}", LI_Z, &n, NULL));
    pass(r, 150);
    TRY(r, li_trigger_set_enabled(r->engine, "often", LI_Z, 0, NULL));
    TRY(r, li_trigger_remove(r->engine, "mine", LI_Z, NULL));
    TRY(r, li_trigger_remove(r->engine, "often", LI_Z, NULL));
}

static void mappings(run *r)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_local_queue *source = NULL;
    int i;

    queue(r, "orders");
    TRY(r, li_local_queue_get(r->engine, "orders", LI_Z, &source));
    add(r, "echo", echo, NULL);
    spec.source_arn = li_z(QUEUE "orders");
    spec.function = li_z("echo");
    spec.batch_size = 5;
    spec.window_ms = 1000;
    TRY(r, li_mapping_create(r->engine, &spec, NULL, NULL));
    for (i = 0; i < 12; i++)
        TRY(r, li_local_queue_send(source, "{\"order\":1}", LI_Z, NULL, 0, NULL));
    pass(r, 300);
    r->memory.fail_at = 0;
    pass(r, 300);
    if (li_local_queue_count(source) != 0)
        say(r, "messages are left in the source");
}

static void local_queues(run *r)
{
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_record_attribute attribute;
    li_local_message message;
    li_local_queue *made = NULL;

    queue(r, "dead");
    options.name = li_z("live");
    options.max_receive_count = 1;
    options.dead_letter_queue = li_z("dead");
    TRY(r, li_local_queue_new(r->engine, &options, &made, NULL));
    attribute.name = li_z("colour");
    attribute.type = li_z("String");
    attribute.value = li_z("red");
    TRY(r, li_local_queue_send(made, "one", LI_Z, &attribute, 1, NULL));
    TRY(r, li_local_queue_send(made, "two", LI_Z, NULL, 0, NULL));
    memset(&message, 0, sizeof message);
    message.size = sizeof message;
    if (li_local_queue_receive(made, 1000, 1, &message) == 1)
        TRY(r, li_local_queue_delete(made, &message.receipt));
    li_local_queue_receive(made, 1000, 1, &message);
    pass(r, 5);
    li_local_queue_receive(made, 1000, 1, &message);     /* received often enough: to the dead letters */
}

static void control(run *r)
{
    li_id waiting, failed, again_id;
    uint64_t n;

    add(r, "echo", echo, NULL);
    add(r, "boom", boom, NULL);
    configure(r, "boom", NULL, NULL);
    TRY(r, li_function_pause(r->engine, "echo", LI_Z, NULL));
    TRY(r, li_invoke_event(r->engine, "echo", LI_Z, "{}", LI_Z, NULL, &waiting, NULL));
    send(r, "echo", "{}");
    send(r, "echo", "{}");
    TRY(r, li_event_cancel(r->engine, &waiting, NULL));
    TRY(r, li_function_resume(r->engine, "echo", LI_Z, NULL));
    pass(r, 1);
    TRY(r, li_invoke_event(r->engine, "boom", LI_Z, "{}", LI_Z, NULL, &failed, NULL));
    r->accepted += 2;
    r->memory.paused++;          /* so that it is surely kept for the redrive */
    pass(r, 600);
    r->memory.paused--;
    TRY(r, li_event_redrive(r->engine, &failed, &again_id, NULL));
    send(r, "boom", "{}");
    TRY(r, li_function_purge(r->engine, "boom", LI_Z, NULL, 0, &n, NULL));
}

static void removal(run *r)
{
    queue(r, "failed");
    add(r, "boom", boom, NULL);
    configure(r, "boom", NULL, QUEUE "failed");
    send(r, "boom", "{}");
    pass(r, 1);
    TRY(r, li_function_remove(r->engine, "boom", LI_Z, NULL));
    pass(r, 30);
    add(r, "boom", echo, NULL);
    send(r, "boom", "{}");
    pass(r, 600);
    TRY(r, li_function_remove(r->engine, "boom", LI_Z, NULL));
}

static void drop_text(void *user, const char *text, size_t len)
{
    (void)user, (void)text, (void)len;
}

static void drop_line(void *user, const li_journal_line *line)
{
    (void)user, (void)line;
}

static void reports(run *r)
{
    li_outcome outcome = LI_OUTCOME_INIT;
    li_id id;

    add(r, "echo", echo, NULL);
    TRY(r, li_journal_listen(r->engine, drop_line, NULL));
    TRY(r, li_config_set(r->engine, "outcomes.records", 1, NULL));
    TRY(r, li_invoke_event(r->engine, "echo", LI_Z, "{}", LI_Z, NULL, &id, NULL));
    r->accepted++;
    pass(r, 1);
    r->memory.fail_at = 0;
    pass(r, 600);
    TRY(r, li_metrics_text(r->engine, drop_text, NULL));
    r->at = "li_event_outcome";
    if (li_event_outcome(r->engine, &id, &outcome) == LI_OK && outcome.state != LI_EVENT_SUCCEEDED)
        say(r, "the event did not succeed");
    li_outcome_fini(&outcome);
}

static void faults(run *r)
{
    add(r, "echo", echo, NULL);
    TRY(r, li_faults_apply(r->engine,
                           "{\"faults\":[{\"do\":\"fail\",\"times\":2},{\"do\":\"duplicate\"},{\"do\":\"throttle\",\"times\":2}]}",
                           LI_Z, NULL));
    send(r, "echo", "{}");
    send(r, "echo", "{}");
    pass(r, 600);
    li_faults_clear(r->engine);
}

#include "parts.h"

typedef struct scenario {
    const char *name;
    void (*play)(run *r);
    uint64_t stride;             /* of k in the short form */
    int on_disk;                 /* queue and store are in a file */
} scenario;

static const scenario scenarios[] = {
    { "nothing", nothing, 1, 0 }, { "functions", functions, 1, 0 }, { "handlers", handlers, 1, 0 }, { "synchronous", synchronous, 1, 0 },
    { "failing", failing, 1, 0 }, { "timing-out", timing_out, 1, 0 }, { "pending", pending, 1, 0 },
    { "polled", polled, 1, 0 }, { "nested", nested, 1, 0 }, { "events", events, 1, 0 },
    { "retries", retries, 1, 0 }, { "destinations", destinations, 1, 0 }, { "batches", batches, 1, 0 },
    { "lanes", lanes, 13, 0 }, { "settings", settings, 1, 0 }, { "aliases", aliases, 1, 0 },
    { "provisioned", provisioned, 1, 0 }, { "triggers", triggers, 1, 0 }, { "mappings", mappings, 1, 0 },
    { "local-queues", local_queues, 1, 0 }, { "control", control, 1, 0 }, { "removal", removal, 1, 0 },
    { "reports", reports, 1, 0 }, { "faults", faults, 1, 0 }, { "streamed", streamed, 1, 0 },
    { "recursion", recursion, 1, 0 }, { "paced", paced, 1, 0 }, { "listed", listed, 1, 0 },
    { "kinds-1", kinds_1, 17, 0 }, { "kinds-2", kinds_2, 17, 0 }, { "kinds-3", kinds_3, 17, 0 },
    { "buses", buses, 1, 0 }, { "policies", policies, 1, 0 }, { "matching", matching, 1, 0 },
    { "samples", samples, 1, 0 }, { "by-api", by_api, 7, 0 },
#ifdef TORTURE_SQLITE
    { "on-disk", on_disk, 5, 1 }, { "over-restart", over_restart, 3, 1 },
    { "settings-on-disk", settings, 5, 1 }, { "aliases-on-disk", aliases, 5, 1 }, { "triggers-on-disk", triggers, 5, 1 },
#endif
};

#endif
