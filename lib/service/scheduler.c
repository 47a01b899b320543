/* scheduler.c - EventBridge Scheduler: schedules in groups, with zones and windows, and an input of their own (TRG-60..67). */
#include <stdio.h>

#include "base/time.h"
#include "service/target.h"

enum { GROUP_MAX = 64, INPUT_MAX = 262144 };

typedef struct scheduled {
    lii_target target;   /* first: the common part finds it there */
    li_slice name;
    li_slice group;
    li_slice input;      /* {NULL, 0}: the Scheduled Event */
} scheduled;

static li_status check_window(const li_trigger *t, li_error *err)
{
    int is_flexible = lii_slice_is(lii_option_text(t, "flexible"), "FLEXIBLE");
    int64_t window = lii_option_number(t, "window");

    if (is_flexible && window == 0)
        return lii_option_wrong("window", err, "a flexible window has 1 to 1440 minutes");
    if (!is_flexible && window > 0)
        return lii_option_wrong("window", err, "it is only there when flexible is FLEXIBLE");
    return LI_OK;
}

static li_status prepare(li_trigger *t, li_error *err)
{
    scheduled *s = lii_state_new(t, sizeof *s, err);
    li_status status;

    if (!s)
        return LI_E_NOMEM;
    s->name = lii_option_text(t, "name");
    s->group = lii_option_text(t, "group");
    s->input = lii_option_text(t, "input");
    snprintf(t->source_arn, sizeof t->source_arn, "arn:%s:scheduler:%s:%s:schedule/%.*s/%.*s",
             li_engine_get_partition(t->engine), li_engine_get_region(t->engine), li_engine_get_account(t->engine),
             (int)s->group.len, s->group.ptr, (int)s->name.len, s->name.ptr);
    status = check_window(t, err);
    if (status == LI_OK)
        status = lii_target_prepare(t, &s->target, err);
    return status == LI_OK ? lii_firing_prepare(t, "expression", LI_SCHEDULE_SCHEDULER, &s->target.firing, err) : status;
}

static li_status check(const li_trigger *mine, const li_trigger *other, li_error *err)
{
    if (strcmp(mine->source_arn, other->source_arn) != 0)
        return LI_OK;
    return lii_fail(err, LI_E_CONFLICT, LI_DETAIL_NONE, mine->source_arn, LI_Z, "the schedule %s is there already: trigger %s",
                    mine->source_arn, other->id);
}

/* ---- the event */

/* The id of an attempt: 16 hexadecimal digits. */
static void execution_id(const lii_occurrence *o, char out[17])
{
    static const char digits[] = "0123456789abcdef";
    int i;

    for (i = 0; i < 8; i++) {
        uint8_t byte = (uint8_t)(o->ids[1].bytes[i] ^ (i == 7 ? o->attempt : 0));

        out[2 * i] = digits[byte >> 4];
        out[2 * i + 1] = digits[byte & 15];
    }
    out[16] = '\0';
}

static void add_word(const li_trigger *t, const lii_occurrence *o, int word, lii_buf *event)
{
    char text[LII_TIME_SIZE];

    switch (word) {
    case 0:
        lii_buf_add_z(event, t->source_arn);
        break;
    case 1:
        lii_time_s(o->time_ms, text);
        lii_buf_add_z(event, text);
        break;
    case 2:
        execution_id(o, text);
        lii_buf_add_z(event, text);
        break;
    default:
        lii_buf_add_u64(event, o->attempt > 0 ? o->attempt : 1);
    }
}

/* The input with its context words replaced; the values need no escapes inside JSON. */
static void build_input(const li_trigger *t, const lii_occurrence *o, li_slice input, lii_buf *event)
{
    static const char *const words[] = { "<aws.scheduler.schedule-arn>", "<aws.scheduler.scheduled-time>",
                                         "<aws.scheduler.execution-id>", "<aws.scheduler.attempt-number>" };
    const char *p = input.ptr, *end = input.ptr + input.len, *word;
    size_t i, n;

    while ((word = memchr(p, '<', (size_t)(end - p))) != NULL) {
        lii_buf_add(event, p, (size_t)(word - p));
        for (i = 0; i < sizeof words / sizeof *words; i++) {
            n = strlen(words[i]);
            if ((size_t)(end - word) >= n && memcmp(word, words[i], n) == 0)
                break;
        }
        if (i < sizeof words / sizeof *words) {
            add_word(t, o, (int)i, event);
            p = word + strlen(words[i]);
        } else {
            lii_buf_add_byte(event, '<');
            p = word + 1;
        }
    }
    lii_buf_add(event, p, (size_t)(end - p));
}

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    const scheduled *s = t->state;
    char id[LI_ID_TEXT_SIZE], time[LII_TIME_SIZE];
    lii_json_writer w;

    if (s->input.ptr) {
        build_input(t, o, s->input, event);
        return;
    }
    li_id_format(&o->ids[0], id);
    lii_time_s(o->time_ms, time);
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "version", "0", 1);
    lii_json_member_string(&w, "id", id, LI_Z);
    lii_json_member_string(&w, "detail-type", "Scheduled Event", LI_Z);
    lii_json_member_string(&w, "source", "aws.scheduler", LI_Z);
    lii_json_member_string(&w, "account", li_engine_get_account(t->engine), LI_Z);
    lii_json_member_string(&w, "time", time, LI_Z);
    lii_json_member_string(&w, "region", li_engine_get_region(t->engine), LI_Z);
    lii_json_key(&w, "resources");
    lii_json_open(&w, '[');
    lii_json_string(&w, t->source_arn, LI_Z);
    lii_json_close(&w, ']');
    lii_json_member_string(&w, "detail", "{}", 2); /* a text: TRG-63 */
    lii_json_close(&w, '}');
}

static void dead_letter(const li_trigger *t, const lii_occurrence *o, li_status status, uint32_t attempts, lii_buf *body,
                        lii_attribute attribute, void *user)
{
    char text[LII_TIME_SIZE];

    build(t, o, body);
    attribute(user, "SCHEDULE_ARN", "String", t->source_arn);
    lii_time_s(o->time_ms, text);
    attribute(user, "SCHEDULED_TIME", "String", text);
    execution_id(o, text);
    attribute(user, "EXECUTION_ID", "String", text);
    lii_target_attributes(t, status, attempts, attribute, user);
}

static const lii_kind_code code = { .prepare = prepare, .finish = lii_firing_end_state, .check = check, .build = build,
                                    .retry = lii_target_retry, .dead_letter = dead_letter, .firing = lii_firing_in_state };

static const lii_field fields[] = {
    { "name", "Name", LII_FIELD_TEXT, LII_FIELD_REQUIRED, NULL, 1, 64, "[0-9a-zA-Z\\-_.]+", NULL, NULL,
      "of the schedule, once in its group", NULL },
    { "group", "Group", LII_FIELD_TEXT, 0, "\"default\"", 1, GROUP_MAX, "[0-9a-zA-Z\\-_.]+", NULL, NULL, NULL, NULL },
    { "description", "Description", LII_FIELD_TEXT, 0, NULL, 0, 512, NULL, NULL, NULL, NULL, NULL },
    { "expression", "Schedule", LII_FIELD_EXPRESSION, LII_FIELD_REQUIRED, NULL, 1, 256, NULL, NULL, NULL,
      "rate(5 minutes), cron(0 9 ? * MON-FRI *) or at(2026-11-20T13:00:00)", NULL },
    { "timezone", "Time zone", LII_FIELD_TEXT, 0, "\"UTC\"", 1, 50, NULL, NULL, NULL, "as Europe/Berlin", NULL },
    { "overlap", "Hour that happens twice", LII_FIELD_ENUM, 0, "\"once\"", 0, 0, NULL, "once|both", NULL,
      "whether a cron time runs again when clocks are set back", NULL },
    { "start", "Start date", LII_FIELD_DATE, 0, NULL, 1, 40, NULL, NULL, NULL, "2026-01-01T00:00:00Z", NULL },
    { "end", "End date", LII_FIELD_DATE, 0, NULL, 1, 40, NULL, NULL, NULL, "2026-12-31T00:00:00Z", NULL },
    { "flexible", "Flexible time window", LII_FIELD_ENUM, 0, "\"OFF\"", 0, 0, NULL, "OFF|FLEXIBLE", NULL, NULL, NULL },
    { "window", "Maximum window", LII_FIELD_INTEGER, 0, NULL, 1, 1440, NULL, NULL, "flexible=FLEXIBLE", "minutes", NULL },
    { "missed", "Missed firings", LII_FIELD_ENUM, 0, "\"none\"", 0, 0, NULL, "none|one", NULL,
      "how many of those missed are made up for", NULL },
    { "input", "Input", LII_FIELD_JSON, 0, NULL, 0, INPUT_MAX, NULL, NULL, NULL,
      "JSON, in which <aws.scheduler.scheduled-time> and the like are replaced", NULL },
    { "afterCompletion", "Action after completion", LII_FIELD_ENUM, 0, "\"NONE\"", 0, 0, NULL, "NONE|DELETE", NULL, NULL, NULL },
    LII_TARGET_FIELDS,
    { "roleArn", "Role", LII_FIELD_ARN, 0, NULL, 1, 1600, NULL, NULL, NULL, "noted, not looked at", NULL },
    { "kmsKeyArn", "Key", LII_FIELD_ARN, 0, NULL, 1, 2048, NULL, NULL, NULL, "noted, not looked at", NULL },
    LII_FIELDS_END
};

const lii_trigger_kind lii_scheduler_kind = {
    .name = "scheduler",
    .label = "EventBridge Scheduler",
    .principal = "scheduler.amazonaws.com",
    .source_arn = "",
    .type = LI_EVENT,
    .flags = LII_KIND_SCHEDULED | LII_KIND_ROLE | LII_KIND_COUNTS,
    .retries = "Scheduler, up to 185 times in 24 hours; then the function's queue",
    .fields = fields,
    .members = "",
    .shape = "",
    .options_example = "{\"name\":\"nightly\",\"expression\":\"cron(0 3 * * ? *)\",\"timezone\":\"Europe/Berlin\"}",
    .example = "",
    .code = &code,
};
