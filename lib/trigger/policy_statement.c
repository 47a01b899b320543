/* policy_statement.c - one statement of a resource policy: checked, written as AddPermission answers it, read back from that,
 * and asked whether it lets a service in (TRG-14..19). */
#include <stdio.h>

#include "trigger/policy.h"

enum { ID_MAX = 100 };

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

/* ---- what is given */

static const struct rule {
    char name[20], pattern[36];  /* in the row: nothing to relocate */
    size_t offset;
    size_t max;
    int is_required;
} rules[] = {
    { "statementId", "[a-zA-Z0-9_\\-]+", offsetof(li_permission, statement_id), ID_MAX, 1 },
    { "action", "lambda:\\*|lambda:[a-zA-Z]+|\\*", offsetof(li_permission, action), 200, 1 },
    { "principal", "[^ \t\r\n]+", offsetof(li_permission, principal), 2048, 1 },
    { "sourceArn", "arn:.+", offsetof(li_permission, source_arn), 1024, 0 },
    { "sourceAccount", "[0-9]{12}", offsetof(li_permission, source_account), 12, 0 },
    { "eventSourceToken", "[a-zA-Z0-9._\\-]+", offsetof(li_permission, event_source_token), 256, 0 },
    { "principalOrgID", "o-[a-z0-9]{10,32}", offsetof(li_permission, principal_org_id), 34, 0 },
    { "functionUrlAuthType", "NONE|AWS_IAM", offsetof(li_permission, function_url_auth), 7, 0 },
};

static li_slice *member(li_permission *p, const struct rule *rule)
{
    return (li_slice *)(void *)((char *)p + rule->offset);
}

li_status lii_statement_check(li_permission *p, li_error *err)
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
    static const char *const ends[] = { ".amazonaws.com", ".amazon.com" };
    size_t i, n;

    for (i = 0; i < sizeof ends / sizeof *ends; i++) {
        n = strlen(ends[i]);
        if (principal.len > n && memcmp(principal.ptr + principal.len - n, ends[i], n) == 0)
            return 1;
    }
    return 0;
}

void lii_statement_write(li_engine *engine, const char *name, const li_permission *p, lii_buf *out)
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

lii_statement *lii_statement_new(const li_allocator *allocator, const li_permission *given, li_slice json)
{
    lii_statement *s = lii_calloc(allocator, 1, sizeof *s + given->statement_id.len + given->principal.len + given->source_arn.len +
                                                given->source_account.len + given->event_source_token.len + json.len);
    char *to;

    if (!s)
        return NULL;
    to = s->texts;
    s->id = put_text(&to, given->statement_id);
    s->principal = put_text(&to, given->principal);
    s->source_arn = put_text(&to, given->source_arn);
    s->source_account = put_text(&to, given->source_account);
    s->token = put_text(&to, given->event_source_token);
    s->json = put_text(&to, json);
    return s;
}

lii_statement *lii_statement_read(const li_allocator *allocator, lii_json_value json)
{
    static const char paths[][52] = { "Sid", "Principal", "Principal.Service", "Principal.AWS", "Condition.ArnLike.AWS:SourceArn",
                                         "Condition.StringEquals.AWS:SourceAccount",
                                         "Condition.StringEquals.lambda:EventSourceToken" };
    li_permission p = LI_PERMISSION_INIT;
    li_slice *const members[] = { &p.statement_id, &p.principal, &p.principal, &p.principal, &p.source_arn, &p.source_account,
                                  &p.event_source_token };
    char *room = lii_alloc(allocator, json.len + 1);
    lii_statement *s = NULL;
    lii_arena arena = { room };
    size_t i;

    for (i = 0; room && i < sizeof paths / sizeof *paths; i++) {
        li_slice text = lii_arena_text(&arena, lii_json_path(json, paths[i], LI_Z));

        if (text.ptr)
            *members[i] = text;
    }
    if (room && p.statement_id.len > 0 && p.principal.len > 0)
        s = lii_statement_new(allocator, &p, lii_slice(json.ptr, json.len));
    lii_free(allocator, room);
    return s;
}

/* ---- asked */

int lii_statement_allows(const lii_statement *s, li_engine *engine, const char *principal, li_slice arn, li_slice token)
{
    return (lii_slice_is(s->principal, principal) || lii_slice_is(s->principal, "*")) &&
           (!s->source_arn.ptr || arn_is_like(s->source_arn, arn)) &&
           (!s->source_account.ptr || lii_slice_is(s->source_account, li_engine_get_account(engine))) &&
           (!s->token.ptr || lii_slice_equal(s->token, token));
}

const char *lii_statement_warning(const lii_statement *s)
{
    if (!is_service(s->principal))
        return "";
    if (!s->source_arn.ptr && !s->source_account.ptr && !s->token.ptr)
        return "any resource of this service, in any account, may invoke the function: add a source ARN or account";
    if (lii_slice_is(s->principal, "s3.amazonaws.com") && !s->source_account.ptr)
        return "bucket ARNs have no account: add the source account, or a bucket of another account may invoke the function";
    return "";
}
