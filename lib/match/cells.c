/* cells.c - ranges of numbers by the cells that cover them: each node has a table of its own, so that a cell is its key and its
 * first sub-rules, side by side in half of a cache line: among many patterns an event waits for memory once, not three times. */
#include "match/core.h"

enum { FIRST_CELLS = 4, WORDS = sizeof(lii_cell) / sizeof(uint64_t) };

static const uint64_t key_bits = ~(uint64_t)LII_CELL_OVER;

static lii_slots *new_cells(const li_allocator *allocator, size_t n)
{
    lii_slots *cells;
    size_t n_words = (n + LII_LINE_CELLS) * WORDS; /* the first is put at a full multiple */

    if (n > SIZE_MAX / (16 * sizeof(lii_cell)))
        return NULL;
    cells = lii_calloc(allocator, 1, sizeof *cells + n_words * sizeof cells->slot[0]);
    if (cells)
        cells->mask = n - 1;
    return cells;
}

/* The cell of a key, or the empty one where it belongs. */
static lii_cell *place_of(lii_slots *cells, uint64_t key)
{
    lii_cell *cell = lii_cells_first(cells);
    size_t i = lii_cell_home(cells, lii_cell_hash(key));
    uint64_t there;

    while ((there = atomic_load_explicit(&cell[i].key, memory_order_relaxed) & key_bits) != 0 && there != key)
        i = (i + 1) & cells->mask;
    return &cell[i];
}

/* An empty cell gets its key, and is seen. */
static void put_key(lii_slots *cells, lii_cell *cell, uint64_t key)
{
    lii_cell *home = lii_cells_first(cells) + lii_cell_home(cells, lii_cell_hash(key));

    atomic_store_explicit(&cell->key, key, memory_order_release);
    if (cell < home || cell >= home + LII_LINE_CELLS)
        atomic_fetch_or_explicit(&home->key, LII_CELL_OVER, memory_order_release);
}

static void copy_word(_Atomic uint64_t *to, const _Atomic uint64_t *from)
{
    atomic_store_explicit(to, atomic_load_explicit(from, memory_order_relaxed), memory_order_relaxed);
}

/* Room for one more. What is outgrown is not changed any more: its readers see none of the later rules. */
static lii_slots *room(lii_core *core, lii_lengths *lengths)
{
    lii_slots *old = atomic_load_explicit(&lengths->cells, memory_order_relaxed), *cells;
    const lii_cell *from;
    lii_cell *to;
    uint64_t key;
    size_t i;

    if (old && (lengths->n_cells + 1) * 4 <= (old->mask + 1) * 3) /* most that are sought are not there */
        return old;
    cells = new_cells(core->arena.allocator, old ? (old->mask + 1) * 2 : FIRST_CELLS);
    if (cells == NULL)
        return NULL;
    for (i = 0, from = old ? lii_cells_first(old) : NULL; old && i <= old->mask; i++, from++) {
        key = atomic_load_explicit(&from->key, memory_order_relaxed) & key_bits;
        if (key == 0)
            continue;
        to = place_of(cells, key);
        copy_word(&to->subs[0], &from->subs[0]);
        copy_word(&to->subs[1], &from->subs[1]);
        copy_word(&to->more, &from->more);
        put_key(cells, to, key);
    }
    atomic_store(&lengths->cells, cells);
    if (old) {
        old->retired = core->retired_slots;
        core->retired_slots = old;
    } else {
        lengths->next = core->celled;
        core->celled = lengths;
    }
    return cells;
}

li_status lii_cell_add(lii_core *core, lii_lengths *lengths, uint64_t key, uint64_t ref)
{
    lii_slots *cells = room(core, lengths);
    lii_cell *cell;
    size_t i;

    if (cells == NULL)
        return LI_E_NOMEM;
    cell = place_of(cells, key);
    for (i = 0; i < LII_CELL_SUBS; i++)
        if (atomic_load_explicit(&cell->subs[i], memory_order_relaxed) == 0) {
            atomic_store_explicit(&cell->subs[i], ref, memory_order_release);
            break;
        }
    if (i == LII_CELL_SUBS)
        return lii_list_add(core, &cell->more, ref);
    if (i == 0) {
        put_key(cells, cell, key);
        lengths->n_cells++;
    }
    return LI_OK;
}

uint32_t lii_cell_load(const lii_lengths *lengths, uint64_t key)
{
    lii_slots *cells = lengths ? atomic_load_explicit(&lengths->cells, memory_order_relaxed) : NULL;
    const lii_cell *cell = cells ? place_of(cells, key) : NULL;
    uint32_t load = 0;
    uint64_t at;
    size_t i;

    for (i = 0; cell && i < LII_CELL_SUBS; i++)
        load += atomic_load_explicit(&cell->subs[i], memory_order_relaxed) != 0;
    at = cell ? atomic_load_explicit(&cell->more, memory_order_relaxed) : 0;
    for (; at != 0 && load < LII_LONG_LIST; load += at & 1 ? 1 : LII_ENTRY_SUBS)
        at = at & 1 ? 0 : ((const lii_entry *)(uintptr_t)at)->next;
    return load;
}

void lii_cells_free(lii_core *core)
{
    lii_lengths *lengths = core->celled;

    for (; lengths; lengths = lengths->next)
        lii_free(core->arena.allocator, atomic_load_explicit(&lengths->cells, memory_order_relaxed));
}
