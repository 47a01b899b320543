/* iam.h - policies of identities: those that authorizers answer with, and those of roles. */
#ifndef LII_SERVICE_IAM_H
#define LII_SERVICE_IAM_H

#include "trigger/trigger.h"

/* 1 allowed, 0 denied, -1: it is no policy. What denies counts more than what allows; conditions are not looked at. */
int lii_iam_allows(lii_json_value policy, li_slice action, li_slice resource);
/* Does the trigger's role let its service invoke the function? One that is made for the trigger does. */
int lii_role_allows(const li_trigger *t);

#endif
