/* events.c - writes what functions get, for decoders of other languages: events DIR <occurrences.jsonl
 *
 * DIR/sample.SERVICE.EVENT.json of every sample, DIR/built.KIND.example.json of what every kind of trigger builds from its own
 * example, DIR/built.KIND.NAME.json of each line {"kind", "name", "options", "occurrence"} of the input, and
 * DIR/built.sqs.mapping.json of an event source mapping. Prints how many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/sample.h>
#include <lambdainvoke/services.h>

#include "json/scan.h"
#include "samples/samples.h"

typedef struct program {
    const char *dir;
    char name[200];              /* of the next event */
    size_t n_written;            /* files */
    int is_written;              /* the one of that name */
    int is_bad;
} program;

static void write_file(program *p, const char *data, size_t len)
{
    char path[600];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s.json", p->dir, p->name);
    file = fopen(path, "w");
    if (!file || fwrite(data, 1, len, file) != len || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    p->n_written += !p->is_written;
    p->is_written = 1;
}

static void name_next(program *p, const char *first, const char *second, const char *third)
{
    snprintf(p->name, sizeof p->name, "%s.%s.%s", first, second, third);
    p->is_written = 0;
}

/* ---- samples */

static void write_sample(void *user, const char *data, size_t len)
{
    write_file(user, data, len);
}

static void each_sample(void *user, const li_sample_info *info)
{
    program *p = user;

    name_next(p, "sample", info->service.ptr, info->event.ptr);
    if (li_event_sample(NULL, info->service.ptr, LI_Z, info->event.ptr, LI_Z, NULL, 0, write_sample, p, NULL) != LI_OK)
        p->is_bad = 1;
}

/* ---- what kinds build */

static int32_t record(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment;
    write_file(user, payload, len);
    li_invocation_respond(invocation, payload, len);
    return LI_DONE;
}

static void fail(program *p, const char *what, const li_error *err)
{
    fprintf(stderr, "%s: %s: %s\n", p->name, what, err->text);
    p->is_bad = 1;
}

static void answered(void *user, const li_trigger_answer *answer)
{
    (void)user;
    (void)answer;
}

static li_engine *engine_new(program *p, li_clock *clock)
{
    static const li_codec codec = { sizeof codec, lii_md5 };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_engine *engine = NULL;

    options.clock = clock;
    options.codec = &codec;
    spec.name = li_z("record");
    spec.handler = record;
    spec.user = p;
    if (li_engine_new(&engine, &options, NULL) != LI_OK || li_function_register(engine, &spec, NULL, NULL) != LI_OK ||
        li_trigger_kinds_add(engine, li_services_kinds(), NULL) != LI_OK ||
        li_version_publish(engine, "record", LI_Z, NULL, NULL, NULL) != LI_OK) {
        fprintf(stderr, "no engine\n");
        exit(1);
    }
    return engine;
}

/* An engine of its own for each, and a published version of the function (Lambda@Edge takes no other); occurrence NULL: the clock makes it fire. */
static void build(program *p, const char *kind, li_slice options, const li_slice *occurrence)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_clock *clock = NULL;
    li_engine *engine;

    li_clock_virtual_new(NULL, NULL, &clock);
    engine = engine_new(p, clock);
    spec.kind = li_z(kind);
    spec.function = li_z("record:1");
    spec.options = options;
    if (li_trigger_add(engine, &spec, NULL, &err) != LI_OK)
        fail(p, "options", &err);
    else if (occurrence &&
             li_trigger_occur_begin(engine, kind, LI_Z, occurrence->ptr, occurrence->len, answered, NULL, &err) != LI_OK)
        fail(p, "occurrence", &err);
    if (!occurrence)
        li_clock_advance(clock, 25 * LI_HOUR_NS, NULL);
    li_engine_run_until_idle(engine, NULL);
    if (!p->is_bad && !p->is_written)
        fail(p, "no event", &err);
    li_engine_free(engine);
    li_clock_free(clock);
}

static void each_kind(void *user, const li_trigger_kind_info *info)
{
    program *p = user;
    li_slice occurrence = li_z(info->occurrence_example);

    name_next(p, "built", info->name, "example");
    if (!(info->flags & LI_TRIGGER_POLLED))
        build(p, info->name, li_z(info->options_example), info->flags & LI_TRIGGER_SCHEDULED ? NULL : &occurrence);
}

static void each_line(program *p, const char *line, size_t len)
{
    lii_json_value root, options, occurrence;
    char kind[40] = "", name[80] = "";
    li_slice what;

    if (lii_json_check(line, len, 64, NULL) != 0) {
        fprintf(stderr, "not JSON: %.*s\n", (int)len, line);
        p->is_bad = 1;
        return;
    }
    root = lii_json_root(line, len);
    kind[lii_json_text(lii_json_get(root, "kind", LI_Z), kind, sizeof kind - 1)] = '\0';
    name[lii_json_text(lii_json_get(root, "name", LI_Z), name, sizeof name - 1)] = '\0';
    options = lii_json_get(root, "options", LI_Z);
    occurrence = lii_json_get(root, "occurrence", LI_Z);
    name_next(p, "built", kind, name);
    what.ptr = occurrence.ptr;
    what.len = occurrence.len;
    build(p, kind, (li_slice){ options.ptr, options.len }, &what);
}

/* ---- a mapping */

static void build_mapping(program *p)
{
    static const char message[] = "{\"a\":1}";
    li_local_queue_options qo = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_local_queue *queue = NULL;
    li_clock *clock = NULL;
    li_engine *engine;

    name_next(p, "built", "sqs", "mapping");
    li_clock_virtual_new(NULL, NULL, &clock);
    engine = engine_new(p, clock);
    qo.name = li_z("orders");
    spec.function = li_z("record");
    spec.source_arn = li_z("arn:aws:sqs:us-east-1:000000000000:orders");
    if (li_local_queue_new(engine, &qo, &queue, &err) != LI_OK || li_mapping_create(engine, &spec, NULL, &err) != LI_OK ||
        li_local_queue_send(queue, message, sizeof message - 1, NULL, 0, NULL) != LI_OK)
        fail(p, "mapping", &err);
    li_clock_advance(clock, LI_MINUTE_NS, NULL);
    li_engine_run_until_idle(engine, NULL);
    li_engine_free(engine);
    li_clock_free(clock);
}

int main(int argc, char **argv)
{
    program p = { argc > 1 ? argv[1] : ".", "", 0, 0, 0 };
    char *line = NULL;
    li_engine *engine = engine_new(&p, NULL);
    size_t size = 0;
    ssize_t len;

    li_event_sample_each(each_sample, &p);
    li_trigger_kind_each(engine, each_kind, &p);
    li_engine_free(engine);
    while ((len = getline(&line, &size, stdin)) > 0)
        each_line(&p, line, (size_t)len);
    free(line);
    build_mapping(&p);
    printf("%zu events\n", p.n_written);
    return p.is_bad;
}
