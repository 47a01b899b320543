/* seam_static.c - in the archive only: the framework's functions are there, no table is needed. */
#include "service/services.h"

void lii_services_attach(const lii_trigger_seam *seam)
{
    (void)seam;
}
