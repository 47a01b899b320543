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

/* A statement on its way into a policy. From begin, when that is LI_OK, to end no other change of a policy comes in between;
 * what is written to the store meanwhile is the caller's. Not under the registry's lock of triggers. */
enum { LII_POLICY_NAME_SIZE = 400 };
typedef struct lii_grant {
    struct policies *policies;
    lii_statement *statement;    /* NULL: the policy has it already, word for word */
    li_id revision;              /* the policy's next one */
    lii_buf json;                /* the statement's */
    lii_buf row;                 /* the policy's in the store, as it will be; empty: there is none to be written */
    int32_t is_again;            /* 1: a statement that is there, word for word, is fine */
    int32_t reserved;
    char name[LII_POLICY_NAME_SIZE];
} lii_grant;
li_status lii_grant_begin(lii_grant *g, li_engine *engine, li_slice function, li_slice qualifier, const li_permission *permission,
                          li_error *err);
int lii_grant_change(const lii_grant *g, li_store_change *change);   /* 0: nothing is to be written */
void lii_grant_end(lii_grant *g, int is_kept, li_permission_told told, void *user);

#endif
