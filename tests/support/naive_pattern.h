/* naive_pattern.h - event patterns by the letter of their statements, without regard to speed: what the library's matcher is
 * compared with. Shares nothing with it but the reading of JSON. */
#ifndef TESTS_NAIVE_PATTERN_H
#define TESTS_NAIVE_PATTERN_H

#include <stddef.h>

/* 1 or 0 for a pattern and an event that are both valid; -1 when it does not know (too many choices, letters whose case it
 * does not know). */
int naive_match(const char *pattern, size_t pattern_len, const char *event, size_t event_len);

/* A pattern and an event made from bytes, each ends in NUL and is valid; they are alike enough to match often.
 * The same bytes make the same texts. */
void naive_make_pattern(const unsigned char *bytes, size_t n, char *out, size_t size);
void naive_make_event(const unsigned char *bytes, size_t n, char *out, size_t size);

#endif
