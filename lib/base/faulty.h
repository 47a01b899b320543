/* faulty.h - what decorators ask before they hand a call on: the rules of testing.h, their counts, and replies held back.
 * Its own memory is malloc's: what makes others fail must not fail with them. */
#ifndef LII_BASE_FAULTY_H
#define LII_BASE_FAULTY_H

#include <pthread.h>

#include <lambdainvoke/testing.h>

#include "base/fault.h"

enum { LII_FAULTY_RULES = 32, LII_FAULTY_METHODS = 32, LII_FAULTY_NAME = 24 };

/* What becomes of one call. */
typedef struct lii_faulty_verdict {
    int32_t action;      /* LI_FAULTY_*; 0: nothing */
    li_status status;
    int32_t system_error;
    int64_t jump_ms;
} lii_faulty_verdict;

typedef struct lii_faulty_reply {
    struct lii_faulty_reply *next;
    void (*done)(void *user, li_status status);
    void *user;
    li_status status;
} lii_faulty_reply;

typedef struct lii_faulty_kept {
    struct lii_faulty_kept *next;
    uint64_t part[];                 /* aligned for any member of a part */
} lii_faulty_kept;

struct li_faulty {
    pthread_mutex_t lock;            /* a leaf: nothing is called under it */
    size_t refs;                     /* the owner's and each decorator's */
    lii_random random;
    size_t n_rules;
    struct {
        lii_fault_count count;
        lii_faulty_verdict verdict;
        char method[LII_FAULTY_NAME];
    } rules[LII_FAULTY_RULES];
    size_t n_methods;
    struct {
        const char *name;            /* static */
        uint64_t calls;
        uint64_t fired;
    } methods[LII_FAULTY_METHODS];
    lii_faulty_reply *held_first;
    lii_faulty_reply *held_last;
    struct lii_faulty_kept *kept;    /* parts that end with it */
    li_allocator inner;              /* of li_faulty_allocator */
    uint64_t blocks;
    uint64_t bytes;
};

/* Count a call of a method and say what becomes of it; method is static text. */
lii_faulty_verdict lii_faulty_ask(li_faulty *faulty, const char *method);
void lii_faulty_retain(li_faulty *faulty);
void lii_faulty_release(li_faulty *faulty);
/* Keep a reply for li_faulty_let_go; without memory for that it is given at once. */
void lii_faulty_hold(li_faulty *faulty, void (*done)(void *user, li_status status), void *user, li_status status);
/* Memory of the decorators: parts that are freed by their owner, and parts that live as long as faulty. */
void *lii_faulty_new_part(li_faulty *faulty, size_t size); /* zeroed, and retains faulty; NULL: no memory */
void lii_faulty_free_part(li_faulty *faulty, void *part);
void *lii_faulty_keep_part(li_faulty *faulty, size_t size);

#endif
