/* pattern.c - li_pattern: a matcher with one rule, its plan and its text kept to explain it. */
#include "base/options.h"
#include "base/slice.h"
#include "json/scan.h"
#include "match/pattern.h"

li_status li_pattern_options_init(li_pattern_options *options, size_t size)
{
    static const li_pattern_options defaults = LI_PATTERN_OPTIONS_INIT;

    return lii_options_init(options, size, &defaults, sizeof defaults);
}

li_status li_pattern_error_init(li_pattern_error *error, size_t size)
{
    static const li_pattern_error empty = LI_PATTERN_ERROR_INIT;

    return lii_options_init(error, size, &empty, sizeof empty);
}

const char *li_pattern_error_name(int32_t kind)
{
    switch (kind) {
#define NAME(constant, value, name, text) \
    case constant:                        \
        return name;
        LI_PATTERN_ERROR_MAP(NAME)
#undef NAME
    default:
        return "";
    }
}

li_status li_pattern_new(const li_allocator *allocator, const char *text, size_t len, const li_pattern_options *options,
                         li_pattern **pattern, li_pattern_error *error)
{
    size_t n = lii_len(text, len);
    lii_matcher *matcher;
    li_pattern *made;
    li_status status;
    int fits;

    if (pattern == NULL)
        return LI_E_INVALID;
    status = lii_matcher_new(sizeof *made, allocator, options, &matcher);
    if (status != LI_OK)
        return status;
    made = (li_pattern *)matcher;
    fits = n <= matcher->options.max_bytes; /* a text that is too long is not copied, only refused */
    made->text = fits ? lii_copy_text(&matcher->allocator, text ? text : "", n) : NULL;
    status = fits && made->text == NULL ? LI_E_NOMEM : lii_matcher_add(matcher, 0, made->text ? made->text : text, n, error);
    if (status != LI_OK) {
        li_pattern_free(made);
        return status;
    }
    *pattern = made;
    return LI_OK;
}

void li_pattern_free(li_pattern *pattern)
{
    if (pattern == NULL)
        return;
    lii_free(&pattern->matcher.allocator, pattern->text);
    lii_matcher_free(&pattern->matcher);
}

static int32_t note_match(void *user, uint64_t id)
{
    (void)id;
    *(int32_t *)user = 1;
    return 1;
}

static li_status match(const li_pattern *pattern, const lii_subject *subject, int32_t *is_match, li_error *err)
{
    int32_t found = 0;
    li_status status = lii_matcher_match(lii_pattern_matcher(pattern), subject, err, note_match, &found);

    if (status == LI_OK)
        *is_match = found;
    return status;
}

li_status li_pattern_match(const li_pattern *pattern, const char *event, size_t len, int32_t *is_match, li_error *err)
{
    lii_subject subject = { event, lii_len(event, len), NULL, 0, 1 };

    return pattern && is_match ? match(pattern, &subject, is_match, err) : LI_E_INVALID;
}

li_status li_pattern_match_attributes(const li_pattern *pattern, const li_pattern_attribute *attributes, size_t n_attributes,
                                      int32_t *is_match, li_error *err)
{
    lii_subject subject = { NULL, 0, attributes, n_attributes, 0 };

    if (pattern == NULL || is_match == NULL || pattern->matcher.options.dialect != LI_DIALECT_SNS_ATTRIBUTES)
        return LI_E_INVALID;
    return match(pattern, &subject, is_match, err);
}

int32_t li_pattern_get_member(const li_pattern *pattern, const char *name, size_t name_len)
{
    lii_json_value member;

    if (pattern == NULL)
        return LI_PATTERN_MEMBER_NONE;
    member = lii_json_get(lii_json_root(pattern->text, LI_Z), name, name_len);
    return member.type == LII_JSON_OBJECT ? LI_PATTERN_MEMBER_OBJECT
         : member.type == LII_JSON_ARRAY  ? LI_PATTERN_MEMBER_LIST
                                          : LI_PATTERN_MEMBER_NONE;
}
