/* address.h - IP addresses as patterns read them (PAT-70). */
#ifndef LII_MATCH_ADDRESS_H
#define LII_MATCH_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

typedef struct lii_address {
    uint8_t bytes[16];   /* IPv4: the first four */
    uint8_t n_bytes;     /* 4 or 16 */
} lii_address;

/* Four decimal numbers with dots (leading zeros allowed), or hexadecimal groups with colons; nothing else: 1, or 0. */
int lii_address_read(const char *text, size_t len, lii_address *out);

/* Keep the first bits, make the others zero. */
void lii_address_mask(lii_address *address, unsigned bits);

#endif
