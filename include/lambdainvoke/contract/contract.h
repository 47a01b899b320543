/* contract.h - what the contract suites share: rules, a report, a verdict each.
 *
 * A suite is the promises of one vtable as a program: a rule has a name and passes, fails, or is not claimed. The suites are
 * plain C in headers: include one in a program of yours, give it an environment that opens your backend, and look at the
 * report. They print nothing and need no test library. */
#ifndef LAMBDAINVOKE_CONTRACT_CONTRACT_H
#define LAMBDAINVOKE_CONTRACT_CONTRACT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LI_CONTRACT_PASSED = 1, LI_CONTRACT_FAILED = 2, LI_CONTRACT_NOT_CLAIMED = 3 };

/* One verdict. why is "" unless it FAILED, then the claim that did not hold and its line. */
typedef void (*li_contract_report)(void *user, const char *suite, const char *rule, int32_t verdict, const char *why);

typedef struct li_contract {
    li_contract_report report; /* may be NULL */
    void *user;
    const char *only;          /* the one rule to run; NULL: all of them */
    const char *suite;
    const char *rule;
    uint32_t n_passed;
    uint32_t n_failed;
    uint32_t n_not_claimed;
    int32_t has_failed;        /* the rule that runs */
} li_contract;

static inline void li_contract_init(li_contract *c, const char *only, li_contract_report report, void *user)
{
    memset(c, 0, sizeof *c);
    c->only = only;
    c->report = report;
    c->user = user;
}

static inline int li_contract_begin(li_contract *c, const char *suite, const char *rule)
{
    if (c->only && strcmp(c->only, rule) != 0)
        return 0;
    c->suite = suite;
    c->rule = rule;
    c->has_failed = 0;
    return 1;
}

static inline void li_contract_fail(li_contract *c, const char *claim, int line)
{
    char why[300];

    if (c->has_failed)
        return;                /* the first claim that does not hold says it */
    c->has_failed = 1;
    c->n_failed++;
    snprintf(why, sizeof why, "%s (line %d)", claim, line);
    if (c->report)
        c->report(c->user, c->suite, c->rule, LI_CONTRACT_FAILED, why);
}

static inline void li_contract_end(li_contract *c)
{
    if (c->has_failed)
        return;
    c->n_passed++;
    if (c->report)
        c->report(c->user, c->suite, c->rule, LI_CONTRACT_PASSED, "");
}

static inline void li_contract_not_claimed(li_contract *c)
{
    c->n_not_claimed++;
    if (c->report)
        c->report(c->user, c->suite, c->rule, LI_CONTRACT_NOT_CLAIMED, "");
}

#define LI_CONTRACT_CHECK(c, claim)                   \
    do {                                              \
        if (!(claim))                                 \
            li_contract_fail((c), #claim, __LINE__);  \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
