/* number.h - JSON numbers by value: binary64, and only those texts that name one exactly (PAT-40). */
#ifndef LII_MATCH_NUMBER_H
#define LII_MATCH_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* The number of a valid JSON number text as a key that orders as numbers do (both zeros are one): 1. 0 when the text's value
 * is not the shortest decimal of its nearest finite binary64. */
int lii_number_key(const char *text, size_t len, uint64_t *key);

extern const uint64_t lii_number_least, lii_number_most; /* the keys of -DBL_MAX and DBL_MAX */

#endif
