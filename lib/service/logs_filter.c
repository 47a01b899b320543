/* logs_filter.c - filter patterns: terms, JSON selectors, space-delimited fields (TRG-70). The pattern is read anew for each
 * message; nothing is compiled, nothing is allocated, brackets nest up to a limit. */
#include "service/logs.h"
#include "service/number.h"

enum { DEPTH = 16, REGEX_MOST = 2 };  /* expressions of a pattern with selectors or fields */

/* What a value is compared with. */
typedef struct wanted {
    li_slice text;
    int is_regex;
} wanted;

typedef struct reader {
    const char *p, *end;
    const char *wrong;           /* what would be right; NULL: all is well */
    lii_json_value event;        /* type NONE: only the syntax is looked at */
    unsigned depth, n_regex;
} reader;

static int fail(reader *r, const char *what)
{
    if (!r->wrong)
        r->wrong = what;
    return 0;
}

static void skip(reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n'))
        r->p++;
}

static int take(reader *r, const char *text)
{
    size_t n = strlen(text);

    skip(r);
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, text, n) != 0)
        return 0;
    r->p += n;
    return 1;
}

/* A * at the start or the end of the wanted text takes anything. */
static int is_like(li_slice want, li_slice have)
{
    int front = want.len > 0 && want.ptr[0] == '*', back = want.len > (size_t)front && want.ptr[want.len - 1] == '*';
    size_t i, n = want.len - (size_t)front - (size_t)back;
    const char *w = want.ptr + front;

    if (n > have.len)
        return 0;
    if (!front)
        return (back || n == have.len) && memcmp(w, have.ptr, n) == 0;
    if (!back)
        return memcmp(w, have.ptr + have.len - n, n) == 0;
    for (i = 0; i + n <= have.len; i++)
        if (memcmp(w, have.ptr + i, n) == 0)
            return 1;
    return 0;
}

/* ---- comparisons, of both kinds of patterns */

enum { EQUAL, UNEQUAL, LESS, GREATER, AT_MOST, AT_LEAST };

static int read_operator(reader *r, int *op)
{
    static const char *const signs[] = { "!=", "<=", ">=", "=", "<", ">" };
    static const int ops[] = { UNEQUAL, AT_MOST, AT_LEAST, EQUAL, LESS, GREATER };
    size_t i;

    for (i = 0; i < 6; i++)
        if (take(r, signs[i])) {
            *op = ops[i];
            return 1;
        }
    return fail(r, "a comparison such as = or >=");
}

/* %…%: a backslash keeps what follows it from ending the expression. */
static int read_regex(reader *r, wanted *value)
{
    const char *from = ++r->p, *wrong;
    size_t at;

    while (r->p < r->end && *r->p != '%')
        r->p += *r->p == '\\' && r->end - r->p > 1 ? 2 : 1;
    if (r->p == r->end)
        return fail(r, "a closing %");
    value->text = lii_slice(from, (size_t)(r->p - from));
    value->is_regex = 1;
    wrong = lii_log_regex_check(value->text, &at);
    r->p = wrong ? from + at : r->p + 1;
    return wrong ? fail(r, wrong) : 1;
}

static int read_value(reader *r, const char *ends, wanted *value)
{
    const char *from;

    skip(r);
    value->is_regex = 0;
    if (r->p < r->end && *r->p == '%')
        return read_regex(r, value);
    if (r->p < r->end && *r->p == '"') {
        from = ++r->p;
        while (r->p < r->end && *r->p != '"')
            r->p++;
        value->text = lii_slice(from, (size_t)(r->p - from));
        if (r->p == r->end)
            return fail(r, "a closing quote");
        r->p++;
        return 1;
    }
    from = r->p;
    while (r->p < r->end && !strchr(ends, *r->p))
        r->p++;
    value->text = lii_slice(from, (size_t)(r->p - from));
    return value->text.len > 0 || fail(r, "a value");
}

/* An operator and what it compares with. */
static int read_wanted(reader *r, const char *ends, int *op, wanted *want)
{
    if (!read_operator(r, op) || !read_value(r, ends, want))
        return 0;
    if (!want->is_regex)
        return 1;
    if (*op != EQUAL && *op != UNEQUAL)
        return fail(r, "= or != before a regular expression");
    return ++r->n_regex <= REGEX_MOST || fail(r, "at most two regular expressions");
}

static int compare(int op, li_slice have, const wanted *want)
{
    double a, b;
    int both;

    if (want->is_regex)
        return lii_log_regex_takes(want->text, have) == (op == EQUAL);
    both = lii_number_read(have, &a) && lii_number_read(want->text, &b);
    switch (op) {
    case EQUAL:
        return both ? a <= b && a >= b : is_like(want->text, have);
    case UNEQUAL:
        return both ? a < b || a > b : !is_like(want->text, have);
    case LESS:
        return both && a < b;
    case GREATER:
        return both && a > b;
    case AT_MOST:
        return both && a <= b;
    default:
        return both && a >= b;
    }
}

/* ---- { $.a.b = x && … } */

static int read_selector(reader *r, lii_json_value *found)
{
    *found = r->event;
    if (!take(r, "$"))
        return fail(r, "a selector, which begins with $");
    while (r->p < r->end && (*r->p == '.' || *r->p == '[')) {
        const char *from = r->p + 1;
        int is_place = *r->p == '[';

        r->p = from;
        while (r->p < r->end && !strchr(is_place ? "]" : ". []=!<>&|)}", *r->p))
            r->p++;
        if (r->p == from || (is_place && r->p == r->end))
            return fail(r, "a name after the dot, or a place in brackets");
        if (found->type != LII_JSON_NONE)
            *found = lii_json_path(*found, from, (size_t)(r->p - from));
        r->p += is_place;
    }
    return 1;
}

static int text_like(lii_json_value value, int op, const wanted *want)
{
    char room[2048];
    size_t n;

    if (value.type == LII_JSON_NONE || value.type == LII_JSON_OBJECT || value.type == LII_JSON_ARRAY)
        return 0;
    if (value.type != LII_JSON_STRING)
        return compare(op, lii_slice(value.ptr, value.len), want);
    n = lii_json_text(value, room, sizeof room);
    return compare(op, lii_slice(room, n < sizeof room ? n : sizeof room), want);
}

static int read_or(reader *r);

static int read_comparison(reader *r)
{
    lii_json_value found;
    wanted want;
    int op, result;

    if (take(r, "(")) {
        if (++r->depth > DEPTH)
            return fail(r, "fewer brackets inside each other");
        result = read_or(r);
        r->depth--;
        return take(r, ")") ? result : fail(r, "a closing bracket");
    }
    if (!read_selector(r, &found))
        return 0;
    if (take(r, "IS")) {
        if (take(r, "NULL"))
            return found.type == LII_JSON_NULL;
        if (take(r, "TRUE"))
            return found.type == LII_JSON_TRUE;
        return take(r, "FALSE") ? found.type == LII_JSON_FALSE : fail(r, "NULL, TRUE or FALSE");
    }
    if (take(r, "NOT"))
        return take(r, "EXISTS") ? found.type == LII_JSON_NONE : fail(r, "EXISTS");
    return read_wanted(r, " &|)}", &op, &want) && text_like(found, op, &want);
}

static int read_and(reader *r)
{
    int result = read_comparison(r);

    while (!r->wrong && take(r, "&&"))
        result &= read_comparison(r);
    return result;
}

static int read_or(reader *r)
{
    int result = read_and(r);

    while (!r->wrong && take(r, "||"))
        result |= read_and(r);
    return result;
}

static int json_takes(reader *r)
{
    int result;

    take(r, "{");
    result = read_or(r);
    if (!r->wrong && !take(r, "}"))
        fail(r, "&&, || or a closing brace");
    skip(r);
    if (!r->wrong && r->p < r->end)
        fail(r, "nothing after the closing brace");
    return result;
}

/* ---- [ip, status = 4*, ...] */

/* Fields of a message: by blanks, in quotes or in square brackets. */
static size_t split(li_slice message, li_slice *fields)
{
    const char *p = message.ptr, *end = p + message.len;
    size_t n = 0;

    while (p < end && n < LII_LOG_FIELDS) {
        char close = *p == '"' ? '"' : *p == '[' ? ']' : ' ';
        const char *from = close == ' ' ? p : p + 1, *stop;

        if (*p == ' ') {
            p++;
            continue;
        }
        stop = memchr(from, close, (size_t)(end - from));
        if (!stop)
            stop = end;
        fields[n++] = lii_slice(from, (size_t)(stop - from));
        p = stop + 1;
    }
    return n;
}

/* One field of the pattern against one of the message; names may be left out by ... at the ends. */
static int field_takes(reader *r, li_slice *name, int has_value, li_slice value)
{
    wanted want;
    int op, result = 1;

    skip(r);
    name->ptr = r->p;
    while (r->p < r->end && !strchr(",]=!<> ", *r->p))
        r->p++;
    name->len = (size_t)(r->p - name->ptr);
    skip(r);
    while (r->p < r->end && *r->p != ',' && *r->p != ']') {
        if (!read_wanted(r, ",]&| ", &op, &want))
            return 0;
        result &= has_value && compare(op, value, &want);
        take(r, "&&");
        skip(r);
        if (r->p < r->end && name->len > 0 && (size_t)(r->end - r->p) >= name->len && memcmp(r->p, name->ptr, name->len) == 0)
            r->p += name->len;   /* a = 1 && a != 2 */
        skip(r);
    }
    return result;
}

/* The fields of the pattern from here to its closing bracket; neither commas nor brackets count in quotes and expressions. */
static size_t count_fields(const reader *r)
{
    const char *p;
    size_t n = 1;
    char closes = '\0';

    for (p = r->p; p < r->end && (closes || *p != ']'); p++) {
        if (closes == '%' && *p == '\\' && r->end - p > 1)
            p++;
        else if (*p == closes)
            closes = '\0';
        else if (closes == '\0' && (*p == '"' || (*p == '%' && strchr("= ", p[-1]))))
            closes = *p;
        else
            n += *p == ',' && !closes;
    }
    return n;
}

static int fields_take(reader *r, li_slice message, int is_checked_only, li_slice *names, li_slice *values, size_t *n)
{
    li_slice fields[LII_LOG_FIELDS], name;
    size_t n_fields = is_checked_only ? 0 : split(message, fields), n_wanted, i = 0;
    int result = 1, is_open = 0;

    take(r, "[");
    n_wanted = count_fields(r);
    *n = 0;
    for (;;) {
        if (take(r, "...")) {
            is_open = 1;
            i = n_fields > n_wanted - 1 - *n ? n_fields - (n_wanted - 1 - *n) : i;
            n_wanted--;
        } else {
            result &= field_takes(r, &name, i < n_fields, i < n_fields ? fields[i] : name);
            if (*n < LII_LOG_FIELDS && i < n_fields) {
                names[*n] = name;
                values[(*n)++] = fields[i];
            }
            i++;
        }
        if (r->wrong || !take(r, ","))
            break;
    }
    if (!r->wrong && !take(r, "]"))
        fail(r, "a comma or the closing bracket");
    return result && (is_open ? n_fields + 0 >= n_wanted : n_fields == n_wanted);
}

/* ---- words */

static int contains(li_slice message, const wanted *want)
{
    li_slice term = want->text;

    if (want->is_regex)
        return lii_log_regex_takes(term, message);
    return term.len == 0 || memmem(message.ptr, message.len, term.ptr, term.len) != NULL;
}

static int terms_take(reader *r, li_slice message)
{
    int all = 1, any = 0, n_any = 0;
    wanted term;

    for (skip(r); r->p < r->end && !r->wrong; skip(r)) {
        char sign = *r->p;

        r->p += sign == '?' || sign == '-';
        if (!read_value(r, " ", &term))
            return 0;
        if (sign == '?') {
            n_any++;
            any |= contains(message, &term);
        } else {
            all &= contains(message, &term) != (sign == '-');
        }
    }
    return all && (n_any == 0 || any);
}

/* ---- */

static int takes(reader *r, li_slice message, int is_checked_only, li_slice *names, li_slice *values, size_t *n)
{
    *n = 0;
    skip(r);
    if (r->p == r->end)
        return 1;
    if (*r->p == '{') {
        if (!is_checked_only && lii_json_check(message.ptr, message.len, 128, NULL) == 0)
            r->event = lii_json_root(message.ptr, message.len);
        else if (!is_checked_only)
            return 0;
        return json_takes(r);
    }
    return *r->p == '[' ? fields_take(r, message, is_checked_only, names, values, n) : terms_take(r, message);
}

static reader reader_of(li_slice pattern)
{
    reader r;

    memset(&r, 0, sizeof r);
    r.p = pattern.ptr ? pattern.ptr : "";
    r.end = r.p + pattern.len;
    return r;
}

li_status lii_log_pattern_check(li_slice pattern, li_error *err)
{
    li_slice names[LII_LOG_FIELDS], values[LII_LOG_FIELDS], none = { "", 0 };
    reader r = reader_of(pattern);
    size_t n;

    takes(&r, none, 1, names, values, &n);
    if (!r.wrong)
        return LI_OK;
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_FILTER_PATTERN, "filterPattern", LI_Z, "filterPattern: at byte %zu: %s",
                    (size_t)(r.p - pattern.ptr), r.wrong);
}

int lii_log_pattern_takes(li_slice pattern, li_slice message, li_slice *names, li_slice *values, size_t *n)
{
    reader r = reader_of(pattern);

    return takes(&r, message, 0, names, values, n) && !r.wrong;
}

/* ---- gzip */

static uint32_t crc_of(const char *data, size_t len)
{
    uint32_t crc = 0xFFFFFFFFu;
    size_t i;
    int k;

    for (i = 0; i < len; i++) {
        crc ^= (unsigned char)data[i];
        for (k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static void add_le(lii_buf *out, uint32_t number, int bytes)
{
    for (; bytes > 0; bytes--, number >>= 8)
        lii_buf_add_byte(out, (char)(number & 0xFF));
}

void lii_gzip_stored(lii_buf *out, const char *data, size_t len)
{
    static const char head[] = { 0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 0, (char)0xff };
    size_t at = 0;

    lii_buf_add(out, head, sizeof head);
    do {
        size_t n = len - at > 65535 ? 65535 : len - at;

        lii_buf_add_byte(out, at + n == len);
        add_le(out, (uint32_t)n, 2);
        add_le(out, (uint32_t)~n & 0xFFFF, 2);
        lii_buf_add(out, data + at, n);
        at += n;
    } while (at < len);
    add_le(out, crc_of(data, len), 4);
    add_le(out, (uint32_t)len, 4);
}
