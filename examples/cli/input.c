/* input.c - lines of files or of standard input. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static int each_line_of(const char *command, FILE *file, const char *name,
                        int (*each)(void *user, const char *line, size_t len, size_t number), void *user)
{
    char *line = NULL;
    size_t size = 0, number = 0;
    int status = CLI_OK;
    ssize_t len;

    while (status == CLI_OK && (len = getline(&line, &size, file)) >= 0) {
        if (len > 0 && line[len - 1] == '\n')
            len--;
        status = each(user, line, (size_t)len, ++number);
    }
    if (status == CLI_OK && ferror(file))
        status = cli_fail(command, "%s: %s", name, strerror(errno));
    free(line);
    return status;
}

int cli_each_line(const char *command, char **files, int n_files,
                  int (*each)(void *user, const char *line, size_t len, size_t number), void *user)
{
    int i, status = CLI_OK;

    if (n_files == 0)
        return each_line_of(command, stdin, "standard input", each, user);
    for (i = 0; i < n_files && status == CLI_OK; i++) {
        FILE *file = strcmp(files[i], "-") == 0 ? stdin : fopen(files[i], "re");

        if (file == NULL)
            return cli_fail(command, "%s: %s", files[i], strerror(errno));
        status = each_line_of(command, file, files[i], each, user);
        if (file != stdin)
            fclose(file);
    }
    return status;
}

int cli_flush(const char *command)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return CLI_OK;
    return cli_fail(command, "standard output: %s", strerror(errno));
}
