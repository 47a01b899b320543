/* intern.h - texts that are kept once each until the end, for lines that point to them. Not locked. */
#ifndef LII_BASE_INTERN_H
#define LII_BASE_INTERN_H

#include "base/table.h"

typedef struct lii_intern {
    lii_table table;
} lii_intern;

void lii_intern_init(lii_intern *texts, const li_allocator *allocator);
void lii_intern_fini(lii_intern *texts);
const char *lii_intern_text(lii_intern *texts, const char *text, size_t len); /* ends in NUL; NULL: no memory */

#endif
