/* stage.h - what one test body is played on (INV-902): the library, the Lambda API in process, and lambdainvoked over HTTP. A body
 * sees the world through a table of operations only, and every world begins with the same functions and queues. */
#ifndef TESTS_SUPPORT_STAGE_H
#define TESTS_SUPPORT_STAGE_H

#include <lambdainvoke/lambdainvoke.h>

/* ---- the functions of every world: scripted, echo, looks, streams; their script is shared with the host's process */

typedef struct stage_script {
    int fail_times;              /* so many runs of scripted fail; -1: all */
    int runs;                    /* of scripted */
    uint64_t takes_ms;           /* declared by every run of scripted */
    uint64_t base_ms;            /* the engine's time when the world began */
    uint64_t starts_ms[256];     /* of runs, since base_ms */
    char seen[512];              /* what looks has seen of its invocation */
} stage_script;

/* Functions, and the local queues done, failed and dead; no queue comes by itself. */
li_status stage_furnish(li_engine *engine, stage_script *script, li_error *err);

#define STAGE_SCRIPT_FD "STAGE_SCRIPT_FD" /* environment of the host: the descriptor of its script */

/* ---- what is asked, and what is said */

typedef struct ask {
    const char *name, *qualifier, *payload, *context, *trace;
    size_t len;                  /* of payload; 0: measured */
    int32_t type;                /* LI_REQUEST_RESPONSE, … or 99: none of them */
    int32_t tail;
} ask;

typedef struct said {
    int status;                  /* as HTTP */
    char code[64];               /* of an error: its AWS name */
    char function_error[16];
    char version[24];
    char id[40];
    char type[64];               /* content type of a streamed answer */
    char log[8192];
    char payload[65536];
    size_t len;
} said;

typedef struct settings {        /* of events; -1 and NULL: not given */
    int64_t retries, age_s;
    const char *on_success, *on_failure;
} settings;

typedef struct change {          /* of a function; -1 and NULL: not given */
    int64_t timeout_s, memory_mb;
    const char *dead_letter;
} change;

typedef struct alias {
    const char *name, *version, *description, *additional, *revision;
    double weight;
} alias;

enum { STAGE_TEXT = 4096 };

/* Where a text comes out it has STAGE_TEXT bytes; lists are words with a blank after each. */
typedef struct way {
    const char *name;
    void (*invoke)(const ask *a, said *s);
    void (*stream)(const ask *a, said *s);       /* the pieces are the payload, an error after them the code */
    void (*configure)(const char *name, const change *given, said *s);
    void (*describe)(const char *name, const char *qualifier, char *text, said *s); /* name arn timeout memory version */
    void (*remove)(const char *name, const char *qualifier, said *s);
    void (*list)(char *text);
    void (*concurrency_put)(const char *name, int64_t n, said *s); /* -1: end it */
    int64_t (*concurrency_get)(const char *name);                  /* -1: none */
    void (*config_put)(const char *name, const char *qualifier, const settings *given, int merge, said *s);
    void (*config_get)(const char *name, const char *qualifier, settings *found, said *s);
    void (*config_remove)(const char *name, const char *qualifier, said *s);
    void (*configs)(const char *name, char *text, said *s);        /* ARNs */
    void (*publish)(const char *name, const char *description, const char *revision, said *s); /* s->version is the new one */
    void (*versions)(const char *name, char *text, said *s);
    void (*alias_put)(const char *name, const alias *given, int create, said *s);
    void (*alias_get)(const char *name, const char *alias, char *text, said *s); /* name version additional weight description */
    void (*alias_remove)(const char *name, const char *alias, said *s);
    void (*aliases)(const char *name, char *text, said *s);
    void (*provisioned_put)(const char *name, const char *qualifier, int64_t n, said *s);
    void (*provisioned_get)(const char *name, const char *qualifier, char *text, said *s); /* requested allocated available status */
    void (*provisioned_remove)(const char *name, const char *qualifier, said *s);
    void (*recursion_put)(const char *name, int32_t loop, said *s);
    int32_t (*recursion_get)(const char *name);
    void (*permission_add)(const char *name, const char *qualifier, const char *id, const char *principal, said *s);
    void (*permission_get)(const char *name, const char *qualifier, char *text, said *s); /* the policy */
    void (*permission_remove)(const char *name, const char *qualifier, const char *id, said *s);
    void (*event_get)(const char *id, char *text, said *s);        /* function state starts */
    void (*events)(const char *name, char *text, said *s);         /* ids */
    void (*event_cancel)(const char *id, said *s);
    void (*event_redrive)(const char *id, said *s);                /* s->id is the new one */
    void (*pause)(const char *name, int on, said *s);
    uint64_t (*purge)(const char *name, said *s);
    void (*outcome)(const char *id, char *text, said *s);          /* state condition reason starts throttles */
    void (*limit_set)(const char *name, int64_t value, said *s);
    int64_t (*limit_get)(const char *name);
    void (*faults)(const char *plan, said *s);
    void (*trigger_add)(const char *kind, const char *function, const char *id, const char *options, said *s);
    void (*trigger_remove)(const char *id, said *s);
    void (*triggers)(char *text);                                  /* ids */
    uint64_t (*occur)(const char *kind, const char *occurrence, said *s); /* how many matched */
    void (*send)(const char *queue, const char *text, said *s);
    uint64_t (*count)(const char *queue);
    const char *(*message)(const char *queue, size_t index);
    uint64_t (*metric)(const char *name, const char *function);    /* without lambdainvoke_; function NULL: of the engine */
    void (*advance)(uint64_t ms);
} way;

extern const way stage_library, stage_api, stage_host;

/* ---- a world, made before a body and ended after it */

typedef struct stage {
    const way *by;
    stage_script *script;
    li_clock *clock;             /* NULL with the host, and so engine and api */
    li_engine *engine;
    struct li_api *api;
} stage;

extern stage the_stage;

/* NULL, or why the host cannot be had. */
const char *stage_lacks_host(void);
void stage_open(const way *by);
void stage_close(void);

/* What lambdainvoked, or the API in process, answers to a request. */
struct li_api_request;
struct li_api_response;
void stage_exchange(const struct li_api_request *request, void (*answered)(void *user, const struct li_api_response *response),
                    void *user);

#endif
