/* options.h - structs that can grow: the caller's is laid over our defaults. */
#ifndef LII_BASE_OPTIONS_H
#define LII_BASE_OPTIONS_H

#include <lambdainvoke/status.h>

/* *out holds our defaults, known its size; in may be NULL. LI_E_INVALID an impossible size (detail OPTIONS_SIZE);
 * LI_E_NOTSUP a newer caller set a member that we do not know (OPTIONS_UNKNOWN). what names the struct in the text. */
li_status lii_options_read(void *out, size_t known, const void *in, const char *what, li_error *err);

/* For the …_init functions of bindings: write `known` bytes of defaults to *out of the caller's size. */
li_status lii_options_init(void *out, size_t size, const void *defaults, size_t known);

/* For structs that we fill in: copy as much of ours as the caller's struct holds, size kept. LI_E_INVALID size. */
li_status lii_options_write(void *out, const void *ours, size_t known);

/* The same for tables of functions: methods that the caller's table lacks are NULL in *out. LI_E_INVALID size. */
li_status lii_ops_read(void *out, size_t known, const void *in, const char *what, li_error *err);

#endif
