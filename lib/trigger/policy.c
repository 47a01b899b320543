/* policy.c - resource policies: statements by function and qualifier, kept in the engine's store and gone with their function
 * (TRG-14..20). */
#include <stdio.h>

#include "base/options.h"
#include "engine/names.h"
#include "trigger/policy.h"

enum { POLICY_MAX = 20480, NAME_SIZE = LII_POLICY_NAME_SIZE };

typedef struct policy {
    lii_statement *first;
    size_t bytes;                /* of all statements */
    li_id revision;
    char name[NAME_SIZE];        /* FUNCTION or FUNCTION:QUALIFIER */
} policy;

typedef struct policies {
    li_engine *engine;
    const li_allocator *allocator;
    pthread_mutex_t changing;    /* one change at a time, its write to the store included; before locked.lock */
    struct {
        pthread_mutex_t lock;    /* innermost: nothing else is taken under it */
        lii_table by_name;
    } locked;
} policies;

static policy *policy_locked(policies *p, const char *name, int make)
{
    policy *one = lii_table_get(&p->locked.by_name, name, strlen(name));

    if (one || !make)
        return one;
    one = lii_calloc(p->allocator, 1, sizeof *one);
    if (!one)
        return NULL;
    snprintf(one->name, sizeof one->name, "%s", name);
    if (lii_table_put(&p->locked.by_name, one->name, strlen(one->name), one, NULL) != LI_OK) {
        lii_free(p->allocator, one);
        return NULL;
    }
    return one;
}

/* Behind the last one, or where one of this id is. */
static lii_statement **find_statement(policy *one, li_slice id)
{
    lii_statement **link = &one->first;

    while (*link && !lii_slice_equal((*link)->id, id))
        link = &(*link)->next;
    return link;
}

static void link_statement(policy *one, lii_statement *s)
{
    one->bytes += s->json.len;
    *find_statement(one, s->id) = s;
}

static void policy_free(policies *p, policy *one)
{
    lii_statement *s, *next;

    for (s = one->first; s; s = next) {
        next = s->next;
        lii_free(p->allocator, s);
    }
    lii_free(p->allocator, one);
}

/* ---- the store: a row a policy, written before a change is seen */

static const char table[] = "policy";

/* As it will be: without one statement, or with one more. */
static li_status write_row(policies *p, const policy *one, const lii_statement *without,
                           const lii_statement *with, const li_id *revision, lii_buf *row)
{
    char text[LI_ID_TEXT_SIZE];
    const lii_statement *s;
    lii_json_writer w;

    if (!lii_store_is_given(p->engine))
        return LI_OK;
    li_id_format(revision, text);
    lii_json_begin(&w, row);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "revision", text, LI_Z);
    lii_json_key(&w, "statements");
    lii_json_open(&w, '[');
    for (s = one->first; s; s = s->next)
        if (s != without)
            lii_json_raw(&w, s->json.ptr, s->json.len);
    if (with)
        lii_json_raw(&w, with->json.ptr, with->json.len);
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
    return row->status;
}

static li_store_change change_of(const char *name, li_slice row, int is_removal)
{
    li_store_change change;

    memset(&change, 0, sizeof change);
    change.table = LII_S(table);
    change.key = lii_slice(name, LI_Z);
    change.value = row;
    change.is_removal = is_removal;
    return change;
}

static li_status store(policies *p, const char *name, li_slice row, int is_removal, li_error *err)
{
    li_store_change change = change_of(name, row, is_removal);

    return lii_store_is_given(p->engine) ? lii_store_write(p->engine, &change, 1, err) : LI_OK;
}

/* A row of a function that is no more stays where it is, and is not looked at. */
static int32_t load_row(void *user, li_slice key, li_slice value)
{
    lii_json_value list, entry;
    li_function_info info;
    policies *p = user;
    char name[NAME_SIZE], text[LI_ID_TEXT_SIZE];
    lii_statement *s;
    policy *one;
    size_t at = 0;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    snprintf(name, sizeof name, "%.*s", (int)key.len, key.ptr);
    name[strcspn(name, ":")] = '\0';
    if (key.len >= sizeof name || lii_json_check(value.ptr, value.len, 128, NULL) != 0 ||
        li_function_describe(p->engine, name, LI_Z, NULL, 0, &info, NULL) != LI_OK)
        return 0;
    snprintf(name, sizeof name, "%.*s", (int)key.len, key.ptr);
    list = lii_json_root(value.ptr, value.len);
    one = policy_locked(p, name, 1);
    if (one && lii_json_text(lii_json_get(list, "revision", LI_Z), text, sizeof text) < sizeof text)
        li_id_parse(text, LI_ID_TEXT_SIZE - 1, &one->revision);
    for (list = lii_json_get(list, "statements", LI_Z); one && lii_json_next(list, &at, NULL, &entry);)
        if ((s = lii_statement_read(p->allocator, entry)) != NULL)
            link_statement(one, s);
    return 0;
}

/* ---- the registry */

/* With the policies of a function go those of its versions and aliases. */
static void function_removed(void *registry, const char *function)
{
    policies *p = registry;
    size_t len = strlen(function), i = 0;
    lii_table_slot *slot;

    pthread_mutex_lock(&p->changing);
    pthread_mutex_lock(&p->locked.lock);
    for (; (slot = lii_table_next(&p->locked.by_name, &i)) != NULL; i++) {
        policy *one = slot->value;

        if (strncmp(one->name, function, len) != 0 || (one->name[len] != '\0' && one->name[len] != ':'))
            continue;
        lii_table_remove(&p->locked.by_name, one->name, strlen(one->name));
        pthread_mutex_unlock(&p->locked.lock);
        store(p, one->name, lii_slice(NULL, 0), 1, NULL);    /* one that stays is not looked at without its function */
        policy_free(p, one);
        pthread_mutex_lock(&p->locked.lock);
    }
    pthread_mutex_unlock(&p->locked.lock);
    pthread_mutex_unlock(&p->changing);
}

static void policies_free(void *registry)
{
    policies *p = registry;
    lii_table_slot *slot;
    size_t i = 0;

    for (; (slot = lii_table_next(&p->locked.by_name, &i)) != NULL; i++)
        policy_free(p, slot->value);
    lii_table_fini(&p->locked.by_name);
    pthread_mutex_destroy(&p->locked.lock);
    pthread_mutex_destroy(&p->changing);
    lii_free(p->allocator, p);
}

static void *policies_make(li_engine *engine)
{
    policies *p = lii_calloc(lii_engine_allocator(engine), 1, sizeof *p);

    if (!p)
        return NULL;
    p->engine = engine;
    p->allocator = lii_engine_allocator(engine);
    if (pthread_mutex_init(&p->locked.lock, NULL) != 0 || pthread_mutex_init(&p->changing, NULL) != 0) {
        lii_free(p->allocator, p);
        return NULL;
    }
    lii_table_init(&p->locked.by_name, p->allocator);
    if (lii_store_is_given(engine))
        lii_store_each(engine, LII_S(table), load_row, p);
    lii_engine_slot_removed(engine, LII_SLOT_POLICIES, function_removed);
    return p;
}

static policies *policies_get(li_engine *engine)
{
    return lii_engine_slot(engine, LII_SLOT_POLICIES, policies_make, policies_free);
}

static li_status policies_of(li_engine *engine, policies **p, li_error *err)
{
    li_status status = engine ? lii_engine_check_fork(engine, err)
                              : lii_is_null(err, "engine or callback");

    *p = status == LI_OK ? policies_get(engine) : NULL;
    return status != LI_OK || *p ? status : lii_no_memory(err, "policies");
}

static li_status policy_name(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                             size_t qualifier_len, char out[NAME_SIZE], int must_exist, li_error *err)
{
    li_slice q = lii_slice(qualifier, qualifier_len);
    li_function_info info;
    lii_name parsed;
    li_status status = lii_name_parse(name, name_len, q, &parsed, err);

    if (status != LI_OK)
        return status;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    if (must_exist)
        status = li_function_describe(engine, name, name_len, qualifier, qualifier_len, &info, err);
    if (status != LI_OK)
        return status;
    snprintf(out, NAME_SIZE, "%.*s%s%.*s", LII_TEXT(parsed.function), parsed.qualifier.len ? ":" : "",
             LII_TEXT(parsed.qualifier));
    return LI_OK;
}

/* ---- changing */

static li_status check_revision(const policy *one, li_slice revision, li_error *err)
{
    char text[LI_ID_TEXT_SIZE];

    if (!revision.ptr)
        return LI_OK;
    li_id_format(&one->revision, text);
    if (one->first && lii_slice_is(revision, text))
        return LI_OK;
    return lii_fail(err, LI_E_PRECONDITION, LI_DETAIL_REVISION, revision.ptr, revision.len,
                    "the revision id is not the policy's newest; get the policy and try again");
}

/* May the statement be added? It goes, with LI_OK, when it is there again. */
static li_status check_locked(policy *one, lii_grant *g, li_slice revision, li_error *err)
{
    lii_statement *s = g->statement;
    const lii_statement *same;
    li_status status = one ? check_revision(one, revision, err)
                           : lii_no_memory(err, "a policy");

    if (status != LI_OK)
        return status;
    same = *find_statement(one, s->id);
    if (same && g->is_again && lii_slice_equal(same->json, s->json)) {
        lii_free(g->policies->allocator, s);
        g->statement = NULL;
        return LI_OK;
    }
    if (same)
        return lii_fail(err, LI_E_CONFLICT, LI_DETAIL_STATEMENT_EXISTS, s->id.ptr, s->id.len,
                        "The statement id (%.*s) provided already exists. Please provide a new statement id, or remove the "
                        "existing statement.",
                        LII_TEXT(s->id));
    if (one->bytes + s->json.len > POLICY_MAX)
        return lii_fail(err, LI_E_TOO_LARGE, LI_DETAIL_POLICY_SIZE, one->name, LI_Z, "The final policy size (%zu) is bigger than "
                        "the limit (%d).", one->bytes + s->json.len, (int)POLICY_MAX);
    return LI_OK;
}

/* With the lock of changes from then on, if it is LI_OK. */
static li_status prepare(lii_grant *g, li_slice revision, li_error *err)
{
    policies *p = g->policies;
    li_status status;
    policy *one;

    pthread_mutex_lock(&p->changing);
    pthread_mutex_lock(&p->locked.lock);
    one = policy_locked(p, g->name, 1);
    status = check_locked(one, g, revision, err);
    if (status == LI_OK && g->statement)
        status = write_row(p, one, NULL, g->statement, &g->revision, &g->row);
    pthread_mutex_unlock(&p->locked.lock);
    if (status != LI_OK)
        pthread_mutex_unlock(&p->changing);
    return status;
}

static void grant_free(lii_grant *g)
{
    lii_buf_fini(&g->row);
    lii_buf_fini(&g->json);
}

li_status lii_grant_begin(lii_grant *g, li_engine *engine, li_slice function, li_slice qualifier, const li_permission *permission,
                          li_error *err)
{
    li_permission given = LI_PERMISSION_INIT;
    li_status status = policies_of(permission ? engine : NULL, &g->policies, err);

    if (status == LI_OK)
        status = lii_options_read(&given, sizeof given, permission, "li_permission", err);
    if (status == LI_OK)
        status = lii_statement_check(&given, err);
    if (status == LI_OK)
        status = policy_name(engine, function.ptr, function.len, qualifier.ptr, qualifier.len, g->name, 1, err);
    if (status != LI_OK)
        return status;
    lii_buf_init(&g->json, g->policies->allocator);
    lii_buf_init(&g->row, g->policies->allocator);
    lii_engine_new_id(engine, &g->revision);
    lii_statement_write(engine, g->name, &given, &g->json);
    g->statement = g->json.status == LI_OK ? lii_statement_new(g->policies->allocator, &given, lii_slice(g->json.data, g->json.len))
                                           : NULL;
    status = g->statement ? prepare(g, given.revision_id, err) : LI_E_NOMEM;
    if (status != LI_OK) {
        lii_free(g->policies->allocator, g->statement);
        grant_free(g);
    }
    return status == LI_E_NOMEM ? lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for a statement") : status;
}

int lii_grant_change(const lii_grant *g, li_store_change *change)
{
    *change = change_of(g->name, lii_slice(g->row.data, g->row.len), 0);
    return g->row.len > 0;
}

void lii_grant_end(lii_grant *g, int is_kept, li_permission_told told, void *user)
{
    policies *p = g->policies;
    policy *one;

    if (is_kept && g->statement) {
        pthread_mutex_lock(&p->locked.lock);
        one = policy_locked(p, g->name, 0);
        link_statement(one, g->statement);
        one->revision = g->revision;
        pthread_mutex_unlock(&p->locked.lock);
    } else {
        lii_free(p->allocator, g->statement);
    }
    pthread_mutex_unlock(&p->changing);
    if (is_kept && told)
        told(user, g->json.data, g->json.len);
    grant_free(g);
}

li_status li_permission_add(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                            size_t qualifier_len, const li_permission *permission,
                            void (*told)(void *user, const char *json, size_t len), void *user, li_error *err)
{
    li_store_change change;
    li_status status;
    lii_grant g;

    memset(&g, 0, sizeof g);
    status = lii_grant_begin(&g, engine, lii_slice(name, name_len), lii_slice(qualifier, qualifier_len), permission, err);
    if (status != LI_OK)
        return status;
    if (lii_grant_change(&g, &change))
        status = lii_store_write(engine, &change, 1, err);
    lii_grant_end(&g, status == LI_OK, told, user);
    return status;
}

li_status li_permission_init(li_permission *permission, size_t size)
{
    static const li_permission defaults = LI_PERMISSION_INIT;

    return lii_options_init(permission, size, &defaults, sizeof defaults);
}

li_status li_permission_remove(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                               size_t qualifier_len, const char *statement_id, size_t statement_id_len,
                               const char *revision_id, size_t revision_id_len, li_error *err)
{
    li_slice id = lii_slice(statement_id, statement_id_len);
    policies *p;
    lii_statement *gone = NULL;
    char full[NAME_SIZE];
    policy *one;
    li_id next;
    lii_buf row;
    li_status status = policies_of(engine, &p, err);

    if (status == LI_OK)
        status = policy_name(engine, name, name_len, qualifier, qualifier_len, full, 0, err);
    if (status != LI_OK)
        return status;
    lii_engine_new_id(engine, &next);
    lii_buf_init(&row, p->allocator);
    pthread_mutex_lock(&p->changing);
    pthread_mutex_lock(&p->locked.lock);
    one = policy_locked(p, full, 0);
    gone = one ? *find_statement(one, id) : NULL;
    if (!gone)
        status = lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_STATEMENT_NOT_FOUND, id.ptr, id.len,
                          "Statement %.*s is not found in resource policy.", LII_TEXT(id));
    else
        status = check_revision(one, lii_slice(revision_id, revision_id_len), err);
    if (status == LI_OK)
        status = write_row(p, one, gone, NULL, &next, &row);
    pthread_mutex_unlock(&p->locked.lock);
    if (status == LI_OK)
        status = store(p, full, lii_slice(row.data, row.len), 0, err);
    if (status == LI_OK) {
        pthread_mutex_lock(&p->locked.lock);
        *find_statement(one, id) = gone->next;
        one->bytes -= gone->json.len;
        one->revision = next;
        pthread_mutex_unlock(&p->locked.lock);
        lii_free(p->allocator, gone);
    }
    pthread_mutex_unlock(&p->changing);
    lii_buf_fini(&row);
    return status;
}

/* ---- looking */

li_status li_permission_get(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                            size_t qualifier_len,
                            void (*told)(void *user, const char *json, size_t len, const char *revision_id), void *user,
                            li_error *err)
{
    policies *p;
    char full[NAME_SIZE], revision[LI_ID_TEXT_SIZE] = "";
    const policy *one;
    const lii_statement *s;
    lii_json_writer w;
    lii_buf out;
    li_status status = policies_of(told ? engine : NULL, &p, err);

    if (status == LI_OK)
        status = policy_name(engine, name, name_len, qualifier, qualifier_len, full, 1, err);
    if (status != LI_OK)
        return status;
    lii_buf_init(&out, p->allocator);
    lii_json_begin(&w, &out);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "Version", "2012-10-17", LI_Z);
    lii_json_member_string(&w, "Id", "default", LI_Z);
    lii_json_key(&w, "Statement");
    lii_json_open(&w, '[');
    pthread_mutex_lock(&p->locked.lock);
    one = policy_locked(p, full, 0);
    for (s = one ? one->first : NULL; s; s = s->next)
        lii_json_raw(&w, s->json.ptr, s->json.len);
    if (!one || !one->first)
        status = lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_STATEMENT_NOT_FOUND, full, LI_Z,
                          "The resource you requested does not exist.");
    else
        li_id_format(&one->revision, revision);
    pthread_mutex_unlock(&p->locked.lock);
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
    if (status == LI_OK && out.status != LI_OK)
        status = lii_fail(err, out.status, LI_DETAIL_NONE, NULL, 0, "no memory for the policy");
    if (status == LI_OK)
        told(user, out.data, out.len, revision);
    lii_buf_fini(&out);
    return status;
}

size_t li_permission_each(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                          size_t qualifier_len,
                          void (*each)(void *user, const char *json, size_t len, const char *warning), void *user)
{
    policies *p;
    char full[NAME_SIZE];
    const policy *one;
    const lii_statement *s;
    size_t n = 0;

    if (policies_of(each ? engine : NULL, &p, NULL) != LI_OK ||
        policy_name(engine, name, name_len, qualifier, qualifier_len, full, 0, NULL) != LI_OK)
        return 0;
    pthread_mutex_lock(&p->locked.lock);
    one = policy_locked(p, full, 0);
    for (s = one ? one->first : NULL; s; s = s->next, n++)
        each(user, s->json.ptr, s->json.len, lii_statement_warning(s));
    pthread_mutex_unlock(&p->locked.lock);
    return n;
}

int lii_policy_allows(li_engine *engine, li_slice function, const char *principal, const char *source_arn, li_slice token)
{
    policies *p = policies_get(engine);
    char full[NAME_SIZE];
    const policy *one;
    const lii_statement *s;
    int is_allowed = 0;

    if (!p || policy_name(engine, function.ptr, function.len, NULL, 0, full, 0, NULL) != LI_OK)
        return 0;
    pthread_mutex_lock(&p->locked.lock);
    one = policy_locked(p, full, 0);
    for (s = one ? one->first : NULL; s && !is_allowed; s = s->next)
        is_allowed = lii_statement_allows(s, engine, principal, lii_slice(source_arn, LI_Z), token);
    pthread_mutex_unlock(&p->locked.lock);
    return is_allowed;
}
