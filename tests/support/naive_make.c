/* naive_make.c - patterns and events from bytes: few names, few values, all operators. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "naive_pattern.h"

typedef struct maker {
    const unsigned char *bytes;
    size_t n, at;
    char *out;
    size_t size, len;
    int depth;
} maker;

static unsigned pick(maker *m, unsigned n)
{
    unsigned byte = m->at < m->n ? m->bytes[m->at] : 0;

    m->at++;
    return byte % n;
}

static void say(maker *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(maker *m, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(m->out + m->len, m->size - m->len, format, args);
    va_end(args);
    if (n > 0 && (size_t)n < m->size - m->len)
        m->len += (size_t)n;
}

static int is_full(const maker *m)
{
    return m->len + 600 > m->size || m->at > m->n + 8;
}

static const char *const names[] = { "a", "b", "c", "a.b", "b.c", "", "d\\u0065", "a.b.c" };
static const char *const words[] = {
    "x", "xy", "xyz", "aab", "aaab", "a*b", "", "X", "xY", "10.0.0.1", "010.000.000.001", "10.0.0.255", "::1", "0:0::1",
    "/srv/app-000123/err.log", "/srv/app-000124/err.log", "abcdefghijklmnop", "abcdefghijklmnoq", "1", "true", "\\u0041b", "a\\/b",
    "\\uD800", "\\u00e9", "1.2.3.999"
};
static const char *const numbers[] = {
    "0", "-0", "1", "1.0", "10e-1", "5", "-5", "3.5", "100", "1e2", "9007199254740993", "9007199254740992", "1e400", "0.1",
    "99.99", "100.01", "-1e3", "123456789012345678"
};

#define COUNT(list) ((unsigned)(sizeof(list) / sizeof(list)[0]))

/* Most names and words are of few, so that patterns and events meet. */
static const char *name(maker *m)
{
    unsigned i = pick(m, 40);

    return names[i < COUNT(names) ? i : i % 3];
}

static const char *word(maker *m)
{
    unsigned i = pick(m, 80);

    return words[i < COUNT(words) ? i : i % 3];
}

/* Numbers that any operator takes. */
static const char *exact_number(maker *m)
{
    static const char *const exact[] = { "0", "1", "1.0", "5", "-5", "3.5", "100", "1e2", "0.1", "99.99" };

    return exact[pick(m, COUNT(exact))];
}

static void say_wildcard(maker *m)
{
    static const char *const wilds[] = {
        "*", "a*", "*b", "*a*", "a*b", "*aab", "a\\\\*b", "*x*z", "/srv/*.log", "*app-000123*", "x", "*abcdefghi*p", "", "*/err*",
        "*y", "a*a*b"
    };

    say(m, "\"%s\"", wilds[pick(m, COUNT(wilds))]);
}

static const char *affix(maker *m)
{
    static const char *const affixes[] = { "x", "a", "aa", "b", "/srv/app-00012", "abcdefghijklmno", "y", ".log", "10." };

    return affixes[pick(m, COUNT(affixes))];
}

static void say_excluded(maker *m)
{
    switch (pick(m, 8)) {
    case 0:
        say(m, "\"%s\"", word(m));
        break;
    case 1:
        say(m, "%s", exact_number(m));
        break;
    case 2:
        say(m, "[\"%s\"", word(m));
        say(m, ",\"%s\"]", word(m));
        break;
    case 3:
        say(m, "[%s", exact_number(m));
        say(m, ",%s]", exact_number(m));
        break;
    case 4:
        say(m, "{\"prefix\":\"%s\"}", affix(m));
        break;
    case 5:
        say(m, "{\"suffix\":[\"%s\"", affix(m));
        say(m, ",\"%s\"]}", affix(m));
        break;
    case 6:
        say(m, "{\"wildcard\":");
        say_wildcard(m);
        say(m, "}");
        break;
    default:
        say(m, "{\"equals-ignore-case\":\"%s\"}", word(m));
        break;
    }
}

static void say_numeric(maker *m)
{
    static const char *const ranges[] = {
        "[\">\",0]", "[\"<\",5]", "[\">=\",3.5]", "[\"<=\",3.5]", "[\"=\",1]", "[\">\",0,\"<\",100]", "[\">=\",-5,\"<=\",0]",
        "[\">\",99.9,\"<\",100.02]", "[\">=\",0.1,\"<\",0.2]", "[\"=\",-0]", "[\"<\",0]"
    };

    say(m, "{\"numeric\":%s}", ranges[pick(m, COUNT(ranges))]);
}

static void say_operator(maker *m)
{
    static const char *const nets[] = { "10.0.0.0/24", "10.0.0.0/31", "::/64", "0.0.0.0/0", "10.0.0.128/25" };

    switch (pick(m, 11)) {
    case 0:
        say(m, "{\"exists\":%s}", pick(m, 2) ? "true" : "false");
        break;
    case 1:
        say(m, "{\"prefix\":\"%s\"}", pick(m, 8) ? affix(m) : "");
        break;
    case 2:
        say(m, "{\"suffix\":\"%s\"}", pick(m, 8) ? affix(m) : "");
        break;
    case 3:
        say(m, "{\"prefix\":{\"equals-ignore-case\":\"%s\"}}", affix(m));
        break;
    case 4:
        say(m, "{\"suffix\":{\"equals-ignore-case\":\"%s\"}}", affix(m));
        break;
    case 5:
        say(m, "{\"equals-ignore-case\":\"%s\"}", word(m));
        break;
    case 6:
        say(m, "{\"wildcard\":");
        say_wildcard(m);
        say(m, "}");
        break;
    case 7:
        say_numeric(m);
        break;
    case 8:
        say(m, "{\"cidr\":\"%s\"}", nets[pick(m, COUNT(nets))]);
        break;
    case 9:
        say(m, "{\"exactly\":\"%s\"}", word(m));
        break;
    default:
        say(m, "{\"anything-but\":");
        say_excluded(m);
        say(m, "}");
        break;
    }
}

static void say_list(maker *m)
{
    unsigned n = 1 + pick(m, 3);

    say(m, "[");
    for (; n > 0; n--) {
        switch (pick(m, 5)) {
        case 0:
            say(m, "\"%s\"", word(m));
            break;
        case 1:
            say(m, "%s", numbers[pick(m, COUNT(numbers))]);
            break;
        case 2:
            say(m, "%s", pick(m, 3) == 0 ? "true" : pick(m, 2) ? "null" : "false");
            break;
        default:
            say_operator(m);
            break;
        }
        say(m, n > 1 ? "," : "]");
    }
}

static void say_fields(maker *m)
{
    unsigned n = 1 + pick(m, 3), i;

    say(m, "{");
    for (i = 0; i < n; i++) {
        say(m, i ? "," : "");
        if (pick(m, 8) == 0 && m->depth < 3 && !is_full(m)) {
            unsigned n_branches = 2 + pick(m, 2);

            say(m, "\"$or\":[");
            m->depth++;
            for (; n_branches > 0; n_branches--) {
                say_fields(m);
                say(m, n_branches > 1 ? "," : "]");
            }
            m->depth--;
            continue;
        }
        say(m, "\"%s\":", name(m));
        if (pick(m, 4) == 0 && m->depth < 4 && !is_full(m)) {
            m->depth++;
            say_fields(m);
            m->depth--;
        } else {
            say_list(m);
        }
    }
    say(m, "}");
}

static void say_value(maker *m);

static void say_object(maker *m)
{
    unsigned n = 1 + pick(m, 4), i;

    say(m, "{");
    m->depth++;
    for (i = 0; i < n; i++) {
        say(m, "%s\"%s\":", i ? "," : "", name(m));
        say_value(m);
    }
    m->depth--;
    say(m, "}");
}

static void say_value(maker *m)
{
    unsigned kind = pick(m, 12), n, i;

    if (m->depth > 6 || is_full(m))
        kind %= 4;
    if (kind == 0) {
        say(m, "%s", numbers[pick(m, COUNT(numbers))]);
    } else if (kind == 1) {
        say(m, "%s", pick(m, 3) == 0 ? "true" : pick(m, 2) ? "null" : "false");
    } else if (kind < 6) {
        say(m, "\"%s\"", word(m));
    } else if (kind < 8) {
        say_object(m);
    } else { /* mostly of objects: elements have to agree */
        n = 1 + pick(m, 4);
        say(m, "[");
        m->depth++;
        for (i = 0; i < n; i++) {
            say(m, i ? "," : "");
            if (pick(m, 2) && m->depth < 6)
                say_object(m);
            else
                say_value(m);
        }
        m->depth--;
        say(m, "]");
    }
}

static void make(void (*top)(maker *m), const unsigned char *bytes, size_t n, char *out, size_t size)
{
    maker m = { bytes, n, 0, out, size, 0, 0 };

    top(&m);
    out[m.len] = '\0';
}

void naive_make_pattern(const unsigned char *bytes, size_t n, char *out, size_t size)
{
    make(say_fields, bytes, n, out, size);
}

void naive_make_event(const unsigned char *bytes, size_t n, char *out, size_t size)
{
    make(say_object, bytes, n, out, size);
}
