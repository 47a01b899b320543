/* version.h - versions and aliases of a function, and provisioned concurrency.
 *
 * $LATEST is what registering and updating change. Publishing freezes it under the next number: code, handler and settings
 * of a version never change. An alias is a name for a version, or for two with a weight. Reserved concurrency, event
 * invoke configs and tags belong to the function or to its qualifiers, not to the frozen version. */
#ifndef LAMBDAINVOKE_VERSION_H
#define LAMBDAINVOKE_VERSION_H

#include <lambdainvoke/function.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct li_version_spec {
    size_t size;
    li_slice description;   /* {NULL, 0}: that of $LATEST */
    li_slice revision_id;   /* {NULL, 0}: any; else publish only if $LATEST has this revision */
} li_version_spec;
#define LI_VERSION_SPEC_INIT { sizeof(li_version_spec), { NULL, 0 }, { NULL, 0 } }
LI_API li_status li_version_spec_init(li_version_spec *spec, size_t size);

/* Publish $LATEST as the next version. Nothing changed since the newest version: that one is the answer, and nothing is made.
 *   name  name or unqualified ARN      spec  borrowed; NULL: defaults      info  out, may be NULL: the version
 * Errors: LI_E_NOT_FOUND; LI_E_VALIDATION qualified name, description; LI_E_PRECONDITION another revision; LI_E_FULL
 *         limits.versions; LI_E_NOMEM. Nothing has changed then.
 * Threads: any, also inside a handler. Spec: INV-630, INV-632. Since 0.1. */
LI_API li_status li_version_publish(li_engine *engine, const char *name, size_t name_len, const li_version_spec *spec,
                                    li_function_info *info, li_error *err);

/* Remove a published version, with its event config and its permissions. Running invocations finish; waiting events addressed
 * to it end as those of a removed function do, by the config that it had. Its number is not used again. A version that is not
 * there (any more) is LI_OK.
 * Errors: LI_E_NOT_FOUND function; LI_E_VALIDATION not a number; LI_E_CONFLICT an alias uses it (err->subject names it).
 * Threads: any. Since 0.1. */
LI_API li_status li_version_remove(li_engine *engine, const char *name, size_t name_len, const char *version,
                                   size_t version_len, li_error *err);

#define LI_AFTER_LATEST UINT64_MAX

/* $LATEST and then the versions in order of number, at most max of them. Who lists by pages goes on with the last number.
 *   after  0: from $LATEST on; LI_AFTER_LATEST: from the first number on; else from the number behind that one
 * each() may call the engine. Errors: LI_E_NOT_FOUND. Threads: any. Since 0.1. */
LI_API li_status li_version_each(li_engine *engine, const char *name, size_t name_len, uint64_t after, size_t max,
                                 void (*each)(void *user, const li_function_info *info), void *user, li_error *err);

typedef struct li_alias_spec {
    size_t size;
    li_slice name;                /* 1..128 of [a-zA-Z0-9-_], not only digits; required */
    li_slice function_version;    /* "$LATEST" or digits; required to create, {NULL, 0} keeps it in an update */
    li_slice description;         /* up to 256 bytes; {NULL, 0}: none, or kept */
    li_slice additional_version;  /* the second version; {NULL, 0}: none, or kept; "" clears it in an update */
    li_slice revision_id;         /* update: only if the alias has this revision */
    double weight;                /* share of the second version, 0..1 */
} li_alias_spec;
#define LI_ALIAS_SPEC_INIT \
    { sizeof(li_alias_spec), { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, 0.0 }
LI_API li_status li_alias_spec_init(li_alias_spec *spec, size_t size);

typedef struct li_alias_info {
    size_t size;
    char name[136];
    char arn[328];
    char function_version[24];
    char additional_version[24];  /* "" none */
    char description[264];
    char revision_id[40];
    double weight;                /* of the additional version; 0 without one */
} li_alias_info;

/* Make, change, look up or remove an alias. Events wait under the alias and find its version at each attempt (INV-212).
 *   name  name or unqualified ARN      spec  borrowed for the call      info  out, may be NULL
 * Errors: LI_E_NOT_FOUND function, version (create, update), or alias (get, update); removing one that is not there is
 *         LI_OK. LI_E_CONFLICT it exists (create). LI_E_VALIDATION name, weight. LI_E_INVALID both versions are the same,
 *         or one is $LATEST with weights. LI_E_PRECONDITION another revision. An alias with provisioned concurrency goes with it
 *         to another version, but not to one that is provisioned already (LI_E_CONFLICT) nor to $LATEST (LI_E_INVALID).
 *         LI_E_NOMEM. Nothing has changed then.
 * With an alias go its event config and its permissions: one of the same name that is made later has none. Waiting events end
 * as those of a removed function do, by the config that it had, unless it is made again before.
 * Threads: any. Spec: INV-130, INV-633..636. Since 0.1. */
LI_API li_status li_alias_create(li_engine *engine, const char *name, size_t name_len, const li_alias_spec *spec,
                                 li_alias_info *info, li_error *err);
LI_API li_status li_alias_update(li_engine *engine, const char *name, size_t name_len, const li_alias_spec *spec,
                                 li_alias_info *info, li_error *err);
LI_API li_status li_alias_get(li_engine *engine, const char *name, size_t name_len, const char *alias, size_t alias_len,
                              li_alias_info *info, li_error *err);
LI_API li_status li_alias_remove(li_engine *engine, const char *name, size_t name_len, const char *alias,
                                 size_t alias_len, li_error *err);
/* All aliases of a function in order of name. each() may call the engine. Errors: LI_E_NOT_FOUND function; LI_E_NOMEM. */
LI_API li_status li_alias_each(li_engine *engine, const char *name, size_t name_len,
                               void (*each)(void *user, const li_alias_info *info), void *user, li_error *err);

enum { LI_PROVISIONED_IN_PROGRESS = 1, LI_PROVISIONED_READY = 2, LI_PROVISIONED_FAILED = 3 };

typedef struct li_provisioned_info {
    size_t size;
    char qualifier[136];     /* as it was asked for: a version or an alias */
    char reason[64];         /* of FAILED: "FUNCTION_ERROR_INIT_FAILURE" */
    uint64_t requested;
    uint64_t allocated;      /* environments, initialised or on their way */
    uint64_t available;      /* initialised */
    uint64_t modified_ms;    /* Unix milliseconds */
    int32_t status;          /* LI_PROVISIONED_* */
    uint32_t reserved;       /* 0 */
} li_provisioned_info;

/* Provisioned concurrency: n environments of a version, or of the version that an alias names, that are initialised ahead
 * and stay. Their initialisation is work of the engine like any other: IN_PROGRESS until it is driven. An invocation takes a
 * free one first, then concurrency on demand (INV-306).
 *   qualifier  a version or an alias      n  1 and more      info  out, may be NULL
 * Errors: LI_E_NOT_FOUND function or qualifier (put), or no config (get; detail PROVISIONED_MISSING); LI_E_INVALID $LATEST, or
 *         more than the reservation or the account leaves (detail); LI_E_CONFLICT the version is provisioned by another
 *         qualifier; LI_E_VALIDATION n; LI_E_NOMEM. Nothing has changed then. Removing what is not there is LI_OK.
 * Threads: any. Spec: INV-306, INV-320..326. Since 0.1. */
LI_API li_status li_provisioned_put(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                    size_t qualifier_len, uint64_t n, li_provisioned_info *info, li_error *err);
LI_API li_status li_provisioned_get(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                    size_t qualifier_len, li_provisioned_info *info, li_error *err);
LI_API li_status li_provisioned_remove(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                       size_t qualifier_len, li_error *err);

#ifdef __cplusplus
}
#endif
#endif
