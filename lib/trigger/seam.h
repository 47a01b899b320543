/* seam.h - how kinds that live in another library reach the framework, whose functions are hidden in the core: through one
 * table, handed over when the kinds are added. Kinds call the functions by their own names: in a static link these are the
 * real ones, in a shared part service/seam.c forwards them to the table. Both are of one version, or adding fails. */
#ifndef LII_TRIGGER_SEAM_H
#define LII_TRIGGER_SEAM_H

#include "schedule/next.h"
#include "trigger/by_form.h"
#include "trigger/firing.h"
#include "trigger/trigger.h"

/* F: with a result, V: without. result, name, parameters, arguments. */
#define LII_SEAM_MAP(F, V)                                                                                              \
    F(const li_allocator *, lii_engine_allocator, (const li_engine *engine), (engine))                                  \
    F(li_status, lii_engine_check_fork, (const li_engine *engine, li_error *err), (engine, err))                        \
    F(uint64_t, lii_engine_now_ns, (const li_engine *engine), (engine))                                                 \
    F(uint64_t, lii_engine_ns_of_ms, (const li_engine *engine, uint64_t unix_ms), (engine, unix_ms))                    \
    V(lii_engine_new_id, (li_engine *engine, li_id *id), (engine, id))                                                  \
    F(const li_codec *, lii_engine_codec, (const li_engine *engine), (engine))                                          \
    V(lii_engine_journal, (li_engine *engine, int32_t step, const li_id *id, const char *function, uint32_t attempt,    \
                           const char *why), (engine, step, id, function, attempt, why))                                \
    F(void *, lii_engine_slot, (li_engine *engine, int which, void *(*make)(li_engine *), void (*end)(void *)),         \
      (engine, which, make, end))                                                                                       \
    F(li_status, lii_timer_set, (li_engine *engine, lii_timer *timer, uint64_t due_ns), (engine, timer, due_ns))        \
    V(lii_timer_cancel, (li_engine *engine, lii_timer *timer), (engine, timer))                                         \
    F(li_status, lii_kind_find, (li_engine *engine, li_slice name, const lii_trigger_kind **kind, li_error *err),       \
      (engine, name, kind, err))                                                                                        \
    F(lii_triggers *, lii_triggers_get, (li_engine *engine), (engine))                                                  \
    F(li_status, lii_triggers_put, (li_engine *engine, const lii_trigger_kind *kind, const char *source_arn,            \
                                    const li_trigger_spec *specs, size_t n, li_error *err),                             \
      (engine, kind, source_arn, specs, n, err))                                                                        \
    F(li_status, lii_trigger_make, (li_engine *engine, const lii_trigger_kind *kind, li_slice function, li_slice options, li_slice id, \
                                    li_trigger **out, li_error *err), (engine, kind, function, options, id, out, err))     \
    F(li_status, lii_form_take, (li_engine *engine, li_trigger_spec *spec, lii_buf *room, li_error *err),               \
      (engine, spec, room, err))                                                                                        \
    V(lii_trigger_release, (li_trigger *trigger), (trigger))                                                            \
    F(li_slice, lii_option_text, (const li_trigger *t, const char *name), (t, name))                                    \
    F(int64_t, lii_option_number, (const li_trigger *t, const char *name), (t, name))                                   \
    F(lii_json_value, lii_option_json, (const li_trigger *t, const char *name), (t, name))                              \
    F(lii_json_value, lii_occurrence_get, (const lii_occurrence *o, const char *path), (o, path))                       \
    V(lii_build_template, (const li_trigger *t, const lii_occurrence *o, const char *text, lii_buf *event),             \
      (t, o, text, event))                                                                                              \
    F(li_status, lii_occasion_new, (li_engine *engine, const lii_trigger_kind *kind, const char *text, size_t len,      \
                                    lii_occasion **out, li_error *err), (engine, kind, text, len, out, err))            \
    F(lii_occurrence *, lii_occasion_occurrence, (lii_occasion *occasion), (occasion))                                  \
    V(lii_occasion_free, (lii_occasion *occasion), (occasion))                                                          \
    F(li_status, lii_occasion_run, (lii_occasion *occasion, li_trigger_answered done, void *user, uint64_t *n_matched,  \
                                    li_error *err), (occasion, done, user, n_matched, err))                             \
    F(li_status, lii_occurrence_taker, (const lii_occurrence *o, li_trigger **taker), (o, taker))                       \
    V(lii_letter_send, (li_trigger *t, const char *option, li_slice body), (t, option, body))                           \
    V(lii_reaction_header, (lii_reaction *a, const char *name, const char *value, size_t len), (a, name, value, len))   \
    V(lii_reaction_body, (lii_reaction *a, const char *data, size_t len), (a, data, len))                               \
    V(lii_reaction_plain, (const li_trigger *t, li_status status, const li_invoke_result *result, lii_reaction *a),     \
      (t, status, result, a))                                                                                           \
    F(li_status, lii_firing_prepare, (const li_trigger *t, const char *name, int32_t kind, lii_firing *f, li_error *err), \
      (t, name, kind, f, err))                                                                                          \
    V(lii_firing_finish, (lii_firing *firing), (firing))                                                                \
    F(lii_firing *, lii_firing_in_state, (const li_trigger *t), (t))                                                    \
    V(lii_firing_end_state, (li_trigger *t), (t))                                                                       \
    F(void *, lii_state_new, (li_trigger *t, size_t size, li_error *err), (t, size, err))                                                                \
    V(lii_scheduled_event, (const li_trigger *t, const lii_occurrence *o, lii_buf *event), (t, o, event))               \
    F(int, lii_instant_read, (li_slice text, int64_t *at_s), (text, at_s))

typedef struct lii_trigger_seam {
#define LII_SEAM_F(type, name, parameters, arguments) type(*name) parameters;
#define LII_SEAM_V(name, parameters, arguments) void(*name) parameters;
    LII_SEAM_MAP(LII_SEAM_F, LII_SEAM_V)
#undef LII_SEAM_F
#undef LII_SEAM_V
} lii_trigger_seam;

/* What li_trigger_kinds_add is given. */
struct li_trigger_kinds {
    uint32_t version;            /* LI_VERSION_NUMBER */
    uint32_t seam_size;          /* sizeof(lii_trigger_seam) */
    uint32_t row_size;           /* sizeof(lii_trigger_kind) */
    uint32_t n;
    const lii_trigger_kind *const *rows;
    void (*attach)(const lii_trigger_seam *seam);
    int (*role_allows)(const li_trigger *t);   /* of kinds that invoke by a role, when policies are enforced */
};

extern const lii_trigger_seam lii_trigger_seam_table;

#endif
