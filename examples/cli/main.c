/* main.c - lambdainvoke: the library's tools on the command line. A command is a row here and a file beside. */
#include <stdarg.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>

#include "cli.h"

static const cli_command *const commands[] = {
    &cli_queue,
    &cli_event,
    &cli_invoke,
    &cli_trigger,
    &cli_schedule,
    &cli_match,
    NULL
};

static const cli_command *find(const char *name)
{
    size_t i;

    for (i = 0; commands[i] != NULL; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

int cli_usage(const char *command, const char *what, const char *value)
{
    fprintf(stderr, "lambdainvoke%s%s: %s%s%s\nTry: lambdainvoke%s%s --help\n", command ? " " : "", command ? command : "", what,
            value ? ": " : "", value ? value : "", command ? " " : "", command ? command : "");
    return CLI_USAGE;
}

int cli_fail(const char *command, const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fprintf(stderr, "lambdainvoke %s: ", command);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return CLI_FAILED;
}

static int help(void)
{
    size_t i;

    printf("usage: lambdainvoke COMMAND [argument ...]\n\n");
    for (i = 0; commands[i] != NULL; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    printf("\n  --help, --version\n`lambdainvoke COMMAND --help` says more about one.\n");
    return cli_flush("help");
}

static int help_of(const cli_command *command)
{
    printf("usage: lambdainvoke %s %s\n%s", command->name, command->arguments, command->help);
    return cli_flush(command->name);
}

/* --help anywhere before "--". */
static int asks_for_help(int argc, char **argv)
{
    int i;

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0)
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    const cli_command *command;

    if (argc < 2)
        return cli_usage(NULL, "a command is needed", NULL);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return help();
    if (strcmp(argv[1], "--version") == 0) {
        printf("lambdainvoke %s\n", li_version());
        return cli_flush("--version");
    }
    command = find(argv[1]);
    if (command == NULL)
        return cli_usage(NULL, "no such command", argv[1]);
    if (asks_for_help(argc - 1, argv + 1))
        return help_of(command);
    return command->run(argc - 1, argv + 1);
}
