/* arena.h - memory for things that end together: cut from chunks, never given back one by one. Not locked. */
#ifndef LII_MATCH_ARENA_H
#define LII_MATCH_ARENA_H

#include "base/alloc.h"

typedef struct lii_arena_chunk {
    struct lii_arena_chunk *next;
    size_t size;            /* of data */
    union {
        max_align_t aligned;
        char bytes[1];
    } data;
} lii_arena_chunk;

typedef struct lii_arena {
    const li_allocator *allocator;
    lii_arena_chunk *first; /* the one being cut; the others behind it */
    size_t used;            /* of the first */
    size_t next_size;
} lii_arena;

void lii_arena_init(lii_arena *arena, const li_allocator *allocator, size_t first_size);
void lii_arena_fini(lii_arena *arena);
/* Forget everything; the latest chunk is kept for what comes. */
void lii_arena_clear(lii_arena *arena);
/* size bytes at a multiple of eight, or NULL. */
void *lii_arena_get(lii_arena *arena, size_t size);

#endif
