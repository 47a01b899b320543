/* trigger.c - lambdainvoke trigger: the triggers of a host. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli.h"
#include "http.h"
#include "json/scan.h"
#include "json/write.h"

enum { ENDPOINT = 256, FUNCTION, ID, OPTIONS, DISABLED, FORM, SAMPLE };

typedef struct request {
    const char *endpoint, *function, *id, *options, *sample;
    int is_disabled, is_form;
    char **words;
    int n_words;
} request;

static int read_options(request *r, int argc, char **argv, int *exit_status)
{
    static const struct option table[] = { { "endpoint", 1, NULL, ENDPOINT }, { "function", 1, NULL, FUNCTION },
                                           { "id", 1, NULL, ID }, { "options", 1, NULL, OPTIONS },
                                           { "disabled", 0, NULL, DISABLED }, { "form", 0, NULL, FORM }, { "sample", 1, NULL, SAMPLE }, { NULL, 0, NULL, 0 } };
    int c;

    memset(r, 0, sizeof *r);
    optind = 1;
    while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (c) {
        case ENDPOINT: r->endpoint = optarg; break;
        case FUNCTION: r->function = optarg; break;
        case ID: r->id = optarg; break;
        case OPTIONS: r->options = optarg; break;
        case DISABLED: r->is_disabled = 1; break;
        case FORM: r->is_form = 1; break;
        case SAMPLE: r->sample = optarg; break;
        default: return *exit_status = cli_usage("trigger", "see above", NULL);
        }
    }
    r->words = argv + optind;
    r->n_words = argc - optind;
    if (r->n_words == 0)
        return *exit_status = cli_usage("trigger", "list, add, preview, remove, enable, disable, kinds or occur?", NULL);
    return 0;
}

static int is(const request *r, const char *verb, int n_words)
{
    return strcmp(r->words[0], verb) == 0 && r->n_words == n_words;
}

/* ---- what comes back */

static void print_text(lii_json_value object, const char *name, const char *end)
{
    lii_json_value value = lii_json_get(object, name, LI_Z);
    char text[1200];
    size_t n = lii_json_text(value, text, sizeof text);

    printf("%.*s%s", (int)(n < sizeof text ? n : sizeof text), text, end);
}

/* A line a trigger: id, kind, state, last result, function, source, options. */
static void print_list(lii_json_value list)
{
    lii_json_value t, options;
    size_t at = 0;

    while (lii_json_next(list, &at, NULL, &t)) {
        options = lii_json_get(t, "Options", LI_Z);
        print_text(t, "Id", "\t");
        print_text(t, "Kind", "\t");
        print_text(t, "State", "\t");
        print_text(t, "LastResult", "\t");
        print_text(t, "FunctionName", "\t");
        print_text(t, "SourceArn", "\t");
        printf("%.*s\n", (int)options.len, options.ptr);
    }
}

static int refused(const cli_reply *reply)
{
    lii_json_value root, text;
    char message[400];
    size_t n = 0;

    if (lii_json_check(reply->body, reply->body_len, 64, NULL) == 0) {
        root = lii_json_root(reply->body, reply->body_len);
        text = lii_json_get(root, "message", LI_Z);
        if (text.type == LII_JSON_NONE)
            text = lii_json_get(root, "Message", LI_Z);
        n = lii_json_text(text, message, sizeof message);
    }
    if (n == 0)
        return cli_fail("trigger", "the host answers %d%s", reply->status,
                        reply->status == 404 ? "; does it run with --admin?" : "");
    return cli_fail("trigger", "%.*s", (int)(n < sizeof message ? n : sizeof message), message);
}

static int ask(const request *r, const char *method, const char *path, const char *body, size_t len, cli_reply *reply)
{
    int status = cli_http("trigger", r->endpoint, method, path, "Content-Type: application/json\r\n", body, len, reply);

    if (status == CLI_OK && reply->status >= 300) {
        status = refused(reply);
        free(reply->text);
    }
    return status;
}

/* ---- what is asked */

/* The trigger as the host's routes take it. */
static int write_spec(const request *r, lii_buf *body)
{
    lii_json_writer w;

    if (r->options && (lii_json_check(r->options, strlen(r->options), 100, NULL) != 0 ||
                       lii_json_root(r->options, LI_Z).type != LII_JSON_OBJECT))
        return cli_usage("trigger", "--options takes a JSON object, not", r->options);
    lii_json_begin(&w, body);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "Kind", r->words[1], LI_Z);
    lii_json_member_string(&w, "FunctionName", r->words[2], LI_Z);
    if (r->id)
        lii_json_member_string(&w, "Id", r->id, LI_Z);
    if (r->is_disabled)
        lii_json_member_string(&w, "State", "DISABLED", LI_Z);
    if (r->is_form) {
        lii_json_key(&w, "ByForm");
        lii_json_bool(&w, 1);
    }
    if (r->sample)
        lii_json_member_string(&w, "Sample", r->sample, LI_Z);
    lii_json_key(&w, "Options");
    lii_json_raw(&w, r->options ? r->options : "{}", LI_Z);
    lii_json_close(&w, '}');
    return CLI_OK;
}

static int add(const request *r)
{
    cli_reply reply;
    lii_buf body;
    int status;

    lii_buf_init(&body, &lii_malloc_allocator);
    status = write_spec(r, &body);
    if (status == CLI_OK)
        status = ask(r, "POST", "/_lambdainvoke/triggers", body.data, body.len, &reply);
    lii_buf_fini(&body);
    if (status != CLI_OK)
        return status;
    print_text(lii_json_root(reply.body, reply.body_len), "Id", "\n");
    free(reply.text);
    return cli_flush("trigger");
}

static int list(const request *r)
{
    char path[400];
    cli_reply reply;
    int status;

    snprintf(path, sizeof path, "/_lambdainvoke/triggers%s%s", r->function ? "?FunctionName=" : "", r->function ? r->function : "");
    status = ask(r, "GET", path, NULL, 0, &reply);
    if (status != CLI_OK)
        return status;
    print_list(lii_json_get(lii_json_root(reply.body, reply.body_len), "Triggers", LI_Z));
    free(reply.text);
    return cli_flush("trigger");
}

static int change(const request *r, const char *method, const char *body)
{
    char path[300];
    cli_reply reply;
    int status;

    snprintf(path, sizeof path, "/_lambdainvoke/triggers/%.200s", r->words[1]);
    status = ask(r, method, path, body, body ? strlen(body) : 0, &reply);
    if (status == CLI_OK)
        free(reply.text);
    return status;
}

static int print_document(const request *r, const char *method, const char *path, const char *body, size_t len)
{
    lii_buf out;
    cli_reply reply;
    int status = ask(r, method, path, body, len, &reply);

    if (status != CLI_OK)
        return status;
    lii_buf_init(&out, &lii_malloc_allocator);
    lii_json_indent(reply.body, reply.body_len, 2, &out);
    printf("%.*s\n", (int)out.len, out.len ? out.data : "");
    lii_buf_fini(&out);
    free(reply.text);
    return cli_flush("trigger");
}

static int preview(const request *r)
{
    lii_buf body;
    int status;

    lii_buf_init(&body, &lii_malloc_allocator);
    status = write_spec(r, &body);
    if (status == CLI_OK)
        status = print_document(r, "POST", "/_lambdainvoke/trigger-preview", body.data, body.len);
    lii_buf_fini(&body);
    return status;
}

static int run(int argc, char **argv)
{
    char path[300];
    request r;
    int status = CLI_OK;

    if (read_options(&r, argc, argv, &status))
        return status;
    if (is(&r, "list", 1))
        return list(&r);
    if (is(&r, "add", 3))
        return add(&r);
    if (is(&r, "preview", 3))
        return preview(&r);
    if (is(&r, "remove", 2))
        return change(&r, "DELETE", NULL);
    if (is(&r, "enable", 2))
        return change(&r, "PUT", "{\"State\":\"ENABLED\"}");
    if (is(&r, "disable", 2))
        return change(&r, "PUT", "{\"State\":\"DISABLED\"}");
    if (is(&r, "kinds", 1))
        return print_document(&r, "GET", "/_lambdainvoke/trigger-kinds", NULL, 0);
    snprintf(path, sizeof path, "/_lambdainvoke/%s/%.200s", is(&r, "occur", 3) ? "occur" : "trigger-kinds",
             r.n_words > 1 ? r.words[1] : "");
    if (is(&r, "kinds", 2))
        return print_document(&r, "GET", path, NULL, 0);
    if (is(&r, "occur", 3))
        return print_document(&r, "POST", path, r.words[2], strlen(r.words[2]));
    return cli_usage("trigger", "not so", r.words[0]);
}

const cli_command cli_trigger = {
    "trigger", "VERB [argument ...] [option ...]", "show, make and end triggers of a running lambdainvoked",
    "  list [--function F]               a line each: id, kind, state, last result, function, source, options\n"
    "  add KIND FUNCTION [--options JSON] [--id ID] [--disabled] [--form]\n"
    "                                    prints the id. --form: as a console's form does, with the statement in the\n"
    "                                    function's policy, and qualifier and enabled among the options\n"
    "  preview KIND FUNCTION [as add] [--sample JSON]\n"
    "                                    adds nothing: is it valid, the command that makes it, its next ten firings,\n"
    "                                    would the sample match, and if not, the first key that failed\n"
    "  remove ID, enable ID, disable ID\n"
    "  kinds [KIND]                      the forms: which options a kind has\n"
    "  occur KIND JSON                   something happened at the source\n"
    "\n"
    "  --endpoint URL                    http://HOST:PORT (LAMBDAINVOKE_ENDPOINT, else http://127.0.0.1:9001)\n"
    "\n"
    "The host needs --admin.\n",
    run
};
