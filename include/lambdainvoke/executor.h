/* executor.h - what runs one environment: by default C functions in this process; a table of your own for anything else
 * (a process, an interpreter, another machine). The pool decides when an environment is made, used again and retired; the
 * executor only does it. */
#ifndef LAMBDAINVOKE_EXECUTOR_H
#define LAMBDAINVOKE_EXECUTOR_H

#include <lambdainvoke/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LI_DONE = 0, LI_PENDING = 1, LI_FAILED = 2 }; /* what a handler or run answers */

/* One environment is used by one thread at a time; different environments by many. None may be called under a lock of
 * yours that a callback of the engine takes. self stays yours: published versions run on after a function has changed, so it
 * has to live until the engine is freed. */
typedef struct li_executor_ops {
    size_t size;
    uint32_t version; /* 1 */
    uint32_t caps;    /* 0 */
    const char *name;
    int32_t (*init)(void *self, li_init *init, void **environment);                 /* required; LI_DONE or LI_FAILED */
    int32_t (*run)(void *self, li_invocation *invocation, void *environment);       /* required; LI_DONE, …PENDING, …FAILED */
    void (*cancel)(void *self, li_invocation *invocation, void *environment);       /* deadline passed; NULL: flag only */
    void (*retire)(void *self, void *environment, int32_t reason);                  /* required; LI_RETIRE_* */
} li_executor_ops;

enum { LI_RETIRE_SPINDOWN = 1, LI_RETIRE_TIMEOUT = 2, LI_RETIRE_FAILURE = 3, LI_RETIRE_UPDATED = 4 };

typedef struct li_executor {
    const li_executor_ops *ops; /* static; NULL: C functions in this process */
    void *self;
} li_executor;

#ifdef __cplusplus
}
#endif
#endif
