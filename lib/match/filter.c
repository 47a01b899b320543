/* filter.c - filters of event source mappings: what patterns see of a record, and what its data has to look like for them
 * (PAT-111..114, ESM-220..228).
 *
 * A record becomes one event: its metadata, and its data under the name that the source has for it, as JSON when it is an object
 * or array, else as a string; not at all when no pattern asks for it. A pattern asks for an object there or for a text. Where
 * it finds the other it does not match, or (LI_FILTER_LENIENT) is taken without what it says of the data. */
#include <stdio.h>

#include <lambdainvoke/source.h>

#include "base/error.h"
#include "base/slice.h"
#include "json/scan.h"
#include "json/write.h"
#include "match/matcher.h"

enum { NAMES = 2, PATTERN_CHARACTERS = 4096, CHARACTER_BYTES = 4, DATA_DEPTH = LII_JSON_DEPTH - 1 };

/* A bit for each name of data. */
typedef struct rule {
    uint32_t objects, texts;         /* which are asked for as what */
    lii_matcher *without[1 << NAMES];  /* the pattern, and the pattern without what it says of those */
} rule;

typedef struct filter {
    li_allocator allocator;
    const li_source_data *data;
    uint32_t names;                  /* asked for by any rule */
    uint32_t n;
    lii_buf event;
    rule rules[];
} filter;

static void filter_free(void *self)
{
    filter *f = self;
    li_allocator allocator = f->allocator;
    uint32_t i, k;

    for (i = 0; i < f->n; i++)
        for (k = 0; k < 1 << NAMES; k++)
            if (f->rules[i].without[k])
                lii_matcher_free(f->rules[i].without[k]);
    lii_buf_fini(&f->event);
    lii_free(&allocator, f);
}

/* ---- reading patterns */

/* Which name of data a path is of: NAMES when of none. *is_inside: not itself but of a member of it. */
static uint32_t name_of(const li_source_data *data, const lii_path *path, int *is_inside)
{
    uint32_t k;
    size_t len;

    for (k = 0; k < NAMES && data->names[k]; k++) {
        len = strlen(data->names[k]);
        *is_inside = path->len > len;
        if (path->len >= len && memcmp(path->text, data->names[k], len) == 0 && (!*is_inside || path->text[len] == '.'))
            return k;
    }
    return NAMES;
}

/* What a plan asks for. */
static void note_forms(const li_source_data *data, const lii_plan *plan, rule *r)
{
    uint32_t i, j, k;
    int is_inside;

    for (i = 0; i < plan->n_combinations; i++)
        for (j = 0; j < plan->combinations[i].n_fields; j++) {
            k = name_of(data, plan->combinations[i].fields[j].path, &is_inside);
            if (k < NAMES)
                *(is_inside ? &r->objects : &r->texts) |= 1u << k;
        }
}

static void leave_out(const li_source_data *data, lii_plan *plan, uint32_t names)
{
    uint32_t i, j, k, n;
    int is_inside;

    for (i = 0; i < plan->n_combinations; i++) {
        lii_combination *c = &plan->combinations[i];

        for (j = n = 0; j < c->n_fields; j++) {
            k = name_of(data, c->fields[j].path, &is_inside);
            if (k == NAMES || !(names >> k & 1))
                c->fields[n++] = c->fields[j];
        }
        c->n_fields = n;
    }
}

static const li_pattern_options *pattern_options(void)
{
    static const li_pattern_options options = { sizeof options, LI_DIALECT_MAPPING, 0u, 512u, 1000u, 1000u, 0u,
                                                PATTERN_CHARACTERS * CHARACTER_BYTES };

    return &options;
}

/* The pattern without what it says of some names. The plan is read anew: leaving out is for good. */
static li_status compile_without(filter *f, rule *r, lii_plan *plan, li_slice text, uint32_t names, li_pattern_error *error)
{
    li_status status = lii_plan_read(plan, pattern_options(), text.ptr, text.len, error);

    if (status != LI_OK)
        return status;
    if (names == 0)
        note_forms(f->data, plan, r);
    leave_out(f->data, plan, names);
    status = lii_matcher_new(sizeof(lii_matcher), &f->allocator, pattern_options(), &r->without[names]);
    return status == LI_OK ? lii_matcher_add_plan(r->without[names], 0, plan) : status;
}

static li_status wrong(size_t i, const li_pattern_error *error, li_error *err)
{
    char subject[200];

    snprintf(subject, sizeof subject, "filters[%zu]: %s at byte %llu %.100s", i, li_pattern_error_name(error->kind),
             (unsigned long long)error->offset, error->path);
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_MAPPING_FILTER, subject, LI_Z, "Invalid filter pattern definition.");
}

static li_status read_pattern(filter *f, lii_plan *plan, size_t i, li_slice text, li_error *err)
{
    li_pattern_error error = LI_PATTERN_ERROR_INIT;
    rule *r = &f->rules[i];
    size_t at, n_characters = 0;
    li_status status;
    uint32_t names;

    for (at = 0; at < text.len; at++)
        n_characters += (text.ptr[at] & 0xC0) != 0x80;
    if (n_characters > PATTERN_CHARACTERS)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_MAPPING_OPTIONS, "filters", LI_Z,
                        "a filter pattern has at most %d characters", PATTERN_CHARACTERS);
    status = compile_without(f, r, plan, text, 0, &error);
    if (status == LI_OK && f->data->rule == LI_FILTER_OBJECT && r->texts != 0)
        return wrong(i, &error, err);
    f->names |= r->objects | r->texts;
    for (names = 1; status == LI_OK && f->data->rule == LI_FILTER_LENIENT && names < 1 << NAMES; names++)
        if ((names & ~(r->objects | r->texts)) == 0)
            status = compile_without(f, r, plan, text, names, &error);
    if (status == LI_E_VALIDATION)
        return wrong(i, &error, err);
    return status == LI_OK ? LI_OK : lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "%s", li_strerror(status));
}

static li_status read_all(filter *f, lii_json_value list, li_error *err)
{
    li_pattern_error none = LI_PATTERN_ERROR_INIT;
    lii_json_value value;
    li_status status = LI_OK;
    lii_plan plan;
    size_t at = 0, i;
    li_slice text;

    lii_plan_init(&plan, &f->allocator);
    for (i = 0; status == LI_OK && lii_json_next(list, &at, NULL, &value); i++) {
        lii_buf_clear(&f->event);
        if (value.type == LII_JSON_OBJECT) {
            status = read_pattern(f, &plan, i, lii_slice(value.ptr, value.len), err);
        } else if (value.type != LII_JSON_STRING) {
            status = wrong(i, &none, err);
        } else if (lii_buf_reserve(&f->event, value.len) != LI_OK) {
            status = lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for filters");
        } else {
            text = lii_slice(f->event.data, lii_json_unescape(value.ptr + 1, value.len - 2, f->event.data));
            status = read_pattern(f, &plan, i, text, err);
        }
    }
    lii_plan_fini(&plan);
    return status;
}

static li_status filter_compile(const li_allocator *allocator, const li_source_data *data, const char *filters, size_t len,
                                size_t max, void **out, li_error *err)
{
    li_pattern_error none = LI_PATTERN_ERROR_INIT;
    lii_json_value list = { NULL, 0, LII_JSON_NONE, 0 };
    li_allocator ours;
    li_status status = lii_allocator_read(allocator, &ours, err);
    size_t at = 0, n;
    filter *f;

    if (status != LI_OK)
        return status;
    if (lii_json_check(filters, len, LII_JSON_DEPTH, NULL) == 0)
        list = lii_json_root(filters, len);
    if (list.type != LII_JSON_ARRAY)
        return wrong(0, &none, err);
    for (n = 0; n <= max && lii_json_next(list, &at, NULL, NULL); n++)
        continue;
    if (n > max)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_MAPPING_OPTIONS, "filters", LI_Z, "a mapping has at most %zu filters", max);
    *out = NULL;
    if (n == 0)
        return LI_OK;
    f = lii_calloc(&ours, 1, sizeof *f + n * sizeof f->rules[0]);
    if (f == NULL)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for filters");
    f->allocator = ours;
    f->data = data;
    f->n = (uint32_t)n;
    lii_buf_init(&f->event, &f->allocator);
    status = read_all(f, list, err);
    if (status == LI_OK)
        *out = f;
    else
        filter_free(f);
    return status;
}

/* ---- looking at records */

/* LII_JSON_OBJECT, LII_JSON_ARRAY, or LII_JSON_STRING for anything else: a text. */
static int32_t form_of(li_slice data)
{
    lii_json_value root;

    if (data.ptr == NULL || lii_json_check(data.ptr, data.len, DATA_DEPTH, NULL) != 0)
        return LII_JSON_STRING;
    root = lii_json_root(data.ptr, data.len);
    return root.type == LII_JSON_OBJECT || root.type == LII_JSON_ARRAY ? root.type : LII_JSON_STRING;
}

/* The metadata's members and those of the data; forms: of the data. */
static li_status write_event(filter *f, li_slice metadata, const li_slice data[NAMES], int32_t forms[NAMES])
{
    const char *end = metadata.ptr + metadata.len;
    lii_json_writer w;
    uint32_t k;

    lii_buf_clear(&f->event);
    lii_json_begin(&w, &f->event);
    while (end > metadata.ptr && end[-1] != '}')
        end--;
    if (end > metadata.ptr)
        lii_buf_add(&f->event, metadata.ptr, (size_t)(end - 1 - metadata.ptr));
    for (k = 0; k < NAMES; k++) {
        if (!(f->names >> k & 1))
            continue;
        forms[k] = form_of(data[k]);
        if (data[k].ptr == NULL)
            continue;
        while (f->event.len > 0 && strchr(" \t\r\n", f->event.data[f->event.len - 1]))
            f->event.len--;
        w.needs_comma = f->event.len > 0 && f->event.data[f->event.len - 1] != '{';
        lii_json_key(&w, f->data->names[k]);
        if (forms[k] == LII_JSON_STRING)
            lii_json_string(&w, data[k].ptr, data[k].len);
        else
            lii_json_raw(&w, data[k].ptr, data[k].len);
    }
    return lii_buf_add_byte(&f->event, '}');
}

/* The names of which a rule asks for another form than the data has. */
static uint32_t misfits(const rule *r, const int32_t forms[NAMES])
{
    uint32_t names = 0, k;

    for (k = 0; k < NAMES; k++) {
        int fits = (r->objects >> k & 1 && forms[k] == LII_JSON_OBJECT) || (r->texts >> k & 1 && forms[k] == LII_JSON_STRING);

        if (!fits)
            names |= 1u << k;
    }
    return names & (r->objects | r->texts);
}

static int32_t note_match(void *user, uint64_t id)
{
    (void)id;
    *(int32_t *)user = 1;
    return 1;
}

static li_status filter_passes(void *self, const char *metadata, size_t len, const li_slice data[NAMES], int32_t *is_wanted)
{
    filter *f = self;
    int32_t forms[NAMES] = { LII_JSON_STRING, LII_JSON_STRING }, found = 0;
    li_status status = write_event(f, lii_slice(metadata, len), data, forms);
    lii_subject subject = { f->event.data, f->event.len, NULL, 0, 1 };
    uint32_t i, names;

    for (i = 0; status == LI_OK && i < f->n && !found; i++) {
        names = misfits(&f->rules[i], forms);
        if (names != 0 && f->data->rule != LI_FILTER_LENIENT)
            continue;
        status = lii_matcher_match(f->rules[i].without[names], &subject, NULL, note_match, &found);
        if (status != LI_OK && status != LI_E_NOMEM)
            status = LI_OK; /* what cannot be looked at does not match */
    }
    if (status == LI_OK)
        *is_wanted = found;
    return status;
}

const li_filter_ops *li_pattern_filter_ops(void)
{
    static const li_filter_ops ops = { sizeof ops, 1u, 0u, "patterns", filter_compile, filter_passes, filter_free };

    return &ops;
}
