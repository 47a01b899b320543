/* custom_resource.h - operations on CloudFormation custom resources whose answers the engine takes itself (TRG-76..78). */
#ifndef LII_SERVICE_CUSTOM_RESOURCE_H
#define LII_SERVICE_CUSTOM_RESOURCE_H

#include "service/later.h"

typedef struct lii_custom_resource {
    lii_later later;             /* first */
    atomic_int open;             /* what has not come yet: whether the function has its event, and the outcome */
    int32_t status;              /* of the outcome, as HTTP has it */
    li_trigger_answered done;    /* may be NULL */
    void *user;
    li_id request_id;            /* unless the occurrence has one */
    li_id invoked;
    uint64_t n_matched;
    const char *verdict;         /* of the outcome; static */
    const char *journal_name;
    int32_t cleans_up;
    int32_t reserved;
    lii_buf url;                 /* where the function sends its answer */
    lii_buf answer;              /* the outcome's document */
    lii_json_value object;       /* the occurrence: in text */
    char function_arn[520];
    char text[];
} lii_custom_resource;

extern const lii_trigger_kind lii_cfn_kind;

/* With a responseURL of its own an occurrence is the caller's to see to; without one it is an operation: done is told how it
 * has ended, and the URL that its event names is responseBase with a token behind it. */
li_status lii_custom_resource_begin(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user,
                                    uint64_t *n_matched, li_error *err);
/* This trigger has it: its options count. */
void lii_custom_resource_given(lii_custom_resource *operation, const li_trigger *t);
li_status lii_custom_resource_respond(li_engine *engine, li_slice token, li_slice answer, li_error *err);

#endif
