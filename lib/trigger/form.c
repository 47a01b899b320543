/* form.c - options checked against the fields of their kind (TRG-196); the fields as JSON. */
#include "trigger/form.h"

#include <stdio.h>

#include "json/write.h"

enum { DEPTH = 128, TEXT_MAX = 65536 };

const lii_field lii_form_common[] = {
    { "qualifier", "Version or alias", LII_FIELD_ENUM, 0, "\"$LATEST\"", 1, 128, "[a-zA-Z0-9$_\\-]+", NULL, NULL,
      "$LATEST, a version or an alias of the function", NULL },
    { "enabled", "Enabled", LII_FIELD_BOOL, 0, "true", 0, 0, NULL, NULL, NULL, NULL, NULL },
    LII_FIELDS_END
};

size_t lii_fields_count(const lii_field *fields)
{
    size_t n = 0;

    while (fields && fields[n].name)
        n++;
    return n;
}

size_t lii_fields_room(const lii_field *fields)
{
    size_t i, n = 0;

    for (i = 0; fields && fields[i].name; i++)
        n += fields[i].standard ? strlen(fields[i].standard) : 0;
    return n;
}

size_t lii_field_find(const lii_field *fields, const char *name)
{
    size_t i;

    for (i = 0; fields && fields[i].name; i++)
        if (strcmp(fields[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

li_slice lii_arena_text(lii_arena *arena, lii_json_value string)
{
    li_slice text = { NULL, 0 };

    if (string.type != LII_JSON_STRING)
        return text;
    text.ptr = arena->at;
    text.len = lii_json_text(string, arena->at, string.len);   /* never longer than its escaped form */
    arena->at += text.len;
    return text;
}

li_status lii_object_read(const char *text, size_t len, const char *what, int32_t detail, lii_json_value *object,
                          li_error *err)
{
    lii_json_error error;

    if (lii_json_check(text, len, DEPTH, &error) != 0) {
        lii_fail(err, LI_E_INVALID, detail, what, LI_Z, "the %s is not JSON at byte %zu: %s", what, error.offset,
                 error.reason);
        if (err && err->size >= offsetof(li_error, subject) && err->size <= 4096) {
            err->offset = error.offset;
            err->line = error.line;
            err->column = error.column;
        }
        return LI_E_INVALID;
    }
    *object = lii_json_root(text, len);
    if (object->type != LII_JSON_OBJECT)
        return lii_fail(err, LI_E_INVALID, detail, what, LI_Z, "the %s must be a JSON object", what);
    return LI_OK;
}

/* ---- one value against its field */

static li_status wrong(const lii_field *f, li_error *err, const char *text)
{
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_OPTIONS, f->name, LI_Z, "%s: %s", f->name, text);
}

static size_t characters(li_slice text)
{
    size_t i, n = 0;

    for (i = 0; i < text.len; i++)
        n += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return n;
}

static li_status out_of_range(const lii_field *f, const char *of, li_error *err)
{
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_OPTIONS, f->name, LI_Z, "%s: %s %lld to %lld", f->name, of,
                    (long long)f->min, (long long)f->max);
}

static li_status check_text(const lii_field *f, li_slice text, li_error *err)
{
    int64_t n = (int64_t)characters(text), most = f->max ? f->max : TEXT_MAX;

    if (n < f->min || n > most || (n == 0 && (f->flags & LII_FIELD_REQUIRED)))
        return f->max ? out_of_range(f, "its characters are", err) : wrong(f, err, "it is empty or too long");
    if (f->choices && lii_word_place(f->choices, '|', text) < 0)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_OPTIONS, f->name, LI_Z, "%s: \"%.*s\" is none of %.150s",
                        f->name, (int)(text.len < 40 ? text.len : 40), text.ptr, f->choices);
    if (f->pattern && n > 0 && !lii_pattern_is(f->pattern, text))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_OPTIONS, f->name, LI_Z, "%s: it has to be %s", f->name,
                        f->pattern);
    if (f->type == LII_FIELD_ARN && n > 0 && (n < 8 || memcmp(text.ptr, "arn:", 4) != 0))
        return wrong(f, err, "it has to be an ARN");
    return LI_OK;
}

static li_status read_integer(const lii_field *f, lii_value *v, li_error *err)
{
    lii_json_value inner = v->json;

    if (inner.type == LII_JSON_STRING && inner.len > 2) {    /* "5", as forms send it */
        inner.ptr++;
        inner.len -= 2;
        inner.type = LII_JSON_NUMBER;
    }
    if (lii_json_i64(inner, &v->number) != 0)
        return wrong(f, err, "it has to be an integer");
    if ((f->min || f->max) && (v->number < f->min || v->number > f->max))
        return out_of_range(f, "it is", err);
    return LI_OK;
}

static li_status read_bool(const lii_field *f, lii_value *v, li_error *err)
{
    if (v->json.type != LII_JSON_TRUE && v->json.type != LII_JSON_FALSE)
        return wrong(f, err, "it has to be true or false");
    v->number = v->json.type == LII_JSON_TRUE;
    if ((f->flags & LII_FIELD_MUST_BE_TRUE) && !v->number)
        return wrong(f, err, "it has to be acknowledged by true");
    return LI_OK;
}

static li_status check_entry(const lii_field *f, lii_json_value entry, lii_arena *arena, li_error *err)
{
    lii_arena start = *arena;
    li_slice text;
    lii_field of = *f;
    li_status status;

    if (f->flags & LII_FIELD_JSON_LIST)
        return LI_OK;
    if (entry.type != LII_JSON_STRING)
        return wrong(f, err, "its entries are texts");
    text = lii_arena_text(arena, entry);
    of.min = 1;
    of.max = 0;
    of.type = LII_FIELD_TEXT;
    status = check_text(&of, text, err);
    *arena = start;
    return status;
}

static li_status read_list(const lii_field *f, lii_value *v, lii_arena *arena, li_error *err)
{
    lii_json_value entry;
    li_status status;
    size_t at = 0;
    int64_t n = 0;

    if (v->json.type == LII_JSON_STRING)     /* one entry may stand for a list of one */
        return check_entry(f, v->json, arena, err);
    if (v->json.type != LII_JSON_ARRAY)
        return wrong(f, err, "it has to be a list");
    while (lii_json_next(v->json, &at, NULL, &entry)) {
        status = check_entry(f, entry, arena, err);
        if (status != LI_OK)
            return status;
        n++;
    }
    if (n < f->min || (f->max && n > f->max))
        return f->max ? out_of_range(f, "its entries are", err) : wrong(f, err, "at least one entry is needed");
    if (n == 0 && (f->flags & LII_FIELD_REQUIRED))
        return wrong(f, err, "at least one entry is needed");
    return LI_OK;
}

/* JSON itself, or a text that holds it. */
static li_status read_json(const lii_field *f, lii_value *v, lii_arena *arena, li_error *err)
{
    lii_json_error error;

    if (v->json.type == LII_JSON_STRING)
        v->text = lii_arena_text(arena, v->json);
    else
        v->text = lii_slice(v->json.ptr, v->json.len);
    if (f->max && (int64_t)characters(v->text) > f->max)
        return out_of_range(f, "its characters are", err);
    if (lii_json_check(v->text.ptr, v->text.len, DEPTH, &error) != 0)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_OPTIONS, f->name, LI_Z, "%s: not JSON at byte %zu: %s",
                        f->name, error.offset, error.reason);
    v->json = lii_json_root(v->text.ptr, v->text.len);
    return LI_OK;
}

static li_status read_map(const lii_field *f, lii_value *v, li_error *err)
{
    lii_json_value key, value;
    size_t at = 0;
    int64_t n = 0;

    if (v->json.type != LII_JSON_OBJECT)
        return wrong(f, err, "it has to be an object");
    while (lii_json_next(v->json, &at, &key, &value))
        n++;
    return f->max && n > f->max ? out_of_range(f, "its members are", err) : LI_OK;
}

static li_status read_value(const lii_field *f, lii_value *v, lii_arena *arena, li_error *err)
{
    switch (f->type) {
    case LII_FIELD_INTEGER:
        return read_integer(f, v, err);
    case LII_FIELD_NUMBER:
        return v->json.type == LII_JSON_NUMBER ? LI_OK : wrong(f, err, "it has to be a number");
    case LII_FIELD_BOOL:
        return read_bool(f, v, err);
    case LII_FIELD_LIST:
        return read_list(f, v, arena, err);
    case LII_FIELD_JSON:
        return read_json(f, v, arena, err);
    case LII_FIELD_KEYVALUE:
        return read_map(f, v, err);
    default:
        if (v->json.type != LII_JSON_STRING)
            return wrong(f, err, "it has to be a text");
        v->text = lii_arena_text(arena, v->json);
        return check_text(f, v->text, err);
    }
}

/* ---- all of them */

static size_t field_of(const lii_field *fields, lii_json_value key)
{
    size_t i;

    for (i = 0; fields[i].name; i++)
        if (lii_json_text_is(key, fields[i].name, LI_Z) ||
            (fields[i].alias && lii_json_text_is(key, fields[i].alias, LI_Z)))
            return i;
    return SIZE_MAX;
}

/* "field=value" against what is there or its default. */
static int is_shown(const lii_field *fields, const lii_value *values, const char *condition)
{
    const char *equals = condition ? strchr(condition, '=') : NULL;
    char name[64];
    size_t i, n;

    if (!equals)
        return 1;
    n = (size_t)(equals - condition);
    if (n >= sizeof name)
        return 1;
    memcpy(name, condition, n);
    name[n] = '\0';
    i = lii_field_find(fields, name);
    if (i == SIZE_MAX)
        return 1;
    if (values[i].json.type == LII_JSON_TRUE)
        return strcmp(equals + 1, "true") == 0;
    if (values[i].json.type == LII_JSON_ARRAY) {
        lii_json_value entry;
        size_t at = 0;

        while (lii_json_next(values[i].json, &at, NULL, &entry))
            if (lii_json_text_is(entry, equals + 1, LI_Z))
                return 1;
        return 0;
    }
    return lii_json_text_is(values[i].json, equals + 1, LI_Z);
}

static li_status take_members(const lii_field *fields, lii_json_value object, lii_value *values, li_error *err)
{
    lii_json_value key, value;
    char name[64];
    size_t at = 0, i, len;

    while (lii_json_next(object, &at, &key, &value)) {
        i = field_of(fields, key);
        if (i == SIZE_MAX) {
            len = lii_json_text(key, name, sizeof name);
            len = len < sizeof name ? len : sizeof name;
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_OPTIONS, name, len, "the options has no member \"%.*s\"",
                            (int)len, name);
        }
        if (value.type != LII_JSON_NULL)
            values[i].json = value;
    }
    return LI_OK;
}

/* A field of a branch that is not shown has no value: no default, and none that was given. */
static li_status read_field(const lii_field *fields, size_t i, int is_given, lii_arena *arena, lii_value *values, li_error *err)
{
    const lii_field *f = &fields[i];
    lii_value *v = &values[i];
    int is_shown_here = is_shown(fields, values, f->show_if);

    if (!is_shown_here && is_given)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_OPTIONS, f->name, LI_Z, "%s: only with %s", f->name, f->show_if);
    if (!is_shown_here)
        memset(v, 0, sizeof *v);
    if (v->json.type != LII_JSON_NONE)
        return read_value(f, v, arena, err);
    if (is_shown_here && (f->flags & LII_FIELD_REQUIRED))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_OPTIONS, f->name, LI_Z, "the options need the member %s", f->name);
    return LI_OK;
}

li_status lii_form_read(const lii_field *fields, const char *text, size_t len, lii_arena *arena, lii_value *values,
                        li_error *err)
{
    lii_json_value object;
    li_status status = lii_object_read(text, len, "options", LI_DETAIL_TRIGGER_OPTIONS, &object, err);
    size_t i, n = lii_fields_count(fields);
    uint64_t given = 0;

    memset(values, 0, n * sizeof *values);
    if (status == LI_OK)
        status = take_members(fields, object, values, err);
    for (i = 0; status == LI_OK && i < n; i++) {
        given |= (uint64_t)(values[i].json.type != LII_JSON_NONE) << i;
        if (values[i].json.type == LII_JSON_NONE && fields[i].standard)
            values[i].json = lii_json_root(fields[i].standard, LI_Z);
    }
    for (i = 0; status == LI_OK && i < n; i++)
        status = read_field(fields, i, (int)(given >> i & 1), arena, values, err);
    return status;
}

/* ---- as JSON, for front ends */

static const char *type_name(int32_t type)
{
    static const char *const names[] = { "text", "arn",  "integer",    "number",   "bool",   "enum",
                                         "list", "json", "expression", "keyvalue", "secret", "date" };

    return names[type];
}

static void write_choices(lii_json_writer *w, const char *choices)
{
    size_t n;

    lii_json_key(w, "enum");
    lii_json_open(w, '[');
    for (; *choices; choices += n + (choices[n] == '|')) {
        n = strcspn(choices, "|");
        lii_json_string(w, choices, n);
    }
    lii_json_close(w, ']');
}

static void write_field(lii_json_writer *w, const lii_field *f)
{
    lii_json_open(w, '{');
    lii_json_member_string(w, "name", f->name, LI_Z);
    lii_json_member_string(w, "label", f->label, LI_Z);
    lii_json_member_string(w, "type", type_name(f->type), LI_Z);
    lii_json_key(w, "required");
    lii_json_bool(w, (f->flags & (LII_FIELD_REQUIRED | LII_FIELD_MUST_BE_TRUE)) != 0);
    if (f->standard) {
        lii_json_key(w, "default");
        lii_json_raw(w, f->standard, LI_Z);
    }
    if (f->min || f->max) {
        lii_json_key(w, "min");
        lii_json_int(w, f->min);
    }
    if (f->max) {
        lii_json_key(w, "max");
        lii_json_int(w, f->max);
    }
    if (f->pattern)
        lii_json_member_string(w, "pattern", f->pattern, LI_Z);
    if (f->choices)
        write_choices(w, f->choices);
    if (f->show_if)
        lii_json_member_string(w, "showIf", f->show_if, LI_Z);
    if (f->help)
        lii_json_member_string(w, "help", f->help, LI_Z);
    lii_json_close(w, '}');
}

void lii_form_write(const lii_field *fields, lii_buf *out)
{
    lii_json_writer w;
    size_t i;

    lii_json_begin(&w, out);
    lii_json_open(&w, '[');
    for (i = 0; fields && fields[i].name; i++)
        write_field(&w, &fields[i]);
    for (i = 0; lii_form_common[i].name; i++)
        write_field(&w, &lii_form_common[i]);
    lii_json_close(&w, ']');
}
