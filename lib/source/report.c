/* report.c - batchItemFailures, row by row of the table of ESM-180. */
#include "source/report.h"

#include <string.h>

#include "json/scan.h"

static size_t all(unsigned char *failed, size_t n)
{
    memset(failed, 1, n);
    return n;
}

static int mark(lii_json_value identifier, const li_item *items, size_t n, unsigned char *failed)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (lii_json_text_is(identifier, items[i].identifier.ptr, items[i].identifier.len)) {
            failed[i] = 1;
            return 1;
        }
    return 0;
}

size_t lii_report_read(const char *answer, size_t len, const li_item *items, size_t n, unsigned char *failed)
{
    lii_json_value root, list, entry, identifier;
    size_t at = 0, i, count = 0;

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
    list = lii_json_get(root, "batchItemFailures", 17);
    if (list.type == LII_JSON_NULL)
        return 0;
    if (list.type == LII_JSON_NONE)
        return lii_json_next(root, &at, &identifier, &entry) ? all(failed, n) : 0;
    if (list.type != LII_JSON_ARRAY)
        return all(failed, n);
    while (lii_json_next(list, &at, NULL, &entry)) {
        identifier = lii_json_get(entry, "itemIdentifier", 14);
        if (identifier.type != LII_JSON_STRING || identifier.len == 2 || !mark(identifier, items, n, failed))
            return all(failed, n);
    }
    for (i = 0; i < n; i++)
        count += failed[i];
    return count;
}
