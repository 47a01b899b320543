/* report.c - batchItemFailures, row by row of the table of ESM-180. */
#include "source/report.h"

#include <string.h>

#include "json/scan.h"

static size_t all(unsigned char *failed, size_t n)
{
    memset(failed, 1, n);
    return n;
}

/* Functions report in the order of the batch: the search goes on from where the last one was found. */
static int mark(lii_json_value identifier, const li_item *const *items, size_t n, size_t *from, unsigned char *failed)
{
    size_t i, k;

    for (i = 0; i < n; i++) {
        k = *from + i < n ? *from + i : *from + i - n;
        if (lii_json_text_is(identifier, items[k]->identifier.ptr, items[k]->identifier.len)) {
            failed[k] = 1;
            *from = k;
            return 1;
        }
    }
    return 0;
}

static size_t read_list(lii_json_value list, const li_item *const *items, size_t n, unsigned char *failed)
{
    lii_json_value entry, identifier;
    size_t at = 0, from = 0, i, count = 0;

    while (lii_json_next(list, &at, NULL, &entry)) {
        identifier = lii_json_get(entry, "itemIdentifier", LI_Z);
        if (identifier.type != LII_JSON_STRING || identifier.len == 2 || !mark(identifier, items, n, &from, failed))
            return all(failed, n);
    }
    for (i = 0; i < n; i++)
        count += failed[i];
    return count;
}

size_t lii_report_read(const char *answer, size_t len, const li_item *const *items, size_t n, unsigned char *failed)
{
    lii_json_value root, list;
    size_t at = 0;

    memset(failed, 0, n);
    if (len == 0)
        return 0;
    if (lii_json_check(answer, len, LII_JSON_DEPTH, NULL) != 0)
        return all(failed, n);
    root = lii_json_root(answer, len);
    if (root.type == LII_JSON_NULL || (root.type == LII_JSON_STRING && root.len == 2))
        return 0;
    if (root.type != LII_JSON_OBJECT)
        return all(failed, n);
    list = lii_json_get(root, "batchItemFailures", LI_Z);
    if (list.type == LII_JSON_NULL)
        return 0;
    if (list.type == LII_JSON_NONE)    /* {} is fine, another key is not */
        return lii_json_next(root, &at, NULL, NULL) ? all(failed, n) : 0;
    return list.type == LII_JSON_ARRAY ? read_list(list, items, n, failed) : all(failed, n);
}
