/* lock.h - mutexes whose sections are shorter than a system call: whoever finds one taken looks again for a moment before
 * it sleeps. */
#ifndef LII_BASE_LOCK_H
#define LII_BASE_LOCK_H

#include <pthread.h>

/* 0, or an error number. */
static inline int lii_lock_init(pthread_mutex_t *lock)
{
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
    pthread_mutexattr_t attribute;
    int failed = pthread_mutexattr_init(&attribute);

    if (failed)
        return failed;
    failed = pthread_mutexattr_settype(&attribute, PTHREAD_MUTEX_ADAPTIVE_NP);
    if (!failed)
        failed = pthread_mutex_init(lock, &attribute);
    pthread_mutexattr_destroy(&attribute);
    return failed;
#else
    return pthread_mutex_init(lock, NULL);
#endif
}

#endif
