/* fork.h - a mark that a forked child finds wiped: one load tells whether this process made a thing (REL-48). */
#ifndef LII_BASE_FORK_H
#define LII_BASE_FORK_H

/* A page whose first byte is 1, and 0 in every child that a fork makes later. On a kernel without MADV_WIPEONFORK (Linux
 * before 4.14) it stays 1 there: a fork is not noticed. NULL: no memory. */
const volatile unsigned char *lii_fork_mark_new(void);
void lii_fork_mark_free(const volatile unsigned char *mark);   /* NULL is fine */

#endif
