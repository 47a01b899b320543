/* zone.h - a time zone as the spans of time in which its offset from UTC stays the same. */
#ifndef LII_SCHEDULE_ZONE_H
#define LII_SCHEDULE_ZONE_H

#include <stdatomic.h>

#include <lambdainvoke/schedule.h>

#include "base/alloc.h"

enum { LII_OFFSET_MAX = 26 * 3600, LII_ZONE_NAME_MAX = 50 };

/* Immutable. Exact from 1900 to 2200: the rule for the time after a file's last change is written out that far. */
typedef struct lii_zone {
    atomic_uint refs;
    uint32_t n;             /* changes of the offset */
    li_allocator allocator;
    const int64_t *changes; /* when, ascending */
    const int32_t *offsets; /* n + 1: seconds east of UTC before the first change, after each */
    char name[LII_ZONE_NAME_MAX + 2];
} lii_zone;

typedef struct lii_span {
    int64_t start; /* INT64_MIN: the first */
    int64_t end;   /* INT64_MAX: the last; not in it */
    int32_t offset;
    int32_t reserved;
} lii_span;

/* A zone from the bytes of its file (RFC 9636, versions 1 to 4). name is copied, cut to fit.
 * LI_E_CORRUPT: *reason says what is wrong (static); LI_E_NOMEM. */
li_status lii_zone_parse(const li_allocator *allocator, const char *name, const void *data, size_t len, lii_zone **zone,
                         const char **reason);
void lii_zone_retain(lii_zone *zone);
void lii_zone_release(lii_zone *zone); /* NULL is fine */

/* zone NULL: UTC. The number of the span that holds a time; the span of a number, 0 to n. */
uint32_t lii_zone_count(const lii_zone *zone);
uint32_t lii_zone_find(const lii_zone *zone, int64_t at_s);
void lii_zone_span(const lii_zone *zone, uint32_t i, lii_span *span);

/* ---- posix_rule.c: the TZ string of a file's last line, which rules after its last change */
typedef struct lii_rule_date {
    int32_t kind;    /* 'J': day 1..365, 29 February never counted; '0': day 0..365; 'M': week, month, weekday */
    int32_t day;     /* of the year, or of the week: 0 Sunday */
    int32_t week;    /* 1..5, 5 is the last */
    int32_t month;
    int64_t time_s;  /* of local time, may be negative or over a day */
} lii_rule_date;

typedef struct lii_rule {
    int32_t standard;   /* seconds east of UTC */
    int32_t daylight;
    int32_t has_daylight;
    int32_t reserved;
    lii_rule_date begin; /* of daylight time */
    lii_rule_date end;
} lii_rule;

int lii_rule_parse(const char *text, size_t len, lii_rule *rule);                    /* 0, or -1 */
int64_t lii_rule_time(const lii_rule_date *date, int32_t year, int32_t offset_before); /* as Unix seconds */

/* ---- zones.c */
/* The zone of a name, retained; *zone NULL: UTC. zones NULL: the system's files. Errors as li_schedule_new. */
li_status lii_zones_get(li_zones *zones, const li_allocator *allocator, li_slice name, lii_zone **zone, li_error *err);

/* ---- zone_files.c */
extern const li_zone_source_ops lii_zone_files;

#endif
