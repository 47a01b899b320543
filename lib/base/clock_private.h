/* clock_private.h - what a clock is made of, for the files that make it up. */
#ifndef LII_BASE_CLOCK_PRIVATE_H
#define LII_BASE_CLOCK_PRIVATE_H

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fork.h"

struct li_clock {
    const volatile unsigned char *mark; /* 0 in a forked child */
    li_clock_ops ops;
    void *self;
    li_allocator allocator;
    li_clock_virtual_options options;
    _Atomic uint64_t now_ns;        /* virtual: set by the thread that advances, read by any */
    _Atomic uint64_t wall_start_ms; /* virtual: the wall reading at options.start_ns, as if it had never jumped */
    struct {
        pthread_mutex_t lock;
        pthread_cond_t left;        /* called has become NULL */
        lii_clock_user *first;
        lii_clock_user *called;     /* the user that a callback is in, or NULL */
        pthread_t caller;           /* the thread that it is on */
        uint64_t changes;           /* of the list */
        int is_advancing;
    } locked;
};

#endif
