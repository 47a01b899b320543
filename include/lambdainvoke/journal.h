/* journal.h - every step of the engine as one line: time, request id, what, why. Accounting lines (accepted, ended) are
 * always made, the others when somebody listens or the ring is asked for them. Same calls and same seed on a virtual clock
 * give the same journal, byte for byte (REL-58). */
#ifndef LAMBDAINVOKE_JOURNAL_H
#define LAMBDAINVOKE_JOURNAL_H

#include <lambdainvoke/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* value, word in text. Append-only. The first group are the accounting lines. */
#define LI_STEP_MAP(X)              \
    X(LI_STEP_ACCEPTED, 1, "accepted")     \
    X(LI_STEP_SUCCEEDED, 2, "succeeded")   \
    X(LI_STEP_DELIVERED, 3, "delivered")   \
    X(LI_STEP_DROPPED, 4, "dropped")       \
    X(LI_STEP_QUARANTINED, 5, "quarantined") \
    X(LI_STEP_INIT, 16, "init")            \
    X(LI_STEP_START, 17, "start")          \
    X(LI_STEP_END, 18, "end")              \
    X(LI_STEP_THROTTLED, 19, "throttled")  \
    X(LI_STEP_RETRY, 20, "retry")          \
    X(LI_STEP_EXPIRED, 21, "expired")      \
    X(LI_STEP_DELIVERING, 22, "delivering") \
    X(LI_STEP_DELIVERY_FAILED, 23, "delivery-failed") \
    X(LI_STEP_LATE, 24, "late")            \
    X(LI_STEP_RETIRED, 25, "retired")      \
    X(LI_STEP_TRIGGER, 26, "trigger")      \
    X(LI_STEP_BATCH, 27, "batch")          \
    X(LI_STEP_ENGINE, 28, "engine")        \
    X(LI_STEP_FUNCTION, 29, "function")     \
    X(LI_STEP_DUPLICATE, 40, "duplicate") \
    X(LI_STEP_RECURSION, 41, "recursion") \
    X(LI_STEP_INIT_END, 42, "init-end")    \
    X(LI_STEP_FAULT, 60, "fault")

#define LI_STEP_ENUM(name, value, text) name = value,
enum { LI_STEP_MAP(LI_STEP_ENUM) LI_STEP_END_ };
#undef LI_STEP_ENUM

typedef struct li_journal_line {
    size_t size;
    uint64_t sequence;       /* from 1; no gaps in what a sink sees */
    uint64_t time_ns;        /* the clock's monotonic reading */
    uint64_t time_ms;        /* the engine's Unix milliseconds */
    li_id id;                /* request id; all zero when the line is about none */
    const char *function;    /* NAME or NAME:QUALIFIER; "" when about none; ends in NUL */
    const char *why;         /* one word or a few; never NULL */
    int32_t step;            /* LI_STEP_* */
    uint32_t attempt;        /* from 1; 0: none */
} li_journal_line;

typedef void (*li_journal_callback)(void *user, const li_journal_line *line);

/* Listen to every line from now on, or stop with callback NULL. Called from any thread that does a step, one line at
 * a time in order of sequence, and may look at the engine, not act: what would make a line (an answer for a handler too), and this,
 * is LI_E_MISUSE there (detail LI_DETAIL_LISTENER), and li_journal_each gives none. Errors: LI_E_MISUSE inside a listener.
 * Threads: any. Since 0.1. */
LI_API li_status li_journal_listen(li_engine *engine, li_journal_callback callback, void *user);

/* The lines of the ring with sequence > since, oldest first. The ring keeps the newest journal.lines of them (setting;
 * step lines enter it only while journal.steps is 1). Returns the number of calls made. Threads: any. Since 0.1. */
LI_API uint64_t li_journal_each(li_engine *engine, uint64_t since, li_journal_callback callback, void *user);

/* One line as JSON without a line end: {"seq":…,"t":…,"n":attempt,"id":"…","fn":"…","at":"2026-…Z","step":"…","why":"…"}.
 *   out, out_size  the caller's; always ends in NUL when out_size > 0
 * Returns: the length that the whole text has; it is cut when that is >= out_size. Threads: any; pure. Since 0.1. */
LI_API size_t li_journal_format(const li_journal_line *line, char *out, size_t out_size);

LI_API const char *li_step_name(int32_t step);

#ifdef __cplusplus
}
#endif
#endif
