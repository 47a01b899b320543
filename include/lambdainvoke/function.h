/* function.h - handlers and functions: registered, changed, looked up, removed.
 *
 * A handler is code; a function is a name with settings that is bound to a handler by its symbol. Registering a function
 * with a handler does both. An environment is one initialised instance of a function; it serves one invocation at a time
 * and is used again, newest first. */
#ifndef LAMBDAINVOKE_FUNCTION_H
#define LAMBDAINVOKE_FUNCTION_H

#include <lambdainvoke/executor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Called for each invocation: answer LI_DONE (what was responded, or null), LI_PENDING (completes later from any thread),
 * or LI_FAILED (what li_invocation_fail said, or a general error). All else goes through invocation.h.
 *   environment  what init made; NULL without init       user  of the spec */
typedef int32_t (*li_handler)(li_invocation *invocation, void *environment, void *user);

/* Called once for each environment before its first invocation. LI_DONE, or LI_FAILED after li_init_fail.
 *   environment  out: handed to handler and fini */
typedef int32_t (*li_init_handler)(li_init *init, void *user, void **environment);

/* Called once for each environment that init made, when it is retired. */
typedef void (*li_fini_handler)(void *environment, void *user, int32_t reason);

/* Inside an init handler: what failed (copied), how long it took in simulated time, and whose it is. */
LI_API void li_init_fail(li_init *init, const char *error_type, const char *message);
LI_API void li_init_simulate(li_init *init, uint64_t duration_ns);
LI_API const char *li_init_get_function_name(const li_init *init);

enum {
    LI_RUN_INLINE = 1,  /* on the caller's thread; an overrun is found when the handler returns */
    LI_RUN_WORKER = 2   /* on the engine's threads; a caller gets its time-out at the deadline */
};
enum { LI_FUNCTION_RAW = 1 }; /* flags: payloads are any bytes, not JSON */

/* What the log of an invocation looks like (LogFormat). With JSON the lines of the service are the telemetry objects
 * platform.start, platform.runtimeDone and platform.report, one a line, and both kinds are kept from a level on: start and the
 * report of a success have INFO, runtimeDone of a success DEBUG, both of a failure WARN; what the handler says has the level
 * that it names, {"level":"warn",...}, and INFO when it names none or is no JSON object. */
enum { LI_LOG_FORMAT_TEXT = 0, LI_LOG_FORMAT_JSON = 1 };
#define LI_LEVEL_MAP(X)           \
    X(LI_LEVEL_TRACE, 1, "TRACE") \
    X(LI_LEVEL_DEBUG, 2, "DEBUG") \
    X(LI_LEVEL_INFO, 3, "INFO")   \
    X(LI_LEVEL_WARN, 4, "WARN")   \
    X(LI_LEVEL_ERROR, 5, "ERROR") \
    X(LI_LEVEL_FATAL, 6, "FATAL")
#define LI_LEVEL_ENUM(name, value, text) name = value,
enum { LI_LEVEL_MAP(LI_LEVEL_ENUM) LI_LEVEL_END_ };
#undef LI_LEVEL_ENUM

/* The name of a level, "" for another number; and the level of a name in any case, 0 for another text.
 * Threads: any; pure. Since 0.1. */
LI_API const char *li_level_name(int32_t level);
LI_API int32_t li_level_parse(const char *text, size_t text_len);

#define LI_UNRESERVED INT64_C(-1)

typedef struct li_function_spec {
    size_t size;
    li_slice name;                 /* 1..64 of [a-zA-Z0-9-_]; required */
    li_slice description;          /* up to 256 bytes */
    li_slice binding;              /* "c:SYMBOL", "poll:" or {NULL, 0}: "c:" and the name when a handler is given */
    li_slice dead_letter_target;   /* ARN of a queue or topic; {NULL, 0}: none */
    li_handler handler;            /* registered under the binding's symbol; NULL: the handler registered there before */
    li_init_handler init;          /* may be NULL */
    li_fini_handler fini;          /* may be NULL */
    void *user;                    /* handed to all three */
    const li_executor *executor;   /* instead of the handlers; copied; NULL: none */
    int64_t reserved_concurrency;  /* 0 and more, or LI_UNRESERVED: none; read from the store: as it was set */
    uint32_t timeout_ms;           /* 1..900000; default 3000 */
    uint32_t memory_mb;            /* 128..10240; default 128 (reported, not enforced in process) */
    int32_t run_on;                /* LI_RUN_* */
    uint32_t flags;                /* LI_FUNCTION_* */
    int32_t log_format;            /* LI_LOG_FORMAT_* */
    int32_t application_log_level; /* LI_LEVEL_*, with JSON alone; 0: INFO */
    int32_t system_log_level;      /* LI_LEVEL_DEBUG to _WARN, with JSON alone; 0: INFO */
    uint32_t reserved;             /* 0 */
} li_function_spec;
#define LI_FUNCTION_SPEC_INIT                                                                          \
    { sizeof(li_function_spec), { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, NULL, NULL, NULL,  \
      NULL, NULL, LI_UNRESERVED, 3000u, 128u, LI_RUN_INLINE, 0u, 0, 0, 0, 0u }
LI_API li_status li_function_spec_init(li_function_spec *spec, size_t size);

/* Make a function, or change all of it when one of this name exists (running invocations finish on the old code; waiting
 * events run the new; idle environments are retired). A function that a store brought back and that is registered in the same
 * words as before is not changed: what was updated since stays as it was updated.
 *   spec      borrowed for the call; its texts are copied
 *   function  out, may be NULL: a handle to invoke through, valid until the engine is freed; after a removal it answers
 *             LI_E_NOT_FOUND until the name is registered again
 * Errors: LI_E_VALIDATION or LI_E_INVALID with detail (name, handler NULL and no such binding, time-out, memory, reserved,
 *         logging: a level that is none, or with text);
 *         LI_E_FULL limits.functions; LI_E_NOMEM. Nothing has changed then.
 * Threads: any, also inside a handler. Spec: INV-123, INV-301, INV-302, INV-338, INV-706. Since 0.1. */
LI_API li_status li_function_register(li_engine *engine, const li_function_spec *spec, li_function **function,
                                      li_error *err);

/* As above, but LI_E_CONFLICT when the name is taken; a binding without a registered handler is allowed: the function is
 * active and fails with Runtime.InvalidEntrypoint until the handler is registered. */
LI_API li_status li_function_create(li_engine *engine, const li_function_spec *spec, li_function **function,
                                    li_error *err);

/* Register a handler alone, under a symbol ("orders"), for functions bound to "c:orders"; replaces one of that symbol.
 * Errors: LI_E_INVALID handler NULL or symbol empty; LI_E_NOMEM. Threads: any. Since 0.1. */
LI_API li_status li_handler_register(li_engine *engine, const char *symbol, size_t symbol_len, li_handler handler,
                                     li_init_handler init, li_fini_handler fini, void *user);

/* Remove a function, with its versions, aliases, event configs and permissions. Waiting events still end (INV-226), by the
 * config that they had; until then the function counts for limits.functions. Running invocations finish. What handles need of it
 * stays in memory until the engine is freed, or the name is registered again.
 *   name  name or unqualified ARN
 * Errors: LI_E_NOT_FOUND; LI_E_VALIDATION. Threads: any, also inside a handler. Spec: INV-226, REL-10. Since 0.1. */
LI_API li_status li_function_remove(li_engine *engine, const char *name, size_t name_len, li_error *err);

/* Change single settings: members of spec whose bit is in mask; name says which function.
 * Errors: as li_function_register, and LI_E_NOT_FOUND; LI_E_NOTSUP unknown bits. Nothing has changed then. Threads: any.
 * Since 0.1. */
enum {
    LI_FUNCTION_SET_DESCRIPTION = 1,
    LI_FUNCTION_SET_TIMEOUT = 2,
    LI_FUNCTION_SET_MEMORY = 4,
    LI_FUNCTION_SET_DEAD_LETTER = 8,
    LI_FUNCTION_SET_LOGGING = 16     /* format and both levels */
};
LI_API li_status li_function_update(li_engine *engine, const li_function_spec *spec, uint32_t mask, li_error *err);

/* Reserved concurrency: n >= 0, or LI_UNRESERVED to end it.
 *   name  name or unqualified ARN
 * Errors: LI_E_NOT_FOUND; LI_E_VALIDATION qualified name, or the unreserved pool would fall under its minimum.
 * Threads: any. Spec: INV-302..304. Since 0.1. */
LI_API li_status li_function_set_concurrency(li_engine *engine, const char *name, size_t name_len, int64_t n,
                                             li_error *err);

/* A function that was invoked recursion.limit (setting) times in one chain of calls, events and destinations is stopped: a call
 * is refused with LI_E_RECURSION, an event goes to its failure path without an attempt, both are counted. ALLOW counts without
 * stopping. The chain is the Lineage of X-Amzn-Trace-Id; calls and events made inside a handler go on with it by themselves.
 *   name  name or unqualified ARN
 * Errors: LI_E_NOT_FOUND; LI_E_VALIDATION loop, qualified name. Threads: any. Spec: INV-260..264, REL-91. Since 0.1. */
enum { LI_RECURSION_TERMINATE = 0, LI_RECURSION_ALLOW = 1 };
LI_API li_status li_function_set_recursion(li_engine *engine, const char *name, size_t name_len, int32_t loop,
                                           li_error *err);

enum { LI_FUNCTION_PENDING = 1, LI_FUNCTION_ACTIVE = 2 }; /* state: a pending one refuses calls and events with LI_E_STATE */

/* What a function is. Texts are NUL-terminated copies of the engine, valid for the call of each(), or for
 * li_function_describe until li_function_info_fini. */
typedef struct li_function_info {
    size_t size;
    char name[72];
    char arn[192];               /* unqualified */
    char version[16];            /* "$LATEST" */
    char description[264];
    char binding[136];
    char dead_letter_target[264];
    char revision_id[40];
    uint64_t modified_ms;        /* Unix milliseconds */
    int64_t reserved_concurrency;
    uint32_t timeout_ms;
    uint32_t memory_mb;
    int32_t run_on;
    uint32_t flags;
    int32_t is_bound;            /* 1: a handler, executor or poll binding is there */
    int32_t state;               /* LI_FUNCTION_* : PENDING for state.pending_ms after it was made (INV-174) */
    int32_t is_paused;           /* 1: its events wait (li_function_pause) */
    int32_t recursive_loop;      /* LI_RECURSION_* */
    int32_t log_format;          /* LI_LOG_FORMAT_* */
    int32_t application_log_level; /* LI_LEVEL_*; 0 with text */
    int32_t system_log_level;
    uint32_t reserved;           /* 0 */
} li_function_info;

/* Look one up. name may be any form of INV-120, qualifier may be {NULL, 0}.
 * Errors: LI_E_NOT_FOUND, LI_E_VALIDATION, LI_E_INVALID qualifiers differ: with detail. Threads: any. Since 0.1. */
LI_API li_status li_function_describe(li_engine *engine, const char *name, size_t name_len, const char *qualifier,
                                      size_t qualifier_len, li_function_info *info, li_error *err);

/* All functions in order of name, starting after the name `after` ({NULL, 0}: from the first), at most max of them.
 * Returns: how many were given. each() may call the engine. Threads: any. Since 0.1. */
LI_API size_t li_function_each(li_engine *engine, const char *after, size_t after_len, size_t max,
                               void (*each)(void *user, const li_function_info *info), void *user);

/* The handle of a function by its plain name. Errors: LI_E_NOT_FOUND. Threads: any. Since 0.1. */
LI_API li_status li_function_get(li_engine *engine, const char *name, size_t name_len, li_function **function);

/* A module of handlers for `lambdainvoked --handlers FILE.so` exports one function of this type, by this name. */
#define LI_MODULE_SYMBOL "lambdainvoke_module"
typedef li_status (*li_module)(li_engine *engine, li_error *err);

#ifdef __cplusplus
}
#endif
#endif
