/* http.h - what API Gateway, load balancers and Lattice share: a request read apart, and answers made of documents. */
#ifndef LII_SERVICE_HTTP_H
#define LII_SERVICE_HTTP_H

#include <lambdainvoke/services.h>

#include "trigger/trigger.h"

enum { LII_HTTP_HEADERS = 128, LII_HTTP_PARAMETERS = 256 };

/* Members of a request's occurrence. */
#define LII_HTTP_MEMBERS                                                                                                \
    "method:s! target:s! headers:o body:s isBase64Encoded:b sourceIp:s protocol:s scheme:s port:n apiId:s stage:s "     \
    "targetGroup:s authorizer:o"

typedef struct lii_pair {
    li_slice name, value;
} lii_pair;

/* The state of an occurrence; all texts are its own. */
typedef struct lii_http {
    li_slice method;             /* upper case */
    li_slice path;               /* as it came; begins with / */
    li_slice query;              /* as it came, without the ? */
    li_slice body;               /* bytes */
    li_slice source_ip, protocol, scheme;
    li_slice api, stage, group;  /* which API or target group; empty: not said */
    int64_t port;
    lii_pair *headers;           /* in order */
    size_t n_headers;
    lii_pair *parameters;        /* of the query, in order, as they came */
    size_t n_parameters;
    char texts[];
} lii_http;

/* ---- http.c */
li_status lii_http_read(lii_occurrence *o, li_error *err);
void lii_http_forget(lii_occurrence *o);
li_slice lii_http_header(const lii_http *h, const char *name);          /* the first; empty: not there */
int lii_same_text(li_slice a, const char *b);                           /* letters of either case */
/* Percent-decoded into room (as long as text): its length. plus_is_blank: also + is decoded. A bad escape stays. */
size_t lii_percent_decode_in(li_slice text, int plus_is_blank, char *room);

/* ---- http_route.c: pure */
/* 1: the route's pattern ("/a/{id}/{proxy+}") takes the path; rank is larger the more special it is. */
int lii_route_matches(li_slice route, li_slice path, uint64_t *rank);
/* Write the path's parameters as members. Returns how many. */
size_t lii_route_parameters(li_slice route, li_slice path, int is_decoded, lii_json_writer *w);
int lii_glob_is(li_slice pattern, li_slice text); /* * and ? */

/* ---- http_write.c, http_event.c */
void lii_http_v1(const li_trigger *t, const lii_occurrence *o, lii_buf *event);  /* REST, and HTTP APIs with format 1.0 */
void lii_http_v2(const li_trigger *t, const lii_occurrence *o, lii_buf *event);
int lii_is_binary(const li_trigger *t, const lii_http *h); /* a REST API's binary media types take the content type */

/* ---- http_answer.c */
int lii_http_status(lii_json_value value, int64_t *status); /* an integer from 100 to 599, or text of one; 0: it is none */
void lii_rest_answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                     lii_reaction *a);
void lii_http_api_answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                         lii_reaction *a);
void lii_alb_answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                    lii_reaction *a);

/* ---- gateway.c, gateway_custom.c: REST APIs that do not pass the request on as it is (TRG-95) */
void lii_gateway_message(lii_reaction *a, int32_t status, const char *verdict, const char *text);
li_status lii_custom_prepare(const li_trigger *t, li_error *err);
void lii_custom_build(const lii_occurrence *o, lii_buf *event);
void lii_custom_answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                       lii_reaction *a);

#endif
