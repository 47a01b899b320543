/* aws.c - what becomes of a failed event, as AWS does it: two retries after 60 and 120 s, a ladder for throttles. */
#include <lambdainvoke/retry.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/options.h"

enum { RETRIES_MAX = 2 };
static const uint64_t age_min_ms = 60000, age_max_ms = 21600000;
static const li_retry_limits default_limits = LI_RETRY_LIMITS_INIT;
static const li_retry_aws_options default_options = LI_RETRY_AWS_OPTIONS_INIT;

li_status li_retry_limits_init(li_retry_limits *limits, size_t size)
{
    return lii_options_init(limits, size, &default_limits, sizeof default_limits);
}

li_status li_retry_aws_options_init(li_retry_aws_options *options, size_t size)
{
    return lii_options_init(options, size, &default_options, sizeof default_options);
}

/* The guide gives both ends of the ladder (1 s, 5 min) and not its factor: doubling is our choice (INV-204). */
static uint64_t ladder(const li_retry_aws_options *o, uint32_t failures)
{
    uint64_t wait = o->system_wait_ms;

    while (--failures > 0) {
        if (wait > o->system_cap_ms / 2)
            return o->system_cap_ms;
        wait *= 2;
    }
    return wait;
}

static uint64_t step(const li_retry_aws_options *o, uint32_t failures)
{
    return o->function_wait_ms > UINT64_MAX / failures ? UINT64_MAX : o->function_wait_ms * failures;
}

static uint64_t spread(const li_retry_aws_options *o, uint64_t wait, uint64_t random)
{
    uint64_t part = wait / 100 * o->jitter_percent + wait % 100 * o->jitter_percent / 100;

    return part == UINT64_MAX ? wait - random : wait - random % (part + 1);
}

static li_status decide(const li_retry_aws_options *o, const li_retry_limits *limits, int32_t fault, uint32_t failures,
                        uint64_t age_ms, uint64_t random, int32_t *verdict, uint64_t *wait_ms)
{
    li_retry_limits l = LI_RETRY_LIMITS_INIT;
    li_status status = lii_options_read(&l, sizeof l, limits, "li_retry_limits", NULL);
    uint64_t wait;

    if (status != LI_OK)
        return status;
    if (failures == 0 || (fault != LI_FAULT_FUNCTION && fault != LI_FAULT_SYSTEM) || l.max_retries > RETRIES_MAX ||
        l.max_age_ms < age_min_ms || l.max_age_ms > age_max_ms || l.reserved != 0)
        return LI_E_INVALID;
    wait = spread(o, fault == LI_FAULT_FUNCTION ? step(o, failures) : ladder(o, failures), random);
    *wait_ms = 0;
    if (fault == LI_FAULT_FUNCTION && failures > l.max_retries) {
        *verdict = LI_VERDICT_EXHAUSTED;
    } else if (age_ms > l.max_age_ms || wait > l.max_age_ms - age_ms) {
        *verdict = LI_VERDICT_EXPIRED;       /* INV-206 looks ahead */
    } else {
        *verdict = LI_VERDICT_RETRY;
        *wait_ms = wait;
    }
    return LI_OK;
}

li_status li_retry_next(const li_retry_limits *limits, int32_t fault, uint32_t failures, uint64_t age_ms,
                        int32_t *verdict, uint64_t *wait_ms)
{
    return decide(&default_options, limits, fault, failures, age_ms, 0, verdict, wait_ms);
}

static li_status policy_next(void *self, const li_retry_limits *limits, int32_t fault, uint32_t failures,
                             uint64_t age_ms, uint64_t random, int32_t *verdict, uint64_t *wait_ms)
{
    return decide(self, limits, fault, failures, age_ms, random, verdict, wait_ms);
}

static void policy_free(void *self)
{
    lii_free(&lii_malloc_allocator, self);
}

static const li_retry_policy_ops policy_ops = { sizeof policy_ops, 1, 0, "aws", policy_next, policy_free };

li_status li_retry_aws_new(const li_retry_aws_options *options, li_retry_policy *policy)
{
    li_retry_aws_options o = LI_RETRY_AWS_OPTIONS_INIT, *self;
    li_status status = lii_options_read(&o, sizeof o, options, "li_retry_aws_options", NULL);

    if (status != LI_OK)
        return status;
    if (o.jitter_percent > 100 || o.reserved != 0 || o.system_wait_ms > o.system_cap_ms || o.system_wait_ms == 0)
        return LI_E_INVALID;
    self = lii_alloc(&lii_malloc_allocator, sizeof *self);
    if (!self)
        return LI_E_NOMEM;
    *self = o;
    policy->ops = &policy_ops;
    policy->self = self;
    return LI_OK;
}
