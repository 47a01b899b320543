/* crc.h - the CRC-32 of zlib and IEEE 802.3. */
#ifndef LII_BASE_CRC_H
#define LII_BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

uint32_t lii_crc32(const void *data, size_t len);

#endif
