/* number.h - numbers in texts of people: rules, patterns and log lines. */
#ifndef LII_SERVICE_NUMBER_H
#define LII_SERVICE_NUMBER_H

#include "base/slice.h"

/* The whole text, of at most 63 characters: 5, -0.25, 1e3. 0: it is no number. The same in every locale. */
int lii_number_read(li_slice text, double *number);

#endif
