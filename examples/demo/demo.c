/* demo.c - what `make run` begins with, a module without handlers: a bucket, a schedule and a queue that already invoke the
 * functions of the module that is loaded before it. */
#include <stdio.h>

#include <lambdainvoke/lambdainvoke.h>

static li_status add_trigger(li_engine *engine, const char *id, const char *kind, const char *options, li_error *err)
{
    li_trigger_spec spec = LI_TRIGGER_SPEC_INIT;

    spec.id = li_z(id);
    spec.kind = li_z(kind);
    spec.function = li_z("echo");
    spec.options = li_z(options);
    return li_trigger_add(engine, &spec, NULL, err);
}

LI_API li_status lambdainvoke_module(li_engine *engine, li_error *err);
LI_API li_status lambdainvoke_module(li_engine *engine, li_error *err)
{
    li_local_queue_options queue = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_mapping_spec mapping = LI_MAPPING_SPEC_INIT;
    char arn[128];
    li_status status;

    queue.name = li_z("orders");
    status = li_local_queue_new(engine, &queue, NULL, err);
    if (status == LI_OK)
        status = add_trigger(engine, "uploads", "s3", "{\"bucket\":\"uploads\",\"events\":[\"s3:ObjectCreated:*\"]}", err);
    if (status == LI_OK)
        status = add_trigger(engine, "every-minute", "schedule", "{\"name\":\"every-minute\",\"expression\":\"rate(1 minute)\"}",
                             err);
    snprintf(arn, sizeof arn, "arn:%s:sqs:%s:%s:orders", li_engine_get_partition(engine), li_engine_get_region(engine),
             li_engine_get_account(engine));
    mapping.source_arn = li_z(arn);
    mapping.function = li_z("orders");
    mapping.response_types = LI_MAPPING_REPORT_BATCH_ITEM_FAILURES;
    return status == LI_OK ? li_mapping_create(engine, &mapping, NULL, err) : status;
}
