/* trigger_help.h - what tests of triggers share: a function that keeps the event it got, and answers that come back. */
#ifndef TESTS_TRIGGER_HELP_H
#define TESTS_TRIGGER_HELP_H

#include <lambdainvoke/services.h>

#include "fixture.h"

#include <cjson/cJSON.h>

/* A world whose engine knows the kinds of all services. */
static inline void services_new(world *w)
{
    world_new(w);
    ck_assert_int_eq(li_trigger_kinds_add(w->engine, li_services_kinds(), NULL), LI_OK);
}

/* A function that keeps its newest event and answers as told. */
typedef struct keeper {
    int runs;
    char event[65536];
    size_t len;
    const char *response;        /* NULL: "null" */
    const char *error_type;      /* fails with it */
    uint64_t takes_ms;
} keeper;

static inline int32_t keep_event(li_invocation *invocation, void *environment, void *user)
{
    keeper *k = user;
    const char *payload = li_invocation_get_payload(invocation, &k->len);

    (void)environment;
    ck_assert_uint_lt(k->len, sizeof k->event);
    memcpy(k->event, payload, k->len);
    k->event[k->len] = '\0';
    k->runs++;
    if (k->takes_ms)
        li_invocation_simulate(invocation, k->takes_ms * LI_MS_NS);
    if (k->error_type) {
        li_invocation_fail(invocation, k->error_type, "as told");
        return LI_FAILED;
    }
    if (k->response)
        li_invocation_respond(invocation, k->response, LI_Z);
    return LI_DONE;
}

/* A world of all services with a function "keeper" that has seen nothing yet. */
static inline void keeper_new(world *w, keeper *k)
{
    memset(k, 0, sizeof *k);
    services_new(w);
    add_function(w->engine, "keeper", keep_event, k);
}

/* An answer, copied. */
typedef struct told {
    int n;
    char verdict[64];
    char body[65536];
    size_t body_len;
    char headers[4096];          /* "name: value\n" each */
    uint64_t n_matched, n_refused;
    int status;
    int has_id;
} told;

static inline void on_told(void *user, const li_trigger_answer *a)
{
    told *t = user;
    li_id zero = { { 0 } };
    size_t i;

    t->n++;
    snprintf(t->verdict, sizeof t->verdict, "%s", a->verdict);
    ck_assert_uint_lt(a->body_len, sizeof t->body);
    if (a->body_len > 0)
        memcpy(t->body, a->body, a->body_len);
    t->body[a->body_len] = '\0';
    t->body_len = a->body_len;
    t->headers[0] = '\0';
    for (i = 0; i < a->n_headers; i++)
        strcat(strcat(strcat(strcat(t->headers, a->headers[i].name.ptr), ": "), a->headers[i].value.ptr), "\n");
    t->n_matched = a->n_matched;
    t->n_refused = a->n_refused;
    t->status = a->status;
    t->has_id = memcmp(&a->request_id, &zero, sizeof zero) != 0;
}

/* Ask and run until the answer is there (without moving the clock). */
static inline void ask(world *w, const char *kind, const char *occurrence, told *t)
{
    li_error err = LI_ERROR_INIT;

    memset(t, 0, sizeof *t);
    ck_assert_msg(li_trigger_occur_begin(w->engine, kind, LI_Z, occurrence, LI_Z, on_told, t, &err) == LI_OK, "%s: %s", kind,
                  err.text);
    ck_assert_int_eq(li_engine_run_until_idle(w->engine, NULL), LI_OK);
}

static inline li_status try_trigger(world *w, const char *kind, const char *function, const char *id, const char *options,
                                    li_error *err)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;

    spec.kind = li_z(kind);
    spec.function = li_z(function);
    spec.id = li_z(id);
    spec.options = li_z(options);
    return li_trigger_add(w->engine, &spec, NULL, err);
}

static inline void add_trigger(world *w, const char *kind, const char *function, const char *id, const char *options)
{
    li_error err = LI_ERROR_INIT;

    ck_assert_msg(try_trigger(w, kind, function, id, options, &err) == LI_OK, "%s %s: %s", kind, options, err.text);
}

static inline uint64_t happen(world *w, const char *kind, const char *occurrence)
{
    li_error err = LI_ERROR_INIT;
    uint64_t n = 0;

    ck_assert_msg(li_trigger_occur(w->engine, kind, LI_Z, occurrence, LI_Z, &n, &err) == LI_OK, "%s: %s", kind, err.text);
    ck_assert_int_eq(li_engine_run_until_idle(w->engine, NULL), LI_OK);
    return n;
}

/* A value of a document by a path of names and places with slashes in between, as text. */
static inline const char *at(const char *document, const char *path)
{
    static char texts[8][8192];
    static int next;
    char *out = texts[next++ % 8], part[128], *printed;
    cJSON *root = cJSON_Parse(document);
    const cJSON *item = root;
    const char *p = path;

    ck_assert_msg(root != NULL, "not JSON: %s", document);
    while (*p && item) {
        size_t n = strcspn(p, "/");

        snprintf(part, sizeof part, "%.*s", (int)n, p);
        item = cJSON_IsArray(item) ? cJSON_GetArrayItem(item, atoi(part)) : cJSON_GetObjectItemCaseSensitive(item, part);
        p += n + (p[n] == '/');
    }
    if (!item) {
        snprintf(out, sizeof texts[0], "(absent)");
    } else if (cJSON_IsString(item)) {
        snprintf(out, sizeof texts[0], "%s", item->valuestring);
    } else {
        printed = cJSON_PrintUnformatted(item);
        snprintf(out, sizeof texts[0], "%s", printed);
        cJSON_free(printed);
    }
    cJSON_Delete(root);
    return out;
}

#define check_at(document, path, text) ck_assert_str_eq(at((document), (path)), (text))

#endif
