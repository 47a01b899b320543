/* arena.c - chunks that grow up to 64 KB; what is larger gets a chunk of its own. */
#include "match/arena.h"

#include <stddef.h>

enum { CHUNK_MOST = 65536 };

void lii_arena_init(lii_arena *arena, const li_allocator *allocator, size_t first_size)
{
    arena->allocator = allocator;
    arena->first = NULL;
    arena->used = 0;
    arena->next_size = first_size;
}

static void free_chunks(lii_arena *arena, lii_arena_chunk *chunk)
{
    while (chunk) {
        lii_arena_chunk *next = chunk->next;

        lii_free(arena->allocator, chunk);
        chunk = next;
    }
}

void lii_arena_fini(lii_arena *arena)
{
    free_chunks(arena, arena->first);
    arena->first = NULL;
    arena->used = 0;
}

void lii_arena_clear(lii_arena *arena)
{
    if (arena->first) {
        free_chunks(arena, arena->first->next);
        arena->first->next = NULL;
    }
    arena->used = 0;
}

static lii_arena_chunk *new_chunk(lii_arena *arena, size_t size)
{
    lii_arena_chunk *chunk;

    if (size > SIZE_MAX / 2)
        return NULL;
    chunk = lii_alloc(arena->allocator, offsetof(lii_arena_chunk, data) + size);
    if (chunk)
        chunk->size = size;
    return chunk;
}

void *lii_arena_get(lii_arena *arena, size_t size)
{
    lii_arena_chunk *chunk = arena->first;
    size_t needed = (size + 7) & ~(size_t)7;

    if (needed < size)
        return NULL;
    if (chunk && needed <= chunk->size - arena->used) {
        arena->used += needed;
        return chunk->data.bytes + (arena->used - needed);
    }
    if (chunk && needed > CHUNK_MOST / 4) { /* the present chunk stays the first */
        lii_arena_chunk *own = new_chunk(arena, needed);

        if (own == NULL)
            return NULL;
        own->next = chunk->next;
        chunk->next = own;
        return own->data.bytes;
    }
    chunk = new_chunk(arena, needed > arena->next_size ? needed : arena->next_size);
    if (chunk == NULL)
        return NULL;
    if (arena->next_size < CHUNK_MOST)
        arena->next_size *= 2;
    chunk->next = arena->first;
    arena->first = chunk;
    arena->used = needed;
    return chunk->data.bytes;
}
