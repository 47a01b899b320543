/* occur.c - occurrences on their way in: JSON checked against what its kind has to say. */
#include "base/base64.h"
#include "base/options.h"
#include "trigger/trigger.h"

static li_status begin(li_engine *engine, const char *kind, size_t kind_len, const char *text, size_t text_len,
                       li_trigger_answered done, void *user, uint64_t *n_matched, li_error *err)
{
    const lii_trigger_kind *k = NULL;
    lii_occasion *o = NULL;
    lii_json_value object;
    li_status status;

    if (!engine)
        return lii_is_null(err, "engine");
    status = lii_engine_check_fork(engine, err);
    if (status == LI_OK)
        status = lii_kind_find(engine, lii_slice(kind, kind_len), &k, err);
    if (status != LI_OK)
        return status;
    if (k->flags & LII_KIND_SCHEDULED)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_KIND, k->name, LI_Z,
                        "triggers of kind %s fire by the clock, not by occurrences", k->name);
    status = lii_object_read(text, lii_len(text, text_len), "occurrence", LI_DETAIL_OCCURRENCE, &object, err);
    if (status == LI_OK)
        status = lii_shape_check(object, k->members, !(k->flags & LII_KIND_OPEN), "occurrence", LI_DETAIL_OCCURRENCE, err);
    if (status == LI_OK && k->code && k->code->begin)
        return k->code->begin(engine, object, done, user, n_matched, err);
    if (status == LI_OK)
        status = lii_occasion_new(engine, k, text, text_len, &o, err);
    return status == LI_OK ? lii_occasion_run(o, done, user, n_matched, err) : status;
}

li_status li_trigger_occur(li_engine *engine, const char *kind, size_t kind_len, const char *occurrence,
                           size_t occurrence_len, uint64_t *n_matched, li_error *err)
{
    return begin(engine, kind, kind_len, occurrence, occurrence_len, NULL, NULL, n_matched, err);
}

li_status li_trigger_occur_begin(li_engine *engine, const char *kind, size_t kind_len, const char *occurrence,
                                 size_t occurrence_len, li_trigger_answered done, void *user, li_error *err)
{
    if (!done)
        return lii_is_null(err, "done");
    return begin(engine, kind, kind_len, occurrence, occurrence_len, done, user, NULL, err);
}

static li_status write_member(lii_json_writer *w, const li_member *m, li_error *err)
{
    li_slice value = lii_measured(m->value);

    if (!m->name || m->type < LI_MEMBER_TEXT || m->type > LI_MEMBER_BOOL ||
        (m->type == LI_MEMBER_JSON && value.ptr && lii_json_check(value.ptr, value.len, 128, NULL) != 0))
        return lii_occurrence_wrong(m->name ? m->name : "", err, "a member has a name, a type, and a value of that type");
    if (m->type < LI_MEMBER_INTEGER && !value.ptr)
        return LI_OK;
    lii_json_key_text(w, m->name, strlen(m->name));
    if (m->type == LI_MEMBER_TEXT) {
        lii_json_string(w, value.ptr, value.len);
    } else if (m->type == LI_MEMBER_JSON) {
        lii_json_raw(w, value.ptr, value.len);
    } else if (m->type == LI_MEMBER_INTEGER) {
        lii_json_int(w, m->number);
    } else if (m->type == LI_MEMBER_BOOL) {
        lii_json_bool(w, m->number != 0);
    } else {
        lii_buf_add_byte(w->out, '"');
        lii_base64(w->out, value.ptr, value.len);
        lii_buf_add_byte(w->out, '"');
        w->needs_comma = 1;
    }
    return LI_OK;
}

li_status li_trigger_occur_with(li_engine *engine, const char *kind, size_t kind_len, const li_member *members, size_t n_members,
                                li_trigger_answered done, void *user, uint64_t *n_matched, li_error *err)
{
    li_status status = engine && (members || n_members == 0)
                           ? lii_engine_check_fork(engine, err)
                           : lii_is_null(err, "engine or members");
    lii_json_writer w;
    lii_buf text;
    size_t i;

    if (status != LI_OK)
        return status;
    lii_buf_init(&text, lii_engine_allocator(engine));
    lii_json_begin(&w, &text);
    lii_json_open(&w, '{');
    for (i = 0; i < n_members && status == LI_OK; i++)
        status = write_member(&w, &members[i], err);
    lii_json_close(&w, '}');
    if (status == LI_OK && text.status != LI_OK)
        status = lii_fail(err, text.status, LI_DETAIL_NONE, NULL, 0, "no memory for the occurrence");
    if (status == LI_OK)
        status = begin(engine, kind, kind_len, text.data, text.len, done, user, n_matched, err);
    lii_buf_fini(&text);
    return status;
}

li_status li_trigger_respond(li_engine *engine, const char *kind, size_t kind_len, const char *token, size_t token_len,
                             const char *answer, size_t answer_len, li_error *err)
{
    const lii_trigger_kind *k = NULL;
    li_status status = engine ? lii_engine_check_fork(engine, err)
                              : lii_is_null(err, "engine");

    if (status == LI_OK)
        status = lii_kind_find(engine, lii_slice(kind, kind_len), &k, err);
    if (status != LI_OK)
        return status;
    if (!k->code || !k->code->respond)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_KIND, k->name, LI_Z,
                        "functions of kind %s answer by what they return", k->name);
    return k->code->respond(engine, lii_slice(token, token_len), lii_slice(answer, answer_len), err);
}

li_status li_trigger_event_check(li_engine *engine, const char *kind, size_t kind_len, const char *event, size_t event_len,
                                 li_error *err)
{
    const lii_trigger_kind *k = NULL;
    lii_json_error error;
    size_t len = lii_len(event, event_len);
    li_status status = engine ? lii_engine_check_fork(engine, err)
                              : lii_is_null(err, "engine");

    if (status == LI_OK)
        status = lii_kind_known(engine, lii_slice(kind, kind_len), &k, err);
    if (status != LI_OK)
        return status;
    if (lii_json_check(event, len, 128, &error) != 0)
        return lii_json_validate(event, len, err);
    return lii_shape_check(lii_json_root(event, len), k->shape ? k->shape : "", 0, "event", LI_DETAIL_OCCURRENCE, err);
}
