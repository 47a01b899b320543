/* main.c - runs the Check suites: all of them, or those whose topics are the arguments. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUITE(topic) Suite *suite_##topic(void);
#include "suites.h"
#undef SUITE

typedef struct topic {
    const char *name;
    Suite *(*suite)(void);
} topic;

#define SUITE(topic) { #topic, suite_##topic },
static const topic topics[] = {
#include "suites.h"
    { NULL, NULL }
};
#undef SUITE

static int is_wanted(const char *name, int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return 1;
    return argc == 1;
}

int main(int argc, char **argv)
{
    SRunner *runner = srunner_create(NULL);
    const topic *t;
    int n_failed, n_suites = 0;

    for (t = topics; t->name != NULL; t++)
        if (is_wanted(t->name, argc, argv)) {
            srunner_add_suite(runner, t->suite());
            n_suites++;
        }
    if (n_suites == 0) {
        fprintf(stderr, "no such suite\n");
        srunner_free(runner);
        return EXIT_FAILURE;
    }
    srunner_run_all(runner, getenv("CK_VERBOSITY") ? CK_ENV : CK_NORMAL);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
