/* set.c - li_pattern_set: a matcher with ids of the caller's. */
#include "base/slice.h"
#include "match/matcher.h"

struct li_pattern_set {
    lii_matcher matcher;
};

li_status li_pattern_set_new(const li_allocator *allocator, const li_pattern_options *options, li_pattern_set **set)
{
    lii_matcher *made;
    li_status status;

    if (set == NULL)
        return LI_E_INVALID;
    status = lii_matcher_new(sizeof **set, allocator, options, &made);
    if (status == LI_OK)
        *set = (li_pattern_set *)made;
    return status;
}

void li_pattern_set_free(li_pattern_set *set)
{
    if (set)
        lii_matcher_free(&set->matcher);
}

li_status li_pattern_set_add(li_pattern_set *set, uint64_t id, const char *text, size_t len, li_pattern_error *error)
{
    return set ? lii_matcher_add(&set->matcher, id, text, len, error) : LI_E_INVALID;
}

li_status li_pattern_set_remove(li_pattern_set *set, uint64_t id)
{
    return set ? lii_matcher_remove(&set->matcher, id) : LI_E_INVALID;
}

uint64_t li_pattern_set_count(const li_pattern_set *set)
{
    return set ? atomic_load_explicit(&set->matcher.count, memory_order_relaxed) : 0;
}

/* What readers change in a matcher is atomic: const for the caller, who sees nothing of it. */
static lii_matcher *matcher_of(const li_pattern_set *set)
{
    return (lii_matcher *)(uintptr_t)&set->matcher;
}

li_status li_pattern_set_match(const li_pattern_set *set, const char *event, size_t len, li_error *err,
                               int32_t (*each)(void *user, uint64_t id), void *user)
{
    lii_subject subject = { event, lii_len(event, len), NULL, 0, 1 };

    return set ? lii_matcher_match(matcher_of(set), &subject, err, each, user) : LI_E_INVALID;
}

li_status li_pattern_set_match_attributes(const li_pattern_set *set, const li_pattern_attribute *attributes,
                                          size_t n_attributes, li_error *err, int32_t (*each)(void *user, uint64_t id),
                                          void *user)
{
    lii_subject subject = { NULL, 0, attributes, n_attributes, 0 };

    if (set == NULL || set->matcher.options.dialect != LI_DIALECT_SNS_ATTRIBUTES)
        return LI_E_INVALID;
    return lii_matcher_match(matcher_of(set), &subject, err, each, user);
}
