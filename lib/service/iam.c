/* iam.c - policies of identities looked at, and the roles by which services invoke functions (TRG-21). */
#include "service/iam.h"

#include <lambdainvoke/services.h>

#include "service/http.h"

enum { ROLES_MAX = 10000, ARN_MAX = 2048, DOCUMENT_MAX = 10240 };

/* A text or a list of them, one of which takes the text; absent: all. */
static int takes(lii_json_value patterns, li_slice text)
{
    lii_json_value entry;
    char room[2048];
    size_t at = 0, n;

    if (patterns.type == LII_JSON_NONE)
        return 1;
    if (patterns.type == LII_JSON_STRING) {
        n = lii_json_text(patterns, room, sizeof room);
        return n <= sizeof room && lii_glob_is(lii_slice(room, n), text);
    }
    while (lii_json_next(patterns, &at, NULL, &entry)) {
        n = lii_json_text(entry, room, sizeof room);
        if (entry.type == LII_JSON_STRING && n <= sizeof room && lii_glob_is(lii_slice(room, n), text))
            return 1;
    }
    return 0;
}

int lii_iam_allows(lii_json_value policy, li_slice action, li_slice resource)
{
    lii_json_value statements = lii_json_get(policy, "Statement", LI_Z), s = statements, effect;
    int is_one = statements.type == LII_JSON_OBJECT, is_allowed = 0, is_denied = 0, any = 0;
    size_t at = 0;

    if (!is_one && statements.type != LII_JSON_ARRAY)
        return -1;
    while (is_one || lii_json_next(statements, &at, NULL, &s)) {
        effect = lii_json_get(s, "Effect", LI_Z);
        if (!lii_json_text_is(effect, "Allow", 5) && !lii_json_text_is(effect, "Deny", 4))
            return -1;
        any = 1;
        if (takes(lii_json_get(s, "Action", LI_Z), action) && takes(lii_json_get(s, "Resource", LI_Z), resource)) {
            is_allowed |= lii_json_text_is(effect, "Allow", 5);
            is_denied |= lii_json_text_is(effect, "Deny", 4);
        }
        if (is_one)
            break;
    }
    return !any ? -1 : is_allowed && !is_denied;
}

/* ---- roles */

typedef struct role {
    size_t arn_len, len;
    char bytes[];                /* the ARN, and the document behind it */
} role;

typedef struct roles {
    const li_allocator *allocator;
    struct {
        pthread_mutex_t lock;    /* innermost */
        lii_table by_arn;
    } locked;
} roles;

static void *roles_make(li_engine *engine)
{
    roles *r = lii_calloc(lii_engine_allocator(engine), 1, sizeof *r);

    if (!r)
        return NULL;
    r->allocator = lii_engine_allocator(engine);
    if (pthread_mutex_init(&r->locked.lock, NULL) != 0) {
        lii_free(r->allocator, r);
        return NULL;
    }
    lii_table_init(&r->locked.by_arn, r->allocator);
    return r;
}

static void roles_free(void *registry)
{
    roles *r = registry;
    lii_table_slot *slot;
    size_t i = 0;

    for (; (slot = lii_table_next(&r->locked.by_arn, &i)) != NULL; i++)
        lii_free(r->allocator, slot->value);
    lii_table_fini(&r->locked.by_arn);
    pthread_mutex_destroy(&r->locked.lock);
    lii_free(r->allocator, r);
}

static li_status roles_of(li_engine *engine, roles **r, li_error *err)
{
    li_status status = engine ? lii_engine_check_fork(engine, err)
                              : lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine is NULL");

    *r = status == LI_OK ? lii_engine_slot(engine, LII_SLOT_ROLES, roles_make, roles_free) : NULL;
    return status != LI_OK || *r ? status : lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for roles");
}

static li_status check(li_slice arn, li_slice document, li_error *err)
{
    if (arn.len < 5 || arn.len > ARN_MAX || memcmp(arn.ptr, "arn:", 4) != 0)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_ROLE, arn.ptr, arn.len, "a role is named by an ARN of up to %d bytes", (int)ARN_MAX);
    if (document.len > DOCUMENT_MAX)
        return lii_fail(err, LI_E_TOO_LARGE, LI_DETAIL_ROLE, arn.ptr, arn.len, "a role's policy has at most %d bytes", (int)DOCUMENT_MAX);
    if (lii_json_check(document.ptr, document.len, 128, NULL) != 0 ||
        lii_iam_allows(lii_json_root(document.ptr, document.len), LII_S("a"), LII_S("b")) < 0)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_ROLE, arn.ptr, arn.len,
                        "a role's policy is JSON with a Statement, each of whose entries has the Effect Allow or Deny");
    return LI_OK;
}

li_status li_role_put(li_engine *engine, const char *arn, size_t arn_len, const char *document, size_t document_len, li_error *err)
{
    li_slice name = lii_slice(arn, arn_len), text = lii_slice(document, document_len);
    void *old = NULL;
    roles *r;
    role *one;
    li_status status = roles_of(engine, &r, err);

    if (status == LI_OK)
        status = check(name, text, err);
    if (status != LI_OK)
        return status;
    one = lii_alloc(r->allocator, sizeof *one + name.len + text.len);
    if (!one)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a role");
    one->arn_len = name.len;
    one->len = text.len;
    memcpy(one->bytes, name.ptr, name.len);
    memcpy(one->bytes + name.len, text.ptr, text.len);
    pthread_mutex_lock(&r->locked.lock);
    if (r->locked.by_arn.count >= ROLES_MAX && !lii_table_get(&r->locked.by_arn, name.ptr, name.len)) {
        status = LI_E_FULL;
    } else {
        status = lii_table_reserve(&r->locked.by_arn, 1);
        if (status == LI_OK) {
            old = lii_table_remove(&r->locked.by_arn, name.ptr, name.len);
            lii_table_put(&r->locked.by_arn, one->bytes, name.len, one, NULL);   /* there is room */
            one = NULL;
        }
    }
    pthread_mutex_unlock(&r->locked.lock);
    lii_free(r->allocator, old);
    lii_free(r->allocator, one);
    return status == LI_OK ? LI_OK
                           : lii_fail(err, status, LI_DETAIL_ROLE, name.ptr, name.len,
                                      status == LI_E_FULL ? "an engine has at most 10000 roles" : "no memory for a role");
}

li_status li_role_remove(li_engine *engine, const char *arn, size_t arn_len, li_error *err)
{
    li_slice name = lii_slice(arn, arn_len);
    void *gone;
    roles *r;
    li_status status = roles_of(engine, &r, err);

    if (status != LI_OK)
        return status;
    pthread_mutex_lock(&r->locked.lock);
    gone = name.ptr ? lii_table_remove(&r->locked.by_arn, name.ptr, name.len) : NULL;
    pthread_mutex_unlock(&r->locked.lock);
    if (!gone)
        return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_ROLE, name.ptr, name.len, "no such role");
    lii_free(r->allocator, gone);
    return LI_OK;
}

int lii_role_allows(const li_trigger *t)
{
    li_slice arn = lii_option_text(t, "roleArn");
    int is_allowed = 0;
    const role *one;
    roles *r;

    if (arn.len == 0)
        return 1;
    if (roles_of(t->engine, &r, NULL) != LI_OK)
        return 0;
    pthread_mutex_lock(&r->locked.lock);
    one = lii_table_get(&r->locked.by_arn, arn.ptr, arn.len);
    if (one)
        is_allowed = lii_iam_allows(lii_json_root(one->bytes + one->arn_len, one->len), LII_S("lambda:InvokeFunction"),
                                    lii_slice(t->function_arn, LI_Z)) == 1;
    pthread_mutex_unlock(&r->locked.lock);
    return is_allowed;
}
