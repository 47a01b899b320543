/* both.h - what the suites of INV-902 share: a case a world, with every body in each; and the steps that many bodies take. */
#ifndef TESTS_SUPPORT_BOTH_H
#define TESTS_SUPPORT_BOTH_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "stage.h"

static said s;                   /* what was said last */
static TCase *cases[3];          /* the host's is NULL when there is no host */

static inline void in_library(void)
{
    stage_open(&stage_library);
}

static inline void in_api(void)
{
    stage_open(&stage_api);
}

static inline void in_host(void)
{
    stage_open(&stage_host);
}

static inline Suite *both_suite(const char *name)
{
    static void (*const opens[])(void) = { in_library, in_api, in_host };
    static const char *const names[] = { "library", "api", "host over HTTP" };
    const char *lacks = stage_lacks_host();
    Suite *suite = suite_create(name);
    int i;

    if (lacks)
        fprintf(stderr, "left out: suite %s against the host over HTTP (%s)\n", name, lacks);
    for (i = 0; i < (lacks ? 2 : 3); i++) {
        cases[i] = tcase_create(names[i]);
        tcase_add_checked_fixture(cases[i], opens[i], stage_close);
        suite_add_tcase(suite, cases[i]);
    }
    return suite;
}

#define ADD(test)                             \
    do {                                      \
        tcase_add_test(cases[0], test);       \
        tcase_add_test(cases[1], test);       \
        if (cases[2])                         \
            tcase_add_test(cases[2], test);   \
    } while (0)

static inline void ask_with(const way *by, const ask *given)
{
    ask a = *given;

    if (a.payload && a.len == 0)
        a.len = strlen(a.payload);
    by->invoke(&a, &s);
}

static inline void say(const way *by, const char *name, const char *payload)
{
    ask a = { .name = name, .payload = payload };

    ask_with(by, &a);
}

static inline void sent(const way *by, const char *name, const char *payload)
{
    ask a = { .name = name, .payload = payload, .type = LI_EVENT };

    ask_with(by, &a);
    ck_assert_msg(s.status == 202, "%s: %d %s", by->name, s.status, s.code);
    ck_assert_uint_eq(s.len, 0);
    ck_assert_str_eq(s.version, "");
}

static inline void check_error(const way *by, int status, const char *code)
{
    ck_assert_msg(s.status == status && strcmp(s.code, code) == 0, "%s says %d %s, not %d %s", by->name, s.status, s.code, status,
                  code);
}

/* The last answer was good. */
static inline void check_good(const way *by, int status)
{
    ck_assert_msg(s.status == status, "%s says %d %s %s, not %d", by->name, s.status, s.code, s.payload, status);
}

#endif
