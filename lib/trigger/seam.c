/* seam.c - the table that parts with kinds of triggers are given. */
#include "trigger/seam.h"

const lii_trigger_seam lii_trigger_seam_table = {
#define SEAM_F(type, name, parameters, arguments) .name = name,
#define SEAM_V(name, parameters, arguments) .name = name,
    LII_SEAM_MAP(SEAM_F, SEAM_V)
#undef SEAM_F
#undef SEAM_V
};
