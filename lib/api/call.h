/* call.h - one request being answered: what came, what goes out, and the table that turns details into AWS's errors. */
#ifndef LII_API_CALL_H
#define LII_API_CALL_H

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <lambdainvoke/api.h>
#include <lambdainvoke/lambdainvoke.h>

#include "base/buf.h"
#include "base/random.h"
#include "base/slice.h"
#include "json/write.h"

enum { LII_CALL_PARTS = 8, LII_CALL_HEADERS = 100 };

struct li_api {
    li_engine *engine;
    li_api_options options;
    char *allowed_hosts;
    atomic_int open_calls;
    struct lii_call *_Atomic spare; /* an ended one, its buffers empty and small; NULL: none */
    struct {
        pthread_mutex_t lock;
        lii_random random;       /* ids of answers that no invocation made */
    } locked;
};

/* Ends when it is answered. */
typedef struct lii_call {
    lii_buf path;                   /* decoded parts, each ending in NUL */
    lii_buf out;                    /* the body */
    lii_buf texts;                  /* values of headers */
    li_api *api;                    /* what begins here is cleared for each, up to qualifier */
    li_engine *engine;
    const li_api_request *request;  /* &given; its bytes only until the operation returns */
    li_api_request given;           /* with lengths measured */
    li_api_respond respond;
    void *user;
    li_slice parts[LII_CALL_PARTS]; /* what {} of the route stood for, in order */
    size_t n_parts;
    li_slice query;                 /* not decoded */
    int has_qualifier;
    const char *operation;          /* "Invoke", … for error texts */
    size_t n_headers;
    int has_id;
    li_api_stream *stream;          /* the body comes from here; NULL: it is out */
    char qualifier[1100];           /* decoded; "" when not given */
    struct {
        const char *name;
        size_t at, len;             /* in texts */
    } headers[LII_CALL_HEADERS];
} lii_call;

/* ---- call.c */
lii_call *lii_call_new(li_api *api, const li_api_request *request, li_api_respond respond, void *user); /* NULL: no memory */
void lii_call_end(lii_call *call);                                         /* answered, or let through */
void lii_call_free(lii_call *call);                                        /* NULL: nothing */

/* ---- request.c */
li_slice lii_header_named(const li_api_request *request, const char *name, size_t len);
static inline li_slice lii_header(const li_api_request *request, const char *name) /* empty: not there */
{
    return lii_header_named(request, name, strlen(name));
}

/* The name in NAME, NAME:QUALIFIER, ACCOUNT:function:NAME and ARNs of functions, which has been found good; it ends at a colon or NUL. */
li_slice lii_name_in(const char *text);
/* Percent-decode once into out (NUL-terminated): its length, or -1 for a bad escape, a NUL, or more than out_size - 1. */
long lii_percent_decode(li_slice text, int plus_is_blank, char *out, size_t out_size);
/* The decoded value of a query parameter: 1, 0 when it is not there, -1 when it cannot be decoded. */
int lii_query(const lii_call *call, const char *name, char *out, size_t out_size);

/* ---- reply.c */
void lii_call_header(lii_call *call, const char *name, const char *value, size_t len);
void lii_call_id(lii_call *call, const li_id *id);                         /* x-amzn-RequestId, once */
void lii_reply(lii_call *call, int32_t status);                            /* with out as JSON body; ends the call */
void lii_reply_empty(lii_call *call, int32_t status);
void lii_reply_raw(lii_call *call, int32_t status, const char *type, const char *body, size_t len);
/* {"Type","Message"|"message"} with x-amzn-ErrorType; type NULL: none. */
void lii_reply_error(lii_call *call, int32_t status, const char *code, const char *type, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* details.c: what was wrong with versions, aliases, provisioned concurrency; 1: replied. */
int lii_reply_version_detail(lii_call *call, const li_error *err);
/* What the library said, as AWS would. */
void lii_reply_status(lii_call *call, li_status status, const li_error *err);
/* 1 validation error detected: Value 'v' at 'member' failed to satisfy constraint: …; v NULL: null without quotes */
void lii_reply_validation(lii_call *call, const char *member, const char *value, const char *constraint);
/* A text of at most `highest` characters: 0, or -1 replied. */
int lii_check_length(lii_call *call, const char *member, li_slice value, size_t highest);

/* ---- eventstream.c: messages of application/vnd.amazon.eventstream */
void lii_event_chunk(lii_buf *out, const char *data, size_t len);          /* PayloadChunk; long ones in several messages */
void lii_event_complete(lii_buf *out, const char *json, size_t len);       /* InvokeComplete */

/* ---- functions.c */
/* base64 of SHA-256 of no bytes: the code of a function is not here, but in its process. */
#define LII_CODE_SHA256 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
/* One argument of "%.*s" for text that does not end in NUL. */
#define LII_TEXT_OF(s) (int)((s).len > 200 ? 200 : (s).len), ((s).ptr ? (s).ptr : "")
void lii_write_configuration(lii_json_writer *w, const li_function_info *f, const char *qualifier, int with_state);
/* The request id that is the first part of the path: 0, or -1 replied. */
int lii_read_id(lii_call *call, li_id *id);
/* MaxItems in its range, and at most a page of 50; -1: replied. */
long lii_read_max_items(lii_call *call, long highest);
const char *lii_call_qualifier(const lii_call *call);                      /* of the query, or of the name; "" for none */

/* ---- operations */
/* What Invoke and its streaming form read of a request's head: 0, or -1 replied. */
int lii_read_context(lii_call *call, li_slice *context);
void lii_op_invoke(lii_call *call);
void lii_op_invoke_async(lii_call *call);
void lii_op_invoke_stream(lii_call *call);
void lii_op_list_functions(lii_call *call);
void lii_op_get_function(lii_call *call);
void lii_op_get_configuration(lii_call *call);
void lii_op_update_configuration(lii_call *call);
void lii_op_delete_function(lii_call *call);
void lii_op_put_event_config(lii_call *call);
void lii_op_update_event_config(lii_call *call);
void lii_op_get_event_config(lii_call *call);
void lii_op_delete_event_config(lii_call *call);
void lii_op_list_event_configs(lii_call *call);
void lii_op_put_concurrency(lii_call *call);
void lii_op_get_concurrency(lii_call *call);
void lii_op_delete_concurrency(lii_call *call);
void lii_op_account(lii_call *call);
void lii_op_get_recursion(lii_call *call);
void lii_op_put_recursion(lii_call *call);
void lii_op_publish_version(lii_call *call);
void lii_op_list_versions(lii_call *call);
void lii_op_create_alias(lii_call *call);
void lii_op_update_alias(lii_call *call);
void lii_op_get_alias(lii_call *call);
void lii_op_delete_alias(lii_call *call);
void lii_op_list_aliases(lii_call *call);
void lii_op_put_provisioned(lii_call *call);
void lii_op_get_provisioned(lii_call *call);
void lii_op_delete_provisioned(lii_call *call);
void lii_op_destinations(lii_call *call);
void lii_op_get_limits(lii_call *call);
void lii_op_set_limits(lii_call *call);
void lii_op_list_events(lii_call *call);
void lii_op_get_event(lii_call *call);
void lii_op_cancel_event(lii_call *call);
void lii_op_redrive_event(lii_call *call);
void lii_op_pause(lii_call *call);
void lii_op_resume(lii_call *call);
void lii_op_purge(lii_call *call);
void lii_op_health(lii_call *call);
void lii_op_reset(lii_call *call);
void lii_op_get_clock(lii_call *call);
void lii_op_advance(lii_call *call);
void lii_op_journal(lii_call *call);
void lii_op_metrics(lii_call *call);
void lii_op_queues(lii_call *call);
void lii_op_get_messages(lii_call *call);
void lii_op_send_message(lii_call *call);
void lii_op_occur(lii_call *call);
void lii_op_respond(lii_call *call);
void lii_op_triggers(lii_call *call);
void lii_op_get_trigger(lii_call *call);
void lii_op_trigger_kinds(lii_call *call);
void lii_op_preview_trigger(lii_call *call);
void lii_op_write_object(lii_call *call);
void lii_op_add_trigger(lii_call *call);
void lii_op_update_trigger(lii_call *call);
void lii_op_remove_trigger(lii_call *call);
void lii_op_put_notification(lii_call *call);
void lii_op_add_permission(lii_call *call);
void lii_op_get_policy(lii_call *call);
void lii_op_remove_permission(lii_call *call);
void lii_op_front(lii_call *call);
int lii_front_is(const li_api_request *request); /* lengths measured */
void lii_op_get_faults(lii_call *call);
void lii_op_put_faults(lii_call *call);
void lii_op_delete_faults(lii_call *call);
void lii_op_outcome(lii_call *call);

/* ---- body.c: control-plane documents by cJSON, after the strict scan */
struct cJSON;
/* The request's body as an object (an empty body is {}), to be ended by cJSON_Delete; NULL: replied already. */
struct cJSON *lii_body(lii_call *call);
/* The same of a document that has these members and no other, null for none: "NAME:TYPE …", TYPE s, o, b, n, w (whole) or *. */
struct cJSON *lii_body_of(lii_call *call, const char *members);
/* The same where other members are let through: operations of AWS, whose clients may be newer. */
struct cJSON *lii_body_with(lii_call *call, const char *members);

#endif
