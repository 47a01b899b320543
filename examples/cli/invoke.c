/* invoke.c - lambdainvoke invoke: a function of a host is called, its answer printed. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "http.h"

enum { ENDPOINT = 256, PAYLOAD, PAYLOAD_FILE, TYPE, QUALIFIER, LOG, HELP };

typedef struct request {
    const char *function, *endpoint, *payload, *file, *type, *qualifier;
    int log;
} request;

/* 0: go on; 1: *exit_status is the program's. */
static int read_options(request *r, int argc, char **argv, int *exit_status)
{
    static const struct option table[] = { { "endpoint", 1, NULL, ENDPOINT }, { "payload", 1, NULL, PAYLOAD },
                                           { "payload-file", 1, NULL, PAYLOAD_FILE }, { "type", 1, NULL, TYPE },
                                           { "qualifier", 1, NULL, QUALIFIER }, { "log", 0, NULL, LOG },
                                           { NULL, 0, NULL, 0 } };
    int c;

    memset(r, 0, sizeof *r);
    optind = 1;
    while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (c) {
        case ENDPOINT: r->endpoint = optarg; break;
        case PAYLOAD: r->payload = optarg; break;
        case PAYLOAD_FILE: r->file = optarg; break;
        case TYPE: r->type = optarg; break;
        case QUALIFIER: r->qualifier = optarg; break;
        case LOG: r->log = 1; break;
        default: return *exit_status = cli_usage("invoke", "see above", NULL);
        }
    }
    if (optind + 1 != argc)
        return *exit_status = cli_usage("invoke", optind == argc ? "which function?" : "one function only", NULL);
    if (r->payload && r->file)
        return *exit_status = cli_usage("invoke", "--payload or --payload-file, not both", NULL);
    r->function = argv[optind];
    return 0;
}

/* The part of a path as it may stand there. */
static void escape(const char *text, char *out, size_t size)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t n = 0;

    for (; *text && n + 4 < size; text++) {
        unsigned char c = (unsigned char)*text;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-_.:$", c)) {
            out[n++] = (char)c;
        } else {
            out[n++] = '%';
            out[n++] = hex[c >> 4];
            out[n++] = hex[c & 15];
        }
    }
    out[n] = '\0';
}

static size_t decode_base64(char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0, have = 0;
    size_t n = 0;
    char *p;

    for (p = text; *p && *p != '='; p++) {
        const char *digit = strchr(digits, *p);

        if (!digit)
            continue;
        bits = bits << 6 | (unsigned)(digit - digits);
        have += 6;
        if (have >= 8) {
            have -= 8;
            text[n++] = (char)(bits >> have & 0xFF);
        }
    }
    return n;
}

static int show(const request *r, cli_reply *reply)
{
    char error[64], log[8192];

    if (r->log && cli_http_header(reply, "X-Amz-Log-Result", log, sizeof log))
        fwrite(log, 1, decode_base64(log), stderr);
    fwrite(reply->body, 1, reply->body_len, stdout);
    if (reply->body_len > 0 && reply->body[reply->body_len - 1] != '\n')
        putchar('\n');
    if (reply->status >= 300)
        return cli_fail("invoke", "the host answers %d", reply->status);
    if (cli_http_header(reply, "X-Amz-Function-Error", error, sizeof error))
        return cli_fail("invoke", "the function failed (%s)", error);
    return cli_flush("invoke");
}

static int run(int argc, char **argv)
{
    char path[1200], function[600], qualifier[400] = "", headers[200];
    char *file = NULL;
    const char *body;
    cli_reply reply;
    size_t len;
    request r;
    int status = CLI_OK;

    if (read_options(&r, argc, argv, &status))
        return status;
    if (r.file) {
        file = cli_read_file("invoke", r.file, &len);
        if (!file)
            return CLI_FAILED;
    }
    body = file ? file : r.payload ? r.payload : "{}";
    len = file ? len : strlen(body);
    escape(r.function, function, sizeof function);
    if (r.qualifier)
        escape(r.qualifier, qualifier, sizeof qualifier);
    snprintf(path, sizeof path, "/2015-03-31/functions/%s/invocations%s%s", function, r.qualifier ? "?Qualifier=" : "", qualifier);
    snprintf(headers, sizeof headers, "Content-Type: application/json\r\nX-Amz-Invocation-Type: %.40s\r\n%s",
             r.type ? r.type : "RequestResponse", r.log ? "X-Amz-Log-Type: Tail\r\n" : "");
    status = cli_http("invoke", r.endpoint, "POST", path, headers, body, len, &reply);
    free(file);
    if (status != CLI_OK)
        return status;
    status = show(&r, &reply);
    free(reply.text);
    return status;
}

const cli_command cli_invoke = {
    "invoke", "FUNCTION [option ...]", "call a function of a running lambdainvoked",
    "Calls a function and prints its answer.\n"
    "\n"
    "  --payload JSON       what it gets ({})\n"
    "  --payload-file FILE  the same from a file; - is standard input\n"
    "  --type T             RequestResponse, Event or DryRun\n"
    "  --qualifier Q        version or alias\n"
    "  --log                the end of its log on standard error\n"
    "  --endpoint URL       http://HOST:PORT (LAMBDAINVOKE_ENDPOINT, else http://127.0.0.1:9001)\n"
    "\n"
    "The exit status is 1 when the host refuses or the function fails.\n",
    run
};
