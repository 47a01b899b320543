/* schedule.c - lambdainvoke schedule: the next times of an expression. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lambdainvoke/lambdainvoke.h>

#include "cli.h"

enum { CHUNK = 256, COUNT_STANDARD = 5, COUNT_MAX = 1000000 };

typedef struct request {
    li_schedule_options options;
    int64_t from_s;
    long count;
    int has_kind, is_local;
} request;

/* The digits of RFC 3339: 2026-01-01T00:00:00Z, or with +01:00; fractions of a second are cut. 0, or -1. */
static int read_time(const char *text, int64_t *out)
{
    int year, month, day, hour, minute, second, used = 0, east_hours = 0, east_minutes = 0;
    struct tm tm = { 0 };
    const char *rest;

    if (sscanf(text, "%4d-%2d-%2d%*1[Tt]%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used) != 6 || used != 19)
        return -1;
    for (rest = text + used; *rest == '.' || (*rest >= '0' && *rest <= '9'); rest++)
        continue;
    if (*rest == '+' || *rest == '-') {
        if (sscanf(rest + 1, "%2d:%2d%n", &east_hours, &east_minutes, &used) != 2 || used != 5 || rest[6] != '\0')
            return -1;
    } else if (strcmp(rest, "Z") != 0 && strcmp(rest, "z") != 0) {
        return -1;
    }
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = second;
    *out = (int64_t)timegm(&tm);
    if (tm.tm_mday != day || tm.tm_mon != month - 1 || tm.tm_hour != hour || tm.tm_min != minute || tm.tm_sec != second)
        return -1; /* 30 February, 24:00, … */
    *out -= (*rest == '-' ? -1 : 1) * (east_hours * 3600 + east_minutes * 60);
    return 0;
}

/* zone: what stands behind it. */
static void print_time(int64_t at_s, const char *zone)
{
    time_t at = (time_t)at_s;
    struct tm tm;

    if (gmtime_r(&at, &tm) == NULL) /* years that a struct tm cannot hold */
        printf("@%lld", (long long)at_s);
    else
        printf("%04d-%02d-%02dT%02d:%02d:%02d%s", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, zone);
}

/* In UTC, and before that as the zone's clocks show it. */
static void print_line(const request *r, const li_schedule *schedule, int64_t at_s)
{
    int32_t offset = li_schedule_get_offset(schedule, at_s), minutes = abs((int)offset) / 60;
    char zone[16];

    if (r->is_local) {
        snprintf(zone, sizeof zone, "%c%02d:%02d", offset < 0 ? '-' : '+', (int)(minutes / 60), (int)(minutes % 60));
        print_time(at_s + offset, zone);
        putchar(' ');
    }
    print_time(at_s, "Z");
    putchar('\n');
}

static int read_option(request *r, int option, const char *value)
{
    char *end;

    switch (option) {
    case 't':
        r->options.zone = li_z(value);
        return CLI_OK;
    case 'f':
        return read_time(value, &r->from_s) == 0 ? CLI_OK : cli_usage("schedule", "--from: not an RFC 3339 time", value);
    case 's':
        return read_time(value, &r->options.start_s) == 0 ? CLI_OK : cli_usage("schedule", "--start: not an RFC 3339 time", value);
    case 'e':
        return read_time(value, &r->options.end_s) == 0 ? CLI_OK : cli_usage("schedule", "--end: not an RFC 3339 time", value);
    case 'c':
        errno = 0;
        r->count = strtol(value, &end, 10);
        if (errno != 0 || end == value || *end != '\0' || r->count < 1 || r->count > COUNT_MAX)
            return cli_usage("schedule", "--count: not a number from 1 to 1000000", value);
        return CLI_OK;
    case 'k':
        r->has_kind = 1;
        r->options.kind = strcmp(value, "scheduler") == 0 ? LI_SCHEDULE_SCHEDULER : LI_SCHEDULE_RULE;
        return r->options.kind == LI_SCHEDULE_SCHEDULER || strcmp(value, "rule") == 0
                   ? CLI_OK
                   : cli_usage("schedule", "--kind: neither rule nor scheduler", value);
    case 'b':
        r->options.overlap = LI_OVERLAP_BOTH;
        return CLI_OK;
    case 'l':
        r->is_local = 1;
        return CLI_OK;
    case 'S':
        r->options.is_strict = 1;
        return CLI_OK;
    default:
        return cli_usage("schedule", "the options are not right", NULL);
    }
}

/* A rule, unless what is asked for is only EventBridge Scheduler's. */
static int32_t kind_of(const request *r, const char *expression)
{
    const char *zone = r->options.zone.ptr;

    return strncmp(expression, "at(", 3) == 0 || (zone && strcmp(zone, "UTC") != 0) || r->options.start_s != INT64_MIN ||
                   r->options.end_s != INT64_MAX
               ? LI_SCHEDULE_SCHEDULER
               : LI_SCHEDULE_RULE;
}

static int print_times(const request *r, const char *expression)
{
    int64_t times[CHUNK], after = r->from_s;
    li_error err = LI_ERROR_INIT;
    li_schedule *schedule = NULL;
    long left = r->count;
    size_t n, i, wanted;

    if (li_schedule_new(NULL, expression, LI_Z, &r->options, &schedule, &err) != LI_OK)
        return cli_fail("schedule", "%s", err.text);
    if (r->options.kind == LI_SCHEDULE_SCHEDULER && r->options.start_s == INT64_MIN && li_schedule_get_form(schedule) == LI_SCHEDULE_RATE)
        after--; /* it begins at once */
    do {
        wanted = left < CHUNK ? (size_t)left : CHUNK;
        li_schedule_next(schedule, after, times, wanted, &n);
        for (i = 0; i < n; i++)
            print_line(r, schedule, times[i]);
        if (n > 0)
            after = times[n - 1];
        left -= (long)n;
    } while (left > 0 && n == wanted);
    li_schedule_free(schedule);
    return cli_flush("schedule");
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {
        { "tz", required_argument, NULL, 't' },    { "from", required_argument, NULL, 'f' }, { "count", required_argument, NULL, 'c' },
        { "kind", required_argument, NULL, 'k' },  { "start", required_argument, NULL, 's' }, { "end", required_argument, NULL, 'e' },
        { "local", no_argument, NULL, 'l' },       { "both", no_argument, NULL, 'b' },        { "strict", no_argument, NULL, 'S' },      { NULL, 0, NULL, 0 }
    };
    static const li_schedule_options standard = LI_SCHEDULE_OPTIONS_INIT;
    request r;
    int option, status;

    memset(&r, 0, sizeof r);
    r.options = standard;
    r.from_s = (int64_t)time(NULL);
    r.count = COUNT_STANDARD;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        status = option == '?' ? cli_usage("schedule", "no such option, or it lacks its value", argv[optind - 1])
                               : read_option(&r, option, optarg);
        if (status != CLI_OK)
            return status;
    }
    if (optind + 1 != argc)
        return cli_usage("schedule", optind == argc ? "an expression is needed" : "one expression at a time", NULL);
    if (!r.has_kind)
        r.options.kind = kind_of(&r, argv[optind]);
    r.options.created_s = r.from_s;
    return print_times(&r, argv[optind]);
}

const cli_command cli_schedule = {
    "schedule", "EXPRESSION [--tz ZONE] [--from TIME] [--count N]", "the next times of a rate, cron or at expression",
    "Prints the next times, one a line, in UTC; fewer than N when the schedule ends.\n"
    "\n"
    "  --tz ZONE      the zone of a cron or at expression, as Europe/Berlin; standard: UTC\n"
    "  --from TIME    times strictly after it, as 2026-01-01T00:00:00Z; standard: now\n"
    "  --count N      how many; standard: 5\n"
    "  --kind KIND    rule or scheduler: whose grammar; standard: rule, unless there is at(, a zone, a start or an end\n"
    "  --start TIME   no time before it, and the first of a rate\n"
    "  --end TIME     no time after it\n"
    "  --local        before each time the same as the zone's clocks show it\n"
    "  --both         a time that a clock change makes happen twice runs twice\n"
    "  --strict       refuse what the public grammar does not show\n"
    "\n"
    "Exit status: 0; 1 the expression or the zone is not valid; 2 usage.\n",
    run
};
