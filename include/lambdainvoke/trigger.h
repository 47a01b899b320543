/* trigger.h - triggers: a stored row that lets one source invoke one function on its occurrences.
 *
 * A function has as many triggers as it likes; each acts as a client of its own, and each event carries the data of one
 * trigger. A kind is a service (li_trigger_kind_each lists them): it says what a trigger's options are, what an occurrence
 * has to say, how the event looks, whether the service waits for the answer, what it makes of it, and how it tries again. "custom", "s3" and "schedule" are built in; the
 * kinds of other services come with liblambdainvoke-services (services.h).
 * Triggers are kept in the engine's store; those of a durable one are back after a restart, from the first call on that
 * asks for triggers. */
#ifndef LAMBDAINVOKE_TRIGGER_H
#define LAMBDAINVOKE_TRIGGER_H

#include <lambdainvoke/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LI_TRIGGER_BY_FORM = 1 }; /* li_trigger_spec.flags: as a console's form adds it. The options may have qualifier ($LATEST is the
                                  * function as it is) and enabled, too; and the function's policy gets the statement that lets the
                                  * service in, under the trigger's id, in one step with the trigger. Kinds that invoke by a role,
                                  * and custom, need no statement. What the form warns of has to be acknowledged (recursiveAck of
                                  * s3, confirmReplication of edge). The statement stays when the trigger goes: li_permission_remove
                                  * by the trigger's id ends it. TRG-20, 194, 195, 198 */

typedef struct li_trigger_spec {
    size_t size;
    li_slice kind;          /* "s3", "sns", "alb", "custom", …: li_trigger_kind_each lists them */
    li_slice function;      /* any form of INV-120, qualifier included */
    li_slice id;            /* 1..100 of [a-zA-Z0-9-_]; {NULL, 0}: made */
    li_slice options;       /* JSON object; its members are the fields of li_trigger_kind_form */
    int32_t is_disabled;    /* 1: made disabled */
    uint32_t flags;         /* LI_TRIGGER_BY_FORM, or 0; of li_trigger_add */
} li_trigger_spec;
#define LI_TRIGGER_SPEC_INIT \
    { sizeof(li_trigger_spec), { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, 0, 0u }
LI_API li_status li_trigger_spec_init(li_trigger_spec *spec, size_t size);

/* Add a trigger. A schedule's first run is one period from now (TRG-150).
 *   trigger  out, may be NULL: valid until it is removed or updated
 * Errors: LI_E_INVALID unknown or polled kind, options that are not valid (member, what would be right), overlap of two S3
 *         configurations of one bucket (TRG-31); LI_E_NOT_FOUND function; LI_E_CONFLICT id taken; LI_E_TOO_LARGE the policy
 *         (LI_TRIGGER_BY_FORM); LI_E_NOTSUP flags that this library does not know; LI_E_DENIED the function's
 *         policy does not let the service in (setting policy.enforce 1; kinds that ask at once); LI_E_FULL; LI_E_NOMEM; what
 *         the store says. Nothing is made then.
 * Threads: any. Spec: TRG-1, 2, 4, 20, 22, 27..33, 149..152, 194, 195, 199..204, 212. Since 0.1. */
LI_API li_status li_trigger_add(li_engine *engine, const li_trigger_spec *spec, li_trigger **trigger, li_error *err);

/* Change the options, the function or both of the trigger spec->id; members of spec that are {NULL, 0} stay. Its id, age and
 * counts stay, and whether it is enabled. The kind cannot change, and flags are 0.
 * Errors: LI_E_NOT_FOUND trigger or function; LI_E_INVALID, LI_E_NOTSUP as li_trigger_add; LI_E_NOMEM. The trigger is as before then.
 * Threads: any. Spec: TRG-163. Since 0.1. */
LI_API li_status li_trigger_update(li_engine *engine, const li_trigger_spec *spec, li_error *err);

/* Remove, enable, disable: new deliveries stop at once, queued ones still run (TRG-9).
 * Errors: LI_E_NOT_FOUND; what the store says: nothing has changed. Threads: any. Since 0.1. */
LI_API li_status li_trigger_remove(li_engine *engine, const char *id, size_t id_len, li_error *err);
LI_API li_status li_trigger_set_enabled(li_engine *engine, const char *id, size_t id_len, int32_t is_enabled,
                                        li_error *err);

typedef struct li_trigger_info {
    size_t size;
    char id[104];
    char kind[32];
    char function[264];        /* as given */
    char source_arn[520];
    const char *options;       /* JSON as given; belongs to the trigger */
    size_t options_len;
    uint64_t created_ms;
    uint64_t deliveries;
    uint64_t failures;         /* deliveries that the service gave up */
    int32_t is_enabled;
    uint32_t reserved;
    const char *warning;       /* what may go wrong with it, such as a function that invokes itself; NULL: nothing known.
                                * Static; also told to the logger and the journal. TRG-40, TRG-72 */
    const char *last_result;   /* of the newest delivery, a word: "accepted", "ok", what the service makes of the answer, or the
                                * name of the status with which it was refused; NULL: there was none. Static. TRG-194 */
    uint64_t last_ms;          /* when; 0: there was none. Neither outlives the engine */
} li_trigger_info;

LI_API const char *li_trigger_get_id(const li_trigger *trigger);
/* One trigger: each() is called with it. Errors: LI_E_NOT_FOUND. Threads: any. Since 0.1. */
LI_API li_status li_trigger_get(li_engine *engine, const char *id, size_t id_len,
                                void (*each)(void *user, const li_trigger_info *info), void *user, li_error *err);
/* Triggers of a function (name NULL: all) in order of creation, then id (TRG-11); li_mapping_each has its mappings, whose
 * created_ms says where they belong. each() may call the engine except to remove triggers. Returns how many.
 * Threads: any. Since 0.1. */
LI_API size_t li_trigger_each(li_engine *engine, const char *function, size_t function_len,
                              void (*each)(void *user, const li_trigger_info *info), void *user);

/* Triggers of what has this name at its service, in order of creation, then id: routes of an API (apiId), target groups of a load
 * balancer (loadBalancer). Others are not asked, however many there are.
 *   place   the name, borrowed for the call; place_len may be LI_Z
 *   each    as with li_trigger_each
 * Returns how many; 0 also when there is no memory. Threads: any. Spec: TRG-86, TRG-107. Since 0.1. */
LI_API size_t li_trigger_each_at(li_engine *engine, const char *place, size_t place_len,
                                 void (*each)(void *user, const li_trigger_info *info), void *user);

/* Something happened at a source: every enabled trigger of the kind that matches gets one event of its own; of services
 * that ask one function (LI_TRIGGER_ONE) only the best match.
 *   occurrence  JSON object; its members are what li_trigger_kind_form shows under "occurrence"
 *   n_matched   out, may be NULL: triggers that matched
 * Errors: LI_E_INVALID kind, or the occurrence (member, what would be right): nothing was delivered. A delivery that the
 *         invoke path refuses is tried again as the service does it, then counted at its trigger; it does not stop others.
 * Threads: any, also inside a handler. Spec: TRG-5, TRG-7. Since 0.1. */
LI_API li_status li_trigger_occur(li_engine *engine, const char *kind, size_t kind_len, const char *occurrence,
                                  size_t occurrence_len, uint64_t *n_matched, li_error *err);

typedef struct li_trigger_header {
    li_slice name;             /* ends in NUL, too */
    li_slice value;            /* the same */
} li_trigger_header;

/* What the service answers to whoever made the occurrence. */
typedef struct li_trigger_answer {
    size_t size;
    const char *verdict;       /* a word for what the service makes of it: "accepted", "ok", "STOP_RULE", "refused", … */
    const char *body;          /* of HTTP kinds the decoded body, else the document that the service takes over; or NULL */
    size_t body_len;
    const li_trigger_header *headers;
    size_t n_headers;
    uint64_t n_matched;
    uint64_t n_refused;        /* of these, not accepted at the first try */
    li_id request_id;          /* of the first one; all zero when nothing was invoked */
    int32_t status;            /* as HTTP has it; 202: accepted, asynchronous */
    int32_t function_error;    /* LI_FUNCTION_ERROR_* of the answer */
} li_trigger_answer;

/* Called once; everything is borrowed for the call. From any thread, perhaps before the call that asked returns. */
typedef void (*li_trigger_answered)(void *user, const li_trigger_answer *answer);

/* li_trigger_occur that tells what the service answers: at once for asynchronous kinds, when the function has answered (or
 * the service has given up) for the others; of a CloudFormation custom resource (kind "cfn", an occurrence without a
 * responseURL of its own) when the operation has ended: verdict "SUCCESS" or "FAILED" with the answer as body, "timeout",
 * "invalid", "refused" or "nobody".
 * Errors: as li_trigger_occur, and LI_E_NOMEM: done is not called.
 * Threads: any, also inside a handler. Spec: TRG-8, 90, 91, 99, 100, 110, 111, 117, 123, 205. Since 0.1. */
LI_API li_status li_trigger_occur_begin(li_engine *engine, const char *kind, size_t kind_len, const char *occurrence,
                                        size_t occurrence_len, li_trigger_answered done, void *user, li_error *err);

/* One member of an occurrence: by name and type, instead of JSON made by hand. Kinds and their members: li_trigger_kind_form. */
enum { LI_MEMBER_TEXT = 0,       /* value is text; escaped by the library */
       LI_MEMBER_JSON = 1,       /* value is JSON: objects and lists */
       LI_MEMBER_BYTES = 2,      /* value is any bytes; becomes base64 */
       LI_MEMBER_INTEGER = 3,    /* number */
       LI_MEMBER_BOOL = 4 };     /* number: 1 or 0 */
typedef struct li_member {
    const char *name;
    li_slice value;              /* {NULL, 0}: the member is left out */
    int64_t number;
    int32_t type;                /* LI_MEMBER_* */
    uint32_t reserved;           /* 0 */
} li_member;

static inline li_member li_member_text(const char *name, const char *text)
{
    li_member m = { name, { text, text ? LI_Z : 0 }, 0, LI_MEMBER_TEXT, 0 };

    return m;
}

static inline li_member li_member_json(const char *name, const char *json)
{
    li_member m = { name, { json, json ? LI_Z : 0 }, 0, LI_MEMBER_JSON, 0 };

    return m;
}

static inline li_member li_member_bytes(const char *name, const void *data, size_t len)
{
    li_member m = { name, { (const char *)data, len }, 0, LI_MEMBER_BYTES, 0 };

    return m;
}

static inline li_member li_member_integer(const char *name, int64_t number)
{
    li_member m = { name, { NULL, 0 }, number, LI_MEMBER_INTEGER, 0 };

    return m;
}

static inline li_member li_member_bool(const char *name, int32_t is_true)
{
    li_member m = { name, { NULL, 0 }, is_true, LI_MEMBER_BOOL, 0 };

    return m;
}

/* li_trigger_occur and li_trigger_occur_begin with the occurrence as members; of S3 and HTTP there are structs, too.
 *   members    borrowed for the call
 *   done       may be NULL: nobody waits for the answer
 *   n_matched  out, may be NULL
 * Errors: LI_E_INVALID a member without a name, of an unknown type, or whose JSON is not valid (its name is the error's
 *         subject), and as li_trigger_occur_begin. Threads: any, also inside a handler. Spec: TRG-5, TRG-7. Since 0.1. */
LI_API li_status li_trigger_occur_with(li_engine *engine, const char *kind, size_t kind_len, const li_member *members,
                                       size_t n_members, li_trigger_answered done, void *user, uint64_t *n_matched,
                                       li_error *err);

/* The answer to an event whose function sends it another way than by returning: what it would PUT to the ResponseURL of a
 * CloudFormation custom resource (kind "cfn").
 *   token   what the event named: the URL, or its last part
 *   answer  borrowed; the first one counts, and one that is not valid makes the operation fail
 * Errors: LI_E_NOT_FOUND nothing waits for an answer under that name: it has been answered, is too late, or never was;
 *         LI_E_INVALID the answer is not valid (the operation has failed), or the kind has no such answers; LI_E_NOMEM: it
 *         waits as before.
 * Threads: any, also inside a handler. Spec: TRG-76, TRG-78. Since 0.1. */
LI_API li_status li_trigger_respond(li_engine *engine, const char *kind, size_t kind_len, const char *token, size_t token_len,
                                    const char *answer, size_t answer_len, li_error *err);

/* An object was created in a bucket. */
typedef struct li_s3_occurrence {
    size_t size;
    li_slice bucket;       /* required */
    li_slice key;          /* required; as the application has it, not URL-encoded */
    li_slice event_name;   /* default "ObjectCreated:Put" */
    li_slice etag;         /* {NULL, 0}: left out */
    li_slice version_id;   /* {NULL, 0}: left out */
    li_slice principal_id; /* default "EXAMPLE" */
    li_slice source_ip;    /* default "127.0.0.1" */
    uint64_t object_size;
} li_s3_occurrence;
#define LI_S3_OCCURRENCE_INIT                                                                                        \
    { sizeof(li_s3_occurrence), { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, 0u }
LI_API li_status li_s3_occurrence_init(li_s3_occurrence *occurrence, size_t size);
LI_API li_status li_s3_occur(li_engine *engine, const li_s3_occurrence *occurrence, uint64_t *n_matched, li_error *err);

enum { LI_TRIGGER_POLLED = 1,    /* flags: an event source mapping, no trigger */
       LI_TRIGGER_SCHEDULED = 2, /* fires by the clock */
       LI_TRIGGER_ONE = 4,       /* an occurrence goes to one trigger */
       LI_TRIGGER_ROLE = 8 };    /* the service needs a role, not a statement in the function's policy */

/* A kind of trigger. Texts are static. */
typedef struct li_trigger_kind_info {
    size_t size;
    const char *name;
    const char *label;
    const char *principal;     /* "" for none */
    const char *retries;       /* who tries again, and how */
    const char *options_example; /* JSON; with it the occurrence makes an event */
    const char *occurrence_example;
    int32_t type;              /* LI_EVENT or LI_REQUEST_RESPONSE */
    uint32_t flags;            /* LI_TRIGGER_* */
} li_trigger_kind_info;

typedef void (*li_trigger_kind_seen)(void *user, const li_trigger_kind_info *info);

/* All kinds of an engine, in the order of their names. Threads: any. Spec: TRG-22. Since 0.1. */
LI_API void li_trigger_kind_each(li_engine *engine, li_trigger_kind_seen each, void *user);

/* Add the kinds of a part: li_trigger_kinds_add(engine, li_services_kinds(), err). Stored triggers of these kinds are there
 * from then on. A second time does nothing.
 * Errors: LI_E_MISMATCH the part is of another version than the library; LI_E_NOMEM. Threads: any. Since 0.1. */
typedef struct li_trigger_kinds li_trigger_kinds;
LI_API li_status li_trigger_kinds_add(li_engine *engine, const li_trigger_kinds *kinds, li_error *err);

/* Called with a document. */
typedef void (*li_form_write)(void *user, const char *data, size_t len);

/* The form of a kind as JSON: {"kind","label","group","type","principal","permission","retries","fields":[…],"occurrence"},
 * from which options are checked and from which a page or a command line draws itself.
 *   kind  NULL: an array of all
 * Errors: LI_E_INVALID no such kind; LI_E_NOMEM: write is not called.
 * Threads: any. Spec: TRG-193, 195, 196. Since 0.1. */
LI_API li_status li_trigger_kind_form(li_engine *engine, const char *kind, size_t kind_len,
                                      li_form_write write, void *user, li_error *err);

/* Has this event the shape that the kind's functions get? For events that come from elsewhere: samples, recordings.
 * Errors: LI_E_INVALID no such kind, or the member that is wrong; LI_E_JSON (offset). Threads: any. Spec: TRG-213. */
LI_API li_status li_trigger_event_check(li_engine *engine, const char *kind, size_t kind_len, const char *event,
                                        size_t event_len, li_error *err);

#ifdef __cplusplus
}
#endif
#endif
