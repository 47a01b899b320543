/* transform.c - paths into events, and templates with <names> in them. */
#include "service/transform.h"

#include "base/slice.h"
#include "trigger/trigger.h"

enum { DEPTH = 128, NAME_MAX_LEN = 256, MAP_MAX = 100 };

/* ---- paths */

enum { STEP_END, STEP_NAME, STEP_PLACE, STEP_ALL, STEP_WRONG };

typedef struct step {
    int kind;
    li_slice name;
    size_t place;
} step;

/* The step at *at, which moves behind it. */
static step next_step(li_slice path, size_t *at)
{
    step s = { STEP_WRONG, { NULL, 0 }, 0 };
    size_t i = *at, first;

    if (i == path.len) {
        s.kind = STEP_END;
    } else if (path.ptr[i] == '.') {
        for (first = ++i; i < path.len && !strchr(".[]*", path.ptr[i]); i++)
            continue;
        s.name = lii_slice(path.ptr + first, i - first);
        s.kind = i > first ? STEP_NAME : STEP_WRONG;
    } else if (path.ptr[i] == '[' && path.len - i >= 3) {
        if (path.ptr[++i] == '*') {
            s.kind = STEP_ALL;
            i++;
        } else {
            for (first = i; i < path.len && path.ptr[i] >= '0' && path.ptr[i] <= '9' && i - first < 9; i++)
                s.place = s.place * 10 + (size_t)(path.ptr[i] - '0');
            s.kind = i > first ? STEP_PLACE : STEP_WRONG;
        }
        if (i == path.len || path.ptr[i++] != ']')
            s.kind = STEP_WRONG;
    }
    *at = i;
    return s;
}

const char *lii_event_path_wrong(li_slice path)
{
    size_t at = 1;
    int n_all = 0;
    step s;

    if (path.len == 0 || path.ptr[0] != '$')
        return "a path begins with $";
    do {
        s = next_step(path, &at);
        n_all += s.kind == STEP_ALL;
    } while (s.kind != STEP_END && s.kind != STEP_WRONG);
    if (s.kind == STEP_WRONG)
        return "a path has only .name, [n] and [*] behind its $";
    return n_all > 1 ? "a path has [*] at most once" : NULL;
}

static lii_json_value element(lii_json_value array, size_t place)
{
    lii_json_value entry, none;
    size_t at = 0;

    memset(&none, 0, sizeof none);
    if (array.type != LII_JSON_ARRAY)
        return none;
    while (lii_json_next(array, &at, NULL, &entry))
        if (place-- == 0)
            return entry;
    return none;
}

/* Down the path until it ends, is lost, or meets [*]. */
static lii_json_value walk(lii_json_value value, li_slice path, size_t *at, int *is_all)
{
    step s;

    *is_all = 0;
    while (value.type != LII_JSON_NONE) {
        s = next_step(path, at);
        if (s.kind == STEP_NAME) {
            value = lii_json_get(value, s.name.ptr, s.name.len);
        } else if (s.kind == STEP_PLACE) {
            value = element(value, s.place);
        } else {
            *is_all = s.kind == STEP_ALL;
            break;
        }
    }
    return value;
}

int lii_event_path_write(lii_json_value event, li_slice path, lii_buf *out)
{
    lii_json_value value, entry, found;
    size_t at = 1, start, entries = 0, n = 0;
    int is_all, is_more;

    value = walk(event, path, &at, &is_all);
    if (value.type == LII_JSON_NONE || (is_all && value.type != LII_JSON_ARRAY))
        return 0;
    if (!is_all) {
        lii_buf_add(out, value.ptr, value.len);
        return 1;
    }
    lii_buf_add_byte(out, '[');
    while (lii_json_next(value, &entries, NULL, &entry)) {
        start = at;
        found = walk(entry, path, &start, &is_more);
        if (found.type == LII_JSON_NONE)
            continue;
        if (n++ > 0)
            lii_buf_add_byte(out, ',');
        lii_buf_add(out, found.ptr, found.len);
    }
    lii_buf_add_byte(out, ']');
    return 1;
}

/* ---- templates */

static const char *const own_names[] = { "aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time",
                                         "aws.events.event", "aws.events.event.json" };
/* What stands for every value while a template is tried: not empty, so that what is on both sides of it cannot join. */
#define TRIED "x"

enum { RULE_ARN, RULE_NAME, INGESTION, EVENT, EVENT_JSON, OWN_NAMES };

static int own_name(li_slice name)
{
    int i;

    for (i = 0; i < OWN_NAMES; i++)
        if (lii_slice_is(name, own_names[i]))
            return i;
    return -1;
}

static int is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/* The name of <name> at a <; {NULL, 0}: it is only a <. */
static li_slice name_at(const char *p, const char *end)
{
    const char *q = p + 1;

    while (q < end && is_name_byte(*q))
        q++;
    return q > p + 1 && q < end && *q == '>' ? lii_slice(p + 1, (size_t)(q - p - 1)) : lii_slice(NULL, 0);
}

/* What stands for the names while a template is written. */
typedef struct filling {
    lii_json_value map;
    lii_json_value event;            /* type NONE: only tried, every value is a text or, is_number 1, a number */
    const lii_event_facts *facts;
    lii_buf *out;
    int32_t is_number;
    int32_t reserved;
    li_slice unknown;                /* a name that nothing stands for */
    li_slice outside;                /* a name that must stand outside quotes and does not */
} filling;

/* A JSON value where it is: as it is outside quotes; inside them text without its quotes, anything else escaped. */
static void write_value(const filling *f, const char *json, size_t len, int is_quoted)
{
    if (!is_quoted)
        lii_buf_add(f->out, json, len);
    else if (len >= 2 && json[0] == '"')
        lii_buf_add(f->out, json + 1, len - 2);
    else
        lii_json_escape(f->out, json, len);
}

static void write_text(const filling *f, const char *text, int is_quoted)
{
    if (!is_quoted)
        lii_buf_add_byte(f->out, '"');
    lii_json_escape(f->out, text, strlen(text));
    if (!is_quoted)
        lii_buf_add_byte(f->out, '"');
}

/* The event without its detail. */
static void write_envelope(const filling *f)
{
    lii_json_value key, value;
    size_t at = 0, n = 0;

    lii_buf_add_byte(f->out, '{');
    while (lii_json_next(f->event, &at, &key, &value)) {
        if (lii_json_text_is(key, "detail", LI_Z))
            continue;
        if (n++ > 0)
            lii_buf_add_byte(f->out, ',');
        lii_buf_add(f->out, key.ptr, key.len);
        lii_buf_add_byte(f->out, ':');
        lii_buf_add(f->out, value.ptr, value.len);
    }
    lii_buf_add_byte(f->out, '}');
}

static void write_own(filling *f, li_slice name, int which, int is_quoted)
{
    if (which == EVENT || which == EVENT_JSON) {
        if (is_quoted)
            f->outside = name;
        else if (f->event.type == LII_JSON_NONE)
            lii_buf_add_z(f->out, "{}");
        else if (which == EVENT)
            write_envelope(f);
        else
            lii_buf_add(f->out, f->event.ptr, f->event.len);
        return;
    }
    write_text(f,
               !f->facts            ? TRIED
               : which == RULE_ARN  ? f->facts->rule_arn
               : which == RULE_NAME ? f->facts->rule_name
                                    : f->facts->time,
               is_quoted);
}

static void write_mapped(filling *f, lii_json_value path, int is_quoted)
{
    char text[NAME_MAX_LEN];
    size_t len = lii_json_text(path, text, sizeof text);

    if (f->event.type != LII_JSON_NONE && !is_quoted) {
        if (!lii_event_path_write(f->event, lii_slice(text, len), f->out))
            write_text(f, "", 0);
    } else if (f->event.type != LII_JSON_NONE) {
        lii_buf value;

        lii_buf_init(&value, f->out->allocator);
        if (lii_event_path_write(f->event, lii_slice(text, len), &value) && value.status == LI_OK)
            write_value(f, value.data, value.len, 1);
        else if (value.status != LI_OK)
            f->out->status = value.status;
        lii_buf_fini(&value);
    } else if (f->is_number) {
        lii_buf_add_byte(f->out, '0');
    } else {
        write_text(f, TRIED, is_quoted);
    }
}

static void write_name(filling *f, li_slice name, int is_quoted)
{
    lii_json_value path = f->map.type == LII_JSON_OBJECT ? lii_json_get(f->map, name.ptr, name.len) : f->map;
    int own = own_name(name);

    if (own >= 0)
        write_own(f, name, own, is_quoted);
    else if (path.type == LII_JSON_STRING)
        write_mapped(f, path, is_quoted);
    else
        f->unknown = name;
}

static void fill(filling *f, li_slice template)
{
    const char *p = template.ptr, *end = template.ptr + template.len;
    int is_quoted = 0;

    while (p < end) {
        li_slice name = *p == '<' ? name_at(p, end) : lii_slice(NULL, 0);

        if (name.ptr) {
            write_name(f, name, is_quoted);
            p = name.ptr + name.len + 1;
            continue;
        }
        if (*p == '"')
            is_quoted = !is_quoted;
        else if (*p == '\\' && is_quoted && p + 1 < end)
            lii_buf_add_byte(f->out, *p++);
        lii_buf_add_byte(f->out, *p++);
    }
}

void lii_transform_write(lii_json_value map, li_slice template, lii_json_value event, const lii_event_facts *facts,
                         lii_buf *out)
{
    filling f;

    memset(&f, 0, sizeof f);
    f.map = map;
    f.event = event;
    f.facts = facts;
    f.out = out;
    fill(&f, template);
}

/* ---- checks */

static li_status check_map(lii_json_value map, li_error *err)
{
    char name[NAME_MAX_LEN + 1], path[NAME_MAX_LEN + 1];
    lii_json_value key, value;
    size_t at = 0, n = 0, len, i;
    const char *wrong;

    while (map.type == LII_JSON_OBJECT && lii_json_next(map, &at, &key, &value)) {
        len = lii_json_text(key, name, sizeof name);
        for (i = 0; i < len && len <= NAME_MAX_LEN && is_name_byte(name[i]) && name[i] != '.'; i++)
            continue;
        if (len == 0 || len > NAME_MAX_LEN || i < len)
            return lii_option_wrong("inputPathsMap", err, "a name is 1 to %d letters, digits, - and _", NAME_MAX_LEN);
        if (value.type != LII_JSON_STRING)
            return lii_option_wrong("inputPathsMap", err, "%.*s: a path is a text", (int)len, name);
        len = lii_json_text(value, path, sizeof path);
        wrong = len > NAME_MAX_LEN ? "a path has at most 256 characters" : lii_event_path_wrong(lii_slice(path, len));
        if (wrong)
            return lii_option_wrong("inputPathsMap", err, "%s", wrong);
        n++;
    }
    return n > MAP_MAX ? lii_option_wrong("inputPathsMap", err, "it has at most %d names", MAP_MAX) : LI_OK;
}

/* One try, with every value a text or every value a number: what may be a member's name is refused by the second. */
static li_status try_template(lii_json_value map, li_slice template, int is_number, lii_buf *out, li_error *err)
{
    lii_json_error error = { 0, 0, 0, "" };
    filling f;

    memset(&f, 0, sizeof f);
    f.map = map;
    f.out = out;
    f.is_number = is_number;
    fill(&f, template);
    if (f.unknown.ptr)
        return lii_option_wrong("inputTemplate", err, "<%.*s> is no name of inputPathsMap", LII_TEXT(f.unknown));
    if (f.outside.ptr)
        return lii_option_wrong("inputTemplate", err, "<%.*s> stands outside quotes only", LII_TEXT(f.outside));
    if (out->status != LI_OK)
        return lii_fail(err, out->status, LI_DETAIL_NONE, NULL, 0, "no memory for a trigger");
    if (lii_json_check(out->data, out->len, DEPTH, &error) != 0)
        return lii_option_wrong("inputTemplate", err, "what it makes is not JSON: %s", error.reason);
    return LI_OK;
}

li_status lii_transform_check(lii_json_value map, li_slice template, const li_allocator *allocator, li_error *err)
{
    li_status status = check_map(map, err);
    lii_buf out;

    lii_buf_init(&out, allocator);
    if (status == LI_OK)
        status = try_template(map, template, 0, &out, err);
    lii_buf_clear(&out);
    if (status == LI_OK)
        status = try_template(map, template, 1, &out, err);
    lii_buf_fini(&out);
    return status;
}
