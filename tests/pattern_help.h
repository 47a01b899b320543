/* pattern_help.h - patterns and events in tests are written with ' for ". */
#ifndef TESTS_PATTERN_HELP_H
#define TESTS_PATTERN_HELP_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/pattern.h>

/* A copy with every ' made a ". The caller frees it. */
static inline char *quoted(const char *text)
{
    char *copy = strdup(text), *p;

    ck_assert_ptr_nonnull(copy);
    for (p = copy; *p; p++)
        if (*p == '\'')
            *p = '"';
    return copy;
}

static inline li_pattern *compile_as(const char *text, const li_pattern_options *options)
{
    li_pattern_error error = LI_PATTERN_ERROR_INIT;
    li_pattern *pattern = NULL;
    char *copy = quoted(text);
    li_status status = li_pattern_new(NULL, copy, LI_Z, options, &pattern, &error);

    ck_assert_msg(status == LI_OK, "%s: %s %s", copy, li_strerror(status), error.text);
    free(copy);
    return pattern;
}

static inline int verdict_of(const li_pattern *pattern, const char *event)
{
    li_error err = LI_ERROR_INIT;
    int32_t is_match = -1;
    char *copy = quoted(event);
    li_status status = li_pattern_match(pattern, copy, LI_Z, &is_match, &err);

    ck_assert_msg(status == LI_OK, "%.200s: %s", copy, err.text);
    free(copy);
    return is_match;
}

static inline int verdict(const char *text, const char *event)
{
    li_pattern *pattern = compile_as(text, NULL);
    int is_match = verdict_of(pattern, event);

    li_pattern_free(pattern);
    return is_match;
}

#define yes(pattern, event) ck_assert_msg(verdict((pattern), (event)) == 1, "%.200s does not match %.200s", (pattern), (event))
#define no(pattern, event) ck_assert_msg(verdict((pattern), (event)) == 0, "%.200s matches %.200s", (pattern), (event))

/* The kind of error of a pattern, "" when it is fine. */
static inline const char *kind_of(const char *text, const li_pattern_options *options)
{
    li_pattern_error error = LI_PATTERN_ERROR_INIT;
    li_pattern *pattern = NULL;
    char *copy = quoted(text);
    li_status status = li_pattern_new(NULL, copy, LI_Z, options, &pattern, &error);

    free(copy);
    li_pattern_free(pattern);
    ck_assert(status == LI_OK || status == LI_E_VALIDATION);
    return status == LI_OK ? "" : li_pattern_error_name(error.kind);
}

#define wrong(pattern, kind) ck_assert_str_eq(kind_of((pattern), NULL), (kind))
#define right(pattern) ck_assert_str_eq(kind_of((pattern), NULL), "")

#endif
