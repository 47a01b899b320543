/* matcher.h - a core with its readers and its writer: what a pattern and a set of patterns are made of. */
#ifndef LII_MATCH_MATCHER_H
#define LII_MATCH_MATCHER_H

#include <pthread.h>

#include "match/scratch.h"

typedef struct lii_retired_core {
    struct lii_retired_core *next;
    lii_core *core;
} lii_retired_core;

typedef struct lii_matcher {
    li_allocator allocator;
    li_pattern_options options;
    _Atomic(lii_core *) core;
    _Atomic(lii_scratch *) scratches;    /* only ever added to; in each one thread at a time */
    _Atomic uint64_t epoch;              /* from 1; moves on when something is retired */
    _Atomic uint64_t changes;            /* rules of changes up to this one are there whole */
    _Atomic uint64_t count;
    struct {
        pthread_mutex_t lock;
        lii_plan plan;
        lii_retired_core *retired;       /* replaced since what waits was */
        lii_retired_core *waiting;       /* may be freed once no reader is from waiting_epoch or before */
        lii_slots *waiting_slots;
        lii_filter *waiting_filters;
        uint64_t waiting_epoch;          /* 0: nothing waits */
    } locked;
} lii_matcher;

/* An owner of so many bytes, zero but for the matcher that it begins with; allocator and options as given by the caller.
 * LI_E_NOMEM, LI_E_INVALID, LI_E_NOTSUP: *owner is untouched. */
li_status lii_matcher_new(size_t size, const li_allocator *allocator, const li_pattern_options *options, lii_matcher **owner);
/* The owner's memory, and all of the matcher's. */
void lii_matcher_free(lii_matcher *owner);

li_status lii_matcher_add(lii_matcher *m, uint64_t id, const char *text, size_t len, li_pattern_error *error);
/* The same of a plan that has been read: the caller's, looked at and changed by him. */
li_status lii_matcher_add_plan(lii_matcher *m, uint64_t id, const lii_plan *plan);
li_status lii_matcher_remove(lii_matcher *m, uint64_t id);

/* A scratch that has begun, or NULL and *status. */
lii_scratch *lii_matcher_enter(lii_matcher *m, li_status *status);
void lii_matcher_leave(lii_scratch *s);

/* What is matched: an event, or attributes. */
typedef struct lii_subject {
    const char *event;
    size_t len;
    const li_pattern_attribute *attributes;  /* NULL with n_attributes 0 and no event: none */
    size_t n_attributes;
    int is_event;
} lii_subject;

/* Read it into a scratch. */
li_status lii_matcher_read(lii_matcher *m, lii_scratch *s, const lii_subject *subject, li_error *err);
li_status lii_matcher_match(lii_matcher *m, const lii_subject *subject, li_error *err,
                            int32_t (*each)(void *user, uint64_t id), void *user);

/* Attributes into a scratch that has begun. */
li_status lii_walk_attributes(lii_scratch *s, const li_pattern_attribute *attributes, size_t n, li_error *err);

#endif
