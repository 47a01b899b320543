/* test_trigger_kinds.c - every kind of the table: its example makes an event of its shape; samples of others pass. */
#include "scarce.h"
#include "trigger_help.h"

static keeper kept;

typedef struct row {
    char name[40], options[2048], occurrence[4096];
    int32_t type;
    uint32_t flags;
} row;
static row rows[80];
static int n_rows;

static void add_row(void *user, const li_trigger_kind_info *info)
{
    row *r = &rows[n_rows++];

    (void)user;
    ck_assert_int_le(n_rows, 80);
    snprintf(r->name, sizeof r->name, "%s", info->name);
    snprintf(r->options, sizeof r->options, "%s", info->options_example);
    snprintf(r->occurrence, sizeof r->occurrence, "%s", info->occurrence_example);
    r->type = info->type;
    r->flags = info->flags;
}

static const char *const every_kind[] = {
    "alexa", "alexa-home", "apigw-rest", "apigw-http", "apigw-ws", "apigw-authorizer", "alb", "appsync", "cfn", "edge", "alarm",
    "codecommit", "codepipeline", "cognito", "cognito-sync", "config", "connect", "dynamodb", "events", "iot", "logs", "pipes",
    "iotevents", "scheduler", "sns", "schedule",
    "iot-authorizer", "kinesis", "firehose", "analytics", "lex", "lexv2", "msk", "kafka", "mq", "documentdb", "s3", "s3batch",
    "s3ol", "secrets", "ses", "sqs", "sfn", "lattice", "bedrock", "rds", "custom",
};

START_TEST(test_trg_22_every_service_of_the_table_is_a_kind_and_they_are_sorted)
{
    size_t k;
    world w;
    int i;

    services_new(&w);
    n_rows = 0;
    li_trigger_kind_each(w.engine, add_row, NULL);
    for (k = 0; k < sizeof every_kind / sizeof *every_kind; k++) {
        for (i = 0; i < n_rows && strcmp(rows[i].name, every_kind[k]) != 0; i++)
            ;
        ck_assert_msg(i < n_rows, "no kind %s", every_kind[k]);
    }
    for (i = 1; i < n_rows; i++)
        ck_assert_str_lt(rows[i - 1].name, rows[i].name);
    world_free(&w);
}
END_TEST

static void no_statement(void *user, const char *json, size_t len, const char *warning)
{
    (void)user, (void)json, (void)len, (void)warning;
}

/* The table of services, row by row: what a kind is called, how it invokes, as whom, and by what it may. */
static const struct service {
    int row;
    const char *kind;
    char type;                   /* S and A as invocation types, P polled, - never an event */
    const char *principal;
    int has_role;
} services[] = {
    { 1, "alexa", 'S', "alexa-appkit.amazon.com", 0 },
    { 2, "alexa-home", 'S', "alexa-connectedhome.amazon.com", 0 },
    { 3, "apigw-rest", 'S', "apigateway.amazonaws.com", 0 },
    { 4, "apigw-http", 'S', "apigateway.amazonaws.com", 0 },
    { 5, "apigw-ws", 'S', "apigateway.amazonaws.com", 0 },
    { 6, "apigw-authorizer", 'S', "apigateway.amazonaws.com", 0 },
    { 7, "alb", 'S', "elasticloadbalancing.amazonaws.com", 0 },
    { 8, "appsync", 'S', "appsync.amazonaws.com", 1 },
    { 9, "cfn", 'A', "cloudformation.amazonaws.com", 1 },
    { 10, "edge", 'S', "edgelambda.amazonaws.com", 1 },
    { 11, "logs", 'A', "logs.amazonaws.com", 0 },
    { 12, "alarm", 'A', "lambda.alarms.cloudwatch.amazonaws.com", 0 },
    { 13, "codecommit", 'A', "codecommit.amazonaws.com", 0 },
    { 14, "codepipeline", 'A', "codepipeline.amazonaws.com", 1 },
    { 15, "cognito", 'S', "cognito-idp.amazonaws.com", 0 },
    { 16, "cognito-sync", 'S', "cognito-sync.amazonaws.com", 0 },
    { 17, "config", 'A', "config.amazonaws.com", 0 },
    { 18, "connect", 'S', "connect.amazonaws.com", 0 },
    { 19, "dynamodb", 'P', "", 0 },
    { 20, "events", 'A', "events.amazonaws.com", 0 },        /* EC2 and others, through a rule */
    { 21, "events", 'A', "events.amazonaws.com", 0 },
    { 22, "scheduler", 'A', "scheduler.amazonaws.com", 1 },
    { 23, "pipes", 'S', "pipes.amazonaws.com", 1 },
    { 24, "iot", 'A', "iot.amazonaws.com", 0 },
    { 25, "iotevents", 'A', "iotevents.amazonaws.com", 0 },
    { 26, "iot-authorizer", 'S', "iot.amazonaws.com", 0 },
    { 27, "kinesis", 'P', "", 0 },
    { 28, "firehose", 'S', "firehose.amazonaws.com", 1 },
    { 29, "analytics", 'S', "kinesisanalytics.amazonaws.com", 1 },
    { 30, "lex", 'S', "lex.amazonaws.com", 0 },
    { 30, "lexv2", 'S', "lexv2.amazonaws.com", 0 },
    { 31, "msk", 'P', "", 0 },
    { 31, "kafka", 'P', "", 0 },
    { 32, "mq", 'P', "", 0 },
    { 33, "documentdb", 'P', "", 0 },
    { 34, "s3", 'A', "s3.amazonaws.com", 0 },
    { 35, "s3batch", 'S', "batchoperations.s3.amazonaws.com", 1 },
    { 36, "s3ol", 'S', "s3-object-lambda.amazonaws.com", 1 },
    { 37, "secrets", 'S', "secretsmanager.amazonaws.com", 0 },
    { 38, "ses", 'A', "ses.amazonaws.com", 0 },
    { 39, "sns", 'A', "sns.amazonaws.com", 0 },
    { 40, "sqs", 'P', "", 0 },
    { 41, "sfn", 'S', "states.amazonaws.com", 1 },
    { 42, "lattice", 'S', "vpc-lattice.amazonaws.com", 0 },
    { 43, "bedrock", 'S', "bedrock.amazonaws.com", 0 },
    { 44, "rds", 'S', "rds.amazonaws.com", 1 },
    { 45, "", '-', "", 0 },                                  /* EFS, X-Ray: never an event */
};
enum { N_SERVICES = sizeof services / sizeof *services };

typedef struct seen_kinds {
    int n, n_found[N_SERVICES];
} seen_kinds;

static void compare_row(void *user, const li_trigger_kind_info *info)
{
    seen_kinds *s = user;
    int i, is_row = 0;

    s->n++;
    for (i = 0; i < N_SERVICES; i++) {
        char type = info->flags & LI_TRIGGER_POLLED ? 'P' : info->type == LI_EVENT ? 'A' : 'S';

        if (strcmp(info->name, services[i].kind) != 0)
            continue;
        is_row = 1;
        s->n_found[i]++;
        ck_assert_msg(type == services[i].type, "%s is %c", info->name, type);
        ck_assert_str_eq(info->principal, services[i].principal);
        ck_assert_msg(((info->flags & LI_TRIGGER_ROLE) != 0) == services[i].has_role, "%s", info->name);
        ck_assert_msg(info->label[0] && info->retries[0], "%s", info->name);
    }
    ck_assert_msg(is_row || strcmp(info->name, "custom") == 0 || strcmp(info->name, "schedule") == 0, "%s is in no row", info->name);
}

START_TEST(test_trg_22_every_row_of_the_table_is_a_kind_with_its_type_principal_and_permission)
{
    seen_kinds s;
    world w;
    int i;

    memset(&s, 0, sizeof s);
    services_new(&w);
    li_trigger_kind_each(w.engine, compare_row, &s);
    for (i = 0; i < N_SERVICES; i++)
        ck_assert_msg(s.n_found[i] == (services[i].kind[0] != '\0'), "row %d, %s: %d", services[i].row, services[i].kind, s.n_found[i]);
    ck_assert_int_eq(s.n, N_SERVICES - 2 + 2);   /* two rows are events, one is none; custom and schedule are ours */
    world_free(&w);
}
END_TEST

START_TEST(test_trg_25_polled_kinds_need_no_statement_and_have_none)
{
    li_error err = LI_ERROR_INIT;
    char text[64];
    world w;
    int i;

    services_new(&w);
    ck_assert_int_eq(li_config_set(w.engine, "policy.enforce", 1, NULL), LI_OK);
    for (i = 0; i < N_SERVICES; i++) {
        if (services[i].type != 'P')
            continue;
        snprintf(text, sizeof text, "%s", services[i].principal);
        ck_assert_str_eq(text, "");
        ck_assert_int_eq(try_trigger(&w, services[i].kind, "echo", "p", "{}", &err), LI_E_INVALID);
        check_contains(err.text, "event source mappings");
    }
    ck_assert_int_eq(li_permission_get(w.engine, "echo", LI_Z, NULL, 0, NULL, NULL, &err), LI_E_INVALID);
    ck_assert_uint_eq(li_permission_each(w.engine, "echo", LI_Z, NULL, 0, no_statement, NULL), 0);
    world_free(&w);
}
END_TEST

/* A published version, for those that take no other. */
static void publish(world *w, const char *name)
{
    ck_assert_int_eq(li_version_publish(w->engine, name, LI_Z, NULL, NULL, NULL), LI_OK);
}

START_TEST(test_trg_5_every_kind_makes_one_event_of_its_shape_from_its_example)
{
    li_error err = LI_ERROR_INIT;
    told t;
    world w;
    int i;

    services_new(&w);
    add_function(w.engine, "keeper", keep_event, &kept);
    publish(&w, "keeper");
    n_rows = 0;
    li_trigger_kind_each(w.engine, add_row, NULL);
    for (i = 0; i < n_rows; i++) {
        const row *r = &rows[i];

        if (r->flags & (LI_TRIGGER_POLLED | LI_TRIGGER_SCHEDULED))
            continue;
        kept.runs = 0;
        kept.response = "{}";
        add_trigger(&w, r->name, strcmp(r->name, "edge") == 0 ? "keeper:1" : "keeper", r->name, r->options);
        ask(&w, r->name, r->occurrence, &t);
        ck_assert_msg(kept.runs == 1, "%s: %d runs, %llu matched", r->name, kept.runs, (unsigned long long)t.n_matched);
        ck_assert_msg(li_trigger_event_check(w.engine, r->name, LI_Z, kept.event, kept.len, &err) == LI_OK, "%s: %s in %s", r->name,
                      err.text, kept.event);
        ck_assert_int_eq(t.n, 1);
        ck_assert_uint_eq(t.n_matched, 1);
        ck_assert_int_eq(li_trigger_remove(w.engine, r->name, LI_Z, NULL), LI_OK);
    }
    world_free(&w);
}
END_TEST

/* The members of an example, typed. */
static size_t as_members(const cJSON *object, li_member *members, char *printed[])
{
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, object)
    {
        ck_assert_uint_lt(n, 32);
        printed[n] = NULL;
        if (cJSON_IsString(item)) {
            members[n] = li_member_text(item->string, item->valuestring);
        } else if (cJSON_IsNumber(item)) {
            members[n] = li_member_integer(item->string, (int64_t)item->valuedouble);
        } else if (cJSON_IsBool(item)) {
            members[n] = li_member_bool(item->string, cJSON_IsTrue(item));
        } else {
            printed[n] = cJSON_PrintUnformatted(item);
            members[n] = li_member_json(item->string, printed[n]);
        }
        n++;
    }
    return n;
}

/* One event of a kind in a world of its own, whose ids are those of the seed. */
static void event_of(const row *r, int by_members, char *event)
{
    li_member members[32];
    char *printed[32];
    uint64_t matched = 0;
    li_error err = LI_ERROR_INIT;
    li_status status;
    told t;
    world w;

    memset(&kept, 0, sizeof kept);
    memset(&t, 0, sizeof t);
    kept.response = "{}";
    services_new(&w);
    add_function(w.engine, "keeper", keep_event, &kept);
    publish(&w, "keeper");
    add_trigger(&w, r->name, strcmp(r->name, "edge") == 0 ? "keeper:1" : "keeper", "t", r->options);
    if (by_members) {
        cJSON *object = cJSON_Parse(r->occurrence);
        size_t i, n = as_members(object, members, printed);

        status = li_trigger_occur_with(w.engine, r->name, LI_Z, members, n, on_told, &t, &matched, &err);
        for (i = 0; i < n; i++)
            cJSON_free(printed[i]);
        cJSON_Delete(object);
        ck_assert_msg(status == LI_OK && matched == 1, "%s: %s", r->name, err.text);
    } else {
        ck_assert_int_eq(li_trigger_occur_begin(w.engine, r->name, LI_Z, r->occurrence, LI_Z, on_told, &t, NULL), LI_OK);
    }
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(t.n, 1);
    strcpy(event, kept.event);
    world_free(&w);
}

START_TEST(test_trg_5_an_occurrence_by_members_makes_the_event_that_its_json_makes)
{
    static char from_json[65536], from_members[65536];
    cJSON *a, *b;
    world w;
    int i;

    services_new(&w);
    n_rows = 0;
    li_trigger_kind_each(w.engine, add_row, NULL);
    world_free(&w);
    for (i = 0; i < n_rows; i++) {
        if (rows[i].flags & (LI_TRIGGER_POLLED | LI_TRIGGER_SCHEDULED))
            continue;
        event_of(&rows[i], 0, from_json);
        event_of(&rows[i], 1, from_members);
        a = cJSON_Parse(from_json);
        b = cJSON_Parse(from_members);
        ck_assert_msg(strcmp(rows[i].name, "apigw-authorizer") == 0 || cJSON_Compare(a, b, 1), "%s:\n%s\n%s", rows[i].name, from_json,
                      from_members);
        cJSON_Delete(a);
        cJSON_Delete(b);
    }
}
END_TEST

START_TEST(test_trg_7_a_wrong_member_is_named_and_delivers_nothing)
{
    static const char bytes[] = { 0, (char)0xFF, 'a', '\n' };
    li_error err = LI_ERROR_INIT;
    li_member m[3];
    uint64_t n = 0;
    world w;

    keeper_new(&w, &kept);
    add_trigger(&w, "custom", "keeper", "c", "{\"source\":\"s\"}");
    m[0] = li_member_text("source", "s");
    m[1] = li_member_json("detail", "{\"a\":");
    ck_assert_int_eq(li_trigger_occur_with(w.engine, "custom", LI_Z, m, 2, NULL, NULL, &n, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "detail");
    m[1] = li_member_text(NULL, "x");
    ck_assert_int_eq(li_trigger_occur_with(w.engine, "custom", LI_Z, m, 2, NULL, NULL, &n, &err), LI_E_INVALID);
    m[1] = li_member_text("detail", "x");
    m[1].type = 5;
    ck_assert_int_eq(li_trigger_occur_with(w.engine, "custom", LI_Z, m, 2, NULL, NULL, &n, &err), LI_E_INVALID);
    ck_assert_int_eq(li_trigger_occur_with(w.engine, "custom", LI_Z, m, 1, NULL, NULL, &n, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "detail");
    ck_assert_int_eq(li_trigger_occur_with(w.engine, "custom", LI_Z, NULL, 1, NULL, NULL, &n, &err), LI_E_INVALID);
    ck_assert_int_eq(kept.runs, 0);
    m[1] = li_member_text("detail", NULL);           /* left out */
    m[2] = li_member_bytes("detail", bytes, sizeof bytes);
    ck_assert_int_eq(li_trigger_occur_with(w.engine, "custom", LI_Z, m, 3, NULL, NULL, &n, &err), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_str_eq(kept.event, "\"AP9hCg==\"");
    m[1] = li_member_text("detail", "say \"hi\"\n\xC3\xA9");
    ck_assert_int_eq(li_trigger_occur_with(w.engine, "custom", LI_Z, m, 2, NULL, NULL, &n, &err), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_str_eq(kept.event, "\"say \\\"hi\\\"\\n\xC3\xA9\"");
    world_free(&w);
}
END_TEST

START_TEST(test_trg_24_the_source_of_an_asynchronous_kind_goes_on_before_the_handler_starts)
{
    told t;
    world w;
    int i;

    services_new(&w);
    add_function(w.engine, "keeper", keep_event, &kept);
    publish(&w, "keeper");
    n_rows = 0;
    li_trigger_kind_each(w.engine, add_row, NULL);
    for (i = 0; i < n_rows; i++) {
        const row *r = &rows[i];

        if ((r->flags & (LI_TRIGGER_POLLED | LI_TRIGGER_SCHEDULED)) || r->type != LI_EVENT)
            continue;
        kept.runs = 0;
        memset(&t, 0, sizeof t);
        add_trigger(&w, r->name, "keeper", r->name, r->options);
        ck_assert_int_eq(li_trigger_occur_begin(w.engine, r->name, LI_Z, r->occurrence, LI_Z, on_told, &t, NULL), LI_OK);
        ck_assert_msg(kept.runs == 0 && t.n == 1 && t.status == 202 && t.has_id && t.body_len == 0, "%s: %d runs, status %d",
                      r->name, kept.runs, t.status);
        ck_assert_str_eq(t.verdict, "accepted");
        ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
        ck_assert_int_eq(kept.runs, 1);
    }
    world_free(&w);
}
END_TEST

START_TEST(test_trg_22_a_service_whose_part_is_not_added_is_told_where_it_is)
{
    static const char *const options = "{\"targetGroup\":\"arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/1\"}";
    li_error err = LI_ERROR_INIT;
    world w;

    world_new(&w);
    ck_assert_int_eq(try_trigger(&w, "alb", "echo", "a", options, &err), LI_E_INVALID);
    check_contains(err.text, "liblambdainvoke-services");
    ck_assert_int_eq(li_trigger_kinds_add(w.engine, li_services_kinds(), &err), LI_OK);
    ck_assert_int_eq(li_trigger_kinds_add(w.engine, li_services_kinds(), &err), LI_OK);
    add_trigger(&w, "alb", "echo", "a", options);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_22_unknown_members_of_an_occurrence_are_named)
{
    li_error err = LI_ERROR_INIT;
    world w;

    services_new(&w);
    ck_assert_int_eq(li_trigger_occur(w.engine, "alarm", LI_Z, "{\"alarmArn\":\"a\",\"alarmName\":\"b\",\"state\":\"OK\",\"mood\":1}",
                                      LI_Z, NULL, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "mood");
    ck_assert_int_eq(li_trigger_occur(w.engine, "alarm", LI_Z, "{\"alarmArn\":\"a\",\"state\":\"OK\"}", LI_Z, NULL, &err),
                     LI_E_INVALID);
    ck_assert_str_eq(err.subject, "alarmName");
    ck_assert_int_eq(li_trigger_occur(w.engine, "alarm", LI_Z, "{\"alarmArn\":1,\"alarmName\":\"b\",\"state\":\"OK\"}", LI_Z, NULL,
                                      &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "alarmArn");
    world_free(&w);
}
END_TEST

/* ---- a source's own limits */

START_TEST(test_trg_73_a_state_of_an_alarm_has_at_most_five_actions)
{
    static const char *const ok = "{\"alarm\":\"arn:aws:cloudwatch:us-east-1:1:alarm:a\",\"states\":[\"OK\"]}";
    static const char *const both = "{\"alarm\":\"arn:aws:cloudwatch:us-east-1:1:alarm:a\",\"states\":[\"ALARM\",\"OK\"]}";
    static const char *const other = "{\"alarm\":\"arn:aws:cloudwatch:us-east-1:1:alarm:b\",\"states\":[\"OK\"]}";
    li_error err = LI_ERROR_INIT;
    world w;
    int i;

    services_new(&w);
    for (i = 0; i < 5; i++)
        add_trigger(&w, "alarm", "echo", NULL, i == 0 ? both : ok);
    ck_assert_int_eq(try_trigger(&w, "alarm", "echo", NULL, ok, &err), LI_E_FULL);
    ck_assert_int_eq(err.detail, LI_DETAIL_TRIGGER_RIVALS);
    add_trigger(&w, "alarm", "echo", NULL, other);
    add_trigger(&w, "alarm", "echo", NULL, "{\"alarm\":\"arn:aws:cloudwatch:us-east-1:1:alarm:a\"}");
    world_free(&w);
}
END_TEST

START_TEST(test_trg_79_a_repository_has_at_most_ten_triggers_and_branches_choose)
{
    li_error err = LI_ERROR_INIT;
    world w;
    int i;

    services_new(&w);
    for (i = 0; i < 10; i++)
        add_trigger(&w, "codecommit", "echo", NULL,
                    i == 0 ? "{\"repository\":\"r\",\"triggerName\":\"t\",\"branches\":[\"main\"],\"events\":[\"createReference\"]}"
                           : "{\"repository\":\"r\",\"triggerName\":\"t\"}");
    ck_assert_int_eq(try_trigger(&w, "codecommit", "echo", NULL, "{\"repository\":\"r\",\"triggerName\":\"t\"}", &err), LI_E_FULL);
    ck_assert_uint_eq(happen(&w, "codecommit", "{\"repository\":\"r\",\"event\":\"createReference\",\"references\":"
                                               "[{\"commit\":\"c\",\"ref\":\"refs/heads/main\"}]}"), 10);
    ck_assert_uint_eq(happen(&w, "codecommit", "{\"repository\":\"r\",\"event\":\"updateReference\",\"references\":"
                                               "[{\"commit\":\"c\",\"ref\":\"refs/heads/main\"}]}"), 9);
    ck_assert_uint_eq(happen(&w, "codecommit", "{\"repository\":\"r\",\"event\":\"createReference\",\"references\":"
                                               "[{\"commit\":\"c\",\"ref\":\"refs/heads/domain\"}]}"), 9);
    ck_assert_uint_eq(happen(&w, "codecommit", "{\"repository\":\"x\",\"event\":\"createReference\",\"references\":[]}"), 0);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_126_edge_takes_a_published_version_only)
{
    static const char *const options = "{\"distribution\":\"E1\",\"event\":\"viewer-request\"}";
    li_error err = LI_ERROR_INIT;
    world w;

    services_new(&w);
    publish(&w, "echo");
    ck_assert_int_eq(try_trigger(&w, "edge", "echo", NULL, options, &err), LI_E_INVALID);
    ck_assert_int_eq(try_trigger(&w, "edge", "echo:$LATEST", NULL, options, &err), LI_E_INVALID);
    add_trigger(&w, "edge", "echo:1", "e", options);
    ck_assert_int_eq(try_trigger(&w, "edge", "echo:1", NULL, options, &err), LI_E_CONFLICT);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_81_config_rules_are_told_of_their_resources_and_the_event_is_text)
{
    world w;

    services_new(&w);
    add_function(w.engine, "keeper", keep_event, &kept);
    add_trigger(&w, "config", "keeper", "a", "{\"ruleName\":\"r\",\"resourceTypes\":[\"AWS::EC2::Instance\"],"
                                             "\"parameters\":{\"k\":\"v\"}}");
    add_trigger(&w, "config", "keeper", "b", "{\"ruleName\":\"p\",\"triggerType\":[\"periodic\"],\"frequency\":\"One_Hour\"}");
    ck_assert_uint_eq(happen(&w, "config", "{\"messageType\":\"ConfigurationItemChangeNotification\",\"configurationItem\":"
                                           "{\"resourceType\":\"AWS::S3::Bucket\"}}"), 0);
    ck_assert_uint_eq(happen(&w, "config", "{\"messageType\":\"ConfigurationItemChangeNotification\",\"configurationItem\":"
                                           "{\"resourceType\":\"AWS::EC2::Instance\",\"n\":\"\\\"q\\\"\"}}"), 1);
    check_at(kept.event, "ruleParameters", "{\"k\":\"v\"}");
    check_at(at(kept.event, "invokingEvent"), "configurationItem/n", "\"q\"");
    check_at(kept.event, "eventLeftScope", "false");
    check_at(kept.event, "configRuleName", "r");
    ck_assert_uint_eq(happen(&w, "config", "{\"messageType\":\"ScheduledNotification\"}"), 1);
    check_at(kept.event, "configRuleName", "p");
    world_free(&w);
}
END_TEST

START_TEST(test_trg_81_a_periodic_rule_fires_at_its_frequency)
{
    static const struct {
        const char *options;
        int runs_a_day;
    } rules[] = { { "\"triggerType\":[\"periodic\"],\"frequency\":\"One_Hour\"", 24 },
                  { "\"triggerType\":[\"change\",\"periodic\"],\"frequency\":\"Three_Hours\"", 8 },
                  { "\"triggerType\":[\"periodic\"],\"frequency\":\"Six_Hours\"", 4 },
                  { "\"triggerType\":[\"periodic\"],\"frequency\":\"Twelve_Hours\"", 2 },
                  { "\"triggerType\":[\"periodic\"]", 1 },
                  { "\"triggerType\":[\"change\"]", 0 } };
    char options[256];
    world w;

    keeper_new(&w, &kept);
    snprintf(options, sizeof options, "{\"ruleName\":\"r\",%s}", rules[_i].options);
    add_trigger(&w, "config", "keeper", "a", options);
    advance_s(&w, 3599);
    ck_assert_int_eq(kept.runs, 0);
    advance_s(&w, 86400 - 3599);
    ck_assert_int_eq(kept.runs, rules[_i].runs_a_day);
    if (kept.runs > 0) {
        check_at(at(kept.event, "invokingEvent"), "messageType", "ScheduledNotification");
        check_at(at(kept.event, "invokingEvent"), "recordVersion", "1.0");
        check_at(at(kept.event, "invokingEvent"), "awsAccountId", "000000000000");
        check_at(kept.event, "ruleParameters", "{}");
        check_at(kept.event, "configRuleName", "r");
        ck_assert_int_eq(li_trigger_event_check(w.engine, "config", LI_Z, kept.event, kept.len, NULL), LI_OK);
    }
    world_free(&w);
}
END_TEST

/* ---- without memory (TRG-212) */

/* Adds, asks and updates with ever more memory until all three have it; 1: the k-th allocation was the last that failed. */
static int try_all(world *w, const row *r, scarce *s, int64_t allowed)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_status added, occurred = LI_OK, updated = LI_E_NOMEM;
    told t;

    memset(&t, 0, sizeof t);
    spec.kind = li_z(r->name);
    spec.function = li_z(strcmp(r->name, "edge") == 0 ? "keeper:1" : "keeper");
    spec.id = li_z("t");
    spec.options = li_z(r->options);
    s->left = allowed;
    added = li_trigger_add(w->engine, &spec, NULL, NULL);
    if (added == LI_OK) {
        occurred = li_trigger_occur_begin(w->engine, r->name, LI_Z, r->occurrence, LI_Z, on_told, &t, NULL);
        updated = li_trigger_update(w->engine, &spec, NULL);
    }
    s->left = INT64_MAX;
    ck_assert_int_eq(li_engine_run_until_idle(w->engine, NULL), LI_OK);
    ck_assert_int_eq(li_clock_advance(w->clock, 400 * LI_SECOND_NS, NULL), LI_OK);
    ck_assert_msg(added == LI_OK || added == LI_E_NOMEM, "%s: %s", r->name, li_status_name(added));
    ck_assert_msg(occurred == LI_OK || occurred == LI_E_NOMEM, "%s: %s", r->name, li_status_name(occurred));
    ck_assert_msg(updated == LI_OK || updated == LI_E_NOMEM, "%s: %s", r->name, li_status_name(updated));
    ck_assert_int_eq(li_trigger_remove(w->engine, "t", LI_Z, NULL), added == LI_OK ? LI_OK : LI_E_NOT_FOUND);
    ck_assert_int_eq(t.n, added == LI_OK && occurred == LI_OK);
    return added == LI_OK && occurred == LI_OK && updated == LI_OK && t.n_refused == 0 &&
           (t.status != 500 || strcmp(t.verdict, "malformed") == 0);
}

START_TEST(test_trg_212_no_kind_is_half_made_without_memory)
{
    static const li_allocator_ops ops = { sizeof(li_allocator_ops), 1, 0, "scarce", scarce_alloc, scarce_realloc, scarce_free };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    scarce s = { INT64_MAX, 0 };
    li_allocator allocator = { &ops, &s };
    int64_t allowed;
    world w;
    int i, done;

    memset(&w, 0, sizeof w);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &w.clock), LI_OK);
    options.clock = w.clock;
    options.allocator = &allocator;
    ck_assert_int_eq(li_engine_new(&w.engine, &options, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_kinds_add(w.engine, li_services_kinds(), NULL), LI_OK);
    add_function(w.engine, "keeper", keep_event, &kept);
    publish(&w, "keeper");
    kept.response = "{\"statusCode\":200,\"response\":{}}";
    n_rows = 0;
    li_trigger_kind_each(w.engine, add_row, NULL);
    for (i = 0; i < n_rows; i++) {
        if (rows[i].flags & (LI_TRIGGER_POLLED | LI_TRIGGER_SCHEDULED))
            continue;
        for (allowed = 0, done = 0; !done; allowed++) {
            ck_assert_msg(allowed < 400, "%s", rows[i].name);
            done = try_all(&w, &rows[i], &s, allowed);
        }
    }
    ck_assert_int_eq(li_engine_free(w.engine), LI_OK);
    ck_assert_int_eq(li_clock_free(w.clock), LI_OK);
    ck_assert_int_eq(s.live, 0);
}
END_TEST

/* ---- samples of others (TRG-213) */

static char *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *text = f ? malloc(1 << 20) : NULL;

    if (!f)
        return NULL;
    *len = fread(text, 1, (1 << 20) - 1, f);
    text[*len] = '\0';
    fclose(f);
    return text;
}

static const struct sample {
    const char *kind, *file;
} samples[] = {
    { "alb", "alb-lambda-target-request-headers-only" }, { "alb", "alb-lambda-target-request-multivalue-headers" },
    { "apigw-authorizer", "apigw-custom-auth-request" }, { "apigw-authorizer", "apigw-custom-auth-request-type-request" },
    { "apigw-authorizer", "apigw-v2-custom-authorizer-v1-request" },
    { "apigw-authorizer", "apigw-v2-custom-authorizer-v2-request" }, { "apigw-rest", "apigw-request" },
    { "apigw-rest", "apigw-restapi-openapi-request" }, { "apigw-http", "apigw-v2-request-iam" },
    { "apigw-http", "apigw-v2-request-jwt-authorizer" }, { "apigw-http", "apigw-v2-request-lambda-authorizer" },
    { "apigw-http", "apigw-v2-request-no-authorizer" }, { "apigw-http", "lambda-urls-request" },
    { "apigw-ws", "apigw-websocket-request" }, { "apigw-ws", "apigw-websocket-request-disconnect" },
    { "apigw-ws", "apigw-websocket-request-send-message" }, { "alarm", "own-cloudwatch-alarm-action" },
    { "alexa", "own-alexa-launch" }, { "cfn", "own-cloudformation-create" }, { "cfn", "own-cloudformation-update" },
    { "codecommit", "code-commit-event" }, { "codepipeline", "codepipeline-job-event" }, { "cognito-sync", "cognito-event" },
    { "cognito", "cognito-event-userpools-create-auth-challenge" }, { "cognito", "cognito-event-userpools-custommessage" },
    { "cognito", "cognito-event-userpools-define-auth-challenge" },
    { "cognito", "cognito-event-userpools-inbound-federation-oidc" },
    { "cognito", "cognito-event-userpools-inbound-federation-saml" }, { "cognito", "cognito-event-userpools-migrateuser" },
    { "cognito", "cognito-event-userpools-postauthentication" }, { "cognito", "cognito-event-userpools-postconfirmation" },
    { "cognito", "cognito-event-userpools-preauthentication" }, { "cognito", "cognito-event-userpools-presignup" },
    { "cognito", "cognito-event-userpools-pretokengen" }, { "cognito", "cognito-event-userpools-pretokengen-v2" },
    { "cognito", "cognito-event-userpools-pretokengen-v2_0" },
    { "cognito", "cognito-event-userpools-verify-auth-challenge" }, { "config", "config-event" }, { "connect", "connect-event" },
    { "dynamodb", "dynamodb-event" }, { "dynamodb", "dynamodb-time-window-event" }, { "documentdb", "own-documentdb-event" },
    { "edge", "own-cloudfront-origin-response" }, { "edge", "own-cloudfront-viewer-request" },
    { "firehose", "kinesis-firehose-event" }, { "analytics", "kinesis-analytics-output-delivery-event" },
    { "iot-authorizer", "iot-custom-auth-request" }, { "iot-authorizer", "iot-preprovision-hook-request" },
    { "kafka", "kafka-event" }, { "kafka", "own-self-managed-kafka-event" }, { "kinesis", "kinesis-event" },
    { "kinesis", "kinesis-time-window-event" }, { "lattice", "own-vpc-lattice-v1" }, { "lattice", "own-vpc-lattice-v2" },
    { "lex", "lex-event" }, { "lexv2", "own-lexv2-fulfillment" }, { "mq", "activemq-event" }, { "mq", "rabbitmq-event" },
    { "msk", "own-msk-event" }, { "s3", "s3-event" }, { "s3", "s3-event-with-decoded" }, { "s3", "s3-glacier-event" },
    { "s3", "s3-intelligenttier-event" }, { "s3", "s3-lifecycle-event" }, { "s3", "s3-replication-event" },
    { "s3", "s3-restore-event" }, { "s3batch", "s3-batch-job-event-request-1.0" },
    { "s3batch", "s3-batch-job-event-request-2.0" }, { "s3ol", "s3-object-lambda-event-get-object-assumed-role" },
    { "s3ol", "s3-object-lambda-event-get-object-iam" }, { "s3ol", "s3-object-lambda-event-head-object-iam" },
    { "s3ol", "s3-object-lambda-event-list-objects-iam" }, { "s3ol", "s3-object-lambda-event-list-objects-v2-iam" },
    { "secrets", "secretsmanager-secret-rotation-event" }, { "ses", "ses-lambda-event" }, { "sqs", "sqs-event" },
    { "sfn", "own-stepfunctions-task-input" },
};

START_TEST(test_trg_213_recorded_events_of_others_have_the_shape_of_their_kind)
{
    const struct sample *s = &samples[_i];
    li_error err = LI_ERROR_INIT;
    char path[256], *text;
    size_t len;
    world w;

    snprintf(path, sizeof path, "../shared/events/%s.json", s->file);
    text = read_file(path, &len);
    if (!text)
        return;                  /* the recordings are not part of the project */
    services_new(&w);
    ck_assert_msg(li_trigger_event_check(w.engine, s->kind, LI_Z, text, len, &err) == LI_OK, "%s: %s", s->file, err.text);
    free(text);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_213_a_document_of_another_shape_is_told_what_it_lacks)
{
    li_error err = LI_ERROR_INIT;
    world w;

    services_new(&w);
    ck_assert_int_eq(li_trigger_event_check(w.engine, "s3", LI_Z, "{\"Records\":[]}", LI_Z, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "Records.0.eventVersion");
    ck_assert_int_eq(li_trigger_event_check(w.engine, "alb", LI_Z, "{\"requestContext\":{\"elb\":{\"targetGroupArn\":1}}}", LI_Z, &err),
                     LI_E_INVALID);
    ck_assert_str_eq(err.subject, "requestContext.elb.targetGroupArn");
    ck_assert_int_eq(li_trigger_event_check(w.engine, "nothing", LI_Z, "{}", LI_Z, &err), LI_E_INVALID);
    ck_assert_int_eq(li_trigger_event_check(w.engine, "s3", LI_Z, "{\"a\":1,}", LI_Z, &err), LI_E_JSON);
    ck_assert_uint_eq(err.offset, 7);
    world_free(&w);
}
END_TEST

Suite *suite_trigger_kinds(void)
{
    Suite *s = suite_create("trigger_kinds");
    TCase *c = tcase_create("table");

    tcase_add_test(c, test_trg_22_every_service_of_the_table_is_a_kind_and_they_are_sorted);
    tcase_add_test(c, test_trg_5_every_kind_makes_one_event_of_its_shape_from_its_example);
    tcase_add_test(c, test_trg_24_the_source_of_an_asynchronous_kind_goes_on_before_the_handler_starts);
    tcase_add_test(c, test_trg_22_a_service_whose_part_is_not_added_is_told_where_it_is);
    tcase_add_test(c, test_trg_22_unknown_members_of_an_occurrence_are_named);
    suite_add_tcase(s, c);
    c = tcase_create("limits");
    tcase_add_test(c, test_trg_73_a_state_of_an_alarm_has_at_most_five_actions);
    tcase_add_test(c, test_trg_79_a_repository_has_at_most_ten_triggers_and_branches_choose);
    tcase_add_test(c, test_trg_126_edge_takes_a_published_version_only);
    tcase_add_test(c, test_trg_22_every_row_of_the_table_is_a_kind_with_its_type_principal_and_permission);
    tcase_add_test(c, test_trg_5_an_occurrence_by_members_makes_the_event_that_its_json_makes);
    tcase_add_test(c, test_trg_7_a_wrong_member_is_named_and_delivers_nothing);
    tcase_add_test(c, test_trg_25_polled_kinds_need_no_statement_and_have_none);
    tcase_add_loop_test(c, test_trg_81_a_periodic_rule_fires_at_its_frequency, 0, 6);
    tcase_add_test(c, test_trg_81_config_rules_are_told_of_their_resources_and_the_event_is_text);
    tcase_add_test(c, test_trg_212_no_kind_is_half_made_without_memory);
    suite_add_tcase(s, c);
    c = tcase_create("samples");
    tcase_add_loop_test(c, test_trg_213_recorded_events_of_others_have_the_shape_of_their_kind, 0,
                        (int)(sizeof samples / sizeof *samples));
    tcase_add_test(c, test_trg_213_a_document_of_another_shape_is_told_what_it_lacks);
    suite_add_tcase(s, c);
    return s;
}
