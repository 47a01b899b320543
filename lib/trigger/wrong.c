/* wrong.c - errors about a member of options or of an occurrence. */
#include <stdarg.h>
#include <stdio.h>

#include "trigger/trigger.h"

static li_status wrong(const char *member, int32_t detail, li_error *err, const char *format, va_list args)
{
    char text[200];

    vsnprintf(text, sizeof text, format, args);
    return lii_fail(err, LI_E_INVALID, detail, member, LI_Z, "%s: %s", member, text);
}

li_status lii_option_wrong(const char *member, li_error *err, const char *format, ...)
{
    va_list args;
    li_status status;

    va_start(args, format);
    status = wrong(member, LI_DETAIL_TRIGGER_OPTIONS, err, format, args);
    va_end(args);
    return status;
}

li_status lii_occurrence_wrong(const char *member, li_error *err, const char *format, ...)
{
    va_list args;
    li_status status;

    va_start(args, format);
    status = wrong(member, LI_DETAIL_OCCURRENCE, err, format, args);
    va_end(args);
    return status;
}
