/* fuzz_pattern.c - patterns and events from bytes. The first byte says how the others are read: as the text of a pattern; as a
 * pattern, a newline and an event; or as the seeds of a pattern and an event that are valid, whose verdict is compared with
 * that of an evaluator written apart, alone and among other patterns. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/pattern.h>

#include "../support/naive_pattern.h"
#include "json/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT = 8192 };

static void fail(const char *what, const char *pattern, const char *event)
{
    fprintf(stderr, "%s\n%s\n%s\n", what, pattern, event);
    abort();
}

/* An event is judged as the check of payloads judges it, but for what is behind it. */
static void judge(const char *event, size_t len, li_status status, const li_error *err, uint32_t max_depth)
{
    lii_json_error error;
    int is_right = lii_json_check_bytewise(event, len, max_depth, &error) == 0 ||
                   strcmp(error.reason, "nothing may follow the value") == 0;

    if (err->detail == LI_DETAIL_EVENT_OBJECT || status == LI_E_FULL)
        return;
    if ((status == LI_OK) != is_right || (!is_right && err->offset != error.offset))
        fail("an event is judged otherwise", err->text, event);
}

static void compile(const char *text, size_t len, const char *event, size_t event_len)
{
    li_pattern_options options = LI_PATTERN_OPTIONS_INIT;
    li_pattern_error error = LI_PATTERN_ERROR_INIT;
    li_pattern *pattern;
    int32_t is_match = -1, explained = -1;
    li_error err = LI_ERROR_INIT;
    li_status status;

    for (options.dialect = 0; options.dialect <= LI_DIALECT_SNS_BODY; options.dialect++) {
        status = li_pattern_new(NULL, text, len, &options, &pattern, &error);
        if (status == LI_E_VALIDATION && (error.kind < 1 || error.offset > len || error.text[0] == '\0'))
            fail("an error without a place", text, "");
        if (status != LI_OK)
            continue;
        err.detail = LI_DETAIL_NONE;
        status = li_pattern_match(pattern, event, event_len, &is_match, &err);
        judge(event, event_len, status, &err, options.max_event_depth);
        if (status != li_pattern_explain(pattern, event, event_len, &explained, NULL, NULL, NULL) || is_match != explained)
            fail("explained otherwise", text, event);
        li_pattern_free(pattern);
    }
}

static int32_t note_id(void *user, uint64_t id)
{
    int *found = user;

    assert(id < 3 && !found[id]);
    found[id] = 1;
    return 0;
}

/* Two patterns and an event. */
static void compare(const uint8_t *data, size_t size)
{
    static char texts[2][TEXT], event[TEXT];
    size_t third = size / 3, i;
    int found[2] = { 0, 0 }, wanted;
    li_pattern_set *set;

    naive_make_pattern(data, third, texts[0], TEXT);
    naive_make_pattern(data + third, third, texts[1], TEXT);
    naive_make_event(data + 2 * third, size - 2 * third, event, TEXT);
    if (li_pattern_set_new(NULL, NULL, &set) != LI_OK)
        return;
    for (i = 0; i < 2; i++)
        if (li_pattern_set_add(set, i, texts[i], LI_Z, NULL) != LI_OK)
            fail("a pattern is refused", texts[i], event);
    if (li_pattern_set_match(set, event, LI_Z, NULL, note_id, found) != LI_OK)
        fail("an event is refused", texts[0], event);
    li_pattern_set_free(set);
    for (i = 0; i < 2; i++) {
        wanted = naive_match(texts[i], strlen(texts[i]), event, strlen(event));
        if (wanted >= 0 && wanted != found[i])
            fail(wanted ? "it matches" : "it does not match", texts[i], event);
        compile(texts[i], strlen(texts[i]), event, strlen(event));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1, *newline;

    if (size == 0)
        return 0;
    switch (data[0] % 3) {
    case 0:
        compile(text, size - 1, "{\"a\":1}", 7);
        break;
    case 1:
        newline = memchr(text, '\n', size - 1);
        if (newline)
            compile(text, (size_t)(newline - text), newline + 1, (size_t)((const char *)data + size - newline - 1));
        break;
    default:
        compare(data + 1, size - 1);
        break;
    }
    return 0;
}
