#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>
#include <string.h>

/* A source of one's own: three numbers, each given once; a mapping batches them and calls the function. */
typedef struct numbers {
    int next, done;
} numbers;

static const char *const texts[] = { "1", "2", "3" };

static li_status open_source(void *self, const li_source_host *host, li_error *err)
{
    (void)self, (void)host, (void)err;
    return LI_OK;
}

static li_status lanes(void *self, li_source_lane *list, size_t max, size_t *n)
{
    (void)self;
    *n = max > 0;
    if (max > 0)
        list[0].id = li_z("only");
    return LI_OK;
}

static li_status start(void *self, const li_source_lane *lane, const li_source_position *from)
{
    (void)self, (void)lane, (void)from;
    return LI_OK;
}

static li_status fetch(void *self, const li_source_lane *lane, uint64_t wait_ms, li_fetch *f)
{
    numbers *s = self;

    (void)lane, (void)wait_ms;
    for (f->n = 0; f->n < f->max && s->next < 3; f->n++, s->next++) {
        memset(&f->items[f->n], 0, sizeof f->items[f->n]);
        f->items[f->n].tag = (uint64_t)s->next;
        f->items[f->n].identifier = li_z(texts[s->next]);
        f->items[f->n].data = texts[s->next];
        f->items[f->n].data_len = 1;
        f->items[f->n].lease_until_ms = UINT64_MAX;
    }
    return LI_OK;
}

static size_t encoded_size(void *self, const li_item *item)
{
    (void)self;
    return item->data_len + 1;
}

static li_status encode(void *self, const li_item *const *items, size_t n, const li_writer *out)
{
    li_status status = out->write(out->self, "[", 1);
    size_t i;

    (void)self;
    for (i = 0; i < n && status == LI_OK; i++) {
        if (i > 0)
            status = out->write(out->self, ",", 1);
        if (status == LI_OK)
            status = out->write(out->self, items[i]->data, items[i]->data_len);
    }
    return status == LI_OK ? out->write(out->self, "]", 1) : status;
}

static li_status settle(void *self, const li_source_lane *lane, const li_item *const *items, size_t n, int32_t how,
                        uint64_t delay_ms)
{
    (void)lane, (void)items, (void)delay_ms;
    ((numbers *)self)->done += how == LI_SETTLE_DONE ? (int)n : 0;
    return LI_OK;
}

static void release(void *self, li_fetch *f)
{
    (void)self, (void)f;
}

static void close_source(void *self)
{
    (void)self;
}

static const li_source_ops ops = { .size = sizeof ops, .version = 1, .name = "numbers", .open = open_source, .lanes = lanes,
                                   .start = start, .fetch = fetch, .encoded_size = encoded_size, .encode = encode,
                                   .settle = settle, .release = release, .close = close_source };

static int32_t sum(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *event = li_invocation_get_payload(invocation, &len);

    (void)environment, (void)user;
    printf("batch %.*s\n", (int)len, event);
    return LI_DONE;
}

int main(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec function = LI_FUNCTION_SPEC_INIT;
    li_mapping_spec mapping = LI_MAPPING_SPEC_INIT;
    numbers self = { 0, 0 };
    li_engine *engine;

    function.name = li_z("sum");
    function.handler = sum;
    mapping.source_arn = li_z("arn:aws:kinesis:us-east-1:000000000000:stream/numbers");
    mapping.function = li_z("sum");
    mapping.source.ops = &ops;
    mapping.source.self = &self;
    if (li_clock_virtual_new(NULL, NULL, &options.clock) != LI_OK || li_engine_new(&engine, &options, NULL) != LI_OK ||
        li_function_register(engine, &function, NULL, NULL) != LI_OK || li_mapping_create(engine, &mapping, NULL, NULL) != LI_OK)
        return 1;
    li_clock_advance(options.clock, LI_SECOND_NS, NULL);
    li_engine_free(engine);
    li_clock_free(options.clock);
    printf("settled: %d\n", self.done);
    return 0;
}
