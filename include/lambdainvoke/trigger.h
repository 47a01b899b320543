/* trigger.h - triggers: a stored row that lets one source invoke one function on its occurrences.
 *
 * A function has as many triggers as it likes; each acts as a client of its own, and each event carries the data of one
 * trigger. Kinds in this version: "custom", "s3" (object created) and "schedule" (rate). */
#ifndef LAMBDAINVOKE_TRIGGER_H
#define LAMBDAINVOKE_TRIGGER_H

#include <lambdainvoke/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct li_trigger_spec {
    size_t size;
    li_slice kind;          /* "custom", "s3", "schedule" */
    li_slice function;      /* any form of INV-120, qualifier included */
    li_slice id;            /* 1..100 of [a-zA-Z0-9-_]; {NULL, 0}: made */
    li_slice options;       /* JSON object; members by kind:
                               custom    {"source": text, "invocationType": "Event" | "RequestResponse"}
                               s3        {"bucket": text, "events": ["s3:ObjectCreated:*", …], "prefix": text, "suffix": text,
                                          "configurationId": text}
                               schedule  {"name": text, "expression": "rate(5 minutes)", "input": JSON text} */
    int32_t is_disabled;    /* 1: made disabled */
    uint32_t reserved;      /* 0 */
} li_trigger_spec;
#define LI_TRIGGER_SPEC_INIT \
    { sizeof(li_trigger_spec), { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, 0, 0u }
LI_API li_status li_trigger_spec_init(li_trigger_spec *spec, size_t size);

/* Add a trigger. A schedule's first run is one period from now (TRG-150).
 *   trigger  out, may be NULL: valid until it is removed
 * Errors: LI_E_INVALID unknown kind, options that are not valid (member, what would be right), overlap of two S3
 *         configurations of one bucket (TRG-31); LI_E_NOT_FOUND function; LI_E_CONFLICT id taken; LI_E_FULL; LI_E_NOMEM.
 *         Nothing is made then.
 * Threads: any. Spec: TRG-1, 2, 4, 22, 27..31, 149..152, 199..204. Since 0.1. */
LI_API li_status li_trigger_add(li_engine *engine, const li_trigger_spec *spec, li_trigger **trigger, li_error *err);

/* Remove, enable, disable: new deliveries stop at once, queued ones still run (TRG-9).
 * Errors: LI_E_NOT_FOUND. Threads: any. Since 0.1. */
LI_API li_status li_trigger_remove(li_engine *engine, const char *id, size_t id_len, li_error *err);
LI_API li_status li_trigger_set_enabled(li_engine *engine, const char *id, size_t id_len, int32_t is_enabled,
                                        li_error *err);

typedef struct li_trigger_info {
    size_t size;
    char id[104];
    char kind[32];
    char function[264];        /* as given */
    char source_arn[520];
    const char *options;       /* JSON as given; belongs to the trigger */
    size_t options_len;
    uint64_t created_ms;
    uint64_t deliveries;
    uint64_t failures;         /* deliveries refused by the invoke path */
    int32_t is_enabled;
    uint32_t reserved;
} li_trigger_info;

LI_API const char *li_trigger_get_id(const li_trigger *trigger);
/* Triggers of a function (name NULL: all) in order of creation, then id (TRG-11). each() may call the engine except to
 * remove triggers. Returns how many. Threads: any. Since 0.1. */
LI_API size_t li_trigger_each(li_engine *engine, const char *function, size_t function_len,
                              void (*each)(void *user, const li_trigger_info *info), void *user);

/* Something happened at a source: every enabled trigger of the kind that matches gets one event of its own.
 *   occurrence  JSON object; s3: {"bucket","key","size","eTag","versionId","eventName":"ObjectCreated:Put","principalId",
 *               "sourceIPAddress"}, custom: {"source": text, "detail": any JSON} (detail is spliced in byte for byte)
 *   n_matched   out, may be NULL: triggers that matched
 * Errors: LI_E_INVALID kind, or the occurrence (member, what would be right): nothing was delivered. A delivery that the
 *         invoke path refuses is counted at its trigger and does not stop the others.
 * Threads: any, also inside a handler. Spec: TRG-5, TRG-7. Since 0.1. */
LI_API li_status li_trigger_occur(li_engine *engine, const char *kind, size_t kind_len, const char *occurrence,
                                  size_t occurrence_len, uint64_t *n_matched, li_error *err);

/* An object was created in a bucket. */
typedef struct li_s3_occurrence {
    size_t size;
    li_slice bucket;       /* required */
    li_slice key;          /* required; as the application has it, not URL-encoded */
    li_slice event_name;   /* default "ObjectCreated:Put" */
    li_slice etag;         /* {NULL, 0}: left out */
    li_slice version_id;   /* {NULL, 0}: left out */
    li_slice principal_id; /* default "EXAMPLE" */
    li_slice source_ip;    /* default "127.0.0.1" */
    uint64_t object_size;
} li_s3_occurrence;
#define LI_S3_OCCURRENCE_INIT                                                                                        \
    { sizeof(li_s3_occurrence), { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, 0u }
LI_API li_status li_s3_occurrence_init(li_s3_occurrence *occurrence, size_t size);
LI_API li_status li_s3_occur(li_engine *engine, const li_s3_occurrence *occurrence, uint64_t *n_matched, li_error *err);

#ifdef __cplusplus
}
#endif
#endif
