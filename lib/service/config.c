/* config.c - Config rules: told of changes of their resources, or fired by the clock, or both (TRG-81). */
#include "trigger/firing.h"
#include "trigger/trigger.h"

static const lii_field fields[] = {
    { .name = "ruleName", .label = "Rule name", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 128 },
    { .name = "triggerType", .label = "Trigger type", .type = LII_FIELD_LIST, .flags = LII_FIELD_REQUIRED,
      .standard = "[\"change\"]", .min = 1, .max = 2, .choices = "change|periodic" },
    { .name = "resourceTypes", .label = "Resource types", .type = LII_FIELD_LIST, .max = 100, .help = "none: all" },
    { .name = "frequency", .label = "Frequency", .type = LII_FIELD_ENUM, .standard = "\"TwentyFour_Hours\"",
      .choices = "One_Hour|Three_Hours|Six_Hours|Twelve_Hours|TwentyFour_Hours", .show_if = "triggerType=periodic" },
    { .name = "parameters", .label = "Rule parameters", .type = LII_FIELD_KEYVALUE, .max = 100 },
    { .name = NULL }
};

static int lists(lii_json_value list, const char *text, size_t len)
{
    lii_json_value entry;
    size_t at = 0;

    if (list.type == LII_JSON_STRING)
        return lii_json_text_is(list, text, len);
    while (lii_json_next(list, &at, NULL, &entry))
        if (lii_json_text_is(entry, text, len))
            return 1;
    return 0;
}

/* A change goes to rules of changes of this type of resource, a notification by the clock to periodic rules (TRG-81). */
static int matches(const li_trigger *t, const lii_occurrence *o)
{
    lii_json_value message = lii_occurrence_get(o, "messageType"), types = lii_option_json(t, "resourceTypes");
    lii_json_value type = lii_occurrence_get(o, "configurationItem.resourceType");
    char text[200];
    size_t n;

    if (type.type == LII_JSON_NONE)
        type = lii_occurrence_get(o, "configurationItemSummary.resourceType");
    if (lii_json_text_is(message, "ScheduledNotification", LI_Z))
        return lists(lii_option_json(t, "triggerType"), "periodic", LI_Z);
    if (!lists(lii_option_json(t, "triggerType"), "change", LI_Z))
        return 0;
    n = lii_json_text(type, text, sizeof text);
    return types.type == LII_JSON_NONE || types.len <= 2 || (n <= sizeof text && lists(types, text, n));
}

static li_status read(lii_occurrence *o, li_error *err)
{
    static const char *const types[] = { "ConfigurationItemChangeNotification",
                                         "OversizedConfigurationItemChangeNotification", "ScheduledNotification",
                                         "ConfigurationSnapshotDeliveryCompleted" };
    lii_json_value message = lii_occurrence_get(o, "messageType");
    size_t i;

    for (i = 0; i < sizeof types / sizeof *types; i++)
        if (lii_json_text_is(message, types[i], LI_Z))
            return LI_OK;
    return lii_occurrence_wrong("messageType", err, "%s, %s or %s", types[0], types[1], types[2]);
}

/* ---- by the clock */

static li_status prepare(li_trigger *t, li_error *err)
{
    static const struct {
        const char *name;
        uint64_t hours;
    } frequencies[] = { { "One_Hour", 1 }, { "Three_Hours", 3 }, { "Six_Hours", 6 }, { "Twelve_Hours", 12 }, { "TwentyFour_Hours", 24 } };
    li_slice frequency = lii_option_text(t, "frequency");
    lii_firing *f = lii_state_new(t, sizeof *f, err);
    size_t i;

    if (!f)
        return LI_E_NOMEM;
    if (lists(lii_option_json(t, "triggerType"), "periodic", LI_Z))
        for (i = 0; i < sizeof frequencies / sizeof *frequencies; i++)
            if (lii_slice_is(frequency, frequencies[i].name))
                f->period_ms = frequencies[i].hours * 3600000;
    return LI_OK;
}

#define CONFIG_EVENT(invoking)                                                                                              \
    "{\"version\":\"1.0\",\"invokingEvent\":\"" invoking "\",\"ruleParameters\":\"${$parameters|{}}\","                      \
    "\"resultToken\":\"${@id1}\",\"eventLeftScope\":\"${=eventLeftScope|false}\","                                          \
    "\"executionRoleArn\":\"arn:${@partition}:iam::${@account}:role/config-role\",\"configRuleArn\":\"${@source}\","         \
    "\"configRuleName\":\"${$ruleName}\",\"configRuleId\":\"config-rule-${@trigger}\",\"accountId\":\"${@account}\"}"

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    int is_firing = o->json.type == LII_JSON_NONE;

    lii_build_template(t, o,
                       is_firing ? CONFIG_EVENT("{\\\"awsAccountId\\\":\\\"${@account}\\\",\\\"notificationCreationTime\\\":"
                                                "\\\"${@time_ms}\\\",\\\"messageType\\\":\\\"ScheduledNotification\\\","
                                                "\\\"recordVersion\\\":\\\"1.0\\\"}")
                                 : CONFIG_EVENT("${@occurrence}"),
                       event);
}

static const lii_kind_code code = { .prepare = prepare, .finish = lii_firing_end_state, .read = read, .matches = matches,
                                    .build = build, .firing = lii_firing_in_state };

const lii_trigger_kind lii_config_kind = {
    .name = "config",
    .label = "Config rule",
    .principal = "config.amazonaws.com",
    .source_arn = "arn:${@partition}:config:${@region}:${@account}:config-rule/${$ruleName}",
    .type = LI_EVENT,
    .retries = "the function's queue",
    .fields = fields,
    .members = "messageType:s! configurationItem:o configurationItemDiff:oz configurationItemSummary:o eventLeftScope:b",
    .flags = LII_KIND_OPEN,
    .shape = "version:s! invokingEvent:s! resultToken:s! eventLeftScope:b configRuleArn:s! configRuleName:s! accountId:s",
    .options_example = "{\"ruleName\":\"my-rule\",\"resourceTypes\":[\"AWS::EC2::Instance\"]}",
    .example = "{\"messageType\":\"ConfigurationItemChangeNotification\",\"configurationItem\":{\"resourceType\":"
               "\"AWS::EC2::Instance\",\"resourceId\":\"i-1\"},\"recordVersion\":\"1.3\"}",
    .code = &code,
};
