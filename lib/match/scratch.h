/* scratch.h - what one match needs besides the core: the event's values at the paths of interest, what was found. One thread
 * uses one at a time; it is kept for the next event, so that in the long run nothing is allocated. */
#ifndef LII_MATCH_SCRATCH_H
#define LII_MATCH_SCRATCH_H

#include "json/token.h"
#include "match/core.h"
#include "match/index.h"

enum lii_leaf_type { LII_LEAF_STRING, LII_LEAF_NUMBER, LII_LEAF_TRUE, LII_LEAF_FALSE, LII_LEAF_NULL };

enum { LII_NUMBER_UNREAD = 0, LII_NUMBER_KEYED, LII_NUMBER_OTHER };  /* OTHER: not comparable (PAT-40) */

typedef struct lii_leaf {
    const char *text;        /* a string unescaped, without quotes; anything else as written */
    uint64_t number;         /* its key, once read */
    uint32_t len;
    uint32_t context;        /* the array element around it */
    uint32_t next;           /* the leaf before it at the same path, + 1 */
    uint8_t type;
    uint8_t number_state;
    uint16_t reserved;
} lii_leaf;

/* An element of an array, itself an object or array: leaves that are in two elements of one array do not go together. 0 is
 * the event. A parent has a lower number than what is in it. */
typedef struct lii_context {
    uint32_t parent;
    uint32_t array;
} lii_context;

typedef struct lii_mark {
    uint32_t stamp;          /* of the match that wrote it */
    uint32_t value;
} lii_mark;

typedef struct lii_pointer_set {
    lii_mark *marks;         /* value: where in list */
    const void **list;
    uint32_t n, cap;         /* marks has twice cap */
} lii_pointer_set;

/* A key that a value may have, or a cell. Its slot is on its way from memory, among many patterns a long one: looking is for later. */
typedef struct lii_sought {
    uint64_t hash;
    uint64_t few;            /* the bytes, when they are eight that were made here; a cell's key */
    const char *bytes;       /* else; NULL: few */
    lii_slots *cells;        /* where a cell is sought */
    uint32_t node, kind, len;
    uint32_t part;           /* of a cell, where the number is */
} lii_sought;

typedef struct lii_frame {
    const lii_node *node;
    uint32_t context;
    uint32_t array;
    uint32_t is_object;
    uint32_t reserved;
} lii_frame;

/* For the elements of arrays, when clauses share one (arrays.c). */
typedef struct lii_knot {
    uint64_t own, below;     /* clauses that hold in it, and in anything inside it */
    uint64_t array_below;    /* of the array that it is an element of: the same over all elements */
    uint32_t context;
    uint32_t parent;         /* a knot */
    uint32_t array;
    uint32_t first_of_array; /* the knot that keeps array_below and is_array_done */
    uint32_t n_open;         /* arrays in it without a fitting element yet */
    uint32_t is_array_done;
} lii_knot;

typedef struct lii_scratch {
    struct lii_scratch *next;
    _Atomic uint64_t active;         /* the epoch at the begin of the match that has it; 0: none has */
    uint32_t stamp;
    uint32_t reserved;
    const li_allocator *allocator;
    /* of the match under way */
    const lii_core *core;
    lii_slots *keys;
    const lii_filter *filter;
    uint64_t snapshot;               /* rules of later changes are not seen */
    uint32_t n_nodes, n_memos;
    li_status status;                /* the first failure that is not the event's */
    uint32_t more_reserved;
    /* grown as needed */
    lii_mark *nodes;                 /* by node: its last leaf + 1 */
    lii_mark *memos;                 /* by memo: a verdict */
    uint32_t cap_nodes, cap_memos;
    lii_leaf *leaves;
    lii_context *contexts;
    lii_frame *frames;
    uint32_t n_leaves, cap_leaves, n_contexts, cap_contexts, cap_frames, n_arrays;
    char *text, *folded;
    size_t text_len, cap_text, cap_folded;
    lii_sought *sought;
    uint32_t n_sought, cap_sought;
    lii_pointer_set hits;            /* keys */
    lii_pointer_set subs;            /* sub-rules with a range that holds the number about */
    lii_pointer_set reported;        /* rules that may be found again */
    lii_knot *knots;
    lii_mark *knot_of;               /* by context */
    uint32_t *places;                /* by clause: the leaf that is tried for it */
    lii_clause **tied;               /* clauses that hold in arrays only */
    uint32_t cap_knots, cap_knot_of, cap_places, cap_tied;
    uint32_t n_knots, knot_stamp;
    lii_json_levels levels;
    lii_index index;
} lii_scratch;

void lii_scratch_init(lii_scratch *s, const li_allocator *allocator);
void lii_scratch_fini(lii_scratch *s);
/* Ready for a match against a core. LI_E_NOMEM. */
li_status lii_scratch_begin(lii_scratch *s, const lii_core *core, uint64_t snapshot);

/* Room for index in a list, grown by doubling; new room is zero. 0, or -1 and s->status. */
int lii_scratch_double(lii_scratch *s, void *list, uint32_t *cap, size_t size, uint64_t index);

static inline int lii_scratch_grow(lii_scratch *s, void *list, uint32_t *cap, size_t size, uint64_t index)
{
    return index < *cap ? 0 : lii_scratch_double(s, list, cap, size, index);
}

/* Room for so many bytes, what was there is lost. */
int lii_scratch_room(lii_scratch *s, char **block, size_t *cap, size_t size);
/* 1: new in the set; 0: there already; -1: no memory, and s->status. */
int lii_pointer_set_add(lii_scratch *s, lii_pointer_set *set, const void *pointer);

/* Read an event: leaves at paths of interest, and the keys that they have. LI_OK or an error as li_pattern_match has it. */
li_status lii_walk_event(lii_scratch *s, const char *event, size_t len, uint32_t max_depth, li_error *err);
/* One leaf at a node; text lives until the end of the match. */
void lii_walk_leaf(lii_scratch *s, const lii_node *node, uint8_t type, const char *text, size_t len, uint32_t context);
/* The node of a path of names, or NULL. */
const lii_node *lii_walk_find(const lii_scratch *s, const lii_node *from, const char *names, size_t len);
/* The keys that the leaf may have: to be sought, or into s->hits. */
void lii_probe_leaf(lii_scratch *s, const lii_node *node, lii_leaf *leaf);
/* Find what is sought: into s->hits, and ranges' sub-rules into s->subs. */
void lii_probe_find(lii_scratch *s);

/* Call each() for each rule that matches, once. LI_OK, also when each() ended it; LI_E_NOMEM; LI_E_FULL. */
li_status lii_verify(lii_scratch *s, int32_t (*each)(void *user, uint64_t id), void *user);

enum { LII_NO = 0, LII_IN_ARRAY = 1, LII_FREE = 2 };

/* Whether one leaf satisfies a clause. */
int lii_holds_for(const lii_clause *clause, lii_leaf *leaf);
/* Whether any leaf does: one outside of arrays (FREE), only others (IN_ARRAY). */
int lii_holds(lii_scratch *s, const lii_clause *clause);
/* The last leaf at a node + 1; 0: none. */
static inline uint32_t lii_last_leaf(const lii_scratch *s, const lii_node *node)
{
    return node->index < s->n_nodes && s->nodes[node->index].stamp == s->stamp ? s->nodes[node->index].value : 0;
}

/* Whether clauses that hold in arrays only hold together: in one element of each array. 1, 0, or -1 and s->status. */
int lii_fits_arrays(lii_scratch *s, lii_clause *const *clauses, uint32_t n);

/* The number of a leaf: 1 and its key, or 0. */
int lii_leaf_number(lii_leaf *leaf, uint64_t *key);

#endif
