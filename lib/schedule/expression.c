/* expression.c - what the readers of the three forms share. */
#include "schedule/expression.h"

#include "base/error.h"
#include "base/slice.h"

li_status lii_expression_wrong(li_slice e, size_t offset, const char *right, li_error *err)
{
    lii_fail(err, LI_E_INVALID, LI_DETAIL_SCHEDULE, e.ptr, e.len, "not a schedule expression at byte %zu: %s", offset, right);
    if (err && err->size >= offsetof(li_error, offset) + sizeof err->offset && err->size <= 4096)
        err->offset = offset;
    return LI_E_INVALID;
}

int32_t lii_expression_digits(li_slice e, size_t *at, size_t end, int32_t max_digits)
{
    int32_t value = 0;

    for (; *at < end && e.ptr[*at] >= '0' && e.ptr[*at] <= '9'; (*at)++) {
        if (max_digits-- == 0)
            return -1;
        value = value * 10 + (e.ptr[*at] - '0');
    }
    return value;
}
