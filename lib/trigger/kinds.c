/* kinds.c - the kinds of triggers by name, those built in and those of parts; what front ends see of them (TRG-22, 193, 209). */
#include <stdio.h>
#include <stdlib.h>

#include "trigger/seam.h"

static const lii_trigger_kind *const built_in[] = { &lii_custom_kind, &lii_s3_kind, &lii_schedule_kind };
enum { N_BUILT_IN = sizeof built_in / sizeof *built_in };

/* Sources that are polled, by names that people try. */
static const char *const polled[] = { "sqs", "kinesis", "dynamodb", "kafka", "msk", "mq", "activemq", "rabbitmq",
                                      "docdb", "documentdb" };

/* Services whose kinds are in a part of the library. */
static const char services[] = "alarm alb alexa alexa-home analytics apigw-authorizer apigw-http apigw-rest apigw-ws appsync "
                               "bedrock cfn codecommit codepipeline cognito cognito-sync config connect edge events firehose iot "
                               "iot-authorizer iotevents lattice lex lexv2 logs pipes rds s3batch s3ol scheduler secrets ses sfn "
                               "sns ";

/* ---- adding */

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const lii_trigger_kind *const *)a)->name, (*(const lii_trigger_kind *const *)b)->name);
}

/* All kinds in the order of their names; the table is replaced whole, and old ones stay for those who look at them. */
static li_status add_locked(lii_triggers *r, const li_trigger_kinds *kinds, li_error *err)
{
    size_t n = r->locked.n_kinds + kinds->n, i;
    lii_kind_table *table;

    for (i = 0; i < r->locked.n_kinds; i++)
        if (r->locked.kinds[i] == kinds->rows[0])
            return LI_OK;        /* the part is there already */
    table = lii_alloc(r->allocator, sizeof *table + n * sizeof(*table->rows));
    if (!table)
        return lii_no_memory(err, "the kinds of a part");
    memcpy(table->rows, r->locked.kinds, r->locked.n_kinds * sizeof(*table->rows));
    memcpy(table->rows + r->locked.n_kinds, kinds->rows, kinds->n * sizeof(*table->rows));
    qsort(table->rows, n, sizeof(*table->rows), by_name);
    table->next = r->locked.tables;
    r->locked.tables = table;
    r->locked.kinds = table->rows;
    r->locked.n_kinds = n;
    return LI_OK;
}

li_status li_trigger_kinds_add(li_engine *engine, const li_trigger_kinds *kinds, li_error *err)
{
    lii_triggers *r;
    li_status status;

    if (!engine || !kinds)
        return lii_is_null(err, "engine or kinds");
    status = lii_engine_check_fork(engine, err);
    if (status != LI_OK)
        return status;
    if (kinds->version != LI_VERSION_NUMBER || kinds->seam_size != sizeof(lii_trigger_seam) ||
        kinds->row_size != sizeof(lii_trigger_kind))
        return lii_fail(err, LI_E_MISMATCH, LI_DETAIL_TRIGGER_KIND, NULL, 0,
                        "the part is of version %u and the library of %s; both have to be the same", (unsigned)kinds->version,
                        LI_VERSION_TEXT);
    r = lii_triggers_bare(engine);
    if (!r)
        return lii_no_memory(err, "triggers");
    kinds->attach(&lii_trigger_seam_table);
    atomic_store(&r->role_allows, kinds->role_allows);
    pthread_mutex_lock(&r->locked.lock);
    status = add_locked(r, kinds, err);
    pthread_mutex_unlock(&r->locked.lock);
    if (status == LI_OK)
        lii_triggers_reload(r);
    return status;
}

void lii_kinds_init(lii_triggers *r)
{
    r->locked.kinds = built_in;
    r->locked.n_kinds = N_BUILT_IN;
}

void lii_kinds_fini(lii_triggers *r)
{
    lii_kind_table *table;

    while ((table = r->locked.tables) != NULL) {
        r->locked.tables = table->next;
        lii_free(r->allocator, table);
    }
}

/* ---- finding */

static const lii_trigger_kind *const *kinds_of(li_engine *engine, size_t *n)
{
    lii_triggers *r = lii_triggers_bare(engine);
    const lii_trigger_kind *const *kinds;

    if (!r) {
        *n = N_BUILT_IN;
        return built_in;
    }
    pthread_mutex_lock(&r->locked.lock);
    kinds = r->locked.kinds;
    *n = r->locked.n_kinds;
    pthread_mutex_unlock(&r->locked.lock);
    return kinds;
}

li_status lii_kind_known(li_engine *engine, li_slice name, const lii_trigger_kind **kind, li_error *err)
{
    size_t i, n;
    const lii_trigger_kind *const *kinds = kinds_of(engine, &n);

    for (i = 0; i < n; i++)
        if (lii_slice_is(name, kinds[i]->name)) {
            *kind = kinds[i];
            return LI_OK;
        }
    if (lii_word_place(services, ' ', name) >= 0)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_KIND, name.ptr, name.len,
                        "kind %.*s is in liblambdainvoke-services; add it: li_trigger_kinds_add(engine, li_services_kinds(), err)",
                        LII_TEXT(name));
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_KIND, name.ptr, name.len,
                    "no kind of trigger is called \"%.*s\"; li_trigger_kind_each lists them", LII_TEXT(name));
}

li_status lii_kind_find(li_engine *engine, li_slice name, const lii_trigger_kind **kind, li_error *err)
{
    size_t i;

    for (i = 0; i < sizeof polled / sizeof *polled; i++)
        if (lii_slice_is(name, polled[i]))
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_KIND, name.ptr, name.len,
                            "%s is polled and no trigger: use event source mappings (li_mapping_create)", polled[i]);
    return lii_kind_known(engine, name, kind, err);
}

/* ---- for front ends */

void li_trigger_kind_each(li_engine *engine, li_trigger_kind_seen each, void *user)
{
    const lii_trigger_kind *const *kinds;
    size_t i, n = 0;

    if (!engine || !each || lii_engine_check_fork(engine, NULL) != LI_OK)
        return;
    kinds = kinds_of(engine, &n);
    for (i = 0; i < n; i++) {
        const lii_trigger_kind *k = kinds[i];
        li_trigger_kind_info info = { sizeof info, k->name, k->label, k->principal, k->retries,
                                      k->options_example ? k->options_example : "", k->example ? k->example : "",
                                      k->type, k->flags & (LI_TRIGGER_POLLED | LI_TRIGGER_SCHEDULED | LI_TRIGGER_ONE |
                                                           LI_TRIGGER_ROLE) };

        each(user, &info);
    }
}

static const char *type_word(char letter)
{
    return letter == 's' ? "text" : letter == 'n' ? "number" : letter == 'o' ? "object" : letter == 'a' ? "array"
           : letter == 'b' ? "bool" : letter == 'z' ? "null" : "any";
}

/* The members of an occurrence: name, type, required. */
static void write_members(lii_json_writer *w, const char *p)
{
    lii_json_open(w, '[');
    while (p && *p) {
        size_t n = strcspn(p, " "), colon = strcspn(p, ":");

        lii_json_open(w, '{');
        lii_json_member_string(w, "name", p, colon);
        lii_json_member_string(w, "type", type_word(p[colon + 1]), LI_Z);
        lii_json_key(w, "required");
        lii_json_bool(w, p[n - 1] == '!');
        lii_json_close(w, '}');
        p += n + (p[n] == ' ');
    }
    lii_json_close(w, ']');
}

static void write_kind(lii_json_writer *w, const lii_trigger_kind *k)
{
    lii_json_open(w, '{');
    lii_json_member_string(w, "kind", k->name, LI_Z);
    lii_json_member_string(w, "label", k->label, LI_Z);
    lii_json_member_string(w, "group", k->flags & LII_KIND_POLLED ? "event source mapping" : "push", LI_Z);
    lii_json_member_string(w, "invocationType", k->type == LI_EVENT ? "Event" : "RequestResponse", LI_Z);
    lii_json_member_string(w, "principal", k->principal, LI_Z);
    lii_json_member_string(w, "permission",
                           k->flags & LII_KIND_ROLE ? "role" : k->principal[0] ? "policy" : "none", LI_Z);
    lii_json_member_string(w, "retries", k->retries, LI_Z);
    lii_json_key(w, "fields");
    lii_form_write(k->fields, w->out);
    w->needs_comma = 1;
    if (!(k->flags & (LII_KIND_POLLED | LII_KIND_SCHEDULED))) {
        lii_json_key(w, "occurrence");
        write_members(w, k->members);
    }
    lii_json_close(w, '}');
}

li_status li_trigger_kind_form(li_engine *engine, const char *kind, size_t kind_len,
                               void (*write)(void *user, const char *data, size_t len), void *user, li_error *err)
{
    const lii_trigger_kind *const *kinds;
    const lii_trigger_kind *one = NULL;
    li_status status = LI_OK;
    lii_json_writer w;
    lii_buf out;
    size_t i, n;

    if (!engine || !write)
        return lii_is_null(err, "engine or write");
    status = lii_engine_check_fork(engine, err);
    if (status == LI_OK && kind)
        status = lii_kind_known(engine, lii_slice(kind, kind_len), &one, err);
    if (status != LI_OK)
        return status;
    lii_buf_init(&out, lii_engine_allocator(engine));
    lii_json_begin(&w, &out);
    if (one) {
        write_kind(&w, one);
    } else {
        lii_json_open(&w, '[');
        kinds = kinds_of(engine, &n);
        for (i = 0; i < n; i++)
            write_kind(&w, kinds[i]);
        lii_json_close(&w, ']');
    }
    status = out.status;
    if (status == LI_OK)
        write(user, out.data, out.len);
    lii_buf_fini(&out);
    return status == LI_OK ? LI_OK : lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for the form");
}
