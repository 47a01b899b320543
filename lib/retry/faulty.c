/* faulty.c - a retry policy that fails to decide. */
#include "base/faulty.h"
#include "base/options.h"

typedef struct faulty_retry {
    li_faulty *faulty;
    li_retry_policy_ops ops;
    void *inner;
} faulty_retry;

static li_status faulty_next(void *self, const li_retry_limits *limits, int32_t fault, uint32_t failures, uint64_t age_ms,
                             uint64_t random, int32_t *verdict, uint64_t *wait_ms)
{
    faulty_retry *r = self;
    lii_faulty_verdict said = lii_faulty_ask(r->faulty, "next");

    if (said.action == LI_FAULTY_FAIL)
        return said.status;
    return r->ops.next(r->inner, limits, fault, failures, age_ms, random, verdict, wait_ms);
}

static void faulty_free(void *self)
{
    faulty_retry *r = self;

    if (r->ops.free)
        r->ops.free(r->inner);
    lii_faulty_free_part(r->faulty, r);
}

static const li_retry_policy_ops faulty_ops = { sizeof faulty_ops, 1, 0, "faulty", faulty_next, faulty_free };

li_status li_faulty_retry(li_faulty *faulty, const li_retry_policy *inner, li_retry_policy *out)
{
    faulty_retry *r;
    li_retry_policy_ops ops;
    li_status status;

    if (!faulty || !inner || !out)
        return LI_E_INVALID;
    status = lii_ops_read(&ops, sizeof ops, inner->ops, "li_retry_policy_ops", NULL);
    if (status == LI_OK && !ops.next)
        status = LI_E_INVALID;
    if (status != LI_OK)
        return status;
    r = lii_faulty_new_part(faulty, sizeof *r);
    if (!r) {
        if (ops.free)
            ops.free(inner->self);
        return LI_E_NOMEM;
    }
    r->faulty = faulty;
    r->ops = ops;
    r->inner = inner->self;
    out->ops = &faulty_ops;
    out->self = r;
    return LI_OK;
}
