/* fault.c - one counter of opportunities and firings. */
#include "base/fault.h"

uint64_t lii_fault_left(const lii_fault_count *count)
{
    return count->times == 0 ? UINT64_MAX : count->times - count->fired;
}

int lii_fault_hit(lii_fault_count *count, lii_random *random)
{
    count->seen++;
    if (count->seen <= count->after || lii_fault_left(count) == 0)
        return 0;
    if (count->rate_ppm < LII_FAULT_SURE && lii_random_u64(random) % LII_FAULT_SURE >= count->rate_ppm)
        return 0;
    count->fired++;
    return 1;
}
