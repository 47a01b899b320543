/* names.h - function names, ARNs and qualifiers: pure parsing (INV-120..131). */
#ifndef LII_ENGINE_NAMES_H
#define LII_ENGINE_NAMES_H

#include <lambdainvoke/status.h>

typedef struct lii_name {
    li_slice region;      /* empty: not given */
    li_slice account;     /* empty: not given */
    li_slice function;
    li_slice qualifier;   /* from the name or the parameter; empty: none */
    int32_t is_arn;
    int32_t reserved;
} lii_name;

/* Split a name of any form and a separate qualifier (may be empty).
 * LI_E_VALIDATION with detail FUNCTION_NAME, QUALIFIER, QUALIFIER_LENGTH; LI_E_INVALID QUALIFIERS_DIFFER. When both name and
 * qualifier are wrong, err says the qualifier's and err->offset has bit 0 for the name too. */
li_status lii_name_parse(const char *name, size_t name_len, li_slice qualifier, lii_name *out, li_error *err);

/* 1..64 of [a-zA-Z0-9-_], as a function is registered. */
int lii_name_is_plain(li_slice name);
int lii_qualifier_is_version(li_slice qualifier); /* all digits */

/* The number that a version's text names as it is written; 0 for one that no version has: "0", "01", any text but digits. */
uint64_t lii_version_number(li_slice text);

/* An ARN's parts: arn:partition:service:region:account:resource. 0, or -1. */
typedef struct lii_arn {
    li_slice partition, service, region, account, resource;
} lii_arn;
int lii_arn_parse(const char *text, size_t len, lii_arn *arn);

#endif
