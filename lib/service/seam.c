/* seam.c - in the shared part only: the framework's functions by their names, each a call through the core's table. */
#include "trigger/seam.h"

#include "service/services.h"

/* The same table for every engine of the process; set before any of its users can run. */
static _Atomic(const lii_trigger_seam *) table;

void lii_services_attach(const lii_trigger_seam *seam)
{
    atomic_store_explicit(&table, seam, memory_order_release);   /* pairs with the acquire of each call */
}

#define SEAM_F(type, name, parameters, arguments)                             \
    type name parameters                                                      \
    {                                                                         \
        return atomic_load_explicit(&table, memory_order_acquire)->name arguments; \
    }
#define SEAM_V(name, parameters, arguments)                                   \
    void name parameters                                                      \
    {                                                                         \
        atomic_load_explicit(&table, memory_order_acquire)->name arguments;   \
    }
LII_SEAM_MAP(SEAM_F, SEAM_V)
