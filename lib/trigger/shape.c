/* shape.c - texts against small patterns, documents against shapes; all in bounded time. */
#include <stdlib.h>

#include "trigger/form.h"

/* ---- patterns of fields */

typedef struct atom {
    const char *from, *end;      /* the class's inside, or one character */
    size_t least, most;
} atom;

static int in_class(const char *p, const char *end, unsigned char c)
{
    for (; p < end; p++) {
        unsigned char low = (unsigned char)*p;

        if (low == '\\' && p + 1 < end) {
            if ((unsigned char)*++p == c)
                return 1;
            continue;
        }
        if (end - p > 2 && p[1] == '-') {
            if (c >= low && c <= (unsigned char)p[2])
                return 1;
            p += 2;
        } else if (c == low) {
            return 1;
        }
    }
    return 0;
}

static const char *read_times(const char *p, atom *a)
{
    char *end;

    a->least = a->most = 1;
    if (*p == '*' || *p == '+' || *p == '?') {
        a->least = *p == '+';
        a->most = *p == '?' ? 1 : SIZE_MAX;
        return p + 1;
    }
    if (*p != '{')
        return p;
    a->least = a->most = strtoul(p + 1, &end, 10);
    if (*end == ',')
        a->most = end[1] == '}' ? SIZE_MAX : strtoul(end + 1, NULL, 10);
    p = strchr(p, '}');
    return p ? p + 1 : "";
}

static const char *read_atom(const char *p, atom *a)
{
    if (*p == '[') {
        const char *end = p + 1;

        while (*end && *end != ']')
            end += *end == '\\' && end[1] ? 2 : 1;
        a->from = p + 1;
        a->end = end;
        return read_times(*end ? end + 1 : end, a);
    }
    if (*p == '\\' && p[1])
        p++;
    a->from = p;
    a->end = p + 1;
    return read_times(p + 1, a);
}

static int takes(const atom *a, const char *start, unsigned char c)
{
    if (start[0] == '.' && a->from == start)
        return 1;
    return start[0] == '[' ? a->from[0] == '^' ? !in_class(a->from + 1, a->end, c) : in_class(a->from, a->end, c)
                           : (unsigned char)*a->from == c;
}

/* A branch without |: the places that the text may be at, as a set of bits, one atom after the other. */
enum { PLACES = 2049 };

static int branch_is(const char *pattern, size_t n, li_slice text)
{
    static const unsigned char none[PLACES] = { 0 };
    unsigned char at[PLACES], next[PLACES];
    const char *p = pattern, *end = pattern + n;

    if (text.len >= PLACES)
        return 1;                /* longer texts are bounded by max; their characters are not looked at */
    memcpy(at, none, sizeof at);
    at[0] = 1;
    while (p < end) {
        const char *start = p;
        size_t i, k, run;
        atom a;

        p = read_atom(p, &a);
        memcpy(next, none, sizeof next);
        for (i = 0; i <= text.len; i++) {
            if (!at[i])
                continue;
            for (run = 0; i + run < text.len && run < a.most && takes(&a, start, (unsigned char)text.ptr[i + run]);)
                run++;
            for (k = a.least; k <= run; k++)
                next[i + k] = 1;
        }
        memcpy(at, next, sizeof at);
    }
    return at[text.len];
}

int lii_pattern_is(const char *pattern, li_slice text)
{
    const char *p = pattern;
    int in_brackets = 0;

    for (;; p++) {
        if (*p == '[')
            in_brackets = 1;
        else if (*p == ']')
            in_brackets = 0;
        if (*p == '\\' && p[1]) {
            p++;
            continue;
        }
        if ((*p == '|' && !in_brackets) || *p == '\0') {
            if (branch_is(pattern, (size_t)(p - pattern), text))
                return 1;
            if (*p == '\0')
                return 0;
            pattern = p + 1;
        }
    }
}

/* ---- words, paths and shapes */

int lii_word_place(const char *list, char between, li_slice word)
{
    const char separators[2] = { between, '\0' };
    size_t n;
    int i;

    for (i = 0; *list; i++, list += n + (list[n] == between)) {
        n = strcspn(list, separators);
        if (n == word.len && memcmp(list, word.ptr, n) == 0)
            return i;
    }
    return -1;
}

lii_json_value lii_json_path(lii_json_value value, const char *path, size_t path_len)
{
    const char *p = path, *end = path + lii_len(path, path_len);

    while (p < end && value.type != LII_JSON_NONE) {
        char name[64];
        size_t n = 0, len = 0;
        int is_escaped = 0;

        for (; p + n < end && p[n] != '.'; n++) {
            if (p[n] == '\\' && p + n + 1 < end) {     /* a dot in a name is written \. */
                n++;
                is_escaped = 1;
            }
            if (len < sizeof name)
                name[len++] = p[n];
        }
        if (value.type == LII_JSON_ARRAY) {
            size_t place = strtoul(p, NULL, 10), at = 0;
            lii_json_value entry, found;

            memset(&found, 0, sizeof found);
            while (lii_json_next(value, &at, NULL, &entry))
                if (place-- == 0) {
                    found = entry;
                    break;
                }
            value = found;
        } else {
            value = is_escaped ? lii_json_get(value, name, len) : lii_json_get(value, p, n);
        }
        p += n + 1;
    }
    return value;
}

static int is_type(int32_t type, const char *letters, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        char c = letters[i];

        if (c == '*' || (c == 's' && type == LII_JSON_STRING) || (c == 'n' && type == LII_JSON_NUMBER) ||
            (c == 'o' && type == LII_JSON_OBJECT) || (c == 'a' && type == LII_JSON_ARRAY) ||
            (c == 'b' && (type == LII_JSON_TRUE || type == LII_JSON_FALSE)) || (c == 'z' && type == LII_JSON_NULL))
            return 1;
    }
    return 0;
}

static const char *type_word(char letter)
{
    return letter == 's'   ? "a text"
           : letter == 'n' ? "a number"
           : letter == 'o' ? "an object"
           : letter == 'a' ? "an array"
           : letter == 'b' ? "true or false"
                           : "null";
}

/* Is the key the first name of one of the paths? */
static int is_named(lii_json_value key, const char *shape)
{
    const char *p = shape;

    while (*p) {
        size_t n = strcspn(p, " "), name;

        name = strcspn(p, ".: ");
        if (lii_json_text_is(key, p, name < n ? name : n))
            return 1;
        p += n + (p[n] == ' ');
    }
    return 0;
}

static li_status check_closed(lii_json_value value, const char *shape, const char *what, int32_t detail, li_error *err)
{
    lii_json_value key, member;
    char name[64];
    size_t at = 0, len;

    while (lii_json_next(value, &at, &key, &member))
        if (!is_named(key, shape)) {
            len = lii_json_text(key, name, sizeof name);
            len = len < sizeof name ? len : sizeof name;
            return lii_fail(err, LI_E_INVALID, detail, name, len, "the %s has no member \"%.*s\"", what, (int)len, name);
        }
    return LI_OK;
}

li_status lii_shape_check(lii_json_value value, const char *shape, int is_closed, const char *what, int32_t detail,
                          li_error *err)
{
    const char *p = shape;

    while (*p) {
        size_t n = strcspn(p, " "), path = strcspn(p, ":"), types = n - path - 1;
        int is_required = p[n - 1] == '!';
        lii_json_value found = lii_json_path(value, p, path);

        types -= (size_t)is_required;
        if (found.type == LII_JSON_NONE && is_required)
            return lii_fail(err, LI_E_INVALID, detail, p, path, "the %s needs the member %.*s", what, (int)path, p);
        if (found.type != LII_JSON_NONE && !is_type(found.type, p + path + 1, types))
            return lii_fail(err, LI_E_INVALID, detail, p, path, "%.*s of the %s must be %s", (int)path, p, what,
                            type_word(p[path + 1]));
        p += n + (p[n] == ' ');
    }
    return is_closed ? check_closed(value, shape, what, detail, err) : LI_OK;
}
