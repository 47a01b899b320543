/* answers.h - what services make of answers whose kinds are rows otherwise. */
#ifndef LII_SERVICE_ANSWERS_H
#define LII_SERVICE_ANSWERS_H

#include "trigger/trigger.h"

/* All as lii_kind_code.answer. */
#define LII_ANSWER(name) \
    void name(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result, lii_reaction *a)
LII_ANSWER(lii_ws_answer);
LII_ANSWER(lii_edge_answer);
LII_ANSWER(lii_s3batch_answer);
LII_ANSWER(lii_alexa_answer);
LII_ANSWER(lii_lexv2_answer);

#endif
