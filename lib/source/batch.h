/* batch.h - pure: what closes a batch, by count, size and window (ESM-50, 51, 53, 54). */
#ifndef LII_SOURCE_BATCH_H
#define LII_SOURCE_BATCH_H

#include <stddef.h>
#include <stdint.h>

enum { LII_BATCH_BYTES = 6291456, LII_BATCH_ENVELOPE = 13 }; /* {"Records":[]} less the comma that each record counts */

typedef struct lii_cut {
    size_t max_records;
    size_t max_bytes;      /* of the encoded event */
    size_t n;              /* records that are in */
    size_t bytes;          /* encoded, so far */
    int32_t is_closed;
    int32_t reserved;
} lii_cut;

void lii_cut_begin(lii_cut *cut, size_t max_records, size_t max_bytes);
/* The next record in order: 1, it is in; 0, it opens the next batch. One too large alone is a batch of its own. */
int lii_cut_add(lii_cut *cut, size_t encoded_size);
/* 1: to be sent now. start_ms is when the first record was taken. */
int lii_cut_is_due(const lii_cut *cut, uint64_t start_ms, uint64_t window_ms, uint64_t now_ms);

#endif
