/* secrets.h - rotation of secrets. */
#ifndef LII_SERVICE_SECRETS_H
#define LII_SERVICE_SECRETS_H

#include "service/services.h"

extern const lii_trigger_kind lii_secrets_kind;

/* What a rotation's schedule lacks that the grammar of rules allows: rates under four hours, minutes and years (TRG-130). */
li_status lii_rotation_check(li_slice expression, li_error *err);

#endif
