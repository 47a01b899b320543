/* events_put.c - events put on a bus: one as a service reports it, or up to ten as PutEvents takes them (TRG-53, 54). */
#include "base/time.h"
#include "schedule/next.h"
#include "service/bus.h"

enum { ENTRIES_MAX = 10, TEXT_MAX = 256, DEPTH = 128 };
enum { PUT_BYTES_MAX = 262144 }; /* of all entries of one request */

/* ---- one entry, in either spelling of its members */

typedef struct entry {
    lii_json_value source, detail_type, detail, bus, resources, time, replay;
} entry;

static void read_entry(lii_json_value object, int is_put, entry *e)
{
    e->source = lii_json_get(object, is_put ? "Source" : "source", 6);
    e->detail_type = lii_json_get(object, is_put ? "DetailType" : "detailType", 10);
    e->detail = lii_json_get(object, is_put ? "Detail" : "detail", 6);
    e->bus = lii_json_get(object, is_put ? "EventBusName" : "bus", LI_Z);
    e->resources = lii_json_get(object, is_put ? "Resources" : "resources", 9);
    e->time = lii_json_get(object, is_put ? "Time" : "time", 4);
    e->replay = lii_json_get(object, "replayName", 10);
}

static int is_put_form(lii_json_value object)
{
    return lii_json_get(object, "Source", 6).type != LII_JSON_NONE ||
           lii_json_get(object, "DetailType", 10).type != LII_JSON_NONE ||
           lii_json_get(object, "Detail", 6).type != LII_JSON_NONE;
}

/* A detail is an object, or a text that holds one: its bytes, in the buffer when they had to be unescaped. 0: it is neither. */
static int read_detail(lii_json_value detail, lii_buf *room, li_slice *bytes)
{
    if (detail.type == LII_JSON_OBJECT) {
        *bytes = lii_slice(detail.ptr, detail.len);
        return 1;
    }
    if (detail.type != LII_JSON_STRING || lii_buf_reserve(room, detail.len) != LI_OK)
        return 0;
    room->len = lii_json_text(detail, room->data, detail.len);
    *bytes = lii_slice(room->data, room->len);
    return lii_json_check(bytes->ptr, bytes->len, DEPTH, NULL) == 0 &&
           lii_json_root(bytes->ptr, bytes->len).type == LII_JSON_OBJECT;
}

static int read_time(lii_json_value time, int64_t *at_s)
{
    char text[64];
    size_t len;

    if (time.type == LII_JSON_NUMBER)
        return lii_instant_read(lii_slice(time.ptr, time.len), at_s) == 0;
    if (time.type != LII_JSON_STRING)
        return time.type == LII_JSON_NONE;
    len = lii_json_text(time, text, sizeof text);
    return len <= sizeof text && lii_instant_read(lii_slice(text, len), at_s) == 0;
}

static int are_texts(lii_json_value array)
{
    lii_json_value value;
    size_t at = 0;

    if (array.type != LII_JSON_ARRAY)
        return array.type == LII_JSON_NONE;
    while (lii_json_next(array, &at, NULL, &value))
        if (value.type != LII_JSON_STRING)
            return 0;
    return 1;
}

static int is_text(lii_json_value value)
{
    return value.type == LII_JSON_STRING && value.len > 2;
}

static int is_of_aws(lii_json_value source)
{
    char text[8];

    return lii_json_text(source, text, sizeof text) >= 4 && memcmp(text, "aws.", 4) == 0;
}

/* The words with which PutEvents refuses an entry; NULL: it is fine. *text says more. */
static const char *refuse(const entry *e, int is_put, const li_allocator *allocator, const char **text)
{
    li_slice bytes = { NULL, 0 };
    int64_t at_s = 0;
    int is_detail;
    lii_buf room;

    *text = !is_text(e->source)        ? "Parameter Source is not valid. Reason: Source is a required argument."
            : !is_text(e->detail_type) ? "Parameter DetailType is not valid. Reason: DetailType is a required argument."
            : e->detail.type == LII_JSON_NONE ? "Parameter Detail is not valid. Reason: Detail is a required argument."
            : !are_texts(e->resources) ? "Parameter Resources is not valid. Reason: Resources are texts."
            : !read_time(e->time, &at_s) ? "Parameter Time is not valid. Reason: Time is a timestamp."
            : e->bus.type != LII_JSON_NONE && !is_text(e->bus)
                ? "Parameter EventBusName is not valid. Reason: it is a name or an ARN."
                : NULL;
    if (*text)
        return "InvalidArgument";
    if (is_put && is_of_aws(e->source)) {
        *text = "Not authorized for the source.";
        return "NotAuthorizedForSourceException";
    }
    lii_buf_init(&room, allocator);
    is_detail = read_detail(e->detail, &room, &bytes);
    lii_buf_fini(&room);
    *text = "Detail is malformed.";
    return is_detail ? NULL : "MalformedDetail";
}

/* ---- the envelope, and who wants it */

static void member_raw(lii_json_writer *w, const char *name, lii_json_value value)
{
    lii_json_key(w, name);
    lii_json_raw(w, value.ptr, value.len);
}

static li_status write_envelope(const lii_occurrence *o, const entry *e, lii_buf *out)
{
    char id[LI_ID_TEXT_SIZE], time[LII_TIME_SIZE];
    int64_t at_s = (int64_t)(o->time_ms / 1000);
    li_slice detail = { "{}", 2 };
    lii_json_writer w;
    lii_buf room;

    lii_buf_init(&room, out->allocator);
    read_time(e->time, &at_s);
    if (!read_detail(e->detail, &room, &detail) && room.status != LI_OK)
        out->status = room.status;
    li_id_format(&o->ids[0], id);
    lii_time_s(at_s < 0 ? 0 : (uint64_t)at_s * 1000, time);
    lii_json_begin(&w, out);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "version", "0", 1);
    lii_json_member_string(&w, "id", id, LI_Z);
    member_raw(&w, "detail-type", e->detail_type);
    member_raw(&w, "source", e->source);
    lii_json_member_string(&w, "account", li_engine_get_account(o->engine), LI_Z);
    lii_json_member_string(&w, "time", time, LI_Z);
    lii_json_member_string(&w, "region", li_engine_get_region(o->engine), LI_Z);
    lii_json_key(&w, "resources");
    if (e->resources.type == LII_JSON_ARRAY)
        lii_json_raw(&w, e->resources.ptr, e->resources.len);
    else
        lii_json_raw(&w, "[]", 2);
    lii_json_key(&w, "detail");
    lii_json_raw(&w, detail.ptr, detail.len);
    if (e->replay.type == LII_JSON_STRING)
        member_raw(&w, "replay-name", e->replay);
    lii_json_close(&w, '}');
    lii_buf_fini(&room);
    return out->status;
}

typedef struct collecting {
    const li_allocator *allocator;
    lii_bus_event *event;
    li_status status;
} collecting;

static int32_t collect(void *user, uint64_t id)
{
    collecting *c = user;
    lii_bus_event *e = c->event;
    uint64_t *more;

    if (e->n_ids == e->cap) {
        size_t cap = e->cap ? e->cap * 2 : 16;

        more = lii_realloc(c->allocator, e->ids, cap * sizeof *more);
        if (!more) {
            c->status = LI_E_NOMEM;
            return 1;
        }
        e->ids = more;
        e->cap = cap;
    }
    e->ids[e->n_ids++] = id;
    return 0;
}

static li_status match(lii_bus_event *e, const lii_bus *bus, const li_allocator *allocator, li_error *err)
{
    collecting c = { allocator, e, LI_OK };
    li_status status;

    if (!bus)
        return LI_OK;
    status = li_pattern_set_match(bus->patterns, e->envelope.data, e->envelope.len, err, collect, &c);
    return status == LI_OK ? c.status : status;
}

li_status lii_events_read(lii_occurrence *o, li_error *err)
{
    const li_allocator *allocator = lii_engine_allocator(o->engine);
    lii_bus_event *e = lii_calloc(allocator, 1, sizeof *e);
    char name[LII_BUS_NAME_MAX + 200];
    lii_bus *bus = NULL;
    size_t len;
    entry in;
    li_status status;

    if (!e)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for an event");
    o->state = e;
    lii_buf_init(&e->envelope, allocator);
    read_entry(o->json, is_put_form(o->json), &in);
    len = in.bus.type == LII_JSON_STRING ? lii_json_text(in.bus, name, sizeof name) : 0;
    status = lii_bus_get(o->engine, lii_slice(name, len < sizeof name ? len : 0), 0, &bus, err);
    if (status == LI_OK)
        status = write_envelope(o, &in, &e->envelope);
    if (status == LI_OK)
        status = match(e, bus, allocator, err);
    return status == LI_E_NOMEM ? lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for an event") : status;
}

void lii_events_forget(lii_occurrence *o)
{
    lii_bus_event *e = o->state;

    if (!e)
        return;
    lii_buf_fini(&e->envelope);
    lii_free(lii_engine_allocator(o->engine), e->ids);
    lii_free(lii_engine_allocator(o->engine), e);
    o->state = NULL;
}

/* ---- putting */

static li_status put_one(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user, li_id *id,
                         uint64_t *n_matched, li_error *err)
{
    lii_occasion *o = NULL;
    li_status status = lii_occasion_new(engine, &lii_events_kind, object.ptr, object.len, &o, err);

    if (status != LI_OK)
        return status;
    if (id)
        *id = lii_occasion_occurrence(o)->ids[0];
    return lii_occasion_run(o, done, user, n_matched, err);
}

/* One event that a service reports: what is wrong with it is the caller's mistake. */
static li_status begin_one(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user, uint64_t *n_matched,
                           li_error *err)
{
    const char *text = NULL;
    entry e;

    read_entry(object, 0, &e);
    if (!refuse(&e, 0, lii_engine_allocator(engine), &text))
        return put_one(engine, object, done, user, NULL, n_matched, err);
    return lii_occurrence_wrong(!is_text(e.source)                  ? "source"
                                : !is_text(e.detail_type)           ? "detailType"
                                : !are_texts(e.resources)           ? "resources"
                                : strstr(text, "Time")              ? "time"
                                : strstr(text, "EventBusName")      ? "bus"
                                                                    : "detail",
                                err, "%s", text);
}

/* What an entry came to, as PutEvents says it. */
static void write_result(lii_json_writer *w, const char *code, const char *text, const li_id *id)
{
    char id_text[LI_ID_TEXT_SIZE];

    lii_json_open(w, '{');
    if (code) {
        lii_json_member_string(w, "ErrorCode", code, LI_Z);
        lii_json_member_string(w, "ErrorMessage", text, LI_Z);
    } else {
        li_id_format(id, id_text);
        lii_json_member_string(w, "EventId", id_text, LI_Z);
    }
    lii_json_close(w, '}');
}

typedef struct putting {
    li_engine *engine;
    lii_json_writer results;
    uint64_t n_failed;
    uint64_t n_matched;
} putting;

static void put_entry(putting *p, lii_json_value object)
{
    const char *text = NULL, *code;
    uint64_t n = 0;
    li_error err = LI_ERROR_INIT;
    li_id id;
    entry e;

    memset(&id, 0, sizeof id);
    read_entry(object, 1, &e);
    code = object.type == LII_JSON_OBJECT ? refuse(&e, 1, lii_engine_allocator(p->engine), &text) : "InvalidArgument";
    if (!code && put_one(p->engine, object, NULL, NULL, &id, &n, &err) != LI_OK) {
        code = err.status == LI_E_JSON || err.status == LI_E_DEPTH ? "MalformedDetail" : "InternalFailure";
        text = err.text;
    }
    write_result(&p->results, code, text ? text : "an entry is an object", &id);
    p->n_failed += code != NULL;
    p->n_matched += n;
}

static void answer(const putting *p, const lii_buf *body, li_trigger_answered done, void *user)
{
    li_trigger_answer a;

    memset(&a, 0, sizeof a);
    a.size = sizeof a;
    a.verdict = p->n_failed > 0 ? "partial" : "ok";
    a.body = body->data;
    a.body_len = body->len;
    a.n_matched = p->n_matched;
    a.status = 200;
    done(user, &a);
}

/* A request of PutEvents: each entry for itself. */
static li_status begin_put(li_engine *engine, lii_json_value entries, li_trigger_answered done, void *user, uint64_t *n_matched,
                           li_error *err)
{
    putting p = { .engine = engine };
    lii_json_value value;
    lii_buf results, body;
    size_t at = 0, n = 0;

    while (lii_json_next(entries, &at, NULL, &value))
        n++;
    if (n < 1 || n > ENTRIES_MAX)
        return lii_occurrence_wrong("Entries", err, "there are 1 to %d entries", ENTRIES_MAX);
    if (entries.len > PUT_BYTES_MAX)
        return lii_fail(err, LI_E_TOO_LARGE, LI_DETAIL_OCCURRENCE, "Entries", LI_Z,
                        "Total size of the entries in the request is over the limit.");
    lii_buf_init(&results, lii_engine_allocator(engine));
    lii_buf_init(&body, lii_engine_allocator(engine));
    /* The answer's memory is got before anything is put: what was put is always told. */
    lii_buf_reserve(&results, ENTRIES_MAX * (TEXT_MAX + 128));
    lii_buf_reserve(&body, ENTRIES_MAX * (TEXT_MAX + 128) + 64);
    if (results.status == LI_OK && body.status == LI_OK) {
        lii_json_begin(&p.results, &results);
        for (at = 0; lii_json_next(entries, &at, NULL, &value);)
            put_entry(&p, value);
        lii_buf_addf(&body, "{\"FailedEntryCount\":%llu,\"Entries\":[%.*s]}", (unsigned long long)p.n_failed, (int)results.len,
                     results.data);
    }
    if (results.status != LI_OK || body.status != LI_OK)
        n = 0;
    else if (done)
        answer(&p, &body, done, user);
    lii_buf_fini(&results);
    lii_buf_fini(&body);
    if (n == 0)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for events; nothing was put");
    if (n_matched)
        *n_matched = p.n_matched;
    return LI_OK;
}

li_status lii_events_begin(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user, uint64_t *n_matched,
                           li_error *err)
{
    lii_json_value entries = lii_json_get(object, "Entries", 7);

    return entries.type == LII_JSON_ARRAY ? begin_put(engine, entries, done, user, n_matched, err)
                                          : begin_one(engine, object, done, user, n_matched, err);
}

li_status lii_events_put_record(lii_bus *bus, const li_record *record)
{
    int64_t is_new_name = 0;
    lii_json_writer w;
    lii_json_value object;
    lii_buf text;
    li_status status;

    li_config_get(bus->engine, "destination.bus_source", &is_new_name);
    lii_buf_init(&text, lii_engine_allocator(bus->engine));
    lii_json_begin(&w, &text);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "source", is_new_name ? "aws.lambda" : "lambda", LI_Z);
    lii_json_member_string(&w, "detailType",
                           record->is_success ? "Lambda Function Invocation Result - Success"
                                              : "Lambda Function Invocation Result - Failure", LI_Z);
    lii_json_member_string(&w, "bus", bus->name, LI_Z);
    lii_json_key(&w, "resources");
    lii_json_open(&w, '[');
    lii_json_string(&w, record->target.ptr, record->target.len);
    lii_json_string(&w, record->function_arn.ptr, record->function_arn.len);
    lii_json_close(&w, ']');
    lii_json_key(&w, "detail");
    lii_json_raw(&w, record->body.ptr, record->body.len);
    lii_json_close(&w, '}');
    status = text.status;
    object = lii_json_root(text.data, text.len);
    if (status == LI_OK)
        status = put_one(bus->engine, object, NULL, NULL, NULL, NULL, NULL);
    lii_buf_fini(&text);
    return status;
}
