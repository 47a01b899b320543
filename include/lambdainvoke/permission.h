/* permission.h - who may invoke a function: the statements of its resource policy.
 *
 * Policies are kept in the engine's store (table "policy", a row for each FUNCTION or FUNCTION:QUALIFIER, with the revision and
 * the statements as AddPermission answers them), written before a change is seen and read when policies are first asked for.
 * They go with their function, in the store in the same write.
 * A policy belongs to a function and a qualifier: the one of the unqualified function does not cover NAME:ALIAS. It is only
 * asked when the setting policy.enforce is 1; triggers of services then need a statement for their principal (TRG-2, TRG-6). */
#ifndef LAMBDAINVOKE_PERMISSION_H
#define LAMBDAINVOKE_PERMISSION_H

#include <lambdainvoke/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A statement as AddPermission has it; {NULL, 0} members set no condition. */
typedef struct li_permission {
    size_t size;
    li_slice statement_id;        /* 1..100 of [a-zA-Z0-9-_]; required */
    li_slice action;              /* "lambda:InvokeFunction", "lambda:*", …; required */
    li_slice principal;           /* a service ("s3.amazonaws.com"), an account, an ARN or "*"; required */
    li_slice source_arn;          /* may hold * and ?, part by part (TRG-18) */
    li_slice source_account;      /* 12 digits */
    li_slice event_source_token;  /* up to 256 of [a-zA-Z0-9._-] */
    li_slice principal_org_id;    /* o-… */
    li_slice function_url_auth;   /* "NONE" or "AWS_IAM" */
    li_slice revision_id;         /* only if the policy has this revision; {NULL, 0}: whatever it has */
    int32_t via_function_url;     /* 1, 0, or -1: not said */
    uint32_t reserved;            /* 0 */
} li_permission;
#define LI_PERMISSION_INIT                                                                                              \
    { sizeof(li_permission), { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, \
      { NULL, 0 }, { NULL, 0 }, -1, 0u }
LI_API li_status li_permission_init(li_permission *permission, size_t size);

/* Called with JSON: a statement, or a policy and its revision. */
typedef void (*li_permission_told)(void *user, const char *json, size_t len);
typedef void (*li_policy_told)(void *user, const char *json, size_t len, const char *revision_id);
typedef void (*li_permission_seen)(void *user, const char *json, size_t len, const char *warning);

/* Add a statement to the policy of a function and qualifier.
 *   name       any form of INV-120; qualifier may be (NULL, 0)
 *   statement  may be NULL; called with the statement's JSON as AddPermission answers it
 * Errors: LI_E_VALIDATION a member (detail STATEMENT); LI_E_NOT_FOUND function; LI_E_CONFLICT the id is taken;
 *         LI_E_PRECONDITION another revision; LI_E_TOO_LARGE the policy would be over 20480 bytes; LI_E_NOMEM. What the store says. The
 *         policy is as before then.
 * Threads: any. Spec: TRG-14..17. Since 0.1. */
LI_API li_status li_permission_add(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                   size_t qualifier_len, const li_permission *permission,
                                   li_permission_told statement, void *user, li_error *err);

/* Remove one statement. revision_id may be (NULL, 0). Errors: LI_E_NOT_FOUND; LI_E_PRECONDITION. Threads: any. Since 0.1. */
LI_API li_status li_permission_remove(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                      size_t qualifier_len, const char *statement_id, size_t statement_id_len,
                                      const char *revision_id, size_t revision_id_len, li_error *err);

/* The policy as JSON {"Version","Id","Statement":[…]} and its revision.
 * Errors: LI_E_NOT_FOUND function, or it has no policy; LI_E_NOMEM. Threads: any. Since 0.1. */
LI_API li_status li_permission_get(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                   size_t qualifier_len,
                                   li_policy_told policy, void *user, li_error *err);

/* Each statement of a policy in order of adding, as JSON; warning is a sentence about what it leaves open (a service without
 * source ARN and account: the confused deputy), else "". Returns how many. each() must not change policies.
 * Threads: any. Spec: TRG-19. Since 0.1. */
LI_API size_t li_permission_each(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                 size_t qualifier_len,
                                 li_permission_seen each, void *user);

#ifdef __cplusplus
}
#endif
#endif
