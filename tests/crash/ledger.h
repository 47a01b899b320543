/* ledger.h - what the module in the host notes for the program outside: fixed records, appended, so that a kill cuts none. */
#ifndef CRASH_LEDGER_H
#define CRASH_LEDGER_H

#include <lambdainvoke/lambdainvoke.h>

enum { NOTE_START = 'S', NOTE_END = 'E', NOTE_DELIVERY = 'D', NOTE_TERMINAL = 'T', NOTE_QUARANTINED = 'Q' };

typedef struct note {
    char kind;
    uint8_t attempt;
    uint8_t state;               /* TERMINAL: LI_STEP_* */
    uint8_t reserved;
    uint32_t pid;
    li_id id;
    uint64_t at_ms;              /* DELIVERY, TERMINAL: when; START: when the event was accepted, as its payload says */
} note;

#endif
