/* preview.c - what a trigger of a form's options would be, before it is made: what is wrong with them, the command that would make
 * it, its next firings, whether a sample would match (TRG-195, 197). */
#include "service/preview.h"

#include <lambdainvoke/schedule.h>
#include <lambdainvoke/services.h>
#include <lambdainvoke/version.h>
#include <stdio.h>

#include "base/options.h"
#include "base/time.h"
#include "service/secrets.h"

enum { FIRINGS = 10 };

/* ---- the next firings */

static void write_times(const li_schedule *schedule, uint64_t now_ms, lii_json_writer *w)
{
    int64_t times[FIRINGS];
    size_t i, n = 0;

    li_schedule_next(schedule, (int64_t)(now_ms / 1000), times, FIRINGS, &n);
    lii_json_key(w, "next");
    lii_json_open(w, '[');
    for (i = 0; i < n; i++) {
        char utc[LII_TIME_SIZE], local[LII_TIME_SIZE + 8];
        int32_t offset = li_schedule_get_offset(schedule, times[i]), minutes = (offset < 0 ? -offset : offset) / 60;

        if (times[i] < 0 || times[i] + offset < 0)
            continue;
        lii_time_s((uint64_t)times[i] * 1000, utc);
        lii_time_s((uint64_t)(times[i] + offset) * 1000, local);
        snprintf(local + strlen(local) - 1, 8, "%c%02d:%02d", offset < 0 ? '-' : '+', (int)(minutes / 60 % 100), (int)(minutes % 60));
        lii_json_open(w, '{');
        lii_json_member_string(w, "local", local, LI_Z);
        lii_json_member_string(w, "utc", utc, LI_Z);
        lii_json_close(w, '}');
    }
    lii_json_close(w, ']');
}

static const char *expression_field(const lii_trigger_kind *kind)
{
    const lii_field *f;

    for (f = kind->fields; f && f->name; f++)
        if (f->type == LII_FIELD_EXPRESSION)
            return f->name;
    return NULL;
}

/* A start or an end among the options. */
static int read_instant(lii_json_value options, const char *name, lii_buf *room, int64_t *at_s)
{
    li_slice text = lii_preview_text(options, name, room);

    return !text.ptr || lii_instant_read(text, at_s) == 0;
}

static li_status parse(li_engine *engine, const lii_trigger_kind *kind, lii_json_value values, li_slice expression, li_schedule **schedule,
                       li_error *err)
{
    static const char *const more[] = { "timezone", "start", "end" };
    li_schedule_options options = LI_SCHEDULE_OPTIONS_INIT;
    lii_triggers *r = lii_triggers_get(engine);
    li_status status = r ? LI_OK : LI_E_NOMEM;
    lii_buf room, zone;
    size_t i;

    lii_buf_init(&room, lii_engine_allocator(engine));
    lii_buf_init(&zone, lii_engine_allocator(engine));
    options.kind = strcmp(kind->name, "scheduler") == 0 || (expression.len > 3 && memcmp(expression.ptr, "at(", 3) == 0) ? LI_SCHEDULE_SCHEDULER
                                                                                                                         : LI_SCHEDULE_RULE;
    for (i = 0; i < sizeof more / sizeof *more && strcmp(kind->name, "schedule") == 0; i++)
        if (lii_json_get(values, more[i], LI_Z).type == LII_JSON_STRING)
            options.kind = LI_SCHEDULE_SCHEDULER;
    options.zone = lii_preview_text(values, "timezone", &zone);
    options.zones = r ? r->zones : NULL;
    options.overlap = lii_json_text_is(lii_json_get(values, "overlap", LI_Z), "both", LI_Z) ? LI_OVERLAP_BOTH : LI_OVERLAP_ONCE;
    if (options.kind == LI_SCHEDULE_SCHEDULER &&
        !(read_instant(values, "start", &room, &options.start_s) && read_instant(values, "end", &room, &options.end_s)))
        status = lii_option_wrong("start", err, "start and end are times as 2026-01-01T00:00:00Z");
    if (status == LI_OK && strcmp(kind->name, "secrets") == 0)
        status = lii_rotation_check(expression, err);
    if (status == LI_OK)
        status = li_schedule_new(lii_engine_allocator(engine), expression.ptr, expression.len, &options, schedule, err);
    if (room.status != LI_OK || zone.status != LI_OK)
        status = LI_E_NOMEM;
    lii_buf_fini(&zone);
    lii_buf_fini(&room);
    return status;
}

static void write_schedule(li_engine *engine, const lii_trigger_kind *kind, lii_json_value options, lii_json_writer *w)
{
    const char *field = expression_field(kind);
    li_error err = LI_ERROR_INIT;
    li_schedule *schedule = NULL;
    li_slice expression;
    li_status status;
    lii_buf room;

    if (!field)
        return;
    lii_buf_init(&room, lii_engine_allocator(engine));
    expression = lii_preview_text(options, field, &room);
    if (room.status != LI_OK)
        w->out->status = room.status;
    if (expression.ptr) {
        lii_json_key(w, "schedule");
        lii_json_open(w, '{');
        lii_json_member_string(w, "field", field, LI_Z);
        status = parse(engine, kind, options, expression, &schedule, &err);
        if (status == LI_OK)
            write_times(schedule, li_engine_now_ms(engine), w);
        else if (status == LI_E_NOMEM)
            w->out->status = status;
        else
            lii_json_member_string(w, "error", err.text, LI_Z);
        li_schedule_free(schedule);
        lii_json_close(w, '}');
    }
    lii_buf_fini(&room);
}

/* ---- the command that makes the same trigger */

/* A word of a shell's line, in single quotes. */
static void write_word(lii_buf *out, li_slice word)
{
    size_t i;

    lii_buf_add_byte(out, '\'');
    for (i = 0; i < word.len; i++)
        if (word.ptr[i] == '\'')
            lii_buf_add_z(out, "'\\''");
        else
            lii_buf_add_byte(out, word.ptr[i]);
    lii_buf_add_byte(out, '\'');
}

static void write_command(const li_trigger_spec *spec, const lii_trigger_kind *kind, lii_json_writer *w)
{
    lii_buf line;

    lii_buf_init(&line, w->out->allocator);
    lii_buf_addf(&line, "lambdainvoke trigger add %s ", kind->name);
    write_word(&line, spec->function);
    if (spec->id.ptr) {
        lii_buf_add_z(&line, " --id ");
        write_word(&line, spec->id);
    }
    lii_buf_add_z(&line, " --options ");
    write_word(&line, spec->options.ptr ? spec->options : LII_S("{}"));
    if (spec->is_disabled)
        lii_buf_add_z(&line, " --disabled");
    if (spec->flags & LI_TRIGGER_BY_FORM)
        lii_buf_add_z(&line, " --form");
    if (line.status == LI_OK)
        lii_json_member_string(w, "command", line.data, line.len);
    else
        w->out->status = line.status;
    lii_buf_fini(&line);
}

/* ---- the qualifiers to choose from */

static void write_version(void *user, const li_function_info *info)
{
    if (strcmp(info->version, "$LATEST") != 0)
        lii_json_string(user, info->version, LI_Z);
}

static void write_alias(void *user, const li_alias_info *info)
{
    lii_json_string(user, info->name, LI_Z);
}

static void write_qualifiers(li_engine *engine, li_slice function, lii_json_writer *w)
{
    li_function_info info;
    li_status status;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    if (!function.ptr || li_function_describe(engine, function.ptr, function.len, NULL, 0, &info, NULL) != LI_OK)
        return;
    lii_json_key(w, "qualifiers");
    lii_json_open(w, '[');
    lii_json_string(w, "$LATEST", LI_Z);
    status = li_version_each(engine, info.name, LI_Z, 0, SIZE_MAX, write_version, w, NULL);
    if (status == LI_OK)
        status = li_alias_each(engine, info.name, LI_Z, write_alias, w, NULL);
    lii_json_close(w, ']');
    if (status == LI_E_NOMEM)
        w->out->status = status;
}

/* ---- all of it */

/* What would refuse it. */
static li_status try(li_engine *engine, const lii_trigger_kind *kind, const li_trigger_spec *spec, li_error *err)
{
    li_slice options = spec->options.ptr ? spec->options : LII_S("{}"), none = { NULL, 0 };
    const lii_field *unanswered;
    li_function_info info;
    li_trigger *t = NULL;
    li_status status = lii_trigger_make(engine, kind, spec->function, options, none, &t, err);

    unanswered = status == LI_OK && (spec->flags & LI_TRIGGER_BY_FORM) ? lii_form_unanswered(t) : NULL;
    if (status == LI_OK)
        lii_trigger_release(t);
    if (unanswered)
        return lii_option_wrong(unanswered->name, err, "it has to be acknowledged by true");
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    return status == LI_OK ? li_function_describe(engine, spec->function.ptr, spec->function.len, NULL, 0, &info, err) : status;
}

static void write_preview(li_engine *engine, const lii_trigger_kind *kind, li_trigger_spec *s, li_slice sample, lii_json_writer *w)
{
    li_slice given = s->options.ptr ? s->options : LII_S("{}"), function = s->function;
    lii_json_value options = { NULL, 0, LII_JSON_NONE, 0 };
    li_error err = LI_ERROR_INIT;
    li_status status = LI_OK;
    lii_buf room;

    lii_buf_init(&room, w->out->allocator);
    if (lii_json_check(given.ptr, given.len, 128, NULL) == 0)
        options = lii_json_root(given.ptr, given.len);
    if (s->flags & LI_TRIGGER_BY_FORM)
        status = lii_form_take(engine, s, &room, &err);
    if (status == LI_OK)
        status = try(engine, kind, s, &err);
    lii_json_open(w, '{');
    lii_json_member_string(w, "kind", kind->name, LI_Z);
    lii_json_key(w, "isValid");
    lii_json_bool(w, status == LI_OK);
    if (status == LI_OK) {
        write_command(s, kind, w);
    } else {
        lii_json_member_string(w, "member", err.subject, LI_Z);
        lii_json_member_string(w, "error", err.text, LI_Z);
    }
    write_qualifiers(engine, function, w);
    write_schedule(engine, kind, options, w);
    lii_preview_match(engine, kind, options, sample, w);
    lii_json_close(w, '}');
    lii_buf_fini(&room);
    if (status == LI_E_NOMEM)
        w->out->status = status;
}

li_status li_trigger_preview(li_engine *engine, const li_trigger_spec *spec, const char *sample, size_t sample_len, li_form_write write,
                             void *user, li_error *err)
{
    li_trigger_spec s = LI_TRIGGER_SPEC_INIT;
    const lii_trigger_kind *kind = NULL;
    li_status status = engine && spec && write
                           ? lii_engine_check_fork(engine, err)
                           : lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine, spec and write are needed");
    lii_json_writer w;
    lii_buf out;

    if (status == LI_OK)
        status = lii_options_read(&s, sizeof s, spec, "li_trigger_spec", err);
    s.kind = lii_measured(s.kind);
    s.function = lii_measured(s.function);
    s.id = lii_measured(s.id);
    s.options = lii_measured(s.options);
    if (status == LI_OK)
        status = lii_kind_find(engine, s.kind, &kind, err);
    if (status != LI_OK)
        return status;
    lii_buf_init(&out, lii_engine_allocator(engine));
    lii_json_begin(&w, &out);
    write_preview(engine, kind, &s, lii_slice(sample, sample_len), &w);
    status = out.status;
    if (status == LI_OK)
        write(user, out.data, out.len);
    lii_buf_fini(&out);
    return status == LI_OK ? LI_OK : lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for a preview");
}
