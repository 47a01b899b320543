/* firing_help.h - what the suites about EventBridge, Scheduler and schedules share: a function that notes what it got and
 * when, and triggers added in one line. */
#ifndef TESTS_FIRING_HELP_H
#define TESTS_FIRING_HELP_H

#include <lambdainvoke/services.h>

#include "fixture.h"

enum { NOTES = 128 };

typedef struct notes {
    char payload[NOTES][1024];
    uint64_t at_ms[NOTES];       /* since base_ms */
    int n;                       /* may be over NOTES: those were not kept */
    int n_back;                  /* runs at a time before the run before them */
    uint64_t last_ms;
    uint64_t base_ms;
} notes;

static inline int32_t note(li_invocation *invocation, void *environment, void *user)
{
    notes *s = user;
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);
    uint64_t now_ms = li_engine_now_ms(li_invocation_get_engine(invocation));

    (void)environment;
    s->n_back += now_ms < s->last_ms;
    s->last_ms = now_ms;
    if (s->n < NOTES) {
        ck_assert(len < sizeof s->payload[0]);
        memcpy(s->payload[s->n], payload, len);
        s->payload[s->n][len] = '\0';
        s->at_ms[s->n] = now_ms - s->base_ms;
    }
    s->n++;
    return LI_DONE;
}

/* A function "noter" in a new world. */
static inline notes *noted_world(world *w)
{
    notes *s = calloc(1, sizeof *s);

    ck_assert_ptr_nonnull(s);
    world_new(w);
    ck_assert_int_eq(li_trigger_kinds_add(w->engine, li_services_kinds(), NULL), LI_OK);
    s->base_ms = li_engine_now_ms(w->engine);
    add_function(w->engine, "noter", note, s);
    return s;
}

static inline void noted_free(world *w, notes *s)
{
    world_free(w);
    free(s);
}

static inline li_status try_trigger(world *w, const char *kind, const char *id, const char *options, li_error *err)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;

    spec.kind = li_z(kind);
    spec.function = li_z("noter");
    spec.id = li_z(id);
    spec.options = li_z(options);
    return li_trigger_add(w->engine, &spec, NULL, err);
}

static inline void add_trigger(world *w, const char *kind, const char *id, const char *options)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_msg(try_trigger(w, kind, id, options, &err) == LI_OK, "%s: %s", options, err.text);
}

static inline void refuse_trigger(world *w, const char *kind, const char *options, const char *member)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_msg(try_trigger(w, kind, NULL, options, &err) == LI_E_INVALID, "%s: %s", options, err.text);
    ck_assert_msg(strcmp(err.subject, member) == 0, "%s: %s, not %s: %s", options, err.subject, member, err.text);
}

static inline void update_trigger(world *w, const char *id, const char *options)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_error err = LI_ERROR_INIT;

    spec.id = li_z(id);
    spec.options = li_z(options);
    ck_assert_msg(li_trigger_update(w->engine, &spec, &err) == LI_OK, "%s", err.text);
}

static inline void count_info(void *user, const li_trigger_info *info)
{
    *(li_trigger_info *)user = *info;
}

/* 0: there is no such trigger. */
static inline int has_trigger(world *w, const char *id, li_trigger_info *info)
{
    return li_trigger_get(w->engine, id, LI_Z, count_info, info, NULL) == LI_OK;
}

static inline void set_enabled(world *w, const char *id, int is_enabled)
{
    ck_assert_int_eq(li_trigger_set_enabled(w->engine, id, LI_Z, is_enabled, NULL), LI_OK);
}

#define MINUTE_MS UINT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

#endif
