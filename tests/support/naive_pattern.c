/* naive_pattern.c - a pattern is a list of and-rules, an event a list of leaves; every choice is tried. Recursive, as the
 * statements are written; for tests alone. */
#include "naive_pattern.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/scan.h"

enum { LEAVES = 400, DEPTH = 40, FIELDS = 40, RULES = 200, PATH = 256, TEXT = 512, STEPS = 200000 };

typedef struct leaf {
    char path[PATH];
    lii_json_value value;
    int arrays[DEPTH], elements[DEPTH], n_arrays;
} leaf;

typedef struct field {
    char path[PATH];
    lii_json_value list;
} field;

typedef struct rule {
    field fields[FIELDS];
    int n;
} rule;

typedef struct state {
    leaf leaves[LEAVES];
    rule rules[RULES];
    int n_leaves, n_rules, n_arrays, n_steps, gives_up;
} state;

/* ---- the event */

static void add_leaves(state *s, const char *path, lii_json_value v, leaf *place)
{
    size_t at = 0;
    lii_json_value key, value;

    if (v.type == LII_JSON_OBJECT) {
        while (lii_json_next(v, &at, &key, &value)) {
            char name[TEXT], longer[PATH];
            size_t n = lii_json_unescape(key.ptr + 1, key.len - 2, name);

            name[n] = '\0';
            if (snprintf(longer, sizeof longer, "%s%s%s", path ? path : "", path ? "." : "", name) >= PATH)
                s->gives_up = 1;
            add_leaves(s, longer, value, place);
        }
    } else if (v.type == LII_JSON_ARRAY) {
        int array = s->n_arrays++, index = 0;

        while (lii_json_next(v, &at, NULL, &value)) {
            int is_container = value.type == LII_JSON_OBJECT || value.type == LII_JSON_ARRAY;

            if (is_container) {
                place->arrays[place->n_arrays] = array;
                place->elements[place->n_arrays++] = index;
            }
            add_leaves(s, path, value, place);
            place->n_arrays -= is_container;
            index++;
        }
    } else {
        if (s->n_leaves == LEAVES) {
            s->gives_up = 1;
            return;
        }
        s->leaves[s->n_leaves] = *place;
        s->leaves[s->n_leaves].value = v;
        snprintf(s->leaves[s->n_leaves++].path, PATH, "%s", path);
    }
}

/* ---- the pattern: every combination of branches as a rule */

typedef struct item {
    lii_json_value object;   /* whose members from `at` on come next */
    size_t at;
    char path[PATH];
    int has_path;
} item;

static void put(state *s, rule *r, const char *path, lii_json_value list)
{
    int i;

    for (i = 0; i < r->n && strcmp(r->fields[i].path, path) != 0; i++)
        continue;
    if (i == FIELDS) {
        s->gives_up = 1;
        return;
    }
    snprintf(r->fields[i].path, PATH, "%s", path);
    r->fields[i].list = list;
    r->n += i == r->n;
}

static void expand(state *s, rule r, item *stack, int depth)
{
    item mine[DEPTH];
    lii_json_value key, value;

    memcpy(mine, stack, (size_t)depth * sizeof *mine);
    while (depth > 0 && !s->gives_up) {
        item *top = &mine[depth - 1];
        char name[TEXT], path[PATH];
        size_t n;

        if (!lii_json_next(top->object, &top->at, &key, &value)) {
            depth--;
            continue;
        }
        n = lii_json_unescape(key.ptr + 1, key.len - 2, name);
        name[n] = '\0';
        if (strcmp(name, "$or") == 0 && value.type == LII_JSON_ARRAY) {
            lii_json_value branch;
            size_t at = 0;

            if (depth == DEPTH) {
                s->gives_up = 1;
                return;
            }
            while (lii_json_next(value, &at, NULL, &branch)) {
                mine[depth] = *top;
                mine[depth].object = branch;
                mine[depth].at = 0;
                expand(s, r, mine, depth + 1);
            }
            return;
        }
        if (snprintf(path, sizeof path, "%s%s%s", top->path, top->has_path ? "." : "", name) >= PATH)
            s->gives_up = 1;
        if (value.type == LII_JSON_OBJECT) {
            if (depth == DEPTH) {
                s->gives_up = 1;
                return;
            }
            mine[depth].object = value;
            mine[depth].at = 0;
            mine[depth].has_path = 1;
            snprintf(mine[depth++].path, PATH, "%s", path);
        } else {
            put(s, &r, path, value);
        }
    }
    if (s->n_rules == RULES)
        s->gives_up = 1;
    else
        s->rules[s->n_rules++] = r;
}

/* ---- values */

typedef struct text {
    char data[TEXT];
    size_t len;
} text;

static text text_of(state *s, lii_json_value v)
{
    text t;

    if (v.len > TEXT - 2) {
        s->gives_up = 1;
        v.len = 2;
    }
    t.len = lii_json_unescape(v.ptr + 1, v.len - 2, t.data);
    t.data[t.len] = '\0';
    return t;
}

/* The digits and exponent of a number, without zeros around. */
static void normal(const char *p, size_t len, char digits[TEXT], long *exponent)
{
    size_t n = 0, i, zeros;
    long scale = 0;
    int point = 0;

    for (i = 0; i < len && p[i] != 'e' && p[i] != 'E'; i++) {
        if (p[i] == '.')
            point = 1;
        else if (p[i] >= '0' && p[i] <= '9') {
            scale -= point;
            if (n > 0 || p[i] != '0')
                digits[n++] = p[i];
        }
    }
    if (i < len)
        scale += strtol(p + i + 1, NULL, 10);
    for (zeros = 0; n > zeros && digits[n - 1 - zeros] == '0'; zeros++)
        scale++;
    n -= zeros;
    digits[n] = '\0';
    *exponent = n ? scale : 0;
}

static int comparable(lii_json_value v, double *d)
{
    char copy[TEXT], digits[TEXT], ours[TEXT];
    long exponent, our_exponent;
    int n;

    if (v.len >= TEXT - 1)
        return 0;
    memcpy(copy, v.ptr, v.len);
    copy[v.len] = '\0';
    *d = strtod(copy, NULL);
    normal(v.ptr, v.len, digits, &exponent);
    if (*d > DBL_MAX || *d < -DBL_MAX)
        return 0;
    for (n = 0; n < 17; n++) {
        snprintf(copy, sizeof copy, "%.*e", n, *d);
        if (strtod(copy, NULL) == *d)
            break;
    }
    normal(copy, strlen(copy), ours, &our_exponent);
    return strcmp(digits, ours) == 0 && exponent == our_exponent;
}

static int same_number(lii_json_value a, lii_json_value b)
{
    double x, y;

    return comparable(a, &x) && comparable(b, &y) && x == y;
}

/* The value of an address in 17 bytes, or 0. */
static int address(const text *t, unsigned char out[17])
{
    unsigned part[4], groups[8], gap = 9, n = 0;
    int used = 0;
    size_t i = 0;

    memset(out, 0, 17);
    if (strlen(t->data) == t->len && sscanf(t->data, "%3u.%3u.%3u.%3u%n", &part[0], &part[1], &part[2], &part[3], &used) == 4 &&
        (size_t)used == t->len && strspn(t->data, "0123456789.") == t->len && part[0] < 256 && part[1] < 256 && part[2] < 256 &&
        part[3] < 256) {
        out[0] = 4;
        for (i = 0; i < 4; i++)
            out[1 + i] = (unsigned char)part[i];
        return 1;
    }
    if (strspn(t->data, "0123456789abcdefABCDEF:") != t->len || !strchr(t->data, ':') || t->len < 2)
        return 0;
    if (strncmp(t->data, "::", 2) == 0) {
        gap = 0;
        i = 2;
    }
    while (i < t->len) {
        char *end;

        if (n == 8 || t->data[i] == ':')
            return 0;
        groups[n++] = (unsigned)strtoul(t->data + i, &end, 16);
        if (end - (t->data + i) > 4)
            return 0;
        i = (size_t)(end - t->data);
        if (i == t->len)
            break;
        if (++i == t->len)
            return 0;
        if (t->data[i] == ':') {
            if (gap != 9)
                return 0;
            gap = n;
            i++;
        }
    }
    if (gap == 9 ? n != 8 : n == 8)
        return 0;
    out[0] = 16;
    for (i = 0; i < n; i++) {
        size_t to = gap == 9 || i < gap ? i : i + 8 - n;

        out[1 + 2 * to] = (unsigned char)(groups[i] >> 8);
        out[2 + 2 * to] = (unsigned char)groups[i];
    }
    return 1;
}

static int lower(int c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static int same_but_case(state *s, const char *a, const char *b, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if ((unsigned char)a[i] > 127 || (unsigned char)b[i] > 127)
            s->gives_up = 1;
        if (lower(a[i]) != lower(b[i]))
            return 0;
    }
    return 1;
}

static int wild(const char *p, const char *p_end, const char *t, const char *t_end)
{
    if (p == p_end)
        return t == t_end;
    if (*p == '*') {
        for (; t <= t_end; t++)
            if (wild(p + 1, p_end, t, t_end))
                return 1;
        return 0;
    }
    if (*p == '\\')
        p++;
    return t < t_end && *p == *t && wild(p + 1, p_end, t + 1, t_end);
}

static int affix(state *s, int is_prefix, int ignores_case, const text *operand, const text *value)
{
    const char *at;

    if (operand->len > value->len) {
        size_t i;

        for (i = 0; ignores_case && i < value->len; i++) /* a form may be shorter than its letter */
            if ((unsigned char)value->data[i] > 127)
                s->gives_up = 1;
        return 0;
    }
    at = value->data + (is_prefix ? 0 : value->len - operand->len);
    return ignores_case ? same_but_case(s, operand->data, at, operand->len) : memcmp(operand->data, at, operand->len) == 0;
}

static int numeric(lii_json_value list, lii_json_value v)
{
    lii_json_value sign, bound;
    size_t at = 0;
    double x, y;

    if (v.type != LII_JSON_NUMBER || !comparable(v, &x))
        return 0;
    while (lii_json_next(list, &at, NULL, &sign)) {
        lii_json_next(list, &at, NULL, &bound);
        comparable(bound, &y);
        if (lii_json_text_is(sign, "=", 1) ? x != y : lii_json_text_is(sign, "<", 1) ? x >= y
          : lii_json_text_is(sign, "<=", 2) ? x > y : lii_json_text_is(sign, ">", 1) ? x <= y : x < y)
            return 0;
    }
    return 1;
}

static int cidr(state *s, lii_json_value operand, const text *value)
{
    unsigned char base[17], address_of[17];
    text t = text_of(s, operand);
    char *slash = strchr(t.data, '/');
    int bits = atoi(slash + 1), i;

    *slash = '\0';
    t.len = (size_t)(slash - t.data);
    if (!address(&t, base) || !address(value, address_of) || base[0] != address_of[0])
        return 0;
    for (i = 0; i < bits; i++)
        if (((base[1 + i / 8] ^ address_of[1 + i / 8]) >> (7 - i % 8)) & 1)
            return 0;
    return 1;
}

/* One operator with a string operand against a string value. */
static int with_text(state *s, const char *name, lii_json_value operand, lii_json_value v)
{
    text o, value;

    if (v.type != LII_JSON_STRING)
        return 0;
    value = text_of(s, v);
    if (operand.type == LII_JSON_OBJECT)
        return with_text(s, strcmp(name, "prefix") == 0 ? "p" : "s", lii_json_get(operand, "equals-ignore-case", LI_Z), v);
    if (strcmp(name, "cidr") == 0)
        return cidr(s, operand, &value);
    o = text_of(s, operand);
    if (strcmp(name, "exactly") == 0)
        return o.len == value.len && memcmp(o.data, value.data, o.len) == 0;
    if (strcmp(name, "equals-ignore-case") == 0)
        return affix(s, 1, 1, &o, &value) && o.len == value.len;
    if (strcmp(name, "wildcard") == 0)
        return wild(o.data, o.data + o.len, value.data, value.data + value.len);
    return affix(s, name[0] == 'p', name[1] == '\0', &o, &value);
}

static int plain(state *s, lii_json_value wanted, lii_json_value v, int knows_addresses)
{
    unsigned char a[17], b[17];
    text x, y;

    if (wanted.type != v.type)
        return 0;
    if (v.type == LII_JSON_NUMBER)
        return same_number(wanted, v) ||
               (knows_addresses && wanted.len == v.len && memcmp(wanted.ptr, v.ptr, v.len) == 0);
    if (v.type != LII_JSON_STRING)
        return 1;
    x = text_of(s, wanted);
    y = text_of(s, v);
    if (knows_addresses && address(&x, a))
        return address(&y, b) && memcmp(a, b, 17) == 0;
    return x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
}

static int excluded(state *s, lii_json_value operand, const char *name, lii_json_value v)
{
    lii_json_value member, key;
    size_t at = 0;

    if (operand.type == LII_JSON_OBJECT) {
        char text_of_name[TEXT];
        size_t n;

        lii_json_next(operand, &at, &key, &member);
        n = lii_json_unescape(key.ptr + 1, key.len - 2, text_of_name);
        text_of_name[n] = '\0';
        return excluded(s, member, text_of_name, v);
    }
    if (operand.type == LII_JSON_ARRAY) {
        while (lii_json_next(operand, &at, NULL, &member))
            if (excluded(s, member, name, v))
                return 1;
        return 0;
    }
    return name ? with_text(s, name, operand, v) : plain(s, operand, v, 0);
}

static int accepts(state *s, lii_json_value wanted, lii_json_value v)
{
    lii_json_value key, operand;
    char name[TEXT];
    size_t at = 0, n;

    if (wanted.type != LII_JSON_OBJECT)
        return plain(s, wanted, v, 1);
    lii_json_next(wanted, &at, &key, &operand);
    n = lii_json_unescape(key.ptr + 1, key.len - 2, name);
    name[n] = '\0';
    if (strcmp(name, "exists") == 0)
        return operand.type == LII_JSON_TRUE;
    if (strcmp(name, "numeric") == 0)
        return numeric(operand, v);
    if (strcmp(name, "anything-but") == 0)
        return !excluded(s, operand, NULL, v);
    return with_text(s, name, operand, v);
}

static int satisfies(state *s, lii_json_value list, lii_json_value v)
{
    lii_json_value wanted;
    size_t at = 0;

    while (lii_json_next(list, &at, NULL, &wanted))
        if (accepts(s, wanted, v))
            return 1;
    return 0;
}

static int accepts_absence(lii_json_value list)
{
    lii_json_value wanted;
    size_t at = 0;

    while (lii_json_next(list, &at, NULL, &wanted))
        if (wanted.type == LII_JSON_OBJECT && lii_json_get(wanted, "exists", LI_Z).type == LII_JSON_FALSE)
            return 1;
    return 0;
}

/* ---- rules: one leaf for each field, no two in different elements of one array */

static int together(const leaf *a, const leaf *b)
{
    int i, j;

    for (i = 0; i < a->n_arrays; i++)
        for (j = 0; j < b->n_arrays; j++)
            if (a->arrays[i] == b->arrays[j] && a->elements[i] != b->elements[j])
                return 0;
    return 1;
}

static int choose(state *s, const rule *r, int i, const leaf **chosen)
{
    int k, j, n_there = 0;

    if (i == r->n)
        return 1;
    for (k = 0; k < s->n_leaves && !s->gives_up; k++) {
        if (strcmp(s->leaves[k].path, r->fields[i].path) != 0)
            continue;
        n_there++;
        if (++s->n_steps > STEPS)
            s->gives_up = 1;
        for (j = 0; j < i && (chosen[j] == NULL || together(chosen[j], &s->leaves[k])); j++)
            continue;
        if (j < i || !satisfies(s, r->fields[i].list, s->leaves[k].value))
            continue;
        chosen[i] = &s->leaves[k];
        if (choose(s, r, i + 1, chosen))
            return 1;
    }
    chosen[i] = NULL;
    return n_there == 0 && accepts_absence(r->fields[i].list) && choose(s, r, i + 1, chosen);
}

int naive_match(const char *pattern, size_t pattern_len, const char *event, size_t event_len)
{
    static state s;
    static rule empty;
    static item first;
    leaf place;
    int i, found = 0;

    memset(&place, 0, sizeof place);
    s.n_leaves = s.n_rules = s.n_arrays = s.n_steps = s.gives_up = 0;
    memset(&first, 0, sizeof first);
    first.object = lii_json_root(pattern, pattern_len);
    expand(&s, empty, &first, 1);
    add_leaves(&s, NULL, lii_json_root(event, event_len), &place);
    for (i = 0; i < s.n_rules && !found && !s.gives_up; i++) {
        const leaf *chosen[FIELDS];

        found = choose(&s, &s.rules[i], 0, chosen);
    }
    return s.gives_up ? -1 : found;
}
