/* target.c - retries and dead letters of targets, as EventBridge and Scheduler do them (TRG-50, 58, 61). */
#include "service/target.h"

#include <stdio.h>

/* Doubling from a second, as the guide's "exponential back off"; it gives no figures. With this cap 185 attempts take the
 * 24 hours that it names. */
enum { FIRST_MS = 1000, LAST_MS = 480000 };

static int ends_with(li_slice text, const char *end)
{
    size_t n = strlen(end);

    return text.len >= n && memcmp(text.ptr + text.len - n, end, n) == 0;
}

/* The third part of an ARN. */
static int is_of_service(li_slice arn, const char *service)
{
    size_t i, colons = 0, n = strlen(service);

    for (i = 0; i < arn.len && colons < 2; i++)
        colons += arn.ptr[i] == ':';
    return arn.len - i > n && memcmp(arn.ptr + i, service, n) == 0 && arn.ptr[i + n] == ':';
}

li_status lii_target_prepare(const li_trigger *t, lii_target *target, li_error *err)
{
    li_slice arn = lii_option_text(t, "deadLetterArn");

    target->phase.times = (uint32_t)lii_option_number(t, "maxAttempts");
    target->phase.first_ms = FIRST_MS;
    target->phase.last_ms = LAST_MS;
    target->max_age_ms = (uint64_t)lii_option_number(t, "maxAge") * 1000;
    if (arn.len > 0 && (!is_of_service(arn, "sqs") || ends_with(arn, ".fifo")))
        return lii_option_wrong("deadLetterArn", err, "it has to be a standard SQS queue");
    return LI_OK;
}

const lii_service_retry *lii_target_retry(const li_trigger *t, lii_service_retry *mine)
{
    const lii_target *target = t->state;

    memset(mine, 0, sizeof *mine);
    mine->phases = &target->phase;
    mine->n_phases = 1;
    mine->max_age_ms = target->max_age_ms;
    return mine;
}

const char *lii_target_error(li_status status)
{
    switch (status) {
    case LI_E_NOT_FOUND:
        return "NO_RESOURCE";
    case LI_E_DENIED:
        return "NO_PERMISSIONS";
    case LI_E_THROTTLED:
    case LI_E_FULL:
        return "THROTTLING";
    case LI_E_TIMEOUT:
        return "TIMEOUT";
    case LI_E_TOO_LARGE:
    case LI_E_INVALID:
    case LI_E_VALIDATION:
    case LI_E_JSON:
        return "INVALID_PARAMETER";
    default:
        return "INTERNAL_ERROR";
    }
}

static void target_arn(const li_trigger *t, char *out, size_t size)
{
    if (t->function.len > 4 && memcmp(t->function.ptr, "arn:", 4) == 0)
        snprintf(out, size, "%.*s", (int)t->function.len, t->function.ptr);
    else
        snprintf(out, size, "arn:%s:lambda:%s:%s:function:%s", li_engine_get_partition(t->engine),
                 li_engine_get_region(t->engine), li_engine_get_account(t->engine), t->journal_name);
}

void lii_target_attributes(const li_trigger *t, li_status status, uint32_t attempts, lii_attribute attribute, void *user)
{
    const lii_target *target = t->state;
    char arn[512], retries[16];

    target_arn(t, arn, sizeof arn);
    snprintf(retries, sizeof retries, "%u", attempts > 0 ? attempts - 1 : 0);
    attribute(user, "TARGET_ARN", "String", arn);
    attribute(user, "ERROR_CODE", "String", lii_target_error(status));
    attribute(user, "ERROR_MESSAGE", "String", li_strerror(status));
    if (!lii_is_client_error(status))
        attribute(user, "EXHAUSTED_RETRY_CONDITION", "String",
                  attempts > target->phase.times ? "MaximumRetryAttempts" : "MaximumEventAgeInSeconds");
    attribute(user, "RETRY_ATTEMPTS", "String", retries);
}
