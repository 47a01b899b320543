/* pattern_cases.h - the recorded cases of tests/data/pattern-*.jsonl: a line is a case. */
#ifndef TESTS_PATTERN_CASES_H
#define TESTS_PATTERN_CASES_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/scan.h"

enum { PATTERN_CASES_MOST = 4000 };

typedef struct pattern_case {
    char *line;
    char *pattern, *event, *kind, *id;   /* NUL-terminated copies; event or kind may be NULL */
    size_t pattern_len, event_len;
    int match;
} pattern_case;

/* Raw JSON text: the member's own, or what a string holds. */
static inline char *case_text(lii_json_value value, size_t *len)
{
    char *text;

    if (value.type == LII_JSON_NONE)
        return NULL;
    text = malloc(value.len + 1);
    ck_assert_ptr_nonnull(text);
    if (value.type == LII_JSON_STRING) {
        *len = lii_json_unescape(value.ptr + 1, value.len - 2, text);
    } else {
        memcpy(text, value.ptr, value.len);
        *len = value.len;
    }
    text[*len] = '\0';
    return text;
}

static inline size_t read_pattern_cases(const char *path, pattern_case *cases)
{
    FILE *file = fopen(path, "r");
    size_t n = 0, size = 0, len = 0;
    char *line = NULL;
    ssize_t got;

    ck_assert_msg(file != NULL, "%s cannot be read: run from the top of the sources", path);
    while ((got = getline(&line, &size, file)) > 0) {
        lii_json_value root;
        pattern_case *c = &cases[n++];

        ck_assert_uint_lt(n, PATTERN_CASES_MOST);
        ck_assert_int_eq(lii_json_check(line, (size_t)got, LII_JSON_DEPTH, NULL), 0);
        root = lii_json_root(line, (size_t)got);
        c->pattern = case_text(lii_json_get(root, "pattern", LI_Z), &c->pattern_len);
        c->event = case_text(lii_json_get(root, "event", LI_Z), &c->event_len);
        c->kind = case_text(lii_json_get(root, "kind", LI_Z), &len);
        c->id = case_text(lii_json_get(root, "id", LI_Z), &len);
        c->match = lii_json_get(root, "match", LI_Z).type == LII_JSON_TRUE;
        c->line = NULL;
    }
    free(line);
    fclose(file);
    return n;
}

static inline void free_pattern_cases(pattern_case *cases, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        free(cases[i].pattern);
        free(cases[i].event);
        free(cases[i].kind);
        free(cases[i].id);
    }
}

#endif
