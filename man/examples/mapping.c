#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/pattern.h>
#include <stdio.h>

static int32_t count_records(li_invocation *invocation, void *environment, void *user)
{
    size_t len, i, n = 0;
    const char *event = li_invocation_get_payload(invocation, &len);

    (void)environment, (void)user;
    for (i = 0; i + 11 < len; i++)
        n += event[i] == '"' && event[i + 1] == 'm' && event[i + 8] == 'I' && event[i + 9] == 'd';      /* "messageId" */
    printf("a batch of %zu\n", n);
    return LI_DONE;
}

int main(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_local_queue_options queue_options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_function_spec function = LI_FUNCTION_SPEC_INIT;
    li_mapping_spec mapping = LI_MAPPING_SPEC_INIT;
    li_local_queue *queue;
    li_engine *engine;
    int i;

    if (li_clock_virtual_new(NULL, NULL, &options.clock) != LI_OK || li_engine_new(&engine, &options, NULL) != LI_OK)
        return 1;
    queue_options.name = li_z("orders");
    function.name = li_z("orders");
    function.handler = count_records;
    mapping.source_arn = li_z("arn:aws:sqs:us-east-1:000000000000:orders");
    mapping.function = li_z("orders");
    mapping.batch_size = 5;
    mapping.window_ms = 1000;
    mapping.filters = li_z("[{\"body\":{\"kind\":[\"order\"]}}]");      /* any other message is deleted */
    mapping.filtering = li_pattern_filter_ops();
    if (li_local_queue_new(engine, &queue_options, &queue, NULL) != LI_OK ||
        li_function_register(engine, &function, NULL, NULL) != LI_OK || li_mapping_create(engine, &mapping, NULL, NULL) != LI_OK)
        return 1;
    for (i = 0; i < 10; i++)
        li_local_queue_send(queue, i < 7 ? "{\"kind\":\"order\"}" : "{}", LI_Z, NULL, 0, NULL);
    li_clock_advance(options.clock, 2 * LI_SECOND_NS, NULL);
    printf("left: %llu\n", (unsigned long long)li_local_queue_count(queue));
    li_engine_free(engine);
    li_clock_free(options.clock);
    return 0;
}
