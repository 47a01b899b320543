/* test_trigger.c - triggers: rows, S3 filters and events, schedules on the virtual clock, independence of each other. */
#include "fixture.h"
#include "trigger/seam.h"

#include <pthread.h>

/* ---- what the tests see */

enum { SEEN = 64 };

typedef struct seen {
    char payload[SEEN][2048];
    char id[SEEN][40];
    uint64_t at_ms[SEEN];
    int n;
    uint64_t base_ms;
} seen;

static int32_t see(li_invocation *invocation, void *environment, void *user)
{
    seen *s = user;
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment;
    if (s->n < SEEN && len < sizeof s->payload[0]) {
        memcpy(s->payload[s->n], payload, len);
        s->payload[s->n][len] = '\0';
        strcpy(s->id[s->n], li_invocation_get_request_id(invocation));
        s->at_ms[s->n] = li_engine_now_ms(li_invocation_get_engine(invocation)) - s->base_ms;
    }
    s->n++;
    return LI_DONE;
}

static seen *watch(world *w, const char *function)
{
    seen *s = calloc(1, sizeof *s);

    ck_assert_ptr_nonnull(s);
    s->base_ms = li_engine_now_ms(w->engine);
    add_function(w->engine, function, see, s);
    return s;
}

static li_status try_add(world *w, const char *kind, const char *function, const char *id, const char *options, li_error *err)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_trigger *trigger = NULL;
    li_status status;

    spec.kind = li_z(kind);
    spec.function = li_z(function);
    spec.id = li_z(id);
    spec.options = li_z(options);
    status = li_trigger_add(w->engine, &spec, &trigger, err);
    if (status == LI_OK && id)
        ck_assert_str_eq(li_trigger_get_id(trigger), id);
    return status;
}

static void add(world *w, const char *kind, const char *function, const char *id, const char *options)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_msg(try_add(w, kind, function, id, options, &err) == LI_OK, "%s: %s", options, err.text);
}

static uint64_t occur(world *w, const char *kind, const char *occurrence)
{
    li_error err = LI_ERROR_INIT;
    uint64_t n = 99;

    ck_assert_msg(li_trigger_occur(w->engine, kind, LI_Z, occurrence, LI_Z, &n, &err) == LI_OK, "%s", err.text);
    return n;
}

static void run(world *w)
{
    ck_assert_int_eq(li_engine_run_until_idle(w->engine, NULL), LI_OK);
}

typedef struct find {
    const char *id;
    li_trigger_info info;
    int found;
    char order[256];
} find;

static void find_one(void *user, const li_trigger_info *info)
{
    find *f = user;

    if (f->id && strcmp(info->id, f->id) == 0) {
        f->info = *info;
        f->found = 1;
    }
    strcat(strcat(f->order, info->id), " ");
}

static li_trigger_info info_of(world *w, const char *id)
{
    find f;

    memset(&f, 0, sizeof f);
    f.id = id;
    li_trigger_each(w->engine, NULL, 0, find_one, &f);
    ck_assert_msg(f.found, "no trigger %s", id);
    return f.info;
}

/* ---- rows */

START_TEST(test_trg_1_a_row_keeps_id_kind_function_source_options_and_time)
{
    const char *options = "{\"bucket\":\"pictures\", \"events\":[\"s3:ObjectCreated:*\"]}";
    li_trigger_info info;
    world w;

    world_new(&w);
    add(&w, "s3", "scripted", "row-1", options);
    info = info_of(&w, "row-1");
    ck_assert_str_eq(info.kind, "s3");
    ck_assert_str_eq(info.function, "scripted");
    ck_assert_str_eq(info.source_arn, "arn:aws:s3:::pictures");
    check_text(info.options, info.options_len, options);
    ck_assert_uint_eq(info.created_ms, w.script.base_ms);
    ck_assert_int_eq(info.is_enabled, 1);
    ck_assert_uint_eq(info.deliveries, 0);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_1_ids_are_made_or_unique)
{
    char id[102];
    li_error err = LI_ERROR_INIT;
    world w;

    world_new(&w);
    add(&w, "custom", "scripted", NULL, "{\"source\":\"a\"}");
    add(&w, "custom", "scripted", NULL, "{\"source\":\"a\"}");
    add(&w, "custom", "scripted", "mine", "{\"source\":\"a\"}");
    ck_assert_int_eq(try_add(&w, "custom", "scripted", "mine", "{\"source\":\"b\"}", &err), LI_E_CONFLICT);
    memset(id, 'x', sizeof id);
    id[100] = '\0';
    add(&w, "custom", "scripted", id, "{\"source\":\"a\"}");
    id[100] = 'x';
    id[101] = '\0';
    ck_assert_int_eq(try_add(&w, "custom", "scripted", id, "{\"source\":\"a\"}", &err), LI_E_INVALID);
    ck_assert_int_eq(try_add(&w, "custom", "scripted", "", "{\"source\":\"a\"}", &err), LI_E_INVALID);
    ck_assert_int_eq(try_add(&w, "custom", "scripted", "a.b", "{\"source\":\"a\"}", &err), LI_E_INVALID);
    ck_assert_uint_eq(li_trigger_each(w.engine, NULL, 0, find_one, &(find){ NULL, { 0 }, 0, "" }), 4);
    world_free(&w);
}
END_TEST

typedef struct bad {
    const char *kind;
    const char *function;
    const char *options;
    int32_t detail;
    const char *subject;
    li_status status;
} bad;

#define S3(rest) "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"]" rest "}"

static const bad bads[] = {
    { "fax", "scripted", "{}", LI_DETAIL_TRIGGER_KIND, "fax", LI_E_INVALID },
    { "", "scripted", "{}", LI_DETAIL_TRIGGER_KIND, "", LI_E_INVALID },
    { "sns", "scripted", "{}", LI_DETAIL_TRIGGER_KIND, "sns", LI_E_INVALID },
    { "custom", "nobody", "{\"source\":\"a\"}", LI_DETAIL_FUNCTION_NOT_FOUND, NULL, LI_E_NOT_FOUND },
    { "custom", "no such name!", "{\"source\":\"a\"}", LI_DETAIL_FUNCTION_NAME, NULL, LI_E_VALIDATION },
    { "custom", "scripted", "{\"source\":1}", LI_DETAIL_TRIGGER_OPTIONS, "source", LI_E_INVALID },
    { "custom", "scripted", "{\"source\":\"\"}", LI_DETAIL_TRIGGER_OPTIONS, "source", LI_E_INVALID },
    { "custom", "scripted", NULL, LI_DETAIL_TRIGGER_OPTIONS, "source", LI_E_INVALID },
    { "custom", "scripted", "{\"source\":\"a\",\"sauce\":2}", LI_DETAIL_TRIGGER_OPTIONS, "sauce", LI_E_INVALID },
    { "custom", "scripted", "{\"source\":\"a\",\"invocationType\":\"DryRun\"}", LI_DETAIL_TRIGGER_OPTIONS, "invocationType",
      LI_E_INVALID },
    { "custom", "scripted", "[]", LI_DETAIL_TRIGGER_OPTIONS, "options", LI_E_INVALID },
    { "custom", "scripted", "{\"source\":\"a\"", LI_DETAIL_TRIGGER_OPTIONS, "options", LI_E_INVALID },
    { "s3", "scripted", "{\"events\":[\"s3:ObjectCreated:*\"]}", LI_DETAIL_TRIGGER_OPTIONS, "bucket", LI_E_INVALID },
    { "s3", "scripted", "{\"bucket\":\"b\"}", LI_DETAIL_TRIGGER_OPTIONS, "events", LI_E_INVALID },
    { "s3", "scripted", "{\"bucket\":\"b\",\"events\":[]}", LI_DETAIL_TRIGGER_OPTIONS, "events", LI_E_INVALID },
    { "s3", "scripted", "{\"bucket\":\"b\",\"events\":[\"s3:*\"]}", LI_DETAIL_TRIGGER_OPTIONS, "events", LI_E_INVALID },
    { "s3", "scripted", "{\"bucket\":\"b\",\"events\":[\"ObjectCreated:Put\"]}", LI_DETAIL_TRIGGER_OPTIONS, "events",
      LI_E_INVALID },
    { "s3", "scripted", "{\"bucket\":\"b\",\"events\":[7]}", LI_DETAIL_TRIGGER_OPTIONS, "events", LI_E_INVALID },
    { "s3", "scripted", S3(",\"prefix\":\"50%\""), LI_DETAIL_TRIGGER_OPTIONS, "prefix", LI_E_INVALID },
    { "s3", "scripted", S3(",\"suffix\":\"%4g\""), LI_DETAIL_TRIGGER_OPTIONS, "suffix", LI_E_INVALID },
    { "schedule", "scripted", "{\"name\":\"n\"}", LI_DETAIL_TRIGGER_OPTIONS, "expression", LI_E_INVALID },
    { "schedule", "scripted", "{\"expression\":\"rate(1 minutes)\"}", LI_DETAIL_SCHEDULE, "rate(1 minutes)", LI_E_INVALID },
    { "schedule", "scripted", "{\"expression\":\"cron(0 8 1 * * *)\"}", LI_DETAIL_SCHEDULE, "cron(0 8 1 * * *)", LI_E_INVALID },
    { "schedule", "scripted", "{\"expression\":\"rate(1 minute)\",\"name\":\"a b\"}", LI_DETAIL_TRIGGER_OPTIONS, "name",
      LI_E_INVALID },
    { "schedule", "scripted", "{\"expression\":\"rate(1 minute)\",\"input\":\"{\"}", LI_DETAIL_TRIGGER_OPTIONS, "input",
      LI_E_INVALID },
};

START_TEST(test_trg_22_what_cannot_be_added_is_named_and_nothing_is_made)
{
    const bad *b = &bads[_i];
    li_error err = LI_ERROR_INIT;
    li_status status;
    world w;

    world_new(&w);
    status = try_add(&w, b->kind, b->function, NULL, b->options, &err);
    ck_assert_msg(status == b->status, "%s: %d", b->options, status);
    ck_assert_msg(err.detail == b->detail, "%s: detail %d, %s", b->options, err.detail, err.text);
    if (b->subject)
        ck_assert_str_eq(err.subject, b->subject);
    ck_assert_uint_gt(strlen(err.text), 10);
    ck_assert_uint_eq(li_trigger_each(w.engine, NULL, 0, find_one, &(find){ NULL, { 0 }, 0, "" }), 0);
    world_free(&w);
}
END_TEST

static const char *const polled[] = { "sqs", "kinesis", "dynamodb", "kafka", "mq", "docdb" };

START_TEST(test_trg_209_polled_sources_are_no_triggers_and_the_text_names_mappings)
{
    li_error err = LI_ERROR_INIT;
    world w;

    world_new(&w);
    ck_assert_int_eq(try_add(&w, polled[_i], "scripted", NULL, "{}", &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_TRIGGER_KIND);
    check_contains(err.text, "event source mappings");
    world_free(&w);
}
END_TEST

START_TEST(test_trg_9_removed_and_disabled_triggers_get_nothing_new_but_queued_events_run)
{
    world w;

    world_new(&w);
    add(&w, "custom", "scripted", "a", "{\"source\":\"s\"}");
    add(&w, "custom", "scripted", "b", "{\"source\":\"s\"}");
    ck_assert_uint_eq(occur(&w, "custom", "{\"source\":\"s\",\"detail\":1}"), 2);
    ck_assert_int_eq(li_trigger_remove(w.engine, "a", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_set_enabled(w.engine, "b", LI_Z, 0, NULL), LI_OK);
    ck_assert_uint_eq(occur(&w, "custom", "{\"source\":\"s\",\"detail\":2}"), 0);
    run(&w);
    ck_assert_int_eq(w.script.runs, 2);
    ck_assert_int_eq(li_trigger_set_enabled(w.engine, "b", LI_Z, 1, NULL), LI_OK);
    ck_assert_uint_eq(occur(&w, "custom", "{\"source\":\"s\",\"detail\":3}"), 1);
    ck_assert_int_eq(li_trigger_remove(w.engine, "a", LI_Z, NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_trigger_set_enabled(w.engine, "a", LI_Z, 1, NULL), LI_E_NOT_FOUND);
    run(&w);
    ck_assert_int_eq(w.script.runs, 3);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_10_a_trigger_outlives_its_function_and_then_counts_failures)
{
    world w;

    world_new(&w);
    add(&w, "custom", "scripted", "a", "{\"source\":\"s\"}");
    ck_assert_int_eq(li_function_remove(w.engine, "scripted", LI_Z, NULL), LI_OK);
    ck_assert_uint_eq(occur(&w, "custom", "{\"source\":\"s\",\"detail\":1}"), 1);
    ck_assert_uint_eq(info_of(&w, "a").failures, 1);
    ck_assert_uint_eq(info_of(&w, "a").deliveries, 1);
    add_function(w.engine, "scripted", scripted, &w.script);
    ck_assert_uint_eq(occur(&w, "custom", "{\"source\":\"s\",\"detail\":2}"), 1);
    run(&w);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_uint_eq(info_of(&w, "a").failures, 1);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_11_triggers_are_listed_by_creation_time_then_id_and_by_function)
{
    find f = { NULL, { 0 }, 0, "" }, g = { NULL, { 0 }, 0, "" };
    world w;

    world_new(&w);
    add(&w, "custom", "scripted", "c", "{\"source\":\"s\"}");
    add(&w, "custom", "echo", "b", "{\"source\":\"s\"}");
    advance_s(&w, 1);
    add(&w, "custom", ARN "scripted", "a", "{\"source\":\"s\"}");
    ck_assert_uint_eq(li_trigger_each(w.engine, NULL, 0, find_one, &f), 3);
    ck_assert_str_eq(f.order, "b c a ");
    ck_assert_uint_eq(li_trigger_each(w.engine, "scripted", LI_Z, find_one, &g), 2);
    ck_assert_str_eq(g.order, "c a ");
    world_free(&w);
}
END_TEST

/* ---- custom */

START_TEST(test_trg_23_a_custom_detail_reaches_the_function_byte_for_byte)
{
    seen *s;
    world w;

    world_new(&w);
    s = watch(&w, "seer");
    add(&w, "custom", "seer", "c", "{\"source\":\"my app\"}");
    ck_assert_uint_eq(occur(&w, "custom", "{\"source\":\"my\\u0020app\",\"detail\": { \"a\" : 1.0,\"a\":\"\\u0041\" }}"), 1);
    ck_assert_uint_eq(occur(&w, "custom", "{\"source\":\"other\",\"detail\":1}"), 0);
    run(&w);
    ck_assert_int_eq(s->n, 1);
    ck_assert_str_eq(s->payload[0], "{ \"a\" : 1.0,\"a\":\"\\u0041\" }");
    free(s);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_3_a_synchronous_custom_trigger_invokes_at_once_and_is_not_retried)
{
    world w;

    world_new(&w);
    w.script.fail_times = -1;
    add(&w, "custom", "scripted", "c", "{\"source\":\"s\",\"invocationType\":\"RequestResponse\"}");
    ck_assert_uint_eq(occur(&w, "custom", "{\"source\":\"s\",\"detail\":{}}"), 1);
    run(&w);
    advance_s(&w, 3600);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_uint_eq(info_of(&w, "c").deliveries, 1);
    ck_assert_uint_eq(info_of(&w, "c").failures, 0);
    world_free(&w);
}
END_TEST

typedef struct wrong_occurrence {
    const char *kind;
    const char *text;
    const char *subject;
} wrong_occurrence;

static const wrong_occurrence wrong_occurrences[] = {
    { "custom", "{\"source\":\"s\"}", "detail" },
    { "custom", "{\"detail\":1}", "source" },
    { "custom", "{\"source\":\"s\",\"detail\":1,\"more\":1}", "more" },
    { "custom", "{\"source\":\"s\",\"detail\":}", "occurrence" },
    { "s3", "{\"key\":\"k\"}", "bucket" },
    { "s3", "{\"bucket\":\"b\"}", "key" },
    { "s3", "{\"bucket\":\"b\",\"key\":\"\"}", "key" },
    { "s3", "{\"bucket\":\"b\",\"key\":\"k\",\"size\":-1}", "size" },
    { "s3", "{\"bucket\":\"b\",\"key\":\"k\",\"size\":1.5}", "size" },
    { "s3", "{\"bucket\":\"b\",\"key\":\"k\",\"eventName\":\"ObjectCreated:*\"}", "eventName" },
    { "s3", "{\"bucket\":\"b\",\"key\":\"k\",\"eventName\":\"ObjectEaten:Whole\"}", "eventName" },
};

START_TEST(test_trg_7_a_wrong_occurrence_names_its_member_and_delivers_nothing)
{
    const wrong_occurrence *o = &wrong_occurrences[_i];
    li_error err = LI_ERROR_INIT;
    uint64_t n = 99;
    world w;

    world_new(&w);
    add(&w, "custom", "scripted", NULL, "{\"source\":\"s\"}");
    add(&w, "s3", "scripted", NULL, S3(""));
    ck_assert_int_eq(li_trigger_occur(w.engine, o->kind, LI_Z, o->text, LI_Z, &n, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_OCCURRENCE);
    ck_assert_str_eq(err.subject, o->subject);
    ck_assert_uint_eq(n, 99);
    run(&w);
    ck_assert_int_eq(w.script.runs, 0);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_7_schedules_have_no_occurrences)
{
    li_error err = LI_ERROR_INIT;
    world w;

    world_new(&w);
    ck_assert_int_eq(li_trigger_occur(w.engine, "schedule", LI_Z, "{}", LI_Z, NULL, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_TRIGGER_KIND);
    ck_assert_int_eq(li_trigger_occur(w.engine, "fax", LI_Z, "{}", LI_Z, NULL, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "fax");
    world_free(&w);
}
END_TEST

/* ---- S3 */

typedef struct overlap {
    const char *a;
    const char *b;
    int overlaps;
} overlap;

#define CONF(events, prefix, suffix) \
    "{\"bucket\":\"b\",\"events\":[" events "],\"prefix\":\"" prefix "\",\"suffix\":\"" suffix "\"}"
#define ALL "\"s3:ObjectCreated:*\""

static const overlap overlaps[] = {
    { CONF(ALL, "images/", ".jpg"), CONF(ALL, "images/", ".png"), 0 },
    { CONF(ALL, "images/", ""), CONF(ALL, "images/2024/", ""), 1 },
    { CONF(ALL, "", "jpg"), CONF(ALL, "", "pg"), 1 },
    { CONF(ALL, "images/", ""), CONF(ALL, "logs/", ""), 0 },
    { CONF("\"s3:ObjectCreated:Put\"", "image/", ""), CONF("\"s3:ObjectRemoved:*\"", "image/", ""), 0 },
    { S3(""), CONF(ALL, "images/", ".jpg"), 1 },
    { S3(""), S3(""), 1 },
    { CONF("\"s3:ObjectCreated:Put\"", "", ""), CONF("\"s3:ObjectCreated:Post\"", "", ""), 0 },
    { CONF("\"s3:ObjectCreated:Put\"", "", ""), CONF(ALL, "a", ""), 1 },
    { CONF("\"s3:ObjectCreated:Post\",\"s3:ObjectAcl:Put\"", "", ""), CONF("\"s3:ObjectAcl:Put\"", "", ""), 1 },
    { CONF(ALL, "a+b", ""), CONF(ALL, "a%20b/c", ""), 1 },
    { S3(""), "{\"bucket\":\"c\",\"events\":[\"s3:ObjectCreated:*\"]}", 0 },
};

START_TEST(test_trg_31_overlapping_configurations_of_one_bucket_are_refused)
{
    const overlap *o = &overlaps[_i];
    li_error err = LI_ERROR_INIT;
    int turn;

    for (turn = 0; turn < 2; turn++) {
        li_status status;
        world w;

        world_new(&w);
        add(&w, "s3", "scripted", "first", turn ? o->b : o->a);
        status = try_add(&w, "s3", "echo", "second", turn ? o->a : o->b, &err);
        ck_assert_msg(status == (o->overlaps ? LI_E_INVALID : LI_OK), "%s and %s: %d", o->a, o->b, status);
        if (o->overlaps) {
            ck_assert_int_eq(err.detail, LI_DETAIL_TRIGGER_OVERLAP);
            ck_assert_str_eq(err.subject, "first");
        }
        world_free(&w);
    }
}
END_TEST

typedef struct filter {
    const char *prefix;
    const char *suffix;
    const char *key;
    uint64_t n;
} filter;

static const filter filters[] = {
    { "", "", "any", 1 },
    { "images/", "", "images/a.jpg", 1 },
    { "images/", "", "Images/a.jpg", 0 },
    { "images/", "", "images", 0 },
    { "", ".jpg", "a.jpg", 1 },
    { "", ".jpg", "a.jpg.txt", 0 },
    { "a+b", "", "a b.txt", 1 },
    { "a%20b", "", "a b.txt", 1 },
    { "a%2Bb", "", "a+b.txt", 1 },
    { "a+b", "", "a+b.txt", 0 },
    { "*", "", "anything", 0 },
    { "*", "", "*thing", 1 },
    { "%C3%A4", "", "\xC3\xA4pfel", 1 },
    { "ab", "bc", "abc", 1 },
    { "abc", "abc", "abc", 1 },
};

START_TEST(test_trg_30_filters_are_decoded_and_both_must_hold)
{
    const filter *f = &filters[_i];
    li_s3_occurrence o = LI_S3_OCCURRENCE_INIT;
    char options[256];
    uint64_t n = 99;
    world w;

    world_new(&w);
    snprintf(options, sizeof options, S3(",\"prefix\":\"%s\",\"suffix\":\"%s\""), f->prefix, f->suffix);
    add(&w, "s3", "scripted", NULL, options);
    o.bucket = li_z("b");
    o.key = li_z(f->key);
    ck_assert_int_eq(li_s3_occur(w.engine, &o, &n, NULL), LI_OK);
    ck_assert_msg(n == f->n, "%s %s: %llu", options, f->key, (unsigned long long)n);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_30_a_filter_has_at_most_1024_characters)
{
    char options[2400], prefix[2100] = "";
    li_error err = LI_ERROR_INIT;
    int i;
    world w;

    world_new(&w);
    for (i = 0; i < 1024; i++)
        strcat(prefix, "\xC3\xA4");
    snprintf(options, sizeof options, S3(",\"prefix\":\"%s\""), prefix);
    add(&w, "s3", "scripted", NULL, options);
    snprintf(options, sizeof options, "{\"bucket\":\"c\",\"events\":[" ALL "],\"prefix\":\"%sx\"}", prefix);
    ck_assert_int_eq(try_add(&w, "s3", "scripted", NULL, options, &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "prefix");
    world_free(&w);
}
END_TEST

static const char *const event_types[] = {
    "s3:ReducedRedundancyLostObject", "s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Copy", "s3:ObjectCreated:CompleteMultipartUpload", "s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated", "s3:ObjectRestore:*", "s3:ObjectRestore:Post", "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete", "s3:Replication:*", "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationNotTracked", "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationReplicatedAfterThreshold", "s3:LifecycleTransition", "s3:LifecycleExpiration:*",
    "s3:LifecycleExpiration:Delete", "s3:LifecycleExpiration:DeleteMarkerCreated", "s3:IntelligentTiering",
    "s3:ObjectAcl:Put", "s3:ObjectTagging:*", "s3:ObjectTagging:Put", "s3:ObjectTagging:Delete", "s3:ObjectAnnotation:*",
    "s3:ObjectAnnotation:Put", "s3:ObjectAnnotation:Delete", "s3:ObjectRetention:Put",
};

START_TEST(test_trg_28_all_31_event_types_are_accepted_and_only_they)
{
    char options[200];
    size_t i, n = sizeof event_types / sizeof *event_types;
    li_error err = LI_ERROR_INIT;
    world w;

    world_new(&w);
    ck_assert_uint_eq(n, 31);
    for (i = 0; i < n; i++) {
        snprintf(options, sizeof options, "{\"bucket\":\"b%zu\",\"events\":[\"%s\"]}", i, event_types[i]);
        add(&w, "s3", "scripted", NULL, options);
    }
    ck_assert_int_eq(try_add(&w, "s3", "scripted", NULL, "{\"bucket\":\"x\",\"events\":[\"s3:ObjectAcl:*\"]}", &err),
                     LI_E_INVALID);
    ck_assert_int_eq(try_add(&w, "s3", "scripted", NULL, "{\"bucket\":\"x\",\"events\":[\"s3:ObjectCreated:put\"]}", &err),
                     LI_E_INVALID);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_29_a_wildcard_matches_its_family_present_and_future)
{
    world w;

    world_new(&w);
    add(&w, "s3", "scripted", NULL, S3(""));
    ck_assert_uint_eq(occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"k\"}"), 1);
    ck_assert_uint_eq(occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"k\",\"eventName\":\"ObjectCreated:Copy\"}"), 1);
    ck_assert_uint_eq(occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"k\",\"eventName\":\"s3:ObjectCreated:Post\"}"), 1);
    ck_assert_uint_eq(occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"k\",\"eventName\":\"ObjectCreated:Teleport\"}"), 1);
    ck_assert_uint_eq(occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"k\",\"eventName\":\"ObjectRemoved:Delete\"}"), 0);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_35_36_the_s3_event_has_every_member_in_order)
{
    seen *s;
    li_s3_occurrence o = LI_S3_OCCURRENCE_INIT;
    char *ids, expected[2048], variable[160];
    world w;

    world_new(&w);
    s = watch(&w, "seer");
    add(&w, "s3", "seer", "t", S3(",\"configurationId\":\"conf \\\"1\\\"\""));
    advance_s(&w, 1);
    o.bucket = li_z("b");
    o.key = li_z("photos/happy face+1 \xC3\xA4*~.jpg");
    o.etag = li_z("d41d8cd98f00b204e9800998ecf8427e");
    o.version_id = li_z("v1");
    o.object_size = 1024;
    ck_assert_int_eq(li_s3_occur(w.engine, &o, NULL, NULL), LI_OK);
    run(&w);
    ck_assert_int_eq(s->n, 1);
    ids = strstr(s->payload[0], "\"x-amz-request-id\"");
    ck_assert_ptr_nonnull(ids);
    snprintf(variable, sizeof variable, "%.*s", (int)strcspn(ids, "}"), ids);
    ck_assert_uint_eq(strlen(variable), strlen("\"x-amz-request-id\":\"\",\"x-amz-id-2\":\"\"") + 16 + 64);
    snprintf(expected, sizeof expected,
             "{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"awsRegion\":\"us-east-1\","
             "\"eventTime\":\"2026-01-01T00:00:01.000Z\",\"eventName\":\"ObjectCreated:Put\","
             "\"userIdentity\":{\"principalId\":\"EXAMPLE\"},\"requestParameters\":{\"sourceIPAddress\":\"127.0.0.1\"},"
             "\"responseElements\":{%s},\"s3\":{\"s3SchemaVersion\":\"1.0\",\"configurationId\":\"conf \\\"1\\\"\","
             "\"bucket\":{\"name\":\"b\",\"ownerIdentity\":{\"principalId\":\"EXAMPLE\"},\"arn\":\"arn:aws:s3:::b\"},"
             "\"object\":{\"key\":\"photos/happy+face%%2B1+%%C3%%A4*%%7E.jpg\",\"size\":1024,"
             "\"eTag\":\"d41d8cd98f00b204e9800998ecf8427e\",\"versionId\":\"v1\",\"sequencer\":\"0000000000000001\"}}}]}",
             variable);
    ck_assert_str_eq(s->payload[0], expected);
    free(s);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_36_size_etag_and_sequencer_come_with_their_families_only)
{
    seen *s;
    world w;

    world_new(&w);
    s = watch(&w, "seer");
    add(&w, "s3", "seer", NULL,
        "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\",\"s3:ObjectRemoved:*\",\"s3:ObjectTagging:*\","
        "\"s3:Replication:*\"]}");
    occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"k\",\"size\":5}");
    occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"k\",\"eTag\":\"e\",\"eventName\":\"ObjectRemoved:Delete\"}");
    occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"k\",\"eTag\":\"e\",\"eventName\":\"ObjectRemoved:DeleteMarkerCreated\"}");
    occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"k\",\"eTag\":\"e\",\"eventName\":\"ObjectTagging:Put\"}");
    occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"k\",\"size\":5,\"eTag\":\"e\",\"eventName\":\"Replication:OperationNotTracked\"}");
    run(&w);
    ck_assert_int_eq(s->n, 5);
    check_contains(s->payload[0], "\"object\":{\"key\":\"k\",\"size\":5,\"sequencer\":\"0000000000000001\"}");
    check_contains(s->payload[1], "\"object\":{\"key\":\"k\",\"sequencer\":\"0000000000000002\"}");
    check_contains(s->payload[2], "\"object\":{\"key\":\"k\",\"eTag\":\"e\",\"sequencer\":\"0000000000000003\"}");
    check_contains(s->payload[3], "\"object\":{\"key\":\"k\"}");
    check_contains(s->payload[3], "\"eventVersion\":\"2.3\"");
    check_contains(s->payload[4], "\"object\":{\"key\":\"k\",\"size\":5,\"eTag\":\"e\"}");
    free(s);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_13_an_event_over_the_limit_is_refused_and_counted)
{
    world w;

    world_new(&w);
    add(&w, "custom", "scripted", "c", "{\"source\":\"s\"}");
    ck_assert_int_eq(li_config_set(w.engine, "limits.async_request_bytes", 10, NULL), LI_OK);
    ck_assert_uint_eq(occur(&w, "custom", "{\"source\":\"s\",\"detail\":\"12345678\"}"), 1);
    ck_assert_uint_eq(info_of(&w, "c").failures, 0);
    ck_assert_uint_eq(occur(&w, "custom", "{\"source\":\"s\",\"detail\":\"123456789\"}"), 1);
    ck_assert_uint_eq(info_of(&w, "c").failures, 1);
    run(&w);
    ck_assert_int_eq(w.script.runs, 1);
    world_free(&w);
}
END_TEST

/* ---- schedules */

START_TEST(test_trg_200_a_rate_of_a_minute_fires_three_times_in_three_minutes)
{
    world w;

    world_new(&w);
    add(&w, "schedule", "scripted", NULL, "{\"name\":\"n\",\"expression\":\"rate(1 minute)\"}");
    advance_s(&w, 59);
    ck_assert_int_eq(w.script.runs, 0);
    advance_s(&w, 1);
    ck_assert_int_eq(w.script.runs, 1);
    advance_s(&w, 120);
    ck_assert_int_eq(w.script.runs, 3);
    ck_assert_uint_eq(w.script.starts_ms[0], 60000);
    ck_assert_uint_eq(w.script.starts_ms[1], 120000);
    ck_assert_uint_eq(w.script.starts_ms[2], 180000);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_54_55_a_firing_is_a_scheduled_event)
{
    char expected[600];
    seen *s;
    world w;

    world_new(&w);
    s = watch(&w, "seer");
    add(&w, "schedule", "seer", NULL, "{\"name\":\"every-five\",\"expression\":\"rate(5 minutes)\"}");
    advance_s(&w, 300);
    ck_assert_int_eq(s->n, 1);
    snprintf(expected, sizeof expected,
             "{\"version\":\"0\",\"id\":\"%.36s\",\"detail-type\":\"Scheduled Event\",\"source\":\"aws.events\","
             "\"account\":\"000000000000\",\"time\":\"2026-01-01T00:05:00Z\",\"region\":\"us-east-1\","
             "\"resources\":[\"arn:aws:events:us-east-1:000000000000:rule/every-five\"],\"detail\":{}}",
             s->payload[0] + strlen("{\"version\":\"0\",\"id\":\""));
    ck_assert_str_eq(s->payload[0], expected);
    free(s);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_55_a_constant_input_is_the_event)
{
    seen *s;
    world w;

    world_new(&w);
    s = watch(&w, "seer");
    add(&w, "schedule", "seer", NULL, "{\"expression\":\"rate(1 minute)\",\"input\":\"{\\\"a\\\" : [1.0]}\"}");
    advance_s(&w, 60);
    ck_assert_int_eq(s->n, 1);
    ck_assert_str_eq(s->payload[0], "{\"a\" : [1.0]}");
    free(s);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_150_a_rate_counts_from_its_creation_and_again_from_each_enable)
{
    world w;

    world_new(&w);
    advance_s(&w, 10);
    add(&w, "schedule", "scripted", "t", "{\"expression\":\"rate(1 minute)\"}");
    advance_s(&w, 60);
    ck_assert_uint_eq(w.script.starts_ms[0], 70000);
    ck_assert_int_eq(li_trigger_set_enabled(w.engine, "t", LI_Z, 0, NULL), LI_OK);
    advance_s(&w, 305);
    ck_assert_int_eq(w.script.runs, 1);
    ck_assert_int_eq(li_trigger_set_enabled(w.engine, "t", LI_Z, 1, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_set_enabled(w.engine, "t", LI_Z, 1, NULL), LI_OK);
    advance_s(&w, 59);
    ck_assert_int_eq(w.script.runs, 1);
    advance_s(&w, 1);
    ck_assert_int_eq(w.script.runs, 2);
    ck_assert_uint_eq(w.script.starts_ms[1], 70000 + 305000 + 60000);
    ck_assert_int_eq(li_trigger_remove(w.engine, "t", LI_Z, NULL), LI_OK);
    advance_s(&w, 600);
    ck_assert_int_eq(w.script.runs, 2);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_160_equal_times_fire_in_order_of_creation)
{
    seen *s;
    world w;

    world_new(&w);
    s = watch(&w, "seer");
    add(&w, "schedule", "seer", "one", "{\"expression\":\"rate(1 minute)\",\"input\":\"1\"}");
    add(&w, "schedule", "seer", "two", "{\"expression\":\"rate(2 minutes)\",\"input\":\"2\"}");
    add(&w, "schedule", "seer", "three", "{\"expression\":\"rate(1 minute)\",\"input\":\"3\"}");
    advance_s(&w, 120);
    ck_assert_int_eq(s->n, 5);
    ck_assert_str_eq(s->payload[0], "1");
    ck_assert_str_eq(s->payload[1], "3");
    ck_assert_str_eq(s->payload[2], "1");
    ck_assert_str_eq(s->payload[3], "2");
    ck_assert_str_eq(s->payload[4], "3");
    ck_assert_uint_eq(s->at_ms[4], 120000);
    free(s);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_161_a_day_of_minutes_fires_1440_times)
{
    world w;

    world_new(&w);
    add(&w, "schedule", "scripted", "t", "{\"expression\":\"rate(1 minute)\"}");
    advance_s(&w, 86400);
    ck_assert_int_eq(w.script.runs, 1440);
    ck_assert_uint_eq(info_of(&w, "t").deliveries, 1440);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_149_a_period_beyond_the_clock_never_fires)
{
    world w;

    world_new(&w);
    add(&w, "schedule", "scripted", "t", "{\"expression\":\"rate(106751991167300 days)\"}");
    advance_s(&w, 10 * 365 * 86400);
    ck_assert_int_eq(w.script.runs, 0);
    world_free(&w);
}
END_TEST

/* A clock that the test sets, as a machine that slept. */
typedef struct hand {
    uint64_t ns;
} hand;

static uint64_t hand_ns(void *self)
{
    return ((hand *)self)->ns;
}

static uint64_t hand_ms(void *self)
{
    return 1767225600000u + ((hand *)self)->ns / LI_MS_NS;
}

START_TEST(test_rel_57_missed_firings_are_not_made_up_after_a_gap)
{
    static const li_clock_ops ops = { sizeof ops, 1, 0, "hand", hand_ns, hand_ms, NULL, NULL };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    hand h = { 0 };
    script s;
    int i;

    memset(&s, 0, sizeof s);
    options.seed = 1;
    ck_assert_int_eq(li_clock_new(NULL, &ops, &h, &options.clock), LI_OK);
    ck_assert_int_eq(li_engine_new(&s.engine, &options, NULL), LI_OK);
    s.base_ms = li_engine_now_ms(s.engine);
    add_function(s.engine, "scripted", scripted, &s);
    spec.kind = li_z("schedule");
    spec.function = li_z("scripted");
    spec.options = li_z("{\"expression\":\"rate(1 minute)\"}");
    ck_assert_int_eq(li_trigger_add(s.engine, &spec, NULL, NULL), LI_OK);
    h.ns = 90 * LI_SECOND_NS; /* half a minute late: still that minute's */
    ck_assert_int_eq(li_engine_run_until_idle(s.engine, NULL), LI_OK);
    ck_assert_int_eq(s.runs, 1);
    h.ns = 3630 * LI_SECOND_NS; /* an hour is missed; the grid goes on */
    ck_assert_int_eq(li_engine_run_until_idle(s.engine, NULL), LI_OK);
    ck_assert_int_le(s.runs, 2);
    i = s.runs;
    h.ns = 3660 * LI_SECOND_NS;
    ck_assert_int_eq(li_engine_run_until_idle(s.engine, NULL), LI_OK);
    ck_assert_int_eq(s.runs, i + 1);
    ck_assert_int_eq(li_engine_free(s.engine), LI_OK);
    ck_assert_int_eq(li_clock_free(options.clock), LI_OK);
}
END_TEST

/* ---- the seed's rule */

START_TEST(test_trg_201_203_three_kinds_on_one_function_are_three_clients_with_their_own_data)
{
    seen *s;
    world w;
    int i, s3 = 0, custom = 0, schedule = 0;

    world_new(&w);
    s = watch(&w, "seer");
    add(&w, "s3", "seer", NULL, S3(""));
    add(&w, "custom", "seer", NULL, "{\"source\":\"s\"}");
    add(&w, "schedule", "seer", NULL, "{\"expression\":\"rate(1 minute)\"}");
    occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"k\"}");
    occur(&w, "custom", "{\"source\":\"s\",\"detail\":{\"mine\":1}}");
    advance_s(&w, 60);
    ck_assert_int_eq(s->n, 3);
    for (i = 0; i < 3; i++) {
        int is_s3 = strstr(s->payload[i], "aws:s3") != NULL, is_custom = strstr(s->payload[i], "mine") != NULL;
        int is_schedule = strstr(s->payload[i], "aws.events") != NULL;

        ck_assert_int_eq(is_s3 + is_custom + is_schedule, 1);
        s3 += is_s3;
        custom += is_custom;
        schedule += is_schedule;
        ck_assert_str_ne(s->id[i], s->id[(i + 1) % 3]);
    }
    ck_assert_int_eq(s3, 1);
    ck_assert_int_eq(custom, 1);
    ck_assert_int_eq(schedule, 1);
    free(s);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_202_a_trigger_that_always_fails_changes_nothing_for_the_others)
{
    seen *s;
    world w;

    world_new(&w);
    s = watch(&w, "seer");
    add_function(w.engine, "gone", echo, NULL);
    add(&w, "custom", "gone", "bad", "{\"source\":\"s\"}");
    add(&w, "custom", "seer", "good", "{\"source\":\"s\"}");
    add(&w, "schedule", "gone", "bad-schedule", "{\"expression\":\"rate(1 minute)\"}");
    add(&w, "schedule", "seer", "good-schedule", "{\"expression\":\"rate(1 minute)\"}");
    ck_assert_int_eq(li_function_remove(w.engine, "gone", LI_Z, NULL), LI_OK);
    ck_assert_uint_eq(occur(&w, "custom", "{\"source\":\"s\",\"detail\":{}}"), 2);
    advance_s(&w, 120);
    ck_assert_int_eq(s->n, 3);
    ck_assert_uint_eq(s->at_ms[0], 0);
    ck_assert_uint_eq(s->at_ms[1], 60000);
    ck_assert_uint_eq(s->at_ms[2], 120000);
    ck_assert_uint_eq(info_of(&w, "bad").failures, 1);
    ck_assert_uint_eq(info_of(&w, "bad-schedule").failures, 2);
    ck_assert_uint_eq(info_of(&w, "good").failures, 0);
    free(s);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_204_disjoint_configurations_never_mix_records)
{
    seen *a, *b;
    world w;
    int i;

    world_new(&w);
    a = watch(&w, "jpg");
    b = watch(&w, "png");
    add(&w, "s3", "jpg", NULL, CONF(ALL, "", ".jpg"));
    add(&w, "s3", "png", NULL, CONF(ALL, "", ".png"));
    for (i = 0; i < 5; i++) {
        ck_assert_uint_eq(occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"x.jpg\"}"), 1);
        ck_assert_uint_eq(occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"x.png\"}"), 1);
    }
    run(&w);
    ck_assert_int_eq(a->n, 5);
    ck_assert_int_eq(b->n, 5);
    for (i = 0; i < 5; i++) {
        check_contains(a->payload[i], "x.jpg");
        check_contains(b->payload[i], "x.png");
    }
    free(a);
    free(b);
    world_free(&w);
}
END_TEST

START_TEST(test_trg_211_a_storm_over_50_triggers_is_delivered_whole)
{
    char options[64];
    uint64_t n = 0;
    int i;
    world w;

    world_new(&w);
    for (i = 0; i < 50; i++) {
        snprintf(options, sizeof options, "{\"source\":\"s%d\"}", i);
        add(&w, "custom", "scripted", NULL, options);
    }
    for (i = 0; i < 2000; i++) {
        snprintf(options, sizeof options, "{\"source\":\"s%d\",\"detail\":%d}", i % 50, i);
        n += occur(&w, "custom", options);
    }
    run(&w);
    ck_assert_uint_eq(n, 2000);
    ck_assert_int_eq(w.script.runs, 2000);
    world_free(&w);
}
END_TEST

/* Every line about triggers names its function and request. */
static void count_lines(void *user, const li_journal_line *line)
{
    if (line->step == LI_STEP_TRIGGER && strcmp(line->function, "scripted") == 0 && strcmp(line->why, "custom") == 0)
        ++*(int *)user;
}

START_TEST(test_rel_58_each_delivery_is_a_journal_line)
{
    int lines = 0;
    world w;

    world_new(&w);
    li_journal_listen(w.engine, count_lines, &lines);
    add(&w, "custom", ARN "scripted", "c", "{\"source\":\"s\"}");
    occur(&w, "custom", "{\"source\":\"s\",\"detail\":1}");
    occur(&w, "custom", "{\"source\":\"s\",\"detail\":1}");
    ck_assert_int_eq(lines, 2);
    run(&w);
    world_free(&w);
}
END_TEST

/* ---- how much adding one asks */

static int n_asked;

static li_status count_check(const li_trigger *mine, const li_trigger *other, li_error *err)
{
    (void)mine, (void)other, (void)err;
    n_asked++;
    return LI_OK;
}

static void attach_nothing(const lii_trigger_seam *seam)
{
    (void)seam;
}

START_TEST(test_trg_1_a_trigger_is_compared_with_those_of_its_source_alone)
{
    static const lii_kind_code code = { .check = count_check };
    static const lii_field fields[] = { { .name = "source", .label = "Source", .flags = LII_FIELD_REQUIRED, .max = 100 }, { .name = NULL } };
    static const lii_trigger_kind kind = { .name = "counted", .label = "Counted", .principal = "", .source_arn = "${$source}",
                                           .type = LI_EVENT, .retries = "", .fields = fields, .members = "source:s!",
                                           .match = "source=source", .shape = "", .code = &code };
    static const lii_trigger_kind *const rows[] = { &kind };
    static const li_trigger_kinds kinds = { LI_VERSION_NUMBER, sizeof(lii_trigger_seam), sizeof(lii_trigger_kind), 1, rows,
                                            attach_nothing, NULL };
    char options[64], id[16];
    world w;
    int i;

    world_new(&w);
    ck_assert_int_eq(li_trigger_kinds_add(w.engine, &kinds, NULL), LI_OK);
    for (i = 0; i < 1000; i++) {
        snprintf(options, sizeof options, "{\"source\":\"s%d\"}", i);
        snprintf(id, sizeof id, "t%d", i);
        add(&w, "counted", "scripted", id, options);
    }
    ck_assert_int_eq(n_asked, 0);
    add(&w, "custom", "scripted", "c", "{\"source\":\"s7\"}");
    add(&w, "counted", "scripted", "second", "{\"source\":\"s7\"}");
    add(&w, "counted", "scripted", "third", "{\"source\":\"s7\"}");
    ck_assert_int_eq(n_asked, 1 + 2);
    ck_assert_int_eq(li_trigger_remove(w.engine, "t7", LI_Z, NULL), LI_OK);
    add(&w, "counted", "scripted", "fourth", "{\"source\":\"s7\"}");
    ck_assert_int_eq(n_asked, 3 + 2);
    ck_assert_int_eq(li_trigger_remove(w.engine, "c", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_remove(w.engine, "second", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_remove(w.engine, "fourth", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_remove(w.engine, "third", LI_Z, NULL), LI_OK);
    add(&w, "counted", "scripted", "fifth", "{\"source\":\"s7\"}");
    ck_assert_int_eq(n_asked, 5);
    ck_assert_uint_eq(occur(&w, "counted", "{\"source\":\"s7\"}"), 1);
    run(&w);
    world_free(&w);
}
END_TEST

/* ---- how much a request asks */

static int count_match(const li_trigger *t, const lii_occurrence *o)
{
    (void)t, (void)o;
    n_asked++;
    return 1;
}

static int where_said(const lii_occurrence *o, li_slice *name)
{
    static char room[64];

    name->ptr = room;
    name->len = lii_json_text(lii_occurrence_get(o, "door"), room, sizeof room);
    return name->len > 0 ? LII_AT_PLACE : 0;
}

static int is_longer(const li_trigger *a, const li_trigger *b, const lii_occurrence *o)
{
    (void)o;
    return lii_option_text(a, "path").len > lii_option_text(b, "path").len;
}

static void append_id(void *user, const li_trigger_info *info)
{
    strcat(user, info->id);
    strcat(user, " ");
}

static void keep_deliveries(void *user, const li_trigger_info *info)
{
    *(uint64_t *)user = info->deliveries;
}

/* Which trigger has it, and how many were asked. */
static void ask_doors(world *w, const char *occurrence, const char *taker, int asked)
{
    uint64_t before = 0, after = 0;

    n_asked = 0;
    ck_assert_int_eq(li_trigger_get(w->engine, taker, LI_Z, keep_deliveries, &before, NULL), LI_OK);
    ck_assert_uint_eq(occur(w, "door", occurrence), 1);
    run(w);
    ck_assert_int_eq(li_trigger_get(w->engine, taker, LI_Z, keep_deliveries, &after, NULL), LI_OK);
    ck_assert_uint_eq(after, before + 1);
    ck_assert_int_eq(n_asked, asked);
}

START_TEST(test_trg_86_a_request_asks_the_triggers_of_its_door_alone)
{
    static const lii_kind_code code = { .matches = count_match, .where = where_said, .better = is_longer };
    static const lii_field fields[] = { { .name = "door", .label = "Door", .flags = LII_FIELD_REQUIRED, .max = 100 },
                                        { .name = "path", .label = "Path", .max = 100 }, { .name = NULL } };
    static const lii_trigger_kind kind = { .name = "door", .label = "Door", .principal = "", .source_arn = "${$door}/${$path}",
                                           .type = LI_EVENT, .flags = LII_KIND_ONE, .retries = "", .fields = fields, .members = "door:s",
                                           .place = "door", .shape = "", .code = &code };
    static const lii_trigger_kind *const rows[] = { &kind };
    static const li_trigger_kinds kinds = { LI_VERSION_NUMBER, sizeof(lii_trigger_seam), sizeof(lii_trigger_kind), 1, rows,
                                            attach_nothing, NULL };
    char options[64], id[16], ids[64] = "";
    world w;
    int i;

    world_new(&w);
    ck_assert_int_eq(li_trigger_kinds_add(w.engine, &kinds, NULL), LI_OK);
    for (i = 0; i < 1000; i++) {
        snprintf(options, sizeof options, "{\"door\":\"d%d\",\"path\":\"p\"}", i);
        snprintf(id, sizeof id, "t%d", i);
        add(&w, "door", "scripted", id, options);
    }
    add(&w, "door", "scripted", "b", "{\"door\":\"d7\",\"path\":\"q\"}");
    add(&w, "door", "scripted", "a", "{\"door\":\"d7\",\"path\":\"r\"}");
    ask_doors(&w, "{\"door\":\"d8\"}", "t8", 1);
    ask_doors(&w, "{\"door\":\"d7\"}", "t7", 3);                   /* equals: the first made */
    ask_doors(&w, "{}", "t0", 1002);                               /* not said where */
    add(&w, "door", "scripted", "best", "{\"door\":\"d7\",\"path\":\"longer\"}");
    ask_doors(&w, "{\"door\":\"d7\"}", "best", 4);
    ck_assert_uint_eq(li_trigger_each_at(w.engine, "d7", LI_Z, append_id, ids), 4);
    ck_assert_str_eq(ids, "a b best t7 ");                         /* made at one instant: by id */
    ck_assert_int_eq(li_trigger_remove(w.engine, "best", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_remove(w.engine, "t7", LI_Z, NULL), LI_OK);
    ask_doors(&w, "{\"door\":\"d7\"}", "b", 2);
    ck_assert_int_eq(li_trigger_remove(w.engine, "a", LI_Z, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_remove(w.engine, "b", LI_Z, NULL), LI_OK);
    n_asked = 0;
    ck_assert_uint_eq(occur(&w, "door", "{\"door\":\"d7\"}"), 0);
    ck_assert_uint_eq(occur(&w, "door", "{\"door\":\"d77777\"}"), 0);
    ck_assert_int_eq(n_asked, 0);
    ck_assert_uint_eq(li_trigger_each_at(w.engine, "d7", LI_Z, append_id, ids), 0);
    ck_assert_uint_eq(li_trigger_each_at(w.engine, "d8", 2, append_id, ids), 1);
    world_free(&w);
}
END_TEST

/* ---- warnings */

typedef struct warned {
    char text[256];
    int n_lines, n_logged;
} warned;

static void keep_warning(void *user, const li_trigger_info *info)
{
    snprintf(((warned *)user)->text, sizeof ((warned *)user)->text, "%s", info->warning ? info->warning : "");
}

static void count_warnings(void *user, const li_journal_line *line)
{
    ((warned *)user)->n_lines += strstr(line->why, "invokes itself") != NULL;
}

static void log_warning(void *self, int32_t level, const char *text, size_t len)
{
    (void)len;
    ((warned *)self)->n_logged += level == LI_LOG_WARN && strstr(text, "invokes itself") != NULL;
}

/* Writes an object of this key, once. */
typedef struct writer {
    const char *bucket, *key;
    int runs;
} writer;

static int32_t write_object(li_invocation *invocation, void *environment, void *user)
{
    li_s3_occurrence occurrence = LI_S3_OCCURRENCE_INIT;
    writer *w = user;

    (void)environment;
    occurrence.bucket = li_z(w->bucket);
    occurrence.key = li_z(w->key);
    if (w->runs++ == 0)
        li_s3_occur(li_invocation_get_engine(invocation), &occurrence, NULL, NULL);
    return LI_DONE;
}

START_TEST(test_trg_40_a_function_that_writes_where_it_is_triggered_is_warned_of)
{
    static const struct {
        const char *key;
        int is_warned;
    } cases[] = { { "in/b", 1 }, { "out/b", 0 } };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    static const li_logger_ops ops = { .size = sizeof(li_logger_ops), .version = 1, .name = "test", .line = log_warning };
    warned heard;
    li_logger logger = { &ops, &heard };
    writer by = { "b", cases[_i].key, 0 };
    world w;

    memset(&w, 0, sizeof w);
    memset(&heard, 0, sizeof heard);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &w.clock), LI_OK);
    options.clock = w.clock;
    options.logger = &logger;
    ck_assert_int_eq(li_engine_new(&w.engine, &options, NULL), LI_OK);
    li_journal_listen(w.engine, count_warnings, &heard);
    add_function(w.engine, "writer", write_object, &by);
    add_function(w.engine, "scripted", scripted, &w.script);
    add(&w, "s3", "writer", "r", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"],\"prefix\":\"in/\"}");
    add(&w, "s3", "scripted", "o", "{\"bucket\":\"b\",\"events\":[\"s3:ObjectCreated:*\"],\"prefix\":\"out/\"}");
    occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"in/a\"}");
    run(&w);
    ck_assert_int_eq(by.runs, 1 + cases[_i].is_warned);
    ck_assert_int_eq(li_trigger_get(w.engine, "r", LI_Z, keep_warning, &heard, NULL), LI_OK);
    ck_assert_int_eq(strstr(heard.text, "invokes itself") != NULL, cases[_i].is_warned);
    ck_assert_int_eq(li_trigger_get(w.engine, "o", LI_Z, keep_warning, &heard, NULL), LI_OK);
    ck_assert_str_eq(heard.text, "");
    ck_assert_int_eq(heard.n_lines, cases[_i].is_warned);
    ck_assert_int_eq(heard.n_logged, cases[_i].is_warned);
    by.runs = 0;
    occur(&w, "s3", "{\"bucket\":\"b\",\"key\":\"in/a\"}");
    run(&w);
    ck_assert_int_eq(heard.n_lines, cases[_i].is_warned);
    world_free(&w);
}
END_TEST

/* ---- threads */

static void *occurs(void *user)
{
    int i;

    for (i = 0; i < 200; i++)
        li_trigger_occur(user, "custom", LI_Z, "{\"source\":\"s\",\"detail\":1}", LI_Z, NULL, NULL);
    return NULL;
}

START_TEST(test_rel_49_triggers_come_and_go_while_things_occur)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_event_counts counts = LI_EVENT_COUNTS_INIT;
    li_engine *engine = NULL;
    li_trigger_info info;
    pthread_t threads[2];
    world w;
    int i;

    memset(&w, 0, sizeof w);
    ck_assert_int_eq(li_engine_new(&engine, NULL, NULL), LI_OK);
    w.engine = engine;
    add_function(engine, "echo", echo, NULL);
    spec.kind = li_z("custom");
    spec.function = li_z("echo");
    spec.options = li_z("{\"source\":\"s\"}");
    spec.id = li_z("stays");
    ck_assert_int_eq(li_trigger_add(engine, &spec, NULL, NULL), LI_OK);
    spec.id = li_z("goes");
    ck_assert_int_eq(li_engine_start(engine, 2, NULL), LI_OK);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, occurs, engine), 0);
    for (i = 0; i < 100; i++) {
        ck_assert_int_eq(li_trigger_add(engine, &spec, NULL, NULL), LI_OK);
        ck_assert_int_eq(li_trigger_set_enabled(engine, "goes", LI_Z, 0, NULL), LI_OK);
        ck_assert_int_eq(li_trigger_remove(engine, "goes", LI_Z, NULL), LI_OK);
    }
    for (i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(li_engine_stop(engine, 10000, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(engine, NULL), LI_OK);
    info = info_of(&w, "stays");
    ck_assert_uint_eq(info.deliveries, 400);
    ck_assert_uint_eq(info.failures, 0);
    ck_assert_int_eq(li_event_count(engine, &counts), LI_OK);
    ck_assert_uint_ge(counts.succeeded, 400);
    ck_assert_uint_eq(counts.succeeded, counts.accepted);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

/* ---- memory that ends */

typedef struct heap {
    long left;                   /* allocations until one fails; negative: none does */
    long live;
} heap;

static int heap_fails(heap *h)
{
    return h->left >= 0 && h->left-- == 0;
}

static void *heap_alloc(void *self, size_t size)
{
    heap *h = self;

    if (heap_fails(h))
        return NULL;
    h->live++;
    return malloc(size);
}

static void *heap_realloc(void *self, void *block, size_t size)
{
    heap *h = self;

    if (heap_fails(h))
        return NULL;
    h->live += block == NULL;
    return realloc(block, size);
}

static void heap_free(void *self, void *block)
{
    ((heap *)self)->live -= block != NULL;
    free(block);
}

static size_t count_all(li_engine *engine)
{
    return li_trigger_each(engine, NULL, 0, find_one, &(find){ NULL, { 0 }, 0, "" });
}

/* Add one of each kind and let each fire while the k-th allocation fails. 1: none failed. */
static int run_without_memory(long k)
{
    static const li_allocator_ops ops = { sizeof ops, 1, 0, "heap", heap_alloc, heap_realloc, heap_free };
    static const char *const rows[][2] = { { "custom", "{\"source\":\"s\"}" },
                                           { "s3", S3(",\"prefix\":\"k\"") },
                                           { "schedule", "{\"expression\":\"rate(1 minute)\"}" } };
    heap h = { -1, 0 };
    li_allocator allocator = { &ops, &h };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    size_t i, n = 0;
    int untouched;
    world w;

    memset(&w, 0, sizeof w);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &w.clock), LI_OK);
    options.clock = w.clock;
    options.allocator = &allocator;
    ck_assert_int_eq(li_engine_new(&w.engine, &options, NULL), LI_OK);
    add_function(w.engine, "scripted", scripted, &w.script);
    spec.function = li_z("scripted");
    h.left = k;
    for (i = 0; i < 3; i++) {
        spec.kind = li_z(rows[i][0]);
        spec.options = li_z(rows[i][1]);
        n += li_trigger_add(w.engine, &spec, NULL, NULL) == LI_OK;
    }
    li_trigger_occur(w.engine, "custom", LI_Z, "{\"source\":\"s\",\"detail\":1}", LI_Z, NULL, NULL);
    li_trigger_occur(w.engine, "s3", LI_Z, "{\"bucket\":\"b\",\"key\":\"k\"}", LI_Z, NULL, NULL);
    untouched = h.left >= 0;
    h.left = -1;
    ck_assert_uint_eq(count_all(w.engine), n);
    li_clock_advance(w.clock, LI_MINUTE_NS, NULL);
    if (n == 3)
        ck_assert_int_ge(w.script.runs, untouched ? 3 : 1);
    world_free(&w);
    ck_assert_msg(h.live == 0, "allocation %ld: %ld blocks leak", k, h.live);
    return untouched;
}

START_TEST(test_trg_212_out_of_memory_leaves_no_half_made_trigger)
{
    long k = 0;

    while (!run_without_memory(k))
        k++;
    ck_assert_int_gt(k, 10);
}
END_TEST

START_TEST(test_trg_212_a_full_registry_refuses_and_takes_again)
{
    li_error err = LI_ERROR_INIT;
    world w;

    world_new(&w);
    ck_assert_int_eq(li_config_set(w.engine, "limits.triggers", 1, NULL), LI_OK);
    add(&w, "custom", "scripted", "a", "{\"source\":\"s\"}");
    ck_assert_int_eq(try_add(&w, "custom", "scripted", "b", "{\"source\":\"s\"}", &err), LI_E_FULL);
    ck_assert_int_eq(li_trigger_remove(w.engine, "a", LI_Z, NULL), LI_OK);
    add(&w, "custom", "scripted", "b", "{\"source\":\"s\"}");
    world_free(&w);
}
END_TEST

#define N(a) ((int)(sizeof(a) / sizeof *(a)))

Suite *suite_trigger(void);
Suite *suite_trigger(void)
{
    Suite *suite = suite_create("trigger");
    TCase *rows = tcase_create("rows"), *s3 = tcase_create("s3"), *schedule = tcase_create("schedule");
    TCase *rule = tcase_create("rule");

    tcase_add_test(rows, test_trg_1_a_row_keeps_id_kind_function_source_options_and_time);
    tcase_add_test(rows, test_trg_1_ids_are_made_or_unique);
    tcase_add_loop_test(rows, test_trg_22_what_cannot_be_added_is_named_and_nothing_is_made, 0, N(bads));
    tcase_add_loop_test(rows, test_trg_209_polled_sources_are_no_triggers_and_the_text_names_mappings, 0, N(polled));
    tcase_add_test(rows, test_trg_9_removed_and_disabled_triggers_get_nothing_new_but_queued_events_run);
    tcase_add_test(rows, test_trg_10_a_trigger_outlives_its_function_and_then_counts_failures);
    tcase_add_test(rows, test_trg_11_triggers_are_listed_by_creation_time_then_id_and_by_function);
    tcase_add_test(rows, test_trg_23_a_custom_detail_reaches_the_function_byte_for_byte);
    tcase_add_test(rows, test_trg_3_a_synchronous_custom_trigger_invokes_at_once_and_is_not_retried);
    tcase_add_loop_test(rows, test_trg_7_a_wrong_occurrence_names_its_member_and_delivers_nothing, 0, N(wrong_occurrences));
    tcase_add_test(rows, test_trg_7_schedules_have_no_occurrences);
    tcase_add_test(rows, test_trg_13_an_event_over_the_limit_is_refused_and_counted);
    tcase_add_test(rows, test_trg_212_out_of_memory_leaves_no_half_made_trigger);
    tcase_add_test(rows, test_trg_212_a_full_registry_refuses_and_takes_again);
    tcase_add_test(rows, test_trg_1_a_trigger_is_compared_with_those_of_its_source_alone);
    tcase_add_test(rows, test_trg_86_a_request_asks_the_triggers_of_its_door_alone);
    tcase_add_loop_test(rows, test_trg_40_a_function_that_writes_where_it_is_triggered_is_warned_of, 0, 2);
    tcase_add_test(rows, test_rel_58_each_delivery_is_a_journal_line);
    suite_add_tcase(suite, rows);
    tcase_add_loop_test(s3, test_trg_31_overlapping_configurations_of_one_bucket_are_refused, 0, N(overlaps));
    tcase_add_loop_test(s3, test_trg_30_filters_are_decoded_and_both_must_hold, 0, N(filters));
    tcase_add_test(s3, test_trg_30_a_filter_has_at_most_1024_characters);
    tcase_add_test(s3, test_trg_28_all_31_event_types_are_accepted_and_only_they);
    tcase_add_test(s3, test_trg_29_a_wildcard_matches_its_family_present_and_future);
    tcase_add_test(s3, test_trg_35_36_the_s3_event_has_every_member_in_order);
    tcase_add_test(s3, test_trg_36_size_etag_and_sequencer_come_with_their_families_only);
    tcase_add_test(s3, test_trg_204_disjoint_configurations_never_mix_records);
    suite_add_tcase(suite, s3);
    tcase_add_test(schedule, test_trg_200_a_rate_of_a_minute_fires_three_times_in_three_minutes);
    tcase_add_test(schedule, test_trg_54_55_a_firing_is_a_scheduled_event);
    tcase_add_test(schedule, test_trg_55_a_constant_input_is_the_event);
    tcase_add_test(schedule, test_trg_150_a_rate_counts_from_its_creation_and_again_from_each_enable);
    tcase_add_test(schedule, test_trg_160_equal_times_fire_in_order_of_creation);
    tcase_add_test(schedule, test_trg_161_a_day_of_minutes_fires_1440_times);
    tcase_add_test(schedule, test_trg_149_a_period_beyond_the_clock_never_fires);
    tcase_add_test(schedule, test_rel_57_missed_firings_are_not_made_up_after_a_gap);
    suite_add_tcase(suite, schedule);
    tcase_add_test(rule, test_trg_201_203_three_kinds_on_one_function_are_three_clients_with_their_own_data);
    tcase_add_test(rule, test_trg_202_a_trigger_that_always_fails_changes_nothing_for_the_others);
    tcase_add_test(rule, test_rel_49_triggers_come_and_go_while_things_occur);
    tcase_add_test(rule, test_trg_211_a_storm_over_50_triggers_is_delivered_whole);
    suite_add_tcase(suite, rule);
    return suite;
}
