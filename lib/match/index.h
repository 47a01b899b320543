/* index.h - where the tokens of a JSON text are, found sixty-four bytes at a time: whoever reads the text goes from one to the next
 * and need not look for their ends. Strings are right then, inside; all else is for the reader to check. */
#ifndef LII_MATCH_INDEX_H
#define LII_MATCH_INDEX_H

#include <lambdainvoke/allocator.h>

typedef struct lii_index lii_index;

/* How a kind of processor does it: 1, 0, or LII_INDEX_FULL where there is no room for as many as a block may have, and more. */
enum { LII_INDEX_FULL = 2, LII_INDEX_ROOM = 80 };

typedef int lii_index_pass(lii_index *x, const unsigned char *text, size_t len);

struct lii_index {
    uint32_t *at;            /* where strings begin, numbers, words and what is not known, brackets, braces, colons and commas */
    size_t n;
    size_t cap;
    lii_index_pass *pass;    /* NULL: not chosen yet */
};

/* Behind the last of them so many 0: a reader that fails at what is not right there needs no other end. */
enum { LII_INDEX_ENDS = 4 };

void lii_index_fini(lii_index *x, const li_allocator *allocator);

/* 1: found; 0: a string has no end, an escape or letter is wrong, a control in one; -1: no memory. len < 4 GiB. */
int lii_index_read(lii_index *x, const li_allocator *allocator, const char *text, size_t len);

lii_index_pass lii_index_pass_any, lii_index_pass_avx2, lii_index_pass_avx512;
/* Whether the processor has what they need. */
int lii_index_has_avx2(void);
int lii_index_has_avx512(void);

#endif
