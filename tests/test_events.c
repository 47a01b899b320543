/* test_events.c - EventBridge: rules and targets, PutEvents, the envelope, inputs and transformers, retries, dead letters,
 * buses as destinations of records (TRG-49..59, INV-232). */
#include "firing_help.h"
#include "scarce.h"

#include <pthread.h>

#include "base/slice.h"
#include "service/transform.h"

/* ---- helpers */

typedef struct told {
    int32_t status;
    char verdict[32];
    char body[4096];
    uint64_t n_matched;
    int n;
} told;

static void tell(void *user, const li_trigger_answer *answer)
{
    told *t = user;

    t->n++;
    t->status = answer->status;
    snprintf(t->verdict, sizeof t->verdict, "%s", answer->verdict);
    snprintf(t->body, sizeof t->body, "%.*s", (int)answer->body_len, answer->body ? answer->body : "");
    t->n_matched = answer->n_matched;
}

static told put(world *w, const char *request)
{
    li_error err = LI_ERROR_INIT;
    told t;

    memset(&t, 0, sizeof t);
    ck_assert_msg(li_trigger_occur_begin(w->engine, "events", LI_Z, request, LI_Z, tell, &t, &err) == LI_OK, "%s", err.text);
    ck_assert_int_eq(t.n, 1);
    ck_assert_int_eq(li_engine_run_until_idle(w->engine, NULL), LI_OK);
    return t;
}

static uint64_t report(world *w, const char *occurrence)
{
    li_error err = LI_ERROR_INIT;
    uint64_t n = 99;

    ck_assert_msg(li_trigger_occur(w->engine, "events", LI_Z, occurrence, LI_Z, &n, &err) == LI_OK, "%s", err.text);
    ck_assert_int_eq(li_engine_run_until_idle(w->engine, NULL), LI_OK);
    return n;
}

#define RULE "\"ruleName\":\"r\",\"pattern\":{\"source\":[\"my.app\"]}"
#define ORDER "{\"source\":\"my.app\",\"detailType\":\"order\",\"detail\":{\"id\":12345678901234567890,\"name\":\"b\\\"x\\\"\",\"list\":[{\"n\":1},{\"n\":2}]}}"

/* ---- rules and targets */

typedef struct refused {
    const char *options;
    const char *member;
} refused;

static const refused bad[] = {
    { "{\"pattern\":{\"a\":[1]}}", "ruleName" },
    { "{\"ruleName\":\"\",\"pattern\":{\"a\":[1]}}", "ruleName" },
    { "{\"ruleName\":\"a/b\",\"pattern\":{\"a\":[1]}}", "ruleName" },
    { "{\"ruleName\":\"a23456789a123456789a123456789a123456789a123456789a123456789a1234x\",\"pattern\":{\"a\":[1]}}", "ruleName" },
    { "{\"ruleName\":\"r\"}", "pattern" },
    { "{\"ruleName\":\"r\",\"pattern\":{}}", "pattern" },
    { "{\"ruleName\":\"r\",\"pattern\":{\"a\":\"b\"}}", "pattern" },
    { "{\"ruleName\":\"r\",\"pattern\":\"{\"}", "pattern" },
    { "{\"ruleName\":\"r\",\"schedule\":\"rate(1 minutes)\"}", "rate(1 minutes)" },
    { "{\"ruleName\":\"r\",\"schedule\":\"at(2026-11-20T13:00:00)\"}", "at(2026-11-20T13:00:00)" },
    { "{\"ruleName\":\"r\",\"schedule\":\"rate(1 minute)\",\"bus\":\"other\"}", "schedule" },
    { "{" RULE ",\"bus\":\"a b\"}", "bus" },
    { "{" RULE ",\"input\":\"{\"}", "input" },
    { "{" RULE ",\"inputPath\":\"detail\"}", "inputPath" },
    { "{" RULE ",\"inputPath\":\"$.detail..a\"}", "inputPath" },
    { "{" RULE ",\"inputPath\":\"$.a[x]\"}", "inputPath" },
    { "{" RULE ",\"input\":\"1\",\"inputPath\":\"$\"}", "inputPath" },
    { "{" RULE ",\"input\":\"1\",\"inputTemplate\":\"2\"}", "inputTemplate" },
    { "{" RULE ",\"inputPathsMap\":{\"a\":\"$.a\"}}", "inputTemplate" },
    { "{" RULE ",\"inputPathsMap\":{\"a\":\"a\"},\"inputTemplate\":\"<a>\"}", "inputPathsMap" },
    { "{" RULE ",\"inputPathsMap\":{\"a b\":\"$.a\"},\"inputTemplate\":\"1\"}", "inputPathsMap" },
    { "{" RULE ",\"inputPathsMap\":{\"aws.events.rule-arn\":\"$.a\"},\"inputTemplate\":\"1\"}", "inputPathsMap" },
    { "{" RULE ",\"inputPathsMap\":{\"a\":7},\"inputTemplate\":\"1\"}", "inputPathsMap" },
    { "{" RULE ",\"inputTemplate\":\"<b>\"}", "inputTemplate" },
    { "{" RULE ",\"inputTemplate\":\"{\\\"a\\\":\\\"<aws.events.event>\\\"}\"}", "inputTemplate" },
    { "{" RULE ",\"inputTemplate\":\"plain words\"}", "inputTemplate" },
    { "{" RULE ",\"inputTemplate\":\"\"}", "inputTemplate" },
    { "{" RULE ",\"inputPathsMap\":{\"n\":\"$.a\"},\"inputTemplate\":\"{<n>:1}\"}", "inputTemplate" },
    { "{" RULE ",\"inputPathsMap\":{\"n\":\"$.a\"},\"inputTemplate\":\"1<n>\"}", "inputTemplate" },
    { "{" RULE ",\"maxAttempts\":186}", "maxAttempts" },
    { "{" RULE ",\"maxAge\":59}", "maxAge" },
    { "{" RULE ",\"deadLetterArn\":\"" QUEUE "q.fifo\"}", "deadLetterArn" },
    { "{" RULE ",\"targetId\":\"a b\"}", "targetId" },
};

START_TEST(test_trg_49_50_what_a_rule_and_a_target_cannot_be_is_said)
{
    world w;
    notes *s = noted_world(&w);

    refuse_trigger(&w, "events", bad[_i].options, bad[_i].member);
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_49_a_pattern_has_at_most_4096_bytes)
{
    char options[4400], pattern[4200];
    size_t n;
    world w;
    notes *s = noted_world(&w);

    n = (size_t)snprintf(pattern, sizeof pattern, "{\"source\":[\"");
    memset(pattern + n, 'x', 4096 - n - 3);
    strcpy(pattern + 4096 - 3, "\"]}");
    snprintf(options, sizeof options, "{\"ruleName\":\"r\",\"pattern\":%s}", pattern);
    add_trigger(&w, "events", "a", options);
    strcpy(pattern + 4096 - 3, "x\"]}");
    snprintf(options, sizeof options, "{\"ruleName\":\"s\",\"pattern\":%s}", pattern);
    refuse_trigger(&w, "events", options, "pattern");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_50_a_rule_has_five_targets_of_different_ids_and_one_pattern)
{
    li_error err = LI_ERROR_INIT;
    char id[8], options[200];
    world w;
    notes *s = noted_world(&w);
    int i;

    for (i = 0; i < 5; i++) {
        snprintf(id, sizeof id, "t%d", i);
        snprintf(options, sizeof options, "{" RULE ",\"targetId\":\"id%d\"}", i);
        add_trigger(&w, "events", id, options);
    }
    ck_assert_int_eq(try_trigger(&w, "events", "t5", "{" RULE "}", &err), LI_E_FULL);
    update_trigger(&w, "t4", "{" RULE ",\"targetId\":\"id4\",\"input\":\"7\"}"); /* the fifth is one of five */
    ck_assert_int_eq(li_trigger_remove(w.engine, "t0", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(try_trigger(&w, "events", "t5", "{" RULE ",\"targetId\":\"id1\"}", &err), LI_E_CONFLICT);
    ck_assert_int_eq(try_trigger(&w, "events", "t5", "{\"ruleName\":\"r\",\"pattern\":{\"source\":[\"other\"]}}", &err), LI_E_CONFLICT);
    add_trigger(&w, "events", "t5", "{" RULE "}");
    add_trigger(&w, "events", "elsewhere", "{" RULE ",\"bus\":\"other\",\"targetId\":\"id1\"}");
    ck_assert_uint_eq(report(&w, ORDER), 5);
    ck_assert_int_eq(s->n, 5);
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_51_every_enabled_rule_that_matches_fires_once)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "events", "a", "{" RULE ",\"input\":\"1\"}");
    add_trigger(&w, "events", "b", "{\"ruleName\":\"b\",\"pattern\":{\"detail\":{\"id\":[{\"exists\":true}]}},\"input\":\"2\"}");
    add_trigger(&w, "events", "c", "{\"ruleName\":\"c\",\"pattern\":{\"source\":[\"other\"]},\"input\":\"3\"}");
    add_trigger(&w, "events", "d", "{\"ruleName\":\"d\",\"pattern\":{\"source\":[{\"prefix\":\"my.\"}]},\"input\":\"4\"}");
    set_enabled(&w, "d", 0);
    ck_assert_uint_eq(report(&w, ORDER), 2);
    ck_assert_int_eq(s->n, 2);
    ck_assert_str_eq(s->payload[0], "1");
    ck_assert_str_eq(s->payload[1], "2");
    set_enabled(&w, "d", 1);
    update_trigger(&w, "a", "{\"ruleName\":\"r\",\"pattern\":{\"source\":[\"other\"]},\"input\":\"1\"}");
    ck_assert_int_eq(li_trigger_remove(w.engine, "b", LI_Z, NULL), LI_OK);
    ck_assert_uint_eq(report(&w, ORDER), 1);
    ck_assert_str_eq(s->payload[2], "4");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_51_buses_are_apart)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "events", "a", "{" RULE ",\"input\":\"1\"}");
    add_trigger(&w, "events", "b", "{" RULE ",\"input\":\"2\",\"bus\":\"arn:aws:events:us-east-1:000000000000:event-bus/other\"}");
    ck_assert_uint_eq(report(&w, ORDER), 1);
    ck_assert_uint_eq(report(&w, "{\"source\":\"my.app\",\"detailType\":\"x\",\"detail\":\"{}\",\"bus\":\"other\"}"), 1);
    ck_assert_uint_eq(report(&w, "{\"source\":\"my.app\",\"detailType\":\"x\",\"detail\":{},"
                                 "\"bus\":\"arn:aws:events:us-east-1:000000000000:event-bus/other\"}"), 1);
    ck_assert_uint_eq(report(&w, "{\"source\":\"my.app\",\"detailType\":\"x\",\"detail\":{},\"bus\":\"nowhere\"}"), 0);
    ck_assert_int_eq(s->n, 3);
    ck_assert_str_eq(s->payload[0], "1");
    ck_assert_str_eq(s->payload[1], "2");
    ck_assert_str_eq(s->payload[2], "2");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_52_patterns_look_at_every_member_of_the_envelope)
{
    static const char *const patterns[] = { "{\"source\":[\"my.app\"]}", "{\"detail-type\":[\"order\"]}", "{\"account\":[\"000000000000\"]}",
                                            "{\"region\":[\"us-east-1\"]}", "{\"resources\":[\"r2\"]}", "{\"version\":[\"0\"]}",
                                            "{\"time\":[{\"prefix\":\"2026-01-01T\"}]}", "{\"id\":[{\"exists\":true}]}",
                                            "{\"detail\":{\"n\":[{\"numeric\":[\">\",1]}]}}",
                                            "{\"$or\":[{\"source\":[\"other\"]},{\"detail\":{\"n\":[2]}}]}" };
    char options[300], id[8];
    world w;
    notes *s = noted_world(&w);
    size_t i;

    for (i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        snprintf(id, sizeof id, "t%zu", i);
        snprintf(options, sizeof options, "{\"ruleName\":\"r%zu\",\"pattern\":%s}", i, patterns[i]);
        add_trigger(&w, "events", id, options);
    }
    ck_assert_uint_eq(report(&w, "{\"source\":\"my.app\",\"detailType\":\"order\",\"resources\":[\"r1\",\"r2\"],\"detail\":{\"n\":2.0}}"),
                      sizeof patterns / sizeof *patterns);
    noted_free(&w, s);
}
END_TEST

/* ---- PutEvents */

#define ENTRY(source, type, detail) "{\"Source\":\"" source "\",\"DetailType\":\"" type "\",\"Detail\":\"" detail "\"}"

START_TEST(test_trg_53_put_events_answers_for_each_entry)
{
    told t;
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "events", "a", "{" RULE "}");
    t = put(&w, "{\"Entries\":[" ENTRY("my.app", "order", "{\\\"n\\\":1}") "," ENTRY("my.app", "order", "[1]") "," ENTRY("", "order", "{}") ","
                ENTRY("my.app", "", "{}") ",{\"Source\":\"my.app\",\"DetailType\":\"x\"}," ENTRY("aws.s3", "x", "{}") ",7,"
                "{\"Source\":\"my.app\",\"DetailType\":\"x\",\"Detail\":\"{}\",\"Time\":\"noon\"},"
                "{\"Source\":\"my.app\",\"DetailType\":\"x\",\"Detail\":\"{}\",\"Time\":\"2025-06-01T12:00:00+02:00\",\"Resources\":[\"a\"]}]}");
    ck_assert_int_eq(t.status, 200);
    ck_assert_str_eq(t.verdict, "partial");
    ck_assert_uint_eq(t.n_matched, 2);
    ck_assert_int_eq(s->n, 2);
    check_contains(t.body, "{\"FailedEntryCount\":7,\"Entries\":[{\"EventId\":\"");
    check_contains(t.body, "},{\"ErrorCode\":\"MalformedDetail\",\"ErrorMessage\":\"Detail is malformed.\"},"
                           "{\"ErrorCode\":\"InvalidArgument\",\"ErrorMessage\":\"Parameter Source is not valid. Reason: Source is a required argument.\"},"
                           "{\"ErrorCode\":\"InvalidArgument\",\"ErrorMessage\":\"Parameter DetailType is not valid.");
    check_contains(t.body, "Parameter Detail is not valid. Reason: Detail is a required argument.\"},"
                           "{\"ErrorCode\":\"NotAuthorizedForSourceException\",\"ErrorMessage\":\"Not authorized for the source.\"},"
                           "{\"ErrorCode\":\"InvalidArgument\"");
    /* The id that is answered is the event's. */
    ck_assert(strncmp(strstr(t.body, "\"EventId\":\"") + 11, strstr(s->payload[0], "\"id\":\"") + 6, 36) == 0);
    check_contains(s->payload[1], "\"time\":\"2025-06-01T10:00:00Z\"");
    check_contains(s->payload[1], "\"resources\":[\"a\"]");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_53_a_request_has_one_to_ten_entries_and_256_kb)
{
    static char request[300000];
    li_error err = LI_ERROR_INIT;
    size_t n;
    told t;
    world w;
    notes *s = noted_world(&w);
    int i;

    ck_assert_int_eq(li_trigger_occur(w.engine, "events", LI_Z, "{\"Entries\":[]}", LI_Z, NULL, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "Entries");
    strcpy(request, "{\"Entries\":[");
    for (i = 0; i < 10; i++)
        strcat(strcat(request, i ? "," : ""), ENTRY("my.app", "order", "{}"));
    n = strlen(request);
    strcpy(request + n, "]}");
    t = put(&w, request);
    ck_assert_str_eq(t.verdict, "ok");
    strcpy(request + n, "," ENTRY("my.app", "order", "{}") "]}");
    ck_assert_int_eq(li_trigger_occur(w.engine, "events", LI_Z, request, LI_Z, NULL, &err), LI_E_INVALID);
    n = (size_t)snprintf(request, sizeof request, "{\"Entries\":[{\"Source\":\"my.app\",\"DetailType\":\"x\",\"Detail\":\"{\\\"a\\\":\\\"");
    memset(request + n, 'x', 262144);
    strcpy(request + n + 262144, "\\\"}\"}]}");
    ck_assert_int_eq(li_trigger_occur(w.engine, "events", LI_Z, request, LI_Z, NULL, &err), LI_E_TOO_LARGE);
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_53_what_a_service_reports_may_be_of_aws_and_errors_are_the_callers)
{
    static const char *const wrong[][2] = {
        { "{\"detailType\":\"x\",\"detail\":{}}", "source" },
        { "{\"source\":\"a\",\"detail\":{}}", "detailType" },
        { "{\"source\":\"a\",\"detailType\":\"x\"}", "detail" },
        { "{\"source\":\"a\",\"detailType\":\"x\",\"detail\":\"[]\"}", "detail" },
        { "{\"source\":\"a\",\"detailType\":\"x\",\"detail\":{},\"resources\":[1]}", "resources" },
        { "{\"source\":\"a\",\"detailType\":\"x\",\"detail\":{},\"time\":\"noon\"}", "time" },
        { "{\"source\":\"a\",\"detailType\":\"x\",\"detail\":{},\"colour\":1}", "colour" },
    };
    li_error err = LI_ERROR_INIT;
    world w;
    notes *s = noted_world(&w);
    size_t i;

    add_trigger(&w, "events", "a", "{\"ruleName\":\"r\",\"pattern\":{\"source\":[\"aws.ec2\"]}}");
    ck_assert_uint_eq(report(&w, "{\"source\":\"aws.ec2\",\"detailType\":\"x\",\"detail\":{}}"), 1);
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_msg(li_trigger_occur(w.engine, "events", LI_Z, wrong[i][0], LI_Z, NULL, &err) == LI_E_INVALID, "%s", wrong[i][0]);
        ck_assert_str_eq(err.subject, wrong[i][1]);
    }
    ck_assert_int_eq(s->n, 1);
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_54_the_envelope_has_its_members_in_order_and_the_detail_as_it_came)
{
    char expected[800];
    li_error err = LI_ERROR_INIT;
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "events", "a", "{" RULE "}");
    report(&w, ORDER);
    snprintf(expected, sizeof expected,
             "{\"version\":\"0\",\"id\":\"%.36s\",\"detail-type\":\"order\",\"source\":\"my.app\",\"account\":\"000000000000\","
             "\"time\":\"2026-01-01T00:00:00Z\",\"region\":\"us-east-1\",\"resources\":[],"
             "\"detail\":{\"id\":12345678901234567890,\"name\":\"b\\\"x\\\"\",\"list\":[{\"n\":1},{\"n\":2}]}}",
             s->payload[0] + strlen("{\"version\":\"0\",\"id\":\""));
    ck_assert_str_eq(s->payload[0], expected);
    ck_assert_msg(li_trigger_event_check(w.engine, "events", LI_Z, s->payload[0], LI_Z, &err) == LI_OK, "%s", err.text);
    report(&w, "{\"source\":\"my.app\",\"detailType\":\"order\",\"detail\":{ },\"replayName\":\"again\",\"time\":1767225601}");
    check_contains(s->payload[1], "\"time\":\"2026-01-01T00:00:01Z\"");
    check_contains(s->payload[1], "\"detail\":{ },\"replay-name\":\"again\"}");
    noted_free(&w, s);
}
END_TEST

static const struct s3_case {
    const char *name, *detail_type, *reason;
} s3_cases[] = { { "ObjectCreated:Put", "Object Created", "\"reason\":\"PutObject\"" },
                 { "ObjectCreated:CompleteMultipartUpload", "Object Created", "\"reason\":\"CompleteMultipartUpload\"" },
                 { "ObjectRemoved:Delete", "Object Deleted", "\"deletion-type\":\"Permanently Deleted\"" },
                 { "ObjectRemoved:DeleteMarkerCreated", "Object Deleted", "\"deletion-type\":\"Delete Marker Created\"" },
                 { "ObjectRestore:Post", "Object Restore Initiated", "" },
                 { "ObjectRestore:Completed", "Object Restore Completed", "" },
                 { "ObjectRestore:Delete", "Object Restore Expired", "" },
                 { "LifecycleTransition", "Object Storage Class Changed", "" },
                 { "IntelligentTiering", "Object Access Tier Changed", "" },
                 { "ObjectAcl:Put", "Object ACL Updated", "" },
                 { "ObjectTagging:Put", "Object Tags Added", "" },
                 { "ObjectTagging:Delete", "Object Tags Deleted", "" },
                 { "Replication:OperationNotTracked", NULL, "" } };

START_TEST(test_trg_39_a_bucket_with_eventbridge_on_sends_to_the_default_bus_too)
{
    const struct s3_case *c = &s3_cases[_i];
    li_s3_occurrence occurrence = LI_S3_OCCURRENCE_INIT;
    li_error err = LI_ERROR_INIT;
    char expected[64];
    uint64_t n = 0;
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "events", "r", "{\"ruleName\":\"r\",\"pattern\":{\"source\":[\"aws.s3\"],\"detail\":{\"bucket\":{\"name\":[\"b\"]}}}}");
    occurrence.bucket = li_z("b");
    occurrence.key = li_z("a b/\xc3\xa9+\"");
    occurrence.event_name = li_z(c->name);
    occurrence.object_size = 5;
    ck_assert_int_eq(li_s3_occur(w.engine, &occurrence, &n, &err), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(s->n, 0);
    ck_assert_int_eq(li_config_set(w.engine, "s3.event_bridge", 1, NULL), LI_OK);
    ck_assert_int_eq(li_s3_occur(w.engine, &occurrence, &n, &err), LI_OK);
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(s->n, c->detail_type != NULL);
    if (c->detail_type) {
        snprintf(expected, sizeof expected, "\"detail-type\":\"%s\",\"source\":\"aws.s3\"", c->detail_type);
        check_contains(s->payload[0], expected);
        check_contains(s->payload[0], c->reason);
        check_contains(s->payload[0], "\"resources\":[\"arn:aws:s3:::b\"]");
        check_contains(s->payload[0], "\"key\":\"a b/\xc3\xa9+\\\"\"");
        check_contains(s->payload[0], "\"bucket\":{\"name\":\"b\"}");
    }
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_39_the_notification_itself_stays_as_it_was)
{
    world w;
    notes *s = noted_world(&w);
    uint64_t n = 0;

    ck_assert_int_eq(li_config_set(w.engine, "s3.event_bridge", 1, NULL), LI_OK);
    add_trigger(&w, "s3", "n", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"]}");
    add_trigger(&w, "events", "r", "{\"ruleName\":\"r\",\"pattern\":{\"source\":[\"aws.s3\"]}}");
    ck_assert_int_eq(li_trigger_occur(w.engine, "s3", LI_Z, "{\"bucket\":\"b\",\"key\":\"k 1\"}", LI_Z, &n, NULL), LI_OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(s->n, 2);
    check_contains(s->payload[0], "\"key\":\"k+1\"");
    check_contains(s->payload[1], "\"key\":\"k 1\"");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_55_a_rule_with_a_schedule_fires_and_may_have_a_pattern_too)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "events", "a", "{" RULE ",\"schedule\":\"rate(1 hour)\"}");
    advance_s(&w, 3600);
    ck_assert_int_eq(s->n, 1);
    check_contains(s->payload[0], "\"detail-type\":\"Scheduled Event\",\"source\":\"aws.events\"");
    check_contains(s->payload[0], "\"time\":\"2026-01-01T01:00:00Z\"");
    check_contains(s->payload[0], "\"resources\":[\"arn:aws:events:us-east-1:000000000000:rule/r\"],\"detail\":{}}");
    ck_assert_uint_eq(report(&w, ORDER), 1);
    ck_assert_int_eq(s->n, 2);
    noted_free(&w, s);
}
END_TEST

/* ---- inputs */

START_TEST(test_trg_56_constant_inputs_and_parts)
{
    static const char *const paths[][2] = { { "$.detail.id", "12345678901234567890" }, { "$.detail.name", "\"b\\\"x\\\"\"" },
                                            { "$.detail.list[1]", "{\"n\":2}" }, { "$.detail.list[*].n", "[1,2]" }, { "$.nothing", "null" },
                                            { "$.detail.list[2].n", "null" }, { "$.detail.id.x", "null" }, { "$.detail-type", "\"order\"" } };
    char options[200], id[8];
    world w;
    notes *s = noted_world(&w);
    size_t i;

    add_trigger(&w, "events", "c", "{\"ruleName\":\"c\",\"pattern\":{\"source\":[\"my.app\"]},\"input\":\"{ \\\"a\\\" : 1.0 }\"}");
    for (i = 0; i < sizeof paths / sizeof *paths; i++) {
        snprintf(id, sizeof id, "t%zu", i);
        snprintf(options, sizeof options, "{\"ruleName\":\"r%zu\",\"pattern\":{\"source\":[\"my.app\"]},\"inputPath\":\"%s\"}", i, paths[i][0]);
        add_trigger(&w, "events", id, options);
    }
    report(&w, ORDER);
    ck_assert_str_eq(s->payload[0], "{ \"a\" : 1.0 }");
    for (i = 0; i < sizeof paths / sizeof *paths; i++)
        ck_assert_str_eq(s->payload[i + 1], paths[i][1]);
    noted_free(&w, s);
}
END_TEST

typedef struct filled {
    const char *map;
    const char *template;
    const char *made;
} filled;

static const filled fills[] = {
    { "{\"n\":\"$.detail.name\"}", "{\"a\":<n>}", "{\"a\":\"b\\\"x\\\"\"}" },
    { "{\"n\":\"$.detail.name\"}", "{\"a\":\"<n> and <n>\"}", "{\"a\":\"b\\\"x\\\" and b\\\"x\\\"\"}" },
    { "{\"n\":\"$.detail.id\"}", "{\"a\":<n>,\"b\":\"no. <n>\"}", "{\"a\":12345678901234567890,\"b\":\"no. 12345678901234567890\"}" },
    { "{\"n\":\"$.detail.list\"}", "[<n>]", "[[{\"n\":1},{\"n\":2}]]" },
    { "{\"n\":\"$.detail.list[0]\"}", "\"it is <n>\"", "\"it is {\\\"n\\\":1}\"" },
    { "{\"n\":\"$.detail.list[*].n\"}", "<n>", "[1,2]" },
    { "{\"n\":\"$.nothing\"}", "{\"a\":<n>,\"b\":\"<n>\"}", "{\"a\":\"\",\"b\":\"\"}" },
    { "{\"n\":\"$.source\"}", "\"<n>: a < b, \\\"<n>\\\" <\"", "\"my.app: a < b, \\\"my.app\\\" <\"" },
    { NULL, "{\"arn\":<aws.events.rule-arn>,\"name\":\"<aws.events.rule-name>\"}", "{\"arn\":\"arn:r\",\"name\":\"r\"}" },
    { NULL, "<aws.events.event.ingestion-time>", "\"2026-01-01T00:00:00Z\"" },
    { NULL, "{\"e\":<aws.events.event>}", "{\"e\":{\"source\":\"my.app\",\"n\":null}}" },
    { NULL, "<aws.events.event.json>", "{\"source\":\"my.app\",\"detail\":{\"id\":12345678901234567890,\"name\":\"b\\\"x\\\"\","
                                       "\"list\":[{\"n\":1},{\"n\":2}]},\"n\":null}" },
    { "{\"n\":\"$.n\"}", "{\"a\":<n>,\"b\":\"<n>\"}", "{\"a\":null,\"b\":\"null\"}" },
    { "{\"n\":\"$\"}", "{\"a\":<n>}", "{\"a\":{\"source\":\"my.app\",\"detail\":{\"id\":12345678901234567890,\"name\":\"b\\\"x\\\"\","
                                      "\"list\":[{\"n\":1},{\"n\":2}]},\"n\":null}}" },
};

START_TEST(test_trg_57_a_template_is_filled_from_the_event)
{
    static const char event[] = "{\"source\":\"my.app\",\"detail\":{\"id\":12345678901234567890,\"name\":\"b\\\"x\\\"\","
                                "\"list\":[{\"n\":1},{\"n\":2}]},\"n\":null}";
    const lii_event_facts facts = { "arn:r", "r", "2026-01-01T00:00:00Z" };
    const filled *f = &fills[_i];
    lii_json_value map;
    li_error err = LI_ERROR_INIT;
    lii_buf out;

    memset(&map, 0, sizeof map);
    if (f->map)
        map = lii_json_root(f->map, strlen(f->map));
    ck_assert_msg(lii_transform_check(map, lii_slice(f->template, LI_Z), NULL, &err) == LI_OK, "%s: %s", f->template, err.text);
    lii_buf_init(&out, NULL);
    lii_transform_write(map, lii_slice(f->template, LI_Z), lii_json_root(event, sizeof event - 1), &facts, &out);
    check_text(out.data, out.len, f->made);
    ck_assert_int_eq(lii_json_check(out.data, out.len, 100, NULL), 0);
    lii_buf_fini(&out);
}
END_TEST

START_TEST(test_trg_57_a_target_gets_what_the_template_makes)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "events", "a", "{" RULE ",\"inputPathsMap\":{\"id\":\"$.detail.id\"},"
                "\"inputTemplate\":\"{\\\"rule\\\":<aws.events.rule-name>,\\\"arn\\\":\\\"<aws.events.rule-arn>\\\",\\\"order\\\":<id>}\"}");
    report(&w, ORDER);
    ck_assert_str_eq(s->payload[0], "{\"rule\":\"r\",\"arn\":\"arn:aws:events:us-east-1:000000000000:rule/r\",\"order\":12345678901234567890}");
    noted_free(&w, s);
}
END_TEST

/* ---- what Lambda does not take */

static const char *attribute(li_local_queue *queue, size_t index, const char *name)
{
    static char text[300];
    li_local_message m;
    size_t i;

    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    ck_assert_int_eq(li_local_queue_peek(queue, index, &m), LI_OK);
    for (i = 0; i < m.n_attributes; i++)
        if (text_is(m.attributes[i].name.ptr, m.attributes[i].name.len, name)) {
            snprintf(text, sizeof text, "%.*s", (int)m.attributes[i].value.len, m.attributes[i].value.ptr);
            return text;
        }
    return "(none)";
}

START_TEST(test_trg_58_a_missing_function_leaves_a_dead_letter_at_once)
{
    world w;
    notes *s = noted_world(&w);
    li_local_queue *queue = add_queue(w.engine, "dead");

    add_trigger(&w, "events", "t", "{" RULE ",\"bus\":\"b\",\"input\":\"1\",\"deadLetterArn\":\"" QUEUE "dead\"}");
    ck_assert_int_eq(li_function_remove(w.engine, "noter", LI_Z, NULL), LI_OK);
    ck_assert_uint_eq(report(&w, "{\"source\":\"my.app\",\"detailType\":\"x\",\"detail\":{\"n\":1},\"bus\":\"b\"}"), 1);
    check_contains(message(queue, 0), "\"detail\":{\"n\":1}}");
    ck_assert_str_eq(attribute(queue, 0, "RULE_ARN"), "arn:aws:events:us-east-1:000000000000:rule/b/r");
    ck_assert_str_eq(attribute(queue, 0, "TARGET_ARN"), ARN "noter");
    ck_assert_str_eq(attribute(queue, 0, "ERROR_CODE"), "NO_RESOURCE");
    ck_assert_str_eq(attribute(queue, 0, "ERROR_MESSAGE"), "not found");
    ck_assert_str_eq(attribute(queue, 0, "EXHAUSTED_RETRY_CONDITION"), "(none)");
    ck_assert_str_eq(attribute(queue, 0, "RETRY_ATTEMPTS"), "0");
    noted_free(&w, s);
}
END_TEST

/* The function's queue takes nothing more: a refusal that a service tries again. */
static void fill_up(world *w)
{
    ck_assert_int_eq(li_config_set(w->engine, "limits.queued_events", 1, NULL), LI_OK);
    ck_assert_int_eq(li_function_pause(w->engine, "noter", LI_Z, NULL), LI_OK);
    send_event(w, "noter", "0");
}

START_TEST(test_trg_58_retries_back_off_and_end_with_either_limit)
{
    world w;
    notes *s = noted_world(&w);
    li_local_queue *queue = add_queue(w.engine, "dead");

    add_trigger(&w, "events", "a", "{" RULE ",\"maxAttempts\":2,\"deadLetterArn\":\"" QUEUE "dead\"}");
    add_trigger(&w, "events", "b", "{\"ruleName\":\"b\",\"pattern\":{\"source\":[\"my.app\"]},\"maxAge\":60,\"deadLetterArn\":\"" QUEUE "dead\"}");
    add_trigger(&w, "events", "c", "{\"ruleName\":\"c\",\"pattern\":{\"source\":[\"my.app\"]},\"maxAttempts\":0,\"deadLetterArn\":\"" QUEUE "dead\"}");
    fill_up(&w);
    report(&w, ORDER);
    ck_assert_uint_eq(li_local_queue_count(queue), 1);
    ck_assert_str_eq(attribute(queue, 0, "RETRY_ATTEMPTS"), "0");
    ck_assert_str_eq(attribute(queue, 0, "EXHAUSTED_RETRY_CONDITION"), "MaximumRetryAttempts");
    advance_s(&w, 2);
    ck_assert_uint_eq(li_local_queue_count(queue), 1);
    advance_s(&w, 1); /* 1 s and 2 s */
    ck_assert_uint_eq(li_local_queue_count(queue), 2);
    ck_assert_str_eq(attribute(queue, 1, "RETRY_ATTEMPTS"), "2");
    ck_assert_str_eq(attribute(queue, 1, "ERROR_CODE"), "THROTTLING");
    advance_s(&w, 60); /* 1 + 2 + 4 + 8 + 16 s, and the next 32 would be beyond the minute */
    ck_assert_uint_eq(li_local_queue_count(queue), 3);
    ck_assert_str_eq(attribute(queue, 2, "RETRY_ATTEMPTS"), "5");
    ck_assert_str_eq(attribute(queue, 2, "EXHAUSTED_RETRY_CONDITION"), "MaximumEventAgeInSeconds");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_58_a_target_that_takes_it_later_gets_it_once)
{
    world w;
    notes *s = noted_world(&w);

    add_trigger(&w, "events", "a", "{" RULE "}");
    fill_up(&w);
    report(&w, ORDER);
    ck_assert_int_eq(li_function_resume(w.engine, "noter", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_config_set(w.engine, "limits.queued_events", 100, NULL), LI_OK);
    advance_s(&w, 86400);
    ck_assert_int_eq(s->n, 2); /* the one that filled the queue, and the event */
    check_contains(s->payload[1], "\"detail-type\":\"order\"");
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_59_an_event_is_delivered_once_to_each_target)
{
    world w;
    notes *s = noted_world(&w);
    int i;

    add_trigger(&w, "events", "a", "{" RULE "}");
    for (i = 0; i < 50; i++)
        report(&w, ORDER);
    advance_s(&w, 86400);
    ck_assert_int_eq(s->n, 50);
    for (i = 1; i < 50; i++)
        ck_assert(strncmp(s->payload[i], s->payload[i - 1], 60) != 0); /* each has an id of its own */
    noted_free(&w, s);
}
END_TEST

START_TEST(test_trg_202_203_two_rules_of_one_pattern_are_two_clients)
{
    li_trigger_info info;
    world w;
    notes *s = noted_world(&w);

    add_function(w.engine, "gone", echo, NULL);
    add_trigger(&w, "events", "good", "{" RULE "}");
    {
        li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;

        spec.kind = li_z("events");
        spec.function = li_z("gone");
        spec.id = li_z("bad");
        spec.options = li_z("{\"ruleName\":\"b\",\"pattern\":{\"source\":[\"my.app\"]}}");
        ck_assert_int_eq(li_trigger_add(w.engine, &spec, NULL, NULL), LI_OK);
    }
    ck_assert_int_eq(li_function_remove(w.engine, "gone", LI_Z, NULL), LI_OK);
    ck_assert_uint_eq(report(&w, ORDER), 2);
    ck_assert_int_eq(s->n, 1);
    ck_assert(has_trigger(&w, "bad", &info) && info.failures == 1);
    ck_assert(has_trigger(&w, "good", &info) && info.failures == 0 && info.deliveries == 1);
    noted_free(&w, s);
}
END_TEST

/* Rules of one thread come and go while others put events: each event goes to the rule that stays, and to the others' or not. */
typedef struct crowd {
    world *w;
    int which;
} crowd;

static void *come_and_go(void *user)
{
    crowd *c = user;
    char id[16], options[160];
    int i;

    snprintf(id, sizeof id, "guest%d", c->which);
    snprintf(options, sizeof options, "{\"ruleName\":\"guest%d\",\"pattern\":{\"source\":[\"my.app\"]},\"input\":\"2\"}", c->which);
    for (i = 0; i < 100; i++) {
        add_trigger(c->w, "events", id, options);
        update_trigger(c->w, id, options);
        set_enabled(c->w, id, i & 1);
        ck_assert_int_eq(li_trigger_remove(c->w->engine, id, LI_Z, NULL), LI_OK);
    }
    return NULL;
}

static void *keep_putting(void *user)
{
    crowd *c = user;
    uint64_t n;
    int i;

    for (i = 0; i < 200; i++) {
        ck_assert_int_eq(li_trigger_occur(c->w->engine, "events", LI_Z, ORDER, LI_Z, &n, NULL), LI_OK);
        ck_assert(n >= 1 && n <= 3);
    }
    return NULL;
}

START_TEST(test_trg_9_202_rules_come_and_go_while_events_are_put)
{
    pthread_t threads[4];
    crowd crowds[4];
    world w;
    notes *s = noted_world(&w);
    li_trigger_info info;
    int i;

    add_trigger(&w, "events", "stays", "{" RULE ",\"input\":\"1\"}");
    for (i = 0; i < 4; i++) {
        crowds[i].w = &w;
        crowds[i].which = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, i < 2 ? come_and_go : keep_putting, &crowds[i]), 0);
    }
    for (i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert(has_trigger(&w, "stays", &info) && info.deliveries == 400 && info.failures == 0);
    ck_assert_int_ge(s->n, 400);
    noted_free(&w, s);
}
END_TEST

/* ---- a bus as a destination */

static void check_record(const char *source, int64_t setting)
{
    world w;
    notes *s = noted_world(&w);

    ck_assert_int_eq(li_config_set(w.engine, "destination.bus_source", setting, NULL), LI_OK);
    add_trigger(&w, "events", "a", "{\"ruleName\":\"r\",\"bus\":\"results\",\"pattern\":{\"detail\":{\"requestContext\":{\"condition\":[\"Success\"]}}}}");
    add_trigger(&w, "events", "b",
                "{\"ruleName\":\"s\",\"bus\":\"results\",\"pattern\":{\"detail-type\":[{\"suffix\":\"Failure\"}]}}");
    configure(&w, "scripted", 0, 3600, "arn:aws:events:us-east-1:000000000000:event-bus/results",
              "arn:aws:events:us-east-1:000000000000:event-bus/results");
    w.script.response = "{\"ok\":12345678901234567890}";
    send_event(&w, "scripted", "{\"n\":1}");
    advance_s(&w, 1);
    ck_assert_int_eq(s->n, 1);
    check_contains(s->payload[0], "\"detail-type\":\"Lambda Function Invocation Result - Success\"");
    check_contains(s->payload[0], source);
    check_contains(s->payload[0], "\"resources\":[\"arn:aws:events:us-east-1:000000000000:event-bus/results\",\"" ARN "scripted:$LATEST\"]");
    check_contains(s->payload[0], "\"detail\":{\"version\":\"1.0\"");
    check_contains(s->payload[0], "\"responsePayload\":{\"ok\":12345678901234567890}");
    w.script.fail_times = -1;
    send_event(&w, "scripted", "{\"n\":2}");
    advance_s(&w, 1);
    ck_assert_int_eq(s->n, 2);
    check_contains(s->payload[1], "\"detail-type\":\"Lambda Function Invocation Result - Failure\"");
    noted_free(&w, s);
}

START_TEST(test_inv_232_a_record_on_a_bus_is_an_event_of_lambda)
{
    check_record("\"source\":\"lambda\"", 0);
    check_record("\"source\":\"aws.lambda\"", 1);
}
END_TEST

START_TEST(test_inv_234_a_missing_bus_is_accepted_and_found_out_at_delivery)
{
    li_metrics m;
    world w;
    notes *s = noted_world(&w);

    configure(&w, "scripted", 0, 3600, NULL, "arn:aws:events:us-east-1:000000000000:event-bus/nowhere");
    w.script.fail_times = -1;
    send_event(&w, "scripted", "{\"n\":2}");
    advance_s(&w, 600);
    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    ck_assert_int_eq(li_metrics_get(w.engine, NULL, 0, &m), LI_OK);
    ck_assert_uint_ge(m.destination_delivery_failures, 1);
    noted_free(&w, s);
}
END_TEST

/* ---- no memory */

START_TEST(test_trg_212_no_memory_leaves_no_half_made_rule_and_no_half_put_event)
{
    static const char *const kinds[] = { "events", "scheduler", "events" };
    static const char *const options[] = {
        "{" RULE ",\"bus\":\"b\",\"inputPathsMap\":{\"a\":\"$.detail\"},\"inputTemplate\":\"<a>\"}",
        "{\"name\":\"n\",\"expression\":\"cron(0 3 * * ? *)\",\"timezone\":\"Europe/Berlin\"}",
        "{\"ruleName\":\"s\",\"schedule\":\"rate(1 hour)\"}"
    };
    scarce s = { INT64_MAX, 0 };
    li_allocator allocator = { &scarce_ops, &s };
    li_engine_options engine = LI_ENGINE_OPTIONS_INIT;
    li_trigger_info info;
    notes *noted = calloc(1, sizeof *noted);
    int64_t allowed;
    world w;
    int i, done;

    memset(&w, 0, sizeof w);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &w.clock), LI_OK);
    engine.clock = w.clock;
    engine.allocator = &allocator;
    ck_assert_int_eq(li_engine_new(&w.engine, &engine, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_kinds_add(w.engine, li_services_kinds(), NULL), LI_OK);
    add_function(w.engine, "noter", note, noted);
    for (i = 0; i < 3; i++)
        for (allowed = 0, done = 0; !done; allowed++) {
            li_status status;
            char id[8];

            ck_assert_int_lt(allowed, 300);
            snprintf(id, sizeof id, "t%d", i);
            s.left = allowed;
            status = try_trigger(&w, kinds[i], id, options[i], NULL);
            s.left = INT64_MAX;
            ck_assert_msg(status == LI_OK || status == LI_E_NOMEM, "%s: %s", options[i], li_strerror(status));
            ck_assert_int_eq(has_trigger(&w, id, &info), status == LI_OK);
            done = status == LI_OK;
        }
    for (allowed = 0, done = 0; !done; allowed++) {
        uint64_t n = 0;
        li_status status;

        ck_assert_int_lt(allowed, 300);
        s.left = allowed;
        status = li_trigger_occur(w.engine, "events", LI_Z,
                                  "{\"source\":\"my.app\",\"detailType\":\"x\",\"detail\":{\"n\":1},\"bus\":\"b\"}", LI_Z, &n, NULL);
        s.left = INT64_MAX;
        ck_assert(status == LI_OK || status == LI_E_NOMEM);
        done = status == LI_OK && n == 1 && noted->n == 0;
        ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
        if (status == LI_E_NOMEM)
            ck_assert_int_eq(noted->n, 0);
        done = status == LI_OK && noted->n == 1;
        noted->n = 0;
    }
    world_free(&w);
    ck_assert_int_eq(s.live, 0);
    free(noted);
}
END_TEST

Suite *suite_events(void);
Suite *suite_events(void)
{
    Suite *suite = suite_create("events");
    TCase *rules = tcase_create("rules"), *puts = tcase_create("put"), *inputs = tcase_create("inputs"), *retry = tcase_create("retry"),
          *records = tcase_create("records");

    tcase_add_loop_test(rules, test_trg_49_50_what_a_rule_and_a_target_cannot_be_is_said, 0, sizeof bad / sizeof *bad);
    tcase_add_test(rules, test_trg_49_a_pattern_has_at_most_4096_bytes);
    tcase_add_loop_test(rules, test_trg_39_a_bucket_with_eventbridge_on_sends_to_the_default_bus_too, 0, (int)(sizeof s3_cases / sizeof *s3_cases));
    tcase_add_test(rules, test_trg_39_the_notification_itself_stays_as_it_was);
    tcase_add_test(rules, test_trg_50_a_rule_has_five_targets_of_different_ids_and_one_pattern);
    tcase_add_test(rules, test_trg_51_every_enabled_rule_that_matches_fires_once);
    tcase_add_test(rules, test_trg_51_buses_are_apart);
    tcase_add_test(rules, test_trg_52_patterns_look_at_every_member_of_the_envelope);
    tcase_add_test(rules, test_trg_55_a_rule_with_a_schedule_fires_and_may_have_a_pattern_too);
    tcase_add_test(rules, test_trg_9_202_rules_come_and_go_while_events_are_put);
    tcase_add_test(rules, test_trg_202_203_two_rules_of_one_pattern_are_two_clients);
    suite_add_tcase(suite, rules);
    tcase_add_test(puts, test_trg_53_put_events_answers_for_each_entry);
    tcase_add_test(puts, test_trg_53_a_request_has_one_to_ten_entries_and_256_kb);
    tcase_add_test(puts, test_trg_53_what_a_service_reports_may_be_of_aws_and_errors_are_the_callers);
    tcase_add_test(puts, test_trg_54_the_envelope_has_its_members_in_order_and_the_detail_as_it_came);
    tcase_add_test(puts, test_trg_59_an_event_is_delivered_once_to_each_target);
    suite_add_tcase(suite, puts);
    tcase_add_test(inputs, test_trg_56_constant_inputs_and_parts);
    tcase_add_loop_test(inputs, test_trg_57_a_template_is_filled_from_the_event, 0, sizeof fills / sizeof *fills);
    tcase_add_test(inputs, test_trg_57_a_target_gets_what_the_template_makes);
    suite_add_tcase(suite, inputs);
    tcase_add_test(retry, test_trg_58_a_missing_function_leaves_a_dead_letter_at_once);
    tcase_add_test(retry, test_trg_58_retries_back_off_and_end_with_either_limit);
    tcase_add_test(retry, test_trg_58_a_target_that_takes_it_later_gets_it_once);
    tcase_add_test(retry, test_trg_212_no_memory_leaves_no_half_made_rule_and_no_half_put_event);
    suite_add_tcase(suite, retry);
    tcase_add_test(records, test_inv_232_a_record_on_a_bus_is_an_event_of_lambda);
    tcase_add_test(records, test_inv_234_a_missing_bus_is_accepted_and_found_out_at_delivery);
    suite_add_tcase(suite, records);
    return suite;
}
