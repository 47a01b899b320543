/* lock.h - mutexes whose sections are shorter than a system call: whoever finds one taken looks again for a moment before
 * it sleeps. */
#ifndef LII_BASE_LOCK_H
#define LII_BASE_LOCK_H

#include <pthread.h>

static inline void lii_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Lock what is held for less time than a thread takes to fall asleep and be woken: look again, each time after twice as long,
 * some microseconds in all. */
static inline void lii_lock_soon(pthread_mutex_t *lock)
{
    unsigned wait, i;

    for (wait = 1; wait <= 64; wait *= 2) {
        if (pthread_mutex_trylock(lock) == 0)
            return;
        for (i = 0; i < wait; i++)
            lii_pause();
    }
    pthread_mutex_lock(lock);
}

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
