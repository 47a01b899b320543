/* clock.h - what an engine needs of its clock beyond the public header: to be attached, so that an advance runs it. */
#ifndef LII_BASE_CLOCK_H
#define LII_BASE_CLOCK_H

#include <lambdainvoke/clock.h>

/* One attached engine. Callbacks are called without any lock of the clock, on the thread that advances. */
typedef struct lii_clock_user {
    struct lii_clock_user *next;      /* in order of attachment */
    uint64_t (*next_due)(void *user); /* LI_NEVER: nothing */
    void (*run_due)(void *user);      /* run the earliest due thing, if due at the clock's time */
    uint64_t (*external)(void *user); /* external invocations under way */
    int (*wait_external)(void *user, uint64_t real_ms); /* wait in real time for one of them to end; 0: timed out */
    int (*in_callback)(void *user);   /* 1: this thread is inside a handler or callback of that engine */
    void *user;
} lii_clock_user;

void lii_clock_attach(li_clock *clock, lii_clock_user *user);
void lii_clock_detach(li_clock *clock, lii_clock_user *user);

/* Move a virtual clock to time_ns without running anything (nested simulated durations); never back. */
void lii_clock_jump(li_clock *clock, uint64_t time_ns);

/* How to read it without going through the clock each time. */
typedef struct lii_clock_reader {
    uint64_t (*read)(void *self);
    void *self;
} lii_clock_reader;

lii_clock_reader lii_clock_get_reader(const li_clock *clock);

int lii_clock_can_wait(const li_clock *clock);
void lii_clock_wait(li_clock *clock, pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline_ns);

#endif
