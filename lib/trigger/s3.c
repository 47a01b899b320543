/* s3.c - triggers by objects of a bucket: filters, the overlap rule, and the notification event (TRG-27..36). */
#include <stdio.h>

#include "base/random.h"
#include "base/time.h"
#include "trigger/trigger.h"

enum { FILTER_MAX = 1024, KEY_MAX = 1024, BUCKET_MAX = 255, CONFIGURATION_ID_MAX = 255, ID_2_BYTES = 48 };

/* ---- filters */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

size_t lii_s3_prefix_decode(const char *text, size_t len, char *out)
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

int lii_s3_overlap(const lii_s3 *a, const lii_s3 *b)
{
    return lii_slice_equal(a->bucket, b->bucket) && (a->events & b->events) != 0 &&
           (starts_with(a->prefix, b->prefix) || starts_with(b->prefix, a->prefix)) &&
           (ends_with(a->suffix, b->suffix) || ends_with(b->suffix, a->suffix));
}

static li_status check_other(const li_trigger *mine, const li_trigger *other, li_error *err)
{
    if (!lii_s3_overlap(&mine->is.s3, &other->is.s3))
        return LI_OK;
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_OVERLAP, other->id, LI_Z,
                    "the configuration overlaps trigger %s: both match the same event types, prefixes and suffixes of "
                    "bucket %.*s",
                    other->id, LII_TEXT(mine->is.s3.bucket));
}

/* ---- options */

static li_status read_filter(lii_json_value value, const char *member, lii_arena *arena, li_slice *out, li_error *err)
{
    char *text = arena->at;
    size_t i, n, characters = 0;

    *out = lii_arena_text(arena, value);
    for (i = 0; i < out->len; i++)
        characters += ((unsigned char)text[i] & 0xC0) != 0x80;
    if (characters > FILTER_MAX)
        return lii_option_wrong(member, err, "a filter has at most %d characters", FILTER_MAX);
    n = lii_s3_prefix_decode(text, out->len, text);   /* in place: it only gets shorter */
    if (n == SIZE_MAX)
        return lii_option_wrong(member, err, "URL-encoded as keys are: %% is followed by two hexadecimal digits");
    out->len = n;
    return LI_OK;
}

static li_status read_events(lii_s3 *s3, lii_json_value array, li_error *err)
{
    lii_json_value value;
    uint32_t mask = 0;
    char name[64];
    size_t at = 0, len;

    while (lii_json_next(array, &at, NULL, &value)) {
        if (value.type != LII_JSON_STRING)
            return lii_option_wrong("events", err, "an event type is a text");
        len = lii_json_text(value, name, sizeof name);
        if (len > sizeof name || lii_s3_event_find(lii_slice(name, len), &mask) < 0)
            return lii_option_wrong("events", err, "\"%.*s\" is not an event type such as s3:ObjectCreated:*",
                                    (int)(len < sizeof name ? len : sizeof name), name);
        s3->events |= mask;
    }
    return s3->events ? LI_OK : lii_option_wrong("events", err, "at least one event type is needed");
}

static li_status read_options(li_trigger *t, lii_arena *arena, li_error *err)
{
    enum { BUCKET, EVENTS, PREFIX, SUFFIX, ID, N };
    lii_member m[N] = { { "bucket", LII_JSON_STRING, LII_MEMBER_REQUIRED, { NULL, 0, 0, 0 } },
                        { "events", LII_JSON_ARRAY, LII_MEMBER_REQUIRED, { NULL, 0, 0, 0 } },
                        { "prefix", LII_JSON_STRING, 0, { NULL, 0, 0, 0 } },
                        { "suffix", LII_JSON_STRING, 0, { NULL, 0, 0, 0 } },
                        { "configurationId", LII_JSON_STRING, 0, { NULL, 0, 0, 0 } } };
    lii_s3 *s3 = &t->is.s3;
    li_status status = lii_members_read(t->options.ptr, t->options.len, m, N, "options", LI_DETAIL_TRIGGER_OPTIONS, err);
    li_id id;

    if (status != LI_OK)
        return status;
    s3->bucket = lii_arena_text(arena, m[BUCKET].value);
    if (s3->bucket.len < 1 || s3->bucket.len > BUCKET_MAX)
        return lii_option_wrong("bucket", err, "a bucket's name has 1 to %d bytes", BUCKET_MAX);
    s3->configuration_id = lii_arena_text(arena, m[ID].value);
    if (s3->configuration_id.len > CONFIGURATION_ID_MAX)
        return lii_option_wrong("configurationId", err, "it has at most %d bytes", CONFIGURATION_ID_MAX);
    if (s3->configuration_id.len == 0) {
        lii_engine_new_id(t->engine, &id);
        li_id_format(&id, s3->made_id);
        s3->configuration_id = lii_slice(s3->made_id, LI_Z);
    }
    status = read_events(s3, m[EVENTS].value, err);
    if (status == LI_OK)
        status = read_filter(m[PREFIX].value, "prefix", arena, &s3->prefix, err);
    if (status == LI_OK)
        status = read_filter(m[SUFFIX].value, "suffix", arena, &s3->suffix, err);
    snprintf(t->source_arn, sizeof t->source_arn, "arn:%s:s3:::%.*s", li_engine_get_partition(t->engine),
             (int)s3->bucket.len, s3->bucket.ptr);
    return status;
}

/* ---- occurrences */

li_status lii_s3_complete(lii_occurrence *o, li_error *err)
{
    li_s3_occurrence *s3 = &o->s3;

    s3->bucket = lii_measured(s3->bucket);
    s3->key = lii_measured(s3->key);
    s3->event_name = s3->event_name.ptr ? lii_measured(s3->event_name) : LII_S("ObjectCreated:Put");
    s3->etag = lii_measured(s3->etag);
    s3->version_id = lii_measured(s3->version_id);
    s3->principal_id = s3->principal_id.ptr ? lii_measured(s3->principal_id) : LII_S("EXAMPLE");
    s3->source_ip = s3->source_ip.ptr ? lii_measured(s3->source_ip) : LII_S("127.0.0.1");
    if (s3->bucket.len < 1 || s3->bucket.len > BUCKET_MAX)
        return lii_occurrence_wrong("bucket", err, "a bucket's name has 1 to %d bytes", BUCKET_MAX);
    if (s3->key.len < 1 || s3->key.len > KEY_MAX)
        return lii_occurrence_wrong("key", err, "a key has 1 to %d bytes", KEY_MAX);
    if (s3->event_name.len > 3 && memcmp(s3->event_name.ptr, "s3:", 3) == 0) {
        s3->event_name.ptr += 3;
        s3->event_name.len -= 3;
    }
    o->s3_event = lii_s3_event_named(s3->event_name, &o->s3_mask);
    if (o->s3_event == -2)
        return lii_occurrence_wrong("eventName", err, "\"%.*s\" is not an event's name such as ObjectCreated:Put",
                                    LII_TEXT(s3->event_name));
    return LI_OK;
}

static li_status read_occurrence(const char *text, size_t len, lii_arena *arena, lii_occurrence *out, li_error *err)
{
    enum { BUCKET, KEY, SIZE, ETAG, VERSION, EVENT, PRINCIPAL, ADDRESS, N };
    static const li_s3_occurrence defaults = LI_S3_OCCURRENCE_INIT;
    lii_member m[N] = { { "bucket", LII_JSON_STRING, LII_MEMBER_REQUIRED, { NULL, 0, 0, 0 } },
                        { "key", LII_JSON_STRING, LII_MEMBER_REQUIRED, { NULL, 0, 0, 0 } },
                        { "size", LII_JSON_NUMBER, 0, { NULL, 0, 0, 0 } },
                        { "eTag", LII_JSON_STRING, 0, { NULL, 0, 0, 0 } },
                        { "versionId", LII_JSON_STRING, 0, { NULL, 0, 0, 0 } },
                        { "eventName", LII_JSON_STRING, 0, { NULL, 0, 0, 0 } },
                        { "principalId", LII_JSON_STRING, 0, { NULL, 0, 0, 0 } },
                        { "sourceIPAddress", LII_JSON_STRING, 0, { NULL, 0, 0, 0 } } };
    int64_t size = 0;
    li_status status = lii_members_read(text, len, m, N, "occurrence", LI_DETAIL_OCCURRENCE, err);

    if (status != LI_OK)
        return status;
    if (m[SIZE].value.type != LII_JSON_NONE && (lii_json_i64(m[SIZE].value, &size) != 0 || size < 0))
        return lii_occurrence_wrong("size", err, "a size is an integer of 0 and more");
    out->s3 = defaults;
    out->s3.bucket = lii_arena_text(arena, m[BUCKET].value);
    out->s3.key = lii_arena_text(arena, m[KEY].value);
    out->s3.object_size = (uint64_t)size;
    out->s3.etag = lii_arena_text(arena, m[ETAG].value);
    out->s3.version_id = lii_arena_text(arena, m[VERSION].value);
    out->s3.event_name = lii_arena_text(arena, m[EVENT].value);
    out->s3.principal_id = lii_arena_text(arena, m[PRINCIPAL].value);
    out->s3.source_ip = lii_arena_text(arena, m[ADDRESS].value);
    return lii_s3_complete(out, err);
}

static int matches(const li_trigger *t, const lii_occurrence *o)
{
    const lii_s3 *s3 = &t->is.s3;

    return (s3->events & o->s3_mask) != 0 && lii_slice_equal(s3->bucket, o->s3.bucket) &&
           starts_with(o->s3.key, s3->prefix) && ends_with(o->s3.key, s3->suffix);
}

/* ---- the event */

void lii_s3_key_encode(lii_buf *out, const char *key, size_t len)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t i;

    for (i = 0; i < len; i++) {
        char c = key[i];
        unsigned char byte = (unsigned char)c;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
            c == '.' || c == '*' || c == '/') {
            lii_buf_add_byte(out, c);
        } else if (c == ' ') {
            lii_buf_add_byte(out, '+');
        } else {
            lii_buf_add_byte(out, '%');
            lii_buf_add_byte(out, hex[byte >> 4]);
            lii_buf_add_byte(out, hex[byte & 15]);
        }
    }
}

/* The first id as 16 hexadecimal digits, the other three as base64 of 48 bytes. */
static void write_request_ids(lii_json_writer *w, const lii_occurrence *o)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char id[16], id_2[ID_2_BYTES / 3 * 4];
    const uint8_t *bytes = (const uint8_t *)&o->ids[1];
    size_t i, n = 0;

    lii_id_hex(o->ids[0].bytes, sizeof id / 2, id);
    for (i = 0; i < sizeof id; i++)
        if (id[i] >= 'a')
            id[i] = (char)(id[i] - 'a' + 'A');
    for (i = 0; i < ID_2_BYTES; i += 3) {
        uint32_t three = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];

        id_2[n++] = digits[three >> 18];
        id_2[n++] = digits[three >> 12 & 63];
        id_2[n++] = digits[three >> 6 & 63];
        id_2[n++] = digits[three & 63];
    }
    lii_json_open(w, '{');
    lii_json_member_string(w, "x-amz-request-id", id, sizeof id);
    lii_json_member_string(w, "x-amz-id-2", id_2, sizeof id_2);
    lii_json_close(w, '}');
}

static void write_bucket(lii_json_writer *w, const li_trigger *t)
{
    lii_json_open(w, '{');
    lii_json_member_string(w, "name", t->is.s3.bucket.ptr, t->is.s3.bucket.len);
    lii_json_key(w, "ownerIdentity");
    lii_json_open(w, '{');
    lii_json_member_string(w, "principalId", "EXAMPLE", LI_Z);
    lii_json_close(w, '}');
    lii_json_member_string(w, "arn", t->source_arn, LI_Z);
    lii_json_close(w, '}');
}

static void write_object(lii_json_writer *w, const lii_occurrence *o)
{
    uint32_t parts = lii_s3_event_parts(o->s3.event_name);
    char sequencer[24];

    lii_json_open(w, '{');
    lii_json_key(w, "key");
    lii_buf_add_byte(w->out, '"');
    lii_s3_key_encode(w->out, o->s3.key.ptr, o->s3.key.len);
    lii_buf_add_byte(w->out, '"');
    w->needs_comma = 1;
    if (parts & LII_S3_HAS_SIZE)
        lii_json_member_u64(w, "size", o->s3.object_size);
    if ((parts & LII_S3_HAS_ETAG) && o->s3.etag.ptr)
        lii_json_member_string(w, "eTag", o->s3.etag.ptr, o->s3.etag.len);
    if (o->s3.version_id.ptr)
        lii_json_member_string(w, "versionId", o->s3.version_id.ptr, o->s3.version_id.len);
    if (parts & LII_S3_HAS_SEQUENCER) {
        snprintf(sequencer, sizeof sequencer, "%016llX", (unsigned long long)o->sequencer);
        lii_json_member_string(w, "sequencer", sequencer, LI_Z);
    }
    lii_json_close(w, '}');
}

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    char time[LII_TIME_SIZE];
    lii_json_writer w;

    lii_time_ms(o->time_ms, time);
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    lii_json_key(&w, "Records");
    lii_json_open(&w, '[');
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "eventVersion", lii_s3_event_version(o->s3.event_name), LI_Z);
    lii_json_member_string(&w, "eventSource", "aws:s3", LI_Z);
    lii_json_member_string(&w, "awsRegion", li_engine_get_region(t->engine), LI_Z);
    lii_json_member_string(&w, "eventTime", time, LI_Z);
    lii_json_member_string(&w, "eventName", o->s3.event_name.ptr, o->s3.event_name.len);
    lii_json_key(&w, "userIdentity");
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "principalId", o->s3.principal_id.ptr, o->s3.principal_id.len);
    lii_json_close(&w, '}');
    lii_json_key(&w, "requestParameters");
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "sourceIPAddress", o->s3.source_ip.ptr, o->s3.source_ip.len);
    lii_json_close(&w, '}');
    lii_json_key(&w, "responseElements");
    write_request_ids(&w, o);
    lii_json_key(&w, "s3");
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "s3SchemaVersion", "1.0", LI_Z);
    lii_json_member_string(&w, "configurationId", t->is.s3.configuration_id.ptr, t->is.s3.configuration_id.len);
    lii_json_key(&w, "bucket");
    write_bucket(&w, t);
    lii_json_key(&w, "object");
    write_object(&w, o);
    lii_json_close(&w, '}');
    lii_json_close(&w, '}');
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
}

const lii_trigger_kind lii_s3_kind = { "s3", LI_EVENT, 0, read_options, check_other, read_occurrence, matches, build };
