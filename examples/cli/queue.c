/* queue.c - lambdainvoke queue check | export | backup: what is in a file of lambdainvoked --queue sqlite:FILE. */
#include <string.h>

#include "cli.h"

#ifdef CLI_SQLITE
#include <lambdainvoke/sqlite.h>

static void say_line(void *user, const char *line)
{
    (void)user;
    printf("  %s\n", line);
}

static li_status write_text(void *user, const char *text, size_t len)
{
    (void)user;
    return fwrite(text, 1, len, stdout) == len ? LI_OK : LI_E_IO;
}

static int check(const char *path)
{
    li_sqlite_report r = LI_SQLITE_REPORT_INIT;
    li_error err = LI_ERROR_INIT;
    li_status status = li_sqlite_check(path, LI_Z, &r, say_line, NULL, &err);

    if (status != LI_OK && status != LI_E_CORRUPT)
        return cli_fail("queue", "%s", err.text);
    if (r.schema > 0)
        printf("%s: %llu events, %llu bytes; %llu settings; %llu damaged, %llu set aside; %llu frames at the log's end never committed; "
               "schema %u%s\n", path, (unsigned long long)r.events, (unsigned long long)r.bytes, (unsigned long long)r.settings,
               (unsigned long long)r.damaged, (unsigned long long)r.quarantined, (unsigned long long)r.torn_frames, r.schema,
               r.is_virtual ? ", of a virtual clock" : "");
    return status == LI_OK ? cli_flush("queue") : cli_fail("queue", "%s", err.text);
}

static int export(const char *path)
{
    li_error err = LI_ERROR_INIT;
    li_status status = li_sqlite_export(path, LI_Z, NULL, write_text, NULL, &err);

    if (status != LI_OK)
        return cli_fail("queue", "%s", err.text[0] ? err.text : li_strerror(status));
    return cli_flush("queue");
}

static int backup(const char *path, const char *to)
{
    li_error err = LI_ERROR_INIT;

    return li_sqlite_backup(path, LI_Z, to, LI_Z, &err) == LI_OK ? CLI_OK : cli_fail("queue", "%s", err.text);
}

static int run(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "check") == 0)
        return check(argv[2]);
    if (argc == 3 && strcmp(argv[1], "export") == 0)
        return export(argv[2]);
    if (argc == 4 && strcmp(argv[1], "backup") == 0)
        return backup(argv[2], argv[3]);
    return cli_usage("queue", "check FILE, export FILE or backup FILE TO is needed", NULL);
}
#else
static int run(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return cli_fail("queue", "this lambdainvoke was built without SQLite");
}
#endif

const cli_command cli_queue = {
    "queue", "check FILE | export FILE | backup FILE TO", "a file of events: looked over, read out, copied",
    "check FILE       looks over structure, log and every row, and changes nothing; status 1 when something is damaged\n"
    "export FILE      prints what can be read as JSON lines, {\"event\": {...}} and {\"setting\": {...}}; status 1 when\n"
    "                 something had to be left out\n"
    "backup FILE TO   copies it as of one moment, also while it is in use; TO must not exist\n",
    run
};
