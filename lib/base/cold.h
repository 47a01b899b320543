/* cold.h - a mark for what runs seldom in a file that is made fast: it is made small, and what calls it expects not to. */
#ifndef LII_BASE_COLD_H
#define LII_BASE_COLD_H

#define LII_COLD __attribute__((cold, noinline))

#endif
