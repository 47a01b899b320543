/* occur.c - occurrences on their way in: JSON checked against what its kind has to say. */
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
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine is NULL");
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
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "done is needed");
    return begin(engine, kind, kind_len, occurrence, occurrence_len, done, user, NULL, err);
}

li_status li_trigger_respond(li_engine *engine, const char *kind, size_t kind_len, const char *token, size_t token_len,
                             const char *answer, size_t answer_len, li_error *err)
{
    const lii_trigger_kind *k = NULL;
    li_status status = engine ? lii_engine_check_fork(engine, err)
                              : lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine is NULL");

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
                              : lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine is NULL");

    if (status == LI_OK)
        status = lii_kind_known(engine, lii_slice(kind, kind_len), &k, err);
    if (status != LI_OK)
        return status;
    if (lii_json_check(event, len, 128, &error) != 0)
        return lii_json_validate(event, len, err);
    return lii_shape_check(lii_json_root(event, len), k->shape ? k->shape : "", 0, "event", LI_DETAIL_OCCURRENCE, err);
}
