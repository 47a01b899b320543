/* batch.c - pure: what closes a batch. */
#include "source/batch.h"

void lii_cut_begin(lii_cut *cut, size_t max_records, size_t max_bytes)
{
    cut->max_records = max_records;
    cut->max_bytes = max_bytes;
    cut->n = 0;
    cut->bytes = LII_BATCH_ENVELOPE;
    cut->is_closed = 0;
    cut->reserved = 0;
}

int lii_cut_add(lii_cut *cut, size_t encoded_size)
{
    size_t left = cut->bytes < cut->max_bytes ? cut->max_bytes - cut->bytes : 0;

    if (cut->is_closed)
        return 0;
    if (cut->n > 0 && encoded_size > left) {
        cut->is_closed = 1;
        return 0;
    }
    cut->n++;
    cut->bytes = encoded_size > SIZE_MAX - cut->bytes ? SIZE_MAX : cut->bytes + encoded_size;
    cut->is_closed = cut->n >= cut->max_records;
    return 1;
}

int lii_cut_is_due(const lii_cut *cut, uint64_t start_ms, uint64_t window_ms, uint64_t now_ms)
{
    return cut->n > 0 && (cut->is_closed || (now_ms > start_ms ? now_ms - start_ms : 0) >= window_ms);
}
