/* count.h - how many locks were taken and blocks asked for by this thread: the linker sends those calls here (--wrap). */
#ifndef TESTS_SUPPORT_COUNT_H
#define TESTS_SUPPORT_COUNT_H

#include <stddef.h>

typedef struct counts {
    size_t locks;       /* pthread_mutex_lock, trylock */
    size_t allocations; /* malloc, calloc, realloc */
} counts;

extern _Thread_local counts counted;

#endif
