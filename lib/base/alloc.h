/* alloc.h - the engine's memory: every allocation of the library goes through an li_allocator. */
#ifndef LII_BASE_ALLOC_H
#define LII_BASE_ALLOC_H

#include <lambdainvoke/allocator.h>

/* malloc, realloc, free. */
extern const li_allocator lii_malloc_allocator;

/* NULL or a table with NULL ops means malloc; a table without a required method is LI_E_INVALID naming it. */
li_status lii_allocator_read(const li_allocator *given, li_allocator *out, li_error *err);

void *lii_alloc(const li_allocator *allocator, size_t size);
void *lii_calloc(const li_allocator *allocator, size_t count, size_t size); /* zeroed; the product is checked */
void *lii_realloc(const li_allocator *allocator, void *block, size_t size);
void lii_free(const li_allocator *allocator, void *block);
char *lii_copy_text(const li_allocator *allocator, const char *text, size_t len); /* NUL-terminated; len may be LI_Z */

#endif
