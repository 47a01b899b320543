/* count.c - locks and allocations of the library, counted on their way to libc (or to a sanitizer's). */
#include "count.h"

#include <pthread.h>

_Thread_local counts counted;

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_mutex_trylock(pthread_mutex_t *mutex);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    counted.locks++;
    return __real_pthread_mutex_lock(mutex);
}

int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    counted.locks++;
    return __real_pthread_mutex_trylock(mutex);
}

void *__wrap_malloc(size_t size)
{
    counted.allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    counted.allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    counted.allocations++;
    return __real_realloc(block, size);
}
