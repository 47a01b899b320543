/* trigger.h - what the files of this folder share: the row of a kind, the stored trigger, what happened, a delivery. */
#ifndef LII_TRIGGER_TRIGGER_H
#define LII_TRIGGER_TRIGGER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/heap.h"
#include "base/intern.h"
#include "base/slice.h"
#include "base/table.h"
#include "engine/extend.h"
#include "json/scan.h"
#include "json/write.h"
#include "trigger/form.h"
#include "trigger/template.h"

typedef struct lii_triggers lii_triggers;
typedef struct lii_trigger_kind lii_trigger_kind;
typedef struct lii_occurrence lii_occurrence;
typedef struct lii_reaction lii_reaction;

/* ---- the row of a kind: everything that front ends show and the generic code needs; rules of its own are in code */

enum { LII_KIND_POLLED = 1,      /* an event source mapping, never a trigger */
       LII_KIND_SCHEDULED = 2,   /* fires by itself, has no occurrences */
       LII_KIND_ONE = 4,         /* an occurrence goes to one trigger: the best, then the first made */
       LII_KIND_ROLE = 8,        /* permission by a role of the service, not by the function's policy */
       LII_KIND_OPEN = 16,       /* an occurrence may have members beyond those of the row */
       LII_KIND_TYPED = 32,      /* option invocationType chooses between Event and RequestResponse */
       LII_KIND_ASKS = 64,       /* a trigger is only made when the policy lets the service in */
       LII_KIND_COUNTS = 128 };  /* events say which attempt they are: built again for each */

/* How a service tries again what Lambda did not accept: waits of phases, one after the other. */
typedef struct lii_retry_phase {
    uint32_t times;
    uint32_t first_ms;
    uint32_t last_ms;            /* grows by doubling up to here */
} lii_retry_phase;
typedef struct lii_service_retry {
    const lii_retry_phase *phases;
    size_t n_phases;
    uint64_t max_age_ms;         /* 0: no end but the phases' */
    int32_t is_forgiving;        /* 1: also denied and not found are tried again */
    int32_t reserved;
} lii_service_retry;

/* Rules of its own; each may be NULL. prepare and finish bracket a trigger's state, read and forget an occurrence's. */
typedef struct lii_kind_code {
    li_status (*prepare)(li_trigger *t, li_error *err);    /* options are in values; fills state */
    void (*finish)(li_trigger *t);
    li_status (*check)(const li_trigger *mine, const li_trigger *other, li_error *err); /* may both be? Of one source ARN */
    void (*inherit)(li_trigger *mine, const li_trigger *old); /* registry lock; after an update of the options */
    li_status (*read)(lii_occurrence *o, li_error *err);   /* completes what the generic check has accepted */
    void (*forget)(lii_occurrence *o);
    int (*matches)(const li_trigger *t, const lii_occurrence *o);
    /* Of kinds that are LII_KIND_ONE: where those that can match are all found, LII_AT_*, and its name; 0: anywhere. */
    int (*where)(const lii_occurrence *o, li_slice *name);
    /* Instead of asking every trigger (registry lock): those that match, are enabled and listed, in order of creation, each
     * with a reference more; the list is freed by the caller. NULL with *n 0: none, or (*status) no memory. */
    li_trigger **(*pick)(const lii_occurrence *o, size_t *n, li_status *status);
    int (*better)(const li_trigger *a, const li_trigger *b, const lii_occurrence *o); /* a goes before b */
    void (*build)(const li_trigger *t, const lii_occurrence *o, lii_buf *event);
    void (*answer)(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                   lii_reaction *out);                       /* what the service makes of it (synchronous kinds) */
    void (*nobody)(const lii_occurrence *o, lii_reaction *out); /* no trigger matched */
    int (*refuse)(const lii_occurrence *o, lii_reaction *out);  /* 1: answered before any trigger is asked */
    void (*refused)(li_trigger *t, li_status status);      /* Lambda did not accept an event; before another try */
    const lii_service_retry *(*retry)(const li_trigger *t, lii_service_retry *mine); /* limits by options; mine: room */
    void (*dead_letter)(const li_trigger *t, const lii_occurrence *o, li_status status, uint32_t attempts, lii_buf *body,
                        void (*attribute)(void *user, const char *name, const char *type, const char *value), void *user);
    const char *(*lint)(const li_trigger *t);              /* a warning, static; NULL: none */
    struct lii_firing *(*firing)(const li_trigger *t);     /* of triggers that fire by the clock: in their state */
    void (*fired)(li_trigger *t, uint64_t time_ms);        /* instead of one event; takes over a reference */
    /* Takes over an occurrence whose members are right: kinds in which one may be several events. */
    li_status (*begin)(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user, uint64_t *n_matched,
                       li_error *err);
    /* Of kind events: something happened in a bucket, and the setting s3.event_bridge is 1. */
    void (*hears_s3)(const lii_occurrence *o);
    /* The answer to an event of kinds whose functions send it another way; token: what the event named. */
    li_status (*respond)(li_engine *engine, li_slice token, li_slice answer, li_error *err);
} lii_kind_code;

struct lii_trigger_kind {
    const char *name, *label;
    const char *principal;       /* "" when there is none */
    const char *source_arn;      /* template over options; "" when there is none */
    int32_t type;                /* LI_EVENT or LI_REQUEST_RESPONSE */
    uint32_t flags;              /* LII_KIND_* */
    uint32_t answer_ms;          /* a synchronous service waits so long; 0: as long as the function may run */
    uint32_t tries;              /* a synchronous service asks so often; 0, 1: once */
    const char *retries;         /* who tries again, and how, in words */
    const lii_field *fields;     /* ends with a name of NULL; qualifier and enabled are the registry's */
    const char *members;         /* of an occurrence, as lii_shape_check reads them */
    const char *match;           /* "option=member …" that must be equal; an option that is not given takes all */
    const char *place;           /* the option that names the API, the balancer …; NULL: none. Triggers are found by it */
    const char *same;            /* options that make two triggers rivals when all are equal (of lists, an entry); NULL: none.
                                  * Rivals have the same source ARN */
    uint32_t same_max;           /* rivals at most */
    const char *event;           /* template over options and occurrence; "": the occurrence's bytes are the event */
    const char *shape;           /* of its events (TRG-213) */
    const char *response;        /* shape of an answer; NULL: any */
    const char *options_example; /* with which example makes an event */
    const char *example;         /* an occurrence */
    const lii_service_retry *retry;
    const lii_kind_code *code;
};

/* ---- a stored trigger */

enum { LII_AT_SOURCE = 1, LII_AT_PLACE = 2 };
typedef struct lii_trigger_chain {
    li_trigger *next, *prev;
} lii_trigger_chain;

struct li_trigger {
    atomic_uint refs;            /* one of the registry, one of each delivery under way */
    int32_t is_enabled;          /* registry lock */
    int32_t type;                /* LI_EVENT or LI_REQUEST_RESPONSE */
    uint32_t n_values;
    int32_t is_listed;           /* registry lock; it has a reference of the registry's */
    int32_t is_foreign;          /* its events are as a client sent them: not known to be JSON */
    li_engine *engine;
    const lii_trigger_kind *kind;
    lii_trigger_chain same, at;  /* registry lock; of the same source ARN, at the same place */
    const char *journal_name;    /* NAME or NAME:QUALIFIER; lives as long as the registry's engine */
    uint64_t sequence;           /* of creation */
    uint64_t created_ms;
    atomic_ullong deliveries;
    atomic_ullong failures;
    _Atomic(const char *) last_result; /* a word about the newest delivery; NULL: there was none */
    atomic_ullong last_ms;       /* when; set before it */
    _Atomic(const char *) warning;   /* what may go wrong with it, a sentence; NULL: nothing known */
    lii_heap_node due;           /* registry lock; of schedules */
    void *state;                 /* of kind->code */
    li_slice function;           /* as given */
    li_slice options;            /* as given */
    lii_value *values;           /* by the place of the field in kind->fields */
    char id[104];
    char source_arn[1100];
    char function_arn[520];      /* with the qualifier, if there is one */
    char texts[];
};

/* Options by name; an absent one is {NULL, 0}, 0 or type NONE unless the form has a default. */
li_slice lii_option_text(const li_trigger *t, const char *name);
int64_t lii_option_number(const li_trigger *t, const char *name);
lii_json_value lii_option_json(const li_trigger *t, const char *name);

/* The registry of an engine. The lock is taken before any of the engine's, never while one of those is held, and never
 * held while events are built or submitted; only the one timer is set under it. */
typedef struct lii_delivery lii_delivery;
typedef struct lii_try lii_try;
struct lii_triggers {
    li_engine *engine;
    const li_allocator *allocator;
    lii_timer timer;             /* of the earliest schedule */
    li_zones *zones;             /* the engine's options', or own_zones */
    li_zones *own_zones;         /* NULL when the options have some */
    pthread_mutex_t changing;    /* one change at a time, its write to the store included; before locked.lock */
    pthread_mutex_t loading;     /* reading the store, once; outermost */
    pthread_t loader;
    atomic_int load_state;
    int (*_Atomic role_allows)(const li_trigger *t); /* the part's; NULL: it is not there */
    struct {
        pthread_mutex_t lock;
        lii_table by_id;
        lii_table by_source;     /* the first of each source ARN: only these can be rivals */
        lii_table by_place;      /* the first at each place, of any kind */
        lii_intern names;
        li_trigger **list;       /* in order of creation */
        size_t count;
        size_t cap;
        const lii_trigger_kind *const *kinds; /* n_kinds, in the order of their names */
        size_t n_kinds;
        struct lii_kind_table *tables;
        uint64_t sequence;
        uint64_t occurrences;    /* sequence numbers of occurrences (S3's sequencer) */
        lii_heap due;            /* schedules by (next_ns, sequence) */
        struct lii_delayed *delayed; /* firings in their flexible windows */
        lii_delivery *waiting;   /* refused ones that their service tries again */
        lii_try *tries;          /* of services that wait for the answer */
    } locked;
};

/* ---- what happened at a source, read and checked; all deliveries made from it share it, nobody changes it */

struct lii_occurrence {
    li_engine *engine;
    const lii_trigger_kind *kind;
    lii_json_value json;         /* the object; type NONE when it came as a struct */
    uint64_t time_ms;
    uint64_t sequence;
    li_id ids[4];
    void *state;                 /* of kind->code */
    uint32_t attempt;            /* of kinds that count, which have one delivery an occurrence; 0: the first */
    uint32_t reserved;
};

/* Members by name; dots go down. */
lii_json_value lii_occurrence_get(const lii_occurrence *o, const char *path);
/* A member's text in the buffer's own memory; {NULL, 0} when it is no text. */
li_slice lii_occurrence_text(const lii_occurrence *o, const char *path, lii_buf *room);

/* What the service answers to its own client. headers are pairs of texts that end in NUL. */
struct lii_reaction {
    int32_t status;              /* as HTTP has it; 202: accepted */
    int32_t again;               /* 1: the service asks the function again */
    const char *verdict;         /* a word for what the service makes of it; static */
    lii_buf headers;
    size_t n_headers;
    lii_buf body;
};
void lii_reaction_header(lii_reaction *answer, const char *name, const char *value, size_t value_len);
void lii_reaction_body(lii_reaction *answer, const char *data, size_t len); /* replaces */

/* ---- kinds.c */
typedef struct lii_kind_table {
    struct lii_kind_table *next;
    const lii_trigger_kind *rows[];
} lii_kind_table;
void lii_kinds_init(lii_triggers *triggers);
void lii_kinds_fini(lii_triggers *triggers);
li_status lii_kind_find(li_engine *engine, li_slice name, const lii_trigger_kind **kind, li_error *err); /* polled: an error */
li_status lii_kind_known(li_engine *engine, li_slice name, const lii_trigger_kind **kind, li_error *err);
extern const lii_trigger_kind lii_custom_kind;
extern const lii_trigger_kind lii_s3_kind;
extern const lii_trigger_kind lii_schedule_kind;

/* ---- wrong.c */
li_status lii_option_wrong(const char *member, li_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
li_status lii_occurrence_wrong(const char *member, li_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- registry.c */
enum { LII_FUNCTION_MAX = 256 };
lii_triggers *lii_triggers_get(li_engine *engine);   /* with what the store has; NULL: no memory */
lii_triggers *lii_triggers_bare(li_engine *engine);  /* before the store is looked at */
void lii_triggers_reload(lii_triggers *triggers);    /* stored rows of kinds that have just come */
void lii_trigger_release(li_trigger *trigger);
li_status lii_trigger_name_locked(lii_triggers *r, li_trigger *t);   /* fills journal_name */
li_status lii_list_reserve_locked(lii_triggers *r);                  /* room for one more */
size_t lii_trigger_place_locked(const lii_triggers *r, const li_trigger *t); /* in the list, which is in order of sequence */
/* Triggers of one source ARN are linked, and those at one place, in no order. LI_E_NOMEM: it is not among them. */
li_status lii_source_link_locked(lii_triggers *r, li_trigger *t);
void lii_source_unlink_locked(lii_triggers *r, li_trigger *t);

/* ---- trigger.c */
li_status lii_trigger_check_function(li_engine *engine, li_slice function, li_error *err);
/* Services that ask when they are told of a function, not first when they call it (TRG-33, TRG-68). */
li_status lii_trigger_check_permission(const li_trigger *t, li_error *err);
/* In the list and not seen yet: is_enabled is 0. */
li_status lii_trigger_link_locked(lii_triggers *r, li_trigger *t, li_error *err);
li_trigger *lii_trigger_unlink_locked(lii_triggers *r, const char *id, size_t len); /* with the registry's reference; NULL: none */

/* ---- exchange.c */
/* These take the place of all triggers of the kind and source, in one step; all or nothing. Kinds that fire by no clock and
 * have a check, and specs of that source only. (TRG-32) */
li_status lii_triggers_put(li_engine *engine, const lii_trigger_kind *kind, const char *source_arn, const li_trigger_spec *specs,
                           size_t n, li_error *err);

/* ---- store.c */
/* The trigger's row, or its removal. Nothing happens without a store that somebody gave. Not under the registry's lock. */
li_status lii_trigger_store(const li_trigger *t, int is_enabled, li_error *err);
li_status lii_trigger_store_with(const li_trigger *t, int is_enabled, const li_store_change *more, li_error *err);   /* NULL: none */
li_status lii_trigger_unstore(const li_trigger *t, li_error *err);
/* The rows of these, enabled, and the removal of others: all or nothing. */
li_status lii_triggers_store(li_engine *engine, li_trigger *const *fresh, size_t n, li_trigger *const *old, size_t n_old, li_error *err);
/* Call take for each stored row, in no order; it owns the trigger then, whose sequence and times are as they were. */
void lii_triggers_load(li_engine *engine, void (*take)(void *user, li_trigger *t), void *user);

/* ---- options.c */
/* A trigger with its options read and its kind's state; not in the registry. */
li_status lii_trigger_make(li_engine *engine, const lii_trigger_kind *kind, li_slice function, li_slice options,
                           li_slice id, li_trigger **out, li_error *err);
/* A zeroed state for kind->code->prepare; NULL: the error says no memory. */
void *lii_state_new(li_trigger *t, size_t size, li_error *err);
int lii_matches(const li_trigger *t, const lii_occurrence *o);
void lii_build(const li_trigger *t, const lii_occurrence *o, lii_buf *event);
void lii_build_template(const li_trigger *t, const lii_occurrence *o, const char *text, lii_buf *event);
int lii_are_rivals(const li_trigger *a, const li_trigger *b);

/* ---- occasion.c */
/* An occasion: an occurrence on its way to its triggers. state is what kind->code->forget ends; done may be NULL. */
typedef struct lii_occasion lii_occasion;
li_status lii_occasion_new(li_engine *engine, const lii_trigger_kind *kind, const char *text, size_t len,
                           lii_occasion **out, li_error *err);
lii_occurrence *lii_occasion_occurrence(lii_occasion *occasion);
void lii_occasion_free(lii_occasion *occasion);      /* one that is not run */
/* Read, matched, delivered; releases the occasion. done is called once, when LI_OK is returned. */
li_status lii_occasion_run(lii_occasion *occasion, li_trigger_answered done, void *user, uint64_t *n_matched,
                           li_error *err);
/* The trigger that would have it, with a reference more; NULL: nobody. Of kinds whose occurrences need no reading first. */
li_status lii_occurrence_taker(const lii_occurrence *o, li_trigger **taker);
li_status lii_trigger_allowed(const li_trigger *t);  /* LI_E_DENIED: the policy is enforced and says nothing of it */
/* One trigger that is due by the clock; takes over a reference to it. */
void lii_fire(li_trigger *trigger, uint64_t time_ms);
void lii_deliveries_free(lii_triggers *triggers);    /* those that wait */

/* ---- react.c */
enum { LII_ANSWER_HEADERS = 96 };
/* The answer of a kind without rules of its own: the document when it has the row's shape. */
void lii_reaction_plain(const li_trigger *t, li_status status, const li_invoke_result *result, lii_reaction *answer);
/* The service has given up: what it had goes to the dead-letter queue of option deadLetterArn, if there is one. */
void lii_dead_letter_send(li_trigger *t, const lii_occurrence *o, li_status status, uint32_t attempts,
                          const lii_buf *event);
/* Told to the logger and the journal, and shown with the trigger from now on. */
void lii_trigger_warn(li_trigger *t, const char *warning);
/* What has become of a delivery: a word, or with a status a failure that counts. */
void lii_trigger_ended(li_trigger *t, const char *word);
void lii_trigger_failed(li_trigger *t, li_status status);
/* Does it invoke a function from inside an invocation of that function? Then it is warned of (TRG-40). */
void lii_trigger_watch(li_trigger *t);
/* A record of these bytes to the destination that an option names, if it does. */
void lii_letter_send(li_trigger *t, const char *option, li_slice body);

/* ---- retry.c: pure; 1 and the wait before attempt number `attempts` + 1, or 0: given up */
int lii_service_wait(const lii_service_retry *retry, li_status status, uint32_t attempts, uint64_t age_ms,
                     uint64_t *wait_ms);
int lii_is_client_error(li_status status);           /* another try would end the same way */

/* ---- schedule.c */
void lii_scheduled_event(const li_trigger *t, const lii_occurrence *o, lii_buf *event); /* of a rule (TRG-55) */

/* ---- s3.c: the state of an occurrence is a li_s3_occurrence with all its defaults */

/* ---- s3_events.c: pure */
extern const char lii_s3_choices[];      /* all types: "A|B|C" */
enum { LII_S3_HAS_SIZE = 1, LII_S3_HAS_ETAG = 2, LII_S3_HAS_SEQUENCER = 4 };
int lii_s3_event_find(li_slice name, uint32_t *mask);   /* of a configuration, "s3:…": 0; -1: no such type */
int lii_s3_event_named(li_slice name, uint32_t *mask);  /* of an occurrence: 0; -1: new in a family, -2: none */
const char *lii_s3_event_version(li_slice name);
uint32_t lii_s3_event_parts(li_slice name);

/* ---- policy.c */
/* May this principal invoke the function (any form of name) with that qualifier? Only asked when policy.enforce is 1. */
int lii_policy_allows(li_engine *engine, li_slice function, const char *principal, const char *source_arn,
                      li_slice token);

#endif
