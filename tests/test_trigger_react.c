/* test_trigger_react.c - what services make of answers and of refusals: verdicts, tries, redrive, policies, the store. */
#include <pthread.h>

#include "trigger_help.h"

#define TOPIC "arn:aws:sns:us-east-1:000000000000:orders"
#define POOL "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc"

static keeper kept;
static world w;
static told got;

static void set_up(void)
{
    keeper_new(&w, &kept);
}

static void tear_down(void)
{
    world_free(&w);
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

/* ---- SNS */

START_TEST(test_trg_43_45_46_a_notification_has_every_member)
{
    add_trigger(&w, "sns", "keeper", "sub", "{\"topic\":\"" TOPIC "\"}");
    ck_assert_uint_eq(happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"hi \\\"you\\\"\",\"messageAttributes\":"
                                        "{\"kind\":{\"DataType\":\"String\",\"StringValue\":\"greeting\"},\"bin\":{\"Type\":\"Binary\","
                                        "\"Value\":\"AQI=\"}}}"), 1);
    check_at(kept.event, "Records/0/EventSource", "aws:sns");
    check_at(kept.event, "Records/0/EventVersion", "1.0");
    check_at(kept.event, "Records/0/EventSubscriptionArn", TOPIC ":sub");
    check_at(kept.event, "Records/0/Sns/Type", "Notification");
    check_at(kept.event, "Records/0/Sns/TopicArn", TOPIC);
    check_at(kept.event, "Records/0/Sns/Subject", "null");
    check_at(kept.event, "Records/0/Sns/Message", "hi \"you\"");
    check_at(kept.event, "Records/0/Sns/Timestamp", "2026-01-01T00:00:00.000Z");
    check_at(kept.event, "Records/0/Sns/SignatureVersion", "1");
    check_at(kept.event, "Records/0/Sns/SigningCertUrl",
             "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-EXAMPLE.pem");
    check_at(kept.event, "Records/0/Sns/MessageAttributes",
             "{\"kind\":{\"Type\":\"String\",\"Value\":\"greeting\"},\"bin\":{\"Type\":\"Binary\",\"Value\":\"AQI=\"}}");
    happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"m\",\"subject\":\"s\"}");
    check_at(kept.event, "Records/0/Sns/Subject", "s");
    check_at(kept.event, "Records/0/Sns/MessageAttributes", "{}");
}
END_TEST

START_TEST(test_trg_42_filter_policies_read_attributes_or_the_body)
{
    add_trigger(&w, "sns", "keeper", "a", "{\"topic\":\"" TOPIC "\",\"filterPolicy\":{\"kind\":[\"x\",{\"prefix\":\"y\"}],\"n\":[{\"numeric\":[\">\",5]}]}}");
    add_trigger(&w, "sns", "keeper", "b", "{\"topic\":\"" TOPIC "\",\"filterScope\":\"MessageBody\",\"filterPolicy\":\"{\\\"order\\\":{\\\"id\\\":[7]}}\"}");
    ck_assert_uint_eq(happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"m\",\"messageAttributes\":{\"kind\":{\"Type\":\"String\",\"Value\":\"yes\"},"
                                        "\"n\":{\"Type\":\"Number\",\"Value\":\"6\"}}}"), 1);
    ck_assert_uint_eq(happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"m\",\"messageAttributes\":{\"kind\":{\"Type\":\"String\",\"Value\":\"yes\"},"
                                        "\"n\":{\"Type\":\"Number\",\"Value\":\"5\"}}}"), 0);
    ck_assert_uint_eq(happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"{\\\"order\\\":{\\\"id\\\":7}}\"}"), 1);
    ck_assert_uint_eq(happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"{\\\"order\\\":{\\\"id\\\":8}}\"}"), 0);
    ck_assert_uint_eq(happen(&w, "sns", "{\"topic\":\"" TOPIC "2\",\"message\":\"{\\\"order\\\":{\\\"id\\\":7}}\"}"), 0);
}
END_TEST

START_TEST(test_trg_41_42_a_subscription_that_cannot_be_is_refused_with_its_reason)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(try_trigger(&w, "sns", "keeper", NULL, "{\"topic\":\"" TOPIC "\",\"filterPolicy\":{\"a\":{\"b\":[1]}}}", &err),
                     LI_E_INVALID);
    ck_assert_str_eq(err.subject, "filterPolicy");
    check_contains(err.text, "MessageBody");
    ck_assert_int_eq(try_trigger(&w, "sns", "keeper", NULL, "{\"topic\":\"" TOPIC "\",\"filterPolicy\":{\"a\":[]}}", &err), LI_E_INVALID);
    ck_assert_int_eq(try_trigger(&w, "sns", "keeper", NULL, "{\"topic\":\"" TOPIC ".fifo\"}", &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "topic");
    ck_assert_int_eq(try_trigger(&w, "sns", "keeper", NULL, "{\"topic\":\"" TOPIC "\",\"rawMessageDelivery\":true}", &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "rawMessageDelivery");
}
END_TEST

START_TEST(test_trg_44_a_message_with_structures_has_a_default)
{
    li_error err = LI_ERROR_INIT;

    add_trigger(&w, "sns", "keeper", "a", "{\"topic\":\"" TOPIC "\"}");
    happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"messageStructure\":\"json\",\"message\":\"{\\\"default\\\":\\\"d\\\",\\\"lambda\\\":\\\"l\\\"}\"}");
    check_at(kept.event, "Records/0/Sns/Message", "l");
    happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"messageStructure\":\"json\",\"message\":\"{\\\"default\\\":\\\"d\\\",\\\"http\\\":\\\"h\\\"}\"}");
    check_at(kept.event, "Records/0/Sns/Message", "d");
    ck_assert_int_eq(li_trigger_occur(w.engine, "sns", LI_Z, "{\"topic\":\"" TOPIC "\",\"messageStructure\":\"json\",\"message\":\"{\\\"lambda\\\":\\\"l\\\"}\"}",
                                      LI_Z, NULL, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "message");
}
END_TEST

START_TEST(test_trg_47_sns_tries_a_full_queue_again_at_its_own_pace)
{
    li_trigger_info info;

    add_trigger(&w, "sns", "keeper", "a", "{\"topic\":\"" TOPIC "\"}");
    add_function(w.engine, "slow", scripted, &w.script);
    w.script.takes_ms = 600000;
    ck_assert_int_eq(li_config_set(w.engine, "limits.queued_events", 1, NULL), LI_OK);
    send_event(&w, "slow", "{}");    /* fills the queue for ten minutes */
    ck_assert_int_eq(li_trigger_occur(w.engine, "sns", LI_Z, "{\"topic\":\"" TOPIC "\",\"message\":\"m\"}", LI_Z, NULL, NULL), LI_OK);
    advance_s(&w, 590);
    ck_assert_int_eq(kept.runs, 0);
    info = info_of("a");
    ck_assert_uint_eq(info.failures, 0);
    advance_s(&w, 40);
    ck_assert_int_eq(kept.runs, 1);
    info = info_of("a");
    ck_assert_uint_eq(info.failures, 0);
    ck_assert_uint_eq(info.deliveries, 1);
}
END_TEST

START_TEST(test_trg_47_48_a_missing_function_sends_the_notification_to_the_redrive_queue)
{
    li_local_queue *dlq = add_queue(w.engine, "dlq");
    li_local_message m;

    add_trigger(&w, "sns", "keeper", "a", "{\"topic\":\"" TOPIC "\",\"deadLetterArn\":\"" QUEUE "dlq\"}");
    ck_assert_int_eq(li_function_remove(w.engine, "keeper", LI_Z, NULL), LI_OK);
    happen(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"lost\"}");
    ck_assert_uint_eq(li_local_queue_count(dlq), 1);
    check_at(message(dlq, 0), "Message", "lost");
    check_at(message(dlq, 0), "SigningCertURL",
             "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-EXAMPLE.pem");
    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    ck_assert_int_eq(li_local_queue_peek(dlq, 0, &m), LI_OK);
    ck_assert_uint_eq(m.n_attributes, 3);
    ck_assert(text_is(m.attributes[0].name.ptr, m.attributes[0].name.len, "RequestID"));
    ck_assert(text_is(m.attributes[1].value.ptr, m.attributes[1].value.len, "404"));
    ck_assert_uint_eq(info_of("a").failures, 1);
}
END_TEST

/* ---- Cognito, SES, Firehose, Step Functions, CloudFormation */

static const char sign_up[] = "{\"userPool\":\"" POOL "\",\"userPoolId\":\"us-east-1_abc\",\"triggerSource\":\"PreSignUp_SignUp\","
                              "\"userName\":\"jane\",\"request\":{\"userAttributes\":{\"email\":\"j@example.com\"}}}";

START_TEST(test_trg_115_117_a_pool_takes_the_event_back_with_its_response)
{
    add_trigger(&w, "cognito", "echo", "c", "{\"userPool\":\"" POOL "\",\"trigger\":\"PreSignUp\"}");
    ask(&w, "cognito", sign_up, &got);
    ck_assert_str_eq(got.verdict, "ok");
    check_at(got.body, "response/autoConfirmUser", "false");
    check_at(got.body, "version", "1");
    ck_assert_int_eq(li_trigger_remove(w.engine, "c", LI_Z, NULL), LI_OK);
    add_trigger(&w, "cognito", "keeper", "c", "{\"userPool\":\"" POOL "\",\"trigger\":\"PreSignUp\"}");
    kept.response = "{\"response\":1}";
    ask(&w, "cognito", sign_up, &got);
    ck_assert_str_eq(got.verdict, "InvalidLambdaResponseException");
    kept.error_type = "Boom";
    ask(&w, "cognito", sign_up, &got);
    ck_assert_str_eq(got.verdict, "UserLambdaValidationException");
    check_at(got.body, "message", "PreSignUp failed with error as told.");
    ck_assert_int_eq(kept.runs, 2);
}
END_TEST

START_TEST(test_trg_116_117_a_pool_waits_five_seconds_three_times)
{
    add_trigger(&w, "cognito", "keeper", "c", "{\"userPool\":\"" POOL "\",\"trigger\":\"PreSignUp\"}");
    kept.response = "{\"response\":{}}";
    kept.takes_ms = 4999;
    ask(&w, "cognito", sign_up, &got);
    advance_s(&w, 6);
    ck_assert_str_eq(got.verdict, "ok");
    ck_assert_int_eq(kept.runs, 1);
    kept.takes_ms = 5001;
    ask(&w, "cognito", sign_up, &got);
    advance_s(&w, 14);
    ck_assert_int_eq(got.n, 0);
    advance_s(&w, 2);
    ck_assert_int_eq(got.n, 1);
    ck_assert_str_eq(got.verdict, "UnexpectedLambdaException");
    ck_assert_int_eq(kept.runs, 4);
    advance_s(&w, 10);
    ck_assert_int_eq(got.n, 1);
}
END_TEST

START_TEST(test_trg_114_116_one_function_a_trigger_and_senders_are_told_only)
{
    li_error err = LI_ERROR_INIT;

    add_trigger(&w, "cognito", "keeper", "c", "{\"userPool\":\"" POOL "\",\"trigger\":\"PreSignUp\"}");
    ck_assert_int_eq(try_trigger(&w, "cognito", "echo", NULL, "{\"userPool\":\"" POOL "\",\"trigger\":\"PreSignUp\"}", &err), LI_E_CONFLICT);
    add_trigger(&w, "cognito", "echo", NULL, "{\"userPool\":\"" POOL "\",\"trigger\":\"PostConfirmation\"}");
    ck_assert_int_eq(try_trigger(&w, "cognito", "echo", NULL, "{\"userPool\":\"" POOL "\",\"trigger\":\"CustomSMSSender\"}", &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "kmsKeyId");
    add_trigger(&w, "cognito", "keeper", NULL, "{\"userPool\":\"" POOL "\",\"trigger\":\"CustomSMSSender\",\"kmsKeyId\":\"k\"}");
    ask(&w, "cognito", "{\"userPool\":\"" POOL "\",\"userPoolId\":\"p\",\"triggerSource\":\"CustomSMSSender_SignUp\",\"userName\":\"u\"}", &got);
    ck_assert_int_eq(got.status, 202);
    ck_assert_int_eq(kept.runs, 1);
    ck_assert_int_eq(li_trigger_occur(w.engine, "cognito", LI_Z, "{\"userPool\":\"p\",\"userPoolId\":\"p\",\"triggerSource\":\"Nothing_X\",\"userName\":\"u\"}",
                                      LI_Z, NULL, &err), LI_E_INVALID);
}
END_TEST

START_TEST(test_trg_82_83_a_receipt_rule_hears_its_recipients_and_obeys_a_disposition)
{
    static const char *const mail = "{\"source\":\"a@b.c\",\"destination\":[\"Jo@example.com\"]}";

    add_trigger(&w, "ses", "keeper", "m", "{\"ruleSet\":\"s\",\"ruleName\":\"n\",\"invocationType\":\"RequestResponse\",\"recipients\":"
                                          "[\"jo@example.com\",\"other.net\",\".sub.org\"]}");
    kept.response = "{\"disposition\":\"STOP_RULE\"}";
    ask(&w, "ses", mail, &got);
    ck_assert_str_eq(got.verdict, "STOP_RULE");
    check_at(kept.event, "Records/0/ses/receipt/action/invocationType", "RequestResponse");
    check_at(kept.event, "Records/0/ses/receipt/action/functionArn", ARN "keeper");
    check_at(kept.event, "Records/0/ses/receipt/dkimVerdict/status", "PASS");
    kept.response = "{\"disposition\":\"PERHAPS\"}";
    ask(&w, "ses", mail, &got);
    ck_assert_str_eq(got.verdict, "CONTINUE");
    kept.error_type = "Boom";
    ask(&w, "ses", mail, &got);
    ck_assert_str_eq(got.verdict, "CONTINUE");
    ask(&w, "ses", "{\"source\":\"a@b.c\",\"destination\":[\"x@other.net\"]}", &got);
    ck_assert_uint_eq(got.n_matched, 1);
    ask(&w, "ses", "{\"source\":\"a@b.c\",\"destination\":[\"x@a.sub.org\"]}", &got);
    ck_assert_uint_eq(got.n_matched, 1);
    ask(&w, "ses", "{\"source\":\"a@b.c\",\"destination\":[\"x@sub.org\",\"joe@example.com\"]}", &got);
    ck_assert_uint_eq(got.n_matched, 0);
}
END_TEST

static const char batch[] = "{\"deliveryStream\":\"d\",\"records\":[{\"recordId\":\"1\",\"data\":\"YQ==\",\"approximateArrivalTimestamp\":5},"
                            "{\"recordId\":\"2\",\"data\":\"Yg==\"},{\"recordId\":\"3\",\"data\":\"Yw==\"}]}";

START_TEST(test_trg_123_each_record_comes_back_once_or_has_failed)
{
    add_trigger(&w, "firehose", "keeper", "f", "{\"deliveryStream\":\"d\",\"bufferInterval\":0}");
    kept.response = "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"QQ==\"},{\"recordId\":\"2\",\"result\":\"Dropped\"},"
                    "{\"recordId\":\"3\",\"result\":\"ProcessingFailed\"}]}";
    ask(&w, "firehose", batch, &got);
    ck_assert_str_eq(got.verdict, "partly-failed");
    check_at(got.body, "records/0/data", "QQ==");
    check_at(got.body, "records/1/recordId", "2");
    check_at(got.body, "records/2", "(absent)");
    check_at(got.body, "failed/0/errorCode", "Lambda.ProcessingFailedStatus");
    check_at(got.body, "failed/0/rawData", "Yw==");
    kept.response = "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"QQ==\"},{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"QQ==\"},"
                    "{\"recordId\":\"2\",\"result\":\"Fine\",\"data\":\"QQ==\"}]}";
    ask(&w, "firehose", batch, &got);
    check_at(got.body, "records", "[]");
    check_at(got.body, "failed/2/errorCode", "Lambda.MissingRecordId");
    check_at(got.body, "failed/0/arrivalTimestamp", "5");
}
END_TEST

START_TEST(test_trg_122_123_a_failed_batch_is_tried_four_times)
{
    add_trigger(&w, "firehose", "keeper", "f", "{\"deliveryStream\":\"d\",\"bufferInterval\":0}");
    kept.error_type = "Boom";
    ask(&w, "firehose", batch, &got);
    ck_assert_int_eq(kept.runs, 4);
    ck_assert_str_eq(got.verdict, "failed");
    check_at(got.body, "failed/2/errorCode", "Lambda.FunctionError");
    check_at(got.body, "failed/2/attemptsMade", "4");
}
END_TEST

static void put(const char *data, told *t)
{
    char text[512];

    memset(t, 0, sizeof *t);
    snprintf(text, sizeof text, "{\"deliveryStream\":\"d\",\"records\":[{\"recordId\":\"%s\",\"data\":\"YWFh\"}]}", data);
    ck_assert_int_eq(li_trigger_occur_begin(w.engine, "firehose", LI_Z, text, LI_Z, on_told, t, NULL), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
}

START_TEST(test_trg_122_a_buffer_waits_for_its_interval_and_each_producer_hears_of_its_own)
{
    static told one, two, three;

    add_trigger(&w, "firehose", "keeper", "f", "{\"deliveryStream\":\"d\"}");
    kept.response = "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"QQ==\"},{\"recordId\":\"3\",\"result\":\"Dropped\"}]}";
    put("1", &one);
    advance_s(&w, 30);
    put("2", &two);
    put("3", &three);
    advance_s(&w, 29);
    ck_assert_int_eq(kept.runs, 0);
    ck_assert_int_eq(one.n, 0);
    advance_s(&w, 1);
    ck_assert_int_eq(kept.runs, 1);
    check_at(kept.event, "records/2/recordId", "3");
    check_at(kept.event, "records/3", "(absent)");
    check_at(one.body, "records/0/data", "QQ==");
    check_at(one.body, "records/1", "(absent)");
    check_at(one.body, "failed", "[]");
    ck_assert_str_eq(one.verdict, "ok");
    check_at(two.body, "records", "[]");
    check_at(two.body, "failed/0/errorCode", "Lambda.MissingRecordId");
    ck_assert_str_eq(two.verdict, "partly-failed");
    check_at(three.body, "records/0/result", "Dropped");
    ck_assert_int_eq(one.n + two.n + three.n, 3);
    put("1", &one);
    advance_s(&w, 59);
    ck_assert_int_eq(kept.runs, 1);
    advance_s(&w, 1);
    ck_assert_int_eq(kept.runs, 2);
}
END_TEST

/* n bytes of data in one record. */
static void put_bytes(size_t n, const char *id)
{
    char *text = malloc(n / 3 * 4 + 256);
    int len = sprintf(text, "{\"deliveryStream\":\"d\",\"records\":[{\"recordId\":\"%s\",\"data\":\"", id);

    memset(text + len, 'A', n / 3 * 4);
    strcpy(text + len + n / 3 * 4, "\"}]}");
    ck_assert_int_eq(li_trigger_occur(w.engine, "firehose", LI_Z, text, LI_Z, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    free(text);
}

static int32_t count_records(li_invocation *invocation, void *environment, void *user)
{
    static int n_seen[4], n;
    size_t len, i, count = 0;
    const char *p = li_invocation_get_payload(invocation, &len);

    (void)environment;
    for (i = 0; i + 8 < len; i++)
        count += memcmp(p + i, "recordId", 8) == 0;
    n_seen[n++ % 4] = (int)count;
    memcpy(user, n_seen, sizeof n_seen);
    return LI_DONE;
}

START_TEST(test_trg_122_a_full_buffer_does_not_wait)
{
    int counts[4] = { 0, 0, 0, 0 };

    add_function(w.engine, "counter", count_records, counts);
    add_trigger(&w, "firehose", "counter", "f", "{\"deliveryStream\":\"d\",\"bufferSize\":200,\"retries\":0}");
    put_bytes(204798, "a");
    ck_assert_int_eq(counts[0], 0);
    put_bytes(3, "b");
    ck_assert_int_eq(counts[0], 1);
    ck_assert_int_eq(counts[1], 0);
    put_bytes(204795, "c");
    ck_assert_int_eq(counts[1], 0);
    put_bytes(204801, "d");
    ck_assert_int_eq(counts[1], 2);
    ck_assert_int_eq(counts[2], 1);
    advance_s(&w, 3600);
    ck_assert_int_eq(counts[3], 0);
}
END_TEST

START_TEST(test_trg_123_failed_records_go_to_the_output_for_them)
{
    li_local_queue *queue = add_queue(w.engine, "failed");

    add_trigger(&w, "firehose", "keeper", "f", "{\"deliveryStream\":\"d\",\"bufferInterval\":0,\"retries\":1,\"failureArn\":\"" QUEUE "failed\"}");
    kept.response = "{\"records\":[{\"recordId\":\"2\",\"result\":\"Ok\",\"data\":\"QQ==\"}]}";
    ask(&w, "firehose", batch, &got);
    ck_assert_int_eq(kept.runs, 1);
    ck_assert_uint_eq(li_local_queue_count(queue), 2);
    kept.error_type = "Boom";
    ask(&w, "firehose", batch, &got);
    ck_assert_int_eq(kept.runs, 3);
    check_at(got.body, "failed/0/attemptsMade", "2");
    ck_assert_uint_eq(li_local_queue_count(queue), 5);
}
END_TEST

START_TEST(test_trg_122_a_stream_whose_trigger_has_gone_tells_its_producers)
{
    static told one;

    add_trigger(&w, "firehose", "keeper", "f", "{\"deliveryStream\":\"d\"}");
    put("1", &one);
    ck_assert_int_eq(li_trigger_remove(w.engine, "f", LI_Z, NULL), LI_OK);
    advance_s(&w, 60);
    ck_assert_int_eq(one.n, 1);
    ck_assert_str_eq(one.verdict, "nobody");
    put("2", &one);
    ck_assert_int_eq(one.status, 404);
    add_trigger(&w, "firehose", "keeper", "f", "{\"deliveryStream\":\"d\"}");
    put("3", &one);
    ck_assert_int_eq(kept.runs, 0);
}
END_TEST

START_TEST(test_trg_120_121_a_state_gets_the_answer_or_an_error_by_name)
{
    static const char *const task = "{\"stateMachine\":\"m\",\"input\":{\"a\":1.0}}";

    add_trigger(&w, "sfn", "echo", "s", "{\"stateMachine\":\"m\"}");
    ask(&w, "sfn", task, &got);
    ck_assert_str_eq(got.body, "{\"a\":1.0}");
    ck_assert_int_eq(li_trigger_remove(w.engine, "s", LI_Z, NULL), LI_OK);
    add_trigger(&w, "sfn", "echo", "s", "{\"stateMachine\":\"m\",\"integration\":\"invoke\"}");
    ask(&w, "sfn", task, &got);
    check_at(got.body, "StatusCode", "200");
    check_at(got.body, "ExecutedVersion", "$LATEST");
    check_at(got.body, "Payload/a", "1");
    ck_assert_int_eq(li_trigger_remove(w.engine, "s", LI_Z, NULL), LI_OK);
    add_trigger(&w, "sfn", "keeper", "s", "{\"stateMachine\":\"m\"}");
    kept.error_type = "CustomError";
    ask(&w, "sfn", task, &got);
    check_at(got.body, "Error", "CustomError");
    check_at(at(got.body, "Cause"), "errorMessage", "as told");
    kept.error_type = "Runtime.ExitError";
    ask(&w, "sfn", task, &got);
    check_at(got.body, "Error", "Lambda.Unknown");
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "keeper", LI_Z, 0, NULL), LI_OK);
    ask(&w, "sfn", task, &got);
    check_at(got.body, "Error", "Lambda.TooManyRequestsException");
}
END_TEST

START_TEST(test_trg_75_a_custom_resource_has_texts_and_its_service_token)
{
    li_error err = LI_ERROR_INIT;

    add_trigger(&w, "cfn", "keeper", "c", "{\"resourceType\":\"Custom::T\"}");
    happen(&w, "cfn", "{\"requestType\":\"Update\",\"responseURL\":\"http://x\",\"stackId\":\"s\",\"logicalResourceId\":\"L\",\"resourceType\":"
                      "\"Custom::T\",\"physicalResourceId\":\"p\",\"resourceProperties\":{\"n\":1,\"b\":true,\"l\":[1,\"x\",{\"d\":-2.5}],\"s\":\"q\\\"1\"},"
                      "\"oldResourceProperties\":{}}");
    check_at(kept.event, "ResourceProperties", "{\"ServiceToken\":\"" ARN "keeper\",\"n\":\"1\",\"b\":\"true\",\"l\":[\"1\",\"x\",{\"d\":\"-2.5\"}],\"s\":\"q\\\"1\"}");
    check_at(kept.event, "OldResourceProperties/ServiceToken", ARN "keeper");
    check_at(kept.event, "PhysicalResourceId", "p");
    ck_assert_int_eq(li_trigger_occur(w.engine, "cfn", LI_Z, "{\"requestType\":\"Delete\",\"responseURL\":\"http://x\",\"stackId\":\"s\","
                                      "\"logicalResourceId\":\"L\",\"resourceType\":\"Custom::T\"}", LI_Z, NULL, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "physicalResourceId");
}
END_TEST

/* ---- policies */

static li_status allow(const char *sid, const char *principal, const char *source_arn, const char *qualifier, li_error *err)
{
    li_permission p = LI_PERMISSION_INIT;

    p.statement_id = li_z(sid);
    p.action = li_z("lambda:InvokeFunction");
    p.principal = li_z(principal);
    p.source_arn = li_z(source_arn);
    return li_permission_add(w.engine, "keeper", LI_Z, qualifier, LI_Z, &p, NULL, NULL, err);
}

START_TEST(test_trg_2_6_12_202_a_service_that_the_policy_does_not_name_is_refused)
{
    static const char *const message = "{\"topic\":\"" TOPIC "\",\"message\":\"m\"}";
    li_error err = LI_ERROR_INIT;

    add_trigger(&w, "sns", "keeper", "a", "{\"topic\":\"" TOPIC "\"}");
    add_trigger(&w, "custom", "keeper", "b", "{\"source\":\"s\"}");
    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 1, NULL), LI_OK);
    ask(&w, "sns", message, &got);
    ck_assert_uint_eq(got.n_refused, 1);
    ck_assert_int_eq(kept.runs, 0);
    ck_assert_uint_eq(info_of("a").failures, 1);
    ck_assert_uint_eq(happen(&w, "custom", "{\"source\":\"s\",\"detail\":1}"), 1);
    ck_assert_int_eq(kept.runs, 1);
    ck_assert_int_eq(allow("s1", "s3.amazonaws.com", TOPIC, NULL, &err), LI_OK);
    ck_assert_int_eq(allow("s2", "sns.amazonaws.com", "arn:aws:sns:us-east-1:000000000000:other", NULL, &err), LI_OK);
    ask(&w, "sns", message, &got);
    ck_assert_uint_eq(got.n_refused, 1);
    ck_assert_int_eq(allow("s3", "sns.amazonaws.com", "arn:aws:sns:*:000000000000:ord*", NULL, &err), LI_OK);
    ask(&w, "sns", message, &got);
    ck_assert_uint_eq(got.n_refused, 0);
    ck_assert_int_eq(kept.runs, 2);
    ck_assert_int_eq(li_permission_remove(w.engine, "keeper", LI_Z, NULL, 0, "s3", LI_Z, NULL, 0, &err), LI_OK);
    ask(&w, "sns", message, &got);
    ck_assert_uint_eq(got.n_refused, 1);
}
END_TEST

START_TEST(test_trg_33_a_bucket_asks_for_the_permission_when_it_is_told)
{
    static const char *const options = "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"]}";
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 1, NULL), LI_OK);
    ck_assert_int_eq(try_trigger(&w, "s3", "keeper", "a", options, &err), LI_E_DENIED);
    ck_assert_int_eq(err.detail, LI_DETAIL_TRIGGER_PERMISSION);
    ck_assert_uint_eq(li_trigger_each(w.engine, NULL, 0, copy_info, &(li_trigger_info){ 0 }), 0);
    add_trigger(&w, "s3", "keeper", "skip", "{\"bucket\":\"c\",\"events\":[\"s3:ObjectCreated:*\"],\"skipDestinationValidation\":true}");
    ck_assert_int_eq(allow("s", "s3.amazonaws.com", "arn:aws:s3:::b", NULL, &err), LI_OK);
    add_trigger(&w, "s3", "keeper", "a", options);
}
END_TEST

static void keep_text(void *user, const char *json, size_t len)
{
    snprintf(user, 1024, "%.*s", (int)len, json);
}

static void keep_policy(void *user, const char *json, size_t len, const char *revision)
{
    snprintf(user, 1024, "%s %.*s", revision, (int)len, json);
}

static void keep_warning(void *user, const char *json, size_t len, const char *warning)
{
    (void)json, (void)len;
    snprintf(user, 256, "%s", warning);
}

START_TEST(test_trg_14_15_16_17_19_statements_are_made_checked_and_counted)
{
    li_permission p = LI_PERMISSION_INIT;
    li_error err = LI_ERROR_INIT;
    char text[1024], policy[1024], warning[256], revision[37];

    p.statement_id = li_z("sid");
    p.action = li_z("lambda:InvokeFunction");
    p.principal = li_z("alexa-appkit.amazon.com");
    p.event_source_token = li_z("amzn1.ask.skill.1");
    p.source_account = li_z("123456789012");
    ck_assert_int_eq(li_permission_add(w.engine, "keeper", LI_Z, NULL, 0, &p, keep_text, text, &err), LI_OK);
    check_at(text, "Resource", ARN "keeper");
    check_at(text, "Condition/StringEquals", "{\"AWS:SourceAccount\":\"123456789012\",\"lambda:EventSourceToken\":\"amzn1.ask.skill.1\"}");
    ck_assert_int_eq(li_permission_add(w.engine, "keeper", LI_Z, NULL, 0, &p, NULL, NULL, &err), LI_E_CONFLICT);
    p.statement_id = li_z("bad id");
    ck_assert_int_eq(li_permission_add(w.engine, "keeper", LI_Z, NULL, 0, &p, NULL, NULL, &err), LI_E_VALIDATION);
    ck_assert_str_eq(err.subject, "statementId");
    p.statement_id = li_z("s2");
    p.source_account = li_z("12345678901");
    ck_assert_int_eq(li_permission_add(w.engine, "keeper", LI_Z, NULL, 0, &p, NULL, NULL, &err), LI_E_VALIDATION);
    p.source_account = li_z(NULL);
    p.event_source_token = li_z(NULL);
    p.principal = li_z("s3.amazonaws.com");
    p.revision_id = li_z("00000000-0000-0000-0000-000000000000");
    ck_assert_int_eq(li_permission_add(w.engine, "keeper", LI_Z, NULL, 0, &p, NULL, NULL, &err), LI_E_PRECONDITION);
    ck_assert_int_eq(li_permission_get(w.engine, "keeper", LI_Z, NULL, 0, keep_policy, policy, &err), LI_OK);
    snprintf(revision, sizeof revision, "%.36s", policy);
    p.revision_id = li_z(revision);
    ck_assert_int_eq(li_permission_add(w.engine, "keeper", LI_Z, NULL, 0, &p, NULL, NULL, &err), LI_OK);
    ck_assert_uint_eq(li_permission_each(w.engine, "keeper", LI_Z, NULL, 0, keep_warning, warning), 2);
    check_contains(warning, "any resource of this service");
    ck_assert_int_eq(li_permission_get(w.engine, "echo", LI_Z, NULL, 0, keep_policy, policy, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_permission_remove(w.engine, "keeper", LI_Z, NULL, 0, "none", LI_Z, NULL, 0, &err), LI_E_NOT_FOUND);
}
END_TEST

START_TEST(test_trg_17_a_policy_has_at_most_20480_bytes)
{
    li_error err = LI_ERROR_INIT;
    li_status status = LI_OK;
    char sid[16];
    int i;

    for (i = 0; i < 200 && status == LI_OK; i++) {
        snprintf(sid, sizeof sid, "s%d", i);
        status = allow(sid, "sns.amazonaws.com", TOPIC, NULL, &err);
    }
    ck_assert_int_eq(status, LI_E_TOO_LARGE);
    ck_assert_int_eq(err.detail, LI_DETAIL_POLICY_SIZE);
    ck_assert_int_gt(i, 60);
}
END_TEST

/* Pattern and ARN, part by part. */
static const struct {
    const char *pattern, *topic;
    int is_like;
} arns[] = { { "arn:aws:sns:us-east-1:000000000000:orders", "orders", 1 }, { "arn:aws:sns:us-east-1:000000000000:order?", "orders", 1 },
             { "arn:aws:sns:us-east-1:000000000000:order", "orders", 0 },  { "arn:aws:sns:*:orders", "orders", 0 },
             { "arn:aws:sns:*:*:*", "orders", 1 },                         { "arn:aws:sns:us-*-1:0000*:o*s", "orders", 1 },
             { "arn:aws:s3:us-east-1:000000000000:orders", "orders", 0 }, { "arn:*", "orders", 0 } };

START_TEST(test_trg_18_an_arn_is_compared_part_by_part)
{
    li_error err = LI_ERROR_INIT;

    add_trigger(&w, "sns", "keeper", "a", "{\"topic\":\"" TOPIC "\"}");
    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 1, NULL), LI_OK);
    ck_assert_int_eq(allow("s", "sns.amazonaws.com", arns[_i].pattern, NULL, &err), LI_OK);
    ask(&w, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"m\"}", &got);
    ck_assert_msg(kept.runs == arns[_i].is_like, "%s", arns[_i].pattern);
}
END_TEST

/* ---- the seed: five kinds on one function */

START_TEST(test_trg_201_five_triggers_of_five_kinds_are_five_clients)
{
    static const struct {
        const char *kind, *options, *occurrence, *path, *text;
    } five[] = {
        { "s3", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"]}", "{\"bucket\":\"b\",\"key\":\"k\"}", "Records/0/s3/object/key", "k" },
        { "sns", "{\"topic\":\"" TOPIC "\"}", "{\"topic\":\"" TOPIC "\",\"message\":\"m\"}", "Records/0/Sns/Message", "m" },
        { "alb", "{\"targetGroup\":\"arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/1\"}", "{\"method\":\"GET\",\"target\":\"/x\"}", "path", "/x" },
        { "events", "{\"ruleName\":\"r\",\"pattern\":{\"source\":[\"my.app\"]}}", "{\"source\":\"my.app\",\"detailType\":\"t\",\"detail\":{\"d\":1}}",
          "detail/d", "1" },
        { "custom", "{\"source\":\"c\"}", "{\"source\":\"c\",\"detail\":{\"e\":2}}", "e", "2" },
    };
    int i, k, seen = 0;

    kept.response = "{\"statusCode\":200}";
    for (i = 0; i < 5; i++)
        add_trigger(&w, five[i].kind, "keeper", five[i].kind, five[i].options);
    for (i = 0; i < 5; i++) {
        ck_assert_uint_eq(happen(&w, five[i].kind, five[i].occurrence), 1);
        ck_assert_int_eq(kept.runs, ++seen);
        for (k = 0; k < 5; k++)
            ck_assert_int_eq(strcmp(at(kept.event, five[k].path), five[k].text) == 0, k == i);
    }
    ck_assert_int_eq(li_trigger_remove(w.engine, "sns", LI_Z, NULL), LI_OK);
    for (i = 0; i < 5; i++)
        ck_assert_uint_eq(happen(&w, five[i].kind, five[i].occurrence), i != 1);
    ck_assert_int_eq(kept.runs, 9);
}
END_TEST

START_TEST(test_trg_205_a_waiting_service_gets_the_body_and_a_telling_one_goes_on)
{
    add_trigger(&w, "alb", "keeper", "a", "{\"targetGroup\":\"arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/1\"}");
    add_trigger(&w, "sns", "keeper", "s", "{\"topic\":\"" TOPIC "\"}");
    kept.response = "{\"statusCode\":200,\"body\":\"the handler's\"}";
    ask(&w, "alb", "{\"method\":\"GET\",\"target\":\"/\"}", &got);
    ck_assert_str_eq(got.body, "the handler's");
    memset(&got, 0, sizeof got);
    ck_assert_int_eq(li_trigger_occur_begin(w.engine, "sns", LI_Z, "{\"topic\":\"" TOPIC "\",\"message\":\"m\"}", LI_Z, on_told, &got, NULL), LI_OK);
    ck_assert_int_eq(got.status, 202);
    ck_assert_int_eq(kept.runs, 1);
    advance_s(&w, 1);
    ck_assert_int_eq(kept.runs, 2);
}
END_TEST

/* ---- the store */

static li_store_ops shared_ops;

START_TEST(test_trg_1_triggers_are_there_after_a_restart)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_store store;
    world o;
    int round;

    ck_assert_int_eq(li_store_memory_new(NULL, &store), LI_OK);
    shared_ops = *store.ops;
    shared_ops.free = NULL;          /* it outlives its engines */
    memset(&kept, 0, sizeof kept);
    for (round = 0; round < 3; round++) {
        memset(&o, 0, sizeof o);
        ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &o.clock), LI_OK);
        options.clock = o.clock;
        options.store.ops = &shared_ops;
        options.store.self = store.self;
        ck_assert_int_eq(li_engine_new(&o.engine, &options, NULL), LI_OK);
        if (round != 1)              /* the part's kinds may come later than the first look */
            ck_assert_int_eq(li_trigger_kinds_add(o.engine, li_services_kinds(), NULL), LI_OK);
        add_function(o.engine, "keeper", keep_event, &kept);
        if (round == 0) {
            add_trigger(&o, "sns", "keeper", "one", "{\"topic\":\"" TOPIC "\"}");
            add_trigger(&o, "custom", "keeper", "two", "{\"source\":\"s\"}");
            add_trigger(&o, "schedule", "keeper", "three", "{\"expression\":\"rate(1 minute)\"}");
            add_trigger(&o, "custom", "keeper", "gone", "{\"source\":\"s\"}");
            ck_assert_int_eq(li_trigger_set_enabled(o.engine, "two", LI_Z, 0, NULL), LI_OK);
            ck_assert_int_eq(li_trigger_remove(o.engine, "gone", LI_Z, NULL), LI_OK);
        } else {
            ck_assert_uint_eq(li_trigger_each(o.engine, NULL, 0, copy_info, &(li_trigger_info){ 0 }), round == 1 ? 2 : 3);
            ck_assert_int_eq(li_trigger_kinds_add(o.engine, li_services_kinds(), NULL), LI_OK);
            ck_assert_uint_eq(li_trigger_each(o.engine, NULL, 0, copy_info, &(li_trigger_info){ 0 }), 3);
            kept.runs = 0;
            ck_assert_uint_eq(happen(&o, "sns", "{\"topic\":\"" TOPIC "\",\"message\":\"m\"}"), 1);
            ck_assert_uint_eq(happen(&o, "custom", "{\"source\":\"s\",\"detail\":1}"), 0);
            advance_s(&o, 60);
            ck_assert_int_eq(kept.runs, 2);
        }
        world_free(&o);
    }
    store.ops->free(store.self);
}
END_TEST

/* ---- threads */

enum { CALLERS = 4, CALLS = 150 };

typedef struct crowd {
    li_engine *engine;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int told, ok;
} crowd;

static void on_crowd(void *user, const li_trigger_answer *a)
{
    crowd *c = user;

    pthread_mutex_lock(&c->lock);
    c->told++;
    c->ok += a->status == 200 && a->n_matched == 1 && a->body_len == 1;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

static int32_t answer_http(li_invocation *invocation, void *environment, void *user)
{
    static const char text[] = "{\"statusCode\":200,\"body\":\"b\"}";

    (void)environment, (void)user;
    li_invocation_respond(invocation, text, sizeof text - 1);
    return LI_DONE;
}

static void *ask_many(void *user)
{
    crowd *c = user;
    int i;

    for (i = 0; i < CALLS; i++)
        if (li_trigger_occur_begin(c->engine, "alb", LI_Z, "{\"method\":\"GET\",\"target\":\"/\"}", LI_Z, on_crowd, c, NULL) != LI_OK)
            return user;
    return NULL;
}

START_TEST(test_rel_49_every_caller_of_every_thread_is_told_once)
{
    crowd c = { NULL, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };
    world o;
    pthread_t threads[CALLERS];
    void *failed;
    int i;

    memset(&o, 0, sizeof o);
    ck_assert_int_eq(li_engine_new(&o.engine, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_kinds_add(o.engine, li_services_kinds(), NULL), LI_OK);
    add_function(o.engine, "http", answer_http, NULL);
    add_trigger(&o, "alb", "http", "a", "{\"targetGroup\":\"arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/1\"}");
    ck_assert_int_eq(li_engine_start(o.engine, 3, NULL), LI_OK);
    c.engine = o.engine;
    for (i = 0; i < CALLERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_many, &c), 0);
    for (i = 0; i < CALLERS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
        ck_assert_ptr_null(failed);
    }
    pthread_mutex_lock(&c.lock);
    while (c.told < CALLERS * CALLS)
        pthread_cond_wait(&c.changed, &c.lock);
    pthread_mutex_unlock(&c.lock);
    ck_assert_int_eq(c.ok, CALLERS * CALLS);
    ck_assert_int_eq(li_engine_stop(o.engine, 10000, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_free(o.engine), LI_OK);
}
END_TEST

Suite *suite_trigger_react(void)
{
    Suite *s = suite_create("trigger_react");
    TCase *c = tcase_create("services");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, test_trg_43_45_46_a_notification_has_every_member);
    tcase_add_test(c, test_trg_42_filter_policies_read_attributes_or_the_body);
    tcase_add_test(c, test_trg_41_42_a_subscription_that_cannot_be_is_refused_with_its_reason);
    tcase_add_test(c, test_trg_44_a_message_with_structures_has_a_default);
    tcase_add_test(c, test_trg_47_sns_tries_a_full_queue_again_at_its_own_pace);
    tcase_add_test(c, test_trg_47_48_a_missing_function_sends_the_notification_to_the_redrive_queue);
    tcase_add_test(c, test_trg_115_117_a_pool_takes_the_event_back_with_its_response);
    tcase_add_test(c, test_trg_116_117_a_pool_waits_five_seconds_three_times);
    tcase_add_test(c, test_trg_114_116_one_function_a_trigger_and_senders_are_told_only);
    tcase_add_test(c, test_trg_82_83_a_receipt_rule_hears_its_recipients_and_obeys_a_disposition);
    tcase_add_test(c, test_trg_123_each_record_comes_back_once_or_has_failed);
    tcase_add_test(c, test_trg_122_123_a_failed_batch_is_tried_four_times);
    tcase_add_test(c, test_trg_122_a_buffer_waits_for_its_interval_and_each_producer_hears_of_its_own);
    tcase_add_test(c, test_trg_122_a_full_buffer_does_not_wait);
    tcase_add_test(c, test_trg_123_failed_records_go_to_the_output_for_them);
    tcase_add_test(c, test_trg_122_a_stream_whose_trigger_has_gone_tells_its_producers);
    tcase_add_test(c, test_trg_120_121_a_state_gets_the_answer_or_an_error_by_name);
    tcase_add_test(c, test_trg_75_a_custom_resource_has_texts_and_its_service_token);
    suite_add_tcase(s, c);
    c = tcase_create("policies");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, test_trg_2_6_12_202_a_service_that_the_policy_does_not_name_is_refused);
    tcase_add_test(c, test_trg_33_a_bucket_asks_for_the_permission_when_it_is_told);
    tcase_add_test(c, test_trg_14_15_16_17_19_statements_are_made_checked_and_counted);
    tcase_add_test(c, test_trg_17_a_policy_has_at_most_20480_bytes);
    tcase_add_loop_test(c, test_trg_18_an_arn_is_compared_part_by_part, 0, (int)(sizeof arns / sizeof *arns));
    suite_add_tcase(s, c);
    c = tcase_create("seed");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, test_trg_201_five_triggers_of_five_kinds_are_five_clients);
    tcase_add_test(c, test_trg_205_a_waiting_service_gets_the_body_and_a_telling_one_goes_on);
    suite_add_tcase(s, c);
    c = tcase_create("store");
    tcase_add_test(c, test_trg_1_triggers_are_there_after_a_restart);
    tcase_add_test(c, test_rel_49_every_caller_of_every_thread_is_told_once);
    suite_add_tcase(s, c);
    return s;
}
