/* iot.c - IoT rules: a topic filter, a condition and what is selected; the event is the selection and nothing else (TRG-84,
 * 85). Of the SQL: SELECT * or values AS names, FROM 'a/+/#', WHERE with comparisons, AND, OR, NOT, brackets, and the
 * functions topic(n), timestamp() and clientid(). Anything else is refused with its place. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "service/number.h"
#include "service/services.h"

enum { DEPTH = 16 };
enum { NOTHING = 0, NUMBER, TEXT, TRUTH, DOCUMENT };

/* raw: as JSON; text: of texts, unescaped as far as it has no escapes. */
typedef struct value {
    int type;
    int is_true;
    double number;
    li_slice text;
    li_slice raw;
    char room[64];
} value;

typedef struct sql {
    const char *p, *end, *begin;
    const char *wrong;
    const lii_occurrence *o;     /* NULL: only the syntax is looked at */
    lii_json_value payload;
    unsigned depth;
} sql;

static void skip(sql *s)
{
    while (s->p < s->end && strchr(" \t\r\n", *s->p))
        s->p++;
}

static int fail(sql *s, const char *what)
{
    if (!s->wrong)
        s->wrong = what;
    return 0;
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
}

/* A word in either case, not the start of a longer one. */
static int word(sql *s, const char *text)
{
    size_t n = strlen(text);

    skip(s);
    if ((size_t)(s->end - s->p) < n || strncasecmp(s->p, text, n) != 0 || (s->p + n < s->end && is_letter(s->p[n])))
        return 0;
    s->p += n;
    return 1;
}

static int sign(sql *s, const char *text)
{
    size_t n = strlen(text);

    skip(s);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, text, n) != 0)
        return 0;
    s->p += n;
    return 1;
}

static int quoted(sql *s, li_slice *text)
{
    const char *from;

    skip(s);
    if (s->p == s->end || *s->p != '\'')
        return 0;
    from = ++s->p;
    while (s->p < s->end && *s->p != '\'')
        s->p++;
    *text = lii_slice(from, (size_t)(s->p - from));
    if (s->p == s->end)
        return fail(s, "a closing quote");
    s->p++;
    return 1;
}

static void from_json(lii_json_value json, value *v)
{
    v->raw = lii_slice(json.ptr, json.len);
    if (json.type == LII_JSON_NUMBER && lii_number_read(v->raw, &v->number)) {
        v->type = NUMBER;
    } else if (json.type == LII_JSON_STRING) {
        v->type = TEXT;
        v->text = lii_slice(json.ptr + 1, json.len - 2);
    } else if (json.type == LII_JSON_TRUE || json.type == LII_JSON_FALSE) {
        v->type = TRUTH;
        v->is_true = json.type == LII_JSON_TRUE;
    } else {
        v->type = json.type == LII_JSON_NONE ? NOTHING : DOCUMENT;
    }
}

/* Part number n of the topic, from 1; 0: all of it. The bytes are those of the occurrence's JSON. */
static void topic_part(const sql *s, long n, value *v)
{
    lii_json_value topic = lii_occurrence_get(s->o, "topic");
    const char *p = topic.ptr + 1, *end = topic.ptr + topic.len - 1, *slash;
    long i;

    v->type = TEXT;
    v->text = lii_slice(p, (size_t)(end - p));
    for (i = 1; n > 0 && p; i++) {
        slash = memchr(p, '/', (size_t)(end - p));
        if (i == n) {
            v->text = lii_slice(p, (size_t)((slash ? slash : end) - p));
            return;
        }
        p = slash ? slash + 1 : NULL;
    }
    if (n > 0)
        v->type = NOTHING;
}

static int call(sql *s, li_slice name, value *v)
{
    char number[24];
    size_t n;
    const char *from;

    skip(s);
    from = s->p;
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
        s->p++;
    n = (size_t)(s->p - from) < sizeof number - 1 ? (size_t)(s->p - from) : sizeof number - 1;
    memcpy(number, from, n);
    number[n] = '\0';
    if (!sign(s, ")"))
        return fail(s, "a number, or the closing bracket");
    if (name.len == 5 && strncasecmp(name.ptr, "topic", 5) == 0) {
        if (s->o)
            topic_part(s, atol(number), v);
    } else if (name.len == 9 && strncasecmp(name.ptr, "timestamp", 9) == 0) {
        v->type = NUMBER;
        v->number = s->o ? (double)s->o->time_ms : 0;
        snprintf(v->room, sizeof v->room, "%llu", s->o ? (unsigned long long)s->o->time_ms : 0ULL);
        v->raw = lii_slice(v->room, LI_Z);
    } else if (name.len == 8 && strncasecmp(name.ptr, "clientid", 8) == 0) {
        if (s->o)
            from_json(lii_occurrence_get(s->o, "clientId"), v);
    } else {
        return fail(s, "topic(n), timestamp() or clientid(); other functions are not understood");
    }
    return 1;
}

static int condition(sql *s, value *v);

static int primary(sql *s, value *v)
{
    const char *from;
    li_slice text;

    memset(v, 0, sizeof *v);
    if (sign(s, "(")) {
        if (++s->depth > DEPTH)
            return fail(s, "fewer brackets inside each other");
        condition(s, v);
        s->depth--;
        return sign(s, ")") || fail(s, "a closing bracket");
    }
    if (quoted(s, &text)) {
        v->type = TEXT;
        v->text = text;
        return 1;
    }
    if (s->wrong)
        return 0;
    if (word(s, "true") || word(s, "false")) {
        v->type = TRUTH;
        v->is_true = s->p[-2] == 'u';
        v->raw = v->is_true ? LII_S("true") : LII_S("false");
        return 1;
    }
    from = s->p;
    while (s->p < s->end && (is_letter(*s->p) || *s->p == '.' || (s->p == from && *s->p == '-')))
        s->p++;
    text = lii_slice(from, (size_t)(s->p - from));
    if (text.len == 0)
        return fail(s, "a member, a number or a text in single quotes");
    if ((*from >= '0' && *from <= '9') || *from == '-') {
        lii_json_value number = { text.ptr, text.len, LII_JSON_NUMBER, 0 };

        if (lii_json_check(text.ptr, text.len, 1, NULL) != 0)
            return fail(s, "a number");
        from_json(number, v);
        return 1;
    }
    if (sign(s, "("))
        return call(s, text, v);
    if (s->o)
        from_json(lii_json_path(s->payload, text.ptr, text.len), v);
    return 1;
}

static int order(const value *a, const value *b, int *is_comparable)
{
    size_t n;
    int c;

    *is_comparable = 1;
    if (a->type == NUMBER && b->type == NUMBER)
        return a->number < b->number ? -1 : a->number > b->number;
    if (a->type == TRUTH && b->type == TRUTH)
        return a->is_true - b->is_true;
    *is_comparable = a->type == TEXT && b->type == TEXT;
    if (!*is_comparable)
        return 0;
    n = a->text.len < b->text.len ? a->text.len : b->text.len;
    c = n ? memcmp(a->text.ptr, b->text.ptr, n) : 0;
    return c ? c : a->text.len < b->text.len ? -1 : a->text.len > b->text.len;
}

static void set_truth(value *v, int is_true)
{
    memset(v, 0, sizeof *v);
    v->type = TRUTH;
    v->is_true = is_true;
    v->raw = is_true ? LII_S("true") : LII_S("false");
}

static int comparison(sql *s, value *v)
{
    static const char *const signs[] = { "<>", "!=", "<=", ">=", "=", "<", ">" };
    value other;
    size_t i;
    int c, ok;

    if (!primary(s, v))
        return 0;
    for (i = 0; i < 7; i++)
        if (sign(s, signs[i]))
            break;
    if (i == 7)
        return 1;
    if (!primary(s, &other))
        return 0;
    c = order(v, &other, &ok);
    set_truth(v, i < 2 ? !ok || c != 0 : ok && (i == 2 ? c <= 0 : i == 3 ? c >= 0 : i == 4 ? c == 0 : i == 5 ? c < 0 : c > 0));
    return 1;
}

/* NOT of NOT and so on, without going deeper. */
static int negation(sql *s, value *v)
{
    unsigned n = 0;

    while (word(s, "NOT"))
        n++;
    if (!comparison(s, v))
        return 0;
    if (n > 0)
        set_truth(v, (v->type == TRUTH && v->is_true) == (n % 2 == 0));
    return 1;
}

static int both(sql *s, value *v)
{
    value other;

    if (!negation(s, v))
        return 0;
    while (word(s, "AND")) {
        if (!negation(s, &other))
            return 0;
        set_truth(v, v->type == TRUTH && v->is_true && other.type == TRUTH && other.is_true);
    }
    return 1;
}

static int condition(sql *s, value *v)
{
    value other;

    if (!both(s, v))
        return 0;
    while (word(s, "OR")) {
        if (!both(s, &other))
            return 0;
        set_truth(v, (v->type == TRUTH && v->is_true) || (other.type == TRUTH && other.is_true));
    }
    return 1;
}

/* ---- the statement: written into out, if there is one; 1: the message is selected */

static void write_value(lii_json_writer *w, const value *v)
{
    if (v->type == TEXT && v->raw.ptr == NULL)
        lii_json_string(w, v->text.ptr, v->text.len);
    else
        lii_json_raw(w, v->raw.ptr, v->raw.len);
}

static int select_list(sql *s, lii_json_writer *w)
{
    const char *from;
    li_slice name;
    value v;

    do {
        skip(s);
        from = s->p;
        if (!condition(s, &v))
            return 0;
        name = lii_slice(from, (size_t)(s->p - from));
        while (name.len > 0 && strchr(" \t\r\n", name.ptr[name.len - 1]))
            name.len--;
        if (word(s, "AS")) {
            skip(s);
            from = s->p;
            while (s->p < s->end && is_letter(*s->p))
                s->p++;
            name = lii_slice(from, (size_t)(s->p - from));
        } else if (memchr(name.ptr, '.', name.len)) {
            const char *dot = memrchr(name.ptr, '.', name.len);

            name = lii_slice(dot + 1, (size_t)(name.ptr + name.len - dot - 1));
        }
        if (name.len == 0 || memchr(name.ptr, '(', name.len))
            return fail(s, "AS and a name");
        if (w && v.type != NOTHING) {
            lii_json_key_text(w, name.ptr, name.len);
            write_value(w, &v);
        }
    } while (sign(s, ","));
    return 1;
}

/* MQTT: + is one part, # the rest. */
static int topic_matches(li_slice filter, const char *p, const char *end)
{
    const char *f = filter.ptr, *f_end = f + filter.len;

    while (f < f_end) {
        if (*f == '#')
            return 1;
        if (*f == '+') {
            f++;
            while (p < end && *p != '/')
                p++;
        } else if (p < end && *f == *p) {
            f++;
            p++;
        } else {
            return p == end && f_end - f == 2 && f[0] == '/' && f[1] == '#';
        }
    }
    return p == end;
}

static int run(sql *s, lii_json_writer *w)
{
    lii_json_value topic;
    li_slice filter;
    int is_all;
    value v;

    if (!word(s, "SELECT"))
        return fail(s, "SELECT");
    is_all = sign(s, "*");
    if (!is_all && !select_list(s, w))
        return 0;
    if (!word(s, "FROM"))
        return fail(s, "a comma, AS or FROM");
    if (!quoted(s, &filter))
        return fail(s, "a topic filter in single quotes");
    set_truth(&v, 1);
    if (word(s, "WHERE") && !condition(s, &v))
        return 0;
    skip(s);
    if (s->p < s->end)
        return fail(s, "WHERE, or the end");
    if (!s->o)
        return 1;
    topic = lii_occurrence_get(s->o, "topic");
    return topic_matches(filter, topic.ptr + 1, topic.ptr + topic.len - 1) && v.type == TRUTH && v.is_true;
}

static sql sql_of(const li_trigger *t, const lii_occurrence *o)
{
    li_slice text = lii_option_text(t, "sql");
    sql s;

    memset(&s, 0, sizeof s);
    s.p = s.begin = text.ptr ? text.ptr : "";
    s.end = s.p + text.len;
    s.o = o;
    if (o)
        s.payload = lii_occurrence_get(o, "payload");
    return s;
}

static li_status prepare(li_trigger *t, li_error *err)
{
    sql s = sql_of(t, NULL);

    run(&s, NULL);
    if (!s.wrong)
        return LI_OK;
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_IOT_SQL, "sql", LI_Z, "sql: at byte %zu: %s", (size_t)(s.p - s.begin), s.wrong);
}

static int matches(const li_trigger *t, const lii_occurrence *o)
{
    sql s = sql_of(t, o);

    return run(&s, NULL);
}

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    sql s = sql_of(t, o);
    lii_json_writer w;

    word(&s, "SELECT");
    if (sign(&s, "*")) {
        lii_buf_add(event, s.payload.ptr, s.payload.len);
        return;
    }
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    select_list(&s, &w);
    lii_json_close(&w, '}');
}

static const lii_kind_code code = { .prepare = prepare, .matches = matches, .build = build };

static const lii_field fields[] = {
    { .name = "ruleName", .label = "Rule name", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 128, .pattern = "[a-zA-Z0-9_]+" },
    { .name = "description", .label = "Description", .max = 256 },
    { .name = "sql", .label = "SQL", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 4096,
      .help = "SELECT * FROM 'sensors/+/state' WHERE temperature > 20" },
    { .name = "sqlVersion", .label = "SQL version", .type = LII_FIELD_ENUM, .standard = "\"2016-03-23\"",
      .choices = "2015-10-08|2016-03-23|beta" },
    { .name = NULL }
};

const lii_trigger_kind lii_iot_kind = {
    .name = "iot",
    .label = "IoT rule",
    .principal = "iot.amazonaws.com",
    .source_arn = "arn:${@partition}:iot:${@region}:${@account}:rule/${$ruleName}",
    .type = LI_EVENT,
    .retries = "IoT, then the function's queue",
    .fields = fields,
    .members = "topic:s! payload:o! clientId:s",
    .shape = "",
    .options_example = "{\"ruleName\":\"warm\",\"sql\":\"SELECT temperature, topic(2) AS room FROM 'sensors/+/state' WHERE "
                       "temperature > 20\"}",
    .example = "{\"topic\":\"sensors/room-1/state\",\"payload\":{\"temperature\":21.5},\"clientId\":\"c1\"}",
    .code = &code,
};
