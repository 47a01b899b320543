/* custom.c - triggers of sources that the embedder has: the detail of an occurrence is the event, byte for byte. */
#include <stdio.h>

#include "trigger/trigger.h"

enum { SOURCE_MAX = 256 };

static li_status read_options(li_trigger *t, lii_arena *arena, li_error *err)
{
    enum { SOURCE, TYPE, N };
    lii_member m[N] = { { "source", LII_JSON_STRING, LII_MEMBER_REQUIRED, { NULL, 0, 0, 0 } },
                        { "invocationType", LII_JSON_STRING, 0, { NULL, 0, 0, 0 } } };
    li_status status = lii_members_read(t->options.ptr, t->options.len, m, N, "options", LI_DETAIL_TRIGGER_OPTIONS, err);

    if (status != LI_OK)
        return status;
    t->is.custom.source = lii_arena_text(arena, m[SOURCE].value);
    if (t->is.custom.source.len < 1 || t->is.custom.source.len > SOURCE_MAX)
        return lii_option_wrong("source", err, "a source has 1 to %d bytes", SOURCE_MAX);
    if (lii_json_text_is(m[TYPE].value, "RequestResponse", LI_Z))
        t->type = LI_REQUEST_RESPONSE;
    else if (m[TYPE].value.type != LII_JSON_NONE && !lii_json_text_is(m[TYPE].value, "Event", LI_Z))
        return lii_option_wrong("invocationType", err, "an invocation type is Event or RequestResponse");
    snprintf(t->source_arn, sizeof t->source_arn, "%.*s", (int)t->is.custom.source.len, t->is.custom.source.ptr);
    return LI_OK;
}

static li_status read_occurrence(const char *text, size_t len, lii_arena *arena, lii_occurrence *out, li_error *err)
{
    enum { SOURCE, DETAIL, N };
    lii_member m[N] = { { "source", LII_JSON_STRING, LII_MEMBER_REQUIRED, { NULL, 0, 0, 0 } },
                        { "detail", LII_MEMBER_ANY, LII_MEMBER_REQUIRED, { NULL, 0, 0, 0 } } };
    li_status status = lii_members_read(text, len, m, N, "occurrence", LI_DETAIL_OCCURRENCE, err);

    if (status != LI_OK)
        return status;
    out->source = lii_arena_text(arena, m[SOURCE].value);
    out->detail = m[DETAIL].value;
    return LI_OK;
}

static int matches(const li_trigger *t, const lii_occurrence *o)
{
    return lii_slice_equal(t->is.custom.source, o->source);
}

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    (void)t;
    lii_buf_add(event, o->detail.ptr, o->detail.len);
}

const lii_trigger_kind lii_custom_kind = { "custom", LI_EVENT, 0, read_options, NULL, read_occurrence, matches, build };
