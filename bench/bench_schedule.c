/* bench_schedule.c - the next time of a schedule: as most are, as bad as they get, and when there is none; beside croniter,
 * which is asked through Python when it is there (make test-deps). */
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>

#include "bench.h"

enum { TYPICAL = 4 };

typedef struct question {
    const char *expression;  /* ours */
    const char *zone;
    const char *unix_cron;   /* the same for croniter */
} question;

static const question typical[TYPICAL] = {
    { "cron(0/5 * * * ? *)", "UTC", "*/5 * * * *" },
    { "cron(0 9 ? * MON-FRI *)", "UTC", "0 9 * * 1-5" },
    { "cron(30 3 1 * ? *)", "UTC", "30 3 1 * *" },
    { "cron(0 9 ? * MON-FRI *)", "America/New_York", "0 9 * * 1-5" },
};

/* What a search could take long for: far years, days that are rare or in no year, times that the clocks always leave out. */
static const question hard[] = {
    { "cron(0 0 29 2 ? 2196)", "America/New_York", NULL },  { "cron(* 2 ? 3 1#2 *)", "America/New_York", NULL },
    { "cron(59 23 31 12 ? 2199)", "Africa/Casablanca", NULL }, { "cron(0 0 31W 12 ? 2199)", "Asia/Gaza", NULL },
    { "cron(0 0 ? 2 1#5 2190-2199)", "Europe/Dublin", NULL }, { "cron(* 2 ? 10 1#1 *)", "Australia/Lord_Howe", NULL },
    { "cron(59 23 L-30 * ? *)", "Pacific/Apia", NULL },      { "at(9999-12-31T23:59:59)", "America/New_York", NULL },
};

static const question never[] = {
    { "cron(0 0 30 2 ? *)", "UTC", "0 0 30 2 *" },           { "cron(0 0 1 1 ? 2024)", "America/New_York", NULL },
    { "cron(0 0 ? 2 MON#5 2026)", "Europe/Berlin", NULL },   { "at(2026-03-08T02:30:00)", "America/New_York", NULL },
};

typedef struct asked {
    li_schedule *schedule;
    int64_t after;
} asked;

static void fail(const char *what)
{
    fprintf(stderr, "bench_schedule: %s\n", what);
    exit(1);
}

static li_schedule *schedule_of(const question *q)
{
    li_schedule_options options = LI_SCHEDULE_OPTIONS_INIT;
    li_schedule *schedule = NULL;
    li_error err = LI_ERROR_INIT;

    options.kind = LI_SCHEDULE_SCHEDULER;
    options.zone = li_z(q->zone);
    if (li_schedule_new(NULL, q->expression, LI_Z, &options, &schedule, &err) != LI_OK)
        fail(err.text);
    return schedule;
}

/* One after the other, as an engine asks. */
static void run_on(void *arg, size_t n)
{
    asked *a = arg;
    size_t found;

    while (n-- > 0)
        if (li_schedule_next(a->schedule, a->after, &a->after, 1, &found) != LI_OK || found == 0)
            a->after = INT64_C(1767225600);
}

/* The same question again and again. */
static void run_same(void *arg, size_t n)
{
    const asked *a = arg;
    int64_t time;
    size_t found;

    while (n-- > 0) {
        li_schedule_next(a->schedule, a->after, &time, 1, &found);
        bench_keep(&time);
    }
}

/* Nanoseconds a call of croniter for each typical question; 0: it is not there. */
static int ask_croniter(double ns[TYPICAL], char version[32])
{
    static const char program[] =
        "import sys, time, datetime, zoneinfo, croniter, importlib.metadata\n"
        "print(importlib.metadata.version('croniter'))\n"
        "for line in sys.argv[1:]:\n"
        "    zone, cron = line.split(' ', 1)\n"
        "    it = croniter.croniter(cron, datetime.datetime(2026, 1, 1, tzinfo=zoneinfo.ZoneInfo(zone)))\n"
        "    best = None\n"
        "    for r in range(7):\n"
        "        t = time.perf_counter_ns()\n"
        "        for i in range(1000): it.get_next(float)\n"
        "        t = (time.perf_counter_ns() - t) / 1000\n"
        "        best = t if best is None or t < best else best\n"
        "    print(best)\n";
    const char *python = getenv("PYTHON");
    char command[2048];
    size_t len, i;
    FILE *pipe;
    int n = 0;

    len = (size_t)snprintf(command, sizeof command, "%s -c \"%s\"", python ? python : "build/venv/bin/python", program);
    for (i = 0; i < TYPICAL; i++)
        len += (size_t)snprintf(command + len, sizeof command - len, " '%s %s'", typical[i].zone, typical[i].unix_cron);
    snprintf(command + len, sizeof command - len, " 2>/dev/null");
    pipe = popen(command, "r");
    if (!pipe)
        return 0;
    if (fscanf(pipe, "%31s", version) == 1)
        while (n < TYPICAL && fscanf(pipe, "%lf", &ns[n]) == 1)
            n++;
    return pclose(pipe) == 0 && n == TYPICAL;
}

static void bench_typical(void)
{
    bench_case cases[TYPICAL];
    double peer[TYPICAL];
    asked a[TYPICAL];
    char what[96], ours[48], theirs[96], version[32] = "";
    int i, rounds, has_peer;

    memset(cases, 0, sizeof cases);
    for (i = 0; i < TYPICAL; i++) {
        a[i].schedule = schedule_of(&typical[i]);
        a[i].after = INT64_C(1767225600);
        cases[i].name = typical[i].expression;
        cases[i].run = run_on;
        cases[i].arg = &a[i];
        cases[i].n = 200000;
    }
    rounds = bench_run(cases, TYPICAL);
    has_peer = ask_croniter(peer, version);
    for (i = 0; i < TYPICAL; i++) {
        snprintf(what, sizeof what, "next of %s, %s", typical[i].expression, typical[i].zone);
        snprintf(ours, sizeof ours, "%.1f ns", bench_median(&cases[i], rounds));
        if (has_peer) {
            snprintf(theirs, sizeof theirs, "croniter %s %.0f ns", version, peer[i]);
            bench_row("S1", what, ours, theirs, peer[i] / bench_median(&cases[i], rounds), -100);
        } else {
            printf("S1 | %s | %s | croniter is not there: make test-deps | - | >= 100 | -\n", what, ours);
        }
        li_schedule_free(a[i].schedule);
    }
}

/* The slowest of some questions, asked from 2026 and from the last year. */
static void bench_slowest(const char *what, const question *questions, size_t count)
{
    double worst = 0;
    const char *which = "";
    char title[128], ours[48];
    size_t i, k;

    for (i = 0; i < count; i++)
        for (k = 0; k < 2; k++) {
            asked a = { schedule_of(&questions[i]), k ? INT64_C(7226582400) : INT64_C(1767225600) };
            bench_case c = { .name = questions[i].expression, .run = run_same, .arg = &a, .n = 2000 };
            int rounds = bench_run(&c, 1);

            if (bench_median(&c, rounds) > worst) {
                worst = bench_median(&c, rounds);
                which = questions[i].expression;
            }
            li_schedule_free(a.schedule);
        }
    snprintf(title, sizeof title, "next, %s: %s", what, which);
    snprintf(ours, sizeof ours, "%.2f us", worst / 1000);
    bench_row("S2", title, ours, "50 us", worst / 50000, 1);
}

int main(void)
{
    bench_typical();
    bench_slowest("the worst", hard, sizeof hard / sizeof *hard);
    bench_slowest("there is none", never, sizeof never / sizeof *never);
    return 0;
}
