/* arrays.c - whether clauses hold in one element of each array that they share (PAT-18 to PAT-23).
 *
 * Each value is in a chain of array elements, its context. Values go together when no two of them are in different elements of
 * one array; so a choice is one element, or none, for each array. A clause that holds in an element and again inside it needs
 * the outer place only. What is left is judged from the inside out, in one pass: an element is fit when each array in it has
 * an element that is fit and has all the clauses that hold anywhere in that array, and the event must be fit. That is exact
 * when no clause is found below two arrays of one element. Only repeated names and names with dots make such arrays; then,
 * and when there are more clauses than bits in a word, they are tried one after the other, going back when one finds no place, up to a number of steps. */
#include "match/scratch.h"

enum { CLAUSES_MOST = 64, STEPS_MOST = 200000 };

typedef struct fit {
    lii_scratch *s;
    lii_clause **clauses;    /* those that hold in arrays only */
    uint32_t n;
    int is_tangled;          /* a clause below two arrays of one element */
} fit;

/* ---- the tree of elements in which some clause holds */

static uint32_t get_knot(lii_scratch *s, uint32_t context)
{
    lii_mark *mark = &s->knot_of[context];
    lii_knot *knot;

    if (mark->stamp == s->knot_stamp)
        return mark->value;
    if (lii_scratch_grow(s, &s->knots, &s->cap_knots, sizeof *s->knots, s->n_knots) != 0)
        return UINT32_MAX;
    knot = &s->knots[s->n_knots];
    memset(knot, 0, sizeof *knot);
    knot->context = context;
    knot->array = s->contexts[context].array;
    mark->stamp = s->knot_stamp;
    mark->value = s->n_knots;
    return s->n_knots++;
}

/* The knot of a context, and those of all that it is in. */
static uint32_t get_chain(lii_scratch *s, uint32_t context)
{
    uint32_t first = get_knot(s, context), at = first, parent;

    while (at != UINT32_MAX && context != 0) {
        uint32_t up = s->contexts[context].parent, n_before = s->n_knots;

        parent = get_knot(s, up);
        if (parent == UINT32_MAX)
            return UINT32_MAX;
        s->knots[at].parent = parent;
        if (s->n_knots == n_before)
            return first; /* it and its own chain were there */
        at = parent;
        context = up;
    }
    return at == UINT32_MAX ? UINT32_MAX : first;
}

static int note_places(fit *f)
{
    lii_scratch *s = f->s;
    uint32_t i, at, knot;

    for (i = 0; i < f->n; i++)
        for (at = lii_last_leaf(s, f->clauses[i]->node); at != 0; at = s->leaves[at - 1].next) {
            if (!lii_holds_for(f->clauses[i], &s->leaves[at - 1]))
                continue;
            knot = get_chain(s, s->leaves[at - 1].context);
            if (knot == UINT32_MAX)
                return -1;
            s->knots[knot].own |= UINT64_C(1) << i;
        }
    return 0;
}

static void swap_knots(lii_scratch *s, uint32_t a, uint32_t b)
{
    lii_knot knot = s->knots[a];

    s->knots[a] = s->knots[b];
    s->knots[b] = knot;
    s->knot_of[s->knots[a].context].value = a;
    s->knot_of[s->knots[b].context].value = b;
}

/* Knots are many among the contexts: every context is asked. */
static void order_by_sweep(lii_scratch *s)
{
    uint32_t context, n = 0;

    for (context = 0; n < s->n_knots; context++)
        if (s->knot_of[context].stamp == s->knot_stamp) {
            swap_knots(s, n, s->knot_of[context].value);
            n++;
        }
}

static void sift(lii_scratch *s, uint32_t at, uint32_t n)
{
    uint32_t child;

    for (; (child = 2 * at + 1) < n; at = child) {
        child += child + 1 < n && s->knots[child + 1].context > s->knots[child].context;
        if (s->knots[at].context >= s->knots[child].context)
            return;
        swap_knots(s, at, child);
    }
}

/* Knots are few: a heap sort, which needs no memory. */
static void order_by_heap(lii_scratch *s)
{
    uint32_t i;

    for (i = s->n_knots / 2; i-- > 0;)
        sift(s, i, s->n_knots);
    for (i = s->n_knots; i-- > 1;) {
        swap_knots(s, 0, i);
        sift(s, 0, i);
    }
}

/* Outer elements before inner ones: in the order of contexts. */
static void sort_knots(lii_scratch *s)
{
    uint32_t i;

    for (i = s->n_knots; i-- > 0;)
        s->knots[i].first_of_array = s->knots[s->knots[i].parent].context; /* indexes change: contexts do not */
    if (s->n_knots > s->n_contexts / 32)
        order_by_sweep(s);
    else
        order_by_heap(s);
    for (i = 0; i < s->n_knots; i++)
        s->knots[i].parent = s->knot_of[s->knots[i].first_of_array].value;
}

/* A clause that holds in an outer element is not looked for inside. */
static void prune(lii_scratch *s)
{
    uint64_t outer;
    uint32_t i;

    for (i = 0; i < s->n_knots; i++) {
        outer = i == 0 ? 0 : s->knots[s->knots[i].parent].below; /* what holds outside; completed below by what holds here */
        s->knots[i].own &= ~outer;
        s->knots[i].below = outer | s->knots[i].own;
    }
}

/* Which knot stands for an array: the first of its elements. */
static void find_arrays(lii_scratch *s)
{
    uint32_t i;

    for (i = 0; i < s->n_knots; i++)
        s->knots[i].first_of_array = i;
    for (i = 1; i < s->n_knots; i++) {
        uint32_t j = i - 1;

        /* elements of one array have one parent; in order of contexts only what is inside the one before stands between */
        while (j > s->knots[i].parent && s->knots[j].parent > s->knots[i].parent)
            j = s->knots[j].parent;
        if (j > s->knots[i].parent && s->knots[j].array == s->knots[i].array)
            s->knots[i].first_of_array = s->knots[j].first_of_array;
    }
}

/* What each element and array have in all, and how many arrays are in each element. */
static void gather(fit *f)
{
    lii_scratch *s = f->s;
    uint32_t i;

    for (i = 0; i < s->n_knots; i++) {
        s->knots[i].below = s->knots[i].own;
        s->knots[i].array_below = 0;
    }
    for (i = s->n_knots; --i > 0;) { /* what is inside comes first, so below is complete */
        s->knots[s->knots[i].first_of_array].array_below |= s->knots[i].below;
        s->knots[s->knots[i].parent].below |= s->knots[i].below;
    }
    for (i = 1; i < s->n_knots; i++)
        if (s->knots[i].first_of_array == i)
            s->knots[s->knots[i].parent].n_open++;
}

/* Whether a clause is found below two arrays of one element. */
static void find_tangles(fit *f)
{
    lii_scratch *s = f->s;
    uint32_t i;

    for (i = 0; i < s->n_knots; i++)
        s->knots[i].is_array_done = 0;
    for (i = 1; i < s->n_knots && !f->is_tangled; i++) {
        lii_knot *knot = &s->knots[i], *parent = &s->knots[knot->parent];

        if (knot->first_of_array != i)
            continue;
        f->is_tangled = (parent->own & knot->array_below) != 0;
        parent->own |= knot->array_below;
    }
}

static int is_fit(fit *f)
{
    lii_scratch *s = f->s;
    uint64_t all = f->n == CLAUSES_MOST ? UINT64_MAX : (UINT64_C(1) << f->n) - 1;
    uint32_t i;

    for (i = s->n_knots; --i > 0;) {
        lii_knot *knot = &s->knots[i], *array = &s->knots[knot->first_of_array];

        if (knot->n_open > 0 || knot->below != array->array_below || array->is_array_done)
            continue;
        array->is_array_done = 1;
        s->knots[knot->parent].n_open--;
    }
    return s->knots[0].below == all && s->knots[0].n_open == 0;
}

/* ---- tangled arrays: a place for one clause after the other */

static int go_together(const lii_scratch *s, uint32_t a, uint32_t b)
{
    const lii_context *c = s->contexts;
    uint32_t under_a = 0, under_b = 0;

    while (a != b) {
        if (a > b) {
            under_a = a;
            a = c[a].parent;
        } else {
            under_b = b;
            b = c[b].parent;
        }
    }
    return under_a == 0 || under_b == 0 || c[under_a].array != c[under_b].array;
}

static int search(fit *f)
{
    lii_scratch *s = f->s;
    uint32_t *at = s->places, i = 0, j, n_steps = 0;

    at[0] = lii_last_leaf(s, f->clauses[0]->node);
    for (;;) {
        lii_leaf *leaf;

        if (at[i] == 0) {
            if (i == 0)
                return 0;
            i--;
            at[i] = s->leaves[at[i] - 1].next;
            continue;
        }
        leaf = &s->leaves[at[i] - 1];
        if (++n_steps > STEPS_MOST) {
            s->status = LI_E_FULL;
            return -1;
        }
        for (j = 0; j < i && go_together(s, leaf->context, s->leaves[at[j] - 1].context); j++)
            continue;
        if (j < i || !lii_holds_for(f->clauses[i], leaf)) {
            at[i] = leaf->next;
            continue;
        }
        if (++i == f->n)
            return 1;
        at[i] = lii_last_leaf(s, f->clauses[i]->node);
    }
}

static int judge(fit *f)
{
    lii_scratch *s = f->s;

    if (lii_scratch_grow(s, &s->knot_of, &s->cap_knot_of, sizeof *s->knot_of, s->n_contexts) != 0)
        return -1;
    if (++s->knot_stamp == 0) {
        memset(s->knot_of, 0, s->cap_knot_of * sizeof *s->knot_of);
        s->knot_stamp = 1;
    }
    s->n_knots = 0;
    if (get_knot(s, 0) == UINT32_MAX || note_places(f) != 0)
        return -1;
    sort_knots(s);
    prune(s);
    find_arrays(s);
    gather(f);
    find_tangles(f);
    return f->is_tangled ? search(f) : is_fit(f);
}

int lii_fits_arrays(lii_scratch *s, lii_clause *const *clauses, uint32_t n)
{
    fit f = { s, NULL, 0, 0 };
    uint32_t i;

    if (lii_scratch_grow(s, &s->places, &s->cap_places, sizeof *s->places, n) != 0 ||
        lii_scratch_grow(s, &s->tied, &s->cap_tied, sizeof *s->tied, n) != 0)
        return -1;
    f.clauses = s->tied;
    for (i = 0; i < n; i++)
        if (lii_holds(s, clauses[i]) != LII_FREE)
            f.clauses[f.n++] = clauses[i];
    return f.n > CLAUSES_MOST ? search(&f) : judge(&f);
}
