/* target.h - what targets of EventBridge rules and of Scheduler have in common: limits of retries, and dead letters. */
#ifndef LII_SERVICE_TARGET_H
#define LII_SERVICE_TARGET_H

#include "trigger/firing.h"
#include "trigger/trigger.h"

/* First in the state of a trigger of these kinds. */
typedef struct lii_target {
    lii_firing firing;
    lii_retry_phase phase;     /* of the retry limits */
    uint64_t max_age_ms;
} lii_target;

/* Rows of the form that both have. */
#define LII_TARGET_FIELDS                                                                                              \
    { "maxAge", "Maximum event age", LII_FIELD_INTEGER, 0, "86400", 60, 86400, NULL, NULL, NULL, "seconds", NULL },   \
    { "maxAttempts", "Retry attempts", LII_FIELD_INTEGER, 0, "185", 0, 185, NULL, NULL, NULL, NULL, NULL },           \
    { "deadLetterArn", "Dead-letter queue", LII_FIELD_ARN, 0, NULL, 1, 1600, NULL, NULL, NULL,                        \
      "a standard queue; gets what could not be delivered", NULL }

/* After the form was read: the limits, and whether the dead-letter queue can be one. */
li_status lii_target_prepare(const li_trigger *t, lii_target *target, li_error *err);
const lii_service_retry *lii_target_retry(const li_trigger *t, lii_service_retry *mine);

typedef void (*lii_attribute)(void *user, const char *name, const char *type, const char *value);
/* Attributes of a dead letter that say which target failed, why, and after how many retries. */
void lii_target_attributes(const li_trigger *t, li_status status, uint32_t attempts, lii_attribute attribute, void *user);
const char *lii_target_error(li_status status); /* the service's word for it (ERROR_CODE) */

#endif
