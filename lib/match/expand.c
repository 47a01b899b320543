/* expand.c - $or by expansion: each way to take one branch of each $or is an and-rule, read from top to bottom, in which a
 * path that comes again replaces what it was before (PAT-94). */
#include <string.h>

#include "match/plan.h"

enum { FIELDS_MOST = 1000000 };  /* over all combinations */

/* Where a walk is in the items of a branch, and which combination of what is left of it is wanted. */
typedef struct cursor {
    const lii_item *item;
    uint64_t which;
} cursor;

typedef struct walk {
    cursor *cursors;
    uint32_t depth;
    uint32_t cap;
    lii_field *fields;       /* room for one of each path */
    uint32_t n_fields;
    uint32_t combination;
} walk;

static li_status enter(lii_plan *plan, walk *w, const lii_branch *branch, uint64_t which)
{
    cursor *grown;

    if (w->depth == w->cap) {
        grown = lii_realloc(plan->arena.allocator, w->cursors, (w->cap + 8) * sizeof *grown);
        if (grown == NULL)
            return LI_E_NOMEM;
        w->cursors = grown;
        w->cap += 8;
    }
    w->cursors[w->depth].item = branch->first;
    w->cursors[w->depth++].which = which;
    return LI_OK;
}

static li_status put(lii_plan *plan, walk *w, const lii_field *field)
{
    lii_path *path = field->path;

    if (path->seen_in == w->combination + 1) {
        w->fields[path->seen_at] = *field;
        if (!(plan->options.flags & LI_PATTERN_STRICT_PATHS))
            return LI_OK;
        lii_buf_clear(&plan->path);
        lii_buf_add(&plan->path, path->text, path->len);
        return lii_plan_fail(plan, LI_PATTERN_DUPLICATE_PATH, plan->source + field->offset);
    }
    path->seen_in = w->combination + 1;
    path->seen_at = w->n_fields;
    w->fields[w->n_fields++] = *field;
    return LI_OK;
}

static li_status enter_one_of(lii_plan *plan, walk *w, cursor *c, const lii_item *item)
{
    const lii_branch *branch = item->branches;
    uint64_t which = c->which % item->n_combinations;

    c->which /= item->n_combinations;
    while (which >= branch->n_combinations) {
        which -= branch->n_combinations;
        branch = branch->next;
    }
    return enter(plan, w, branch, which);
}

static li_status collect(lii_plan *plan, walk *w)
{
    li_status status = enter(plan, w, plan->root, w->combination);

    w->n_fields = 0;
    while (status == LI_OK && w->depth > 0) {
        cursor *c = &w->cursors[w->depth - 1];
        const lii_item *item = c->item;

        if (item == NULL) {
            w->depth--;
            continue;
        }
        c->item = item->next;
        status = item->kind == LII_ITEM_FIELD ? put(plan, w, &item->field) : enter_one_of(plan, w, c, item);
    }
    return status;
}

static li_status expand_all(lii_plan *plan, walk *w)
{
    uint64_t total = 0;
    lii_combination *c;
    li_status status;

    for (w->combination = 0; w->combination < plan->n_combinations; w->combination++) {
        status = collect(plan, w);
        if (status != LI_OK)
            return status;
        total += w->n_fields;
        if (total > FIELDS_MOST)
            return lii_plan_fail(plan, LI_PATTERN_TOO_COMPLEX, plan->source);
        c = &plan->combinations[w->combination];
        c->n_fields = w->n_fields;
        c->fields = lii_arena_get(&plan->arena, w->n_fields * sizeof *c->fields);
        if (c->fields == NULL)
            return LI_E_NOMEM;
        memcpy(c->fields, w->fields, w->n_fields * sizeof *c->fields);
    }
    return LI_OK;
}

li_status lii_plan_expand(lii_plan *plan)
{
    walk w;
    li_status status = LI_E_NOMEM;

    memset(&w, 0, sizeof w);
    plan->path.len = 0;
    if (plan->root->n_combinations > plan->options.max_combinations)
        return lii_plan_fail(plan, LI_PATTERN_TOO_COMPLEX, plan->source);
    plan->n_combinations = (uint32_t)plan->root->n_combinations;
    plan->combinations = lii_arena_get(&plan->arena, plan->n_combinations * sizeof *plan->combinations);
    w.fields = lii_arena_get(&plan->arena, plan->n_paths * sizeof *w.fields);
    if (plan->combinations && w.fields)
        status = expand_all(plan, &w);
    lii_free(plan->arena.allocator, w.cursors);
    return status;
}
