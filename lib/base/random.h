/* random.h - a seeded generator and the ids made from it. Not locked: each owner guards its own. */
#ifndef LII_BASE_RANDOM_H
#define LII_BASE_RANDOM_H

#include <lambdainvoke/status.h>

typedef struct lii_random {
    uint64_t s[4];
} lii_random;

void lii_random_seed(lii_random *random, uint64_t seed);
uint64_t lii_random_system_seed(void);            /* getrandom */
uint64_t lii_random_u64(lii_random *random);
void lii_random_id(lii_random *random, li_id *id); /* version 4 UUID */
void lii_id_hex(const uint8_t *bytes, size_t n, char *out); /* 2n lower-case digits, no NUL */

#endif
