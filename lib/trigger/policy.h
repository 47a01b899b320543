/* policy.h - statements of resource policies. */
#ifndef LII_TRIGGER_POLICY_H
#define LII_TRIGGER_POLICY_H

#include "trigger/trigger.h"

/* Texts lie behind; {NULL, 0}: not given. */
typedef struct lii_statement {
    struct lii_statement *next;
    li_slice id, principal, source_arn, source_account, token, json;
    char texts[];
} lii_statement;

li_status lii_statement_check(li_permission *p, li_error *err);    /* measures its members, too */
void lii_statement_write(li_engine *engine, const char *name, const li_permission *p, lii_buf *out);
lii_statement *lii_statement_new(const li_allocator *allocator, const li_permission *given, li_slice json); /* NULL: no memory */
lii_statement *lii_statement_read(const li_allocator *allocator, lii_json_value json);   /* NULL: it is none, or no memory */
int lii_statement_allows(const lii_statement *s, li_engine *engine, const char *principal, li_slice arn, li_slice token);
const char *lii_statement_warning(const lii_statement *s);

#endif
