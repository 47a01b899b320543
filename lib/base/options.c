/* options.c - structs that begin with their size, read from and written to callers of other versions. */
#include "base/options.h"

#include <string.h>

#include "base/cold.h"
#include "base/error.h"

enum { SIZE_LIMIT = 4096 }; /* no struct of ours comes near; more is memory that nobody filled in */

static size_t size_of(const void *sized)
{
    size_t size;

    memcpy(&size, sized, sizeof size);
    return size;
}

static int is_possible(size_t size)
{
    return size >= sizeof size && size <= SIZE_LIMIT;
}

static LII_COLD li_status bad_size(size_t size, size_t known, const char *what, li_error *err)
{
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_OPTIONS_SIZE, what, LI_Z,
                    "%s has a size of %zu bytes; this library knows %zu: begin with its INIT macro", what, size, known);
}

static LII_COLD li_status is_newer(size_t at, size_t known, const char *what, li_error *err)
{
    return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_OPTIONS_UNKNOWN, what, LI_Z,
                    "%s sets a member at byte %zu; this library knows %zu bytes", what, at, known);
}

/* The caller's bytes over ours; our size stays. */
static void lay_over(void *out, size_t known, const void *in, size_t size)
{
    memcpy(out, in, size < known ? size : known);
    memcpy(out, &known, sizeof known);
}

li_status lii_options_read(void *out, size_t known, const void *in, const char *what, li_error *err)
{
    const unsigned char *bytes = in;
    size_t size, i;

    if (in == NULL)
        return LI_OK;
    size = size_of(in);
    if (!is_possible(size))
        return bad_size(size, known, what, err);
    for (i = known; i < size; i++)
        if (bytes[i] != 0)
            return is_newer(i, known, what, err);
    lay_over(out, known, in, size);
    return LI_OK;
}

li_status lii_options_init(void *out, size_t size, const void *defaults, size_t known)
{
    if (out == NULL || !is_possible(size))
        return LI_E_INVALID;
    memset(out, 0, size);
    memcpy(out, defaults, size < known ? size : known);
    memcpy(out, &size, sizeof size);
    return LI_OK;
}

LII_COLD li_status lii_options_write(void *out, const void *ours, size_t known)
{
    size_t size;

    if (out == NULL)
        return LI_E_INVALID;
    size = size_of(out);
    return lii_options_init(out, size, ours, known);
}

LII_COLD li_status lii_ops_read(void *out, size_t known, const void *in, const char *what, li_error *err)
{
    size_t size;

    if (in == NULL)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_BACKEND_METHOD, what, LI_Z, "%s is missing", what);
    size = size_of(in);
    if (!is_possible(size))
        return bad_size(size, known, what, err);
    memset(out, 0, known);
    lay_over(out, known, in, size);
    return LI_OK;
}
