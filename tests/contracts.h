/* contracts.h - contract suites inside Check: a failed rule fails the test and is printed. */
#ifndef TESTS_CONTRACTS_H
#define TESTS_CONTRACTS_H

#include <stdio.h>

#include <lambdainvoke/contract/contract.h>

typedef struct verdicts {
    char failed[2000];           /* "rule (why)\n" of each */
    char not_claimed[1000];      /* " rule" of each */
} verdicts;

static inline void note_verdict(void *user, const char *suite, const char *rule, int32_t verdict, const char *why)
{
    verdicts *v = user;
    size_t len;

    (void)suite;
    if (verdict == LI_CONTRACT_FAILED) {
        len = strlen(v->failed);
        snprintf(v->failed + len, sizeof v->failed - len, "%s (%s)\n", rule, why);
    } else if (verdict == LI_CONTRACT_NOT_CLAIMED) {
        len = strlen(v->not_claimed);
        snprintf(v->not_claimed + len, sizeof v->not_claimed - len, " %s", rule);
    }
}

#endif
