/* fetch.h - lines of memory asked for before they are needed: another processor's come late, and many can come at once. */
#ifndef LII_BASE_FETCH_H
#define LII_BASE_FETCH_H

enum { LII_LINE = 64 };

/* To be read. Any address does, also of what is gone. */
static inline void lii_fetch(const void *p)
{
    __builtin_prefetch(p);
}

/* To be written: taken from whoever has it. Compilers for plain x86-64 say it is to be read, which takes nothing from anybody;
 * what does has been there, or does nothing, in all processors of that kind. */
static inline void lii_fetch_own(const void *p)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));
#else
    __builtin_prefetch(p, 1);
#endif
}

#endif
