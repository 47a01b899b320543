#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

int main(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_local_queue_options queue_options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_local_message message = { .size = sizeof message };
    li_local_queue *queue;
    li_engine *engine;

    if (li_clock_virtual_new(NULL, NULL, &options.clock) != LI_OK || li_engine_new(&engine, &options, NULL) != LI_OK)
        return 1;
    queue_options.name = li_z("orders");
    queue_options.visibility_timeout_ms = 5000;
    if (li_local_queue_new(engine, &queue_options, &queue, NULL) != LI_OK)
        return 1;
    li_local_queue_send(queue, "one order", LI_Z, NULL, 0, NULL);
    li_local_queue_receive(queue, 5000, 1, &message);
    printf("received %.*s, visible now: %llu\n", (int)message.body_len, message.body,
           (unsigned long long)li_local_queue_visible(queue));
    li_clock_advance(options.clock, 5 * LI_SECOND_NS, NULL);
    li_local_queue_receive(queue, 5000, 1, &message);
    printf("received %llu times\n", (unsigned long long)message.receive_count);
    li_local_queue_delete(queue, &message.receipt);
    printf("left: %llu\n", (unsigned long long)li_local_queue_count(queue));
    li_engine_free(engine);
    li_clock_free(options.clock);
    return 0;
}
