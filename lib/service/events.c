/* events.c - EventBridge rules: a trigger is one target of a rule, which has a pattern, a schedule or both (TRG-49..59). */
#include <stdio.h>

#include "base/time.h"
#include "service/bus.h"

enum { TARGETS_MAX = 5, PATTERN_MAX = 4096, INPUT_MAX = 8192 };

typedef struct rule {
    lii_target target;       /* first: the common part finds it there */
    lii_bus *bus;
    li_slice name;
    li_slice target_id;
    li_slice pattern;        /* {NULL, 0}: none */
    uint64_t pattern_id;     /* in the bus's set; 0: not there */
    uint32_t n_others;       /* of the same rule, counted while it is checked against them */
    uint32_t reserved;
    li_slice input;
    li_slice path;
    lii_json_value map;
    li_slice template;
} rule;

static void finish(li_trigger *t)
{
    rule *r = t->state;

    if (r->pattern_id)
        lii_bus_remove(r->bus, &r->pattern_id);
    lii_firing_end_state(t);
}

/* ---- options */

static li_status add_pattern(li_trigger *t, rule *r, li_error *err)
{
    li_pattern_error error = LI_PATTERN_ERROR_INIT;
    li_status status = lii_bus_add(r->bus, t, &r->pattern_id, r->pattern, &error);

    if (status == LI_OK)
        return LI_OK;
    if (status == LI_E_NOMEM)
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for a pattern");
    return lii_option_wrong("pattern", err, "%s at byte %llu, %.80s: %.80s", li_pattern_error_name(error.kind),
                            (unsigned long long)error.offset, error.path, error.text);
}

static li_status prepare_inputs(const li_trigger *t, rule *r, li_error *err)
{
    const char *wrong;

    r->input = lii_option_text(t, "input");
    r->path = lii_option_text(t, "inputPath");
    r->map = lii_option_json(t, "inputPathsMap");
    r->template = lii_option_text(t, "inputTemplate");
    if ((r->input.ptr != NULL) + (r->path.ptr != NULL) + (r->template.ptr != NULL) > 1)
        return lii_option_wrong(r->template.ptr ? "inputTemplate" : "inputPath", err,
                                "a target has one of input, inputPath and inputTemplate");
    if (r->map.type != LII_JSON_NONE && !r->template.ptr)
        return lii_option_wrong("inputTemplate", err, "inputPathsMap needs it");
    wrong = r->path.ptr ? lii_event_path_wrong(r->path) : NULL;
    if (wrong)
        return lii_option_wrong("inputPath", err, "%s", wrong);
    return r->template.ptr ? lii_transform_check(r->map, r->template, lii_engine_allocator(t->engine), err) : LI_OK;
}

static void name_source(li_trigger *t, const rule *r)
{
    int is_default = strcmp(r->bus->name, "default") == 0;

    snprintf(t->source_arn, sizeof t->source_arn, "arn:%s:events:%s:%s:rule/%s%s%.*s", li_engine_get_partition(t->engine),
             li_engine_get_region(t->engine), li_engine_get_account(t->engine), is_default ? "" : r->bus->name,
             is_default ? "" : "/", (int)r->name.len, r->name.ptr);
}

static li_status prepare(li_trigger *t, li_error *err)
{
    rule *r = lii_state_new(t, sizeof *r, err);
    li_slice schedule = lii_option_text(t, "schedule");
    li_status status;

    if (!r)
        return LI_E_NOMEM;
    r->name = lii_option_text(t, "ruleName");
    r->target_id = lii_option_text(t, "targetId");
    if (r->target_id.len == 0)
        r->target_id = lii_slice(t->id, LI_Z);
    r->pattern = lii_option_text(t, "pattern");
    if (!r->pattern.ptr && schedule.len == 0)
        return lii_option_wrong("pattern", err, "a rule has a pattern, a schedule or both");
    if (schedule.len > 0 && !lii_slice_is(lii_bus_short_name(lii_option_text(t, "bus")), "default"))
        return lii_option_wrong("schedule", err, "only rules of the default bus have one");
    status = lii_target_prepare(t, &r->target, err);
    if (status == LI_OK)
        status = prepare_inputs(t, r, err);
    if (status == LI_OK)
        status = lii_firing_prepare(t, "schedule", LI_SCHEDULE_RULE, &r->target.firing, err);
    if (status == LI_OK)
        status = lii_bus_get(t->engine, lii_option_text(t, "bus"), 1, &r->bus, err);
    if (status == LI_OK && r->pattern.ptr)
        status = add_pattern(t, r, err);
    if (status == LI_OK)
        name_source(t, r);
    return status;
}

/* Targets of one rule share its pattern and its schedule. */
static li_status check(const li_trigger *mine, const li_trigger *other, li_error *err)
{
    const rule *theirs = other->state;
    rule *r = mine->state;

    if (strcmp(mine->source_arn, other->source_arn) != 0)
        return LI_OK;
    if (lii_slice_equal(r->target_id, theirs->target_id))
        return lii_fail(err, LI_E_CONFLICT, LI_DETAIL_NONE, r->target_id.ptr, r->target_id.len,
                        "the rule has a target %.*s already: trigger %s", LII_TEXT(r->target_id), other->id);
    if (!lii_slice_equal(r->pattern, theirs->pattern) ||
        !lii_slice_equal(lii_option_text(mine, "schedule"), lii_option_text(other, "schedule")))
        return lii_fail(err, LI_E_CONFLICT, LI_DETAIL_NONE, r->name.ptr, r->name.len,
                        "the rule %.*s is there with another pattern or schedule: trigger %s", LII_TEXT(r->name), other->id);
    if (++r->n_others >= TARGETS_MAX)
        return lii_fail(err, LI_E_FULL, LI_DETAIL_NONE, r->name.ptr, r->name.len,
                        "the rule %.*s has %d targets, the most there can be", LII_TEXT(r->name), TARGETS_MAX);
    return LI_OK;
}

/* ---- building */

/* The event as it is on the bus. A scheduled one has not been on it. */
static void build_plain(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    const lii_bus_event *e = o->state;

    if (e)
        lii_buf_add(event, e->envelope.data, e->envelope.len);
    else
        lii_scheduled_event(t, o, event);
}

static void transform(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    const rule *r = t->state;
    char name[65], time[LII_TIME_SIZE];
    lii_event_facts facts = { t->source_arn, name, time };
    lii_json_value value;
    lii_buf plain;

    lii_buf_init(&plain, event->allocator);
    build_plain(t, o, &plain);
    if (plain.status != LI_OK) {
        event->status = plain.status;
        lii_buf_fini(&plain);
        return;
    }
    value = lii_json_root(plain.data, plain.len);
    snprintf(name, sizeof name, "%.*s", (int)r->name.len, r->name.ptr);
    lii_time_s(li_engine_now_ms(t->engine), time);
    if (r->template.ptr)
        lii_transform_write(r->map, r->template, value, &facts, event);
    else if (!lii_event_path_write(value, r->path, event))
        lii_buf_add_z(event, "null");
    lii_buf_fini(&plain);
}

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    const rule *r = t->state;

    if (r->input.ptr)
        lii_buf_add(event, r->input.ptr, r->input.len);
    else if (r->path.ptr || r->template.ptr)
        transform(t, o, event);
    else
        build_plain(t, o, event);
}

static void dead_letter(const li_trigger *t, const lii_occurrence *o, li_status status, uint32_t attempts, lii_buf *body,
                        lii_attribute attribute, void *user)
{
    build_plain(t, o, body);
    attribute(user, "RULE_ARN", "String", t->source_arn);
    lii_target_attributes(t, status, attempts, attribute, user);
}

static const lii_kind_code code = { .prepare = prepare, .finish = finish, .check = check, .begin = lii_events_begin,
                                    .read = lii_events_read, .forget = lii_events_forget, .pick = lii_bus_pick, .build = build,
                                    .retry = lii_target_retry, .dead_letter = dead_letter, .firing = lii_firing_in_state, .hears_s3 = lii_events_of_s3 };

static const lii_field fields[] = {
    { "ruleName", "Rule", LII_FIELD_TEXT, LII_FIELD_REQUIRED, NULL, 1, 64, "[\\.\\-_A-Za-z0-9]+", NULL, NULL,
      "a rule has up to five targets: each is a trigger", "name" },
    { "description", "Description", LII_FIELD_TEXT, 0, NULL, 0, 512, NULL, NULL, NULL, NULL, NULL },
    { "bus", "Event bus", LII_FIELD_TEXT, 0, "\"default\"", 1, 1600, "[/\\.\\-_:A-Za-z0-9]+", NULL, NULL,
      "name or ARN; it is made when it is not there", NULL },
    { "pattern", "Event pattern", LII_FIELD_JSON, 0, NULL, 0, PATTERN_MAX, NULL, NULL, NULL, "{\"source\":[\"my.app\"]}", NULL },
    { "schedule", "Schedule", LII_FIELD_EXPRESSION, 0, NULL, 1, 256, NULL, NULL, NULL,
      "rate(5 minutes) or cron(0 9 ? * MON-FRI *); default bus only", NULL },
    { "missed", "Missed firings", LII_FIELD_ENUM, 0, "\"none\"", 0, 0, NULL, "none|one", NULL,
      "how many of those missed are made up for", NULL },
    { "targetId", "Target id", LII_FIELD_TEXT, 0, NULL, 1, 64, "[\\.\\-_A-Za-z0-9]+", NULL, NULL,
      "once in the rule; the trigger's id when it is not given", NULL },
    { "input", "Constant input", LII_FIELD_JSON, 0, NULL, 0, INPUT_MAX, NULL, NULL, NULL, "JSON instead of the event", NULL },
    { "inputPath", "Part of the event", LII_FIELD_TEXT, 0, NULL, 1, 256, NULL, NULL, NULL, "$.detail", NULL },
    { "inputPathsMap", "Names for the template", LII_FIELD_KEYVALUE, 0, NULL, 0, 100, NULL, NULL, NULL,
      "{\"id\":\"$.detail.id\"}", NULL },
    { "inputTemplate", "Input template", LII_FIELD_TEXT, 0, NULL, 1, INPUT_MAX, NULL, NULL, NULL, "{\"order\":<id>}", NULL },
    LII_TARGET_FIELDS,
    LII_FIELDS_END
};

const lii_trigger_kind lii_events_kind = {
    .name = "events",
    .label = "EventBridge rule",
    .principal = "events.amazonaws.com",
    .source_arn = "",
    .type = LI_EVENT,
    .flags = 0,
    .retries = "EventBridge, up to 185 times in 24 hours; then the function's queue",
    .fields = fields,
    .members = "source:s detailType:s detail:so bus:s resources:a time:sn replayName:s Entries:a",
    .shape = "version:s! id:s! detail-type:s! source:s! account:s! time:s! region:s! resources:a! detail:o!",
    .options_example = "{\"ruleName\":\"orders\",\"pattern\":{\"source\":[\"my.app\"]}}",
    .example = "{\"source\":\"my.app\",\"detailType\":\"order\",\"detail\":{\"id\":7}}",
    .code = &code,
};
