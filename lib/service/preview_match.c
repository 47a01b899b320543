/* preview_match.c - would this sample match? The pattern of a form against an event of the user's, and the first key that failed
 * (TRG-197). */
#include <lambdainvoke/pattern.h>

#include "service/logs.h"
#include "service/preview.h"

enum { ATTRIBUTES_MAX = 64 };

li_slice lii_preview_text(lii_json_value options, const char *name, lii_buf *room)
{
    lii_json_value value = lii_json_get(options, name, LI_Z);
    li_slice none = { NULL, 0 };

    lii_buf_clear(room);
    if (value.type == LII_JSON_NONE || value.type == LII_JSON_NULL || lii_buf_reserve(room, value.len + 1) != LI_OK)
        return none;
    if (value.type == LII_JSON_STRING)
        room->len = lii_json_text(value, room->data, value.len);
    else
        lii_buf_add(room, value.ptr, value.len);
    return lii_slice(room->data, room->len);
}

/* ---- the first key that failed */


static void write_value(lii_json_writer *w, const char *name, li_slice value, int is_string)
{
    if (!value.ptr)
        return;
    lii_json_key(w, name);
    if (is_string)
        lii_json_string(w, value.ptr, value.len);
    else
        lii_json_raw(w, value.ptr, value.len);
}

static int32_t find_failed(void *user, const li_pattern_finding *f)
{
    static const char *const words[] = { "", "", "absent", "differs", "in another element" };
    lii_json_writer *w = user;

    if (f->verdict == LI_FINDING_HOLDS)
        return 0;
    lii_json_member_string(w, "key", f->path.ptr, f->path.len);
    lii_json_member_string(w, "why", words[f->verdict], LI_Z);
    write_value(w, "wanted", f->wanted, 0);
    write_value(w, "value", f->value, f->is_string);
    return 1;
}

/* ---- message attributes: {"name": {"Type": …, "Value": …}} */

/* The same as an event, so that it can be explained: numbers and lists as they are meant. */
static void write_attribute(lii_json_writer *w, const li_pattern_attribute *a)
{
    int is_json = (lii_slice_is(a->type, "Number") || lii_slice_is(a->type, "String.Array")) &&
                  lii_json_check(a->value.ptr, a->value.len, 128, NULL) == 0;

    lii_json_key_text(w, a->name.ptr, a->name.len);
    if (is_json)
        lii_json_raw(w, a->value.ptr, a->value.len);
    else
        lii_json_string(w, a->value.ptr, a->value.len);
}

/* texts has room for all of the sample. */
static size_t read_attributes(lii_json_value sample, char *texts, li_pattern_attribute *attributes)
{
    lii_json_value key, value;
    lii_arena arena = { texts };
    size_t at = 0, n = 0;

    memset(attributes, 0, ATTRIBUTES_MAX * sizeof *attributes);
    while (n < ATTRIBUTES_MAX && lii_json_next(sample, &at, &key, &value)) {
        attributes[n].name = lii_arena_text(&arena, key);
        attributes[n].type = lii_arena_text(&arena, lii_json_get(value, "Type", LI_Z));
        attributes[n].value = lii_arena_text(&arena, lii_json_get(value, "Value", LI_Z));
        n += attributes[n].name.ptr && attributes[n].type.ptr && attributes[n].value.ptr;
    }
    return n;
}

static li_status match_attributes(li_engine *engine, const li_pattern *pattern, li_slice policy, li_slice sample, int32_t *is_match,
                                  lii_json_writer *w_failed)
{
    li_pattern_options options = LI_PATTERN_OPTIONS_INIT;
    li_pattern_attribute attributes[ATTRIBUTES_MAX];
    li_pattern *body = NULL;
    lii_json_writer w;
    lii_buf texts, event;
    li_status status;
    int32_t ignored;
    size_t i, n;

    if (lii_json_check(sample.ptr, sample.len, LII_JSON_DEPTH, NULL) != 0)
        return LI_E_JSON;
    lii_buf_init(&texts, lii_engine_allocator(engine));
    lii_buf_init(&event, lii_engine_allocator(engine));
    status = lii_buf_reserve(&texts, sample.len + 1);
    if (status == LI_OK) {
        n = read_attributes(lii_json_root(sample.ptr, sample.len), texts.data, attributes);
        status = li_pattern_match_attributes(pattern, attributes, n, is_match, NULL);
        lii_json_begin(&w, &event);
        lii_json_open(&w, '{');
        for (i = 0; i < n; i++)
            write_attribute(&w, &attributes[i]);
        lii_json_close(&w, '}');
    }
    options.dialect = LI_DIALECT_SNS_BODY;
    status = status == LI_OK ? event.status : status;
    if (status == LI_OK && !*is_match)
        status = li_pattern_new(lii_engine_allocator(engine), policy.ptr, policy.len, &options, &body, NULL);
    if (status == LI_OK && body)
        status = li_pattern_explain(body, event.data, event.len, &ignored, NULL, find_failed, w_failed);
    li_pattern_free(body);
    lii_buf_fini(&event);
    lii_buf_fini(&texts);
    return status;
}

/* ---- one pattern */

static void match_pattern(li_engine *engine, int32_t dialect, li_slice pattern, li_slice sample, lii_json_writer *w)
{
    li_pattern_options options = LI_PATTERN_OPTIONS_INIT;
    li_pattern_error wrong = LI_PATTERN_ERROR_INIT;
    li_error err = LI_ERROR_INIT;
    li_pattern *compiled = NULL;
    int32_t is_match = 0;
    li_status status;

    options.dialect = dialect;
    status = li_pattern_new(lii_engine_allocator(engine), pattern.ptr, pattern.len, &options, &compiled, &wrong);
    if (status == LI_E_VALIDATION) {
        lii_json_member_string(w, "error", wrong.text, LI_Z);
        lii_json_member_u64(w, "offset", wrong.offset);
        return;
    }
    if (status != LI_OK) {
        w->out->status = status;
        return;
    }
    if (sample.ptr && dialect == LI_DIALECT_SNS_ATTRIBUTES)
        status = match_attributes(engine, compiled, pattern, sample, &is_match, w);
    else if (sample.ptr)
        status = li_pattern_match(compiled, sample.ptr, sample.len, &is_match, &err);
    if (sample.ptr && status == LI_OK && !is_match && dialect != LI_DIALECT_SNS_ATTRIBUTES)
        status = li_pattern_explain(compiled, sample.ptr, sample.len, &is_match, &err, find_failed, w);
    if (status == LI_E_NOMEM)
        w->out->status = status;
    else if (status != LI_OK)
        lii_json_member_string(w, "sampleError", err.text[0] ? err.text : li_strerror(status), LI_Z);
    else if (sample.ptr) {
        lii_json_key(w, "matches");
        lii_json_bool(w, is_match);
    }
    li_pattern_free(compiled);
}

static void match_log(li_slice pattern, li_slice sample, lii_json_writer *w)
{
    li_slice names[LII_LOG_FIELDS], values[LII_LOG_FIELDS];
    li_error err = LI_ERROR_INIT;
    size_t n = 0;

    if (lii_log_pattern_check(pattern, &err) != LI_OK) {
        lii_json_member_string(w, "error", err.text, LI_Z);
    } else if (sample.ptr) {
        lii_json_key(w, "matches");
        lii_json_bool(w, lii_log_pattern_takes(pattern, sample, names, values, &n));
    }
}

void lii_preview_match(li_engine *engine, const lii_trigger_kind *kind, lii_json_value options, li_slice sample, lii_json_writer *w)
{
    static const struct {
        const char *kind, *field;
        int32_t dialect;
    } rows[] = { { "events", "pattern", LI_DIALECT_EVENTBRIDGE },
                 { "sns", "filterPolicy", LI_DIALECT_SNS_ATTRIBUTES },
                 { "logs", "filterPattern", -1 } };
    int32_t dialect;
    li_slice pattern;
    lii_buf room;
    size_t i = 0;

    while (i < sizeof rows / sizeof *rows && strcmp(rows[i].kind, kind->name) != 0)
        i++;
    if (i == sizeof rows / sizeof *rows)
        return;
    lii_buf_init(&room, lii_engine_allocator(engine));
    dialect = rows[i].dialect;
    if (lii_json_text_is(lii_json_get(options, "filterScope", LI_Z), "MessageBody", LI_Z))
        dialect = LI_DIALECT_SNS_BODY;
    pattern = lii_preview_text(options, rows[i].field, &room);
    if (room.status != LI_OK)
        w->out->status = room.status;
    if (pattern.ptr) {
        lii_json_key(w, "match");
        lii_json_open(w, '{');
        lii_json_member_string(w, "field", rows[i].field, LI_Z);
        if (dialect < 0)
            match_log(pattern, sample, w);
        else
            match_pattern(engine, dialect, pattern, sample, w);
        lii_json_close(w, '}');
    }
    lii_buf_fini(&room);
}
