/* match.c - lambdainvoke match: patterns against events, a line each. */
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/pattern.h>

#include "cli.h"
#include "json/scan.h"

typedef struct options {
    li_pattern_options pattern;
    int explains;
    int n_bad_lines;
} options;

/* Raw JSON text: borrowed from the line, or made from a string that held it. */
typedef struct text {
    const char *ptr;
    size_t len;
    char *owned;
} text;

static const char *const dialects[] = { "eventbridge", "mapping", "pipes", "sns-attributes", "sns-body" };

static int take_text(lii_json_value value, text *out)
{
    out->ptr = value.ptr;
    out->len = value.len;
    out->owned = NULL;
    if (value.type != LII_JSON_STRING)
        return value.type == LII_JSON_NONE ? -1 : 0;
    out->owned = malloc(value.len);
    if (out->owned == NULL)
        return -1;
    out->len = lii_json_unescape(value.ptr + 1, value.len - 2, out->owned);
    out->ptr = out->owned;
    return 0;
}

static void print_slice(li_slice s)
{
    fwrite(s.ptr, 1, s.len, stdout);
}

static int32_t print_finding(void *user, const li_pattern_finding *f)
{
    static const char *const verdicts[] = { "", "holds", "absent", "differs", "in another element" };
    const char *quote = f->is_string ? "\"" : "";

    (void)user;
    printf("  %u ", f->alternative);
    print_slice(f->path);
    printf(": %s", verdicts[f->verdict]);
    if (f->value.ptr) {
        printf(": %s", quote);
        print_slice(f->value);
        printf("%s", quote);
    }
    printf(", wanted ");
    print_slice(f->wanted);
    putchar('\n');
    return 0;
}

static const char *error_of(li_status status)
{
    switch (status) {
    case LI_E_JSON:
        return "event-json";
    case LI_E_DEPTH:
        return "event-too-deep";
    case LI_E_TOO_LARGE:
        return "event-too-large";
    default:
        return "no-memory";
    }
}

/* {"name": {"Type": …, "Value": …}, …}, as Lambda gets attributes from SNS. */
static li_status match_attributes(const li_pattern *pattern, text event, int32_t *is_match)
{
    lii_json_value object, key, value;
    li_pattern_attribute *attributes;
    char *texts, *at_text;
    size_t at = 0, n = 0;
    li_status status;

    if (lii_json_check(event.ptr, event.len, LII_JSON_DEPTH, NULL) != 0)
        return LI_E_JSON;
    object = lii_json_root(event.ptr, event.len);
    attributes = calloc(event.len + 1, sizeof *attributes);
    texts = malloc(event.len + 1);
    at_text = texts;
    while (attributes && texts && lii_json_next(object, &at, &key, &value)) {
        lii_json_value members[3] = { key, lii_json_get(value, "Type", LI_Z), lii_json_get(value, "Value", LI_Z) };
        li_slice *slices[3] = { &attributes[n].name, &attributes[n].type, &attributes[n].value };
        int i;

        for (i = 0; i < 3; i++) {
            slices[i]->ptr = at_text;
            slices[i]->len = members[i].type == LII_JSON_STRING
                                 ? lii_json_unescape(members[i].ptr + 1, members[i].len - 2, at_text) : 0;
            at_text += slices[i]->len;
        }
        n++;
    }
    status = attributes && texts ? li_pattern_match_attributes(pattern, attributes, n, is_match, NULL) : LI_E_NOMEM;
    free(attributes);
    free(texts);
    return status;
}

static void match(const options *o, const li_pattern *pattern, text event)
{
    int32_t is_match = 0;
    li_status status = o->pattern.dialect == LI_DIALECT_SNS_ATTRIBUTES
                           ? match_attributes(pattern, event, &is_match)
                           : li_pattern_match(pattern, event.ptr, event.len, &is_match, NULL);

    if (status != LI_OK)
        printf("error %s\n", error_of(status));
    else
        puts(is_match ? "true" : "false");
    if (status == LI_OK && o->explains && o->pattern.dialect != LI_DIALECT_SNS_ATTRIBUTES)
        li_pattern_explain(pattern, event.ptr, event.len, &is_match, NULL, print_finding, NULL);
}

static void compile_and_match(const options *o, text pattern, text event)
{
    li_pattern_error error = LI_PATTERN_ERROR_INIT;
    li_pattern *compiled = NULL;
    li_status status = li_pattern_new(NULL, pattern.ptr, pattern.len, &o->pattern, &compiled, &error);

    if (status == LI_OK)
        match(o, compiled, event);
    else
        printf("error %s\n", status == LI_E_VALIDATION ? li_pattern_error_name(error.kind) : "no-memory");
    if (status == LI_E_VALIDATION && o->explains)
        printf("  %s\n", error.text);
    li_pattern_free(compiled);
}

static int match_line(void *user, const char *line, size_t len, size_t number)
{
    options *o = user;
    lii_json_value root = { NULL, 0, LII_JSON_NONE, 0 };
    text pattern = { NULL, 0, NULL }, event = { NULL, 0, NULL };

    if (len == 0)
        return CLI_OK;
    if (lii_json_check(line, len, LII_JSON_DEPTH, NULL) == 0)
        root = lii_json_root(line, len);
    if (take_text(lii_json_get(root, "pattern", LI_Z), &pattern) == 0 &&
        take_text(lii_json_get(root, "event", LI_Z), &event) == 0) {
        compile_and_match(o, pattern, event);
    } else {
        puts("error line");
        cli_fail("match", "line %zu is no JSON object with members \"pattern\" and \"event\"", number);
        o->n_bad_lines++;
    }
    free(pattern.owned);
    free(event.owned);
    return CLI_OK;
}

static int read_dialect(options *o, const char *name)
{
    int32_t i;

    for (i = 0; i < (int32_t)(sizeof dialects / sizeof dialects[0]); i++)
        if (name && strcmp(name, dialects[i]) == 0) {
            o->pattern.dialect = i;
            return 0;
        }
    return -1;
}

static int run(int argc, char **argv)
{
    options o = { LI_PATTERN_OPTIONS_INIT, 0, 0 };
    int i, status;

    for (i = 1; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (strcmp(argv[i], "--explain") == 0)
            o.explains = 1;
        else if (strcmp(argv[i], "--strict") == 0)
            o.pattern.flags |= LI_PATTERN_STRICT_PATHS;
        else if (strcmp(argv[i], "--dialect") == 0 && i + 1 < argc && read_dialect(&o, argv[i + 1]) == 0)
            i++;
        else if (strcmp(argv[i], "--dialect") == 0)
            return cli_usage("match", "--dialect takes eventbridge, mapping, pipes, sns-attributes or sns-body", argv[i + 1]);
        else
            return cli_usage("match", "no such option", argv[i]);
    }
    status = cli_each_line("match", argv + i, argc - i, match_line, &o);
    if (status == CLI_OK)
        status = cli_flush("match");
    return status == CLI_OK && o.n_bad_lines > 0 ? CLI_FAILED : status;
}

const cli_command cli_match = {
    "match", "[--dialect D] [--explain] [--strict] [FILE ...]", "event patterns against events, a line each",
    "Reads lines {\"pattern\": ..., \"event\": ...} from the files or standard input; either member may be a string that\n"
    "holds raw JSON text. Prints true, false or \"error KIND\" for each line, in order.\n"
    "\n"
    "  --dialect D   eventbridge (default), mapping, pipes, sns-attributes (events are {name: {Type, Value}}), sns-body\n"
    "  --explain     after each verdict what became of each clause, or what is wrong with the pattern\n"
    "  --strict      a path that a pattern names twice is an error\n",
    run
};
