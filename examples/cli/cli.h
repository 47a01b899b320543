/* cli.h - what the commands of lambdainvoke share: one file a command, one row a command in main.c. */
#ifndef CLI_H
#define CLI_H

#include <stddef.h>
#include <stdio.h>

/* Exit statuses. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

typedef struct cli_command {
    const char *name;
    const char *arguments;                  /* for the usage line */
    const char *summary;                    /* half a line, for the list */
    const char *help;                       /* what --help prints after the usage line */
    int (*run)(int argc, char **argv);      /* argv[0] is the command's name; returns the exit status */
} cli_command;

extern const cli_command cli_event;
extern const cli_command cli_invoke;
extern const cli_command cli_trigger;
extern const cli_command cli_schedule;
extern const cli_command cli_match;
extern const cli_command cli_queue;

/* "lambdainvoke COMMAND: what: value" and where help is, on stderr; value may be NULL. Returns CLI_USAGE. */
int cli_usage(const char *command, const char *what, const char *value);

/* "lambdainvoke COMMAND: …" on stderr. Returns CLI_FAILED. */
int cli_fail(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Each line of the files (none, or "-": standard input) without its newline; each() returning other than CLI_OK ends the
 * walk. Returns what each() returned last, or CLI_FAILED when a file cannot be read. */
int cli_each_line(const char *command, char **files, int n_files,
                  int (*each)(void *user, const char *line, size_t len, size_t number), void *user);

/* CLI_FAILED when what was printed could not be written. */
int cli_flush(const char *command);

#endif
