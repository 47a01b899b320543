/* http_route.c - paths against routes: exact before {name} before {proxy+} (TRG-102). Pure. */
#include "service/http.h"

/* The next part of a path between slashes; 0 at the end. */
static int next_part(const char **p, const char *end, li_slice *part)
{
    const char *slash;

    if (*p >= end)
        return 0;
    (*p)++;                      /* the slash */
    slash = memchr(*p, '/', (size_t)(end - *p));
    *part = lii_slice(*p, (size_t)((slash ? slash : end) - *p));
    *p = slash ? slash : end;
    return 1;
}

static int is_variable(li_slice part)
{
    return part.len > 2 && part.ptr[0] == '{' && part.ptr[part.len - 1] == '}';
}

static int is_greedy(li_slice part)
{
    return part.len > 3 && is_variable(part) && part.ptr[part.len - 2] == '+';
}

static li_slice trimmed(li_slice path)
{
    if (path.len > 1 && path.ptr[path.len - 1] == '/')
        path.len--;
    return path;
}

/* Rank: for each part 3 exact, 2 variable, 1 greedy, the first parts weigh most. */
int lii_route_matches(li_slice route, li_slice path, uint64_t *rank)
{
    const char *r, *r_end, *p, *p_end;
    li_slice want, have;
    int n = 0;

    route = trimmed(route);
    path = trimmed(path);
    r = route.ptr;
    r_end = r + route.len;
    p = path.ptr;
    p_end = p + path.len;
    *rank = 0;
    while (next_part(&r, r_end, &want)) {
        uint64_t weight = UINT64_C(1) << (n < 30 ? 60 - 2 * n : 0);

        n++;
        if (is_greedy(want)) {
            *rank += weight;
            return r == r_end && p < p_end && p_end - p > 1;
        }
        if (!next_part(&p, p_end, &have))
            return 0;
        if (is_variable(want) && have.len > 0)
            *rank += 2 * weight;
        else if (lii_slice_equal(want, have))
            *rank += 3 * weight;
        else
            return 0;
    }
    return p == p_end;
}

static void write_parameter(lii_json_writer *w, li_slice name, li_slice value, int is_decoded)
{
    char room[2048];

    lii_json_key_text(w, name.ptr, name.len);
    if (is_decoded && value.len <= sizeof room)
        value = lii_slice(room, lii_percent_decode_in(value, 0, room));
    lii_json_string(w, value.ptr, value.len);
}

size_t lii_route_parameters(li_slice route, li_slice path, int is_decoded, lii_json_writer *w)
{
    const char *r, *r_end, *p, *p_end;
    li_slice want, have;
    size_t n = 0;

    route = trimmed(route);
    path = trimmed(path);
    r = route.ptr;
    r_end = r + route.len;
    p = path.ptr;
    p_end = p + path.len;
    while (next_part(&r, r_end, &want)) {
        if (is_greedy(want)) {
            write_parameter(w, lii_slice(want.ptr + 1, want.len - 3), lii_slice(p + 1, (size_t)(p_end - p - 1)), is_decoded);
            return n + 1;
        }
        if (!next_part(&p, p_end, &have))
            return n;
        if (is_variable(want)) {
            write_parameter(w, lii_slice(want.ptr + 1, want.len - 2), have, is_decoded);
            n++;
        }
    }
    return n;
}

int lii_glob_is(li_slice pattern, li_slice text)
{
    const char *p = pattern.ptr, *p_end = p + pattern.len, *t = text.ptr, *t_end = t + text.len, *star = NULL, *back = NULL;

    while (t < t_end) {
        if (p < p_end && *p == '*') {
            star = ++p;
            back = t;
        } else if (p < p_end && (*p == '?' || *p == *t)) {
            p++;
            t++;
        } else if (star) {
            p = star;
            t = ++back;
        } else {
            return 0;
        }
    }
    while (p < p_end && *p == '*')
        p++;
    return p == p_end;
}
