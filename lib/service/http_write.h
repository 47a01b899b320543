/* http_write.h - what the events of gateways and of load balancers have in common: headers, queries and bodies as JSON. */
#ifndef LII_SERVICE_HTTP_WRITE_H
#define LII_SERVICE_HTTP_WRITE_H

#include "service/http.h"

enum { LII_NAMES_KEPT = 0, LII_NAMES_LOWER = 1 };                           /* of headers */
enum { LII_VALUES_LAST = 0, LII_VALUES_ALL = 1, LII_VALUES_JOINED = 2 };    /* what a member holds of several values */

/* The headers that the function sees: the client's, and those that the service adds. */
typedef struct lii_header_list {
    lii_pair list[LII_HTTP_HEADERS + 8];
    size_t n;
    char trace[64];
    char port[8];
} lii_header_list;

/* The query's parameters decoded, in room. */
typedef struct lii_query {
    lii_pair list[LII_HTTP_PARAMETERS];
    size_t n;
    lii_buf room;
} lii_query;

void lii_http_list_headers(const lii_occurrence *o, const char *const *dropped, int names, lii_header_list *l);
void lii_http_decode_query(const lii_http *h, lii_query *q, lii_buf *event);   /* no memory: the event's buffer knows */
/* An object; null_if_empty 1: null instead of {}. */
void lii_http_write_map(lii_json_writer *w, const lii_pair *list, size_t n, int how, int names, int is_header, int null_if_empty);
li_slice lii_http_media_type(const lii_http *h);                               /* without parameters */
int lii_http_is_text(li_slice type, int with_suffixes);                        /* suffixes: also +json and +xml */
void lii_http_write_body(lii_json_writer *w, const lii_http *h, int is_base64);
void lii_http_write_flag(lii_json_writer *w, const char *name, int is_true);
void lii_http_write_text(lii_json_writer *w, const char *name, li_slice text);

#endif
