/* clock.h - time comes from here and nowhere else: the real clock, a virtual one, or your own (REL-101).
 *
 * A clock has a monotonic reading in nanoseconds, which never goes back, and a wall reading in Unix milliseconds,
 * which may jump. Delays, time-outs and leases use the first; ages and time stamps are made from the second as it
 * was when the engine was made, plus the monotonic time since (REL-55). */
#ifndef LAMBDAINVOKE_CLOCK_H
#define LAMBDAINVOKE_CLOCK_H

#include <pthread.h>

#include <lambdainvoke/allocator.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LI_CLOCK_VIRTUAL = 1 }; /* caps: time moves only by li_clock_advance */

typedef struct li_clock_ops {
    size_t size;
    uint32_t version; /* 1 */
    uint32_t caps;    /* LI_CLOCK_* */
    const char *name;
    uint64_t (*monotonic_ns)(void *self); /* required; any thread; never goes back */
    uint64_t (*wall_ms)(void *self);      /* required; any thread; Unix milliseconds */
    /* Sleep on a condition until it is signalled or the deadline (monotonic_ns of this clock; LI_NEVER: none); the
     * mutex is held on entry and on return. May wake early: callers loop. NULL: the engine cannot be threaded. */
    void (*wait)(void *self, pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline_ns);
    void (*free)(void *self);             /* NULL: the caller keeps self */
} li_clock_ops;

typedef struct li_clock_virtual_options {
    size_t size;
    uint64_t start_ns;         /* first monotonic reading */
    uint64_t wall_ms;          /* first wall reading, Unix milliseconds; default 2026-01-01T00:00:00Z */
    uint64_t watchdog_ms;      /* real time that an advance waits for external handlers before it goes on without them */
    uint64_t max_steps;        /* one advance gives up with LI_E_FULL after so many due things; 0: no limit */
} li_clock_virtual_options;
#define LI_CLOCK_VIRTUAL_OPTIONS_INIT { sizeof(li_clock_virtual_options), 0u, 1767225600000u, 10000u, 0u }
LI_API li_status li_clock_virtual_options_init(li_clock_virtual_options *options, size_t size);

/* Make a clock. The real one reads CLOCK_MONOTONIC and CLOCK_REALTIME; the virtual one stands still until advanced;
 * the third wraps a table of functions of the caller.
 *   allocator  borrowed for the clock's life; NULL: malloc
 *   options    borrowed for the call; NULL: defaults
 *   ops, self  ops is copied; self is the clock's from now on if ops->free is given (also on failure)
 *   clock      out: owned by the caller, li_clock_free
 * Errors: LI_E_NOMEM; LI_E_INVALID options or a missing required method; LI_E_NOTSUP unknown members.
 * Threads: any. Since 0.1. */
LI_API li_status li_clock_real_new(const li_allocator *allocator, li_clock **clock);
LI_API li_status li_clock_virtual_new(const li_allocator *allocator, const li_clock_virtual_options *options,
                                      li_clock **clock);
LI_API li_status li_clock_new(const li_allocator *allocator, const li_clock_ops *ops, void *self, li_clock **clock);

/* End a clock; NULL is fine.
 * Errors: LI_E_BUSY an engine is still attached; the clock is whole. LI_E_FORKED in a child of fork (REL-48). Threads: any. Since 0.1. */
LI_API li_status li_clock_free(li_clock *clock);

/* Readings. Threads: any. Since 0.1. */
LI_API uint64_t li_clock_now_ns(const li_clock *clock);
LI_API uint64_t li_clock_wall_ms(const li_clock *clock);
LI_API int32_t li_clock_is_virtual(const li_clock *clock);

/* Move virtual time on. Everything that comes due on the way, in every driven engine attached to the clock, runs in the
 * order of (due time, engine, sequence); afterwards the clock stands at now + delta_ns.
 *   delta_ns      0 runs what is due now
 *   remaining_ns  out, may be NULL. Not NULL: while an external handler (poll mode, another thread) is at work, time
 *                 is held and the call returns at once with what is left to go; call again when it has answered.
 *                 NULL: the call waits for it in real time, up to the clock's watchdog, then goes on without it.
 * Errors: LI_E_NOTSUP not a virtual clock; LI_E_MISUSE from inside a handler or a callback of the engine;
 *         LI_E_FORKED in a child of fork (REL-48);
 *         LI_E_FULL max_steps reached (time stands where it got to). The sum saturates at LI_NEVER - 1.
 * Threads: one at a time for one clock. Spec: REL-58, TRG-160, TRG-161. Since 0.1. */
LI_API li_status li_clock_advance(li_clock *clock, uint64_t delta_ns, uint64_t *remaining_ns);

/* Jump the wall reading of a virtual clock alone; the monotonic one is untouched (REL-55).
 * Errors: LI_E_NOTSUP not a virtual clock. Threads: any. Since 0.1. */
LI_API li_status li_clock_set_wall(li_clock *clock, uint64_t wall_ms);

#ifdef __cplusplus
}
#endif
#endif
