/* s3.c - triggers by objects of a bucket: filters, the overlap rule, and the notification event (TRG-27..38). */
#include <stdio.h>

#include "base/base64.h"
#include "base/options.h"
#include "base/random.h"
#include "base/time.h"
#include "trigger/trigger.h"

enum { FILTER_MAX = 1024, KEY_MAX = 1024, BUCKET_MAX = 255, CONFIGURATION_ID_MAX = 255, ID_2_BYTES = 48 };

typedef struct s3_options {
    li_slice bucket;
    li_slice prefix;             /* decoded */
    li_slice suffix;             /* decoded */
    li_slice configuration_id;
    uint32_t events;             /* chosen entries of the event table and the members of chosen families */
    char texts[];
} s3_options;

typedef struct s3_object {
    li_s3_occurrence is;         /* first; texts lie behind */
    uint32_t mask;               /* what a trigger must have chosen */
    char texts[];
} s3_object;

/* Members that belong to one family of events each (TRG-38). */
static const struct extra {
    char member[28], family[24];
} extras[] = {
    { "glacierEventData", "ObjectRestore:Completed" },
    { "replicationEventData", "Replication:" },
    { "intelligentTieringEventData", "IntelligentTiering" },
    { "lifecycleEventData", "LifecycleTransition" },
};

/* ---- filters */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static size_t decode(const char *text, size_t len, char *out)
{
    size_t i, n = 0;

    for (i = 0; i < len; i++) {
        if (text[i] != '%') {
            out[n++] = text[i] == '+' ? ' ' : text[i];
            continue;
        }
        if (len - i < 3 || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
            return SIZE_MAX;
        out[n++] = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
        i += 2;
    }
    return n;
}

static int starts_with(li_slice text, li_slice part)
{
    return part.len <= text.len && (part.len == 0 || memcmp(text.ptr, part.ptr, part.len) == 0);
}

static int ends_with(li_slice text, li_slice part)
{
    return part.len <= text.len && (part.len == 0 || memcmp(text.ptr + text.len - part.len, part.ptr, part.len) == 0);
}

static int overlap(const s3_options *a, const s3_options *b)
{
    return lii_slice_equal(a->bucket, b->bucket) && (a->events & b->events) != 0 &&
           (starts_with(a->prefix, b->prefix) || starts_with(b->prefix, a->prefix)) &&
           (ends_with(a->suffix, b->suffix) || ends_with(b->suffix, a->suffix));
}

static li_status check_other(const li_trigger *mine, const li_trigger *other, li_error *err)
{
    const s3_options *s3 = mine->state, *its = other->state;
    int is_named;

    if (!overlap(s3, its))
        return LI_OK;
    is_named = !lii_slice_is(its->configuration_id, other->id);
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_OVERLAP, other->id, LI_Z,
                    "the configuration overlaps trigger %s%s%.*s%s: both match the same event types, prefixes and suffixes of "
                    "bucket %.*s",
                    other->id, is_named ? " (" : "", is_named ? (int)its->configuration_id.len : 0, its->configuration_id.ptr,
                    is_named ? ")" : "", LII_TEXT(s3->bucket));
}

/* ---- options */

static li_status read_filter(li_slice given, const char *member, char *room, li_slice *out, li_error *err)
{
    size_t n = decode(given.ptr, given.len, room);

    if (n == SIZE_MAX)
        return lii_option_wrong(member, err, "URL-encoded as keys are: %% is followed by two hexadecimal digits");
    *out = lii_slice(room, n);
    return LI_OK;
}

static li_status read_events(s3_options *s3, lii_json_value list, li_error *err)
{
    lii_json_value value = list;
    uint32_t mask = 0;
    char name[64];
    size_t at = 0, len;
    int is_one = list.type == LII_JSON_STRING;

    while (is_one || lii_json_next(list, &at, NULL, &value)) {
        len = lii_json_text(value, name, sizeof name);
        if (len > sizeof name || lii_s3_event_find(lii_slice(name, len), &mask) < 0)
            return lii_option_wrong("events", err, "\"%.*s\" is not an event type such as s3:ObjectCreated:*",
                                    (int)(len < sizeof name ? len : sizeof name), name);
        s3->events |= mask;
        if (is_one)
            break;
    }
    return LI_OK;
}

static void finish(li_trigger *t)
{
    lii_free(lii_engine_allocator(t->engine), t->state);
}

static li_status prepare(li_trigger *t, li_error *err)
{
    li_slice prefix = lii_option_text(t, "prefix"), suffix = lii_option_text(t, "suffix");
    s3_options *s3 = lii_calloc(lii_engine_allocator(t->engine), 1, sizeof *s3 + prefix.len + suffix.len + 1);
    li_status status;

    if (!s3)
        return lii_no_memory(err, "a trigger");
    t->state = s3;
    s3->bucket = lii_option_text(t, "bucket");
    s3->configuration_id = lii_option_text(t, "configurationId");
    if (s3->configuration_id.len == 0)
        s3->configuration_id = lii_slice(t->id, LI_Z);   /* the same after a restart */
    status = read_events(s3, lii_option_json(t, "events"), err);
    if (status == LI_OK)
        status = read_filter(prefix, "prefix", s3->texts, &s3->prefix, err);
    if (status == LI_OK)
        status = read_filter(suffix, "suffix", s3->texts + prefix.len, &s3->suffix, err);
    return status;
}

/* ---- occurrences */

static void measure(li_s3_occurrence *s3)
{
    s3->bucket = lii_measured(s3->bucket);
    s3->key = lii_measured(s3->key);
    s3->event_name = s3->event_name.ptr ? lii_measured(s3->event_name) : LII_S("ObjectCreated:Put");
    s3->etag = lii_measured(s3->etag);
    s3->version_id = lii_measured(s3->version_id);
    s3->principal_id = s3->principal_id.ptr ? lii_measured(s3->principal_id) : LII_S("EXAMPLE");
    s3->source_ip = s3->source_ip.ptr ? lii_measured(s3->source_ip) : LII_S("127.0.0.1");
    if (s3->event_name.len > 3 && memcmp(s3->event_name.ptr, "s3:", 3) == 0) {
        s3->event_name.ptr += 3;
        s3->event_name.len -= 3;
    }
}

/* The occurrence's own copy, with its defaults, checked. */
static li_status keep(lii_occurrence *o, const li_s3_occurrence *given, li_error *err)
{
    li_s3_occurrence s3 = *given;
    li_slice *const texts[] = { &s3.bucket, &s3.key, &s3.event_name, &s3.etag, &s3.version_id, &s3.principal_id,
                                &s3.source_ip };
    size_t i, total = 0;
    s3_object *object;
    char *to;

    measure(&s3);
    if (s3.bucket.len < 1 || s3.bucket.len > BUCKET_MAX)
        return lii_occurrence_wrong("bucket", err, "a bucket's name has 1 to %d bytes", BUCKET_MAX);
    if (s3.key.len < 1 || s3.key.len > KEY_MAX)
        return lii_occurrence_wrong("key", err, "a key has 1 to %d bytes", KEY_MAX);
    for (i = 0; i < sizeof texts / sizeof *texts; i++)
        total += texts[i]->len;
    object = lii_calloc(lii_engine_allocator(o->engine), 1, sizeof *object + total + 1);
    if (!object)
        return lii_no_memory(err, "the occurrence");
    for (i = 0, to = object->texts; i < sizeof texts / sizeof *texts; i++) {
        if (!texts[i]->ptr)
            continue;
        if (texts[i]->len > 0)
            memcpy(to, texts[i]->ptr, texts[i]->len);
        texts[i]->ptr = to;
        to += texts[i]->len;
    }
    object->is = s3;
    o->state = object;
    if (lii_s3_event_named(s3.event_name, &object->mask) == -2)
        return lii_occurrence_wrong("eventName", err, "\"%.*s\" is not an event's name such as ObjectCreated:Put",
                                    LII_TEXT(s3.event_name));
    return LI_OK;
}

static void forget(lii_occurrence *o)
{
    lii_free(lii_engine_allocator(o->engine), o->state);
}

static li_status check_extras(const lii_occurrence *o, li_error *err)
{
    const s3_object *object = o->state;
    size_t i;

    for (i = 0; i < sizeof extras / sizeof *extras; i++)
        if (lii_occurrence_get(o, extras[i].member).type != LII_JSON_NONE &&
            !starts_with(object->is.event_name, lii_slice(extras[i].family, LI_Z)))
            return lii_occurrence_wrong(extras[i].member, err, "it comes with events of %s only", extras[i].family);
    return LI_OK;
}

static li_status read_occurrence(lii_occurrence *o, li_error *err)
{
    li_s3_occurrence s3 = LI_S3_OCCURRENCE_INIT;
    struct {
        const char *member;
        li_slice *out;
    } texts[] = { { "bucket", &s3.bucket },        { "key", &s3.key },
                  { "eventName", &s3.event_name }, { "eTag", &s3.etag },
                  { "versionId", &s3.version_id }, { "principalId", &s3.principal_id },
                  { "sourceIPAddress", &s3.source_ip } };
    lii_json_value size;
    lii_arena arena;
    li_status status;
    int64_t bytes = 0;
    char *room;
    size_t i;

    if (o->state)                /* it came as a struct */
        return LI_OK;
    size = lii_occurrence_get(o, "size");
    if (size.type != LII_JSON_NONE && (lii_json_i64(size, &bytes) != 0 || bytes < 0))
        return lii_occurrence_wrong("size", err, "a size is an integer of 0 and more");
    room = lii_alloc(lii_engine_allocator(o->engine), o->json.len + 1);
    if (!room)
        return lii_no_memory(err, "the occurrence");
    arena.at = room;
    for (i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i].out = lii_arena_text(&arena, lii_occurrence_get(o, texts[i].member));
    s3.object_size = (uint64_t)bytes;
    status = keep(o, &s3, err);
    lii_free(lii_engine_allocator(o->engine), room);
    return status == LI_OK ? check_extras(o, err) : status;
}

li_status li_s3_occur(li_engine *engine, const li_s3_occurrence *occurrence, uint64_t *n_matched, li_error *err)
{
    li_s3_occurrence s3 = LI_S3_OCCURRENCE_INIT;
    lii_occasion *o = NULL;
    li_status status;

    if (!engine || !occurrence)
        return lii_is_null(err, "engine or occurrence");
    status = lii_engine_check_fork(engine, err);
    if (status == LI_OK)
        status = lii_options_read(&s3, sizeof s3, occurrence, "li_s3_occurrence", err);
    if (status == LI_OK)
        status = lii_occasion_new(engine, &lii_s3_kind, NULL, 0, &o, err);
    if (status != LI_OK)
        return status;
    status = keep(lii_occasion_occurrence(o), &s3, err);
    if (status != LI_OK) {
        lii_occasion_free(o);
        return status;
    }
    return lii_occasion_run(o, NULL, NULL, n_matched, err);
}

li_status li_s3_occurrence_init(li_s3_occurrence *occurrence, size_t size)
{
    static const li_s3_occurrence defaults = LI_S3_OCCURRENCE_INIT;

    return lii_options_init(occurrence, size, &defaults, sizeof defaults);
}

static int matches(const li_trigger *t, const lii_occurrence *o)
{
    const s3_options *s3 = t->state;
    const s3_object *object = o->state;

    return (s3->events & object->mask) != 0 && lii_slice_equal(s3->bucket, object->is.bucket) &&
           starts_with(object->is.key, s3->prefix) && ends_with(object->is.key, s3->suffix);
}

/* ---- the event */

/* The first id as 16 hexadecimal digits, the other three as base64 of 48 bytes. */
static void write_request_ids(lii_json_writer *w, const lii_occurrence *o)
{
    char id[16];
    size_t i;

    lii_id_hex(o->ids[0].bytes, sizeof id / 2, id);
    for (i = 0; i < sizeof id; i++)
        if (id[i] >= 'a')
            id[i] = (char)(id[i] - 'a' + 'A');
    lii_json_open(w, '{');
    lii_json_member_string(w, "x-amz-request-id", id, sizeof id);
    lii_json_key(w, "x-amz-id-2");
    lii_buf_add_byte(w->out, '"');
    lii_base64(w->out, (const char *)&o->ids[1], ID_2_BYTES);
    lii_buf_add_byte(w->out, '"');
    w->needs_comma = 1;
    lii_json_close(w, '}');
}

static void write_bucket(lii_json_writer *w, const li_trigger *t)
{
    const s3_options *s3 = t->state;

    lii_json_open(w, '{');
    lii_json_member_string(w, "name", s3->bucket.ptr, s3->bucket.len);
    lii_json_key(w, "ownerIdentity");
    lii_json_open(w, '{');
    lii_json_member_string(w, "principalId", "EXAMPLE", LI_Z);
    lii_json_close(w, '}');
    lii_json_member_string(w, "arn", t->source_arn, LI_Z);
    lii_json_close(w, '}');
}

static void write_object(lii_json_writer *w, const lii_occurrence *o)
{
    const li_s3_occurrence *s3 = &((const s3_object *)o->state)->is;
    uint32_t parts = lii_s3_event_parts(s3->event_name);
    char sequencer[24];

    lii_json_open(w, '{');
    lii_json_key(w, "key");
    lii_buf_add_byte(w->out, '"');
    lii_url_encode(w->out, s3->key.ptr, s3->key.len);
    lii_buf_add_byte(w->out, '"');
    w->needs_comma = 1;
    if (parts & LII_S3_HAS_SIZE)
        lii_json_member_u64(w, "size", s3->object_size);
    if ((parts & LII_S3_HAS_ETAG) && s3->etag.ptr)
        lii_json_member_string(w, "eTag", s3->etag.ptr, s3->etag.len);
    if (s3->version_id.ptr)
        lii_json_member_string(w, "versionId", s3->version_id.ptr, s3->version_id.len);
    if (parts & LII_S3_HAS_SEQUENCER) {
        snprintf(sequencer, sizeof sequencer, "%016llX", (unsigned long long)o->sequence);
        lii_json_member_string(w, "sequencer", sequencer, LI_Z);
    }
    lii_json_close(w, '}');
}

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    const s3_options *options = t->state;
    const li_s3_occurrence *s3 = &((const s3_object *)o->state)->is;
    char time[LII_TIME_SIZE];
    lii_json_writer w;
    size_t i;

    lii_time_ms(o->time_ms, time);
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    lii_json_key(&w, "Records");
    lii_json_open(&w, '[');
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "eventVersion", lii_s3_event_version(s3->event_name), LI_Z);
    lii_json_member_string(&w, "eventSource", "aws:s3", LI_Z);
    lii_json_member_string(&w, "awsRegion", li_engine_get_region(t->engine), LI_Z);
    lii_json_member_string(&w, "eventTime", time, LI_Z);
    lii_json_member_string(&w, "eventName", s3->event_name.ptr, s3->event_name.len);
    lii_json_key(&w, "userIdentity");
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "principalId", s3->principal_id.ptr, s3->principal_id.len);
    lii_json_close(&w, '}');
    lii_json_key(&w, "requestParameters");
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "sourceIPAddress", s3->source_ip.ptr, s3->source_ip.len);
    lii_json_close(&w, '}');
    lii_json_key(&w, "responseElements");
    write_request_ids(&w, o);
    lii_json_key(&w, "s3");
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "s3SchemaVersion", "1.0", LI_Z);
    lii_json_member_string(&w, "configurationId", options->configuration_id.ptr, options->configuration_id.len);
    lii_json_key(&w, "bucket");
    write_bucket(&w, t);
    lii_json_key(&w, "object");
    write_object(&w, o);
    lii_json_close(&w, '}');
    for (i = 0; i < sizeof extras / sizeof *extras; i++) {
        lii_json_value extra = lii_occurrence_get(o, extras[i].member);

        if (extra.type != LII_JSON_NONE) {
            lii_json_key(&w, extras[i].member);
            lii_json_raw(&w, extra.ptr, extra.len);
        }
    }
    lii_json_close(&w, '}');
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
}

static const lii_kind_code code = { .prepare = prepare, .finish = finish, .check = check_other, .read = read_occurrence,
                                    .forget = forget, .matches = matches, .build = build };

static const lii_field fields[] = {
    { "bucket", "Bucket", LII_FIELD_TEXT, LII_FIELD_REQUIRED, NULL, 1, BUCKET_MAX, NULL, NULL, NULL,
      "the bucket that sends the notifications", NULL },
    { "events", "Event types", LII_FIELD_LIST, LII_FIELD_REQUIRED, NULL, 1, 31, NULL, lii_s3_choices, NULL,
      "a family with * stands for all of its types", "eventTypes" },
    { "prefix", "Prefix", LII_FIELD_TEXT, 0, NULL, 0, FILTER_MAX, NULL, NULL, NULL, "start of the keys, URL-encoded as keys are",
      NULL },
    { "suffix", "Suffix", LII_FIELD_TEXT, 0, NULL, 0, FILTER_MAX, NULL, NULL, NULL, "end of the keys, URL-encoded as keys are",
      NULL },
    { "configurationId", "Configuration id", LII_FIELD_TEXT, 0, NULL, 0, CONFIGURATION_ID_MAX, NULL, NULL, NULL,
      "shows in each event; made when it is not given", "id" },
    { "skipDestinationValidation", "Skip the check of the permission", LII_FIELD_BOOL, 0, "false", 0, 0, NULL, NULL, NULL,
      NULL, NULL },
    { "recursiveAck", "I know that a function that writes into this bucket may invoke itself", LII_FIELD_BOOL,
      LII_FIELD_MUST_BE_TRUE, NULL, 0, 0, NULL, NULL, NULL, "forms cannot be submitted without it", NULL },
    LII_FIELDS_END
};

const lii_trigger_kind lii_s3_kind = {
    .name = "s3",
    .label = "S3",
    .principal = "s3.amazonaws.com",
    .source_arn = "arn:${@partition}:s3:::${$bucket}",
    .type = LI_EVENT,
    .flags = LII_KIND_ASKS,
    .retries = "the function's queue",
    .fields = fields,
    .members = "bucket:s! key:s! size:n eTag:s versionId:s eventName:s principalId:s sourceIPAddress:s glacierEventData:o "
               "replicationEventData:o intelligentTieringEventData:o lifecycleEventData:o",
    .shape = "Records:a! Records.0.eventVersion:s! Records.0.eventSource:s! Records.0.awsRegion:s! Records.0.eventTime:s! "
             "Records.0.eventName:s! Records.0.userIdentity.principalId:s! Records.0.s3.bucket.name:s! "
             "Records.0.s3.bucket.arn:s! Records.0.s3.object.key:s!",
    .options_example = "{\"bucket\":\"example-bucket\",\"events\":[\"s3:ObjectCreated:*\"]}",
    .example = "{\"bucket\":\"example-bucket\",\"key\":\"test/key\",\"size\":1024,\"eTag\":\"0123456789abcdef0123456789abcdef\"}",
    .code = &code,
};
