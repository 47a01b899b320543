/* core.h - many patterns as one structure: a trie of paths, and for each path the conditions by which a rule is found.
 *
 * A rule is an or of sub-rules (the combinations of its $or), a sub-rule an and of clauses (a path and a list of accepted
 * values; equal clauses are one). A sub-rule is listed under the keys of one clause only, its most selective one; the others
 * are looked at when an event has such a key. One writer at a time changes a core, under the lock of its set; any number of
 * readers walk it meanwhile: what they follow is published by a release store and nothing is freed before the core is, tables
 * that were outgrown included (they wait, see matcher.c). */
#ifndef LII_MATCH_CORE_H
#define LII_MATCH_CORE_H

#include <stdatomic.h>

#include "match/arena.h"
#include "match/code.h"
#include "match/hash.h"
#include "match/plan.h"

enum lii_key_kind {
    LII_KEY_STEP = 1,     /* not a condition: the name of a child; first is the lii_node */
    LII_KEY_TEXT,
    LII_KEY_ADDRESS,
    LII_KEY_NUMBER,
    LII_KEY_SPELLING,
    LII_KEY_WORD,         /* true, false, null */
    LII_KEY_PREFIX,       /* at most LII_AFFIX_MOST bytes */
    LII_KEY_SUFFIX,
    LII_KEY_FOLD,
    LII_KEY_FOLD_PREFIX,
    LII_KEY_FOLD_SUFFIX,
    LII_KEY_GRAM,         /* 8, 4, 2 or 1 bytes somewhere in the text */
    LII_KEY_RANGE,        /* numbers whose keys begin so: lii_cell_key; not a key but a cell of the node */
    LII_KEY_CIDR,         /* length, bits, masked address */
    LII_KEY_ANY_STRING,
    LII_KEY_ANY_LEAF,
    LII_KEY_ABSENT,
    LII_KEY_ABOVE,        /* numbers from a bound on: not a key but in the node's list of bounds */
    LII_KEY_BELOW,
    LII_KEY_KINDS
};

enum { LII_AFFIX_MOST = 255 };

/* Bits of lii_node.kinds: 1 << kind for keys that are there, and these. */
#define LII_NODE_FIELD (UINT32_C(1) << 0)        /* values here are needed */
#define LII_NODE_GRAM(size) (UINT32_C(1) << (20 + (size)))   /* size 1, 2, 4, 8 */

typedef struct lii_key {
    _Atomic uint64_t first;   /* a reference; 0: none yet */
    uint32_t hash;
    uint32_t node;
    uint32_t kind_len;        /* kind, length << 8 */
    uint32_t load;            /* the writer's: sub-rules listed */
    char bytes[];
} lii_key;

/* An open table of words, written by one, read by many. Of tagged pointers, half of the hash in each key: 16 bits of hash, 48 of
 * pointer; 0: empty. Or of cells. */
typedef struct lii_slots {
    struct lii_slots *retired;
    size_t mask;
    _Atomic uint64_t slot[];
} lii_slots;

typedef struct lii_lengths {
    _Atomic uint64_t affix[4][4];  /* prefix, suffix, fold prefix, fold suffix: a bit for each length in use */
    _Atomic uint64_t levels;       /* of ranges */
    _Atomic(lii_slots *) cells;    /* those ranges */
    _Atomic uint64_t masks[3];     /* of cidr: IPv4, IPv6 up to 63 bits, IPv6 from 64 */
    size_t n_cells;                /* the writer's */
    struct lii_lengths *next;      /* the writer's: of those that have cells */
} lii_lengths;

/* Sub-rules in the order of their bounds: a number has those up to where it stands, so a reader looks at no other. The writer
 * finds the place of a new one by the higher levels (a skip list). */
enum { LII_BOUND_LEVELS = 12 };

typedef struct lii_bound {
    uint64_t key;                  /* the least number's; of upper bounds the complement of the greatest's. First: how many */
    uint64_t ref;
    _Atomic(struct lii_bound *) next[];  /* one to LII_BOUND_LEVELS */
} lii_bound;

typedef struct lii_node lii_node;
struct lii_node {
    lii_node *parent;
    uint32_t index;
    uint32_t name_len;
    _Atomic uint64_t children;     /* a bit for each hash of a child's length and first byte */
    _Atomic uint32_t kinds;
    uint32_t reserved;
    _Atomic(lii_key *) any_leaf, any_string, absent;
    _Atomic(lii_lengths *) lengths;
    _Atomic(lii_bound *) bounds[2];    /* above, below: what stands before the first, or NULL */
    _Atomic(lii_node *) next_absent;   /* nodes with rules that hold without a value */
    char name[];
};

/* A bit of lii_node.children. */
static inline uint64_t lii_child_bit(const char *name, size_t len)
{
    return UINT64_C(1) << ((len * 7 + (len ? (unsigned char)name[0] : 0)) & 63);
}

enum { LII_CLAUSE_ABSENT = 1 };    /* holds without a value */

typedef struct lii_clause {
    lii_node *node;
    uint32_t hash;
    uint32_t code_len;
    _Atomic uint32_t memo;         /* not 0: several sub-rules share it, and a reader keeps its verdict there */
    uint32_t flags;
    char code[];
} lii_clause;

enum { LII_RULE_OFTEN = 1,         /* may be found more than once in an event */
       LII_RULE_DEAD = 2 };        /* was removed */

typedef struct lii_rule {
    uint64_t id;
    _Atomic uint64_t since;        /* readers that began before this change do not see it */
    _Atomic uint32_t flags;
    uint32_t n_subs;               /* they follow */
} lii_rule;

typedef struct lii_sub {
    lii_rule *rule;
    uint32_t n_clauses;
    uint32_t number;               /* which combination of its rule */
    lii_clause *clauses[];
} lii_sub;

/* A reference is the address of an entry, which has a few sub-rules, or that of a sub-rule + 1 at the end of a list. A reference to a sub-rule has in its
 * upper 16 bits, in a cell, which part of the key's cell the range takes: the least and the greatest of 256. */
enum { LII_ENTRY_SUBS = 3 };

typedef struct lii_entry {
    uint64_t next;
    _Atomic uint64_t subs[LII_ENTRY_SUBS];  /* from the first on; 0: none yet */
} lii_entry;

/* A list that has grown long goes on as a group, the reference to which is its address + 2: sub-rules that are listed by another
 * of their clauses, at nodes that stand for those of that clause inside this group. Behind it is the list as it was. */
typedef struct lii_shadow {
    _Atomic(struct lii_shadow *) next;
    struct lii_node *of;           /* where the values are */
    struct lii_node *node;         /* where the keys are */
} lii_shadow;

typedef struct lii_group {
    _Atomic uint64_t next;         /* a reference */
    _Atomic(lii_shadow *) first;
} lii_group;

static inline const lii_sub *lii_ref_sub(uint64_t ref)
{
    return (const lii_sub *)(uintptr_t)(ref & UINT64_C(0x0000FFFFFFFFFFFE));
}

/* The key of a cell: all numbers that are the same but for their last level bits. No level is less than six, and two of them are
 * not next to each other, so that half of it tells which it is: a bit is left. */
enum { LII_LEVEL_LEAST = 6, LII_CELL_OVER = 32 };

static inline uint64_t lii_cell_key(uint64_t number, uint32_t level)
{
    return number >> level << LII_LEVEL_LEAST | level >> 1;
}

/* Where in its cell a number is, of 256 parts. */
static inline uint32_t lii_part_of_cell(uint64_t number, uint32_t level)
{
    uint64_t offset = number & ((UINT64_C(1) << level) - 1);

    return (uint32_t)(level > 8 ? offset >> (level - 8) : offset);
}

/* Before each pointer of a table is looked behind, one after the other: those further on are fetched meanwhile. */
enum { LII_SLOTS_AHEAD = 12 };

static inline void lii_slots_fetch(const lii_slots *slots, size_t i)
{
    size_t ahead = i + LII_SLOTS_AHEAD;

    if (ahead <= slots->mask)
        __builtin_prefetch((const void *)(uintptr_t)(atomic_load_explicit(&slots->slot[ahead], memory_order_relaxed) &
                                                     UINT64_C(0x0000FFFFFFFFFFFF)));
}

/* Ranges that reach into a cell. Two cells are a line of the cache; a key belongs into the first of them by its hash, or from
 * there on. The first of a line has LII_CELL_OVER in its key when one that belongs here is further on: else nobody need look. */
enum { LII_CELL_SUBS = 2, LII_LINE_CELLS = 2 };

typedef struct lii_cell {
    _Atomic uint64_t key;          /* lii_cell_key; 0: empty */
    _Atomic uint64_t subs[LII_CELL_SUBS];  /* references; 0: none yet */
    _Atomic uint64_t more;         /* the list of the others */
} lii_cell;

static inline lii_cell *lii_cells_first(lii_slots *cells)
{
    uintptr_t line = LII_LINE_CELLS * sizeof(lii_cell), at = (uintptr_t)cells->slot + line - 1;

    return (lii_cell *)(at - at % line);
}

static inline uint64_t lii_cell_hash(uint64_t key)
{
    return lii_hash_word(0, key);
}

/* Where a cell of that hash belongs. */
static inline size_t lii_cell_home(const lii_slots *cells, uint64_t hash)
{
    return (uint32_t)hash & cells->mask & ~(size_t)(LII_LINE_CELLS - 1);
}

/* A filter before look-ups that usually fail: a bit for each key of those kinds. */
typedef struct lii_filter {
    struct lii_filter *retired;
    size_t mask;                   /* of bits */
    _Atomic uint64_t word[];
} lii_filter;

enum { LII_PIVOT_LEVELS = 6 };     /* groups inside groups */

typedef struct lii_pivot lii_pivot;

typedef struct lii_core {
    lii_arena arena;
    lii_node *root;
    _Atomic(lii_slots *) keys;
    _Atomic(lii_filter *) filter;
    _Atomic(lii_node *) first_absent;
    _Atomic(lii_key *) always;     /* sub-rules without clauses */
    _Atomic uint32_t n_nodes;
    _Atomic uint32_t n_memos;      /* from 1 */
    size_t n_keys, n_filtered;
    lii_lengths *celled;               /* those that have cells */
    uint64_t random;                   /* heights of bounds */
    lii_pivot *pivots;                 /* one a level, and one to compare with */
    struct {                       /* the writer's */
        lii_slots *table;
        size_t count;
    } clauses, ids;
    uint64_t n_rules, n_dead;
    lii_slots *retired_slots;      /* outgrown, until no reader can be in them */
    lii_filter *retired_filters;
} lii_core;

li_status lii_core_new(const li_allocator *allocator, lii_core **out);
void lii_core_free(lii_core *core);
/* Lists of retired tables. */
void lii_slots_free_all(const li_allocator *allocator, lii_slots *slots);
void lii_filters_free_all(const li_allocator *allocator, lii_filter *filter);

/* Add a rule of a plan; it is seen by readers whose snapshot is at least since. LI_E_NOMEM: nothing of it is found. */
li_status lii_core_add(lii_core *core, uint64_t id, uint64_t since, const lii_plan *plan, lii_rule **out);
/* The same for a rule of another core. */
li_status lii_core_copy(lii_core *core, uint64_t since, const lii_rule *rule, lii_rule **out);
lii_rule *lii_core_find(const lii_core *core, uint64_t id);
/* Its rules, those that live, in no order: *at is 0 at first; NULL at the end. */
const lii_rule *lii_core_next(const lii_core *core, size_t *at);

/* ---- between the files of the core */

/* Where a key begins to be looked for, to be fetched before it is. */
static inline const void *lii_slot_of(const lii_slots *keys, uint64_t hash)
{
    return &keys->slot[(uint32_t)hash & keys->mask];
}

/* What is probably the key, not looked at; or NULL. */
const lii_key *lii_key_guess(const lii_slots *keys, uint64_t hash);
/* The key, or NULL. Any thread. */
lii_key *lii_key_find(lii_slots *keys, uint64_t hash, uint32_t node, uint32_t kind, const char *bytes, size_t len);
/* The same, made if it is not there. The writer. */
lii_key *lii_key_get(lii_core *core, uint64_t hash, uint32_t node, uint32_t kind, const char *bytes, size_t len);
li_status lii_filter_add(lii_core *core, const lii_key *key, uint64_t hash);

/* What a clause could be found by. */
typedef struct lii_pivot_key {
    uint32_t kind;
    uint32_t len;
    uint64_t hash;
    const char *bytes;             /* into the code; NULL: small */
    char small[18];
    uint8_t level;                 /* of a range: of its cells */
    uint8_t reserved;
    uint16_t parts;                /* of its cell */
    uint16_t more_reserved;
} lii_pivot_key;

enum { LII_WEIGHT_ANY = 2000, LII_LONG_LIST = 16 };

struct lii_pivot {
    lii_pivot_key *keys;
    uint32_t n_keys, cap;
    lii_node *node;                /* where they would be; NULL: a node that is not there yet */
    uint64_t weight;               /* about how often an event has one of the keys; LII_WEIGHT_ANY: half of them do */
    uint64_t cost;                 /* that times what would be looked at then */
    lii_buf text;                  /* folded operands */
};

/* The keys of a clause at a node, so chosen that few sub-rules share them. LI_E_NOMEM. */
li_status lii_pivot_read(lii_core *core, const lii_clause *clause, lii_node *node, lii_pivot *pivot);
/* List a sub-rule where it is found best. LI_E_NOMEM. */
li_status lii_list_sub(lii_core *core, lii_sub *sub);
/* Put one into a list. LI_E_NOMEM. */
li_status lii_list_add(lii_core *core, _Atomic uint64_t *first, uint64_t ref);
/* Put one into a cell. LI_E_NOMEM. */
li_status lii_cell_add(lii_core *core, lii_lengths *lengths, uint64_t key, uint64_t ref);
/* About how many are in it; lengths may be NULL. The writer. */
uint32_t lii_cell_load(const lii_lengths *lengths, uint64_t key);
void lii_cells_free(lii_core *core);
/* Put one among the bounds of a node. LI_E_NOMEM. */
li_status lii_bound_add(lii_core *core, lii_node *node, int is_below, uint64_t key, uint64_t ref);
/* A node that has no name: a child of none. */
lii_node *lii_node_new(lii_core *core, lii_node *parent, const char *name, size_t len);

static inline lii_sub *lii_rule_first(const lii_rule *rule)
{
    return (lii_sub *)(uintptr_t)(rule + 1);
}

static inline lii_sub *lii_sub_next(const lii_sub *sub)
{
    return (lii_sub *)(uintptr_t)(sub->clauses + sub->n_clauses);
}

#endif
