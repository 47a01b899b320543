/* s3_notification.c - the notification configuration of a bucket as a whole: read apart into triggers of kind s3 (TRG-32). */
#include <lambdainvoke/services.h>

#include <stdio.h>

#include "service/http.h"

enum { MOST = 100, BUCKET_MAX = 255 };

/* The texts of a trigger, by their places in the buffer, which moves as it grows. */
typedef struct piece {
    size_t function, options, end;
    lii_json_value id;
} piece;

typedef struct reading {
    li_slice bucket;
    lii_buf texts;
    size_t n;
    piece pieces[MOST];
    li_trigger_spec specs[MOST];
} reading;

/* An object with no members but those of the list ("A B"). */
static li_status check_members(lii_json_value object, const char *what, const char *known, li_error *err)
{
    lii_json_value key, value;
    char name[64];
    size_t at = 0, n;

    if (object.type != LII_JSON_OBJECT)
        return lii_option_wrong(what, err, "it has to be an object");
    while (lii_json_next(object, &at, &key, &value)) {
        n = lii_json_text(key, name, sizeof name);
        if (n > sizeof name || lii_word_place(known, ' ', lii_slice(name, n)) < 0)
            return lii_option_wrong(what, err, "its members are %s, not \"%.*s\"", known, (int)(n < sizeof name ? n : sizeof name), name);
    }
    return LI_OK;
}

/* One rule as an option. */
static li_status read_rule(lii_json_value rule, lii_json_writer *w, int seen[2], li_error *err)
{
    lii_json_value name = lii_json_get(rule, "Name", LI_Z), value = lii_json_get(rule, "Value", LI_Z);
    char text[8];
    size_t n = lii_json_text(name, text, sizeof text);
    int is_suffix = n == 6 && strncasecmp(text, "suffix", 6) == 0;
    li_status status = check_members(rule, "FilterRules", "Name Value", err);

    if (status != LI_OK)
        return status;
    if (name.type != LII_JSON_STRING || value.type != LII_JSON_STRING)
        return lii_option_wrong("FilterRules", err, "a rule has a Name and a Value, which are texts");
    if (!is_suffix && (n != 6 || strncasecmp(text, "prefix", 6) != 0))
        return lii_option_wrong("FilterRules", err, "the Name of a rule is prefix or suffix");
    if (seen[is_suffix]++)
        return lii_option_wrong("FilterRules", err, "one prefix and one suffix at most");
    lii_json_key(w, is_suffix ? "suffix" : "prefix");
    lii_json_raw(w, value.ptr, value.len);
    return LI_OK;
}

static li_status read_filter(lii_json_value filter, lii_json_writer *w, li_error *err)
{
    lii_json_value key = lii_json_get(filter, "Key", LI_Z), rules = lii_json_get(key, "FilterRules", LI_Z), rule;
    int seen[2] = { 0, 0 };
    li_status status = LI_OK;
    size_t at = 0;

    if (filter.type != LII_JSON_NONE)
        status = check_members(filter, "Filter", "Key", err);
    if (status == LI_OK && key.type != LII_JSON_NONE)
        status = check_members(key, "Key", "FilterRules", err);
    if (status == LI_OK && rules.type != LII_JSON_NONE && rules.type != LII_JSON_ARRAY)
        return lii_option_wrong("FilterRules", err, "it has to be a list");
    while (status == LI_OK && lii_json_next(rules, &at, NULL, &rule))
        status = read_rule(rule, w, seen, err);
    return status;
}

static li_status check_id(const reading *x, lii_json_value id, li_error *err)
{
    size_t i;

    if (id.type == LII_JSON_NONE)
        return LI_OK;
    if (id.type != LII_JSON_STRING)
        return lii_option_wrong("Id", err, "it has to be a text");
    for (i = 0; i < x->n; i++)
        if (x->pieces[i].id.len == id.len && memcmp(x->pieces[i].id.ptr, id.ptr, id.len) == 0)
            return lii_option_wrong("Id", err, "the Ids of a document are unique");
    return LI_OK;
}

static li_status read_configuration(reading *x, lii_json_value one, li_error *err)
{
    lii_json_value function = lii_json_get(one, "LambdaFunctionArn", LI_Z), events = lii_json_get(one, "Events", LI_Z);
    lii_json_value id = lii_json_get(one, "Id", LI_Z);
    piece *p = &x->pieces[x->n];
    li_status status = check_members(one, "LambdaFunctionConfigurations", "Id LambdaFunctionArn Events Filter", err);
    lii_json_writer w;

    if (status == LI_OK)
        status = check_id(x, id, err);
    if (status != LI_OK)
        return status;
    if (function.type != LII_JSON_STRING)
        return lii_option_wrong("LambdaFunctionArn", err, "it has to be a text");
    if (events.type != LII_JSON_ARRAY)
        return lii_option_wrong("Events", err, "it has to be a list of event types");
    p->id = id;
    p->function = x->texts.len;
    if (lii_buf_reserve(&x->texts, function.len) == LI_OK)
        x->texts.len += lii_json_text(function, x->texts.data + x->texts.len, function.len);
    p->options = x->texts.len;
    lii_json_begin(&w, &x->texts);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "bucket", x->bucket.ptr, x->bucket.len);
    lii_json_key(&w, "events");
    lii_json_raw(&w, events.ptr, events.len);
    if (id.type == LII_JSON_STRING) {
        lii_json_key(&w, "configurationId");
        lii_json_raw(&w, id.ptr, id.len);
    }
    status = read_filter(lii_json_get(one, "Filter", LI_Z), &w, err);
    lii_json_close(&w, '}');
    p->end = x->texts.len;
    x->n++;
    return status;
}

static li_status check_destination(lii_json_value document, const char *name, li_error *err)
{
    lii_json_value list = lii_json_get(document, name, LI_Z);

    if (list.type == LII_JSON_NONE || (list.type == LII_JSON_ARRAY && list.len == 2))
        return LI_OK;
    return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_TRIGGER_OPTIONS, name, LI_Z, "%s: a bucket's events go to functions here", name);
}

static li_status read_list(reading *x, lii_json_value list, li_error *err)
{
    static const char name[] = "LambdaFunctionConfigurations";
    li_status status = LI_OK;
    lii_json_value one;
    size_t at = 0;

    if (list.type != LII_JSON_NONE && list.type != LII_JSON_ARRAY)
        return lii_option_wrong(name, err, "it has to be a list");
    while (status == LI_OK && lii_json_next(list, &at, NULL, &one)) {
        if (x->n == MOST)
            return lii_fail(err, LI_E_FULL, LI_DETAIL_TRIGGER_OPTIONS, name, LI_Z, "a bucket has at most %d configurations", (int)MOST);
        status = read_configuration(x, one, err);
    }
    if (status == LI_OK && x->texts.status != LI_OK)
        return lii_fail(err, x->texts.status, LI_DETAIL_NONE, NULL, 0, "no memory for a bucket's configuration");
    return status;
}

static li_status read_document(reading *x, lii_json_value document, int *to_bus, li_error *err)
{
    lii_json_value bus = lii_json_get(document, "EventBridgeConfiguration", LI_Z);
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_status status = check_members(document, "configuration", "LambdaFunctionConfigurations EventBridgeConfiguration "
                                                                "TopicConfigurations QueueConfigurations", err);
    size_t i;

    if (status == LI_OK)
        status = check_destination(document, "TopicConfigurations", err);
    if (status == LI_OK)
        status = check_destination(document, "QueueConfigurations", err);
    if (status == LI_OK && bus.type != LII_JSON_NONE && bus.type != LII_JSON_OBJECT)
        status = lii_option_wrong("EventBridgeConfiguration", err, "it has to be an object");
    *to_bus = bus.type != LII_JSON_NONE;
    if (status == LI_OK)
        status = read_list(x, lii_json_get(document, "LambdaFunctionConfigurations", LI_Z), err);
    for (i = 0; status == LI_OK && i < x->n; i++) {
        const piece *p = &x->pieces[i];

        spec.function = lii_slice(x->texts.data + p->function, p->options - p->function);
        spec.options = lii_slice(x->texts.data + p->options, p->end - p->options);
        x->specs[i] = spec;
    }
    return status;
}

static li_status put(li_engine *engine, reading *x, int to_bus, li_error *err)
{
    const lii_trigger_kind *kind = NULL;
    li_status status = lii_kind_find(engine, LII_S("s3"), &kind, err);
    int64_t before = 0;
    char arn[300];

    snprintf(arn, sizeof arn, "arn:%s:s3:::%.*s", li_engine_get_partition(engine), LII_TEXT(x->bucket));
    li_config_get(engine, "s3.event_bridge", &before);
    if (status == LI_OK && to_bus)
        status = li_config_set(engine, "s3.event_bridge", 1, err);
    if (status != LI_OK)
        return status;
    status = lii_triggers_put(engine, kind, arn, x->specs, x->n, err);
    if (status != LI_OK && to_bus)
        li_config_set(engine, "s3.event_bridge", before, NULL);
    return status;
}

li_status li_s3_notification_put(li_engine *engine, const char *bucket, size_t bucket_len, const char *configuration,
                                 size_t configuration_len, li_error *err)
{
    li_slice name = lii_slice(bucket, bucket_len), text = lii_slice(configuration, configuration_len);
    lii_json_value document;
    li_status status;
    int to_bus = 0;
    reading *x;

    if (!engine || !bucket || !configuration)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine, bucket and configuration are needed");
    status = lii_engine_check_fork(engine, err);
    if (status == LI_OK && (name.len == 0 || name.len > BUCKET_MAX))
        status = lii_option_wrong("bucket", err, "a bucket's name has 1 to %d bytes", (int)BUCKET_MAX);
    if (status == LI_OK)
        status = lii_object_read(text.ptr, text.len, "configuration", LI_DETAIL_TRIGGER_OPTIONS, &document, err);
    if (status != LI_OK)
        return status;
    x = lii_calloc(lii_engine_allocator(engine), 1, sizeof *x);
    if (!x)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a bucket's configuration");
    x->bucket = name;
    lii_buf_init(&x->texts, lii_engine_allocator(engine));
    status = read_document(x, document, &to_bus, err);
    if (status == LI_OK)
        status = put(engine, x, to_bus, err);
    lii_buf_fini(&x->texts);
    lii_free(lii_engine_allocator(engine), x);
    return status;
}
