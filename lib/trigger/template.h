/* template.h - documents made from templates: events of kinds without rules of their own, samples, source ARNs.
 *
 * A template is JSON. In its strings ${NAME} stands for a value, ${NAME|DEFAULT} for one with a default, ${NAME:HOW} for
 * one changed by url (as keys of S3 are), base64, md5, lower, upper. A string that is exactly ${=NAME} or
 * ${=NAME|JSON} becomes the JSON value itself (a text that is made, such as a number, as it is). A member whose name begins with ? is left out when a value in it is
 * missing. Text comes out escaped; a value that is an object or array comes out as its text. */
#ifndef LII_TRIGGER_TEMPLATE_H
#define LII_TRIGGER_TEMPLATE_H

#include "base/buf.h"
#include "json/scan.h"
#include "json/write.h"

/* What a name stands for: text as it is, or a JSON value. */
typedef struct lii_variable {
    li_slice text;               /* used when json.type is NONE */
    lii_json_value json;
    char room[64];               /* for texts that are made */
} lii_variable;

typedef struct lii_scope {
    int (*find)(void *user, const char *name, size_t len, lii_variable *out); /* 1, or 0: missing */
    void *user;
    void (*md5)(const void *data, size_t len, uint8_t digest[16]);            /* may be NULL */
} lii_scope;

/* Append what the template makes; errors stick in the buffer. */
void lii_template_render(const char *text, const lii_scope *scope, lii_buf *out);
/* A text with ${NAME} in it, not JSON: appended unescaped. */
void lii_template_text(const char *text, const lii_scope *scope, lii_buf *out);

void lii_url_encode(lii_buf *out, const char *text, size_t len);     /* form values; / is kept */

#endif
