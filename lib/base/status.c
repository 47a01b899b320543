/* status.c - the words for statuses and details, and the version. */
#include <lambdainvoke/status.h>

#include "base/options.h"

const char *li_version(void)
{
    return LI_VERSION_TEXT;
}

int32_t li_version_number(void)
{
    return LI_VERSION_NUMBER;
}

const char *li_strerror(li_status status)
{
    switch (status) {
#define TEXT_CASE(name, value, text) \
    case name:                       \
        return text;
        LI_STATUS_MAP(TEXT_CASE)
#undef TEXT_CASE
    default:
        return "unknown status";
    }
}

const char *li_status_name(li_status status)
{
    switch (status) {
#define NAME_CASE(name, value, text) \
    case name:                       \
        return #name;
        LI_STATUS_MAP(NAME_CASE)
#undef NAME_CASE
    default:
        return "LI_E_?";
    }
}

const char *li_detail_text(int32_t detail)
{
    switch (detail) {
#define DETAIL_CASE(name, value, text) \
    case name:                         \
        return text;
        LI_DETAIL_MAP(DETAIL_CASE)
#undef DETAIL_CASE
    default:
        return "unknown detail";
    }
}

int32_t li_status_is_retryable(li_status status)
{
    switch (status) {
    case LI_E_NOMEM:
    case LI_E_THROTTLED:
    case LI_E_FULL:
    case LI_E_BUSY:
        return 1;
    default:
        return 0;
    }
}

li_status li_error_init(li_error *error, size_t size)
{
    static const li_error empty = LI_ERROR_INIT;

    return lii_options_init(error, size, &empty, sizeof empty);
}
