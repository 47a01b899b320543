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
    "  --account N             account of 12 digits (000000000000)\n"
    "  --region R              region (us-east-1)\n"
    "  --workers N             threads that run handlers on the real clock (number of processors)\n"
    "  --admin                 serve /_lambdainvoke/ beyond health; loopback only\n"
    "  --demo                  set up a trigger, a schedule and a queue mapping to play with\n"
    "  --no-auth               allow an address beyond loopback although nobody is authenticated\n"
    "  --help, --version\n";

static int bad(const char *what, const char *value)
{
    fprintf(stderr, "lambdainvoked: %s%s%s\nTry: lambdainvoked --help\n", what, value ? ": " : "", value ? value : "");
    return 2;
}

static int read_listen(host_options *o, const char *text)
{
    const char *colon = strrchr(text, ':');
    char *end;
    unsigned long port;
    size_t n;

    if (!colon || colon[1] == '\0')
        return -1;
    port = strtoul(colon + 1, &end, 10);
    if (*end || port > 65535)
        return -1;
    n = (size_t)(colon - text);
    if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
        text++;
        n -= 2;
    }
    if (n == 0 || n >= sizeof o->address)
        return -1;
    memcpy(o->address, text, n);
    o->address[n] = '\0';
    o->port = (uint16_t)port;
    return 0;
}

static int is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static int read_clock(const char *text)
{
    static const char *const kinds[] = { "real", "virtual", "virtual-auto" };
    int i;

    for (i = 0; i < 3; i++)
        if (strcmp(text, kinds[i]) == 0)
            return i;
    return -1;
}

static int check(const host_options *o)
{
    if (!is_loopback(o->address) && o->admin)
        return bad("--admin is for loopback addresses only, not", o->address);
    if (!is_loopback(o->address) && !o->no_auth)
        return bad("beyond loopback nobody is authenticated; give --no-auth to listen there all the same", o->address);
    return 0;
}

int options_read(host_options *o, int argc, char **argv, int *exit_status)
{
    enum { LISTEN = 256, PORT_FILE, HANDLERS, CLOCK, ACCOUNT, REGION, WORKERS, ADMIN, DEMO, NO_AUTH, HELP, VERSION };
    static const struct option table[] = {
        { "listen", 1, NULL, LISTEN },   { "port-file", 1, NULL, PORT_FILE }, { "handlers", 1, NULL, HANDLERS },
        { "clock", 1, NULL, CLOCK },     { "account", 1, NULL, ACCOUNT },     { "region", 1, NULL, REGION },
        { "workers", 1, NULL, WORKERS }, { "admin", 0, NULL, ADMIN },         { "demo", 0, NULL, DEMO },
        { "no-auth", 0, NULL, NO_AUTH }, { "help", 0, NULL, HELP },           { "version", 0, NULL, VERSION },
        { NULL, 0, NULL, 0 }
    };
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    char *end;
    int c;

    memset(o, 0, sizeof *o);
    read_listen(o, "127.0.0.1:9001");
    o->account = "000000000000";
    o->region = "us-east-1";
    o->workers = cores > 0 ? (unsigned)cores : 1;
    *exit_status = 0;
    while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (c) {
        case LISTEN:
            if (read_listen(o, optarg) != 0)
                return *exit_status = bad("--listen takes ADDRESS:PORT, not", optarg);
            break;
        case PORT_FILE:
            o->port_file = optarg;
            break;
        case HANDLERS:
            if (o->n_modules == MAX_MODULES)
                return *exit_status = bad("too many --handlers", NULL);
            o->modules[o->n_modules++] = optarg;
            break;
        case CLOCK:
            o->clock = read_clock(optarg);
            if (o->clock < 0)
                return *exit_status = bad("--clock is real, virtual or virtual-auto, not", optarg);
            break;
        case ACCOUNT:
            o->account = optarg;
            break;
        case REGION:
            o->region = optarg;
            break;
        case WORKERS:
            o->workers = (unsigned)strtoul(optarg, &end, 10);
            if (*end || o->workers < 1 || o->workers > 256)
                return *exit_status = bad("--workers is 1 to 256, not", optarg);
            break;
        case ADMIN:
            o->admin = 1;
            break;
        case DEMO:
            o->demo = 1;
            break;
        case NO_AUTH:
            o->no_auth = 1;
            break;
        case HELP:
            fputs(help, stdout);
            return 1;
        case VERSION:
            printf("lambdainvoked %s\n", li_version());
            return 1;
        default:
            fputs("Try: lambdainvoked --help\n", stderr);
            return *exit_status = 2;
        }
    }
    if (optind < argc)
        return *exit_status = bad("not an option", argv[optind]);
    return *exit_status = check(o);
}
