/* bench.h - measure cases in turn (A B C, A B C, …), so that a noisy neighbour disturbs each alike, and print rows. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BENCH_MAX_ROUNDS = 64 };
enum { BENCH_CPU = 0,   /* time of this thread alone: what runs beside it does not count. For work on one thread */
       BENCH_WALL = 1 };

typedef struct bench_case {
    const char *name;
    void (*run)(void *arg, size_t n); /* does n operations */
    void *arg;
    size_t n;                         /* operations a round */
    int clock;                        /* BENCH_* */
    double ns[BENCH_MAX_ROUNDS];      /* per operation, one a round */
    void (*warm)(void *arg);          /* for bench_run_undisturbed: before each round, not counted; NULL: nothing */
} bench_case;

static inline uint64_t bench_read_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static inline uint64_t bench_now_ns(void)
{
    return bench_read_ns(CLOCK_MONOTONIC);
}

static inline int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* BENCH_ROUNDS of the environment, or so many. */
static inline int bench_rounds_or(int usual)
{
    const char *given = getenv("BENCH_ROUNDS");
    int rounds = given ? atoi(given) : usual;

    return rounds < 1 ? 1 : rounds > BENCH_MAX_ROUNDS ? BENCH_MAX_ROUNDS : rounds;
}

static inline int bench_rounds(void)
{
    return bench_rounds_or(9);
}

static inline double bench_middle(const double *values, int n)
{
    double sorted[BENCH_MAX_ROUNDS];
    int i;

    for (i = 0; i < n; i++)
        sorted[i] = values[i];
    qsort(sorted, (size_t)n, sizeof sorted[0], bench_compare);
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static inline double bench_median(const bench_case *c, int rounds)
{
    return bench_middle(c->ns, rounds);
}

/* The median of the ratios of each round: what disturbs a round disturbs both. */
static inline double bench_ratio(const bench_case *a, const bench_case *b, int rounds)
{
    double ratios[BENCH_MAX_ROUNDS];
    int i;

    for (i = 0; i < rounds; i++)
        ratios[i] = a->ns[i] / b->ns[i];
    return bench_middle(ratios, rounds);
}

static inline double bench_once(bench_case *c)
{
    clockid_t clock = c->clock == BENCH_WALL ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID;
    uint64_t begin = bench_read_ns(clock);

    c->run(c->arg, c->n);
    return (double)(bench_read_ns(clock) - begin) / (double)c->n;
}

/* Run all cases, one warming round first. */
static inline int bench_run_rounds(bench_case *cases, size_t count, int rounds)
{
    size_t i;
    int r;

    for (r = -1; r < rounds; r++)
        for (i = 0; i < count; i++) {
            double ns = bench_once(&cases[i]);

            if (r >= 0)
                cases[i].ns[r] = ns;
        }
    return rounds;
}

static inline int bench_run(bench_case *cases, size_t count)
{
    return bench_run_rounds(cases, count, bench_rounds());
}

/* How long all processors have been busy, with anything, or taken away; 0 when nobody knows. By hundredths of a second. */
static inline double bench_busy_ns(void)
{
    FILE *file = fopen("/proc/stat", "re");
    double user = 0, nice = 0, system = 0, idle, wait, irq = 0, soft = 0, steal = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &user, &nice, &system, &idle, &wait, &irq, &soft, &steal) != 8)
        user = nice = system = irq = soft = steal = 0;
    fclose(file);
    return (user + nice + system + irq + soft + steal) * 1e7;
}

/* Around a round of which one thing at a time runs: whether others had more than an eighth of its time, beside it or instead. Then it
 * is better done again, for both sides, though not for ever: *left is how often, over all rounds. */
typedef struct bench_watch {
    double wall, busy;
} bench_watch;

static inline bench_watch bench_watch_begin(void)
{
    bench_watch w = { (double)bench_now_ns(), bench_busy_ns() };

    return w;
}

static inline int bench_is_disturbed(const bench_watch *w, int *left)
{
    double wall = (double)bench_now_ns() - w->wall, busy = bench_busy_ns() - w->busy;

    return busy > wall + wall / 8 + 2e7 && (*left)-- > 0;
}

/* As bench_run, but rounds in which others were busy are done again; cases of no operations are left out. */
static inline int bench_run_undisturbed(bench_case *cases, size_t count)
{
    int rounds = bench_rounds(), left = rounds, r;
    bench_watch watch;
    size_t i;

    for (r = -1; r < rounds; r++) {
        watch = bench_watch_begin();
        for (i = 0; i < count; i++) {
            if (cases[i].n > 0 && cases[i].warm)
                cases[i].warm(cases[i].arg);
            if (cases[i].n > 0)
                cases[i].ns[r < 0 ? 0 : r] = bench_once(&cases[i]);
        }
        if (r >= 0 && bench_is_disturbed(&watch, &left))
            r--;
    }
    return rounds;
}

/* One line of the report: what was measured, against what, the ratio, and what it should be: at most (limit > 0) or at least
 * (limit < 0). */
static inline void bench_row(const char *id, const char *what, const char *ours, const char *against, double ratio,
                             double limit)
{
    int is_ok = limit > 0 ? ratio <= limit : ratio >= -limit;

    printf("%s | %s | %s | %s | %.2f | %s %g | %s\n", id, what, against, ours, ratio, limit > 0 ? "<=" : ">=",
           limit > 0 ? limit : -limit, is_ok ? "ok" : "short");
    fflush(stdout);
}

/* A row beside another, without a target: what the machine does to things that are not ours. */
static inline void bench_control_row(const char *id, const char *what, const char *ours, const char *against, double ratio)
{
    printf("%s | control: %s | %s | %s | %.2f | - | control\n", id, what, against, ours, ratio);
    fflush(stdout);
}

/* A row that could not be measured. */
static inline void bench_absent(const char *id, const char *what, const char *why)
{
    printf("%s | %s | %s | - | - | - | absent\n", id, what, why);
    fflush(stdout);
}

/* The same for two cases that have run; with limit < 0 the ratio is that of rates: how often ours goes into theirs. */
static inline void bench_compare_row(const char *id, const char *what, const bench_case *ours, const bench_case *theirs,
                                     int rounds, double limit)
{
    double a = bench_median(ours, rounds), b = bench_median(theirs, rounds);
    char left[48], right[96];

    snprintf(left, sizeof left, "%.1f ns", a);
    snprintf(right, sizeof right, "%s %.1f ns", theirs->name, b);
    bench_row(id, what, left, right, limit > 0 ? bench_ratio(ours, theirs, rounds) : bench_ratio(theirs, ours, rounds), limit);
}

/* Keep a result alive, so that the compiler cannot leave out what made it. */
static inline void bench_keep(const void *value)
{
    __asm__ volatile("" : : "g"(value) : "memory");
}

#endif
