/* test_trigger_rules.c - statements about triggers one by one: what holds for all of them, and rules of single services. */
#include "trigger_help.h"

#include "scarce.h"

static keeper kept;
static told got;
static world w;

#define TOPIC "arn:aws:sns:us-east-1:000000000000:orders"
#define POOL "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc"

static void setup(void)
{
    keeper_new(&w, &kept);
}

static void teardown(void)
{
    world_free(&w);
}

static void fails(const char *error_type)
{
    kept.error_type = error_type;
}

static void answers(const char *response)
{
    kept.error_type = NULL;
    kept.response = response;
}

static void copy_info(void *user, const li_trigger_info *info)
{
    *(li_trigger_info *)user = *info;
}

static li_trigger_info info_of(const char *id)
{
    li_trigger_info info;

    ck_assert_int_eq(li_trigger_get(w.engine, id, LI_Z, copy_info, &info, NULL), LI_OK);
    return info;
}

/* ---- all kinds */

typedef struct ids {
    char id[4][40];
    char event[4][1024];
    int n;
} ids;

static int32_t keep_ids(li_invocation *invocation, void *environment, void *user)
{
    ids *s = user;
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment;
    snprintf(s->id[s->n % 4], sizeof s->id[0], "%s", li_invocation_get_request_id(invocation));
    snprintf(s->event[s->n % 4], sizeof s->event[0], "%.*s", (int)len, payload);
    s->n++;
    return LI_DONE;
}

START_TEST(test_trg_4_two_triggers_of_one_occurrence_are_two_invocations)
{
    ids seen;

    memset(&seen, 0, sizeof seen);
    add_function(w.engine, "ids", keep_ids, &seen);
    add_trigger(&w, "sns", "ids", "a", "{\"topic\":\"" TOPIC "\"}");
    add_trigger(&w, "sns", "ids", "b", "{\"topic\":\"" TOPIC "\"}");
    ck_assert_uint_eq(happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"m\"}"), 2);
    ck_assert_int_eq(seen.n, 2);
    ck_assert_str_ne(seen.id[0], seen.id[1]);
    check_at(seen.event[0], "Records/0/EventSubscriptionArn", TOPIC ":a");
    check_at(seen.event[1], "Records/0/EventSubscriptionArn", TOPIC ":b");
}
END_TEST

START_TEST(test_trg_203_two_rules_of_one_pattern_share_no_data)
{
    ids seen;

    memset(&seen, 0, sizeof seen);
    add_function(w.engine, "ids", keep_ids, &seen);
    add_trigger(&w, "events", "ids", "a", "{\"ruleName\":\"a\",\"pattern\":{\"source\":[\"s\"]},\"inputPathsMap\":{},\"inputTemplate\":\"{\\\"by\\\":<aws.events.rule-name>}\"}");
    add_trigger(&w, "events", "ids", "b", "{\"ruleName\":\"b\",\"pattern\":{\"source\":[\"s\"]},\"inputPathsMap\":{},\"inputTemplate\":\"{\\\"by\\\":<aws.events.rule-name>}\"}");
    ck_assert_uint_eq(happen(&w, "events", "{\"source\":\"s\",\"detailType\":\"t\",\"detail\":{}}"), 2);
    ck_assert_str_ne(seen.id[0], seen.id[1]);
    ck_assert_str_eq(seen.event[0], "{\"by\":\"a\"}");
    ck_assert_str_eq(seen.event[1], "{\"by\":\"b\"}");
}
END_TEST

START_TEST(test_trg_6_a_delivery_that_is_denied_is_not_queued_and_not_tried_again)
{
    add_trigger(&w, "sns", "keeper", "a", "{\"topic\":\"" TOPIC "\"}");
    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 1, NULL), LI_OK);
    ask(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"m\"}", &got);
    ck_assert_uint_eq(got.n_refused, 1);
    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 0, NULL), LI_OK);
    advance_s(&w, 86400);
    ck_assert_int_eq(kept.runs, 0);
    ck_assert_uint_eq(info_of("a").failures, 1);
}
END_TEST

START_TEST(test_trg_8_a_waiting_source_gets_the_payload_and_whether_the_function_failed)
{
    add_trigger(&w, "custom", "keeper", "a", "{\"source\":\"s\",\"invocationType\":\"RequestResponse\"}");
    answers("{\"n\":12345678901234567890}");
    ask(&w, "custom", "{\"source\":\"s\",\"detail\":1}", &got);
    ck_assert_str_eq(got.body, "{\"n\":12345678901234567890}");
    ck_assert_str_eq(got.verdict, "ok");
    fails("Boom");
    ask(&w, "custom", "{\"source\":\"s\",\"detail\":1}", &got);
    ck_assert_str_eq(got.verdict, "function-error");
    check_at(got.body, "errorType", "Boom");
    ck_assert_int_eq(kept.runs, 2);
}
END_TEST

static int32_t note_version(li_invocation *invocation, void *environment, void *user)
{
    (void)environment;
    snprintf(user, 16, "%s", li_invocation_get_version(invocation));
    return LI_DONE;
}

START_TEST(test_trg_26_a_trigger_of_an_alias_runs_the_version_that_the_alias_points_to)
{
    li_alias_spec spec = LI_ALIAS_SPEC_INIT;
    char version[16] = "";

    add_function(w.engine, "v", note_version, version);
    ck_assert_int_eq(li_version_publish(w.engine, "v", LI_Z, NULL, NULL, NULL), LI_OK);
    spec.name = li_z("live");
    spec.function_version = li_z("1");
    ck_assert_int_eq(li_alias_create(w.engine, "v", LI_Z, &spec, NULL, NULL), LI_OK);
    add_trigger(&w, "custom", "v:live", "a", "{\"source\":\"s\"}");
    happen(&w, "custom", "{\"source\":\"s\",\"detail\":1}");
    ck_assert_str_eq(version, "1");
    spec.function_version = li_z("$LATEST");
    ck_assert_int_eq(li_alias_update(w.engine, "v", LI_Z, &spec, NULL, NULL), LI_OK);
    happen(&w, "custom", "{\"source\":\"s\",\"detail\":1}");
    ck_assert_str_eq(version, "$LATEST");
}
END_TEST

START_TEST(test_trg_210_a_function_with_no_concurrency_refuses_who_waits_and_ends_what_is_queued)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    add_trigger(&w, "custom", "keeper", "s", "{\"source\":\"s\",\"invocationType\":\"RequestResponse\"}");
    add_trigger(&w, "custom", "keeper", "a", "{\"source\":\"a\"}");
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "keeper", LI_Z, 0, NULL), LI_OK);
    ask(&w, "custom", "{\"source\":\"s\",\"detail\":1}", &got);
    ck_assert_int_eq(got.status, 429);
    ask(&w, "custom", "{\"source\":\"a\",\"detail\":1}", &got);
    ck_assert_int_eq(got.status, 202);
    ck_assert_int_eq(li_event_count(w.engine, &c), LI_OK);
    ck_assert_uint_eq(c.dropped, 1);
    ck_assert_int_eq(kept.runs, 0);
}
END_TEST

START_TEST(test_trg_208_a_handler_in_c_and_one_that_polls_get_the_same_bytes)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_invocation *invocation = NULL;
    const char *payload;
    size_t len = 0;

    spec.name = li_z("poller");
    spec.binding = li_z("poll:");
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
    add_trigger(&w, "custom", "keeper", "c", "{\"source\":\"s\"}");
    add_trigger(&w, "custom", "poller", "p", "{\"source\":\"s\"}");
    ck_assert_uint_eq(happen(&w, "custom", "{\"source\":\"s\",\"detail\":{ \"n\" : 1.0,\"u\":\"\\u00e9\" }}"), 2);
    ck_assert_int_eq(li_next(w.engine, "poller", LI_Z, 0, &invocation), LI_OK);
    payload = li_invocation_get_payload(invocation, &len);
    ck_assert_uint_eq(len, kept.len);
    ck_assert(memcmp(payload, kept.event, len) == 0);
    ck_assert_int_eq(li_respond(invocation, "1", 1), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
}
END_TEST

/* ---- S3, SNS, alarms */

START_TEST(test_trg_199_an_object_that_is_put_is_one_delivery_with_its_bucket_and_key)
{
    li_s3_occurrence o = LI_S3_OCCURRENCE_INIT;
    uint64_t n = 0;

    add_trigger(&w, "s3", "keeper", "a", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"]}");
    o.bucket = li_z("b");
    o.key = li_z("k/1");
    ck_assert_int_eq(li_s3_occur(w.engine, &o, &n, NULL), LI_OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(kept.runs, 0);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(kept.runs, 1);
    check_at(kept.event, "Records/0/s3/bucket/name", "b");
    check_at(kept.event, "Records/0/s3/object/key", "k/1");
    check_at(kept.event, "Records/1", "(absent)");
}
END_TEST

START_TEST(test_trg_34_one_function_behind_two_configurations_can_get_two)
{
    add_trigger(&w, "s3", "keeper", "a", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"],\"prefix\":\"in/\",\"configurationId\":\"A\"}");
    add_trigger(&w, "s3", "keeper", "b", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectRemoved:*\"],\"configurationId\":\"B\"}");
    ck_assert_uint_eq(happen(&w, "s3", "{\"bucket\":\"b\",\"key\":\"in/k\"}"), 1);
    check_at(kept.event, "Records/0/s3/configurationId", "A");
    ck_assert_uint_eq(happen(&w, "s3", "{\"bucket\":\"b\",\"key\":\"in/k\",\"eventName\":\"ObjectRemoved:Delete\"}"), 1);
    check_at(kept.event, "Records/0/s3/configurationId", "B");
    ck_assert_uint_eq(happen(&w, "s3", "{\"bucket\":\"b\",\"key\":\"out/k\"}"), 0);
}
END_TEST

START_TEST(test_trg_27_a_configuration_needs_a_bucket_and_a_type)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(try_trigger(&w, "s3", "keeper", NULL, "{\"events\":[\"s3:ObjectCreated:*\"]}", &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "bucket");
    ck_assert_int_eq(try_trigger(&w, "s3", "keeper", NULL, "{\"bucket\":\"b\"}", &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "events");
    ck_assert_int_eq(try_trigger(&w, "s3", "keeper", NULL, "{\"bucket\":\"b\",\"events\":[]}", &err), LI_E_INVALID);
    add_trigger(&w, "s3", "keeper", "made-id", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:Put\"]}");
    happen(&w, "s3", "{\"bucket\":\"b\",\"key\":\"k\"}");
    check_at(kept.event, "Records/0/s3/configurationId", "made-id");
}
END_TEST

START_TEST(test_trg_38_a_block_comes_with_events_of_its_family_only)
{
    static const struct {
        const char *event, *block;
    } families[] = { { "ObjectRestore:Completed", "glacierEventData" }, { "Replication:OperationNotTracked", "replicationEventData" },
                     { "IntelligentTiering", "intelligentTieringEventData" }, { "LifecycleTransition", "lifecycleEventData" } };
    char text[256], path[64];
    li_error err = LI_ERROR_INIT;

    add_trigger(&w, "s3", "keeper", "a", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectRestore:*\",\"s3:Replication:*\",\"s3:IntelligentTiering\",\"s3:LifecycleTransition\"]}");
    snprintf(text, sizeof text, "{\"bucket\":\"b\",\"key\":\"k\",\"eventName\":\"%s\",\"%s\":{\"x\":1}}", families[_i].event, families[_i].block);
    ck_assert_uint_eq(happen(&w, "s3", text), 1);
    snprintf(path, sizeof path, "Records/0/%s/x", families[_i].block);
    check_at(kept.event, path, "1");
    snprintf(text, sizeof text, "{\"bucket\":\"b\",\"key\":\"k\",\"%s\":{\"x\":1}}", families[_i].block);
    ck_assert_int_eq(li_trigger_occur(w.engine, "s3", LI_Z, text, LI_Z, NULL, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, families[_i].block);
}
END_TEST

START_TEST(test_trg_45_a_binary_attribute_is_base64_and_no_attributes_are_an_empty_object)
{
    add_trigger(&w, "sns", "keeper", "a", "{\"topic\":\"" TOPIC "\"}");
    happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"m\",\"messageAttributes\":{\"b\":{\"DataType\":\"Binary\",\"BinaryValue\":\"AQI=\"}}}");
    check_at(kept.event, "Records/0/Sns/MessageAttributes", "{\"b\":{\"Type\":\"Binary\",\"Value\":\"AQI=\"}}");
    happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"m\"}");
    check_at(kept.event, "Records/0/Sns/MessageAttributes", "{}");
}
END_TEST

START_TEST(test_trg_46_the_signature_version_is_1)
{
    add_trigger(&w, "sns", "keeper", "a", "{\"topic\":\"" TOPIC "\"}");
    happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"m\"}");
    check_at(kept.event, "Records/0/Sns/SignatureVersion", "1");
}
END_TEST

START_TEST(test_trg_48_a_redriven_notification_says_why_in_three_attributes)
{
    static const char *const names[] = { "RequestID", "ErrorCode", "ErrorMessage" };
    li_local_queue *dlq = add_queue(w.engine, "dlq");
    li_local_message m;
    int i;

    add_trigger(&w, "sns", "keeper", "a", "{\"topic\":\"" TOPIC "\",\"deadLetterArn\":\"" QUEUE "dlq\"}");
    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 1, NULL), LI_OK);
    happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"lost\"}");
    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    ck_assert_int_eq(li_local_queue_peek(dlq, 0, &m), LI_OK);
    ck_assert_uint_eq(m.n_attributes, 3);
    for (i = 0; i < 3; i++)
        ck_assert(m.attributes[i].name.len == strlen(names[i]) && memcmp(m.attributes[i].name.ptr, names[i], strlen(names[i])) == 0);
    ck_assert(m.attributes[1].value.len == 3 && memcmp(m.attributes[1].value.ptr, "403", 3) == 0);
}
END_TEST

START_TEST(test_trg_74_cloudwatch_keeps_trying_until_an_alarm_is_accepted)
{
    static const char *const alarm = "{\"alarmArn\":\"arn:aws:cloudwatch:us-east-1:1:alarm:c\",\"alarmName\":\"c\",\"state\":\"ALARM\"}";

    add_trigger(&w, "alarm", "keeper", "a", "{\"alarm\":\"arn:aws:cloudwatch:us-east-1:1:alarm:c\"}");
    add_function(w.engine, "slow", scripted, &w.script);
    w.script.takes_ms = 3600000;
    w.script.fail_times = 100;
    ck_assert_int_eq(li_config_set(w.engine, "limits.queued_events", 1, NULL), LI_OK);
    send_event(&w, "slow", "{}");
    ck_assert_int_eq(li_trigger_occur(w.engine, "alarm", LI_Z, alarm, LI_Z, NULL, NULL), LI_OK);
    advance_s(&w, 1800);             /* the other event is tried three times, for 15 minutes each */
    ck_assert_int_eq(kept.runs, 0);
    advance_s(&w, 2 * 3600);
    ck_assert_int_eq(kept.runs, 1);
    ck_assert_int_eq(li_function_remove(w.engine, "keeper", LI_Z, NULL), LI_OK);
    happen(&w, "alarm", alarm);
    ck_assert_uint_eq(info_of("a").failures, 1);
}
END_TEST

/* ---- control plane */

START_TEST(test_trg_80_a_pipelines_job_ignores_what_the_handler_returns)
{
    add_trigger(&w, "codepipeline", "keeper", "a", "{\"pipeline\":\"p\",\"userParameters\":\"u\"}");
    answers("{\"ignored\":true}");
    ask(&w, "codepipeline", "{\"pipeline\":\"p\",\"continuationToken\":\"t\"}", &got);
    ck_assert_int_eq(got.status, 202);
    ck_assert_uint_eq(got.body_len, 0);
    check_at(at(kept.event, "CodePipeline.job"), "data/actionConfiguration/configuration", "{\"FunctionName\":\"keeper\",\"UserParameters\":\"u\"}");
    check_at(at(kept.event, "CodePipeline.job"), "data/continuationToken", "t");
    check_at(at(kept.event, "CodePipeline.job"), "accountId", "000000000000");
}
END_TEST

START_TEST(test_trg_83_what_is_no_disposition_counts_as_continue)
{
    static const char *const mail = "{\"source\":\"a@b.c\",\"destination\":[\"d@e.f\"]}";
    static const struct {
        const char *response, *verdict;
    } cases[] = { { "{\"disposition\":\"STOP_RULE\"}", "STOP_RULE" }, { "{\"disposition\":\"STOP_RULE_SET\"}", "STOP_RULE_SET" },
                  { "{\"disposition\":\"CONTINUE\"}", "CONTINUE" },   { "{\"disposition\":\"stop_rule\"}", "CONTINUE" },
                  { "\"STOP_RULE\"", "CONTINUE" },                    { "{}", "CONTINUE" } };
    size_t i;

    add_trigger(&w, "ses", "keeper", "a", "{\"ruleSet\":\"s\",\"ruleName\":\"r\",\"invocationType\":\"RequestResponse\"}");
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        answers(cases[i].response);
        ask(&w, "ses", mail, &got);
        ck_assert_str_eq(got.verdict, cases[i].verdict);
    }
    fails("Boom");
    ask(&w, "ses", mail, &got);
    ck_assert_str_eq(got.verdict, "CONTINUE");
    kept.error_type = NULL;
    kept.takes_ms = 30001;
    ask(&w, "ses", mail, &got);
    advance_s(&w, 31);
    ck_assert_str_eq(got.verdict, "CONTINUE");
}
END_TEST

/* ---- gateways and load balancers */

START_TEST(test_trg_89_header_names_keep_their_case_but_for_two_and_two_are_dropped)
{
    add_trigger(&w, "apigw-rest", "keeper", "r", "{\"apiId\":\"abc\",\"path\":\"/\"}");
    ask(&w, "apigw-rest", "{\"method\":\"GET\",\"target\":\"/\",\"headers\":{\"hOST\":\"h\",\"authorization\":\"a\",\"user-agent\":\"u\",\"Content-Length\":\"0\","
                          "\"connection\":\"close\",\"X-Own\":\"x\"}}", &got);
    check_at(kept.event, "headers/hOST", "h");
    check_at(kept.event, "headers/X-Own", "x");
    check_at(kept.event, "headers/Authorization", "a");
    check_at(kept.event, "headers/User-Agent", "u");
    check_at(kept.event, "headers/Content-Length", "(absent)");
    check_at(kept.event, "headers/connection", "(absent)");
}
END_TEST

START_TEST(test_trg_92_several_values_come_before_a_single_one_of_the_same_name)
{
    add_trigger(&w, "apigw-rest", "keeper", "r", "{\"apiId\":\"abc\",\"path\":\"/\"}");
    answers("{\"statusCode\":200,\"headers\":{\"X\":\"1\",\"y\":\"2\"},\"multiValueHeaders\":{\"x\":[\"3\",\"4\"]}}");
    ask(&w, "apigw-rest", "{\"method\":\"GET\",\"target\":\"/\"}", &got);
    ck_assert_str_eq(got.headers, "x: 3\nx: 4\nX: 1\ny: 2\nContent-Type: application/json\n");
    answers("{\"statusCode\":200,\"headers\":{\"content-TYPE\":\"text/plain\"}}");
    ask(&w, "apigw-rest", "{\"method\":\"GET\",\"target\":\"/\"}", &got);
    ck_assert_str_eq(got.headers, "content-TYPE: text/plain\n");
}
END_TEST

static const struct body {
    const char *type;
    int http_is_base64, alb_is_base64;
} bodies[] = { { "text/plain", 0, 0 },         { "application/json; charset=utf-8", 0, 0 }, { "application/javascript", 0, 0 },
               { "application/xml", 0, 0 },    { "application/vnd.api+json", 0, 1 },        { "image/svg+xml", 0, 1 },
               { "application/octet-stream", 1, 1 }, { "image/png", 1, 1 } };

static void send_body(const char *kind, const char *type, const char *more)
{
    char text[512];

    snprintf(text, sizeof text, "{\"method\":\"POST\",\"target\":\"/\",\"headers\":{\"content-type\":\"%s\"%s},\"body\":\"hi\"}", type, more);
    ask(&w, kind, text, &got);
}

START_TEST(test_trg_98_the_body_of_an_http_api_is_base64_unless_it_is_text)
{
    add_trigger(&w, "apigw-http", "keeper", "h", "{\"apiId\":\"abc\"}");
    send_body("apigw-http", bodies[_i].type, "");
    check_at(kept.event, "isBase64Encoded", bodies[_i].http_is_base64 ? "true" : "false");
    check_at(kept.event, "body", bodies[_i].http_is_base64 ? "aGk=" : "hi");
}
END_TEST

START_TEST(test_trg_109_the_body_of_a_load_balancer_is_base64_unless_it_is_plain_text)
{
    add_trigger(&w, "alb", "keeper", "a", "{\"targetGroup\":\"arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/1\"}");
    send_body("alb", bodies[_i].type, "");
    check_at(kept.event, "isBase64Encoded", bodies[_i].alb_is_base64 ? "true" : "false");
    check_at(kept.event, "body", bodies[_i].alb_is_base64 ? "aGk=" : "hi");
    send_body("alb", bodies[_i].type, ",\"content-encoding\":\"gzip\"");
    check_at(kept.event, "isBase64Encoded", "true");
}
END_TEST

START_TEST(test_trg_100_an_http_api_answers_500_where_a_rest_api_answers_502)
{
    static const char *const get = "{\"method\":\"GET\",\"target\":\"/\"}";

    add_trigger(&w, "apigw-http", "keeper", "h", "{\"apiId\":\"abc\",\"routeKey\":\"GET /\"}");
    add_trigger(&w, "apigw-rest", "keeper", "r", "{\"apiId\":\"abc\",\"path\":\"/\"}");
    fails("Boom");
    ask(&w, "apigw-http", get, &got);
    ck_assert_int_eq(got.status, 500);
    ck_assert_str_eq(got.body, "{\"message\":\"Internal Server Error\"}");
    ask(&w, "apigw-rest", get, &got);
    ck_assert_int_eq(got.status, 502);
    ask(&w, "apigw-http", "{\"method\":\"POST\",\"target\":\"/\"}", &got);
    ck_assert_int_eq(got.status, 404);
    ck_assert_str_eq(got.body, "{\"message\":\"Not Found\"}");
}
END_TEST

START_TEST(test_trg_101_payload_format_1_infers_nothing)
{
    add_trigger(&w, "apigw-http", "keeper", "h", "{\"apiId\":\"abc\",\"payloadFormat\":\"1.0\"}");
    answers("{\"hello\":1}");
    ask(&w, "apigw-http", "{\"method\":\"GET\",\"target\":\"/\"}", &got);
    ck_assert_int_eq(got.status, 500);
    answers("{\"statusCode\":201,\"body\":\"b\"}");
    ask(&w, "apigw-http", "{\"method\":\"GET\",\"target\":\"/\"}", &got);
    ck_assert_int_eq(got.status, 201);
}
END_TEST

#define FRAME(route, type) "{\"apiId\":\"ws\",\"routeKey\":\"" route "\",\"eventType\":\"" type "\",\"connectionId\":\"C=\",\"body\":\"b\"}"

START_TEST(test_trg_104_a_handshake_needs_a_2xx_and_a_message_answers_only_by_a_route_response)
{
    add_trigger(&w, "apigw-ws", "keeper", "a", "{\"apiId\":\"ws\",\"routeKey\":\"$connect\"}");
    add_trigger(&w, "apigw-ws", "keeper", "m", "{\"apiId\":\"ws\"}");
    add_trigger(&w, "apigw-ws", "keeper", "r", "{\"apiId\":\"ws\",\"routeKey\":\"say\",\"routeResponse\":true}");
    add_trigger(&w, "apigw-ws", "keeper", "d", "{\"apiId\":\"ws\",\"routeKey\":\"$disconnect\"}");
    answers("{\"statusCode\":204}");
    ask(&w, "apigw-ws", FRAME("$connect", "CONNECT"), &got);
    ck_assert_str_eq(got.verdict, "connected");
    answers("{\"statusCode\":401}");
    ask(&w, "apigw-ws", FRAME("$connect", "CONNECT"), &got);
    ck_assert_str_eq(got.verdict, "refused");
    ck_assert_int_eq(got.status, 401);
    answers("{}");
    ask(&w, "apigw-ws", FRAME("$connect", "CONNECT"), &got);
    ck_assert_str_eq(got.verdict, "refused");
    answers("{\"statusCode\":200,\"body\":\"hello \\\"you\\\"\"}");
    ask(&w, "apigw-ws", FRAME("$default", "MESSAGE"), &got);
    ck_assert_uint_eq(got.body_len, 0);
    ask(&w, "apigw-ws", FRAME("say", "MESSAGE"), &got);
    ck_assert_str_eq(got.body, "hello \"you\"");
    fails("Boom");
    ask(&w, "apigw-ws", FRAME("say", "MESSAGE"), &got);
    check_at(got.body, "message", "Internal server error");
    check_at(got.body, "connectionId", "C=");
    ck_assert_uint_eq(strlen(at(got.body, "requestId")), 36);
    ask(&w, "apigw-ws", FRAME("$disconnect", "DISCONNECT"), &got);
    ck_assert_int_eq(got.status, 200);
}
END_TEST

START_TEST(test_trg_105_a_message_has_128_kb_and_a_timeout_50_to_29000_ms)
{
    li_error err = LI_ERROR_INIT;
    char *text = malloc(132000);
    size_t i, n;

    ck_assert_int_eq(try_trigger(&w, "apigw-ws", "keeper", NULL, "{\"apiId\":\"ws\",\"timeout\":49}", &err), LI_E_INVALID);
    ck_assert_int_eq(try_trigger(&w, "apigw-ws", "keeper", NULL, "{\"apiId\":\"ws\",\"timeout\":29001}", &err), LI_E_INVALID);
    add_trigger(&w, "apigw-ws", "echo", "m", "{\"apiId\":\"ws\",\"timeout\":50}");
    for (i = 131072; i <= 131073; i++) {
        n = (size_t)sprintf(text, "{\"apiId\":\"ws\",\"routeKey\":\"x\",\"eventType\":\"MESSAGE\",\"connectionId\":\"c\",\"body\":\"");
        memset(text + n, 'a', i);
        strcpy(text + n + i, "\"}");
        ask(&w, "apigw-ws", text, &got);
        ck_assert_int_eq(got.status, i == 131072 ? 200 : 413);
    }
    free(text);
}
END_TEST

/* ---- the others */

START_TEST(test_trg_117_a_pool_is_told_by_name_what_went_wrong)
{
    static const char *const sign_up = "{\"userPool\":\"" POOL "\",\"userPoolId\":\"us-east-1_abc\",\"triggerSource\":\"PreSignUp_SignUp\",\"userName\":\"j\"}";

    add_trigger(&w, "cognito", "keeper", "c", "{\"userPool\":\"" POOL "\",\"trigger\":\"PreSignUp\"}");
    answers("{\"version\":\"1\",\"response\":{}}");
    ask(&w, "cognito", sign_up, &got);
    ck_assert_str_eq(got.verdict, "ok");
    answers("{\"version\":\"1\"}");
    ask(&w, "cognito", sign_up, &got);
    ck_assert_str_eq(got.verdict, "InvalidLambdaResponseException");
    answers("[]");
    ask(&w, "cognito", sign_up, &got);
    ck_assert_str_eq(got.verdict, "InvalidLambdaResponseException");
    fails("Boom");
    ask(&w, "cognito", sign_up, &got);
    ck_assert_str_eq(got.verdict, "UserLambdaValidationException");
    kept.error_type = NULL;
    kept.runs = 0;
    kept.takes_ms = 5001;
    ask(&w, "cognito", sign_up, &got);
    advance_s(&w, 20);
    ck_assert_str_eq(got.verdict, "UnexpectedLambdaException");
    ck_assert_int_eq(kept.runs, 3);
}
END_TEST

START_TEST(test_trg_118_lex_v1_has_its_members_and_asks_for_a_dialog_action)
{
    add_trigger(&w, "lex", "keeper", "l", "{\"bot\":\"B\"}");
    answers("{\"dialogAction\":{\"type\":\"Close\",\"fulfillmentState\":\"Fulfilled\"}}");
    ask(&w, "lex", "{\"bot\":\"B\",\"intent\":\"I\",\"slots\":{\"s\":null},\"invocationSource\":\"DialogCodeHook\"}", &got);
    ck_assert_str_eq(got.verdict, "ok");
    check_at(kept.event, "messageVersion", "1.0");
    check_at(kept.event, "invocationSource", "DialogCodeHook");
    check_at(kept.event, "currentIntent/slots", "{\"s\":null}");
    check_at(kept.event, "bot", "{\"name\":\"B\",\"alias\":\"$LATEST\",\"version\":\"$LATEST\"}");
    answers("{\"dialogAction\":{}}");
    ask(&w, "lex", "{\"bot\":\"B\",\"intent\":\"I\"}", &got);
    ck_assert_str_eq(got.verdict, "malformed");
}
END_TEST

START_TEST(test_trg_119_a_malformed_answer_to_lex_v2_is_a_dependency_that_failed)
{
    add_trigger(&w, "lexv2", "keeper", "l", "{\"botId\":\"B\"}");
    answers("{\"sessionState\":{\"dialogAction\":{\"type\":\"Close\"},\"intent\":{\"name\":\"I\",\"state\":\"Fulfilled\"}}}");
    ask(&w, "lexv2", "{\"botId\":\"B\",\"intent\":\"I\"}", &got);
    ck_assert_int_eq(got.status, 200);
    answers("{}");
    ask(&w, "lexv2", "{\"botId\":\"B\",\"intent\":\"I\"}", &got);
    ck_assert_str_eq(got.verdict, "DependencyFailedException");
    ck_assert_int_eq(got.status, 424);
    fails("Boom");
    ask(&w, "lexv2", "{\"botId\":\"B\",\"intent\":\"I\"}", &got);
    ck_assert_str_eq(got.verdict, "DependencyFailedException");
}
END_TEST

START_TEST(test_trg_121_a_state_sees_errors_by_their_names)
{
    static const char *const task = "{\"stateMachine\":\"m\",\"input\":{}}";

    add_trigger(&w, "sfn", "keeper", "s", "{\"stateMachine\":\"m\",\"timeout\":1000}");
    fails("MyError");
    ask(&w, "sfn", task, &got);
    check_at(got.body, "Error", "MyError");
    fails("Sandbox.Timedout");
    ask(&w, "sfn", task, &got);
    check_at(got.body, "Error", "Lambda.Unknown");
    kept.error_type = NULL;
    kept.takes_ms = 1001;
    ask(&w, "sfn", task, &got);
    advance_s(&w, 2);
    check_at(got.body, "Error", "States.Timeout");
    kept.takes_ms = 0;
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "keeper", LI_Z, 0, NULL), LI_OK);
    ask(&w, "sfn", task, &got);
    check_at(got.body, "Error", "Lambda.TooManyRequestsException");
}
END_TEST

#define TASK(code) "{\"invocationSchemaVersion\":\"1.0\",\"treatMissingKeysAs\":\"TemporaryFailure\",\"invocationId\":\"i\",\"results\":[{\"taskId\":\"t\"," \
                   "\"resultCode\":\"" code "\",\"resultString\":\"\"}]}"

START_TEST(test_trg_124_a_task_of_a_batch_job_succeeds_fails_or_is_tried_again)
{
    static const char *const task = "{\"job\":\"j\",\"bucket\":\"b\",\"key\":\"a b\"}";
    static const struct {
        const char *response, *verdict;
    } cases[] = { { TASK("Succeeded"), "Succeeded" }, { TASK("TemporaryFailure"), "TemporaryFailure" }, { TASK("PermanentFailure"), "PermanentFailure" },
                  { TASK("Done"), "PermanentFailure" }, { "{}", "PermanentFailure" },
                  { "{\"invocationSchemaVersion\":\"2.0\",\"results\":[{\"resultCode\":\"Succeeded\"}]}", "PermanentFailure" },
                  { "{\"invocationSchemaVersion\":\"1.0\",\"treatMissingKeysAs\":\"TemporaryFailure\",\"results\":[]}", "TemporaryFailure" } };
    size_t i;

    add_trigger(&w, "s3batch", "keeper", "b", "{}");
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        answers(cases[i].response);
        ask(&w, "s3batch", task, &got);
        ck_assert_msg(strcmp(got.verdict, cases[i].verdict) == 0, "%s: %s", cases[i].response, got.verdict);
    }
    check_at(kept.event, "tasks/0/s3Key", "a+b");
    check_at(kept.event, "tasks/0/s3BucketArn", "arn:aws:s3:::b");
    fails("Boom");
    ask(&w, "s3batch", task, &got);
    ck_assert_str_eq(got.verdict, "PermanentFailure");
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "keeper", LI_Z, 0, NULL), LI_OK);
    ask(&w, "s3batch", task, &got);
    ck_assert_str_eq(got.verdict, "TemporaryFailure");
}
END_TEST

START_TEST(test_trg_159_a_window_moves_the_invocation_and_not_the_time_that_it_is_for)
{
    add_trigger(&w, "scheduler", "keeper", "s", "{\"name\":\"n\",\"expression\":\"cron(0 * * * ? *)\",\"flexible\":\"FLEXIBLE\",\"window\":30,"
                                                "\"input\":{\"at\":\"<aws.scheduler.scheduled-time>\"}}");
    advance_s(&w, 3599);
    ck_assert_int_eq(kept.runs, 0);
    advance_s(&w, 1800);
    ck_assert_int_eq(kept.runs, 1);
    check_at(kept.event, "at", "2026-01-01T01:00:00Z");
    advance_s(&w, 3600);
    ck_assert_int_eq(kept.runs, 2);
    check_at(kept.event, "at", "2026-01-01T02:00:00Z");
}
END_TEST

#define VIEW(type) "{\"distribution\":\"E\",\"eventType\":\"" type "\",\"request\":{\"uri\":\"/\",\"method\":\"GET\"}}"

START_TEST(test_trg_127_an_edge_function_goes_on_with_a_request_or_answers)
{
    ck_assert_int_eq(li_version_publish(w.engine, "keeper", LI_Z, NULL, NULL, NULL), LI_OK);
    add_trigger(&w, "edge", "keeper:1", "q", "{\"distribution\":\"E\",\"event\":\"viewer-request\"}");
    add_trigger(&w, "edge", "keeper:1", "p", "{\"distribution\":\"E\",\"event\":\"origin-response\"}");
    answers("{\"uri\":\"/x\",\"method\":\"GET\",\"headers\":{}}");
    ask(&w, "edge", VIEW("viewer-request"), &got);
    ck_assert_str_eq(got.verdict, "request");
    ck_assert_int_eq(got.status, 200);
    ask(&w, "edge", VIEW("origin-response"), &got);
    ck_assert_str_eq(got.verdict, "malformed");
    answers("{\"status\":\"302\",\"statusDescription\":\"Found\"}");
    ask(&w, "edge", VIEW("viewer-request"), &got);
    ck_assert_str_eq(got.verdict, "response");
    ck_assert_int_eq(got.status, 302);
    ask(&w, "edge", VIEW("origin-response"), &got);
    ck_assert_int_eq(got.status, 302);
    answers("{\"status\":302}");
    ask(&w, "edge", VIEW("viewer-request"), &got);
    ck_assert_int_eq(got.status, 502);
    fails("Boom");
    ask(&w, "edge", VIEW("viewer-request"), &got);
    ck_assert_int_eq(got.status, 502);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "keeper", LI_Z, 0, NULL), LI_OK);
    ask(&w, "edge", VIEW("viewer-request"), &got);
    ck_assert_int_eq(got.status, 503);
}
END_TEST

START_TEST(test_trg_128_alexa_takes_no_speech_after_the_end_and_24_kb)
{
    char *large = calloc(1, 25000);
    size_t i, n;

    add_trigger(&w, "alexa", "keeper", "a", "{\"skillId\":\"s\"}");
    answers("{\"version\":\"1.0\",\"response\":{\"outputSpeech\":{\"type\":\"PlainText\",\"text\":\"hi\"}}}");
    ask(&w, "alexa", "{\"skillId\":\"s\",\"request\":{\"type\":\"LaunchRequest\"}}", &got);
    ck_assert_str_eq(got.verdict, "ok");
    ask(&w, "alexa", "{\"skillId\":\"s\",\"request\":{\"type\":\"SessionEndedRequest\"}}", &got);
    ck_assert_str_eq(got.verdict, "malformed");
    ask(&w, "alexa", "{\"skillId\":\"other\",\"request\":{\"type\":\"LaunchRequest\"}}", &got);
    ck_assert_str_eq(got.verdict, "nobody");
    for (i = 24576; i <= 24577; i++) {
        n = (size_t)sprintf(large, "{\"version\":\"1.0\",\"response\":{\"t\":\"");
        memset(large + n, 'a', i - n - 3);
        strcpy(large + i - 3, "\"}}");
        answers(large);
        ask(&w, "alexa", "{\"skillId\":\"s\",\"request\":{\"type\":\"LaunchRequest\"}}", &got);
        ck_assert_str_eq(got.verdict, i == 24576 ? "ok" : "malformed");
    }
    free(large);
}
END_TEST

/* ---- the notification configuration of a bucket as a whole */

#define LAMBDA(id, function, rest) "{\"Id\":\"" id "\",\"LambdaFunctionArn\":\"arn:aws:lambda:us-east-1:000000000000:function:" function "\"," rest "}"
#define CREATED "\"Events\":[\"s3:ObjectCreated:*\"]"
#define KEYS(name, value) "\"Filter\":{\"Key\":{\"FilterRules\":[{\"Name\":\"" name "\",\"Value\":\"" value "\"}]}}"
#define LAMBDAS(list) "{\"LambdaFunctionConfigurations\":[" list "]}"

static void no_info(void *user, const li_trigger_info *info)
{
    (void)user, (void)info;
}

static li_status put_notification(const char *bucket, const char *document, li_error *err)
{
    return li_s3_notification_put(w.engine, bucket, LI_Z, document, LI_Z, err);
}

static uint64_t object(const char *bucket, const char *key)
{
    char occurrence[256];

    snprintf(occurrence, sizeof occurrence, "{\"bucket\":\"%s\",\"key\":\"%s\"}", bucket, key);
    return happen(&w, "s3", occurrence);
}

START_TEST(test_trg_32_a_put_replaces_the_whole_configuration_of_its_bucket_alone)
{
    li_error err = LI_ERROR_INIT;

    add_trigger(&w, "s3", "keeper", "mine", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"]}");
    add_trigger(&w, "s3", "keeper", "else", "{\"bucket\":\"c\",\"events\":[\"s3:ObjectCreated:*\"]}");
    ck_assert_msg(put_notification("b", LAMBDAS(LAMBDA("one", "keeper", CREATED "," KEYS("Prefix", "a+b/")) ","
                                                LAMBDA("two", "keeper", CREATED "," KEYS("suffix", ".png")) ), &err) == LI_E_INVALID, "%s", err.text);
    ck_assert_int_eq(err.detail, LI_DETAIL_TRIGGER_OVERLAP);
    check_contains(err.text, "one");
    ck_assert_uint_eq(object("b", "x"), 1); /* as it was */
    ck_assert_msg(put_notification("b", LAMBDAS(LAMBDA("one", "keeper", CREATED "," KEYS("Prefix", "a+b/")) ","
                                                LAMBDA("two", "keeper", CREATED "," KEYS("prefix", "c/"))), &err) == LI_OK, "%s", err.text);
    ck_assert_int_eq(li_trigger_remove(w.engine, "mine", LI_Z, NULL), LI_E_NOT_FOUND);
    ck_assert_uint_eq(object("b", "x"), 0);
    ck_assert_uint_eq(object("b", "a b/x"), 1);
    check_at(kept.event, "Records/0/s3/configurationId", "one");
    ck_assert_uint_eq(object("b", "c/x"), 1);
    check_at(kept.event, "Records/0/s3/configurationId", "two");
    ck_assert_uint_eq(object("c", "x"), 1);
    ck_assert_int_eq(put_notification("b", LAMBDAS(LAMBDA("one", "keeper", CREATED)), &err), LI_OK); /* overlaps what goes */
    ck_assert_uint_eq(object("b", "x"), 1);
    ck_assert_int_eq(put_notification("b", "{}", &err), LI_OK);
    ck_assert_uint_eq(object("b", "x"), 0);
    ck_assert_uint_eq(object("c", "x"), 1);
    ck_assert_uint_eq(li_trigger_each(w.engine, NULL, 0, no_info, NULL), 1);
}
END_TEST

START_TEST(test_trg_32_a_put_that_fails_leaves_everything_as_it_was)
{
    static const struct {
        const char *document;
        int status;
    } wrong[] = { { "[]", LI_E_INVALID },
                  { "{", LI_E_INVALID },
                  { "{\"More\":1}", LI_E_INVALID },
                  { "{\"LambdaFunctionConfigurations\":{}}", LI_E_INVALID },
                  { "{\"EventBridgeConfiguration\":1}", LI_E_INVALID },
                  { "{\"QueueConfigurations\":[{}]}", LI_E_NOTSUP },
                  { "{\"TopicConfigurations\":[{}]}", LI_E_NOTSUP },
                  { LAMBDAS("1"), LI_E_INVALID },
                  { LAMBDAS("{" CREATED "}"), LI_E_INVALID },
                  { LAMBDAS(LAMBDA("a", "keeper", "\"Events\":\"s3:ObjectCreated:*\"")), LI_E_INVALID },
                  { LAMBDAS(LAMBDA("a", "keeper", "\"Events\":[]")), LI_E_INVALID },
                  { LAMBDAS(LAMBDA("a", "keeper", "\"Events\":[\"s3:*\"]")), LI_E_INVALID },
                  { LAMBDAS(LAMBDA("a", "keeper", CREATED ",\"More\":1")), LI_E_INVALID },
                  { LAMBDAS(LAMBDA("a", "keeper", CREATED "," KEYS("middle", "x"))), LI_E_INVALID },
                  { LAMBDAS(LAMBDA("a", "keeper", CREATED "," KEYS("prefix", "x\"},{\"Name\":\"PREFIX\",\"Value\":\"y"))), LI_E_INVALID },
                  { LAMBDAS(LAMBDA("a", "keeper", CREATED ",\"Filter\":{\"Key\":{\"FilterRules\":[{\"Name\":\"prefix\"}]}}")), LI_E_INVALID },
                  { LAMBDAS(LAMBDA("a", "keeper", CREATED "," KEYS("prefix", "x")) ","
                            LAMBDA("a", "keeper", CREATED "," KEYS("prefix", "y"))), LI_E_INVALID },
                  { LAMBDAS(LAMBDA("a", "keeper", CREATED "," KEYS("prefix", "x")) ","
                            LAMBDA("b", "nobody", CREATED "," KEYS("prefix", "y"))), LI_E_NOT_FOUND } };
    li_error err = LI_ERROR_INIT;
    int64_t is_on = 1;
    size_t i;

    ck_assert_int_eq(put_notification("b", LAMBDAS(LAMBDA("one", "keeper", CREATED)), &err), LI_OK);
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_msg(put_notification("b", wrong[i].document, &err) == wrong[i].status, "%s: %d %s", wrong[i].document, err.status, err.text);
        ck_assert_uint_eq(li_trigger_each(w.engine, NULL, 0, no_info, NULL), 1);
        ck_assert_uint_eq(object("b", "x"), 1);
    }
    ck_assert_int_eq(li_config_set(w.engine, "limits.triggers", 1, NULL), LI_OK);
    ck_assert_int_eq(put_notification("b", LAMBDAS(LAMBDA("a", "keeper", CREATED "," KEYS("prefix", "x")) ","
                                                   LAMBDA("b", "keeper", CREATED "," KEYS("prefix", "y"))), &err), LI_E_FULL);
    ck_assert_int_eq(put_notification("b", LAMBDAS(LAMBDA("two", "keeper", CREATED)), &err), LI_OK); /* one for one */
    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 1, NULL), LI_OK);
    ck_assert_int_eq(put_notification("b", "{\"EventBridgeConfiguration\":{},\"LambdaFunctionConfigurations\":["
                                           LAMBDA("three", "keeper", CREATED) "]}", &err), LI_E_DENIED);
    ck_assert_int_eq(li_config_get(w.engine, "s3.event_bridge", &is_on), LI_OK);
    ck_assert_int_eq(is_on, 0);
    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 0, NULL), LI_OK);
    ck_assert_uint_eq(object("b", "x"), 1);
    check_at(kept.event, "Records/0/s3/configurationId", "two");
}
END_TEST

START_TEST(test_trg_32_a_document_with_eventbridge_turns_its_events_on)
{
    int64_t is_on = 0;

    ck_assert_int_eq(put_notification("b", "{\"EventBridgeConfiguration\":{}}", NULL), LI_OK);
    ck_assert_int_eq(li_config_get(w.engine, "s3.event_bridge", &is_on), LI_OK);
    ck_assert_int_eq(is_on, 1);
    add_trigger(&w, "events", "keeper", "r", "{\"ruleName\":\"r\",\"pattern\":{\"source\":[\"aws.s3\"]}}");
    object("b", "k");
    check_at(kept.event, "detail-type", "Object Created");
}
END_TEST

START_TEST(test_trg_32_a_bucket_has_at_most_100_configurations)
{
    static char document[32768];
    li_error err = LI_ERROR_INIT;
    int n, i;

    for (n = 100; n <= 101; n++) {
        char *p = document + sprintf(document, "{\"LambdaFunctionConfigurations\":[");

        for (i = 0; i < n; i++)
            p += sprintf(p, "%s{\"LambdaFunctionArn\":\"keeper\"," CREATED "," KEYS("prefix", "%03d") "}", i ? "," : "", i);
        strcpy(p, "]}");
        ck_assert_int_eq(put_notification("b", document, &err), n == 100 ? LI_OK : LI_E_FULL);
        ck_assert_uint_eq(li_trigger_each(w.engine, NULL, 0, no_info, NULL), 100);
        ck_assert_uint_eq(object("b", "099"), 1);
    }
}
END_TEST

/* Memory that ends after so many blocks, and a store that is kept: one set of triggers or the other, and never a mixture. */
START_TEST(test_trg_32_without_memory_or_store_a_put_is_whole_or_nothing)
{
    static li_store_ops ops;
    static const char *const both = LAMBDAS(LAMBDA("one", "keeper", CREATED "," KEYS("prefix", "a")) ","
                                            LAMBDA("two", "keeper", CREATED "," KEYS("prefix", "b")));
    scarce s = { INT64_MAX, 0 };
    li_allocator allocator = { &scarce_ops, &s };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    int64_t allowed = 0;
    li_status status;
    li_store store;
    int round;

    ck_assert_int_eq(li_store_memory_new(NULL, &store), LI_OK);
    ops = *store.ops;
    ops.free = NULL;                 /* it outlives its engines */
    for (round = 0; round < 2; round++) {
        memset(&w, 0, sizeof w);
        ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &w.clock), LI_OK);
        options.clock = w.clock;
        options.allocator = &allocator;
        options.store.ops = &ops;
        options.store.self = store.self;
        ck_assert_int_eq(li_engine_new(&w.engine, &options, NULL), LI_OK);
        ck_assert_int_eq(li_trigger_kinds_add(w.engine, li_services_kinds(), NULL), LI_OK);
        add_function(w.engine, "keeper", keep_event, &kept);
        if (round == 0) {
            ck_assert_int_eq(put_notification("b", LAMBDAS(LAMBDA("old", "keeper", CREATED)), NULL), LI_OK);
            do {
                ck_assert_int_lt(allowed, 300);
                s.left = allowed++;
                status = put_notification("b", both, NULL);
                s.left = INT64_MAX;
                ck_assert(status == LI_OK || status == LI_E_NOMEM);
                ck_assert_uint_eq(li_trigger_each(w.engine, NULL, 0, no_info, NULL), status == LI_OK ? 2 : 1);
                ck_assert_uint_eq(object("b", "x"), status != LI_OK);
            } while (status != LI_OK);
            ck_assert_int_gt(allowed, 5);
        }
        ck_assert_uint_eq(li_trigger_each(w.engine, NULL, 0, no_info, NULL), 2);
        ck_assert_uint_eq(object("b", "a"), 1);
        ck_assert_uint_eq(object("b", "x"), 0);
        world_free(&w);
        ck_assert_int_eq(s.live, 0);
    }
    store.ops->free(store.self);
}
END_TEST

Suite *suite_trigger_rules(void)
{
    Suite *s = suite_create("trigger_rules");
    TCase *c = tcase_create("rules");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, test_trg_4_two_triggers_of_one_occurrence_are_two_invocations);
    tcase_add_test(c, test_trg_203_two_rules_of_one_pattern_share_no_data);
    tcase_add_test(c, test_trg_6_a_delivery_that_is_denied_is_not_queued_and_not_tried_again);
    tcase_add_test(c, test_trg_8_a_waiting_source_gets_the_payload_and_whether_the_function_failed);
    tcase_add_test(c, test_trg_26_a_trigger_of_an_alias_runs_the_version_that_the_alias_points_to);
    tcase_add_test(c, test_trg_210_a_function_with_no_concurrency_refuses_who_waits_and_ends_what_is_queued);
    tcase_add_test(c, test_trg_208_a_handler_in_c_and_one_that_polls_get_the_same_bytes);
    tcase_add_test(c, test_trg_199_an_object_that_is_put_is_one_delivery_with_its_bucket_and_key);
    tcase_add_test(c, test_trg_34_one_function_behind_two_configurations_can_get_two);
    tcase_add_test(c, test_trg_27_a_configuration_needs_a_bucket_and_a_type);
    tcase_add_loop_test(c, test_trg_38_a_block_comes_with_events_of_its_family_only, 0, 4);
    tcase_add_test(c, test_trg_45_a_binary_attribute_is_base64_and_no_attributes_are_an_empty_object);
    tcase_add_test(c, test_trg_46_the_signature_version_is_1);
    tcase_add_test(c, test_trg_48_a_redriven_notification_says_why_in_three_attributes);
    tcase_add_test(c, test_trg_74_cloudwatch_keeps_trying_until_an_alarm_is_accepted);
    tcase_add_test(c, test_trg_80_a_pipelines_job_ignores_what_the_handler_returns);
    tcase_add_test(c, test_trg_83_what_is_no_disposition_counts_as_continue);
    tcase_add_test(c, test_trg_89_header_names_keep_their_case_but_for_two_and_two_are_dropped);
    tcase_add_test(c, test_trg_92_several_values_come_before_a_single_one_of_the_same_name);
    tcase_add_loop_test(c, test_trg_98_the_body_of_an_http_api_is_base64_unless_it_is_text, 0, (int)(sizeof bodies / sizeof *bodies));
    tcase_add_loop_test(c, test_trg_109_the_body_of_a_load_balancer_is_base64_unless_it_is_plain_text, 0, (int)(sizeof bodies / sizeof *bodies));
    tcase_add_test(c, test_trg_100_an_http_api_answers_500_where_a_rest_api_answers_502);
    tcase_add_test(c, test_trg_101_payload_format_1_infers_nothing);
    tcase_add_test(c, test_trg_104_a_handshake_needs_a_2xx_and_a_message_answers_only_by_a_route_response);
    tcase_add_test(c, test_trg_105_a_message_has_128_kb_and_a_timeout_50_to_29000_ms);
    tcase_add_test(c, test_trg_117_a_pool_is_told_by_name_what_went_wrong);
    tcase_add_test(c, test_trg_118_lex_v1_has_its_members_and_asks_for_a_dialog_action);
    tcase_add_test(c, test_trg_119_a_malformed_answer_to_lex_v2_is_a_dependency_that_failed);
    tcase_add_test(c, test_trg_121_a_state_sees_errors_by_their_names);
    tcase_add_test(c, test_trg_124_a_task_of_a_batch_job_succeeds_fails_or_is_tried_again);
    tcase_add_test(c, test_trg_159_a_window_moves_the_invocation_and_not_the_time_that_it_is_for);
    tcase_add_test(c, test_trg_127_an_edge_function_goes_on_with_a_request_or_answers);
    tcase_add_test(c, test_trg_128_alexa_takes_no_speech_after_the_end_and_24_kb);
    tcase_add_test(c, test_trg_32_a_put_replaces_the_whole_configuration_of_its_bucket_alone);
    tcase_add_test(c, test_trg_32_a_put_that_fails_leaves_everything_as_it_was);
    tcase_add_test(c, test_trg_32_a_document_with_eventbridge_turns_its_events_on);
    tcase_add_test(c, test_trg_32_a_bucket_has_at_most_100_configurations);
    suite_add_tcase(s, c);
    c = tcase_create("memory");
    tcase_add_test(c, test_trg_32_without_memory_or_store_a_put_is_whole_or_nothing);
    suite_add_tcase(s, c);
    return s;
}
