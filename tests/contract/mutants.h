/* mutants.h - backends that are wrong in one way each: the contract must say so. */
#ifndef TESTS_MUTANTS_H
#define TESTS_MUTANTS_H

#include <lambdainvoke/lambdainvoke.h>

/* Put a fault between a queue or store and its user; rule names what it breaks. The queue is freed with what it is in. */
void mutate_queue(const char *rule, li_queue *queue);
void mutate_store(const char *rule, li_store *store);

#endif
