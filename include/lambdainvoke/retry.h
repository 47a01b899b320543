/* retry.h - what becomes of an asynchronous event whose attempt failed. */
#ifndef LAMBDAINVOKE_RETRY_H
#define LAMBDAINVOKE_RETRY_H

#include <lambdainvoke/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    LI_FAULT_FUNCTION = 1, /* the handler ran and failed, or there is no such function any more */
    LI_FAULT_SYSTEM = 2    /* it never ran: throttled, no environment */
};
enum { LI_VERDICT_RETRY = 1, LI_VERDICT_EXHAUSTED = 2, LI_VERDICT_EXPIRED = 3 };

typedef struct li_retry_limits {
    size_t size;
    uint64_t max_age_ms;   /* since acceptance; 60000..21600000 */
    uint32_t max_retries;  /* spent by function faults only; 0..2 */
    uint32_t reserved;     /* 0 */
} li_retry_limits;
#define LI_RETRY_LIMITS_INIT { sizeof(li_retry_limits), 21600000u, 2u, 0u }
LI_API li_status li_retry_limits_init(li_retry_limits *limits, size_t size);

/* AWS's policy: 60 s before the second attempt and 120 s before the third; throttles and system errors 1 s, 2 s, 4 s …
 * up to 300 s until the event is too old. A retry that would start after the age limit is not made.
 *   limits   borrowed for the call; NULL means LI_RETRY_LIMITS_INIT
 *   fault    LI_FAULT_*
 *   failures attempts that ended in this fault, this one included; >= 1
 *   age_ms   clock time since the event was accepted
 *   verdict  out: LI_VERDICT_*
 *   wait_ms  out: pause before the next attempt; 0 unless RETRY
 * Errors:  LI_E_INVALID no failure, unknown fault, limit out of range;
 *          LI_E_NOTSUP limits use a member this library does not know.
 * Threads: any; pure: no lock, no allocation, no callback.
 * Spec:    INV-203, INV-204, INV-206, INV-217.  Since 0.1. */
LI_API li_status li_retry_next(const li_retry_limits *limits, int32_t fault, uint32_t failures, uint64_t age_ms,
                               int32_t *verdict, uint64_t *wait_ms);

/* A policy of your own. next has the contract of li_retry_next and is called from any thread, many at once; random is
 * 64 bits of the engine's seeded generator, for jitter. */
typedef struct li_retry_policy_ops {
    size_t size;
    uint32_t version; /* 1 */
    uint32_t caps;    /* 0 */
    const char *name;
    li_status (*next)(void *self, const li_retry_limits *limits, int32_t fault, uint32_t failures, uint64_t age_ms,
                      uint64_t random, int32_t *verdict, uint64_t *wait_ms); /* required */
    void (*free)(void *self);                                                /* NULL: the caller keeps self */
} li_retry_policy_ops;

typedef struct li_retry_policy {
    const li_retry_policy_ops *ops; /* static; NULL: AWS's policy */
    void *self;
} li_retry_policy;

/* AWS's policy as a table, with waits of your own.
 * jitter_percent spreads each wait evenly over wait * (1 - j/100) … wait; 0 keeps INV-219's time lines exact. */
typedef struct li_retry_aws_options {
    size_t size;
    uint64_t function_wait_ms;  /* times the number of function failures; default 60000 */
    uint64_t system_wait_ms;    /* first wait; doubles; default 1000 */
    uint64_t system_cap_ms;     /* default 300000 */
    uint32_t jitter_percent;    /* 0..100, default 0 */
    uint32_t reserved;          /* 0 */
} li_retry_aws_options;
#define LI_RETRY_AWS_OPTIONS_INIT { sizeof(li_retry_aws_options), 60000u, 1000u, 300000u, 0u, 0u }
LI_API li_status li_retry_aws_options_init(li_retry_aws_options *options, size_t size);

/* Errors: LI_E_NOMEM; LI_E_INVALID options out of range. The policy is freed by the engine that it is given to.
 * Threads: any. Since 0.1. */
LI_API li_status li_retry_aws_new(const li_retry_aws_options *options, li_retry_policy *policy);

#ifdef __cplusplus
}
#endif
#endif
