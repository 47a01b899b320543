/* retry.c - when a service tries again what Lambda did not accept. */
#include "trigger/trigger.h"

/* Statuses that a service sees as its own mistake: another try would end the same way. */
int lii_is_client_error(li_status status)
{
    return status == LI_E_NOT_FOUND || status == LI_E_DENIED || status == LI_E_INVALID || status == LI_E_VALIDATION ||
           status == LI_E_TOO_LARGE || status == LI_E_JSON || status == LI_E_NOTSUP;
}

int lii_service_wait(const lii_service_retry *retry, li_status status, uint32_t attempts, uint64_t age_ms,
                     uint64_t *wait_ms)
{
    uint64_t wait, done = attempts;      /* attempts made; the next is a retry numbered from 1 */
    size_t i;

    if (!retry || attempts == 0 || (lii_is_client_error(status) && !retry->is_forgiving))
        return 0;
    for (i = 0; i < retry->n_phases; i++) {
        const lii_retry_phase *p = &retry->phases[i];

        if (done > p->times) {
            done -= p->times;
            continue;
        }
        for (wait = p->first_ms; --done > 0 && wait < p->last_ms;)
            wait *= 2;
        *wait_ms = wait < p->last_ms ? wait : p->last_ms;
        return retry->max_age_ms == 0 || (age_ms <= retry->max_age_ms && *wait_ms <= retry->max_age_ms - age_ms);
    }
    return 0;
}
