/* sns.c - subscriptions of topics: filter policies, message structures, the notification, redrive (TRG-41..48). */
#include <stdio.h>

#include <lambdainvoke/pattern.h>

#include "base/time.h"
#include "service/services.h"

enum { ATTRIBUTES_MAX = 64, POLICY_MAX = 262144 };

/* Retries without a wait, then steady, then growing, then for 23 days (TRG-47). */
static const lii_retry_phase phases[] = { { 3, 0, 0 }, { 2, 1000, 1000 }, { 10, 1000, 20000 }, { 100000, 20000, 20000 } };
static const lii_service_retry retry = { phases, 4, 0, 0, 0 };

/* ---- subscriptions: the state is the compiled policy */

static void finish(li_trigger *t)
{
    li_pattern_free(t->state);
}

static li_status prepare(li_trigger *t, li_error *err)
{
    li_slice topic = lii_option_text(t, "topic"), policy = lii_option_text(t, "filterPolicy");
    int is_body = lii_slice_is(lii_option_text(t, "filterScope"), "MessageBody");
    li_pattern_options options = LI_PATTERN_OPTIONS_INIT;
    li_pattern_error error = LI_PATTERN_ERROR_INIT;
    li_pattern *pattern = NULL;
    li_status status;

    if (topic.len > 5 && memcmp(topic.ptr + topic.len - 5, ".fifo", 5) == 0)
        return lii_option_wrong("topic", err, "a FIFO topic has no subscriptions of functions: go through a FIFO queue");
    if (policy.len == 0)
        return LI_OK;
    options.dialect = is_body ? LI_DIALECT_SNS_BODY : LI_DIALECT_SNS_ATTRIBUTES;
    status = li_pattern_new(lii_engine_allocator(t->engine), policy.ptr, policy.len, &options, &pattern, &error);
    if (status == LI_E_NOMEM)
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for a filter policy");
    if (status != LI_OK)
        return lii_option_wrong("filterPolicy", err, "%.60s%s%.100s, at byte %llu%s", error.path, error.path[0] ? ": " : "",
                                error.text, (unsigned long long)error.offset,
                                error.kind == LI_PATTERN_NESTED ? " (filterScope MessageBody has nested ones)" : "");
    t->state = pattern;
    return LI_OK;
}

/* ---- a message: its attributes read once, for all subscriptions */

typedef struct message {
    li_slice topic, subject, id, text, whole; /* text: what functions get; whole: as it was published */
    li_pattern_attribute attributes[ATTRIBUTES_MAX];
    size_t n_attributes;
    char texts[];
} message;

/* {"Type"|"DataType": …, "Value"|"StringValue"|"BinaryValue": text} */
static li_status read_attribute(message *m, lii_arena *arena, lii_json_value key, lii_json_value value, li_error *err)
{
    static const char *const types[] = { "Type", "DataType" }, *const values[] = { "Value", "StringValue", "BinaryValue" };
    li_pattern_attribute *a = &m->attributes[m->n_attributes];
    lii_json_value type, text;
    size_t i;

    if (m->n_attributes == ATTRIBUTES_MAX)
        return lii_occurrence_wrong("messageAttributes", err, "at most %d", (int)ATTRIBUTES_MAX);
    memset(&type, 0, sizeof type);
    memset(&text, 0, sizeof text);
    for (i = 0; i < 2 && type.type == LII_JSON_NONE; i++)
        type = lii_json_get(value, types[i], LI_Z);
    for (i = 0; i < 3 && text.type == LII_JSON_NONE; i++)
        text = lii_json_get(value, values[i], LI_Z);
    if (type.type != LII_JSON_STRING || text.type != LII_JSON_STRING)
        return lii_occurrence_wrong("messageAttributes", err, "each has a Type and a Value, both texts");
    a->name = lii_arena_text(arena, key);
    a->type = lii_arena_text(arena, type);
    a->value = lii_arena_text(arena, text);
    m->n_attributes++;
    return LI_OK;
}

/* Of a message with structures: that for functions, else the default; it must have one (TRG-44). */
static li_status choose(message *m, lii_arena *arena, li_error *err)
{
    lii_json_value document, standard, mine;

    if (lii_json_check(m->whole.ptr, m->whole.len, 128, NULL) != 0)
        return lii_occurrence_wrong("message", err, "with messageStructure json it is a JSON object");
    document = lii_json_root(m->whole.ptr, m->whole.len);
    standard = lii_json_get(document, "default", LI_Z);
    mine = lii_json_get(document, "lambda", LI_Z);
    if (standard.type != LII_JSON_STRING)
        return lii_occurrence_wrong("message", err, "with messageStructure json it needs a text \"default\"");
    m->text = lii_arena_text(arena, mine.type == LII_JSON_STRING ? mine : standard);
    return LI_OK;
}

static li_status read(lii_occurrence *o, li_error *err)
{
    lii_json_value structure = lii_occurrence_get(o, "messageStructure"), key, value;
    message *m = lii_calloc(lii_engine_allocator(o->engine), 1, sizeof *m + 2 * o->json.len + 1);
    li_status status = LI_OK;
    lii_arena arena;
    size_t at = 0;

    if (!m)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for the message");
    o->state = m;
    arena.at = m->texts;
    m->topic = lii_arena_text(&arena, lii_occurrence_get(o, "topic"));
    m->subject = lii_arena_text(&arena, lii_occurrence_get(o, "subject"));
    m->id = lii_arena_text(&arena, lii_occurrence_get(o, "messageId"));
    m->whole = m->text = lii_arena_text(&arena, lii_occurrence_get(o, "message"));
    while (status == LI_OK && lii_json_next(lii_occurrence_get(o, "messageAttributes"), &at, &key, &value))
        status = read_attribute(m, &arena, key, value, err);
    if (status == LI_OK && lii_json_text_is(structure, "json", LI_Z))
        status = choose(m, &arena, err);
    else if (status == LI_OK && structure.type != LII_JSON_NONE)
        status = lii_occurrence_wrong("messageStructure", err, "json, or nothing");
    return status;
}

static void forget(lii_occurrence *o)
{
    lii_free(lii_engine_allocator(o->engine), o->state);
}

static int matches(const li_trigger *t, const lii_occurrence *o)
{
    const message *m = o->state;
    int32_t is_match = 1;

    if (!lii_slice_equal(m->topic, lii_option_text(t, "topic")))
        return 0;
    if (!t->state)
        return 1;
    if (lii_slice_is(lii_option_text(t, "filterScope"), "MessageBody"))
        return li_pattern_match(t->state, m->text.ptr, m->text.len, &is_match, NULL) == LI_OK && is_match;
    return li_pattern_match_attributes(t->state, m->attributes, m->n_attributes, &is_match, NULL) == LI_OK && is_match;
}

/* ---- what is sent */

static void write_attributes(lii_json_writer *w, const message *m)
{
    size_t i;

    lii_json_key(w, "MessageAttributes");
    lii_json_open(w, '{');
    for (i = 0; i < m->n_attributes; i++) {
        const li_pattern_attribute *a = &m->attributes[i];

        lii_json_key_text(w, a->name.ptr, a->name.len);
        lii_json_open(w, '{');
        lii_json_member_string(w, "Type", a->type.ptr, a->type.len);
        lii_json_member_string(w, "Value", a->value.ptr, a->value.len);
        lii_json_close(w, '}');
    }
    lii_json_close(w, '}');
}

/* Members of a notification; the names of its two addresses end in Url for functions, in URL for queues. */
static void write_notification(lii_json_writer *w, const li_trigger *t, const lii_occurrence *o, int is_for_function)
{
    const message *m = o->state;
    char id[LI_ID_TEXT_SIZE], time[LII_TIME_SIZE], address[1300];

    li_id_format(&o->ids[0], id);
    lii_time_ms(o->time_ms, time);
    lii_json_open(w, '{');
    lii_json_member_string(w, "Type", "Notification", LI_Z);
    lii_json_member_string(w, "MessageId", m->id.ptr ? m->id.ptr : id, m->id.ptr ? m->id.len : LI_Z);
    lii_json_member_string(w, "TopicArn", m->topic.ptr, m->topic.len);
    lii_json_key(w, "Subject");
    if (m->subject.ptr)
        lii_json_string(w, m->subject.ptr, m->subject.len);
    else
        lii_json_null(w);
    lii_json_member_string(w, "Message", m->text.ptr ? m->text.ptr : "", m->text.len);
    lii_json_member_string(w, "Timestamp", time, LI_Z);
    lii_json_member_string(w, "SignatureVersion", "1", LI_Z);    /* also when the topic signs by version 2 (TRG-46) */
    lii_json_member_string(w, "Signature", "EXAMPLE", LI_Z);
    snprintf(address, sizeof address, "https://sns.%s.amazonaws.com/SimpleNotificationService-EXAMPLE.pem",
             li_engine_get_region(t->engine));
    lii_json_member_string(w, is_for_function ? "SigningCertUrl" : "SigningCertURL", address, LI_Z);
    snprintf(address, sizeof address, "https://sns.%s.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=%.*s:%s",
             li_engine_get_region(t->engine), LII_TEXT(m->topic), t->id);
    lii_json_member_string(w, is_for_function ? "UnsubscribeUrl" : "UnsubscribeURL", address, LI_Z);
    write_attributes(w, m);
    lii_json_close(w, '}');
}

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    const message *m = o->state;
    char subscription[1300];
    lii_json_writer w;

    snprintf(subscription, sizeof subscription, "%.*s:%s", (int)m->topic.len, m->topic.ptr, t->id);
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    lii_json_key(&w, "Records");
    lii_json_open(&w, '[');
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "EventSource", "aws:sns", LI_Z);
    lii_json_member_string(&w, "EventVersion", "1.0", LI_Z);
    lii_json_member_string(&w, "EventSubscriptionArn", subscription, LI_Z);
    lii_json_key(&w, "Sns");
    write_notification(&w, t, o, 1);
    lii_json_close(&w, '}');
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
}

static void dead_letter(const li_trigger *t, const lii_occurrence *o, li_status status, uint32_t attempts, lii_buf *body,
                        void (*attribute)(void *user, const char *name, const char *type, const char *value), void *user)
{
    char id[LI_ID_TEXT_SIZE];
    lii_json_writer w;

    (void)attempts;
    lii_json_begin(&w, body);
    write_notification(&w, t, o, 0);
    li_id_format(&o->ids[1], id);
    attribute(user, "RequestID", "String", id);
    attribute(user, "ErrorCode", "String", status == LI_E_NOT_FOUND ? "404" : status == LI_E_DENIED ? "403" : "500");
    attribute(user, "ErrorMessage", "String", li_strerror(status));
}

static const lii_kind_code code = { .prepare = prepare, .finish = finish, .read = read, .forget = forget, .matches = matches,
                                    .build = build, .dead_letter = dead_letter };

static const lii_field fields[] = {
    { .name = "topic", .label = "Topic", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    { .name = "filterPolicy", .label = "Filter policy", .type = LII_FIELD_JSON, .max = POLICY_MAX },
    { .name = "filterScope", .label = "Filter scope", .type = LII_FIELD_ENUM, .standard = "\"MessageAttributes\"",
      .choices = "MessageAttributes|MessageBody" },
    { .name = "deadLetterArn", .label = "Dead-letter queue", .type = LII_FIELD_ARN, .max = 1600 },
    { .name = NULL }
};

const lii_trigger_kind lii_sns_kind = {
    .name = "sns",
    .label = "SNS",
    .principal = "sns.amazonaws.com",
    .source_arn = "${$topic}",
    .type = LI_EVENT,
    .retries = "SNS: 100,015 times over 23 days, not when denied or missing; then the function's queue",
    .fields = fields,
    .members = "topic:s! message:s! subject:s messageStructure:s messageId:s messageAttributes:o",
    .shape = "Records:a! Records.0.EventSource:s! Records.0.EventVersion:s! Records.0.EventSubscriptionArn:s! "
             "Records.0.Sns.MessageId:s! Records.0.Sns.TopicArn:s! Records.0.Sns.Message:s! Records.0.Sns.Timestamp:s! "
             "Records.0.Sns.MessageAttributes:o Records.0.Sns.Subject:sz",
    .options_example = "{\"topic\":\"arn:aws:sns:us-east-1:123456789012:ExampleTopic\"}",
    .example = "{\"topic\":\"arn:aws:sns:us-east-1:123456789012:ExampleTopic\",\"subject\":\"example subject\",\"message\":"
               "\"example message\",\"messageAttributes\":{\"Test\":{\"Type\":\"String\",\"Value\":\"TestString\"}}}",
    .retry = &retry,
    .code = &code,
};
