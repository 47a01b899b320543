/* zone.c - a zone's file read into a table of spans: strict about every count and every time in it (RFC 9636). */
#include "schedule/zone.h"

#include <string.h>

#include "base/cold.h"
#include "schedule/civil.h"

enum { HEADER = 44, MAX_CHANGES = 65536, RULE_FIRST_YEAR = 1900, RULE_LAST_YEAR = 2200 };

typedef struct counts {
    uint32_t n_ut, n_std, n_leap, n_times, n_types, n_chars;
} counts;

/* One data block of the file. */
typedef struct block {
    const unsigned char *times;
    const unsigned char *indexes;
    const unsigned char *types;
    counts c;
    uint32_t time_size; /* 4 or 8 */
} block;

/* Changes as they are gathered. */
typedef struct table {
    int64_t *changes;
    int32_t *offsets;
    size_t n;
} table;

static uint32_t read_u32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t read_time(const unsigned char *p, uint32_t size)
{
    if (size == 4)
        return (int32_t)read_u32(p);
    return (int64_t)((uint64_t)read_u32(p) << 32 | read_u32(p + 4));
}

static size_t block_size(const counts *c, size_t time_size)
{
    return c->n_times * (time_size + 1) + c->n_types * (size_t)6 + c->n_chars + c->n_leap * (time_size + 4) + c->n_std + c->n_ut;
}

static const char *read_header(const unsigned char *data, size_t len, counts *c)
{
    if (len < HEADER || memcmp(data, "TZif", 4) != 0)
        return "it does not begin as a TZif file";
    c->n_ut = read_u32(data + 20);
    c->n_std = read_u32(data + 24);
    c->n_leap = read_u32(data + 28);
    c->n_times = read_u32(data + 32);
    c->n_types = read_u32(data + 36);
    c->n_chars = read_u32(data + 40);
    if (c->n_times > MAX_CHANGES || c->n_types > 256 || c->n_chars > MAX_CHANGES || c->n_leap > MAX_CHANGES ||
        c->n_std > 256 || c->n_ut > 256)
        return "a count in its header is impossible";
    return NULL;
}

/* The block that counts, and the text of the rule behind it (may be empty). */
static const char *find_block(const unsigned char *data, size_t len, block *b, const char **rule, size_t *rule_len)
{
    const char *reason = read_header(data, len, &b->c);
    const unsigned char *at = data + HEADER, *end = data + len, *line;

    *rule_len = 0;
    if (reason)
        return reason;
    if (block_size(&b->c, 4) > (size_t)(end - at))
        return "it is cut short";
    b->time_size = 4;
    if (data[4] >= '2') {
        at += block_size(&b->c, 4);
        reason = read_header(at, (size_t)(end - at), &b->c);
        if (reason)
            return reason;
        at += HEADER;
        if (block_size(&b->c, 8) > (size_t)(end - at))
            return "it is cut short";
        b->time_size = 8;
        line = at + block_size(&b->c, 8);
        if (line == end || *line != '\n' || !memchr(line + 1, '\n', (size_t)(end - line - 1)))
            return "its last line is cut short";
        *rule = (const char *)line + 1;
        *rule_len = (size_t)((const char *)memchr(*rule, '\n', (size_t)(end - line - 1)) - *rule);
    }
    b->times = at;
    b->indexes = at + b->c.n_times * (size_t)b->time_size;
    b->types = b->indexes + b->c.n_times;
    return b->c.n_types == 0 ? "it has no type of local time" : NULL;
}

static void add(table *t, int64_t change, int32_t offset)
{
    if (t->n > 0 && t->changes[t->n - 1] == change)
        t->n--; /* nothing lies between the two */
    if (t->offsets[t->n] != offset) {
        t->changes[t->n] = change;
        t->offsets[++t->n] = offset;
    }
}

static int is_offset(int32_t offset)
{
    return offset >= -LII_OFFSET_MAX && offset <= LII_OFFSET_MAX;
}

static const char *read_changes(const block *b, table *t)
{
    int64_t last = INT64_MIN;
    uint32_t i;

    t->n = 0;
    t->offsets[0] = (int32_t)read_u32(b->types);
    for (i = 0; i < b->c.n_types; i++)
        if (!is_offset((int32_t)read_u32(b->types + i * (size_t)6)))
            return "an offset from UTC is over 26 hours";
    for (i = 0; i < b->c.n_times; i++) {
        int64_t change = read_time(b->times + i * (size_t)b->time_size, b->time_size);

        if (b->indexes[i] >= b->c.n_types)
            return "a change is to a type that is not there";
        if (i > 0 && change <= last)
            return "its changes are not in order";
        add(t, change, (int32_t)read_u32(b->types + b->indexes[i] * (size_t)6));
        last = change;
    }
    return NULL;
}

static int32_t year_of(int64_t at_s)
{
    lii_civil date;

    if (at_s < lii_civil_days(RULE_FIRST_YEAR, 1, 1) * LII_DAY_S)
        return RULE_FIRST_YEAR;
    if (at_s > lii_civil_days(RULE_LAST_YEAR, 12, 31) * LII_DAY_S)
        return RULE_LAST_YEAR + 1;
    lii_days_civil(lii_floor_div(at_s, LII_DAY_S), &date);
    return date.year;
}

/* The two changes of a year, in order; they may be the same, or lie in the wrong order of kinds (the south). */
static void add_year(const lii_rule *rule, int32_t year, int64_t after, table *t)
{
    int64_t begin = lii_rule_time(&rule->begin, year, rule->standard);
    int64_t end = lii_rule_time(&rule->end, year, rule->daylight);
    int is_south = end < begin;
    int64_t first = is_south ? end : begin, second = is_south ? begin : end;
    int32_t one = is_south ? rule->standard : rule->daylight, two = is_south ? rule->daylight : rule->standard;

    /* Rules of neighbouring years may overlap in a damaged file: what would go back is left out. */
    if (first > after && (t->n == 0 || first >= t->changes[t->n - 1]))
        add(t, first, one);
    if (second > after && (t->n == 0 || second >= t->changes[t->n - 1]))
        add(t, second, two);
}

/* The rule of the last line; *has_rule 0: an empty line, nothing is known of the time after the last change. */
static const char *read_rule(const char *text, size_t len, lii_rule *rule, int *has_rule)
{
    *has_rule = len > 0;
    if (len > 0 && lii_rule_parse(text, len, rule) != 0)
        return "its last line is not a POSIX TZ string";
    return len > 0 && !(is_offset(rule->standard) && is_offset(rule->daylight)) ? "an offset from UTC is over 26 hours" : NULL;
}

static void add_rule(const lii_rule *rule, const block *b, table *t)
{
    int64_t after = INT64_MIN;
    int32_t year = RULE_FIRST_YEAR;

    if (b->c.n_times > 0) {
        after = read_time(b->times + (b->c.n_times - 1) * (size_t)b->time_size, b->time_size);
        year = year_of(after) - 1;
    } else {
        t->offsets[0] = rule->standard;
    }
    for (; rule->has_daylight && year <= RULE_LAST_YEAR; year++)
        add_year(rule, year, after, t);
}

LII_COLD li_status lii_zone_parse(const li_allocator *allocator, const char *name, const void *data, size_t len, lii_zone **zone,
                         const char **reason)
{
    const char *line = NULL;
    size_t line_len = 0, most;
    int has_rule = 0;
    lii_rule rule;
    lii_zone *z;
    table t;
    block b;

    memset(&b, 0, sizeof b);
    memset(&rule, 0, sizeof rule);
    *reason = find_block(data, len, &b, &line, &line_len);
    if (!*reason && b.c.n_leap > 0)
        *reason = "it counts leap seconds, which Unix time does not";
    if (!*reason)
        *reason = read_rule(line, line_len, &rule, &has_rule);
    if (*reason)
        return LI_E_CORRUPT;
    most = b.c.n_times + 1 + (rule.has_daylight ? 2 * (size_t)(RULE_LAST_YEAR - RULE_FIRST_YEAR + 2) : 0);
    z = lii_calloc(allocator, 1, sizeof *z + most * (sizeof *t.changes + sizeof *t.offsets));
    if (!z)
        return LI_E_NOMEM;
    t.changes = (int64_t *)(void *)(z + 1);
    t.offsets = (int32_t *)(void *)(t.changes + most);
    *reason = read_changes(&b, &t);
    if (*reason) {
        lii_free(allocator, z);
        return LI_E_CORRUPT;
    }
    if (has_rule)
        add_rule(&rule, &b, &t);
    atomic_init(&z->refs, 1);
    z->allocator = *allocator;
    z->n = (uint32_t)t.n;
    z->changes = t.changes;
    z->offsets = t.offsets;
    strncpy(z->name, name, sizeof z->name - 1);
    *zone = z;
    return LI_OK;
}

void lii_zone_retain(lii_zone *zone)
{
    atomic_fetch_add_explicit(&zone->refs, 1, memory_order_relaxed);
}

void lii_zone_release(lii_zone *zone)
{
    li_allocator allocator;

    if (!zone || atomic_fetch_sub_explicit(&zone->refs, 1, memory_order_acq_rel) != 1)
        return;
    allocator = zone->allocator;
    lii_free(&allocator, zone);
}

uint32_t lii_zone_count(const lii_zone *zone)
{
    return zone ? zone->n + 1 : 1;
}

uint32_t lii_zone_find(const lii_zone *zone, int64_t at_s)
{
    uint32_t low = 0, high = zone ? zone->n : 0;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (zone->changes[middle] <= at_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void lii_zone_span(const lii_zone *zone, uint32_t i, lii_span *span)
{
    span->start = i == 0 ? INT64_MIN : zone->changes[i - 1];
    span->end = !zone || i == zone->n ? INT64_MAX : zone->changes[i];
    span->offset = zone ? zone->offsets[i] : 0;
    span->reserved = 0;
}
