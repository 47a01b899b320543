/* schedule.c - triggers by the clock in their plainest form: a rate, cron or at expression, and the event of a firing
 * (TRG-54, TRG-55). */
#include <stdio.h>

#include "trigger/firing.h"
#include "trigger/trigger.h"

enum { NAME_MAX_LEN = 64, INPUT_MAX = 8192 };

typedef struct plain {
    lii_firing firing; /* first */
    li_slice name;
    li_slice input;    /* {NULL, 0}: the Scheduled Event */
} plain;

/* A rule's grammar, unless something is asked for that only EventBridge Scheduler has. */
static int32_t grammar(const li_trigger *t)
{
    static const char *const more[] = { "timezone", "start", "end" };
    li_slice expression = lii_option_text(t, "expression");
    size_t i;

    for (i = 0; i < sizeof more / sizeof *more; i++)
        if (lii_option_text(t, more[i]).len > 0)
            return LI_SCHEDULE_SCHEDULER;
    return expression.len > 3 && memcmp(expression.ptr, "at(", 3) == 0 ? LI_SCHEDULE_SCHEDULER : LI_SCHEDULE_RULE;
}

static li_status prepare(li_trigger *t, li_error *err)
{
    plain *s = lii_state_new(t, sizeof *s, err);

    if (!s)
        return LI_E_NOMEM;
    s->name = lii_option_text(t, "name");
    if (s->name.len == 0)
        s->name = lii_slice(t->id, LI_Z);
    s->input = lii_option_text(t, "input");
    snprintf(t->source_arn, sizeof t->source_arn, "arn:%s:events:%s:%s:rule/%.*s", li_engine_get_partition(t->engine),
             li_engine_get_region(t->engine), li_engine_get_account(t->engine), (int)s->name.len, s->name.ptr);
    return lii_firing_prepare(t, "expression", grammar(t), &s->firing, err);
}

void lii_scheduled_event(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    lii_build_template(t, o,
                       "{\"version\":\"0\",\"id\":\"${@id0}\",\"detail-type\":\"Scheduled Event\",\"source\":\"aws.events\","
                       "\"account\":\"${@account}\",\"time\":\"${@time_s}\",\"region\":\"${@region}\",\"resources\":[\"${@source}\"],"
                       "\"detail\":{}}",
                       event);
}

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    const plain *s = t->state;

    if (s->input.ptr)
        lii_buf_add(event, s->input.ptr, s->input.len);
    else
        lii_scheduled_event(t, o, event);
}

static const lii_kind_code code = { .prepare = prepare, .finish = lii_firing_end_state, .build = build, .firing = lii_firing_in_state };

static const lii_field fields[] = {
    { "name", "Name", LII_FIELD_TEXT, 0, NULL, 1, NAME_MAX_LEN, "[\\.\\-_A-Za-z0-9]+", NULL, NULL,
      "of the rule; the trigger's id when it is not given", NULL },
    { "expression", "Schedule", LII_FIELD_EXPRESSION, LII_FIELD_REQUIRED, NULL, 1, 256, NULL, NULL, NULL,
      "rate(5 minutes), cron(0 9 ? * MON-FRI *) or at(2026-11-20T13:00:00)", NULL },
    { "timezone", "Time zone", LII_FIELD_TEXT, 0, NULL, 1, 50, NULL, NULL, NULL, "as Europe/Berlin; UTC when it is not given",
      NULL },
    { "overlap", "Hour that happens twice", LII_FIELD_ENUM, 0, "\"once\"", 0, 0, NULL, "once|both", NULL,
      "whether a cron time runs again when clocks are set back", NULL },
    { "start", "Not before", LII_FIELD_DATE, 0, NULL, 1, 40, NULL, NULL, NULL, "2026-01-01T00:00:00Z; a rate counts from it", NULL },
    { "end", "Not after", LII_FIELD_DATE, 0, NULL, 1, 40, NULL, NULL, NULL, NULL, NULL },
    { "window", "Flexible window", LII_FIELD_INTEGER, 0, NULL, 1, 1440, NULL, NULL, NULL,
      "minutes in which a firing comes at any time", NULL },
    { "missed", "Missed firings", LII_FIELD_ENUM, 0, "\"none\"", 0, 0, NULL, "none|one", NULL,
      "how many of those missed are made up for", NULL },
    { "afterCompletion", "After the last firing", LII_FIELD_ENUM, 0, "\"NONE\"", 0, 0, NULL, "NONE|DELETE", NULL,
      "DELETE removes the trigger", NULL },
    { "input", "Constant input", LII_FIELD_JSON, 0, NULL, 0, INPUT_MAX, NULL, NULL, NULL,
      "JSON that the function gets instead of the Scheduled Event", NULL },
    LII_FIELDS_END
};

const lii_trigger_kind lii_schedule_kind = {
    .name = "schedule",
    .label = "Schedule",
    .principal = "events.amazonaws.com",
    .source_arn = "",
    .type = LI_EVENT,
    .flags = LII_KIND_SCHEDULED,
    .retries = "the function's queue",
    .fields = fields,
    .members = "",
    .shape = "",
    .options_example = "{\"expression\":\"rate(5 minutes)\"}",
    .example = "",
    .code = &code,
};
