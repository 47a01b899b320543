/* testing.h - faults on demand: a plan that an engine follows, and decorators that make a backend fail.
 *
 * Two seams. A plan is data (JSON): it makes the next invocations of a function fail, time out, crash or be throttled,
 * events run twice, the queue full, destinations refuse or be slow, memory run out, the wall clock jump. A decorator
 * wraps a backend's table of functions and lets chosen calls fail, be lost or wait; it needs no engine. Both count, so
 * that a test can say what has happened. The same plan, seed and calls on a virtual clock give the same run. */
#ifndef LAMBDAINVOKE_TESTING_H
#define LAMBDAINVOKE_TESTING_H

#include <lambdainvoke/destination.h>
#include <lambdainvoke/engine.h>
#include <lambdainvoke/executor.h>
#include <lambdainvoke/io.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Follow a plan from now on; it replaces the one before. A plan is {"seed":n,"faults":[{"do":…},…]}; "do" is one of:
 *   throttle          an admission of "function" is refused: a call is throttled, an event waits on its ladder
 *   fail              the handler is not entered; the attempt fails with "error_type" and "error_message"
 *   timeout           the handler is not entered; the attempt times out, when its time has passed
 *   crash             the handler is not entered; the runtime ends with "exit_status" (default 1)
 *   slow              the handler runs, and "duration_ms" more of simulated time
 *   duplicate         an event of "function" that succeeded runs once more
 *   queue_full        an event for "function" is refused with LI_E_FULL
 *   queue_error       an event for "function" is refused with "status" (default LI_E_IO)
 *   destination_down  a try of destination "target" fails with "status" (default LI_E_BUSY, which is tried again)
 *   destination_slow  a try of destination "target" is made "duration_ms" later
 *   no_memory         an allocation of the engine fails
 *   wall_jump         the virtual clock's wall reading jumps by "by_ms", at once; the engine's own time does not
 * Members of all but the last: "after" (so many opportunities pass first; 0), "times" (then so many are hit; 1; 0: without
 * end), "rate" (each only with this probability, 0 to 1; 1). "function" and "target" may be left out: any. Of several
 * faults for one opportunity the first that fires wins.
 *   json   borrowed for the call; one JSON object of at most 1 MiB
 * Errors: LI_E_INVALID not a plan: the detail is LI_DETAIL_FAULT_PLAN, err->subject the member, err->offset the byte;
 *         LI_E_NOTSUP wall_jump on a real clock; LI_E_NOMEM. The plan in force goes on unchanged.
 * Threads: any. Spec: REL-105, INV-210. Since 0.1. */
LI_API li_status li_faults_apply(li_engine *engine, const char *json, size_t len, li_error *err);

/* No faults from now on; what the plan counted is forgotten. Threads: any. Since 0.1. */
LI_API void li_faults_clear(li_engine *engine);

/* What a fault of the plan in force has done. */
typedef struct li_fault_report {
    size_t size;
    const char *what;        /* its "do" */
    const char *subject;     /* its function or target; "" for any */
    uint64_t seen;           /* opportunities */
    uint64_t fired;
    uint64_t left;           /* times that it can still fire; UINT64_MAX: without end */
} li_fault_report;

/* Each fault of the plan, in its order. each() may call the engine. Returns: how many. Threads: any. Since 0.1. */
LI_API size_t li_faults_report(li_engine *engine, void (*each)(void *user, const li_fault_report *report), void *user);

/* The rules of decorators, and what they did. One of these may be shared by several decorators. */
typedef struct li_faulty li_faulty;

enum {
    LI_FAULTY_FAIL = 1,     /* not done; the method returns status (an allocation NULL, a wait at once, a handler LI_FAILED,
                               a method of io -system_error) */
    LI_FAULTY_UNKNOWN = 2,  /* done, and the answer is that all the same: queue.put, destination.put, methods of io */
    LI_FAULTY_LOSE = 3,     /* queue.ack and queue.delay: the lease was lost first, the event waits again and the answer is
                               LI_E_NOT_FOUND; metrics.sample: not handed on */
    LI_FAULTY_TWICE = 4,    /* destination.put: the record arrives twice */
    LI_FAULTY_HOLD = 5,     /* queue.put, destination.put: done is called only by li_faulty_let_go */
    LI_FAULTY_JUMP = 6,     /* clock.wall_ms: the reading jumps by jump_ms, and stays so */
    LI_FAULTY_SHORT = 7     /* io.pread, io.pwrite: half of it is done */
};

typedef struct li_fault_rule {
    size_t size;
    li_slice method;         /* "put", "ack", "alloc", …: a name of the table; {NULL, 0}: any of them */
    uint64_t after;          /* calls that pass first */
    uint64_t times;          /* then so many are hit; 0: all */
    uint64_t rate_ppm;       /* each of them with this probability, in millionths */
    int64_t jump_ms;         /* LI_FAULTY_JUMP */
    int32_t action;          /* LI_FAULTY_* */
    li_status status;        /* LI_FAULTY_FAIL, LI_FAULTY_UNKNOWN */
    int32_t system_error;    /* of errno.h, for methods of io (ENOSPC, EINTR, …); 0: EIO */
    uint32_t reserved;       /* 0 */
} li_fault_rule;
#define LI_FAULT_RULE_INIT { sizeof(li_fault_rule), { NULL, 0 }, 0u, 1u, 1000000u, 0, LI_FAULTY_FAIL, LI_E_IO, 0, 0u }
LI_API li_status li_fault_rule_init(li_fault_rule *rule, size_t size);

/* Make a set of rules, empty. It lives until it is freed and every decorator that uses it has ended.
 *   seed  of the draws for rate_ppm
 * Errors: LI_E_NOMEM, LI_E_INVALID. Threads: any, as all of these. Spec: REL-104, REL-106. Since 0.1. */
LI_API li_status li_faulty_new(uint64_t seed, li_faulty **faulty);
LI_API void li_faulty_free(li_faulty *faulty);

/* Add a rule; rules are asked in order and the first that fires wins. Counting starts now.
 *   rule  borrowed for the call
 * Errors: LI_E_INVALID unknown action, rate over 1000000, method over 23 bytes, status LI_OK where one is needed,
 *         system_error negative;
 *         LI_E_FULL 32 rules; LI_E_NOTSUP unknown members. Nothing has changed then. Since 0.1. */
LI_API li_status li_faulty_add(li_faulty *faulty, const li_fault_rule *rule);

/* Forget all rules; the counts stay. Since 0.1. */
LI_API void li_faulty_clear(li_faulty *faulty);

/* Calls of a method through the decorators so far (NULL: of all), and those that a rule hit. Since 0.1. */
LI_API uint64_t li_faulty_calls(li_faulty *faulty, const char *method);
LI_API uint64_t li_faulty_fired(li_faulty *faulty, const char *method);

/* Call what LI_FAULTY_HOLD has held back, oldest first. Returns: how many. Since 0.1. */
LI_API size_t li_faulty_let_go(li_faulty *faulty);

/* Blocks and bytes that faulty allocators have given out and not got back. Since 0.1. */
LI_API uint64_t li_faulty_blocks(li_faulty *faulty);
LI_API uint64_t li_faulty_bytes(li_faulty *faulty);

/* Decorators: *out is used in place of inner, and ends it.
 *   inner   allocator (NULL: malloc) and executor: borrowed as long as faulty lives; clock: a real one (not virtual),
 *           borrowed until the decorator is freed; all others: taken, also on failure; io: NULL is the system's
 *   out     allocator and executor: live as long as faulty; clock: li_clock_free; others: freed by the engine or the
 *           backend they are given to
 * Methods that rules can name: alloc, realloc; open, lane, put, take, ack, delay, resolve, extend; put; wall_ms, wait; next;
 * sample; init, run; open, close, pread, pwrite, fdatasync, truncate, lock, rename, unlink, make_directory, sync_directory.
 * Errors: LI_E_INVALID, LI_E_NOMEM; LI_E_NOTSUP a virtual clock: li_clock_set_wall makes that jump. Since 0.1. */
LI_API li_status li_faulty_allocator(li_faulty *faulty, const li_allocator *inner, li_allocator *out);
LI_API li_status li_faulty_clock(li_faulty *faulty, li_clock *inner, li_clock **out);
LI_API li_status li_faulty_queue(li_faulty *faulty, const li_queue *inner, li_queue *out);
LI_API li_status li_faulty_destination(li_faulty *faulty, const li_destination *inner, li_destination *out);
LI_API li_status li_faulty_retry(li_faulty *faulty, const li_retry_policy *inner, li_retry_policy *out);
LI_API li_status li_faulty_metrics(li_faulty *faulty, const li_metrics_sink *inner, li_metrics_sink *out);
LI_API li_status li_faulty_io(li_faulty *faulty, const li_io *inner, li_io *out); /* Spec: REL-102 */
LI_API li_status li_faulty_executor(li_faulty *faulty, const li_executor *inner, li_executor *out);

#ifdef __cplusplus
}
#endif
#endif
