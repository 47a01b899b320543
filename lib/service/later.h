/* later.h - operations whose function answers another way than by what it returns: at a URL that its event named. The
 * registry of an engine keeps those that wait, each until its answer or its time-out. */
#ifndef LII_SERVICE_LATER_H
#define LII_SERVICE_LATER_H

#include "trigger/trigger.h"

/* First in an operation of a kind's own. */
typedef struct lii_later {
    atomic_uint refs;            /* the registry's while it waits or its timer may run; whoever else retains it */
    li_engine *engine;
    const lii_trigger_kind *kind;
    void (*late)(struct lii_later *op);   /* its time-out came: it is out of the registry; no lock is held */
    void (*end)(struct lii_later *op);    /* no reference is left */
    lii_timer timer;
    struct lii_later *next;      /* of those whose timer has run */
    char token[LI_ID_TEXT_SIZE]; /* what an answer names it by */
} lii_later;

/* A zeroed block with kind, late and end filled gets a token and waits. Nobody may use it before. LI_E_NOMEM: it is not
 * there, and the caller's. Else the registry has a reference, and the caller one. */
li_status lii_later_begin(lii_later *op, uint64_t timeout_ms);
void lii_later_move(lii_later *op, uint64_t timeout_ms);   /* one that waits: the time-out, from now on */
/* Out of the registry: 1 for the one caller that took it, whose reference the registry's becomes. */
int lii_later_take(lii_later *op);
/* The one that a URL or token names, with a reference more, still waiting; NULL: there is none. */
lii_later *lii_later_find(li_engine *engine, const lii_trigger_kind *kind, li_slice name);
void lii_later_release(lii_later *op);

#endif
