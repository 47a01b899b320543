/* options.c - a trigger made of its options, and what rows without rules of their own do with it: source ARN, matching by
 * equal members, the event by its template. */
#include <stdio.h>

#include "base/time.h"
#include "engine/names.h"
#include "trigger/trigger.h"

enum { ARN_MAX = 1024 };

/* ---- looking at options and occurrences */

static const lii_value *value_of(const li_trigger *t, const char *name)
{
    size_t i = lii_field_find(t->kind->fields, name);

    return i == SIZE_MAX || i >= t->n_values ? NULL : &t->values[i];
}

li_slice lii_option_text(const li_trigger *t, const char *name)
{
    static const li_slice none = { NULL, 0 };
    const lii_value *v = value_of(t, name);

    return v ? v->text : none;
}

int64_t lii_option_number(const li_trigger *t, const char *name)
{
    const lii_value *v = value_of(t, name);

    return v ? v->number : 0;
}

lii_json_value lii_option_json(const li_trigger *t, const char *name)
{
    const lii_value *v = value_of(t, name);
    lii_json_value none;

    memset(&none, 0, sizeof none);
    return v ? v->json : none;
}

lii_json_value lii_occurrence_get(const lii_occurrence *o, const char *path)
{
    lii_json_value none;

    memset(&none, 0, sizeof none);
    return o->json.type == LII_JSON_OBJECT ? lii_json_path(o->json, path, LI_Z) : none;
}

li_slice lii_occurrence_text(const lii_occurrence *o, const char *path, lii_buf *room)
{
    lii_json_value value = lii_occurrence_get(o, path);
    li_slice none = { NULL, 0 };

    if (value.type != LII_JSON_STRING)
        return none;
    lii_buf_clear(room);
    if (lii_buf_reserve(room, value.len) != LI_OK)
        return none;
    room->len = lii_json_text(value, room->data, value.len);
    return lii_slice(room->data, room->len);
}

/* ---- names in templates */

static int set_text(lii_variable *out, const char *text, size_t len)
{
    size_t n = lii_len(text, len);

    if (text != out->room && n < sizeof out->room) {
        memcpy(out->room, text, n);
        text = out->room;
    }
    out->text = lii_slice(text, n);
    return 1;
}

static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* NAME: engine facts begin with @, options with $, all else are members of the occurrence. */
typedef struct names {
    const li_trigger *t;
    const lii_occurrence *o;     /* NULL: none */
} names;

enum { REGION, ACCOUNT, PARTITION, FUNCTION, SOURCE, OCCURRENCE, VERSION, FUNCTION_ARN, TRIGGER, ID0, ID1, ID2, ID3, TIME_MS, TIME_S,
       TIME_OFFSET, TIME_LOG, EPOCH_MS, EPOCH_US, EPOCH_S };
static const char facts[] = "region account partition function source occurrence version function_arn trigger id0 id1 id2 id3 time_ms "
                            "time_s time_offset time_log epoch_ms epoch_us epoch_s";

static int set_time(lii_variable *out, uint64_t ms, int fact)
{
    lii_date date;

    if (fact == TIME_MS)
        lii_time_ms(ms, out->room);
    else if (fact == TIME_S)
        lii_time_s(ms, out->room);
    else if (fact == TIME_OFFSET)
        lii_time_offset(ms, out->room);
    else if (fact == TIME_LOG) {
        lii_date_read(ms, &date);
        snprintf(out->room, sizeof out->room, "%02d/%s/%04d:%02d:%02d:%02d +0000", date.day, months[date.month - 1],
                 date.year, date.hour, date.minute, date.second);
    } else
        snprintf(out->room, sizeof out->room, "%llu%s", (unsigned long long)(fact == EPOCH_S ? ms / 1000 : ms),
                 fact == EPOCH_US ? "000" : "");
    out->text = lii_slice(out->room, LI_Z);
    return 1;
}

static int find_fact(const names *n, const char *name, size_t len, lii_variable *out)
{
    li_engine *engine = n->t->engine;
    int fact = lii_word_place(facts, ' ', lii_slice(name, len));

    switch (fact) {
    case REGION:
        return set_text(out, li_engine_get_region(engine), LI_Z);
    case ACCOUNT:
        return set_text(out, li_engine_get_account(engine), LI_Z);
    case PARTITION:
        return set_text(out, li_engine_get_partition(engine), LI_Z);
    case FUNCTION:
        return set_text(out, n->t->journal_name ? n->t->journal_name : "", LI_Z);
    case SOURCE:
        out->text = lii_slice(n->t->source_arn, LI_Z);
        return 1;
    case VERSION:                /* payload formats 1.0 say so */
        return lii_slice_is(lii_option_text(n->t, "format"), "1.0") ? set_text(out, "1.0", 3) : 0;
    case FUNCTION_ARN:
        out->text = lii_slice(n->t->function_arn, LI_Z);
        return 1;
    case TRIGGER:
        out->text = lii_slice(n->t->id, LI_Z);
        return 1;
    default:
        break;
    }
    if (!n->o || fact < 0)
        return 0;
    if (fact == OCCURRENCE) {
        out->json = n->o->json;
        return out->json.type != LII_JSON_NONE;
    }
    if (fact >= TIME_MS)
        return set_time(out, n->o->time_ms, fact);
    li_id_format(&n->o->ids[fact - ID0], out->room);
    out->text = lii_slice(out->room, LI_Z);
    return 1;
}

static int find_name(void *user, const char *name, size_t len, lii_variable *out)
{
    const names *n = user;

    if (len > 0 && name[0] == '@')
        return find_fact(n, name + 1, len - 1, out);
    if (len > 0 && name[0] == '$') {
        char option[64];
        const lii_value *v;

        if (len > sizeof option)
            return 0;
        memcpy(option, name + 1, len - 1);
        option[len - 1] = '\0';
        v = value_of(n->t, option);
        if (!v || v->json.type == LII_JSON_NONE)
            return 0;
        out->json = v->json;
        return 1;
    }
    if (!n->o || n->o->json.type != LII_JSON_OBJECT)
        return 0;
    out->json = lii_json_path(n->o->json, name, len);
    return out->json.type != LII_JSON_NONE;
}

static lii_scope scope_of(names *n)
{
    const li_codec *codec = lii_engine_codec(n->t->engine);
    lii_scope scope = { find_name, n, NULL };

    scope.md5 = codec ? codec->md5 : NULL;
    return scope;
}

/* ---- making */

static void set_function_arn(li_trigger *t)
{
    li_slice none = { NULL, 0 };
    lii_name name;

    memset(&name, 0, sizeof name);
    if (lii_name_parse(t->function.ptr, t->function.len, none, &name, NULL) != LI_OK)
        name.function = t->function;
    snprintf(t->function_arn, sizeof t->function_arn, "arn:%s:lambda:%s:%s:function:%.*s%s%.*s",
             li_engine_get_partition(t->engine), li_engine_get_region(t->engine), li_engine_get_account(t->engine),
             LII_TEXT(name.function), name.qualifier.len > 0 ? ":" : "", LII_TEXT(name.qualifier));
}

static void set_source(li_trigger *t, lii_buf *text)
{
    names n = { t, NULL };
    lii_scope scope = scope_of(&n);

    if (t->source_arn[0])
        return;
    lii_template_text(t->kind->source_arn, &scope, text);
    snprintf(t->source_arn, sizeof t->source_arn, "%.*s", (int)text->len, text->len ? text->data : "");
}

/* The trigger, its values and its copies of function and options, and room for their texts: one block. */
static li_trigger *trigger_new(li_engine *engine, const lii_field *fields, li_slice function, li_slice options, li_slice id)
{
    size_t n_values = lii_fields_count(fields);
    size_t texts = function.len + 2 * options.len + lii_fields_room(fields) + 2, values = (sizeof(li_trigger) + texts + 15) / 16 * 16;
    li_trigger *t = lii_calloc(lii_engine_allocator(engine), 1, values + n_values * sizeof(lii_value));
    li_id made;

    if (!t)
        return NULL;
    atomic_init(&t->refs, 1);
    t->engine = engine;
    t->values = (lii_value *)(void *)((char *)t + values);
    t->n_values = (uint32_t)n_values;
    memcpy(t->texts, function.ptr, function.len);
    t->function = lii_slice(t->texts, function.len);
    if (options.len > 0)
        memcpy(t->texts + function.len + 1, options.ptr, options.len);
    t->options = lii_slice(t->texts + function.len + 1, options.len);
    t->created_ms = li_engine_now_ms(engine);
    if (id.ptr) {
        memcpy(t->id, id.ptr, id.len);
    } else {
        lii_engine_new_id(engine, &made);
        li_id_format(&made, t->id);
    }
    return t;
}

li_status lii_trigger_make(li_engine *engine, const lii_trigger_kind *kind, li_slice function, li_slice options,
                           li_slice id, li_trigger **out, li_error *err)
{
    li_trigger *t = trigger_new(engine, kind->fields, function, options, id);
    lii_arena arena;
    li_status status;
    lii_buf text;

    if (!t)
        return lii_no_memory(err, "a trigger");
    t->kind = kind;
    t->type = kind->type;
    set_function_arn(t);
    arena.at = t->texts + function.len + options.len + 2;
    status = lii_form_read(kind->fields, t->options.ptr, t->options.len, &arena, t->values, err);
    if (status == LI_OK && (kind->flags & LII_KIND_TYPED))
        t->type = lii_slice_is(lii_option_text(t, "invocationType"), "RequestResponse") ? LI_REQUEST_RESPONSE : LI_EVENT;
    if (status == LI_OK && kind->code && kind->code->prepare)
        status = kind->code->prepare(t, err);
    lii_buf_init(&text, lii_engine_allocator(engine));
    text.limit = ARN_MAX;
    if (status == LI_OK)
        set_source(t, &text);
    if (text.status != LI_OK)
        status = lii_fail(err, text.status == LI_E_NOMEM ? LI_E_NOMEM : LI_E_INVALID, LI_DETAIL_TRIGGER_OPTIONS, NULL, 0,
                          "the source's ARN has at most %d bytes", ARN_MAX);
    lii_buf_fini(&text);
    if (status != LI_OK)
        lii_trigger_release(t);
    else
        *out = t;
    return status;
}

void *lii_state_new(li_trigger *t, size_t size, li_error *err)
{
    t->state = lii_calloc(lii_engine_allocator(t->engine), 1, size);
    if (!t->state)
        lii_no_memory(err, "a trigger");
    return t->state;
}

/* ---- matching and building by the row */

/* Text of an option against a member of the occurrence: equal, or one of a list. */
static int is_equal(const li_trigger *t, const lii_occurrence *o, const char *option, const char *member)
{
    const lii_value *v = value_of(t, option);
    lii_json_value found = lii_occurrence_get(o, member), entry;
    size_t at = 0;

    if (!v || v->json.type == LII_JSON_NONE)
        return 1;
    if (v->json.type == LII_JSON_ARRAY) {
        while (lii_json_next(v->json, &at, NULL, &entry)) {
            char text[1100];
            size_t n = lii_json_text(entry, text, sizeof text);

            if (lii_json_text_is(entry, "*", 1) || lii_json_text_is(entry, "all", 3) ||
                (n <= sizeof text && lii_json_text_is(found, text, n)))
                return 1;
        }
        return 0;
    }
    return lii_json_text_is(found, v->text.ptr, v->text.len);
}

int lii_matches(const li_trigger *t, const lii_occurrence *o)
{
    const char *p = t->kind->match;

    while (p && *p) {
        size_t n = strcspn(p, " "), equals = strcspn(p, "=");
        char option[64], member[64];

        snprintf(option, sizeof option, "%.*s", (int)equals, p);
        snprintf(member, sizeof member, "%.*s", (int)(n - equals - 1), p + equals + 1);
        if (!is_equal(t, o, option, member))
            return 0;
        p += n + (p[n] == ' ');
    }
    return !t->kind->code || !t->kind->code->matches || t->kind->code->matches(t, o);
}

void lii_build_template(const li_trigger *t, const lii_occurrence *o, const char *text, lii_buf *event)
{
    names n = { t, o };
    lii_scope scope = scope_of(&n);

    lii_template_render(text, &scope, event);
}

void lii_build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    if (t->kind->code && t->kind->code->build)
        t->kind->code->build(t, o, event);
    else if (!t->kind->event || !t->kind->event[0])
        lii_buf_add(event, o->json.ptr, o->json.len);
    else
        lii_build_template(t, o, t->kind->event, event);
}

/* ---- rivals */

static int share(const lii_value *a, const lii_value *b)
{
    lii_json_value x = a->json, y = b->json, entry, other;
    size_t at = 0, from;

    if (x.type != LII_JSON_ARRAY || y.type != LII_JSON_ARRAY)
        return x.type == y.type && (x.type != LII_JSON_STRING ? x.len == y.len && memcmp(x.ptr, y.ptr, x.len) == 0
                                                              : lii_slice_equal(a->text, b->text));
    while (lii_json_next(x, &at, NULL, &entry))
        for (from = 0; lii_json_next(y, &from, NULL, &other);)
            if (entry.len == other.len && memcmp(entry.ptr, other.ptr, entry.len) == 0)
                return 1;
    return 0;
}

int lii_are_rivals(const li_trigger *a, const li_trigger *b)
{
    const char *p = a->kind->same;

    while (*p) {
        size_t n = strcspn(p, " ");
        char name[64];
        const lii_value *x, *y;

        snprintf(name, sizeof name, "%.*s", (int)n, p);
        x = value_of(a, name);
        y = value_of(b, name);
        if (x && y && !share(x, y))
            return 0;
        p += n + (p[n] == ' ');
    }
    return 1;
}
