/* event.c - lambdainvoke event: sample events of services. */
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/sample.h>

#include "cli.h"

/* ---- lists */

typedef struct listing {
    const char *service;         /* NULL: all */
    size_t n_found;
} listing;

static void print_parameters(const li_sample_info *info)
{
    size_t i;

    for (i = 0; i < info->n_parameters; i++)
        printf("  --%-20.*s %.*s\n", (int)info->parameters[i].name.len, info->parameters[i].name.ptr,
               (int)info->parameters[i].standard.len, info->parameters[i].standard.ptr);
}

static void list(void *user, const li_sample_info *info)
{
    listing *l = user;

    if (l->service && (strlen(l->service) != info->service.len || memcmp(l->service, info->service.ptr, info->service.len) != 0))
        return;
    l->n_found++;
    printf("%.*s %.*s\n", (int)info->service.len, info->service.ptr, (int)info->event.len, info->event.ptr);
    if (l->service)
        print_parameters(info);
}

static void nothing(void *user, const char *data, size_t len)
{
    (void)user;
    (void)data;
    (void)len;
}

static int print_list(const char *service)
{
    li_error err = LI_ERROR_INIT;
    listing l = { service, 0 };

    li_event_sample_each(list, &l);
    if (l.n_found == 0) {
        li_event_sample(NULL, service, LI_Z, "", 0, NULL, 0, nothing, NULL, &err);
        return cli_fail("event", "%s; `lambdainvoke event` lists them", err.text);
    }
    return cli_flush("event");
}

/* ---- one event */

static void print(void *user, const char *data, size_t len)
{
    (void)user;
    fwrite(data, 1, len, stdout);
}

/* One of name=value, --name=value, and --name value, which takes two arguments. Returns how many it took, or 0. */
static int read_value(char **argv, int left, li_sample_value *out)
{
    const char *name = argv[0], *equals = strchr(argv[0], '=');

    if (strncmp(name, "--", 2) == 0)
        name += 2;
    else if (!equals)
        return 0;
    if (!equals && left < 2)
        return 0;
    out->name.ptr = name;
    out->name.len = equals ? (size_t)(equals - name) : strlen(name);
    out->value = li_z(equals ? equals + 1 : argv[1]);
    return equals ? 1 : 2;
}

static int print_event(int argc, char **argv)
{
    li_sample_value *values = calloc((size_t)argc, sizeof *values);
    li_error err = LI_ERROR_INIT;
    size_t n = 0;
    int i, took, status = CLI_OK;

    if (!values)
        return cli_fail("event", "no memory");
    for (i = 2; i < argc && status == CLI_OK; i += took) {
        took = read_value(argv + i, argc - i, &values[n]);
        n++;
        if (took == 0)
            status = cli_usage("event",
                               strncmp(argv[i], "--", 2) == 0 ? "a value is missing" : "neither name=value nor --name value",
                               argv[i]);
    }
    if (status == CLI_OK && li_event_sample(NULL, argv[0], LI_Z, argv[1], LI_Z, values, n, print, NULL, &err) != LI_OK)
        status = cli_fail("event", "%s", err.text);
    free(values);
    return status == CLI_OK ? cli_flush("event") : status;
}

static int run(int argc, char **argv)
{
    if (argc > 1 && argv[1][0] == '-')
        return cli_usage("event", "a service comes first", argv[1]);
    return argc < 3 ? print_list(argv[1]) : print_event(argc - 1, argv + 1);
}

const cli_command cli_event = {
    "event", "[SERVICE [EVENT [NAME=VALUE | --NAME VALUE ...]]]", "a sample event of a service",
    "Prints a sample event, one JSON document; the same arguments give the same bytes.\n"
    "Without an event it lists the events of a service with their parameters and standard values, without a service all\n"
    "events. Services, events, parameters and standard values are those of `sam local generate-event`, and more.\n"
    "\n"
    "  lambdainvoke event s3 put --bucket uploads --key 'my cat.jpg'\n"
    "  lambdainvoke event sqs receive-message body='{\"a\":1}' --count 10\n"
    "\n"
    "Exit status: 0; 1 no such event or parameter, or a value that is not valid; 2 usage.\n",
    run
};
