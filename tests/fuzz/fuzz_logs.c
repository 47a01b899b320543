/* fuzz_logs.c - filter patterns of log groups. An odd first byte: a pattern, a NUL and a message as they come. An even one: the
 * bytes pick the pieces of an expression and of a text, and the verdict is compared with that of the C library. */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/logs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(const char *text, size_t size)
{
    li_slice names[LII_LOG_FIELDS], values[LII_LOG_FIELDS], pattern;
    const char *stop = size > 0 ? memchr(text, '\0', size) : NULL;
    li_error err = LI_ERROR_INIT;
    size_t n;
    int takes;

    if (stop == NULL)
        return;
    pattern = lii_slice(text, (size_t)(stop - text));
    takes = lii_log_pattern_takes(pattern, lii_slice(stop + 1, size - pattern.len - 1), names, values, &n);
    if (lii_log_pattern_check(pattern, &err) != LI_OK && (takes || err.text[0] == '\0'))
        abort();
    if (n > LII_LOG_FIELDS)
        abort();
}

static void compare(const uint8_t *data, size_t size)
{
    static const char *const pieces[] = { "a", "b", "c", ".", "[ab]", "[^a]", "[a-c]", "?", "*", "+", "|", "^", "$", "{2}", "{1,3}",
                                          "{0,2}", "{2,}", "a", "b", "c" };
    char text[1024] = "", message[256];
    size_t i, n_text = size / 2, at, n = 0;
    regex_t library;
    int takes;

    for (i = 0; i < n_text && i < 24; i++)
        strcat(text, pieces[data[i] % (sizeof pieces / sizeof pieces[0])]);
    for (i = n_text; i < size && n < sizeof message - 1; i++)
        message[n++] = "abcd"[data[i] % 4];
    message[n] = '\0';
    if (lii_log_regex_check(lii_slice(text, strlen(text)), &at) != NULL)
        return;
    if (regcomp(&library, text, REG_EXTENDED | REG_NOSUB) != 0)
        return;
    takes = regexec(&library, message, 0, NULL, 0) == 0;
    regfree(&library);
    if (takes != lii_log_regex_takes(lii_slice(text, strlen(text)), lii_slice(message, n))) {
        fprintf(stderr, "%s on %s: %d\n", text, message, !takes);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % 2)
        take((const char *)data + 1, size - 1);
    else
        compare(data + 1, size - 1);
    return 0;
}
