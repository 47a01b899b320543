/* fuzz_transform.c - any map, template and event, with a NUL between them: what a template that is found right makes is JSON. */
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "service/transform.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const lii_event_facts facts = { "arn:r", "r", "2026-01-01T00:00:00Z" };
    const char *text = (const char *)data, *end = text + size, *parts[3];
    size_t lens[3];
    lii_json_value map;
    lii_buf out;
    int i;

    for (i = 0; i < 3; i++) {
        const char *stop = i < 2 && text < end ? memchr(text, '\0', (size_t)(end - text)) : end;

        if (!stop)
            return 0;
        parts[i] = text;
        lens[i] = (size_t)(stop - text);
        text = stop < end ? stop + 1 : end;
    }
    memset(&map, 0, sizeof map);
    if (lii_json_check(parts[0], lens[0], 100, NULL) == 0)
        map = lii_json_root(parts[0], lens[0]);
    if (map.type != LII_JSON_OBJECT)
        memset(&map, 0, sizeof map);
    if (lii_json_check(parts[2], lens[2], 100, NULL) != 0 || lii_json_root(parts[2], lens[2]).type != LII_JSON_OBJECT ||
        lii_transform_check(map, lii_slice(parts[1], lens[1]), NULL, NULL) != LI_OK)
        return 0;
    lii_buf_init(&out, NULL);
    lii_transform_write(map, lii_slice(parts[1], lens[1]), lii_json_root(parts[2], lens[2]), &facts, &out);
    if (out.status != LI_OK || lii_json_check(out.data, out.len, LII_JSON_DEPTH, NULL) != 0)
        abort();
    lii_buf_fini(&out);
    return 0;
}
