/* next.h - what the triggers that fire by the clock ask of a schedule. */
#ifndef LII_SCHEDULE_NEXT_H
#define LII_SCHEDULE_NEXT_H

#include <lambdainvoke/schedule.h>

/* The first time after after_s; a rate without a start counts from base_s. 0: none. */
int lii_schedule_after(const li_schedule *schedule, int64_t base_s, int64_t after_s, int64_t *next_s);

/* An instant as RFC 3339 writes it, or as a number of Unix seconds; fractions are cut. 0, or -1. */
int lii_instant_read(li_slice text, int64_t *at_s);

#endif
