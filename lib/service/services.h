/* services.h - the rows of this part, and how it is joined to the core. */
#ifndef LII_SERVICE_SERVICES_H
#define LII_SERVICE_SERVICES_H

#include "trigger/seam.h"

void lii_services_attach(const lii_trigger_seam *seam); /* seam.c or seam_static.c */

#endif
