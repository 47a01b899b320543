/* options.c - the command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

static const char help[] =
    "usage: lambdainvoked [option ...]\n"
    "Serves the Lambda API on one address, with functions from modules of C handlers.\n"
    "\n"
    "  --listen ADDRESS:PORT   where to listen (127.0.0.1:9001); port 0 picks a free one\n"
    "  --port-file FILE        write ADDRESS:PORT there once it listens\n"
    "  --handlers FILE.so      load a module of handlers; may be given again\n"
    "  --clock KIND            real, virtual (moves by POST /_lambdainvoke/clock) or virtual-auto\n"
    "                          (moves by itself while clients wait)\n"
    "  --queue URI             events in memory: or in sqlite:FILE[?sync=interval|none&quota=BYTES&cache=BYTES]\n"
    "  --data DIR              settings, and events without --queue, in DIR: they are there after a restart\n"
    "  --account N, --region R account of 12 digits (000000000000), region (us-east-1)\n"
    "  --workers N             threads that run handlers on the real clock (number of processors)\n"
    "  --idle SECONDS          close connections that are silent for so long (60)\n"
    "  --admin                 serve /_lambdainvoke/ beyond health; loopback only\n"
    "  --no-auth               allow an address beyond loopback although nobody is authenticated\n"
    "  --help, --version\n";

enum { LISTEN = 256, PORT_FILE, ACCOUNT, REGION, QUEUE, DATA, HANDLERS, CLOCK, WORKERS, IDLE, HELP, VERSION };

static int bad(const char *what, const char *value)
{
    fprintf(stderr, "lambdainvoked: %s%s%s\nTry: lambdainvoked --help\n", what, value ? ": " : "", value ? value : "");
    return 2;
}

static int read_listen(host_options *o, const char *text)
{
    const char *colon = strrchr(text, ':');
    int in_brackets = text[0] == '[' && colon && colon - text >= 2 && colon[-1] == ']';
    size_t n = colon ? (size_t)(colon - text) - (in_brackets ? 2 : 0) : 0;
    char *end = NULL;
    unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;

    if (n == 0 || n >= sizeof o->address || colon[1] == '\0' || *end || port > 65535)
        return -1;
    snprintf(o->address, sizeof o->address, "%.*s", (int)n, text + in_brackets);
    o->port = (uint16_t)port;
    return 0;
}

/* One option: where its text goes, or a flag to set, or a reader of its own. */
static int take(host_options *o, int which, const char *value)
{
    static const char *const clocks[] = { "real", "virtual", "virtual-auto" };
    char *end;

    switch (which) {
    case IDLE:
        o->idle = (unsigned)strtoul(value, &end, 10);
        return !*end && o->idle >= 1 && o->idle <= 86400 ? 0 : bad("--idle is 1 to 86400 seconds, not", value);
    case LISTEN:
        return read_listen(o, value) == 0 ? 0 : bad("--listen takes ADDRESS:PORT, not", value);
    case CLOCK:
        for (o->clock = 0; o->clock < 3 && strcmp(value, clocks[o->clock]) != 0;)
            o->clock++;
        return o->clock < 3 ? 0 : bad("--clock is real, virtual or virtual-auto, not", value);
    case HANDLERS:
        return o->n_modules == MAX_MODULES ? bad("too many --handlers", NULL) : (o->modules[o->n_modules++] = value, 0);
    case WORKERS:
        o->workers = (unsigned)strtoul(value, &end, 10);
        return !*end && o->workers >= 1 && o->workers <= 256 ? 0 : bad("--workers is 1 to 256, not", value);
    default:                     /* a text as it is */
        *(const char **[]){ &o->port_file, &o->account, &o->region, &o->queue, &o->data }[which - PORT_FILE] = value;
        return 0;
    }
}

int options_read(host_options *o, int argc, char **argv, int *exit_status)
{
    const struct option table[] = {
        { "listen", 1, NULL, LISTEN },       { "port-file", 1, NULL, PORT_FILE },   { "handlers", 1, NULL, HANDLERS }, { "clock", 1, NULL, CLOCK },
        { "account", 1, NULL, ACCOUNT },     { "region", 1, NULL, REGION },         { "workers", 1, NULL, WORKERS },   { "queue", 1, NULL, QUEUE },
        { "data", 1, NULL, DATA },           { "admin", 0, &o->admin, 1 },          { "no-auth", 0, &o->no_auth, 1 },  { "idle", 1, NULL, IDLE },
        { "help", 0, NULL, HELP },           { "version", 0, NULL, VERSION },       { NULL, 0, NULL, 0 }
    };
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int c;

    memset(o, 0, sizeof *o);
    read_listen(o, "127.0.0.1:9001");
    o->account = "000000000000";
    o->region = "us-east-1";
    o->idle = 60;
    o->workers = cores > 0 ? (unsigned)cores : 1;
    while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (c == HELP || c == VERSION)
            return (c == HELP ? fputs(help, stdout) : printf("lambdainvoked %s\n", li_version())) >= 0;
        if (c == '?')
            return *exit_status = bad("see above", NULL);
        if (c != 0 && (*exit_status = take(o, c, optarg)) != 0)
            return 1;
    }
    if (optind < argc)
        return *exit_status = bad("not an option", argv[optind]);
    if (strncmp(o->address, "127.", 4) == 0 || strcmp(o->address, "::1") == 0)
        return 0;
    if (o->admin)
        return *exit_status = bad("--admin is for loopback addresses only, not", o->address);
    return o->no_auth ? 0 : (*exit_status = bad("beyond loopback nobody is authenticated; give --no-auth to listen there all the same", o->address));
}
