/* bench_match.c - events against 10 to 100,000 patterns of each kind: beside event-ruler (through Java, when it is there), beside
 * fewer patterns, beside other kinds; memory and time to build. The events and rules are made here, the same each time. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/pattern.h>

#include "bench.h"

enum { EVENTS = 5000, SIZES = 5, KINDS = 9, MOST = 100000, EVENT_SIZE = 4096, RULE_SIZE = 256 };

static const size_t sizes[SIZES] = { 10, 100, 1000, 10000, MOST };

typedef struct kind {
    const char *name;
    int in_ruler;        /* how many of the sizes event-ruler is asked for, from the largest */
} kind;

/* Of star-first wildcards event-ruler builds 10,000 in more than a minute. */
static const kind kinds[KINDS] = {
    { "exact", 5 }, { "prefix", 5 }, { "numeric range", 5 }, { "mixed", 5 }, { "anything-but + exact", 2 }, { "wildcard", 1 },
    { "wildcard, star first", 0 }, { "five fields of few values", 0 }, { "one source, thresholds not reached", 0 }
};

typedef struct text {
    char *ptr;
    size_t len;
} text;

static text events[EVENTS];
static uint64_t seed = UINT64_C(0x9E3779B97F4A7C15);

static void fail(const char *what)
{
    fprintf(stderr, "bench_match: %s\n", what);
    exit(1);
}

/* ---- what is matched */

static unsigned pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % n;
}

static const char *word(void)
{
    static const char *const words[] = { "alpha", "beta", "gamma", "delta", "omega", "river", "stone", "cloud", "harbour",
                                         "lantern", "copper", "saddle", "meadow", "winter", "signal", "pocket", "violet",
                                         "anchor", "bridge", "candle" };

    return words[pick(20)];
}

static const char *const actions[] = { "create", "update", "delete", "read", "list", "grant", "revoke", "move" };

static const char *const regions[] = { "eu-west-1", "us-east-1", "ap-south-1" };
static const char *const tiers[] = { "gold", "silver", "basic" };

/* 1 to 99,999, each power of ten as often as any other. */
static unsigned key(void)
{
    static const unsigned tens[] = { 1, 10, 100, 1000, 10000 };
    unsigned ten = tens[pick(5)];

    return ten + pick(9 * ten);
}

static void make_event(char *out)
{
    char *p = out;
    int i;

    p += sprintf(p, "{\"version\":\"0\",\"id\":\"%08x%08x%08x%08x\",\"detail-type\":\"Order Placed\",\"source\":\"shop.orders\","
                    "\"account\":\"123456789012\",", pick(~0u), pick(~0u), pick(~0u), pick(~0u));
    p += sprintf(p, "\"time\":\"2024-05-%02uT%02u:%02u:%02uZ\",\"region\":\"%s\",\"resources\":[\"arn:aws:dynamodb:eu-west-1:"
                    "123456789012:table/orders/%u\"],", 1 + pick(28), pick(24), pick(60), pick(60), regions[pick(3)], 1 + pick(9));
    p += sprintf(p, "\"detail\":{\"action\":\"%s\",\"address\":\"10.%u.%u.%u\",\"customer\":{\"id\":\"c-%06u\",\"name\":\"%s %s\","
                    "\"tier\":\"%s\"},\"lines\":[", actions[pick(8)], pick(256), pick(256), pick(256), key(), word(), word(),
                 tiers[pick(3)]);
    for (i = 0; i < 4; i++)
        p += sprintf(p, "%s{\"sku\":\"sku-%05u\",\"qty\":%u,\"price\":%u.%02u,\"tags\":[\"%s\",\"%s\",\"%s\"]}", i ? "," : "",
                     pick(100000), 1 + pick(9), pick(100), pick(100), word(), word(), word());
    p += sprintf(p, "],\"note\":\"");
    for (i = 0; i < 30; i++)
        p += sprintf(p, "%s%s", i ? " " : "", word());
    p += sprintf(p, "\",\"path\":\"/srv/app-%06u/%s/err%u.log\",\"position\":{\"lat\":%d.%06u,\"lon\":%d.%06u},", key(), word(),
                 pick(100), (int)pick(180) - 90, pick(1000000), (int)pick(360) - 180, pick(1000000));
    sprintf(p, "\"total\":%u.%03u,\"user\":\"home/u-%06u/%s.txt\"}}", pick(1000), pick(1000), key(), word());
}

static void make_events(void)
{
    char buffer[EVENT_SIZE];
    int i;

    for (i = 0; i < EVENTS; i++) {
        make_event(buffer);
        events[i].len = strlen(buffer);
        events[i].ptr = malloc(events[i].len + 1);
        if (events[i].ptr == NULL)
            fail("no memory");
        memcpy(events[i].ptr, buffer, events[i].len + 1);
    }
}

/* Rule i (from 1) of n. */
static void make_rule(int of, size_t i, size_t n, char *out)
{
    static const int mixture[] = { 0, 1, 5, 4, 9 };
    double width = 1000.0 / (double)n;

    switch (of == 3 ? mixture[i % 5] : of) {
    case 0:
        sprintf(out, "{\"source\":[\"shop.orders\"],\"detail\":{\"customer\":{\"id\":[\"c-%06zu\"]}}}", i);
        break;
    case 1:
        sprintf(out, "{\"detail\":{\"path\":[{\"prefix\":\"/srv/app-%06zu/\"}]}}", i);
        break;
    case 2:
        sprintf(out, "{\"detail\":{\"total\":[{\"numeric\":[\">=\",%.6f,\"<\",%.6f]}]}}", (double)(i - 1) * width,
                (double)i * width);
        break;
    case 4:
        sprintf(out, "{\"detail\":{\"action\":[{\"anything-but\":[\"%s\",\"%s\"]}],\"customer\":{\"id\":[\"c-%06zu\"]}}}",
                actions[i % 8], actions[i / 8 % 8], i);
        break;
    case 5:
        sprintf(out, "{\"detail\":{\"path\":[{\"wildcard\":\"/srv/app-%06zu/*.log\"}]}}", i);
        break;
    case 6:
        sprintf(out, "{\"detail\":{\"user\":[{\"wildcard\":\"*/u-%06zu/*.txt\"}]}}", i);
        break;
    case 7:
        sprintf(out, "{\"region\":[\"%s\"],\"detail\":{\"action\":[\"%s\"],\"customer\":{\"tier\":[\"%s\"]},\"lines\":{\"qty\":[%zu]},"
                     "\"total\":[{\"numeric\":[\">\",%zu]}]}}", regions[i % 3], actions[i / 3 % 8], tiers[i / 24 % 3],
                1 + i / 72 % 9, 1000 + i / 648);
        break;
    case 8:
        sprintf(out, "{\"source\":[\"shop.orders\"],\"detail\":{\"total\":[{\"numeric\":[\"<\",-%zu]}]}}", i);
        break;
    default:
        sprintf(out, "{\"detail\":{\"total\":[%zu.%02zu]}}", i / 100, i % 100);
        break;
    }
}

/* ---- our side */

static size_t n_bytes; /* asked for and not given back */

static void *count_alloc(void *self, size_t size)
{
    size_t *block = malloc(size + 16);

    (void)self;
    if (block == NULL)
        return NULL;
    *block = size;
    n_bytes += size;
    return block + 2;
}

static void count_free(void *self, void *block)
{
    (void)self;
    if (block == NULL)
        return;
    n_bytes -= ((size_t *)block)[-2];
    free((size_t *)block - 2);
}

static void *count_realloc(void *self, void *block, size_t size)
{
    void *moved = count_alloc(self, size);

    if (moved && block) {
        size_t old = ((size_t *)block)[-2];

        memcpy(moved, block, old < size ? old : size);
        count_free(self, block);
    }
    return moved;
}

static const li_allocator_ops count_ops = { sizeof(li_allocator_ops), 1, 0, "count", count_alloc, count_realloc, count_free };

typedef struct loaded {
    li_pattern_set *set;
    double build_ns, bytes_a_rule;
    size_t at;
} loaded;

enum { BUILDS = 3 };

/* Built three times, for the time that it takes; the last is kept. */
static void load(loaded *l, int of, size_t n)
{
    li_allocator allocator = { &count_ops, NULL };
    char (*rules)[RULE_SIZE] = malloc(n * sizeof *rules);
    double ns[BUILDS];
    size_t i, before;
    uint64_t begin;
    int k;

    if (rules == NULL)
        fail("no memory");
    for (i = 0; i < n; i++)
        make_rule(of, i + 1, n, rules[i]);
    for (k = 0; k < BUILDS; k++) {
        li_pattern_set_free(l->set);
        before = n_bytes;
        if (li_pattern_set_new(&allocator, NULL, &l->set) != LI_OK)
            fail("no memory");
        begin = bench_read_ns(CLOCK_THREAD_CPUTIME_ID);
        for (i = 0; i < n; i++)
            if (li_pattern_set_add(l->set, i, rules[i], LI_Z, NULL) != LI_OK)
                fail(rules[i]);
        ns[k] = (double)(bench_read_ns(CLOCK_THREAD_CPUTIME_ID) - begin);
    }
    l->build_ns = bench_middle(ns, BUILDS);
    l->bytes_a_rule = (double)(n_bytes - before) / (double)n;
    l->at = 0;
    free(rules);
}

static int32_t count_match(void *user, uint64_t id)
{
    (void)id;
    ++*(size_t *)user;
    return 0;
}

static void run_match(void *arg, size_t n)
{
    loaded *l = arg;
    size_t n_matches = 0;

    for (; n > 0; n--) {
        const text *event = &events[l->at];

        if (li_pattern_set_match(l->set, event->ptr, event->len, NULL, count_match, &n_matches) != LI_OK)
            fail("an event is refused");
        l->at = l->at + 1 == EVENTS ? 0 : l->at + 1;
    }
    bench_keep(&n_matches);
}

/* Its memory is in the cache as far as it goes in, whatever was measured before: one pass that is not counted. */
static void warm_up(void *arg)
{
    run_match(arg, 2 * EVENTS);
}

/* ---- the floor: to the end of the object by quotes and brackets, nothing validated */

static const char *floor_string(const char *p)
{
    for (; *p != '"'; p++)
        p += *p == '\\';
    return p + 1;
}

#ifdef __SSE2__
#include <emmintrin.h>

/* One bit for each of the 16 bytes at p that is a quote, a bracket or a brace, or a backslash. */
static unsigned marks16(const char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p), up = _mm_or_si128(v, _mm_set1_epi8(0x20));
    __m128i quotes = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    __m128i brackets = _mm_or_si128(_mm_cmpeq_epi8(up, _mm_set1_epi8('{')), _mm_cmpeq_epi8(up, _mm_set1_epi8('}')));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(quotes, brackets));
}

static const char *floor_string16(const char *p, const char *end)
{
    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned m = (unsigned)_mm_movemask_epi8(
            _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))));

        if (m == 0) {
            p += 16;
            continue;
        }
        p += __builtin_ctz(m);
        if (*p == '"')
            return p + 1;
        p += 2;
    }
    return floor_string(p);
}
#else
static unsigned marks16(const char *p)
{
    (void)p;
    return 1;
}

static const char *floor_string16(const char *p, const char *end)
{
    (void)end;
    return floor_string(p);
}
#endif

static const char *floor_skip(const char *p, const char *end)
{
    int depth = 0;

    do {
        while (end - p >= 16 && marks16(p) == 0)
            p += 16;
        if (end - p >= 16)
            p += __builtin_ctz(marks16(p));
        if (*p == '"') {
            p = floor_string16(p + 1, end);
            continue;
        }
        depth += *p == '{' || *p == '[' ? 1 : *p == '}' || *p == ']' ? -1 : 0;
        p++;
    } while (depth > 0);
    return p;
}

static void run_floor(void *arg, size_t n)
{
    size_t *at = arg;

    for (; n > 0; n--) {
        const text *event = &events[*at];

        if (floor_skip(event->ptr, event->ptr + event->len) != event->ptr + event->len)
            fail("the floor is wrong");
        *at = *at + 1 == EVENTS ? 0 : *at + 1;
    }
}

/* ---- event-ruler's side */

static void write_file(const char *path, int of, size_t n)
{
    FILE *file = fopen(path, "we");
    char rule[RULE_SIZE];
    size_t i;

    if (file == NULL)
        fail(path);
    for (i = 0; of < 0 && i < EVENTS; i++)
        fprintf(file, "%s\n", events[i].ptr);
    for (i = 1; of >= 0 && i <= n; i++) {
        make_rule(of, i, n, rule);
        fprintf(file, "{\"id\":\"%d-%zu\",\"pattern\":%s}\n", of, i, rule);
    }
    if (fclose(file) != 0)
        fail(path);
}

/* event-ruler in a process of its own: it loads one file of rules after the other, and makes a pass when it is asked to, so that
 * its passes and ours take turns. */
typedef struct ruler {
    FILE *ask, *answer;
    char directory[64];
    const char *absent;      /* why it is not there */
} ruler;

static void begin_ruler(ruler *r)
{
    static char command[8192], why[256];
    char path[128];
    int of, s, n;

    strcpy(r->directory, "/tmp/bench-match-XXXXXX");
    if (mkdtemp(r->directory) == NULL)
        fail("no directory for files");
    snprintf(path, sizeof path, "%s/ask", r->directory);
    if (mkfifo(path, 0600) != 0)
        fail(path);
    snprintf(path, sizeof path, "%s/events", r->directory);
    write_file(path, -1, 0);
    n = snprintf(command, sizeof command, "sh bench/ruler/run.sh %s 0.1", path);
    for (of = 0; of < KINDS; of++)
        for (s = SIZES - kinds[of].in_ruler; s < SIZES; s++) {
            snprintf(path, sizeof path, "%s/rules-%d-%d", r->directory, of, s);
            write_file(path, of, sizes[s]);
            n += snprintf(command + n, sizeof command - (size_t)n, " %s", path);
        }
    snprintf(command + n, sizeof command - (size_t)n, " <%s/ask", r->directory);
    signal(SIGPIPE, SIG_IGN);
    r->answer = popen(command, "r");
    snprintf(path, sizeof path, "%s/ask", r->directory);
    r->ask = r->answer ? fopen(path, "we") : NULL;
    r->absent = r->ask ? NULL : "event-ruler does not run";
    if (r->ask && (fgets(why, sizeof why, r->answer) == NULL || strspn(why, "0123456789 \n") != strlen(why))) {
        why[strcspn(why, "\n")] = '\0';
        r->absent = why[0] ? why : "event-ruler does not run";
    }
}

/* One pass over the rules that it has; 0 when there is none. */
static double ask_ruler(ruler *r)
{
    char line[256];

    fprintf(r->ask, "pass\n");
    fflush(r->ask);
    return fgets(line, sizeof line, r->answer) ? atof(line) : 0;
}

/* To its next file: building takes a while. */
static void next_ruler(ruler *r)
{
    char line[256];

    fprintf(r->ask, "\n");
    fflush(r->ask);
    if (fgets(line, sizeof line, r->answer) == NULL)
        return;
}

static void end_ruler(ruler *r)
{
    char command[128];

    if (r->ask)
        fclose(r->ask);
    if (r->answer)
        pclose(r->answer);
    snprintf(command, sizeof command, "rm -rf %s", r->directory);
    if (system(command) != 0)
        fail("files are left");
}

/* ---- the table */

static void print_row(const char *what, double ours, const char *unit, double limit, const char *against, double ratio)
{
    char left[64], right[96];

    snprintf(left, sizeof left, "%.0f %s", ours, unit);
    snprintf(right, sizeof right, "%s %.0f %s", against, limit, unit);
    bench_row("PM", what, left, right, ours / limit, ratio);
}

/* Ours and theirs in turn, for each of the files that it was given. A pass of theirs takes 0.1 s after one over all events that
 * is not counted, and is answered once nothing runs in its process any more; so is ours. */
static void compare_with_ruler(loaded all[KINDS][SIZES])
{
    double ratios[BENCH_MAX_ROUNDS], mine[BENCH_MAX_ROUNDS], theirs[BENCH_MAX_ROUNDS];
    int of, s, i, again, rounds = bench_rounds();
    char what[96], left[64], right[96];
    bench_watch watch;
    ruler r;

    begin_ruler(&r);
    for (of = 0; of < KINDS; of++)
        for (s = SIZES - kinds[of].in_ruler; s < SIZES; s++) {
            bench_case ours = { .name = kinds[of].name, .run = run_match, .arg = &all[of][s], .n = 30 * EVENTS };

            snprintf(what, sizeof what, "event against %zu patterns: %s", sizes[s], kinds[of].name);
            again = rounds;
            for (i = 0; r.absent == NULL && i < rounds; i++) {
                watch = bench_watch_begin();
                theirs[i] = ask_ruler(&r);
                run_match(&all[of][s], EVENTS);
                mine[i] = bench_once(&ours);
                ratios[i] = theirs[i] / mine[i];
                if (bench_is_disturbed(&watch, &again))
                    i--;
            }
            if (r.absent) {
                bench_absent("PM", what, r.absent);
                continue;
            }
            snprintf(left, sizeof left, "%.0f ns", bench_middle(mine, rounds));
            snprintf(right, sizeof right, "event-ruler 2.1.0 %.0f ns", bench_middle(theirs, rounds));
            bench_row("PM", what, left, right, bench_middle(ratios, rounds), -5);
            next_ruler(&r);
        }
    end_ruler(&r);
}

static void print_ours(bench_case cases[KINDS][SIZES], const bench_case *floor, loaded all[KINDS][SIZES], int rounds)
{
    char what[96];
    int of, s;

    for (of = 0; of < 7; of++) {
        snprintf(what, sizeof what, "event against 100000 patterns, validated: %s", kinds[of].name);
        bench_compare_row("PM", what, &cases[of][4], floor, rounds, 2); /* 1.2 us where the floor is 0.6 */
    }
    for (of = 0; of < 4; of++) {
        snprintf(what, sizeof what, "from 10 to 100000 patterns: %s", kinds[of].name);
        bench_compare_row("PM", what, &cases[of][4], &cases[of][0], rounds, 2);
    }
    for (s = 3; s < SIZES; s++)
        for (of = 4; of < 7; of += 2) {
            snprintf(what, sizeof what, "%zu patterns beside exact: %s", sizes[s], kinds[of].name);
            bench_compare_row("PM", what, &cases[of][s], &cases[0][s], rounds, 2);
        }
    bench_compare_row("PM", "100000 patterns: five fields of few values", &cases[7][4], &cases[0][4], rounds, 20);
    bench_compare_row("PM", "100000 patterns: one source, thresholds not reached", &cases[8][4], &cases[0][4], rounds, 2);
    for (of = 0; of < 7; of++) {
        snprintf(what, sizeof what, "memory a pattern, 100000: %s", kinds[of].name);
        print_row(what, all[of][4].bytes_a_rule, "B", 200, "at most", 1);
        snprintf(what, sizeof what, "adding 100000 patterns: %s", kinds[of].name);
        print_row(what, all[of][4].build_ns / 1e6, "ms", 200, "at most", 1);
    }
}

/* Whether print_ours has it. */
static int is_in_a_row(int of, int s)
{
    return s == SIZES - 1 || (s == 0 && of < 4) || (s == SIZES - 2 && (of == 0 || of == 4 || of == 6));
}

int main(void)
{
    static loaded all[KINDS][SIZES];
    static bench_case cases[KINDS * SIZES + 1];
    size_t at = 0;
    int of, s, rounds;

    make_events();
    for (of = 0; of < KINDS; of++)
        for (s = 0; s < SIZES; s++)
            load(&all[of][s], of, sizes[s]);
    compare_with_ruler(all);
    for (of = 0; of < KINDS; of++)
        for (s = 0; s < SIZES; s++) {
            cases[of * SIZES + s].name = s == 0 ? "10 patterns" : kinds[of].name;
            cases[of * SIZES + s].run = run_match;
            cases[of * SIZES + s].arg = &all[of][s];
            cases[of * SIZES + s].warm = warm_up;
            cases[of * SIZES + s].n = is_in_a_row(of, s) ? 4 * EVENTS : 0;
        }
    cases[KINDS * SIZES].name = "skip, nothing validated";
    cases[KINDS * SIZES].run = run_floor;
    cases[KINDS * SIZES].arg = &at;
    cases[KINDS * SIZES].n = 2 * EVENTS;
    rounds = bench_run_undisturbed(cases, KINDS * SIZES + 1);
    print_ours((bench_case (*)[SIZES])cases, &cases[KINDS * SIZES], all, rounds);
    for (of = 0; of < KINDS; of++)
        for (s = 0; s < SIZES; s++)
            li_pattern_set_free(all[of][s].set);
    for (s = 0; s < EVENTS; s++)
        free(events[s].ptr);
    return 0;
}
