/* kinds.c - the kinds of triggers by name, and the reading of objects that all kinds share (TRG-22, TRG-209). */
#include <stdarg.h>
#include <stdio.h>

#include "trigger/trigger.h"

enum { DEPTH = 128 };

static const lii_trigger_kind *const kinds[] = { &lii_custom_kind, &lii_s3_kind, &lii_schedule_kind };

/* Sources that are polled: a mapping, not a trigger. */
static const char *const polled[] = { "sqs", "kinesis", "dynamodb", "kafka", "msk", "mq", "activemq", "rabbitmq",
                                      "docdb", "documentdb" };

/* Services that invoke in AWS, and not in this version. */
static const char *const services[] = { "alexa", "alexa-home", "apigw-rest", "apigw-http", "apigw-ws", "alb", "appsync",
                                        "cfn", "edge", "logs", "alarm", "codecommit", "codepipeline", "cognito",
                                        "cognito-sync", "config", "connect", "events", "scheduler", "pipes", "iot",
                                        "iotevents", "firehose", "lex", "lexv2", "s3batch", "s3ol", "secrets", "ses",
                                        "sns", "sfn", "lattice" };

li_status lii_kind_find(li_slice name, const lii_trigger_kind **kind, li_error *err)
{
    size_t i;

    for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (lii_slice_is(name, kinds[i]->name)) {
            *kind = kinds[i];
            return LI_OK;
        }
    for (i = 0; i < sizeof polled / sizeof *polled; i++)
        if (lii_slice_is(name, polled[i]))
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_KIND, name.ptr, name.len,
                            "%s is polled and no trigger: use event source mappings (li_mapping_create)", polled[i]);
    for (i = 0; i < sizeof services / sizeof *services; i++)
        if (lii_slice_is(name, services[i]))
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_KIND, name.ptr, name.len,
                            "this version has no triggers of kind %s; its kinds are custom, s3 and schedule", services[i]);
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_KIND, name.ptr, name.len,
                    "no kind of trigger is called \"%.*s\"; the kinds are custom, s3 and schedule", LII_TEXT(name));
}

static li_status wrong(const char *member, int32_t detail, li_error *err, const char *format, va_list args)
{
    char text[200];

    vsnprintf(text, sizeof text, format, args);
    return lii_fail(err, LI_E_INVALID, detail, member, LI_Z, "%s: %s", member, text);
}

li_status lii_option_wrong(const char *member, li_error *err, const char *format, ...)
{
    va_list args;
    li_status status;

    va_start(args, format);
    status = wrong(member, LI_DETAIL_TRIGGER_OPTIONS, err, format, args);
    va_end(args);
    return status;
}

li_status lii_occurrence_wrong(const char *member, li_error *err, const char *format, ...)
{
    va_list args;
    li_status status;

    va_start(args, format);
    status = wrong(member, LI_DETAIL_OCCURRENCE, err, format, args);
    va_end(args);
    return status;
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

static li_status put_member(lii_json_value key, lii_json_value value, lii_member *members, size_t n, const char *what,
                            int32_t detail, li_error *err)
{
    char name[64];
    size_t i, len;

    for (i = 0; i < n; i++)
        if (lii_json_text_is(key, members[i].name, LI_Z)) {
            if (members[i].type != LII_MEMBER_ANY && members[i].type != value.type)
                return lii_fail(err, LI_E_INVALID, detail, members[i].name, LI_Z, "%s of the %s must be %s",
                                members[i].name, what,
                                members[i].type == LII_JSON_STRING   ? "a text"
                                : members[i].type == LII_JSON_NUMBER ? "a number"
                                                                     : "an array");
            members[i].value = value;
            return LI_OK;
        }
    len = lii_json_text(key, name, sizeof name);
    return lii_fail(err, LI_E_INVALID, detail, name, len < sizeof name ? len : sizeof name,
                    "the %s has no member \"%.*s\"", what, (int)(len < sizeof name ? len : sizeof name), name);
}

li_status lii_members_read(const char *text, size_t len, lii_member *members, size_t n, const char *what, int32_t detail,
                           li_error *err)
{
    lii_json_error error;
    lii_json_value object, key, value;
    size_t at = 0, i;
    li_status status;

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
    object = lii_json_root(text, len);
    if (object.type != LII_JSON_OBJECT)
        return lii_fail(err, LI_E_INVALID, detail, what, LI_Z, "the %s must be a JSON object", what);
    while (lii_json_next(object, &at, &key, &value)) {
        status = put_member(key, value, members, n, what, detail, err);
        if (status != LI_OK)
            return status;
    }
    for (i = 0; i < n; i++)
        if ((members[i].flags & LII_MEMBER_REQUIRED) && members[i].value.type == LII_JSON_NONE)
            return lii_fail(err, LI_E_INVALID, detail, members[i].name, LI_Z, "the %s needs the member %s", what,
                            members[i].name);
    return LI_OK;
}
