/* mapping.h - event source mappings: a source is polled, its records come to a function in batches. */
#ifndef LAMBDAINVOKE_MAPPING_H
#define LAMBDAINVOKE_MAPPING_H

#include <lambdainvoke/source.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LI_MAPPING_REPORT_BATCH_ITEM_FAILURES = 1 }; /* response_types */

typedef struct li_mapping_spec {
    size_t size;
    li_slice source_arn;          /* ARN of a local queue; or any ARN together with source */
    li_slice function;            /* any form of INV-120, qualifier included */
    li_source source;             /* taken, also on failure; ops NULL: the local queue of source_arn */
    li_slice filters;             /* JSON array of patterns, objects or strings that hold one; any suffices; {NULL, 0}, []: all */
    li_slice on_failure;          /* streams only */
    uint64_t window_ms;           /* MaximumBatchingWindowInSeconds; 0..300000 */
    uint32_t batch_size;          /* 1..10000; default 10; more than 10 of a queue needs a window of 1 s or more */
    uint32_t max_concurrency;     /* ScalingConfig.MaximumConcurrency 2..1000; 0: none */
    uint32_t response_types;      /* LI_MAPPING_* */
    int32_t is_disabled;          /* 1: made disabled */
    const li_filter_ops *filtering; /* who reads filters: li_pattern_filter_ops(); NULL: nobody. Static */
} li_mapping_spec;
#define LI_MAPPING_SPEC_INIT                                                                            \
    { sizeof(li_mapping_spec), { NULL, 0 }, { NULL, 0 }, { NULL, NULL }, { NULL, 0 }, { NULL, 0 }, 0u, 10u, 0u, 0u, 0, \
      NULL }
LI_API li_status li_mapping_spec_init(li_mapping_spec *spec, size_t size);

/* Make a mapping; it polls from the next step (or worker) on.
 *   mapping  out, may be NULL: valid until li_mapping_remove
 * Errors: LI_E_VALIDATION, LI_E_INVALID range, function or source (detail); LI_E_CONFLICT this source and function are mapped
 *         already (*mapping is the one); LI_E_NOTSUP filters and nobody to read them, or a source that has none; LI_E_INVALID
 *         a filter is no pattern; LI_E_NOMEM; what the source's open returns. Nothing is made then.
 * Threads: any. Spec: ESM-1, 5, 8..11, 50, 55, 70..78, 220..228. Since 0.1. */
LI_API li_status li_mapping_create(li_engine *engine, const li_mapping_spec *spec, li_mapping **mapping, li_error *err);

/* Stop polling and forget the mapping; a batch in flight finishes and is settled. Errors: LI_E_NOT_FOUND.
 * Threads: any, also inside a handler. Since 0.1. */
LI_API li_status li_mapping_remove(li_engine *engine, const char *uuid, size_t uuid_len, li_error *err);

/* Enable or disable: a running batch finishes. Errors: LI_E_NOT_FOUND. Threads: any. Spec: ESM-24. Since 0.1. */
LI_API li_status li_mapping_set_enabled(li_engine *engine, const char *uuid, size_t uuid_len, int32_t is_enabled,
                                        li_error *err);

typedef struct li_mapping_info {
    size_t size;
    char uuid[40];
    char source_arn[520];
    char function[264];        /* as given */
    const char *state;         /* "Enabled", "Disabled"; static */
    uint64_t window_ms;
    uint32_t batch_size;
    uint32_t max_concurrency;
    uint32_t response_types;
    uint32_t reserved;
    uint64_t polled;           /* records taken from the source */
    uint64_t invoked;          /* batches given to the function */
    uint64_t failed;           /* batches that ended in an error */
    uint64_t deleted;          /* records settled as done */
    uint64_t filtered;         /* of them those that no filter let pass */
    uint64_t created_ms;
    const char *kind;          /* of the source: "sqs", …; as long as the mapping */
} li_mapping_info;

LI_API li_status li_mapping_describe(li_engine *engine, const char *uuid, size_t uuid_len, li_mapping_info *info);
LI_API const char *li_mapping_get_uuid(const li_mapping *mapping);

/* All mappings in order of creation. each() may call the engine. Returns how many. Threads: any. Since 0.1. */
LI_API size_t li_mapping_each(li_engine *engine, void (*each)(void *user, const li_mapping_info *info), void *user);

#ifdef __cplusplus
}
#endif
#endif
