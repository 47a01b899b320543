/* scan.h - JSON without a tree: strict validation in one pass, members found on the raw bytes. No allocation, no
 * recursion; any bytes give a value or an error (REL-95). */
#ifndef LII_JSON_SCAN_H
#define LII_JSON_SCAN_H

#include <lambdainvoke/status.h>

typedef struct lii_json_error {
    size_t offset;       /* of the first byte that cannot stand there; len when the text ends too early */
    uint32_t line;       /* from 1 */
    uint32_t column;     /* from 1, in bytes */
    const char *reason;  /* what would be right; static */
} lii_json_error;

enum { LII_JSON_DEPTH = 1000 };
extern const char lii_json_too_deep[]; /* the reason when that is what was wrong */

/* One JSON value (RFC 8259), UTF-8, nothing but white space around it, at most max_depth (<= LII_JSON_DEPTH) levels of
 * arrays and objects; lone surrogate escapes, duplicate keys and any exponent are fine. 0, or -1 with *error (may be
 * NULL) filled. */
int lii_json_check(const char *text, size_t len, uint32_t max_depth, lii_json_error *error);

/* The same without wide instructions, as it is built where there are none. */
int lii_json_check_bytewise(const char *text, size_t len, uint32_t max_depth, lii_json_error *error);

/* 1: strict JSON. 0: this function does not know; most short events it does. len is between these. */
enum { LII_JSON_SHORT_MIN = 8, LII_JSON_SHORT_MAX = 63 }; /* a bit each in a word, and one to spare */
int lii_json_is_short(const char *text, size_t len);

/* check, and on failure a filled err: LI_E_JSON, LI_DETAIL_PAYLOAD_JSON, offset, line, column. */
li_status lii_json_validate(const char *text, size_t len, li_error *err);

enum { LII_JSON_NONE = 0, LII_JSON_OBJECT, LII_JSON_ARRAY, LII_JSON_STRING, LII_JSON_NUMBER, LII_JSON_TRUE,
       LII_JSON_FALSE, LII_JSON_NULL };

/* A value inside a valid text: its raw bytes, quotes and brackets included. */
typedef struct lii_json_value {
    const char *ptr;
    size_t len;
    int32_t type;        /* LII_JSON_* */
    int32_t reserved;
} lii_json_value;

/* All of these need a text that lii_json_check has accepted. */
lii_json_value lii_json_root(const char *text, size_t len);
/* The last member of that name (duplicate keys: the last counts); type NONE when there is none or it is no object. */
lii_json_value lii_json_get(lii_json_value object, const char *name, size_t name_len);
/* Walk: *at starts at 0; each call gives the next element, or member with its key (a string value); 0 at the end. */
int lii_json_next(lii_json_value container, size_t *at, lii_json_value *key, lii_json_value *value);
/* A string's text unescaped into out: the length it needs (may be more than out_size; then out is cut). Lone surrogates
 * become U+FFFD. */
size_t lii_json_text(lii_json_value string, char *out, size_t out_size);
/* A string without its quotes (len raw bytes) unescaped into out, which has room for len: the length. A lone surrogate
 * becomes the three bytes that UTF-8 would have for it, and so equals nothing else. */
size_t lii_json_unescape(const char *raw, size_t len, char *out);
/* 1 when the string value unescaped equals text. */
int lii_json_text_is(lii_json_value string, const char *text, size_t len);
/* An integer number in range: 0, or -1. */
int lii_json_i64(lii_json_value number, int64_t *out);

#endif
