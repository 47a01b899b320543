/* schedule.c - triggers by the clock: their options, and the event of a firing (TRG-54, TRG-55). */
#include <stdio.h>

#include "base/time.h"
#include "schedule/rate.h"
#include "trigger/trigger.h"

enum { NAME_MAX_LEN = 64, INPUT_MAX = 8192, DEPTH = 128 };

static int is_name(li_slice name)
{
    size_t i;

    for (i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
              c == '_'))
            return 0;
    }
    return name.len > 0;
}

/* Input: a text that holds JSON, or the JSON itself. */
static li_status read_input(li_trigger *t, lii_json_value value, lii_arena *arena, li_error *err)
{
    lii_json_error error;
    li_slice input;

    if (value.type == LII_JSON_NONE)
        return LI_OK;
    if (value.type == LII_JSON_STRING)
        input = lii_arena_text(arena, value);
    else
        input = lii_slice(value.ptr, value.len);
    if (input.len > INPUT_MAX)
        return lii_option_wrong("input", err, "the input has at most %d bytes", INPUT_MAX);
    if (lii_json_check(input.ptr, input.len, DEPTH, &error) != 0)
        return lii_option_wrong("input", err, "not JSON at byte %zu: %s", error.offset, error.reason);
    t->is.schedule.input = input;
    return LI_OK;
}

static li_status read_options(li_trigger *t, lii_arena *arena, li_error *err)
{
    enum { NAME, EXPRESSION, INPUT, N };
    lii_member m[N] = { { "name", LII_JSON_STRING, 0, { NULL, 0, 0, 0 } },
                        { "expression", LII_JSON_STRING, LII_MEMBER_REQUIRED, { NULL, 0, 0, 0 } },
                        { "input", LII_MEMBER_ANY, 0, { NULL, 0, 0, 0 } } };
    lii_schedule *s = &t->is.schedule;
    li_slice expression;
    int64_t period_s = 0;
    li_status status = lii_members_read(t->options.ptr, t->options.len, m, N, "options", LI_DETAIL_TRIGGER_OPTIONS, err);

    if (status != LI_OK)
        return status;
    s->name = m[NAME].value.type == LII_JSON_NONE ? lii_slice(t->id, LI_Z) : lii_arena_text(arena, m[NAME].value);
    if (m[NAME].value.type != LII_JSON_NONE && (s->name.len > NAME_MAX_LEN || !is_name(s->name)))
        return lii_option_wrong("name", err, "a name is 1 to %d of a-z, A-Z, 0-9, . - and _", NAME_MAX_LEN);
    expression = lii_arena_text(arena, m[EXPRESSION].value);
    status = lii_rate_parse(expression.ptr, expression.len, &period_s, err);
    if (status == LI_OK)
        status = read_input(t, m[INPUT].value, arena, err);
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
    char id[LI_ID_TEXT_SIZE], time[LII_TIME_SIZE];
    lii_json_writer w;

    if (t->is.schedule.input.ptr) {
        lii_buf_add(event, t->is.schedule.input.ptr, t->is.schedule.input.len);
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

const lii_trigger_kind lii_schedule_kind = { "schedule", LI_EVENT, 1, read_options, NULL, NULL, NULL, build };
