/* random.c - xoshiro256** seeded through splitmix64: good statistics, not for secrets. */
#include "base/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

void lii_random_seed(lii_random *random, uint64_t seed)
{
    size_t i;

    for (i = 0; i < 4; i++) {
        uint64_t z = seed += UINT64_C(0x9E3779B97F4A7C15);

        z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
        random->s[i] = z ^ z >> 31;
    }
}

uint64_t lii_random_system_seed(void)
{
    struct timespec now = { 0, 0 };
    uint64_t seed = 0;
    ssize_t n;

    do
        n = getrandom(&seed, sizeof seed, 0);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof seed)
        return seed;
    clock_gettime(CLOCK_REALTIME, &now); /* no such system call: ids still differ from run to run */
    return (uint64_t)now.tv_sec * UINT64_C(1000000007) + (uint64_t)now.tv_nsec + (uint64_t)(uintptr_t)&now;
}

uint64_t lii_random_u64(lii_random *random)
{
    uint64_t *s = random->s;
    uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

void lii_random_id(lii_random *random, li_id *id)
{
    size_t half, i;

    for (half = 0; half < 2; half++) {
        uint64_t x = lii_random_u64(random);

        for (i = 0; i < 8; i++) /* the same bytes on a machine of either byte order */
            id->bytes[8 * half + i] = (uint8_t)(x >> (8 * i));
    }
    id->bytes[6] = (uint8_t)((id->bytes[6] & 0x0F) | 0x40);
    id->bytes[8] = (uint8_t)((id->bytes[8] & 0x3F) | 0x80);
}
