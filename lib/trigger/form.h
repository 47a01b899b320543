/* form.h - the form model: fields of a kind's options, from which options are checked and front ends are drawn (TRG-196);
 * and shapes: which members of a document there are, and of which type. */
#ifndef LII_TRIGGER_FORM_H
#define LII_TRIGGER_FORM_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "json/scan.h"

enum { LII_FIELD_TEXT = 0, LII_FIELD_ARN, LII_FIELD_INTEGER, LII_FIELD_NUMBER, LII_FIELD_BOOL, LII_FIELD_ENUM,
       LII_FIELD_LIST, LII_FIELD_JSON, LII_FIELD_EXPRESSION, LII_FIELD_KEYVALUE, LII_FIELD_SECRET, LII_FIELD_DATE };
enum { LII_FIELD_REQUIRED = 1,
       LII_FIELD_MUST_BE_TRUE = 2,   /* a warning acknowledged: forms require it, the API takes only true */
       LII_FIELD_JSON_LIST = 4 };    /* entries are JSON, not texts */

/* min and max: of an integer its value, of a text its characters, of a list its entries; max 0: none. */
typedef struct lii_field {
    const char *name, *label;
    int32_t type;
    uint32_t flags;
    const char *standard;        /* default as JSON; NULL: none */
    int64_t min, max;
    const char *pattern;         /* as lii_pattern_is reads it, the whole text; NULL: any */
    const char *choices;         /* of an enum or a list's entries: "A|B|C"; NULL: any */
    const char *show_if;         /* "field=value": only then; NULL: always */
    const char *help;
    const char *alias;           /* another name that options may use; NULL: none */
} lii_field;
#define LII_FIELDS_END { NULL, NULL, 0, 0, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL }

typedef struct lii_value {
    lii_json_value json;         /* as given or the default; type NONE: neither */
    li_slice text;               /* texts unescaped; of JSON its text */
    int64_t number;              /* of integers; 1 and 0 of bools */
} lii_value;

/* Text unescaped into one block that is large enough for all of it. */
typedef struct lii_arena {
    char *at;
} lii_arena;
li_slice lii_arena_text(lii_arena *arena, lii_json_value string); /* type NONE: {NULL, 0} */

size_t lii_fields_count(const lii_field *fields);
size_t lii_fields_room(const lii_field *fields);  /* bytes that the texts of all defaults need */
/* Fill values (one a field) from the text of an object. LI_E_INVALID with LI_DETAIL_TRIGGER_OPTIONS and the member. */
li_status lii_form_read(const lii_field *fields, const char *text, size_t len, lii_arena *arena, lii_value *values,
                        li_error *err);
/* The place of a field; SIZE_MAX: there is none of that name. */
size_t lii_field_find(const lii_field *fields, const char *name);
extern const lii_field lii_form_common[];         /* what every form has: qualifier, enabled (TRG-195) */
/* The fields as a JSON array, those that every form has last: name, label, type, required, default, min, max, pattern, enum,
 * showIf, help. */
void lii_form_write(const lii_field *fields, lii_buf *out);

/* One JSON object, checked: LI_E_INVALID with the detail, offset, line and column. */
li_status lii_object_read(const char *text, size_t len, const char *what, int32_t detail, lii_json_value *object,
                          li_error *err);

/* Does the whole text match? Literals, . and [classes] with * + ? {n} {n,} {m,n}; (a|b) of literals. Linear in practice:
 * at most len * states steps. */
int lii_pattern_is(const char *pattern, li_slice text);

/* The place of a word in a list of words with one character in between; -1: it is not there. */
int lii_word_place(const char *list, char between, li_slice word);

/* Members by a path of names and array places with dots in between. */
lii_json_value lii_json_path(lii_json_value value, const char *path, size_t len);

/* A shape is a list of PATH:TYPES with blanks between; TYPES are letters s n b o a z (null) or *, and a ! when it must be
 * there. A path may go through arrays by number. is_closed 1: the object has no other members on its top level.
 * LI_E_INVALID with detail, the member and what would be right. */
li_status lii_shape_check(lii_json_value value, const char *shape, int is_closed, const char *what, int32_t detail,
                          li_error *err);

#endif
