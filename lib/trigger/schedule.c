/* schedule.c - triggers by the clock: their options, and the event of a firing (TRG-54, TRG-55). */
#include <stdio.h>

#include "base/time.h"
#include "schedule/rate.h"
#include "trigger/trigger.h"

enum { NAME_MAX_LEN = 64, INPUT_MAX = 8192 };

static void finish(li_trigger *t)
{
    lii_free(lii_engine_allocator(t->engine), t->state);
}

static li_status prepare(li_trigger *t, li_error *err)
{
    lii_schedule *s = lii_calloc(lii_engine_allocator(t->engine), 1, sizeof *s);
    li_slice expression = lii_option_text(t, "expression");
    int64_t period_s = 0;
    li_status status;

    if (!s)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a trigger");
    t->state = s;
    s->name = lii_option_text(t, "name");
    if (s->name.len == 0)
        s->name = lii_slice(t->id, LI_Z);
    s->input = lii_option_text(t, "input");
    status = lii_rate_parse(expression.ptr, expression.len, &period_s, err);
    if (status != LI_OK)
        return status;
    s->period_ns = (uint64_t)period_s > LI_NEVER / LI_SECOND_NS ? LI_NEVER : (uint64_t)period_s * LI_SECOND_NS;
    s->period_ms = s->period_ns / LI_MS_NS;
    snprintf(t->source_arn, sizeof t->source_arn, "arn:%s:events:%s:%s:rule/%.*s", li_engine_get_partition(t->engine),
             li_engine_get_region(t->engine), li_engine_get_account(t->engine), (int)s->name.len, s->name.ptr);
    return LI_OK;
}

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    const lii_schedule *s = t->state;
    char id[LI_ID_TEXT_SIZE], time[LII_TIME_SIZE];
    lii_json_writer w;

    if (s->input.ptr) {
        lii_buf_add(event, s->input.ptr, s->input.len);
        return;
    }
    li_id_format(&o->ids[0], id);
    lii_time_s(o->time_ms, time);
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "version", "0", 1);
    lii_json_member_string(&w, "id", id, LI_Z);
    lii_json_member_string(&w, "detail-type", "Scheduled Event", LI_Z);
    lii_json_member_string(&w, "source", "aws.events", LI_Z);
    lii_json_member_string(&w, "account", li_engine_get_account(t->engine), LI_Z);
    lii_json_member_string(&w, "time", time, LI_Z);
    lii_json_member_string(&w, "region", li_engine_get_region(t->engine), LI_Z);
    lii_json_key(&w, "resources");
    lii_json_open(&w, '[');
    lii_json_string(&w, t->source_arn, LI_Z);
    lii_json_close(&w, ']');
    lii_json_key(&w, "detail");
    lii_json_open(&w, '{');
    lii_json_close(&w, '}');
    lii_json_close(&w, '}');
}

static const lii_kind_code code = { .prepare = prepare, .finish = finish, .build = build };

static const lii_field fields[] = {
    { "name", "Name", LII_FIELD_TEXT, 0, NULL, 1, NAME_MAX_LEN, "[\\.\\-_A-Za-z0-9]+", NULL, NULL,
      "of the rule; the trigger's id when it is not given", NULL },
    { "expression", "Schedule", LII_FIELD_EXPRESSION, LII_FIELD_REQUIRED, NULL, 1, 256, NULL, NULL, NULL,
      "rate(5 minutes)", NULL },
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
