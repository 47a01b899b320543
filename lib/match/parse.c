/* parse.c - the objects of a pattern: names make paths, lists make fields, $or makes branches. The text is validated first;
 * what is left to find are rules of patterns. A stack in memory, no recursion. */
#include <stdio.h>

#include "base/error.h"
#include "base/options.h"
#include "base/slice.h"
#include "json/scan.h"
#include "match/plan.h"

enum { SNS_KEYS = 5, SNS_COMPLEXITY = 150, MANY_PATHS = 16 };

typedef struct frame {
    lii_branch *branch;
    lii_item *or_item;       /* the frame is the list of a $or; NULL: an object of fields */
    size_t path_len;         /* of the object that this is */
    uint32_t n_names;        /* in that path */
    uint32_t n_members;
    int32_t is_in_or;
    int32_t is_branch;       /* the object begins a branch */
} frame;

typedef struct parser {
    lii_reader reader;
    lii_plan *plan;
    frame *frames;
    uint32_t depth;
    uint32_t cap;
    uint64_t complexity;     /* SNS: product over fields of values times depth (PAT-118) */
} parser;

static const char *const reserved_names[] = {
    "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr", "=", "<",
    "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after", "date-before",
    "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range"
};

li_status lii_plan_fail(lii_plan *plan, int32_t kind, const char *at)
{
    static const char *const texts[] = {
#define TEXT(constant, value, name, text) [value] = text,
        LI_PATTERN_ERROR_MAP(TEXT)
#undef TEXT
    };
    li_pattern_error ours = LI_PATTERN_ERROR_INIT, *error = plan->error;
    size_t n = plan->path.len < sizeof ours.path - 1 ? plan->path.len : sizeof ours.path - 1;

    if (error == NULL)
        return LI_E_VALIDATION;
    ours.kind = kind;
    ours.offset = (uint64_t)(at - plan->source);
    if (n > 0)
        memcpy(ours.path, plan->path.data, n);
    snprintf(ours.text, sizeof ours.text, "%s: %s (at byte %llu%s%.*s)", li_pattern_error_name(kind), texts[kind],
             (unsigned long long)ours.offset, n > 0 ? ", " : "", n < 100 ? (int)n : 100, ours.path);
    lii_options_write(error, &ours, sizeof ours);
    return LI_E_VALIDATION;
}

/* ---- reading */

void lii_reader_space(lii_reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
        r->at++;
}

li_status lii_reader_string(lii_reader *r, lii_text *out)
{
    const char *begin = ++r->at;
    lii_buf *text = &r->plan->text;
    int has_escape = 0;

    while (*r->at != '"') {
        has_escape |= *r->at == '\\';
        r->at += *r->at == '\\' ? 2 : 1;
    }
    out->ptr = begin;
    out->len = (size_t)(r->at++ - begin);
    if (!has_escape)
        return LI_OK;
    lii_buf_clear(text);
    if (lii_buf_reserve(text, out->len) != LI_OK)
        return LI_E_NOMEM;
    out->len = lii_json_unescape(out->ptr, out->len, text->data);
    out->ptr = text->data;
    return LI_OK;
}

/* Of a valid number: digits, signs, a point, an e. */
static int is_of_number(char c)
{
    return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || (c | 0x20) == 'e';
}

lii_text lii_reader_number(lii_reader *r)
{
    lii_text number;

    number.ptr = r->at;
    while (r->at < r->end && is_of_number(*r->at))
        r->at++;
    number.len = (size_t)(r->at - number.ptr);
    return number;
}

void lii_reader_skip(lii_reader *r)
{
    r->at += lii_json_root(r->at, (size_t)(r->end - r->at)).len;
}

/* The name of a member and what is between it and its value. */
static li_status read_name(lii_reader *r, lii_text *name)
{
    li_status status = lii_reader_string(r, name);

    lii_reader_space(r);
    r->at++; /* the colon */
    lii_reader_space(r);
    return status;
}

/* ---- paths */

static lii_path *find_path(lii_plan *plan, const char *text, size_t len)
{
    lii_path *path;

    if (plan->n_paths > MANY_PATHS)
        return lii_table_get(&plan->by_path, text, len);
    for (path = plan->paths; path; path = path->next)
        if (path->len == len && memcmp(path->text, text, len) == 0)
            return path;
    return NULL;
}

/* From the moment that there are many, all are in the table. */
static li_status keep_path(lii_plan *plan, lii_path *path)
{
    lii_path *each;

    path->index = plan->n_paths++;
    path->next = plan->paths;
    plan->paths = path;
    if (plan->n_paths == MANY_PATHS + 1) {
        for (each = plan->paths; each; each = each->next)
            if (lii_table_put(&plan->by_path, each->text, each->len, each, NULL) != LI_OK)
                return LI_E_NOMEM;
    } else if (plan->n_paths > MANY_PATHS) {
        return lii_table_put(&plan->by_path, path->text, path->len, path, NULL);
    }
    return LI_OK;
}

static li_status get_path(lii_plan *plan, lii_path **out)
{
    const char *text = plan->path.len ? plan->path.data : "";
    lii_path *path = find_path(plan, text, plan->path.len);
    char *copy;

    *out = path;
    if (path)
        return LI_OK;
    path = lii_arena_get(&plan->arena, sizeof *path + plan->path.len);
    if (path == NULL)
        return LI_E_NOMEM;
    memset(path, 0, sizeof *path);
    copy = (char *)(path + 1);
    memcpy(copy, text, plan->path.len);
    path->text = copy;
    path->len = (uint32_t)plan->path.len;
    *out = path;
    return keep_path(plan, path);
}

/* ---- branches, items, frames */

static lii_branch *new_branch(lii_plan *plan)
{
    lii_branch *branch = lii_arena_get(&plan->arena, sizeof *branch);

    if (branch) {
        memset(branch, 0, sizeof *branch);
        branch->n_combinations = 1;
    }
    return branch;
}

static lii_item *new_item(lii_plan *plan, lii_branch *branch, int32_t kind)
{
    lii_item *item = lii_arena_get(&plan->arena, sizeof *item);

    if (item == NULL)
        return NULL;
    memset(item, 0, sizeof *item);
    item->kind = kind;
    if (branch->last)
        branch->last->next = item;
    else
        branch->first = item;
    branch->last = item;
    return item;
}

static uint64_t capped(uint64_t n)
{
    return n < UINT32_MAX ? n : UINT32_MAX;
}

static frame *push(parser *p)
{
    frame *frames;

    if (p->depth == p->cap) {
        frames = lii_realloc(p->plan->arena.allocator, p->frames, (p->cap + 16) * sizeof *frames);
        if (frames == NULL)
            return NULL;
        p->frames = frames;
        p->cap += 16;
    }
    memset(&p->frames[p->depth], 0, sizeof *p->frames);
    return &p->frames[p->depth++];
}

/* An object of fields at r->at, whose names follow those of the frame below it. */
static li_status push_object(parser *p, lii_branch *branch, size_t path_len, uint32_t n_names, int is_in_or, int is_branch)
{
    frame *f = push(p);

    if (f == NULL)
        return LI_E_NOMEM;
    f->branch = branch;
    f->path_len = path_len;
    f->n_names = n_names;
    f->is_in_or = is_in_or;
    f->is_branch = is_branch;
    p->reader.at++;
    return LI_OK;
}

static int is_reserved(lii_text name)
{
    size_t i;

    for (i = 0; i < sizeof reserved_names / sizeof reserved_names[0]; i++)
        if (strlen(reserved_names[i]) == name.len && memcmp(reserved_names[i], name.ptr, name.len) == 0)
            return 1;
    return 0;
}

/* With the legacy flag, what is no list of objects is a field of that name. */
static int is_or(parser *p, lii_text name)
{
    lii_reader r = p->reader;

    if (name.len != 3 || memcmp(name.ptr, "$or", 3) != 0)
        return 0;
    if (!(p->plan->options.flags & LI_PATTERN_LEGACY_OR))
        return 1;
    if (*r.at++ != '[')
        return 0;
    for (lii_reader_space(&r); *r.at != ']'; lii_reader_space(&r)) {
        if (*r.at != '{')
            return 0;
        lii_reader_skip(&r);
        lii_reader_space(&r);
        r.at += *r.at == ',';
    }
    return 1;
}

static li_status begin_or(parser *p, const frame *of)
{
    frame copy = *of, *f;

    if (*p->reader.at != '[')
        return lii_plan_fail(p->plan, LI_PATTERN_OR_NOT_ARRAY, p->reader.at);
    f = push(p);
    if (f == NULL)
        return LI_E_NOMEM;
    f->branch = copy.branch;
    f->path_len = copy.path_len;
    f->n_names = copy.n_names;
    f->or_item = new_item(p->plan, copy.branch, LII_ITEM_OR);
    p->reader.at++;
    return f->or_item ? LI_OK : LI_E_NOMEM;
}

static uint64_t count_values(const char *code, uint32_t len)
{
    const char *end = code + len;
    uint64_t n = 0;
    uint32_t head;

    for (; code < end; code += 4 + (head >> 8), n++)
        memcpy(&head, code, sizeof head);
    return n;
}

static li_status read_field(parser *p, lii_branch *branch, uint32_t n_names)
{
    lii_item *item = new_item(p->plan, branch, LII_ITEM_FIELD);
    const char *begin = p->reader.at;
    li_status status;

    if (item == NULL)
        return LI_E_NOMEM;
    item->n_combinations = 1;
    status = get_path(p->plan, &item->field.path);
    if (status == LI_OK)
        status = lii_operand_list(&p->reader, &item->field.code, &item->field.code_len);
    item->field.offset = (uint32_t)(begin - p->plan->source);
    item->field.len = (uint32_t)(p->reader.at - begin);
    if (status == LI_OK)
        p->complexity = capped(p->complexity * count_values(item->field.code, item->field.code_len) * n_names);
    return status;
}

static li_status add_name(lii_plan *plan, const frame *f, lii_text name)
{
    plan->path.len = f->path_len;
    if (f->n_names > 0)
        lii_buf_add_byte(&plan->path, '.');
    return lii_buf_add(&plan->path, name.ptr, name.len);
}

/* r->at is on a member of the object. */
static li_status read_member(parser *p)
{
    frame *f = &p->frames[p->depth - 1];
    const char *begin = p->reader.at;
    lii_text name;
    li_status status = read_name(&p->reader, &name);

    if (status != LI_OK)
        return status;
    f->n_members++;
    if (is_or(p, name)) {
        p->plan->path.len = f->path_len;
        return begin_or(p, f);
    }
    if (add_name(p->plan, f, name) != LI_OK)
        return LI_E_NOMEM;
    if (f->is_in_or && is_reserved(name))
        return lii_plan_fail(p->plan, LI_PATTERN_OR_RESERVED_NAME, begin);
    if (*p->reader.at == '[')
        return read_field(p, f->branch, f->n_names + 1);
    if (*p->reader.at != '{')
        return lii_plan_fail(p->plan, LI_PATTERN_BARE_VALUE, p->reader.at);
    if (p->plan->options.dialect == LI_DIALECT_SNS_ATTRIBUTES)
        return lii_plan_fail(p->plan, LI_PATTERN_NESTED, p->reader.at);
    return push_object(p, f->branch, p->plan->path.len, f->n_names + 1, f->is_in_or, 0);
}

static int is_policy(const lii_plan *plan)
{
    return plan->options.dialect == LI_DIALECT_SNS_ATTRIBUTES || plan->options.dialect == LI_DIALECT_SNS_BODY;
}

static void close_branch(lii_branch *branch)
{
    const lii_item *item;

    for (item = branch->first; item; item = item->next)
        branch->n_combinations = capped(branch->n_combinations * item->n_combinations);
}

static li_status step_object(parser *p)
{
    frame *f = &p->frames[p->depth - 1];
    lii_reader *r = &p->reader;

    lii_reader_space(r);
    if (*r->at == ',') {
        r->at++;
        lii_reader_space(r);
    }
    if (*r->at != '}')
        return read_member(p);
    p->plan->path.len = f->path_len;
    if (f->n_members == 0 && !(p->depth == 1 && is_policy(p->plan)))
        return lii_plan_fail(p->plan, LI_PATTERN_EMPTY_OBJECT, r->at);
    if (f->is_branch)
        close_branch(f->branch);
    r->at++;
    p->depth--;
    return LI_OK;
}

static li_status end_or(parser *p, const frame *f)
{
    const lii_branch *branch;
    uint64_t n_branches = 0;

    for (branch = f->or_item->branches; branch; branch = branch->next, n_branches++)
        f->or_item->n_combinations = capped(f->or_item->n_combinations + branch->n_combinations);
    if (n_branches < 2)
        return lii_plan_fail(p->plan, LI_PATTERN_OR_TOO_FEW, p->reader.at);
    p->complexity = capped(p->complexity + n_branches);
    p->reader.at++;
    p->depth--;
    return LI_OK;
}

static li_status step_or(parser *p)
{
    frame f = p->frames[p->depth - 1];
    lii_reader *r = &p->reader;
    lii_branch *branch;

    lii_reader_space(r);
    if (*r->at == ',') {
        r->at++;
        lii_reader_space(r);
    }
    p->plan->path.len = f.path_len;
    if (*r->at == ']')
        return end_or(p, &f);
    if (*r->at != '{')
        return lii_plan_fail(p->plan, LI_PATTERN_OR_MEMBER, r->at);
    branch = new_branch(p->plan);
    if (branch == NULL)
        return LI_E_NOMEM;
    branch->next = f.or_item->branches;
    f.or_item->branches = branch; /* the last one first: which is which does not matter */
    return push_object(p, branch, f.path_len, f.n_names, 1, 1);
}

/* ---- the whole */

static li_status check_policy(parser *p)
{
    lii_path *path, *other;
    uint32_t n_keys = 0;

    if (!is_policy(p->plan))
        return LI_OK;
    for (path = p->plan->paths; path && n_keys <= SNS_KEYS; path = path->next) {
        const char *dot = path->len ? memchr(path->text, '.', path->len) : NULL;
        size_t n = dot ? (size_t)(dot - path->text) : path->len;

        for (other = path->next; other; other = other->next)
            if (other->len >= n && memcmp(other->text, path->text, n) == 0 && (other->len == n || other->text[n] == '.'))
                break;
        n_keys += other == NULL;
    }
    p->plan->path.len = 0;
    if (n_keys > SNS_KEYS)
        return lii_plan_fail(p->plan, LI_PATTERN_TOO_MANY_KEYS, p->plan->source);
    if (p->complexity > SNS_COMPLEXITY)
        return lii_plan_fail(p->plan, LI_PATTERN_TOO_COMPLEX, p->plan->source);
    return LI_OK;
}

/* A document in which only rules of patterns can be broken, or an error. */
static li_status check_text(lii_plan *plan)
{
    lii_json_error error;
    lii_json_value root;

    if (plan->source_len > plan->options.max_bytes || plan->source_len > UINT32_MAX)
        return lii_plan_fail(plan, LI_PATTERN_TOO_LONG, plan->source);
    if (plan->source_len == 0)
        return lii_plan_fail(plan, LI_PATTERN_TOP_NOT_OBJECT, plan->source);
    if (lii_json_check(plan->source, plan->source_len, plan->options.max_depth, &error) != 0)
        return lii_plan_fail(plan, error.reason == lii_json_too_deep ? LI_PATTERN_TOO_DEEP : LI_PATTERN_JSON_SYNTAX,
                             plan->source + error.offset);
    root = lii_json_root(plan->source, plan->source_len);
    return root.type == LII_JSON_OBJECT ? LI_OK : lii_plan_fail(plan, LI_PATTERN_TOP_NOT_OBJECT, root.ptr);
}

static li_status read_all(parser *p)
{
    li_status status = check_text(p->plan);

    if (status != LI_OK)
        return status;
    lii_reader_space(&p->reader);
    p->plan->root = new_branch(p->plan);
    status = p->plan->root ? push_object(p, p->plan->root, 0, 0, 0, 1) : LI_E_NOMEM;
    while (status == LI_OK && p->depth > 0)
        status = p->frames[p->depth - 1].or_item ? step_or(p) : step_object(p);
    if (status == LI_OK)
        status = check_policy(p);
    return status == LI_OK ? lii_plan_expand(p->plan) : status;
}

static void forget(lii_plan *plan)
{
    lii_arena_clear(&plan->arena);
    lii_buf_clear(&plan->path);
    if (plan->n_paths > MANY_PATHS)
        lii_table_fini(&plan->by_path);
    plan->paths = NULL;
    plan->n_paths = plan->n_combinations = 0;
    plan->combinations = NULL;
    plan->root = NULL;
}

void lii_plan_init(lii_plan *plan, const li_allocator *allocator)
{
    memset(plan, 0, sizeof *plan);
    lii_arena_init(&plan->arena, allocator, 1024);
    lii_buf_init(&plan->code, allocator);
    lii_buf_init(&plan->path, allocator);
    lii_buf_init(&plan->text, allocator);
    lii_table_init(&plan->by_path, allocator);
}

void lii_plan_fini(lii_plan *plan)
{
    lii_arena_fini(&plan->arena);
    lii_buf_fini(&plan->code);
    lii_buf_fini(&plan->path);
    lii_buf_fini(&plan->text);
    lii_table_fini(&plan->by_path);
}

li_status lii_plan_read(lii_plan *plan, const li_pattern_options *options, const char *text, size_t len,
                        li_pattern_error *error)
{
    parser p;
    li_status status;

    forget(plan);
    plan->options = *options;
    plan->source = text ? text : "";
    plan->source_len = lii_len(text, len);
    plan->error = error;
    memset(&p, 0, sizeof p);
    p.plan = plan;
    p.complexity = 1;
    p.reader.plan = plan;
    p.reader.at = plan->source;
    p.reader.end = plan->source + plan->source_len;
    status = read_all(&p);
    lii_free(plan->arena.allocator, p.frames);
    return status;
}
