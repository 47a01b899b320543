/* plan.h - a pattern read and checked: for each combination of the branches of its $or, the fields and what they accept. */
#ifndef LII_MATCH_PLAN_H
#define LII_MATCH_PLAN_H

#include <lambdainvoke/pattern.h>

#include "base/buf.h"
#include "base/table.h"
#include "match/arena.h"

typedef struct lii_path {
    const char *text;        /* names joined by dots */
    uint32_t len;
    uint32_t index;          /* among the plan's paths */
    uint32_t seen_in;        /* the combination that has it, + 1 */
    uint32_t seen_at;        /* which field of it */
    struct lii_path *next;
} lii_path;

/* A field of a pattern: where it is and what it accepts. */
typedef struct lii_field {
    lii_path *path;
    const char *code;
    uint32_t code_len;
    uint32_t offset, len;    /* of the list in the pattern's text */
    uint32_t reserved;
} lii_field;

typedef struct lii_combination {
    lii_field *fields;
    uint32_t n_fields;
    uint32_t reserved;
} lii_combination;

typedef struct lii_branch lii_branch;

typedef struct lii_plan {
    li_pattern_options options;
    lii_arena arena;
    lii_buf code;            /* of the list being read */
    lii_buf path;            /* of the member being read */
    lii_buf text;            /* of a string being unescaped */
    lii_table by_path;       /* lii_path by text, once there are many */
    lii_path *paths;
    uint32_t n_paths;
    uint32_t n_combinations;
    lii_combination *combinations;
    lii_branch *root;
    const char *source;
    size_t source_len;
    li_pattern_error *error; /* may be NULL */
} lii_plan;

void lii_plan_init(lii_plan *plan, const li_allocator *allocator);
void lii_plan_fini(lii_plan *plan);

/* Read a pattern; what the plan held before is gone. options has been checked; error may be NULL.
 * LI_E_VALIDATION: *error says why; LI_E_NOMEM. */
li_status lii_plan_read(lii_plan *plan, const li_pattern_options *options, const char *text, size_t len,
                        li_pattern_error *error);

li_status lii_pattern_options_read(const li_pattern_options *given, li_pattern_options *out);

/* ---- between the files that read patterns */

/* A place in the text; the text has been found valid. */
typedef struct lii_reader {
    lii_plan *plan;
    const char *at;
    const char *end;
} lii_reader;

typedef struct lii_text {
    const char *ptr;         /* in the pattern's text, or in plan->text until the next string is read */
    size_t len;
} lii_text;

enum lii_item_kind { LII_ITEM_FIELD, LII_ITEM_OR };

/* Fields and $or of one object of fields, in order, those of objects inside it included. */
struct lii_branch {
    struct lii_item *first, *last;
    uint64_t n_combinations; /* product of those of the items */
    lii_branch *next;        /* of the same $or */
};

typedef struct lii_item {
    struct lii_item *next;
    lii_field field;
    lii_branch *branches;    /* of a $or */
    uint64_t n_combinations; /* sum of those of the branches */
    int32_t kind;
    int32_t reserved;
} lii_item;

/* Fill the error and give LI_E_VALIDATION. at is in the text. */
li_status lii_plan_fail(lii_plan *plan, int32_t kind, const char *at);
void lii_reader_space(lii_reader *r);
/* r->at is on a quote; behind the string afterwards. */
li_status lii_reader_string(lii_reader *r, lii_text *out);
/* r->at is on a digit or a minus. */
lii_text lii_reader_number(lii_reader *r);
/* Behind the value at r->at, whatever it is. */
void lii_reader_skip(lii_reader *r);
/* The list of accepted values at r->at (a bracket) to code. */
li_status lii_operand_list(lii_reader *r, const char **code, uint32_t *code_len);
/* Items of code being written: an item's head is filled in when it ends. */
li_status lii_code_begin(lii_buf *code, uint32_t op, size_t *begin);
li_status lii_code_end(lii_plan *plan, size_t begin, const char *at);
li_status lii_code_add(lii_plan *plan, uint32_t op, const void *operand, size_t len, const char *at);
li_status lii_operand_not(lii_reader *r, const char *at);
li_status lii_operand_wildcard(lii_plan *plan, lii_text text, const char *at);
li_status lii_operand_numeric(lii_reader *r, const char *at);
li_status lii_operand_cidr(lii_plan *plan, lii_text text, const char *at);
/* The combinations of the plan's branches. */
li_status lii_plan_expand(lii_plan *plan);

#endif
