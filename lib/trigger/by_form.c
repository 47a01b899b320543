/* by_form.c - a trigger as a console's form makes it: what every form has beside the options of its kind, and the statement that
 * lets the service in (TRG-20, 194, 195). */
#include "trigger/by_form.h"

#include "engine/names.h"

static const char latest[] = "$LATEST";

enum { QUALIFIER = 0, ENABLED = 1, N_COMMON = 2 };

/* The members of the kind alone into one object, those that every form has into another. */
static li_status part(li_slice options, lii_buf *own, lii_buf *common, li_error *err)
{
    lii_json_value object, key, value;
    lii_json_writer w[2];
    size_t at = 0;
    li_status status = lii_object_read(options.ptr, options.len, "options", LI_DETAIL_TRIGGER_OPTIONS, &object, err);

    if (status != LI_OK)
        return status;
    lii_json_begin(&w[0], own);
    lii_json_begin(&w[1], common);
    lii_json_open(&w[0], '{');
    lii_json_open(&w[1], '{');
    while (lii_json_next(object, &at, &key, &value)) {
        int is_common = lii_json_text_is(key, "qualifier", LI_Z) || lii_json_text_is(key, "enabled", LI_Z);

        lii_json_raw(&w[is_common], key.ptr, key.len);
        lii_buf_add_byte(w[is_common].out, ':');
        w[is_common].needs_comma = 0;
        lii_json_raw(&w[is_common], value.ptr, value.len);
    }
    lii_json_close(&w[0], '}');
    lii_json_close(&w[1], '}');
    return own->status != LI_OK ? own->status : common->status;
}

/* NAME:QUALIFIER behind the options in their buffer; $LATEST is the function without one. */
static li_status qualify(li_trigger_spec *spec, li_slice qualifier, lii_buf *room, li_error *err)
{
    lii_name name;
    li_status status = lii_name_parse(spec->function.ptr, spec->function.len, qualifier, &name, err);

    if (status != LI_OK || lii_slice_is(qualifier, latest) || lii_name_parse(spec->function.ptr, spec->function.len, lii_slice(NULL, 0),
                                                                            &name, NULL) != LI_OK || name.qualifier.len > 0)
        return status;
    lii_buf_add(room, spec->function.ptr, spec->function.len);
    lii_buf_add_byte(room, ':');
    return lii_buf_add(room, qualifier.ptr, qualifier.len);
}

li_status lii_form_take(li_engine *engine, li_trigger_spec *spec, lii_buf *room, li_error *err)
{
    lii_value values[N_COMMON];
    lii_arena arena;
    size_t options_len = 0;
    lii_buf common, texts;
    li_status status;

    lii_buf_init(&common, lii_engine_allocator(engine));
    lii_buf_init(&texts, lii_engine_allocator(engine));
    status = part(spec->options.ptr ? spec->options : LII_S("{}"), room, &common, err);
    options_len = room->len;
    if (status == LI_OK)
        status = lii_buf_reserve(&texts, common.len + lii_fields_room(lii_form_common));
    if (status == LI_OK) {
        arena.at = texts.data;
        status = lii_form_read(lii_form_common, common.data, common.len, &arena, values, err);
    }
    if (status == LI_OK && lii_json_get(lii_json_root(common.data, common.len), "qualifier", LI_Z).type != LII_JSON_NONE)
        status = qualify(spec, values[QUALIFIER].text, room, err);
    if (status == LI_OK) {
        if (room->len > options_len)
            spec->function = lii_slice(room->data + options_len, room->len - options_len);
        spec->options = lii_slice(room->data, options_len);
        spec->is_disabled |= !values[ENABLED].number;
    }
    lii_buf_fini(&texts);
    lii_buf_fini(&common);
    return status == LI_E_NOMEM ? lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for a trigger") : status;
}

/* An ARN without an account says nothing of whose it is. */
static int has_account(const char *arn)
{
    int colons = 0;

    for (; *arn && colons < 4; arn++)
        colons += *arn == ':';
    return colons == 4 && *arn != ':' && *arn != '\0';
}

int lii_trigger_permission(const li_trigger *t, li_permission *p)
{
    static const li_permission none = LI_PERMISSION_INIT;

    if (!t->kind->principal[0] || (t->kind->flags & LII_KIND_ROLE))
        return 0;
    *p = none;
    p->statement_id = lii_slice(t->id, LI_Z);
    p->action = LII_S("lambda:InvokeFunction");
    p->principal = lii_slice(t->kind->principal, LI_Z);
    if (t->source_arn[0])
        p->source_arn = lii_slice(t->source_arn, LI_Z);
    if (!has_account(t->source_arn))
        p->source_account = lii_slice(li_engine_get_account(t->engine), LI_Z);
    if (lii_option_text(t, "skillId").len > 0)
        p->event_source_token = lii_option_text(t, "skillId");
    return 1;
}
