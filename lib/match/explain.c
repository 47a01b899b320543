/* explain.c - what became of each clause of a pattern. */
#include "base/error.h"
#include "base/slice.h"
#include "match/pattern.h"

typedef struct teller {
    lii_scratch *s;
    const li_pattern *pattern;
    int32_t (*each)(void *user, const li_pattern_finding *finding);
    void *user;
    int is_done;
} teller;

static li_slice slice_of(const char *ptr, size_t len)
{
    li_slice slice;

    slice.ptr = ptr;
    slice.len = len;
    return slice;
}

/* The leaf that satisfies the clause, or the first that there is. */
static void choose_value(teller *t, const lii_clause *clause, li_pattern_finding *finding)
{
    lii_scratch *s = t->s;
    lii_leaf *leaf, *chosen = NULL;
    uint32_t at;
    int holds, chosen_holds = 0;

    for (at = lii_last_leaf(s, clause->node); at != 0; at = leaf->next) {
        leaf = &s->leaves[at - 1];
        holds = lii_holds_for(clause, leaf);
        finding->n_values++;
        if (holds >= chosen_holds) { /* from the last to the first */
            chosen = leaf;
            chosen_holds = holds;
        }
    }
    if (chosen == NULL)
        return;
    finding->value = slice_of(chosen->text, chosen->len);
    finding->is_string = chosen->type == LII_LEAF_STRING;
}

/* Clauses up to this one hold, each alone; whether they do together. */
static int fits_so_far(teller *t, const lii_sub *sub, uint32_t n)
{
    uint32_t i, n_in_arrays = 0;

    for (i = 0; i < n; i++)
        n_in_arrays += lii_holds(t->s, sub->clauses[i]) == LII_IN_ARRAY;
    return n_in_arrays < 2 ? 1 : lii_fits_arrays(t->s, sub->clauses, n);
}

static li_status tell_clause(teller *t, const lii_sub *sub, const lii_field *field, uint32_t i, int *holds_so_far)
{
    const lii_clause *clause = sub->clauses[i];
    li_pattern_finding finding;
    int fits;

    memset(&finding, 0, sizeof finding);
    finding.size = sizeof finding;
    finding.alternative = sub->number;
    finding.offset = field->offset;
    finding.path = slice_of(field->path->text, field->path->len);
    finding.wanted = slice_of(t->pattern->text + field->offset, field->len);
    choose_value(t, clause, &finding);
    if (lii_holds(t->s, clause) == LII_NO) {
        finding.verdict = finding.n_values == 0 ? LI_FINDING_ABSENT : LI_FINDING_DIFFERS;
        *holds_so_far = 0;
    } else {
        fits = *holds_so_far ? fits_so_far(t, sub, i + 1) : 1;
        if (fits < 0)
            return t->s->status;
        finding.verdict = fits ? LI_FINDING_HOLDS : LI_FINDING_ELEMENT;
        *holds_so_far = *holds_so_far && fits;
    }
    t->is_done = t->each && t->each(t->user, &finding) != 0;
    return LI_OK;
}

static li_status tell(teller *t)
{
    const lii_plan *plan = &t->pattern->matcher.locked.plan;
    const lii_sub *sub = lii_rule_first(lii_core_find(t->s->core, 0));
    li_status status = LI_OK;
    uint32_t i, j;
    int holds;

    for (i = 0; i < plan->n_combinations && status == LI_OK && !t->is_done; i++, sub = lii_sub_next(sub)) {
        holds = 1;
        for (j = 0; j < sub->n_clauses && status == LI_OK && !t->is_done; j++)
            status = tell_clause(t, sub, &plan->combinations[i].fields[j], j, &holds);
    }
    return status;
}

static int32_t note_match(void *user, uint64_t id)
{
    (void)id;
    *(int32_t *)user = 1;
    return 1;
}

li_status li_pattern_explain(const li_pattern *pattern, const char *event, size_t len, int32_t *is_match, li_error *err,
                             int32_t (*each)(void *user, const li_pattern_finding *finding), void *user)
{
    lii_subject subject = { event, lii_len(event, len), NULL, 0, 1 };
    int32_t found = 0;
    teller t = { NULL, pattern, each, user, 0 };
    li_status status;

    if (pattern == NULL || is_match == NULL)
        return LI_E_INVALID;
    t.s = lii_matcher_enter(lii_pattern_matcher(pattern), &status);
    if (t.s == NULL)
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "%s", li_strerror(status));
    status = lii_matcher_read(lii_pattern_matcher(pattern), t.s, &subject, err);
    if (status == LI_OK) {
        status = lii_verify(t.s, note_match, &found);
        if (status == LI_OK) {
            *is_match = found;
            status = tell(&t);
        }
        if (status != LI_OK)
            lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "%s", li_strerror(status));
    }
    lii_matcher_leave(t.s);
    return status;
}
