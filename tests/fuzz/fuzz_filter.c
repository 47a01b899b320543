/* fuzz_filter.c - filters of event source mappings and records from bytes. The first byte says how the others are read: as filters,
 * metadata and two pieces of data with a newline between them; or as the seeds of a pattern and an object that are valid: what a
 * filter of the data says of a record is compared with what an evaluator written apart says of the object. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/pattern.h>
#include <lambdainvoke/source.h>

#include "../support/naive_pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT = 8192 };

static const li_source_data kinds[] = {
    { sizeof kinds[0], { "body", NULL }, LI_FILTER_STRICT, 0u },
    { sizeof kinds[0], { "data", NULL }, LI_FILTER_OBJECT, 0u },
    { sizeof kinds[0], { "key", "value" }, LI_FILTER_LENIENT, 0u }
};

static void fail(const char *what, const char *filters, const char *data)
{
    fprintf(stderr, "%s\n%s\n%s\n", what, filters, data);
    abort();
}

static li_slice cut(const char **at, const char *end)
{
    const char *stop = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;
    li_slice piece = { *at, (size_t)((stop ? stop : end) - *at) };

    *at = stop ? stop + 1 : end;
    return piece;
}

static void read_bytes(const li_source_data *kind, const char *text, size_t len)
{
    const li_filter_ops *ops = li_pattern_filter_ops();
    const char *at = text, *end = text + len;
    li_slice filters = cut(&at, end), metadata = cut(&at, end), data[2];
    int32_t first = -1, again = -1;
    li_error err = LI_ERROR_INIT;
    void *filter = NULL;
    li_status status;

    data[0] = cut(&at, end);
    data[1] = cut(&at, end);
    status = ops->compile(NULL, kind, filters.ptr, filters.len, 5, &filter, &err);
    if (status != LI_OK && (err.status != status || err.text[0] == '\0'))
        fail("an error that is not told", text, "");
    if (status != LI_OK || filter == NULL)
        return;
    if (ops->passes(filter, metadata.ptr, metadata.len, data, &first) != LI_OK ||
        ops->passes(filter, metadata.ptr, metadata.len, data, &again) != LI_OK || first != again || (first != 0 && first != 1))
        fail("no verdict, or another", text, "");
    ops->free(filter);
}

static void compare(const li_source_data *kind, const uint8_t *seed, size_t size)
{
    static char pattern[TEXT], event[TEXT], filters[TEXT + 64];
    const li_filter_ops *ops = li_pattern_filter_ops();
    static const char metadata[] = "{\"topic\":\"t\"}";
    li_slice data[2] = { { event, 0 }, { "k", 1 } };
    int32_t passes = -1;
    void *filter;
    int wanted;

    naive_make_pattern(seed, size / 2, pattern, TEXT);
    naive_make_event(seed + size / 2, size - size / 2, event, TEXT);
    data[0].len = strlen(event);
    snprintf(filters, sizeof filters, "[{\"%s\":%s}]", kind->names[0], pattern);
    if (ops->compile(NULL, kind, filters, strlen(filters), 5, &filter, NULL) != LI_OK)
        return; /* too many combinations, or a name that is reserved inside $or */
    wanted = naive_match(pattern, strlen(pattern), event, strlen(event));
    if (ops->passes(filter, metadata, sizeof metadata - 1, data, &passes) != LI_OK || (wanted >= 0 && passes != wanted))
        fail("a filter says otherwise", filters, event);
    ops->free(filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const li_source_data *kind;

    if (size == 0)
        return 0;
    kind = &kinds[data[0] / 2 % 3];
    if (data[0] & 1)
        compare(kind, data + 1, size - 1);
    else
        read_bytes(kind, (const char *)data + 1, size - 1);
    return 0;
}
