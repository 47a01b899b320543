/* pattern.h - what a pattern is made of, for the files that make it up. */
#ifndef LII_MATCH_PATTERN_H
#define LII_MATCH_PATTERN_H

#include "match/matcher.h"

struct li_pattern {
    lii_matcher matcher;     /* its plan is that of the text */
    char *text;
};

/* What readers change in a matcher is atomic: const for the caller, who sees nothing of it. */
static inline lii_matcher *lii_pattern_matcher(const li_pattern *pattern)
{
    return (lii_matcher *)(uintptr_t)&pattern->matcher;
}

#endif
