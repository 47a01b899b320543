#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

/* A part of one's own: the scheme "scratch:" is a queue in memory. */
static li_status open_scratch(li_slice uri, const li_allocator *allocator, li_queue *queue, li_store *store, li_error *err)
{
    (void)uri;
    (void)err;
    if (store)
        return LI_E_NOTSUP;
    return li_queue_memory_new(allocator, queue);
}

int main(void)
{
    static const li_part_scheme schemes[] = { { sizeof schemes[0], "scratch", "scratch:", open_scratch } };
    static const li_part scratch = { sizeof scratch, 1, 0, "scratch", "nothing", schemes, 1 };
    const li_part *parts[] = { &scratch };
    static const char *const uris[] = { "scratch:", "memory:", "tape:" };
    li_error err = LI_ERROR_INIT;
    li_queue queue;
    size_t i;

    for (i = 0; i < 3; i++)
        if (li_part_open(parts, 1, uris[i], LI_Z, NULL, &queue, NULL, &err) == LI_OK) {
            printf("%s a queue, %s\n", uris[i], queue.ops->name);
            queue.ops->free(queue.self);
        } else {
            printf("%s %s\n", uris[i], err.text);
        }
    return 0;
}
