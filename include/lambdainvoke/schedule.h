/* schedule.h - when next: rate, cron and at expressions, and the time zones they are read in.
 *
 * rate(5 minutes) counts from its start; cron(M H DAY MONTH WEEKDAY YEAR) is a pattern of local times, 1970 to 2199;
 * at(2026-11-20T13:00:00) fires once. Times are Unix seconds. A schedule is parsed once and never changes. */
#ifndef LAMBDAINVOKE_SCHEDULE_H
#define LAMBDAINVOKE_SCHEDULE_H

#include <lambdainvoke/allocator.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct li_schedule li_schedule;
typedef struct li_zones li_zones;

/* Whose grammar: an EventBridge rule knows rate and cron, in UTC; EventBridge Scheduler knows at as well, and zones. */
enum { LI_SCHEDULE_RULE = 0, LI_SCHEDULE_SCHEDULER = 1 };
/* A cron time that a clock change makes happen twice runs the first time only, or both times. */
enum { LI_OVERLAP_ONCE = 0, LI_OVERLAP_BOTH = 1 };
enum { LI_SCHEDULE_RATE = 1, LI_SCHEDULE_CRON = 2, LI_SCHEDULE_AT = 3 };

/* Where the rules of time zones come from: files in the form of RFC 9636 (TZif). */
typedef struct li_zone_source_ops {
    size_t size;
    uint32_t version; /* 1 */
    uint32_t caps;    /* 0 */
    const char *name;
    /* Required. Call give() once with the bytes of the zone's file, borrowed for that call. zone ends in NUL and has only
     * letters, digits, _ + - and / between parts that are not empty. Any thread, many at once; may block on a file.
     * LI_E_NOT_FOUND no such zone; LI_E_IO it cannot be read. */
    li_status (*read)(void *self, const char *zone, void (*give)(void *user, const void *data, size_t len), void *user);
    void (*free)(void *self); /* NULL: the caller keeps self */
} li_zone_source_ops;

typedef struct li_zone_source {
    const li_zone_source_ops *ops; /* static; NULL: the files of the system, /usr/share/zoneinfo and its like */
    void *self;
} li_zone_source;

/* Zones that were read once and are kept, for schedules to share. TZ and the C library's time functions are not touched.
 * UTC and Etc/UTC are built in and need no source.
 *   allocator  copied; NULL: malloc; used until the last schedule that was made with these zones is freed
 *   source     taken, also on failure; NULL: the system's files
 *   zones      out: owned by the caller, li_zones_free; schedules made with it may live longer
 * Errors: LI_E_NOMEM; LI_E_INVALID a table without a required method.
 * Threads: any, also many at once on one cache. Spec: TRG-154. Since 0.1. */
LI_API li_status li_zones_new(const li_allocator *allocator, const li_zone_source *source, li_zones **zones, li_error *err);
LI_API void li_zones_free(li_zones *zones);

typedef struct li_schedule_options {
    size_t size;
    int32_t kind;       /* LI_SCHEDULE_RULE or LI_SCHEDULE_SCHEDULER */
    int32_t overlap;    /* LI_OVERLAP_*; cron */
    li_slice zone;      /* "Area/City"; {NULL, 0}: UTC, the only one of a rule */
    li_zones *zones;    /* borrowed for the call; NULL: the system's files are read for this schedule alone */
    int64_t start_s;    /* no time before it, and the first of a rate; INT64_MIN: none. Scheduler only; not for at */
    int64_t end_s;      /* no time after it; INT64_MAX: none. Scheduler only; not for at */
    int64_t created_s;  /* what a rate without a start counts from; INT64_MIN: from after_s of the question */
    int32_t is_strict;  /* 1: refuse what the public grammar does not show: LW, L-n, FRIL, ranges that wrap but for hours,
                           names not in capitals */
    uint32_t reserved;  /* 0 */
} li_schedule_options;
#define LI_SCHEDULE_OPTIONS_INIT \
    { sizeof(li_schedule_options), LI_SCHEDULE_RULE, LI_OVERLAP_ONCE, { NULL, 0 }, NULL, INT64_MIN, INT64_MAX, INT64_MIN, 0, 0u }
LI_API li_status li_schedule_options_init(li_schedule_options *options, size_t size);

/* Parse an expression of 1 to 256 characters. One that can never fire (30 February) is fine: it has no times.
 *   allocator   copied; NULL: malloc
 *   expression  borrowed for the call
 *   options     borrowed for the call; NULL: defaults
 *   schedule    out: owned by the caller, li_schedule_free (NULL is fine)
 * Errors: LI_E_INVALID the expression (LI_DETAIL_SCHEDULE, err->offset is the byte that is wrong, the text says what would
 *         be right), the name of a zone (LI_DETAIL_ZONE), or an option; LI_E_NOT_FOUND no such zone; LI_E_CORRUPT its file
 *         is damaged (LI_DETAIL_ZONE_FILE); LI_E_IO; LI_E_NOMEM; LI_E_NOTSUP unknown options.
 * Threads: any. Spec: TRG-132, 135, 138..149, 153, 154. Since 0.1. */
LI_API li_status li_schedule_new(const li_allocator *allocator, const char *expression, size_t expression_len,
                                 const li_schedule_options *options, li_schedule **schedule, li_error *err);
LI_API void li_schedule_free(li_schedule *schedule);

/* LI_SCHEDULE_RATE, LI_SCHEDULE_CRON or LI_SCHEDULE_AT. Threads: any. Since 0.1. */
LI_API int32_t li_schedule_get_form(const li_schedule *schedule);

/* How many seconds east of UTC the schedule's zone is at a time; 0 for UTC. Threads: any; pure. Spec: TRG-197. Since 0.1. */
LI_API int32_t li_schedule_get_offset(const li_schedule *schedule, int64_t at_s);

/* The next times, each strictly after after_s, in order. The work is bounded whatever the expression, and allocates nothing.
 * A rate of Scheduler's that has neither start nor created_s begins at once: its first time is after_s itself.
 *   times, max  the caller's
 *   n           out: how many there are; fewer than max when the schedule ends
 * Errors: LI_E_INVALID schedule, times or n is NULL. Threads: any, many at once; pure.
 * Spec: TRG-133, 134, 136, 150, 151, 155..158, REL-59. Since 0.1. */
LI_API li_status li_schedule_next(const li_schedule *schedule, int64_t after_s, int64_t *times, size_t max, size_t *n);

#ifdef __cplusplus
}
#endif
#endif
