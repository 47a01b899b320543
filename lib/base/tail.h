/* tail.h - the tagged extras behind an event's payload: { u16 tag, u16 reserved, u32 length, bytes } repeated. */
#ifndef LII_BASE_TAIL_H
#define LII_BASE_TAIL_H

#include <string.h>

#include "base/slice.h"

/* One of them; {NULL, 0}: it is not there. */
static inline li_slice lii_tail_seek(const char *tail, uint32_t len, uint16_t wanted)
{
    uint32_t at = 0, n;
    uint16_t tag;

    while (len - at >= 8) {
        memcpy(&tag, tail + at, sizeof tag);
        memcpy(&n, tail + at + 4, sizeof n);
        if (n > len - at - 8)
            break;
        if (tag == wanted)
            return lii_slice(tail + at + 8, n);
        at += 8 + n;
    }
    return lii_slice(NULL, 0);
}

#endif
