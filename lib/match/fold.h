/* fold.h - letters and their cases, without locale: each letter of an operand stands for its lower-case or its upper-case form
 * (PAT-56), and the text must be a row of such forms. Texts are UTF-8 (lone surrogates as three bytes). */
#ifndef LII_MATCH_FOLD_H
#define LII_MATCH_FOLD_H

#include <stddef.h>

enum { LII_FOLD_GROWTH = 3 }; /* a folded text has at most so many times the bytes */

/* A text that every pair of operand and text that agree without case has in common (not the reverse): for look-ups.
 * Letter by letter, so that beginnings of folded texts are folded beginnings. Returns its length. */
size_t lii_fold(const char *text, size_t len, char *out);

/* How many bytes at the beginning, or at the end, of text are a row of forms of the operand's letters; (size_t)-1 none. */
size_t lii_fold_begins(const char *operand, size_t operand_len, const char *text, size_t len);
size_t lii_fold_ends(const char *operand, size_t operand_len, const char *text, size_t len);

#endif
