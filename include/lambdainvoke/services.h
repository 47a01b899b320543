/* services.h - part liblambdainvoke-services: the kinds of triggers beyond "custom", "s3" and "schedule": API Gateway, load
 * balancers, SNS, EventBridge, Scheduler, CloudWatch, Cognito, SES, Step Functions and the others. Link with pkg-config
 * lambdainvoke-services, and add them to an engine before its triggers are looked at. */
#ifndef LAMBDAINVOKE_SERVICES_H
#define LAMBDAINVOKE_SERVICES_H

#include <lambdainvoke/trigger.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What li_trigger_kinds_add takes. Static. Threads: any; pure. Since 0.1. */
LI_API const li_trigger_kinds *li_services_kinds(void);

/* A request came to an API or a load balancer. */
typedef struct li_http_occurrence {
    size_t size;
    li_slice method;             /* required */
    li_slice target;             /* required: path and query as received; of APIs without the stage */
    const li_trigger_header *headers; /* in order; need not end in NUL */
    size_t n_headers;            /* at most 128 */
    li_slice body;               /* any bytes */
    li_slice source_ip;          /* default "127.0.0.1" */
    li_slice protocol;           /* default "HTTP/1.1" */
    li_slice scheme;             /* default "https" */
    li_slice api_id;             /* API Gateway: which API; {NULL, 0}: any */
    li_slice stage;              /* API Gateway: which stage; {NULL, 0}: any */
    li_slice target_group;       /* load balancers and Lattice: ARN of the group; {NULL, 0}: by host and path */
    int64_t port;                /* 0: that of the scheme */
} li_http_occurrence;
#define LI_HTTP_OCCURRENCE_INIT                                                                                         \
    { sizeof(li_http_occurrence), { NULL, 0 }, { NULL, 0 }, NULL, 0u, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, \
      { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, 0 }
LI_API li_status li_http_occurrence_init(li_http_occurrence *occurrence, size_t size);

/* li_trigger_occur_begin of a request: kinds apigw-rest, apigw-http, alb and lattice. The answer has the status, headers and
 * body for the client; without a trigger that takes it, what the service answers then.
 * Errors, threads: as li_trigger_occur_begin. Spec: TRG-86..113. Since 0.1. */
LI_API li_status li_http_occur_begin(li_engine *engine, const char *kind, size_t kind_len,
                                     const li_http_occurrence *occurrence, li_trigger_answered done, void *user,
                                     li_error *err);

/* PutBucketNotificationConfiguration: the document takes the place of the bucket's triggers of kind "s3", in one step.
 *   configuration  JSON, borrowed: {"LambdaFunctionConfigurations":[{"Id","LambdaFunctionArn","Events":[…],"Filter":{"Key":
 *                  {"FilterRules":[{"Name":"prefix"|"suffix","Value"}]}}}],"EventBridgeConfiguration":{}}; {} removes all. With an
 *                  EventBridgeConfiguration the setting s3.event_bridge becomes 1; it is the engine's, so that a document
 *                  without one leaves it as it is
 * Errors: LI_E_INVALID the bucket, the document (what would be right), or two of its configurations overlap (TRG-31);
 *         LI_E_NOTSUP queues and topics as destinations; LI_E_NOT_FOUND function; LI_E_DENIED a function's policy does not let
 *         S3 in (setting policy.enforce 1); LI_E_FULL over 100 configurations, or limits.triggers; LI_E_NOMEM; what the store
 *         says. Nothing has changed then.
 * The kinds of this part have to be added to the engine. Threads: any. Spec: TRG-27..33, 39. Since 0.1. */
LI_API li_status li_s3_notification_put(li_engine *engine, const char *bucket, size_t bucket_len, const char *configuration,
                                        size_t configuration_len, li_error *err);

/* What a function of kind "s3ol" sends as WriteGetObjectResponse. */
enum { LI_S3_OBJECT_HEADERS = 64 };
typedef struct li_s3_object_response {
    size_t size;
    li_slice route;              /* outputRoute of the event's getObjectContext; {NULL, 0}: the token is enough */
    li_slice token;              /* outputToken; required */
    li_slice error_code;         /* {NULL, 0}: the body is the answer; else S3's document of this error */
    li_slice error_message;
    const li_trigger_header *headers; /* for the reader; need not end in NUL */
    size_t n_headers;            /* at most LI_S3_OBJECT_HEADERS */
    li_slice body;               /* any bytes */
    int32_t status;              /* 200 to 599 */
    uint32_t reserved;           /* 0 */
} li_s3_object_response;
#define LI_S3_OBJECT_RESPONSE_INIT                                                                                          \
    { sizeof(li_s3_object_response), { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, NULL, 0u, { NULL, 0 }, 200, 0u }
LI_API li_status li_s3_object_response_init(li_s3_object_response *response, size_t size);

/* WriteGetObjectResponse: the answer to a GetObject through an Object Lambda access point. An occurrence of kind "s3ol" whose
 * getObjectContext has no outputToken gets a route and a token, and whoever made it with li_trigger_occur_begin is told this
 * response: verdict "ok" or "error". Without one it is told "LambdaResponseNotReceived" when the function has ended,
 * "LambdaTimeout" after 60 seconds, or with which other code of S3's the function failed. li_trigger_respond answers with 200
 * and a body alone.
 *   response  borrowed; the first one counts
 * Errors: LI_E_NOT_FOUND nothing waits for a response with this route and token: it was answered, is too late, or never was;
 *         LI_E_INVALID the response (LI_DETAIL_ANSWER); LI_E_NOMEM: the reader waits as before.
 * Threads: any, also inside a handler. Spec: TRG-125. Since 0.1. */
LI_API li_status li_s3_object_respond(li_engine *engine, const li_s3_object_response *response, li_error *err);

/* Live help for a form that is being filled in: what a trigger of this spec would be. Nothing is made. write gets one object:
 * {"kind", "isValid", "command": the line of lambdainvoke(1) that makes the same trigger, or "member" and "error": what is wrong;
 * "qualifiers": those of the function; "schedule": {"field", "next": the ten next firings from now, each {"local", "utc"}, or
 * "error"}; "match": {"field", "matches", "key", "why", "wanted", "value": the first key that failed, or "error", "sampleError"}}.
 * Members that say nothing here are left out; schedule and match are there also while other fields are still wrong.
 *   spec    borrowed; function and options may be {NULL, 0}; with LI_TRIGGER_BY_FORM as li_trigger_add reads it
 *   sample  would this match? An event (kind events), message attributes {"name":{"Type","Value"}} or, with filterScope
 *           MessageBody, a body (sns), a line (logs); NULL: not asked. Borrowed
 * Errors: LI_E_INVALID no such kind, or a polled one; LI_E_NOTSUP spec has members that this library does not know; LI_E_NOMEM:
 *         write is not called.
 * Threads: any. Spec: TRG-195, TRG-197. Since 0.1. */
LI_API li_status li_trigger_preview(li_engine *engine, const li_trigger_spec *spec, const char *sample, size_t sample_len,
                                    li_form_write write, void *user, li_error *err);

/* Roles: kinds with LI_TRIGGER_ROLE invoke by the role of their option roleArn, not by the function's policy. With the setting
 * policy.enforce 1 that role has to be known here, and its policy has to allow lambda:InvokeFunction for the function's ARN,
 * the qualifier included; a trigger without a roleArn has a role of its own that does. put replaces the policy of a role.
 *   document  an IAM policy, {"Statement":[…]}; borrowed; conditions in it are not looked at
 * Errors: LI_E_INVALID the ARN, the document; LI_E_TOO_LARGE it has over 10240 bytes; LI_E_FULL 10000 roles; LI_E_NOT_FOUND
 *         (remove); LI_E_NOMEM. Nothing has changed then.
 * Threads: any. Spec: TRG-21. Since 0.1. */
LI_API li_status li_role_put(li_engine *engine, const char *role_arn, size_t role_arn_len, const char *document,
                             size_t document_len, li_error *err);
LI_API li_status li_role_remove(li_engine *engine, const char *role_arn, size_t role_arn_len, li_error *err);

#ifdef __cplusplus
}
#endif
#endif
