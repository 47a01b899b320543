/* custom.c - triggers of sources that the embedder has: the detail of an occurrence is the event, byte for byte. */
#include "trigger/trigger.h"

enum { SOURCE_MAX = 256 };

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    lii_json_value detail = lii_occurrence_get(o, "detail");

    (void)t;
    lii_buf_add(event, detail.ptr, detail.len);
}

static const lii_kind_code code = { .build = build };

static const lii_field fields[] = {
    { "source", "Source", LII_FIELD_TEXT, LII_FIELD_REQUIRED, NULL, 1, SOURCE_MAX, NULL, NULL, NULL,
      "a name of yours; occurrences of it invoke the function", NULL },
    { "invocationType", "Invocation type", LII_FIELD_ENUM, 0, "\"Event\"", 0, 0, NULL, "Event|RequestResponse", NULL, NULL,
      NULL },
    LII_FIELDS_END
};

const lii_trigger_kind lii_custom_kind = {
    .name = "custom",
    .label = "A source of your own",
    .principal = "",
    .source_arn = "${$source}",
    .type = LI_EVENT,
    .flags = LII_KIND_TYPED,
    .retries = "the function's queue; none when the answer is waited for",
    .fields = fields,
    .members = "source:s! detail:*!",
    .match = "source=source",
    .shape = "",
    .options_example = "{\"source\":\"my.app\"}",
    .example = "{\"source\":\"my.app\",\"detail\":{\"order\":7}}",
    .code = &code,
};
