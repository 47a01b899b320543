/* logs_regex.c - regular expressions of filter patterns, as the guide of CloudWatch Logs has them: ASCII letters and digits, some
 * signs, classes, counts and alternatives, no brackets that group. All places of an expression are followed at once, byte by
 * byte: the time is bounded by their number times the length of the text, whatever the expression. Selection patterns of API
 * Gateway are read here, too: they take more signs, and the whole text or nothing. */
#include <string.h>

#include "service/logs.h"

enum { PLACES_MOST = 256, SETS_MOST = 128 };

/* Bytes that a place takes. */
typedef struct byte_set {
    uint64_t bits[4];
} byte_set;

typedef struct place {
    uint16_t end;                /* of its alternative: the place behind its last */
    uint8_t set;
    uint8_t flags;
} place;

enum { MAY_SKIP = 1, MAY_REPEAT = 2, AT_START = 4, AT_END = 8 };  /* the last two are the alternative's */

typedef struct regex {
    const char *p, *end;
    const char *wrong;
    int is_selection;            /* a selection pattern; else of a filter */
    size_t n_places, n_sets;
    place places[PLACES_MOST + 1];       /* an alternative ends with a place that takes nothing */
    byte_set sets[SETS_MOST];
} regex;

static void *fail(regex *x, const char *what)
{
    if (!x->wrong)
        x->wrong = what;
    return NULL;
}

static void add(byte_set *set, unsigned from, unsigned to)
{
    for (; from <= to; from++)
        set->bits[from / 64] |= UINT64_C(1) << (from & 63);
}

static int has(const byte_set *set, unsigned char c)
{
    return (int)(set->bits[c / 64] >> (c & 63) & 1);
}

static int hex_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int is_plain(const regex *x, char c)
{
    if (x->is_selection)
        return c == '\t' || c == '\n' || (c >= ' ' && c <= '~' && !strchr("()[{*+?|^$\\.", c));
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c != '\0' && strchr(":_#=@/;,-", c));
}

static void add_class(byte_set *set, char c)
{
    byte_set class = { { 0, 0, 0, 0 } };
    int i, is_not = c >= 'A' && c <= 'Z';

    switch (c | 0x20) {
    case 'd':
        add(&class, '0', '9');
        break;
    case 's':
        add(&class, '\t', '\r');
        add(&class, ' ', ' ');
        break;
    default:
        add(&class, '0', '9');
        add(&class, 'a', 'z');
        add(&class, 'A', 'Z');
        add(&class, '_', '_');
        break;
    }
    for (i = 0; i < 4; i++)
        set->bits[i] |= is_not ? ~class.bits[i] : class.bits[i];
}

/* Behind a backslash: a class into the set, or one byte, which is given. -1: a class, or wrong. */
static int read_escape(regex *x, byte_set *set)
{
    char c;

    if (x->p == x->end || (unsigned char)*x->p >= 0x80) {
        fail(x, "something to escape");
        return -1;
    }
    c = *x->p++;
    if (c != '\0' && strchr("dDsSwW", c)) {
        add_class(set, c);
        return -1;
    }
    if (x->is_selection && (c == 'n' || c == 'r' || c == 't'))
        return c == 'n' ? '\n' : c == 'r' ? '\r' : '\t';
    if (c == 'x') {
        int high = x->end - x->p >= 2 ? hex_of(x->p[0]) : -1, low = high >= 0 ? hex_of(x->p[1]) : -1;

        if (low < 0) {
            fail(x, "two hexadecimal digits");
            return -1;
        }
        x->p += 2;
        return high * 16 + low;
    }
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        fail(x, "one of d D s S w W x behind the backslash, or a sign");
        return -1;
    }
    return (unsigned char)c;
}

/* One byte of a list, or a class of it (-1). */
static int read_listed(regex *x, byte_set *set)
{
    char c = *x->p++;

    if (c == '\\')
        return read_escape(x, set);
    if ((unsigned char)c >= 0x80) {
        x->p--;
        fail(x, "ASCII");
        return -1;
    }
    return (unsigned char)c;
}

/* [abc], [^a-z]: x->p is behind the bracket. */
static void read_list(regex *x, byte_set *set)
{
    int is_not = x->p < x->end && *x->p == '^', from, to, i;

    x->p += is_not;
    do {
        if (x->p == x->end) {
            fail(x, "a closing square bracket");
            return;
        }
        from = read_listed(x, set);
        to = from;
        if (from >= 0 && x->end - x->p >= 2 && x->p[0] == '-' && x->p[1] != ']') {
            x->p++;
            to = read_listed(x, set);
            if (to < from)
                fail(x, "a range that goes up");
        }
        if (from >= 0 && !x->wrong)
            add(set, (unsigned)from, (unsigned)to);
    } while (!x->wrong && (x->p == x->end || *x->p != ']'));
    x->p += !x->wrong;
    for (i = 0; is_not && i < 4; i++)
        set->bits[i] = ~set->bits[i];
}

/* The one bracket that selection patterns have: what a dot takes, and the ends of lines that it does not. x->p is behind it then. */
static int read_any(regex *x)
{
    static const char *const any[] = { "(.|\\n)", "(\\n|.)", "(.|\n)", "(\n|.)" };
    size_t i;

    for (i = 0; x->is_selection && i < sizeof any / sizeof *any; i++) {
        size_t n = strlen(any[i]);

        if ((size_t)(x->end - x->p) >= n && memcmp(x->p, any[i], n) == 0) {
            x->p += n;
            return 1;
        }
    }
    return 0;
}

/* What one place takes. */
static void read_set(regex *x, byte_set *set)
{
    char c;
    int byte;

    memset(set, 0, sizeof *set);
    if (read_any(x)) {
        memset(set, 0xFF, sizeof *set);
        return;
    }
    c = *x->p++;
    if (c == '[') {
        read_list(x, set);
    } else if (c == '.') {
        memset(set, 0xFF, sizeof *set);
        if (x->is_selection)
            set->bits[0] &= ~(UINT64_C(1) << '\n' | UINT64_C(1) << '\r');
    } else if (c == '\\') {
        byte = read_escape(x, set);
        if (byte >= 0)
            add(set, (unsigned)byte, (unsigned)byte);
    } else if (is_plain(x, c)) {
        add(set, (unsigned char)c, (unsigned char)c);
    } else {
        x->p--;
        fail(x, x->is_selection ? "ASCII and operators, no brackets but (.|\\n); what is none of these behind a backslash"
                                : "letters, digits, the signs : _ # = @ / ; , - and operators; others behind a backslash");
    }
}

static unsigned read_count(regex *x)
{
    unsigned n = 0;

    if (x->p == x->end || *x->p < '0' || *x->p > '9')
        fail(x, "a count");
    for (; x->p < x->end && *x->p >= '0' && *x->p <= '9'; x->p++)
        if (n <= PLACES_MOST)
            n = n * 10 + (unsigned)(*x->p - '0');
    return n;
}

/* ?, *, +, {m}, {m,}, {m,n}. *most 0: any number. */
static void read_times(regex *x, unsigned *least, unsigned *most)
{
    char c = x->p < x->end ? *x->p : '\0';

    *least = c == '?' || c == '*' ? 0 : 1;
    *most = c == '*' || c == '+' ? 0 : 1;
    x->p += c == '?' || c == '*' || c == '+' || c == '{';
    if (c != '{')
        return;
    *least = *most = read_count(x);
    if (x->p < x->end && *x->p == ',') {
        x->p++;
        *most = x->p < x->end && *x->p == '}' ? 0 : read_count(x);
        if (*most != 0 && *most < *least)
            fail(x, "a greater count behind the comma");
    } else if (*least == 0) {
        fail(x, "a count that is not 0");
    }
    if (!x->wrong && (x->p == x->end || *x->p != '}'))
        fail(x, "a closing brace");
    x->p += !x->wrong;
}

static void put(regex *x, size_t set, unsigned flags)
{
    if (x->n_places == PLACES_MOST) {
        fail(x, "a simpler expression: counts multiply what they count");
        return;
    }
    x->places[x->n_places].set = (uint8_t)set;
    x->places[x->n_places++].flags = (uint8_t)flags;
}

static void read_piece(regex *x)
{
    unsigned least, most, i;
    size_t set = x->n_sets;

    if (set == SETS_MOST) {
        fail(x, "a shorter expression");
        return;
    }
    read_set(x, &x->sets[x->n_sets++]);
    if (x->wrong)
        return;
    read_times(x, &least, &most);
    for (i = 0; i < least && !x->wrong; i++)
        put(x, set, most == 0 && i + 1 == least ? MAY_REPEAT : 0);
    if (most == 0 && least == 0)
        put(x, set, MAY_SKIP | MAY_REPEAT);
    for (; i < most && !x->wrong; i++)
        put(x, set, MAY_SKIP);
}

static void read_alternative(regex *x)
{
    size_t first = x->n_places, i;
    unsigned bounds = 0;

    if (x->p < x->end && *x->p == '^') {
        bounds |= AT_START;
        x->p++;
    }
    while (!x->wrong && x->p < x->end && *x->p != '|' && *x->p != '$')
        read_piece(x);
    if (x->p < x->end && *x->p == '$' && !x->wrong) {
        bounds |= AT_END;
        x->p++;
        if (x->p < x->end && *x->p != '|')
            fail(x, "nothing behind the $ but another alternative");
    }
    if (!x->wrong && x->n_places == first && bounds != (AT_START | AT_END)) /* ^$ is an empty text */
        fail(x, "an expression");
    put(x, 0, 0);
    if (x->is_selection)
        bounds = AT_START | AT_END;
    for (i = first; i < x->n_places; i++) {
        x->places[i].end = (uint16_t)(x->n_places - 1);
        x->places[i].flags |= (uint8_t)bounds;
    }
}

static void read_all(regex *x, li_slice text, int is_selection)
{
    x->is_selection = is_selection;
    x->p = text.ptr;
    x->end = text.ptr + text.len;
    x->wrong = NULL;
    x->n_places = x->n_sets = 0;
    read_alternative(x);
    while (!x->wrong && x->p < x->end) {
        x->p++; /* the bar */
        read_alternative(x);
    }
}

static const char *check(li_slice text, int is_selection, size_t *at)
{
    regex x;

    read_all(&x, text, is_selection);
    *at = (size_t)(x.p - text.ptr);
    return x.wrong;
}

const char *lii_log_regex_check(li_slice text, size_t *at)
{
    return check(text, 0, at);
}

const char *lii_selection_check(li_slice text, size_t *at)
{
    return check(text, 1, at);
}

/* The place is reached, and what may be skipped from there. 1: an alternative has been found. */
static int reach(const regex *x, unsigned char *on, size_t i, int is_end)
{
    while (!on[i]) {
        on[i] = 1;
        if (i == x->places[i].end)
            return !(x->places[i].flags & AT_END) || is_end;
        if (!(x->places[i].flags & MAY_SKIP))
            break;
        i++;
    }
    return 0;
}

/* The places where alternatives begin. */
static int reach_beginnings(const regex *x, unsigned char *on, int is_start, int is_end)
{
    size_t i;

    for (i = 0; i < x->n_places; i = (size_t)x->places[i].end + 1)
        if ((is_start || !(x->places[i].flags & AT_START)) && reach(x, on, i, is_end))
            return 1;
    return 0;
}

static int takes(li_slice text, int is_selection, li_slice message)
{
    unsigned char on[2][PLACES_MOST + 1];
    size_t at, i;
    regex x;

    read_all(&x, text, is_selection);
    if (x.wrong)
        return 0;
    memset(on[0], 0, x.n_places);
    if (reach_beginnings(&x, on[0], 1, message.len == 0))
        return 1;
    for (at = 0; at < message.len; at++) {
        const unsigned char *now = on[at & 1];
        unsigned char *next = on[~at & 1];
        int is_end = at + 1 == message.len;

        memset(next, 0, x.n_places);
        for (i = 0; i < x.n_places; i++) {
            if (!now[i] || i == x.places[i].end || !has(&x.sets[x.places[i].set], (unsigned char)message.ptr[at]))
                continue;
            if (reach(&x, next, i + 1, is_end) || (x.places[i].flags & MAY_REPEAT && reach(&x, next, i, is_end)))
                return 1;
        }
        if (reach_beginnings(&x, next, 0, is_end))
            return 1;
    }
    return 0;
}

int lii_log_regex_takes(li_slice text, li_slice message)
{
    return takes(text, 0, message);
}

int lii_selection_takes(li_slice text, li_slice message)
{
    return takes(text, 1, message);
}
