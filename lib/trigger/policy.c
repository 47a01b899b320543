/* policy.c - resource policies: statements by function and qualifier, and the question whether a service may (TRG-14..20). */
#include <stdio.h>

#include "base/options.h"
#include "engine/names.h"
#include "trigger/trigger.h"

enum { POLICY_MAX = 20480, ID_MAX = 100 };

/* Texts lie behind, each ending in NUL; empty: not given. */
typedef struct statement {
    struct statement *next;
    li_slice id, principal, source_arn, source_account, token;
    char *json;
    size_t json_len;
    char texts[];
} statement;

typedef struct policy {
    statement *first;
    size_t bytes;                /* of all statements */
    li_id revision;
    char name[400];              /* FUNCTION or FUNCTION:QUALIFIER */
} policy;

typedef struct policies {
    li_engine *engine;
    const li_allocator *allocator;
    struct {
        pthread_mutex_t lock;    /* innermost: nothing else is taken under it */
        lii_table by_name;
    } locked;
} policies;

static void *policies_make(li_engine *engine)
{
    policies *p = lii_calloc(lii_engine_allocator(engine), 1, sizeof *p);

    if (!p)
        return NULL;
    p->engine = engine;
    p->allocator = lii_engine_allocator(engine);
    if (pthread_mutex_init(&p->locked.lock, NULL) != 0) {
        lii_free(p->allocator, p);
        return NULL;
    }
    lii_table_init(&p->locked.by_name, p->allocator);
    return p;
}

static void statement_free(policies *p, statement *s)
{
    lii_free(p->allocator, s->json);
    lii_free(p->allocator, s);
}

static void policies_free(void *registry)
{
    policies *p = registry;
    lii_table_slot *slot;
    size_t index = 0;

    while ((slot = lii_table_next(&p->locked.by_name, &index)) != NULL) {
        policy *one = slot->value;
        statement *s, *next;

        for (s = one->first; s; s = next) {
            next = s->next;
            statement_free(p, s);
        }
        lii_free(p->allocator, one);
        index++;
    }
    lii_table_fini(&p->locked.by_name);
    pthread_mutex_destroy(&p->locked.lock);
    lii_free(p->allocator, p);
}

static policies *policies_get(li_engine *engine)
{
    return lii_engine_slot(engine, LII_SLOT_POLICIES, policies_make, policies_free);
}

static li_status policies_of(li_engine *engine, policies **p, li_error *err)
{
    li_status status = engine ? lii_engine_check_fork(engine, err)
                              : lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine and callback are needed");

    *p = status == LI_OK ? policies_get(engine) : NULL;
    return status != LI_OK || *p ? status : lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for policies");
}

/* ---- ArnLike (TRG-18) */

/* * is any characters, ? is one; linear with one place to go back to. */
static int is_like(const char *pattern, const char *pattern_end, const char *text, const char *text_end)
{
    const char *star = NULL, *back = NULL;

    while (text < text_end) {
        if (pattern < pattern_end && *pattern == '*') {
            star = ++pattern;
            back = text;
        } else if (pattern < pattern_end && (*pattern == '?' || *pattern == *text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++back;
        } else {
            return 0;
        }
    }
    while (pattern < pattern_end && *pattern == '*')
        pattern++;
    return pattern == pattern_end;
}

static const char *part_end(const char *p, const char *end, int is_last)
{
    const char *colon = is_last ? NULL : memchr(p, ':', (size_t)(end - p));

    return colon ? colon : end;
}

static int arn_is_like(li_slice pattern, li_slice arn)
{
    const char *p = pattern.ptr, *p_end = p + pattern.len, *a = arn.ptr, *a_end = a + arn.len;
    int part;

    for (part = 0; part < 6; part++) {
        const char *pe = part_end(p, p_end, part == 5), *ae = part_end(a, a_end, part == 5);

        if (!is_like(p, pe, a, ae) || (pe == p_end) != (ae == a_end))
            return 0;
        if (pe == p_end)
            return 1;
        p = pe + 1;
        a = ae + 1;
    }
    return 1;
}

/* ---- names */

static li_status policy_name(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                             size_t qualifier_len, char out[400], int must_exist, li_error *err)
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
    snprintf(out, 400, "%.*s%s%.*s", LII_TEXT(parsed.function), parsed.qualifier.len ? ":" : "",
             LII_TEXT(parsed.qualifier));
    return LI_OK;
}

/* ---- statements */

static const struct rule {
    const char *name, *pattern;
    size_t offset;
    size_t max;
    int is_required;
} rules[] = {
    { "statementId", "[a-zA-Z0-9_\\-]+", offsetof(li_permission, statement_id), ID_MAX, 1 },
    { "action", "lambda:\\*|lambda:[a-zA-Z]+|\\*", offsetof(li_permission, action), 200, 1 },
    { "principal", "[^ \t\r\n]+", offsetof(li_permission, principal), 2048, 1 },
    { "sourceArn", "arn:[^ ]+", offsetof(li_permission, source_arn), 1024, 0 },
    { "sourceAccount", "[0-9]{12}", offsetof(li_permission, source_account), 12, 0 },
    { "eventSourceToken", "[a-zA-Z0-9._\\-]+", offsetof(li_permission, event_source_token), 256, 0 },
    { "principalOrgID", "o-[a-z0-9]{10,32}", offsetof(li_permission, principal_org_id), 34, 0 },
    { "functionUrlAuthType", "NONE|AWS_IAM", offsetof(li_permission, function_url_auth), 7, 0 },
};

static li_slice *member(li_permission *p, const struct rule *rule)
{
    return (li_slice *)(void *)((char *)p + rule->offset);
}

static li_status check(li_permission *p, li_error *err)
{
    size_t i;

    for (i = 0; i < sizeof rules / sizeof *rules; i++) {
        li_slice *text = member(p, &rules[i]);

        *text = lii_measured(*text);
        if (!text->ptr && !rules[i].is_required)
            continue;
        if (text->len > rules[i].max || text->len == 0 || !lii_pattern_is(rules[i].pattern, *text))
            return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_STATEMENT, rules[i].name, LI_Z,
                            "%s: up to %zu characters that satisfy %s", rules[i].name, rules[i].max, rules[i].pattern);
    }
    p->revision_id = lii_measured(p->revision_id);
    if (p->via_function_url < -1 || p->via_function_url > 1)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_STATEMENT, "invokedViaFunctionUrl", LI_Z,
                        "invokedViaFunctionUrl is 1, 0 or -1");
    return LI_OK;
}

static void write_condition(lii_json_writer *w, int *n, const char *operator, const char *key, li_slice value)
{
    if (!value.ptr)
        return;
    if ((*n)++ == 0) {
        lii_json_key(w, "Condition");
        lii_json_open(w, '{');
    }
    lii_json_key(w, operator);
    lii_json_open(w, '{');
    lii_json_member_string(w, key, value.ptr, value.len);
    lii_json_close(w, '}');
}

/* StringEquals may hold several keys: they share one object, so it is written by itself. */
static void write_equals(lii_json_writer *w, int *n, const li_permission *p)
{
    const struct {
        const char *key;
        li_slice value;
    } keys[] = { { "AWS:SourceAccount", p->source_account },
                 { "lambda:EventSourceToken", p->event_source_token },
                 { "aws:PrincipalOrgID", p->principal_org_id },
                 { "lambda:FunctionUrlAuthType", p->function_url_auth } };
    size_t i;
    int is_open = 0;

    for (i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!keys[i].value.ptr)
            continue;
        if (!is_open++) {
            if ((*n)++ == 0) {
                lii_json_key(w, "Condition");
                lii_json_open(w, '{');
            }
            lii_json_key(w, "StringEquals");
            lii_json_open(w, '{');
        }
        lii_json_member_string(w, keys[i].key, keys[i].value.ptr, keys[i].value.len);
    }
    if (is_open)
        lii_json_close(w, '}');
}

static int is_service(li_slice principal)
{
    return principal.len > 14 && memcmp(principal.ptr + principal.len - 14, ".amazonaws.com", 14) == 0;
}

static void write_statement(li_engine *engine, const char *name, const li_permission *p, lii_buf *out)
{
    char resource[520];
    lii_json_writer w;
    int n = 0;

    snprintf(resource, sizeof resource, "arn:%s:lambda:%s:%s:function:%s", li_engine_get_partition(engine),
             li_engine_get_region(engine), li_engine_get_account(engine), name);
    lii_json_begin(&w, out);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "Sid", p->statement_id.ptr, p->statement_id.len);
    lii_json_member_string(&w, "Effect", "Allow", LI_Z);
    lii_json_key(&w, "Principal");
    if (lii_slice_is(p->principal, "*")) {
        lii_json_string(&w, "*", 1);
    } else {
        lii_json_open(&w, '{');
        lii_json_member_string(&w, is_service(p->principal) ? "Service" : "AWS", p->principal.ptr, p->principal.len);
        lii_json_close(&w, '}');
    }
    lii_json_member_string(&w, "Action", p->action.ptr, p->action.len);
    lii_json_member_string(&w, "Resource", resource, LI_Z);
    write_equals(&w, &n, p);
    write_condition(&w, &n, "ArnLike", "AWS:SourceArn", p->source_arn);
    if (p->via_function_url >= 0)
        write_condition(&w, &n, "Bool", "lambda:InvokedViaFunctionUrl", lii_slice(p->via_function_url ? "true" : "false", LI_Z));
    if (n > 0)
        lii_json_close(&w, '}');
    lii_json_close(&w, '}');
}

static li_slice put_text(char **to, li_slice text)
{
    li_slice copy = { NULL, 0 };

    if (!text.ptr)
        return copy;
    memcpy(*to, text.ptr, text.len);
    copy = lii_slice(*to, text.len);
    *to += text.len;
    return copy;
}

static statement *statement_new(policies *p, const li_permission *given, lii_buf *json)
{
    statement *s = lii_calloc(p->allocator, 1, sizeof *s + given->statement_id.len + given->principal.len +
                                                   given->source_arn.len + given->source_account.len +
                                                   given->event_source_token.len);
    char *to;

    if (!s || json->status != LI_OK) {
        lii_free(p->allocator, s);
        return NULL;
    }
    to = s->texts;
    s->id = put_text(&to, given->statement_id);
    s->principal = put_text(&to, given->principal);
    s->source_arn = put_text(&to, given->source_arn);
    s->source_account = put_text(&to, given->source_account);
    s->token = put_text(&to, given->event_source_token);
    s->json = lii_buf_take(json, &s->json_len);
    return s;
}

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

/* Behind the last one, or where one of this id is. */
static statement **find_statement(policy *one, li_slice id)
{
    statement **link = &one->first;

    while (*link && !lii_slice_equal((*link)->id, id))
        link = &(*link)->next;
    return link;
}

static li_status link_locked(policies *p, const char *name, statement *s, li_slice revision, const li_id *next, li_error *err)
{
    policy *one = policy_locked(p, name, 1);
    statement **link = one ? find_statement(one, s->id) : NULL;
    li_status status;

    if (!one)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a policy");
    status = check_revision(one, revision, err);
    if (status != LI_OK)
        return status;
    if (*link)
        return lii_fail(err, LI_E_CONFLICT, LI_DETAIL_STATEMENT_EXISTS, s->id.ptr, s->id.len,
                        "The statement id (%.*s) provided already exists. Please provide a new statement id, or remove the "
                        "existing statement.",
                        LII_TEXT(s->id));
    if (one->bytes + s->json_len > POLICY_MAX)
        return lii_fail(err, LI_E_TOO_LARGE, LI_DETAIL_POLICY_SIZE, name, LI_Z, "The final policy size (%zu) is bigger than "
                        "the limit (%d).", one->bytes + s->json_len, (int)POLICY_MAX);
    one->bytes += s->json_len;
    one->revision = *next;
    *link = s;
    return LI_OK;
}

li_status li_permission_add(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                            size_t qualifier_len, const li_permission *permission,
                            void (*told)(void *user, const char *json, size_t len), void *user, li_error *err)
{
    li_permission given = LI_PERMISSION_INIT;
    char full[400];
    policies *p;
    statement *s;
    lii_buf json;
    li_id next;
    li_status status;

    if (!engine || !permission)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine and permission are needed");
    status = lii_engine_check_fork(engine, err);
    if (status == LI_OK)
        status = lii_options_read(&given, sizeof given, permission, "li_permission", err);
    if (status == LI_OK)
        status = check(&given, err);
    if (status == LI_OK)
        status = policy_name(engine, name, name_len, qualifier, qualifier_len, full, 1, err);
    if (status != LI_OK)
        return status;
    p = policies_get(engine);
    lii_buf_init(&json, lii_engine_allocator(engine));
    write_statement(engine, full, &given, &json);
    s = p ? statement_new(p, &given, &json) : NULL;
    lii_buf_fini(&json);
    if (!s)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a statement");
    lii_engine_new_id(engine, &next);
    pthread_mutex_lock(&p->locked.lock);
    status = link_locked(p, full, s, given.revision_id, &next, err);
    pthread_mutex_unlock(&p->locked.lock);
    if (status == LI_OK && told) {
        lii_buf_init(&json, lii_engine_allocator(engine));
        write_statement(engine, full, &given, &json);
        told(user, json.data, json.len);
        lii_buf_fini(&json);
    }
    if (status != LI_OK)
        statement_free(p, s);
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
    statement *gone = NULL, **link;
    char full[400];
    policy *one;
    li_id next;
    li_status status = policies_of(engine, &p, err);

    if (status == LI_OK)
        status = policy_name(engine, name, name_len, qualifier, qualifier_len, full, 0, err);
    if (status != LI_OK)
        return status;
    lii_engine_new_id(engine, &next);
    pthread_mutex_lock(&p->locked.lock);
    one = policy_locked(p, full, 0);
    link = one ? find_statement(one, id) : NULL;
    if (!link || !*link)
        status = lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_STATEMENT_NOT_FOUND, id.ptr, id.len,
                          "Statement %.*s is not found in resource policy.", LII_TEXT(id));
    else
        status = check_revision(one, lii_slice(revision_id, revision_id_len), err);
    if (status == LI_OK) {
        gone = *link;
        *link = gone->next;
        one->bytes -= gone->json_len;
        one->revision = next;
    }
    pthread_mutex_unlock(&p->locked.lock);
    if (gone)
        statement_free(p, gone);
    return status;
}

/* ---- looking */

li_status li_permission_get(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                            size_t qualifier_len,
                            void (*told)(void *user, const char *json, size_t len, const char *revision_id), void *user,
                            li_error *err)
{
    policies *p;
    char full[400], revision[LI_ID_TEXT_SIZE] = "";
    const policy *one;
    const statement *s;
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
        lii_json_raw(&w, s->json, s->json_len);
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

static const char *warning_of(const statement *s)
{
    if (!is_service(s->principal))
        return "";
    if (!s->source_arn.ptr && !s->source_account.ptr && !s->token.ptr)
        return "any resource of this service, in any account, may invoke the function: add a source ARN or account";
    if (lii_slice_is(s->principal, "s3.amazonaws.com") && !s->source_account.ptr)
        return "bucket ARNs have no account: add the source account, or a bucket of another account may invoke the function";
    return "";
}

size_t li_permission_each(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                          size_t qualifier_len,
                          void (*each)(void *user, const char *json, size_t len, const char *warning), void *user)
{
    policies *p;
    char full[400];
    const policy *one;
    const statement *s;
    size_t n = 0;

    if (policies_of(each ? engine : NULL, &p, NULL) != LI_OK ||
        policy_name(engine, name, name_len, qualifier, qualifier_len, full, 0, NULL) != LI_OK)
        return 0;
    pthread_mutex_lock(&p->locked.lock);
    one = policy_locked(p, full, 0);
    for (s = one ? one->first : NULL; s; s = s->next, n++)
        each(user, s->json, s->json_len, warning_of(s));
    pthread_mutex_unlock(&p->locked.lock);
    return n;
}

int lii_policy_allows(li_engine *engine, li_slice function, const char *principal, const char *source_arn, li_slice token)
{
    policies *p = policies_get(engine);
    li_slice arn = lii_slice(source_arn, LI_Z);
    char full[400];
    const policy *one;
    const statement *s;
    int is_allowed = 0;

    if (!p || policy_name(engine, function.ptr, function.len, NULL, 0, full, 0, NULL) != LI_OK)
        return 0;
    pthread_mutex_lock(&p->locked.lock);
    one = policy_locked(p, full, 0);
    for (s = one ? one->first : NULL; s && !is_allowed; s = s->next)
        is_allowed = (lii_slice_is(s->principal, principal) || lii_slice_is(s->principal, "*")) &&
                     (!s->source_arn.ptr || arn_is_like(s->source_arn, arn)) &&
                     (!s->source_account.ptr || lii_slice_is(s->source_account, li_engine_get_account(engine))) &&
                     (!s->token.ptr || lii_slice_equal(s->token, token));
    pthread_mutex_unlock(&p->locked.lock);
    return is_allowed;
}
