/* logs.c - subscription filters of log groups: which events, in one wrapped document (TRG-68, 69, 71). */
#include <stdio.h>

#include "base/base64.h"
#include "service/logs.h"

enum { OFF_MS = 600000 };        /* after a refusal that is no throttle */

static const lii_retry_phase phases[] = { { UINT32_MAX, 1000, 60000 } };
static const lii_service_retry retry = { phases, 1, 86400000, 0, 0 };

/* When a refused filter is on again; matches reads it under the registry's lock, a refusal writes it from anywhere. */
typedef struct filter {
    _Atomic uint64_t off_until_ms;
} filter;

static void finish(li_trigger *t)
{
    lii_free(lii_engine_allocator(t->engine), t->state);
}

static li_status prepare(li_trigger *t, li_error *err)
{
    t->state = lii_calloc(lii_engine_allocator(t->engine), 1, sizeof(filter));
    if (!t->state)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a trigger");
    return lii_log_pattern_check(lii_option_text(t, "filterPattern"), err);
}

static void refused(li_trigger *t, li_status status)
{
    filter *f = t->state;

    if (status == LI_E_DENIED || status == LI_E_NOT_FOUND)
        atomic_store(&f->off_until_ms, li_engine_now_ms(t->engine) + OFF_MS);
}

static li_status read(lii_occurrence *o, li_error *err)
{
    lii_json_value event;
    size_t at = 0, n = 0;

    while (lii_json_next(lii_occurrence_get(o, "logEvents"), &at, NULL, &event)) {
        if (lii_json_get(event, "message", LI_Z).type != LII_JSON_STRING)
            return lii_occurrence_wrong("logEvents", err, "each has a message");
        n++;
    }
    return n > 0 ? LI_OK : lii_occurrence_wrong("logEvents", err, "at least one is needed");
}

typedef struct match {
    li_slice names[LII_LOG_FIELDS], values[LII_LOG_FIELDS];
    size_t n;
} match;

/* room holds the message's text; longer ones than it can are not taken. */
static int takes(const li_trigger *t, lii_json_value event, char *room, size_t size, match *m)
{
    lii_json_value message = lii_json_get(event, "message", LI_Z);
    size_t n = lii_json_text(message, room, size);

    return n <= size && lii_log_pattern_takes(lii_option_text(t, "filterPattern"), lii_slice(room, n), m->names, m->values, &m->n);
}

static int matches(const li_trigger *t, const lii_occurrence *o)
{
    const filter *f = t->state;
    lii_json_value event;
    char room[32768];
    size_t at = 0;
    match m;

    if (o->time_ms < atomic_load(&f->off_until_ms))
        return 0;
    while (lii_json_next(lii_occurrence_get(o, "logEvents"), &at, NULL, &event))
        if (takes(t, event, room, sizeof room, &m))
            return 1;
    return 0;
}

static void write_event(lii_json_writer *w, const lii_occurrence *o, lii_json_value event, const match *m, size_t place)
{
    lii_json_value id = lii_json_get(event, "id", LI_Z), time = lii_json_get(event, "timestamp", LI_Z);
    lii_json_value message = lii_json_get(event, "message", LI_Z);
    char made[64];
    size_t i;

    lii_json_open(w, '{');
    lii_json_key(w, "id");
    snprintf(made, sizeof made, "%038llu%018zu", (unsigned long long)o->time_ms, place);
    if (id.type == LII_JSON_STRING)
        lii_json_raw(w, id.ptr, id.len);
    else
        lii_json_string(w, made, LI_Z);
    lii_json_key(w, "timestamp");
    if (time.type == LII_JSON_NUMBER)
        lii_json_raw(w, time.ptr, time.len);
    else
        lii_json_u64(w, o->time_ms);
    lii_json_key(w, "message");
    lii_json_raw(w, message.ptr, message.len);
    if (m->n > 0) {
        lii_json_key(w, "extractedFields");
        lii_json_open(w, '{');
        for (i = 0; i < m->n; i++) {
            lii_json_key_text(w, m->names[i].ptr, m->names[i].len);
            lii_json_string(w, m->values[i].ptr, m->values[i].len);
        }
        lii_json_close(w, '}');
    }
    lii_json_close(w, '}');
}

static void write_document(const li_trigger *t, const lii_occurrence *o, lii_buf *out)
{
    lii_json_value group = lii_occurrence_get(o, "logGroup"), stream = lii_occurrence_get(o, "logStream"), event;
    li_slice name = lii_option_text(t, "filterName");
    lii_json_writer w;
    char room[32768];
    size_t at = 0, place = 0;
    match m;

    lii_json_begin(&w, out);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "messageType", "DATA_MESSAGE", LI_Z);
    lii_json_member_string(&w, "owner", li_engine_get_account(t->engine), LI_Z);
    lii_json_key(&w, "logGroup");
    lii_json_raw(&w, group.ptr, group.len);
    lii_json_key(&w, "logStream");
    lii_json_raw(&w, stream.ptr, stream.len);
    lii_json_key(&w, "subscriptionFilters");
    lii_json_open(&w, '[');
    lii_json_string(&w, name.ptr, name.len);
    lii_json_close(&w, ']');
    lii_json_key(&w, "logEvents");
    lii_json_open(&w, '[');
    while (lii_json_next(lii_occurrence_get(o, "logEvents"), &at, NULL, &event)) {
        if (takes(t, event, room, sizeof room, &m))
            write_event(&w, o, event, &m, place);
        place++;
    }
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
}

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    lii_buf document, packed;

    lii_buf_init(&document, event->allocator);
    lii_buf_init(&packed, event->allocator);
    write_document(t, o, &document);
    lii_gzip_stored(&packed, document.data, document.len);
    lii_buf_add_z(event, "{\"awslogs\":{\"data\":\"");
    lii_base64(event, packed.data, packed.len);
    lii_buf_add_z(event, "\"}}");
    if (document.status != LI_OK || packed.status != LI_OK)
        event->status = LI_E_NOMEM;
    lii_buf_fini(&document);
    lii_buf_fini(&packed);
}

/* What a function writes would invoke it again (TRG-72). */
static const char *lint(const li_trigger *t)
{
    static const char own[] = "/aws/lambda/";
    li_slice group = lii_option_text(t, "logGroup");
    size_t n = sizeof own - 1, len = strcspn(t->journal_name, ":");

    return group.len == n + len && memcmp(group.ptr, own, n) == 0 && memcmp(group.ptr + n, t->journal_name, len) == 0
               ? "the log group is the function's own: what it writes would invoke it again"
               : NULL;
}

static const lii_kind_code code = { .prepare = prepare, .finish = finish, .read = read, .matches = matches, .build = build,
                                    .refused = refused, .lint = lint };

static const lii_field fields[] = {
    { .name = "logGroup", .label = "Log group", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 512,
      .pattern = "[\\.\\-_/#A-Za-z0-9]+" },
    { .name = "filterName", .label = "Filter name", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 512, .pattern = "[^:*]+" },
    { .name = "filterPattern", .label = "Filter pattern", .max = 1024, .help = "none: every event" },
    { .name = "distribution", .label = "Distribution", .type = LII_FIELD_ENUM, .choices = "ByLogStream|Random" },
    { .name = NULL }
};

const lii_trigger_kind lii_logs_kind = {
    .name = "logs",
    .label = "CloudWatch Logs",
    .principal = "logs.amazonaws.com",
    .source_arn = "arn:${@partition}:logs:${@region}:${@account}:log-group:${$logGroup}:*",
    .type = LI_EVENT,
    .flags = LII_KIND_ASKS,
    .retries = "Logs for 24 hours; denied or missing: off for ten minutes; then the function's queue",
    .fields = fields,
    .members = "logGroup:s! logStream:s! logEvents:a!",
    .match = "logGroup=logGroup",
    .same = "logGroup",
    .same_max = 2,
    .shape = "awslogs.data:s!",
    .options_example = "{\"logGroup\":\"/aws/lambda/other\",\"filterName\":\"errors\",\"filterPattern\":\"ERROR\"}",
    .example = "{\"logGroup\":\"/aws/lambda/other\",\"logStream\":\"s\",\"logEvents\":[{\"timestamp\":1440442987000,\"message\":"
               "\"[ERROR] First test message\"},{\"timestamp\":1440442987001,\"message\":\"fine\"}]}",
    .retry = &retry,
    .code = &code,
};
