/* fault.h - when a fault fires: after so many opportunities, so many times, with a probability. Pure; not locked. */
#ifndef LII_BASE_FAULT_H
#define LII_BASE_FAULT_H

#include "base/random.h"

enum { LII_FAULT_SURE = 1000000 };

typedef struct lii_fault_count {
    uint64_t after;      /* opportunities that pass first */
    uint64_t times;      /* then it fires so often; 0: without end */
    uint64_t rate_ppm;   /* each time with this probability; LII_FAULT_SURE: always, and nothing is drawn */
    uint64_t seen;
    uint64_t fired;
} lii_fault_count;

int lii_fault_hit(lii_fault_count *count, lii_random *random);  /* one opportunity; 1: it fires */
uint64_t lii_fault_left(const lii_fault_count *count);          /* times that it can still fire; UINT64_MAX: no end */

#endif
